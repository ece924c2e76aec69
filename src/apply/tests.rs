//! Requests of one object against a transport that answers from a script.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::hand::{Hand, Shared};
use super::journal::{self, Entry, Journal, Unfinished};
use super::memory::Memory;
use super::register::Registrar;
use super::slots::Slots;
use super::write::{Order, Written};
use crate::arm::id::ArmId;
use crate::arm::test_support::{Script, Step, answer, client};
use crate::catalog::{
    Action, Claim, ClaimOptions, ProviderConfig, ProviderKind, RetryRule, Suffixes, Target, Withdraw, Write,
};
use crate::lang::{Diagnostic, Value};
use crate::ledger::{Hold, Ledger, LedgerError, LocalStore, LockInfo, Patience, Shelf, Store};
use crate::plan::addr::InstanceAddr;
use crate::plan::live::ProviderKey;
use crate::ui::progress::{Doing, Silent};

const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";

fn claim(write: Write, withdraw: Withdraw) -> Claim {
    Claim {
        key: "".into(),
        target: Target::Id(ArmId::parse(VNET).unwrap()),
        api_version: "2024-01-01".into(),
        owns: true,
        write,
        body: Value::object::<&str>([]),
        unread: Vec::new(),
        yields: Vec::new(),
        withdraw,
        locks: Vec::new(),
        options: None,
    }
}

fn order(claim: &Claim, body: Json) -> Order<'_> {
    Order {
        claim,
        id: ArmId::parse(VNET).unwrap(),
        body,
        existed: false,
        force: false,
        recover: None,
        stand_in: None,
    }
}

fn azapi() -> ProviderConfig {
    ProviderConfig {
        kind: ProviderKind::Azapi,
        major: 2,
        subscription_id: Some("s".into()),
        tenant_id: None,
        client_id: None,
        object_id: None,
        suffixes: Suffixes {
            storage: "s".into(),
            key_vault: "k".into(),
            container_registry: "c".into(),
            cosmos_db: "d".into(),
        },
        config: Value::from_json(&json!({})),
    }
}

/// What a test of one object has.
struct Rig {
    _folder: tempfile::TempDir,
    store: Shelf,
    journal: Journal,
    script: Arc<Script>,
    cancel: CancellationToken,
    addr: InstanceAddr,
    made: Vec<ArmId>,
    limit: Duration,
}

/// Local files keep nobody waiting.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

