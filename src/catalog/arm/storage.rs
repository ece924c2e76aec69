//! Microsoft.Storage: accounts, their services, containers.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Compare::{Cidr, Location, Words};
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
const ACCOUNT: &[Row] = &[
    on(&["sku.tier"], "schema").server(),
    on(&["sku.name", "kind"], "schema").cased(),
    on(&["properties.supportsHttpsTrafficOnly"], "server_populated").default("true"),
    on(&["properties.minimumTlsVersion"], "arm-mapping §5: null is TLS1_0").default("\"TLS1_0\""),
    on(&["properties.allowSharedKeyAccess", "properties.isLocalUserEnabled"], "arm-mapping §5: null is true").default("true"),
    on(&["properties.defaultToOAuthAuthentication", "properties.isSftpEnabled"], "arm-mapping §5").default("false"),
    on(&["properties.isHnsEnabled", "properties.isNfsV3Enabled"], "behaviour §17").fixed().default("false"),
    on(&["properties.dnsEndpointType"], "behaviour §17").fixed().default("\"Standard\""),
    on(&["properties.publicNetworkAccess"], "arm-mapping §5").default("\"Enabled\""),
    on(&["properties.largeFileSharesState"], "arm-mapping §5: false is not sent").default("\"Disabled\""),
    on(&["properties.networkAcls.bypass"], "arm-mapping §5: words with commas").compare(Words).default("\"AzureServices\""),
    on(&["properties.networkAcls.defaultAction"], "mutability").default("\"Allow\""),
    on(&["properties.networkAcls.ipRules", "properties.networkAcls.ipv6Rules"], "server_populated").set(&["value"]).default("[]"),
    on(&["properties.networkAcls.ipRules[].value", "properties.networkAcls.ipv6Rules[].value"], "arm-mapping §5").compare(Cidr),
    on(&["properties.networkAcls.ipRules[].action", "properties.networkAcls.ipv6Rules[].action",
         "properties.networkAcls.virtualNetworkRules[].action"], "mutability").default("\"Allow\""),
    on(&["properties.networkAcls.virtualNetworkRules"], "server_populated").set(&["id"]).default("[]"),
    on(&["properties.networkAcls.virtualNetworkRules[].state"], "schema").server(),
    on(&["properties.networkAcls.resourceAccessRules"], "schema").set(&["resourceId", "tenantId"]).default("[]"),
    on(&["properties.encryption.keySource"], "mutability").cased().default("\"Microsoft.Storage\""),
    on(&["properties.encryption.requireInfrastructureEncryption"], "CMK-02").fixed().default("false"),
    on(&["properties.encryption.services.blob.enabled", "properties.encryption.services.file.enabled",
         "properties.encryption.services.table.enabled", "properties.encryption.services.queue.enabled"],
       "server_populated").default("true"),
    on(&["properties.encryption.services.blob.keyType", "properties.encryption.services.file.keyType"],
       "mutability, server_populated").fixed().default("\"Account\""),
    on(&["properties.encryption.services.table.keyType", "properties.encryption.services.queue.keyType"],
       "mutability, CMK-02").fixed().default("\"Service\""),
    on(&["properties.encryption.services.blob.lastEnabledTime", "properties.encryption.services.file.lastEnabledTime",
         "properties.encryption.services.table.lastEnabledTime", "properties.encryption.services.queue.lastEnabledTime",
         "properties.encryption.keyvaultproperties.currentVersionedKeyIdentifier",
         "properties.encryption.keyvaultproperties.lastKeyRotationTimestamp",
         "properties.encryption.keyvaultproperties.currentVersionedKeyExpirationTimestamp"], "schema").server(),
    on(&["properties.encryption.keyvaultproperties.keyversion"], "arm-mapping §5: versionless is empty").default("\"\""),
    on(&["properties.encryption.keyvaultproperties.keyvaulturi"], "KV-01").compare(crate::catalog::Compare::TrailingSlash),
    on(&["properties.sasPolicy.expirationAction"], "mutability").default("\"Log\""),
    on(&["properties.immutableStorageWithVersioning.enabled"], "azurerm_facts").fixed().default("false"),
    on(&["properties.azureFilesIdentityBasedAuthentication.directoryServiceOptions"], "arm-mapping §5").default("\"None\""),
    on(&["properties.routingPreference.routingChoice"], "arm-mapping §5").default("\"MicrosoftRouting\""),
    on(&["properties.routingPreference.publishInternetEndpoints",
         "properties.routingPreference.publishMicrosoftEndpoints"], "arm-mapping §5").default("false"),
    on(&["properties.primaryEndpoints", "properties.primaryLocation", "properties.statusOfPrimary",
         "properties.lastGeoFailoverTime", "properties.secondaryLocation", "properties.statusOfSecondary",
         "properties.creationTime", "properties.keyCreationTime", "properties.secondaryEndpoints",
         "properties.geoReplicationStats", "properties.failoverInProgress", "properties.privateEndpointConnections",
         "properties.blobRestoreStatus", "properties.storageAccountSkuConversionStatus",
         "properties.isSkuConversionBlocked", "properties.accountMigrationInProgress"], "schema").server(),
    on(&["zones"], "schema").fixed().set(&[]),
    on(&["properties.customDomain.useSubDomainName"], "arm-mapping §5: only for writing").compare(crate::catalog::Compare::WriteOnly),
    on(&["properties.primaryLocation", "properties.secondaryLocation"], "schema").compare(Location),
];

