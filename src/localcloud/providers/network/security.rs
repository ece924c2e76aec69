//! Security groups, route tables: default rules, conflicts, who uses them.

use serde_json::{Value, json};

use super::super::common::{bad, insert};
use super::with_guid;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Put, Written, at, text};
use crate::localcloud::world::{Document, World};

const RULES: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// The six rules that every group has (IMP-01): name, priority, access, direction, source, destination, description.
const DEFAULT_RULES: &[(&str, u32, &str, &str, &str, &str, &str)] = &[
    (
        "AllowVnetInBound",
        65000,
        "Allow",
        "Inbound",
        "VirtualNetwork",
        "VirtualNetwork",
        "Allow inbound traffic from all VMs in VNET",
    ),
    (
        "AllowAzureLoadBalancerInBound",
        65001,
        "Allow",
        "Inbound",
        "AzureLoadBalancer",
        "*",
        "Allow inbound traffic from azure load balancer",
    ),
    ("DenyAllInBound", 65500, "Deny", "Inbound", "*", "*", "Deny all inbound traffic"),
    (
        "AllowVnetOutBound",
        65000,
        "Allow",
        "Outbound",
        "VirtualNetwork",
        "VirtualNetwork",
        "Allow outbound traffic from all VMs to all VMs in VNET",
    ),
    (
        "AllowInternetOutBound",
        65001,
        "Allow",
        "Outbound",
        "*",
        "Internet",
        "Allow outbound traffic from all VMs to Internet",
    ),
    ("DenyAllOutBound", 65500, "Deny", "Outbound", "*", "*", "Deny all outbound traffic"),
];

/// A group's PUT.
pub(super) fn group(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str();
    let rules: Vec<Value> = DEFAULT_RULES
        .iter()
        .map(|(name, priority, access, direction, source, destination, description)| {
            json!({
                "name": name,
                "id": format!("{id}/defaultSecurityRules/{name}"),
                "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
                "properties": {
                    "provisioningState": "Succeeded", "description": description, "protocol": "*",
                    "sourcePortRange": "*", "destinationPortRange": "*",
                    "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
                    "access": access, "priority": priority, "direction": direction,
                    "sourcePortRanges": [], "destinationPortRanges": [],
                    "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
                },
            })
        })
        .collect();
    put.set("properties.defaultSecurityRules", rules);
    with_guid(world, put)
}

/// A rule's PUT: its priority in range, nothing missing.
pub(super) fn rule(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name();
    let priority = at(&put.body, "properties.priority").and_then(Value::as_i64);
    if priority.is_none_or(|p| !(100..=4096).contains(&p)) {
        return Err(bad(
            "SecurityRuleInvalidPriority",
            format!(
                "Security rule has invalid Priority. Value provided: {}. Allowed range 100-4096. Rule: {name}.",
                priority.map_or_else(|| "none".to_owned(), |p| p.to_string())
            ),
        ));
    }
    for (one, several, what) in [
        ("sourceAddressPrefix", "sourceAddressPrefixes", "SourceAddressPrefix"),
        ("destinationAddressPrefix", "destinationAddressPrefixes", "DestinationAddressPrefix"),
        ("sourcePortRange", "sourcePortRanges", "SourcePortRange"),
        ("destinationPortRange", "destinationPortRanges", "DestinationPortRange"),
    ] {
        let path = |property: &str| format!("properties.{property}");
        let has_one = !text(&put.body, &path(one)).is_empty();
        let many = |property: &str| {
            at(&put.body, &path(property)).and_then(Value::as_array).is_some_and(|a| !a.is_empty())
        };
        let groups = many(&one.replace("AddressPrefix", "ApplicationSecurityGroups"));
        if !has_one && !many(several) && !groups {
            return Err(bad(
                "SecurityRuleParameterNotSpecified",
                format!(
                    "Required security rule parameters are missing for security rule with Id: {}. Security rule must specify {what}.",
                    put.id
                ),
            ));
        }
    }
    Ok(())
}

