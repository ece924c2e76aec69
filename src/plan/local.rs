//! The plan of an instance with no cloud behind it: (prior, configuration) -> planned.

use super::instance::{LocalWork, Planned, Site, Work, ignoring};
use super::live::OriginOf;
use super::model::{Change, ChangeAction, Reason};
use super::paths;
use crate::catalog::LocalType;
use crate::lang::{Marks, PathStep, Value};

/// Arguments whose change always means a new object, by the meaning of these types.
const TRIGGERS: [&str; 3] = ["keepers", "triggers", "triggers_replace"];

/// Plans an instance. `None`: something is wrong, and was reported.
pub fn plan(site: &Site<'_, '_, '_>, kind: &'static dyn LocalType) -> Option<Planned> {
    let walk = site.walk;
    let schema = kind.schema();
    let decoded = site.decode(&schema);
    if decoded.failed {
        return None;
    }
    site.problems(kind.check(&decoded.value), &decoded);
    walk.note_use(&decoded.value);
    let record = walk.inputs.ledger.instances.get(&site.addr.to_string());
    let stored = record.and_then(|r| r.object.as_ref());
    let prior = stored.and_then(|o| o.take(walk.inputs.sealer)).map(|v| conform(&v, &schema));
    let lifecycle = &site.resource.lifecycle;
    let config = match &prior {
        Some(prior) => ignoring(&decoded.value, prior, &lifecycle.ignore_changes, &schema),
        None => decoded.value.clone(),
    };
    let mut made = kind.plan(prior.as_ref(), &config);
    if prior.is_some() {
        for name in TRIGGERS {
            let path = vec![PathStep::Attribute(name.into())];
            let anew = config.get(name).is_some_and(|v| !v.deep_marks().early_from().is_empty());
            if anew && !made.replace.contains(&path) {
                made.replace.push(path);
            }
        }
    }
    let reason = match (&prior, record.is_some_and(|r| r.tainted)) {
        (None, _) => None,
        (_, true) => Some(Reason::Tainted),
        _ if walk.inputs.options.replace.contains(site.addr) => Some(Reason::Requested),
        _ if super::arm::triggered(site) => Some(Reason::ReplaceTriggeredBy),
        _ if !made.replace.is_empty() => Some(Reason::CannotUpdate),
        _ => None,
    };
    let action = match (&prior, reason) {
        (None, _) => ChangeAction::Create,
        (Some(_), Some(_)) => ChangeAction::Replace { create_first: lifecycle.create_before_destroy },
        (Some(prior), None) if prior.unmarked_deep() == made.planned.unmarked_deep() => ChangeAction::NoOp,
        _ => ChangeAction::Update,
    };
    if matches!(action, ChangeAction::Replace { .. }) {
        made.planned = kind.plan(None, &config).planned;
        if lifecycle.prevent_destroy {
            super::conditions::prevented(site);
        }
    }
    let origin = walk.cache.origin(OriginOf::Instance(site.addr.clone()));
    let after = super::marks::by_schema(&made.planned, &schema);
    let fresh = matches!(action, ChangeAction::Create | ChangeAction::Replace { .. });
    let mut value = after.clone().marked(&Marks::origin(origin));
    if fresh {
        value = early(&value, &Marks::early(origin));
    }
    let before = prior.as_ref().map(|p| super::marks::by_schema(p, &schema));
    Some(Planned {
        value,
        depends: site.depends(&decoded.value),
        drift: None,
        findings: Vec::new(),
        work: Work::Local(LocalWork { prior, planned: Some(made.planned.clone()), record: record.cloned() }),
        change: Change {
            addr: site.addr.clone(),
            previous_addr: None,
            provider: site.provider_address(),
            schema,
            action,
            reason,
            reason_detail: None,
            before,
            after: Some(after),
            replace_paths: made.replace,
            importing: None,
            deposed: None,
            documents: Vec::new(),
        },
    })
}

/// A stored object in today's schema: attributes that are new are null, those that are gone are dropped.
pub fn conform(value: &Value, schema: &crate::lang::schema::BlockSpec) -> Value {
    crate::lang::convert::convert(value, &schema.implied_type()).unwrap_or_else(|_| {
        let names = schema.attributes.iter().map(|a| {
            let part = value.get(&a.name).cloned();
            (a.name.as_str(), part.unwrap_or_else(|| Value::null(a.value_type())))
        });
        Value::object(names)
    })
}

/// Whatever is unknown of a new object is so because it does not exist yet.
fn early(value: &Value, marks: &Marks) -> Value {
    let Some(entries) = value.as_entries() else { return value.clone() };
    let entries = entries.iter().map(|(name, part)| {
        let part = if part.is_unknown() { part.clone().marked(marks) } else { part.clone() };
        (name.clone(), part)
    });
    Value { kind: Value::object(entries.collect::<Vec<_>>()).kind, marks: value.marks.clone() }
}

/// Does a planned change of an instance (or of one of its attributes) trigger `replace_triggered_by`?
pub fn triggers(change: &Change, attribute: Option<&str>) -> bool {
    let changes = matches!(change.action, ChangeAction::Update | ChangeAction::Replace { .. });
    match attribute {
        None => changes,
        Some(name) => {
            let path = [PathStep::Attribute(name.into())];
            let part =
                |v: &Option<Value>| v.as_ref().and_then(|v| paths::get(v, &path)).map(Value::unmarked_deep);
            change.before.is_some() && changes && part(&change.before) != part(&change.after)
        }
    }
}
