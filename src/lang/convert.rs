//! Conversion of values to types, by cty's rules.
//!
//! Whether types fit is judged first, as a whole (the message then names the part: `element 1: string required`);
//! then values are converted, and an error carries the path into the value.

use std::fmt;
use std::sync::Arc;

use super::entries::Entries;
use super::number::Number;
use super::types::{ObjectType, Type};
use super::value::{Kind, PathStep, Unknown, Value};

pub use super::unify::unify;

mod mismatch;

pub use mismatch::mismatch_message;

/// Why a value does not convert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConvertError {
    /// The part of the value that is wrong.
    pub path: Vec<PathStep>,
    /// What is required, in Terraform's words: `a number is required`.
    pub message: String,
}

impl fmt::Display for ConvertError {
    /// `.a[0]["k"]: a number is required`; without a path, the message alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.path {
            match step {
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Key(name) => write!(f, "[{}]", super::codec::quote(name))?,
                PathStep::Index(i) => write!(f, "[{i}]")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Can a value of the one type be converted to the other, some values at least?
pub fn convertible(from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    match (from, to) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::String, Type::Number | Type::Bool) | (Type::Number | Type::Bool, Type::String) => true,
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            convertible(a, b)
        }
        (Type::Tuple(all), Type::List(t) | Type::Set(t)) => match **t {
            Type::Dynamic => all.is_empty() || unify(all).is_some(),
            _ => all.iter().all(|a| convertible(a, t)),
        },
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| convertible(a, b))
        }
        (Type::Object(o), Type::Map(t)) => match **t {
            Type::Dynamic => {
                o.attributes.is_empty()
                    || unify(&o.attributes.values().cloned().collect::<Vec<_>>()).is_some()
            }
            _ => o.attributes.values().all(|a| convertible(a, t)),
        },
        (Type::Map(t), Type::Object(o)) => o.attributes.values().all(|a| convertible(t, a)),
        (Type::Object(a), Type::Object(b)) => b.attributes.iter().all(|(name, want)| {
            a.attributes.get(name).map_or(b.optional.contains(name), |have| convertible(have, want))
        }),
        _ => false,
    }
}

/// The value as one of the type. Marks stay on their parts; null and unknown stay so, with the type's own type.
/// `Dynamic` in the type takes what is there (in collections: one type for all elements). Attributes that the type has
/// not are left out; optional ones that the value has not are null.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    if matches!(
        (&value.kind, ty),
        (_, Type::Dynamic)
            | (Kind::String(_), Type::String)
            | (Kind::Bool(_), Type::Bool)
            | (Kind::Number(_), Type::Number)
    ) {
        return Ok(value.clone());
    }
    let from = value.ty();
    if from == *ty {
        return Ok(value.clone());
    }
    if !convertible(&from, ty) {
        return Err(ConvertError { path: Vec::new(), message: mismatch_message(&from, ty) });
    }
    part(value, ty).map_err(|mut error| {
        error.path.reverse();
        error
    })
}

/// An error here; the steps that lead to it are added, innermost first.
fn fail(message: impl Into<String>) -> ConvertError {
    ConvertError { path: Vec::new(), message: message.into() }
}

fn under(step: PathStep) -> impl FnOnce(ConvertError) -> ConvertError {
    move |mut error| {
        error.path.push(step);
        error
    }
}

