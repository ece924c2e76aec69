//! What absence of a property means, by whoever else says it: the specification, the official examples, what the local
//! cloud answers, what azurerm sends of itself. What nobody else says is listed.

use serde_json::Value as Json;

use super::{is_looked_at, nodes, table, type_facts, types};
use crate::catalog::azurerm::tests::values;
use crate::catalog::facts::{Compare, alike};
use crate::catalog::otherwise::Otherwise;
use crate::localcloud::registry;

/// Words by their facts, numbers by value.
fn is_same(how: Compare, ours: &Json, theirs: &Json) -> bool {
    match (ours.as_str(), theirs.as_str()) {
        (Some(a), Some(b)) => alike(how, a, b),
        _ => ours == theirs || ours.as_f64().is_some_and(|n| theirs.as_f64() == Some(n)),
    }
}

/// `properties<AmlCompute>.x` is a path of `properties`; what is optional on the way has a mark at the local cloud.
fn plain(path: &str) -> String {
    let steps = path.split('.').map(|step| step.split('<').next().unwrap_or(step).replace('?', ""));
    steps.collect::<Vec<_>>().join(".")
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The same thing in the document of its parent and in one of its own: what absence means in the one it means in the other.
const BOTH: &[(&str, &str, &str)] = &[
    (
        "Microsoft.ContainerService/managedClusters",
        "properties.agentPoolProfiles[].",
        "Microsoft.ContainerService/managedClusters/agentPools",
    ),
    (
        "Microsoft.Network/routeTables",
        "properties.routes[].properties.",
        "Microsoft.Network/routeTables/routes",
    ),
    (
        "Microsoft.Network/networkSecurityGroups",
        "properties.securityRules[].properties.",
        "Microsoft.Network/networkSecurityGroups/securityRules",
    ),
    (
        "Microsoft.Network/virtualNetworks",
        "properties.subnets[].properties.",
        "Microsoft.Network/virtualNetworks/subnets",
    ),
];

/// What the facts say of the same thing elsewhere.
fn elsewhere(arm_type: &str, path: &str) -> Option<Json> {
    let (other, path) = BOTH.iter().find_map(|(parent, at, own)| match path.strip_prefix(at) {
        Some(rest) if arm_type == *parent => Some((own, format!("properties.{rest}"))),
        _ if arm_type == *own => Some((parent, format!("{at}{}", path.strip_prefix("properties.")?))),
        _ => None,
    })?;
    let (nodes, whole) = nodes(&type_facts(other).body, &path);
    whole.then(|| nodes[0].default).flatten().map(json)
}

#[test]
pub(in crate::catalog) fn what_absence_means_is_said_by_another_too() {
    let Some(specified) = table("mutability.tsv") else { return };
    let (mut otherwise, mut seen, mut said) = (Otherwise::of("absence"), 0, 0);
    for t in types() {
        let mut known: Vec<(String, Json)> = Vec::new();
        let of = specified.iter().filter(|r| r[0].eq_ignore_ascii_case(t.arm_type));
        known.extend(of.filter_map(|r| {
            let text = r.get(8).filter(|d| !d.is_empty() && *d != "null")?;
            Some((plain(&r[2]), json(text)))
        }));
        let given = known.len();
        let rules = registry::rows().filter(|r| r.type_name.eq_ignore_ascii_case(t.arm_type));
        known.extend(rules.flat_map(|r| r.defaults.iter().map(|(p, text)| (plain(p), json(text)))));
        let sent = values::sent_of_itself(t.arm_type);
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        let all = t.rows.iter().map(|r| ("", r)).chain(below);
        for (prefix, path) in all.flat_map(|(prefix, row)| row.paths.iter().map(move |path| (prefix, path))) {
            let full = [prefix, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
            let (nodes, whole) = nodes(&type_facts(t.arm_type).body, &full);
            if !whole || nodes.iter().any(|n| n.read_only) {
                continue;
            }
            let at = |(p, _): &&(String, Json)| p.eq_ignore_ascii_case(&full);
            let place = format!("{} {full}", t.arm_type);
            match nodes[0].default.map(json) {
                None => {
                    // What the cloud fills is held against the facts where it is (`[cloud]`).
                    let others = known[..given].iter().filter(at).map(|(_, theirs)| theirs.clone());
                    for theirs in others.chain(elsewhere(t.arm_type, &full)) {
                        otherwise.differs(&place, format!("is {theirs} where nothing is said, to others"));
                    }
                }
                Some(ours) => {
                    seen += 1;
                    let same = |(_, theirs): &(String, Json)| is_same(nodes[0].compare, &ours, theirs);
                    // Of a set that is a rule (`[nothing]`).
                    let set = nodes[0].set_key.is_some() && ours == Json::Array(Vec::new());
                    let there = elsewhere(t.arm_type, &full).map(|theirs| (full.clone(), theirs));
                    if set
                        || there.as_ref().is_some_and(same)
                        || known.iter().chain(&sent).filter(at).any(same)
                    {
                        said += 1;
                    } else {
                        otherwise.differs(&format!("{place} {ours}"), "is said by nobody else");
                    }
                }
            }
        }
    }
    println!("{seen} defaults, {said} of them said by others");
    otherwise.end(is_looked_at);
}
