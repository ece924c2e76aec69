//! Which link of the chain the settings make complete: client certificate, client secret, OIDC token, Azure DevOps, GitHub,
//! managed identity, Azure CLI (the order of azurerm 4.81, `go-azure-sdk/sdk/auth/auth.go`).

use std::sync::Arc;

use super::assertion::{Asked, Assertion};
use super::certificate::Certificate;
use super::error::{AuthError, Links};
use super::managed::Managed;
use super::settings::{AuthSettings, value_or_file};
use crate::secret::Secret;

pub(super) const CLIENT_CERTIFICATE: &str = "client certificate";
pub(super) const CLIENT_SECRET: &str = "client secret";
pub(super) const OIDC_TOKEN: &str = "OIDC token";
pub(super) const AZURE_DEVOPS: &str = "Azure DevOps OIDC request";
pub(super) const GITHUB: &str = "GitHub OIDC request";
pub(super) const MANAGED_IDENTITY: &str = "managed identity";
pub(super) const AZURE_CLI: &str = "Azure CLI";

/// The way that the settings lead to.
#[derive(Clone)]
pub(super) enum Method {
    ClientSecret { tenant: String, client: String, secret: Secret },
    Assertion { tenant: String, client: String, by: Assertion },
    Managed(Managed),
    AzureCli { tenant: Option<String>, subscription: Option<String> },
}

impl Method {
    pub fn link(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => CLIENT_SECRET,
            Self::Assertion { by, .. } => match by {
                Assertion::Certificate(_) => CLIENT_CERTIFICATE,
                Assertion::Value(_) | Assertion::File(..) => OIDC_TOKEN,
                Assertion::AzureDevOps(..) => AZURE_DEVOPS,
                Assertion::GitHub(_) => GITHUB,
            },
            Self::Managed(_) => MANAGED_IDENTITY,
            Self::AzureCli { .. } => AZURE_CLI,
        }
    }
}

/// What a link has to say when it is asked.
enum Answer {
    /// It is complete.
    Use(Method),
    /// It is not: what is missing.
    Next(String),
    /// It is complete and wrong: no other link may stand in for it.
    Fail(String),
}

/// One link: its name, and what it makes of the settings and of the application's `client_id`.
type Link = (&'static str, fn(&AuthSettings, Option<&String>) -> Answer);

/// The chain.
const CHAIN: [Link; 7] = [
    (CLIENT_CERTIFICATE, client_certificate),
    (CLIENT_SECRET, client_secret),
    (OIDC_TOKEN, oidc_token),
    (AZURE_DEVOPS, azure_devops),
    (GITHUB, github),
    (MANAGED_IDENTITY, managed_identity),
    (AZURE_CLI, azure_cli),
];

impl AuthSettings {
    /// The first complete link, and what each link has to say.
    pub(super) fn choose(&self) -> Result<(Method, Links), AuthError> {
        let mut links = Links::new();
        if let Some(conflict) = self.conflicts.first() {
            links.push(("workload identity", conflict.clone()));
            return Err(AuthError { chosen: Some("workload identity"), links });
        }
        if !self.auxiliary_tenant_ids.is_empty() {
            links.push(("auxiliary tenants", "auxiliary_tenant_ids is set, but not yet supported".into()));
            return Err(AuthError { chosen: None, links });
        }
        let client =
            match value_or_file("client_id", self.client_id.clone(), self.client_id_file_path.as_deref()) {
                Ok(id) => id,
                Err(why) => {
                    links.push(("client_id", why));
                    return Err(AuthError { chosen: None, links });
                }
            };
        for (link, ask) in CHAIN {
            match ask(self, client.as_ref()) {
                Answer::Use(method) => {
                    links.push((link, "used".to_owned()));
                    return Ok((method, links));
                }
                Answer::Next(said) => links.push((link, said)),
                Answer::Fail(said) => {
                    links.push((link, said));
                    return Err(AuthError { chosen: Some(link), links });
                }
            }
        }
        Err(AuthError { chosen: None, links })
    }

    /// Tenant and application, which the links of an application need.
    fn principal(&self, client: Option<&String>) -> Result<(String, String), &'static str> {
        match (&self.tenant_id, client) {
            (Some(tenant), Some(client)) => Ok((tenant.clone(), client.clone())),
            (None, Some(_)) => Err("tenant_id (ARM_TENANT_ID) is not set"),
            (Some(_), None) => Err("client_id (ARM_CLIENT_ID) is not set"),
            (None, None) => Err("tenant_id (ARM_TENANT_ID) and client_id (ARM_CLIENT_ID) are not set"),
        }
    }

    fn is_oidc(&self) -> bool {
        self.use_oidc == Some(true) || self.use_aks_workload_identity == Some(true)
    }

    /// The link of an application that has an assertion.
    fn asserted(
        &self,
        client: Option<&String>,
        what: &str,
        by: impl FnOnce() -> Result<Assertion, String>,
    ) -> Answer {
        match self.principal(client) {
            Err(why) => Answer::Next(format!("{what} is set, but {why}")),
            Ok((tenant, client)) => match by() {
                Ok(by) => Answer::Use(Method::Assertion { tenant, client, by }),
                Err(why) => Answer::Fail(why),
            },
        }
    }

    /// The federated token, if one is named. Files that must agree with something are read now; the last one is read again
    /// when a token is asked, because it is renewed.
    fn oidc_source(&self) -> Result<Option<Assertion>, String> {
        let files = [
            ("oidc_token_file_path", self.oidc_token_file_path.as_ref()),
            ("AZURE_FEDERATED_TOKEN_FILE", self.federated_token_file.as_ref()),
        ];
        let files: Vec<_> = files.into_iter().filter_map(|(name, path)| Some((name, path?))).collect();
        let given = self.oidc_token.as_ref().map(|token| ("oidc_token", token.expose().to_owned()));
        if files.len() + usize::from(given.is_some()) > 1 {
            let mut texts: Vec<(&str, String)> = given.into_iter().collect();
            for (name, path) in &files {
                texts.push((name, super::settings::read_file(name, path)?));
            }
            if let Some(two) = texts.windows(2).find(|two| two[0].1 != two[1].1) {
                return Err(format!("{} and the content of {} differ: set one of them", two[0].0, two[1].0));
            }
        }
        Ok(match (files.last(), &self.oidc_token) {
            (Some((name, path)), _) => Some(Assertion::File(name, (*path).clone())),
            (None, Some(token)) => Some(Assertion::Value(token.clone())),
            (None, None) => None,
        })
    }

    /// Whom to ask for a federated token; the error says what is missing.
    fn request(&self) -> Result<(&String, &Secret), String> {
        match (&self.oidc_request_url, &self.oidc_request_token) {
            (Some(url), Some(token)) => Ok((url, token)),
            (None, Some(_)) => Err("oidc_request_url (ARM_OIDC_REQUEST_URL) is not set".into()),
            (url, None) => {
                let which = if url.is_some() {
                    "oidc_request_url is set, but oidc_request_token (ARM_OIDC_REQUEST_TOKEN) is not"
                } else {
                    "oidc_request_url (ARM_OIDC_REQUEST_URL) is not set"
                };
                Err(which.into())
            }
        }
    }
}

