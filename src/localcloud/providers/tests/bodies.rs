//! Bodies as azurerm 4.81 sends them (arm-mapping), with every property that an argument of the type leads to: accepted, and
//! answered with what was sent.

use super::{ENCRYPTION_USER, GUIDS, Sky};
use serde_json::{Map, Value, json};

/// Puts a body and finds all of it in the answer; paths that the service rewrites are left out.
fn kept(sky: &Sky, id: &str, body: &Value, rewritten: &[&str]) {
    let answer = sky.put(id, body.clone());
    let mut lost = Vec::new();
    walk(body, &answer, "", rewritten, &mut lost);
    assert!(lost.is_empty(), "{id}: {lost:#?}");
    // The same body again changes nothing.
    let again = sky.put(id, body.clone());
    let mut lost = Vec::new();
    walk(body, &again, "", rewritten, &mut lost);
    assert!(lost.is_empty(), "{id}, again: {lost:#?}");
}

fn walk(sent: &Value, got: &Value, path: &str, rewritten: &[&str], lost: &mut Vec<String>) {
    if rewritten.iter().any(|r| path.ends_with(r)) {
        return;
    }
    match (sent, got) {
        (Value::Object(sent), got) => {
            for (name, value) in sent {
                walk(value, &got[name], &format!("{path}.{name}"), rewritten, lost);
            }
        }
        (Value::Array(sent), Value::Array(got)) if sent.len() <= got.len() => {
            for (index, value) in sent.iter().enumerate() {
                walk(value, &got[index], &format!("{path}[{index}]"), rewritten, lost);
            }
        }
        (Value::Null, _) => {}
        (Value::String(a), Value::String(b)) if a.eq_ignore_ascii_case(b) => {}
        _ if sent.as_f64().is_some() && sent.as_f64() == got.as_f64() => {}
        _ if sent == got => {}
        _ => lost.push(format!("{path}: {sent} sent, {got} answered")),
    }
}

fn users(ids: &[&str]) -> Value {
    ids.iter().map(|id| ((*id).to_owned(), json!({}))).collect::<Map<_, _>>().into()
}

