output "a" {
  value = local.b
}
==== more.tf.json
{"locals": {"b": "${[for x in [1,2] : x * 2]}", "c": {"d": "%{ if true }e%{ endif }"}}}
==== x_override.tf
output "a" {
  value = "z"
}
