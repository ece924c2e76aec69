use super::{ENCRYPTION_USER, GUIDS, Sky};
use serde_json::{Value, json};

#[test]
fn kv_01_the_address_gets_its_slash_and_the_state_ends() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.KeyVault/vaults/kv-one");
    let first = sky.send("PUT", &id, Some(sky.vault_body(json!({"accessPolicies": []}))));
    assert_eq!(first.status, 200);
    assert_eq!(first.value()["properties"]["provisioningState"], "RegisteringDns");
    assert_eq!(first.value()["properties"]["vaultUri"], "https://kv-one.vault.azure.net");
    sky.step();
    assert_eq!(sky.get(&id)["properties"]["vaultUri"], "https://kv-one.vault.azure.net/");
}

#[test]
fn kv_02_access_policies_are_required_without_roles_and_of_the_tenant() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.KeyVault/vaults/kv-one");
    assert_eq!(sky.refused(&id, sky.vault_body(json!({}))).1, "BadRequest");
    let foreign = json!({"tenantId": GUIDS[0], "objectId": GUIDS[1], "permissions": {"keys": ["get"]}});
    assert_eq!(sky.refused(&id, sky.vault_body(json!({"accessPolicies": [foreign]}))).1, "BadRequest");
    sky.put(&id, sky.vault_body(json!({"enableRbacAuthorization": true})));
}

#[test]
fn con_05_access_policies_are_added_replaced_and_removed() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.KeyVault/vaults/kv-one");
    sky.put(&id, sky.vault_body(json!({"accessPolicies": []})));
    let tenant = sky.cloud.names().tenant_id;
    let change = |verb: &str, keys: Value| {
        let entry = json!({"tenantId": tenant, "objectId": GUIDS[0], "permissions": {"keys": keys}});
        let answer = sky.send(
            "PUT",
            &format!("{id}/accessPolicies/{verb}"),
            Some(json!({"properties": {"accessPolicies": [entry]}})),
        );
        assert!(answer.status < 300, "{:?}", answer.body);
        sky.get(&id)["properties"]["accessPolicies"].clone()
    };
    change("add", json!(["Get"]));
    assert_eq!(change("add", json!(["wrapKey"]))[0]["permissions"]["keys"], json!(["get", "wrapKey"]));
    assert_eq!(change("replace", json!(["list"]))[0]["permissions"]["keys"], json!(["list"]));
    assert_eq!(change("remove", json!(["list"])), json!([]));
}

#[test]
fn nam_03_protection_and_retention_are_one_way() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.KeyVault/vaults/kv-one");
    let body = |more: Value| {
        sky.vault_body({
            let mut all = json!({"enableRbacAuthorization": true});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        })
    };
    assert_eq!(sky.refused(&id, body(json!({"enablePurgeProtection": false}))).1, "BadRequest");
    assert_eq!(sky.refused(&id, body(json!({"softDeleteRetentionInDays": 5}))).1, "BadRequest");
    let made = sky.put(
        &id,
        body(
            json!({"enableSoftDelete": false, "softDeleteRetentionInDays": 7, "enablePurgeProtection": true}),
        ),
    );
    assert_eq!(made["properties"]["enableSoftDelete"], true);
    assert!(sky.message(&id, body(json!({"softDeleteRetentionInDays": 90}))).contains("can't be modified"));
    let kept = sky.put(&id, body(json!({})));
    assert_eq!(
        (&kept["properties"]["enablePurgeProtection"], &kept["properties"]["softDeleteRetentionInDays"]),
        (&json!(true), &json!(7))
    );
}

