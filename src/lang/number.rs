//! Numbers: 512-bit binary floats, printed as Go prints them.

/// A number of the language.
#[derive(Debug, Clone, PartialEq)]
pub struct Number(f64);

impl From<i64> for Number {
    fn from(n: i64) -> Number {
        Number(n as f64)
    }
}

impl Number {
    /// A JSON number, exactly.
    pub fn from_json(n: &serde_json::Number) -> Number {
        Number(n.as_f64().unwrap_or(0.0))
    }

    /// As a JSON number.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!(self.0)
    }
}
