//! Documents and messages for programs: inside `plan.schema.json` and `state.schema.json`.

pub mod diagnostic;
pub mod stream;

/// The version of the language that we follow, as documents name it.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A document as one line of compact JSON; `<`, `>` and `&` are escaped.
pub fn line(document: &serde_json::Value) -> String {
    document.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
