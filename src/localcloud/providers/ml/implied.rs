//! What a workspace brings with it: datastores (IMP-04), and the managed group of a customer-managed key (IMP-05).

use serde_json::{Value, json};

use super::super::common::region_title;
use super::DATASTORES;
use crate::localcloud::id::ResourceId;
use crate::localcloud::world::{Document, World};

/// Datastores: name, kind, what it is called in the account.
const STORES: &[(&str, &str, &str)] = &[
    ("workspaceblobstore", "AzureBlob", "azureml-blobstore"),
    ("workspaceartifactstore", "AzureBlob", "azureml"),
    ("workspacefilestore", "AzureFile", "azureml-filestore"),
    ("workspaceworkingdirectory", "AzureFile", "code"),
];

/// The datastores of a workspace.
pub(super) fn datastores(world: &mut World, workspace: &Document) {
    let id = workspace.resource_id();
    let account =
        workspace.text("properties.storageAccount").rsplit('/').next().unwrap_or_default().to_owned();
    if account.is_empty() {
        return;
    }
    let guid = workspace.text("properties.workspaceId");
    for (name, kind, place) in STORES {
        let store = id.child("datastores", name);
        if world.get(store.key()).is_some() {
            continue;
        }
        let place = if *place == "azureml" { (*place).to_owned() } else { format!("{place}-{guid}") };
        let place_name = if *kind == "AzureBlob" { "containerName" } else { "fileShareName" };
        let body = json!({
            "properties": {
                "description": null, "tags": null, "properties": null,
                "isDefault": *name == "workspaceblobstore",
                "credentials": { "credentialsType": "None" },
                "datastoreType": kind, "accountName": account, place_name: place,
                "endpoint": "core.windows.net", "protocol": "https",
                "serviceDataAccessAuthIdentity": "None",
            },
        });
        world.put_implied(&store, DATASTORES, body, Some(id.key()));
    }
}

/// The name of the managed group: `azureml-rg-<workspace>_<GUID>`.
pub(super) fn group_name(world: &World, key: &str, workspace: &str) -> String {
    format!("azureml-rg-{workspace}_{}", world.new_guid(key, "managedGroup"))
}

/// The managed group of a workspace with a customer-managed key: Cosmos DB, Search and Storage, which go with it.
pub(super) fn managed_group(world: &mut World, workspace: &Document) {
    let key = workspace.key();
    let name = group_name(world, &key, workspace.name());
    let Some(group) =
        ResourceId::parse(&format!("/subscriptions/{}/resourceGroups/{name}", world.subscription()))
    else {
        return;
    };
    if world.get(group.key()).is_some() {
        return;
    }
    let location = workspace.location().to_owned();
    let owner = Some(key.as_str());
    let encryption = workspace.text("properties.encryption.keyVaultProperties.keyIdentifier").to_owned();
    let body = json!({
        "location": location, "managedBy": workspace.id, "properties": { "provisioningState": "Succeeded" },
    });
    world.put_implied(&group, "Microsoft.Resources/resourceGroups", body, owner);
    let tail: String = world.new_guid(&key, "managed").replace('-', "").chars().take(12).collect();
    let mut add = |type_name: &str, name: String, body: Value| {
        let id = group.extension(type_name, &name);
        world.put_implied(&id, type_name, body, owner);
    };
    let cosmos = format!("cosmos{tail}");
    add(
        "Microsoft.DocumentDB/databaseAccounts",
        cosmos.clone(),
        json!({
            "location": location, "kind": "GlobalDocumentDB", "identity": { "type": "None" },
            "properties": {
                "provisioningState": "Succeeded", "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": encryption, "publicNetworkAccess": "Enabled", "disableLocalAuth": false,
                "consistencyPolicy": { "defaultConsistencyLevel": "Session", "maxIntervalInSeconds": 5, "maxStalenessPrefix": 100 },
                "locations": [{ "id": format!("{cosmos}-{location}"), "locationName": region_title(&location), "failoverPriority": 0, "isZoneRedundant": false }],
            },
        }),
    );
    add(
        "Microsoft.Search/searchServices",
        format!("search{tail}"),
        json!({
            "location": location, "sku": { "name": "standard" },
            "properties": {
                "provisioningState": "Succeeded", "status": "running", "statusDetails": "", "replicaCount": 1,
                "partitionCount": 1, "hostingMode": "Default", "publicNetworkAccess": "Enabled",
                "networkRuleSet": { "ipRules": [], "bypass": "None" },
                "encryptionWithCmk": { "enforcement": "Enabled" },
            },
        }),
    );
    let account = format!("st{tail}");
    add(
        "Microsoft.Storage/storageAccounts",
        account.clone(),
        json!({
            "location": location, "kind": "StorageV2", "sku": { "name": "Standard_LRS", "tier": "Standard" },
            "properties": {
                "provisioningState": "Succeeded", "primaryLocation": location, "statusOfPrimary": "available",
                "supportsHttpsTrafficOnly": true, "allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2",
                "encryption": { "keySource": "Microsoft.Keyvault" },
                "primaryEndpoints": { "blob": format!("https://{account}.blob.core.windows.net/") },
            },
        }),
    );
}
