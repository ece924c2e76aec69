//! One root module with its ledger, its connections and its local cloud: what commands do, without their words.
//!
//! Knows how the rooms are put together. Knows nothing of rendering, of flags, or of exit codes.

mod adopt;
pub mod backend;
pub mod book;
mod cloud;
mod evaluate;
mod generate;
mod recover;
pub mod saved;
mod take;
pub mod testing;
mod view;
pub mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

pub use adopt::Adopted;
pub use cloud::{Choice, LocalSettings};
pub use evaluate::Objects;
pub use generate::{Generated, Reload};
pub use view::{Recorded, StateInstance, StateView};

use crate::apply::{self, Applied, Job};
use crate::arm::{Http, TokioClock};
use crate::catalog::AllFunctions;
use crate::config::Config;
use crate::lang::functions::Builtins;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::ledger::{Hold, Ledger, LedgerError, LocalStore, LockInfo, Patience, Sealer, Shelf, Store};
use crate::localcloud::ClockMode;
use crate::plan::live::LiveCache;
use crate::plan::options::PlanOptions;
use crate::plan::run::{self, Planning};
use crate::plan::walk::Inputs;
use crate::session::Session;
use crate::ui::progress::Progress;

/// Reads a variable of the environment.
pub type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// How long it may take to find out who has a lock that was lost.
const LOOK: Duration = Duration::from_secs(5);

/// The folder for everything of ours but the ledger: `TF_DATA_DIR`, else `.ringfence`, in the root module.
pub fn data_dir(root: &Path, env: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let named = env("TF_DATA_DIR").filter(|v| !v.is_empty());
    root.join(named.as_deref().unwrap_or(".ringfence"))
}

/// What a stack is opened with.
pub struct Opening<'o> {
    /// The root module's folder; relative paths start here.
    pub root: &'o Path,
    /// Azure, or the local cloud.
    pub cloud: Choice,
    /// Reads the environment.
    pub env: Arc<dyn Fn(&str) -> Option<String> + Send + Sync>,
    /// What the lock says that it is held for; `None`: no lock is taken.
    pub lock: Option<&'o str>,
    /// How long another holder of the lock, or of the local cloud's world, is waited for.
    pub patience: Duration,
}

/// An open stack.
pub struct Stack {
    root: PathBuf,
    workspace: Arc<str>,
    ledger: Ledger,
    store: Shelf,
    sealer: Sealer,
    session: Session,
    cloud: Option<crate::localcloud::Handle>,
    world: Option<PathBuf>,
    /// What the last plan read: apply goes on from there.
    cache: LiveCache,
    lock: Option<Box<dyn Hold>>,
    /// How fast the local cloud's clock runs, if not as ours does.
    pace: Option<f64>,
}

impl Stack {
    /// Opens the ledger, takes the lock, starts the local cloud if it is asked for. Nothing of Azure is asked yet.
    pub async fn open(opening: Opening<'_>) -> Result<Stack, Diagnostics> {
        Stack::assemble(opening, |http| http, &|| {}).await
    }

    /// The same; `waiting` is called when the lock is waited for.
    pub async fn open_telling(
        opening: Opening<'_>,
        waiting: &(dyn Fn() + Sync),
    ) -> Result<Stack, Diagnostics> {
        Stack::assemble(opening, |http| http, waiting).await
    }

    /// The same, with what `over` makes of the way to send requests: a test records what is asked before any DNS.
    pub async fn open_over(
        opening: Opening<'_>,
        over: impl FnOnce(Http) -> Http,
    ) -> Result<Stack, Diagnostics> {
        Stack::assemble(opening, over, &|| {}).await
    }

