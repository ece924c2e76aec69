variable "name" {
  description = "Name of each diagnostic setting."
  type        = string
  default     = "ringfence"
}

variable "log_analytics_workspace_id" {
  description = "Log Analytics workspace that takes logs and metrics."
  type        = string
}

variable "targets" {
  description = "What sends, by any name: the resource, its category groups of logs and its metric categories. Storage accounts have metrics only, security groups have logs only."
  type = map(object({
    resource_id  = string
    log_groups   = optional(set(string), ["allLogs"])
    metric_names = optional(set(string), ["AllMetrics"])
  }))

  validation {
    condition     = alltrue([for target in values(var.targets) : length(target.log_groups) + length(target.metric_names) > 0])
    error_message = "A diagnostic setting sends at least one log group or one metric category."
  }
}
