//! Route tables and their routes, inside the table or beside it.

use std::sync::LazyLock;

use super::network::VERSION;
use super::table::{Part, Place, Row, Table, block_set, doc, flag, group, place, tags, text, text_set};

const NAME: &str = r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,78}[a-zA-Z0-9_]?$";
const NAMES: &str = "1 to 80 letters, digits, `.`, `_` and `-`, beginning with a letter or digit";

/// What a route says, but for its name.
fn route_rows() -> [Row; 3] {
    [
        text("address_prefix").required().at("properties.addressPrefix"),
        text("next_hop_type").required().at("properties.nextHopType").one_of(&[
            "VirtualNetworkGateway",
            "VnetLocal",
            "Internet",
            "VirtualAppliance",
            "None",
        ]),
        text("next_hop_in_ip_address").at("properties.nextHopIpAddress"),
    ]
}

pub(super) static ROUTE_TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut route = vec![text("name").required().at("name").matches(NAME, NAMES)];
    route.extend(route_rows());
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        block_set("route", route).both().attr_as_block().at("properties.routes"),
        flag("bgp_route_propagation_enabled").default(true).at("properties.disableBgpRoutePropagation").not(),
        flag("disable_bgp_route_propagation")
            .both()
            .until(3)
            .deprecated("bgp_route_propagation_enabled")
            .opposite("bgp_route_propagation_enabled"),
        tags(),
        text_set("subnets").computed().at("properties.subnets").items("id"),
    ]);
    Table::new(
        "azurerm_route_table",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/routeTables", VERSION, Place::Group(&["name"]))],
        rows,
    )
});

pub(super) static ROUTE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = vec![
        text("name").required().new().part(Part::Name).matches(NAME, NAMES),
        group(),
        text("route_table_name").required().new().part(Part::Above(1)).matches(NAME, NAMES),
    ];
    rows.extend(route_rows());
    Table::new(
        "azurerm_route",
        [30, 5, 30, 30],
        vec![doc(
            "Microsoft.Network/routeTables/routes",
            VERSION,
            Place::Group(&["route_table_name", "name"]),
        )],
        rows,
    )
});
