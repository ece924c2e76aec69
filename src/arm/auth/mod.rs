//! Credentials: from what provider blocks and the environment say to a token, in azurerm's order.
//!
//! The links of the chain are client certificate, client secret, OIDC token, OIDC request, managed identity, Azure CLI. The
//! first whose fields are complete is taken, and a failing one is not skipped: a wrong secret must not silently become
//! somebody else's identity. Whatever fails, the error names every link, what it said, and what to set.
//!
//! Must not know: ARM's resources, HCL.

mod claims;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

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
pub use settings::AuthSettings;

use super::cloud::Cloud;
use super::net::Http;
use crate::secret::Secret;

/// The links of the chain in their order, each with what it said.
type Links = Vec<(&'static str, String)>;

/// Why there is no token: one line per link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthError {
    /// The link that was chosen and failed, if any was complete.
    pub chosen: Option<&'static str>,
    /// Each link and what it said, in the order of the chain.
    pub links: Links,
}

impl std::error::Error for AuthError {}

/// Entra's codes that say what to do: code, advice.
const ADVICE: &[(&str, &str)] = &[
    ("AADSTS7000215", "the client secret is wrong: it must be the secret's value, not its id"),
    ("AADSTS7000222", "the client secret has expired: make a new one"),
    ("AADSTS700016", "no such application in this tenant: check client_id and tenant_id"),
    ("AADSTS90002", "no such tenant: check tenant_id and the environment"),
    ("AADSTS900023", "tenant_id is neither a GUID nor a domain name"),
    ("AADSTS700213", "no federated credential of the application matches the token's subject"),
    (
        "AADSTS70021",
        "no federated credential of the application matches the token's issuer, subject or audience",
    ),
    ("AADSTS700024", "the federated token has expired: take a new one"),
    (
        "AADSTS500011",
        "the audience is not known in this tenant: check resource_manager_audience and the environment",
    ),
    ("AADSTS53003", "a conditional access policy of the tenant forbids it"),
    ("az login", "log in with `az login`, or set client_id, client_secret and tenant_id"),
    ("az not found", "install the Azure CLI, or set client_id, client_secret and tenant_id"),
    ("command not found", "install the Azure CLI, or set client_id, client_secret and tenant_id"),
    (
        "cannot be reached",
        "check the login endpoint (environment, metadata_host, active_directory_authority_host), DNS, the network and the proxy (HTTPS_PROXY)",
    ),
];

impl AuthError {
    /// One sentence: what to do now.
    pub fn hint(&self) -> &'static str {
        let said =
            self.links.iter().filter(|(link, _)| Some(*link) == self.chosen).map(|(_, text)| text.as_str());
        let known =
            |text: &str| ADVICE.iter().find(|(code, _)| text.contains(code)).map(|(_, advice)| *advice);
        said.into_iter().find_map(known).unwrap_or(match self.chosen {
            Some(_) => "correct the settings of that credential",
            None => "set ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or log in with `az login`",
        })
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chosen {
            Some(link) => write!(f, "no token could be had with the {link}")?,
            None => f.write_str("no credential is complete")?,
        }
        self.links.iter().try_for_each(|(link, said)| write!(f, "\n  - {link}: {said}"))
    }
}

/// The way that the settings lead to.
#[derive(Clone)]
enum Method {
    ClientSecret { tenant: String, client: String, secret: Secret },
    Oidc { tenant: String, client: String, token: OidcToken },
    AzureCli { tenant: Option<String>, subscription: Option<String> },
}

impl Method {
    fn link(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => settings::CLIENT_SECRET,
            Self::Oidc { .. } => settings::OIDC_TOKEN,
            Self::AzureCli { .. } => settings::AZURE_CLI,
        }
    }
}

/// Where the federated token comes from; a file is read for each token, because it is renewed.
#[derive(Clone, Debug)]
enum OidcToken {
    Value(Secret),
    File(String),
}

#[async_trait]
impl ClientAssertion for OidcToken {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        match self {
            Self::Value(token) => Ok(token.expose().to_owned()),
            Self::File(path) => settings::read_file("oidc_token_file_path", path)
                .map_err(|said| azure_core::Error::with_message(ErrorKind::Credential, said)),
        }
    }
}

