//! Private endpoints: their interface and its addresses, the connection on the target, zone groups and their records
//! (IMP-02, PL-01).

use serde_json::{Value, json};

use super::super::common::{array, bad, insert, insert_default, same};
use super::address::{allocate, only_id};
use super::links::{Member, groups, members};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{Put, Written, at, text};
use crate::localcloud::world::{Document, World};

const LISTS: [&str; 2] = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];
const ZONE_GROUPS: &str = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
const RECORDS: &str = "Microsoft.Network/privateDnsZones/A";

/// An endpoint's PUT: one connection, to a group that its target has.
pub(super) fn endpoint(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    let mut count = 0;
    for list in LISTS {
        let path = format!("properties.{list}");
        let mut connections = array(&put.body, &path).to_vec();
        for connection in &mut connections {
            count += 1;
            let name = text(connection, "name").to_owned();
            let connection_id = format!("{id}/{list}/{name}");
            judge(world, put, connection, &connection_id)?;
            insert(connection, "id", connection_id);
            insert(connection, "type", format!("Microsoft.Network/privateEndpoints/{list}"));
            let manual = list == LISTS[1];
            let kept = put.existing.and_then(|old| {
                let old = array(&old.body, &path).iter().find(|c| text(c, "name") == name)?;
                at(old, "properties.privateLinkServiceConnectionState").cloned()
            });
            let Some(properties) = connection.get_mut("properties") else { continue };
            insert(properties, "provisioningState", "Succeeded");
            let state = match (kept, manual) {
                (Some(state), _) => state,
                (None, true) => {
                    json!({"status": "Pending", "description": "Awaiting approval", "actionsRequired": "None"})
                }
                (None, false) => {
                    json!({"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"})
                }
            };
            insert(properties, "privateLinkServiceConnectionState", state);
        }
        put.set(&path, connections);
    }
    if count != 1 {
        return Err(bad(
            "InvalidPrivateLinkServiceConnectionCount",
            format!(
                "Private endpoint {id} must have exactly one private link service connection, not {count}."
            ),
        ));
    }
    if let Some(properties) = put.body.get_mut("properties") {
        only_id(properties, "subnet");
    }
    let guid = world.new_guid(put.id.key(), "nic");
    let custom = text(&put.body, "properties.customNetworkInterfaceName");
    let name = if custom.is_empty() { format!("{}.nic.{guid}", put.id.name()) } else { custom.to_owned() };
    if let Some(group) = put.id.resource_group_id() {
        let interface = group.extension("Microsoft.Network/networkInterfaces", &name);
        let taken = world.get(interface.key()).is_some_and(|d| d.owner.as_deref() != Some(put.id.key()));
        if taken {
            return Err(bad(
                "NetworkInterfaceNameInUse",
                format!("A network interface named {name} exists already in the resource group."),
            ));
        }
        put.set("properties.networkInterfaces", json!([{ "id": interface.as_str() }]));
    }
    super::with_guid(world, put)
}

/// The target exists, has the group, and the endpoint asks for one group only.
fn judge(world: &World, put: &Put, connection: &Value, id: &str) -> Result<(), ArmFailure> {
    let target_id = text(connection, "properties.privateLinkServiceId");
    if target_id.to_lowercase().ends_with(".azure.privatelinkservice") {
        return Ok(());
    }
    let Some(target) = world.get(target_id) else {
        return Err(bad(
            "InvalidResourceReference",
            format!(
                "Resource {target_id} referenced by resource {id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
            ),
        ));
    };
    if let Some(old) = put.existing {
        let before = LISTS.iter().flat_map(|list| array(&old.body, &format!("properties.{list}"))).next();
        let moved = before.is_some_and(|b| {
            !same(text(b, "properties.privateLinkServiceId"), target_id)
                || at(b, "properties.groupIds") != at(connection, "properties.groupIds")
        });
        if moved {
            return Err(ArmFailure::new(
                409,
                "PropertyChangeNotAllowed",
                format!(
                    "The private link service connection of {} cannot be changed after creation.",
                    put.id
                ),
            ));
        }
    }
    let known = groups(&target.type_name);
    if known.is_empty() {
        return Ok(());
    }
    let asked: Vec<&str> =
        array(connection, "properties.groupIds").iter().filter_map(Value::as_str).collect();
    let kind = &target.type_name;
    let [group] = asked[..] else {
        return Err(match asked.len() {
            0 => bad(
                "MissingGroupId",
                format!(
                    "Private link service connection {id} names no group. {kind} has the groups {}.",
                    known.join(", ")
                ),
            ),
            _ => bad(
                "OnlyOneGroupIdPermitted",
                format!(
                    "Private link service connection {id} has the following group Ids: {}. Only one group Id is permitted when connecting to a first-party resource ({}).",
                    asked.join(", "),
                    target.id
                ),
            ),
        });
    };
    if !known.contains(&group.strip_suffix("_secondary").unwrap_or(group)) {
        return Err(bad(
            "InvalidValuesForRequestParameters",
            format!(
                "Call to {kind} failed. Error message: Values for request parameters are invalid: GroupId: {group}. Allowed: {}.",
                known.join(", ")
            ),
        ));
    }
    if kind == "Microsoft.ContainerRegistry/registries" && text(&target.body, "sku.name") != "Premium" {
        return Err(bad(
            "InvalidRequest",
            format!(
                "Call to {kind} failed. Error message: Private endpoint connections need a registry of SKU Premium; {} has {}.",
                target.name(),
                text(&target.body, "sku.name")
            ),
        ));
    }
    Ok(())
}

