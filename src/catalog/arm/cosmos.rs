//! Microsoft.DocumentDB: accounts.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::{Cidr, Location, TrailingSlash, Words};
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.DocumentDB/databaseAccounts", "2024-08-15", 180, &[
        on(&["kind"], "behaviour §17, mutability").fixed().default("\"GlobalDocumentDB\""),
        on(&["properties.createMode"], "behaviour §17, mutability").fixed().default("\"Default\""),
        on(&["properties.restoreParameters.restoreMode"], "HTTP-02").cased(),
        on(&["properties.restoreParameters", "properties.restoreParameters.restoreMode",
             "properties.restoreParameters.restoreSource", "properties.restoreParameters.restoreTimestampInUtc",
             "properties.restoreParameters.tablesToRestore", "properties.restoreParameters.restoreWithTtlDisabled"],
           "mutability").fixed(),
        on(&["properties.restoreParameters.databasesToRestore", "properties.restoreParameters.gremlinDatabasesToRestore"],
           "mutability").fixed().set(&["databaseName"]),
        on(&["properties.restoreParameters.databasesToRestore[].databaseName",
             "properties.restoreParameters.databasesToRestore[].collectionNames",
             "properties.restoreParameters.gremlinDatabasesToRestore[].databaseName",
             "properties.restoreParameters.gremlinDatabasesToRestore[].graphNames"], "mutability").fixed(),
        on(&["properties.restoreParameters.databasesToRestore[].collectionNames"], "azurerm: a set").set(&[]),
        on(&["properties.keyVaultKeyUri"], "CMK-02").compare(TrailingSlash).fixed(),
        on(&["properties.enableFreeTier"], "behaviour §17").fixed().default("false"),
        on(&["properties.locations"], "server_populated: by priority").set(&["locationName"]),
        on(&["properties.locations[].locationName"], "server_populated: a title").compare(Location),
        on(&["properties.locations[].failoverPriority"], "server_populated").default("0"),
        on(&["properties.locations[].isZoneRedundant"], "server_populated").default("false"),
        on(&["properties.locations[].id", "properties.locations[].documentEndpoint",
             "properties.locations[].provisioningState"], "schema").server(),
        on(&["properties.consistencyPolicy.defaultConsistencyLevel"], "server_populated").default("\"Session\""),
        on(&["properties.consistencyPolicy.maxIntervalInSeconds"], "server_populated").default("5"),
        on(&["properties.consistencyPolicy.maxStalenessPrefix"], "server_populated").default("100"),
        on(&["properties.ipRules"], "arm-mapping §9: a set").set(&["ipAddressOrRange"]).default("[]"),
        on(&["properties.ipRules[].ipAddressOrRange"], "an address or a range").compare(Cidr),
        on(&["properties.virtualNetworkRules"], "server_populated").set(&["id"]).default("[]"),
        on(&["properties.virtualNetworkRules[].ignoreMissingVNetServiceEndpoint"], "schema").default("false"),
        on(&["properties.capabilities"], "arm-mapping §9").set(&["name"]).default("[]"),
        on(&["properties.networkAclBypassResourceIds"], "server_populated").set(&[]).default("[]"),
        on(&["properties.cors"], "server_populated").default("[]"),
        on(&["properties.cors[].allowedOrigins", "properties.cors[].allowedMethods", "properties.cors[].allowedHeaders",
             "properties.cors[].exposedHeaders"], "arm-mapping §9: joined with commas").compare(Words),
        on(&["properties.networkAclBypass"], "server_populated").default("\"None\""),
        on(&["properties.publicNetworkAccess"], "server_populated").default("\"Enabled\""),
        on(&["properties.defaultIdentity"], "server_populated: empty or FirstPartyIdentity").cased().default("\"FirstPartyIdentity\""),
        on(&["properties.disableKeyBasedMetadataWriteAccess", "properties.enableAnalyticalStorage",
             "properties.enableAutomaticFailover", "properties.enableMultipleWriteLocations",
             "properties.isVirtualNetworkFilterEnabled", "properties.disableLocalAuth",
             "properties.enablePartitionMerge", "properties.enableBurstCapacity",
             "properties.enableCassandraConnector"], "server_populated: absent is off").default("false"),
        on(&["properties.backupPolicy.type"], "server_populated").default("\"Periodic\""),
        on(&["properties.backupPolicy.periodicModeProperties.backupIntervalInMinutes"], "server_populated").default("240"),
        on(&["properties.backupPolicy.periodicModeProperties.backupRetentionIntervalInHours"], "server_populated").default("8"),
        on(&["properties.backupPolicy.periodicModeProperties.backupStorageRedundancy"], "server_populated").default("\"Geo\""),
        on(&["properties.backupPolicy.continuousModeProperties.tier"], "arm-mapping §9").default("\"Continuous30Days\""),
        on(&["properties.capacity.totalThroughputLimit"], "arm-mapping §9").default("-1"),
        // What the service answers beside the locations, and what no schema knows.
        on(&["properties.keysMetadata", "properties.documentEndpoint", "properties.writeLocations",
             "properties.readLocations", "properties.failoverPolicies", "properties.privateEndpointConnections",
             "properties.instanceId", "properties.EnabledApiTypes", "properties.configurationOverrides",
             "properties.enablePartitionKeyMonitor", "properties.sqlEndpoint", "properties.mongoEndpoint"],
           "schema, server_populated; HTTP-06").server(),
    ])
    .holds("databases")
    .lingers()
    .staged(&["properties.locations", "identity", "properties.defaultIdentity"])
    .mutexes(&[Mutex::Own])
    .global(),
];
