//! The steps of a plan and their order: what refers to what, what lies in what, locks last and first.
//!
//! Must not know: how a step is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::schedule::Step;
use crate::arm::id::ArmId;
use crate::catalog::Target;
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::{ClaimPlan, Planned, Work};
use crate::plan::model::ChangeAction;

/// The type of management locks.
const LOCK: &str = "Microsoft.Authorization/locks";

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The instance is made, changed, read or noted.
    Apply,
    /// The instance, or the object that its replacement left, goes.
    Delete,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Whose.
    pub addr: InstanceAddr,
    /// What.
    pub phase: Phase,
}

/// The graph of a plan.
#[derive(Debug, Default)]
pub struct Graph {
    /// What each step is.
    pub nodes: Vec<Node>,
    /// Their order.
    pub steps: Vec<Step>,
    behind: Vec<Vec<usize>>,
}

/// The documents that a step is about.
#[derive(Default)]
struct Places {
    /// Those that its instance makes or removes.
    own: Vec<ArmId>,
    /// Those of others, of which it claims parts.
    others: Vec<ArmId>,
    changes: bool,
}

impl Graph {
    /// The graph of planned instances. References that order a cycle are the plan's fault; order that only ARM asks for is
    /// left out where it would close one.
    pub fn of(instances: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Graph {
        let mut graph = Graph::default();
        let mut applies: HashMap<&InstanceAddr, usize> = HashMap::new();
        let mut deletes: HashMap<&InstanceAddr, usize> = HashMap::new();
        let mut places = Vec::new();
        for (addr, planned) in instances {
            let seconds = match &planned.work {
                Work::Arm(work) => work.seconds,
                Work::Local(_) | Work::Data => 0,
            };
            let action = planned.change.action;
            let replaces = matches!(action, ChangeAction::Replace { .. });
            if replaces || action == ChangeAction::Delete {
                deletes.insert(addr, graph.add(addr, Phase::Delete, seconds));
                places.push(places_of(planned, Phase::Delete));
            }
            if action != ChangeAction::Delete {
                let seconds = match action {
                    ChangeAction::Create | ChangeAction::Replace { .. } => seconds,
                    ChangeAction::Update => seconds / 2,
                    _ => 0,
                };
                applies.insert(addr, graph.add(addr, Phase::Apply, seconds));
                places.push(places_of(planned, Phase::Apply));
            }
        }
        graph.follow_references(instances, &applies, &deletes);
        graph.follow_removals(instances, &applies, &deletes);
        graph.follow_places(&places);
        graph.follow_locks(&places);
        graph
    }

    fn add(&mut self, addr: &InstanceAddr, phase: Phase, seconds: u32) -> usize {
        self.nodes.push(Node { addr: addr.clone(), phase });
        self.steps.push(Step { seconds, after: BTreeSet::new() });
        self.behind.push(Vec::new());
        self.nodes.len() - 1
    }

    fn must(&mut self, first: usize, then: usize) {
        if first != then && self.steps[then].after.insert(first) {
            self.behind[first].push(then);
        }
    }

    /// Orders two steps unless the opposite is ordered already.
    fn should(&mut self, first: usize, then: usize) {
        if first != then && !self.steps[then].after.contains(&first) && !self.reaches(then, first) {
            self.must(first, then);
        }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        if self.behind[from].is_empty() {
            return false;
        }
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if !std::mem::replace(&mut seen[at], true) {
                open.extend_from_slice(&self.behind[at]);
            }
        }
        false
    }

    /// An instance comes after those that it was made of; a replacement after what it replaces, or before.
    fn follow_references(
        &mut self,
        instances: &BTreeMap<InstanceAddr, Rc<Planned>>,
        applies: &HashMap<&InstanceAddr, usize>,
        deletes: &HashMap<&InstanceAddr, usize>,
    ) {
        for (addr, planned) in instances {
            let Some(&own) = applies.get(addr) else { continue };
            for before in planned.depends.iter().filter_map(|d| applies.get(d)) {
                self.must(*before, own);
            }
            if let (ChangeAction::Replace { create_first }, Some(&delete)) =
                (planned.change.action, deletes.get(addr))
            {
                if create_first {
                    self.must(own, delete);
                } else {
                    self.must(delete, own);
                }
            }
        }
    }

