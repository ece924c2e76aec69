use std::path::Path;

use super::*;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown};

pub(super) fn context() -> Builtins {
    Builtins::planning(".", None)
}

fn v(json: &str) -> Value {
    Value::from_json(&serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}")))
}

fn run(name: &str, args: &str) -> Result<Value, CallError> {
    let args = v(args);
    call(name, args.as_sequence().unwrap_or_default(), &context())
}

fn shared(path: &str) -> Option<String> {
    let root = std::env::var("RINGFENCE_SHARED").unwrap_or_else(|_| "../shared".into());
    let text = std::fs::read_to_string(Path::new(&root).join(path)).ok();
    if text.is_none() {
        println!("skipped: no shared facts");
    }
    text
}

/// The table has the functions, parameters and types that `terraform metadata functions -json` prints.
#[test]
fn the_table_is_terraforms() {
    let Some(text) = shared("cases/expr/functions.json") else { return };
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let facts = facts["function_signatures"].as_object().unwrap();
    let wanted: Vec<&String> = facts.keys().filter(|n| !n.starts_with("core::")).collect();
    let mut sorted = wanted.clone();
    sorted.sort();
    assert_eq!(names().collect::<Vec<_>>(), sorted);
    for name in wanted {
        let (fact, function) = (&facts[name], signature(&format!("core::{name}")).unwrap());
        let check = |fact: &serde_json::Value, param: &Param| {
            assert_eq!(fact["name"], param.name, "{name}");
            assert_eq!(fact["type"], param.ty.to_type().to_json(), "{name} {}", param.name);
            // The evaluator gives these expressions, not values.
            if matches!(name.as_str(), "try" | "can") {
                return;
            }
            assert_eq!(
                fact["is_nullable"].as_bool().unwrap_or(false),
                param.nullable,
                "{name} {}",
                param.name
            );
        };
        let params = fact["parameters"].as_array().cloned().unwrap_or_default();
        assert_eq!(params.len(), function.params.len(), "{name}");
        for (fact, param) in params.iter().zip(function.params) {
            check(fact, param);
        }
        match (fact.get("variadic_parameter"), &function.variadic) {
            (Some(fact), Some(param)) => check(fact, param),
            (None, None) => {}
            _ => panic!("{name}: variadic"),
        }
        let untyped = function.params.iter().chain(&function.variadic).any(|p| p.ty == Ty::Any && !p.dynamic);
        let result = if untyped { Type::Dynamic } else { function.result.to_type() };
        assert_eq!(fact["return_type"], result.to_json(), "{name}");
    }
}

#[test]
fn what_all_functions_have_in_common() {
    let secret = Value::from("a").marked(&Marks::sensitive());
    assert!(call("upper", std::slice::from_ref(&secret), &context()).unwrap().marks.is_sensitive());
    let unknown = call("trimspace", &[Value::unknown(Type::String).marked(&Marks::sensitive())], &context());
    let unknown = unknown.unwrap();
    assert!(unknown.is_unknown() && unknown.marks.is_sensitive() && unknown.ty() == Type::String);
    let argument = |parameter: &str, message: &str| CallError::Argument {
        index: 0,
        parameter: parameter.into(),
        message: message.into(),
    };
    let rows = [
        ("upper", "[]", CallError::TooFew { least: 1, variadic: false, missing: "str".into() }),
        ("upper", "[\"a\",1]", CallError::TooMany { most: 1 }),
        ("upper", "[null]", argument("str", "argument must not be null")),
        ("upper", "[[]]", argument("str", "string required")),
        ("max", "[]", CallError::Failed("must pass at least one number".into())),
        ("nosuch", "[]", CallError::Unknown),
    ];
    for (name, args, want) in rows {
        assert_eq!(run(name, args).unwrap_err(), want, "{name}{args}");
    }
    let Err(CallError::Several(all)) = run("cidrhost", "[[],{}]") else { panic!("both are wrong") };
    assert_eq!(all.len(), 2);
    assert_eq!(signature("join").unwrap().to_string(), "join(separator, lists...)");
}

/// What is not known yet has a type all the same.
#[test]
fn types_are_judged_before_values_are_known() {
    let text = || Value::unknown(Type::String);
    let rows = [
        ("concat", vec![text()]),
        ("one", vec![text()]),
        ("reverse", vec![text()]),
        ("values", vec![text()]),
        ("lookup", vec![v("[1]"), text()]),
        ("parseint", vec![v("1"), Value::unknown(Type::Number)]),
        ("setproduct", vec![text(), v("[1]")]),
    ];
    for (name, args) in rows {
        assert!(call(name, &args, &context()).is_err(), "{name}");
        let unknown = vec![Value::unknown(Type::Dynamic); args.len()];
        assert!(call(name, &unknown, &context()).is_ok() || args.len() < 2 && name == "setproduct", "{name}");
    }
    let beginning = Unknown { ty: Type::String, not_null: true, prefix: Some("p-".into()), length: None };
    let beginning = Value::from(Kind::Unknown(Box::new(beginning)));
    assert!(call("jsondecode", &[beginning], &context()).is_err());
}

