//! Directories of files become the module tree.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::blocks;
use super::lock;
use super::manifest::{self, Manifest};
use super::merge;
use super::model::{Config, Module, ModuleCall, ModulePath};
use super::source::ModuleSource;
use super::validate;
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::syntax::{Block, parse_body, parse_json_body, parse_json_form};

/// So deep may modules call each other.
const MOST_MODULES_DEEP: usize = 40;

/// Where files come from; paths are relative to the working directory.
pub trait Files {
    /// The names of the files in a directory, not of its directories.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Where `init` says which modules it has installed.
    fn manifest(&self) -> PathBuf {
        manifest::in_folder(Path::new(".terraform"))
    }
}

/// The disk, from a working directory.
#[derive(Debug, Clone)]
pub struct Disk {
    /// What relative paths start from.
    pub working_dir: PathBuf,
}

impl Disk {
    /// The disk from the process's working directory.
    pub fn here() -> Disk {
        Disk { working_dir: PathBuf::new() }
    }
}

impl Files for Disk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let dir = self.working_dir.join(dir);
        let dir = if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir };
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let is_dir = std::fs::metadata(entry.path()).is_ok_and(|m| m.is_dir());
            if let (false, Ok(name)) = (is_dir, entry.file_name().into_string()) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(self.working_dir.join(path))
    }

    fn manifest(&self) -> PathBuf {
        manifest::in_folder(&modules_data())
    }
}

/// The folder for installed modules and what belongs to them: `TF_DATA_DIR`, else `.terraform`, as Terraform has it.
pub fn modules_data() -> PathBuf {
    let named = std::env::var_os("TF_DATA_DIR").filter(|v| !v.is_empty());
    named.map_or_else(|| PathBuf::from(".terraform"), PathBuf::from)
}

/// A call whose module is looked for.
pub struct Call<'a> {
    /// The path of the module that is called.
    pub path: ModulePath,
    /// The call.
    pub call: &'a ModuleCall,
    /// Its source, written out.
    pub source: &'a ModuleSource,
    /// The directory of the module that calls.
    pub parent_dir: &'a Path,
}

impl Call<'_> {
    /// The directory that a local source names.
    pub fn local_dir(&self) -> Option<PathBuf> {
        match self.source {
            ModuleSource::Local(path) => Some(normal(&self.parent_dir.join(path))),
            _ => None,
        }
    }
}

/// Says where the modules of calls are.
pub trait Locate {
    /// The directory of a called module; `None`: there is none, which is said in `out`.
    fn locate(&mut self, call: &Call<'_>, out: &mut Diagnostics) -> Option<PathBuf>;
}

/// What decides how files are read.
pub struct LoadOptions<'a> {
    /// Where they come from.
    pub files: &'a dyn Files,
}

/// Reads the module in a directory, and those that it calls, and judges what can be judged without schemas and values.
/// What is wrong is said, and left out.
pub fn load(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    let (config, mut out) = load_files(dir, options);
    // What was left out would be missed.
    if !out.has_errors() {
        out.extend(judge(&config));
    }
    (config, out)
}

/// Reads the module in a directory, and those that it calls. What they say together is judged by [`judge`].
pub fn load_files(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    Loader::new(options, Modules::Installed(None)).judging().tree(dir)
}

/// What is wrong with what blocks say of one another, as far as it can be said without schemas and values.
pub fn judge(config: &Config) -> Diagnostics {
    let mut out = judge_calls(config);
    if !out.has_errors() {
        validate::config(config, &mut out);
    }
    config.with_contexts(out)
}

/// What is wrong with the arguments of the first module call that has wrong ones: without them no module can be judged.
pub fn judge_calls(config: &Config) -> Diagnostics {
    let mut out = Diagnostics::default();
    validate::calls(config, &mut out);
    config.with_contexts(out)
}

/// Reads the module in a directory, and those that it calls, no more (`init`).
pub fn read(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    Loader::new(options, Modules::Installed(None)).tree(dir)
}

/// Reads the module in a directory alone: no call is followed.
pub fn read_root(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    let mut loader = Loader::new(options, Modules::Ignored);
    let config = loader.config(dir);
    let out = config.with_contexts(loader.out);
    (config, out)
}

