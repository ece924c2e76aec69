//! Private endpoints and private DNS.

use std::sync::{Arc, LazyLock};

use super::read::deep;
use super::table::{
    Check, Codec, Going, Hooks, Object, Part, Place, Row, Rule, Shown, Table, When, block, blocks, doc,
    edge_zone, flag, group, location, number, tags, text, text_map, text_set, texts,
};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, Stop};
use crate::catalog::value::{flag as known_flag, put, text as known};
use crate::lang::{Kind, Type, Value};

const ENDPOINTS: &str = "Microsoft.Network/privateEndpoints";
const VERSION: &str = "2025-01-01";
const LINK: &str = r"^[A-Za-z0-9]([-\w.]{0,78}[A-Za-z0-9_])?$";
const LINKS: &str =
    "1 to 80 letters, digits, `.`, `_` and `-`, beginning with a letter or digit and ending with one or `_`";
const ALIAS: &str = ".azure.privatelinkservice";

/// Each zone is a configuration that has the zone's name.
fn put_zones(value: &Value) -> Value {
    let zone = |id: &Value| {
        let name = id.as_str().map(|t| t.rsplit('/').next().unwrap_or(t));
        let name = name.map_or_else(|| Value::unknown(Type::String), Value::from);
        let properties = Value::object([("privateDnsZoneId", id.clone())]);
        Value::object([("name", name.marked(&id.marks)), ("properties", properties)])
    };
    Value::tuple(value.as_sequence().unwrap_or_default().iter().map(zone).collect())
}

fn take_zones(live: &Value) -> Option<Value> {
    let id = |item: &Value| deep(item, &["properties", "privateDnsZoneId"]).cloned();
    Some(Value::tuple(live.as_sequence()?.iter().filter_map(id).collect()))
}

fn take_alias(live: &Value) -> Option<Value> {
    live.as_str().filter(|t| t.ends_with(ALIAS)).map(Value::from)
}

fn take_target(live: &Value) -> Option<Value> {
    live.as_str().filter(|t| !t.ends_with(ALIAS)).map(Value::from)
}

fn connection() -> Row {
    let mut target = text("private_connection_resource_id").new().arm_id("").observed();
    target = target.at("properties.privateLinkServiceId").codec(Codec::Hook(Value::clone, take_target));
    let alias = text("private_connection_resource_alias")
        .new()
        .observed()
        .at("properties.privateLinkServiceId")
        .codec(Codec::Hook(Value::clone, take_alias))
        .matches(r"^.+\.azure\.privatelinkservice$", "an alias that ends with `.azure.privatelinkservice`");
    let mut row = blocks(
        "private_service_connection",
        vec![
            text("name").required().new().at("name").matches(LINK, LINKS),
            flag("is_manual_connection").required().new().own(),
            target,
            alias,
            texts("subresource_names").new().at("properties.groupIds").nonempty(),
            text("request_message").at("properties.requestMessage").length(1, 140),
            text("private_ip_address").computed(),
        ],
    )
    .required()
    .count(1, 1)
    .at("properties.privateLinkServiceConnections")
    .rule(Rule::ExactlyOne(&["private_connection_resource_id", "private_connection_resource_alias"]));
    // A connection that somebody must approve stands in the other list.
    row.paths.push(vec!["properties", "manualPrivateLinkServiceConnections"]);
    row
}

/// What Azure tells of an endpoint's zones.
fn zone_configs() -> Row {
    let records = blocks(
        "record_sets",
        vec![
            text("name").computed().at("recordSetName"),
            text("type").computed().at("recordType"),
            text("fqdn").computed().at("fqdn"),
            number("ttl").computed().at("ttl"),
            texts("ip_addresses").computed().at("ipAddresses"),
        ],
    );
    blocks(
        "private_dns_zone_configs",
        vec![
            text("name").computed().at("name"),
            text("id").computed().at("id"),
            text("private_dns_zone_id").computed().at("properties.privateDnsZoneId"),
            records.computed().at("properties.recordSets"),
        ],
    )
    .computed()
    .of("zone_group")
    .at("properties.privateDnsZoneConfigs")
}