impl Rig {
    fn new(steps: impl IntoIterator<Item = Step>) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let store: Shelf =
            Arc::new(LocalStore::new(folder.path().join("ledger"), folder.path().join("journal")));
        Rig {
            journal: now(Journal::begin(&store, &Ledger::new(), "now")).unwrap(),
            store,
            _folder: folder,
            script: Script::new(steps),
            cancel: CancellationToken::new(),
            addr: InstanceAddr::parse("azapi_resource.v").unwrap(),
            made: Vec::new(),
            limit: Duration::from_secs(1_800),
        }
    }

    /// Runs something with a hand on the object.
    async fn run<T>(&self, work: impl AsyncFnOnce(&Hand<'_>) -> T) -> T {
        let mut memory = Memory::default();
        self.made.iter().for_each(|id| memory.made(id));
        let shared = Shared {
            journal: &self.journal,
            slots: Slots::new(2),
            memory: RefCell::new(memory),
            registrar: Registrar::new(self.cancel.clone()),
            progress: &Silent,
            cancel: self.cancel.clone(),
        };
        let hand = Hand {
            shared: &shared,
            client: client(self.script.clone()).with_cancel(self.cancel.clone()),
            addr: &self.addr,
            deposed: None,
            provider: ProviderKey::parse("registry.terraform.io/azure/azapi"),
            config: Some(Arc::new(azapi())),
            doing: Doing::Create,
            id: None,
            urgency: 1,
            limit: self.limit,
            spent: Cell::new(Duration::ZERO),
            begun: Cell::new(false),
            polls: Cell::new(None),
        };
        work(&hand).await
    }

    async fn write(&self, order: &Order<'_>) -> Result<Written, Failure> {
        self.run(async |hand| hand.write(order).await).await
    }

    async fn withdraw(&self, claim: &Claim) -> Result<Vec<Diagnostic>, Failure> {
        let id = ArmId::parse(VNET).unwrap();
        self.run(async |hand| hand.withdraw(claim, &id, false, &|_| false).await).await
    }

    /// `PUT`, `GET` … in order, `v` being the document itself.
    fn requests(&self) -> Vec<String> {
        let short = |url: String| {
            let path = url.split('?').next().unwrap_or_default().replace("https://management.azure.com", "");
            path.replace(VNET, "v")
        };
        self.script.urls().into_iter().map(short).collect()
    }

    fn bodies(&self) -> Vec<Json> {
        self.script.seen.lock().unwrap().iter().map(|s| s.body.clone()).collect()
    }

    fn header(&self, at: usize, name: &str) -> Option<String> {
        let seen = self.script.seen.lock().unwrap();
        seen[at].headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    fn written(&self) -> Vec<String> {
        let mut entries = self.left().entries;
        // What only tells how long things took is looked at elsewhere.
        let tells = |e: &Entry| {
            let steps = matches!(e, Entry::Plan { .. } | Entry::Step { .. } | Entry::Mark { .. });
            steps || matches!(e, Entry::Again { .. } | Entry::Queued { .. } | Entry::Lagged { .. })
        };
        entries.retain(|entry| !tells(entry));
        let name = |entry: &Entry| match entry {
            Entry::Begin { .. } => "begin",
            Entry::Intent { .. } => "intent",
            Entry::Accepted { .. } => "accepted",
            Entry::Outcome { error: None, .. } => "done",
            Entry::Outcome { error: Some(_), .. } => "failed",
            Entry::Record { .. } => "record",
            Entry::Output { .. } => "output",
            Entry::End => "end",
            _ => "told",
        };
        entries.iter().map(|e| name(e).to_string()).collect()
    }

    fn unfinished(&self) -> Vec<Unfinished> {
        journal::recover(&self.left(), None).unwrap().unfinished
    }

    fn left(&self) -> journal::Contents {
        now(journal::read(&*self.store)).unwrap().unwrap()
    }
}

/// A store whose journal takes nothing any more.
#[derive(Debug)]
struct FullStore(LocalStore);

#[async_trait::async_trait]
impl Store for FullStore {
    fn place(&self) -> String {
        self.0.place()
    }

    fn journal_place(&self) -> String {
        self.0.journal_place()
    }

    async fn take(&self, info: &LockInfo, patience: Patience<'_>) -> Result<Box<dyn Hold>, LedgerError> {
        self.0.take(info, patience).await
    }

    async fn holder(&self) -> Result<Option<LockInfo>, LedgerError> {
        self.0.holder().await
    }

    async fn unlock(&self, id: &str) -> Result<bool, LedgerError> {
        self.0.unlock(id).await
    }

    async fn read(&self) -> Result<Option<Ledger>, LedgerError> {
        self.0.read().await
    }

    async fn write(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.0.write(ledger).await
    }

    fn keep(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.0.keep(ledger)
    }

    async fn read_journal(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        self.0.read_journal().await
    }

    async fn begin_journal(&self, first: &[u8]) -> Result<(), LedgerError> {
        self.0.begin_journal(first).await
    }

    /// It is on its way,
    fn append(&self, _: &[u8]) -> Result<(), LedgerError> {
        Ok(())
    }

    /// and never arrives.
    async fn durable(&self) -> Result<(), LedgerError> {
        Err(LedgerError::Lost { place: "there".into(), why: "somebody has it".into() })
    }

    async fn clear_journal(&self) -> Result<(), LedgerError> {
        self.0.clear_journal().await
    }
}

#[tokio::test]
async fn what_does_not_arrive_in_the_journal_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::new([]);
    let local = LocalStore::new(folder.path().join("ledger"), folder.path().join("journal"));
    let store: Shelf = Arc::new(FullStore(local));
    rig.journal = Journal::begin(&store, &Ledger::new(), "now").await.unwrap();
    let claim = claim(Write::Put, Withdraw::Leave);
    let failure = rig.write(&order(&claim, json!({}))).await.unwrap_err();
    assert!(matches!(failure, Failure::Journal(_)), "{failure:?}");
    assert!(rig.requests().is_empty(), "{:?}", rig.requests());
}

