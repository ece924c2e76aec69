//! Long-running operations: what an accepted request leaves running, as a value that a journal can keep and another process
//! can wait for (`LRO-01` to `LRO-10`).
//!
//! Must not know: the journal, who waits, what is shown.

use std::time::Duration;

use azure_core::http::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{ArmClient, Reply, Write};
use super::error::{ArmError, ErrorKind};
use super::id::ArmId;
use super::throttle::Bucket;

#[cfg(test)]
mod tests;

/// How long a status URL, or a resource that was just written, may be unknown before that counts (`LRO-07`).
const ABSENT: Duration = Duration::from_secs(60);
/// How long reading the status may fail in a row before the wait is given up; each failure has retries of its own.
const TROUBLE: Duration = Duration::from_secs(300);
/// How long a `Location` URL may answer 500 in a row before that is the answer of the request.
const BROKEN: Duration = Duration::from_secs(30);
/// Polls without `Retry-After`: this share of the time that has passed, so that an end is never noticed much later.
const LATENESS: f64 = 0.025;
/// The shortest and the longest wait between two polls that the service does not time itself.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Where an operation tells how it is going.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// The URL of `Azure-AsyncOperation`: answers 200 with a status.
    AsyncOperation(String),
    /// The URL of `Location`: answers 202 until it answers what the synchronous call would have.
    Location(String),
    /// The resource itself, by its `provisioningState`.
    Resource,
    /// The resource itself, until it is not there.
    Absence,
}

/// Where the result is when the operation has ended (`final-state-via` of the specifications).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalState {
    /// A GET of the request's own URL.
    OriginalUri,
    /// A GET of the `Location` URL.
    Location,
    /// The body of the status.
    AsyncOperation,
}

/// An operation that ARM runs. URLs are kept as ARM gave them: they are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The method of the request that began it.
    pub method: String,
    /// The URL of that request.
    pub url: String,
    /// The resource, where the request had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ArmId>,
    /// What to poll.
    pub monitor: Monitor,
    /// The `Location` beside an `Azure-AsyncOperation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Where the result is, if the specification says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_state: Option<FinalState>,
    /// What the first answer asked to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// How long it usually takes, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_ms: Option<u64>,
}

/// What a waiting caller is told after each poll.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Since the wait began.
    pub elapsed: Duration,
    /// Polls so far.
    pub polls: u32,
    /// The state in the service's words.
    pub status: String,
    /// How much is done, of 100, where the service says so.
    pub percent: Option<f64>,
}

/// An operation that ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The resource (PUT, PATCH) or the action's result (POST); nothing after DELETE.
    pub body: Option<Value>,
    /// The etag of that answer.
    pub etag: Option<String>,
    /// Polls that were needed.
    pub polls: u32,
}

/// What one poll says.
enum Poll {
    Running(String, Option<f64>),
    /// What is to be deleted is there, and nothing is done to it.
    Kept,
    /// The result is there, and it is a resource that still runs: from here on the resource tells.
    Settling(String),
    Done(Box<Reply>),
    Failed(ArmError),
    /// 404, or 403 of something just written.
    Absent(ArmError),
    /// The status could not be read; the operation goes on.
    Trouble(ArmError),
}

/// How a state ends (`LRO-03`): everything that is not known to be an end is running.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Not,
    Good,
    Bad,
}

fn end_of(state: &str) -> End {
    match state.to_ascii_lowercase().as_str() {
        "succeeded" | "completed" => End::Good,
        "failed" | "canceled" | "cancelled" => End::Bad,
        _ => End::Not,
    }
}

fn provisioning_state(body: Option<&Value>) -> Option<&str> {
    body?.get("properties")?.get("provisioningState")?.as_str().filter(|s| !s.is_empty())
}

fn status_of(body: Option<&Value>) -> Option<&str> {
    body?.get("status")?.as_str().filter(|s| !s.is_empty())
}

