resource "azurerm_key_vault_access_policy" "one" {
  application_id          = "11111111-1111-4111-8111-111111111113" # => "11111111-1111-4111-8111-111111111114"
  certificate_permissions = ["Get"] # -> ["Get", "List"]
  key_permissions         = ["Get", "UnwrapKey"] # -> ["Get", "List"]
  key_vault_id            = azurerm_key_vault.policies[0].id # => azurerm_key_vault.policies[1].id
  object_id               = "11111111-1111-4111-8111-111111111111" # => "11111111-1111-4111-8111-111111111112"
  secret_permissions      = ["Get"] # -> ["Set"]
  storage_permissions     = ["Get"] # -> ["Get", "List"]
  tenant_id               = data.azurerm_client_config.me.tenant_id # => "11111111-1111-4111-8111-111111111111"
}

resource "azurerm_key_vault_access_policy" "two" {
  key_permissions = ["Get"] # -> ["Get", "List"]
  key_vault_id    = azurerm_key_vault.policies[0].id
  object_id       = "11111111-1111-4111-8111-111111111111"
  tenant_id       = data.azurerm_client_config.me.tenant_id
}

resource "azurerm_key_vault_secret" "one" {
  content_type    = "text/plain" # -> "text/html"
  expiration_date = "2030-01-01T00:00:00Z" # -> "2031-01-01T00:00:00Z"
  key_vault_id    = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
  name            = "secret-one" # => "secret-two"
  not_before_date = "2026-01-01T00:00:00Z" # -> "2026-02-01T00:00:00Z"
  tags            = { a = "1" } # -> { a = "2" }
  value           = "hidden-1" # -> "hidden-2"
}

resource "azurerm_key_vault_secret" "unkept" {
  key_vault_id     = azurerm_key_vault.world[0].id
  name             = "secret-unkept"
  value_wo         = "hidden-3" # -- nothing is kept of it: its version stands for it
  value_wo_version = 1 # -> 2
}

resource "azurerm_federated_identity_credential" "one" {
  audience                  = ["api://AzureADTokenExchange"] # -> ["api://other"]
  issuer                    = "https://token.actions.githubusercontent.com" # -> "https://example.com"
  name                      = "github-one" # => "github-two"
  subject                   = "repo:a/b:ref:refs/heads/main" # -> "repo:a/c:ref:refs/heads/main"
  user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id # => azurerm_user_assigned_identity.world[1].id
}

resource "azurerm_federated_identity_credential" "old" {
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  name                = "github-old"
  parent_id           = azurerm_user_assigned_identity.world[1].id # => azurerm_user_assigned_identity.world[0].id
  resource_group_name = azurerm_resource_group.world.name # -- follows from the identity
  subject             = "repo:a/b:ref:refs/heads/main"
}

resource "azurerm_role_definition" "one" {
  assignable_scopes  = [azurerm_resource_group.world.id] # -> [azurerm_resource_group.world.id, azurerm_resource_group.other.id]
  description        = "one" # -> "two"
  name               = "Role one" # -> "Role two"
  role_definition_id = "22222222-1111-4111-8111-111111111111" # => "22222222-1111-4111-8111-111111111112"
  scope              = azurerm_resource_group.world.id # => azurerm_resource_group.other.id
  permissions {
    actions          = ["Microsoft.Storage/*/read"] # -> ["*/read"]
    data_actions     = ["Microsoft.Storage/*/read"] # -> ["Microsoft.Storage/*"]
    not_actions      = ["Microsoft.Compute/*"] # -> ["Microsoft.Network/*"]
    not_data_actions = ["Microsoft.KeyVault/*"] # -> ["Microsoft.Network/*"]
  }
}

resource "azurerm_role_definition" "unnamed" {
  name  = "Role three" # -> "Role four"
  scope = data.azurerm_subscription.here.id
  permissions {
    actions = ["*/read"] # -> -
  }
}

resource "azurerm_storage_share" "one" {
  access_tier        = "Hot" # -> "Cool"
  enabled_protocol   = "SMB" # => "NFS"
  metadata           = { a = "1" } # -> { a = "2" }
  name               = "share-one" # => "share-two"
  quota              = 10 # -> 20
  storage_account_id = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
  acl {
    id = "one" # -> "two"
    access_policy {
      expiry      = "2030-01-01T00:00:00Z" # -> "2031-01-01T00:00:00Z"
      permissions = "r" # -> "rw"
      start       = "2026-01-01T00:00:00Z" # -> "2026-02-01T00:00:00Z"
    }
  }
}

# left out: azurerm_storage_share storage_account_name the id of the account is looked up by its name, which fails where the account is made in the same apply

resource "azurerm_storage_data_lake_gen2_filesystem" "one" {
  default_encryption_scope = "scope-one" # => "scope-two"
  name                     = "files-one" # => "files-two"
  properties               = { a = base64encode("1") } # -> { a = base64encode("2") }
  storage_account_id       = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
}

