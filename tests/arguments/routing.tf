resource "azurerm_public_ip" "one" {
  name                    = "pip-one" # => "pip-two"
  resource_group_name     = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                = "westeurope" # => "northeurope"
  allocation_method       = "Static" # -- "Dynamic" goes with the SKU `Basic`, of which Azure makes none any more
  sku                     = "Standard" # => "StandardV2"
  sku_tier                = "Regional" # => "Global"
  ip_version              = "IPv4" # => "IPv6"
  idle_timeout_in_minutes = 10 # -> 20
  ddos_protection_mode    = "Enabled" # -> "Disabled"
  domain_name_label       = "rf-one" # -> "rf-two"
  domain_name_label_scope = "TenantReuse" # => "SubscriptionReuse"
  reverse_fqdn            = "rf-one.westeurope.cloudapp.azure.com" # ->
  ip_tags                 = { RoutingPreference = "Internet" } # =>
  public_ip_prefix_id     = azapi_resource.prefix.id # =>
  zones                   = ["1"] # => ["2"]
  tags                    = { a = "1" } # -> { a = "2" }
}

resource "azurerm_public_ip" "edge" {
  name                    = "pip-edge"
  resource_group_name     = azurerm_resource_group.world.name
  location                = "westeurope"
  allocation_method       = "Static"
  edge_zone               = "losangeles" # => "miami"
  ddos_protection_mode    = "Enabled"
  ddos_protection_plan_id = azapi_resource.ddos[0].id # -> azapi_resource.ddos[1].id
}

resource "azurerm_public_ip" "spare" {
  count               = 4
  name                = "pip-spare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  allocation_method   = "Static"
}

resource "azapi_resource" "prefix" {
  type      = "Microsoft.Network/publicIPPrefixes@2025-01-01"
  name      = "prefix"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { sku = { name = "Standard" }, zones = ["1"], properties = { prefixLength = 28 } }
}

resource "azurerm_network_interface" "one" {
  name                           = "nic-one" # => "nic-two"
  resource_group_name            = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                       = "westeurope" # => "northeurope"
  accelerated_networking_enabled = true # ->
  ip_forwarding_enabled          = true # ->
  auxiliary_mode                 = "MaxConnections" # -> "AcceleratedConnections"
  auxiliary_sku                  = "A1" # -> "A2"
  dns_servers                    = ["10.0.0.4"] # -> ["10.0.0.5"]
  internal_dns_name_label        = "one" # -> "two"
  tags                           = { a = "1" } # -> { a = "2" }
  ip_configuration {
    name                          = "a" # -> "b"
    subnet_id                     = azurerm_subnet.world[3].id # -> azurerm_subnet.world[1].id
    private_ip_address_allocation = "Dynamic" # -> "Static"
    private_ip_address_version    = "IPv4" # -> "IPv6"
    primary                       = true # ->
    public_ip_address_id          = azurerm_public_ip.spare[0].id # -> azurerm_public_ip.spare[1].id
  }
}

resource "azurerm_network_interface" "edge" {
  name                = "nic-edge"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  edge_zone           = "losangeles" # => "miami"
  ip_configuration {
    name                                               = "a"
    subnet_id                                          = azurerm_subnet.world[3].id
    private_ip_address_allocation                      = "Static"
    private_ip_address                                 = "10.0.3.20" # -> "10.0.3.21"
    gateway_load_balancer_frontend_ip_configuration_id = "${local.nowhere}/Microsoft.Network/loadBalancers/l/frontendIPConfigurations/a" # -> "${local.nowhere}/Microsoft.Network/loadBalancers/l/frontendIPConfigurations/b"
  }
}

resource "azurerm_network_interface" "bare" {
  count               = 2
  name                = "nic-bare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  ip_configuration {
    name                          = "a"
    subnet_id                     = azurerm_subnet.world[3].id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_network_interface_security_group_association" "one" {
  network_interface_id      = azurerm_network_interface.bare[0].id # => azurerm_network_interface.bare[1].id
  network_security_group_id = azurerm_network_security_group.world[0].id # => azurerm_network_security_group.world[1].id
}

