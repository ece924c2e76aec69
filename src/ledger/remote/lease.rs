//! The lock of a remote ledger: a lease on its blob and on the journal's, with one id, renewed while it is held.
//!
//! The ledger's lease is the lock. Whoever has it takes the journal's, which the last holder may still have for a moment, and
//! then makes sure of the first: a process that slept in between has neither. A lease that nobody renews ends by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{LOCK, Lease, Shared, State, told};
use crate::blob::{Answer, BlobError, Call, Only, What};
use crate::ledger::file::LedgerError;
use crate::ledger::lock::{Hold, LockInfo, Loss, Patience, Wait};

/// How long a lease lasts that nobody renews, in seconds.
pub const LASTS: u32 = 60;
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(15);
/// After so long without an answer it counts as lost, before it is.
const DOUBT: Duration = Duration::from_secs(45);
/// How often a lock that somebody else has is tried.
const TRY: Duration = Duration::from_secs(1);
/// How often the journal's lease is tried once the ledger's is held.
const TRIES: u32 = 8;
/// How long letting go of a lock may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// A held lock of a remote ledger.
#[derive(Debug)]
struct Held {
    shared: Arc<Shared>,
    lease: Lease,
    renewing: Option<tokio::task::JoinHandle<()>>,
}

#[async_trait]
impl Hold for Held {
    fn loss(&self) -> Option<Arc<Loss>> {
        Some(self.lease.loss.clone())
    }

    async fn release(mut self: Box<Self>) {
        self.let_go();
        if self.lease.loss.why().is_none() {
            release(&self.shared, &self.lease.id).await;
        }
    }
}

impl Held {
    /// Nothing is renewed or written with it any more. Answers whether it was held until now.
    fn let_go(&mut self) -> bool {
        if let Some(renewing) = self.renewing.take() {
            renewing.abort();
        }
        self.shared.state().lease.take().is_some()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Without a runtime, or without an answer in time, the lease ends by itself.
        if self.let_go()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
            && self.lease.loss.why().is_none()
        {
            let (shared, id) = (self.shared.clone(), self.lease.id.clone());
            let (done, wait) = std::sync::mpsc::channel();
            runtime.spawn(async move {
                release(&shared, &id).await;
                let _ = done.send(());
            });
            let _ = wait.recv_timeout(FAREWELL);
        }
    }
}

/// Takes the lock.
pub(super) async fn take(
    shared: &Arc<Shared>,
    info: &LockInfo,
    patience: Patience<'_>,
) -> Result<Box<dyn Hold>, LedgerError> {
    let mut wait = Wait::new(patience);
    while !acquire(shared, &shared.ledger, &info.id).await? {
        if !wait.on(TRY).await {
            return Err(LedgerError::Locked(Box::new(look(shared).await?.1)));
        }
    }
    match settle(shared, info).await {
        Ok(Some(lease)) => {
            let renewing = tokio::runtime::Handle::try_current().ok();
            let renewing = renewing.map(|runtime| runtime.spawn(renew(shared.clone(), lease.clone())));
            Ok(Box::new(Held { shared: shared.clone(), lease, renewing }))
        }
        Ok(None) => {
            release(shared, &info.id).await;
            Err(LedgerError::Locked(Box::new(look(shared).await?.1)))
        }
        Err(error) => {
            release(shared, &info.id).await;
            Err(error)
        }
    }
}

/// With the ledger's lease: takes the journal's, makes sure of the first, and says who holds the lock. `None`: somebody else
/// has it after all.
async fn settle(shared: &Arc<Shared>, info: &LockInfo) -> Result<Option<Lease>, LedgerError> {
    let mut tries = 0;
    while !acquire(shared, &shared.journal, &info.id).await? {
        tries += 1;
        if tries == TRIES {
            return Ok(None);
        }
        (shared.sleep)(TRY).await;
    }
    match ask(shared, &shared.ledger, What::Renew(&info.id), None).await {
        Ok(_) => {}
        Err(error) if error.is_lease() => return Ok(None),
        Err(error) => return Err(shared.failed("lock", &shared.ledger, &error)),
    }
    let text = serde_json::to_vec(info).unwrap_or_default();
    let metadata = vec![(LOCK.to_string(), STANDARD.encode(text))];
    match ask(shared, &shared.ledger, What::Metadata(&metadata), Some(&info.id)).await {
        Ok(_) => {}
        Err(error) if error.is_lease() => return Ok(None),
        Err(error) => return Err(shared.failed("lock", &shared.ledger, &error)),
    }
    let lease = Lease { id: info.id.clone(), metadata, loss: Arc::default() };
    let mut state = shared.state();
    // What was read before the lock was held does not count.
    *state = State { lease: Some(lease.clone()), tended: state.tended, ..State::default() };
    Ok(Some(lease))
}

