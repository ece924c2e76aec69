//! The bench workspace against the shared stub.

mod stub;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use ringfence::config::{Disk, LoadOptions, load};
use ringfence::lang::Value;
use ringfence::lang::functions::Builtins;
use ringfence::ledger::{Ledger, Sealer};
use ringfence::plan::live::LiveCache;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run;
use ringfence::plan::walk::Inputs;
use ringfence::session::Session;

#[tokio::test]
async fn an_empty_subscription_plans_forty() {
    let Some(stub) = stub::Stub::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    stub.configuration(&["workspace.tf", "provider.tf"], folder.path());
    let disk = Disk { working_dir: folder.path().to_path_buf() };
    let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &disk });
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    let ca = stub.dir.path().join("ca.pem").display().to_string();
    let session = Session::new(Box::new(move |n| (n == "SSL_CERT_FILE").then(|| ca.clone())), None);
    let functions = Builtins::planning(folder.path(), Some(SystemTime::now()));
    let variables = config
        .root
        .variables
        .values()
        .filter_map(|v| Some((v.name.clone(), v.default.clone()?)))
        .collect::<BTreeMap<Arc<str>, _>>();
    let (ledger, options) = (Ledger::new(), PlanOptions::default());
    let sealer = Sealer::new(None, &folder.path().join("key"));
    let inputs = Inputs {
        config: &config,
        variables: &variables,
        ledger: &ledger,
        sealer: &sealer,
        options: &options,
        functions: &functions,
        timestamp: "x".into(),
    };
    let mut cache = LiveCache::default();
    let planning = run::plan(&inputs, &mut cache, &session).await.unwrap();
    assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
    assert_eq!(planning.plan.counts(), [0, 40, 0, 0]);
    let known = planning.plan.changes.iter().filter(|c| c.after.as_ref().is_some_and(has_id)).count();
    assert_eq!(known, 40, "every id is known in advance");
}

fn has_id(object: &Value) -> bool {
    object.get("id").is_some_and(|id| id.as_str().is_some())
}
