//! What went wrong with a request: who said what about which resource, and (through [`super::class`]) whether repeating
//! helps and what to do.
//!
//! Must not know: how errors are shown, who repeats.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use serde_json::Value;

use super::id::ArmId;

/// What kind of failure it is, before anything is known about the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// ARM answered the request with an error status.
    Refused,
    /// ARM accepted the request and the long-running operation ended in `Failed` or `Canceled`.
    OperationFailed,
    /// No connection came about, or the host is not who it should be: the request was not seen by ARM.
    Unreachable,
    /// A changing request was sent and its connection was lost: look the resource up before repeating it.
    UnknownOutcome,
    /// No token could be had.
    Credential,
    /// The answer is not what ARM answers (not JSON, a foreign operation URL).
    InvalidAnswer,
    /// The caller cancelled before anything was sent, or while waiting.
    Cancelled,
    /// The request cannot be made as it was asked for: a setting or an argument is wrong.
    Invalid,
}

/// One entry of an error's details, unwrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// The code, if there is one.
    pub code: Option<String>,
    /// The text.
    pub message: String,
    /// What it is about.
    pub target: Option<String>,
}

/// A failure of a request or an operation. Cheap to move; the fields are those of [`Fault`].
#[derive(Debug, Clone)]
pub struct ArmError(Box<Fault>);

/// The fields of an [`ArmError`].
#[derive(Debug, Clone)]
pub struct Fault {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// The request's method.
    pub method: Option<String>,
    /// The request's URL without its signatures: path and `api-version`.
    pub uri: Option<String>,
    /// The resource that the request is about.
    pub id: Option<ArmId>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The most specific code that was found (`HTTP-04`).
    pub code: Option<String>,
    /// All codes, the most specific first, the outermost last.
    pub codes: Vec<String>,
    /// The text, unwrapped.
    pub message: String,
    /// ARM's `target`.
    pub target: Option<String>,
    /// ARM's `details`, flattened.
    pub details: Vec<Detail>,
    /// `x-ms-request-id`, else the correlation id: what Azure's support asks for.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// What to do, where only the place of the failure knows (the code's own hint is in the class table).
    pub advice: Option<String>,
}

impl Deref for ArmError {
    type Target = Fault;
    fn deref(&self) -> &Fault {
        &self.0
    }
}

impl DerefMut for ArmError {
    fn deref_mut(&mut self) -> &mut Fault {
        &mut self.0
    }
}

impl std::error::Error for ArmError {}

impl ArmError {
    /// An error of this kind with a text and nothing else.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Fault {
            kind,
            method: None,
            uri: None,
            id: None,
            status: None,
            code: None,
            codes: Vec::new(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            request_id: None,
            retry_after: None,
            advice: None,
        }))
    }

    /// This error with the request that it is about.
    pub fn at(mut self, method: &str, url: &str, id: Option<&ArmId>) -> Self {
        self.method = Some(method.to_owned());
        self.uri = Some(clean_url(url));
        self.id = id.cloned();
        self
    }

    /// This error with what to do about it.
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// An error that a service described in a body: an ARM envelope or one of its many other forms (`HTTP-03`, `HTTP-04`).
    pub fn from_body(kind: ErrorKind, status: Option<u16>, body: &[u8]) -> Self {
        let mut error = Self::new(kind, "");
        error.status = status;
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        error.read(&value);
        error
    }

    /// The same from a value that was parsed already.
    pub fn from_value(kind: ErrorKind, status: Option<u16>, body: &Value) -> Self {
        let mut error = Self::new(kind, "");
        error.status = status;
        error.read(body);
        error
    }

    fn read(&mut self, value: &Value) {
        let mut found = Found::default();
        found.envelope(value, 0);
        self.code = found.codes.first().cloned();
        self.message = found.message.unwrap_or_default();
        if self.message.is_empty() {
            let said = match found.details.first() {
                Some(d) => d.message.clone(),
                None => match self.status {
                    Some(s) => format!("the service answered {s} without a reason"),
                    None => "the operation failed without a reason".into(),
                },
            };
            self.message = said;
        }
        self.target = found.target;
        // Details are more specific than the code that wraps them, less than one unwrapped from the message.
        let (unwrapped, wrapping) = found.codes.split_at(found.inner);
        let mut ordered = unwrapped.to_vec();
        ordered.extend(found.details.iter().filter_map(|d| d.code.clone()));
        ordered.extend_from_slice(wrapping);
        ordered.dedup();
        self.codes = ordered;
        self.details = found.details;
    }

    /// In sentences: the request, what Azure said, what to do, what to name to Azure's support.
    pub fn explained(&self) -> String {
        let mut text = self.to_string();
        if let Some(hint) = self.hint() {
            text.push_str("\n\n");
            let mut letters = hint.chars();
            text.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            text.push_str(letters.as_str());
            if !hint.ends_with('.') {
                text.push('.');
            }
        }
        if let Some(request) = &self.request_id {
            text.push_str(&format!("\n\nRequest id: {request}"));
        }
        text
    }

    /// Whether ARM may have done what was asked although no good answer came: look before repeating (`HTTP-07`).
    pub fn outcome_unknown(&self) -> bool {
        self.kind == ErrorKind::UnknownOutcome
            || self.kind == ErrorKind::Refused && matches!(self.status, Some(408 | 500 | 502 | 504))
    }

    /// Whether no answer came, or one that says that the service stumbled (`LRO-07`).
    pub fn stumbled(&self) -> bool {
        self.kind == ErrorKind::UnknownOutcome
            || self.kind == ErrorKind::Refused && matches!(self.status, Some(408 | 499 | 500 | 502..=504))
    }

    /// Whether any of the codes is `code`, without regard to case.
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|c| c.eq_ignore_ascii_case(code))
    }
}

