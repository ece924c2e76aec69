//! A run: the steps of the graph side by side, the ledger written as they end, what is left said at the end.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Connections;
use super::bench::Bench;
use super::failure::Failure;
use super::graph::{Graph, Node, Phase};
use super::hand::Shared;
use super::journal::{Deed, Entry, Journal, Stage};
use super::memory::Memory;
use super::register::Registrar;
use super::schedule::{Schedule, State, Step};
use super::slots::Slots;
use super::timeline;
use crate::arm::Clock;
use crate::catalog::Target;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::ledger::{Ledger, OutputRecord, Record, Shelf, Stored};
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::Work;
use crate::plan::live::{LiveCache, ProviderKey};
use crate::plan::model::{ChangeAction, PlanMode};
use crate::plan::names::Kept;
use crate::plan::places::placed;
use crate::plan::run::{Fetch, Planning};
use crate::plan::walk::Inputs;
use crate::ui::progress::{Doing, Progress};
use crate::ui::timeline::Timeline;

/// The ledger is written when so many records are only in the journal, or after so long. As each write is of the whole
/// ledger, a large one waits for more of them, and for so many times what the last write took: what is written in all
/// grows with what is changed.
const RECORDS: usize = 25;
const PART: usize = 8;
const INTERVAL: Duration = Duration::from_secs(10);
const REST: u32 = 20;

/// What is to be applied, with what.
pub struct Job<'r> {
    /// What the plan was made from; its ledger is the one that grows.
    pub inputs: &'r Inputs<'r>,
    /// The plan.
    pub planning: &'r Planning,
    /// What was read for it.
    pub cache: LiveCache,
    /// Who reads.
    pub fetch: &'r dyn Fetch,
    /// Who is written to.
    pub connections: &'r dyn Connections,
    /// Where the ledger and the journal are; no journal of an earlier run may be there (see [`super::left`]).
    pub store: &'r Shelf,
    /// Who looks.
    pub progress: &'r dyn Progress,
    /// The interrupt.
    pub cancel: CancellationToken,
    /// How many changing requests at once.
    pub parallelism: usize,
    /// On which `time_sleep` waits.
    pub clock: Arc<dyn Clock>,
    /// How fast the cloud's clock runs, if not as ours does.
    pub cloud_clock: Option<f64>,
}

/// What came of it.
#[derive(Debug)]
pub struct Applied {
    /// The ledger as it was written.
    pub ledger: Ledger,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Imported, added, changed, destroyed.
    pub counts: [usize; 4],
    /// The root outputs, with whether each is declared sensitive.
    pub outputs: BTreeMap<Arc<str>, (Value, bool)>,
    /// It was interrupted.
    pub interrupted: bool,
    /// What references to the planned instances see now.
    pub objects: BTreeMap<InstanceAddr, Value>,
    /// What took how long, as the journal says.
    pub timeline: Timeline,
}

/// What the steps of a run share.
pub(super) struct Run<'r> {
    pub bench: Bench<'r>,
    pub shared: Shared<'r>,
    pub nodes: Vec<Node>,
    /// The steps of which the journal tells how far they are.
    told: Vec<bool>,
    pub schedule: RefCell<Schedule>,
    pub counts: Cell<[usize; 4]>,
    pub clock: Arc<dyn Clock>,
    /// The namespaces that each provider's changes need.
    pub namespaces: HashMap<ProviderKey, BTreeSet<String>>,
    store: &'r Shelf,
    parked: RefCell<HashMap<usize, oneshot::Sender<()>>>,
    warnings: RefCell<Diagnostics>,
    /// The journal takes nothing any more, and that was said.
    mute: Cell<bool>,
    unwritten: Cell<usize>,
    written: Cell<Instant>,
    /// How long the last write of the ledger took.
    took: Cell<Duration>,
}

