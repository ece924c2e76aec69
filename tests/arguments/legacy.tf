resource "azapi_resource" "nic" {
  count     = 8
  type      = "Microsoft.Network/networkInterfaces@2025-01-01"
  name      = "nic-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { ipConfigurations = [{ name = "one", properties = { subnet = { id = azurerm_subnet.world[0].id }, privateIPAllocationMethod = "Dynamic" } }] } }
}

resource "azapi_resource" "disk" {
  count     = 4
  type      = "Microsoft.Compute/disks@2023-04-02"
  name      = "disk-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { creationData = { createOption = "Empty" }, diskSizeGB = 30, osType = "Linux" } }
}

resource "azurerm_virtual_machine" "linux" {
  delete_os_disk_on_termination = true                                                 # ->
  location                      = "westeurope"                                         # => "northeurope"
  name                          = "vml-one"                                            # => "vml-two"
  network_interface_ids         = [azapi_resource.nic[0].id, azapi_resource.nic[1].id] # -> [azapi_resource.nic[0].id, azapi_resource.nic[1].id, azapi_resource.nic[2].id]
  primary_network_interface_id  = azapi_resource.nic[0].id                             # -> azapi_resource.nic[1].id
  resource_group_name           = azurerm_resource_group.world.name                    # => azurerm_resource_group.other.name
  tags                          = { a = "1" }                                          # -> { a = "2" }
  vm_size                       = "Standard_D2s_v3"                                    # -> "Standard_D4s_v3"
  zones                         = ["1"]                                                # => ["2"]
  additional_capabilities { # =>
    ultra_ssd_enabled = true # =>
  }
  boot_diagnostics { # ->
    enabled     = true                                                   # ->
    storage_uri = azurerm_storage_account.world[0].primary_blob_endpoint # -> azurerm_storage_account.world[1].primary_blob_endpoint
  }
  identity { # ->
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
    type         = "UserAssigned"                               # -> "SystemAssigned, UserAssigned"
  }
  os_profile { # ! what is made from an image needs a user
    admin_password = "Only-4-a-test" # => "Only-4-2-tests"
    admin_username = "one"           # => "two"
    computer_name  = "one"           # => "two"
    custom_data    = "one"           # => "two"
  }
  os_profile_linux_config { # ! a system needs its configuration
    disable_password_authentication = false # =>
    ssh_keys { # =>
      key_data = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1" # => "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC2"
      path     = "/home/one/.ssh/authorized_keys"           # => "/home/two/.ssh/authorized_keys"
    }
  }
  os_profile_secrets { # ->
    source_vault_id = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
    vault_certificates { # ->
      certificate_url = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # -> "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
    }
  }
  plan { # =>
    name      = "one" # => "two"
    product   = "one" # => "two"
    publisher = "one" # => "two"
  }
  storage_image_reference { # ! what is there and not written is left as it is
    offer     = "0001-com-ubuntu-server-jammy" # => "ubuntu-24_04-lts"
    publisher = "Canonical"                    # => "canonical-test"
    sku       = "22_04-lts"                    # => "server"
    version   = "latest"                       # => "22.04.202404230"
  }
  storage_os_disk {
    caching                   = "ReadWrite"    # -> "ReadOnly"
    create_option             = "FromImage"    # -- a disk is made in one way
    disk_size_gb              = 64             # -> 128
    managed_disk_type         = "Standard_LRS" # => "Premium_LRS"
    name                      = "os-one"       # => "os-two"
    os_type                   = "Linux"        # => "Windows"
    write_accelerator_enabled = true           # ->
  }
}

resource "azurerm_virtual_machine" "windows" {
  availability_set_id          = "${local.nowhere}/Microsoft.Compute/availabilitySets/a" # => "${local.nowhere}/Microsoft.Compute/availabilitySets/b"
  license_type                 = "Windows_Server"                                        # -> "Windows_Client"
  location                     = "westeurope"
  name                         = "vml-windows"
  network_interface_ids        = [azapi_resource.nic[3].id]
  proximity_placement_group_id = "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/a" # => "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/b"
  resource_group_name          = azurerm_resource_group.world.name
  vm_size                      = "Standard_D2s_v3"
  os_profile { # ! what is made from an image needs a user
    admin_password = "Only-4-a-test"
    admin_username = "one"
    computer_name  = "one"
  }
  os_profile_secrets { # ->
    source_vault_id = azurerm_key_vault.world[0].id
    vault_certificates { # ->
      certificate_store = "My" # -> "Root"
      certificate_url   = "https://kv-rf-world-0.vault.azure.net/secrets/a/1"
    }
  }
  os_profile_windows_config { # ! a system needs its configuration
    enable_automatic_upgrades = true  # =>
    provision_vm_agent        = true  # =>
    timezone                  = "UTC" # => "W. Europe Standard Time"
    additional_unattend_config { # =>
      component    = "Microsoft-Windows-Shell-Setup" # -- one legal value
      content      = "<one/>"                        # => "<two/>"
      pass         = "oobeSystem"                    # -- one legal value
      setting_name = "AutoLogon"                     # => "FirstLogonCommands"
    }
    winrm { # =>
      certificate_url = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # => "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
      protocol        = "HTTPS"                                             # => "HTTP"
    }
  }
  storage_image_reference { # ! what is there and not written is left as it is
    id = "${local.nowhere}/Microsoft.Compute/images/a" # => "${local.nowhere}/Microsoft.Compute/images/b"
  }
  storage_os_disk {
    create_option = "FromImage"
    image_uri     = "https://strfworld0.blob.core.windows.net/vhds/image-one.vhd" # -> "https://strfworld0.blob.core.windows.net/vhds/image-two.vhd"
    name          = "file-os"
    vhd_uri       = "https://strfworld0.blob.core.windows.net/vhds/os-one.vhd" # => "https://strfworld0.blob.core.windows.net/vhds/os-two.vhd"
  }
}

