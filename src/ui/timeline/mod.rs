//! What took how long in a run: the data, a page that draws it, and the line that names the slowest.
//!
//! Pure: data in, text out. Knows neither the journal nor where the page goes. Times are milliseconds of the cloud since the
//! run began: those of ours, unless the cloud's clock runs faster.

mod page;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use page::page;

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timeline {
    /// `apply`, `destroy`, `refresh`.
    pub mode: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How fast the cloud's clock ran, if not as ours does; every time here is the cloud's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<f64>,
    /// What the plan expected, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast_s: Option<u32>,
    /// The instance that was expected to take most of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dominates: Option<String>,
    /// From the first to the last line of the journal.
    pub total_ms: u64,
    /// From the begin of the first step to the end of the last one.
    pub steps_ms: u64,
    /// It came to its end, and nothing is left running.
    pub ended: bool,
    /// The steps, by when they began; those that did not begin come last.
    pub steps: Vec<Step>,
    /// The chain of steps that the end waited for, in its order.
    pub critical: Vec<Link>,
}

/// A link of the critical path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The step, by its number.
    pub step: usize,
    /// From when on the end waited for it.
    pub from_ms: u64,
    /// Until when.
    pub to_ms: u64,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It did not begin.
    #[default]
    Waiting,
    /// It began, and no end of it is known.
    Running,
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

/// A step of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its number in the journal.
    pub step: usize,
    /// The instance's address.
    pub addr: String,
    /// The key of a deposed object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The id of its first document, where it changed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `create`, `update`, `delete`, `read`; `pass` does nothing.
    pub deed: String,
    /// Seconds that it usually takes.
    pub usual_s: u32,
    /// The steps that come before it.
    pub after: Vec<usize>,
    /// How it ended.
    pub state: State,
    /// When all before it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_ms: Option<u64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// What it waited for by itself, and what Azure did for it.
    pub parts: Vec<Part>,
    /// The requests that changed something.
    pub requests: Vec<Request>,
    /// It is on the critical path.
    pub critical: bool,
}

/// What a part of a step's time went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something else was changed that must not change at the same time.
    Locked,
    /// A request was on its way.
    Request,
    /// Azure worked.
    Operation,
    /// A request waited for its repetition.
    Retry,
    /// A request waited until others were answered.
    Queued,
    /// What was done was not seen everywhere yet.
    Lag,
}

/// A part of a step's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it went to.
    pub kind: Kind,
    /// From when.
    pub from_ms: u64,
    /// Until when.
    pub to_ms: u64,
    /// The step that was waited for, or why a request is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A request that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `PUT`, `PATCH`, `DELETE`, `POST`.
    pub method: String,
    /// The document.
    pub id: String,
    /// When it left.
    pub sent_ms: u64,
    /// When ARM took it and went on behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_ms: Option<u64>,
    /// When it, or what it began, had ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How often the operation was asked how it goes.
    pub polls: u32,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Step {
    /// How long it took, or what is known of it at `now_ms`.
    pub fn took_ms(&self, now_ms: u64) -> u64 {
        let end = self.ended_ms.unwrap_or(now_ms);
        self.begun_ms.map_or(0, |begun| end.saturating_sub(begun))
    }

    /// Milliseconds that went to one kind of part.
    pub fn spent_ms(&self, kind: Kind) -> u64 {
        self.parts.iter().filter(|p| p.kind == kind).map(|p| p.to_ms - p.from_ms).sum()
    }
}

impl Timeline {
    /// The steps that began and do something, the one that took longest first.
    pub fn slowest(&self) -> Vec<&Step> {
        let mut all: Vec<&Step> = self.shown().filter(|s| s.begun_ms.is_some()).collect();
        all.sort_by_key(|s| (std::cmp::Reverse(s.took_ms(self.total_ms)), s.step));
        all
    }

    /// The steps that do something.
    pub fn shown(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|s| s.deed != "pass")
    }

    /// The line after a run that says what took longest; nothing after a short one.
    pub fn summary(&self) -> Option<String> {
        if self.total_ms < LONG_RUN {
            return None;
        }
        let slow = self.slowest().into_iter().filter(|s| s.took_ms(self.total_ms) >= LONG_STEP).take(3);
        let slow: Vec<String> =
            slow.map(|s| format!("{} {}", s.addr, clock(s.took_ms(self.total_ms)))).collect();
        if slow.is_empty() {
            return None;
        }
        let estimated = self.forecast_s.map(|s| format!(", estimated {}", clock(u64::from(s) * 1000)));
        let (total, estimated) = (clock(self.total_ms), estimated.unwrap_or_default());
        let cloud = if self.clock.is_some() { " in the local cloud's time" } else { "" };
        Some(format!("Slowest of {total}{cloud}{estimated}: {}", slow.join(", ")))
    }
}

/// A run of which nobody asks what took so long.
const LONG_RUN: u64 = 60_000;
/// A step that nobody asks about.
const LONG_STEP: u64 = 10_000;

/// `840ms`, `4.2s`, `42s`, `6m40s`, `1h5m`.
pub fn clock(ms: u64) -> String {
    let seconds = (ms + 500) / 1000;
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..9_950 => format!("{}.{}s", (ms + 50) / 1000, (ms + 50) % 1000 / 100),
        _ if seconds < 60 => format!("{seconds}s"),
        _ if seconds < 3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}
