use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::output::tests::memory;
use super::super::plan_text::tests::{change, spec, typed, value};
use super::super::state_view::StateView;
use super::super::state_view::tests::state as some_state;
use super::*;
use crate::config::Config;
use crate::lang::PathStep;
use crate::plan::addr::{InstanceAddr, Mode};
use crate::plan::checks::{Check, Checked, Instance, Status};
use crate::plan::model::{
    Change, ChangeAction, Drift, Finding, FindingLevel, OutputChange, Plan, PlanMode, Reason,
};

/// A plan with something of everything.
fn rich() -> Plan {
    let before = json!({
        "id": "/i", "name": "n", "access_key": "k", "addresses": ["a"], "body": {"x": 1}, "tags": {"a": "1"},
        "rule": [{"action": "Deny", "port": 1}], "peer": [], "zones": ["1"],
    });
    let after = json!({
        "id": "?", "name": "m", "access_key": "?", "addresses": ["a", "?"], "body": "?", "tags": "?",
        "rule": [{"action": {"secret": "Allow"}, "port": "?"}], "peer": [{"action": {"secret": "x"}}], "zones": ["1"],
    });
    let replaced = Change {
        reason: Some(Reason::CannotUpdate),
        replace_paths: vec![
            vec![PathStep::Attribute("name".into())],
            vec![PathStep::Attribute("rule".into()), PathStep::Index(0), PathStep::Attribute("port".into())],
        ],
        ..change("t.a[\"k\"]", ChangeAction::Replace { create_first: false }, before.clone(), after.clone())
    };
    let removed = Change {
        reason: Some(Reason::CountIndex),
        ..change("module.m[0].module.k.t.b[10]", ChangeAction::Delete, before.clone(), Json::Null)
    };
    let imported = Change {
        importing: Some("/i".into()),
        generated: None,
        ..change("t.c", ChangeAction::NoOp, before.clone(), before.clone())
    };
    let read = Change {
        reason: Some(Reason::ReadConfigUnknown),
        ..change("data.t.d", ChangeAction::Read, Json::Null, after.clone())
    };
    let forgotten = change("t.e", ChangeAction::Forget, before.clone(), Json::Null);
    let moved = Change {
        previous_addr: InstanceAddr::parse("t.old").ok(),
        ..change("t.f", ChangeAction::NoOp, before.clone(), before.clone())
    };
    let output = |before: Option<Json>, after: Option<Json>, sensitive| OutputChange {
        before: before.as_ref().map(value),
        after: after.as_ref().map(value),
        sensitive,
        flips: false,
    };
    Plan {
        changes: vec![read, replaced, imported, forgotten, moved, removed],
        drift: vec![Drift {
            addr: InstanceAddr::parse("t.c").unwrap(),
            previous_addr: None,
            provider: "registry.terraform.io/hashicorp/azurerm".into(),
            schema: Arc::new(spec()),
            before: typed(&before, &spec().implied_type()),
            after: None,
            relevant: true,
        }],
        outputs: BTreeMap::from([
            ("gone".into(), output(Some(json!(1)), None, false)),
            ("part".into(), output(None, Some(json!({"a": "?", "b": [1, "?"]})), true)),
            ("same".into(), output(Some(json!(1)), Some(json!(1)), false)),
            ("unknown".into(), output(Some(json!("x")), Some(json!("?")), false)),
        ]),
        findings: vec![Finding {
            code: "soft-deleted-twin",
            level: FindingLevel::Warns,
            addr: InstanceAddr::parse("t.c").ok(),
            id: Some("/i".into()),
            summary: "It will be recovered".into(),
            detail: "A vault of that name was deleted.".into(),
        }],
        timestamp: "2026-11-21T19:41:38Z".into(),
        ..Plan::default()
    }
}

fn empty_config() -> Config {
    let root = crate::config::Module::empty(crate::config::ModulePath::default(), PathBuf::from("."));
    Config { root, sources: Vec::new(), contexts: BTreeMap::new(), locked: BTreeMap::new() }
}

