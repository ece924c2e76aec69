//! Log Analytics workspaces, Application Insights and diagnostic settings.

use std::sync::LazyLock;

use super::table::{
    Check, Going, Hooks, Lit, Object, Part, Place, Predict, Row, Rule, Shown, Table, When, block, block_set,
    doc, flag, identity, number, place, tags, text,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Problem, ProviderConfig, Replace, Stop, Withdraw};
use crate::catalog::value::{argument, error, flag as known_flag, put};
use crate::lang::{Type, Value};

const WORKSPACES: &str = "Microsoft.OperationalInsights/workspaces";
const COMPONENTS: &str = "Microsoft.Insights/components";
const SETTINGS: &str = "Microsoft.Insights/diagnosticSettings";

/// A deleted workspace stays for 14 days unless the provider says otherwise (NAM-07).
fn leave_or_force(provider: &ProviderConfig, _id: &ArmId) -> Withdraw {
    let force = provider.feature("log_analytics_workspace", "permanently_delete_on_destroy");
    let query = force.then(|| ("force".into(), "true".into())).into_iter().collect();
    Withdraw::Delete { query, then: Vec::new() }
}

/// Only between two kinds of payment, and out of a cluster, is a SKU changed in place.
fn other_sku(before: &Value, after: &Value) -> Replace {
    let (Some(a), Some(b)) = (before.as_str(), after.as_str()) else { return Replace::No };
    let pay = |sku: &str| ["PerGB2018", "CapacityReservation"].iter().any(|s| s.eq_ignore_ascii_case(sku));
    if pay(a) && pay(b) || a.eq_ignore_ascii_case("LACluster") || a.eq_ignore_ascii_case(b) {
        Replace::No
    } else {
        Replace::Yes
    }
}

fn key(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_else(|| Value::null(Type::String))
}

/// On or off, and from 5.x on one of three words.
fn access(name: &'static str, word: &'static str, path: &'static str) -> [Row; 2] {
    [
        flag(name).default(true).until(4).at(path).switch(),
        text(word).default("Enabled").since(5).at(path).one_of(&[
            "Enabled",
            "Disabled",
            "SecuredByPerimeter",
        ]),
    ]
}

pub(super) static LOG_ANALYTICS_WORKSPACE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = place(
        text("name")
            .matches(r"^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$", "letters, digits and `-`, not at the ends")
            .length(4, 63),
    );
    rows.extend([
        text("sku")
            .both()
            .at("properties.sku.name")
            .predict(Predict::Lit(Lit::Text("PerGB2018")))
            .replaces(other_sku)
            .words(RETIRED)
            .one_of(&[
                "PerGB2018",
                "PerNode",
                "Premium",
                "Standalone",
                "Standard",
                "CapacityReservation",
                "LACluster",
                "Unlimited",
            ]),
        number("reservation_capacity_in_gb_per_day")
            .at("properties.sku.capacityReservationLevel")
            .check(Check::OneNumberOf(&[100, 200, 300, 400, 500, 1000, 2000, 5000, 10000, 25000, 50000]))
            .observed(),
        number("retention_in_days").both().at("properties.retentionInDays").range(30, 730),
        number("daily_quota_gb").default(-1).at("properties.workspaceCapping.dailyQuotaGb"),
        flag("allow_resource_only_permissions")
            .default(true)
            .at("properties.features.enableLogAccessUsingOnlyResourcePermissions"),
        flag("local_authentication_enabled").both().at("properties.features.disableLocalAuth").not(),
        flag("local_authentication_disabled")
            .both()
            .until(4)
            .deprecated("local_authentication_enabled")
            .opposite("local_authentication_enabled"),
        flag("cmk_for_query_forced").at("properties.forceCmkForQuery").neutral(false),
        flag("immediate_data_purge_on_30_days_enabled")
            .at("properties.features.immediatePurgeDataOn30Days")
            .neutral(false),
        text("data_collection_rule_id")
            .at("properties.defaultDataCollectionRuleResourceId")
            .arm_id("Microsoft.Insights/dataCollectionRules"),
        identity(&["SystemAssigned", "UserAssigned"], false),
        tags(),
        text("workspace_id").computed().at("properties.customerId"),
        text("primary_shared_key").demand("sharedKeys", |answer, _| key(answer, "primarySharedKey")),
        text("secondary_shared_key").demand("sharedKeys", |answer, _| key(answer, "secondarySharedKey")),
    ]);
    rows.extend(access(
        "internet_ingestion_enabled",
        "internet_ingestion_access_type",
        "properties.publicNetworkAccessForIngestion",
    ));
    rows.extend(access(
        "internet_query_enabled",
        "internet_query_access_type",
        "properties.publicNetworkAccessForQuery",
    ));
    Table::new(
        "azurerm_log_analytics_workspace",
        [30, 5, 30, 30],
        vec![doc(WORKSPACES, "2023-09-01", Place::Group(&["name"])).going(Going::With(leave_or_force))],
        rows,
    )
    .rule(Rule::Conflict("local_authentication_disabled", "local_authentication_enabled"))
    .hooks(Hooks { check: Some(check_reservation), ..Hooks::default() })
});

