//! Microsoft.OperationalInsights and Microsoft.Insights: workspaces, components, diagnostic settings.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::WriteOnly;
use crate::catalog::facts::{Mutex, SoftDelete};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.OperationalInsights/workspaces", "2023-09-01", 30, &[
        on(&["properties.sku.name"], "server_populated: pergb2018").cased().default("\"PerGB2018\""),
        on(&["properties.sku.lastSkuUpdate", "properties.sku.maxCapacityReservationLevel"], "schema, server_populated").server(),
        on(&["properties.retentionInDays"], "RP default").default("30"),
        on(&["properties.workspaceCapping.dailyQuotaGb"], "server_populated").default("-1"),
        on(&["properties.workspaceCapping.quotaNextResetTime", "properties.workspaceCapping.dataIngestionStatus"], "schema").server(),
        on(&["properties.publicNetworkAccessForIngestion", "properties.publicNetworkAccessForQuery"], "mutability").default("\"Enabled\""),
        on(&["properties.forceCmkForQuery", "properties.features.disableLocalAuth", "properties.features.enableDataExport",
             "properties.features.immediatePurgeDataOn30Days"], "arm-mapping §7: absent is off").default("false"),
        on(&["properties.features.enableLogAccessUsingOnlyResourcePermissions"], "server_populated").default("true"),
        on(&["properties.features.legacy", "properties.features.searchVersion",
             "properties.features.unifiedSentinelBillingOnly"], "server_populated; HTTP-06").server(),
        on(&["properties.customerId", "properties.source", "properties.createdDate", "properties.modifiedDate",
             "properties.privateLinkScopedResources", "properties.replication.provisioningState",
             "properties.replication.createdDate", "properties.replication.lastModifiedDate", "properties.failover"],
           "schema, server_populated").server(),
    ])
    .holds("logs")
    .soft_delete(SoftDelete::Silent { collection: "deletedWorkspaces", api_version: "2023-09-01" }),
    arm("Microsoft.Insights/components", "2020-02-02", 21, &[
        on(&["kind"], "arm-mapping §7: the application's type").cased(),
        on(&["properties.Application_Type"], "mutability").cased().fixed().default("\"web\""),
        on(&["properties.Flow_Type"], "mutability").default("\"Bluefield\""),
        on(&["properties.Request_Source"], "mutability").default("\"rest\""),
        on(&["properties.IngestionMode"], "mutability").default("\"LogAnalytics\""),
        on(&["properties.publicNetworkAccessForIngestion", "properties.publicNetworkAccessForQuery"], "mutability").default("\"Enabled\""),
        on(&["properties.SamplingPercentage"], "server_populated").default("100"),
        on(&["properties.RetentionInDays"], "arm-mapping §7").default("90"),
        on(&["properties.DisableIpMasking", "properties.DisableLocalAuth", "properties.ImmediatePurgeDataOn30Days",
             "properties.ForceCustomerStorageForProfiler"], "server_populated: absent is off").default("false"),
        on(&["properties.HockeyAppId"], "server_populated").default("\"\""),
        on(&["properties.ApplicationId", "properties.AppId", "properties.Name", "properties.InstrumentationKey",
             "properties.CreationDate", "properties.TenantId", "properties.HockeyAppToken", "properties.ConnectionString",
             "properties.LaMigrationDate", "properties.PrivateLinkScopedResources", "properties.Ver",
             "properties.Retention"], "schema; HTTP-06").server(),
    ]),
    // The daily cap is a document of the component, there since the component is (arm-mapping §7).
    arm("Microsoft.Insights/components/pricingPlans", "2017-10-01", 1, &[
        on(&["properties.planType"], "arm-mapping §7").cased().default("\"Basic\""),
        on(&["properties.cap"], "azurerm default").default("100"),
        on(&["properties.stopSendNotificationWhenHitCap", "properties.stopSendNotificationWhenHitThreshold"], "arm-mapping §7").default("false"),
        on(&["properties.maxHistoryCap", "properties.resetHour"], "arm-mapping §7: as it is").server(),
    ]).implied().mutexes(&[Mutex::Parent]),
    // arm-mapping §7: categories that the service adds disabled are no drift; a sink takes a category once (DEL-02).
    arm("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview", 1, &[
        on(&["properties.logs"], "arm-mapping §7").set(&["category", "categoryGroup"]).default("[]"),
        on(&["properties.metrics"], "arm-mapping §7").set(&["category"]).default("[]"),
        on(&["properties.logs[]", "properties.metrics[]"], "arm-mapping §7").default(r#"{"enabled":false}"#),
        on(&["properties.logs[].retentionPolicy.enabled", "properties.metrics[].retentionPolicy.enabled"], "schema").default("false"),
        on(&["properties.logs[].retentionPolicy.days", "properties.metrics[].retentionPolicy.days"], "schema").default("0"),
        on(&["kind", "location", "identity", "tags", "properties.serviceBusRuleId"], "server_populated: null").server(),
        on(&["properties.logAnalyticsDestinationType"], "arm-mapping §7: some services never echo it").compare(WriteOnly),
    ]).anywhere().lingers().mutexes(&[Mutex::Parent]),
];
