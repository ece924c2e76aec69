//! How long applying usually takes: the longest chain of changes by the usual seconds of their types.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::addr::InstanceAddr;
use super::instance::{Planned, Work};
use super::model::ChangeAction;

/// The seconds of the longest chain, and the instance of it that takes longest. None: nothing takes time.
pub fn of(instances: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Option<(u32, InstanceAddr)> {
    let mut known: HashMap<&InstanceAddr, (u32, &InstanceAddr)> = HashMap::new();
    let mut open = Vec::new();
    let mut best: Option<(u32, &InstanceAddr)> = None;
    for start in instances.keys() {
        open.push((start, false));
        while let Some((addr, entered)) = open.pop() {
            if known.contains_key(addr) {
                continue;
            }
            let Some(planned) = instances.get(addr) else { continue };
            let below = planned.depends.iter().filter_map(|d| instances.get_key_value(d)).map(|(d, _)| d);
            if !entered {
                open.push((addr, true));
                // A cycle cannot be planned, so what is open already will be known before this is entered again.
                open.extend(below.filter(|d| !known.contains_key(d)).map(|d| (d, false)));
                continue;
            }
            let longest = below.filter_map(|d| known.get(d)).max_by_key(|(total, _)| *total).copied();
            let own = seconds(planned);
            let (total, slowest) = match longest {
                Some((total, slowest)) if seconds(&instances[slowest]) >= own => (total + own, slowest),
                Some((total, _)) => (total + own, addr),
                None => (own, addr),
            };
            known.insert(addr, (total, slowest));
            if best.is_none_or(|(most, _)| total > most) {
                best = Some((total, slowest));
            }
        }
    }
    best.filter(|(total, _)| *total > 0).map(|(total, addr)| (total, addr.clone()))
}

/// Usual seconds of an instance's change.
pub fn seconds(planned: &Planned) -> u32 {
    let Work::Arm(work) = &planned.work else { return 0 };
    match planned.change.action {
        ChangeAction::Create | ChangeAction::Update | ChangeAction::Delete => work.seconds,
        ChangeAction::Replace { .. } => work.seconds * 2,
        ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget => 0,
    }
}
