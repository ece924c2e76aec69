//! Microsoft.DocumentDB: Cosmos DB accounts.

use serde_json::{Value, json};

use super::common::{
    array, bad, default_to, insert, plain_region, region_title, renew, round, secret, view_connections,
};
use super::connections::{CONNECTION, link_resources};
use super::keyvault::vault_of_key;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, NameRule, Put, Route, Seconds, Shape, TypeRules, Unique, Update, at, text,
};
use crate::localcloud::world::{Document, World};

const ACCOUNTS: &str = "Microsoft.DocumentDB/databaseAccounts";

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: ACCOUNTS,
        lingers: 10.0,
        name: Some(NameRule {
            length: (3, 44),
            pattern: "[a-z0-9](-?[a-z0-9])*",
            status: 400,
            code: "BadRequest",
            message: "DatabaseAccount name '{name}' is invalid: it must be 3 to 44 lower-case letters, digits and hyphens.",
        }),
        unique: Unique::Global {
            status: 400,
            code: "BadRequest",
            message: "Dns record for {name} under zone Document is already taken.",
        },
        put: Shape::COSMOS_PUT,
        patch: Some(Shape::COSMOS_PUT),
        delete: Shape::COSMOS_DELETE,
        seconds: Seconds { create: 180.0, update: 60.0, delete: 400.0 },
        update: Update::Keep,
        system_data: true,
        defaults: &[
            ("kind", "\"GlobalDocumentDB\""),
            ("identity.type", "\"None\""),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.enableAutomaticFailover", "false"),
            ("properties.enableMultipleWriteLocations", "false"),
            ("properties.enablePartitionKeyMonitor", "false"),
            ("properties.isVirtualNetworkFilterEnabled", "false"),
            ("properties.virtualNetworkRules", "[]"),
            ("properties.EnabledApiTypes", "\"Sql\""),
            ("properties.disableKeyBasedMetadataWriteAccess", "false"),
            ("properties.disableLocalAuth", "false"),
            ("properties.enableFreeTier", "false"),
            ("properties.enableAnalyticalStorage", "false"),
            ("properties.analyticalStorageConfiguration.schemaType", "\"WellDefined\""),
            ("properties.createMode", "\"Default\""),
            ("properties.defaultIdentity", "\"FirstPartyIdentity\""),
            ("properties.networkAclBypass", "\"None\""),
            ("properties.networkAclBypassResourceIds", "[]"),
            ("properties.minimalTlsVersion", "\"Tls12\""),
            ("properties.enableBurstCapacity", "false"),
            ("properties.enablePartitionMerge", "false"),
            ("properties.consistencyPolicy.defaultConsistencyLevel", "\"Session\""),
            ("properties.consistencyPolicy.maxIntervalInSeconds", "5"),
            ("properties.consistencyPolicy.maxStalenessPrefix", "100"),
            ("properties.configurationOverrides", "{}"),
            ("properties.cors", "[]"),
            ("properties.capabilities", "[]"),
            ("properties.ipRules", "[]"),
            ("properties.backupPolicy.type", "\"Periodic\""),
        ],
        immutable: &[
            "kind",
            "properties.createMode",
            "properties.keyVaultKeyUri",
            "properties.enableFreeTier",
        ],
        actions: &[
            Action { name: "listKeys", method: "POST", run: list_keys, shape: None, seconds: 0.0 },
            Action { name: "readonlykeys", method: "POST", run: readonly_keys, shape: None, seconds: 0.0 },
            Action {
                name: "regenerateKey",
                method: "POST",
                run: regenerate_key,
                shape: Some(Shape {
                    async_url: Some(
                        "{sub}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{op}",
                    ),
                    location_url: Some("{id}/operationResults/{op}"),
                    ..Shape::ACTION
                }),
                seconds: 5.0,
            },
            Action {
                name: "listConnectionStrings",
                method: "POST",
                run: connection_strings,
                shape: None,
                seconds: 0.0,
            },
        ],
        normalise: Some(account),
        view: Some(view_account),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.DocumentDB/databaseAccounts/privateEndpointConnections", ..CONNECTION },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}/privateLinkResources",
    run: |world, call| link_resources(world, ACCOUNTS, call),
}];

/// What is judged by itself, and what the service answers without being told.
const BESIDE: &[&str] = &[
    "defaultIdentity",
    "documentEndpoint",
    "failoverPolicies",
    "locations",
    "privateEndpointConnections",
    "provisioningState",
    "readLocations",
    "writeLocations",
];

