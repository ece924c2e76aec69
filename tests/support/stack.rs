//! A stack over a local cloud in a folder, and configurations for it: for suites that plan and apply without the program.

#![allow(dead_code, reason = "no suite uses all of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ringfence::config::{Config, Disk, LoadOptions, load};
use ringfence::lang::{Diagnostics, Severity, Value};
use ringfence::localcloud::{ClockMode, LocalCloud};
use ringfence::plan::addr::Partial;
use ringfence::plan::model::ChangeAction;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::{Choice, LocalSettings, Opening, Stack};

/// Values of root variables.
pub type Variables = BTreeMap<Arc<str>, Value>;

/// The stack of a folder, over a local cloud with this clock. Whoever had it before may take a moment to let go of it.
pub async fn open(root: &Path, clock: ClockMode) -> Stack {
    let opening = Opening {
        root,
        cloud: Choice::Local(LocalSettings { clock, world: None }),
        env: Arc::new(|_| None),
        lock: Some("OperationTypeApply"),
        patience: Duration::from_secs(5),
    };
    Stack::open(opening).await.unwrap()
}

/// The cloud behind a stack.
pub fn cloud(stack: &Stack) -> &LocalCloud {
    &stack.local_cloud().unwrap().cloud
}

/// The configuration of a folder as it is.
pub fn read(folder: &Path) -> (Config, Diagnostics) {
    load(Path::new("."), &LoadOptions { files: &Disk { working_dir: folder.to_path_buf() } })
}

/// The configuration of a folder with this `main.tf`.
pub fn write(folder: &Path, text: &str) -> (Config, Diagnostics) {
    std::fs::write(folder.join("main.tf"), text).unwrap();
    read(folder)
}

/// One that must be right.
pub fn right((config, diagnostics): (Config, Diagnostics)) -> Config {
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    config
}

/// An example of ours.
pub fn example(name: &str) -> Config {
    let disk = Disk { working_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")) };
    right(load(&Path::new("examples").join(name), &LoadOptions { files: &disk }))
}

/// What the root variables are where nobody says anything.
pub fn defaults(config: &Config) -> Variables {
    let variables = config.root.variables.values();
    variables.filter_map(|v| Some((v.name.clone(), v.default.clone()?))).collect()
}

/// What a plan would do, as `ADDRESS Action`.
pub fn changes(planning: &Planning) -> Vec<String> {
    let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    changes.map(|c| format!("{} {:?}", c.addr, c.action)).collect()
}

/// Address and words of an error.
pub type Fault = (String, String);

/// Errors, each with its address.
pub fn faults(diagnostics: &Diagnostics) -> Vec<Fault> {
    let all = diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    all.map(|d| (d.address.clone().unwrap_or_default(), format!("{}: {}", d.summary, d.detail))).collect()
}

/// A plan of these addresses and what they stand on; none: of everything.
pub fn targets(addresses: &[&str]) -> PlanOptions {
    let targets = addresses.iter().map(|a| Partial::parse(a).unwrap()).collect();
    PlanOptions { targets, ..PlanOptions::default() }
}
