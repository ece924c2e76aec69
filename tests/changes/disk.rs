//! A machine's system disk goes with it, unless another instance owns it.

use super::*;

const STACK: &str = r#"
terraform {
  required_providers {
    azapi = {
      source = "Azure/azapi"
    }
  }
}

provider "azurerm" {
  features {}
}

resource "azurerm_resource_group" "main" {
  name     = "rg-changes"
  location = "westeurope"
}

resource "azurerm_virtual_network" "main" {
  name                = "vnet"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  address_space       = ["10.20.0.0/16"]
}

resource "azurerm_subnet" "main" {
  name                 = "snet"
  resource_group_name  = azurerm_resource_group.main.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = ["10.20.1.0/24"]
}

resource "azurerm_network_interface" "main" {
  name                = "nic"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
  ip_configuration {
    name                          = "one"
    subnet_id                     = azurerm_subnet.main.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azapi_resource" "disk" {
  count     = 2
  type      = "Microsoft.Compute/disks@2023-04-02"
  name      = "disk-${count.index}"
  parent_id = azurerm_resource_group.main.id
  location  = "westeurope"
  body      = { properties = { creationData = { createOption = "Empty" }, diskSizeGB = 30, osType = "Linux" } }
}

resource "azurerm_linux_virtual_machine" "main" {
  name                  = "vm"
  resource_group_name   = azurerm_resource_group.main.name
  location              = "westeurope"
  size                  = "Standard_D2s_v3"
  network_interface_ids = [azurerm_network_interface.main.id]
  os_managed_disk_id    = azapi_resource.disk[0].id
  os_disk {
    caching = "ReadWrite"
  }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_of_another_instance_stays() {
    let mut site = Site::with(STACK, ClockMode::Instant).await;
    let (machine, disk) = ("azurerm_linux_virtual_machine.main", "/providers/Microsoft.Compute/disks/disk-0");
    let other = STACK.replace("azapi_resource.disk[0]", "azapi_resource.disk[1]");
    assert_eq!(done(&site.apply(&other, &PlanOptions::default()).await), [format!("replace {machine}")]);
    assert_eq!(done(&site.plan(&other).await), NOTHING);
    site.look(disk, "2023-04-02");
    let back = site.apply(STACK, &PlanOptions::default()).await;
    assert_eq!(done(&back), [format!("replace {machine}")]);
    let (alone, _) = STACK.split_once("resource \"azurerm_linux_virtual_machine\"").unwrap();
    assert_eq!(done(&site.apply(alone, &PlanOptions::default()).await), [format!("delete {machine}")]);
    assert_eq!(done(&site.plan(alone).await), NOTHING);
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    site.apply(alone, &destroy).await;
}
