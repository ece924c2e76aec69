//! `adopt` and `terraform_remote_state`: what Terraform has made, and what other stacks say.

use serde_json::{Value as Json, json};

use super::{folder, run};

const MAIN: &str = r#"
terraform {
  required_providers {
    azapi = {
      source = "azure/azapi"
    }
  }
}
provider "azurerm" {
  features {}
}
data "azurerm_client_config" "me" {}
resource "azurerm_resource_group" "g" {
  name     = "rg-adopt"
  location = "westeurope"
}
resource "random_password" "p" {
  length = 16
}
resource "random_pet" "n" {}
resource "terraform_data" "d" {
  for_each = { "x y" = 1 }
  input    = { n = each.value, s = sensitive("xyzzy-42") }
}
module "net" {
  source   = "./net"
  for_each = { hub = "10.0.0.0/16", "spoke one" = "10.1.0.0/16" }
  name     = replace(each.key, " ", "-")
  space    = each.value
  group    = azurerm_resource_group.g.name
}
resource "azurerm_role_assignment" "r" {
  scope                = azurerm_resource_group.g.id
  role_definition_name = "Reader"
  principal_id         = data.azurerm_client_config.me.object_id
}
resource "azurerm_key_vault" "v" {
  name                       = "kv-adopt-0001"
  resource_group_name        = azurerm_resource_group.g.name
  location                   = azurerm_resource_group.g.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
}
resource "azurerm_key_vault_secret" "s" {
  name         = "pin"
  value        = random_password.p.result
  key_vault_id = azurerm_key_vault.v.id
}
resource "azapi_resource" "a" {
  type      = "Microsoft.Network/networkSecurityGroups@2024-05-01"
  name      = "nsg-azapi"
  parent_id = azurerm_resource_group.g.id
  location  = "westeurope"
  body      = { properties = {} }
}
output "pet" {
  value = random_pet.n.id
}
output "pw" {
  value     = random_password.p.result
  sensitive = true
}
"#;

const NET: &str = r#"
variable "name" {}
variable "space" {}
variable "group" {}
resource "azurerm_virtual_network" "v" {
  name                = "vnet-${var.name}"
  resource_group_name = var.group
  location            = "westeurope"
  address_space       = [var.space]
}
resource "azurerm_subnet" "s" {
  for_each             = toset(["a"])
  name                 = each.key
  resource_group_name  = var.group
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes     = [cidrsubnet(var.space, 8, 0)]
}
resource "azurerm_network_security_group" "n" {
  name                = "nsg-${var.name}"
  resource_group_name = var.group
  location            = "westeurope"
}
resource "azurerm_subnet_network_security_group_association" "x" {
  subnet_id                 = azurerm_subnet.s["a"].id
  network_security_group_id = azurerm_network_security_group.n.id
}
"#;

/// The state that Terraform would have, of what `show -json` says.
fn state(shown: &Json) -> Json {
    fn walk(module: &Json, all: &mut Vec<Json>) {
        for one in module["resources"].as_array().into_iter().flatten() {
            let mut resource = json!({
                "mode": one["mode"], "type": one["type"], "name": one["name"], "provider": "provider[\"x\"]",
                "instances": [{"index_key": one["index"], "attributes": one["values"], "sensitive_attributes": []}],
            });
            if module["address"].is_string() {
                resource["module"] = module["address"].clone();
            }
            all.push(resource);
        }
        module["child_modules"].as_array().into_iter().flatten().for_each(|m| walk(m, all));
    }
    let mut resources = Vec::new();
    walk(&shown["values"]["root_module"], &mut resources);
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "l", "resources": resources,
        "outputs": shown["values"]["outputs"],
    })
}

