use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::lang::diag::Source;
use crate::lang::functions::Builtins;
use crate::lang::refs::Object;
use crate::lang::syntax::{parse_body, parse_expression};

/// A scope of a few objects by their names.
struct Names(BTreeMap<String, Value>);

impl Scope for Names {
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        self.0.get(&object.to_string()).cloned().ok_or_else(|| {
            Diagnostic::error("No such name", object.to_string()).at(reference.span.clone()).into()
        })
    }
}

fn no_names() -> Names {
    Names(BTreeMap::new())
}

fn run_in(text: &str, scope: &dyn Scope) -> (Value, Vec<String>) {
    let source = Source::new("test.tf", text);
    match parse_expression(&source) {
        Ok(expr) => {
            let (value, diagnostics) = evaluate(&expr, scope, &NoFunctions);
            (value, diagnostics.0.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect())
        }
        Err(diagnostics) => (
            Value::unknown(Type::Dynamic),
            diagnostics.0.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect(),
        ),
    }
}

fn run(text: &str) -> (Value, Vec<String>) {
    run_in(text, &no_names())
}

#[test]
fn values() {
    let cases = [
        ("1 + 2 * 3", json!(7)),
        ("\"a${1 + 1}b\"", json!("a2b")),
        ("[for k, v in {b = 1, a = 2} : \"${k}${v}\"]", json!(["a2", "b1"])),
        ("{for v in [\"x\", \"y\", \"x\"] : v => v...}", json!({"x": ["x", "x"], "y": ["y"]})),
        ("[{a = 1}, {a = 2}][*].a", json!([1, 2])),
        ("[[1, 2], [3]][*][0]", json!([1, 3])),
        ("[{a = [{b = 1}]}].*.a[0].b", json!(null)),
        ("true ? 1 : \"x\"", json!("1")),
        ("null[*]", json!([])),
        ("5[*]", json!([5])),
        ("{a = 1, a = 2}.a", json!(2)),
        ("{(true ? \"k\" : \"j\") = 1}", json!({"k": 1})),
        ("true || null == 1", json!(true)),
        ("<<EOT\nx ${1}\nEOT\n", json!("x 1\n")),
        ("<<-EOT\n    a\n      b\n    EOT\n", json!("a\n  b\n")),
        ("\"%{ for x in [1, 2] }${x},%{ endfor }\"", json!("1,2,")),
        ("\"%{ if false }a%{ else }b%{ endif }\"", json!("b")),
        ("(\n1\n+\n2\n)", json!(3)),
        ("-2 - -3", json!(1)),
    ];
    for (text, expected) in cases {
        let (value, errors) = run(text);
        if expected.is_null() {
            assert!(!errors.is_empty(), "{text}");
            continue;
        }
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        assert_eq!(value.to_json(), Some(expected), "{text}");
    }
}

#[test]
fn marks_stay_with_their_parts() {
    let secret = Value::from("s").marked(&Marks::sensitive());
    let scope = Names(BTreeMap::from([
        ("var.o".to_string(), Value::object([("a", secret.clone()), ("b", "plain".into())])),
        ("var.s".to_string(), secret),
        ("var.u".to_string(), Value::unknown_not_null(Type::String)),
    ]));
    let sensitive = |text: &str| {
        let (value, errors) = run_in(text, &scope);
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        (value.marks.is_sensitive(), value.deep_marks().is_sensitive())
    };
    assert_eq!(sensitive("[var.s, 1]"), (false, true));
    assert_eq!(sensitive("[var.s, 1][1]"), (false, false));
    assert_eq!(sensitive("var.o.b"), (false, false));
    assert_eq!(sensitive("{for k, v in var.o : k => v}"), (false, true));
    assert_eq!(sensitive("{for k, v in var.o : k => v}.b"), (false, false));
    assert_eq!(sensitive("\"x-${var.s}\""), (true, true));
    assert_eq!(sensitive("var.s == \"s\" ? 1 : 2"), (true, true));
    assert_eq!(sensitive("true ? 1 : var.s"), (false, false));
    assert_eq!(sensitive("{(var.s) = 1}"), (true, true));
    assert_eq!(sensitive("var.u == \"x\" ? 1 : var.s"), (true, true));
}