/// What an endpoint connects to: the connection, its target, the group's members.
fn connected<'w>(world: &'w World, endpoint: &Value) -> Option<(Value, &'w Document, Vec<Member>)> {
    let connection = LISTS.iter().flat_map(|list| array(endpoint, &format!("properties.{list}"))).next()?;
    let target = world.get(text(connection, "properties.privateLinkServiceId"))?;
    let group = array(connection, "properties.groupIds").first().and_then(Value::as_str).unwrap_or_default();
    Some((connection.clone(), target, members(world, target, group)))
}

/// The interface of an endpoint, as soon as the endpoint is accepted: one address a member.
pub(super) fn written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(endpoint) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let interface =
        array(&endpoint.body, "properties.networkInterfaces").first().map(|i| text(i, "id").to_owned());
    let Some(interface) = interface.as_deref().and_then(ResourceId::parse) else { return Ok(()) };
    if world.get(interface.key()).is_some() {
        return Ok(());
    }
    let subnet = endpoint.text("properties.subnet.id").to_owned();
    let fixed = array(&endpoint.body, "properties.ipConfigurations");
    let found = match connected(world, &endpoint.body) {
        Some((connection, target, mut found)) => {
            // Of a service that is not modelled the fixed addresses tell the members.
            if groups(&target.type_name).is_empty() && !fixed.is_empty() {
                let named = fixed.iter().map(|c| text(c, "properties.memberName").to_owned());
                found = named.map(|name| Member { name, hosts: Vec::new() }).collect();
            }
            let group = array(&connection, "properties.groupIds").first().and_then(Value::as_str);
            found.into_iter().map(|member| (group.unwrap_or_default().to_owned(), member)).collect()
        }
        None => vec![(String::new(), Member { name: String::new(), hosts: Vec::new() })],
    };
    let fixed_of = |member: &str| fixed.iter().find(|c| text(c, "properties.memberName") == member);
    if let Some(stray) =
        fixed.iter().find(|c| !found.iter().any(|(_, m)| m.name == text(c, "properties.memberName")))
    {
        let names: Vec<&str> = found.iter().map(|(_, m)| m.name.as_str()).collect();
        return Err(bad(
            "PrivateEndpointIpConfigurationMemberInvalid",
            format!(
                "IP configuration {} of private endpoint {} names the member {}; the group has {}.",
                text(stray, "name"),
                endpoint.id,
                text(stray, "properties.memberName"),
                names.join(", ")
            ),
        ));
    }
    let wanted: Vec<&str> = found
        .iter()
        .map(|(_, m)| fixed_of(&m.name).map_or("", |c| text(c, "properties.privateIPAddress")))
        .collect();
    let addresses = allocate(world, &subnet, interface.as_str(), &wanted)?;
    let mut configurations = Vec::new();
    for (index, ((group, member), address)) in found.iter().zip(addresses).enumerate() {
        let name = fixed_of(&member.name).map_or_else(
            || {
                format!(
                    "privateEndpointIpConfig.{}",
                    world.new_guid(interface.key(), &format!("config{index}"))
                )
            },
            |c| text(c, "name").to_owned(),
        );
        let method = if wanted.get(index).is_some_and(|w| !w.is_empty()) { "Static" } else { "Dynamic" };
        configurations.push(json!({
            "name": name,
            "id": format!("{}/ipConfigurations/{name}", interface.as_str()),
            "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
            "properties": {
                "provisioningState": "Succeeded",
                "privateIPAddress": address,
                "privateIPAllocationMethod": method,
                "subnet": { "id": subnet },
                "primary": index == 0,
                "privateIPAddressVersion": "IPv4",
                "privateLinkConnectionProperties": {
                    "groupId": group,
                    "requiredMemberName": member.name,
                    "fqdns": member.hosts.iter().map(super::links::Host::fqdn).collect::<Vec<_>>(),
                },
            },
        }));
    }
    let body = json!({
        "location": endpoint.location(),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": world.new_guid(interface.key(), "resourceGuid"),
            "ipConfigurations": configurations,
            "dnsSettings": { "dnsServers": [], "appliedDnsServers": [] },
            "enableAcceleratedNetworking": false,
            "vnetEncryptionSupported": false,
            "enableIPForwarding": false,
            "disableTcpStateTracking": false,
            "hostedWorkloads": [],
            "tapConfigurations": [],
            "nicType": "Standard",
            "auxiliaryMode": "None",
            "auxiliarySku": "None",
        },
    });
    world.put_implied(&interface, "Microsoft.Network/networkInterfaces", body, Some(written.id.key()));
    Ok(())
}

