//! What Terraform 1.11.4 makes of triggers of replacement, of targets, of replacements that fail halfway, and of names that many
//! steps use.

use super::{fed, told};
use super::{folder, run};

const APPLY: &[&str] = &["apply", "-auto-approve", "-no-color"];
const PLAN: &[&str] = &["plan", "-no-color"];

fn two(second: &str, trigger: &str) -> String {
    format!(
        "resource \"terraform_data\" \"a\" {{\n  for_each = {{ x = \"1\", y = {second:?} }}\n  input    = {{ v = each.value, \
         w = \"k\" }}\n}}\nresource \"terraform_data\" \"b\" {{\n  lifecycle {{\n    replace_triggered_by = [{trigger}]\n  \
         }}\n}}\n"
    )
}

#[test]
fn triggers_name_an_instance_and_a_path() {
    for (trigger, replaces) in [
        ("terraform_data.a", true),
        ("terraform_data.a[\"x\"]", false),
        ("terraform_data.a[\"y\"]", true),
        ("terraform_data.a[\"x\"].input", false),
        ("terraform_data.a[\"y\"].input.v", true),
        ("terraform_data.a[\"y\"].input.w", false),
        ("terraform_data.a[\"y\"].nope", false),
        ("terraform_data.a[\"y\"].id", false),
    ] {
        let dir = folder(&[("main.tf", &two("1", trigger))]);
        assert!(run(dir.path(), APPLY).contains("3 added"), "{trigger}");
        std::fs::write(dir.path().join("main.tf"), two("2", trigger)).unwrap();
        let plan = run(dir.path(), PLAN);
        let said = plan.contains("terraform_data.b will be replaced due to changes in replace_triggered_by");
        assert_eq!(said, replaces, "{trigger}: {plan}");
    }
}

#[test]
fn triggers_take_the_key_around_them_and_must_name_something() {
    let text = |value: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  count = 2\n  input = count.index == 1 ? {value:?} : \"s\"\n}}\nresource \
             \"terraform_data\" \"b\" {{\n  count = 2\n  lifecycle {{\n    replace_triggered_by = \
             [terraform_data.a[count.index]]\n  }}\n}}\n"
        )
    };
    let dir = folder(&[("main.tf", &text("1"))]);
    assert!(run(dir.path(), APPLY).contains("4 added"));
    std::fs::write(dir.path().join("main.tf"), text("2")).unwrap();
    let plan = run(dir.path(), PLAN);
    assert!(plan.contains("terraform_data.b[1] will be replaced"), "{plan}");
    assert!(!plan.contains("terraform_data.b[0] will"), "{plan}");
    for trigger in ["terraform_data.a[\"z\"]", "terraform_data.a.input"] {
        let dir = folder(&[("main.tf", &two("1", trigger))]);
        assert!(run(dir.path(), &["validate", "-no-color"]).starts_with("exit 0"), "{trigger}");
        let plan = run(dir.path(), PLAN);
        assert!(
            plan.starts_with("exit 1") && plan.contains("no change found for terraform_data.a"),
            "{plan}"
        );
    }
}

#[test]
fn targets_take_the_outputs_that_are_made_of_them_alone() {
    let text = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nresource \"terraform_data\" \"b\" {\n  input = 2\n}\n\
                output \"a\" {\n  value = terraform_data.a.output\n}\noutput \"k\" {\n  value = \"k\"\n}\n\
                output \"ab\" {\n  value = [terraform_data.a.output, terraform_data.b.output]\n}\n";
    let dir = folder(&[("main.tf", text)]);
    let at = dir.path();
    assert!(run(at, &["apply", "-auto-approve", "-target=terraform_data.a"]).contains("1 added"));
    let one = run(at, &["output", "-no-color"]);
    assert!(one.contains("a = 1") && !one.contains("k =") && !one.contains("ab ="), "{one}");
    assert!(run(at, APPLY).contains("1 added"));
    let gone = run(at, &["destroy", "-auto-approve", "-target=terraform_data.b"]);
    assert!(gone.contains("1 destroyed"), "{gone}");
    let all = run(at, &["output", "-no-color"]);
    assert!(all.contains("a = 1") && all.contains("k = \"k\"") && all.contains("ab ="), "{all}");
}

