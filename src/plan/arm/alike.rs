//! What was and what will be, spelled alike where they mean the same: a plan shows each change once.

use std::sync::Arc;

use crate::lang::{Kind, PathStep, Value};
use crate::plan::paths;

/// What is planned, with what is not touched by the changed arguments kept as it is where nothing new is known.
pub(super) fn harmonise(before: &Value, after: &Value, changed: &[Vec<PathStep>]) -> Value {
    merge(before, after, changed, &mut Vec::new(), true)
}

/// What is, spelled as it is planned wherever nothing changed: what means the same is shown once.
pub(super) fn same_meaning(before: &Value, after: &Value, changed: &[Vec<PathStep>]) -> Value {
    merge(after, before, changed, &mut Vec::new(), false)
}

/// `over` with the parts that no changed path touches taken from `base`. With `fill`, only unknown and null ones are.
fn merge(base: &Value, over: &Value, changed: &[Vec<PathStep>], at: &mut Vec<PathStep>, fill: bool) -> Value {
    if !at.is_empty() && !changed.iter().any(|path| paths::touch(path, at)) {
        if fill {
            let missing = over.is_null() || !over.is_wholly_known();
            return if missing && !base.is_null() { base.clone() } else { over.clone() };
        }
        // What will be unknown is known now: only the known parts are spelled alike.
        if base.is_wholly_known() {
            return base.clone();
        }
    }
    match (&base.kind, &over.kind) {
        (Kind::Object(old), Kind::Object(new)) => {
            let merged = new.iter().map(|(name, value)| {
                at.push(PathStep::Attribute(name.clone()));
                let value = match old.get(name) {
                    Some(old) => merge(old, value, changed, at, fill),
                    None => value.clone(),
                };
                at.pop();
                (name.clone(), value)
            });
            base.object_like(merged.collect()).marked(&over.marks)
        }
        (Kind::List(_, old), Kind::List(ty, new)) if old.len() == new.len() => {
            let merged = old.iter().zip(new.iter()).enumerate().map(|(i, (old, new))| {
                at.push(PathStep::Index(i));
                let value = merge(old, new, changed, at, fill);
                at.pop();
                value
            });
            let items: Vec<Value> = merged.collect();
            Value { kind: Kind::List(ty.clone(), Arc::new(items)), marks: over.marks.clone() }
        }
        _ => over.clone(),
    }
}
