//! Source addresses of modules: directories, registries, and everything else as Terraform normalises it.
//!
//! Knows how an address is written. Fetches nothing.

use std::fmt;

use crate::lang::functions::clean_path;

/// The registry of addresses that name none.
pub const DEFAULT_HOST: &str = "registry.terraform.io";

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleSource {
    /// A directory of the same package, clean: `./network`, `../shared`.
    Local(String),
    /// A registry.
    Registry(RegistrySource),
    /// A package that is fetched by its address.
    Remote(RemoteSource),
}

/// A module that a registry lists: `registry.terraform.io/Azure/network/azurerm//modules/subnet`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistrySource {
    /// The registry's host, with its port where one is written.
    pub host: String,
    /// Who publishes it.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is for: `azurerm`.
    pub system: String,
    /// The directory in it; empty: its root.
    pub subdir: String,
}

/// A package and a directory in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSource {
    /// `git::https://example.com/network.git?ref=v1`, `https://example.com/network.zip`, `file:///srv/network`
    pub package: String,
    /// The directory in it; empty: its root.
    pub subdir: String,
}

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceError {
    /// It looks like a path, but does not begin like one.
    MaybePath(String),
    /// What is wrong, without a full stop.
    Invalid(String),
}

/// Is the source a directory, by its form?
pub fn is_local(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|prefix| source.starts_with(prefix))
}

impl ModuleSource {
    /// Reads an address. `versioned`: a version is asked for, which only registries know.
    pub fn parse(raw: &str, versioned: bool) -> Result<ModuleSource, SourceError> {
        if versioned {
            if is_local(raw) {
                let why = format!("can't use local directory {raw:?} as a module registry address");
                return Err(SourceError::Invalid(why));
            }
            return registry(raw).map(ModuleSource::Registry).map_err(SourceError::Invalid);
        }
        if is_local(raw) {
            let clean = clean_path(&raw.replace('\\', "/"));
            let marked = if clean.starts_with("../") { clean } else { format!("./{clean}") };
            return Ok(ModuleSource::Local(marked));
        }
        match registry(raw) {
            Ok(found) => Ok(ModuleSource::Registry(found)),
            Err(_) => remote(raw).map(ModuleSource::Remote),
        }
    }
}

impl RegistrySource {
    /// The address without the directory.
    pub fn package(&self) -> String {
        format!("{}/{}/{}/{}", self.host, self.namespace, self.name, self.system)
    }

    /// The package as people write it: the usual registry is not named.
    pub fn shown(&self) -> String {
        let mut shown = if self.host == DEFAULT_HOST {
            format!("{}/{}/{}", self.namespace, self.name, self.system)
        } else {
            self.package()
        };
        if !self.subdir.is_empty() {
            shown.push_str("//");
            shown.push_str(&self.subdir);
        }
        shown
    }
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModuleSource::Local(path) => f.write_str(path),
            ModuleSource::Registry(source) if source.subdir.is_empty() => f.write_str(&source.package()),
            ModuleSource::Registry(source) => write!(f, "{}//{}", source.package(), source.subdir),
            ModuleSource::Remote(source) => source.fmt(f),
        }
    }
}

impl fmt::Display for RemoteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.package.split_once('?') {
            _ if self.subdir.is_empty() => f.write_str(&self.package),
            Some((base, query)) => write!(f, "{base}//{}?{query}", self.subdir),
            None => write!(f, "{}//{}", self.package, self.subdir),
        }
    }
}

