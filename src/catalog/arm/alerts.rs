//! Microsoft.Insights: action groups, alerts, private link scopes. Microsoft.OperationsManagement: solutions.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::{Duration, Location};
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Insights/actionGroups", "2023-01-01", 2, &[
        on(&["properties.armRoleReceivers", "properties.automationRunbookReceivers", "properties.azureAppPushReceivers",
             "properties.azureFunctionReceivers", "properties.emailReceivers", "properties.eventHubReceivers",
             "properties.itsmReceivers", "properties.logicAppReceivers", "properties.smsReceivers",
             "properties.voiceReceivers", "properties.webhookReceivers"], "server_populated: always answered").default("[]"),
        on(&["properties.armRoleReceivers[].useCommonAlertSchema", "properties.automationRunbookReceivers[].useCommonAlertSchema",
             "properties.azureFunctionReceivers[].useCommonAlertSchema", "properties.emailReceivers[].useCommonAlertSchema",
             "properties.eventHubReceivers[].useCommonAlertSchema", "properties.logicAppReceivers[].useCommonAlertSchema",
             "properties.webhookReceivers[].useCommonAlertSchema"], "server_populated").default("false"),
        on(&["properties.emailReceivers[].status", "properties.smsReceivers[].status"], "schema; server_populated").server(),
        on(&["properties.webhookReceivers[].useAadAuth"], "mutability").default("false"),
        on(&["properties.itsmReceivers[].region"], "azurerm: a location").compare(Location),
        on(&["properties.enabled"], "mutability").default("true"),
    ]),
    arm("Microsoft.Insights/metricAlerts", "2018-03-01", 30, &[
        on(&["properties.scopes"], "azurerm: a set").set(&[]),
        on(&["properties.actions"], "azurerm: a set").set(&["actionGroupId"]).default("[]"),
        on(&["properties.actions[].webHookProperties"], "arm-mapping §7: nothing said is none").default("{}"),
        on(&["properties.actions[].webHookProperties.*"], "a map with free keys"),
        on(&["properties.evaluationFrequency", "properties.windowSize"], "arm-mapping §7: durations").compare(Duration),
        on(&["properties.autoMitigate"], "azurerm default").default("true"),
        on(&["properties.description"], "azurerm: may be sent empty").default("\"\""),
        on(&["properties.targetResourceType"], "server_populated").cased(),
        on(&["properties.targetResourceRegion"], "azurerm: a location").compare(Location),
        on(&["properties.criteria.allOf[].dimensions"], "arm-mapping §7: always sent").default("[]"),
        on(&["properties.criteria.allOf[].skipMetricValidation"], "azurerm default").default("false"),
        on(&["properties.lastUpdatedTime", "properties.isMigrated", "properties.templateType",
             "properties.templateSpecificParameters"], "schema; server_populated").server(),
    ]),
    arm("Microsoft.Insights/activityLogAlerts", "2020-10-01", 2, &[
        on(&["properties.scopes"], "azurerm: a set").set(&[]),
        on(&["properties.condition.allOf"], "all of them hold: a set").set(&[]),
        on(&["properties.condition.allOf[].field"], "server_populated: Category").cased(),
        on(&["properties.condition.allOf[].anyOf", "properties.condition.allOf[].containsAny"], "any of them holds: a set").set(&[]),
        on(&["properties.condition.allOf[].anyOf[].field"], "server_populated: Category").cased(),
        on(&["properties.actions.actionGroups"], "arm-mapping §7").set(&["actionGroupId"]).default("[]"),
        on(&["properties.actions.actionGroups[].webhookProperties"], "arm-mapping §7: nothing said is none").default("{}"),
        on(&["properties.actions.actionGroups[].webhookProperties.*"], "a map with free keys"),
        on(&["properties.enabled"], "mutability").default("true"),
        on(&["properties.description"], "azurerm: may be sent empty").default("\"\""),
    ]),
    arm("Microsoft.Insights/privateLinkScopes", "2021-07-01-preview", 3, &[
        on(&["properties.accessModeSettings.queryAccessMode", "properties.accessModeSettings.ingestionAccessMode"],
           "arm-mapping §7").default("\"Open\""),
        on(&["properties.accessModeSettings.exclusions"], "schema").set(&["privateEndpointConnectionName"]).default("[]"),
        on(&["properties.privateEndpointConnections"], "schema").server(),
    ]).mutexes(&[Mutex::Own]),
    // One write at a time in a scope (arm-mapping §7).
    arm("Microsoft.Insights/privateLinkScopes/scopedResources", "2019-10-17-preview", 5, &[
        on(&["properties.linkedResourceId"], "azurerm_facts: ForceNew").fixed(),
    ]).mutexes(&[Mutex::Parent]),
    arm("Microsoft.OperationsManagement/solutions", "2015-11-01-preview", 5, &[
        on(&["plan", "plan.name", "plan.publisher", "plan.product"], "azurerm: ForceNew").fixed(),
        on(&["plan.promotionCode"], "azurerm: ForceNew, may be sent empty").fixed().default("\"\""),
        on(&["properties.workspaceResourceId"], "azurerm: ForceNew").fixed(),
        on(&["properties.containedResources", "properties.referencedResources", "properties.creationTime",
             "properties.lastModifiedTime", "properties.sku"], "HTTP-06").server(),
    ]),
];