fn document(plan: &Plan, prior: &StateView) -> Json {
    let variables =
        BTreeMap::from([("x".into(), value(&json!({"a": {"secret": 1}}))), ("n".into(), value(&Json::Null))]);
    let mut plan = plan.clone();
    plan.checks = vec![Check {
        what: Checked::Resource(Mode::Managed, "t".into(), "a".into()),
        module: "module.m".into(),
        instances: vec![Instance {
            address: "module.m[0].t.a[\"k\"]".into(),
            module: "module.m[0]".into(),
            key: Some("k".into()),
            status: Status::Fail,
            problems: vec!["no".into()],
        }],
    }];
    plan::document(&plan::PlanView {
        plan: &plan,
        config: &empty_config(),
        schemas: &|_| None,
        variables: &variables,
        prior,
        relevant: &[("t.a".into(), vec![PathStep::Attribute("l".into()), PathStep::Index(0)])],
    })
}

#[test]
fn a_plan_has_all_its_parts() {
    let doc = document(&rich(), &StateView::default());
    let change = &doc["resource_changes"][1];
    assert_eq!(
        change["change"],
        json!({
            "actions": ["delete", "create"],
            "before": {
                "access_key": "k", "addresses": ["a"], "body": {"x": 1}, "enabled": null, "id": "/i",
                "identity": null, "labels": null, "name": "n", "peer": [], "policy": null,
                "rule": [{"action": "Deny", "port": 1}], "tags": {"a": "1"}, "zones": ["1"],
            },
            "after": {
                "addresses": ["a", null], "enabled": null, "identity": null, "labels": null, "name": "m",
                "peer": [{"action": "x", "port": null}], "policy": null, "rule": [{"action": "Allow"}], "zones": ["1"],
            },
            "after_unknown": {
                "access_key": true, "addresses": [false, true], "body": true, "id": true, "peer": [{}],
                "rule": [{"port": true}], "tags": true, "zones": [false],
            },
            "before_sensitive": {
                "access_key": true, "addresses": [false], "body": {}, "peer": [], "rule": [{}], "tags": {},
                "zones": [false],
            },
            "after_sensitive": {
                "access_key": true, "addresses": [false, false], "peer": true, "rule": [{"action": true}],
                "zones": [false],
            },
            "replace_paths": [["name"], ["rule", 0, "port"]],
        })
    );
    let head = |i: usize| {
        let mut one = doc["resource_changes"][i].clone();
        one.as_object_mut().unwrap().shift_remove("change");
        one
    };
    assert_eq!(
        head(5),
        json!({
            "address": "module.m[0].module.k.t.b[10]", "module_address": "module.m[0].module.k", "mode": "managed",
            "type": "t", "name": "b", "index": 10, "provider_name": "registry.terraform.io/hashicorp/azurerm",
            "action_reason": "delete_because_count_index",
        })
    );
    assert_eq!(doc["resource_changes"][5]["change"]["after_sensitive"], false);
    assert_eq!(doc["resource_changes"][2]["change"]["importing"], json!({"id": "/i"}));
    assert_eq!(doc["resource_drift"][0]["change"]["actions"], json!(["delete"]));
    assert_eq!(
        doc["output_changes"],
        json!({
            "gone": {"actions": ["delete"], "before": 1, "after": null, "after_unknown": false,
                     "before_sensitive": false, "after_sensitive": false},
            "part": {"actions": ["create"], "before": null, "after": {"b": [1, null]},
                     "after_unknown": {"a": true, "b": [false, true]}, "before_sensitive": true, "after_sensitive": true},
            "same": {"actions": ["no-op"], "before": 1, "after": 1, "after_unknown": false,
                     "before_sensitive": false, "after_sensitive": false},
            "unknown": {"actions": ["update"], "before": "x", "after_unknown": true,
                        "before_sensitive": false, "after_sensitive": false},
        })
    );
    assert_eq!(
        doc["planned_values"]["outputs"]["same"],
        json!({"sensitive": false, "type": "number", "value": 1})
    );
    let planned: Vec<&str> = doc["planned_values"]["root_module"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["address"].as_str().unwrap())
        .collect();
    assert_eq!(planned, ["data.t.d", "t.a[\"k\"]", "t.c", "t.e", "t.f"]);
    assert_eq!(
        (&doc["applyable"], &doc["complete"], &doc["errored"]),
        (&json!(true), &json!(true), &json!(false))
    );
}

