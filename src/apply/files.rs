//! Files that objects stand for.

use std::io::{self, Write as _};
use std::path::Path;

use crate::catalog::LocalFile;
use crate::lang::Diagnostic;
use crate::plan::local::intact;

/// Writes a file, and the folders it is in.
pub fn write(file: &LocalFile, working_dir: &Path) -> Result<(), Diagnostic> {
    let path = working_dir.join(&file.path);
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), |f| folders(f, file.directory_mode)).and_then(|()| {
        // A file with other permissions would keep them.
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut out = options(file.mode).open(&path)?;
        out.write_all(&file.content)?;
        permit(&out, file.mode)
    });
    written.map_err(|why| failed("written", &path, &why))
}

/// Removes a file, unless somebody else has changed it since.
pub fn remove(file: &LocalFile, working_dir: &Path) -> Result<(), Diagnostic> {
    let path = working_dir.join(&file.path);
    if !intact(file, working_dir) {
        return Ok(());
    }
    std::fs::remove_file(&path).map_err(|why| failed("removed", &path, &why))
}

fn failed(what: &str, path: &Path, why: &io::Error) -> Diagnostic {
    Diagnostic::error(
        format!("The file cannot be {what}"),
        format!("{} cannot be {what}: {why}.", path.display()),
    )
}

#[cfg(unix)]
fn folders(folder: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(mode).create(folder)
}

#[cfg(unix)]
fn options(mode: u32) -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    options
}

#[cfg(unix)]
fn permit(file: &std::fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn folders(folder: &Path, _mode: u32) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn options(_mode: u32) -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(not(unix))]
fn permit(_file: &std::fs::File, _mode: u32) -> io::Result<()> {
    Ok(())
}
