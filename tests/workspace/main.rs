//! The secured workspace of the examples on the local cloud.

#[path = "../support/stack.rs"]
mod stack;

use ringfence::config::Config;
use ringfence::lang::Value;
use ringfence::localcloud::ClockMode;
use ringfence::plan::instance::Work;
use ringfence::plan::model::{ChangeAction, PlanMode};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::Silent;
use stack::{Variables, changes};
use tokio_util::sync::CancellationToken;

struct Workspace {
    folder: tempfile::TempDir,
    config: Config,
    variables: Variables,
}

impl Workspace {
    fn new() -> Workspace {
        let config = stack::example("secured-workspace");
        let variables = stack::defaults(&config);
        Workspace { folder: tempfile::tempdir().unwrap(), config, variables }
    }

    async fn open(&self) -> Stack {
        stack::open(self.folder.path(), ClockMode::Scaled(600.0)).await
    }

    async fn plan(&self, stack: &mut Stack, options: &PlanOptions) -> Planning {
        let cancel = CancellationToken::new();
        let planning = stack.plan(&self.config, &self.variables, options, &Silent, &cancel).await.unwrap();
        for d in &planning.diagnostics.0 {
            println!("{:?} {} {:?} {}", d.severity, d.summary, d.address, d.detail);
        }
        assert!(!planning.diagnostics.has_errors());
        planning
    }

    async fn apply(&self, stack: &mut Stack, options: &PlanOptions) -> [usize; 4] {
        let planning = self.plan(stack, options).await;
        let cancel = CancellationToken::new();
        let applied =
            stack.apply(&self.config, &self.variables, options, &planning, &Silent, cancel, 10).await;
        for d in &applied.diagnostics.0 {
            println!("{:?} {} {:?} {}", d.severity, d.summary, d.address, d.detail);
        }
        assert!(!applied.diagnostics.has_errors());
        applied.counts
    }
}

/// Prints what differs, so that a failure says why.
fn explain(planning: &Planning) {
    for (addr, planned) in &planning.instances {
        if let (Work::Arm(work), true) = (&planned.work, planned.change.action != ChangeAction::NoOp) {
            println!("{addr} {:?} {:?}", planned.change.action, planned.change.replace_paths);
            for claim in &work.claims {
                for d in claim.differences.iter().take(4) {
                    let json = |v: &Value| v.to_json_with(&|| Some("(unknown)".into())).unwrap_or_default();
                    let path = ringfence::plan::paths::text(&d.path);
                    println!(
                        "  [{}] {path} {:?} {} <- {:?}",
                        claim.claim.key,
                        d.why,
                        json(&d.want),
                        d.live.as_ref().map(json)
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_and_back_and_recovered() {
    let workspace = Workspace::new();
    let options = PlanOptions::default();
    let mut stack = workspace.open().await;
    let made = workspace.apply(&mut stack, &options).await;
    println!("{made:?} {}", serde_json::to_string(&stack.local_cloud().unwrap().cloud.show()).unwrap());
    let again = workspace.plan(&mut stack, &options).await;
    explain(&again);
    assert_eq!(changes(&again), Vec::<String>::new());
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    workspace.apply(&mut stack, &destroy).await;
    println!("{}", serde_json::to_string(&stack.local_cloud().unwrap().cloud.show()).unwrap());
    workspace.apply(&mut stack, &options).await;
    assert_eq!(changes(&workspace.plan(&mut stack, &options).await), Vec::<String>::new());
}
