resource "azurerm_machine_learning_workspace" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  description         = var.description
  friendly_name       = var.friendly_name
  tags                = var.tags

  application_insights_id = var.application_insights_id
  container_registry_id   = var.container_registry_id
  key_vault_id            = var.key_vault_id
  storage_account_id      = var.storage_account_id

  public_network_access_enabled   = false
  high_business_impact            = var.high_business_impact
  storage_account_access_type     = "Identity"
  v1_legacy_mode_enabled          = false
  image_build_compute_name        = var.image_build_cluster
  primary_user_assigned_identity  = var.identity_id
  service_side_encryption_enabled = var.service_side_encryption_enabled

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  encryption {
    key_vault_id              = var.key_vault_id
    key_id                    = var.key_id
    user_assigned_identity_id = var.identity_id
  }

  managed_network {
    isolation_mode                = var.isolation_mode
    provision_on_creation_enabled = var.isolation_mode == "Disabled" ? false : var.provision_network
  }

  lifecycle {
    precondition {
      condition     = var.image_build_cluster == null ? true : contains(keys(var.compute_clusters), var.image_build_cluster)
      error_message = "image_build_cluster names a cluster that is not in compute_clusters."
    }
  }
}

resource "azurerm_machine_learning_compute_cluster" "this" {
  for_each = var.compute_clusters

  name                          = each.key
  machine_learning_workspace_id = azurerm_machine_learning_workspace.this.id
  location                      = var.location
  vm_size                       = each.value.vm_size
  vm_priority                   = each.value.vm_priority
  tags                          = var.tags

  node_public_ip_enabled    = false
  ssh_public_access_enabled = false
  local_auth_enabled        = false

  identity {
    type         = "UserAssigned"
    identity_ids = [coalesce(var.compute_identity_id, var.identity_id)]
  }

  scale_settings {
    min_node_count                       = each.value.min_node_count
    max_node_count                       = each.value.max_node_count
    scale_down_nodes_after_idle_duration = each.value.idle_time
  }
}
