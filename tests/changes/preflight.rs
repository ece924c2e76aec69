//! What a plan finds before anything is changed.

use ringfence::localcloud::ClockMode;
use ringfence::plan::model::{Finding, FindingLevel};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use serde_json::{Value as Json, json};

use super::{Site, blocks, done};

const GROUP: &str = r#"
provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "main" {
  name     = "rg-changes"
  location = "westeurope"
}
"#;

fn with(more: &str) -> String {
    format!("{GROUP}{more}")
}

async fn site() -> Site {
    Site::with(GROUP, ClockMode::Instant).await
}

fn found<'p>(planning: &'p Planning, code: &str) -> Vec<&'p Finding> {
    planning.plan.findings.iter().filter(|f| f.code == code).collect()
}

/// The only finding of a plan that is stopped by it.
fn stops<'p>(planning: &'p Planning, code: &str) -> &'p Finding {
    let told = blocks(planning);
    assert!(
        matches!(told.as_slice(), [one] if one.split(' ').next() == Some(code)),
        "{told:?} {:#?}",
        planning.plan.findings
    );
    found(planning, code)[0]
}

const STORE: &str = r#"
resource "azurerm_storage_account" "one" {
  name                     = "stchangesone"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
"#;

#[tokio::test]
async fn a_name_that_is_taken_is_known_before() {
    let mut site = site().await;
    site.meddle("PUT", "-other", "2021-04-01", Some(&json!({"location": "westeurope"})));
    let account = json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}});
    let path = "-other/providers/Microsoft.Storage/storageAccounts/stchangesone";
    site.meddle("PUT", path, "2025-06-01", Some(&account));
    let planning = site.plan(&with(STORE)).await;
    let finding = stops(&planning, "name-taken");
    assert_eq!(
        finding.summary,
        "azurerm_storage_account.one cannot be created: the name stchangesone is not free"
    );
    assert!(finding.detail.contains("already"), "{}", finding.detail);
}

#[tokio::test]
async fn a_lock_in_the_way_is_known_before() {
    let mut site = site().await;
    site.apply(&with(STORE), &PlanOptions::default()).await;
    let lock = "/providers/Microsoft.Authorization/locks/keep";
    let body = |level: &str| json!({"properties": {"level": level, "notes": "ask me"}});
    site.meddle("PUT", lock, "2020-05-01", Some(&body("CanNotDelete")));
    let finding = stops(&site.plan(GROUP).await, "lock-in-the-way").clone();
    assert_eq!(finding.summary, "azurerm_storage_account.one cannot be destroyed: a lock is in the way");
    assert!(finding.detail.contains("(CanNotDelete). Its notes say: ask me"), "{}", finding.detail);
    assert!(finding.detail.contains("az lock delete --ids /subscriptions/"), "{}", finding.detail);
    // It does not keep anything from being changed; one that lets only read does.
    let tagged = with(&STORE.replace("\"LRS\"", "\"LRS\"\n  tags = { a = \"b\" }"));
    let planning = site.plan(&tagged).await;
    assert_eq!((blocks(&planning).len(), done(&planning).len()), (0, 1));
    site.meddle("PUT", lock, "2020-05-01", Some(&body("ReadOnly")));
    let finding = stops(&site.plan(&tagged).await, "lock-in-the-way").clone();
    assert_eq!(finding.summary, "azurerm_storage_account.one cannot be changed: a lock is in the way");
    // Nothing changes: nobody looks.
    let before = site.stack.local_cloud().unwrap().cloud.counts().total;
    assert_eq!(done(&site.plan(&with(STORE)).await), Vec::<String>::new());
    let without = site.stack.local_cloud().unwrap().cloud.counts().total - before;
    let before = site.stack.local_cloud().unwrap().cloud.counts().total;
    site.plan(&tagged).await;
    assert!(site.stack.local_cloud().unwrap().cloud.counts().total - before > without);
}

#[tokio::test]
async fn a_lock_that_goes_with_what_it_holds_is_none() {
    let mut site = site().await;
    let locked = with(&format!(
        r#"{STORE}
resource "azurerm_management_lock" "keep" {{
  name       = "keep"
  scope      = azurerm_storage_account.one.id
  lock_level = "CanNotDelete"
}}
"#
    ));
    site.apply(&locked, &PlanOptions::default()).await;
    assert_eq!(blocks(&site.plan(GROUP).await), Vec::<String>::new());
    let anew = locked.replace("stchangesone", "stchangestwo");
    assert!(found(&site.plan(&anew).await, "lock-in-the-way").is_empty(), "the lock is made anew as well");
    let kept = locked.replace(STORE, "").replace(
        "azurerm_storage_account.one.id",
        &format!("\"{}\"", site.id("/providers/Microsoft.Storage/storageAccounts/stchangesone")),
    );
    stops(&site.plan(&kept).await, "lock-in-the-way");
}

fn assign(site: &Site, name: &str, guid: &str, properties: Json) {
    let mut body = json!({"properties": properties});
    body["properties"]["policyDefinitionId"] =
        format!("/providers/Microsoft.Authorization/policyDefinitions/{guid}").into();
    let path = format!("/providers/Microsoft.Authorization/policyAssignments/{name}");
    site.meddle("PUT", &path, "2022-06-01", Some(&body));
}