/// Reads the module in a directory, and those that it calls where they are said to be (`init`, `get`).
pub fn read_with(dir: &Path, options: &LoadOptions, locate: &mut dyn Locate) -> (Config, Diagnostics) {
    Loader::new(options, Modules::Asked(locate)).tree(dir)
}

/// Reads the module that a run of a test calls, and those that it calls, where `init` has installed them. The path is
/// that of the call in the manifest.
pub fn load_called(path: &ModulePath, call: &ModuleCall, options: &LoadOptions) -> (Config, Diagnostics) {
    let (config, mut out) = Loader::new(options, Modules::Installed(None)).judging().called(path, call);
    if !out.has_errors() {
        out.extend(judge(&config));
    }
    (config, out)
}

/// The same, where the modules are said to be (`init`, `get`).
pub fn read_called(
    path: &ModulePath,
    call: &ModuleCall,
    options: &LoadOptions,
    locate: &mut dyn Locate,
) -> Diagnostics {
    Loader::new(options, Modules::Asked(locate)).called(path, call).1
}

/// Is it a file of configuration, and does it override others?
fn configuration_file(name: &str) -> Option<bool> {
    let ignored =
        name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    if ignored {
        return None;
    }
    let stem = name.strip_suffix(".tf.json").or_else(|| name.strip_suffix(".tf"))?;
    Some(stem == "override" || stem.ends_with("_override"))
}

/// How the modules of calls are found.
enum Modules<'a> {
    /// Not at all.
    Ignored,
    /// By what `init` has recorded, if it ever did; that is read when it is first needed.
    Installed(Option<Option<Manifest>>),
    /// Somebody is asked.
    Asked(&'a mut dyn Locate),
}

struct Loader<'a> {
    options: &'a LoadOptions<'a>,
    /// What the calls of the module that is read are below of, in the manifest.
    above: ModulePath,
    modules: Modules<'a>,
    /// Is it said what is wrong inside of JSON strings? `init` looks at the form of a file only.
    judging: bool,
    sources: Vec<Arc<Source>>,
    contexts: BTreeMap<String, Vec<(Range<usize>, String)>>,
    out: Diagnostics,
}

impl<'a> Loader<'a> {
    fn new(options: &'a LoadOptions<'a>, modules: Modules<'a>) -> Loader<'a> {
        let (sources, contexts, out) = (Vec::new(), BTreeMap::new(), Diagnostics::default());
        let above = ModulePath::default();
        Loader { options, above, modules, judging: false, sources, contexts, out }
    }

    fn judging(self) -> Loader<'a> {
        Loader { judging: true, ..self }
    }

    fn config(&mut self, dir: &Path) -> Config {
        let dir = normal(dir);
        let root = self.module(ModulePath::default(), dir.clone(), &mut vec![dir.clone()]);
        let locked = lock::read(&dir, self.options.files, &mut self.out);
        let (sources, contexts) = (std::mem::take(&mut self.sources), std::mem::take(&mut self.contexts));
        Config { root, sources, contexts, locked }
    }

    /// The module of a call that no module makes.
    fn called(mut self, path: &ModulePath, call: &ModuleCall) -> (Config, Diagnostics) {
        let none = |out| {
            let root = Module::empty(ModulePath::default(), ".".into());
            (Config { root, sources: Vec::new(), contexts: BTreeMap::new(), locked: BTreeMap::new() }, out)
        };
        let Some(source) = &call.address else { return none(self.out) };
        let of = Call { path: path.clone(), call, source, parent_dir: Path::new("") };
        let Some(dir) = self.locate(&of) else { return none(self.out) };
        if let Err(why) = self.options.files.list(&dir) {
            let detail = format!(
                "The directory {} of module \"{}\" could not be read: {why}.",
                shown(&dir).display(),
                call.name
            );
            let at = call.source_span.clone();
            self.out.push(Diagnostic::error("Unreadable module directory", detail).at(at));
            return none(self.out);
        }
        self.above = path.clone();
        self.tree(&dir)
    }

    fn tree(mut self, dir: &Path) -> (Config, Diagnostics) {
        let config = self.config(dir);
        let mut out = self.out;
        validate::passed_providers(&config, &mut out);
        let out = config.with_contexts(out);
        (config, out)
    }

