resource "azurerm_kusto_cluster" "one" {
  name                               = "adxone" # => "adxtwo"
  resource_group_name                = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location                           = "westeurope" # => "northeurope"
  allowed_fqdns                      = ["a.example.com"] # -> ["b.example.com"]
  allowed_ip_ranges                  = ["20.1.2.0/24"] # -> ["20.1.3.0/24"]
  auto_stop_enabled                  = false # ->
  disk_encryption_enabled            = true # ->
  double_encryption_enabled          = true # =>
  outbound_network_access_restricted = true # ->
  public_ip_type                     = "DualStack" # -> "IPv4"
  public_network_access_enabled      = false # ->
  purge_enabled                      = true # ->
  streaming_ingestion_enabled        = true # ->
  tags                               = { a = "1" } # -> { a = "2" }
  trusted_external_tenants           = ["11111111-1111-4111-8111-111111111111"] # -> ["*"]
  zones                              = ["1", "2"] # => ["1"]
  identity { # ->
    type         = "UserAssigned" # -> "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  language_extension { # ->
    name  = "PYTHON" # -> "R"
    image = "Python3_10_8" # -> "Python3_11_7"
  }
  optimized_auto_scale { # ->
    minimum_instances = 2 # -> 3
    maximum_instances = 5 # -> 6
  }
  sku {
    name     = "Standard_D11_v2" # -> "Dev(No SLA)_Standard_D11_v2"
    capacity = 3 # -> 4
  }
}

resource "azurerm_kusto_cluster" "injected" {
  name                = "adxinjected"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  language_extensions { # ! what neither name writes is shown under the newer one
    name  = "PYTHON" # -> "R"
    image = "Python3_10_8" # -> "Python3_11_7"
  }
  sku {
    name = "Standard_D11_v2"
  }
  virtual_network_configuration { # =>
    subnet_id                    = azurerm_subnet.world[0].id # => azurerm_subnet.world[1].id
    engine_public_ip_id          = azurerm_public_ip.engine.id # => azurerm_public_ip.management.id
    data_management_public_ip_id = azurerm_public_ip.management.id # => azurerm_public_ip.engine.id
  }
}

resource "azurerm_public_ip" "engine" {
  name                = "pip-engine"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  allocation_method   = "Static"
}

resource "azurerm_public_ip" "management" {
  name                = "pip-management"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  allocation_method   = "Static"
}

resource "azurerm_kusto_database" "one" {
  name                = "first" # => "second"
  resource_group_name = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  location            = "westeurope" # => "northeurope"
  cluster_name        = azurerm_kusto_cluster.plain.name # => azurerm_kusto_cluster.other.name
  hot_cache_period    = "P7D" # -> "P8D"
  soft_delete_period  = "P31D" # ->
}

resource "azurerm_kusto_cluster" "plain" {
  name                = "adxplain"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku {
    name = "Standard_D11_v2"
  }
}

resource "azurerm_kusto_cluster" "other" {
  name                = "adxother"
  resource_group_name = azurerm_resource_group.world.name
  location            = "westeurope"
  sku {
    name = "Dev(No SLA)_Standard_D11_v2"
  }
}
