# What a platform team hands over: a resource group, a subnet for private endpoints, and the zones of them by their ids.

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
  zones = {
    automation_agents          = "privatelink.agentsvc.azure-automation.net"
    blob                       = "privatelink.blob.core.windows.net"
    cognitive_services         = "privatelink.cognitiveservices.azure.com"
    container_registry         = "privatelink.azurecr.io"
    file                       = "privatelink.file.core.windows.net"
    key_vault                  = "privatelink.vaultcore.azure.net"
    machine_learning_api       = "privatelink.api.azureml.ms"
    machine_learning_notebooks = "privatelink.notebooks.azure.net"
    monitor                    = "privatelink.monitor.azure.com"
    ods_opinsights             = "privatelink.ods.opinsights.azure.com"
    oms_opinsights             = "privatelink.oms.opinsights.azure.com"
    open_ai                    = "privatelink.openai.azure.com"
    queue                      = "privatelink.queue.core.windows.net"
    search_service             = "privatelink.search.windows.net"
    table                      = "privatelink.table.core.windows.net"
  }
}

resource "azurerm_resource_group" "network" {
  name     = "rg-network"
  location = "westeurope"
}

resource "azurerm_resource_group" "workload" {
  name     = "rg-ai"
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
  for_each = local.zones

  name                = each.value
  resource_group_name = azurerm_resource_group.network.name
}

output "resource_group_name" {
  value = azurerm_resource_group.workload.name
}

output "subnet_id" {
  value = azurerm_subnet.endpoints.id
}

output "private_dns_zone_id_automation_agents" {
  value = azurerm_private_dns_zone.zone["automation_agents"].id
}

output "private_dns_zone_id_blob" {
  value = azurerm_private_dns_zone.zone["blob"].id
}

output "private_dns_zone_id_cognitive_services" {
  value = azurerm_private_dns_zone.zone["cognitive_services"].id
}

output "private_dns_zone_id_container_registry" {
  value = azurerm_private_dns_zone.zone["container_registry"].id
}

output "private_dns_zone_id_file" {
  value = azurerm_private_dns_zone.zone["file"].id
}

output "private_dns_zone_id_key_vault" {
  value = azurerm_private_dns_zone.zone["key_vault"].id
}

output "private_dns_zone_id_machine_learning_api" {
  value = azurerm_private_dns_zone.zone["machine_learning_api"].id
}

output "private_dns_zone_id_machine_learning_notebooks" {
  value = azurerm_private_dns_zone.zone["machine_learning_notebooks"].id
}

output "private_dns_zone_id_monitor" {
  value = azurerm_private_dns_zone.zone["monitor"].id
}

output "private_dns_zone_id_ods_opinsights" {
  value = azurerm_private_dns_zone.zone["ods_opinsights"].id
}

output "private_dns_zone_id_oms_opinsights" {
  value = azurerm_private_dns_zone.zone["oms_opinsights"].id
}

output "private_dns_zone_id_open_ai" {
  value = azurerm_private_dns_zone.zone["open_ai"].id
}

output "private_dns_zone_id_queue" {
  value = azurerm_private_dns_zone.zone["queue"].id
}

output "private_dns_zone_id_search_service" {
  value = azurerm_private_dns_zone.zone["search_service"].id
}

output "private_dns_zone_id_table" {
  value = azurerm_private_dns_zone.zone["table"].id
}
