//! What runs since when.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Doing, Event, Phase};

/// How often what takes long is mentioned.
const MENTION: Duration = Duration::from_secs(10);

/// The time since the view was made.
pub struct Clock(Box<dyn Fn() -> Duration + Send + Sync>);

impl Clock {
    /// The time of the machine.
    pub fn real() -> Clock {
        let start = Instant::now();
        Clock(Box::new(move || start.elapsed()))
    }

    /// A time that somebody else moves.
    pub fn of(now: impl Fn() -> Duration + Send + Sync + 'static) -> Clock {
        Clock(Box::new(now))
    }

    pub(super) fn now(&self) -> Duration {
        self.0()
    }
}

/// One thing that runs.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub subject: String,
    pub addr: crate::plan::addr::InstanceAddr,
    pub doing: Doing,
    pub id: Option<String>,
    pub note: Option<String>,
    pub started: Duration,
    mentioned: Duration,
}

/// All that runs.
pub(super) struct Running {
    clock: Clock,
    tasks: Mutex<HashMap<(String, Doing), Task>>,
}

/// `addr`, `addr (deposed object key)`.
pub(super) fn subject(event: &Event<'_>) -> String {
    match event.deposed {
        Some(key) => format!("{} (deposed object {key})", event.addr),
        None => event.addr.to_string(),
    }
}

impl Running {
    pub fn new(clock: Clock) -> Running {
        Running { clock, tasks: Mutex::new(HashMap::new()) }
    }

    /// Takes note of the event; the time since the start of what it is about.
    pub fn note(&self, event: &Event<'_>) -> Duration {
        let now = self.clock.now();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let subject = subject(event);
        let key = (subject.clone(), event.doing);
        let id = event.id.map(str::to_string);
        match event.phase {
            Phase::Start => {
                let addr = event.addr.clone();
                let note = event.note.map(str::to_string);
                let task = Task { subject, addr, doing: event.doing, id, note, started: now, mentioned: now };
                tasks.insert(key, task);
                Duration::ZERO
            }
            Phase::Waiting => {
                let Some(task) = tasks.get_mut(&key) else { return Duration::ZERO };
                task.note = event.note.map(str::to_string);
                if id.is_some() {
                    task.id = id;
                }
                now.saturating_sub(task.started)
            }
            Phase::Complete | Phase::Errored => {
                tasks.remove(&key).map_or(Duration::ZERO, |t| now.saturating_sub(t.started))
            }
        }
    }

    /// What has not been mentioned for ten seconds, with its elapsed time in whole tens of seconds, oldest first.
    pub fn due(&self) -> Vec<(Task, Duration)> {
        let now = self.clock.now();
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        for task in tasks.values_mut() {
            let tens = now.saturating_sub(task.started).as_secs() / MENTION.as_secs();
            let elapsed = MENTION * u32::try_from(tens).unwrap_or(u32::MAX);
            if task.started + elapsed > task.mentioned && tens > 0 {
                task.mentioned = task.started + elapsed;
                due.push((task.clone(), elapsed));
            }
        }
        due.sort_by(|(a, _), (b, _)| (a.started, &a.subject).cmp(&(b.started, &b.subject)));
        due
    }

    /// All that runs with its elapsed time, oldest first.
    pub fn all(&self) -> Vec<(Task, Duration)> {
        let now = self.clock.now();
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = tasks.values().map(|t| (t.clone(), now.saturating_sub(t.started))).collect();
        all.sort_by(|(a, _), (b, _)| (a.started, &a.subject).cmp(&(b.started, &b.subject)));
        all
    }
}
