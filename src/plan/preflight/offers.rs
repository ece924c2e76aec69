//! Namespaces that are not registered and that nobody will register (SUB-01), and regions in which a type is not offered.

use std::collections::BTreeSet;

use super::{Step, View, items};
use crate::catalog::{self, ProviderKind};
use crate::lang::Value;
use crate::plan::model::{Finding, FindingLevel};

const API_VERSION: &str = "2022-09-01";

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = view.listed(view.made(), ("", API_VERSION), "Registered resource providers", &mut findings);
    for (subscription, answer) in &lists {
        let namespaces = items(answer);
        let mut told = BTreeSet::new();
        for step in
            view.made().filter(|s| s.id.subscription().is_some_and(|s| s.eq_ignore_ascii_case(subscription)))
        {
            let Some(namespace) = named(namespaces, "namespace", step.id.namespace()) else { continue };
            if !registered(namespace) && !will_register(view, step) && told.insert(step.id.namespace()) {
                findings.push(unregistered(step));
            }
            findings.extend(elsewhere(step, namespace));
        }
    }
    findings
}

/// The item of a list that has this name.
fn named<'v>(items: &'v [Value], property: &str, name: &str) -> Option<&'v Value> {
    let is = |item: &&Value| {
        item.get(property).and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    items.iter().find(is)
}

fn registered(namespace: &Value) -> bool {
    let state = namespace.get("registrationState").and_then(Value::as_str).unwrap_or_default();
    ["Registered", "Registering"].iter().any(|known| state.eq_ignore_ascii_case(known))
}

/// Does applying register the namespace by itself?
fn will_register(view: &View<'_, '_>, step: &Step<'_>) -> bool {
    let Some(provider) = view.walk.cache.provider(step.provider) else { return false };
    match provider.kind {
        ProviderKind::Azapi => catalog::registers_on_demand(provider),
        _ => {
            let needed = [step.id.namespace().to_owned()].into();
            let wanted = catalog::registrations(provider, &needed);
            wanted.iter().any(|name| name.eq_ignore_ascii_case(step.id.namespace()))
        }
    }
}

fn unregistered(step: &Step<'_>) -> Finding {
    let namespace = step.id.namespace();
    step.finding(
        "provider-not-registered",
        FindingLevel::Blocks,
        format!("{} cannot be created: {namespace} is not registered in the subscription", step.addr),
        format!("The provider's block keeps resource providers from being registered. Register it: az provider register --namespace {namespace}"),
    )
}

/// The type is offered in regions, and not in this one.
fn elsewhere(step: &Step<'_>, namespace: &Value) -> Option<Finding> {
    let kind = step.id.resource_type().split_once('/')?.1;
    let kinds = namespace.get("resourceTypes")?.as_sequence()?;
    let offered = named(kinds, "resourceType", kind)?.get("locations")?.as_sequence()?;
    let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let wanted = plain(step.text(&["location"])?);
    let names: Vec<&str> = offered.iter().filter_map(Value::as_str).collect();
    if names.is_empty() || names.iter().any(|name| plain(name) == wanted || plain(name) == "global") {
        return None;
    }
    Some(step.finding(
        "region-not-offered",
        FindingLevel::Blocks,
        format!("{} cannot be created in {wanted}", step.addr),
        format!("{} is offered in {}.", step.id.resource_type(), names.join(", ")),
    ))
}