pub(super) static PRIVATE_ENDPOINT: LazyLock<Table> = LazyLock::new(|| {
    let fixed_ip = blocks(
        "ip_configuration",
        vec![
            text("name").required().new().at("name").matches(LINK, LINKS),
            text("private_ip_address").required().new().at("properties.privateIPAddress"),
            text("subresource_name").new().at("properties.groupId"),
            text("member_name").both().new().at("properties.memberName"),
        ],
    );
    let zones = block(
        "private_dns_zone_group",
        vec![
            text("name").required().own().matches(LINK, LINKS),
            texts("private_dns_zone_ids")
                .required()
                .at("properties.privateDnsZoneConfigs")
                .codec(Codec::Hook(put_zones, take_zones))
                .arm_id("Microsoft.Network/privateDnsZones"),
            text("id").computed().at("id").will_be("{id}/privateDnsZoneGroups/{name}"),
        ],
    );
    Table::new(
        "azurerm_private_endpoint",
        [60, 5, 60, 60],
        vec![
            doc(ENDPOINTS, VERSION, Place::Group(&["name"])),
            doc(
                "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
                VERSION,
                Place::ChildNamed("privateDnsZoneGroups", "private_dns_zone_group", "name"),
            )
            .key("zone_group")
            .when(When::Written(&["private_dns_zone_group"])),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(LINK, LINKS),
            group(),
            location(),
            text("subnet_id")
                .required()
                .new()
                .at("properties.subnet")
                .id()
                .arm_id("Microsoft.Network/virtualNetworks/subnets"),
            text("custom_network_interface_name").new().at("properties.customNetworkInterfaceName"),
            edge_zone(),
            connection(),
            fixed_ip.at("properties.ipConfigurations").reset("[]"),
            zones.of("zone_group"),
            tags(),
            blocks(
                "custom_dns_configs",
                vec![text("fqdn").computed().at("fqdn"), texts("ip_addresses").computed().at("ipAddresses")],
            )
            .computed()
            .at("properties.customDnsConfigs"),
            blocks("network_interface", vec![text("id").computed().at("id"), text("name").computed()])
                .computed()
                .at("properties.networkInterfaces"),
            zone_configs(),
        ],
    )
    .hooks(Hooks {
        complete: Some(member_names),
        claims: Some(manual_connections),
        attributes: Some(addresses),
        ..Hooks::default()
    })
});

/// A member is named as its group where nothing else is said.
fn member_names(all: &mut Object, _cx: &Context<'_>) {
    let Some(Kind::List(ty, items)) = all.get("ip_configuration").map(|v| v.kind.clone()) else { return };
    let filled = items.iter().map(|item| {
        let Some(entries) = item.as_entries() else { return item.clone() };
        let mut entries = entries.clone();
        if entries.get("member_name").is_none_or(Value::is_null)
            && let Some(group) = entries.get("subresource_name").filter(|v| !v.is_null()).cloned()
        {
            entries.insert("member_name".into(), group);
        }
        Value::object(entries).marked(&item.marks)
    });
    all.insert("ip_configuration".into(), Value::list(ty, filled.collect()));
}

fn is_manual(config: &Value) -> bool {
    let connection =
        config.get("private_service_connection").and_then(Value::as_sequence).and_then(<[Value]>::first);
    connection.and_then(|c| known_flag(c, "is_manual_connection")).unwrap_or(false)
}

/// A connection that waits for approval stands in the other list.
fn manual_connections(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    if !is_manual(config) {
        return Ok(());
    }
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    let path = ["properties", "privateLinkServiceConnections"];
    if let Some(found) = deep(&claim.body, &path).cloned() {
        put(&mut body, &["properties", "manualPrivateLinkServiceConnections"], found);
        put(&mut body, &path, Value::tuple(Vec::new()));
    }
    claim.body = Value::object(body);
    Ok(())
}

