# A workspace with nothing open to the public, and everything that it needs for that. Modules are in the order in which
# their resources can begin; the parts refer to each other, and only the two orders that no reference says are written
# as depends_on: roles before the workspace, locks after everything.

data "azurerm_client_config" "current" {}

locals {
  # Global names end in six characters that follow from subscription, region and name: the same configuration finds its
  # vault again after a destroy, and its resources again without any record of them.
  suffix = substr(sha256(join("/", [data.azurerm_client_config.current.subscription_id, lower(replace(var.location, " ", "")), var.name])), 0, 6)
  plain  = replace(var.name, "-", "")
}

resource "azurerm_resource_group" "this" {
  name     = "rg-${var.name}"
  location = var.location
  tags     = var.tags
}

resource "azurerm_user_assigned_identity" "workspace" {
  name                = "id-${var.name}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = var.tags
}

resource "azurerm_user_assigned_identity" "compute" {
  name                = "id-${var.name}-compute"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = var.tags
}

module "network" {
  source = "../network"

  name                 = var.name
  resource_group_name  = azurerm_resource_group.this.name
  location             = azurerm_resource_group.this.location
  address_space        = [var.address_space]
  dns_servers          = var.dns_servers
  high_business_impact = var.high_business_impact
  tags                 = var.tags

  subnets = {
    endpoints = { purpose = "endpoints", address_prefixes = [cidrsubnet(var.address_space, 2, 0)] }
    training  = { purpose = "training", address_prefixes = [cidrsubnet(var.address_space, 2, 1)] }
    clients   = { purpose = "clients", address_prefixes = [cidrsubnet(var.address_space, 2, 2)] }
  }
}

module "monitoring" {
  source = "../monitoring"

  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  retention_in_days   = var.log_retention_days
  tags                = var.tags
}

module "key_vault" {
  source = "../key-vault"

  name                       = "kv-${var.name}-${local.suffix}"
  resource_group_name        = azurerm_resource_group.this.name
  location                   = azurerm_resource_group.this.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  soft_delete_retention_days = var.soft_delete_retention_days
  tags                       = var.tags
}

module "encryption_access" {
  source = "../access"

  assignments = local.encryption_roles
}

module "storage" {
  source     = "../storage"
  depends_on = [module.encryption_access]

  name                = "st${local.plain}${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  replication_type    = var.zone_redundancy_enabled ? "ZRS" : "LRS"
  containers          = var.storage_containers
  tags                = var.tags

  customer_managed_key = {
    key_id      = module.key_vault.versionless_key_id
    identity_id = azurerm_user_assigned_identity.workspace.id
  }
}

module "container_registry" {
  source = "../container-registry"

  name                    = "cr${local.plain}${local.suffix}"
  resource_group_name     = azurerm_resource_group.this.name
  location                = azurerm_resource_group.this.location
  zone_redundancy_enabled = var.zone_redundancy_enabled
  tags                    = var.tags
}

module "cosmos" {
  source     = "../cosmos"
  count      = var.cosmos_db_enabled ? 1 : 0
  depends_on = [module.encryption_access]

  name                = "cosmos-${var.name}-${local.suffix}"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = var.tags

  customer_managed_key = {
    key_id      = module.key_vault.versionless_key_id
    identity_id = azurerm_user_assigned_identity.workspace.id
  }
}

module "identity_access" {
  source = "../access"

  assignments = local.identity_roles
}

module "workspace" {
  source     = "../workspace"
  depends_on = [module.encryption_access, module.identity_access]

  name                            = "mlw-${var.name}"
  resource_group_name             = azurerm_resource_group.this.name
  location                        = azurerm_resource_group.this.location
  identity_id                     = azurerm_user_assigned_identity.workspace.id
  key_vault_id                    = module.key_vault.id
  key_id                          = module.key_vault.key_id
  storage_account_id              = module.storage.id
  container_registry_id           = module.container_registry.id
  application_insights_id         = module.monitoring.application_insights_id
  high_business_impact            = var.high_business_impact
  service_side_encryption_enabled = var.service_side_encryption_enabled
  isolation_mode                  = var.isolation_mode
  compute_clusters                = var.compute_clusters
  compute_identity_id             = azurerm_user_assigned_identity.compute.id
  image_build_cluster             = var.image_build_cluster
  tags                            = var.tags
}

module "private_link" {
  source = "../private-link"

  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  subnet_id                     = module.network.subnet_ids["endpoints"]
  virtual_network_ids           = merge({ (var.name) = module.network.virtual_network_id }, var.peered_virtual_network_ids)
  environment                   = var.environment
  existing_private_dns_zone_ids = var.existing_private_dns_zone_ids
  targets                       = local.private_targets
  tags                          = var.tags
}

module "studio_access" {
  source = "../access"

  assignments = local.studio_roles
}

module "diagnostics" {
  source = "../diagnostics"

  log_analytics_workspace_id = module.monitoring.log_analytics_workspace_id
  targets                    = local.diagnostic_targets
}

module "locks" {
  source = "../access"
  depends_on = [
    module.network,
    module.storage,
    module.workspace,
    module.private_link,
    module.encryption_access,
    module.identity_access,
    module.studio_access,
    module.diagnostics,
  ]

  locks = var.lock_level == "None" ? {} : {
    for name, id in local.locked : "lock-${name}" => {
      scope = id
      level = var.lock_level
      notes = "Holds data of ${var.name}: remove this lock before you delete it."
    }
  }
}
