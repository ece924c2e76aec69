resource "azurerm_user_assigned_identity" "one" {
  isolation_scope     = "Regional" # ->
  location            = "westeurope" # => "northeurope"
  name                = "id-one" # => "id-two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  tags                = { a = "1", b = "2" } # -> { a = "1" }
}

resource "azurerm_role_assignment" "one" {
  condition                        = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'a'" # => "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'b'"
  condition_version                = "2.0" # => "1.0"
  description                      = "one" # => "two"
  name                             = "11111111-1111-4111-8111-111111111111" # => "11111111-1111-4111-8111-111111111112"
  principal_id                     = azurerm_user_assigned_identity.world[0].principal_id # => azurerm_user_assigned_identity.world[1].principal_id
  principal_type                   = "ServicePrincipal" # => "User"
  role_definition_name             = "Storage Blob Data Reader" # => "Storage Blob Data Contributor"
  scope                            = azurerm_resource_group.world.id # => azurerm_resource_group.other.id
  skip_service_principal_aad_check = true # -- is for the provider's own lookup in the directory; nothing in ARM holds it
}

resource "azurerm_role_assignment" "byid" {
  delegated_managed_identity_resource_id = azurerm_user_assigned_identity.world[0].id # => azurerm_user_assigned_identity.world[1].id
  principal_id                           = azurerm_user_assigned_identity.world[0].principal_id
  role_definition_id                     = "${data.azurerm_subscription.here.id}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" # => "${data.azurerm_subscription.here.id}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
  scope                                  = azurerm_resource_group.other.id
}

resource "azurerm_management_lock" "one" {
  lock_level = "CanNotDelete" # => "ReadOnly"
  name       = "lock-one" # => "lock-two"
  notes      = "one" # => "two"
  scope      = azurerm_user_assigned_identity.world[1].id # => azurerm_user_assigned_identity.world[0].id
}

resource "azurerm_key_vault" "one" {
  enabled_for_deployment          = true # ->
  enabled_for_disk_encryption     = true # ->
  enabled_for_template_deployment = true # ->
  location                        = "westeurope" # => "northeurope"
  name                            = "kv-rf-one" # => "kv-rf-two"
  public_network_access_enabled   = false # ->
  purge_protection_enabled        = false # ->
  rbac_authorization_enabled      = false # ->
  resource_group_name             = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  sku_name                        = "standard" # -> "premium"
  soft_delete_retention_days      = 7 # -- is written and kept; it cannot be changed after creation
  tags                            = { a = "1" } # -> { a = "2" }
  tenant_id                       = data.azurerm_client_config.me.tenant_id # -> "11111111-1111-4111-8111-111111111111"
  access_policy {
    tenant_id               = data.azurerm_client_config.me.tenant_id # -> "11111111-1111-4111-8111-111111111111"
    object_id               = "11111111-1111-4111-8111-111111111111" # -> "11111111-1111-4111-8111-111111111112"
    application_id          = "11111111-1111-4111-8111-111111111113" # -> "11111111-1111-4111-8111-111111111114"
    certificate_permissions = ["Get"] # -> ["Get", "List"]
    key_permissions         = ["Get"] # -> ["Get", "List"]
    secret_permissions      = ["Get"] # -> ["Get", "List"]
    storage_permissions     = ["Get"] # -> ["Get", "List"]
  }
  network_acls {
    bypass                     = "AzureServices" # -> "None"
    default_action             = "Deny" # -> "Allow"
    ip_rules                   = ["20.1.2.3/32"] # -> ["20.1.2.4/32"]
    virtual_network_subnet_ids = [azurerm_subnet.world[0].id] # -> [azurerm_subnet.world[1].id]
  }
}

resource "azurerm_key_vault" "old" {
  enable_rbac_authorization = true # ->
  location                  = "westeurope"
  name                      = "kv-rf-old"
  resource_group_name       = azurerm_resource_group.world.name
  sku_name                  = "standard"
  tenant_id                 = data.azurerm_client_config.me.tenant_id
}

resource "azurerm_key_vault_key" "one" {
  expiration_date = "2030-01-01T00:00:00Z" # -> "2031-01-01T00:00:00Z"
  key_opts        = ["unwrapKey", "wrapKey"] # -> ["unwrapKey", "wrapKey", "sign"]
  key_size        = 2048 # => 4096
  key_type        = "RSA" # => "RSA-HSM"
  key_vault_id    = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
  name            = "one" # => "two"
  not_before_date = "2026-01-01T00:00:00Z" # -> "2026-02-01T00:00:00Z"
  tags            = { a = "1" } # -> { a = "2" }
  rotation_policy {
    expire_after         = "P90D" # -> "P91D"
    notify_before_expiry = "P29D" # -> "P28D"
    automatic { # ! without expire_after the policy needs it
      time_before_expiry = "P30D" # -> "P31D"
    }
  }
}

resource "azurerm_key_vault_key" "curved" {
  curve        = "P-256" # => "P-384"
  key_opts     = ["sign"]
  key_type     = "EC-HSM"
  key_vault_id = azurerm_key_vault.world[0].id
  name         = "curved"
  release_policy {
    json = jsonencode({ anyOf = [], version = "1.0.0" }) # => jsonencode({ anyOf = [], version = "1.0.1" })
  }
  rotation_policy {
    automatic { # ! without expire_after the policy needs it
      time_after_creation = "P30D" # -> "P31D"
    }
  }
}
