//! A request and its answer as the engine sees them: without sockets, so that a test can hand one in.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::time::Duration;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// HTTP method in capitals.
    pub method: String,
    /// Where the client sent it: `https://host:port`; answers carry URLs below it.
    pub origin: String,
    /// Path, percent-decoded (slashes too), without double slashes and without one at the end.
    pub path: String,
    /// Query parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// Takes a URI (absolute, or path and query) apart.
    pub fn new(method: &str, origin: &str, uri: &str, body: Vec<u8>) -> Request {
        let (origin, rest) = match uri.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (format!("{scheme}://{host}"), path)
            }
            None => (origin.to_owned(), uri),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // An encoded slash is one: clients that encode a scope as a whole are understood (pulumi/pulumi-azure-native#3118;
        // azure-mgmt-resource-locks 1.0.0 does).
        let path = percent_decode_str(path).decode_utf8_lossy();
        let mut clean = String::with_capacity(path.len());
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            clean.push('/');
            clean.push_str(segment);
        }
        if clean.is_empty() {
            clean.push('/');
        }
        Request {
            method: method.to_ascii_uppercase(),
            origin,
            path: clean,
            query: url::form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            headers: Vec::new(),
            body,
        }
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter, by its name in any casing.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The api version, `""` without.
    pub fn api_version(&self) -> &str {
        self.parameter("api-version").unwrap_or_default()
    }
}

/// How an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection ends.
    Cut,
    /// The connection stays, and nothing comes.
    Silent,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case or as ARM writes them.
    pub headers: Vec<(String, String)>,
    /// JSON body; `None`: empty.
    pub body: Option<Value>,
    /// How long the request itself takes, in real time.
    pub delay: Duration,
    /// What the client sees instead of an answer.
    pub lost: Option<Lost>,
    /// The chaos rule that struck the request.
    pub struck: Option<String>,
}

impl Response {
    /// A status with a body.
    pub fn json(status: u16, body: Value) -> Response {
        Response { status, body: Some(body), ..Response::default() }
    }

    /// A status alone.
    pub fn empty(status: u16) -> Response {
        Response { status, ..Response::default() }
    }

    /// Adds a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header, by its name in any casing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body, `null` if there is none.
    pub fn value(&self) -> &Value {
        self.body.as_ref().unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart_and_decoded() {
        let request = Request::new(
            "put",
            "https://localhost:1",
            "//a%20b/c//?api-version=1&$filter=x%20eq%201",
            vec![],
        );
        assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/a b/c"));
        assert_eq!(request.parameter("$FILTER"), Some("x eq 1"));
        let request = Request::new("GET", "", "https://h:2/x?y=z", vec![]);
        assert_eq!((request.origin.as_str(), request.path.as_str()), ("https://h:2", "/x"));
    }

    #[test]
    fn an_encoded_slash_parts_the_path_as_a_plain_one_does() {
        let request =
            Request::new("GET", "https://h", "/%2Fsubscriptions%2Fs%2FresourceGroups/a%20b/", vec![]);
        assert_eq!(request.path, "/subscriptions/s/resourceGroups/a b");
    }
}
