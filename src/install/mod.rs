//! `init` and `get`: the modules that a configuration calls come to where the loader finds them, under
//! `.terraform/modules`, in Terraform's layout: a folder that either of the two has filled, the other reads.
//!
//! Knows where modules come from: directories, `git`, registries, archives. Knows nothing of what stands in them beyond
//! their calls, and nothing of rendering.

mod archive;
mod fetch;
mod git;
mod hosts;
mod registry;
mod web;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::arm::NetOptions;
use crate::config::content::is_name;
use crate::config::load::read_called;
use crate::config::manifest::{self, Installed, Manifest};
use crate::config::source::ModuleSource;
use crate::config::testfile::TestFile;
use crate::config::version::{Constraints, Op, Version};
use crate::config::{Call, Config, Files, LoadOptions, Locate, read_with};
use crate::lang::{Diagnostic, Diagnostics};
use fetch::{FetchError, Fetcher};
use registry::{Registry, RegistryError};
use web::Web;

/// What is told while modules are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'e> {
    /// A package is about to be fetched.
    Download {
        /// The call.
        key: &'e str,
        /// The address of the package.
        package: &'e str,
        /// The version, of a registry.
        version: Option<&'e str>,
    },
    /// A module is where it will be found.
    Installed {
        /// The call.
        key: &'e str,
        /// Its directory.
        dir: &'e Path,
    },
}

/// How modules are installed.
pub struct Options<'o> {
    /// The folder of data: `.terraform`.
    pub data: &'o Path,
    /// What is installed is looked for anew.
    pub upgrade: bool,
    /// Tests whose runs call modules too.
    pub tests: &'o [TestFile],
    /// Reads the environment.
    pub env: &'o dyn Fn(&str) -> Option<String>,
    /// Is told what happens.
    pub tell: &'o mut dyn FnMut(Event<'_>),
}

/// Installs the modules that the configuration in a directory calls, and those that they call, and reads all of it.
/// What could be installed is recorded even if something could not.
pub fn install(root: &Path, files: &dyn Files, options: Options<'_>) -> (Config, Diagnostics) {
    let mut out = Diagnostics::default();
    let path = manifest::in_folder(options.data);
    let mut known = match read_manifest(&path) {
        Ok(known) => known,
        Err(why) => {
            let detail = format!("Error reading manifest for {}: {why}.", path.display());
            out.push(Diagnostic::error("Failed to read modules manifest file", detail));
            Manifest::default()
        }
    };
    known.0.extend(Manifest::of_root(root).0);
    let mut installer = Installer {
        known,
        seen: vec![String::new()],
        folder: options.data.join("modules"),
        upgrade: options.upgrade,
        env: options.env,
        tell: options.tell,
        remote: None,
        packages: BTreeMap::new(),
    };
    let (config, found) = read_with(root, &LoadOptions { files }, &mut installer);
    out.extend(found);
    for (file, run) in options.tests.iter().flat_map(|f| f.runs.iter().map(move |r| (f, r))) {
        if let Some(call) = &run.module {
            out.extend(read_called(&file.module_path(run), call, &LoadOptions { files }, &mut installer));
        }
    }
    let (seen, mut known) = (installer.seen, installer.known);
    if !out.has_errors() {
        // What is called no longer is not installed any more.
        known.0.retain(|key, _| seen.contains(key));
    }
    if let Err(why) = crate::ledger::write_atomically(&path, known.text().as_bytes()) {
        let detail = format!("Unable to write the module manifest file: {why}");
        out.push(Diagnostic::error("Failed to update module manifest", detail));
    }
    (config, out)
}

