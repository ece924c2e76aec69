//! `graph`, `providers`, `completions`

use super::{folder, run};

const MODULES: &[(&str, &str)] = &[
    (
        "main.tf",
        "terraform {\n  required_providers {\n    azurerm = {\n      source  = \"hashicorp/azurerm\"\n      \
         version = \"~> 4.0\"\n    }\n  }\n}\n\
         variable \"v\" {\n  default = \"x\"\n}\nlocals {\n  l = terraform_data.a.id\n  m = terraform_data.a.id\n}\n\
         resource \"terraform_data\" \"a\" {\n  input = var.v\n}\n\
         resource \"terraform_data\" \"b\" {\n  for_each = toset([\"p\", \"q\"])\n  input    = local.l\n}\n\
         resource \"terraform_data\" \"c\" {\n  count = 2\n  input = [for k, v in terraform_data.b : [v.id, local.m]]\n}\n\
         module \"m\" {\n  source     = \"./m\"\n  x          = terraform_data.a.id\n  depends_on = [terraform_data.c]\n}\n\
         resource \"terraform_data\" \"z\" {\n  input = module.m.o\n}\n\
         resource \"random_pet\" \"e\" {\n  keepers = { m = jsonencode(module.m) }\n}\n",
    ),
    (
        "m/main.tf",
        "variable \"x\" {}\nresource \"terraform_data\" \"in\" {\n  input = var.x\n}\n\
         resource \"terraform_data\" \"in2\" {\n  input = terraform_data.in.id\n}\n\
         module \"n\" {\n  source = \"../n\"\n}\noutput \"o\" {\n  value = terraform_data.in.id\n}\n",
    ),
    ("n/main.tf", "resource \"null_resource\" \"deep\" {}\n"),
];

