use super::{ENCRYPTION_USER, GUIDS, Sky};
use serde_json::{Map, Value, json};

struct Lab {
    sky: Sky,
    vault: String,
    storage: String,
    identity: String,
    principal: String,
}

impl Lab {
    fn new() -> Lab {
        let sky = Sky::new();
        let vault = sky.vault();
        let storage = sky.storage();
        let (identity, principal) = sky.identity("id-ml");
        Lab { vault, storage, identity, principal, sky }
    }

    fn id(&self) -> String {
        self.sky.id("Microsoft.MachineLearningServices/workspaces/mlw-one")
    }

    /// A workspace's body: system-assigned, with more properties.
    fn body(&self, more: Value) -> Value {
        let mut body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "kind": "Default",
            "sku": {"name": "Standard_S1", "tier": "Free"},
            "properties": {"keyVault": self.vault, "storageAccount": self.storage}});
        body["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    }

    /// A workspace's body with the user-assigned identity and a customer-managed key.
    fn encrypted(&self, key: &str) -> Value {
        let mut users = Map::new();
        users.insert(self.identity.clone(), json!({}));
        let mut body = self.body(json!({
            "primaryUserAssignedIdentity": self.identity,
            "encryption": {"status": "Enabled", "identity": {"userAssignedIdentity": self.identity},
                "keyVaultProperties": {"keyVaultArmId": self.vault, "keyIdentifier": key}},
        }));
        body["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": users});
        body
    }
}

/// What templates send beside the schema of their version (`manners` in the schema's room says who found out).
#[test]
fn a_workspace_ignores_what_it_does_not_know() {
    let lab = Lab::new();
    let made = lab.sky.put(&lab.id(), lab.body(json!({"managedNetworkKind": "V1", "description": "d"})));
    assert_eq!(made["properties"]["description"], "d");
    assert_eq!(made["properties"].get("managedNetworkKind"), None);
    assert_eq!(made["properties"]["allowRoleAssignmentOnRG"], true);
    let told = lab.sky.put(&lab.id(), lab.body(json!({"allowRoleAssignmentOnRg": false})));
    assert_eq!(told["properties"]["allowRoleAssignmentOnRG"], false);
    assert_eq!(told["properties"].get("allowRoleAssignmentOnRg"), None);
}

#[test]
fn a_workspace_is_answered_as_it_was_recorded() {
    let lab = Lab::new();
    let made = lab.sky.put(&lab.id(), lab.body(json!({})));
    let properties = &made["properties"];
    assert_eq!(made["sku"], json!({"name": "Basic", "tier": "Basic"}));
    assert!(properties["keyVault"].as_str().unwrap().contains("/Microsoft.Keyvault/"));
    assert_eq!(properties["discoveryUrl"], "https://westeurope.api.azureml.ms/discovery");
    assert_eq!(properties["managedNetwork"]["isolationMode"], "Disabled");
    assert_eq!(
        properties["managedNetwork"]["changeableIsolationModes"],
        json!(["AllowInternetOutbound", "AllowOnlyApprovedOutbound"])
    );
    assert!(
        properties["notebookInfo"]["fqdn"].as_str().unwrap().ends_with(".westeurope.notebooks.azure.net")
    );
    assert_eq!(properties["workspaceId"].as_str().unwrap().len(), 36);
    assert!(made["identity"]["principalId"].is_string());
    let keys = lab.sky.send("POST", &format!("{}/listKeys", lab.id()), None);
    assert_eq!(keys.value()["userStorageResourceId"], lab.storage);
}

#[test]
fn what_a_workspace_needs() {
    let lab = Lab::new();
    let mut without = lab.body(json!({}));
    without["properties"].as_object_mut().unwrap().remove("keyVault");
    assert_eq!(lab.sky.message(&lab.id(), without), "Missing dependent resources in workspace json");
    let missing = lab.body(json!({"applicationInsights": lab.sky.id("Microsoft.Insights/components/none")}));
    assert_eq!(lab.sky.refused(&lab.id(), missing).1, "ValidationError");
    let mut bare = lab.body(json!({}));
    bare.as_object_mut().unwrap().remove("identity");
    assert!(lab.sky.message(&lab.id(), bare).contains("MSI"));
    let mut users = Map::new();
    users.insert(lab.identity.clone(), json!({}));
    let mut assigned = lab.body(json!({}));
    assigned["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": users});
    assert!(lab.sky.message(&lab.id(), assigned).contains("primaryUserAssignedIdentity"));
}

