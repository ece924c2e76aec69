//! A world from exported JSON: resources as Azure answers them become documents, without having been written here.
//!
//! What was exported holds; what it does not say is filled in as if the resource had just been made.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::Engine;
use super::groups::GROUP;
use super::write::{Draft, rules_name};
use crate::localcloud::id::ResourceId;
use crate::localcloud::registry;
use crate::localcloud::rules::{Written, at, merge, remove};
use crate::localcloud::world::Document;

/// What a seed came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Resources that are there now.
    pub resources: usize,
    /// Ids of what could not be put there, and why.
    pub refused: Vec<(String, String)>,
}

/// Properties of a resource that are its own; a query's other columns are not.
const OWN: &[&str] = &[
    "extendedLocation",
    "identity",
    "kind",
    "location",
    "managedBy",
    "plan",
    "properties",
    "sku",
    "tags",
    "zones",
];

/// The resources of an export: an array, or the answer of a list (`value`) or a query (`data`), or a single one.
fn resources(exported: Value) -> Result<Vec<Value>, String> {
    let items = match exported {
        Value::Array(items) => items,
        Value::Object(mut object) => {
            let list = ["value", "data", "resources"].iter().find_map(|name| match object.get_mut(*name) {
                Some(Value::Array(items)) => Some(std::mem::take(items)),
                _ => None,
            });
            list.unwrap_or_else(|| vec![Value::Object(object)])
        }
        _ => return Err("a list of resources is expected".to_owned()),
    };
    match items.iter().position(|item| !item["id"].is_string()) {
        Some(at) if items[at].get("apiVersion").is_some() => Err(format!(
            "item {} is a resource of a template: export resources as Azure answers them (az resource show, az graph query)",
            at + 1
        )),
        Some(at) => Err(format!("item {} has no id", at + 1)),
        None => Ok(items),
    }
}

/// Moves everything to another subscription: ids in values and in keys.
fn moved(value: Value, subscription: &str) -> Value {
    static ID: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").ok());
    let text = |text: String| match ID.as_ref().and_then(|id| id.find(&text)) {
        Some(found) => format!("/subscriptions/{subscription}{}", &text[found.end()..]),
        None => text,
    };
    match value {
        Value::String(string) => text(string).into(),
        Value::Array(items) => items.into_iter().map(|item| moved(item, subscription)).collect(),
        Value::Object(object) => {
            object.into_iter().map(|(name, value)| (text(name), moved(value, subscription))).collect()
        }
        other => other,
    }
}

impl Engine {
    /// Puts exported resources into the world, in the order in which they can be.
    ///
    /// # Errors
    /// If it is no export.
    pub(in crate::localcloud) fn seed(&mut self, exported: Value) -> Result<Seeded, String> {
        let subscription = self.world.subscription().to_owned();
        let items = resources(exported)?;
        let mut open = Vec::new();
        let mut seeded = Seeded::default();
        for item in items {
            let item = moved(item, &subscription);
            let written = item["id"].as_str().unwrap_or_default();
            match ResourceId::parse(written) {
                Some(id) => open.push((id, item)),
                None => seeded.refused.push((written.to_owned(), "it is no id of a resource".to_owned())),
            }
        }
        open.sort_by_key(|(id, _)| id.as_str().matches('/').count());
        let kinds: HashSet<String> = open.iter().map(|(id, _)| id.type_name().to_lowercase()).collect();
        for (id, item) in &open {
            if let Some(group) = id.resource_group_id().filter(|group| self.world.get(group.key()).is_none())
            {
                let at = open
                    .iter()
                    .find(|(id, _)| *id == group)
                    .map_or(&item["location"], |(_, group)| &group["location"]);
                let body =
                    serde_json::json!({"location": at, "properties": {"provisioningState": "Succeeded"}});
                self.world.put_implied(&group, GROUP, body, None);
            }
        }
        self.keep().map_err(|error| error.to_string())?;
        // What refers to something that comes later in the export is tried again once that is there.
        loop {
            let (before, mut left) = (open.len(), Vec::new());
            let mut refused = Vec::new();
            for (id, item) in open {
                match self.plant(&id, &item, &kinds) {
                    Ok(()) => seeded.resources += 1,
                    Err(why) => {
                        self.world.roll_back();
                        refused.push((id.to_string(), why));
                        left.push((id, item));
                        continue;
                    }
                }
                self.keep().map_err(|error| error.to_string())?;
            }
            if left.is_empty() || left.len() == before {
                seeded.refused.extend(refused);
                return Ok(seeded);
            }
            open = left;
        }
    }

