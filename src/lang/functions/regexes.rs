//! Regular expressions: Go's (RE2) syntax and meaning on the regex crate.

use std::sync::Arc;

use regex::{Captures, Regex};

use super::table::{Call, Fail, Function, LIMIT, Ty, bad, fail, param, row};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

pub(super) const ROWS: &[Function] = &[
    row(
        "regex",
        &[param("pattern", Ty::String), param("string", Ty::String)],
        Ty::Any,
        regex,
        "The first match of a pattern in a string, or its capture groups.",
    ),
    row(
        "regexall",
        &[param("pattern", Ty::String), param("string", Ty::String)],
        Ty::ListOfAny,
        regex_all,
        "All matches of a pattern in a string.",
    ),
    row(
        "replace",
        &[param("str", Ty::String), param("substr", Ty::String), param("replace", Ty::String)],
        Ty::String,
        replace,
        "Replaces all occurrences of a substring, or of a pattern between slashes.",
    ),
];

/// The classes that have names: `[[:alpha:]]`.
const CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

fn regex(c: &Call<'_>) -> Result<Value, Fail> {
    let pattern = pattern(c.text(0))?;
    match pattern.captures(c.text(1)) {
        Some(found) => Ok(captured(&pattern, &found)),
        None => fail("pattern did not match any part of the given string"),
    }
}

fn regex_all(c: &Call<'_>) -> Result<Value, Fail> {
    let pattern = pattern(c.text(0))?;
    let all: Vec<Value> = pattern.captures_iter(c.text(1)).map(|found| captured(&pattern, &found)).collect();
    Ok(Value::list(result_type(&pattern), all))
}

/// A pattern whose groups are all named or all unnamed.
fn pattern(source: &str) -> Result<Regex, Fail> {
    let pattern = match compile(source) {
        Ok(pattern) => pattern,
        Err((code, part)) => return bad(0, format!("invalid regexp pattern: {code} in {part}")),
    };
    let named = pattern.capture_names().skip(1).flatten().count();
    if named > 0 && named + 1 < pattern.captures_len() {
        return bad(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups");
    }
    Ok(pattern)
}

fn result_type(pattern: &Regex) -> Type {
    if pattern.captures_len() == 1 {
        return Type::String;
    }
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if names.is_empty() {
        Type::tuple(vec![Type::String; pattern.captures_len() - 1])
    } else {
        Type::object(names.into_iter().map(|n| (n, Type::String)))
    }
}

fn captured(pattern: &Regex, found: &Captures<'_>) -> Value {
    let group = |i: usize| found.get(i).map_or(Value::null(Type::String), |m| Value::from(m.as_str()));
    if pattern.captures_len() == 1 {
        return group(0);
    }
    let named: Vec<(Arc<str>, Value)> = pattern
        .capture_names()
        .enumerate()
        .filter_map(|(i, name)| Some((Arc::from(name?), group(i))))
        .collect();
    if named.is_empty() {
        Kind::Tuple(Arc::new((1..pattern.captures_len()).map(group).collect())).into()
    } else {
        Value::object(named)
    }
}

fn replace(c: &Call<'_>) -> Result<Value, Fail> {
    let (text, what, with) = (c.text(0), c.text(1), c.text(2));
    let inner = what.strip_prefix('/').and_then(|w| w.strip_suffix('/')).filter(|_| what.len() > 1);
    let Some(inner) = inner else {
        let count = if what.is_empty() { text.chars().count() + 1 } else { text.matches(what).count() };
        if text.len().saturating_add(count.saturating_mul(with.len())) > LIMIT {
            return fail("the result would be too large");
        }
        return Ok(text.replace(what, with).into());
    };
    let pattern = match compile(inner) {
        Ok(pattern) => pattern,
        Err((code, part)) => return fail(format!("error parsing regexp: {code}: `{part}`")),
    };
    let mut out = String::new();
    let mut from = 0;
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[from..whole.start()]);
        found.expand(with, &mut out);
        from = whole.end();
        if out.len() > LIMIT {
            return fail("the result would be too large");
        }
    }
    out.push_str(&text[from..]);
    Ok(out.into())
}

/// Compiles a Go pattern; the error is Go's code and the part of the pattern it names.
fn compile(source: &str) -> Result<Regex, (String, String)> {
    let translated = translate(source)?;
    no_nested_repetition(source)?;
    Regex::new(&translated).map_err(|error| {
        let text = error.to_string();
        let whole = || source.to_string();
        let has = |s: &str| text.contains(s);
        if has("unclosed character class") {
            let at = source.rfind('[').unwrap_or(0);
            ("missing closing ]".into(), source[at..].into())
        } else if has("unclosed group") {
            ("missing closing )".into(), whole())
        } else if has("unopened group") {
            ("unexpected )".into(), whole())
        } else if has("repetition operator missing expression") {
            let operator = source.find(['*', '+', '?']).map_or(whole(), |i| source[i..=i].into());
            ("missing argument to repetition operator".into(), operator)
        } else if has("invalid character class range") {
            ("invalid character class range".into(), whole())
        } else if has("exceeds size limit") {
            ("expression too large".into(), whole())
        } else if has("duplicate capture group") {
            ("duplicate capture group name".into(), whole())
        } else if has("invalid repetition count range") {
            ("invalid repeat count".into(), whole())
        } else if has("property not found") || has("Unicode property value not found") {
            ("invalid character class range".into(), whole())
        } else {
            ("invalid or unsupported syntax".into(), whole())
        }
    })
}

