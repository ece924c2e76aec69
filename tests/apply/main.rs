//! Small configurations carried out on the local cloud: failures half-way, interrupts, replacements, values that are only
//! known late.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use ringfence::apply::Applied;
use ringfence::config::Config;
use ringfence::lang::{Diagnostics, Severity, Value};
use ringfence::localcloud::{ClockMode, Rules};
use ringfence::plan::model::PlanMode;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::{Doing, Event, Phase, Progress};
use tokio_util::sync::CancellationToken;

mod lag;
#[path = "../support/stack.rs"]
mod stack;

use stack::{Variables, changes, cloud};

const HEAD: &str = r#"
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.81" }
    azapi   = { source = "azure/azapi", version = "~> 2.0" }
    random  = { source = "hashicorp/random" }
  }
}
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "rg" {
  name     = "rg-apply"
  location = "westeurope"
}
"#;

/// A root module with a local cloud of its own.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    variables: Variables,
    clock: ClockMode,
}

/// Remembers what was told.
#[derive(Default)]
struct Told {
    lines: Mutex<Vec<String>>,
    /// What was waited for: `name: why (Code), again in 2s`.
    waits: Mutex<Vec<String>>,
    interrupt: Option<(Doing, CancellationToken)>,
}

impl Progress for Told {
    fn event(&self, event: Event<'_>) {
        let name = event.addr.resource.name.clone();
        let old = if event.deposed.is_some() { "(old)" } else { "" };
        match event.phase {
            Phase::Start | Phase::Complete | Phase::Errored => {
                self.lines.lock().unwrap().push(format!("{:?} {name}{old} {:?}", event.phase, event.doing));
            }
            Phase::Waiting => {
                let note = event.note.unwrap_or_default();
                self.waits.lock().unwrap().push(format!("{name}: {note}"));
                if let Some((doing, cancel)) = &self.interrupt
                    && *doing == event.doing
                {
                    cancel.cancel();
                }
            }
        }
    }

    fn message(&self, text: &str) {
        self.lines.lock().unwrap().push(text.to_string());
    }
}

impl Told {
    fn of(&self, word: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter_map(|l| Some(l.strip_prefix(word)?.trim().to_string())).collect()
    }
}

impl Place {
    fn new(hcl: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place {
            config: read(folder.path(), hcl),
            variables: BTreeMap::new(),
            folder,
            clock: ClockMode::Scaled(2_000.0),
        };
        place.write(hcl);
        place
    }

    fn write(&mut self, hcl: &str) {
        self.config = read(self.folder.path(), hcl);
        self.variables = stack::defaults(&self.config);
    }

    async fn open(&self) -> Stack {
        stack::open(self.folder.path(), self.clock).await
    }

    async fn plan(&self, stack: &mut Stack, options: &PlanOptions, told: &Told) -> Planning {
        let cancel = CancellationToken::new();
        let planning = stack.plan(&self.config, &self.variables, options, told, &cancel).await.unwrap();
        assert!(!planning.diagnostics.has_errors(), "{}", said(&planning.diagnostics));
        planning
    }

    async fn try_apply(&self, stack: &mut Stack, options: &PlanOptions, told: &Told) -> Applied {
        let planning = self.plan(stack, options, told).await;
        let cancel = told.interrupt.as_ref().map(|(_, c)| c.clone()).unwrap_or_default();
        stack.apply(&self.config, &self.variables, options, &planning, told, cancel, 10).await
    }

    /// Applies and must succeed; afterwards there is nothing to do.
    async fn apply(&self, stack: &mut Stack, options: &PlanOptions) -> Told {
        let told = Told::default();
        let applied = self.try_apply(stack, options, &told).await;
        assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
        if options.mode == PlanMode::Normal {
            let again = self.plan(stack, &PlanOptions::default(), &told).await;
            assert_eq!(changes(&again), Vec::<String>::new(), "the second plan is empty");
        }
        assert!(!self.folder.path().join(".ringfence/local.journal").exists());
        told
    }
}

fn read(folder: &Path, hcl: &str) -> Config {
    stack::right(stack::write(folder, &format!("{HEAD}{hcl}")))
}

fn said(all: &Diagnostics) -> String {
    let one = |d: &ringfence::lang::Diagnostic| {
        format!("{:?} {} [{:?}]\n{}", d.severity, d.summary, d.address, d.detail)
    };
    all.0.iter().map(one).collect::<Vec<_>>().join("\n---\n")
}

