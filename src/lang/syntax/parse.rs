//! From a source to the tree: scan, parse, and where the whole does not parse, each item alone.

use std::ops::Range;
use std::sync::Arc;

use hcl::edit::parser;

use super::fault::{Fault, reword};
use super::judge::{Item, extent, judge_body, judge_expression};
use super::lower::{Lower, Places};
use super::scan::{Scan, Start, scan};
use super::tree::{Attribute, Block, Body, Expr, ExprKind, Name, Syntax};
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::{Marks, Type, Value};

/// Reads a file of attributes and blocks. What could not be read is left out, and said.
pub fn parse_body(source: &Arc<Source>) -> (Body, Diagnostics) {
    let text = source.text.as_str();
    let mut out = Recovery { source, text, faults: Vec::new(), body: empty_body(source, 0..text.len()) };
    let scanned = scan(text, 0..text.len(), Start::Body);
    out.file(&scanned);
    let diagnostics = diagnostics(source, &Places::Shifted(0), out.faults);
    (out.body, diagnostics)
}

/// Reads a text that is one expression: a value given to `-var`, an environment variable.
pub fn parse_expression(source: &Arc<Source>) -> Result<Expr, Diagnostics> {
    let text = source.text.as_str();
    let places = Places::Shifted(0);
    let scanned = scan(text, 0..text.len(), Start::Expression);
    let mut faults = scanned.faults;
    if faults.is_empty() {
        // The parser takes neither blanks nor comments around it.
        let Range { start, end } = extent(text);
        let trimmed = scanned.text[start..end].to_string();
        match with_unique_keys(trimmed, parser::parse_expr) {
            Ok(parsed) => {
                let mut lower =
                    Lower { text, base: start, source, places: places.clone(), faults: Vec::new() };
                let expr = lower.expr(&parsed);
                if lower.faults.is_empty() {
                    return Ok(expr);
                }
                faults = lower.faults;
            }
            Err(e) => {
                let at = start + e.location().offset();
                let mut fault = reword(text, 0, at, e.message());
                let rest = text.get(at..).unwrap_or_default().trim();
                let assigned = rest.len() > 1 && rest.starts_with('=') && !rest.starts_with("==");
                if at > 0 && (fault.summary.starts_with("Argument or block") || assigned)
                    || e.message().contains("expected end")
                {
                    fault.summary = "Extra characters after expression".to_string();
                    fault.detail =
                        "An expression was successfully parsed, but extra characters were found after it."
                            .to_string();
                }
                let dangling = rest.chars().all(|c| "+-*/%!&|<>=?:".contains(c));
                if fault.summary == "Invalid expression" && dangling {
                    fault.summary = "Missing expression".to_string();
                    fault.detail =
                        "Expected the start of an expression, but found the end of the file.".to_string();
                }
                faults.push(fault);
            }
        }
    }
    let judged = judge_expression(text);
    Err(diagnostics(source, &places, if judged.is_empty() { faults } else { judged }))
}

/// Reads a text that is a template: a file for `templatefile`.
pub fn parse_template(source: &Arc<Source>) -> Result<Expr, Diagnostics> {
    parse_template_at(source, &source.text, Places::Shifted(0))
}

/// Reads a template whose bytes are elsewhere in the source.
pub(super) fn parse_template_at(
    source: &Arc<Source>,
    text: &str,
    places: Places,
) -> Result<Expr, Diagnostics> {
    let whole = |lower: &Lower| lower.span(0..text.len());
    let mut lower = Lower { text, base: 0, source, places: places.clone(), faults: Vec::new() };
    if !text.contains("${") && !text.contains("%{") {
        let kind = ExprKind::Literal(crate::lang::Value::string(text));
        return Ok(Expr { kind, span: whole(&lower) });
    }
    let scanned = scan(text, 0..text.len(), Start::Template);
    let mut faults = scanned.faults;
    if faults.is_empty() {
        match with_unique_keys(scanned.text, parser::parse_template) {
            Ok(parsed) => {
                let kind = lower.bare_template(&parsed);
                if lower.faults.is_empty() {
                    return Ok(Expr { kind, span: whole(&lower) });
                }
                faults = lower.faults;
            }
            Err(e) => faults.push(in_template(text, e.location().offset(), e.message())),
        }
    }
    Err(diagnostics(source, &places, faults))
}

fn in_template(text: &str, at: usize, message: &str) -> Fault {
    let mut fault = reword(text, 0, at, message);
    let rest = &text[fault.span.start..];
    if rest.starts_with("%{") {
        let word: String = rest
            .trim_start_matches(['%', '{', '~', ' '])
            .chars()
            .take_while(|c| c.is_alphanumeric())
            .collect();
        (fault.summary, fault.detail) = match word.as_str() {
            "else" | "endif" | "endfor" => (
                format!("Unexpected {word} directive"),
                format!("The {word} directive has no directive here that it belongs to."),
            ),
            _ => (
                "Invalid template directive".to_string(),
                format!("{word:?} is not a valid template control keyword."),
            ),
        };
    }
    fault
}

