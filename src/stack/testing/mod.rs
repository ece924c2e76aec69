//! Test files carried out: each with states of its own, and a local cloud of its own where its types live in Azure.
//! Nothing of the root module's ledger is read or written; at the end of a file everything that it made is removed.

mod assert;
mod expect;
mod scope;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::{Stack, cloud, workspace};
use crate::config::load::load_called;
use crate::config::testfile::{Run, TestFile};
use crate::config::{Config, Disk, LoadOptions, ProviderRef};
use crate::lang::{Diagnostic, Diagnostics, Severity, Value};
use crate::ledger::{Ledger, LocalStore, Sealer};
use crate::localcloud::{ClockMode, Handle, LocalCloud, Options, WorldFile};
use crate::plan::live::LiveCache;
use crate::plan::model::{ChangeAction, Plan, PlanMode};
use crate::plan::options::{DENY_EXEC, PlanOptions, denies_exec};
use crate::plan::providers::kind_of;
use crate::session::Session;
use crate::ui::progress::Silent;

pub use values::GlobalValues;

/// How a run or a file ended; the worst of a file's runs is the file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing was run.
    Pending,
    /// It was not run because of an error before it.
    Skip,
    /// Everything holds.
    Pass,
    /// An assertion does not hold.
    Fail,
    /// It could not be carried out.
    Error,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// How long it took.
    pub elapsed: Duration,
    /// The plan, if that is what it was about.
    pub plan: Option<Plan>,
    /// What there was after it, if it applied something.
    pub state: Option<super::StateView>,
}

/// Who is told of what happens.
pub trait Witness {
    /// A file begins.
    fn file_starts(&self, file: &TestFile);
    /// A run begins.
    fn run_starts(&self, file: &TestFile, run: &Run);
    /// A run has ended, or was skipped.
    fn run_ends(&self, file: &TestFile, run: &Run, outcome: &Outcome);
    /// What the file made is about to be removed.
    fn file_tears_down(&self, file: &TestFile);
    /// What this run made last is about to be removed.
    fn run_tears_down(&self, file: &TestFile, run: &Run);
    /// A file has ended; with what was wrong when it was cleaned up, and what is left.
    fn file_ends(&self, file: &TestFile, status: Status, cleaned: &Diagnostics);
}

/// What tests are carried out with.
pub struct Suite<'s> {
    /// The module that is tested.
    pub config: &'s Config,
    /// Values of variables from files, environment and command line.
    pub globals: &'s GlobalValues,
    /// How the time of local clouds goes.
    pub clock: ClockMode,
    /// So many changes at once.
    pub parallelism: usize,
    /// Who is told.
    pub witness: &'s dyn Witness,
    /// The interrupt.
    pub cancel: CancellationToken,
}

/// A state that runs share, with what its last apply was made of.
struct Slot {
    stack: Stack,
    last: Option<Applied>,
}

/// What an apply was made of.
struct Applied {
    run: usize,
    config: Arc<Config>,
    variables: BTreeMap<Arc<str>, Value>,
    options: PlanOptions,
}

/// One file being carried out.
struct FileRun<'s> {
    suite: &'s Suite<'s>,
    file: &'s TestFile,
    folder: tempfile::TempDir,
    cloud: Option<Handle>,
    modules: BTreeMap<String, Arc<Config>>,
    slots: BTreeMap<String, Slot>,
    /// The names of all runs.
    names: Vec<Arc<str>>,
    /// The outputs of the runs so far.
    outputs: BTreeMap<Arc<str>, Value>,
}

impl Suite<'_> {
    /// Carries a file out. Answers how it ended, and how each run did.
    pub async fn file(&self, file: &TestFile) -> (Status, Vec<Status>) {
        self.witness.file_starts(file);
        let mut all = Vec::new();
        let mut cleaned = Diagnostics::default();
        match FileRun::open(self, file).await {
            Ok(mut open) => {
                for (at, run) in file.runs.iter().enumerate() {
                    let outcome = match all.contains(&Status::Error) || self.cancel.is_cancelled() {
                        true => Outcome::of(Status::Skip, Diagnostics::default()),
                        false => {
                            self.witness.run_starts(file, run);
                            let begun = Instant::now();
                            let mut outcome = open.run(at, run).await;
                            outcome.elapsed = begun.elapsed();
                            outcome
                        }
                    };
                    self.witness.run_ends(file, run, &outcome);
                    all.push(outcome.status);
                }
                self.witness.file_tears_down(file);
                cleaned.extend(open.close().await);
            }
            Err(found) => {
                all = vec![Status::Skip; file.runs.len()];
                cleaned.extend(found);
            }
        }
        let mut status = all.iter().copied().filter(|s| *s != Status::Skip).max().unwrap_or(Status::Pass);
        if cleaned.has_errors() {
            status = Status::Error;
        }
        self.witness.file_ends(file, status, &cleaned);
        (status, all)
    }
}

