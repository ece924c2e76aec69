//! Microsoft.KeyVault: vaults, keys.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Compare::{Cidr, Duration, TrailingSlash, WriteOnly};
use crate::catalog::facts::{ItemOf, Mutex, SoftDelete};

/// What grants a principal something: an entry of the vault's list.
#[rustfmt::skip]
const POLICY: &[Row] = &[
    on(&["permissions.keys", "permissions.secrets", "permissions.certificates", "permissions.storage"], "arm-mapping §4").set(&[]).default("[]"),
    on(&["permissions.keys[]", "permissions.secrets[]", "permissions.certificates[]", "permissions.storage[]"],
       "arm-mapping §4: title case in HCL").cased(),
];

const ENTRY: ItemOf = ItemOf {
    holder: "Microsoft.KeyVault/vaults",
    path: &["properties", "accessPolicies"],
    keys: &["objectId", "applicationId"],
};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    // CON-03, CON-05: one write per vault at a time, and none beside a write of a subnet that its rules name.
    arm("Microsoft.KeyVault/vaults", "2026-02-01", 31, &[
        on(&["properties.createMode"], "mutability: write-only").compare(WriteOnly),
        on(&["properties.softDeleteRetentionInDays"], "NAM-03, mutability").fixed().default("90"),
        on(&["properties.enableSoftDelete"], "NAM-03, mutability").default("true"),
        on(&["properties.enablePurgeProtection"], "NAM-03: false is refused, absent is false").default("false"),
        on(&["properties.enableRbacAuthorization"], "mutability").default("false"),
        on(&["properties.enabledForDeployment", "properties.enabledForDiskEncryption",
             "properties.enabledForTemplateDeployment"], "server_populated").default("false"),
        on(&["properties.publicNetworkAccess"], "mutability").cased().default("\"enabled\""),
        on(&["properties.sku.name", "properties.sku.family"], "arm-mapping §4").cased(),
        on(&["properties.accessPolicies"], "CON-05").set(&["tenantId", "objectId", "applicationId"]),
        on(&["properties.accessPolicies[].permissions.keys", "properties.accessPolicies[].permissions.secrets",
             "properties.accessPolicies[].permissions.certificates", "properties.accessPolicies[].permissions.storage"],
           "arm-mapping §4").set(&[]).default("[]"),
        on(&["properties.accessPolicies[].permissions.keys[]", "properties.accessPolicies[].permissions.secrets[]",
             "properties.accessPolicies[].permissions.certificates[]", "properties.accessPolicies[].permissions.storage[]"],
           "arm-mapping §4: title case in HCL").cased(),
        on(&["properties.networkAcls.bypass"], "schema").cased().default("\"AzureServices\""),
        on(&["properties.networkAcls.defaultAction"], "schema").cased().default("\"Allow\""),
        on(&["properties.networkAcls.ipRules"], "server_populated").set(&["value"]).default("[]"),
        on(&["properties.networkAcls.ipRules[].value"], "server_populated: /32").compare(Cidr),
        on(&["properties.networkAcls.virtualNetworkRules"], "server_populated").set(&["id"]).default("[]"),
        on(&["properties.networkAcls.virtualNetworkRules[].ignoreMissingVnetServiceEndpoint"], "schema").default("false"),
        on(&["properties.vaultUri"], "KV-01").compare(TrailingSlash).server(),
        on(&["properties.hsmPoolResourceId", "properties.privateEndpointConnections"], "schema").server(),
    ])
    .holds("keys, secrets and certificates")
    .soft_delete(SoftDelete::Located {
        collection: "deletedVaults",
        api_version: "2023-07-01",
        recover: ("properties.createMode", "recover"),
    })
    .mutexes(&[Mutex::Own, Mutex::Named("properties.networkAcls.virtualNetworkRules[].id")])
    .global(),
    arm("Microsoft.KeyVault/vaults/objectId", "2026-02-01", 1, POLICY).item_of(ENTRY),
    arm("Microsoft.KeyVault/vaults/objectId/applicationId", "2026-02-01", 1, POLICY).item_of(ENTRY),
    // Made if absent, never updated through ARM (arm-mapping §4).
    arm("Microsoft.KeyVault/vaults/keys", "2026-02-01", 2, &[
        on(&["properties.kty", "properties.keySize", "properties.curveName"], "arm-mapping §4; azurerm_facts").fixed(),
        on(&["properties.kty", "properties.curveName"], "HTTP-02").cased(),
        on(&["properties.keyOps"], "server_populated").set(&[]),
        on(&["properties.keyOps[]"], "schema").cased(),
        on(&["properties.attributes.enabled"], "server_populated").default("true"),
        on(&["properties.attributes.exportable"], "mutability").default("false"),
        on(&["properties.attributes.created", "properties.attributes.updated", "properties.attributes.recoveryLevel",
             "properties.keyUri", "properties.keyUriWithVersion", "properties.rotationPolicy.attributes.created",
             "properties.rotationPolicy.attributes.updated"], "schema").server(),
        on(&["location"], "schema: read-only").server(),
        on(&["properties.release_policy.contentType"], "mutability").default("\"application/json; charset=utf-8\""),
        on(&["properties.rotationPolicy.attributes.expiryTime", "properties.rotationPolicy.lifetimeActions[].trigger.timeAfterCreate",
             "properties.rotationPolicy.lifetimeActions[].trigger.timeBeforeExpiry"], "schema: durations").compare(Duration),
        on(&["properties.rotationPolicy.lifetimeActions"], "schema").set(&["action.type"]),
        on(&["properties.rotationPolicy.lifetimeActions[].action.type"], "HTTP-02: rotate, Rotate").cased(),
    // A recovered vault brings its keys back (NAM-02); ARM cannot delete one (arm-mapping §4).
    ]).implied(),
    arm("Microsoft.KeyVault/vaults/secrets", "2026-02-01", 2, &[
        on(&["properties.value"], "arm-mapping §4: GET returns no value").secret(),
        on(&["properties.attributes.enabled"], "server_populated").default("true"),
        on(&["properties.attributes.created", "properties.attributes.updated", "properties.secretUri",
             "properties.secretUriWithVersion"], "schema").server(),
        on(&["properties.contentType"], "schema: text").default("\"\""),
        on(&["location"], "schema: read-only").server(),
    // A value that is written is another version (arm-mapping §4). A recovered vault brings its secrets back (NAM-02).
    ]).renewed(&[("properties.secretUriWithVersion", "properties.value")]).implied(),
];
