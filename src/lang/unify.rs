//! One type that values of several types can all be converted to (cty's `UnifyUnsafe`).

use super::convert::convertible;
use super::types::{ObjectType, Type};

/// The type that all can be converted to; `None` if there is none, or no type is given.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut all: Vec<&Type> = Vec::new();
    for ty in types {
        if !all.contains(&ty) {
            all.push(ty);
        }
    }
    match all.as_slice() {
        [] => return None,
        [only] => return Some((*only).clone()),
        _ => {}
    }
    let count = |is: fn(&Type) -> bool| all.iter().filter(|t| is(t)).count();
    let dynamic = count(|t| matches!(t, Type::Dynamic));
    let lists = count(|t| matches!(t, Type::List(_)));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let maps = count(|t| matches!(t, Type::Map(_)));
    let objects = count(|t| matches!(t, Type::Object(_)));
    let tuples = count(|t| matches!(t, Type::Tuple(_)));
    let n = all.len();
    let same_kind = |kind: usize| kind > 0 && kind + dynamic == n;
    if same_kind(maps) || same_kind(lists) || same_kind(sets) || same_kind(objects) || same_kind(tuples) {
        // What a type that is not known yet will turn out to be decides: no promise is made.
        if dynamic > 0 {
            return Some(Type::Dynamic);
        }
        return match all[0] {
            Type::Map(_) => unify_elements(&all).map(Type::map),
            Type::List(_) => unify_elements(&all).map(Type::list),
            Type::Set(_) => unify_elements(&all).map(Type::set),
            Type::Object(_) => unify_objects(&all),
            _ => unify_tuples(&all),
        };
    }
    if maps > 0
        && maps + objects + dynamic == n
        && let Some(ty) =
            replaced(&all, |t| matches!(t, Type::Object(_)), objects_as_map, |t| matches!(t, Type::Map(_)))
    {
        return Some(ty);
    }
    if lists > 0
        && lists + tuples + dynamic == n
        && let Some(ty) =
            replaced(&all, |t| matches!(t, Type::Tuple(_)), tuples_as_list, |t| matches!(t, Type::List(_)))
    {
        return Some(ty);
    }
    if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(&all).into_iter().find(|want| all.iter().all(|t| convertible(t, want))).cloned()
}

fn unify_elements(all: &[&Type]) -> Option<Type> {
    let elements: Vec<Type> = all.iter().filter_map(|t| t.element().cloned()).collect();
    unify(&elements)
}

fn unify_objects(all: &[&Type]) -> Option<Type> {
    let objects: Vec<&ObjectType> = all
        .iter()
        .filter_map(|t| match t {
            Type::Object(o) => Some(&**o),
            _ => None,
        })
        .collect();
    let first = objects.first()?;
    if objects.iter().any(|o| !o.attributes.keys().eq(first.attributes.keys())) {
        return objects_as_map(all);
    }
    let mut attributes = Vec::new();
    for name in first.attributes.keys() {
        let across: Vec<Type> = objects.iter().filter_map(|o| o.attributes.get(name).cloned()).collect();
        attributes.push((name.clone(), unify(&across)?));
    }
    Some(Type::object(attributes))
}

fn objects_as_map(all: &[&Type]) -> Option<Type> {
    let attributes: Vec<Type> = all
        .iter()
        .flat_map(|t| match t {
            Type::Object(o) => o.attributes.values().cloned().collect(),
            _ => Vec::new(),
        })
        .collect();
    unify(&attributes).map(Type::map)
}

fn unify_tuples(all: &[&Type]) -> Option<Type> {
    let tuples: Vec<&[Type]> = all
        .iter()
        .filter_map(|t| match t {
            Type::Tuple(ts) => Some(&**ts),
            _ => None,
        })
        .collect();
    let length = tuples.first()?.len();
    if tuples.iter().any(|t| t.len() != length) {
        return tuples_as_list(all);
    }
    let elements: Option<Vec<Type>> = (0..length)
        .map(|i| unify(&tuples.iter().filter_map(|t| t.get(i).cloned()).collect::<Vec<_>>()))
        .collect();
    Some(Type::tuple(elements?))
}

fn tuples_as_list(all: &[&Type]) -> Option<Type> {
    let elements: Vec<Type> = all
        .iter()
        .flat_map(|t| match t {
            Type::Tuple(ts) => ts.to_vec(),
            _ => Vec::new(),
        })
        .collect();
    unify(&elements).map(Type::list)
}

/// Unifies the structural types to one collection first, then that with the collections there are.
fn replaced(
    all: &[&Type],
    structural: fn(&Type) -> bool,
    join: fn(&[&Type]) -> Option<Type>,
    wanted: fn(&Type) -> bool,
) -> Option<Type> {
    let parts: Vec<&Type> = all.iter().copied().filter(|t| structural(t)).collect();
    let joined = join(&parts)?;
    let types: Vec<Type> =
        all.iter().map(|t| if structural(t) { joined.clone() } else { (*t).clone() }).collect();
    unify(&types).filter(wanted)
}

/// Is `a` to be preferred to `b`?
fn better(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (Type::String, Type::Bool | Type::Number) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            better(a, b)
        }
        (Type::Tuple(_) | Type::List(_), Type::Set(_)) => true,
        (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => true,
        _ => false,
    }
}

/// The types, better ones first, otherwise as they came.
fn preferred<'a>(all: &[&'a Type]) -> Vec<&'a Type> {
    let mut left: Vec<&Type> = all.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let at = left.iter().position(|t| !left.iter().any(|other| better(other, t))).unwrap_or(0);
        order.push(left.remove(at));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(json: &str) -> Type {
        Type::from_json(&serde_json::from_str(json).unwrap()).unwrap()
    }

    /// Results of Terraform's conditionals and conversions (cases/expr).
    #[test]
    fn unifies_as_cty() {
        let rows = [
            (r#""number""#, r#""string""#, Some(r#""string""#)),
            (r#""number""#, r#""bool""#, None),
            (r#""dynamic""#, r#""number""#, Some(r#""number""#)),
            (r#"["tuple",[]]"#, r#"["tuple",["number"]]"#, Some(r#"["list","number"]"#)),
            (r#"["tuple",["number"]]"#, r#"["tuple",["string"]]"#, Some(r#"["tuple",["string"]]"#)),
            (r#"["tuple",[]]"#, r#""string""#, None),
            (r#"["list","string"]"#, r#"["tuple",[]]"#, Some(r#"["list","string"]"#)),
            (r#"["set","string"]"#, r#"["tuple",["number"]]"#, Some(r#"["set","string"]"#)),
            (r#"["map","number"]"#, r#"["object",{"b":"number"}]"#, Some(r#"["map","number"]"#)),
            (r#"["object",{"a":"number"}]"#, r#"["object",{"b":"string"}]"#, Some(r#"["map","string"]"#)),
            (
                r#"["object",{"a":["tuple",[]]}]"#,
                r#"["object",{"a":["tuple",["string"]]}]"#,
                Some(r#"["object",{"a":["list","string"]}]"#),
            ),
            (r#"["tuple",["number"]]"#, r#"["object",{}]"#, None),
        ];
        for (a, b, want) in rows {
            assert_eq!(unify(&[t(a), t(b)]), want.map(t), "{a} {b}");
        }
        assert_eq!(unify(&[]), None);
    }
}
