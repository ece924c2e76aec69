//! What the language means, seen through the program: conditions, errors and what follows from them.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::{Value as Json, json};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Folder(dir)
    }

    fn run(&self, args: &[&str]) -> Output {
        support::program(self.path()).args(args).output().unwrap()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Applies, which must work.
    fn apply(&self) {
        let applied = self.run(&["apply", "-json", "-auto-approve"]);
        assert_eq!(applied.status.code(), Some(0), "{}", support::told(&applied));
    }

    /// Plans; the document of the plan.
    fn plan(&self) -> (Option<i32>, Json) {
        let planned = self.run(&["plan", "-json", "-input=false", "-detailed-exitcode", "-out=p"]);
        let shown = self.run(&["show", "-json", "p"]);
        let document = serde_json::from_slice(&shown.stdout);
        (planned.status.code(), document.unwrap_or_else(|_| panic!("{}", support::told(&planned))))
    }

    /// The severity, summary, line and address of all that a command says in its stream.
    fn said(&self, args: &[&str]) -> Vec<(String, String, u64, Option<String>)> {
        let output = self.run(args);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let all = all.filter(|m| m["type"] == "diagnostic").map(|m| {
            let d = &m["diagnostic"];
            let word = |v: &Json| v.as_str().map(str::to_string);
            let line = d["range"]["start"]["line"].as_u64().unwrap_or_default();
            (word(&d["severity"]).unwrap(), word(&d["summary"]).unwrap(), line, word(&d["address"]))
        });
        all.collect()
    }
}

/// `ADDRESS STATUS MESSAGES` of every object that is checked.
fn checked(document: &Json) -> Vec<String> {
    let all = document["checks"].as_array().cloned().unwrap_or_default();
    let objects = all.iter().flat_map(|c| c["instances"].as_array().cloned().unwrap_or_default());
    let one = |o: Json| {
        let problems = o["problems"].as_array().cloned().unwrap_or_default();
        let problems: Vec<_> = problems.iter().map(|p| p["message"].as_str().unwrap_or("?")).collect();
        let word = |v: &Json| v.as_str().unwrap_or("?").to_string();
        let line = [word(&o["address"]["to_display"]), word(&o["status"]), problems.join(", ")].join(" ");
        line.trim_end().to_string()
    };
    objects.map(one).collect()
}

const CHECKS: &str = r#"
variable "v" {
  default = 1
  validation {
    condition     = var.v < 9
    error_message = "Too much."
  }
}
resource "terraform_data" "a" {
  input = var.v
  lifecycle {
    precondition {
      condition     = var.v > 0
      error_message = "Too little."
    }
    postcondition {
      condition     = self.output == 1
      error_message = "It is ${self.output}."
    }
  }
}
check "told" {
  assert {
    condition     = var.v == 7
    error_message = "It is not 7."
  }
}
check "later" {
  assert {
    condition     = terraform_data.a.output == 1
    error_message = "Not 1."
  }
}
module "m" {
  source = "./m"
  count  = 2
  i      = count.index
}
"#;

const MODULE: &str = r#"
variable "i" {}
output "o" {
  value = var.i
  precondition {
    condition     = var.i < 2
    error_message = "No."
  }
}
"#;

#[test]
fn conditions_are_in_the_documents_of_plan_and_state() {
    let folder = Folder::new(&[("main.tf", CHECKS), ("m/main.tf", MODULE)]);
    let (code, document) = folder.plan();
    assert_eq!(code, Some(2));
    assert_eq!(
        checked(&document),
        [
            "terraform_data.a unknown",
            "check.later unknown",
            "check.told fail It is not 7.",
            "var.v pass",
            "module.m[0].output.o pass",
            "module.m[1].output.o pass",
        ]
    );
    assert_eq!(document["checks"][4]["address"]["module"], "module.m");
    let warned = |summary: &str, line| ("warning".to_string(), summary.to_string(), line, None);
    let said = folder.said(&["apply", "-json", "-auto-approve"]);
    assert_eq!(said, [warned("Check block assertion failed", 24)]);
    let state: Json = serde_json::from_slice(&folder.run(&["show", "-json"]).stdout).unwrap();
    let all = checked(&state);
    assert!(all.contains(&"terraform_data.a pass".into()), "{all:?}");
    assert!(all.contains(&"check.later pass".into()), "{all:?}");
}

