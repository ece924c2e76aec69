//! The others: an issuer of federated tokens, GitHub and Azure DevOps that give them out, a machine's metadata service.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ringfence::localcloud::{Federated, IssuerKeys, Proofs};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::desk::OTHER_KEY;

pub const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub const SUBJECT: &str = "repo:contoso/workspace:ref:refs/heads/main";
pub const AUDIENCE: &str = "api://AzureADTokenExchange";

fn key(pem: &str) -> RsaKeyPair {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap()
}

/// The issuer's keys, as its `jwks_uri` answers.
pub fn issuer(name: &str) -> IssuerKeys {
    let parts = PublicKeyComponents::<Vec<u8>>::from(key(OTHER_KEY).public());
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let keys =
        json!({"keys": [{"kty": "RSA", "use": "sig", "kid": "1", "n": part(&parts.n), "e": part(&parts.e)}]});
    IssuerKeys { issuer: name.to_owned(), keys }
}

/// The application trusts GitHub's tokens for one branch.
pub fn trusting() -> Proofs {
    let credential = Federated { issuer: ISSUER.into(), subject: SUBJECT.into(), audience: AUDIENCE.into() };
    Proofs { federated: vec![credential], issuers: vec![issuer(ISSUER)], ..Proofs::default() }
}

/// A federated token, signed with a key (PKCS#8, PEM).
pub fn signed(claims: Value, pem: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT", "kid": "1"})), part(claims));
    let key = key(pem);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Claims that are good for ten minutes from `now`.
pub fn claims(issuer: &str, subject: &str, audience: &str, now: i64) -> Value {
    json!({"iss": issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + 600})
}

pub fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

/// A request as it came to one of them.
#[derive(Debug, Clone)]
pub struct Came {
    pub method: String,
    pub query: HashMap<String, String>,
    pub headers: HashMap<String, String>,
}

/// A server that answers with `answer`, and remembers what came.
pub struct Other {
    pub address: SocketAddr,
    pub came: Arc<Mutex<Vec<Came>>>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Other {
    pub async fn new(answer: impl Fn(&Came, usize) -> (u16, Value) + Clone + Send + Sync + 'static) -> Other {
        let came: Arc<Mutex<Vec<Came>>> = Arc::default();
        let seen = came.clone();
        let handler = move |request: Request<Body>| {
            let query = request.uri().query().unwrap_or_default().as_bytes();
            let came = Came {
                method: request.method().to_string(),
                query: url::form_urlencoded::parse(query).into_owned().collect(),
                headers: request
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                    .collect(),
            };
            let mut seen = seen.lock().unwrap();
            let (status, body) = answer(&came, seen.len());
            seen.push(came);
            std::future::ready(respond(status, &body))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(handler);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let serving = axum::serve(listener, router).with_graceful_shutdown(stopped);
        let task = Some(tokio::spawn(async move { serving.await.unwrap() }));
        Other { address, came, stop, task }
    }

    /// Nobody is at its address any more.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        self.task.take().unwrap().await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn times(&self) -> usize {
        self.came.lock().unwrap().len()
    }
}

fn respond(status: u16, body: &Value) -> Response {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

/// GitHub: gives a token for the audience that is asked for to who has the job's request token.
pub fn github(came: &Came, _: usize) -> (u16, Value) {
    if came.method != "GET" || came.headers.get("authorization").is_none_or(|a| a != "Bearer job-token") {
        return (401, json!({"message": "Bad credentials"}));
    }
    let audience = came.query.get("audience").map_or("https://github.com/contoso", String::as_str);
    (200, json!({"count": 1, "value": signed(claims(ISSUER, SUBJECT, audience, now()), OTHER_KEY)}))
}
