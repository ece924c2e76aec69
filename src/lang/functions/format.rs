//! `format` and `formatlist`: cty's subset of Go's verbs.

use unicode_segmentation::UnicodeSegmentation;

use super::table::{Call, Fail, Function, LIMIT, Ty, bad, fail, param, row};
use crate::lang::codec::{encode_json, quote};
use crate::lang::convert::convert;
use crate::lang::number::Number;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Unknown, Value};

pub(super) const ROWS: &[Function] = &[
    row("format", &[param("format", Ty::String)], Ty::Any, format, "Makes a string by a format with verbs.")
        .variadic(param("args", Ty::Any).nullable().unknown()),
    row(
        "formatlist",
        &[param("format", Ty::String)],
        Ty::Any,
        format_list,
        "Makes a list of strings by a format with verbs.",
    )
    .variadic(param("args", Ty::Any).nullable().unknown()),
];

fn format(c: &Call<'_>) -> Result<Value, Fail> {
    let (text, args) = (c.text(0), &c.args[1..]);
    if !args.iter().all(Value::is_wholly_known) {
        let prefix = &text[..text.find('%').unwrap_or(text.len())];
        let prefix = (!prefix.is_empty()).then(|| prefix.into());
        let unknown = Unknown { ty: Type::String, not_null: true, prefix, length: None };
        return Ok(Kind::Unknown(Box::new(unknown)).into());
    }
    Ok(write_all(text, &args.iter().collect::<Vec<_>>())?.into())
}