    fn module(&mut self, path: ModulePath, dir: PathBuf, above: &mut Vec<PathBuf>) -> Module {
        let mut module = Module::empty(path, shown(&dir));
        let names = match self.options.files.list(&dir) {
            Ok(names) => names,
            Err(why) => {
                let detail = format!("The directory {} could not be read: {why}.", module.dir.display());
                self.out.push(Diagnostic::error("Failed to read module directory", detail));
                return module;
            }
        };
        let mut primary: Vec<Block> = Vec::new();
        let mut overrides: Vec<Block> = Vec::new();
        for name in names {
            match configuration_file(&name) {
                Some(true) => overrides.extend(self.file(&dir, &name)),
                Some(false) => primary.extend(self.file(&dir, &name)),
                None => {}
            }
        }
        let blocks = merge::overrides(primary, overrides, &mut self.out);
        for block in blocks {
            blocks::add(&mut module, block, &mut self.out);
        }
        self.children(&mut module, &dir, above);
        module
    }

    fn children(&mut self, module: &mut Module, dir: &Path, above: &mut Vec<PathBuf>) {
        let calls: Vec<ModuleCall> = module.calls.values().cloned().collect();
        for call in calls {
            let (name, at) = (call.name.clone(), call.source_span.clone());
            let Some(source) = &call.address else { continue };
            let mut path = self.above.clone();
            path.0.extend(module.path.child(&name).0);
            let Some(child) = self.locate(&Call { path, call: &call, source, parent_dir: dir }) else {
                continue;
            };
            if above.contains(&child) || above.len() > MOST_MODULES_DEEP {
                let detail = format!(
                    "The module in {} calls itself, directly or through others, so that there would be no end of it.",
                    shown(&child).display()
                );
                self.out.push(Diagnostic::error("Module calls itself", detail).at(at));
                continue;
            }
            if let Err(why) = self.options.files.list(&child) {
                if let Modules::Installed(Some(Some(_))) = self.modules {
                    let what = format!(
                        "This module's local cache directory {} could not be read.",
                        shown(&child).display()
                    );
                    self.out.push(not_installed(&call, &what));
                    continue;
                }
                let detail = format!(
                    "The directory {} of module \"{name}\" could not be read: {why}.",
                    shown(&child).display()
                );
                self.out.push(Diagnostic::error("Unreadable module directory", detail).at(at));
                continue;
            }
            above.push(child.clone());
            let loaded = self.module(module.path.child(&name), child, above);
            above.pop();
            module.children.insert(name, loaded);
        }
    }

    fn locate(&mut self, call: &Call<'_>) -> Option<PathBuf> {
        match &mut self.modules {
            Modules::Ignored => None,
            Modules::Asked(locate) => locate.locate(call, &mut self.out),
            Modules::Installed(known) => {
                let files = self.options.files;
                let manifest = known.get_or_insert_with(|| {
                    let (source, manifest) = installed(files, &mut self.out);
                    // It goes into saved plans with the files of the configuration.
                    self.sources.extend(source);
                    manifest
                });
                let found = match (manifest, call.local_dir()) {
                    // Nothing has to be fetched: it is there without `init`.
                    (None, Some(dir)) => Ok(dir),
                    (None, None) => Err(not_installed(call.call, NEVER)),
                    (Some(manifest), _) => judge_installed(call, manifest),
                };
                found.map_err(|wrong| self.out.push(wrong)).ok()
            }
        }
    }

    fn file(&mut self, dir: &Path, name: &str) -> Vec<Block> {
        let path = dir.join(name);
        let shown = path.display().to_string();
        let Some(source) = read_source(self.options.files, &path, &shown, &mut self.out) else {
            return Vec::new();
        };
        self.sources.push(source.clone());
        let parse = match (name.ends_with(".json"), self.judging) {
            (false, _) => parse_body,
            (true, true) => parse_json_body,
            (true, false) => parse_json_form,
        };
        let (body, diagnostics) = parse(&source);
        self.out.extend(diagnostics);
        let blocks = blocks::top_level(body, &mut self.out);
        let contexts = blocks
            .iter()
            .map(|b| (b.header.range.start.min(b.body.span.range.start)..b.body.span.range.end, b.context()))
            .collect();
        self.contexts.insert(source.path.clone(), contexts);
        blocks
    }
}

