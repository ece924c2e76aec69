//! Which lists can stand in for GETs, as a table. A type that is not in it is read by GET: whether its list carries whole
//! bodies is not known, and half a body would be shown as drift.

/// Where a type can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// In a subscription and in a resource group.
    Both,
    /// In a resource group only.
    Group,
    /// In the collection that the id itself names: children of a parent, extensions of a scope.
    Parent,
    /// In a subscription with everything below it: resource groups and resources, too.
    Deep,
}

/// One row: the type, where it is listed, whether an item that is absent from a list must be asked for by GET before it is
/// held to be absent, because the list lags behind.
pub(super) struct Row(&'static str, pub Level, pub bool);

use Level::{Both, Deep, Group, Parent};

/// The lists of `operations.tsv` whose items are whole. Compared with single GETs in the live recordings: storage
/// accounts, vaults, networks and their children, Cosmos DB, diagnostic settings, public addresses, route tables, policy
/// assignments. Items of the others have the same schema as the resource.
///
/// Left out, because their lists leave properties out: `virtualMachines` and `containerGroups` (instance view, parts of
/// the profile), storage `containers` and `shares` (legal hold, immutability policy, usage), vault `keys` and `secrets`
/// (key operations, attributes), `computes` (not known to be whole).
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // RG-01: read-after-write of groups lags; so do role assignments (ROL-02, DEL-01) and locks (LCK-03).
    Row("Microsoft.Resources/resourceGroups", Deep, true),
    Row("Microsoft.Authorization/roleAssignments", Deep, true),
    Row("Microsoft.Authorization/locks", Deep, true),
    Row("Microsoft.Authorization/policyAssignments", Deep, true),
    Row("Microsoft.Insights/diagnosticSettings", Parent, true),
    Row("Microsoft.Network/virtualNetworks", Both, false),
    Row("Microsoft.Network/virtualNetworks/subnets", Parent, false),
    Row("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", Parent, false),
    Row("Microsoft.Network/networkSecurityGroups", Both, false),
    Row("Microsoft.Network/networkSecurityGroups/securityRules", Parent, false),
    Row("Microsoft.Network/routeTables", Both, false),
    Row("Microsoft.Network/routeTables/routes", Parent, false),
    Row("Microsoft.Network/publicIPAddresses", Both, false),
    Row("Microsoft.Network/natGateways", Both, false),
    Row("Microsoft.Network/networkInterfaces", Both, false),
    Row("Microsoft.Network/bastionHosts", Both, false),
    Row("Microsoft.Network/azureFirewalls", Both, false),
    Row("Microsoft.Network/firewallPolicies", Both, false),
    Row("Microsoft.Network/firewallPolicies/ruleCollectionGroups", Parent, false),
    Row("Microsoft.Network/virtualNetworkGateways", Group, false),
    Row("Microsoft.Network/privateLinkServices", Both, false),
    Row("Microsoft.Network/privateEndpoints", Both, false),
    Row("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", Parent, false),
    Row("Microsoft.Network/privateDnsZones", Both, true),
    Row("Microsoft.Network/privateDnsZones/virtualNetworkLinks", Parent, true),
    Row("Microsoft.Network/privateDnsZones/A", Parent, true),
    Row("Microsoft.KeyVault/vaults", Both, false),
    Row("Microsoft.Storage/storageAccounts", Both, false),
    Row("Microsoft.ContainerRegistry/registries", Both, false),
    Row("Microsoft.OperationalInsights/workspaces", Both, false),
    Row("Microsoft.Insights/components", Both, false),
    Row("Microsoft.Insights/privateLinkScopes", Both, false),
    Row("Microsoft.Insights/privateLinkScopes/scopedResources", Parent, false),
    Row("Microsoft.Insights/metricAlerts", Both, false),
    Row("Microsoft.Insights/actionGroups", Both, false),
    Row("Microsoft.Insights/activityLogAlerts", Both, false),
    Row("Microsoft.MachineLearningServices/workspaces", Both, false),
    Row("Microsoft.MachineLearningServices/workspaces/outboundRules", Parent, false),
    Row("Microsoft.MachineLearningServices/workspaces/datastores", Parent, false),
    Row("Microsoft.MachineLearningServices/workspaces/connections", Parent, false),
    Row("Microsoft.DocumentDB/databaseAccounts", Both, false),
    Row("Microsoft.Search/searchServices", Both, false),
    Row("Microsoft.ManagedIdentity/userAssignedIdentities", Both, false),
    Row("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", Parent, false),
    Row("Microsoft.Compute/diskEncryptionSets", Both, false),
    Row("Microsoft.ContainerService/managedClusters", Both, false),
    Row("Microsoft.Databricks/workspaces", Both, false),
];

/// The row of a type.
pub(super) fn row(kind: &str) -> Option<&'static Row> {
    ROWS.iter().find(|r| r.0.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_list_of_the_specification() {
        let Some(facts) = crate::arm::test_support::facts() else { return };
        let operations = std::fs::read_to_string(facts.join("operations.tsv")).unwrap().to_lowercase();
        let mut missing = Vec::new();
        for Row(kind, level, _) in ROWS {
            let kind = kind.to_lowercase();
            let (namespace, types) = kind.split_once('/').unwrap();
            let wanted: &[&str] = match level {
                Both => &[
                    "/subscriptions/{subscriptionid}/providers/",
                    "/resourcegroups/{resourcegroupname}/providers/",
                ],
                Group => &["/resourcegroups/{resourcegroupname}/providers/"],
                Deep if namespace == "microsoft.resources" => {
                    &["/subscriptions/{subscriptionid}/resourcegroups"]
                }
                Deep => &["/subscriptions/{subscriptionid}/providers/"],
                Parent => &["/providers/"],
            };
            let last = types.rsplit('/').next().unwrap();
            for prefix in wanted {
                let found = operations.lines().map(|l| l.split('\t').collect::<Vec<_>>()).any(|c| {
                    c[0] == kind
                        && c[2] == "list"
                        && c[5].contains(prefix)
                        && (c[5].ends_with(last) || c[5].ends_with("{recordtype}"))
                });
                if !found {
                    missing.push(format!("{kind} {prefix}"));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
