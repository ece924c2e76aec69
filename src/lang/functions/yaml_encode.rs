//! `yamlencode`: what go-cty-yaml's emitter writes.
//!
//! Strings are always double-quoted, or literal blocks if they have several lines; lists in maps are not indented;
//! double-quoted text folds at blanks after 80 columns (keys do not).

use super::table::{Call, Fail, Function, Ty, fail, param, row};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// Columns after which double-quoted text folds.
const WIDTH: usize = 80;
/// Bytes above which a key is written with a question mark.
const SIMPLE_KEY: usize = 128;

pub(super) const ROWS: &[Function] = &[row(
    "yamlencode",
    &[param("value", Ty::Any).nullable().unknown().dynamic()],
    Ty::String,
    yaml_encode,
    "Encodes a value in YAML.",
)];

fn yaml_encode(c: &Call<'_>) -> Result<Value, Fail> {
    let value = &c.args[0];
    if !value.is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::String));
    }
    let mut out = Emitter { out: String::new(), line_start: 0 };
    let open = out.node(value, 0, Position::Root);
    if !out.out.ends_with('\n') {
        out.out.push('\n');
    }
    if open {
        out.out.push_str("...\n");
    }
    if out.out.contains("\u{0}infinity") {
        return fail("cannot serialize infinity as YAML");
    }
    Ok(out.out.into())
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Root,
    /// After `- `.
    Item,
    /// After `key:`.
    Value,
}

struct Emitter {
    out: String,
    line_start: usize,
}

impl Emitter {
    fn new_line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.line_start = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn column(&self) -> usize {
        self.out[self.line_start..].chars().count()
    }

    /// Writes a node whose container is indented by so much. True if the document must be ended by dots.
    fn node(&mut self, value: &Value, indent: usize, position: Position) -> bool {
        match &value.kind {
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) if all.is_empty() => {
                self.scalar("[]", position)
            }
            Kind::Map(_, all) | Kind::Object(all) if all.is_empty() => self.scalar("{}", position),
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
                let mut first = position == Position::Item;
                for part in all.iter() {
                    if !std::mem::take(&mut first) {
                        self.new_line(indent);
                    } else {
                        self.out.push(' ');
                    }
                    self.out.push('-');
                    self.node(part, indent + 2, Position::Item);
                }
                return false;
            }
            Kind::Map(_, all) | Kind::Object(all) => {
                let mut first = position == Position::Item;
                for (name, part) in all.iter() {
                    if !std::mem::take(&mut first) {
                        self.new_line(indent);
                    } else {
                        self.out.push(' ');
                    }
                    let simple = name.len() <= SIMPLE_KEY && !name.contains('\n');
                    if simple {
                        self.quoted(name, indent, false);
                        self.out.push(':');
                    } else {
                        self.out.push_str("? ");
                        self.text(name, indent + 2);
                        self.new_line(indent);
                        self.out.push(':');
                    }
                    // Lists in maps begin where the key does, maps in maps two further.
                    let is_list = part.as_sequence().is_some();
                    let inner = if is_list && simple { indent } else { indent + 2 };
                    let position = if simple { Position::Value } else { Position::Item };
                    self.node(part, inner, position);
                }
                return false;
            }
            Kind::String(s) => {
                if position != Position::Root {
                    self.out.push(' ');
                }
                self.text(s, if position == Position::Root { 0 } else { indent });
                return false;
            }
            Kind::Bool(b) => self.scalar(if *b { "true" } else { "false" }, position),
            Kind::Number(n) => {
                self.scalar(&n.to_json_text().unwrap_or_else(|| "\u{0}infinity".into()), position)
            }
            Kind::Null(_) | Kind::Unknown(_) => self.scalar("null", position),
        }
        position == Position::Root && !matches!(self.out.as_str(), "[]" | "{}")
    }

    fn scalar(&mut self, text: &str, position: Position) {
        if position != Position::Root {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    /// A string.
    fn text(&mut self, text: &str, indent: usize) {
        let block = text.contains('\n') && block_allowed(text);
        if !block {
            return self.quoted(text, indent, true);
        }
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        self.out.push('|');
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.out.push('2');
        }
        let mut end = text.chars().rev();
        let (last, before) = (end.next().is_some_and(is_break), end.next().is_none_or(is_break));
        if !last {
            self.out.push('-');
        } else if before {
            self.out.push('+');
        }
        self.out.push('\n');
        let indent = indent.max(2);
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            self.out.push_str(line);
        }
        self.line_start = self.out.rfind('\n').map_or(0, |i| i + 1);
    }

    /// A double-quoted string.
    fn quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.out.push('"');
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (i, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let inside = i > 0 && i + 1 < chars.len();
                if fold && !spaces && inside && self.column() > WIDTH {
                    self.new_line(indent.max(2));
                    if chars.get(i + 1) == Some(&' ') {
                        self.out.push('\\');
                    }
                } else {
                    self.out.push(' ');
                }
                spaces = true;
                continue;
            }
            spaces = false;
            match c {
                '\0' => self.out.push_str("\\0"),
                '\u{7}' => self.out.push_str("\\a"),
                '\u{8}' => self.out.push_str("\\b"),
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\u{b}' => self.out.push_str("\\v"),
                '\u{c}' => self.out.push_str("\\f"),
                '\r' => self.out.push_str("\\r"),
                '\u{1b}' => self.out.push_str("\\e"),
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{85}' => self.out.push_str("\\N"),
                '\u{2028}' => self.out.push_str("\\L"),
                '\u{2029}' => self.out.push_str("\\P"),
                c if is_printable(c) => self.out.push(c),
                c => {
                    let n = u32::from(c);
                    let text = match n {
                        0..=0xff => format!("\\x{n:02X}"),
                        0x100..=0xffff => format!("\\u{n:04X}"),
                        _ => format!("\\U{n:08X}"),
                    };
                    self.out.push_str(&text);
                }
            }
        }
        self.out.push('"');
    }
}

/// libyaml's printable characters (of those beyond the BMP: none).
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Does libyaml write this as a literal block? Not if it has blanks at line ends or characters to be escaped.
fn block_allowed(text: &str) -> bool {
    !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(|c| is_printable(c) && c != '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(json: &str) -> String {
        let value = Value::from_json(&serde_json::from_str(json).unwrap());
        let ctx = super::super::tests::context();
        super::super::call("yamlencode", &[value], &ctx).unwrap().as_str().unwrap().to_string()
    }

    #[test]
    fn nests_as_libyaml() {
        let rows = [
            (
                r#"{"a":[{"b":1,"c":[true]}],"d":{"e":"x\ny"}}"#,
                "\"a\":\n- \"b\": 1\n  \"c\":\n  - true\n\"d\":\n  \"e\": |-\n    x\n    y\n",
            ),
            (r#"[[1,[2]],[],{}]"#, "- - 1\n  - - 2\n- []\n- {}\n"),
            (r#""a\nb\n""#, "|\n  a\n  b\n"),
            (r#""a\n\n""#, "|+\n  a\n\n"),
            (r#"["a \nb"]"#, "- \"a \\nb\"\n"),
            ("1", "1\n...\n"),
            ("{}", "{}\n"),
        ];
        for (json, want) in rows {
            assert_eq!(encode(json), want, "{json}");
        }
    }

    #[test]
    fn folds_after_80_columns() {
        let long = format!("{{\"k\":\"{} end\"}}", "word ".repeat(20).trim());
        let text = encode(&long);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("  "));
    }
}
