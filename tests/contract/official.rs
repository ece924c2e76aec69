//! The published examples and schemas, read from the shared facts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// The folder of the facts; `None` (and says so) where it is not.
pub fn facts() -> Option<PathBuf> {
    let folder = std::env::var_os("RINGFENCE_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let arm = folder.join("facts/arm");
    if arm.join("README.md").exists() {
        return Some(arm);
    }
    println!("skipped: no shared facts (looked for {})", arm.display());
    None
}

/// A request that the owners of a type publish.
pub struct Example {
    pub arm_type: String,
    pub api_version: String,
    /// The file's name: how the tables of the tests call it.
    pub name: String,
    /// The id of what is written.
    pub id: String,
    pub body: Json,
}

/// The rows of a table, each by the names of its head.
pub fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let named =
        |line: &str| head.iter().zip(line.split('\t')).map(|(n, c)| ((*n).into(), c.into())).collect();
    lines.map(named).collect()
}

/// A JSON document.
pub fn json(path: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// All examples of PUT, in the order of the index.
pub fn puts(facts: &Path) -> Vec<Example> {
    let operations = table(&facts.join("operations.tsv"));
    let paths: BTreeMap<(&str, &str), &str> = operations
        .iter()
        .map(|o| ((o["arm_type"].as_str(), o["operation_id"].as_str()), o["path"].as_str()))
        .collect();
    let index = table(&facts.join("examples/index.tsv"));
    let puts = index.iter().filter(|row| row["method"] == "PUT");
    puts.map(|row| {
        let document = json(&facts.join(&row["file"]));
        let parameters = document["parameters"].as_object().unwrap();
        let path = paths[&(row["arm_type"].as_str(), row["operation_id"].as_str())];
        let objects: Vec<&Json> = parameters.values().filter(|v| v.is_object()).collect();
        let body = objects.iter().find(|b| b.get("properties").is_some()).or(objects.first());
        Example {
            arm_type: row["arm_type"].clone(),
            api_version: row["api_version"].clone(),
            name: row["file"].rsplit('/').next().unwrap().trim_end_matches(".json").to_owned(),
            id: subscribed(&filled(path, parameters)),
            body: in_a_subscription(body.unwrap()),
        }
    })
    .collect()
}

/// A path with the values of its parameters. A value may be a path itself.
fn filled(path: &str, parameters: &serde_json::Map<String, Json>) -> String {
    let segments = path.split('/').map(|segment| {
        let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else {
            return segment.to_owned();
        };
        let value = parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        // The services of a storage account have one name.
        let value = value.and_then(|(_, v)| v.as_str()).unwrap_or("default").trim_matches('/');
        // `parentResourcePath` stands for what a top-level resource has not.
        if value == "parentResourcePath" { String::new() } else { value.to_owned() }
    });
    let segments: Vec<String> = segments.filter(|s| !s.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

/// A text in which what stands for a name is one, and for a subscription a GUID: the examples write `subid`,
/// `{subscription-id}` and GUIDs that are too short.
fn subscribed(text: &str) -> String {
    // `{existing-nic-name}`: the braces are not part of a name.
    let text = &match text.contains('/') {
        true => text.replace(['{', '}'], ""),
        false => text.to_owned(),
    };
    let stands = STANDS_FOR.iter().find(|(known, _)| *known == text.as_str());
    let text = stands.map_or(text.as_str(), |(_, real)| real);
    let Some((before, rest)) = text.split_once("subscriptions/") else { return text.to_owned() };
    let (name, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let name = if uuid::Uuid::try_parse(name).is_ok() { name } else { SUBSCRIPTION };
    format!("{before}subscriptions/{name}{after}")
}

/// Further texts of the examples that are none of a kind, and one that is.
const STANDS_FOR: &[(&str, &str)] = &[
    ("location1", "eastus"),
    (
        "test-subnet-resource-id",
        "/subscriptions/subid/resourceGroups/testrg123/providers/Microsoft.Network/virtualNetworks/vnet/subnets/test",
    ),
    // Addresses of the subnets that are made.
    ("192.168.0.5", "10.255.255.5"),
    ("192.168.0.6", "10.255.255.6"),
    // No account may have capitals.
    (
        "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/accountcrud-1234/providers/Microsoft.Storage/storageAccounts/testStorageAccount",
        "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/accountcrud-1234/providers/Microsoft.Storage/storageAccounts/teststorageaccount",
    ),
];

/// The subscription of what names none.
pub const SUBSCRIPTION: &str = "99999999-9999-4999-8999-999999999999";

fn in_a_subscription(document: &Json) -> Json {
    match document {
        Json::String(text) => Json::String(subscribed(text)),
        Json::Array(items) => items.iter().map(in_a_subscription).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, value)| (subscribed(name), in_a_subscription(value))).collect()
        }
        other => other.clone(),
    }
}

/// The schema of a type's bodies at the version of the examples; `None`: none is published.
pub fn schema(facts: &Path, arm_type: &str) -> Option<Json> {
    let path = facts.join("types").join(format!("{}.json", arm_type.replace('/', ".")));
    path.exists().then(|| json(&path)).and_then(|document| document.get("body").cloned())
}

/// Every text of a document, names of members included.
pub fn texts<'a>(document: &'a Json, found: &mut Vec<&'a str>) {
    match document {
        Json::String(text) => found.push(text),
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(members) => members.iter().for_each(|(name, value)| {
            found.push(name);
            texts(value, found);
        }),
        _ => {}
    }
}
