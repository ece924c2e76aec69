//! Virtual networks and subnets.

use std::sync::LazyLock;

use super::table::{
    Check, Hooks, Lit, Object, Part, Place, Row, Rule, Table, block, block_set, blocks, doc, edge_zone, flag,
    group, number, place, tags, text, text_set, texts,
};
use crate::catalog::lens::Context;
use crate::lang::Value;

pub(super) const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";
pub(super) const VERSION: &str = "2025-01-01";
/// What most names in a network look like.
pub(super) const NAME: &str = r"^[A-Za-z0-9]([-\w.]{0,78}[A-Za-z0-9_])?$";
pub(super) const NAMES: &str =
    "1 to 80 letters, digits, `.`, `_` and `-`, beginning with a letter or digit and ending with one or `_`";
const POLICIES: &[&str] = &["Disabled", "Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"];

/// One prefix stands in `addressPrefix`, several in `addressPrefixes`.
fn put_prefixes(value: &Value) -> Vec<Option<Value>> {
    match value.as_sequence().unwrap_or_default() {
        [one] => vec![Some(one.clone()), None],
        all => vec![None, Some(Value::tuple(all.to_vec()))],
    }
}

pub(super) fn take_prefixes(parts: &[Option<&Value>]) -> Option<Value> {
    match parts {
        [_, Some(many)] if many.as_sequence().is_some_and(|all| !all.is_empty()) => Some((*many).clone()),
        [Some(one), _] => Some(Value::tuple(vec![(*one).clone()])),
        _ => None,
    }
}

fn address_prefixes() -> Row {
    texts("address_prefixes")
        .spread(&["properties.addressPrefix", "properties.addressPrefixes"], put_prefixes, take_prefixes)
        .check(Check::Items(1, 1000))
        .observed()
}

/// Prefixes that an address pool gives.
fn pool(most: usize) -> Row {
    blocks(
        "ip_address_pool",
        vec![
            text("id").required().at("pool").id().arm_id("Microsoft.Network/networkManagers/ipamPools"),
            text("number_of_ip_addresses")
                .required()
                .at("numberOfIpAddresses")
                .matches(r"^[1-9]\d*$", "a whole number of at least 1, as text"),
            texts("allocated_ip_address_prefixes").computed().at("allocatedAddressPrefixes"),
        ],
    )
    .count(0, most)
}

/// `delegation`, of which a subnet's inline form takes one.
fn delegation(most: usize) -> Row {
    let service = block(
        "service_delegation",
        vec![
            text("name")
                .required()
                .at("serviceName")
                .matches(r"^[\w.]+/[\w./]+$", "a service like `Microsoft.App/environments`"),
            // Azure fills them from the service.
            text_set("actions").at("actions").observed(),
        ],
    );
    let rows = vec![text("name").required().at("name"), service.required().at("properties")];
    blocks("delegation", rows).count(0, most).at("properties.delegations").neutral(Lit::Json("[]"))
}

/// What a subnet has, alone or inside its network.
fn subnet_rows() -> Vec<Row> {
    vec![
        flag("default_outbound_access_enabled").default(true).at("properties.defaultOutboundAccess"),
        text("private_endpoint_network_policies")
            .default("Disabled")
            .at("properties.privateEndpointNetworkPolicies")
            .one_of(POLICIES),
        flag("private_link_service_network_policies_enabled")
            .default(true)
            .at("properties.privateLinkServiceNetworkPolicies")
            .switch(),
        text_set("service_endpoints").at("properties.serviceEndpoints").items("service").until(4),
        block_set(
            "service_endpoint",
            vec![text("service").required().at("service"), text_set("locations").at("locations").observed()],
        )
        .since(5)
        .at("properties.serviceEndpoints"),
        text_set("service_endpoint_policy_ids")
            .at("properties.serviceEndpointPolicies")
            .items("id")
            .arm_id("Microsoft.Network/serviceEndpointPolicies"),
    ]
}