    /// What goes goes after everything that was made of it: that is gone, or changed so that it does without.
    fn follow_removals(
        &mut self,
        instances: &BTreeMap<InstanceAddr, Rc<Planned>>,
        applies: &HashMap<&InstanceAddr, usize>,
        deletes: &HashMap<&InstanceAddr, usize>,
    ) {
        for (addr, planned) in instances {
            let mut of: BTreeSet<InstanceAddr> = planned.depends.clone();
            if let Work::Arm(work) = &planned.work {
                let recorded = work.record.iter().flat_map(|r| &r.depends_on);
                of.extend(recorded.filter_map(|text| InstanceAddr::parse(text).ok()));
            }
            if let Work::Local(work) = &planned.work {
                let recorded = work.record.iter().flat_map(|r| &r.depends_on);
                of.extend(recorded.filter_map(|text| InstanceAddr::parse(text).ok()));
            }
            for target in &of {
                let (Some(&gone), Some(other)) = (deletes.get(target), instances.get(target)) else {
                    continue;
                };
                if let Some(&delete) = deletes.get(addr) {
                    self.should(delete, gone);
                }
                let first = matches!(other.change.action, ChangeAction::Replace { create_first: true });
                if let Some(&apply) = applies.get(addr)
                    && (first || other.change.action == ChangeAction::Delete)
                {
                    self.should(apply, gone);
                }
            }
        }
    }

    /// What lies in something is made after it and goes before it.
    fn follow_places(&mut self, places: &[Places]) {
        let mut made: HashMap<&ArmId, usize> = HashMap::new();
        let mut removed: HashMap<&ArmId, usize> = HashMap::new();
        for (at, place) in places.iter().enumerate() {
            for id in &place.own {
                match self.nodes[at].phase {
                    Phase::Apply => made.insert(id, at),
                    Phase::Delete => removed.insert(id, at),
                };
            }
        }
        for (at, place) in places.iter().enumerate() {
            let above = place.own.iter().chain(&place.others).flat_map(ArmId::ancestors);
            let above: BTreeSet<ArmId> = above.chain(place.others.iter().cloned()).collect();
            match self.nodes[at].phase {
                Phase::Apply => {
                    for before in above.iter().filter_map(|id| made.get(id)) {
                        self.should(*before, at);
                    }
                    // One address gives an id up, another takes it.
                    for before in place.own.iter().filter_map(|id| removed.get(id)) {
                        self.should(*before, at);
                    }
                }
                Phase::Delete => {
                    for after in above.iter().filter_map(|id| removed.get(id)) {
                        self.should(at, *after);
                    }
                }
            }
        }
    }

    /// A lock is made after everything in its scope, and gone before anything there is changed or goes.
    fn follow_locks(&mut self, places: &[Places]) {
        for lock in 0..places.len() {
            let Some(id) = places[lock].own.iter().find(|id| id.is_type(LOCK)) else { continue };
            let scope = id.scope();
            for (at, place) in places.iter().enumerate() {
                let lies_there = |one: &ArmId| !one.is_type(LOCK) && (*one == scope || one.is_within(&scope));
                if at == lock || !place.changes || !place.own.iter().chain(&place.others).any(lies_there) {
                    continue;
                }
                match self.nodes[lock].phase {
                    Phase::Apply if places[lock].changes => self.should(at, lock),
                    Phase::Apply => {}
                    Phase::Delete => self.should(lock, at),
                }
            }
        }
    }
}

fn places_of(planned: &Planned, phase: Phase) -> Places {
    let action = planned.change.action;
    let written =
        matches!(action, ChangeAction::Create | ChangeAction::Update | ChangeAction::Replace { .. });
    let mut places = Places { changes: phase == Phase::Delete || written, ..Places::default() };
    let Work::Arm(work) = &planned.work else { return places };
    let of = match phase {
        Phase::Apply => &work.claims,
        Phase::Delete => &work.prior,
    };
    let mut add = |plan: &ClaimPlan| {
        if let Target::Id(id) = &plan.claim.target {
            if plan.claim.owns { &mut places.own } else { &mut places.others }.push(id.clone());
        }
    };
    of.iter().for_each(&mut add);
    places
}
