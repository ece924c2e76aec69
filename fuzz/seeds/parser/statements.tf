terraform {
  required_version = "~> 1.5, != 1.6.1"
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = ">= 4, < 5" }
    azapi   = { source = "azure/azapi", configuration_aliases = [azapi.x] }
  }
  backend "local" { path = "x" }
}
provider "azurerm" {
  alias = "b"
  features {}
}
moved {
  from = a_b.c
  to   = module.m["k"].a_b.c[0]
}
removed {
  from = a_b.d
  lifecycle { destroy = false }
}
import {
  for_each = { a = "x" }
  to       = a_b.e[each.key]
  id       = each.value
}
check "c" {
  data "http" "d" { url = "https://example.com" }
  assert {
    condition     = data.http.d.status_code == 200
    error_message = "no"
  }
}
ephemeral "random_password" "p" { length = 8 }