fn empty_body(source: &Arc<Source>, range: Range<usize>) -> Body {
    Body {
        attributes: Vec::new(),
        blocks: Vec::new(),
        end: Span::new(source, range.end..range.end),
        span: Span::new(source, range),
        syntax: Syntax::Native,
        incomplete: false,
    }
}

fn diagnostics(source: &Arc<Source>, places: &Places, mut faults: Vec<Fault>) -> Diagnostics {
    faults.sort_by_key(|f| f.span.start);
    faults.dedup();
    let place = |range: Range<usize>| match places {
        Places::Shifted(by) => Span::new(source, range.start + by..range.end + by),
        Places::At(place) => Span::new(source, place.clone()),
    };
    Diagnostics(
        faults.into_iter().map(|f| Diagnostic::error(f.summary, f.detail).at(place(f.span))).collect(),
    )
}

/// So many bytes are read again, all in all, for keys that an object has twice.
const MOST_READ: usize = 1 << 26;

/// Parses; where an object has a key twice (the parser refuses that, in the language the last one wins) the earlier key
/// is renamed in the copy: names are read from the original text when the value is made.
fn with_unique_keys<T>(
    mut text: String,
    parse: impl Fn(&str) -> Result<T, parser::Error>,
) -> Result<T, parser::Error> {
    let mut renamed = 0usize;
    loop {
        match parse(&text) {
            Err(e)
                if e.message().contains("redefined object key")
                    && (renamed + 1).saturating_mul(text.len()) < MOST_READ =>
            {
                renamed += 1;
                let at = e.location().offset();
                let Some(replacement) = unique_key(&text[at.min(text.len())..], renamed) else {
                    return Err(e);
                };
                text.replace_range(at..at + replacement.len(), &replacement);
            }
            other => return other,
        }
    }
}

fn unique_key(rest: &str, n: usize) -> Option<String> {
    let quoted = rest.starts_with('"');
    let body = if quoted { &rest[1..] } else { rest };
    let length: usize = body.chars().take_while(|c| super::scan::is_name_part(*c)).map(char::len_utf8).sum();
    let name = base_name(n, length)?;
    Some(if quoted { format!("\"{name}") } else { name })
}

/// A name of a length that no one writes.
fn base_name(mut n: usize, length: usize) -> Option<String> {
    const LETTERS: &[u8] = b"QXZJKVWYqxzjkvwy_BCDFGHLMNPRSTbcdfghlmnprstAEIOUaeiou";
    let mut name = Vec::with_capacity(length);
    for _ in 0..length {
        name.push(LETTERS[n % LETTERS.len()]);
        n /= LETTERS.len();
    }
    (length > 0).then(|| String::from_utf8(name).ok()).flatten()
}

/// Type, labels and the place of both.
type Header = (Name, Vec<Name>, Span);

struct Recovery<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    faults: Vec<Fault>,
    body: Body,
}

