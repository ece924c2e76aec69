//! A cloud that runs: in this process without sockets ([`LocalCloud`]), or behind TLS ([`Handle`]).

use super::certificates::Authority;
use super::chaos::{Rules, Struck};
use super::clock::{Clock, ClockMode};
use super::engine::{Counts, Engine, Registered, Seeded, Settings};
use super::log::Log;
use super::login::Login;
use super::proofs::Proofs;
use super::server;
use super::store::{Store, StoreError};
use super::summary::{Summary, summary, world_json};
use super::unruly::Unruly;
use super::wire::{Request, Response};
use super::world::{Document, Names, World};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Where the world is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldFile {
    /// Nowhere: it goes with the process.
    InMemory,
    /// In a file.
    File(PathBuf),
}

/// How a cloud is started. `Options::default()` is a world in memory, on any free port, at sixty times the real pace.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the world is kept.
    pub world: WorldFile,
    /// How time goes.
    pub clock: ClockMode,
    /// What every answer of ARM takes longer.
    pub latency: Duration,
    /// A file for the request log.
    pub log: Option<PathBuf>,
    /// What GUIDs of a new world are made of; one seed, one story, the same GUIDs.
    pub seed: String,
    /// Items in one page of a list.
    pub page_size: usize,
    /// True: requests beyond ARM's token buckets are refused (THR-01).
    pub throttle: bool,
    /// Namespaces registered in a new world.
    pub registered: Registered,
    /// Roles of the client, `ROLE` (on the subscriptions) or `ROLE@SCOPE`, a role by name or GUID; `None`: as the world
    /// has it, else Owner.
    pub roles: Option<Vec<String>>,
    /// Tenant; `None`: as the world has it, else one made of the seed.
    pub tenant_id: Option<String>,
    /// Subscription; `None`: as the world has it, else one made of the seed.
    pub subscription_id: Option<String>,
    /// Further subscriptions that exist.
    pub more_subscriptions: Vec<String>,
    /// Application id of the client; `None`: as the world has it, else one made of the seed.
    pub client_id: Option<String>,
    /// Secret of the client; `None`: as the world has it, else a random one.
    pub client_secret: Option<String>,
    /// What else the client proves itself with.
    pub proofs: Proofs,
    /// Answers come as unlike what was sent as services give them, in the manner of this seed ([`Unruly`]).
    pub unruly: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            world: WorldFile::InMemory,
            clock: ClockMode::Scaled(60.0),
            latency: Duration::ZERO,
            log: None,
            seed: "local".to_owned(),
            page_size: 100,
            throttle: false,
            registered: Registered::Usual,
            roles: None,
            tenant_id: None,
            subscription_id: None,
            more_subscriptions: Vec::new(),
            client_id: None,
            client_secret: None,
            proofs: Proofs::default(),
            unruly: None,
        }
    }
}

/// Why a cloud could not be started.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The world could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address could not be listened on.
    #[error("the local cloud could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The log could not be opened.
    #[error("could not open the request log {path}")]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A role of the client is none.
    #[error("{0}")]
    Roles(String),
    /// Keys or certificates could not be made.
    #[error("the local cloud could not make its keys: {0}")]
    Keys(String),
}

/// A cloud in this process, without sockets. Clones are the same cloud.
#[derive(Clone)]
pub struct LocalCloud {
    engine: Arc<Mutex<Engine>>,
    log: Arc<Mutex<Option<Log>>>,
    authority: Arc<Authority>,
    client_secret: Arc<str>,
    latency: Duration,
}

/// Who and where a world is, and its keys.
struct Founding {
    names: Names,
    secret: String,
    authority: Authority,
    signing_key: Vec<u8>,
}

