//! A ledger in a blob container, for many machines.
//!
//! Two blobs: the ledger, a block blob that is written whole, and the journal, an append blob that grows. A holder of the
//! lock has a lease on both, with the lock's id, and renews it; every write carries the lease, and a write of the ledger the
//! etag that was read as well. So whoever has lost the lock, and does not know it yet, can write nothing, and nothing ever
//! goes backwards. The lock says who, where and since when in the ledger's metadata.
//!
//! What is added to the journal goes out in the background, in its order, as much as there is in one request: whoever must
//! know that it arrived waits ([`Store::durable`]), and keeps nobody else waiting.

mod lease;

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::{Mutex as Turn, Notify};

use super::file::LedgerError;
use super::lock::{Hold, LockInfo, Loss, Patience};
use super::record::Ledger;
use super::store::Store;
use crate::blob::{Answer, BlobError, Blobs, Call, Only, What};

/// What is waited before a call that was not answered is repeated. Under a lock it is repeated until the lock is lost.
const PAUSES: [u64; 7] = [200, 500, 1_000, 2_000, 4_000, 8_000, 8_000];
/// The most bytes of one append.
const MOST: usize = 4 << 20;
/// From so many appends on, more is gathered before each: a blob takes 50,000.
const MANY: [(u32, Duration); 2] = [(40_000, Duration::from_secs(2)), (20_000, Duration::from_millis(200))];
/// How often the ledger is written while a run goes on, at most.
const SELDOM: Duration = Duration::from_secs(30);
/// The name in the metadata under which the lock says who holds it.
const LOCK: &str = "ringfencelock";

/// Waits; a test does not.
type Sleep = fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

fn sleep(pause: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(tokio::time::sleep(pause))
}

/// A ledger in a blob container.
#[derive(Debug, Clone)]
pub struct RemoteStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    blobs: Arc<dyn Blobs>,
    /// The names of the two blobs.
    ledger: String,
    journal: String,
    /// A snapshot is kept of what was there before a run.
    snapshot: bool,
    sleep: Sleep,
    state: Mutex<State>,
    /// Whoever sends journal entries; whoever writes the ledger.
    sending: Turn<()>,
    writing: Turn<()>,
    /// There is something to send.
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    lease: Option<Lease>,
    etag: Etag,
    snapped: bool,
    /// What is added and not sent yet.
    pending: Vec<u8>,
    /// The journal's length; how many appends it took.
    length: u64,
    appends: u32,
    /// Why nothing more can be added.
    stopped: Option<Stopped>,
    /// A ledger that is to be written when there is time, and when that was done last.
    kept: Option<String>,
    kept_at: Option<Instant>,
    /// Somebody sends in the background.
    tended: bool,
}

/// What is known of the ledger's blob.
#[derive(Debug, Clone, Default)]
enum Etag {
    #[default]
    Unread,
    Absent,
    Is(String),
}

/// A lock that is held.
#[derive(Debug, Clone)]
struct Lease {
    id: String,
    metadata: Vec<(String, String)>,
    loss: Arc<Loss>,
}

/// An error that is said more than once.
#[derive(Debug, Clone)]
struct Stopped {
    lost: bool,
    doing: &'static str,
    place: String,
    why: String,
}

impl From<Stopped> for LedgerError {
    fn from(of: Stopped) -> LedgerError {
        let Stopped { lost, doing, place, why } = of;
        if lost { LedgerError::Lost { place, why } } else { LedgerError::Remote { doing, place, why } }
    }
}

impl RemoteStore {
    /// The ledger of this name in a container; its journal is beside it. `snapshot`: one is kept of what was there before.
    pub fn new(blobs: Arc<dyn Blobs>, name: &str, snapshot: bool) -> RemoteStore {
        RemoteStore::paced(blobs, name, snapshot, sleep)
    }

    fn paced(blobs: Arc<dyn Blobs>, name: &str, snapshot: bool, sleep: Sleep) -> RemoteStore {
        RemoteStore(Arc::new(Shared {
            blobs,
            ledger: name.to_string(),
            journal: journal_of(name),
            snapshot,
            sleep,
            state: Mutex::default(),
            sending: Turn::new(()),
            writing: Turn::new(()),
            wake: Notify::new(),
        }))
    }

