//! Microsoft.Kusto: clusters and their databases.

use super::row::{Type, arm, on};
use crate::catalog::facts::{Compare, Mutex};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Kusto/clusters", "2024-04-13", 600, &[
        on(&["zones"], "azurerm: ForceNew; a set").fixed().set(&[]),
        on(&["sku.name", "sku.tier"], "HTTP-02").cased(),
        on(&["properties.enableDoubleEncryption"], "schema: default; azurerm: ForceNew").fixed().default("false"),
        on(&["properties.enableDiskEncryption", "properties.enableStreamingIngest", "properties.enablePurge"],
           "schema: default").default("false"),
        on(&["properties.enableAutoStop"], "schema: default").default("true"),
        on(&["properties.publicNetworkAccess"], "schema: default").default("\"Enabled\""),
        on(&["properties.restrictOutboundNetworkAccess"], "schema: default").default("\"Disabled\""),
        on(&["properties.publicIPType"], "schema: default").default("\"IPv4\""),
        on(&["properties.engineType"], "schema: default").default("\"V3\""),
        on(&["properties.allowedIpRangeList", "properties.allowedFqdnList", "properties.acceptedAudiences",
             "properties.calloutPolicies"], "schema: absent is none").default("[]"),
        on(&["properties.languageExtensions.value"], "azurerm: absent is none").default("[]"),
        on(&["properties.calloutPolicies[].calloutId"], "schema").server(),
        on(&["properties.virtualNetworkConfiguration.subnetId", "properties.virtualNetworkConfiguration.enginePublicIpId",
             "properties.virtualNetworkConfiguration.dataManagementPublicIpId"], "schema: x-ms-mutability").fixed(),
        on(&["properties.virtualNetworkConfiguration.state"], "schema: default").default("\"Enabled\""),
        on(&["properties.virtualClusterGraduationProperties"], "schema: x-ms-secret, create").fixed().secret(),
        on(&["properties.state", "properties.stateReason", "properties.uri", "properties.dataIngestionUri",
             "properties.privateEndpointConnections", "properties.migrationCluster", "properties.zoneStatus"],
           "schema").server(),
    ])
    .holds("databases")
    .mutexes(&[Mutex::Own]),
    arm("Microsoft.Kusto/clusters/databases", "2024-04-13", 60, &[
        on(&["kind"], "schema: discriminator").cased().fixed(),
        on(&["properties.softDeletePeriod", "properties.hotCachePeriod"], "schema: duration").compare(Compare::Duration),
        on(&["properties.statistics", "properties.isFollowed", "properties.suspensionDetails"], "schema").server(),
    ])
    .holds("tables"),
];
