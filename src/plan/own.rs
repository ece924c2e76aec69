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
/// does not return and was sent as it is; what was sent and is not wanted any more is one.
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
        let unreturned = options.keep_missing && d.why == Why::Differs && d.live.is_none() && sent(d);
        !ignored && !unreturned
    });
    if !claim.owns || claim.body.is_unknown() {
        return;
    }
    let head = format!("{} ", claim.key);
    for path in record.digests.keys().filter_map(|key| key.strip_prefix(&head)) {
        let Some(path) = dropped(path, &claim.body, live) else { continue };
        if options.ignored.iter().any(|ignored| starts_with(&path, ignored)) {
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
