terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.81"
    }
  }
}

provider "azurerm" {
  features {}
}

module "fraud" {
  source = "../../modules/secured-workspace"

  name     = "fraud"
  location = "westeurope"
  tags     = { team = "fraud", environment = "production" }

  compute_clusters = {
    cpu = { vm_size = "Standard_DS3_v2", max_node_count = 4 }
  }
  image_build_cluster = "cpu"
}

output "workspace" {
  description = "Id of the workspace."
  value       = module.fraud.workspace_id
}