impl LocalCloud {
    /// Opens the world of the options, or makes it.
    ///
    /// # Errors
    /// If the world is in use or broken, or the log cannot be opened.
    pub fn open(options: &Options) -> Result<LocalCloud, CloudError> {
        let store = match &options.world {
            WorldFile::InMemory => None,
            WorldFile::File(path) => Some(Store::open(path)?),
        };
        let founding = found(options, store.as_ref())?;
        let left_ms = match &store {
            Some(store) => store.meta("now")?.and_then(|now| now.parse().ok()).unwrap_or(0),
            None => 0,
        };
        let world = match &store {
            Some(store) => store.load(founding.names.clone())?,
            None => World::new(founding.names.clone()),
        };
        let instant = options.clock == ClockMode::Instant;
        let mut settled = 0;
        if let Some(store) = &store {
            // What an instant clock left is seen everywhere: on that nothing lags.
            if !instant && store.meta("lags")?.as_deref() == Some("no") {
                settled = (super::lag::LONGEST * 1000.0) as u64;
            }
            store.set_meta(&[("lags", if instant { "no" } else { "yes" })])?;
        }
        let clock = Clock::start(options.clock, left_ms + settled);
        let login = Login::new(&founding.signing_key, &founding.secret, options.proofs.clone())
            .map_err(CloudError::Keys)?;
        let settings = Settings {
            subscriptions: options.more_subscriptions.clone(),
            page_size: options.page_size.max(1),
            throttle: options.throttle,
            registered: options.registered.clone(),
            unruly: options.unruly.map(Unruly::new),
            roles: options.roles.clone(),
        };
        let new = world.registrations.iter().next().is_none();
        let mut engine = Engine::new(world, store, clock, login, settings);
        if new {
            engine.found();
        }
        engine.found_roles().map_err(CloudError::Roles)?;
        engine.catch_up()?;
        let log = match &options.log {
            Some(path) => {
                Some(Log::open(path).map_err(|source| CloudError::Log { path: path.clone(), source })?)
            }
            None => None,
        };
        Ok(LocalCloud {
            engine: Arc::new(Mutex::new(engine)),
            log: Arc::new(Mutex::new(log)),
            authority: Arc::new(founding.authority),
            client_secret: founding.secret.into(),
            latency: options.latency,
        })
    }

    /// Opens the world and listens; must be called on a tokio runtime, and serves on it.
    ///
    /// # Errors
    /// As [`LocalCloud::open`]; if the address is taken.
    pub async fn start(options: &Options) -> Result<Handle, CloudError> {
        let cloud = LocalCloud::open(options)?;
        let tls = cloud.authority.server().map_err(|error| CloudError::Keys(error.to_string()))?;
        let failed = |source| CloudError::Listen { address: options.listen, source };
        let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let endpoint = format!("https://localhost:{}", address.port());
        let stop = CancellationToken::new();
        let task = tokio::spawn(server::serve(cloud.clone(), listener, tls, endpoint.clone(), stop.clone()));
        let names = cloud.names();
        Ok(Handle {
            authority: endpoint.clone(),
            endpoint,
            address,
            ca_pem: cloud.authority.pem.clone(),
            tenant_id: names.tenant_id,
            subscription_id: names.subscription_id,
            client_id: names.client_id,
            client_secret: cloud.client_secret.to_string(),
            cloud,
            stop,
            task: Some(task),
        })
    }

    /// Answers a request, as if it had come over the wire (without waiting: [`Response::delay`] says how long it takes).
    pub fn handle(&self, request: &Request) -> Response {
        let mut engine = self.engine();
        let response = engine.handle(request);
        drop(engine);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = log.as_mut() {
            log.write(request, &uri(request), &response);
        }
        response
    }

    /// Sends one ARM request with a token of the client: `cloud request METHOD URI [BODY]`.
    pub fn request(&self, method: &str, uri: &str, body: Option<&Value>) -> Response {
        let origin = "https://localhost";
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut request = Request::new(method, origin, uri, body);
        let token = self.engine().token(origin);
        request.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        self.handle(&request)
    }

    /// Empties the world; its keys, names and clock stay.
    ///
    /// # Errors
    /// If the world cannot be written.
    pub fn reset(&self) -> Result<(), CloudError> {
        Ok(self.engine().reset()?)
    }

