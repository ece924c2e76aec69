//! A cloud, and a client that knows where it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use ringfence::arm::{
    ArmClient, AuthError, AuthSettings, Clock, Cloud, Credential, Http, InstantClock, NetOptions,
};
use ringfence::localcloud::{ClockMode, Handle, LocalCloud, Options, Proofs};
use time::OffsetDateTime;

/// The key of the application, and its certificate; the key of somebody else.
pub const APP_KEY: &str = include_str!("keys/app.key.pem");
pub const APP_CERTIFICATE: &str = include_str!("keys/app.crt.pem");
pub const OTHER_KEY: &str = include_str!("keys/other.key.pem");

/// The folder of the keys.
pub fn keys(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/credentials/keys");
    folder.join(name).to_str().unwrap().to_owned()
}

pub struct Desk {
    pub handle: Handle,
    pub cloud: Cloud,
    pub http: Http,
    pub clock: Arc<InstantClock>,
    begin: OffsetDateTime,
}

impl Desk {
    pub async fn new(proofs: Proofs) -> Desk {
        let options = Options { clock: ClockMode::Stepped, proofs, ..Options::default() };
        let handle = LocalCloud::start(&options).await.unwrap();
        let http = NetOptions { extra_roots: vec![handle.ca_pem.clone()], ..NetOptions::default() }.client();
        let cloud = Cloud::at("local", &handle.endpoint);
        Desk { handle, cloud, http, clock: Arc::default(), begin: OffsetDateTime::now_utc() }
    }

    /// The settings that an environment with tenant, client and these variables makes.
    pub fn settings(&self, more: &[(&str, &str)]) -> AuthSettings {
        let who = [("ARM_TENANT_ID", &*self.handle.tenant_id), ("ARM_CLIENT_ID", &*self.handle.client_id)];
        let all: BTreeMap<&str, &str> = who.into_iter().chain(more.iter().copied()).collect();
        AuthSettings::default().with_env(&|name| all.get(name).map(|value| (*value).to_owned()))
    }

    pub fn credential(&self, settings: &AuthSettings) -> Result<Credential, AuthError> {
        let (begin, clock) = (self.begin, self.clock.clone());
        let credential = Credential::new(settings, &self.cloud, self.http.clone())?;
        Ok(credential.with_time(self.clock.clone(), Arc::new(move || begin + clock.now())))
    }

    /// Does something with ARM; the link that was used and who we are to it.
    pub async fn works(&self, settings: &AuthSettings) -> (&'static str, String) {
        let credential = self.credential(settings).unwrap();
        let arm = ArmClient::new(self.cloud.clone(), credential.clone(), self.http.clone());
        let found = arm.list("/subscriptions", "2022-12-01", &[]).await.unwrap();
        assert_eq!(found.len(), 1);
        (credential.link(), arm.identity().await.unwrap().client_id)
    }

    /// What the user reads when it does not work.
    pub async fn fails(&self, settings: &AuthSettings) -> String {
        let error = match self.credential(settings) {
            Err(error) => error,
            Ok(credential) => credential.token().await.expect_err("no token was expected"),
        };
        self.shown(&format!("{error}\nhint: {}", error.hint()))
    }

    /// A text with what differs from run to run replaced.
    pub fn shown(&self, text: &str) -> String {
        let text = text.replace(&self.handle.endpoint, "https://LOGIN").replace(&keys(""), "KEYS/");
        let text = Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").unwrap().replace_all(&text, "TIME").into_owned();
        Regex::new(r"127\.0\.0\.1:\d+").unwrap().replace_all(&text, "127.0.0.1:PORT").into_owned()
    }

    /// Lets time pass, for both sides.
    pub async fn step(&self, seconds: u64) {
        self.handle.cloud.step(Duration::from_secs(seconds));
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass for the client alone.
    pub async fn clock_only(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }
}
