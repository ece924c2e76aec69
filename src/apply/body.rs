//! Bodies of requests: what is live, what is claimed, what must be sent.
//!
//! Pure: JSON in, JSON out. Must not know: HTTP, whose claims these are.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::catalog::{BodyPath, ClaimOptions, FactNode};
use crate::lang::Value;
use crate::plan::diff;

/// What every document has on top and no client sends.
const SERVER_TOP: [&str; 5] = ["id", "name", "type", "systemData", "etag"];
/// What no client sends wherever it stands (LRO-10, IMP-11).
const SERVER_ANYWHERE: [&str; 3] = ["provisioningState", "resourceGuid", "etag"];
/// Objects that are sent whole or not at all: a part alone is refused.
const WHOLE: [&str; 2] = ["identity", "sku"];
/// What a PATCH says all of: what it leaves out goes (azurerm takes a vault's tags away by leaving them out).
const TAGS: &str = "tags";

static NOTHING: std::sync::LazyLock<FactNode> = std::sync::LazyLock::new(FactNode::default);

fn below<'f>(facts: &'f FactNode, name: &str) -> &'f FactNode {
    facts.property(name).unwrap_or(&NOTHING)
}

fn one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Is this a map of which a claim says all entries?
fn exclusive(name: &str, facts: &FactNode) -> bool {
    diff::is_whole(name)
        || facts.whole
        || facts.items.is_some() && facts.properties.is_empty() && facts.set_key.is_none()
}

/// The key of an object whatever its casing.
fn key_of(map: &Map<String, Json>, name: &str) -> Option<String> {
    match map.contains_key(name) {
        true => Some(name.to_string()),
        false => map.keys().find(|k| k.eq_ignore_ascii_case(name)).cloned(),
    }
}

/// A claim without its nulls: the body that creates the document.
pub fn without_nulls(claim: &Json) -> Json {
    match claim {
        Json::Object(map) => Json::Object(
            map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), without_nulls(v))).collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// A live document without what the server put there: the body that changes nothing.
pub fn sendable(live: &Json, facts: &FactNode) -> Json {
    let mut body = strip(live, facts);
    if let Json::Object(map) = &mut body {
        map.retain(|name, _| !one_of(&SERVER_TOP, name));
        let identity = key_of(map, "identity").and_then(|k| map.get_mut(&k)).and_then(Json::as_object_mut);
        if let Some(identity) = identity {
            identity.retain(|name, _| one_of(&["type", "userAssignedIdentities"], name));
            if let Some(Json::Object(users)) = identity.get_mut("userAssignedIdentities") {
                users.values_mut().for_each(|v| *v = Json::Object(Map::new()));
            }
        }
    }
    body
}

