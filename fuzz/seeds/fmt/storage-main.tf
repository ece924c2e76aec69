locals {
keys=var.customer_managed_key == null ? [] : [var.customer_managed_key]
}

resource "azurerm_storage_account" "this" {
name                    =var.name
resource_group_name     =var.resource_group_name
location                =var.location
account_kind            ="StorageV2"
account_tier            ="Standard"
account_replication_type=var.replication_type
tags                    =var.tags

# Nothing from outside,no keys: Entra identities over private endpoints only.
public_network_access_enabled   =false
shared_access_key_enabled       =false
default_to_oauth_authentication =true
allow_nested_items_to_be_public =false
cross_tenant_replication_enabled=false
allowed_copy_scope              ="AAD"
local_user_enabled              =false
https_traffic_only_enabled      =true
min_tls_version                 ="TLS1_2"

infrastructure_encryption_enabled=true
queue_encryption_key_type        =length(local.keys) > 0 ? "Account" : "Service"
table_encryption_key_type        =length(local.keys) > 0 ? "Account" : "Service"

dynamic "identity" {
for_each=local.keys

content {
type        ="UserAssigned"
identity_ids=[identity.value.identity_id]
}
}

dynamic "customer_managed_key" {
for_each=local.keys

content {
key_vault_key_id         =customer_managed_key.value.key_id
user_assigned_identity_id=customer_managed_key.value.identity_id
}
}

# The workspace's studio reads the account as a trusted service.
network_rules {
default_action="Deny"
bypass        =["AzureServices"]
}

blob_properties {
versioning_enabled=true

delete_retention_policy {
days=var.soft_delete_retention_days
}

container_delete_retention_policy {
days=var.soft_delete_retention_days
}
}

share_properties {
retention_policy {
days=var.soft_delete_retention_days
}
}
}

resource "azurerm_storage_container" "this" {
for_each=var.containers

name                 =each.key
storage_account_id   =azurerm_storage_account.this.id
container_access_type="private"
}
