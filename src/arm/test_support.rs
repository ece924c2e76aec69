//! What several tests of this room need: where the shared facts are, and a transport that answers from a script.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use serde_json::Value;

/// `name` under the shared folder, or `None` (said on the test's output) where it is not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RINGFENCE_SHARED").map(PathBuf::from).into_iter();
    let root = root.chain([concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into()]);
    let found = root.map(|r| r.join(name)).find(|p| p.exists());
    if found.is_none() {
        println!("skipped: no shared facts");
    }
    found
}

/// The folder of ARM facts.
pub fn facts() -> Option<PathBuf> {
    shared("facts/arm")
}

/// One scripted answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> Answer {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Answer { status, headers: headers.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(), body }
}

/// What a request looked like.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub method: String,
    pub url: String,
    pub body: Value,
    pub headers: Vec<(String, String)>,
}

/// What a script gives next: an answer, or a lost connection (`true`: after the request was sent).
#[derive(Debug, Clone)]
pub enum Step {
    Answer(Answer),
    Lost(bool),
}

impl From<Answer> for Step {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// Answers requests in order, whatever they ask, and remembers them.
#[derive(Debug, Default)]
pub struct Script {
    steps: Mutex<VecDeque<Step>>,
    pub seen: Mutex<Vec<Seen>>,
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps.into_iter().collect()), seen: Mutex::default() })
    }

    pub fn urls(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|s| format!("{} {}", s.method, s.url)).collect()
    }

    pub fn left(&self) -> usize {
        self.steps.lock().unwrap().len()
    }
}

#[async_trait]
impl HttpClient for Script {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = match request.body() {
            Body::Bytes(b) => serde_json::from_slice(b).unwrap_or(Value::Null),
            Body::SeekableStream(_) => Value::Null,
        };
        let headers = request.headers().iter().map(|(k, v)| (k.as_str().to_owned(), v.as_str().to_owned()));
        self.seen.lock().unwrap().push(Seen {
            method: request.method().to_string(),
            url: request.url().to_string(),
            body,
            headers: headers.collect(),
        });
        match self.steps.lock().unwrap().pop_front() {
            Some(Step::Answer(a)) => {
                let mut headers = Headers::new();
                for (k, v) in a.headers {
                    headers.insert(k.to_lowercase(), v);
                }
                Ok(AsyncRawResponse::from_bytes(a.status.into(), headers, a.body))
            }
            Some(Step::Lost(sent)) => {
                let kind = if sent { ErrorKind::Io } else { ErrorKind::Connection };
                Err(azure_core::Error::with_message(kind, "connection lost"))
            }
            None => Err(azure_core::Error::with_message(ErrorKind::Other, "the script has ended")),
        }
    }
}

/// A credential that always has a token.
#[derive(Debug)]
pub struct FixedToken;

#[async_trait]
impl TokenCredential for FixedToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = azure_core::time::OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1);
        Ok(AccessToken::new("token", expires))
    }
}

/// A client of the public cloud whose transport is `http` and whose clock does not wait.
pub fn client(http: Arc<dyn HttpClient>) -> crate::arm::ArmClient {
    let cloud = crate::arm::Cloud::default();
    crate::arm::ArmClient::with_tokens(cloud, Arc::new(FixedToken), http)
        .with_clock(Arc::new(crate::arm::InstantClock::default()))
}
