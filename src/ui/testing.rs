//! What tests tell while they are carried out: lines for people, messages for programs.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value as Json, json};

use super::json::diagnostic::diagnostic;
use super::json::stream::{self, Level};
use super::junit::Report;
use super::output::Ui;
use super::state_view::{self, StateObject, StateView, recorded_outputs};
use super::style::{BOLD_GREEN, BOLD_RED, GREEN, GREY, Paint, RED};
use super::{diagnostics, plan_text};
use crate::config::testfile::{Run, TestFile};
use crate::lang::diag::{Diagnostics, Severity};
use crate::stack::testing::{Outcome, Status, Witness};

/// Tells of tests.
pub struct Telling<'u> {
    ui: &'u Ui,
    verbose: bool,
    counts: RefCell<Counts>,
    worst: Cell<Status>,
    report: Option<Report>,
}

/// How many runs ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everything held.
    pub passed: usize,
    /// An assertion did not.
    pub failed: usize,
    /// Could not be carried out.
    pub errored: usize,
    /// Were not tried.
    pub skipped: usize,
}

/// The word of a status in the stream.
fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Skip => "skip",
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Error => "error",
    }
}

fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

impl<'u> Telling<'u> {
    /// Through this door. `verbose`: with the plan or the state of each run.
    pub fn new(ui: &'u Ui, verbose: bool) -> Telling<'u> {
        Telling { ui, verbose, counts: RefCell::default(), worst: Cell::new(Status::Pass), report: None }
    }

    /// With a report for programs besides.
    pub fn reporting(self) -> Telling<'u> {
        Telling { report: Some(Report::default()), ..self }
    }

    /// The report, as JUnit has it, if one was asked for.
    pub fn report(&self) -> Option<String> {
        self.report.as_ref().map(Report::text)
    }

    /// Which files there are.
    pub fn begin(&self, files: &[TestFile]) {
        if !self.ui.json {
            return;
        }
        let runs: usize = files.iter().map(|f| f.runs.len()).sum();
        let names = |f: &TestFile| f.runs.iter().map(|r| Json::from(&*r.name)).collect::<Json>();
        let all: Map<String, Json> = files.iter().map(|f| (f.path.clone(), names(f))).collect();
        let text = format!("Found {} and {}", plural(files.len(), "file"), plural(runs, "run block"));
        self.message(Level::Info, &text, "test_abstract", Json::Object(all), None, None);
    }

    /// How it all ended. Answers whether everything held.
    pub fn end(&self) -> bool {
        let Counts { passed, failed, errored, skipped } = *self.counts.borrow();
        let well = self.worst.get() <= Status::Pass;
        let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        let tail = format!(" {passed} passed, {} failed{skips}.", failed + errored);
        let (head, look) = if well { ("Success!", BOLD_GREEN) } else { ("Failure!", BOLD_RED) };
        if self.ui.json {
            let summary = json!({
                "status": word(self.worst.get()), "passed": passed, "failed": failed, "errored": errored,
                "skipped": skipped,
            });
            self.message(Level::Info, &format!("{head}{tail}"), "test_summary", summary, None, None);
        } else {
            self.ui.line(&format!("\n{}{tail}", Paint { colour: self.ui.colour }.on(look, head)));
        }
        well
    }

    fn message(
        &self,
        level: Level,
        text: &str,
        kind: &str,
        payload: Json,
        file: Option<&TestFile>,
        run: Option<&Run>,
    ) {
        let mut all = Map::new();
        all.extend(file.map(|f| ("@testfile".to_string(), f.path.as_str().into())));
        all.extend(run.map(|r| ("@testrun".to_string(), (&*r.name).into())));
        all.insert(kind.into(), payload);
        stream::message(self.ui, level, text, kind, all);
    }

    fn shown(&self, status: Status) -> String {
        let paint = Paint { colour: self.ui.colour };
        match status {
            Status::Pass => paint.on(GREEN, "pass"),
            Status::Fail | Status::Error => paint.on(RED, "fail"),
            Status::Skip => paint.on(GREY, "skip"),
            Status::Pending => paint.on(GREY, "pending"),
        }
    }

    fn grey(&self, text: &str) -> String {
        Paint { colour: self.ui.colour }.on(GREY, text)
    }

    fn file(&self, file: &TestFile, progress: &str, status: Option<Status>, text: &str) {
        let mut body = json!({"path": file.path, "progress": progress});
        if let Some(status) = status {
            body["status"] = word(status).into();
        }
        let text = format!("{}... {text}", file.path);
        self.message(Level::Info, &text, "test_file", body, Some(file), None);
    }

