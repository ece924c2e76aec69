//! Carrying out a plan: the order of its steps, requests with their repetitions, the journal, resuming, interruption.
//!
//! An instance is evaluated once more when its turn comes, with what is known by then; its claims are written, its
//! documents are read back, its record goes through the journal into the ledger. Must not know: HCL beyond asking for
//! values, rendering.

mod bench;
mod body;
pub mod digests;
mod entry;
mod failure;
mod files;
pub mod forecast;
mod graph;
mod hand;
pub mod journal;
mod local;
mod memory;
mod provision;
mod register;
mod resume;
mod run;
pub mod schedule;
mod slots;
mod steps;
pub mod timeline;
mod withdraw;
mod write;

#[cfg(test)]
mod faults;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use crate::arm::ArmClient;
use crate::plan::live::ProviderKey;

pub use body::imprint;
pub use journal::{JournalError, Recovered, Unfinished};
pub use resume::{close, left, take_up};
pub use run::{Applied, Job, apply};

/// Whose connections requests go through.
pub trait Connections {
    /// The connection of a provider that was connected.
    fn connection(&self, provider: &ProviderKey) -> Option<ArmClient>;
}

impl Connections for crate::session::Session {
    fn connection(&self, provider: &ProviderKey) -> Option<ArmClient> {
        self.client(provider)
    }
}
