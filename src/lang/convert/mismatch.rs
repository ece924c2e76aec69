//! The words for types that do not fit (cty's `MismatchMessage`).

use super::convertible;
use crate::lang::codec::quote;
use crate::lang::types::{ObjectType, Type};

/// What a value of type `got` lacks to become one of type `want`: `list of string required`,
/// `attribute "x" is required`, `element 1: string required`.
pub fn mismatch_message(got: &Type, want: &Type) -> String {
    let required = || format!("{} required", want.constraint_name());
    match (got, want) {
        (Type::Object(got), Type::Object(want)) => objects(got, want),
        (Type::Tuple(_), Type::List(t)) if **t == Type::Dynamic => {
            "all list elements must have the same type".into()
        }
        (Type::Tuple(_), Type::Set(t)) if **t == Type::Dynamic => {
            "all set elements must have the same type".into()
        }
        (Type::Object(_), Type::Map(t)) if **t == Type::Dynamic => {
            "all map elements must have the same type".into()
        }
        (Type::Tuple(all), Type::List(t) | Type::Set(t)) => {
            match all.iter().enumerate().find(|(_, got)| !convertible(got, t)) {
                Some((i, got)) => format!("element {i}: {}", mismatch_message(got, t)),
                None => format!("all elements must be {}", t.constraint_name()),
            }
        }
        (Type::Object(o), Type::Map(t)) => match o.attributes.iter().find(|(_, got)| !convertible(got, t)) {
            Some((name, got)) => format!("element {}: {}", quote(name), mismatch_message(got, t)),
            None => format!("all elements must be {}", t.constraint_name()),
        },
        (Type::List(got) | Type::Set(got), Type::List(want)) => {
            format!("incorrect list element type: {}", mismatch_message(got, want))
        }
        (Type::List(got) | Type::Set(got), Type::Set(want)) => {
            format!("incorrect set element type: {}", mismatch_message(got, want))
        }
        (Type::Map(got), Type::Map(want)) => {
            format!("incorrect map element type: {}", mismatch_message(got, want))
        }
        _ => required(),
    }
}

fn objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> = want
        .attributes
        .keys()
        .filter(|name| !got.attributes.contains_key(*name) && !want.optional.contains(*name))
        .map(|name| quote(name))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [a, b] => return format!("attributes {a} and {b} are required"),
        [most @ .., last] => return format!("attributes {}, and {last} are required", most.join(", ")),
    }
    for (name, want) in &want.attributes {
        if let Some(got) = got.attributes.get(name)
            && !convertible(got, want)
        {
            return format!("attribute {}: {}", quote(name), mismatch_message(got, want));
        }
    }
    "incorrect object attributes".into()
}
