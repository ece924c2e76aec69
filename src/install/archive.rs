//! Archives become folders. What an archive names outside of its folder is refused, and so is what is too much.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;

/// So much may come out of an archive, in bytes.
const MOST_BYTES: u64 = 2 << 30;
/// So many files may.
const MOST_FILES: usize = 100_000;

/// The kind of an archive by the end of its name.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    const KINDS: [&str; 10] =
        ["tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tgz", "tbz2", "txz", "zip", "tar", "gz"];
    let name = name.rsplit('/').next().unwrap_or_default();
    KINDS.into_iter().find(|kind| name.strip_suffix(kind).is_some_and(|rest| rest.ends_with('.')))
}

/// Unpacks an archive into a folder.
pub(super) fn unpack(archive: &Path, kind: &str, into: &Path) -> Result<(), String> {
    unpack_within(archive, kind, into, MOST_BYTES)
}

fn unpack_within(archive: &Path, kind: &str, into: &Path, most: u64) -> Result<(), String> {
    let mut file = File::open(archive).map_err(|e| e.to_string())?;
    let mut target = Target { root: into, left: most, files: 0, links: Vec::new() };
    std::fs::create_dir_all(into).map_err(|e| e.to_string())?;
    match kind {
        "zip" => zip(file, &mut target)?,
        "tar" => tar(file, &mut target)?,
        "tar.gz" | "tgz" => {
            // A server may have taken the outer wrapping off.
            let mut magic = [0; 2];
            let n = file.read(&mut magic).map_err(|e| e.to_string())?;
            file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
            match magic[..n] == [0x1f, 0x8b] {
                true => tar(GzDecoder::new(BufReader::new(file)), &mut target)?,
                false => tar(file, &mut target)?,
            }
        }
        other => return Err(format!("archives of the kind {other:?} cannot be unpacked: use zip or tar.gz")),
    }
    target.link()
}

/// A folder that is being filled.
struct Target<'t> {
    root: &'t Path,
    left: u64,
    files: usize,
    links: Vec<(PathBuf, PathBuf)>,
}

