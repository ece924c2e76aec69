//! How faithful the local cloud is, type by type: what its rows and schemas say, for the documentation.

use std::collections::BTreeMap;

use super::registry;
use super::rules::{Shape, TypeRules, Unique};
use super::schema;

/// How much of a type is as Azure has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Faithful {
    /// Its body is judged; it lives as any resource does.
    Body,
    /// Its operations, codes and durations are its own; any body is taken.
    Life,
    /// Both.
    LifeAndBody,
    /// Both, and it does what the service does: refuses, fills in, brings along, changes what it is connected with.
    Behaviour,
}

/// What the local cloud knows of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// How much.
    pub faithful: Faithful,
    /// Versions at which bodies are judged.
    pub versions: Vec<&'static str>,
    /// Seconds of create, update and delete; none without a row of its own.
    pub seconds: Option<[f64; 3]>,
    /// What it does, in words.
    pub does: Vec<String>,
}

/// Every type with a row or a schema, by its name.
pub fn types() -> BTreeMap<String, Described> {
    let mut all: BTreeMap<String, Described> = BTreeMap::new();
    for (name, versions) in schema::types() {
        all.insert(name, Described { faithful: Faithful::Body, versions, seconds: None, does: Vec::new() });
    }
    for rules in registry::rows() {
        let known = all.keys().find(|name| name.eq_ignore_ascii_case(rules.type_name)).cloned();
        let schema = known.and_then(|name| all.remove(&name)).map(|described| described.versions);
        let acts = rules.normalise.is_some() || rules.view.is_some() || rules.completed.is_some();
        let faithful = match (&schema, acts || !rules.actions.is_empty()) {
            (Some(_), true) => Faithful::Behaviour,
            (Some(_), false) => Faithful::LifeAndBody,
            (None, _) => Faithful::Life,
        };
        let seconds = Some([rules.seconds.create, rules.seconds.update, rules.seconds.delete]);
        let versions = schema.unwrap_or_default();
        all.insert(rules.type_name.to_owned(), Described { faithful, versions, seconds, does: does(rules) });
    }
    all
}

fn does(rules: &TypeRules) -> Vec<String> {
    let mut all = vec![answers(&rules.put).to_owned()];
    let mut say = |holds: bool, what: &str| {
        if holds {
            all.push(what.to_owned());
        }
    };
    say(rules.name.is_some(), "judges names");
    say(matches!(rules.unique, Unique::Global { .. }), "names are unique in Azure");
    say(!rules.references.is_empty(), "wants what it refers to");
    say(!rules.immutable.is_empty(), "refuses changes of what is fixed");
    say(!rules.defaults.is_empty() || rules.normalise.is_some(), "fills in");
    say(rules.written.is_some() || rules.completed.is_some(), "brings along");
    say(rules.view.is_some(), "shows what refers to it");
    say(rules.may_delete.is_some() || rules.refuse_nested, "keeps what is in use");
    say(rules.serial, "one write at a time");
    say(rules.soft_delete.is_some(), "soft delete");
    if !rules.actions.is_empty() {
        let names: Vec<String> = rules.actions.iter().map(|action| format!("`{}`", action.name)).collect();
        all.push(names.join(", "));
    }
    all
}

/// How a PUT is answered.
fn answers(shape: &Shape) -> &'static str {
    match (shape.synchronous, shape.async_url.is_some(), shape.location_url.is_some()) {
        (true, ..) => "at once",
        (_, true, true) => "operation at both headers",
        (_, true, false) => "operation at `Azure-AsyncOperation`",
        (_, false, true) => "operation at `Location`",
        (_, false, false) => "operation seen at the resource",
    }
}
