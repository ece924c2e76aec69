//! NAT gateways.

use std::sync::LazyLock;

use super::network::VERSION;
use super::table::{Codec, Part, Place, Table, doc, number, place, tags, text, zones};
use crate::lang::Value;

const GATEWAYS: &str = "Microsoft.Network/natGateways";
const NAME: &str = r"^[a-zA-Z\d]([a-zA-Z\d_.-]{0,78}[a-zA-Z\d_])?$";
const NAMES: &str =
    "1 to 80 letters, digits, `.`, `_` and `-`, beginning with a letter or digit and ending with one or `_`";

pub(super) static NAT_GATEWAY: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        text("sku_name").default("Standard").new().at("sku.name").one_of(&["Standard", "StandardV2"]),
        number("idle_timeout_in_minutes").default(4).at("properties.idleTimeoutInMinutes").range(4, 120),
        // Azure spreads a `StandardV2` over all zones.
        zones().observed(),
        tags(),
        text("resource_guid").computed().at("properties.resourceGuid"),
    ]);
    Table::new(
        "azurerm_nat_gateway",
        [60, 5, 60, 60],
        vec![doc(GATEWAYS, VERSION, Place::Group(&["name"]))],
        rows,
    )
});

/// The one item that is ours.
fn put_address(id: &Value) -> Value {
    Value::tuple(vec![Value::object([("id", id.clone())])])
}

pub(super) static NAT_GATEWAY_PUBLIC_IP_ASSOCIATION: LazyLock<Table> = LazyLock::new(|| {
    let path = "properties.publicIpAddresses";
    Table::new(
        "azurerm_nat_gateway_public_ip_association",
        [30, 5, 0, 30],
        vec![doc(GATEWAYS, VERSION, Place::Is("nat_gateway_id")).item("public_ip_address_id", path)],
        vec![
            text("nat_gateway_id").required().new().part(Part::Id).arm_id(GATEWAYS),
            text("public_ip_address_id")
                .required()
                .new()
                .at(path)
                .codec(Codec::Hook(put_address, |_| None))
                .arm_id("Microsoft.Network/publicIPAddresses"),
        ],
    )
    .known_by("nat_gateway_id", "public_ip_address_id")
});
