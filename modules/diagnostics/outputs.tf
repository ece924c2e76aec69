output "ids" {
  description = "Ids of the diagnostic settings by target name."
  value       = { for name, setting in azurerm_monitor_diagnostic_setting.this : name => setting.id }
}
