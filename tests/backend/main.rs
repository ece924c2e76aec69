//! The built program with its ledger in a storage account: Azurite from npm over TLS, and a local cloud in another process.
//! Where Azurite cannot be had, the tests say so.
#![cfg(unix)]

mod azurite;
// Its log is read by other tests.
#[allow(dead_code)]
#[path = "../support/cloud.rs"]
mod cloud;
#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use azure_core::http::Method;
use azurite::{Azurite, KEY};
use cloud::Cloud;
use ringfence::ledger::Ledger;
use support::{program, told};

/// Two groups, with a secret and something that takes its time between them.
const STACK: &str = r#"
terraform {
  backend "azurerm" {
    storage_account_name = "devstoreaccount1"
    container_name       = "state"
    key                  = "prod.tfstate"
  }
}

provider "azurerm" {
  features {}
}

variable "pause" {
  default = "0s"
}

resource "azurerm_resource_group" "first" {
  name     = "rg-first"
  location = "westeurope"
}

resource "random_password" "secret" {
  length = 20
}

resource "time_sleep" "between" {
  create_duration = var.pause
  depends_on      = [azurerm_resource_group.first]
}

resource "azurerm_resource_group" "second" {
  name       = "rg-second"
  location   = "westeurope"
  depends_on = [time_sleep.between]
}

output "secret" {
  value     = random_password.secret.result
  sensitive = true
}
"#;

/// An account of the local cloud, in a working directory of its own whose ledger is a local file.
const STORAGE: &str = r#"
provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "state" {
  name     = "rg-state"
  location = "westeurope"
}

resource "azurerm_storage_account" "state" {
  name                     = "stledgers"
  resource_group_name      = azurerm_resource_group.state.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

output "key" {
  value     = azurerm_storage_account.state.primary_access_key
  sensitive = true
}
"#;

/// A working directory with a cloud and a storage service.
struct House {
    folder: tempfile::TempDir,
    cloud: Cloud,
    azurite: Azurite,
    /// How it is proved who asks, and further variables.
    env: Vec<(&'static str, String)>,
}

impl House {
    fn new(clock: &str) -> Option<House> {
        Some(House::of(Azurite::start()?, Cloud::start(clock, |_| {})))
    }

    fn of(azurite: Azurite, cloud: Cloud) -> House {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), STACK).unwrap();
        let mut house = House { folder, cloud, azurite, env: Vec::new() };
        // One file with both certificates.
        let mut roots = std::fs::read_to_string(&house.azurite.certificate).unwrap();
        let ca = house.cloud.env().into_iter().find(|(n, _)| *n == "SSL_CERT_FILE").unwrap().1;
        roots.push_str(&std::fs::read_to_string(ca).unwrap());
        let file = house.folder.path().join("roots.pem");
        std::fs::write(&file, roots).unwrap();
        house.env = vec![
            ("SSL_CERT_FILE", file.display().to_string()),
            ("RINGFENCE_BLOB_ENDPOINT", house.azurite.endpoint.clone()),
            ("RINGFENCE_ENCRYPTION_KEY", "a key of the team".into()),
            ("USER", "tester".into()),
        ];
        house
    }

    fn command_in(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = program(folder);
        command.envs(self.cloud.env()).envs(self.env.iter().map(|(n, v)| (*n, v))).args(words);
        command
    }

    /// Runs to the end; the exit code must be this.
    fn run(&self, words: &str, code: i32) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        let output = self.command_in(self.folder.path(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}\n{}", told(&output));
        told(&output)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.env.retain(|(n, _)| *n != name);
        self.env.push((name, value.into()));
    }

    /// Starts an apply that waits between the groups, and answers when it waits.
    fn waiting(&self) -> Running {
        let words = ["apply", "-auto-approve", "-input=false", "-no-color", "-var=pause=120s"];
        let mut apply = self.command_in(self.folder.path(), &words);
        let mut child = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let waits = lines.any(|line| line.unwrap().contains("time_sleep.between: Creating..."));
        assert!(waits, "{}", told(&child.wait_with_output().unwrap()));
        Running { child, lines: Box::new(lines.map(|line| line.unwrap())) }
    }

    fn ledger(&self) -> Ledger {
        Ledger::parse(self.azurite.blob("prod.tfstate.ringfence").as_bytes()).unwrap()
    }

    fn journal(&self) -> String {
        self.azurite.blob("prod.tfstate.ringfence.journal")
    }
}

/// An apply on its way.
struct Running {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
}

impl Running {
    /// What it says until it ends by itself: exit code, standard output and error.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said: String = self.lines.by_ref().map(|line| line + "\n").collect();
        let output = self.child.wait_with_output().unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    }
}

/// The ID that an error about a lock says.
fn id_of(said: &str) -> String {
    let line = said.lines().find(|line| line.contains("ID: ")).unwrap_or_else(|| panic!("{said}"));
    line.split_whitespace().last().unwrap().to_string()
}

