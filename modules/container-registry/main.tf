locals {
  keys = var.customer_managed_key == null ? [] : [var.customer_managed_key]
}

# Premium: private endpoints, zones and customer-managed keys need it.
resource "azurerm_container_registry" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  sku                 = "Premium"
  tags                = var.tags

  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  network_rule_bypass_option    = "AzureServices"
  data_endpoint_enabled         = true
  export_policy_enabled         = false
  zone_redundancy_enabled       = var.zone_redundancy_enabled
  retention_policy_in_days      = var.untagged_retention_days

  dynamic "identity" {
    for_each = local.keys

    content {
      type         = "UserAssigned"
      identity_ids = [identity.value.identity_id]
    }
  }

  dynamic "encryption" {
    for_each = local.keys

    content {
      key_vault_key_id   = encryption.value.key_id
      identity_client_id = encryption.value.identity_client_id
    }
  }
}
