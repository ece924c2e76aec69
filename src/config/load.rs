//! Directories of files become the module tree.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::blocks;
use super::lock;
use super::merge;
use super::model::{Config, Module, ModulePath};
use super::validate;
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::syntax::{Block, parse_body, parse_json_body};

/// So deep may modules call each other.
const MOST_MODULES_DEEP: usize = 40;

/// Where files come from; paths are relative to the working directory.
pub trait Files {
    /// The names of the files in a directory, not of its directories.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
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
}

/// What decides how files are read.
pub struct LoadOptions<'a> {
    /// Where they come from.
    pub files: &'a dyn Files,
}

/// Reads the module in a directory, and those that it calls, and judges what can be judged without schemas and values.
/// What is wrong is said, and left out.
pub fn load(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    let (config, mut out) = read(dir, options);
    // What was left out would be missed.
    if !out.has_errors() {
        let mut more = Diagnostics::default();
        validate::config(&config, &mut more);
        out.extend(config.with_contexts(more));
    }
    (config, out)
}

/// Reads the module in a directory, and those that it calls, no more (`init`).
pub fn read(dir: &Path, options: &LoadOptions) -> (Config, Diagnostics) {
    let mut loader =
        Loader { options, sources: Vec::new(), contexts: BTreeMap::new(), out: Diagnostics::default() };
    let dir = normal(dir);
    let root = loader.module(ModulePath::default(), dir.clone(), &mut vec![dir.clone()]);
    let locked = lock::read(&dir, options.files, &mut loader.out);
    let config = Config { root, sources: loader.sources, contexts: loader.contexts, locked };
    let mut out = loader.out;
    validate::passed_providers(&config, &mut out);
    let out = config.with_contexts(out);
    (config, out)
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

struct Loader<'a> {
    options: &'a LoadOptions<'a>,
    sources: Vec<Arc<Source>>,
    contexts: BTreeMap<String, Vec<(Range<usize>, String)>>,
    out: Diagnostics,
}

impl Loader<'_> {
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
        let calls: Vec<(Arc<str>, String, Span)> = module
            .calls
            .values()
            .filter(|c| blocks::is_local(&c.source))
            .map(|c| (c.name.clone(), c.source.clone(), c.source_span.clone()))
            .collect();
        for (name, source, at) in calls {
            let child = normal(&dir.join(&source));
            if above.contains(&child) || above.len() > MOST_MODULES_DEEP {
                let detail = format!(
                    "The module in {} calls itself, directly or through others, so that there would be no end of it.",
                    shown(&child).display()
                );
                self.out.push(Diagnostic::error("Module calls itself", detail).at(at));
                continue;
            }
            if let Err(why) = self.options.files.list(&child) {
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

    fn file(&mut self, dir: &Path, name: &str) -> Vec<Block> {
        let path = dir.join(name);
        let shown = path.display().to_string();
        let Some(source) = read_source(self.options.files, &path, &shown, &mut self.out) else {
            return Vec::new();
        };
        self.sources.push(source.clone());
        let (body, diagnostics) =
            if name.ends_with(".json") { parse_json_body(&source) } else { parse_body(&source) };
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
