resource "random_pet" "p" {
  length = 2
  keepers = { a = 1 }
}
resource "random_password" "w" {
  length = 8
}
resource "time_offset" "t" {
  offset_days = 1
}
resource "null_resource" "n" {
  triggers = { p = random_pet.p.id }
  provisioner "local-exec" {
    command = "echo ${self.id}"
  }
}
