//! Built-in policy definitions that people assign around a workspace: GUIDs, parameters and what they ask for are those of
//! the public list (<https://github.com/Azure/azure-policy>).

use std::sync::LazyLock;

use serde_json::{Value, json};

const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces";
const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/computes";
const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";

/// One definition.
struct Row {
    guid: &'static str,
    name: &'static str,
    version: &'static str,
    category: &'static str,
    mode: &'static str,
    /// The effects that may be chosen, the usual one first; a single one cannot be chosen.
    effects: &'static [&'static str],
    /// Further parameters: name, type, default as JSON text (empty: it must be given).
    parameters: &'static [(&'static str, &'static str, &'static str)],
    condition: fn() -> Value,
    /// `then.details`
    details: fn() -> Value,
}

const ADVISORY: &[&str] = &["Audit", "Deny", "Disabled"];
const STRICT: &[&str] = &["Deny", "Audit", "Disabled"];
const MODIFY: &[&str] = &["Modify", "Disabled"];
const LOCATIONS: &[(&str, &str, &str)] = &[("listOfAllowedLocations", "Array", "")];
const TAG: &[(&str, &str, &str)] = &[("tagName", "String", "")];
const TAG_VALUE: &[(&str, &str, &str)] = &[("tagName", "String", ""), ("tagValue", "String", "")];

const ROW: Row = Row {
    guid: "",
    name: "",
    version: "1.0.0",
    category: "Machine Learning",
    mode: "Indexed",
    effects: ADVISORY,
    parameters: &[],
    condition: || Value::Null,
    details: || Value::Null,
};