fn ok(body: Json) -> Step {
    answer(200, &[], body).into()
}

fn refused(status: u16, code: &str, message: &str) -> Step {
    answer(status, &[], json!({"error": {"code": code, "message": message}})).into()
}

fn done() -> Json {
    json!({"id": VNET, "properties": {"provisioningState": "Succeeded"}})
}

fn accepted(status: u16) -> Step {
    let operation = "https://management.azure.com/subscriptions/s/providers/x/operations/1?api-version=1";
    answer(
        status,
        &[("azure-asyncoperation", operation)],
        json!({"properties": {"provisioningState": "Updating"}}),
    )
    .into()
}

#[tokio::test]
async fn the_intent_is_written_before_the_request_and_the_operation_after() {
    let rig = Rig::new([
        accepted(201),
        ok(json!({"status": "InProgress"})),
        ok(json!({"status": "Succeeded"})),
        ok(done()),
    ]);
    let put = claim(Write::Put, Withdraw::Leave);
    let written = rig.write(&order(&put, json!({"location": "eastus"}))).await.unwrap();
    assert!(written.sent);
    assert_eq!(written.document, Some(done()), "what was read after the end is not read again");
    assert_eq!(rig.requests()[0], "PUT v");
    assert_eq!(rig.written(), ["begin", "intent", "accepted", "done"]);
    assert!(rig.journal.is_settled());
}

#[tokio::test]
async fn con_02_the_whole_put_is_repeated_when_its_operation_fails_for_a_busy_neighbour() {
    let failed = json!({"status": "Failed", "error": {"code": "RetryableError", "message": "A retryable error occurred.",
        "details": [{"code": "ReferencedResourceNotProvisioned", "message": "Updating"}]}});
    let rig =
        Rig::new([accepted(201), ok(failed), accepted(200), ok(json!({"status": "Succeeded"})), ok(done())]);
    let put = claim(Write::Put, Withdraw::Leave);
    rig.write(&order(&put, json!({}))).await.unwrap();
    assert_eq!(rig.requests().iter().filter(|r| *r == "PUT v").count(), 2);
    assert_eq!(rig.written(), ["begin", "intent", "accepted", "failed", "intent", "accepted", "done"]);
}

#[tokio::test]
async fn http_10_a_merge_that_lost_a_race_reads_again() {
    let live = |tag: &str, x: i64| {
        answer(
            200,
            &[("etag", tag)],
            json!({"id": VNET, "location": "eastus", "properties": {"x": x, "keep": true}}),
        )
        .into()
    };
    let rig =
        Rig::new([live("1", 1), refused(412, "PreconditionFailed", "changed"), live("2", 5), ok(done())]);
    let merge = claim(Write::Merge, Withdraw::Leave);
    rig.write(&order(&merge, json!({"properties": {"y": 2}}))).await.unwrap();
    assert_eq!(rig.requests(), ["GET v", "PUT v", "GET v", "PUT v"]);
    assert_eq!((rig.header(1, "if-match"), rig.header(3, "if-match")), (Some("1".into()), Some("2".into())));
    assert_eq!(rig.bodies()[3], json!({"location": "eastus", "properties": {"x": 5, "keep": true, "y": 2}}));
}

#[tokio::test]
async fn a_merge_that_changes_nothing_sends_nothing() {
    let rig = Rig::new([ok(json!({"id": VNET, "properties": {"x": 1}}))]);
    let merge = claim(Write::Merge, Withdraw::Leave);
    assert!(!rig.write(&order(&merge, json!({"properties": {"x": 1, "y": null}}))).await.unwrap().sent);
    assert_eq!(rig.written(), ["begin"]);
}

