//! What stands at the edge of a network: firewalls and gateways in the subnets that are named for them, services behind
//! private links, and the watcher that comes with the first network of a region.

use serde_json::{Value, json};

use super::super::common::{array, bad, same};
use super::with_guid;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{Put, Written, text};
use crate::localcloud::world::World;

const WATCHERS: &str = "Microsoft.Network/networkWatchers";
const GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// The subnets of a list of configurations must have this name (PL-03).
fn in_subnet(put: &Put, list: &[Value], name: &str, code: &str) -> Result<(), ArmFailure> {
    for configuration in list {
        let subnet = text(configuration, "properties.subnet.id");
        if !subnet.is_empty() && !same(subnet.rsplit('/').next().unwrap_or_default(), name) {
            return Err(bad(code, format!("The subnet of {} must be named {name}, not {subnet}.", put.id)));
        }
    }
    Ok(())
}

/// Where the default route of a subnet goes: the type of the next hop.
fn default_route(world: &World, subnet: &str) -> Option<String> {
    let table = world.get(world.get(subnet)?.text("properties.routeTable.id"))?;
    let routes = world.children(&table.id, "Microsoft.Network/routeTables/routes");
    let route = routes.into_iter().find(|r| r.text("properties.addressPrefix") == "0.0.0.0/0")?;
    Some(route.text("properties.nextHopType").to_owned())
}

/// A firewall's PUT: its subnets, and that of its management where the tier has one (PL-03, IMP-09).
pub(super) fn firewall(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let configurations = array(&put.body, "properties.ipConfigurations").to_vec();
    in_subnet(put, &configurations, "AzureFirewallSubnet", "AzureFirewallSubnetNameInvalid")?;
    let management = put.get("properties.managementIpConfiguration").cloned();
    let list = management.as_slice();
    in_subnet(put, list, "AzureFirewallManagementSubnet", "AzureFirewallManagementSubnetNameInvalid")?;
    let basic = text(&put.body, "properties.sku.tier") == "Basic";
    if basic && management.is_none() && text(&put.body, "properties.sku.name") != "AZFW_Hub" {
        return Err(bad(
            "AzureFirewallManagementIpConfigurationRequired",
            format!(
                "Firewall {} of tier Basic needs a management IP configuration in a subnet named AzureFirewallManagementSubnet.",
                put.id
            ),
        ));
    }
    let subnet = configurations.first().map(|c| text(c, "properties.subnet.id")).unwrap_or_default();
    let away = default_route(world, subnet).filter(|hop| !same(hop, "Internet"));
    match away {
        Some(hop) if management.is_none() => Err(bad(
            "AzureFirewallSubnetDefaultRouteInvalid",
            format!(
                "The default route of subnet {subnet} goes to {hop}: a firewall without a management IP configuration needs it to go to Internet."
            ),
        )),
        _ => Ok(()),
    }
}

/// A gateway's PUT: its subnet, without a default route (PL-03).
pub(super) fn gateway(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let configurations = array(&put.body, "properties.ipConfigurations").to_vec();
    in_subnet(put, &configurations, "GatewaySubnet", "VirtualNetworkGatewaySubnetNameInvalid")?;
    for configuration in &configurations {
        let subnet = text(configuration, "properties.subnet.id");
        if default_route(world, subnet).is_some() {
            return Err(bad(
                "GatewaySubnetDefaultRouteNotSupported",
                format!("The routes of subnet {subnet} must not have the prefix 0.0.0.0/0."),
            ));
        }
    }
    with_guid(world, put)
}

/// A link service's PUT: its subnet has the policies of services switched off (PL-02).
pub(super) fn link_service(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    for configuration in array(&put.body, "properties.ipConfigurations") {
        let subnet = text(configuration, "properties.subnet.id");
        let on = world
            .get(subnet)
            .is_some_and(|s| s.text("properties.privateLinkServiceNetworkPolicies") != "Disabled");
        if on {
            return Err(bad(
                "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
                format!(
                    "Private link service {} cannot be created in a subnet {subnet} since it has private link service network policies enabled.",
                    put.id
                ),
            ));
        }
    }
    Ok(())
}

/// IMP-09: a network that is made or changed brings the watcher of its region, if there is none, in a group of its own.
pub(super) fn network_completed(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let region = written.location.clone();
    if world.of_type(WATCHERS).any(|w| same(w.location(), &region)) {
        return Ok(());
    }
    let subscription = written.id.subscription().unwrap_or_default();
    let group = format!("/subscriptions/{subscription}/resourceGroups/NetworkWatcherRG");
    let Some(group) = ResourceId::parse(&group) else { return Ok(()) };
    if world.get(group.key()).is_none() {
        let body = json!({ "location": region, "properties": { "provisioningState": "Succeeded" } });
        world.put_implied(&group, GROUPS, body, None);
    }
    let watcher = group.extension(WATCHERS, &format!("NetworkWatcher_{region}"));
    let body = json!({
        "location": region,
        "properties": { "provisioningState": "Succeeded", "runningOperationIds": [] },
    });
    world.put_implied(&watcher, WATCHERS, body, None);
    Ok(())
}
