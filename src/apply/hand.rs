//! One object's way to ARM: every changing request goes through the journal, waits for its operation, and is repeated by
//! the class of its failure within the object's time.
//!
//! Must not know: claims, configuration, what is shown.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::body;
use super::failure::Failure;
use super::journal::{Entry, Journal, Verb};
use super::memory::Memory;
use super::register::Registrar;
use super::slots::Slots;
use crate::arm::id::ArmId;
use crate::arm::{
    Accepted, ArmClient, ArmError, ErrorKind, Monitor, Operation, Progress as Polled, RetryClass, Write,
};
use crate::catalog::{ProviderConfig, RetryRule};
use crate::ledger::DocumentRecord;
use crate::plan::addr::InstanceAddr;
use crate::plan::live::ProviderKey;
use crate::ui::progress::{Doing, Event, Phase, Progress};

/// How long a document that was just written may be unseen (RG-01, LRO-07).
const UNSEEN: Duration = RetryClass::ReplicationLag.budget().total;
/// How long what an unanswered request began is watched before the request is repeated.
pub const UNHEARD: Duration = Duration::from_secs(3);
/// A wait among the requests that is worth a line of the journal.
const QUEUE: Duration = Duration::from_millis(50);
/// How often a precondition may fail before it counts as a busy parent.
const RACES: u32 = 3;

/// What all objects of a run share.
pub struct Shared<'r> {
    /// What is written down first.
    pub journal: &'r Journal,
    /// Who may send.
    pub slots: Slots,
    /// What the run did so far.
    pub memory: RefCell<Memory>,
    /// Registers resource providers.
    pub registrar: Registrar,
    /// Who looks.
    pub progress: &'r dyn Progress,
    /// The interrupt.
    pub cancel: CancellationToken,
}

/// One object being changed.
pub struct Hand<'r> {
    /// What the run shares.
    pub shared: &'r Shared<'r>,
    /// The connection, cancelled with the run.
    pub client: ArmClient,
    /// Which object.
    pub addr: &'r InstanceAddr,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// Through which provider.
    pub provider: ProviderKey,
    /// That provider, configured.
    pub config: Option<std::sync::Arc<ProviderConfig>>,
    /// What is done.
    pub doing: Doing,
    /// The object's id, for those who look.
    pub id: Option<String>,
    /// How urgent it is.
    pub urgency: u32,
    /// How long it may wait in sum.
    pub limit: Duration,
    /// How long it waited.
    pub spent: Cell<Duration>,
    /// Whether its start was told.
    pub begun: Cell<bool>,
    /// How often the operation that was waited for last was asked how it goes.
    pub polls: Cell<Option<u32>>,
}

/// A request that changes something.
#[derive(Debug, Clone)]
pub enum Request {
    /// PUT.
    Put(ArmId, String, Json, Write),
    /// PATCH.
    Patch(ArmId, String, Json, Write),
    /// DELETE.
    Delete(ArmId, String, Write),
    /// POST to a path.
    Post(String, String, Option<Json>),
    /// Any method to a path, as a configuration words it.
    Any(Box<Any>),
}

/// A request of a configuration's own wording.
#[derive(Debug, Clone)]
pub struct Any {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// At which version.
    pub api_version: String,
    /// The body.
    pub body: Option<Json>,
    /// Headers and query.
    pub sending: Write,
    /// 404 is an answer like others.
    pub may_miss: bool,
}

impl Request {
    fn verb(&self) -> Verb {
        match self {
            Request::Put(..) => Verb::Put,
            Request::Patch(..) => Verb::Patch,
            Request::Delete(..) => Verb::Delete,
            Request::Post(..) | Request::Any(..) => Verb::Post,
        }
    }