#[test]
fn what_is_made_of_a_failure_is_neither_planned_nor_judged() {
    let text = r#"
locals {
  bad  = tonumber(var.v)
  used = "x${local.bad}"
}
variable "v" {
  default = "x"
}
resource "terraform_data" "good" {}
resource "terraform_data" "bad" {
  input = local.used
}
resource "terraform_data" "many" {
  count = local.bad
}
output "bad" {
  value = terraform_data.bad.id
}
output "good" {
  value = var.v
}
"#;
    let folder = Folder::new(&[("main.tf", text)]);
    let said = folder.said(&["plan", "-json"]);
    assert_eq!(said, [("error".into(), "Invalid function argument".into(), 3, None)]);
    let (code, document) = folder.plan();
    assert_eq!(code, Some(1));
    assert_eq!(document["errored"], true);
    let names: Vec<_> = document["output_changes"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["good"]);
    let changes = document["resource_changes"].as_array().unwrap();
    let changes: Vec<_> = changes.iter().map(|c| c["address"].clone()).collect();
    assert_eq!(changes, [json!("terraform_data.good")]);
}

#[test]
fn everything_is_evaluated_whether_it_is_used_or_not() {
    let main = "module \"m\" {\n  source = \"./m\"\n  i = 5\n}\nlocals {\n  l = tonumber(var.v)\n}\nvariable \"v\" {\n  default = \"x\"\n}\n";
    let folder = Folder::new(&[("main.tf", main), ("m/main.tf", MODULE)]);
    let mut said: Vec<_> = folder.said(&["plan", "-json"]).into_iter().map(|d| (d.1, d.2)).collect();
    said.sort();
    let expected =
        [("Invalid function argument".to_string(), 6), ("Module output value precondition failed".into(), 6)];
    assert_eq!(said, expected);
}

#[test]
fn keys_of_repeated_blocks_are_not_known_to_validate() {
    let text = r#"
resource "terraform_data" "n" {
  count = 1
}
output "o" {
  value = terraform_data.n[7].id
}
"#;
    let folder = Folder::new(&[("main.tf", text)]);
    assert_eq!(folder.run(&["validate"]).status.code(), Some(0));
    let said = folder.said(&["plan", "-json"]);
    assert_eq!(said, [("error".into(), "Invalid index".into(), 6, None)]);
}

#[test]
fn what_becomes_a_secret_or_stops_being_one_is_an_update() {
    let text = |a: &str, b: &str, flag: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = {a}\n}}\nresource \"terraform_data\" \"b\" {{\n  input = {b}\n}}\n\
             output \"o\" {{\n  value = \"v\"\n{flag}}}\n"
        )
    };
    let (plain, secret) = (r#"{ k = "v", l = ["v"] }"#, r#"{ k = sensitive("v"), l = ["v"] }"#);
    let folder = Folder::new(&[("main.tf", &text(plain, secret, ""))]);
    folder.apply();
    assert_eq!(folder.plan().0, Some(0));
    folder.write("main.tf", &text(secret, plain, "  sensitive = true\n"));
    let (code, document) = folder.plan();
    assert_eq!(code, Some(2));
    let changes = document["resource_changes"].as_array().unwrap();
    let actions: Vec<_> = changes.iter().map(|c| c["change"]["actions"].clone()).collect();
    assert_eq!(actions, [json!(["update"]), json!(["update"])]);
    assert_eq!(document["output_changes"]["o"]["actions"], json!(["update"]));
    folder.apply();
    let (code, document) = folder.plan();
    assert_eq!(code, Some(0));
    // Where all is known nothing is unknown, however deep it is.
    assert_eq!(document["resource_changes"][0]["change"]["after_unknown"], json!({}));
}

