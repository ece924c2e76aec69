variable "name" {
  description = "Name of the storage account: globally unique, 3 to 24 lower-case letters and digits."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{3,24}$", var.name))
    error_message = "A storage account name has 3 to 24 lower-case letters and digits."
  }
}

variable "resource_group_name" {
  description = "Resource group that takes the storage account."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "replication_type" {
  description = "Copies of the data: LRS, ZRS, GRS, RAGRS, GZRS or RAGZRS."
  type        = string
  default     = "ZRS"

  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"], var.replication_type)
    error_message = "The replication type is one of LRS, ZRS, GRS, RAGRS, GZRS, RAGZRS."
  }
}

variable "customer_managed_key" {
  description = "Key that encrypts the account, and the user-assigned identity that may use it. Null: Microsoft's keys. A key address without version follows rotations."
  type = object({
    key_id      = string
    identity_id = string
  })
  default = null
}

variable "containers" {
  description = "Names of the private blob containers to make."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.containers : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", name)) && !strcontains(name, "--")])
    error_message = "A container name has 3 to 63 lower-case letters, digits and single dashes."
  }
}

variable "soft_delete_retention_days" {
  description = "Days for which deleted blobs, containers and shares can be restored, 1 to 365."
  type        = number
  default     = 30

  validation {
    condition     = var.soft_delete_retention_days >= 1 && var.soft_delete_retention_days <= 365
    error_message = "What is deleted is kept for 1 to 365 days."
  }
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
