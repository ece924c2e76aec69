//! `fmt`

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use similar::TextDiff;

use super::super::args::{Flag, Takes, flag};
use super::super::{Context, Exit};
use crate::config::source;
use crate::lang::syntax::{format, parse_body};
use crate::lang::{Diagnostic, Diagnostics};
use crate::ui::diagnostics;

pub(super) const FLAGS: &[Flag] = &[
    flag(
        "check",
        Takes::Switch(false),
        "Write nothing, and exit with 3 if a file is not laid out as it should be.",
    ),
    flag("diff", Takes::Switch(false), "Show what changes in each file."),
    flag("list", Takes::Switch(true), "Do not name the files that change."),
    flag("recursive", Takes::Switch(false), "Also the folders in each folder, and theirs."),
    flag("write", Takes::Switch(true), "Do not write the files."),
];

/// The files that are laid out, by how their names end.
const ENDINGS: [&str; 4] = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl"];

/// What is wanted, and what has come of it so far.
struct Run<'a> {
    cx: &'a Context,
    list: bool,
    write: bool,
    diff: bool,
    check: bool,
    changed: bool,
    wrong: Diagnostics,
}

pub(super) fn run(cx: &Context) -> Exit {
    let on = |name| cx.args.switch(name);
    let stdin = cx.args.rest.first().is_some_and(|p| p == "-");
    let check = on("check");
    let (list, write) = (on("list") && !stdin, on("write") && !stdin && !check);
    let mut run =
        Run { cx, list, write, diff: on("diff"), check, changed: false, wrong: Diagnostics::default() };
    if stdin {
        run.stdin();
    } else if cx.args.rest.is_empty() {
        run.path(".");
    } else {
        cx.args.rest.iter().for_each(|path| run.path(path));
    }
    diagnostics::show(&cx.ui, &run.wrong, false);
    match (run.wrong.has_errors(), check && run.changed) {
        (true, _) => Exit::Unreadable,
        (false, true) => Exit::Unformatted,
        (false, false) => Exit::Success,
    }
}

impl Run<'_> {
    fn stdin(&mut self) {
        let mut bytes = Vec::new();
        match std::io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => drop(self.text("<stdin>", bytes)),
            Err(why) => self.fail(format!("Failed to read <stdin>: {why}")),
        }
    }

    fn path(&mut self, given: &str) {
        let shown = relative(Path::new(given));
        if shown.is_dir() {
            self.folder(&shown);
        } else if !shown.exists() {
            self.fail(format!("No file or directory at {}", shown.display()));
        } else if ENDINGS.iter().any(|e| given.ends_with(e)) {
            self.file(&shown);
        } else {
            self.fail("Only .tf, .tfvars, and .tftest.hcl files can be processed with ringfence fmt");
        }
    }

    fn folder(&mut self, folder: &Path) {
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let Ok(mut entries) = entries else {
            return self.fail(format!("Cannot read directory {}", folder.display()));
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ignored =
                name.starts_with('.') || name.ends_with('~') || name.starts_with('#') && name.ends_with('#');
            let path = relative(&folder.join(&name));
            match entry.file_type() {
                _ if ignored => {}
                Ok(kind) if kind.is_dir() && self.cx.args.switch("recursive") => self.folder(&path),
                Ok(kind) if kind.is_dir() => {}
                _ if ENDINGS.iter().any(|e| name.ends_with(e)) => self.file(&path),
                _ => {}
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = path.display().to_string();
        let Ok(bytes) = std::fs::read(path) else {
            return self.fail(format!("Failed to read file {shown}"));
        };
        let Some(text) = self.text(&shown, bytes).filter(|_| self.write) else { return };
        if let Err(why) = std::fs::write(path, text) {
            self.fail(format!("Failed to write {shown}: {why}"));
        }
    }

    /// Judges one text, and says what is to be said; the text as it should be, if that is different.
    fn text(&mut self, shown: &str, bytes: Vec<u8>) -> Option<String> {
        let source = self.wrong.take(source(shown, bytes).map_err(Diagnostics::from))?;
        let (_, faults) = parse_body(&source);
        let broken = faults.has_errors();
        self.wrong.extend(faults);
        if broken {
            return None;
        }
        let formatted = format(&source.text);
        let ui = &self.cx.ui;
        // Checking alone says only which files, and not even that of standard input.
        let quiet = self.check && !self.cx.args.switch("list");
        let changed = formatted != source.text;
        self.changed |= changed;
        if changed && self.list {
            ui.line(shown);
        }
        if changed && self.diff && !quiet && !(self.check && shown == "<stdin>") {
            let diff = TextDiff::from_lines(source.text.as_str(), formatted.as_str());
            let (old, new) = (format!("old/{shown}"), format!("new/{shown}"));
            ui.print(&diff.unified_diff().header(&old, &new).to_string());
        }
        if !self.list && !self.write && !self.diff && !self.check {
            ui.line(formatted.strip_suffix('\n').unwrap_or(&formatted));
        }
        changed.then_some(formatted)
    }

    fn fail(&mut self, summary: impl Into<String>) {
        self.wrong.push(Diagnostic::error(summary, ""));
    }
}

/// A path as seen from the working directory, without needless steps.
fn relative(path: &Path) -> PathBuf {
    let Ok(here) = std::env::current_dir() else { return path.to_path_buf() };
    let mut steps: Vec<Component> = Vec::new();
    let absolute = here.join(path);
    for step in absolute.components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir if matches!(steps.last(), Some(Component::Normal(_))) => {
                steps.pop();
            }
            other => steps.push(other),
        }
    }
    let here: Vec<Component> = here.components().collect();
    let shared = here.iter().zip(&steps).take_while(|(a, b)| a == b).count();
    let up = here[shared..].iter().map(|_| Component::ParentDir);
    let out: PathBuf = up.chain(steps[shared..].iter().copied()).collect();
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}
