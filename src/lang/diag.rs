//! Diagnostics: what is wrong, where, and what to do. Made here, printed by `ui`.

use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The command fails.
    Error,
    /// The command goes on.
    Warning,
}

/// A source file that diagnostics point into.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The path as it is shown: relative to the working directory.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a source file, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub range: Range<usize>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// One line, no full stop.
    pub summary: String,
    /// Sentences: what was expected, and what to do now.
    pub detail: String,
    /// The exact place.
    pub subject: Option<Span>,
    /// A place that helps people where the error has none for programs: text shows it, documents leave it out.
    pub near: Option<Span>,
    /// The block header's words that the place is in: `resource "t" "n"`, `output "x"`, `terraform`.
    pub context: Option<String>,
    /// The object it belongs to, shown as `with ADDRESS,`.
    pub address: Option<String>,
    /// The values that mattered: expression text and statement (`is "x"`, `has a sensitive value`).
    pub values: Vec<(String, String)>,
    /// The function that was called, with its signature, when the error arose in one.
    pub function_call: Option<(String, String)>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            subject: None,
            near: None,
            context: None,
            address: None,
            values: Vec::new(),
            function_call: None,
        }
    }

    /// A warning without a place.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// The same at a place.
    pub fn at(mut self, span: impl Into<Option<Span>>) -> Diagnostic {
        self.subject = span.into();
        self
    }

    /// The same with a place that only text shows.
    pub fn near(mut self, span: impl Into<Option<Span>>) -> Diagnostic {
        self.near = span.into();
        self
    }

    /// The place that text shows.
    pub fn shown_place(&self) -> Option<&Span> {
        self.subject.as_ref().or(self.near.as_ref())
    }

    /// The same in a block.
    pub fn within(mut self, context: impl Into<String>) -> Diagnostic {
        self.context.get_or_insert_with(|| context.into());
        self
    }

    /// The same for an object.
    pub fn with_address(mut self, address: impl Into<String>) -> Diagnostic {
        self.address.get_or_insert_with(|| address.into());
        self
    }
}

/// A list of diagnostics that grows as work goes on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(other);
    }

    /// Is one of them an error?
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Keeps the value of a result; its diagnostics go on the list.
    pub fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        result.map_err(|more| self.0.extend(more.0)).ok()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Diagnostics {
        Diagnostics(vec![one])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Source {
    /// A source.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        Arc::new(Source { path: path.into(), text: text.into() })
    }

    /// Line and column of a byte: both from 1, the column in grapheme clusters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        use unicode_segmentation::UnicodeSegmentation;
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        (line, before[line_start..].graphemes(true).count() + 1)
    }
}

impl Span {
    /// A place.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Span {
        Span { source: source.clone(), range }
    }

    /// The text of the place.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or("")
    }

    /// From the start of this to the end of the other.
    pub fn to(&self, other: &Span) -> Span {
        Span::new(&self.source, self.range.start..other.range.end.max(self.range.start))
    }

    /// `main.tf:4,3-13`: as messages name a place.
    pub fn describe(&self) -> String {
        let (line, column) = self.source.position(self.range.start);
        let (end_line, end_column) = self.source.position(self.range.end);
        if line == end_line {
            format!("{}:{line},{column}-{end_column}", self.source.path)
        } else {
            format!("{}:{line},{column}-{end_line},{end_column}", self.source.path)
        }
    }
}
