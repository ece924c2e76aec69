//! Workspaces: what they need, what never changes, what the service fills in, their keys.

use serde_json::{Value, json};

use super::super::common::{
    array, bad, hex, insert, insert_default, plain_region, principals_of, same, secret, token,
    view_connections,
};
use super::super::keyvault::{add_policies, may_wrap, vault_of_key};
use super::{RULES, implied, network};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Answer, Call, Put, Written, at, text};
use crate::localcloud::world::{Document, World};

/// What a workspace depends on: property, type of the resource, what it is called.
const DEPENDENCIES: &[(&str, &str, &str)] = &[
    ("storageAccount", "Microsoft.Storage/storageAccounts", "Azure Storage Account"),
    ("keyVault", "Microsoft.KeyVault/vaults", "Azure Key Vault"),
    ("applicationInsights", "Microsoft.Insights/components", "Application Insights"),
    ("containerRegistry", "Microsoft.ContainerRegistry/registries", "Azure Container Registry"),
    (
        "primaryUserAssignedIdentity",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "user-assigned identity",
    ),
    ("hubResourceId", "Microsoft.MachineLearningServices/workspaces", "hub"),
];

/// What never changes once a workspace is there.
const FIXED: &[&str] = &[
    "properties.keyVault",
    "properties.storageAccount",
    "properties.hbiWorkspace",
    "properties.hubResourceId",
    "properties.encryption.keyVaultProperties.keyVaultArmId",
    "properties.encryption.keyVaultProperties.keyIdentifier",
    "properties.encryption.identity.userAssignedIdentity",
    "properties.enableServiceSideCMKEncryption",
    "kind",
];

/// The kinds of workspaces that there are (Azure's reference of workspaces).
const KINDS: &[&str] = &["Default", "FeatureStore", "Hub", "Project"];

fn refuse(message: impl Into<String>) -> ArmFailure {
    bad("ValidationError", message).target("workspace")
}

/// True for a customer-managed key of the classic sort, with resources in the subscription (IMP-05).
fn has_own_group(body: &Value) -> bool {
    is_encrypted(body) && at(body, "properties.enableServiceSideCMKEncryption") != Some(&Value::Bool(true))
}

fn is_encrypted(body: &Value) -> bool {
    text(body, "properties.encryption.status").eq_ignore_ascii_case("Enabled")
}

/// NAM-06: a workspace with a customer-managed key is deleted for good.
pub(super) fn is_soft_deleted(body: &Value) -> bool {
    !is_encrypted(body)
}

/// A workspace's PUT.
pub(super) fn workspace(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let kind = text(&put.body, "kind").to_owned();
    if !KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(refuse(format!("Workspace kind '{kind}' is not supported.")));
    }
    let identity = text(&put.body, "identity.type").replace(' ', "");
    if (identity.is_empty() || identity == "None") && !kind.eq_ignore_ascii_case("Project") {
        return Err(refuse("Make sure to create your workspace using a client which support MSI"));
    }
    let needs: &[&str] = if kind.eq_ignore_ascii_case("Project") {
        &["hubResourceId"]
    } else {
        &["keyVault", "storageAccount"]
    };
    if needs.iter().any(|name| text(&put.body, &format!("properties.{name}")).is_empty()) {
        return Err(refuse("Missing dependent resources in workspace json"));
    }
    if let Some(old) = put.existing {
        judge_change(world, old, put)?;
    }
    dependencies(world, put)?;
    let primary = text(&put.body, "properties.primaryUserAssignedIdentity").to_owned();
    if identity == "UserAssigned" && primary.is_empty() && !kind.eq_ignore_ascii_case("Project") {
        return Err(refuse(
            "'primaryUserAssignedIdentity' must be specified when only user assigned identities are used.",
        ));
    }
    if !primary.is_empty() {
        let named = at(&put.body, "identity.userAssignedIdentities").and_then(Value::as_object);
        if !named.is_some_and(|map| map.keys().any(|id| same(id, &primary))) {
            return Err(refuse(format!(
                "The primary user assigned identity {primary} is not among the identities of the workspace."
            )));
        }
    }
    // Only one SKU is left, whatever is asked for (ASO).
    put.set("sku", json!({ "name": "Basic", "tier": "Basic" }));
    fill(world, put);
    network::judge_mode(world, put)?;
    Ok(())
}

fn judge_change(world: &World, old: &Document, put: &Put) -> Result<(), ArmFailure> {
    for path in FIXED {
        let plain = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.trim_end_matches('/').to_lowercase(),
            Some(Value::Bool(true)) => "true".to_owned(),
            _ => String::new(),
        };
        let (before, after) = (plain(old.at(path)), plain(at(&put.body, path)));
        if before != after {
            let name = path.rsplit('.').next().unwrap_or(path);
            return Err(refuse(format!(
                "The property '{name}' of workspace {} cannot be changed after it is set: it is '{before}' and '{after}' was sent.",
                old.name()
            )));
        }
    }
    network::judge_change(world, old, put)
}

