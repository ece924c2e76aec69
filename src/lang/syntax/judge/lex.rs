//! The tokens of a text, and the characters that are no part of the language.

use std::ops::Range;

use super::Token;
use crate::lang::syntax::fault::Fault;
use crate::lang::syntax::token::{Kind, tokens};

/// The tokens that count, with their places. What is no part of the language is said here.
pub(super) fn lex(src: &str, faults: &mut Vec<Fault>) -> Vec<Token> {
    let mut at = if src.starts_with('\u{feff}') { 3 } else { 0 };
    let mut out: Vec<Token> = Vec::new();
    let mut strange = Strange::default();
    let mut quotes: Vec<Kind> = Vec::new();
    for token in tokens(&src[at..]) {
        let start = at + token.gap;
        let end = start + token.text.len();
        at = end;
        let mut push = |kind: Kind, start: usize, end: usize| out.push(Token { kind, start, end });
        match token.kind {
            Kind::Comment if token.text.starts_with("/*") && !token.text.ends_with("*/") => {
                push(Kind::Arithmetic, start, start + 1);
            }
            Kind::Comment if token.ends_line() => push(Kind::Newline, start, end),
            Kind::Comment => {}
            Kind::Text if quotes.last() == Some(&Kind::OpenQuote) => {
                let mut from = start;
                for piece in token.text.split_inclusive(['\r', '\n']) {
                    let text = piece.trim_end_matches(['\r', '\n']).len();
                    if text > 0 {
                        push(Kind::Text, from, from + text);
                    }
                    // Newlines in a row are one fault.
                    if text < piece.len() && (text > 0 || from == start) {
                        push(Kind::Other, from + text, from + piece.len());
                        strange.newline(from + text..from + piece.len(), faults);
                    }
                    from += piece.len();
                }
            }
            kind => {
                match kind {
                    Kind::OpenQuote | Kind::OpenHeredoc | Kind::Interpolation | Kind::Directive => {
                        quotes.push(kind)
                    }
                    Kind::CloseQuote | Kind::CloseHeredoc | Kind::SequenceEnd => {
                        quotes.pop();
                    }
                    Kind::Other => strange.character(token.text, start..end, faults),
                    _ => {}
                }
                push(kind, start, end);
            }
        }
    }
    out
}

/// Characters that are no part of the language; some are said so often only.
#[derive(Default)]
struct Strange {
    operators: usize,
    backticks: usize,
    quotes: usize,
    semicolons: usize,
}

impl Strange {
    fn newline(&mut self, at: Range<usize>, faults: &mut Vec<Fault>) {
        faults.push(Fault::new(
            at,
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to \
             represent a newline character or use the \"heredoc\" multi-line template syntax.",
        ));
    }

    fn character(&mut self, text: &str, at: Range<usize>, faults: &mut Vec<Fault>) {
        let counted = |count: &mut usize| {
            *count += 1;
            *count
        };
        let detail = match text {
            "&" | "|" | "^" | "~" => {
                let near = match text {
                    "&" => " Did you mean boolean AND (\"&&\")?",
                    "|" => " Did you mean boolean OR (\"||\")?",
                    "~" => " Did you mean boolean NOT (\"!\")?",
                    _ => "",
                };
                if counted(&mut self.operators) <= 4 {
                    let detail = format!("Bitwise operators are not supported.{near}");
                    faults.push(Fault::new(at, "Unsupported operator", detail));
                }
                return;
            }
            // Those that close are not said.
            "`" if !matches!(counted(&mut self.backticks), 1 | 3) => return,
            "'" if !matches!(counted(&mut self.quotes), 1 | 3) => return,
            ";" if counted(&mut self.semicolons) > 1 => return,
            "`" => {
                "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \"<<EOT\"."
            }
            "'" => "Single quotes are not valid. Use double quotes (\") to enclose strings.",
            ";" => {
                "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items \
                 in collection values."
            }
            "\u{201c}" | "\u{201d}" => {
                "\"Curly quotes\" are not valid here. These can sometimes be inadvertently introduced when sharing code via \
                 documents or discussion forums. It might help to replace the character with a \"straight quote\"."
            }
            _ => "This character is not used within the language.",
        };
        faults.push(Fault::new(at, "Invalid character", detail));
    }
}
