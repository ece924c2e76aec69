//! Strings. Characters are grapheme clusters, as in cty.

use unicode_segmentation::UnicodeSegmentation;

use super::table::{Call, Fail, Function, LIMIT, Ty, bad, fail, param, row};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

pub(super) const ROWS: &[Function] = &[
    row("chomp", &[param("str", Ty::String)], Ty::String, chomp, "Removes newlines at the end of a string."),
    row(
        "endswith",
        &[param("str", Ty::String), param("suffix", Ty::String)],
        Ty::Bool,
        |c| Ok(c.text(0).ends_with(c.text(1)).into()),
        "Says whether a string ends with another.",
    ),
    row(
        "indent",
        &[param("spaces", Ty::Number), param("str", Ty::String)],
        Ty::String,
        indent,
        "Adds spaces at the beginning of all lines but the first.",
    ),
    row(
        "join",
        &[param("separator", Ty::String)],
        Ty::String,
        join,
        "Joins the elements of lists with a separator.",
    )
    .variadic(param("lists", Ty::ListOfString).unknown()),
    row(
        "lower",
        &[param("str", Ty::String).dynamic()],
        Ty::String,
        |c| Ok(c.text(0).chars().map(to_lower).collect::<String>().into()),
        "Converts all letters to lowercase.",
    ),
    row(
        "upper",
        &[param("str", Ty::String).dynamic()],
        Ty::String,
        |c| Ok(c.text(0).chars().map(to_upper).collect::<String>().into()),
        "Converts all letters to uppercase.",
    ),
    row(
        "title",
        &[param("str", Ty::String)],
        Ty::String,
        title,
        "Converts the first letter of each word to uppercase.",
    ),
    row(
        "split",
        &[param("separator", Ty::String), param("str", Ty::String)],
        Ty::ListOfString,
        split,
        "Divides a string at every occurrence of a separator.",
    ),
    row(
        "startswith",
        &[param("str", Ty::String).unknown(), param("prefix", Ty::String)],
        Ty::Bool,
        starts_with,
        "Says whether a string begins with another.",
    ),
    row(
        "strcontains",
        &[param("str", Ty::String), param("substr", Ty::String)],
        Ty::Bool,
        |c| Ok(c.text(0).contains(c.text(1)).into()),
        "Says whether a string contains another.",
    ),
    row(
        "strrev",
        &[param("str", Ty::String).dynamic()],
        Ty::String,
        |c| Ok(c.text(0).graphemes(true).rev().collect::<String>().into()),
        "Reverses the characters of a string.",
    ),
    row(
        "substr",
        &[param("str", Ty::String).dynamic(), param("offset", Ty::Number), param("length", Ty::Number)],
        Ty::String,
        substr,
        "Takes a part of a string by offset and length.",
    ),
    row(
        "trim",
        &[param("str", Ty::String), param("cutset", Ty::String)],
        Ty::String,
        |c| {
            let cut: Vec<char> = c.text(1).chars().collect();
            Ok(c.text(0).trim_matches(cut.as_slice()).into())
        },
        "Removes the given characters from both ends.",
    ),
    row(
        "trimprefix",
        &[param("str", Ty::String), param("prefix", Ty::String)],
        Ty::String,
        |c| Ok(c.text(0).strip_prefix(c.text(1)).unwrap_or(c.text(0)).into()),
        "Removes a prefix, if it is there.",
    ),
    row(
        "trimsuffix",
        &[param("str", Ty::String), param("suffix", Ty::String)],
        Ty::String,
        |c| Ok(c.text(0).strip_suffix(c.text(1)).unwrap_or(c.text(0)).into()),
        "Removes a suffix, if it is there.",
    ),
    row(
        "trimspace",
        &[param("str", Ty::String)],
        Ty::String,
        |c| Ok(c.text(0).trim().into()),
        "Removes white space from both ends.",
    ),
];

fn chomp(c: &Call<'_>) -> Result<Value, Fail> {
    Ok(c.text(0).trim_end_matches(['\r', '\n']).into())
}

