//! What happens to a request. The engine is one object behind a lock: it answers a request at a time, without waiting for
//! anything; how long an answer takes is said in the answer.
//!
//! A request that is refused leaves nothing behind; one that is answered is in the store before its answer leaves.
//!
//! * [`access`]: whether whoever asks may do it.
//! * [`gate`]: what ARM itself checks before a resource provider sees the request.
//! * [`write`], [`remove`], [`read`]: PUT and PATCH, DELETE, GET and lists.
//! * [`operations`]: long-running operations on the clock.
//! * [`chaos`]: what faults by rule do to a request.
//! * [`groups`], [`subscriptions`], [`deleted`], [`actions`]: what has paths of its own.

mod access;
mod actions;
mod chaos;
mod deleted;
mod deployments;
mod filter;
mod gate;
mod groups;
mod inline;
mod locks;
mod operations;
mod paging;
mod policies;
mod read;
mod remove;
mod route;
mod seed;
mod subscriptions;
mod throttle;
mod write;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::TABLES as TEST_TABLES;

use super::access::Caller;
use super::chaos::Chaos;
pub use seed::Seeded;

use super::clock::Clock;
use super::failure::ArmFailure;
use super::login::Login;
use super::schema;
use super::store::{Store, StoreError};
use super::unruly::Unruly;
use super::wire::{Request, Response};
use super::world::{Names, World};
use std::collections::BTreeMap;
use std::time::Duration;
use throttle::Buckets;
use uuid::Uuid;

/// What the engine is told when it starts.
pub struct Settings {
    /// Subscriptions that exist, beside that of the world's names.
    pub subscriptions: Vec<String>,
    /// Items in one page of a list.
    pub page_size: usize,
    /// True: requests beyond the token buckets are refused (THR-01).
    pub throttle: bool,
    /// Which namespaces a new world has registered.
    pub registered: Registered,
    /// How answers differ from what is stored, if they do.
    pub unruly: Option<Unruly>,
    /// Which roles the client has: `ROLE` or `ROLE@SCOPE`; `None`: as the world has it.
    pub roles: Option<Vec<String>>,
}

/// Which namespaces are registered in a new world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// What a subscription in daily use has.
    Usual,
    /// What a fresh subscription has.
    Fresh,
    /// Everything.
    All,
    /// These, beside what a fresh subscription has.
    Only(Vec<String>),
}

/// Requests answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// By method.
    pub by_method: BTreeMap<String, u64>,
    /// By the action that was asked for, allowed or not (AUTH-03); requests that everybody may send have none.
    pub by_action: BTreeMap<String, u64>,
}

impl Counts {
    /// Requests of one method.
    pub fn of(&self, method: &str) -> u64 {
        self.by_method.get(method).copied().unwrap_or(0)
    }

    /// Requests that change something: PUT, PATCH, DELETE and POST to ARM (not to the login service).
    pub fn changing(&self) -> u64 {
        ["PUT", "PATCH", "DELETE", "POST"].iter().map(|method| self.of(method)).sum()
    }
}

/// The world and everything that answers for it.
pub struct Engine {
    pub(super) world: World,
    store: Option<Store>,
    pub(super) clock: Clock,
    login: Login,
    settings: Settings,
    buckets: Buckets,
    pub(super) chaos: Chaos,
    /// How the operation ends that the request at hand begins, where a rule says so.
    doom: Option<ArmFailure>,
    /// Who sends the request at hand.
    caller: Caller,
    /// True if the caller is shown only what he may read of the list at hand.
    own_only: bool,
    pub(super) counts: Counts,
}

impl Engine {
    /// An engine over a world.
    pub fn new(
        mut world: World,
        store: Option<Store>,
        clock: Clock,
        login: Login,
        settings: Settings,
    ) -> Engine {
        world.lags = clock.mode() != super::clock::ClockMode::Instant;
        Engine {
            world,
            store,
            clock,
            login,
            settings,
            buckets: Buckets::default(),
            chaos: Chaos::default(),
            doom: None,
            caller: Caller::default(),
            own_only: false,
            counts: Counts::default(),
        }
    }

    /// Who and where.
    pub fn names(&self) -> &Names {
        &self.world.names
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &Request) -> Response {
        self.settle_present();
        if let Some(response) = self.own_request(request) {
            return response;
        }
        if let Some(response) = self.login_request(request) {
            return self.dress(request, response);
        }
        let seconds = self.clock.calendar();
        self.counts.total += 1;
        *self.counts.by_method.entry(request.method.clone()).or_default() += 1;
        let judged = self.login.judge(request, &self.world.names, seconds).map(|caller| self.caller = caller);
        let judged = judged.and_then(|()| self.throttled(request));
        let mut fault = judged.is_ok().then(|| self.strike(request)).flatten().unwrap_or_default();
        let answered = judged.and_then(|()| self.under(&mut fault, request));
        let mut response = match answered {
            Ok(response) => match self.keep() {
                Ok(()) => response,
                Err(error) => refusal(&broken(&error)),
            },
            Err(failure) => {
                self.world.roll_back();
                let mut response = refusal(&failure);
                if failure.retry_after.is_some() || failure.passing || fault.stumbles(failure.status) {
                    response.headers.extend(self.clock.retry_after(failure.retry_after));
                }
                match failure.status {
                    401 => response.with(
                        "WWW-Authenticate",
                        format!(
                            "Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", error_description=\"{}\"",
                            request.origin, self.world.names.tenant_id, failure.message
                        ),
                    ),
                    _ => response,
                }
            }
        };
        response.delay += self.takes(fault.slow);
        response.lost = fault.lost();
        response.struck = fault.rule;
        self.dress(request, response)
    }

