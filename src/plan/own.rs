//! What an instance says itself of comparing and sending its document (azapi's `ignore_…`, `sensitive_body_version`,
//! `replace_triggers_…`), judged with what the ledger remembers of it.

use std::sync::Arc;

use serde_json::Value as Json;

use super::arm::digest_key;
use super::diff::{Comparison, Difference, Why};
use super::paths;
use crate::catalog::{BodyPath, Claim, ClaimOptions};
use crate::lang::{Kind, PathStep, Type, Value};
use crate::ledger::{Record, Sealer};

/// The keys under which the ledger keeps digests of what is in no document. No document's key begins so.
const ARGUMENT: &str = "=";
const VERSION: &str = "=version";

/// The values of which only digests are kept, with their keys in the ledger.
pub fn remembered(options: &ClaimOptions) -> impl Iterator<Item = (String, &Value)> {
    let arguments = options.remembered.iter().map(|(name, value)| (format!("{ARGUMENT} {name}"), value));
    let versions = options.versions.iter().map(|(path, value)| (version_key(path), value));
    arguments.chain(versions)
}

fn version_key(path: &BodyPath) -> String {
    let names: Vec<&str> = path.iter().map(|n| &**n).collect();
    format!("{VERSION} {}", names.join("."))
}

/// The version that stands for a path of the body, with its key in the ledger.
pub fn version<'o>(options: &'o ClaimOptions, path: &[PathStep]) -> Option<(String, &'o Value)> {
    let above =
        |known: &BodyPath| starts_with(path, known) || names(path).is_some_and(|n| known.starts_with(&n));
    options.versions.iter().find(|(known, _)| above(known)).map(|(p, value)| (version_key(p), value))
}

fn names(path: &[PathStep]) -> Option<BodyPath> {
    path.iter()
        .map(|step| match step {
            PathStep::Attribute(name) | PathStep::Key(name) => Some(name.clone()),
            PathStep::Index(_) => None,
        })
        .collect()
}

/// Does a path, places in lists left out, lead through another?
fn starts_with(path: &[PathStep], head: &BodyPath) -> bool {
    let mut names = path.iter().filter_map(|step| match step {
        PathStep::Attribute(name) | PathStep::Key(name) => Some(name),
        PathStep::Index(_) => None,
    });
    head.iter().all(|name| names.next().is_some_and(|n| n.eq_ignore_ascii_case(name)))
}

/// Arguments that are in no document and are not what they were. One that was not written before, or is not now, counts
/// as unchanged.
pub fn changed(claim: Option<&Claim>, record: Option<&Record>, sealer: &Sealer) -> Vec<Vec<PathStep>> {
    let options = claim.and_then(|c| c.options.as_deref());
    let mut all = Vec::new();
    for (name, value) in options.iter().flat_map(|o| &o.remembered) {
        let known = record.and_then(|r| r.digests.get(&format!("{ARGUMENT} {name}")));
        let Some(known) = known.filter(|_| !value.is_null()) else { continue };
        let early = !value.deep_marks().early_from().is_empty();
        if early || super::local::digest(value, sealer).as_ref() != Some(known) {
            all.push(vec![PathStep::Attribute(name.clone())]);
        }
    }
    all
}

/// Judges a comparison by what the instance says and what was sent last: what is ignored is no difference, nor is what ARM
/// does not return and was sent as it is, nor what it answers in other letters; what was sent and is not wanted any more
/// is one.
pub fn judge(
    comparison: &mut Comparison,
    claim: &Claim,
    options: &ClaimOptions,
    record: &Record,
    live: &Value,
    sealer: &Sealer,
) {
    let sent = |d: &Difference| {
        let digest = d.want.to_json().map(|json| sealer.digest(json.to_string().as_bytes()));
        digest.is_some_and(|digest| record.digests.get(&digest_key(&claim.key, &d.path)) == Some(&digest))
    };
    comparison.differences.retain(|d| {
        let ignored = options.ignored.iter().any(|path| starts_with(&d.path, path));
        let respelled = || {
            let texts = d.want.as_str().zip(d.live.as_ref().and_then(Value::as_str));
            texts.is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase())
        };
        let unreturned = options.keep_missing && d.live.is_none();
        !ignored && !(d.why == Why::Differs && (unreturned || respelled()) && sent(d))
    });
    if !options.forgets || !claim.owns || claim.body.is_unknown() {
        return;
    }
    let head = format!("{} ", claim.key);
    for path in record.digests.keys().filter_map(|key| key.strip_prefix(&head)) {
        let Some(path) = dropped(path, &claim.body, live) else { continue };
        let told = comparison.differences.iter().any(|d| d.path == path);
        if told || options.ignored.iter().any(|ignored| starts_with(&path, ignored)) {
            continue;
        }
        // Of maps that a claim says all of, the comparison has said it.
        if comparison.differences.iter().any(|d| d.path == path) {
            continue;
        }
        comparison.planned = paths::replace(&comparison.planned, &path, None);
        comparison.differences.push(Difference {
            live: paths::get(live, &path).cloned(),
            path,
            want: Value::null(Type::Dynamic),
            why: Why::Unread,
            create_only: false,
        });
    }
}