#[tokio::test]
async fn a_patch_sends_what_differs_and_a_put_where_nothing_is() {
    let rig =
        Rig::new([ok(json!({"id": VNET, "tags": {"a": "1", "b": "2"}, "properties": {"x": 1}})), ok(done())]);
    let patch = claim(Write::Patch, Withdraw::Leave);
    rig.write(&order(&patch, json!({"tags": {"a": "1"}, "properties": {"x": 1}}))).await.unwrap();
    assert_eq!(rig.requests(), ["GET v", "PATCH v"]);
    // Tags that a PATCH leaves out go, so it has all that stay.
    assert_eq!(rig.bodies()[1], json!({"tags": {"a": "1"}}));
    let rig = Rig::new([refused(404, "ResourceNotFound", "no"), ok(done())]);
    rig.write(&order(&patch, json!({"tags": {"a": "1"}, "gone": null}))).await.unwrap();
    assert_eq!(rig.requests(), ["GET v", "PUT v"]);
    assert_eq!(rig.bodies()[1], json!({"tags": {"a": "1"}}));
}

#[tokio::test]
async fn what_another_makes_must_be_there_and_is_waited_for_if_this_run_made_it() {
    let merge = Claim { owns: false, ..claim(Write::Merge, Withdraw::Leave) };
    let missing = || refused(404, "ResourceNotFound", "no");
    let rig = Rig::new([missing()]);
    let failure = rig.write(&order(&merge, json!({"a": 1}))).await.unwrap_err();
    assert!(matches!(failure, Failure::Arm(error) if error.has_code("ResourceNotFound")));
    let mut rig = Rig::new([missing(), missing(), ok(json!({"id": VNET})), ok(done())]);
    rig.made.push(ArmId::parse(VNET).unwrap());
    rig.write(&order(&merge, json!({"a": 1}))).await.unwrap();
    assert_eq!(rig.requests(), ["GET v", "GET v", "GET v", "PUT v"]);
}

#[tokio::test]
async fn nam_02_a_deleted_one_is_recovered_and_then_written() {
    let rig = Rig::new([ok(done()), ok(done())]);
    let put = claim(Write::Put, Withdraw::Leave);
    let body = json!({"location": "eastus", "properties": {"x": 1}});
    let recover = Order { recover: Some(("properties.createMode", "recover")), ..order(&put, body.clone()) };
    rig.write(&recover).await.unwrap();
    assert_eq!(
        rig.bodies()[0],
        json!({"location": "eastus", "properties": {"x": 1, "createMode": "recover"}})
    );
    assert_eq!(rig.bodies()[1], body);
}

#[tokio::test]
async fn one_is_made_once_and_an_action_is_waited_for() {
    let once = claim(Write::CreateOnly, Withdraw::Leave);
    let rig = Rig::new([ok(done())]);
    assert!(!rig.write(&order(&once, json!({"a": 1}))).await.unwrap().sent);
    assert_eq!(rig.requests(), ["GET v"]);
    let state = |s: &str| ok(json!({"id": VNET, "registrationState": s}));
    let rig = Rig::new([state("Registering"), state("Registering"), state("Registered")]);
    let post = claim(Write::Post("register"), Withdraw::Leave);
    rig.write(&order(&post, json!({}))).await.unwrap();
    assert_eq!(rig.requests(), ["POST v/register", "GET v", "GET v"]);
}

#[tokio::test]
async fn sub_01_azapi_registers_what_arm_misses() {
    let missing = json!({"error": {"code": "MissingSubscriptionRegistration", "message": "not registered",
        "details": [{"code": "MissingSubscriptionRegistration", "target": "Microsoft.Network", "message": "not registered"}]}});
    let rig = Rig::new([
        answer(409, &[], missing).into(),
        ok(json!({"registrationState": "Registering"})),
        ok(json!({"registrationState": "Registered"})),
        ok(done()),
    ]);
    let put = claim(Write::Put, Withdraw::Leave);
    rig.write(&order(&put, json!({}))).await.unwrap();
    let provider = "/subscriptions/s/providers/Microsoft.Network";
    assert_eq!(
        rig.requests(),
        ["PUT v".to_string(), format!("POST {provider}/register"), format!("GET {provider}"), "PUT v".into()]
    );
}

