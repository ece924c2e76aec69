//! Progress as lines of text, as Terraform writes them.

use std::sync::Arc;
use std::time::Duration;

use super::super::output::Ui;
use super::super::style::{BOLD, Paint, duration};
use super::clock::{Clock, Running, Task, subject};
use super::{Doing, Event, Phase, Progress};
use crate::plan::addr::InstanceAddr;

/// The words of each thing that is done: it begins, it goes on, it is done.
pub(super) fn words(doing: Doing) -> (&'static str, &'static str, &'static str) {
    match doing {
        Doing::Refresh => ("Refreshing state...", "Still refreshing...", "Refresh complete"),
        Doing::Read => ("Reading...", "Still reading...", "Read complete"),
        Doing::Import => ("Importing...", "Still importing...", "Import complete"),
        Doing::Create => ("Creating...", "Still creating...", "Creation complete"),
        Doing::Update => ("Modifying...", "Still modifying...", "Modifications complete"),
        Doing::Delete => ("Destroying...", "Still destroying...", "Destruction complete"),
    }
}

/// ` [id=…]`, or nothing.
pub(super) fn bracket(id: Option<&str>) -> String {
    id.map(|id| format!(" [id={id}]")).unwrap_or_default()
}

/// The line of an event, where there is one. Refreshing ends silently; failures are told as errors.
pub(super) fn line(event: &Event<'_>, elapsed: Duration) -> Option<String> {
    let subject = subject(event);
    let (begin, _, done) = words(event.doing);
    match (event.phase, event.doing) {
        // What is made or read has no id yet.
        (Phase::Start, Doing::Create | Doing::Read) => Some(format!("{subject}: {begin}")),
        (Phase::Start, _) => Some(format!("{subject}: {begin}{}", bracket(event.id))),
        (Phase::Waiting | Phase::Errored, _) | (Phase::Complete, Doing::Refresh) => None,
        (Phase::Complete, Doing::Import) => Some(format!("{subject}: {done}{}", bracket(event.id))),
        (Phase::Complete, Doing::Delete) => Some(format!("{subject}: {done} after {}", duration(elapsed))),
        (Phase::Complete, _) => {
            Some(format!("{subject}: {done} after {}{}", duration(elapsed), bracket(event.id)))
        }
    }
}

/// `Still creating... [10s elapsed]`, and what is waited for.
pub(super) fn still(task: &Task, elapsed: Duration) -> String {
    let (_, still, _) = words(task.doing);
    let id = match (&task.id, task.doing) {
        (Some(id), Doing::Update | Doing::Delete | Doing::Import) => format!("id={id}, "),
        _ => String::new(),
    };
    let note = task.note.as_ref().map(|n| format!(" {n}")).unwrap_or_default();
    format!("{}: {still} [{id}{} elapsed]{note}", task.subject, duration(elapsed))
}

/// Lines of text.
pub(super) struct Lines {
    ui: Arc<Ui>,
    running: Running,
}

impl Lines {
    pub fn new(ui: Arc<Ui>, clock: Clock) -> Lines {
        Lines { ui, running: Running::new(clock) }
    }

    fn print(&self, text: &str) {
        self.ui.line(&Paint { colour: self.ui.colour }.on(BOLD, text));
    }
}

impl Progress for Lines {
    fn event(&self, event: Event<'_>) {
        let elapsed = self.running.note(&event);
        if let Some(text) = line(&event, elapsed) {
            self.print(&text);
        }
    }

    fn message(&self, text: &str) {
        self.print(text);
    }

    fn provision(&self, addr: &InstanceAddr, provisioner: &str, phase: Phase, output: Option<&str>) {
        if let Some(text) = provision(addr, provisioner, phase, output) {
            self.print(&text);
        }
    }

    fn tick(&self) {
        for (task, elapsed) in self.running.due() {
            self.print(&still(&task, elapsed));
        }
    }
}

/// The line of a provisioner.
pub(super) fn provision(
    addr: &InstanceAddr,
    provisioner: &str,
    phase: Phase,
    output: Option<&str>,
) -> Option<String> {
    match phase {
        Phase::Start => Some(format!("{addr}: Provisioning with '{provisioner}'...")),
        Phase::Waiting => output.map(|text| format!("{addr} ({provisioner}): {text}")),
        Phase::Complete | Phase::Errored => None,
    }
}