    async fn assemble(
        opening: Opening<'_>,
        over: impl FnOnce(Http) -> Http,
        waiting: &(dyn Fn() + Sync),
    ) -> Result<Stack, Diagnostics> {
        let data = data_dir(opening.root, &*opening.env);
        let workspace = workspace::current(&data, &*opening.env)?;
        let store = store(opening.root, &data, &opening.cloud, &workspace, &*opening.env).await?;
        let lock = match opening.lock {
            None => None,
            Some(operation) => {
                let info = lock_info(operation, &store.place());
                let patience = Patience { most: opening.patience, waiting };
                Some(store.take(&info, patience).await.map_err(ledger_error)?)
            }
        };
        let mut ledger = store.read().await.map_err(ledger_error)?.unwrap_or_default();
        let sealer = sealer(&mut ledger, &*store, &data, &*opening.env)?;
        let cloud = match &opening.cloud {
            Choice::Azure => None,
            Choice::Local(settings) => Some(cloud::start(settings, &data, opening.patience).await?),
        };
        let world = match &opening.cloud {
            Choice::Azure => None,
            Choice::Local(settings) => Some(cloud::world_file(settings, &data)),
        };
        let env = opening.env.clone();
        let local = cloud.as_ref().map(cloud::endpoint);
        let http = over(Session::http(&*env, local.as_ref()));
        let session = Session::with_http(Box::new(move |name| env(name)), local, http);
        let root = opening.root.to_path_buf();
        let cache = LiveCache::default();
        let pace = match &opening.cloud {
            Choice::Local(LocalSettings { clock: ClockMode::Scaled(factor), .. }) => Some(*factor),
            _ => None,
        };
        Ok(Stack { root, workspace, ledger, store, sealer, session, cloud, world, cache, lock, pace })
    }

    /// Ends the local cloud, if there is one: its world can be opened again when this returns.
    pub async fn close(mut self) {
        if let Some(lock) = self.lock.take() {
            lock.release().await;
        }
        if let Some(cloud) = self.cloud.take() {
            // What the disk did not take was said where it was written.
            let _ = cloud.shutdown().await;
        }
    }

    /// What is owned.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Opens what the ledger keeps secret.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The local cloud, if that is where the stack is.
    pub fn local_cloud(&self) -> Option<&crate::localcloud::Handle> {
        self.cloud.as_ref()
    }

    /// The file that keeps the local cloud's world, if that is where the stack is.
    pub fn world(&self) -> Option<&Path> {
        self.world.as_deref()
    }

    /// The connections.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Plans. What an interrupted run left is taken up first.
    pub async fn plan(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        options: &PlanOptions,
        progress: &dyn Progress,
        cancel: &CancellationToken,
    ) -> Result<Planning, Diagnostics> {
        let warnings = recover::run(self, config, variables, options, progress, cancel).await?;
        let now = SystemTime::now();
        let functions = AllFunctions(Builtins::planning(&self.root, Some(now)));
        let inputs = self.inputs(config, variables, options, &functions, now);
        let mut cache = LiveCache::default();
        let mut planning = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(halted()),
            planned = run::plan(&inputs, &mut cache, &self.session) => planned?,
        };
        planning.diagnostics.extend(warnings);
        planning.plan.forecast = apply::forecast::of(&planning.instances, &planning.deposed);
        self.cache = cache;
        Ok(planning)
    }

    /// Carries a plan out. The ledger is written whatever happens.
    #[allow(clippy::too_many_arguments)]
    pub async fn apply(
        &mut self,
        config: &Config,
        variables: &BTreeMap<Arc<str>, Value>,
        options: &PlanOptions,
        planning: &Planning,
        progress: &dyn Progress,
        cancel: CancellationToken,
        parallelism: usize,
    ) -> Applied {
        let planned_at = OffsetDateTime::parse(&planning.plan.timestamp, &Rfc3339).ok().map(SystemTime::from);
        let functions = AllFunctions(Builtins::applying(&self.root, planned_at, SystemTime::now()));
        let inputs = Inputs {
            config,
            variables,
            ledger: &self.ledger,
            sealer: &self.sealer,
            options,
            functions: &functions,
            timestamp: planning.plan.timestamp.clone(),
        };
        // Whoever loses the lock stops as after an interrupt.
        let loss = self.lock.as_ref().and_then(|lock| lock.loss());
        let halt = cancel.child_token();
        let work = apply::apply(Job {
            inputs: &inputs,
            planning,
            cache: std::mem::take(&mut self.cache),
            fetch: &self.session,
            connections: &self.session,
            store: &self.store,
            progress,
            cancel: halt.clone(),
            parallelism,
            clock: Arc::new(TokioClock::default()),
            cloud_clock: self.pace,
        });
        let applied = match &loss {
            None => work.await,
            Some(loss) => {
                tokio::pin!(work);
                let ended = tokio::select! {
                    biased;
                    applied = &mut work => Some(applied),
                    () = loss.wait() => None,
                };
                match ended {
                    Some(applied) => applied,
                    None => {
                        progress.message("The lock of the ledger was lost: nothing new is started.");
                        halt.cancel();
                        work.await
                    }
                }
            }
        };
        self.ledger = applied.ledger.clone();
        match loss.as_ref().and_then(|loss| loss.why()) {
            Some(why) => Applied { diagnostics: self.lost(why, applied.diagnostics).await, ..applied },
            None => applied,
        }
    }

    /// One message in the place of everything that follows from the loss of the lock.
    async fn lost(&self, why: &str, all: Diagnostics) -> Diagnostics {
        let holder = tokio::time::timeout(LOOK, self.store.holder()).await;
        let holder = match holder {
            Ok(Ok(Some(info))) if !info.id.is_empty() => {
                format!(
                    " It is held by {} since {} ({}, ID {}).",
                    info.who, info.created, info.operation, info.id
                )
            }
            Ok(Ok(None)) => " Nobody holds it now.".to_string(),
            _ => String::new(),
        };
        let follows = |d: &Diagnostic| d.summary == "execution halted" || LedgerError::tells_loss(&d.detail);
        let (own, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(follows);
        let parts = own.iter().chain(&others).flat_map(|d| d.detail.split("\n\n"));
        let count = parts.filter(|part| part.contains("changes done and kept")).last();
        let count = count.map(|c| format!("\n\n{c}")).unwrap_or_default();
        others.push(Diagnostic::error(
            "The lock of the ledger was lost",
            format!(
                "{}: {why}.{holder}\n\nNothing is lost: what was sent until then is in the journal, and nothing was sent that is \
                 not. Whoever has the lock next reads it, waits for what goes on in Azure, and goes on from there.{count}",
                self.store.place()
            ),
        ));
        Diagnostics(others)
    }

    fn inputs<'a>(
        &'a self,
        config: &'a Config,
        variables: &'a BTreeMap<Arc<str>, Value>,
        options: &'a PlanOptions,
        functions: &'a AllFunctions,
        now: SystemTime,
    ) -> Inputs<'a> {
        Inputs {
            config,
            variables,
            ledger: &self.ledger,
            sealer: &self.sealer,
            options,
            functions,
            timestamp: timestamp(now),
        }
    }
}

