//! What every private-link target has: connections that can be approved, and the list of what can be connected to.

use serde_json::{Value, json};

use super::common::{listed, same};
use super::network::{groups, members};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Answer, Location, Place, Put, RouteCall, Seconds, TypeRules};
use crate::localcloud::world::World;

/// The row of `privateEndpointConnections` below a target: made by an endpoint, approved or rejected by PUT.
pub(super) const CONNECTION: TypeRules = TypeRules {
    place: Place::ResourceGroup,
    location: Location::None,
    taggable: false,
    seconds: Seconds { create: 5.0, update: 5.0, delete: 5.0 },
    normalise: Some(approve),
    ..TypeRules::GENERIC
};

fn approve(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(old) = put.existing else {
        return Err(ArmFailure::new(
            404,
            "ResourceNotFound",
            format!(
                "The private endpoint connection {} was not found; it is made by a private endpoint.",
                put.id
            ),
        ));
    };
    if let Some(endpoint) = old.at("properties.privateEndpoint") {
        put.set("properties.privateEndpoint", endpoint.clone());
    }
    Ok(())
}

/// The answer to `GET {target}/privateLinkResources`; the route's segments are subscription, group, name.
pub(super) fn link_resources(world: &World, type_name: &str, call: &RouteCall) -> Result<Answer, ArmFailure> {
    let [subscription, group, name, ..] = &call.taken[..] else { return Ok(Answer::empty(404)) };
    let id = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{type_name}/{name}");
    let Some(target) = world.get(&id) else {
        return Err(ArmFailure::gateway(
            404,
            "ResourceNotFound",
            format!(
                "The Resource '{type_name}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            ),
        ));
    };
    let resources: Vec<Value> = groups(&target.type_name)
        .into_iter()
        .map(|group| {
            let members = members(world, target, group);
            let mut zones: Vec<&str> = members.iter().flat_map(|m| &m.hosts).map(|h| h.zone).collect();
            zones.dedup_by(|a, b| same(a, b));
            json!({
                "id": format!("{}/privateLinkResources/{group}", target.id),
                "name": group,
                "type": format!("{}/privateLinkResources", target.type_name),
                "properties": {
                    "groupId": group,
                    "requiredMembers": members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
                    "requiredZoneNames": zones,
                },
            })
        })
        .collect();
    Ok(Answer::ok(listed(resources)))
}
