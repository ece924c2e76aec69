resource "azurerm_key_vault" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  tenant_id           = var.tenant_id
  sku_name            = "premium"
  tags                = var.tags

  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = var.soft_delete_retention_days
  public_network_access_enabled = false

  # Services that use the key (workspace, storage, Cosmos DB) reach a closed vault as trusted services.
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}

resource "azurerm_key_vault_key" "this" {
  name            = var.key_name
  key_vault_id    = azurerm_key_vault.this.id
  key_type        = var.key_type
  key_size        = var.key_size
  key_opts        = ["unwrapKey", "wrapKey"]
  expiration_date = var.key_expiration_date
  tags            = var.tags
}
