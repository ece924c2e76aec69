//! Calls over HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{
    ClientOptions, Context, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport, Url,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Answer, BlobError, Blobs, Call, Only, What, sign::AccountKey};
use crate::arm::{Credential, Http};
use crate::secret::Secret;

/// The service's version: that of the operations below, which Azurite knows too.
const VERSION: &str = "2021-12-02";
/// What a name keeps in a URL.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/').remove(b':');
/// How long an answer may take, and the bytes of a millisecond on the slowest line.
const PATIENCE: Duration = Duration::from_secs(30);
const SLOWEST: usize = 100;
/// More pages of names than any container of ours has.
const MOST_PAGES: usize = 1_000;

/// How it is proved who asks.
#[derive(Debug, Clone)]
pub enum Auth {
    /// With the account's key.
    Key(AccountKey),
    /// With a shared access signature: the query of a URL.
    Sas(Secret),
    /// With a token of Entra for `https://storage.azure.com`.
    Token(Credential),
}

/// A container of a storage account.
#[derive(Debug)]
pub struct Container {
    url: Url,
    sas: Option<Secret>,
    pipeline: Pipeline,
    credential: Option<Credential>,
}

impl Container {
    /// The container of that name at a blob endpoint: `https://ACCOUNT.blob.core.windows.net`. `None`: it is no URL.
    pub fn new(endpoint: &str, name: &str, auth: Auth, http: Http) -> Option<Container> {
        let url = Url::parse(&format!("{}/{}", endpoint.trim_end_matches('/'), encoded(name))).ok()?;
        let options = ClientOptions {
            transport: Some(Transport::new(http)),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let (mut policies, mut sas, mut credential): (Vec<Arc<dyn Policy>>, _, _) = (Vec::new(), None, None);
        match auth {
            Auth::Key(key) => policies.push(Arc::new(key)),
            Auth::Sas(query) => sas = Some(query),
            Auth::Token(token) => {
                credential = Some(token.clone());
                // The scope is the credential's own.
                let scope = ["https://storage.azure.com/.default"];
                policies.push(Arc::new(BearerTokenAuthorizationPolicy::new(Arc::new(token), scope)));
            }
        }
        let (name, version) = (Some("ringfence"), Some(env!("CARGO_PKG_VERSION")));
        let pipeline = Pipeline::new(name, version, options, Vec::new(), policies, None);
        Some(Container { url, sas, pipeline, credential })
    }

    fn request(&self, call: &Call<'_>, marker: &str) -> Request {
        let mut url = self.url.clone();
        if !call.blob.is_empty() {
            url.set_path(&format!("{}/{}", self.url.path(), encoded(call.blob)));
        }
        let (method, query): (Method, &[(&str, &str)]) = match &call.what {
            What::Get { .. } => (Method::Get, &[]),
            What::Head => (Method::Head, &[]),
            What::Put { .. } | What::Begin => (Method::Put, &[]),
            What::Append { .. } => (Method::Put, &[("comp", "appendblock")]),
            What::Metadata(_) => (Method::Put, &[("comp", "metadata")]),
            What::Snapshot => (Method::Put, &[("comp", "snapshot")]),
            What::Delete => (Method::Delete, &[]),
            What::Acquire { .. } | What::Renew(_) | What::Release(_) => (Method::Put, &[("comp", "lease")]),
            What::List { .. } => (Method::Get, &[("restype", "container"), ("comp", "list")]),
        };
        url.query_pairs_mut().extend_pairs(query);
        if let What::List { prefix } = &call.what {
            url.query_pairs_mut().append_pair("prefix", prefix);
            if !marker.is_empty() {
                url.query_pairs_mut().append_pair("marker", marker);
            }
        }
        if let Some(sas) = &self.sas {
            let given = sas.expose().trim_start_matches('?');
            let whole = match url.query().filter(|q| !q.is_empty()) {
                Some(query) => format!("{query}&{given}"),
                None => given.to_string(),
            };
            url.set_query(Some(&whole));
        } else if url.query() == Some("") {
            url.set_query(None);
        }
        let mut request = Request::new(url, method);
        request.insert_header("x-ms-version", VERSION);
        let mut header = |name: &'static str, value: String| request.insert_header(name, value);
        if let Some(lease) = call.lease {
            header("x-ms-lease-id", lease.to_string());
        }
        match call.only {
            Only::Always => {}
            Only::Unchanged(etag) => header("if-match", etag.to_string()),
            Only::Absent => header("if-none-match", "*".into()),
        }
        match &call.what {
            What::Get { from: 0 } | What::Head | What::List { .. } | What::Snapshot | What::Metadata(_) => {}
            What::Get { from } => header("x-ms-range", format!("bytes={from}-")),
            What::Put { .. } => {
                header("x-ms-blob-type", "BlockBlob".into());
                header("content-type", "application/json".into());
            }
            What::Begin => header("x-ms-blob-type", "AppendBlob".into()),
            What::Append { at, .. } => {
                header("x-ms-blob-condition-appendpos", at.to_string());
                header("content-type", "application/octet-stream".into());
            }
            What::Delete => header("x-ms-delete-snapshots", "include".into()),
            What::Acquire { id, seconds } => {
                header("x-ms-lease-action", "acquire".into());
                header("x-ms-lease-duration", seconds.to_string());
                header("x-ms-proposed-lease-id", (*id).to_string());
            }
            What::Renew(id) => {
                header("x-ms-lease-action", "renew".into());
                header("x-ms-lease-id", (*id).to_string());
            }
            What::Release(id) => {
                header("x-ms-lease-action", "release".into());
                header("x-ms-lease-id", (*id).to_string());
            }
        }
        if let What::Put { metadata, .. } | What::Metadata(metadata) = &call.what {
            for (name, value) in *metadata {
                request.insert_header(format!("x-ms-meta-{name}"), value.clone());
            }
        }
        if method == Method::Put {
            let body: &[u8] = match &call.what {
                What::Put { body, .. } | What::Append { body, .. } => body,
                _ => &[],
            };
            request.insert_header("content-length", body.len().to_string());
            request.set_body(body.to_vec());
        }
        request
    }

    async fn once(&self, call: &Call<'_>, marker: &str) -> Result<(Headers, Vec<u8>), BlobError> {
        let mut request = self.request(call, marker);
        let method = request.method();
        let options = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let context = Context::new();
        let begin = std::time::Instant::now();
        let body = match &call.what {
            What::Put { body, .. } | What::Append { body, .. } => body.len(),
            _ => 0,
        };
        let most = PATIENCE + Duration::from_millis((body / SLOWEST) as u64);
        let sent = self.pipeline.send(&context, &mut request, Some(options));
        let sent = tokio::time::timeout(most, sent)
            .await
            .map_err(|_| BlobError::Unanswered(format!("no answer within {} seconds", most.as_secs())))?;
        let raw = sent.map_err(|error| {
            let said = innermost(&error);
            match error.kind() {
                azure_core::error::ErrorKind::Credential => BlobError::Credential(said),
                _ => BlobError::Unanswered(said),
            }
        })?;
        let status = u16::from(raw.status());
        let milliseconds = begin.elapsed().as_millis();
        tracing::debug!(%method, blob = call.blob, status, milliseconds, "asked of the container");
        let (headers, body) = (raw.headers().clone(), raw.body().to_vec());
        match status {
            200..=299 => Ok((headers, body)),
            408 | 429 | 500 | 502..=504 => {
                Err(BlobError::Unanswered(format!("the service answered {status} {}", code(&headers, &body))))
            }
            _ => {
                if status == 401
                    && let Some(credential) = &self.credential
                    && let Ok(token) = credential.token().await
                {
                    credential.forget(&Secret::new(token.token.secret())).await;
                }
                let text = String::from_utf8_lossy(&body);
                let message = between(&text, "<Message>", "</Message>").next().unwrap_or_default();
                let message = message.lines().next().unwrap_or_default().to_string();
                Err(BlobError::Refused { status, code: code(&headers, &body), message })
            }
        }
    }
}

#[async_trait]
impl Blobs for Container {
    async fn send(&self, call: &Call<'_>) -> Result<Answer, BlobError> {
        let (headers, body) = self.once(call, "").await?;
        let text = |name: &'static str| headers.get_optional_string(&HeaderName::from_static(name));
        if let What::List { .. } = call.what {
            let mut names = Vec::new();
            let mut page = String::from_utf8_lossy(&body).into_owned();
            for _ in 0..MOST_PAGES {
                names.extend(between(&page, "<Name>", "</Name>").map(plain));
                let next = between(&page, "<NextMarker>", "</NextMarker>").next().map(plain);
                let Some(next) = next.filter(|n| !n.is_empty()) else { break };
                page = String::from_utf8_lossy(&self.once(call, &next).await?.1).into_owned();
            }
            return Ok(Answer { names, ..Answer::default() });
        }
        let metadata = headers.iter().filter_map(|(name, value)| {
            let name = name.as_str().to_ascii_lowercase();
            Some((name.strip_prefix("x-ms-meta-")?.to_string(), value.as_str().to_string()))
        });
        Ok(Answer {
            etag: text("etag").unwrap_or_default(),
            length: text("content-length").and_then(|v| v.parse().ok()).unwrap_or_default(),
            metadata: metadata.collect(),
            leased: text("x-ms-lease-status").as_deref() == Some("locked"),
            names: Vec::new(),
            body,
        })
    }

