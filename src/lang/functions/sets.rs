//! Sets.

use super::table::{Call, Fail, Function, Ty, bad, fail, param, row};
use crate::lang::convert::{convert, unify};
use crate::lang::marks::Marks;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// As many elements as `setproduct` may make.
const PRODUCT: usize = 1 << 20;

pub(super) const ROWS: &[Function] = &[
    row(
        "setintersection",
        &[param("first_set", Ty::SetOfAny)],
        Ty::SetOfAny,
        |c| combine(c, false, |all, set| all.retain(|v| set.contains(v))),
        "The elements that are in all sets.",
    )
    .variadic(param("other_sets", Ty::SetOfAny)),
    row(
        "setsubtract",
        &[param("a", Ty::SetOfAny), param("b", Ty::SetOfAny)],
        Ty::SetOfAny,
        |c| combine(c, false, |all, set| all.retain(|v| !set.contains(v))),
        "The elements of the first set that are not in the second.",
    ),
    row(
        "setunion",
        &[param("first_set", Ty::SetOfAny)],
        Ty::SetOfAny,
        |c| combine(c, true, |all, set| all.extend(set.iter().cloned())),
        "The elements that are in any of the sets.",
    )
    .variadic(param("other_sets", Ty::SetOfAny)),
    row("setproduct", &[], Ty::Any, product, "All combinations of elements of sets or lists.")
        .variadic(param("sets", Ty::Any).marked())
        .checked(|args| {
            if args.len() < 2 {
                return fail("at least two arguments are required");
            }
            match args.iter().position(|a| !matches!(a.ty(), Type::Set(_) | Type::List(_) | Type::Tuple(_))) {
                Some(i) => bad(i, "a set or a list is required"),
                None => Ok(()),
            }
        }),
];

/// Converts all sets to one type and combines them from the left.
fn combine(c: &Call<'_>, unknown_allowed: bool, step: fn(&mut Vec<Value>, &[Value])) -> Result<Value, Fail> {
    let types: Vec<Type> = c
        .args
        .iter()
        .filter(|a| !matches!(&a.kind, Kind::Set(Type::Dynamic, all) if all.is_empty()))
        .filter_map(|a| a.ty().element().cloned())
        .collect();
    let element = if types.is_empty() { Some(Type::Dynamic) } else { unify(&types) };
    let Some(element) = element else { return fail("given sets must all have compatible element types") };
    let ty = Type::set(element.clone());
    if !unknown_allowed && !c.args.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown_not_null(ty));
    }
    let mut all: Option<Vec<Value>> = None;
    for (i, arg) in c.args.iter().enumerate() {
        let set = convert(arg, &ty).or_else(|e| bad(i, e.message))?;
        let part = set.as_sequence().unwrap_or_default();
        match &mut all {
            None => all = Some(part.to_vec()),
            Some(all) => step(all, part),
        }
    }
    Ok(Value::set(element, all.unwrap_or_default()))
}

fn product(c: &Call<'_>) -> Result<Value, Fail> {
    let mut marks = Marks::NONE;
    let mut types = Vec::new();
    let mut ordered = true;
    let mut unknown = false;
    for (i, arg) in c.args.iter().enumerate() {
        marks = marks.union(&arg.marks);
        types.push(match arg.ty() {
            Type::Set(t) => {
                ordered = false;
                unknown |= !arg.is_wholly_known();
                (*t).clone()
            }
            Type::List(t) => (*t).clone(),
            Type::Tuple(all) if all.is_empty() => Type::Dynamic,
            Type::Tuple(all) => match unify(&all) {
                Some(ty) => ty,
                None => return bad(i, "all elements must be of the same type"),
            },
            _ => return bad(i, "a set or a list is required"),
        });
    }
    let tuple = Type::tuple(types.clone());
    let ty = if ordered { Type::list(tuple.clone()) } else { Type::set(tuple.clone()) };
    if unknown {
        return Ok(Value::unknown_not_null(ty).marked(&marks));
    }
    let total = c.args.iter().map(|a| a.as_sequence().map_or(0, <[Value]>::len));
    if total.fold(1, usize::saturating_mul) > PRODUCT {
        return fail(format!("more than {PRODUCT} combinations would be generated"));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for (i, (arg, ty)) in c.args.iter().zip(&types).enumerate() {
        let all = arg.as_sequence().unwrap_or_default();
        let all: Result<Vec<Value>, _> = all.iter().map(|v| convert(v, ty)).collect();
        let all = all.or_else(|e| bad(i, e.message))?;
        rows = rows
            .iter()
            .flat_map(|row| {
                all.iter().map(move |v| row.iter().chain(std::iter::once(v)).cloned().collect::<Vec<_>>())
            })
            .collect();
    }
    let all = rows.into_iter().map(Value::tuple).collect();
    let result = if ordered { Value::list(tuple, all) } else { Value::set(tuple, all) };
    Ok(result.marked(&marks))
}
