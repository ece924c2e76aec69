//! The file operations that a local ledger and its journal are made of. A test gives a disk that fails.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by their paths.
pub trait Disk: fmt::Debug + Send + Sync {
    /// All bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Makes a folder with those above it.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Opens a file for writing from its beginning, mode 0600; makes it if need be. `fresh`: it must not be there yet.
    fn open(&self, path: &Path, fresh: bool) -> io::Result<Box<dyn DiskFile>>;
    /// Puts a file in the place of another.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// What was made, renamed or removed in a folder survives a loss of power from now on.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub trait DiskFile: fmt::Debug + Send {
    /// Writes some of the bytes, and answers how many.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// All bytes survive a loss of power from now on.
    fn sync(&mut self) -> io::Result<()>;
    /// Leaves so many bytes, and goes on behind them.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The system's files.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Disk for System {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn open(&self, path: &Path, fresh: bool) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(fresh).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Where folders cannot be opened as files, the system keeps names by itself.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes all bytes.
pub fn write_all(file: &mut dyn DiskFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Writes a file whole or not at all: into a new file (mode 0600) in the same folder, synced, then renamed over the old
/// one. When this returns, the content and the name are on the disk.
pub fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    disk.make_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{name}.{}.new", uuid::Uuid::new_v4().simple()));
    let mut file = disk.open(&new, true)?;
    let written = write_all(&mut *file, bytes).and_then(|()| file.sync());
    drop(file);
    if let Err(error) = written.and_then(|()| disk.rename(&new, path)) {
        // The old content stays; what was written beside it is of no use.
        let _ = disk.remove(&new);
        return Err(error);
    }
    disk.sync_folder(folder)
}

/// The system's files, as they are passed around.
pub fn system() -> Arc<dyn Disk> {
    Arc::new(System)
}

/// A file that only grows, entry by entry: whatever fails, what was whole before stays whole.
#[derive(Debug)]
pub struct Growing {
    path: PathBuf,
    file: Box<dyn DiskFile>,
    length: u64,
    /// Why nothing can be added any more.
    broken: Option<(io::ErrorKind, String)>,
}

impl Growing {
    /// Begins one with these bytes, in the place of what was there.
    pub fn begin(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<Growing> {
        let folder = folder_of(path);
        disk.make_folder(folder)?;
        let file = disk.open(path, false)?;
        let mut growing = Growing { path: path.to_path_buf(), file, length: 0, broken: None };
        growing.add(bytes)?;
        disk.sync_folder(folder)?;
        Ok(growing)
    }

    /// Adds bytes; they are on the disk when this returns. If they cannot be, none of them is.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some((kind, why)) = &self.broken {
            return Err(io::Error::new(*kind, why.clone()));
        }
        let written = write_all(&mut *self.file, bytes);
        let half = written.is_err();
        if let Err(error) = written.and_then(|()| self.file.sync()) {
            // A short write is taken back, so that others may follow when there is room again. After a failed sync
            // nobody knows what the disk holds: nothing follows.
            let back = self.file.cut(self.length).and_then(|()| self.file.sync());
            if !half || back.is_err() {
                self.broken = Some((error.kind(), error.to_string()));
            }
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
