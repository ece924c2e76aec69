//! Microsoft.Network: networks and their subnets, security groups and routes, addresses, private endpoints, private DNS.

mod address;
mod dns;
mod edge;
mod endpoint;
mod links;
mod security;
mod tags;
mod vnet;

pub(super) use links::{groups, members};
pub use tags::ROUTES;

use super::common::{NETWORK_NAME, name_rule};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Absent, Etag, Inline, Location, Missing, Put, Reference, Seconds, Shape, TypeRules,
};
use crate::localcloud::world::World;

const NESTED: TypeRules = TypeRules { location: Location::None, taggable: false, ..TypeRules::NETWORK };

const fn refers(path: &'static str) -> Reference {
    Reference { path, missing: Missing::InvalidResourceReference }
}

const fn takes(create: f64, update: f64, delete: f64) -> Seconds {
    Seconds { create, update, delete }
}

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: "Microsoft.Network/virtualNetworks",
        name: Some(name_rule((2, 64), "[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9_]")),
        seconds: takes(4.0, 4.0, 10.0),
        defaults: &[
            ("properties.enableDdosProtection", "false"),
            ("properties.privateEndpointVNetPolicies", "\"Disabled\""),
        ],
        references: &[refers("properties.ddosProtectionPlan.id")],
        inline: &[
            Inline {
                path: "properties.subnets",
                child: "Microsoft.Network/virtualNetworks/subnets",
                absent: Absent::Keep,
            },
            Inline {
                path: "properties.virtualNetworkPeerings",
                child: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
                absent: Absent::Keep,
            },
        ],
        normalise: Some(vnet::network),
        written: Some(vnet::network_written),
        completed: Some(edge::network_completed),
        may_delete: Some(vnet::may_delete_network),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/virtualNetworks/subnets",
        serial: true,
        name: Some(NETWORK_NAME),
        seconds: takes(4.0, 4.0, 10.0),
        defaults: &[
            ("properties.privateLinkServiceNetworkPolicies", "\"Enabled\""),
            ("properties.delegations", "[]"),
        ],
        references: &[
            refers("properties.networkSecurityGroup.id"),
            refers("properties.routeTable.id"),
            refers("properties.natGateway.id"),
        ],
        normalise: Some(vnet::subnet),
        written: Some(vnet::subnet_written),
        may_delete: Some(vnet::may_delete_subnet),
        view: Some(vnet::view_subnet),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        serial: true,
        name: Some(NETWORK_NAME),
        defaults: &[
            ("properties.allowVirtualNetworkAccess", "true"),
            ("properties.allowForwardedTraffic", "false"),
            ("properties.allowGatewayTransit", "false"),
            ("properties.useRemoteGateways", "false"),
            ("properties.doNotVerifyRemoteGateways", "false"),
            ("properties.peerCompleteVnets", "true"),
        ],
        references: &[refers("properties.remoteVirtualNetwork.id")],
        immutable: &["properties.remoteVirtualNetwork.id"],
        normalise: Some(vnet::peering),
        view: Some(vnet::view_peering),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/networkSecurityGroups",
        name: Some(NETWORK_NAME),
        seconds: takes(3.0, 3.0, 10.0),
        inline: &[Inline {
            path: "properties.securityRules",
            child: "Microsoft.Network/networkSecurityGroups/securityRules",
            absent: Absent::Delete,
        }],
        normalise: Some(security::group),
        written: Some(security::group_written),
        may_delete: Some(security::may_delete_group),
        view: Some(security::view_group),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/networkSecurityGroups/securityRules",
        name: Some(NETWORK_NAME),
        seconds: takes(3.0, 3.0, 3.0),
        defaults: &[
            ("properties.sourceAddressPrefixes", "[]"),
            ("properties.destinationAddressPrefixes", "[]"),
            ("properties.sourcePortRanges", "[]"),
            ("properties.destinationPortRanges", "[]"),
        ],
        normalise: Some(security::rule),
        written: Some(security::rule_written),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/routeTables",
        name: Some(NETWORK_NAME),
        defaults: &[("properties.disableBgpRoutePropagation", "false")],
        inline: &[Inline {
            path: "properties.routes",
            child: "Microsoft.Network/routeTables/routes",
            absent: Absent::Delete,
        }],
        normalise: Some(with_guid),
        may_delete: Some(security::may_delete_route_table),
        view: Some(security::view_route_table),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/routeTables/routes",
        name: Some(NETWORK_NAME),
        defaults: &[("properties.hasBgpOverride", "false")],
        normalise: Some(security::route),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/privateEndpoints",
        name: Some(name_rule((2, 64), "[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9_]")),
        seconds: takes(20.0, 10.0, 15.0),
        defaults: &[
            ("properties.privateLinkServiceConnections", "[]"),
            ("properties.manualPrivateLinkServiceConnections", "[]"),
            ("properties.ipConfigurations", "[]"),
            ("properties.customNetworkInterfaceName", "\"\""),
        ],
        references: &[refers("properties.subnet.id")],
        immutable: &["properties.subnet.id", "properties.customNetworkInterfaceName"],
        normalise: Some(endpoint::endpoint),
        written: Some(endpoint::written),
        completed: Some(endpoint::completed),
        view: Some(endpoint::view),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        name: Some(NETWORK_NAME),
        seconds: takes(12.0, 12.0, 10.0),
        references: &[refers("properties.privateDnsZoneConfigs[].properties.privateDnsZoneId")],
        normalise: Some(endpoint::zone_group),
        completed: Some(endpoint::zone_group_completed),
        view: Some(endpoint::view_zone_group),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/privateDnsZones",
        name: Some(name_rule((1, 63), "[a-zA-Z0-9_]([a-zA-Z0-9._-]*[a-zA-Z0-9_])?")),
        location: Location::Global,
        put: Shape::PRIVATE_DNS_PUT,
        patch: Some(Shape::PRIVATE_DNS_PUT),
        delete: Shape::PRIVATE_DNS_DELETE,
        seconds: takes(30.0, 10.0, 10.0),
        etag: Etag::Guid,
        normalise: Some(dns::zone),
        written: Some(dns::zone_written),
        may_delete: Some(dns::may_delete_zone),
        view: Some(dns::view_zone),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        lingers: 30.0,
        name: Some(NETWORK_NAME),
        location: Location::Global,
        taggable: true,
        put: Shape::PRIVATE_DNS_PUT,
        patch: Some(Shape::PRIVATE_DNS_PUT),
        delete: Shape::PRIVATE_DNS_DELETE,
        seconds: takes(30.0, 10.0, 10.0),
        etag: Etag::Guid,
        defaults: &[("properties.registrationEnabled", "false")],
        references: &[Reference {
            path: "properties.virtualNetwork.id",
            missing: Missing::LinkedAuthorizationFailed("Microsoft.Network/virtualNetworks/join/action"),
        }],
        immutable: &["properties.virtualNetwork.id"],
        normalise: Some(dns::link),
        completed: Some(dns::link_completed),
        ..NESTED
    },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/A", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/AAAA", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/CNAME", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/MX", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/PTR", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/SRV", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/TXT", ..RECORD },
    TypeRules { type_name: "Microsoft.Network/privateDnsZones/SOA", deletable: false, ..RECORD },
    TypeRules {
        type_name: "Microsoft.Network/publicIPAddresses",
        name: Some(NETWORK_NAME),
        seconds: takes(2.0, 2.0, 10.0),
        defaults: &[
            ("sku.name", "\"Standard\""),
            ("sku.tier", "\"Regional\""),
            ("properties.publicIPAddressVersion", "\"IPv4\""),
            ("properties.idleTimeoutInMinutes", "4"),
            ("properties.ipTags", "[]"),
            ("properties.ddosSettings.protectionMode", "\"VirtualNetworkInherited\""),
        ],
        references: &[
            refers("properties.publicIPPrefix.id"),
            refers("properties.ddosSettings.ddosProtectionPlan.id"),
        ],
        immutable: &[
            "sku.name",
            "sku.tier",
            "zones",
            "properties.publicIPAddressVersion",
            "properties.publicIPPrefix.id",
        ],
        normalise: Some(address::public_address),
        may_delete: Some(address::may_delete_public_address),
        view: Some(address::view_public_address),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/networkInterfaces",
        name: Some(NETWORK_NAME),
        seconds: takes(10.0, 5.0, 10.0),
        defaults: &[
            ("properties.dnsSettings.dnsServers", "[]"),
            ("properties.dnsSettings.appliedDnsServers", "[]"),
            ("properties.enableAcceleratedNetworking", "false"),
            ("properties.enableIPForwarding", "false"),
            ("properties.disableTcpStateTracking", "false"),
            ("properties.nicType", "\"Standard\""),
            ("properties.hostedWorkloads", "[]"),
            ("properties.tapConfigurations", "[]"),
            ("properties.vnetEncryptionSupported", "false"),
            ("properties.auxiliaryMode", "\"None\""),
            ("properties.auxiliarySku", "\"None\""),
        ],
        references: &[
            refers("properties.ipConfigurations[].properties.subnet.id"),
            refers("properties.ipConfigurations[].properties.publicIPAddress.id"),
            refers("properties.networkSecurityGroup.id"),
        ],
        normalise: Some(address::interface),
        may_delete: Some(address::may_delete_interface),
        view: Some(address::view_interface),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/natGateways",
        name: Some(NETWORK_NAME),
        defaults: &[("properties.idleTimeoutInMinutes", "4"), ("sku.name", "\"Standard\"")],
        references: &[
            refers("properties.publicIpAddresses[].id"),
            refers("properties.publicIpPrefixes[].id"),
        ],
        immutable: &["sku.name", "zones"],
        normalise: Some(with_guid),
        may_delete: Some(address::may_delete_nat_gateway),
        view: Some(security::view_subnets),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Network/bastionHosts",
        name: Some(NETWORK_NAME),
        seconds: takes(346.0, 120.0, 344.0),
        defaults: &[
            ("sku.name", "\"Standard\""),
            ("properties.scaleUnits", "2"),
            ("properties.ipConfigurations", "[]"),
            ("properties.disableCopyPaste", "false"),
            ("properties.enableTunneling", "false"),
            ("properties.enableIpConnect", "false"),
            ("properties.enableKerberos", "false"),
            ("properties.enableShareableLink", "false"),
            ("properties.enableSessionRecording", "false"),
        ],
        references: &[
            refers("properties.ipConfigurations[].properties.subnet.id"),
            refers("properties.ipConfigurations[].properties.publicIPAddress.id"),
            refers("properties.virtualNetwork.id"),
        ],
        normalise: Some(address::bastion),
        ..TypeRules::NETWORK
    },
    // Of these the operations and the guid are modelled, not what they do.
    TypeRules {
        type_name: "Microsoft.Network/applicationSecurityGroups",
        normalise: Some(with_guid),
        ..NAMED
    },
    TypeRules {
        type_name: "Microsoft.Network/publicIPPrefixes",
        defaults: &[("properties.publicIPAddressVersion", "\"IPv4\"")],
        immutable: &["sku.name", "sku.tier", "zones", "properties.prefixLength"],
        normalise: Some(address::public_prefix),
        may_delete: Some(address::may_delete_public_prefix),
        view: Some(address::view_public_prefix),
        ..NAMED
    },
    TypeRules { type_name: "Microsoft.Network/ddosProtectionPlans", normalise: Some(with_guid), ..NAMED },
    TypeRules {
        type_name: "Microsoft.Network/privateLinkServices",
        normalise: Some(edge::link_service),
        ..NAMED
    },
    TypeRules {
        type_name: "Microsoft.Network/azureFirewalls",
        seconds: takes(900.0, 300.0, 381.0),
        references: &[
            refers("properties.ipConfigurations[].properties.subnet.id"),
            refers("properties.ipConfigurations[].properties.publicIPAddress.id"),
            refers("properties.firewallPolicy.id"),
        ],
        normalise: Some(edge::firewall),
        ..NAMED
    },
    TypeRules { type_name: "Microsoft.Network/firewallPolicies", delete: Shape::DELETE_SYNC, ..NAMED },
    TypeRules {
        type_name: "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
        serial: true,
        name: Some(NETWORK_NAME),
        ..NESTED
    },
    TypeRules {
        type_name: "Microsoft.Network/virtualNetworkGateways",
        seconds: takes(1500.0, 600.0, 360.0),
        references: &[
            refers("properties.ipConfigurations[].properties.subnet.id"),
            refers("properties.ipConfigurations[].properties.publicIPAddress.id"),
        ],
        normalise: Some(edge::gateway),
        ..NAMED
    },
    TypeRules { type_name: "Microsoft.Network/networkWatchers", ..NAMED },
    TypeRules {
        type_name: "Microsoft.Network/networkWatchers/flowLogs",
        name: Some(NETWORK_NAME),
        location: Location::Regional,
        taggable: true,
        references: &[refers("properties.targetResourceId"), refers("properties.storageId")],
        ..NESTED
    },
];

const NAMED: TypeRules = TypeRules { name: Some(NETWORK_NAME), ..TypeRules::NETWORK };

/// A record set: synchronous, owned by its zone.
const RECORD: TypeRules = TypeRules {
    put: Shape::SYNC,
    patch: Some(Shape::SYNC_200),
    delete: Shape::DELETE_SYNC,
    seconds: takes(0.0, 0.0, 0.0),
    etag: Etag::Guid,
    provisioning_state: false,
    defaults: &[("properties.ttl", "3600")],
    normalise: Some(dns::record),
    ..NESTED
};

/// Gives the resource its `resourceGuid`.
fn with_guid(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let guid = world.new_guid(put.id.key(), "resourceGuid");
    put.set("properties.resourceGuid", guid);
    Ok(())
}
