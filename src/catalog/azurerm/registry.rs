//! Container registries.

use std::sync::LazyLock;

use super::table::{
    ANY_IDENTITY, Check, Codec, Hooks, Object, Place, Row, Shown, Table, block, block_set, blocks, doc, flag,
    identity, number, place, tags, text, text_set,
};
use crate::catalog::lens::{Context, Problem, Stop};
use crate::catalog::value::{argument, error, flag as known_flag, text as known};
use crate::lang::{Type, Value};

pub(super) const KIND: &str = "Microsoft.ContainerRegistry/registries";
pub(super) const VERSION: &str = "2025-11-01";

/// Policies say `enabled` and `disabled` in lower case.
fn policy(name: &'static str, path: &'static str) -> Row {
    flag(name).at(path).codec(Codec::Switch("enabled", "disabled"))
}

fn put_retention(days: &Value) -> Vec<Option<Value>> {
    match days.as_number() {
        Some(n) if n.is_zero() => vec![Some("disabled".into()), None],
        _ => vec![Some("enabled".into()), Some(days.clone())],
    }
}

fn take_retention(parts: &[Option<&Value>]) -> Option<Value> {
    match parts {
        [Some(status), Some(days)] if status.as_str().is_some_and(|s| s.eq_ignore_ascii_case("enabled")) => {
            Some((*days).clone())
        }
        _ => None,
    }
}

pub(super) static CONTAINER_REGISTRY: LazyLock<Table> = LazyLock::new(|| {
    let rules = block(
        "network_rule_set",
        vec![
            text("default_action").default("Allow").at("defaultAction").one_of(&["Allow", "Deny"]),
            block_set(
                "ip_rule",
                vec![
                    text("action").required().at("action").one_of(&["Allow"]),
                    text("ip_range")
                        .required()
                        .at("value")
                        .matches(r"^[0-9a-fA-F:.]+(/\d{1,3})?$", "an address or a range of addresses"),
                ],
            )
            .both()
            .at("ipRules"),
            block_set("virtual_network", vec![text("action").required(), text("subnet_id").required()])
                .until(3)
                .refused("ARM no longer has rules for networks on a registry. Let the network in by a private endpoint."),
        ],
    )
    .both()
    .attr_as_block()
    .at("properties.networkRuleSet");
    let encryption = block(
        "encryption",
        vec![
            // A key is used where the block is written: 3.x said it once more.
            flag("enabled").both().until(3).own().at("status").codec(Codec::Switch("enabled", "disabled")),
            text("key_vault_key_id").required().at("keyVaultProperties.keyIdentifier").check(Check::KeyId),
            text("identity_client_id").required().at("keyVaultProperties.identity").uuid(),
        ],
    )
    .both()
    .attr_as_block()
    .at("properties.encryption")
    .with("properties.encryption.status", "enabled");
    let replica = blocks(
        "georeplications",
        vec![
            text("location").required().at("location").codec(Codec::Location),
            flag("zone_redundancy_enabled").default(false).at("properties.zoneRedundancy").switch(),
            flag("regional_endpoint_enabled").until(4).at("properties.regionEndpointEnabled").neutral(false),
            flag("global_endpoint_routing_enabled")
                .required()
                .since(5)
                .at("properties.regionEndpointEnabled"),
            tags(),
        ],
    );
    let mut rows = place(text("name").matches(r"^[a-zA-Z0-9]{5,50}$", "5 to 50 letters and digits"));
    rows.extend([
        text("sku").required().at("sku.name").one_of(&["Basic", "Standard", "Premium"]),
        flag("admin_enabled").default(false).at("properties.adminUserEnabled"),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        text("network_rule_bypass_option")
            .default("AzureServices")
            .at("properties.networkRuleBypassOptions")
            .one_of(&["AzureServices", "None"]),
        rules,
        policy("quarantine_policy_enabled", "properties.policies.quarantinePolicy.status")
            .neutral("disabled"),
        policy("trust_policy_enabled", "properties.policies.trustPolicy.status")
            .default(false)
            .since(4)
            .until(4),
        // 3.x had blocks for both.
        block("trust_policy", vec![policy("enabled", "status").default(false)])
            .both()
            .attr_as_block()
            .until(3)
            .at("properties.policies.trustPolicy"),
        block(
            "retention_policy",
            vec![policy("enabled", "status").default(false), number("days").default(7).at("days")],
        )
        .both()
        .attr_as_block()
        .until(3)
        .at("properties.policies.retentionPolicy"),
        number("retention_policy_in_days")
            .since(4)
            .spread(
                &["properties.policies.retentionPolicy.status", "properties.policies.retentionPolicy.days"],
                put_retention,
                take_retention,
            )
            .neutral("disabled")
            .range(0, 365),
        policy("export_policy_enabled", "properties.policies.exportPolicy.status").default(true),
        policy(
            "azuread_authentication_as_arm_policy_enabled",
            "properties.policies.azureADAuthenticationAsArmPolicy.status",
        )
        .default(true),
        encryption,
        flag("zone_redundancy_enabled").default(false).new().at("properties.zoneRedundancy").switch(),
        flag("anonymous_pull_enabled").at("properties.anonymousPullEnabled").neutral(false),
        flag("data_endpoint_enabled").at("properties.dataEndpointEnabled").neutral(false),
        text("role_assignment_mode")
            .default("LegacyRegistryPermissions")
            .at("properties.roleAssignmentMode")
            .one_of(&["AbacRepositoryPermissions", "LegacyRegistryPermissions"]),
        flag("network_rule_bypass_for_tasks_enabled")
            .default(false)
            .at("properties.networkRuleBypassAllowedForTasks"),
        replica,
        identity(ANY_IDENTITY, false),
        tags(),
        text("login_server").computed().at("properties.loginServer").will_be("{name}.{@registry}"),
        text_set("data_endpoint_host_names").computed().at("properties.dataEndpointHostNames"),
        text("admin_username").computed(),
        text("admin_password").demand("listCredentials", |answer, _| {
            let first = answer.get("passwords").and_then(Value::as_sequence).and_then(<[Value]>::first);
            first.and_then(|p| p.get("value")).cloned().unwrap_or_else(|| Value::null(Type::String))
        }),
    ]);
    Table::new(
        "azurerm_container_registry",
        [30, 5, 30, 30],
        vec![
            doc(KIND, VERSION, Place::Group(&["name"])),
            doc(
                "Microsoft.ContainerRegistry/registries/replications",
                VERSION,
                Place::ChildNamed("replications", "", "location"),
            )
            .key("georeplications")
            .each("georeplications", "location")
            .anew_by("zone_redundancy_enabled"),
        ],
        rows,
    )
    .hooks(Hooks { check: Some(check_sku), attributes: Some(administrator), ..Hooks::default() })
});