fn registry(raw: &str) -> Result<RegistrySource, String> {
    let (package, subdir) = split_subdir(raw);
    if subdir == ".." || subdir.starts_with("../") {
        return Err(format!("subdirectory path {subdir:?} leads outside of the module package"));
    }
    let parts: Vec<&str> = package.split('/').collect();
    let (host, parts) = match parts[..] {
        [a, b, c] => (DEFAULT_HOST.to_string(), [a, b, c]),
        [host, a, b, c] => (self::host(host)?, [a, b, c]),
        _ => {
            return Err(
                "a module registry source address must have either three or four slash-separated components"
                    .into(),
            );
        }
    };
    if matches!(host.as_str(), "github.com" | "bitbucket.org" | "gitlab.com") {
        return Err(format!(
            "can't use {host:?} as a module registry host, because it's reserved for installing directly from version \
             control repositories"
        ));
    }
    let [namespace, name, system] = parts;
    if !is_registry_name(namespace) {
        if namespace.contains('.') {
            return Err("source address must have three more components after the hostname: the namespace, the name, \
                        and the target system"
                .into());
        }
        return Err(format!("invalid namespace {namespace:?}: {NAME_RULE}"));
    }
    if !is_registry_name(name) {
        return Err(format!("invalid module name {name:?}: {NAME_RULE}"));
    }
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if system.is_empty() || system.len() > 64 || !system.bytes().all(lower) {
        if system.contains('?') {
            return Err("module registry addresses may not include a query string portion".into());
        }
        return Err(format!(
            "invalid target system {system:?}: must be between one and 64 ASCII letters or digits"
        ));
    }
    Ok(RegistrySource { host, namespace: namespace.into(), name: name.into(), system: system.into(), subdir })
}

const NAME_RULE: &str = "must be between one and 64 characters, including ASCII letters, digits, dashes, and underscores, \
                         where dashes and underscores may not be the prefix or suffix";

fn is_registry_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 64
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// A host name as it is compared: lower case, with a port where one is written that is not 443.
pub fn host(given: &str) -> Result<String, String> {
    let invalid = || format!("invalid module registry hostname {given:?}");
    if given.contains("--") {
        return Err(format!(
            "invalid module registry hostname {given:?}; internationalized domain names must be given as direct \
             unicode characters, not in punycode"
        ));
    }
    let (name, port) = match given.split_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().map_err(|_| invalid())?)),
        None => (given, None),
    };
    let label =
        |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-') && !l.starts_with('-');
    if !name.split('.').all(label) {
        return Err(invalid());
    }
    if !name.contains('.') {
        return Err("invalid module registry hostname: must contain at least one dot".into());
    }
    let name = name.to_lowercase();
    Ok(match port {
        None | Some(443) => name,
        Some(port) => format!("{name}:{port}"),
    })
}

fn remote(raw: &str) -> Result<RemoteSource, SourceError> {
    let (package, subdir) = split_subdir(raw);
    let outside = |subdir: &str| subdir == ".." || subdir.starts_with("../");
    if outside(&subdir) {
        let why = format!("subdirectory path {subdir:?} leads outside of the module package");
        return Err(SourceError::Invalid(why));
    }
    let (package, more) = detect(&package)?;
    let subdir = match (more.is_empty(), subdir.is_empty()) {
        (true, _) => subdir,
        (false, true) => clean_path(&more),
        (false, false) => clean_path(&format!("{more}/{subdir}")),
    };
    if outside(&subdir) {
        let why = format!("detected subdirectory path {subdir:?} leads outside of the module package");
        return Err(SourceError::Invalid(why));
    }
    Ok(RemoteSource { package, subdir })
}

/// What stands before `::`: the way in which a package is fetched.
pub fn forced(package: &str) -> (Option<&str>, &str) {
    match package.split_once("::") {
        Some((force, rest)) if !force.is_empty() && force.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (Some(force), rest)
        }
        _ => (None, package),
    }
}

/// An address as a URL, and the directory that it implies: what is written short is written out.
fn detect(package: &str) -> Result<(String, String), SourceError> {
    let (force, plain) = forced(package);
    if has_scheme(plain) {
        return Ok((package.to_string(), String::new()));
    }
    let with = |own: &str, url: String| match force {
        Some(force) => format!("{force}::{url}"),
        None if own.is_empty() => url,
        None => format!("{own}::{url}"),
    };
    let (address, query) = match plain.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (plain, String::new()),
    };
    for (host, what) in [("github.com/", "GitHub"), ("bitbucket.org/", "BitBucket")] {
        if !address.starts_with(host) {
            continue;
        }
        let parts: Vec<&str> = address.split('/').collect();
        if parts.len() < 3 {
            return Err(SourceError::Invalid(format!("{what} URLs should be {host}username/repo")));
        }
        let mut url = format!("https://{}", parts[..3].join("/"));
        if !url.ends_with(".git") {
            url.push_str(".git");
        }
        return Ok((with("git", url + &query), parts[3..].join("/")));
    }
    if let Some((user, rest)) = address.split_once('@')
        && user == "git"
        && let Some((host, path)) = rest.split_once(':')
    {
        let path = path.trim_start_matches('/');
        return Ok((with("git", format!("ssh://git@{host}/{path}{query}")), String::new()));
    }
    if address.contains(".amazonaws.com/") {
        return Ok((with("s3", format!("https://{plain}")), String::new()));
    }
    if address.contains("googleapis.com/") {
        return Ok((with("gcs", format!("https://{plain}")), String::new()));
    }
    if plain.is_empty() {
        return Err(SourceError::Invalid(format!("invalid source address: {plain}")));
    }
    if !plain.starts_with('/') {
        return Err(SourceError::MaybePath(package.to_string()));
    }
    Ok((with("", format!("file://{plain}")), String::new()))
}

fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
}

/// The package, and the directory behind `//` in it, clean. A query belongs to the package.
pub fn split_subdir(source: &str) -> (String, String) {
    let stop = source.find('?').unwrap_or(source.len());
    let offset = source[..stop].find("://").map_or(0, |at| at + 3);
    let Some(at) = source[offset..stop].find("//").map(|at| at + offset) else {
        return (source.to_string(), String::new());
    };
    let subdir = &source[at + 2..stop];
    let package = format!("{}{}", &source[..at], &source[stop..]);
    (package, if subdir.is_empty() { String::new() } else { clean_path(subdir) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Terraform 1.11.4 writes into its manifest.
    #[test]
    fn addresses_are_written_out_as_terraform_does() {
        let cases = [
            ("./a/../b", "./b"),
            ("../", "./.."),
            ("../x//y/", "../x/y"),
            (".\\a\\b", "./a/b"),
            ("Azure/network/azurerm", "registry.terraform.io/Azure/network/azurerm"),
            ("ns/name/local//sub/./x", "registry.terraform.io/ns/name/local//sub/x"),
            ("REG.example.com/ns/name/local", "reg.example.com/ns/name/local"),
            ("127.0.0.1:8443/ns/name/local//inner", "127.0.0.1:8443/ns/name/local//inner"),
            ("git::file:///tmp/repo//sub?ref=v1", "git::file:///tmp/repo//sub?ref=v1"),
            ("/srv/network", "file:///srv/network"),
            ("/srv/network//sub", "file:///srv/network//sub"),
            ("github.com/a/b", "git::https://github.com/a/b.git"),
            ("github.com/a/b/c?ref=v1", "git::https://github.com/a/b.git//c?ref=v1"),
            ("github.com/a/b.git//c/d?ref=v1", "git::https://github.com/a/b.git//c/d?ref=v1"),
            ("bitbucket.org/a/b", "git::https://bitbucket.org/a/b.git"),
            ("git@example.com:a/b.git//sub?ref=x", "git::ssh://git@example.com/a/b.git//sub?ref=x"),
            ("git::git@example.com:a/b.git", "git::ssh://git@example.com/a/b.git"),
            ("git::ssh://git@example.com/a/b", "git::ssh://git@example.com/a/b"),
            ("https://example.com/x.zip//y?archive=zip", "https://example.com/x.zip//y?archive=zip"),
            ("b.s3.amazonaws.com/x.zip", "s3::https://b.s3.amazonaws.com/x.zip"),
        ];
        for (raw, expected) in cases {
            let source = ModuleSource::parse(raw, false).unwrap_or_else(|why| panic!("{raw}: {why:?}"));
            assert_eq!(source.to_string(), expected, "{raw}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let invalid = |raw: &str, versioned| match ModuleSource::parse(raw, versioned) {
            Err(SourceError::Invalid(why)) => why,
            other => panic!("{raw}: {other:?}"),
        };
        assert!(invalid("git::file:///r//../x", false).contains("leads outside"));
        assert!(invalid("github.com/foo", false).contains("github.com/username/repo"));
        assert!(invalid("./x", true).contains("can't use local directory"));
        assert!(invalid("git::file:///srv/a/r", true).contains("three or four"));
        assert!(invalid("a/b/C", true).contains("target system"));
        assert!(invalid("localhost/a/b/c", true).contains("at least one dot"));
        assert!(invalid("github.com/a/b/c", true).contains("reserved"));
        for raw in ["foo", "foo/bar", ".", "..", "-x"] {
            let read = ModuleSource::parse(raw, false);
            assert_eq!(read, Err(SourceError::MaybePath(raw.into())));
        }
    }
}
