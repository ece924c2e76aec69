//! One trial: the workspace applied and destroyed under faults, and what must be true afterwards.

use super::mixes::{FATAL_NAME, Mix};
use super::stack::{self, Variables};
use ringfence::config::Config;
use ringfence::lang::{Diagnostic, Severity, Value};
use ringfence::ledger::Ledger;
use ringfence::localcloud::{ClockMode, LocalCloud, Rules};
use ringfence::plan::addr::InstanceAddr;
use ringfence::plan::instance::Work;
use ringfence::plan::model::{ChangeAction, PlanMode};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::Silent;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Trials side by side in one thread.
const BESIDE: usize = 3;

/// The configuration in a folder of its own.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    variables: Variables,
}

/// What becomes of the workspace where nothing goes wrong.
pub struct Quiet {
    /// The world when it was applied.
    world: Json,
    /// The ledger then.
    ledger: Ledger,
    /// Ids of what services made.
    implied: BTreeSet<String>,
    /// The world when it was destroyed.
    gone: Json,
}

/// A trial that ended well.
pub struct Story {
    name: String,
    /// Whether a fault for good stopped the first run.
    pub stopped: bool,
    struck: u64,
    rules: usize,
    took: Duration,
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.stopped { "stopped, then complete" } else { "complete" };
        let Story { name, struck, rules, took, .. } = self;
        write!(f, "{name}: {how}; {struck} strikes of {rules} rules, {:.1} s", took.as_secs_f64())
    }
}

impl Place {
    fn of_workspace() -> Place {
        let config = stack::example("secured-workspace");
        let variables = stack::defaults(&config);
        Place { folder: tempfile::tempdir().unwrap(), config, variables }
    }

    async fn open(&self, clock: ClockMode) -> Stack {
        stack::open(self.folder.path(), clock).await
    }

    /// Plans and applies; the errors.
    async fn run(&self, stack: &mut Stack, mode: PlanMode) -> Vec<Diagnostic> {
        let options = PlanOptions { mode, ..PlanOptions::default() };
        let cancel = CancellationToken::new();
        let errors = |all: ringfence::lang::Diagnostics| -> Vec<Diagnostic> {
            all.0.into_iter().filter(|d| d.severity == Severity::Error).collect()
        };
        let planned = stack.plan(&self.config, &self.variables, &options, &Silent, &cancel).await;
        let planning = match planned {
            Err(all) => return errors(all),
            Ok(planning) if planning.diagnostics.has_errors() => return errors(planning.diagnostics),
            Ok(planning) => planning,
        };
        let applied =
            stack.apply(&self.config, &self.variables, &options, &planning, &Silent, cancel, 10).await;
        errors(applied.diagnostics)
    }

    /// What a plan would do.
    async fn left(&self, stack: &mut Stack) -> Vec<String> {
        let cancel = CancellationToken::new();
        let options = PlanOptions::default();
        let planned = stack.plan(&self.config, &self.variables, &options, &Silent, &cancel).await;
        match planned {
            Err(all) => vec![format!("{all:?}")],
            Ok(planning) => {
                let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
                changes.map(|c| format!("{} {:?} {}", c.addr, c.action, why(&planning, &c.addr))).collect()
            }
        }
    }
}

/// What differs of an instance.
fn why(planning: &Planning, addr: &InstanceAddr) -> String {
    let Some(Work::Arm(work)) = planning.instances.get(addr).map(|planned| &planned.work) else {
        return String::new();
    };
    let json = |v: &Value| v.to_json_with(&|| Some("(unknown)".into())).unwrap_or_default();
    let mut all = Vec::new();
    for claim in &work.claims {
        for d in &claim.differences {
            let path = ringfence::plan::paths::text(&d.path);
            let live = d.live.as_ref().map(json);
            all.push(format!(
                "[{}] {path} {:?}: {:?} instead of {}",
                claim.claim.key,
                d.why,
                live,
                json(&d.want)
            ));
        }
    }
    all.join("; ")
}

fn cloud(stack: &Stack) -> &LocalCloud {
    &stack.local_cloud().unwrap().cloud
}

fn owned(ledger: &Ledger) -> BTreeSet<String> {
    let records = ledger.instances.values();
    records.flat_map(|record| &record.documents).map(|document| document.id.to_lowercase()).collect()
}

fn there(stack: &Stack) -> BTreeSet<String> {
    cloud(stack).ids().iter().map(|id| id.to_lowercase()).collect()
}

fn told(errors: &[Diagnostic]) -> String {
    let one = |d: &Diagnostic| {
        format!("{} [{}]\n{}", d.summary, d.address.as_deref().unwrap_or_default(), d.detail)
    };
    errors.iter().map(one).collect::<Vec<_>>().join("\n---\n")
}