/// Applies a plan.
pub async fn apply(job: Job<'_>) -> Applied {
    let now = now();
    let ledger = job.inputs.ledger.clone();
    let carried = job.planning.moves.carried(job.inputs.ledger, job.inputs.sealer);
    let inputs = Inputs { ledger: &carried, timestamp: job.inputs.timestamp.clone(), ..*job.inputs };
    let failed = |diagnostics: Diagnostics| Applied {
        ledger: job.inputs.ledger.clone(),
        diagnostics,
        counts: [0; 4],
        outputs: BTreeMap::new(),
        interrupted: false,
        objects: BTreeMap::new(),
        timeline: Timeline::default(),
    };
    if job.inputs.options.deny_exec
        && let Some(denied) = super::provision::denied(job.planning, job.inputs.config)
    {
        return failed(denied.into());
    }
    // Taking note of what changed outside changes nothing.
    let graph = match job.planning.plan.mode {
        PlanMode::RefreshOnly => Graph::default(),
        _ => Graph::of(&job.planning.instances, &job.planning.deposed),
    };
    let schedule = match Schedule::new(graph.steps) {
        Ok(schedule) => schedule,
        Err(steps) => {
            let names: Vec<String> = steps.iter().map(|s| graph.nodes[*s].addr.to_string()).collect();
            let detail = format!("These come before themselves: {}.", names.join(", "));
            return failed(Diagnostic::error("The plan has a cycle", detail).into());
        }
    };
    let journal = match Journal::begin(job.store, &ledger, &now).await {
        Ok(journal) => journal,
        Err(error) => return failed(Diagnostic::error("Nothing was applied", error.to_string()).into()),
    };
    let plan = &job.planning.plan;
    let mode = match plan.mode {
        PlanMode::Normal => "apply",
        PlanMode::Destroy => "destroy",
        PlanMode::RefreshOnly => "refresh",
    };
    let steps = schedule.steps();
    let told = told(&graph.nodes, steps, |node| deed(node, job.planning));
    let mut lines = vec![Entry::Plan {
        mode: mode.into(),
        forecast: plan.forecast.as_ref().map(|(seconds, _)| *seconds),
        dominates: plan.forecast.as_ref().map(|(_, addr)| addr.to_string()),
        clock_permille: job.cloud_clock.map(|factor| (factor * 1000.0) as u64),
    }];
    for (at, node) in graph.nodes.iter().enumerate().filter(|(at, _)| told[*at]) {
        lines.push(Entry::Step {
            step: at,
            addr: node.addr.to_string(),
            deposed: node.deposed.map(|which| job.planning.deposed[which].1.clone()),
            deed: deed(node, job.planning),
            usual: steps[at].seconds,
            after: steps[at].after.iter().copied().filter(|before| told[*before]).collect(),
        });
    }
    if lines.len() > 1 {
        journal.tell(&lines);
    }
    let run = Run {
        told,
        bench: Bench {
            inputs: &inputs,
            instances: &job.planning.instances,
            deposed: &job.planning.deposed,
            cache: RefCell::new(job.cache),
            values: RefCell::default(),
            kept: Kept::default(),
            ledger: RefCell::new(ledger),
            failed: RefCell::default(),
            misread: RefCell::default(),
            fetch: job.fetch,
            connections: job.connections,
        },
        shared: Shared {
            journal: &journal,
            slots: Slots::new(job.parallelism),
            memory: RefCell::new(Memory::default()),
            registrar: Registrar::new(job.cancel.clone()),
            progress: job.progress,
            cancel: job.cancel.clone(),
        },
        nodes: graph.nodes,
        schedule: RefCell::new(schedule),
        counts: Cell::default(),
        clock: job.clock,
        namespaces: namespaces(job.planning),
        store: job.store,
        parked: RefCell::default(),
        warnings: RefCell::default(),
        mute: Cell::new(false),
        unwritten: Cell::new(0),
        written: Cell::new(Instant::now()),
        took: Cell::default(),
    };
    let mut diagnostics = Diagnostics::default();
    if let Err(failure) = run.note_moves(job.planning) {
        diagnostics.extend(failure);
    }
    if !diagnostics.has_errors() {
        diagnostics.extend(run.drive().await);
    }
    let outputs = if diagnostics.has_errors() && run.shared.cancel.is_cancelled() {
        BTreeMap::new()
    } else {
        run.outputs(job.planning, &mut diagnostics).await
    };
    if !run.shared.cancel.is_cancelled() {
        diagnostics.extend(run.check().await);
    }
    let interrupted = run.shared.cancel.is_cancelled();
    let there = job.planning.instances.iter().filter(|(_, p)| p.change.action != ChangeAction::Delete);
    let objects = there.filter_map(|(addr, _)| Some((addr.clone(), run.bench.look(addr)?))).collect();
    let counts = run.counts.get();
    diagnostics.extend(run.warnings.take());
    run.say_what_is_left(&mut diagnostics);
    let mut ledger = run.bench.ledger.take();
    let settled = journal.is_settled();
    ledger.serial += 1;
    match job.store.write(&ledger).await {
        Ok(()) if settled => {
            if let Err(error) = journal.end().await {
                diagnostics.push(Diagnostic::warning("The journal could not be removed", error.to_string()));
            }
        }
        Ok(()) => diagnostics.push(Diagnostic::warning(
            "Operations go on in Azure",
            "Their ends are not known yet. The next plan or apply waits for them first.",
        )),
        Err(_) if run.mute.get() => {}
        Err(error) => diagnostics.push(Diagnostic::error(
            "The ledger could not be written",
            format!("{error}\n\nNothing is lost: the journal {} holds all that was done, and the next run reads it.", job.store.journal_place()),
        )),
    }
    let diagnostics = placed(job.inputs.config, diagnostics);
    let timeline = timeline::of(journal.written().iter().map(|(at, entry)| (*at, entry)));
    Applied { ledger, diagnostics, counts, outputs, interrupted, objects, timeline }
}