const BUILT_IN: &[Row] = &[
    Row {
        guid: "e56962a6-4747-49cd-b67b-bf8b01975c4c",
        name: "Allowed locations",
        version: "1.1.0",
        category: "General",
        effects: STRICT,
        parameters: LOCATIONS,
        condition: || {
            json!({"allOf": [
                {"field": "location", "notIn": "[parameters('listOfAllowedLocations')]"},
                {"field": "location", "notEquals": "global"},
                {"field": "type", "notEquals": "Microsoft.AzureActiveDirectory/b2cDirectories"},
            ]})
        },
        ..ROW
    },
    Row {
        guid: "e765b5de-1225-4ba3-bd56-1ac6695af988",
        name: "Allowed locations for resource groups",
        version: "1.1.0",
        category: "General",
        mode: "All",
        effects: STRICT,
        parameters: LOCATIONS,
        condition: || json!({"allOf": [is(GROUP), {"field": "location", "notIn": "[parameters('listOfAllowedLocations')]"}]}),
        ..ROW
    },
    Row {
        guid: "a08ec900-254a-4555-9bf5-e42af04b5c5c",
        name: "Allowed resource types",
        version: "1.1.0",
        category: "General",
        effects: STRICT,
        parameters: &[("listOfResourceTypesAllowed", "Array", "")],
        condition: || json!({"not": {"field": "type", "in": "[parameters('listOfResourceTypesAllowed')]"}}),
        ..ROW
    },
    Row {
        guid: "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        name: "Not allowed resource types",
        version: "2.0.0",
        category: "General",
        mode: "All",
        effects: STRICT,
        parameters: &[("listOfResourceTypesNotAllowed", "Array", "")],
        condition: || json!({"field": "type", "in": "[parameters('listOfResourceTypesNotAllowed')]"}),
        ..ROW
    },
    Row {
        guid: "06a78e20-9358-41c9-923c-fb736d382a4d",
        name: "Audit VMs that do not use managed disks",
        category: "Compute",
        mode: "All",
        effects: &["audit"],
        condition: || {
            json!({"allOf": [
                is("Microsoft.Compute/virtualMachines"),
                {"field": "Microsoft.Compute/virtualMachines/storageProfile.osDisk.vhd.uri", "exists": true},
            ]})
        },
        ..ROW
    },
    Row {
        guid: "871b6d14-10aa-478d-b590-94f262ecfa99",
        name: "Require a tag on resources",
        version: "1.0.1",
        category: "Tags",
        effects: &["deny"],
        parameters: TAG,
        condition: || tag("exists", "false"),
        ..ROW
    },
    Row {
        guid: "1e30110a-5ceb-460c-a204-c1c3969c6d62",
        name: "Require a tag and its value on resources",
        version: "1.0.1",
        category: "Tags",
        effects: &["deny"],
        parameters: TAG_VALUE,
        condition: || json!({"not": tag("equals", "[parameters('tagValue')]")}),
        ..ROW
    },
    Row {
        guid: "8ce3da23-7156-49e4-b145-24f95f9dcb46",
        name: "Require a tag and its value on resource groups",
        category: "Tags",
        mode: "All",
        effects: &["deny"],
        parameters: TAG_VALUE,
        condition: || json!({"allOf": [is(GROUP), tag("notEquals", "[parameters('tagValue')]")]}),
        ..ROW
    },
    Row {
        guid: "4f9dc7db-30c1-420c-b61a-e1d640128d26",
        name: "Add a tag to resources",
        category: "Tags",
        effects: &["modify"],
        parameters: TAG_VALUE,
        condition: || tag("exists", "false"),
        details: || {
            modify(&json!([{"operation": "add", "field": TAG_FIELD, "value": "[parameters('tagValue')]"}]))
        },
        ..ROW
    },
    Row {
        guid: "2a0e14a6-b0a6-4fab-991a-187a4f81c498",
        name: "Append a tag and its value to resources",
        version: "1.0.1",
        category: "Tags",
        effects: &["append"],
        parameters: TAG_VALUE,
        condition: || tag("exists", "false"),
        details: || json!([{"field": TAG_FIELD, "value": "[parameters('tagValue')]"}]),
        ..ROW
    },
    Row {
        guid: "cd3aa116-8754-49c9-a813-ad46512ece54",
        name: "Inherit a tag from the resource group",
        category: "Tags",
        effects: &["modify"],
        parameters: TAG,
        condition: || {
            json!({"allOf": [
                tag("notEquals", GROUP_TAG),
                {"value": GROUP_TAG, "notEquals": ""},
            ]})
        },
        details: || modify(&json!([{"operation": "addOrReplace", "field": TAG_FIELD, "value": GROUP_TAG}])),
        ..ROW
    },
    Row {
        guid: "45e05259-1eb5-4f70-9574-baf73e9d219b",
        name: "Azure Machine Learning workspaces should use private link",
        effects: &["Audit", "Disabled"],
        condition: || {
            json!({"allOf": [is(WORKSPACE), {
                "count": {
                    "field": "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections[*]",
                    "where": {
                        "field": "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections[*].privateLinkServiceConnectionState.status",
                        "equals": "Approved",
                    },
                },
                "less": 1,
            }]})
        },
        ..ROW
    },
    Row {
        guid: "ba769a63-b8cc-4b2d-abf6-ac33c7204be8",
        name: "Azure Machine Learning workspaces should be encrypted with a customer-managed key",
        version: "1.1.0",
        condition: || {
            json!({"allOf": [
                is(WORKSPACE),
                {"not": {"field": "kind", "equals": "project"}},
                {"not": workspace("encryption.status", "equals", "enabled".into())},
            ]})
        },
        ..ROW
    },
    Row {
        guid: "7f40cee6-e933-4d0f-a782-b96615e0f4a6",
        name: "Azure Machine Learning workspaces should be encrypted with the use of a customer-managed key",
        effects: &["AuditIfNotExists", "Disabled"],
        condition: || json!({"allOf": [is(WORKSPACE), {"not": {"field": "kind", "equals": "project"}}]}),
        details: || {
            json!({"type": WORKSPACE, "name": "[field('name')]", "existenceCondition":
                {"allOf": [workspace("encryption.status", "equals", "Enabled".into())]}})
        },
        ..ROW
    },
    Row {
        guid: "438c38d2-3772-465a-a9cc-7a6666a275ce",
        name: "Azure Machine Learning Workspaces should disable public network access",
        version: "2.0.1",
        condition: || {
            json!({"allOf": [is(WORKSPACE), {"anyOf": [
                workspace("publicNetworkAccess", "exists", "false".into()),
                workspace("publicNetworkAccess", "notEquals", "Disabled".into()),
            ]}]})
        },
        ..ROW
    },
    Row {
        guid: "a10ee784-7409-4941-b091-663697637c0f",
        name: "Configure Azure Machine Learning Workspaces to disable public network access",
        version: "1.0.3",
        effects: MODIFY,
        condition: || json!({"allOf": [is(WORKSPACE), workspace("publicNetworkAccess", "notEquals", "Disabled".into())]}),
        details: || {
            modify(&json!([{
                "condition": "[greaterOrEquals(requestContext().apiVersion, '2021-10-01')]",
                "operation": "addOrReplace",
                "field": "Microsoft.MachineLearningServices/workspaces/publicNetworkAccess",
                "value": "Disabled",
            }]))
        },
        ..ROW
    },
    Row {
        guid: "6ddb1705-c8cf-450e-aa4b-19ad6703c440",
        name: "Azure Machine Learning and Ai Studio should use Allow Only Approved Outbound Managed Vnet mode",
        parameters: &[("isolationMode", "String", "\"Disabled\"")],
        condition: || {
            json!({"allOf": [
                is(WORKSPACE),
                workspace("managedNetwork.isolationMode", "notEquals", "[parameters('isolationMode')]".into()),
            ]})
        },
        ..ROW
    },
    Row {
        guid: "5f0c7d88-c7de-45b8-ac49-db49e72eaa78",
        name: "Azure Machine Learning workspaces should use user-assigned managed identity",
        condition: || {
            json!({"allOf": [is(WORKSPACE), {"anyOf": [
                workspace("primaryUserAssignedIdentity", "exists", false.into()),
                workspace("primaryUserAssignedIdentity", "equals", "".into()),
            ]}]})
        },
        ..ROW
    },
    Row {
        guid: "e413671a-dd10-4cc1-a943-45b598596cb7",
        name: "Azure Machine Learning workspaces should enable V1LegacyMode to support network isolation backward compatibility",
        condition: || json!({"allOf": [is(WORKSPACE), workspace("v1LegacyMode", "notEquals", "true".into())]}),
        ..ROW
    },
    Row {
        guid: "afe0c3be-ba3b-4544-ba52-0c99672a8ad6",
        name: "Resource logs in Azure Machine Learning Workspaces should be enabled",
        version: "1.0.1",
        effects: &["AuditIfNotExists", "Disabled"],
        parameters: &[("requiredRetentionDays", "String", "\"365\"")],
        condition: || is(WORKSPACE),
        details: || json!({"type": "Microsoft.Insights/diagnosticSettings"}),
        ..ROW
    },
    Row {
        guid: "e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f",
        name: "Azure Machine Learning Computes should have local authentication methods disabled",
        version: "2.1.0",
        mode: "All",
        condition: || {
            computes(
                &["ComputeInstance", "AmlCompute"],
                &compute("disableLocalAuth", "notEquals", true.into()),
            )
        },
        ..ROW
    },
    Row {
        guid: "a6f9a2d0-cff7-4855-83ad-4cd750666512",
        name: "Configure Azure Machine Learning Computes to disable local authentication methods",
        version: "2.1.0",
        mode: "All",
        effects: MODIFY,
        condition: || {
            computes(
                &["ComputeInstance", "AmlCompute"],
                &compute("disableLocalAuth", "notEquals", true.into()),
            )
        },
        details: || {
            modify(&json!([{
                "operation": "addOrReplace",
                "field": "Microsoft.MachineLearningServices/workspaces/computes/disableLocalAuth",
                "value": true,
            }]))
        },
        ..ROW
    },
    Row {
        guid: "7804b5c7-01dc-4723-969b-ae300cc07ff1",
        name: "Azure Machine Learning Computes should be in a virtual network",
        version: "1.0.1",
        mode: "All",
        effects: &["Audit", "Disabled"],
        condition: || computes(&["AmlCompute", "ComputeInstance"], &without("subnet.id")),
        ..ROW
    },
    Row {
        guid: "679ddf89-ab8f-48a5-9029-e76054077449",
        name: "Azure Machine Learning Compute Instance should have idle shutdown.",
        mode: "All",
        condition: || computes(&["ComputeInstance"], &without("idleTimeBeforeShutdown")),
        ..ROW
    },
    Row {
        guid: "f110a506-2dcb-422e-bcea-d533fc8c35e2",
        name: "Azure Machine Learning compute instances should be recreated to get the latest software updates",
        version: "1.0.3",
        mode: "All",
        effects: &["Audit", "Disabled"],
        condition: || {
            computes(
                &["ComputeInstance"],
                &compute("osImageMetadata.isLatestOsImageVersion", "equals", "false".into()),
            )
        },
        ..ROW
    },
];

