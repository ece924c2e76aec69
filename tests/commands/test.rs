//! `test`

use super::{fed, folder, run};

const MAIN: &str = "variable \"n\" {\n  type    = number\n  default = 1\n  validation {\n    condition     = var.n > 0\n    error_message = \"n \
                    must be positive.\"\n  }\n}\nresource \"terraform_data\" \"a\" {\n  count = var.n\n  input = \"v${count.index}\"\n}\noutput \
                    \"ids\" {\n  value = terraform_data.a[*].id\n}\noutput \"ins\" {\n  value = terraform_data.a[*].input\n}\n";

/// The status of each run and file, and the summaries of diagnostics, as the stream has them.
fn told(dir: &std::path::Path, flags: &[&str]) -> Vec<String> {
    let output = fed(dir, &[&["test", "-json"], flags].concat(), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let one = |m: serde_json::Value| {
        let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_string();
        match m["type"].as_str()? {
            "test_run" if m["test_run"]["progress"] == "complete" => {
                Some(format!("{} {}", text(&m["test_run"]["run"]), text(&m["test_run"]["status"])))
            }
            "test_file" if m["test_file"]["progress"] == "complete" => {
                Some(format!("{} {}", text(&m["test_file"]["path"]), text(&m["test_file"]["status"])))
            }
            "diagnostic" => {
                Some(format!("{}: {}", text(&m["diagnostic"]["severity"]), text(&m["diagnostic"]["summary"])))
            }
            _ => None,
        }
    };
    lines.filter_map(one).collect()
}

#[test]
fn runs_are_told_one_by_one() {
    let test = "variables {\n  n = 2\n}\nrun \"planned\" {\n  command = plan\n  assert {\n    condition     = length(output.ins) == 2\n    \
                error_message = \"wrong\"\n  }\n}\nrun \"fails\" {\n  assert {\n    condition     = output.ins[0] == \"nope\"\n    error_message = \
                \"first is ${output.ins[0]}\"\n  }\n}\nrun \"broken\" {\n  variables {\n    n = 0\n  }\n}\nrun \"left\" {\n}\n";
    let dir = folder(&[("main.tf", MAIN), ("tests/a.tftest.hcl", test)]);
    insta::assert_snapshot!(run(dir.path(), &["test"]), @r#"
exit 1
--- stdout
tests/a.tftest.hcl... in progress
  run "planned"... pass
  run "fails"... fail
  run "broken"... fail
  run "left"... skip
tests/a.tftest.hcl... tearing down
tests/a.tftest.hcl... fail

Failure! 1 passed, 2 failed, 1 skipped.
--- stderr

Error: Test assertion failed

  on tests/a.tftest.hcl line 13, in run "fails":
  13:     condition     = output.ins[0] == "nope"
    ├────────────────
    │ output.ins[0] is "v0"

first is v0

Error: Invalid value for variable

  on main.tf line 1:
   1: variable "n" {
    ├────────────────
    │ var.n is 0

n must be positive.

This was checked by the validation rule at main.tf:4,3-13.
"#);
    // Nothing is left, and nothing was written.
    assert!(!dir.path().join("ringfence.ledger.json").exists());
}

#[test]
fn what_is_expected_to_fail_must_fail() {
    let rows = [
        (
            "run \"a\" {\n  command = plan\n  variables {\n    n = 0\n  }\n  expect_failures = [var.n]\n}\n",
            "a pass; a.tftest.hcl pass",
        ),
        (
            "run \"a\" {\n  command         = plan\n  expect_failures = [var.n]\n}\nrun \"b\" {\n}\n",
            "a error; error: Missing expected failure; b skip; a.tftest.hcl error",
        ),
        (
            "run \"a\" {\n  variables {\n    n = 0\n  }\n  expect_failures = [var.n]\n}\n",
            "a error; warning: Expected failure while planning; error: Invalid value for variable; a.tftest.hcl error",
        ),
        (
            "run \"a\" {\n  expect_failures = [local.x]\n}\n",
            "a error; error: Invalid `expect_failures` reference; a.tftest.hcl error",
        ),
        (
            "run \"a\" {\n  command = plan\n  assert {\n    condition     = terraform_data.a[0].id == \"\"\n    error_message = \"m\"\n  }\n}\n",
            "a error; error: Unknown condition value; a.tftest.hcl error",
        ),
        (
            "run \"a\" {\n  variables {\n    m = 0\n  }\n  assert {\n    condition     = run.b.x == 1 && output.q == 1\n    error_message = \
             \"m\"\n  }\n}\nrun \"b\" {\n}\n",
            "a error; warning: Value for undeclared variable; error: Reference to unevaluated run block; error: Reference to undeclared output value; b skip; a.tftest.hcl error",
        ),
    ];
    for (test, expected) in rows {
        let dir = folder(&[("main.tf", MAIN), ("a.tftest.hcl", test)]);
        assert_eq!(told(dir.path(), &[]).join("; "), expected, "{test}");
    }
}

#[test]
fn states_are_shared_by_the_runs_of_a_module() {
    let test = "run \"setup\" {\n  module {\n    source = \"./setup\"\n  }\n}\nrun \"one\" {\n  variables {\n    n = run.setup.n\n  }\n}\nrun \
                \"same\" {\n  variables {\n    n = 3\n  }\n  assert {\n    condition     = output.ids[1] == run.one.ids[1] && \
                length(output.ids) == 3\n    error_message = \"m\"\n  }\n}\n";
    let setup = "resource \"terraform_data\" \"s\" {\n  input = 2\n}\noutput \"n\" {\n  value = terraform_data.s.output\n}\n";
    let dir = folder(&[("main.tf", MAIN), ("a.tftest.hcl", test), ("setup/main.tf", setup)]);
    assert_eq!(told(dir.path(), &[]).join("; "), "setup pass; one pass; same pass; a.tftest.hcl pass");
    assert_eq!(told(dir.path(), &["-filter=b.tftest.hcl"]), Vec::<String>::new());
}

/// What lives in Azure is made in a local cloud that is there for the file alone; made-up providers need none.
#[test]
fn azure_is_a_cloud_of_the_tests_own() {
    let main = "provider \"azurerm\" {\n  features {}\n}\nresource \"azurerm_resource_group\" \"g\" {\n  name     = \"rg\"\n  location = \
                \"westeurope\"\n}\ndata \"azurerm_client_config\" \"me\" {}\noutput \"id\" {\n  value = azurerm_resource_group.g.id\n}\noutput \
                \"tenant\" {\n  value = data.azurerm_client_config.me.tenant_id\n}\n";
    let real = "run \"a\" {\n  assert {\n    condition     = endswith(output.id, \"/resourceGroups/rg\") && output.tenant != \"t\"\n    \
                error_message = \"id ${output.id}\"\n  }\n}\nrun \"again\" {\n  command = plan\n  assert {\n    condition     = \
                azurerm_resource_group.g.id == run.a.id\n    error_message = \"m\"\n  }\n}\n";
    let made_up = "mock_provider \"azurerm\" {\n  mock_resource \"azurerm_resource_group\" {\n    defaults = {\n      id = \"made/up\"\n    }\n  \
                   }\n  mock_data \"azurerm_client_config\" {\n    defaults = {\n      tenant_id = \"t\"\n    }\n  }\n}\nrun \"a\" {\n  assert {\n    \
                   condition     = output.id == \"made/up\" && output.tenant == \"t\"\n    error_message = \"${output.id} ${output.tenant}\"\n  \
                   }\n}\n";
    let files = [("main.tf", main), ("a.tftest.hcl", real), ("b.tftest.hcl", made_up)];
    let dir = folder(&files);
    let expected = "a pass; again pass; a.tftest.hcl pass; a pass; b.tftest.hcl pass";
    assert_eq!(told(dir.path(), &[]).join("; "), expected, "{}", run(dir.path(), &["test"]));
}

#[test]
fn objects_and_modules_are_overridden() {
    let main = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n";
    let module = "resource \"terraform_data\" \"r\" {\n  input = 1\n}\noutput \"x\" {\n  value = terraform_data.r.id\n}\noutput \"y\" {\n  value = \
                  5\n}\n";
    let test = "override_module {\n  target = module.m\n  outputs = { x = \"fake\" }\n}\nrun \"p\" {\n  command = plan\n  override_resource {\n    \
                target          = terraform_data.a\n    override_during = plan\n    values          = { id = \"q\" }\n  }\n  assert {\n    \
                condition     = terraform_data.a.id == \"q\" && module.m.x == \"fake\" && module.m.y == null\n    error_message = \"m\"\n  \
                }\n}\nrun \"a\" {\n  override_resource {\n    target = terraform_data.a\n    values = { id = \"q\" }\n  }\n  assert {\n    condition    \
                 = terraform_data.a.id == \"q\" && terraform_data.a.output == null\n    error_message = \"m\"\n  }\n}\nrun \"kept\" {\n  assert {\n    \
                condition     = terraform_data.a.id == \"q\"\n    error_message = \"${terraform_data.a.id}\"\n  }\n}\n";
    let dir = folder(&[("main.tf", main), ("a.tftest.hcl", test), ("m/main.tf", module)]);
    assert_eq!(told(dir.path(), &[]).join("; "), "p pass; a pass; kept pass; a.tftest.hcl pass");
}
