locals {
  a = [1, 2
}

locals {
  b = 1 +
  c = "x
  d = "\q"
  e = a..b
}
resource x {
  = 1
  y = 1 2
}
}
z = <<EOT
