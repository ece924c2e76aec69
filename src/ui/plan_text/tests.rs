use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::lang::schema::{AttrSpec, NestedSpec, Nesting};
use crate::lang::{Kind, Marks, PathStep, Type};
use crate::plan::addr::InstanceAddr;
use crate::plan::model::OutputChange;

/// JSON as a value; `"?"` is unknown, `{"secret": x}` is sensitive.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::String(s) if s == "?" => Value::unknown(Type::Dynamic),
        Json::Object(all) if all.len() == 1 && all.contains_key("secret") => {
            value(&all["secret"]).marked(&Marks::sensitive())
        }
        Json::Object(all) => Value::object(all.iter().map(|(n, v)| (n.as_str(), value(v)))),
        Json::Array(all) => Value::tuple(all.iter().map(value).collect()),
        other => Value::from_json(other),
    }
}

/// The value in the shape of a type, without conversion of its leaves.
pub(crate) fn typed(json: &Json, ty: &Type) -> Value {
    let plain = value(json);
    let json = json.get("secret").unwrap_or(json);
    let (marks, kind) = (plain.marks, plain.kind);
    let kind = match (kind, ty) {
        (Kind::Tuple(_), Type::List(t)) => Kind::List((**t).clone(), Arc::new(each(json, t))),
        (Kind::Tuple(_), Type::Set(t)) => Kind::Set((**t).clone(), Arc::new(each(json, t))),
        (Kind::Object(all), Type::Map(t)) => Kind::Map((**t).clone(), all),
        (Kind::Object(_), Type::Object(o)) => {
            let all = o.attributes.iter().map(|(n, t)| (n.clone(), typed(&json[&**n], t)));
            Kind::Object(Arc::new(all.collect()))
        }
        (kind, _) => kind,
    };
    Value { kind, marks }
}

fn each(json: &Json, ty: &Type) -> Vec<Value> {
    json.as_array().into_iter().flatten().map(|j| typed(j, ty)).collect()
}

/// A type with every kind of argument.
pub(crate) fn spec() -> BlockSpec {
    let optional = AttrSpec::optional;
    let rule = BlockSpec {
        attributes: vec![optional("action", Type::String), optional("port", Type::Number)],
        ..BlockSpec::default()
    };
    BlockSpec {
        attributes: vec![
            AttrSpec::computed("id", Type::String),
            AttrSpec::required("name", Type::String),
            optional("access_key", Type::String).secret(),
            optional("addresses", Type::list(Type::String)),
            optional("body", Type::Dynamic),
            optional("enabled", Type::Bool),
            optional("policy", Type::String),
            optional("tags", Type::map(Type::String)),
            optional("zones", Type::set(Type::String)),
            optional("labels", Type::map(Type::String)),
        ],
        blocks: vec![
            NestedSpec::new("rule", Nesting::List, rule.clone()),
            NestedSpec::new("peer", Nesting::Set, rule.clone()),
            NestedSpec::new("identity", Nesting::Single, rule),
        ],
        ..BlockSpec::default()
    }
}

trait Secret {
    fn secret(self) -> Self;
}

impl Secret for AttrSpec {
    fn secret(mut self) -> AttrSpec {
        self.sensitive = true;
        self
    }
}

pub(crate) fn change(addr: &str, action: ChangeAction, before: Json, after: Json) -> Change {
    let spec = spec();
    let side = |j: Json| (!j.is_null()).then(|| typed(&j, &spec.implied_type()));
    Change {
        addr: InstanceAddr::parse(addr).unwrap(),
        previous_addr: None,
        provider: "registry.terraform.io/hashicorp/azurerm".into(),
        schema: Arc::new(spec.clone()),
        action,
        reason: None,
        reason_detail: None,
        before: side(before),
        after: side(after),
        replace_paths: Vec::new(),
        importing: None,
        generated: None,
        deposed: None,
        documents: Vec::new(),
    }
}

fn of(changes: Vec<Change>) -> Plan {
    Plan { changes, ..Plan::default() }
}

