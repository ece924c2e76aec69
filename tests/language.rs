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
