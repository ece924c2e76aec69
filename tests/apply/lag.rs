//! What is done but not seen everywhere yet, and what takes one change at a time: the client gets through it, and says what
//! it waits for.

use super::{ClockMode, Place, PlanMode, PlanOptions, Told, cloud};

const VAULT: &str = r#"
data "azurerm_client_config" "me" {}
resource "azurerm_key_vault" "kv" {
  name                       = "kv-lag-1"
  location                   = azurerm_resource_group.rg.location
  resource_group_name        = azurerm_resource_group.rg.name
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "premium"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}
resource "azapi_resource" "key" {
  type      = "Microsoft.KeyVault/vaults/keys@2023-07-01"
  parent_id = azurerm_key_vault.kv.id
  name      = "cmk"
  body      = { properties = { kty = "RSA", keySize = 2048 } }
}
"#;

const ACCOUNT: &str = r#"
resource "azurerm_storage_account" "st" {
  name                     = "stlag1"
  location                 = azurerm_resource_group.rg.location
  resource_group_name      = azurerm_resource_group.rg.name
  account_tier             = "Standard"
  account_replication_type = "LRS"
"#;

/// A place whose clock is slow enough for a lag to be noticed.
fn place(hcl: &str) -> Place {
    let mut place = Place::new(hcl);
    place.clock = ClockMode::Scaled(60.0);
    place
}

fn waited(told: &Told, name: &str, code: &str) -> bool {
    let waits = told.waits.lock().unwrap();
    waits.iter().any(|w| w.starts_with(&format!("{name}: ")) && w.contains(&format!("({code})")))
}

#[tokio::test(flavor = "multi_thread")]
async fn cmk_04_a_role_that_has_not_reached_the_vault_is_waited_for() {
    let place = place(&format!(
        r#"{VAULT}
resource "azurerm_user_assigned_identity" "cmk" {{
  name                = "id-cmk"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azurerm_role_assignment" "cmk" {{
  scope                = azurerm_key_vault.kv.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.cmk.principal_id
}}
{ACCOUNT}
  identity {{
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cmk.id]
  }}
  customer_managed_key {{
    key_vault_key_id          = "https://${{azurerm_key_vault.kv.name}}.vault.azure.net/keys/${{azapi_resource.key.name}}"
    user_assigned_identity_id = azurerm_user_assigned_identity.cmk.id
  }}
  depends_on = [azurerm_role_assignment.cmk]
}}
"#
    ));
    let mut stack = place.open().await;
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    let waits = told.waits.lock().unwrap().join("\n");
    assert!(waited(&told, "st", "KeyVaultAuthenticationFailure"), "{waits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cmk_03_an_account_that_encrypts_by_its_own_identity_is_written_twice() {
    let place = place(&format!(
        r#"{VAULT}{ACCOUNT}
  identity {{
    type = "SystemAssigned"
  }}
  lifecycle {{
    ignore_changes = [customer_managed_key]
  }}
}}
resource "azurerm_role_assignment" "cmk" {{
  scope                = azurerm_key_vault.kv.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_storage_account.st.identity[0].principal_id
}}
resource "azurerm_storage_account_customer_managed_key" "cmk" {{
  storage_account_id = azurerm_storage_account.st.id
  key_vault_id       = azurerm_key_vault.kv.id
  key_name           = azapi_resource.key.name
  depends_on         = [azurerm_role_assignment.cmk]
}}
"#
    ));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    let ids = cloud(&stack).ids();
    let account = ids.iter().find(|id| id.ends_with("/stlag1")).unwrap();
    let document = cloud(&stack).document(account).unwrap();
    assert_eq!(document.text("properties.encryption.keySource"), "Microsoft.Keyvault");
}

