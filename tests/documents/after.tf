terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.81"
    }
    azapi = {
      source  = "azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azurerm" {
  features {}
}

provider "azapi" {}

variable "password" {
  description = "Something secret."
  type        = string
  default     = "correct-horse"
  sensitive   = true
}

variable "team" {
  type    = string
  default = "fraud"

  validation {
    condition     = var.team != ""
    error_message = "A team has a name."
  }
}

data "azurerm_client_config" "me" {}

resource "azurerm_resource_group" "main" {
  name     = "rg-documents"
  location = "westeurope"
  tags     = { team = var.team }

  lifecycle {
    postcondition {
      condition     = self.location == "westeurope"
      error_message = "Data stays in the Netherlands."
    }
  }
}

# Deferred: the group is not there yet.
data "azurerm_resource_group" "read" {
  name       = "rg-documents"
  depends_on = [azurerm_resource_group.main]
}

resource "azurerm_storage_account" "main" {
  name                     = "stdocuments"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = azurerm_resource_group.main.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
  min_tls_version          = "TLS1_2"
  tags                     = { team = var.team }

  blob_properties {
    delete_retention_policy {
      days = 7
    }
  }

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices", "Logging"]
  }
}

resource "azurerm_key_vault" "main" {
  name                       = "kv-documents"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = azurerm_resource_group.main.location
  tenant_id                  = data.azurerm_client_config.me.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
}

resource "azurerm_key_vault_secret" "main" {
  name         = "password"
  value        = var.password
  key_vault_id = azurerm_key_vault.main.id
}

resource "azurerm_user_assigned_identity" "counted" {
  count = 1

  name                = "id-${count.index}"
  resource_group_name = azurerm_resource_group.main.name
  location            = azurerm_resource_group.main.location
}

resource "azapi_resource" "identity" {
  for_each = toset(["one", "three"])

  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30"
  parent_id = azurerm_resource_group.main.id
  name      = "id-${each.key}"
  location  = "westeurope"

  body                   = {}
  response_export_values = ["properties.principalId"]
}

module "part" {
  source   = "./part"
  for_each = { a = "10.1.0.0/16", b = "10.2.0.0/16" }

  group = azurerm_resource_group.main
  space = each.value
}

resource "terraform_data" "new" {
  input = var.password
}

moved {
  from = terraform_data.old
  to   = terraform_data.new
}

removed {
  from = terraform_data.left

  lifecycle {
    destroy = false
  }
}

resource "azurerm_resource_group" "found" {
  name     = "rg-found"
  location = "westeurope"
}

import {
  to = azurerm_resource_group.found
  id = "/subscriptions/${data.azurerm_client_config.me.subscription_id}/resourceGroups/rg-found"
}

resource "terraform_data" "stands" {
  input            = azurerm_user_assigned_identity.counted[*].principal_id
  triggers_replace = ["other"]

  lifecycle {
    create_before_destroy = true
  }
}

check "account" {
  data "azurerm_storage_account" "seen" {
    name                = "stdocuments"
    resource_group_name = "rg-documents"
    depends_on          = [azurerm_storage_account.main]
  }

  assert {
    condition     = data.azurerm_storage_account.seen.account_tier == "Standard"
    error_message = "The account is of the standard tier."
  }
}

output "network" {
  description = "Id of the network."
  value       = module.part["a"].id
}

output "secret" {
  value     = terraform_data.new.output
  sensitive = true
}

output "principals" {
  value = { for key, one in azapi_resource.identity : key => one.output.properties.principalId }
}

output "comes" {
  value = null
}
