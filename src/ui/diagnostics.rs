//! Diagnostics for people: a box with colour, flush left without.

use super::output::Ui;
use super::style::{BOLD, BOLD_RED, BOLD_YELLOW, GREY, Paint, RED, UNDERLINE, YELLOW, wrap};
use crate::lang::diag::{Diagnostic, Diagnostics, Severity, Span};

/// Prints diagnostics: warnings to standard output, errors to standard error; in JSON mode as messages of the stream.
/// With `compact` warnings that come without an error are only named.
pub fn show(ui: &Ui, diagnostics: &Diagnostics, compact: bool) {
    if ui.json {
        for one in distinct(diagnostics) {
            super::json::stream::diagnostic(ui, one);
        }
        return;
    }
    let all = distinct(diagnostics);
    let (errors, warnings): (Vec<_>, Vec<_>) = all.into_iter().partition(|d| d.severity == Severity::Error);
    if compact && errors.is_empty() && !warnings.is_empty() {
        ui.print(&compacted(&warnings));
    } else {
        for warning in folded(&warnings) {
            ui.print(&human(&warning, ui.colour, ui.width));
        }
    }
    for error in gathered(&errors) {
        ui.error(&human(&error, ui.colour_err, ui.width));
    }
}

/// So many objects are named by an error that befell many.
const NAMED: usize = 10;

/// Errors without a place that say the same of many objects become one that names the objects.
fn gathered(errors: &[&Diagnostic]) -> Vec<Diagnostic> {
    let mut all: Vec<(Diagnostic, Vec<String>)> = Vec::new();
    for one in errors {
        let alike = |d: &Diagnostic| {
            d.shown_place().is_none()
                && one.shown_place().is_none()
                && d.address.is_some()
                && one.address.is_some()
                && (&d.summary, &d.detail) == (&one.summary, &one.detail)
        };
        match (all.iter_mut().find(|(d, _)| alike(d)), &one.address) {
            (Some((_, more)), Some(address)) => more.push(address.clone()),
            _ => all.push(((*one).clone(), Vec::new())),
        }
    }
    let join = |(mut one, more): (Diagnostic, Vec<String>)| {
        let hidden = more.len().saturating_sub(NAMED - 1);
        for address in more.iter().take(NAMED - 1) {
            one.address = one.address.map(|a| format!("{a},\n  with {address}"));
        }
        if hidden > 0 {
            one.address = one.address.map(|a| format!("{a},\n  and {hidden} more"));
        }
        one
    };
    all.into_iter().map(join).collect()
}

/// One diagnostic, with the empty line or the box around it.
pub fn human(diagnostic: &Diagnostic, colour: bool, width: usize) -> String {
    let paint = Paint { colour };
    let (word, bold, look) = match diagnostic.severity {
        Severity::Error => ("Error: ", BOLD_RED, RED),
        Severity::Warning => ("Warning: ", BOLD_YELLOW, YELLOW),
    };
    let mut text = format!("{}{}\n", paint.on(bold, word), paint.on(BOLD, &diagnostic.summary));
    place(&mut text, diagnostic, paint);
    if !diagnostic.detail.is_empty() {
        let width = if colour { width.saturating_sub(2) } else { width };
        text.push_str(&format!("\n{}\n", wrap(diagnostic.detail.trim_end(), width)));
    }
    if !colour {
        return format!("\n{text}");
    }
    let mut boxed = format!("{}\n", paint.on(look, "╷"));
    for line in text.lines() {
        boxed.push_str(&format!("{} {line}\n", paint.on(look, "│")));
    }
    boxed.push_str(&format!("{}\n", paint.on(look, "╵")));
    boxed
}

/// The part that says where.
fn place(text: &mut String, diagnostic: &Diagnostic, paint: Paint) {
    if diagnostic.address.is_none() && diagnostic.shown_place().is_none() {
        return;
    }
    text.push('\n');
    let joint = if diagnostic.shown_place().is_some() { "," } else { "" };
    if let Some(address) = &diagnostic.address {
        text.push_str(&format!("  with {address}{joint}\n"));
    }
    let Some(span) = diagnostic.shown_place() else { return };
    let span = widened(span);
    let (line, _) = span.source.position(span.range.start);
    let context = diagnostic.context.as_ref().map(|c| format!(", in {c}")).unwrap_or_default();
    text.push_str(&format!("  on {} line {line}{context}:\n", span.source.path));
    snippet(text, &span, line, paint);
    if diagnostic.values.is_empty() && diagnostic.function_call.is_none() {
        return;
    }
    text.push_str(&format!("    {}\n", paint.on(GREY, "├────────────────")));
    let bar = paint.on(GREY, "│");
    if let Some((_, signature)) = &diagnostic.function_call {
        text.push_str(&format!("    {bar} while calling {signature}\n"));
    }
    for (traversal, statement) in &diagnostic.values {
        text.push_str(&format!("    {bar} {} {statement}\n", paint.on(BOLD, traversal)));
    }
}

