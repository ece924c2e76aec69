variables {
  n = 2
}
mock_provider "azurerm" {
  alias = "m"
  mock_resource "azurerm_subnet" {
    defaults = { id = "x" }
  }
}
run "planned" {
  command = plan
  plan_options {
    mode   = refresh-only
    target = [terraform_data.a[0]]
  }
  module {
    source = "./m"
  }
  providers = { azurerm = azurerm.m }
  assert {
    condition     = length(output.ins) == 2
    error_message = "wrong"
  }
  expect_failures = [var.n]
  override_resource {
    target = terraform_data.a
    values = { id = "y" }
  }
}
