provider "registry.terraform.io/hashicorp/azurerm" {
  version     = "4.20.0"
  constraints = "~> 4.0"
  hashes      = ["h1:x="]
}