    /// Puts exported resources into the world: what Azure answers to a list, a query, or a GET.
    ///
    /// # Errors
    /// If it is no export.
    pub fn seed(&self, exported: Value) -> Result<Seeded, String> {
        self.present().seed(exported)
    }

    /// What is in the world.
    pub fn show(&self) -> Summary {
        summary(&self.present().world)
    }

    /// The world as JSON that two runs of one story have in common (GUIDs and times are replaced).
    pub fn world_json(&self) -> Value {
        world_json(&self.present().world)
    }

    /// A document as it is stored, by its id in any casing.
    pub fn document(&self, id: &str) -> Option<Document> {
        self.present().world.get(id).cloned()
    }

    /// Ids of the living resources, without what nobody sent: the roles that the client has from the beginning, and what
    /// comes by itself: the watchers of a subscription's regions (IMP-09), the detection of failures (IMP-08).
    pub fn ids(&self) -> Vec<String> {
        self.present().world.sent().map(|document| document.id.clone()).collect()
    }

    /// Moves a stepped clock on; what ends by then has ended.
    pub fn step(&self, by: Duration) {
        self.engine().clock.step(by);
        drop(self.present());
    }

    /// Lets time pass until no operation runs (operations that such an end begins are waited for as well) and everything is
    /// seen everywhere: what a command does that changes the world and leaves.
    pub fn finish_operations(&self) {
        let mut engine = self.present();
        while let Some(end_ms) = engine.last_end() {
            engine.clock.skip_to(end_ms);
            if engine.catch_up().is_err() {
                return;
            }
        }
        if engine.world.lags {
            let settled = engine.clock.now_ms() + (super::lag::LONGEST * 1000.0) as u64;
            engine.clock.skip_to(settled);
        }
    }

    /// Gives the client these roles instead of those that it had from the beginning; at once (`ROLE` or `ROLE@SCOPE`).
    ///
    /// # Errors
    /// If a role is none, or the world cannot be written; nothing is changed then.
    pub fn set_roles(&self, roles: &[String]) -> Result<(), CloudError> {
        let mut engine = self.present();
        engine.set_roles(roles).map_err(CloudError::Roles)?;
        Ok(engine.keep()?)
    }

    /// The roles that the client has, by name, with the scope of each.
    pub fn roles(&self) -> Vec<(String, String)> {
        self.present().roles()
    }

    /// Requests answered since the start or the last [`LocalCloud::reset_counts`] (those to ARM, not to the login service).
    pub fn counts(&self) -> Counts {
        self.engine().counts.clone()
    }

    /// Counts from nothing again.
    pub fn reset_counts(&self) {
        self.engine().counts = Counts::default();
    }

    /// Adds rules for faults to those that are there.
    pub fn add_chaos(&self, rules: Rules) {
        let mut engine = self.engine();
        let now = engine.world.now_ms;
        engine.chaos.add(rules, now);
    }

    /// Takes all rules for faults away.
    pub fn end_chaos(&self) {
        self.engine().chaos.clear();
    }

    /// The rules for faults, and how often each struck.
    pub fn chaos(&self) -> Vec<Struck> {
        self.engine().chaos.struck()
    }

    /// From now on answers differ from what is stored in the manner of a seed; `None`: they do not.
    pub fn behave(&self, unruly: Option<u64>) {
        self.engine().behave(unruly.map(Unruly::new));
    }

    /// Who and where.
    pub fn names(&self) -> Names {
        self.engine().names().clone()
    }

    /// Certificate of the cloud's authority.
    pub fn ca_pem(&self) -> &str {
        &self.authority.pem
    }

    /// What every answer of ARM takes longer.
    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// A token of the client for ARM.
    #[cfg(test)]
    pub(super) fn engine_token(&self) -> String {
        self.engine().token("https://localhost")
    }

