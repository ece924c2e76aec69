resource "azurerm_storage_account" "one" {
  access_tier                       = "Hot" # -> "Cool"
  account_kind                      = "StorageV2"
  account_replication_type          = "LRS" # -> "GRS"
  account_tier                      = "Standard" # => "Premium"
  allow_nested_items_to_be_public   = false # ->
  allowed_copy_scope                = "AAD" # -> "PrivateLink"
  cross_tenant_replication_enabled  = true # ->
  default_to_oauth_authentication   = true # ->
  dns_endpoint_type                 = "Standard" # => "AzureDnsZone"
  https_traffic_only_enabled        = false # ->
  infrastructure_encryption_enabled = true # =>
  is_hns_enabled                    = false # =>
  large_file_share_enabled          = false # ->
  local_user_enabled                = false # ->
  location                          = "westeurope" # => "northeurope"
  min_tls_version                   = "TLS1_2" # -> "TLS1_1"
  name                              = "strfone" # => "strftwo"
  public_network_access_enabled     = false # ->
  queue_encryption_key_type         = "Account" # => "Service"
  resource_group_name               = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  shared_access_key_enabled         = false # ->
  table_encryption_key_type         = "Account" # => "Service"
  tags                              = { a = "1" } # -> { a = "2" }
  azure_files_authentication {
    default_share_level_permission = "StorageFileDataSmbShareReader" # -> "StorageFileDataSmbShareContributor"
    directory_type                 = "AD" # -> "AADKERB"
    active_directory {
      domain_guid         = "11111111-1111-4111-8111-111111111111" # -> "11111111-1111-4111-8111-111111111112"
      domain_name         = "a.example" # -> "b.example"
      domain_sid          = "S-1-5-21-1" # -> "S-1-5-21-2"
      forest_name         = "a.example" # -> "b.example"
      netbios_domain_name = "A" # -> "B"
      storage_sid         = "S-1-5-21-3" # -> "S-1-5-21-4"
    }
  }
  blob_properties {
    change_feed_enabled           = true # ->
    change_feed_retention_in_days = 7 # -> 8
    default_service_version       = "2020-06-12" # -> "2021-06-08"
    last_access_time_enabled      = true # ->
    versioning_enabled            = true # ->
    container_delete_retention_policy {
      days = 8 # -> 9
    }
    cors_rule {
      allowed_headers    = ["a"] # -> ["b"]
      allowed_methods    = ["GET"] # -> ["GET", "PUT"]
      allowed_origins    = ["https://a.example"] # -> ["https://b.example"]
      exposed_headers    = ["a"] # -> ["b"]
      max_age_in_seconds = 60 # -> 61
    }
    delete_retention_policy { # ! restore_policy needs it
      days = 10 # -> 11
    }
    restore_policy {
      days = 5 # -> 6
    }
  }
  identity { # ! customer_managed_key needs it
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id]
  }
  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
    user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id # -> azurerm_user_assigned_identity.world[1].id
  }
  immutability_policy {
    allow_protected_append_writes = true # ->
    period_since_creation_in_days = 7 # -> 8
    state                         = "Unlocked" # -> "Disabled"
  }
  network_rules {
    bypass                     = ["AzureServices"] # -> ["AzureServices", "Logging"]
    default_action             = "Deny" # -> "Allow"
    ip_rules                   = ["20.1.2.3"] # -> ["20.1.2.4"]
    virtual_network_subnet_ids = [azurerm_subnet.world[0].id] # -> [azurerm_subnet.world[1].id]
    private_link_access {
      endpoint_resource_id = azurerm_machine_learning_workspace.world[0].id # -> azurerm_machine_learning_workspace.world[1].id
      endpoint_tenant_id   = data.azurerm_client_config.me.tenant_id # -> "11111111-1111-4111-8111-111111111111"
    }
  }
  routing {
    choice                      = "InternetRouting" # -> "MicrosoftRouting"
    publish_internet_endpoints  = true # ->
    publish_microsoft_endpoints = true # ->
  }
  sas_policy {
    expiration_action = "Block" # -> "Log"
    expiration_period = "01.00:00:00" # -> "02.00:00:00"
  }
  share_properties {
    cors_rule {
      allowed_headers    = ["a"] # -> ["b"]
      allowed_methods    = ["GET"] # -> ["GET", "PUT"]
      allowed_origins    = ["https://a.example"] # -> ["https://b.example"]
      exposed_headers    = ["a"] # -> ["b"]
      max_age_in_seconds = 60 # -> 61
    }
    retention_policy {
      days = 8 # -> 9
    }
    smb {
      authentication_types            = ["Kerberos"] # -> ["Kerberos", "NTLMv2"]
      channel_encryption_type         = ["AES-256-GCM"] # -> ["AES-128-GCM", "AES-256-GCM"]
      kerberos_ticket_encryption_type = ["AES-256"] # -> ["AES-256", "RC4-HMAC"]
      versions                        = ["SMB3.1.1"] # -> ["SMB3.0", "SMB3.1.1"]
    }
  }
}

