//! azurerm: types as tables over ARM documents. One file a service; see `table` for what a row says.

// Hooks share one signature whether or not they add claims; `new` is azurerm's ForceNew.
#![allow(clippy::ptr_arg, clippy::wrong_self_convention)]

use std::sync::LazyLock;

use super::lens::{DataSource, Lens};

mod check;
mod codec;
mod describe;
mod legacy_machine;
mod lens;
mod read;
mod schema;
mod table;
mod write;

mod access;
mod action_group;
mod ai_foundry;
mod alerts;
mod association;
mod base;
mod bastion;
mod beside;
mod cognitive;
mod cosmos;
mod data;
mod data_monitor;
mod data_network;
mod data_vault;
mod datastore;
mod disk_encryption;
mod federated;
mod inference_cluster;
mod interface;
mod key_vault;
mod kubernetes;
mod kubernetes_config;
mod kubernetes_maintenance;
mod kubernetes_network;
mod kusto;
mod machine_learning;
mod monitor;
mod monitor_link;
mod nat;
mod network;
mod node_pool;
mod outbound_rule;
mod peering;
mod policy;
mod private_link;
mod public_ip;
mod registry;
mod roles;
mod routing;
mod search;
mod security;
mod shutdown_schedule;
mod storage;
mod storage_endpoints;
mod storage_items;
mod storage_lifecycle;
mod storage_outside;
mod vault_items;
mod virtual_machine;
mod virtual_machine_addresses;

use table::Table;

