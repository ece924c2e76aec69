//! Data sources about networks and where things are.

use std::sync::LazyLock;

use super::data::{document, found, group_of_source, listed, source, subscription_id, unknown};
use super::read::deep;
use super::table::{Codec, Lit, Part, Place, Table, blocks, doc, number, text, text_map, texts};
use super::write::problem;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Stop};
use crate::catalog::value::{location, text as known};
use crate::lang::Value;

const NONE: Lit = Lit::Json("[]");

/// Each peering's name with the network on its other side.
fn peerings(live: &Value) -> Option<Value> {
    let pair = |peering: &Value| {
        let remote = deep(peering, &["properties", "remoteVirtualNetwork", "id"])?;
        Some((known(peering, "name")?.to_owned(), remote.clone()))
    };
    Some(Value::object(live.as_sequence()?.iter().filter_map(pair)))
}

/// The ranges of the networks on the other sides.
fn remote_ranges(live: &Value) -> Option<Value> {
    let ranges = |p: &Value| {
        deep(p, &["properties", "remoteAddressSpace", "addressPrefixes"])?
            .as_sequence()
            .map(<[Value]>::to_vec)
    };
    Some(Value::tuple(live.as_sequence()?.iter().filter_map(ranges).flatten().collect()))
}

pub(super) static VIRTUAL_NETWORK: LazyLock<Table> = LazyLock::new(|| {
    let peers = "properties.virtualNetworkPeerings";
    source(
        "azurerm_virtual_network",
        vec![doc("Microsoft.Network/virtualNetworks", super::network::VERSION, Place::Group(&["name"]))],
        vec![
            text("name").required().part(Part::Name),
            group_of_source(),
            text("location").computed().at("location").codec(Codec::Location),
            texts("address_space").computed().at("properties.addressSpace.addressPrefixes").absent(NONE),
            texts("dns_servers").computed().at("properties.dhcpOptions.dnsServers").absent(NONE),
            text("guid").computed().at("properties.resourceGuid"),
            texts("subnets").computed().at("properties.subnets").items("name").absent(NONE),
            text_map("vnet_peerings").computed().at(peers).codec(Codec::Hook(Value::clone, peerings)),
            texts("vnet_peerings_addresses")
                .computed()
                .at(peers)
                .codec(Codec::Hook(Value::clone, remote_ranges))
                .absent(NONE),
            text_map("tags").computed().at("tags"),
        ],
    )
});

pub(super) static PRIVATE_DNS_ZONE: LazyLock<Table> = LazyLock::new(|| {
    let count = |name: &'static str, path: &'static str| number(name).computed().at(path);
    source(
        "azurerm_private_dns_zone",
        vec![doc("Microsoft.Network/privateDnsZones", "2024-06-01", Place::Group(&["name"]))],
        vec![
            text("name").required().part(Part::Name),
            text("resource_group_name").both().part(Part::Group),
            text_map("tags").at("tags"),
            count("number_of_record_sets", "properties.numberOfRecordSets"),
            count("max_number_of_record_sets", "properties.maxNumberOfRecordSets"),
            count("max_number_of_virtual_network_links", "properties.maxNumberOfVirtualNetworkLinks"),
            count(
                "max_number_of_virtual_network_links_with_registration",
                "properties.maxNumberOfVirtualNetworkLinksWithRegistration",
            ),
        ],
    )
});

/// The zone of a group, or the only one of this name in the subscription.
pub(super) fn zone(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let Some(name) = known(config, "name") else { return unknown(table, cx) };
    if config.get("resource_group_name").is_some_and(|g| !g.is_null()) {
        return document(table, config, cx);
    }
    let Some(subscription) = subscription_id(config, cx)? else { return unknown(table, cx) };
    let path = format!("{subscription}/providers/Microsoft.Network/privateDnsZones");
    let Some(zones) = listed(cx, &path, "2024-06-01")? else { return unknown(table, cx) };
    let called = |z: &&Value| known(z, "name").is_some_and(|n| n.eq_ignore_ascii_case(name));
    match zones.iter().filter(called).collect::<Vec<_>>().as_slice() {
        [one] => found(table, config, one, cx),
        [] => Err(problem("name", format!("The subscription has no private DNS zone `{name}`."))),
        more => Err(problem(
            "name",
            format!(
                "{} private DNS zones are called `{name}`. Write `resource_group_name` as well.",
                more.len()
            ),
        )),
    }
}

pub(super) static NETWORK_SERVICE_TAGS: LazyLock<Table> = LazyLock::new(|| {
    let prefixes = |name: &'static str, take: fn(&Value) -> Option<Value>| {
        texts(name).computed().at("properties.addressPrefixes").codec(Codec::Hook(Value::clone, take))
    };
    source(
        "azurerm_network_service_tags",
        Vec::new(),
        vec![
            text("location").required().new().own(),
            text("service").required().own(),
            text("location_filter").new().own(),
            text("name").computed().at("name"),
            prefixes("address_prefixes", |all| Some(all.clone())),
            prefixes("ipv4_cidrs", |all| Some(of_version(all, false))),
            prefixes("ipv6_cidrs", |all| Some(of_version(all, true))),
        ],
    )
});

