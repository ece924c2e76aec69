//! Roles on the local cloud and what the client makes of them: what a plan and an apply need, and what is said when it is
//! not there.

#[path = "../support/stack.rs"]
mod stack;

use std::path::Path;
use std::sync::Mutex;

use ringfence::apply::Applied;
use ringfence::config::Config;
use ringfence::localcloud::ClockMode;
use ringfence::plan::model::{ChangeAction, Finding, FindingLevel};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::{Event, Progress};
use stack::{Variables, cloud};
use tokio_util::sync::CancellationToken;

const HEAD: &str = r#"
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 4.81" }
  }
}
provider "azurerm" {
  features {}
}
data "azurerm_client_config" "me" {}
"#;

const GROUP: &str = r#"
resource "azurerm_resource_group" "rg" {
  name     = "rg-roles"
  location = "westeurope"
}
resource "azurerm_virtual_network" "net" {
  name                = "vnet-roles"
  resource_group_name = azurerm_resource_group.rg.name
  location            = azurerm_resource_group.rg.location
  address_space       = ["10.0.0.0/16"]
}
"#;

/// Hears what is said on the way.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Progress for Told {
    fn event(&self, event: Event<'_>) {
        self.0.lock().unwrap().extend(event.note.map(str::to_owned));
    }

    fn message(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

/// A root module and its stack on a local cloud.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    variables: Variables,
    clock: f64,
    told: Told,
}

impl Place {
    fn workspace() -> Place {
        Place::of(tempfile::tempdir().unwrap(), stack::example("secured-workspace"))
    }

    fn new(hcl: &str) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let config = read(folder.path(), hcl);
        Place::of(folder, config)
    }

    fn of(folder: tempfile::TempDir, config: Config) -> Place {
        let variables = stack::defaults(&config);
        Place { folder, config, variables, clock: 600.0, told: Told::default() }
    }

    fn rewrite(&mut self, hcl: &str) {
        self.config = read(self.folder.path(), hcl);
    }

    async fn open(&self) -> Stack {
        stack::open(self.folder.path(), ClockMode::Scaled(self.clock)).await
    }

    async fn plan(&self, stack: &mut Stack) -> Planning {
        let cancel = CancellationToken::new();
        let options = PlanOptions::default();
        let planned = stack.plan(&self.config, &self.variables, &options, &self.told, &cancel).await;
        let planning = planned.unwrap_or_else(|wrong| panic!("{wrong:#?}"));
        assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
        planning
    }

    async fn try_apply(&self, stack: &mut Stack) -> Applied {
        let planning = self.plan(stack).await;
        let (cancel, options) = (CancellationToken::new(), PlanOptions::default());
        stack.apply(&self.config, &self.variables, &options, &planning, &self.told, cancel, 10).await
    }

    async fn apply(&self, stack: &mut Stack) {
        let applied = self.try_apply(stack).await;
        assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics);
    }
}

fn read(folder: &Path, hcl: &str) -> Config {
    stack::right(stack::write(folder, &format!("{HEAD}{hcl}")))
}

fn set(stack: &Stack, roles: &[&str]) {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    cloud(stack).set_roles(&roles).unwrap();
}

fn group(stack: &Stack) -> String {
    format!("/subscriptions/{}/resourceGroups/rg-roles", cloud(stack).names().subscription_id)
}

fn missing(planning: &Planning) -> Vec<&Finding> {
    planning.plan.findings.iter().filter(|finding| finding.code == "missing-permission").collect()
}

/// The actions that were asked for since the last reset of the counts, but for those that read.
fn changing(stack: &Stack) -> Vec<String> {
    let counts = cloud(stack).counts();
    assert!(counts.total > 0);
    counts.by_action.into_keys().filter(|action| !action.ends_with("/read")).collect()
}

