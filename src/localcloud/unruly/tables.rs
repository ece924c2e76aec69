//! What services do with what they were sent, as rows: each says where it was seen.

/// How a word comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// `PerGB2018` as `pergb2018`.
    Lower,
    /// `category` as `Category`.
    Capital,
}

/// Words that come back in another case: type, path, how.
#[rustfmt::skip]
pub const WORDS: &[(&str, &str, Word)] = &[
    // Recorded: `pergb2018` (server_populated).
    ("Microsoft.OperationalInsights/workspaces", "properties.sku.name", Word::Lower),
    // Official examples: `Category`, `Level` (server_populated).
    ("Microsoft.Insights/activityLogAlerts", "properties.condition.allOf[].field", Word::Capital),
    // The specification's default is `enabled`, recordings have `Enabled` (mutability, flows).
    ("Microsoft.KeyVault/vaults", "properties.publicNetworkAccess", Word::Lower),
];

/// Whole numbers that come back with a fraction of nothing: type, path (server_populated, *normalised*).
#[rustfmt::skip]
pub const NUMBERS: &[(&str, &str)] = &[
    ("Microsoft.ContainerInstance/containerGroups", "properties.containers[].properties.resources.requests.cpu"),
];

/// Locations inside of bodies: type, path (server_populated, *normalised*).
#[rustfmt::skip]
pub const LOCATIONS: &[(&str, &str)] = &[
    ("Microsoft.DocumentDB/databaseAccounts", "properties.locations[].locationName"),
];

/// Arrays that come back in another order. azurerm has sets there, because the services do not keep the order.
#[rustfmt::skip]
pub const UNORDERED: &[(&str, &[&str])] = &[
    ("Microsoft.CognitiveServices/accounts", &["properties.networkAcls.ipRules", "properties.networkAcls.virtualNetworkRules"]),
    ("Microsoft.ContainerRegistry/registries", &["properties.networkRuleSet.ipRules"]),
    ("Microsoft.ContainerService/managedClusters", &["properties.apiServerAccessProfile.authorizedIPRanges"]),
    ("Microsoft.DocumentDB/databaseAccounts", &[
        "properties.capabilities", "properties.ipRules", "properties.locations", "properties.virtualNetworkRules",
    ]),
    ("Microsoft.Insights/activityLogAlerts", &["properties.scopes"]),
    ("Microsoft.Insights/diagnosticSettings", &["properties.logs", "properties.metrics"]),
    ("Microsoft.Insights/metricAlerts", &["properties.scopes"]),
    ("Microsoft.KeyVault/vaults", &["properties.networkAcls.ipRules", "properties.networkAcls.virtualNetworkRules"]),
    ("Microsoft.Network/azureFirewalls", &["zones"]),
    ("Microsoft.Network/natGateways", &["zones"]),
    ("Microsoft.Network/networkSecurityGroups", &[
        "properties.securityRules",
        "properties.securityRules[].properties.sourcePortRanges",
        "properties.securityRules[].properties.destinationPortRanges",
        "properties.securityRules[].properties.sourceAddressPrefixes",
        "properties.securityRules[].properties.destinationAddressPrefixes",
        "properties.securityRules[].properties.sourceApplicationSecurityGroups",
        "properties.securityRules[].properties.destinationApplicationSecurityGroups",
    ]),
    ("Microsoft.Network/networkSecurityGroups/securityRules", &[
        "properties.sourcePortRanges", "properties.destinationPortRanges", "properties.sourceAddressPrefixes",
        "properties.destinationAddressPrefixes", "properties.sourceApplicationSecurityGroups",
        "properties.destinationApplicationSecurityGroups",
    ]),
    ("Microsoft.Network/publicIPAddresses", &["zones"]),
    ("Microsoft.Network/routeTables", &["properties.routes"]),
    ("Microsoft.Network/virtualNetworks", &["properties.addressSpace.addressPrefixes", "properties.subnets"]),
    ("Microsoft.Network/virtualNetworks/subnets", &["properties.serviceEndpoints", "properties.serviceEndpointPolicies"]),
    ("Microsoft.Search/searchServices", &["properties.networkRuleSet.ipRules"]),
    ("Microsoft.Storage/storageAccounts", &[
        "properties.networkAcls.ipRules", "properties.networkAcls.virtualNetworkRules", "properties.networkAcls.resourceAccessRules",
    ]),
];

/// Properties that no schema has and answers do (HTTP-06): type, names below `properties`.
#[rustfmt::skip]
pub const UNPUBLISHED: &[(&str, &[&str])] = &[
    ("Microsoft.MachineLearningServices/workspaces", &[
        "EnableSoftwareBillOfMaterials", "sdkTelemetryAppInsightsKey", "sasGetterUri", "softDeleteEnabled",
    ]),
];