/// Terraform 1.11.4 draws the same for the same configuration.
#[test]
fn a_graph_shows_what_is_made_of_what() {
    let dir = folder(MODULES);
    insta::assert_snapshot!(run(dir.path(), &["graph"]), @r#"
exit 0
--- stdout
digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "random_pet.e" [label="random_pet.e"];
  "terraform_data.a" [label="terraform_data.a"];
  "terraform_data.b" [label="terraform_data.b"];
  "terraform_data.c" [label="terraform_data.c"];
  "terraform_data.z" [label="terraform_data.z"];
  subgraph "cluster_module.m" {
    label = "module.m"
    fontname = "sans-serif"
    "module.m.terraform_data.in" [label="terraform_data.in"];
    "module.m.terraform_data.in2" [label="terraform_data.in2"];
  }
  subgraph "cluster_module.m.module.n" {
    label = "module.m.module.n"
    fontname = "sans-serif"
    "module.m.module.n.null_resource.deep" [label="null_resource.deep"];
  }
  "random_pet.e" -> "module.m.terraform_data.in2";
  "random_pet.e" -> "module.m.module.n.null_resource.deep";
  "terraform_data.b" -> "terraform_data.a";
  "terraform_data.c" -> "terraform_data.b";
  "terraform_data.z" -> "module.m.terraform_data.in";
  "module.m.terraform_data.in" -> "terraform_data.c";
  "module.m.terraform_data.in2" -> "module.m.terraform_data.in";
  "module.m.module.n.null_resource.deep" -> "terraform_data.c";
}
--- stderr
"#);
    insta::assert_snapshot!(run(dir.path(), &["graph", "-format=mermaid"]), @r#"
exit 0
--- stdout
flowchart LR
  n0["random_pet.e"]
  n1["terraform_data.a"]
  n2["terraform_data.b"]
  n3["terraform_data.c"]
  n4["terraform_data.z"]
  subgraph c1["module.m"]
    n5["terraform_data.in"]
    n6["terraform_data.in2"]
  end
  subgraph c2["module.m.module.n"]
    n7["null_resource.deep"]
  end
  n6 --> n0
  n7 --> n0
  n1 --> n2
  n2 --> n3
  n5 --> n4
  n3 --> n5
  n5 --> n6
  n3 --> n7
--- stderr
"#);
    insta::assert_snapshot!(run(dir.path(), &["graph", "-type=plan"]), @r#"
exit 0
--- stdout
digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "random_pet.e" [label="random_pet.e\ncreate"];
  "terraform_data.a" [label="terraform_data.a\ncreate"];
  "terraform_data.b[\"p\"]" [label="terraform_data.b[\"p\"]\ncreate"];
  "terraform_data.b[\"q\"]" [label="terraform_data.b[\"q\"]\ncreate"];
  "terraform_data.c[0]" [label="terraform_data.c[0]\ncreate"];
  "terraform_data.c[1]" [label="terraform_data.c[1]\ncreate"];
  "terraform_data.z" [label="terraform_data.z\ncreate"];
  subgraph "cluster_module.m" {
    label = "module.m"
    fontname = "sans-serif"
    "module.m.terraform_data.in" [label="terraform_data.in\ncreate"];
    "module.m.terraform_data.in2" [label="terraform_data.in2\ncreate"];
  }
  subgraph "cluster_module.m.module.n" {
    label = "module.m.module.n"
    fontname = "sans-serif"
    "module.m.module.n.null_resource.deep" [label="null_resource.deep\ncreate"];
  }
  "random_pet.e" -> "module.m.terraform_data.in";
  "terraform_data.b[\"p\"]" -> "terraform_data.a";
  "terraform_data.b[\"q\"]" -> "terraform_data.a";
  "terraform_data.c[0]" -> "terraform_data.b[\"p\"]";
  "terraform_data.c[0]" -> "terraform_data.b[\"q\"]";
  "terraform_data.c[1]" -> "terraform_data.b[\"p\"]";
  "terraform_data.c[1]" -> "terraform_data.b[\"q\"]";
  "terraform_data.z" -> "module.m.terraform_data.in";
  "module.m.terraform_data.in" -> "terraform_data.c[0]";
  "module.m.terraform_data.in" -> "terraform_data.c[1]";
  "module.m.terraform_data.in2" -> "module.m.terraform_data.in";
  "module.m.module.n.null_resource.deep" -> "terraform_data.c[0]";
  "module.m.module.n.null_resource.deep" -> "terraform_data.c[1]";
}
--- stderr
"#);
    assert!(run(dir.path(), &["graph", "-type=input"]).starts_with("exit 1"));
    assert!(run(dir.path(), &["graph", "-format=svg"]).starts_with("exit 1"));
}

#[test]
fn providers_are_shown_by_module_and_from_the_ledger() {
    let dir = folder(MODULES);
    assert!(run(dir.path(), &["apply", "-auto-approve", "-target=terraform_data.a"]).contains("1 added"));
    insta::assert_snapshot!(run(dir.path(), &["providers"]), @r#"
exit 0
--- stdout

Providers required by configuration:
.
├── provider[registry.terraform.io/hashicorp/azurerm] ~> 4.0
├── provider[registry.terraform.io/hashicorp/random]
├── provider[terraform.io/builtin/terraform]
└── module.m
    ├── provider[terraform.io/builtin/terraform]
    └── module.n
        └── provider[registry.terraform.io/hashicorp/null]

Providers required by state:

    provider[terraform.io/builtin/terraform]

--- stderr
"#);
}

#[test]
fn schemas_are_those_of_the_providers_that_are_used() {
    let dir = folder(MODULES);
    assert!(run(dir.path(), &["providers", "schema"]).starts_with("exit 1"));
    let told = run(dir.path(), &["providers", "schema", "-json"]);
    let line = told.lines().nth(2).unwrap();
    let document: serde_json::Value = serde_json::from_str(line).unwrap();
    let all = document["provider_schemas"].as_object().unwrap();
    let names: Vec<&String> = all.keys().collect();
    assert_eq!(
        names,
        [
            "registry.terraform.io/hashicorp/azurerm",
            "registry.terraform.io/hashicorp/null",
            "registry.terraform.io/hashicorp/random",
            "terraform.io/builtin/terraform"
        ]
    );
    let subnet = &all["registry.terraform.io/hashicorp/azurerm"]["resource_schemas"]["azurerm_subnet"];
    assert_eq!(subnet["block"]["attributes"]["name"]["required"], true);
    assert_eq!(subnet["block"]["block_types"]["delegation"]["nesting_mode"], "list");
    let data = &all["terraform.io/builtin/terraform"]["resource_schemas"]["terraform_data"];
    // As Terraform writes it.
    let expected = serde_json::json!({"version": 0, "block": {"attributes": {
        "id": {"type": "string", "description_kind": "plain", "computed": true},
        "input": {"type": "dynamic", "description_kind": "plain", "optional": true},
        "output": {"type": "dynamic", "description_kind": "plain", "computed": true},
        "triggers_replace": {"type": "dynamic", "description_kind": "plain", "optional": true}
    }, "description_kind": "plain"}});
    assert_eq!(data, &expected);
}

/// Asks bash for the completions of a line whose last word is being written.
fn completed(dir: &std::path::Path, words: &[&str]) -> Option<String> {
    let script = run(dir, &["completions", "bash"]);
    let script = script.strip_prefix("exit 0\n--- stdout\n")?.strip_suffix("--- stderr\n")?;
    let words: Vec<String> = words.iter().map(|w| format!("'{w}'")).collect();
    let ask = format!(
        "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_ringfence\necho \"${{COMPREPLY[*]}}\"\n",
        words.join(" "),
        words.len() - 1
    );
    let output = std::process::Command::new("bash").args(["-c", &ask]).current_dir(dir).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

#[test]
fn bash_completes_commands_and_flags() {
    let dir = folder(&[]);
    if std::process::Command::new("bash").arg("--version").output().is_err() {
        println!("skipped: no bash");
        return;
    }
    let given = |words: &[&str]| completed(dir.path(), words).unwrap();
    assert_eq!(given(&["ringfence", "sta"]), "state");
    assert_eq!(given(&["ringfence", "-chdir=x", "state", "m"]), "mv");
    assert_eq!(given(&["ringfence", "state", "mv", "a.b", "-dry"]), "-dry-run");
    assert_eq!(given(&["ringfence", "plan", "-detailed"]), "-detailed-exitcode");
    assert!(run(dir.path(), &["completions", "cmd"]).starts_with("exit 1"));
}
