variable "n" {
  type    = number
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "n is ${var.n}."
  }
}
locals {
  names = [for i in range(var.n) : "v${i}"]
  by    = { for n in local.names : n => length(n) }
}
resource "terraform_data" "a" {
  for_each         = local.by
  input            = each.key
  triggers_replace = [each.value]
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [input]
    postcondition {
      condition     = self.output == each.key
      error_message = "no"
    }
  }
}
resource "terraform_data" "b" {
  count = length(terraform_data.a)
  input = values(terraform_data.a)[count.index].id
}
output "ids" {
  value     = terraform_data.b[*].output
  sensitive = true
}
