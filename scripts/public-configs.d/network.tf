# What platform teams have before a workload comes: a network with a subnet for private endpoints, the private DNS zones, a group
# for the workload, and a registry of models.

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azurerm" {
  features {}
}

locals {
  zones = [
    "privatelink.api.azureml.ms",
    "privatelink.notebooks.azure.net",
    "privatelink.azurecr.io",
    "privatelink.blob.core.windows.net",
    "privatelink.dfs.core.windows.net",
    "privatelink.file.core.windows.net",
    "privatelink.queue.core.windows.net",
    "privatelink.table.core.windows.net",
    "privatelink.vaultcore.azure.net",
    "privatelink.cognitiveservices.azure.com",
    "privatelink.openai.azure.com",
    "privatelink.services.ai.azure.com",
    "privatelink.search.windows.net",
    "instances.azureml.ms",
  ]
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "network" {
  name     = "rg-network"
  location = "westeurope"
}

resource "azurerm_virtual_network" "workload" {
  name                = "vnet-workload"
  resource_group_name = azurerm_resource_group.network.name
  location            = azurerm_resource_group.network.location
  address_space       = ["10.40.0.0/16"]
}

resource "azurerm_subnet" "endpoints" {
  name                 = "snet-endpoints"
  resource_group_name  = azurerm_resource_group.network.name
  virtual_network_name = azurerm_virtual_network.workload.name
  address_prefixes     = ["10.40.1.0/24"]
}

resource "azurerm_private_dns_zone" "zone" {
  for_each = toset(local.zones)

  name                = each.value
  resource_group_name = azurerm_resource_group.network.name
}

resource "azurerm_resource_group" "workload" {
  name     = "rg-workload"
  location = "westeurope"
}

resource "azapi_resource" "registry" {
  type      = "Microsoft.MachineLearningServices/registries@2025-06-01"
  name      = "mlr-platform"
  parent_id = azurerm_resource_group.network.id
  location  = azurerm_resource_group.network.location

  identity {
    type = "SystemAssigned"
  }

  body = {
    properties = {
      regionDetails = [{ location = azurerm_resource_group.network.location }]
    }
  }
}

output "registry_id_nonprod" {
  value = azapi_resource.registry.id
}

output "workspace_resource_group_name" {
  value = azurerm_resource_group.workload.name
}

output "workspace_resource_group_id" {
  value = azurerm_resource_group.workload.id
}

output "resource_group_name_dns" {
  value = azurerm_resource_group.network.name
}

output "sub_id_dns" {
  value = data.azurerm_client_config.current.subscription_id
}

output "sub_id" {
  value = data.azurerm_client_config.current.subscription_id
}

output "subnet_id" {
  value = azurerm_subnet.endpoints.id
}

output "user_object_id" {
  value = data.azurerm_client_config.current.object_id
}
