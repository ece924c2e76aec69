variable "a" {
  type = object({
    b = optional(list(string), ["x"])
    c = map(tuple([number, bool, any]))
  })
  nullable  = false
  sensitive = true
  ephemeral = true
  validation {
    condition     = alltrue([for x in var.a.b : can(regex("^[a-z]+$", x))])
    error_message = "Not ${var.a.b[0]}."
  }
}
