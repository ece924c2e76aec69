variable "name" {
  description = "Name of the workspace: 3 to 33 letters, digits, dashes and underscores."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$", var.name))
    error_message = "A workspace name has 3 to 33 letters, digits, dashes and underscores, and starts with a letter or digit."
  }
}

variable "resource_group_name" {
  description = "Resource group that takes the workspace."
  type        = string
}

variable "location" {
  description = "Azure region: that of the vault with the key."
  type        = string
}

variable "description" {
  description = "What the workspace is for."
  type        = string
  default     = null
}

variable "friendly_name" {
  description = "Name of the workspace in the studio."
  type        = string
  default     = null
}

variable "identity_id" {
  description = "User-assigned identity of the workspace. It must have its roles before the workspace is made."
  type        = string
}

variable "key_vault_id" {
  description = "Vault for the workspace's secrets, which also holds its key."
  type        = string
}

variable "key_id" {
  description = "Address of the customer-managed key, with its version. It cannot be changed later."
  type        = string
}

variable "storage_account_id" {
  description = "Default storage account, without hierarchical namespace."
  type        = string
}

variable "container_registry_id" {
  description = "Registry for images (Premium)."
  type        = string
}

variable "application_insights_id" {
  description = "Application Insights component (workspace-based)."
  type        = string
}

variable "high_business_impact" {
  description = "Marks the data as sensitive: less telemetry, scratch disks encrypted and wiped between jobs. It cannot be changed later."
  type        = bool
  default     = true
}

variable "service_side_encryption_enabled" {
  description = "Keeps the encrypted metadata in Microsoft's subscription instead of a Cosmos DB, Search and Storage of your own in a managed group. It cannot be changed later."
  type        = bool
  default     = false
}

variable "isolation_mode" {
  description = "Managed network of the computes: AllowOnlyApprovedOutbound, AllowInternetOutbound or Disabled. It can only become stricter."
  type        = string
  default     = "AllowOnlyApprovedOutbound"

  validation {
    condition     = contains(["AllowOnlyApprovedOutbound", "AllowInternetOutbound", "Disabled"], var.isolation_mode)
    error_message = "The isolation mode is one of AllowOnlyApprovedOutbound, AllowInternetOutbound, Disabled."
  }
}

variable "provision_network" {
  description = "Builds the managed network together with the workspace instead of with the first compute."
  type        = bool
  default     = true
}

variable "image_build_cluster" {
  description = "Key of the compute cluster that builds images: a closed registry cannot build them itself."
  type        = string
  default     = null
}

variable "compute_clusters" {
  description = "Compute clusters by name (2 to 16 characters), without public addresses, keys or local accounts. Idle time is an ISO 8601 duration."
  type = map(object({
    vm_size        = string
    max_node_count = number
    min_node_count = optional(number, 0)
    vm_priority    = optional(string, "Dedicated")
    idle_time      = optional(string, "PT15M")
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.compute_clusters) : can(regex("^[a-zA-Z][a-zA-Z0-9-]{0,14}[a-zA-Z0-9]$", name))])
    error_message = "A cluster name has 2 to 16 letters, digits and dashes, starts with a letter and does not end with a dash."
  }

  validation {
    condition     = alltrue([for cluster in values(var.compute_clusters) : cluster.min_node_count <= cluster.max_node_count])
    error_message = "The smallest node count of a cluster is not above its largest."
  }
}

variable "compute_identity_id" {
  description = "User-assigned identity of the compute clusters; null: that of the workspace."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
