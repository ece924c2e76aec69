//! Associations: one property of a document of another, that names a third.

use std::sync::LazyLock;

use super::network::{SUBNETS, VERSION};
use super::table::{Going, Part, Place, Table, doc, text};

const GROUPS: &str = "Microsoft.Network/networkSecurityGroups";

/// The argument that is the id of the document, with its ARM type; the argument that is written into it, with its ARM
/// type, where it stands, and what takes it back.
fn association(
    name: &'static str,
    (holder, of): (&'static str, &'static str),
    (part, kind, at, neutral): (&'static str, &'static str, &'static str, &'static str),
) -> Table {
    Table::new(
        name,
        [30, 5, 0, 30],
        vec![doc(of, VERSION, Place::Is(holder)).foreign().going(Going::Neutral(neutral))],
        vec![
            text(holder).required().new().part(Part::Id).arm_id(of),
            text(part).required().new().at(at).id().arm_id(kind),
        ],
    )
}

pub(super) static SUBNET_NETWORK_SECURITY_GROUP_ASSOCIATION: LazyLock<Table> = LazyLock::new(|| {
    association(
        "azurerm_subnet_network_security_group_association",
        ("subnet_id", SUBNETS),
        (
            "network_security_group_id",
            GROUPS,
            "properties.networkSecurityGroup",
            r#"{"properties":{"networkSecurityGroup":null}}"#,
        ),
    )
});

pub(super) static SUBNET_ROUTE_TABLE_ASSOCIATION: LazyLock<Table> = LazyLock::new(|| {
    association(
        "azurerm_subnet_route_table_association",
        ("subnet_id", SUBNETS),
        (
            "route_table_id",
            "Microsoft.Network/routeTables",
            "properties.routeTable",
            r#"{"properties":{"routeTable":null}}"#,
        ),
    )
});

pub(super) static SUBNET_NAT_GATEWAY_ASSOCIATION: LazyLock<Table> = LazyLock::new(|| {
    association(
        "azurerm_subnet_nat_gateway_association",
        ("subnet_id", SUBNETS),
        (
            "nat_gateway_id",
            "Microsoft.Network/natGateways",
            "properties.natGateway",
            r#"{"properties":{"natGateway":null}}"#,
        ),
    )
});

pub(super) static NETWORK_INTERFACE_SECURITY_GROUP_ASSOCIATION: LazyLock<Table> = LazyLock::new(|| {
    association(
        "azurerm_network_interface_security_group_association",
        ("network_interface_id", "Microsoft.Network/networkInterfaces"),
        (
            "network_security_group_id",
            GROUPS,
            "properties.networkSecurityGroup",
            r#"{"properties":{"networkSecurityGroup":null}}"#,
        ),
    )
    .known_by("network_interface_id", "network_security_group_id")
});