const TAG_FIELD: &str = "[concat('tags[', parameters('tagName'), ']')]";
const GROUP_TAG: &str = "[resourceGroup().tags[parameters('tagName')]]";

fn is(kind: &str) -> Value {
    json!({"field": "type", "equals": kind})
}

fn tag(operator: &str, wanted: &str) -> Value {
    json!({"field": TAG_FIELD, operator: wanted})
}

fn workspace(path: &str, operator: &str, wanted: Value) -> Value {
    json!({"field": format!("{WORKSPACE}/{path}"), operator: wanted})
}

fn compute(path: &str, operator: &str, wanted: Value) -> Value {
    json!({"field": format!("{COMPUTE}/{path}"), operator: wanted})
}

fn computes(kinds: &[&str], condition: &Value) -> Value {
    json!({"allOf": [is(COMPUTE), compute("computeType", "in", json!(kinds)), condition]})
}

fn without(path: &str) -> Value {
    let empty = format!("[empty(field('{COMPUTE}/{path}'))]");
    json!({"anyOf": [compute(path, "exists", false.into()), {"value": empty, "equals": true}]})
}

fn modify(operations: &Value) -> Value {
    let contributor =
        "/providers/microsoft.authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c";
    json!({"roleDefinitionIds": [contributor], "conflictEffect": "audit", "operations": operations})
}

