//! Lists, tuples and what is common to all collections.

use std::cmp::Ordering;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row, whole};
use crate::lang::convert::{convert, unify};
use crate::lang::equal::same;
use crate::lang::marks::Marks;
use crate::lang::number::Number;
use crate::lang::set::set_order;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// So many elements may a list have that is put together of others.
const MOST_ELEMENTS: usize = 1 << 20;

pub(super) const ROWS: &[Function] = &[
    row(
        "alltrue",
        &[param("list", Ty::ListOfBool)],
        Ty::Bool,
        |c| every(c, true),
        "Says whether all elements are true.",
    ),
    row(
        "anytrue",
        &[param("list", Ty::ListOfBool)],
        Ty::Bool,
        |c| every(c, false),
        "Says whether one element at least is true.",
    ),
    row(
        "chunklist",
        &[param("list", Ty::ListOfAny).marked(), param("size", Ty::Number)],
        Ty::ListOfListOfAny,
        chunk_list,
        "Splits a list into lists of a fixed size.",
    ),
    row("coalesce", &[], Ty::Any, coalesce, "The first argument that is neither null nor an empty string.")
        .variadic(param("vals", Ty::Any).nullable().unknown().dynamic()),
    row("coalescelist", &[], Ty::Any, coalesce_list, "The first list that is not empty.")
        .variadic(param("vals", Ty::Any).nullable().unknown().dynamic()),
    row(
        "compact",
        &[param("list", Ty::ListOfString)],
        Ty::ListOfString,
        compact,
        "A list of strings without those that are empty or null.",
    ),
    row("concat", &[], Ty::Any, concat, "Joins lists into one.")
        .variadic(param("seqs", Ty::Any).marked())
        .checked(only_lists),
    row(
        "contains",
        &[param("list", Ty::Any), param("value", Ty::Any)],
        Ty::Bool,
        contains,
        "Says whether a list or set holds a value.",
    ),
    row(
        "distinct",
        &[param("list", Ty::ListOfAny)],
        Ty::ListOfAny,
        distinct,
        "A list with each element only once.",
    ),
    row(
        "element",
        &[param("list", Ty::Any).marked().unknown(), param("index", Ty::Number).unknown()],
        Ty::Any,
        element,
        "An element of a list by index; beyond the end it begins anew.",
    ),
    row(
        "flatten",
        &[param("list", Ty::Any).marked()],
        Ty::Any,
        flatten,
        "Replaces lists in a list by their elements.",
    ),
    row(
        "index",
        &[param("list", Ty::Any), param("value", Ty::Any)],
        Ty::Number,
        index,
        "The index of a value in a list.",
    ),
    row(
        "length",
        &[param("value", Ty::Any).dynamic().unknown().marked()],
        Ty::Number,
        length,
        "The number of elements of a collection, or of characters of a string.",
    ),
    row(
        "matchkeys",
        &[param("values", Ty::ListOfAny), param("keys", Ty::ListOfAny), param("searchset", Ty::ListOfAny)],
        Ty::ListOfAny,
        match_keys,
        "The elements of one list whose counterparts in another are in a set.",
    ),
    row(
        "one",
        &[param("list", Ty::Any)],
        Ty::Any,
        one,
        "The only element of a collection, or null if it is empty.",
    )
    .checked(|args| if is_sequence(&args[0]) { Ok(()) } else { not_one() }),
    row("reverse", &[param("list", Ty::Any).marked()], Ty::Any, reverse, "The elements in reverse order.")
        .checked(|args| if is_sequence(&args[0]) { Ok(()) } else { not_reversible(&args[0]) }),
    row(
        "slice",
        &[param("list", Ty::Any).marked(), param("start_index", Ty::Number), param("end_index", Ty::Number)],
        Ty::Any,
        slice,
        "The elements from one index up to another.",
    ),
    row(
        "sort",
        &[param("list", Ty::ListOfString)],
        Ty::ListOfString,
        sort,
        "The strings of a list in order.",
    ),
];

/// The element type of a list argument.
fn list_element(value: &Value) -> Type {
    value.ty().element().cloned().unwrap_or(Type::Dynamic)
}

fn is_sequence(value: &Value) -> bool {
    matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_))
}

