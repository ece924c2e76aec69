output "private_endpoint_ids" {
  description = "Ids of the private endpoints by target name."
  value       = { for name, endpoint in azurerm_private_endpoint.this : name => endpoint.id }
}

output "private_dns_zone_ids" {
  description = "Ids of the zones in use by zone name, those of a hub included."
  value       = local.zone_ids
}

output "virtual_network_link_ids" {
  description = "Ids of the links between zones and virtual networks, by <zone>/<network>."
  value       = { for name, link in azurerm_private_dns_zone_virtual_network_link.this : name => link.id }
}
