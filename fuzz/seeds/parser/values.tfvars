name = "x"
n    = -1.5e3
all  = [1, "two", { three = true }]
text = <<EOT
  a
EOT
