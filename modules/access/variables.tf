variable "assignments" {
  description = "Role assignments by any name: scope, built-in or custom role by its name, and the principal. Principal types are User, Group, ServicePrincipal; managed identities are ServicePrincipal."
  type = map(object({
    scope          = string
    role           = string
    principal_id   = string
    principal_type = optional(string)
    description    = optional(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for a in values(var.assignments) : a.principal_type == null ? true : contains(["User", "Group", "ServicePrincipal"], a.principal_type)])
    error_message = "A principal type is one of User, Group, ServicePrincipal."
  }
}

variable "locks" {
  description = "Management locks by name: scope, level (CanNotDelete or ReadOnly) and notes."
  type = map(object({
    scope = string
    level = optional(string, "CanNotDelete")
    notes = optional(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for lock in values(var.locks) : contains(["CanNotDelete", "ReadOnly"], lock.level)])
    error_message = "A lock level is CanNotDelete or ReadOnly."
  }
}
