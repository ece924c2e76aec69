//! `state mv|rm`, `taint`, `untaint`, `force-unlock`, `import`

use super::{folder, run};

const STACK: &[(&str, &str)] = &[(
    "main.tf",
    "resource \"terraform_data\" \"a\" {\n  for_each = toset([\"x\", \"y\"])\n  input    = each.key\n}\n\
     resource \"terraform_data\" \"b\" {\n  input = terraform_data.a[\"x\"].id\n}\n",
)];

/// Commands one after the other, as a user would see them.
fn story(dir: &std::path::Path, commands: &[&str]) -> String {
    let split = |line: &str| line.split(' ').map(str::to_string).collect::<Vec<_>>();
    let one = |line: &&str| {
        let words = split(line);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        format!("$ {line}\n{}", run(dir, &args))
    };
    commands.iter().map(one).collect()
}

#[test]
fn entries_are_moved_and_forgotten() {
    let dir = folder(STACK);
    let dir = dir.path();
    assert!(run(dir, &["apply", "-auto-approve"]).contains("3 added"));
    insta::assert_snapshot!(story(dir, &[
        "state mv -dry-run terraform_data.a terraform_data.n",
        "state mv terraform_data.a terraform_data.n",
        "state mv terraform_data.n[\"x\"] terraform_data.b",
        "state mv terraform_data.nope terraform_data.b",
        "state rm -dry-run terraform_data.n",
        "state rm terraform_data.n[\"y\"] terraform_data.b",
        "state rm terraform_data.b",
        "state list",
    ]), @r#"
$ state mv -dry-run terraform_data.a terraform_data.n
exit 0
--- stdout
Would move "terraform_data.a" to "terraform_data.n"
--- stderr
$ state mv terraform_data.a terraform_data.n
exit 0
--- stdout
Move "terraform_data.a" to "terraform_data.n"
Successfully moved 1 object(s).
--- stderr
$ state mv terraform_data.n["x"] terraform_data.b
exit 1
--- stdout
--- stderr

Error: Invalid target address

Cannot move to terraform_data.b: there is already a resource at that address
in the current state.
$ state mv terraform_data.nope terraform_data.b
exit 1
--- stdout
--- stderr

Error: Invalid source address

Cannot move terraform_data.nope: does not match anything in the current
state.
$ state rm -dry-run terraform_data.n
exit 0
--- stdout
Would remove terraform_data.n["x"]
Would remove terraform_data.n["y"]
--- stderr
$ state rm terraform_data.n["y"] terraform_data.b
exit 0
--- stdout
Removed terraform_data.b
Removed terraform_data.n["y"]
Successfully removed 2 resource instance(s).
--- stderr
$ state rm terraform_data.b
exit 1
--- stdout
--- stderr

Error: Invalid target address

No matching objects found. To view the available instances, use "ringfence
state list". Please modify the address to reference a specific instance.
$ state list
exit 0
--- stdout
terraform_data.n["x"]
--- stderr
"#);
}

#[test]
fn a_tainted_instance_is_made_anew() {
    let dir = folder(STACK);
    let dir = dir.path();
    assert!(run(dir, &["apply", "-auto-approve"]).contains("3 added"));
    insta::assert_snapshot!(story(dir, &[
        "taint terraform_data.b",
        "taint terraform_data.a",
        "untaint -allow-missing terraform_data.a",
        "untaint terraform_data.a[\"x\"]",
        "taint data.a.b",
        "taint module.m",
        "taint",
        "force-unlock abc",
    ]), @r#"
$ taint terraform_data.b
exit 0
--- stdout
Resource instance terraform_data.b has been marked as tainted.
--- stderr
$ taint terraform_data.a
exit 1
--- stdout
--- stderr

Error: No such resource instance

There is no resource instance in the state with the address terraform_data.a.
If the resource configuration has just been added, you must run "ringfence
apply" once to create the corresponding instance(s) before they can be
tainted.
$ untaint -allow-missing terraform_data.a
exit 0
--- stdout

Warning: No such resource instance

Resource instance terraform_data.a was not found, but this is not an error
because -allow-missing was set.
--- stderr
$ untaint terraform_data.a["x"]
exit 1
--- stdout
--- stderr

Error: Resource instance is not tainted

Resource instance terraform_data.a["x"] is not currently tainted, and so it
cannot be untainted.
$ taint data.a.b
exit 1
--- stdout
--- stderr
Resource instance data.a.b cannot be tainted
$ taint module.m
exit 1
--- stdout
--- stderr

Error: Invalid address

A resource instance address is required here. The module path must be
followed by a resource instance specification.
$ taint
exit 1
--- stdout
--- stderr

Error: The taint command expects exactly one argument

Usage: ringfence taint [options] ADDRESS
$ force-unlock abc
exit 1
--- stdout
--- stderr

Error: Failed to unlock state: the ledger is not locked
"#);
    assert!(run(dir, &["plan"]).contains("# terraform_data.b is tainted, so must be replaced"));
    assert!(run(dir, &["untaint", "terraform_data.b"]).contains("successfully untainted"));
    assert!(run(dir, &["plan"]).contains("No changes."));
}

#[test]
fn what_exists_is_imported_and_then_ours() {
    let group = "/subscriptions/SUB/resourceGroups/rg-import";
    let files = [(
        "main.tf",
        "provider \"azurerm\" {\n  features {}\n}\nresource \"azurerm_resource_group\" \"g\" {\n  name     = \
         \"rg-import\"\n  location = \"westeurope\"\n  tags     = { a = \"b\" }\n}\n",
    )];
    let dir = folder(&files);
    let dir = dir.path();
    let list = run(dir, &["cloud", "request", "GET", "/subscriptions?api-version=2022-12-01"]);
    let subscription = list.split("\"id\":\"/subscriptions/").nth(1).or(list.split("/subscriptions/").nth(1));
    let subscription = &subscription.unwrap()[..36];
    let id = group.replace("SUB", subscription);
    let uri = format!("{id}?api-version=2022-09-01");
    run(dir, &["cloud", "request", "PUT", &uri, "{\"location\": \"westeurope\"}"]);
    let told = |args: &[&str]| {
        let all: Vec<&str> = args.iter().copied().chain(["-cloud=local"]).collect();
        let told = run(dir, &all).replace(subscription, "SUB");
        told.lines()
            .filter(|l| !l.starts_with("Working on the local cloud"))
            .map(|l| format!("{l}\n"))
            .collect::<String>()
    };
    let wrong = id.replace("rg-import", "rg-other");
    insta::assert_snapshot!(
        [
            told(&["import", "azurerm_resource_group.h", &id]),
            told(&["import", "azurerm_resource_group.g", &wrong]),
            told(&["import", "azurerm_resource_group.g", &id]),
            told(&["import", "azurerm_resource_group.g", &id]),
        ].join("\n"),
        @r#"
exit 1
--- stdout
--- stderr
Error: resource address "azurerm_resource_group.h" does not exist in the configuration.

Before importing this resource, please create its configuration in the root module. For example:

resource "azurerm_resource_group" "h" {
  # (resource arguments)
}

exit 1
--- stdout
azurerm_resource_group.g: Importing from ID "/subscriptions/SUB/resourceGroups/rg-other"...
--- stderr

Error: Cannot import non-existent remote object

There is no object with the id
"/subscriptions/SUB/resourceGroups/rg-other"
that the configuration of "azurerm_resource_group.g" stands for. Only
something that exists, and that has the name, group and parent that the
configuration says, can be imported; check the id, and which provider
configuration the resource uses.

exit 0
--- stdout
azurerm_resource_group.g: Importing from ID "/subscriptions/SUB/resourceGroups/rg-import"...
azurerm_resource_group.g: Import prepared!
  Prepared azurerm_resource_group for import
azurerm_resource_group.g: Refreshing state... [id=/subscriptions/SUB/resourceGroups/rg-import]

Import successful!

The resources that were imported are shown above. These resources are now in
your Terraform state and will henceforth be managed by Terraform.

--- stderr

exit 1
--- stdout
azurerm_resource_group.g: Importing from ID "/subscriptions/SUB/resourceGroups/rg-import"...
--- stderr

Error: Resource already managed by Terraform

Terraform is already managing a remote object for azurerm_resource_group.g.
To import to this address you must first remove the existing object from the
state.
"#
    );
    let plan = told(&["plan", "-detailed-exitcode"]);
    assert!(plan.starts_with("exit 2") && plan.contains("will be updated in-place"), "{plan}");
    assert!(told(&["apply", "-auto-approve"]).contains("0 added, 1 changed, 0 destroyed"));
    assert!(told(&["plan"]).contains("No changes."));
}