fn of_version(prefixes: &Value, six: bool) -> Value {
    let all = prefixes.as_sequence().unwrap_or_default().iter();
    Value::tuple(all.filter(|p| p.as_str().is_some_and(|t| t.contains(':') == six)).cloned().collect())
}

/// The tag of a service, everywhere or in the region of the filter.
pub(super) fn service_tag(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let (Some(place), Some(service)) = (known(config, "location"), known(config, "service")) else {
        return unknown(table, cx);
    };
    let place = location(place);
    let filter = known(config, "location_filter").map(location).unwrap_or_default();
    let Some(subscription) = subscription_id(config, cx)? else { return unknown(table, cx) };
    let path = format!("{subscription}/providers/Microsoft.Network/locations/{place}/serviceTags");
    let Some(tags) = listed(cx, &path, super::network::VERSION)? else { return unknown(table, cx) };
    // `Service`, or `Service.Region`.
    let wanted = |tag: &&Value| {
        let name = known(tag, "name").and_then(|n| n.split('.').next());
        let region = deep(tag, &["properties", "region"]).and_then(Value::as_str).map(location);
        name == Some(service) && region == Some(filter.clone())
    };
    let Some(tag) = tags.iter().find(wanted) else {
        let place = if filter.is_empty() { "everywhere".to_owned() } else { format!("in `{filter}`") };
        return Err(problem("service", format!("Azure has no service tag `{service}` that holds {place}.")));
    };
    with_id(found(table, config, tag, cx)?, &format!("{place}-{service}"))
}

pub(super) static LOCATION: LazyLock<Table> = LazyLock::new(|| {
    let zones = blocks(
        "zone_mappings",
        vec![
            text("logical_zone").computed().at("logicalZone"),
            text("physical_zone").computed().at("physicalZone"),
        ],
    );
    source(
        "azurerm_location",
        Vec::new(),
        vec![
            text("location").required().own(),
            text("display_name").computed().at("displayName"),
            zones.computed().at("availabilityZoneMappings"),
        ],
    )
});

pub(super) fn region(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let Some(wanted) = known(config, "location").map(location) else { return unknown(table, cx) };
    let Some(subscription) = subscription_id(config, cx)? else { return unknown(table, cx) };
    let Some(all) = listed(cx, &format!("{subscription}/locations"), "2022-12-01")? else {
        return unknown(table, cx);
    };
    let physical = |r: &&Value| {
        let kind = deep(r, &["metadata", "regionType"]).and_then(Value::as_str);
        known(r, "name") == Some(&*wanted) && kind.is_none_or(|k| k == "Physical")
    };
    let Some(region) = all.iter().find(physical) else {
        return Err(problem("location", format!("The subscription has no location `{wanted}`.")));
    };
    with_id(found(table, config, region, cx)?, &format!("{subscription}/locations/{wanted}"))
}

fn with_id(read: Value, id: &str) -> Result<Value, Stop> {
    let mut all = read.as_entries().cloned().unwrap_or_default();
    all.insert("id".into(), id.into());
    Ok(Value::object(all))
}

pub(super) static MONITOR_DIAGNOSTIC_CATEGORIES: LazyLock<Table> = LazyLock::new(|| {
    let set = |name: &'static str| super::table::text_set(name).computed();
    source(
        "azurerm_monitor_diagnostic_categories",
        Vec::new(),
        vec![
            text("resource_id").required().own().arm_id(""),
            set("log_category_types").at("logs"),
            set("log_category_groups").at("groups"),
            set("metrics").at("metrics"),
            set("logs").until(3).deprecated("log_category_types").at("logs"),
        ],
    )
});

/// What a diagnostic setting on a resource may name.
pub(super) fn categories(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let Some(id) = known(config, "resource_id") else { return unknown(table, cx) };
    let on = ArmId::parse(id).map_err(|e| problem("resource_id", format!("{e}.")))?;
    let path = format!("{on}/providers/Microsoft.Insights/diagnosticSettingsCategories");
    let Some(all) = listed(cx, &path, "2021-05-01-preview")? else { return unknown(table, cx) };
    let names = |kind: &str| -> Value {
        let of_kind =
            |c: &&Value| deep(c, &["properties", "categoryType"]).and_then(Value::as_str) == Some(kind);
        Value::tuple(all.iter().filter(of_kind).filter_map(|c| c.get("name").cloned()).collect())
    };
    let groups = |c: &Value| deep(c, &["properties", "categoryGroups"])?.as_sequence().map(<[Value]>::to_vec);
    let groups = Value::tuple(all.iter().filter_map(groups).flatten().collect());
    let sorted = Value::object([("logs", names("Logs")), ("groups", groups), ("metrics", names("Metrics"))]);
    with_id(found(table, config, &sorted, cx)?, id)
}
