
resource "azurerm_user_assigned_identity" "main" {
  name                = "id-main"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
}

resource "azurerm_key_vault" "world" {
  name                       = "kv-rf-world"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = "westeurope"
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_role_assignment" "main" {
  scope                = azurerm_key_vault.world.id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = azurerm_user_assigned_identity.main.principal_id
}

resource "azurerm_key_vault_key" "main" {
  name         = "key-main"
  key_vault_id = azurerm_key_vault.world.id
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["unwrapKey", "wrapKey"]
  depends_on   = [azurerm_role_assignment.main]
}