resource "azurerm_route_table" "one" {
  name                          = "rt-one" # => "rt-two"
  resource_group_name           = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                      = "westeurope" # => "northeurope"
  bgp_route_propagation_enabled = false # ->
  tags                          = { a = "1" } # -> { a = "2" }
  route {
    name                   = "a" # -> "b"
    address_prefix         = "10.1.0.0/16" # -> "10.2.0.0/16"
    next_hop_type          = "VirtualAppliance" # -> "Internet"
    next_hop_in_ip_address = "10.0.0.4" # -> "10.0.0.5"
  }
}

resource "azurerm_route_table" "bare" {
  count               = 2
  name                = "rt-bare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
}

resource "azurerm_route" "one" {
  name                   = "one" # => "two"
  resource_group_name    = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  route_table_name       = azurerm_route_table.bare[0].name # => azurerm_route_table.bare[1].name
  address_prefix         = "10.1.0.0/16" # -> "10.2.0.0/16"
  next_hop_type          = "VirtualAppliance" # -> "Internet"
  next_hop_in_ip_address = "10.0.0.4" # -> "10.0.0.5"
}

resource "azurerm_subnet_route_table_association" "one" {
  subnet_id      = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
  route_table_id = azurerm_route_table.bare[0].id # => azurerm_route_table.bare[1].id
}

resource "azurerm_network_security_rule" "one" {
  name                        = "one" # => "two"
  resource_group_name         = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  network_security_group_name = azurerm_network_security_group.world[0].name # => azurerm_network_security_group.world[1].name
  description                 = "first" # -> "second"
  protocol                    = "Tcp" # -> "Udp"
  source_port_range           = "80" # -> "*"
  destination_port_range      = "443" # -> "8443"
  source_address_prefix       = "10.0.0.0/24" # -> "VirtualNetwork"
  destination_address_prefix  = "10.0.1.0/24" # -> "*"
  access                      = "Allow" # -> "Deny"
  priority                    = 100 # -> 101
  direction                   = "Inbound" # -> "Outbound"
}

resource "azurerm_network_security_rule" "many" {
  name                         = "many"
  resource_group_name          = azurerm_resource_group.world.name
  network_security_group_name  = azurerm_network_security_group.world[0].name
  protocol                     = "Tcp"
  source_port_ranges           = ["80", "81"] # -> ["80", "82"]
  destination_port_ranges      = ["443", "444"] # -> ["443", "445"]
  source_address_prefixes      = ["10.0.0.0/24", "10.0.1.0/24"] # -> ["10.0.0.0/24", "10.0.2.0/24"]
  destination_address_prefixes = ["10.0.0.0/24", "10.0.1.0/24"] # -> ["10.0.0.0/24", "10.0.2.0/24"]
  access                       = "Allow"
  priority                     = 200
  direction                    = "Inbound"
}

resource "azurerm_network_security_rule" "groups" {
  name                                       = "groups"
  resource_group_name                        = azurerm_resource_group.world.name
  network_security_group_name                = azurerm_network_security_group.world[0].name
  protocol                                   = "Tcp"
  source_port_range                          = "*"
  destination_port_range                     = "*"
  source_application_security_group_ids      = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
  destination_application_security_group_ids = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
  access                                     = "Allow"
  priority                                   = 300
  direction                                  = "Inbound"
}

resource "azurerm_nat_gateway" "one" {
  name                    = "nat-one" # => "nat-two"
  resource_group_name     = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                = "westeurope" # => "northeurope"
  sku_name                = "Standard" # => "StandardV2"
  idle_timeout_in_minutes = 10 # -> 20
  zones                   = ["1"] # => ["2"]
  tags                    = { a = "1" } # -> { a = "2" }
}

resource "azurerm_nat_gateway" "bare" {
  count               = 2
  name                = "nat-bare-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
}

