//! What a role definition permits: patterns of actions.

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

/// Whether a text fits a pattern in which `*` stands for any text (slashes too); without case.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(&text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_03_patterns_of_actions_have_wildcards_and_no_case() {
        let action = "Microsoft.Network/virtualNetworks/subnets/join/action";
        for pattern in
            ["*", "*/action", "microsoft.network/*", "Microsoft.Network/virtualNetworks/*/join/action"]
        {
            assert!(fits(pattern, action), "{pattern}");
        }
        for pattern in
            ["", "*/read", "Microsoft.Network/virtualNetworks/subnets/join", "Microsoft.Network/*/write"]
        {
            assert!(!fits(pattern, action), "{pattern}");
        }
        assert!(fits("Microsoft.Authorization/*/Write", "Microsoft.Authorization/locks/write"));
    }

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
