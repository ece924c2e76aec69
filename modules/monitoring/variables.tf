variable "name" {
  description = "Suffix of the names: log-<name> (Log Analytics), appi-<name> (Application Insights)."
  type        = string
}

variable "resource_group_name" {
  description = "Resource group that takes both."
  type        = string
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "retention_in_days" {
  description = "Days for which logs are kept: one of 30, 60, 90, 120, 180, 270, 365, 550, 730."
  type        = number
  default     = 90

  validation {
    condition     = contains([30, 60, 90, 120, 180, 270, 365, 550, 730], var.retention_in_days)
    error_message = "Application Insights keeps data for 30, 60, 90, 120, 180, 270, 365, 550 or 730 days."
  }
}

variable "internet_access_enabled" {
  description = "Lets public networks send to and query Log Analytics and Application Insights. When off, only diagnostic settings and a private link scope get in."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
