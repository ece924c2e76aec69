//! What is in a world, for people and for tests.

use super::world::{Document, World};
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
    /// Living resources, each with what is in it and on it.
    pub tree: Vec<Branch>,
    /// Living resources by type.
    pub by_type: BTreeMap<String, usize>,
    /// Names of the resource groups.
    pub resource_groups: Vec<String>,
    /// The soft-deleted.
    pub soft_deleted: Vec<SoftDeleted>,
    /// Operations that run.
    pub running: Vec<Running>,
}

/// A resource with what is in it and on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// True: nobody sent it, a service brought it along.
    pub implied: bool,
    /// What is nested in it, or extends it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
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
    for document in world.alive() {
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
    let tree = branches(&mut inside(world), "");
    Summary { resources, implied, tree, by_type, resource_groups, soft_deleted, running }
}

/// The documents by what holds them: the key of the resource that they are in or on, `""` for none that is there.
fn inside(world: &World) -> BTreeMap<String, Vec<&Document>> {
    let mut inside: BTreeMap<String, Vec<&Document>> = BTreeMap::new();
    for document in world.alive() {
        let scope = document.resource_id().scope().filter(|scope| world.get(scope.key()).is_some());
        inside
            .entry(scope.map_or_else(String::new, |scope| scope.key().to_owned()))
            .or_default()
            .push(document);
    }
    inside
}

fn branches(inside: &mut BTreeMap<String, Vec<&Document>>, key: &str) -> Vec<Branch> {
    let documents = inside.remove(key).unwrap_or_default();
    let mut all: Vec<Branch> = documents
        .into_iter()
        .map(|document| Branch {
            name: document.name().to_owned(),
            type_name: document.type_name.clone(),
            implied: document.owner.is_some(),
            branches: branches(inside, &document.key()),
        })
        .collect();
    all.sort_by(|a, b| (&a.type_name, &a.name).cmp(&(&b.type_name, &b.name)));
    all
}

/// The world as JSON that two runs of one story have in common: documents and soft-deleted ones by id in lower case;
/// GUIDs and times are replaced, write-only properties are there, what nobody sent is not.
pub fn world_json(world: &World) -> Value {
    let mut documents = Map::new();
    for document in world.sent() {
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
