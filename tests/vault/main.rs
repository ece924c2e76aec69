//! Parts of a document that resources of their own say: they are nobody's drift, and an update of the document leaves them
//! alone. And a secret, whose value nobody gets to see.

#[path = "../support/stack.rs"]
mod stack;

use std::collections::BTreeMap;
use std::path::Path;

use ringfence::lang::Severity;
use ringfence::localcloud::ClockMode;
use ringfence::plan::model::{ChangeAction, PlanMode};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::Silent;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

const WORLD: &str = include_str!("world.tf");
const NOTHING: [String; 0] = [];

struct Site {
    folder: tempfile::TempDir,
    stack: Stack,
    /// The id of the group.
    group: String,
}

impl Site {
    async fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack::open(folder.path(), ClockMode::Instant).await;
        Site { folder, stack, group: String::new() }
    }

    async fn run(&mut self, text: &str, options: &PlanOptions, apply: bool) -> Planning {
        let config = stack::right(stack::write(
            self.folder.path(),
            &format!(
                "{WORLD}
{text}"
            ),
        ));
        let (variables, cancel) = (BTreeMap::new(), CancellationToken::new());
        let planning = self.stack.plan(&config, &variables, options, &Silent, &cancel).await.unwrap();
        if apply {
            assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
            assert!(planning.plan.findings.is_empty(), "{:#?}", planning.plan.findings);
            let applied =
                self.stack.apply(&config, &variables, options, &planning, &Silent, cancel, 10).await;
            assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics);
            if let Some(group) = self.stack.ledger().instances.get("azurerm_resource_group.main") {
                self.group = group.documents[0].id.clone();
            }
        }
        planning
    }

    async fn plan(&mut self, text: &str) -> Planning {
        self.run(text, &PlanOptions::default(), false).await
    }

    /// Applies; afterwards there is nothing to do. Answers what was done.
    async fn apply(&mut self, text: &str) -> Vec<String> {
        let planning = self.run(text, &PlanOptions::default(), true).await;
        let again = self.plan(text).await;
        assert_eq!(done(&again), NOTHING, "{:#?}", again.plan.changes);
        assert!(again.plan.drift.is_empty(), "{:#?}", again.plan.drift);
        done(&planning)
    }

    async fn destroy(&mut self, text: &str) {
        let options = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
        self.run(text, &options, true).await;
    }

    fn id(&self, path: &str) -> String {
        format!("{}/providers/{path}", self.group)
    }

    /// A part of a document as it is.
    fn there(&self, path: &str, pointer: &str) -> Json {
        let document = self.stack.local_cloud().unwrap().cloud.document(&self.id(path));
        document.map_or(Json::Null, |d| d.body.pointer(pointer).cloned().unwrap_or_default())
    }

    /// Changes something without the stack.
    fn meddle(&self, method: &str, path: &str, body: &Json) {
        let uri = format!("{}?api-version=2023-07-01", self.id(path));
        let answer = self.stack.local_cloud().unwrap().cloud.request(method, &uri, Some(body));
        assert!((200..300).contains(&answer.status), "{method} {uri}: {answer:?}");
    }

    /// Whether a text is in any file of the stack's folder but the configuration, in plain, base64 or URL-encoded.
    fn is_told(&self, secret: &str) -> Option<String> {
        use base64::Engine as _;
        let forms = [
            secret.to_owned(),
            base64::engine::general_purpose::STANDARD.encode(secret),
            secret.bytes().map(|b| format!("%{b:02X}")).collect(),
        ];
        fn walk(folder: &Path, forms: &[String], found: &mut Option<String>) {
            for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() {
                    walk(&entry, forms, found);
                // The world of the local cloud is the other side: it must hold the secret.
                } else if entry.extension().is_none_or(|e| e != "tf" && e != "redb") {
                    let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
                    if forms.iter().any(|f| text.contains(f)) {
                        *found = Some(entry.display().to_string());
                    }
                }
            }
        }
        let mut found = None;
        walk(self.folder.path(), &forms, &mut found);
        found
    }
}

fn done(planning: &Planning) -> Vec<String> {
    let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    changes.map(|c| format!("{:?} {}", c.action, c.addr)).collect()
}

fn errors(planning: &Planning) -> Vec<String> {
    let all = planning.diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    all.map(|d| d.summary.clone()).collect()
}

const POLICIES: &str = r#"
resource "azurerm_key_vault_access_policy" "first" {
  key_vault_id       = azurerm_key_vault.main.id
  tenant_id          = data.azurerm_client_config.me.tenant_id
  object_id          = "11111111-1111-4111-8111-111111111111"
  secret_permissions = ["Get", "List"]
}

