//! `validate`

use std::path::Path;

use serde_json::json;

use super::super::{Context, Exit};
use super::init::missing_providers;
use crate::config::load::load_called;
use crate::config::testfile::read_all;
use crate::config::{Disk, LoadOptions, load_files};
use crate::lang::{Diagnostics, Severity};
use crate::stack;
use crate::ui::json::diagnostic::diagnostic;
use crate::ui::style::{BOLD_GREEN, Paint};
use crate::ui::{diagnostics, json};

pub(super) fn run(cx: &Context) -> Exit {
    let dir = Path::new(cx.args.rest.first().map_or(".", String::as_str));
    if !dir.is_dir() {
        let detail = format!("Module directory {} does not exist or cannot be read.", dir.display());
        return cx.fail("Failed to read module directory", detail);
    }
    let (config, mut found) = load_files(dir, &LoadOptions { files: &Disk::here() });
    if !cx.args.switch("no-tests") {
        found.extend(tests(cx, dir));
    }
    if !found.has_errors() {
        found.extend(missing_providers(&config));
    }
    if !found.has_errors() {
        found.extend(stack::validate(&config, dir));
    }
    let exit = if found.has_errors() { Exit::Failure } else { Exit::Success };
    if cx.args.switch("json") {
        cx.ui.line(&document(&found));
        return exit;
    }
    diagnostics::show(&cx.ui, &found, false);
    if exit == Exit::Success {
        let success = Paint { colour: cx.ui.colour }.on(BOLD_GREEN, "Success!");
        let tail = match found.0.is_empty() {
            true => ".\n",
            false => ", but there were some\nvalidation warnings as shown above.\n",
        };
        cx.ui.line(&format!("{success} The configuration is valid{tail}"));
    }
    exit
}

/// What is wrong with the test files, and with the modules that their runs call.
fn tests(cx: &Context, dir: &Path) -> Diagnostics {
    let (files, mut found) = read_all(dir, &super::test::directory(cx), &Disk::here());
    for (file, run) in files.iter().flat_map(|f| f.runs.iter().map(move |r| (f, r))) {
        if let Some(call) = &run.module {
            found.extend(load_called(&file.module_path(run), call, &LoadOptions { files: &Disk::here() }).1);
        }
    }
    found
}

fn document(found: &Diagnostics) -> String {
    let of = |severity| found.0.iter().filter(|d| d.severity == severity).count();
    let document = json!({
        "format_version": "1.0",
        "valid": !found.has_errors(),
        "error_count": of(Severity::Error),
        "warning_count": of(Severity::Warning),
        "diagnostics": found.0.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    json::pretty(&document)
}
