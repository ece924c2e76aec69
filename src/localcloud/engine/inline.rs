//! Arrays in the body of a parent that are child resources of their own: a network's subnets, a security group's rules
//! (NET-01). The parent's document does not hold them; answers show them as they are.

use super::Engine;
use super::write::{Draft, rules_of};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::registry::rules;
use crate::localcloud::rules::{Absent, Inline, TypeRules, at, set};
use crate::localcloud::world::Document;
use serde_json::{Value, json};

/// Takes the inline arrays out of a body: one entry per row of the rule, `None` where the body has none.
pub(super) fn take(rules: &TypeRules, body: &mut Value) -> Vec<Option<Vec<Value>>> {
    rules
        .inline
        .iter()
        .map(|inline| {
            let found = match at(body, inline.path) {
                Some(Value::Array(items)) => Some(items.clone()),
                _ => None,
            };
            crate::localcloud::rules::remove(body, inline.path);
            found
        })
        .collect()
}

impl Engine {
    /// Makes the children what the arrays say.
    pub(super) fn store_inline(
        &mut self,
        draft: &Draft<'_>,
        arrays: Vec<Option<Vec<Value>>>,
        new: bool,
    ) -> Result<(), ArmFailure> {
        for (inline, items) in draft.rules.inline.iter().zip(arrays) {
            let items = match items {
                Some(items) => items,
                // An explicit `null` empties the array, in whatever version (NET-01).
                None if at_null(&draft.sent, inline.path) => Vec::new(),
                None if new || draft.patch || inline.absent == Absent::Keep => continue,
                None => Vec::new(),
            };
            self.replace_children(draft, inline, items)?;
        }
        Ok(())
    }

    fn replace_children(
        &mut self,
        draft: &Draft<'_>,
        inline: &Inline,
        items: Vec<Value>,
    ) -> Result<(), ArmFailure> {
        let segment = inline.child.rsplit('/').next().unwrap_or_default();
        let child_rules = rules(inline.child);
        let mut kept = Vec::new();
        for item in items {
            let Some(name) = item["name"].as_str().filter(|name| !name.is_empty()) else {
                return Err(ArmFailure::new(
                    400,
                    "InvalidRequestFormat",
                    format!("Cannot parse the request: an item of '{}' has no name.", inline.path),
                ));
            };
            let id = draft.id.child(segment, name);
            let id = self.canonical(&id, child_rules);
            if kept.contains(&id.key().to_owned()) {
                return Err(ArmFailure::new(
                    400,
                    "InvalidRequestFormat",
                    format!("Cannot parse the request: '{}' has two items named '{name}'.", inline.path),
                ));
            }
            kept.push(id.key().to_owned());
            let sent = json!({ "properties": item.get("properties").cloned().unwrap_or_else(|| json!({})) });
            let child = Draft {
                id: id.clone(),
                rules: child_rules,
                api_version: draft.api_version,
                sent,
                patch: false,
            };
            self.store(&child)?;
            self.set_state(&id, child_rules, "Succeeded", None);
        }
        let gone: Vec<Document> = self
            .world
            .children(draft.id.key(), inline.child)
            .into_iter()
            .filter(|child| !kept.contains(&child.key()))
            .cloned()
            .collect();
        for child in gone {
            if let Some(hook) = child_rules.may_delete {
                hook(&self.world, &child)?;
            }
            self.vanish(&child.key(), false);
        }
        Ok(())
    }

    /// Shows the children in the parent's body.
    pub(super) fn show_inline(&self, document: &Document, body: &mut Value) {
        for inline in rules_of(document).inline {
            let children: Vec<Value> = self
                .world
                .children(&document.key(), inline.child)
                .into_iter()
                .map(|child| self.view(child))
                .collect();
            set(body, inline.path, Value::Array(children));
        }
    }
}

fn at_null(body: &Value, path: &str) -> bool {
    let pointer = format!("/{}", path.replace('.', "/"));
    body.pointer(&pointer).is_some_and(Value::is_null)
}
