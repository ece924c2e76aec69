terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.81"
    }
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azurerm" {
  features {}
}

data "azurerm_client_config" "me" {}

data "azurerm_subscription" "here" {}

locals {
  nowhere = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-elsewhere/providers"
}

resource "azurerm_resource_group" "world" {
  name     = "rg-world"
  location = "westeurope"
}

resource "azurerm_resource_group" "other" {
  name     = "rg-other"
  location = "westeurope"
}

resource "azurerm_virtual_network" "world" {
  name                = "vnet-world"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  address_space       = ["10.0.0.0/16"]
}

resource "azurerm_virtual_network" "other" {
  name                = "vnet-other"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  address_space       = ["10.9.0.0/16"]
}

resource "azurerm_subnet" "world" {
  count                = 4
  name                 = "snet-world-${count.index}"
  resource_group_name  = azurerm_resource_group.world.name
  virtual_network_name = azurerm_virtual_network.world.name
  address_prefixes     = ["10.0.${count.index}.0/24"]
  service_endpoints    = ["Microsoft.KeyVault", "Microsoft.Storage", "Microsoft.AzureCosmosDB"]
}

resource "azurerm_network_security_group" "world" {
  count               = 2
  name                = "nsg-world-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
}

resource "azurerm_private_dns_zone" "world" {
  count               = 2
  name                = ["privatelink.vaultcore.azure.net", "privatelink.blob.core.windows.net"][count.index]
  resource_group_name = azurerm_resource_group.world.name
}

resource "azurerm_user_assigned_identity" "world" {
  count               = 2
  name                = "id-world-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
}

resource "azurerm_key_vault" "world" {
  count                      = 2
  name                       = "kv-rf-world-${count.index}"
  resource_group_name        = azurerm_resource_group.world.name
  location                   = "westeurope"
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "premium"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
}

resource "azurerm_key_vault" "policies" {
  count               = 2
  name                = "kv-rf-policies-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  tenant_id           = data.azurerm_client_config.me.tenant_id
  sku_name            = "standard"
}

resource "azurerm_key_vault_key" "world" {
  count        = 2
  name         = "key-${count.index}"
  key_vault_id = azurerm_key_vault.world[0].id
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["unwrapKey", "wrapKey"]
  depends_on   = [azurerm_role_assignment.world, azurerm_role_assignment.cosmos]
}

resource "azurerm_storage_account" "world" {
  count                    = 2
  name                     = "strfworld${count.index}"
  resource_group_name      = azurerm_resource_group.world.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_account" "keyed" {
  count                    = 2
  name                     = "strfkeyed${count.index}"
  resource_group_name      = azurerm_resource_group.world.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
  identity {
    type         = "UserAssigned"
    identity_ids = azurerm_user_assigned_identity.world[*].id
  }
}

resource "azurerm_container_registry" "world" {
  count               = 2
  name                = "crrfworld${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku                 = "Premium"
}

resource "azurerm_log_analytics_workspace" "world" {
  count               = 2
  name                = "log-rf-world-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku                 = "PerGB2018"
}

resource "azurerm_application_insights" "world" {
  count               = 2
  name                = "appi-rf-world-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  application_type    = "web"
  workspace_id        = azurerm_log_analytics_workspace.world[0].id
}

resource "azurerm_machine_learning_workspace" "world" {
  count                   = 2
  name                    = "mlw-rf-world-${count.index}"
  resource_group_name     = azurerm_resource_group.world.name
  location                = "westeurope"
  application_insights_id = azurerm_application_insights.world[0].id
  key_vault_id            = azurerm_key_vault.world[0].id
  storage_account_id      = azurerm_storage_account.world[0].id
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "world" {
  count                = 2
  scope                = azurerm_key_vault.world[0].id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = azurerm_user_assigned_identity.world[count.index].principal_id
}

# Cosmos DB itself, as Microsoft's own application.
resource "azurerm_role_assignment" "cosmos" {
  scope                = azurerm_key_vault.world[0].id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = "a232010e-820c-4083-83bb-3ace5fc29d0b"
  principal_type       = "ServicePrincipal"
}

resource "azapi_resource" "ddos" {
  count     = 2
  type      = "Microsoft.Network/ddosProtectionPlans@2025-01-01"
  name      = "ddos-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = {} }
}

resource "azapi_resource" "routes" {
  count     = 2
  type      = "Microsoft.Network/routeTables@2025-01-01"
  name      = "routes-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = {} }
}

resource "azapi_resource" "policies" {
  count     = 2
  type      = "Microsoft.Network/serviceEndpointPolicies@2025-01-01"
  name      = "policies-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = {} }
}

resource "azapi_resource" "groups" {
  count     = 2
  type      = "Microsoft.Network/applicationSecurityGroups@2025-01-01"
  name      = "groups-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = {} }
}
