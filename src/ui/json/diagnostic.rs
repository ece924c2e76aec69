//! A diagnostic as `validate -json` and the event stream write it: columns in grapheme clusters, bytes from 0.

use serde_json::{Map, Value as Json, json};

use super::super::diagnostics::{lines_of, widened};
use crate::lang::diag::{Diagnostic, Severity, Span};

/// The diagnostic as JSON.
pub fn diagnostic(diagnostic: &Diagnostic) -> Json {
    let mut out = Map::new();
    let severity = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    out.insert("severity".into(), severity.into());
    out.insert("summary".into(), diagnostic.summary.as_str().into());
    out.insert("detail".into(), diagnostic.detail.as_str().into());
    if let Some(address) = &diagnostic.address {
        out.insert("address".into(), address.as_str().into());
    }
    if let Some(span) = &diagnostic.subject {
        let span = widened(span);
        out.insert("range".into(), range(&span));
        out.insert("snippet".into(), snippet(diagnostic, &span));
    }
    Json::Object(out)
}

fn range(span: &Span) -> Json {
    let position = |byte: usize| {
        let (line, column) = span.source.position(byte);
        json!({"line": line, "column": column, "byte": byte})
    };
    json!({"filename": span.source.path, "start": position(span.range.start), "end": position(span.range.end)})
}

fn snippet(diagnostic: &Diagnostic, span: &Span) -> Json {
    let (start, code) = lines_of(span);
    let mut values: Vec<_> = diagnostic.values.iter().collect();
    values.sort();
    let values: Vec<Json> =
        values.into_iter().map(|(t, s)| json!({"traversal": t, "statement": s})).collect();
    let mut out = json!({
        "context": diagnostic.context,
        "code": code,
        "start_line": span.source.position(span.range.start).0,
        "highlight_start_offset": span.range.start - start,
        "highlight_end_offset": (span.range.end - start).min(code.len()),
        "values": values,
    });
    if let Some((name, signature)) = &diagnostic.function_call {
        out["function_call"] = json!({"name": name, "signature": signature});
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::diag::Source;

    /// What Terraform 1.11.4 wrote for the same file.
    #[test]
    fn columns_are_clusters_and_bytes_are_bytes() {
        let text = "variable \"é\" {\n  type = string\n  default = [\n  1,\n  2]\n}\noutput \"é\" {\n}\n";
        let source = Source::new("main.tf", text);
        let value = Diagnostic::error("s", "d").at(Span::new(&source, 44..55)).within("variable \"é\"");
        assert_eq!(
            diagnostic(&value),
            json!({
                "severity": "error", "summary": "s", "detail": "d",
                "range": {
                    "filename": "main.tf",
                    "start": {"line": 3, "column": 13, "byte": 44},
                    "end": {"line": 5, "column": 5, "byte": 55},
                },
                "snippet": {
                    "context": "variable \"é\"", "code": "  default = [\n  1,\n  2]", "start_line": 3,
                    "highlight_start_offset": 12, "highlight_end_offset": 23, "values": [],
                },
            })
        );
        let missing = diagnostic(&Diagnostic::error("s", "d").at(Span::new(&source, 70..70)));
        assert_eq!(missing["range"]["end"], json!({"line": 7, "column": 13, "byte": 71}));
        assert_eq!(missing["snippet"]["code"], "output \"é\" {");
        assert_eq!(missing["snippet"]["highlight_start_offset"], 12);
    }
}
