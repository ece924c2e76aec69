module "m" {
  source   = "./m"
  for_each = toset(["x", "y"])
  i        = each.value
}
output "o" {
  value = { for k, m in module.m : k => m.o }
}
==== m/main.tf
variable "i" { type = string }
resource "terraform_data" "r" {
  input = sensitive(var.i)
}
output "o" {
  value     = nonsensitive(terraform_data.r.input)
  precondition {
    condition     = var.i != "z"
    error_message = "No."
  }
}