fn definition(row: &Row) -> Value {
    let mut parameters = serde_json::Map::new();
    for (name, kind, default) in row.parameters {
        let mut parameter = json!({"type": kind});
        if let Ok(default) = serde_json::from_str::<Value>(default) {
            parameter["defaultValue"] = default;
        }
        parameters.insert((*name).to_owned(), parameter);
    }
    let usual = row.effects.first().copied().unwrap_or_default();
    let chosen = row.effects.len() > 1;
    if chosen {
        let effect = json!({"type": "String", "defaultValue": usual, "allowedValues": row.effects});
        parameters.insert("effect".to_owned(), effect);
    }
    let mut then = json!({"effect": if chosen { "[parameters('effect')]" } else { usual }});
    match (row.details)() {
        Value::Null => {}
        details => then["details"] = details,
    }
    json!({
        "id": format!("/providers/Microsoft.Authorization/policyDefinitions/{}", row.guid),
        "name": row.guid,
        "properties": {
            "displayName": row.name, "policyType": "BuiltIn", "mode": row.mode, "description": row.name,
            "metadata": {"version": row.version, "category": row.category},
            "parameters": parameters,
            "policyRule": {"if": (row.condition)(), "then": then},
        },
    })
}

/// The definitions as they are answered.
pub fn definitions() -> &'static [Value] {
    static ALL: LazyLock<Vec<Value>> = LazyLock::new(|| BUILT_IN.iter().map(definition).collect());
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::localcloud::policy::condition::Condition;
    use std::collections::HashSet;

    #[test]
    fn every_rule_can_be_read() {
        let mut seen = HashSet::new();
        for definition in definitions() {
            let rule = &definition["properties"]["policyRule"];
            assert!(Condition::read(&rule["if"]).is_ok(), "{definition}");
            assert!(seen.insert(&definition["name"]), "{definition}");
        }
    }
}