/// What tells whether somebody has changed a live document: a digest of what is not the server's own in it, without secrets. Letter
/// case, the order of lists and names, and what is empty do not count: services answer them as they like.
pub fn imprint(live: &Json, facts: &FactNode) -> String {
    let plain = settled(&sendable(live, facts), facts).unwrap_or_default();
    let sum = ring::digest::digest(&ring::digest::SHA256, plain.to_string().as_bytes());
    sum.as_ref()[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// The same whatever way it was answered; nothing of what is secret or empty.
fn settled(value: &Json, facts: &FactNode) -> Option<Json> {
    if facts.secret {
        return None;
    }
    match value {
        Json::Object(map) => {
            let mut kept: Vec<(String, Json)> = map
                .iter()
                .filter_map(|(name, value)| Some((name.to_lowercase(), settled(value, below(facts, name))?)))
                .collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            (!kept.is_empty()).then(|| Json::Object(kept.into_iter().collect()))
        }
        Json::Array(items) => {
            let facts = facts.items.as_deref().unwrap_or(&NOTHING);
            let mut kept: Vec<Json> = items.iter().filter_map(|v| settled(v, facts)).collect();
            kept.sort_by_cached_key(Json::to_string);
            (!kept.is_empty()).then_some(Json::Array(kept))
        }
        Json::String(text) => Some(Json::String(text.to_lowercase())),
        Json::Null => None,
        other => Some(other.clone()),
    }
}

fn strip(live: &Json, facts: &FactNode) -> Json {
    match live {
        Json::Object(map) => {
            let kept = map.iter().filter(|(name, value)| {
                !value.is_null() && !one_of(&SERVER_ANYWHERE, name) && !below(facts, name).read_only
            });
            Json::Object(kept.map(|(name, value)| (name.clone(), strip(value, below(facts, name)))).collect())
        }
        Json::Array(items) => {
            let facts = facts.items.as_deref().unwrap_or(&NOTHING);
            Json::Array(items.iter().map(|v| strip(v, facts)).collect())
        }
        other => other.clone(),
    }
}

/// The live document with the claims laid over it; a claimed null removes. Where `options` say so, maps and named items are
/// added to instead of being said whole.
pub fn merged(live: &Json, claim: &Json, facts: &FactNode, options: Option<&ClaimOptions>) -> Json {
    Overlay { options, path: Vec::new() }.value(&sendable(live, facts), claim, facts)
}

struct Overlay<'o> {
    options: Option<&'o ClaimOptions>,
    path: Vec<String>,
}

impl Overlay<'_> {
    fn adds(&self) -> bool {
        self.options.is_some_and(|o| o.merges_items)
    }

    fn value(&mut self, live: &Json, claim: &Json, facts: &FactNode) -> Json {
        match (live, claim) {
            (Json::Object(there), Json::Object(wanted)) => {
                let mut all = there.clone();
                for (name, value) in wanted {
                    let key = key_of(&all, name).unwrap_or_else(|| name.clone());
                    let facts = below(facts, name);
                    match (all.get(&key), value) {
                        (_, Json::Null) => {
                            all.shift_remove(&key);
                        }
                        (Some(old), _) if self.adds() || !(exclusive(name, facts) && value.is_object()) => {
                            self.path.push(name.clone());
                            let new = self.value(old, value, facts);
                            self.path.pop();
                            all.insert(key, new);
                        }
                        _ => {
                            all.insert(key, without_nulls(value));
                        }
                    }
                }
                Json::Object(all)
            }
            (Json::Array(there), Json::Array(wanted)) => self.items(there, wanted, facts),
            _ => without_nulls(claim),
        }
    }

    fn items(&mut self, there: &[Json], wanted: &[Json], facts: &FactNode) -> Json {
        let items = facts.items.as_deref().unwrap_or(&NOTHING);
        let keys = self.options.and_then(|o| keys_at(o, &self.path)).map(<[_]>::to_vec);
        let name = |item: &Json| match &keys {
            Some(keys) => named_by(item, keys),
            None => names_of(item, facts),
        };
        let known: Option<Vec<String>> = there.iter().map(name).collect();
        let names: Vec<Option<String>> = wanted.iter().map(name).collect();
        let mut merged = Vec::with_capacity(wanted.len());
        if let (true, Some(known), false) = (self.adds(), &known, names.contains(&None)) {
            let mut left: Vec<(&Json, &str)> =
                wanted.iter().zip(names.iter().flatten().map(|n| &**n)).collect();
            for (old, name) in there.iter().zip(known) {
                merged.push(match left.iter().position(|(_, n)| n == name) {
                    Some(at) => self.value(old, left.remove(at).0, items),
                    None => old.clone(),
                });
            }
            merged.extend(left.into_iter().map(|(item, _)| without_nulls(item)));
            return Json::Array(merged);
        }
        let by_place = self.adds() && there.len() == wanted.len();
        for (place, (item, name)) in wanted.iter().zip(&names).enumerate() {
            let at = known.as_ref().zip(name.as_ref()).and_then(|(k, n)| k.iter().position(|k| k == n));
            merged.push(match at.or(by_place.then_some(place)) {
                Some(at) => self.value(&there[at], item, items),
                None => without_nulls(item),
            });
        }
        Json::Array(merged)
    }
}

/// The properties by which the instance tells the items of the array at a path apart.
fn keys_at<'o>(options: &'o ClaimOptions, path: &[String]) -> Option<&'o [Arc<str>]> {
    let here = |known: &BodyPath| {
        known.len() == path.len() && known.iter().zip(path).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    options.list_keys.iter().find(|(known, _)| here(known)).map(|(_, keys)| &keys[..])
}

/// What names an item by these properties.
fn named_by(item: &Json, keys: &[Arc<str>]) -> Option<String> {
    let texts: Vec<&str> =
        keys.iter().map(|k| item.get(&**k).and_then(Json::as_str).unwrap_or_default()).collect();
    texts.iter().any(|t| !t.is_empty()).then(|| texts.join("\n").to_lowercase())
}

