output "log_analytics_workspace_id" {
  description = "Id of the Log Analytics workspace: where diagnostic settings send."
  value       = azurerm_log_analytics_workspace.this.id
}

output "application_insights_id" {
  description = "Id of the Application Insights component: what the workspace takes."
  value       = azurerm_application_insights.this.id
}