impl Outcome {
    fn of(status: Status, diagnostics: Diagnostics) -> Outcome {
        Outcome { status, diagnostics, elapsed: Duration::ZERO, plan: None, state: None }
    }

    fn failed(diagnostics: Diagnostics) -> Outcome {
        Outcome::of(Status::Error, diagnostics)
    }
}

fn trouble(what: &str, why: impl std::fmt::Display) -> Diagnostics {
    Diagnostic::error("The test cannot be carried out", format!("{what}: {why}.")).into()
}

impl<'s> FileRun<'s> {
    async fn open(suite: &'s Suite<'s>, file: &'s TestFile) -> Result<FileRun<'s>, Diagnostics> {
        let folder = tempfile::tempdir().map_err(|e| trouble("There is no folder for its state", e))?;
        let mut open = FileRun {
            suite,
            file,
            folder,
            cloud: None,
            modules: BTreeMap::new(),
            slots: BTreeMap::new(),
            names: file.runs.iter().map(|r| r.name.clone()).collect(),
            outputs: BTreeMap::new(),
        };
        let needs = |open: &mut FileRun<'s>, run: &Run| match open.module(run) {
            Ok(config) => open.lives_in_azure(&config),
            Err(_) => false,
        };
        if file.runs.iter().any(|run| needs(&mut open, run)) {
            let options = Options { world: WorldFile::InMemory, clock: suite.clock, ..Options::default() };
            let started = LocalCloud::start(&options).await;
            open.cloud = Some(started.map_err(|e| trouble("The local cloud did not start", e))?);
        }
        Ok(open)
    }

    /// The configuration that a run is about.
    fn module(&mut self, run: &Run) -> Result<Arc<Config>, Diagnostics> {
        let key = run.module.as_ref().map_or("", |_| &run.name);
        if let Some(known) = self.modules.get(key) {
            return Ok(known.clone());
        }
        let config = match &run.module {
            None => self.suite.config.clone(),
            Some(call) => {
                let files = Disk::here();
                let path = self.file.module_path(run);
                let (config, found) = load_called(&path, call, &LoadOptions { files: &files });
                if found.has_errors() {
                    return Err(found);
                }
                config
            }
        };
        let config = Arc::new(config);
        self.modules.insert(key.to_string(), config.clone());
        Ok(config)
    }

    /// The configuration of a run with the provider blocks of the test file.
    fn with_providers(&self, config: Arc<Config>, run: &Run) -> Arc<Config> {
        if self.file.providers.is_empty() {
            return config;
        }
        let mut own = (*config).clone();
        for block in &self.file.providers {
            let passed = |all: &Vec<(ProviderRef, ProviderRef)>| {
                all.iter()
                    .filter(|(_, parent)| *parent == block.key)
                    .map(|(child, _)| child.clone())
                    .collect()
            };
            let names: Vec<ProviderRef> = run.providers.as_ref().map_or(vec![block.key.clone()], passed);
            for name in names {
                let block = crate::config::ProviderBlock { key: name.clone(), ..block.clone() };
                own.root.providers.insert(name, block);
            }
        }
        Arc::new(own)
    }

    /// Has the configuration something that lives in Azure, and whose provider is not made up?
    fn lives_in_azure(&self, config: &Config) -> bool {
        let mocked: Vec<String> =
            self.file.mocks.iter().map(|m| config.root.provider_address(&m.key.name)).collect();
        config.root.walk().iter().any(|module| {
            module.resources.values().any(|resource| {
                let address = module.provider_address(&resource.provider.name);
                kind_of(&address).is_some_and(|kind| kind.connects()) && !mocked.contains(&address)
            })
        })
    }

