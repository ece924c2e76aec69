//! `test`

use std::path::{Path, PathBuf};

use super::super::args::{Flag, Takes, flag};
use super::super::cloud::clock;
use super::super::runtime::{self, Farewell};
use super::super::{Context, Exit, variables, work};
use super::plan::finish;
use crate::config::Disk;
use crate::config::testfile::{TestFile, read_all};
use crate::lang::{Diagnostic, Diagnostics};
use crate::localcloud::ClockMode;
use crate::plan::model::PlanMode;
use crate::stack::testing::Suite;
use crate::ui::diagnostics;
use crate::ui::json::stream;
use crate::ui::testing::Telling;

pub(super) const FLAGS: &[Flag] = &[
    flag("filter", Takes::Many("FILE"), "Only this test file."),
    flag("json", Takes::Switch(false), "Write JSON instead of text."),
    flag("junit-xml", Takes::One("FILE"), "Write a report in JUnit's form there too."),
    flag("verbose", Takes::Switch(false), "Write the plan or the state of each run."),
    flag(
        "test-directory",
        Takes::One("PATH"),
        "Where test files are, beside the root module itself (tests).",
    ),
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file."),
    flag("parallelism", Takes::One("N"), "So many changes at once (10). Reads do not count."),
    flag(
        "clock",
        Takes::One("CLOCK"),
        "How the time of the tests' local clouds goes: \"instant\", the default, \"real\", or a factor such as x60.",
    ),
];

pub(super) fn run(cx: &Context) -> Exit {
    if cx.ui.json {
        stream::version(&cx.ui);
    }
    finish(cx, test(cx))
}

/// The folder of tests, beside the root module itself.
pub(super) fn directory(cx: &Context) -> PathBuf {
    PathBuf::from(cx.args.value("test-directory").unwrap_or("tests"))
}

fn test(cx: &Context) -> Result<Exit, Diagnostics> {
    let mut warnings = Diagnostics::default();
    let config = work::configuration(&mut warnings, PlanMode::Destroy)?;
    let (mut files, found) = read_all(Path::new("."), &directory(cx), &Disk::here());
    if found.has_errors() {
        return Err(found);
    }
    warnings.extend(found);
    diagnostics::show(&cx.ui, &warnings, false);
    let wanted = cx.args.values("filter");
    files.retain(|file| wanted.is_empty() || wanted.iter().any(|w| names(w, file)));
    let parallelism = work::parallelism(cx)?;
    let clock = cx.args.value("clock").map_or(Ok(ClockMode::Instant), clock)?;
    let globals = variables::globals(cx, &config)?;
    let report = cx.args.value("junit-xml").filter(|path| !path.is_empty());
    let mut telling = Telling::new(&cx.ui, cx.args.switch("verbose"));
    if report.is_some() {
        telling = telling.reporting();
    }
    telling.begin(&files);
    let exit = runtime::run(cx, Farewell::Patience, |cancel| async {
        let suite =
            Suite { config: &config, globals: &globals, clock, parallelism, witness: &telling, cancel };
        for file in &files {
            suite.file(file).await;
        }
        if telling.end() { Exit::Success } else { Exit::Failure }
    });
    if let (Some(path), Some(text)) = (report, telling.report())
        && let Err(why) = std::fs::write(path, text)
    {
        let detail = format!("open {path}: {}", reason(&why));
        let summary = format!("error saving JUnit XML to file {path:?}");
        return Err(Diagnostic::error(summary, detail).into());
    }
    Ok(exit)
}

/// What the system says, in the usual words.
fn reason(why: &std::io::Error) -> String {
    match why.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::IsADirectory => "is a directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => why.to_string(),
    }
}

fn names(wanted: &str, file: &TestFile) -> bool {
    let plain =
        |path: &str| Path::new(path).components().filter(|c| c.as_os_str() != ".").collect::<PathBuf>();
    plain(wanted) == plain(&file.path)
}
