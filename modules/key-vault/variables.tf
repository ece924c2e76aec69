variable "name" {
  description = "Name of the vault: globally unique, 3 to 24 letters, digits and single dashes."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "A vault name has 3 to 24 letters, digits and single dashes, starts with a letter and ends with a letter or digit."
  }
}

variable "resource_group_name" {
  description = "Resource group that takes the vault."
  type        = string
}

variable "location" {
  description = "Azure region; a vault with the workspace's key is in the workspace's region."
  type        = string
}

variable "tenant_id" {
  description = "Entra tenant whose principals the vault trusts."
  type        = string
}

variable "soft_delete_retention_days" {
  description = "Days for which a deleted vault or key can be recovered, 7 to 90. It cannot be changed later."
  type        = number
  default     = 90

  validation {
    condition     = var.soft_delete_retention_days >= 7 && var.soft_delete_retention_days <= 90
    error_message = "A vault keeps what is deleted for 7 to 90 days."
  }
}

variable "key_name" {
  description = "Name of the customer-managed key."
  type        = string
  default     = "cmk"
}

variable "key_type" {
  description = "RSA-HSM keeps the key in a hardware security module, RSA in software."
  type        = string
  default     = "RSA-HSM"

  validation {
    condition     = contains(["RSA", "RSA-HSM"], var.key_type)
    error_message = "Azure Machine Learning takes RSA and RSA-HSM keys."
  }
}

variable "key_size" {
  description = "Bits of the key: 2048, 3072 or 4096."
  type        = number
  default     = 3072

  validation {
    condition     = contains([2048, 3072, 4096], var.key_size)
    error_message = "An RSA key has 2048, 3072 or 4096 bits."
  }
}

variable "key_expiration_date" {
  description = "When the key ends (RFC 3339, UTC). Null: it does not. A workspace holds one version of its key: move it to the next one before this date."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