/// What only a premium registry can do.
fn check_sku(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let Some(sku) = known(config, "sku") else { return Vec::new() };
    let mut problems = Vec::new();
    let filled =
        |name: &str| config.get(name).and_then(Value::as_sequence).is_some_and(|all| !all.is_empty());
    let mut only = |name: &str, wrong: bool, what: &str| {
        if wrong {
            let detail = format!("{what} needs `sku = \"Premium\"`, it is `{sku}`.");
            problems.push(error(argument(name), "Invalid combination of arguments", detail));
        }
    };
    if sku != "Premium" {
        only("georeplications", filled("georeplications"), "A replica in another region");
        only("network_rule_set", filled("network_rule_set"), "A firewall");
        only("encryption", filled("encryption"), "A key of one's own");
        let off = known_flag(config, "public_network_access_enabled") == Some(false);
        only("public_network_access_enabled", off, "A registry without public access");
        let kept = known_flag(config, "export_policy_enabled") == Some(false);
        only("export_policy_enabled", kept, "Forbidding exports");
        let zones = known_flag(config, "zone_redundancy_enabled") == Some(true);
        only("zone_redundancy_enabled", zones, "Zone redundancy");
    }
    if sku == "Basic" && known_flag(config, "anonymous_pull_enabled") == Some(true) {
        let detail = "Anonymous pull needs `sku` to be `Standard` or `Premium`.";
        problems.push(error(argument("anonymous_pull_enabled"), "Invalid combination of arguments", detail));
    }
    if known_flag(config, "export_policy_enabled") == Some(false)
        && config
            .get("public_network_access_enabled")
            .is_none_or(|v| v.is_null() || v.as_bool() == Some(true))
    {
        let detail = "Exports can only be forbidden where `public_network_access_enabled = false`.";
        problems.push(error(argument("export_policy_enabled"), "Invalid combination of arguments", detail));
    }
    problems
}

/// The administrator is called as the registry is.
pub(super) fn administrator(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let name = match (all.get("admin_enabled").and_then(Value::as_bool), shown.id) {
        (Some(true), Some(id)) => id.name().into(),
        (None, _) | (Some(true), None) => Value::unknown(Type::String),
        (Some(false), _) => "".into(),
    };
    all.insert("admin_username".into(), name);
    Ok(())
}