resource "azurerm_storage_account" "lake" {
  account_kind             = "StorageV2"
  account_replication_type = "LRS"
  account_tier             = "Standard"
  is_hns_enabled           = true
  location                 = "westeurope"
  name                     = "strflake"
  nfsv3_enabled            = false # =>
  resource_group_name      = azurerm_resource_group.world.name
  sftp_enabled             = true # ->
  blob_properties {
    delete_retention_policy {
      permanent_delete_enabled = true # ->
    }
  }
}

resource "azurerm_storage_account" "old" {
  account_kind             = "Storage" # -> "StorageV2"
  account_replication_type = "LRS"
  account_tier             = "Standard"
  location                 = "westeurope"
  name                     = "strfold"
  resource_group_name      = azurerm_resource_group.world.name
  custom_domain {
    name          = "a.example.com" # -> "b.example.com"
    use_subdomain = true # ->
  }
}

resource "azurerm_storage_account" "files" {
  account_kind             = "FileStorage"
  account_replication_type = "LRS"
  account_tier             = "Premium"
  edge_zone                = "losangeles" # => "miami"
  location                 = "westeurope"
  name                     = "strffiles"
  resource_group_name      = azurerm_resource_group.world.name
  share_properties {
    smb {
      multichannel_enabled = true # ->
    }
  }
}

# Blocks that say nothing of services that the account brings with it.
resource "azurerm_storage_account" "bare" {
  account_replication_type = "LRS"
  account_tier             = "Standard"
  location                 = "westeurope"
  name                     = "strfbare"
  resource_group_name      = azurerm_resource_group.world.name
  share_properties {
    smb { # ! it says nothing
    }
  }
}

resource "azurerm_storage_account" "hsm" {
  account_replication_type = "LRS"
  account_tier             = "Standard"
  location                 = "westeurope"
  name                     = "strfhsm"
  resource_group_name      = azurerm_resource_group.world.name
  identity { # ! customer_managed_key needs it
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id]
  }
  customer_managed_key {
    managed_hsm_key_id        = azurerm_key_vault_key.world[0].versionless_id # -> azurerm_key_vault_key.world[1].versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id
  }
}

resource "azurerm_storage_container" "one" {
  container_access_type             = "private" # -> "blob"
  default_encryption_scope          = "scopea" # => "scopeb"
  encryption_scope_override_enabled = true # =>
  metadata                          = { a1 = "1" } # -> { a1 = "2" }
  name                              = "one" # => "two"
  storage_account_id                = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
}

resource "azurerm_storage_container" "named" {
  name                 = "named"
  storage_account_name = azurerm_storage_account.world[0].name # => azurerm_storage_account.world[1].name
}

resource "azurerm_storage_account" "provisioned" {
  account_kind                      = "FileStorage"
  account_replication_type          = "LRS"
  account_tier                      = "Standard" # => "Premium" @paid
  location                          = "westeurope"
  name                              = "strfprovisioned"
  provisioned_billing_model_version = "V2" # => - @paid
  resource_group_name               = azurerm_resource_group.world.name
}

resource "azurerm_container_registry" "one" {
  admin_enabled                                = true # ->
  anonymous_pull_enabled                       = true # ->
  azuread_authentication_as_arm_policy_enabled = false # ->
  data_endpoint_enabled                        = true # ->
  export_policy_enabled                        = false
  location                                     = "westeurope" # => "northeurope"
  name                                         = "crrfone" # => "crrftwo"
  network_rule_bypass_for_tasks_enabled        = true # ->
  network_rule_bypass_option                   = "None" # -> "AzureServices"
  public_network_access_enabled                = false
  quarantine_policy_enabled                    = true # ->
  resource_group_name                          = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  retention_policy_in_days                     = 7 # -> 8
  role_assignment_mode                         = "AbacRepositoryPermissions" # -> "LegacyRegistryPermissions"
  sku                                          = "Premium"
  tags                                         = { a = "1" } # -> { a = "2" }
  zone_redundancy_enabled                      = true # =>
  encryption {
    identity_client_id = azurerm_user_assigned_identity.world[0].client_id # -> azurerm_user_assigned_identity.world[1].client_id
    key_vault_key_id   = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  }
  network_rule_set {
    default_action = "Deny" # -> "Allow"
    ip_rule {
      action   = "Allow" # -- has one legal value
      ip_range = "20.1.2.0/24" # -> "20.1.3.0/24"
    }
  }
  georeplications {
    location                  = "northeurope" # -> "francecentral"
    regional_endpoint_enabled = true # ->
    tags                      = { a = "1" } # -> { a = "2" }
    zone_redundancy_enabled   = true # ->
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id] # -> [azurerm_user_assigned_identity.world[0].id]
  }
}

resource "azurerm_container_registry" "plain" {
  export_policy_enabled         = true
  location                      = "westeurope"
  name                          = "crrfplain"
  resource_group_name           = azurerm_resource_group.world.name
  sku                           = "Standard" # -> "Basic"
}

