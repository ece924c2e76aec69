//! What is in a world, for people and for tests.

use super::registry;
use super::world::World;
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What is in a world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Living resources, all of them (resource groups and implied ones too).
    pub resources: usize,
    /// How many of them nobody sent: a service brought them along.
    pub implied: usize,
    /// Living resources by type.
    pub by_type: BTreeMap<String, usize>,
    /// Names of the resource groups.
    pub resource_groups: Vec<String>,
    /// The soft-deleted.
    pub soft_deleted: Vec<SoftDeleted>,
    /// Operations that run.
    pub running: Vec<Running>,
}

/// A soft-deleted resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftDeleted {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The id it had.
    pub id: String,
    /// When it goes for good.
    pub purged_on: String,
    /// True if it cannot be purged before.
    pub purge_protected: bool,
}

/// An operation that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// What it works on.
    pub target: String,
    /// What it does: `put`, `patch`, `delete`, `purge`, or the verb of an action.
    pub verb: String,
    /// Seconds of the world until it ends.
    pub seconds_left: u64,
}

/// Counts what is there.
pub fn summary(world: &World) -> Summary {
    let mut by_type: BTreeMap<String, usize> = BTreeMap::new();
    let mut resource_groups = Vec::new();
    let (mut resources, mut implied) = (0, 0);
    for document in world.documents() {
        resources += 1;
        implied += usize::from(document.owner.is_some());
        *by_type.entry(document.type_name.clone()).or_default() += 1;
        if document.type_name == "Microsoft.Resources/resourceGroups" {
            resource_groups.push(document.name().to_owned());
        }
    }
    let soft_deleted = world
        .gone
        .iter()
        .map(|(_, gone)| SoftDeleted {
            name: gone.document.name().to_owned(),
            type_name: gone.document.type_name.clone(),
            id: gone.document.id.clone(),
            purged_on: super::world::iso(gone.purge_ms),
            purge_protected: gone.protected,
        })
        .collect();
    let running = world
        .operations
        .iter()
        .filter(|(_, operation)| operation.outcome.is_none())
        .map(|(_, operation)| Running {
            target: operation.target.clone(),
            verb: operation.verb.clone(),
            seconds_left: operation.end_ms.saturating_sub(world.now_ms).div_ceil(1000),
        })
        .collect();
    Summary { resources, implied, by_type, resource_groups, soft_deleted, running }
}

/// The world as JSON that two runs of one story have in common: documents and soft-deleted ones by id in lower case;
/// GUIDs and times are replaced, write-only properties are there.
pub fn world_json(world: &World) -> Value {
    let mut documents = Map::new();
    for document in world.documents() {
        documents.insert(even(&document.key()), even_value(&document.body));
    }
    let mut gone = Map::new();
    for (key, entry) in world.gone.iter() {
        gone.insert(even(key), even_value(&entry.document.body));
    }
    serde_json::json!({ "documents": documents, "softDeleted": gone })
}

fn even_value(value: &Value) -> Value {
    match value {
        Value::String(text) => even(text).into(),
        Value::Array(items) => items.iter().map(even_value).collect(),
        Value::Object(object) => {
            // A read-only order of properties says nothing.
            let sorted: BTreeMap<String, Value> =
                object.iter().map(|(name, value)| (even(name), even_value(value))).collect();
            sorted.into_iter().collect()
        }
        other => other.clone(),
    }
}

fn even(text: &str) -> String {
    static PATTERNS: OnceLock<[(Regex, &str); 2]> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| {
        let pattern =
            |text: &str| Regex::new(text).unwrap_or_else(|error| unreachable!("fixed pattern: {error}"));
        [
            (pattern(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<guid>"),
            (pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
        ]
    });
    patterns
        .iter()
        .fold(text.to_owned(), |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

/// Types that have a row of their own, for the documentation.
pub fn known_types() -> Vec<&'static str> {
    let mut types: Vec<&'static str> = registry::rows().map(|rules| rules.type_name).collect();
    types.sort_unstable();
    types
}
