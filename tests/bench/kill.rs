//! A run that dies at any request: the next one goes on, and nothing is made that the ledger does not know.
//!
//! Dying is dropping the run: whatever was not in a file is gone. What the stub has is judged by itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::http::{AsyncRawResponse, HttpClient, Method, Request, Url};
use ringfence::apply::{self, Applied, Job};
use ringfence::arm::{Http, NetOptions, TokioClock};
use ringfence::config::{Config, Disk, LoadOptions, load};
use ringfence::lang::Value;
use ringfence::lang::functions::Builtins;
use ringfence::ledger::{Ledger, LocalStore, Sealer, Shelf};
use ringfence::plan::live::LiveCache;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run;
use ringfence::plan::walk::Inputs;
use ringfence::session::Session;
use ringfence::ui::progress::Silent;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::stub;

/// A transport that falls silent: at its n-th request, before or after that was sent.
#[derive(Debug)]
struct Dying {
    inner: Http,
    left: AtomicUsize,
    heard: bool,
    dead: Arc<Notify>,
    /// PUT requests by URL that were answered.
    puts: Arc<std::sync::Mutex<Vec<String>>>,
}

#[async_trait::async_trait]
impl HttpClient for Dying {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let last = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match last {
            Ok(1) => {
                if self.heard {
                    let _ = self.inner.execute_request(request).await;
                }
                self.dead.notify_one();
                std::future::pending().await
            }
            Ok(_) => {
                if request.method() == Method::Put {
                    self.puts.lock().unwrap().push(request.url().path().to_ascii_lowercase());
                }
                self.inner.execute_request(request).await
            }
            Err(_) => std::future::pending().await,
        }
    }
}

struct Place {
    folder: tempfile::TempDir,
    config: Config,
    variables: BTreeMap<Arc<str>, Value>,
    ca: String,
}

/// What one run came to: none if it died.
enum End {
    Died,
    Applied(Box<Applied>),
}

impl Place {
    fn new(stub: &stub::Stub) -> Place {
        let folder = tempfile::tempdir().unwrap();
        stub.configuration(&["workspace.tf", "provider.tf"], folder.path());
        let disk = Disk { working_dir: folder.path().to_path_buf() };
        let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &disk });
        assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
        let variables = config.root.variables.values();
        let variables = variables.filter_map(|v| Some((v.name.clone(), v.default.clone()?))).collect();
        Place { folder, config, variables, ca: stub.dir.path().join("ca.pem").display().to_string() }
    }

    /// The ids of what the stub has, by its own word.
    async fn resources(&self, port: u16) -> Vec<String> {
        let ca = self.ca.clone();
        let http = NetOptions::from_env(&move |name| (name == "SSL_CERT_FILE").then(|| ca.clone())).client();
        let url = Url::parse(&format!("https://localhost:{port}/_admin/state")).unwrap();
        let answer = http.execute_request(&Request::new(url, Method::Get)).await.unwrap();
        let raw = answer.try_into_raw_response().await.unwrap();
        let state: serde_json::Value = serde_json::from_slice(raw.body()).unwrap();
        let mut all: Vec<String> = state.as_object().unwrap().keys().cloned().collect();
        all.sort();
        all
    }

    fn store(&self) -> Shelf {
        let at = |name: &str| self.folder.path().join(name);
        Arc::new(LocalStore::new(at("ringfence.ledger.json"), at(".ringfence/journal")))
    }

    /// Takes up, plans and applies; dies at the n-th request.
    async fn run(&self, requests: usize, heard: bool, puts: &Arc<std::sync::Mutex<Vec<String>>>) -> End {
        let ca = self.ca.clone();
        let env = move |name: &str| (name == "SSL_CERT_FILE").then(|| ca.clone());
        let dead = Arc::new(Notify::new());
        let http: Http = Arc::new(Dying {
            inner: NetOptions::from_env(&env).client(),
            left: AtomicUsize::new(requests),
            heard,
            dead: dead.clone(),
            puts: puts.clone(),
        });
        let session = Session::with_http(Box::new(env), None, http);
        tokio::select! {
            () = dead.notified() => End::Died,
            applied = self.whole(&session) => End::Applied(Box::new(applied)),
        }
    }

    async fn whole(&self, session: &Session) -> Applied {
        let store = self.store();
        let sealer = Sealer::new(Some("key".into()), Path::new("unused"));
        let functions = Builtins::planning(self.folder.path(), None);
        let options = PlanOptions::default();
        let inputs = |ledger| Inputs {
            config: &self.config,
            variables: &self.variables,
            ledger,
            sealer: &sealer,
            options: &options,
            functions: &functions,
            timestamp: String::new(),
        };
        let cancel = CancellationToken::new();
        let mut ledger = store.read().await.unwrap().unwrap_or_default();
        if let Some(recovered) = apply::left(&*store).await.unwrap() {
            ledger = recovered.ledger.clone();
            run::plan(&inputs(&ledger), &mut LiveCache::default(), session).await.unwrap();
            apply::take_up(&recovered, session, &Silent, &cancel).await;
            apply::close(&*store, &ledger).await.unwrap();
        }
        let mut cache = LiveCache::default();
        let inputs = inputs(&ledger);
        let planning = run::plan(&inputs, &mut cache, session).await.unwrap();
        assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
        let blocked: Vec<_> = planning.plan.findings.iter().filter(|f| f.code == "not-in-ledger").collect();
        assert!(blocked.is_empty(), "made by a run that died, and not known: {blocked:#?}");
        let job = Job {
            inputs: &inputs,
            planning: &planning,
            cache,
            fetch: session,
            connections: session,
            store: &store,
            progress: &Silent,
            cancel,
            parallelism: 10,
            clock: Arc::new(TokioClock::default()),
            cloud_clock: None,
        };
        apply::apply(job).await
    }
}

fn owned(ledger: &Ledger) -> Vec<String> {
    let documents = ledger.instances.values().flat_map(|r| &r.documents);
    let mut all: Vec<String> = documents.map(|d| d.id.to_ascii_lowercase()).collect();
    all.sort();
    all
}

#[tokio::test]
async fn killed_at_any_request_the_next_apply_converges() {
    let Some(stub) = stub::Stub::start() else { return };
    let place = Place::new(&stub);
    let puts = Arc::default();
    // Twenty deaths spread over the run, every other one after its request was sent.
    let mut died = 0;
    for kill in 0..20 {
        match place.run(33 + kill * 7 % 23, kill % 2 == 1, &puts).await {
            End::Died => died += 1,
            End::Applied(applied) => assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics),
        }
    }
    assert!(died >= 10, "{died} of 20 runs died");
    let End::Applied(last) = place.run(usize::MAX, true, &puts).await else { panic!("it cannot die") };
    assert!(!last.diagnostics.has_errors(), "{:#?}", last.diagnostics);
    let there = place.resources(stub.port).await;
    assert_eq!(there.len(), 40);
    assert_eq!(owned(&last.ledger), there, "nothing is there that the ledger does not know");
    assert!(last.ledger.instances.values().all(|r| !r.unfinished));
    assert!(!place.folder.path().join(".ringfence/journal").exists());
    assert_eq!(last.ledger, place.store().read().await.unwrap().unwrap());
    let End::Applied(again) = place.run(usize::MAX, true, &puts).await else { panic!("it cannot die") };
    assert_eq!(again.counts, [0; 4]);
}
