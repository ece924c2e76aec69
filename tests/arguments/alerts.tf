resource "azurerm_monitor_action_group" "one" {
  name                = "ag-one" # => "ag-two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location            = "global" # => "northeurope"
  short_name          = "one" # -> "two"
  enabled             = false # ->
  tags                = { a = "1" } # -> { a = "2" }
  arm_role_receiver {
    name                    = "a" # -> "b"
    role_id                 = "43d0d8ad-25c7-4714-9337-8ba259a9fe05" # -> "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
    use_common_alert_schema = true # ->
  }
  automation_runbook_receiver {
    name                    = "a" # -> "b"
    automation_account_id   = "${local.nowhere}/Microsoft.Automation/automationAccounts/a" # -> "${local.nowhere}/Microsoft.Automation/automationAccounts/b"
    runbook_name            = "a" # -> "b"
    webhook_resource_id     = "${local.nowhere}/Microsoft.Automation/automationAccounts/a/webHooks/a" # -> "${local.nowhere}/Microsoft.Automation/automationAccounts/a/webHooks/b"
    is_global_runbook       = true # ->
    service_uri             = "https://a.example.com" # -> "https://b.example.com"
    use_common_alert_schema = true # ->
  }
  azure_app_push_receiver {
    name          = "a" # -> "b"
    email_address = "a@example.com" # -> "b@example.com"
  }
  azure_function_receiver {
    name                     = "a" # -> "b"
    function_app_resource_id = "${local.nowhere}/Microsoft.Web/sites/a" # -> "${local.nowhere}/Microsoft.Web/sites/b"
    function_name            = "a" # -> "b"
    http_trigger_url         = "https://a.example.com" # -> "https://b.example.com"
    use_common_alert_schema  = true # ->
  }
  email_receiver {
    name                    = "a" # -> "b"
    email_address           = "a@example.com" # -> "b@example.com"
    use_common_alert_schema = true # ->
  }
  event_hub_receiver {
    name                    = "a" # -> "b"
    event_hub_namespace     = "a" # -> "b"
    event_hub_name          = "a" # -> "b"
    subscription_id         = "00000000-0000-0000-0000-000000000001" # -> "00000000-0000-0000-0000-000000000002"
    tenant_id               = "00000000-0000-0000-0000-000000000001" # -> "00000000-0000-0000-0000-000000000002"
    use_common_alert_schema = true # ->
  }
  itsm_receiver {
    name                 = "a" # -> "b"
    workspace_id         = "00000000-0000-0000-0000-000000000001|00000000-0000-0000-0000-000000000002" # -> "00000000-0000-0000-0000-000000000001|00000000-0000-0000-0000-000000000003"
    connection_id        = "00000000-0000-0000-0000-000000000001" # -> "00000000-0000-0000-0000-000000000002"
    ticket_configuration = "{\"PayloadRevision\":0,\"WorkItemType\":\"Incident\"}" # -> "{\"PayloadRevision\":1,\"WorkItemType\":\"Incident\"}"
    region               = "westeurope" # -> "northeurope"
  }
  logic_app_receiver {
    name                    = "a" # -> "b"
    resource_id             = "${local.nowhere}/Microsoft.Logic/workflows/a" # -> "${local.nowhere}/Microsoft.Logic/workflows/b"
    callback_url            = "https://a.example.com" # -> "https://b.example.com"
    use_common_alert_schema = true # ->
  }
  sms_receiver {
    name         = "a" # -> "b"
    country_code = "1" # -> "49"
    phone_number = "1231231234" # -> "1231231235"
  }
  voice_receiver {
    name         = "a" # -> "b"
    country_code = "1" # -> "49"
    phone_number = "1231231234" # -> "1231231235"
  }
  webhook_receiver {
    name                    = "a" # -> "b"
    service_uri             = "https://a.example.com" # -> "https://b.example.com"
    use_common_alert_schema = true # ->
    aad_auth {
      object_id      = "00000000-0000-0000-0000-000000000001" # -> "00000000-0000-0000-0000-000000000002"
      identifier_uri = "api://a" # -> "api://b"
      tenant_id      = "00000000-0000-0000-0000-000000000001" # -> "00000000-0000-0000-0000-000000000002"
    }
  }
}

resource "azurerm_monitor_action_group" "spare" {
  count               = 2
  name                = "ag-spare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  short_name          = "spare"
}

