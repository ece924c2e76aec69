//! `yamldecode`: events of the YAML parser, scalars by go-cty-yaml's rules.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use num_bigint::BigUint;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::encoding::read_base64;
use super::table::{Call, Fail, Function, Ty, fail, param, row};
use super::time::yaml_timestamp;
use crate::lang::codec::quote;
use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// How deep a document may nest, and how many parts it may have with its aliases written out.
const DEPTH: usize = 500;
const PARTS: usize = 1 << 20;

pub(super) const ROWS: &[Function] =
    &[row("yamldecode", &[param("src", Ty::String)], Ty::Any, yaml_decode, "Reads one YAML document.")];

fn yaml_decode(c: &Call<'_>) -> Result<Value, Fail> {
    if let Err(reason) = readable(c.text(0)) {
        return fail(reason);
    }
    let mut decoder = Decoder {
        parser: Parser::new_from_str(c.text(0)),
        anchors: HashMap::new(),
        pending: HashSet::new(),
        parts: 0,
    };
    match decoder.document() {
        Ok(value) => Ok(value),
        Err(reason) => fail(reason),
    }
}

/// What libyaml refuses before it looks at the structure, and our parser does not.
fn readable(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}')) {
        return Err("control characters are not allowed");
    }
    for line in text.lines() {
        if let Some(version) = line.strip_prefix("%YAML ") {
            if version.trim() != "1.1" {
                return Err("found incompatible YAML document");
            }
        } else if line.starts_with('\t') && !line.trim().is_empty() {
            return Err("found character that cannot start any token");
        } else if !line.is_empty() && !line.starts_with(['%', '#']) {
            break;
        }
    }
    Ok(())
}

struct Decoder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// The values of anchors and how many parts they have.
    anchors: HashMap<usize, (Value, usize)>,
    pending: HashSet<usize>,
    parts: usize,
}

/// An error at a place, in libyaml's words.
fn at(span: &Span, reason: impl std::fmt::Display) -> String {
    format!("on line {}, column {}: {reason}", span.start.line(), span.start.col() + 1)
}

impl<'a> Decoder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(scan_error(&error)),
            None => Err("unexpected end of document".into()),
        }
    }

    fn document(&mut self) -> Result<Value, String> {
        loop {
            match self.next()? {
                (Event::StreamStart, _) => {}
                (Event::DocumentStart(_), _) => {
                    let (event, span) = self.next()?;
                    let value = self.node(event, &span, 0)?;
                    return match self.next()? {
                        (Event::DocumentEnd, _) => match self.next()? {
                            (Event::StreamEnd, _) => Ok(value),
                            (_, span) => Err(at(&span, "unexpected extra content after value")),
                        },
                        (_, span) => Err(at(&span, "unexpected extra content after value")),
                    };
                }
                (Event::StreamEnd, _) => return Err("on line 1, column 1: missing start of document".into()),
                (_, span) => return Err(at(&span, "missing start of document")),
            }
        }
    }

    fn count(&mut self, parts: usize, span: &Span) -> Result<(), String> {
        self.parts += parts;
        if self.parts > PARTS { Err(at(span, "the document is too large")) } else { Ok(()) }
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Value, String> {
        if depth > DEPTH {
            return Err(at(span, "the document nests too deeply"));
        }
        self.count(1, span)?;
        let before = self.parts;
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag_name(tag.as_deref());
                (anchor, resolve(&tag, &text, style).map_err(|e| at(span, e))?)
            }
            Event::Alias(id) => {
                if self.pending.contains(&id) {
                    return Err(at(span, "cannot refer to an anchor from inside its own definition"));
                }
                let Some((value, parts)) = self.anchors.get(&id).cloned() else {
                    return Err(at(span, "reference to undefined anchor"));
                };
                self.count(parts, span)?;
                return Ok(value);
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = tag_name(tag.as_deref());
                if !matches!(tag.as_str(), "" | "!!seq") {
                    return Err(at(span, format!("can't interpret sequence as {}", long(&tag))));
                }
                self.pending.insert(anchor);
                let mut all = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    all.push(self.node(event, &span, depth + 1)?);
                }
                (anchor, Value::tuple(all))
            }
            Event::MappingStart(anchor, tag) => {
                let tag = tag_name(tag.as_deref());
                if !matches!(tag.as_str(), "" | "!!map") {
                    return Err(at(span, format!("can't interpret mapping as {}", long(&tag))));
                }
                self.pending.insert(anchor);
                (anchor, self.mapping(depth)?)
            }
            _ => return Err(at(span, "expecting value but found end of stream")),
        };
        if anchor > 0 {
            self.pending.remove(&anchor);
            self.anchors.insert(anchor, (value.clone(), self.parts - before + 1));
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut all: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            let (text, style, tag) = match event {
                Event::MappingEnd => return Ok(Kind::Object(Arc::new(all.into())).into()),
                Event::Scalar(text, style, _, tag) => (text, style, tag_name(tag.as_deref())),
                _ => return Err(at(&span, "only strings are allowed as mapping keys")),
            };
            if tag == "!!merge" || tag.is_empty() && text == "<<" {
                let (event, span) = self.next()?;
                let value = self.node(event, &span, depth + 1)?;
                merge(&value, &mut all).map_err(|e| at(&span, e))?;
                continue;
            }
            let key = match resolve(&tag, &text, style).map_err(|e| at(&span, e))?.kind {
                Kind::String(s) => s,
                Kind::Bool(b) => Arc::from(if b { "true" } else { "false" }),
                Kind::Number(n) => Arc::from(n.to_string()),
                _ => return Err(at(&span, "mapping key cannot be null")),
            };
            let (event, span) = self.next()?;
            let value = self.node(event, &span, depth + 1)?;
            all.insert(key, value);
        }
    }
}