#[test]
fn nam_02_a_deleted_vault_comes_back_with_its_keys() {
    let sky = Sky::new();
    let vault = sky.vault();
    let key = format!("{vault}/keys/cmk");
    let made = sky.put(&key, json!({"properties": {"kty": "RSA", "keySize": 3072}}));
    assert_eq!(made["properties"]["keyUri"], "https://kv-one.vault.azure.net/keys/cmk");
    let versioned = made["properties"]["keyUriWithVersion"].as_str().unwrap().to_owned();
    let version = versioned.rsplit('/').next().unwrap();
    sky.get(&format!("{key}/versions/{version}"));
    // A second PUT changes nothing.
    let again = sky.put(&key, json!({"properties": {"kty": "EC"}}));
    assert_eq!(again["properties"]["keyUriWithVersion"], versioned);
    assert!(sky.send("DELETE", &key, None).status >= 400);
    assert_eq!(sky.delete(&vault).status, 200);
    assert!(sky.gone(&vault));
    assert_eq!(
        sky.refused(&vault, sky.vault_body(json!({"enableRbacAuthorization": true}))),
        (409, "ConflictError".to_owned())
    );
    let subscription = format!("/subscriptions/{}", sky.cloud.names().subscription_id);
    let deleted =
        format!("{subscription}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-one");
    let listed = sky.send("GET", &deleted, None);
    assert_eq!(listed.value()["properties"]["vaultId"], vault, "{:?}", listed.body);
    assert_eq!(listed.value()["properties"]["purgeProtectionEnabled"], true);
    sky.put(&vault, sky.vault_body(json!({"createMode": "recover"})));
    assert_eq!(sky.get(&vault)["properties"]["enablePurgeProtection"], true);
    assert_eq!(sky.get(&key)["properties"]["keyUriWithVersion"], versioned);
}

#[test]
fn server_populated_addresses_of_a_vault_are_rewritten() {
    let sky = Sky::new();
    let network = sky.network();
    let subnet = format!("{network}/subnets/s");
    let id = sky.id("Microsoft.KeyVault/vaults/kv-one");
    let acls = json!({"enableRbacAuthorization": true, "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices",
        "ipRules": [{"value": "124.56.78.91"}], "virtualNetworkRules": [{"id": subnet}]}});
    assert_eq!(sky.refused(&id, sky.vault_body(acls.clone())).1, "VirtualNetworkNotValid");
    sky.put(&subnet, json!({"properties": {"addressPrefix": "10.0.1.0/24", "serviceEndpoints": [{"service": "Microsoft.KeyVault"}]}}));
    let made = sky.put(&id, sky.vault_body(acls));
    assert_eq!(made["properties"]["networkAcls"]["ipRules"][0]["value"], "124.56.78.91/32");
    assert_eq!(made["properties"]["networkAcls"]["virtualNetworkRules"][0]["id"], subnet.to_lowercase());
}

#[test]
fn nam_09_names_that_azure_refuses() {
    let sky = Sky::new();
    let bad = [
        "Microsoft.KeyVault/vaults/-kv",
        "Microsoft.KeyVault/vaults/kv--one",
        "Microsoft.KeyVault/vaults/kv-",
        "Microsoft.KeyVault/vaults/k",
        "Microsoft.Storage/storageAccounts/Upper",
        "Microsoft.Storage/storageAccounts/with-dash",
        "Microsoft.ContainerRegistry/registries/no-dash",
        "Microsoft.OperationalInsights/workspaces/abc",
        "Microsoft.DocumentDB/databaseAccounts/Upper",
        "Microsoft.MachineLearningServices/workspaces/ab",
        "Microsoft.Network/virtualNetworks/x",
        "Microsoft.Network/networkSecurityGroups/-x",
    ];
    for tail in bad {
        let answer =
            sky.send("PUT", &sky.id(tail), Some(json!({"location": "westeurope", "properties": {}})));
        assert_eq!(answer.status, 400, "{tail}: {:?}", answer.body);
    }
}

