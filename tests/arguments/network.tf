resource "azurerm_resource_group" "one" {
  name       = "rg-one" # => "rg-two"
  location   = "westeurope" # => "northeurope"
  managed_by = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-a/providers/Microsoft.Solutions/applications/a" # -> "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-a/providers/Microsoft.Solutions/applications/b"
  tags       = { a = "1" } # -> { a = "2" }
}

resource "azurerm_virtual_network" "one" {
  name                           = "vnet-one" # => "vnet-two"
  resource_group_name            = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                       = "westeurope" # => "northeurope"
  address_space                  = ["10.1.0.0/16"] # -> ["10.1.0.0/16", "10.2.0.0/16"]
  bgp_community                  = "12076:20000" # -> "12076:20001"
  dns_servers                    = ["10.1.0.4"] # -> ["10.1.0.5"]
  flow_timeout_in_minutes        = 4 # -> 5
  private_endpoint_vnet_policies = "Basic" # -> "Disabled"
  tags                           = { a = "1" } # ->
  ddos_protection_plan {
    enable = true # ->
    id     = azapi_resource.ddos[0].id # -> azapi_resource.ddos[1].id
  }
  encryption {
    enforcement = "AllowUnencrypted" # -> "DropUnencrypted"
  }
  subnet {
    name                                          = "a" # -> "b"
    address_prefixes                              = ["10.1.1.0/24"] # -> ["10.1.2.0/24"]
    default_outbound_access_enabled               = false # ->
    private_endpoint_network_policies             = "Enabled" # -> "RouteTableEnabled"
    private_link_service_network_policies_enabled = false # ->
    route_table_id                                = azapi_resource.routes[0].id # -> azapi_resource.routes[1].id
    security_group                                = azurerm_network_security_group.world[0].id # -> azurerm_network_security_group.world[1].id
    service_endpoints                             = ["Microsoft.Storage"] # -> ["Microsoft.Storage", "Microsoft.KeyVault"]
    service_endpoint_policy_ids                   = [azapi_resource.policies[0].id] # -> [azapi_resource.policies[1].id]
    delegation {
      name = "a" # -> "b"
      service_delegation {
        name    = "Microsoft.App/environments" # -> "Microsoft.Web/serverFarms"
        actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"] # -> ["Microsoft.Network/virtualNetworks/subnets/action"]
      }
    }
  }
}

resource "azurerm_virtual_network" "edge" {
  name                = "vnet-edge"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  edge_zone           = "losangeles" # => "miami"
  ip_address_pool {
    id                     = "${local.nowhere}/Microsoft.Network/networkManagers/m/ipamPools/a" # -> "${local.nowhere}/Microsoft.Network/networkManagers/m/ipamPools/b"
    number_of_ip_addresses = "256" # -> "512"
  }
}

resource "azurerm_subnet" "one" {
  name                                          = "snet-one" # => "snet-two"
  resource_group_name                           = azurerm_resource_group.world.name
  virtual_network_name                          = azurerm_virtual_network.world.name # => azurerm_virtual_network.other.name
  address_prefixes                              = ["10.0.20.0/24"] # -> ["10.0.21.0/24"]
  default_outbound_access_enabled               = false # ->
  private_endpoint_network_policies             = "Enabled" # -> "NetworkSecurityGroupEnabled"
  private_link_service_network_policies_enabled = false # ->
  service_endpoint_policy_ids                   = [azapi_resource.policies[0].id] # -> [azapi_resource.policies[1].id]
  service_endpoints                             = ["Microsoft.Storage"] # -> ["Microsoft.KeyVault"]
  sharing_scope                                 = "Tenant" # ->
  delegation {
    name = "a" # -> "b"
    service_delegation {
      name    = "Microsoft.App/environments" # -> "Microsoft.Web/serverFarms"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"] # -> ["Microsoft.Network/virtualNetworks/subnets/action"]
    }
  }
}

resource "azurerm_subnet" "pooled" {
  name                 = "snet-pooled"
  resource_group_name  = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  virtual_network_name = azurerm_virtual_network.other.name
  ip_address_pool {
    id                     = "${local.nowhere}/Microsoft.Network/networkManagers/m/ipamPools/a" # -> "${local.nowhere}/Microsoft.Network/networkManagers/m/ipamPools/b"
    number_of_ip_addresses = "256" # -> "512"
  }
}