    fn body(&self) -> Option<&Json> {
        match self {
            Request::Put(_, _, body, _) | Request::Patch(_, _, body, _) => Some(body),
            Request::Post(_, _, body) => body.as_ref(),
            Request::Any(any) => any.body.as_ref(),
            Request::Delete(..) => None,
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Nothing had to be sent.
    pub skipped: bool,
    /// The document or result.
    pub body: Option<Json>,
    /// The body was read after the end, not answered by the request itself.
    pub read: bool,
    /// What it was about is not there, which was allowed.
    pub missing: bool,
}

/// How often and how long each class of failure was waited for; rows with a budget of their own count by themselves.
#[derive(Default)]
struct Repeats(BTreeMap<(u8, Duration), (u32, Duration)>);

impl<'r> Hand<'r> {
    /// Tells the start, once.
    pub fn begin(&self) {
        if !self.begun.replace(true) {
            self.tell(Phase::Start, None);
        }
    }

    /// Tells how far it is.
    pub fn tell(&self, phase: Phase, note: Option<&str>) {
        let event = Event::new(self.addr, self.doing, phase);
        let event = event.with_id(self.id.as_deref()).with_note(note).of_deposed(self.deposed.as_deref());
        self.shared.progress.event(event);
    }

    /// Sends what `prepare` says (asked anew for every attempt) until it is done or fails for good.
    pub async fn drive<P>(
        &self,
        document: &DocumentRecord,
        retry: Option<&RetryRule>,
        prepare: P,
    ) -> Result<Sent, Failure>
    where
        P: AsyncFn() -> Result<Option<Request>, ArmError>,
    {
        let mut repeats = Repeats::default();
        // A request that was sent and whose end is not written down.
        let mut open = None;
        loop {
            let queued = self.client.clock().now();
            let slot = self.shared.slots.take(self.urgency).await;
            self.queued(document, queued);
            if self.shared.cancel.is_cancelled() {
                return Err(Failure::Interrupted);
            }
            let request = match prepare().await {
                Ok(Some(request)) => request,
                Ok(None) => {
                    drop(slot);
                    let Some(verb) = open else { return Ok(Sent { skipped: true, ..Sent::default() }) };
                    // Its answer was lost, and it did what was to be done, if it ends well (HTTP-07).
                    match self.ended(document, verb).await {
                        Ok(()) => {
                            self.outcome(document, None)?;
                            self.remember(document, verb);
                            return Ok(Sent::default());
                        }
                        Err(Failure::Arm(error)) if error.kind == ErrorKind::OperationFailed => {
                            self.outcome(document, Some(&error))?;
                            open = None;
                            self.again(document, None, error, retry, &mut repeats).await?;
                            continue;
                        }
                        Err(failure) => return Err(failure),
                    }
                }
                Err(error) => {
                    drop(slot);
                    self.again(document, None, error, retry, &mut repeats).await?;
                    continue;
                }
            };
            self.begin();
            let verb = request.verb();
            if request.body().is_some_and(|body| self.is_ours(body)) {
                self.shared.memory.borrow_mut().granted_us();
            }
            self.polls.set(None);
            self.shared.journal.append(&[self.intent(document, verb)])?;
            self.shared.journal.durable().await?;
            let error = match self.send(&request).await {
                Ok(Accepted { operation: None, body, status, .. }) => {
                    self.ended_with(document, None, Some(status))?;
                    let missing = status == 404;
                    if !missing || verb == Verb::Delete {
                        self.remember(document, verb);
                    }
                    return Ok(Sent { body, missing, ..Sent::default() });
                }
                Ok(Accepted { operation: Some(operation), status, .. }) => {
                    self.shared.journal.append(&[Entry::Accepted {
                        addr: self.addr.to_string(),
                        id: document.id.clone(),
                        operation: Some(operation.clone()),
                        status: Some(status),
                    }])?;
                    drop(slot);
                    self.shared.journal.durable().await?;
                    match self.wait(document, &operation, Duration::MAX).await {
                        Ok(body) => {
                            self.outcome(document, None)?;
                            self.remember(document, verb);
                            let read = !matches!(operation.monitor, Monitor::Location(_));
                            return Ok(Sent { body, read, ..Sent::default() });
                        }
                        Err(Failure::Arm(error)) if error.kind == ErrorKind::OperationFailed => {
                            self.outcome(document, Some(&error))?;
                            open = None;
                            error
                        }
                        // Its end is not known: it stays open in the journal.
                        Err(failure) => return Err(failure),
                    }
                }
                Err(error) => {
                    drop(slot);
                    if !error.outcome_unknown() {
                        self.outcome(document, Some(&error))?;
                        open = None;
                        error
                    } else if self.look(document, verb).await? {
                        self.outcome(document, None)?;
                        self.remember(document, verb);
                        return Ok(Sent::default());
                    } else {
                        open = Some(verb);
                        error
                    }
                }
            };
            self.again(document, Some(&request), error, retry, &mut repeats).await?;
        }
    }

    async fn send(&self, request: &Request) -> Result<Accepted, ArmError> {
        match request {
            Request::Put(id, version, body, write) => self.client.put(id, version, body, write).await,
            Request::Patch(id, version, body, write) => self.client.patch(id, version, body, write).await,
            Request::Delete(id, version, write) => self.client.delete(id, version, write).await,
            Request::Post(path, version, body) => {
                self.client.post(path, version, body.as_ref(), &Write::default()).await
            }
            Request::Any(any) => {
                let Any { method, path, api_version, body, sending, may_miss } = &**any;
                match self.client.call(method, path, api_version, body.as_ref(), sending).await {
                    Err(error) if *may_miss && error.status == Some(404) => {
                        Ok(Accepted { status: 404, body: None, etag: None, operation: None })
                    }
                    other => other,
                }
            }
        }
    }

    fn intent(&self, document: &DocumentRecord, verb: Verb) -> Entry {
        Entry::Intent {
            addr: self.addr.to_string(),
            deposed: self.deposed.clone(),
            provider: self.provider.to_string(),
            document: document.clone(),
            verb,
        }
    }

    fn outcome(&self, document: &DocumentRecord, error: Option<&ArmError>) -> Result<(), Failure> {
        self.ended_with(document, error, error.and_then(|e| e.status))
    }

    fn ended_with(
        &self,
        document: &DocumentRecord,
        error: Option<&ArmError>,
        status: Option<u16>,
    ) -> Result<(), Failure> {
        let error = error.map(ToString::to_string);
        let (addr, id, polls) = (self.addr.to_string(), document.id.clone(), self.polls.get());
        Ok(self.shared.journal.append(&[Entry::Outcome { addr, id, error, status, polls }])?)
    }

    fn remember(&self, document: &DocumentRecord, verb: Verb) {
        if let Ok(id) = ArmId::parse(&document.id) {
            let mut memory = self.shared.memory.borrow_mut();
            match verb {
                Verb::Delete => memory.deleted(&id),
                Verb::Put | Verb::Patch | Verb::Post => memory.made(&id),
            }
        }
    }

    /// Does a body assign a role to whoever sends our requests, or to a group that he may be in?
    fn is_ours(&self, body: &Json) -> bool {
        let text = |name: &str| body["properties"][name].as_str();
        let us = self.config.as_ref().and_then(|config| config.object_id.as_deref());
        text("roleDefinitionId").is_some()
            && (text("principalType") == Some("Group")
                || text("principalId").is_some_and(|who| us.is_none_or(|us| who.eq_ignore_ascii_case(us))))
    }

    /// Waits for an operation, as long as the object has time, and at most so long.
    async fn wait(
        &self,
        document: &DocumentRecord,
        operation: &Operation,
        most: Duration,
    ) -> Result<Option<Json>, Failure> {
        let token = self.shared.cancel.child_token();
        let client = self.client.with_cancel(token.clone());
        let left = self.limit.saturating_sub(self.spent.get()).min(most);
        let (mut elapsed, mut polls) = (Duration::ZERO, 0);
        let (progress, addr, doing) = (self.shared.progress, self.addr, self.doing);
        let (id, deposed) = (self.id.clone(), self.deposed.clone());
        let mut hear = |polled: &Polled| {
            (elapsed, polls) = (polled.elapsed, polled.polls);
            if polled.elapsed > left {
                token.cancel();
            }
            let note = polled.percent.map(|p| format!("{}, {p:.0}%", polled.status));
            let note = note.as_deref().unwrap_or(&polled.status);
            let event = Event::new(addr, doing, Phase::Waiting);
            progress.event(event.with_id(id.as_deref()).with_note(note).of_deposed(deposed.as_deref()));
        };
        let result = client.wait(operation, &mut hear).await;
        self.spent.set(self.spent.get() + elapsed);
        self.polls.set(Some(polls));
        match result {
            Ok(outcome) => Ok(outcome.body),
            Err(error) if error.kind == ErrorKind::Cancelled => {
                if self.shared.cancel.is_cancelled() {
                    return Err(Failure::Interrupted);
                }
                match ArmId::parse(&document.id) {
                    Ok(id) => Err(Failure::TimedOut { id, limit: self.limit, last: None }),
                    Err(_) => Err(Failure::Interrupted),
                }
            }
            Err(error) => Err(Failure::Arm(error)),
        }
    }

    /// Looks after a request of which no answer came (HTTP-07). `true`: it is done. Otherwise it is to be repeated, once
    /// what it may have begun has ended.
    async fn look(&self, document: &DocumentRecord, verb: Verb) -> Result<bool, Failure> {
        let Ok(id) = ArmId::parse(&document.id) else { return Ok(false) };
        let live = self.get(&id, &document.api_version, &[]).await?;
        match (live, verb) {
            (None, Verb::Delete) => Ok(true),
            (Some(live), _) if is_running(&live) => {
                let operation = by_itself(&self.client, &id, document, verb);
                match self.wait(document, &operation, UNHEARD).await {
                    Ok(_) => Ok(verb == Verb::Delete),
                    Err(Failure::Arm(error)) if error.kind == ErrorKind::OperationFailed => Ok(false),
                    // Then the repeated request waits its turn, as for any busy resource.
                    Err(Failure::TimedOut { .. }) if self.spent.get() < self.limit => Ok(false),
                    Err(failure) => Err(failure),
                }
            }
            _ => Ok(false),
        }
    }

    /// Waits until nothing is done to a document any more.
    async fn ended(&self, document: &DocumentRecord, verb: Verb) -> Result<(), Failure> {
        let Ok(id) = ArmId::parse(&document.id) else { return Ok(()) };
        if !self.get(&id, &document.api_version, &[]).await?.is_some_and(|live| is_running(&live)) {
            return Ok(());
        }
        let operation = by_itself(&self.client, &id, document, verb);
        self.wait(document, &operation, Duration::MAX).await.map(drop)
    }

    /// Waits before a repetition; `Err`: there is none.
    async fn again(
        &self,
        document: &DocumentRecord,
        request: Option<&Request>,
        error: ArmError,
        retry: Option<&RetryRule>,
        repeats: &mut Repeats,
    ) -> Result<(), Failure> {
        if error.kind == ErrorKind::Cancelled || self.shared.cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        let Ok(id) = ArmId::parse(&document.id) else { return Err(Failure::Arm(error)) };
        if error.has_code("MissingSubscriptionRegistration")
            && self.shared.registrar.registers(self.config.as_deref())
            && repeats.next((u8::MAX, Duration::ZERO)).0 == 1
        {
            let namespace = error.details.iter().find_map(|d| d.target.clone());
            let namespace =
                namespace.filter(|n| n.contains('.')).unwrap_or_else(|| id.namespace().to_string());
            self.tell(Phase::Waiting, Some(&format!("{namespace} is being registered")));
            return self.shared.registrar.register(&self.client, &id, &namespace).await;
        }
        if error.status == Some(412) && repeats.next((u8::MAX - 1, Duration::ZERO)).0 <= RACES {
            return Ok(());
        }
        let mut mentioned = Vec::new();
        if let Some(body) = request.and_then(Request::body) {
            body::ids(body, &mut |text| mentioned.extend(ArmId::parse(text)));
        }
        let recent = self.shared.memory.borrow().recent(&id, &mentioned, &error);
        let mut verdict = error.verdict(&recent);
        if error.outcome_unknown() {
            verdict.class = RetryClass::Transient;
            verdict.budget = RetryClass::Transient.budget();
        }
        let of_class = (verdict.class as u8, verdict.budget.total);
        let (attempt, waited) = repeats.next(of_class);
        let delay = match retry.filter(|rule| rule.matches(&error.to_string())) {
            Some(rule) => Some(rule.delay(attempt)),
            None => verdict.budget.delay(attempt, waited, error.retry_after),
        };
        let Some(delay) = delay else { return Err(Failure::Arm(error)) };
        repeats.add(of_class, delay);
        let throttled = verdict.class == RetryClass::Throttled;
        if !throttled && self.spent.get() + delay > self.limit {
            return Err(Failure::TimedOut { id, limit: self.limit, last: Some(error) });
        }
        let why = match verdict.class {
            RetryClass::BusyParent => "something else is being changed there",
            RetryClass::ReplicationLag if recent.granted && error.has_code("AuthorizationFailed") => {
                "the role that was assigned is not in force yet"
            }
            RetryClass::ReplicationLag => "what it needs is not seen everywhere yet",
            RetryClass::Throttled => "throttled",
            RetryClass::ExpiredToken => "a new token is needed",
            _ => "the service stumbled",
        };
        let code = error.code.as_deref().unwrap_or("no code");
        self.tell(Phase::Waiting, Some(&format!("{why} ({code}), again in {:.0}s", delay.as_secs_f64())));
        self.shared.journal.tell(&[Entry::Again {
            addr: self.addr.to_string(),
            id: document.id.clone(),
            why: why.to_string(),
            code: error.code.clone(),
            wait_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        }]);
        self.pause(delay).await?;
        if !throttled {
            self.spent.set(self.spent.get() + delay);
        }
        Ok(())
    }

    /// Waits, unless interrupted.
    pub async fn pause(&self, duration: Duration) -> Result<(), Failure> {
        tokio::select! {
            biased;
            () = self.shared.cancel.cancelled() => Err(Failure::Interrupted),
            () = self.client.clock().sleep(duration) => Ok(()),
        }
    }

    /// Notes that a request waited until others were answered.
    fn queued(&self, document: &DocumentRecord, since: Duration) {
        let waited = self.client.clock().now().saturating_sub(since);
        if waited >= QUEUE {
            let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            let (addr, id) = (self.addr.to_string(), document.id.clone());
            self.shared.journal.tell(&[Entry::Queued { addr, id, waited_ms }]);
        }
    }

    /// Notes that a document was seen, or not seen, later than it was written.
    fn lagged(&self, id: &ArmId, waited: Duration, begin: Duration) {
        if waited > Duration::ZERO {
            let waited = self.client.clock().now().saturating_sub(begin);
            let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            let (addr, id) = (self.addr.to_string(), id.to_string());
            self.shared.journal.tell(&[Entry::Lagged { addr, id, waited_ms }]);
        }
    }

    /// Reads a document. With `there`, one that is not seen yet is waited for.
    pub async fn read(
        &self,
        id: &ArmId,
        api_version: &str,
        query: &[(String, String)],
        there: bool,
    ) -> Result<Option<Json>, Failure> {
        let (mut waited, begin) = (Duration::ZERO, self.client.clock().now());
        loop {
            let found = self.get(id, api_version, query).await;
            let unseen = match found {
                Ok(Some(live)) => {
                    self.lagged(id, waited, begin);
                    return Ok(Some(live));
                }
                Ok(None) => None,
                Err(error) if there && error.status == Some(403) => Some(error),
                Err(error) => return Err(error.into()),
            };
            if !there || waited >= UNSEEN {
                return match unseen {
                    Some(error) => Err(error.into()),
                    None => Ok(None),
                };
            }
            let wait = (waited / 2).clamp(Duration::from_millis(200), Duration::from_secs(5));
            self.pause(wait).await?;
            waited += wait;
        }
    }

    /// Waits until a deleted document is not seen any more (DEL-01).
    pub async fn absent(&self, id: &ArmId, api_version: &str) -> Result<(), Failure> {
        let (mut waited, begin) = (Duration::ZERO, self.client.clock().now());
        while self.get(id, api_version, &[]).await?.is_some() && waited < UNSEEN {
            let wait = (waited / 2).clamp(Duration::from_millis(200), Duration::from_secs(5));
            self.pause(wait).await?;
            waited += wait;
        }
        self.lagged(id, waited, begin);
        Ok(())
    }
}

impl Repeats {
    /// The number of the next attempt of a class, and what was waited for it so far.
    fn next(&mut self, class: (u8, Duration)) -> (u32, Duration) {
        let entry = self.0.entry(class).or_default();
        entry.0 += 1;
        *entry
    }

    fn add(&mut self, class: (u8, Duration), waited: Duration) {
        self.0.entry(class).or_default().1 += waited;
    }
}

fn state(body: &Json) -> Option<&str> {
    body.get("properties").and_then(|p| p.get("provisioningState")).and_then(Json::as_str)
}

/// Does a document say that the last operation on it failed?
pub fn is_failed(body: &Json) -> bool {
    state(body).is_some_and(|s| s.eq_ignore_ascii_case("failed"))
}

/// Does a document say that something is still done to it?
pub fn is_running(body: &Json) -> bool {
    let state = state(body);
    let ended = ["succeeded", "completed", "failed", "canceled", "cancelled"];
    state.is_some_and(|s| !s.is_empty() && !ended.contains(&s.to_ascii_lowercase().as_str()))
}

/// What to wait for where a document only tells by itself how it is going.
pub fn by_itself(client: &ArmClient, id: &ArmId, document: &DocumentRecord, verb: Verb) -> Operation {
    let delete = verb == Verb::Delete;
    Operation {
        method: if delete { "DELETE" } else { "PUT" }.into(),
        url: format!("{}{}?api-version={}", client.cloud().resource_manager, id, document.api_version),
        id: Some(id.clone()),
        monitor: if delete { Monitor::Absence } else { Monitor::Resource },
        location: None,
        final_state: None,
        retry_after_ms: None,
        expected_ms: None,
    }
}