#[test]
fn networks_and_subnets() {
    let sky = Sky::new();
    let group = sky.id("Microsoft.Network/networkSecurityGroups/nsg");
    let rule = |name: &str, more: Value| {
        let mut properties = json!({"priority": 200, "direction": "Outbound", "access": "Allow", "protocol": "Tcp", "description": "d",
            "sourcePortRange": "", "destinationPortRange": "443", "sourceAddressPrefix": "VirtualNetwork", "destinationAddressPrefix": ""});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"name": name, "properties": properties})
    };
    kept(
        &sky,
        &group,
        &json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {"securityRules": [
            rule("a", json!({"sourcePortRanges": ["80", "1000-2000"], "destinationAddressPrefixes": ["10.1.0.0/16", "Storage"]}))]}}),
        &[],
    );
    let table = sky.id("Microsoft.Network/routeTables/rt");
    let route = json!({"name": "r", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}});
    kept(
        &sky,
        &table,
        &json!({"location": "westeurope", "properties": {"disableBgpRoutePropagation": true, "routes": [route]}}),
        &[],
    );
    let network = sky.id("Microsoft.Network/virtualNetworks/vnet");
    kept(
        &sky,
        &network,
        &json!({"location": "westeurope", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16", "10.2.0.0/16"]}, "dhcpOptions": {"dnsServers": ["10.0.0.10"]},
            "bgpCommunities": {"virtualNetworkCommunity": "12076:20000"}, "enableDdosProtection": false, "enableVmProtection": false,
            "encryption": {"enabled": true, "enforcement": "AllowUnencrypted"}, "flowTimeoutInMinutes": 10,
            "privateEndpointVNetPolicies": "Basic",
            "subnets": [{"name": "s1", "properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": group}, "routeTable": {"id": table},
                "defaultOutboundAccess": true, "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}}],
        }}),
        &[],
    );
    kept(
        &sky,
        &format!("{network}/subnets/s2"),
        &json!({"properties": {
            "addressPrefixes": ["10.0.2.0/24", "10.2.2.0/24"], "defaultOutboundAccess": false, "sharingScope": "Tenant",
            "privateEndpointNetworkPolicies": "NetworkSecurityGroupEnabled", "privateLinkServiceNetworkPolicies": "Disabled",
            "serviceEndpoints": [{"service": "Microsoft.Storage"}, {"service": "Microsoft.KeyVault"}], "serviceEndpointPolicies": [],
            "delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups",
                "actions": ["Microsoft.Network/virtualNetworks/subnets/action"]}}],
            "networkSecurityGroup": {"id": group}, "routeTable": {"id": table},
        }}),
        &[],
    );
    let zone = sky.id("Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net");
    kept(&sky, &zone, &json!({"location": "global", "tags": {"a": "b"}}), &[]);
    kept(
        &sky,
        &format!("{zone}/virtualNetworkLinks/link"),
        &json!({"location": "global", "tags": {}, "properties": {"virtualNetwork": {"id": network}, "registrationEnabled": false, "resolutionPolicy": "NxDomainRedirect"}}),
        &[],
    );
    let storage = sky.storage();
    let endpoint = sky.id("Microsoft.Network/privateEndpoints/pe");
    kept(
        &sky,
        &endpoint,
        &json!({"location": "westeurope", "properties": {
            "subnet": {"id": format!("{network}/subnets/s1")}, "customNetworkInterfaceName": "nic-pe", "manualPrivateLinkServiceConnections": [],
            "ipConfigurations": [{"name": "fixed", "properties": {"privateIPAddress": "10.0.1.50", "groupId": "blob", "memberName": "blob"}}],
            "privateLinkServiceConnections": [{"name": "c", "properties": {"groupIds": ["blob"], "privateLinkServiceId": storage}}],
        }}),
        &[],
    );
    kept(
        &sky,
        &format!("{endpoint}/privateDnsZoneGroups/group"),
        &json!({"properties": {"privateDnsZoneConfigs": [{"name": "privatelink.blob.core.windows.net", "properties": {"privateDnsZoneId": zone}}]}}),
        &[],
    );
    let manual = sky.id("Microsoft.Network/privateEndpoints/pe-manual");
    let made = sky.put(&manual, json!({"location": "westeurope", "properties": {
        "subnet": {"id": format!("{network}/subnets/s1")}, "privateLinkServiceConnections": [],
        "manualPrivateLinkServiceConnections": [{"name": "c", "properties": {"groupIds": ["file"], "privateLinkServiceId": storage, "requestMessage": "please"}}]}}));
    let state = &made["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"];
    assert_eq!(state["status"], "Pending");
    // The owner of the target approves.
    let connection = sky.get(&storage)["properties"]["privateEndpointConnections"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"].as_str().unwrap().starts_with("pe-manual."))
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    sky.put(&connection, json!({"properties": {"privateLinkServiceConnectionState": {"status": "Approved", "description": "fine"}}}));
    let shown = sky.get(&manual);
    let state = &shown["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"];
    assert_eq!(state["status"], "Approved");
}

#[test]
fn vaults_and_keys() {
    let sky = Sky::new();
    let network = sky.network();
    let subnet = format!("{network}/subnets/s");
    sky.put(&subnet, json!({"properties": {"addressPrefix": "10.0.1.0/24", "serviceEndpoints": [{"service": "Microsoft.KeyVault"}]}}));
    let tenant = sky.cloud.names().tenant_id;
    let vault = sky.id("Microsoft.KeyVault/vaults/kv-one");
    kept(
        &sky,
        &vault,
        &json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {
            "createMode": "default", "tenantId": tenant, "sku": {"family": "A", "name": "premium"}, "enableSoftDelete": true,
            "softDeleteRetentionInDays": 30, "enablePurgeProtection": true, "enableRbacAuthorization": false, "publicNetworkAccess": "Disabled",
            "enabledForDeployment": true, "enabledForDiskEncryption": true, "enabledForTemplateDeployment": true,
            "networkAcls": {"bypass": "None", "defaultAction": "Deny", "ipRules": [{"value": "1.2.3.0/24"}, {"value": "5.6.7.8"}],
                "virtualNetworkRules": [{"id": subnet, "ignoreMissingVnetServiceEndpoint": true}]},
            "accessPolicies": [{"tenantId": tenant, "objectId": GUIDS[0], "applicationId": GUIDS[1],
                "permissions": {"keys": ["Get", "WrapKey"], "secrets": ["Get"], "certificates": ["Get"], "storage": ["Get"]}}],
        }}),
        &[".createMode", "ipRules[1].value"],
    );
    let changed = sky.send("PATCH", &vault, Some(json!({"tags": {"c": "d"}, "properties": {"publicNetworkAccess": "Enabled", "accessPolicies": []}})));
    assert_eq!(changed.status, 200, "{:?}", changed.body);
    let after = sky.get(&vault);
    assert_eq!((&after["tags"], &after["properties"]["accessPolicies"]), (&json!({"c": "d"}), &json!([])));
    assert_eq!(after["properties"]["enabledForDeployment"], true);
    kept(
        &sky,
        &format!("{vault}/keys/ec"),
        &json!({"tags": {"a": "b"}, "properties": {"kty": "EC-HSM", "curveName": "P-521", "keyOps": ["sign", "verify"],
            "attributes": {"enabled": true, "nbf": 1_700_000_000, "exp": 1_900_000_000},
            "rotationPolicy": {"attributes": {"expiryTime": "P2Y"}, "lifetimeActions": [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "notify"}}]}}}),
        &[],
    );
}

