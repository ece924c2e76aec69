//! Credentials: from what provider blocks and the environment say to a token, in azurerm's order.
//!
//! The links of the chain are client certificate, client secret, OIDC token, Azure DevOps, GitHub, managed identity, Azure
//! CLI. The first whose fields are complete is taken, and a failing one is not skipped: a wrong secret must not silently
//! become somebody else's identity. Whatever fails, the error names every link, what it said, and what to set.
//!
//! Must not know: ARM's resources, HCL.

mod assertion;
mod certificate;
mod chain;
mod claims;
mod error;
mod managed;
mod settings;
#[cfg(test)]
mod tests;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::{ClientMethodOptions, ClientOptions, RetryOptions, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, Executor,
};
use tokio::sync::Mutex;

pub use claims::Identity;
pub use error::AuthError;
pub use settings::AuthSettings;

use super::class::RetryClass;
use super::clock::{Clock, TokioClock};
use super::cloud::Cloud;
use super::net::Http;
use crate::secret::Secret;
use chain::Method;
use error::{Failure, Links, Passing};
use watched::Watched;

/// What the time is.
pub type Wall = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// How many seconds are waited before the first request for a token of a run is repeated, if its failure may pass: whoever has
/// settings that are wrong is told so in time. Later ones are as patient as any request.
const REPEATS: [u64; 5] = [1, 3, 5, 10, 10];

/// A source of tokens for one cloud. Cheap to clone; clones share the cached token, so that a run asks once.
#[derive(Clone)]
pub struct Credential(Arc<Inner>);

struct Inner {
    method: Method,
    /// What the other links said, for the error.
    links: Links,
    scope: String,
    audience: String,
    authority: String,
    http: Http,
    executor: Option<Arc<dyn Executor>>,
    clock: Arc<dyn Clock>,
    wall: Wall,
    /// Whether there was a token already.
    had: AtomicBool,
    /// The token and when it was taken.
    cached: Mutex<Option<AccessToken>>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("link", &self.link()).finish_non_exhaustive()
    }
}

impl Credential {
    /// Chooses the link; nothing is asked yet.
    pub fn new(settings: &AuthSettings, cloud: &Cloud, http: Http) -> Result<Self, AuthError> {
        let (method, links) = settings.choose()?;
        Ok(Self(Arc::new(Inner {
            method,
            links,
            scope: cloud.scope(),
            audience: cloud.audience.clone(),
            authority: cloud.authority.clone(),
            http,
            executor: None,
            clock: Arc::new(TokioClock::default()),
            wall: Arc::new(OffsetDateTime::now_utc),
            had: AtomicBool::new(false),
            cached: Mutex::new(None),
        })))
    }

    /// The same with another way to run `az`.
    pub fn with_executor(self, executor: Arc<dyn Executor>) -> Self {
        self.changed(|inner| inner.executor = Some(executor))
    }

    /// The same in another time: where it waits, and what it takes for the present when it judges a token or signs an
    /// assertion. For tests, whose time is stepped.
    pub fn with_time(self, clock: Arc<dyn Clock>, wall: Wall) -> Self {
        self.changed(|inner| (inner.clock, inner.wall) = (clock, wall))
    }

    /// A copy with something changed, and without a token.
    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let i = &self.0;
        let mut inner = Inner {
            method: i.method.clone(),
            links: i.links.clone(),
            scope: i.scope.clone(),
            audience: i.audience.clone(),
            authority: i.authority.clone(),
            http: i.http.clone(),
            executor: i.executor.clone(),
            clock: i.clock.clone(),
            wall: i.wall.clone(),
            had: AtomicBool::new(false),
            cached: Mutex::new(None),
        };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The link of the chain that is used, e.g. `client secret`.
    pub fn link(&self) -> &'static str {
        self.0.method.link()
    }

    /// Who the token is for, by its claims. Takes a token if there is none yet.
    pub async fn identity(&self) -> Result<Identity, AuthError> {
        let token = self.token().await?;
        Identity::of_token(token.token.secret()).map_err(|why| self.0.failed(why))
    }

    /// The subscription that the Azure CLI has chosen, where the CLI is the credential: what azurerm takes when no
    /// `subscription_id` is set. `None` for every other credential.
    pub async fn default_subscription(&self) -> Result<Option<String>, AuthError> {
        if !matches!(self.0.method, Method::AzureCli { .. }) {
            return Ok(None);
        }
        // As azure_identity runs it: in a folder that nobody can put another `az` into.
        let (program, switch, home) =
            if cfg!(windows) { ("cmd", "/C", "%SYSTEMROOT%") } else { ("/bin/sh", "-c", "/bin") };
        let command = format!("cd {home} && az account show --query id --output tsv");
        let executor = self.0.executor.clone().unwrap_or_else(azure_identity::new_executor);
        let output = executor.run(program.as_ref(), &[switch.as_ref(), command.as_ref()]).await;
        let said = match output {
            Ok(o) if o.status.success() => {
                let id = String::from_utf8_lossy(&o.stdout).trim().to_owned();
                return Ok(Some(id).filter(|id| !id.is_empty()));
            }
            Ok(o) => String::from_utf8_lossy(&o.stderr).trim().to_owned(),
            Err(e) => e.to_string(),
        };
        Err(self.0.failed(said))
    }

    /// Forgets a token that ARM does not accept (any more). Another one that was taken since stays, so that thirty refusals at
    /// once do not ask for thirty tokens. Answers whether it was the one in use.
    pub async fn forget(&self, refused: &Secret) -> bool {
        let mut cached = self.0.cached.lock().await;
        let in_use = cached.as_ref().is_some_and(|token| token.token.secret() == refused.expose());
        if in_use {
            *cached = None;
        }
        in_use
    }

    /// A token that is good for at least five minutes.
    pub async fn token(&self) -> Result<AccessToken, AuthError> {
        let mut cached = self.0.cached.lock().await;
        let now = (self.0.wall)();
        if let Some(token) = cached.as_ref().filter(|t| t.expires_on > now + Duration::minutes(5)) {
            return Ok(token.clone());
        }
        let token = self.0.fetch().await?;
        Ok(cached.insert(token).clone())
    }
}