resource "azurerm_storage_account_network_rules" "one" {
  bypass                     = ["Logging", "Metrics"] # -> ["AzureServices"]
  default_action             = "Deny" # -> "Allow"
  ip_rules                   = ["20.1.2.3"] # -> ["20.1.2.4"]
  storage_account_id         = azurerm_storage_account.keyed[0].id # => azurerm_storage_account.keyed[1].id
  virtual_network_subnet_ids = [azurerm_subnet.world[0].id] # -> [azurerm_subnet.world[1].id]
  private_link_access {
    endpoint_resource_id = azurerm_machine_learning_workspace.world[0].id # -> azurerm_machine_learning_workspace.world[1].id
    endpoint_tenant_id   = data.azurerm_client_config.me.tenant_id # -> "11111111-1111-4111-8111-111111111111"
  }
}

resource "azurerm_storage_account_customer_managed_key" "one" {
  federated_identity_client_id = "11111111-1111-4111-8111-111111111111" # -> "11111111-1111-4111-8111-111111111112"
  key_vault_key_id             = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  storage_account_id           = azurerm_storage_account.keyed[0].id # => azurerm_storage_account.world[0].id
  user_assigned_identity_id    = azurerm_user_assigned_identity.world[0].id # -> azurerm_user_assigned_identity.world[1].id
}

resource "azurerm_storage_account_customer_managed_key" "parts" {
  key_name                  = azurerm_key_vault_key.world[0].name # -> azurerm_key_vault_key.world[1].name
  key_vault_id              = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
  key_version               = azurerm_key_vault_key.world[0].version # -> -
  storage_account_id        = azurerm_storage_account.keyed[1].id
  user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id
}

# left out: azurerm_storage_account_customer_managed_key key_vault_uri is another word for key_vault_id, which is visited
# left out: azurerm_storage_account_customer_managed_key managed_hsm_key_id needs a managed HSM, which the local cloud has not

# refused: owner
resource "azurerm_storage_data_lake_gen2_filesystem" "owned" {
  name               = "files-owned"
  owner              = "11111111-1111-4111-8111-111111111111"
  storage_account_id = azurerm_storage_account.world[0].id
}

# refused: group
resource "azurerm_storage_data_lake_gen2_filesystem" "grouped" {
  group              = "11111111-1111-4111-8111-111111111111"
  name               = "files-grouped"
  storage_account_id = azurerm_storage_account.world[0].id
}

# refused: ace
resource "azurerm_storage_data_lake_gen2_filesystem" "listed" {
  name               = "files-listed"
  storage_account_id = azurerm_storage_account.world[0].id
  ace {
    permissions = "rwx"
    type        = "user"
  }
}

resource "azurerm_policy_definition" "one" {
  description  = "one" # -> "two"
  display_name = "one" # -> "two"
  metadata     = jsonencode({ category = "one", version = "1" }) # -> jsonencode({ category = "one" })
  mode         = "All" # -> "Indexed"
  name         = "policy-one" # => "policy-two"
  parameters   = jsonencode({ effect = { type = "String" } }) # -> jsonencode({ effect = { type = "String" }, more = { type = "String" } })
  policy_rule  = jsonencode({ if = { field = "location", notEquals = "westeurope" }, then = { effect = "deny" } }) # -> jsonencode({ if = { field = "location", equals = "eastus" }, then = { effect = "audit" } })
  policy_type  = "Custom" # -- has one value that can be written
}

# left out: azurerm_policy_definition management_group_id needs a management group, which the local cloud has not

resource "azurerm_resource_group_policy_assignment" "one" {
  description          = "one" # -> "two"
  display_name         = "one" # -> "two"
  enforce              = false # ->
  location             = "westeurope" # => "northeurope"
  metadata             = jsonencode({ category = "one" }) # -> jsonencode({ category = "two" })
  name                 = "assigned-one" # => "assigned-two"
  not_scopes           = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  parameters           = jsonencode({ effect = { value = "audit" }, listOfAllowedLocations = { value = ["westeurope"] } }) # -> jsonencode({ effect = { value = "deny" }, listOfAllowedLocations = { value = ["westeurope"] } })
  policy_definition_id = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c" # => "/providers/Microsoft.Authorization/policyDefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988"
  resource_group_id    = azurerm_resource_group.world.id # => azurerm_resource_group.other.id
  identity {
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
    type         = "UserAssigned" # -- another type needs another shape of the block
  }
  non_compliance_message {
    content                        = "one" # -> "two"
    policy_definition_reference_id = "one" # -> "two"
  }
  overrides {
    value = "Audit" # -> "Disabled"
    selectors {
      in     = ["one"] # -> ["two"]
      kind   = "policyDefinitionReferenceId" # -> "resourceLocation"
      not_in = ["three"] # -> ["four"]
    }
  }
  resource_selectors {
    name = "one" # -> "two"
    selectors {
      in     = ["westeurope"] # -> ["northeurope"]
      kind   = "resourceLocation" # -> "resourceType"
      not_in = ["eastus"] # -> ["westus"]
    }
  }
}