/// `alltrue` and `anytrue`: one element other than `wanted` decides, else one that is unknown.
fn every(c: &Call<'_>, wanted: bool) -> Result<Value, Fail> {
    let mut unknown = false;
    for value in c.elements(0) {
        match &value.kind {
            Kind::Bool(b) if *b == wanted => {}
            Kind::Bool(_) => return Ok((!wanted).into()),
            Kind::Unknown(_) if wanted => return Ok(Value::unknown_not_null(Type::Bool)),
            Kind::Unknown(_) => unknown = true,
            _ if wanted => return Ok(false.into()),
            _ => {}
        }
    }
    Ok(if unknown { Value::unknown_not_null(Type::Bool) } else { wanted.into() })
}

fn chunk_list(c: &Call<'_>) -> Result<Value, Fail> {
    let list = &c.args[0];
    let size = c.int(1).or_else(|e| fail(format!("invalid size: {e}")))?;
    let Ok(size) = usize::try_from(size) else { return fail("the size argument must be positive") };
    let all = c.elements(0);
    let ty = list_element(list);
    let size = if size == 0 { all.len().max(1) } else { size };
    let chunks = all.chunks(size).map(|chunk| Value::list(ty.clone(), chunk.to_vec())).collect();
    Ok(Value::list(Type::list(ty), chunks).marked(&list.marks))
}

fn coalesce(c: &Call<'_>) -> Result<Value, Fail> {
    let types: Vec<Type> = c.args.iter().map(Value::ty).collect();
    let Some(ty) = unify(&types) else {
        return fail(if types.is_empty() {
            "at least one argument is required"
        } else {
            "all arguments must have the same type"
        });
    };
    for arg in c.args {
        let value = convert(arg, &ty).or_else(|e| fail(e.to_string()))?;
        match &value.kind {
            Kind::Unknown(_) => return Ok(Value::unknown(ty)),
            Kind::Null(_) => {}
            Kind::String(s) if s.is_empty() => {}
            _ => return Ok(value),
        }
    }
    fail("no non-null, non-empty-string arguments")
}

fn coalesce_list(c: &Call<'_>) -> Result<Value, Fail> {
    if c.args.is_empty() {
        return fail("at least one argument is required");
    }
    for arg in c.args {
        if arg.is_unknown() {
            break;
        }
        if !matches!(arg.ty(), Type::List(_) | Type::Tuple(_)) {
            return fail("coalescelist arguments must be lists or tuples");
        }
    }
    for arg in c.args {
        match arg.as_sequence() {
            Some([]) => {}
            Some(_) => return Ok(arg.clone()),
            None if arg.is_unknown() => return Ok(Value::unknown(Type::Dynamic)),
            None => {}
        }
    }
    fail("no non-null arguments")
}

fn compact(c: &Call<'_>) -> Result<Value, Fail> {
    if !c.args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::list(Type::String)));
    }
    let kept = c.elements(0).iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn concat(c: &Call<'_>) -> Result<Value, Fail> {
    if c.args.is_empty() {
        return fail("at least one argument is required");
    }
    let mut marks = Marks::NONE;
    let mut all = Vec::new();
    for arg in c.args {
        let part = arg.as_sequence().unwrap_or_default();
        if all.len() + part.len() > MOST_ELEMENTS {
            return fail("the result would be too large");
        }
        all.extend(part.iter().cloned());
        marks = marks.union(&arg.marks);
    }
    let types: Vec<Type> = c.args.iter().map(Value::ty).collect();
    if types.iter().all(|t| matches!(t, Type::List(_)))
        && let Some(ty) = unify(&types)
        && let Some(element) = ty.element()
    {
        let same: Result<Vec<Value>, _> = all.iter().map(|v| convert(v, element)).collect();
        return Ok(Value::list(element.clone(), same.or_else(|e| fail(e.to_string()))?).marked(&marks));
    }
    Ok(Value::tuple(all).marked(&marks))
}

fn only_lists(args: &[Value]) -> Result<(), Fail> {
    match args.iter().position(|a| !matches!(a.ty(), Type::List(_) | Type::Tuple(_))) {
        Some(i) => {
            let name = args[i].ty().friendly_name();
            bad(i, format!("all arguments must be lists or tuples; got {name}"))
        }
        None => Ok(()),
    }
}

fn contains(c: &Call<'_>) -> Result<Value, Fail> {
    let Some(all) = c.args[0].as_sequence() else { return fail("argument must be list, tuple, or set") };
    let mut unknown = false;
    for value in all {
        match same(value, &c.args[1]) {
            Some(true) => return Ok(true.into()),
            None => unknown = true,
            Some(false) => {}
        }
    }
    Ok(if unknown { Value::unknown_not_null(Type::Bool) } else { false.into() })
}

