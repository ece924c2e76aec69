//! What ARM says when it refuses: a status and the error envelope (HTTP-03).

use serde_json::{Map, Value, json};

/// A refusal, as it goes on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmFailure {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: String,
    /// `error.message`.
    pub message: String,
    /// `error.target`.
    pub target: Option<String>,
    /// `error.details`.
    pub details: Vec<Value>,
    /// `error.additionalInfo`.
    pub additional: Vec<Value>,
    /// True if ARM itself refused, before any resource provider: the answer carries `x-ms-failure-cause: gateway` (HTTP-08).
    pub gateway: bool,
    /// True for the providers that answer `{"code","message"}` without the `error` envelope (Cosmos DB, Insights).
    pub bare: bool,
    /// Seconds of the world after which to come back: `Retry-After`.
    pub retry_after: Option<u32>,
    /// True if it passes by itself: who repeats learns the pace of a clock that goes faster.
    pub passing: bool,
}

impl ArmFailure {
    /// A refusal by a resource provider.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        ArmFailure {
            status,
            code: code.into(),
            message: message.into(),
            target: None,
            details: Vec::new(),
            additional: Vec::new(),
            gateway: false,
            bare: false,
            retry_after: None,
            passing: false,
        }
    }

    /// A refusal by ARM itself, in front of the resource providers.
    pub fn gateway(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        ArmFailure { gateway: true, ..ArmFailure::new(status, code, message) }
    }

    /// Sets `error.target`.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Adds one entry of `error.details`.
    pub fn detail(mut self, code: &str, target: &str, message: &str) -> Self {
        self.details.push(json!({ "code": code, "target": target, "message": message }));
        self
    }

    /// Tells when to come back.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says that it passes by itself.
    pub fn passing(mut self, passing: bool) -> Self {
        self.passing = passing;
        self
    }

    /// Answers without the envelope.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// `{code, message, target?, details?, additionalInfo?}`: what stands under `error`, here and in a failed operation.
    pub fn error(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".into(), self.code.clone().into());
        error.insert("message".into(), self.message.clone().into());
        if let Some(target) = &self.target {
            error.insert("target".into(), target.clone().into());
        }
        if !self.details.is_empty() {
            error.insert("details".into(), Value::Array(self.details.clone()));
        }
        if !self.additional.is_empty() {
            error.insert("additionalInfo".into(), Value::Array(self.additional.clone()));
        }
        Value::Object(error)
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        if self.bare { self.error() } else { json!({ "error": self.error() }) }
    }
}