/// The names of what the cloud has, the resource group left out.
fn there(stack: &Stack) -> Vec<String> {
    let ids = cloud(stack).ids();
    let mut all: Vec<String> =
        ids.iter().filter_map(|id| Some(id.split("/providers/").nth(1)?.to_string())).collect();
    all.sort();
    all
}

/// The next request of a method to a type meets this.
fn fate(stack: &Stack, method: &str, type_name: &str, effect: serde_json::Value) {
    let rule = serde_json::json!({"method": method, "type": type_name, "nth": 1, "do": effect});
    let rules = serde_json::json!({"rules": [rule]}).to_string();
    cloud(stack).add_chaos(Rules::parse(&rules).unwrap());
}

const NETWORK: &str = r#"
resource "azurerm_virtual_network" "net" {
  name                = "vnet"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  address_space       = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "a" {
  name                 = "a"
  resource_group_name  = azurerm_resource_group.rg.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = ["10.0.1.0/24"]
}
resource "azurerm_user_assigned_identity" "id" {
  name                = "id-a"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_stops_what_depends_on_it_and_nothing_else() {
    let place = Place::new(NETWORK);
    let mut stack = place.open().await;
    let refusal = serde_json::json!({"refuse": {
        "status": 409, "code": "PublicIPCountLimitReached", "message": "Cannot create more than 20."
    }});
    fate(&stack, "PUT", "Microsoft.Network/virtualNetworks", refusal);
    let told = Told::default();
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &told).await;
    let text = said(&applied.diagnostics);
    for part in [
        "Creating azurerm_virtual_network.net failed",
        "PUT /subscriptions/",
        "409 PublicIPCountLimitReached: Cannot create more than 20.",
        "2 of 4 changes done and kept, 2 left. Run apply again",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(applied.counts, [0, 2, 0, 0]);
    assert!(told.of("Start a").is_empty(), "what depends on it did not begin");
    assert!(!applied.ledger.instances.contains_key("azurerm_virtual_network.net"), "nothing was made of it");
    assert_eq!(there(&stack), ["Microsoft.ManagedIdentity/userAssignedIdentities/id-a"]);
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["net Create", "a Create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lro_08_what_a_failed_operation_leaves_is_owned_and_repaired() {
    let place = Place::new(NETWORK);
    let mut stack = place.open().await;
    let broken = serde_json::json!({"fail": {"code": "SomethingBroke", "message": "Half of it is there."}});
    fate(&stack, "PUT", "Microsoft.Network/virtualNetworks", broken);
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &Told::default()).await;
    let text = said(&applied.diagnostics);
    assert!(
        text.contains("the operation failed: SomethingBroke") || text.contains("SomethingBroke"),
        "{text}"
    );
    let record = &applied.ledger.instances["azurerm_virtual_network.net"];
    assert!(record.unfinished && !record.tainted && record.documents.len() == 1);
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete").len(), 2, "{told:?}", told = told.of("Complete"));
    place.apply(&mut stack, &PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() }).await;
    assert_eq!(there(&stack), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_starts_nothing_new_and_the_next_run_goes_on() {
    let mut place = Place::new(NETWORK);
    place.clock = ClockMode::Scaled(20.0);
    let mut stack = place.open().await;
    let told = Told { interrupt: Some((Doing::Create, CancellationToken::new())), ..Told::default() };
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &told).await;
    assert!(applied.interrupted);
    let text = said(&applied.diagnostics);
    assert!(text.contains("execution halted") && text.contains("go on in Azure"), "{text}");
    assert!(told.of("Start a").is_empty());
    assert!(applied.ledger.instances["azurerm_virtual_network.net"].unfinished);
    let journal = place.folder.path().join(".ringfence/local.journal");
    assert!(journal.exists());
    stack.close().await;
    let mut stack = place.open().await;
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert!(told.of("The last run was interrupted").len() == 1);
    assert_eq!(cloud(&stack).ids().len(), 4);
    assert!(stack.ledger().instances.values().all(|r| !r.unfinished));
}

#[tokio::test(flavor = "multi_thread")]
async fn replacements_go_before_or_after_the_new_one() {
    let net = |name: &str, first: bool| {
        NETWORK.replace("\"vnet\"", &format!("\"{name}\"")).replace(
            "address_space       =",
            &format!("lifecycle {{\n create_before_destroy = {first}\n }}\n address_space       ="),
        )
    };
    let mut place = Place::new(&net("vnet", false));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    place.write(&net("other", false));
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["a Delete", "net Delete", "net Create", "a Create"]);
    assert!(there(&stack).contains(&"Microsoft.Network/virtualNetworks/other/subnets/a".to_string()));
    place.write(&net("third", true));
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    let order = told.of("Complete");
    let at =
        |what: &str| order.iter().position(|l| l == what).unwrap_or_else(|| panic!("{what} in {order:?}"));
    assert!(at("net Create") < at("net(old) Delete"), "{order:?}");
    assert!(!there(&stack).iter().any(|id| id.contains("/other")), "{:?}", there(&stack));
}

/// The new principal is not known while it is planned, nor therefore the name of the assignment: that is no assignment
/// which stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_an_identity_is_made_anew_with_it() {
    let identity = |name: &str| {
        format!(
            r#"
resource "azurerm_user_assigned_identity" "id" {{
  name                = "id-{name}"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azurerm_role_assignment" "reader" {{
  scope                = azurerm_resource_group.rg.id
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.id.principal_id
}}
"#
        )
    };
    let mut place = Place::new(&identity("one"));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    place.write(&identity("two"));
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["reader Delete", "id Delete", "id Create", "reader Create"]);
    assert_eq!(there(&stack).len(), 2);
    let planning = place.plan(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert_eq!(planning.plan.counts(), [0; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposed_object_goes_in_a_later_run() {
    let net = |name: &str| {
        format!(
            r#"
resource "azurerm_user_assigned_identity" "id" {{
  name                = "id-{name}"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  lifecycle {{
    create_before_destroy = true
  }}
}}
"#
        )
    };
    let mut place = Place::new(&net("one"));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    place.write(&net("two"));
    let refusal =
        serde_json::json!({"refuse": {"status": 400, "code": "NotNow", "message": "It may not go now."}});
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    fate(&stack, "DELETE", kind, refusal);
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert!(said(&applied.diagnostics).contains("NotNow"), "{}", said(&applied.diagnostics));
    assert_eq!(applied.ledger.instances["azurerm_user_assigned_identity.id"].deposed.len(), 1);
    assert_eq!(there(&stack).len(), 2);
    let planning = place.plan(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert_eq!(planning.plan.counts(), [0, 0, 0, 1]);
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["id(old) Delete"]);
    assert_eq!(there(&stack), [format!("{kind}/id-two")]);
    assert!(stack.ledger().instances["azurerm_user_assigned_identity.id"].deposed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn values_without_a_cloud_are_kept_and_given_on() {
    let place = Place::new(
        r#"
resource "random_string" "suffix" {
  length  = 6
  special = false
  upper   = false
}
resource "terraform_data" "pair" {
  input = { suffix = random_string.suffix.result }
}
resource "azurerm_user_assigned_identity" "id" {
  name                = "id-${random_string.suffix.result}"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}
output "suffix" {
  value = terraform_data.pair.output.suffix
}
output "principal" {
  value = azurerm_user_assigned_identity.id.principal_id
}
"#,
    );
    let mut stack = place.open().await;
    let told = Told::default();
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &told).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    let suffix = applied.outputs["suffix"].0.as_str().unwrap().to_string();
    assert_eq!(suffix.len(), 6);
    assert!(applied.outputs["principal"].0.as_str().is_some_and(|p| p.len() == 36));
    assert!(there(&stack)[0].ends_with(&format!("id-{suffix}")));
    assert_eq!(applied.ledger.outputs.len(), 2);
    place.apply(&mut stack, &PlanOptions::default()).await;
    place.apply(&mut stack, &PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() }).await;
    assert!(stack.ledger().is_empty(), "{:?}", stack.ledger());
}

const STORAGE: &str = r#"
resource "azurerm_storage_account" "sa" {
  name                     = "stapplytest"
  location                 = azurerm_resource_group.rg.location
  resource_group_name      = azurerm_resource_group.rg.name
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_only_when_something_uses_them() {
    let mut place = Place::new(STORAGE);
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(cloud(&stack).counts().of("POST"), 1, "whether the name is free was asked, and no key");
    cloud(&stack).reset_counts();
    let used = format!(
        "{STORAGE}\noutput \"key\" {{\n  value     = azurerm_storage_account.sa.primary_access_key\n  sensitive = true\n}}\n"
    );
    place.write(&used);
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    let (key, sensitive) = &applied.outputs["key"];
    assert!(*sensitive && key.as_str().is_some_and(|k| !k.is_empty()), "{key:?}");
    assert_eq!(cloud(&stack).counts().of("POST"), 1);
    let file = std::fs::read_to_string(place.folder.path().join(".ringfence/local.ledger.json")).unwrap();
    assert!(!file.contains(key.as_str().unwrap()), "it is sealed");
}

/// The address of an endpoint stands in a block, and on an interface that Azure makes: it is read when it is used, and is
/// the same when it is there already.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_an_endpoint_is_read_when_something_uses_it() {
    let hcl = format!(
        r#"{STORAGE}
        resource "azurerm_virtual_network" "vnet" {{
          name                = "vnet"
          resource_group_name = azurerm_resource_group.rg.name
          location            = azurerm_resource_group.rg.location
          address_space       = ["10.0.0.0/16"]
        }}

        resource "azurerm_subnet" "endpoints" {{
          name                 = "endpoints"
          resource_group_name  = azurerm_resource_group.rg.name
          virtual_network_name = azurerm_virtual_network.vnet.name
          address_prefixes     = ["10.0.1.0/24"]
        }}

        resource "azurerm_private_endpoint" "blob" {{
          name                = "pe-blob"
          resource_group_name = azurerm_resource_group.rg.name
          location            = azurerm_resource_group.rg.location
          subnet_id           = azurerm_subnet.endpoints.id
          private_service_connection {{
            name                           = "blob"
            private_connection_resource_id = azurerm_storage_account.sa.id
            subresource_names              = ["blob"]
            is_manual_connection           = false
          }}
        }}

        resource "azurerm_private_dns_zone" "zone" {{
          name                = "example.internal"
          resource_group_name = azurerm_resource_group.rg.name
        }}
        "#
    );
    let record = r#"
        resource "azurerm_private_dns_a_record" "NAME" {
          name                = "NAME"
          zone_name           = azurerm_private_dns_zone.zone.name
          resource_group_name = azurerm_resource_group.rg.name
          ttl                 = 10
          records             = [azurerm_private_endpoint.blob.private_service_connection.0.private_ip_address]
        }
        output "NAME" {
          value = azurerm_private_dns_a_record.NAME.records
        }
        "#;
    let text = |name: &str| record.replace("NAME", name);
    let mut place = Place::new(&format!("{hcl}{}", text("one")));
    let mut stack = place.open().await;
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    let answer = |applied: &Applied, name: &str| {
        let (records, _) = &applied.outputs[name];
        let first = records.as_sequence().and_then(<[Value]>::first).and_then(Value::as_str);
        first.map(str::to_owned)
    };
    assert_eq!(answer(&applied, "one").as_deref(), Some("10.0.1.4"));
    // The endpoint is there now, and another record is made of the same address.
    place.write(&format!("{hcl}{}{}", text("one"), text("two")));
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &Told::default()).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    assert_eq!(applied.counts, [0, 1, 0, 0]);
    assert_eq!(answer(&applied, "two").as_deref(), Some("10.0.1.4"));
    place.apply(&mut stack, &PlanOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_source_of_something_new_is_read_when_that_is_there() {
    let hcl = format!(
        r#"{NETWORK}
data "azurerm_subnet" "a" {{
  name                 = azurerm_subnet.a.name
  virtual_network_name = azurerm_virtual_network.net.name
  resource_group_name  = azurerm_resource_group.rg.name
}}
resource "terraform_data" "seen" {{
  input = data.azurerm_subnet.a.address_prefixes
}}
output "seen" {{
  value = terraform_data.seen.output
}}
"#
    );
    let place = Place::new(&hcl);
    let mut stack = place.open().await;
    let told = Told::default();
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &told).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    assert_eq!(applied.outputs["seen"].0.to_json().unwrap(), serde_json::json!(["10.0.1.0/24"]));
    let order = told.of("Complete");
    assert!(order.contains(&"a Read".to_string()), "{order:?}");
    place.apply(&mut stack, &PlanOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn associations_are_claims_on_anothers_document() {
    let with = format!(
        r#"{NETWORK}
resource "azurerm_network_security_group" "nsg" {{
  name                = "nsg"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azurerm_subnet_network_security_group_association" "link" {{
  subnet_id                 = azurerm_subnet.a.id
  network_security_group_id = azurerm_network_security_group.nsg.id
}}
resource "azurerm_management_lock" "lock" {{
  name       = "keep"
  scope      = azurerm_resource_group.rg.id
  lock_level = "CanNotDelete"
}}
"#
    );
    let mut place = Place::new(&with);
    let mut stack = place.open().await;
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete").last().unwrap(), "lock Create", "a lock comes last");
    let group = |stack: &Stack| {
        let ids = cloud(stack).ids();
        let id = ids.iter().find(|id| id.ends_with("/subnets/a")).unwrap();
        cloud(stack).document(id).unwrap().body["properties"]["networkSecurityGroup"]["id"]
            .as_str()
            .map(str::to_string)
    };
    assert!(group(&stack).is_some());
    // Without the association and the lock, the subnet is left without a security group.
    let without =
        with.split("resource \"azurerm_subnet_network_security_group_association\"").next().unwrap();
    place.write(without);
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete")[0], "lock Delete", "and goes first");
    assert_eq!(group(&stack), None);
    place.write(&with);
    place.apply(&mut stack, &PlanOptions::default()).await;
    let told =
        place.apply(&mut stack, &PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() }).await;
    assert_eq!(told.of("Complete").first().unwrap(), "lock Delete");
    assert_eq!(there(&stack), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exists_is_adopted_without_a_changing_request() {
    let place = Place::new(&format!("{NETWORK}{STORAGE}"));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    stack.close().await;
    std::fs::remove_file(place.folder.path().join(".ringfence/local.ledger.json")).unwrap();
    let mut stack = place.open().await;
    cloud(&stack).reset_counts();
    let adopt = PlanOptions { adopt: true, ..PlanOptions::default() };
    let applied = place.try_apply(&mut stack, &adopt, &Told::default()).await;
    assert!(!applied.diagnostics.has_errors(), "{}", said(&applied.diagnostics));
    assert_eq!(applied.counts, [5, 0, 0, 0]);
    assert_eq!(cloud(&stack).counts().changing(), 0);
    assert!(applied.diagnostics.0.iter().all(|d| d.severity == Severity::Warning));
    place.apply(&mut stack, &PlanOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postcondition_that_fails_keeps_the_object_and_stops_what_follows() {
    let hcl = |expected: &str| {
        NETWORK.replace(
            "  address_space       = [\"10.0.0.0/16\"]",
            &format!(
                "  address_space       = [\"10.0.0.0/16\"]\n  lifecycle {{\n    postcondition {{\n      condition     = length(self.guid) == {expected}\n      error_message = \"What an odd guid.\"\n    }}\n  }}"
            ),
        )
    };
    let mut place = Place::new(&hcl("7"));
    let mut stack = place.open().await;
    let told = Told::default();
    let applied = place.try_apply(&mut stack, &PlanOptions::default(), &told).await;
    let text = said(&applied.diagnostics);
    assert!(text.contains("Resource postcondition failed") && text.contains("What an odd guid."), "{text}");
    assert!(told.of("Complete").contains(&"net Create".to_string()));
    assert!(told.of("Start a").is_empty());
    assert!(!applied.ledger.instances["azurerm_virtual_network.net"].unfinished);
    place.write(&hcl("36"));
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["a Create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_and_blocks_are_changed_in_place_and_what_others_set_is_kept() {
    let hcl = |tags: &str, more: &str| {
        format!(
            r#"
resource "azurerm_network_security_group" "nsg" {{
  name                = "nsg"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  tags                = {tags}
  {more}
}}
"#
        )
    };
    let rule = r#"security_rule {
    name                       = "in"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "443"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }"#;
    let mut place = Place::new(&hcl("{ a = \"1\", b = \"2\" }", rule));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    let document = |stack: &Stack, end: &str| {
        let ids = cloud(stack).ids();
        let id = ids.iter().find(|id| id.ends_with(end)).unwrap();
        cloud(stack).document(id).unwrap().body
    };
    place.write(&hcl("{ a = \"1\", c = \"3\" }", &rule.replace("443", "8443")));
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    assert_eq!(told.of("Complete"), ["nsg Update"]);
    let group = document(&stack, "/networkSecurityGroups/nsg");
    assert_eq!(group["tags"], serde_json::json!({"a": "1", "c": "3"}));
    let rule = document(&stack, "/securityRules/in");
    assert_eq!(rule["properties"]["destinationPortRange"], "8443");
}
