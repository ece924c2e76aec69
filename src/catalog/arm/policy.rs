//! Microsoft.Authorization: policy definitions and assignments; Microsoft.Security: plans of Defender.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Mutex;

#[rustfmt::skip]
const POLICY: &[Row] = &[
    on(&["properties.displayName", "properties.description"], "arm-mapping §11").default("\"\""),
    on(&["properties.metadata"], "arm-mapping §11: JSON text in HCL").whole().default("{}"),
    on(&["properties.metadata.createdBy", "properties.metadata.createdOn", "properties.metadata.updatedBy",
         "properties.metadata.updatedOn", "properties.metadata.assignedBy", "properties.metadata.parameterScopes"],
       "server_populated").server(),
    on(&["properties.parameters"], "arm-mapping §11: JSON text in HCL").whole().default("{}"),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Authorization/policyDefinitions", "2021-06-01", 2, POLICY).below(&[("", &[
        on(&["properties.policyType"], "server_populated").cased().fixed().default("\"Custom\""),
        on(&["properties.mode"], "mutability").cased().default("\"Indexed\""),
        on(&["properties.policyRule"], "arm-mapping §11: JSON text in HCL").whole(),
    ])]).anywhere(),
    arm("Microsoft.Authorization/policyAssignments", "2022-06-01", 2, POLICY).below(&[("", &[
        on(&["properties.policyDefinitionId"], "arm-mapping §11").fixed(),
        on(&["properties.enforcementMode"], "mutability").cased().default("\"Default\""),
        on(&["properties.notScopes"], "server_populated").set(&[]).default("[]"),
        on(&["properties.nonComplianceMessages"], "arm-mapping §11").default("[]"),
        on(&["properties.overrides", "properties.resourceSelectors"], "arm-mapping §11").default("[]"),
        on(&["properties.overrides[].selectors", "properties.overrides[].selectors[].in", "properties.overrides[].selectors[].notIn",
             "properties.resourceSelectors[].selectors[].in", "properties.resourceSelectors[].selectors[].notIn"],
           "schema").default("[]"),
        on(&["properties.scope"], "schema").server(),
        on(&["sku.name", "sku.tier"], "server_populated: of old assignments").server(),
    ])]).anywhere(),
    // There is one for every plan, in every subscription.
    arm("Microsoft.Security/pricings", "2023-01-01", 5, &[
        on(&["properties.pricingTier"], "schema").cased(),
        on(&["properties.freeTrialRemainingTime", "properties.enablementTime", "properties.deprecated",
             "properties.replacedBy", "properties.extensions[].operationStatus"], "schema, server_populated").server(),
        on(&["properties.extensions"], "arm-mapping §13").set(&["name"]).default("[]"),
        // An extension that is off is as good as none.
        on(&["properties.extensions[]"], "arm-mapping §13").default("{\"isEnabled\":\"False\"}"),
        on(&["properties.extensions[].isEnabled"], "schema").cased(),
    ]).anywhere().implied().mutexes(&[Mutex::PerSubscription]),
];
