resource "azurerm_log_analytics_workspace" "this" {
  name                = "log-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  sku                 = "PerGB2018"
  retention_in_days   = var.retention_in_days
  tags                = var.tags

  local_authentication_enabled = false
  internet_ingestion_enabled   = var.internet_access_enabled
  internet_query_enabled       = var.internet_access_enabled
}

resource "azurerm_application_insights" "this" {
  name                = "appi-${var.name}"
  resource_group_name = var.resource_group_name
  location            = var.location
  application_type    = "web"
  workspace_id        = azurerm_log_analytics_workspace.this.id
  retention_in_days   = var.retention_in_days
  tags                = var.tags

  local_authentication_enabled = false
  internet_ingestion_enabled   = var.internet_access_enabled
  internet_query_enabled       = var.internet_access_enabled
}
