//! The facts against what the local cloud does of itself, which was written down without them.

use serde_json::Value as Json;

use super::{is_looked_at, nodes, type_facts};
use crate::catalog::facts::{Compare, alike};
use crate::catalog::otherwise::Otherwise;
use crate::localcloud::registry;

/// Words by their facts, numbers by value.
fn is_same(how: Compare, ours: Option<Json>, theirs: Option<Json>) -> bool {
    let (Some(a), Some(b)) = (ours, theirs) else { return false };
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => alike(how, a, b),
        _ => a == b || a.as_f64().is_some_and(|n| b.as_f64() == Some(n)),
    }
}

#[test]
pub(in crate::catalog) fn what_the_cloud_does_of_itself_is_known() {
    let (mut otherwise, mut seen) = (Otherwise::of("cloud"), 0);
    let mut differs = |place: String, says: &str| otherwise.differs(&place, says);
    for rules in registry::rows() {
        let facts = type_facts(rules.type_name);
        if facts.arm_type.is_empty() || !is_looked_at(facts.arm_type) {
            continue;
        }
        let place = |path: &str| format!("{} {path}", facts.arm_type);
        for (path, json) in rules.defaults {
            seen += 1;
            let (known, whole) = nodes(&facts.body, &path.replace('?', ""));
            if known.iter().any(|n| n.read_only) {
                continue;
            }
            let ours = whole.then(|| known[0].default).flatten();
            let parse = |text: &str| serde_json::from_str::<Json>(text).ok();
            match ours {
                None => differs(place(path), &format!("default {json} is not known")),
                Some(ours) if !is_same(known[0].compare, parse(ours), parse(json)) => {
                    differs(place(path), &format!("default {ours} is {json} there"));
                }
                Some(_) => {}
            }
        }
        let mut each = |paths: &[&str], says: &str, is: &dyn Fn(&crate::catalog::FactNode) -> bool| {
            for path in paths {
                seen += 1;
                let (known, whole) = nodes(&facts.body, &path.replace('?', ""));
                if !(whole && is(known[0])) {
                    differs(place(path), says);
                }
            }
        };
        each(rules.sets, "is not known as a set", &|n| n.set_key.is_some());
        each(rules.write_only, "is not known as never answered", &|n| {
            n.compare == Compare::WriteOnly || n.secret
        });
        for path in rules.immutable {
            seen += 1;
            // What is in something that is fixed is fixed.
            let (known, _) = nodes(&facts.body, &path.replace('?', ""));
            if !known.first().is_some_and(|n| n.create_only) {
                differs(place(path), "is not known as create-only");
            }
        }
    }
    println!("{seen} facts of the local cloud");
    otherwise.end(is_looked_at);
}
