//! Equality of values: `==` as cty has it, with unknowns.

use super::entries::Entries;
use super::types::Type;
use super::value::{Kind, Unknown, Value};

/// Are they equal? An unknown bool if that depends on what is not known. Carries all marks of both.
pub fn equals(a: &Value, b: &Value) -> Value {
    let marks = a.deep_marks().union(&b.deep_marks());
    let result = match same(a, b) {
        Some(known) => known.into(),
        None => Value::unknown_not_null(Type::Bool),
    };
    result.marked(&marks)
}

/// Are they equal, whatever their marks? `None`: it depends on what is not known.
pub fn same(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        (Kind::Null(_), Kind::Unknown(u)) | (Kind::Unknown(u), Kind::Null(_)) => {
            if u.not_null {
                Some(false)
            } else {
                None
            }
        }
        (Kind::Null(_), _) | (_, Kind::Null(_)) => Some(false),
        (Kind::Unknown(x), Kind::Unknown(y)) => {
            if types_differ(&x.ty, &y.ty) && x.not_null && y.not_null {
                Some(false)
            } else {
                None
            }
        }
        (Kind::Unknown(u), _) => may_become(u, b),
        (_, Kind::Unknown(u)) => may_become(u, a),
        (Kind::Bool(x), Kind::Bool(y)) => Some(x == y),
        (Kind::Number(x), Kind::Number(y)) => Some(x == y),
        (Kind::String(x), Kind::String(y)) => Some(x == y),
        (Kind::List(s, x), Kind::List(t, y)) => {
            if types_differ(s, t) {
                return Some(false);
            }
            same_all(x, y)
        }
        (Kind::Tuple(x), Kind::Tuple(y)) => same_all(x, y),
        (Kind::Set(s, x), Kind::Set(t, y)) => {
            if types_differ(s, t) {
                return Some(false);
            }
            if x.iter().chain(y.iter()).all(Value::is_wholly_known) { same_all(x, y) } else { None }
        }
        (Kind::Map(s, x), Kind::Map(t, y)) => {
            if types_differ(s, t) {
                return Some(false);
            }
            same_entries(x, y)
        }
        (Kind::Object(x), Kind::Object(y)) => same_entries(x, y),
        _ => Some(false),
    }
}

fn same_all(x: &[Value], y: &[Value]) -> Option<bool> {
    if x.len() != y.len() {
        return Some(false);
    }
    in_turn(x.iter().zip(y).map(|(a, b)| same(a, b)))
}

fn same_entries(x: &Entries, y: &Entries) -> Option<bool> {
    if x.len() != y.len() || !x.keys().eq(y.keys()) {
        return Some(false);
    }
    in_turn(x.values().zip(y.values()).map(|(a, b)| same(a, b)))
}

/// The first that is not certainly the same decides, as in cty: a part that is not known comes before a difference
/// that follows it.
fn in_turn(mut all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all.find(|one| *one != Some(true)).unwrap_or(Some(true))
}

/// Can the unknown become this known value? `Some(false)` if not, else it is open.
fn may_become(u: &Unknown, known: &Value) -> Option<bool> {
    // A null would be of no type, but what is known is none.
    let no = types_differ(&u.ty, &known.ty())
        || matches!((&u.prefix, known.as_str()), (Some(p), Some(text)) if !text.starts_with(&**p))
        || matches!((u.length, known_length(known)), (Some((min, max)), Some(n)) if n < min || n > max);
    if no { Some(false) } else { None }
}

/// What the bounds of an unknown are about: how many elements there are, or the number itself.
fn known_length(v: &Value) -> Option<usize> {
    match &v.kind {
        Kind::List(_, all) => Some(all.len()),
        Kind::Map(_, all) => Some(all.len()),
        Kind::Set(_, all) if all.iter().all(Value::is_wholly_known) => Some(all.len()),
        Kind::Number(n) => n.as_usize(),
        _ => None,
    }
}

fn types_differ(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => false,
        (Type::List(x), Type::List(y)) | (Type::Set(x), Type::Set(y)) | (Type::Map(x), Type::Map(y)) => {
            types_differ(x, y)
        }
        (Type::Tuple(x), Type::Tuple(y)) => {
            x.len() != y.len() || x.iter().zip(y.iter()).any(|(a, b)| types_differ(a, b))
        }
        (Type::Object(_), Type::Object(_)) => a != b && !a.has_dynamic() && !b.has_dynamic(),
        _ => a != b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::marks::Marks;

    #[test]
    fn known_unknown_and_null() {
        let unknown = Value::unknown(Type::String);
        let sure = Value::unknown_not_null(Type::String);
        let null = Value::null(Type::Dynamic);
        let rows = [
            (Value::from("a"), Value::from("a"), Some(true)),
            (Value::from("1"), Value::from(1), Some(false)),
            (null.clone(), Value::null(Type::String), Some(true)),
            (null.clone(), Value::from(1), Some(false)),
            (unknown.clone(), null.clone(), None),
            (sure.clone(), null.clone(), Some(false)),
            (unknown.clone(), Value::from("a"), None),
            (sure.clone(), Value::from(1), Some(false)),
            (Value::tuple(vec![unknown.clone()]), Value::tuple(vec![]), Some(false)),
            (
                Value::tuple(vec![1.into(), unknown.clone()]),
                Value::tuple(vec![2.into(), unknown.clone()]),
                Some(false),
            ),
            (
                Value::tuple(vec![unknown.clone(), 1.into()]),
                Value::tuple(vec![unknown.clone(), 2.into()]),
                None,
            ),
            (unknown.clone(), Value::from(1), Some(false)),
            (unknown.clone(), Value::tuple(vec![null.clone()]), Some(false)),
            (Value::list(Type::String, vec![]), Value::list(Type::Number, vec![]), Some(false)),
            (Value::tuple(vec![1.into()]), Value::list(Type::Number, vec![1.into()]), Some(false)),
        ];
        for (i, (a, b, want)) in rows.into_iter().enumerate() {
            assert_eq!(same(&a, &b), want, "row {i}");
            assert_eq!(same(&b, &a), want, "row {i} swapped");
        }
    }

    #[test]
    fn a_prefix_decides() {
        let mut u = Unknown { ty: Type::String, not_null: true, prefix: Some("x-".into()), length: None };
        assert_eq!(same(&Kind::Unknown(Box::new(u.clone())).into(), &"y".into()), Some(false));
        u.prefix = None;
        assert_eq!(same(&Kind::Unknown(Box::new(u)).into(), &"y".into()), None);
    }

    #[test]
    fn the_marks_of_parts_count() {
        let a = Value::tuple(vec![Value::from(1).marked(&Marks::sensitive())]);
        assert!(equals(&a, &Value::from(1)).marks.is_sensitive());
    }
}
