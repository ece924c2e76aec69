output "role_assignment_ids" {
  description = "Ids of the role assignments by name."
  value       = { for name, assignment in azurerm_role_assignment.this : name => assignment.id }
}

output "lock_ids" {
  description = "Ids of the locks by name."
  value       = { for name, lock in azurerm_management_lock.this : name => lock.id }
}
