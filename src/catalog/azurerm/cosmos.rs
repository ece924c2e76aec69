//! Cosmos DB accounts.

use std::sync::LazyLock;

use super::table::{
    ANY_IDENTITY, Check, Codec, Hooks, Lit, Object, Place, Predict, Row, Rule, Shown, Table, block,
    block_set, blocks, doc, flag, identity, number, place, tags, text, text_set, texts,
};
use crate::catalog::lens::{Claim, Context, Problem, Replace, Stop};
use crate::catalog::value::{argument, error, location, same, text as known};
use crate::lang::{Number, Type, Value};

const KIND: &str = "Microsoft.DocumentDB/databaseAccounts";
const VERSION: &str = "2024-08-15";

/// What can be added to an account that exists, and what can be taken away.
const ADDABLE: &[&str] = &[
    "DeleteAllItemsByPartitionKey",
    "DisableRateLimitingResponses",
    "AllowSelfServeUpgradeToMongo36",
    "EnableAggregationPipeline",
    "MongoDBv3.4",
    "EnableMongoRetryableWrites",
    "EnableMongoRoleBasedAccessControl",
    "EnableUniqueCompoundNestedDocs",
    "EnableMongo16MBDocumentSupport",
    "mongoEnableDocLevelTTL",
    "EnableTtlOnCustomPath",
    "EnablePartialUniqueIndex",
    "EnableNoSQLVectorSearch",
    "EnableNoSQLFullTextSearch",
    "EnableFabricNetworkAclBypass",
];
const REMOVABLE: &[&str] = &[
    "EnableMongoRetryableWrites",
    "EnableMongo16MBDocumentSupport",
    "DisableRateLimitingResponses",
    "AllowSelfServeUpgradeToMongo36",
    "mongoEnableDocLevelTTL",
    "EnableFabricNetworkAclBypass",
];

fn capabilities(before: &Value, after: &Value) -> Replace {
    let names = |v: &Value| -> Vec<String> {
        let all = v.as_sequence().unwrap_or_default();
        all.iter().filter_map(|c| known(c, "name").map(str::to_owned)).collect()
    };
    let (old, new) = (names(before), names(after));
    let added = new.iter().filter(|n| !old.contains(n)).all(|n| ADDABLE.contains(&n.as_str()));
    let removed = old.iter().filter(|n| !new.contains(n)).all(|n| REMOVABLE.contains(&n.as_str()));
    if added && removed { Replace::No } else { Replace::Yes }
}

fn switched_off(before: &Value, after: &Value) -> Replace {
    if before.as_bool() == Some(true) && after.as_bool() == Some(false) { Replace::Yes } else { Replace::No }
}

/// Continuous backup is never given up.
fn backup_kind(before: &Value, after: &Value) -> Replace {
    if before.as_str() == Some("Continuous") && after.as_str() != Some("Continuous") && !after.is_unknown() {
        Replace::Yes
    } else {
        Replace::No
    }
}

/// Keys are named without their version: Cosmos follows the newest.
fn versionless(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let mut parts: Vec<&str> = text.trim_end_matches('/').split('/').collect();
    if parts.len() > 5 {
        parts.truncate(5);
    }
    parts.join("/").into()
}

fn other_key(before: &Value, after: &Value) -> Replace {
    if same(&versionless(before), &versionless(after)) { Replace::No } else { Replace::Yes }
}

/// Lists that Cosmos joins with commas.
fn joined(name: &'static str, path: &'static str) -> Row {
    texts(name).required().at(path).codec(Codec::Join(",")).check(Check::Items(0, 64))
}

fn put_bypass(value: &Value) -> Value {
    value.as_bool().map_or_else(|| value.clone(), |on| if on { "AzureServices" } else { "None" }.into())
}

fn take_bypass(live: &Value) -> Option<Value> {
    Some(live.as_str()?.eq_ignore_ascii_case("AzureServices").into())
}