fn distinct(c: &Call<'_>) -> Result<Value, Fail> {
    let ty = list_element(&c.args[0]);
    if !c.args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::list(ty)));
    }
    let all = c.elements(0);
    // Sorting finds twins without comparing every pair.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| set_order(&all[*a], &all[*b]));
    let mut firsts: Vec<usize> =
        order.chunk_by(|a, b| all[*a] == all[*b]).filter_map(|run| run.iter().min().copied()).collect();
    firsts.sort_unstable();
    Ok(Value::list(ty, firsts.into_iter().map(|i| all[i].clone()).collect()))
}

fn element(c: &Call<'_>) -> Result<Value, Fail> {
    let list = &c.args[0];
    let ty = list.ty();
    if !matches!(ty, Type::List(_) | Type::Tuple(_)) {
        return fail(format!("cannot read elements from {}", ty.friendly_name()));
    }
    let unknown = |ty: Type| Ok(Value::unknown(ty).marked(&list.deep_marks()));
    if c.args[1].is_unknown() {
        return unknown(ty.element().cloned().unwrap_or(Type::Dynamic));
    }
    let at = c.int(1).or_else(|e| fail(format!("invalid index: {e}")))?;
    // From the end where it is negative; around the end where it is beyond.
    let around = |length: usize| at.rem_euclid(length as i64) as usize;
    let Some(all) = list.as_sequence() else {
        return match &ty {
            Type::Tuple(types) if !types.is_empty() => unknown(types[around(types.len())].clone()),
            other => unknown(other.element().cloned().unwrap_or(Type::Dynamic)),
        };
    };
    if all.is_empty() {
        return fail("cannot use element function with an empty list");
    }
    Ok(all[around(all.len())].clone().marked(&list.marks))
}

fn flatten(c: &Call<'_>) -> Result<Value, Fail> {
    let list = &c.args[0];
    if !matches!(list.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_)) {
        return fail("can only flatten lists, sets and tuples");
    }
    let mut out = Vec::new();
    let mut marks = Marks::NONE;
    let known = flatten_into(list, &mut out, &mut marks);
    if out.len() > MOST_ELEMENTS {
        return fail("the result would be too large");
    }
    if known {
        Ok(Value::tuple(out).marked(&marks))
    } else {
        Ok(Value::unknown(Type::Dynamic).marked(&list.deep_marks()))
    }
}

/// Adds the elements, those of inner lists in their place. False if it is not known which those are.
fn flatten_into(list: &Value, out: &mut Vec<Value>, marks: &mut Marks) -> bool {
    *marks = marks.union(&list.marks);
    let Some(all) = list.as_sequence() else { return false };
    if matches!(list.kind, Kind::Set(..)) && !list.is_wholly_known() {
        return false;
    }
    for value in all {
        let is_list = matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        let untyped = matches!(&value.kind, Kind::Unknown(u) if u.ty == Type::Dynamic);
        if untyped || is_list && value.is_unknown() {
            return false;
        }
        if is_list && !value.is_null() {
            if !flatten_into(value, out, marks) {
                return false;
            }
        } else {
            out.push(value.clone());
        }
        if out.len() > MOST_ELEMENTS {
            return false;
        }
    }
    true
}

fn index(c: &Call<'_>) -> Result<Value, Fail> {
    let (Kind::List(_, all) | Kind::Tuple(all)) = &c.args[0].kind else {
        return fail("argument must be a list or tuple");
    };
    if all.is_empty() {
        return fail("cannot search an empty list");
    }
    for (i, value) in all.iter().enumerate() {
        match same(value, &c.args[1]) {
            Some(true) => return Ok(Number::from_usize(i).into()),
            None => return Ok(Value::unknown_not_null(Type::Number)),
            Some(false) => {}
        }
    }
    fail("item not found")
}

fn length(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let known = |n: usize| Ok(Value::from(Number::from_usize(n)).marked(&value.marks));
    let unknown = || Ok(Value::unknown_not_null(Type::Number).marked(&value.marks));
    match &value.kind {
        Kind::String(s) => known(s.graphemes(true).count()),
        // What is not known may turn out to be the same as another element.
        Kind::Set(_, all) if all.len() > 1 && !all.iter().all(Value::is_wholly_known) => {
            Ok(Value::unknown_between(1, all.len()).marked(&value.marks))
        }
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => known(all.len()),
        Kind::Map(_, all) | Kind::Object(all) => known(all.len()),
        Kind::Unknown(u) => match (&u.ty, u.length) {
            (_, Some((low, high))) if low == high => known(low),
            (Type::Tuple(all), _) => known(all.len()),
            (Type::Object(o), _) => known(o.attributes.len()),
            (Type::Bool | Type::Number, _) => not_countable(),
            (_, Some((low, high))) => Ok(Value::unknown_between(low, high).marked(&value.marks)),
            _ => unknown(),
        },
        _ => not_countable(),
    }
}