#[test]
fn imp_07_the_services_of_an_account_are_there_and_cannot_go() {
    let sky = Sky::new();
    let account = sky.storage();
    let made = sky.get(&account);
    assert_eq!(made["properties"]["primaryEndpoints"]["blob"], "https://stone.blob.core.windows.net/");
    assert_eq!(made["properties"]["networkAcls"]["defaultAction"], "Allow");
    for service in ["blobServices", "fileServices", "queueServices", "tableServices"] {
        let id = format!("{account}/{service}/default");
        sky.get(&id);
        assert!(sky.send("DELETE", &id, None).status >= 400, "{service}");
    }
    let blob = format!("{account}/blobServices/default");
    let changed = sky.put(&blob, json!({"properties": {"isVersioningEnabled": true}}));
    assert_eq!(changed["properties"]["isVersioningEnabled"], true);
    assert_eq!(changed["sku"]["name"], "Standard_LRS");
    let container = sky.put(&format!("{blob}/containers/data"), json!({"properties": {}}));
    assert_eq!(container["properties"]["publicAccess"], "None");
    let open = json!({"properties": {"publicAccess": "Blob"}});
    assert_eq!(
        sky.refused(&format!("{blob}/containers/open"), open),
        (409, "PublicAccessNotPermitted".to_owned())
    );
    let keys = sky.send("POST", &format!("{account}/listKeys"), None);
    assert_eq!(keys.value()["keys"].as_array().unwrap().len(), 2);
    let again = sky.send("POST", &format!("{account}/listKeys"), None);
    assert_eq!(keys.value(), again.value());
    let other = sky.send("POST", &format!("{account}/regenerateKey"), Some(json!({"keyName": "key1"})));
    assert_eq!(other.value()["keys"][1], keys.value()["keys"][1]);
    assert_ne!(other.value()["keys"][0]["value"], keys.value()["keys"][0]["value"]);
}

#[test]
fn imm_01_what_an_account_was_created_with_stays() {
    let sky = Sky::new();
    let account = sky.storage();
    let body = |kind: &str, sku: &str, properties: Value| json!({"location": "westeurope", "kind": kind, "sku": {"name": sku}, "properties": properties});
    assert_eq!(
        sky.refused(&account, body("StorageV2", "Standard_LRS", json!({"isHnsEnabled": true}))).0,
        409
    );
    assert_eq!(sky.refused(&account, body("BlobStorage", "Standard_LRS", json!({}))).0, 409);
    assert_eq!(
        sky.refused(&account, body("StorageV2", "Standard_ZRS", json!({}))).1,
        "StorageAccountTypeConversionNotAllowed"
    );
    let grown = sky.put(
        &account,
        body(
            "StorageV2",
            "Standard_RAGRS",
            json!({"networkAcls": {"bypass": "AzureServices, Logging", "defaultAction": "Deny"}}),
        ),
    );
    assert_eq!(grown["properties"]["secondaryLocation"], "northeurope");
    assert_eq!(
        grown["properties"]["secondaryEndpoints"]["blob"],
        "https://stone-secondary.blob.core.windows.net/"
    );
    assert_eq!(grown["properties"]["networkAcls"]["bypass"], "Logging, AzureServices");
}

#[test]
fn cmk_01_a_key_is_used_only_with_protection_and_permission() {
    let sky = Sky::new();
    let (identity, principal) = sky.identity("id-cmk");
    let open = sky.id("Microsoft.KeyVault/vaults/kv-open");
    sky.put(&open, sky.vault_body(json!({"enableRbacAuthorization": true})));
    sky.put(&format!("{open}/keys/cmk"), json!({"properties": {}}));
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    let account = sky.id("Microsoft.Storage/storageAccounts/stcmk");
    let body = |vault: &str| {
        let mut users = serde_json::Map::new();
        users.insert(identity.clone(), json!({}));
        json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": users},
            "properties": {"encryption": {"keySource": "Microsoft.Keyvault", "identity": {"userAssignedIdentity": identity},
                "keyvaultproperties": {"keyname": "cmk", "keyversion": "", "keyvaulturi": format!("https://{vault}.vault.azure.net/")}}}})
    };
    assert_eq!(sky.refused(&account, body("kv-open")).1, "KeyVaultPolicyError");
    assert_eq!(sky.refused(&account, body("kv-one")).1, "KeyVaultAuthenticationFailure");
    sky.grant(&vault, ENCRYPTION_USER, &principal, GUIDS[0]);
    let made = sky.put(&account, body("kv-one"));
    let current = made["properties"]["encryption"]["keyvaultproperties"]["currentVersionedKeyIdentifier"]
        .as_str()
        .unwrap();
    assert!(current.starts_with("https://kv-one.vault.azure.net/keys/cmk/"), "{current}");
}

