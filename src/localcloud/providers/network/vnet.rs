//! Virtual networks, their subnets and peerings: address ranges, what is in use, back references.

use serde_json::{Value, json};

use super::super::cidr::Cidr;
use super::super::common::{array, bad, default_to, insert, insert_default, same};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Put, Written, at, text};
use crate::localcloud::world::{Document, World};

const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";

/// Prefixes that Azure asks of the subnets it names itself: shortest range (PL-03). That of a
/// bastion is judged when there is one.
const RESERVED_NAMES: &[(&str, u8)] = &[
    ("AzureFirewallSubnet", 26),
    ("AzureFirewallManagementSubnet", 26),
    ("GatewaySubnet", 29),
    ("RouteServerSubnet", 27),
];

/// Subnets that take no network security group, and the code of the refusal (PL-03; the second in
/// Azure-Terraform/terraform-azurerm-virtual-network#18, the first is like it).
const UNGUARDED: &[(&str, &str)] = &[
    ("AzureFirewallSubnet", "NetworkSecurityGroupCannotBeAttachedToAzureFirewallSubnet"),
    ("GatewaySubnet", "NetworkSecurityGroupCannotBeAttachedToGatewaySubnet"),
];

fn prefix(text: &str, owner: &str) -> Result<Cidr, ArmFailure> {
    let Some(cidr) = Cidr::parse(text) else {
        return Err(bad(
            "InvalidAddressPrefixFormat",
            format!(
                "Address prefix {text} of resource {owner} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."
            ),
        ));
    };
    if !cidr.is_aligned() {
        return Err(bad(
            "InvalidCIDRNotation",
            format!(
                "The address prefix {text} in resource {owner} has an invalid CIDR notation. For the given prefix length, the address prefix should be {}.",
                cidr.aligned()
            ),
        ));
    }
    Ok(cidr)
}

/// The address space of a stored or coming network.
fn space(body: &Value) -> Vec<&str> {
    array(body, "properties.addressSpace.addressPrefixes").iter().filter_map(Value::as_str).collect()
}

/// The prefixes of a stored or coming subnet: one or several.
pub(super) fn prefixes(body: &Value) -> Vec<&str> {
    let several = array(body, "properties.addressPrefixes").iter().filter_map(Value::as_str);
    let one = at(body, "properties.addressPrefix").and_then(Value::as_str);
    let mut all: Vec<&str> = several.collect();
    all.extend(one.filter(|one| !all.contains(one)));
    all
}

/// A network's PUT: ranges well-formed and apart.
pub(super) fn network(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    let mut ranges: Vec<(String, Cidr)> = Vec::new();
    for text in space(&put.body) {
        let range = prefix(text, &id)?;
        if let Some((other, _)) = ranges.iter().find(|(_, r)| r.overlaps(range)) {
            return Err(bad(
                "VnetAddressSpaceOverlapsItself",
                format!("The address prefixes {other} and {text} of the virtual network {id} overlap."),
            ));
        }
        ranges.push((text.to_owned(), range));
    }
    if ranges.is_empty() && array(&put.body, "properties.addressSpace.ipamPoolPrefixAllocations").is_empty() {
        return Err(bad(
            "VnetAddressSpaceNotSpecified",
            format!("The virtual network {id} has no address space."),
        ));
    }
    let guid = world.new_guid(put.id.key(), "resourceGuid");
    put.set("properties.resourceGuid", guid);
    if put.get("properties.encryption").is_some() {
        default_to(put, "properties.encryption.enforcement", "AllowUnencrypted");
    }
    Ok(())
}

fn outside(subnet: &str, network: &str, range: &str) -> ArmFailure {
    bad(
        "NetcfgSubnetRangeOutsideVnet",
        format!(
            "Subnet '{subnet}' is not valid because its IP address range is outside the IP address range of virtual network '{network}'. ({range})"
        ),
    )
}

