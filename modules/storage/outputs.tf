output "id" {
  description = "Id of the storage account."
  value       = azurerm_storage_account.this.id
}

output "name" {
  description = "Name of the storage account."
  value       = azurerm_storage_account.this.name
}

output "service_ids" {
  description = "Ids of the account's blob, file, queue and table services, which have logs of their own."
  value = {
    for service in ["blob", "file", "queue", "table"] :
    service => "${azurerm_storage_account.this.id}/${service}Services/default"
  }
}

output "container_ids" {
  description = "Ids of the containers by name."
  value       = { for name, container in azurerm_storage_container.this : name => container.id }
}
