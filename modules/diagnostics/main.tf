resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = var.targets

  name                       = var.name
  target_resource_id         = each.value.resource_id
  log_analytics_workspace_id = var.log_analytics_workspace_id

  dynamic "enabled_log" {
    for_each = each.value.log_groups

    content {
      category_group = enabled_log.value
    }
  }

  dynamic "enabled_metric" {
    for_each = each.value.metric_names

    content {
      category = enabled_metric.value
    }
  }
}
