//! What `provider` blocks may hold: credentials, `features`, defaults; and reading the `features` of a decoded block.

use std::sync::{Arc, LazyLock};

use super::lens::{Problem, ProviderConfig, ProviderKind};
use super::value::{argument, flag, warning};
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting, ResourceSchema};
use crate::lang::{ObjectType, Type, Value};

/// Arguments that azurerm and azapi share: text, secrets, switches.
const SHARED_TEXT: &[&str] = &[
    "subscription_id",
    "tenant_id",
    "client_id",
    "client_id_file_path",
    "client_certificate_path",
    "client_secret_file_path",
    "oidc_request_url",
    "oidc_token_file_path",
    "environment",
    "partner_id",
];
const SHARED_SECRETS: &[&str] = &[
    "client_certificate",
    "client_certificate_password",
    "client_secret",
    "oidc_request_token",
    "oidc_token",
];
const SHARED_SWITCHES: &[&str] = &[
    "use_oidc",
    "use_msi",
    "use_cli",
    "use_aks_workload_identity",
    "disable_terraform_partner_id",
    "disable_correlation_request_id",
    "skip_provider_registration",
];

const AZURERM_TEXT: &[&str] = &[
    "metadata_host",
    "msi_endpoint",
    "msi_api_version",
    "ado_pipeline_service_connection_id",
    "resource_provider_registrations",
];
const AZAPI_TEXT: &[&str] = &[
    "oidc_azure_service_connection_id",
    "custom_correlation_request_id",
    "default_location",
    "default_name",
];
/// Arguments that went with azapi 2.0; the last releases of 1.x ignore them.
const AZAPI_GONE: &[&str] = &["default_naming_prefix", "default_naming_suffix"];
/// Arguments of azapi that are taken and change nothing here: flag, the value that asks for something else, why.
const AZAPI_IDLE: &[(&str, bool, &str)] = &[
    (
        "enable_preflight",
        true,
        "ARM's preflight is not called: what a plan can know it says in its findings, the rest ARM judges when it is applied.",
    ),
    (
        "ignore_no_op_changes",
        false,
        "A change that leaves the document as it is, such as another api version alone, is never a change here.",
    ),
    ("always_acquire_policy_token", true, "Policy tokens are not acquired."),
];
const AZAPI_SWITCHES: &[&str] = &[
    "disable_instance_discovery",
    "enable_preflight",
    "disable_default_output",
    "ignore_no_op_changes",
    "preserve_resource_id_casing",
    "always_acquire_policy_token",
];
/// Switches that went with azapi 2.0.
const AZAPI_GONE_SWITCHES: &[&str] = &["enable_hcl_output_for_data_source"];

/// A flag of `features`: block, flag, value when the block is not written, value when it is written without the flag.
type Feature = (&'static str, &'static str, bool, bool);

/// The flags of `features {}` (facts/azurerm/provider-and-azapi.md §2).
const FEATURES: &[Feature] = &[
    ("api_management", "purge_soft_delete_on_destroy", true, true),
    ("api_management", "recover_soft_deleted", true, true),
    ("app_configuration", "purge_soft_delete_on_destroy", true, true),
    ("app_configuration", "recover_soft_deleted", true, true),
    ("application_insights", "disable_generated_rule", false, false),
    ("cognitive_account", "purge_soft_delete_on_destroy", true, true),
    ("databricks_workspace", "force_delete", false, false),
    ("enhanced_validation", "locations", true, true),
    ("enhanced_validation", "preflight_enabled", false, false),
    ("enhanced_validation", "resource_providers", true, true),
    ("key_vault", "purge_soft_delete_on_destroy", true, true),
    ("key_vault", "purge_soft_deleted_certificates_on_destroy", true, true),
    ("key_vault", "purge_soft_deleted_hardware_security_module_keys_on_destroy", true, true),
    ("key_vault", "purge_soft_deleted_hardware_security_modules_on_destroy", true, true),
    ("key_vault", "purge_soft_deleted_keys_on_destroy", true, true),
    ("key_vault", "purge_soft_deleted_secrets_on_destroy", true, true),
    ("key_vault", "recover_soft_deleted_certificates", true, true),
    ("key_vault", "recover_soft_deleted_hardware_security_module_keys", true, true),
    ("key_vault", "recover_soft_deleted_key_vaults", true, true),
    ("key_vault", "recover_soft_deleted_keys", true, true),
    ("key_vault", "recover_soft_deleted_secrets", true, true),
    ("log_analytics_workspace", "permanently_delete_on_destroy", false, false),
    ("machine_learning", "purge_soft_deleted_workspace_on_destroy", false, false),
    ("managed_disk", "expand_without_downtime", true, true),
    ("netapp", "delete_backups_on_backup_vault_destroy", false, false),
    ("netapp", "prevent_volume_destruction", true, true),
    ("postgresql_flexible_server", "restart_server_on_configuration_value_change", true, true),
    ("recovery_service", "purge_protected_items_from_vault_on_destroy", false, false),
    ("recovery_service", "vm_backup_stop_protection_and_retain_data_on_destroy", false, false),
    ("recovery_service", "vm_backup_suspend_protection_and_retain_data_on_destroy", false, false),
    ("recovery_services_vaults", "recover_soft_deleted_backup_protected_vm", true, false),
    ("resource_group", "prevent_deletion_if_contains_resources", true, true),
    ("servicebus", "auto_delete_subscription_default_rule", false, false),
    ("storage", "data_plane_available", true, true),
    ("subscription", "prevent_cancellation_on_destroy", false, false),
    ("template_deployment", "delete_nested_items_during_deletion", true, true),
    ("virtual_machine", "delete_os_disk_on_deletion", true, false),
    ("virtual_machine", "detach_implicit_data_disk_on_deletion", false, false),
    ("virtual_machine", "graceful_shutdown", false, false),
    ("virtual_machine", "skip_shutdown_and_force_delete", false, false),
    ("virtual_machine_scale_set", "force_delete", false, false),
    ("virtual_machine_scale_set", "reimage_on_manual_upgrade", true, true),
    ("virtual_machine_scale_set", "roll_instances_when_required", true, true),
    ("virtual_machine_scale_set", "scale_to_zero_before_deletion", true, false),
];