/// What names an item of an array, by the facts or by its `name`.
fn names_of(item: &Json, facts: &FactNode) -> Option<String> {
    let keys: &[&str] = facts.set_key.filter(|k| !k.is_empty()).unwrap_or(&["name"]);
    let parts: Option<Vec<&str>> = keys
        .iter()
        .map(|key| {
            key.split('.')
                .try_fold(item, |v, step| {
                    let map = v.as_object()?;
                    map.get(&key_of(map, step)?)
                })
                .and_then(Json::as_str)
        })
        .collect();
    Some(parts?.join("\n").to_lowercase())
}

/// Only what changes, as a merge patch; `None`: nothing does.
pub fn patch(live: &Json, claim: &Json, facts: &FactNode) -> Option<Json> {
    let (Json::Object(there), Json::Object(wanted)) = (live, claim) else {
        return (!same(live, claim, facts)).then(|| claim.clone());
    };
    let mut changes = Map::new();
    for (name, value) in wanted {
        let old = key_of(there, name).and_then(|k| there.get(&k)).filter(|v| !v.is_null());
        let differs = || !same_part(name, old, value, facts);
        let inner = below(facts, name);
        let change = match old {
            Some(old) if value.is_object() => {
                let part = if exclusive(name, inner) {
                    patch_map(old, value, inner)
                } else {
                    patch(old, value, inner)
                };
                part.map(|part| match name.as_str() {
                    TAGS => without_nulls(value),
                    name if one_of(&WHOLE, name) => whole(value, part),
                    _ => part,
                })
            }
            None if value.is_null() => None,
            _ => differs().then(|| without_nulls(value)),
        };
        if let Some(change) = change {
            changes.insert(name.clone(), change);
        }
    }
    (!changes.is_empty()).then_some(Json::Object(changes))
}

/// Does the live part of this name mean what is claimed?
fn same_part(name: &str, live: Option<&Json>, claim: &Json, facts: &FactNode) -> bool {
    let object = |part: &Json| Json::Object([(name.to_string(), part.clone())].into_iter().collect());
    same(&object(live.unwrap_or(&Json::Null)), &object(claim), facts)
}

/// All of an object that is sent whole, with the nulls that its change needs.
fn whole(claim: &Json, change: Json) -> Json {
    let mut all = without_nulls(claim);
    if let (Json::Object(all), Json::Object(change)) = (&mut all, change) {
        for (name, value) in change {
            match (all.get_mut(&name), value) {
                (Some(Json::Object(old)), Json::Object(new)) => old.extend(new),
                (_, value) => {
                    all.insert(name, value);
                }
            }
        }
    }
    all
}

/// The change of a map with free keys: what is not claimed any more becomes null.
fn patch_map(live: &Json, claim: &Json, facts: &FactNode) -> Option<Json> {
    let (Json::Object(there), Json::Object(wanted)) = (live, claim) else { return Some(claim.clone()) };
    let items = facts.items.as_deref().unwrap_or(&NOTHING);
    let mut changes = Map::new();
    for (name, value) in wanted {
        let old = key_of(there, name).and_then(|k| there.get(&k));
        // An identity that is assigned already has a principal there and nothing here: that is no change.
        let kept = value.as_object().is_some_and(Map::is_empty) && old.is_some();
        if !kept && old.is_none_or(|old| !same(old, value, items)) {
            changes.insert(name.clone(), value.clone());
        }
    }
    for name in there.keys().filter(|n| key_of(wanted, n).is_none()) {
        changes.insert(name.clone(), Json::Null);
    }
    (!changes.is_empty()).then_some(Json::Object(changes))
}

/// Does live mean what is claimed?
pub fn same(live: &Json, claim: &Json, facts: &FactNode) -> bool {
    let (live, claim) = (Value::from_json(live), Value::from_json(claim));
    diff::compare(&claim, Some(&live), facts, &|_| false).differences.is_empty()
}

/// The part of a document at a path of property names.
pub fn at<'j>(body: &'j Json, path: &[impl AsRef<str>]) -> Option<&'j Json> {
    path.iter().try_fold(body, |value, name| {
        let map = value.as_object()?;
        map.get(&key_of(map, name.as_ref())?)
    })
}

/// Sets the part at a path, making the objects on the way.
pub fn set(body: &mut Json, path: &[impl AsRef<str>], part: Json) {
    let Some((first, rest)) = path.split_first() else {
        *body = part;
        return;
    };
    if !body.is_object() {
        *body = Json::Object(Map::new());
    }
    if let Json::Object(map) = body {
        let key = key_of(map, first.as_ref()).unwrap_or_else(|| first.as_ref().to_string());
        set(map.entry(key).or_insert(Json::Null), rest, part);
    }
}