#[test]
fn storage_accounts() {
    let sky = Sky::new();
    let (identity, principal) = sky.identity("id-one");
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    sky.grant(&vault, ENCRYPTION_USER, &principal, GUIDS[0]);
    let network = sky.network();
    let account = sky.id("Microsoft.Storage/storageAccounts/stfull");
    kept(
        &sky,
        &account,
        &json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_RAGRS", "tier": "Standard"}, "tags": {"a": "b"},
        "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": users(&[&identity])},
        "properties": {
            "accessTier": "Cool", "supportsHttpsTrafficOnly": true, "minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": false,
            "allowSharedKeyAccess": false, "allowCrossTenantReplication": false, "defaultToOAuthAuthentication": true,
            "publicNetworkAccess": "Disabled", "isHnsEnabled": true, "isNfsV3Enabled": false, "isSftpEnabled": true, "isLocalUserEnabled": true,
            "largeFileSharesState": "Enabled", "dnsEndpointType": "Standard", "allowedCopyScope": "AAD",
            "sasPolicy": {"sasExpirationPeriod": "1.12:05:06", "expirationAction": "Log"},
            "routingPreference": {"routingChoice": "InternetRouting", "publishInternetEndpoints": true, "publishMicrosoftEndpoints": true},
            "azureFilesIdentityBasedAuthentication": {"directoryServiceOptions": "AADKERB", "defaultSharePermission": "None"},
            "networkAcls": {"bypass": "Logging, Metrics, AzureServices", "defaultAction": "Deny",
                "ipRules": [{"value": "1.2.3.0/24", "action": "Allow"}],
                "virtualNetworkRules": [{"id": format!("{network}/subnets/s"), "action": "Allow"}],
                "resourceAccessRules": [{"resourceId": vault, "tenantId": sky.cloud.names().tenant_id}]},
            "encryption": {"keySource": "Microsoft.Keyvault", "requireInfrastructureEncryption": true, "identity": {"userAssignedIdentity": identity},
                "keyvaultproperties": {"keyname": "cmk", "keyversion": "", "keyvaulturi": "https://kv-one.vault.azure.net/"},
                "services": {"blob": {"enabled": true, "keyType": "Account"}, "file": {"enabled": true, "keyType": "Account"},
                    "queue": {"keyType": "Account"}, "table": {"keyType": "Account"}}},
        }}),
        &["identity.userAssignedIdentities"],
    );
    let plain = sky.storage();
    kept(
        &sky,
        &format!("{plain}/blobServices/default"),
        &json!({"properties": {"isVersioningEnabled": true, "changeFeed": {"enabled": true, "retentionInDays": 30}, "lastAccessTimeTrackingPolicy": {"enable": true},
            "deleteRetentionPolicy": {"enabled": true, "days": 14, "allowPermanentDelete": false}, "containerDeleteRetentionPolicy": {"enabled": true, "days": 7},
            "restorePolicy": {"enabled": true, "days": 6}, "defaultServiceVersion": "2020-10-02",
            "cors": {"corsRules": [{"allowedOrigins": ["*"], "allowedMethods": ["GET"], "allowedHeaders": ["*"], "exposedHeaders": ["*"], "maxAgeInSeconds": 10}]}}}),
        &[],
    );
    kept(
        &sky,
        &format!("{plain}/fileServices/default"),
        &json!({"properties": {"cors": {"corsRules": []}, "shareDeleteRetentionPolicy": {"enabled": true, "days": 3},
            "protocolSettings": {"smb": {"versions": "SMB3.1.1", "authenticationMethods": "Kerberos", "kerberosTicketEncryption": "AES-256", "channelEncryption": "AES-256-GCM"}}}}),
        &[],
    );
    kept(
        &sky,
        &format!("{plain}/blobServices/default/containers/data"),
        &json!({"properties": {"publicAccess": "None", "metadata": {"a": "b"}}}),
        &[],
    );
}

