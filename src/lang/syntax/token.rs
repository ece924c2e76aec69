//! The tokens of a text as they stand in it, comments and newlines among them: what layout is made of.
//!
//! It takes any text apart and judges nothing: whether a text is a configuration, the parser says.

use super::scan::{is_name_part, is_name_start};

/// What a token is, as far as layout asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Newline,
    /// With its newline, if it is of the kind that ends with the line.
    Comment,
    Name,
    Number,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// With its newline: `<<-EOT`.
    OpenHeredoc,
    /// The whole line with the marker, without its newline.
    CloseHeredoc,
    /// Text of a string or a heredoc.
    Text,
    /// `${`, `${~`
    Interpolation,
    /// `%{`, `%{~`
    Directive,
    /// `}`, `~}`
    SequenceEnd,
    Dot,
    Comma,
    Ellipsis,
    DoubleColon,
    Colon,
    Question,
    Equal,
    Bang,
    Minus,
    /// `+ * / %`
    Arithmetic,
    /// `== != < <= > >=`
    Comparison,
    /// `&& ||`
    Logic,
    Arrow,
    /// No part of the language.
    Other,
    /// After the last one.
    End,
}

impl Kind {
    /// How many brackets more are open after it.
    pub(super) fn opens(self) -> isize {
        match self {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::Interpolation | Kind::Directive => {
                1
            }
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::SequenceEnd => -1,
            _ => 0,
        }
    }
}

/// A piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// Blanks before it.
    pub gap: usize,
}

impl<'a> Token<'a> {
    /// A token that was not in the text.
    pub(super) fn new(kind: Kind, text: &'a str) -> Token<'a> {
        Token { kind, text, gap: 0 }
    }

    /// The line ends with it.
    pub(super) fn ends_line(&self) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.text.ends_with('\n'),
            _ => false,
        }
    }
}

/// Where the lexer is.
enum Frame<'a> {
    /// Inside `${` or `%{`, so many braces deep.
    Sequence {
        braces: usize,
    },
    Quote,
    Heredoc {
        marker: &'a str,
        line_start: bool,
    },
}

/// Takes a text apart. The last token is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, end: 0, frames: Vec::new(), out: Vec::new() };
    while lexer.at < text.len() {
        match lexer.frames.last() {
            Some(Frame::Quote) => lexer.quoted(),
            Some(Frame::Heredoc { marker, line_start }) => {
                let (marker, line_start) = (*marker, *line_start);
                lexer.heredoc(marker, line_start);
            }
            _ => lexer.code(),
        }
    }
    lexer.push(Kind::End, 0);
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where the last token ended.
    end: usize,
    frames: Vec<Frame<'a>>,
    out: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let text = &self.text[self.at..self.at + length];
        self.out.push(Token { kind, text, gap: self.at - self.end });
        self.at += length;
        self.end = self.at;
    }

    /// The start of a sequence, if there is one here.
    fn sequence(&mut self) -> bool {
        let rest = self.rest();
        let kind = if rest.starts_with("${") {
            Kind::Interpolation
        } else if rest.starts_with("%{") {
            Kind::Directive
        } else {
            return false;
        };
        if let Some(Frame::Heredoc { line_start, .. }) = self.frames.last_mut() {
            *line_start = false;
        }
        self.push(kind, if rest[2..].starts_with('~') { 3 } else { 2 });
        self.frames.push(Frame::Sequence { braces: 0 });
        true
    }

    fn quoted(&mut self) {
        if self.sequence() {
            return;
        }
        if self.rest().starts_with('"') {
            self.frames.pop();
            return self.push(Kind::CloseQuote, 1);
        }
        let mut length = 0;
        let rest = self.rest();
        while let Some(c) = rest[length..].chars().next() {
            let here = &rest[length..];
            length += match c {
                '"' => break,
                '\\' => 1 + here[1..].chars().next().map_or(0, char::len_utf8),
                '$' | '%' if here[1..].starts_with('{') => break,
                '$' | '%' => escaped_sequence(here),
                c => c.len_utf8(),
            };
        }
        self.push(Kind::Text, length);
    }

    fn heredoc(&mut self, marker: &'a str, line_start: bool) {
        if self.sequence() {
            return;
        }
        let rest = self.rest();
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        if line_start && line.trim() == marker {
            self.frames.pop();
            return self.push(Kind::CloseHeredoc, line.trim_end_matches(['\r', '\n']).len());
        }
        let mut length = 0;
        while let Some(c) = line[length..].chars().next() {
            let here = &line[length..];
            length += match c {
                '$' | '%' if here[1..].starts_with('{') => break,
                '$' | '%' => escaped_sequence(here),
                c => c.len_utf8(),
            };
        }
        if let Some(Frame::Heredoc { line_start, .. }) = self.frames.last_mut() {
            *line_start = line[..length].ends_with('\n');
        }
        self.push(Kind::Text, length);
    }

    fn code(&mut self) {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let begins = |s: &str| rest.starts_with(s);
        let line = || rest.find('\n').map_or(rest.len(), |n| n + 1);
        let (kind, length) = match bytes[0] {
            b' ' | b'\t' => {
                self.at += 1;
                return;
            }
            b'\n' => (Kind::Newline, 1),
            b'\r' if begins("\r\n") => (Kind::Newline, 2),
            b'#' => (Kind::Comment, line()),
            b'/' if begins("//") => (Kind::Comment, line()),
            b'/' if begins("/*") => (Kind::Comment, rest[2..].find("*/").map_or(rest.len(), |n| n + 4)),
            b'"' => {
                self.frames.push(Frame::Quote);
                (Kind::OpenQuote, 1)
            }
            b'<' if begins("<<") => match heredoc_start(rest) {
                Some((marker, length)) => {
                    self.frames.push(Frame::Heredoc { marker, line_start: true });
                    (Kind::OpenHeredoc, length)
                }
                None => (Kind::Comparison, 1),
            },
            b'{' => {
                if let Some(Frame::Sequence { braces }) = self.frames.last_mut() {
                    *braces += 1;
                }
                (Kind::OpenBrace, 1)
            }
            b'~' if begins("~}") => {
                self.frames.pop_if(|f| matches!(f, Frame::Sequence { braces: 0 }));
                (Kind::SequenceEnd, 2)
            }
            b'}' => match self.frames.last_mut() {
                Some(Frame::Sequence { braces: 0 }) => {
                    self.frames.pop();
                    (Kind::SequenceEnd, 1)
                }
                Some(Frame::Sequence { braces }) => {
                    *braces -= 1;
                    (Kind::CloseBrace, 1)
                }
                _ => (Kind::CloseBrace, 1),
            },
            b'0'..=b'9' => (Kind::Number, number(bytes)),
            _ => match SYMBOLS.iter().find(|(symbol, _)| begins(symbol)) {
                Some((symbol, kind)) => (*kind, symbol.len()),
                None => word(rest),
            },
        };
        self.push(kind, length);
    }
}