#[test]
fn a_stack_lives_in_a_storage_account_and_terraforms_state_is_left_alone() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    assert_eq!(house.azurite.ask(Method::Put, "state/prod.tfstate", Some("{\"version\": 4}")).0, 201);
    let refused = house.run("plan -no-color", 1);
    assert!(refused.contains("Backend initialization required"), "{refused}");
    let refused = house.run("init -no-color", 1);
    assert!(refused.contains("ARM_ACCESS_KEY"), "{refused}");
    let said = house.run(&format!("init -no-color -backend-config=access_key={KEY}"), 0);
    assert!(said.contains("Successfully configured the backend \"azurerm\"!"), "{said}");
    let noted = std::fs::read_to_string(house.folder.path().join(".ringfence/backend.json")).unwrap();
    assert!(!noted.contains(KEY));

    house.set("RINGFENCE_ENCRYPTION_KEY", "");
    let refused = house.run("apply -auto-approve -no-color", 1);
    assert!(refused.contains("No key for the secrets of a shared ledger"), "{refused}");
    house.set("RINGFENCE_ENCRYPTION_KEY", "a key of the team");
    let said = house.run("apply -auto-approve -no-color", 0);
    assert!(said.contains("Apply complete! Resources: 4 added"), "{said}");
    house.run("plan -detailed-exitcode", 0);
    let secret = house.run("output -raw secret", 0);
    let secret = secret.lines().nth(2).unwrap().trim_end_matches("--- stderr");
    assert_eq!(secret.len(), 20, "{secret}");
    assert!(!house.azurite.blob("prod.tfstate.ringfence").contains(secret));
    assert_eq!(house.ledger().instances.len(), 4);
    assert_eq!(house.journal(), "");
    assert!(!house.folder.path().join("ringfence.ledger.json").exists());
    assert!(house.run("state list", 0).contains("azurerm_resource_group.second"));

    // Another key cannot take its place by accident, and can on purpose.
    house.set("RINGFENCE_ENCRYPTION_KEY", "another");
    assert!(house.run("plan -no-color", 1).contains("sealed with another key"));
    house.set("RINGFENCE_ENCRYPTION_KEY", "a key of the team");
    assert!(house.run("ledger rotate-key -no-color", 1).contains("RINGFENCE_NEW_ENCRYPTION_KEY"));
    house.set("RINGFENCE_NEW_ENCRYPTION_KEY", "another");
    house.run("ledger rotate-key -no-color", 0);
    assert!(house.run("plan -no-color", 1).contains("sealed with another key"));
    house.set("RINGFENCE_ENCRYPTION_KEY", "another");
    house.run("plan -detailed-exitcode", 0);
    assert!(house.run("output -raw secret", 0).contains(secret));

    // A workspace has a ledger of its own.
    house.run("workspace new qa", 0);
    assert!(house.run("workspace list", 0).contains("* qa"));
    assert_eq!(house.run("state list", 0).lines().count(), 3, "nothing is owned there");
    house.run("workspace select default", 0);
    house.run("workspace delete qa", 0);
    assert!(!house.run("workspace list", 0).contains("qa"));

    house.run("destroy -auto-approve", 0);
    assert!(house.ledger().instances.is_empty());
    assert_eq!(house.azurite.blob("prod.tfstate"), "{\"version\": 4}");
}

#[test]
fn a_signature_and_a_token_do_as_well_as_a_key() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_SAS_TOKEN", &house.azurite.sas());
    house.run("init", 0);
    house.run("apply -auto-approve", 0);
    house.set("ARM_SAS_TOKEN", "sv=2021-12-02&sig=AAAA");
    let refused = house.run("plan -no-color", 1);
    assert!(
        refused.contains("AuthenticationFailed") || refused.contains("AuthorizationFailure"),
        "{refused}"
    );
    house.set("ARM_SAS_TOKEN", "");
    house.set("ARM_USE_AZUREAD", "true");
    house.run("plan -detailed-exitcode", 0);
    house.run("apply -auto-approve -destroy", 0);
    assert!(house.ledger().instances.is_empty());
}

#[test]
fn the_key_of_an_account_is_asked_of_arm() {
    let cloud = Cloud::start("-clock=instant", |_| {});
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), STORAGE).unwrap();
    let run = |words: &[&str]| {
        let output = program(folder.path()).envs(cloud.env()).args(words).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["apply", "-auto-approve"]);
    let key = run(&["output", "-raw", "key"]);
    let Some(azurite) = Azurite::start_as("stledgers", &key) else { return };
    let house = House::of(azurite, cloud);
    let main = std::fs::read_to_string(house.folder.path().join("main.tf")).unwrap();
    let main = main.replace("devstoreaccount1", "stledgers");
    std::fs::write(house.folder.path().join("main.tf"), main).unwrap();
    let refused = house.run("init -no-color -backend-config=resource_group_name=rg-other", 1);
    assert!(refused.contains("404"), "{refused}");
    house.run("init -backend-config=resource_group_name=rg-state", 0);
    house.run("apply -auto-approve", 0);
    assert_eq!(house.ledger().instances.len(), 4);
}