/// Names and addresses of the network interface, which is a document of Azure's own.
fn addresses(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let primary = (shown.documents)("");
    let live = primary.as_deref();
    let first = |path: &[&str]| deep(live?, path)?.as_sequence()?.first().cloned();
    let manual = first(&["properties", "manualPrivateLinkServiceConnections"]).is_some();
    let interface = first(&["properties", "networkInterfaces"]);
    let id = interface.as_ref().and_then(|n| known(n, "id")).and_then(|id| ArmId::parse(id).ok());
    // An interface of its own takes a request of its own: only where an expression uses the address.
    let wanted = !shown.new && (shown.cx.wanted)("private_service_connection");
    let later = shown.new || (id.is_some() && !wanted);
    let mut address = if later { Value::unknown(Type::String) } else { Value::null(Type::String) };
    if let Some(id) = id.as_ref().filter(|_| wanted) {
        match shown.cx.reader.document(id, VERSION) {
            Fetched::Pending => return Err(Stop::Pending),
            Fetched::Later => address = Value::unknown(Type::String),
            Fetched::Ready(nic) => {
                let configurations =
                    nic.as_deref().and_then(|n| deep(n, &["properties", "ipConfigurations"]));
                let first = configurations.and_then(Value::as_sequence).and_then(<[Value]>::first);
                if let Some(found) = first.and_then(|c| deep(c, &["properties", "privateIPAddress"])) {
                    address = found.clone();
                }
            }
        }
    }
    let live = !shown.planned;
    edit(all, "private_service_connection", |connection| {
        connection.insert("private_ip_address".into(), address.clone());
        if live {
            connection.insert("is_manual_connection".into(), manual.into());
        }
    });
    edit(all, "network_interface", |interface| {
        let name = interface.get("id").and_then(Value::as_str).and_then(|id| id.rsplit('/').next());
        let name = name.map_or_else(|| Value::null(Type::String), Value::from);
        interface.insert("name".into(), name);
    });
    edit(all, "private_dns_zone_group", |zones| {
        if live && let Some(id) = zones.get("id").and_then(Value::as_str) {
            let name = id.rsplit('/').next().unwrap_or_default();
            let written = zones.get("name").and_then(Value::as_str);
            if written.is_none_or(|w| !w.eq_ignore_ascii_case(name)) {
                zones.insert("name".into(), name.into());
            }
        }
    });
    Ok(())
}

/// Changes each object of a list.
fn edit(all: &mut Object, name: &str, change: impl Fn(&mut Object)) {
    let Some(value) = all.get(name) else { return };
    let Kind::List(ty, items) = &value.kind else { return };
    let items = items.iter().map(|item| {
        let mut object = item.as_entries().cloned().unwrap_or_default();
        change(&mut object);
        Value::object(object).marked(&item.marks)
    });
    let changed = Value::list(ty.clone(), items.collect()).marked(&value.marks);
    all.insert(Arc::from(name), changed);
}