pub(super) static VIRTUAL_NETWORK: LazyLock<Table> = LazyLock::new(|| {
    let mut inline = vec![
        text("name").required().at("name").matches(NAME, NAMES),
        address_prefixes().required(),
        text("route_table_id").at("properties.routeTable").id().arm_id("Microsoft.Network/routeTables"),
        text("security_group").at("properties.networkSecurityGroup").id(),
        text("id").computed().at("id").will_be("{id}/subnets/{name}"),
        delegation(1),
    ];
    inline.extend(subnet_rows());
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        text_set("address_space")
            .at("properties.addressSpace.addressPrefixes")
            .observed()
            .check(Check::Items(1, 1000)),
        pool(2).at("properties.addressSpace.ipamPoolPrefixAllocations"),
        texts("dns_servers").both().at("properties.dhcpOptions.dnsServers"),
        text("bgp_community").at("properties.bgpCommunities.virtualNetworkCommunity").observed(),
        edge_zone(),
        number("flow_timeout_in_minutes").at("properties.flowTimeoutInMinutes").range(4, 30),
        text("private_endpoint_vnet_policies")
            .default("Disabled")
            .at("properties.privateEndpointVNetPolicies")
            .one_of(&["Disabled", "Basic"]),
        block(
            "ddos_protection_plan",
            vec![
                text("id")
                    .required()
                    .at("properties.ddosProtectionPlan")
                    .id()
                    .arm_id("Microsoft.Network/ddosProtectionPlans"),
                flag("enable").required().at("properties.enableDdosProtection"),
            ],
        )
        .reset(r#"{"properties":{"enableDdosProtection":false,"ddosProtectionPlan":null}}"#),
        block(
            "encryption",
            vec![
                text("enforcement")
                    .required()
                    .at("enforcement")
                    .one_of(&["DropUnencrypted", "AllowUnencrypted"]),
            ],
        )
        .at("properties.encryption")
        .with("properties.encryption.enabled", true)
        .reset("null"),
        block_set("subnet", inline).both().attr_as_block().at("properties.subnets"),
        tags(),
        text("guid").computed().at("properties.resourceGuid"),
    ]);
    Table::new(
        "azurerm_virtual_network",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/virtualNetworks", VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::ExactlyOne(&["address_space", "ip_address_pool"]))
});

pub(super) static SUBNET: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = vec![
        text("name").required().new().part(Part::Name).matches(NAME, NAMES),
        group(),
        text("virtual_network_name").required().new().part(Part::Above(1)),
        address_prefixes(),
        pool(1).at("properties.ipamPoolPrefixAllocations"),
        delegation(0),
        text("sharing_scope").at("properties.sharingScope").one_of(&["Tenant"]),
        // 3.x: a bool for what is a word now.
        flag("private_endpoint_network_policies_enabled").both().until(3).own(),
        flag("enforce_private_link_endpoint_network_policies").both().until(3).own(),
        flag("enforce_private_link_service_network_policies")
            .both()
            .until(3)
            .opposite("private_link_service_network_policies_enabled"),
        text("network_security_group_id").computed().since(5).at("properties.networkSecurityGroup").id(),
        text("route_table_id").computed().since(5).at("properties.routeTable").id(),
    ];
    rows.extend(subnet_rows());
    Table::new(
        "azurerm_subnet",
        [30, 5, 30, 30],
        vec![doc(SUBNETS, VERSION, Place::Group(&["virtual_network_name", "name"]))],
        rows,
    )
    .rule(Rule::ExactlyOne(&["address_prefixes", "ip_address_pool"]))
    .hooks(Hooks { complete: Some(old_policies), ..Default::default() })
});

/// 3.x said by a bool whether policies hold for private endpoints.
fn old_policies(all: &mut Object, cx: &Context<'_>) {
    if cx.provider.major > 3 {
        return;
    }
    let flag = |name: &str| all.get(name).and_then(Value::as_bool);
    let on = flag("private_endpoint_network_policies_enabled")
        .or_else(|| flag("enforce_private_link_endpoint_network_policies").map(|enforced| !enforced));
    if let Some(on) = on {
        let word = if on { "Enabled" } else { "Disabled" };
        all.insert("private_endpoint_network_policies".into(), word.into());
    }
}
