//! Two appliers and somebody who breaks locks, over a container in memory, in every order of their requests up to a bound:
//! the ledger is never torn and never goes backwards, nothing is sent whose intent can be lost, and a holder who has lost the
//! lock writes nothing.
//!
//! What runs is the code that runs against Azure; only the container is a model, by the tables of the service's
//! documentation ("Outcomes of lease operations on blobs by lease state"). A state is what the actors were answered so far
//! and what the container looks like; each is visited once.

use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::hash::{DefaultHasher, Hasher as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;

use super::journal::{Entry, Journal, Verb};
use super::resume::{close, left};
use crate::blob::{Answer, BlobError, Blobs, Call, Only, What};
use crate::ledger::{DocumentRecord, Ledger, LockInfo, Patience, Record, RemoteStore, Shelf, Store as _};

/// The ledger's blob, and the journal's.
const LEDGER: &str = "l";
const JOURNAL: &str = "l.journal";

/// How often a schedule goes from one actor that could go on to another, and how many mishaps it has.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    switches: u32,
    mishaps: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
enum Lease {
    #[default]
    Free,
    Held(String),
    /// Nobody renewed it.
    Expired(String),
}

#[derive(Debug, Clone, Default)]
struct Blob {
    body: Vec<u8>,
    version: u64,
    /// Who wrote it last.
    writer: usize,
    metadata: Vec<(String, String)>,
    lease: Lease,
}

/// A request as an actor made it.
#[derive(Debug, Clone)]
struct Wish {
    name: &'static str,
    blob: String,
    lease: Option<String>,
    only: Option<Option<String>>,
    body: Vec<u8>,
    metadata: Vec<(String, String)>,
    id: String,
    at: u64,
}

/// The world: the container, what Azure was told, and what the actors ask.
#[derive(Debug, Default)]
struct World {
    blobs: BTreeMap<String, Blob>,
    /// The documents whose requests were sent.
    cloud: Vec<String>,
    asked: BTreeMap<usize, Wish>,
    answers: BTreeMap<usize, Result<Answer, BlobError>>,
    /// The highest serial that was ever written.
    serial: u64,
}

type Shared = Arc<Mutex<World>>;

fn refused(status: u16, code: &str) -> BlobError {
    BlobError::Refused { status, code: code.into(), message: String::new() }
}

impl World {
    /// Carries a wish out.
    fn serve(&mut self, who: usize, wish: &Wish) -> Result<Answer, BlobError> {
        let missing = || refused(404, "BlobNotFound");
        let there = self.blobs.get(&wish.blob).cloned();
        match wish.name {
            "get" | "head" => {
                let blob = there.ok_or_else(missing)?;
                let body = blob.body.get(wish.at as usize..).unwrap_or_default().to_vec();
                return Ok(Answer {
                    etag: blob.version.to_string(),
                    length: blob.body.len() as u64,
                    metadata: blob.metadata,
                    leased: matches!(blob.lease, Lease::Held(_)),
                    body: if wish.name == "head" { Vec::new() } else { body },
                    names: Vec::new(),
                });
            }
            "acquire" | "renew" | "release" => {
                let mut blob = there.ok_or_else(missing)?;
                let other = refused(409, "LeaseIdMismatchWithLeaseOperation");
                blob.lease = match (wish.name, &blob.lease) {
                    ("acquire", Lease::Held(id)) if *id != wish.id => {
                        return Err(refused(409, "LeaseAlreadyPresent"));
                    }
                    ("acquire", _) => Lease::Held(wish.id.clone()),
                    (_, Lease::Free) => return Err(other),
                    (_, Lease::Held(id) | Lease::Expired(id)) if *id != wish.id => return Err(other),
                    ("renew", _) => Lease::Held(wish.id.clone()),
                    _ => Lease::Free,
                };
                self.blobs.insert(wish.blob.clone(), blob);
                return Ok(Answer::default());
            }
            _ => {}
        }
        let mut blob = match (there, wish.name) {
            (None, "append" | "metadata") => return Err(missing()),
            (there, _) => {
                match (&wish.only, &there) {
                    (Some(None), Some(_)) => return Err(refused(409, "BlobAlreadyExists")),
                    (Some(Some(etag)), there)
                        if there.as_ref().is_none_or(|b| b.version.to_string() != *etag) =>
                    {
                        return Err(refused(412, "ConditionNotMet"));
                    }
                    _ => {}
                }
                there.unwrap_or_default()
            }
        };
        match (&blob.lease, &wish.lease) {
            (Lease::Held(id), Some(own)) if id == own => {}
            (Lease::Held(_), None) => return Err(refused(412, "LeaseIdMissing")),
            (Lease::Held(_), Some(_)) => return Err(refused(412, "LeaseIdMismatchWithBlobOperation")),
            (Lease::Expired(_), Some(_)) => return Err(refused(412, "LeaseLost")),
            (Lease::Free, Some(_)) => return Err(refused(412, "LeaseNotPresentWithBlobOperation")),
            // What was leased and is written without may be leased anew by others only.
            (Lease::Expired(_), None) => blob.lease = Lease::Free,
            (Lease::Free, None) => {}
        }
        match wish.name {
            "put" => (blob.body, blob.metadata) = (wish.body.clone(), wish.metadata.clone()),
            "begin" => blob.body.clear(),
            "append" if blob.body.len() as u64 != wish.at => {
                return Err(refused(412, "AppendPositionConditionNotMet"));
            }
            "append" => blob.body.extend(&wish.body),
            "metadata" => blob.metadata = wish.metadata.clone(),
            other => panic!("{other}"),
        }
        blob.version += 1;
        blob.writer = who;
        let etag = blob.version.to_string();
        self.blobs.insert(wish.blob.clone(), blob);
        Ok(Answer { etag, ..Answer::default() })
    }

    /// What must hold at every moment.
    fn judge(&mut self) {
        let bytes = |name: &str| self.blobs.get(name).map(|b| b.body.clone()).unwrap_or_default();
        let (ledger, journal) = (bytes(LEDGER), bytes(JOURNAL));
        if !ledger.is_empty() {
            let read = Ledger::parse(&ledger).expect("the ledger is torn");
            assert!(
                read.serial >= self.serial,
                "the ledger went backwards: {} to {}",
                self.serial,
                read.serial
            );
            self.serial = read.serial;
        }
        let both = [ledger, journal].map(|b| String::from_utf8(b).unwrap()).concat();
        for document in &self.cloud {
            assert!(
                both.contains(&format!("\"{document}\"")),
                "{document} was sent, and nobody knows: {both}"
            );
        }
    }
}

/// The container as one actor sees it: a request waits until the schedule serves it.
#[derive(Debug)]
struct Port {
    who: usize,
    world: Shared,
}

#[async_trait]
impl Blobs for Port {
    async fn send(&self, call: &Call<'_>) -> Result<Answer, BlobError> {
        let mut wish = Wish {
            name: "",
            blob: call.blob.into(),
            lease: call.lease.map(str::to_string),
            only: match call.only {
                Only::Always => None,
                Only::Absent => Some(None),
                Only::Unchanged(etag) => Some(Some(etag.to_string())),
            },
            body: Vec::new(),
            metadata: Vec::new(),
            id: String::new(),
            at: 0,
        };
        let metadata = |all: &[(String, String)]| all.to_vec();
        wish.name = match &call.what {
            What::Get { from } => {
                wish.at = *from;
                "get"
            }
            What::Head => "head",
            What::Put { body, metadata: all } => {
                (wish.body, wish.metadata) = (body.to_vec(), metadata(all));
                "put"
            }
            What::Begin => "begin",
            What::Append { body, at } => {
                (wish.body, wish.at) = (body.to_vec(), *at);
                "append"
            }
            What::Metadata(all) => {
                wish.metadata = metadata(all);
                "metadata"
            }
            What::Acquire { id, .. } => {
                wish.id = (*id).into();
                "acquire"
            }
            What::Renew(id) => {
                wish.id = (*id).into();
                "renew"
            }
            What::Release(id) => {
                wish.id = (*id).into();
                "release"
            }
            other => panic!("{other:?}"),
        };
        self.world.lock().unwrap().asked.insert(self.who, wish);
        std::future::poll_fn(|_| match self.world.lock().unwrap().answers.remove(&self.who) {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }

    fn url(&self, blob: &str) -> String {
        blob.into()
    }
}

fn info(who: usize) -> LockInfo {
    LockInfo { id: format!("lock-{who}"), who: format!("actor {who}"), ..LockInfo::default() }
}

fn store(who: usize, world: &Shared) -> RemoteStore {
    RemoteStore::at_once(Arc::new(Port { who, world: world.clone() }), LEDGER)
}

/// A run as `stack` and `apply` make it: what was left is taken up, one document is made, the ledger is written. `None`: it
/// had to stop.
async fn applier(who: usize, world: Shared) -> Option<()> {
    let remote = store(who, &world);
    let shelf: Shelf = Arc::new(remote.clone());
    let lock = shelf.take(&info(who), Patience::none()).await.ok()?;
    let known = shelf.read().await.ok()?;
    let mut ledger = match left(&*shelf).await.expect("a journal that can be read") {
        Some(left) => {
            close(&*shelf, &left.ledger).await.ok()?;
            left.ledger
        }
        None => known.unwrap_or_default(),
    };
    let journal = Journal::begin(&shelf, &ledger, "now").await.ok()?;
    let id = format!("/document-{who}");
    let document =
        DocumentRecord { key: String::new(), id: id.clone(), api_version: "1".into(), owned: true };
    let addr = format!("a.b{who}");
    let (of, verb) = (document.clone(), Verb::Put);
    let intent =
        Entry::Intent { addr: addr.clone(), deposed: None, provider: "p".into(), document: of, verb };
    journal.append(&[intent]).ok()?;
    journal.durable().await.ok()?;
    world.lock().unwrap().cloud.push(id.clone());
    let record = Record { documents: vec![document], ..Record::default() };
    journal
        .append(&[Entry::Outcome { addr: addr.clone(), id, error: None, status: None, polls: None }])
        .ok()?;
    journal.append(&[Entry::Record { addr: addr.clone(), record: Some(Box::new(record.clone())) }]).ok()?;
    remote.renew().await.ok()?;
    ledger.instances.insert(addr, record.into());
    ledger.serial += 1;
    shelf.write(&ledger).await.ok()?;
    journal.end().await.ok()?;
    lock.release().await;
    Some(())
}

/// Takes the lock away from whoever has it.
async fn breaker(who: usize, world: Shared) -> Option<()> {
    let store = store(who, &world);
    let holder = store.holder().await.ok()??;
    store.unlock(&holder.id).await.ok().map(drop)
}

/// One step of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    /// The actor's request is served.
    Serve(usize),
    /// It is served, and the answer is lost.
    Lose(usize),
    /// The actor's process ends; its request was served, or not.
    Crash(usize, bool),
    /// Nobody renews a lease.
    Expire(&'static str),
}

type Actor = Pin<Box<dyn Future<Output = Option<()>>>>;

/// A schedule that is being carried out.
struct Play {
    world: Shared,
    actors: Vec<Option<Actor>>,
    /// What each actor was answered.
    heard: Vec<u64>,
    turn: usize,
    bounds: Bounds,
    switches: u32,
    mishaps: u32,
}

fn hash(of: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

impl Play {
    fn new(start: &BTreeMap<String, Blob>, breaks: bool, bounds: Bounds) -> Play {
        let world: Shared = Arc::new(Mutex::new(World { blobs: start.clone(), ..World::default() }));
        let mut actors: Vec<Option<Actor>> =
            vec![Some(Box::pin(applier(0, world.clone()))), Some(Box::pin(applier(1, world.clone())))];
        if breaks {
            actors.push(Some(Box::pin(breaker(2, world.clone()))));
        }
        let heard = vec![0; actors.len()];
        let mut play = Play { world, actors, heard, turn: 0, bounds, switches: 0, mishaps: 0 };
        (0..play.actors.len()).for_each(|who| play.poll(who));
        play
    }

    fn poll(&mut self, who: usize) {
        let Some(actor) = &mut self.actors[who] else { return };
        if actor.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            self.actors[who] = None;
        }
    }

    fn step(&mut self, step: Step) {
        let world = self.world.clone();
        match step {
            Step::Serve(who) | Step::Lose(who) => {
                let lost = matches!(step, Step::Lose(_));
                {
                    let mut world = world.lock().unwrap();
                    let wish = world.asked.remove(&who).unwrap();
                    let answer = world.serve(who, &wish);
                    let code = answer.as_ref().map_or_else(|e| e.code().to_string(), |a| a.etag.clone());
                    self.heard[who] = hash((self.heard[who], wish.name, &wish.blob, &code, lost));
                    let answer = if lost { Err(BlobError::Unanswered("lost".into())) } else { answer };
                    world.answers.insert(who, answer);
                    world.judge();
                }
                self.poll(who);
                self.switches += u32::from(self.turn != who && self.actors[self.turn].is_some());
                self.turn = who;
                self.mishaps += u32::from(lost);
            }
            Step::Crash(who, served) => {
                let mut world = world.lock().unwrap();
                if let (Some(wish), true) = (world.asked.remove(&who), served) {
                    // Whatever it was answered, nobody hears it.
                    let _ = world.serve(who, &wish);
                    world.judge();
                }
                drop(world);
                self.actors[who] = None;
                self.heard[who] = hash((self.heard[who], "crash"));
                self.mishaps += 1;
            }
            Step::Expire(name) => {
                let mut world = world.lock().unwrap();
                let blob = world.blobs.get_mut(name).unwrap();
                if let Lease::Held(id) = &blob.lease {
                    blob.lease = Lease::Expired(id.clone());
                }
                self.mishaps += 1;
            }
        }
        self.world.lock().unwrap().judge();
    }

    /// What may come next.
    fn next(&self) -> Vec<Step> {
        let world = self.world.lock().unwrap();
        let mut all = Vec::new();
        for who in world.asked.keys().copied() {
            if who == self.turn || self.switches < self.bounds.switches || self.actors[self.turn].is_none() {
                all.push(Step::Serve(who));
                if self.mishaps < self.bounds.mishaps {
                    all.push(Step::Lose(who));
                }
            }
            if self.mishaps < self.bounds.mishaps && who < 2 {
                all.extend([Step::Crash(who, false), Step::Crash(who, true)]);
            }
        }
        if self.mishaps < self.bounds.mishaps {
            let held =
                |name: &&str| matches!(world.blobs.get(*name), Some(Blob { lease: Lease::Held(_), .. }));
            all.extend([LEDGER, JOURNAL].iter().filter(|n| held(n)).map(|n| Step::Expire(n)));
        }
        all
    }

    fn state(&self) -> u64 {
        let world = self.world.lock().unwrap();
        let blobs: Vec<_> = world
            .blobs
            .iter()
            .map(|(name, b)| {
                (name.clone(), b.version, b.writer, b.body.len(), b.lease.clone(), b.metadata.len())
            })
            .collect();
        let alive: Vec<bool> = self.actors.iter().map(Option::is_some).collect();
        hash((blobs, &self.heard, alive, self.turn, self.switches, self.mishaps))
    }

    /// All leases have ended, and somebody comes who takes up what there is: nothing that was sent is forgotten.
    fn aftermath(&self) {
        let world = self.world.clone();
        for blob in world.lock().unwrap().blobs.values_mut() {
            blob.lease = Lease::Free;
        }
        let mut last: Actor = Box::pin(applier(9, world.clone()));
        while last.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            let mut world = world.lock().unwrap();
            let wish = world.asked.remove(&9).unwrap();
            let answer = world.serve(9, &wish);
            world.answers.insert(9, answer);
            world.judge();
        }
        let world = world.lock().unwrap();
        let ledger = Ledger::parse(&world.blobs[LEDGER].body).unwrap();
        let owned: HashSet<&str> =
            ledger.instances.values().flat_map(|r| &r.documents).map(|d| d.id.as_str()).collect();
        for document in &world.cloud {
            assert!(owned.contains(document.as_str()), "{document} is forgotten");
        }
        assert!(world.blobs[JOURNAL].body.is_empty());
    }
}

/// Visits every state that schedules lead to. Answers how many.
fn explore(start: &BTreeMap<String, Blob>, breaks: bool, bounds: Bounds) -> usize {
    let mut seen = HashSet::new();
    let mut open = vec![Vec::new()];
    while let Some(mut path) = open.pop() {
        let mut play = Play::new(start, breaks, bounds);
        for step in &path {
            play.step(*step);
        }
        while seen.insert(play.state()) {
            let mut next = play.next();
            let Some(first) = next.pop() else {
                play.aftermath();
                break;
            };
            open.extend(next.into_iter().map(|other| [&path[..], &[other]].concat()));
            path.push(first);
            play.step(first);
        }
    }
    seen.len()
}

#[test]
fn whatever_happens_the_ledger_goes_forward_and_nothing_sent_is_forgotten() {
    // A place where nothing is yet, and one where an earlier run has left a ledger.
    let empty = BTreeMap::new();
    let mut ledger = Ledger::new();
    ledger.serial = 5;
    let blob = |body: &[u8]| Blob { body: body.to_vec(), version: 1, ..Blob::default() };
    let used = BTreeMap::from([
        (LEDGER.to_string(), blob(ledger.text().as_bytes())),
        (JOURNAL.to_string(), blob(b"")),
    ]);
    for (name, start, breaks, switches, mishaps) in [
        ("empty", &empty, false, 1, 1),
        ("used", &used, false, 2, 1),
        ("with a breaker of locks", &used, true, 1, 1),
    ] {
        // More of both for a long night: `RINGFENCE_MODEL_MORE=1`.
        let more = std::env::var("RINGFENCE_MODEL_MORE").map_or(0, |n| n.parse().unwrap());
        let begin = std::time::Instant::now();
        let states = explore(start, breaks, Bounds { switches: switches + more, mishaps: mishaps + more });
        println!("{name}: {states} states in {:.1} s", begin.elapsed().as_secs_f64());
        assert!(states > 1_000, "{name}: {states}");
    }
}