/// A success status whose body is a failure: `status: Failed`, an `error`, or a resource that ended `Failed`
/// (`DEP-02`, `LRO-08`).
pub(super) fn failure_inside(method: &str, reply: &Reply) -> Option<ArmError> {
    let body = reply.body.as_ref()?;
    let state = provisioning_state(Some(body)).filter(|_| matches!(method, "PUT" | "PATCH"));
    let is_error = body.get("error").is_some_and(Value::is_object) && body.get("id").is_none();
    let bad_status =
        body.get("properties").is_none() && status_of(Some(body)).is_some_and(|s| end_of(s) == End::Bad);
    match state {
        Some(state) if end_of(state) == End::Bad => Some(failed_with(reply, state)),
        _ if is_error || bad_status => Some(failed_with(reply, status_of(Some(body)).unwrap_or("Failed"))),
        _ => None,
    }
}

fn failed_with(reply: &Reply, state: &str) -> ArmError {
    let mut error = reply.error(ErrorKind::OperationFailed);
    error.status = None;
    if error.code.is_none() && (error.message.is_empty() || error.message.contains("without a reason")) {
        error.message = format!(
            "it ended in state {state} without a reason; the activity log of the resource may say more"
        );
    }
    if error.code.is_none() && state.to_ascii_lowercase().starts_with("cancel") {
        error.code = Some("Canceled".into());
        error.codes = vec!["Canceled".into()];
    }
    error
}

impl Operation {
    /// What an accepted request leaves running; `None` when it is done (`LRO-01`).
    pub(super) fn begun(
        method: &str,
        url: &str,
        id: Option<&ArmId>,
        reply: &Reply,
        write: &Write,
    ) -> Option<Self> {
        let absolute = |text: &str| match text.contains("://") {
            true => Some(text.to_owned()),
            false => Url::parse(url).ok()?.join(text).ok().map(String::from),
        };
        let status_url = reply
            .header("azure-asyncoperation")
            .or_else(|| reply.header("operation-location"))
            .and_then(absolute);
        let location = reply.header("location");
        let running = provisioning_state(reply.body.as_ref()).is_some_and(|s| end_of(s) == End::Not);
        let changes = matches!(method, "PUT" | "PATCH");
        // A Location beside 200 or 201 is an operation only if it is absolute, is not the resource, and the body still runs
        // (userAssignedIdentities answer 201 with the resource's own relative path).
        let real = location.filter(|l| match reply.status {
            202 => true,
            200 | 201 => changes && running && l.contains("://") && path_of(l) != path_of(url),
            _ => false,
        });
        let location = real.and_then(absolute);
        let monitor = match (status_url, &location, reply.status) {
            (Some(url), ..) => Monitor::AsyncOperation(url),
            (None, Some(url), _) => Monitor::Location(url.clone()),
            (None, None, 202) if changes => Monitor::Resource,
            (None, None, 202) if method == "DELETE" => Monitor::Absence,
            (None, None, _) if changes && running => Monitor::Resource,
            _ => return None,
        };
        let location = location.filter(|_| matches!(monitor, Monitor::AsyncOperation(_)));
        let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        Some(Self {
            method: method.to_owned(),
            url: url.to_owned(),
            id: id.cloned(),
            monitor,
            location,
            final_state: write.final_state,
            retry_after_ms: reply.retry_after().map(ms),
            expected_ms: write.expected.map(ms),
        })
    }

    fn deletes(&self) -> bool {
        self.method == "DELETE"
    }

    fn changes(&self) -> bool {
        matches!(self.method.as_str(), "PUT" | "PATCH")
    }

    fn read(&self, monitor: &Monitor, reply: Reply) -> Poll {
        let refused = |reply: &Reply| reply.refusal("GET", self.monitor_url(monitor), self.id.as_ref());
        match (monitor, reply.status) {
            (_, 408 | 429 | 499 | 500 | 502 | 503 | 504) => Poll::Trouble(refused(&reply)),
            (Monitor::Resource | Monitor::Absence, 404) if self.deletes() => {
                Poll::Done(Box::new(Reply { body: None, raw: Vec::new(), ..reply }))
            }
            (_, 404) => Poll::Absent(refused(&reply)),
            (Monitor::Resource, 403) => Poll::Absent(refused(&reply)),
            (Monitor::AsyncOperation(_), 200..=204) => self.read_status(reply),
            (Monitor::Location(_), 202) => match status_of(reply.body.as_ref()) {
                Some(s) if end_of(s) == End::Bad => Poll::Failed(failed_with(&reply, s)),
                said => Poll::Running(said.unwrap_or("Accepted").to_owned(), percent(&reply)),
            },
            (Monitor::Location(_), 200..=204) => self.read_result(reply),
            // What the synchronous call would have answered: a refusal is the operation's failure (LRO-02).
            (Monitor::Location(_), 400..=499) if reply.status != 401 => {
                Poll::Failed(reply.error(ErrorKind::OperationFailed))
            }
            (Monitor::Resource, 200..=204) => self.read_resource(reply),
            (Monitor::Absence, 200..=204) => match provisioning_state(reply.body.as_ref()) {
                Some(s) if end_of(s) == End::Bad => Poll::Failed(failed_with(&reply, s)),
                Some(s) if self.monitor != Monitor::Absence && end_of(s) == End::Good => Poll::Kept,
                _ => Poll::Running("Deleting".into(), None),
            },
            _ => Poll::Failed(refused(&reply)),
        }
    }