/// Copies a module from wherever a call could name it into a directory: `init -from-module`. Names that begin with a dot
/// stay behind.
pub fn copy_module(
    source: &str,
    into: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Diagnostics> {
    let failed = |why: String| {
        let detail = format!("Could not copy the module {source:?}: {why}");
        Diagnostics::from(Diagnostic::error("Failed to copy module", detail))
    };
    if crate::config::source::is_local(source) {
        let from = into.join(source);
        if !from.is_dir() {
            let detail = format!("The directory {source} could not be read: no such directory.");
            return Err(Diagnostic::error("Unreadable module directory", detail).into());
        }
        return fetch::copy_visible(&from, into).map_err(|e| failed(e.to_string()));
    }
    // A configuration that calls it alone says how it is fetched, and what is wrong with its address.
    let work = tempfile::tempdir().map_err(|e| failed(e.to_string()))?;
    let quoted = source.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    let call = format!("module \"root\" {{\n  source = \"{quoted}\"\n}}\n");
    std::fs::write(work.path().join("main.tf"), call).map_err(|e| failed(e.to_string()))?;
    let mut found = None;
    let mut tell = |event: Event<'_>| {
        if let Event::Installed { key: "root", dir } = event {
            found = Some(dir.to_path_buf());
        }
    };
    let data = work.path().join(".terraform");
    let files = crate::config::Disk { working_dir: work.path().to_path_buf() };
    let options = Options { data: &data, upgrade: true, tests: &[], env, tell: &mut tell };
    let (_, wrong) = install(Path::new("."), &files, options);
    match found {
        // What is wrong within the module is said when it is installed.
        Some(dir) => fetch::copy_visible(&dir, into).map_err(|e| failed(e.to_string())),
        None => Err(Diagnostics(wrong.0.into_iter().map(|d| Diagnostic { subject: None, ..d }).collect())),
    }
}

/// Notes that a configuration without modules was looked at: what it calls later is not installed. That is no more than a
/// note, so a folder that cannot be written to is no reason to stop.
pub fn begin(data: &Path) {
    let path = manifest::in_folder(data);
    if !path.exists() {
        let _ = crate::ledger::write_atomically(&path, Manifest::of_root(Path::new(".")).text().as_bytes());
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, String> {
    match std::fs::read(path) {
        Ok(text) => Manifest::parse(&text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(e) => Err(e.to_string()),
    }
}

/// What only modules from elsewhere need.
struct Remote {
    runtime: tokio::runtime::Runtime,
    registry: Registry,
    fetcher: Fetcher,
}

struct Installer<'i> {
    known: Manifest,
    seen: Vec<String>,
    folder: PathBuf,
    upgrade: bool,
    env: &'i dyn Fn(&str) -> Option<String>,
    tell: &'i mut dyn FnMut(Event<'_>),
    remote: Option<Remote>,
    /// Of each module that a package was fetched for: the package, and where it is.
    packages: BTreeMap<String, (String, PathBuf)>,
}

impl Locate for Installer<'_> {
    fn locate(&mut self, call: &Call<'_>, out: &mut Diagnostics) -> Option<PathBuf> {
        // The name becomes a path; what is wrong with it is said elsewhere.
        if !is_name(&call.call.name) {
            return None;
        }
        let key = Manifest::key(&call.path);
        self.seen.push(key.clone());
        let source = call.source.to_string();
        let current = self.known.0.get(&key).is_some_and(|record| {
            let version = record.parsed_version();
            let allowed = match (&call.call.version, version) {
                (Some(wanted), Some(version)) => wanted.allow(&version),
                (Some(wanted), None) => wanted.0.is_empty(),
                (None, _) => true,
            };
            !self.upgrade && record.source == source && allowed && record.dir.is_dir()
        });
        if current {
            return self.known.0.get(&key).map(|record| record.dir.clone());
        }
        self.known.forget(&key);
        let into = self.folder.join(&key);
        if let Err(why) = remove(&into) {
            let detail = format!(
                "Terraform tried to remove {} in order to reinstall this module, but encountered an error: {why}",
                into.display()
            );
            out.push(Diagnostic::error("Failed to remove local module cache", detail));
            return None;
        }
        let found = match call.source {
            ModuleSource::Local(_) => self.local(call, &key),
            _ => self.fetched(call, &key, &into, out),
        };
        match found {
            Ok((dir, version)) => {
                (self.tell)(Event::Installed { key: &key, dir: &dir });
                let record = Installed { key: key.clone(), source, version, dir: dir.clone() };
                self.known.0.insert(key, record);
                Some(dir)
            }
            Err(wrong) => {
                out.push(wrong);
                None
            }
        }
    }
}

type Found = Result<(PathBuf, Option<String>), Diagnostic>;