#[test]
fn imp_03_a_workspace_enters_its_vaults_access_policies() {
    let lab = Lab::new();
    let vault = lab.sky.id("Microsoft.KeyVault/vaults/kv-policies");
    lab.sky.put(&vault, lab.sky.vault_body(json!({"accessPolicies": []})));
    let made = lab.sky.put(&lab.id(), lab.body(json!({"keyVault": vault})));
    let policies = lab.sky.get(&vault)["properties"]["accessPolicies"].clone();
    assert_eq!(policies[0]["objectId"], made["identity"]["principalId"]);
    assert_eq!(policies[0]["permissions"]["keys"], json!(["all"]));
    // A vault with roles is left alone.
    assert_eq!(lab.sky.get(&lab.vault)["properties"]["accessPolicies"], json!([]));
}

#[test]
fn imp_04_datastores_are_there() {
    let lab = Lab::new();
    lab.sky.put(&lab.id(), lab.body(json!({})));
    let uri = format!("{}/datastores?api-version=2025-06-01", lab.id());
    let list = lab.sky.cloud.request("GET", &uri, None);
    assert_eq!(list.value()["value"].as_array().unwrap().len(), 4);
    lab.sky.get(&format!("{}/datastores/workspaceblobstore", lab.id()));
}

#[test]
fn cmk_02_the_key_must_be_protected_there_and_allowed() {
    let lab = Lab::new();
    let key = "https://kv-one.vault.azure.net/keys/cmk";
    assert_eq!(lab.sky.refused(&lab.id(), lab.encrypted(key)), (0, "BadRequest".to_owned()));
    let open = lab.sky.id("Microsoft.KeyVault/vaults/kv-open");
    lab.sky.put(&open, lab.sky.vault_body(json!({"enableRbacAuthorization": true})));
    lab.sky.put(&format!("{open}/keys/cmk"), json!({"properties": {}}));
    let mut other = lab.encrypted("https://kv-open.vault.azure.net/keys/cmk");
    other["properties"]["encryption"]["keyVaultProperties"]["keyVaultArmId"] = json!(open);
    let id = lab.sky.id("Microsoft.MachineLearningServices/workspaces/mlw-two");
    assert_eq!(lab.sky.refused(&id, other), (0, "BadRequest".to_owned()));
}

#[test]
fn imp_05_a_key_brings_a_managed_group_that_goes_with_the_workspace() {
    let lab = Lab::new();
    let made = lab.sky.put(&format!("{}/keys/cmk", lab.vault), json!({"properties": {}}));
    let key = made["properties"]["keyUriWithVersion"].as_str().unwrap().to_owned();
    lab.sky.grant(&lab.vault, ENCRYPTION_USER, &lab.principal, GUIDS[0]);
    let workspace = lab.sky.put(&lab.id(), lab.encrypted(&key));
    let name = workspace["properties"]["serviceProvisionedResourceGroup"].as_str().unwrap();
    assert!(name.starts_with("azureml-rg-mlw-one_"), "{name}");
    let group = format!("/subscriptions/{}/resourceGroups/{name}", lab.sky.cloud.names().subscription_id);
    let inside = |cloud: &Sky| {
        cloud.cloud.ids().into_iter().filter(|id| id.starts_with(&format!("{group}/"))).collect::<Vec<_>>()
    };
    let types: Vec<String> = inside(&lab.sky).iter().map(|id| super::type_of(id)).collect();
    assert_eq!(types.len(), 3, "{types:?}");
    for id in inside(&lab.sky) {
        assert!(lab.sky.delete(&id).status >= 400, "{id} can be deleted");
    }
    // NAM-06: a workspace with a key is deleted for good.
    assert_eq!(lab.sky.delete(&lab.id()).status, 202);
    assert!(lab.sky.gone(&lab.id()) && lab.sky.gone(&group));
    assert!(inside(&lab.sky).is_empty());
    lab.sky.put(&lab.id(), lab.encrypted(&key));
}

