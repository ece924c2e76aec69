//! Microsoft.ManagedIdentity and Microsoft.Authorization: identities, role assignments, locks.

use super::row::{Type, arm, on};
use crate::catalog::facts::Compare::LastSegment;
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.ManagedIdentity/userAssignedIdentities", "2024-11-30", 2, &[
        on(&["properties.clientId", "properties.principalId", "properties.tenantId", "properties.clientSecretUrl"],
           "schema, server_populated").server(),
        on(&["properties.isolationScope"], "arm-mapping §10").default("\"None\""),
    ]),
    arm("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", "2024-11-30", 2, &[
        on(&["properties.audiences"], "arm-mapping §10").set(&[]),
    ]).mutexes(&[Mutex::Parent]),
    // ROL-04: everything but description and condition is fixed; the role's id loses and gains the subscription.
    arm("Microsoft.Authorization/roleAssignments", "2022-04-01", 15, &[
        on(&["properties.roleDefinitionId"], "ROL-04, server_populated: doubtful").compare(LastSegment).fixed(),
        on(&["properties.principalId"], "ROL-04").fixed(),
        on(&["properties.principalType"], "ROL-01, ROL-04").cased().fixed(),
        on(&["properties.delegatedManagedIdentityResourceId"], "ROL-04").fixed(),
        on(&["properties.description", "properties.condition", "properties.conditionVersion"], "arm-mapping §10: sent empty").default("\"\""),
        on(&["properties.scope", "properties.createdOn", "properties.createdBy", "properties.updatedOn",
             "properties.updatedBy"], "schema").server(),
    ]).anywhere().lingers(),
    arm("Microsoft.Authorization/roleDefinitions", "2022-05-01-preview", 2, &[
        on(&["properties.description"], "arm-mapping §10").default("\"\""),
        on(&["properties.assignableScopes"], "arm-mapping §10").set(&[]),
        on(&["properties.permissions[].actions", "properties.permissions[].notActions", "properties.permissions[].dataActions",
             "properties.permissions[].notDataActions"], "server_populated").set(&[]).default("[]"),
        on(&["properties.permissions[].condition", "properties.permissions[].conditionVersion", "properties.createdOn",
             "properties.createdBy", "properties.updatedOn", "properties.updatedBy"], "schema").server(),
    ]).anywhere(),
    arm("Microsoft.Authorization/locks", "2020-05-01", 1, &[
        on(&["properties.level"], "schema").cased(),
        on(&["properties.notes"], "arm-mapping §10: sent empty").default("\"\""),
    ]).anywhere(),
];