/// The connection on the target, when the endpoint is there.
pub(super) fn completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(endpoint) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let Some((connection, target, _)) = connected(world, &endpoint.body) else { return Ok(()) };
    let kind = format!("{}/privateEndpointConnections", target.type_name);
    let place = target.resource_id();
    let name = format!("{}.{}", endpoint.name(), world.new_guid(written.id.key(), "connection"));
    let id = place.child("privateEndpointConnections", &name);
    if world.get(id.key()).is_some() {
        return Ok(());
    }
    let mut state =
        at(&connection, "properties.privateLinkServiceConnectionState").cloned().unwrap_or_default();
    let actions = if kind.starts_with("Microsoft.Storage/") { "actionRequired" } else { "actionsRequired" };
    if let Value::Object(state) = &mut state {
        state.shift_remove("actionsRequired");
    }
    insert(&mut state, actions, "None");
    let body = json!({
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpoint": { "id": endpoint.id },
            "privateLinkServiceConnectionState": state,
        },
    });
    world.put_implied(&id, &kind, body, Some(written.id.key()));
    Ok(())
}

/// The addresses of an endpoint by member.
fn addresses(world: &World, endpoint: &Document) -> Vec<(Member, String)> {
    let Some((_, _, found)) = connected(world, &endpoint.body) else { return Vec::new() };
    let interface = array(&endpoint.body, "properties.networkInterfaces").first().map(|i| text(i, "id"));
    let Some(interface) = interface.and_then(|id| world.get(id)) else { return Vec::new() };
    let configurations = array(&interface.body, "properties.ipConfigurations");
    found
        .into_iter()
        .filter_map(|member| {
            let of = |c: &&Value| {
                text(c, "properties.privateLinkConnectionProperties.requiredMemberName") == member.name
            };
            let address = text(configurations.iter().find(of)?, "properties.privateIPAddress").to_owned();
            Some((member, address))
        })
        .collect()
}

/// Names and addresses for a client's own DNS: shown as long as no zone group serves them (IMP-02); a connection whose
/// target has gone is disconnected.
pub(super) fn view(world: &World, document: &Document, body: &mut Value) {
    let served = !world.children(&document.id, ZONE_GROUPS).is_empty();
    let settled = document.operation.is_none();
    let configs: Vec<Value> = if served || !settled {
        Vec::new()
    } else {
        addresses(world, document)
            .into_iter()
            .flat_map(|(member, address)| {
                member
                    .hosts
                    .into_iter()
                    .map(move |host| json!({ "fqdn": host.fqdn(), "ipAddresses": [address] }))
            })
            .collect()
    };
    let Some(properties) = body.get_mut("properties") else { return };
    insert(properties, "customDnsConfigs", configs);
    for list in LISTS {
        let Some(Value::Array(connections)) = properties.get_mut(list) else { continue };
        for connection in connections {
            insert(connection, "etag", format!("W/\"{}\"", document.etag));
            let target = text(connection, "properties.privateLinkServiceId").to_owned();
            let lost = target.starts_with('/') && world.get(&target).is_none();
            let approved = approval(world, &document.id, &target);
            let Some(state) = connection.pointer_mut("/properties/privateLinkServiceConnectionState") else {
                continue;
            };
            if lost {
                insert(state, "status", "Disconnected");
            } else if let Some(status) = approved {
                insert(state, "status", status);
            }
        }
    }
}