    /// Ends what has ended by now. It is kept with the request at hand; if that is refused, the next one ends it again.
    fn settle_present(&mut self) {
        let now = self.clock.now_ms().max(self.world.now_ms);
        self.settle_due(now);
        self.world.now_ms = now;
    }

    /// Brings the world to the present, and keeps it.
    pub(super) fn catch_up(&mut self) -> Result<(), StoreError> {
        self.settle_present();
        self.keep()
    }

    /// Writes what was changed to the store.
    pub(super) fn keep(&mut self) -> Result<(), StoreError> {
        if let Some(store) = &self.store
            && let Err(error) = store.commit(&self.world)
        {
            self.world.roll_back();
            return Err(error);
        }
        self.world.settle();
        Ok(())
    }

    /// Empties the world; names, keys and the clock stay.
    pub(super) fn reset(&mut self) -> Result<(), StoreError> {
        if let Some(store) = &self.store {
            store.clear()?;
        }
        let now = self.world.now_ms;
        let lags = self.world.lags;
        self.world = World::new(self.world.names.clone());
        self.world.lags = lags;
        self.world.now_ms = now;
        self.found();
        if self.found_roles().is_err() {
            // A role of the world's own went with it.
            self.settings.roles = None;
            let _ = self.found_roles();
        }
        self.keep()
    }

    /// Lets the disk have everything.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.store.as_ref().map_or(Ok(()), Store::sync)
    }

    /// A token of the client for ARM.
    pub(super) fn token(&self, origin: &str) -> String {
        self.login.mint(&self.world.names, origin, "https://management.azure.com", self.clock.calendar())
    }

    /// A token for an audience, minted at some second.
    #[cfg(test)]
    pub(super) fn minted(&self, audience: &str, at: u64) -> String {
        self.login.mint(&self.world.names, "https://localhost", audience, at)
    }

    /// From now on answers differ from what is stored, or do not.
    pub(super) fn behave(&mut self, unruly: Option<Unruly>) {
        self.settings.unruly = unruly;
    }

    /// How long a request of so many seconds of the world takes outside.
    fn takes(&self, seconds: f64) -> Duration {
        self.clock.outside(seconds)
    }

    fn known_subscription(&self, id: &str) -> bool {
        self.world.names.subscription_id.eq_ignore_ascii_case(id)
            || self.settings.subscriptions.iter().any(|known| known.eq_ignore_ascii_case(id))
    }

    /// Puts the headers on that every answer has (HTTP-08, THR-02).
    fn dress(&mut self, request: &Request, mut response: Response) -> Response {
        let id = Uuid::new_v4().to_string();
        let correlation =
            request.header("x-ms-correlation-request-id").map_or_else(|| id.clone(), str::to_owned);
        let stamp: String = self.world.now().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
        let mut add = |name: &str, value: String| response.headers.push((name.to_owned(), value));
        add("Cache-Control", "no-cache".to_owned());
        add("Pragma", "no-cache".to_owned());
        add("Expires", "-1".to_owned());
        add("Strict-Transport-Security", "max-age=31536000; includeSubDomains".to_owned());
        add("X-Content-Type-Options", "nosniff".to_owned());
        add("x-ms-routing-request-id", format!("LOCAL:{stamp}Z:{id}"));
        add("x-ms-correlation-request-id", correlation);
        add("x-ms-request-id", id);
        if let Some(client) = request.header("x-ms-client-request-id")
            && request.header("x-ms-return-client-request-id").is_some_and(|value| value == "true")
        {
            add("x-ms-client-request-id", client.to_owned());
        }
        for (name, value) in self.remaining(&request.method) {
            add(&name, value);
        }
        if request.method == "HEAD" {
            response.body = None;
        }
        if let Some(body) = response.body.as_mut().filter(|_| response.status < 300) {
            schema::answered(request.api_version(), body);
            if let Some(unruly) = &self.settings.unruly {
                unruly.answer(&request.method, request.api_version(), body);
            }
        }
        response
    }
}

/// A failure as an answer.
fn refusal(failure: &ArmFailure) -> Response {
    let response = Response::json(failure.status, failure.body());
    if failure.gateway { response.with("x-ms-failure-cause", "gateway") } else { response }
}

fn broken(error: &StoreError) -> ArmFailure {
    ArmFailure::gateway(500, "InternalServerError", format!("The world could not be kept: {error}"))
}
