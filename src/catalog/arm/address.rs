//! Microsoft.Network: addresses, interfaces, routes.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Mutex;

/// A route, by itself or within its table.
#[rustfmt::skip]
const ROUTE: &[Row] = &[
    on(&["id", "type", "etag", "properties.provisioningState", "properties.hasBgpOverride"], "schema; server_populated").server(),
    on(&["properties.nextHopIpAddress"], "arm-mapping §2: may be sent empty").default("\"\""),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Network/publicIPAddresses", "2025-01-01", 2, &[
        on(&["sku.name"], "server_populated: the retired SKU; azurerm_facts: ForceNew").fixed().default("\"Basic\""),
        on(&["sku.tier"], "server_populated; azurerm_facts: ForceNew").fixed().default("\"Regional\""),
        on(&["zones"], "azurerm_facts: ForceNew; a set").fixed().set(&[]),
        on(&["properties.publicIPAllocationMethod"], "server_populated: static").cased().default("\"Dynamic\""),
        on(&["properties.publicIPAddressVersion"], "server_populated; azurerm_facts: ForceNew").fixed().default("\"IPv4\""),
        on(&["properties.idleTimeoutInMinutes"], "server_populated").default("4"),
        on(&["properties.ddosSettings.protectionMode"], "server_populated").default("\"VirtualNetworkInherited\""),
        on(&["properties.ipTags"], "server_populated; azurerm_facts: ForceNew").fixed().set(&["ipTagType"]).default("[]"),
        on(&["properties.publicIPPrefix", "properties.publicIPPrefix.id"], "azurerm_facts: ForceNew").fixed(),
        // The name follows from the label (server_populated).
        on(&["properties.dnsSettings.fqdn"], "server_populated").server(),
        on(&["properties.ipAddress"], "IMP-11: Azure's choice, or the prefix's").server(),
        on(&["properties.ipConfiguration", "properties.natGateway", "properties.servicePublicIPAddress",
             "properties.linkedPublicIPAddress", "properties.resourceGuid"], "schema; server_populated: back references").server(),
    ]),
    // An interface is written once at a time; what Azure or others put into its configurations stays.
    arm("Microsoft.Network/networkInterfaces", "2025-01-01", 31, &[
        on(&["properties.ipConfigurations"], "arm-mapping §12: by name").set(&["name"]),
        on(&["properties.ipConfigurations[].id", "properties.ipConfigurations[].type", "properties.ipConfigurations[].etag",
             "properties.ipConfigurations[].properties.provisioningState",
             "properties.ipConfigurations[].properties.privateLinkConnectionProperties"], "schema; server_populated").server(),
        on(&["properties.ipConfigurations[].properties.privateIPAddressVersion"], "server_populated").default("\"IPv4\""),
        on(&["properties.ipConfigurations[].properties.privateIPAllocationMethod"], "server_populated").cased().default("\"Dynamic\""),
        on(&["properties.ipConfigurations[].properties.primary"], "server_populated").default("true"),
        on(&["properties.dnsSettings.dnsServers"], "server_populated").default("[]"),
        on(&["properties.dnsSettings.appliedDnsServers", "properties.dnsSettings.internalFqdn",
             "properties.dnsSettings.internalDomainNameSuffix"], "schema; server_populated").server(),
        on(&["properties.enableAcceleratedNetworking", "properties.enableIPForwarding", "properties.disableTcpStateTracking"],
           "server_populated").default("false"),
        on(&["properties.nicType"], "server_populated").default("\"Standard\""),
        on(&["properties.auxiliaryMode", "properties.auxiliarySku"], "schema: None is nothing").default("\"None\""),
        on(&["properties.networkSecurityGroup"], "arm-mapping §2: an association's").neutral("null"),
        on(&["properties.virtualMachine", "properties.privateEndpoint", "properties.privateLinkService",
             "properties.tapConfigurations", "properties.macAddress", "properties.primary", "properties.vnetEncryptionSupported",
             "properties.hostedWorkloads", "properties.dscpConfiguration", "properties.defaultOutboundConnectivityEnabled",
             "properties.resourceGuid"],
           "schema; server_populated").server(),
    ]).mutexes(&[Mutex::Own, Mutex::Named("properties.networkSecurityGroup.id")]),
    arm("Microsoft.Network/routeTables", "2025-01-01", 11, &[
        on(&["properties.routes"], "arm-mapping §2: routes are a set").set(&["name"]).default("[]"),
        on(&["properties.disableBgpRoutePropagation"], "server_populated").default("false"),
        on(&["properties.subnets", "properties.resourceGuid"], "schema; server_populated").server(),
    ])
    .below(&[("properties.routes[]", ROUTE)])
    .mutexes(&[Mutex::Own]),
    arm("Microsoft.Network/routeTables/routes", "2025-01-01", 10, ROUTE).mutexes(&[Mutex::Parent]),
    arm("Microsoft.Network/natGateways", "2025-01-01", 10, &[
        on(&["sku.name"], "azurerm_facts: ForceNew").fixed().cased(),
        on(&["sku.tier"], "server_populated").server(),
        on(&["zones"], "azurerm_facts: ForceNew; a set").fixed().set(&[]),
        on(&["properties.idleTimeoutInMinutes"], "server_populated").default("4"),
        on(&["properties.publicIpAddresses", "properties.publicIpPrefixes", "properties.publicIpAddressesV6",
             "properties.publicIpPrefixesV6"], "arm-mapping §12: associations'").set(&["id"]).default("[]"),
        on(&["properties.subnets", "properties.resourceGuid"], "schema; server_populated").server(),
    ]).mutexes(&[Mutex::Own]),
    arm("Microsoft.Network/bastionHosts", "2025-01-01", 346, &[
        on(&["sku.name"], "server_populated").default("\"Standard\""),
        on(&["zones"], "azurerm_facts: ForceNew; a set").fixed().set(&[]),
        on(&["properties.ipConfigurations"], "azurerm_facts: ForceNew; server_populated").fixed().set(&["name"]).default("[]"),
        on(&["properties.ipConfigurations[].id", "properties.ipConfigurations[].type", "properties.ipConfigurations[].etag",
             "properties.ipConfigurations[].properties.provisioningState"], "schema; server_populated").server(),
        on(&["properties.ipConfigurations[].properties.privateIPAllocationMethod"], "server_populated").default("\"Dynamic\""),
        on(&["properties.virtualNetwork", "properties.virtualNetwork.id"], "azurerm_facts: ForceNew").fixed(),
        on(&["properties.dnsName"], "server_populated: Azure's choice").server(),
        on(&["properties.scaleUnits"], "server_populated").default("2"),
        on(&["properties.disableCopyPaste", "properties.enableFileCopy", "properties.enableIpConnect",
             "properties.enableKerberos", "properties.enableSessionRecording", "properties.enableShareableLink",
             "properties.enableTunneling"], "mutability").default("false"),
        on(&["properties.enablePrivateOnlyBastion"], "arm-mapping §12").default("false"),
    ]).mutexes(&[Mutex::Own]),
    // One peering at a time, on both sides (arm-mapping §1).
    arm("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "2025-01-01", 10, &[
        on(&["properties.remoteVirtualNetwork", "properties.remoteVirtualNetwork.id"], "azurerm_facts: ForceNew").fixed(),
        on(&["properties.peerCompleteVnets"], "server_populated; azurerm_facts: ForceNew").fixed().default("true"),
        on(&["properties.enableOnlyIPv6Peering"], "azurerm_facts: ForceNew").fixed().default("false"),
        on(&["properties.allowVirtualNetworkAccess"], "azurerm default").default("true"),
        on(&["properties.allowForwardedTraffic", "properties.allowGatewayTransit", "properties.useRemoteGateways"],
           "azurerm default").default("false"),
        on(&["properties.doNotVerifyRemoteGateways"], "server_populated").default("false"),
        on(&["properties.localSubnetNames", "properties.remoteSubnetNames"], "a set").set(&[]).default("[]"),
        on(&["properties.localAddressSpace", "properties.localVirtualNetworkAddressSpace", "properties.remoteAddressSpace",
             "properties.remoteVirtualNetworkAddressSpace", "properties.remoteBgpCommunities", "properties.peeringState",
             "properties.peeringSyncLevel", "properties.remoteVirtualNetworkEncryption", "properties.routeServiceVips",
             "properties.resourceGuid"], "schema; server_populated").server(),
    ]).mutexes(&[Mutex::PerSubscription]),
];
