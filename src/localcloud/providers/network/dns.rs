//! Private DNS: zones with their start of authority, links to networks, record sets (IMP-10).

use serde_json::{Value, json};

use super::super::common::{bad, insert, insert_default, same};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Put, Written, text};
use crate::localcloud::world::{Document, World};

const ZONES: &str = "Microsoft.Network/privateDnsZones";
const LINKS: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";

/// A zone's PUT.
pub(super) fn zone(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name();
    if !name.contains('.') || name.split('.').any(str::is_empty) {
        return Err(bad(
            "BadRequest",
            format!(
                "The domain name '{name}' is not a valid private DNS zone name: it needs at least two labels."
            ),
        ));
    }
    let internal = world.new_guid(put.id.key(), "internalId");
    put.set("properties.maxNumberOfRecordSets", 25000);
    put.set("properties.maxNumberOfVirtualNetworkLinks", 1000);
    put.set("properties.maxNumberOfVirtualNetworkLinksWithRegistration", 100);
    put.set("properties.internalId", super::super::common::hex(&internal));
    Ok(())
}

/// A zone has its start of authority from the beginning.
pub(super) fn zone_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let id = written.id.child("SOA", "@");
    if world.get(id.key()).is_some() {
        return Ok(());
    }
    let body = json!({
        "properties": {
            "fqdn": format!("{}.", written.id.name()),
            "ttl": 3600,
            "isAutoRegistered": false,
            "soaRecord": {
                "email": "azureprivatedns-host.microsoft.com", "expireTime": 2_419_200, "host": "azureprivatedns.net",
                "minimumTtl": 10, "refreshTime": 3600, "retryTime": 300, "serialNumber": 1,
            },
        },
    });
    world.put_implied(&id, "Microsoft.Network/privateDnsZones/SOA", body, Some(written.id.key()));
    Ok(())
}

/// NF-05: a zone with links stays. Record sets go with it.
pub(super) fn may_delete_zone(world: &World, zone: &Document) -> Result<(), ArmFailure> {
    let links = world.children(&zone.id, LINKS);
    let Some(first) = links.first() else { return Ok(()) };
    let nested = first.id.split("/providers/").last().unwrap_or_default();
    Err(ArmFailure::gateway(
        409,
        "CannotDeleteResource",
        format!(
            "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '{nested}'. Please delete all nested resources before deleting this resource."
        ),
    ))
}

/// The counters of a zone.
pub(super) fn view_zone(world: &World, document: &Document, body: &mut Value) {
    let links = world.children(&document.id, LINKS);
    let registering =
        links.iter().filter(|l| l.at("properties.registrationEnabled") == Some(&Value::Bool(true))).count();
    let records = world
        .below(&document.id)
        .filter(|d| d.type_name != LINKS && d.type_name.starts_with("Microsoft.Network/privateDnsZones/"))
        .count();
    let Some(properties) = body.get_mut("properties") else { return };
    insert(properties, "numberOfRecordSets", records);
    insert(properties, "numberOfVirtualNetworkLinks", links.len());
    insert(properties, "numberOfVirtualNetworkLinksWithRegistration", registering);
}

/// A link's PUT: a network resolves one zone of a name only, and registers in one zone only.
pub(super) fn link(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(zone) = put.id.parent_resource() else { return Ok(()) };
    let network = text(&put.body, "properties.virtualNetwork.id");
    if network.is_empty() {
        return Err(bad(
            "BadRequest",
            "The virtual network of the link is not specified: 'properties.virtualNetwork.id'.",
        ));
    }
    let registers =
        |body: &Value| body.pointer("/properties/registrationEnabled") == Some(&Value::Bool(true));
    for other in world.of_type(LINKS) {
        if other.key() == put.id.key() || !same(other.text("properties.virtualNetwork.id"), network) {
            continue;
        }
        let Some(theirs) = other.resource_id().parent_resource() else { continue };
        if theirs == zone {
            return Err(ArmFailure::new(
                409,
                "Conflict",
                format!(
                    "The virtual network {network} is linked to the private DNS zone '{}' already, by the link '{}'.",
                    zone.name(),
                    other.name()
                ),
            ));
        }
        if same(theirs.name(), zone.name()) {
            return Err(bad(
                "BadRequest",
                format!(
                    "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '{}' and '{}' zones.",
                    zone.name(),
                    theirs.name()
                ),
            ));
        }
        if registers(&put.body) && registers(&other.body) {
            return Err(bad(
                "BadRequest",
                format!(
                    "The virtual network {network} registers in the private DNS zone '{}' already; it can register in one zone only.",
                    theirs.name()
                ),
            ));
        }
    }
    // The link is spelled `InProgress` until its operation has ended.
    put.keep("properties.virtualNetworkLinkState", || "InProgress".into());
    if zone.name().to_lowercase().starts_with("privatelink.")
        && let Some(properties) = put.body.get_mut("properties")
    {
        insert_default(properties, "resolutionPolicy", "Default");
    }
    Ok(())
}

/// A link is complete.
pub(super) fn link_completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    world.change(written.id.key(), |body| {
        if let Some(properties) = body.get_mut("properties") {
            insert(properties, "virtualNetworkLinkState", "Completed");
        }
    });
    Ok(())
}

/// A record set's PUT.
pub(super) fn record(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(zone) = put.id.parent_resource() else { return Ok(()) };
    let name = put.id.name();
    if put.existing.is_none() && name.eq_ignore_ascii_case("@") && put.id.type_name().ends_with("/CNAME") {
        return Err(bad("BadRequest", "A CNAME record set cannot be at the apex of a zone."));
    }
    let zone_name =
        world.get(zone.key()).filter(|z| z.type_name == ZONES).map_or(zone.name(), Document::name);
    let fqdn = if name == "@" { format!("{zone_name}.") } else { format!("{name}.{zone_name}.") };
    put.set("properties.fqdn", fqdn);
    put.set("properties.isAutoRegistered", false);
    Ok(())
}
