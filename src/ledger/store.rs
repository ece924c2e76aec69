//! The seam: where a ledger is kept, with its journal and its lock. Whoever works with a ledger knows this and no more.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::file::LedgerError;
use super::lock::{Hold, LockInfo, Patience};
use super::record::Ledger;

/// A place for one ledger, its journal and its lock.
///
/// A journal is bytes that only grow. [`Store::append`] hands bytes over in their order; [`Store::durable`] says that all
/// that was handed over is where no crash reaches it, so that what is added first is durable first.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// The ledger, as people find it: a path or a URL.
    fn place(&self) -> String;

    /// The journal, as people find it.
    fn journal_place(&self) -> String;

    /// Do others reach it, from other machines?
    fn is_shared(&self) -> bool {
        false
    }

    /// Takes the lock.
    ///
    /// Errors: [`LedgerError::Locked`] with who holds it, if that lasts longer than the patience.
    async fn take(&self, info: &LockInfo, patience: Patience<'_>) -> Result<Box<dyn Hold>, LedgerError>;

    /// Who holds the lock, if anybody does.
    async fn holder(&self) -> Result<Option<LockInfo>, LedgerError>;

    /// Takes the lock from its holder, who must be this one. `Ok(false)`: this kind of lock goes with its process and
    /// cannot be taken.
    async fn unlock(&self, id: &str) -> Result<bool, LedgerError>;

    /// Reads the ledger; `None`: there is none yet.
    async fn read(&self) -> Result<Option<Ledger>, LedgerError>;

    /// Writes the ledger, whole or not at all.
    async fn write(&self, ledger: &Ledger) -> Result<(), LedgerError>;

    /// Writes the ledger soon: what it says is in the journal too.
    fn keep(&self, ledger: &Ledger) -> Result<(), LedgerError>;

    /// Reads the journal; `None`: there is none.
    async fn read_journal(&self) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Begins a journal with these bytes, in the place of what was there. They are durable when this returns.
    async fn begin_journal(&self, first: &[u8]) -> Result<(), LedgerError>;

    /// Adds bytes to the journal.
    ///
    /// Errors: nothing of them is in it. (Of bytes that are on their way, [`Store::durable`] tells.)
    fn append(&self, bytes: &[u8]) -> Result<(), LedgerError>;

    /// Waits until everything that was added is durable.
    async fn durable(&self) -> Result<(), LedgerError>;

    /// Removes the journal.
    async fn clear_journal(&self) -> Result<(), LedgerError>;
}

/// A store as it is passed around.
pub type Shelf = Arc<dyn Store>;