/// A Go pattern in the regex crate's syntax: classes are ASCII, `\Q…\E`, octal, literal brackets in classes.
fn translate(source: &str) -> Result<String, (String, String)> {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len() + 16);
    let mut class = false;
    // In a class: does the item before begin a range, if a hyphen follows?
    let mut single = false;
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        let next = chars.get(i + 1).copied();
        let before = std::mem::take(&mut single);
        match c {
            '\\' => {
                let Some(next) = next else {
                    return Err(("trailing backslash at end of expression".into(), String::new()));
                };
                i += 2;
                match next {
                    'd' => out.push_str(if class { "0-9" } else { "[0-9]" }),
                    'w' => out.push_str(if class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                    's' => out.push_str(if class { "\\t\\n\\f\\r " } else { "[\\t\\n\\f\\r ]" }),
                    'D' => out.push_str("[^0-9]"),
                    'W' => out.push_str("[^0-9A-Za-z_]"),
                    'S' => out.push_str("[^\\t\\n\\f\\r ]"),
                    'b' if !class => out.push_str("(?-u:\\b)"),
                    'Q' if !class => {
                        let rest: String = chars[i..].iter().collect();
                        let literal = rest.split("\\E").next().unwrap_or_default();
                        out.push_str(&regex::escape(literal));
                        i += literal.chars().count();
                        if rest.len() > literal.len() {
                            i += 2;
                        }
                    }
                    '0'..='7' => {
                        let digits: String =
                            chars[i - 1..].iter().take(3).take_while(|c| c.is_digit(8)).collect();
                        if next != '0' && digits.len() == 1 {
                            return Err(("invalid escape sequence".into(), format!("\\{next}")));
                        }
                        i += digits.len() - 1;
                        let n = u32::from_str_radix(&digits, 8).unwrap_or(0);
                        out.push_str(&format!("\\x{{{n:x}}}"));
                    }
                    c if c.is_ascii_punctuation() => {
                        if matches!(
                            c,
                            '<' | '>'
                                | '_'
                                | '"'
                                | '\''
                                | '/'
                                | '!'
                                | '@'
                                | '%'
                                | ','
                                | ':'
                                | ';'
                                | '='
                                | '`'
                        ) {
                            out.push(c);
                        } else {
                            out.push('\\');
                            out.push(c);
                        }
                    }
                    'p' | 'P' | 'x' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'A' | 'z' | 'B' => {
                        out.push('\\');
                        out.push(next);
                        if matches!(next, 'p' | 'P' | 'x') && chars.get(i) == Some(&'{') {
                            let mut named: String = chars[i..].iter().take_while(|c| **c != '}').collect();
                            i += named.chars().count();
                            if named.starts_with("{^") && next != 'x' {
                                // The contrary of the class.
                                named.remove(1);
                                out.pop();
                                out.push(if next == 'p' { 'P' } else { 'p' });
                            }
                            out.push_str(&named);
                            if chars.get(i).is_some() {
                                out.push('}');
                                i += 1;
                            }
                        }
                    }
                    other => return Err(("invalid escape sequence".into(), format!("\\{other}"))),
                }
                single = !matches!(next, 'd' | 'w' | 's' | 'D' | 'W' | 'S' | 'p' | 'P' | 'x');
                continue;
            }
            '[' if class => {
                let named: String = chars[i..].iter().take(12).collect();
                let end = named.find(":]").filter(|_| named.starts_with("[:"));
                if let Some(end) = end {
                    if !CLASSES.contains(&named[2..end].trim_start_matches('^')) {
                        return Err(("invalid character class range".into(), named[..end + 2].into()));
                    }
                    out.push_str(&named[..end + 2]);
                    i += named[..end + 2].chars().count();
                    continue;
                }
                out.push_str("\\[");
                single = true;
            }
            '[' => {
                class = true;
                out.push('[');
                if next == Some('^') {
                    out.push('^');
                    i += 1;
                }
                if chars.get(i + 1) == Some(&']') {
                    out.push_str("\\]");
                    i += 1;
                    single = true;
                }
            }
            ']' if class => {
                class = false;
                out.push(']');
            }
            '-' if class && before && next.is_some_and(|n| n != ']') => {
                out.push('-');
                // The end of the range is no beginning of another.
                if let Some(end) = next.filter(|n| !matches!(n, '\\' | '[')) {
                    push_literal(end, &mut out);
                    i += 1;
                }
            }
            _ if class => {
                push_literal(c, &mut out);
                single = true;
            }
            '(' if !class && next == Some('?') => {
                let rest: String = chars[i..].iter().take(4).collect();
                if rest.starts_with("(?=") || rest.starts_with("(?!") {
                    return Err(("invalid or unsupported Perl syntax".into(), rest[..3].into()));
                }
                if rest.starts_with("(?<=") || rest.starts_with("(?<!") {
                    return Err(("invalid named capture".into(), chars[i..].iter().collect()));
                }
                flags(&chars[i..])?;
                out.push('(');
            }
            '{' if !class && !is_repeat(&chars[i + 1..]) => out.push_str("\\{"),
            _ => out.push(c),
        }
        i += 1;
    }
    Ok(out)
}

