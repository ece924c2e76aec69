# refused: contact
resource "azurerm_key_vault" "refused" {
  location            = "westeurope"
  name                = "kv-rf-refused"
  resource_group_name = "rg-world"
  sku_name            = "standard"
  tenant_id           = "11111111-1111-4111-8111-111111111111"
  contact {
    email = "a@example.com"
  }
}

# refused: release_policy.immutable
resource "azurerm_key_vault_key" "refused" {
  key_opts     = ["sign"]
  key_type     = "RSA-HSM"
  key_size     = 2048
  key_vault_id = azurerm_key_vault.world[0].id
  name         = "refused"
  release_policy {
    immutable = true
    json      = "{}"
  }
}

# refused: queue_properties
resource "azurerm_storage_account" "queues" {
  account_replication_type = "LRS"
  account_tier             = "Standard"
  location                 = "westeurope"
  name                     = "strfqueues"
  resource_group_name      = "rg-world"
  queue_properties {
    logging {
      delete  = true
      read    = true
      version = "1.0"
      write   = true
    }
  }
}

# refused: static_website
resource "azurerm_storage_account" "site" {
  account_replication_type = "LRS"
  account_tier             = "Standard"
  location                 = "westeurope"
  name                     = "strfsite"
  resource_group_name      = "rg-world"
  static_website {
    index_document = "index.html"
  }
}

# refused: feature
resource "azurerm_resource_provider_registration" "refused" {
  name = "Microsoft.Kusto"
  feature {
    name       = "a"
    registered = true
  }
}