    fn read_status(&self, reply: Reply) -> Poll {
        if reply.body.is_none() && !reply.raw.is_empty() {
            let error = ArmError::new(ErrorKind::InvalidAnswer, "the operation's status is not JSON");
            return Poll::Trouble(error.at("GET", self.monitor_url(&self.monitor), self.id.as_ref()));
        }
        // Some services answer the resource where a status is due, some nothing at all.
        let state = status_of(reply.body.as_ref()).or_else(|| provisioning_state(reply.body.as_ref()));
        match (state.map(end_of), reply.status) {
            (Some(End::Bad), _) => Poll::Failed(failed_with(&reply, state.unwrap_or_default())),
            (Some(End::Not), _) => Poll::Running(state.unwrap_or_default().to_owned(), percent(&reply)),
            (None, 202) => Poll::Running("InProgress".into(), percent(&reply)),
            (Some(End::Good) | None, _) => Poll::Done(Box::new(reply)),
        }
    }

    fn read_result(&self, reply: Reply) -> Poll {
        if let Some(error) = failure_inside(&self.method, &reply) {
            return Poll::Failed(error);
        }
        let body = reply.body.as_ref();
        let bare = body.is_some_and(|b| b.get("properties").is_none() && b.get("id").is_none());
        match (status_of(body), provisioning_state(body)) {
            (Some(s), _) if bare && end_of(s) == End::Not => Poll::Running(s.to_owned(), percent(&reply)),
            (_, Some(s)) if self.changes() && end_of(s) == End::Not => Poll::Settling(s.to_owned()),
            _ => Poll::Done(Box::new(reply)),
        }
    }

    fn read_resource(&self, reply: Reply) -> Poll {
        if reply.body.is_none() && !reply.raw.is_empty() {
            let error = ArmError::new(ErrorKind::InvalidAnswer, "the answer is not JSON");
            return Poll::Trouble(error.at("GET", &self.url, self.id.as_ref()));
        }
        match provisioning_state(reply.body.as_ref()) {
            Some(s) if end_of(s) == End::Bad => Poll::Failed(failed_with(&reply, s)),
            Some(s) if end_of(s) == End::Not => Poll::Running(s.to_owned(), None),
            _ => Poll::Done(Box::new(reply)),
        }
    }

    fn monitor_url<'a>(&'a self, monitor: &'a Monitor) -> &'a str {
        match monitor {
            Monitor::AsyncOperation(url) | Monitor::Location(url) => url,
            Monitor::Resource | Monitor::Absence => &self.url,
        }
    }
}

fn percent(reply: &Reply) -> Option<f64> {
    reply.body.as_ref()?.get("percentComplete")?.as_f64()
}

fn path_of(url: &str) -> String {
    Url::parse(url).map(|u| u.path().to_ascii_lowercase()).unwrap_or_default()
}