/// Keys and addresses that nothing uses are not read: nobody is told that apply will make them anew.
#[test]
fn what_was_not_read_of_an_object_that_stays_is_null() {
    let before =
        json!({"id": "/i", "name": "n", "access_key": "?", "rule": [{"action": "Deny", "port": "?"}]});
    let after = json!({"id": "/i", "name": "m", "access_key": "?", "tags": "?", "rule": [{"action": "Deny", "port": "?"}]});
    let plan =
        |action| Plan { changes: vec![change("t.a", action, before.clone(), after.clone())], ..rich() };
    let of = |action| document(&plan(action), &StateView::default())["resource_changes"][0]["change"].clone();
    let stays = of(ChangeAction::Update);
    for side in ["before", "after"] {
        assert_eq!(stays[side]["access_key"], Json::Null);
        assert!(stays[side].as_object().unwrap().contains_key("access_key"), "{side}: {stays:#}");
        assert_eq!(stays[side]["rule"], json!([{"action": "Deny", "port": null}]));
    }
    assert_eq!(stays["after_unknown"]["tags"], true);
    assert!(stays["after_unknown"].get("access_key").is_none(), "{stays:#}");
    assert_eq!(stays["after_sensitive"]["access_key"], true);
    let anew = of(ChangeAction::Replace { create_first: false });
    assert_eq!(anew["before"]["access_key"], Json::Null);
    assert_eq!(anew["after_unknown"]["access_key"], true);
    assert_eq!(anew["after_unknown"]["rule"], json!([{"port": true}]));
}

#[test]
fn modules_make_a_tree() {
    let doc = state::document(&some_state());
    let root = &doc["values"]["root_module"];
    assert_eq!(root["resources"][0]["tainted"], true);
    assert_eq!(
        root["resources"][0]["sensitive_values"]["body"],
        json!({"e": {}, "l": [false, false], "s": true})
    );
    let inner = &root["child_modules"][0];
    assert_eq!(inner["address"], "module.m[0]");
    assert_eq!(inner["child_modules"][0]["resources"][0]["index"], "k");
    assert_eq!(state::document(&StateView::default()), json!({"format_version": "1.0"}));
}