#[tokio::test]
async fn http_07_a_lost_answer_is_looked_after_before_anything_is_repeated() {
    let running = ok(json!({"id": VNET, "properties": {"provisioningState": "Creating"}}));
    let rig = Rig::new([Step::Lost(true), running, ok(done()), ok(done())]);
    let put = claim(Write::Put, Withdraw::Leave);
    rig.write(&order(&put, json!({}))).await.unwrap();
    assert_eq!(rig.requests(), ["PUT v", "GET v", "GET v", "PUT v"], "what runs is waited for, then written");
    let delete = claim(Write::Put, Withdraw::Delete { query: Vec::new(), then: Vec::new() });
    let rig = Rig::new([Step::Lost(true), refused(404, "ResourceNotFound", "gone")]);
    rig.withdraw(&delete).await.unwrap();
    assert_eq!(rig.requests(), ["DELETE v", "GET v"]);
    assert_eq!(rig.written(), ["begin", "intent", "done"]);
}

#[tokio::test]
async fn http_07_what_a_lost_request_did_is_noted_when_nothing_is_left_to_do() {
    let live =
        |x: i64, state: &str| ok(json!({"id": VNET, "properties": {"x": x, "provisioningState": state}}));
    let merge = claim(Write::Merge, Withdraw::Leave);
    let rig = Rig::new([
        live(1, "Succeeded"),
        Step::Lost(true),
        live(2, "Succeeded"),
        live(2, "Succeeded"),
        live(2, "Succeeded"),
    ]);
    assert!(rig.write(&order(&merge, json!({"properties": {"x": 2}}))).await.unwrap().sent);
    assert_eq!(rig.written(), ["begin", "intent", "done"]);
    assert!(rig.journal.is_settled(), "nothing is left open for the next run");
    // What it began is waited for, and does not count as done if it fails.
    let rig = Rig::new([
        live(1, "Succeeded"),
        Step::Lost(true),
        live(1, "Succeeded"),
        live(2, "Updating"),
        live(2, "Updating"),
        live(2, "Failed"),
        live(2, "Failed"),
        ok(done()),
    ]);
    rig.write(&order(&merge, json!({"properties": {"x": 2}}))).await.unwrap();
    assert_eq!(rig.requests().iter().filter(|r| *r == "PUT v").count(), 2);
    assert_eq!(rig.written(), ["begin", "intent", "failed", "intent", "done"]);
}

#[tokio::test]
async fn lro_08_what_failed_is_sent_again_although_nothing_differs() {
    let failed =
        || ok(json!({"status": "Failed", "error": {"code": "InternalServerError", "message": "It broke."}}));
    let live =
        |x: i64, state: &str| ok(json!({"id": VNET, "properties": {"x": x, "provisioningState": state}}));
    for (write, verb) in [(Write::Merge, "PUT v"), (Write::Patch, "PATCH v")] {
        let claim = claim(write, Withdraw::Leave);
        let rig = Rig::new([live(1, "Succeeded"), accepted(200), failed(), live(2, "Failed"), ok(done())]);
        rig.write(&order(&claim, json!({"properties": {"x": 2}}))).await.unwrap();
        assert_eq!(rig.requests().iter().filter(|r| *r == verb).count(), 2, "{:?}", rig.requests());
    }
    let once = claim(Write::CreateOnly, Withdraw::Leave);
    let rig = Rig::new([
        refused(404, "ResourceNotFound", "no"),
        accepted(201),
        failed(),
        live(1, "Failed"),
        ok(done()),
    ]);
    rig.write(&order(&once, json!({"properties": {"x": 1}}))).await.unwrap();
    assert_eq!(rig.requests().iter().filter(|r| *r == "PUT v").count(), 2, "{:?}", rig.requests());
}