#[test]
fn what_a_failed_replacement_leaves_is_owned_until_it_goes() {
    let text = |n: u32, command: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  triggers_replace = {n}\n  lifecycle {{\n    create_before_destroy = \
             true\n  }}\n  provisioner \"local-exec\" {{\n    command = {command:?}\n  }}\n}}\n"
        )
    };
    let dir = folder(&[("main.tf", &text(1, "exit 0"))]);
    let at = dir.path();
    assert!(run(at, APPLY).contains("1 added"));
    std::fs::write(at.join("main.tf"), text(2, "exit 1")).unwrap();
    assert!(run(at, APPLY).starts_with("exit 1"));
    let state = run(at, &["show", "-json"]);
    assert!(state.contains("deposed_key") && state.contains("\"tainted\":true"), "{state}");
    std::fs::write(at.join("main.tf"), text(2, "exit 0")).unwrap();
    let done = run(at, APPLY);
    assert!(done.contains("1 added, 0 changed, 2 destroyed"), "{done}");
    assert!(run(at, PLAN).contains("No changes"));
    assert!(!run(at, &["show", "-json"]).contains("deposed_key"));
}

#[test]
fn refresh_notes_outputs_and_asks_nothing() {
    let dir = folder(&[("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")]);
    let at = dir.path();
    let empty = run(at, &["refresh", "-no-color"]);
    assert!(empty.starts_with("exit 0") && empty.contains("Warning: Empty or non-existent state"), "{empty}");
    assert!(run(at, APPLY).contains("1 added"));
    let more = "resource \"terraform_data\" \"a\" {\n  input = 2\n}\noutput \"o\" {\n  value = terraform_data.a.output\n}\n";
    std::fs::write(at.join("main.tf"), more).unwrap();
    let noted = run(at, &["refresh", "-no-color"]);
    assert!(noted.contains("Refreshing state") && noted.contains("o = 1"), "{noted}");
    assert!(run(at, &["output", "-raw", "o"]).contains("\n1--- stderr"));
    assert!(run(at, &["refresh", "x"]).contains("Expected at most one positional argument."));
}

#[test]
fn init_begins_with_a_copy_of_a_module() {
    let dir = folder(&[
        ("module/main.tf", "module \"m\" {\n  source = \"./sub\"\n}\n"),
        ("module/sub/main.tf", "output \"x\" {\n  value = 1\n}\n"),
        ("module/.hidden", ""),
        ("new/notes.txt", "mine"),
    ]);
    let new = dir.path().join("new");
    let done = run(&new, &["init", "-no-color", "-from-module=../module"]);
    assert!(done.starts_with("exit 0"), "{done}");
    assert!(done.contains("Copying configuration from \"../module\"..."), "{done}");
    assert!(new.join("sub/main.tf").is_file() && new.join(".terraform/modules/modules.json").is_file());
    assert!(!new.join(".hidden").exists());
    let again = run(&new, &["init", "-no-color", "-from-module=../module"]);
    assert!(again.contains("The working directory already contains files."), "{again}");
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let absolute = format!("-from-module={}//sub", dir.path().join("module").display());
    assert!(run(&other, &["init", &absolute]).starts_with("exit 0"));
    assert!(other.join("main.tf").is_file() && !other.join("sub").exists());
    std::fs::remove_file(other.join("main.tf")).unwrap();
    assert!(run(&other, &["init", "-from-module=nope"]).contains("Invalid module source address"));
}

