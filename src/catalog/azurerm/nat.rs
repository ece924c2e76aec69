//! NAT gateways.

use std::sync::LazyLock;

use super::network::VERSION;
use super::table::{Place, Table, doc, number, place, tags, text, zones};

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
        vec![doc("Microsoft.Network/natGateways", VERSION, Place::Group(&["name"]))],
        rows,
    )
});