/// The schemas were written from 333 documents of Terraform; the documents here must stay inside.
#[test]
fn documents_stay_inside_the_schemas() {
    let shared = std::env::var_os("RINGFENCE_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let schemas = [shared.join("contract/plan.schema.json"), shared.join("contract/state.schema.json")];
    if !schemas.iter().all(|s| s.exists()) {
        eprintln!("skipped: no shared facts");
        return;
    }
    let plans = [
        document(&rich(), &some_state()),
        document(&Plan { errored: true, ..rich() }, &StateView::default()),
        document(
            &Plan { mode: PlanMode::Destroy, timestamp: rich().timestamp, ..Plan::default() },
            &some_state(),
        ),
    ];
    for plan in &plans {
        validate(&schemas[0], plan);
    }
    validate(&schemas[1], &state::document(&some_state()));
    validate(&schemas[1], &state::document(&StateView::default()));
}

/// Judges a document with Python's jsonschema, where it is installed.
fn validate(schema: &std::path::Path, document: &Json) {
    let script = "import json, sys\ntry:\n    import jsonschema\nexcept ImportError:\n    sys.exit(3)\n\
                  jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))";
    let child = Command::new("python3")
        .args(["-c", script])
        .arg(schema)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: no python3");
        return;
    };
    child.stdin.take().unwrap().write_all(line(document).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    match output.status.code() {
        Some(3) => eprintln!("skipped: no jsonschema"),
        code => assert_eq!(code, Some(0), "{}\n{document:#}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[test]
fn the_stream_tells_a_plan() {
    let (ui, out, _) = memory();
    stream::version(&ui);
    stream::plan(&ui, &rich());
    let short = |line: &str| {
        let mut json: Json = serde_json::from_str(line).unwrap();
        let all = json.as_object_mut().unwrap();
        assert_eq!(all["@module"], "terraform.ui");
        assert_eq!(all["@timestamp"].as_str().unwrap().len(), "2026-11-21T22:45:02.814551Z".len());
        all.shift_remove("@module");
        all.shift_remove("@timestamp");
        if let Some(change) = all.get_mut("change") {
            for name in ["resource", "previous_resource"] {
                if let Some(resource) = change.get_mut(name) {
                    *resource = resource["addr"].clone();
                }
            }
        }
        json.to_string()
    };
    let text: Vec<String> = out.text().lines().map(short).collect();
    insta::assert_snapshot!(text.join("\n"), @r#"
{"@level":"info","@message":"Terraform 1.11.4","type":"version","terraform":"1.11.4","ui":"1.2"}
{"@level":"info","@message":"t.c: Drift detected (delete)","type":"resource_drift","change":{"resource":"t.c","action":"delete"}}
{"@level":"info","@message":"data.t.d: Plan to read","type":"planned_change","change":{"resource":"data.t.d","action":"read","reason":"read_because_config_unknown"}}
{"@level":"info","@message":"t.a[\"k\"]: Plan to replace","type":"planned_change","change":{"resource":"t.a[\"k\"]","action":"replace","reason":"cannot_update"}}
{"@level":"info","@message":"t.c: Plan to import","type":"planned_change","change":{"resource":"t.c","action":"import","importing":{"id":"/i"}}}
{"@level":"info","@message":"t.e: Plan to remove","type":"planned_change","change":{"resource":"t.e","action":"remove"}}
{"@level":"info","@message":"t.f: Plan to move","type":"planned_change","change":{"resource":"t.f","previous_resource":"t.old","action":"move"}}
{"@level":"info","@message":"module.m[0].module.k.t.b[10]: Plan to delete","type":"planned_change","change":{"resource":"module.m[0].module.k.t.b[10]","action":"delete","reason":"delete_because_count_index"}}
{"@level":"info","@message":"Plan: 1 to import, 1 to add, 0 to change, 2 to destroy.","type":"change_summary","changes":{"add":1,"change":0,"import":1,"remove":2,"operation":"plan"}}
{"@level":"info","@message":"Outputs: 4","type":"outputs","outputs":{"gone":{"sensitive":false,"action":"delete"},"part":{"sensitive":true,"action":"create"},"same":{"sensitive":false,"action":"noop"},"unknown":{"sensitive":false,"action":"update"}}}
{"@level":"warn","@message":"It will be recovered","type":"finding","finding":{"code":"soft-deleted-twin","level":"warns","address":"t.c","id":"/i","summary":"It will be recovered","detail":"A vault of that name was deleted."}}
"#);
}

#[test]
fn the_end_of_an_apply_tells_outputs_but_no_secrets() {
    let (ui, out, _) = memory();
    stream::applied(&ui, rich().counts(), false, &some_state().outputs);
    let lines: Vec<Json> = out.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        lines[0]["@message"],
        "Apply complete! Resources: 1 imported, 1 added, 0 changed, 2 destroyed."
    );
    assert_eq!(lines[0]["changes"]["operation"], "apply");
    assert_eq!(lines[1]["outputs"]["s"], json!({"sensitive": true, "type": "string"}));
    assert_eq!(lines[1]["outputs"]["t"], json!({"sensitive": false, "type": "string", "value": "q\"uote"}));
}

#[test]
fn a_withheld_document_has_no_secrets_and_still_fits() {
    let mut doc = document(&rich(), &some_state());
    for secret in ["alpha", "\"k\"", "Allow"] {
        assert!(doc.to_string().contains(secret), "{secret}");
    }
    doc["configuration"] = json!({"root_module": {"resources": [{"address": "r", "expressions": {
        "a": {"constant_value": "alpha"}, "b": {"constant_value": "beta"}, "c": {"constant_value": ["beta", "alpha", {"y": "my gamma"}]}}}]}});
    let withheld = withhold(&mut doc, &["x".to_string()].into(), ["gamma".to_string()].into());
    assert!(withheld.contains("alpha") && withheld.contains("k"), "{withheld:?}");
    assert_eq!(
        doc["configuration"]["root_module"]["resources"][0]["expressions"],
        json!({"a": {"constant_value": null}, "b": {"constant_value": "beta"}, "c": {"constant_value": ["beta", null, {"y": null}]}})
    );
    for secret in ["alpha", "access_key\":\"k\"", "Allow"] {
        assert!(!doc.to_string().contains(secret), "{secret}");
    }
    assert_eq!(doc["variables"], json!({"n": {"value": null}, "x": {"value": null}}));
    assert_eq!(doc["resource_changes"][1]["change"]["before"]["name"], "n");
}

#[test]
fn html_characters_are_escaped() {
    assert_eq!(line(&json!({"a<b": "<&>"})), r#"{"a\u003cb":"\u003c\u0026\u003e"}"#);
}