#[test]
fn a_reason_tells_no_secret() {
    let secret = |text: &str| Value::from(text).marked(&Marks::sensitive());
    let rows = [
        ("file", vec![secret("hush-hush")]),
        ("filemd5", vec![secret("hush-hush")]),
        ("base64decode", vec![secret("hush!")]),
        ("regex", vec![secret("(hush"), v("\"a\"")]),
        ("lookup", vec![v("{\"a\":1}"), secret("hush")]),
        ("timeadd", vec![secret("hush"), v("\"1h\"")]),
        ("fileexists", vec![secret(".")]),
    ];
    for (name, args) in rows {
        let told = format!("{:?}", call(name, &args, &context()));
        assert!(!told.contains("hush") && !told.contains("\".\""), "{name}: {told}");
        assert!(told.contains("(sensitive value)"), "{name}: {told}");
    }
}

#[test]
fn what_terraform_makes_of_them() {
    let rows = [
        ("element", "[[\"a\",\"b\",\"c\"],-1]", "\"c\""),
        ("element", "[[\"a\",\"b\",\"c\"],-4]", "\"c\""),
        ("pow", "[1.1,10]", "2.593742460100002"),
        ("pow", "[2,-1]", "0.5"),
        ("pow", "[2,10]", "1024"),
        ("cidrsubnet", "[\"10.0.0.0/8\",-1,0]", "\"10.0.0.0/7\""),
        ("cidrsubnet", "[\"2001:db8::/32\",64,1]", "\"2001:db8::1:0:0/96\""),
        ("yamldecode", "[\"!<tag:yaml.org,2002:str> 1\"]", "\"1\""),
        ("regexall", "[\"\\\\p{^Greek}\",\"aδ\"]", "[\"a\"]"),
    ];
    for (name, args, want) in rows {
        let got = run(name, args).unwrap_or_else(|e| panic!("{name}{args}: {e:?}"));
        assert_eq!(got.to_json(), Some(serde_json::from_str(want).unwrap()), "{name}{args}");
    }
    for (name, args) in [
        ("yamldecode", "[\"%YAML 1.2\\n---\\na: 1\"]"),
        ("yamldecode", "[\"\\ta: 1\"]"),
        ("yamldecode", "[\"a: \\u0001\"]"),
        ("yamldecode", "[\"a: &x {k: 1}\\nb: {<<: [*x]}\"]"),
        ("format", "[\"%[1s\",\"a\"]"),
        ("textencodebase64", "[\"a\",\"ascii\"]"),
    ] {
        assert!(run(name, args).is_err(), "{name}{args}");
    }
}

#[test]
fn nothing_panics_and_nothing_grows_without_end() {
    let rows = [
        ("log", "[-1,10]"),
        ("pow", "[-8,0.3333]"),
        ("indent", "[-1,\"a\\nb\"]"),
        ("indent", "[1e18,\"a\\nb\"]"),
        ("range", "[1e9]"),
        ("range", "[1,4,0]"),
        ("format", "[\"%999999999d\",1]"),
        ("format", "[\"%[0]d\",1]"),
        ("format", "[\"%[99999999999999999999]d\",1]"),
        ("parseint", "[\"\",10]"),
        ("cidrsubnet", "[\"10.0.0.0/8\",-9,0]"),
        ("cidrsubnet", "[\"::/0\",1e30,0]"),
        ("cidrhost", "[\"::/0\",1e300]"),
        ("substr", "[\"a\",1e300,1]"),
        ("chunklist", "[[1],1.5]"),
        ("yamldecode", "[\"a: &a [*a]\"]"),
        ("jsondecode", "[\"1e999999999\"]"),
        ("timeadd", "[\"9999-12-31T23:59:59Z\",\"24h\"]"),
        ("regex", "[\"a{1000}{1000}{1000}\",\"a\"]"),
        ("textdecodebase64", "[\"aA==\",\"nope\"]"),
        (
            "rsadecrypt",
            "[\"aA==\",\"-----BEGIN RSA PRIVATE KEY-----\\nMAA=\\n-----END RSA PRIVATE KEY-----\"]",
        ),
    ];
    for (name, args) in rows {
        assert!(run(name, args).is_err(), "{name}{args}");
    }
    let many = format!("[[{}]]", ["[0,1,2,3,4,5,6,7,8,9]"; 8].join(","));
    let sets = v(&many);
    let sets = sets.as_sequence().unwrap()[0].as_sequence().unwrap().to_vec();
    assert!(call("setproduct", &sets, &context()).is_err());
}

