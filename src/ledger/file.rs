//! The ledger's file: read whole, written atomically.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::disk::{Disk, System, system, write_whole};
use super::record::Ledger;

/// Why a ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The file cannot be read or written.
    #[error("cannot {doing} {path}: {source}")]
    File {
        /// `read`, `write`, `lock`, `remove`
        doing: &'static str,
        /// Which.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no ledger.
    #[error("{path} is not a ledger: {why}")]
    Content {
        /// Which.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Its place on the network cannot be read or written.
    #[error("cannot {doing} {place}: {why}")]
    Remote {
        /// `read`, `write`, `lock`, `unlock`, `remove`
        doing: &'static str,
        /// A URL.
        place: String,
        /// What was said, and what to do.
        why: String,
    },
    /// The lock was held, and is not any more: nothing can be written.
    #[error("the lock of {place} was lost: {why}")]
    Lost {
        /// A URL.
        place: String,
        /// What was said.
        why: String,
    },
    /// It is not what was read any more.
    #[error("{place} was written by somebody else since it was read")]
    Changed {
        /// A URL.
        place: String,
    },
    /// Another command holds the lock.
    #[error("the ledger is locked")]
    Locked(Box<super::lock::LockInfo>),
}

impl LedgerError {
    /// Does a message come from a lock that was lost?
    pub fn tells_loss(message: &str) -> bool {
        message.contains("the lock of ") && message.contains(" was lost: ")
    }
}

/// A ledger in a local file.
#[derive(Debug, Clone)]
pub struct LedgerFile {
    path: PathBuf,
    disk: Arc<dyn Disk>,
}

impl LedgerFile {
    /// At this path.
    pub fn new(path: impl Into<PathBuf>) -> LedgerFile {
        LedgerFile::on(system(), path)
    }

    /// The same on another disk.
    pub fn on(disk: Arc<dyn Disk>, path: impl Into<PathBuf>) -> LedgerFile {
        LedgerFile { path: path.into(), disk }
    }

    /// Where.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it; `None`: there is none yet.
    pub fn read(&self) -> Result<Option<Ledger>, LedgerError> {
        let text = match self.disk.read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.error("read", source)),
        };
        let content = |why: String| LedgerError::Content { path: self.path.display().to_string(), why };
        let ledger = Ledger::parse(&text).map_err(content)?;
        Ok(Some(ledger))
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        write_whole(&*self.disk, &self.path, ledger.text().as_bytes())
            .map_err(|source| self.error("write", source))
    }

    fn error(&self, doing: &'static str, source: io::Error) -> LedgerError {
        LedgerError::File { doing, path: self.path.display().to_string(), source }
    }
}

/// Writes a file of ours: into a new file (mode 0600) in the same folder, synced, then renamed over the old one.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(&System, path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = LedgerFile::new(folder.path().join("l.json"));
        assert!(file.read().unwrap().is_none());
        let mut ledger = Ledger::new();
        ledger.instances.insert("a.b".into(), Default::default());
        file.write(&ledger).unwrap();
        assert_eq!(file.read().unwrap().unwrap(), ledger);
        std::fs::write(file.path(), "{\"version\": 9}").unwrap();
        assert!(matches!(file.read(), Err(LedgerError::Content { .. })));
    }
}
