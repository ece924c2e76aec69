//! The world in a file (redb): every answered write is in the file before its answer leaves. Writes go to the operating
//! system without waiting for the disk: a killed process loses nothing, a power cut may lose the last seconds but finds a
//! consistent world, since redb writes copies and checksums.

use super::world::{Names, World};
use redb::backends::FileBackend;
use redb::{
    BackendError, Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend,
    TableDefinition,
};
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// One table holds all: a commit then touches one tree. A key is the name of a table of [`World::changes`] (or `meta`, for
/// what the server itself keeps), a slash, and the row's key.
const ROWS: TableDefinition<'_, &'static str, &'static [u8]> = TableDefinition::new("rows");

/// Why a world could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the world {path} is in use by another process: end that one, or take another file")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be used.
    #[error("could not {doing} the world {path}")]
    File {
        /// `open`, `read`, `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system or the database said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An open world file.
#[derive(Debug)]
pub struct Store {
    database: Database,
    file: File,
    path: PathBuf,
}

impl Store {
    /// Opens or makes a world file.
    ///
    /// # Errors
    /// If another process has it open, or it is no world.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::File {
            doing: "open",
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // The file holds the cloud's keys and whatever secrets were sent to it.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| failed(error.into()))?;
        let own = file.try_clone().map_err(|error| failed(error.into()))?;
        let backend = FileBackend::new(own).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: path.to_owned() },
            error => failed(error.into()),
        })?;
        let database = Builder::new()
            .set_cache_size(8 << 20)
            .create_with_backend(Unsynced(backend))
            .map_err(|error| match error {
                DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: path.to_owned() },
                error => failed(error.into()),
            })?;
        Ok(Store { database, file, path: path.to_owned() })
    }

    /// A value the server keeps for itself.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let read = || -> Result<Option<String>, redb::Error> {
            let transaction = self.database.begin_read()?;
            let table = match transaction.open_table(ROWS) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let value = table.get(format!("meta/{key}").as_str())?;
            Ok(value.map(|value| String::from_utf8_lossy(value.value()).into_owned()))
        };
        read().map_err(|error| self.failed("read", error))
    }

    /// Keeps values for the server.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_meta(&self, values: &[(&str, &str)]) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(ROWS)?;
                for (key, value) in values {
                    table.insert(format!("meta/{key}").as_str(), value.as_bytes())?;
                }
            }
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.failed("write", error))
    }

    /// The world as it was left.
    ///
    /// # Errors
    /// If the file cannot be read, or a row in it is not what it should be.
    pub fn load(&self, names: Names) -> Result<World, StoreError> {
        let mut world = World::new(names);
        let mut read = || -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            let transaction = self.database.begin_read()?;
            let table = match transaction.open_table(ROWS) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for row in table.iter()? {
                let (key, value) = row?;
                match key.value().split_once('/') {
                    Some(("meta", _)) | None => {}
                    Some((name, key)) => world.load(name, key, value.value())?,
                }
            }
            Ok(())
        };
        read().map_err(|source| StoreError::File { doing: "read", path: self.path.clone(), source })?;
        world.settle();
        Ok(world)
    }

    /// Writes what a request changed.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn commit(&self, world: &World) -> Result<(), StoreError> {
        let changes = world.changes();
        if changes.is_empty() {
            return Ok(());
        }
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(ROWS)?;
                for change in &changes {
                    let key = format!("{}/{}", change.table, change.key);
                    match &change.value {
                        Some(value) => table.insert(key.as_str(), value.as_slice())?,
                        None => table.remove(key.as_str())?,
                    };
                }
                table.insert("meta/now", world.now_ms.to_string().as_bytes())?;
            }
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.failed("write", error))
    }

    /// Empties the world; what the server keeps for itself stays.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn clear(&self) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.open_table(ROWS)?.retain(|key, _| key.starts_with("meta/"))?;
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.failed("write", error))
    }

    /// Waits until the disk has everything.
    ///
    /// # Errors
    /// If the system cannot.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|error| StoreError::File {
            doing: "write",
            path: self.path.clone(),
            source: error.into(),
        })
    }

    fn failed(&self, doing: &'static str, error: redb::Error) -> StoreError {
        StoreError::File { doing, path: self.path.clone(), source: error.into() }
    }
}

/// A file that does not wait for the disk.
#[derive(Debug)]
struct Unsynced(FileBackend);

impl StorageBackend for Unsynced {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