/// The flags of a group, if it has any, are Go's: the crate has more.
fn flags(group: &[char]) -> Result<(), (String, String)> {
    for (n, c) in group.iter().enumerate().skip(2) {
        match c {
            'i' | 'm' | 's' | 'U' | '-' => {}
            ':' | ')' => break,
            'P' | '<' if n == 2 => break,
            _ => {
                let part = group[..=n].iter().collect();
                return Err(("invalid or unsupported Perl syntax".into(), part));
            }
        }
    }
    Ok(())
}

/// Go has no repetition of a repetition, but with parentheses.
fn no_nested_repetition(source: &str) -> Result<(), (String, String)> {
    let chars: Vec<char> = source.chars().collect();
    let (mut class, mut i) = (false, 0);
    // Where the repetition before began, if this place comes right after one.
    let mut before: Option<usize> = None;
    while let Some(&c) = chars.get(i) {
        let from = i;
        i += 1;
        match c {
            '\\' => i += 1,
            '[' => class = true,
            ']' => class = false,
            '(' if chars.get(i) == Some(&'?') => i += 1,
            '*' | '+' | '?' | '{' if !class && (c != '{' || is_repeat(&chars[i..])) => {
                while c == '{' && chars.get(i - 1) != Some(&'}') {
                    i += 1;
                }
                if let Some(start) = before {
                    let operators: String = chars[start..i].iter().collect();
                    return Err(("invalid nested repetition operator".into(), operators));
                }
                if c == '{' {
                    let counts: String = chars[from..i].iter().collect();
                    let too_many = counts
                        .split(|c: char| !c.is_ascii_digit())
                        .any(|n| n.parse::<u32>().is_ok_and(|n| n > 1000));
                    if too_many {
                        return Err(("invalid repeat count".into(), counts));
                    }
                }
                // The question mark that makes it lazy.
                i += usize::from(chars.get(i) == Some(&'?'));
                before = Some(from);
                continue;
            }
            _ => {}
        }
        before = None;
    }
    Ok(())
}

/// A character of a class that means itself.
fn push_literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() && c != '_' {
        out.push('\\');
    }
    out.push(c);
}

/// Do these characters go on as a repetition, `2}`, `2,}` or `2,3}`?
fn is_repeat(rest: &[char]) -> bool {
    let text: String = rest.iter().take(12).collect();
    let Some((inner, _)) = text.split_once('}') else { return false };
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    !low.is_empty() && low.chars().chain(high.chars()).all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_syntax() {
        let rows = [
            (r"\d+", "٣12", Some("12")),
            (r"[\w-]+", "é-a_1", Some("-a_1")),
            (r"[[:alpha:]]+", "12ab", Some("ab")),
            (r"[]a]+", "x]a", Some("]a")),
            (r"[a[]+", "x[a", Some("[a")),
            (r"a{,2}", "a{,2}", Some("a{,2}")),
            (r"a{2,}", "aaa", Some("aaa")),
            (r"\Qa.b\E+", "a.bb", Some("a.bb")),
            (r"\<x\>", "<x>", Some("<x>")),
            (r"[a&&b]+", "&b", Some("&b")),
            (r"\x41\101", "AA", Some("AA")),
            (r"\bfoo\B", "foox", Some("foo")),
            (r"a--b|[+--]+", "-,+", Some("-,+")),
            (r"[\p{Greek}a]+\x{62}", "δab", Some("δab")),
            (r"\p{^Greek}+", "δab", Some("ab")),
            (r"(?i-s:A.)(?U)b+", "abbb", Some("abb")),
        ];
        for (source, text, want) in rows {
            let pattern = compile(source).unwrap_or_else(|e| panic!("{source}: {e:?}"));
            assert_eq!(pattern.find(text).map(|m| m.as_str()), want, "{source}");
        }
        for source in [
            "(", ")", "[", "*", r"\8", r"\1", "(?=a)", "(?<=a)", "(?x)a", "(?>a)", "a\\", r"\y", "[z-a]",
            "a{3,2}",
        ] {
            assert!(compile(source).is_err(), "{source}");
        }
    }
}