#[test]
fn cmk_03_an_identity_of_the_account_itself_needs_two_passes() {
    let sky = Sky::new();
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    let account = sky.id("Microsoft.Storage/storageAccounts/stcmk");
    let plain = json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
        "identity": {"type": "SystemAssigned"}, "properties": {}});
    let mut locked = plain.clone();
    locked["properties"]["encryption"] = json!({"keySource": "Microsoft.Keyvault",
        "keyvaultproperties": {"keyname": "cmk", "keyversion": "", "keyvaulturi": "https://kv-one.vault.azure.net/"}});
    assert_eq!(
        sky.refused(&account, locked.clone()).1,
        "KeyVaultAuthenticationFailure",
        "nobody could grant anything to what is not there"
    );
    assert!(sky.gone(&account));
    let made = sky.put(&account, plain);
    let principal = made["identity"]["principalId"].as_str().unwrap();
    sky.grant(&vault, ENCRYPTION_USER, principal, GUIDS[0]);
    let made = sky.put(&account, locked);
    assert_eq!(made["properties"]["encryption"]["keySource"], "Microsoft.Keyvault");
}

#[test]
fn cmk_04_a_role_reaches_the_vault_later_and_an_access_policy_at_once() {
    let sky = Sky::new();
    let (identity, principal) = sky.identity("id-cmk");
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    let body = |vault: &str| {
        json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.as_str(): {}}},
            "properties": {"encryption": {"keySource": "Microsoft.Keyvault", "identity": {"userAssignedIdentity": identity},
                "keyvaultproperties": {"keyname": "cmk", "keyversion": "", "keyvaulturi": format!("https://{vault}.vault.azure.net/")}}}})
    };
    let account = sky.id("Microsoft.Storage/storageAccounts/stcmk");
    let role = format!("{vault}/providers/Microsoft.Authorization/roleAssignments/{}", GUIDS[0]);
    sky.send("PUT", &role, Some(super::grant_body(ENCRYPTION_USER, &principal)));
    sky.cloud.step(std::time::Duration::from_secs(20));
    assert!(!sky.gone(&role), "it is read back");
    let refused = sky.send("PUT", &account, Some(body("kv-one")));
    assert_eq!(refused.value()["error"]["code"], "KeyVaultAuthenticationFailure");
    assert!(refused.header("retry-after-ms").is_some());
    sky.cloud.step(std::time::Duration::from_secs(41));
    sky.put(&account, body("kv-one"));

    let policies = sky.id("Microsoft.KeyVault/vaults/kv-two");
    let allowed = json!({"enablePurgeProtection": true, "accessPolicies": [{"tenantId": sky.cloud.names().tenant_id,
        "objectId": principal, "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]}}]});
    sky.send("PUT", &policies, Some(sky.vault_body(allowed)));
    sky.put(&format!("{policies}/keys/cmk"), json!({"properties": {}}));
    let other = sky.id("Microsoft.Storage/storageAccounts/stcmktwo");
    assert_eq!(sky.send("PUT", &other, Some(body("kv-two"))).status, 202);
}

#[test]
fn con_04_an_account_takes_one_kind_of_change_at_a_time() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.DocumentDB/databaseAccounts/cosmos-one");
    let body = |regions: &[&str], level: &str, identity: &str| {
        let locations: Vec<_> =
            (0..).zip(regions).map(|(n, r)| json!({"locationName": r, "failoverPriority": n})).collect();
        let default = if identity == "None" { "FirstPartyIdentity" } else { "SystemAssignedIdentity" };
        json!({"location": "westeurope", "identity": {"type": identity}, "properties": {"databaseAccountOfferType": "Standard",
            "locations": locations, "consistencyPolicy": {"defaultConsistencyLevel": level}, "defaultIdentity": default}})
    };
    sky.put(&id, body(&["westeurope"], "Session", "None"));
    let both = ["westeurope", "northeurope"];
    let message = sky.message(&id, body(&both, "Strong", "None"));
    assert!(message.contains("the locations and other properties"), "{message}");
    assert_eq!(sky.refused(&id, body(&both, "Session", "SystemAssigned")), (400, "BadRequest".into()));
    sky.put(&id, body(&["westeurope"], "Strong", "None"));
    sky.put(&id, body(&both, "Strong", "None"));
    let silent = sky.put(&id, body(&both, "Strong", "SystemAssigned"));
    assert_eq!(silent["properties"]["defaultIdentity"], "FirstPartyIdentity", "without a word");
    let at_last = sky.put(&id, body(&both, "Strong", "SystemAssigned"));
    assert_eq!(at_last["properties"]["defaultIdentity"], "SystemAssignedIdentity");
}

#[test]
fn nam_04_the_name_of_a_registry_is_one_of_the_world() {
    let sky = Sky::new();
    let body = json!({"location": "westeurope", "sku": {"name": "Premium"}, "properties": {}});
    sky.put(&sky.id("Microsoft.ContainerRegistry/registries/acrone"), body.clone());
    let other = sky.group.replace("/g", "/h");
    sky.put(&other, json!({"location": "westeurope"}));
    let twin = format!("{other}/providers/Microsoft.ContainerRegistry/registries/ACRONE");
    let message = sky.message(&twin, body.clone());
    assert_eq!(sky.refused(&twin, body), (409, "AlreadyInUse".into()));
    assert!(message.starts_with("The registry DNS name ACRONE.azurecr.io is already in use."), "{message}");
}

#[test]
fn a_registry_gives_its_credentials_only_with_an_admin() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.ContainerRegistry/registries/acrone");
    let body = |properties: Value, sku: &str| json!({"location": "westeurope", "sku": {"name": sku}, "properties": properties});
    assert_eq!(
        sky.refused(&id, body(json!({"publicNetworkAccess": "Disabled"}), "Basic")).1,
        "FeatureNotSupportedForSku"
    );
    let made = sky.put(&id, body(json!({"publicNetworkAccess": "Disabled"}), "Premium"));
    assert_eq!(made["properties"]["loginServer"], "acrone.azurecr.io");
    assert_eq!(made["sku"]["tier"], "Premium");
    assert_eq!(made["properties"]["policies"]["retentionPolicy"]["days"], 7);
    let refused = sky.send("POST", &format!("{id}/listCredentials"), None);
    assert_eq!(refused.value()["error"]["code"], "UnAuthorizedForCredentialOperations");
    sky.put(&id, body(json!({"adminUserEnabled": true}), "Premium"));
    let given = sky.send("POST", &format!("{id}/listCredentials"), None);
    assert_eq!(given.value()["username"], "acrone");
    let renewed = sky.send("POST", &format!("{id}/regenerateCredential"), Some(json!({"name": "password"})));
    assert_ne!(renewed.value()["passwords"][0], given.value()["passwords"][0]);
    assert_eq!(renewed.value()["passwords"][1], given.value()["passwords"][1]);
    sky.put(&format!("{id}/replications/northeurope"), json!({"location": "northeurope", "properties": {}}));
    assert!(sky.delete(&format!("{id}/replications/westeurope")).status >= 400);
}

#[test]
fn nam_07_a_deleted_log_workspace_comes_back_by_the_same_put() {
    let sky = Sky::new();
    let id = sky.logs();
    let before = sky.get(&id);
    assert_eq!(before["properties"]["retentionInDays"], 30);
    sky.delete(&id);
    assert!(sky.gone(&id));
    sky.logs();
    assert_eq!(sky.get(&id)["properties"]["customerId"], before["properties"]["customerId"]);
    let keys = sky.send("POST", &format!("{id}/sharedKeys"), None);
    assert!(keys.value()["primarySharedKey"].as_str().is_some_and(|k| k.len() > 80));
}

#[test]
fn imp_08_a_component_without_workspace_gets_a_managed_one_that_goes_with_it() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.Insights/components/appi");
    let body = json!({"location": "westeurope", "kind": "web", "properties": {"Application_Type": "web", "ApplicationId": "appi"}});
    let made = sky.put(&id, body.clone());
    assert_eq!(made["type"], "microsoft.insights/components");
    let workspace = made["properties"]["WorkspaceResourceId"].as_str().unwrap().to_owned();
    assert!(
        workspace.contains("/resourceGroups/ai_appi_") && workspace.ends_with("/managed-appi-ws"),
        "{workspace}"
    );
    sky.get(&workspace);
    assert!(
        made["properties"]["ConnectionString"]
            .as_str()
            .unwrap()
            .contains("IngestionEndpoint=https://westeurope")
    );
    // The same PUT again keeps it.
    assert_eq!(sky.put(&id, body)["properties"]["WorkspaceResourceId"], workspace);
    sky.delete(&id);
    assert!(sky.gone(&workspace));
    let missing = json!({"location": "westeurope", "kind": "web", "properties": {"Application_Type": "web",
        "WorkspaceResourceId": sky.id("Microsoft.OperationalInsights/workspaces/none")}});
    assert!(sky.message(&id, missing).contains("WorkspaceResourceId is invalid"));
}