resource "azurerm_monitor_metric_alert" "one" {
  name                     = "ma-one" # => "ma-two"
  resource_group_name      = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  scopes                   = [azurerm_storage_account.world[0].id] # -> [azurerm_storage_account.world[1].id]
  description              = "first" # -> "second"
  enabled                  = false # ->
  auto_mitigate            = false # ->
  frequency                = "PT5M" # -> "PT15M"
  window_size              = "PT15M" # -> "PT30M"
  severity                 = 1 # -> 2
  target_resource_type     = "Microsoft.Storage/storageAccounts" # -> "Microsoft.KeyVault/vaults"
  target_resource_location = "westeurope" # -> "northeurope"
  tags                     = { a = "1" } # -> { a = "2" }
  action {
    action_group_id    = azurerm_monitor_action_group.spare[0].id # -> azurerm_monitor_action_group.spare[1].id
    webhook_properties = { a = "1" } # -> { a = "2" }
  }
  criteria {
    metric_namespace       = "Microsoft.Storage/storageAccounts" # -> "Microsoft.KeyVault/vaults"
    metric_name            = "Transactions" # -> "Availability"
    aggregation            = "Total" # -> "Count"
    operator               = "GreaterThan" # -> "LessThan"
    threshold              = 50 # -> 60
    skip_metric_validation = true # ->
    dimension {
      name     = "ApiName" # -> "GeoType"
      operator = "Include" # -> "Exclude"
      values   = ["*"] # -> ["a", "b"]
    }
  }
}

resource "azurerm_monitor_metric_alert" "dynamic" {
  name                = "ma-dynamic"
  resource_group_name = azurerm_resource_group.world.name
  scopes              = [azurerm_storage_account.world[0].id]
  dynamic_criteria {
    metric_namespace         = "Microsoft.Storage/storageAccounts" # -> "Microsoft.KeyVault/vaults"
    metric_name              = "Transactions" # -> "Availability"
    aggregation              = "Total" # -> "Count"
    operator                 = "GreaterThan" # -> "LessThan"
    alert_sensitivity        = "High" # -> "Low"
    evaluation_total_count   = 6 # -> 7
    evaluation_failure_count = 3 # -> 2
    ignore_data_before       = "2026-01-01T00:00:00Z" # -> "2026-02-01T00:00:00Z"
    skip_metric_validation   = true # ->
    dimension {
      name     = "ApiName" # -> "GeoType"
      operator = "Include" # -> "Exclude"
      values   = ["*"] # -> ["a", "b"]
    }
  }
}

resource "azurerm_monitor_metric_alert" "web" {
  name                = "ma-web"
  resource_group_name = azurerm_resource_group.world.name
  scopes              = [azurerm_application_insights.world[0].id, "${local.nowhere}/Microsoft.Insights/webTests/a"]
  application_insights_web_test_location_availability_criteria {
    web_test_id           = "${local.nowhere}/Microsoft.Insights/webTests/a" # -> "${local.nowhere}/Microsoft.Insights/webTests/b"
    component_id          = azurerm_application_insights.world[0].id # -> azurerm_application_insights.world[1].id
    failed_location_count = 2 # -> 3
  }
}

resource "azurerm_monitor_activity_log_alert" "one" {
  name                = "al-one" # => "al-two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location            = "global" # => "westeurope"
  scopes              = [azurerm_resource_group.world.id] # -> [azurerm_resource_group.other.id]
  description         = "first" # -> "second"
  enabled             = false # ->
  tags                = { a = "1" } # -> { a = "2" }
  action {
    action_group_id    = azurerm_monitor_action_group.spare[0].id # -> azurerm_monitor_action_group.spare[1].id
    webhook_properties = { a = "1" } # -> { a = "2" }
  }
  criteria {
    category          = "Administrative" # -> "Policy"
    caller            = "a@example.com" # -> "b@example.com"
    level             = "Error" # -> "Warning"
    operation_name    = "Microsoft.Storage/storageAccounts/write" # -> "Microsoft.Storage/storageAccounts/delete"
    resource_group    = "rg-a" # -> "rg-b"
    resource_id       = azurerm_storage_account.world[0].id # -> azurerm_storage_account.world[1].id
    resource_provider = "Microsoft.Storage" # -> "Microsoft.KeyVault"
    resource_type     = "Microsoft.Storage/storageAccounts" # -> "Microsoft.KeyVault/vaults"
    status            = "Succeeded" # -> "Failed"
    sub_status        = "OK" # -> "Conflict"
  }
}