/// The body without the part at a path.
pub fn without(mut body: Json, path: &[impl AsRef<str>]) -> Json {
    let Some((last, above)) = path.split_last() else { return body };
    let holder = above.iter().try_fold(&mut body, |value, name| {
        let map = value.as_object_mut()?;
        let key = key_of(map, name.as_ref())?;
        map.get_mut(&key)
    });
    if let Some(map) = holder.and_then(Json::as_object_mut)
        && let Some(key) = key_of(map, last.as_ref())
    {
        map.shift_remove(&key);
    }
    body
}

/// The body with the parts at these paths as they are live.
pub fn keep(body: &mut Json, live: &Json, paths: &[BodyPath]) {
    for path in paths {
        if let Some(part) = at(live, path).filter(|p| !p.is_null()) {
            set(body, path, part.clone());
        }
    }
}

/// The body with the items of live that it does not name added to the arrays that the options leave to others too.
pub fn keep_items(body: &mut Json, live: &Json, options: &ClaimOptions, facts: &FactNode) {
    for path in &options.partial_lists {
        let facts = path.iter().fold(facts, |f, name| below(f, name));
        let (Some(Json::Array(there)), Some(Json::Array(wanted))) = (at(live, path), at(body, path)) else {
            continue;
        };
        let texts: Vec<String> = path.iter().map(ToString::to_string).collect();
        let keys = keys_at(options, &texts);
        let named = |item: &Json| {
            let name = keys.map_or_else(|| names_of(item, facts), |keys| named_by(item, keys));
            name.unwrap_or_else(|| item.to_string())
        };
        let known: Vec<String> = wanted.iter().map(named).collect();
        let more = there.iter().filter(|item| !known.contains(&named(item))).cloned();
        let all = wanted.iter().cloned().chain(more).collect();
        set(body, path, Json::Array(all));
    }
}

/// Takes the item with an id out of the array at a path; whether it was there.
pub fn take_out(body: &mut Json, path: &BodyPath, id: &str) -> bool {
    let Some(Json::Array(there)) = at(body, path) else { return false };
    let is = |item: &Json| item.get("id").and_then(Json::as_str).is_some_and(|i| i.eq_ignore_ascii_case(id));
    let kept: Vec<Json> = there.iter().filter(|item| !is(item)).cloned().collect();
    let found = kept.len() < there.len();
    set(body, path, Json::Array(kept));
    found
}