/// A subnet's PUT: its range, and what Azure fills in.
pub(super) fn subnet(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    let name = put.id.name().to_owned();
    let mine =
        prefixes(&put.body).into_iter().map(|text| prefix(text, &id)).collect::<Result<Vec<_>, _>>()?;
    if mine.is_empty() && array(&put.body, "properties.ipamPoolPrefixAllocations").is_empty() {
        return Err(bad("SubnetAddressPrefixNotSpecified", format!("Subnet {name} has no address prefix.")));
    }
    for range in &mine {
        if !range.is_v6() && range.length > 29 {
            return Err(bad(
                "NetcfgSubnetRangeTooSmall",
                format!("Subnet '{name}' is too small: the smallest subnet is a /29."),
            ));
        }
        if let Some((_, longest)) = RESERVED_NAMES.iter().find(|(reserved, _)| same(reserved, &name))
            && range.length > *longest
            && !range.is_v6()
        {
            return Err(bad(
                "NetcfgSubnetRangeTooSmall",
                format!("Subnet '{name}' is too small: it needs at least a /{longest}."),
            ));
        }
    }
    if let Some(old) = put.existing
        && prefixes(&old.body) != prefixes(&put.body)
        && let Some(user) = users(world, old).first()
    {
        return Err(bad(
            "InUsePrefixCannotBeDeleted",
            format!(
                "IpPrefix {} on Subnet {name} has active allocations and cannot be deleted: it is in use by {user}.",
                prefixes(&old.body).join(", ")
            ),
        ));
    }
    if !text(&put.body, "properties.sharingScope").is_empty()
        && at(&put.body, "properties.defaultOutboundAccess") != Some(&Value::Bool(false))
    {
        return Err(bad(
            "SharingScopeRequiresNoDefaultOutboundAccess",
            format!("Subnet {name} can be shared only with defaultOutboundAccess false."),
        ));
    }
    let guarded = !text(&put.body, "properties.networkSecurityGroup.id").is_empty();
    if guarded && let Some((_, code)) = UNGUARDED.iter().find(|(unguarded, _)| same(unguarded, &name)) {
        return Err(bad(
            code,
            format!(
                "The operation failed because the network security group {} can not be associated to the {name}. Please remove the network security group associated to the {name}.",
                text(&put.body, "properties.networkSecurityGroup.id")
            ),
        ));
    }
    // PL-02: the default came with a version.
    let open = put.api_version.starts_with("201") || *put.api_version < *"2022";
    default_to(put, "properties.privateEndpointNetworkPolicies", if open { "Enabled" } else { "Disabled" });
    fill(put);
    Ok(())
}

/// NET-04: the subnets of a network lie in its address space and apart from each other. Judged when all of a request is
/// stored, since one PUT of a network may exchange its subnets.
fn judge_subnets(world: &World, network: &Document) -> Result<(), ArmFailure> {
    let ranges: Vec<Cidr> = space(&network.body).into_iter().filter_map(Cidr::parse).collect();
    let subnets = world.children(&network.id, SUBNETS);
    let mut seen: Vec<(&str, Cidr)> = Vec::new();
    for subnet in subnets {
        for text in prefixes(&subnet.body) {
            let Some(range) = Cidr::parse(text) else { continue };
            if !ranges.is_empty() && !ranges.iter().any(|r| r.contains(range)) {
                return Err(outside(subnet.name(), network.name(), text));
            }
            if let Some((other, _)) = seen.iter().find(|(_, r)| r.overlaps(range)) {
                return Err(bad(
                    "NetcfgSubnetRangesOverlap",
                    format!(
                        "Subnet '{}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '{}': '{other}'.",
                        subnet.name(),
                        network.name()
                    ),
                ));
            }
            seen.push((subnet.name(), range));
        }
    }
    Ok(())
}

/// After a network's PUT.
pub(super) fn network_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    world.get(written.id.key()).map_or(Ok(()), |network| judge_subnets(world, network))
}

/// After a subnet's PUT.
pub(super) fn subnet_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let network = written.id.parent_resource().and_then(|n| world.get(n.key()));
    network.map_or(Ok(()), |network| judge_subnets(world, network))
}

fn fill(put: &mut Put) {
    let id = put.id.as_str().to_owned();
    if let Some(Value::Array(delegations)) = put.body.pointer_mut("/properties/delegations") {
        for delegation in delegations {
            let name = text(delegation, "name").to_owned();
            insert(delegation, "id", format!("{id}/delegations/{name}"));
            insert(delegation, "type", "Microsoft.Network/virtualNetworks/subnets/delegations");
            let service = text(delegation, "properties.serviceName").to_owned();
            if let Some(properties) = delegation.get_mut("properties") {
                insert(properties, "provisioningState", "Succeeded");
                insert(properties, "actions", delegated_actions(&service));
            }
        }
    }
    if let Some(Value::Array(endpoints)) = put.body.pointer_mut("/properties/serviceEndpoints") {
        for endpoint in endpoints {
            insert(endpoint, "provisioningState", "Succeeded");
            insert_default(endpoint, "locations", json!(["*"]));
        }
    }
}

