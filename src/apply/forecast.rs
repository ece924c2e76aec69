//! How long carrying a plan out will take: its steps are played through, each with the seconds that it usually takes, in the
//! order and with the keys that the run will have.
//!
//! Must not know: ARM, rendering. Nothing here waits.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::graph::{Deposed, Graph, Node, Phase};
use super::schedule::Schedule;
use super::steps::keys;
use crate::catalog::{self, Durations, LookUp, Target, type_facts};
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::{ArmWork, ClaimPlan, Planned, Work};
use crate::plan::model::ChangeAction;

/// Milliseconds that reading, writing and reading again take beside what ARM does with it.
const OWN: u64 = 1_000;
/// ARM takes so many changing requests of a subscription at once, and one more after so many milliseconds, writes and deletes
/// counted by themselves (THR-01).
const BUCKET: (u64, u64) = (200, 100);
/// An operation is asked every fortieth of the time that has passed: its end is noticed half of that late.
const LATENESS: u64 = 80;

/// The seconds that a plan will take, and the instance that takes most of the time that the end waits for. None: nothing
/// takes time.
pub fn of(
    instances: &BTreeMap<InstanceAddr, Rc<Planned>>,
    deposed: &[Deposed],
) -> Option<(u32, InstanceAddr)> {
    let changes = |p: &Rc<Planned>| !matches!(p.change.action, ChangeAction::NoOp | ChangeAction::Forget);
    if !instances.values().any(changes) && deposed.is_empty() {
        return None;
    }
    let graph = Graph::of(instances, deposed);
    let planned = |node: &Node| match node.deposed {
        Some(which) => deposed.get(which)?.2.as_ref(),
        None => instances.get(&node.addr),
    };
    let takes = |step: usize| graph.steps[step].seconds;
    let mut schedule = Schedule::new(graph.steps.clone()).ok()?;
    // When each step ends, and whom it waited for last.
    let mut ends: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut waited: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let (mut now, mut last) = (0, None);
    let mut buckets = [Bucket::default(), Bucket::default()];
    let mut length = |at: u64, step: usize| {
        let node = &graph.nodes[step];
        let requests = planned(node).map_or(0, |p| requests(p, node.phase));
        let sent = buckets[usize::from(node.phase == Phase::Delete)].take(at, requests);
        sent + length(takes(step))
    };
    loop {
        while let Some(step) = schedule.start() {
            waited[step] = last;
            let node = &graph.nodes[step];
            let held = planned(node).map(|p| held(p, node.phase)).unwrap_or_default();
            if schedule.lock(step, held) {
                ends.push(Reverse((length(now, step), step)));
            }
        }
        let Some(Reverse((at, step))) = ends.pop() else { break };
        (now, last) = (at, Some(step));
        schedule.finish(step, true);
        while let Some(next) = schedule.resume() {
            waited[next] = Some(step);
            ends.push(Reverse((length(now, next), next)));
        }
    }
    let mut longest: Option<usize> = None;
    while let Some(step) = last {
        if longest.is_none_or(|most| takes(step) > takes(most)) {
            longest = Some(step);
        }
        last = waited[step];
    }
    let seconds = u32::try_from(now.div_ceil(1000)).unwrap_or(u32::MAX);
    longest.filter(|step| takes(*step) > 0).map(|step| (seconds, graph.nodes[step].addr.clone()))
}

/// What is left of what ARM takes.
#[derive(Default)]
struct Bucket {
    /// Requests so far, with those that it has forgotten.
    full: u64,
    /// Until when it has forgotten.
    until: u64,
}

impl Bucket {
    /// When so many requests have left that want to leave now.
    fn take(&mut self, now: u64, requests: u64) -> u64 {
        let (most, each) = BUCKET;
        let forgotten = now.saturating_sub(self.until) / each;
        self.full = self.full.saturating_sub(forgotten);
        self.until = if self.full == 0 { now } else { self.until + forgotten * each };
        self.full += requests;
        now + self.full.saturating_sub(most) * each
    }
}

/// How many requests a step sends that change something.
fn requests(planned: &Planned, phase: Phase) -> u64 {
    match &planned.work {
        Work::Arm(work) if acts(planned, phase) => written(planned, work, phase).count() as u64,
        _ => 0,
    }
}

/// Does a step change anything?
fn acts(planned: &Planned, phase: Phase) -> bool {
    let idle =
        matches!(planned.change.action, ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget);
    phase == Phase::Delete || !idle
}

/// Milliseconds of a step that usually takes so many seconds.
fn length(seconds: u32) -> u64 {
    match u64::from(seconds) * 1000 {
        0 => 0,
        ms => ms + ms / LATENESS + OWN,
    }
}

/// The keys that a step will hold, as far as they are known.
fn held(planned: &Planned, phase: Phase) -> Vec<Arc<str>> {
    let Work::Arm(work) = &planned.work else { return Vec::new() };
    let mut all = Vec::new();
    for plan in written(planned, work, phase) {
        if let Target::Id(id) = &plan.claim.target {
            let body = plan.claim.body.to_json_with(&|| None).unwrap_or(Json::Null);
            all.extend(keys(&plan.claim, id, &body));
        }
    }
    all
}

/// The claims that a step writes or withdraws.
fn written<'w>(planned: &Planned, work: &'w ArmWork, phase: Phase) -> impl Iterator<Item = &'w ClaimPlan> {
    let all = match phase {
        Phase::Delete => &work.prior,
        Phase::Apply => &work.claims,
    };
    let update = phase == Phase::Apply && planned.change.action == ChangeAction::Update;
    all.iter().filter(move |plan| !update || !plan.differences.is_empty())
}

