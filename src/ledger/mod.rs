//! What we own and where: the ledger, where it is kept with its journal and lock ([`Store`]), what it keeps secret.
//!
//! Live is the truth, the ledger is memory: it says which documents an address stands for, never what they hold.
//! Knows nothing of planning or applying.

pub mod disk;
mod file;
mod local;
mod lock;
mod record;
mod remote;
mod seal;
mod store;
pub mod terraform;

pub use file::{LedgerError, LedgerFile, write_atomically};
pub use local::LocalStore;
pub use lock::{Hold, Lock, LockInfo, Loss, Patience};
pub use record::{Deposed, DocumentRecord, Ledger, OutputRecord, Record, Stored};
pub use remote::RemoteStore;
pub use seal::{Sealed, Sealer};
pub use store::{Shelf, Store};