fn show(of: &Plan) -> String {
    plan(of, Layout { colour: false, width: 78 })
}

/// The text of one change, without legend and `Plan:` line.
fn body(change: Change) -> String {
    let text = show(&of(vec![change]));
    let start = text.find("Terraform will perform").unwrap();
    text[start..text.find("\nPlan:").unwrap()].to_string()
}

const NOOP: ChangeAction = ChangeAction::NoOp;
const UPDATE: ChangeAction = ChangeAction::Update;
const REPLACE: ChangeAction = ChangeAction::Replace { create_first: false };

#[test]
fn create_shows_all_that_is_set() {
    let after = json!({
        "id": "/subscriptions/s/x", "name": "n", "access_key": "?", "addresses": ["a", "b"], "body": "?",
        "enabled": true, "policy": "l1\nl2\n", "tags": {"env": "dev"}, "zones": [],
        "rule": [{"action": "Deny", "port": 1}, {"action": "?"}], "identity": {"action": "x"},
    });
    insta::assert_snapshot!(show(&of(vec![change("t.n[\"k\"]", ChangeAction::Create, Json::Null, after)])), @r#"
Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # t.n["k"] will be created
  + resource "t" "n" {
      + access_key = (sensitive value)
      + addresses  = [
          + "a",
          + "b",
        ]
      + body       = (known after apply)
      + enabled    = true
      + id         = "/subscriptions/s/x"
      + name       = "n"
      + policy     = <<-EOT
            l1
            l2
        EOT
      + tags       = {
          + "env" = "dev"
        }
      + zones      = []

      + identity {
          + action = "x"
        }
      + rule {
          + action = "Deny"
          + port   = 1
        }
      + rule {
          + action = (known after apply)
        }
    }

Plan: 1 to add, 0 to change, 0 to destroy.
"#);
}

#[test]
fn update_hides_and_counts_what_stays() {
    let before = json!({
        "id": "i", "name": "n", "enabled": true, "policy": "p", "addresses": ["a", "b", "c", "d", "e", "f", "g"],
        "tags": {"a": "1", "b": "2", "c": "3"}, "labels": {"a": "1", "b": "2", "c": "3"}, "zones": ["1", "2", "3"],
        "rule": [{"action": "Deny", "port": 1}, {"action": "Allow"}], "identity": {"action": "x"},
        "peer": [{"action": "a", "port": 1}, {"action": "b", "port": 2}],
    });
    let after = json!({
        "id": "i", "name": "n", "enabled": null, "policy": "p", "addresses": ["a", "b", "c", "d", "x", "f", "g"],
        "tags": {"a": "1", "b": "9", "d": "4"}, "labels": {"a": "1", "b": "9", "d": "4"}, "zones": ["3", "4", "1"],
        "rule": [{"action": "Allow", "port": 1}, {"action": "Allow"}, {"port": 3}], "identity": {"action": "x"},
        "peer": [{"action": "b", "port": 2}, {"action": "c", "port": 1}],
    });
    insta::assert_snapshot!(body(change("t.n", UPDATE, before, after)), @r#"
Terraform will perform the following actions:

  # t.n will be updated in-place
  ~ resource "t" "n" {
      ~ addresses = [
            # (3 unchanged elements hidden)
            "d",
          - "e",
          + "x",
            "f",
            # (1 unchanged element hidden)
        ]
      - enabled   = true -> null
        id        = "i"
      ~ labels    = {
          ~ "b" = "2" -> "9"
          - "c" = "3" -> null
          + "d" = "4"
            # (1 unchanged element hidden)
        }
        name      = "n"
      ~ tags      = {
            "a" = "1"
          ~ "b" = "2" -> "9"
          - "c" = "3" -> null
          + "d" = "4"
        }
      ~ zones     = [
          - "2",
          + "4",
            # (2 unchanged elements hidden)
        ]
        # (1 unchanged attribute hidden)

      - peer {
          - action = "a" -> null
          - port   = 1 -> null
        }
      + peer {
          + action = "c"
          + port   = 1
        }
      ~ rule {
          ~ action = "Deny" -> "Allow"
            # (1 unchanged attribute hidden)
        }
      + rule {
          + port = 3
        }

        # (3 unchanged blocks hidden)
    }
"#);
}

#[test]
fn destroy_says_null_at_each_attribute() {
    let before = json!({
        "id": "i", "name": "n", "access_key": "k", "tags": {"a": "1"}, "policy": "a\nb", "addresses": [],
        "rule": [{"action": "Deny", "port": 1}],
    });
    insta::assert_snapshot!(body(change("t.n", ChangeAction::Delete, before, Json::Null)), @r#"
Terraform will perform the following actions:

  # t.n will be destroyed
  - resource "t" "n" {
      - access_key = (sensitive value) -> null
      - addresses  = [] -> null
      - id         = "i" -> null
      - name       = "n" -> null
      - policy     = <<-EOT
            a
            b
        EOT -> null
      - tags       = {
          - "a" = "1"
        } -> null

      - rule {
          - action = "Deny" -> null
          - port   = 1 -> null
        }
    }
"#);
}

#[test]
fn replacement_marks_what_forces_it() {
    let at = |path: &[&str]| path.iter().map(|s| PathStep::Attribute((*s).into())).collect::<Vec<_>>();
    let before = json!({
        "id": "i", "name": "n", "access_key": "k", "addresses": ["a"], "policy": "a\nb", "zones": ["1"],
        "body": {"a": {"b": 1}}, "rule": [{"action": "Deny", "port": 1}],
    });
    let after = json!({
        "id": "?", "name": "m", "access_key": "l", "addresses": ["b"], "policy": "a\nc", "zones": ["2"],
        "body": {"a": {"b": 2}}, "rule": [{"action": "Deny", "port": 2}],
    });
    let mut one = change("t.n", REPLACE, before, after);
    let mut port = at(&["rule", "port"]);
    port.insert(1, PathStep::Index(0));
    let names: [&[&str]; 6] =
        [&["name"], &["access_key"], &["addresses"], &["policy"], &["zones"], &["body", "a", "b"]];
    one.replace_paths = names.map(at).to_vec();
    one.replace_paths.push(port);
    insta::assert_snapshot!(body(one), @r#"
Terraform will perform the following actions:

  # t.n must be replaced
-/+ resource "t" "n" {
      ~ access_key = (sensitive value) # forces replacement
      ~ addresses  = [ # forces replacement
          - "a",
          + "b",
        ]
      ~ body       = {
          ~ a = {
              ~ b = 1 -> 2 # forces replacement
            }
        }
      ~ id         = "i" -> (known after apply)
      ~ name       = "n" -> "m" # forces replacement
      ~ policy     = <<-EOT # forces replacement
            a
          - b
          + c
        EOT
      ~ zones      = [ # forces replacement
          - "1",
          + "2",
        ]

      ~ rule {
          ~ port   = 1 -> 2 # forces replacement
            # (1 unchanged attribute hidden)
        }
    }
"#);
}

#[test]
fn unknown_values_keep_what_was() {
    let before =
        json!({"id": "i", "name": "n", "addresses": ["a"], "rule": [{"port": 1}], "tags": {"a": "1"}});
    let after =
        json!({"id": "i", "name": "?", "addresses": ["a", "?"], "rule": "?", "tags": "?", "peer": "?"});
    insta::assert_snapshot!(body(change("t.n", UPDATE, before, after)), @r#"
Terraform will perform the following actions:

  # t.n will be updated in-place
  ~ resource "t" "n" {
      ~ addresses = [
            "a",
          + (known after apply),
        ]
        id        = "i"
      ~ name      = "n" -> (known after apply)
      ~ tags      = {
          - "a" = "1"
        } -> (known after apply)

      + peer (known after apply)
      - rule {
          - port = 1 -> null
        }
      + rule (known after apply)
    }
"#);
}

/// An attribute that nothing uses is not read, before nor after: there is nothing to say of it.
#[test]
fn what_was_not_read_is_not_shown() {
    let object =
        |name: &str, port: &str| json!({"id": "?", "name": name, "identity": {"action": "x", "port": port}});
    let shown = body(change("t.n", UPDATE, object("a", "?"), object("b", "?")));
    assert!(shown.contains(r#"~ name = "a" -> "b""#), "{shown}");
    assert!(!shown.contains("port") && !shown.contains("known after apply"), "{shown}");
}

#[test]
fn secrets_never_show() {
    let before = json!({
        "id": "i", "name": "n", "access_key": "alpha", "policy": "p", "enabled": {"secret": true},
        "body": {"a": {"secret": "alpha"}, "l": [{"secret": "alpha"}, 1]}, "tags": {"a": {"secret": "alpha"}, "b": "x"},
        "rule": {"secret": [{"action": "alpha"}]}, "peer": [{"action": {"secret": "alpha"}, "port": 1}],
    });
    let after = json!({
        "id": "i", "name": "n", "access_key": "beta", "policy": {"secret": "p"}, "enabled": false,
        "body": {"a": {"secret": "beta"}, "l": [{"secret": "beta"}, 1]}, "tags": {"a": {"secret": "beta"}, "b": "x"},
        "rule": {"secret": [{"action": "beta"}]}, "peer": [{"action": {"secret": "beta"}, "port": 1}],
    });
    let text = body(change("t.n", UPDATE, before, after));
    assert!(!text.contains("alpha") && !text.contains("beta"), "{text}");
    insta::assert_snapshot!(text, @r#"
Terraform will perform the following actions:

  # t.n will be updated in-place
  ~ resource "t" "n" {
      ~ access_key = (sensitive value)
      ~ body       = {
          ~ a = (sensitive value)
          ~ l = [
              ~ (sensitive value),
                1,
            ]
        }
      # Warning: this attribute value will no longer be marked as sensitive
      # after applying this change.
      ~ enabled    = (sensitive value)
        id         = "i"
        name       = "n"
      # Warning: this attribute value will be marked as sensitive and will not
      # display in UI output after applying this change. The value is unchanged.
      ~ policy     = (sensitive value)
      ~ tags       = {
          ~ "a" = (sensitive value)
            "b" = "x"
        }

      - peer {
          # At least one attribute in this block is (or was) sensitive,
          # so its contents will not be displayed.
        }
      + peer {
          # At least one attribute in this block is (or was) sensitive,
          # so its contents will not be displayed.
        }
      ~ rule {
          # At least one attribute in this block is (or was) sensitive,
          # so its contents will not be displayed.
        }
    }
"#);
}

/// Terraform 1.11.4 printed each of these for the same values.
#[test]
fn dynamic_values_are_compared_as_json() {
    let before = json!({"id": "i", "name": "n", "body": {
        "ch": [1, 2], "empt": {}, "gone": "g", "id": "i", "jnull": "null", "js": "{\"a\":1,\"b\":[1,2],\"c\":\"x\"}",
        "js2": "[1,2]", "jtos": "{\"a\":1}", "l": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        "mixed": [{"a": 1}, 1, [1, 2]], "ml": "a\nb\nc\n", "mltail": "a\nb", "nul": null, "one_null": null,
        "objs": [{"a": 1, "b": 2}, {"a": 3, "b": 4}], "ob2": [{"a": 1}, {"a": 2}, {"a": 3}], "tags": {"a": "1"},
        "same": [1, 2, 3], "toml": "one", "u": "x", "unk": "k", "we ird": 1, "ws": "{ \"a\": 1 }", "x": 1,
    }});
    let after = json!({"id": "i", "name": "n", "body": {
        "ch": "str", "empt": {"a": 1}, "id": "i", "jnull": "nulls", "js": "{\"a\":2,\"b\":[1,2],\"c\":\"x\"}",
        "js2": "[1,3]", "jtos": "plain", "l": [0, 1, 2, 3, 4, 100, 6, 7, 8, 9, 10, 11, 13, 14, 15],
        "mixed": [{"a": 2}, 2, [1, 3]], "ml": "a\nB\nc\nd\n", "mltail": "a\nb\n", "nul": null, "one_null": 3,
        "objs": [{"a": 1, "b": 3}, {"a": 3, "b": 4}, {"a": 5}], "ob2": [{"a": 1}, {"a": 3}], "tags": {"a": "1"},
        "same": [2, 3, 4], "toml": "one\ntwo", "u": "?", "unk": ["?", 1], "we ird": 1, "ws": "{\"a\": 1}", "x": 2,
    }});
    insta::assert_snapshot!(body(change("t.n", UPDATE, before, after)), @r#"
Terraform will perform the following actions:

  # t.n will be updated in-place
  ~ resource "t" "n" {
      ~ body = {
          ~ ch       = [
              - 1,
              - 2,
            ] -> "str"
          ~ empt     = {
              + a = 1
            }
          - gone     = "g"
            id       = "i"
          ~ jnull    = "null" -> "nulls"
          ~ js       = jsonencode(
              ~ {
                  ~ a = 1 -> 2
                    # (2 unchanged attributes hidden)
                }
            )
          ~ js2      = jsonencode(
              ~ [
                    1,
                  ~ 2 -> 3,
                ]
            )
          ~ jtos     = jsonencode(
                {
                  - a = 1
                }
            ) -> "plain"
          ~ l        = [
                # (4 unchanged elements hidden)
                4,
              - 5,
              + 100,
                6,
                # (4 unchanged elements hidden)
                11,
              - 12,
                13,
                # (2 unchanged elements hidden)
            ]
          ~ mixed    = [
              ~ {
                  ~ a = 1 -> 2
                },
              ~ 1 -> 2,
              ~ [
                    1,
                  ~ 2 -> 3,
                ],
            ]
          ~ ml       = <<-EOT
                a
              - b
              + B
                c
              + d
            EOT
          ~ mltail   = <<-EOT
                a
                b
            EOT
          ~ ob2      = [
                {
                    a = 1
                },
              - {
                  - a = 2
                },
                {
                    a = 3
                },
            ]
          ~ objs     = [
              ~ {
                  ~ b = 2 -> 3
                    # (1 unchanged attribute hidden)
                },
                {
                    a = 3
                    b = 4
                },
              + {
                  + a = 5
                },
            ]
          ~ one_null = null -> 3
          ~ same     = [
              ~ 1 -> 2,
              ~ 2 -> 3,
              ~ 3 -> 4,
            ]
            tags     = {
                a = "1"
            }
          ~ toml     = <<-EOT
                one
              + two
            EOT
          ~ u        = "x" -> (known after apply)
          ~ unk      = "k" -> [
              + (known after apply),
              + 1,
            ]
          ~ ws       = jsonencode( # whitespace changes
                {
                    a = 1
                }
            )
          ~ x        = 1 -> 2
            # (2 unchanged attributes hidden)
        }
        id   = "i"
        name = "n"
    }
"#);
}

#[test]
fn headers_say_what_and_why() {
    let object = || json!({"id": "i", "name": "n", "policy": "p", "rule": [{"port": 1}]});
    let with = |addr: &str, action, reason: Option<Reason>| Change {
        reason,
        ..change(
            addr,
            action,
            if action == ChangeAction::Read { Json::Null } else { object() },
            if matches!(action, ChangeAction::Delete | ChangeAction::Forget) { Json::Null } else { object() },
        )
    };
    let detail = |d: &str, c: Change| Change { reason_detail: Some(d.into()), ..c };
    let delete = |addr, reason| with(addr, ChangeAction::Delete, Some(reason));
    let all = vec![
        with("data.d.a", ChangeAction::Read, Some(Reason::ReadConfigUnknown)),
        with("data.d.b", ChangeAction::Read, Some(Reason::ReadDependencyPending)),
        with("data.d.c", ChangeAction::Read, Some(Reason::ReadCheckNested)),
        with("t.tainted", REPLACE, Some(Reason::Tainted)),
        with("t.asked", REPLACE, Some(Reason::Requested)),
        with("t.triggered", ChangeAction::Replace { create_first: true }, Some(Reason::ReplaceTriggeredBy)),
        detail("t.parent", with("t.inside", REPLACE, Some(Reason::InsideReplaced))),
        delete("t.noconf", Reason::NoResourceConfig),
        detail("module.m[1]", delete("module.m[1].t.nomod", Reason::NoModule)),
        delete("t.count[1]", Reason::CountIndex),
        delete("t.each[\"b\"]", Reason::EachKey),
        delete("t.rep[0]", Reason::WrongRepetition),
        delete("t.rep[\"a\"]", Reason::WrongRepetition),
        Change { deposed: Some("264aa120".into()), ..with("t.dep", ChangeAction::Delete, None) },
        with("t.forget", ChangeAction::Forget, None),
        Change { importing: Some("xyz".into()), ..with("t.imp", NOOP, None) },
        Change { importing: Some("xyz".into()), ..with("t.imp2", UPDATE, None) },
        Change { previous_addr: InstanceAddr::parse("t.old").ok(), ..with("t.moved", NOOP, None) },
        Change { previous_addr: InstanceAddr::parse("t.old").ok(), ..with("t.moved2", UPDATE, None) },
        with("t.same", NOOP, None),
    ];
    let text = show(&of(all));
    let head: Vec<&str> = text.lines().filter(|l| !l.starts_with("     ") || l.contains("hidden")).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  ~ update in-place
  - destroy
-/+ destroy and then create replacement
+/- create replacement and then destroy
 <= read (data resources)

Terraform will perform the following actions:

  # data.d.a will be read during apply
  # (config refers to values not yet known)
 <= data "d" "a" {

    }

  # data.d.b will be read during apply
  # (depends on a resource or a module with changes pending)
 <= data "d" "b" {

    }

  # data.d.c will be read during apply
  # (config will be reloaded to verify a check block)
 <= data "d" "c" {

    }

  # t.tainted is tainted, so must be replaced
-/+ resource "t" "tainted" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.asked will be replaced, as requested
-/+ resource "t" "asked" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.triggered will be replaced due to changes in replace_triggered_by
+/- resource "t" "triggered" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.inside must be replaced
  # (it lives inside t.parent)
-/+ resource "t" "inside" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.noconf will be destroyed
  # (because t.noconf is not in configuration)
  - resource "t" "noconf" {

    }

  # module.m[1].t.nomod will be destroyed
  # (because module.m[1] is not in configuration)
  - resource "t" "nomod" {

    }

  # t.count[1] will be destroyed
  # (because index [1] is out of range for count)
  - resource "t" "count" {

    }

  # t.each["b"] will be destroyed
  # (because key ["b"] is not in for_each map)
  - resource "t" "each" {

    }

  # t.rep[0] will be destroyed
  # (because resource does not use count)
  - resource "t" "rep" {

    }

  # t.rep["a"] will be destroyed
  # (because resource does not use for_each)
  - resource "t" "rep" {

    }

  # t.dep (deposed object 264aa120) will be destroyed
  # (left over from a partially-failed replacement of this instance)
  - resource "t" "dep" {

    }

 # t.forget will no longer be managed by Terraform, but will not be destroyed
 # (destroy = false is set in the configuration)
 . resource "t" "forget" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.imp will be imported
    resource "t" "imp" {

    }

  # t.imp2 will be updated in-place
  # (imported from "xyz")
  ~ resource "t" "imp2" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.old has moved to t.moved
    resource "t" "moved" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

  # t.moved2 will be updated in-place
  # (moved from t.old)
  ~ resource "t" "moved2" {
        # (1 unchanged attribute hidden)

        # (1 unchanged block hidden)
    }

Plan: 2 to import, 4 to add, 2 to change, 11 to destroy.
"#);
}

#[test]
fn an_import_without_change_shows_all_of_the_object() {
    let object = || json!({"id": "i", "name": "n", "policy": "p", "tags": {"a": "1"}, "rule": [{"port": 1}]});
    let one = Change { importing: Some("xyz".into()), ..change("t.n", NOOP, object(), object()) };
    insta::assert_snapshot!(body(one), @r#"
Terraform will perform the following actions:

  # t.n will be imported
    resource "t" "n" {
        id     = "i"
        name   = "n"
        policy = "p"
        tags   = {
            "a" = "1"
        }

        rule {
            port = 1
        }
    }
"#);
}

#[test]
fn outputs_are_aligned_to_the_longest_name() {
    let change = |before: Option<Json>, after: Option<Json>, sensitive| OutputChange {
        before: before.as_ref().map(value),
        after: after.as_ref().map(value),
        sensitive,
        flips: false,
    };
    let rows = [
        ("gone", change(Some(json!({"a": 1})), None, false)),
        ("lst", change(Some(json!([1, 2, 3, 4, 5, 6])), Some(json!([1, 2, 3, 4, 5, 7])), false)),
        ("unchanged", change(Some(json!(1)), Some(json!(1)), false)),
        ("new", change(None, Some(json!({"a": 1, "b c": [1]})), false)),
        ("null", change(None, Some(Json::Null), false)),
        ("sens", change(Some(json!("a")), Some(json!("b")), true)),
        ("str", change(Some(json!("l1\nl2\n")), Some(json!("l1\nl3\n")), false)),
        ("unk", change(Some(json!("x")), Some(json!("?")), false)),
    ];
    let outputs = rows.into_iter().map(|(n, c)| (Arc::from(n), c)).collect();
    insta::assert_snapshot!(show(&Plan { outputs, ..Plan::default() }), @r#"
Changes to Outputs:
  - gone      = {
      - a = 1
    } -> null
  ~ lst       = [
        # (4 unchanged elements hidden)
        5,
      ~ 6 -> 7,
    ]
  + new       = {
      + a     = 1
      + "b c" = [
          + 1,
        ]
    }
  ~ sens      = (sensitive value)
  ~ str       = <<-EOT
        l1
      - l2
      + l3
    EOT
  ~ unk       = "x" -> (known after apply)

You can apply this plan to save these new output values to the Terraform
state, without changing any real infrastructure.
"#);
}

#[test]
fn nothing_to_do_says_so() {
    let text: Vec<String> = [PlanMode::Normal, PlanMode::Destroy, PlanMode::RefreshOnly]
        .into_iter()
        .map(|mode| show(&Plan { mode, ..Plan::default() }))
        .collect();
    insta::assert_snapshot!(text.concat(), @r#"
No changes. Your infrastructure matches the configuration.

Terraform has compared your real infrastructure against your configuration
and found no differences, so no changes are needed.

No changes. No objects need to be destroyed.

Either you have not created any objects yet or the existing objects were
already deleted outside of Terraform.

No changes. Your infrastructure still matches the configuration.

Terraform has checked that the real remote objects still match the result of
your most recent changes, and found no differences.
"#);
}

#[test]
fn drift_is_shown_where_it_mattered() {
    let spec = spec();
    let drift = |addr: &str, after: Option<Json>, relevant| Drift {
        addr: InstanceAddr::parse(addr).unwrap(),
        previous_addr: None,
        provider: "p".into(),
        schema: Arc::new(spec.clone()),
        before: typed(&json!({"id": "i", "name": "n", "policy": "a"}), &spec.implied_type()),
        after: after.map(|j| typed(&j, &spec.implied_type())),
        relevant,
    };
    let all = vec![
        drift("t.changed", Some(json!({"id": "i", "name": "n", "policy": "b"})), true),
        drift("t.gone", None, true),
        drift("t.other", None, false),
    ];
    let normal = show(&Plan { drift: all.clone(), ..Plan::default() });
    assert!(!normal.contains("t.other") && normal.contains("which may have affected this plan:"));
    insta::assert_snapshot!(show(&Plan { drift: all, mode: PlanMode::RefreshOnly, ..Plan::default() }), @r#"
Note: Objects have changed outside of Terraform

Terraform detected the following changes made outside of Terraform since the
last "terraform apply" which may have affected this plan:

  # t.changed has changed
  ~ resource "t" "changed" {
        id     = "i"
        name   = "n"
      ~ policy = "a" -> "b"
    }

  # t.gone has been deleted
  - resource "t" "gone" {
      - id     = "i" -> null
      - name   = "n" -> null
      - policy = "a" -> null
    }

  # t.other has been deleted
  - resource "t" "other" {
      - id     = "i" -> null
      - name   = "n" -> null
      - policy = "a" -> null
    }

This is a refresh-only plan, so Terraform will not take any actions to undo
these. If you were expecting these changes then you can apply this plan to
record the updated values in the Terraform state without changing any remote
objects.
"#);
}

#[test]
fn findings_with_the_same_words_share_them() {
    let finding = |code, level, addr: &str, id: &str, summary: &str, detail: &str| Finding {
        code,
        level,
        addr: InstanceAddr::parse(addr).ok(),
        id: (!id.is_empty()).then(|| id.to_string()),
        summary: summary.into(),
        detail: detail.into(),
    };
    let taken = |addr, id| {
        let detail = "Run the same command with -adopt to take it over, or write an import block.";
        finding("not-in-ledger", FindingLevel::Blocks, addr, id, "It exists in Azure and is not ours", detail)
    };
    let findings = vec![
        finding("slow", FindingLevel::Warns, "t.w", "", "A deletion takes 40 minutes", "Nothing to do."),
        taken("t.a", "/subscriptions/s/resourceGroups/a"),
        taken("t.b", "/subscriptions/s/resourceGroups/b"),
    ];
    let forecast = Some((400, InstanceAddr::parse("t.n").unwrap()));
    let one = change("t.n", ChangeAction::Create, Json::Null, json!({"name": "n"}));
    insta::assert_snapshot!(show(&Plan { findings, forecast, ..of(vec![one]) }), @r#"
Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # t.n will be created
  + resource "t" "n" {
      + name = "n"
    }

Plan: 1 to add, 0 to change, 0 to destroy.
Estimated time: 6m40s, t.n dominates

Findings: 2 to settle before this plan can be applied, 1 warning

  Blocks: It exists in Azure and is not ours [not-in-ledger]
    t.a
      /subscriptions/s/resourceGroups/a
    t.b
      /subscriptions/s/resourceGroups/b
    Run the same command with -adopt to take it over, or write an import
    block.

  Warning: A deletion takes 40 minutes [slow]
    t.w
    Nothing to do.
"#);
}

#[test]
fn colour_is_on_markers_and_verbs() {
    let mut one = change("t.n", REPLACE, json!({"id": "i", "name": "n"}), json!({"id": "?", "name": "m"}));
    one.replace_paths = vec![vec![PathStep::Attribute("name".into())]];
    let text = plan(&of(vec![one]), Layout { colour: true, width: 78 }).replace('\x1b', "^");
    insta::assert_snapshot!(text, @r#"
Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
^[31m-^[0m/^[32m+^[0m destroy and then create replacement

Terraform will perform the following actions:

^[1m  # t.n^[0m must be ^[1;31mreplaced^[0m
^[31m-^[0m/^[32m+^[0m resource "t" "n" {
      ^[33m~^[0m id   = "i" ^[33m->^[0m (known after apply)
      ^[33m~^[0m name = "n" ^[33m->^[0m "m" ^[31m# forces replacement^[0m
    }

^[1mPlan:^[0m 1 to add, 0 to change, 1 to destroy.
"#);
}