    /// The state that a run works on.
    fn slot(&mut self, run: &Run) -> &mut Slot {
        let folder = self.folder.path().join(format!("{}", self.slots.len()));
        let endpoint = self.cloud.as_ref().map(cloud::endpoint);
        self.slots
            .entry(slot_key(run))
            .or_insert_with(|| Slot { stack: Stack::fresh(&folder, endpoint), last: None })
    }

    async fn run(&mut self, at: usize, run: &Run) -> Outcome {
        match self.attempt(at, run).await {
            Ok(outcome) => outcome,
            Err(found) => Outcome::failed(found),
        }
    }

    /// Carries a run out. The error: it could not even be planned.
    async fn attempt(&mut self, at: usize, run: &Run) -> Result<Outcome, Diagnostics> {
        let config = self.module(run)?;
        let config = self.with_providers(config, run);
        let expected = expect::expected(run)?;
        let (variables, mut found) = self.variables(&config, run);
        let mocks = self.mocks(&config, run, &mut found);
        if found.has_errors() {
            return Err(found);
        }
        let judged = super::validate(&config, Path::new("."));
        if judged.has_errors() {
            return Err(judged);
        }
        let options = PlanOptions {
            mode: if run.options.refresh_only { PlanMode::RefreshOnly } else { PlanMode::Normal },
            targets: scope::addresses(&run.options.targets)?,
            replace: scope::instances(&run.options.replace)?,
            no_refresh: run.options.no_refresh,
            adopt: false,
            deny_exec: denies_exec(std::env::var(DENY_EXEC).ok().as_deref()),
            working_dir: std::env::current_dir().unwrap_or_default(),
            workspace: Some(workspace::DEFAULT.into()),
            mocks: Arc::new(mocks),
        };
        if !options.targets.is_empty() {
            found.push(targeted());
        }
        let (cancel, parallelism) = (self.suite.cancel.clone(), self.suite.parallelism);
        let slot = self.slot(run);
        let planning = slot.stack.plan(&config, &variables, &options, &Silent, &cancel).await?;
        let mut outcome = Outcome::of(Status::Pass, found);
        let (objects, outputs) = if run.plans {
            let judged = expected.judge(&config, planning.diagnostics.clone());
            outcome.diagnostics.extend(judged);
            let outputs = planning.plan.outputs.iter();
            let outputs: BTreeMap<Arc<str>, Value> =
                outputs.filter_map(|(n, o)| Some((n.clone(), scope::told(o.after.clone()?)))).collect();
            let objects = planning.instances.iter();
            let objects = objects.filter(|(_, p)| p.change.action != ChangeAction::Delete);
            let objects: super::Objects = objects.map(|(a, p)| (a.clone(), p.value.clone())).collect();
            outcome.plan = Some(planning.plan);
            (objects, outputs)
        } else {
            if planning.diagnostics.has_errors() {
                outcome.diagnostics.extend(expected.while_planning(&config, planning.diagnostics));
                outcome.status = Status::Error;
                return Ok(outcome);
            }
            let applied = slot
                .stack
                .apply(&config, &variables, &options, &planning, &Silent, cancel, parallelism)
                .await;
            let last = Applied {
                run: at,
                config: config.clone(),
                variables: variables.clone(),
                options: options.clone(),
            };
            slot.last = Some(last);
            let mut said = planning.diagnostics;
            said.0.retain(|d| !applied.diagnostics.0.contains(d));
            said.extend(applied.diagnostics);
            outcome.diagnostics.extend(expected.judge(&config, said));
            let ledger = slot.stack.ledger();
            let instances = planning.instances.iter().filter_map(|(addr, planned)| {
                let record = ledger.instances.get(&addr.to_string())?;
                Some(super::StateInstance {
                    addr: addr.clone(),
                    provider: planned.change.provider.clone(),
                    schema: planned.change.schema.clone(),
                    object: applied.objects.get(addr)?.clone(),
                    tainted: record.tainted,
                    deposed: None,
                    depends_on: record.depends_on.clone(),
                })
            });
            outcome.state = Some(super::StateView {
                instances: instances.collect(),
                outputs: slot.stack.outputs(),
                checks: Vec::new(),
            });
            let outputs =
                applied.outputs.into_iter().map(|(n, (value, _))| (n, scope::told(value))).collect();
            (applied.objects, outputs)
        };
        self.outputs.insert(run.name.clone(), Value::object(outputs.clone()));
        if outcome.diagnostics.has_errors() {
            outcome.status = Status::Error;
            return Ok(outcome);
        }
        let runs = scope::Runs { done: &self.outputs, all: &self.names, own: Some(&run.name) };
        let inside = assert::Inside { run, outputs: &outputs, runs };
        let slot = self.slots.get(&slot_key(run));
        let made = slot.and_then(|slot| {
            let judge = |bench: &super::evaluate::Bench<'_, '_>| assert::judge(bench, &inside);
            slot.stack.at_root(&config, &variables, &objects, &options, judge)
        });
        if let Some((status, found)) = made {
            outcome.status = outcome.status.max(status);
            outcome.diagnostics.extend(found);
        }
        Ok(outcome)
    }

