//! Progress of a run as events. Whoever works reports here; how it is shown is decided by the view behind the trait.
//!
//! A view measures time by itself: workers report starts and ends, never elapsed seconds, and need no timer. The
//! command that runs the work calls [`Progress::tick`] about once a second.

use crate::plan::addr::InstanceAddr;

mod clock;
mod events;
mod lines;
mod screen;
#[cfg(test)]
mod tests;

pub use clock::Clock;

use std::sync::Arc;

use super::output::Ui;

/// The view that fits the output: JSON events, lines, or a screen that moves.
pub fn view(ui: &Arc<Ui>) -> Arc<dyn Progress> {
    if ui.json {
        Arc::new(events::Events::new(ui.clone(), Clock::real()))
    } else if ui.terminal {
        Arc::new(screen::Screen::new(ui.clone(), Clock::real()))
    } else {
        Arc::new(lines::Lines::new(ui.clone(), Clock::real()))
    }
}

/// What is being done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    /// It is read because it is ours already.
    Refresh,
    /// A data source is read.
    Read,
    /// It is taken over.
    Import,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It begins.
    Start,
    /// It goes on; `note` says what is waited for now.
    Waiting,
    /// It is done.
    Complete,
    /// It failed; the diagnostic is reported elsewhere.
    Errored,
}

/// Something happened to one object.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Which.
    pub addr: &'a InstanceAddr,
    /// The key of a deposed object.
    pub deposed: Option<&'a str>,
    /// What is done.
    pub doing: Doing,
    /// How far it is.
    pub phase: Phase,
    /// The object's id, once it is known.
    pub id: Option<&'a str>,
    /// What is waited for: `the parent is busy`, `throttled by Microsoft.Network for 12 s`.
    pub note: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// An event without id and note.
    pub fn new(addr: &'a InstanceAddr, doing: Doing, phase: Phase) -> Event<'a> {
        Event { addr, deposed: None, doing, phase, id: None, note: None }
    }

    /// The same with the object's id.
    pub fn with_id(self, id: impl Into<Option<&'a str>>) -> Event<'a> {
        Event { id: id.into(), ..self }
    }

    /// The same with what is waited for.
    pub fn with_note(self, note: impl Into<Option<&'a str>>) -> Event<'a> {
        Event { note: note.into(), ..self }
    }

    /// The same for a deposed object.
    pub fn of_deposed(self, key: impl Into<Option<&'a str>>) -> Event<'a> {
        Event { deposed: key.into(), ..self }
    }
}

/// Where work reports to.
pub trait Progress: Send + Sync {
    /// Something happened to an object.
    fn event(&self, event: Event<'_>);

    /// A line of its own (`Acquiring state lock. This may take a few moments...`).
    fn message(&self, text: &str);

    /// So many changes are to come.
    fn expect(&self, _changes: usize) {}

    /// A provisioner of an object starts, writes a line (`Waiting`, with the line), ends or fails.
    fn provision(&self, _addr: &InstanceAddr, _provisioner: &str, _phase: Phase, _output: Option<&str>) {}

    /// Time has passed: what takes long is mentioned every ten seconds.
    fn tick(&self) {}
}

/// Nobody looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event<'_>) {}
    fn message(&self, _: &str) {}
}
