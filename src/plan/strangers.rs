//! Resource groups that go with everything in them: what in them is not ours keeps them from going.
//!
//! azurerm looks into a group before it deletes it (`features.resource_group.prevent_deletion_if_contains_resources`).
//! Here the plan looks, so that nothing is deleted before it is known.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::addr::InstanceAddr;
use super::instance::{ArmWork, Planned, Work};
use super::live::ProviderKey;
use super::model::{ChangeAction, Finding, FindingLevel};
use super::walk::Walk;
use crate::arm::id::{ArmId, RESOURCE_GROUP};
use crate::catalog::{Fetched, ProviderKind, Reader, Target, type_facts};
use crate::lang::Value;

/// At which version the resources of a group are listed.
const RESOURCES: &str = "2021-04-01";

/// The most resources that a finding names.
const NAMED: usize = 20;

/// What keeps groups of this plan from going.
pub fn judge(instances: &BTreeMap<InstanceAddr, Rc<Planned>>, walk: &Walk<'_>) -> Vec<Finding> {
    let going: Vec<(&InstanceAddr, &ArmWork)> = instances.iter().filter_map(going).collect();
    let groups: Vec<(&InstanceAddr, &ProviderKey, ArmId)> = going
        .iter()
        .flat_map(|(addr, work)| owned(work).map(|id| (*addr, &work.provider, id)))
        .filter(|(_, key, id)| id.is_type(RESOURCE_GROUP) && prevents(walk, key))
        .collect();
    if groups.is_empty() {
        return Vec::new();
    }
    let leaving: HashSet<ArmId> =
        going.iter().flat_map(|(_, work)| owned(work).chain(brought(work))).collect();
    let mut findings = Vec::new();
    for (addr, key, group) in groups {
        let reader = walk.reader(key);
        let Fetched::Ready(listed) = reader.list(&format!("{group}/resources"), RESOURCES, "") else {
            continue;
        };
        let mut strangers: Vec<String> = listed
            .iter()
            .flat_map(|items| items.iter())
            .filter_map(|item| stranger(item, &group, &leaving))
            .filter(|id| !gone(&reader, id))
            .collect();
        strangers.sort_unstable();
        findings.extend(refusal(addr, &group, &strangers));
    }
    findings
}

/// An instance whose documents go.
fn going<'p>(
    (addr, planned): (&'p InstanceAddr, &'p Rc<Planned>),
) -> Option<(&'p InstanceAddr, &'p ArmWork)> {
    match (&planned.work, planned.change.action) {
        (Work::Arm(work), ChangeAction::Delete | ChangeAction::Replace { .. }) => Some((addr, work)),
        _ => None,
    }
}

/// The documents that go with an instance.
fn owned(work: &ArmWork) -> impl Iterator<Item = ArmId> {
    work.prior.iter().filter(|p| p.claim.owns).filter_map(|p| match &p.claim.target {
        Target::Id(id) => Some(id.clone()),
        Target::Unknown => None,
    })
}

/// The network interfaces of private endpoints: they come and go with their endpoint, and say so only there.
fn brought(work: &ArmWork) -> impl Iterator<Item = ArmId> {
    let interfaces = |live: &Value| {
        let items = live.get("properties")?.get("networkInterfaces")?.as_sequence()?;
        let id = |item: &Value| ArmId::parse(item.get("id")?.as_str()?).ok();
        Some(items.iter().filter_map(id).collect::<Vec<_>>())
    };
    let live = work.prior.iter().filter(|p| p.claim.owns).filter_map(|p| p.live.as_deref());
    live.filter_map(interfaces).flatten().collect::<Vec<_>>().into_iter()
}

fn prevents(walk: &Walk<'_>, key: &ProviderKey) -> bool {
    let provider = walk.cache.provider(key);
    provider.is_some_and(|p| {
        p.kind == ProviderKind::Azurerm
            && p.feature("resource_group", "prevent_deletion_if_contains_resources")
    })
}

/// The id of a listed resource that does not go by itself, nor with what it is in or managed by.
fn stranger(item: &Value, group: &ArmId, leaving: &HashSet<ArmId>) -> Option<String> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
    let written = text("id")?;
    let goes = |id: &str| {
        let mut at = ArmId::parse(id).ok();
        while let Some(id) = at.filter(|id| id != group && !id.is_tenant()) {
            if leaving.contains(&id) {
                return true;
            }
            at = id.parent();
        }
        false
    };
    (!goes(written) && !text("managedBy").is_some_and(goes) && !detects(item)).then(|| written.to_owned())
}

/// What Azure itself puts beside Application Insights, and puts there again if it is deleted (IMP-08): an alert rule for
/// each component, and one action group. They stay when their component goes, and are of no use without one.
fn detects(item: &Value) -> bool {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let is = |kind: &str| text("type").eq_ignore_ascii_case(kind);
    let name = text("name");
    is("Microsoft.AlertsManagement/smartDetectorAlertRules") && name.starts_with("Failure Anomalies - ")
        || is("Microsoft.Insights/actionGroups")
            && name.eq_ignore_ascii_case("Application Insights Smart Detection")
}

/// The list still shows what is gone (RG-06): what the catalog knows is asked for by itself.
fn gone(reader: &dyn Reader, id: &str) -> bool {
    let Ok(id) = ArmId::parse(id) else { return false };
    let version = type_facts(id.resource_type()).api_version;
    !version.is_empty() && matches!(reader.document(&id, version), Fetched::Ready(None))
}

fn refusal(addr: &InstanceAddr, group: &ArmId, strangers: &[String]) -> Option<Finding> {
    if strangers.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = strangers.iter().take(NAMED).map(|id| format!("  - {id}")).collect();
    if strangers.len() > NAMED {
        lines.push(format!("  - and {} more", strangers.len() - NAMED));
    }
    let (count, they) = match strangers.len() {
        1 => ("a resource".to_owned(), "it"),
        n => (format!("{n} resources"), "them"),
    };
    Some(Finding {
        code: "group-not-empty",
        level: FindingLevel::Blocks,
        addr: Some(addr.clone()),
        id: Some(group.to_string()),
        summary: format!("{addr} cannot be destroyed: it contains {count} that this plan does not remove"),
        detail: format!(
            "The group would take {they} along:\n{}\nMove or delete {they}, or set prevent_deletion_if_contains_resources = false in the provider's features block resource_group to delete {they} with the group.",
            lines.join("\n")
        ),
    })
}