impl Target<'_> {
    /// The place of an entry.
    fn place(&mut self, name: &Path) -> Result<PathBuf, String> {
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(format!("the archive holds more than {MOST_FILES} files"));
        }
        let mut clean = PathBuf::new();
        for part in name.components() {
            match part {
                Component::Normal(part) => clean.push(part),
                Component::CurDir => {}
                _ => return Err(format!("the archive names {}, which is outside of it", name.display())),
            }
        }
        Ok(clean)
    }

    fn folder(&self, place: &Path) -> Result<(), String> {
        std::fs::create_dir_all(self.root.join(place)).map_err(|e| format!("{}: {e}", place.display()))
    }

    fn file(&mut self, place: &Path, content: &mut dyn Read, mode: Option<u32>) -> Result<(), String> {
        self.folder(place.parent().unwrap_or(Path::new("")))?;
        let path = self.root.join(place);
        let failed = |e: io::Error| format!("{}: {e}", place.display());
        let mut file = File::create(&path).map_err(failed)?;
        let written = io::copy(&mut content.take(self.left + 1), &mut file).map_err(failed)?;
        self.left = self
            .left
            .checked_sub(written)
            .ok_or_else(|| format!("the archive holds more than {} MiB", MOST_BYTES >> 20))?;
        executable(&path, mode).map_err(failed)
    }

    /// A link is made when all files are there: nothing is written through it.
    fn later(&mut self, place: PathBuf, to: PathBuf) -> Result<(), String> {
        let mut depth = place.components().count().saturating_sub(1);
        for part in to.components() {
            match part {
                Component::Normal(_) => depth += 1,
                Component::CurDir => {}
                Component::ParentDir if depth > 0 => depth -= 1,
                _ => {
                    return Err(format!(
                        "the archive has a link {} to {}, which is outside of it",
                        place.display(),
                        to.display()
                    ));
                }
            }
        }
        self.links.push((place, to));
        Ok(())
    }

    fn link(self) -> Result<(), String> {
        for (place, to) in &self.links {
            self.folder(place.parent().unwrap_or(Path::new("")))?;
            symlink(to, &self.root.join(place)).map_err(|e| format!("{}: {e}", place.display()))?;
        }
        // Links through links could lead outside all the same.
        let root = self.root.canonicalize().map_err(|e| e.to_string())?;
        for (place, to) in &self.links {
            let inside = self.root.join(place).canonicalize().is_ok_and(|p| p.starts_with(&root));
            if !inside {
                return Err(format!(
                    "the archive has a link {} to {}, which is not in it",
                    place.display(),
                    to.display()
                ));
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::other("links cannot be made on this system"))
}

#[cfg(unix)]
fn executable(path: &Path, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match mode {
        Some(mode) if mode & 0o111 != 0 => {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn executable(_: &Path, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

fn zip(file: File, target: &mut Target<'_>) -> Result<(), String> {
    let mut archive = ::zip::ZipArchive::new(BufReader::new(file)).map_err(|e| format!("zip: {e}"))?;
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).map_err(|e| format!("zip: {e}"))?;
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        let place = target.place(Path::new(&name))?;
        if name.ends_with('/') {
            target.folder(&place)?;
        } else if entry.is_symlink() {
            let mut to = String::new();
            (&mut entry).take(4096).read_to_string(&mut to).map_err(|e| format!("zip: {e}"))?;
            target.later(place, PathBuf::from(to))?;
        } else {
            let mode = entry.unix_mode();
            target.file(&place, &mut entry, mode)?;
        }
    }
    Ok(())
}

fn tar(content: impl Read, target: &mut Target<'_>) -> Result<(), String> {
    use ::tar::EntryType;
    let failed = |e: io::Error| format!("tar: {e}");
    let mut archive = ::tar::Archive::new(content);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let name = entry.path().map_err(failed)?.into_owned();
        match entry.header().entry_type() {
            EntryType::Directory => {
                let place = target.place(&name)?;
                target.folder(&place)?;
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let place = target.place(&name)?;
                let mode = entry.header().mode().ok();
                target.file(&place, &mut entry, mode)?;
            }
            EntryType::Symlink => {
                let place = target.place(&name)?;
                let to = entry.link_name().map_err(failed)?.ok_or("tar: a link to nothing")?.into_owned();
                target.later(place, to)?;
            }
            // What only describes the archive.
            EntryType::XGlobalHeader | EntryType::XHeader => {}
            other => {
                return Err(format!(
                    "the archive has {} of a kind that no module needs: {other:?}",
                    name.display()
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tarball(folder: &Path, fill: impl FnOnce(&mut ::tar::Builder<File>)) -> PathBuf {
        let path = folder.join("a.tar");
        let mut builder = ::tar::Builder::new(File::create(&path).unwrap());
        fill(&mut builder);
        builder.finish().unwrap();
        path
    }

    /// A header with a name that the builder would refuse.
    fn raw(name: &str, kind: ::tar::EntryType, size: u64) -> ::tar::Header {
        let mut header = ::tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("into");
        for name in ["../evil", "/evil", "a/../../evil"] {
            let file = tarball(folder.path(), |b| {
                b.append(&raw(name, ::tar::EntryType::Regular, 1), &b"x"[..]).unwrap();
            });
            let why = unpack(&file, "tar", &into).unwrap_err();
            assert!(why.contains("outside"), "{name}: {why}");
        }
        assert!(!folder.path().join("evil").exists());
        for to in ["/etc", "../..", "a/../../x"] {
            let file = tarball(folder.path(), |b| {
                let mut header = raw("l", ::tar::EntryType::Symlink, 0);
                b.append_link(&mut header, "l", to).unwrap();
            });
            let why = unpack(&file, "tar", &into).unwrap_err();
            assert!(why.contains("outside"), "{to}: {why}");
        }
        let file = tarball(folder.path(), |b| {
            b.append(&raw("big", ::tar::EntryType::Regular, 9), &b"123456789"[..]).unwrap();
        });
        assert!(unpack_within(&file, "tar", &into, 8).unwrap_err().contains("more than"));
        assert!(unpack_within(&file, "tar", &into, 9).is_ok());
        assert!(unpack(&file, "tar.xz", &into).unwrap_err().contains("zip or tar.gz"));
        assert!(unpack(&file, "zip", &into).is_err());
    }

    #[test]
    fn links_inside_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("into");
        let file = tarball(folder.path(), |b| {
            let mut header = raw("sub/l", ::tar::EntryType::Symlink, 0);
            b.append_link(&mut header, "sub/l", "../f").unwrap();
            b.append(&raw("f", ::tar::EntryType::Regular, 1), &b"x"[..]).unwrap();
        });
        unpack(&file, "tar", &into).unwrap();
        assert_eq!(std::fs::read_to_string(into.join("sub/l")).unwrap(), "x");
    }

    #[test]
    fn kinds_are_told_by_name() {
        let cases =
            [("/x/m.zip", Some("zip")), ("m.tar.gz", Some("tar.gz")), ("m.tgz", Some("tgz")), ("zip", None)];
        for (name, expected) in cases {
            assert_eq!(kind(name), expected, "{name}");
        }
    }
}