/// The lines of a place, numbered, the exact range underlined.
fn snippet(text: &mut String, span: &Span, first: usize, paint: Paint) {
    let (start, code) = lines_of(span);
    let (from, to) = (span.range.start - start, (span.range.end - start).min(code.len()));
    let mut offset = 0;
    for (i, line) in code.split('\n').enumerate() {
        let end = offset + line.len();
        let (a, b) = (from.clamp(offset, end) - offset, to.clamp(offset, end) - offset);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (a, b) = (a.min(line.len()), b.min(line.len()));
        let marked = format!("{}{}{}", &line[..a], paint.on(UNDERLINE, &line[a..b]), &line[b..]);
        text.push_str(&format!("{:>4}: {marked}\n", first + i));
        offset = end + 1;
    }
}

/// The whole lines that a place lies on, and the byte they begin at.
pub(super) fn lines_of(span: &Span) -> (usize, &str) {
    let text = &span.source.text;
    let start = text[..span.range.start].rfind('\n').map_or(0, |n| n + 1);
    let last = span.range.end.saturating_sub(1).max(span.range.start);
    // A place that ends with a line end does not reach into the next line.
    let end = text.as_bytes()[last..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| last + n);
    (start, &text[start..end])
}

/// The place within the bounds of its text; an empty one reaches over the character that stands there.
pub(super) fn widened(span: &Span) -> Span {
    let text = &span.source.text;
    let mut start = span.range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.range.end.clamp(start, text.len());
    if end == start {
        end = start + text[start..].chars().next().map_or(0, char::len_utf8);
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Span::new(&span.source, start..end)
}

/// Each diagnostic once, those without a place first, then by file and byte.
fn distinct(diagnostics: &Diagnostics) -> Vec<&Diagnostic> {
    let mut all: Vec<&Diagnostic> = Vec::new();
    for one in &diagnostics.0 {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all.sort_by_key(|d| d.subject.as_ref().map(|s| (s.source.path.as_str(), s.range.start)));
    all
}

/// Warnings with the same summary become one that counts the others.
fn folded(warnings: &[&Diagnostic]) -> Vec<Diagnostic> {
    let mut all: Vec<(Diagnostic, usize)> = Vec::new();
    for one in warnings {
        let alike = |d: &Diagnostic| d.summary == one.summary && d.subject.is_some() && one.subject.is_some();
        match all.iter_mut().find(|(d, _)| alike(d)) {
            Some((_, more)) => *more += 1,
            None => all.push(((*one).clone(), 0)),
        }
    }
    let tail = |(mut one, more): (Diagnostic, usize)| {
        match more {
            0 => {}
            1 => one.detail.push_str("\n\n(and one more similar warning elsewhere)"),
            n => one.detail.push_str(&format!("\n\n(and {n} more similar warnings elsewhere)")),
        }
        one
    };
    all.into_iter().map(tail).collect()
}

fn compacted(warnings: &[&Diagnostic]) -> String {
    let mut summaries: Vec<&str> = Vec::new();
    for one in warnings {
        if !summaries.contains(&one.summary.as_str()) {
            summaries.push(&one.summary);
        }
    }
    let list: String = summaries.iter().map(|s| format!("- {s}\n")).collect();
    format!(
        "\nWarnings:\n\n{list}\nTo see the full warning notes, run Terraform without -compact-warnings.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::diag::Source;

    fn at(text: &str, part: &str) -> Span {
        let start = text.find(part).unwrap();
        Span::new(&Source::new("main.tf", text), start..start + part.len())
    }

    fn invalid_index() -> Diagnostic {
        let text = "variable \"n\" {\n  default = 3\n}\noutput \"é\" {\n  value = local.m[var.n]\n}\n";
        let mut one = Diagnostic::error(
            "Invalid index",
            "The given key does not identify an element in this collection value. An object only supports looking \
             up attributes by name, not by numeric index.",
        )
        .at(at(text, "[var.n]"))
        .within("output \"é\"")
        .with_address("output.é");
        one.values = vec![
            ("local.m".into(), "is object with 1 attribute \"a\"".into()),
            ("var.n".into(), "is 3".into()),
        ];
        one.function_call = Some(("length".into(), "length(value)".into()));
        one
    }

    #[test]
    fn plain_is_flush_left() {
        insta::assert_snapshot!(human(&invalid_index(), false, 78), @r#"
Error: Invalid index

  with output.é,
  on main.tf line 5, in output "é":
   5:   value = local.m[var.n]
    ├────────────────
    │ while calling length(value)
    │ local.m is object with 1 attribute "a"
    │ var.n is 3

The given key does not identify an element in this collection value. An
object only supports looking up attributes by name, not by numeric index.
"#);
    }

    #[test]
    fn coloured_is_in_a_box_with_the_place_underlined() {
        insta::assert_snapshot!(human(&invalid_index(), true, 78).replace('\x1b', "^"), @r#"
^[31m╷^[0m
^[31m│^[0m ^[1;31mError: ^[0m^[1mInvalid index^[0m
^[31m│^[0m 
^[31m│^[0m   with output.é,
^[31m│^[0m   on main.tf line 5, in output "é":
^[31m│^[0m    5:   value = local.m^[4m[var.n]^[0m
^[31m│^[0m     ^[90m├────────────────^[0m
^[31m│^[0m     ^[90m│^[0m while calling length(value)
^[31m│^[0m     ^[90m│^[0m ^[1mlocal.m^[0m is object with 1 attribute "a"
^[31m│^[0m     ^[90m│^[0m ^[1mvar.n^[0m is 3
^[31m│^[0m 
^[31m│^[0m The given key does not identify an element in this collection value. An
^[31m│^[0m object only supports looking up attributes by name, not by numeric index.
^[31m╵^[0m
"#);
    }

    #[test]
    fn places_may_span_lines_or_be_empty() {
        let text = "a = [\r\n  1,\r\n]\r\nb";
        let many = Diagnostic::error("Many", "").at(at(text, "[\r\n  1,\r\n]"));
        let end = Span::new(&Source::new("main.tf", text), text.len()..text.len());
        let none = Diagnostic::error("End", "  laid out\nas it is").at(end);
        let lost = Diagnostic::error("Lost", "d").with_address("t.n");
        let all = [many, none, lost].map(|d| human(&d, true, 78)).concat().replace('\x1b', "^");
        insta::assert_snapshot!(all, @r#"
^[31m╷^[0m
^[31m│^[0m ^[1;31mError: ^[0m^[1mMany^[0m
^[31m│^[0m 
^[31m│^[0m   on main.tf line 1:
^[31m│^[0m    1: a = ^[4m[^[0m
^[31m│^[0m    2: ^[4m  1,^[0m
^[31m│^[0m    3: ^[4m]^[0m
^[31m╵^[0m
^[31m╷^[0m
^[31m│^[0m ^[1;31mError: ^[0m^[1mEnd^[0m
^[31m│^[0m 
^[31m│^[0m   on main.tf line 4:
^[31m│^[0m    4: b
^[31m│^[0m 
^[31m│^[0m   laid out
^[31m│^[0m as it is
^[31m╵^[0m
^[31m╷^[0m
^[31m│^[0m ^[1;31mError: ^[0m^[1mLost^[0m
^[31m│^[0m 
^[31m│^[0m   with t.n
^[31m│^[0m 
^[31m│^[0m d
^[31m╵^[0m
"#);
    }

    #[test]
    fn an_error_of_many_objects_is_said_once() {
        let one = |n: usize| Diagnostic::error("execution halted", "").with_address(format!("t.n[{n}]"));
        let other = Diagnostic::error("Other", "d").with_address("t.o");
        let all: Vec<Diagnostic> = (0..13).map(one).chain([other]).collect();
        let all: Vec<&Diagnostic> = all.iter().collect();
        let text: Vec<String> = gathered(&all).iter().map(|d| human(d, false, 78)).collect();
        insta::assert_snapshot!(text.concat(), @r#"
Error: execution halted

  with t.n[0],
  with t.n[1],
  with t.n[2],
  with t.n[3],
  with t.n[4],
  with t.n[5],
  with t.n[6],
  with t.n[7],
  with t.n[8],
  with t.n[9],
  and 3 more

Error: Other

  with t.o

d
"#);
    }

    #[test]
    fn similar_warnings_fold_and_equal_ones_are_said_once() {
        let text = "a b c d";
        let warn = |part: &str| Diagnostic::warning("Deprecated", "Do not.").at(at(text, part));
        let all =
            Diagnostics(vec![warn("a"), warn("b"), warn("b"), warn("c"), Diagnostic::warning("Other", "x")]);
        let all = distinct(&all);
        let folded: Vec<String> = folded(&all).iter().map(|d| human(d, false, 78)).collect();
        insta::assert_snapshot!(folded.concat(), @r#"
Warning: Other

x

Warning: Deprecated

  on main.tf line 1:
   1: a b c d

Do not.

(and 2 more similar warnings elsewhere)
"#);
        insta::assert_snapshot!(compacted(&all), @r#"
Warnings:

- Other
- Deprecated

To see the full warning notes, run Terraform without -compact-warnings.
"#);
    }
}