fn format_list(c: &Call<'_>) -> Result<Value, Fail> {
    let (text, args) = (c.text(0), &c.args[1..]);
    let mut chooser: Option<(usize, usize)> = None;
    for (i, arg) in args.iter().enumerate() {
        let unsure = match &arg.kind {
            Kind::Unknown(u) => {
                u.ty == Type::Dynamic || u.ty.is_collection() || matches!(u.ty, Type::Tuple(_))
            }
            Kind::Set(_, all) => !all.iter().all(Value::is_wholly_known),
            _ => false,
        };
        if unsure {
            return Ok(Value::unknown_not_null(Type::list(Type::String)));
        }
        let Some(all) = arg.as_sequence() else { continue };
        match chooser {
            None => chooser = Some((i, all.len())),
            Some((first, length)) if length != all.len() => {
                return bad(
                    i + 1,
                    format!(
                        "argument {} has length {}, which is inconsistent with argument {} of length {length}",
                        i + 1,
                        all.len(),
                        first + 1
                    ),
                );
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    for round in 0..chooser.map_or(1, |(_, length)| length) {
        let row: Vec<&Value> =
            args.iter().map(|arg| arg.as_sequence().and_then(|all| all.get(round)).unwrap_or(arg)).collect();
        if !row.iter().all(|v| v.is_wholly_known()) {
            out.push(Value::unknown_not_null(Type::String));
            continue;
        }
        match write_all(text, &row) {
            Ok(text) => out.push(text.into()),
            Err(Fail::Call(reason) | Fail::Arg(_, reason)) if !args.is_empty() => {
                return fail(format!("error on format iteration {round}: {reason}"));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(Value::list(Type::String, out))
}

/// One verb of a format.
#[derive(Debug, Default, Clone)]
struct Verb {
    /// As written, for messages.
    raw: String,
    offset: usize,
    /// Which argument, counted from 1.
    argument: usize,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

fn write_all(format: &str, args: &[&Value]) -> Result<String, Fail> {
    let mut out = String::new();
    let mut next = 1;
    let mut highest = 0;
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let offset = format.len() - rest.len() + at;
        let mut verb = Verb { offset, argument: next, ..Verb::default() };
        let used = read_verb(&rest[at..], &mut verb)?;
        rest = &rest[at + used..];
        if verb.mode == '%' {
            out.push('%');
            continue;
        }
        next = verb.argument + 1;
        let Some(arg) = args.get(verb.argument.wrapping_sub(1)) else {
            return fail(format!(
                "not enough arguments for {} at {}: need index {} but have {} total",
                quote(&verb.raw),
                verb.offset,
                verb.argument,
                args.len()
            ));
        };
        highest = highest.max(verb.argument);
        write_one(&verb, arg, &mut out)?;
        if out.len() > LIMIT {
            return fail("the result would be too large");
        }
    }
    out.push_str(rest);
    if highest < args.len() {
        let reason = match highest {
            0 => "too many arguments; no verbs in format string".to_string(),
            n => format!("too many arguments; only {n} used by format string"),
        };
        return bad(highest + 1, reason);
    }
    Ok(out)
}

/// Reads one verb at the beginning of the text; says how many bytes it has.
fn read_verb(text: &str, verb: &mut Verb) -> Result<usize, Fail> {
    let bytes = text.as_bytes();
    let mut i = 1;
    let number = |i: &mut usize| -> Option<usize> {
        let from = *i;
        while bytes.get(*i).is_some_and(u8::is_ascii_digit) {
            *i += 1;
        }
        text[from..*i].parse().ok()
    };
    loop {
        match bytes.get(i) {
            Some(b'0') => verb.zero = true,
            Some(b'#') => verb.sharp = true,
            Some(b'+') => verb.plus = true,
            Some(b'-') => verb.minus = true,
            Some(b' ') => verb.space = true,
            _ => break,
        }
        i += 1;
    }
    // An index in brackets, or none; false if it does not end.
    let index = |i: &mut usize, verb: &mut Verb| {
        if bytes.get(*i) != Some(&b'[') {
            return true;
        }
        *i += 1;
        verb.argument = number(i).unwrap_or(0);
        let closed = bytes.get(*i) == Some(&b']');
        *i += usize::from(closed);
        closed
    };
    let mut closed = index(&mut i, verb);
    if bytes.get(i).is_some_and(u8::is_ascii_digit) {
        verb.width = number(&mut i);
    }
    if bytes.get(i) == Some(&b'.') {
        i += 1;
        verb.precision = Some(number(&mut i).unwrap_or(0));
    }
    closed &= index(&mut i, verb);
    if verb.width.max(verb.precision).is_some_and(|n| n > 100_000) {
        return fail(format!("width or precision of {} at {} is too large", quote(&text[..i]), verb.offset));
    }
    let Some(mode) = text[i..].chars().next() else {
        return fail(format!("invalid format string starting at offset {}", verb.offset + i));
    };
    if !closed || !(mode.is_ascii_alphabetic() || mode == '%' && i == 1) {
        return fail(format!("unrecognized format character '{mode}' at offset {}", verb.offset + i));
    }
    i += mode.len_utf8();
    verb.mode = mode;
    verb.raw = text[..i].into();
    Ok(i)
}

fn write_one(verb: &Verb, arg: &Value, out: &mut String) -> Result<(), Fail> {
    let unsupported = |reason: &str| {
        fail(format!("unsupported value for {} at {}: {reason}", quote(&verb.raw), verb.offset))
    };
    if verb.mode != 'v' && arg.is_null() {
        return unsupported("null value cannot be formatted");
    }
    let converted = |ty: Type| convert(arg, &ty).or_else(|e| unsupported(&e.message).map(|()| arg.clone()));
    match verb.mode {
        'v' => out.push_str(&match &arg.kind {
            Kind::String(s) if !verb.sharp => pad(verb, s),
            Kind::Number(n) if !verb.sharp => pad(verb, &n.text('g', None)),
            _ => match encode_json(arg) {
                Some(json) => pad(verb, &json),
                None => return unsupported("cannot serialize infinity as JSON"),
            },
        }),
        't' => out.push_str(match converted(Type::Bool)?.as_bool() {
            Some(true) => "true",
            _ => "false",
        }),
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = converted(Type::Number)?;
            let Some((negative, n)) = value.as_number().and_then(Number::integer) else {
                return unsupported("an integer is required");
            };
            out.push_str(&integer(verb, negative, &n));
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = converted(Type::Number)?;
            out.push_str(&float(verb, value.as_number().unwrap_or(&Number::ZERO)));
        }
        's' | 'q' => {
            let value = converted(Type::String)?;
            let text = value.as_str().unwrap_or_default();
            let text: String = match verb.precision {
                Some(n) if n > 0 => text.graphemes(true).take(n).collect(),
                _ => text.into(),
            };
            let text =
                if verb.mode == 'q' { encode_json(&text.as_str().into()).unwrap_or(text) } else { text };
            out.push_str(&pad(verb, &text));
        }
        other => {
            return fail(format!(
                "unsupported format verb '{other}' in {} at offset {}",
                quote(&verb.raw),
                verb.offset
            ));
        }
    }
    Ok(())
}

/// Fills up to the width, counted in characters.
fn pad(verb: &Verb, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let fill = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (.., true) => " ",
        _ => "",
    }
}

/// Go's `big.Int.Format`.
fn integer(verb: &Verb, negative: bool, n: &num_bigint::BigUint) -> String {
    let (base, prefix) = match verb.mode {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = n.to_str_radix(base);
    if verb.mode == 'X' {
        digits = digits.to_uppercase();
    }
    let prefix = if verb.sharp { prefix } else { "" };
    let sign = sign(verb, negative);
    let (mut left, mut zeros, mut right) = (0, 0, 0);
    if let Some(precision) = verb.precision {
        if digits == "0" && precision == 0 {
            return String::new();
        }
        zeros = precision.saturating_sub(digits.len());
    }
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + zeros + digits.len());
    if verb.minus {
        right = missing;
    } else if verb.zero && verb.precision.is_none() {
        zeros = missing;
    } else {
        left = missing;
    }
    format!("{}{sign}{prefix}{}{digits}{}", " ".repeat(left), "0".repeat(zeros), " ".repeat(right))
}

/// Go's `big.Float.Format`.
fn float(verb: &Verb, n: &Number) -> String {
    let default = if matches!(verb.mode, 'g' | 'G') { None } else { Some(6) };
    let text = n.text(verb.mode, verb.precision.or(default));
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) if text.starts_with('-') => ("-", rest),
        Some(rest) if !verb.space => ("+", rest),
        Some(rest) => (" ", rest),
        None => (sign(verb, false), text.as_str()),
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    if verb.minus {
        format!("{sign}{digits}{}", " ".repeat(missing))
    } else if verb.zero && n.is_finite() {
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{sign}{digits}", " ".repeat(missing))
    }
}
