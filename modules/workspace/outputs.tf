output "id" {
  description = "Id of the workspace."
  value       = azurerm_machine_learning_workspace.this.id
}

output "name" {
  description = "Name of the workspace."
  value       = azurerm_machine_learning_workspace.this.name
}

output "workspace_guid" {
  description = "The workspace's own GUID, which its service addresses carry."
  value       = azurerm_machine_learning_workspace.this.workspace_id
}

output "discovery_url" {
  description = "Address at which clients discover the workspace's services."
  value       = azurerm_machine_learning_workspace.this.discovery_url
}

output "compute_cluster_ids" {
  description = "Ids of the compute clusters by name."
  value       = { for name, cluster in azurerm_machine_learning_compute_cluster.this : name => cluster.id }
}
