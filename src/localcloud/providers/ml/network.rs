//! The managed network of a workspace: its isolation modes, one-way, and its outbound rules (IMP-06).

use serde_json::{Value, json};

use super::super::common::{bad, hex, insert, plain_region, same};
use super::{COMPUTES, RULES};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{Answer, Call, Put, at, text};
use crate::localcloud::world::{Document, World};

const SPARK: &str = "properties.managedNetwork.status.sparkReady";
const MODE: &str = "properties.managedNetwork.isolationMode";
const APPROVED: &str = "AllowOnlyApprovedOutbound";
const INTERNET: &str = "AllowInternetOutbound";

/// The modes that a workspace can be given from where it is.
pub(super) fn changeable(mode: &str) -> Vec<&'static str> {
    match mode {
        APPROVED => vec![APPROVED],
        INTERNET => vec![INTERNET, APPROVED],
        _ => vec![INTERNET, APPROVED],
    }
}

/// What a coming workspace says of its network.
pub(super) fn judge_mode(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let mode = text(&put.body, MODE).to_owned();
    if mode == "Disabled" {
        if at(&put.body, "properties.provisionNetworkNow") == Some(&Value::Bool(true)) {
            return Err(bad(
                "ValidationError",
                "provisionNetworkNow needs a managed network: its isolationMode is Disabled.",
            ));
        }
        return Ok(());
    }
    let now = at(&put.body, "properties.provisionNetworkNow") == Some(&Value::Bool(true));
    let active =
        now || put.existing.is_some_and(|o| o.text("properties.managedNetwork.status.status") == "Active");
    put.set("properties.managedNetwork.status.status", if active { "Active" } else { "Inactive" });
    // The definitions let a body say it; templates of Microsoft do.
    let spark = at(&put.body, SPARK) == Some(&Value::Bool(true));
    put.set(SPARK, spark);
    let id = hex(&world.new_guid(put.id.key(), "managedNetwork"));
    put.keep("properties.managedNetwork.networkId", || id.into());
    Ok(())
}

/// Never back to Disabled, never looser; all computes go before the network is managed.
pub(super) fn judge_change(world: &World, old: &Document, put: &Put) -> Result<(), ArmFailure> {
    let (from, to) = (old.text(MODE), text(&put.body, MODE));
    if from == to || to.is_empty() {
        return Ok(());
    }
    let allowed = changeable(from);
    if !allowed.iter().any(|mode| same(mode, to)) {
        return Err(bad(
            "ValidationError",
            format!("The isolation mode of the managed network of workspace {} cannot be changed from {from} to {to}. It can be changed to: {}.", old.name(), allowed.join(", ")),
        )
        .target("managedNetwork.isolationMode"));
    }
    let computes = world.children(&old.id, COMPUTES);
    if from == "Disabled" && !computes.is_empty() {
        let names: Vec<&str> = computes.iter().map(|c| c.name()).collect();
        return Err(bad(
            "ValidationError",
            format!(
                "All computes of workspace {} must be deleted before its managed network is enabled: {}.",
                old.name(),
                names.join(", ")
            ),
        ));
    }
    Ok(())
}

/// Service tags that every approved-only network lets out, with protocol and ports.
const TAGS: &[(&str, &str, &str)] = &[
    ("AzureActiveDirectory", "TCP", "80,443"),
    ("AzureMachineLearning", "TCP", "443,8787,18881"),
    ("AzureMachineLearning", "UDP", "5831"),
    ("BatchNodeManagement.{region}", "TCP", "443"),
    ("BatchNodeManagement.{region}", "UDP", "443"),
    ("AzureResourceManager", "TCP", "443"),
    ("AzureFrontDoor.FirstParty", "TCP", "443"),
    ("MicrosoftContainerRegistry", "TCP", "443"),
    ("AzureMonitor", "TCP", "443"),
];

/// Makes the rules that a workspace's mode requires, and takes away what it no longer does.
pub(super) fn required_rules(world: &mut World, workspace: &str) {
    let Some(workspace) = world.get(workspace).cloned() else { return };
    let mode = workspace.text(MODE).to_owned();
    let region = plain_region(workspace.location());
    let mut wanted: Vec<(String, Value)> = Vec::new();
    if mode == APPROVED {
        for (tag, protocol, ports) in TAGS {
            let tag = tag.replace("{region}", &region);
            let properties = json!({
                "type": "ServiceTag", "category": "Required", "status": "Inactive",
                "destination": { "serviceTag": tag, "protocol": protocol, "portRanges": ports, "action": "Allow" },
            });
            wanted.push((format!("__SYS_ST_{}_{protocol}", tag.replace('.', "_")), properties));
        }
    }
    for (property, group) in [
        ("storageAccount", "blob"),
        ("storageAccount", "file"),
        ("keyVault", "vault"),
        ("containerRegistry", "registry"),
    ] {
        let Some(target) = world.get(workspace.text(&format!("properties.{property}"))) else { continue };
        let closed = target.text("properties.publicNetworkAccess") == "Disabled";
        if mode == APPROVED || (mode == INTERNET && closed) {
            let name = format!("__SYS_PE_{}_{group}_{}", target.name(), &world.guid(&target.id)[..8]);
            wanted.push((name, endpoint_rule(&target.id, group)));
        }
    }
    if mode == APPROVED {
        let name = format!("__SYS_PE_{}_amlworkspace_{}", workspace.name(), &world.guid(&workspace.id)[..8]);
        wanted.push((name, endpoint_rule(&workspace.id, "amlworkspace")));
    }
    let id = workspace.resource_id();
    for (name, properties) in wanted {
        let rule = id.child("outboundRules", &name);
        if world.get(rule.key()).is_none() {
            world.put_implied(&rule, RULES, json!({ "properties": properties }), Some(id.key()));
        }
    }
}

