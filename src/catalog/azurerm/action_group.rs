//! Action groups: who is told of an alert.

use std::sync::{Arc, LazyLock};

use super::table::{
    Check, Codec, Hooks, Lit, Object, Part, Place, Row, Table, block, blocks, doc, flag, group, tags, text,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::Context;
use crate::lang::{Kind, Value};

const URL: &str = r"^https?://.+";

/// Receivers of one kind.
fn receivers(name: &'static str, at: &'static str, more: Vec<Row>) -> Row {
    let mut rows = vec![text("name").required().at("name")];
    rows.extend(more);
    blocks(name, rows).at(at).neutral(Lit::Json("[]"))
}

fn must(name: &'static str, at: &'static str) -> Row {
    text(name).required().at(at)
}

fn url(name: &'static str, at: &'static str) -> Row {
    must(name, at).matches(URL, "an URL")
}

fn common() -> Row {
    flag("use_common_alert_schema").at("useCommonAlertSchema")
}

fn number_rows() -> Vec<Row> {
    vec![must("country_code", "countryCode"), must("phone_number", "phoneNumber")]
}

pub(super) static MONITOR_ACTION_GROUP: LazyLock<Table> = LazyLock::new(|| {
    let secured = block(
        "aad_auth",
        vec![
            must("object_id", "objectId").uuid(),
            text("identifier_uri").both().at("identifierUri").matches(r"^[a-z]+://.+", "an URI"),
            text("tenant_id").both().at("tenantId").uuid(),
        ],
    )
    .at("")
    .with("useAadAuth", true)
    .cleared();
    let hub = vec![
        text("event_hub_id").until(3).own().deprecated("event_hub_name"),
        text("event_hub_name").required_from(4).at("eventHubName"),
        text("event_hub_namespace").required_from(4).at("eventHubNameSpace"),
        text("subscription_id").both().at("subscriptionId").uuid(),
        text("tenant_id").both().at("tenantId").uuid(),
        common(),
    ];
    let runbook = vec![
        must("automation_account_id", "automationAccountId")
            .arm_id("Microsoft.Automation/automationAccounts"),
        must("runbook_name", "runbookName"),
        must("webhook_resource_id", "webhookResourceId"),
        flag("is_global_runbook").required().at("isGlobalRunbook"),
        url("service_uri", "serviceUri"),
        flag("use_common_alert_schema").default(false).at("useCommonAlertSchema"),
    ];
    let itsm = vec![
        must("workspace_id", "workspaceId").matches(r"^[^|]+\|[^|]+$", "`{subscription id}|{workspace id}`"),
        must("connection_id", "connectionId").uuid(),
        must("ticket_configuration", "ticketConfiguration")
            .check(Check::JsonText)
            .matches(r#"(?s)"PayloadRevision"\s*:"#, "JSON with `PayloadRevision`")
            .matches(r#"(?s)"WorkItemType"\s*:"#, "JSON with `WorkItemType`"),
        must("region", "region").codec(Codec::Location),
    ];
    let rows = vec![
        text("name").required().new().part(Part::Name),
        group(),
        text("location").default("global").new().at("location").codec(Codec::Location),
        text("short_name").required().at("properties.groupShortName").length(1, 12),
        flag("enabled").default(true).at("properties.enabled"),
        receivers(
            "arm_role_receiver",
            "properties.armRoleReceivers",
            vec![must("role_id", "roleId").uuid(), common()],
        ),
        receivers("automation_runbook_receiver", "properties.automationRunbookReceivers", runbook),
        receivers(
            "azure_app_push_receiver",
            "properties.azureAppPushReceivers",
            vec![must("email_address", "emailAddress")],
        ),
        receivers(
            "azure_function_receiver",
            "properties.azureFunctionReceivers",
            vec![
                must("function_app_resource_id", "functionAppResourceId").arm_id("Microsoft.Web/sites"),
                must("function_name", "functionName"),
                url("http_trigger_url", "httpTriggerUrl"),
                common(),
            ],
        ),
        receivers(
            "email_receiver",
            "properties.emailReceivers",
            vec![must("email_address", "emailAddress"), common()],
        ),
        receivers("event_hub_receiver", "properties.eventHubReceivers", hub),
        receivers("itsm_receiver", "properties.itsmReceivers", itsm),
        receivers(
            "logic_app_receiver",
            "properties.logicAppReceivers",
            vec![must("resource_id", "resourceId"), url("callback_url", "callbackUrl"), common()],
        ),
        receivers("sms_receiver", "properties.smsReceivers", number_rows()),
        receivers("voice_receiver", "properties.voiceReceivers", number_rows()),
        receivers(
            "webhook_receiver",
            "properties.webhookReceivers",
            vec![url("service_uri", "serviceUri"), common(), secured],
        ),
        tags(),
    ];
    Table::new(
        "azurerm_monitor_action_group",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Insights/actionGroups", "2023-01-01", Place::Group(&["name"]))],
        rows,
    )
    .hooks(Hooks { complete: Some(whose), ..Hooks::default() })
});

/// A hub, and who calls a secured web hook, are the provider's where nothing else is said.
fn whose(all: &mut Object, cx: &Context<'_>) {
    let who = cx.provider;
    each(all, "event_hub_receiver", &|hub| {
        // 3.x: by its id.
        let id = hub.get("event_hub_id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
        if let Some(id) = id {
            let space = id.parent().map(|p| p.name().to_owned());
            fill(hub, "event_hub_name", Some(id.name()));
            fill(hub, "event_hub_namespace", space.as_deref());
            fill(hub, "subscription_id", id.subscription());
        }
        fill(hub, "subscription_id", who.subscription_id.as_deref());
        fill(hub, "tenant_id", who.tenant_id.as_deref());
    });
    each(all, "webhook_receiver", &|hook| {
        each(hook, "aad_auth", &|auth| fill(auth, "tenant_id", who.tenant_id.as_deref()));
    });
}

fn fill(object: &mut Object, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|_| object.get(name).is_none_or(Value::is_null)) {
        object.insert(name.into(), value.into());
    }
}

/// Changes each object of a list.
fn each(all: &mut Object, name: &str, change: &dyn Fn(&mut Object)) {
    let Some(Kind::List(ty, items)) = all.get(name).map(|v| v.kind.clone()) else { return };
    let changed = items.iter().map(|item| {
        let Some(mut object) = item.as_entries().cloned() else { return item.clone() };
        change(&mut object);
        Value::object(object).marked(&item.marks)
    });
    let marks = all.get(name).map(|v| v.marks.clone()).unwrap_or_default();
    all.insert(Arc::from(name), Value::list(ty, changed.collect()).marked(&marks));
}
