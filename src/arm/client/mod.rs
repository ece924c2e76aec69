//! Requests to ARM: one pipeline of azure_core over the one HTTP client, with a retry policy that knows ARM.
//!
//! A read is repeated here (lost connections, 429, 5xx). A changing request is repeated here only where it was certainly not
//! executed (429, or no connection came about); everything else goes to the caller with its class, because a PUT whose
//! answer was lost may have been done (`HTTP-07`).
//!
//! Must not know: azurerm, the journal, what is shown.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind as CoreKind;
use azure_core::http::headers::{AUTHORIZATION, HeaderName, Headers};
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    ClientOptions, Context, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport, Url,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::auth::{AuthError, Credential, Identity};
use super::class::{Recent, RetryClass};
use super::clock::{Clock, TokioClock};
use super::cloud::{Cloud, is_loopback};
use super::error::{ArmError, ErrorKind, clean_url};
use super::id::ArmId;
use super::net::Http;
use super::operation::{FinalState, Operation};
use super::throttle::{Bucket, Limiter};
use crate::secret::Secret;

mod page;
#[cfg(test)]
mod tests;

/// After this long without a connection no further attempt is begun: with one connect timeout it makes 11 s in all.
const GIVE_UP_CONNECTING: Duration = Duration::from_secs(6);
/// How often a read is repeated after a lost connection or a 5xx.
const READ_RETRIES: u32 = 5;
/// How often a request takes a new token: another one may expire while it waits.
const RENEWALS: u32 = 3;
/// More pages than any collection has: a service that pages in circles.
const MOST_PAGES: usize = 10_000;

/// A resource as ARM has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// The body.
    pub body: Value,
    /// The etag of the header, else of the body, for `If-Match`.
    pub etag: Option<String>,
}

/// What goes with a changing request beside its body.
#[derive(Debug, Clone, Default)]
pub struct Write {
    /// `If-Match`: only if the resource is still as it was read.
    pub if_match: Option<String>,
    /// `If-None-Match`: `*` for "only if it does not exist".
    pub if_none_match: Option<String>,
    /// Query parameters beside `api-version` (`forceToPurge`, `force`).
    pub query: Vec<(String, String)>,
    /// Further headers (azapi's `create_headers`).
    pub headers: Vec<(String, String)>,
    /// Where the final result of an operation is, if the type's specification says so (`LRO-05`).
    pub final_state: Option<FinalState>,
    /// How long such an operation usually takes; sets how often it is polled.
    pub expected: Option<Duration>,
}

/// ARM took a changing request.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The HTTP status: 200, 201, 202 or 204; 404 for a DELETE of what was not there.
    pub status: u16,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// The etag of the answer.
    pub etag: Option<String>,
    /// What goes on behind it; `None`: it is done.
    pub operation: Option<Operation>,
}

/// A client of one ARM with one credential. Clones share connections, token and limiter.
#[derive(Clone, Debug)]
pub struct ArmClient {
    shared: Arc<Shared>,
    cancel: CancellationToken,
    correlation: Option<Arc<str>>,
}

#[derive(Debug)]
struct Shared {
    cloud: Cloud,
    credential: Option<Credential>,
    tokens: Arc<dyn TokenCredential>,
    http: Http,
    pipeline: Pipeline,
    clock: Arc<dyn Clock>,
    limiter: Limiter,
}

/// One request before it is sent.
pub(super) struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    pub id: Option<&'a ArmId>,
    pub body: Option<Vec<u8>>,
    pub headers: Vec<(String, String)>,
    /// The answer may be long, and is taken apart by whoever asked: its body is not read as JSON if it is none of an error.
    pub list: bool,
}

/// One answer, whatever its status.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Headers,
    /// The body as JSON; `None` where it is empty or something else.
    pub body: Option<Value>,
    pub raw: Vec<u8>,
    /// The token that was refused, where that is what the answer says.
    pub token: Option<Secret>,
}

impl ArmClient {
    /// A client of `cloud`; `http` is usually [`super::NetOptions::client`]. Nothing is opened or asked before the first
    /// request.
    pub fn new(cloud: Cloud, credential: Credential, http: Http) -> Self {
        let tokens: Arc<dyn TokenCredential> = Arc::new(credential.clone());
        Self::assemble(cloud, Some(credential), tokens, http, Arc::new(TokioClock::default()))
    }