    /// One that waits for nothing between its requests.
    #[cfg(test)]
    pub(crate) fn at_once(blobs: Arc<dyn Blobs>, name: &str) -> RemoteStore {
        RemoteStore::paced(blobs, name, false, |_| Box::pin(std::future::ready(())))
    }

    /// Renews the lock once, as is done in the background while it is held.
    #[cfg(test)]
    pub(crate) async fn renew(&self) -> Result<(), BlobError> {
        let lease = self.0.lease();
        lease::renew_once(&self.0, lease.as_ref().map_or("none", |l| l.id.as_str())).await
    }

    /// Removes a ledger with its journal, if nobody holds its lock.
    pub async fn remove(&self) -> Result<(), LedgerError> {
        for blob in [&self.0.journal, &self.0.ledger] {
            match self.0.ask("remove", blob, What::Delete, Only::Always).await {
                Err(e) if !e.is_missing() => return Err(self.0.failed("remove", blob, &e)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The name of a ledger's journal.
pub fn journal_of(ledger: &str) -> String {
    format!("{ledger}.journal")
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lease(&self) -> Option<Lease> {
        self.state().lease.clone()
    }

    /// Sends a call under the lease, again and again if no answer comes.
    async fn ask(
        &self,
        doing: &'static str,
        blob: &str,
        what: What<'_>,
        only: Only<'_>,
    ) -> Result<Answer, BlobError> {
        let lease = self.lease();
        let read = matches!(what, What::Get { .. } | What::Head | What::List { .. });
        let mut pauses = PAUSES.iter();
        loop {
            let id = lease.as_ref().filter(|_| !read).map(|l| l.id.as_str());
            let call = Call { blob, what: what.clone(), lease: id, only };
            let said = match self.blobs.send(&call).await {
                Err(BlobError::Unanswered(said)) => said,
                other => return other,
            };
            let next = pauses.next();
            let lost = lease.as_ref().is_none_or(|l| l.loss.why().is_some());
            if next.is_none() && (lost || read) {
                return Err(BlobError::Unanswered(said));
            }
            tracing::debug!(doing, blob, said, "no answer, again");
            (self.sleep)(Duration::from_millis(*next.unwrap_or(&2_000))).await;
        }
    }

    /// What went wrong, as it is said. A lease that is gone is the end of the lock.
    fn failed(&self, doing: &'static str, blob: &str, error: &BlobError) -> LedgerError {
        let place = self.blobs.url(blob);
        let lease = self.lease();
        if let Some(lease) = lease.filter(|l| error.is_lease() || l.loss.why().is_some()) {
            lease.loss.set(error.to_string());
            let why = lease.loss.why().unwrap_or_default().to_string();
            return LedgerError::Lost { place: self.blobs.url(&self.ledger), why };
        }
        let hint = match (error, error.code()) {
            (_, "ContainerNotFound") => ". The container must be there: make it, or correct container_name",
            (_, "AuthorizationPermissionMismatch") => {
                ". Whoever asks needs the role \"Storage Blob Data Contributor\" on the container; a shared access signature \
                 needs the permissions racwdl"
            }
            (_, "AuthenticationFailed") => ". Check access_key or sas_token, and this machine's clock",
            (_, code) if code.starts_with("Lease") => {
                ". Somebody holds the lock: nothing can be written without it"
            }
            (BlobError::Unanswered(_), _) => ". Check the network, and storage_account_name",
            _ => "",
        };
        LedgerError::Remote {
            doing,
            place,
            why: format!("{}{hint}", error.to_string().trim_end_matches('.')),
        }
    }

    /// Sends what was added to the journal.
    async fn flush(&self) -> Result<(), LedgerError> {
        let _turn = self.sending.lock().await;
        loop {
            let gather = {
                let state = self.state();
                MANY.iter().find(|(many, _)| state.appends >= *many).map(|(_, pause)| *pause)
            };
            if let Some(pause) = gather {
                (self.sleep)(pause).await;
            }
            let (batch, at) = {
                let mut state = self.state();
                if let Some(stopped) = &state.stopped {
                    return Err(stopped.clone().into());
                }
                let most = state.pending.len().min(MOST);
                let batch: Vec<u8> = state.pending.drain(..most).collect();
                (batch, state.length)
            };
            if batch.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.add(&batch, at).await {
                self.stop(&error);
                return Err(error);
            }
            let mut state = self.state();
            state.length += batch.len() as u64;
            state.appends += 1;
        }
    }

    /// Nothing more can be added.
    fn stop(&self, error: &LedgerError) {
        let stopped = match error {
            LedgerError::Lost { place, why } => {
                Stopped { lost: true, doing: "write", place: place.clone(), why: why.clone() }
            }
            LedgerError::Remote { doing, place, why } => {
                Stopped { lost: false, doing, place: place.clone(), why: why.clone() }
            }
            other => Stopped {
                lost: false,
                doing: "write",
                place: self.blobs.url(&self.journal),
                why: other.to_string(),
            },
        };
        self.state().stopped = Some(stopped);
    }

    /// Adds bytes to the journal, which has this length.
    async fn add(&self, bytes: &[u8], at: u64) -> Result<(), LedgerError> {
        let what = What::Append { body: bytes, at };
        let error = match self.ask("write", &self.journal, what, Only::Always).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        // An answer that was lost: the bytes are there already. They carry sums, so that nobody else's are the same.
        if error.is_condition()
            && let Ok(there) = self.ask("read", &self.journal, What::Get { from: at }, Only::Always).await
            && there.body == bytes
        {
            return Ok(());
        }
        Err(self.failed("write", &self.journal, &error))
    }

    /// Reads the ledger's blob.
    async fn fetch(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.ask("read", &self.ledger, What::Get { from: 0 }, Only::Always).await {
            Ok(answer) => {
                self.state().etag = Etag::Is(answer.etag);
                Ok(Some(answer.body))
            }
            Err(error) if error.is_missing() => {
                self.state().etag = Etag::Absent;
                Ok(None)
            }
            Err(error) => Err(self.failed("read", &self.ledger, &error)),
        }
    }

    /// Writes the ledger's blob, if it is still as it was read.
    async fn put(&self, text: &str) -> Result<(), LedgerError> {
        let _turn = self.writing.lock().await;
        if matches!(self.state().etag, Etag::Unread) {
            self.fetch().await?;
        }
        let (etag, metadata, snap) = {
            let mut state = self.state();
            let metadata = state.lease.as_ref().map(|l| l.metadata.clone()).unwrap_or_default();
            let there = matches!(state.etag, Etag::Is(_));
            let snap = self.snapshot && there && !std::mem::replace(&mut state.snapped, true);
            (state.etag.clone(), metadata, snap)
        };
        if snap {
            let snapped = self.ask("keep", &self.ledger, What::Snapshot, Only::Always).await;
            snapped.map_err(|e| self.failed("keep a snapshot of", &self.ledger, &e))?;
        }
        let only = match &etag {
            Etag::Is(etag) => Only::Unchanged(etag),
            Etag::Unread | Etag::Absent => Only::Absent,
        };
        let what = What::Put { body: text.as_bytes(), metadata: &metadata };
        let error = match self.ask("write", &self.ledger, what, only).await {
            Ok(answer) => {
                self.state().etag = Etag::Is(answer.etag);
                return Ok(());
            }
            Err(error) => error,
        };
        let lost = self.lease().is_some_and(|l| l.loss.why().is_some());
        if !error.is_condition() || lost {
            return Err(self.failed("write", &self.ledger, &error));
        }
        // An answer that was lost: it is written already. Anything else is somebody else's.
        match self.ask("read", &self.ledger, What::Get { from: 0 }, Only::Always).await {
            Ok(there) if there.body == text.as_bytes() => {
                self.state().etag = Etag::Is(there.etag);
                Ok(())
            }
            _ => Err(LedgerError::Changed { place: self.blobs.url(&self.ledger) }),
        }
    }

    /// Sends what there is to send, once.
    async fn tend(&self) {
        // What cannot be sent is told to whoever waits for it.
        let sent = self.flush().await;
        let kept = {
            let mut state = self.state();
            // What it says is in the journal: it need not be written often.
            let early = state.kept_at.is_some_and(|at| at.elapsed() < SELDOM);
            let kept = state.kept.take().filter(|_| !early);
            if kept.is_some() {
                state.kept_at = Some(Instant::now());
            }
            kept
        };
        if let (Ok(()), Some(text)) = (sent, kept)
            && let Err(error) = self.put(&text).await
        {
            // The journal has it all; the end of the run tries again and says so.
            tracing::warn!(%error, "the ledger could not be written");
        }
    }

    /// From now on, what is added is sent in the background, where there is a runtime.
    fn begin_tending(self: &Arc<Shared>) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !std::mem::replace(&mut self.state().tended, true)
        {
            let of = Arc::downgrade(self);
            runtime.spawn(async move {
                while let Some(shared) = of.upgrade() {
                    shared.tend().await;
                    shared.wake.notified().await;
                }
            });
        }
    }

    /// The journal is empty from now on.
    async fn empty(&self) -> Result<(), LedgerError> {
        let begun = self.ask("write", &self.journal, What::Begin, Only::Always).await;
        begun.map_err(|e| self.failed("write", &self.journal, &e))?;
        let mut state = self.state();
        (state.length, state.appends, state.stopped) = (0, 0, None);
        state.pending.clear();
        Ok(())
    }
}

#[async_trait]
impl Store for RemoteStore {
    fn place(&self) -> String {
        self.0.blobs.url(&self.0.ledger)
    }

    fn journal_place(&self) -> String {
        self.0.blobs.url(&self.0.journal)
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn take(&self, info: &LockInfo, patience: Patience<'_>) -> Result<Box<dyn Hold>, LedgerError> {
        lease::take(&self.0, info, patience).await
    }

    async fn holder(&self) -> Result<Option<LockInfo>, LedgerError> {
        let (leased, info) = lease::look(&self.0).await?;
        Ok(leased.then_some(info))
    }

    async fn unlock(&self, id: &str) -> Result<bool, LedgerError> {
        lease::break_up(&self.0, id).await.map(|()| true)
    }

    async fn read(&self) -> Result<Option<Ledger>, LedgerError> {
        let Some(bytes) = self.0.fetch().await?.filter(|b| !b.is_empty()) else { return Ok(None) };
        let content = |why| LedgerError::Content { path: self.place(), why };
        Ledger::parse(&bytes).map(Some).map_err(content)
    }

    async fn write(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        // What the journal does not take, the ledger may all the same.
        let sent = self.0.flush().await;
        self.0.state().kept = None;
        self.0.put(&ledger.text()).await?;
        sent
    }

    fn keep(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.0.state().kept = Some(ledger.text());
        self.0.wake.notify_one();
        Ok(())
    }

    async fn read_journal(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.0.ask("read", &self.0.journal, What::Get { from: 0 }, Only::Always).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(self.0.failed("read", &self.0.journal, &error)),
        }
    }

    async fn begin_journal(&self, first: &[u8]) -> Result<(), LedgerError> {
        {
            let _turn = self.0.sending.lock().await;
            self.0.empty().await?;
        }
        self.append(first)?;
        self.0.flush().await?;
        self.0.begin_tending();
        Ok(())
    }

    fn append(&self, bytes: &[u8]) -> Result<(), LedgerError> {
        let mut state = self.0.state();
        if let Some(stopped) = &state.stopped {
            return Err(stopped.clone().into());
        }
        state.pending.extend_from_slice(bytes);
        drop(state);
        self.0.wake.notify_one();
        Ok(())
    }

    async fn durable(&self) -> Result<(), LedgerError> {
        self.0.flush().await
    }

    async fn clear_journal(&self) -> Result<(), LedgerError> {
        let _turn = self.0.sending.lock().await;
        self.0.empty().await
    }
}

/// Who holds a lock, by what the ledger's blob says about itself.
fn told(metadata: &[(String, String)]) -> LockInfo {
    let text = metadata.iter().find(|(name, _)| name == LOCK).map(|(_, value)| value);
    let bytes = text.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
