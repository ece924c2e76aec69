//! Faults of syntax, and what the parser's messages mean in the language's own words.

use std::ops::Range;

/// A fault in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// The bytes.
    pub span: Range<usize>,
    /// One line.
    pub summary: String,
    /// What is expected.
    pub detail: String,
}

impl Fault {
    /// A fault.
    pub fn new(span: Range<usize>, summary: impl Into<String>, detail: impl Into<String>) -> Fault {
        Fault { span, summary: summary.into(), detail: detail.into() }
    }

    /// Is it about one character only?
    pub fn is_of_a_character(&self) -> bool {
        matches!(self.summary.as_str(), "Invalid character" | "Unsupported operator")
    }
}

const NO_EXPRESSION: (&str, &str) =
    ("Invalid expression", "Expected the start of an expression, but found an invalid expression token.");

/// The parser's message at a byte of `src` in the language's words. `item` is where the attribute or block starts.
pub(super) fn reword(src: &str, item: usize, at: usize, message: &str) -> Fault {
    let mut at = floor(src, at);
    if message.contains("object value assignment") {
        // The parser has taken the character that it does not like.
        at = src[..at].char_indices().next_back().map_or(0, |(n, _)| n);
    }
    let span = token_at(src, at);
    let token = &src[span.clone()];
    let before = src[item.min(at)..at].trim_end();
    if token == "." && src[at..].starts_with("..") {
        return Fault::new(
            at + 1..at + 2,
            "Invalid attribute name",
            "An attribute name is required after a dot.",
        );
    }
    if token == "..." && message.contains("expected `]`") {
        return Fault::new(
            span,
            "Invalid 'for' expression",
            "Grouping ellipsis (...) cannot be used when building a tuple.",
        );
    }
    if message.contains("expected `=>`") {
        // What should have been the key is what stands before.
        let end = item.min(at) + before.len();
        let start =
            end - before.chars().rev().take_while(|c| !c.is_whitespace()).map(char::len_utf8).sum::<usize>();
        return Fault::new(
            start..end,
            "Invalid 'for' expression",
            "Key expression is required when building an object.",
        );
    }
    if message.contains("expected `)`") && before.ends_with("...") {
        let end = item.min(at) + before.len();
        return Fault::new(
            end - 3..end,
            "Missing closing parenthesis",
            "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
        );
    }
    let (summary, detail) = if message.contains("nesting depth") {
        (
            "Expression nested too deeply",
            "At most 64 expressions, templates or blocks may be nested in one another. Name parts of it with local values.",
        )
    } else if message.contains("binary operation") {
        (
            "Too many operators",
            "At most 128 operators may be chained in one expression. Name parts of it with local values, or use a function such as anytrue, alltrue, sum or join.",
        )
    } else if message.contains("redefined attribute") {
        return Fault::new(
            span,
            "Attribute redefined",
            format!("The argument {token:?} was already set. Each argument may be set only once."),
        );
    } else if message.contains("escape sequence") || message.contains("hex code") {
        return escape(src, at, message);
    } else if message.contains("invalid expression") {
        NO_EXPRESSION
    } else if message.contains("traversal operator") {
        ("Invalid attribute name", "An attribute name is required after a dot.")
    } else if message.contains("newline or eof") || message.contains("expected newline") {
        if token == "=" && before.ends_with('=') {
            NO_EXPRESSION
        } else if token == "?" || token == ":" {
            ("Missing newline after argument", "An argument definition must end with a newline.")
        } else if src[item..at].contains('{') && src[item..at].contains('}') && !before.contains('=') {
            ("Missing newline after block definition", "A block definition must end with a newline.")
        } else {
            ("Missing newline after argument", "An argument definition must end with a newline.")
        }
    } else if message.contains("object value assignment") {
        if token.starts_with(['=', ':']) {
            NO_EXPRESSION
        } else if token == ","
            || token.trim().is_empty()
            || token.starts_with(|c: char| c.is_alphabetic() || c == '_')
        {
            ("Missing attribute value", "Expected an attribute value, introduced by an equals sign (\"=\").")
        } else {
            (
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
            )
        }
    } else if message.contains("redefined object key") {
        ("Duplicate object key", "The object has this key already. Remove one of the two.")
    } else if message.contains("object item") {
        (
            "Missing attribute separator",
            "Expected a newline or comma to mark the beginning of the next attribute.",
        )
    } else if message.contains("block body") {
        (
            "Invalid single-argument block definition",
            "A single-line block definition must end with a closing brace immediately after its single argument definition.",
        )
    } else if message.contains("expected `]`") {
        ("Missing item separator", "Expected a comma to mark the beginning of the next item.")
    } else if message.contains("expected `:`") {
        if inside_for(before) {
            ("Invalid 'for' expression", "For expression requires a colon after the collection expression.")
        } else {
            (
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
            )
        }
    } else if message.contains("expected `in`") {
        ("Invalid 'for' expression", "For expression requires the 'in' keyword after its name declarations.")
    } else if message.contains("expected `)`") {
        if in_call(src, item, at) {
            (
                "Missing argument separator",
                "A comma is required to separate each function argument from the next.",
            )
        } else {
            ("Unbalanced parentheses", "Expected a closing parenthesis to terminate the expression.")
        }
    } else if message.contains("expected `endif`") {
        ("Unexpected end of template", "The if directive is missing its corresponding endif directive.")
    } else if message.contains("expected `endfor`") {
        ("Unexpected end of template", "The for directive is missing its corresponding endfor directive.")
    } else if message.contains("expected `}`") && before.contains("${") {
        (
            "Extra characters after interpolation expression",
            "Expected a closing brace to end the interpolation expression, but found extra characters.",
        )
    } else if message.contains("expected `}`") {
        if before.ends_with("...") && before.contains("for ") {
            ("Invalid 'for' expression", "Extra characters after the end of the 'for' expression.")
        } else {
            (
                "Missing attribute separator",
                "Expected a newline or comma to mark the beginning of the next attribute.",
            )
        }
    } else if message.contains("expected identifier") && before.ends_with("for") {
        ("Invalid 'for' expression", "For expression requires variable name after 'for'.")
    } else if message.contains("structure") || message.contains("expected `{`") {
        if before.is_empty() {
            ("Argument or block definition required", "An argument or block definition is required here.")
        } else if token == "." || token == "[" {
            (
                "Invalid argument name",
                "Argument names must not be quoted or hold dots or brackets. To set an argument, use the equals sign \"=\" after its name.",
            )
        } else {
            (
                "Invalid block definition",
                "Either a quoted string block label or an opening brace (\"{\") is expected here.",
            )
        }
    } else if before.is_empty() {
        if token.starts_with('"') {
            ("Invalid argument name", "Argument names must not be quoted.")
        } else {
            (
                "Argument or block definition required",
                "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to introduce the argument value.",
            )
        }
    } else {
        NO_EXPRESSION
    };
    Fault::new(span, summary, detail)
}