resource "azurerm_network_security_group" "one" {
  name                = "nsg-one" # => "nsg-two"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location            = "westeurope" # => "northeurope"
  tags                = { a = "1" } # -> { a = "1", b = "2" }
  security_rule {
    name                       = "single" # -> "solo"
    description                = "first" # -> "second"
    protocol                   = "Tcp" # -> "Udp"
    source_port_range          = "80" # -> "*"
    destination_port_range     = "443" # -> "8443"
    source_address_prefix      = "10.0.0.0/24" # -> "VirtualNetwork"
    destination_address_prefix = "10.0.1.0/24" # -> "*"
    access                     = "Allow" # -> "Deny"
    priority                   = 100 # -> 101
    direction                  = "Inbound" # -> "Outbound"
  }
  security_rule {
    name                         = "many"
    protocol                     = "Tcp"
    source_port_ranges           = ["80", "81"] # -> ["80", "82"]
    destination_port_ranges      = ["443", "444"] # -> ["443", "445"]
    source_address_prefixes      = ["10.0.0.0/24", "10.0.1.0/24"] # -> ["10.0.0.0/24", "10.0.2.0/24"]
    destination_address_prefixes = ["10.0.0.0/24", "10.0.1.0/24"] # -> ["10.0.0.0/24", "10.0.2.0/24"]
    access                       = "Allow"
    priority                     = 200
    direction                    = "Inbound"
  }
  security_rule {
    name                                       = "groups"
    protocol                                   = "Tcp"
    source_port_range                          = "*"
    destination_port_range                     = "*"
    source_application_security_group_ids      = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
    destination_application_security_group_ids = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
    access                                     = "Allow"
    priority                                   = 300
    direction                                  = "Inbound"
  }
}

resource "azurerm_subnet_network_security_group_association" "one" {
  subnet_id                 = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
  network_security_group_id = azurerm_network_security_group.world[0].id # => azurerm_network_security_group.world[1].id
}

resource "azurerm_private_dns_zone" "one" {
  name                = "one.example.com" # => "two.example.com"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  tags                = { a = "1" } # -> { b = "1" }
  soa_record {
    email        = "a.example.com" # -> "b.example.com"
    expire_time  = 2419201 # -> 2419202
    minimum_ttl  = 11 # -> 12
    refresh_time = 3601 # -> 3602
    retry_time   = 301 # -> 302
    tags         = { a = "1" } # -> { a = "2" }
    ttl          = 3601 # -> 3602
  }
}

resource "azurerm_private_dns_zone_virtual_network_link" "one" {
  name                  = "link-one" # => "link-two"
  private_dns_zone_name = azurerm_private_dns_zone.world[0].name # => azurerm_private_dns_zone.world[1].name
  registration_enabled  = true # ->
  resolution_policy     = "NxDomainRedirect" # -> "Default"
  resource_group_name   = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  tags                  = { a = "1" } # -> { a = "2" }
  virtual_network_id    = azurerm_virtual_network.world.id # => azurerm_virtual_network.other.id
}

resource "azurerm_private_endpoint" "one" {
  custom_network_interface_name = "nic-one" # => "nic-two"
  location                      = "westeurope" # => "northeurope"
  name                          = "pe-one" # => "pe-two"
  resource_group_name           = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  subnet_id                     = azurerm_subnet.world[2].id # => azurerm_subnet.world[3].id
  tags                          = { a = "1" } # -> { a = "2" }
  ip_configuration { # =>
    name               = "a" # => "b"
    private_ip_address = "10.0.2.10" # => "10.0.2.11"
    subresource_name   = "vault" # => "managedhsm"
    member_name        = "default" # => "other"
  }
  private_dns_zone_group {
    name                 = "default" # -> "other"
    private_dns_zone_ids = [azurerm_private_dns_zone.world[0].id] # -> [azurerm_private_dns_zone.world[1].id]
  }
  private_service_connection {
    is_manual_connection           = false
    name                           = "a" # => "b"
    private_connection_resource_id = azurerm_key_vault.world[0].id # => azurerm_key_vault.world[1].id
    subresource_names              = ["vault"] # => ["managedhsm"]
  }
}

resource "azurerm_private_endpoint" "manual" {
  edge_zone           = "losangeles" # => "miami"
  location            = "westeurope"
  name                = "pe-manual"
  resource_group_name = azurerm_resource_group.world.name
  subnet_id           = azurerm_subnet.world[2].id
  private_service_connection {
    is_manual_connection              = true
    name                              = "a"
    private_connection_resource_alias = "example.d20286c8-4ea5-11eb-9584-8f53157226c6.centralus.azure.privatelinkservice" # => "other.d20286c8-4ea5-11eb-9584-8f53157226c6.centralus.azure.privatelinkservice"
    request_message                   = "please" # -> "please do"
  }
}

resource "azurerm_private_endpoint" "asked" {
  location            = "westeurope"
  name                = "pe-asked"
  resource_group_name = azurerm_resource_group.world.name
  subnet_id           = azurerm_subnet.world[2].id
  private_service_connection {
    is_manual_connection           = false # =>
    name                           = "a"
    private_connection_resource_id = azurerm_key_vault.world[0].id
    subresource_names              = ["vault"]
  }
}
