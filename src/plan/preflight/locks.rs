//! Locks that stand in the way of what is changed or taken away (LCK-01, LCK-02).

use super::{Deed, Step, View, items};
use crate::arm::id::ArmId;
use crate::lang::Value;
use crate::plan::model::{Finding, FindingLevel};

const LOCKS: &str = "Microsoft.Authorization/locks";
const API_VERSION: &str = "2020-05-01";

struct Lock {
    id: ArmId,
    scope: ArmId,
    read_only: bool,
    notes: String,
}

impl Lock {
    fn read(item: &Value) -> Option<Lock> {
        let properties = item.get("properties")?;
        let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = ArmId::parse(item.get("id")?.as_str()?).ok()?;
        Some(Lock {
            scope: id.scope(),
            id,
            read_only: text("level").eq_ignore_ascii_case("ReadOnly"),
            notes: text("notes").to_owned(),
        })
    }

    /// Is it in the way of a step? What goes takes along what is in it.
    fn hinders(&self, step: &Step<'_>) -> bool {
        let above = step.id == &self.scope || step.id.is_within(&self.scope);
        match step.deed {
            Deed::Delete => above || self.scope.is_within(step.id),
            Deed::Create | Deed::Update => above && self.read_only,
        }
    }
}

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = view.listed(view.steps.iter(), (LOCKS, API_VERSION), "Locks", &mut findings);
    for (_, answer) in &lists {
        let items = items(answer);
        // A lock that this plan takes away goes before what it holds.
        let stays = |lock: &Lock| !view.going.contains(&lock.id);
        for lock in items.iter().filter_map(Lock::read).filter(stays) {
            let held = |step: &&Step<'_>| !step.id.is_type(LOCKS) && lock.hinders(step);
            let Some(first) = view.steps.iter().find(held) else { continue };
            findings.push(told(&lock, first, view.steps.iter().filter(held).count() - 1));
        }
    }
    findings
}

fn told(lock: &Lock, step: &Step<'_>, more: usize) -> Finding {
    let what = match step.deed {
        Deed::Create => "created",
        Deed::Update => "changed",
        Deed::Delete => "destroyed",
    };
    let others = match more {
        0 => String::new(),
        n => format!(" It is in the way of {n} more changes."),
    };
    let level = if lock.read_only { "ReadOnly" } else { "CanNotDelete" };
    let notes = if lock.notes.is_empty() { String::new() } else { format!(" Its notes say: {}", lock.notes) };
    Finding {
        id: Some(lock.id.to_string()),
        ..step.finding(
            "lock-in-the-way",
            FindingLevel::Blocks,
            format!("{} cannot be {what}: a lock is in the way", step.addr),
            format!(
                "{} is locked ({level}).{notes}{others}\nIf it may go: az lock delete --ids {}",
                lock.scope, lock.id
            ),
        )
    }
}
