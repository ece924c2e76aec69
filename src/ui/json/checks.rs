//! Results of conditions and checks, as documents carry them.

use serde_json::{Map, Value as Json, json};

use crate::plan::addr::{Key, Mode, ModulePath};

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A resource or data source, with its type and name.
    Resource(Mode, String, String),
    /// An output.
    Output(String),
    /// A `check` block.
    Check(String),
    /// An input variable.
    Variable(String),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All conditions hold.
    Pass,
    /// It cannot be said yet.
    Unknown,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
}

/// One object of what is checked.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its address.
    pub address: String,
    /// Its module instance.
    pub module: ModulePath,
    /// Its key.
    pub key: Option<Key>,
    /// How it ended.
    pub status: Status,
    /// The messages of what does not hold.
    pub problems: Vec<String>,
}

/// The conditions of one block.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is checked.
    pub what: Checked,
    /// In which module, without instance keys.
    pub module: String,
    /// Its instances.
    pub instances: Vec<Instance>,
}

/// The list as documents have it.
pub(super) fn checks(all: &[Check]) -> Json {
    Json::Array(all.iter().map(check).collect())
}

fn check(check: &Check) -> Json {
    let (kind, name, local) = match &check.what {
        Checked::Resource(mode, ty, name) => {
            let data = if *mode == Mode::Data { "data." } else { "" };
            ("resource", name, format!("{data}{ty}.{name}"))
        }
        Checked::Output(name) => ("output_value", name, format!("output.{name}")),
        Checked::Check(name) => ("check", name, format!("check.{name}")),
        Checked::Variable(name) => ("var", name, format!("var.{name}")),
    };
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
        address.insert("instance_key".into(), super::key(key));
    }
    if !instance.module.is_root() {
        address.insert("module".into(), instance.module.to_string().into());
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