/// Longer ones first.
const SYMBOLS: &[(&str, Kind)] = &[
    ("...", Kind::Ellipsis),
    ("==", Kind::Comparison),
    ("!=", Kind::Comparison),
    (">=", Kind::Comparison),
    ("<=", Kind::Comparison),
    ("&&", Kind::Logic),
    ("||", Kind::Logic),
    ("::", Kind::DoubleColon),
    ("=>", Kind::Arrow),
    ("[", Kind::OpenBracket),
    ("]", Kind::CloseBracket),
    ("(", Kind::OpenParen),
    (")", Kind::CloseParen),
    (".", Kind::Dot),
    (",", Kind::Comma),
    ("*", Kind::Arithmetic),
    ("/", Kind::Arithmetic),
    ("%", Kind::Arithmetic),
    ("+", Kind::Arithmetic),
    ("-", Kind::Minus),
    ("=", Kind::Equal),
    ("<", Kind::Comparison),
    (">", Kind::Comparison),
    ("!", Kind::Bang),
    ("?", Kind::Question),
    (":", Kind::Colon),
];

/// The length of a `$` or `%` that begins no sequence, or of the escape of one.
fn escaped_sequence(here: &str) -> usize {
    if here.starts_with("$${") || here.starts_with("%%{") { 3 } else { 1 }
}

/// The marker, and the length of the whole line that names it.
fn heredoc_start(rest: &str) -> Option<(&str, usize)> {
    let dash = usize::from(rest[2..].starts_with('-'));
    let after = &rest[2 + dash..];
    let (Kind::Name, length) = word(after) else { return None };
    let newline = match &after[length..] {
        tail if tail.starts_with('\n') => 1,
        tail if tail.starts_with("\r\n") => 2,
        _ => return None,
    };
    Some((&after[..length], 2 + dash + length + newline))
}

/// Digits with dots and exponents among them; a dot is not the last of it.
fn number(bytes: &[u8]) -> usize {
    let digit = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_digit);
    let (mut at, mut length) = (1, 1);
    loop {
        match bytes.get(at) {
            Some(b'.') => {
                at += 1;
                continue;
            }
            Some(b) if b.is_ascii_digit() => at += 1,
            Some(b'e' | b'E') if digit(at + 1) => at += 2,
            Some(b'e' | b'E') if matches!(bytes.get(at + 1), Some(b'+' | b'-')) && digit(at + 2) => at += 3,
            _ => return length,
        }
        length = at;
    }
}

/// A name, or one character that is nothing.
fn word(rest: &str) -> (Kind, usize) {
    let mut chars = rest.chars();
    match chars.next() {
        Some(c) if is_name_start(c) => {
            let tail: usize = chars.take_while(|c| is_name_part(*c)).map(char::len_utf8).sum();
            (Kind::Name, c.len_utf8() + tail)
        }
        c => (Kind::Other, c.map_or(0, char::len_utf8)),
    }
}
