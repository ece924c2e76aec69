//! `workspace`, `state pull|push`

use super::{fed, folder, run, told};

const STACK: &[(&str, &str)] =
    &[("main.tf", "resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n")];

/// Commands one after the other: what each wrote.
fn story(dir: &std::path::Path, commands: &[&str]) -> String {
    let one = |line: &&str| format!("$ {line}\n{}", run(dir, &line.split(' ').collect::<Vec<_>>()));
    commands.iter().map(one).collect()
}

#[test]
fn every_workspace_has_a_ledger() {
    let dir = folder(STACK);
    let dir = dir.path();
    let value = || run(dir, &["state", "show", "terraform_data.a"]);
    assert!(run(dir, &["apply", "-auto-approve"]).contains("1 added"));
    assert!(run(dir, &["workspace", "new", "dev"]).contains("Created and switched to workspace \"dev\"!"));
    assert!(run(dir, &["apply", "-auto-approve"]).contains("1 added"));
    assert!(value().contains("input  = \"dev\""), "{}", value());
    // A saved plan is of the workspace that it was made in.
    assert!(run(dir, &["plan", "-destroy", "-out=p"]).contains("1 to destroy"));
    assert!(run(dir, &["workspace", "select", "default"]).contains("Switched to workspace \"default\"."));
    assert!(value().contains("input  = \"default\""));
    assert!(run(dir, &["apply", "p"]).contains("Saved plan is stale"));
    assert!(run(dir, &["plan", "-detailed-exitcode"]).starts_with("exit 0\n"));
    insta::assert_snapshot!(story(dir, &[
        "workspace list",
        "workspace show",
        "workspace select nope",
        "workspace select default",
        "workspace new default",
        "workspace new a/b",
        "workspace delete default",
        "workspace delete dev",
        "workspace delete -force dev",
        "workspace select -or-create qa",
        "workspace delete qa",
        "workspace list",
    ]), @r#"
$ workspace list
exit 0
--- stdout
* default
  dev

--- stderr
$ workspace show
exit 0
--- stdout
default
--- stderr
$ workspace select nope
exit 1
--- stdout
--- stderr

Workspace "nope" doesn't exist.

You can create this workspace with the "new" subcommand
or include the "-or-create" flag with the "select" subcommand.
$ workspace select default
exit 0
--- stdout
--- stderr
$ workspace new default
exit 1
--- stdout
--- stderr
Workspace "default" already exists
$ workspace new a/b
exit 1
--- stdout
--- stderr

The workspace name "a/b" is not allowed. The name must contain only URL safe
characters, and no path separators.

$ workspace delete default
exit 1
--- stdout
--- stderr
Workspace "default" is your active workspace.

You cannot delete the currently active workspace. Please switch
to another workspace and try again.
$ workspace delete dev
exit 1
--- stdout
--- stderr

Error: Workspace is not empty

Workspace "dev" is currently tracking the following resource instances:
  - terraform_data.a

Deleting this workspace would cause Terraform to lose track of any associated
remote objects, which would then require you to delete them manually outside
of Terraform. You should destroy these objects with Terraform before deleting
the workspace.

If you want to delete this workspace anyway, and have Terraform forget about
these managed objects, use the -force option to disable this safety check.
$ workspace delete -force dev
exit 0
--- stdout
Deleted workspace "dev"!
WARNING: "dev" was non-empty.
The resources managed by the deleted workspace may still exist,
but are no longer manageable by Terraform since the state has
been deleted.

--- stderr
$ workspace select -or-create qa
exit 0
--- stdout
Created and switched to workspace "qa"!

You're now on a new, empty workspace. Workspaces isolate their state,
so if you run "terraform plan" Terraform will not see any existing state
for this configuration.
--- stderr
$ workspace delete qa
exit 1
--- stdout
--- stderr
Workspace "qa" is your active workspace.

You cannot delete the currently active workspace. Please switch
to another workspace and try again.
$ workspace list
exit 0
--- stdout
  default
* qa

--- stderr
"#);
}

#[test]
fn ledgers_are_pulled_and_pushed() {
    let dir = folder(STACK);
    let dir = dir.path();
    assert_eq!(run(dir, &["state", "pull"]), "exit 0\n--- stdout\n--- stderr\n");
    assert!(run(dir, &["apply", "-auto-approve"]).contains("1 added"));
    let first = fed(dir, &["state", "pull"], "").stdout;
    let ledger = || std::fs::read(dir.join("ringfence.ledger.json")).unwrap();
    assert_eq!(first, ledger());
    assert!(run(dir, &["apply", "-auto-approve", "-replace=terraform_data.a"]).contains("1 added"));
    let text = String::from_utf8(first.clone()).unwrap();
    let push =
        |flags: &[&str], text: &str| told(&fed(dir, &[&["state", "push"], flags, &["-"]].concat(), text));
    assert!(push(&[], &text).contains("over newer state with serial"));
    assert!(push(&[], "{}").starts_with("exit 1\n"));
    assert!(push(&["-force"], &text).starts_with("exit 0\n"));
    assert_eq!(first, ledger());
    let lineage =
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["lineage"].as_str().unwrap().to_string();
    let other = text.replace(&lineage, "00000000-0000-0000-0000-000000000000");
    assert!(push(&[], &other).contains("over unrelated state with lineage"));
    assert!(run(dir, &["state", "push", "nope.json"]).starts_with("exit 1\n"));
}
