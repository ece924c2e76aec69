resource "azurerm_machine_learning_workspace" "fenced" {
  count                   = 2
  application_insights_id = azurerm_application_insights.world[0].id
  key_vault_id            = azurerm_key_vault.world[0].id
  location                = "westeurope"
  name                    = "mlw-rf-fenced-${count.index}"
  resource_group_name     = azurerm_resource_group.world.name
  storage_account_id      = azurerm_storage_account.world[0].id
  identity {
    type = "SystemAssigned"
  }
  managed_network {
    isolation_mode = "AllowOnlyApprovedOutbound"
  }
}

resource "azurerm_machine_learning_workspace_network_outbound_rule_fqdn" "one" {
  destination_fqdn = "pypi.org" # -> "*.pypi.org"
  name             = "fqdn-one" # => "fqdn-two"
  workspace_id     = azurerm_machine_learning_workspace.fenced[0].id # => azurerm_machine_learning_workspace.fenced[1].id
}

resource "azurerm_machine_learning_workspace_network_outbound_rule_private_endpoint" "one" {
  name                = "endpoint-one" # => "endpoint-two"
  service_resource_id = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
  spark_enabled       = true # =>
  sub_resource_target = "dfs" # => "table"
  workspace_id        = azurerm_machine_learning_workspace.fenced[0].id # => azurerm_machine_learning_workspace.fenced[1].id
}

resource "azurerm_machine_learning_workspace_network_outbound_rule_service_tag" "one" {
  name         = "tag-one" # => "tag-two"
  port_ranges  = "80, 443" # -> "443"
  protocol     = "TCP" # -> "UDP"
  service_tag  = "AzureMonitor" # -> "DataFactory"
  workspace_id = azurerm_machine_learning_workspace.fenced[0].id # => azurerm_machine_learning_workspace.fenced[1].id
}

resource "azurerm_storage_container" "data" {
  count              = 2
  name               = "data-${count.index}"
  storage_account_id = azurerm_storage_account.world[0].id
}

resource "azurerm_machine_learning_datastore_blobstorage" "one" {
  account_key                = "b25seS1mb3ItYS10ZXN0" # -> "b25seS1mb3ItdHdvLXRlc3Rz"
  description                = "one" # => "two"
  is_default                 = false # ->
  name                       = "store_one" # => "store_two"
  service_data_auth_identity = "WorkspaceSystemAssignedIdentity" # => "None"
  storage_container_id       = azurerm_storage_container.data[0].id # => azurerm_storage_container.data[1].id
  tags                       = { a = "1" } # => { a = "2" }
  workspace_id               = azurerm_machine_learning_workspace.world[0].id # => azurerm_machine_learning_workspace.world[1].id
}

resource "azurerm_machine_learning_datastore_blobstorage" "signed" {
  name                    = "store_signed"
  shared_access_signature = "?sv=2022-11-02&sig=one" # -> "?sv=2022-11-02&sig=two"
  storage_container_id    = azurerm_storage_container.data[0].id
  workspace_id            = azurerm_machine_learning_workspace.world[0].id
}

resource "azurerm_search_service" "one" {
  allowed_ips                              = ["20.1.2.3", "20.2.0.0/16"] # -> ["20.1.2.4"]
  authentication_failure_mode              = "http403" # -> "http401WithBearerChallenge"
  customer_managed_key_enforcement_enabled = true # ->
  hosting_mode                             = "highDensity" # => "default"
  location                                 = "westeurope" # => "northeurope"
  name                                     = "srch-rf-one" # => "srch-rf-two"
  network_rule_bypass_option               = "AzureServices" # -> "None"
  partition_count                          = 2 # -> 3
  public_network_access_enabled            = false # ->
  replica_count                            = 2 # -> 3
  resource_group_name                      = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  semantic_search_sku                      = "free" # -> "standard"
  sku                                      = "standard3"
  tags                                     = { a = "1" } # -> { a = "2" }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
}

resource "azurerm_search_service" "plain" {
  local_authentication_enabled = false # ->
  location                     = "westeurope"
  name                         = "srch-rf-plain"
  resource_group_name          = azurerm_resource_group.world.name
  sku                          = "basic" # -> "standard"
}