/// Is the innermost open bracket before `at` the parenthesis of a call?
fn in_call(src: &str, item: usize, at: usize) -> bool {
    let mut depth = 0usize;
    for (n, c) in src[item.min(at)..at].char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' if depth == 0 => {
                let before = src[..item.min(at) + n].trim_end();
                return before.ends_with(super::scan::is_name_part);
            }
            '(' | '[' | '{' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn inside_for(before: &str) -> bool {
    let open = before.rfind(['[', '{']).map_or("", |n| before[n + 1..].trim_start());
    open.starts_with("for ") || open.starts_with("for\t")
}

pub(super) fn escape(src: &str, at: usize, message: &str) -> Fault {
    // The parser points behind the backslash, or behind the letter.
    let from = src[..at].rfind('\\').unwrap_or(at);
    let letter = src[from + 1..].chars().next().unwrap_or('\\');
    let digits = |most: usize| src[from + 2..].chars().take(most).take_while(char::is_ascii_hexdigit).count();
    let (length, detail) = match letter {
        'u' | 'U' if message.contains("hex") => {
            let most = if letter == 'u' { 4 } else { 8 };
            let found = digits(most);
            let detail = if found == most {
                format!("Cannot encode character U+{} in UTF-8.", &src[from + 2..from + 2 + most])
            } else if letter == 'u' {
                "The \\u escape sequence must be followed by four hexadecimal digits.".to_string()
            } else {
                "The \\U escape sequence must be followed by eight hexadecimal digits.".to_string()
            };
            (2 + found, detail)
        }
        other => (
            1 + other.len_utf8(),
            format!("The symbol {:?} is not a valid escape sequence selector.", other.to_string()),
        ),
    };
    Fault::new(from..(from + length).min(src.len()), "Invalid escape sequence", detail)
}

/// The token that starts at a byte: a word, a number, an operator; nothing at the end of a line.
fn token_at(src: &str, at: usize) -> Range<usize> {
    let rest = &src[at..];
    let Some(first) = rest.chars().next() else { return at..at };
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let length = if first == '\n' || first == '\r' {
        0
    } else if first.is_alphanumeric() || first == '_' {
        rest.chars().take_while(|c| word(*c)).map(char::len_utf8).sum()
    } else {
        ["...", "==", "!=", "<=", ">=", "&&", "||", "=>", "::", "<<"]
            .iter()
            .find(|op| rest.starts_with(**op))
            .map_or(first.len_utf8(), |op| op.len())
    };
    at..at + length
}

fn floor(src: &str, at: usize) -> usize {
    let mut at = at.min(src.len());
    while !src.is_char_boundary(at) {
        at -= 1;
    }
    at
}
