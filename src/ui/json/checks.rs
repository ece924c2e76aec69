//! Results of conditions and checks, as documents carry them.

use serde_json::{Map, Value as Json, json};

use crate::plan::addr::Mode;
use crate::plan::checks::{Check, Checked, Instance, Status};

/// The list as documents have it.
pub(super) fn checks(all: &[Check]) -> Json {
    Json::Array(all.iter().map(check).collect())
}

fn check(check: &Check) -> Json {
    let (kind, name) = match &check.what {
        Checked::Resource(_, _, name) => ("resource", name),
        Checked::Output(name) => ("output_value", name),
        Checked::Check(name) => ("check", name),
        Checked::Variable(name) => ("var", name),
    };
    let local = check.what.local();
    let mut address = Map::new();
    address.insert("kind".into(), kind.into());
    if let Checked::Resource(mode, ..) = &check.what {
        address.insert("mode".into(), if *mode == Mode::Data { "data" } else { "managed" }.into());
    }
    if !check.module.is_empty() {
        address.insert("module".into(), check.module.as_str().into());
    }
    address.insert("name".into(), name.as_str().into());
    let display = if check.module.is_empty() { local } else { format!("{}.{local}", check.module) };
    address.insert("to_display".into(), display.into());
    if let Checked::Resource(_, ty, _) = &check.what {
        address.insert("type".into(), ty.as_str().into());
    }
    let status = check.instances.iter().map(|i| i.status).max().unwrap_or(Status::Pass);
    let mut out = json!({"address": address, "status": word(status)});
    if !check.instances.is_empty() {
        out["instances"] = check.instances.iter().map(instance).collect();
    }
    out
}

fn instance(instance: &Instance) -> Json {
    let mut address = Map::new();
    if let Some(key) = &instance.key {
        address.insert("instance_key".into(), key.clone());
    }
    if !instance.module.is_empty() {
        address.insert("module".into(), instance.module.as_str().into());
    }
    address.insert("to_display".into(), instance.address.as_str().into());
    let mut out = json!({"address": address, "status": word(instance.status)});
    if !instance.problems.is_empty() {
        out["problems"] = instance.problems.iter().map(|m| json!({"message": m})).collect();
    }
    out
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Unknown => "unknown",
        Status::Fail => "fail",
        Status::Error => "error",
    }
}
