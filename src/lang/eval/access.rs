//! Into a value: attributes and indices, with the errors of the language.

use crate::lang::codec::quote;
use crate::lang::convert::convert;
use crate::lang::diag::{Diagnostic, Span};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

const INVALID_INDEX: &str = "Invalid index";
const UNSUPPORTED: &str = "Unsupported attribute";

/// `value.name`. The part carries the marks of the whole too.
pub fn attribute(value: &Value, name: &str, at: &Span) -> Result<Value, Diagnostic> {
    let fail = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(at.clone()));
    let part = match &value.kind {
        Kind::Null(_) => {
            return fail(
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.".into(),
            );
        }
        Kind::Object(all) => all.get(name).cloned(),
        Kind::Map(_, all) => match all.get(name) {
            Some(part) => Some(part.clone()),
            None => {
                return fail(
                    "Missing map element",
                    format!("This map does not have an element with the key {}.", quote(name)),
                );
            }
        },
        Kind::Unknown(u) => match &u.ty {
            Type::Dynamic => Some(Value::unknown(Type::Dynamic)),
            Type::Map(element) => Some(Value::unknown((**element).clone())),
            Type::Object(o) => o.attributes.get(name).map(|ty| Value::unknown(ty.clone())),
            _ => None,
        },
        _ => None,
    };
    if let Some(part) = part {
        return Ok(part.marked(&value.marks));
    }
    let ty = value.ty();
    let sequence = |noun: &str, element: &Type| {
        let Type::Object(o) = element else { return None };
        let across = format!("across all elements of the {noun}?");
        Some(match (o.attributes.contains_key(name), noun) {
            (true, "list") => format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {} for a specific element \
                 of the list, or {across}",
                quote(name)
            ),
            (false, "list") => format!(
                "Can't access attributes on a list of objects. Did you mean to access an attribute for a specific element \
                 of the list, or {across}"
            ),
            _ => format!(
                "Can't access attributes on a set of objects. Did you mean to access an attribute {across}"
            ),
        })
    };
    let detail = match &ty {
        Type::Object(_) => Some(format!("This object does not have an attribute named {}.", quote(name))),
        Type::List(t) => sequence("list", t),
        Type::Set(t) => sequence("set", t),
        Type::Bool | Type::Number | Type::String => {
            Some(format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name()))
        }
        _ => None,
    };
    fail(UNSUPPORTED, detail.unwrap_or_else(|| "This value does not have any attributes.".into()))
}

/// `value[key]`. The part carries the marks of the whole and of the key too.
pub fn index(value: &Value, key: &Value, at: &Span) -> Result<Value, Diagnostic> {
    let fail = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).at(at.clone()));
    let no_element = |why: &str| {
        fail(
            INVALID_INDEX,
            format!("The given key does not identify an element in this collection value{why}."),
        )
    };
    let marks = value.marks.union(&key.marks);
    let unknown = |ty: Type| Ok(Value::unknown(ty).marked(&marks));
    if value.is_null() {
        return fail(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.".into(),
        );
    }
    if key.is_null() {
        return fail(INVALID_INDEX, "Can't use a null value as an indexing key.".into());
    }
    // A value may have ten thousand parts: its type, which is made of theirs, is only asked for where it is unknown.
    let promised = unknown_type(value);
    if promised == Some(&Type::Dynamic) || unknown_type(key) == Some(&Type::Dynamic) {
        return unknown(Type::Dynamic);
    }
    let wanted = match (&value.kind, promised) {
        (Kind::List(..) | Kind::Tuple(_), _) | (_, Some(Type::List(_) | Type::Tuple(_))) => Type::Number,
        (Kind::Map(..) | Kind::Object(_), _) | (_, Some(Type::Map(_) | Type::Object(_))) => Type::String,
        (Kind::Set(..), _) | (_, Some(Type::Set(_))) => {
            return fail(
                INVALID_INDEX,
                "Elements of a set are identified only by their value and don't have any separate index or key to select \
                 with, so it's only possible to perform operations across all elements of the set."
                    .into(),
            );
        }
        _ => return fail(INVALID_INDEX, "This value does not have any indices.".into()),
    };
    let was_number = matches!(key.kind, Kind::Number(_));
    let key = match convert(key, &wanted) {
        Ok(key) => key,
        Err(why) => return no_element(&format!(": {why}")),
    };
    match wanted {
        Type::Number => {
            let Some(number) = key.as_number() else {
                return unknown(element(value));
            };
            if number.is_negative() {
                return no_element(": a negative number is not a valid index for a sequence");
            }
            if !number.is_integer() {
                return no_element(
                    ": indexing a sequence requires a whole number, but the given index has a fractional part",
                );
            }
            let n = number.as_usize().unwrap_or(usize::MAX);
            let outside = |length: usize| {
                if length == 0 {
                    no_element(": the collection has no elements")
                } else {
                    no_element(": the given index is greater than or equal to the length of the collection")
                }
            };
            match &value.kind {
                Kind::Unknown(u) if matches!(u.ty, Type::List(_)) => match u.length {
                    Some((_, most)) if n >= most => outside(most),
                    _ => unknown(element(value)),
                },
                Kind::Unknown(u) if let Type::Tuple(all) = &u.ty => match all.get(n) {
                    Some(ty) => unknown(ty.clone()),
                    None => outside(all.len()),
                },
                _ => {
                    let all = value.as_sequence().unwrap_or_default();
                    match all.get(n) {
                        Some(part) => Ok(part.clone().marked(&marks)),
                        None => outside(all.len()),
                    }
                }
            }
        }
        _ => {
            let Some(name) = key.as_str() else {
                return unknown(element(value));
            };
            match promised {
                Some(Type::Map(element)) => unknown((**element).clone()),
                Some(Type::Object(o)) if o.attributes.contains_key(name) => {
                    unknown(o.attributes[name].clone())
                }
                _ => match value.get(name) {
                    Some(part) => Ok(part.clone().marked(&marks)),
                    None if was_number
                        && (matches!(value.kind, Kind::Object(_)) || matches!(promised, Some(Type::Object(_)))) => fail(
                        INVALID_INDEX,
                        "The given key does not identify an element in this collection value. An object only supports \
                         looking up attributes by name, not by numeric index."
                            .into(),
                    ),
                    None => no_element(""),
                },
            }
        }
    }
}

/// The type of a value that is unknown.
fn unknown_type(value: &Value) -> Option<&Type> {
    match &value.kind {
        Kind::Unknown(u) => Some(&u.ty),
        _ => None,
    }
}

/// What each element of a list or map is, known or not; `Dynamic` where they differ.
fn element(value: &Value) -> Type {
    match &value.kind {
        Kind::List(element, _) | Kind::Map(element, _) => element.clone(),
        _ => match unknown_type(value) {
            Some(Type::List(element) | Type::Map(element)) => (**element).clone(),
            _ => Type::Dynamic,
        },
    }
}