#[test]
fn registries_monitoring_and_cosmos() {
    let sky = Sky::new();
    let (identity, principal) = sky.identity("id-one");
    let client = sky.get(&identity)["properties"]["clientId"].clone();
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    sky.grant(&vault, ENCRYPTION_USER, &principal, GUIDS[0]);
    let status = |on: bool| if on { "enabled" } else { "disabled" };
    kept(
        &sky,
        &sky.id("Microsoft.ContainerRegistry/registries/acrfull"),
        &json!({"location": "westeurope", "sku": {"name": "Premium"}, "identity": {"type": "UserAssigned", "userAssignedIdentities": users(&[&identity])},
            "properties": {"adminUserEnabled": true, "anonymousPullEnabled": false, "dataEndpointEnabled": true, "publicNetworkAccess": "Disabled",
                "zoneRedundancy": "Enabled", "networkRuleBypassOptions": "None", "networkRuleBypassAllowedForTasks": false, "roleAssignmentMode": "LegacyRegistryPermissions",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "1.2.3.0/24"}]},
                "encryption": {"status": "enabled", "keyVaultProperties": {"keyIdentifier": "https://kv-one.vault.azure.net/keys/cmk", "identity": client}},
                "policies": {"quarantinePolicy": {"status": status(true)}, "trustPolicy": {"type": "Notary", "status": status(true)},
                    "retentionPolicy": {"days": 10, "status": status(true)}, "exportPolicy": {"status": status(false)},
                    "azureADAuthenticationAsArmPolicy": {"status": status(false)}}}}),
        &["identity.userAssignedIdentities"],
    );
    let logs = sky.id("Microsoft.OperationalInsights/workspaces/logs");
    kept(
        &sky,
        &logs,
        &json!({"location": "westeurope", "tags": {}, "identity": {"type": "SystemAssigned"}, "properties": {
            "sku": {"name": "CapacityReservation", "capacityReservationLevel": 100}, "retentionInDays": 60, "forceCmkForQuery": true,
            "publicNetworkAccessForIngestion": "Disabled", "publicNetworkAccessForQuery": "Disabled", "workspaceCapping": {"dailyQuotaGb": 1.5},
            "features": {"enableLogAccessUsingOnlyResourcePermissions": false, "disableLocalAuth": true, "immediatePurgeDataOn30Days": true}}}),
        &[],
    );
    kept(
        &sky,
        &sky.id("Microsoft.Insights/components/appi"),
        &json!({"location": "westeurope", "kind": "web", "tags": {}, "properties": {"ApplicationId": "appi", "Application_Type": "web",
            "WorkspaceResourceId": logs, "RetentionInDays": 30, "SamplingPercentage": 50.5, "DisableIpMasking": true, "DisableLocalAuth": true,
            "publicNetworkAccessForIngestion": "Disabled", "publicNetworkAccessForQuery": "Disabled", "ForceCustomerStorageForProfiler": true}}),
        &[],
    );
    kept(
        &sky,
        &format!("{vault}/providers/Microsoft.Insights/diagnosticSettings/d"),
        &json!({"properties": {"workspaceId": logs, "logAnalyticsDestinationType": "Dedicated",
            "logs": [{"categoryGroup": "allLogs", "enabled": true, "retentionPolicy": {"enabled": false, "days": 0}}],
            "metrics": [{"category": "AllMetrics", "enabled": true}]}}),
        &[],
    );
    kept(
        &sky,
        &sky.id("Microsoft.DocumentDB/databaseAccounts/cosmos-full"),
        &json!({"location": "westeurope", "kind": "GlobalDocumentDB", "tags": {}, "identity": {"type": "UserAssigned", "userAssignedIdentities": users(&[&identity])},
            "properties": {"databaseAccountOfferType": "Standard", "createMode": "Default", "defaultIdentity": format!("UserAssignedIdentity={identity}"),
                "locations": [{"locationName": "westeurope", "failoverPriority": 0, "isZoneRedundant": true}],
                "consistencyPolicy": {"defaultConsistencyLevel": "BoundedStaleness", "maxStalenessPrefix": 1000, "maxIntervalInSeconds": 10},
                "ipRules": [{"ipAddressOrRange": "1.2.3.4"}], "isVirtualNetworkFilterEnabled": false, "virtualNetworkRules": [],
                "enableFreeTier": false, "enableAutomaticFailover": true, "enableMultipleWriteLocations": false, "enableAnalyticalStorage": true,
                "enablePartitionMerge": false, "enableBurstCapacity": true, "publicNetworkAccess": "Disabled", "disableLocalAuth": true,
                "disableKeyBasedMetadataWriteAccess": true, "networkAclBypass": "AzureServices", "networkAclBypassResourceIds": [vault], "minimalTlsVersion": "Tls12",
                "keyVaultKeyUri": "https://kv-one.vault.azure.net/keys/cmk", "analyticalStorageConfiguration": {"schemaType": "FullFidelity"},
                "capacity": {"totalThroughputLimit": 4000}, "capabilities": [{"name": "EnableServerless"}],
                "backupPolicy": {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous7Days"}},
                "cors": [{"allowedOrigins": "https://a", "allowedMethods": "GET", "allowedHeaders": "*", "exposedHeaders": "*", "maxAgeInSeconds": 60}]}}),
        &["identity.userAssignedIdentities", "locationName", ".location"],
    );
}

