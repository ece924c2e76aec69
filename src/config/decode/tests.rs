use serde_json::json;

use super::*;
use crate::lang::diag::Source;
use crate::lang::eval::NoFunctions;
use crate::lang::refs::Object;
use crate::lang::syntax::{Reference, parse_body};

struct Names(Vec<(&'static str, Value)>);

impl Scope for Names {
    fn object(&self, object: &Object, _: &Reference) -> Result<Value, Diagnostics> {
        let name = object.to_string();
        Ok(self.0.iter().find(|(n, _)| *n == name).map_or(Value::unknown(Type::Dynamic), |(_, v)| v.clone()))
    }
}

fn schema() -> BlockSpec {
    let rule = BlockSpec {
        attributes: vec![
            AttrSpec::required("port", Type::Number),
            AttrSpec::optional("tags", Type::map(Type::String)),
        ],
        ..BlockSpec::default()
    };
    let mut old = AttrSpec::optional("old", Type::String);
    old.deprecated = Some("Use name.".to_string());
    let mut one = NestedSpec::new("one", Nesting::List, rule.clone());
    one.max = 1;
    let mut acl = NestedSpec::new("acl", Nesting::Set, rule.clone());
    acl.attr_as_block = true;
    BlockSpec {
        attributes: vec![
            AttrSpec::required("name", Type::String),
            AttrSpec::optional("body", Type::Dynamic),
            AttrSpec::computed("id", Type::String),
            old,
        ],
        blocks: vec![NestedSpec::new("rule", Nesting::Set, rule), one, acl],
        ..BlockSpec::default()
    }
}

fn run(text: &str, names: Vec<(&'static str, Value)>) -> Decoded {
    let source = Source::new("main.tf", text);
    let (body, diagnostics) = parse_body(&source);
    assert_eq!(diagnostics.0, []);
    decode(&body, &schema(), &Names(names), &NoFunctions)
}

fn said(text: &str) -> Vec<(String, String)> {
    let decoded = run(text, vec![("var.n", Value::null(Type::Dynamic)), ("var.s", "x".into())]);
    decoded
        .diagnostics
        .0
        .iter()
        .map(|d| (d.summary.clone(), d.subject.as_ref().map_or(String::new(), |s| s.text().to_string())))
        .collect()
}

#[test]
fn a_body_becomes_an_object_of_the_schema() {
    let decoded = run(
        "name = 5\nbody = { a = [1] }\nrule {\n  port = \"80\"\n}\ndynamic \"rule\" {\n  for_each = [443, 80]\n  content {\n    port = \
         rule.value\n    tags = { k = rule.key }\n  }\n}\nacl = [{ port = 1 }]\n",
        vec![],
    );
    assert_eq!(decoded.diagnostics.0, []);
    assert_eq!(
        decoded.value.to_json(),
        Some(json!({
            "name": "5", "body": {"a": [1]}, "id": null, "old": null, "one": [],
            "acl": [{"port": 1, "tags": null}],
            "rule": [{"port": 443, "tags": {"k": "0"}}, {"port": 80, "tags": {"k": "1"}}, {"port": 80, "tags": null}],
        }))
    );
    assert!(crate::lang::convert::convertible(&decoded.value.ty(), &schema().implied_type()));
    let place = |path: &[PathStep]| decoded.span(path).map(|s| s.text().to_string());
    let name = |n: &str| PathStep::Attribute(n.into());
    assert_eq!(place(&[name("body"), name("a"), PathStep::Index(0)]).as_deref(), Some("1"));
    assert_eq!(place(&[name("rule"), PathStep::Index(2), name("port")]).as_deref(), Some("\"80\""));
    assert_eq!(place(&[name("id")]), None);
}

#[test]
fn unknown_dynamic_blocks_are_unknown_and_still_judged() {
    let text =
        "name = \"x\"\ndynamic \"rule\" {\n  for_each = local.u\n  content {\n    port = \"x\"\n  }\n}\n";
    let decoded = run(text, vec![]);
    assert!(decoded.value.get("rule").is_some_and(Value::is_unknown));
    assert_eq!(decoded.diagnostics.0[0].summary, "Incorrect attribute value type");
}

#[test]
fn marks_of_for_each_are_on_the_blocks() {
    let secret = Value::tuple(vec![1.into()]).marked(&Marks::sensitive());
    let text = "name = \"x\"\ndynamic \"one\" {\n  for_each = var.l\n  content {\n    port = 1\n  }\n}\n";
    let decoded = run(text, vec![("var.l", secret)]);
    assert!(decoded.value.get("one").is_some_and(|v| v.marks.is_sensitive()));
    assert!(!decoded.value.marks.is_sensitive());
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let name = "name = \"x\"\n";
    let cases: &[(String, &str, &str)] = &[
        ("".into(), "Missing required argument", ""),
        (format!("{name}nam = 1\n"), "Unsupported argument", "nam"),
        (format!("{name}id = 1\n"), "Value for unconfigurable attribute", "id = 1"),
        ("name = []\n".into(), "Incorrect attribute value type", "[]"),
        ("name = var.n\n".into(), "Missing required argument", "var.n"),
        (format!("{name}rul {{\n}}\n"), "Unsupported block type", "rul"),
        (format!("{name}rule {{\n}}\n"), "Missing required argument", ""),
        (format!("{name}rule = []\n"), "Unsupported argument", "rule"),
        (format!("{name}one {{\n port = 1\n}}\none {{\n port = 2\n}}\n"), "Too many one blocks", ""),
        (format!("{name}rule \"l\" {{\n port = 1\n}}\n"), "Extraneous label for rule", "\"l\""),
        (format!("{name}dynamic \"x\" {{\n}}\n"), "Unsupported block type", "\"x\""),
        (format!("{name}dynamic \"rule\" {{\n for_each = []\n}}\n"), "Missing dynamic content block", ""),
        (
            format!("{name}dynamic \"rule\" {{\n for_each = var.n\n content {{\n }}\n}}\n"),
            "Invalid dynamic for_each value",
            "var.n",
        ),
        (
            format!("{name}dynamic \"rule\" {{\n for_each = var.s\n content {{\n }}\n}}\n"),
            "Invalid dynamic for_each value",
            "var.s",
        ),
        (format!("{name}old = \"x\"\n"), "Argument is deprecated", "\"x\""),
    ];
    for (text, summary, place) in cases {
        assert_eq!(said(text), [(summary.to_string(), place.to_string())], "{text}");
    }
}

#[test]
fn ephemeral_values_are_not_kept() {
    let secret = Value::from("s").marked(&Marks::ephemeral());
    let text = "name = var.e\nbody = { a = var.e }\none {\n  port = 1\n  tags = { k = var.e }\n}\n";
    let decoded = run(text, vec![("var.e", secret)]);
    let details: Vec<(String, String)> = decoded
        .kept_ephemerals(&schema())
        .0
        .into_iter()
        .map(|d| (d.detail, d.subject.map_or(String::new(), |s| s.text().to_string())))
        .collect();
    let want = [("name", "var.e"), ("body", "{ a = var.e }"), ("one[0].tags", "{ k = var.e }")];
    assert_eq!(details.len(), want.len());
    for ((detail, place), (name, at)) in details.iter().zip(want) {
        assert!(detail.starts_with(&format!("Ephemeral values are not valid for \"{name}\"")), "{detail}");
        assert_eq!(place, at);
    }
}

#[test]
fn suggestions_name_what_was_meant() {
    let decoded = run("nane = \"x\"\nrule = []\n", vec![]);
    let details: Vec<&str> = decoded.diagnostics.0.iter().map(|d| d.detail.as_str()).collect();
    assert!(details.iter().any(|d| d.ends_with("Did you mean \"name\"?")), "{details:?}");
    assert!(
        details.iter().any(|d| d.ends_with("Did you mean to define a block of type \"rule\"?")),
        "{details:?}"
    );
}