fn part(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    let kind = match (&value.kind, ty) {
        (_, Type::Dynamic) => return Ok(value.clone()),
        (Kind::Unknown(u), _) => unknown(u, ty).kind,
        (Kind::Null(from), _) => Kind::Null(concrete(from, &ty.without_optional())),
        (Kind::String(_), Type::String) | (Kind::Bool(_), Type::Bool) | (Kind::Number(_), Type::Number) => {
            return Ok(value.clone());
        }
        (Kind::Number(n), Type::String) => Kind::String(n.to_string().into()),
        (Kind::Bool(b), Type::String) => Kind::String(if *b { "true".into() } else { "false".into() }),
        (Kind::String(s), Type::Number) => {
            Kind::Number(Number::parse(s).ok_or_else(|| fail("a number is required"))?)
        }
        (Kind::String(s), Type::Bool) => Kind::Bool(read_bool(s)?),
        (Kind::List(from, all) | Kind::Set(from, all), Type::List(t)) => {
            if all.is_empty() {
                Kind::List(concrete(from, &t.without_optional()), Arc::default())
            } else {
                let (t, all) = elements(all, t, "list")?;
                Kind::List(t, Arc::new(all))
            }
        }
        (Kind::Tuple(all), Type::List(t)) => {
            let (t, all) = elements(all, t, "list")?;
            Kind::List(t, Arc::new(all))
        }
        (Kind::List(from, all) | Kind::Set(from, all), Type::Set(t)) if all.is_empty() => {
            Kind::Set(concrete(from, &t.without_optional()), Arc::default())
        }
        (Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all), Type::Set(t)) => {
            let (t, all) = elements(all, t, "set")?;
            return Ok(Value::set(t, all).marked(&value.marks));
        }
        (Kind::Map(from, all), Type::Map(t)) if all.is_empty() => {
            Kind::Map(concrete(from, &t.without_optional()), Arc::default())
        }
        (Kind::Map(_, all), Type::Map(t)) => entries(all, t, PathStep::Key)?,
        (Kind::Object(all), Type::Map(t)) => entries(all, t, PathStep::Attribute)?,
        (Kind::Tuple(all), Type::Tuple(ts)) if all.len() == ts.len() => {
            let all: Result<Vec<Value>, ConvertError> = all
                .iter()
                .zip(ts.iter())
                .enumerate()
                .map(|(i, (v, t))| part(v, t).map_err(under(PathStep::Index(i))))
                .collect();
            Kind::Tuple(Arc::new(all?))
        }
        (Kind::Object(all), Type::Object(o)) => attributes(all, o, PathStep::Attribute, &|name| {
            format!("attribute {} is required", super::codec::quote(name))
        })?,
        (Kind::Map(_, all), Type::Object(o)) => attributes(all, o, PathStep::Key, &|name| {
            format!("map has no element for required attribute {}", super::codec::quote(name))
        })?,
        _ => return Err(fail(mismatch_message(&value.ty(), ty))),
    };
    Ok(Value { kind, marks: value.marks.clone() })
}

fn read_bool(text: &str) -> Result<bool, ConvertError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(fail(match text.to_lowercase().as_str() {
            "true" => "a bool is required; to convert from string, use lowercase \"true\"",
            "false" => "a bool is required; to convert from string, use lowercase \"false\"",
            _ => "a bool is required",
        })),
    }
}

/// The elements as elements of one type.
fn elements(all: &[Value], ty: &Type, noun: &str) -> Result<(Type, Vec<Value>), ConvertError> {
    let converted: Result<Vec<Value>, ConvertError> =
        all.iter().enumerate().map(|(i, v)| part(v, ty).map_err(under(PathStep::Index(i)))).collect();
    let converted = converted?;
    if !ty.has_dynamic() {
        return Ok((ty.without_optional(), converted));
    }
    let common = common_type(converted.iter(), noun)?;
    let same: Result<Vec<Value>, ConvertError> = converted
        .iter()
        .enumerate()
        .map(|(i, v)| part(v, &common).map_err(under(PathStep::Index(i))))
        .collect();
    Ok((common, same?))
}

fn entries(all: &Entries, ty: &Type, step: fn(Arc<str>) -> PathStep) -> Result<Kind, ConvertError> {
    let convert_all = |all: &Entries, ty: &Type| {
        all.iter()
            .map(|(n, v)| Ok((n.clone(), part(v, ty).map_err(under(step(n.clone())))?)))
            .collect::<Result<Entries, ConvertError>>()
    };
    let converted = convert_all(all, ty)?;
    if !ty.has_dynamic() {
        return Ok(Kind::Map(ty.without_optional(), Arc::new(converted)));
    }
    let common = common_type(converted.values(), "map")?;
    let same = convert_all(&converted, &common)?;
    Ok(Kind::Map(common, Arc::new(same)))
}