/// What a step does, in the journal's words.
fn deed(node: &Node, planning: &Planning) -> Deed {
    let action = planning.instances.get(&node.addr).map(|p| p.change.action);
    match (node.phase, action) {
        (Phase::Delete, _) => Deed::Delete,
        (_, Some(ChangeAction::Create | ChangeAction::Replace { .. })) => Deed::Create,
        (_, Some(ChangeAction::Update)) => Deed::Update,
        (_, Some(ChangeAction::Read)) => Deed::Read,
        _ => Deed::Pass,
    }
}

/// The steps that the journal tells of: those that do something, and what lies between two of them.
fn told(nodes: &[Node], steps: &[Step], deed: impl Fn(&Node) -> Deed) -> Vec<bool> {
    let acts: Vec<bool> = nodes.iter().map(|node| deed(node) != Deed::Pass).collect();
    let mut behind = vec![Vec::new(); nodes.len()];
    for (at, step) in steps.iter().enumerate() {
        step.after.iter().for_each(|before| behind[*before].push(at));
    }
    let reached = |edges: &dyn Fn(usize) -> Vec<usize>| {
        let mut seen = acts.clone();
        let mut open: Vec<usize> = (0..nodes.len()).filter(|at| acts[*at]).collect();
        while let Some(at) = open.pop() {
            for next in edges(at) {
                if !std::mem::replace(&mut seen[next], true) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let later = reached(&|at| behind[at].clone());
    let earlier = reached(&|at| steps[at].after.iter().copied().collect());
    later.into_iter().zip(earlier).map(|(later, earlier)| later && earlier).collect()
}

/// RFC 3339, UTC.
pub(super) fn now() -> String {
    let format = &time::format_description::well_known::Rfc3339;
    let now = time::OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(format).unwrap_or_default()
}

fn namespaces(planning: &Planning) -> HashMap<ProviderKey, BTreeSet<String>> {
    let mut all: HashMap<ProviderKey, BTreeSet<String>> = HashMap::new();
    for planned in planning.instances.values() {
        if let Work::Arm(work) = &planned.work {
            let of = all.entry(work.provider.clone()).or_default();
            for claim in &work.claims {
                if let Target::Id(id) = &claim.claim.target {
                    of.insert(id.namespace().to_string());
                }
            }
        }
    }
    all
}

impl Run<'_> {
    /// Runs all steps. Answers what went wrong.
    async fn drive(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        let mut running = FuturesUnordered::new();
        let mut halted = false;
        loop {
            if self.shared.cancel.is_cancelled() && !std::mem::replace(&mut halted, true) {
                self.schedule.borrow_mut().halt();
            }
            loop {
                let Some(step) = self.schedule.borrow_mut().start() else { break };
                self.mark(step, Stage::Begun, None);
                running.push(async move { (step, self.step(step).await) });
            }
            let Some((step, result)) = running.next().await else { break };
            let well = result.is_ok();
            if let Err(failure) = result {
                let fatal = matches!(failure, Failure::Journal(_));
                let node = &self.nodes[step];
                // Whoever else was on the way meets the same: once is enough.
                if !fatal || !self.mute.replace(true) {
                    let said = failure.report(&node.addr, self.doing(node)).into_iter();
                    // So is once of what is wrong with a name that several steps use.
                    let news: Vec<_> = said.filter(|d| !diagnostics.0.contains(d)).collect();
                    diagnostics.extend(news);
                }
                if fatal && !std::mem::replace(&mut halted, true) {
                    self.schedule.borrow_mut().halt();
                }
            }
            self.mark(step, if well { Stage::Done } else { Stage::Failed }, None);
            self.schedule.borrow_mut().finish(step, well);
            loop {
                let Some(next) = self.schedule.borrow_mut().resume() else { break };
                self.mark(next, Stage::Resumed, Some(step));
                if let Some(wake) = self.parked.borrow_mut().remove(&next) {
                    // Whoever waited may have been interrupted meanwhile; it then ends by itself.
                    let _ = wake.send(());
                }
            }
        }
        diagnostics
    }

    fn mark(&self, step: usize, stage: Stage, behind: Option<usize>) {
        if self.told[step] {
            self.shared.journal.tell(&[Entry::Mark { step, stage, behind }]);
        }
    }

    /// Takes the keys of a step, waiting until all are free.
    pub async fn lock(&self, step: usize, keys: Vec<Arc<str>>) -> Result<(), Failure> {
        let wait = {
            if self.schedule.borrow_mut().lock(step, keys) {
                return Ok(());
            }
            self.mark(step, Stage::Parked, None);
            let (wake, wait) = oneshot::channel();
            self.parked.borrow_mut().insert(step, wake);
            wait
        };
        tokio::select! {
            biased;
            () = self.shared.cancel.cancelled() => Err(Failure::Interrupted),
            woken = wait => woken.map_err(|_| Failure::Interrupted),
        }
    }

    /// What a step does, in the words of progress.
    pub fn doing(&self, node: &Node) -> Doing {
        let action = self.bench.planned(node).map(|p| p.change.action);
        match (node.phase, action) {
            (Phase::Delete, _) => Doing::Delete,
            (_, Some(ChangeAction::Read)) => Doing::Read,
            (_, Some(ChangeAction::Update)) => Doing::Update,
            (_, Some(ChangeAction::NoOp)) => Doing::Import,
            _ => Doing::Create,
        }
    }

    /// Adds to what was done: imported, added, changed, destroyed.
    pub fn count(&self, which: usize) {
        let mut counts = self.counts.get();
        counts[which] += 1;
        self.counts.set(counts);
    }

    /// Something that is said at the end and stops nothing.
    pub fn warn(&self, more: impl IntoIterator<Item = Diagnostic>) {
        self.warnings.borrow_mut().extend(more);
    }

    /// The recorded instance as it is now.
    pub fn record_of(&self, addr: &InstanceAddr) -> Option<Record> {
        self.bench.ledger.borrow().instances.get(&addr.to_string()).map(|record| (**record).clone())
    }

    /// Notes an instance's new entry: in the journal first, then in the ledger.
    pub fn note(&self, addr: &InstanceAddr, record: Option<Record>) -> Result<(), Failure> {
        self.note_all(vec![(addr.to_string(), record)])
    }

    fn note_all(&self, all: Vec<(String, Option<Record>)>) -> Result<(), Failure> {
        let entries: Vec<Entry> = all
            .iter()
            .map(|(addr, record)| Entry::Record { addr: addr.clone(), record: record.clone().map(Box::new) })
            .collect();
        self.shared.journal.append(&entries)?;
        let mut ledger = self.bench.ledger.borrow_mut();
        for (addr, record) in all {
            match record {
                Some(record) => ledger.instances.insert(addr, record.into()),
                None => ledger.instances.remove(&addr),
            };
        }
        self.unwritten.set(self.unwritten.get() + 1);
        let many = RECORDS.max(ledger.instances.len() / PART);
        let long = INTERVAL.max(self.took.get() * REST);
        if self.unwritten.get() >= many || self.written.get().elapsed() >= long {
            let begin = Instant::now();
            ledger.serial += 1;
            if let Err(error) = self.store.keep(&ledger) {
                // The journal has it all; the end of the run tries again and says so.
                tracing::warn!(%error, "the ledger could not be written");
            }
            self.unwritten.set(0);
            self.written.set(Instant::now());
            self.took.set(begin.elapsed());
        }
        Ok(())
    }

    /// Instances that moved to another address, and those that are gone.
    fn note_moves(&self, planning: &Planning) -> Result<(), Diagnostics> {
        let mut all = Vec::new();
        {
            let before = self.bench.ledger.borrow();
            let carried = &self.bench.inputs.ledger.instances;
            let left = before.instances.keys().filter(|addr| !carried.contains_key(*addr));
            all.extend(left.map(|addr| (addr.clone(), None)));
            let new = carried.iter().filter(|(addr, record)| before.instances.get(*addr) != Some(record));
            all.extend(new.map(|(addr, record)| (addr.clone(), Some((**record).clone()))));
        }
        for addr in &planning.gone {
            all.push((addr.to_string(), None));
        }
        for (addr, key, planned) in &planning.deposed {
            let known = self.bench.inputs.ledger.instances.get(&addr.to_string());
            if let (None, Some(record)) = (planned, known) {
                all.push((addr.to_string(), super::steps::without((**record).clone(), Some(key))));
            }
        }
        if all.is_empty() {
            return Ok(());
        }
        self.note_all(all).map_err(|failure| match failure {
            Failure::Said(all) => all,
            Failure::Journal(error) => Diagnostic::error("Nothing was applied", error.to_string()).into(),
            _ => Diagnostic::error("Nothing was applied", "").into(),
        })
    }

    /// Evaluates the root outputs and notes them.
    async fn outputs(
        &self,
        planning: &Planning,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<Arc<str>, (Value, bool)> {
        let mode = planning.plan.mode;
        let mut entries = Vec::new();
        for (name, change) in &planning.plan.outputs {
            if change.after.is_none() && !diagnostics.has_errors() {
                entries.push((name.to_string(), None));
            }
        }
        let mut values = BTreeMap::new();
        if planning.plan.targeted {
            let ledger = self.bench.ledger.borrow();
            for (name, record) in &ledger.outputs {
                let value = record.value.take(self.bench.inputs.sealer);
                values.extend(value.map(|v| (Arc::from(name.as_str()), (v, record.sensitive))));
            }
        }
        if mode != PlanMode::Destroy {
            let bad = self.undone();
            let planned = |name: &str| !planning.plan.targeted || planning.plan.outputs.contains_key(name);
            let (found, wrong) = self.bench.outputs(&planned, &|addr| !bad.contains(addr)).await;
            diagnostics.extend(wrong);
            for (name, (value, sensitive)) in &found {
                if value.is_null() {
                    entries.push((name.to_string(), None));
                    continue;
                }
                let value = Stored::put(value, *sensitive, self.bench.inputs.sealer);
                entries.push((name.to_string(), Some(OutputRecord { sensitive: *sensitive, value })));
            }
            values.extend(found);
            values.retain(|_, (value, _)| !value.is_null());
        }
        let mut ledger = self.bench.ledger.borrow_mut();
        entries.retain(|(name, record)| match record {
            // A sealed value is never the same text twice.
            Some(record) => ledger.outputs.get(name) != Some(record),
            None => ledger.outputs.contains_key(name),
        });
        let lines: Vec<Entry> = entries
            .iter()
            .map(|(name, record)| Entry::Output { name: name.clone(), record: record.clone() })
            .collect();
        if !lines.is_empty()
            && let Err(error) = self.shared.journal.append(&lines)
        {
            if !self.mute.get() {
                diagnostics.push(Diagnostic::error("Outputs could not be noted", error.to_string()));
            }
            return values;
        }
        for (name, record) in entries {
            match record {
                Some(record) => ledger.outputs.insert(name, record),
                None => ledger.outputs.remove(&name),
            };
        }
        values
    }

    /// Judges the conditions of the configuration once all is done, and notes what they came to.
    async fn check(&self) -> Diagnostics {
        let bad = self.undone();
        let (found, diagnostics) = self.bench.checks(&|addr| !bad.contains(addr)).await;
        let all = found.iter().filter_map(|check| serde_json::to_value(check).ok());
        self.bench.ledger.borrow_mut().checks = all.collect();
        diagnostics
    }

    /// The instances with a step that was not done.
    fn undone(&self) -> HashSet<InstanceAddr> {
        let schedule = self.schedule.borrow();
        let bad = self.nodes.iter().enumerate().filter(|(at, _)| schedule.state(*at) != State::Done);
        bad.map(|(_, node)| node.addr.clone()).collect()
    }

    /// After errors: how much is done, how much is left, how to go on.
    fn say_what_is_left(&self, diagnostics: &mut Diagnostics) {
        let schedule = self.schedule.borrow();
        let (mut done, mut left) = (0, 0);
        for (at, node) in self.nodes.iter().enumerate() {
            let action = self.bench.planned(node).map(|p| p.change.action);
            if matches!(action, None | Some(ChangeAction::NoOp)) {
                continue;
            }
            if schedule.state(at) == State::Done { done += 1 } else { left += 1 }
        }
        if left == 0 {
            return;
        }
        let last = diagnostics.0.iter_mut().rev().find(|d| d.severity == crate::lang::Severity::Error);
        if let Some(last) = last {
            let so_far = format!(
                "{done} of {} changes done and kept, {left} left. Run apply again to go on from here.",
                done + left
            );
            if !last.detail.is_empty() {
                last.detail.push_str("\n\n");
            }
            last.detail.push_str(&so_far);
        }
    }
}