    /// A client whose tokens come from somewhere else: for tests.
    pub fn with_tokens(cloud: Cloud, tokens: Arc<dyn TokenCredential>, http: Http) -> Self {
        Self::assemble(cloud, None, tokens, http, Arc::new(TokioClock::default()))
    }

    /// The same client on another clock, with a full limiter.
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        let s = &self.shared;
        let made =
            Self::assemble(s.cloud.clone(), s.credential.clone(), s.tokens.clone(), s.http.clone(), clock);
        Self { cancel: self.cancel.clone(), ..made }
    }

    /// The same client whose requests end with this token: waits end at once, reads are dropped, a changing request that
    /// was sent is not (its answer is what the journal needs).
    pub fn with_cancel(&self, cancel: CancellationToken) -> Self {
        Self { cancel, ..self.clone() }
    }

    /// The same client under another correlation id; `None`: its requests carry none.
    pub fn with_correlation(&self, correlation: Option<&str>) -> Self {
        Self { correlation: correlation.map(Arc::from), ..self.clone() }
    }

    fn assemble(
        cloud: Cloud,
        credential: Option<Credential>,
        tokens: Arc<dyn TokenCredential>,
        http: Http,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let options = ClientOptions {
            transport: Some(Transport::new(http.clone())),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let bearer = BearerTokenAuthorizationPolicy::new(tokens.clone(), [cloud.scope()]);
        let pipeline = Pipeline::new(
            Some("ringfence"),
            Some(env!("CARGO_PKG_VERSION")),
            options,
            Vec::new(),
            vec![Arc::new(bearer)],
            None,
        );
        let limiter = Limiter::new(!cloud.is_loopback());
        let correlation = Some(uuid::Uuid::new_v4().to_string().into());
        let shared = Shared { cloud, credential, tokens, http, pipeline, clock, limiter };
        Self { shared: Arc::new(shared), cancel: CancellationToken::new(), correlation }
    }

    /// Counts ARM's limits from the first request on, also against an ARM on this machine, which says nothing of them.
    pub fn count_limits(&self) {
        self.shared.limiter.turn_on();
    }

    /// The cloud that this client talks to.
    pub fn cloud(&self) -> &Cloud {
        &self.shared.cloud
    }

    /// The clock on which it waits.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The id that ties all requests of this client together in Azure's logs (`x-ms-correlation-request-id`).
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation.as_deref()
    }

    pub(super) fn limiter(&self) -> &Limiter {
        &self.shared.limiter
    }

    /// Who we are, by the token's claims.
    pub async fn identity(&self) -> Result<Identity, ArmError> {
        match &self.shared.credential {
            Some(credential) => credential.identity().await.map_err(ArmError::from),
            None => Err(ArmError::new(ErrorKind::Credential, "this client has no credential of its own")),
        }
    }

    /// The subscription that the Azure CLI has chosen, where it is the credential.
    ///
    /// # Errors
    /// What the Azure CLI said.
    pub async fn default_subscription(&self) -> Result<Option<String>, ArmError> {
        match &self.shared.credential {
            Some(credential) => credential.default_subscription().await.map_err(ArmError::from),
            None => Ok(None),
        }
    }

    /// Waits, unless cancelled.
    pub(super) async fn pause(&self, duration: Duration) -> Result<(), ArmError> {
        if duration.is_zero() && !self.cancel.is_cancelled() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled()),
            () = self.shared.clock.sleep(duration) => Ok(()),
        }
    }

    /// The URL of a path at this ARM.
    pub(super) fn url(&self, path: &str, api_version: &str, query: &[(String, String)]) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("api-version", api_version);
        pairs.extend_pairs(query);
        format!("{}{path}?{}", self.shared.cloud.resource_manager, pairs.finish())
    }

    /// A URL that ARM gave, if it is ARM's: only then does it get our token. An ARM on this machine may have moved to another
    /// port since (a local cloud that was started again): its URLs move with it.
    pub(super) fn own_url(&self, text: &str) -> Result<String, ArmError> {
        let endpoint = &self.shared.cloud.resource_manager;
        if let (Ok(theirs), Ok(own)) = (Url::parse(text), Url::parse(endpoint)) {
            let (host, arm) = (theirs.host_str().unwrap_or_default(), own.host_str().unwrap_or_default());
            let port = theirs.port_or_known_default() == own.port_or_known_default();
            let below = host.strip_suffix(arm).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            if theirs.scheme() == "https" && port && below {
                return Ok(text.to_owned());
            }
            if theirs.scheme() == "https" && is_loopback(&theirs) && is_loopback(&own) {
                let rest = text.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
                return Ok(format!("{endpoint}{}", rest.unwrap_or_default()));
            }
        }
        let text = clean_url(text);
        let message = format!("ARM answered a URL of another host, which must not see the token: {text}");
        Err(ArmError::new(ErrorKind::InvalidAnswer, message))
    }

    /// Sends one request and repeats it where that is safe. Any HTTP answer is `Ok`.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Reply, ArmError> {
        let method = call.method.to_string();
        let place = |e: ArmError| e.at(&method, call.url, call.id);
        let read = matches!(call.method, Method::Get | Method::Head);
        let bucket = Bucket::of(&method);
        let url = Url::parse(call.url).map_err(|e| {
            place(ArmError::new(ErrorKind::Invalid, format!("`{}` is no URL: {e}", call.url)))
        })?;
        let clock = &self.shared.clock;
        let begin = clock.now();
        let (mut attempt, mut throttled, mut waited, mut renewals) = (0, 0, Duration::ZERO, 0);
        loop {
            self.pause(self.shared.limiter.take(bucket, clock.now())).await.map_err(place)?;
            if self.cancel.is_cancelled() {
                return Err(place(cancelled()));
            }
            let sent = clock.now();
            let result = self.attempt(&url, &call, read).await;
            log(&method, call.url, &result, clock.now().saturating_sub(sent));
            let reply = match result {
                Ok(reply) => reply,
                Err(error) => {
                    let error = place(error);
                    let again = match error.kind {
                        ErrorKind::Unreachable => {
                            !is_certificate(&error) && clock.now().saturating_sub(begin) < GIVE_UP_CONNECTING
                        }
                        ErrorKind::UnknownOutcome => read && attempt < READ_RETRIES,
                        _ => false,
                    };
                    if !again {
                        return Err(if read && error.kind == ErrorKind::UnknownOutcome {
                            lost_read(error)
                        } else {
                            error
                        });
                    }
                    attempt += 1;
                    self.back_off(attempt, None).await.map_err(place)?;
                    continue;
                }
            };
            self.shared.limiter.learn(&reply.headers, clock.now());
            match reply.status {
                429 => {
                    throttled += 1;
                    let Some(wait) =
                        RetryClass::Throttled.budget().delay(throttled, waited, reply.retry_after())
                    else {
                        return Ok(reply);
                    };
                    waited += wait;
                    self.shared.limiter.close(bucket, clock.now(), wait);
                    tracing::debug!(%method, seconds = wait.as_secs_f64(), "throttled by ARM");
                }
                401 if renewals < RENEWALS => match self.refused_token(&reply).await {
                    None => return Ok(reply),
                    // What another request found out already does not count.
                    Some(in_use) => renewals += u32::from(in_use),
                },
                408 | 499 | 500 | 502 | 503 | 504 if read && attempt < READ_RETRIES => {
                    attempt += 1;
                    self.back_off(attempt, reply.retry_after()).await.map_err(place)?;
                }
                _ => return Ok(reply),
            }
        }
    }

    async fn back_off(&self, attempt: u32, asked: Option<Duration>) -> Result<(), ArmError> {
        let budget =
            super::class::Budget { first: Duration::from_millis(300), ..RetryClass::Transient.budget() };
        self.pause(budget.delay(attempt, Duration::ZERO, asked).unwrap_or_default()).await
    }

    /// Drops the token if ARM says that it is the token's fault (`AUTH-02`). Answers whether it was the one in use; `None`: a
    /// new one does not help.
    async fn refused_token(&self, reply: &Reply) -> Option<bool> {
        let error = ArmError::from_body(ErrorKind::Refused, Some(401), &reply.raw);
        if error.class(&Recent::default()) != RetryClass::ExpiredToken {
            return None;
        }
        let credential = self.shared.credential.as_ref()?;
        Some(credential.forget(reply.token.as_ref()?).await)
    }

    async fn attempt(&self, url: &Url, call: &Call<'_>, read: bool) -> Result<Reply, ArmError> {
        let mut request = Request::new(url.clone(), call.method);
        request.insert_header("accept", "application/json");
        if let Some(correlation) = &self.correlation {
            request.insert_header("x-ms-correlation-request-id", correlation.to_string());
        }
        for (name, value) in &call.headers {
            request.insert_header(name.to_ascii_lowercase(), value.clone());
        }
        match &call.body {
            Some(body) => {
                request.insert_header("content-type", "application/json");
                request.set_body(body.clone());
            }
            None if matches!(call.method, Method::Post | Method::Put | Method::Patch) => {
                request.insert_header("content-length", "0");
            }
            None => {}
        }
        let context = Context::new();
        let options = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let sending = self.shared.pipeline.send(&context, &mut request, Some(options));
        let result = if read {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(cancelled()),
                result = sending => result,
            }
        } else {
            sending.await
        };
        match result {
            Ok(raw) => {
                let status = u16::from(raw.status());
                let mut reply = match call.list && status == 200 {
                    true => Reply::unread(status, raw.headers().clone(), raw.body()),
                    false => Reply::new(status, raw.headers().clone(), raw.body()),
                };
                let sent = request.headers().get_optional_str(&AUTHORIZATION);
                let token = sent.filter(|_| reply.status == 401).and_then(|text| text.split(' ').nth(1));
                reply.token = token.map(Secret::new);
                Ok(reply)
            }
            Err(error) => Err(transport_error(&error, url)),
        }
    }

    async fn fetch(&self, url: &str, id: Option<&ArmId>) -> Result<Reply, ArmError> {
        self.fetch_with(url, id, &[]).await
    }

    async fn fetch_with(
        &self,
        url: &str,
        id: Option<&ArmId>,
        headers: &[(String, String)],
    ) -> Result<Reply, ArmError> {
        self.send(Call { method: Method::Get, url, id, body: None, headers: headers.to_vec(), list: false })
            .await
    }

    /// A GET of any path, with the headers and the query of `with`; an answer without a body is null.
    pub async fn ask(&self, path: &str, api_version: &str, with: &Write) -> Result<Value, ArmError> {
        let url = self.url(path, api_version, &with.query);
        let reply = self.fetch_with(&url, None, &with.headers).await?;
        match reply.status {
            200..=299 => Ok(reply.body.unwrap_or(Value::Null)),
            _ => Err(reply.refusal("GET", &url, None)),
        }
    }

    /// One GET by URL, for polls and final results.
    pub(super) async fn fetch_url(&self, url: &str, id: Option<&ArmId>) -> Result<Reply, ArmError> {
        self.fetch(url, id).await
    }

    /// Reads a resource; `None` when it does not exist. A missing group, parent or provider registration means the same
    /// (`RG-03`, `SUB-03`); a missing subscription or an unknown type is an error.
    pub async fn get(
        &self,
        id: &ArmId,
        api_version: &str,
        query: &[(String, String)],
    ) -> Result<Option<Live>, ArmError> {
        let url = self.url(id.as_str(), api_version, query);
        let reply = self.fetch(&url, Some(id)).await?;
        reply.live(&url, Some(id))
    }

    /// Whether a resource exists, without its body.
    pub async fn head(&self, id: &ArmId, api_version: &str) -> Result<bool, ArmError> {
        let url = self.url(id.as_str(), api_version, &[]);
        let call = Call {
            method: Method::Head,
            url: &url,
            id: Some(id),
            body: None,
            headers: Vec::new(),
            list: false,
        };
        let reply = self.send(call).await?;
        match reply.status {
            200..=299 => Ok(true),
            404 => Ok(false),
            _ => Err(reply.refusal("HEAD", &url, Some(id))),
        }
    }

    /// Reads a collection to its last page (`HTTP-09`). `path` begins with `/`.
    pub async fn list(
        &self,
        path: &str,
        api_version: &str,
        query: &[(String, String)],
    ) -> Result<Vec<Value>, ArmError> {
        let with = Write { query: query.to_vec(), ..Write::default() };
        self.list_with(path, api_version, &with).await
    }

    /// The same with the headers and the query of `with`.
    pub async fn list_with(
        &self,
        path: &str,
        api_version: &str,
        with: &Write,
    ) -> Result<Vec<Value>, ArmError> {
        let mut items = Vec::new();
        self.list_each(path, api_version, with, &mut |item| items.push(item)).await?;
        Ok(items)
    }

    /// The same item by item, as they come: a long list is never held as a whole.
    pub(super) async fn list_each(
        &self,
        path: &str,
        api_version: &str,
        with: &Write,
        item: &mut dyn FnMut(Value),
    ) -> Result<(), ArmError> {
        let mut url = self.url(path, api_version, &with.query);
        for _ in 0..MOST_PAGES {
            let headers = with.headers.clone();
            let call = Call { method: Method::Get, url: &url, id: None, body: None, headers, list: true };
            let reply = self.send(call).await?;
            if reply.status != 200 {
                return Err(reply.refusal("GET", &url, None));
            }
            let bad = |why: &str| ArmError::new(ErrorKind::InvalidAnswer, why).at("GET", &url, None);
            let Some(page) = page::read(&reply.raw, item) else {
                return Err(bad("the answer of a list is not JSON"));
            };
            if !page.listed {
                return Err(bad("the answer of a list has no `value`"));
            }
            let Some(next) = page.next else { return Ok(()) };
            let next = self.own_url(&next)?;
            if next == url {
                return Err(bad("a page of a list links to itself"));
            }
            url = next;
        }
        Err(ArmError::new(ErrorKind::InvalidAnswer, "a list does not end").at("GET", &url, None))
    }

    /// Creates or replaces a resource.
    pub async fn put(
        &self,
        id: &ArmId,
        api_version: &str,
        body: &Value,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let url = self.url(id.as_str(), api_version, &write.query);
        self.write(Method::Put, url, Some(id), Some(body), write).await
    }

    /// Changes parts of a resource.
    pub async fn patch(
        &self,
        id: &ArmId,
        api_version: &str,
        body: &Value,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let url = self.url(id.as_str(), api_version, &write.query);
        self.write(Method::Patch, url, Some(id), Some(body), write).await
    }

    /// Deletes a resource. What is not there (404, 204) is deleted (`NF-04`).
    pub async fn delete(&self, id: &ArmId, api_version: &str, write: &Write) -> Result<Accepted, ArmError> {
        let url = self.url(id.as_str(), api_version, &write.query);
        self.write(Method::Delete, url, Some(id), None, write).await
    }

    /// An action: POST to a path (`/subscriptions/.../listKeys`).
    pub async fn post(
        &self,
        path: &str,
        api_version: &str,
        body: Option<&Value>,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let url = self.url(path, api_version, &write.query);
        self.write(Method::Post, url, None, body, write).await
    }

    /// An action that does no more when it is called twice (`listKeys`, `register`): repeated as reads are.
    ///
    /// # Errors
    /// As [`ArmClient::post`].
    pub async fn enquire(
        &self,
        path: &str,
        api_version: &str,
        body: Option<&Value>,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let mut attempt = 0;
        loop {
            match self.post(path, api_version, body, write).await {
                Err(error) if attempt < READ_RETRIES && error.stumbled() => {
                    attempt += 1;
                    self.back_off(attempt, error.retry_after).await?;
                }
                other => return other,
            }
        }
    }

    /// A request with any of the methods that ARM knows, to a path.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        api_version: &str,
        body: Option<&Value>,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let url = self.url(path, api_version, &write.query);
        let method = match method.to_ascii_uppercase().as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => Method::Post,
        };
        let body = body.filter(|_| !matches!(method, Method::Get | Method::Head));
        self.write(method, url, None, body, write).await
    }

    async fn write(
        &self,
        method: Method,
        url: String,
        id: Option<&ArmId>,
        body: Option<&Value>,
        write: &Write,
    ) -> Result<Accepted, ArmError> {
        let mut headers = write.headers.clone();
        for (name, value) in [("if-match", &write.if_match), ("if-none-match", &write.if_none_match)] {
            headers.extend(value.iter().map(|v| (name.to_owned(), v.clone())));
        }
        let body = body.map(|b| b.to_string().into_bytes());
        let reply = self.send(Call { method, url: &url, id, body, headers, list: false }).await?;
        let name = method.to_string();
        let gone = reply.status == 404 && method == Method::Delete;
        if !gone && !matches!(reply.status, 200..=204) {
            return Err(reply.refusal(&name, &url, id));
        }
        let operation = if gone { None } else { Operation::begun(&name, &url, id, &reply, write) };
        if operation.is_none() && !gone {
            super::operation::failure_inside(&name, &reply).map_or(Ok(()), |e| Err(e.at(&name, &url, id)))?;
        }
        let etag = reply.etag();
        Ok(Accepted { status: reply.status, body: reply.body.filter(|_| !gone), etag, operation })
    }
}