impl Recovery<'_> {
    fn file(&mut self, scanned: &Scan) {
        if scanned.faults.is_empty()
            && let Ok(parsed) = with_unique_keys(scanned.text.clone(), parser::parse_body)
        {
            self.lower(&parsed, 0, None);
            return;
        }
        let mut body = std::mem::replace(&mut self.body, empty_body(self.source, 0..0));
        let (faults, items) = judge_body(self.text);
        if faults.is_empty() {
            self.faults.extend(scanned.faults.iter().cloned());
            self.items(&scanned.text, 0, &scanned.items, &scanned.faults, &mut body, 0);
            body.incomplete = !self.faults.is_empty();
        } else {
            self.faults = faults;
            self.judged(items, &mut body);
        }
        self.body = body;
    }

    /// What could be told apart in a text with faults: arguments whose value cannot be read are there, their value is not.
    fn judged(&mut self, items: Vec<Item>, into: &mut Body) {
        for item in items {
            match item {
                Item::Attribute { name, whole, good } => {
                    let before = into.attributes.len();
                    let piece = scan(self.text, whole.clone(), Start::Body).text + "\n";
                    match with_unique_keys(piece, parser::parse_body) {
                        Ok(parsed) if good => self.lower(&parsed, whole.start, Some(into)),
                        _ => into.attributes.push(self.placeholder(name, whole)),
                    }
                    self.redefined(into, before);
                }
                Item::Block { kind, labels, whole, open, items } => {
                    let name = |range: Range<usize>| Name {
                        text: self.text[range.clone()].into(),
                        span: Span::new(self.source, range),
                    };
                    let header = kind.start..labels.last().map_or(kind.end, |l| self.quoted(l).end);
                    let labels = labels
                        .iter()
                        .map(|l| Name { span: Span::new(self.source, self.quoted(l)), ..name(l.clone()) });
                    let mut block = Block {
                        labels: labels.collect(),
                        kind: name(kind),
                        header: Span::new(self.source, header),
                        body: empty_body(self.source, open.start.min(whole.end)..whole.end),
                    };
                    block.body.end = Span::new(self.source, whole.end.saturating_sub(1)..whole.end);
                    self.judged(items, &mut block.body);
                    into.blocks.push(block);
                }
            }
        }
    }

    /// The place of a label with its quotes, if it has any.
    fn quoted(&self, label: &Range<usize>) -> Range<usize> {
        let quoted = label.start > 0 && self.text.as_bytes()[label.start - 1] == b'"';
        if quoted { label.start - 1..(label.end + 1).min(self.text.len()) } else { label.clone() }
    }

    fn placeholder(&self, name: Range<usize>, whole: Range<usize>) -> Attribute {
        let span = Span::new(self.source, whole.clone());
        let unknown = Value::unknown(Type::Dynamic).marked(&Marks::broken());
        let expr =
            Expr { kind: ExprKind::Literal(unknown), span: Span::new(self.source, whole.end..whole.end) };
        Attribute {
            name: Name { text: self.text[name.clone()].into(), span: Span::new(self.source, name) },
            expr,
            span,
        }
    }

    fn lower(&mut self, parsed: &hcl::edit::structure::Body, base: usize, into: Option<&mut Body>) {
        let mut lower = Lower {
            text: self.text,
            base,
            source: self.source,
            places: Places::Shifted(0),
            faults: Vec::new(),
        };
        match into {
            Some(body) => lower.body(parsed, body),
            None => lower.body(parsed, &mut self.body),
        }
        self.faults.append(&mut lower.faults);
    }

    /// Parses items one by one. `text` is a blanked copy that starts at `base`.
    fn items(
        &mut self,
        text: &str,
        base: usize,
        items: &[Range<usize>],
        known: &[Fault],
        body: &mut Body,
        depth: usize,
    ) {
        for item in items {
            let piece = &text[item.start - base..item.end - base];
            let parsed = with_unique_keys(piece.to_string(), parser::parse_body);
            let error = match parsed {
                Ok(parsed) => {
                    let attributes = body.attributes.len();
                    self.lower(&parsed, item.start, Some(body));
                    self.redefined(body, attributes);
                    continue;
                }
                Err(error) => error,
            };
            let before = self.faults.len();
            if depth < 64 {
                self.inside(piece, item, known, body, depth);
            }
            // A strange character is one fault; what it makes of the expression around it is another.
            let scanned = known.iter().any(|f| item.contains(&f.span.start) && !f.is_of_a_character());
            if self.faults.len() == before && !scanned {
                let at = item.start + error.location().offset();
                let start = item.start + piece.len() - piece.trim_start().len();
                self.faults.push(reword(self.text, start, at, error.message()));
            }
        }
    }

    /// A block that does not parse: keeps its header, and reads what is in it.
    fn inside(&mut self, piece: &str, item: &Range<usize>, known: &[Fault], body: &mut Body, depth: usize) {
        let Some((header, open)) = self.header(piece, item.start) else { return };
        let close = piece.trim_end().len();
        if !piece.trim_end().ends_with('}') || close <= open + 1 || !piece[open + 1..close - 1].contains('\n')
        {
            // A block on one line, or one without end: only what it is.
            return;
        }
        let range = item.start + open + 1..item.start + close - 1;
        let inner = scan(self.text, range.clone(), Start::Body);
        let (kind, labels, header) = header;
        let mut block = Block {
            kind,
            labels,
            header,
            body: empty_body(self.source, item.start + open..item.start + close),
        };
        block.body.incomplete = true;
        block.body.end = Span::new(self.source, item.start + close - 1..item.start + close);
        self.items(&inner.text, range.start, &inner.items, known, &mut block.body, depth + 1);
        body.blocks.push(block);
    }

    /// Type and labels of a block, and where its brace is: read by parsing it with an empty body.
    fn header(&self, piece: &str, base: usize) -> Option<(Header, usize)> {
        let open = piece.find('{')?;
        let head = &piece[..open];
        if head.contains(['=', '(']) {
            return None;
        }
        let parsed = parser::parse_body(&format!("{head}{{}}\n")).ok()?;
        let mut lower = Lower {
            text: self.text,
            base,
            source: self.source,
            places: Places::Shifted(0),
            faults: Vec::new(),
        };
        // The text behind the copied header is another, so only header and labels are taken.
        let block = parsed.into_iter().next()?.into_block().ok()?;
        let header = lower.header(&block);
        Some((header, open))
    }

    /// Arguments that the body has already, now that its items are parsed one by one.
    fn redefined(&mut self, body: &mut Body, from: usize) {
        let mut n = from;
        while n < body.attributes.len() {
            let name = body.attributes[n].name.text.clone();
            let Some(first) = body.attributes[..n].iter().find(|a| a.name.text == name) else {
                n += 1;
                continue;
            };
            self.faults.push(redefined(&body.attributes[n], first));
            body.attributes.remove(n);
        }
    }
}

fn redefined(again: &Attribute, first: &Attribute) -> Fault {
    Fault::new(
        again.name.span.range.clone(),
        "Attribute redefined",
        format!(
            "The argument {:?} was already set at {}. Each argument may be set only once.",
            again.name.text,
            first.name.span.describe()
        ),
    )
}
