terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.81"
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
  image = { publisher = "Canonical", offer = "0001-com-ubuntu-server-jammy", sku = "22_04-lts", version = "latest" }
  nic   = azurerm_network_interface.main[*].id
}

resource "azurerm_resource_group" "main" {
  name     = "rg-changes"
  location = "westeurope"
}

resource "azurerm_virtual_network" "main" {
  name                = "vnet-changes"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
  address_space       = ["10.20.0.0/16"]
}

resource "azurerm_subnet" "main" {
  name                 = "snet-machines"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.20.1.0/24"]
}

resource "azurerm_network_interface" "main" {
  count = 4

  name                = "nic-${count.index}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location

  ip_configuration {
    name                          = "one"
    subnet_id                     = azurerm_subnet.main.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "main" {
  name                            = "vm-new"
  resource_group_name             = azurerm_resource_group.main.name
  location                        = azurerm_resource_group.main.location
  size                            = "Standard_D2s_v3"
  network_interface_ids           = [local.nic[0]]
  admin_username                  = "somebody"
  admin_password                  = "Only-4-azurerm"
  disable_password_authentication = false

  source_image_reference {
    publisher = local.image.publisher
    offer     = local.image.offer
    sku       = local.image.sku
    version   = local.image.version
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Standard_LRS"
  }
}

resource "azurerm_virtual_machine" "main" {
  name                  = "vm-old"
  resource_group_name   = azurerm_resource_group.main.name
  location              = azurerm_resource_group.main.location
  vm_size               = "Standard_D2s_v3"
  network_interface_ids = [local.nic[1]]

  os_profile {
    computer_name  = "old"
    admin_username = "somebody"
    admin_password = "Only-4-the-old"
  }

  os_profile_linux_config {
    disable_password_authentication = false
  }

  storage_image_reference {
    publisher = local.image.publisher
    offer     = local.image.offer
    sku       = local.image.sku
    version   = local.image.version
  }

  storage_os_disk {
    name          = "disk-old"
    create_option = "FromImage"
  }
}

resource "azapi_resource" "plain" {
  type      = "Microsoft.Compute/virtualMachines@2024-03-01"
  name      = "vm-plain"
  parent_id = azurerm_resource_group.main.id
  location  = "westeurope"

  body = {
    properties = {
      hardwareProfile = { vmSize = "Standard_D2s_v3" }
      networkProfile  = { networkInterfaces = [{ id = local.nic[2] }] }
      osProfile       = { computerName = "plain", adminUsername = "somebody", adminPassword = "Only-4-a-body" }
      storageProfile  = { imageReference = local.image, osDisk = { createOption = "FromImage" } }
    }
  }
}

resource "azapi_resource" "secret" {
  type      = "Microsoft.Compute/virtualMachines@2024-03-01"
  name      = "vm-secret"
  parent_id = azurerm_resource_group.main.id
  location  = "westeurope"

  body = {
    properties = {
      hardwareProfile = { vmSize = "Standard_D2s_v3" }
      networkProfile  = { networkInterfaces = [{ id = local.nic[3] }] }
      osProfile       = { computerName = "secret", adminUsername = "somebody" }
      storageProfile  = { imageReference = local.image, osDisk = { createOption = "FromImage" } }
    }
  }

  sensitive_body = {
    properties = { osProfile = { adminPassword = "Only-4-a-secret" } }
  }
}