    fn plant(&mut self, id: &ResourceId, item: &Value, kinds: &HashSet<String>) -> Result<(), String> {
        let said = |failure: crate::localcloud::ArmFailure| format!("{}: {}", failure.code, failure.message);
        let mut sent = Map::new();
        for name in OWN {
            if let Some(value) =
                item.get(*name).filter(|value| !value.is_null() && value.as_str() != Some(""))
            {
                sent.insert((*name).to_owned(), value.clone());
            }
        }
        let mut sent = Value::Object(sent);
        if id.type_name().eq_ignore_ascii_case(GROUP) {
            let location = item["location"].as_str().unwrap_or_default();
            sent["location"] = crate::localcloud::tables::normalised(location).into();
            self.world.put_implied(id, GROUP, sent, None);
            return Ok(());
        }
        let rules = registry::rules(&id.type_name());
        self.gate_parent(id, true).map_err(said)?;
        let id = self.canonical(id, rules);
        let version = item["apiVersion"].as_str().unwrap_or_default();
        let is_new = self.world.get(id.key()).is_none();
        let before: HashSet<String> = self.world.documents().map(Document::key).collect();
        let draft = Draft { id: id.clone(), rules, api_version: version, sent: sent.clone(), patch: false };
        self.store(&draft).map_err(said)?;
        let location =
            self.world.get(id.key()).map(|document| document.location().to_owned()).unwrap_or_default();
        let written = Written {
            id: id.clone(),
            is_new,
            recovered: false,
            location,
            api_version: version.to_owned(),
            before: None,
        };
        for hook in [rules.written, rules.completed].into_iter().flatten() {
            hook(&mut self.world, &written).map_err(said)?;
        }
        // What a service brings along is in the export, if anything of its kind is.
        let brought: Vec<String> = self
            .world
            .documents()
            .filter(|d| !before.contains(&d.key()) && d.owner.is_some())
            .filter(|d| kinds.contains(&d.type_name.to_lowercase()))
            .map(Document::key)
            .collect();
        for key in brought {
            self.world.remove(&key);
        }
        self.set_state(&id, rules, "Succeeded", None);
        let Some(mut document) = self.world.get(id.key()).cloned() else { return Ok(()) };
        for inline in rules.inline {
            remove(&mut sent, inline.path);
        }
        merge(&mut document.body, &sent);
        document.type_name = rules_name(rules, &id);
        let owner = at(item, "properties.privateEndpoint.id")
            .or_else(|| item.get("managedBy"))
            .and_then(Value::as_str);
        document.owner = owner.filter(|owner| !owner.is_empty()).map(str::to_lowercase);
        self.world.put(document);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn exports_of_every_shape_are_read() {
        let one = json!({"id": "/subscriptions/s/resourceGroups/g"});
        for exported in
            [json!([one]), json!({"value": [one]}), json!({"data": [one], "count": 1}), one.clone()]
        {
            assert_eq!(resources(exported), Ok(vec![one.clone()]));
        }
        assert!(resources(json!("x")).is_err() && resources(json!([{"name": "x"}])).is_err());
        let template = json!({"$schema": "s", "resources": [{"type": "t", "apiVersion": "v", "name": "n"}]});
        assert!(resources(template).unwrap_err().contains("template"));
    }

    #[test]
    fn ids_move_to_the_subscription_of_the_world_and_nothing_else_does() {
        let id = "/SUBSCRIPTIONS/11111111-1111-1111-1111-111111111111/resourceGroups/g";
        let value =
            json!({"a": id, id: ["/providers/x", "see /subscriptions/11111111-1111-1111-1111-111111111111"]});
        let wanted = json!({"a": "/subscriptions/s/resourceGroups/g", "/subscriptions/s/resourceGroups/g":
            ["/providers/x", "see /subscriptions/11111111-1111-1111-1111-111111111111"]});
        assert_eq!(moved(value, "s"), wanted);
    }
}
