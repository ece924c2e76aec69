//! What a write links to, and the action that the linked resource asks for (AUTH-04): a resource can only be joined, used or
//! assigned by who may do that there.

use super::action;
use crate::localcloud::id::ResourceId;
use serde_json::Value;

/// A property that names another resource.
struct Link {
    /// Types whose write it stands in; `*` is any type.
    types: &'static [&'static str],
    /// Where the id stands: `[]` stands for every element of an array, `@` for the names of an object.
    path: &'static str,
    /// The action that is asked for there; [`APPROVAL`] is one of the linked resource's type.
    action: &'static str,
}

/// The action of the linked resource's own type that lets a private endpoint in at once.
const APPROVAL: &str = "PrivateEndpointConnectionsApproval/action";

const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";
const SERVICE_ENDPOINT: &str = "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action";
const NETWORK: &str = "Microsoft.Network/virtualNetworks/join/action";
const SECURITY_GROUP: &str = "Microsoft.Network/networkSecurityGroups/join/action";
const ROUTES: &str = "Microsoft.Network/routeTables/join/action";
const NAT: &str = "Microsoft.Network/natGateways/join/action";
const ADDRESS: &str = "Microsoft.Network/publicIPAddresses/join/action";
const SHARED_KEYS: &str = "Microsoft.OperationalInsights/workspaces/sharedKeys/action";

const VNETS: &[&str] = &["Microsoft.Network/virtualNetworks"];
const SUBNETS: &[&str] = &["Microsoft.Network/virtualNetworks/subnets"];
const ENDPOINTS: &[&str] = &["Microsoft.Network/privateEndpoints"];
const NICS: &[&str] = &["Microsoft.Network/networkInterfaces"];
const FRONTS: &[&str] = &[
    "Microsoft.Network/bastionHosts",
    "Microsoft.Network/azureFirewalls",
    "Microsoft.Network/virtualNetworkGateways",
];
const DIAGNOSTICS: &[&str] = &["Microsoft.Insights/diagnosticSettings"];

const fn link(types: &'static [&'static str], path: &'static str, action: &'static str) -> Link {
    Link { types, path, action }
}