#[test]
fn parts_keep_their_marks() {
    let one = Marks::early(crate::lang::Origin(1));
    let part = Value::from("x").marked(&one);
    let object = Value::object([("a", part.clone()), ("b", 2.into())]);
    let tuple = Value::tuple(vec![part.clone(), 2.into()]);
    let whole = |name: &str, args: &[Value]| call(name, args, &context()).unwrap().marks;
    let none = [
        ("merge", vec![object.clone(), object.clone()]),
        ("values", vec![object.clone()]),
        ("keys", vec![object.clone()]),
        ("concat", vec![tuple.clone(), tuple.clone()]),
        ("element", vec![tuple.clone(), 1.into()]),
        ("lookup", vec![object.clone(), "b".into(), 0.into()]),
        ("tolist", vec![tuple.clone()]),
        ("tomap", vec![object.clone()]),
        ("zipmap", vec![v(r#"["p","q"]"#), tuple.clone()]),
        ("flatten", vec![Value::tuple(vec![tuple.clone()])]),
        ("reverse", vec![tuple.clone()]),
        ("length", vec![tuple.clone()]),
        ("try", vec![tuple.clone()]),
    ];
    for (name, args) in none {
        assert!(whole(name, &args).is_empty(), "{name}");
    }
    let all =
        [("toset", vec![tuple.clone()]), ("jsonencode", vec![object]), ("join", vec![",".into(), tuple])];
    for (name, args) in all {
        assert_eq!(whole(name, &args), one, "{name}");
    }
}

#[test]
fn time_is_given() {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(86_400);
    let ctx = Builtins::applying(".", Some(time), time);
    for name in ["timestamp", "plantimestamp"] {
        assert_eq!(call(name, &[], &ctx).unwrap(), "1970-01-02T00:00:00Z".into());
        assert!(call(name, &[], &context()).unwrap().is_unknown());
    }
    let hash = call("bcrypt", &["x".into(), 4.into()], &ctx).unwrap();
    assert!(hash.as_str().unwrap().starts_with("$2a$04$"));
    assert!(bcrypt::verify("x", hash.as_str().unwrap()).unwrap());
    assert_eq!(call("uuid", &[], &ctx).unwrap().as_str().unwrap().len(), 36);
}

/// Values that are at some edge.
fn awkward() -> Vec<Value> {
    let mut all: Vec<Value> = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e300",
        "-9223372036854775808",
        "\"\"",
        "\"a,b\"",
        "\"é%s%[9]d\"",
        "\"[(\"",
        "\"10.0.0.0/8\"",
        "\"2020-01-01T00:00:00Z\"",
        "[]",
        "[null]",
        "[1,\"a\",[true]]",
        "{}",
        "{\"a\":[1],\"b\":null}",
    ]
    .into_iter()
    .map(v)
    .collect();
    all.extend([
        crate::lang::Number::infinite(true).into(),
        Value::unknown(Type::Dynamic),
        Value::unknown(Type::list(Type::String)),
        Value::null(Type::list(Type::Number)),
        Value::set(Type::String, vec![Value::unknown(Type::String), "a".into()]).marked(&Marks::sensitive()),
        Value::map(Type::Number, [("k", Value::unknown(Type::Number))]),
    ]);
    all
}

/// No combination of up to three awkward arguments makes a function panic, and secrets stay secrets.
#[test]
fn awkward_arguments_are_answered() {
    let (values, world) = (awkward(), context());
    for name in names() {
        let _ = call(name, &[], &world);
        for a in &values {
            for b in &values {
                for c in values.iter().step_by(5) {
                    let args = [a.clone(), b.clone(), c.clone()];
                    let most = most_of(name);
                    let args = &args[..most.min(3)];
                    let result = call(name, args, &world);
                    let _ = call(name, &args[..most.min(1)], &world);
                    let told = ["nonsensitive", "issensitive", "can", "try"].contains(&name);
                    if let (Ok(value), false) = (result, told) {
                        let secret = args.iter().take(1).any(|v| v.marks.is_sensitive());
                        assert!(!secret || value.deep_marks().is_sensitive(), "{name}{args:?}");
                    }
                    if most < 3 {
                        break;
                    }
                }
                if most_of(name) < 2 {
                    break;
                }
            }
        }
    }
}

fn most_of(name: &str) -> usize {
    signature(name).map_or(0, |f| if f.variadic.is_some() { 3 } else { f.params.len() })
}

#[test]
fn unknown_elements_of_a_set_may_be_the_same() {
    let unknown = || Value::unknown(Type::String);
    let set = |all: Vec<Value>| Kind::Set(Type::String, std::sync::Arc::new(all)).into();
    let length = |all: Vec<Value>| call("length", &[set(all)], &context()).unwrap();
    assert_eq!(length(vec![unknown()]), 1.into());
    assert_eq!(length(vec!["a".into(), unknown()]), Value::unknown_between(1, 2));
}
