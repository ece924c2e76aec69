//! Microsoft.Search: services.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::Cidr;
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Search/searchServices", "2025-05-01", 300, &[
        on(&["sku.name"], "HTTP-02").cased(),
        on(&["properties.replicaCount", "properties.partitionCount"], "mutability").default("1"),
        on(&["properties.hostingMode"], "mutability; arm-mapping §9: spelled by version").cased().fixed().default("\"default\""),
        on(&["properties.publicNetworkAccess"], "mutability: spelled by version").cased().default("\"enabled\""),
        on(&["properties.disableLocalAuth"], "server_populated").default("false"),
        // Keys only, unless something else is asked for.
        on(&["properties.authOptions.apiKeyOnly"], "server_populated").default("{}"),
        on(&["properties.networkRuleSet.ipRules"], "server_populated").set(&["value"]).default("[]"),
        on(&["properties.networkRuleSet.ipRules[].value"], "HTTP-02").compare(Cidr),
        on(&["properties.networkRuleSet.bypass"], "server_populated").cased().default("\"None\""),
        on(&["properties.encryptionWithCmk.enforcement"], "server_populated").cased().default("\"Unspecified\""),
        on(&["properties.semanticSearch"], "arm-mapping §9").cased().default("\"disabled\""),
        // Read-only, or refused when they are put back (arm-mapping §9).
        on(&["properties.status", "properties.statusDetails", "properties.privateEndpointConnections",
             "properties.sharedPrivateLinkResources", "properties.encryptionWithCmk.encryptionComplianceStatus",
             "properties.eTag", "properties.serviceUpgradedAt", "properties.endpoint",
             "properties.upgradeAvailable"], "schema, arm-mapping §9").server(),
    ])
    .holds("indexes")
    .mutexes(&[Mutex::Own])
    .global(),
];
