//! Microsoft.Network: virtual networks, security groups, private endpoints, private DNS.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Compare::{Cidr, Location};
use crate::catalog::facts::Mutex;

/// A subnet, by itself or within its network.
#[rustfmt::skip]
const SUBNET: &[Row] = &[
    on(&["id", "type", "etag"], "schema").server(),
    on(&["properties.provisioningState"], "schema; LRO-10").server(),
    on(&["properties.addressPrefixes"], "arm-mapping §2: azurerm's set").set(&[]),
    on(&["properties.serviceEndpoints"], "arm-mapping §2").set(&["service"]).default("[]"),
    on(&["properties.serviceEndpoints[].locations"], "server_populated").set(&[]),
    on(&["properties.serviceEndpoints[].provisioningState"], "schema").server(),
    on(&["properties.serviceEndpointPolicies", "properties.ipAllocations"], "schema: references").set(&["id"]).default("[]"),
    on(&["properties.delegations"], "schema").set(&["name"]).default("[]"),
    on(&["properties.delegations[].properties.actions", "properties.delegations[].properties.provisioningState",
         "properties.delegations[].id", "properties.delegations[].etag", "properties.delegations[].type"],
       "schema; arm-mapping §2: the service fills the actions").server(),
    on(&["properties.delegations[].properties.actions"], "arm-mapping §2").set(&[]),
    on(&["properties.delegations[].properties.actions[]"], "HTTP-02").cased(),
    on(&["properties.networkSecurityGroup", "properties.routeTable", "properties.natGateway"], "arm-mapping §2").neutral("null"),
    on(&["properties.ipamPoolPrefixAllocations"], "schema").set(&["pool.id"]),
    on(&["properties.ipamPoolPrefixAllocations[].allocatedAddressPrefixes"], "schema").server(),
    // The default was `Enabled` in versions before 2022 (PL-02).
    on(&["properties.privateEndpointNetworkPolicies"], "mutability; PL-02").default("\"Disabled\""),
    on(&["properties.privateLinkServiceNetworkPolicies"], "mutability").default("\"Enabled\""),
    on(&["properties.defaultOutboundAccess"], "arm-mapping §2: null is true").default("true"),
    on(&["properties.privateEndpoints", "properties.ipConfigurations", "properties.ipConfigurationProfiles",
         "properties.resourceNavigationLinks", "properties.serviceAssociationLinks", "properties.purpose"],
       "schema; IMP-02").server(),
];

/// A security rule, by itself or within its group: what may be left out may also be sent empty.
#[rustfmt::skip]
const RULE: &[Row] = &[
    on(&["id", "type", "etag", "properties.provisioningState"], "schema").server(),
    on(&["properties.access", "properties.direction", "properties.protocol"], "HTTP-02: older rules answer TCP").cased(),
    on(&["properties.sourceAddressPrefixes", "properties.destinationAddressPrefixes", "properties.sourcePortRanges",
         "properties.destinationPortRanges"], "server_populated: empty lists").set(&[]).default("[]"),
    on(&["properties.sourceAddressPrefix", "properties.destinationAddressPrefix", "properties.sourcePortRange",
         "properties.destinationPortRange", "properties.description"], "arm-mapping §2: may be sent empty").default("\"\""),
    on(&["properties.sourceApplicationSecurityGroups", "properties.destinationApplicationSecurityGroups"],
       "schema: references").set(&["id"]).default("[]"),
];

#[rustfmt::skip]
const SECURITY_GROUP: &[Row] = &[
    on(&["properties.securityRules"], "arm-mapping §2: rules are a set").set(&["name"]).default("[]"),
    on(&["properties.defaultSecurityRules", "properties.networkInterfaces", "properties.subnets", "properties.flowLogs",
         "properties.resourceGuid"], "schema; IMP-01").server(),
    on(&["properties.flushConnection"], "server_populated").default("false"),
];

