//! A stack on a local cloud of its own, that plans again and again over what it read once.

use std::collections::BTreeMap;
use std::time::SystemTime;

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
    /// What was read since the last apply: nothing changes in between.
    cache: LiveCache,
}

impl Bench {
    pub async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack::open(folder.path(), ClockMode::Instant).await;
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
        stack::right(stack::write(self.folder.path(), text))
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
