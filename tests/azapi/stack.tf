terraform {
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azapi" {
  default_location = "westeurope"
  default_tags     = { from = "stack" }
}

variable "secret" {
  type      = string
  sensitive = true
}

variable "stage" {
  type    = string
  default = "one"
}

data "azapi_client_config" "me" {}

resource "azapi_resource" "group" {
  type = "Microsoft.Resources/resourceGroups@2024-03-01"
  name = "rg-azapi"
}

resource "azapi_resource" "storage" {
  type      = "Microsoft.Storage/storageAccounts@2024-01-01"
  parent_id = azapi_resource.group.id
  name      = "stazapistack"

  body = {
    kind = "StorageV2"
    sku  = { name = "standard_LRS" }
    properties = {
      allowBlobPublicAccess = false
    }
  }

  ignore_casing            = true
  ignore_null_property     = true
  ignore_missing_property  = true
  ignore_body_changes      = ["properties.allowSharedKeyAccess"]
  locks                    = [azapi_resource.group.id]
  create_headers           = { "x-ms-client-request-id" = "from-the-stack" }
  read_query_parameters    = { "$expand" = ["blobRestoreStatus"] }
  response_export_values   = ["properties.primaryEndpoints.blob"]
  replace_triggers_refs    = ["kind"]
  schema_validation_enabled = true

  replace_triggers_external_values = {
    generation = 1
  }

  retry = {
    error_message_regex = ["NotReadyYet"]
    interval_seconds    = 1
  }

  timeouts {
    create = "20m"
    delete = "10m"
  }
}

resource "azapi_resource" "vault" {
  type      = "Microsoft.KeyVault/vaults@2024-11-01"
  parent_id = azapi_resource.group.id
  name      = "kvazapistack"

  body = {
    properties = {
      sku                     = { family = "A", name = "standard" }
      tenantId                = data.azapi_client_config.me.tenant_id
      enableRbacAuthorization = true
    }
  }

  response_export_values = {
    uri = "properties.vaultUri"
  }
}

resource "azapi_resource" "secret" {
  type      = "Microsoft.KeyVault/vaults/secrets@2024-11-01"
  parent_id = azapi_resource.vault.id
  name      = "password"

  body = {
    properties = {
      contentType = "text/plain"
    }
  }

  sensitive_body = {
    properties = {
      value = var.secret
    }
  }

  sensitive_body_version = {
    "properties.value" = var.stage
  }
}

resource "azapi_resource" "rules" {
  type      = "Microsoft.Network/networkSecurityGroups@2024-05-01"
  parent_id = azapi_resource.group.id
  name      = "nsg-azapi"

  body = {
    properties = {
      securityRules = [{
        name = "first"
        properties = {
          priority                 = 100
          direction                = "Inbound"
          access                   = "Deny"
          protocol                 = "*"
          sourceAddressPrefix      = "*"
          sourcePortRange          = "*"
          destinationAddressPrefix = "*"
          destinationPortRange     = "*"
        }
      }]
    }
  }

  ignore_other_items_in_list = ["properties.securityRules"]
  list_unique_id_property    = { "properties.securityRules" = "name" }
  response_export_values     = ["*"]
}

resource "azapi_update_resource" "more_rules" {
  type        = "Microsoft.Network/networkSecurityGroups@2024-05-01"
  resource_id = azapi_resource.rules.id

  body = {
    properties = {
      securityRules = [{
        name = "second"
        properties = {
          description              = var.stage
          priority                 = 200
          direction                = "Inbound"
          access                   = "Allow"
          protocol                 = "Tcp"
          sourceAddressPrefix      = "10.0.0.0/8"
          sourcePortRange          = "*"
          destinationAddressPrefix = "*"
          destinationPortRange     = "443"
        }
      }]
    }
  }

  response_export_values = {
    names = "properties.securityRules[].name"
  }
}

resource "azapi_resource_action" "rotate" {
  type        = "Microsoft.Storage/storageAccounts@2024-01-01"
  resource_id = azapi_resource.storage.id
  action      = "regenerateKey"
  body        = { keyName = "key1" }
  headers     = { "x-ms-client-request-id" = var.stage }

  sensitive_body = { note = var.secret }

  response_export_values           = { name = "keys[0].keyName" }
  sensitive_response_export_values = { first = "keys[0].value" }
}

resource "azapi_resource_action" "farewell" {
  type        = "Microsoft.Storage/storageAccounts@2024-01-01"
  resource_id = azapi_resource.storage.id
  action      = "regenerateKey"
  method      = "POST"
  body        = { keyName = "key2" }
  when        = "destroy"
}

resource "azapi_resource_action" "gone" {
  type             = "Microsoft.Storage/storageAccounts@2024-01-01"
  resource_id      = "${azapi_resource.group.id}/providers/Microsoft.Storage/storageAccounts/stnowhere"
  action           = "listKeys"
  ignore_not_found = true
}

data "azapi_resource_action" "keys" {
  type                             = "Microsoft.Storage/storageAccounts@2024-01-01"
  resource_id                      = azapi_resource.storage.id
  action                           = "listKeys"
  sensitive_response_export_values = ["keys"]

  depends_on = [azapi_resource_action.rotate]
}

data "azapi_resource_list" "vaults" {
  type      = "Microsoft.KeyVault/vaults@2024-11-01"
  parent_id = azapi_resource.group.id

  response_export_values = {
    names = "value[].name"
  }

  depends_on = [azapi_resource.vault]
}

data "azapi_resource" "storage" {
  type                   = "Microsoft.Storage/storageAccounts@2024-01-01"
  resource_id            = azapi_resource.storage.id
  response_export_values = ["sku.name"]
  headers                = { "x-ms-client-request-id" = "data" }
}

data "azapi_resource_id" "vault" {
  type        = "Microsoft.KeyVault/vaults@2024-11-01"
  resource_id = azapi_resource.vault.id
}

output "names" {
  value = {
    vaults = data.azapi_resource_list.vaults.output.names
    vault  = data.azapi_resource_id.vault.name
    sku    = data.azapi_resource.storage.output.sku.name
    uri    = azapi_resource.vault.output.uri
    rules  = azapi_update_resource.more_rules.output.names
    blob   = azapi_resource.storage.output.properties.primaryEndpoints.blob
    there  = azapi_resource_action.gone.exist
  }
}

output "first_key" {
  value     = azapi_resource_action.rotate.sensitive_output.first
  sensitive = true
}

output "same_key" {
  value     = data.azapi_resource_action.keys.sensitive_output.keys[0].value == azapi_resource_action.rotate.sensitive_output.first
  sensitive = true
}
