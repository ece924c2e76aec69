variable "resource_group_name" {
  description = "Resource group that takes the private endpoints and the zones."
  type        = string
}

variable "location" {
  description = "Azure region of the private endpoints: that of their subnet."
  type        = string
}

variable "subnet_id" {
  description = "Subnet that takes the private endpoints."
  type        = string
}

variable "virtual_network_ids" {
  description = "Virtual networks that resolve the private names, by a name for the link."
  type        = map(string)
}

variable "targets" {
  description = "What gets a private endpoint, by a name for the endpoint: the resource and its group (vault, blob, file, queue, table, dfs, web, registry, amlworkspace, Sql, searchService)."
  type = map(object({
    resource_id = string
    group       = string
  }))

  validation {
    condition = alltrue([for target in values(var.targets) : contains(
      ["vault", "blob", "file", "queue", "table", "dfs", "web", "registry", "amlworkspace", "Sql", "searchService"],
      target.group,
    )])
    error_message = "A private link group is one of vault, blob, file, queue, table, dfs, web, registry, amlworkspace, Sql, searchService."
  }
}

variable "environment" {
  description = "Cloud whose zone names are used: public, usgovernment or china, as in the provider block."
  type        = string
  default     = "public"

  validation {
    condition     = contains(["public", "usgovernment", "china"], var.environment)
    error_message = "The environment is one of public, usgovernment, china."
  }
}

variable "private_dns_zones" {
  description = "Zone names by group that differ from those of the environment."
  type        = map(list(string))
  default     = {}
}

variable "existing_private_dns_zone_ids" {
  description = "Ids of zones that are there already (a hub's), by zone name. These are neither made nor linked here."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
