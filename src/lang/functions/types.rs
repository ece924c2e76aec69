//! Conversion of types, secrecy, and what becomes of failures.

use super::table::{Call, Fail, Function, Param, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::convert::convert;
use crate::lang::marks::Marks;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// Takes anything as it is.
const ANYTHING: Param = param("v", Ty::Any).nullable().unknown().dynamic().marked();
const VALUE: Param = param("value", Ty::Any).nullable().unknown().dynamic().marked();

pub(super) const ROWS: &[Function] = &[
    row("tobool", &[ANYTHING], Ty::Bool, |c| to(c, Ty::Bool), "Converts a value to a bool."),
    row("tonumber", &[ANYTHING], Ty::Number, |c| to(c, Ty::Number), "Converts a value to a number."),
    row("tostring", &[ANYTHING], Ty::String, |c| to(c, Ty::String), "Converts a value to a string."),
    row("tolist", &[ANYTHING], Ty::ListOfAny, |c| to(c, Ty::ListOfAny), "Converts a value to a list."),
    row("toset", &[ANYTHING], Ty::SetOfAny, |c| to(c, Ty::SetOfAny), "Converts a value to a set."),
    row("tomap", &[ANYTHING], Ty::MapOfAny, |c| to(c, Ty::MapOfAny), "Converts a value to a map."),
    row(
        "sensitive",
        &[VALUE],
        Ty::Any,
        |c| Ok(c.args[0].clone().marked(&Marks::sensitive())),
        "Marks a value as a secret.",
    ),
    row(
        "nonsensitive",
        &[VALUE],
        Ty::Any,
        |c| {
            let mut value = c.args[0].clone();
            value.marks = value.marks.without_sensitive();
            Ok(value)
        },
        "Takes the mark of a secret from a value.",
    ),
    row("issensitive", &[VALUE], Ty::Bool, is_sensitive, "Says whether a value is marked as a secret."),
    row(
        "ephemeralasnull",
        &[VALUE],
        Ty::Any,
        ephemeral_as_null,
        "Replaces ephemeral parts of a value by null.",
    ),
    row("try", &[], Ty::Any, first, "The value of the first expression that does not fail.")
        .variadic(param("expressions", Ty::Any).nullable().unknown().dynamic().marked()),
    row(
        "can",
        &[param("expression", Ty::Any).nullable().unknown().dynamic().marked()],
        Ty::Bool,
        |_| Ok(true.into()),
        "Says whether an expression does not fail.",
    ),
];

fn to(c: &Call<'_>, wanted: Ty) -> Result<Value, Fail> {
    let (value, wanted) = (&c.args[0], wanted.to_type());
    convert(value, &wanted).or_else(|_| {
        let ty = value.ty();
        let what = match &value.kind {
            _ if value.deep_marks().is_sensitive() => format!("this sensitive {}", ty.friendly_name()),
            Kind::String(s) => quote(s),
            _ => ty.friendly_name(),
        };
        let rule = match (&ty, &wanted) {
            _ if value.deep_marks().is_sensitive() => "",
            (Type::String, Type::Bool) => "; only the strings \"true\" or \"false\" are allowed",
            (Type::String, Type::Number) => "; given string must be a decimal representation of a number",
            _ => {
                let name = ty.friendly_name();
                return bad(0, format!("cannot convert {name} to {}", wanted.constraint_name()));
            }
        };
        bad(0, format!("cannot convert {what} to {}{rule}", wanted.constraint_name()))
    })
}

fn is_sensitive(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    Ok(if value.marks.is_sensitive() {
        true.into()
    } else if value.is_unknown() {
        Value::unknown_not_null(Type::Bool)
    } else {
        false.into()
    })
}

fn ephemeral_as_null(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(without_ephemeral(&c.args[0]))
}

fn without_ephemeral(value: &Value) -> Value {
    if value.marks.is_ephemeral() {
        return Value::null(value.ty()).marked(&value.marks.without_ephemeral());
    }
    let sequence = |all: &[Value]| all.iter().map(without_ephemeral).collect::<Vec<_>>();
    let kind = match &value.kind {
        Kind::List(ty, all) => Kind::List(ty.clone(), sequence(all).into()),
        Kind::Set(ty, all) => Kind::Set(ty.clone(), sequence(all).into()),
        Kind::Tuple(all) => Kind::Tuple(sequence(all).into()),
        Kind::Map(ty, all) => {
            Value::map(
                ty.clone(),
                all.iter().map(|(n, v)| (n.clone(), without_ephemeral(v))).collect::<Vec<_>>(),
            )
            .kind
        }
        Kind::Object(all) => {
            Value::object(all.iter().map(|(n, v)| (n.clone(), without_ephemeral(v))).collect::<Vec<_>>()).kind
        }
        other => other.clone(),
    };
    Value { kind, marks: value.marks.clone() }
}

fn first(c: &Call<'_>) -> Result<Value, Fail> {
    match c.args.first() {
        Some(value) => Ok(value.clone()),
        None => fail("at least one argument is required"),
    }
}
