//! Computes of a workspace: clusters, instances, attached ones.

use serde_json::{Value, json};

use super::super::common::{bad, default_to, insert, same, token};
use super::{COMPUTES, network};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Answer, Call, Put, Written, at, text};
use crate::localcloud::world::World;

const SUBNET: &str = "properties.properties.subnet.id";

/// A compute's PUT.
pub(super) fn compute(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(workspace) = put.id.parent_resource().and_then(|w| world.get(w.key())) else { return Ok(()) };
    let name = put.id.name().to_owned();
    let kind = text(&put.body, "properties.computeType").to_owned();
    let instance = kind == "ComputeInstance";
    let longest = if kind == "AmlCompute" { 16 } else { 24 };
    let shortest = if instance { 3 } else { 2 };
    if !(shortest..=longest).contains(&name.chars().count()) || name.ends_with('-') {
        return Err(bad(
            "ValidationError",
            format!(
                "The name '{name}' of a compute of type {kind} must have {shortest} to {longest} letters, digits and hyphens, and must not end with a hyphen."
            ),
        ));
    }
    let region = workspace.location().to_owned();
    default_to(put, "properties.computeLocation", region.clone());
    default_to(put, "location", region.clone());
    if instance {
        let twin = world.of_type(COMPUTES).find(|c| {
            c.key() != put.id.key()
                && same(c.name(), &name)
                && c.text("properties.computeType") == "ComputeInstance"
                && same(c.text("properties.computeLocation"), &region)
        });
        if let Some(twin) = twin {
            return Err(bad(
                "ValidationError",
                format!(
                    "A compute instance named '{name}' exists already in region {region}: {}. Names of compute instances are unique per region.",
                    twin.id
                ),
            ));
        }
    }
    let subnet = text(&put.body, SUBNET).to_owned();
    let managed = workspace.text("properties.managedNetwork.isolationMode") != "Disabled";
    if !subnet.is_empty() {
        if managed {
            return Err(bad(
                "ValidationError",
                format!(
                    "Compute {name} cannot have a subnet: workspace {} has a managed network.",
                    workspace.name()
                ),
            ));
        }
        if world.get(&subnet).is_none_or(|s| s.type_name != "Microsoft.Network/virtualNetworks/subnets") {
            return Err(bad(
                "ValidationError",
                format!("The subnet {subnet} of compute {name} was not found."),
            ));
        }
    }
    let closed = at(&put.body, "properties.properties.enableNodePublicIp") == Some(&Value::Bool(false));
    if closed && subnet.is_empty() && !managed {
        return Err(bad(
            "ValidationError",
            format!("Compute {name} without public IP needs a subnet or a workspace with a managed network."),
        ));
    }
    fill(world, put, &kind);
    Ok(())
}

fn fill(world: &World, put: &mut Put, kind: &str) {
    let now = world.now();
    let attached = !matches!(kind, "AmlCompute" | "ComputeInstance");
    put.keep("properties.createdOn", || now.clone().into());
    put.set("properties.modifiedOn", now.clone());
    put.set("properties.isAttachedCompute", attached);
    put.set("properties.provisioningErrors", Value::Null);
    default_to(put, "properties.disableLocalAuth", false);
    match kind {
        "AmlCompute" => {
            default_to(put, "properties.properties.osType", "Linux");
            default_to(put, "properties.properties.vmPriority", "Dedicated");
            default_to(put, "properties.properties.isolatedNetwork", false);
            default_to(put, "properties.properties.enableNodePublicIp", true);
            default_to(put, "properties.properties.remoteLoginPortPublicAccess", "NotSpecified");
            default_to(put, "properties.properties.scaleSettings.minNodeCount", 0);
            default_to(put, "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown", "PT120S");
            let nodes =
                put.get("properties.properties.scaleSettings.minNodeCount").cloned().unwrap_or_default();
            put.set("properties.properties.allocationState", "Steady");
            put.keep("properties.properties.allocationStateTransitionTime", || now.into());
            put.set("properties.properties.errors", Value::Null);
            put.set("properties.properties.currentNodeCount", nodes.clone());
            put.set("properties.properties.targetNodeCount", nodes.clone());
            put.set(
                "properties.properties.nodeStateCounts",
                json!({ "idleNodeCount": nodes, "runningNodeCount": 0, "preparingNodeCount": 0, "unusableNodeCount": 0, "leavingNodeCount": 0, "preemptedNodeCount": 0 }),
            );
        }
        "ComputeInstance" => {
            default_to(put, "properties.properties.applicationSharingPolicy", "Shared");
            default_to(put, "properties.properties.computeInstanceAuthorizationType", "personal");
            default_to(put, "properties.properties.sshSettings.sshPublicAccess", "Disabled");
            default_to(put, "properties.properties.enableNodePublicIp", true);
            put.set("properties.properties.state", "Running");
            put.set(
                "properties.properties.createdBy",
                json!({ "userId": world.principal(), "userOrgId": world.tenant(), "userName": "ringfence" }),
            );
        }
        _ => {}
    }
}

/// The first compute provisions the managed network (IMP-06).
pub(super) fn completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    if let Some(workspace) = written.id.parent_resource() {
        network::activate(world, &workspace);
    }
    Ok(())
}

fn set_state(world: &mut World, call: &Call, state: &str) -> Result<Answer, ArmFailure> {
    if call.document.text("properties.computeType") != "ComputeInstance" {
        return Err(bad(
            "BadRequest",
            format!(
                "Compute {} is no compute instance: it cannot be started or stopped.",
                call.document.name()
            ),
        ));
    }
    world.change(call.id.key(), |body| {
        if let Some(properties) = body.pointer_mut("/properties/properties") {
            insert(properties, "state", state);
        }
    });
    Ok(Answer::empty(202))
}

pub(super) fn start(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    set_state(world, call, "Running")
}

pub(super) fn stop(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    set_state(world, call, "Stopped")
}

pub(super) fn list_nodes(_: &mut World, _: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(json!({ "nodes": [] })))
}

pub(super) fn list_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let kind = call.document.text("properties.computeType");
    Ok(Answer::ok(json!({ "computeType": kind, "primaryKey": token(world, &call.document.id, "key", 32) })))
}
