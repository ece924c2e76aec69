//! The transformations between an argument and a property, both ways, and making a document's values fit a type.

use std::sync::Arc;

use super::table::{Codec, Lit, Path, Send};
use crate::catalog::value::{at, location, property, put, same};
use crate::lang::{Entries, Kind, Number, Type, Value};

/// The property that an argument becomes. Null and wholly unknown values never get here.
pub(super) fn encode(codec: &Codec, value: &Value) -> Value {
    let each = |f: &dyn Fn(&Value) -> Value| {
        let all = value.as_sequence().unwrap_or_default();
        Value::tuple(
            all.iter().map(|v| if v.is_null() { v.clone() } else { f(v).marked(&v.marks) }).collect(),
        )
    };
    let out = match codec {
        Codec::Plain => plain(value),
        Codec::Switch(on, off) => match value.as_bool() {
            Some(true) => (*on).into(),
            Some(false) => (*off).into(),
            None => value.clone(),
        },
        Codec::Not => value.as_bool().map_or_else(|| value.clone(), |b| (!b).into()),
        Codec::Id => Value::object([("id", value.clone())]),
        Codec::Items(path, constants) => each(&|item| wrap(path, constants, item)),
        Codec::Join(glue) => match value.as_sequence() {
            Some(all) if all.iter().all(|v| v.as_str().is_some()) => {
                all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(glue).into()
            }
            _ => Value::unknown(Type::String),
        },
        Codec::Location => value.as_str().map_or_else(|| value.clone(), |t| location(t).into()),
        Codec::Words(words) => match value.as_str() {
            Some(t) => words.iter().find(|(a, _)| *a == t).map_or(t, |(_, b)| b).into(),
            None => value.clone(),
        },
        Codec::Keys => match value.as_sequence() {
            Some(all) if all.iter().all(|v| v.as_str().is_some()) => {
                let empty = || Value::object::<Arc<str>>([]);
                Value::object(all.iter().filter_map(|v| Some((v.as_str()?, empty()))))
            }
            _ => Value::unknown(Type::Dynamic),
        },
        Codec::Json => json(value).unwrap_or_else(|| value.clone()),
        Codec::Hook(put, _) => put(value),
        Codec::Spread(..) => value.clone(),
    };
    out.marked(&value.marks)
}

/// `{path: item, constants}`.
fn wrap(path: &Path, constants: &[(&'static str, Lit)], item: &Value) -> Value {
    let mut object = Entries::new();
    put(&mut object, path, item.clone());
    for (name, constant) in constants {
        object.insert((*name).into(), constant.value());
    }
    Value::object(object)
}

/// What a JSON text says.
pub(super) fn json(text: &Value) -> Option<Value> {
    serde_json::from_str(text.as_str()?).ok().map(|json| Value::from_json(&json))
}

/// Collections as JSON has them.
pub(super) fn plain(value: &Value) -> Value {
    match &value.kind {
        Kind::List(_, all) | Kind::Set(_, all) => {
            Value { kind: Kind::Tuple(all.clone()), marks: value.marks.clone() }
        }
        Kind::Map(_, all) => Value { kind: Kind::Object(all.clone()), marks: value.marks.clone() },
        _ => value.clone(),
    }
}

/// The argument that a property stands for; `None` when it says nothing.
pub(super) fn decode(codec: &Codec, raw: &Value, ty: &Type) -> Option<Value> {
    if raw.is_null() {
        return None;
    }
    if raw.is_unknown() {
        return Some(Value::unknown(ty.clone()).marked(&raw.marks));
    }
    let texts = |all: Vec<Value>| conform(&Value::tuple(all), ty);
    let out = match codec {
        Codec::Plain => conform(raw, ty),
        Codec::Switch(on, _) => {
            raw.as_str().map_or_else(|| conform(raw, ty), |t| t.eq_ignore_ascii_case(on).into())
        }
        Codec::Not => raw.as_bool().map_or_else(|| conform(raw, ty), |b| (!b).into()),
        Codec::Id => conform(property(raw, "id")?, ty),
        Codec::Items(path, _) => {
            let all = raw.as_sequence()?;
            texts(all.iter().filter_map(|item| at(item, path).filter(|v| !v.is_null()).cloned()).collect())
        }
        Codec::Join(glue) => {
            let words = raw.as_str()?.split(glue.trim()).map(str::trim).filter(|w| !w.is_empty());
            texts(words.map(Value::from).collect())
        }
        Codec::Location => conform(&raw.as_str().map_or_else(|| raw.clone(), |t| location(t).into()), ty),
        Codec::Words(words) => match raw.as_str() {
            Some(t) => words.iter().find(|(_, b)| b.eq_ignore_ascii_case(t)).map_or(t, |(a, _)| a).into(),
            None => conform(raw, ty),
        },
        Codec::Keys => texts(raw.as_entries()?.keys().map(|k| Value::string(k)).collect()),
        Codec::Json => raw.to_json()?.to_string().into(),
        Codec::Hook(_, take) => conform(&take(raw)?, ty),
        Codec::Spread(..) => return None,
    };
    Some(out.marked(&raw.marks))
}

/// Whether a written value is sent at all.
pub(super) fn is_sent(send: Send, value: &Value) -> bool {
    match send {
        Send::Always => true,
        Send::NonEmpty => match &value.kind {
            Kind::String(s) => !s.is_empty(),
            Kind::Number(n) => !n.is_zero(),
            Kind::Bool(b) => *b,
            _ => {
                value.as_sequence().is_none_or(|all| !all.is_empty())
                    && value.as_entries().is_none_or(|all| !all.is_empty())
            }
        },
        Send::Unless(lit) => !same(value, &lit.value()),
    }
}

/// A document's value as a value of a type: numbers and text are read from each other, what does not fit is null.
pub(super) fn conform(value: &Value, ty: &Type) -> Value {
    let null = || Value::null(ty.clone());
    let out = match (&value.kind, ty) {
        (Kind::Null(_), _) => null(),
        (Kind::Unknown(_), _) => Value::unknown(ty.clone()),
        (_, Type::Dynamic) => value.clone(),
        (Kind::Bool(_), Type::Bool) | (Kind::Number(_), Type::Number) | (Kind::String(_), Type::String) => {
            value.clone()
        }
        (Kind::String(s), Type::Bool) => match s.to_ascii_lowercase().as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => null(),
        },
        (Kind::String(s), Type::Number) => Number::parse(s).map_or_else(null, Value::from),
        (Kind::Number(n), Type::String) => n.to_string().into(),
        (Kind::Bool(b), Type::String) => b.to_string().into(),
        (_, Type::List(t)) => match value.as_sequence() {
            Some(all) => Value::list((**t).clone(), all.iter().map(|v| conform(v, t)).collect()),
            None => null(),
        },
        (_, Type::Set(t)) => match value.as_sequence() {
            Some(all) => Value::set((**t).clone(), all.iter().map(|v| conform(v, t)).collect()),
            None => null(),
        },
        (_, Type::Map(t)) => match value.as_entries() {
            Some(all) => Value::map((**t).clone(), all.iter().map(|(n, v)| (n.clone(), conform(v, t)))),
            None => null(),
        },
        (_, Type::Object(o)) => match value.as_entries() {
            Some(_) => Value::object(o.attributes.iter().map(|(n, t)| {
                (n.clone(), property(value, n).map_or_else(|| Value::null(t.clone()), |v| conform(v, t)))
            })),
            None => null(),
        },
        _ => null(),
    };
    out.marked(&value.marks)
}
