//! Values as JSON, and the skeletons beside them that say which parts are unknown or sensitive.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::lang::schema::{BlockSpec, Nesting};
use crate::lang::{Entries, Kind, Type, Value};

/// The value; unknown attributes are left out, unknown elements are null. `None`: it is wholly unknown.
pub(super) fn known(value: &Value) -> Option<Json> {
    value.to_json_with(&|| None)
}

/// The value of something that is there: what is unknown of it was not read, because nothing uses it. It is null.
pub(super) fn present(value: &Value) -> Json {
    value.to_json_with(&|| Some(Json::Null)).unwrap_or_default()
}

/// What an object that stays will be: parts that are unknown before and after were not read, and are null.
pub(super) fn staying(before: &Value, after: &Value) -> Value {
    let entries = |old: &Value, all: &Entries| {
        let part = |(name, new): (&Arc<str>, &Value)| {
            (name.clone(), old.get(name).map_or_else(|| new.clone(), |old| staying(old, new)))
        };
        Arc::new(all.iter().map(part).collect())
    };
    let elements = |old: &Value, all: &[Value]| {
        let old = old.as_sequence().unwrap_or_default();
        let part =
            |(at, new): (usize, &Value)| old.get(at).map_or_else(|| new.clone(), |old| staying(old, new));
        Arc::new(all.iter().enumerate().map(part).collect::<Vec<Value>>())
    };
    let kind = match &after.kind {
        Kind::Unknown(unknown) if before.is_unknown() => Kind::Null(unknown.ty.clone()),
        Kind::List(ty, all) => Kind::List(ty.clone(), elements(before, all)),
        Kind::Set(ty, all) => Kind::Set(ty.clone(), elements(before, all)),
        Kind::Tuple(all) => Kind::Tuple(elements(before, all)),
        Kind::Map(ty, all) => Kind::Map(ty.clone(), entries(before, all)),
        Kind::Object(all) => Kind::Object(entries(before, all)),
        other => other.clone(),
    };
    Value { kind, marks: after.marks.clone() }
}

/// Where the value is unknown.
pub(super) fn unknown(value: &Value) -> Json {
    skeleton(value, &|v| v.is_unknown()).unwrap_or(Json::Bool(false))
}

/// Where an object is unknown: always an object, an empty one where all is known.
pub(super) fn unknown_in(object: Option<&Value>) -> Json {
    match object.filter(|o| !o.is_wholly_known()).map(unknown) {
        Some(mask @ Json::Object(_)) => mask,
        _ => Json::Object(Map::new()),
    }
}

/// Is any part of the value a secret?
pub(super) fn any_sensitive(value: &Value) -> bool {
    value.deep_marks().is_sensitive()
}

/// Where an object is sensitive, by its marks and by the schema.
pub(super) fn sensitive(object: &Value, spec: &BlockSpec) -> Json {
    if object.marks.is_sensitive() {
        return Json::Bool(true);
    }
    let Some(entries) = object.as_entries() else { return Json::Object(Map::new()) };
    let mut out = Map::new();
    for (name, part) in entries {
        let attr = spec.attribute(name);
        let mask = if attr.is_some_and(|a| a.sensitive) {
            Some(Json::Bool(true))
        } else if let Some(nested) = spec.block(name) {
            blocks(part, nested.nesting, &nested.block)
        } else {
            marked(part)
        };
        if let Some(mask) = mask {
            out.insert(name.to_string(), mask);
        }
    }
    Json::Object(out)
}

/// The skeleton of nested blocks.
fn blocks(part: &Value, nesting: Nesting, spec: &BlockSpec) -> Option<Json> {
    if part.marks.is_sensitive() {
        return Some(Json::Bool(true));
    }
    if part.is_null() {
        return None;
    }
    match nesting {
        Nesting::Single | Nesting::Group if part.is_unknown() => None,
        Nesting::Single | Nesting::Group => Some(sensitive(part, spec)),
        Nesting::Map => {
            let all = part.as_entries()?;
            Some(Json::Object(all.iter().map(|(n, v)| (n.to_string(), sensitive(v, spec))).collect()))
        }
        Nesting::List | Nesting::Set => {
            let all = part.as_sequence().unwrap_or_default();
            let masks: Vec<Json> = all.iter().map(|v| sensitive(v, spec)).collect();
            // Elements of a set have no secrets of their own: the set has.
            if nesting == Nesting::Set && masks.iter().any(has_true) {
                return Some(Json::Bool(true));
            }
            Some(Json::Array(masks))
        }
    }
}

fn has_true(mask: &Json) -> bool {
    match mask {
        Json::Bool(b) => *b,
        Json::Array(all) => all.iter().any(has_true),
        Json::Object(all) => all.values().any(has_true),
        _ => false,
    }
}

/// Where a value is sensitive, by its marks alone.
fn marked(value: &Value) -> Option<Json> {
    if let Kind::Set(_, all) = &value.kind
        && all.iter().any(any_sensitive)
    {
        return Some(Json::Bool(true));
    }
    // Of an unknown collection nothing is secret, but that it is a collection is known.
    if let Kind::Unknown(unknown) = &value.kind
        && !value.marks.is_sensitive()
    {
        return match unknown.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Some(Json::Array(Vec::new())),
            Type::Map(_) | Type::Object(_) => Some(Json::Object(Map::new())),
            _ => None,
        };
    }
    skeleton(value, &|v| v.marks.is_sensitive())
}

/// `true` where it is so, containers in their shape; nothing for a scalar where it is not.
fn skeleton(value: &Value, is: &dyn Fn(&Value) -> bool) -> Option<Json> {
    if is(value) {
        return Some(Json::Bool(true));
    }
    match &value.kind {
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
            let each = |v: &Value| skeleton(v, is).unwrap_or(Json::Bool(false));
            Some(Json::Array(all.iter().map(each).collect()))
        }
        Kind::Map(_, all) | Kind::Object(all) => Some(Json::Object(
            all.iter().filter_map(|(n, v)| Some((n.to_string(), skeleton(v, is)?))).collect(),
        )),
        _ => None,
    }
}