/// Where the ledger of a workspace of a root module is, with its journal. The local cloud's world has one of its own beside
/// it: what is owned there is not owned in Azure.
async fn store(
    root: &Path,
    data: &Path,
    cloud: &Choice,
    workspace: &str,
    env: Env<'_>,
) -> Result<Shelf, Diagnostics> {
    if *cloud == Choice::Azure
        && let Some(shelf) = backend::shelf(data, workspace, env).await?
    {
        return Ok(shelf);
    }
    Ok(files(root, data, cloud, workspace))
}

/// The same in local files.
fn files(root: &Path, data: &Path, cloud: &Choice, workspace: &str) -> Shelf {
    let (ledger, journal) = match cloud {
        Choice::Azure => (workspace::azure(root, workspace), "journal"),
        Choice::Local(_) => (workspace::local(data, workspace), "local.journal"),
    };
    Arc::new(LocalStore::new(ledger, data.join(workspace::own(journal, workspace))))
}

/// The variable with the key that seals.
pub const KEY: &str = "RINGFENCE_ENCRYPTION_KEY";

/// What seals the secrets of a ledger.
///
/// Errors: a shared ledger and no key that others have too, or another key than the ledger's.
fn sealer(ledger: &mut Ledger, store: &dyn Store, data: &Path, env: Env<'_>) -> Result<Sealer, Diagnostics> {
    let text = env(KEY).filter(|t| !t.is_empty());
    if store.is_shared() && text.is_none() {
        return Err(no_key(&store.place()));
    }
    let sealer = Sealer::new(text, &data.join("key"));
    // What was pushed there may be sealed with any key.
    let other = match &ledger.sealed_by {
        Some(id) => *id != sealer.id(),
        None => store.is_shared() && ledger.reseal(&sealer, &sealer).is_err(),
    };
    match &ledger.sealed_by {
        _ if other => {
            return Err(Diagnostic::error(
                "The ledger is sealed with another key",
                format!(
                    "What {} keeps secret cannot be opened with the key at hand. Set {KEY} to the key that it was sealed with, by \
                     \"ringfence apply\" or \"ringfence ledger rotate-key\".",
                    store.place()
                ),
            )
            .into());
        }
        None if store.is_shared() => ledger.sealed_by = Some(sealer.id()),
        _ => {}
    }
    Ok(sealer.with_digests(ledger.digests_by.as_ref()))
}