const NO_OIDC: &str = "use_oidc (ARM_USE_OIDC) is not true";

fn client_certificate(s: &AuthSettings, client: Option<&String>) -> Answer {
    if s.client_certificate.is_none() && s.client_certificate_path.is_none() {
        return Answer::Next(
            "client_certificate (ARM_CLIENT_CERTIFICATE) or client_certificate_path is not set".into(),
        );
    }
    s.asserted(client, "a certificate", || {
        let (path, password) = (s.client_certificate_path.as_deref(), s.client_certificate_password.as_ref());
        Certificate::read(s.client_certificate.as_ref(), path, password)
            .map(|certificate| Assertion::Certificate(Arc::new(certificate)))
    })
}

fn client_secret(s: &AuthSettings, client: Option<&String>) -> Answer {
    let secret = s.client_secret.as_ref().map(|secret| secret.expose().to_owned());
    match value_or_file("client_secret", secret, s.client_secret_file_path.as_deref()) {
        Err(why) => Answer::Fail(why),
        Ok(None) => {
            Answer::Next("client_secret (ARM_CLIENT_SECRET) or client_secret_file_path is not set".into())
        }
        Ok(Some(secret)) => match s.principal(client) {
            Ok((tenant, client)) => {
                Answer::Use(Method::ClientSecret { tenant, client, secret: secret.into() })
            }
            Err(why) => Answer::Next(format!("a secret is set, but {why}")),
        },
    }
}

fn oidc_token(s: &AuthSettings, client: Option<&String>) -> Answer {
    if !s.is_oidc() {
        return Answer::Next(NO_OIDC.into());
    }
    match s.oidc_source() {
        Ok(None) => {
            Answer::Next("neither oidc_token (ARM_OIDC_TOKEN) nor oidc_token_file_path is set".into())
        }
        Ok(Some(by)) => s.asserted(client, "a token", || Ok(by)),
        Err(why) => Answer::Fail(why),
    }
}

fn azure_devops(s: &AuthSettings, client: Option<&String>) -> Answer {
    if !s.is_oidc() {
        return Answer::Next(NO_OIDC.into());
    }
    let Some(connection) = &s.ado_pipeline_service_connection_id else {
        return Answer::Next(
            "ado_pipeline_service_connection_id (ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID) is not set".into(),
        );
    };
    match s.request() {
        Ok((url, token)) => s.asserted(client, "a service connection", || {
            Ok(Assertion::AzureDevOps(Asked::new(url, token)?, connection.clone()))
        }),
        Err(why) => Answer::Next(format!(
            "{why}; in a pipeline the step needs `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`"
        )),
    }
}

fn github(s: &AuthSettings, client: Option<&String>) -> Answer {
    if !s.is_oidc() {
        return Answer::Next(NO_OIDC.into());
    }
    match s.request() {
        Ok((url, token)) => {
            s.asserted(client, "a request URL", || Ok(Assertion::GitHub(Asked::new(url, token)?)))
        }
        Err(why) => {
            Answer::Next(format!("{why}; in GitHub Actions the job needs `permissions: id-token: write`"))
        }
    }
}

fn managed_identity(s: &AuthSettings, client: Option<&String>) -> Answer {
    if s.use_msi != Some(true) {
        return Answer::Next("use_msi (ARM_USE_MSI) is not true".into());
    }
    match Managed::new(s, client.cloned()) {
        Ok(managed) => Answer::Use(Method::Managed(managed)),
        Err(why) => Answer::Fail(why),
    }
}

fn azure_cli(s: &AuthSettings, _: Option<&String>) -> Answer {
    if s.use_cli == Some(false) {
        return Answer::Next("use_cli (ARM_USE_CLI) is false".into());
    }
    Answer::Use(Method::AzureCli { tenant: s.tenant_id.clone(), subscription: s.subscription_id.clone() })
}
