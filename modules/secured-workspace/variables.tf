variable "name" {
  description = "Short name that every resource name carries: 3 to 13 lower-case letters, digits and single dashes."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,11}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name has 3 to 13 lower-case letters, digits and single dashes, starts with a letter and ends with a letter or digit."
  }
}

variable "location" {
  description = "Azure region of everything."
  type        = string
}

variable "address_space" {
  description = "Address range of the virtual network, at least a /24; its quarters become the subnets endpoints, training and clients."
  type        = string
  default     = "10.20.0.0/22"

  validation {
    condition     = can(cidrsubnet(var.address_space, 2, 3)) && try(tonumber(split("/", var.address_space)[1]) <= 24, false)
    error_message = "Give one address range in CIDR notation of at least a /24, for example 10.20.0.0/22."
  }
}

variable "dns_servers" {
  description = "Custom DNS servers of the virtual network. Null leaves Azure's DNS."
  type        = list(string)
  default     = null
}

variable "peered_virtual_network_ids" {
  description = "Further virtual networks that resolve the private names, by a name for the link."
  type        = map(string)
  default     = {}
}

variable "environment" {
  description = "Cloud that the workspace is in: public, usgovernment or china, as in the provider block. Names of private DNS zones follow."
  type        = string
  default     = "public"

  validation {
    condition     = contains(["public", "usgovernment", "china"], var.environment)
    error_message = "The environment is one of public, usgovernment, china."
  }
}

variable "existing_private_dns_zone_ids" {
  description = "Ids of zones that are there already (a hub's), by zone name; they are used instead of making them."
  type        = map(string)
  default     = {}
}

variable "zone_redundancy_enabled" {
  description = "Spreads storage and registry over availability zones. The region must have them; it cannot be changed later."
  type        = bool
  default     = true
}

variable "storage_containers" {
  description = "Blob containers to make for data of your own."
  type        = set(string)
  default     = ["datasets"]
}

variable "soft_delete_retention_days" {
  description = "Days for which a deleted vault and its key can be recovered, 7 to 90. It cannot be changed later."
  type        = number
  default     = 90
}

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 90
}

variable "high_business_impact" {
  description = "Marks the workspace's data as sensitive. It cannot be changed later."
  type        = bool
  default     = true
}

variable "service_side_encryption_enabled" {
  description = "Encrypts the workspace's metadata in Microsoft's subscription instead of in a managed group with a Cosmos DB of your own. It cannot be changed later."
  type        = bool
  default     = false
}

variable "cosmos_db_principal_id" {
  description = "Object id of the service principal 'Azure Cosmos DB' (application a232010e-820c-4083-83bb-3ace5fc29d0b) in your tenant. Azure asks for its access to the key when the workspace's own Cosmos DB is in your subscription."
  type        = string
  default     = null
}

variable "isolation_mode" {
  description = "Managed network of the computes: AllowOnlyApprovedOutbound, AllowInternetOutbound or Disabled. It can only become stricter."
  type        = string
  default     = "AllowOnlyApprovedOutbound"
}

variable "compute_clusters" {
  description = "Compute clusters by name (2 to 16 characters)."
  type = map(object({
    vm_size        = string
    max_node_count = number
    min_node_count = optional(number, 0)
    vm_priority    = optional(string, "Dedicated")
    idle_time      = optional(string, "PT15M")
  }))
  default = {}
}

variable "image_build_cluster" {
  description = "Key of the compute cluster that builds images: the registry is closed and cannot build them itself."
  type        = string
  default     = null
}

variable "cosmos_db_enabled" {
  description = "Makes a Cosmos DB account of the project's own beside the workspace, closed and encrypted with the same key."
  type        = bool
  default     = true
}

variable "data_scientists" {
  description = "Object ids of the Entra groups, by any name, that work in the workspace (role AzureML Data Scientist)."
  type        = map(string)
  default     = {}
}

variable "lock_level" {
  description = "Management lock on what holds data: CanNotDelete, or None. ReadOnly would stop the workspace itself."
  type        = string
  default     = "CanNotDelete"

  validation {
    condition     = contains(["CanNotDelete", "None"], var.lock_level)
    error_message = "The lock level is CanNotDelete or None."
  }
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