fn check_reservation(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let amount = config.get("reservation_capacity_in_gb_per_day");
    let reserved = amount.is_some_and(|v| !v.is_null());
    let sku = config.get("sku").filter(|v| !v.is_null());
    let by_reservation = sku.and_then(Value::as_str) == Some("CapacityReservation");
    let unknown = sku.is_some_and(Value::is_unknown) || amount.is_some_and(Value::is_unknown);
    let name = "reservation_capacity_in_gb_per_day";
    match (reserved, by_reservation) {
        (true, false) if !unknown => {
            let detail = format!("`{name}` is only for `sku = \"CapacityReservation\"`.");
            vec![error(argument(name), "Invalid combination of arguments", detail)]
        }
        (false, true) => {
            let detail = format!("`sku = \"CapacityReservation\"` needs `{name}`.");
            vec![error(argument("sku"), "Missing required argument", detail)]
        }
        _ => Vec::new(),
    }
}

fn put_application(value: &Value) -> Vec<Option<Value>> {
    vec![Some(value.clone()), Some(value.clone())]
}

fn take_application(parts: &[Option<&Value>]) -> Option<Value> {
    parts.iter().flatten().next().map(|v| (*v).clone())
}

/// What the service makes of SKUs that are not sold any more (server_populated, *normalised*).
const RETIRED: &[(&str, &str)] = &[
    ("PerGB2018", "PerGB2018"),
    ("PerNode", "PerGB2018"),
    ("Premium", "PerGB2018"),
    ("Standard", "PerGB2018"),
];

/// A component that writes to a workspace cannot leave it.
fn stays(before: &Value, after: &Value) -> Replace {
    if !before.is_null() && after.is_null() {
        return Replace::Refuse(
            "A component that writes to a Log Analytics workspace cannot be taken off it again. Write another `workspace_id`, or keep this one.".into(),
        );
    }
    Replace::No
}

