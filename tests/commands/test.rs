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

/// What is made up may stand in files of a folder; what the block says itself comes first.
#[test]
fn mocks_come_from_files() {
    let main = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\noutput \"o\" {\n  value = terraform_data.a.id\n}\n";
    let mock = "mock_resource \"terraform_data\" {\n  defaults = {\n    id = \"filed\"\n  }\n}\n";
    let json = "{\"mock_data\": {\"x\": {\"defaults\": {\"id\": \"z\"}}}}";
    let test = |inside: &str, id: &str| {
        format!(
            "mock_provider \"terraform\" {{\n  source = \"./mocks\"\n{inside}}}\nrun \"a\" {{\n  assert {{\n    condition = \
             output.o == \"{id}\"\n    error_message = output.o\n  }}\n}}\n"
        )
    };
    let own = "  mock_resource \"terraform_data\" {\n    defaults = { id = \"own\" }\n  }\n";
    let files = [
        ("main.tf", main),
        ("mocks/a.tfmock.hcl", mock),
        ("mocks/b.tfmock.json", json),
        ("mocks/c.txt", "{"),
        ("a.tftest.hcl", &test("", "filed")),
        ("b.tftest.hcl", &test(own, "own")),
    ];
    let dir = folder(&files);
    assert_eq!(told(dir.path(), &[]).join("; "), "a pass; a.tftest.hcl pass; a pass; b.tftest.hcl pass");
    std::fs::remove_dir_all(dir.path().join("mocks")).unwrap();
    let told = run(dir.path(), &["validate"]);
    assert!(told.contains("Error: Failed to read mock data directory"), "{told}");
}

/// A run takes modules of folders and registries; `init` notes where they are.
#[test]
fn the_modules_of_runs_are_installed() {
    let test = "run \"setup\" {\n  module {\n    source = \"./setup\"\n  }\n}\n";
    let setup =
        "module \"inner\" {\n  source = \"./inner\"\n}\noutput \"n\" {\n  value = module.inner.n\n}\n";
    let inner = "output \"n\" {\n  value = 1\n}\n";
    let files = [
        ("main.tf", MAIN),
        ("tests/a.tftest.hcl", test),
        ("setup/main.tf", setup),
        ("setup/inner/main.tf", inner),
    ];
    let dir = folder(&files);
    let said = run(dir.path(), &["init", "-input=false"]);
    assert!(said.contains("- test.tests.a.setup.inner in setup/inner"), "{said}");
    let manifest = std::fs::read_to_string(dir.path().join(".terraform/modules/modules.json")).unwrap();
    assert!(
        manifest.contains(r#"{"Key":"test.tests.a.setup","Source":"./setup","Dir":"setup"}"#),
        "{manifest}"
    );
    assert_eq!(told(dir.path(), &[]).join("; "), "setup pass; tests/a.tftest.hcl pass");
    // Where `init` never was, folders are read without it.
    std::fs::remove_dir_all(dir.path().join(".terraform")).unwrap();
    for (source, summary) in [
        ("git::https://example.com/x.git", "Invalid module source address"),
        ("a/b/c", "Module not installed"),
        ("./nothing", "Unreadable module directory"),
    ] {
        std::fs::write(dir.path().join("tests/a.tftest.hcl"), test.replace("./setup", source)).unwrap();
        let said = run(dir.path(), &["validate"]);
        assert!(said.contains(summary), "{said}");
    }
}

#[test]
fn a_report_for_programs() {
    let test = "run \"ok\" {\n}\nrun \"wrong\" {\n  assert {\n    condition     = length(output.ins) == 7\n    error_message = \"<seven>\"\n  \
                }\n}\nrun \"broken\" {\n  variables {\n    n = 0\n    q = 1\n  }\n}\nrun \"left\" {\n}\n";
    let dir = folder(&[("main.tf", MAIN), ("a.tftest.hcl", test), ("b.tftest.hcl", "")]);
    let told = run(dir.path(), &["test", "-junit-xml=out.xml"]);
    assert!(told.starts_with("exit 1"), "{told}");
    let text = std::fs::read_to_string(dir.path().join("out.xml")).unwrap();
    for part in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>\n",
        "  <testsuite name=\"a.tftest.hcl\" tests=\"4\" skipped=\"1\" failures=\"1\" errors=\"1\">\n",
        "      <failure message=\"1 of 1 assertions failed: &lt;seven&gt;\"><![CDATA[\nError: Test assertion failed\n",
        "      <error message=\"Encountered an error\"><![CDATA[\nError: Invalid value for variable\n",
        "      <system-err><![CDATA[\nWarning: Value for undeclared variable\n",
        "      <skipped message=\"Testcase skipped due to a previous testcase error\"><![CDATA[Previous testcase \"broken\" ended",
        "  <testsuite name=\"b.tftest.hcl\" tests=\"0\" skipped=\"0\" failures=\"0\" errors=\"0\"></testsuite>\n</testsuites>",
    ] {
        assert!(text.contains(part), "{part}\nin\n{text}");
    }
    let told = run(dir.path(), &["test", "-junit-xml=no/out.xml"]);
    assert!(told.contains("Error: error saving JUnit XML to file \"no/out.xml\""), "{told}");
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
