//! The page of a run, held against its journal, which is read here on its own terms.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const HEAD: &str = r#"
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.81" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "rg" {
  name     = "rg-time"
  location = "westeurope"
}
"#;

const NETWORK: &str = r#"
resource "azurerm_virtual_network" "net" {
  name                = "vnet"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  address_space       = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "s" {
  for_each             = { a = "10.0.1.0/24", b = "10.0.2.0/24", "c\"<" = "10.0.3.0/24" }
  name                 = "s-${substr(each.key, 0, 1)}"
  resource_group_name  = azurerm_resource_group.rg.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = [each.value]
}
"#;

/// A chain of a few short steps and a long one, which is made and removed in about the same time.
const BASTION: &str = r#"
resource "azurerm_virtual_network" "net" {
  name                = "vnet"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  address_space       = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "bastion" {
  name                 = "AzureBastionSubnet"
  resource_group_name  = azurerm_resource_group.rg.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = ["10.0.1.0/26"]
}
resource "azurerm_public_ip" "bastion" {
  name                = "address"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  allocation_method   = "Static"
  sku                 = "Standard"
}
resource "azurerm_bastion_host" "b" {
  name                = "bastion"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  ip_configuration {
    name                 = "configuration"
    subnet_id            = azurerm_subnet.bastion.id
    public_ip_address_id = azurerm_public_ip.bastion.id
  }
}
"#;

/// How fast the clock runs where times are only compared with each other.
const PACE: u64 = 60;

fn run(folder: &Path, args: &[&str]) -> (Output, String) {
    run_at(PACE, folder, args)
}

fn run_at(pace: u64, folder: &Path, args: &[&str]) -> (Output, String) {
    let clock = format!("-clock=x{pace}");
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .current_dir(folder)
        .args(args)
        .args(["-no-color", "-cloud=local", &clock])
        .env_remove("RINGFENCE_CLOUD")
        .output()
        .unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    (output, text)
}

/// The data that stands in a page.
fn page(folder: &Path) -> Json {
    let text = std::fs::read_to_string(folder.join("out.html")).unwrap();
    let begin = "<script type=\"application/json\" id=\"timeline\">";
    let json = text.split_once(begin).unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(json).unwrap()
}

fn journal(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|l| serde_json::from_str::<Json>(l).unwrap()["entry"].clone()).collect()
}

fn at(entry: &Json) -> u64 {
    entry["at"].as_u64().unwrap_or_else(|| panic!("no time in {entry}")) * PACE
}

/// Begin and end of each step, by its number, as the lines of a journal have them.
fn marks(lines: &[Json]) -> BTreeMap<u64, (u64, Option<u64>)> {
    let mut all = BTreeMap::new();
    for line in lines.iter().filter(|l| l["what"] == "mark") {
        let step = line["step"].as_u64().unwrap();
        match line["stage"].as_str().unwrap() {
            "begun" => drop(all.insert(step, (at(line), None))),
            "done" | "failed" => all.get_mut(&step).unwrap().1 = Some(at(line)),
            _ => {}
        }
    }
    all
}

/// Page and journal say the same.
fn agree(page: &Json, lines: &[Json]) {
    let last = at(lines.last().unwrap());
    assert_eq!(page["total_ms"].as_u64(), Some(last), "the page's total is the journal's last line");
    let marks = marks(lines);
    let steps = page["steps"].as_array().unwrap();
    assert_eq!(steps.len(), lines.iter().filter(|l| l["what"] == "step").count());
    for step in steps {
        let mark = marks.get(&step["step"].as_u64().unwrap());
        assert_eq!(step["begun_ms"].as_u64(), mark.map(|m| m.0), "{step}");
        assert_eq!(step["ended_ms"].as_u64(), mark.and_then(|m| m.1), "{step}");
        let (begun, ended) =
            (step["begun_ms"].as_u64().unwrap_or(0), step["ended_ms"].as_u64().unwrap_or(last));
        for part in step["parts"].as_array().unwrap() {
            let (from, to) = (part["from_ms"].as_u64().unwrap(), part["to_ms"].as_u64().unwrap());
            assert!(begun <= from && from <= to && to <= ended, "{step}");
        }
    }
    let mut sent: Vec<(u64, String)> = Vec::new();
    for step in steps {
        for request in step["requests"].as_array().unwrap() {
            sent.push((request["sent_ms"].as_u64().unwrap(), request["id"].as_str().unwrap().to_string()));
        }
    }
    sent.sort();
    let intents = lines.iter().filter(|l| l["what"] == "intent");
    let mut intents: Vec<(u64, String)> =
        intents.map(|l| (at(l), l["document"]["id"].as_str().unwrap().to_string())).collect();
    intents.sort();
    assert_eq!(sent, intents, "every request that the journal has is on the page");
    // The critical path has no gaps: each link begins where the one before ends.
    let path = page["critical"].as_array().unwrap();
    for pair in path.windows(2) {
        assert_eq!(pair[0]["to_ms"], pair[1]["from_ms"], "{path:?}");
    }
    let ends = marks.values().map(|m| m.1.unwrap_or(last)).max();
    assert_eq!(path.last().map(|l| l["to_ms"].as_u64().unwrap()), ends);
    assert_eq!(path.first().map(|l| l["from_ms"].as_u64().unwrap()), marks.values().map(|m| m.0).min());
}

#[test]
fn the_page_says_what_the_journal_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), format!("{HEAD}{NETWORK}")).unwrap();
    let (done, text) = run(folder.path(), &["apply", "-auto-approve", "-timeline=out.html"]);
    assert!(done.status.success(), "{text}");
    let (kept, page_of) = (folder.path().join(".ringfence/last-local.journal"), page(folder.path()));
    agree(&page_of, &journal(&kept));
    assert_eq!((&page_of["mode"], &page_of["ended"]), (&"apply".into(), &true.into()));
    assert!(page_of["forecast_s"].as_u64().is_some());
    let steps = page_of["steps"].as_array().unwrap();
    assert!(steps.iter().all(|s| s["state"] == "done") && steps.len() == 5, "{steps:#?}");
    // Three subnets of one network are made one after the other (CON-01).
    let waited = |s: &&Json| s["parts"].as_array().unwrap().iter().any(|p| p["kind"] == "locked");
    assert_eq!(steps.iter().filter(waited).count(), 2, "{steps:#?}");
    assert!(!folder.path().join(".ringfence/local.journal").exists());

    let (done, text) = run(folder.path(), &["destroy", "-auto-approve", "-timeline=out.html"]);
    assert!(done.status.success(), "{text}");
    let page_of = page(folder.path());
    agree(&page_of, &journal(&kept));
    let deeds = page_of["steps"].as_array().unwrap().iter().filter(|s| s["deed"] == "delete").count();
    assert_eq!((&page_of["mode"], deeds), (&"destroy".into(), 5));
}

