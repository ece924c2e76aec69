//! Saved plans: what they are refused for, and by what they are known.

use std::path::Path;
use std::process::Command;

use ring::digest::{SHA256, digest};

const CONFIG: &str = r#"
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.81" }
  }
}
provider "azurerm" {
  features {}
}
variable "space" {
  type    = string
  default = "10.0.0.0/16"
}
variable "pin" {
  type      = string
  sensitive = true
  default   = "hunter2-and-more"
}
variable "team" {
  type    = string
  default = "a"
}
resource "azurerm_resource_group" "rg" {
  name     = "rg-saved"
  location = "westeurope"
}
resource "azurerm_virtual_network" "net" {
  name                = "vnet"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  address_space       = [var.space]
  tags                = { team = var.team }
}
resource "terraform_data" "pin" {
  input = var.pin
}
"#;

struct House(tempfile::TempDir);

impl House {
    fn new() -> House {
        let house = House(tempfile::tempdir().unwrap());
        house.write("main.tf", CONFIG);
        house
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Exit code and all that was said, in one line.
    fn run(&self, args: &[&str]) -> (i32, String) {
        let local: &[&str] = match args[0] {
            "show" => &[],
            "cloud" => &["-clock=instant"],
            _ => &["-cloud=local", "-clock=instant"],
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        let output = command
            .current_dir(self.0.path())
            .args(args)
            .args(local)
            .arg("-no-color")
            .env_remove("RINGFENCE_CLOUD")
            .output()
            .unwrap();
        let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
        (output.status.code().unwrap(), text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn succeeds(&self, args: &[&str]) -> String {
        let (code, text) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {text}");
        text
    }

    /// Refused, with these words; nothing was done.
    fn refuses(&self, args: &[&str], words: &[&str]) {
        let before = self.ledger();
        let (code, text) = self.run(args);
        assert_eq!(code, 1, "{args:?}: {text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
        assert_eq!(self.ledger(), before, "nothing was done");
    }

    fn ledger(&self) -> Option<String> {
        std::fs::read_to_string(self.path(".ringfence/local.ledger.json")).ok()
    }

    /// Plans into the file `p`; answers its digest.
    fn plan(&self, more: &[&str]) -> String {
        let said = self.succeeds(&[&["plan", "-out=p"], more].concat());
        said.split("Plan digest: ").nth(1).expect(&said).split(' ').next().unwrap().to_string()
    }
}

/// The network's document, as the local cloud has it.
const NET: &str = "/resourceGroups/rg-saved/providers/Microsoft.Network/virtualNetworks/vnet";

#[test]
fn the_digest_is_that_of_the_content_and_binds_the_approval() {
    let house = House::new();
    let digest_said = house.plan(&[]);
    let file = std::fs::read_to_string(house.path("p")).unwrap();
    let (head, content) = file.split_once(",\"plan\":").unwrap();
    let content = content.strip_suffix("}\n").unwrap();
    let sum: String =
        digest(&SHA256, content.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(digest_said, format!("sha256:{sum}"));
    assert!(head.contains(&digest_said));
    assert!(house.succeeds(&["show", "p"]).ends_with(&format!("Plan digest: {digest_said}")));
    let document: serde_json::Value = serde_json::from_str(&house.succeeds(&["show", "-json", "p"])).unwrap();
    assert_eq!(document["plan_digest"], digest_said.as_str());

    let other = format!("-plan-digest=sha256:{}", "0".repeat(64));
    house.refuses(&["apply", &other, "p"], &["another one than approved", &digest_said, "Nothing was done"]);
    house.refuses(&["apply", "-plan-digest=sha256:12", "p"], &["Invalid plan digest"]);
    house.refuses(&["apply", "-auto-approve", &other], &["Plan file required"]);
    house.succeeds(&["apply", &format!("-plan-digest={digest_said}"), "p"]);
}

#[test]
fn a_byte_that_was_altered_is_noticed() {
    let house = House::new();
    house.plan(&[]);
    let whole = std::fs::read_to_string(house.path("p")).unwrap();
    // Approved were other addresses.
    house.write("p", &whole.replacen("10.0.0.0/16", "10.0.0.0/17", 1));
    house.refuses(&["apply", "p"], &["Its content was altered", "Plan again"]);
    house.refuses(&["show", "p"], &["Its content was altered"]);
    house.write("p", &whole[..whole.len() - 1]);
    house.refuses(&["apply", "p"], &["not whole"]);
}

#[test]
fn what_changed_since_is_named() {
    let house = House::new();
    house.succeeds(&["apply", "-auto-approve"]);
    let change = &["-var=team=b"];

    // A file of the configuration.
    house.plan(change);
    house.write("main.tf", &format!("{CONFIG}\n# more\n"));
    house.write("more.tf", "");
    house.refuses(&["apply", "p"], &["Saved plan is stale", "main.tf was changed", "more.tf is new"]);
    house.write("main.tf", CONFIG);
    std::fs::remove_file(house.path("more.tf")).unwrap();

    // A file of variables.
    house.write("terraform.tfvars", "space = \"10.0.0.0/16\"\n");
    house.plan(change);
    house.write("terraform.tfvars", "space = \"10.9.0.0/16\"\n");
    house.refuses(
        &["apply", "p"],
        &["Can't change variable", "The variable space", "10.0.0.0/16", "10.9.0.0/16"],
    );
    std::fs::remove_file(house.path("terraform.tfvars")).unwrap();

    // A document, in a property that the configuration says nothing about.
    house.plan(change);
    let subscription = house.ledger().unwrap();
    let subscription =
        subscription.split("/subscriptions/").nth(1).unwrap().split('/').next().unwrap().to_string();
    let id = format!("/subscriptions/{subscription}{NET}");
    let uri = format!("{id}?api-version=2024-05-01");
    let body = r#"{"location":"westeurope","tags":{"team":"a"},"properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]},"flowTimeoutInMinutes":7}}"#;
    house.succeeds(&["cloud", "request", "PUT", &uri, body]);
    house.refuses(
        &["apply", "p"],
        &["Saved plan is stale", "azurerm_virtual_network.net: ", &id, "was changed in Azure"],
    );

    // One that is gone.
    house.plan(change);
    house.succeeds(&["cloud", "request", "DELETE", &uri]);
    house.refuses(&["apply", "p"], &["azurerm_virtual_network.net: ", &id, "is not there any more"]);
    house.succeeds(&["apply", "-auto-approve"]);

    // The ledger.
    house.plan(change);
    house.succeeds(&["apply", "-auto-approve", "-var=team=c"]);
    house.refuses(&["apply", "p"], &["the ledger was changed by another operation", "its serial was"]);

    // Nothing.
    house.plan(change);
    house.succeeds(&["apply", "p"]);
    assert!(house.succeeds(&["plan", "-var=team=b"]).contains("No changes."));
}

#[test]
fn a_plan_alone_can_be_applied_where_no_files_are() {
    let house = House::new();
    house.plan(&[]);
    std::fs::remove_file(house.path("main.tf")).unwrap();
    house.succeeds(&["apply", "p"]);
}

#[test]
fn nothing_secret_stands_in_a_plan_in_clear_not_even_a_copy() {
    let house = House::new();
    let has = |name: &Path| std::fs::read_to_string(name).unwrap().contains("hunter2");
    house.write("main.tf", &CONFIG.replace("hunter2-and-more", "x"));
    house.plan(&["-var=pin=hunter2-and-more"]);
    assert!(!has(&house.path("p")));
    house.succeeds(&["apply", "p"]);
    // What was read back says nowhere that it is a copy of a secret.
    house.plan(&["-destroy", "-var=pin=hunter2-and-more"]);
    assert!(!has(&house.path("p")));
    house.succeeds(&["apply", "p"]);
}
