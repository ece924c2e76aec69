//! Rows against schemas and against the official data.

use crate::localcloud::registry::rows;
use crate::localcloud::schema;
use serde_json::{Value, json};

/// Every default of a row is a property that the newest schema of the type knows and types so (or one that it answers
/// beyond the schema).
#[test]
fn defaults_fit_the_schemas() {
    let mut odd = Vec::new();
    for row in rows() {
        let Some(schema) = schema::find(row.type_name, "2099-01-01") else { continue };
        for (path, text) in row.defaults {
            let value: Value = serde_json::from_str(text).unwrap();
            let mut body = json!({});
            crate::localcloud::rules::set(&mut body, &path.replace('?', ""), value);
            let known = super::BEYOND_SCHEMA.iter().any(|known| path.ends_with(known));
            if let Err(faults) = schema.check_answer(&body)
                && !known
            {
                odd.push(format!("{}: {faults:?}", row.type_name));
            }
        }
    }
    // Cases without their discriminator are judged with a whole document.
    odd.retain(|text| !text.contains("Missing"));
    assert!(odd.is_empty(), "{odd:#?}");
}

/// Every type of the tables that a client writes has a row.
#[test]
fn described_types_have_rows() {
    let known: Vec<String> = rows().map(|row| row.type_name.to_lowercase()).collect();
    let without: Vec<String> = schema::types()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !known.contains(&name.to_lowercase()))
        .filter(|name| !KEPT_AS_SENT.contains(&name.as_str()))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// Types without a row: their bodies are checked and kept, nothing else is known of them.
const KEPT_AS_SENT: &[&str] = &[
    "Microsoft.ContainerService/managedClusters/agentPools",
    "Microsoft.Insights/diagnosticSettingsCategories",
    "Microsoft.KeyVault/vaults/accessPolicies",
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Security/pricings",
];

/// Paths that the service adds to what was sent (`server_populated.tsv`) are in what we answer, for the types that the
/// tests build. Printed: what is covered and what is left out.
#[test]
fn server_populated_paths_are_answered() {
    let Some(facts) = crate::localcloud::schema::tests::facts() else { return };
    let table = std::fs::read_to_string(facts.join("server_populated.tsv")).unwrap();
    let answers = answers();
    let (mut covered, mut absent) = (0, Vec::new());
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [arm_type, path, "added", _, value, .., "added"] = cells[..] else { continue };
        let Some((_, answer)) = answers.iter().find(|(name, _)| name == arm_type) else { continue };
        if value.starts_with("null") || path.contains("./") || path == "tags" || path.starts_with("tags.") {
            continue;
        }
        if leads(answer, path) { covered += 1 } else { absent.push(format!("{arm_type} {path} ({value})")) }
    }
    println!("{covered} covered, {} left out:\n{}", absent.len(), absent.join("\n"));
    let share = covered * 100 / (covered + absent.len()).max(1);
    assert!(share >= 85, "{share} % of the paths that the service adds are answered");
}

/// True if a path leads anywhere.
fn leads(value: &Value, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('.').map(|(f, r)| (f, Some(r))).or(Some((path, None))) else {
        return false;
    };
    let (name, each) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let Some(inner) = value.get(name) else { return false };
    match (rest, each) {
        (None, _) => true,
        (Some(rest), true) => {
            inner.as_array().is_some_and(|items| items.iter().any(|item| leads(item, rest)))
        }
        (Some(rest), false) => leads(inner, rest),
    }
}