/// A source of tokens for one cloud. Cheap to clone; clones share the cached token, so that a run asks once.
#[derive(Clone)]
pub struct Credential(Arc<Inner>);

struct Inner {
    method: Method,
    /// What the other links said, for the error.
    links: Links,
    scope: String,
    authority: String,
    http: Http,
    executor: Option<Arc<dyn Executor>>,
    /// The token and when it was taken.
    cached: Mutex<Option<(AccessToken, OffsetDateTime)>>,
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
            authority: cloud.authority.clone(),
            http,
            executor: None,
            cached: Mutex::new(None),
        })))
    }

    /// The same with another way to run `az`.
    pub fn with_executor(self, executor: Arc<dyn Executor>) -> Self {
        let i = &self.0;
        Self(Arc::new(Inner {
            method: i.method.clone(),
            links: i.links.clone(),
            scope: i.scope.clone(),
            authority: i.authority.clone(),
            http: i.http.clone(),
            executor: Some(executor),
            cached: Mutex::new(None),
        }))
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

    /// Forgets the token: ARM said that it is not accepted (any more). One that was taken just now stays, so that thirty
    /// refusals at once do not ask for thirty tokens.
    pub async fn forget(&self) {
        let mut cached = self.0.cached.lock().await;
        if cached
            .as_ref()
            .is_some_and(|(_, taken)| *taken + Duration::seconds(10) < OffsetDateTime::now_utc())
        {
            *cached = None;
        }
    }

    /// A token that is good for at least five minutes.
    pub async fn token(&self) -> Result<AccessToken, AuthError> {
        let mut cached = self.0.cached.lock().await;
        let now = OffsetDateTime::now_utc();
        if let Some((token, _)) = cached.as_ref().filter(|(t, _)| t.expires_on > now + Duration::minutes(5)) {
            return Ok(token.clone());
        }
        let token = self.0.fetch().await?;
        Ok(cached.insert((token, now)).0.clone())
    }
}

impl Inner {
    /// Asks for one token, with a credential that is made for this: those of azure_identity keep a token that ARM refuses.
    async fn fetch(&self) -> Result<AccessToken, AuthError> {
        let credential = self.credential().map_err(|e| self.failed(e.to_string()))?;
        credential.get_token(&[&self.scope], None).await.map_err(|e| self.failed(reason(&e, &self.authority)))
    }

    fn credential(&self) -> azure_core::Result<Arc<dyn TokenCredential>> {
        Ok(match &self.method {
            Method::ClientSecret { tenant, client, secret } => ClientSecretCredential::new(
                tenant,
                client.clone(),
                secret.expose().to_owned().into(),
                Some(ClientSecretCredentialOptions { client_options: self.client_options() }),
            )?,
            Method::Oidc { tenant, client, token } => ClientAssertionCredential::new(
                tenant.clone(),
                client.clone(),
                token.clone(),
                Some(ClientAssertionCredentialOptions { client_options: self.client_options() }),
            )?,
            Method::AzureCli { tenant, subscription } => {
                let options = AzureCliCredentialOptions {
                    tenant_id: tenant.clone(),
                    subscription: subscription.clone(),
                    executor: self.executor.clone(),
                };
                AzureCliCredential::new(Some(options))?
            }
        })
    }

    fn client_options(&self) -> ClientOptions {
        let mut custom = CustomConfiguration::default();
        custom.authority_host = self.authority.clone();
        ClientOptions {
            transport: Some(Transport::new(self.http.clone())),
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

/// What a credential of azure_identity said, without its own preface and with the host where the network is at fault.
fn reason(error: &azure_core::Error, authority: &str) -> String {
    let text = error.to_string();
    let text = text.split_once("authentication failed.").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.split_once("\nTo troubleshoot").map_or(text, |(head, _)| head).trim();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(e) = inner.downcast_ref::<reqwest::Error>() {
            return format!("{authority} cannot be reached: {}", super::client::root_cause(e));
        }
        source = inner.source();
    }
    text.to_owned()
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