pub(super) static APPLICATION_INSIGHTS: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = place(text("name").length(1, 260));
    rows.extend([
        text("application_type")
            .required()
            .new()
            .spread(&["properties.Application_Type", "kind"], put_application, take_application)
            .one_of(&["web", "other", "java", "MobileCenter", "phone", "store", "ios", "Node.JS"]),
        text("workspace_id").both().at("properties.WorkspaceResourceId").arm_id(WORKSPACES).replaces(stays),
        number("retention_in_days")
            .default(90)
            .at("properties.RetentionInDays")
            .check(Check::OneNumberOf(&[30, 60, 90, 120, 180, 270, 365, 550, 730])),
        number("sampling_percentage").default(100).at("properties.SamplingPercentage").range(0, 100),
        flag("ip_masking_enabled").both().at("properties.DisableIpMasking").not(),
        flag("disable_ip_masking")
            .both()
            .until(4)
            .deprecated("ip_masking_enabled")
            .opposite("ip_masking_enabled"),
        flag("local_authentication_enabled").both().at("properties.DisableLocalAuth").not(),
        flag("local_authentication_disabled")
            .both()
            .until(4)
            .deprecated("local_authentication_enabled")
            .opposite("local_authentication_enabled"),
        flag("internet_ingestion_enabled")
            .default(true)
            .at("properties.publicNetworkAccessForIngestion")
            .switch(),
        flag("internet_query_enabled").default(true).at("properties.publicNetworkAccessForQuery").switch(),
        flag("force_customer_storage_for_profiler")
            .default(false)
            .at("properties.ForceCustomerStorageForProfiler"),
        number("daily_data_cap_in_gb")
            .default(100)
            .of("plan")
            .at("properties.cap")
            .range(0, i64::MAX)
            .absent(100),
        flag("daily_data_cap_notifications_enabled")
            .both()
            .of("plan")
            .at("properties.stopSendNotificationWhenHitCap")
            .not()
            .absent(true)
            .predict(Predict::Lit(Lit::Bool(true))),
        flag("daily_data_cap_notifications_disabled")
            .both()
            .until(4)
            .deprecated("daily_data_cap_notifications_enabled")
            .opposite("daily_data_cap_notifications_enabled"),
        tags(),
        text("app_id").computed().at("properties.AppId"),
        text("instrumentation_key").computed().sensitive().at("properties.InstrumentationKey"),
        text("connection_string").computed().sensitive().at("properties.ConnectionString"),
    ]);
    Table::new(
        "azurerm_application_insights",
        [60, 5, 30, 30],
        vec![
            doc(COMPONENTS, "2020-02-02", Place::Group(&["name"])),
            // The daily cap stands in a document that Azure makes; it is written only where it differs from what it is.
            doc(
                "Microsoft.Insights/components/pricingPlans",
                "2017-10-01",
                Place::Child("pricingPlans", "current"),
            )
            .key("plan")
            .foreign()
            .when(When::Hook(has_cap))
            .fixed("properties.planType", "Basic")
            .going(Going::Leave),
        ],
        rows,
    )
    .rule(Rule::Conflict("daily_data_cap_notifications_disabled", "daily_data_cap_notifications_enabled"))
    .rule(Rule::Conflict("disable_ip_masking", "ip_masking_enabled"))
    .rule(Rule::Conflict("local_authentication_disabled", "local_authentication_enabled"))
});

fn has_cap(config: &Value) -> bool {
    let cap = config.get("daily_data_cap_in_gb").filter(|v| !v.is_null());
    let notify = config.get("daily_data_cap_notifications_enabled").filter(|v| !v.is_null());
    cap.is_some_and(|c| c.as_number().is_none_or(|n| n.as_i64() != Some(100))) || notify.is_some()
}