/// PE: everything but tags and zone group (behaviour §17).
#[rustfmt::skip]
const ENDPOINT: &[Row] = &[
    on(&["properties.subnet", "properties.subnet.id"], "behaviour §17, azurerm_facts").fixed(),
    on(&["properties.customNetworkInterfaceName"], "azurerm_facts; server_populated").fixed().default("\"\""),
    on(&["properties.privateLinkServiceConnections", "properties.manualPrivateLinkServiceConnections"],
       "behaviour §17; server_populated").fixed().set(&["name"]).default("[]"),
    on(&["properties.privateLinkServiceConnections[].name", "properties.manualPrivateLinkServiceConnections[].name",
         "properties.privateLinkServiceConnections[].properties.privateLinkServiceId",
         "properties.manualPrivateLinkServiceConnections[].properties.privateLinkServiceId"], "azurerm_facts").fixed(),
    on(&["properties.privateLinkServiceConnections[].properties.groupIds",
         "properties.manualPrivateLinkServiceConnections[].properties.groupIds"], "azurerm_facts").fixed().set(&[]),
    on(&["properties.privateLinkServiceConnections[].properties.groupIds[]",
         "properties.manualPrivateLinkServiceConnections[].properties.groupIds[]"], "private_link.tsv: Sql, SQL").cased(),
    on(&["properties.privateLinkServiceConnections[].properties.requestMessage",
         "properties.manualPrivateLinkServiceConnections[].properties.requestMessage"], "server_populated; azurerm: in place").default("\"\"").free(),
    on(&["properties.privateLinkServiceConnections[].id", "properties.privateLinkServiceConnections[].type",
         "properties.privateLinkServiceConnections[].etag",
         "properties.privateLinkServiceConnections[].properties.provisioningState",
         "properties.privateLinkServiceConnections[].properties.privateLinkServiceConnectionState",
         "properties.manualPrivateLinkServiceConnections[].id", "properties.manualPrivateLinkServiceConnections[].type",
         "properties.manualPrivateLinkServiceConnections[].etag",
         "properties.manualPrivateLinkServiceConnections[].properties.provisioningState",
         "properties.manualPrivateLinkServiceConnections[].properties.privateLinkServiceConnectionState"],
       "schema; IMP-02: approval is the target's").server(),
    on(&["properties.ipConfigurations"], "azurerm_facts").fixed().set(&["name"]).default("[]"),
    on(&["properties.ipConfigurations[].name", "properties.ipConfigurations[].properties.groupId",
         "properties.ipConfigurations[].properties.memberName",
         "properties.ipConfigurations[].properties.privateIPAddress"], "azurerm_facts").fixed(),
    on(&["properties.ipConfigurations[].type", "properties.ipConfigurations[].etag"], "schema").server(),
    on(&["properties.applicationSecurityGroups"], "schema: references").set(&["id"]).default("[]"),
    on(&["properties.networkInterfaces", "properties.customDnsConfigs", "properties.resourceGuid"], "schema; IMP-02; server_populated").server(),
];