impl ArmClient {
    /// Waits for an operation that this process began. `progress` hears of every poll.
    ///
    /// Errors: [`ErrorKind::OperationFailed`] when it ended in `Failed` or `Canceled`; [`ErrorKind::Cancelled`] when the
    /// client's token was; any other kind when its state could not be read: the operation itself then goes on, and waiting
    /// for it again is right.
    pub async fn wait(
        &self,
        operation: &Operation,
        progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Outcome, ArmError> {
        self.follow(operation, ABSENT, progress).await
    }

    /// Waits for an operation that an earlier process began, as [`ArmClient::wait`]. A status that is not known is not one
    /// that is not known yet (`LRO-07`): the resource tells at once.
    pub async fn take_up(
        &self,
        operation: &Operation,
        progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Outcome, ArmError> {
        self.follow(operation, Duration::ZERO, progress).await
    }

    /// `unknown`: how long the status URL may be unknown before the resource is asked.
    async fn follow(
        &self,
        operation: &Operation,
        unknown: Duration,
        progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Outcome, ArmError> {
        let clock = self.clock().clone();
        let begin = clock.now();
        let mut monitor = operation.monitor.clone();
        let mut location = operation.location.clone();
        let mut asked = operation.retry_after_ms.map(Duration::from_millis);
        let mut polls = 0;
        let (mut absent_since, mut kept_since, mut trouble_since) = (None, None, None);
        let placed = |e: ArmError| match e.method {
            Some(_) => e,
            None => e.at(&operation.method, &operation.url, operation.id.as_ref()),
        };
        loop {
            let elapsed = clock.now().saturating_sub(begin);
            self.pause(asked.take().unwrap_or_else(|| self.next_poll(operation, elapsed)))
                .await
                .map_err(placed)?;
            let url = self.own_url(operation.monitor_url(&monitor)).map_err(placed)?;
            polls += 1;
            let poll = match self.fetch_url(&url, operation.id.as_ref()).await {
                Ok(reply) => {
                    asked = reply.retry_after();
                    newer(&reply, &mut monitor, &mut location);
                    operation.read(&monitor, reply)
                }
                Err(error) if error.kind == ErrorKind::Unreachable => Poll::Trouble(error),
                Err(error) => return Err(error),
            };
            let elapsed = clock.now().saturating_sub(begin);
            let mut tell = |status: &str, percent| {
                progress(&Progress { elapsed, polls, status: status.to_owned(), percent });
            };
            if !matches!(poll, Poll::Trouble(_)) {
                trouble_since = None;
            }
            match poll {
                Poll::Running(status, percent) => {
                    absent_since = None;
                    tell(&status, percent);
                }
                Poll::Settling(status) => {
                    tell(&status, None);
                    monitor = Monitor::Resource;
                }
                Poll::Failed(error) => {
                    tell("Failed", None);
                    let unread = error.kind == ErrorKind::Refused;
                    let error = if unread {
                        error
                            .advise("the state of the operation cannot be read; the operation itself goes on")
                    } else {
                        error.at(&operation.method, &operation.url, operation.id.as_ref())
                    };
                    return Err(error);
                }
                // LRO-07: then it is deleted, or the answer was wrong. The resource tells which.
                Poll::Absent(_) if operation.deletes() && monitor != Monitor::Absence => {
                    tell("NotFound", None);
                    monitor = Monitor::Absence;
                    asked = Some(WAITS.0);
                }
                Poll::Kept => {
                    let since = *kept_since.get_or_insert(elapsed);
                    tell("Succeeded", None);
                    if elapsed.saturating_sub(since) >= ABSENT {
                        let why = "its operation is not known any more, and it is still there";
                        let error = ArmError::new(ErrorKind::OperationFailed, why);
                        return Err(error.at(&operation.method, &operation.url, operation.id.as_ref()));
                    }
                }
                Poll::Absent(error) => {
                    let since = *absent_since.get_or_insert(elapsed);
                    tell("NotFound", None);
                    let patience = if monitor == Monitor::Resource { ABSENT } else { unknown };
                    if elapsed.saturating_sub(since) >= patience {
                        if monitor == Monitor::Resource || !operation.changes() {
                            return Err(error);
                        }
                        // The operation is forgotten (they are kept for days, not for ever): the resource still tells.
                        monitor = Monitor::Resource;
                        absent_since = None;
                    }
                }
                Poll::Trouble(error) => {
                    let since = *trouble_since.get_or_insert(elapsed);
                    tell("Unknown", None);
                    // LRO-02: a Location URL answers what the request itself would have, that it broke too; one that stumbles
                    // has another answer soon.
                    let broke = error.status == Some(500) && error.code.is_some();
                    let says = matches!(monitor, Monitor::Location(_)) && broke;
                    if says && elapsed.saturating_sub(since) >= BROKEN {
                        let mut error = error;
                        error.kind = ErrorKind::OperationFailed;
                        return Err(error.at(&operation.method, &operation.url, operation.id.as_ref()));
                    }
                    if elapsed.saturating_sub(since) >= TROUBLE {
                        return Err(error.advise("the state of the operation cannot be read; the operation itself goes on, and the next apply takes it up again"));
                    }
                    asked = asked.or(error.retry_after).or(Some(Duration::from_secs(5)));
                }
                Poll::Done(reply) => {
                    tell("Succeeded", Some(100.0));
                    return self.result(operation, &monitor, location, *reply, polls).await.map_err(placed);
                }
            }
        }
    }

    fn next_poll(&self, operation: &Operation, elapsed: Duration) -> Duration {
        let expected = Duration::from_millis(operation.expected_ms.unwrap_or(0));
        let floor = (expected / 200).clamp(WAITS.0, WAITS.0 * 4);
        let wait = floor.max(elapsed.mul_f64(LATENESS)).min(WAITS.1);
        wait.mul_f64(1.0 + 3.0 * self.limiter().pressure(Bucket::Reads, self.clock().now()))
    }

    /// The final result (`LRO-05`).
    async fn result(
        &self,
        operation: &Operation,
        monitor: &Monitor,
        location: Option<String>,
        last: Reply,
        polls: u32,
    ) -> Result<Outcome, ArmError> {
        let outcome = |reply: Reply| {
            let etag = reply.etag();
            Outcome { body: reply.body, etag, polls }
        };
        if operation.deletes() {
            return Ok(Outcome { body: None, etag: None, polls });
        }
        let of_status = matches!(monitor, Monitor::AsyncOperation(_));
        let is_resource =
            last.body.as_ref().is_some_and(|b| b.get("id").is_some() && b.get("properties").is_some());
        match (operation.final_state, of_status, location) {
            (Some(FinalState::AsyncOperation), true, _) => Ok(outcome(last)),
            (None | Some(FinalState::Location), true, Some(url))
                if !operation.changes() || operation.final_state.is_some() =>
            {
                let url = self.own_url(&url)?;
                let reply = self.fetch_url(&url, operation.id.as_ref()).await?;
                match reply.status {
                    200..=204 => Ok(outcome(reply)),
                    404 => Ok(outcome(last)),
                    _ => Err(reply.refusal("GET", &url, operation.id.as_ref())),
                }
            }
            _ if operation.changes() && (of_status || !is_resource) => {
                self.written(operation).await.map(outcome)
            }
            _ => Ok(outcome(last)),
        }
    }

    /// Reads what was written; it may not be seen everywhere yet (`LRO-07`).
    async fn written(&self, operation: &Operation) -> Result<Reply, ArmError> {
        let begin = self.clock().now();
        let url = self.own_url(&operation.url)?;
        loop {
            let reply = self.fetch_url(&url, operation.id.as_ref()).await?;
            let waited = self.clock().now().saturating_sub(begin);
            match reply.status {
                200..=204 => {
                    return match failure_inside(&operation.method, &reply) {
                        Some(error) => Err(error),
                        None => Ok(reply),
                    };
                }
                403 | 404 if waited < ABSENT => {
                    let wait = (waited / 2).clamp(Duration::from_millis(200), Duration::from_secs(5));
                    self.pause(reply.retry_after().unwrap_or(wait)).await?;
                }
                _ => return Err(reply.refusal("GET", &operation.url, operation.id.as_ref())),
            }
        }
    }
}

/// Takes over the newer URLs that an answer gives.
fn newer(reply: &Reply, monitor: &mut Monitor, location: &mut Option<String>) {
    let absolute = |name| reply.header(name).filter(|u| u.contains("://")).map(str::to_owned);
    match monitor {
        Monitor::AsyncOperation(url) => {
            if let Some(given) = absolute("azure-asyncoperation") {
                *url = given;
            }
            if let Some(given) = absolute("location") {
                *location = Some(given);
            }
        }
        Monitor::Location(url) if reply.status == 202 => {
            if let Some(given) = absolute("location") {
                *url = given;
            }
        }
        _ => {}
    }
}
