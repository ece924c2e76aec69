//! Rights that applying a plan needs and the credential lacks, by what ARM says that it may do (`GET …/permissions`).
//!
//! Asked is only where something changes: the resource group, or the subscription where the group is yet to be made; and the
//! resource itself where that says no, since a role may have been assigned right there. Whoever plans need not be who
//! applies, so it is a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::{How, Looked, View};
use crate::arm::id::{ArmId, RESOURCE_GROUP};
use crate::arm::rights::{Permissions, grant, roles_for};
use crate::catalog::{Claim, Target, Withdraw, Write};
use crate::lang::Value;
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::{ArmWork, ClaimPlan, Planned, Work};
use crate::plan::live::ProviderKey;
use crate::plan::model::{ChangeAction, Finding, FindingLevel};

const API_VERSION: &str = "2022-04-01";

/// The most resources that are asked one by one; beyond that the answer of the group counts.
const SINGLE: usize = 10;

/// The most actions that a finding lists.
const LISTED: usize = 12;

/// What a property names, and the action that the named resource asks for when it is written (`AUTH-04`): type, path,
/// action. `@`: the names of an object. An action that begins with `/` is one of the named resource's type.
#[rustfmt::skip]
const JOINS: &[(&str, &str, &str)] = &[
    ("*", "identity.userAssignedIdentities.@", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"),
    ("Microsoft.Network/virtualNetworks/subnets", "properties.networkSecurityGroup.id", "Microsoft.Network/networkSecurityGroups/join/action"),
    ("Microsoft.Network/virtualNetworks/subnets", "properties.routeTable.id", "Microsoft.Network/routeTables/join/action"),
    ("Microsoft.Network/virtualNetworks/subnets", "properties.natGateway.id", "Microsoft.Network/natGateways/join/action"),
    ("Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "properties.remoteVirtualNetwork.id", "Microsoft.Network/virtualNetworks/peer/action"),
    ("Microsoft.Network/privateEndpoints", "properties.subnet.id", "Microsoft.Network/virtualNetworks/subnets/join/action"),
    ("Microsoft.Network/privateEndpoints", "properties.privateLinkServiceConnections.properties.privateLinkServiceId", "/PrivateEndpointConnectionsApproval/action"),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "properties.privateDnsZoneConfigs.properties.privateDnsZoneId", "Microsoft.Network/privateDnsZones/join/action"),
    ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "properties.virtualNetwork.id", "Microsoft.Network/virtualNetworks/join/action"),
    ("Microsoft.Network/networkInterfaces", "properties.ipConfigurations.properties.subnet.id", "Microsoft.Network/virtualNetworks/subnets/join/action"),
    ("Microsoft.Network/bastionHosts", "properties.ipConfigurations.properties.subnet.id", "Microsoft.Network/virtualNetworks/subnets/join/action"),
    ("Microsoft.Insights/diagnosticSettings", "properties.workspaceId", "Microsoft.OperationalInsights/workspaces/sharedKeys/action"),
    ("Microsoft.MachineLearningServices/workspaces/computes", "properties.properties.subnet.id", "Microsoft.Network/virtualNetworks/subnets/join/action"),
];

/// A right that a change needs.
struct Wanted<'p> {
    action: String,
    on: ArmId,
    addr: &'p InstanceAddr,
    provider: &'p ProviderKey,
}

/// The rights that are lacking, a finding for each scope. What could not be asked is left out.
pub fn judge(instances: &BTreeMap<InstanceAddr, Rc<Planned>>, view: &View<'_, '_>) -> Vec<Finding> {
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    let mut made: BTreeSet<ArmId> = BTreeSet::new();
    for (addr, planned) in instances {
        let Work::Arm(work) = &planned.work else { continue };
        let mut add = |(action, on)| wanted.push(Wanted { action, on, addr, provider: &work.provider });
        match planned.change.action {
            ChangeAction::Create => written(work, true).for_each(&mut add),
            ChangeAction::Update => written(work, false).for_each(&mut add),
            ChangeAction::Delete => withdrawn(work).for_each(&mut add),
            ChangeAction::Replace { .. } => withdrawn(work).chain(written(work, true)).for_each(&mut add),
            ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget => continue,
        }
        let fresh = work.claims.iter().filter(|plan| plan.live.is_none());
        made.extend(fresh.filter_map(|plan| known(&plan.claim)));
    }
    let scope = |id: &ArmId| match id.resource_group_id() {
        Some(group) if !made.contains(&group) => Some(group),
        _ => id.subscription_id(),
    };
    wanted.retain(|one| scope(&one.on).is_some_and(|at| lacks(view, one, &at)));
    // A role may have been assigned on the resource itself.
    let own = |one: &Wanted<'_>| {
        let mut line = std::iter::once(one.on.clone()).chain(one.on.ancestors());
        line.find(|id| !made.contains(id)).filter(|id| Some(id) != scope(&one.on).as_ref())
    };
    let deep: BTreeSet<ArmId> =
        wanted.iter().filter_map(own).filter(|id| id.resource_group().is_some()).collect();
    if deep.len() <= SINGLE {
        wanted.retain(|one| own(one).filter(|id| deep.contains(id)).is_none_or(|at| lacks(view, one, &at)));
    }
    let mut by_scope: BTreeMap<ArmId, Vec<Wanted<'_>>> = BTreeMap::new();
    for one in wanted {
        if let Some(at) = scope(&one.on) {
            by_scope.entry(at).or_default().push(one);
        }
    }
    by_scope.into_iter().map(|(at, lacking)| finding(view, &at, &lacking)).collect()
}

