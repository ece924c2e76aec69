//! Which namespaces applying registers in a subscription, by what a provider's block says of it.

use std::collections::BTreeSet;

use super::lens::{ProviderConfig, ProviderKind};
use crate::lang::Value;

/// `core` (facts/azurerm/provider-and-azapi.md §1).
const CORE: [&str; 8] = [
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.CostManagement",
    "Microsoft.ManagedIdentity",
    "Microsoft.MarketplaceOrdering",
    "Microsoft.Network",
    "Microsoft.Resources",
    "Microsoft.Storage",
];
/// What `legacy` and `all` have and `extended` lacks.
const NOT_EXTENDED: [&str; 4] = [
    "Microsoft.MachineLearningServices",
    "Microsoft.CognitiveServices",
    "Microsoft.Search",
    "Microsoft.PolicyInsights",
];

/// The namespaces to have registered: those that are needed and in the configured set, and those that are named.
pub fn registrations(provider: &ProviderConfig, needed: &BTreeSet<String>) -> BTreeSet<String> {
    let config = &provider.config;
    let legacy = if provider.major >= 5 { "none" } else { "legacy" };
    let set = config.get("resource_provider_registrations").and_then(Value::as_str).unwrap_or(legacy);
    let set = if flag(config, "skip_provider_registration") == Some(true) { "none" } else { set };
    let holds = |namespace: &str| match set {
        "none" => false,
        "core" => CORE.iter().any(|n| n.eq_ignore_ascii_case(namespace)),
        "extended" => !NOT_EXTENDED.iter().any(|n| n.eq_ignore_ascii_case(namespace)),
        _ => true,
    };
    let mut all: BTreeSet<String> = needed.iter().filter(|n| holds(n)).cloned().collect();
    let named = config.get("resource_providers_to_register").and_then(Value::as_sequence).unwrap_or(&[]);
    all.extend(named.iter().filter_map(Value::as_str).map(str::to_string));
    all
}

/// Whether a missing registration is made up for when ARM complains (azapi, unless it is told not to).
pub fn registers_on_demand(provider: &ProviderConfig) -> bool {
    provider.kind == ProviderKind::Azapi && flag(&provider.config, "skip_provider_registration") != Some(true)
}

fn flag(config: &Value, name: &str) -> Option<bool> {
    config.get(name)?.as_bool()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Suffixes;
    use serde_json::json;

    fn provider(kind: ProviderKind, major: u32, config: serde_json::Value) -> ProviderConfig {
        let text = |t: &str| t.into();
        ProviderConfig {
            kind,
            major,
            subscription_id: Some("s".into()),
            tenant_id: None,
            client_id: None,
            object_id: None,
            suffixes: Suffixes {
                storage: text("s"),
                key_vault: text("k"),
                container_registry: text("c"),
                cosmos_db: text("d"),
            },
            config: Value::from_json(&config),
        }
    }

    #[test]
    fn sets_choose_among_what_is_needed() {
        let needed: BTreeSet<String> =
            ["Microsoft.Network", "Microsoft.KeyVault", "Microsoft.MachineLearningServices"]
                .map(String::from)
                .into();
        let count =
            |major, config| registrations(&provider(ProviderKind::Azurerm, major, config), &needed).len();
        assert_eq!(count(4, json!({})), 3);
        assert_eq!(count(5, json!({})), 0);
        assert_eq!(count(4, json!({"resource_provider_registrations": "core"})), 1);
        assert_eq!(count(4, json!({"resource_provider_registrations": "extended"})), 2);
        let named = json!({"resource_provider_registrations": "none", "resource_providers_to_register": ["Microsoft.X"]});
        assert_eq!(count(4, named), 1);
        assert_eq!(count(3, json!({"skip_provider_registration": true})), 0);
    }

    #[test]
    fn azapi_registers_when_asked_unless_told_not_to() {
        assert!(registers_on_demand(&provider(ProviderKind::Azapi, 2, json!({}))));
        let not = json!({"skip_provider_registration": true});
        assert!(!registers_on_demand(&provider(ProviderKind::Azapi, 2, not)));
        assert!(!registers_on_demand(&provider(ProviderKind::Azurerm, 4, json!({}))));
    }
}