/// The path in the live document of something that was sent, is there, and is not claimed any more. Items of lists are
/// judged with their list.
fn dropped(text: &str, claim: &Value, live: &Value) -> Option<Vec<PathStep>> {
    if text.is_empty() || text.contains('[') {
        return None;
    }
    let (mut wanted, mut there, mut path) = (Some(claim), live, Vec::new());
    for name in text.split('.') {
        if wanted.is_some_and(Value::is_unknown) {
            return None;
        }
        let entry = |of: &Value| {
            let all = of.as_entries()?;
            let found = all.get_key_value(name);
            let found = found.or_else(|| all.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)))?;
            Some((found.0.clone(), found.1.clone()))
        };
        wanted = wanted.and_then(|w| crate::catalog::property(w, name));
        let (name, _) = entry(there)?;
        there = there.get(&name)?;
        path.push(PathStep::Attribute(name));
    }
    let empty = there.is_null() || there.as_str() == Some("");
    (wanted.is_none() && !empty && !matches!(there.kind, Kind::Object(_) | Kind::Map(..))).then_some(path)
}

/// Brings a body in line with what was sent before: an identity that is not wanted any more is taken away by name, and
/// secrets whose versions say that they were sent are left out.
pub fn keep_back(body: &mut Json, claim: &Claim, record: &Record, sealer: &Sealer) {
    let had = claim.options.is_some() && record.digests.contains_key(&format!("{} identity.type", claim.key));
    if let (true, Some(map)) = (had && claim.owns, body.as_object_mut())
        && !map.contains_key("identity")
    {
        map.insert("identity".into(), serde_json::json!({ "type": "None" }));
    }
    let Some(options) = claim.options.as_deref().filter(|o| !o.versions.is_empty()) else { return };
    for names in &claim.unread {
        let path: Vec<PathStep> = names.iter().cloned().map(PathStep::Attribute).collect();
        let due = version(options, &path).is_some_and(|(key, value)| {
            let digest = super::local::digest(value, sealer);
            digest.is_some() && record.digests.get(&key) != digest.as_ref()
        });
        if !due {
            remove(body, names);
        }
    }
}

