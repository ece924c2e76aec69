resource "tls_private_key" "k" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}

resource "tls_self_signed_cert" "c" {
  private_key_pem       = tls_private_key.k.private_key_pem
  validity_period_hours = 24
  allowed_uses          = ["server_auth"]
  dns_names             = ["a.example"]
  subject {
    common_name = "a.example"
  }
}

resource "random_bytes" "b" {
  length = 16
}

resource "random_shuffle" "s" {
  input = ["a", "b", "c"]
}

resource "time_static" "t" {}

resource "time_offset" "o" {
  base_rfc3339  = time_static.t.rfc3339
  offset_months = 1
}

resource "time_rotating" "r" {
  rotation_days = 30
}

resource "local_file" "cert" {
  filename        = "${path.module}/out/cert.pem"
  content         = tls_self_signed_cert.c.cert_pem
  file_permission = "0644"
}

resource "local_sensitive_file" "key" {
  filename = "${path.module}/out/key.pem"
  content  = tls_private_key.k.private_key_pem
}

output "key" {
  value     = tls_private_key.k.private_key_pem
  sensitive = true
}

output "bytes" {
  value     = random_bytes.b.hex
  sensitive = true
}

resource "null_resource" "n" {
  triggers = { moment = time_static.t.rfc3339 }
}

resource "random_id" "i" {
  byte_length = 4
  prefix      = "id-"
}

resource "random_integer" "n" {
  min = 1
  max = 100
}

resource "random_password" "p" {
  length      = 20
  min_numeric = 2
}

resource "random_pet" "p" {
  length = 3
}

resource "random_string" "s" {
  length  = 8
  special = false
  keepers = { bytes = random_id.i.hex }
}

resource "random_uuid" "u" {}

resource "terraform_data" "d" {
  input            = random_pet.p.id
  triggers_replace = [random_integer.n.result]
}

resource "time_sleep" "s" {
  create_duration = "10ms"
}
