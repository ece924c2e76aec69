//! Which hosts and paths the client asks for while a secured workspace is made, read and destroyed: recorded where the
//! program hands a request to its HTTP client, before any name is looked up.

#[path = "../support/stack.rs"]
mod stack;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use ringfence::arm::Http;
use ringfence::localcloud::ClockMode;
use ringfence::plan::model::PlanMode;
use ringfence::plan::options::PlanOptions;
use ringfence::stack::{Choice, LocalSettings, Opening, Stack};
use ringfence::ui::progress::Silent;
use tokio_util::sync::CancellationToken;

/// A request: method, `scheme://host:port`, path.
type Asked = (String, String, String);

/// Records what it is asked for, then asks.
#[derive(Debug)]
struct Recorder {
    inner: Http,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[async_trait]
impl HttpClient for Recorder {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url();
        let origin = url.origin().ascii_serialization();
        self.asked.lock().unwrap().push((request.method().to_string(), origin, url.path().to_owned()));
        self.inner.execute_request(request).await
    }
}

/// The last word of a path, without the case it is written in.
fn last(path: &str) -> String {
    path.rsplit('/').find(|p| !p.is_empty()).unwrap_or_default().to_ascii_lowercase()
}

/// What may be sent by POST: tokens, registrations of providers and features, purges of what is deleted softly.
fn may_be_posted(path: &str) -> bool {
    ["token", "register", "purge", "checknameavailability", "checkpolicyrestrictions"]
        .contains(&last(path).as_str())
}

/// Actions that answer with secrets.
fn tells_secrets(path: &str) -> bool {
    let word = last(path);
    word.starts_with("list") || ["sharedkeys", "regeneratekey", "getkeys"].contains(&word.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secured_workspace_asks_only_arm_and_the_login_host_and_no_key() {
    let config = stack::example("secured-workspace");
    let variables = stack::defaults(&config);
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let opening = Opening {
        root: folder.path(),
        cloud: Choice::Local(LocalSettings { clock: ClockMode::Scaled(600.0), world: None }),
        env: Arc::new(|_| None),
        lock: Some("OperationTypeApply"),
        patience: Duration::ZERO,
    };
    let recording = asked.clone();
    let mut stack =
        Stack::open_over(opening, |inner| Arc::new(Recorder { inner, asked: recording })).await.unwrap();
    let cancel = CancellationToken::new;
    for mode in [PlanMode::Normal, PlanMode::Normal, PlanMode::Destroy] {
        let options = PlanOptions { mode, ..PlanOptions::default() };
        let planning = stack.plan(&config, &variables, &options, &Silent, &cancel()).await.unwrap();
        assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
        let applied = stack.apply(&config, &variables, &options, &planning, &Silent, cancel(), 10).await;
        assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics);
    }

    let endpoint = stack.local_cloud().unwrap().endpoint.clone();
    let all = asked.lock().unwrap().clone();
    let count = |method: &str| all.iter().filter(|(m, ..)| m == method).count();
    println!("{} requests: {} PUT, {} DELETE", all.len(), count("PUT"), count("DELETE"));
    assert!(count("PUT") >= 45 && count("DELETE") >= 1, "the recorder saw too little to prove anything");
    let hosts: BTreeSet<&str> = all.iter().map(|(_, origin, _)| origin.as_str()).collect();
    assert_eq!(hosts, BTreeSet::from([endpoint.as_str()]), "only ARM and the login host, which are one here");
    let secrets: Vec<&Asked> = all.iter().filter(|(_, _, path)| tells_secrets(path)).collect();
    assert!(secrets.is_empty(), "asked for secrets: {secrets:#?}");
    let posted: Vec<&Asked> = all.iter().filter(|(m, _, path)| m == "POST" && !may_be_posted(path)).collect();
    assert!(posted.is_empty(), "posted: {posted:#?}");
    assert!(
        all.iter().all(|(_, _, path)| path.starts_with("/subscriptions/")
            || path.starts_with("/providers/")
            || path == "/subscriptions"
            || path.starts_with("/metadata/")
            || last(path) == "token"
            || path.contains("/.well-known/")),
        "{all:#?}"
    );
}