#[test]
fn imp_08_smart_detection_appears_later_and_comes_back() {
    let sky = Sky::new();
    let first = sky.get(&sky.insights());
    let id = sky.id("Microsoft.Insights/components/second");
    let body = json!({"location": "westeurope", "kind": "web", "properties": {
        "Application_Type": "web", "WorkspaceResourceId": first["properties"]["WorkspaceResourceId"]}});
    assert_eq!(sky.send("PUT", &id, Some(body)).status, 200);
    let actions = sky.id("Microsoft.Insights/actionGroups/Application Insights Smart Detection");
    let rule = sky.id("Microsoft.AlertsManagement/smartDetectorAlertRules/Failure Anomalies - second");
    assert!(sky.gone(&rule), "not yet");
    sky.step();
    let made = sky.get(&rule);
    assert!(made["properties"]["scope"][0].as_str().unwrap().eq_ignore_ascii_case(&id), "{made}");
    assert_eq!(made["properties"]["actionGroups"]["groupIds"][0], sky.get(&actions)["id"]);
    // Whoever takes it over may write its location as everybody does (NAM-08 is about another one).
    let taken = json!({"location": "global", "properties": {"groupShortName": "mine", "enabled": true}});
    assert_eq!(sky.send("PUT", &actions, Some(taken)).status, 200);
    sky.delete(&actions);
    assert_eq!(sky.get(&actions)["properties"]["groupShortName"], "SmartDetect");
    sky.delete(&id);
    sky.delete(&rule);
    assert!(sky.gone(&rule), "nothing is watched any more");
}

