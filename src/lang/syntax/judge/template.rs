//! Templates: quoted ones and heredocs.

use std::ops::Range;

use super::{Judge, Token};
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::fault::escape;
use crate::lang::syntax::token::Kind;

/// A directive of a template, or what stands between two.
enum Part {
    Text,
    If(Range<usize>),
    For(Range<usize>),
    Else(Range<usize>),
    EndIf(Range<usize>),
    EndFor(Range<usize>),
}

impl Judge<'_> {
    /// What stands between quotes, or the markers of a heredoc.
    pub(super) fn template(&mut self, end: Kind) {
        let start = self.peek();
        let mut parts = Vec::new();
        let last = loop {
            let next = self.read();
            match next.kind {
                kind if kind == end => break next,
                Kind::Text => {
                    if end == Kind::CloseQuote {
                        self.escapes(next);
                    }
                    parts.push(Part::Text);
                }
                Kind::Interpolation => {
                    self.newlines.push(false);
                    self.interpolation(start, end);
                    self.newlines.pop();
                    parts.push(Part::Text);
                }
                Kind::Directive => {
                    self.newlines.push(false);
                    match self.directive(next) {
                        Some((part, keyword)) => {
                            parts.push(part);
                            self.close_directive(keyword);
                        }
                        None => self.recover(Kind::SequenceEnd),
                    }
                    self.newlines.pop();
                }
                _ => {
                    let detail = "No closing marker was found for the string.";
                    self.unless_recovering(next, "Unterminated template string", detail);
                    self.recover(end);
                    break self.last;
                }
            }
        };
        let mut at = 0;
        while at < parts.len() {
            self.balance(&parts, &mut at, last);
        }
    }

    fn interpolation(&mut self, start: Token, end: Kind) {
        self.expression();
        let close = self.peek();
        if close.kind == Kind::SequenceEnd {
            self.read();
            return;
        }
        let unclosed = "Unclosed template interpolation sequence";
        let extra = "Extra characters after interpolation expression";
        match close.kind {
            Kind::End => self.unless_recovering(
                start,
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the file. This might be caused \
                 by incorrect nesting inside the given expression.",
            ),
            Kind::Colon => self.unless_recovering(
                close,
                extra,
                "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal \
                 sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" \
                 instead of just \"${\".",
            ),
            Kind::CloseQuote | Kind::OpenQuote if end == Kind::CloseQuote => self.unless_recovering(
                start,
                unclosed,
                "There is no closing brace for this interpolation sequence before the end of the quoted template. This \
                 might be caused by incorrect nesting inside the given expression.",
            ),
            _ => self.unless_recovering(
                close,
                extra,
                "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can \
                 happen when you include interpolation syntax for another language, such as shell scripting, but forget to \
                 escape the interpolation start token. If this is an embedded sequence for another language, escape it by \
                 starting with \"$${\" instead of just \"${\".",
            ),
        }
        self.recover(Kind::SequenceEnd);
    }

    /// What stands in `%{ … }` with its keyword; `None` if it is none.
    fn directive(&mut self, open: Token) -> Option<(Part, Token)> {
        let keyword = self.peek();
        if keyword.kind != Kind::Name {
            let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.";
            self.unless_recovering(keyword, "Invalid template directive", detail);
            return None;
        }
        self.read();
        let make = match self.text(keyword) {
            "if" => {
                self.expression();
                Part::If
            }
            "else" => Part::Else,
            "endif" => Part::EndIf,
            "endfor" => Part::EndFor,
            "for" => {
                let said = |judge: &mut Self, detail: &str| {
                    judge.unless_recovering(judge.peek(), "Invalid 'for' directive", detail);
                    None
                };
                if self.peek().kind != Kind::Name {
                    return said(self, "For directive requires variable name after 'for'.");
                }
                self.read();
                if self.peek().kind == Kind::Comma {
                    self.read();
                    if self.peek().kind != Kind::Name {
                        return said(self, "For directive requires value variable name after comma.");
                    }
                    self.read();
                }
                if !self.is_word("in") {
                    return said(self, "For directive requires 'in' keyword after names.");
                }
                self.read();
                self.expression();
                Part::For
            }
            other => {
                let near = did_you_mean(other, ["if", "for", "else", "endif", "endfor"])
                    .map_or(String::new(), |near| format!(" Did you mean {near:?}?"));
                let detail = format!("{other:?} is not a valid template control keyword.{near}");
                self.unless_recovering(keyword, "Invalid template control keyword", detail);
                return None;
            }
        };
        Some((make(open.to(self.peek())), keyword))
    }

    fn close_directive(&mut self, keyword: Token) {
        let close = self.peek();
        if close.kind == Kind::SequenceEnd {
            self.read();
            return;
        }
        let summary = format!("Extra characters in {} marker", self.text(keyword));
        let detail = "Expected a closing brace to end the sequence, but found extra characters.";
        self.unless_recovering(close, summary, detail);
        self.recover(Kind::SequenceEnd);
    }

    /// One part of a template, with all that belongs to it if it is a directive.
    fn balance(&mut self, parts: &[Part], at: &mut usize, end: Token) {
        let part = &parts[*at];
        *at += 1;
        let (name, opened) = match part {
            Part::Text => return,
            Part::If(place) => ("if", place),
            Part::For(place) => ("for", place),
            Part::Else(place) | Part::EndIf(place) | Part::EndFor(place) => {
                let summary = format!("Unexpected {} directive", part.name());
                let detail = "The control directives within this template are unbalanced.";
                return self.fault(place.clone(), summary, detail);
            }
        };
        let line = self.src[..opened.start].matches('\n').count() + 1;
        let mut otherwise = false;
        while let Some(next) = parts.get(*at) {
            let (place, detail) = match (next, name) {
                (Part::EndIf(_), "if") | (Part::EndFor(_), "for") => {
                    *at += 1;
                    return;
                }
                (Part::Else(_), "if") if !otherwise => {
                    *at += 1;
                    otherwise = true;
                    continue;
                }
                (Part::Else(place), "if") => {
                    (place, format!("Already in the else clause for the if started in line {line}."))
                }
                (Part::Else(place), _) => {
                    (place, "An else clause is not expected for a for directive.".to_string())
                }
                (Part::EndIf(place) | Part::EndFor(place), _) => (
                    place,
                    format!("Expecting an end{name} directive for the {name} started in line {line}."),
                ),
                _ => {
                    if self.deeper(|judge| judge.balance(parts, at, end)).is_none() {
                        *at = parts.len();
                        return;
                    }
                    continue;
                }
            };
            *at += 1;
            return self.fault(place.clone(), format!("Unexpected {} directive", next.name()), detail);
        }
        let detail =
            format!("The {name} directive in line {line} is missing its corresponding end{name} directive.");
        self.fault(end.range(), "Unexpected end of template", detail);
    }

    pub(super) fn escapes(&mut self, token: Token) {
        let text = self.text(token);
        let mut at = 0;
        while let Some(found) = text[at..].find('\\') {
            let from = at + found;
            let letter = text[from + 1..].chars().next();
            at = from + 1 + letter.map_or(0, char::len_utf8);
            let wanted = match letter {
                Some('n' | 'r' | 't' | '"' | '\\') => continue,
                Some('u') => 4,
                Some('U') => 8,
                _ => 0,
            };
            let digits: String =
                text[at..].chars().take(wanted).take_while(char::is_ascii_hexdigit).collect();
            let known = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).is_some();
            if wanted == 0 || digits.len() != wanted || !known {
                let message = if wanted > 0 { "hex code" } else { "" };
                self.faults.push(escape(self.src, token.start + from + 1, message));
            }
        }
    }
}

impl Part {
    fn name(&self) -> &'static str {
        match self {
            Part::Text => "text",
            Part::If(_) => "if",
            Part::For(_) => "for",
            Part::Else(_) => "else",
            Part::EndIf(_) => "endif",
            Part::EndFor(_) => "endfor",
        }
    }
}