#[test]
fn unknowns_keep_what_is_known_of_them() {
    let scope = Names(BTreeMap::from([("var.u".to_string(), Value::unknown_not_null(Type::String))]));
    let (value, errors) = run_in("\"x-${var.u}\"", &scope);
    assert_eq!(errors, Vec::<String>::new());
    assert!(matches!(&value.kind, Kind::Unknown(u) if u.prefix.as_deref() == Some("x-") && u.not_null));
    for (text, expected) in [
        ("var.u != null", Some(json!(true))),
        ("false && var.u == \"x\"", Some(json!(false))),
        ("var.u == \"x\" || true", Some(json!(true))),
        ("var.u == \"x\" && true", None),
        ("[for x in [1, 2] : x if var.u == \"x\"]", None),
    ] {
        let (value, errors) = run_in(text, &scope);
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        assert_eq!(value.to_json(), expected, "{text}");
    }
}

#[test]
fn messages_name_the_values() {
    let source = Source::new("main.tf", "local.m[var.n]");
    let scope = Names(BTreeMap::from([
        ("local.m".to_string(), Value::object([("a", Value::from(1))])),
        ("var.n".to_string(), Value::from(3)),
    ]));
    let expr = parse_expression(&source).expect("parses");
    let (_, diagnostics) = evaluate(&expr, &scope, &NoFunctions);
    let d = &diagnostics.0[0];
    assert_eq!(d.summary, "Invalid index");
    assert_eq!(
        d.values,
        [
            ("local.m".to_string(), "is object with 1 attribute \"a\"".to_string()),
            ("var.n".to_string(), "is 3".to_string())
        ]
    );
    assert_eq!(d.subject.as_ref().map(|s| s.range.clone()), Some(7..14));
}

#[test]
fn deep_expressions_end_in_a_message() {
    let text = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    let (_, errors) = run(&text);
    assert!(errors[0].starts_with("Expression nested too deeply"), "{errors:?}");
    let text = vec!["1"; 300].join(" + ");
    let (_, errors) = run(&text);
    assert!(errors[0].starts_with("Too many operators"), "{errors:?}");
}

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(path);
    path.exists().then_some(path)
}

/// The names of the corpus' `main.tf`.
fn corpus_names() -> Names {
    let text = |t: &str| run(t).0;
    let list = |all: &[&str]| Value::list(Type::String, all.iter().map(|s| Value::from(*s)).collect());
    let data = |input: Value, output: Type| {
        Value::object([
            ("id", Value::unknown_not_null(Type::String)),
            ("input", input),
            ("output", Value::unknown(output)),
            ("triggers_replace", Value::null(Type::Dynamic)),
        ])
    };
    let inner = Value::object([("k", Value::from("dflt"))]);
    Names(BTreeMap::from([
        ("var.s".into(), "str".into()),
        ("var.n".into(), 3.into()),
        ("var.b".into(), true.into()),
        ("var.l".into(), list(&["a", "b", "c"])),
        ("var.m".into(), Value::map(Type::String, [("x", "1".into()), ("y", "2".into())])),
        ("var.st".into(), Value::set(Type::String, vec!["q".into(), "p".into()])),
        (
            "var.o".into(),
            Value::object([
                ("name", "n".into()),
                ("size", 7.into()),
                ("tags", Value::null(Type::map(Type::String))),
                ("inner", inner),
            ]),
        ),
        ("var.any".into(), text("{ a = [1, \"x\", null], b = { c = true } }")),
        ("var.nul".into(), Value::null(Type::String)),
        ("var.secret".into(), Value::from("hush").marked(&Marks::sensitive())),
        ("var.secret_map".into(), Value::map(Type::String, [("k", "v".into())]).marked(&Marks::sensitive())),
        (
            "local.deep".into(),
            text(
                "{ list = [{ id = 1, tags = [\"t1\", \"t2\"] }, { id = 2, tags = [] }], \"key-dash\" = 1, \
                 \"with space\" = 2, \"0\" = \"zero\" }",
            ),
        ),
        ("local.mixed".into(), text("[1, \"two\", true, null, { k = \"v\" }]")),
        ("terraform_data.u".into(), data("in".into(), Type::String)),
        (
            "terraform_data.c".into(),
            Value::tuple(vec![data(0.into(), Type::Number), data(1.into(), Type::Number)]),
        ),
        (
            "terraform_data.e".into(),
            Value::object([("one", data(1.into(), Type::Number)), ("two", data(2.into(), Type::Number))]),
        ),
        ("path.module".into(), ".".into()),
        ("path.root".into(), ".".into()),
        ("terraform.workspace".into(), "default".into()),
    ]))
}

