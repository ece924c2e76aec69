resource "azurerm_machine_learning_workspace" "one" {
  application_insights_id         = azurerm_application_insights.world[0].id # => azurerm_application_insights.world[1].id
  container_registry_id           = azurerm_container_registry.world[0].id # => azurerm_container_registry.world[1].id
  description                     = "one" # -> "two"
  friendly_name                   = "one" # -> "two"
  high_business_impact            = true # =>
  image_build_compute_name        = "cpu" # -> "gpu"
  key_vault_id                    = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
  location                        = "westeurope" # => "northeurope"
  name                            = "mlw-rf-one" # => "mlw-rf-two"
  primary_user_assigned_identity  = azurerm_user_assigned_identity.world[0].id # -> azurerm_user_assigned_identity.world[1].id
  public_network_access_enabled   = false # ->
  resource_group_name             = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  service_side_encryption_enabled = true # =>
  sku_name                        = "Basic" # -- has one legal value
  storage_account_access_type     = "Identity" # -> "AccessKey"
  storage_account_id              = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
  tags                            = { a = "1" } # -> { a = "2" }
  v1_legacy_mode_enabled          = false # ->
  encryption { # ! service_side_encryption_enabled needs it
    key_id                    = azurerm_key_vault_key.world[0].id # => azurerm_key_vault_key.world[1].id
    key_vault_id              = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
    user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id # => azurerm_user_assigned_identity.world[1].id
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id] # -> [azurerm_user_assigned_identity.world[0].id]
  }
  managed_network {
    isolation_mode                = "AllowInternetOutbound" # -> "AllowOnlyApprovedOutbound"
    provision_on_creation_enabled = true # =>
  }
  serverless_compute {
    public_ip_enabled = true # ->
    subnet_id         = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
  }
}

resource "azurerm_machine_learning_workspace" "features" {
  application_insights_id = azurerm_application_insights.world[0].id
  key_vault_id            = azurerm_key_vault.world[0].id
  kind                    = "FeatureStore" # -> "Default" @kind
  location                = "westeurope"
  name                    = "mlw-rf-features"
  resource_group_name     = azurerm_resource_group.world.name
  storage_account_id      = azurerm_storage_account.world[0].id
  feature_store { # -> @kind
    computer_spark_runtime_version = "3.3" # -> "3.4"
    offline_connection_name        = "a" # -> "b"
    online_connection_name         = "c" # -> "d"
  }
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_machine_learning_compute_cluster" "one" {
  description                   = "one" # => "two"
  local_auth_enabled            = false # =>
  location                      = "westeurope" # => "northeurope"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.world[0].id # => azurerm_machine_learning_workspace.world[1].id
  name                          = "cpu-one" # => "cpu-two"
  node_public_ip_enabled        = true # =>
  ssh_public_access_enabled     = true # =>
  subnet_resource_id            = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
  tags                          = { a = "1" } # -> { a = "2" }
  vm_priority                   = "Dedicated" # => "LowPriority"
  vm_size                       = "Standard_DS3_v2" # => "Standard_DS4_v2"
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  scale_settings {
    max_node_count                       = 4 # -> 5
    min_node_count                       = 0 # -> 1
    scale_down_nodes_after_idle_duration = "PT2M" # -> "PT3M"
  }
  ssh {
    admin_password = "Only-4-a-test" # => "Only-4-2-tests"
    admin_username = "one" # => "two"
    key_value      = "ssh-rsa AAAA" # => "ssh-rsa BBBB"
  }
}

resource "azurerm_cosmosdb_account" "one" {
  access_key_metadata_writes_enabled    = false # ->
  analytical_storage_enabled            = true
  automatic_failover_enabled            = true # ->
  burst_capacity_enabled                = true # ->
  default_identity_type                 = "UserAssignedIdentity=${azurerm_user_assigned_identity.world[0].id}" # -> "UserAssignedIdentity=${azurerm_user_assigned_identity.world[1].id}"
  free_tier_enabled                     = true # =>
  ip_range_filter                       = ["20.1.2.3"] # -> ["20.1.2.4"]
  is_virtual_network_filter_enabled     = true # ->
  key_vault_key_id                      = azurerm_key_vault_key.world[0].versionless_id # => azurerm_key_vault_key.world[1].versionless_id
  kind                                  = "GlobalDocumentDB"
  local_authentication_enabled          = false # ->
  location                              = "westeurope" # => "northeurope"
  minimal_tls_version                   = "Tls12" # -> "Tls11"
  multiple_write_locations_enabled      = false # ->
  name                                  = "cosmos-rf-one" # => "cosmos-rf-two"
  network_acl_bypass_for_azure_services = true # ->
  network_acl_bypass_ids                = ["${local.nowhere}/Microsoft.Synapse/workspaces/a"] # -> ["${local.nowhere}/Microsoft.Synapse/workspaces/b"]
  offer_type                            = "Standard" # -- has one legal value
  partition_merge_enabled               = true # ->
  public_network_access_enabled         = false # ->
  resource_group_name                   = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  tags                                  = { a = "1" } # -> { a = "2" }
  analytical_storage {
    schema_type = "FullFidelity" # -> "WellDefined"
  }
  backup {
    type                = "Periodic"
    interval_in_minutes = 60 # -> 61
    retention_in_hours  = 8 # -> 9
    storage_redundancy  = "Geo" # -> "Local"
  }
  capabilities {
    name = "DisableRateLimitingResponses" # -> "DeleteAllItemsByPartitionKey"
  }
  capacity {
    total_throughput_limit = 4000 # -> 5000
  }
  consistency_policy {
    consistency_level       = "BoundedStaleness" # -> "Strong"
    max_interval_in_seconds = 300 # -> 301
    max_staleness_prefix    = 100000 # -> 100001
  }
  cors_rule {
    allowed_headers    = ["a"] # -> ["b"]
    allowed_methods    = ["GET"] # -> ["GET", "PUT"]
    allowed_origins    = ["https://a.example"] # -> ["https://b.example"]
    exposed_headers    = ["a"] # -> ["b"]
    max_age_in_seconds = 60 # -> 61
  }
  geo_location {
    failover_priority = 0
    location          = "westeurope"
  }
  geo_location {
    failover_priority = 1 # -> 2 @swap
    location          = "northeurope" # -> "francecentral"
    zone_redundant    = true # ->
  }
  geo_location {
    failover_priority = 2 # -> 1 @swap
    location          = "uksouth"
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id] # -> [azurerm_user_assigned_identity.world[0].id]
  }
  virtual_network_rule {
    id                                   = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
    ignore_missing_vnet_service_endpoint = true # ->
  }
}

