locals {
suffixes_of_environment={
public={
storage      ="core.windows.net"
vault        ="vaultcore.azure.net"
registry     ="azurecr.io"
amlworkspace =["api.azureml.ms","notebooks.azure.net"]
Sql          ="documents.azure.com"
searchService="search.windows.net"
}
usgovernment={
storage      ="core.usgovcloudapi.net"
vault        ="vaultcore.usgovcloudapi.net"
registry     ="azurecr.us"
amlworkspace =["api.ml.azure.us","notebooks.usgovcloudapi.net"]
Sql          ="documents.azure.us"
searchService="search.azure.us"
}
china={
storage      ="core.chinacloudapi.cn"
vault        ="vaultcore.azure.cn"
registry     ="azurecr.cn"
amlworkspace =["api.ml.azure.cn","notebooks.chinacloudapi.cn"]
Sql          ="documents.azure.cn"
searchService="search.azure.cn"
}
}

suffixes=local.suffixes_of_environment[var.environment]

environment_zones=merge(
{ for service in ["blob","file","queue","table","dfs","web"] : service => ["privatelink.${service}.${local.suffixes.storage}"] },
{ for group in ["vault","registry","Sql","searchService"] : group => ["privatelink.${local.suffixes[group]}"] },
{ amlworkspace=[for suffix in local.suffixes.amlworkspace : "privatelink.${suffix}"] },
)

zones_of_group=merge(local.environment_zones,var.private_dns_zones)
needed_zones  =toset(flatten([for target in values(var.targets) : local.zones_of_group[target.group]]))
own_zones     =setsubtract(local.needed_zones,keys(var.existing_private_dns_zone_ids))

links={
for pair in setproduct(local.own_zones,keys(var.virtual_network_ids)) :
"${pair[0]}/${pair[1]}" => { zone=pair[0],network=pair[1] }
}

zone_ids=merge({ for name,zone in azurerm_private_dns_zone.this : name => zone.id },var.existing_private_dns_zone_ids)
}

resource "azurerm_private_dns_zone" "this" {
for_each=local.own_zones

name               =each.key
resource_group_name=var.resource_group_name
tags               =var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
for_each=local.links

name                 =each.value.network
resource_group_name  =var.resource_group_name
private_dns_zone_name=azurerm_private_dns_zone.this[each.value.zone].name
virtual_network_id   =var.virtual_network_ids[each.value.network]
registration_enabled =false
tags                 =var.tags
}

resource "azurerm_private_endpoint" "this" {
for_each=var.targets

name               ="pe-${each.key}"
resource_group_name=var.resource_group_name
location           =var.location
subnet_id          =var.subnet_id
tags               =var.tags

private_service_connection {
name                          =each.key
private_connection_resource_id=each.value.resource_id
subresource_names             =[each.value.group]
is_manual_connection          =false
}

private_dns_zone_group {
name                ="default"
private_dns_zone_ids=[for zone in local.zones_of_group[each.value.group] : local.zone_ids[zone]]
}
}
