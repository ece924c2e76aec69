//! Peerings of virtual networks.

use std::sync::LazyLock;

use super::network::{NAME, NAMES, VERSION};
use super::table::{Part, Place, Table, doc, flag, group, text, text_map, texts};

pub(super) static VIRTUAL_NETWORK_PEERING: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_virtual_network_peering",
        [30, 5, 30, 30],
        vec![
            doc(
                "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
                VERSION,
                Place::Group(&["virtual_network_name", "name"]),
            )
            .asking("syncRemoteAddressSpace", "true"),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(NAME, NAMES),
            group(),
            text("virtual_network_name").required().new().part(Part::Above(1)),
            text("remote_virtual_network_id")
                .required()
                .new()
                .at("properties.remoteVirtualNetwork")
                .id()
                .arm_id("Microsoft.Network/virtualNetworks"),
            flag("allow_virtual_network_access").default(true).at("properties.allowVirtualNetworkAccess"),
            flag("allow_forwarded_traffic").default(false).at("properties.allowForwardedTraffic"),
            flag("allow_gateway_transit").default(false).at("properties.allowGatewayTransit"),
            flag("use_remote_gateways").default(false).at("properties.useRemoteGateways"),
            flag("peer_complete_virtual_networks_enabled")
                .default(true)
                .new()
                .at("properties.peerCompleteVnets"),
            flag("only_ipv6_peering_enabled").new().at("properties.enableOnlyIPv6Peering"),
            texts("local_subnet_names").at("properties.localSubnetNames"),
            texts("remote_subnet_names").at("properties.remoteSubnetNames"),
            text_map("triggers").own(),
        ],
    )
});