/// What the services of an account have in common.
#[rustfmt::skip]
const SERVICE: &[Row] = &[
    on(&["sku"], "schema; HTTP-06: of queues and tables, too").server(),
    on(&["properties.cors.corsRules"], "arm-mapping §5").default("[]"),
    on(&["properties.cors.corsRules[].allowedOrigins", "properties.cors.corsRules[].allowedMethods",
         "properties.cors.corsRules[].allowedHeaders", "properties.cors.corsRules[].exposedHeaders"], "schema: sets of words").set(&[]),
];

#[rustfmt::skip]
const BLOBS: &[Row] = &[
    on(&["properties.isVersioningEnabled", "properties.changeFeed.enabled", "properties.deleteRetentionPolicy.enabled",
         "properties.deleteRetentionPolicy.allowPermanentDelete", "properties.containerDeleteRetentionPolicy.enabled",
         "properties.restorePolicy.enabled", "properties.lastAccessTimeTrackingPolicy.enable"],
       "arm-mapping §5: absent is off").default("false"),
    on(&["properties.restorePolicy.lastEnabledTime", "properties.restorePolicy.minRestoreTime"], "schema").server(),
    on(&["properties.lastAccessTimeTrackingPolicy.blobType"], "schema").set(&[]),
];

#[rustfmt::skip]
const FILES: &[Row] = &[
    on(&["properties.shareDeleteRetentionPolicy.enabled", "properties.protocolSettings.smb.multichannel.enabled"], "arm-mapping §5: absent is off").default("false"),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Storage/storageAccounts", "2025-08-01", 18, ACCOUNT)
        .holds("blobs, files, queues and tables")
        .mutexes(&[Mutex::Own, Mutex::Named("properties.networkAcls.virtualNetworkRules[].id")])
        .global(),
    arm("Microsoft.Storage/storageAccounts/managementPolicies", "2025-08-01", 1, &[
        on(&["properties.lastModifiedTime"], "schema").server(),
        on(&["properties.policy.rules[].type"], "azurerm").default("\"Lifecycle\""),
        on(&["properties.policy.rules[].definition.filters.blobTypes"], "azurerm").set(&[]),
        on(&["properties.policy.rules[].definition.filters.prefixMatch"], "azurerm").set(&[]).default("[]"),
        on(&["properties.policy.rules[].definition.filters.blobIndexMatch"], "azurerm").set(&["name", "value"]).default("[]"),
        on(&["properties.policy.rules[].definition.actions.baseBlob.enableAutoTierToHotFromCool"], "azurerm").default("false"),
    ]).mutexes(&[Mutex::Parent]),
    // IMP-07: there since the account is, never deleted.
    arm("Microsoft.Storage/storageAccounts/blobServices", "2025-08-01", 1, SERVICE).below(&[("", BLOBS)]).implied().mutexes(&[Mutex::Parent]),
    arm("Microsoft.Storage/storageAccounts/fileServices", "2025-08-01", 1, SERVICE).below(&[("", FILES)]).implied().mutexes(&[Mutex::Parent]),
    arm("Microsoft.Storage/storageAccounts/queueServices", "2025-08-01", 1, SERVICE).implied().mutexes(&[Mutex::Parent]),
    arm("Microsoft.Storage/storageAccounts/tableServices", "2025-08-01", 1, SERVICE).implied().mutexes(&[Mutex::Parent]),
    arm("Microsoft.Storage/storageAccounts/blobServices/containers", "2025-08-01", 1, &[
        on(&["properties.publicAccess"], "arm-mapping §5").default("\"None\""),
        on(&["properties.metadata"], "arm-mapping §5").default("{}"),
        on(&["properties.defaultEncryptionScope"], "azurerm_facts").fixed().default("\"$account-encryption-key\""),
        on(&["properties.denyEncryptionScopeOverride"], "azurerm_facts").fixed().default("false"),
        on(&["properties.version", "properties.deleted", "properties.deletedTime", "properties.remainingRetentionDays",
             "properties.lastModifiedTime", "properties.leaseStatus", "properties.leaseState",
             "properties.leaseDuration", "properties.immutabilityPolicy", "properties.legalHold",
             "properties.hasLegalHold", "properties.hasImmutabilityPolicy",
             "properties.immutableStorageWithVersioning.timeStamp",
             "properties.immutableStorageWithVersioning.migrationState"], "schema").server(),
        on(&["properties.immutableStorageWithVersioning.enabled"], "schema").default("false"),
    ]).holds("blobs"),
    arm("Microsoft.Storage/storageAccounts/fileServices/shares", "2025-08-01", 1, &[
        on(&["properties.lastModifiedTime", "properties.includedBurstIops", "properties.maxBurstCreditsForIops",
             "properties.nextAllowedQuotaDowngradeTime", "properties.nextAllowedProvisionedIopsDowngradeTime",
             "properties.nextAllowedProvisionedBandwidthDowngradeTime", "properties.version", "properties.deleted",
             "properties.deletedTime", "properties.remainingRetentionDays", "properties.accessTierChangeTime",
             "properties.accessTierStatus", "properties.shareUsageBytes", "properties.leaseStatus",
             "properties.leaseState", "properties.leaseDuration", "properties.snapshotTime"], "schema").server(),
        on(&["properties.enabledProtocols"], "mutability").fixed().default("\"SMB\""),
        on(&["properties.signedIdentifiers"], "schema").set(&["id"]).default("[]"),
        on(&["properties.metadata"], "arm-mapping §5").default("{}"),
    ]).holds("files"),
];