/// Flags that stand in `features` itself.
const FEATURE_FLAGS: &[&str] = &[
    "persist_id_on_create_before_polling_for_completion",
    "skip_import_check_on_create_and_allow_overwriting_existing_resources",
];

fn optional(names: &[&str], ty: &Type, sensitive: bool) -> impl Iterator<Item = AttrSpec> {
    names.iter().map(move |n| AttrSpec { sensitive, ..AttrSpec::optional(*n, ty.clone()) })
}

fn shared() -> Vec<AttrSpec> {
    let mut all: Vec<AttrSpec> = optional(SHARED_TEXT, &Type::String, false).collect();
    all.extend(optional(SHARED_SECRETS, &Type::String, true));
    all.extend(optional(SHARED_SWITCHES, &Type::Bool, false));
    all.push(AttrSpec::optional("auxiliary_tenant_ids", Type::list(Type::String)));
    all
}

static AZURERM: LazyLock<Arc<ResourceSchema>> = LazyLock::new(|| {
    let mut attributes = shared();
    attributes.extend(optional(AZURERM_TEXT, &Type::String, false));
    attributes.push(AttrSpec::optional("storage_use_azuread", Type::Bool));
    attributes.push(AttrSpec::optional("resource_providers_to_register", Type::list(Type::String)));
    let mut features = BlockSpec::default();
    features.attributes.extend(optional(FEATURE_FLAGS, &Type::Bool, false));
    for (block, flag, ..) in FEATURES {
        if features.block(block).is_none() {
            let nested = NestedSpec::new(*block, Nesting::List, BlockSpec::default());
            features.blocks.push(NestedSpec { max: 1, ..nested });
        }
        let nested = features.blocks.iter_mut().find(|b| b.name == *block);
        nested.expect("made above").block.attributes.push(AttrSpec::optional(*flag, Type::Bool));
    }
    if let Some(nested) = features.blocks.iter_mut().find(|b| b.name == "enhanced_validation") {
        nested.block.attributes.push(AttrSpec::optional("preflight_location_fallback", Type::String));
    }
    let validation = BlockSpec {
        attributes: optional(&["locations", "resource_providers"], &Type::Bool, false).collect(),
        ..BlockSpec::default()
    };
    Arc::new(BlockSpec {
        attributes,
        blocks: vec![
            NestedSpec { min: 1, max: 1, ..NestedSpec::new("features", Nesting::List, features) },
            NestedSpec { max: 1, ..NestedSpec::new("enhanced_validation", Nesting::List, validation) },
        ],
        ..BlockSpec::default()
    })
});

static AZAPI: LazyLock<Arc<ResourceSchema>> = LazyLock::new(|| {
    let mut attributes = shared();
    attributes.extend(optional(AZAPI_TEXT, &Type::String, false));
    attributes.extend(optional(AZAPI_SWITCHES, &Type::Bool, false));
    attributes.push(AttrSpec::optional("default_tags", Type::map(Type::String)));
    attributes.push(AttrSpec::optional("maximum_busy_retry_attempts", Type::Number));
    let names = ["active_directory_authority_host", "resource_manager_endpoint", "resource_manager_audience"];
    let endpoint = ObjectType {
        attributes: names.iter().map(|n| ((*n).into(), Type::String)).collect(),
        optional: names.iter().map(|n| (*n).into()).collect(),
    };
    attributes.push(AttrSpec::optional("endpoint", Type::list(Type::Object(Arc::new(endpoint)))));
    Arc::new(BlockSpec { attributes, ..BlockSpec::default() })
});