/// A call with this lease instead of the one that is held.
async fn ask(shared: &Shared, blob: &str, what: What<'_>, lease: Option<&str>) -> Result<Answer, BlobError> {
    let mut pauses = super::PAUSES.iter();
    loop {
        let call = Call { blob, what: what.clone(), lease, only: Only::Always };
        match (shared.blobs.send(&call).await, pauses.next()) {
            (Err(BlobError::Unanswered(_)), Some(pause)) => {
                (shared.sleep)(Duration::from_millis(*pause)).await;
            }
            (other, _) => return other,
        }
    }
}

/// Takes a lease on a blob, which is made if it is not there. `false`: somebody else has one.
async fn acquire(shared: &Shared, blob: &str, id: &str) -> Result<bool, LedgerError> {
    let failed = |error: &BlobError| shared.failed("lock", blob, error);
    loop {
        match ask(shared, blob, What::Acquire { id, seconds: LASTS }, None).await {
            Ok(_) => return Ok(true),
            Err(error) if error.is_lease() => return Ok(false),
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(failed(&error)),
        }
        let new = if blob == shared.journal { What::Begin } else { What::Put { body: b"", metadata: &[] } };
        let call = Call { blob, what: new, lease: None, only: Only::Absent };
        match shared.blobs.send(&call).await {
            // Somebody else has made it, or it is made although the answer was lost.
            Ok(_) | Err(BlobError::Unanswered(_)) => {}
            Err(error) if error.is_condition() || error.is_lease() => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}

/// Lets go of both leases. What cannot be let go of ends by itself.
async fn release(shared: &Shared, id: &str) {
    let once = async |blob: &str, what: What<'_>, lease: Option<&str>| {
        let call = Call { blob, what, lease, only: Only::Always };
        if let Err(error) = shared.blobs.send(&call).await {
            tracing::debug!(blob, %error, "the lease ends by itself");
        }
    };
    once(&shared.journal, What::Release(id), None).await;
    once(&shared.ledger, What::Metadata(&[]), Some(id)).await;
    once(&shared.ledger, What::Release(id), None).await;
}

/// Renews the leases once.
pub(super) async fn renew_once(shared: &Shared, id: &str) -> Result<(), BlobError> {
    for blob in [&shared.ledger, &shared.journal] {
        shared.blobs.send(&Call { blob, what: What::Renew(id), lease: None, only: Only::Always }).await?;
    }
    Ok(())
}

/// Renews the leases until they are lost.
async fn renew(shared: Arc<Shared>, lease: Lease) {
    let mut good = Instant::now();
    let mut pause = RENEW;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = lease.loss.wait() => return,
        }
        let begin = Instant::now();
        let renewed =
            tokio::time::timeout(DOUBT.saturating_sub(good.elapsed()), renew_once(&shared, &lease.id));
        pause = match renewed.await {
            Ok(Ok(())) => {
                good = begin;
                RENEW
            }
            Ok(Err(error)) if error.is_lease() || error.is_missing() => {
                return lease.loss.set(error.to_string());
            }
            Ok(Err(error)) if good.elapsed() >= DOUBT => {
                return lease.loss.set(format!("it could not be renewed in time: {error}"));
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "the lease could not be renewed, again");
                Duration::from_secs(2)
            }
            Err(_) => return lease.loss.set("it could not be renewed in time: no answer".into()),
        };
    }
}

/// Whether the ledger is leased, and what it says of its lock.
pub(super) async fn look(shared: &Shared) -> Result<(bool, LockInfo), LedgerError> {
    match shared.ask("read", &shared.ledger, What::Head, Only::Always).await {
        Ok(answer) => Ok((answer.leased, told(&answer.metadata))),
        Err(error) if error.is_missing() => Ok((false, LockInfo::default())),
        Err(error) => Err(shared.failed("read", &shared.ledger, &error)),
    }
}

/// Takes the lock from the holder with this id.
pub(super) async fn break_up(shared: &Shared, id: &str) -> Result<(), LedgerError> {
    let freed = ask(shared, &shared.ledger, What::Release(id), None).await;
    freed.map_err(|e| shared.failed("unlock", &shared.ledger, &e))?;
    // Whoever has taken the lock since says so himself; the journal's lease follows.
    for (blob, what) in [(&shared.journal, What::Release(id)), (&shared.ledger, What::Metadata(&[]))] {
        if let Err(error) = ask(shared, blob, what, None).await {
            tracing::debug!(%error, "left as it is");
        }
    }
    Ok(())
}
