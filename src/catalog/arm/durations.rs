//! How long ARM usually takes, in seconds: to make, to change and to remove a document, until that is seen.
//!
//! Rows are types of which something was measured: medians of `recordings/durations.tsv` (V), else the ranges of behaviour §LRO
//! (B), which sum up several sources. A column that nobody measured is marked `-` in the source and follows from the others.
//! What lags counts to what is done (DEL-01, LCK-03, ROL-02): whoever comes after waits for it all the same.

use crate::catalog::facts::Durations;

/// Type, to make, to change, to remove, source.
#[rustfmt::skip]
pub(super) const ROWS: &[(&str, u32, u32, u32, &str)] = &[
    ("Microsoft.Authorization/locks", 1, 1, 30, "V PUT; LCK-03: a removed lock holds for seconds to a minute"),
    ("Microsoft.Authorization/roleAssignments", 15, 15, 12, "V PUT 0, 25 with azurerm's waits; DEL-01: they read as present for a while"),
    ("Microsoft.Compute/virtualMachines", 92, 30, 11, "V"),
    ("Microsoft.Compute/virtualMachines/extensions", 122, 30, 60, "V"),
    ("Microsoft.ContainerRegistry/registries", 15, 1, 11, "V PATCH, DELETE; B 8-60 to make"),
    ("Microsoft.ContainerRegistry/registries/replications", 12, 1, 42, "V"),
    ("Microsoft.DocumentDB/databaseAccounts", 180, 60, 400, "B 91-613, 398-602: of one region; - to change"),
    ("Microsoft.Insights/components", 21, 2, 2, "V with azurerm's waits; - to change, to remove"),
    ("Microsoft.Insights/diagnosticSettings", 1, 1, 12, "DEL-01: azurerm waits for five times 404"),
    ("Microsoft.Insights/metricAlerts", 30, 30, 2, "V PUT; - to remove"),
    ("Microsoft.KeyVault/vaults", 31, 2, 5, "V PUT; - to change, to remove"),
    ("Microsoft.MachineLearningServices/workspaces", 40, 15, 25, "B 14-65; - to change, to remove"),
    ("Microsoft.MachineLearningServices/workspaces/computes", 60, 20, 30, "B 20-180; - to change, to remove"),
    ("Microsoft.Network/bastionHosts", 346, 346, 344, "V"),
    ("Microsoft.Network/natGateways", 10, 10, 11, "V"),
    ("Microsoft.Network/networkInterfaces", 31, 31, 30, "V"),
    ("Microsoft.Network/networkSecurityGroups", 3, 3, 10, "V"),
    ("Microsoft.Network/networkSecurityGroups/securityRules", 11, 11, 10, "V"),
    ("Microsoft.Network/privateDnsZones", 46, 2, 10, "V PUT; - to change, to remove"),
    ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", 35, 2, 45, "B 30-90; DEL-01: azurerm waits 30 s and for ten times 404"),
    ("Microsoft.Network/privateEndpoints", 30, 10, 10, "V: 10-40; B: minutes where storage is contended"),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", 12, 12, 10, "V"),
    ("Microsoft.Network/publicIPAddresses", 2, 2, 10, "V"),
    ("Microsoft.Network/routeTables", 11, 11, 11, "V"),
    ("Microsoft.Network/routeTables/routes", 10, 10, 9, "V"),
    ("Microsoft.Network/virtualNetworks", 4, 4, 10, "V"),
    ("Microsoft.Network/virtualNetworks/subnets", 3, 3, 10, "V"),
    ("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", 10, 10, 10, "V"),
    ("Microsoft.OperationalInsights/workspaces", 30, 3, 3, "V PUT; - to change, to remove"),
    ("Microsoft.Resources/resourceGroups", 1, 1, 47, "V"),
    ("Microsoft.Storage/storageAccounts", 18, 3, 5, "V PUT; - to change, to remove"),
];

/// The durations of a type that takes so long to make, if nobody measured it.
pub(super) fn of(arm_type: &str, seconds: u32) -> Durations {
    let known = ROWS.iter().find(|row| row.0.eq_ignore_ascii_case(arm_type));
    match known {
        Some((_, create, update, delete, _)) => {
            Durations { create: *create, update: *update, delete: *delete }
        }
        // Whatever the network removes it asks to be looked at after ten seconds (V, all its rows).
        None if arm_type.starts_with("Microsoft.Network/") => {
            Durations { create: seconds, update: seconds, delete: 10.max(seconds) }
        }
        None => Durations { create: seconds, update: seconds.div_ceil(2), delete: seconds.div_ceil(2) },
    }
}
