//! What azurerm takes and a service refuses: legal by the tables of arguments, and no law is broken when the cloud says no.
//! Any other refusal of a configuration that was planned is a mistake of the catalog or of the cloud.

/// Beginning of the type, words of the refusal (of a change with `changed PATH`), why it is right.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str)] = &[
    ("azurerm_", "ParentResourceNotFound", "with another group the parent is there only by name"),
    ("azurerm_", "Soft-deleted workspace exists", "NAM-06: a workspace that is made anew needs `purge_soft_deleted_workspace_on_destroy`"),
    ("azurerm_", "InvalidIdentityType", "azurerm takes a user-assigned identity without ids"),
    ("azurerm_ai_foundry", "is not among the identities of the workspace", "the primary identity is one of them"),
    ("azurerm_ai_foundry", "'primaryUserAssignedIdentity' must be specified", "azurerm has it optional"),
    ("azurerm_ai_foundry", "is not in the key vault", "CMK: the key and the vault beside it are chosen apart"),
    ("azurerm_federated_identity_credential", "Issuer and subject combination already exists", "two of them beside each other"),
    ("azurerm_key_vault", "is not the vault's tenant", "KV-02: all policies are in the vault's tenant"),
    ("azurerm_kubernetes_cluster", "natGatewayProfile.managedOutboundIPProfile.count' must be between 1 and 16", "azurerm takes 1 to 100, the service 1 to 16"),
    ("azurerm_kubernetes_cluster", "osDiskSizeGB' must be between 0 and 2048", "azurerm has no upper bound"),
    ("azurerm_kubernetes_cluster", "properties.maintenanceWindow.startTime' is missing", "azurerm has it optional"),
    ("azurerm_kubernetes_cluster", "absoluteMonthly.dayOfMonth' must be between 1 and 31", "azurerm takes 0, too"),
    ("azurerm_kubernetes_cluster_node_pool", "drainTimeoutInMinutes' must be between 1 and 1440", "azurerm takes 0, too"),
    ("azurerm_linux_virtual_machine", "not where the machine is", "its region and its interface are chosen apart"),
    ("azurerm_linux_virtual_machine", "already owned by VM", "the disk is another machine's"),
    ("azurerm_log_analytics_solution", "and its plan must be named as the product", "the name follows from two arguments"),
    ("azurerm_machine_learning_compute", "without public IP needs a subnet or a workspace with a managed network", "azurerm does not look at them together"),
    ("azurerm_machine_learning_compute_instance", "assignedUser.objectId' is missing", "azurerm has both optional"),
    ("azurerm_machine_learning_workspace", "is not in the key vault", "CMK: the key and the vault beside it are chosen apart"),
    ("azurerm_machine_learning_workspace", "is not among the identities of the workspace", "the primary identity is one of them"),
    ("azurerm_machine_learning_workspace", "provisionNetworkNow needs a managed network", "azurerm does not look at them together"),
    ("azurerm_monitor_diagnostic_setting", "is not supported", "each resource has categories of its own"),
    ("azurerm_monitor_diagnostic_setting", "is already used in diagnostic setting", "two settings beside each other have sinks of their own"),
    ("azurerm_network_interface", "PrivateIPAddressNotInSubnet", "the address and its subnet are chosen apart"),
    ("azurerm_network_security_group", "SecurityRuleConflict", "the priorities are chosen apart"),
    ("azurerm_network_security_rule", "SecurityRuleConflict", "the priorities are chosen apart"),
    ("azurerm_policy_definition", "cannot be written", "azurerm takes every type that can be read"),
    ("azurerm_policy_definition", "'then.effect' is missing", "azurerm has the rule optional"),
    ("azurerm_policy_definition", "A condition of the policy rule is no object", "azurerm takes every JSON"),
    ("azurerm_private_endpoint", "GroupId: managedhsm. Allowed: vault", "the group fits another resource"),
    ("azurerm_private_endpoint", "MissingGroupId", "only a private link service has none"),
    ("azurerm_private_endpoint", "PrivateEndpointIpConfigurationMemberInvalid", "the member fits another group"),
    ("azurerm_private_endpoint", "PrivateIPAddressNotInSubnet", "the address and its subnet are chosen apart"),
    ("azurerm_public_ip", "BasicSkuPublicIpCountLimitReached", "basic addresses are retired"),
    ("azurerm_resource_group_policy_assignment", "MissingPolicyParameter", "the definition and its parameters are chosen apart"),
    ("azurerm_resource_policy_assignment", "MissingPolicyParameter", "the definition and its parameters are chosen apart"),
    ("azurerm_role_assignment", "UnmatchedPrincipalType", "ROL-01: the directory says what a principal is"),
    ("azurerm_route", "must not have a next hop IP address", "only an appliance has an address"),
    ("azurerm_route", "needs a next hop IP address", "azurerm has it optional: an appliance has an address"),
    ("azurerm_security_center_subscription_pricing", "A sub-plan needs the pricing tier Standard", "the free tier has none"),
    ("azurerm_storage_account", "Versioning is not supported for the account", "azurerm does not look at them together"),
    ("azurerm_storage_account", "it needs versioning, change feed and blob soft delete", "azurerm does not look at them together"),
    ("azurerm_storage_account_customer_managed_key", "KeyVaultAuthenticationFailure", "CMK-01: the identity has rights in one of two vaults"),
    ("azurerm_storage_management_policy", "has no action", "azurerm has every action optional"),
    ("azurerm_storage_management_policy", "tierToArchive.daysAfterCreationGreaterThan' is missing", "azurerm has every action optional"),
    ("azurerm_subnet", "SharingScopeRequiresNoDefaultOutboundAccess", "azurerm only documents it"),
    ("azurerm_subnet", "NetcfgSubnetRangeOutsideVnet", "the network and the range are chosen apart"),
    ("azurerm_subscription_policy_assignment", "MissingPolicyParameter", "the definition and its parameters are chosen apart"),
    ("azurerm_virtual_machine", "Authentication using either SSH or by user name and password", "azurerm does not look at them together"),
    ("azurerm_virtual_machine", "not where the machine is", "its region and its interface are chosen apart"),
    ("azurerm_virtual_machine", "osProfile.adminPassword' is missing", "azurerm has it optional"),
    ("azurerm_virtual_network_peering", "VnetCannotPeerWithItself", "the two ends are chosen apart"),
    ("azurerm_windows_virtual_machine", "not where the machine is", "its region and its interface are chosen apart"),
    ("azurerm_windows_virtual_machine", "already owned by VM", "the disk is another machine's"),
];

/// Ends of arguments whose values a service decides by others: no random value of one of them is legal.
const DECIDED: &[(&str, &str)] = &[
    // "Azure may add default actions depending on the service delegation name and they can't be changed" (azurerm).
    ("service_delegation.name", "the actions follow from it"),
    ("service_delegation.actions", "they follow from the name"),
];

/// Arguments of blocks that may be off, with the flag that says so: another name of what is off is no change (arm-mapping §7).
pub const IDLE: &[(&str, &str, &str)] =
    &[("azurerm_monitor_diagnostic_setting", "metric.category", "metric.enabled")];

/// Words that a service takes for one another, so that one for the other is no change (server_populated, *normalised*).
pub const ALIKE: &[(&str, &str, &[&str])] =
    &[("azurerm_log_analytics_workspace", "sku", &["PerGB2018", "PerNode", "Premium", "Standard"])];

/// Whether an argument's value follows from others.
pub fn is_decided(path: &str) -> bool {
    DECIDED.iter().any(|(end, _)| path.ends_with(end))
}

/// Whether a refusal is right.
pub fn is_right(kind: &str, said: &str) -> bool {
    ROWS.iter().any(|(of, words, _)| kind.starts_with(of) && said.contains(words))
}
