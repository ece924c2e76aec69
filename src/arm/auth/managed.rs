//! Managed identity: a token from the machine that we run on, by its metadata service (IMDS) or by App Service's endpoint
//! (also Functions and Container Apps).

use azure_core::credentials::AccessToken;
use azure_core::http::{Method, Request, Url};
use azure_core::time::{Duration, OffsetDateTime};
use serde_json::Value;

use super::assertion::send;
use super::error::{Failure, Passing};
use super::settings::AuthSettings;
use crate::arm::net::Http;
use crate::secret::Secret;

/// The metadata service of every Azure machine, and its API version, as in azurerm.
const IMDS: (&str, &str) = ("http://169.254.169.254/metadata/identity/oauth2/token", "2018-02-01");
/// The API version of App Service's endpoint.
const APP_SERVICE_VERSION: &str = "2019-08-01";

/// Whom to ask for the token of which identity.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    endpoint: Url,
    api_version: String,
    /// What App Service asks for, so that nobody else can be used to reach the endpoint.
    header: Option<Secret>,
    /// The client id of a user-assigned identity; `None`: that of the machine itself.
    client: Option<String>,
}

impl Managed {
    /// `msi_endpoint`, else App Service's endpoint where its variables are set, else the metadata service.
    pub fn new(settings: &AuthSettings, client: Option<String>) -> Result<Self, String> {
        let service = match (&settings.identity_endpoint, &settings.identity_header) {
            (Some(endpoint), Some(header)) => Some((endpoint, header)),
            _ => None,
        };
        let custom = settings.msi_endpoint.as_ref();
        // The header belongs to its own endpoint and goes nowhere else.
        let service = service.filter(|(endpoint, _)| custom.is_none_or(|custom| custom == *endpoint));
        let (name, text, version) = match (custom, service) {
            (Some(text), None) => ("msi_endpoint", text.as_str(), IMDS.1),
            (_, Some((text, _))) => ("IDENTITY_ENDPOINT", text.as_str(), APP_SERVICE_VERSION),
            (None, None) => ("", IMDS.0, IMDS.1),
        };
        let endpoint = Url::parse(text).map_err(|e| format!("{name} `{text}` is no URL: {e}"))?;
        if !matches!(endpoint.scheme(), "http" | "https") || endpoint.host().is_none() {
            return Err(format!("{name} `{text}` is no http:// or https:// URL"));
        }
        Ok(Self {
            endpoint,
            api_version: settings.msi_api_version.clone().unwrap_or_else(|| version.to_owned()),
            header: service.map(|(_, header)| header.clone()),
            client,
        })
    }

    /// Asks for one token for `resource` (an audience).
    pub async fn token(
        &self,
        resource: &str,
        now: OffsetDateTime,
        http: &Http,
    ) -> Result<AccessToken, Failure> {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().append_pair("api-version", &self.api_version).append_pair("resource", resource);
        if let Some(client) = &self.client {
            url.query_pairs_mut().append_pair("client_id", client);
        }
        let mut request = Request::new(url, Method::Get);
        request.insert_header("metadata", "true");
        request.insert_header("accept", "application/json");
        if let Some(header) = &self.header {
            request.insert_header("x-identity-header", header.expose().to_owned());
        }
        let host = self.endpoint.host_str().unwrap_or_default();
        let place = self.endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        // Not on Azure there is nobody at the address, and there will be nobody in a second.
        let reply = send(&request, &place, http).await.map_err(|f| Failure { passing: Passing::No, ..f })?;
        let who = self.client.as_ref().map_or_else(
            || "the machine's own identity".to_owned(),
            |client| format!("the identity with client id `{client}`"),
        );
        let said = |what: String| {
            format!("{}{} was asked for a token of {who}: {what}", place, self.endpoint.path())
        };
        let secrets = [self.header.as_ref().map_or("", Secret::expose)];
        if reply.status != 200 {
            let failure = Failure { said: said(reply.words()), passing: Passing::of(reply.status) };
            return Err(failure.without(&secrets));
        }
        let body = reply.json.unwrap_or_default();
        let token = body["access_token"].as_str().filter(|t| !t.is_empty());
        let Some(token) = token else {
            return Err(Failure::lasting(said("the answer has no `access_token`".into())));
        };
        let Some(end) = end(&body, now) else {
            return Err(Failure::lasting(said("the answer does not say when the token ends".into())));
        };
        Ok(AccessToken::new(token.to_owned(), end))
    }
}

/// When the token ends: `expires_in` as azurerm reads it, else `expires_on`; both are numbers or numbers as text.
fn end(body: &Value, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let number = |name: &str| match &body[name] {
        Value::String(text) => text.trim().parse::<i64>().ok(),
        value => value.as_i64(),
    };
    match number("expires_in") {
        Some(seconds) => Some(now + Duration::seconds(seconds)),
        None => OffsetDateTime::from_unix_timestamp(number("expires_on")?).ok(),
    }
}
