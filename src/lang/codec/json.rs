//! JSON of values: Go's escapes, keys in order, every digit of a number.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// How deep JSON may nest.
const DEPTH: usize = 500;

/// The value as JSON, as `jsonencode` writes it; `None` if a part is unknown or infinite.
pub fn encode_json(value: &Value) -> Option<String> {
    let mut out = String::new();
    write_value(value, &mut out)?;
    Some(out)
}

fn write_value(value: &Value, out: &mut String) -> Option<()> {
    match &value.kind {
        Kind::Unknown(_) => return None,
        Kind::Null(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_json_text()?),
        Kind::String(s) => write_string(s, out),
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
            out.push('[');
            for (i, part) in all.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(part, out)?;
            }
            out.push(']');
        }
        Kind::Map(_, all) | Kind::Object(all) => {
            out.push('{');
            for (i, (name, part)) in all.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write_value(part, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

/// A string as Go's encoding/json escapes it, `<`, `>` and `&` included.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Why JSON could not be read, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// Reads one JSON document, as `jsondecode`: objects and tuples, a repeated key's last value, numbers with all digits.
pub fn decode_json(text: &str) -> Result<Value, DecodeError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.peek().is_some() {
        return Err(DecodeError("extraneous data after JSON object".into()));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, place: &str) -> DecodeError {
        match self.text[self.at..].chars().next() {
            None if self.text.trim().is_empty() => DecodeError("EOF".into()),
            None => DecodeError("unexpected EOF".into()),
            Some(c) => DecodeError(format!("invalid character '{}' {place}", c.escape_debug())),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, DecodeError> {
        if depth > DEPTH {
            return Err(DecodeError("exceeded max depth".into()));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::from(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", true.into()),
            Some(b'f') => self.word("false", false.into()),
            Some(b'n') => self.word("null", Value::null(Type::Dynamic)),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, DecodeError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let expected = expected as char;
                return Err(self.unexpected(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Result<Value, DecodeError> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return Err(self.unexpected("in numeric literal"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
        }
        let text = &self.text[from..self.at];
        Number::parse(text)
            .map(Value::from)
            .ok_or_else(|| DecodeError(format!("the number {text} is out of range")))
    }

    fn string(&mut self) -> Result<String, DecodeError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            out.push_str(&self.text[from..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, DecodeError> {
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn hex(&mut self) -> Result<u32, DecodeError> {
        let mut n = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| (b as char).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            n = n * 16 + digit;
            self.at += 1;
        }
        Ok(n)
    }

    fn array(&mut self, depth: usize) -> Result<Value, DecodeError> {
        self.at += 1;
        let mut all = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::tuple(all));
        }
        loop {
            all.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::tuple(all));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, DecodeError> {
        self.at += 1;
        let mut all: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(Arc::new(all.into())).into());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let name = Value::from(self.string()?);
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            all.insert(name.as_str().unwrap_or_default().into(), value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object(Arc::new(all.into())).into());
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go() {
        let value = Value::object([("b", Value::from(1)), ("a", "<\u{2028}\u{1}é\"".into())]);
        assert_eq!(encode_json(&value).unwrap(), r#"{"a":"\u003c\u2028\u0001é\"","b":1}"#);
        assert_eq!(encode_json(&Value::tuple(vec![Value::unknown(Type::Bool)])), None);
    }

    #[test]
    fn reads_what_it_wrote_and_every_digit() {
        let text = r#"{"a":[1,"\\é",{"b":null}],"n":123456789012345678901234567890.5,"t":true}"#;
        assert_eq!(encode_json(&decode_json(text).unwrap()).unwrap(), text);
        assert_eq!(decode_json(r#""\ud83d\ude00\ud800""#).unwrap(), "😀\u{fffd}".into());
        assert_eq!(decode_json(r#"{"a":1,"a":2}"#).unwrap(), Value::object([("a", Value::from(2))]));
    }

    #[test]
    fn says_what_is_wrong() {
        let rows = [
            ("", "EOF"),
            ("{} x", "extraneous data after JSON object"),
            ("[1", "unexpected EOF"),
            ("[1}", "invalid character '}' after array element"),
            ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
            ("tru", "unexpected EOF"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("01", "extraneous data after JSON object"),
        ];
        for (text, want) in rows {
            assert_eq!(decode_json(text).unwrap_err().0, want, "{text}");
        }
        assert!(decode_json(&"[".repeat(100_000)).is_err());
    }
}
