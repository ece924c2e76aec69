//! Network security groups and their rules, inside the group or beside it.

use std::sync::LazyLock;

use super::network::{NAME, NAMES, VERSION};
use super::table::{
    Check, Part, Place, Row, Rule, Table, block_set, doc, group, number, place, tags, text, text_set,
};

const GROUPS: &str = "Microsoft.Network/networkSecurityGroups";
const SOURCE_PORTS: &[&str] = &["source_port_range", "source_port_ranges"];
const DESTINATION_PORTS: &[&str] = &["destination_port_range", "destination_port_ranges"];
const SOURCES: &[&str] =
    &["source_address_prefix", "source_address_prefixes", "source_application_security_group_ids"];
const DESTINATIONS: &[&str] = &[
    "destination_address_prefix",
    "destination_address_prefixes",
    "destination_application_security_group_ids",
];

/// What a rule says, but for its name.
fn rule_rows() -> Vec<Row> {
    let one = |name: &'static str, at: &'static str| text(name).at(at);
    let many = |name: &'static str, at: &'static str| text_set(name).at(at).nonempty();
    let groups = |name: &'static str, at: &'static str| {
        text_set(name).at(at).items("id").nonempty().check(Check::Items(0, 10))
    };
    vec![
        text("description").at("properties.description").length(0, 140),
        text("protocol")
            .required()
            .at("properties.protocol")
            .one_of(&["*", "Tcp", "Udp", "Icmp", "Ah", "Esp"]),
        text("access").required().at("properties.access").one_of(&["Allow", "Deny"]),
        number("priority").required().at("properties.priority").range(100, 4096),
        text("direction").required().at("properties.direction").one_of(&["Inbound", "Outbound"]),
        one("source_port_range", "properties.sourcePortRange"),
        one("destination_port_range", "properties.destinationPortRange"),
        one("source_address_prefix", "properties.sourceAddressPrefix"),
        one("destination_address_prefix", "properties.destinationAddressPrefix"),
        many("source_port_ranges", "properties.sourcePortRanges"),
        many("destination_port_ranges", "properties.destinationPortRanges"),
        many("source_address_prefixes", "properties.sourceAddressPrefixes"),
        many("destination_address_prefixes", "properties.destinationAddressPrefixes"),
        groups("source_application_security_group_ids", "properties.sourceApplicationSecurityGroups"),
        groups(
            "destination_application_security_group_ids",
            "properties.destinationApplicationSecurityGroups",
        ),
    ]
}

pub(super) static NETWORK_SECURITY_GROUP: LazyLock<Table> = LazyLock::new(|| {
    let mut rule = vec![text("name").required().at("name")];
    rule.extend(rule_rows());
    let rules = block_set("security_rule", rule)
        .both()
        .attr_as_block()
        .at("properties.securityRules")
        .rule(Rule::AtLeastOne(SOURCE_PORTS))
        .rule(Rule::AtLeastOne(DESTINATION_PORTS))
        .rule(Rule::AtLeastOne(SOURCES))
        .rule(Rule::AtLeastOne(DESTINATIONS));
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([rules, tags()]);
    Table::new(
        "azurerm_network_security_group",
        [30, 5, 30, 30],
        vec![doc(GROUPS, VERSION, Place::Group(&["name"]))],
        rows,
    )
});

pub(super) static NETWORK_SECURITY_RULE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = vec![
        text("name").required().new().part(Part::Name).matches(NAME, NAMES),
        group(),
        text("network_security_group_name").required().new().part(Part::Above(1)),
    ];
    rows.extend(rule_rows());
    Table::new(
        "azurerm_network_security_rule",
        [30, 5, 30, 30],
        vec![doc(
            "Microsoft.Network/networkSecurityGroups/securityRules",
            VERSION,
            Place::Group(&["network_security_group_name", "name"]),
        )],
        rows,
    )
    .rule(Rule::ExactlyOne(SOURCE_PORTS))
    .rule(Rule::ExactlyOne(DESTINATION_PORTS))
    .rule(Rule::ExactlyOne(SOURCES))
    .rule(Rule::ExactlyOne(DESTINATIONS))
});