impl fmt::Display for ArmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
            match (&self.id, &self.uri) {
                (Some(id), _) => write!(f, "{id}: ")?,
                (None, Some(uri)) => write!(f, "{uri}: ")?,
                (None, None) => {}
            }
        }
        match self.kind {
            ErrorKind::OperationFailed => f.write_str("the operation failed: ")?,
            ErrorKind::UnknownOutcome => f.write_str("the outcome is unknown: ")?,
            _ => {}
        }
        match (self.status, &self.code) {
            (Some(s), Some(c)) => write!(f, "{s} {c}: ")?,
            (Some(s), None) => write!(f, "{s}: ")?,
            (None, Some(c)) => write!(f, "{c}: ")?,
            (None, None) => {}
        }
        f.write_str(self.message.trim())?;
        for d in self.details.iter().filter(|d| d.message.trim() != self.message.trim()) {
            write!(f, "\n  - ")?;
            if let Some(code) = &d.code {
                write!(f, "{code}: ")?;
            }
            f.write_str(d.message.trim())?;
        }
        Ok(())
    }
}

/// What the forms of an error body come to.
#[derive(Default)]
struct Found {
    /// Most specific first.
    codes: Vec<String>,
    /// How many of the codes came out of a message.
    inner: usize,
    message: Option<String>,
    target: Option<String>,
    details: Vec<Detail>,
}

/// Bodies nest; none that was seen nests deeper than four.
const DEEPEST: usize = 8;

impl Found {
    fn envelope(&mut self, value: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::String(text) => match embedded(text) {
                Some(inner) => self.envelope(&inner, depth + 1),
                None => self.say(text),
            },
            Value::Object(map) => {
                if let Some(Value::String(code)) = map.get("error") {
                    // Entra's form: {"error": "invalid_client", "error_description": "AADSTS..."}.
                    self.codes.push(code.clone());
                    self.say(map.get("error_description").and_then(Value::as_str).unwrap_or(code));
                } else if let Some(error) =
                    map.get("error").or(map.get("odata.error")).filter(|e| e.is_object())
                {
                    self.error(error, depth);
                } else if let Some(error) = value.pointer("/properties/error").filter(|e| e.is_object()) {
                    self.error(error, depth);
                } else if map
                    .keys()
                    .any(|k| k.eq_ignore_ascii_case("code") || k.eq_ignore_ascii_case("message"))
                {
                    self.error(value, depth);
                }
            }
            _ => {}
        }
    }

    fn error(&mut self, error: &Value, depth: usize) {
        let code = field(error, "code").and_then(Value::as_str).filter(|c| !c.is_empty());
        if let Some(target) = field(error, "target").and_then(Value::as_str).filter(|t| !t.is_empty()) {
            self.target.get_or_insert_with(|| target.to_owned());
        }
        let message = match field(error, "message") {
            Some(Value::String(text)) => Some(text.as_str()),
            Some(Value::Object(m)) => m.get("value").and_then(Value::as_str),
            _ => None,
        };
        let before = self.codes.len();
        if let Some(text) = message {
            match embedded(text) {
                Some(inner) => {
                    self.envelope(&inner, depth + 1);
                    if self.codes.len() == before && self.message.is_none() {
                        self.say(text);
                    }
                }
                None => self.say(text),
            }
        }
        self.inner = self.codes.len();
        let mut deeper = field(error, "innererror");
        while let Some(inner) = deeper.filter(|_| self.codes.len() < DEEPEST) {
            if let Some(code) = field(inner, "code").and_then(Value::as_str) {
                self.codes.push(code.to_owned());
                self.inner = self.codes.len();
            }
            deeper = field(inner, "innererror");
        }
        if let Some(code) = code {
            self.codes.push(code.to_owned());
        }
        if let Some(Value::Array(list)) = field(error, "details") {
            for detail in list.iter().filter(|d| d.is_object()) {
                let mut one = Self::default();
                one.envelope(detail, depth + 1);
                self.details.push(Detail {
                    code: one.codes.first().cloned(),
                    message: one.message.unwrap_or_default(),
                    target: one.target,
                });
                self.details.append(&mut one.details);
            }
        }
    }

    fn say(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.message.get_or_insert_with(|| text.trim().to_owned());
        }
    }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value
        .as_object()?
        .iter()
        .find(|(k, _)| k.eq_ignore_ascii_case(name))
        .map(|(_, v)| v)
        .filter(|v| !v.is_null())
}

