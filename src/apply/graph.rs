//! The steps of a plan and their order: what refers to what, what lies in what, locks last and first.
//!
//! Must not know: how a step is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::forecast::usual;
use super::schedule::Step;
use crate::arm::id::{ArmId, PROVIDER};
use crate::catalog::Target;
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::{ClaimPlan, Planned, Work};
use crate::plan::model::{ChangeAction, Reason};

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
    /// Which of the plan's deposed objects it is about.
    pub deposed: Option<usize>,
}

/// A deposed object as the plan has it: whose, its key, how it goes.
pub type Deposed = (InstanceAddr, String, Option<Rc<Planned>>);

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
    pub fn of(instances: &BTreeMap<InstanceAddr, Rc<Planned>>, deposed: &[Deposed]) -> Graph {
        let mut graph = Graph::default();
        let mut applies: HashMap<&InstanceAddr, usize> = HashMap::new();
        let mut deletes: HashMap<&InstanceAddr, usize> = HashMap::new();
        let mut places = Vec::new();
        for (addr, planned) in instances {
            let action = planned.change.action;
            let replaces = matches!(action, ChangeAction::Replace { .. });
            if replaces || action == ChangeAction::Delete {
                let seconds = usual(addr, planned, Phase::Delete);
                deletes.insert(addr, graph.add(addr, Phase::Delete, seconds));
                places.push(places_of(planned, Phase::Delete));
            }
            if action != ChangeAction::Delete {
                let seconds = usual(addr, planned, Phase::Apply);
                applies.insert(addr, graph.add(addr, Phase::Apply, seconds));
                places.push(places_of(planned, Phase::Apply));
            }
        }
        graph.follow_references(instances, &applies, &deletes);
        graph.follow_removals(instances, &applies, &deletes);
        for (at, (addr, _, planned)) in deposed.iter().enumerate() {
            let Some(planned) = planned else { continue };
            let seconds = usual(addr, planned, Phase::Delete);
            let node = graph.add(addr, Phase::Delete, seconds);
            graph.nodes[node].deposed = Some(at);
            places.push(places_of(planned, Phase::Delete));
            // What was made of the old object comes to do without it first.
            let users = instances.iter().filter(|(own, p)| *own == addr || p.depends.contains(addr));
            let before: Vec<usize> = users.filter_map(|(own, _)| applies.get(own).copied()).collect();
            before.into_iter().for_each(|first| graph.should(first, node));
        }
        graph.follow_places(&places);
        graph.follow_locks(&places);
        // What a check reads it reads last.
        let checks = |addr: &InstanceAddr| {
            let reason = instances.get(addr).and_then(|p| p.change.reason);
            reason == Some(Reason::ReadCheckNested)
        };
        let (last, first): (Vec<usize>, Vec<usize>) =
            (0..graph.nodes.len()).partition(|n| checks(&graph.nodes[*n].addr));
        for then in last {
            first.iter().for_each(|first| graph.should(*first, then));
        }
        graph
    }

    fn add(&mut self, addr: &InstanceAddr, phase: Phase, seconds: u32) -> usize {
        self.nodes.push(Node { addr: addr.clone(), phase, deposed: None });
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
        let mut namespaces: HashMap<(String, String), usize> = HashMap::new();
        for (id, at) in made.iter().filter(|(id, _)| id.is_type(PROVIDER)) {
            namespaces.insert(in_subscription(id, id.name()), *at);
        }
        for (at, place) in places.iter().enumerate() {
            let above = place.own.iter().chain(&place.others).flat_map(ArmId::ancestors);
            let above: BTreeSet<ArmId> = above.chain(place.others.iter().cloned()).collect();
            match self.nodes[at].phase {
                Phase::Apply => {
                    // Nothing of a namespace can be made before it is registered.
                    for id in place.own.iter().filter(|id| !id.is_type(PROVIDER)) {
                        if let Some(before) = namespaces.get(&in_subscription(id, id.namespace())) {
                            self.should(*before, at);
                        }
                    }
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

fn in_subscription(id: &ArmId, namespace: &str) -> (String, String) {
    (id.subscription().unwrap_or_default().to_ascii_lowercase(), namespace.to_ascii_lowercase())
}

fn places_of(planned: &Planned, phase: Phase) -> Places {
    let action = planned.change.action;
    let written =
        matches!(action, ChangeAction::Create | ChangeAction::Update | ChangeAction::Replace { .. });
    let mut places = Places { changes: phase == Phase::Delete || written, ..Places::default() };
    let work = match &planned.work {
        Work::Arm(work) => work,
        Work::Local(local) => {
            places.others.extend(local.on.clone());
            return places;
        }
        Work::Data => return places,
    };
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::apply::schedule::Schedule;
    use crate::catalog::{Claim, Withdraw, Write};
    use crate::lang::Value;
    use crate::ledger::Record;
    use crate::plan::instance::ArmWork;
    use crate::plan::live::ProviderKey;
    use crate::plan::model::Change;

    const GROUP: &str = "/subscriptions/s/resourceGroups/g";
    const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";

    fn addr(text: &str) -> InstanceAddr {
        InstanceAddr::parse(text).unwrap()
    }

    /// An instance with one document, which it owns unless the id ends in `*`.
    pub fn planned(
        name: &str,
        action: ChangeAction,
        id: &str,
        depends: &[&str],
    ) -> (InstanceAddr, Rc<Planned>) {
        let (id, owns) = id.strip_suffix('*').map_or((id, true), |id| (id, false));
        let claim = Claim {
            key: "".into(),
            target: Target::Id(ArmId::parse(id).unwrap()),
            api_version: "1".into(),
            owns,
            write: Write::Put,
            body: Value::object::<&str>([]),
            unread: Vec::new(),
            yields: Vec::new(),
            withdraw: Withdraw::Leave,
            locks: Vec::new(),
            options: None,
        };
        let plan = ClaimPlan { claim, live: None, differences: Vec::new(), recover: None, rotates: false };
        let goes = matches!(action, ChangeAction::Delete | ChangeAction::Replace { .. });
        let stays = action != ChangeAction::Delete;
        let work = ArmWork {
            provider: ProviderKey::parse("registry.terraform.io/azure/azapi"),
            claims: if stays { vec![plan.clone()] } else { Vec::new() },
            prior: if goes { vec![plan] } else { Vec::new() },
            record: Some(
                Record { depends_on: depends.iter().map(ToString::to_string).collect(), ..Record::default() }
                    .into(),
            ),
        };
        let change = Change {
            addr: addr(name),
            previous_addr: None,
            provider: "p".into(),
            schema: Default::default(),
            action,
            reason: None,
            reason_detail: None,
            before: None,
            after: None,
            replace_paths: Vec::new(),
            importing: None,
            generated: None,
            deposed: None,
            documents: Vec::new(),
        };
        let depends = if stays { depends } else { &[] };
        let planned = Planned {
            change,
            value: Value::object::<&str>([]),
            work: Work::Arm(work),
            depends: depends.iter().map(|d| addr(d)).collect(),
            drift: None,
            findings: Vec::new(),
        };
        (addr(name), Rc::new(planned))
    }

    /// The order in which steps end if each takes a moment: `name+` made, `name-` removed.
    fn order(all: impl IntoIterator<Item = (InstanceAddr, Rc<Planned>)>, deposed: &[Deposed]) -> Vec<String> {
        let graph = Graph::of(&all.into_iter().collect(), deposed);
        let mut schedule = Schedule::new(graph.steps).unwrap();
        let mut order = Vec::new();
        loop {
            let mut round: Vec<usize> = std::iter::from_fn(|| schedule.start()).collect();
            if round.is_empty() {
                return order;
            }
            round.sort_unstable();
            for step in round {
                let node = &graph.nodes[step];
                let sign = if node.phase == Phase::Apply { "+" } else { "-" };
                let old = if node.deposed.is_some() { "(old)" } else { "" };
                order.push(format!("{}{old}{sign}", node.addr.resource.name));
                schedule.finish(step, true);
            }
        }
    }

    const CREATE: ChangeAction = ChangeAction::Create;
    const UPDATE: ChangeAction = ChangeAction::Update;
    const DELETE: ChangeAction = ChangeAction::Delete;
    const REPLACE: ChangeAction = ChangeAction::Replace { create_first: false };
    const FIRST: ChangeAction = ChangeAction::Replace { create_first: true };

    fn lock_on(id: &str) -> String {
        format!("{id}/providers/Microsoft.Authorization/locks/l")
    }

    #[test]
    fn what_lies_in_something_is_made_after_it_without_a_reference() {
        let subnet = format!("{VNET}/subnets/a");
        let lock = lock_on(GROUP);
        let all = |action| {
            [
                planned("t.alock", action, &lock, &[]),
                planned("t.asub", action, &subnet, &[]),
                planned("t.assoc", action, &format!("{subnet}*"), &[]),
                planned("t.group", action, GROUP, &[]),
                planned("t.net", action, VNET, &[]),
            ]
        };
        assert_eq!(order(all(CREATE), &[]), ["group+", "net+", "asub+", "assoc+", "alock+"]);
        assert_eq!(order(all(DELETE), &[]), ["alock-", "assoc-", "asub-", "net-", "group-"]);
    }

    #[test]
    fn a_lock_is_gone_before_anything_in_its_scope_changes() {
        let all = [
            planned("t.a", UPDATE, VNET, &[]),
            planned("t.b", ChangeAction::NoOp, GROUP, &[]),
            planned("t.lock", DELETE, &lock_on(VNET), &[]),
        ];
        assert_eq!(order(all, &[]), ["b+", "lock-", "a+"]);
        // Whoever refers to a lock in its own scope gets the order that he wrote.
        let all = [
            planned("t.a", CREATE, &format!("{VNET}/subnets/a"), &["t.lock"]),
            planned("t.lock", CREATE, &lock_on(GROUP), &[]),
        ];
        assert_eq!(order(all, &[]), ["lock+", "a+"]);
    }

    #[test]
    fn a_replacement_goes_first_with_all_that_lies_in_it() {
        let all = [
            planned("t.net", REPLACE, VNET, &[]),
            planned("t.sub", REPLACE, &format!("{VNET}/subnets/a"), &["t.net"]),
            planned("t.user", UPDATE, &format!("{GROUP}/providers/x/y/z"), &["t.sub"]),
        ];
        assert_eq!(order(all, &[]), ["sub-", "net-", "net+", "sub+", "user+"]);
    }

    #[test]
    fn a_replacement_that_comes_first_goes_after_its_users_changed() {
        let all = [
            planned("t.a", FIRST, VNET, &[]),
            planned("t.user", UPDATE, &format!("{GROUP}/providers/x/y/z"), &["t.a"]),
        ];
        assert_eq!(order(all, &[]), ["a+", "user+", "a-"]);
    }

    #[test]
    fn what_is_not_wanted_any_more_goes_after_those_that_used_it_changed() {
        let all = [
            planned("t.old", DELETE, VNET, &[]),
            planned("t.user", UPDATE, &format!("{GROUP}/providers/x/y/z"), &["t.old"]),
        ];
        assert_eq!(order(all, &[]), ["user+", "old-"]);
    }

    #[test]
    fn an_id_that_moves_to_another_address_is_given_up_first() {
        let all = [planned("t.a", CREATE, VNET, &[]), planned("t.b", DELETE, VNET, &[])];
        assert_eq!(order(all, &[]), ["b-", "a+"]);
    }

    #[test]
    fn deposed_objects_go_when_the_new_one_is_in_use() {
        let (of, old) = planned("t.a", DELETE, VNET, &[]);
        let all = [
            planned("t.a", ChangeAction::NoOp, &format!("{GROUP}/providers/x/y/a"), &[]),
            planned("t.user", UPDATE, &format!("{GROUP}/providers/x/y/z"), &["t.a"]),
        ];
        assert_eq!(order(all, &[(of, "k".into(), Some(old))]), ["a+", "user+", "a(old)-"]);
    }

    #[test]
    fn a_namespace_is_registered_before_anything_of_it_is_made() {
        let all = [
            planned("t.net", CREATE, VNET, &[]),
            planned("t.reg", CREATE, "/subscriptions/S/providers/microsoft.network", &[]),
        ];
        assert_eq!(order(all, &[]), ["reg+", "net+"]);
    }
}
