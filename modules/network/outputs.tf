output "virtual_network_id" {
  description = "Id of the virtual network."
  value       = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  description = "Ids of the subnets by name; known to have their security group."
  value       = { for name, association in azurerm_subnet_network_security_group_association.this : name => association.subnet_id }
}

output "network_security_group_ids" {
  description = "Ids of the security groups by subnet name."
  value       = { for name, group in azurerm_network_security_group.this : name => group.id }
}
