//! `terraform` on PATH is a link to the program, and tools that call Terraform get what they look for.

use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value as Json;

use super::{folder, program};

const STACK: &str = r#"terraform {
  required_version = ">= 1.5"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "name" {
  type    = string
  default = "atlantis"
}

resource "azurerm_resource_group" "this" {
  name     = "rg-${var.name}"
  location = "westeurope"
}

resource "azurerm_virtual_network" "this" {
  name                = "vnet-${var.name}"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = ["10.0.0.0/16"]
}

output "network" {
  description = "Id of the network."
  value       = azurerm_virtual_network.this.id
}
"#;

/// A folder that stands first on PATH, in which `terraform` is the program.
struct Tools(tempfile::TempDir);

impl Tools {
    fn new() -> Tools {
        let dir = folder(&[]);
        let terraform = dir.path().join("terraform");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ringfence"), terraform).unwrap();
        Tools(dir)
    }

    /// Runs a line in a shell, as such tools do: exit code, standard output, standard error.
    fn line(&self, dir: &Path, line: &str, env: &[(&str, &str)]) -> (i32, String, String) {
        let mut path = std::ffi::OsString::from(self.0.path());
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let clean = program(dir);
        let mut command = Command::new("sh");
        for (name, value) in clean.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.args(["-c", line]).current_dir(dir).env("PATH", path);
        command.env("RINGFENCE_CLOUD", "local").env("TF_IN_AUTOMATION", "true").env("TF_INPUT", "0");
        let output = command.envs(env.iter().copied()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }
}

/// The steps of Atlantis, with the exit codes that it judges by.
#[test]
fn a_pull_request_is_planned_and_applied() {
    let dir = folder(&[("main.tf", STACK)]);
    let (tools, dir) = (Tools::new(), dir.path());
    let run = |code: i32, line: &str| {
        let (ended, out, err) =
            tools.line(dir, line, &[("ATLANTIS_TERRAFORM_VERSION", "1.11.4"), ("WORKSPACE", "default")]);
        assert_eq!(ended, code, "{line}\n{out}\n{err}");
        out
    };

    // Atlantis: `(?:Terraform|OpenTofu) v(.*?)(\s.*)?\n`; Terragrunt: `^(\S+)\s(v?\d+\.\d+\.\d+)`.
    let atlantis = Regex::new(r"(?:Terraform|OpenTofu) v(.*?)(\s.*)?\n").unwrap();
    let terragrunt = Regex::new(r"^(\S+)\s(v?\d+\.\d+\.\d+)").unwrap();
    for line in ["terraform version", "terraform -version", "terraform --version"] {
        let told = run(0, line);
        assert_eq!(&atlantis.captures(&told).unwrap()[1], "1.11.4", "{told}");
        assert!(terragrunt.is_match(&told), "{told}");
        assert!(told.contains("Ringfence v"), "{told}");
    }
    let version: Json = serde_json::from_str(&run(0, "terraform version -json")).unwrap();
    assert_eq!(version["terraform_version"], "1.11.4");

    let told = run(0, "terraform init -input=false -upgrade -no-color -reconfigure -backend-config=key=x");
    assert!(told.contains("Terraform has been successfully initialized!"), "{told}");
    run(0, "terraform providers lock -platform=linux_amd64 -platform=darwin_arm64");
    assert_eq!(run(0, "terraform workspace show"), "default\n");
    assert_eq!(run(0, "terraform fmt -check -diff -recursive"), "");
    let valid: Json = serde_json::from_str(&run(0, "terraform validate -json -no-color")).unwrap();
    assert_eq!(valid["valid"], true);

    let plan =
        "terraform plan -input=false -refresh -lock-timeout=5m -parallelism=4 -no-color -compact-warnings";
    let told = run(2, &format!("{plan} -detailed-exitcode -out 'default.tfplan'"));
    assert!(
        Regex::new(r"(?m)^Plan: 2 to add, 0 to change, 0 to destroy\.$").unwrap().is_match(&told),
        "{told}"
    );
    assert!(run(0, "terraform show -no-color default.tfplan").contains("Plan: 2 to add"));
    let shown: Json = serde_json::from_str(&run(0, "terraform show -json default.tfplan")).unwrap();
    let actions = |of: &Json| {
        let all = of["resource_changes"].as_array().unwrap().iter();
        all.map(|r| format!("{} {}", r["address"].as_str().unwrap(), r["change"]["actions"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        actions(&shown),
        ["azurerm_resource_group.this [\"create\"]", "azurerm_virtual_network.this [\"create\"]"]
    );

    let told = run(0, "terraform apply -input=false -no-color -lock-timeout=10s default.tfplan");
    assert!(told.contains("Apply complete! Resources: 2 added, 0 changed, 0 destroyed."), "{told}");
    let told = run(0, &format!("{plan} -detailed-exitcode -out again.tfplan"));
    assert!(told.contains("No changes. Your infrastructure matches the configuration."), "{told}");
    let shown: Json = serde_json::from_str(&run(0, "terraform show -json again.tfplan")).unwrap();
    assert_eq!(
        actions(&shown),
        ["azurerm_resource_group.this [\"no-op\"]", "azurerm_virtual_network.this [\"no-op\"]"]
    );
    assert_eq!(shown["applyable"], false);
    assert!(run(0, "terraform output -raw network").ends_with("/virtualNetworks/vnet-atlantis"));

    // What is wrong ends with 1, a plan that was overtaken too; what is laid out badly with 3.
    run(1, "terraform apply -input=false default.tfplan");
    std::fs::write(dir.join("main.tf"), STACK.replace("location  ", "location")).unwrap();
    run(3, "terraform fmt -check");
    std::fs::write(dir.join("main.tf"), STACK.replace("\"westeurope\"", "local.region")).unwrap();
    let valid: Json = serde_json::from_str(&run(1, "terraform validate -json")).unwrap();
    assert_eq!(valid["valid"], false);
    run(1, &format!("{plan} -detailed-exitcode"));
}

/// What wrappers set in the environment.
#[test]
fn the_environment_of_wrappers_counts() {
    let dir = folder(&[(
        "main.tf",
        "variable \"v\" {}\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n",
    )]);
    let (tools, dir) = (Tools::new(), dir.path());
    let (code, _, told) = tools.line(dir, "terraform plan", &[]);
    assert_eq!(code, 1, "without TF_INPUT=0 it would wait here: {told}");
    let args =
        [("TF_CLI_ARGS_plan", "-var v=x -lock=false -detailed-exitcode"), ("TF_CLI_ARGS", "-no-color")];
    assert_eq!(tools.line(dir, "terraform plan", &args).0, 2);
    let (code, told, _) = tools.line(dir, "terraform plan -out=p", &[("TF_VAR_v", "y")]);
    assert_eq!(code, 0);
    // Nobody is told in automation what to type next.
    assert!(dir.join("p").exists() && !told.contains("Saved the plan to"), "{told}");
    let (_, told, _) = tools.line(dir, "terraform workspace show", &[("TF_WORKSPACE", "stage")]);
    assert_eq!(told, "stage\n");
    let log = [("TF_LOG", "TRACE"), ("TF_LOG_PATH", "log.txt"), ("TF_VAR_v", "y")];
    let (code, told, _) = tools.line(dir, "terraform plan -json", &log);
    assert_eq!(code, 0);
    assert!(told.lines().all(|l| serde_json::from_str::<Json>(l).is_ok()), "{told}");
}