#[test]
fn nam_06_a_deleted_workspace_holds_its_name_unless_purged() {
    let lab = Lab::new();
    lab.sky.put(&lab.id(), lab.body(json!({})));
    lab.sky.delete(&lab.id());
    assert!(lab.sky.message(&lab.id(), lab.body(json!({}))).contains("Soft-deleted workspace exists"));
    let other = lab.sky.id("Microsoft.MachineLearningServices/workspaces/mlw-two");
    lab.sky.put(&other, lab.body(json!({})));
    lab.sky.cloud.request("DELETE", &format!("{other}?api-version=2025-06-01&forceToPurge=true"), None);
    lab.sky.step();
    lab.sky.put(&other, lab.body(json!({})));
}

#[test]
fn imm_01_what_a_workspace_was_created_with_stays() {
    let lab = Lab::new();
    lab.sky.put(&lab.id(), lab.body(json!({"hbiWorkspace": true})));
    assert_eq!(lab.sky.refused(&lab.id(), lab.body(json!({"hbiWorkspace": false}))).1, "ValidationError");
    let other = lab.sky.id("Microsoft.Storage/storageAccounts/sttwo");
    lab.sky.put(&other, json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}));
    assert_eq!(
        lab.sky.refused(&lab.id(), lab.body(json!({"hbiWorkspace": true, "storageAccount": other}))).1,
        "ValidationError"
    );
    let named = lab.sky.put(
        &lab.id(),
        lab.body(json!({"hbiWorkspace": true, "friendlyName": "Lab", "publicNetworkAccess": "Disabled"})),
    );
    assert_eq!(named["properties"]["friendlyName"], "Lab");
}

#[test]
fn imp_06_isolation_is_one_way_and_brings_its_rules() {
    let lab = Lab::new();
    let mode = |mode: &str| lab.body(json!({"managedNetwork": {"isolationMode": mode}}));
    lab.sky.put(&lab.id(), mode("Disabled"));
    let rule = format!("{}/outboundRules/pypi", lab.id());
    let fqdn = json!({"properties": {"type": "FQDN", "category": "UserDefined", "destination": "pypi.org"}});
    assert_eq!(lab.sky.refused(&rule, fqdn.clone()).0, 400);
    lab.sky.put(&lab.id(), mode("AllowInternetOutbound"));
    assert_eq!(lab.sky.refused(&rule, fqdn.clone()).0, 400);
    assert_eq!(lab.sky.refused(&lab.id(), mode("Disabled")).1, "ValidationError");
    let closed = lab.sky.put(&lab.id(), mode("AllowOnlyApprovedOutbound"));
    assert_eq!(
        closed["properties"]["managedNetwork"]["changeableIsolationModes"],
        json!(["AllowOnlyApprovedOutbound"])
    );
    let rules = closed["properties"]["managedNetwork"]["outboundRules"].as_object().unwrap();
    assert!(rules.len() >= 12, "{rules:?}");
    assert!(rules.values().all(|r| r["category"] == "Required"));
    let required = format!("{}/outboundRules/{}", lab.id(), rules.keys().next().unwrap());
    assert!(lab.sky.delete(&required).status >= 400);
    assert_eq!(lab.sky.refused(&lab.id(), mode("AllowInternetOutbound")).1, "ValidationError");
    assert_eq!(lab.sky.put(&rule, fqdn)["properties"]["status"], "Inactive");
    let mut target = json!({"properties": {"type": "PrivateEndpoint", "category": "UserDefined", "destination":
        {"serviceResourceId": lab.vault, "subresourceTarget": "vault", "sparkEnabled": false}}});
    lab.sky.put(&format!("{}/outboundRules/kv", lab.id()), target.clone());
    target["properties"]["destination"]["subresourceTarget"] = json!("blob");
    assert_eq!(lab.sky.refused(&format!("{}/outboundRules/kv2", lab.id()), target).0, 400);
    let mut spark = mode("AllowOnlyApprovedOutbound");
    spark["properties"]["managedNetwork"]["status"] = json!({"status": "Active", "sparkReady": true});
    lab.sky.put(&lab.id(), spark);
    // The first compute provisions the network.
    lab.sky.put(&format!("{}/computes/cpu", lab.id()), cluster(json!({})));
    let status = json!({"status": "Active", "sparkReady": true});
    assert_eq!(lab.sky.get(&lab.id())["properties"]["managedNetwork"]["status"], status);
    assert_eq!(lab.sky.get(&rule)["properties"]["status"], "Active");
}

