//! One writer at a time: a lock file beside the ledger that says who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::file::LedgerError;

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

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of a ledger, waiting at most so long. The system releases it when the process dies.
    pub fn take(ledger: &Path, info: &LockInfo, patience: Duration) -> Result<Lock, LedgerError> {
        let mut name = ledger.file_name().unwrap_or_default().to_os_string();
        name.push(".lock");
        let path = ledger.with_file_name(name);
        let error = |source| LedgerError::File { doing: "lock", path: path.display().to_string(), source };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(error)?;
        }
        let until = Instant::now() + patience;
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(error)?;
            match file.try_lock() {
                Ok(()) => {
                    let text = serde_json::to_vec(info).unwrap_or_default();
                    file.set_len(0).and_then(|()| file.rewind()).map_err(error)?;
                    file.write_all(&text).map_err(error)?;
                    return Ok(Lock { file });
                }
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    let _ = file.read_to_string(&mut text);
                    let holder = serde_json::from_str(&text).unwrap_or_default();
                    return Err(LedgerError::Locked(Box::new(holder)));
                }
                Err(TryLockError::Error(source)) => return Err(error(source)),
            }
        }
    }
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

    #[test]
    fn the_second_taker_learns_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("l.json");
        let info = LockInfo { id: "1".into(), who: "me@here".into(), ..LockInfo::default() };
        let held = Lock::take(&ledger, &info, Duration::ZERO).unwrap();
        match Lock::take(&ledger, &LockInfo::default(), Duration::ZERO) {
            Err(LedgerError::Locked(holder)) => assert_eq!(*holder, info),
            other => panic!("{other:?}"),
        }
        drop(held);
        Lock::take(&ledger, &info, Duration::ZERO).unwrap();
    }
}
