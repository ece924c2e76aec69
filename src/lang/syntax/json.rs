//! JSON syntax: `*.tf.json` and `*.tfvars.json` become the same tree. Strings are templates; a property that a schema
//! knows as a block is read as blocks when it is asked for.

use std::ops::Range;
use std::sync::Arc;

use super::lower::Places;
use super::parse::parse_template_at;
use super::tree::{Attribute, Block, Body, Expr, ExprKind, Label, Name, ObjectItem, ObjectKey, Syntax};
use crate::lang::Type;
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::number::Number;
use crate::lang::value::Value;

/// So deep may arrays and objects be nested.
const MOST_DEPTH: usize = 100;

/// Reads a JSON file as a body: every property is an attribute.
pub fn parse_json_body(source: &Arc<Source>) -> (Body, Diagnostics) {
    read(source, Strings::Judged)
}

/// The same, without what is wrong inside of its templates: `init` looks at the form of a file only.
pub fn parse_json_form(source: &Arc<Source>) -> (Body, Diagnostics) {
    read(source, Strings::Templates)
}

/// Reads a JSON file of values: strings are text, not templates (`*.tfvars.json`).
pub fn parse_json_values(source: &Arc<Source>) -> (Body, Diagnostics) {
    read(source, Strings::Text)
}

/// What strings are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    /// Text.
    Text,
    /// Templates; one that is wrong is text.
    Templates,
    /// Templates; what is wrong with them is said.
    Judged,
}

fn read(source: &Arc<Source>, strings: Strings) -> (Body, Diagnostics) {
    let mut reader =
        Reader { source, text: &source.text, at: 0, strings, diagnostics: Diagnostics::default() };
    if source.text.starts_with('\u{feff}') {
        reader.at = 3;
    }
    let expr = reader.document();
    let end = source.text.len();
    let mut body = Body {
        attributes: Vec::new(),
        blocks: Vec::new(),
        span: Span::new(source, 0..end),
        end: Span::new(source, end..end),
        syntax: Syntax::Json,
        incomplete: reader.diagnostics.has_errors(),
    };
    match expr {
        Some(expr) => {
            let all = match expr.kind {
                ExprKind::Tuple(all) => all,
                _ => vec![expr],
            };
            for one in all {
                match one.kind {
                    ExprKind::Object(items) => body.attributes.extend(attributes(items)),
                    _ => reader.diagnostics.push(
                        Diagnostic::error(
                            "Root value must be object",
                            "The root value in a JSON-based configuration must be either a JSON object or a JSON array of \
                             objects.",
                        )
                        .at(one.span),
                    ),
                }
            }
        }
        None => body.incomplete = true,
    }
    (merged(body), reader.diagnostics)
}

/// A property that is written twice is one whose values are both meant.
fn merged(mut body: Body) -> Body {
    let mut all: Vec<Attribute> = Vec::new();
    for attribute in body.attributes {
        match all.iter_mut().find(|a| a.name.text == attribute.name.text) {
            None => all.push(attribute),
            Some(first) => {
                let kept = first.expr.clone();
                let span = kept.span.clone();
                let mut both = match kept.kind {
                    ExprKind::Tuple(all) => all,
                    _ => vec![kept],
                };
                match attribute.expr.kind {
                    ExprKind::Tuple(more) => both.extend(more),
                    _ => both.push(attribute.expr),
                }
                first.expr = Expr { kind: ExprKind::Tuple(both), span };
            }
        }
    }
    body.attributes = all;
    body
}

fn attributes(items: Vec<ObjectItem>) -> Vec<Attribute> {
    items
        .into_iter()
        .filter_map(|item| {
            let name = key_name(&item.key)?;
            let span = name.span.to(&item.value.span);
            (&*name.text != "//").then_some(Attribute { name, expr: item.value, span })
        })
        .collect()
}

fn key_name(key: &ObjectKey) -> Option<Name> {
    match key {
        ObjectKey::Name(name) => Some(name.clone()),
        ObjectKey::Expr(e) => {
            e.as_plain_string().map(|text| Name { text: text.into(), span: e.span.clone() })
        }
    }
}

