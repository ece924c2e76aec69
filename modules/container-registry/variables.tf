variable "name" {
  description = "Name of the registry: globally unique, 5 to 50 letters and digits."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9]{5,50}$", var.name))
    error_message = "A registry name has 5 to 50 letters and digits."
  }
}

variable "resource_group_name" {
  description = "Resource group that takes the registry."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "zone_redundancy_enabled" {
  description = "Spreads the registry over the region's availability zones. It cannot be changed later."
  type        = bool
  default     = true
}

variable "untagged_retention_days" {
  description = "Days after which manifests without a tag are removed, 0 to 365; 0 keeps them."
  type        = number
  default     = 30

  validation {
    condition     = var.untagged_retention_days >= 0 && var.untagged_retention_days <= 365
    error_message = "Untagged manifests are kept for 0 to 365 days."
  }
}

variable "customer_managed_key" {
  description = "Key that encrypts the registry, with id and client id of the user-assigned identity that may use it. Null: Microsoft's keys. It can only be set at creation."
  type = object({
    key_id             = string
    identity_id        = string
    identity_client_id = string
  })
  default = null
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