resource "azurerm_monitor_activity_log_alert" "many" {
  name                = "al-many"
  resource_group_name = azurerm_resource_group.world.name
  location            = "global"
  scopes              = [azurerm_resource_group.world.id]
  criteria {
    category           = "Administrative"
    levels             = ["Error", "Critical"] # -> ["Error", "Warning"]
    resource_groups    = ["rg-a", "rg-b"] # -> ["rg-a", "rg-c"]
    resource_ids       = [azurerm_storage_account.world[0].id] # -> [azurerm_storage_account.world[1].id]
    resource_providers = ["Microsoft.Storage"] # -> ["Microsoft.KeyVault"]
    resource_types     = ["Microsoft.Storage/storageAccounts"] # -> ["Microsoft.KeyVault/vaults"]
    statuses           = ["Succeeded"] # -> ["Failed"]
    sub_statuses       = ["OK"] # -> ["Conflict"]
  }
}

resource "azurerm_monitor_activity_log_alert" "advice" {
  name                = "al-advice"
  resource_group_name = azurerm_resource_group.world.name
  location            = "global"
  scopes              = [azurerm_resource_group.world.id]
  criteria {
    category                = "Recommendation"
    recommendation_category = "Cost" # -> "Security"
    recommendation_impact   = "High" # -> "Low"
  }
}

resource "azurerm_monitor_activity_log_alert" "advised" {
  name                = "al-advised"
  resource_group_name = azurerm_resource_group.world.name
  location            = "global"
  scopes              = [azurerm_resource_group.world.id]
  criteria {
    category            = "Recommendation"
    recommendation_type = "b9c9ae57-b2a7-4687-8e8a-9c2ed0ed7e08" # -> "b9c9ae57-b2a7-4687-8e8a-9c2ed0ed7e09"
  }
}

resource "azurerm_monitor_activity_log_alert" "health" {
  name                = "al-health"
  resource_group_name = azurerm_resource_group.world.name
  location            = "global"
  scopes              = [azurerm_resource_group.world.id]
  criteria {
    category = "ResourceHealth"
    resource_health {
      current  = ["Degraded", "Unavailable"] # -> ["Unavailable"]
      previous = ["Available"] # -> ["Unknown"]
      reason   = ["PlatformInitiated"] # -> ["UserInitiated"]
    }
  }
}

resource "azurerm_monitor_activity_log_alert" "service" {
  name                = "al-service"
  resource_group_name = azurerm_resource_group.world.name
  location            = "global"
  scopes              = [azurerm_resource_group.world.id]
  criteria {
    category = "ServiceHealth"
    service_health {
      events    = ["Incident", "Maintenance"] # -> ["Incident", "Security"]
      locations = ["West Europe"] # -> ["North Europe"]
      services  = ["Storage"] # -> ["Key Vault"]
    }
  }
}

resource "azurerm_monitor_private_link_scope" "one" {
  name                  = "ampls-one" # => "ampls-two"
  resource_group_name   = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  ingestion_access_mode = "PrivateOnly" # -> "Open"
  query_access_mode     = "PrivateOnly" # -> "Open"
  tags                  = { a = "1" } # -> { a = "2" }
}

resource "azurerm_monitor_private_link_scope" "spare" {
  count               = 2
  name                = "ampls-spare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
}

resource "azurerm_monitor_private_link_scoped_service" "one" {
  name                = "one" # => "two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  scope_name          = azurerm_monitor_private_link_scope.spare[0].name # => azurerm_monitor_private_link_scope.spare[1].name
  linked_resource_id  = azurerm_log_analytics_workspace.world[0].id # => azurerm_log_analytics_workspace.world[1].id
}

resource "azurerm_log_analytics_solution" "one" {
  solution_name         = "ContainerInsights" # => "SecurityInsights"
  workspace_name        = azurerm_log_analytics_workspace.world[0].name # => azurerm_log_analytics_workspace.world[1].name
  workspace_resource_id = azurerm_log_analytics_workspace.world[0].id # => azurerm_log_analytics_workspace.world[1].id
  resource_group_name   = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location              = "westeurope" # => "northeurope"
  tags                  = { a = "1" } # -> { a = "2" }
  plan {
    publisher      = "Microsoft" # => "Contoso"
    product        = "OMSGallery/ContainerInsights" # => "OMSGallery/SecurityInsights"
    promotion_code = "a" # => "b"
  }
}
