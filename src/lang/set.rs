//! Sets: which elements are the same, and in what order they come (cty's set rules).

use std::cmp::Ordering;
use std::sync::Arc;

use super::codec::quote;
use super::marks::Marks;
use super::types::Type;
use super::value::{Kind, Value};

impl Value {
    /// A set: each known element once, in `set_order`; it carries the marks of all its elements. The elements have
    /// the type already.
    pub fn set(element: Type, elements: Vec<Value>) -> Value {
        let mut marks = Marks::NONE;
        let mut all: Vec<Value> = Vec::with_capacity(elements.len());
        for value in elements {
            let own = value.deep_marks();
            if own.is_empty() {
                all.push(value);
            } else {
                marks = marks.union(&own);
                all.push(value.unmarked_deep());
            }
        }
        all.sort_by(set_order);
        all.dedup_by(|a, b| a == b && a.is_wholly_known());
        Value { kind: Kind::Set(element, Arc::new(all)), marks }
    }
}

/// The order of a set's elements: known, unknown, null; strings, numbers and bools by value, all else by a text that
/// says everything of it.
pub fn set_order(a: &Value, b: &Value) -> Ordering {
    match (&a.kind, &b.kind) {
        (Kind::String(a), Kind::String(b)) => a.cmp(b),
        (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
        (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)).then_with(|| {
            if rank(a) > 0 {
                return Ordering::Equal;
            }
            let (mut x, mut y) = (String::new(), String::new());
            describe(a, &mut x);
            describe(b, &mut y);
            x.cmp(&y)
        }),
    }
}

fn rank(v: &Value) -> u8 {
    match v.kind {
        Kind::Unknown(_) => 1,
        Kind::Null(_) => 2,
        _ => 0,
    }
}

/// What cty hashes (`makeSetHashBytes`).
fn describe(v: &Value, out: &mut String) {
    match &v.kind {
        Kind::Unknown(_) => out.push('?'),
        Kind::Null(_) => out.push('~'),
        Kind::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        Kind::Number(n) => out.push_str(&n.text('g', Some(10))),
        Kind::String(s) => out.push_str(&quote(s)),
        Kind::List(_, all) | Kind::Set(_, all) => describe_all(all, ('[', ']'), out),
        Kind::Tuple(all) => describe_all(all, ('<', '>'), out),
        Kind::Map(_, all) => {
            out.push('{');
            for (name, part) in all.iter() {
                out.push_str(&quote(name));
                out.push(':');
                describe(part, out);
                out.push(';');
            }
            out.push('}');
        }
        Kind::Object(all) => {
            out.push('<');
            for part in all.values() {
                describe(part, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}

fn describe_all(all: &[Value], (open, close): (char, char), out: &mut String) {
    out.push(open);
    for part in all {
        describe(part, out);
        out.push(';');
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_in_order_with_all_marks() {
        let set = Value::set(
            Type::String,
            vec![
                Value::null(Type::String),
                "b".into(),
                Value::from("a").marked(&Marks::sensitive()),
                Value::unknown(Type::String),
                "b".into(),
                Value::unknown(Type::String),
            ],
        );
        assert!(set.marks.is_sensitive());
        let all = set.as_sequence().unwrap();
        assert_eq!(all.len(), 5);
        assert_eq!(all[0], "a".into());
        assert!(all[2].is_unknown() && all[3].is_unknown() && all[4].is_null());
    }

    #[test]
    fn numbers_by_value() {
        let set = Value::set(Type::Number, vec![Value::from(10), Value::from(9)]);
        assert_eq!(set.as_sequence().unwrap()[0], Value::from(9));
    }
}
