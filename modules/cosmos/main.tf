locals {
  keys = var.customer_managed_key == null ? [] : [var.customer_managed_key]
}

resource "azurerm_cosmosdb_account" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  kind                = "GlobalDocumentDB"
  offer_type          = "Standard"
  tags                = var.tags

  public_network_access_enabled         = false
  local_authentication_enabled          = false
  access_key_metadata_writes_enabled    = false
  network_acl_bypass_for_azure_services = false
  minimal_tls_version                   = "Tls12"

  key_vault_key_id      = one(local.keys[*].key_id)
  default_identity_type = length(local.keys) > 0 ? "UserAssignedIdentity=${local.keys[0].identity_id}" : "FirstPartyIdentity"

  dynamic "identity" {
    for_each = local.keys

    content {
      type         = "UserAssigned"
      identity_ids = [identity.value.identity_id]
    }
  }

  consistency_policy {
    consistency_level = "Session"
  }

  geo_location {
    location          = var.location
    failover_priority = 0
    zone_redundant    = var.zone_redundancy_enabled
  }

  backup {
    type = "Continuous"
    tier = "Continuous7Days"
  }
}