/// The type for all elements; nulls without a type take whatever it is.
fn common_type<'a>(all: impl Iterator<Item = &'a Value>, noun: &str) -> Result<Type, ConvertError> {
    let types: Vec<Type> =
        all.filter(|v| !matches!(v.kind, Kind::Null(Type::Dynamic))).map(Value::ty).collect();
    if types.is_empty() {
        return Ok(Type::Dynamic);
    }
    unify(&types).ok_or_else(|| fail(format!("all {noun} elements must have the same type")))
}

fn attributes(
    all: &Entries,
    ty: &ObjectType,
    step: fn(Arc<str>) -> PathStep,
    missing: &dyn Fn(&str) -> String,
) -> Result<Kind, ConvertError> {
    let mut out = Entries::new();
    for (name, want) in &ty.attributes {
        let value = match all.get(name) {
            Some(value) => part(value, want).map_err(under(step(name.clone())))?,
            None if ty.optional.contains(name) => Value::null(want.without_optional()),
            None => return Err(fail(missing(name))),
        };
        out.insert(name.clone(), value);
    }
    Ok(Kind::Object(Arc::new(out)))
}

/// The constraint with what is known of the type put in the places of `Dynamic`.
fn concrete(from: &Type, to: &Type) -> Type {
    match (from, to) {
        (_, Type::Dynamic) => from.clone(),
        (Type::Dynamic, _) => to.clone(),
        _ if !to.has_dynamic() => to.clone(),
        (Type::List(a) | Type::Set(a), Type::List(b)) => Type::list(concrete(a, b)),
        (Type::List(a) | Type::Set(a), Type::Set(b)) => Type::set(concrete(a, b)),
        (Type::Map(a), Type::Map(b)) => Type::map(concrete(a, b)),
        (Type::Tuple(all), Type::List(b)) => Type::list(concrete_all(all.iter(), b)),
        (Type::Tuple(all), Type::Set(b)) => Type::set(concrete_all(all.iter(), b)),
        (Type::Object(o), Type::Map(b)) => Type::map(concrete_all(o.attributes.values(), b)),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            Type::tuple(a.iter().zip(b.iter()).map(|(a, b)| concrete(a, b)).collect::<Vec<_>>())
        }
        (Type::Object(a), Type::Object(b)) => Type::object(b.attributes.iter().map(|(n, t)| {
            (n.clone(), a.attributes.get(n).map_or_else(|| t.clone(), |have| concrete(have, t)))
        })),
        _ => to.clone(),
    }
}

fn concrete_all<'a>(from: impl Iterator<Item = &'a Type>, to: &Type) -> Type {
    let all: Vec<Type> = from.map(|t| concrete(t, to)).collect();
    unify(&all).unwrap_or_else(|| to.clone())
}

/// An unknown of the type, with what stays true of it.
fn unknown(u: &Unknown, ty: &Type) -> Value {
    let ty = concrete(&u.ty, &ty.without_optional());
    let to_set = |(low, high): (usize, usize)| (low.min(1), high);
    let count = |n: usize| Some((n, n));
    let length = match (&u.ty, &ty) {
        (Type::Object(o), Type::Map(_)) => count(o.attributes.len()),
        (Type::Tuple(all), Type::List(_)) => count(all.len()),
        (Type::Tuple(all), Type::Set(_)) => count(all.len()).map(to_set),
        (Type::List(_), Type::Set(_)) => u.length.map(to_set),
        (a, b) if a.is_collection() && b.is_collection() => u.length,
        _ => None,
    };
    let prefix = if u.ty == Type::String && ty == Type::String { u.prefix.clone() } else { None };
    Kind::Unknown(Box::new(Unknown { ty, not_null: u.not_null, prefix, length })).into()
}

#[cfg(test)]
mod tests;