resource "azurerm_cosmosdb_account" "mongo" {
  kind                          = "MongoDB" # => "GlobalDocumentDB"
  local_authentication_disabled = true # ->
  location                      = "westeurope"
  mongo_server_version          = "6.0" # -> "7.0"
  name                          = "cosmos-rf-mongo"
  offer_type                    = "Standard"
  resource_group_name           = azurerm_resource_group.world.name
  backup {
    type = "Continuous"
    tier = "Continuous7Days" # -> "Continuous30Days"
  }
  capabilities { # =>
    name = "EnableMongo"
  }
  consistency_policy {
    consistency_level = "Session"
  }
  geo_location {
    failover_priority = 0
    location          = "westeurope"
  }
}

resource "azurerm_cosmosdb_account" "plain" {
  analytical_storage_enabled = true # =>
  location                   = "westeurope"
  managed_hsm_key_id         = azurerm_key_vault_key.world[0].versionless_id # => azurerm_key_vault_key.world[1].versionless_id
  name                       = "cosmos-rf-plain"
  offer_type                 = "Standard"
  resource_group_name        = azurerm_resource_group.world.name
  backup {
    type = "Periodic" # -> "Continuous"
  }
  consistency_policy {
    consistency_level = "Session"
  }
  geo_location {
    failover_priority = 0
    location          = "westeurope"
  }
}


resource "azurerm_machine_learning_compute_instance" "one" {
  authorization_type            = "personal" # -- has one legal value
  description                   = "one" # => "two"
  local_auth_enabled            = false # =>
  machine_learning_workspace_id = azurerm_machine_learning_workspace.world[0].id # => azurerm_machine_learning_workspace.world[1].id
  name                          = "ci-rf-one" # => "ci-rf-two"
  node_public_ip_enabled        = true # =>
  subnet_resource_id            = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
  tags                          = { a = "1" } # => { a = "2" }
  virtual_machine_size          = "Standard_DS3_v2" # => "Standard_DS4_v2"
  assign_to_user {
    object_id = "11111111-1111-4111-8111-111111111111" # => "11111111-1111-4111-8111-111111111112"
    tenant_id = data.azurerm_client_config.me.tenant_id # => "11111111-1111-4111-8111-111111111111"
  }
  identity {
    type         = "UserAssigned" # => "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # => [azurerm_user_assigned_identity.world[1].id]
  }
  ssh {
    public_key = "ssh-rsa AAAA" # => "ssh-rsa BBBB"
  }
}

resource "azurerm_cosmosdb_account" "restored" {
  create_mode         = "Restore" # => "Default" @restore
  location            = "westeurope"
  name                = "cosmos-rf-restored"
  offer_type          = "Standard"
  resource_group_name = azurerm_resource_group.world.name
  backup {
    type = "Continuous"
  }
  consistency_policy {
    consistency_level = "Session"
  }
  geo_location {
    failover_priority = 0
    location          = "westeurope"
  }
  restore { # => @restore
    restore_timestamp_in_utc   = "2026-01-01T00:00:00Z" # => "2026-01-02T00:00:00Z"
    source_cosmosdb_account_id = "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.DocumentDB/locations/westeurope/restorableDatabaseAccounts/11111111-1111-4111-8111-111111111111" # => "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.DocumentDB/locations/westeurope/restorableDatabaseAccounts/11111111-1111-4111-8111-111111111112"
    tables_to_restore          = ["a"] # => ["b"]
    database {
      collection_names = ["a"] # => ["b"]
      name             = "a" # => "b"
    }
    gremlin_database {
      graph_names = ["a"] # => ["b"]
      name        = "a" # => "b"
    }
  }
}
