//! What is remembered of claimed values without telling them, and whether a claim contradicts what was planned.

use std::collections::BTreeMap;

use crate::catalog::{Claim, FactNode};
use crate::lang::{Kind, PathStep, Value};
use crate::ledger::Sealer;
use crate::plan::arm::digest_key;
use crate::plan::{diff, own};

/// The keyed digests of an instance's claimed values: every leaf, every array as a whole, and everything that ARM does
/// not return. By them the next plan tells what changed outside, and what must be sent again.
pub fn of(claims: &[Claim], sealer: &Sealer) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut own_digests = Vec::new();
    for claim in claims {
        let mut note = |path: &[PathStep], value: &Value| {
            if let Some(json) = value.to_json() {
                all.insert(digest_key(&claim.key, path), sealer.digest(json.to_string().as_bytes()));
            }
        };
        leaves(&claim.body, &mut Vec::new(), &mut note);
        for (path, value) in diff::compare(&claim.body, None, &claim.facts().body, &|_| false).unread {
            note(&path, &value);
        }
        for (key, value) in claim.options.iter().flat_map(|o| own::remembered(o)) {
            if let Some(digest) = crate::plan::local::digest(value, sealer) {
                own_digests.push((key, digest));
            }
        }
        for names in &claim.unread {
            let path: Vec<PathStep> = names.iter().cloned().map(PathStep::Attribute).collect();
            if let Some(value) = crate::plan::paths::get(&claim.body, &path) {
                note(&path, value);
            }
        }
    }
    all.extend(own_digests);
    all
}

fn leaves(value: &Value, path: &mut Vec<PathStep>, note: &mut dyn FnMut(&[PathStep], &Value)) {
    match &value.kind {
        Kind::Object(entries) | Kind::Map(_, entries) if !entries.is_empty() => {
            for (name, part) in entries.iter() {
                path.push(PathStep::Attribute(name.clone()));
                leaves(part, path, note);
                path.pop();
            }
        }
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            note(path, value);
            for (at, part) in items.iter().enumerate() {
                path.push(PathStep::Index(at));
                leaves(part, path, note);
                path.pop();
            }
        }
        _ => note(path, value),
    }
}

/// A claimed value that was known in the plan and is another one now.
#[derive(Debug, Clone, PartialEq)]
pub struct Contradiction {
    /// Where in the document.
    pub path: Vec<PathStep>,
    /// What was planned.
    pub planned: Value,
    /// What is wanted now; none: nothing.
    pub now: Option<Value>,
}

/// The first value of a planned claim that is not what it is now, by meaning.
pub fn contradiction(planned: &Value, now: &Value, facts: &FactNode) -> Option<Contradiction> {
    compare(planned, Some(now), facts, &mut Vec::new())
}

fn compare(
    planned: &Value,
    now: Option<&Value>,
    facts: &FactNode,
    path: &mut Vec<PathStep>,
) -> Option<Contradiction> {
    static NOTHING: std::sync::LazyLock<FactNode> = std::sync::LazyLock::new(FactNode::default);
    if planned.is_unknown() {
        return None;
    }
    let entries = |v: Option<&Value>| v.and_then(Value::as_entries).cloned();
    if let (Some(was), Some(is)) = (planned.as_entries(), entries(now)) {
        return was.iter().find_map(|(name, part)| {
            path.push(PathStep::Attribute(name.clone()));
            let found = compare(part, is.get(name), facts.property(name).unwrap_or(&NOTHING), path);
            path.pop();
            found
        });
    }
    if let (Some(was), Some(is)) = (planned.as_sequence(), now.and_then(Value::as_sequence)) {
        if !planned.is_wholly_known() && was.len() == is.len() {
            let facts = facts.items.as_deref().unwrap_or(&NOTHING);
            return was.iter().zip(is).enumerate().find_map(|(at, (part, now))| {
                path.push(PathStep::Index(at));
                let found = compare(part, Some(now), facts, path);
                path.pop();
                found
            });
        }
        // Items that share nothing but their length with unknown ones cannot be judged.
        if !planned.is_wholly_known() {
            return None;
        }
    }
    let same = match now {
        Some(now) => diff::compare(now, Some(planned), facts, &|_| false).differences.is_empty(),
        None => planned.is_null(),
    };
    (!same).then(|| Contradiction { path: path.clone(), planned: planned.clone(), now: now.cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Target, Withdraw, Write};
    use crate::lang::Type;
    use serde_json::json;

    #[test]
    fn leaves_arrays_and_secrets_are_digested() {
        let claim = Claim {
            key: "k".into(),
            target: Target::Unknown,
            api_version: "1".into(),
            owns: true,
            write: Write::Put,
            body: Value::from_json(&json!({"a": {"b": 1}, "list": [{"c": "x"}], "secret": {"d": 2}})),
            unread: vec![vec!["secret".into()]],
            yields: Vec::new(),
            withdraw: Withdraw::Leave,
            locks: Vec::new(),
            options: None,
        };
        let sealer = Sealer::new(Some("key".into()), std::path::Path::new("unused"));
        let all = of(&[claim], &sealer);
        let keys: Vec<&str> = all.keys().map(String::as_str).collect();
        assert_eq!(keys, ["k a.b", "k list", "k list[0].c", "k secret", "k secret.d"]);
        assert_eq!(all["k a.b"], sealer.digest(b"1"));
        assert_eq!(all["k list"], sealer.digest(br#"[{"c":"x"}]"#));
    }

    #[test]
    fn what_was_known_must_stay() {
        let value = |j| Value::from_json(&j);
        let facts = FactNode::default();
        let planned = Value::object([
            ("id", "/subscriptions/s/resourceGroups/G".into()),
            ("late", Value::unknown(Type::String)),
            ("gone", Value::null(Type::String)),
            ("list", Value::tuple(vec![Value::unknown(Type::String), "b".into()])),
        ]);
        let good = value(
            json!({"id": "/subscriptions/s/resourcegroups/g", "late": "x", "list": ["a", "b"], "more": 1}),
        );
        assert_eq!(contradiction(&planned, &good, &facts), None);
        let bad = value(json!({"id": "/subscriptions/s/resourcegroups/h", "list": ["a", "b"]}));
        let found = contradiction(&planned, &bad, &facts).unwrap();
        assert_eq!(found.path, [PathStep::Attribute("id".into())]);
        let bad = value(json!({"id": "/subscriptions/s/resourcegroups/g", "list": ["a", "c"]}));
        let found = contradiction(&planned, &bad, &facts).unwrap();
        assert_eq!(found.path, [PathStep::Attribute("list".into()), PathStep::Index(1)]);
    }
}
