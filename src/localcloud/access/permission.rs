//! What a role definition permits: patterns of actions.

use crate::localcloud::pattern::fits;
use serde_json::{Value, json};

/// One set of permissions of a role definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permission {
    /// Patterns of what is allowed.
    pub actions: Vec<String>,
    /// Patterns of what is taken out of that.
    pub not_actions: Vec<String>,
    /// The same for the data plane, which is not here: only shown.
    pub data_actions: Vec<String>,
    /// The same for the data plane.
    pub not_data_actions: Vec<String>,
}

impl Permission {
    /// The permissions of a role definition's body (`properties.permissions`).
    pub fn of(definition: &Value) -> Vec<Permission> {
        let texts = |from: &Value, name: &str| -> Vec<String> {
            let items = from.get(name).and_then(Value::as_array);
            items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let all = definition.pointer("/properties/permissions").and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .map(|one| Permission {
                actions: texts(one, "actions"),
                not_actions: texts(one, "notActions"),
                data_actions: texts(one, "dataActions"),
                not_data_actions: texts(one, "notDataActions"),
            })
            .collect()
    }

    /// Whether an action is allowed. What another assignment allows is not taken away by this one's `notActions`.
    pub fn allows(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, action));
        any(&self.actions) && !any(&self.not_actions)
    }

    /// As ARM shows it.
    pub fn json(&self) -> Value {
        json!({
            "actions": self.actions,
            "notActions": self.not_actions,
            "dataActions": self.data_actions,
            "notDataActions": self.not_data_actions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_03_what_is_taken_out_is_not_allowed() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let contributor = Permission {
            actions: texts(&["*"]),
            not_actions: texts(&["Microsoft.Authorization/*/Write"]),
            ..Permission::default()
        };
        assert!(contributor.allows("Microsoft.Authorization/roleAssignments/read"));
        assert!(!contributor.allows("Microsoft.Authorization/roleAssignments/write"));
    }
}