/// What a GET answered can be sent back by PUT, as clients do that change one property, and changes nothing.
#[test]
fn what_was_answered_can_be_sent_back() {
    let sky = world();
    let mut odd = Vec::new();
    for id in sky.cloud.ids() {
        let document = sky.cloud.document(&id).unwrap();
        let row = crate::localcloud::registry::rules(&document.type_name);
        // What another resource brought is not written by clients, and role assignments are never changed.
        if document.owner.is_some()
            || row.type_name.is_empty()
            || row.type_name.ends_with("/privateEndpointConnections")
            || row.type_name.ends_with("/versions")
        {
            continue;
        }
        let before = sky.get(&id);
        let answer = sky.send("PUT", &id, Some(before.clone()));
        if answer.status >= 300 {
            odd.push(format!("{id}: {} {}", answer.status, answer.value()));
            continue;
        }
        sky.step();
        let after = sky.get(&id);
        if let Some(path) = difference(&before, &after, "") {
            odd.push(format!("{id}: {path}"));
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

/// Members that change with every write.
const VOLATILE: &[&str] = &[
    "etag",
    "systemData",
    "modifiedDate",
    "updatedOn",
    "modifiedOn",
    "lastModifiedTime",
    "secretUriWithVersion",
    "updated",
];

/// The first path at which two answers differ.
fn difference(a: &Value, b: &Value, path: &str) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().chain(b.keys()).filter(|name| !VOLATILE.contains(&name.as_str())).find_map(|name| {
                difference(
                    a.get(name).unwrap_or(&Value::Null),
                    b.get(name).unwrap_or(&Value::Null),
                    &format!("{path}.{name}"),
                )
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| difference(a, b, &format!("{path}[{index}]"))),
        _ => (a != b).then(|| format!("{path}: {a} became {b}")),
    }
}

/// One answer a type, of [`world`].
fn answers() -> Vec<(String, Value)> {
    let sky = world();
    let mut found: Vec<(String, Value)> = Vec::new();
    for id in sky.cloud.ids() {
        let kind = crate::localcloud::id::ResourceId::parse(&id).unwrap().type_name();
        if !found.iter().any(|(known, _)| *known == kind) {
            let body = sky.send("GET", &id, None).body.unwrap_or_default();
            found.push((kind, body));
        }
    }
    found
}

/// A world in which everything refers to everything.
fn world() -> super::Sky {
    let sky = super::Sky::new();
    let network = sky.network();
    let subnet = format!("{network}/subnets/s");
    let group = sky.id("Microsoft.Network/networkSecurityGroups/nsg");
    let rule = json!({"name": "r", "properties": {"priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}});
    sky.put(&group, json!({"location": "westeurope", "properties": {"securityRules": [rule]}}));
    sky.put(
        &subnet,
        json!({"properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": group},
        "serviceEndpoints": [{"service": "Microsoft.Storage"}],
        "delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Databricks/workspaces"}}]}}),
    );
    let table = sky.id("Microsoft.Network/routeTables/rt");
    sky.put(&table, json!({"location": "westeurope", "properties": {"routes": [{"name": "r", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}}]}}));
    let vault = sky.vault();
    sky.put(&format!("{vault}/keys/k"), json!({"properties": {}}));
    sky.put(&format!("{vault}/secrets/s"), json!({"properties": {"value": "x"}}));
    let storage = sky.storage();
    sky.put(&format!("{storage}/blobServices/default/containers/data"), json!({"properties": {}}));
    let insights = sky.insights();
    let registry = sky.id("Microsoft.ContainerRegistry/registries/acrone");
    sky.put(&registry, json!({"location": "westeurope", "sku": {"name": "Premium"}}));
    let cosmos = sky.id("Microsoft.DocumentDB/databaseAccounts/cosmos-one");
    sky.put(&cosmos, json!({"location": "westeurope", "properties": {"databaseAccountOfferType": "Standard", "locations": [{"locationName": "westeurope", "failoverPriority": 0}]}}));
    let (_, principal) = sky.identity("id-one");
    sky.grant(&sky.group, super::READER, &principal, super::GUIDS[0]);
    let zone = sky.id("Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net");
    sky.put(&zone, json!({"location": "global"}));
    sky.put(
        &format!("{zone}/virtualNetworkLinks/l"),
        json!({"location": "global", "properties": {"virtualNetwork": {"id": network}}}),
    );
    let endpoint = sky.id("Microsoft.Network/privateEndpoints/pe");
    sky.put(&endpoint, json!({"location": "westeurope", "properties": {"subnet": {"id": subnet}, "privateLinkServiceConnections":
        [{"name": "c", "properties": {"privateLinkServiceId": vault, "groupIds": ["vault"]}}]}}));
    sky.put(&format!("{endpoint}/privateDnsZoneGroups/default"), json!({"properties": {"privateDnsZoneConfigs": [{"name": "z", "properties": {"privateDnsZoneId": zone}}]}}));
    let workspace = sky.id("Microsoft.MachineLearningServices/workspaces/mlw-one");
    sky.put(&workspace, json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties":
        {"keyVault": vault, "storageAccount": storage, "applicationInsights": insights, "containerRegistry": registry}}));
    let address = sky.id("Microsoft.Network/publicIPAddresses/ip");
    sky.put(&address, json!({"location": "westeurope"}));
    let interface = sky.id("Microsoft.Network/networkInterfaces/nic");
    sky.put(&interface, json!({"location": "westeurope", "properties": {"ipConfigurations": [{"name": "i", "properties": {"subnet": {"id": subnet}, "publicIPAddress": {"id": address}}}]}}));
    let search = sky.id("Microsoft.Search/searchServices/search-one");
    sky.put(&search, json!({"location": "westeurope", "sku": {"name": "standard"}, "properties": {}}));
    let actions = sky.id("Microsoft.Insights/actionGroups/ag");
    sky.put(&actions, json!({"location": "global", "properties": {"groupShortName": "ag", "enabled": true, "emailReceivers": [{"name": "me", "emailAddress": "a@b.c"}]}}));
    let setting = format!("{vault}/providers/Microsoft.Insights/diagnosticSettings/d");
    sky.put(&setting, json!({"properties": {"storageAccountId": storage, "logs": [{"category": "AuditEvent", "enabled": true}]}}));
    sky.put(
        &format!("{workspace}/computes/cpu"),
        json!({"location": "westeurope", "properties": {"computeType": "AmlCompute",
        "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": {"maxNodeCount": 1}}}}),
    );
    let lock = format!("{vault}/providers/Microsoft.Authorization/locks/keep");
    sky.put(&lock, json!({"properties": {"level": "CanNotDelete"}}));
    sky
}
