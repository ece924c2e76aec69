//! What `output` shows of an answer: by `response_export_values`, or all that the body did not say.

use std::sync::Arc;

use super::jmespath;
use crate::catalog::lens::{Problem, ProviderConfig};
use crate::catalog::value::{argument, at, error, flag, put};
use crate::lang::{Entries, Kind, Type, Value};

/// Properties that change without anybody changing the resource, or that say nothing about it.
const VOLATILE: &[&str] =
    &["etag", "systemdata", "provisioningstate", "lastmodifiedtime", "updatedat", "updatedon"];

/// What is wrong with `response_export_values`, or with `sensitive_response_export_values`.
pub(super) fn check(name: &str, wanted: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let path = || argument(name);
    match &wanted.kind {
        Kind::Null(_) | Kind::Unknown(_) => {}
        Kind::Map(_, all) | Kind::Object(all) => {
            for (name, query) in all.iter() {
                if let Some(query) = query.as_str()
                    && let Err(why) = jmespath::parse(query)
                {
                    let detail = format!(
                        "`{query}`, the query for `{name}`, is not a JMESPath query that is known here: {why}."
                    );
                    problems.push(error(path(), "Invalid query", detail));
                }
            }
        }
        _ if wanted.as_sequence().is_some() => {}
        _ => problems.push(error(
            path(),
            "Invalid export values",
            format!(
                "A list of paths or a map of JMESPath queries is expected, not {}.",
                wanted.ty().friendly_name()
            ),
        )),
    }
    problems
}

/// The value of `output`. `document` is what ARM answers (`None`: nothing yet); with `new`, the document does not
/// exist and what it lacks will only be known when it does. `by_default` is off with `disable_default_output`.
pub(super) fn export(
    wanted: Option<&Value>,
    document: Option<&Value>,
    body: &Value,
    new: bool,
    by_default: bool,
) -> Value {
    let unknown = || Value::unknown(Type::Dynamic);
    let wanted = wanted.filter(|w| !w.is_null());
    let nothing = Value::object::<Arc<str>>([]);
    let Some(wanted) = wanted else {
        return match (by_default, new, document) {
            (false, ..) => Value::null(Type::Dynamic),
            (_, true, _) => unknown(),
            (_, false, Some(document)) => rest(document, body).unwrap_or(nothing),
            (_, false, None) => nothing,
        };
    };
    if wanted.is_unknown() {
        return unknown();
    }
    let document = document.unwrap_or(&nothing);
    if let Some(queries) = wanted.as_entries() {
        return Value::object(queries.iter().map(|(name, query)| {
            let value = match query.as_str().map(jmespath::parse) {
                Some(Ok(query)) => jmespath::evaluate(&query, document),
                _ => unknown(),
            };
            (name.clone(), if new && value.is_null() { unknown() } else { value })
        }));
    }
    let paths: Vec<&str> =
        wanted.as_sequence().unwrap_or_default().iter().filter_map(Value::as_str).collect();
    if paths.contains(&"*") {
        return if new { unknown() } else { document.clone() };
    }
    let mut out: Entries = Entries::new();
    for path in paths {
        let steps: Vec<&str> = path.split('.').collect();
        match at(document, &steps) {
            Some(value) => put(&mut out, &steps, value.clone()),
            None if new => put(&mut out, &steps, unknown()),
            None => {}
        }
    }
    Value::object(out)
}

/// `output` of a data source as the provider's major version spells it: until 2.0 as JSON text, unless the provider says
/// `enable_hcl_output_for_data_source`.
pub(super) fn of_data(output: Value, provider: &ProviderConfig) -> Value {
    match provider.major < 2 && flag(&provider.config, "enable_hcl_output_for_data_source") != Some(true) {
        true => as_text(output),
        false => output,
    }
}

/// `output` of a resource: JSON text for whom wrote the body as text (as azapi 1.13 to 1.15 do).
pub(super) fn of_resource(output: Value, config: &Value) -> Value {
    let text = config.get("body").is_some_and(|b| b.as_str().is_some());
    if text { as_text(output) } else { output }
}

/// A value as JSON text; unknown while a part of it is.
pub(super) fn as_text(value: Value) -> Value {
    let marks = value.deep_marks();
    match value.to_json() {
        Some(json) => Value::from(json.to_string()).marked(&marks),
        None => Value::unknown(Type::String).marked(&marks),
    }
}

/// What a document holds beyond the configured body, without what is volatile; `None` if that is nothing.
fn rest(document: &Value, body: &Value) -> Option<Value> {
    let Some(entries) = document.as_entries() else {
        return body.is_null().then(|| document.clone());
    };
    let configured = body.as_entries();
    let kept: Entries = entries
        .iter()
        .filter(|(name, _)| !VOLATILE.contains(&name.to_ascii_lowercase().as_str()))
        .filter_map(|(name, value)| {
            let said = configured.and_then(|c| c.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)));
            let left = match said {
                None => Some(value.clone()),
                Some((_, said)) if said.as_entries().is_some() => rest(value, said),
                Some(_) => None,
            };
            Some((name.clone(), left?))
        })
        .collect();
    (!kept.is_empty()).then(|| Value::object(kept))
}
