locals {
  a = local.b
  b = [local.a]
}
resource "terraform_data" "x" {
  input = terraform_data.x.id
}
