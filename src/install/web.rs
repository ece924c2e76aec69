//! GET over the one HTTP client of the program: redirects are followed, tokens stay with the host that they are for, and no
//! answer is longer than it may be.

use std::path::Path;

use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{Method, Request, Url};
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::arm::Http;
use crate::secret::Secret;

/// So many redirects are followed.
const MOST_REDIRECTS: usize = 10;
/// So long may a document of a registry be, in bytes.
pub(super) const DOCUMENT: u64 = 8 << 20;

/// Asks for documents and files.
#[derive(Clone)]
pub(super) struct Web {
    http: Http,
}

/// An answer.
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub url: Url,
    /// 200
    pub status: u16,
    headers: Headers,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &'static str) -> Option<String> {
        self.headers.get_optional_str(&HeaderName::from_static(name)).map(str::to_string)
    }

    /// `404 Not Found`
    pub fn status_text(&self) -> String {
        let known = match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            _ => "",
        };
        format!("{} {known}", self.status).trim_end().to_string()
    }
}

impl Web {
    pub fn new(http: Http) -> Web {
        Web { http }
    }

    /// A document.
    pub async fn get(&self, url: &Url, token: Option<&Secret>) -> Result<Answer, String> {
        let mut body = Vec::new();
        let (url, status, headers) = self.send(url, token, DOCUMENT, &mut body).await?;
        Ok(Answer { url, status, headers, body })
    }

    /// A file, into a file.
    pub async fn download(&self, url: &Url, into: &Path, limit: u64) -> Result<(), String> {
        let mut file = tokio::fs::File::create(into).await.map_err(|e| e.to_string())?;
        let (_, status, _) = self.send(url, None, limit, &mut file).await?;
        file.flush().await.map_err(|e| e.to_string())?;
        match status {
            200 => Ok(()),
            other => Err(format!("bad response code: {other}")),
        }
    }

    async fn send(
        &self,
        from: &Url,
        token: Option<&Secret>,
        limit: u64,
        into: &mut (impl tokio::io::AsyncWrite + Unpin),
    ) -> Result<(Url, u16, Headers), String> {
        let mut url = from.clone();
        for _ in 0..=MOST_REDIRECTS {
            let failed = |why: String| format!("Get \"{}\": {why}", shown(&url));
            let mut request = Request::new(url.clone(), Method::Get);
            if let Some(token) = token
                && url.origin() == from.origin()
            {
                request.insert_header("authorization", format!("Bearer {}", token.expose()));
            }
            let answer = self.http.execute_request(&request).await.map_err(|e| failed(cause(&e)))?;
            let (status, headers, mut body) = answer.deconstruct();
            let status = u16::from(status);
            let next = headers.get_optional_str(&HeaderName::from_static("location"));
            if let (301 | 302 | 303 | 307 | 308, Some(next)) = (status, next) {
                let next = url.join(next).map_err(|e| failed(format!("redirected to {next:?}: {e}")))?;
                if url.scheme() == "https" && next.scheme() != "https" {
                    return Err(failed(format!("redirected to {next}, which is not secured")));
                }
                url = next;
                continue;
            }
            let mut length = 0;
            while let Some(part) = body.next().await {
                let part = part.map_err(|e| failed(cause(&e)))?;
                length += part.len() as u64;
                if length > limit {
                    return Err(failed(format!("the answer is longer than {} MiB", limit >> 20)));
                }
                into.write_all(&part).await.map_err(|e| e.to_string())?;
            }
            return Ok((url, status, headers));
        }
        Err(format!("Get \"{}\": stopped after {MOST_REDIRECTS} redirects", shown(from)))
    }
}

/// The URL without a password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // Only URLs without a host cannot have one, and they have none.
        let _ = url.set_password(Some("xxxxx"));
    }
    url.to_string()
}

/// What is at the bottom of an error: the layers above it only say that a request failed.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