impl Quiet {
    /// Makes and destroys it, once in a process.
    pub async fn of_workspace() -> &'static Quiet {
        static QUIET: tokio::sync::OnceCell<Quiet> = tokio::sync::OnceCell::const_new();
        QUIET.get_or_init(Quiet::made).await
    }

    async fn made() -> Quiet {
        let place = Place::of_workspace();
        let mut stack = place.open(ClockMode::Instant).await;
        let errors = place.run(&mut stack, PlanMode::Normal).await;
        assert!(errors.is_empty(), "{}", told(&errors));
        let (world, ledger) = (even(&cloud(&stack).world_json()), stack.ledger().clone());
        let implied = there(&stack).difference(&owned(&ledger)).cloned().collect();
        let errors = place.run(&mut stack, PlanMode::Destroy).await;
        assert!(errors.is_empty(), "{}", told(&errors));
        let gone = even(&cloud(&stack).world_json());
        stack.close().await;
        Quiet { world, ledger, implied, gone }
    }

    /// The instances that neither failed nor are made of one that did.
    fn independent(&self, failed: &BTreeSet<&str>) -> Vec<&str> {
        let mut bad: BTreeSet<&str> = failed.clone();
        loop {
            let before = bad.len();
            for (addr, record) in &self.ledger.instances {
                if record.depends_on.iter().any(|d| bad.contains(d.as_str())) {
                    bad.insert(addr);
                }
            }
            if bad.len() == before {
                break;
            }
        }
        self.ledger.instances.keys().map(String::as_str).filter(|addr| !bad.contains(addr)).collect()
    }
}

/// Every resource is in the ledger, or was made by a service; with `whole` nothing else is in the ledger.
fn known(quiet: &Quiet, stack: &Stack, whole: bool) -> Result<(), String> {
    let (world, ledger) = (there(stack), owned(stack.ledger()));
    let unknown: Vec<&String> = world.difference(&ledger).filter(|id| !quiet.implied.contains(*id)).collect();
    if !unknown.is_empty() {
        return Err(format!("not in the ledger: {unknown:?}"));
    }
    let missing: Vec<&String> = ledger.difference(&world).collect();
    if whole && !missing.is_empty() {
        return Err(format!("only in the ledger: {missing:?}"));
    }
    Ok(())
}

/// A world without what depends on the order in which things were made, and on the time since: addresses out of subnets,
/// seconds since 1970.
fn even(world: &Json) -> Json {
    let mut text = world.to_string();
    for (pattern, with) in [(r"\b10\.20\.\d+\.\d+\b", "<address>"), (r"\b1\d{9}\b", "0")] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    serde_json::from_str(&text).unwrap()
}

/// The first paths at which two worlds differ.
fn differences(wanted: &Json, found: &Json) -> Vec<String> {
    fn walk(path: &str, wanted: &Json, found: &Json, all: &mut Vec<String>) {
        match (wanted, found) {
            (Json::Object(a), Json::Object(b)) => {
                let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for name in names {
                    let (a, b) = (a.get(name).unwrap_or(&Json::Null), b.get(name).unwrap_or(&Json::Null));
                    walk(&format!("{path} > {name}"), a, b, all);
                }
            }
            (a, b) if a != b => {
                let short = |value: &Json| value.to_string().chars().take(300).collect::<String>();
                all.push(format!("{path}: {} became {}", short(a), short(b)));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk("", wanted, found, &mut all);
    all
}

fn same(what: &str, wanted: &Json, found: &Json) -> Result<(), String> {
    let all = differences(wanted, &even(found));
    match all.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "the world {what} is another one than without faults:\n{}",
            all.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
        )),
    }
}

/// A run that a fault for good stopped says what was tried, on what, what Azure said, what to do; everything else is done.
fn stopped_well(quiet: &Quiet, mix: &Mix, errors: &[Diagnostic], stack: &Stack) -> Result<(), String> {
    let mut failed = BTreeSet::new();
    for error in errors {
        let Some(fatal) = mix.fatal.iter().find(|fatal| error.detail.contains(fatal.code)) else {
            return Err(format!("an error that no rule explains:\n{}", told(std::slice::from_ref(error))));
        };
        let addr = error.address.as_deref().unwrap_or_default();
        let summary = format!("Creating {addr} failed");
        let kind = format!("/providers/{}/", fatal.kind.split('/').take(2).collect::<Vec<_>>().join("/"));
        for part in ["PUT /subscriptions/", &kind, fatal.code, fatal.message, fatal.advice] {
            if !error.detail.contains(part) || error.summary != summary {
                return Err(format!("{part:?} is not said:\n{}", told(std::slice::from_ref(error))));
            }
        }
        failed.insert(addr);
    }
    let ledger = &stack.ledger().instances;
    let undone: Vec<&str> = quiet
        .independent(&failed)
        .into_iter()
        .filter(|addr| ledger.get(*addr).is_none_or(|record| record.unfinished))
        .collect();
    match undone.is_empty() {
        true => Ok(()),
        false => Err(format!("{failed:?} failed, and these were not done: {undone:?}")),
    }
}