#[test]
fn a_stack_of_terraform_is_taken_over() {
    let dir = folder(&[("main.tf", MAIN), ("net/main.tf", NET)]);
    let at = dir.path();
    let cloud = |args: &[&str]| {
        let all: Vec<&str> = args.iter().copied().chain(["-cloud=local"]).collect();
        run(at, &all)
    };
    let applied = cloud(&["apply", "-auto-approve", "-clock=instant"]);
    assert!(applied.contains("16 added"), "{applied}");
    let shown = cloud(&["show", "-json"]);
    let shown: Json = serde_json::from_str(shown.lines().find(|l| l.starts_with('{')).unwrap()).unwrap();
    let mut state = state(&shown);
    let owned = cloud(&["state", "list"]);
    // What Terraform keeps and we do not tell; a role assignment that has another name than we would give it.
    let other = "7f3a2b1c-0d4e-4f5a-8b6c-9d0e1f2a3b4c";
    let mut moved = String::new();
    let password = shown["values"]["outputs"]["pw"]["value"].clone();
    for resource in state["resources"].as_array_mut().unwrap() {
        let kind = resource["type"].as_str().map(str::to_string);
        let attributes = &mut resource["instances"][0]["attributes"];
        match kind.as_deref() {
            Some("azurerm_key_vault_secret") => attributes["value"] = password.clone(),
            Some("azurerm_role_assignment") => {
                let old = attributes["id"].as_str().unwrap().to_string();
                let uri = |id: &str| format!("{id}?api-version=2022-04-01");
                let properties = json!({"properties": {
                    "roleDefinitionId": attributes["role_definition_id"], "principalId": attributes["principal_id"],
                }});
                moved = format!("{}/{other}", old.rsplit_once('/').unwrap().0);
                run(at, &["cloud", "request", "DELETE", &uri(&old)]);
                let put = run(at, &["cloud", "request", "PUT", &uri(&moved), &properties.to_string()]);
                assert!(put.contains("201"), "{put}");
                attributes["id"] = moved.clone().into();
                attributes["name"] = other.into();
            }
            _ => {}
        }
    }
    let extra = |ty: &str, name: &str| json!({"mode": "managed", "type": ty, "name": name, "instances": [{"attributes": {"id": "x"}}]});
    let resources = state["resources"].as_array_mut().unwrap();
    resources.push(extra("aws_instance", "a"));
    resources.push(extra("azurerm_resource_group", "other"));
    let text = state.to_string();
    std::fs::write(at.join("old.tfstate"), &text).unwrap();
    std::fs::remove_file(at.join(".ringfence/local.ledger.json")).unwrap();

    let told = cloud(&["adopt", "-from=old.tfstate"]);
    assert!(told.starts_with("exit 1"), "{told}");
    assert!(told.contains("16 taken, 0 owned already, 2 not taken. Outputs: 2."), "{told}");
    assert!(told.contains("aws_instance.a: not taken: the type aws_instance is not supported"), "{told}");
    assert!(
        told.contains("azurerm_resource_group.other: not taken: the configuration has no such"),
        "{told}"
    );
    assert!(told.contains(&format!("azurerm_role_assignment.r: taken [id={moved}]")), "{told}");
    assert_eq!(std::fs::read_to_string(at.join("old.tfstate")).unwrap(), text);
    let ledger = std::fs::read_to_string(at.join(".ringfence/local.ledger.json")).unwrap();
    assert!(!ledger.contains(password.as_str().unwrap()) && !ledger.contains("xyzzy-42"));
    assert_eq!(cloud(&["state", "list"]), owned);
    let plan = cloud(&["plan", "-detailed-exitcode"]);
    assert!(plan.starts_with("exit 0") && plan.contains("No changes."), "{plan}");
    let again = cloud(&["adopt", "-from=old.tfstate"]);
    assert!(again.contains("0 taken, 16 owned already, 2 not taken."), "{again}");
}