#[test]
fn commands_say_how_they_are_called() {
    let dir = folder(&[
        ("main.tf", "resource \"terraform_data\" \"a\" {\n}\noutput \"o\" {\n  value = 1\n}\n"),
        ("tests/a.tftest.hcl", "run \"one\" {\n}\n"),
    ]);
    let at = dir.path();
    assert!(run(at, APPLY).contains("1 added"));
    for (args, code, said) in [
        (&["output", "-raw", "-json"][..], 1, "Error: Invalid output format"),
        (&["output", "a", "b"], 1, "Error: Unexpected argument"),
        (&["state", "nope"], 1, "Usage: ringfence [global options] state <subcommand>"),
        (&["-nope"], 127, "Usage: ringfence [global options] <subcommand> [args]"),
        (&["workspace", "delete", "default"], 1, "Workspace \"default\" is your active workspace."),
        (&["state", "list", "module.x"], 1, "Error: Unknown module"),
        (&["state", "list", "terraform_data.z"], 1, "Error: Unknown resource"),
        (&["state", "list", "-id=zz"], 0, "--- stdout\n--- stderr"),
        (&["state", "list", "bad["], 1, "Error: Index value required"),
        (&["state", "show"], 1, "Exactly one argument expected."),
        (&["state", "mv", "a.b"], 1, "Exactly two arguments expected."),
        (&["state", "rm"], 1, "At least one address is required."),
        (&["workspace", "new"], 1, "Expected a single argument: NAME."),
        (&["plan", "-target=bad["], 1, "Index brackets must contain either a literal number"),
        (&["destroy", "x"], 1, "Error: Failed to load \"x\" as a plan file"),
        (&["destroy", "-destroy"], 1, "Error: Invalid mode option"),
        (&["validate", "x"], 1, "Error: Failed to read module directory"),
        (&["get", "x"], 1, "Too many command line arguments. Did you mean to use -chdir?"),
        (&["version", "x"], 0, "Ringfence v"),
        (&["providers"], 0, "└── test.tests.a"),
    ] {
        let told = run(at, args);
        assert!(told.starts_with(&format!("exit {code}\n")) && told.contains(said), "{args:?}: {told}");
    }
    assert!(run(at, &["plan", "-destroy", "-out=p"]).starts_with("exit 0"));
    let refused = run(at, &["destroy", "p"]);
    assert!(refused.contains("Destroy can't be called with a plan file"), "{refused}");
}