#[tokio::test(flavor = "multi_thread")]
async fn lck_03_what_was_unlocked_is_deleted_when_the_lock_is_really_gone() {
    let locked = format!(
        r#"{ACCOUNT}
}}
resource "azurerm_management_lock" "keep" {{
  name       = "keep"
  scope      = azurerm_storage_account.st.id
  lock_level = "CanNotDelete"
}}
"#
    );
    let place = place(&locked);
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let told = place.apply(&mut stack, &destroy).await;
    let waits = told.waits.lock().unwrap().join("\n");
    assert!(waited(&told, "st", "ScopeLocked"), "{waits}");
    assert!(cloud(&stack).ids().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rg_06_a_list_that_lags_does_not_keep_a_group() {
    let mut place = place(&format!("{ACCOUNT}\n}}\n"));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    place.write("");
    place.apply(&mut stack, &PlanOptions::default()).await;
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let planning = place.plan(&mut stack, &destroy, &Told::default()).await;
    assert!(planning.plan.findings.is_empty(), "{:?}", planning.plan.findings);
    place.apply(&mut stack, &destroy).await;
    assert!(cloud(&stack).ids().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn del_01_a_deletion_is_over_when_nothing_is_read_any_more() {
    let identity = r#"
resource "azurerm_user_assigned_identity" "id" {
  name                = "id-reader"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}
"#;
    let role = r#"
resource "azurerm_role_assignment" "read" {
  name                 = "11111111-1111-4111-8111-111111111111"
  scope                = azurerm_resource_group.rg.id
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.id.principal_id
}
"#;
    let mut place = place(&format!("{identity}{role}"));
    let mut stack = place.open().await;
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    let waits = told.waits.lock().unwrap().join("\n");
    assert!(waited(&told, "read", "PrincipalNotFound"), "ROL-02: {waits}");
    place.write(identity);
    place.apply(&mut stack, &PlanOptions::default()).await;
    // What goes is gone for the next plan, which would otherwise ask to import it.
    place.write(&format!("{identity}{role}"));
    place.apply(&mut stack, &PlanOptions::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_03_what_would_collide_is_written_one_after_the_other() {
    let subnets: String = (1..=4)
        .map(|n| {
            format!(
                r#"
resource "azurerm_subnet" "s{n}" {{
  name                 = "s{n}"
  resource_group_name  = azurerm_resource_group.rg.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = ["10.0.{n}.0/24"]
}}
resource "azurerm_subnet_network_security_group_association" "s{n}" {{
  subnet_id                 = azurerm_subnet.s{n}.id
  network_security_group_id = azurerm_network_security_group.nsg.id
}}
resource "azapi_resource" "rules{n}" {{
  type      = "Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-01-01"
  parent_id = azapi_resource.policy.id
  name      = "rules{n}"
  body      = {{ properties = {{ priority = 100{n}, ruleCollections = [] }} }}
}}
"#
            )
        })
        .collect();
    let place = place(&format!(
        r#"
resource "azurerm_virtual_network" "net" {{
  name                = "vnet"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  address_space       = ["10.0.0.0/16"]
}}
resource "azurerm_network_security_group" "nsg" {{
  name                = "nsg"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
}}
resource "azapi_resource" "policy" {{
  type      = "Microsoft.Network/firewallPolicies@2024-01-01"
  parent_id = azurerm_resource_group.rg.id
  name      = "policy"
  location  = azurerm_resource_group.rg.location
  body      = {{ properties = {{ sku = {{ tier = "Standard" }} }} }}
}}
{subnets}"#
    ));
    let mut stack = place.open().await;
    let told = place.apply(&mut stack, &PlanOptions::default()).await;
    let waits = told.waits.lock().unwrap().join("\n");
    assert!(!waits.contains("InProgress)") && !waits.contains("Conflict"), "{waits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn con_04_an_account_changes_its_parts_one_after_the_other() {
    let account = |locations: &[&str], level: &str, identity: &str| {
        let locations: String = (0..)
            .zip(locations)
            .map(|(n, l)| {
                format!("  geo_location {{\n    location = \"{l}\"\n    failover_priority = {n}\n  }}\n")
            })
            .collect();
        format!(
            r#"
resource "azurerm_cosmosdb_account" "db" {{
  name                = "cosmos-stages"
  location            = azurerm_resource_group.rg.location
  resource_group_name = azurerm_resource_group.rg.name
  offer_type          = "Standard"
  consistency_policy {{
    consistency_level = "{level}"
  }}
{locations}{identity}}}
"#
        )
    };
    let mut place = place(&account(&["westeurope"], "Session", ""));
    let mut stack = place.open().await;
    place.apply(&mut stack, &PlanOptions::default()).await;
    let identity = "  identity {\n    type = \"SystemAssigned\"\n  }\n  default_identity_type = \"SystemAssignedIdentity\"\n";
    place.write(&account(&["westeurope", "northeurope"], "Strong", identity));
    cloud(&stack).reset_counts();
    place.apply(&mut stack, &PlanOptions::default()).await;
    let counts = cloud(&stack).counts();
    assert_eq!(
        (counts.of("PUT"), counts.of("PATCH")),
        (4, 0),
        "everything else, locations, identity, default identity"
    );
}