#[test]
fn what_cannot_be_adopted_is_left() {
    let main = "resource \"azurerm_resource_group\" \"g\" {\n  name     = \"rg-gone\"\n  location = \"westeurope\"\n}\n\
                provider \"azurerm\" {\n  features {}\n}\n";
    let dir = folder(&[("main.tf", main), ("terraform.tfstate", "{\"version\": 3}")]);
    let at = dir.path();
    assert!(run(at, &["adopt", "-cloud=local"]).contains("its format is 3, and this version reads 4"));
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-gone";
    let state = json!({"version": 4, "resources": [
        {"mode": "managed", "type": "azurerm_resource_group", "name": "g", "instances": [{"attributes": {"id": id}}]},
    ]});
    std::fs::write(at.join("terraform.tfstate"), state.to_string()).unwrap();
    let told = run(at, &["adopt", "-cloud=local"]);
    assert!(told.contains("azurerm_resource_group.g: not taken: it is not there"), "{told}");
    assert!(!run(at, &["state", "list", "-cloud=local"]).contains("azurerm_resource_group"));
    std::fs::write(at.join("b.tf"), "terraform {\n  backend \"azurerm\" {}\n}\n").unwrap();
    assert!(run(at, &["adopt", "-cloud=local"]).contains("terraform state pull > pulled.tfstate"));
}

const LOCAL: &str = r#"
resource "random_password" "p" {
  length = 9
}
resource "random_id" "i" {
  byte_length = 3
}
resource "tls_private_key" "k" {
  algorithm = "ED25519"
}
resource "time_static" "t" {}
resource "time_rotating" "r" {
  rotation_years = 500
}
resource "null_resource" "n" {
  count    = 2
  triggers = { n = count.index }
}
module "m" {
  source   = "./m"
  for_each = toset(["a b"])
}
output "pin" {
  value     = random_password.p.result
  sensitive = true
}
"#;

/// Written as Terraform 1.11 writes: a tainted and a deposed object, data, marks, results of checks.
fn local_state() -> Json {
    let one = |ty: &str, name: &str, instances: Json| {
        json!({"mode": "managed", "type": ty, "name": name, "instances": instances,
               "provider": format!("provider[\"registry.terraform.io/hashicorp/{}\"]", ty.split('_').next().unwrap())})
    };
    let of = |attributes: Json| json!([{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}]);
    let time = json!({"id": "2020-02-12T06:36:13Z", "rfc3339": "2020-02-12T06:36:13Z", "triggers": null, "unix": 1581489373,
                      "year": 2020, "month": 2, "day": 12, "hour": 6, "minute": 36, "second": 13});
    let mut rotating = time.clone();
    rotating["rotation_years"] = 500.into();
    rotating["rotation_rfc3339"] = "2520-02-12T06:36:13Z".into();
    let mut inside = one(
        "terraform_data",
        "d",
        json!([
            {"schema_version": 0, "attributes": {"id": "old", "input": null, "output": null, "triggers_replace": null}, "deposed": "a1b2c3d4"},
            {"schema_version": 0, "attributes": {"id": "u", "input": {"value": {"s": "xyzzy-7"}, "type": ["object", {"s": "string"}]},
             "output": {"value": {"s": "xyzzy-7"}, "type": ["object", {"s": "string"}]}, "triggers_replace": null},
             "sensitive_attributes": [[{"type": "get_attr", "value": "input"}]]},
        ]),
    );
    inside["module"] = "module.m[\"a b\"]".into();
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 9, "lineage": "0c6f", "check_results": null,
        "outputs": {"pin": {"value": "hunter2+x", "type": "string", "sensitive": true}},
        "resources": [
            {"mode": "data", "type": "http", "name": "h", "provider": "p", "instances": [{"attributes": {}}]},
            one("random_password", "p", json!([{"schema_version": 3, "attributes": {
                "id": "none", "result": "hunter2+x", "bcrypt_hash": "$2a$10$x", "length": 9, "special": true, "upper": true,
                "lower": true, "number": true, "numeric": true, "min_lower": 0, "min_upper": 0, "min_numeric": 0,
                "min_special": 0, "keepers": null, "override_special": null},
                "sensitive_attributes": [[{"type": "get_attr", "value": "bcrypt_hash"}], [{"type": "get_attr", "value": "result"}]]}])),
            one("random_id", "i", of(json!({"id": "9hUg", "b64_std": "9hUg", "b64_url": "9hUg", "hex": "f61520",
                "dec": "16127264", "byte_length": 3, "keepers": null, "prefix": null}))),
            one("tls_private_key", "k", of(json!({"id": "x", "algorithm": "ED25519", "ecdsa_curve": "P224", "rsa_bits": 2048,
                "private_key_openssh": "s1-xyzzy", "private_key_pem": "s2-xyzzy", "private_key_pem_pkcs8": "s3-xyzzy",
                "public_key_openssh": "o", "public_key_pem": "p", "public_key_fingerprint_md5": "m",
                "public_key_fingerprint_sha256": "f"}))),
            one("time_static", "t", of(time)),
            one("time_rotating", "r", of(rotating)),
            one("null_resource", "n", json!([
                {"index_key": 0, "schema_version": 0, "attributes": {"id": "1", "triggers": {"n": "0"}}},
                {"index_key": 1, "schema_version": 0, "attributes": {"id": "2", "triggers": {"n": "1"}}},
            ])),
            inside,
        ],
    })
}

