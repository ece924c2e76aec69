//! Paths into values: getting, replacing, printing.

use std::sync::Arc;

use crate::lang::{Entries, Kind, PathStep, Value};

/// The part at a path.
pub fn get<'v>(value: &'v Value, path: &[PathStep]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        PathStep::Attribute(name) | PathStep::Key(name) => value.get(name),
        PathStep::Index(at) => value.as_sequence()?.get(*at),
    })
}

/// The value with the part at a path replaced, or removed (`None`) where it is an entry of a map or dynamic object.
/// Where the path does not lead into the value, nothing changes, but a missing entry is added.
pub fn replace(value: &Value, path: &[PathStep], part: Option<&Value>) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return part.cloned().unwrap_or_else(|| value.clone());
    };
    let kind = match (&value.kind, step) {
        (Kind::Object(entries), PathStep::Attribute(name) | PathStep::Key(name)) => {
            Kind::Object(Arc::new(entry(entries, name, rest, part)))
        }
        (Kind::Map(ty, entries), PathStep::Attribute(name) | PathStep::Key(name)) => {
            Kind::Map(ty.clone(), Arc::new(entry(entries, name, rest, part)))
        }
        (Kind::List(ty, items), PathStep::Index(at)) => {
            Kind::List(ty.clone(), Arc::new(item(items, *at, rest, part)))
        }
        (Kind::Set(ty, items), PathStep::Index(at)) => {
            Kind::Set(ty.clone(), Arc::new(item(items, *at, rest, part)))
        }
        (Kind::Tuple(items), PathStep::Index(at)) => Kind::Tuple(Arc::new(item(items, *at, rest, part))),
        (other, _) => other.clone(),
    };
    Value { kind, marks: value.marks.clone() }
}

fn entry(entries: &Entries, name: &Arc<str>, rest: &[PathStep], part: Option<&Value>) -> Entries {
    let mut entries = entries.clone();
    match (entries.get(name), rest.is_empty(), part) {
        (Some(old), false, _) => {
            let new = replace(old, rest, part);
            entries.insert(name.clone(), new);
        }
        (_, true, Some(part)) => {
            entries.insert(name.clone(), part.clone());
        }
        (_, true, None) => {
            entries.remove(name);
        }
        (None, false, _) => {}
    }
    entries
}

fn item(items: &[Value], at: usize, rest: &[PathStep], part: Option<&Value>) -> Vec<Value> {
    let mut items = items.to_vec();
    if let Some(old) = items.get(at) {
        items[at] = replace(old, rest, part);
    }
    items
}

/// `properties.rules[0].name`
pub fn text(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            PathStep::Attribute(name) if text.is_empty() => text.push_str(name),
            PathStep::Attribute(name) => {
                text.push('.');
                text.push_str(name);
            }
            PathStep::Key(name) => text.push_str(&format!("[{name:?}]")),
            PathStep::Index(at) => text.push_str(&format!("[{at}]")),
        }
    }
    text
}

/// Is one path at or below the other, in either direction?
pub fn touch(a: &[PathStep], b: &[PathStep]) -> bool {
    let n = a.len().min(b.len());
    a[..n] == b[..n]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_are_found_replaced_and_removed() {
        let value = Value::from_json(&json!({"a": [{"b": 1}], "c": 2}));
        let path = [PathStep::Attribute("a".into()), PathStep::Index(0), PathStep::Attribute("b".into())];
        assert_eq!(get(&value, &path), Some(&1.into()));
        let more = replace(&value, &path, Some(&5.into()));
        assert_eq!(more.to_json().unwrap(), json!({"a": [{"b": 5}], "c": 2}));
        let less = replace(&value, &path, None);
        assert_eq!(less.to_json().unwrap(), json!({"a": [{}], "c": 2}));
        assert_eq!(text(&path), "a[0].b");
        assert!(touch(&path[..1], &path) && !touch(&path, &[PathStep::Attribute("c".into())]));
    }
}
