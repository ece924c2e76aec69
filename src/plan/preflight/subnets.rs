//! Subnets in which there is no room for what is to be put there (NET-04), or that are too small for what they are named
//! after (PL-03).

use std::collections::BTreeMap;

use super::{Step, View, at};
use crate::arm::id::ArmId;
use crate::catalog::{Fetched, Reader};
use crate::lang::Value;
use crate::plan::model::{Finding, FindingLevel};

const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";
const API_VERSION: &str = "2025-01-01";
/// The addresses of a subnet that Azure keeps: the first four and the last.
const KEPT: u64 = 5;

/// Subnets of these names have at least so long a prefix.
const RESERVED: [(&str, u32); 5] = [
    ("AzureBastionSubnet", 26),
    ("AzureFirewallManagementSubnet", 26),
    ("AzureFirewallSubnet", 26),
    ("GatewaySubnet", 29),
    ("RouteServerSubnet", 26),
];

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = view.made().filter_map(too_small_for_its_name).collect();
    let mut arriving: BTreeMap<String, (ArmId, Vec<&Step<'_>>)> = BTreeMap::new();
    for step in view.made() {
        for id in places(step) {
            arriving.entry(id.key().to_owned()).or_insert_with(|| (id, Vec::new())).1.push(step);
        }
    }
    for (id, steps) in arriving.into_values() {
        let Fetched::Ready(Some(subnet)) = view.walk.reader(steps[0].provider).document(&id, API_VERSION)
        else {
            continue;
        };
        let Some(room) = room(&subnet) else { continue };
        let leaving =
            view.going.iter().filter(|gone| steps.iter().any(|step| step.id == *gone)).count() as u64;
        let wanted = steps.len() as u64;
        if room + leaving < wanted {
            findings.push(steps[0].finding(
                "subnet-too-small",
                FindingLevel::Blocks,
                format!("{} has no room for what is to be put in it", id.name()),
                format!(
                    "{id} has {room} free addresses (Azure keeps {KEPT} of each subnet), and at least {wanted} are needed:\n{}\nMake its range larger, or use another subnet.",
                    steps.iter().map(|step| format!("  - {}", step.addr)).collect::<Vec<_>>().join("\n")
                ),
            ));
        }
    }
    findings
}

/// The subnets in which something takes an address, once for each.
fn places(step: &Step<'_>) -> Vec<ArmId> {
    let body = &step.plan.claim.body;
    let subnet = |value: &Value| {
        ArmId::parse(at(value, &["subnet", "id"])?.as_str()?).ok().filter(|id| id.is_type(SUBNETS))
    };
    if step.id.is_type("Microsoft.Network/privateEndpoints") {
        return at(body, &["properties"]).and_then(subnet).into_iter().collect();
    }
    if step.id.is_type("Microsoft.Network/networkInterfaces") {
        let configurations = at(body, &["properties", "ipConfigurations"]).and_then(Value::as_sequence);
        return configurations
            .unwrap_or_default()
            .iter()
            .filter_map(|one| subnet(at(one, &["properties"])?))
            .collect();
    }
    Vec::new()
}

/// How many addresses are free; none: not known.
fn room(subnet: &Value) -> Option<u64> {
    let properties = at(subnet, &["properties"])?;
    let sizes = prefixes(properties)?.into_iter().map(|bits| 1_u64 << (32 - bits));
    let size: u64 = sizes.map(|size| size.saturating_sub(KEPT)).sum();
    let taken = at(properties, &["ipConfigurations"]).and_then(Value::as_sequence).map_or(0, <[Value]>::len);
    Some(size.saturating_sub(taken as u64))
}

/// The lengths of the IPv4 prefixes.
fn prefixes(properties: &Value) -> Option<Vec<u32>> {
    let one = at(properties, &["addressPrefix"]).and_then(Value::as_str);
    let several = at(properties, &["addressPrefixes"]).and_then(Value::as_sequence).unwrap_or_default();
    let all: Vec<&str> =
        several.iter().filter_map(Value::as_str).chain(one.filter(|_| several.is_empty())).collect();
    let bits =
        |text: &&str| text.split_once('/').filter(|(address, _)| address.contains('.'))?.1.parse().ok();
    let bits: Vec<u32> = all.iter().filter_map(bits).filter(|bits| *bits <= 32).collect();
    (!bits.is_empty()).then_some(bits)
}

fn too_small_for_its_name(step: &Step<'_>) -> Option<Finding> {
    let (name, most) = RESERVED.iter().find(|(name, _)| step.id.name().eq_ignore_ascii_case(name))?;
    let bits = *prefixes(at(&step.plan.claim.body, &["properties"])?)?.iter().min()?;
    (step.id.is_type(SUBNETS) && bits > *most).then(|| {
        step.finding(
            "subnet-too-small",
            FindingLevel::Blocks,
            format!("{} is too small for a subnet named {name}", step.addr),
            format!("Azure takes a {name} of at least /{most}; this one is /{bits}."),
        )
    })
}
