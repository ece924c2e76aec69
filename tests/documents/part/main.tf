terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

variable "group" {
  type = object({ name = string, location = string })
}

variable "space" {
  type = string
}

resource "azurerm_virtual_network" "this" {
  name                = "vnet-documents${var.space == "10.1.0.0/16" ? "" : "-other"}"
  resource_group_name = var.group.name
  location            = var.group.location
  address_space       = [var.space]
}

output "id" {
  value = azurerm_virtual_network.this.id
}
