variable "a" {
  type = object({ b = optional(list(number), [1]), c = map(string) })
}
variable "d" {
  sensitive = true
}
output "e" {
  value     = [var.a, var.d]
  sensitive = true
}
==== terraform.tfvars
a = { c = { x = 1 } }
==== b.auto.tfvars.json
{"d": ["${x}", null]}
