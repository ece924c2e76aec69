# What must not pass: an account that says nothing of public access, which is allowed then.
resource "azurerm_storage_account" "open" {
  name                     = "stopenfraud"
  resource_group_name      = "rg-fraud"
  location                 = "northeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
