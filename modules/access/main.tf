resource "azurerm_role_assignment" "this" {
  for_each = var.assignments

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = each.value.principal_id
  principal_type       = each.value.principal_type
  description          = each.value.description
}

resource "azurerm_management_lock" "this" {
  for_each = var.locks

  name       = each.key
  scope      = each.value.scope
  lock_level = each.value.level
  notes      = each.value.notes
}