fn dependencies(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    for (property, type_name, what) in DEPENDENCIES {
        let id = text(&put.body, &format!("properties.{property}")).to_owned();
        if id.is_empty() {
            continue;
        }
        let Some(found) = world.get(&id).filter(|d| same(&d.type_name, type_name)) else {
            return Err(refuse(format!("The supplied {what} {id} does not exist or is not a {type_name}.")));
        };
        let state = found.text("properties.provisioningState");
        if *property == "storageAccount" && !state.is_empty() && state != "Succeeded" {
            return Err(bad(
                "BadRequest",
                format!("StorageAccountIsNotProvisioned: the storage account {id} is {state}."),
            ));
        }
        if *property == "storageAccount"
            && (found.text("sku.name").starts_with("Premium")
                || found.at("properties.isHnsEnabled") == Some(&Value::Bool(true)))
            && text(&put.body, "kind").eq_ignore_ascii_case("Default")
        {
            return Err(refuse(format!(
                "The storage account {id} cannot be the default storage of a workspace: it is premium or has a hierarchical namespace."
            )));
        }
    }
    Ok(())
}

/// `Microsoft.KeyVault` in an id, as this service spells it (HTTP-02).
fn respelled(id: &str) -> String {
    let lower = id.to_lowercase();
    match lower.find("/providers/microsoft.keyvault/") {
        Some(at) => format!(
            "{}/providers/Microsoft.Keyvault/{}",
            &id[..at],
            &id[at + "/providers/microsoft.keyvault/".len()..]
        ),
        None => id.to_owned(),
    }
}

fn fill(world: &World, put: &mut Put) {
    let key = put.id.key().to_owned();
    let name = put.id.name().to_owned();
    let region = plain_region(text(&put.body, "location"));
    let id = world.new_guid(&key, "workspaceId");
    let host = format!("https://{region}.api.azureml.ms");
    let vault = respelled(text(&put.body, "properties.keyVault"));
    if !vault.is_empty() {
        put.set("properties.keyVault", vault);
    }
    let path = put.id.as_str().to_owned();
    let tenant = world.tenant().to_owned();
    let resource = hex(&world.new_guid(&key, "notebook"));
    let now = world.now();
    put.set("properties.workspaceId", id.clone());
    put.set("properties.tenantId", tenant);
    put.set("properties.discoveryUrl", format!("{host}/discovery"));
    put.set("properties.mlFlowTrackingUri", format!("azureml://{region}.api.azureml.ms/mlflow/v1.0{path}"));
    put.set(
        "properties.notebookInfo",
        json!({
            "resourceId": resource,
            "fqdn": format!("ml-{}-{region}-{id}.{region}.notebooks.azure.net", name.chars().take(15).collect::<String>().to_lowercase()),
            "isPrivateLinkEnabled": text(&put.body, "properties.publicNetworkAccess") == "Disabled",
            "notebookPreparationError": null,
        }),
    );
    put.keep("properties.creationTime", || now.into());
    let hns = world
        .get(text(&put.body, "properties.storageAccount"))
        .is_some_and(|a| a.at("properties.isHnsEnabled") == Some(&Value::Bool(true)));
    put.set("properties.storageHnsEnabled", hns);
    if put.get("properties.allowRoleAssignmentOnRG").is_none() {
        put.set("properties.allowRoleAssignmentOnRG", true);
    }
    put.set("properties.softDeleteEnabled", !is_encrypted(&put.body));
    put.set("properties.EnableSoftwareBillOfMaterials", false);
    if has_own_group(&put.body) {
        let group = implied::group_name(world, put.id.key(), put.id.name());
        put.set("properties.serviceProvisionedResourceGroup", group);
    }
    if let Some(encryption) = put.body.pointer_mut("/properties/encryption") {
        insert_default(encryption, "status", "Enabled");
    }
}

/// What is there as soon as a workspace is accepted: its required rules.
pub(super) fn written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    network::required_rules(world, written.id.key());
    Ok(())
}

/// What has happened by the end: the key was used, the vault lets the workspace in, datastores and the managed group are
/// there (CMK-01, CMK-02, IMP-03..05).
pub(super) fn completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(workspace) = world.get(written.id.key()).cloned() else { return Ok(()) };
    if written.is_new && is_encrypted(&workspace.body) {
        judge_key(world, &workspace)?;
    }
    let vault = workspace.text("properties.keyVault").to_owned();
    let rbac = world
        .get(&vault)
        .is_some_and(|v| v.at("properties.enableRbacAuthorization") == Some(&Value::Bool(true)));
    if !vault.is_empty() && !rbac {
        let tenant = world.tenant().to_owned();
        let entries: Vec<Value> = principals_of(&workspace.body)
            .into_iter()
            .map(|principal| {
                json!({
                    "tenantId": tenant, "objectId": principal,
                    "permissions": { "keys": ["all"], "secrets": ["all"], "certificates": ["all"], "storage": [] },
                })
            })
            .collect();
        let policies = world
            .get(&vault)
            .map(|v| array(&v.body, "properties.accessPolicies").to_vec())
            .unwrap_or_default();
        let mut joined = policies.clone();
        add_policies(&mut joined, &entries);
        if joined != policies {
            world.change(&vault, |body| {
                if let Some(properties) = body.get_mut("properties") {
                    insert(properties, "accessPolicies", joined);
                }
            });
        }
    }
    implied::datastores(world, &workspace);
    if has_own_group(&workspace.body) {
        implied::managed_group(world, &workspace);
    }
    Ok(())
}

