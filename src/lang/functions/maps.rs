//! Maps and objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::codec::quote;
use crate::lang::convert::convert;
use crate::lang::marks::Marks;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

pub(super) const ROWS: &[Function] = &[
    row(
        "keys",
        &[param("inputMap", Ty::Any).unknown().marked()],
        Ty::Any,
        keys,
        "The keys of a map, in order.",
    ),
    row(
        "lookup",
        &[param("inputMap", Ty::Any).unknown().marked(), param("key", Ty::String)],
        Ty::Any,
        lookup,
        "An element of a map by its key, or a default.",
    )
    .variadic(param("default", Ty::Any).nullable().unknown().dynamic().marked())
    .checked(|args| {
        if args.len() > 3 {
            return fail(format!("lookup() takes two or three arguments, got {}", args.len()));
        }
        if is_map(&args[0]) { Ok(()) } else { bad(0, "lookup() requires a map as the first argument") }
    }),
    row("merge", &[], Ty::Any, merge, "Joins maps or objects into one; later ones win.")
        .variadic(param("maps", Ty::Any).nullable().unknown().dynamic().marked()),
    row(
        "transpose",
        &[param("values", Ty::MapOfListOfString)],
        Ty::MapOfListOfString,
        transpose,
        "Swaps the keys and values of a map of lists of strings.",
    ),
    row(
        "values",
        &[param("mapping", Ty::Any).marked()],
        Ty::Any,
        values,
        "The values of a map, in the order of its keys.",
    )
    .checked(|args| {
        if is_map(&args[0]) { Ok(()) } else { fail("values() requires a map as the first argument") }
    }),
    row(
        "zipmap",
        &[param("keys", Ty::ListOfString), param("values", Ty::Any).marked()],
        Ty::Any,
        zip_map,
        "A map of a list of keys and a list of values.",
    ),
];

fn is_map(value: &Value) -> bool {
    matches!(value.ty(), Type::Map(_) | Type::Object(_))
}

fn keys(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let text = |n: &Arc<str>| Value::from(Kind::String(n.clone()));
    let result = match (&value.kind, value.ty()) {
        (Kind::Map(_, all), _) => Value::list(Type::String, all.keys().map(text).collect()),
        (_, Type::Map(_)) => Value::unknown_not_null(Type::list(Type::String)),
        (_, Type::Object(o)) => Value::tuple(o.attributes.keys().map(text).collect()),
        _ => return bad(0, "must have map or object type"),
    };
    Ok(result.marked(&value.marks))
}

fn values(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let result = match &value.kind {
        Kind::Map(ty, all) => Value::list(ty.clone(), all.values().cloned().collect()),
        Kind::Object(all) => Value::tuple(all.values().cloned().collect()),
        _ => return fail("values() requires a map as the first argument"),
    };
    Ok(result.marked(&value.marks))
}

fn lookup(c: &Call<'_>) -> Result<Value, Fail> {
    let (map, key, default) = (&c.args[0], c.text(1), c.args.get(2));
    match map.ty() {
        Type::Map(element) => {
            let default = match default.map(|d| convert(d, &element)) {
                Some(Ok(default)) => Some(default),
                Some(Err(_)) => {
                    return bad(2, "the default value must have the same type as the map elements");
                }
                None => None,
            };
            let Some(all) = map.as_entries() else {
                return Ok(Value::unknown((*element).clone()).marked(&map.marks));
            };
            match all.get(key).cloned().or(default) {
                Some(found) => Ok(found.marked(&map.marks)),
                None => fail(format!("lookup failed to find key {}", quote(key))),
            }
        }
        Type::Object(o) => {
            let Some(ty) = o.attributes.get(key) else {
                return match default {
                    Some(default) => Ok(default.clone().marked(&map.marks)),
                    None => bad(0, format!("the given object has no attribute {}", quote(key))),
                };
            };
            let found = map.get(key).cloned().unwrap_or_else(|| Value::unknown(ty.clone()));
            Ok(found.marked(&map.marks))
        }
        _ => bad(0, "lookup() requires a map as the first argument"),
    }
}

