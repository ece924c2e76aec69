//! Network interfaces.

use std::sync::LazyLock;

use super::network::{NAME, NAMES, SUBNETS, VERSION};
use super::read::deep;
use super::table::{
    Codec, Given, Hooks, Place, Row, Rule, Table, blocks, doc, edge_zone, flag, place, tags, text, texts,
};
use crate::catalog::lens::{Context, Problem};
use crate::catalog::value::{argument, error};
use crate::lang::{Type, Value};

/// The addresses of all configurations; one that Azure has not given yet is unknown.
fn addresses(configurations: &Value) -> impl Iterator<Item = Value> + '_ {
    let address = |c: &Value| match deep(c, &["properties", "privateIPAddress"]) {
        Some(address) if !address.is_null() => address.clone(),
        _ => Value::unknown(Type::String),
    };
    configurations.as_sequence().unwrap_or_default().iter().map(address)
}

fn first_address(configurations: &Value) -> Option<Value> {
    addresses(configurations).next()
}

fn all_addresses(configurations: &Value) -> Option<Value> {
    Some(Value::tuple(addresses(configurations).collect()))
}

fn configuration() -> Row {
    blocks(
        "ip_configuration",
        vec![
            text("name").required().at("name"),
            text("subnet_id").at("properties.subnet").id().arm_id(SUBNETS),
            text("private_ip_address_allocation")
                .required()
                .at("properties.privateIPAllocationMethod")
                .one_of(&["Dynamic", "Static"]),
            text("private_ip_address").both().at("properties.privateIPAddress"),
            text("private_ip_address_version")
                .default("IPv4")
                .at("properties.privateIPAddressVersion")
                .one_of(&["IPv4", "IPv6"]),
            text("public_ip_address_id")
                .at("properties.publicIPAddress")
                .id()
                .arm_id("Microsoft.Network/publicIPAddresses"),
            flag("primary").both().at("properties.primary"),
            text("gateway_load_balancer_frontend_ip_configuration_id")
                .both()
                .at("properties.gatewayLoadBalancer")
                .id()
                .arm_id("Microsoft.Network/loadBalancers/frontendIPConfigurations"),
        ],
    )
    .required()
    .at("properties.ipConfigurations")
    .rule(Rule::Only("private_ip_address_version", Given::is("IPv4"), "subnet_id", &[]))
}

pub(super) static NETWORK_INTERFACE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = place(text("name").matches(NAME, NAMES));
    let addresses = |row: Row, take: fn(&Value) -> Option<Value>| {
        row.computed().at("properties.ipConfigurations").codec(Codec::Hook(Value::clone, take))
    };
    rows.extend([
        configuration(),
        flag("accelerated_networking_enabled").default(false).at("properties.enableAcceleratedNetworking"),
        flag("enable_accelerated_networking")
            .both()
            .until(3)
            .deprecated("accelerated_networking_enabled")
            .alias("accelerated_networking_enabled"),
        flag("ip_forwarding_enabled").default(false).at("properties.enableIPForwarding"),
        flag("enable_ip_forwarding")
            .both()
            .until(3)
            .deprecated("ip_forwarding_enabled")
            .alias("ip_forwarding_enabled"),
        text("auxiliary_mode").at("properties.auxiliaryMode").one_of(&[
            "AcceleratedConnections",
            "Floating",
            "MaxConnections",
            "None",
        ]),
        text("auxiliary_sku").at("properties.auxiliarySku").one_of(&["A8", "A4", "A1", "A2", "None"]),
        texts("dns_servers").at("properties.dnsSettings.dnsServers"),
        text("internal_dns_name_label").at("properties.dnsSettings.internalDnsNameLabel"),
        edge_zone(),
        tags(),
        texts("applied_dns_servers").computed().at("properties.dnsSettings.appliedDnsServers"),
        text("internal_domain_name_suffix").computed().at("properties.dnsSettings.internalDomainNameSuffix"),
        // Azure tells them once a machine runs with it.
        text("mac_address").computed().at("properties.macAddress").absent(""),
        text("virtual_machine_id").computed().at("properties.virtualMachine").id().absent(""),
        addresses(text("private_ip_address"), first_address),
        addresses(texts("private_ip_addresses"), all_addresses),
    ]);
    Table::new(
        "azurerm_network_interface",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/networkInterfaces", VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Needs("auxiliary_mode", "auxiliary_sku"))
    .rule(Rule::Needs("auxiliary_sku", "auxiliary_mode"))
    .hooks(Hooks { check: Some(one_is_primary), ..Hooks::default() })
});

/// Of several configurations one must be the primary one.
fn one_is_primary(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let all = config.get("ip_configuration").and_then(Value::as_sequence).unwrap_or_default();
    let may_be = |c: &Value| {
        let flag = c.get("primary");
        c.is_unknown() || flag.is_some_and(|p| p.is_unknown() || p.as_bool() == Some(true))
    };
    if all.len() < 2 || all.iter().any(may_be) {
        return Vec::new();
    }
    let detail = "Of several blocks `ip_configuration` one needs `primary = true`.".to_owned();
    vec![error(argument("ip_configuration"), "Invalid combination of arguments", detail)]
}