#[test]
fn a_deadline_ends_as_an_interrupt_does_with_a_code_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let account = r#"
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "rg" {
  name     = "rg"
  location = "westeurope"
}
resource "azurerm_cosmosdb_account" "db" {
  name                = "cosmos-deadline"
  resource_group_name = azurerm_resource_group.rg.name
  location            = azurerm_resource_group.rg.location
  offer_type          = "Standard"
  consistency_policy {
    consistency_level = "Session"
  }
  geo_location {
    location          = azurerm_resource_group.rg.location
    failover_priority = 0
  }
}
"#;
    std::fs::write(dir.path().join("main.tf"), account).unwrap();
    let apply = |more: &[&str]| {
        let words = [&["apply", "-auto-approve", "-no-color", "-cloud=local"], more].concat();
        fed(dir.path(), &words, "")
    };
    // The account takes minutes; here a minute is a second or more.
    let late = apply(&["-clock=x10", "-deadline=4s"]);
    let said = String::from_utf8_lossy(&late.stdout).into_owned();
    assert_eq!(late.status.code(), Some(4), "{}", told(&late));
    assert!(said.contains("The deadline of 4s has passed.\nGracefully shutting down..."), "{said}");
    let next = apply(&["-clock=x2000", "-deadline=1h"]);
    assert_eq!(next.status.code(), Some(0), "{}", told(&next));
    assert!(
        String::from_utf8_lossy(&next.stdout).contains("The last run was interrupted"),
        "{}",
        told(&next)
    );
    let wrong = apply(&["-deadline=soon"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(told(&wrong).contains("for flag -deadline: write a time such as 60s"), "{}", told(&wrong));
}

#[test]
fn what_cannot_be_planned_is_not_said_to_go() {
    let main = "variable \"a\" {\n  default = 2\n}\nvariable \"b\" {\n  default = 2\n}\nresource \"random_pet\" \"a\" {\n  length = \
                var.a\n}\nresource \"terraform_data\" \"b\" {\n  count = var.b\n}\n";
    let dir = folder(&[("main.tf", main), ("more.tf", "resource \"terraform_data\" \"c\" {\n}\n")]);
    assert!(run(dir.path(), APPLY).contains("4 added"));
    std::fs::remove_file(dir.path().join("more.tf")).unwrap();
    let plan = run(dir.path(), &["plan", "-no-color", "-var=a=x", "-var=b=y"]);
    assert!(plan.contains("attribute \"length\"") && plan.contains("Incorrect value type"), "{plan}");
    let gone: Vec<&str> = plan.lines().filter(|l| l.contains("will be destroyed")).collect();
    assert_eq!(gone, ["  # terraform_data.c will be destroyed"], "{plan}");
    let plan = run(dir.path(), &["plan", "-no-color", "-var=b=1"]);
    assert!(plan.contains("0 to add, 0 to change, 2 to destroy"), "{plan}");
    assert!(plan.contains("because index [1] is out of range for count"), "{plan}");
}

#[test]
fn an_instance_that_is_made_late_is_seen_by_those_that_come_after_it() {
    // What is made of the block's other instances is asked for before this one is there.
    let text = |block: &str| {
        format!(
            "resource \"random_uuid\" \"a\" {{\n  {block}\n}}\n\
             resource \"terraform_data\" \"one\" {{\n  input = random_uuid.a[local.one].result\n}}\n\
             resource \"terraform_data\" \"two\" {{\n  input = terraform_data.one.output\n}}\n\
             resource \"terraform_data\" \"late\" {{\n  input = random_uuid.a[local.late].result\n}}\n\
             output \"seen\" {{\n  value = terraform_data.two.output == random_uuid.a[local.one].result && \
             terraform_data.late.output == random_uuid.a[local.late].result && length(values({{ for k, v in random_uuid.a : k => \
             v.result }})) == 2\n}}\n"
        )
    };
    for (block, keys) in [
        ("count = 2", "locals {\n  one  = 0\n  late = 1\n}\n"),
        ("for_each = toset([\"x\", \"y\"])", "locals {\n  one  = \"x\"\n  late = \"y\"\n}\n"),
    ] {
        let dir = folder(&[("main.tf", &text(block)), ("keys.tf", keys)]);
        let told = run(dir.path(), &["apply", "-auto-approve", "-no-color", "-parallelism=1"]);
        assert!(told.contains("5 added") && told.contains("seen = true"), "{told}");
    }
}

/// A local value, a variable and an output are evaluated once in a run, not by each step that uses them; what is made of an
/// object is evaluated when that is done.
#[test]
fn a_name_has_one_value_in_a_run() {
    let root = r#"
resource "terraform_data" "first" {
  input = local.id
}
resource "terraform_data" "second" {
  input      = { id = local.id, made = local.made[terraform_data.first.input], given = module.m[*].given }
  depends_on = [terraform_data.first]
}
locals {
  id   = uuid()
  made = { (terraform_data.first.output) = upper(terraform_data.first.id) }
}
module "m" {
  source = "./m"
  count  = 1
  id     = "${local.id}/${terraform_data.first.id}"
}
output "same" {
  value = terraform_data.second.output == {
    id    = terraform_data.first.output
    made  = upper(terraform_data.first.id)
    given = ["${terraform_data.first.output}/${terraform_data.first.id}"]
  }
}
"#;
    let module = "variable \"id\" {}\nresource \"terraform_data\" \"it\" {\n  input = var.id\n}\noutput \"given\" {\n  value = \
                  terraform_data.it.output\n}\n";
    let dir = folder(&[("main.tf", root), ("m/main.tf", module)]);
    run(dir.path(), &["init"]);
    let told = run(dir.path(), APPLY);
    assert!(told.contains("same = true"), "{told}");
}

#[test]
fn a_name_that_cannot_be_evaluated_is_said_once_whatever_is_made_of_it() {
    let text = r#"
resource "terraform_data" "x" {
  input = "abc"
}
locals {
  a = tonumber(terraform_data.x.output)
  b = { n = local.a, k = "k" }
}
resource "terraform_data" "both" {
  input = [local.a, local.b]
}
resource "terraform_data" "one" {
  input = local.b
}
"#;
    let dir = folder(&[("main.tf", text)]);
    let output = fed(dir.path(), APPLY, "");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.matches("Error: ").count(), 1, "{told}");
    assert!(told.contains("Error: Invalid function argument") && told.contains("2 left"), "{told}");
}