fn merge(c: &Call<'_>) -> Result<Value, Fail> {
    let mut out: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let mut marks = Marks::NONE;
    let mut alike = true;
    // 1: an object whose attributes at least are known; 2: not even that.
    let mut unknown = 0;
    let mut types: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    let first = c.args.first().map(Value::ty);
    for arg in c.args {
        let ty = arg.ty();
        if !matches!(ty, Type::Map(_) | Type::Object(_) | Type::Dynamic) {
            return fail(format!("arguments must be maps or objects, got {}", quote(&ty.friendly_name())));
        }
        alike &= Some(&ty) == first.as_ref();
        if let Kind::Unknown(u) = &arg.kind {
            unknown = unknown.max(if matches!(u.ty, Type::Object(_)) { 1 } else { 2 });
        }
        if let Type::Object(o) = &ty {
            types.extend(o.attributes.iter().map(|(n, t)| (n.clone(), t.clone())));
        }
        if let Some(all) = arg.as_entries() {
            types.extend(all.iter().map(|(n, v)| (n.clone(), v.ty())));
            out.extend(all.iter().map(|(n, v)| (n.clone(), v.clone())));
        }
        marks = marks.union(&arg.marks);
    }
    if unknown > 0 {
        let all = c.args.iter().fold(Marks::NONE, |m, a| m.union(&a.deep_marks()));
        let ty = match first {
            Some(ty) if alike => ty,
            _ if unknown == 1 => Type::object(types),
            _ => Type::Dynamic,
        };
        return Ok(Value::unknown_not_null(ty).marked(&all));
    }
    let result = match first {
        Some(Type::Map(element)) if alike => Value::map((*element).clone(), out),
        _ => Kind::Object(Arc::new(out.into())).into(),
    };
    Ok(result.marked(&marks))
}

fn transpose(c: &Call<'_>) -> Result<Value, Fail> {
    let ty = Type::list(Type::String);
    if !c.args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::map(ty)));
    }
    let mut out: BTreeMap<Arc<str>, BTreeSet<(Arc<str>, usize)>> = BTreeMap::new();
    for (name, list) in c.args[0].as_entries().into_iter().flatten() {
        let Some(all) = list.as_sequence() else {
            return fail("input must not contain null list");
        };
        for (i, value) in all.iter().enumerate() {
            let Kind::String(text) = &value.kind else {
                return fail("input list must not contain null string");
            };
            out.entry(text.clone()).or_default().insert((name.clone(), i));
        }
    }
    let lists = out.into_iter().map(|(name, all)| {
        let all = all.into_iter().map(|(n, _)| Kind::String(n).into()).collect();
        (name, Value::list(Type::String, all))
    });
    Ok(Value::map(ty, lists))
}

fn zip_map(c: &Call<'_>) -> Result<Value, Fail> {
    let (keys, values) = (c.elements(0), &c.args[1]);
    let (Kind::List(_, all) | Kind::Tuple(all)) = &values.kind else {
        return fail("values argument must be a list or tuple value");
    };
    if !c.args[0].is_wholly_known() {
        let ty = match &values.kind {
            Kind::List(ty, _) => Type::map(ty.clone()),
            _ => Type::Dynamic,
        };
        return Ok(Value::unknown(ty).marked(&values.deep_marks()));
    }
    if keys.len() != all.len() {
        return fail(format!(
            "number of keys ({}) does not match number of values ({})",
            keys.len(),
            all.len()
        ));
    }
    let mut out: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (i, (key, value)) in keys.iter().zip(all.iter()).enumerate() {
        let Kind::String(key) = &key.kind else {
            return fail(format!("keys list has null value at index {i}"));
        };
        out.insert(key.clone(), value.clone());
    }
    let result = match &values.kind {
        Kind::List(ty, _) => Value::map(ty.clone(), out),
        _ => Kind::Object(Arc::new(out.into())).into(),
    };
    Ok(result.marked(&values.marks))
}