#[rustfmt::skip]
const LINKS: &[Link] = &[
    link(&["*"], "identity.userAssignedIdentities.@", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"),
    link(VNETS, "properties.subnets[].properties.networkSecurityGroup.id", SECURITY_GROUP),
    link(VNETS, "properties.subnets[].properties.routeTable.id", ROUTES),
    link(VNETS, "properties.subnets[].properties.natGateway.id", NAT),
    link(VNETS, "properties.ddosProtectionPlan.id", "Microsoft.Network/ddosProtectionPlans/join/action"),
    link(SUBNETS, "properties.networkSecurityGroup.id", SECURITY_GROUP),
    link(SUBNETS, "properties.routeTable.id", ROUTES),
    link(SUBNETS, "properties.natGateway.id", NAT),
    link(SUBNETS, "properties.serviceEndpointPolicies[].id", "Microsoft.Network/serviceEndpointPolicies/join/action"),
    link(&["Microsoft.Network/virtualNetworks/virtualNetworkPeerings"], "properties.remoteVirtualNetwork.id", "Microsoft.Network/virtualNetworks/peer/action"),
    link(ENDPOINTS, "properties.subnet.id", SUBNET),
    link(ENDPOINTS, "properties.privateLinkServiceConnections[].properties.privateLinkServiceId", APPROVAL),
    link(&["Microsoft.Network/privateEndpoints/privateDnsZoneGroups"], "properties.privateDnsZoneConfigs[].properties.privateDnsZoneId", "Microsoft.Network/privateDnsZones/join/action"),
    link(&["Microsoft.Network/privateDnsZones/virtualNetworkLinks"], "properties.virtualNetwork.id", NETWORK),
    link(&["Microsoft.Network/dnsResolvers"], "properties.virtualNetwork.id", NETWORK),
    link(&["Microsoft.Network/dnsResolvers/inboundEndpoints"], "properties.ipConfigurations[].subnet.id", SUBNET),
    link(&["Microsoft.Network/dnsResolvers/outboundEndpoints"], "properties.subnet.id", SUBNET),
    link(NICS, "properties.ipConfigurations[].properties.subnet.id", SUBNET),
    link(NICS, "properties.ipConfigurations[].properties.publicIPAddress.id", ADDRESS),
    link(NICS, "properties.networkSecurityGroup.id", SECURITY_GROUP),
    link(FRONTS, "properties.ipConfigurations[].properties.subnet.id", SUBNET),
    link(FRONTS, "properties.ipConfigurations[].properties.publicIPAddress.id", ADDRESS),
    link(&["Microsoft.Network/azureFirewalls"], "properties.firewallPolicy.id", "Microsoft.Network/firewallPolicies/join/action"),
    link(&["Microsoft.Network/natGateways"], "properties.publicIpAddresses[].id", ADDRESS),
    link(&["Microsoft.Network/loadBalancers"], "properties.frontendIPConfigurations[].properties.subnet.id", SUBNET),
    link(&["Microsoft.Network/loadBalancers"], "properties.frontendIPConfigurations[].properties.publicIPAddress.id", ADDRESS),
    link(&["Microsoft.Compute/virtualMachines"], "properties.networkProfile.networkInterfaces[].id", "Microsoft.Network/networkInterfaces/join/action"),
    link(&["Microsoft.ContainerService/managedClusters"], "properties.agentPoolProfiles[].vnetSubnetID", SUBNET),
    link(&["Microsoft.MachineLearningServices/workspaces/computes"], "properties.properties.subnet.id", SUBNET),
    link(&["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", "Microsoft.CognitiveServices/accounts"], "properties.networkAcls.virtualNetworkRules[].id", SERVICE_ENDPOINT),
    link(&["Microsoft.DocumentDB/databaseAccounts"], "properties.virtualNetworkRules[].id", SERVICE_ENDPOINT),
    link(DIAGNOSTICS, "properties.workspaceId", SHARED_KEYS),
    link(DIAGNOSTICS, "properties.storageAccountId", "Microsoft.Storage/storageAccounts/listKeys/action"),
    link(DIAGNOSTICS, "properties.eventHubAuthorizationRuleId", "Microsoft.EventHub/namespaces/authorizationRules/listkeys/action"),
];

/// The further actions that a write of this type asks for, each with the id that it is asked for on. What is no id is the
/// provider's to refuse.
pub fn linked(type_name: &str, body: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for link in LINKS {
        if !link.types.iter().any(|known| *known == "*" || known.eq_ignore_ascii_case(type_name)) {
            continue;
        }
        for text in texts(body, link.path) {
            let Some(id) = ResourceId::parse(text) else { continue };
            let action = match link.action {
                APPROVAL => format!("{}/{APPROVAL}", action::type_of(&id)),
                action => action.to_owned(),
            };
            let pair = (action, id.as_str().to_owned());
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
    }
    found
}

/// The texts that a path leads to.
fn texts<'a>(body: &'a Value, path: &str) -> Vec<&'a str> {
    let mut here = vec![body];
    for segment in path.split('.') {
        if segment == "@" {
            let names = here.into_iter().filter_map(Value::as_object);
            return names.flat_map(|object| object.keys().map(String::as_str)).collect();
        }
        let (name, each) = segment.strip_suffix("[]").map_or((segment, false), |name| (name, true));
        here = here
            .into_iter()
            .filter_map(|value| value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
            .flat_map(|(_, value)| match value {
                Value::Array(items) if each => items.iter().collect(),
                value => vec![value],
            })
            .collect();
    }
    here.into_iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn auth_04_what_is_joined_asks_for_an_action_of_its_own() {
        let at = |tail: &str| format!("/subscriptions/s/resourceGroups/g/providers/{tail}");
        let (subnet, vault) =
            (at("Microsoft.Network/virtualNetworks/v/subnets/s"), at("microsoft.keyvault/vaults/kv"));
        let body = json!({"properties": {
            "subnet": {"id": subnet},
            "privateLinkServiceConnections": [{"properties": {"privateLinkServiceId": vault}}],
            "manualPrivateLinkServiceConnections": [{"properties": {"privateLinkServiceId": at("A.B/c/d")}}],
        }});
        assert_eq!(
            linked("microsoft.network/privateendpoints", &body),
            [
                ("Microsoft.Network/virtualNetworks/subnets/join/action".to_owned(), subnet),
                ("Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action".to_owned(), vault),
            ]
        );
        let user = at("Microsoft.ManagedIdentity/userAssignedIdentities/u");
        let mut identities = serde_json::Map::new();
        identities.insert(user.clone(), json!({}));
        let body = json!({"identity": {"userAssignedIdentities": identities}});
        let assign = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action".to_owned();
        assert_eq!(linked("Microsoft.Any/thing", &body), [(assign, user)]);
    }
}
