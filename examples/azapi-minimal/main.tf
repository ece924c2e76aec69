terraform {
  required_providers {
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azapi" {}

data "azapi_client_config" "current" {}

resource "azapi_resource" "group" {
  type      = "Microsoft.Resources/resourceGroups@2025-04-01"
  parent_id = data.azapi_client_config.current.subscription_resource_id
  name      = "rg-azapi-minimal"
  location  = "westeurope"
}

resource "azapi_resource" "vault" {
  type      = "Microsoft.KeyVault/vaults@2023-07-01"
  parent_id = azapi_resource.group.id
  name      = "kv-${substr(sha256(azapi_resource.group.id), 0, 12)}"
  location  = azapi_resource.group.location

  body = {
    properties = {
      tenantId                = data.azapi_client_config.current.tenant_id
      sku                     = { family = "A", name = "premium" }
      enableRbacAuthorization = true
      publicNetworkAccess     = "Disabled"
    }
  }
}

output "vault_uri" {
  description = "Address of the vault's data plane."
  value       = azapi_resource.vault.output.properties.vaultUri
}