resource "azurerm_resource_group_policy_assignment" "system" {
  location             = "westeurope"
  name                 = "assigned-system"
  policy_definition_id = "/providers/Microsoft.Authorization/policyDefinitions/45e05259-1eb5-4f70-9574-baf73e9d219b"
  resource_group_id    = azurerm_resource_group.world.id
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_subscription_policy_assignment" "one" {
  description          = "one" # -> "two"
  display_name         = "one" # -> "two"
  enforce              = false # ->
  location             = "westeurope" # => "northeurope"
  metadata             = jsonencode({ category = "one" }) # -> jsonencode({ category = "two" })
  name                 = "assigned-one" # => "assigned-two"
  not_scopes           = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  parameters           = jsonencode({ effect = { value = "audit" }, listOfAllowedLocations = { value = ["westeurope"] } }) # -> jsonencode({ effect = { value = "deny" }, listOfAllowedLocations = { value = ["westeurope"] } })
  policy_definition_id = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c" # => "/providers/Microsoft.Authorization/policyDefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988"
  subscription_id      = data.azurerm_subscription.here.id # -- there is one subscription
  identity {
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
    type         = "UserAssigned" # -- another type needs another shape of the block
  }
  non_compliance_message {
    content                        = "one" # -> "two"
    policy_definition_reference_id = "one" # -> "two"
  }
  overrides {
    value = "Audit" # -> "Disabled"
    selectors {
      in     = ["one"] # -> ["two"]
      kind   = "policyDefinitionReferenceId" # -> "resourceLocation"
      not_in = ["three"] # -> ["four"]
    }
  }
  resource_selectors {
    name = "one" # -> "two"
    selectors {
      in     = ["westeurope"] # -> ["northeurope"]
      kind   = "resourceLocation" # -> "resourceType"
      not_in = ["eastus"] # -> ["westus"]
    }
  }
}

resource "azurerm_resource_policy_assignment" "one" {
  description          = "one" # -> "two"
  display_name         = "one" # -> "two"
  enforce              = false # ->
  location             = "westeurope" # => "northeurope"
  metadata             = jsonencode({ category = "one" }) # -> jsonencode({ category = "two" })
  name                 = "assigned-one" # => "assigned-two"
  not_scopes           = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  parameters           = jsonencode({ effect = { value = "audit" }, listOfAllowedLocations = { value = ["westeurope"] } }) # -> jsonencode({ effect = { value = "deny" }, listOfAllowedLocations = { value = ["westeurope"] } })
  policy_definition_id = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c" # => "/providers/Microsoft.Authorization/policyDefinitions/e765b5de-1225-4ba3-bd56-1ac6695af988"
  resource_id          = azurerm_user_assigned_identity.world[0].id # => azurerm_user_assigned_identity.world[1].id
  identity {
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
    type         = "UserAssigned" # -- another type needs another shape of the block
  }
  non_compliance_message {
    content                        = "one" # -> "two"
    policy_definition_reference_id = "one" # -> "two"
  }
  overrides {
    value = "Audit" # -> "Disabled"
    selectors {
      in     = ["one"] # -> ["two"]
      kind   = "policyDefinitionReferenceId" # -> "resourceLocation"
      not_in = ["three"] # -> ["four"]
    }
  }
  resource_selectors {
    name = "one" # -> "two"
    selectors {
      in     = ["westeurope"] # -> ["northeurope"]
      kind   = "resourceLocation" # -> "resourceType"
      not_in = ["eastus"] # -> ["westus"]
    }
  }
}

resource "azurerm_security_center_subscription_pricing" "one" {
  resource_type = "StorageAccounts" # => "KeyVaults"
  subplan       = "DefenderForStorageV2" # => "PerTransaction"
  tier          = "Standard"
  extension {
    additional_extension_properties = { CapGBPerMonthPerStorageAccount = "5000" } # -> { CapGBPerMonthPerStorageAccount = "6000" }
    name                            = "OnUploadMalwareScanning" # -> "SensitiveDataDiscovery"
  }
}

resource "azurerm_security_center_subscription_pricing" "plain" {
  tier = "Standard" # -> "Free"
}

resource "azurerm_disk_encryption_set" "one" {
  auto_key_rotation_enabled = true # ->
  encryption_type           = "EncryptionAtRestWithPlatformAndCustomerKeys" # => "ConfidentialVmEncryptedWithCustomerKey"
  federated_client_id       = "11111111-1111-4111-8111-111111111111" # -> -
  key_vault_key_id          = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  location                  = "westeurope" # => "northeurope"
  name                      = "des-one" # => "des-two"
  resource_group_name       = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  tags                      = { a = "1" } # -> { a = "2" }
  identity {
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
  }
}

resource "azurerm_disk_encryption_set" "newest" {
  auto_key_rotation_enabled = true
  key_vault_key_id          = azurerm_key_vault_key.world[0].versionless_id
  location                  = "westeurope"
  name                      = "des-newest"
  resource_group_name       = azurerm_resource_group.world.name
  identity {
    type = "SystemAssigned"
  }
}

# left out: azurerm_disk_encryption_set managed_hsm_key_id needs a managed HSM, which the local cloud has not
