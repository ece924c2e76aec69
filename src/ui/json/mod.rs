//! Documents and messages for programs: inside `plan.schema.json` and `state.schema.json`.

mod checks;
pub mod configuration;
pub mod diagnostic;
mod mask;
pub mod plan;
pub mod schema;
pub mod state;
pub mod stream;
#[cfg(test)]
mod tests;
mod withhold;

pub use withhold::withhold;

/// The version of the language that we follow, as documents name it.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A document as one line of compact JSON; `<`, `>` and `&` are escaped.
pub fn line(document: &serde_json::Value) -> String {
    document.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// A document over many lines, two blanks a level; `<`, `>` and `&` are escaped.
pub fn pretty(document: &serde_json::Value) -> String {
    format!("{document:#}").replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// An instance key: a number or a string.
fn key(key: &crate::plan::addr::Key) -> serde_json::Value {
    match key {
        crate::plan::addr::Key::Index(i) => (*i).into(),
        crate::plan::addr::Key::Name(n) => n.to_string().into(),
    }
}
