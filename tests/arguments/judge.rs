//! Which arguments a planned change shows.

use std::collections::BTreeSet;

use ringfence::lang::Value;
use ringfence::lang::schema::{BlockSpec, Nesting};
use ringfence::plan::model::Change;

/// The paths of the arguments that differ. Attributes that are only read follow from others; so do arguments that the
/// service fills in, where they are not written.
pub fn changed(change: &Change, written: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return found };
    object(&change.schema, &before.unmarked_deep(), &after.unmarked_deep(), "", written, &mut found);
    found
}

fn object(
    spec: &BlockSpec,
    before: &Value,
    after: &Value,
    prefix: &str,
    written: &BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    for attribute in spec.attributes.iter().filter(|a| a.is_argument()) {
        let path = format!("{prefix}{}", attribute.name);
        let follows = (attribute.computed || attribute.deprecated.is_some()) && !written.contains(&path);
        if !follows && before.get(&attribute.name) != after.get(&attribute.name) {
            found.insert(path);
        }
    }
    for nested in spec.blocks.iter().filter(|b| b.name != "timeouts") {
        let path = format!("{prefix}{}", nested.name);
        let (was, will) = (before.get(&nested.name), after.get(&nested.name));
        let inside = format!("{path}.");
        let follows = nested.computed && !written.iter().any(|p| p.starts_with(&inside));
        if follows || was == will {
            continue;
        }
        let (mut was, mut will) = (elements(was), elements(will));
        if nested.nesting == Nesting::Set {
            let kept: Vec<&Value> = was.iter().copied().filter(|v| will.contains(v)).collect();
            was.retain(|v| !kept.contains(v));
            will.retain(|v| !kept.contains(v));
        }
        if was.len() != will.len() {
            found.insert(path);
            continue;
        }
        for was in was {
            // The items of a set that have most in common are the same item, changed.
            let differences = |will: &Value| {
                let mut found = BTreeSet::new();
                object(&nested.block, was, will, &format!("{path}."), written, &mut found);
                found
            };
            let nearest = match nested.nesting {
                Nesting::Set => (0..will.len()).min_by_key(|at| differences(will[*at]).len()),
                _ => Some(0),
            };
            found.extend(nearest.map(|at| differences(will.remove(at))).unwrap_or_default());
        }
    }
}

fn elements(value: Option<&Value>) -> Vec<&Value> {
    value.and_then(Value::as_sequence).unwrap_or_default().iter().collect()
}