#[test]
fn the_daily_cap_of_a_component_is_kept_apart_and_survives_a_put() {
    let sky = Sky::new();
    let id = sky.insights();
    let cap = |method: &str, body: Option<Value>| {
        let uri = format!("{id}/currentbillingfeatures?api-version=2015-05-01");
        sky.cloud.request(method, &uri, body.as_ref()).value()["DataVolumeCap"]["Cap"].clone()
    };
    assert_eq!(cap("GET", None), 100.0);
    assert_eq!(cap("PUT", Some(json!({"DataVolumeCap": {"Cap": 5}}))), 5);
    sky.insights();
    assert_eq!(cap("GET", None), 5);
    assert!(sky.get(&id)["properties"]["billing"].is_null());
}

#[test]
fn del_02_a_sink_takes_a_category_once_and_a_setting_of_nothing_is_none() {
    let sky = Sky::new();
    let vault = sky.vault();
    let logs = sky.logs();
    let setting = |name: &str| format!("{vault}/providers/Microsoft.Insights/diagnosticSettings/{name}");
    let body = |category: &str, on: bool| json!({"properties": {"workspaceId": logs, "logs": [{"category": category, "enabled": on}]}});
    let made = sky.put(&setting("one"), body("AuditEvent", true));
    assert!(made["id"].as_str().unwrap().contains("/resourcegroups/g/"), "{}", made["id"]);
    assert!(made["id"].as_str().unwrap().ends_with("/providers/microsoft.insights/diagnosticSettings/one"));
    assert_eq!(
        made["properties"]["metrics"][0],
        json!({"category": "AllMetrics", "enabled": false, "retentionPolicy": {"enabled": false, "days": 0}})
    );
    assert_eq!(sky.refused(&setting("two"), body("AuditEvent", true)), (409, "Conflict".to_owned()));
    assert!(sky.message(&setting("two"), body("NoSuch", true)).contains("'NoSuch' is not supported"));
    assert!(sky.message(&setting("two"), json!({"properties": {"logs": []}})).contains("data sink"));
    assert_eq!(sky.send("PUT", &setting("two"), Some(body("AuditEvent", false))).status, 200);
    assert!(sky.gone(&setting("two")));
    sky.delete(&setting("one"));
    assert!(sky.gone(&setting("one")));
}