/// The seconds that a step usually takes.
pub(super) fn usual(addr: &InstanceAddr, planned: &Planned, phase: Phase) -> u32 {
    let made = phase == Phase::Apply;
    let work = match &planned.work {
        Work::Arm(work) => work,
        Work::Local(local) => {
            let Some(LookUp::Local(kind)) = catalog::resource(&addr.resource.ty) else { return 0 };
            let object = if made { Some(&planned.value) } else { local.prior.as_ref() };
            let changes =
                matches!(planned.change.action, ChangeAction::Create | ChangeAction::Replace { .. });
            return object.filter(|_| changes || !made).map_or(0, |o| kind.wait(o, made).ceil() as u32);
        }
        Work::Data => return 0,
    };
    if !acts(planned, phase) {
        return 0;
    }
    let updates = planned.change.action == ChangeAction::Update;
    let seconds = written(planned, work, phase).map(|plan| {
        let Durations { create, update, delete } = durations(addr, plan);
        match phase {
            Phase::Delete if plan.claim.owns => delete,
            Phase::Apply if plan.claim.owns && !updates => create,
            _ => update,
        }
    });
    seconds.sum()
}

/// The durations of a claim's document; one whose id is not known yet is of the type that its instance makes.
fn durations(addr: &InstanceAddr, plan: &ClaimPlan) -> Durations {
    let arm_type = match &plan.claim.target {
        Target::Id(id) => id.resource_type(),
        Target::Unknown => match catalog::resource(&addr.resource.ty) {
            // The first document is the instance's own.
            Some(LookUp::Arm(lens)) => lens.documents().first().map_or("", |(arm_type, _)| *arm_type),
            _ => "",
        },
    };
    type_facts(arm_type).durations
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::planned;
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g";
    const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
    const REPLACE: ChangeAction = ChangeAction::Replace { create_first: false };

    fn forecast<const N: usize>(all: [(InstanceAddr, Rc<Planned>); N]) -> (u32, String) {
        let (seconds, addr) = of(&all.into(), &[]).unwrap();
        (seconds, addr.to_string())
    }

    fn of_type(kind: &str) -> String {
        format!("{GROUP}/providers/{kind}/x")
    }

    /// Seconds that one step is played as.
    fn played(seconds: u32) -> u64 {
        length(seconds)
    }

    fn whole(parts: &[u64]) -> u32 {
        u32::try_from(parts.iter().sum::<u64>().div_ceil(1000)).unwrap()
    }

    #[test]
    fn the_longest_chain_counts_and_its_longest_step_dominates() {
        let cosmos = of_type("Microsoft.DocumentDB/databaseAccounts");
        let vault = of_type("Microsoft.KeyVault/vaults");
        let all = [
            planned("t.cosmos", ChangeAction::Create, &cosmos, &["t.vault"]),
            planned("t.group", ChangeAction::Create, GROUP, &[]),
            planned("t.vault", ChangeAction::Create, &vault, &["t.group"]),
            planned(
                "t.zone",
                ChangeAction::Create,
                &of_type("Microsoft.Network/privateDnsZones"),
                &["t.group"],
            ),
        ];
        assert_eq!(forecast(all), (whole(&[played(1), played(31), played(180)]), "t.cosmos".into()));
    }

    #[test]
    fn what_locks_the_same_is_made_one_after_the_other() {
        let subnet = |name: &str| {
            planned(&format!("t.{name}"), ChangeAction::Create, &format!("{VNET}/subnets/{name}"), &[])
        };
        let one = forecast([subnet("a")]).0;
        let three = forecast([subnet("a"), subnet("b"), subnet("c")]).0;
        assert_eq!((one, three), (whole(&[played(3)]), whole(&[played(3), played(3), played(3)])));
        let zone = |name: &str| {
            let id = format!("{GROUP}/providers/Microsoft.Network/privateDnsZones/{name}");
            planned(&format!("t.{name}"), ChangeAction::Create, &id, &[])
        };
        assert_eq!(
            forecast([zone("a"), zone("b"), zone("c")]).0,
            forecast([zone("a")]).0,
            "these lock nothing"
        );
    }

    #[test]
    fn removing_has_a_length_of_its_own_and_a_replacement_has_both() {
        let cosmos = of_type("Microsoft.DocumentDB/databaseAccounts");
        let of = |action| forecast([planned("t.a", action, &cosmos, &[])]).0;
        assert_eq!(of(ChangeAction::Delete), whole(&[played(400)]));
        assert_eq!(of(REPLACE), whole(&[played(400), played(180)]));
        // What did not change in an update is not written.
        assert_eq!(super::of(&[planned("t.a", ChangeAction::Update, &cosmos, &[])].into(), &[]), None);
        assert_eq!(super::of(&[planned("t.a", ChangeAction::NoOp, &cosmos, &[])].into(), &[]), None);
    }

    #[test]
    fn no_more_is_sent_than_arm_takes() {
        let identity = |n: u32| {
            let id = format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i{n}");
            planned(&format!("t.i{n}"), ChangeAction::Create, &id, &[])
        };
        let many = |count: u32| of(&(0..count).map(identity).collect(), &[]).unwrap().0;
        assert_eq!(many(200), many(1));
        // 800 more than at once, ten a second.
        assert_eq!(many(1_000), many(1) + 80);
    }
}