/// The blocks that a property stands for.
pub(super) fn blocks(kind: &Name, expr: &Expr, labels: usize, given: &mut Vec<Label>, out: &mut Vec<Block>) {
    match &expr.kind {
        ExprKind::Tuple(all) => all.iter().for_each(|e| blocks(kind, e, labels, given, out)),
        ExprKind::Object(items) if labels > given.len() => {
            for item in items {
                let Some(name) = key_name(&item.key) else { continue };
                if &*name.text == "//" {
                    continue;
                }
                given.push(name);
                blocks(kind, &item.value, labels, given, out);
                given.pop();
            }
        }
        ExprKind::Object(items) => {
            let header = given.last().map_or_else(|| kind.span.clone(), |label| label.span.clone());
            out.push(Block {
                kind: kind.clone(),
                labels: given.clone(),
                body: Body {
                    attributes: attributes(items.clone()),
                    blocks: Vec::new(),
                    span: expr.span.clone(),
                    end: Span::new(&expr.span.source, expr.span.range.end..expr.span.range.end),
                    syntax: Syntax::Json,
                    incomplete: false,
                },
                header,
            });
        }
        // `null` stands for no block; anything else is left to be found by who asks for the attribute.
        _ => {}
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    strings: Strings,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    fn wrong<T>(&mut self, summary: &str, detail: &str) -> Option<T> {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        let at = self.span(self.at..self.at + length);
        self.diagnostics.push(Diagnostic::error(summary, detail).at(at));
        None
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn document(&mut self) -> Option<Expr> {
        self.blanks();
        if self.peek().is_none() {
            return self
                .wrong("Missing JSON value", "A JSON document must hold one value; this one is empty.");
        }
        let value = self.value(0)?;
        self.blanks();
        if self.peek().is_some() {
            return self
                .wrong("Extraneous data after value", "Extra characters appear after the JSON value.");
        }
        Some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Expr> {
        self.blanks();
        if depth > MOST_DEPTH {
            return self.wrong(
                "JSON nested too deeply",
                "At most 100 arrays and objects may be nested in one another.",
            );
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => return self.string_expr(),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.keyword()?,
            _ => {
                return self.wrong(
                    "Missing JSON value",
                    "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.",
                );
            }
        };
        Some(Expr { kind, span: self.span(start..self.at) })
    }

    fn object(&mut self, depth: usize) -> Option<ExprKind> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(b'}') if items.is_empty() => {
                    self.at += 1;
                    break;
                }
                Some(b'"') => {}
                _ => {
                    return self
                        .wrong("Invalid JSON object", "A property name in double quotes is required here.");
                }
            }
            let key = self.string_expr()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return self.wrong(
                    "Missing property value colon",
                    "A colon must appear between an object property's name and its value.",
                );
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            items.push(ObjectItem { key: ObjectKey::Expr(key), value });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => {
                    return self.wrong(
                        "Missing attribute seperator comma",
                        "A property definition comma is required here, or a closing brace.",
                    );
                }
            }
        }
        Some(ExprKind::Object(items))
    }

    fn array(&mut self, depth: usize) -> Option<ExprKind> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.blanks();
            if self.peek() == Some(b']') && all.is_empty() {
                self.at += 1;
                break;
            }
            all.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                _ => {
                    return self.wrong(
                        "Invalid JSON array",
                        "A comma must appear between array values, or a closing bracket after them.",
                    );
                }
            }
        }
        Some(ExprKind::Tuple(all))
    }

    fn number(&mut self) -> Option<ExprKind> {
        let rest = &self.text[self.at..];
        let length =
            rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        match Number::parse(&rest[..length]) {
            Some(number) => {
                self.at += length;
                Some(ExprKind::Literal(number.into()))
            }
            None => self.wrong("Invalid JSON number", "There is a syntax error in the given JSON number."),
        }
    }

    fn keyword(&mut self) -> Option<ExprKind> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let value = match &rest[..length] {
            "true" => Value::from(true),
            "false" => Value::from(false),
            "null" => Value::null(Type::Dynamic),
            _ => {
                return self.wrong(
                    "Invalid JSON keyword",
                    "This is not a valid JSON keyword: only true, false and null are.",
                );
            }
        };
        self.at += length;
        Some(ExprKind::Literal(value))
    }

    /// A string as the template that it is.
    fn string_expr(&mut self) -> Option<Expr> {
        let start = self.at;
        let text = self.string()?;
        let range = start..self.at;
        let literal = |span: Span| Expr { kind: ExprKind::Literal(Value::string(&text)), span };
        if self.strings == Strings::Text {
            return Some(literal(self.span(range)));
        }
        // Without escapes the places inside are true.
        let raw = &self.text[start + 1..self.at - 1];
        let places = if raw == text { Places::Shifted(start + 1) } else { Places::At(range.clone()) };
        match parse_template_at(self.source, &text, places) {
            Ok(mut expr) => {
                expr.span = self.span(range);
                Some(expr)
            }
            Err(diagnostics) => {
                if self.strings == Strings::Judged {
                    self.diagnostics.extend(diagnostics);
                }
                Some(literal(self.span(range)))
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut at = start + 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(b'\n') | None => {
                    return self.wrong(
                        "Invalid JSON string",
                        "The string that starts here has no closing quote on its line.",
                    );
                }
                Some(_) => at += 1,
            }
        }
        match serde_json::from_str::<String>(self.text.get(start..at + 1).unwrap_or("")) {
            Ok(text) => {
                self.at = at + 1;
                Some(text)
            }
            Err(why) => {
                let detail = format!("There is a syntax error in the given JSON string: {why}.");
                self.wrong("Invalid JSON string", &detail)
            }
        }
    }
}