/// The JSON object inside a text, if it describes an error.
fn embedded(text: &str) -> Option<Value> {
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    let value: Value = serde_json::from_str(object).ok()?;
    let known = ["error", "code", "message", "odata.error"];
    known.iter().any(|k| field(&value, k).is_some()).then_some(value)
}

/// A URL as it may be shown: signatures and tokens of operation URLs (`LRO-02`) left out.
pub(super) fn clean_url(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    match query.split('&').find(|p| p.to_ascii_lowercase().starts_with("api-version=")) {
        Some(version) => format!("{path}?{version}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(body: Value) -> ArmError {
        ArmError::from_value(ErrorKind::Refused, Some(400), &body)
    }

    #[test]
    fn http_03_every_form_of_an_envelope() {
        let e = of(
            json!({"error": {"code": "A", "message": "m", "target": "t", "details": [{"code": "B", "message": "n", "target": "u"}]}}),
        );
        assert_eq!((e.code.as_deref(), e.message.as_str(), e.target.as_deref()), (Some("A"), "m", Some("t")));
        assert_eq!(e.codes, ["B", "A"]);
        assert_eq!(e.details[0].target.as_deref(), Some("u"));
        let e = of(json!({"code": "Unauthorized", "message": "m"}));
        assert_eq!((e.code.as_deref(), e.message.as_str()), (Some("Unauthorized"), "m"));
        let e = of(json!({"code": "ReceiverAlreadyEnabled", "message": null}));
        assert_eq!(e.code.as_deref(), Some("ReceiverAlreadyEnabled"));
        assert!(e.message.contains("without a reason"));
        let e = of(json!("{\"error\":{\"code\":\"X\",\"message\":\"y\"}}"));
        assert_eq!((e.code.as_deref(), e.message.as_str()), (Some("X"), "y"));
        let e = of(json!({"error": {"code": "C", "message": "m"}, "status": "Failed"}));
        assert_eq!(e.code.as_deref(), Some("C"));
        let e = of(json!({"error": "invalid_client", "error_description": "AADSTS7000215: no"}));
        assert_eq!((e.code.as_deref(), e.message.as_str()), (Some("invalid_client"), "AADSTS7000215: no"));
        let e = ArmError::from_body(ErrorKind::Refused, Some(502), b"<html>bad gateway</html>");
        assert_eq!((e.code.as_deref(), e.message.as_str()), (None, "<html>bad gateway</html>"));
        let e = ArmError::from_body(ErrorKind::Refused, Some(404), b"");
        assert!(e.message.contains("404"));
        let e = ArmError::from_body(
            ErrorKind::Refused,
            Some(400),
            "\u{feff}{\"error\":{\"code\":\"B\"}}".as_bytes(),
        );
        assert_eq!(e.code.as_deref(), Some("B"), "HTTP-05: a byte order mark");
    }

    #[test]
    fn http_04_json_inside_text_is_unwrapped() {
        let inner = json!({"id": "https://x", "error": {"code": "ClusterMinNodesExceedCoreQuota", "message": "too many cores"}});
        let e =
            of(json!({"status": "Failed", "error": {"code": "BadRequest", "message": inner.to_string()}}));
        assert_eq!(e.code.as_deref(), Some("ClusterMinNodesExceedCoreQuota"));
        assert_eq!(e.message, "too many cores");
        assert_eq!(e.codes, ["ClusterMinNodesExceedCoreQuota", "BadRequest"]);
        let wrapped = format!(
            "Call to Microsoft.Storage failed. Error message: {{\r\n \"error\": {}}}",
            json!({"code": "S", "message": "deep"})
        );
        let e = of(
            json!({"error": {"code": "DeploymentFailed", "message": "At least one failed.", "details": [{"code": "Conflict", "message": wrapped}]}}),
        );
        assert_eq!(e.code.as_deref(), Some("DeploymentFailed"));
        assert_eq!((e.details[0].code.as_deref(), e.details[0].message.as_str()), (Some("S"), "deep"));
        assert!(e.to_string().contains("deep"));
        let e = of(
            json!({"error": {"code": "Forbidden", "message": "no", "innererror": {"code": "ForbiddenByRbac"}}}),
        );
        assert!(e.has_code("forbiddenbyrbac") && e.has_code("Forbidden"));
        assert_eq!(
            of(json!({"error": {"code": "X", "message": "a set {of} things"}})).message,
            "a set {of} things"
        );
    }

    #[test]
    fn text_names_method_resource_status_and_code() {
        let id = ArmId::parse("/subscriptions/s/resourceGroups/g").unwrap();
        let e = of(json!({"error": {"code": "A", "message": "m"}})).at(
            "PUT",
            "https://h/x?t=1&api-version=2&s=secret",
            Some(&id),
        );
        assert_eq!(e.to_string(), "PUT /subscriptions/s/resourceGroups/g: 400 A: m");
        assert_eq!(e.uri.as_deref(), Some("https://h/x?api-version=2"));
    }
}