/// What `init` has installed, and the file that says so; nothing where it never ran.
fn installed(files: &dyn Files, out: &mut Diagnostics) -> (Option<Arc<Source>>, Option<Manifest>) {
    let path = files.manifest();
    let Ok(bytes) = files.read(&path) else { return (None, None) };
    let shown = path.display().to_string();
    let read = source(&shown, bytes).map_err(|d| d.detail);
    match read.and_then(|source| Ok((Manifest::parse(source.text.as_bytes())?, source))) {
        Ok((manifest, source)) => (Some(source), Some(manifest)),
        Err(why) => {
            let detail = format!("Error reading manifest for {shown}: {why}.");
            out.push(Diagnostic::error("Failed to read modules manifest file", detail));
            (None, None)
        }
    }
}

const AGAIN: &str = "Run \"terraform init\" to install all modules required by this configuration.";
const NEVER: &str = "This module is not yet installed.";

fn not_installed(call: &ModuleCall, why: &str) -> Diagnostic {
    Diagnostic::error("Module not installed", format!("{why} {AGAIN}")).at(call.header.clone())
}

/// Where the module of a call is installed, if that is still the module that is called.
fn judge_installed(call: &Call<'_>, manifest: &Manifest) -> Result<PathBuf, Diagnostic> {
    let Some(record) = manifest.0.get(&Manifest::key(&call.path)) else {
        return Err(not_installed(call.call, NEVER));
    };
    let at_source = |summary: &str, detail: String| {
        Err(Diagnostic::error(summary, detail).at(call.call.source_span.clone()))
    };
    if record.source != call.source.to_string() {
        let detail = format!("The source address was changed since this module was installed. {AGAIN}");
        return at_source("Module source has changed", detail);
    }
    let changed = |which: &str| {
        format!(
            "The version requirements have changed since this module was installed and the installed version{which} is no \
             longer acceptable. {AGAIN}"
        )
    };
    match (&call.call.version, record.parsed_version()) {
        (Some(wanted), None) if !wanted.0.is_empty() => {
            at_source("Module version requirements have changed", changed(""))
        }
        (Some(wanted), Some(version)) if !wanted.allow(&version) => {
            at_source("Module version requirements have changed", changed(&format!(" ({version})")))
        }
        _ => Ok(normal(&record.dir)),
    }
}

/// A file as a source; what is wrong with it is said.
pub(super) fn read_source(
    files: &dyn Files,
    path: &Path,
    shown: &str,
    out: &mut Diagnostics,
) -> Option<Arc<Source>> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            let detail = format!("The configuration file \"{shown}\" could not be read: {why}.");
            out.push(Diagnostic::error("Failed to read file", detail));
            return None;
        }
    };
    source(shown, bytes).map_err(|wrong| out.push(wrong)).ok()
}

/// The text of a file; an error that names the place if it is none.
pub fn source(shown: &str, bytes: Vec<u8>) -> Result<Arc<Source>, Diagnostic> {
    String::from_utf8(bytes).map(|text| Source::new(shown, text)).map_err(|wrong| {
        let good = wrong.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(wrong.as_bytes()).into_owned();
        let source = Source::new(shown, text);
        let detail =
            "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.";
        Diagnostic::error("Invalid character encoding", detail).at(Span::new(&source, good..good))
    })
}

/// A path without `.` and with `..` resolved where that is possible.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let last_is_name = matches!(out.components().next_back(), Some(Component::Normal(_)));
                if last_is_name {
                    out.pop();
                } else {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// A directory as `path.module` has it.
fn shown(dir: &Path) -> PathBuf {
    if dir.as_os_str().is_empty() { PathBuf::from(".") } else { dir.to_path_buf() }
}

#[cfg(test)]
pub(super) mod memory {
    use super::*;

    /// Files in memory.
    pub struct Memory(pub BTreeMap<PathBuf, String>);

    impl Memory {
        /// Files by their paths.
        pub fn new(files: &[(&str, &str)]) -> Memory {
            Memory(files.iter().map(|(p, t)| (PathBuf::from(p), t.to_string())).collect())
        }
    }

    impl Files for Memory {
        fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
            let names: Vec<String> = self
                .0
                .keys()
                .filter(|p| p.parent() == Some(dir))
                .filter_map(|p| Some(p.file_name()?.to_str()?.to_string()))
                .collect();
            if names.is_empty() && !dir.as_os_str().is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no such directory"));
            }
            Ok(names)
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.0
                .get(path)
                .map(|t| t.clone().into_bytes())
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
        }
    }
}
