//! The network of a Kubernetes cluster.

use super::table::{Check, Lit, Row, Rule, block, flag, number, text, text_set, texts};
use crate::catalog::lens::Replace;
use crate::lang::Value;

/// Only Azure's own data plane becomes another one.
fn data_plane(before: &Value, after: &Value) -> Replace {
    match (before.as_str(), after.as_str()) {
        (None | Some(""), _) | (Some("azure"), Some("cilium")) => Replace::No,
        _ => Replace::Yes,
    }
}

/// Networks with kubenet become overlays of Azure's.
fn plugin(before: &Value, after: &Value) -> Replace {
    match (before.as_str(), after.as_str()) {
        (Some("kubenet"), Some("azure")) => Replace::No,
        _ => Replace::Yes,
    }
}

fn plugin_mode(_before: &Value, after: &Value) -> Replace {
    if after.as_str() == Some("overlay") { Replace::No } else { Replace::Yes }
}

/// A policy can be added, and becomes Cilium's.
fn policy(before: &Value, after: &Value) -> Replace {
    match (before.as_str(), after.as_str()) {
        (None | Some(""), _) | (Some("azure" | "calico"), Some("cilium")) => Replace::No,
        _ => Replace::Yes,
    }
}

/// What can be said once.
fn once(before: &Value, _after: &Value) -> Replace {
    let none = before.is_null()
        || before.as_str() == Some("")
        || before.as_sequence().is_some_and(<[Value]>::is_empty);
    if none { Replace::No } else { Replace::Yes }
}

fn load_balancer() -> Row {
    block(
        "load_balancer_profile",
        vec![
            text("backend_pool_type")
                .default("NodeIPConfiguration")
                .at("backendPoolType")
                .one_of(&["NodeIPConfiguration", "NodeIP"]),
            number("idle_timeout_in_minutes").default(30).at("idleTimeoutInMinutes").range(4, 100),
            number("managed_outbound_ip_count").both().at("managedOutboundIPs.count").range(1, 100),
            number("managed_outbound_ipv6_count").both().at("managedOutboundIPs.countIPv6").range(1, 100),
            text_set("outbound_ip_address_ids").at("outboundIPs.publicIPs").items("id").arm_id(""),
            text_set("outbound_ip_prefix_ids")
                .at("outboundIPPrefixes.publicIPPrefixes")
                .items("id")
                .arm_id(""),
            number("outbound_ports_allocated").default(0).at("allocatedOutboundPorts").range(0, 64_000),
            text_set("effective_outbound_ips").computed().at("effectiveOutboundIPs").items("id"),
        ],
    )
    .both()
    .new_whole()
    .at("loadBalancerProfile")
    .rule(Rule::Conflict("managed_outbound_ip_count", "outbound_ip_prefix_ids"))
    .rule(Rule::Conflict("managed_outbound_ip_count", "outbound_ip_address_ids"))
    .rule(Rule::Conflict("managed_outbound_ipv6_count", "outbound_ip_prefix_ids"))
    .rule(Rule::Conflict("managed_outbound_ipv6_count", "outbound_ip_address_ids"))
    .rule(Rule::Conflict("outbound_ip_address_ids", "outbound_ip_prefix_ids"))
}

fn gateway() -> Row {
    block(
        "nat_gateway_profile",
        vec![
            number("idle_timeout_in_minutes").default(4).at("idleTimeoutInMinutes").range(4, 120),
            number("managed_outbound_ip_count").both().at("managedOutboundIPProfile.count").range(1, 100),
            text_set("effective_outbound_ips").computed().at("effectiveOutboundIPs").items("id"),
        ],
    )
    .both()
    .new_whole()
    .at("natGatewayProfile")
}

/// The block `network_profile`. Its presence is chosen once; some of it can be changed in place.
pub(super) fn network_profile() -> Row {
    let new = |name: &'static str, path: &'static str| text(name).both().new().at(path);
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    block(
        "network_profile",
        vec![
            text("network_plugin")
                .required()
                .at("networkPlugin")
                .one_of(&["azure", "kubenet", "none"])
                .replaces(plugin),
            text("network_plugin_mode").at("networkPluginMode").one_of(&["overlay"]).replaces(plugin_mode),
            new("network_mode", "networkMode").one_of(&["bridge", "transparent"]),
            text("network_policy")
                .both()
                .at("networkPolicy")
                .one_of(&["azure", "calico", "cilium"])
                .replaces(policy),
            text("network_data_plane")
                .default("azure")
                .at("networkDataplane")
                .one_of(&["azure", "cilium"])
                .replaces(data_plane),
            new("dns_service_ip", "dnsServiceIP"),
            new("service_cidr", "serviceCidr"),
            // ARM no longer has it.
            text("docker_bridge_cidr").both().until(3).own(),
            texts("service_cidrs").both().new().at("serviceCidrs"),
            text("pod_cidr").both().at("podCidr").replaces(once),
            texts("pod_cidrs").both().at("podCidrs").replaces(once),
            texts("ip_versions")
                .both()
                .new()
                .at("ipFamilies")
                .one_of(&["IPv4", "IPv6"])
                .check(Check::Items(0, 2)),
            text("load_balancer_sku")
                .default("standard")
                .new()
                .at("loadBalancerSku")
                .one_of(&["basic", "standard"]),
            text("outbound_type").default("loadBalancer").at("outboundType").one_of(&[
                "loadBalancer",
                "userDefinedRouting",
                "managedNATGateway",
                "userAssignedNATGateway",
                "none",
            ]),
            load_balancer(),
            gateway(),
            block(
                "advanced_networking",
                vec![
                    off("observability_enabled", "observability.enabled"),
                    off("security_enabled", "security.enabled"),
                ],
            )
            .at("advancedNetworking")
            .with("advancedNetworking.enabled", true)
            .neutral(Lit::Json(
                r#"{"enabled":false,"observability":{"enabled":false},"security":{"enabled":false}}"#,
            )),
        ],
    )
    .both()
    .new_whole()
    .at("properties.networkProfile")
}
