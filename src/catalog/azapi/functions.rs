//! The functions that azapi brings: `provider::azapi::NAME`. Ids made and taken apart, names in camel case, ARM's
//! `uniqueString`.

use std::sync::Arc;

use super::ids;
use super::place::split_type;
use crate::arm::id::ArmId;
use crate::lang::eval::CallError;
use crate::lang::{Kind, Marks, Type, Value};

/// A function: its name, its parameters, its body.
struct Row {
    name: &'static str,
    parameters: &'static [&'static str],
    run: fn(&[Value]) -> Result<Value, Wrong>,
}

/// What is wrong: with a parameter, or with all of them.
type Wrong = (Option<usize>, String);

const ROWS: &[Row] = &[
    Row { name: "build_resource_id", parameters: &["parent_id", "resource_type", "name"], run: build },
    Row {
        name: "extension_resource_id",
        parameters: &["base_resource_id", "resource_type", "resource_names"],
        run: |args| nested(text(args, 0)?, args, 1),
    },
    Row {
        name: "management_group_resource_id",
        parameters: &["management_group_name", "resource_type", "resource_names"],
        run: |args| {
            nested(&format!("/providers/Microsoft.Management/managementGroups/{}", text(args, 0)?), args, 1)
        },
    },
    Row { name: "parse_resource_id", parameters: &["resource_type", "resource_id"], run: parse },
    Row {
        name: "resource_group_resource_id",
        parameters: &["subscription_id", "resource_group_name", "resource_type", "resource_names"],
        run: |args| {
            let group = format!("/subscriptions/{}/resourceGroups/{}", text(args, 0)?, text(args, 1)?);
            nested(&group, args, 2)
        },
    },
    Row { name: "snake2camel", parameters: &["input"], run: |args| Ok(camel(&args[0])) },
    Row {
        name: "subscription_resource_id",
        parameters: &["subscription_id", "resource_type", "resource_names"],
        run: |args| nested(&format!("/subscriptions/{}", text(args, 0)?), args, 1),
    },
    Row {
        name: "tenant_resource_id",
        parameters: &["resource_type", "resource_names"],
        run: |args| nested("/", args, 0),
    },
    Row {
        name: "unique_string",
        parameters: &["base_string"],
        run: |args| Ok(unique(&texts(args, 0)?.join("-")).into()),
    },
];

fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// The names, without `provider::azapi::`.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// The signature of a function; `None` if there is none of this name.
pub fn signature(name: &str) -> Option<String> {
    Some(format!("{name}({})", row(name)?.parameters.join(", ")))
}

/// Calls a function. What is unknown makes the result unknown; marks of the arguments go to it.
pub fn call(name: &str, args: &[Value]) -> Result<Value, CallError> {
    let row = row(name).ok_or(CallError::Unknown)?;
    if args.len() > row.parameters.len() {
        return Err(CallError::TooMany { most: row.parameters.len() });
    }
    if let Some(missing) = row.parameters.get(args.len()) {
        let least = row.parameters.len();
        return Err(CallError::TooFew { least, variadic: false, missing: (*missing).into() });
    }
    let marks = args.iter().fold(Marks::NONE, |marks, arg| marks.union(&arg.deep_marks()));
    if row.name != "snake2camel" && args.iter().any(|arg| !arg.is_wholly_known()) {
        let ty = if row.name == "parse_resource_id" { Type::Dynamic } else { Type::String };
        return Ok(Value::unknown(ty).marked(&marks));
    }
    (row.run)(args).map(|value| value.marked(&marks)).map_err(|(at, message)| match at {
        Some(index) => CallError::Argument { index, parameter: row.parameters[index].into(), message },
        None => CallError::Failed(message),
    })
}

fn text(args: &[Value], at: usize) -> Result<&str, Wrong> {
    args[at].as_str().ok_or_else(|| (Some(at), "string required".into()))
}

fn texts(args: &[Value], at: usize) -> Result<Vec<&str>, Wrong> {
    let all = args[at].as_sequence().and_then(|all| all.iter().map(Value::as_str).collect());
    all.ok_or_else(|| (Some(at), "list of string required".into()))
}

/// A type, with or without a version.
fn kind(args: &[Value], at: usize) -> Result<&str, Wrong> {
    let written = text(args, at)?;
    Ok(split_type(written).map_or(written, |(kind, _)| kind))
}

