//! A package comes into a folder, by the form of its address.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use azure_core::http::Url;
use md5::{Digest, Md5};

use super::web::Web;
use super::{archive, git};
use crate::config::source::{ModuleSource, forced};
use crate::lang::functions::clean_path;

/// So long may a package be, in bytes.
const MOST_BYTES: u64 = 512 << 20;
/// So often may an address lead to another.
const MOST_HOPS: usize = 5;

/// Fetches packages; each one once, and copies it where it is wanted again.
pub(super) struct Fetcher {
    web: Web,
    fetched: BTreeMap<String, PathBuf>,
}

/// Why a package was not fetched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FetchError(String);

impl From<&str> for FetchError {
    fn from(text: &str) -> FetchError {
        FetchError(text.into())
    }
}

impl From<String> for FetchError {
    fn from(text: String) -> FetchError {
        FetchError(text)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fetcher {
    pub fn new(web: Web) -> Fetcher {
        Fetcher { web, fetched: BTreeMap::new() }
    }

    /// Fetches a package into a folder that is not there yet. What could not be fetched leaves nothing behind.
    pub async fn fetch(&mut self, package: &str, into: &Path) -> Result<(), FetchError> {
        if let Some(parent) = into.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        }
        if let Some(there) = self.fetched.get(package) {
            return Ok(again(there, into).map_err(|e| format!("copying {}: {e}", there.display()))?);
        }
        let done = self.anew(package, into).await;
        match &done {
            Ok(()) => {
                self.fetched.insert(package.into(), into.to_path_buf());
            }
            // What is torn must not be taken for a module; that it cannot be removed changes nothing about the error.
            Err(_) => {
                let _ = super::remove(into);
            }
        }
        done
    }

    async fn anew(&self, package: &str, into: &Path) -> Result<(), FetchError> {
        let mut package = package.to_string();
        let mut below = String::new();
        for _ in 0..MOST_HOPS {
            let (force, plain) = forced(&package);
            let asked = Asked::of(plain)?;
            let shown = asked.url.as_str().to_string();
            let downloading = |why: String| FetchError(format!("error downloading '{shown}': {why}"));
            let way = force.unwrap_or(asked.url.scheme()).to_string();
            let into_whole = |below: &str| if below.is_empty() { Ok(None) } else { beside(into).map(Some) };
            match way.as_str() {
                "git" => {
                    let whole = into_whole(&below).map_err(|e| downloading(e.to_string()))?;
                    let target = whole.as_ref().map_or(into.to_path_buf(), |w| w.path().join("package"));
                    git::clone(&asked.url, &target).map_err(downloading)?;
                    return part(&target, &below, into, whole.is_some());
                }
                "file" => return file(&asked, &below, into).map_err(downloading),
                "http" | "https" if asked.archive.is_some() => {
                    let work = beside(into).map_err(|e| e.to_string())?;
                    let file = work.path().join("archive");
                    self.web.download(&asked.url, &file, MOST_BYTES).await?;
                    asked.check(&file)?;
                    let target =
                        if below.is_empty() { into.to_path_buf() } else { work.path().join("package") };
                    archive::unpack(&file, asked.archive.as_deref().unwrap_or_default(), &target)?;
                    return part(&target, &below, into, !below.is_empty());
                }
                "http" | "https" => {
                    let next = self.elsewhere(&asked.url).await.map_err(downloading)?;
                    let ModuleSource::Remote(found) = ModuleSource::parse(&next, false)
                        .map_err(|e| downloading(format!("invalid source string: {next} ({e:?})")))?
                    else {
                        return Err(downloading(format!("invalid source string: {next}")));
                    };
                    below = match (found.subdir.is_empty(), below.is_empty()) {
                        (true, _) => below,
                        (false, true) => found.subdir,
                        (false, false) => clean_path(&format!("{}/{below}", found.subdir)),
                    };
                    package = found.package;
                }
                other => {
                    return Err(downloading(format!(
                        "download not supported for scheme '{other}': use git, a registry, or an archive over HTTPS"
                    )));
                }
            }
        }
        Err(FetchError(format!("{package}: too many addresses that lead to others")))
    }

    /// Where a page says that the package is: in `X-Terraform-Get`, or in a `meta` element.
    async fn elsewhere(&self, url: &Url) -> Result<String, String> {
        let mut asked = url.clone();
        asked.query_pairs_mut().append_pair("terraform-get", "1");
        let answer = self.web.get(&asked, None).await?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("bad response code: {}", answer.status));
        }
        let found = answer.header("x-terraform-get").filter(|h| !h.is_empty());
        let found = found.or_else(|| meta(&String::from_utf8_lossy(&answer.body)));
        found.ok_or_else(|| "no source URL was returned".to_string())
    }
}