/// What opens the secrets of a saved plan. The ledger is not asked for.
pub fn plan_sealer(root: &Path, env: Env<'_>) -> Sealer {
    Sealer::new(env(KEY), &data_dir(root, env).join("key"))
}

/// A shared ledger needs a key that all who work with it have.
fn no_key(place: &str) -> Diagnostics {
    Diagnostic::error(
        "No key for the secrets of a shared ledger",
        format!(
            "{place} is shared, and the key file of this machine, .ringfence/key, is nobody else's: what is sealed with it could \
             be opened here alone. Make a key once, keep it where the pipeline keeps its secrets, and give it to every run:\n\n  \
             openssl rand -base64 32\n  export {KEY}=...\n\nFrom a key vault: export {KEY}=$(az keyvault secret show \
             --vault-name NAME --name ringfence-key --query value -o tsv)"
        ),
    )
    .into()
}

/// Judges a configuration by itself: nothing is read, no variable has a value.
pub fn validate(config: &Config, root: &Path) -> Diagnostics {
    let functions = AllFunctions(Builtins::planning(root, None));
    let (ledger, options, variables) = (Ledger::new(), PlanOptions::default(), BTreeMap::new());
    let sealer = Sealer::new(None, Path::new(""));
    let calls = crate::config::judge_calls(config);
    if calls.has_errors() {
        return calls;
    }
    let judged = crate::config::judge(config);
    let evaluated = crate::plan::validate::configuration(&Inputs {
        config,
        variables: &variables,
        ledger: &ledger,
        sealer: &sealer,
        options: &options,
        functions: &functions,
        timestamp: String::new(),
    });
    // Where there is a cycle nothing can be evaluated.
    let cycles: Vec<_> = evaluated.0.iter().filter(|d| d.summary.starts_with("Cycle: ")).cloned().collect();
    if !cycles.is_empty() {
        return Diagnostics(cycles);
    }
    let mut all = judged;
    for one in evaluated {
        let said =
            |d: &Diagnostic| d.summary == one.summary && d.subject.is_some() && d.subject == one.subject;
        if !all.0.iter().any(said) {
            all.push(one);
        }
    }
    all
}

/// RFC 3339 in whole seconds, as `plantimestamp()` has it.
fn timestamp(now: SystemTime) -> String {
    OffsetDateTime::from(now)
        .replace_nanosecond(0)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(&Rfc3339)
        .unwrap_or_default()
}

fn lock_info(operation: &str, ledger: &str) -> LockInfo {
    let user = std::env::var("USER").unwrap_or_else(|_| "unknown".into());
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    LockInfo {
        id: uuid::Uuid::new_v4().to_string(),
        operation: operation.into(),
        who: format!("{user}@{}", host.trim()),
        version: env!("CARGO_PKG_VERSION").into(),
        created: timestamp(SystemTime::now()),
        path: ledger.to_string(),
    }
}

/// A message as a sentence begins.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", letters.as_str())
}

fn halted() -> Diagnostics {
    Diagnostic::error("execution halted", "Planning was interrupted. Nothing was changed.").into()
}

fn ledger_error(error: LedgerError) -> Diagnostics {
    match error {
        LedgerError::Locked(holder) => Diagnostic::error(
            "Error acquiring the ledger lock",
            format!(
                "Another command holds the lock of {}.\n\nLock Info:\n  ID:        {}\n  Operation: {}\n  Who:       {}\n  Version:   {}\n  Created:   {}\n\nWait until it has ended, or give it time with -lock-timeout=60s. {}",
                holder.path,
                holder.id,
                holder.operation,
                holder.who,
                holder.version,
                holder.created,
                if holder.path.starts_with("https:") {
                    format!(
                        "The lock of a process that was killed ends by itself within a minute; \"ringfence force-unlock {}\" ends it at once.",
                        holder.id
                    )
                } else {
                    "The lock goes with the process that holds it.".to_string()
                }
            ),
        )
        .into(),
        LedgerError::Lost { .. } | LedgerError::Changed { .. } | LedgerError::Remote { .. } => {
            Diagnostic::error("The ledger cannot be used", format!("{}.", sentence(&error.to_string()))).into()
        }
        other => {
            let summary = "The ledger cannot be used";
            let hint = "Without its ledger a stack does not know what it owns. Restore the file from a backup, or move it away and take the resources again with -adopt.";
            Diagnostic::error(summary, format!("{other}.\n\n{hint}")).into()
        }
    }
}
