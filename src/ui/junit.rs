//! The report of tests as other programs read it: JUnit's XML, in Terraform's form.

use std::cell::RefCell;
use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::diagnostics::human;
use crate::config::testfile::{Run, TestFile};
use crate::lang::diag::{Diagnostics, Severity};
use crate::stack::testing::{Outcome, Status};

/// How wide the lines of messages are.
const WIDTH: usize = 80;

/// What is noted while tests are carried out.
#[derive(Debug, Default)]
pub struct Report {
    suites: RefCell<Vec<Suite>>,
}

#[derive(Debug)]
struct Suite {
    name: String,
    /// Each with its status.
    cases: Vec<(Status, String)>,
    /// The run that ended in an error, if one did.
    stopped_by: Option<String>,
}

impl Report {
    /// A file begins.
    pub fn file(&self, file: &TestFile) {
        let suite = Suite { name: file.path.clone(), cases: Vec::new(), stopped_by: None };
        self.suites.borrow_mut().push(suite);
    }

    /// A run has ended, or was skipped.
    pub fn run(&self, file: &TestFile, run: &Run, outcome: &Outcome) {
        let mut suites = self.suites.borrow_mut();
        let Some(suite) = suites.last_mut() else { return };
        let inside = match outcome.status {
            Status::Skip | Status::Pending => String::new(),
            _ => case(run, outcome),
        };
        if outcome.status == Status::Error {
            suite.stopped_by.get_or_insert_with(|| run.name.to_string());
        }
        let mut text =
            format!("    <testcase name={} classname={}", attribute(&run.name), attribute(&file.path));
        if !matches!(outcome.status, Status::Skip | Status::Pending) {
            let begun = (OffsetDateTime::now_utc() - outcome.elapsed).replace_nanosecond(0);
            let begun = begun.ok().and_then(|t| t.format(&Rfc3339).ok()).unwrap_or_default();
            let _ = write!(text, " time=\"{}\" timestamp=\"{begun}\"", outcome.elapsed.as_secs_f64());
        }
        let skipped = match (outcome.status, &suite.stopped_by) {
            (Status::Skip, Some(culprit)) => element(
                "skipped",
                Some("Testcase skipped due to a previous testcase error"),
                &format!(
                    "Previous testcase {culprit:?} ended in error, which caused the remaining tests in the file to be \
                     skipped"
                ),
            ),
            (Status::Skip, None) => element(
                "skipped",
                Some("Testcase skipped due to an interrupt"),
                "An interrupt was received, which caused all remaining testcases to be skipped",
            ),
            _ => String::new(),
        };
        match inside.is_empty() && skipped.is_empty() {
            true => text.push_str("></testcase>\n"),
            false => {
                let _ = write!(text, ">\n{inside}{skipped}    </testcase>\n");
            }
        }
        suite.cases.push((outcome.status, text));
    }

    /// The document.
    pub fn text(&self) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>\n".to_string();
        for suite in self.suites.borrow().iter() {
            let count = |wanted: Status| suite.cases.iter().filter(|(status, _)| *status == wanted).count();
            let _ = write!(
                text,
                "  <testsuite name={} tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\">",
                attribute(&suite.name),
                suite.cases.len(),
                count(Status::Skip),
                count(Status::Fail),
                count(Status::Error),
            );
            if !suite.cases.is_empty() {
                text.push('\n');
                text.extend(suite.cases.iter().map(|(_, case)| case.as_str()));
                text.push_str("  ");
            }
            text.push_str("</testsuite>\n");
        }
        text.push_str("</testsuites>");
        text
    }
}

/// What stands in a test case.
fn case(run: &Run, outcome: &Outcome) -> String {
    let of = |severity: Severity| {
        let some = outcome.diagnostics.0.iter().filter(|d| d.severity == severity).cloned().collect();
        plain(&Diagnostics(some))
    };
    let errors = of(Severity::Error);
    let mut text = match outcome.status {
        Status::Fail => element("failure", Some(&failure(run, outcome)), &errors),
        Status::Error => element("error", Some("Encountered an error"), &errors),
        _ => String::new(),
    };
    let warnings = of(Severity::Warning);
    if !warnings.is_empty() {
        text.push_str(&element("system-err", None, &warnings));
    }
    text
}

/// How many assertions failed, and the message of the first.
fn failure(run: &Run, outcome: &Outcome) -> String {
    let failed: Vec<&str> = outcome
        .diagnostics
        .0
        .iter()
        .filter(|d| d.severity == Severity::Error && d.summary == "Test assertion failed")
        .map(|d| d.detail.as_str())
        .collect();
    let total = run.asserts.len();
    match failed.as_slice() {
        [] => "Test run failed".into(),
        [one] => format!("1 of {total} assertions failed: {one}"),
        [first, ..] => format!("{} of {total} assertions failed, including: {first}", failed.len()),
    }
}

fn plain(all: &Diagnostics) -> String {
    all.0.iter().map(|d| human(d, false, WIDTH)).collect()
}

fn element(name: &str, message: Option<&str>, body: &str) -> String {
    let message = message.map(|m| format!(" message={}", attribute(m))).unwrap_or_default();
    // The end of a section within it is split over two.
    let body = body.replace("]]>", "]]]]><![CDATA[>");
    let body = if body.is_empty() { String::new() } else { format!("<![CDATA[{body}]]>") };
    format!("      <{name}{message}>{body}</{name}>\n")
}

/// A value between quotes.
fn attribute(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&#34;"),
            '\'' => text.push_str("&#39;"),
            '\n' => text.push_str("&#xA;"),
            '\r' => text.push_str("&#xD;"),
            '\t' => text.push_str("&#x9;"),
            // XML has no place for these.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}