#[test]
fn a_run_that_fails_has_a_page_too() {
    let folder = tempfile::tempdir().unwrap();
    let failing = r#"
resource "azurerm_user_assigned_identity" "fails" {
  name                = "id-fails"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  lifecycle {
    postcondition {
      condition     = self.principal_id == ""
      error_message = "It has a principal."
    }
  }
}
resource "azurerm_network_security_group" "after" {
  name                = "nsg"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  depends_on          = [azurerm_user_assigned_identity.fails]
}
"#;
    std::fs::write(folder.path().join("main.tf"), format!("{HEAD}{failing}")).unwrap();
    let (done, text) = run(folder.path(), &["apply", "-auto-approve", "-timeline=out.html"]);
    assert_eq!(done.status.code(), Some(1), "{text}");
    let page_of = page(folder.path());
    agree(&page_of, &journal(&folder.path().join(".ringfence/last-local.journal")));
    let states: BTreeMap<&str, &str> = page_of["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["addr"].as_str().unwrap(), s["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states["azurerm_user_assigned_identity.fails"], "failed");
    assert_eq!(states["azurerm_network_security_group.after"], "waiting");
}

#[test]
fn a_folder_that_is_not_there_stops_the_run_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), HEAD).unwrap();
    let (done, text) = run(folder.path(), &["apply", "-auto-approve", "-timeline=there/is/none.html"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text.contains("The timeline cannot be written"), "{text}");
    assert!(!folder.path().join(".ringfence").exists());
}

/// What takes our machine a second takes the cloud 25: a slower clock would measure better, and longer. `scripts/timeline` does that for
/// the secured workspace, and wants a tenth.
#[test]
fn the_estimate_is_near_what_the_journal_says() {
    const SLOW: u64 = 25;
    // The machine may have other work: a second of it is seven hundredths.
    const NEAR: f64 = 0.2;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), format!("{HEAD}{BASTION}")).unwrap();
    let runs: [(&[&str], u64); 2] = [(&["apply"], 346), (&["destroy"], 344)];
    for (words, least) in runs {
        let words = [words, &["-auto-approve", "-timeline=out.html"]].concat();
        let (done, text) = run_at(SLOW, folder.path(), &words);
        assert!(done.status.success(), "{text}");
        assert!(
            text.contains("Estimated time: ") && text.contains("azurerm_bastion_host.b dominates"),
            "{text}"
        );
        assert!(text.contains("Slowest of ") && text.contains("in the local cloud's time"), "{text}");
        let lines = journal(&folder.path().join(".ringfence/last-local.journal"));
        let took = (lines.last().unwrap()["at"].as_u64().unwrap() * SLOW) as f64 / 1000.0;
        let page = page(folder.path());
        let estimate = page["forecast_s"].as_u64().unwrap();
        assert!(estimate >= least, "{words:?}: {estimate}");
        let (estimated, shown) = (estimate as f64, page["total_ms"].as_u64().unwrap() as f64 / 1000.0);
        for value in [estimated, shown] {
            assert!((value / took - 1.0).abs() <= NEAR, "{words:?}: {value} s, and it took {took} s");
        }
    }
}