/// The content of `<meta name="terraform-get" content="...">`.
fn meta(page: &str) -> Option<String> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}="))?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next().map(str::to_string)
    };
    page.split("<meta ").skip(1).filter_map(|rest| rest.split('>').next()).find_map(|tag| {
        let name = attribute(tag, "name")?;
        if name == "terraform-get" { attribute(tag, "content") } else { None }
    })
}

/// An address, without what is for us in its query.
struct Asked {
    url: Url,
    /// `zip`, `tar.gz`
    archive: Option<String>,
    checksum: Option<String>,
}

impl Asked {
    fn of(text: &str) -> Result<Asked, String> {
        let mut url = Url::parse(text).map_err(|e| format!("{text}: {e}"))?;
        let mut archive = archive::kind(url.path()).map(str::to_string);
        let mut checksum = None;
        let mut rest: Vec<(String, String)> = Vec::new();
        let mut ours = false;
        for (name, value) in url.query_pairs() {
            ours |= matches!(&*name, "archive" | "checksum" | "filename");
            match (&*name, &*value) {
                ("archive", "false" | "0") => archive = None,
                ("archive", "true" | "1" | "") | ("filename", _) => {}
                ("archive", kind) => archive = Some(kind.to_string()),
                ("checksum", sum) => checksum = Some(sum.to_string()).filter(|s| !s.is_empty()),
                _ => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        if ours {
            url.set_query(None);
            if !rest.is_empty() {
                url.query_pairs_mut().extend_pairs(rest);
            }
        }
        Ok(Asked { url, archive, checksum })
    }

    /// Is a file what the address says that it is?
    fn check(&self, file: &Path) -> Result<(), String> {
        let Some(wanted) = &self.checksum else { return Ok(()) };
        let (kind, wanted) = match wanted.split_once(':') {
            Some((kind, sum)) => (kind, sum),
            None => match wanted.len() {
                32 => ("md5", wanted.as_str()),
                40 => ("sha1", wanted.as_str()),
                64 => ("sha256", wanted.as_str()),
                128 => ("sha512", wanted.as_str()),
                _ => return Err(format!("unknown type for checksum {wanted}")),
            },
        };
        let found = sum(kind, file)?;
        if found.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        Err(format!("Checksums did not match for {}.\nExpected: {wanted}\nGot: {found}\n{kind}", self.url))
    }
}

/// The checksum of a file, in hexadecimal digits.
fn sum(kind: &str, path: &Path) -> Result<String, String> {
    use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
    let sha = match kind {
        "md5" => None,
        "sha1" => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        "sha256" => Some(&SHA256),
        "sha512" => Some(&SHA512),
        "file" => {
            return Err(
                "a checksum that stands in a file cannot be fetched: write the checksum itself".into()
            );
        }
        other => return Err(format!("unsupported checksum type: {other}")),
    };
    let mut file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let (mut md5, mut sha) = (Md5::new(), sha.map(Context::new));
    let mut part = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut part).map_err(|e| e.to_string())?;
        if n == 0 {
            break;
        }
        match &mut sha {
            Some(sha) => sha.update(&part[..n]),
            None => md5.update(&part[..n]),
        }
    }
    let bytes = sha.map_or_else(|| md5.finalize().to_vec(), |sha| sha.finish().as_ref().to_vec());
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// A folder for work beside the target, so that what is in it can be renamed into place.
fn beside(into: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(".fetch").tempdir_in(into.parent().unwrap_or(Path::new(".")))
}

/// Moves the part of a package that is wanted to where it is wanted.
fn part(whole: &Path, below: &str, into: &Path, elsewhere: bool) -> Result<(), FetchError> {
    if !elsewhere {
        return Ok(());
    }
    let wanted = subdir(whole, below)?;
    Ok(std::fs::rename(&wanted, into).map_err(|e| format!("{}: {e}", into.display()))?)
}

/// A path of this machine: a folder is linked to, an archive unpacked.
fn file(asked: &Asked, below: &str, into: &Path) -> Result<(), String> {
    let path = asked.url.to_file_path().map_err(|()| format!("{} is no path", asked.url))?;
    let there = std::fs::metadata(&path).map_err(|e| {
        let why = if e.kind() == io::ErrorKind::NotFound {
            "no such file or directory".into()
        } else {
            e.to_string()
        };
        format!("source path error: stat {}: {why}", path.display())
    })?;
    if there.is_dir() {
        let path = subdir(&path, below)?;
        return link(&path, into).map_err(|e| format!("{}: {e}", into.display()));
    }
    let Some(kind) = &asked.archive else {
        return Err("source path must be a directory".into());
    };
    asked.check(&path)?;
    archive::unpack(&path, kind, into)
}

#[cfg(unix)]
fn link(path: &Path, into: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(path, into)
}

#[cfg(not(unix))]
fn link(path: &Path, into: &Path) -> io::Result<()> {
    copy(path, into)
}

/// What is there already, once more.
fn again(there: &Path, into: &Path) -> io::Result<()> {
    let kind = std::fs::symlink_metadata(there)?;
    if kind.is_symlink() { link(&std::fs::read_link(there)?, into) } else { copy(there, into) }
}

/// Copies what does not begin with a dot into a directory that is there.
pub(super) fn copy_visible(from: &Path, into: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = into.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // A link leads to what it stands for: the package that it is part of does not come along.
        match std::fs::metadata(entry.path()) {
            Ok(kind) if kind.is_dir() => {
                std::fs::create_dir_all(&target)?;
                copy_visible(&entry.path(), &target)?;
            }
            Ok(_) => _ = std::fs::copy(entry.path(), &target)?,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn copy(from: &Path, into: &Path) -> io::Result<()> {
    std::fs::create_dir_all(into)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, into.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            link(&std::fs::read_link(entry.path())?, &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The folder in a package that a path names, which may have wildcards (`*`, `?`) and must then name one.
pub(super) fn subdir(package: &Path, path: &str) -> Result<PathBuf, String> {
    let mut found = vec![package.to_path_buf()];
    for name in path.split('/').filter(|p| !p.is_empty()) {
        let matcher = match name.contains(['*', '?', '[']) {
            true => Some(globset::Glob::new(name).map_err(|e| e.to_string())?.compile_matcher()),
            false => None,
        };
        let below = |folder: &PathBuf| -> Vec<PathBuf> {
            let Some(matcher) = &matcher else { return vec![folder.join(name)] };
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            entries.filter(|e| matcher.is_match(e.file_name())).map(|e| e.path()).collect()
        };
        found = found.iter().flat_map(below).filter(|f| f.exists()).collect();
    }
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(format!("subdir {path:?} not found")),
        _ => Err(format!("subdir {path:?} matches multiple paths")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_of_a_query_is_not_sent() {
        let asked = Asked::of("https://h/x.zip?checksum=md5:00&a=b&archive=tar.gz").unwrap();
        assert_eq!(asked.url.as_str(), "https://h/x.zip?a=b");
        assert_eq!((asked.archive.as_deref(), asked.checksum.as_deref()), (Some("tar.gz"), Some("md5:00")));
        assert_eq!(Asked::of("https://h/x.zip?archive=false").unwrap().archive, None);
        assert_eq!(Asked::of("https://h/x.tgz?X=%2F").unwrap().url.as_str(), "https://h/x.tgz?X=%2F");
    }

    #[test]
    fn a_page_says_where_the_package_is() {
        let page = r#"<head><meta charset="x"><meta name='terraform-get' content="https://h/x.zip"></head>"#;
        assert_eq!(meta(page).as_deref(), Some("https://h/x.zip"));
        assert_eq!(meta("<meta name=\"terraform-get\">"), None);
    }

    #[test]
    fn checksums_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        std::fs::write(&file, "abc").unwrap();
        let check = |sum: &str| Asked::of(&format!("https://h/x.zip?checksum={sum}")).unwrap().check(&file);
        assert!(check("900150983cd24fb0d6963f7d28e17f72").is_ok());
        assert!(check("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").is_ok());
        assert!(check("sha1:00").unwrap_err().contains("did not match"));
        assert!(check("crc:00").unwrap_err().contains("unsupported"));
    }
}