/// azapi 1.x.
static AZAPI_OLD: LazyLock<Arc<ResourceSchema>> = LazyLock::new(|| {
    let mut all = (**AZAPI).clone();
    let why = "Since azapi 1.13 it does nothing: write prefix and suffix in the names.";
    let gone = optional(AZAPI_GONE, &Type::String, false);
    all.attributes.extend(gone.map(|a| AttrSpec { deprecated: Some(why.into()), ..a }));
    all.attributes.extend(optional(AZAPI_GONE_SWITCHES, &Type::Bool, false));
    Arc::new(all)
});

/// What is to be said about a decoded `provider` block.
pub fn provider_problems(kind: ProviderKind, config: &Value) -> Vec<Problem> {
    if kind != ProviderKind::Azapi {
        return Vec::new();
    }
    let asked = AZAPI_IDLE.iter().filter(|(name, value, _)| flag(config, name) == Some(*value));
    asked
        .map(|(name, value, why)| warning(argument(name), format!("{name} = {value} has no effect"), *why))
        .collect()
}

/// What a `provider` block of this kind may hold.
pub fn provider_schema(kind: ProviderKind, major: u32) -> Arc<ResourceSchema> {
    static EMPTY: LazyLock<Arc<ResourceSchema>> = LazyLock::new(Arc::default);
    match kind {
        ProviderKind::Azurerm => AZURERM.clone(),
        ProviderKind::Azapi if major < 2 => AZAPI_OLD.clone(),
        ProviderKind::Azapi => AZAPI.clone(),
        _ => EMPTY.clone(),
    }
}

impl ProviderConfig {
    /// Whether a flag of `features` is on: as written, or its default (which for three flags depends on whether
    /// the block around it is written).
    pub fn feature(&self, block: &str, flag: &str) -> bool {
        let row = FEATURES.iter().find(|(b, f, ..)| *b == block && *f == flag);
        let (absent, empty) = row.map_or((false, false), |(.., absent, empty)| (*absent, *empty));
        let first = |v: Option<&crate::lang::Value>| v?.as_sequence()?.first().cloned();
        let Some(features) = first(self.config.get("features")) else { return absent };
        let Some(written) = first(features.get(block)) else { return absent };
        written.get(flag).and_then(crate::lang::Value::as_bool).unwrap_or(empty)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lens::Suffixes;
    use super::*;

    fn provider(config: Value) -> ProviderConfig {
        ProviderConfig {
            kind: ProviderKind::Azurerm,
            major: 4,
            subscription_id: None,
            tenant_id: None,
            client_id: None,
            object_id: None,
            suffixes: Suffixes {
                storage: "s".into(),
                key_vault: "k".into(),
                container_registry: "c".into(),
                cosmos_db: "d".into(),
            },
            config,
        }
    }

    #[test]
    fn flags_of_features_have_their_defaults() {
        let none = provider(Value::null(Type::Dynamic));
        assert!(none.feature("key_vault", "purge_soft_delete_on_destroy"));
        assert!(!none.feature("machine_learning", "purge_soft_deleted_workspace_on_destroy"));
        assert!(none.feature("virtual_machine", "delete_os_disk_on_deletion"));
        let block = |flags: Vec<(&str, Value)>| Value::tuple(vec![Value::object(flags)]);
        let empty = block(vec![("virtual_machine", block(vec![])), ("key_vault", block(vec![]))]);
        let empty = provider(Value::object([("features", empty)]));
        assert!(!empty.feature("virtual_machine", "delete_os_disk_on_deletion"));
        assert!(empty.feature("key_vault", "purge_soft_delete_on_destroy"));
        let off = block(vec![("key_vault", block(vec![("purge_soft_delete_on_destroy", false.into())]))]);
        assert!(
            !provider(Value::object([("features", off)]))
                .feature("key_vault", "purge_soft_delete_on_destroy")
        );
    }

    #[test]
    fn credentials_are_arguments_of_both_providers() {
        for kind in [ProviderKind::Azurerm, ProviderKind::Azapi] {
            let schema = provider_schema(kind, 4);
            assert!(schema.attribute("client_secret").is_some_and(|a| a.sensitive));
            assert!(schema.attribute("use_cli").is_some_and(|a| a.ty == Type::Bool));
        }
        assert!(provider_schema(ProviderKind::Time, 0).attributes.is_empty());
    }

    #[test]
    fn what_azapi_dropped_is_there_in_its_first_version_and_what_is_idle_is_said() {
        let has = |major, name: &str| provider_schema(ProviderKind::Azapi, major).attribute(name).is_some();
        for name in AZAPI_GONE.iter().chain(AZAPI_GONE_SWITCHES) {
            assert!(has(1, name) && !has(2, name), "{name}");
        }
        let config =
            Value::object([("enable_preflight", true.into()), ("ignore_no_op_changes", true.into())]);
        let said = provider_problems(ProviderKind::Azapi, &config);
        assert_eq!(said.iter().map(|p| &p.path).collect::<Vec<_>>(), [&argument("enable_preflight")]);
        assert_eq!(provider_problems(ProviderKind::Azurerm, &config), []);
    }
}
