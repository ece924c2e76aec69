//! What is wrong with an address on the command line, in the words that Terraform has for it.

use super::work::sentence;
use crate::config::address::{BAD_KEY, RESERVED, reserved};
use crate::lang::Diagnostic;

/// Says what is wrong with an address that was not understood; `why` is what the parser says.
pub(super) fn invalid(text: &str, why: &str) -> Diagnostic {
    let (summary, detail) = match steps(text) {
        Err((summary, detail)) => (summary, detail.to_string()),
        Ok(steps) => meaning(&steps).unwrap_or_else(|| ("Invalid address", sentence(why))),
    };
    Diagnostic::error(summary, detail)
}

/// One step of a traversal.
#[derive(Debug, PartialEq)]
enum Step<'t> {
    Name(&'t str),
    Key { whole: bool },
}

type Fault = (&'static str, &'static str);

/// Takes a traversal apart.
fn steps(text: &str) -> Result<Vec<Step<'_>>, Fault> {
    let (first, mut rest) = word(text);
    if first.is_empty() {
        return Err(("Variable name required", "Must begin with a variable name."));
    }
    let mut steps = vec![Step::Name(first)];
    while let Some(c) = rest.chars().next() {
        match c {
            '.' => {
                let (name, after) = word(&rest[1..]);
                if name.is_empty() {
                    return Err(("Attribute name required", "Dot must be followed by attribute name."));
                }
                steps.push(Step::Name(name));
                rest = after;
            }
            '[' => {
                let (whole, after) = key(&rest[1..])?;
                steps.push(Step::Key { whole });
                rest = after
                    .strip_prefix(']')
                    .ok_or(("Unclosed index brackets", "Index key must be followed by a closing bracket."))?;
            }
            _ => return Err(("Invalid character", "Expected an attribute access or an index operator.")),
        }
    }
    Ok(steps)
}

/// The name at the beginning, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let starts = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    text.split_at(if starts { end } else { 0 })
}

/// The key behind a bracket: whether it is a text or a whole number, and what follows it.
fn key(text: &str) -> Result<(bool, &str), Fault> {
    if text.starts_with('*') {
        return Err(("Attribute name required", "Splat expressions ([*]) may not be used here."));
    }
    if let Some(quoted) = text.strip_prefix('"') {
        let mut escaped = false;
        for (at, c) in quoted.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Ok((true, &quoted[at + 1..])),
                _ => {}
            }
        }
        return Err((
            "Unterminated string literal",
            "Unable to find the closing quote mark before the end of the file.",
        ));
    }
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    if end == 0 {
        return Err((
            "Index value required",
            "Index brackets must contain either a literal number or a literal string.",
        ));
    }
    Ok((!text[..end].contains('.'), &text[end..]))
}

/// What is wrong with a traversal as an address.
fn meaning(steps: &[Step<'_>]) -> Option<(&'static str, String)> {
    let invalid = |detail: &str| Some(("Invalid address", detail.to_string()));
    let mut rest = steps;
    while let Some((Step::Name("module"), after)) = rest.split_first() {
        let Some((Step::Name(_), after)) = after.split_first() else {
            let detail = "Prefix \"module.\" must be followed by a module name.";
            return Some(("Invalid address operator", detail.into()));
        };
        rest = match after.split_first() {
            Some((Step::Key { .. }, after)) => after,
            _ => after,
        };
    }
    match rest.split_first() {
        None => {
            return invalid(
                "A resource instance address is required here. The module path must be followed by a resource instance \
                 specification.",
            );
        }
        Some((Step::Name("data" | "resource" | "ephemeral"), after)) => rest = after,
        Some((Step::Name(word), _)) if RESERVED.contains(word) => return invalid(&reserved(word)),
        Some(_) => {}
    }
    match rest {
        [Step::Name(_), Step::Name(_)] | [Step::Name(_), Step::Name(_), Step::Key { whole: true }] => None,
        [Step::Name(_), Step::Name(_), Step::Key { whole: false }, ..] => invalid(BAD_KEY),
        [Step::Name(_), Step::Name(_), Step::Name(_), ..] => {
            invalid("Resource instance key must be given in square brackets.")
        }
        [Step::Name(_), Step::Name(_), ..] => invalid("Unexpected extra operators after address."),
        [Step::Name(_), Step::Key { .. }, ..] => invalid("A resource name is required."),
        _ => invalid("Resource specification must include a resource type and name."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Terraform 1.11.4 answered `state list ADDRESS`.
    #[test]
    fn what_is_wrong_has_terraforms_words() {
        let said = |text: &str| {
            let d = invalid(text, "it is wrong");
            format!("{}: {}", d.summary, d.detail)
        };
        for (text, expected) in [
            ("bad[", "Index value required: Index brackets must contain"),
            ("a.b[each.key]", "Index value required: Index brackets"),
            ("bad", "Invalid address: Resource specification must include a resource type and name."),
            ("data.x", "Invalid address: Resource specification must include"),
            ("a.b[\"x]", "Unterminated string literal: Unable to find the closing quote mark"),
            ("a.b[0", "Unclosed index brackets: "),
            ("a.b.c", "Invalid address: Resource instance key must be given in square brackets."),
            ("module.x.", "Attribute name required: Dot must be followed"),
            ("a.b.0", "Attribute name required: Dot must be followed"),
            ("module.x[\"a\"].t.b[0].x", "Invalid address: Unexpected extra operators after address."),
            ("0", "Variable name required: Must begin"),
            ("a.b[*]", "Attribute name required: Splat"),
            ("var.x", "Invalid address: The keyword \"var\" is reserved"),
            ("a.b[1.5]", "Invalid address: Invalid resource instance key: value must be a whole number"),
            ("foo bar.x", "Invalid character: Expected an attribute access"),
            ("module", "Invalid address operator: Prefix"),
        ] {
            assert!(said(text).starts_with(expected), "{text}: {}", said(text));
        }
    }
}