/// Every type that is built in, by name.
static TYPES: &[(&str, &LazyLock<Table>)] = &[
    ("azurerm_ai_foundry", &ai_foundry::AI_FOUNDRY),
    ("azurerm_ai_foundry_project", &ai_foundry::AI_FOUNDRY_PROJECT),
    ("azurerm_ai_services", &cognitive::AI_SERVICES),
    ("azurerm_application_insights", &monitor::APPLICATION_INSIGHTS),
    ("azurerm_bastion_host", &bastion::BASTION_HOST),
    ("azurerm_cognitive_account", &cognitive::COGNITIVE_ACCOUNT),
    ("azurerm_cognitive_deployment", &cognitive::COGNITIVE_DEPLOYMENT),
    ("azurerm_container_registry", &registry::CONTAINER_REGISTRY),
    ("azurerm_cosmosdb_account", &cosmos::COSMOSDB_ACCOUNT),
    (
        "azurerm_dev_test_global_vm_shutdown_schedule",
        &shutdown_schedule::DEV_TEST_GLOBAL_VM_SHUTDOWN_SCHEDULE,
    ),
    ("azurerm_disk_encryption_set", &disk_encryption::DISK_ENCRYPTION_SET),
    ("azurerm_federated_identity_credential", &federated::FEDERATED_IDENTITY_CREDENTIAL),
    ("azurerm_key_vault", &key_vault::KEY_VAULT),
    ("azurerm_key_vault_access_policy", &vault_items::KEY_VAULT_ACCESS_POLICY),
    ("azurerm_key_vault_key", &key_vault::KEY_VAULT_KEY),
    ("azurerm_key_vault_secret", &vault_items::KEY_VAULT_SECRET),
    ("azurerm_kubernetes_cluster", &kubernetes::KUBERNETES_CLUSTER),
    ("azurerm_kubernetes_cluster_node_pool", &node_pool::KUBERNETES_CLUSTER_NODE_POOL),
    ("azurerm_kusto_cluster", &kusto::KUSTO_CLUSTER),
    ("azurerm_kusto_database", &kusto::KUSTO_DATABASE),
    ("azurerm_linux_virtual_machine", &virtual_machine::LINUX_VIRTUAL_MACHINE),
    ("azurerm_log_analytics_solution", &monitor_link::LOG_ANALYTICS_SOLUTION),
    ("azurerm_log_analytics_workspace", &monitor::LOG_ANALYTICS_WORKSPACE),
    ("azurerm_machine_learning_compute_cluster", &machine_learning::MACHINE_LEARNING_COMPUTE_CLUSTER),
    ("azurerm_machine_learning_compute_instance", &machine_learning::MACHINE_LEARNING_COMPUTE_INSTANCE),
    ("azurerm_machine_learning_datastore_blobstorage", &datastore::MACHINE_LEARNING_DATASTORE_BLOBSTORAGE),
    ("azurerm_machine_learning_inference_cluster", &inference_cluster::MACHINE_LEARNING_INFERENCE_CLUSTER),
    ("azurerm_machine_learning_workspace", &machine_learning::MACHINE_LEARNING_WORKSPACE),
    ("azurerm_machine_learning_workspace_network_outbound_rule_fqdn", &outbound_rule::OUTBOUND_RULE_FQDN),
    (
        "azurerm_machine_learning_workspace_network_outbound_rule_private_endpoint",
        &outbound_rule::OUTBOUND_RULE_PRIVATE_ENDPOINT,
    ),
    (
        "azurerm_machine_learning_workspace_network_outbound_rule_service_tag",
        &outbound_rule::OUTBOUND_RULE_SERVICE_TAG,
    ),
    ("azurerm_management_lock", &base::MANAGEMENT_LOCK),
    ("azurerm_monitor_action_group", &action_group::MONITOR_ACTION_GROUP),
    ("azurerm_monitor_activity_log_alert", &alerts::MONITOR_ACTIVITY_LOG_ALERT),
    ("azurerm_monitor_diagnostic_setting", &monitor::MONITOR_DIAGNOSTIC_SETTING),
    ("azurerm_monitor_metric_alert", &alerts::MONITOR_METRIC_ALERT),
    ("azurerm_monitor_private_link_scope", &monitor_link::MONITOR_PRIVATE_LINK_SCOPE),
    ("azurerm_monitor_private_link_scoped_service", &monitor_link::MONITOR_PRIVATE_LINK_SCOPED_SERVICE),
    ("azurerm_nat_gateway", &nat::NAT_GATEWAY),
    ("azurerm_nat_gateway_public_ip_association", &nat::NAT_GATEWAY_PUBLIC_IP_ASSOCIATION),
    ("azurerm_network_interface", &interface::NETWORK_INTERFACE),
    (
        "azurerm_network_interface_security_group_association",
        &association::NETWORK_INTERFACE_SECURITY_GROUP_ASSOCIATION,
    ),
    ("azurerm_network_security_group", &security::NETWORK_SECURITY_GROUP),
    ("azurerm_network_security_rule", &security::NETWORK_SECURITY_RULE),
    ("azurerm_policy_definition", &policy::POLICY_DEFINITION),
    ("azurerm_private_dns_a_record", &private_link::PRIVATE_DNS_A_RECORD),
    ("azurerm_private_dns_zone", &private_link::PRIVATE_DNS_ZONE),
    ("azurerm_private_dns_zone_virtual_network_link", &private_link::PRIVATE_DNS_ZONE_VIRTUAL_NETWORK_LINK),
    ("azurerm_private_endpoint", &private_link::PRIVATE_ENDPOINT),
    ("azurerm_public_ip", &public_ip::PUBLIC_IP),
    ("azurerm_resource_group", &base::RESOURCE_GROUP),
    ("azurerm_resource_group_policy_assignment", &policy::RESOURCE_GROUP_POLICY_ASSIGNMENT),
    ("azurerm_resource_policy_assignment", &policy::RESOURCE_POLICY_ASSIGNMENT),
    ("azurerm_resource_provider_registration", &base::RESOURCE_PROVIDER_REGISTRATION),
    ("azurerm_role_assignment", &access::ROLE_ASSIGNMENT),
    ("azurerm_role_definition", &roles::ROLE_DEFINITION),
    ("azurerm_route", &routing::ROUTE),
    ("azurerm_route_table", &routing::ROUTE_TABLE),
    ("azurerm_search_service", &search::SEARCH_SERVICE),
    ("azurerm_security_center_subscription_pricing", &policy::SECURITY_CENTER_SUBSCRIPTION_PRICING),
    ("azurerm_storage_account", &storage::STORAGE_ACCOUNT),
    ("azurerm_storage_account_customer_managed_key", &storage_outside::STORAGE_ACCOUNT_CUSTOMER_MANAGED_KEY),
    ("azurerm_storage_account_network_rules", &storage_outside::STORAGE_ACCOUNT_NETWORK_RULES),
    ("azurerm_storage_container", &storage::STORAGE_CONTAINER),
    ("azurerm_storage_data_lake_gen2_filesystem", &storage_items::STORAGE_DATA_LAKE_GEN2_FILESYSTEM),
    ("azurerm_storage_management_policy", &storage_lifecycle::STORAGE_MANAGEMENT_POLICY),
    ("azurerm_storage_share", &storage_items::STORAGE_SHARE),
    ("azurerm_subnet", &network::SUBNET),
    ("azurerm_subnet_nat_gateway_association", &association::SUBNET_NAT_GATEWAY_ASSOCIATION),
    (
        "azurerm_subnet_network_security_group_association",
        &association::SUBNET_NETWORK_SECURITY_GROUP_ASSOCIATION,
    ),
    ("azurerm_subnet_route_table_association", &association::SUBNET_ROUTE_TABLE_ASSOCIATION),
    ("azurerm_subscription_policy_assignment", &policy::SUBSCRIPTION_POLICY_ASSIGNMENT),
    ("azurerm_user_assigned_identity", &base::USER_ASSIGNED_IDENTITY),
    ("azurerm_virtual_machine", &legacy_machine::VIRTUAL_MACHINE),
    ("azurerm_virtual_machine_extension", &virtual_machine::VIRTUAL_MACHINE_EXTENSION),
    ("azurerm_virtual_network", &network::VIRTUAL_NETWORK),
    ("azurerm_virtual_network_peering", &peering::VIRTUAL_NETWORK_PEERING),
    ("azurerm_windows_virtual_machine", &virtual_machine::WINDOWS_VIRTUAL_MACHINE),
];

/// The managed resource type of this name.
pub fn resource(name: &str) -> Option<&'static dyn Lens> {
    #[cfg(test)]
    if let Some(changed) = tests::mutants::changed(name) {
        return Some(changed);
    }
    TYPES.iter().find(|(n, _)| *n == name).map(|(_, table)| -> &'static dyn Lens { &***table })
}

/// The names of the managed resource types.
pub fn resources() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

/// The data source of this name.
pub fn data_source(name: &str) -> Option<&'static dyn DataSource> {
    let found = sources().find(|s| s.name() == name)?;
    Some(found)
}

/// Every data source that is built in.
fn sources() -> impl Iterator<Item = &'static data::Source> {
    data::TYPES.iter().chain(data_vault::TYPES).copied()
}

/// The names of the data sources.
pub fn data_sources() -> impl Iterator<Item = &'static str> {
    sources().map(|s| s.name())
}

#[cfg(test)]
pub(super) mod tests;