pub(super) static PRIVATE_DNS_ZONE: LazyLock<Table> = LazyLock::new(|| {
    let soa = |name: &'static str, default: i64, path: &'static str| {
        number(name).default(default).at(path).range(0, i64::from(i32::MAX))
    };
    let record = block(
        "soa_record",
        vec![
            text("email")
                .required()
                .at("properties.soaRecord.email")
                .matches(r"^[a-zA-Z\d._-]+$", "letters, digits, `.`, `_` and `-`, with a `.` for the `@`"),
            soa("expire_time", 2_419_200, "properties.soaRecord.expireTime"),
            soa("minimum_ttl", 10, "properties.soaRecord.minimumTtl"),
            soa("refresh_time", 3600, "properties.soaRecord.refreshTime"),
            soa("retry_time", 300, "properties.soaRecord.retryTime"),
            soa("ttl", 3600, "properties.ttl"),
            text_map("tags").at("properties.metadata"),
            text("fqdn").computed().at("properties.fqdn").will_be("{name}."),
            text("host_name").computed().at("properties.soaRecord.host"),
            number("serial_number").computed().at("properties.soaRecord.serialNumber"),
        ],
    )
    .new_whole()
    .of("soa")
    .stays();
    let count = |name: &'static str, path: &'static str| number(name).computed().at(path);
    Table::new(
        "azurerm_private_dns_zone",
        [30, 5, 30, 30],
        vec![
            doc("Microsoft.Network/privateDnsZones", "2024-06-01", Place::Group(&["name"]))
                .fixed("location", "global"),
            doc("Microsoft.Network/privateDnsZones/SOA", "2024-06-01", Place::Child("SOA", "@"))
                .key("soa")
                .foreign()
                .when(When::Written(&["soa_record"]))
                .going(Going::Leave),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(
                r"^[A-Za-z0-9_]([-\w]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-\w]{0,61}[A-Za-z0-9_])?)+$",
                "a domain name of at least two labels",
            ),
            group(),
            record,
            tags(),
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

const LINK_TYPE: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";

/// Something in a zone: by the zone's id (5.x), or by this argument with its name and the group.
fn in_zone(config: &Value, cx: &Context<'_>, zone: &str, kind: &str) -> Result<Option<ArmId>, Stop> {
    let Some(name) = known(config, "name") else { return Ok(None) };
    let zone = match known(config, "private_dns_zone_id") {
        Some(id) => parse(id, "private_dns_zone_id")?,
        None => {
            let Some(named) = known(config, zone) else { return Ok(None) };
            let Some(group) = known(config, "resource_group_name") else { return Ok(None) };
            let Some(subscription) = cx.provider.subscription_id.as_deref() else {
                return Err(problem("", "the provider has no subscription.".into()));
            };
            let id = format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{named}"
            );
            parse(&id, zone)?
        }
    };
    zone.child(kind, name).map(Some).map_err(|e| problem("name", format!("{e}.")))
}

fn link_id(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    in_zone(config, cx, "private_dns_zone_name", "virtualNetworkLinks")
}

fn a_record_id(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    in_zone(config, cx, "zone_name", "A")
}

/// The zone of what is in it: by this argument with its name and the group, or by its id (5.x).
fn zone_rows(name: &'static str) -> [Row; 3] {
    [
        group().until(4),
        text(name).required().new().until(4).part(Part::Above(1)),
        text("private_dns_zone_id")
            .required()
            .new()
            .since(5)
            .part(Part::ParentId)
            .arm_id("Microsoft.Network/privateDnsZones"),
    ]
}

pub(super) static PRIVATE_DNS_A_RECORD: LazyLock<Table> = LazyLock::new(|| {
    let mut rows: Vec<Row> = zone_rows("zone_name").into();
    rows.extend([
        text("name")
            .required()
            .new()
            .part(Part::Name)
            .matches(r"^[^A-Z]+$", "a name without capital letters, relative to the zone"),
        text_set("records")
            .required()
            .at("properties.aRecords")
            .items("ipv4Address")
            .check(Check::Items(1, 20)),
        number("ttl").required().at("properties.ttl").range(0, i64::from(i32::MAX)),
        text_map("tags").at("properties.metadata"),
        text("fqdn").computed().at("properties.fqdn"),
    ]);
    Table::new(
        "azurerm_private_dns_a_record",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Network/privateDnsZones/A", "2024-06-01", Place::Hook(a_record_id))],
        rows,
    )
});

pub(super) static PRIVATE_DNS_ZONE_VIRTUAL_NETWORK_LINK: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_private_dns_zone_virtual_network_link",
        [30, 5, 30, 30],
        vec![doc(LINK_TYPE, "2024-06-01", Place::Hook(link_id)).fixed("location", "global")],
        [
            Vec::from(zone_rows("private_dns_zone_name")),
            vec![
                text("name").required().new().part(Part::Name).matches(LINK, LINKS),
                text("virtual_network_id")
                    .required()
                    .new()
                    .at("properties.virtualNetwork")
                    .id()
                    .arm_id("Microsoft.Network/virtualNetworks"),
                flag("registration_enabled").default(false).at("properties.registrationEnabled"),
                text("resolution_policy")
                    .both()
                    .at("properties.resolutionPolicy")
                    .one_of(&["Default", "NxDomainRedirect"]),
                tags(),
            ],
        ]
        .into_iter()
        .flatten()
        .collect(),
    )
});
