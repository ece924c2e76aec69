output "id" {
  description = "Id of the vault."
  value       = azurerm_key_vault.this.id
}

output "vault_uri" {
  description = "Address of the vault's data plane."
  value       = azurerm_key_vault.this.vault_uri
}

output "key_id" {
  description = "Address of the key with its version: what the workspace takes."
  value       = azurerm_key_vault_key.this.id
}

output "versionless_key_id" {
  description = "Address of the key without version: what follows a rotation by itself."
  value       = azurerm_key_vault_key.this.versionless_id
}
