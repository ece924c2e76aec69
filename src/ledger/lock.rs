//! One writer at a time: who holds a lock, and the lock file beside a local ledger.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::file::LedgerError;
use super::local::make_folder;

/// After so long without the lock it is said that it is waited for, as in Terraform.
const SAYING: Duration = Duration::from_millis(400);

/// Who holds a lock, in Terraform's form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockInfo {
    /// A GUID.
    #[serde(rename = "ID")]
    pub id: String,
    /// `OperationTypeApply`, `OperationTypePlan`
    pub operation: String,
    /// `user@host`
    pub who: String,
    /// Our version.
    pub version: String,
    /// RFC 3339.
    pub created: String,
    /// The ledger.
    pub path: String,
}

/// How long another holder is waited for, and who is told.
#[derive(Clone, Copy)]
pub struct Patience<'p> {
    /// At most so long.
    pub most: Duration,
    /// Called once, when it lasts.
    pub waiting: &'p (dyn Fn() + Sync),
}

impl Patience<'_> {
    /// None at all.
    pub fn none() -> Patience<'static> {
        Patience { most: Duration::ZERO, waiting: &|| {} }
    }
}

/// The wait for a lock.
pub(super) struct Wait<'p> {
    patience: Patience<'p>,
    begun: Instant,
    said: bool,
}

impl<'p> Wait<'p> {
    pub fn new(patience: Patience<'p>) -> Wait<'p> {
        Wait { patience, begun: Instant::now(), said: false }
    }

    /// Waits a while; false: the patience is at its end.
    pub async fn on(&mut self, pause: Duration) -> bool {
        let gone = self.begun.elapsed();
        if gone >= self.patience.most {
            return false;
        }
        if gone >= SAYING && !std::mem::replace(&mut self.said, true) {
            (self.patience.waiting)();
        }
        // The word is said in time.
        let pause = if gone < SAYING { pause.min(SAYING - gone) } else { pause };
        tokio::time::sleep(pause.min(self.patience.most - gone)).await;
        true
    }
}

/// A held lock; dropping it releases it.
#[async_trait]
pub trait Hold: fmt::Debug + Send + Sync {
    /// Tells when it is lost: taken by somebody else, or not renewed in time. `None`: it cannot be.
    fn loss(&self) -> Option<Arc<Loss>> {
        None
    }

    /// Releases it, and waits until that is done.
    async fn release(self: Box<Self>) {}
}

/// The end of a lock before its holder's.
#[derive(Debug, Default)]
pub struct Loss {
    token: CancellationToken,
    why: OnceLock<String>,
}

impl Loss {
    /// It is lost. What is said first stays.
    pub fn set(&self, why: String) {
        let _ = self.why.set(why.trim_end_matches('.').to_string());
        self.token.cancel();
    }

    /// Why it is lost; `None`: it is not.
    pub fn why(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    /// Waits until it is lost.
    pub async fn wait(&self) {
        self.token.cancelled().await;
    }
}

/// A held lock file.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Hold for Lock {}

impl Lock {
    /// Takes a lock file. The system releases it when the process dies.
    pub async fn take(path: &Path, info: &LockInfo, patience: Patience<'_>) -> Result<Lock, LedgerError> {
        let error = |source| LedgerError::File { doing: "lock", path: path.display().to_string(), source };
        make_folder(path).map_err(error)?;
        let mut wait = Wait::new(patience);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(error)?;
            match file.try_lock() {
                Ok(()) => {
                    let text = serde_json::to_vec(info).unwrap_or_default();
                    file.set_len(0).and_then(|()| file.rewind()).map_err(error)?;
                    file.write_all(&text).map_err(error)?;
                    return Ok(Lock { file });
                }
                Err(TryLockError::WouldBlock) => {
                    if !wait.on(Duration::from_millis(100)).await {
                        return Err(LedgerError::Locked(Box::new(said(&mut file))));
                    }
                }
                Err(TryLockError::Error(source)) => return Err(error(source)),
            }
        }
    }

    /// Who holds a lock file.
    pub fn holder(path: &Path) -> Result<Option<LockInfo>, LedgerError> {
        let error = |source| LedgerError::File { doing: "lock", path: path.display().to_string(), source };
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(error(source)),
        };
        match file.try_lock() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(said(&mut file))),
            Err(TryLockError::Error(source)) => Err(error(source)),
        }
    }
}

/// What a lock file says.
fn said(file: &mut File) -> LockInfo {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    serde_json::from_str(&text).unwrap_or_default()
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Emptied, not removed: another process may hold the same file open, waiting for this lock.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_taker_learns_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.json.lock");
        let info = LockInfo { id: "1".into(), who: "me@here".into(), ..LockInfo::default() };
        assert_eq!(Lock::holder(&path).unwrap(), None);
        let held = Lock::take(&path, &info, Patience::none()).await.unwrap();
        match Lock::take(&path, &LockInfo::default(), Patience::none()).await {
            Err(LedgerError::Locked(holder)) => assert_eq!(*holder, info),
            other => panic!("{other:?}"),
        }
        assert_eq!(Lock::holder(&path).unwrap(), Some(info.clone()));
        drop(held);
        assert_eq!(Lock::holder(&path).unwrap(), None);
        Lock::take(&path, &info, Patience::none()).await.unwrap();
    }
}
