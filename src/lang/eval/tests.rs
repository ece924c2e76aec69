use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::lang::diag::Source;
use crate::lang::refs::Object;
use crate::lang::syntax::parse_expression;

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
    // As Terraform has it: what is chosen beside a secret is one, but what is in it is not looked at.
    assert_eq!(sensitive("true ? 1 : var.s"), (true, true));
    assert_eq!(sensitive("true ? [1] : [var.s]"), (false, false));
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
    // The deepest that is allowed has a value.
    let text = format!("{}1{}{}", "(".repeat(60), " + 1".repeat(120), ")".repeat(60));
    assert_eq!(run(&text).0.to_json(), Some(json!(121)));
}

/// Sixteen of them are the most that one evaluation makes.
#[test]
fn what_an_evaluation_makes_is_bounded() {
    let big = Value::string(&"x".repeat(16 << 20));
    let many = Value::tuple((0..300i64).map(Value::from).collect());
    let scope = Names(BTreeMap::from([("local.big".into(), big), ("local.many".into(), many)]));
    let too_much = "Expression result too large: Evaluating the expression makes more than 256 MiB of text and \
                    elements. Make it of fewer or shorter parts.";
    let literal = "y".repeat(1 << 20);
    for text in [
        format!("\"{}\"", "${local.big}".repeat(17)),
        "[for n in local.many : \"x${local.big}\"]".into(),
        "{for n in local.many : n => [for m in local.many : \"x${local.big}\"]}".into(),
        format!("\"%{{ for n in local.many }}{literal}%{{ endfor }}\""),
    ] {
        let (value, errors) = run_in(&text, &scope);
        assert_eq!(errors, [too_much], "{}", &text[..text.len().min(40)]);
        assert!(!value.is_wholly_known(), "{}", &text[..text.len().min(40)]);
    }
    let (value, errors) = run_in(&format!("\"{}\"", "${local.big}".repeat(2)), &scope);
    assert_eq!((value.as_str().map(str::len), errors), (Some(32 << 20), vec![]));
}

#[test]
fn bounds_of_unknown_numbers_decide_comparisons() {
    let some = Names([("local.n".to_string(), Value::unknown_between(1, 3))].into());
    let rows = [
        ("local.n > 0", Some(true)),
        ("local.n > 1", None),
        ("local.n > 3", Some(false)),
        ("local.n >= 1", Some(true)),
        ("local.n >= 4", Some(false)),
        ("local.n < 1", Some(false)),
        ("4 > local.n", Some(true)),
        ("local.n <= 3", Some(true)),
        ("local.n <= 0", Some(false)),
        ("local.n == 0", Some(false)),
        ("local.n == 2", None),
        ("local.n != 4", Some(true)),
    ];
    for (text, expected) in rows {
        let (value, errors) = run_in(text, &some);
        assert_eq!((value.as_bool(), errors.len()), (expected, 0), "{text}");
    }
}