    fn url(&self, blob: &str) -> String {
        format!("{}/{blob}", self.url)
    }
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, KEPT).to_string()
}

/// The service's code for a refusal: a header, else in the body.
fn code(headers: &Headers, body: &[u8]) -> String {
    let header = headers.get_optional_string(&HeaderName::from_static("x-ms-error-code"));
    header.filter(|c| !c.is_empty()).unwrap_or_else(|| {
        let text = String::from_utf8_lossy(body);
        between(&text, "<Code>", "</Code>").next().unwrap_or_default().to_string()
    })
}

/// What stands between two marks.
fn between<'t>(text: &'t str, from: &'static str, to: &'static str) -> impl Iterator<Item = &'t str> {
    text.split(from).skip(1).filter_map(move |rest| rest.split_once(to).map(|(inner, _)| inner))
}

/// The text of an XML element.
fn plain(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_string(), |text, (mark, letter)| text.replace(mark, letter))
}

/// What the last of the causes says: the others repeat it.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut all = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !all.iter().any(|known| known.contains(&text)) {
            all.push(text);
        }
        next = cause.source();
    }
    all.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(auth: Auth) -> Container {
        let http = crate::arm::NetOptions::default().client();
        Container::new("https://127.0.0.1:1/dev/", "state", auth, http).unwrap()
    }

    fn call<'c>(blob: &'c str, what: What<'c>) -> Call<'c> {
        Call { blob, what, lease: Some("l"), only: Only::Unchanged("\"e\"") }
    }

    #[test]
    fn calls_become_requests() {
        let key = container(Auth::Key(AccountKey::new("dev", "a2V5").unwrap()));
        let metadata = [("a".to_string(), "b".to_string())];
        let request = key.request(&call("x/y z", What::Put { body: b"{}", metadata: &metadata }), "");
        assert_eq!(request.url().as_str(), "https://127.0.0.1:1/dev/state/x/y%20z");
        let header = |request: &Request, name: &'static str| {
            request.headers().get_optional_string(&HeaderName::from_static(name)).unwrap_or_default()
        };
        let all = ["x-ms-lease-id", "if-match", "x-ms-blob-type", "content-length", "x-ms-meta-a"];
        assert_eq!(all.map(|name| header(&request, name)), ["l", "\"e\"", "BlockBlob", "2", "b"]);
        let sas = container(Auth::Sas("?sv=1&sig=a%2Bb".into()));
        let request = sas.request(&call("y", What::Append { body: b"1", at: 7 }), "");
        assert_eq!(request.url().as_str(), "https://127.0.0.1:1/dev/state/y?comp=appendblock&sv=1&sig=a%2Bb");
        assert_eq!(header(&request, "x-ms-blob-condition-appendpos"), "7");
        let list = sas.request(&call("", What::List { prefix: "aenv:" }), "m");
        assert!(
            list.url().as_str().contains("state?restype=container&comp=list&prefix=aenv%3A&marker=m&sv=1")
        );
    }

    #[test]
    fn names_are_found_in_lists() {
        let page =
            "<Blobs><Blob><Name>a&amp;b</Name></Blob><Blob><Name>c</Name></Blob></Blobs><NextMarker />";
        let names: Vec<String> = between(page, "<Name>", "</Name>").map(plain).collect();
        assert_eq!(names, ["a&b", "c"]);
        assert_eq!(between(page, "<NextMarker>", "</NextMarker>").next(), None);
    }
}
