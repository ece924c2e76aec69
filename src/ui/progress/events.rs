//! Progress as messages of the `-json` stream.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::super::json::stream::{Level, message, resource};
use super::super::output::Ui;
use super::super::style::duration;
use super::clock::{Clock, Running};
use super::lines::{bracket, line, still};
use super::{Doing, Event, Phase, Progress};
use crate::plan::addr::InstanceAddr;

/// Messages of the stream.
pub(super) struct Events {
    ui: Arc<Ui>,
    running: Running,
}

impl Events {
    pub fn new(ui: Arc<Ui>, clock: Clock) -> Events {
        Events { ui, running: Running::new(clock) }
    }

    fn send(&self, text: &str, kind: &str, hook: Map<String, Json>) {
        let level = if kind.ends_with("errored") { Level::Error } else { Level::Info };
        let payload = Map::from_iter([("hook".to_string(), Json::Object(hook))]);
        message(&self.ui, level, text, kind, payload);
    }
}

fn action(doing: Doing) -> Option<&'static str> {
    match doing {
        Doing::Refresh => None,
        Doing::Read => Some("read"),
        Doing::Import => Some("import"),
        Doing::Create => Some("create"),
        Doing::Update => Some("update"),
        Doing::Delete => Some("delete"),
    }
}

fn hook(addr: &InstanceAddr, doing: Doing, id: Option<&str>, elapsed: Option<Duration>) -> Map<String, Json> {
    let mut hook = Map::from_iter([("resource".to_string(), resource(addr))]);
    if let Some(action) = action(doing) {
        hook.insert("action".into(), action.into());
    }
    if let Some(id) = id {
        hook.insert("id_key".into(), "id".into());
        hook.insert("id_value".into(), id.into());
    }
    if let Some(elapsed) = elapsed.filter(|_| doing != Doing::Refresh) {
        hook.insert("elapsed_seconds".into(), elapsed.as_secs().into());
    }
    hook
}

/// The noun of a failure.
fn errored(doing: Doing) -> &'static str {
    match doing {
        Doing::Refresh | Doing::Read => "Refresh",
        Doing::Import => "Import",
        Doing::Create => "Creation",
        Doing::Update => "Modifications",
        Doing::Delete => "Destruction",
    }
}

impl Progress for Events {
    fn event(&self, event: Event<'_>) {
        let elapsed = self.running.note(&event);
        if event.doing == Doing::Import {
            // Terraform's stream has the import in the planned change and in the sum alone.
            return;
        }
        let refresh = event.doing == Doing::Refresh;
        let addr = event.addr;
        match event.phase {
            Phase::Start => {
                // Terraform calls the reading of data a refresh here.
                let text = match event.doing {
                    Doing::Read => format!("{addr}: Refreshing..."),
                    _ => line(&event, elapsed).unwrap_or_default(),
                };
                let kind = if refresh { "refresh_start" } else { "apply_start" };
                let id = event.id.filter(|_| !matches!(event.doing, Doing::Create | Doing::Read));
                self.send(&text, kind, hook(addr, event.doing, id, None));
            }
            Phase::Waiting => {}
            Phase::Complete => {
                let text = match event.doing {
                    Doing::Refresh => format!("{addr}: Refresh complete{}", bracket(event.id)),
                    Doing::Read => {
                        format!("{addr}: Refresh complete after {}{}", duration(elapsed), bracket(event.id))
                    }
                    _ => line(&event, elapsed).unwrap_or_default(),
                };
                let kind = if refresh { "refresh_complete" } else { "apply_complete" };
                let id = event.id.filter(|_| event.doing != Doing::Delete);
                self.send(&text, kind, hook(addr, event.doing, id, Some(elapsed)));
            }
            // As Terraform, which tells the diagnostic alone.
            Phase::Errored if refresh || event.doing == Doing::Read => {}
            Phase::Errored => {
                let text = format!("{addr}: {} errored after {}", errored(event.doing), duration(elapsed));
                self.send(&text, "apply_errored", hook(addr, event.doing, None, Some(elapsed)));
            }
        }
    }

    fn message(&self, text: &str) {
        super::super::json::stream::log(&self.ui, text);
    }

    fn provision(&self, addr: &InstanceAddr, provisioner: &str, phase: Phase, output: Option<&str>) {
        let (kind, text) = match (phase, output) {
            (Phase::Start, _) => ("provision_start", format!("{addr}: Provisioning with '{provisioner}'...")),
            (Phase::Waiting, Some(line)) => {
                ("provision_progress", format!("{addr}: ({provisioner}): {line}"))
            }
            (Phase::Waiting, None) => return,
            (Phase::Complete, _) => {
                ("provision_complete", format!("{addr}: ({provisioner}) Provisioning complete"))
            }
            (Phase::Errored, _) => {
                ("provision_errored", format!("{addr}: ({provisioner}) Provisioning errored"))
            }
        };
        let mut hook = Map::from_iter([("resource".to_string(), resource(addr))]);
        hook.insert("provisioner".into(), provisioner.into());
        if let Some(line) = output.filter(|_| phase == Phase::Waiting) {
            hook.insert("output".into(), line.into());
        }
        self.send(&text, kind, hook);
    }

    fn tick(&self) {
        for (task, elapsed) in self.running.due() {
            if task.doing != Doing::Refresh {
                let hook = hook(&task.addr, task.doing, None, Some(elapsed));
                self.send(&still(&task, elapsed), "apply_progress", hook);
            }
        }
    }
}
