provider "azurerm" {
  features {}
}
resource "azurerm_resource_group" "g" {
  name     = "rg-${terraform.workspace}"
  location = "westeurope"
  tags     = merge({ a = "b" }, null)
}
resource "azurerm_virtual_network" "v" {
  name                = "v"
  resource_group_name = azurerm_resource_group.g.name
  location            = azurerm_resource_group.g.location
  address_space       = ["10.0.0.0/16"]
  dynamic "subnet" {
    for_each = { a = 1 }
    content {
      name             = subnet.key
      address_prefixes = [cidrsubnet("10.0.0.0/16", 8, subnet.value)]
    }
  }
}