resource "azurerm_container_registry" "trusting" {
  export_policy_enabled         = false # ->
  location                      = "westeurope"
  name                          = "crrftrusting"
  public_network_access_enabled = false
  resource_group_name           = azurerm_resource_group.world.name
  sku                           = "Premium"
  trust_policy_enabled          = true # ->
}

resource "azurerm_container_registry" "open" {
  location                      = "westeurope"
  name                          = "crrfopen"
  public_network_access_enabled = true # ->
  resource_group_name           = azurerm_resource_group.world.name
  sku                           = "Premium"
}

resource "azurerm_log_analytics_workspace" "one" {
  allow_resource_only_permissions         = false # ->
  cmk_for_query_forced                    = true # ->
  daily_quota_gb                          = 5 # -> 6
  data_collection_rule_id                 = "${local.nowhere}/Microsoft.Insights/dataCollectionRules/a" # -> "${local.nowhere}/Microsoft.Insights/dataCollectionRules/b"
  immediate_data_purge_on_30_days_enabled = true # ->
  internet_ingestion_enabled              = false # ->
  internet_query_enabled                  = false # ->
  local_authentication_enabled            = false # ->
  location                                = "westeurope" # => "northeurope"
  name                                    = "log-rf-one" # => "log-rf-two"
  resource_group_name                     = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  retention_in_days                       = 30 # -> 60
  sku                                     = "PerGB2018" # => "Standalone"
  tags                                    = { a = "1" } # -> { a = "2" }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned" @kind
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> - @kind
  }
}

resource "azurerm_log_analytics_workspace" "reserved" {
  local_authentication_disabled      = true # ->
  location                           = "westeurope"
  name                               = "log-rf-reserved"
  reservation_capacity_in_gb_per_day = 100 # -> 200
  resource_group_name                = azurerm_resource_group.world.name
  sku                                = "CapacityReservation"
}

resource "azurerm_application_insights" "one" {
  application_type                     = "web" # => "other"
  daily_data_cap_in_gb                 = 10 # -> 11
  daily_data_cap_notifications_enabled = false # ->
  force_customer_storage_for_profiler  = true # ->
  internet_ingestion_enabled           = false # ->
  internet_query_enabled               = false # ->
  ip_masking_enabled                   = false # ->
  local_authentication_enabled         = false # ->
  location                             = "westeurope" # => "northeurope"
  name                                 = "appi-rf-one" # => "appi-rf-two"
  resource_group_name                  = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  retention_in_days                    = 30 # -> 60
  sampling_percentage                  = 50 # -> 51
  tags                                 = { a = "1" } # -> { a = "2" }
  workspace_id                         = azurerm_log_analytics_workspace.world[0].id # -> azurerm_log_analytics_workspace.world[1].id
}

resource "azurerm_application_insights" "old" {
  application_type                      = "web"
  daily_data_cap_notifications_disabled = true # ->
  disable_ip_masking                    = true # ->
  local_authentication_disabled         = true # ->
  location                              = "westeurope"
  name                                  = "appi-rf-old"
  resource_group_name                   = azurerm_resource_group.world.name
  workspace_id                          = azurerm_log_analytics_workspace.world[0].id
}

resource "azurerm_monitor_diagnostic_setting" "one" {
  eventhub_authorization_rule_id = "${local.nowhere}/Microsoft.EventHub/namespaces/n/authorizationRules/a" # -> "${local.nowhere}/Microsoft.EventHub/namespaces/n/authorizationRules/b"
  eventhub_name                  = "a" # -> "b"
  log_analytics_destination_type = "Dedicated" # -> "AzureDiagnostics"
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.world[0].id # -> azurerm_log_analytics_workspace.world[1].id
  name                           = "one" # => "two"
  partner_solution_id            = "${local.nowhere}/Microsoft.Datadog/monitors/a" # -> "${local.nowhere}/Microsoft.Datadog/monitors/b"
  storage_account_id             = azurerm_storage_account.world[0].id # -> azurerm_storage_account.world[1].id
  target_resource_id             = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
  enabled_log {
    category = "AuditEvent" # -> "AzurePolicyEvaluationDetails"
    retention_policy {
      days    = 5 # -> 6
      enabled = true # ->
    }
  }
  enabled_metric {
    category = "AllMetrics" # -> "Transactions"
  }
}

resource "azurerm_monitor_diagnostic_setting" "old" {
  log_analytics_workspace_id = azurerm_log_analytics_workspace.world[1].id
  name                       = "old"
  target_resource_id         = azurerm_key_vault.world[0].id
  enabled_log {
    category_group = "audit" # -> "allLogs"
  }
  metric { # ! it is enabled_metric under its old name
    category = "AllMetrics" # -> "Transactions"
    enabled  = true # ->
    retention_policy {
      days    = 5 # -> 6
      enabled = true # ->
    }
  }
}

resource "azurerm_resource_provider_registration" "one" {
  name = "Microsoft.Batch" # => "Microsoft.Databricks"
}
