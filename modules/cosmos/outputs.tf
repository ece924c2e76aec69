output "id" {
  description = "Id of the account."
  value       = azurerm_cosmosdb_account.this.id
}

output "endpoint" {
  description = "Address of the account's data plane."
  value       = azurerm_cosmosdb_account.this.endpoint
}
