//! Microsoft.CognitiveServices: accounts, deployments of models.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::{Cidr, TrailingSlash};
use crate::catalog::facts::{Mutex, SoftDelete};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    // azurerm keeps the networks of the rules locked while an account is written (arm-mapping §1).
    arm("Microsoft.CognitiveServices/accounts", "2026-03-01", 30, &[
        on(&["kind", "sku.name"], "HTTP-02").cased(),
        on(&["properties.publicNetworkAccess"], "azurerm").cased().default("\"Enabled\""),
        on(&["properties.disableLocalAuth", "properties.restrictOutboundNetworkAccess", "properties.dynamicThrottlingEnabled",
             "properties.allowProjectManagement"], "azurerm").default("false"),
        on(&["properties.allowedFqdnList"], "azurerm").set(&[]).default("[]"),
        on(&["properties.networkAcls.defaultAction"], "azurerm").cased().default("\"Allow\""),
        on(&["properties.networkAcls.ipRules"], "azurerm").set(&["value"]).default("[]"),
        on(&["properties.networkAcls.ipRules[].value"], "HTTP-02").compare(Cidr),
        on(&["properties.networkAcls.virtualNetworkRules"], "azurerm").set(&["id"]).default("[]"),
        on(&["properties.networkAcls.virtualNetworkRules[].ignoreMissingVnetServiceEndpoint"], "azurerm").default("false"),
        on(&["properties.networkAcls.virtualNetworkRules[].state"], "HTTP-06").server(),
        on(&["properties.encryption.keySource"], "azurerm").cased().default("\"Microsoft.CognitiveServices\""),
        on(&["properties.encryption.keyVaultProperties.keyVaultUri"], "HTTP-02").compare(TrailingSlash),
        on(&["properties.encryption.keyVaultProperties.keyVersion"], "azurerm").default("\"\""),
        on(&["properties.userOwnedStorage"], "azurerm").set(&["resourceId"]).default("[]"),
        on(&["properties.networkInjections"], "azurerm").default("[]"),
        on(&["properties.apiProperties.qnaAzureSearchEndpointKey"], "azurerm: never read back").secret(),
        on(&["properties.apiProperties.aadClientId", "properties.apiProperties.aadTenantId",
             "properties.apiProperties.superUser", "properties.apiProperties.websiteName"], "azurerm").fixed(),
        on(&["etag", "properties.endpoint", "properties.internalId", "properties.capabilities", "properties.isMigrated",
             "properties.skuChangeInfo", "properties.privateEndpointConnections", "properties.dateCreated",
             "properties.callRateLimit", "properties.quotaLimit", "properties.endpoints", "properties.deletionDate",
             "properties.scheduledPurgeDate", "properties.commitmentPlanAssociations", "properties.abusePenalty"],
           "schema").server(),
    ])
    .holds("deployed models and what they were tuned with")
    .soft_delete(SoftDelete::Blocks)
    .mutexes(&[Mutex::Own, Mutex::Named("properties.networkAcls.virtualNetworkRules[].id")])
    .global(),
    // azurerm locks the account for each deployment.
    arm("Microsoft.CognitiveServices/accounts/deployments", "2026-03-01", 20, &[
        on(&["properties.model.format", "properties.model.name", "sku.name", "sku.tier", "sku.size", "sku.family"], "azurerm").fixed(),
        on(&["sku.tier"], "HTTP-02").cased(),
        on(&["sku.capacity"], "azurerm").default("1"),
        on(&["properties.versionUpgradeOption"], "azurerm").default("\"OnceNewDefaultVersionAvailable\""),
        on(&["properties.dynamicThrottlingEnabled"], "azurerm").default("false"),
        on(&["properties.capabilities", "properties.rateLimits", "properties.callRateLimit", "properties.model.callRateLimit"],
           "server_populated; HTTP-06").server(),
    ]).mutexes(&[Mutex::Parent]),
];
