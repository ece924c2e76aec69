//! Values in a body by path.
//!
//! A path is written `properties.networkAcls.bypass`; `[]` stands for every element of an array
//! (`properties.ipConfigurations[].properties.primary`); a segment ending in `?` is never made, only entered
//! (`properties.networkAcls?.bypass`: only where `networkAcls` is there).

use serde_json::{Map, Value};

/// The value at a path without `[]`; names compare exactly.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = value;
    for segment in path.split('.') {
        here = here.get(segment.trim_end_matches('?'))?;
    }
    (!here.is_null()).then_some(here)
}

/// The text at a path without `[]`, `""` if there is none.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// Every value that a path (which may have `[]`) leads to.
pub fn all<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut here = vec![value];
    for segment in path.split('.') {
        let (name, each) = split(segment);
        here = here
            .into_iter()
            .filter_map(|value| value.get(name))
            .flat_map(|value| match (each, value) {
                (true, Value::Array(items)) => items.iter().collect(),
                (true, _) => Vec::new(),
                (false, value) => vec![value],
            })
            .filter(|value| !value.is_null())
            .collect();
    }
    here
}

/// Calls `change` on every object that holds the last segment of the path (which may have `[]`), with that segment's name.
/// Objects on the way are made, unless their segment ends in `?` or stands for the elements of an array.
pub fn holders(value: &mut Value, path: &str, change: &mut dyn FnMut(&mut Map<String, Value>, &str)) {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let Value::Object(object) = value else { return };
    let (name, each) = split(first);
    let Some(rest) = rest else {
        change(object, name);
        return;
    };
    if each {
        if let Some(Value::Array(items)) = object.get_mut(name) {
            for item in items {
                holders(item, rest, change);
            }
        }
        return;
    }
    if object.get(name).is_none_or(Value::is_null) {
        if first.ends_with('?') {
            return;
        }
        object.insert(name.to_owned(), Value::Object(Map::new()));
    }
    if let Some(inner) = object.get_mut(name) {
        holders(inner, rest, change);
    }
}

/// Sets the value at a path; objects on the way are made.
pub fn set(value: &mut Value, path: &str, new: Value) {
    holders(value, path, &mut |object, name| {
        object.insert(name.to_owned(), new.clone());
    });
}

/// Takes the value at a path away; nothing is made on the way.
pub fn remove(value: &mut Value, path: &str) {
    entered(value, path, &mut |object, name| {
        object.shift_remove(name);
    });
}

/// As [`holders`], but nothing is made on the way.
pub fn entered(value: &mut Value, path: &str, change: &mut dyn FnMut(&mut Map<String, Value>, &str)) {
    let segments: Vec<String> =
        path.split('.').map(|segment| format!("{}?", segment.trim_end_matches('?'))).collect();
    holders(value, &segments.join("."), change);
}

/// Lays an object over another: JSON merge patch, except that a `null` stays one.
pub fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                match into.get_mut(name) {
                    Some(old) => merge(old, value),
                    None => _ = into.insert(name.clone(), value.clone()),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn split(segment: &str) -> (&str, bool) {
    let segment = segment.trim_end_matches('?');
    match segment.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (segment, false),
    }
}
