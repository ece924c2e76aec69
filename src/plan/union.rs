//! The union of claims: several instances may want parts of one document, but never different things of one part.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::addr::InstanceAddr;
use super::instance::{Planned, Work};
use super::live::Claimed;
use super::model::ChangeAction;
use super::paths;
use crate::arm::id::ArmId;
use crate::catalog::value::leaves;
use crate::catalog::{BodyPath, Claim, Target, item};
use crate::lang::{Diagnostic, PathStep, Value};

/// Errors for documents that two instances make, and for paths that two instances want to be different.
pub fn conflicts(instances: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Vec<Diagnostic> {
    let mut by_id: HashMap<ArmId, Vec<(&InstanceAddr, &Claim)>> = HashMap::new();
    for (addr, planned) in instances {
        if planned.change.action == ChangeAction::Delete {
            continue;
        }
        let Work::Arm(work) = &planned.work else { continue };
        for plan in &work.claims {
            if let Target::Id(id) = &plan.claim.target {
                by_id.entry(id.clone()).or_default().push((addr, &plan.claim));
            }
        }
    }
    let mut found = Vec::new();
    let mut shared: Vec<_> = by_id.into_iter().filter(|(_, claims)| claims.len() > 1).collect();
    shared.sort_by(|a, b| a.0.cmp(&b.0));
    for (id, claims) in shared {
        for (at, (addr, claim)) in claims.iter().enumerate() {
            for (other, other_claim) in &claims[..at] {
                if addr == other {
                    continue;
                }
                let partial = leaves_items(claim) || leaves_items(other_claim);
                if claim.owns && other_claim.owns {
                    found.push(
                        Diagnostic::error(
                            "Two resources for one object",
                            format!("{other} and {addr} both describe {id}. Remove one of them, or give it another name."),
                        )
                        .with_address(addr.to_string()),
                    );
                } else if let Some(path) = differs(&claim.body, &other_claim.body, partial, &mut Vec::new()) {
                    found.push(
                        Diagnostic::error(
                            "Conflicting claims",
                            format!(
                                "{other} and {addr} want {} of {id} to be different. Say it in one of them only.",
                                paths::text(&path)
                            ),
                        )
                        .with_address(addr.to_string()),
                    );
                }
            }
        }
    }
    found.extend(crowded(instances));
    found
}

/// What instances claim of documents of others where the owner gives way to it.
pub fn claimed(instances: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Claimed {
    let mut wanted: HashMap<&ArmId, BTreeSet<BodyPath>> = HashMap::new();
    let mut yields: Vec<(&ArmId, &BodyPath)> = Vec::new();
    for planned in instances.values().filter(|p| p.change.action != ChangeAction::Delete) {
        let Work::Arm(work) = &planned.work else { continue };
        for claim in work.claims.iter().map(|p| &p.claim) {
            let Target::Id(id) = &claim.target else { continue };
            if !claim.owns {
                wanted.entry(id).or_default().extend(leaves(&claim.body));
            } else {
                yields.extend(claim.yields.iter().map(|path| (id, path)));
            }
        }
    }
    let mut all = Claimed::new();
    for (id, path) in yields {
        if wanted.get(id).is_some_and(|paths| paths.contains(path)) {
            all.entry(id.clone()).or_default().insert(path.clone());
        }
    }
    all
}

/// An entry of an array that the holder's claim says all of.
fn crowded(instances: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Vec<Diagnostic> {
    let claims = || {
        let going = instances.iter().filter(|(_, p)| p.change.action != ChangeAction::Delete);
        going.filter_map(|(addr, p)| match &p.work {
            Work::Arm(work) => Some(work.claims.iter().map(move |c| (addr, &c.claim))),
            _ => None,
        })
    };
    let mut holders: HashMap<&ArmId, (&InstanceAddr, &Claim)> = HashMap::new();
    for (addr, claim) in claims().flatten().filter(|(_, c)| c.owns) {
        if let Target::Id(id) = &claim.target {
            holders.insert(id, (addr, claim));
        }
    }
    let mut found = Vec::new();
    for (addr, claim) in claims().flatten() {
        let Target::Id(id) = &claim.target else { continue };
        let Some(holder) = item::holder(id) else { continue };
        let Some((other, whole)) = holders.get(&holder) else { continue };
        let path: BodyPath = item::path(id).iter().map(|p| Arc::from(*p)).collect();
        let gives_way = whole.yields.contains(&path);
        let said = path.iter().try_fold(&whole.body, |v, name| v.get(name));
        if said.is_none_or(Value::is_null) || whole.unread.contains(&path) || gives_way {
            continue;
        }
        let path = path.join(".");
        found.push(
            Diagnostic::error(
                "Conflicting claims",
                format!("{other} says all of {path} of {holder}, and {addr} adds to it: each would undo what the other did. Say it in one of them only, or let the first ignore changes of it (lifecycle.ignore_changes)."),
            )
            .with_address(addr.to_string()),
        );
    }
    found
}

/// Does the claim leave items of lists to others?
fn leaves_items(claim: &Claim) -> bool {
    claim.options.as_ref().is_some_and(|o| o.merges_items || !o.partial_lists.is_empty())
}

/// The first path that both name with different known values. With `partial`, lists of named items may hold different ones.
fn differs(a: &Value, b: &Value, partial: bool, at: &mut Vec<PathStep>) -> Option<Vec<PathStep>> {
    let named = |v: &Value| {
        let name = |item: &Value| {
            let named = ["name", "id"].iter().find_map(|n| crate::catalog::property(item, n));
            named?.as_str().map(str::to_lowercase)
        };
        let items = v.as_sequence().filter(|_| partial)?;
        items.iter().map(|item| Some((name(item)?, item.clone()))).collect::<Option<HashMap<_, _>>>()
    };
    if let (Some(x), Some(y)) = (named(a), named(b)) {
        return x.iter().find_map(|(name, item)| differs(item, y.get(name)?, partial, at));
    }
    match (a.as_entries(), b.as_entries()) {
        (Some(x), Some(y)) => x.iter().find_map(|(name, value)| {
            let other = y.get(name)?;
            at.push(PathStep::Attribute(name.clone()));
            let found = differs(value, other, partial, at);
            at.pop();
            found
        }),
        _ => {
            let known = a.is_wholly_known() && b.is_wholly_known();
            let facts = crate::catalog::FactNode::default();
            let same = super::diff::compare(a, Some(b), &facts, &|_| false).differences.is_empty();
            (known && !same).then(|| at.clone())
        }
    }
}

/// A planned document with another claim laid over it.
pub fn overlay(document: Option<&Arc<Value>>, claim: &Value, facts: &crate::catalog::FactNode) -> Arc<Value> {
    let base = document.map(|d| &**d);
    Arc::new(super::diff::compare(claim, base, facts, &|_| false).planned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_different_values_of_one_path_conflict() {
        let subnet =
            Value::from_json(&json!({"properties": {"addressPrefix": "10.0.0.0/24", "natGateway": null}}));
        let rules =
            Value::from_json(&json!({"properties": {"networkSecurityGroup": {"id": "/subscriptions/s/x"}}}));
        assert_eq!(differs(&subnet, &rules, false, &mut Vec::new()), None);
        let other = Value::from_json(&json!({"properties": {"addressPrefix": "10.1.0.0/24"}}));
        assert_eq!(
            paths::text(&differs(&subnet, &other, false, &mut Vec::new()).unwrap()),
            "properties.addressPrefix"
        );
    }
}
