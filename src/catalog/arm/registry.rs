//! Microsoft.ContainerRegistry: registries, their replications.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::Cidr;
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.ContainerRegistry/registries", "2025-11-01", 15, &[
        on(&["sku.tier"], "schema").server(),
        on(&["sku.name"], "schema").cased(),
        on(&["properties.zoneRedundancy"], "behaviour §17, mutability").fixed().default("\"Disabled\""),
        on(&["properties.adminUserEnabled", "properties.dataEndpointEnabled", "properties.anonymousPullEnabled",
             "properties.networkRuleBypassAllowedForTasks"], "mutability, server_populated").default("false"),
        on(&["properties.networkRuleBypassOptions"], "mutability").default("\"AzureServices\""),
        on(&["properties.publicNetworkAccess"], "mutability").default("\"Enabled\""),
        on(&["properties.networkRuleSet.defaultAction"], "mutability").default("\"Allow\""),
        on(&["properties.networkRuleSet.ipRules"], "server_populated").set(&["value"]).default("[]"),
        on(&["properties.networkRuleSet.ipRules[].value"], "an address or a range").compare(Cidr),
        on(&["properties.networkRuleSet.ipRules[].action"], "mutability").default("\"Allow\""),
        on(&["properties.policies.quarantinePolicy.status", "properties.policies.trustPolicy.status",
             "properties.policies.retentionPolicy.status"], "mutability").cased().default("\"disabled\""),
        on(&["properties.policies.exportPolicy.status", "properties.policies.azureADAuthenticationAsArmPolicy.status"],
           "mutability; arm-mapping §6").cased().default("\"enabled\""),
        on(&["properties.policies.trustPolicy.type"], "mutability").default("\"Notary\""),
        on(&["properties.policies.retentionPolicy.days"], "mutability").default("7"),
        on(&["properties.policies.retentionPolicy.lastUpdatedTime"], "schema").server(),
        on(&["properties.encryption.status"], "server_populated").cased().default("\"disabled\""),
        on(&["properties.encryption.keyVaultProperties.versionedKeyIdentifier",
             "properties.encryption.keyVaultProperties.keyRotationEnabled",
             "properties.encryption.keyVaultProperties.lastKeyRotationTimestamp"], "schema").server(),
        on(&["properties.roleAssignmentMode"], "arm-mapping §6").default("\"LegacyRegistryPermissions\""),
        on(&["properties.loginServer", "properties.creationDate", "properties.status", "properties.dataEndpointHostNames",
             "properties.privateEndpointConnections", "properties.firewallRules", "properties.firewallRulesEnabled"],
           "schema, server_populated").server(),
    ])
    .holds("container images")
    .mutexes(&[Mutex::Own])
    .global(),
    arm("Microsoft.ContainerRegistry/registries/replications", "2025-11-01", 12, &[
        on(&["properties.zoneRedundancy"], "arm-mapping §6").fixed().default("\"Disabled\""),
        on(&["properties.regionEndpointEnabled"], "arm-mapping §6").default("true"),
        on(&["properties.status"], "schema").server(),
    ]).mutexes(&[Mutex::Parent]),
];
