//! Built-in policy definitions that people assign around a workspace, with their real GUIDs (from the public list).

use serde_json::{Value, json};

/// GUID, display name, mode, effect.
const BUILT_IN: &[(&str, &str, &str, &str)] = &[
    ("e56962a6-4747-49cd-b67b-bf8b01975c4c", "Allowed locations", "Indexed", "deny"),
    ("e765b5de-1225-4ba3-bd56-1ac6695af988", "Allowed locations for resource groups", "All", "deny"),
    ("a08ec900-254a-4555-9bf5-e42af04b5c5c", "Allowed resource types", "Indexed", "deny"),
    ("6c112d4e-5bc7-47ae-a041-ea2d9dccd749", "Not allowed resource types", "All", "deny"),
    ("871b6d14-10aa-478d-b590-94f262ecfa99", "Require a tag on resources", "Indexed", "deny"),
    ("06a78e20-9358-41c9-923c-fb736d382a4d", "Audit VMs that do not use managed disks", "All", "audit"),
    (
        "45e05259-1eb5-4f70-9574-baf73e9d219b",
        "Azure Machine Learning workspaces should use private link",
        "Indexed",
        "audit",
    ),
    (
        "ba769a63-b8cc-4b2d-abf6-ac33c7204be8",
        "Azure Machine Learning workspaces should be encrypted with a customer-managed key",
        "Indexed",
        "audit",
    ),
];

/// The definitions as they are answered.
pub(super) fn definitions() -> Vec<Value> {
    BUILT_IN
        .iter()
        .map(|(guid, name, mode, effect)| {
            json!({
                "id": format!("/providers/Microsoft.Authorization/policyDefinitions/{guid}"),
                "name": guid,
                "properties": {
                    "displayName": name, "policyType": "BuiltIn", "mode": mode, "description": name,
                    "metadata": {"version": "1.0.0", "category": "General"},
                    "parameters": {},
                    "policyRule": {
                        "if": {"field": "type", "like": "Microsoft.*"},
                        "then": {"effect": effect},
                    },
                },
            })
        })
        .collect()
}