/// What the target's side of a connection says.
fn approval(world: &World, endpoint: &str, target: &str) -> Option<String> {
    let target = world.get(target)?;
    let kind = format!("{}/privateEndpointConnections", target.type_name);
    let connections = world.children(&target.id, &kind);
    let mine = connections.into_iter().find(|c| same(c.text("properties.privateEndpoint.id"), endpoint))?;
    Some(mine.text("properties.privateLinkServiceConnectionState.status").to_owned())
}

/// A zone group's PUT.
pub(super) fn zone_group(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(endpoint) = put.id.parent_resource() else { return Ok(()) };
    let other = world.children(endpoint.as_str(), ZONE_GROUPS).into_iter().find(|g| g.key() != put.id.key());
    if let Some(other) = other {
        return Err(bad(
            "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
            format!(
                "Private endpoint {endpoint} has the private DNS zone group {} already; it can have one only.",
                other.name()
            ),
        ));
    }
    let id = put.id.as_str().to_owned();
    let mut configs = array(&put.body, "properties.privateDnsZoneConfigs").to_vec();
    if configs.is_empty() {
        return Err(bad(
            "PrivateDnsZoneConfigsMissing",
            format!("Private DNS zone group {id} names no private DNS zone."),
        ));
    }
    for config in &mut configs {
        let name = text(config, "name").to_owned();
        insert(config, "id", format!("{id}/privateDnsZoneConfigs/{name}"));
        insert(
            config,
            "type",
            "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/privateDnsZoneConfigs",
        );
        if let Some(properties) = config.get_mut("properties") {
            insert(properties, "provisioningState", "Succeeded");
            insert(properties, "recordSets", json!([]));
        }
    }
    put.set("properties.privateDnsZoneConfigs", configs);
    Ok(())
}

/// The records that a zone group writes into one of its zones: name, public names' zone, address.
fn records(world: &World, endpoint: &Document, zone: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (member, address) in addresses(world, endpoint) {
        for host in member.hosts.into_iter().filter(|host| same(host.zone, zone)) {
            found.push((host.record, address.clone()));
        }
    }
    found
}

/// The A records of a zone group (IMP-10).
pub(super) fn zone_group_completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let owner = written.id.key().to_owned();
    let old: Vec<String> =
        world.of_type(RECORDS).filter(|r| r.owner.as_deref() == Some(&owner)).map(Document::key).collect();
    for record in old {
        world.remove(&record);
    }
    let Some(group) = world.get(&owner).cloned() else { return Ok(()) };
    let endpoint = written.id.parent_resource().and_then(|e| world.get(e.key()).cloned());
    let Some(endpoint) = endpoint else { return Ok(()) };
    for config in array(&group.body, "properties.privateDnsZoneConfigs") {
        let Some(zone) = ResourceId::parse(text(config, "properties.privateDnsZoneId")) else { continue };
        // The zone's own spelling of its id.
        let zone = world.get(zone.key()).map_or(zone, Document::resource_id);
        for (record, address) in records(world, &endpoint, zone.name()) {
            let id = zone.child("A", &record);
            let body = json!({
                "properties": {
                    "metadata": { "creator": format!("created by private endpoint {} with resource guid {}", endpoint.name(), endpoint.text("properties.resourceGuid")) },
                    "fqdn": format!("{record}.{}.", zone.name()),
                    "ttl": 10,
                    "aRecords": [{ "ipv4Address": address }],
                    "isAutoRegistered": false,
                },
            });
            world.put_implied(&id, RECORDS, body, Some(&owner));
        }
    }
    Ok(())
}

/// The record sets of a zone group, once they are written.
pub(super) fn view_zone_group(world: &World, document: &Document, body: &mut Value) {
    let endpoint = document.resource_id().parent_resource().and_then(|e| world.get(e.key()));
    let Some(endpoint) = endpoint else { return };
    let Some(Value::Array(configs)) = body.pointer_mut("/properties/privateDnsZoneConfigs") else { return };
    for config in configs {
        insert(config, "etag", format!("W/\"{}\"", document.etag));
        let id = text(config, "properties.privateDnsZoneId").to_owned();
        let zone = id.rsplit('/').next().unwrap_or_default().to_owned();
        let sets: Vec<Value> = if document.operation.is_some() {
            Vec::new()
        } else {
            records(world, endpoint, &zone)
                .into_iter()
                .map(|(record, address)| {
                    json!({
                        "recordType": "A", "recordSetName": record, "fqdn": format!("{record}.{zone}"),
                        "ttl": 10, "ipAddresses": [address], "provisioningState": "Succeeded",
                    })
                })
                .collect()
        };
        if let Some(properties) = config.get_mut("properties") {
            insert(properties, "recordSets", sets);
            insert_default(properties, "provisioningState", "Succeeded");
        }
    }
}
