//! What we own and where: the ledger, its file, its lock, what it keeps secret.
//!
//! Live is the truth, the ledger is memory: it says which documents an address stands for, never what they hold.
//! Knows nothing of planning or applying.

mod file;
mod lock;
mod record;
mod seal;
pub mod terraform;

pub use file::{LedgerError, LedgerFile, write_atomically};
pub use lock::{Lock, LockInfo};
pub use record::{Deposed, DocumentRecord, Ledger, OutputRecord, Record, Stored};
pub use seal::{Sealed, Sealer};
