//! The `then` of a policy rule: what effects do to a request.

use serde_json::Value;

use super::condition::{Inside, Judge, evaluated};
use super::expression::{Unclear, same};
use super::field;

/// Effects that Azure knows. Those that are not acted on here look at what is there, and report.
pub const KNOWN: &[&str] = &[
    "addtonetworkgroup",
    "append",
    "audit",
    "auditifnotexists",
    "deny",
    "denyaction",
    "deployifnotexists",
    "disabled",
    "manual",
    "modify",
    "mutate",
];

/// Changes a body as `modify` or `append` say. Answers false if an `append` would write over another value: then it denies.
///
/// # Errors
/// If an expression cannot be evaluated.
pub fn change(effect: &str, details: &Value, judge: &Judge<'_>, body: &mut Value) -> Result<bool, Unclear> {
    let inside = Inside { judge, bound: &[] };
    let appends = effect == "append";
    let operations = if appends { details } else { &details["operations"] };
    for operation in operations.as_array().into_iter().flatten() {
        let operation = evaluated(operation, &inside)?;
        if operation.get("condition").is_some_and(|c| c != &Value::Bool(true)) {
            continue;
        }
        let Some(name) = operation["field"].as_str() else { continue };
        let value = &operation["value"];
        let there = match field::find(judge.subject, &[], name) {
            field::Found::One(found) => Some(found).filter(|found| !found.is_null()),
            field::Found::Each(_) => None,
        };
        match (operation["operation"].as_str().unwrap_or("add").to_lowercase().as_str(), there) {
            ("remove", _) => field::take(judge.subject, name, body),
            ("add", Some(found)) if appends && !same(&found, value) => return Ok(false),
            ("add", Some(_)) => {}
            _ => field::put(judge.subject, name, value.clone(), body),
        }
    }
    Ok(true)
}