#[test]
fn what_has_no_cloud_keeps_its_values() {
    let module = "resource \"terraform_data\" \"d\" {\n  input = { s = sensitive(\"xyzzy-7\") }\n}\n";
    let state = local_state().to_string();
    let place = "terraform.tfstate.d/blue/terraform.tfstate";
    let dir = folder(&[("main.tf", LOCAL), ("m/main.tf", module), (place, &state)]);
    let at = dir.path();
    assert!(run(at, &["workspace", "new", "blue"]).starts_with("exit 0"));
    let told = run(at, &["adopt"]);
    assert!(told.starts_with("exit 1"), "{told}");
    assert!(told.contains("8 taken, 0 owned already, 1 not taken. Outputs: 1."), "{told}");
    assert!(told.contains("it is what an unfinished replacement left"), "{told}");
    let plan = run(at, &["plan", "-detailed-exitcode", "-no-color"]);
    assert!(plan.starts_with("exit 0") && plan.contains("No changes."), "{plan}");
    assert!(run(at, &["output", "-raw", "pin"]).contains("hunter2+x"));
    assert_eq!(std::fs::read_to_string(at.join(place)).unwrap(), state);
    for entry in std::fs::read_dir(at).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
        let text = std::fs::read_to_string(&entry).unwrap_or_default();
        assert!(!text.contains("hunter2+x") && !text.contains("s2-xyzzy"), "{}", entry.display());
    }
    // Without what is left over, the second run has nothing to do.
    let mut tidy = local_state();
    let last = tidy["resources"].as_array_mut().unwrap().last_mut().unwrap();
    last["instances"].as_array_mut().unwrap().remove(0);
    std::fs::write(at.join(place), tidy.to_string()).unwrap();
    let again = run(at, &["adopt"]);
    assert!(again.starts_with("exit 0") && again.contains("Nothing to do:"), "{again}");
}