resource "azurerm_key_vault_access_policy" "second" {
  key_vault_id    = azurerm_key_vault.main.id
  tenant_id       = data.azurerm_client_config.me.tenant_id
  object_id       = "22222222-2222-4222-8222-222222222222"
  key_permissions = ["Get"]
}
"#;
const VAULT: &str = "Microsoft.KeyVault/vaults/kv-rf-entries";
const LISTED: &str = "/properties/accessPolicies";

fn vault(more: &str) -> String {
    format!(
        r#"
resource "azurerm_key_vault" "main" {{
  name                = "kv-rf-entries"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  tenant_id           = data.azurerm_client_config.me.tenant_id
  sku_name            = "standard"
  {more}
}}
"#
    )
}

fn whom(listed: &Json) -> Vec<&str> {
    let mut all: Vec<&str> =
        listed.as_array().unwrap().iter().map(|e| &e["objectId"].as_str().unwrap()[..4]).collect();
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn con_05_policies_of_a_vault_belong_to_whom_they_were_made_by() {
    let mut site = Site::new().await;
    let text = vault("") + POLICIES;
    assert_eq!(site.apply(&text).await.len(), 4);
    assert_eq!(whom(&site.there(VAULT, LISTED)), ["1111", "2222"]);
    // Somebody else's entry is nobody's drift, and stays whatever is changed of the vault and of other entries.
    let tenant = site.there(VAULT, "/properties/tenantId");
    let strange = json!({"tenantId": tenant, "objectId": "99999999-1111-4111-8111-111111111111", "permissions": {"keys": ["get"]}});
    let entry = |e: &Json| json!({"properties": {"accessPolicies": [e]}});
    site.meddle("PUT", &format!("{VAULT}/accessPolicies/add"), &entry(&strange));
    assert_eq!(done(&site.plan(&text).await), NOTHING);
    let tagged = vault("tags = { a = \"1\" }") + &POLICIES.replace(r#"["Get", "List"]"#, r#"["Get"]"#);
    assert_eq!(
        site.apply(&tagged).await,
        ["Update azurerm_key_vault.main", "Update azurerm_key_vault_access_policy.first"]
    );
    assert_eq!(whom(&site.there(VAULT, LISTED)), ["1111", "2222", "9999"]);
    // One that is taken away outside is made again.
    let ours = json!({"tenantId": tenant, "objectId": "22222222-2222-4222-8222-222222222222", "permissions": {"keys": ["get"]}});
    site.meddle("PUT", &format!("{VAULT}/accessPolicies/remove"), &entry(&ours));
    assert_eq!(site.apply(&tagged).await, ["Create azurerm_key_vault_access_policy.second"]);
    // Without the configuration it goes by what the ledger knows; the others stay.
    let second = tagged.find("resource \"azurerm_key_vault_access_policy\" \"second\"").unwrap();
    assert_eq!(site.apply(&tagged[..second]).await, ["Delete azurerm_key_vault_access_policy.second"]);
    assert_eq!(whom(&site.there(VAULT, LISTED)), ["1111", "9999"]);
    site.destroy(&tagged[..second]).await;
    assert_eq!(site.there(VAULT, ""), Json::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_there_already_is_not_taken_over() {
    let mut site = Site::new().await;
    site.apply(&vault("")).await;
    let tenant = site.there(VAULT, "/properties/tenantId");
    let entry = json!({"tenantId": tenant, "objectId": "11111111-1111-4111-8111-111111111111", "permissions": {"secrets": ["get"]}});
    site.meddle(
        "PUT",
        &format!("{VAULT}/accessPolicies/add"),
        &json!({"properties": {"accessPolicies": [entry]}}),
    );
    let planning = site.plan(&(vault("") + POLICIES)).await;
    let codes: Vec<&str> = planning.plan.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["not-in-ledger"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_says_all_of_its_policies_does_not_share_them() {
    let mut site = Site::new().await;
    let inline = r#"
  access_policy {
    tenant_id       = data.azurerm_client_config.me.tenant_id
    object_id       = "33333333-3333-4333-8333-333333333333"
    key_permissions = ["Get"]
  }
"#;
    let planning = site.plan(&(vault(inline) + POLICIES)).await;
    assert_eq!(errors(&planning), ["Conflicting claims", "Conflicting claims"]);
    // One that ignores changes of them does.
    let shared = format!("{inline}  lifecycle {{\n    ignore_changes = [access_policy]\n  }}\n");
    site.apply(&(vault(&shared) + POLICIES)).await;
    assert_eq!(whom(&site.there(VAULT, LISTED)), ["1111", "2222", "3333"]);
    let tagged = format!("tags = {{ a = \"1\" }}\n{shared}");
    assert_eq!(site.apply(&(vault(&tagged) + POLICIES)).await, ["Update azurerm_key_vault.main"]);
    assert_eq!(whom(&site.there(VAULT, LISTED)), ["1111", "2222", "3333"]);
}

/// A vault with a key that an identity may use.
const KEYED: &str = include_str!("keyed.tf");
const ACCOUNT: &str = "Microsoft.Storage/storageAccounts/strfoutside";
const OUTSIDE: &str = r#"
resource "azurerm_storage_account_network_rules" "main" {
  storage_account_id = azurerm_storage_account.main.id
  default_action     = "Deny"
  ip_rules           = ["20.1.2.3"]
}

resource "azurerm_storage_account_customer_managed_key" "main" {
  storage_account_id        = azurerm_storage_account.main.id
  key_vault_key_id          = azurerm_key_vault_key.main.id
  user_assigned_identity_id = azurerm_user_assigned_identity.main.id
}
"#;

fn account(more: &str) -> String {
    format!(
        r#"{KEYED}
resource "azurerm_storage_account" "main" {{
  name                     = "strfoutside"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
  identity {{
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.main.id]
  }}
  {more}
}}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn firewall_and_key_of_an_account_are_said_outside_without_a_quarrel() {
    let mut site = Site::new().await;
    site.apply(&(account("") + OUTSIDE)).await;
    let source = "/properties/encryption/keySource";
    let action = "/properties/networkAcls/defaultAction";
    assert_eq!(
        (site.there(ACCOUNT, source), site.there(ACCOUNT, action)),
        (json!("Microsoft.Keyvault"), json!("Deny"))
    );
    let tagged = account("tags = { a = \"1\" }");
    assert_eq!(site.apply(&(tagged.clone() + OUTSIDE)).await, ["Update azurerm_storage_account.main"]);
    assert_eq!(
        (site.there(ACCOUNT, source), site.there(ACCOUNT, action)),
        (json!("Microsoft.Keyvault"), json!("Deny"))
    );
    // Two that want different things are told.
    let own = account("network_rules {\n    default_action = \"Allow\"\n  }");
    assert_eq!(errors(&site.plan(&(own + OUTSIDE)).await), ["Conflicting claims"]);
    // Without them the account is as it was.
    let key = OUTSIDE.find("resource \"azurerm_storage_account_customer_managed_key\"").unwrap();
    site.apply(&(tagged.clone() + &OUTSIDE[key..])).await;
    assert_eq!(
        (site.there(ACCOUNT, source), site.there(ACCOUNT, action)),
        (json!("Microsoft.Keyvault"), json!("Allow"))
    );
    site.apply(&tagged).await;
    assert_eq!(site.there(ACCOUNT, source), json!("Microsoft.Storage"));
}

const SECRET: &str = "Microsoft.KeyVault/vaults/kv-rf-world/secrets/pass";

fn secret(value: &str, more: &str) -> String {
    format!(
        r#"{KEYED}
resource "azurerm_key_vault_secret" "main" {{
  name         = "pass"
  key_vault_id = azurerm_key_vault.world.id
  value        = "{value}"
  {more}
}}

resource "azurerm_user_assigned_identity" "user" {{
  name                = "id-user"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  tags                = {{ secret = azurerm_key_vault_secret.main.id }}
}}
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_sent_when_it_changes_and_told_to_nobody() {
    let mut site = Site::new().await;
    let (first, second) = ("c4nary/eins+zwei", "c4nary/drei+vier");
    site.apply(&secret(first, "")).await;
    let version = site.there(SECRET, "/properties/secretUriWithVersion");
    assert_eq!(site.there(SECRET, "/properties/value"), first);
    let user = "Microsoft.ManagedIdentity/userAssignedIdentities/id-user";
    assert_eq!(site.there(user, "/tags/secret"), version);
    // What is not the value leaves the version alone.
    assert_eq!(
        site.apply(&secret(first, "content_type = \"text\"")).await,
        ["Update azurerm_key_vault_secret.main"]
    );
    assert_eq!(site.there(SECRET, "/properties/secretUriWithVersion"), version);
    // Another value is another version, and all that is made of its address follows in the same run.
    let planning = site.plan(&secret(second, "")).await;
    let change = planning.plan.changes.iter().find(|c| {
        c.addr.resource.name.as_ref() == "main" && c.addr.resource.ty.as_ref() == "azurerm_key_vault_secret"
    });
    let value = change.and_then(|c| c.after.as_ref()?.get("value").cloned()).unwrap();
    assert!(value.deep_marks().is_sensitive());
    assert_eq!(
        site.apply(&secret(second, "")).await,
        ["Update azurerm_key_vault_secret.main", "Update azurerm_user_assigned_identity.user"]
    );
    let now = site.there(SECRET, "/properties/secretUriWithVersion");
    assert_ne!(now, version);
    assert_eq!(
        (site.there(user, "/tags/secret"), site.there(SECRET, "/properties/value")),
        (now, second.into())
    );
    for value in [first, second] {
        assert_eq!(site.is_told(value), None);
    }
    // ARM cannot delete it: nobody can read it any more, and it is sent anew when it is wanted again.
    site.apply(KEYED).await;
    assert_eq!(site.there(SECRET, "/properties/attributes/enabled"), false);
    assert_eq!(site.apply(&secret(first, "")).await.len(), 2);
    assert_eq!(site.there(SECRET, "/properties/attributes/enabled"), true);
    assert_eq!(site.there(SECRET, "/properties/value"), first);
}

const SOURCES: &str = r#"
resource "azurerm_storage_account" "main" {
  name                     = "strfsource"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_container_registry" "main" {
  name                = "crrfsource"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  sku                 = "Basic"
}

resource "azurerm_key_vault_secret" "main" {
  name         = "pass"
  key_vault_id = azurerm_key_vault.world.id
  value        = "c4nary"
  content_type = "text"
}
"#;

const READS: &str = r#"
data "azurerm_storage_account" "main" {
  name                = "strfsource"
  resource_group_name = "rg-vault"
}

data "azurerm_container_registry" "main" {
  name                = "crrfsource"
  resource_group_name = "rg-vault"
}

data "azurerm_user_assigned_identity" "main" {
  name                = "id-main"
  resource_group_name = "rg-vault"
}

data "azurerm_key_vault_key" "main" {
  name         = "key-main"
  key_vault_id = azurerm_key_vault.world.id
}

data "azurerm_key_vault_secret" "main" {
  name         = "pass"
  key_vault_id = azurerm_key_vault.world.id
}

data "azurerm_policy_definition" "main" {
  display_name = "Allowed locations"
}

data "azurerm_policy_definition" "named" {
  name = "e56962a6-4747-49cd-b67b-bf8b01975c4c"
}

output "found" {
  value = join(" ", [
    data.azurerm_storage_account.main.account_replication_type,
    data.azurerm_storage_account.main.primary_blob_endpoint,
    data.azurerm_container_registry.main.login_server,
    data.azurerm_user_assigned_identity.main.name,
    data.azurerm_key_vault_key.main.key_type,
    data.azurerm_key_vault_secret.main.content_type,
    basename(data.azurerm_policy_definition.main.id),
    jsondecode(data.azurerm_policy_definition.named.policy_rule).then.effect,
  ])
}

output "key" {
  value     = data.azurerm_storage_account.main.primary_access_key
  sensitive = true
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn data_sources_read_what_is_there_and_ask_for_keys_only_on_use() {
    let mut site = Site::new().await;
    let world = format!("{KEYED}{SOURCES}");
    site.apply(&world).await;
    let planning = site.plan(&(world.clone() + READS)).await;
    assert_eq!(errors(&planning), NOTHING, "{:#?}", planning.diagnostics);
    let output = |name: &str| planning.plan.outputs[name].after.clone().unwrap();
    assert_eq!(
        output("found").as_str(),
        Some(
            "LRS https://strfsource.blob.core.windows.net/ crrfsource.azurecr.io id-main RSA text e56962a6-4747-49cd-b67b-bf8b01975c4c [parameters('effect')]"
        )
    );
    assert!(
        output("key").as_str().is_some_and(|k| k.len() > 40) && output("key").deep_marks().is_sensitive()
    );
    // Nobody asked for the other keys.
    let account =
        planning.instances.iter().find(|(a, _)| a.to_string() == "data.azurerm_storage_account.main");
    let value = &account.unwrap().1.value;
    assert!(value.get("secondary_access_key").unwrap().is_unknown());
    // The value of a secret cannot be had.
    let asks = READS
        .replace("main.content_type", "main.value")
        .replace("output \"found\" {", "output \"found\" {\n  sensitive = true");
    let planning = site.plan(&(world + &asks)).await;
    assert_eq!(errors(&planning), ["Attribute is not in Azure Resource Manager"]);
    let told = planning.diagnostics.0.iter().find(|d| d.severity == Severity::Error).unwrap();
    assert!(told.detail.contains("versionless_id"), "{}", told.detail);
}
