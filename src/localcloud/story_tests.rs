//! The workspace of the benchmark, sent as a client would send it, with the real rows: applied, written again, read, locked,
//! deleted. What the server answers to the same PUT must not change (the second plan is empty).

use super::*;
use crate::localcloud::wire::Response;
use serde_json::{Value, json};

struct Story {
    cloud: LocalCloud,
    group: String,
}

const PREFIX: &str = "rfbase";
const ZONES: [&str; 6] = [
    "privatelink.vaultcore.azure.net",
    "privatelink.blob.core.windows.net",
    "privatelink.azurecr.io",
    "privatelink.api.azureml.ms",
    "privatelink.notebooks.azure.net",
    "privatelink.documents.azure.com",
];

impl Story {
    fn new() -> Story {
        let cloud = LocalCloud::open(&Options { clock: ClockMode::Stepped, ..Options::default() }).unwrap();
        let group = format!("/subscriptions/{}/resourceGroups/rg-{PREFIX}", cloud.names().subscription_id);
        Story { cloud, group }
    }

    fn id(&self, tail: &str) -> String {
        format!("{}/providers/{tail}", self.group)
    }

    /// What the benchmark's configuration sends, in an order in which it can be applied: id, api version, body.
    fn steps(&self) -> Vec<(String, &'static str, Value)> {
        let tags = json!({"env": "prod", "owner": "ml-platform", "cost_center": "4711"});
        let regional = |body: Value| {
            let mut whole = json!({"location": "eastus", "tags": tags});
            whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            whole
        };
        let rule = |name: &str,
                    priority: u32,
                    access: &str,
                    protocol: &str,
                    from: &str,
                    to: &str,
                    port: &str| {
            json!({"name": name, "properties": {"priority": priority, "direction": "Inbound", "access": access,
                "protocol": protocol, "sourceAddressPrefix": from, "sourcePortRange": "*",
                "destinationAddressPrefix": to, "destinationPortRange": port}})
        };
        let network = "Microsoft.Network";
        let nsg = self.id(&format!("{network}/networkSecurityGroups/nsg-{PREFIX}"));
        let vnet = self.id(&format!("{network}/virtualNetworks/vnet-{PREFIX}"));
        let uai = self.id(&format!("Microsoft.ManagedIdentity/userAssignedIdentities/id-{PREFIX}"));
        let kv = self.id(&format!("Microsoft.KeyVault/vaults/kv-{PREFIX}"));
        let sa = self.id(&format!("Microsoft.Storage/storageAccounts/st{PREFIX}001"));
        let acr = self.id(&format!("Microsoft.ContainerRegistry/registries/acr{PREFIX}"));
        let law = self.id(&format!("Microsoft.OperationalInsights/workspaces/log-{PREFIX}"));
        let appi = self.id(&format!("Microsoft.Insights/components/appi-{PREFIX}"));
        let cosmos = self.id(&format!("Microsoft.DocumentDB/databaseAccounts/cosmos-{PREFIX}"));
        let mlw = self.id(&format!("Microsoft.MachineLearningServices/workspaces/mlw-{PREFIX}"));
        let mut steps = vec![
            (self.group.clone(), "2025-04-01", regional(json!({}))),
            (
                nsg.clone(),
                "2025-05-01",
                regional(json!({"properties": {"securityRules": [
                rule("DenyInternetInbound", 4000, "Deny", "*", "Internet", "*", "*"),
                rule("AllowAmlInbound", 200, "Allow", "Tcp", "AzureMachineLearning", "VirtualNetwork", "44224")]}})),
            ),
            (
                vnet.clone(),
                "2025-05-01",
                regional(json!({"properties": {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}}})),
            ),
            (
                format!("{vnet}/subnets/snet-pe"),
                "2025-05-01",
                json!({"properties": {"addressPrefix": "10.20.1.0/24",
                "privateEndpointNetworkPolicies": "Disabled", "networkSecurityGroup": {"id": nsg}}}),
            ),
            (
                format!("{vnet}/subnets/snet-compute"),
                "2025-05-01",
                json!({"properties": {"addressPrefix": "10.20.2.0/24",
                "defaultOutboundAccess": false, "networkSecurityGroup": {"id": nsg}}}),
            ),
            (uai.clone(), "2024-11-30", regional(json!({}))),
            (
                kv.clone(),
                "2024-11-01",
                regional(json!({"properties": {"tenantId": self.cloud.names().tenant_id,
                "sku": {"family": "A", "name": "premium"}, "enableRbacAuthorization": true, "enablePurgeProtection": true,
                "enableSoftDelete": true, "softDeleteRetentionInDays": 90, "publicNetworkAccess": "Disabled",
                "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}}})),
            ),
            (
                sa.clone(),
                "2025-06-01",
                regional(json!({"kind": "StorageV2", "sku": {"name": "Standard_ZRS"}, "properties": {
                "accessTier": "Hot", "allowBlobPublicAccess": false, "allowSharedKeyAccess": false,
                "allowCrossTenantReplication": false, "defaultToOAuthAuthentication": true, "minimumTlsVersion": "TLS1_2",
                "publicNetworkAccess": "Disabled", "supportsHttpsTrafficOnly": true,
                "encryption": {"requireInfrastructureEncryption": true, "keySource": "Microsoft.Storage",
                    "services": {"blob": {"enabled": true}, "file": {"enabled": true}}},
                "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"}}})),
            ),
            (
                acr.clone(),
                "2025-04-01",
                regional(json!({"sku": {"name": "Premium"}, "properties": {"adminUserEnabled": false,
                "anonymousPullEnabled": false, "publicNetworkAccess": "Disabled",
                "networkRuleBypassOptions": "AzureServices", "zoneRedundancy": "Enabled"}})),
            ),
            (
                law.clone(),
                "2025-02-01",
                regional(json!({"properties": {"sku": {"name": "PerGB2018"},
                "retentionInDays": 90, "features": {"disableLocalAuth": true}}})),
            ),
            (
                appi.clone(),
                "2020-02-02",
                regional(json!({"kind": "web", "properties": {"Application_Type": "web",
                "WorkspaceResourceId": law, "IngestionMode": "LogAnalytics", "DisableLocalAuth": true}})),
            ),
            (
                cosmos.clone(),
                "2025-04-15",
                regional(json!({"kind": "GlobalDocumentDB", "properties": {
                "databaseAccountOfferType": "Standard", "disableLocalAuth": true, "publicNetworkAccess": "Disabled",
                "minimalTlsVersion": "Tls12", "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
                "locations": [{"locationName": "eastus", "failoverPriority": 0, "isZoneRedundant": false}],
                "isVirtualNetworkFilterEnabled": false}})),
            ),
        ];
        let principal = self.get(&uai, "2024-11-30").value()["properties"]["principalId"].clone();
        for (at, (scope, role)) in [
            (&kv, "00482a5a-887f-4fb3-b363-3b7fe8e74483"),
            (&sa, "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
            (&acr, "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
            (&self.group, "b24988ac-6180-42a0-ab88-20f7382dd24c"),
        ]
        .into_iter()
        .enumerate()
        {
            let name = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("{PREFIX}/{at}").as_bytes());
            let roles = format!(
                "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions",
                self.cloud.names().subscription_id
            );
            steps.push((
                format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
                "2022-04-01",
                json!({"properties": {"roleDefinitionId": format!("{roles}/{role}"), "principalId": principal,
                    "principalType": "ServicePrincipal"}}),
            ));
        }
        steps.push((mlw.clone(), "2025-12-01", regional(json!({"kind": "Default", "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {uai.clone(): {}}},
            "properties": {"friendlyName": "Secured workspace", "storageAccount": sa, "keyVault": kv, "containerRegistry": acr,
                "applicationInsights": appi, "primaryUserAssignedIdentity": uai, "publicNetworkAccess": "Disabled",
                "systemDatastoresAuthMode": "identity", "hbiWorkspace": true, "v1LegacyMode": false,
                "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}}))));
        for zone in ZONES {
            let id = self.id(&format!("{network}/privateDnsZones/{zone}"));
            steps.push((id.clone(), "2024-06-01", json!({"location": "global", "tags": tags})));
            steps.push((
                format!("{id}/virtualNetworkLinks/link-{PREFIX}"),
                "2024-06-01",
                json!({"location": "global",
                "properties": {"registrationEnabled": false, "virtualNetwork": {"id": vnet}}}),
            ));
        }
        for (name, target, sub, zones) in [
            ("kv", &kv, "vault", &ZONES[..1]),
            ("sa", &sa, "blob", &ZONES[1..2]),
            ("acr", &acr, "registry", &ZONES[2..3]),
            ("cosmos", &cosmos, "Sql", &ZONES[5..]),
            ("mlw", &mlw, "amlworkspace", &ZONES[3..5]),
        ] {
            let id = self.id(&format!("{network}/privateEndpoints/pe-{name}"));
            steps.push((
                id.clone(),
                "2025-05-01",
                regional(json!({"properties": {
                "subnet": {"id": format!("{vnet}/subnets/snet-pe")},
                "privateLinkServiceConnections": [{"name": format!("plsc-{name}"),
                    "properties": {"privateLinkServiceId": target, "groupIds": [sub]}}]}})),
            ));
            let configs: Vec<Value> = zones
                .iter()
                .map(|zone| {
                    json!({"name": zone.replace('.', "-"),
                "properties": {"privateDnsZoneId": self.id(&format!("{network}/privateDnsZones/{zone}"))}})
                })
                .collect();
            steps.push((
                format!("{id}/privateDnsZoneGroups/default"),
                "2025-05-01",
                json!({"properties": {"privateDnsZoneConfigs": configs}}),
            ));
        }
        steps.push((
            self.id(&format!("Microsoft.Authorization/locks/lock-{PREFIX}")),
            "2020-05-01",
            json!({"properties": {"level": "CanNotDelete", "notes": "protected"}}),
        ));
        steps
    }

    fn send(&self, method: &str, id: &str, version: &str, body: Option<&Value>) -> Response {
        self.cloud.request(method, &format!("{id}?api-version={version}"), body)
    }

    fn get(&self, id: &str, version: &str) -> Response {
        self.send("GET", id, version, None)
    }

    fn apply(&self) {
        // The principal of the identity is known only once the identity is there: the later steps are read again.
        for at in 0..self.steps().len() {
            let (id, version, body) = self.steps().remove(at);
            let response = self.send("PUT", &id, version, Some(&body));
            assert!(response.status < 300, "{id}: {} {:?}", response.status, response.body);
            self.cloud.finish_operations();
            let read = self.get(&id, version);
            assert_eq!(read.status, 200, "{id}: {:?}", read.body);
            let state = &read.value()["properties"]["provisioningState"];
            assert!(state.is_null() || state == "Succeeded", "{id}: {state}");
        }
    }
}

/// Paths (of objects) at which `sent` says something that `live` does not show.
fn unseen(sent: &Value, live: &Value, path: &str, found: &mut Vec<String>) {
    match (sent, live) {
        (Value::Object(sent), Value::Object(live)) => {
            for (name, value) in sent {
                // Ids as keys come back in the casing that the service likes.
                let shown =
                    live.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
                unseen(value, shown.unwrap_or(&Value::Null), &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(sent), Value::Array(live)) if sent.len() == live.len() => {
            for (at, value) in sent.iter().enumerate() {
                let name = &value["name"];
                let twin =
                    live.iter().find(|item| !name.is_null() && item["name"] == *name).unwrap_or(&live[at]);
                unseen(value, twin, &format!("{path}[{at}]"), found);
            }
        }
        (Value::String(sent), Value::String(live)) if sent.eq_ignore_ascii_case(live) => {}
        (sent, live) if sent == live => {}
        (sent, live) => found.push(format!("{path}: sent {sent}, live {live}")),
    }
}

#[test]
fn the_benchmarks_workspace_is_applied_and_shows_what_was_sent() {
    let story = Story::new();
    story.apply();
    assert_eq!(story.steps().len(), 40);
    let mut found = Vec::new();
    for (id, version, sent) in story.steps() {
        let live = story.get(&id, version);
        unseen(&sent, live.value(), id.rsplit('/').next().unwrap(), &mut found);
    }
    // Cosmos DB answers regions by their display name.
    found.retain(|line| !line.ends_with("live \"East US\""));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn writing_the_same_again_changes_nothing() {
    let story = Story::new();
    story.apply();
    let before = story.cloud.world_json();
    story.apply();
    let after = story.cloud.world_json();
    for (id, body) in after["documents"].as_object().unwrap() {
        assert_eq!(Some(body), before["documents"].get(id), "{id}");
    }
    assert_eq!(before["documents"].as_object().unwrap().len(), after["documents"].as_object().unwrap().len());
}

#[test]
fn the_benchmarks_workspace_is_deleted_in_reverse_and_leaves_what_azure_keeps() {
    let story = Story::new();
    story.apply();
    let steps = story.steps();
    let locked = story.send("DELETE", &story.group, "2025-04-01", None);
    assert_eq!(locked.value()["error"]["code"], "ScopeLocked");
    for (id, version, _) in steps.iter().rev() {
        let response = story.send("DELETE", id, version, None);
        assert!(matches!(response.status, 200 | 202), "{id}: {} {:?}", response.status, response.body);
        story.cloud.finish_operations();
        assert_eq!(story.get(id, version).status, 404, "{id}");
    }
    assert_eq!(story.cloud.ids(), Vec::<String>::new());
    let mut gone: Vec<String> =
        story.cloud.show().soft_deleted.into_iter().map(|gone| gone.type_name).collect();
    gone.sort();
    assert_eq!(
        gone,
        [
            "Microsoft.KeyVault/vaults",
            "Microsoft.MachineLearningServices/workspaces",
            "Microsoft.OperationalInsights/workspaces"
        ]
    );
}

#[test]
fn deleting_the_group_takes_the_benchmarks_workspace_with_it() {
    let story = Story::new();
    story.apply();
    let (lock, version, _) = story.steps().pop().unwrap();
    assert_eq!(story.send("DELETE", &lock, version, None).status, 200);
    story.cloud.finish_operations();
    assert_eq!(story.send("DELETE", &story.group, "2025-04-01", None).status, 202);
    story.cloud.finish_operations();
    assert_eq!(story.cloud.ids(), Vec::<String>::new());
}

/// A workspace whose data is encrypted with a key of the customer, and what it needs: id, api version, body.
fn encrypted(story: &Story, recover: bool) -> Vec<(String, &'static str, Value)> {
    let regional = |body: Value| {
        let mut whole = json!({"location": "westeurope"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        whole
    };
    let uai = story.id("Microsoft.ManagedIdentity/userAssignedIdentities/id-cmk");
    let kv = story.id("Microsoft.KeyVault/vaults/kv-cmk");
    let sa = story.id("Microsoft.Storage/storageAccounts/stcmk001");
    let law = story.id("Microsoft.OperationalInsights/workspaces/log-cmk");
    let appi = story.id("Microsoft.Insights/components/appi-cmk");
    let mlw = story.id("Microsoft.MachineLearningServices/workspaces/mlw-cmk");
    let principal = story.get(&uai, "2024-11-30").value()["properties"]["principalId"].clone();
    let mut vault = json!({"tenantId": story.cloud.names().tenant_id, "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": true, "enablePurgeProtection": true, "softDeleteRetentionInDays": 7});
    if recover {
        vault["createMode"] = "recover".into();
    }
    let role = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
        story.cloud.names().subscription_id
    );
    let mut steps = vec![
        (story.group.clone(), "2025-04-01", regional(json!({}))),
        (uai.clone(), "2024-11-30", regional(json!({}))),
        (kv.clone(), "2024-11-01", regional(json!({"properties": vault}))),
    ];
    let key = story.get(&format!("{kv}/keys/cmk"), "2024-11-01");
    if !recover {
        steps.push((
            format!("{kv}/keys/cmk"),
            "2024-11-01",
            json!({"properties": {"kty": "RSA", "keySize": 2048, "keyOps": ["wrapKey", "unwrapKey"]}}),
        ));
    }
    steps.extend([
        (format!("{kv}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000c1"), "2022-04-01",
            json!({"properties": {"roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal"}})),
        (sa.clone(), "2025-06-01", regional(json!({"kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}))),
        (law.clone(), "2025-02-01", regional(json!({"properties": {"sku": {"name": "PerGB2018"}}}))),
        (appi.clone(), "2020-02-02", regional(json!({"kind": "web", "properties": {"Application_Type": "web", "WorkspaceResourceId": law}}))),
        (mlw, "2024-04-01", regional(json!({"kind": "Default", "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {uai.clone(): {}}},
            "properties": {"storageAccount": sa, "keyVault": kv, "applicationInsights": appi, "primaryUserAssignedIdentity": uai,
                "encryption": {"status": "Enabled", "identity": {"userAssignedIdentity": uai}, "keyVaultProperties": {
                    "keyVaultArmId": kv, "keyIdentifier": key.value()["properties"]["keyUriWithVersion"]}}}}))),
    ]);
    steps
}

fn apply(story: &Story, recover: bool) {
    for at in 0..encrypted(story, recover).len() {
        let (id, version, body) = encrypted(story, recover).remove(at);
        let response = story.send("PUT", &id, version, Some(&body));
        assert!(response.status < 300, "{id}: {} {:?}", response.status, response.body);
        story.cloud.finish_operations();
        let state = story.get(&id, version).value()["properties"]["provisioningState"].clone();
        assert!(state.is_null() || state == "Succeeded", "{id}: {state}");
    }
}

#[test]
fn imp_05_an_encrypted_workspace_brings_its_group_and_takes_it_along_and_the_vault_comes_back_with_its_key() {
    let story = Story::new();
    apply(&story, false);
    let summary = story.cloud.show();
    let managed: Vec<&String> =
        summary.resource_groups.iter().filter(|name| name.starts_with("azureml-rg-")).collect();
    assert_eq!(managed.len(), 1, "{:?}", summary.resource_groups);
    assert_eq!(summary.by_type["Microsoft.Search/searchServices"], 1);
    let key = story.get(&story.id("Microsoft.KeyVault/vaults/kv-cmk/keys/cmk"), "2024-11-01").body.unwrap();
    let log =
        story.get(&story.id("Microsoft.OperationalInsights/workspaces/log-cmk"), "2025-02-01").body.unwrap();
    assert_eq!(story.send("DELETE", &story.group, "2025-04-01", None).status, 202);
    story.cloud.finish_operations();
    assert_eq!(story.cloud.ids(), Vec::<String>::new());
    let mut gone: Vec<String> = story.cloud.show().soft_deleted.into_iter().map(|gone| gone.name).collect();
    gone.sort();
    assert_eq!(gone, ["kv-cmk", "log-cmk"]);
    apply(&story, true);
    let again = story.get(&story.id("Microsoft.KeyVault/vaults/kv-cmk/keys/cmk"), "2024-11-01").body.unwrap();
    assert_eq!(again, key);
    let again =
        story.get(&story.id("Microsoft.OperationalInsights/workspaces/log-cmk"), "2025-02-01").body.unwrap();
    assert_eq!(again["properties"]["customerId"], log["properties"]["customerId"]);
    assert_eq!(story.cloud.show().soft_deleted, []);
}