#[tokio::test]
async fn pol_01_what_a_policy_would_deny_is_known_before() {
    let mut site = site().await;
    let regions = json!({"displayName": "Only the north", "parameters": {"listOfAllowedLocations": {"value": ["northeurope"]}}});
    assign(&site, "regions", "e56962a6-4747-49cd-b67b-bf8b01975c4c", regions);
    let planning = site.plan(&with(STORE)).await;
    let finding = stops(&planning, "policy-would-deny");
    assert_eq!(finding.summary, "azurerm_storage_account.one would be refused by policy: Allowed locations");
    assert!(
        finding.detail.contains("location is westeurope (notin [\"northeurope\"])"),
        "{}",
        finding.detail
    );
    assert!(finding.detail.contains("Assigned by Only the north."), "{}", finding.detail);
    let north = with(&STORE.replace("\"westeurope\"", "\"northeurope\""));
    assert_eq!(blocks(&site.plan(&north).await), Vec::<String>::new());
    // A change is judged with what is there.
    site.apply(&north, &PlanOptions::default()).await;
    let owner = json!({"parameters": {"tagName": {"value": "owner"}}});
    assign(&site, "owner", "871b6d14-10aa-478d-b590-94f262ecfa99", owner);
    let tagged = |tags: &str| north.replace("\"LRS\"", &format!("\"LRS\"\n  tags = {{ {tags} }}"));
    stops(&site.plan(&tagged("a = \"b\"")).await, "policy-would-deny");
    assert_eq!(blocks(&site.plan(&tagged("owner = \"me\"")).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_namespace_that_nobody_registers_and_a_region_that_is_none() {
    let mut site = site().await;
    let quiet = GROUP.replace("features {}", "features {}\n  resource_provider_registrations = \"none\"");
    let batch = r#"
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}
resource "azapi_resource" "batch" {
  type      = "Microsoft.Batch/batchAccounts@2024-07-01"
  parent_id = azurerm_resource_group.main.id
  name      = "batchone"
  location  = "westeurope"
  body      = {}
  schema_validation_enabled = false
}
provider "azapi" {
  skip_provider_registration = true
}
"#;
    let planning = site.plan(&format!("{quiet}{batch}")).await;
    let finding = stops(&planning, "provider-not-registered");
    assert!(
        finding.detail.contains("az provider register --namespace Microsoft.Batch"),
        "{}",
        finding.detail
    );
    let willing = batch.replace("skip_provider_registration = true", "");
    assert_eq!(blocks(&site.plan(&format!("{quiet}{willing}")).await), Vec::<String>::new());
    let nowhere = with(&STORE.replace("\"westeurope\"", "\"atlantis\""));
    let planning = site.plan(&nowhere).await;
    let finding = stops(&planning, "region-not-offered");
    assert!(
        finding.detail.contains("Microsoft.Storage/storageAccounts is offered in "),
        "{}",
        finding.detail
    );
}

#[tokio::test]
async fn a_subnet_without_room_is_known_before() {
    let mut site = site().await;
    let net = r#"
resource "azurerm_virtual_network" "one" {
  name                = "vnet"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  address_space       = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "one" {
  name                 = "NAME"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.one.name
  address_prefixes     = ["10.0.0.0/29"]
}
resource "azurerm_network_interface" "all" {
  count               = COUNT
  name                = "nic-${count.index}"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  ip_configuration {
    name                          = "one"
    subnet_id                     = azurerm_subnet.one.id
    private_ip_address_allocation = "Dynamic"
  }
}
"#;
    let text = |name: &str, count: &str| with(&net.replace("NAME", name).replace("COUNT", count));
    let planning = site.plan(&text("snet", "4")).await;
    let finding = stops(&planning, "subnet-too-small");
    assert!(finding.detail.contains("has 3 free addresses"), "{}", finding.detail);
    assert!(finding.detail.contains("  - azurerm_network_interface.all[3]\n"), "{}", finding.detail);
    site.apply(&text("snet", "3"), &PlanOptions::default()).await;
    // What is there takes its room, too.
    let finding = stops(&site.plan(&text("snet", "4")).await, "subnet-too-small").clone();
    assert!(finding.detail.contains("has 0 free addresses"), "{}", finding.detail);
    let finding = stops(&site.plan(&text("AzureBastionSubnet", "0")).await, "subnet-too-small").clone();
    assert!(finding.detail.contains("at least /26; this one is /29"), "{}", finding.detail);
}

#[tokio::test]
async fn cmk_01_a_vault_without_protection_is_known_before() {
    let mut site = site().await;
    let text = |protected: bool| {
        with(&format!(
            r#"
data "azurerm_client_config" "me" {{}}
resource "azurerm_key_vault" "one" {{
  name                       = "kv-changes-one"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = "westeurope"
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = {protected}
}}
resource "azurerm_user_assigned_identity" "one" {{
  name                = "id-one"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
}}
resource "azurerm_container_registry" "one" {{
  name                = "crchangesone"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  sku                 = "Premium"
  identity {{
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.one.id]
  }}
  encryption {{
    key_vault_key_id   = "https://kv-changes-one.vault.azure.net/keys/k"
    identity_client_id = azurerm_user_assigned_identity.one.client_id
  }}
}}
"#
        ))
    };
    let planning = site.plan(&text(false)).await;
    let finding = stops(&planning, "key-vault-unprotected");
    assert_eq!(
        finding.summary,
        "azurerm_container_registry.one cannot be encrypted with a key of kv-changes-one"
    );
    assert!(found(&site.plan(&text(true)).await, "key-vault-unprotected").is_empty());
    assert!(planning.plan.findings.iter().all(|f| f.level != FindingLevel::Warns));
}