resource "azurerm_virtual_machine" "disks" {
  delete_data_disks_on_termination = true # ->
  location                         = "westeurope"
  name                             = "vml-disks"
  network_interface_ids            = [azapi_resource.nic[5].id]
  resource_group_name              = azurerm_resource_group.world.name
  vm_size                          = "Standard_D2s_v3"
  os_profile { # ! what is made from an image needs a user
    admin_password = "Only-4-a-test"
    admin_username = "one"
    computer_name  = "one"
  }
  os_profile_linux_config { # ! a system needs its configuration
    disable_password_authentication = false
  }
  storage_data_disk { # ! what is there and not written is left as it is
    caching                   = "ReadOnly"     # -> "ReadWrite"
    create_option             = "Empty"        # -- a disk is made in one way
    disk_size_gb              = 16             # -> 32
    lun                       = 1              # -> 2
    managed_disk_type         = "Standard_LRS" # -> "Premium_LRS"
    name                      = "data-one" # -- a disk keeps its name
    write_accelerator_enabled = true           # ->
  }
  storage_data_disk { # ! what is there and not written is left as it is
    create_option   = "Attach"
    lun             = 5
    managed_disk_id = azapi_resource.disk[0].id # -> azapi_resource.disk[1].id
    name            = "disk-0"
  }
  storage_data_disk { # ! what is there and not written is left as it is
    create_option = "Empty"
    lun           = 0
    name          = "file-data"
    vhd_uri       = "https://strfworld0.blob.core.windows.net/vhds/data-one.vhd" # -> "https://strfworld0.blob.core.windows.net/vhds/data-two.vhd"
  }
  storage_image_reference { # ! what is there and not written is left as it is
    offer     = "0001-com-ubuntu-server-jammy"
    publisher = "Canonical"
    sku       = "22_04-lts"
    version   = "latest"
  }
  storage_os_disk {
    create_option = "FromImage"
    name          = "os-disks"
  }
}

resource "azurerm_virtual_machine" "attached" {
  location              = "westeurope"
  name                  = "vml-attached"
  network_interface_ids = [azapi_resource.nic[4].id]
  resource_group_name   = azurerm_resource_group.world.name
  vm_size               = "Standard_D2s_v3"
  storage_os_disk {
    create_option   = "Attach"
    managed_disk_id = azapi_resource.disk[2].id # => azapi_resource.disk[3].id
    name            = "disk-2"
    os_type         = "Linux"
  }
}

resource "azurerm_storage_management_policy" "one" {
  storage_account_id = azurerm_storage_account.world[0].id # => azurerm_storage_account.world[1].id
  rule {
    enabled = true  # ->
    name    = "one" # -> "two"
    actions {
      base_blob {
        auto_tier_to_hot_from_cool_enabled                             = true # ->
        delete_after_days_since_modification_greater_than              = 400  # -> 401
        tier_to_archive_after_days_since_creation_greater_than         = 200  # -> 201
        tier_to_archive_after_days_since_last_tier_change_greater_than = 7    # -> 8
        tier_to_cold_after_days_since_creation_greater_than            = 100  # -> 101
        tier_to_cool_after_days_since_last_access_time_greater_than    = 30   # -> 31
      }
      snapshot {
        change_tier_to_archive_after_days_since_creation               = 90  # -> 91
        change_tier_to_cool_after_days_since_creation                  = 23  # -> 24
        delete_after_days_since_creation_greater_than                  = 400 # -> 401
        tier_to_archive_after_days_since_last_tier_change_greater_than = 7   # -> 8
        tier_to_cold_after_days_since_creation_greater_than            = 45  # -> 46
      }
      version {
        change_tier_to_archive_after_days_since_creation               = 90  # -> 91
        change_tier_to_cool_after_days_since_creation                  = 23  # -> 24
        delete_after_days_since_creation                               = 400 # -> 401
        tier_to_archive_after_days_since_last_tier_change_greater_than = 7   # -> 8
        tier_to_cold_after_days_since_creation_greater_than            = 45  # -> 46
      }
    }
    filters {
      blob_types   = ["blockBlob"]      # -> ["appendBlob", "blockBlob"]
      prefix_match = ["a/one", "a/two"] # -> ["a/two"]
    }
  }
  rule {
    enabled = true
    name    = "other"
    actions {
      base_blob {
        delete_after_days_since_creation_greater_than              = 400 # -> 401
        tier_to_archive_after_days_since_modification_greater_than = 200 # -> 201
        tier_to_cold_after_days_since_modification_greater_than    = 100 # -> 101
        tier_to_cool_after_days_since_modification_greater_than    = 30  # -> 31
      }
    }
    filters {
      blob_types = ["blockBlob"]
      match_blob_index_tag {
        name      = "one" # -> "two"
        operation = "=="  # -- one legal value
        value     = "one" # -> "two"
      }
    }
  }
  rule {
    enabled = true
    name    = "third"
    actions {
      base_blob {
        delete_after_days_since_last_access_time_greater_than          = 400 # -> 401
        tier_to_archive_after_days_since_last_access_time_greater_than = 200 # -> 201
        tier_to_cold_after_days_since_last_access_time_greater_than    = 100 # -> 101
        tier_to_cool_after_days_since_creation_greater_than            = 30  # -> 31
      }
    }
    filters {
      blob_types = ["blockBlob"]
    }
  }
}
