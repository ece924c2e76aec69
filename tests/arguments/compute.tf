
resource "azapi_resource" "nic" {
  count     = 9
  type      = "Microsoft.Network/networkInterfaces@2025-01-01"
  name      = "nic-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { ipConfigurations = [{ name = "one", properties = { subnet = { id = azurerm_subnet.world[0].id }, privateIPAllocationMethod = "Dynamic" } }] } }
}

resource "azapi_resource" "host" {
  count     = 2
  type      = "Microsoft.Compute/hostGroups@2024-03-01"
  name      = "hosts-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { platformFaultDomainCount = 1 } }
}

resource "azapi_resource" "sets" {
  count     = 2
  type      = "Microsoft.Compute/diskEncryptionSets@2022-03-02"
  name      = "sets-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { activeKey = { keyUrl = azurerm_key_vault_key.world[0].id } } }
}

resource "azapi_resource" "disk" {
  count     = 2
  type      = "Microsoft.Compute/disks@2023-04-02"
  name      = "disk-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { creationData = { createOption = "Empty" }, diskSizeGB = 30, osType = "Linux" } }
}

resource "azurerm_linux_virtual_machine" "one" {
  admin_password                                         = "Only-4-a-test" # => "Only-4-2-tests"
  admin_username                                         = "one" # => "two"
  allow_extension_operations                             = true # ->
  bypass_platform_safety_checks_on_user_schedule_enabled = true # ->
  computer_name                                          = "one" # => "two"
  custom_data                                            = "b25l" # => "dHdv"
  disable_password_authentication                        = false # =>
  disk_controller_type                                   = "SCSI" # -> "NVMe"
  encryption_at_host_enabled                             = true # ->
  eviction_policy                                        = "Deallocate" # => "Delete"
  extensions_time_budget                                 = "PT1H" # -> "PT1H10M"
  license_type                                           = "UBUNTU_PRO" # -> "RHEL_BYOS"
  location                                               = "westeurope" # => "northeurope"
  max_bid_price                                          = 0.5 # -> 0.6
  name                                                   = "vm-one" # => "vm-two"
  network_interface_ids                                  = [azapi_resource.nic[0].id] # -> [azapi_resource.nic[0].id, azapi_resource.nic[8].id]
  patch_assessment_mode                                  = "AutomaticByPlatform" # -> "ImageDefault"
  patch_mode                                             = "AutomaticByPlatform"
  priority                                               = "Spot"
  provision_vm_agent                                     = true
  reboot_setting                                         = "Always" # -> "Never"
  resource_group_name                                    = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  secure_boot_enabled                                    = true # =>
  size                                                   = "Standard_D2s_v3" # -> "Standard_D4s_v3"
  tags                                                   = { a = "1" } # -> { a = "2" }
  user_data                                              = "b25l" # -> "dHdv"
  vm_agent_platform_updates_enabled                      = true # ->
  vtpm_enabled                                           = true # =>
  zone                                                   = "1" # => "2"
  additional_capabilities {
    hibernation_enabled = true # ->
    ultra_ssd_enabled   = true # ->
  }
  admin_ssh_key {
    public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1" # => "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC2"
    username   = "one" # => "two"
  }
  boot_diagnostics {
    storage_account_uri = azurerm_storage_account.world[0].primary_blob_endpoint # -> azurerm_storage_account.world[1].primary_blob_endpoint
  }
  gallery_application {
    automatic_upgrade_enabled                   = true # ->
    configuration_blob_uri                      = "https://strfworld0.blob.core.windows.net/a/one" # -> "https://strfworld0.blob.core.windows.net/a/two"
    order                                       = 1 # -> 2
    tag                                         = "one" # -> "two"
    treat_failure_as_deployment_failure_enabled = true # ->
    version_id                                  = "${local.nowhere}/Microsoft.Compute/galleries/a/applications/b/versions/1.0.0" # -> "${local.nowhere}/Microsoft.Compute/galleries/a/applications/b/versions/1.0.1"
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  os_disk {
    caching                   = "ReadWrite" # -> "ReadOnly"
    disk_encryption_set_id    = azapi_resource.sets[0].id # -> azapi_resource.sets[1].id
    disk_size_gb              = 64 # -> 128
    name                      = "disk-one" # => "disk-two"
    storage_account_type      = "Standard_LRS" # => "Premium_LRS"
    write_accelerator_enabled = true # ->
  }
  os_image_notification {
    timeout = "PT15M" # -- one legal value
  }
  plan {
    name      = "one" # => "two"
    product   = "one" # => "two"
    publisher = "one" # => "two"
  }
  secret {
    key_vault_id = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
    certificate {
      url = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # -> "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
    }
  }
  source_image_reference {
    offer     = "ubuntu-24_04-lts" # => "0001-com-ubuntu-server-jammy"
    publisher = "Canonical" # => "canonical-test"
    sku       = "server" # => "minimal"
    version   = "latest" # => "24.04.202404230"
  }
  termination_notification {
    enabled = true # ->
    timeout = "PT6M" # -> "PT7M"
  }
}

resource "azurerm_linux_virtual_machine" "placed" {
  admin_username               = "one"
  dedicated_host_group_id      = azapi_resource.host[0].id # -> azapi_resource.host[1].id
  edge_zone                    = "losangeles" # => "perth"
  location                     = "westeurope"
  name                         = "vm-placed"
  network_interface_ids        = [azapi_resource.nic[1].id]
  patch_mode                   = "ImageDefault" # -> "AutomaticByPlatform"
  platform_fault_domain        = 0 # => 1
  eviction_policy              = null # => "Delete" @spot
  priority                     = "Regular" # => "Spot" @spot
  proximity_placement_group_id = "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/a" # -> "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/b"
  resource_group_name          = azurerm_resource_group.world.name
  secure_boot_enabled          = true
  size                         = "Standard_D2s_v3"
  source_image_id              = "${local.nowhere}/Microsoft.Compute/images/a" # => "${local.nowhere}/Microsoft.Compute/images/b"
  virtual_machine_scale_set_id = "${local.nowhere}/Microsoft.Compute/virtualMachineScaleSets/a" # -> "${local.nowhere}/Microsoft.Compute/virtualMachineScaleSets/b"
  vtpm_enabled                 = true
  admin_ssh_key { # ! without a password it needs one
    public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1"
    username   = "one"
  }
  os_disk {
    caching                          = "ReadOnly"
    secure_vm_disk_encryption_set_id = azapi_resource.sets[0].id # => azapi_resource.sets[1].id
    security_encryption_type         = "DiskWithVMGuestState"
    storage_account_type             = "Standard_LRS"
    diff_disk_settings {
      option    = "Local" # -- one legal value
      placement = "ResourceDisk" # => "CacheDisk"
    }
  }
}

resource "azurerm_linux_virtual_machine" "hosted" {
  admin_username                = "one"
  allow_extension_operations    = false
  availability_set_id           = "${local.nowhere}/Microsoft.Compute/availabilitySets/a" # => "${local.nowhere}/Microsoft.Compute/availabilitySets/b"
  dedicated_host_id             = "${local.nowhere}/Microsoft.Compute/hostGroups/a/hosts/a" # -> "${local.nowhere}/Microsoft.Compute/hostGroups/a/hosts/b"
  location                      = "westeurope"
  name                          = "vm-hosted"
  network_interface_ids         = [azapi_resource.nic[2].id]
  provision_vm_agent            = false # =>
  resource_group_name           = azurerm_resource_group.world.name
  secure_boot_enabled           = true
  size                          = "Standard_D2s_v3"
  source_image_id               = "${local.nowhere}/Microsoft.Compute/images/a"
  vtpm_enabled                  = true
  admin_ssh_key { # ! without a password it needs one
    public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1"
    username   = "one"
  }
  os_disk {
    caching                  = "ReadOnly"
    security_encryption_type = "VMGuestStateOnly" # => "DiskWithVMGuestState"
    storage_account_type     = "Standard_LRS"
  }
}

resource "azurerm_linux_virtual_machine" "attached" {
  capacity_reservation_group_id = "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/a" # -> "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/b"
  location                      = "westeurope"
  name                          = "vm-attached"
  network_interface_ids         = [azapi_resource.nic[3].id]
  os_managed_disk_id            = azapi_resource.disk[0].id # => azapi_resource.disk[1].id
  resource_group_name           = azurerm_resource_group.world.name
  size                          = "Standard_D2s_v3"
  os_disk {
    caching = "ReadWrite"
  }
}

resource "azurerm_windows_virtual_machine" "one" {
  admin_password                                         = "Only-4-a-test" # => "Only-4-2-tests"
  admin_username                                         = "one" # => "two"
  allow_extension_operations                             = true # ->
  automatic_updates_enabled                              = true # =>
  bypass_platform_safety_checks_on_user_schedule_enabled = true # ->
  computer_name                                          = "one" # => "two"
  custom_data                                            = "b25l" # => "dHdv"
  disk_controller_type                                   = "SCSI" # -> "NVMe"
  encryption_at_host_enabled                             = true # ->
  eviction_policy                                        = "Deallocate" # => "Delete"
  extensions_time_budget                                 = "PT1H" # -> "PT1H10M"
  hotpatching_enabled                                    = true # ->
  license_type                                           = "Windows_Server" # -> "Windows_Client"
  location                                               = "westeurope" # => "northeurope"
  max_bid_price                                          = 0.5 # -> 0.6
  name                                                   = "vmw-one" # => "vmw-two"
  network_interface_ids                                  = [azapi_resource.nic[4].id] # -> [azapi_resource.nic[4].id, azapi_resource.nic[8].id]
  patch_assessment_mode                                  = "AutomaticByPlatform" # -> "ImageDefault"
  patch_mode                                             = "AutomaticByPlatform"
  priority                                               = "Spot"
  provision_vm_agent                                     = true
  reboot_setting                                         = "Always" # -> "Never"
  resource_group_name                                    = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  secure_boot_enabled                                    = true # =>
  size                                                   = "Standard_D2s_v3" # -> "Standard_D4s_v3"
  tags                                                   = { a = "1" } # -> { a = "2" }
  timezone                                               = "UTC" # => "W. Europe Standard Time"
  user_data                                              = "b25l" # -> "dHdv"
  vm_agent_platform_updates_enabled                      = true # ->
  vtpm_enabled                                           = true # =>
  zone                                                   = "1" # => "2"
  additional_capabilities {
    hibernation_enabled = true # ->
    ultra_ssd_enabled   = true # ->
  }
  additional_unattend_content {
    content = "<one/>" # => "<two/>"
    setting = "AutoLogon" # => "FirstLogonCommands"
  }
  boot_diagnostics {
    storage_account_uri = azurerm_storage_account.world[0].primary_blob_endpoint # -> azurerm_storage_account.world[1].primary_blob_endpoint
  }
  gallery_application {
    automatic_upgrade_enabled                   = true # ->
    configuration_blob_uri                      = "https://strfworld0.blob.core.windows.net/a/one" # -> "https://strfworld0.blob.core.windows.net/a/two"
    order                                       = 1 # -> 2
    tag                                         = "one" # -> "two"
    treat_failure_as_deployment_failure_enabled = true # ->
    version_id                                  = "${local.nowhere}/Microsoft.Compute/galleries/a/applications/b/versions/1.0.0" # -> "${local.nowhere}/Microsoft.Compute/galleries/a/applications/b/versions/1.0.1"
  }
  identity {
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  os_disk {
    caching                   = "ReadWrite" # -> "ReadOnly"
    disk_encryption_set_id    = azapi_resource.sets[0].id # -> azapi_resource.sets[1].id
    disk_size_gb              = 128 # -> 256
    name                      = "diskw-one" # => "diskw-two"
    storage_account_type      = "Standard_LRS" # => "Premium_LRS"
    write_accelerator_enabled = true # ->
  }
  os_image_notification {
    timeout = "PT15M" # -- one legal value
  }
  plan {
    name      = "one" # => "two"
    product   = "one" # => "two"
    publisher = "one" # => "two"
  }
  secret {
    key_vault_id = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
    certificate {
      store = "My" # -> "Root"
      url   = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # -> "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
    }
  }
  source_image_reference {
    offer     = "WindowsServer" # => "WindowsServerSemiAnnual"
    publisher = "MicrosoftWindowsServer" # => "MicrosoftWindowsServerTest"
    sku       = "2022-datacenter" # => "2019-datacenter"
    version   = "latest" # => "20348.2340.240303"
  }
  termination_notification {
    enabled = true # ->
    timeout = "PT6M" # -> "PT7M"
  }
  winrm_listener {
    certificate_url = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # => "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
    protocol        = "Https" # => "Http"
  }
}

resource "azurerm_windows_virtual_machine" "placed" {
  admin_password               = "Only-4-a-test"
  admin_username               = "one"
  dedicated_host_group_id      = azapi_resource.host[0].id # -> azapi_resource.host[1].id
  edge_zone                    = "losangeles" # => "perth"
  enable_automatic_updates     = false # =>
  location                     = "westeurope"
  name                         = "vmw-placed"
  network_interface_ids        = [azapi_resource.nic[5].id]
  patch_mode                   = "Manual" # -> "AutomaticByOS"
  platform_fault_domain        = 0 # => 1
  eviction_policy              = null # => "Delete" @spot
  priority                     = "Regular" # => "Spot" @spot
  proximity_placement_group_id = "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/a" # -> "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/b"
  resource_group_name          = azurerm_resource_group.world.name
  secure_boot_enabled          = true
  size                         = "Standard_D2s_v3"
  source_image_id              = "${local.nowhere}/Microsoft.Compute/images/a" # => "${local.nowhere}/Microsoft.Compute/images/b"
  virtual_machine_scale_set_id = "${local.nowhere}/Microsoft.Compute/virtualMachineScaleSets/a" # -> "${local.nowhere}/Microsoft.Compute/virtualMachineScaleSets/b"
  vtpm_enabled                 = true
  os_disk {
    caching                          = "ReadOnly"
    secure_vm_disk_encryption_set_id = azapi_resource.sets[0].id # => azapi_resource.sets[1].id
    security_encryption_type         = "DiskWithVMGuestState"
    storage_account_type             = "Standard_LRS"
    diff_disk_settings {
      option    = "Local" # -- one legal value
      placement = "ResourceDisk" # => "CacheDisk"
    }
  }
}

resource "azurerm_windows_virtual_machine" "hosted" {
  admin_password             = "Only-4-a-test"
  admin_username             = "one"
  allow_extension_operations = false
  availability_set_id        = "${local.nowhere}/Microsoft.Compute/availabilitySets/a" # => "${local.nowhere}/Microsoft.Compute/availabilitySets/b"
  dedicated_host_id          = "${local.nowhere}/Microsoft.Compute/hostGroups/a/hosts/a" # -> "${local.nowhere}/Microsoft.Compute/hostGroups/a/hosts/b"
  location                   = "westeurope"
  name                       = "vmw-hosted"
  network_interface_ids      = [azapi_resource.nic[6].id]
  provision_vm_agent         = false # =>
  resource_group_name        = azurerm_resource_group.world.name
  secure_boot_enabled           = true
  size                       = "Standard_D2s_v3"
  source_image_id            = "${local.nowhere}/Microsoft.Compute/images/a"
  vtpm_enabled               = true
  os_disk {
    caching                  = "ReadOnly"
    security_encryption_type = "VMGuestStateOnly" # => "DiskWithVMGuestState"
    storage_account_type     = "Standard_LRS"
  }
}

resource "azurerm_windows_virtual_machine" "attached" {
  capacity_reservation_group_id = "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/a" # -> "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/b"
  location                      = "westeurope"
  name                          = "vmw-attached"
  network_interface_ids         = [azapi_resource.nic[7].id]
  os_managed_disk_id            = azapi_resource.disk[1].id # => azapi_resource.disk[0].id
  resource_group_name           = azurerm_resource_group.world.name
  size                          = "Standard_D2s_v3"
  os_disk {
    caching = "ReadWrite"
  }
}

resource "azurerm_linux_virtual_machine" "base" {
  count                 = 2
  admin_username        = "one"
  location              = "westeurope"
  name                  = "vm-base-${count.index}"
  network_interface_ids = [azapi_resource.base[count.index].id]
  resource_group_name   = azurerm_resource_group.world.name
  size                  = "Standard_D2s_v3"
  source_image_id       = "${local.nowhere}/Microsoft.Compute/images/a"
  admin_ssh_key {
    public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1"
    username   = "one"
  }
  boot_diagnostics {
  }
  os_disk {
    caching              = "ReadOnly"
    storage_account_type = "Standard_LRS"
  }
}

resource "azapi_resource" "base" {
  count     = 2
  type      = "Microsoft.Network/networkInterfaces@2025-01-01"
  name      = "nic-base-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { ipConfigurations = [{ name = "one", properties = { subnet = { id = azurerm_subnet.world[0].id }, privateIPAllocationMethod = "Dynamic" } }] } }
}

resource "azurerm_virtual_machine_extension" "one" {
  auto_upgrade_minor_version  = true # ->
  automatic_upgrade_enabled   = true # ->
  failure_suppression_enabled = true # ->
  name                        = "one" # => "two"
  protected_settings          = "{\"storageAccountKey\":\"only-for-a-test\"}" # -> "{\"storageAccountKey\":\"only-for-two-tests\"}"
  provision_after_extensions  = ["a"] # -> ["b"]
  publisher                   = "Microsoft.Azure.Extensions" # => "Microsoft.OSTCExtensions"
  settings                    = jsonencode({ commandToExecute = "true" }) # -> jsonencode({ commandToExecute = "false" })
  tags                        = { a = "1" } # -> { a = "2" }
  type                        = "CustomScript" # -> "CustomScriptForLinux"
  type_handler_version        = "2.1" # -> "2.0"
  virtual_machine_id          = azurerm_linux_virtual_machine.base[0].id # => azurerm_linux_virtual_machine.base[1].id
}

resource "azurerm_virtual_machine_extension" "kept" {
  name                 = "kept"
  publisher            = "Microsoft.Azure.Extensions"
  type                 = "CustomScript"
  type_handler_version = "2.1"
  virtual_machine_id   = azurerm_linux_virtual_machine.base[0].id
  protected_settings_from_key_vault {
    secret_url      = "https://kv-rf-world-0.vault.azure.net/secrets/a/1" # -> "https://kv-rf-world-0.vault.azure.net/secrets/a/2"
    source_vault_id = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
  }
}

resource "azurerm_dev_test_global_vm_shutdown_schedule" "one" {
  daily_recurrence_time = "1900" # -> "2000"
  enabled               = false # ->
  location              = "westeurope" # => "northeurope"
  tags                  = { a = "1" } # -> { a = "2" }
  timezone              = "UTC" # -> "W. Europe Standard Time"
  virtual_machine_id    = azurerm_linux_virtual_machine.base[0].id # => azurerm_linux_virtual_machine.base[1].id
  notification_settings {
    email           = "one@example.com" # -> "two@example.com"
    enabled         = true # ->
    time_in_minutes = 15 # -> 20
    webhook_url     = "https://a.example.com" # -> "https://b.example.com"
  }
}