fn endpoint_rule(target: &str, group: &str) -> Value {
    json!({
        "type": "PrivateEndpoint", "category": "Required", "status": "Inactive",
        "destination": {
            "serviceResourceId": target, "subresourceTarget": group,
            "sparkEnabled": true, "sparkStatus": "Inactive",
        },
    })
}

/// An outbound rule's PUT.
pub(super) fn rule(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(workspace) = put.id.parent_resource().and_then(|w| world.get(w.key())) else { return Ok(()) };
    let (mode, kind) = (workspace.text(MODE), text(&put.body, "properties.type").to_owned());
    if mode == "Disabled" {
        return Err(bad(
            "ValidationError",
            format!("Workspace {} has no managed network: outbound rules need one.", workspace.name()),
        ));
    }
    if kind != "PrivateEndpoint" && mode != APPROVED {
        return Err(bad(
            "ValidationError",
            format!(
                "Outbound rules of type {kind} are valid only in isolation mode {APPROVED}; workspace {} is in {mode}.",
                workspace.name()
            ),
        ));
    }
    if put.existing.is_some_and(|old| old.text("properties.category") == "Required") {
        return Err(bad(
            "ValidationError",
            format!("Outbound rule {} is required by the service and cannot be changed.", put.id.name()),
        ));
    }
    match kind.as_str() {
        "PrivateEndpoint" => {
            let target = text(&put.body, "properties.destination.serviceResourceId").to_owned();
            let Some(found) = world.get(&target) else {
                return Err(bad(
                    "ValidationError",
                    format!("The target {target} of outbound rule {} was not found.", put.id.name()),
                ));
            };
            let groups = super::super::network::groups(&found.type_name);
            let group = text(&put.body, "properties.destination.subresourceTarget");
            if !groups.is_empty() && !groups.contains(&group) {
                return Err(bad(
                    "ValidationError",
                    format!("{group} is no sub-resource of {}: {}.", found.type_name, groups.join(", ")),
                ));
            }
        }
        "FQDN" if text(&put.body, "properties.destination").is_empty() => {
            return Err(bad("ValidationError", "An outbound rule of type FQDN needs a destination."));
        }
        _ => {}
    }
    let active = workspace.text("properties.managedNetwork.status.status") == "Active";
    if let Some(properties) = put.body.get_mut("properties") {
        super::super::common::insert_default(properties, "category", "UserDefined");
        insert(properties, "status", if active { "Active" } else { "Inactive" });
    }
    Ok(())
}

/// What the service requires stays.
pub(super) fn may_delete_rule(_: &World, rule: &Document) -> Result<(), ArmFailure> {
    if rule.text("properties.category") == "Required" {
        return Err(bad(
            "ValidationError",
            format!("Outbound rule {} is required by the service and cannot be deleted.", rule.name()),
        ));
    }
    Ok(())
}

/// A rule is active when its network is.
pub(super) fn view_rule(world: &World, document: &Document, body: &mut Value) {
    let workspace = document.resource_id().parent_resource();
    let active = workspace
        .and_then(|w| world.get(w.key()))
        .is_some_and(|w| w.text("properties.managedNetwork.status.status") == "Active");
    if let Some(properties) = body.get_mut("properties") {
        insert(properties, "status", if active { "Active" } else { "Inactive" });
    }
}

/// Marks the network of a workspace as provisioned.
pub(super) fn activate(world: &mut World, workspace: &ResourceId) {
    let managed = world.get(workspace.key()).is_some_and(|w| w.text(MODE) != "Disabled");
    if managed {
        world.change(workspace.key(), |body| {
            if let Some(network) = body.pointer_mut("/properties/managedNetwork") {
                let spark = at(network, "status.sparkReady") == Some(&Value::Bool(true));
                insert(network, "status", json!({ "status": "Active", "sparkReady": spark }));
            }
        });
    }
}

/// POST provisionManagedNetwork.
pub(super) fn provision(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    if call.document.text(MODE) == "Disabled" {
        return Err(bad(
            "ValidationError",
            format!("Workspace {} has no managed network.", call.document.name()),
        ));
    }
    activate(world, &call.id);
    let spark = world.get(call.id.key()).and_then(|w| w.at(SPARK)).cloned().unwrap_or(false.into());
    Ok(Answer::ok(json!({ "status": "Active", "sparkReady": spark })))
}