/// The roles that the README lists for a command.
fn listed(command: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("\n## Roles\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim()).collect::<Vec<_>>());
    cells.filter(|row| row[1].contains(command)).map(|row| row[2].trim_matches('`').to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_needs_reader_alone_and_an_apply_the_roles_of_the_readme() {
    assert_eq!(listed("`plan`"), ["Reader"]);
    let place = Place::workspace();
    let mut stack = place.open().await;
    set(&stack, &["Reader"]);
    cloud(&stack).reset_counts();
    let planning = place.plan(&mut stack).await;
    assert!(planning.plan.has_changes());
    assert_eq!(changing(&stack), Vec::<String>::new());
    let posts = cloud(&stack).counts().of("POST");
    println!("{posts} POSTs, all of them read");
    // Fresh: the group is not there, so the subscription was asked, once.
    let found = missing(&planning);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].level, FindingLevel::Warns);
    let (who, scope) = (cloud(&stack).names().object_id, cloud(&stack).names().subscription_id);
    for role in listed("`apply`") {
        let command = format!(
            "az role assignment create --role \"{role}\" --assignee-object-id {who} --assignee-principal-type ServicePrincipal --scope /subscriptions/{scope}"
        );
        assert!(found[0].detail.contains(&command), "{}", found[0].detail);
    }
    assert_eq!(cloud(&stack).counts().by_action.get("Microsoft.Authorization/permissions/read"), None);

    let roles = listed("`apply`");
    set(&stack, &roles.iter().map(String::as_str).collect::<Vec<_>>());
    let planning = place.plan(&mut stack).await;
    assert_eq!(missing(&planning), Vec::<&Finding>::new());
    place.apply(&mut stack).await;

    // Applied: nothing to ask, nothing to say.
    set(&stack, &["Reader"]);
    cloud(&stack).reset_counts();
    let planning = place.plan(&mut stack).await;
    assert!(!planning.plan.has_changes());
    assert_eq!(changing(&stack), Vec::<String>::new());
    assert_eq!(missing(&planning), Vec::<&Finding>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_without_one_of_its_roles_names_action_scope_and_role() {
    let all = listed("`apply`");
    assert!(all.len() > 1, "{all:?}");
    for removed in &all {
        let place = Place::workspace();
        let mut stack = place.open().await;
        let left: Vec<&str> = all.iter().filter(|role| *role != removed).map(String::as_str).collect();
        set(&stack, &[&left[..], &["Reader"]].concat());
        let applied = place.try_apply(&mut stack).await;
        assert!(applied.diagnostics.has_errors(), "{removed} is not needed");
        let said: Vec<&str> = applied.diagnostics.0.iter().map(|one| &*one.detail).collect();
        let scope = format!("/subscriptions/{}", cloud(&stack).names().subscription_id);
        let action = match removed.as_str() {
            "Contributor" => "Microsoft.Resources/subscriptions/resourceGroups/write",
            _ => "Microsoft.Authorization/roleAssignments/write",
        };
        let helps = match removed.as_str() {
            "User Access Administrator" => "Role Based Access Control Administrator",
            role => role,
        };
        let one = said.iter().find(|text| text.contains(&format!("'{action}' over scope '{scope}")));
        let one = one.unwrap_or_else(|| panic!("without {removed}: {said:#?}"));
        assert!(one.contains(&format!("az role assignment create --role \"{helps}\"")), "{one}");
        assert!(one.contains(&format!("--scope {scope}")), "{one}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_asks_where_it_changes_something() {
    let mut place = Place::new(GROUP);
    let mut stack = place.open().await;
    place.apply(&mut stack).await;
    let group = group(&stack);
    place.rewrite(&format!(
        r#"{GROUP}
resource "azurerm_subnet" "s" {{
  name                 = "s"
  resource_group_name  = azurerm_resource_group.rg.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = ["10.0.1.0/24"]
}}
resource "azurerm_user_assigned_identity" "i" {{
  name                = "id-roles"
  resource_group_name = azurerm_resource_group.rg.name
  location            = azurerm_resource_group.rg.location
}}
"#
    ));
    // Right on the network: the subnet may be made, the identity not.
    let network = format!("{group}/providers/Microsoft.Network/virtualNetworks/vnet-roles");
    set(&stack, &["Reader", &format!("Network Contributor@{network}")]);
    let planning = place.plan(&mut stack).await;
    let found = missing(&planning);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].id.as_deref(), Some(&*group));
    let detail = &found[0].detail;
    assert!(
        detail.contains(
            "  - Microsoft.ManagedIdentity/userAssignedIdentities/write (azurerm_user_assigned_identity.i)\n"
        ),
        "{detail}"
    );
    assert!(detail.contains("--role \"Managed Identity Contributor\""), "{detail}");
    assert!(!detail.contains("subnets"), "{detail}");
    // What is joined counts too.
    set(&stack, &[&format!("Contributor@{group}")]);
    assert_eq!(missing(&place.plan(&mut stack).await), Vec::<&Finding>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_04_a_refused_join_names_the_right_that_is_missing() {
    let mut place = Place::new(GROUP);
    let mut stack = place.open().await;
    place.apply(&mut stack).await;
    let group = group(&stack);
    place.rewrite(&format!(
        r#"{GROUP}
resource "azurerm_private_dns_zone" "z" {{
  name                = "roles.example.com"
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azurerm_private_dns_zone_virtual_network_link" "l" {{
  name                  = "link"
  resource_group_name   = azurerm_resource_group.rg.name
  private_dns_zone_name = azurerm_private_dns_zone.z.name
  virtual_network_id    = azurerm_virtual_network.net.id
}}
"#
    ));
    let join = "Microsoft.Network/virtualNetworks/join/action";
    // The network's rights without that of joining it.
    let role = "44444444-4444-4444-4444-444444444444";
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{role}?api-version=2022-04-01",
        cloud(&stack).names().subscription_id
    );
    let body = serde_json::json!({"properties": {"roleName": "Zones Only", "permissions": [
        {"actions": ["*/read", "Microsoft.Network/privateDnsZones/*"]},
    ]}});
    assert!(cloud(&stack).request("PUT", &path, Some(&body)).status < 300);
    set(&stack, &["Zones Only"]);
    let planning = place.plan(&mut stack).await;
    let found = missing(&planning);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].detail.contains(&format!("  - {join} (")), "{}", found[0].detail);
    let applied = place.try_apply(&mut stack).await;
    let said: Vec<&str> = applied.diagnostics.0.iter().map(|one| &*one.detail).collect();
    let one = said.iter().find(|text| text.contains(join)).unwrap_or_else(|| panic!("{said:#?}"));
    assert!(one.contains("LinkedAuthorizationFailed"), "{one}");
    assert!(one.contains("--role \"Private DNS Zone Contributor\""), "{one}");
    assert!(one.contains(&format!("--scope {group}")), "{one}");
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_05_a_role_that_the_run_assigns_to_itself_is_waited_for() {
    let mut place = Place::new(
        r#"
data "azurerm_subscription" "here" {}
resource "azurerm_role_assignment" "own" {
  scope                = data.azurerm_subscription.here.id
  role_definition_name = "Contributor"
  principal_id         = data.azurerm_client_config.me.object_id
}
resource "azurerm_resource_group" "rg" {
  name       = "rg-roles"
  location   = "westeurope"
  depends_on = [azurerm_role_assignment.own]
}
"#,
    );
    // The role counts some seconds after it was assigned.
    place.clock = 20.0;
    let mut stack = place.open().await;
    set(&stack, &["User Access Administrator"]);
    place.apply(&mut stack).await;
    let told = place.told.0.lock().unwrap().join("\n");
    assert!(told.contains("the role that was assigned is not in force yet (AuthorizationFailed)"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_may_not_ask_for_is_left_for_apply() {
    let account = r#"
resource "azurerm_resource_group" "rg" {
  name     = "rg-roles"
  location = "westeurope"
}
resource "azurerm_storage_account" "s" {
  name                     = "stroles"
  resource_group_name      = azurerm_resource_group.rg.name
  location                 = azurerm_resource_group.rg.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
"#;
    let mut place = Place::new(account);
    let mut stack = place.open().await;
    place.apply(&mut stack).await;
    place.rewrite(&format!(
        r#"{account}
data "azurerm_storage_account" "s" {{
  name                = "stroles"
  resource_group_name = "rg-roles"
}}
output "key" {{
  value     = data.azurerm_storage_account.s.primary_access_key
  sensitive = true
}}
"#
    ));
    set(&stack, &["Reader"]);
    let planning = place.plan(&mut stack).await;
    let notes: Vec<&Finding> = planning.plan.findings.iter().filter(|f| f.code == "could-not-look").collect();
    assert_eq!(notes.len(), 1, "{:#?}", planning.plan.findings);
    assert!(
        notes[0].detail.contains("'Microsoft.Storage/storageAccounts/listKeys/action'"),
        "{}",
        notes[0].detail
    );
    let reads = planning.plan.changes.iter().filter(|c| c.action == ChangeAction::Read).count();
    assert_eq!(reads, 1);
    // Who may, gets it.
    set(&stack, &["Contributor"]);
    place.apply(&mut stack).await;
    let key = stack.ledger().outputs.get("key").unwrap();
    assert!(key.sensitive);
    assert!(!place.plan(&mut stack).await.plan.has_changes());
}