/// What a service may do in a subnet that is delegated to it.
fn delegated_actions(service: &str) -> Value {
    let join = "Microsoft.Network/virtualNetworks/subnets/join/action";
    let prepare = "Microsoft.Network/virtualNetworks/subnets/prepareNetworkPolicies/action";
    let unprepare = "Microsoft.Network/virtualNetworks/subnets/unprepareNetworkPolicies/action";
    match service {
        "Microsoft.Databricks/workspaces" | "Microsoft.Sql/managedInstances" => {
            json!([join, prepare, unprepare])
        }
        "Microsoft.ContainerInstance/containerGroups" | "Microsoft.Web/serverFarms" => {
            json!(["Microsoft.Network/virtualNetworks/subnets/action"])
        }
        _ => json!([join]),
    }
}

/// What sits in a subnet: ids of ip configurations and of other resources that use it. Firewalls of other services that
/// merely name a subnet (vaults, storage accounts) do not hold it.
pub(super) fn users(world: &World, subnet: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for document in world.referrers(&subnet.id) {
        match document.type_name.as_str() {
            "Microsoft.Network/networkInterfaces" => found.extend(configurations(document, &subnet.id)),
            "Microsoft.Network/bastionHosts"
            | "Microsoft.Network/azureFirewalls"
            | "Microsoft.Network/virtualNetworkGateways"
            | "Microsoft.MachineLearningServices/workspaces/computes"
            | "Microsoft.ContainerInstance/containerGroups"
            | "Microsoft.ContainerService/managedClusters" => found.push(document.id.clone()),
            _ => {}
        }
    }
    found
}

fn configurations(interface: &Document, subnet: &str) -> Vec<String> {
    array(&interface.body, "properties.ipConfigurations")
        .iter()
        .filter(|c| same(text(c, "properties.subnet.id"), subnet))
        .map(|c| format!("{}/ipConfigurations/{}", interface.id, text(c, "name")))
        .collect()
}

/// NET-02: a subnet in use stays.
pub(super) fn may_delete_subnet(world: &World, subnet: &Document) -> Result<(), ArmFailure> {
    match users(world, subnet).first() {
        None => Ok(()),
        Some(user) => Err(bad(
            "InUseSubnetCannotBeDeleted",
            format!(
                "Subnet {} is in use by {user} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
                subnet.name()
            ),
        )),
    }
}

/// NET-02: a network with a subnet in use stays.
pub(super) fn may_delete_network(world: &World, network: &Document) -> Result<(), ArmFailure> {
    world.children(&network.id, SUBNETS).into_iter().try_for_each(|subnet| may_delete_subnet(world, subnet))
}

/// Back references of a subnet: what sits in it (IMP-02).
pub(super) fn view_subnet(world: &World, document: &Document, body: &mut Value) {
    let refs = |ids: Vec<String>| ids.into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let of = |type_name: &str| {
        world.referrers(&document.id).filter(|d| d.type_name == type_name).collect::<Vec<_>>()
    };
    let configurations: Vec<String> = of("Microsoft.Network/networkInterfaces")
        .into_iter()
        .flat_map(|nic| configurations(nic, &document.id))
        .collect();
    let endpoints: Vec<String> =
        of("Microsoft.Network/privateEndpoints").into_iter().map(|endpoint| endpoint.id.clone()).collect();
    let Some(properties) = body.get_mut("properties") else { return };
    if !configurations.is_empty() {
        insert(properties, "ipConfigurations", refs(configurations));
    }
    if !endpoints.is_empty() {
        insert(properties, "privateEndpoints", refs(endpoints));
    }
}

/// A peering's PUT.
pub(super) fn peering(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let remote = text(&put.body, "properties.remoteVirtualNetwork.id").to_owned();
    if let Some(parent) = put.id.parent_resource()
        && same(parent.as_str(), &remote)
    {
        return Err(bad(
            "VnetCannotPeerWithItself",
            format!("Virtual network {remote} cannot be peered with itself."),
        ));
    }
    if let Some(space) = world.get(&remote).and_then(|r| r.at("properties.addressSpace")).cloned() {
        put.set("properties.remoteAddressSpace", space.clone());
        put.set("properties.remoteVirtualNetworkAddressSpace", space);
    }
    let guid = world.new_guid(put.id.key(), "resourceGuid");
    put.set("properties.resourceGuid", guid);
    Ok(())
}

/// A peering is connected when the other side has one too.
pub(super) fn view_peering(world: &World, document: &Document, body: &mut Value) {
    let id = document.resource_id();
    let Some(parent) = id.parent_resource() else { return };
    let back = world
        .children(document.text("properties.remoteVirtualNetwork.id"), &document.type_name)
        .into_iter()
        .any(|other| same(other.text("properties.remoteVirtualNetwork.id"), parent.as_str()));
    if let Some(properties) = body.get_mut("properties") {
        insert(properties, "peeringState", if back { "Connected" } else { "Initiated" });
        insert(properties, "peeringSyncLevel", "FullyInSync");
    }
}