impl Reply {
    pub(super) fn new(status: u16, headers: Headers, raw: &[u8]) -> Self {
        let reply = Self::unread(status, headers, raw);
        let body = serde_json::from_slice(&reply.raw).ok().filter(|b: &Value| !b.is_null());
        Self { body, ..reply }
    }

    /// One whose body is taken apart by somebody else.
    fn unread(status: u16, headers: Headers, raw: &[u8]) -> Self {
        // HTTP-05: some services begin with a byte order mark.
        let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).to_vec();
        Self { status, headers, body: None, raw, token: None }
    }

    /// A header's text.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get_optional_str(&HeaderName::from_static(name)).filter(|v| !v.is_empty())
    }

    /// How long the service asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (`LRO-06`). Zero counts
    /// as not said, ten minutes as the most.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let ms = |name| self.header(name).and_then(|v| v.trim().parse::<f64>().ok()).map(|ms| ms / 1000.0);
        let seconds = ms("retry-after-ms").or_else(|| ms("x-ms-retry-after-ms")).or_else(|| {
            let text = self.header("retry-after")?.trim();
            text.parse::<f64>().ok().or_else(|| {
                let format = &time::format_description::well_known::Rfc2822;
                let date = time::OffsetDateTime::parse(&text.replace("GMT", "+0000"), format).ok()?;
                Some((date - time::OffsetDateTime::now_utc()).as_seconds_f64())
            })
        })?;
        (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(600.0)))
    }

    pub(super) fn etag(&self) -> Option<String> {
        let of_body = || self.body.as_ref().and_then(|b| b["etag"].as_str());
        self.header("etag").or_else(of_body).map(str::to_owned)
    }

    /// The error that this answer is.
    pub(super) fn refusal(&self, method: &str, url: &str, id: Option<&ArmId>) -> ArmError {
        self.error(ErrorKind::Refused).at(method, url, id)
    }

    pub(super) fn error(&self, kind: ErrorKind) -> ArmError {
        let mut error = ArmError::from_body(kind, Some(self.status), &self.raw);
        error.request_id = self
            .header("x-ms-request-id")
            .or_else(|| self.header("x-ms-correlation-request-id"))
            .map(str::to_owned);
        error.retry_after = self.retry_after();
        error
    }

    /// The answer of a GET of a resource.
    pub(super) fn live(self, url: &str, id: Option<&ArmId>) -> Result<Option<Live>, ArmError> {
        match self.status {
            200 | 201 | 203 => {
                let etag = self.etag();
                match self.body {
                    Some(body) => Ok(Some(Live { body, etag })),
                    None => {
                        Err(ArmError::new(ErrorKind::InvalidAnswer, "the answer is not JSON")
                            .at("GET", url, id))
                    }
                }
            }
            204 => Ok(None),
            404 | 409 => {
                let error = self.refusal("GET", url, id);
                let nothing = [
                    "SubscriptionNotFound",
                    "InvalidSubscriptionId",
                    "InvalidResourceType",
                    "InvalidApiVersionParameter",
                    "NoRegisteredProviderFound",
                ];
                let unregistered = error.has_code("MissingSubscriptionRegistration");
                match self.status == 404 && !nothing.iter().any(|c| error.has_code(c)) || unregistered {
                    true => Ok(None),
                    false => Err(error),
                }
            }
            _ => Err(self.refusal("GET", url, id)),
        }
    }
}