fn remove(body: &mut Json, path: &[Arc<str>]) {
    let (Some((first, rest)), Some(map)) = (path.split_first(), body.as_object_mut()) else { return };
    match (map.get_mut(&**first), rest.is_empty()) {
        (Some(_), true) => {
            map.shift_remove(&**first);
        }
        (Some(below), false) => {
            remove(below, rest);
            if below.as_object().is_some_and(serde_json::Map::is_empty) {
                map.shift_remove(&**first);
            }
        }
        (None, _) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::ArmId;
    use crate::catalog::{FactNode, Target, Withdraw, Write};
    use crate::plan::diff;
    use serde_json::json;

    fn sealer() -> Sealer {
        Sealer::new(Some("key".into()), std::path::Path::new("unused"))
    }

    fn claim(body: Json, options: ClaimOptions) -> Claim {
        Claim {
            key: "".into(),
            target: Target::Id(ArmId::parse("/subscriptions/s/resourceGroups/g").unwrap()),
            api_version: "1".into(),
            owns: true,
            write: Write::Put,
            body: Value::from_json(&body),
            unread: Vec::new(),
            yields: Vec::new(),
            withdraw: Withdraw::Leave,
            locks: Vec::new(),
            options: Some(Arc::new(options)),
        }
    }

    /// The paths that differ, when these values were sent last.
    fn differences(claim: &Claim, live: Json, sent: &[(&str, Json)]) -> Vec<String> {
        let (live, sealer) = (Value::from_json(&live), sealer());
        let digests =
            sent.iter().map(|(path, v)| (format!(" {path}"), sealer.digest(v.to_string().as_bytes())));
        let record = Record { digests: digests.collect(), ..Record::default() };
        let options = claim.options.as_deref().unwrap();
        let facts = FactNode::default();
        let mut found = diff::compare_by(&claim.body, Some(&live), &facts, Some(options), &|_| false);
        judge(&mut found, claim, options, &record, &live, &sealer);
        found.differences.iter().map(|d| paths::text(&d.path)).collect()
    }

    fn path(text: &str) -> BodyPath {
        text.split('.').map(Arc::from).collect()
    }

    #[test]
    fn what_is_not_returned_is_sent_again_only_when_it_changes() {
        let missing = ClaimOptions { keep_missing: true, ..ClaimOptions::default() };
        let body = json!({"properties": {"pin": "1", "shown": "**"}});
        let sent = [("properties.pin", json!("1")), ("properties.shown", json!("**"))];
        let hidden = json!({"properties": {"shown": "****"}});
        assert_eq!(
            differences(&claim(body.clone(), missing.clone()), hidden.clone(), &sent),
            Vec::<String>::new()
        );
        let other = json!({"properties": {"pin": "2", "shown": "**"}});
        assert_eq!(differences(&claim(other, missing), hidden.clone(), &sent), ["properties.pin"]);
        let strict = claim(body, ClaimOptions::default());
        assert_eq!(differences(&strict, hidden, &sent), ["properties.pin", "properties.shown"]);
    }

    #[test]
    fn casing_and_paths_are_ignored_where_asked() {
        let body = json!({"properties": {"a": "X", "b": {"c": 1}}});
        let live = json!({"properties": {"a": "x", "b": {"c": 2}}});
        let options = ClaimOptions {
            ignore_case: true,
            ignored: vec![path("properties.b")],
            ..ClaimOptions::default()
        };
        assert_eq!(differences(&claim(body.clone(), options), live.clone(), &[]), Vec::<String>::new());
        let plain = claim(body, ClaimOptions::default());
        assert_eq!(differences(&plain, live.clone(), &[]), ["properties.a", "properties.b.c"]);
        // What the service answers in other letters than were sent is as it was sent.
        let sent = [("properties.a", json!("X")), ("properties.b.c", json!(1))];
        assert_eq!(differences(&plain, live, &sent), ["properties.b.c"]);
    }

    #[test]
    fn items_of_others_are_left_alone_where_asked() {
        let item = |name: &str, p: i64| json!({"key": name, "name": "same", "p": p});
        let body = json!({"list": [item("b", 1)]});
        let live = json!({"list": [item("a", 9), item("b", 1)]});
        let keys = vec![(path("list"), vec![Arc::from("key")])];
        let by_key = ClaimOptions { list_keys: keys.clone(), ..ClaimOptions::default() };
        assert_eq!(differences(&claim(body.clone(), by_key), live.clone(), &[]), ["list"]);
        let partial =
            ClaimOptions { list_keys: keys, partial_lists: vec![path("list")], ..ClaimOptions::default() };
        assert_eq!(differences(&claim(body, partial.clone()), live.clone(), &[]), Vec::<String>::new());
        let changed = json!({"list": [item("b", 2)]});
        assert_eq!(differences(&claim(changed, partial), live, &[]), ["list[0].p"]);
    }

    #[test]
    fn what_was_sent_and_is_not_wanted_any_more_is_a_difference() {
        let live = json!({"tags": {"a": "1", "b": "2"}, "properties": {"x": 1, "server": true}});
        let sent = [
            ("tags.a", json!("1")),
            ("tags.b", json!("2")),
            ("properties.x", json!(1)),
            ("properties.gone", json!(3)),
        ];
        let options = ClaimOptions { forgets: true, ..ClaimOptions::default() };
        let now = claim(json!({"tags": {"a": "1"}, "properties": {}}), options);
        assert_eq!(differences(&now, live, &sent), ["tags.b", "properties.x"]);
    }

    #[test]
    fn versions_and_arguments_are_remembered() {
        let options = ClaimOptions {
            versions: vec![(path("properties.secret"), "2".into())],
            remembered: vec![("replace_triggers_external_values".into(), Value::from_json(&json!({"a": 2})))],
            ..ClaimOptions::default()
        };
        let body = json!({"identity": {"type": "x"}, "properties": {"secret": {"a": "s"}, "shown": 1}});
        let mut claim = claim(body, options);
        claim.unread = vec![path("properties.secret.a")];
        let sealer = sealer();
        let options = claim.options.clone().unwrap();
        let digest = |v: Json| sealer.digest(v.to_string().as_bytes());
        let keys: Vec<String> = remembered(&options).map(|(key, _)| key).collect();
        assert_eq!(keys, ["= replace_triggers_external_values", "=version properties.secret"]);
        let sent = claim.body.to_json().unwrap();
        for (version, value, due, replaced) in [("1", 1, true, true), ("2", 2, false, false)] {
            let digests =
                [(keys[0].clone(), digest(json!({"a": value}))), (keys[1].clone(), digest(json!(version)))];
            let record = Record { digests: digests.into(), ..Record::default() };
            let mut body = sent.clone();
            keep_back(&mut body, &claim, &record, &sealer);
            assert_eq!(body["properties"].get("secret").is_some(), due);
            assert_eq!(body["properties"]["shown"], 1);
            assert_eq!(!changed(Some(&claim), Some(&record), &sealer).is_empty(), replaced);
        }
        // An identity that is not written any more is taken away by name.
        let record =
            Record { digests: [(" identity.type".into(), String::new())].into(), ..Record::default() };
        let mut body = json!({"properties": {}});
        keep_back(&mut body, &claim, &record, &sealer);
        assert_eq!(body["identity"], json!({"type": "None"}));
    }
}