fn not_countable() -> Result<Value, Fail> {
    fail("argument must be a string, a collection type, or a structural type")
}

fn match_keys(c: &Call<'_>) -> Result<Value, Fail> {
    let types: Vec<Type> = c.args[1..].iter().map(Value::ty).collect();
    let Some(ty) = unify(&types) else { return fail("keys and searchset must be of the same type") };
    let element = list_element(&c.args[0]);
    let values = c.elements(0);
    if values.len() != c.elements(1).len() {
        return fail("length of keys and values should be equal");
    }
    let keys = convert(&c.args[1], &ty).or_else(|e| bad(1, e.message))?;
    let wanted = convert(&c.args[2], &ty).or_else(|e| bad(2, e.message))?;
    let wanted = wanted.as_sequence().unwrap_or_default();
    if !c.args[0].is_wholly_known() || !keys.is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::list(element)));
    }
    let mut out = Vec::new();
    for (key, value) in keys.as_sequence().unwrap_or_default().iter().zip(values) {
        for search in wanted {
            match same(key, search) {
                Some(true) => {
                    out.push(value.clone());
                    break;
                }
                None => return Ok(Value::unknown_not_null(Type::list(element))),
                Some(false) => {}
            }
        }
    }
    Ok(Value::list(element, out))
}

fn one(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let Some(all) = value.as_sequence() else { return not_one() };
    match all {
        [] => Ok(Value::null(value.ty().element().cloned().unwrap_or(Type::Dynamic))),
        [only] => Ok(only.clone()),
        _ if matches!(value.kind, Kind::Set(..)) && !value.is_wholly_known() => {
            Ok(Value::unknown(value.ty().element().cloned().unwrap_or(Type::Dynamic)))
        }
        _ => not_one(),
    }
}

fn not_one<T>() -> Result<T, Fail> {
    bad(0, "must be a list, set, or tuple value with either zero or one elements")
}

fn not_reversible<T>(value: &Value) -> Result<T, Fail> {
    bad(0, format!("can only reverse list or tuple values, not {}", value.ty().friendly_name()))
}

fn reverse(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let Some(all) = value.as_sequence() else { return not_reversible(value) };
    let reversed: Vec<Value> = all.iter().rev().cloned().collect();
    let result = match &value.kind {
        Kind::Set(ty, _) if !value.is_wholly_known() => Value::unknown_not_null(Type::list(ty.clone())),
        Kind::Set(ty, _) | Kind::List(ty, _) => Value::list(ty.clone(), reversed),
        _ => Value::tuple(reversed),
    };
    Ok(result.marked(&value.marks))
}

fn slice(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    let (Kind::List(_, all) | Kind::Tuple(all)) = &value.kind else {
        return bad(
            0,
            if matches!(value.kind, Kind::Set(..)) {
                "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
                 ordering of the result is not important"
            } else {
                "must be a list or tuple value"
            },
        );
    };
    let start = whole(c.number(1)).or_else(|e| bad(1, format!("invalid start index: {e}")))?;
    let end = whole(c.number(2)).or_else(|e| bad(2, format!("invalid end index: {e}")))?;
    let length = all.len() as i64;
    for (i, name, at) in [(1, "start", start), (2, "end", end)] {
        if at < 0 {
            return bad(i, format!("{name} index must not be less than zero"));
        }
        if at > length {
            return bad(i, format!("{name} index must not be greater than the length of the list"));
        }
    }
    if start > end {
        return bad(1, "start index must not be greater than end index");
    }
    let part = all[start as usize..end as usize].to_vec();
    let result = match &value.kind {
        Kind::List(ty, _) => Value::list(ty.clone(), part),
        _ => Kind::Tuple(Arc::new(part)).into(),
    };
    Ok(result.marked(&value.marks))
}

fn sort(c: &Call<'_>) -> Result<Value, Fail> {
    let all = c.elements(0);
    if !c.args[0].is_wholly_known() {
        return Ok(Value::list(Type::String, vec![Value::unknown(Type::String); all.len()]));
    }
    if let Some(i) = all.iter().position(Value::is_null) {
        return fail(format!("given list element {i} is null; a null string cannot be sorted"));
    }
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => Ordering::Equal,
    });
    Ok(Value::list(Type::String, sorted))
}