/// A GET without a token, outside the pipeline: the metadata of a cloud.
pub(super) async fn plain_get(http: &Http, text: &str) -> Result<Value, ArmError> {
    let place = |e: ArmError| e.at("GET", text, None);
    let url = Url::parse(text)
        .map_err(|e| place(ArmError::new(ErrorKind::Invalid, format!("`{text}` is no URL: {e}"))))?;
    let mut request = Request::new(url.clone(), Method::Get);
    request.insert_header("accept", "application/json");
    let answer = match http.execute_request(&request).await {
        Ok(answer) => answer.try_into_raw_response().await,
        Err(error) => Err(error),
    };
    let raw = answer.map_err(|e| place(transport_error(&e, &url)))?;
    let reply = Reply::new(u16::from(raw.status()), raw.headers().clone(), raw.body());
    match (reply.status, &reply.body) {
        (200, Some(body)) => Ok(body.clone()),
        (200, None) => Err(place(ArmError::new(ErrorKind::InvalidAnswer, "the answer is not JSON"))),
        _ => Err(reply.refusal("GET", text, None)),
    }
}

/// Notes one request, without anything that may be a secret.
fn log(method: &str, url: &str, result: &Result<Reply, ArmError>, took: Duration) {
    let (url, milliseconds) = (clean_url(url), took.as_millis() as u64);
    match result {
        Ok(reply) => {
            let request_id = reply.headers.get_optional_str(&HeaderName::from_static("x-ms-request-id"));
            let request_id = request_id.unwrap_or_default();
            tracing::debug!(method, url, status = reply.status, milliseconds, request_id, "request");
        }
        Err(error) => {
            tracing::debug!(method, url, milliseconds, error = ?error.kind, "request without an answer")
        }
    }
}

