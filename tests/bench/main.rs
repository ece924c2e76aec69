//! The bench workspace, 40 resources by azapi, against the shared stub.

mod kill;
mod process;
#[path = "../support/stack.rs"]
mod stack;
mod stub;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ringfence::catalog::{AllFunctions, Need, ProviderConfig};
use ringfence::config::Config;
use ringfence::lang::functions::Builtins;
use ringfence::lang::{Diagnostics, Value};
use ringfence::plan::live::{Answer, LiveCache, ProviderKey, ProviderNeed};
use ringfence::plan::model::PlanMode;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::{self, Fetch, Planning};
use ringfence::plan::walk::Inputs;
use ringfence::session::Session;
use ringfence::stack::{Choice, Opening, Stack};
use ringfence::ui::progress::Silent;
use stack::{Variables, changes};
use tokio_util::sync::CancellationToken;

/// A root module with its stack against the stub.
struct Bench {
    folder: tempfile::TempDir,
    config: Config,
    variables: Variables,
    ca: String,
}

impl Bench {
    fn new(stub: &stub::Stub) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        stub.configuration(&["workspace.tf", "provider.tf"], folder.path());
        let config = stack::right(stack::read(folder.path()));
        let variables = stack::defaults(&config);
        let ca = stub.dir.path().join("ca.pem").display().to_string();
        Bench { folder, config, variables, ca }
    }

    async fn open(&self) -> Stack {
        let ca = self.ca.clone();
        let opening = Opening {
            root: self.folder.path(),
            cloud: Choice::Azure,
            env: Arc::new(move |name| (name == "SSL_CERT_FILE").then(|| ca.clone())),
            lock: Some("OperationTypeApply"),
            patience: Duration::ZERO,
        };
        Stack::open(opening).await.unwrap()
    }

    async fn plan(&self, stack: &mut Stack, options: &PlanOptions) -> Planning {
        let cancel = CancellationToken::new();
        let planning = stack.plan(&self.config, &self.variables, options, &Silent, &cancel).await.unwrap();
        assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
        planning
    }

    async fn apply(&self, stack: &mut Stack, options: &PlanOptions) -> [usize; 4] {
        let planning = self.plan(stack, options).await;
        let cancel = CancellationToken::new();
        let applied =
            stack.apply(&self.config, &self.variables, options, &planning, &Silent, cancel, 10).await;
        assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics);
        applied.counts
    }
}

/// A session that counts how often it is asked to read: each time is a round of planning more.
struct Rounds<'s> {
    session: &'s Session,
    reads: Cell<usize>,
}

#[async_trait(?Send)]
impl Fetch for Rounds<'_> {
    async fn connect(&self, need: &ProviderNeed) -> Result<ProviderConfig, Diagnostics> {
        self.session.connect(need).await
    }

    async fn read(&self, reads: &[(ProviderKey, Need)]) -> Result<Vec<Answer>, Diagnostics> {
        self.reads.set(self.reads.get() + 1);
        self.session.read(reads).await
    }
}

fn has_id(object: &Value) -> bool {
    object.get("id").is_some_and(|id| id.as_str().is_some())
}

#[tokio::test]
async fn from_nothing_to_an_empty_plan_and_back() {
    let Some(stub) = stub::Stub::start() else { return };
    let bench = Bench::new(&stub);
    let options = PlanOptions::default();
    let mut stack = bench.open().await;

    let planning = bench.plan(&mut stack, &options).await;
    assert_eq!(planning.plan.counts(), [0, 40, 0, 0]);
    let known = planning.plan.changes.iter().filter(|c| c.after.as_ref().is_some_and(has_id)).count();
    assert_eq!(known, 40, "every id is known in advance");

    assert_eq!(bench.apply(&mut stack, &options).await, [0, 40, 0, 0]);
    let again = bench.plan(&mut stack, &options).await;
    assert_eq!(changes(&again), Vec::<String>::new());
    assert!(!again.plan.has_changes());

    let functions = AllFunctions(Builtins::planning(bench.folder.path(), None));
    let inputs = Inputs {
        config: &bench.config,
        variables: &bench.variables,
        ledger: stack.ledger(),
        sealer: stack.sealer(),
        options: &options,
        functions: &functions,
        timestamp: String::new(),
    };
    let rounds = Rounds { session: stack.session(), reads: Cell::new(0) };
    let planning = run::plan(&inputs, &mut LiveCache::default(), &rounds).await.unwrap();
    assert!(!planning.plan.has_changes());
    assert_eq!(rounds.reads.get(), 1, "what the ledger knows is read at once");

    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    assert_eq!(bench.apply(&mut stack, &destroy).await, [0, 0, 0, 40]);
    assert_eq!(bench.plan(&mut stack, &options).await.plan.counts(), [0, 40, 0, 0]);
}
