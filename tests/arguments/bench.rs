//! A stack on a local cloud of its own, that plans again and again over what it read once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ringfence::config::{Config, Disk, LoadOptions, load};
use ringfence::lang::functions::Builtins;
use ringfence::lang::{Diagnostics, Severity};
use ringfence::localcloud::ClockMode;
use ringfence::plan::addr::Partial;
use ringfence::plan::live::LiveCache;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::{self, Planning};
use ringfence::plan::walk::Inputs;
use ringfence::stack::{Choice, LocalSettings, Opening, Stack};
use ringfence::ui::progress::Silent;
use tokio_util::sync::CancellationToken;

pub struct Bench {
    folder: tempfile::TempDir,
    stack: Stack,
    /// What was read since the last apply: nothing changes in between.
    cache: LiveCache,
}

/// Address and words of an error.
pub type Fault = (String, String);

impl Bench {
    pub async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening {
            root: folder.path(),
            cloud: Choice::Local(LocalSettings { clock: ClockMode::Instant, world: None }),
            env: Arc::new(|_| None),
            lock: None,
            patience: Duration::ZERO,
        };
        let stack = Stack::open(opening).await.unwrap();
        // Some arguments name what is in another subscription, and that must let whoever writes them.
        let cloud = &stack.local_cloud().unwrap().cloud;
        cloud.set_roles(&["Owner@/".to_owned()]).unwrap();
        Bench { folder, stack, cache: LiveCache::default() }
    }

    /// From now on the cloud's answers are as unlike what was sent as those of services, in the manner of a seed; `None`:
    /// they are not. What was read is forgotten.
    pub fn behave(&mut self, unruly: Option<u64>) {
        self.cache = LiveCache::default();
        self.stack.local_cloud().unwrap().cloud.behave(unruly);
    }

    fn load(&self, text: &str) -> Config {
        std::fs::write(self.folder.path().join("main.tf"), text).unwrap();
        let disk = Disk { working_dir: self.folder.path().to_path_buf() };
        let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &disk });
        assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
        config
    }

    /// Plans some addresses and what they stand on.
    pub async fn plan(&mut self, text: &str, addresses: &[&str]) -> Planning {
        let (config, variables, options) = (self.load(text), BTreeMap::new(), targets(addresses));
        // What one plan forced is not forced in the next.
        self.cache.forced.clear();
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
        run::plan(&inputs, &mut self.cache, self.stack.session()).await.unwrap()
    }

    /// Plans and applies; what fails is listed.
    pub async fn apply(&mut self, text: &str, addresses: &[&str]) -> Vec<Fault> {
        let (config, variables, options) = (self.load(text), BTreeMap::new(), targets(addresses));
        let cancel = CancellationToken::new();
        let planning = self.stack.plan(&config, &variables, &options, &Silent, &cancel).await.unwrap();
        let found = faults(&planning.diagnostics);
        if !found.is_empty() {
            return found;
        }
        self.cache = LiveCache::default();
        let applied = self.stack.apply(&config, &variables, &options, &planning, &Silent, cancel, 10).await;
        faults(&applied.diagnostics)
    }
}

fn targets(addresses: &[&str]) -> PlanOptions {
    let targets = addresses.iter().map(|a| Partial::parse(a).unwrap()).collect();
    PlanOptions { targets, ..PlanOptions::default() }
}

/// Errors, each with its address.
pub fn faults(diagnostics: &Diagnostics) -> Vec<Fault> {
    let all = diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    all.map(|d| (d.address.clone().unwrap_or_default(), format!("{}: {}", d.summary, d.detail))).collect()
}
