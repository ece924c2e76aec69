moved {
  from = terraform_data.a
  to   = terraform_data.b[0]
}
resource "terraform_data" "b" {
  count      = 1
  input      = { x = [null, timestamp()] }
  depends_on = [terraform_data.c]
}
resource "terraform_data" "c" {
  lifecycle {
    replace_triggered_by = [terraform_data.d.input]
    prevent_destroy      = true
  }
}
resource "terraform_data" "d" {
  input = plantimestamp()
}
check "e" {
  assert {
    condition     = terraform_data.d.id == null
    error_message = "no"
  }
}
ephemeral "random_password" "f" {
  length = 4
}