/// Days for which a storage account keeps what it is given.
fn retention() -> Row {
    block(
        "retention_policy",
        vec![
            flag("enabled").required().at("enabled"),
            number("days").at("days").range(0, i64::MAX).neutral(0),
        ],
    )
    .until(4)
    .deprecated("azurerm_storage_management_policy")
    .at("retentionPolicy")
    .neutral(Lit::Json(r#"{"days":0,"enabled":false}"#))
}

pub(super) static MONITOR_DIAGNOSTIC_SETTING: LazyLock<Table> = LazyLock::new(|| {
    let to = |name: &'static str, path: &'static str, kind: &'static str| text(name).at(path).arm_id(kind);
    Table::new(
        "azurerm_monitor_diagnostic_setting",
        [30, 5, 30, 60],
        vec![doc(SETTINGS, "2021-05-01-preview", Place::Under("target_resource_id"))],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .length(1, 260)
                .check(Check::Lacks(r"[<>*%&:\\?+/]", "none of `<>*%&:\\?+/`")),
            text("target_resource_id").required().new().part(Part::Scope).arm_id(""),
            to("log_analytics_workspace_id", "properties.workspaceId", WORKSPACES),
            text("log_analytics_destination_type")
                .both()
                .at("properties.logAnalyticsDestinationType")
                .one_of(&["Dedicated", "AzureDiagnostics"]),
            to("storage_account_id", "properties.storageAccountId", "Microsoft.Storage/storageAccounts"),
            to(
                "eventhub_authorization_rule_id",
                "properties.eventHubAuthorizationRuleId",
                "Microsoft.EventHub/namespaces/authorizationRules",
            ),
            text("eventhub_name").at("properties.eventHubName"),
            to("partner_solution_id", "properties.marketplacePartnerId", ""),
            block_set(
                "enabled_log",
                vec![
                    text("category").at("category").nonempty(),
                    text("category_group").at("categoryGroup").nonempty(),
                    retention(),
                ],
            )
            .at("properties.logs")
            .with("enabled", true)
            .rule(Rule::ExactlyOne(&["category", "category_group"])),
            // Until 3.x a log could be written down and be off.
            block_set(
                "log",
                vec![
                    text("category").at("category").nonempty(),
                    text("category_group").at("categoryGroup").nonempty(),
                    flag("enabled").default(true).at("enabled"),
                    retention(),
                ],
            )
            .until(3)
            .deprecated("enabled_log")
            .at("properties.logs")
            .rule(Rule::ExactlyOne(&["category", "category_group"])),
            block_set("enabled_metric", vec![text("category").required().at("category")])
                .at("properties.metrics")
                .with("enabled", true),
            block_set(
                "metric",
                vec![
                    text("category").required().at("category"),
                    flag("enabled").default(true).at("enabled"),
                    retention(),
                ],
            )
            .until(4)
            .deprecated("enabled_metric")
            .at("properties.metrics"),
        ],
    )
    .rule(Rule::Conflict("enabled_metric", "metric"))
    .rule(Rule::Conflict("enabled_log", "log"))
    .rule(Rule::AtLeastOne(&["enabled_log", "log", "enabled_metric", "metric"]))
    .rule(Rule::AtLeastOne(&[
        "eventhub_authorization_rule_id",
        "log_analytics_workspace_id",
        "storage_account_id",
        "partner_solution_id",
    ]))
    .known_by("target_resource_id", "name")
    .hooks(Hooks {
        check: Some(check_setting),
        claims: Some(nothing_else),
        attributes: Some(taken_away),
        ..Hooks::default()
    })
});

/// A setting in which all is off is accepted, and is not there afterwards (DEL-02).
fn check_setting(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let items = |name: &str| match config.get(name) {
        Some(all) if all.is_unknown() => None,
        all => Some(all.and_then(Value::as_sequence).unwrap_or_default()),
    };
    let off = |item: &Value| known_flag(item, "enabled") == Some(false);
    let (Some(on), Some(maybe)) = (
        ["enabled_log", "enabled_metric"].map(items).into_iter().collect::<Option<Vec<_>>>(),
        ["log", "metric"].map(items).into_iter().collect::<Option<Vec<_>>>(),
    ) else {
        return Vec::new();
    };
    let maybe = maybe.concat();
    if maybe.is_empty() || !on.concat().is_empty() || !maybe.iter().all(off) {
        return Vec::new();
    }
    let detail = "At least one log or metric must be enabled: Azure keeps no setting in which all is off.";
    let name = if items("metric").is_some_and(|all| !all.is_empty()) { "metric" } else { "log" };
    vec![error(argument(name), "Invalid combination of arguments", detail)]
}

/// Logs or metrics that are on and that the configuration does not name any more.
fn taken_away(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    if shown.planned || shown.config.as_entries().is_none() {
        return Ok(());
    }
    let primary = (shown.documents)("");
    for (name, older, path) in [("enabled_log", "log", "logs"), ("enabled_metric", "metric", "metrics")] {
        let empty = |name: &str| {
            shown.config.get(name).is_none_or(|v| v.as_sequence().is_some_and(<[Value]>::is_empty))
        };
        let live = primary.as_deref().and_then(|d| super::read::deep(d, &["properties", path]));
        let (true, true, Some(ty)) = (empty(name), empty(older), all.get(name).map(Value::ty)) else {
            continue;
        };
        let on = |item: &&Value| item.get("enabled").and_then(Value::as_bool) == Some(true);
        let part = |item: &Value, name: &str| {
            let said = item.get(name).filter(|v| v.as_str() != Some("")).cloned();
            said.unwrap_or_else(|| Value::null(Type::String))
        };
        let items = live.and_then(Value::as_sequence).unwrap_or_default().iter().filter(on).map(|item| {
            let group = part(item, "categoryGroup");
            Value::object([("category", part(item, "category")), ("category_group", group)])
        });
        all.insert(name.into(), super::codec::conform(&Value::tuple(items.collect()), &ty));
    }
    Ok(())
}

/// What is not written is not collected.
fn nothing_else(_config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    for name in ["logs", "metrics"] {
        if super::read::deep(&claim.body, &["properties", name]).is_none() {
            put(&mut body, &["properties", name], Value::tuple(Vec::new()));
        }
    }
    claim.body = Value::object(body);
    Ok(())
}
