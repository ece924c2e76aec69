//! What an application proves itself with instead of a secret: an assertion that its certificate signs, or a token of somebody
//! whom it trusts (a federated credential) — given, in a file that is renewed, or asked of GitHub or Azure DevOps.

use std::sync::Arc;

use azure_core::http::{Method, Request, Url};
use azure_core::time::OffsetDateTime;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::certificate::Certificate;
use super::error::{Failure, Passing, one_line};
use super::settings;
use crate::arm::net::Http;
use crate::secret::Secret;

/// For whom a federated token is: azurerm asks for this one in every cloud.
pub(super) const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The API version of Azure DevOps' `oidctoken` request, as azurerm has it.
const DEVOPS_VERSION: &str = "7.1";

/// Where the assertion comes from. Taken anew for every token: files are renewed, and what is asked is short-lived.
#[derive(Clone, Debug)]
pub(super) enum Assertion {
    /// A federated token as it is.
    Value(Secret),
    /// A federated token in a file: the setting that names it, its path.
    File(&'static str, String),
    /// Signed by us.
    Certificate(Arc<Certificate>),
    /// A federated token that GitHub Actions gives to a job.
    GitHub(Asked),
    /// A federated token that Azure DevOps gives to a pipeline, for this service connection.
    AzureDevOps(Asked, String),
}

/// Whom to ask, and with which token.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub url: Url,
    pub token: Secret,
}

impl Asked {
    /// Reads the URL. Its host sees a token, so it must be reached through TLS, unless it is this machine.
    pub fn new(url: &str, token: &Secret) -> Result<Self, String> {
        let parsed = Url::parse(url).map_err(|e| format!("oidc_request_url is no URL: {e}"))?;
        if parsed.scheme() != "https" && !crate::arm::cloud::is_loopback(&parsed) {
            return Err(format!("oidc_request_url is `{}`: an https:// URL is expected", place(&parsed)));
        }
        Ok(Self { url: parsed, token: token.clone() })
    }
}

impl Assertion {
    /// An assertion that is good now; `endpoint` is the URL of the token endpoint, `client` the application.
    pub async fn take(
        &self,
        endpoint: &str,
        client: &str,
        now: OffsetDateTime,
        http: &Http,
    ) -> Result<Secret, Failure> {
        match self {
            Self::Value(token) => Ok(token.clone()),
            Self::File(setting, path) => {
                settings::read_file(setting, path).map(Secret::from).map_err(Failure::lasting)
            }
            Self::Certificate(certificate) => {
                certificate.assertion(endpoint, client, now).map(Secret::from).map_err(Failure::lasting)
            }
            Self::GitHub(asked) => {
                let url = with_query(&asked.url, &[("audience", AUDIENCE)]);
                ask(Request::new(url, Method::Get), "GitHub", "value", &asked.token, http).await
            }
            Self::AzureDevOps(asked, connection) => {
                let query = [
                    ("api-version", DEVOPS_VERSION),
                    ("serviceConnectionId", connection),
                    ("audience", AUDIENCE),
                ];
                let mut request = Request::new(with_query(&asked.url, &query), Method::Post);
                request.insert_header("content-type", "application/json");
                request.insert_header("content-length", "0");
                ask(request, "Azure DevOps", "oidcToken", &asked.token, http).await
            }
        }
    }

    /// What was tried, for the error: the certificate, or what the federated token says of itself.
    pub fn shown(&self, assertion: &Secret) -> String {
        match self {
            Self::Certificate(certificate) => certificate.description().to_owned(),
            _ => federated(assertion.expose()),
        }
    }
}

/// Issuer, subject and audience of a federated token: what a federated credential is compared with. None of it is secret.
fn federated(token: &str) -> String {
    let claims =
        token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let Some(claims) = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
        return "a federated token that is no JWT".to_owned();
    };
    let text = |name: &str| match &claims[name] {
        Value::String(text) => one_line(text),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    format!(
        "a federated token of issuer `{}`, subject `{}`, audience `{}`",
        text("iss"),
        text("sub"),
        text("aud")
    )
}

/// The URL with these parameters, unless it has them already (non-empty).
fn with_query(url: &Url, wanted: &[(&str, &str)]) -> Url {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    for (name, value) in wanted {
        if !pairs.iter().any(|(n, v)| n == name && !v.is_empty()) {
            pairs.retain(|(n, _)| n != name);
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

/// A URL without its query, which may hold what is nobody's business.
fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Asks for a federated token; it is the text `field` of the answer.
async fn ask(
    mut request: Request,
    who: &str,
    field: &str,
    token: &Secret,
    http: &Http,
) -> Result<Secret, Failure> {
    let place = place(request.url());
    request.insert_header("accept", "application/json");
    request.insert_header("authorization", format!("Bearer {}", token.expose()));
    let reply = send(&request, &place, http).await?;
    let said = |what: String| format!("{who} was asked for a federated token at {place}: {what}");
    match reply.status {
        200..=299 => {
            let found = reply.json.as_ref().and_then(|body| body[field].as_str()).filter(|t| !t.is_empty());
            found
                .map(Secret::from)
                .ok_or_else(|| Failure::lasting(said(format!("the answer has no `{field}`"))))
        }
        status => {
            let failure = Failure { said: said(reply.words()), passing: Passing::of(status) };
            Err(failure.without(&[token.expose()]))
        }
    }
}

/// An answer of a service that is neither ARM nor Entra.
pub(super) struct Reply {
    pub status: u16,
    pub json: Option<Value>,
    text: String,
}

impl Reply {
    /// The status and what the service said, at most a few lines of it.
    pub fn words(&self) -> String {
        let json = self.json.as_ref();
        let field = |name: &str| json.and_then(|j| j[name].as_str()).filter(|t| !t.is_empty());
        let text = ["error_description", "message", "error"].into_iter().find_map(field);
        let text: String = one_line(text.unwrap_or(&self.text)).chars().take(300).collect();
        if text.is_empty() {
            format!("HTTP {}", self.status)
        } else {
            format!("HTTP {}, {text}", self.status)
        }
    }
}

/// Sends one request; any HTTP answer is `Ok`.
pub(super) async fn send(request: &Request, place: &str, http: &Http) -> Result<Reply, Failure> {
    let answer = match http.execute_request(request).await {
        Ok(answer) => answer.try_into_raw_response().await,
        Err(error) => Err(error),
    };
    let raw = answer.map_err(|e| Failure::of_transport(&e, place))?;
    let bytes: &[u8] = raw.body().as_ref();
    Ok(Reply {
        status: u16::from(raw.status()),
        json: serde_json::from_slice(bytes).ok(),
        text: String::from_utf8_lossy(bytes).into_owned(),
    })
}