/// Every text in a body that may be an ARM id.
pub fn ids(body: &Json, visit: &mut dyn FnMut(&str)) {
    match body {
        Json::String(text) if text.starts_with('/') => visit(text),
        Json::Array(items) => items.iter().for_each(|v| ids(v, visit)),
        Json::Object(map) => {
            for (name, value) in map {
                if name.starts_with('/') {
                    visit(name);
                }
                ids(value, visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts() -> FactNode {
        let mut rules =
            FactNode { set_key: Some(&["name"]), items: Some(Box::default()), ..FactNode::default() };
        if let Some(items) = &mut rules.items {
            items.properties.insert("added", FactNode { read_only: true, ..FactNode::default() });
        }
        let mut properties = FactNode::default();
        properties.properties.insert("rules", rules);
        properties.properties.insert("uri", FactNode { read_only: true, ..FactNode::default() });
        properties.properties.insert("tier", FactNode { default: Some("\"Hot\""), ..FactNode::default() });
        let mut body = FactNode::default();
        body.properties.insert("properties", properties);
        body
    }

    #[test]
    fn a_merge_keeps_what_is_not_claimed_and_drops_what_the_server_fills() {
        let live = json!({
            "id": "/x", "name": "x", "type": "t", "etag": "W/1", "location": "eastus", "tags": {"a": "1", "b": "2"},
            "identity": {"type": "UserAssigned", "principalId": null, "tenantId": "t",
                "userAssignedIdentities": {"/U/1": {"principalId": "p"}, "/u/2": {"principalId": "q"}}},
            "properties": {"provisioningState": "Succeeded", "uri": "https://x", "keep": {"deep": 1, "gone": 2},
                "rules": [{"name": "A", "p": 1, "q": 2, "added": 3}, {"name": "b", "p": 5}]},
        });
        let claim = json!({
            "tags": {"a": "9"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/u/1": {}}},
            "properties": {"Keep": {"gone": null, "new": true}, "rules": [{"name": "a", "p": 7}, {"name": "c", "n": null}]},
        });
        assert_eq!(
            merged(&live, &claim, &facts(), None),
            json!({
                "location": "eastus", "tags": {"a": "9"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/u/1": {}}},
                "properties": {"keep": {"deep": 1, "new": true},
                    "rules": [{"name": "a", "p": 7, "q": 2}, {"name": "c"}]},
            })
        );
    }

    #[test]
    fn an_update_adds_to_maps_and_lists() {
        let live = json!({"tags": {"a": "1"}, "properties": {
            "rules": [{"name": "a", "p": 1, "q": 2}], "keyed": [{"k": "x", "v": 1}], "plain": [{"v": 1, "w": 2}], "texts": ["a"]}});
        let claim = json!({"tags": {"b": "2"}, "properties": {
            "rules": [{"name": "b"}, {"name": "A", "p": 3}], "keyed": [{"k": "y"}], "plain": [{"v": 9}], "texts": ["b", "c"]}});
        let keys = vec![(vec!["properties".into(), "keyed".into()], vec!["k".into()])];
        let options = ClaimOptions { merges_items: true, list_keys: keys, ..ClaimOptions::default() };
        assert_eq!(
            merged(&live, &claim, &FactNode::default(), Some(&options)),
            json!({"tags": {"a": "1", "b": "2"}, "properties": {
                "rules": [{"name": "A", "p": 3, "q": 2}, {"name": "b"}],
                "keyed": [{"k": "x", "v": 1}, {"k": "y"}], "plain": [{"v": 9, "w": 2}], "texts": ["b", "c"]}})
        );
    }

    #[test]
    fn a_patch_holds_only_what_changes() {
        let live = json!({"location": "eastus", "tags": {"a": "1", "b": "2"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/U/1": {"principalId": "p"}, "/u/2": {}}},
            "sku": {"name": "S", "tier": "Standard"},
            "properties": {"a": 1, "b": {"c": 2, "d": 3}, "list": [1, 2], "gone": 4}});
        let claim = json!({"location": "East US", "tags": {"a": "1", "c": "3"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/u/1": {}}},
            "sku": {"name": "P"},
            "properties": {"a": 1, "b": {"c": 9}, "list": [1], "gone": null, "never": null, "tier": "Hot"}});
        assert_eq!(
            patch(&live, &claim, &facts()),
            Some(json!({
                "tags": {"a": "1", "c": "3"},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/u/1": {}, "/u/2": null}},
                "sku": {"name": "P"},
                "properties": {"b": {"c": 9}, "list": [1], "gone": null},
            }))
        );
        assert_eq!(
            patch(&live, &json!({"properties": {"a": 1}, "tags": {"b": "2", "a": "1"}}), &facts()),
            None
        );
    }

    #[test]
    fn paths_are_set_and_kept() {
        let mut body = json!({"properties": {"list": [{"name": "a"}], "x": 1}});
        set(&mut body, &["properties", "createMode"], json!("recover"));
        assert_eq!(at(&body, &["properties", "CreateMode"]), Some(&json!("recover")));
        let live = json!({"properties": {"list": [{"name": "A"}, {"name": "b"}], "x": 2, "y": 3}});
        keep(&mut body, &live, &[vec!["properties".into(), "x".into()], vec!["none".into()]]);
        let lists = vec![vec!["properties".into(), "list".into()]];
        let options = ClaimOptions { partial_lists: lists, ..ClaimOptions::default() };
        keep_items(&mut body, &live, &options, &FactNode::default());
        assert_eq!(
            body,
            json!({"properties": {"list": [{"name": "a"}, {"name": "b"}], "x": 2, "createMode": "recover"}})
        );
        let addresses: BodyPath = vec!["properties".into(), "ips".into()];
        let mut gateway = json!({"properties": {"ips": [{"id": "/A"}, {"id": "/b"}]}});
        assert!(take_out(&mut gateway, &addresses, "/a") && !take_out(&mut gateway, &addresses, "/c"));
        assert_eq!(gateway, json!({"properties": {"ips": [{"id": "/b"}]}}));
        let mut seen = Vec::new();
        ids(&json!({"a": ["/s/1", "t"], "/u": {}}), &mut |t| seen.push(t.to_string()));
        assert_eq!(seen, ["/s/1", "/u"]);
    }
}