fn cancelled() -> ArmError {
    ArmError::new(ErrorKind::Cancelled, "cancelled")
}

impl From<AuthError> for ArmError {
    fn from(error: AuthError) -> ArmError {
        ArmError::new(ErrorKind::Credential, error.to_string()).advise(error.hint())
    }
}

/// A read that got no answer changes nothing: it is unreachable, not unknown.
fn lost_read(mut error: ArmError) -> ArmError {
    error.kind = ErrorKind::Unreachable;
    error
}

fn is_certificate(error: &ArmError) -> bool {
    error.message.contains("certificate")
}

/// The innermost reason of a failed request, in words.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no connection or no answer in time".into();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

/// What the pipeline could not do: no token, no connection, or a connection that was lost.
fn transport_error(error: &azure_core::Error, url: &Url) -> ArmError {
    if let Some(auth) = error.downcast_ref::<AuthError>() {
        return auth.clone().into();
    }
    let mut cause = error.to_string();
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|e| e as _);
    while let Some(inner) = source {
        if let Some(auth) = inner.downcast_ref::<AuthError>() {
            return auth.clone().into();
        }
        if let Some(e) = inner.downcast_ref::<reqwest::Error>() {
            cause = root_cause(e);
            break;
        }
        source = inner.source();
    }
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.to_string(),
    };
    match error.kind() {
        CoreKind::Connection => {
            let advice = match cause.to_ascii_lowercase() {
                c if c.contains("certificate") => {
                    "its certificate is not trusted here: put the CA that issued it into the file that SSL_CERT_FILE names"
                }
                c if c.contains("lookup") || c.contains("dns") || c.contains("resolve") => {
                    "the name cannot be resolved: check the endpoint's spelling, DNS, and whether a proxy (HTTPS_PROXY) is needed"
                }
                c if c.contains("refused") => {
                    "nothing listens there: check host and port, and that the service runs"
                }
                _ => "check the network, firewall and proxy (HTTPS_PROXY) between here and there",
            };
            ArmError::new(ErrorKind::Unreachable, format!("{host} cannot be reached: {cause}")).advise(advice)
        }
        CoreKind::Io => {
            ArmError::new(ErrorKind::UnknownOutcome, format!("the connection to {host} was lost: {cause}"))
        }
        CoreKind::Credential => ArmError::new(ErrorKind::Credential, cause),
        _ => ArmError::new(ErrorKind::Invalid, format!("the request to {host} could not be sent: {cause}")),
    }
}