#[test]
fn nam_05_a_cosmos_account_has_its_own_words() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.DocumentDB/databaseAccounts/cosmos-one");
    let body = json!({"location": "westeurope", "kind": "GlobalDocumentDB", "properties": {"databaseAccountOfferType": "Standard",
        "locations": [{"locationName": "northeurope", "failoverPriority": 1}, {"locationName": "westeurope", "failoverPriority": 0}]}});
    let made = sky.put(&id, body.clone());
    assert_eq!(made["location"], "West Europe");
    assert_eq!(made["properties"]["documentEndpoint"], "https://cosmos-one.documents.azure.com:443/");
    assert_eq!(made["properties"]["locations"][0]["locationName"], "West Europe");
    assert_eq!(made["properties"]["readLocations"].as_array().unwrap().len(), 2);
    assert_eq!(made["properties"]["writeLocations"].as_array().unwrap().len(), 1);
    let elsewhere = format!("{}/resourceGroups/h", sky.group.rsplit_once("/resourceGroups").unwrap().0);
    sky.send("PUT", &elsewhere, Some(json!({"location": "westeurope"})));
    let twin = id.replace("/resourceGroups/g/", "/resourceGroups/h/");
    assert_eq!(sky.refused(&twin, body), (400, "BadRequest".to_owned()));
    let head = |name: &str| {
        sky.cloud
            .request(
                "HEAD",
                &format!(
                    "/providers/Microsoft.DocumentDB/databaseAccountNames/{name}?api-version=2024-08-15"
                ),
                None,
            )
            .status
    };
    assert_eq!((head("cosmos-one"), head("cosmos-two")), (200, 404));
    let keys = sky.send("POST", &format!("{id}/listKeys"), None);
    assert!(keys.value()["primaryMasterKey"].is_string());
}

#[test]
fn lro_03_search_writes_its_states_in_lower_case() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.Search/searchServices/search-one");
    let body = |sku: &str| json!({"location": "westeurope", "sku": {"name": sku}, "properties": {}});
    let first = sky.send("PUT", &id, Some(body("standard")));
    assert_eq!(first.value()["properties"]["provisioningState"], "provisioning");
    sky.step();
    let made = sky.get(&id);
    assert_eq!(made["properties"]["provisioningState"], "succeeded");
    assert_eq!(made["location"], "West Europe");
    assert_eq!(sky.refused(&id, body("basic")).0, 400);
    assert!(sky.send("POST", &format!("{id}/listAdminKeys"), None).value()["primaryKey"].is_string());
}

#[test]
fn private_link_resources_name_groups_members_and_zones() {
    let sky = Sky::new();
    let vault = sky.vault();
    let listed = sky.send("GET", &format!("{vault}/privateLinkResources"), None);
    assert_eq!(
        listed.value()["value"][0]["properties"],
        json!({"groupId": "vault", "requiredMembers": ["default"], "requiredZoneNames": ["privatelink.vaultcore.azure.net"]})
    );
}