fn cluster(more: Value) -> Value {
    let mut body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {"computeType": "AmlCompute",
        "computeLocation": "westeurope", "disableLocalAuth": true, "properties": {"vmSize": "Standard_DS3_v2",
            "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT120S"}}}});
    body["properties"]["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn computes_keep_what_they_were_made_of_and_take_a_subnet_without_managed_network() {
    let lab = Lab::new();
    lab.sky.put(&lab.id(), lab.body(json!({})));
    let subnet = format!("{}/subnets/s", lab.sky.network());
    let id = format!("{}/computes/cpu", lab.id());
    let made = lab.sky.put(&id, cluster(json!({"subnet": {"id": subnet}, "enableNodePublicIp": false})));
    assert_eq!(made["properties"]["properties"]["allocationState"], "Steady");
    assert_eq!(made["properties"]["isAttachedCompute"], false);
    assert_eq!(lab.sky.send("DELETE", &subnet, None).value()["error"]["code"], "InUseSubnetCannotBeDeleted");
    let scaled = json!({"subnet": {"id": subnet}, "enableNodePublicIp": false, "scaleSettings": {"maxNodeCount": 5, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT120S"}});
    assert_eq!(
        lab.sky.put(&id, cluster(scaled))["properties"]["properties"]["scaleSettings"]["maxNodeCount"],
        5
    );
    assert_eq!(
        lab.sky.refused(&id, cluster(json!({"subnet": {"id": subnet}, "vmSize": "Standard_NC6"}))).0,
        409
    );
    assert_eq!(
        lab.sky.refused(&format!("{}/computes/a-name-that-is-too-long", lab.id()), cluster(json!({}))).0,
        400
    );
    assert_eq!(
        lab.sky
            .refused(&format!("{}/computes/closed", lab.id()), cluster(json!({"enableNodePublicIp": false})))
            .0,
        400
    );
    // All computes go before the network is managed.
    let managed = lab.body(json!({"managedNetwork": {"isolationMode": "AllowInternetOutbound"}}));
    assert!(lab.sky.message(&lab.id(), managed.clone()).contains("must be deleted before"));
    assert_eq!(lab.sky.delete(&id).status, 202);
    lab.sky.put(&lab.id(), managed);
    assert_eq!(lab.sky.refused(&id, cluster(json!({"subnet": {"id": subnet}}))).0, 400);
}

#[test]
fn private_link_of_a_workspace_needs_two_zones() {
    let lab = Lab::new();
    lab.sky.put(&lab.id(), lab.body(json!({"publicNetworkAccess": "Disabled"})));
    let subnet = format!("{}/subnets/s", lab.sky.network());
    let endpoint = lab.sky.id("Microsoft.Network/privateEndpoints/pe-ml");
    let body = json!({"location": "westeurope", "properties": {"subnet": {"id": subnet}, "privateLinkServiceConnections":
        [{"name": "c", "properties": {"privateLinkServiceId": lab.id(), "groupIds": ["amlworkspace"]}}]}});
    let made = lab.sky.put(&endpoint, body);
    assert_eq!(made["properties"]["customDnsConfigs"].as_array().unwrap().len(), 4);
    assert_eq!(lab.sky.get(&lab.id())["properties"]["privateLinkCount"], 1);
    let zones = ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"].map(|name| {
        let id = lab.sky.id(&format!("Microsoft.Network/privateDnsZones/{name}"));
        lab.sky.put(&id, json!({"location": "global"}));
        json!({"name": name, "properties": {"privateDnsZoneId": id}})
    });
    let group = lab.sky.put(
        &format!("{endpoint}/privateDnsZoneGroups/default"),
        json!({"properties": {"privateDnsZoneConfigs": zones}}),
    );
    let sets = |at: usize| {
        group["properties"]["privateDnsZoneConfigs"][at]["properties"]["recordSets"].as_array().unwrap().len()
    };
    assert_eq!((sets(0), sets(1)), (3, 1));
}