fn build(args: &[Value]) -> Result<Value, Wrong> {
    let parent = ArmId::parse(text(args, 0)?).map_err(|e| (Some(0), e.to_string()))?;
    let id = ArmId::build(&parent, kind(args, 1)?, text(args, 2)?).map_err(|e| (None, e.to_string()))?;
    Ok(id.as_str().into())
}

/// The id of a type in a scope, with a name for each of its segments: `args[at]` is the type, the next the names.
fn nested(scope: &str, args: &[Value], at: usize) -> Result<Value, Wrong> {
    let scope = ArmId::parse(scope).map_err(|e| (Some(0), e.to_string()))?;
    let names = texts(args, at + 1)?.join("/");
    let id = ArmId::build(&scope, kind(args, at)?, &names).map_err(|e| (Some(at + 1), e.to_string()))?;
    Ok(id.as_str().into())
}

fn parse(args: &[Value]) -> Result<Value, Wrong> {
    let id = ArmId::parse(text(args, 1)?).map_err(|e| (Some(1), e.to_string()))?;
    let kind = kind(args, 0)?;
    if !id.is_type(kind) {
        return Err((Some(1), format!("`{id}` is a `{}`, not a `{kind}`", id.resource_type())));
    }
    let group = id.resource_group_id().map(|g| g.to_string()).unwrap_or_default();
    let mut all = ids::parts(&id);
    all.retain(|(name, _)| *name != "resource_id");
    all.push(("type", id.resource_type().into()));
    all.push(("resource_group_id", group.into()));
    Ok(Value::object(all))
}

/// The value with all names of its objects and maps in camel case.
fn camel(value: &Value) -> Value {
    let each = |all: &[Value]| Arc::new(all.iter().map(camel).collect::<Vec<_>>());
    let kind = match &value.kind {
        Kind::Object(all) => {
            Kind::Object(Arc::new(all.iter().map(|(n, v)| (camel_name(n), camel(v))).collect()))
        }
        Kind::Map(ty, all) => {
            let all = all.iter().map(|(n, v)| (camel_name(n), camel(v))).collect();
            Kind::Map(camel_type(ty), Arc::new(all))
        }
        Kind::List(ty, all) => Kind::List(camel_type(ty), each(all)),
        Kind::Set(ty, all) => Kind::Set(camel_type(ty), each(all)),
        Kind::Tuple(all) => Kind::Tuple(each(all)),
        other => other.clone(),
    };
    Value { kind, marks: value.marks.clone() }
}

fn camel_type(ty: &Type) -> Type {
    match ty {
        Type::Object(object) => {
            Type::object(object.attributes.iter().map(|(n, t)| (camel_name(n), camel_type(t))))
        }
        Type::List(item) => Type::list(camel_type(item)),
        Type::Set(item) => Type::set(camel_type(item)),
        Type::Map(item) => Type::map(camel_type(item)),
        Type::Tuple(items) => Type::tuple(items.iter().map(camel_type).collect::<Vec<_>>()),
        other => other.clone(),
    }
}

fn camel_name(name: &str) -> Arc<str> {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match (letter, std::mem::take(&mut upper)) {
            ('_', _) => upper = true,
            (letter, true) => out.extend(letter.to_uppercase()),
            (letter, false) => out.extend(letter.to_lowercase()),
        }
    }
    out.into()
}

/// ARM's `uniqueString`: a variant of MurmurHash2 in thirteen letters.
fn unique(text: &str) -> String {
    let mut hash = murmur(text.as_bytes());
    let mut out = String::with_capacity(13);
    for _ in 0..13 {
        out.push(char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(hash >> 59) as usize]));
        hash <<= 5;
    }
    out
}