fn restore() -> Row {
    let old = |row: Row| row.new();
    block(
        "restore",
        vec![
            old(text("source_cosmosdb_account_id").required().at("restoreSource").arm_id("")),
            old(text("restore_timestamp_in_utc").required().at("restoreTimestampInUtc").check(Check::Time)),
            old(texts("tables_to_restore").at("tablesToRestore").nonempty()),
            old(block_set(
                "database",
                vec![
                    old(text("name").required().at("databaseName")),
                    old(text_set("collection_names").at("collectionNames").nonempty()),
                ],
            )
            .at("databasesToRestore"))
            .cleared(),
            old(blocks(
                "gremlin_database",
                vec![
                    old(text("name").required().at("databaseName")),
                    old(texts("graph_names").at("graphNames").nonempty()),
                ],
            )
            .at("gremlinDatabasesToRestore"))
            .cleared(),
        ],
    )
    .at("properties.restoreParameters")
    .with("properties.restoreParameters.restoreMode", "PointInTime")
    .reset("null")
}

fn backup() -> Row {
    block(
        "backup",
        vec![
            text("type").required().at("type").one_of(&["Continuous", "Periodic"]).replaces(backup_kind),
            text("tier")
                .both()
                .at("continuousModeProperties.tier")
                .one_of(&["Continuous7Days", "Continuous30Days"]),
            number("interval_in_minutes")
                .both()
                .at("periodicModeProperties.backupIntervalInMinutes")
                .range(60, 1440),
            number("retention_in_hours")
                .both()
                .at("periodicModeProperties.backupRetentionIntervalInHours")
                .range(8, 720),
            text("storage_redundancy")
                .both()
                .at("periodicModeProperties.backupStorageRedundancy")
                .one_of(&["Geo", "Local", "Zone"]),
        ],
    )
    .at("properties.backupPolicy")
    .stays()
}

