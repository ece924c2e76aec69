//! What everything that sends requests of a configuration's own wording shares: headers, query, retry, the path of an
//! action, and which actions only read.

use std::sync::Arc;

use super::place::split_type;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Problem, RequestExtras, RetryRule};
use crate::catalog::value::{argument, error, set, text};
use crate::lang::Value;

/// How the names of actions begin that change nothing: `listKeys`, `checkNameAvailability`, `getUpgradeProfile`.
const READING: [&str; 10] =
    ["list", "get", "check", "query", "validate", "test", "preview", "resolve", "show", "whatif"];

/// Does the action change nothing, by the rules that ARM's names follow? Without a name it is not known.
pub(super) fn reads(action: &str) -> bool {
    let last = action.trim_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    READING.iter().any(|verb| last.starts_with(verb))
}

/// The path of an action on a resource; without one the resource itself.
pub(super) fn path(id: &str, action: &str) -> String {
    match action.trim_matches('/') {
        "" => id.to_owned(),
        action => format!("{}/{action}", id.trim_end_matches('/')),
    }
}

/// The resource that `resource_id` names, judged by `type`; `Ok(None)` while one of them is unknown.
pub(super) fn on_resource(config: &Value) -> Result<Option<ArmId>, Problem> {
    let Some((kind, _)) = text(config, "type").and_then(split_type) else { return Ok(None) };
    let Some(written) = text(config, "resource_id") else {
        return match config.get("resource_id").is_none_or(Value::is_null) {
            true => {
                let detail = format!("`resource_id` must say on which `{kind}` the action is called.");
                Err(error(argument("resource_id"), "Missing resource id", detail))
            }
            false => Ok(None),
        };
    };
    let id = ArmId::parse(written)
        .map_err(|e| error(argument("resource_id"), "Invalid resource id", format!("{e}.")))?;
    if id.is_type(kind) {
        return Ok(Some(id));
    }
    let detail = format!("`{id}` is a `{}`, not a `{kind}`.", id.resource_type());
    Err(error(argument("resource_id"), "Resource id of the wrong type", detail))
}

/// Texts of a known list argument.
pub(super) fn texts(config: &Value, name: &str) -> Vec<Arc<str>> {
    let all = config.get(name).and_then(Value::as_sequence).unwrap_or_default();
    all.iter().filter_map(|v| v.as_str().map(Arc::from)).collect()
}

/// The entries of a known map argument.
pub(super) fn entries<'a>(config: &'a Value, name: &str) -> impl Iterator<Item = (&'a Arc<str>, &'a Value)> {
    config.get(name).and_then(Value::as_entries).into_iter().flatten()
}

/// `headers` and `query_parameters`, or those of one operation (`create_`).
pub(super) fn extras(config: &Value, operation: &str) -> RequestExtras {
    RequestExtras {
        headers: entries(config, &format!("{operation}headers"))
            .filter_map(|(n, v)| Some((n.clone(), v.as_str()?.into())))
            .collect(),
        query: entries(config, &format!("{operation}query_parameters"))
            .map(|(n, v)| {
                let values = v.as_sequence().unwrap_or_default();
                (n.clone(), values.iter().filter_map(|v| v.as_str().map(Arc::from)).collect())
            })
            .collect(),
    }
}

/// `retry`.
pub(super) fn retry(config: &Value) -> Option<RetryRule> {
    let retry = set(config, "retry")?;
    let number = |name: &str, default: f64| {
        retry.get(name).and_then(Value::as_number).map_or(default, crate::lang::Number::as_f64)
    };
    Some(RetryRule {
        patterns: texts(retry, "error_message_regex"),
        interval: number("interval_seconds", 10.0),
        max_interval: number("max_interval_seconds", 180.0),
        multiplier: number("multiplier", 1.5),
        randomization: number("randomization_factor", 0.5),
    })
}

/// What is wrong with `retry`.
pub(super) fn check_retry(config: &Value) -> Vec<Problem> {
    let patterns = set(config, "retry").map(|retry| texts(retry, "error_message_regex")).unwrap_or_default();
    let wrong = patterns.iter().filter_map(|pattern| regex::Regex::new(pattern).err());
    wrong.map(|why| error(argument("retry"), "Invalid regular expression", format!("{why}."))).collect()
}

/// An argument whose text must be one of these.
pub(super) fn one_of(config: &Value, name: &str, known: &[&str]) -> Option<Problem> {
    let written = text(config, name).filter(|w| !known.contains(w))?;
    let detail = format!("`{written}` is not a value of `{name}`: one of {} is expected.", known.join(", "));
    Some(error(argument(name), format!("Invalid {name}"), detail))
}