    /// Removes everything, what was made last first. Answers what went wrong, and what is left.
    async fn close(mut self) -> Diagnostics {
        let mut found = Diagnostics::default();
        let mut slots: Vec<Slot> = std::mem::take(&mut self.slots).into_values().collect();
        slots.sort_by_key(|slot| std::cmp::Reverse(slot.last.as_ref().map(|l| l.run)));
        for mut slot in slots {
            let Some(last) = slot.last else { continue };
            if slot.stack.ledger().instances.is_empty() {
                continue;
            }
            let run = &self.file.runs[last.run];
            self.suite.witness.run_tears_down(self.file, run);
            let options = PlanOptions {
                mode: PlanMode::Destroy,
                targets: Vec::new(),
                replace: Vec::new(),
                ..last.options.clone()
            };
            // Whoever interrupts a test still wants it to be cleaned up.
            let cancel = CancellationToken::new();
            let stack = &mut slot.stack;
            let planned = stack.plan(&last.config, &last.variables, &options, &Silent, &cancel).await;
            match planned {
                Ok(planning) if !planning.diagnostics.has_errors() => {
                    let done = stack
                        .apply(
                            &last.config,
                            &last.variables,
                            &options,
                            &planning,
                            &Silent,
                            cancel,
                            self.suite.parallelism,
                        )
                        .await;
                    found.extend(done.diagnostics.into_iter().filter(|d| d.severity == Severity::Error));
                }
                Ok(planning) => found.extend(planning.diagnostics),
                Err(more) => found.extend(more),
            }
            let left: Vec<&String> = stack.ledger().instances.keys().collect();
            if !left.is_empty() {
                let list: String = left.iter().map(|a| format!("\n  - {a}")).collect();
                let detail = format!(
                    "Of what the run \"{}\" of {} made, this could not be removed. It went with the local cloud of the \
                     test:{list}",
                    run.name, self.file.path
                );
                found.push(Diagnostic::error("Not everything was cleaned up", detail));
            }
        }
        if let Some(cloud) = self.cloud.take() {
            // Its world was in memory alone.
            let _ = cloud.shutdown().await;
        }
        found
    }
}

/// The name of the state that a run works on: runs of one module share theirs, if they do not say otherwise.
fn slot_key(run: &Run) -> String {
    match (&run.state_key, &run.module) {
        (Some(key), _) => format!("key {key}"),
        (None, Some(call)) => match &call.address {
            Some(address) => format!("module {address}"),
            None => format!("module {}", call.source),
        },
        (None, None) => String::new(),
    }
}

fn targeted() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "You are creating a plan with the -target option, which means that the result of this plan may not represent all of \
         the changes requested by the current configuration.\n\nThe -target option is not for routine use, and is provided \
         only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests \
         to use it as part of an error message.",
    )
}

impl Stack {
    /// A stack that owns nothing yet, with its files in a folder: of a test. Without an endpoint it has no connection to
    /// anything.
    fn fresh(folder: &Path, local: Option<crate::session::LocalEndpoint>) -> Stack {
        let connected = local.is_some();
        let env = move |name: &str| if connected { std::env::var(name).ok() } else { None };
        let http = Session::http(&env, local.as_ref());
        Stack {
            root: PathBuf::from("."),
            workspace: workspace::DEFAULT.into(),
            ledger: Ledger::new(),
            store: Arc::new(LocalStore::new(folder.join("ledger.json"), folder.join("journal"))),
            sealer: Sealer::new(None, &folder.join("key")),
            session: Session::with_http(Box::new(env), local, http),
            cloud: None,
            world: None,
            cache: LiveCache::default(),
            lock: None,
            pace: None,
        }
    }
}