const SUBNET_LOCKS: &[Mutex] = &[
    Mutex::Own,
    Mutex::Parent,
    Mutex::Named("properties.networkSecurityGroup.id"),
    Mutex::Named("properties.routeTable.id"),
    Mutex::Named("properties.natGateway.id"),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    // CON-03: one group of rules at a time in a policy.
    arm("Microsoft.Network/firewallPolicies/ruleCollectionGroups", "2024-01-01", 10, &[
        on(&["properties.size"], "schema").server(),
    ]).mutexes(&[Mutex::Parent]),
    // CON-01: one write per network at a time.
    arm("Microsoft.Network/virtualNetworks", "2025-01-01", 4, &[
        on(&["properties.addressSpace.addressPrefixes"], "arm-mapping §2: a set").set(&[]),
        on(&["properties.addressSpace.ipamPoolPrefixAllocations"], "schema").set(&["pool.id"]),
        on(&["properties.addressSpace.ipamPoolPrefixAllocations[].allocatedAddressPrefixes"], "schema").server(),
        on(&["properties.dhcpOptions.dnsServers"], "arm-mapping §2: always sent").default("[]"),
        on(&["properties.subnets"], "NET-01").set(&["name"]),
        on(&["properties.virtualNetworkPeerings"], "server_populated").set(&["name"]).default("[]"),
        on(&["properties.virtualNetworkPeerings[].properties.provisioningState", "properties.virtualNetworkPeerings[].type",
             "properties.virtualNetworkPeerings[].properties.resourceGuid", "properties.virtualNetworkPeerings[].etag",
             "properties.virtualNetworkPeerings[].properties.remoteVirtualNetworkEncryption",
             "properties.virtualNetworkPeerings[].properties.remoteBgpCommunities.regionalCommunity",
             "properties.virtualNetworkPeerings[].properties.localAddressSpace.ipamPoolPrefixAllocations[].allocatedAddressPrefixes",
             "properties.virtualNetworkPeerings[].properties.localVirtualNetworkAddressSpace.ipamPoolPrefixAllocations[].allocatedAddressPrefixes",
             "properties.virtualNetworkPeerings[].properties.remoteAddressSpace.ipamPoolPrefixAllocations[].allocatedAddressPrefixes",
             "properties.virtualNetworkPeerings[].properties.remoteVirtualNetworkAddressSpace.ipamPoolPrefixAllocations[].allocatedAddressPrefixes"], "schema").server(),
        on(&["properties.ipAllocations"], "schema: references").set(&["id"]),
        on(&["properties.encryption.enabled"], "arm-mapping §2").default("false"),
        on(&["properties.enableDdosProtection", "properties.enableVmProtection"], "mutability").default("false"),
        on(&["properties.privateEndpointVNetPolicies"], "arm-mapping §2").default("\"Disabled\""),
        on(&["properties.resourceGuid", "properties.bgpCommunities.regionalCommunity", "properties.flowLogs",
             "properties.defaultPublicNatGateway"], "schema").server(),
    ]).below(&[("properties.subnets[]", SUBNET)]).mutexes(&[Mutex::Own]),
    arm("Microsoft.Network/virtualNetworks/subnets", "2025-01-01", 3, SUBNET).mutexes(SUBNET_LOCKS),
    arm("Microsoft.Network/networkSecurityGroups", "2025-01-01", 3, SECURITY_GROUP)
        .below(&[("properties.securityRules[]", RULE)])
        .mutexes(&[Mutex::Own]),
    // ARM serialises them itself (arm-mapping §2).
    arm("Microsoft.Network/networkSecurityGroups/securityRules", "2025-01-01", 11, RULE),
    // CON-02: endpoints do not lock their network, a collision is tried again; two of one Cosmos account collide always.
    arm("Microsoft.Network/privateEndpoints", "2025-01-01", 30, ENDPOINT).mutexes(&[
        Mutex::NamedOf("properties.privateLinkServiceConnections[].properties.privateLinkServiceId", "Microsoft.DocumentDB/databaseAccounts"),
        Mutex::NamedOf("properties.manualPrivateLinkServiceConnections[].properties.privateLinkServiceId", "Microsoft.DocumentDB/databaseAccounts"),
    ]),
    // LRO-09: two writes to one zone group cancel each other.
    arm("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "2025-01-01", 12, &[
        on(&["properties.privateDnsZoneConfigs"], "PL-01").set(&["name"]),
        on(&["properties.privateDnsZoneConfigs[].id", "properties.privateDnsZoneConfigs[].type",
             "properties.privateDnsZoneConfigs[].etag",
             "properties.privateDnsZoneConfigs[].properties.recordSets",
             "properties.privateDnsZoneConfigs[].properties.provisioningState"], "schema, server_populated").server(),
    ]).mutexes(&[Mutex::Parent]),
    arm("Microsoft.Network/privateDnsZones", "2024-06-01", 46, &[
        on(&["properties.maxNumberOfRecordSets", "properties.numberOfRecordSets",
             "properties.maxNumberOfVirtualNetworkLinks", "properties.numberOfVirtualNetworkLinks",
             "properties.maxNumberOfVirtualNetworkLinksWithRegistration",
             "properties.numberOfVirtualNetworkLinksWithRegistration", "properties.internalId"], "schema").server(),
    ]),
    arm("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "2024-06-01", 35, &[
        on(&["location"], "server_populated: Global").compare(Location),
        on(&["properties.virtualNetwork", "properties.virtualNetwork.id"], "azurerm_facts").fixed(),
        on(&["properties.registrationEnabled"], "arm-mapping §3").default("false"),
        on(&["properties.resolutionPolicy"], "arm-mapping §3").default("\"Default\""),
        on(&["properties.virtualNetworkLinkState"], "schema").server(),
    ]).lingers(),
    // IMP-10: there since the zone is.
    arm("Microsoft.Network/privateDnsZones/SOA", "2024-06-01", 2, &[
        on(&["properties.fqdn", "properties.isAutoRegistered", "properties.soaRecord.host",
             "properties.soaRecord.serialNumber"], "schema").server(),
    ]).implied().mutexes(&[Mutex::Parent]),
    arm("Microsoft.Network/privateDnsZones/A", "2024-06-01", 2, &[
        on(&["properties.aRecords"], "arm-mapping §3: a set").set(&["ipv4Address"]),
        on(&["properties.aRecords[].ipv4Address"], "an address").compare(Cidr),
        on(&["properties.metadata.*"], "a map with free keys"),
        on(&["properties.fqdn", "properties.isAutoRegistered"], "schema").server(),
    ]),
];