/// A value without what says nothing: the case of letters, the order of lists.
fn even(value: &Value) -> Value {
    match value {
        Value::String(text) => text.to_lowercase().into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(even).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(object) => {
            let even: std::collections::BTreeMap<String, Value> =
                object.iter().map(|(name, value)| (name.to_lowercase(), even(value))).collect();
            even.into_iter().collect()
        }
        other => other.clone(),
    }
}

/// CON-04: the locations, the identity and the rest of an account change one at a time; with the identity the default
/// identity is left as it was, without a word.
fn one_at_a_time(put: &mut Put) -> Result<(), ArmFailure> {
    let Some(old) = put.existing else { return Ok(()) };
    let rest = |body: &Value| {
        let mut rest = body.get("properties").cloned().unwrap_or_default();
        if let Value::Object(rest) = &mut rest {
            rest.retain(|name, _| !BESIDE.contains(&name.as_str()));
        }
        rest
    };
    let places = |body: &Value| -> Vec<(Value, Value, Value)> {
        let of = |l: &Value| {
            (l["locationName"].clone(), l["failoverPriority"].clone(), l["isZoneRedundant"].clone())
        };
        array(body, "properties.locations").iter().map(of).collect()
    };
    let parts = [
        ("the locations", places(&old.body) != places(&put.body)),
        ("the identity", at(&old.body, "identity").map(even) != at(&put.body, "identity").map(even)),
        ("other properties", even(&rest(&old.body)) != even(&rest(&put.body))),
    ];
    let changed: Vec<&str> = parts.into_iter().filter(|(_, is)| *is).map(|(what, _)| what).collect();
    if changed.len() > 1 {
        return Err(bad(
            "BadRequest",
            format!(
                "Updating {} of the database account {} in one request is not supported.",
                changed.join(" and "),
                put.id.name()
            ),
        ));
    }
    if changed == ["the identity"]
        && let Some(identity) = at(&old.body, "properties.defaultIdentity").cloned()
    {
        put.set("properties.defaultIdentity", identity);
    }
    Ok(())
}

/// An account's PUT.
fn account(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name().to_owned();
    let mut locations = array(&put.body, "properties.locations").to_vec();
    if locations.is_empty() {
        locations = vec![json!({ "locationName": text(&put.body, "location"), "failoverPriority": 0 })];
    }
    let mut priorities: Vec<i64> =
        locations.iter().map(|l| l.get("failoverPriority").and_then(Value::as_i64).unwrap_or(0)).collect();
    priorities.sort_unstable();
    if priorities.iter().zip(0..).any(|(have, want)| *have != want) {
        return Err(bad(
            "BadRequest",
            format!("The failover priorities of the locations of {name} must be unique and count from 0."),
        ));
    }
    // The service answers locations by priority, under their titles.
    locations.sort_by_key(|l| l.get("failoverPriority").and_then(Value::as_i64).unwrap_or(0));
    for location in &mut locations {
        let region = plain_region(text(location, "locationName"));
        insert(location, "id", format!("{name}-{region}"));
        insert(location, "locationName", region_title(&region));
        super::common::insert_default(location, "failoverPriority", 0);
        super::common::insert_default(location, "isZoneRedundant", false);
    }
    put.set("properties.locations", locations);
    if text(&put.body, "properties.backupPolicy.type") == "Periodic" {
        default_to(put, "properties.backupPolicy.periodicModeProperties.backupIntervalInMinutes", 240);
        default_to(put, "properties.backupPolicy.periodicModeProperties.backupRetentionIntervalInHours", 8);
        default_to(put, "properties.backupPolicy.periodicModeProperties.backupStorageRedundancy", "Geo");
    } else {
        default_to(put, "properties.backupPolicy.continuousModeProperties.tier", "Continuous30Days");
    }
    if text(&put.body, "kind") == "MongoDB" {
        put.set("properties.EnabledApiTypes", "Mongo");
        default_to(put, "properties.apiProperties.serverVersion", "7.0");
    }
    let key = text(&put.body, "properties.keyVaultKeyUri").to_owned();
    if !key.is_empty() && put.is_new() {
        let Some((vault, _)) = vault_of_key(world, &key) else {
            return Err(bad(
                "BadRequest",
                format!(
                    "Database account creation failed. Operation cannot be executed: the key vault of {key} was not found."
                ),
            ));
        };
        if vault.at("properties.enablePurgeProtection") != Some(&Value::Bool(true)) {
            return Err(bad(
                "BadRequest",
                format!("The key vault {} must have soft delete and purge protection enabled.", vault.name()),
            ));
        }
    }
    let now = world.now();
    let instance = world.new_guid(put.id.key(), "instanceId");
    put.set("properties.instanceId", instance);
    for which in
        ["primaryMasterKey", "primaryReadonlyMasterKey", "secondaryMasterKey", "secondaryReadonlyMasterKey"]
    {
        put.keep(&format!("properties.keysMetadata.{which}.generationTime"), || now.clone().into());
    }
    one_at_a_time(put)
}