    /// A token for an audience, minted at some second.
    #[cfg(test)]
    pub(super) fn minted(&self, audience: &str, at: u64) -> String {
        self.engine().minted(audience, at)
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine with the world brought to the present. A world that cannot be kept is reported by the next request.
    fn present(&self) -> MutexGuard<'_, Engine> {
        let mut engine = self.engine();
        let _ = engine.catch_up();
        engine
    }
}

/// A cloud behind TLS. Dropping it stops it.
pub struct Handle {
    /// Where ARM is: `https://localhost:PORT`.
    pub endpoint: String,
    /// Where the login service is (the same).
    pub authority: String,
    /// The address that is listened on.
    pub address: SocketAddr,
    /// Certificate of the authority, for clients to trust.
    pub ca_pem: String,
    /// GUID of the tenant.
    pub tenant_id: String,
    /// GUID of the subscription.
    pub subscription_id: String,
    /// Application id of the client.
    pub client_id: String,
    /// Secret of the client.
    pub client_secret: String,
    /// The cloud itself, for tests and for `cloud show`.
    pub cloud: LocalCloud,
    stop: CancellationToken,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Handle {
    /// One line of JSON that tells a script how to reach the cloud (it holds the client's secret).
    pub fn announcement(&self) -> Value {
        json!({
            "endpoint": self.endpoint,
            "authority": self.authority,
            "tenantId": self.tenant_id,
            "subscriptionId": self.subscription_id,
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            "caPem": self.ca_pem,
        })
    }

    /// Stops listening, cuts what is open, and lets the disk have everything.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub async fn shutdown(mut self) -> Result<(), CloudError> {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
        Ok(self.cloud.engine().sync()?)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Who and where, and the keys: of the options, else of the world file, else made now. What is made is kept.
fn found(options: &Options, store: Option<&Store>) -> Result<Founding, CloudError> {
    let kept = |key: &str| store.map_or(Ok(None), |store| store.meta(key));
    let seed = kept("seed")?.unwrap_or_else(|| options.seed.clone());
    let made =
        |what: &str| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{seed}|{what}").as_bytes()).to_string();
    let name = |given: &Option<String>, key: &str| -> Result<String, CloudError> {
        Ok(match given {
            Some(given) => given.to_lowercase(),
            None => kept(key)?.unwrap_or_else(|| made(key)),
        })
    };
    let names = Names {
        tenant_id: name(&options.tenant_id, "tenant")?,
        subscription_id: name(&options.subscription_id, "subscription")?,
        client_id: name(&options.client_id, "client")?,
        object_id: name(&None, "object")?,
        seed,
    };
    let secret = match &options.client_secret {
        Some(secret) => secret.clone(),
        None => kept("secret")?.unwrap_or_else(|| format!("local-{}", Uuid::new_v4().simple())),
    };
    let authority = match (kept("ca")?, kept("ca_key")?) {
        (Some(pem), Some(key_pem)) => Authority { pem, key_pem },
        _ => Authority::new().map_err(|error| CloudError::Keys(error.to_string()))?,
    };
    // Tokens are signed with the authority's key: one key a world.
    let signing_key = rcgen::KeyPair::from_pem(&authority.key_pem)
        .map_err(|error| CloudError::Keys(error.to_string()))?
        .serialize_der();
    if let Some(store) = store {
        let values = [
            ("seed", names.seed.as_str()),
            ("tenant", &names.tenant_id),
            ("subscription", &names.subscription_id),
            ("client", &names.client_id),
            ("object", &names.object_id),
            ("secret", &secret),
            ("ca", &authority.pem),
            ("ca_key", &authority.key_pem),
        ];
        let mut changed = Vec::new();
        for (key, value) in values {
            if store.meta(key)?.as_deref() != Some(value) {
                changed.push((key, value));
            }
        }
        if !changed.is_empty() {
            store.set_meta(&changed)?;
        }
    }
    Ok(Founding { names, secret, authority, signing_key })
}

fn uri(request: &Request) -> String {
    if request.query.is_empty() {
        return request.path.clone();
    }
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}?{}", request.path, query.join("&"))
}