#[tokio::test]
async fn an_interrupt_leaves_the_operation_in_the_journal() {
    let running = (0..1000).map(|_| ok(json!({"status": "InProgress"})));
    let rig = Rig::new([accepted(201)].into_iter().chain(running));
    let put = claim(Write::Put, Withdraw::Leave);
    let cancel = rig.cancel.clone();
    let body = order(&put, json!({}));
    let work = rig.write(&body);
    let interrupt = async {
        while rig.requests().len() < 3 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(work, interrupt);
    assert!(matches!(result, Err(Failure::Interrupted)), "{result:?}");
    assert_eq!(rig.written(), ["begin", "intent", "accepted"]);
    assert!(!rig.journal.is_settled());
    assert!(rig.unfinished()[0].operation.is_some());
    // And nothing new starts.
    let count = rig.requests().len();
    assert!(matches!(rig.write(&order(&put, json!({}))).await, Err(Failure::Interrupted)));
    assert_eq!(rig.requests().len(), count);
}

#[tokio::test]
async fn time_runs_out_but_the_operation_goes_on() {
    let slow = || answer(200, &[("retry-after", "300")], json!({"status": "InProgress"})).into();
    let mut rig = Rig::new([accepted(201), slow(), slow(), slow()]);
    rig.limit = Duration::from_secs(400);
    let put = claim(Write::Put, Withdraw::Leave);
    let failure = rig.write(&order(&put, json!({}))).await.unwrap_err();
    let text = failure.report(&rig.addr, Doing::Create).0[0].detail.clone();
    assert!(text.contains("not done within 6m40s") && text.contains("goes on in Azure"), "{text}");
    assert_eq!(rig.unfinished().len(), 1);
}

#[tokio::test]
async fn what_is_fatal_is_not_repeated_and_azapis_own_rule_repeats_it() {
    let rig = Rig::new([refused(400, "BadRequest", "Nonsense happened")]);
    let put = claim(Write::Put, Withdraw::Leave);
    assert!(matches!(rig.write(&order(&put, json!({}))).await, Err(Failure::Arm(_))));
    assert_eq!(rig.written(), ["begin", "intent", "failed"]);
    let retry = RetryRule {
        patterns: vec!["Nonsense".into()],
        interval: 1.0,
        max_interval: 4.0,
        multiplier: 2.0,
        randomization: 0.0,
    };
    let options = ClaimOptions { retry: Some(retry), ..ClaimOptions::default() };
    let own = Claim { options: Some(Arc::new(options)), ..put };
    let again = || refused(400, "BadRequest", "Nonsense happened");
    let rig = Rig::new([again(), again(), ok(done())]);
    rig.write(&order(&own, json!({}))).await.unwrap();
    assert_eq!(rig.requests().len(), 3);
    // Within its time.
    let mut rig = Rig::new([again(), again(), again(), again()]);
    rig.limit = Duration::from_secs(2);
    let failure = rig.write(&order(&own, json!({}))).await.unwrap_err();
    assert!(matches!(failure, Failure::TimedOut { last: Some(_), .. }));
    assert_eq!(rig.requests().len(), 2);
}

#[tokio::test]
async fn nf_05_a_parent_goes_once_its_children_are_forgotten() {
    let nested = || refused(409, "CannotDeleteResource", "Some existing nested resource IDs include: …");
    let delete = claim(
        Write::Put,
        Withdraw::Delete { query: vec![("force".into(), "true".into())], then: Vec::new() },
    );
    let rig = Rig::new([nested()]);
    assert!(rig.withdraw(&delete).await.is_err(), "nothing in it was deleted by this run");
    let rig = Rig::new([nested(), nested(), answer(204, &[], Json::Null).into()]);
    let id = ArmId::parse(VNET).unwrap();
    rig.run(async |hand| {
        hand.shared.memory.borrow_mut().deleted(&id.child("subnets", "a").unwrap());
        hand.withdraw(&delete, &id, false, &|_| false).await.unwrap();
    })
    .await;
    assert_eq!(rig.requests(), ["DELETE v", "DELETE v", "DELETE v"]);
    assert!(rig.script.urls()[0].contains("force=true"));
}

fn purge(unless: Option<&'static str>) -> Action {
    Action {
        path: "/subscriptions/s/{location}/purge".into(),
        api_version: "1".into(),
        optional: true,
        delete: false,
        unless,
    }
}

#[tokio::test]
async fn nam_03_a_purge_that_the_document_forbids_is_not_tried() {
    let action = purge(Some("properties.enablePurgeProtection"));
    let delete = claim(Write::Put, Withdraw::Delete { query: Vec::new(), then: vec![action] });
    let live = |protected: bool| {
        ok(json!({"id": VNET, "location": "West Europe", "properties": {"enablePurgeProtection": protected}}))
    };
    let deleted = || answer(200, &[], Json::Null).into();
    let rig = Rig::new([live(true), deleted()]);
    assert_eq!(rig.withdraw(&delete).await.unwrap(), []);
    assert_eq!(rig.requests(), ["GET v", "DELETE v"]);
    let rig = Rig::new([live(false), deleted(), refused(404, "ResourceNotFound", "gone"), deleted()]);
    assert_eq!(rig.withdraw(&delete).await.unwrap(), []);
    assert_eq!(rig.requests(), ["GET v", "DELETE v", "GET v", "POST /subscriptions/s/westeurope/purge"]);
}

#[tokio::test]
async fn what_would_go_with_it_stays_where_it_is_anothers() {
    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
    let action = Action {
        path: "{properties.disk}".into(),
        api_version: "1".into(),
        optional: false,
        delete: true,
        unless: None,
    };
    let delete = claim(Write::Put, Withdraw::Delete { query: Vec::new(), then: vec![action] });
    let steps = || {
        let live = ok(json!({"id": VNET, "properties": {"disk": DISK}}));
        let deleted = || answer(200, &[], Json::Null).into();
        [live, deleted(), refused(404, "ResourceNotFound", "gone"), deleted()]
    };
    let id = ArmId::parse(VNET).unwrap();
    for (theirs, expected) in [(false, &["GET v", "DELETE v", "GET v"][..]), (true, &["GET v", "DELETE v"])] {
        let rig = Rig::new(steps());
        let of = |disk: &ArmId| theirs && disk.to_string().eq_ignore_ascii_case(DISK);
        rig.run(async |hand| hand.withdraw(&delete, &id, false, &of).await).await.unwrap();
        let last = format!("DELETE {DISK}");
        let expected: Vec<&str> = expected.iter().copied().chain((!theirs).then_some(&*last)).collect();
        assert_eq!(rig.requests(), expected);
    }
}

#[tokio::test]
async fn a_purge_that_is_refused_is_a_warning() {
    let action = purge(None);
    let delete = claim(Write::Put, Withdraw::Delete { query: Vec::new(), then: vec![action] });
    let gone = || refused(404, "ResourceNotFound", "gone");
    let live = ok(json!({"id": VNET, "location": "westeurope"}));
    let deleted = answer(200, &[], Json::Null).into();
    let rig = Rig::new([live, deleted, gone(), refused(403, "Forbidden", "protected")]);
    let warnings = rig.withdraw(&delete).await.unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(rig.requests(), ["GET v", "DELETE v", "GET v", "POST /subscriptions/s/westeurope/purge"]);
}

#[tokio::test]
async fn what_was_claimed_of_anothers_document_becomes_neutral() {
    let neutral = Value::from_json(&json!({"properties": {"networkSecurityGroup": null}}));
    let merge = Claim { owns: false, ..claim(Write::Merge, Withdraw::Neutral(neutral)) };
    let live = json!({"id": VNET, "properties": {"networkSecurityGroup": {"id": "/n"}, "prefix": "p"}});
    let rig = Rig::new([ok(live), ok(done())]);
    rig.withdraw(&merge).await.unwrap();
    assert_eq!(rig.bodies()[1], json!({"properties": {"prefix": "p"}}));
    let rig = Rig::new([refused(404, "ResourceNotFound", "gone")]);
    rig.withdraw(&merge).await.unwrap();
    assert_eq!(rig.requests(), ["GET v"], "gone is neutral enough");
}
