//! `body` as it was written: an object of the language, or the text that `jsonencode` makes (azapi 1.x).

use crate::catalog::lens::Problem;
use crate::catalog::value::{argument, error};
use crate::lang::Value;

/// The configured body as a value, text taken apart; `None` where nothing is written.
pub(super) fn written(config: &Value) -> Option<Value> {
    let body = config.get("body").filter(|v| !v.is_null())?;
    let Some(text) = body.as_str() else { return Some(body.clone()) };
    // What is no JSON was told by `check_written`.
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(Value::from_json(&json).map_marks(&mut |m| m.union(&body.marks)))
}

/// What is wrong with the form of `body`. From 2.0 on azapi takes no text.
pub(super) fn check_written(config: &Value, major: u32) -> Option<Problem> {
    let body = config.get("body").filter(|v| !v.is_null() && !v.is_unknown())?;
    match body.as_str() {
        Some(_) if major >= 2 => {
            let detail = "The body is an object of the language; write it as it is, without `jsonencode`. (azapi 1.x took text: `version = \"~> 1.0\"` in `required_providers` asks for it.)";
            Some(error(argument("body"), "Invalid body", detail))
        }
        Some(text) => {
            let why = serde_json::from_str::<serde_json::Value>(text).err()?;
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