impl Inner {
    /// Asks for one token; what may pass is asked again. Who cannot be reached at the start of a run is not, because the
    /// address may be wrong; who could be reached before is, as long as a request to ARM would be repeated.
    async fn fetch(&self) -> Result<AccessToken, AuthError> {
        let had = self.had.load(Ordering::Relaxed);
        let (begin, patience) = (self.clock.now(), RetryClass::Transient.budget());
        let mut answered = had;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let failure = match self.attempt().await {
                Ok(token) => {
                    self.had.store(true, Ordering::Relaxed);
                    tracing::debug!(link = self.method.link(), until = %token.expires_on, "a token was taken");
                    return Ok(token);
                }
                Err(failure) => failure,
            };
            answered |= failure.passing == Passing::Later;
            let wait = match failure.passing {
                Passing::No => None,
                Passing::Unreachable if !answered => None,
                _ if had => patience.delay(attempt, self.clock.now().saturating_sub(begin), None),
                _ => REPEATS.get(attempt as usize - 1).copied().map(std::time::Duration::from_secs),
            };
            let Some(wait) = wait else { return Err(self.failed(failure.said)) };
            tracing::debug!(link = self.method.link(), "no token yet: {}", failure.said);
            self.clock.sleep(wait).await;
        }
    }

    /// Asks once, with a credential that is made for this: those of azure_identity keep a token that ARM refuses.
    async fn attempt(&self) -> Result<AccessToken, Failure> {
        let watched = Arc::new(Watched::new(self.http.clone()));
        let (tenant, client, credential, tried, secret): (_, _, Arc<dyn TokenCredential>, _, _) = match &self
            .method
        {
            Method::Managed(managed) => {
                return managed.token(&self.audience, (self.wall)(), &self.http).await;
            }
            Method::AzureCli { tenant, subscription } => {
                let options = AzureCliCredentialOptions {
                    tenant_id: tenant.clone(),
                    subscription: subscription.clone(),
                    executor: self.executor.clone(),
                };
                let credential = AzureCliCredential::new(Some(options)).map_err(|e| self.unmade(&e))?;
                let asked = credential.get_token(&[&self.scope], None).await;
                return asked.map_err(|e| Failure::of_identity(&e, &self.authority));
            }
            Method::ClientSecret { tenant, client, secret } => {
                let options = ClientSecretCredentialOptions { client_options: self.client_options(&watched) };
                let given = secret.expose().to_owned().into();
                let credential = ClientSecretCredential::new(tenant, client.clone(), given, Some(options));
                (tenant, client, credential.map_err(|e| self.unmade(&e))?, String::new(), secret.clone())
            }
            Method::Assertion { tenant, client, by } => {
                let endpoint = format!("{}/{tenant}/oauth2/v2.0/token", self.authority);
                let assertion = by.take(&endpoint, client, (self.wall)(), &self.http).await?;
                let tried = format!(", with {}", by.shown(&assertion));
                let options =
                    ClientAssertionCredentialOptions { client_options: self.client_options(&watched) };
                let given = Taken(assertion.clone());
                let credential =
                    ClientAssertionCredential::new(tenant.clone(), client.clone(), given, Some(options));
                (tenant, client, credential.map_err(|e| self.unmade(&e))?, tried, assertion)
            }
        };
        credential.get_token(&[&self.scope], None).await.map_err(|error| {
            let failure = Failure::of_identity(&error, &self.authority);
            if failure.passing == Passing::Unreachable {
                return failure;
            }
            let said = format!(
                "application `{client}` of tenant `{tenant}` at {}{tried}: {}",
                self.authority, failure.said
            );
            let passing = watched.passing().unwrap_or(failure.passing);
            Failure { said, passing }.without(&[secret.expose()])
        })
    }

    /// A credential that azure_identity does not make: a tenant with characters that no tenant has, an empty client id.
    fn unmade(&self, error: &azure_core::Error) -> Failure {
        Failure { passing: Passing::No, ..Failure::of_identity(error, &self.authority) }
    }

    fn client_options(&self, watched: &Arc<Watched>) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = self.authority.clone();
        ClientOptions {
            transport: Some(Transport::new(watched.clone())),
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(CloudConfiguration::from(custom))),
            ..ClientOptions::default()
        }
    }

    fn failed(&self, said: String) -> AuthError {
        let link = self.method.link();
        let mut links = self.links.clone();
        for (name, text) in &mut links {
            if *name == link {
                *text = said.clone();
            }
        }
        AuthError { chosen: Some(link), links }
    }
}

/// An assertion that was taken for one request.
#[derive(Debug)]
struct Taken(Secret);

#[async_trait]
impl ClientAssertion for Taken {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}

#[async_trait]
impl TokenCredential for Credential {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        self.token().await.map_err(|e| {
            let text = e.to_string();
            azure_core::Error::with_error(ErrorKind::Credential, e, text)
        })
    }
}
