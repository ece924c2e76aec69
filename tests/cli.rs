//! The program as a user meets it: arguments, streams, exit codes.

mod support;

use std::path::Path;
use std::process::Output;

use support::told;

/// Runs the program in a directory.
fn ringfence(dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    support::program(dir).args(args).envs(env.iter().copied()).output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn no_command_is_127_and_help_is_0() {
    let dir = folder(&[]);
    let nothing = ringfence(dir.path(), &[], &[]);
    let help = ringfence(dir.path(), &["-help"], &[]);
    assert_eq!(nothing.status.code(), Some(127));
    assert_eq!(help.status.code(), Some(0));
    assert_eq!(nothing.stdout, help.stdout);
    assert!(String::from_utf8_lossy(&help.stdout).contains("  validate      "));
}

#[test]
fn wrong_words_are_named_with_what_was_meant() {
    let dir = folder(&[]);
    let all: Vec<String> = [
        &["validat"][..],
        &["cloud", "shwo"],
        &["version", "-jsn"],
        &["version", "-json=maybe"],
        &["get", "more"],
        &["-chdir=missing", "version"],
        &["-cloud=mars", "version"],
        &["cloud"],
    ]
    .iter()
    .map(|args| {
        let output = ringfence(dir.path(), args, &[]);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        format!("$ {}\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr))
    })
    .collect();
    insta::assert_snapshot!(all.join(""), @r#"
$ validat
Ringfence has no command named "validat". Did you mean "validate"?

To see all of Ringfence's top-level commands, run:
  ringfence -help

$ cloud shwo

Ringfence has no command named "cloud shwo". Did you mean "show"?
$ version -jsn

Error: Failed to parse command-line flags

flag provided but not defined: -jsn

Did you mean -json?

For more help on using this command, run:
  ringfence version -help
$ version -json=maybe

Error: Failed to parse command-line flags

invalid boolean value "maybe" for -json: parse error: write -json=true or
-json=false

For more help on using this command, run:
  ringfence version -help
$ get more
Too many command line arguments. Did you mean to use -chdir?
$ -chdir=missing version
Error handling -chdir option: chdir missing: No such file or directory (os error 2)
$ -cloud=mars version

Error: There is no such cloud

-cloud (or RINGFENCE_CLOUD) is "local" for the cloud that is built in, or
"public" for Azure, not "mars". Other clouds are named in the provider's
block or by its environment variables.

For more help on using this command, run:
  ringfence version -help
$ cloud
"#);
}

#[test]
fn flags_come_from_the_environment_too() {
    let dir = folder(&[]);
    let json = |env: &[(&str, &str)], args: &[&str]| {
        let output = ringfence(dir.path(), args, env);
        serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok()
    };
    assert!(json(&[("TF_CLI_ARGS", "-json")], &["version"]));
    assert!(json(&[("TF_CLI_ARGS_version", "'-json'")], &["version"]));
    // The user's own flags come later, so they win.
    assert!(!json(&[("TF_CLI_ARGS_version", "-json")], &["version", "-json=false"]));
    assert!(json(&[], &["--version", "--json"]));
}

#[test]
fn validate_tells_people_and_programs() {
    let dir = folder(&[("main.tf", "variable \"é\" {\n  type = string\n  default = [\n  1]\n}\n")]);
    let text = ringfence(dir.path(), &["validate", "-no-color"], &[]);
    insta::assert_snapshot!(told(&text), @r#"
exit 1
--- stdout
--- stderr

Error: Invalid default value for variable

  on main.tf line 3, in variable "é":
   3:   default = [
   4:   1]

This default value is not compatible with the variable's type constraint:
string required.
"#);
    let json = ringfence(dir.path(), &["validate", "-json"], &[]);
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["valid"], &json["error_count"]), (&false.into(), &1.into()));
    assert_eq!(json["diagnostics"][0]["range"]["start"]["line"], 3);
    assert_eq!(ringfence(folder(&[]).path(), &["validate"], &[]).status.code(), Some(0));
}

#[test]
fn init_names_modules_and_providers_and_downloads_nothing() {
    let files = [
        (
            "main.tf",
            "terraform {\n  required_providers {\n    azurerm = {\n      source  = \"hashicorp/azurerm\"\n      \
             version = \"~> 4.0\"\n    }\n  }\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n",
        ),
        ("m/main.tf", "resource \"terraform_data\" \"a\" {}\n"),
    ];
    let dir = folder(&files);
    insta::assert_snapshot!(told(&ringfence(dir.path(), &["init", "-input=false"], &[])), @r#"
exit 0
--- stdout
Initializing the backend...
Initializing modules...
- m in m
Initializing provider plugins...
- hashicorp/azurerm is built in to Ringfence and satisfies "~> 4.0", with the names and defaults of version 4
- terraform.io/builtin/terraform is built in to Ringfence

Terraform has been successfully initialized!

You may now begin working with Terraform. Try running "ringfence plan" to see
any changes that are required for your infrastructure. All providers are
built in: nothing was downloaded, and .terraform.lock.hcl was left alone.
--- stderr
"#);
    let mut left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".terraform", "m", "main.tf"]);
    let manifest = std::fs::read_to_string(dir.path().join(".terraform/modules/modules.json")).unwrap();
    let expected = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"./m","Dir":"m"}]}"#;
    assert_eq!(manifest, expected);
    // A version that was chosen once stays chosen, where the constraint allows it.
    let lock = |version: &str| {
        format!(
            "provider \"registry.terraform.io/hashicorp/azurerm\" {{\n  version = {version}\n  hashes  = [\"h1:a\"]\n}}\n"
        )
    };
    for (asked, locked, like) in [
        (">= 2.26", "\"2.99.0\"", "version 2, as .terraform.lock.hcl says\n"),
        (">= 2.26", "\"3.117.1\"", "version 3, as .terraform.lock.hcl says\n"),
        ("~> 4.0", "\"3.117.1\"", "version 4\n"),
        (">= 2.26", "var.x", "Variables not allowed"),
    ] {
        let main = format!(
            "terraform {{\n  required_providers {{\n    azurerm = {{\n      source  = \"hashicorp/azurerm\"\n      \
             version = \"{asked}\"\n    }}\n  }}\n}}\n"
        );
        let dir = folder(&[("main.tf", &main), (".terraform.lock.hcl", &lock(locked))]);
        let said = told(&ringfence(dir.path(), &["init", "-input=false"], &[]));
        assert!(said.contains(like), "{asked} {locked}: {said}");
    }
    let foreign = folder(&[("main.tf", "resource \"aws_instance\" \"a\" {\n}\n")]);
    insta::assert_snapshot!(told(&ringfence(foreign.path(), &["init"], &[])), @r#"
exit 1
--- stdout
Initializing the backend...
Initializing provider plugins...
--- stderr

Error: Failed to query available provider packages

  on main.tf line 1:
   1: resource "aws_instance" "a" {

Provider registry.terraform.io/hashicorp/aws is not built in, and Ringfence
runs no provider plugins. Built in are:

  - hashicorp/azurerm
  - azure/azapi
  - hashicorp/random
  - hashicorp/null
  - hashicorp/time
  - hashicorp/tls
  - hashicorp/local
  - hashicorp/http
  - hashicorp/external
  - terraform.io/builtin/terraform

Remove what needs the provider, or manage it with a tool of its own.
"#);
}

#[test]
fn the_local_cloud_answers_and_remembers() {
    let dir = folder(&[]);
    let run = |args: &[&str]| ringfence(dir.path(), args, &[]);
    let list = run(&["cloud", "request", "get", "/subscriptions?api-version=2022-12-01"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let group =
        format!("{}/resourceGroups/a?api-version=2022-09-01", list["value"][0]["id"].as_str().unwrap());
    let made = run(&["cloud", "request", "PUT", &group, "{\"location\": \"westeurope\"}"]);
    assert_eq!((made.status.code(), &*made.stderr), (Some(0), &b"HTTP 201\n"[..]));
    let there = told(&run(&["cloud", "show"]));
    insta::assert_snapshot!(there, @r#"
exit 0
--- stdout
1 resource alive
└─ Microsoft.Resources/resourceGroups a
--- stderr
"#);
    assert_eq!(run(&["cloud", "request", "GET", &group, "not json"]).status.code(), Some(1));
    assert_eq!(run(&["cloud", "request", "GET", "/nowhere"]).status.code(), Some(1));
    assert_eq!(run(&["cloud", "reset"]).status.code(), Some(0));
    assert!(told(&run(&["cloud", "show"])).contains("0 resources alive"));
}

#[test]
fn a_world_can_be_made_of_an_export() {
    let exported = serde_json::json!({"data": [
        {"id": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nic",
         "type": "microsoft.network/networkinterfaces", "name": "nic", "location": "westeurope", "subscriptionId": "x",
         "properties": {"resourceGuid": "guid-of-azure", "provisioningState": "Succeeded", "ipConfigurations": [
            {"name": "one", "properties": {"privateIPAddress": "10.0.0.9", "privateIPAllocationMethod": "Static", "subnet":
                {"id": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/a"}}}]}},
        {"id": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net",
         "type": "microsoft.network/virtualnetworks", "name": "net", "location": "westeurope", "tags": {"a": "b"},
         "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}]}},
        {"id": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/none/subnets/b",
         "type": "microsoft.network/virtualnetworks/subnets", "name": "b", "properties": {"addressPrefix": "10.0.9.0/24"}},
    ]});
    let dir = folder(&[("export.json", &exported.to_string()), ("bad.json", "[{\"name\": 1}]")]);
    let run = |args: &[&str]| ringfence(dir.path(), args, &[]);
    let seeded = run(&["cloud", "seed", "export.json"]);
    let text = told(&seeded);
    assert_eq!(seeded.status.code(), Some(1), "{text}");
    assert!(
        text.contains("2 resources put into the world.") && text.contains("ParentResourceNotFound"),
        "{text}"
    );
    insta::assert_snapshot!(told(&run(&["cloud", "show"])), @r#"
exit 0
--- stdout
6 resources alive
├─ Microsoft.Resources/resourceGroups NetworkWatcherRG
│  └─ Microsoft.Network/networkWatchers NetworkWatcher_westeurope
└─ Microsoft.Resources/resourceGroups rg
   ├─ Microsoft.Network/networkInterfaces nic
   └─ Microsoft.Network/virtualNetworks net
      └─ Microsoft.Network/virtualNetworks/subnets a
--- stderr
"#);
    let list = run(&["cloud", "request", "get", "/subscriptions?api-version=2022-12-01"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let nic = format!(
        "{}/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nic?api-version=2024-01-01",
        list["value"][0]["id"].as_str().unwrap()
    );
    let nic = told(&run(&["cloud", "request", "GET", &nic]));
    assert!(nic.contains("guid-of-azure") && nic.contains("10.0.0.9"), "{nic}");
    assert_eq!(run(&["cloud", "seed", "bad.json"]).status.code(), Some(1));
    assert_eq!(run(&["cloud", "seed", "none.json"]).status.code(), Some(1));
}

#[test]
fn a_request_by_hand_leaves_nothing_running() {
    let dir = folder(&[]);
    let run = |args: &[&str]| ringfence(dir.path(), &[args, &["-clock=real"]].concat(), &[]);
    let list = run(&["cloud", "request", "get", "/subscriptions?api-version=2022-12-01"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let group = format!("{}/resourceGroups/a", list["value"][0]["id"].as_str().unwrap());
    let put = |path: &str, body: &str| {
        let made = run(&["cloud", "request", "PUT", &format!("{group}{path}"), body]);
        assert_eq!(made.status.code(), Some(0), "{}", told(&made));
        told(&made)
    };
    put("?api-version=2022-09-01", "{\"location\": \"westeurope\"}");
    let network = "/providers/Microsoft.Network/virtualNetworks/net?api-version=2024-01-01";
    let body = "{\"location\": \"westeurope\", \"properties\": {\"addressSpace\": {\"addressPrefixes\": [\"10.0.0.0/16\"]}}}";
    let answer = put(network, body);
    assert!(answer.to_lowercase().contains("azure-asyncoperation"), "it takes its time: {answer}");
    let shown = told(&run(&["cloud", "show"]));
    assert!(shown.contains("virtualNetworks") && !shown.contains("running"), "{shown}");
}

#[test]
fn faults_come_by_the_rules_of_a_file_and_a_file_that_is_wrong_is_told_with_its_line() {
    let once = r#"{"rules": [{"method": "GET", "nth": 1, "do": {"refuse": {"status": 503, "code": "ServerBusy"}}}]}"#;
    let bad = "{\"rules\": [\n  {\"method\": \"GET\", \"do\": {\"explode\": 1}}\n]}";
    let dir = folder(&[("once.json", once), ("bad.json", bad)]);
    let get = |chaos: &str| {
        ringfence(
            dir.path(),
            &["cloud", "request", chaos, "GET", "/subscriptions?api-version=2022-12-01"],
            &[],
        )
    };
    let output = get("-chaos=once.json");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("ServerBusy") && told.contains("the chaos rule 'rule 1'"), "{told}");
    for (file, said) in
        [("-chaos=bad.json", "bad.json:2:"), ("-chaos=none.json", "-chaos=none.json could not be read")]
    {
        let output = get(file);
        let told = String::from_utf8_lossy(&output.stderr).replace("\n│ ", " ");
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(said), "{told}");
    }
    let told = String::from_utf8_lossy(&get("-chaos=bad.json").stderr).into_owned();
    assert!(told.contains("unknown variant `explode`") && told.contains("`refuse`"), "{told}");
}

#[test]
fn what_is_kept_beside_the_ledger_goes_where_tf_data_dir_says() {
    let dir = folder(STACK);
    let env = [("TF_DATA_DIR", "kept")];
    let run = |args: &[&str]| ringfence(dir.path(), args, &env);
    let applied = run(&["apply", "-auto-approve", "-var=who=world", "-cloud=local"]);
    let text = told(&applied);
    assert_eq!(applied.status.code(), Some(0), "{text}");
    assert!(text.contains("(its world: ./kept/world.redb)"), "{text}");
    for name in ["kept/key", "kept/world.redb", "kept/local.ledger.json"] {
        assert!(dir.path().join(name).exists(), "{name}");
    }
    assert!(!dir.path().join(".ringfence").exists());
    assert_eq!(run(&["output", "-raw", "-cloud=local", "pin"]).stdout, b"hunter2");
    assert!(told(&run(&["cloud", "show"])).contains("0 resources alive"));
}

const STACK: &[(&str, &str)] = &[(
    "main.tf",
    "variable \"who\" {\n  description = \"Whom to greet.\"\n}\n\
     variable \"pin\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n\
     resource \"terraform_data\" \"a\" {\n  input = { greet = \"hello ${var.who}\", pin = var.pin }\n}\n\
     output \"greeting\" {\n  value = terraform_data.a.input.greet\n}\n\
     output \"pin\" {\n  value     = var.pin\n  sensitive = true\n}\n",
)];

/// The folder of a small stack, and how to run something there.
fn stack() -> (tempfile::TempDir, impl Fn(&[&str]) -> Output) {
    let dir = folder(STACK);
    let path = dir.path().to_path_buf();
    (dir, move |args| ringfence(&path, args, &[]))
}

/// The text with everything that differs from run to run replaced.
fn steady(text: &str) -> String {
    let uuid = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap();
    uuid.replace_all(text, "<uuid>").into_owned()
}

/// Runs with an answer on standard input.
fn answered(dir: &Path, args: &[&str], answer: &str) -> Output {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = support::program(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_stack_lives_from_plan_to_destroy() {
    let (dir, run) = stack();
    let code = |args: &[&str]| run(args).status.code();
    let asked = answered(dir.path(), &["apply"], "world\nno\n");
    insta::assert_snapshot!(steady(&told(&asked)), @r#"
exit 1
--- stdout
var.who
  Whom to greet.

  Enter a value: 

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # terraform_data.a will be created
  + resource "terraform_data" "a" {
      + id     = (known after apply)
      + input  = {
          + greet = "hello world"
          + pin   = (sensitive value)
        }
      + output = (known after apply)
    }

Plan: 1 to add, 0 to change, 0 to destroy.

Changes to Outputs:
  + greeting = "hello world"
  + pin      = (sensitive value)

Do you want to perform these actions?
  Terraform will perform the actions described above.
  Only 'yes' will be accepted to approve.

  Enter a value: 
Apply cancelled.
--- stderr
"#);
    assert_eq!(code(&["plan", "-input=false"]), Some(1));
    assert_eq!(code(&["plan", "-detailed-exitcode", "-var=who=world"]), Some(2));
    let applied = run(&["apply", "-auto-approve", "-var", "who=world"]);
    insta::assert_snapshot!(steady(&told(&applied)), @r#"
exit 0
--- stdout

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # terraform_data.a will be created
  + resource "terraform_data" "a" {
      + id     = (known after apply)
      + input  = {
          + greet = "hello world"
          + pin   = (sensitive value)
        }
      + output = (known after apply)
    }

Plan: 1 to add, 0 to change, 0 to destroy.

Changes to Outputs:
  + greeting = "hello world"
  + pin      = (sensitive value)
terraform_data.a: Creating...
terraform_data.a: Creation complete after 0s [id=<uuid>]

Apply complete! Resources: 1 added, 0 changed, 0 destroyed.

Outputs:

greeting = "hello world"
pin = <sensitive>
--- stderr
"#);
    assert_eq!(code(&["plan", "-detailed-exitcode", "-var=who=world"]), Some(0));
    assert_eq!(run(&["output", "-raw", "pin"]).stdout, b"hunter2");
    insta::assert_snapshot!(told(&run(&["output"])), @r#"
exit 0
--- stdout
greeting = "hello world"
pin = <sensitive>
--- stderr
"#);
    insta::assert_snapshot!(told(&run(&["output", "nope"])), @r#"
exit 1
--- stdout
--- stderr

Error: Output "nope" not found

The output variable requested could not be found in the state file. If you
recently added this to your configuration, be sure to run `terraform apply`,
since the state won't be updated with new output variables until that command
is run.
"#);
    let shown = run(&["show", "-var=who=world"]);
    insta::assert_snapshot!(steady(&told(&shown)), @r#"
exit 0
--- stdout
# terraform_data.a:
resource "terraform_data" "a" {
    id     = "<uuid>"
    input  = {
        greet = "hello world"
        pin   = (sensitive value)
    }
    output = {
        greet = "hello world"
        pin   = "hunter2"
    }
}


Outputs:

greeting = "hello world"
pin = (sensitive value)
--- stderr
"#);
    insta::assert_snapshot!(told(&run(&["state", "list"])), @r#"
exit 0
--- stdout
terraform_data.a
--- stderr
"#);
    assert_eq!(code(&["state", "show", "terraform_data.b", "-var=who=world"]), Some(1));
    let gone = run(&["destroy", "-auto-approve", "-var=who=world"]);
    insta::assert_snapshot!(steady(&told(&gone)), @r#"
exit 0
--- stdout
terraform_data.a: Refreshing state... [id=<uuid>]

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  - destroy

Terraform will perform the following actions:

  # terraform_data.a will be destroyed
  - resource "terraform_data" "a" {
      - id     = "<uuid>" -> null
      - input  = {
          - greet = "hello world"
          - pin   = (sensitive value)
        } -> null
      - output = {
          - greet = "hello world"
          - pin   = "hunter2"
        } -> null
    }

Plan: 0 to add, 0 to change, 1 to destroy.

Changes to Outputs:
  - greeting = "hello world" -> null
  - pin      = (sensitive value) -> null
terraform_data.a: Destroying... [id=<uuid>]
terraform_data.a: Destruction complete after 0s

Destroy complete! Resources: 1 destroyed.
--- stderr
"#);
    assert_eq!(run(&["state", "list"]).stdout, b"");
}

#[test]
fn a_saved_plan_is_applied_once_and_holds_no_secret() {
    let (dir, run) = stack();
    assert_eq!(run(&["plan", "-var=who=world", "-var=pin=swordfish", "-out=p"]).status.code(), Some(0));
    let bytes = std::fs::read(dir.path().join("p")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("swordfish"));
    let document: serde_json::Value = serde_json::from_slice(&run(&["show", "-json", "p"]).stdout).unwrap();
    assert_eq!(document["variables"]["pin"]["value"], "swordfish");
    // Without the key its secrets are withheld.
    std::fs::rename(dir.path().join(".ringfence"), dir.path().join("away")).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&run(&["show", "-json", "p"]).stdout).unwrap();
    assert_eq!(document["variables"]["pin"]["value"], serde_json::Value::Null);
    std::fs::remove_dir_all(dir.path().join(".ringfence")).ok();
    std::fs::rename(dir.path().join("away"), dir.path().join(".ringfence")).unwrap();
    assert_eq!(run(&["apply", "p"]).status.code(), Some(0));
    insta::assert_snapshot!(told(&run(&["apply", "p"])), @r#"
exit 1
--- stdout
--- stderr

Error: Saved plan is stale

The given plan file can no longer be applied because the ledger was changed
by another operation after the plan was created: its serial was 0, and is 1
now.

Plan again, and look at it.
"#);
    insta::assert_snapshot!(told(&run(&["apply", "main.tf"])), @r#"
exit 1
--- stdout
--- stderr

Error: Failed to load "main.tf" as a plan file

It is not a plan that Ringfence has written, or not whole.
"#);
}

#[test]
fn flags_that_make_no_sense_together_are_refused() {
    let dir = folder(STACK);
    let all: Vec<String> = [
        &["plan", "-destroy", "-refresh-only"][..],
        &["plan", "-refresh-only", "-refresh=false"],
        &["plan", "-destroy", "-replace=terraform_data.a"],
        &["plan", "-target=a..b"],
        &["plan", "-replace=module.m"],
        &["plan", "-parallelism=many"],
        &["apply", "-json"],
        &["plan", "-var", "nothing"],
    ]
    .iter()
    .map(|args| {
        let output = ringfence(dir.path(), args, &[]);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        format!("$ {}\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr))
    })
    .collect();
    insta::assert_snapshot!(all.concat(), @r#"
$ plan -destroy -refresh-only

Error: Incompatible plan mode options

The -destroy and -refresh-only options are mutually-exclusive.
$ plan -refresh-only -refresh=false

Error: Incompatible refresh options

It doesn't make sense to use -refresh-only at the same time as
-refresh=false, because Terraform would have nothing to do.
$ plan -destroy -replace=terraform_data.a

Error: Unsupported plan mode

Forcing resource instance replacement (with -replace=...) is allowed only in
normal planning mode.
$ plan -target=a..b

Error: Invalid target "a..b"

Dot must be followed by attribute name.
$ plan -replace=module.m

Error: Invalid force-replace address "module.m"

A resource instance address is required here. The module path must be
followed by a resource instance specification.
$ plan -parallelism=many

Error: Failed to parse command-line flags

invalid value "many" for flag -parallelism: it is a number of changes
$ apply -json
$ plan -var nothing

Error: Invalid -var option

The given -var option "nothing" is not correctly specified. Must be a
variable name and value separated by an equals sign, like -var="key=value".

Error: No value for required variable

  on main.tf line 1:
   1: variable "who" {

The root module input variable "who" is not set, and has no default value.
Use a -var or -var-file command line argument to provide a value for this
variable.
"#);
}
