//! A ledger in local files: `NAME.json`, `NAME.json.lock` beside it, the journal in the data folder, where that of the last
//! run that ended stays as `last-…`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::disk::{Disk, Growing, folder_of, system};
use super::file::{LedgerError, LedgerFile};
use super::lock::{Hold, Lock, LockInfo, Patience};
use super::record::Ledger;
use super::store::Store;

/// A ledger in local files.
#[derive(Debug)]
pub struct LocalStore {
    file: LedgerFile,
    journal: PathBuf,
    disk: Arc<dyn Disk>,
    writing: Mutex<Option<Growing>>,
}

impl LocalStore {
    /// With the ledger and the journal at these paths.
    pub fn new(ledger: impl Into<PathBuf>, journal: impl Into<PathBuf>) -> LocalStore {
        LocalStore::on(system(), ledger, journal)
    }

    /// The same on another disk.
    pub fn on(disk: Arc<dyn Disk>, ledger: impl Into<PathBuf>, journal: impl Into<PathBuf>) -> LocalStore {
        let file = LedgerFile::on(disk.clone(), ledger);
        LocalStore { file, journal: journal.into(), disk, writing: Mutex::new(None) }
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> LedgerError {
        LedgerError::File { doing, path: self.journal.display().to_string(), source }
    }

    fn lock_path(&self) -> PathBuf {
        let path = self.file.path();
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".lock");
        path.with_file_name(name)
    }

    /// Where the journal of a run that has ended is kept.
    fn last_journal(&self) -> PathBuf {
        let name = self.journal.file_name().unwrap_or_default().to_string_lossy();
        self.journal.with_file_name(format!("last-{name}"))
    }

    fn writing(&self) -> std::sync::MutexGuard<'_, Option<Growing>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for LocalStore {
    fn place(&self) -> String {
        self.file.path().display().to_string()
    }

    fn journal_place(&self) -> String {
        self.journal.display().to_string()
    }

    async fn take(&self, info: &LockInfo, patience: Patience<'_>) -> Result<Box<dyn Hold>, LedgerError> {
        Ok(Box::new(Lock::take(&self.lock_path(), info, patience).await?))
    }

    async fn holder(&self) -> Result<Option<LockInfo>, LedgerError> {
        Lock::holder(&self.lock_path())
    }

    async fn unlock(&self, _: &str) -> Result<bool, LedgerError> {
        Ok(false)
    }

    async fn read(&self) -> Result<Option<Ledger>, LedgerError> {
        self.file.read()
    }

    async fn write(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.file.write(ledger)
    }

    fn keep(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.file.write(ledger)
    }

    async fn read_journal(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.disk.read(&self.journal) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.failed("read", source)),
        }
    }

    async fn begin_journal(&self, first: &[u8]) -> Result<(), LedgerError> {
        let begun = Growing::begin(&*self.disk, &self.journal, first);
        *self.writing() = Some(begun.map_err(|e| self.failed("write", e))?);
        Ok(())
    }

    fn append(&self, bytes: &[u8]) -> Result<(), LedgerError> {
        match &mut *self.writing() {
            Some(growing) => growing.add(bytes).map_err(|e| self.failed("write", e)),
            None => Err(self.failed("write", io::Error::other("it was not begun"))),
        }
    }

    async fn durable(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn clear_journal(&self) -> Result<(), LedgerError> {
        *self.writing() = None;
        // It tells what the run did, and what took how long, until the next one ends.
        if self.disk.rename(&self.journal, &self.last_journal()).is_ok() {
            return Ok(());
        }
        match self.disk.remove(&self.journal) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(self.failed("remove", source)),
            _ => Ok(()),
        }
    }
}

/// The folder of a path must be there before something is locked in it.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder_of(path))
}