fn indent(c: &Call<'_>) -> Result<Value, Fail> {
    let spaces = c.int(0).or_else(fail)?;
    let text = c.text(1);
    let Ok(spaces) = usize::try_from(spaces) else {
        return fail("the number of spaces must not be negative");
    };
    if spaces.saturating_mul(text.matches('\n').count()) > LIMIT {
        return bad(0, "the result would be too large");
    }
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn join(c: &Call<'_>) -> Result<Value, Fail> {
    let lists = &c.args[1..];
    if lists.is_empty() {
        return fail("at least one list is required");
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown_not_null(Type::String));
    }
    let mut items = Vec::new();
    for (i, list) in lists.iter().enumerate() {
        for (j, element) in list.as_sequence().unwrap_or_default().iter().enumerate() {
            let Some(text) = element.as_str() else {
                let of = if lists.len() > 1 { format!(" of list {}", i + 1) } else { String::new() };
                return bad(i + 1, format!("element {j}{of} is null; cannot concatenate null values"));
            };
            items.push(text);
        }
    }
    let size = items.iter().map(|s| s.len()).sum::<usize>() + c.text(0).len().saturating_mul(items.len());
    if size > LIMIT {
        return fail("the result would be too large");
    }
    Ok(items.join(c.text(0)).into())
}

/// Go's simple case mapping: one letter for one.
fn to_lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Go's simple case mapping: one letter for one, or the letter itself.
fn to_upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(upper), None) => upper,
        // Greek with iota subscript: the capital with the iota beside it is one letter.
        _ => match u32::from(c) {
            n @ (0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7) => char::from_u32(n + 8).unwrap_or(c),
            n @ (0x1fb3 | 0x1fc3 | 0x1ff3) => char::from_u32(n + 9).unwrap_or(c),
            _ => c,
        },
    }
}

/// Go's `strings.Title`.
fn title(c: &Call<'_>) -> Result<Value, Fail> {
    let mut before = ' ';
    let title = |letter: char| match letter {
        'ǆ' | 'Ǆ' => 'ǅ',
        'ǉ' | 'Ǉ' => 'ǈ',
        'ǌ' | 'Ǌ' => 'ǋ',
        'ǳ' | 'Ǳ' => 'ǲ',
        other => to_upper(other),
    };
    let separates = |c: char| {
        if c.is_ascii() {
            !(c.is_ascii_alphanumeric() || c == '_')
        } else {
            !c.is_alphanumeric() && c.is_whitespace()
        }
    };
    let out: String = c
        .text(0)
        .chars()
        .map(|letter| {
            let starts = separates(before);
            before = letter;
            if starts { title(letter) } else { letter }
        })
        .collect();
    Ok(out.into())
}

fn split(c: &Call<'_>) -> Result<Value, Fail> {
    let (separator, text) = (c.text(0), c.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| c.to_string().into()).collect()
    } else {
        text.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn starts_with(c: &Call<'_>) -> Result<Value, Fail> {
    let prefix = c.text(1);
    match &c.args[0].kind {
        Kind::Unknown(u) => {
            let known = u.prefix.as_deref().unwrap_or_default();
            if known.starts_with(prefix) {
                return Ok(true.into());
            }
            if !prefix.starts_with(known) {
                return Ok(false.into());
            }
            Ok(Value::unknown_not_null(Type::Bool))
        }
        _ => Ok(c.text(0).starts_with(prefix).into()),
    }
}

fn substr(c: &Call<'_>) -> Result<Value, Fail> {
    let text = c.text(0);
    let mut offset = c.int(1).or_else(fail)?;
    let length = c.int(2).or_else(fail)?;
    if offset < 0 {
        offset = offset.saturating_add(text.graphemes(true).count() as i64);
    } else if length == 0 {
        return Ok("".into());
    }
    let rest = text.graphemes(true).skip(usize::try_from(offset).unwrap_or(0));
    // As in cty, a length of 0 after a negative offset takes the rest.
    let part: String = if length <= 0 { rest.collect() } else { rest.take(length as usize).collect() };
    Ok(part.into())
}