/// No two rules of a group share priority and direction. Judged when all of a request is stored, since one PUT of a group
/// may exchange its rules.
fn judge_rules(world: &World, group: &str) -> Result<(), ArmFailure> {
    let rules = world.children(group, RULES);
    for (index, rule) in rules.iter().enumerate() {
        let slot = |d: &Document| {
            (d.at("properties.priority").cloned(), d.text("properties.direction").to_lowercase())
        };
        if let Some(other) = rules.iter().take(index).find(|other| slot(other) == slot(rule)) {
            return Err(bad(
                "SecurityRuleConflict",
                format!(
                    "Security rule {} conflicts with rule {}. Rules cannot have the same Priority and Direction.",
                    rule.name(),
                    other.name()
                ),
            ));
        }
    }
    Ok(())
}

/// After a group's PUT.
pub(super) fn group_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    judge_rules(world, written.id.key())
}

/// After a rule's PUT.
pub(super) fn rule_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    written.id.parent_resource().map_or(Ok(()), |group| judge_rules(world, group.key()))
}

/// A route's PUT.
pub(super) fn route(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let appliance = text(&put.body, "properties.nextHopType") == "VirtualAppliance";
    let has_address = !text(&put.body, "properties.nextHopIpAddress").is_empty();
    if appliance != has_address {
        let wrong = if appliance { "needs" } else { "must not have" };
        return Err(bad(
            "InvalidRouteNextHopIpAddress",
            format!("Route {} {wrong} a next hop IP address with its next hop type.", put.id.name()),
        ));
    }
    put.set("properties.hasBgpOverride", false);
    Ok(())
}

fn users<'w>(world: &'w World, document: &Document, type_name: &str) -> Vec<&'w Document> {
    world.referrers(&document.id).filter(|d| d.type_name == type_name).collect()
}

fn refs(documents: &[&Document]) -> Value {
    documents.iter().map(|d| json!({ "id": d.id })).collect()
}

const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";
const INTERFACES: &str = "Microsoft.Network/networkInterfaces";

fn set_refs(body: &mut Value, name: &str, documents: &[&Document]) {
    if let (false, Some(properties)) = (documents.is_empty(), body.get_mut("properties")) {
        insert(properties, name, refs(documents));
    }
}

/// Back references of a group.
pub(super) fn view_group(world: &World, document: &Document, body: &mut Value) {
    let etag = format!("W/\"{}\"", document.etag);
    for rule in body
        .pointer_mut("/properties/defaultSecurityRules")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        insert(rule, "etag", etag.clone());
    }
    set_refs(body, "subnets", &users(world, document, SUBNETS));
    set_refs(body, "networkInterfaces", &users(world, document, INTERFACES));
}

/// Back references of a route table or a NAT gateway: the subnets that use it.
pub(super) fn view_subnets(world: &World, document: &Document, body: &mut Value) {
    set_refs(body, "subnets", &users(world, document, SUBNETS));
}

/// Back references of a route table.
pub(super) fn view_route_table(world: &World, document: &Document, body: &mut Value) {
    view_subnets(world, document, body);
}

fn held(documents: &[&Document]) -> String {
    documents.iter().map(|d| d.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// NET-02: a group in use stays.
pub(super) fn may_delete_group(world: &World, group: &Document) -> Result<(), ArmFailure> {
    let mut by = users(world, group, SUBNETS);
    by.extend(users(world, group, INTERFACES));
    if by.is_empty() {
        return Ok(());
    }
    Err(bad(
        "InUseNetworkSecurityGroupCannotBeDeleted",
        format!(
            "Network security group {} cannot be deleted because it is in use by the following resources: {}. In order to delete the Network security group, remove the association with the resource(s).",
            group.id,
            held(&by)
        ),
    ))
}

/// NET-02: a route table in use stays.
pub(super) fn may_delete_route_table(world: &World, table: &Document) -> Result<(), ArmFailure> {
    let by = users(world, table, SUBNETS);
    if by.is_empty() {
        return Ok(());
    }
    Err(bad(
        "InUseRouteTableCannotBeDeleted",
        format!("Route table {} is in use and cannot be deleted: {}.", table.name(), held(&by)),
    ))
}
