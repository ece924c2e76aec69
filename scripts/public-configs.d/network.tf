# What platform teams have before a workload comes: a network with a subnet for private endpoints, and the private DNS zones.

terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
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