/// Whether ARM says that an action is not allowed at a scope. Nothing is known of a scope that does not tell.
fn lacks(view: &View<'_, '_>, one: &Wanted<'_>, at: &ArmId) -> bool {
    let path = format!("{at}/providers/Microsoft.Authorization/permissions");
    let Looked::Found(answer) = view.look(one.provider, &path, API_VERSION, How::List) else { return false };
    let Some(answer) = answer.to_json_with(&|| None) else { return false };
    let permissions = Permissions::of(answer["value"].as_array().into_iter().flatten());
    // Whoever read so far may do something: an empty answer is none.
    !permissions.is_empty() && !permissions.allow(&one.action)
}

/// What the writes of an instance ask for.
fn written(work: &ArmWork, all: bool) -> impl Iterator<Item = (String, ArmId)> {
    let claims =
        work.claims.iter().filter(move |plan| all || plan.live.is_none() || !plan.differences.is_empty());
    let claims = claims.filter(|plan| plan.live.is_none() || !matches!(plan.claim.write, Write::CreateOnly));
    claims.flat_map(|plan| asked(&plan.claim))
}

fn asked(claim: &Claim) -> Vec<(String, ArmId)> {
    let Some(id) = known(claim) else { return Vec::new() };
    let own = match &claim.write {
        Write::Post(verb) => format!("{}/{verb}/action", type_of(&id)),
        Write::Entry(_) => format!("{}/accessPolicies/write", type_of(&id)),
        Write::Put | Write::Merge | Write::Patch | Write::CreateOnly => format!("{}/write", type_of(&id)),
    };
    let mut all = Vec::new();
    for (_, path, action) in JOINS.iter().filter(|row| row.0 == "*" || id.is_type(row.0)) {
        let mut texts = Vec::new();
        named(&claim.body, path, &mut texts);
        for other in texts.iter().filter_map(|text| ArmId::parse(text).ok()) {
            let action = match action.strip_prefix('/') {
                Some(verb) => format!("{}/{verb}", type_of(&other)),
                None => (*action).to_owned(),
            };
            all.push((action, other));
        }
    }
    all.push((own, id));
    all
}

/// What the removals of an instance ask for.
fn withdrawn(work: &ArmWork) -> impl Iterator<Item = (String, ArmId)> {
    work.prior.iter().filter_map(|plan: &ClaimPlan| {
        let id = known(&plan.claim)?;
        let what = match &plan.claim.withdraw {
            Withdraw::Delete { .. } => "delete",
            Withdraw::Neutral(_) | Withdraw::Without(..) => "write",
            Withdraw::Act(_) | Withdraw::Leave => return None,
        };
        Some((format!("{}/{what}", type_of(&id)), id))
    })
}

fn known(claim: &Claim) -> Option<ArmId> {
    match &claim.target {
        Target::Id(id) if id.resource_type().contains('/') => Some(id.clone()),
        _ => None,
    }
}

/// The type as actions name it.
fn type_of(id: &ArmId) -> &str {
    match id.is_type(RESOURCE_GROUP) {
        true => "Microsoft.Resources/subscriptions/resourceGroups",
        false => id.resource_type(),
    }
}

/// The texts at a path; arrays are gone through.
fn named(value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(items) = value.as_sequence() {
        return items.iter().for_each(|item| named(item, path, found));
    }
    if path.is_empty() {
        return found.extend(value.as_str().map(str::to_owned));
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match first {
        "@" => found.extend(value.as_entries().into_iter().flat_map(|all| all.keys().map(|k| k.to_string()))),
        name => {
            if let Some(inner) = value.get(name) {
                named(inner, rest, found);
            }
        }
    }
}

fn finding(view: &View<'_, '_>, at: &ArmId, lacking: &[Wanted<'_>]) -> Finding {
    let mut actions: BTreeMap<String, Vec<&InstanceAddr>> = BTreeMap::new();
    for one in lacking {
        let for_whom = actions.entry(one.action.clone()).or_default();
        if !for_whom.contains(&one.addr) {
            for_whom.push(one.addr);
        }
    }
    let provider = lacking.first().and_then(|one| view.walk.cache.provider(one.provider));
    let who: Option<Arc<str>> = provider.and_then(|p| p.object_id.clone());
    let mut lines: Vec<String> = actions
        .iter()
        .take(LISTED)
        .map(|(action, of)| match of.as_slice() {
            [one] => format!("  - {action} ({one})"),
            [first, rest @ ..] => format!("  - {action} ({first} and {} more)", rest.len()),
            [] => format!("  - {action}"),
        })
        .collect();
    if actions.len() > LISTED {
        lines.push(format!("  - and {} more", actions.len() - LISTED));
    }
    let names: Vec<String> = actions.into_keys().collect();
    let commands: Vec<String> = roles_for(&names)
        .into_iter()
        .map(|role| format!("  {}", grant(role, at.as_str(), who.as_deref())))
        .collect();
    Finding {
        code: "missing-permission",
        level: FindingLevel::Warns,
        addr: None,
        id: Some(at.to_string()),
        summary: format!("the credential of this plan lacks rights to apply it on {}", at.name()),
        detail: format!(
            "By what {at}/providers/Microsoft.Authorization/permissions answers, it may not:\n{}\nTo apply with it, have somebody who may assign roles run:\n{}",
            lines.join("\n"),
            commands.join("\n")
        ),
    }
}