pub(super) static COSMOSDB_ACCOUNT: LazyLock<Table> = LazyLock::new(|| {
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    let regions = block_set(
        "geo_location",
        vec![
            text("location").required().at("locationName").codec(Codec::Location),
            number("failover_priority").required().at("failoverPriority").range(0, i64::MAX),
            flag("zone_redundant").default(false).at("isZoneRedundant"),
            text("id").computed().at("id"),
        ],
    )
    .required()
    .at("properties.locations");
    let consistency = block(
        "consistency_policy",
        vec![
            text("consistency_level").required().at("defaultConsistencyLevel").one_of(&[
                "BoundedStaleness",
                "ConsistentPrefix",
                "Eventual",
                "Session",
                "Strong",
            ]),
            number("max_interval_in_seconds").default(5).at("maxIntervalInSeconds").range(5, 86_400),
            number("max_staleness_prefix")
                .default(100)
                .at("maxStalenessPrefix")
                .range(10, i64::from(i32::MAX)),
        ],
    )
    .required()
    .count(1, 1)
    .at("properties.consistencyPolicy");
    let cors = blocks(
        "cors_rule",
        vec![
            joined("allowed_headers", "allowedHeaders"),
            joined("allowed_methods", "allowedMethods")
                .one_of(&["DELETE", "GET", "HEAD", "MERGE", "POST", "OPTIONS", "PUT", "PATCH"]),
            joined("allowed_origins", "allowedOrigins"),
            joined("exposed_headers", "exposedHeaders"),
            number("max_age_in_seconds").at("maxAgeInSeconds").range(1, i64::from(i32::MAX)),
        ],
    )
    .count(0, 1)
    .at("properties.cors")
    .neutral(Lit::Json("[]"));
    let key = |name: &'static str| text(name).new().check(Check::KeyId).replaces(other_key);
    let mut rows =
        place(text("name").matches(r"^[-a-z0-9]{3,50}$", "3 to 50 lower-case letters, digits and `-`"));
    rows.extend([
        text("offer_type").required().at("properties.databaseAccountOfferType").one_of(&["Standard"]),
        text("kind").new().default("GlobalDocumentDB").at("kind").one_of(&["GlobalDocumentDB", "MongoDB", "Parse"]),
        regions,
        consistency,
        block_set("capabilities", vec![text("name").required().at("name")])
            .at("properties.capabilities")
            .neutral(Lit::Json("[]"))
            .replaces(capabilities),
        text_set("ip_range_filter").since(4).at("properties.ipRules").items("ipAddressOrRange").neutral(Lit::Json("[]")),
        text("ip_range_filter").until(3).at("properties.ipRules").codec(Codec::Hook(put_ranges, take_ranges)).neutral(Lit::Json("[]")),
        off("is_virtual_network_filter_enabled", "properties.isVirtualNetworkFilterEnabled"),
        block_set(
            "virtual_network_rule",
            vec![
                text("id").required().at("id").arm_id(""),
                off("ignore_missing_vnet_service_endpoint", "ignoreMissingVNetServiceEndpoint"),
            ],
        )
        .at("properties.virtualNetworkRules")
        .neutral(Lit::Json("[]")),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        flag("network_acl_bypass_for_azure_services")
            .default(false)
            .at("properties.networkAclBypass")
            .codec(Codec::Hook(put_bypass, take_bypass)),
        texts("network_acl_bypass_ids").at("properties.networkAclBypassResourceIds").arm_id("").neutral(Lit::Json("[]")),
        flag("local_authentication_enabled").both().at("properties.disableLocalAuth").not(),
        flag("local_authentication_disabled")
            .both()
            .until(4)
            .deprecated("local_authentication_enabled")
            .opposite("local_authentication_enabled"),
        flag("access_key_metadata_writes_enabled").default(true).at("properties.disableKeyBasedMetadataWriteAccess").not(),
        off("automatic_failover_enabled", "properties.enableAutomaticFailover"),
        flag("enable_automatic_failover").both().until(3).alias("automatic_failover_enabled"),
        off("multiple_write_locations_enabled", "properties.enableMultipleWriteLocations"),
        flag("enable_multiple_write_locations").both().until(3).alias("multiple_write_locations_enabled"),
        off("free_tier_enabled", "properties.enableFreeTier").new(),
        flag("enable_free_tier").both().until(3).alias("free_tier_enabled"),
        off("partition_merge_enabled", "properties.enablePartitionMerge"),
        off("burst_capacity_enabled", "properties.enableBurstCapacity"),
        off("analytical_storage_enabled", "properties.enableAnalyticalStorage").replaces(switched_off),
        block(
            "analytical_storage",
            vec![text("schema_type").required().at("schemaType").one_of(&["WellDefined", "FullFidelity"])],
        )
        .at("properties.analyticalStorageConfiguration")
        .stays(),
        block(
            "capacity",
            vec![number("total_throughput_limit").required().at("totalThroughputLimit").range(-1, i64::from(i32::MAX))],
        )
        .at("properties.capacity")
        .stays(),
        text("minimal_tls_version").default("Tls12").at("properties.minimalTlsVersion").one_of(&["Tls", "Tls11", "Tls12"]),
        key("key_vault_key_id").at("properties.keyVaultKeyUri").codec(Codec::Hook(versionless, |v| Some(v.clone()))).observed(),
        key("managed_hsm_key_id").until(4).deprecated("key_vault_key_id").alias("key_vault_key_id").own(),
        text("default_identity_type")
            .default("FirstPartyIdentity")
            .at("properties.defaultIdentity")
            .matches(
                r"^(FirstPartyIdentity|SystemAssignedIdentity|UserAssignedIdentity(.)+)$",
                "`FirstPartyIdentity`, `SystemAssignedIdentity` or `UserAssignedIdentity=` with the identity's id",
            ),
        backup(),
        text("create_mode").both().new().at("properties.createMode").one_of(&["Default", "Restore"]).predict(Predict::Lit(Lit::Text("Default"))),
        restore(),
        cors,
        text("mongo_server_version").both().at("properties.apiProperties.serverVersion").one_of(&[
            "7.0", "6.0", "5.0", "4.2", "4.0", "3.6", "3.2",
        ])
        .predict(Predict::Hook(no_mongo)),
        identity(ANY_IDENTITY, true),
        tags(),
        text("endpoint").computed().at("properties.documentEndpoint").will_be("https://{name}.{@cosmos}:443/"),
        texts("read_endpoints").computed().at("properties.readLocations").items("documentEndpoint"),
        texts("write_endpoints").computed().at("properties.writeLocations").items("documentEndpoint"),
        text("primary_key").demand("listKeys", |a, _| of(a, "primaryMasterKey")),
        text("secondary_key").demand("listKeys", |a, _| of(a, "secondaryMasterKey")),
        text("primary_readonly_key").demand("listKeys", |a, _| of(a, "primaryReadonlyMasterKey")),
        text("secondary_readonly_key").demand("listKeys", |a, _| of(a, "secondaryReadonlyMasterKey")),
    ]);
    let string = |name: &'static str, take: fn(&Value, &Value) -> Value| {
        text(name).demand("listConnectionStrings", take)
    };
    rows.extend([
        string("primary_sql_connection_string", |a, _| described(a, "Primary SQL Connection String")),
        string("secondary_sql_connection_string", |a, _| described(a, "Secondary SQL Connection String")),
        string("primary_readonly_sql_connection_string", |a, _| {
            described(a, "Primary Read-Only SQL Connection String")
        }),
        string("secondary_readonly_sql_connection_string", |a, _| {
            described(a, "Secondary Read-Only SQL Connection String")
        }),
        string("primary_mongodb_connection_string", |a, _| described(a, "Primary MongoDB Connection String")),
        string("secondary_mongodb_connection_string", |a, _| {
            described(a, "Secondary MongoDB Connection String")
        }),
        string("primary_readonly_mongodb_connection_string", |a, _| {
            described(a, "Primary Read-Only MongoDB Connection String")
        }),
        string("secondary_readonly_mongodb_connection_string", |a, _| {
            described(a, "Secondary Read-Only MongoDB Connection String")
        }),
    ]);
    Table::new(
        "azurerm_cosmosdb_account",
        [180, 5, 180, 300],
        vec![doc(KIND, VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Conflict("key_vault_key_id", "managed_hsm_key_id"))
    .rule(Rule::Conflict("local_authentication_disabled", "local_authentication_enabled"))
    .hooks(Hooks {
        check: Some(check_account),
        claims: Some(bounds),
        attributes: Some(written_bounds),
        ..Hooks::default()
    })
});

/// Only accounts for MongoDB have a server version.
fn no_mongo(config: &Value, _provider: &crate::catalog::lens::ProviderConfig) -> Option<Value> {
    let kind = known(config, "kind")?;
    (kind != "MongoDB").then(|| Value::null(Type::String))
}

/// 3.x wrote addresses as one text with commas.
fn put_ranges(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let ranges = text.split(',').map(str::trim).filter(|r| !r.is_empty());
    Value::tuple(ranges.map(|r| Value::object([("ipAddressOrRange", r.into())])).collect())
}

fn take_ranges(live: &Value) -> Option<Value> {
    let all: Vec<&str> = live.as_sequence()?.iter().filter_map(|r| known(r, "ipAddressOrRange")).collect();
    Some(all.join(",").into())
}

fn of(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_else(|| Value::null(Type::String))
}

/// Connection strings are told apart by their description.
fn described(answer: &Value, description: &str) -> Value {
    let all = answer.get("connectionStrings").and_then(Value::as_sequence).unwrap_or_default();
    let found =
        all.iter().find(|s| known(s, "description").is_some_and(|d| d.eq_ignore_ascii_case(description)));
    found.and_then(|s| s.get("connectionString")).cloned().unwrap_or_else(|| Value::null(Type::String))
}

/// Bounds of staleness are only sent where staleness is bounded.
fn bounds(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let policy = config.get("consistency_policy").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let level = policy.and_then(|p| known(p, "consistency_level"));
    if level.is_some_and(|l| l != "BoundedStaleness") {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        let mut properties: Object =
            body.get("properties").and_then(Value::as_entries).cloned().unwrap_or_default();
        properties.insert(
            "consistencyPolicy".into(),
            Value::object([("defaultConsistencyLevel", level.unwrap_or_default().into())]),
        );
        body.insert("properties".into(), Value::object(properties));
        claim.body = Value::object(body);
    }
    Ok(())
}

fn written_bounds(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    // Without bounded staleness the bounds mean nothing: they are what is written.
    let Some(written) =
        shown.config.get("consistency_policy").and_then(Value::as_sequence).and_then(<[Value]>::first)
    else {
        return Ok(());
    };
    if known(written, "consistency_level").is_some_and(|l| l != "BoundedStaleness")
        && let Some(policies) = all.get("consistency_policy")
        && let crate::lang::Kind::List(ty, items) = &policies.kind
        && let Some(entries) = items.first().and_then(Value::as_entries)
    {
        let mut entries = entries.clone();
        for name in ["max_interval_in_seconds", "max_staleness_prefix"] {
            if let Some(value) = written.get(name) {
                entries.insert(name.into(), value.clone());
            }
        }
        let changed = Value::list(ty.clone(), vec![Value::object(entries)]).marked(&policies.marks);
        all.insert("consistency_policy".into(), changed);
    }
    Ok(())
}

fn check_account(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: String| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail))
    };
    let regions = config.get("geo_location").and_then(Value::as_sequence).unwrap_or_default();
    let priorities: Option<Vec<i64>> =
        regions.iter().map(|r| r.get("failover_priority")?.as_number().and_then(Number::as_i64)).collect();
    if let Some(mut all) = priorities.filter(|all| !all.is_empty()) {
        all.sort_unstable();
        if all.iter().enumerate().any(|(i, p)| i64::try_from(i) != Ok(*p)) {
            wrong(
                "geo_location",
                format!("The failover priorities must be 0 to {}, each once.", all.len() - 1),
            );
        }
    }
    let names: Option<Vec<String>> = regions.iter().map(|r| known(r, "location").map(location)).collect();
    if let Some(mut names) = names {
        let count = names.len();
        names.sort();
        names.dedup();
        if names.len() != count {
            wrong("geo_location", "A location may be written only once.".into());
        }
    }
    let backup = config.get("backup").and_then(Value::as_sequence).and_then(<[Value]>::first);
    if let Some(backup) = backup {
        let set = |name: &str| backup.get(name).is_some_and(|v| !v.is_null());
        match known(backup, "type") {
            Some("Continuous") => {
                for name in ["interval_in_minutes", "retention_in_hours", "storage_redundancy"] {
                    if set(name) {
                        wrong("backup", format!("`{name}` is only for backups of the type `Periodic`."));
                    }
                }
            }
            Some("Periodic") if set("tier") => {
                wrong("backup", "`tier` is only for backups of the type `Continuous`.".into());
            }
            _ => {}
        }
    }
    let restoring = known(config, "create_mode") == Some("Restore");
    let restore = config.get("restore").and_then(Value::as_sequence).is_some_and(|all| !all.is_empty());
    if restoring && !restore {
        wrong("create_mode", "`create_mode = \"Restore\"` needs the block `restore`.".into());
    }
    if restore && !restoring && config.get("create_mode").is_none_or(|v| !v.is_unknown()) {
        wrong("restore", "The block `restore` needs `create_mode = \"Restore\"`.".into());
    }
    problems
}
