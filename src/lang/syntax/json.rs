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

const NO_OBJECT: (&str, &str) = (
    "Root value must be object",
    "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.",
);
const UNCLOSED: &str = "Unclosed object";
const COMMA: &str = "Missing attribute seperator comma";

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
                ExprKind::Tuple(_) if strings == Strings::Text => {
                    let detail = "A JSON object is required here, setting the arguments for this block.";
                    reader
                        .diagnostics
                        .push(Diagnostic::error("Incorrect JSON value type", detail).at(expr.span));
                    Vec::new()
                }
                ExprKind::Tuple(all) => all,
                _ => vec![expr],
            };
            for one in all {
                match one.kind {
                    ExprKind::Object(items) => body.attributes.extend(attributes(items)),
                    _ => reader.diagnostics.push(Diagnostic::error(NO_OBJECT.0, NO_OBJECT.1).at(one.span)),
                }
            }
        }
        None => body.incomplete = true,
    }
    if strings == Strings::Text {
        for (n, again) in body.attributes.iter().enumerate() {
            if let Some(first) = body.attributes[..n].iter().find(|a| a.name.text == again.name.text) {
                reader.diagnostics.push(duplicate(first, again));
            }
        }
    }
    (merged(body), reader.diagnostics)
}

/// The error of an argument that an object sets twice, where nothing can be made of both.
pub fn duplicate(first: &Attribute, again: &Attribute) -> Diagnostic {
    let at = first.span.describe();
    let detail = format!("The argument {:?} was already set at {at}.", again.name.text);
    Diagnostic::error("Duplicate attribute definition", detail).at(again.name.span.clone())
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
            _ => return self.no_value(),
        };
        Some(Expr { kind, span: self.span(start..self.at) })
    }

    /// An object or array that is wrong; as the whole document it is then no object.
    fn broken<T>(&mut self, depth: usize, summary: &str, detail: &str) -> Option<T> {
        self.wrong::<T>(summary, detail);
        if depth == 0 {
            let start = self.text.find(['{', '[']).unwrap_or(0);
            let at = self.span(start..start + 1);
            self.diagnostics.push(Diagnostic::error(NO_OBJECT.0, NO_OBJECT.1).at(at));
        }
        None
    }

    /// Passes over what is left of an object or array, and says what is wrong behind it, where Terraform says it.
    fn broken_behind<T>(
        &mut self,
        depth: usize,
        brackets: (u8, u8),
        summary: &str,
        detail: &str,
    ) -> Option<T> {
        let mut open = 1usize;
        while let Some(byte) = self.peek() {
            if byte == b'"' {
                let before = self.diagnostics.0.len();
                let known = self.string().is_some();
                self.diagnostics.0.truncate(before);
                if known {
                    continue;
                }
            }
            self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
            if byte == brackets.0 {
                open += 1;
            } else if byte == brackets.1 {
                open -= 1;
                if open <= 1 {
                    break;
                }
            }
        }
        self.blanks();
        self.broken(depth, summary, detail)
    }

    fn object(&mut self, depth: usize) -> Option<ExprKind> {
        const COLON: &str = "Missing property value colon";
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b'"') => {}
                Some(b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'{' | b'[') => {
                    let detail = "A JSON object property name must be a string";
                    return self.broken(depth, "Invalid object property name", detail);
                }
                _ => return self.no_value(),
            }
            let key = self.string_expr()?;
            self.blanks();
            match self.peek() {
                Some(b':') => self.at += 1,
                Some(b'}' | b',') => {
                    let detail = "A JSON object attribute must have a value, introduced by a colon.";
                    return self.broken(depth, "Missing object value", detail);
                }
                Some(b'=') => {
                    let detail = "JSON uses a colon as its name/value delimiter, not an equals sign.";
                    return self.broken(depth, COLON, detail);
                }
                _ => {
                    let detail = "A colon must appear between an object property's name and its value.";
                    return self.broken(depth, COLON, detail);
                }
            }
            let value = self.value(depth + 1)?;
            items.push(ObjectItem { key: ObjectKey::Expr(key), value });
            self.blanks();
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b'}') {
                        self.at = comma;
                        let detail =
                            "JSON does not permit a trailing comma after the final property in an object.";
                        return self.broken(depth, "Trailing comma in object", detail);
                    }
                }
                Some(b'}') => {}
                None => {
                    self.at = start;
                    return self.broken(depth, UNCLOSED, "No closing brace was found for this JSON object.");
                }
                Some(b']') => {
                    self.at += 1;
                    self.blanks();
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    return self.broken(depth, "Mismatched braces", detail);
                }
                _ => {
                    let detail = "A comma must appear between each property definition in an object.";
                    return self.broken_behind(depth, (b'{', b'}'), COMMA, detail);
                }
            }
        }
        Some(ExprKind::Object(items))
    }

    fn array(&mut self, depth: usize) -> Option<ExprKind> {
        const BRACKETS: (u8, u8) = (b'[', b']');
        let start = self.at;
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.blanks();
            if self.peek() == Some(b']') {
                self.at += 1;
                break;
            }
            all.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b']') {
                        self.at = comma;
                        let detail =
                            "JSON does not permit a trailing comma after the final value in an array.";
                        return self.broken(depth, "Trailing comma in array", detail);
                    }
                }
                Some(b']') => {}
                None => {
                    self.at = start;
                    return self.broken(depth, UNCLOSED, "No closing bracket was found for this JSON array.");
                }
                Some(b':') => {
                    let detail = "A colon is not used to introduce values in a JSON array.";
                    return self.broken_behind(depth, BRACKETS, "Invalid array value", detail);
                }
                Some(b'}') => {
                    let detail = "A JSON array must be closed with a bracket, not a brace.";
                    return self.broken_behind(depth, BRACKETS, "Mismatched brackets", detail);
                }
                _ => {
                    let detail = "A comma must appear between each value in an array.";
                    return self.broken_behind(depth, BRACKETS, COMMA, detail);
                }
            }
        }
        Some(ExprKind::Tuple(all))
    }

    /// There is no value here.
    fn no_value<T>(&mut self) -> Option<T> {
        let detail = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";
        match self.peek() {
            None => self.wrong("Missing value", "The JSON data ends prematurely."),
            Some(b'}') => self.wrong("Missing JSON value", detail),
            Some(b']') => self.wrong("Missing array element value", detail),
            _ => self.wrong("Invalid start of value", detail),
        }
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