impl Installer<'_> {
    /// A directory beside the caller. One that is not there is left to the loader, unless it is outside of its package.
    fn local(&mut self, call: &Call<'_>, key: &str) -> Found {
        let dir = call.local_dir().unwrap_or_default();
        let owner = self.owner(key);
        if let Some((package, root)) = owner
            && !dir.starts_with(root)
        {
            let absolute = match package.starts_with("file:///") {
                true => {
                    "\n\nTerraform treats absolute filesystem paths as external modules which establish a new module \
                     package. To treat this directory as part of the same package as its caller, use a local path \
                     starting with either \"./\" or \"../\"."
                }
                false => "",
            };
            let detail = format!(
                "The given source directory for {} would be outside of its containing package {package:?}. Local source \
                 addresses starting with \"../\" must stay within the same package that the calling module belongs to.\
                 {absolute}",
                call.path
            );
            return Err(Diagnostic::error("Local module path escapes module package", detail));
        }
        Ok((dir, None))
    }

    /// The package that a module is part of: that of the nearest module above that came from elsewhere.
    fn owner(&self, key: &str) -> Option<(&str, &Path)> {
        let mut above = key;
        while let Some((parent, _)) = above.rsplit_once('.') {
            above = parent;
            if let Some((package, root)) = self.packages.get(above) {
                return Some((package, root));
            }
            let record = self.known.0.get(above)?;
            if !record.source.starts_with('.') {
                // Installed earlier: its package is the whole folder.
                let key = record.key.as_str();
                let root = record.dir.ancestors().find(|d| d.file_name() == Some(key.as_ref()))?;
                return Some((&record.source, root));
            }
        }
        None
    }

    fn fetched(&mut self, call: &Call<'_>, key: &str, into: &Path, out: &mut Diagnostics) -> Found {
        if self.remote.is_none() {
            self.remote = Some(remote(self.env, out)?);
        }
        match call.source {
            ModuleSource::Registry(source) => {
                let (version, location) = self.chosen(call, key, source, out)?;
                let at = place(call);
                let fail = |why: FetchError| {
                    let from = format!("{location}");
                    let detail = format!(
                        "Could not download module \"{}\" ({at}) source code from {from:?}: {why}.",
                        call.call.name
                    );
                    failed("Failed to download module", detail, call)
                };
                self.fetch(&location.package, into).map_err(fail)?;
                self.packages.insert(key.into(), (source.package(), into.to_path_buf()));
                let subdir = [location.subdir.as_str(), source.subdir.as_str()];
                let dir = subdir.iter().filter(|s| !s.is_empty()).fold(into.to_path_buf(), |d, s| d.join(s));
                if !dir.is_dir() {
                    let missing =
                        subdir.iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join("/");
                    let detail = format!(
                        "The directory {} does not exist. The target submodule {missing} does not exist within the target \
                         module.",
                        dir.display()
                    );
                    return Err(Diagnostic::error("Unreadable module subdirectory", detail));
                }
                Ok((dir, Some(version)))
            }
            ModuleSource::Remote(source) => {
                (self.tell)(Event::Download { key, package: &source.package, version: None });
                let fail = |why: FetchError| {
                    let detail = format!(
                        "Could not download module \"{}\" ({}) source code from {:?}: {why}",
                        call.call.name,
                        place(call),
                        source.package
                    );
                    failed("Failed to download module", detail, call)
                };
                self.fetch(&source.package, into).map_err(fail)?;
                self.packages.insert(key.into(), (source.package.clone(), into.to_path_buf()));
                let dir = fetch::subdir(into, &source.subdir)
                    .map_err(|why| Diagnostic::error("Failed to expand subdir globs", why))?;
                Ok((dir, None))
            }
            ModuleSource::Local(_) => self.local(call, key),
        }
    }

    fn fetch(&mut self, package: &str, into: &Path) -> Result<(), FetchError> {
        let Some(remote) = &mut self.remote else { return Err("there is no network".into()) };
        remote.runtime.block_on(remote.fetcher.fetch(package, into))
    }

    /// The version that a registry's module is installed in, and where it is.
    fn chosen(
        &mut self,
        call: &Call<'_>,
        key: &str,
        source: &crate::config::source::RegistrySource,
        out: &mut Diagnostics,
    ) -> Result<(String, crate::config::source::RemoteSource), Diagnostic> {
        let no_network =
            || Diagnostic::error("Error accessing remote module registry", "There is no network.");
        let remote = self.remote.as_mut().ok_or_else(no_network)?;
        let (name, at, host) = (&call.call.name, place(call), &source.host);
        let listed = remote.runtime.block_on(remote.registry.versions(source));
        let listed = listed.map_err(|why| match why {
            RegistryError::NotFound => {
                let detail =
                    format!("Module \"{name}\" (from {at}) cannot be found in the module registry at {host}.");
                failed("Module not found", detail, call)
            }
            RegistryError::Invalid => {
                let detail = format!(
                    "The registry at {host} returned an invalid response when Terraform requested available versions for \
                     module \"{name}\" ({at})."
                );
                failed("Invalid response from remote module registry", detail, call)
            }
            RegistryError::Failed(why) => {
                let detail = format!(
                    "Failed to retrieve available versions for module \"{name}\" ({at}) from {host}: {why}."
                );
                failed("Error accessing remote module registry", detail, call)
            }
        })?;
        let any = Constraints::default();
        let wanted = call.call.version.as_ref().unwrap_or(&any);
        let mut newest: Option<Version> = None;
        let mut chosen: Option<Version> = None;
        for text in &listed {
            let Some(version) = Version::parse(text) else {
                let detail = format!(
                    "The registry at {host} returned an invalid version string {text:?} for module \"{name}\" ({at}), which \
                     Terraform ignored."
                );
                let summary = "Invalid response from remote module registry";
                out.push(Diagnostic::warning(summary, detail).at(call.call.header.clone()));
                continue;
            };
            if version.prerelease.is_some() && !named(wanted, &version) {
                continue;
            }
            if newest.as_ref().is_none_or(|n| version > *n) {
                newest = Some(version.clone());
            }
            if wanted.allow(&version) && chosen.as_ref().is_none_or(|c| version > *c) {
                chosen = Some(version);
            }
        }
        let Some(newest) = newest else {
            let detail = format!("Module {:?} ({at}) has no versions available on {host}.", source.shown());
            return Err(failed("Module has no versions", detail, call));
        };
        let Some(chosen) = chosen else {
            let detail = format!(
                "There is no available version of module {:?} ({at}) which matches the given version constraint. The newest \
                 available version is {newest}.",
                source.shown()
            );
            return Err(failed("Unresolvable module version constraint", detail, call));
        };
        let version = whole(chosen);
        (self.tell)(Event::Download { key, package: &source.package(), version: Some(&version) });
        let location = remote.runtime.block_on(remote.registry.location(source, &version));
        let text = location.map_err(|why| {
            let detail = format!(
                "Failed to retrieve a download URL for {} {version} from {host}: {why}",
                source.shown()
            );
            Diagnostic::error("Error accessing remote module registry", detail)
        })?;
        let invalid = |why: &str| {
            let detail = format!(
                "Module registry {host} returned invalid source location {text:?} for {} {version}: {why}.",
                source.shown()
            );
            Diagnostic::error("Invalid package location from module registry", detail)
        };
        match ModuleSource::parse(&text, false) {
            Ok(ModuleSource::Remote(location)) => Ok((version, location)),
            Ok(_) => Err(invalid("must be a direct remote package address")),
            Err(why) => Err(invalid(&format!("{why:?}"))),
        }
    }
}

/// Is the version asked for by its very name?
fn named(wanted: &Constraints, version: &Version) -> bool {
    wanted.0.iter().any(|c| c.op == Op::Equal && c.version == *version)
}

/// A version with all three numbers.
fn whole(mut version: Version) -> String {
    while version.numbers.len() < 3 {
        version.numbers.push(0);
    }
    version.to_string()
}

fn remote(env: &dyn Fn(&str) -> Option<String>, out: &mut Diagnostics) -> Result<Remote, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| {
        Diagnostic::error("No runtime", format!("The system gave no threads to work with: {e}."))
    })?;
    let web = Web::new(NetOptions::from_env(env).client());
    let (hosts, found) = hosts::read(env);
    out.extend(found);
    Ok(Remote { runtime, registry: Registry::new(web.clone(), hosts), fetcher: Fetcher::new(web) })
}

fn failed(summary: &str, detail: String, call: &Call<'_>) -> Diagnostic {
    Diagnostic::error(summary, detail).at(call.call.header.clone())
}

/// `main.tf:1`
fn place(call: &Call<'_>) -> String {
    call.call.header.describe().split(',').next().unwrap_or_default().to_string()
}

/// Removes what an earlier run left: a link, a folder, or nothing.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests;