#[test]
fn a_ledger_is_carried_there_and_back() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_ACCESS_KEY", KEY);
    let main = house.folder.path().join("main.tf");
    let local = STACK.split_once("provider").map(|(_, rest)| format!("provider{rest}")).unwrap();
    std::fs::write(&main, local).unwrap();
    let key = std::mem::take(&mut house.env);
    house.env = key.iter().filter(|(n, _)| *n != "RINGFENCE_ENCRYPTION_KEY").cloned().collect();
    house.run("apply -auto-approve", 0);
    house.env = key;
    std::fs::write(&main, STACK).unwrap();
    let refused = house.run("init -input=false -no-color", 1);
    assert!(refused.contains("Can't ask approval for state migration"), "{refused}");
    house.run("init -force-copy", 0);
    house.run("plan -detailed-exitcode", 0);
    assert_eq!(house.ledger().instances.len(), 4);
    assert_eq!(house.run("init -no-color", 0).matches("Successfully configured").count(), 0);
    let refused = house.run("init -no-color -backend-config=key=other", 1);
    assert!(refused.contains("Backend configuration changed"), "{refused}");
    house.run("init -migrate-state -force-copy -backend-config=key=other", 0);
    house.run("plan -detailed-exitcode", 0);
    assert!(house.azurite.blob("other.ringfence").contains("rg-first"));
}

#[test]
fn the_second_of_two_is_told_who_works_and_who_is_robbed_of_the_lock_stops() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_ACCESS_KEY", KEY);
    house.run("init", 0);
    let first = house.waiting();
    let refused = house.run("apply -auto-approve -no-color", 1);
    for part in ["Error acquiring the ledger lock", "OperationTypeApply", "tester@", "force-unlock"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let refused = house.run("apply -auto-approve -no-color -lock-timeout=1s", 1);
    assert!(refused.contains("Acquiring state lock. This may take a few moments..."), "{refused}");
    let id = id_of(&refused);
    assert!(house.run("force-unlock -force -no-color 123", 1).contains("this is not the ID of the lock"));
    assert!(house.run(&format!("force-unlock -force -no-color {id}"), 0).contains("successfully unlocked"));
    // The robbed one learns it when it next says that it holds the lock, within fifteen seconds.
    let (code, said) = first.end();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(said.matches("Error: ").count(), 1, "{said}");
    assert!(said.contains("Error: The lock of the ledger was lost"), "{said}");
    assert!(said.contains("Nothing is lost") && said.contains("Nobody holds it now"), "{said}");
    // Its first group and its secret are in the journal, and the next run goes on from there.
    assert!(house.journal().contains("rg-first"));
    let said = house.run("apply -auto-approve -no-color", 0);
    assert!(said.contains("The last run was interrupted") && said.contains("2 added"), "{said}");
    house.run("plan -detailed-exitcode", 0);
    assert_eq!((house.ledger().instances.len(), house.journal().as_str()), (4, ""));
}

/// Kills an apply on its way. Answers how the next one goes on.
fn killed(house: &House) {
    let mut first = house.waiting();
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    assert!(house.journal().contains("rg-first"));
}

#[test]
fn what_a_killed_run_did_is_taken_up_once_its_lock_is_gone() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_ACCESS_KEY", KEY);
    house.run("init", 0);
    killed(&house);
    let refused = house.run("apply -auto-approve -no-color", 1);
    assert!(refused.contains("ends by itself within a minute"), "{refused}");
    house.run(&format!("force-unlock -force {}", id_of(&refused)), 0);
    let said = house.run("apply -auto-approve -no-color", 0);
    assert!(said.contains("The last run was interrupted") && said.contains("2 added"), "{said}");
    house.run("plan -detailed-exitcode", 0);
    assert_eq!((house.ledger().instances.len(), house.journal().as_str()), (4, ""));
}

#[test]
#[ignore = "waits for a minute; scripts/nightly runs it"]
fn the_lock_of_a_killed_run_ends_by_itself() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_ACCESS_KEY", KEY);
    house.run("init", 0);
    killed(&house);
    let said = house.run("apply -auto-approve -no-color -lock-timeout=90s", 0);
    assert!(said.contains("The last run was interrupted") && said.contains("2 added"), "{said}");
    assert_eq!(house.journal(), "");
}

#[test]
fn what_names_nobody_can_be_is_said() {
    let Some(mut house) = House::new("-clock=instant") else { return };
    house.set("ARM_ACCESS_KEY", KEY);
    let refused = house.run("init -no-color -backend-config=container_name=none", 1);
    assert!(refused.contains("ContainerNotFound"), "{refused}");
    assert!(
        house
            .run("init -no-color -backend-config=nothing=1", 1)
            .contains("Invalid backend configuration argument")
    );
}