/// Tries one mix.
pub async fn run(quiet: &Quiet, mix: &Mix) -> Result<Story, String> {
    let begin = Instant::now();
    let place = Place::of_workspace();
    let mut stack = place.open(mix.clock).await;
    let rules = |keep: &dyn Fn(&Json) -> bool| {
        let rules: Vec<&Json> = mix.rules.as_array().into_iter().flatten().filter(|r| keep(r)).collect();
        Rules::parse(&json!({"seed": mix.seed, "rules": rules}).to_string()).unwrap()
    };
    cloud(&stack).add_chaos(rules(&|_| true));
    let errors = place.run(&mut stack, PlanMode::Normal).await;
    let mut strikes = cloud(&stack).chaos();
    let hit = strikes.iter().any(|rule| rule.name.starts_with(FATAL_NAME) && rule.struck > 0);
    cloud(&stack).end_chaos();
    known(quiet, &stack, false)?;
    let stopped = !errors.is_empty();
    if stopped {
        if !hit {
            return Err(format!("the run stopped:\n{}", told(&errors)));
        }
        stopped_well(quiet, mix, &errors, &stack)?;
        let errors = place.run(&mut stack, PlanMode::Normal).await;
        if !errors.is_empty() {
            return Err(format!("the run without faults stopped:\n{}", told(&errors)));
        }
    }
    let left = place.left(&mut stack).await;
    if !left.is_empty() {
        let strange: Vec<String> = there(&stack)
            .iter()
            .filter_map(|id| cloud(&stack).document(id))
            .filter(|document| !["", "Succeeded"].contains(&document.text("properties.provisioningState")))
            .map(|document| format!("{}: {}", document.id, document.body["properties"]["provisioningState"]))
            .collect();
        let unfinished = stack.ledger().instances.iter().filter(|(_, record)| record.unfinished);
        let unfinished: Vec<&String> = unfinished.map(|(addr, _)| addr).collect();
        return Err(format!(
            "the second plan is not empty: {left:?}; in the ledger unfinished: {unfinished:?}; in the world: {strange:?}"
        ));
    }
    known(quiet, &stack, true)?;
    same("that was made", &quiet.world, &cloud(&stack).world_json())?;
    let again: Vec<String> = there(&stack)
        .into_iter()
        .filter(|id| cloud(&stack).document(id).is_some_and(|document| document.incarnation > 1))
        .collect();
    if !again.is_empty() {
        return Err(format!("made twice: {again:?}"));
    }
    if mix.destroys {
        cloud(&stack)
            .add_chaos(rules(&|rule| !rule["name"].as_str().is_some_and(|n| n.starts_with(FATAL_NAME))));
        let errors = place.run(&mut stack, PlanMode::Destroy).await;
        strikes.extend(cloud(&stack).chaos());
        cloud(&stack).end_chaos();
        if !errors.is_empty() {
            return Err(format!("destroying stopped:\n{}", told(&errors)));
        }
        if !stack.ledger().instances.is_empty() {
            return Err(format!("still in the ledger: {:?}", owned(stack.ledger())));
        }
        cloud(&stack).finish_operations();
        same("that was destroyed", &quiet.gone, &cloud(&stack).world_json())?;
    }
    if place.folder.path().join(".ringfence/local.journal").exists() {
        return Err("the journal is still there".to_owned());
    }
    stack.close().await;
    let struck = strikes.iter().map(|rule| rule.struck).sum();
    let rules = mix.rules.as_array().map_or(0, Vec::len);
    Ok(Story { name: mix.name.clone(), stopped, struck, rules, took: begin.elapsed() })
}

/// Many mixes.
pub struct Trial;

impl Trial {
    /// Tries the mixes of these seeds in so many threads; answers those that failed.
    pub fn all(seeds: RangeInclusive<u64>, jobs: usize) -> Vec<u64> {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let quiet = runtime().block_on(Quiet::of_workspace());
        let total = seeds.clone().count();
        let (todo, failed) = (Mutex::new(seeds), Mutex::new(Vec::new()));
        let (complete, stopped, strikes) = (Mutex::new(0_usize), Mutex::new(0_usize), Mutex::new(0_u64));
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    // Most of a trial is waiting: a thread does several side by side.
                    let one = async || {
                        loop {
                            let Some(seed) = todo.lock().unwrap().next() else { break };
                            match run(quiet, &Mix::of(seed)).await {
                                Ok(story) => {
                                    println!("{story}");
                                    let count = if story.stopped { &stopped } else { &complete };
                                    *count.lock().unwrap() += 1;
                                    *strikes.lock().unwrap() += story.struck;
                                }
                                Err(why) => {
                                    let rules = Mix::of(seed).rules;
                                    println!("seed {seed} failed: {why}\nRules: {rules}\nAgain: scripts/chaos -seed={seed}");
                                    failed.lock().unwrap().push(seed);
                                }
                            }
                        }
                    };
                    runtime().block_on(futures::future::join_all((0..BESIDE).map(|_| one())));
                });
            }
        });
        let failed = failed.into_inner().unwrap();
        println!(
            "{total} mixes: {} complete at once, {} stopped with an explanation and completed by the next run, {} failed; {} strikes",
            complete.into_inner().unwrap(),
            stopped.into_inner().unwrap(),
            failed.len(),
            strikes.into_inner().unwrap()
        );
        failed
    }
}