/// Locations with their state and address; the account's own location under its title.
fn view_account(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let running = document.operation.is_some();
    let state = if running { text(body, "properties.provisioningState") } else { "Succeeded" }.to_owned();
    let title = region_title(document.location());
    insert(body, "location", title);
    let name = document.name().to_lowercase();
    let host = |label: &str| format!("https://{label}.documents.azure.com:443/");
    let several = at(body, "properties.enableMultipleWriteLocations") == Some(&Value::Bool(true));
    let Some(properties) = body.get_mut("properties") else { return };
    let mut locations = array(properties, "locations").to_vec();
    for location in &mut locations {
        let id = text(location, "id").to_owned();
        insert(location, "provisioningState", state.clone());
        if !running {
            insert(location, "documentEndpoint", host(&id.to_lowercase()));
        }
    }
    let writes = if several { locations.clone() } else { locations.iter().take(1).cloned().collect() };
    let failover: Vec<Value> = locations
        .iter()
        .map(|l| json!({"id": l["id"], "locationName": l["locationName"], "failoverPriority": l["failoverPriority"]}))
        .collect();
    insert(properties, "writeLocations", writes);
    insert(properties, "readLocations", locations.clone());
    insert(properties, "locations", locations);
    insert(properties, "failoverPolicies", failover);
    if !running {
        insert(properties, "documentEndpoint", host(&name));
    }
    if properties.get("privateEndpointConnections").and_then(Value::as_array).is_some_and(Vec::is_empty)
        && let Value::Object(map) = properties
    {
        map.shift_remove("privateEndpointConnections");
    }
}

fn keys(world: &World, call: &Call, which: &[&str]) -> Value {
    which
        .iter()
        .map(|name| {
            let purpose = round(world, &call.document.id, name);
            ((*name).to_owned(), secret(world, &call.document.id, &purpose, 64).into())
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn list_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(keys(
        world,
        call,
        &["primaryMasterKey", "secondaryMasterKey", "primaryReadonlyMasterKey", "secondaryReadonlyMasterKey"],
    )))
}

/// `regenerateKey` with the kind of the key.
fn regenerate_key(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let key = match text(&call.body, "keyKind").to_ascii_lowercase().as_str() {
        "primary" => "primaryMasterKey",
        "secondary" => "secondaryMasterKey",
        "primaryreadonly" => "primaryReadonlyMasterKey",
        "secondaryreadonly" => "secondaryReadonlyMasterKey",
        other => return Err(bad("BadRequest", format!("Value '{other}' of keyKind is not a kind of key."))),
    };
    renew(world, &call.document.id, key);
    Ok(Answer::empty(202))
}

fn readonly_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(keys(world, call, &["primaryReadonlyMasterKey", "secondaryReadonlyMasterKey"])))
}

fn connection_strings(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let name = call.document.name().to_lowercase();
    let strings: Vec<Value> = [
        ("Primary SQL Connection String", "primaryMasterKey", "Primary"),
        ("Secondary SQL Connection String", "secondaryMasterKey", "Secondary"),
        ("Primary Read-Only SQL Connection String", "primaryReadonlyMasterKey", "PrimaryReadonly"),
        ("Secondary Read-Only SQL Connection String", "secondaryReadonlyMasterKey", "SecondaryReadonly"),
    ]
    .iter()
    .map(|(description, key, kind)| {
        let value = secret(world, &call.document.id, &round(world, &call.document.id, key), 64);
        json!({
            "connectionString": format!("AccountEndpoint=https://{name}.documents.azure.com:443/;AccountKey={value};"),
            "description": description, "keyKind": kind, "type": "Sql",
        })
    })
    .collect();
    Ok(Answer::ok(json!({ "connectionStrings": strings })))
}
