output "resource_group_name" {
  description = "Resource group that holds everything."
  value       = azurerm_resource_group.this.name
}

output "workspace_id" {
  description = "Id of the workspace."
  value       = module.workspace.id
}

output "workspace_name" {
  description = "Name of the workspace."
  value       = module.workspace.name
}

output "discovery_url" {
  description = "Address at which clients discover the workspace's services."
  value       = module.workspace.discovery_url
}

output "identity_id" {
  description = "Id of the workspace's user-assigned identity."
  value       = azurerm_user_assigned_identity.workspace.id
}

output "key_vault_id" {
  description = "Id of the vault."
  value       = module.key_vault.id
}

output "key_id" {
  description = "Address and version of the customer-managed key."
  value       = module.key_vault.key_id
}

output "storage_account_id" {
  description = "Id of the storage account."
  value       = module.storage.id
}

output "container_registry_id" {
  description = "Id of the registry."
  value       = module.container_registry.id
}

output "cosmos_db_account_id" {
  description = "Id of the project's Cosmos DB account, or null."
  value       = one(module.cosmos[*].id)
}

output "log_analytics_workspace_id" {
  description = "Id of the Log Analytics workspace."
  value       = module.monitoring.log_analytics_workspace_id
}

output "virtual_network_id" {
  description = "Id of the virtual network."
  value       = module.network.virtual_network_id
}

output "subnet_ids" {
  description = "Ids of the subnets: endpoints, training, clients."
  value       = module.network.subnet_ids
}

output "private_endpoint_ids" {
  description = "Ids of the private endpoints by name."
  value       = module.private_link.private_endpoint_ids
}
