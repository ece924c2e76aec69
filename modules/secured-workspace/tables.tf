# What is connected, granted, logged and locked: one line each.

locals {
  crypto_user = "Key Vault Crypto Service Encryption User"

  workspace_principal = azurerm_user_assigned_identity.workspace.principal_id
  compute_principal   = azurerm_user_assigned_identity.compute.principal_id

  # Before anything is encrypted with the key.
  encryption_roles = merge(
    {
      key-user = { scope = module.key_vault.id, role = local.crypto_user, principal_id = local.workspace_principal, principal_type = "ServicePrincipal" }
    },
    var.cosmos_db_principal_id == null ? {} : {
      cosmos-key-user = { scope = module.key_vault.id, role = local.crypto_user, principal_id = var.cosmos_db_principal_id, principal_type = "ServicePrincipal" }
    },
  )

  # Before the workspace: a workspace with an identity of yours is granted nothing by the service.
  identity_roles = {
    for name, grant in {
      group-administrator = { scope = azurerm_resource_group.this.id, role = "Azure AI Administrator", principal_id = local.workspace_principal }
      network-approver    = { scope = azurerm_resource_group.this.id, role = "Azure AI Enterprise Network Connection Approver", principal_id = local.workspace_principal }
      vault-administrator = { scope = module.key_vault.id, role = "Key Vault Administrator", principal_id = local.workspace_principal }
      storage-blobs       = { scope = module.storage.id, role = "Storage Blob Data Contributor", principal_id = local.workspace_principal }
      storage-files       = { scope = module.storage.id, role = "Storage File Data Privileged Contributor", principal_id = local.workspace_principal }
      registry-pull       = { scope = module.container_registry.id, role = "AcrPull", principal_id = local.workspace_principal }
      registry-push       = { scope = module.container_registry.id, role = "AcrPush", principal_id = local.workspace_principal }
      insights-publisher  = { scope = module.monitoring.application_insights_id, role = "Monitoring Metrics Publisher", principal_id = local.workspace_principal }
      compute-blobs       = { scope = module.storage.id, role = "Storage Blob Data Contributor", principal_id = local.compute_principal }
      compute-files       = { scope = module.storage.id, role = "Storage File Data Privileged Contributor", principal_id = local.compute_principal }
      compute-images      = { scope = module.container_registry.id, role = "AcrPull", principal_id = local.compute_principal }
    } : name => merge(grant, { principal_type = "ServicePrincipal" })
  }

  # After the private endpoints: the studio reads data only if the workspace may read the endpoints themselves.
  studio_roles = merge(
    {
      for group in ["blob", "file"] : "studio-${group}" => {
        scope          = module.private_link.private_endpoint_ids["${var.name}-${group}"]
        role           = "Reader"
        principal_id   = local.workspace_principal
        principal_type = "ServicePrincipal"
      }
    },
    {
      for name, group in var.data_scientists : "data-scientists-${name}" => {
        scope          = module.workspace.id
        role           = "AzureML Data Scientist"
        principal_id   = group
        principal_type = "Group"
      }
    },
  )

  private_targets = merge(
    {
      "${var.name}-vault"     = { resource_id = module.key_vault.id, group = "vault" }
      "${var.name}-registry"  = { resource_id = module.container_registry.id, group = "registry" }
      "${var.name}-workspace" = { resource_id = module.workspace.id, group = "amlworkspace" }
    },
    { for group in ["blob", "file", "queue", "table"] : "${var.name}-${group}" => { resource_id = module.storage.id, group = group } },
    { for account in module.cosmos : "${var.name}-cosmos" => { resource_id = account.id, group = "Sql" } },
  )

  diagnostic_targets = merge(
    {
      vault     = { resource_id = module.key_vault.id }
      registry  = { resource_id = module.container_registry.id }
      workspace = { resource_id = module.workspace.id }
      network   = { resource_id = module.network.virtual_network_id }
      logs      = { resource_id = module.monitoring.log_analytics_workspace_id }
      storage   = { resource_id = module.storage.id, log_groups = [], metric_names = ["Transaction"] }
    },
    { for service, id in module.storage.service_ids : service => { resource_id = id, metric_names = ["Transaction"] } },
    { for account in module.cosmos : "cosmos" => { resource_id = account.id, metric_names = ["Requests"] } },
    { for subnet, id in module.network.network_security_group_ids : "rules-${subnet}" => { resource_id = id, metric_names = [] } },
  )

  locked = merge(
    {
      vault     = module.key_vault.id
      storage   = module.storage.id
      registry  = module.container_registry.id
      workspace = module.workspace.id
      logs      = module.monitoring.log_analytics_workspace_id
    },
    { for account in module.cosmos : "cosmos" => account.id },
  )
}
