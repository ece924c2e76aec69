//! A stack on a local cloud that answers unlike what it was told, over a world that is there already.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use ringfence::arm::Prefer;
use ringfence::config::Config;
use ringfence::lang::functions::Builtins;
use ringfence::localcloud::ClockMode;
use ringfence::plan::live::LiveCache;
use ringfence::plan::run::{self, Planning};
use ringfence::plan::walk::Inputs;
use ringfence::stack::Stack;
use ringfence::ui::progress::Silent;
use tokio_util::sync::CancellationToken;

use super::stack::{self, Fault, faults, targets};

pub struct Bench {
    folder: tempfile::TempDir,
    stack: Stack,
}

/// What an apply came to.
pub enum Applied {
    Done,
    /// The plan already said no.
    NotPlanned(Vec<Fault>),
    /// The cloud said no.
    Refused(Vec<Fault>),
}

/// A world that others start from: its folder.
pub struct World(tempfile::TempDir);

impl World {
    /// Applies all of a configuration.
    pub async fn new(text: &str) -> World {
        let mut bench = Bench::open(tempfile::tempdir().unwrap()).await;
        let applied = bench.apply(text, &[]).await;
        let wrong = match applied {
            Applied::Done => Vec::new(),
            Applied::NotPlanned(found) | Applied::Refused(found) => found,
        };
        assert!(wrong.is_empty(), "the world is not applied: {wrong:#?}");
        let Bench { folder, stack } = bench;
        stack.close().await;
        World(folder)
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).unwrap(),
        }
    }
}

impl Bench {
    /// A copy of a world whose cloud is unruly from now on.
    pub async fn over(world: &World, seed: u64) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        copy(world.0.path(), folder.path());
        let bench = Bench::open(folder).await;
        bench.stack.local_cloud().unwrap().cloud.behave(Some(seed));
        bench
    }

    async fn open(folder: tempfile::TempDir) -> Bench {
        let stack = stack::open(folder.path(), ClockMode::Instant).await;
        // Some arguments name what is in another subscription, and that must let whoever writes them.
        stack.local_cloud().unwrap().cloud.set_roles(&["Owner@/".to_owned()]).unwrap();
        Bench { folder, stack }
    }

    fn load(&self, text: &str) -> Config {
        stack::right(stack::write(self.folder.path(), text))
    }

    /// Plans some addresses and what they stand on, over what is live now.
    pub async fn plan(&mut self, text: &str, addresses: &[&str], prefer: Prefer) -> Planning {
        self.stack.session().prefer(prefer);
        let (config, variables, options) = (self.load(text), BTreeMap::new(), targets(addresses));
        let functions = Builtins::planning(self.folder.path(), Some(SystemTime::UNIX_EPOCH));
        let inputs = Inputs {
            config: &config,
            variables: &variables,
            ledger: self.stack.ledger(),
            sealer: self.stack.sealer(),
            options: &options,
            functions: &functions,
            timestamp: "1970-01-01T00:00:00Z".into(),
        };
        let planned = run::plan(&inputs, &mut LiveCache::default(), self.stack.session()).await;
        planned.unwrap_or_else(|wrong| Planning { diagnostics: wrong, ..Planning::default() })
    }

    /// Plans and applies.
    pub async fn apply(&mut self, text: &str, addresses: &[&str]) -> Applied {
        match self.planned(text, addresses).await {
            Ok(planning) => self.carry_out(text, addresses, &planning).await,
            Err(found) => Applied::NotPlanned(found),
        }
    }

    /// A plan that can be carried out.
    pub async fn planned(&mut self, text: &str, addresses: &[&str]) -> Result<Planning, Vec<Fault>> {
        self.stack.session().prefer(Prefer::Fewest);
        let (config, variables, options) = (self.load(text), BTreeMap::new(), targets(addresses));
        let cancel = CancellationToken::new();
        let planned = self.stack.plan(&config, &variables, &options, &Silent, &cancel).await;
        let planning = planned.map_err(|wrong| faults(&wrong))?;
        let found = faults(&planning.diagnostics);
        if found.is_empty() { Ok(planning) } else { Err(found) }
    }

    /// Carries out what was planned last.
    pub async fn carry_out(&mut self, text: &str, addresses: &[&str], planning: &Planning) -> Applied {
        let (config, variables, options) = (self.load(text), BTreeMap::new(), targets(addresses));
        let cancel = CancellationToken::new();
        let applied = self.stack.apply(&config, &variables, &options, planning, &Silent, cancel, 10).await;
        let found = faults(&applied.diagnostics);
        if found.is_empty() { Applied::Done } else { Applied::Refused(found) }
    }
}