resource "azurerm_cognitive_account" "one" {
  custom_subdomain_name              = "cog-rf-one" # => "cog-rf-two"
  fqdns                              = ["a.example.com"] # -> ["b.example.com"]
  kind                               = "OpenAI" # => "Face"
  local_auth_enabled                 = false # ->
  location                           = "westeurope" # => "northeurope"
  name                               = "cog-rf-one" # => "cog-rf-two"
  outbound_network_access_restricted = true # ->
  public_network_access_enabled      = false # ->
  resource_group_name                = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  sku_name                           = "S0" # -> "S1"
  tags                               = { a = "1" } # -> { a = "2" }
  customer_managed_key {
    identity_client_id = azurerm_user_assigned_identity.world[0].client_id # -> azurerm_user_assigned_identity.world[1].client_id
    key_vault_key_id   = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  network_acls {
    default_action = "Deny" # -> "Allow"
    ip_rules       = ["20.1.2.3"] # -> ["20.1.2.4"]
    virtual_network_rules {
      ignore_missing_vnet_service_endpoint = true # ->
      subnet_id                            = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
    }
  }
  storage {
    identity_client_id = azurerm_user_assigned_identity.world[0].client_id # -> azurerm_user_assigned_identity.world[1].client_id
    storage_account_id = azurerm_storage_account.world[0].id # -> azurerm_storage_account.world[1].id
  }
}

resource "azurerm_cognitive_account" "services" {
  custom_subdomain_name      = "cog-rf-services"
  kind                       = "AIServices"
  location                   = "westeurope"
  name                       = "cog-rf-services"
  project_management_enabled = true # =>
  resource_group_name        = azurerm_resource_group.world.name
  sku_name                   = "S0"
  identity { # ! projects need it
    type = "SystemAssigned"
  }
  network_acls {
    bypass         = "AzureServices" # -> "None"
    default_action = "Deny"
  }
  network_injection {
    scenario  = "agent" # -- one legal value
    subnet_id = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
  }
}

resource "azurerm_cognitive_account" "face" {
  dynamic_throttling_enabled = true # ->
  kind                       = "Face"
  location                   = "westeurope"
  name                       = "cog-rf-face"
  resource_group_name        = azurerm_resource_group.world.name
  sku_name                   = "S0"
}

resource "azurerm_cognitive_account" "text" {
  custom_question_answering_search_service_id  = azurerm_search_service.one.id # -> azurerm_search_service.plain.id
  custom_question_answering_search_service_key = "only-for-a-test" # -> "only-for-two-tests"
  kind                                         = "TextAnalytics"
  location                                     = "westeurope"
  name                                         = "cog-rf-text"
  resource_group_name                          = azurerm_resource_group.world.name
  sku_name                                     = "S"
}

resource "azurerm_cognitive_account" "maker" {
  kind                 = "QnAMaker"
  location             = "westeurope"
  name                 = "cog-rf-maker"
  qna_runtime_endpoint = "https://a.example.com" # -> "https://b.example.com"
  resource_group_name  = azurerm_resource_group.world.name
  sku_name             = "S0"
}

resource "azurerm_cognitive_account" "metrics" {
  kind                            = "MetricsAdvisor"
  location                        = "westeurope"
  metrics_advisor_aad_client_id   = "310d7b2e-d1d1-4b87-9807-5b885b290c00" # => "310d7b2e-d1d1-4b87-9807-5b885b290c01"
  metrics_advisor_aad_tenant_id   = "72f988bf-86f1-41af-91ab-2d7cd011db47" # => "72f988bf-86f1-41af-91ab-2d7cd011db48"
  metrics_advisor_super_user_name = "one" # => "two"
  metrics_advisor_website_name    = "one" # => "two"
  name                            = "cog-rf-metrics"
  resource_group_name             = azurerm_resource_group.world.name
  sku_name                        = "S0"
}

resource "azurerm_cognitive_account" "models" {
  count               = 2
  kind                = "OpenAI"
  location            = "westeurope"
  name                = "cog-rf-models-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  sku_name            = "S0"
}

resource "azurerm_cognitive_deployment" "one" {
  cognitive_account_id       = azurerm_cognitive_account.models[0].id # => azurerm_cognitive_account.models[1].id
  dynamic_throttling_enabled = true # ->
  name                       = "gpt-one" # => "gpt-two"
  rai_policy_name            = "Microsoft.Default" # -> "Microsoft.DefaultV2"
  version_upgrade_option     = "OnceCurrentVersionExpired" # -> "NoAutoUpgrade"
  model {
    format  = "OpenAI" # => "Cohere"
    name    = "gpt-4o" # => "gpt-4o-mini"
    version = "2024-05-13" # -> "2024-08-06"
  }
  sku {
    capacity = 2 # -> 3
    family   = "one" # => "two"
    name     = "GlobalStandard" # => "Standard"
    size     = "one" # => "two"
    tier     = "Standard" # => "Premium"
  }
}

resource "azurerm_ai_services" "one" {
  custom_subdomain_name              = "ais-rf-one" # => "ais-rf-two"
  fqdns                              = ["a.example.com"] # -> ["b.example.com"]
  local_authentication_enabled       = false # ->
  location                           = "westeurope" # => "northeurope"
  name                               = "ais-rf-one" # => "ais-rf-two"
  outbound_network_access_restricted = true # ->
  public_network_access              = "Disabled" # -> "Enabled"
  resource_group_name                = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  sku_name                           = "S0" # -> "S1"
  tags                               = { a = "1" } # -> { a = "2" }
  customer_managed_key {
    identity_client_id = azurerm_user_assigned_identity.world[0].client_id # -> azurerm_user_assigned_identity.world[1].client_id
    key_vault_key_id   = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  network_acls {
    bypass         = "None" # -> "AzureServices"
    default_action = "Deny" # -> "Allow"
    ip_rules       = ["20.1.2.3"] # -> ["20.1.2.4"]
    virtual_network_rules {
      ignore_missing_vnet_service_endpoint = true # ->
      subnet_id                            = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
    }
  }
  storage {
    identity_client_id = azurerm_user_assigned_identity.world[0].client_id # -> azurerm_user_assigned_identity.world[1].client_id
    storage_account_id = azurerm_storage_account.world[0].id # -> azurerm_storage_account.world[1].id
  }
}

resource "azurerm_ai_services" "hsm" {
  location            = "westeurope"
  name                = "ais-rf-hsm"
  resource_group_name = azurerm_resource_group.world.name
  sku_name            = "S0"
  customer_managed_key {
    managed_hsm_key_id = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
  }
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_ai_foundry" "one" {
  application_insights_id        = azurerm_application_insights.world[0].id # -> azurerm_application_insights.world[1].id
  container_registry_id          = azurerm_container_registry.world[0].id # -> azurerm_container_registry.world[1].id
  description                    = "one" # -> "two"
  friendly_name                  = "one" # -> "two"
  high_business_impact_enabled   = true # =>
  key_vault_id                   = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
  location                       = "westeurope" # => "northeurope"
  name                           = "hub-rf-one" # => "hub-rf-two"
  primary_user_assigned_identity = azurerm_user_assigned_identity.world[0].id # -> azurerm_user_assigned_identity.world[1].id
  public_network_access          = "Disabled" # -> "Enabled"
  resource_group_name            = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  storage_account_id             = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
  tags                           = { a = "1" } # -> { a = "2" }
  encryption {
    key_id                    = azurerm_key_vault_key.world[0].id # => azurerm_key_vault_key.world[1].id
    key_vault_id              = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
    user_assigned_identity_id = azurerm_user_assigned_identity.world[0].id # => azurerm_user_assigned_identity.world[1].id
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id] # -> [azurerm_user_assigned_identity.world[0].id]
  }
  managed_network {
    isolation_mode = "AllowInternetOutbound" # -> "AllowOnlyApprovedOutbound"
  }
}

resource "azurerm_ai_foundry" "base" {
  count               = 2
  key_vault_id        = azurerm_key_vault.world[0].id
  location            = "westeurope"
  name                = "hub-rf-base-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  storage_account_id  = azurerm_storage_account.world[0].id
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_ai_foundry_project" "one" {
  ai_services_hub_id             = azurerm_ai_foundry.base[0].id # => azurerm_ai_foundry.base[1].id
  description                    = "one" # -> "two"
  friendly_name                  = "one" # -> "two"
  high_business_impact_enabled   = true # =>
  location                       = "westeurope" # => "northeurope"
  name                           = "project-rf-one" # => "project-rf-two"
  primary_user_assigned_identity = azurerm_user_assigned_identity.world[0].id # -> azurerm_user_assigned_identity.world[1].id
  tags                           = { a = "1" } # -> { a = "2" }
  identity { # ! primary_user_assigned_identity needs it
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id, azurerm_user_assigned_identity.world[1].id] # -> [azurerm_user_assigned_identity.world[0].id]
  }
}
