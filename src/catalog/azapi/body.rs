//! `body` as it was written: an object of the language, or the text that `jsonencode` makes (azapi 1.x).

use crate::catalog::lens::Problem;
use crate::catalog::value::{argument, at, error, merge, put, same, set, warning};
use crate::lang::{Entries, Marks, Value};

/// The configured body as a value, text taken apart; `None` where nothing is written.
pub(super) fn written(config: &Value) -> Option<Value> {
    let body = config.get("body").filter(|v| !v.is_null())?;
    let Some(text) = body.as_str() else { return Some(body.clone()) };
    // What is no JSON was told by `check_written`.
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Value::from_json(&json).map_marks(&mut |m| m.union(&body.marks)))
}

/// What is wrong with the form of `body`. From 2.0 on azapi takes no text; here it is told, and taken.
pub(super) fn check_written(config: &Value, major: u32) -> Option<Problem> {
    let body = config.get("body").filter(|v| !v.is_null() && !v.is_unknown())?;
    match body.as_str() {
        Some(text) => {
            let Some(why) = serde_json::from_str::<serde_json::Value>(text).err() else {
                let detail = "azapi 2 takes objects of the language only: write the body without `jsonencode`, and use `output` without `jsondecode`.";
                return (major >= 2).then(|| warning(argument("body"), "Body as text", detail));
            };
            let detail = format!(
                "The body is text that is no JSON: {why}. Write an object of the language, or `jsonencode` of one."
            );
            Some(error(argument("body"), "Invalid body", detail))
        }
        None if body.as_entries().is_some() || body.as_sequence().is_some() => None,
        None => {
            let detail = format!("The body is an object, not {}.", body.ty().friendly_name());
            Some(error(argument("body"), "Invalid body", detail))
        }
    }
}

/// The body with `sensitive_body` laid over it, marked.
pub(super) fn with_secret(body: Value, config: &Value) -> Value {
    match set(config, "sensitive_body") {
        Some(secret) => merge(&body, &secret.map_marks(&mut |m| m.union(&Marks::sensitive()))),
        None => body,
    }
}

/// The body as it is shown: as it was written, with what the document has at the written paths.
pub(super) fn shown(config: &Value, fill: impl FnOnce(&Value) -> Value) -> Option<Value> {
    let given = config.get("body").filter(|v| !v.is_null())?;
    if given.as_str().is_none() {
        return Some(fill(given));
    }
    let Some(written) = written(config) else { return Some(given.clone()) };
    let filled = fill(&written);
    Some(if same(&written, &filled) { given.clone() } else { super::output::as_text(filled) })
}

/// What of `sensitive_body` is due: all of it, or with `sensitive_body_version` the paths whose version is another one
/// than in `prior`, which may be nothing.
pub(super) fn due(secret: &Value, config: &Value, prior: Option<&Value>) -> Value {
    let versions = |of: &Value| of.get("sensitive_body_version").and_then(Value::as_entries).cloned();
    let (Some(wanted), Some(prior)) = (versions(config), prior) else { return secret.clone() };
    let known = versions(prior).unwrap_or_default();
    let mut due = Entries::new();
    for (path, version) in &wanted {
        if known.get(path).is_some_and(|old| same(old, version)) {
            continue;
        }
        let steps: Vec<&str> = path.split('.').collect();
        if let Some(part) = at(secret, &steps) {
            put(&mut due, &steps, part.clone());
        }
    }
    Value::object(due)
}
