//! Small operations on values that lenses share: paths, merging, comparing, reading arguments.

use std::sync::Arc;

use super::lens::{BodyPath, Problem};
use crate::lang::{Entries, Kind, Marks, PathStep, Severity, Type, Value};

/// The value at a path of property names; `None` when a step is absent (or unknown).
pub(crate) fn at<'a, S: AsRef<str>>(value: &'a Value, path: &[S]) -> Option<&'a Value> {
    path.iter().try_fold(value, |v, step| v.get(step.as_ref()))
}

/// A property by name; its letter case does not matter if no property has exactly that name.
pub(crate) fn property<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let entries = value.as_entries()?;
    entries.get(name).or_else(|| entries.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

/// A known, non-null argument.
pub(crate) fn set<'a>(config: &'a Value, name: &str) -> Option<&'a Value> {
    config.get(name).filter(|v| !v.is_null() && !v.is_unknown())
}

/// The argument's known text.
pub(crate) fn text<'a>(config: &'a Value, name: &str) -> Option<&'a str> {
    config.get(name)?.as_str()
}

/// The argument's known truth.
pub(crate) fn flag(config: &Value, name: &str) -> Option<bool> {
    config.get(name)?.as_bool()
}

/// The value marked as a secret: all of it, or of its objects only these parts.
pub(crate) fn secret(value: Value, parts: &[&str]) -> Value {
    if parts.is_empty() {
        return value.marked(&Marks::sensitive());
    }
    let kind = match value.kind {
        Kind::List(ty, all) => {
            Kind::List(ty, Arc::new(all.iter().map(|v| secret(v.clone(), parts)).collect()))
        }
        Kind::Object(mut all) => {
            let entries = Arc::make_mut(&mut all);
            let named = entries.iter_mut().filter(|(name, _)| parts.contains(&&***name));
            named.for_each(|(_, part)| *part = part.clone().marked(&Marks::sensitive()));
            Kind::Object(all)
        }
        // What it is made of is not known, or somebody else's.
        kind => return Value { kind, marks: value.marks }.marked(&Marks::sensitive()),
    };
    Value { kind, marks: value.marks }
}

/// An object whose deep merge has the properties of both; where both have a plain value, that of `over`.
pub(crate) fn merge(base: &Value, over: &Value) -> Value {
    let (Kind::Object(a) | Kind::Map(_, a), Kind::Object(b) | Kind::Map(_, b)) = (&base.kind, &over.kind)
    else {
        return over.clone();
    };
    let mut all: Entries = (**a).clone();
    for (name, value) in b.iter() {
        match all.get_mut(name) {
            Some(there) => *there = merge(there, value),
            None => {
                all.insert(name.clone(), value.clone());
            }
        }
    }
    Value::from(Kind::Object(Arc::new(all))).marked(&base.marks).marked(&over.marks)
}

/// Puts a value at a path of an object under construction.
pub(crate) fn put(root: &mut Entries, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        let merged = match root.get(first) {
            Some(there) if there.as_entries().is_some() && value.as_entries().is_some() => {
                merge(there, &value)
            }
            _ => value,
        };
        root.insert((*first).into(), merged);
        return;
    }
    let slot = root.or_insert((*first).into(), || Value::object::<Arc<str>>([]));
    let Kind::Object(inner) = &mut slot.kind else { return };
    put(Arc::make_mut(inner), rest, value);
}

/// The value without the property at a path of names.
pub(crate) fn without(value: &Value, path: &[Arc<str>]) -> Value {
    let (Some((first, rest)), Some(entries)) = (path.split_first(), value.as_entries()) else {
        return value.clone();
    };
    let mut entries = entries.clone();
    if rest.is_empty() {
        entries.remove(first);
    } else if let Some(inner) = entries.get_mut(first) {
        *inner = without(inner, rest);
    }
    Value { kind: Value::object(entries).kind, marks: value.marks.clone() }
}

/// The paths of every leaf (what is not an object with properties).
pub(crate) fn leaves(value: &Value) -> Vec<BodyPath> {
    fn walk(value: &Value, path: &mut BodyPath, out: &mut Vec<BodyPath>) {
        match value.as_entries() {
            Some(entries) if !entries.is_empty() => {
                for (name, inner) in entries {
                    path.push(name.clone());
                    walk(inner, path, out);
                    path.pop();
                }
            }
            _ => out.push(path.clone()),
        }
    }
    let mut out = Vec::new();
    walk(value, &mut Vec::new(), &mut out);
    out
}

/// The same content, marks apart?
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => true,
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => false,
        (Kind::Bool(x), Kind::Bool(y)) => x == y,
        (Kind::Number(x), Kind::Number(y)) => x == y,
        (Kind::String(x), Kind::String(y)) => x == y,
        _ => match (a.as_sequence(), b.as_sequence(), a.as_entries(), b.as_entries()) {
            (Some(x), Some(y), ..) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
            (.., Some(x), Some(y)) => {
                x.len() == y.len() && x.iter().all(|(n, x)| y.get(n).is_some_and(|y| same(x, y)))
            }
            _ => false,
        },
    }
}

/// `West Europe` as ARM compares it.
pub(crate) fn location(text: &str) -> String {
    text.chars().filter(|c| *c != ' ').collect::<String>().to_lowercase()
}

/// A list of strings.
pub(crate) fn strings<'a>(all: impl IntoIterator<Item = &'a str>) -> Value {
    Value::list(Type::String, all.into_iter().map(Value::string).collect())
}

/// The path of a top-level argument.
pub(crate) fn argument(name: &str) -> Vec<PathStep> {
    vec![PathStep::Attribute(name.into())]
}

/// An error about an argument.
pub(crate) fn error(path: Vec<PathStep>, summary: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path }
}

/// A warning about an argument.
pub(crate) fn warning(path: Vec<PathStep>, summary: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem { severity: Severity::Warning, summary: summary.into(), detail: detail.into(), path }
}