/// A state as Terraform itself writes it, where Terraform is installed.
#[test]
fn a_state_that_terraform_wrote_is_taken() {
    let terraform = |at: &std::path::Path, words: &[&str]| {
        let mut command = std::process::Command::new("terraform");
        command.args(words).current_dir(at).env_remove("TF_CLI_CONFIG_FILE").env("CHECKPOINT_DISABLE", "1");
        command.output()
    };
    let text = "terraform {\n  backend \"local\" {\n    path = \"here/it.tfstate\"\n  }\n}\nresource \"terraform_data\" \"d\" {\n                  for_each         = { \"x y\" = 1, b = [true, null] }\n  input            = each.value\n  triggers_replace = { k =                 each.key }\n}\ncheck \"c\" {\n  assert {\n    condition     = length(terraform_data.d) == 2\n    error_message                 = \"no\"\n  }\n}\noutput \"ids\" {\n  value = [for d in terraform_data.d : d.id]\n}\n";
    let dir = folder(&[("main.tf", text)]);
    let at = dir.path();
    if terraform(at, &["version"]).is_err() {
        println!("skipped: no terraform");
        return;
    }
    for words in [&["init", "-input=false"][..], &["apply", "-auto-approve", "-input=false"]] {
        let done = terraform(at, words).unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    std::fs::remove_dir_all(at.join(".terraform")).unwrap();
    let state = std::fs::read_to_string(at.join("here/it.tfstate")).unwrap();
    let told = run(at, &["adopt"]);
    assert!(told.contains("2 taken, 0 owned already, 0 not taken. Outputs: 1."), "{told}");
    let plan = run(at, &["plan", "-detailed-exitcode"]);
    assert!(plan.starts_with("exit 0") && plan.contains("No changes."), "{plan}");
    assert_eq!(std::fs::read_to_string(at.join("here/it.tfstate")).unwrap(), state);
    assert!(run(at, &["adopt"]).contains("Nothing to do:"));
}

#[test]
fn outputs_of_other_stacks_are_read() {
    let main = "output \"a\" {\n  value = { n = 1 }\n}\noutput \"pin\" {\n  value     = \"hunter2\"\n  sensitive = true\n}\n";
    let reader = r#"
        data "terraform_remote_state" "ours" {
          backend = "local"
          config  = { path = "../other" }
        }
        data "terraform_remote_state" "theirs" {
          backend  = "local"
          config   = { path = "old.tfstate" }
          defaults = { a = 0, extra = "e" }
        }
        output "n" {
          value = "${data.terraform_remote_state.ours.outputs.a.n}-${data.terraform_remote_state.theirs.outputs.a}"
        }
        output "extra" {
          value = data.terraform_remote_state.theirs.outputs.extra
        }
    "#;
    let state = json!({"version": 4, "outputs": {"a": {"value": 7, "type": "number"}}});
    let files = [("other/main.tf", main), ("here/main.tf", reader), ("here/old.tfstate", &state.to_string())];
    let dir = folder(&files);
    let (other, here) = (dir.path().join("other"), dir.path().join("here"));
    assert!(run(&here, &["plan"]).contains("No stored state was found for the given workspace"));
    assert!(run(&other, &["apply", "-auto-approve"]).starts_with("exit 0"));
    let applied = run(&here, &["apply", "-auto-approve"]);
    assert!(applied.contains("n = \"1-7\"") && applied.contains("extra = \"e\""), "{applied}");
    // What a ledger seals stays a secret.
    let secret = "output \"pin\" {\n  value = data.terraform_remote_state.ours.outputs.pin\n}\n";
    std::fs::write(here.join("pin.tf"), secret).unwrap();
    assert!(run(&here, &["plan"]).contains("Output refers to sensitive values"));
    // Where it is may be known only during apply.
    let later = "resource \"terraform_data\" \"p\" {\n  input = \"old.tfstate\"\n}\ndata \"terraform_remote_state\" \"l\" {\n  \
                 backend = \"local\"\n  config  = { path = terraform_data.p.output }\n}\noutput \"l\" {\n  value = \
                 data.terraform_remote_state.l.outputs.a\n}\n";
    std::fs::write(here.join("pin.tf"), later).unwrap();
    assert!(run(&here, &["plan"]).contains("(config refers to values not yet known)"));
    assert!(run(&here, &["apply", "-auto-approve"]).contains("l = 7"));
    let wrong = "data \"terraform_remote_state\" \"w\" {\n  backend = \"azurerm\"\n}\n";
    std::fs::write(here.join("pin.tf"), wrong).unwrap();
    assert!(run(&here, &["plan"]).contains("Invalid backend configuration"));
}
