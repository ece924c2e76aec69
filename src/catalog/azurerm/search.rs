//! AI Search services.

use std::sync::LazyLock;

use super::codec::conform;
use super::table::{
    ANY_IDENTITY, Check, Codec, Hooks, Lit, Place, Row, Table, doc, flag, identity, number, objects, place,
    tags, text, text_set, type_of_objects,
};
use crate::catalog::lens::{Context, Problem, Replace};
use crate::catalog::value::{argument, at, error, flag as known_flag, text as known};
use crate::lang::{Number, Type, Value};

const KIND: &str = "Microsoft.Search/searchServices";

/// A service is raised in place along these SKUs; all else makes it anew.
const LADDER: [&str; 4] = ["basic", "standard", "standard2", "standard3"];

fn other_sku(before: &Value, after: &Value) -> Replace {
    let rank = |v: &Value| LADDER.iter().position(|s| Some(*s) == v.as_str());
    match (rank(before), rank(after)) {
        (Some(a), Some(b)) if b >= a => Replace::No,
        _ => Replace::Yes,
    }
}

/// How the data plane takes callers: by key, or by key and role with an answer to those who may not.
fn put_mode(mode: &Value) -> Value {
    let role = Value::object([("aadAuthFailureMode", mode.clone())]);
    Value::object([("aadOrApiKey", role), ("apiKeyOnly", Value::null(Type::Dynamic))])
}

fn take_mode(live: &Value) -> Option<Value> {
    at(live, &["aadOrApiKey", "aadAuthFailureMode"]).cloned()
}

/// Without keys there is nothing to choose: options are refused.
fn put_keys(on: &Value) -> Vec<Option<Value>> {
    let on = on.as_bool() != Some(false);
    vec![Some((!on).into()), (!on).then(|| Value::null(Type::Dynamic))]
}

pub(super) static SEARCH_SERVICE: LazyLock<Table> = LazyLock::new(|| {
    let key =
        |name: &'static str, take: fn(&Value, &Value) -> Value| text(name).demand("listAdminKeys", take);
    // Each key is a secret; azurerm says so of the keys, not of the list.
    let mut query_keys = objects("query_keys", &["key", "name"]).demand("listQueryKeys", |a, _| {
        conform(a.get("value").unwrap_or(&Value::tuple(Vec::new())), &type_of_objects(&["key", "name"]))
    });
    query_keys.sensitive = false;
    let count = |name: &'static str, path: &'static str| -> Row { number(name).default(1).at(path) };
    let mut rows = place(text("name").matches(
        r"^[a-z0-9](-?[a-z0-9]){1,59}$",
        "2 to 60 lower-case letters, digits and `-`, no `-` first, last or after another",
    ));
    rows.extend([
        text("sku")
            .required()
            .at("sku.name")
            .one_of(&[
                "free",
                "basic",
                "standard",
                "standard2",
                "standard3",
                "storage_optimized_l1",
                "storage_optimized_l2",
            ])
            .replaces(other_sku),
        count("replica_count", "properties.replicaCount").range(1, 12),
        count("partition_count", "properties.partitionCount").check(Check::OneNumberOf(&[1, 2, 3, 4, 6, 12])),
        // 2025-05-01 spells them so; letter case does not matter.
        text("hosting_mode")
            .default("default")
            .new()
            .at("properties.hostingMode")
            .check(Check::OneOfAnyCase(&["default", "highDensity"]))
            .words(&[("default", "Default"), ("highDensity", "HighDensity")]),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        text_set("allowed_ips")
            .at("properties.networkRuleSet.ipRules")
            .items("value")
            .neutral(Lit::Json("[]")),
        text("network_rule_bypass_option")
            .default("None")
            .at("properties.networkRuleSet.bypass")
            .one_of(&["AzureServices", "None"]),
        text("authentication_failure_mode")
            .at("properties.authOptions")
            .also("properties.authOptions.aadOrApiKey")
            .one_of(&["http401WithBearerChallenge", "http403"])
            .codec(Codec::Hook(put_mode, take_mode))
            .neutral(Lit::Json(r#"{"apiKeyOnly":{},"aadOrApiKey":null}"#)),
        flag("local_authentication_enabled").default(true).spread(
            &["properties.disableLocalAuth", "properties.authOptions"],
            put_keys,
            |parts| Some((!parts.first().copied().flatten()?.as_bool()?).into()),
        ),
        flag("customer_managed_key_enforcement_enabled")
            .default(false)
            .at("properties.encryptionWithCmk.enforcement")
            .switch(),
        text("semantic_search_sku")
            .at("properties.semanticSearch")
            .one_of(&["free", "standard"])
            .nothing("disabled"),
        identity(ANY_IDENTITY, false),
        tags(),
        text("customer_managed_key_encryption_compliance_status")
            .computed()
            .at("properties.encryptionWithCmk.encryptionComplianceStatus"),
        text("endpoint").computed().at("properties.endpoint"),
        key("primary_key", |a, _| a.get("primaryKey").cloned().unwrap_or_else(|| Value::null(Type::String))),
        key("secondary_key", |a, _| {
            a.get("secondaryKey").cloned().unwrap_or_else(|| Value::null(Type::String))
        }),
        query_keys,
    ]);
    Table::new(
        "azurerm_search_service",
        [60, 5, 60, 60],
        vec![doc(KIND, "2025-05-01", Place::Group(&["name"]))],
        rows,
    )
    .hooks(Hooks { check: Some(check_service), ..Hooks::default() })
});

/// The most replicas and partitions of a SKU, where they are less than those of the others.
const LIMITS: &[(&str, i64, i64)] = &[("free", 1, 1), ("basic", 3, 3)];

fn check_service(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: String| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let count =
        |name: &str| config.get(name).and_then(Value::as_number).and_then(Number::as_i64).unwrap_or(1);
    let sku = known(config, "sku");
    let dense = known(config, "hosting_mode").is_some_and(|m| m.eq_ignore_ascii_case("highDensity"));
    if let Some((sku, replicas, partitions)) = LIMITS.iter().find(|(s, ..)| Some(*s) == sku) {
        for (name, most) in [("replica_count", *replicas), ("partition_count", *partitions)] {
            if count(name) > most {
                wrong(name, format!("A service of the SKU `{sku}` has at most {most}, not {}.", count(name)));
            }
        }
    }
    if dense && sku.is_some_and(|s| s != "standard3") {
        wrong("hosting_mode", "`highDensity` is for the SKU `standard3`.".into());
    }
    if dense && count("partition_count") > 3 {
        wrong(
            "partition_count",
            "A service with `hosting_mode = \"highDensity\"` has at most 3 partitions.".into(),
        );
    }
    if sku == Some("free") && known(config, "semantic_search_sku").is_some() {
        wrong("semantic_search_sku", "A service of the SKU `free` has no semantic search.".into());
    }
    if known_flag(config, "local_authentication_enabled") == Some(false)
        && known(config, "authentication_failure_mode").is_some()
    {
        wrong(
            "authentication_failure_mode",
            "It cannot be written with `local_authentication_enabled = false`: there are no keys to fall back to."
                .into(),
        );
    }
    problems
}
