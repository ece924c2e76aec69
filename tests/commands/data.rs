//! Data sources as they are told of: reads, checks that read, modules that `init` has not seen.

use super::{folder, run};

/// Another stack's state with one output.
const OTHER: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{"x":{"value":1,"type":"number"}},"resources":[],"check_results":null}"#;

const CHECKED: &str = r#"
output "o" {
  value = 1
}
check "c" {
  data "terraform_remote_state" "s" {
    backend = "local"
    config = {
      path = "other.tfstate"
    }
  }
  assert {
    condition     = data.terraform_remote_state.s.outputs.x == 1
    error_message = "x"
  }
}
"#;

/// The lines of a stream without their times.
fn stream(told: &str) -> String {
    let start = told.find('{').unwrap_or(0);
    let lines = told[start..].lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let kept = lines.map(|l| {
        let of = |path: &str| l.pointer(path).and_then(|v| v.as_str()).unwrap_or("-").to_string();
        format!("{} {}", of("/type"), of("/@message"))
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// Terraform 1.11.4 tells the same.
#[test]
fn a_data_source_is_told_when_it_is_read() {
    let main = r#"
resource "terraform_data" "p" {
  input = "other.tfstate"
}
data "terraform_remote_state" "now" {
  backend = "local"
  config  = { path = "other.tfstate" }
}
data "terraform_remote_state" "later" {
  backend = "local"
  config  = { path = terraform_data.p.output }
}
"#;
    let dir = folder(&[("main.tf", main), ("other.tfstate", OTHER)]);
    let plan = run(dir.path(), &["plan"]);
    assert!(plan.contains("data.terraform_remote_state.now: Reading...\ndata.terraform_remote_state.now: Read complete after 0s\n"), "{plan}");
    assert!(!plan.contains("later: Reading"), "{plan}");
    insta::assert_snapshot!(stream(&run(dir.path(), &["plan", "-json", "-refresh=false"])), @r"
    version Terraform 1.11.4
    apply_start data.terraform_remote_state.now: Refreshing...
    apply_complete data.terraform_remote_state.now: Refresh complete after 0s
    planned_change data.terraform_remote_state.later: Plan to read
    planned_change terraform_data.p: Plan to create
    change_summary Plan: 1 to add, 0 to change, 0 to destroy.
    ");
    std::fs::remove_file(dir.path().join("other.tfstate")).unwrap();
    insta::assert_snapshot!(stream(&run(dir.path(), &["plan", "-json"])), @r"
    version Terraform 1.11.4
    apply_start data.terraform_remote_state.now: Refreshing...
    planned_change data.terraform_remote_state.later: Plan to read
    planned_change terraform_data.p: Plan to create
    change_summary Plan: 1 to add, 0 to change, 0 to destroy.
    diagnostic Error: Unable to find remote state
    ");
}

/// Terraform 1.11.4 tells the same.
#[test]
fn what_a_check_cannot_read_fails_the_check_alone() {
    let dir = folder(&[("main.tf", CHECKED)]);
    let plan = run(dir.path(), &["plan", "-detailed-exitcode"]);
    assert!(plan.starts_with("exit 2"), "{plan}");
    assert!(plan.contains("(config will be reloaded to verify a check block)"), "{plan}");
    assert!(plan.contains("on main.tf line 6, in check \"c\":"), "{plan}");
    insta::assert_snapshot!(stream(&run(dir.path(), &["apply", "-json", "-auto-approve"])), @r"
    version Terraform 1.11.4
    apply_start data.terraform_remote_state.s: Refreshing...
    planned_change data.terraform_remote_state.s: Plan to read
    change_summary Plan: 0 to add, 0 to change, 0 to destroy.
    outputs Outputs: 1
    apply_start data.terraform_remote_state.s: Refreshing...
    diagnostic Warning: Unable to find remote state
    change_summary Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
    outputs Outputs: 1
    ");
    let state = run(dir.path(), &["show", "-json"]);
    assert!(state.contains("No stored state was found for the given workspace"), "{state}");
    std::fs::write(dir.path().join("other.tfstate"), OTHER).unwrap();
    let applied = run(dir.path(), &["apply", "-auto-approve"]);
    assert!(applied.starts_with("exit 0") && !applied.contains("Warning"), "{applied}");
    let state = run(dir.path(), &["show", "-json"]);
    assert!(state.contains(r#""status":"pass""#), "{state}");
}

#[test]
fn a_local_module_needs_init_once_init_was_used() {
    let call = ("m.tf", "module \"m\" {\n  source = \"./m\"\n}\n");
    let all = [("main.tf", "output \"a\" {\n  value = 1\n}\n"), ("m/main.tf", "")];
    let dir = folder(&[all[0], all[1], call]);
    assert!(run(dir.path(), &["validate"]).starts_with("exit 0"));
    let dir = folder(&all);
    assert!(run(dir.path(), &["init"]).starts_with("exit 0"));
    std::fs::write(dir.path().join(call.0), call.1).unwrap();
    let refused = run(dir.path(), &["validate"]);
    assert!(
        refused.starts_with("exit 1") && refused.contains("This module is not yet installed"),
        "{refused}"
    );
    assert!(run(dir.path(), &["init"]).starts_with("exit 0"));
    assert!(run(dir.path(), &["validate"]).starts_with("exit 0"));
    std::fs::remove_dir_all(dir.path().join("m")).unwrap();
    let gone = run(dir.path(), &["validate"]);
    assert!(gone.contains("This module's local cache directory m could not be read."), "{gone}");
}

/// Terraform 1.11.4 writes the default too, whatever was given.
#[test]
fn a_plan_has_the_default_of_an_ephemeral_variable_and_no_value() {
    let main = "variable \"e\" {\n  ephemeral = true\n  default = \"d\"\n}\nvariable \"f\" {\n  ephemeral = true\n}\n";
    let dir = folder(&[("main.tf", main)]);
    run(dir.path(), &["plan", "-out=p", "-var=e=given", "-var=f=given"]);
    let plan = run(dir.path(), &["show", "-json", "p"]);
    assert!(plan.contains(r#""variables":{"e":{"value":"d"}}"#), "{plan}");
}

/// Terraform 1.11.4 has the same in its state.
#[test]
fn a_state_shows_what_data_sources_tell_and_what_was_made_of_them() {
    let main = r#"
variable "v" {
  ephemeral = true
}
resource "terraform_data" "p" {
  input = "other.tfstate"
}
data "terraform_remote_state" "s" {
  backend = "local"
  config  = { path = terraform_data.p.output }
}
resource "terraform_data" "q" {
  input = data.terraform_remote_state.s.outputs.x
}
output "none" {
  value = null
}
"#;
    let dir = folder(&[("main.tf", main), ("other.tfstate", OTHER)]);
    let applied = run(dir.path(), &["apply", "-auto-approve", "-json", "-var=v=1"]);
    assert!(applied.contains(r#""outputs":{}"#), "{applied}");
    let state = run(dir.path(), &["show", "-json"]);
    assert!(state.contains(r#""address":"data.terraform_remote_state.s""#), "{state}");
    assert!(
        state.contains(r#""depends_on":["data.terraform_remote_state.s","terraform_data.p"]"#),
        "{state}"
    );
    std::fs::remove_file(dir.path().join("other.tfstate")).unwrap();
    let state = run(dir.path(), &["show", "-json"]);
    assert!(
        state.starts_with("exit 0") && !state.contains("data.terraform_remote_state.s\",\"mode"),
        "{state}"
    );
}

#[test]
fn references_fit_what_they_are_about() {
    let counted =
        "resource \"terraform_data\" \"a\" {\n  count = 1\n}\nresource \"terraform_data\" \"b\" {\n}\n";
    for (value, said) in [
        ("terraform_data.a.id", "Missing resource instance key"),
        ("terraform_data.b[0].id", "Unexpected resource instance key"),
        ("data.terraform_remote_state.s.outputs", "Reference to scoped resource"),
    ] {
        let main = format!("{counted}{CHECKED}output \"x\" {{\n  value = {value}\n}}\n");
        let dir = folder(&[("main.tf", &main)]);
        let refused = run(dir.path(), &["validate"]);
        assert!(refused.starts_with("exit 1") && refused.contains(said), "{refused}");
    }
    let good =
        format!("{counted}output \"x\" {{\n  value = [terraform_data.a[0].id, terraform_data.a[*].id]\n}}\n");
    let dir = folder(&[("main.tf", &good)]);
    assert!(run(dir.path(), &["validate"]).starts_with("exit 0"));
    let warned = run(dir.path(), &["plan", "-replace=terraform_data.a"]);
    assert!(warned.contains("-replace=\"terraform_data.a[0]\""), "{warned}");
}
