//! Data sources of monitoring.

use std::sync::LazyLock;

use super::data::{group_of_source, source};
use super::table::{Codec, Part, Place, Row, Table, doc, number, text, text_map};
use crate::lang::{Type, Value};

fn key(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_else(|| Value::null(Type::String))
}

/// `name`, `resource_group_name`, `location` and `tags` of something in a group.
fn place_rows() -> Vec<Row> {
    vec![
        text("name").required().part(Part::Name),
        group_of_source(),
        text("location").computed().at("location").codec(Codec::Location),
        text_map("tags").computed().at("tags"),
    ]
}

pub(super) static LOG_ANALYTICS_WORKSPACE: LazyLock<Table> = LazyLock::new(|| {
    let told = |name: &'static str, path: &'static str| text(name).computed().at(path);
    let mut rows = place_rows();
    rows.extend([
        told("sku", "properties.sku.name"),
        number("retention_in_days").computed().at("properties.retentionInDays"),
        number("daily_quota_gb").computed().at("properties.workspaceCapping.dailyQuotaGb"),
        told("workspace_id", "properties.customerId"),
        told("internet_ingestion_access_type", "properties.publicNetworkAccessForIngestion").since(5),
        told("internet_query_access_type", "properties.publicNetworkAccessForQuery").since(5),
        text("primary_shared_key").demand("sharedKeys", |answer, _| key(answer, "primarySharedKey")),
        text("secondary_shared_key").demand("sharedKeys", |answer, _| key(answer, "secondarySharedKey")),
    ]);
    source(
        "azurerm_log_analytics_workspace",
        vec![doc("Microsoft.OperationalInsights/workspaces", "2023-09-01", Place::Group(&["name"]))],
        rows,
    )
});

pub(super) static APPLICATION_INSIGHTS: LazyLock<Table> = LazyLock::new(|| {
    let told = |name: &'static str, path: &'static str| text(name).computed().at(path);
    let mut rows = place_rows();
    rows.extend([
        told("app_id", "properties.AppId"),
        told("application_type", "properties.Application_Type"),
        told("connection_string", "properties.ConnectionString").sensitive(),
        told("instrumentation_key", "properties.InstrumentationKey"),
        number("retention_in_days").computed().at("properties.RetentionInDays"),
        told("workspace_id", "properties.WorkspaceResourceId"),
    ]);
    source(
        "azurerm_application_insights",
        vec![doc("Microsoft.Insights/components", "2020-02-02", Place::Group(&["name"]))],
        rows,
    )
});
