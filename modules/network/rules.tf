# The rules of each purpose: the service tags and ports that Azure Machine Learning asks for today, and nothing else.
# Training rules apply to computes in a subnet of yours; a managed network brings its own.

locals {
  region = lower(replace(var.location, " ", ""))

  inbound_deny = [
    { name = "DenyInternetInbound", priority = 4000, direction = "Inbound", access = "Deny", protocol = "*", ports = ["*"], from = "Internet", to = "*" },
  ]

  outbound_deny = [
    { name = "DenyInternetOutbound", priority = 4000, direction = "Outbound", access = "Deny", protocol = "*", ports = ["*"], from = "*", to = "Internet" },
  ]

  endpoints_rules = [
    { name = "AllowEndpointsInbound", priority = 200, direction = "Inbound", access = "Allow", protocol = "Tcp", ports = ["443", "445"], from = "VirtualNetwork", to = "VirtualNetwork" },
    { name = "DenyVnetInbound", priority = 3900, direction = "Inbound", access = "Deny", protocol = "*", ports = ["*"], from = "VirtualNetwork", to = "*" },
  ]

  training_rules = [
    { name = "AllowEntraOutbound", priority = 200, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["80", "443"], from = "VirtualNetwork", to = "AzureActiveDirectory" },
    { name = "AllowMachineLearningOutbound", priority = 210, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443", "18881"], from = "VirtualNetwork", to = "AzureMachineLearning" },
    { name = "AllowMachineLearningUdpOutbound", priority = 220, direction = "Outbound", access = "Allow", protocol = "Udp", ports = ["5831"], from = "VirtualNetwork", to = "AzureMachineLearning" },
    { name = "AllowBatchOutbound", priority = 230, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "BatchNodeManagement.${local.region}" },
    { name = "AllowResourceManagerOutbound", priority = 240, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureResourceManager" },
    { name = "AllowStorageOutbound", priority = 250, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443", "445"], from = "VirtualNetwork", to = "Storage.${local.region}" },
    { name = "AllowFrontDoorOutbound", priority = 260, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureFrontDoor.FrontEnd" },
    { name = "AllowContainerImagesOutbound", priority = 270, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "MicrosoftContainerRegistry" },
    { name = "AllowContainerLayersOutbound", priority = 280, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureFrontDoor.FirstParty" },
    { name = "AllowMonitorOutbound", priority = 290, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureMonitor" },
    { name = "AllowEndpointsOutbound", priority = 300, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443", "445"], from = "VirtualNetwork", to = "VirtualNetwork" },
  ]

  key_vault_rules = [
    { name = "AllowKeyVaultOutbound", priority = 310, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureKeyVault.${local.region}" },
  ]

  public_ip_rules = [
    { name = "AllowMachineLearningInbound", priority = 200, direction = "Inbound", access = "Allow", protocol = "Tcp", ports = ["44224"], from = "AzureMachineLearning", to = "VirtualNetwork" },
  ]

  clients_rules = [
    { name = "AllowEntraOutbound", priority = 200, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureActiveDirectory" },
    { name = "AllowResourceManagerOutbound", priority = 210, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureResourceManager" },
    { name = "AllowPortalOutbound", priority = 220, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443"], from = "VirtualNetwork", to = "AzureFrontDoor.FrontEnd" },
    { name = "AllowEndpointsOutbound", priority = 230, direction = "Outbound", access = "Allow", protocol = "Tcp", ports = ["443", "445"], from = "VirtualNetwork", to = "VirtualNetwork" },
  ]

  rules = {
    endpoints = concat(local.endpoints_rules, local.inbound_deny, local.outbound_deny)
    clients   = concat(local.clients_rules, local.inbound_deny, local.outbound_deny)
    training = concat(
      local.training_rules,
      var.high_business_impact ? local.key_vault_rules : [],
      var.public_ip_compute_enabled ? local.public_ip_rules : [],
      local.inbound_deny,
      local.outbound_deny,
    )
  }
}
