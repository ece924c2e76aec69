//! Azure Resource Manager as we reach it: resource ids, clouds, credentials, requests, long-running operations,
//! errors, throttling and bulk reading.
//!
//! Must not know: the Terraform language, azurerm's arguments, files of ours, what is printed.

pub mod auth;
pub mod class;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod error;
pub mod id;
pub mod net;
pub mod operation;
pub mod read;
pub mod rights;
pub mod throttle;

#[cfg(test)]
mod stub_tests;
#[cfg(test)]
pub(crate) mod test_support;

pub use auth::{AuthError, AuthSettings, Credential, Identity};
pub use class::{Budget, Recent, RetryClass, Verdict};
pub use client::{Accepted, ArmClient, Live, Write};
pub use clock::{Clock, InstantClock, TokioClock};
pub use cloud::{Cloud, CloudSettings};
pub use error::{ArmError, Detail, ErrorKind};
pub use id::{ArmId, IdError};
pub use net::{Http, NetOptions};
pub use operation::{FinalState, Monitor, Operation, Outcome, Progress};
pub use read::{Need, Prefer, Read, Reads};