/// CMK-01, CMK-02: the vault is protected, the key is there, the identity may wrap with it.
fn judge_key(world: &World, workspace: &Document) -> Result<(), ArmFailure> {
    let key = workspace.text("properties.encryption.keyVaultProperties.keyIdentifier");
    let Some((vault, name)) = vault_of_key(world, key) else {
        return Err(bad(
            "BadRequest",
            format!("The key vault of the customer-managed key {key} was not found."),
        ));
    };
    let named = workspace.text("properties.encryption.keyVaultProperties.keyVaultArmId");
    if !same(named, &vault.id) {
        return Err(bad(
            "BadRequest",
            format!("The customer-managed key {key} is not in the key vault {named}."),
        ));
    }
    if vault.at("properties.enablePurgeProtection") != Some(&Value::Bool(true)) {
        return Err(bad(
            "BadRequest",
            "CMK workspaces should have purge protection enabled on their CMK keyvault.",
        ));
    }
    if world.get(&format!("{}/keys/{name}", vault.id)).is_none() {
        return Err(bad(
            "BadRequest",
            format!("The customer-managed key {key} was not found in key vault {}.", vault.name()),
        ));
    }
    let identity = workspace.text("properties.encryption.identity.userAssignedIdentity");
    if let Some(identity) = world.get(identity)
        && !may_wrap(world, vault, identity.text("properties.principalId"))
    {
        return Err(bad(
            "BadRequest",
            format!(
                "The identity {} needs get, wrapKey and unwrapKey on the customer-managed key {key}: assign it the role Key Vault Crypto Service Encryption User, or an access policy, before the workspace is created.",
                identity.id
            ),
        ));
    }
    Ok(())
}

/// A workspace as it is answered.
pub(super) fn view(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let modes = network::changeable(document.text("properties.managedNetwork.isolationMode"));
    let managed = document.text("properties.managedNetwork.isolationMode") != "Disabled";
    let rules: serde_json::Map<String, Value> = world
        .children(&document.id, RULES)
        .into_iter()
        .map(|rule| (rule.name().to_owned(), rule.at("properties").cloned().unwrap_or_default()))
        .collect();
    let Some(properties) = body.get_mut("properties") else { return };
    let links = array(properties, "privateEndpointConnections").len();
    insert(properties, "privateLinkCount", links);
    for absent in ["applicationInsights", "containerRegistry", "imageBuildCompute"] {
        insert_default(properties, absent, Value::Null);
    }
    if let Some(network) = properties.get_mut("managedNetwork") {
        insert(network, "changeableIsolationModes", modes);
        if managed {
            insert(network, "outboundRules", rules);
        }
    }
}

pub(super) fn list_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let workspace = &call.document;
    let storage = workspace.text("properties.storageAccount").to_owned();
    let insights = world.get(workspace.text("properties.applicationInsights"));
    let instrumentation = insights.map_or("", |i| i.text("properties.InstrumentationKey")).to_owned();
    Ok(Answer::ok(json!({
        "userStorageResourceId": storage,
        "userStorageKey": secret(world, &storage, "key1", 64),
        "appInsightsInstrumentationKey": instrumentation,
        "notebookAccessKeys": notebook(world, workspace),
    })))
}

fn notebook(world: &World, workspace: &Document) -> Value {
    let key = |which: &str| token(world, &workspace.id, which, 64);
    json!({ "primaryAccessKey": key("notebook1"), "secondaryAccessKey": key("notebook2") })
}

pub(super) fn notebook_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(notebook(world, &call.document)))
}

pub(super) fn notebook_token(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(json!({
        "notebookResourceId": call.document.text("properties.notebookInfo.resourceId"),
        "hostName": call.document.text("properties.notebookInfo.fqdn"),
        "publicDns": call.document.text("properties.notebookInfo.fqdn"),
        "accessToken": token(world, &call.document.id, "token", 128),
        "tokenType": "Bearer", "expiresIn": 28800, "scope": "aznb_identity",
    })))
}

pub(super) fn storage_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let storage = call.document.text("properties.storageAccount").to_owned();
    Ok(Answer::ok(json!({ "userStorageKey": secret(world, &storage, "key1", 64) })))
}

pub(super) fn resync(_: &mut World, _: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::empty(200))
}