#[test]
fn what_a_precondition_forbids_does_not_begin() {
    let text = r#"
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "b" {
  lifecycle {
    precondition {
      condition     = terraform_data.a.output == 5
      error_message = "Not five."
    }
  }
}
"#;
    let folder = Folder::new(&[("main.tf", text)]);
    let output = folder.run(&["apply", "-json", "-auto-approve"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let events = all.filter(|m| m["type"].as_str().unwrap_or_default().starts_with("apply_"));
    let events: Vec<_> = events.map(|m| (m["type"].clone(), m["hook"]["resource"]["addr"].clone())).collect();
    let a = json!("terraform_data.a");
    assert_eq!(events, [(json!("apply_start"), a.clone()), (json!("apply_complete"), a)]);
}

#[test]
fn expressions_of_json_files_stand_beside_what_they_refer_to() {
    let text = r#"{"variable": {"v": {"default": 1}}, "output": {"o": {"value": "${var.v}"}, "p": {"value": "${1 + 1}"}}}"#;
    let folder = Folder::new(&[("main.tf.json", text)]);
    let (_, document) = folder.plan();
    let outputs = &document["configuration"]["root_module"]["outputs"];
    let expected = json!({"references": ["var.v"], "constant_value": "${var.v}"});
    assert_eq!(outputs["o"]["expression"], expected);
    assert_eq!(outputs["p"]["expression"], json!({"constant_value": "${1 + 1}"}));
}

#[test]
fn an_object_depends_on_what_its_dependencies_depend_on() {
    let text = "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a]\n}\n\
                resource \"terraform_data\" \"c\" {\n  input = terraform_data.b.id\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    folder.apply();
    let state: Json = serde_json::from_slice(&folder.run(&["show", "-json"]).stdout).unwrap();
    let expected = json!(["terraform_data.a", "terraform_data.b"]);
    assert_eq!(state["values"]["root_module"]["resources"][2]["depends_on"], expected);
    let (_, document) = folder.plan();
    let prior = &document["prior_state"]["values"]["root_module"]["resources"];
    assert_eq!(prior[2]["depends_on"], expected);
}

#[test]
fn ephemeral_variables_are_given_again_with_a_saved_plan() {
    let text = "variable \"e\" {\n  type      = string\n  ephemeral = true\n}\nvariable \"n\" {\n  type    = number\n  default = 1\n}\n\
                resource \"terraform_data\" \"a\" {\n  input = var.n\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    let planned = folder.run(&["plan", "-input=false", "-var=e=x", "-out=p"]);
    assert_eq!(planned.status.code(), Some(0), "{}", support::told(&planned));
    let shown: Json = serde_json::from_slice(&folder.run(&["show", "-json", "p"]).stdout).unwrap();
    assert_eq!(shown["variables"], json!({"n": {"value": 1}}));
    let error = |summary: &str| vec![("error".to_string(), summary.to_string(), 0, None)];
    assert_eq!(folder.said(&["apply", "-json", "p"]), error("No value for required variable"));
    let changed = folder.said(&["apply", "-json", "-var=e=x", "-var=n=2", "p"]);
    assert_eq!(changed, error("Can't change variable when applying a saved plan"));
    let unknown = folder.said(&["apply", "-json", "-var=e=x", "-var=z=2", "p"]);
    assert_eq!(unknown, error("Value for undeclared variable"));
    let applied = folder.run(&["apply", "-var=e=y", "-var=n=1", "p"]);
    assert_eq!(applied.status.code(), Some(0), "{}", support::told(&applied));
}

#[test]
fn a_value_that_is_refused_is_in_the_document_of_a_failed_plan() {
    let text = "variable \"l\" {\n  type = list(any)\n}\noutput \"o\" {\n  value = var.l\n}\n";
    let folder = Folder::new(&[("main.tf", text), ("terraform.tfvars", "l = [1, [2]]\n")]);
    let (code, document) = folder.plan();
    assert_eq!(code, Some(1));
    assert_eq!((&document["errored"], &document["complete"]), (&json!(true), &json!(false)));
    assert_eq!(document["variables"]["l"]["value"], json!([1, [2]]));
    let said = folder.said(&["apply", "-json", "-auto-approve"]);
    assert_eq!(said, [("error".into(), "Invalid value for input variable".into(), 1, None)]);
}

#[test]
fn whether_it_is_applied_is_ephemeral() {
    let folder = Folder::new(&[("main.tf", "output \"o\" {\n  value = terraform.applying\n}\n")]);
    let said = folder.said(&["plan", "-json"]);
    assert_eq!(said, [("error".into(), "Ephemeral value not allowed".into(), 2, None)]);
    folder.write(
        "main.tf",
        "output \"o\" {\n  value = ephemeralasnull(terraform.applying ? \"yes\" : \"no\")\n}\n",
    );
    assert_eq!(folder.plan().0, Some(0));
}

#[test]
fn ephemeral_resources_are_none_of_the_built_in_types() {
    let folder = Folder::new(&[("main.tf", "\nephemeral \"terraform_data\" \"e\" {\n}\n")]);
    let output = folder.run(&["validate", "-json"]);
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["diagnostics"][0]["summary"], "Invalid ephemeral resource");
    assert_eq!(found["diagnostics"][0]["range"]["start"]["line"], 2);
    assert_eq!(found["error_count"], 1);
}

#[test]
fn numbers_keep_every_digit_in_the_documents() {
    let text =
        "output \"a\" {\n  value = 123456789012345678901234567890.5\n}\noutput \"b\" {\n  value = 2 / 3\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    folder.apply();
    let shown = folder.run(&["show", "-json"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(text.contains("123456789012345678901234567890.5"), "{text}");
    assert!(text.contains(&format!("0.{}", "6".repeat(100))), "{text}");
    // What was kept is what is made again.
    assert_eq!(folder.plan().0, Some(0));
}

/// What `validate` says of a configuration: summaries with their lines (0: none), sorted.
fn judged(files: &[(&str, &str)]) -> Vec<(String, u64)> {
    let output = Folder::new(files).run(&["validate", "-json"]);
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    let one = |d: &Json| {
        let line = d["range"]["start"]["line"].as_u64().unwrap_or_default();
        (d["summary"].as_str().unwrap().to_string(), line)
    };
    let mut all: Vec<_> = document["diagnostics"].as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}

/// Every answer is Terraform's.
#[test]
fn each_block_says_what_is_wrong_with_it() {
    let module = "variable \"v\" {\n  type = number\n  validation {\n    condition     = var.v > 1\n    error_message = \"No.\"\n  }\n}\noutput \"o\" {\n  value = var.v\n}\n";
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, u64)]);
    let rows: &[Row<'_>] = &[
        // A dangling reference keeps nothing else from being judged, only what was made with it.
        (
            &[(
                "main.tf",
                "output \"a\" {\n  value = var.no + [1]\n}\nresource \"terraform_data\" \"b\" {\n  count = -1\n}\nresource \"terraform_data\" \"c\" {\n  input = local.no\n  nope  = 1\n}\n",
            )],
            &[
                ("Invalid count argument", 5),
                ("Reference to undeclared input variable", 2),
                ("Reference to undeclared local value", 8),
            ],
        ),
        // One of several, and several of one.
        (
            &[(
                "main.tf",
                "resource \"terraform_data\" \"a\" {\n  count = 2\n}\nresource \"terraform_data\" \"b\" {\n}\noutput \"x\" {\n  value = [terraform_data.a.id, terraform_data.a[*].id, terraform_data.a]\n}\noutput \"y\" {\n  value = terraform_data.b[0].id\n}\n",
            )],
            &[("Missing resource instance key", 7), ("Unexpected resource instance key", 10)],
        ),
        // What a call gives is judged in the module, where it is known.
        (
            &[("main.tf", "module \"m\" {\n  source = \"./m\"\n  v      = 1\n}\n"), ("m/main.tf", module)],
            &[("Invalid value for variable", 3)],
        ),
        // A cycle is all that there is to say.
        (
            &[
                (
                    "main.tf",
                    "module \"m\" {\n  source = \"./m\"\n  v      = module.n.o\n}\nmodule \"n\" {\n  source = \"./m\"\n  v      = module.m.o\n}\noutput \"x\" {\n  value = var.no\n}\n",
                ),
                ("m/main.tf", "variable \"v\" {}\noutput \"o\" {\n  value = var.v\n}\n"),
            ],
            &[(
                "Cycle: module.m.output.o (expand), module.m.var.v (expand), module.n.output.o (expand), module.n.var.v (expand)",
                0,
            )],
        ),
        // Without a place for programs; people are shown one.
        (
            &[("main.tf", "resource \"terraform_data\" \"a\" {\n  output = 1\n}\n")],
            &[("\"output\" attribute is read-only", 0)],
        ),
        (
            &[(
                "main.tf.json",
                "{\"output\": {\"a\": {\"value\": 1, \"valeu\": 2}}, \"locals\": {\"x\": 1, \"x\": 2}}",
            )],
            &[("Duplicate attribute definition", 1), ("Extraneous JSON object property", 1)],
        ),
        (
            &[("main.tf.json", "{\"a\": 1 \"b\": 2}")],
            &[("Missing attribute seperator comma", 1), ("Root value must be object", 1)],
        ),
    ];
    for (files, want) in rows {
        let want: Vec<(String, u64)> = want.iter().map(|(s, n)| (s.to_string(), *n)).collect();
        assert_eq!(judged(files), want, "{files:?}");
    }
}

#[test]
fn init_looks_at_the_form_of_json_files_only() {
    let folder = Folder::new(&[("main.tf.json", r#"{"output": {"a": {"value": "${1 +}"}}}"#)]);
    assert_eq!(folder.run(&["init"]).status.code(), Some(0));
    assert_eq!(folder.run(&["validate"]).status.code(), Some(1));
}