fn murmur(data: &[u8]) -> u64 {
    const A: u32 = 597_399_067;
    const B: u32 = 2_869_860_233;
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |all, b| all << 8 | u32::from(*b));
    let (mut one, mut two) = (0u32, 0u32);
    let chunks = data.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        let (first, second) = (word(&chunk[..4]), word(&chunk[4..]));
        one ^= first.wrapping_mul(A).rotate_left(15).wrapping_mul(B);
        one = one.rotate_left(19).wrapping_add(two).wrapping_mul(5).wrapping_add(1_444_728_091);
        two ^= second.wrapping_mul(B).rotate_left(17).wrapping_mul(A);
        two = two.rotate_left(13).wrapping_add(one).wrapping_mul(5).wrapping_add(197_830_471);
    }
    if !rest.is_empty() {
        one ^= word(&rest[..rest.len().min(4)]).wrapping_mul(A).rotate_left(15).wrapping_mul(B);
    }
    if rest.len() > 4 {
        // Signed there: what is negative loses its sign.
        let signed = (word(&rest[4..]) as i32).wrapping_mul(B as i32);
        two ^= signed.unsigned_abs().rotate_left(17).wrapping_mul(A);
    }
    let length = u32::try_from(data.len()).unwrap_or(i32::MAX as u32);
    one ^= length;
    two ^= length;
    one = one.wrapping_add(two);
    two = two.wrapping_add(one);
    let last = |mut x: u32| {
        x = (x ^ x >> 16).wrapping_mul(2_246_822_507);
        x = (x ^ x >> 13).wrapping_mul(3_266_489_909);
        x ^ x >> 16
    };
    (one, two) = (last(one), last(two));
    one = one.wrapping_add(two);
    two = two.wrapping_add(one);
    u64::from(two) << 32 | u64::from(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

    fn value(name: &str, args: serde_json::Value) -> serde_json::Value {
        let args: Vec<Value> = args.as_array().unwrap().iter().map(Value::from_json).collect();
        call(name, &args).unwrap().to_json().unwrap()
    }

    #[test]
    fn unique_strings_are_those_of_arm() {
        for (values, unique) in [
            (json!([[SUB, "resource-id"]]), "cwvxuqg24sifi"),
            (json!([["fu"]]), "6rkxbspxjmsho"),
            (json!([["fubar"]]), "cj2xpqsiwjfne"),
            (json!([["fu", "bar"]]), "q5wxoscxs5j6k"),
        ] {
            assert_eq!(value("unique_string", values.clone()), unique, "{values}");
        }
    }

    #[test]
    fn ids_are_built_in_every_scope() {
        let group = format!("{SUB}/resourceGroups/rg1");
        let net = format!("{group}/providers/Microsoft.Network/virtualNetworks/vnet1");
        let guid = "00000000-0000-0000-0000-000000000000";
        let subnets = "Microsoft.Network/virtualNetworks/subnets@2024-05-01";
        for (name, args, id) in [
            ("build_resource_id", json!([group, "Microsoft.Network/virtualNetworks", "vnet1"]), net.clone()),
            ("resource_group_resource_id", json!([guid, "rg1", subnets, ["vnet1", "a"]]), format!("{net}/subnets/a")),
            ("subscription_resource_id", json!([guid, "Microsoft.Resources/resourceGroups", ["rg1"]]), group.clone()),
            (
                "extension_resource_id",
                json!([net, "Microsoft.Authorization/locks", ["l"]]),
                format!("{net}/providers/Microsoft.Authorization/locks/l"),
            ),
            (
                "tenant_resource_id",
                json!(["Microsoft.Billing/billingAccounts/billingProfiles", ["ba1", "bp1"]]),
                "/providers/Microsoft.Billing/billingAccounts/ba1/billingProfiles/bp1".into(),
            ),
            (
                "management_group_resource_id",
                json!(["mg1", "Microsoft.Authorization/policyDefinitions", ["p"]]),
                "/providers/Microsoft.Management/managementGroups/mg1/providers/Microsoft.Authorization/policyDefinitions/p".into(),
            ),
        ] {
            assert_eq!(value(name, args), id, "{name}");
        }
        let parsed = value("parse_resource_id", json!(["Microsoft.Network/virtualNetworks", net]));
        assert_eq!((&parsed["name"], &parsed["resource_group_id"]), (&json!("vnet1"), &json!(group)));
        assert_eq!(parsed["type"], "Microsoft.Network/virtualNetworks");
    }

    #[test]
    fn names_become_camel_case_and_calls_are_judged() {
        let given = json!([{"sku_name": {"Is_set": true}, "all_items": [{"a_b": 1}]}]);
        assert_eq!(value("snake2camel", given), json!({"skuName": {"isSet": true}, "allItems": [{"aB": 1}]}));
        let one = [Value::from("x")];
        assert_eq!(call("explode", &one), Err(CallError::Unknown));
        assert!(matches!(call("build_resource_id", &one), Err(CallError::TooFew { least: 3, .. })));
        assert!(matches!(call("unique_string", &one), Err(CallError::Argument { index: 0, .. })));
        let late = [Value::unknown(Type::String), "a/b".into(), "n".into()];
        assert!(call("build_resource_id", &late).unwrap().is_unknown());
    }
}