/// Terraform's answers to the corpus. Those that differ are printed.
#[test]
fn corpus_agrees_with_terraform() {
    let Some(path) = shared("cases/expr/golden.jsonl") else {
        println!("skipped: no shared facts");
        return;
    };
    let golden = std::fs::read_to_string(&path).expect("readable");
    let functions = Builtins::planning(path.with_file_name("files"), Some(std::time::UNIX_EPOCH));
    let scope = corpus_names();
    let (mut right, mut summaries, mut places, mut errors, mut all) = (0, 0, 0, 0, 0);
    let mut misses = Vec::new();
    for line in golden.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = row["expr"].as_str().unwrap_or("");
        let head = "output \"e\" {\n  value = { v = ";
        let source = Source::new("e.tf", format!("{head}{text}\n}}\n}}\n"));
        let (body, mut diagnostics) = parse_body(&source);
        let expr = body.blocks.first().and_then(|b| b.body.attribute("value")).map(|a| a.expr.clone());
        let mut value = Value::unknown(Type::Dynamic);
        if let (Some(expr), false) = (&expr, diagnostics.has_errors()) {
            let (whole, more) = evaluate(expr, &scope, &functions);
            diagnostics.extend(more);
            value = whole.get("v").cloned().unwrap_or(value);
        }
        all += 1;
        if row["ok"] == json!(true) {
            let sensitive = row["sensitive"] == json!("all");
            let good = !diagnostics.has_errors()
                && (row["type"].is_null() || value.ty().to_json() == row["type"])
                && value.marks.is_sensitive() == sensitive
                && match row.get("unknown") {
                    Some(mask) if *mask == json!(true) => value.is_unknown(),
                    Some(_) => !value.is_wholly_known(),
                    None => {
                        let got = value.to_json().map(|j| j.to_string());
                        got == Some(row["value"].to_string()) || value.to_json() == Some(row["value"].clone())
                    }
                };
            right += usize::from(good);
            if !good {
                misses.push(format!("{text:?}: want {} got {value:?} {:?}", row, diagnostics.0.first()));
            }
            continue;
        }
        errors += 1;
        let wanted: Vec<&str> =
            row["errors"].as_array().into_iter().flatten().filter_map(|e| e["summary"].as_str()).collect();
        let got: Vec<&str> = diagnostics.0.iter().map(|d| d.summary.as_str()).collect();
        let same_summary = got.iter().any(|s| wanted.contains(s));
        let same_place = row["errors"].as_array().into_iter().flatten().any(|e| {
            diagnostics.0.iter().any(|d| {
                d.subject.as_ref().is_some_and(|s| {
                    json!([s.range.start as i64 - head.len() as i64, s.range.end as i64 - head.len() as i64])
                        == e["at"]
                })
            })
        });
        summaries += usize::from(same_summary);
        places += usize::from(same_place);
        if !same_summary || !same_place {
            let got: Vec<_> = diagnostics
                .0
                .iter()
                .map(|d| {
                    (
                        d.summary.clone(),
                        d.subject.as_ref().map(|s| {
                            (s.range.start as i64 - head.len() as i64, s.range.end as i64 - head.len() as i64)
                        }),
                    )
                })
                .collect();
            misses.push(format!("{text:?}: want {:?} at {:?} got {got:?}", wanted, row["errors"][0]["at"]));
        }
    }
    for miss in &misses {
        println!("{miss}");
    }
    println!(
        "{all} lines: {right} values of {}, {summaries} summaries and {places} places of {errors} errors",
        all - errors
    );
}
