//! `azapi_resource_action`: a request that is sent once, when the object is made (or goes), and again when what it sends
//! changes. Nothing of it is read back from Azure: the object of the ledger is its memory.

use std::sync::Arc;

use super::place::{check_type, split_type};
use super::request::{self, check_retry, on_resource, one_of};
use super::schema::ACTION;
use super::{body, output};
use crate::catalog::lens::{Call, LocalPlan, LocalType, Occasion, Problem};
use crate::catalog::value::{argument, error, flag, merge, same, set, text};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Entries, Marks, PathStep, Type, Value};

/// `azapi_resource_action`.
pub(super) struct ResourceAction;

/// Arguments whose change means a new object.
const REPLACING: [&str; 2] = ["resource_id", "action"];
/// Arguments that say how, not what is sent: their change sends nothing.
const SILENT: [&str; 4] = ["timeouts", "retry", "locks", "sensitive_body"];

fn take(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// Does the action run when the object is made, not when it goes?
fn runs_at_once(config: &Value) -> bool {
    text(config, "when") != Some("destroy")
}

/// Is there anything new to send?
fn sends(prior: &Value, config: &Value) -> bool {
    let arguments = ACTION.attributes.iter().filter(|a| a.is_argument());
    let mut names = arguments.map(|a| a.name.as_str()).filter(|n| !SILENT.contains(n));
    names.any(|name| !same(&take(prior, name), &take(config, name))) || secret_changed(prior, config)
}

/// Is `sensitive_body` another one than was sent? Where versions are written, they tell.
fn secret_changed(prior: &Value, config: &Value) -> bool {
    if set(config, "sensitive_body_version").is_some() {
        return false;
    }
    !same(&take(prior, "sensitive_body"), &take(config, "sensitive_body"))
}

/// The arguments with their defaults, secrets left out, and what is computed from `from`, else unknown.
fn object(config: &Value, from: Option<&Value>) -> Value {
    let mut all: Entries = config.as_entries().cloned().unwrap_or_default();
    all.insert("sensitive_body".into(), Value::null(Type::Dynamic));
    let mut default = |name: &str, value: &str| {
        if all.get(name).is_none_or(Value::is_null) {
            all.insert(name.into(), value.into());
        }
    };
    default("method", "POST");
    default("when", "apply");
    let id = on_resource(config).ok().flatten();
    let named = config.get("action").filter(|a| a.is_unknown()).is_none();
    let id = id.filter(|_| named).map_or_else(
        || Value::unknown_not_null(Type::String),
        |id| request::path(id.as_str(), text(config, "action").unwrap_or_default()).into(),
    );
    all.insert("id".into(), id);
    for (name, ty) in [("exist", Type::Bool), ("output", Type::Dynamic), ("sensitive_output", Type::Dynamic)]
    {
        let value = match from {
            Some(from) => take(from, name),
            None if runs_at_once(config) => Value::unknown(ty),
            None => Value::null(ty),
        };
        all.insert(name.into(), value);
    }
    Value::object(all)
}

impl LocalType for ResourceAction {
    fn schema(&self) -> Arc<ResourceSchema> {
        ACTION.clone()
    }

    fn check(&self, config: &Value) -> Vec<Problem> {
        let mut problems = check_type(config);
        problems.extend(on_resource(config).err());
        problems.extend(one_of(config, "method", &["POST", "PATCH", "PUT", "DELETE", "GET", "HEAD"]));
        problems.extend(one_of(config, "when", &["apply", "destroy"]));
        // Which version is asked for is not known here.
        problems.extend(body::check_written(config, 1));
        problems.extend(check_retry(config));
        for name in ["response_export_values", "sensitive_response_export_values"] {
            problems.extend(config.get(name).into_iter().flat_map(|wanted| output::check(name, wanted)));
        }
        if !runs_at_once(config) && config.get("sensitive_body").is_some_and(|b| !b.is_null()) {
            let detail = "`sensitive_body` is not kept, so it is not there any more when an action with `when = \"destroy\"` is called.";
            problems.push(error(argument("sensitive_body"), "Invalid configuration", detail));
        }
        problems
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        let Some(prior) = prior else {
            return LocalPlan { planned: object(config, None), replace: Vec::new() };
        };
        let kept = object(config, Some(prior));
        let mut replace: Vec<Vec<PathStep>> = REPLACING
            .iter()
            .filter(|name| !same(&take(prior, name), &take(config, name)))
            .map(|name| argument(name))
            .collect();
        let kind = |of: &Value| text(of, "type").and_then(split_type).map(|(k, _)| k.to_ascii_lowercase());
        if kind(prior) != kind(config) {
            replace.push(argument("type"));
        }
        let again = runs_at_once(config) && sends(prior, &with_secret(&kept, config));
        LocalPlan { planned: if again { object(config, None) } else { kept }, replace }
    }

    fn apply(&self, prior: Option<&Value>, planned: &Value, _: &mut dyn FnMut(&mut [u8]), _: &str) -> Value {
        // What is still unknown comes with the answer; where nothing is sent, what was there stays.
        let mut all = planned.as_entries().cloned().unwrap_or_default();
        for (name, value) in all.iter_mut().filter(|(_, value)| value.is_unknown()) {
            *value = prior.map_or_else(|| Value::null(Type::Dynamic), |prior| take(prior, name));
        }
        Value::object(all)
    }

    fn in_cloud(&self) -> bool {
        true
    }

    fn timeouts(&self) -> [u32; 4] {
        [30, 5, 30, 30]
    }

    fn call(&self, prior: Option<&Value>, config: &Value, occasion: Occasion) -> Option<Call> {
        let config = with_secret(&object(config, None), config);
        match (occasion, runs_at_once(&config)) {
            (Occasion::Made, true) if prior.is_none_or(|prior| sends(prior, &config)) => {}
            (Occasion::Removed, false) => {}
            _ => return None,
        }
        let id = on_resource(&config).ok().flatten()?;
        let (_, version) = text(&config, "type").and_then(split_type)?;
        let written = body::written(&config);
        let secret = set(&config, "sensitive_body").map(|secret| {
            let secret = body::due(secret, &config, prior);
            secret.map_marks(&mut |m| m.union(&Marks::sensitive()))
        });
        let body = match (written, secret) {
            (Some(body), Some(secret)) => Some(merge(&body, &secret)),
            (body, secret) => body.or(secret),
        };
        Some(Call {
            method: text(&config, "method").unwrap_or("POST").into(),
            path: request::path(id.as_str(), text(&config, "action").unwrap_or_default()).into(),
            api_version: version.into(),
            body,
            extras: request::extras(&config, ""),
            retry: request::retry(&config),
            locks: request::texts(&config, "locks"),
            may_miss: flag(&config, "ignore_not_found") == Some(true),
            on: id,
        })
    }

    fn answered(&self, object: &Value, answer: Option<&Value>) -> Value {
        let mut all = object.as_entries().cloned().unwrap_or_default();
        let nothing = Value::object::<Arc<str>>([]);
        let export = |name: &str| match set(object, name) {
            Some(wanted) => output::export(Some(wanted), answer, &nothing, false, false),
            None => nothing.clone(),
        };
        all.insert("output".into(), output::of_resource(export("response_export_values"), object));
        let secret = export("sensitive_response_export_values").marked(&Marks::sensitive());
        all.insert("sensitive_output".into(), secret);
        all.insert("exist".into(), answer.is_some().into());
        Value::object(all)
    }
}

/// An object with the secret that the configuration sends.
fn with_secret(object: &Value, config: &Value) -> Value {
    let mut all = object.as_entries().cloned().unwrap_or_default();
    all.insert("sensitive_body".into(), take(config, "sensitive_body"));
    Value::object(all)
}