#[test]
fn workspaces_and_clusters() {
    let sky = Sky::new();
    let (identity, principal) = sky.identity("id-one");
    let vault = sky.vault();
    let key = sky.put(&format!("{vault}/keys/cmk"), json!({"properties": {}}));
    sky.grant(&vault, ENCRYPTION_USER, &principal, GUIDS[0]);
    let (storage, insights) = (sky.storage(), sky.insights());
    let registry = sky.id("Microsoft.ContainerRegistry/registries/acrone");
    sky.put(&registry, json!({"location": "westeurope", "sku": {"name": "Premium"}}));
    let network = sky.network();
    let workspace = sky.id("Microsoft.MachineLearningServices/workspaces/mlw-full");
    kept(
        &sky,
        &workspace,
        &json!({"location": "westeurope", "kind": "Default", "tags": {"a": "b"}, "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": users(&[&identity])},
            "properties": {"storageAccount": storage, "keyVault": vault, "applicationInsights": insights, "containerRegistry": registry,
                "friendlyName": "Full", "description": "All of it", "hbiWorkspace": true, "publicNetworkAccess": "Disabled", "v1LegacyMode": true,
                "imageBuildCompute": "cpu", "primaryUserAssignedIdentity": identity, "systemDatastoresAuthMode": "Identity",
                "managedNetwork": {"isolationMode": "Disabled"}, "provisionNetworkNow": false, "enableServiceSideCMKEncryption": true,
                "serverlessComputeSettings": {"serverlessComputeCustomSubnet": format!("{network}/subnets/s"), "serverlessComputeNoPublicIP": true},
                "encryption": {"status": "Enabled", "identity": {"userAssignedIdentity": identity},
                    "keyVaultProperties": {"keyVaultArmId": vault, "keyIdentifier": key["properties"]["keyUriWithVersion"]}}}}),
        &["identity.userAssignedIdentities", "provisionNetworkNow"],
    );
    assert!(
        !sky.cloud.ids().iter().any(|id| id.contains("azureml-rg-")),
        "service-side encryption brings no group"
    );
    kept(
        &sky,
        &format!("{workspace}/computes/cpu"),
        &json!({"location": "westeurope", "tags": {"a": "b"}, "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": users(&[&identity])},
            "properties": {"computeType": "AmlCompute", "computeLocation": "westeurope", "description": "d", "disableLocalAuth": true, "properties": {
                "osType": "Linux", "vmSize": "Standard_DS3_v2", "vmPriority": "LowPriority", "subnet": {"id": format!("{network}/subnets/s")},
                "enableNodePublicIp": false, "remoteLoginPortPublicAccess": "Disabled",
                "userAccountCredentials": {"adminUserName": "admin", "adminUserPassword": "p", "adminUserSshPublicKey": "ssh-rsa x"},
                "scaleSettings": {"minNodeCount": 1, "maxNodeCount": 3, "nodeIdleTimeBeforeScaleDown": "PT15M"}}}}),
        &["identity.userAssignedIdentities", "adminUserPassword", "adminUserSshPublicKey"],
    );
    kept(
        &sky,
        &format!("{workspace}/computes/instance"),
        &json!({"location": "westeurope", "properties": {"computeType": "ComputeInstance", "description": "d", "disableLocalAuth": false, "properties": {
            "vmSize": "Standard_DS3_v2", "computeInstanceAuthorizationType": "personal", "subnet": {"id": format!("{network}/subnets/s")}, "enableNodePublicIp": false,
            "personalComputeInstanceSettings": {"assignedUser": {"objectId": GUIDS[0], "tenantId": sky.cloud.names().tenant_id}},
            "sshSettings": {"sshPublicAccess": "Enabled", "adminPublicKey": "ssh-rsa x"}}}}),
        &[],
    );
}