resource "azurerm_subnet_nat_gateway_association" "one" {
  subnet_id      = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
  nat_gateway_id = azurerm_nat_gateway.bare[0].id # => azurerm_nat_gateway.bare[1].id
}

resource "azurerm_public_ip" "outward" {
  count               = 3
  name                = "pip-outward-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  allocation_method   = "Static"
}

resource "azurerm_nat_gateway_public_ip_association" "one" {
  nat_gateway_id       = azurerm_nat_gateway.bare[0].id # => azurerm_nat_gateway.bare[1].id
  public_ip_address_id = azurerm_public_ip.outward[0].id # => azurerm_public_ip.outward[1].id
}

resource "azurerm_nat_gateway_public_ip_association" "beside" {
  nat_gateway_id       = azurerm_nat_gateway.bare[0].id
  public_ip_address_id = azurerm_public_ip.outward[2].id
}

resource "azapi_resource" "bastion" {
  count     = 2
  type      = "Microsoft.Network/virtualNetworks/subnets@2025-01-01"
  name      = "AzureBastionSubnet"
  parent_id = [azurerm_virtual_network.world.id, azurerm_virtual_network.other.id][count.index]
  body      = { properties = { addressPrefix = ["10.0.250.0/26", "10.9.250.0/26"][count.index] } }
}

resource "azurerm_bastion_host" "one" {
  name                      = "bas-one" # => "bas-two"
  resource_group_name       = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                  = "westeurope" # => "northeurope"
  copy_paste_enabled        = false # ->
  file_copy_enabled         = true # ->
  ip_connect_enabled        = true # ->
  kerberos_enabled          = true # ->
  scale_units               = 3 # -> 4
  session_recording_enabled = true # ->
  shareable_link_enabled    = true # ->
  sku                       = "Premium"
  tunneling_enabled         = true # ->
  zones                     = ["1"] # => ["2"]
  tags                      = { a = "1" } # -> { a = "2" }
  ip_configuration { # ! its sku needs it
    name                 = "one" # => "two"
    subnet_id            = azapi_resource.bastion[0].id # => azapi_resource.bastion[1].id
    public_ip_address_id = azurerm_public_ip.spare[2].id # => azurerm_public_ip.spare[3].id
  }
}

resource "azurerm_bastion_host" "basic" {
  name                = "bas-basic"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku                 = "Basic" # -> "Standard"
  ip_configuration { # ! its sku needs it
    name                 = "one"
    subnet_id            = azapi_resource.bastion[1].id
    public_ip_address_id = azurerm_public_ip.spare[3].id
  }
}

resource "azurerm_bastion_host" "developer" {
  name                = "bas-developer"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku                 = "Developer"
  virtual_network_id  = azurerm_virtual_network.world.id # => azurerm_virtual_network.other.id
}

resource "azurerm_virtual_network_peering" "one" {
  name                                   = "one" # => "two"
  resource_group_name                    = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  virtual_network_name                   = azurerm_virtual_network.world.name # => azurerm_virtual_network.other.name
  remote_virtual_network_id              = azurerm_virtual_network.other.id # => azurerm_virtual_network.world.id
  allow_forwarded_traffic                = true # ->
  allow_gateway_transit                  = true # ->
  allow_virtual_network_access           = false # ->
  local_subnet_names                     = ["snet-world-0"] # -> ["snet-world-1"]
  only_ipv6_peering_enabled              = true # =>
  peer_complete_virtual_networks_enabled = false # =>
  remote_subnet_names                    = ["AzureBastionSubnet"] # ->
  triggers                               = { a = "1" } # -- a network that has changed is told again with every change of the peering
  use_remote_gateways                    = true # ->
}

resource "azurerm_private_dns_a_record" "one" {
  name                = "one" # => "two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  zone_name           = azurerm_private_dns_zone.world[0].name # => azurerm_private_dns_zone.world[1].name
  records             = ["10.0.0.4", "10.0.0.5"] # -> ["10.0.0.4", "10.0.0.6"]
  ttl                 = 300 # -> 600
  tags                = { a = "1" } # -> { a = "2" }
}