/// The words of the scanner, as near to libyaml's as they go.
fn scan_error(error: &ScanError) -> String {
    let place = error.marker();
    let reason = match error.info() {
        text if text.contains("mapping values are not allowed") => {
            return "mapping values are not allowed in this context".into();
        }
        text => text,
    };
    format!("on line {}, column {}: {reason}", place.line(), place.col() + 1)
}

fn merge(value: &Value, all: &mut BTreeMap<Arc<str>, Value>) -> Result<(), String> {
    match &value.kind {
        Kind::Object(more) => all.extend(more.iter().map(|(n, v)| (n.clone(), v.clone()))),
        _ => return Err(format!("cannot merge {} into mapping", value.ty().friendly_name())),
    }
    Ok(())
}

/// The tag in its short form: `!!str`, `!foo`, or nothing.
fn tag_name(tag: Option<&Tag>) -> String {
    match tag {
        None => String::new(),
        Some(tag) if tag.handle.is_empty() && tag.suffix.starts_with("tag:yaml.org,2002:") => {
            format!("!!{}", tag.suffix.trim_start_matches("tag:yaml.org,2002:"))
        }
        Some(tag) if tag.is_yaml_core_schema() => format!("!!{}", tag.suffix),
        Some(tag) => format!("{}{}", tag.handle, tag.suffix),
    }
}

/// A tag of YAML's own in full, as messages have it.
fn long(tag: &str) -> String {
    tag.strip_prefix("!!").map_or_else(|| tag.to_string(), |name| format!("tag:yaml.org,2002:{name}"))
}

fn resolve(tag: &str, text: &str, style: ScalarStyle) -> Result<Value, String> {
    let cannot = || Err(format!("cannot parse {} as {}", quote(text), long(tag)));
    match tag {
        "" | "!!str" | "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" | "!!binary" => {}
        _ => return Err(format!("unsupported tag {}", quote(tag))),
    }
    if matches!(tag, "!!str" | "!!binary") {
        if tag == "!!binary" && read_base64(text).is_err() {
            return Err(format!(
                "cannot parse {} as tag:yaml.org,2002:binary: not valid base64",
                quote(text)
            ));
        }
        return Ok(text.into());
    }
    if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
        return Ok(text.into());
    }
    if let Some(word) = word(text) {
        return Ok(word);
    }
    if tag.is_empty() && matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err("floating point NaN is not supported".into());
    }
    if matches!(tag, "" | "!!timestamp")
        && let Some(time) = yaml_timestamp(text)
    {
        return Ok(time.into());
    }
    match tag {
        "" => Ok(number(text).map_or_else(|| text.into(), Value::from)),
        "!!int" | "!!float" => match number(&text.replace('_', "")) {
            Some(n) => Ok(n.into()),
            None => cannot(),
        },
        "!!null" => Ok(Value::null(Type::Dynamic)),
        _ => cannot(),
    }
}

/// Words that are bools, null or infinity.
fn word(text: &str) -> Option<Value> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => false.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Number::infinite(false).into(),
        "-.inf" | "-.Inf" | "-.INF" => Number::infinite(true).into(),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Number> {
    let radix = |digits: &str, base: u32| {
        let n = BigUint::parse_bytes(digits.as_bytes(), base)?;
        (digits.bytes().all(|b| b.is_ascii_hexdigit()) && n.bits() <= 64)
            .then(|| Number::from_integer(false, n))
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let starts = text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    starts.then(|| Number::parse(text)).flatten()
}
