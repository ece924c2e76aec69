//! Defaults of optional attributes: `optional(number, 7)`. Applied before the value is converted to its type.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::{convert, unify};
use super::entries::Entries;
use super::types::Type;
use super::value::{Kind, Value};

/// The defaults in a type constraint, as a tree of the parts that have some.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    /// The defaults of an object's own attributes.
    pub values: Entries,
    /// Those within an object's attributes.
    pub attributes: BTreeMap<Arc<str>, Defaults>,
    /// Those within the elements of a tuple, by position.
    pub positions: BTreeMap<usize, Defaults>,
    /// Those within every element of a collection.
    pub element: Option<Box<Defaults>>,
}

impl Defaults {
    /// Is there no default at all?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
            && self.attributes.is_empty()
            && self.positions.is_empty()
            && self.element.is_none()
    }
}

/// The value with defaults in place of attributes that are missing or null. Null and unknown wholes stay.
pub fn apply_defaults(value: &Value, defaults: &Defaults) -> Value {
    if defaults.is_empty() {
        return value.clone();
    }
    let sequence = |all: &[Value]| -> Vec<Value> {
        all.iter()
            .enumerate()
            .map(|(i, v)| match defaults.positions.get(&i).or(defaults.element.as_deref()) {
                Some(d) => apply_defaults(v, d),
                None => v.clone(),
            })
            .collect()
    };
    let result = match &value.kind {
        Kind::Tuple(all) => Value::tuple(sequence(all)),
        Kind::List(ty, all) => match same_type(ty, sequence(all)) {
            Ok((ty, all)) => Value::list(ty, all),
            Err(all) => Value::tuple(all),
        },
        Kind::Set(ty, all) => match same_type(ty, sequence(all)) {
            Ok((ty, all)) => Value::set(ty, all),
            Err(all) => Value::tuple(all),
        },
        Kind::Object(all) => Kind::Object(Arc::new(entries(all, defaults))).into(),
        Kind::Map(ty, all) => {
            let all = entries(all, defaults);
            let (names, parts): (Vec<_>, Vec<_>) = all.into_iter().unzip();
            match same_type(ty, parts) {
                Ok((ty, parts)) => Value::map(ty, names.into_iter().zip(parts)),
                Err(parts) => Value::object(names.into_iter().zip(parts)),
            }
        }
        _ => return value.clone(),
    };
    result.marked(&value.marks)
}

fn entries(all: &Entries, defaults: &Defaults) -> Entries {
    let mut out = all.clone();
    for (name, default) in &defaults.values {
        let missing = out.get(name).is_none_or(Value::is_null);
        if missing {
            out.insert(name.clone(), default.clone());
        }
    }
    for (name, part) in out.iter_mut() {
        if let Some(d) = defaults.attributes.get(name).or(defaults.element.as_deref()) {
            *part = apply_defaults(part, d);
        }
    }
    out
}

/// The parts as elements of one type, if they have one in common.
fn same_type(before: &Type, all: Vec<Value>) -> Result<(Type, Vec<Value>), Vec<Value>> {
    if all.is_empty() {
        return Ok((before.clone(), all));
    }
    let types: Vec<Type> = all.iter().map(Value::ty).collect();
    let Some(ty) = unify(&types) else { return Err(all) };
    match all.iter().map(|v| convert(v, &ty)).collect() {
        Ok(same) => Ok((ty, same)),
        Err(_) => Err(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_what_is_missing_or_null() {
        let inner = Defaults { values: Entries::from([("k".into(), "dflt".into())]), ..Defaults::default() };
        let defaults = Defaults {
            values: Entries::from([
                ("size".into(), Value::from(7)),
                ("inner".into(), Value::object::<&str>([])),
            ]),
            attributes: BTreeMap::from([("inner".into(), inner)]),
            ..Defaults::default()
        };
        let list = Defaults { element: Some(Box::new(defaults.clone())), ..Defaults::default() };
        let given = Value::from_json(&serde_json::json!({"name": "n", "size": null}));
        let want = Value::from_json(&serde_json::json!({"name": "n", "size": 7, "inner": {"k": "dflt"}}));
        assert_eq!(apply_defaults(&given, &defaults), want);
        assert_eq!(apply_defaults(&Value::tuple(vec![given]), &list), Value::tuple(vec![want]));
        let null = Value::null(Type::Dynamic);
        assert_eq!(apply_defaults(&null, &defaults), null);
    }
}