    fn run(&self, file: &TestFile, run: &Run, progress: &str, status: Option<Status>, text: &str) {
        let mut body = json!({"path": file.path, "run": &*run.name, "progress": progress});
        match status {
            Some(status) => body["status"] = word(status).into(),
            None => body["elapsed"] = 0.into(),
        }
        let text = format!("  \"{}\"... {text}", run.name);
        self.message(Level::Info, &text, "test_run", body, Some(file), Some(run));
    }

    fn diagnostics(&self, all: &Diagnostics, file: &TestFile, run: Option<&Run>) {
        if !self.ui.json {
            return diagnostics::show(self.ui, all, false);
        }
        for one in &all.0 {
            let (level, word) = match one.severity {
                Severity::Error => (Level::Error, "Error"),
                Severity::Warning => (Level::Warn, "Warning"),
            };
            let text = format!("{word}: {}", one.summary);
            self.message(level, &text, "diagnostic", diagnostic(one), Some(file), run);
        }
    }

    fn details(&self, file: &TestFile, run: &Run, outcome: &Outcome) {
        if let Some(plan) = &outcome.plan {
            if self.ui.json {
                let document = super::json::plan::changes(plan);
                let text = "-verbose flag enabled, printing plan";
                self.message(Level::Info, text, "test_plan", document, Some(file), Some(run));
            } else {
                self.ui.print(&format!("{}\n", plan_text::plan(plan, self.ui.layout())));
            }
        } else if let Some(state) = &outcome.state {
            let objects = state.instances.iter().map(|i| StateObject {
                addr: i.addr.clone(),
                provider: i.provider.clone(),
                schema: i.schema.clone(),
                value: i.object.clone(),
                tainted: i.tainted,
                deposed: None,
                depends_on: i.depends_on.clone(),
            });
            let outputs = recorded_outputs(state.outputs.clone());
            let state = StateView { objects: objects.collect(), outputs, checks: Vec::new() };
            if self.ui.json {
                let mut document = super::json::state::document(&state)["values"].take();
                if document.is_null() {
                    document = json!({"root_module": {}});
                }
                document["state_format_version"] = "1.0".into();
                let text = "-verbose flag enabled, printing state";
                self.message(Level::Info, text, "test_state", document, Some(file), Some(run));
            } else {
                self.ui.print(&format!("\n{}\n", state_view::show(&state, self.ui.colour)));
            }
        }
    }
}

impl Witness for Telling<'_> {
    fn file_starts(&self, file: &TestFile) {
        if let Some(report) = &self.report {
            report.file(file);
        }
        match self.ui.json {
            true => self.file(file, "starting", None, "in progress"),
            false => self.ui.line(&format!("{}... {}", file.path, self.grey("in progress"))),
        }
    }

    fn run_starts(&self, file: &TestFile, run: &Run) {
        if self.ui.json {
            self.run(file, run, "starting", None, "in progress");
        }
    }

    fn run_ends(&self, file: &TestFile, run: &Run, outcome: &Outcome) {
        if let Some(report) = &self.report {
            report.run(file, run, outcome);
        }
        {
            let mut counts = self.counts.borrow_mut();
            match outcome.status {
                Status::Pass => counts.passed += 1,
                Status::Fail => counts.failed += 1,
                Status::Error => counts.errored += 1,
                Status::Skip | Status::Pending => counts.skipped += 1,
            }
        }
        match self.ui.json {
            true => {
                let text = if outcome.status == Status::Error { "fail" } else { word(outcome.status) };
                self.run(file, run, "complete", Some(outcome.status), text);
            }
            false => self.ui.line(&format!("  run {:?}... {}", run.name, self.shown(outcome.status))),
        }
        if self.verbose {
            self.details(file, run, outcome);
        }
        self.diagnostics(&outcome.diagnostics, file, Some(run));
    }

    fn file_tears_down(&self, file: &TestFile) {
        match self.ui.json {
            true => self.file(file, "teardown", None, "tearing down"),
            false => self.ui.line(&format!("{}... {}", file.path, self.grey("tearing down"))),
        }
    }

    fn run_tears_down(&self, file: &TestFile, run: &Run) {
        if self.ui.json {
            self.run(file, run, "teardown", None, "tearing down");
        }
    }

    fn file_ends(&self, file: &TestFile, status: Status, cleaned: &Diagnostics) {
        self.worst.set(self.worst.get().max(status));
        self.diagnostics(cleaned, file, None);
        match self.ui.json {
            true => {
                let text = if status == Status::Error { "fail" } else { word(status) };
                self.file(file, "complete", Some(status), text);
            }
            false => self.ui.line(&format!("{}... {}", file.path, self.shown(status))),
        }
    }
}
