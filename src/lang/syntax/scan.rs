//! One scan of a text before it is parsed. It finds the faults that the parser words badly (strings, brackets, heredocs,
//! characters), blanks the newlines that the language ignores (byte for byte, so that places stay true), and cuts the text
//! into items, so that each bad attribute or block can give its own error.

use std::ops::Range;

use super::directive::Directives;
use super::fault::Fault;

/// What a scan gives.
pub(super) struct Scan {
    /// The text of the range with ignorable newlines as spaces; as long as the range.
    pub text: String,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// The pieces that end with a newline outside all brackets.
    pub items: Vec<Range<usize>>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Mode {
    Brace,
    For,
    Paren,
    Bracket,
    Interpolation,
    Quote,
    Heredoc,
}

struct Frame {
    mode: Mode,
    at: usize,
    /// The marker of a heredoc.
    tag: Range<usize>,
    /// The directives of a string or heredoc.
    directives: Directives,
}

/// How the text begins.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// A body: attributes and blocks.
    Body,
    /// An expression alone: newlines are ignored.
    Expression,
    /// A template: text with sequences.
    Template,
}

pub(super) fn is_name_start(c: char) -> bool {
    hcl::edit::Ident::try_new(c.to_string()).is_ok()
}

pub(super) fn is_name_part(c: char) -> bool {
    c == '-'
        || c.is_ascii_alphanumeric()
        || c == '_'
        || (!c.is_ascii() && hcl::edit::Ident::try_new(format!("a{c}")).is_ok())
}

/// Scans `src[range]`.
pub(super) fn scan(src: &str, range: Range<usize>, start: Start) -> Scan {
    let mut scanner = Scanner {
        src,
        bytes: src.as_bytes(),
        out: src.as_bytes()[range.clone()].to_vec(),
        base: range.start,
        at: range.start,
        end: range.end,
        item_start: range.start,
        stack: Vec::new(),
        faults: Vec::new(),
        items: Vec::new(),
        start,
        directives: Directives::default(),
    };
    scanner.run();
    Scan {
        text: String::from_utf8(scanner.out).unwrap_or_default(),
        faults: scanner.faults,
        items: scanner.items,
    }
}

struct Scanner<'a> {
    src: &'a str,
    bytes: &'a [u8],
    out: Vec<u8>,
    base: usize,
    at: usize,
    end: usize,
    item_start: usize,
    stack: Vec<Frame>,
    faults: Vec<Fault>,
    items: Vec<Range<usize>>,
    start: Start,
    /// The directives of a template outside all strings.
    directives: Directives,
}

impl Scanner<'_> {
    fn run(&mut self) {
        if self.at == 0 && self.src.starts_with('\u{feff}') && self.end >= 3 {
            self.blank(0..3);
            self.at = 3;
        }
        while self.at < self.end {
            match self.stack.last().map(|f| f.mode) {
                Some(Mode::Quote) => self.in_quote(),
                Some(Mode::Heredoc) => self.in_heredoc(),
                None if self.start == Start::Template => self.in_template(),
                top => self.in_code(top),
            }
        }
        for n in 0..self.stack.len() {
            let frame = &self.stack[n];
            self.faults.push(unclosed(self.src, frame.mode, frame.at, self.end));
        }
        if self.stack.is_empty() {
            self.faults.extend(self.directives.end(self.src, self.end..self.end));
        }
        if self.item_start < self.end && !self.src[self.item_start..self.end].trim().is_empty() {
            self.items.push(self.item_start..self.end);
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    fn blank(&mut self, range: Range<usize>) {
        for n in range {
            self.out[n - self.base] = b' ';
        }
    }

    fn push(&mut self, mode: Mode, length: usize) {
        self.stack.push(Frame { mode, at: self.at, tag: 0..0, directives: Directives::default() });
        self.at += length;
    }

    fn char_length(&self, at: usize) -> usize {
        self.src[at..].chars().next().map_or(1, char::len_utf8)
    }

    /// `${`, `%{` and their escapes; false when there is none here.
    fn sequence(&mut self) -> bool {
        let rest = &self.bytes[self.at..self.end];
        if rest.starts_with(b"$${") || rest.starts_with(b"%%{") {
            self.at += 3;
        } else if rest.starts_with(b"${") || rest.starts_with(b"%{") {
            if rest[0] == b'%' {
                let directives = match self.stack.last_mut() {
                    Some(frame) => &mut frame.directives,
                    None => &mut self.directives,
                };
                self.faults.extend(directives.sequence(self.src, self.at, self.end));
            }
            self.push(Mode::Interpolation, 2);
            if self.byte(self.at) == Some(b'~') {
                self.at += 1;
            }
        } else {
            return false;
        }
        true
    }

    fn in_template(&mut self) {
        if !self.sequence() {
            self.at += self.char_length(self.at);
        }
    }

    fn in_quote(&mut self) {
        match self.bytes[self.at] {
            b'"' => {
                let frame = self.stack.pop();
                let at = self.at..self.at + 1;
                self.faults.extend(frame.and_then(|f| f.directives.end(self.src, at)));
                self.at += 1;
            }
            b'\\' if self.byte(self.at + 1).is_some_and(|b| b != b'\n') => {
                self.at += 1 + self.char_length(self.at + 1);
            }
            b'\n' | b'\r' => {
                let opened = self.stack.pop().map_or(self.at, |f| f.at);
                self.faults.push(Fault::new(
                    opened..self.at,
                    "Invalid multi-line string",
                    "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \
                     \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax.",
                ));
                self.blank(opened..self.at);
                self.out[opened - self.base] = b'0';
            }
            _ => {
                if !self.sequence() {
                    self.at += self.char_length(self.at);
                }
            }
        }
    }

    fn in_heredoc(&mut self) {
        let tag = self.stack.last().map_or(0..0, |f| f.tag.clone());
        if self.at > 0 && self.bytes[self.at - 1] == b'\n' {
            let rest = &self.src[self.at..self.end];
            let line = rest.split('\n').next().unwrap_or(rest);
            if line.trim() == &self.src[tag] {
                let frame = self.stack.pop();
                let length = line.trim_end().len();
                let at = self.at..self.at + length;
                self.faults.extend(frame.and_then(|f| f.directives.end(self.src, at)));
                self.at += length;
                return;
            }
        }
        if !self.sequence() {
            self.at += self.char_length(self.at);
        }
    }

    fn in_code(&mut self, top: Option<Mode>) {
        let quiet = match top {
            Some(Mode::Paren | Mode::Bracket | Mode::For | Mode::Interpolation) => true,
            None => self.start == Start::Expression,
            _ => false,
        };
        let byte = self.bytes[self.at];
        let next = self.byte(self.at + 1);
        match byte {
            b'\n' => {
                if quiet {
                    self.blank(self.at..self.at + 1);
                }
                self.at += 1;
                if self.stack.is_empty() {
                    if !self.src[self.item_start..self.at].trim().is_empty() {
                        self.items.push(self.item_start..self.at);
                    }
                    self.item_start = self.at;
                }
            }
            b'\r' => {
                if quiet {
                    self.blank(self.at..self.at + 1);
                }
                self.at += 1;
            }
            b' ' | b'\t' => self.at += 1,
            b'#' => self.line_comment(quiet),
            b'/' if next == Some(b'/') => self.line_comment(quiet),
            b'/' if next == Some(b'*') => self.block_comment(),
            b'"' => self.push(Mode::Quote, 1),
            b'<' if next == Some(b'<') => self.heredoc_start(),
            b'{' => {
                let mode =
                    if for_follows(&self.src[..self.end], self.at + 1) { Mode::For } else { Mode::Brace };
                self.push(mode, 1);
            }
            b'(' => self.push(Mode::Paren, 1),
            b'[' => self.push(Mode::Bracket, 1),
            b'}' | b')' | b']' => self.close(top, byte),
            _ => self.character(byte),
        }
    }

    fn line_comment(&mut self, quiet: bool) {
        let rest = &self.src[self.at..self.end];
        let length = rest.find('\n').unwrap_or(rest.len());
        if quiet {
            self.blank(self.at..self.at + length);
        }
        self.at += length;
    }

    fn block_comment(&mut self) {
        match self.src[self.at + 2..self.end].find("*/") {
            Some(length) => {
                // A comment over several lines ends no item.
                self.at += length + 4;
            }
            None => {
                self.faults.push(Fault::new(
                    self.at..self.at + 2,
                    "Unterminated comment",
                    "The comment that starts here is not closed: there is no \"*/\" before the end of the file.",
                ));
                let rest = self.at..self.end;
                self.blank(rest);
                self.at = self.end;
            }
        }
    }

    fn heredoc_start(&mut self) {
        let mut name = self.at + 2;
        if self.byte(name) == Some(b'-') {
            name += 1;
        }
        let rest = &self.src[name..self.end];
        let length: usize = rest
            .chars()
            .enumerate()
            .take_while(|(n, c)| if *n == 0 { is_name_start(*c) } else { is_name_part(*c) })
            .map(|(_, c)| c.len_utf8())
            .sum();
        let after = &rest[length..];
        let newline = if after.starts_with('\n') {
            1
        } else if after.starts_with("\r\n") {
            2
        } else {
            0
        };
        if length == 0 || newline == 0 {
            self.faults.push(Fault::new(
                self.at..name + length,
                "Invalid expression",
                "Expected the start of an expression, but found an invalid expression token. A heredoc starts with << or <<- \
                 followed at once by a name and a newline.",
            ));
            self.at = name + length;
        } else {
            self.stack.push(Frame {
                mode: Mode::Heredoc,
                at: self.at,
                tag: name..name + length,
                directives: Directives::default(),
            });
            self.at = name + length + newline;
        }
    }

    fn close(&mut self, top: Option<Mode>, byte: u8) {
        let closes = matches!(
            (top, byte),
            (Some(Mode::Brace | Mode::For | Mode::Interpolation), b'}')
                | (Some(Mode::Paren), b')')
                | (Some(Mode::Bracket), b']')
        );
        if closes {
            self.stack.pop();
        } else {
            self.faults.push(unexpected_closer(byte, self.at, self.stack.last().map(|f| (f.mode, f.at))));
            // The closer is trusted: unwind to its opener when there is one.
            let opener = self.stack.iter().rposition(|f| {
                matches!(
                    (f.mode, byte),
                    (Mode::Brace | Mode::For, b'}') | (Mode::Paren, b')') | (Mode::Bracket, b']')
                )
            });
            if let Some(n) = opener
                && !self.stack[n..].iter().any(|f| f.mode == Mode::Interpolation)
            {
                self.stack.truncate(n);
            }
        }
        self.at += 1;
    }

    fn character(&mut self, byte: u8) {
        let summary = "Invalid character";
        let known = |b: u8| b.is_ascii_alphanumeric() || b"_.,=:?+-*/%!<>&|~".contains(&b);
        if known(byte) {
            // One `&` or `|` is a fault of its own; the doubled ones are operators.
            if (byte == b'&' || byte == b'|') && self.byte(self.at + 1) == Some(byte) {
                self.at += 2;
                return;
            }
            let wrong = match byte {
                b'&' => Some("Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?"),
                b'|' => Some("Bitwise operators are not supported. Did you mean boolean OR (\"||\")?"),
                _ => None,
            };
            if let Some(detail) = wrong {
                self.faults.push(Fault::new(self.at..self.at + 1, "Unsupported operator", detail));
                // The parser must stop here, not look for the other half.
                self.out[self.at - self.base] = b'`';
            }
            self.at += 1;
            return;
        }
        let length = self.char_length(self.at);
        let c = self.src[self.at..].chars().next().unwrap_or(' ');
        if is_name_part(c) {
            self.at += length;
            return;
        }
        let detail = match c {
            '\'' => "Single quotes are not valid. Use double quotes (\") to enclose strings.".to_string(),
            '`' => "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" syntax, like \
                    \"<<EOT\"."
                .to_string(),
            ';' => "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas to \
                    separate items in collection values."
                .to_string(),
            '^' => {
                self.faults.push(Fault::new(
                    self.at..self.at + 1,
                    "Unsupported operator",
                    "Bitwise operators are not supported.",
                ));
                self.at += 1;
                return;
            }
            '\u{201c}' | '\u{201d}' => "\"Curly quotes\" are not valid here. These can sometimes be inadvertently \
                                        introduced when sharing code via documents or discussion forums. It might help \
                                        to replace the character with a \"straight quote\"."
                .to_string(),
            _ => "This character is not used within the language.".to_string(),
        };
        self.faults.push(Fault::new(self.at..self.at + length, summary, detail));
        self.at += length;
        if c == '\'' {
            // What was meant as a string is passed over, up to its other quote.
            let rest = &self.src[self.at..self.end];
            let line = rest.split('\n').next().unwrap_or(rest);
            self.at += line.find('\'').map_or(0, |n| n + 1);
        }
    }
}

/// After `{` or `[` and blanks and comments: the word `for`?
pub(super) fn for_follows(src: &str, mut at: usize) -> bool {
    let bytes = src.as_bytes();
    loop {
        let rest = &src[at.min(src.len())..];
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(b'#') => at += rest.find('\n').unwrap_or(rest.len()),
            Some(b'/') if bytes.get(at + 1) == Some(&b'/') => at += rest.find('\n').unwrap_or(rest.len()),
            Some(b'/') if bytes.get(at + 1) == Some(&b'*') => {
                at += rest.find("*/").map_or(rest.len(), |n| n + 2);
            }
            _ => {
                return rest
                    .strip_prefix("for")
                    .is_some_and(|after| after.starts_with([' ', '\t', '\n', '\r', '#', '/']));
            }
        }
    }
}

fn unexpected_closer(byte: u8, at: usize, open: Option<(Mode, usize)>) -> Fault {
    let span = at..at + 1;
    match (open, byte) {
        (Some((Mode::Paren, opened)), _) => Fault::new(
            opened..opened + 1,
            "Unbalanced parentheses",
            "Expected a closing parenthesis to terminate the expression.",
        ),
        (Some((Mode::Bracket, _)), _) => Fault::new(
            span,
            "Missing item separator",
            "Expected a comma to mark the beginning of the next item.",
        ),
        (Some((Mode::Interpolation, _)), _) => Fault::new(
            span,
            "Extra characters after interpolation expression",
            "Expected a closing brace to end the interpolation expression, but found extra characters.",
        ),
        (Some((Mode::Brace | Mode::For, _)), _) => Fault::new(
            span,
            "Invalid expression",
            "Expected the start of an expression, but found an invalid expression token.",
        ),
        (_, b'}') => Fault::new(
            span,
            "Argument or block definition required",
            "An argument or block definition is required here. This closing brace has no opening one.",
        ),
        _ => Fault::new(
            span,
            "Argument or block definition required",
            "An argument or block definition is required here. This closing bracket has no opening one.",
        ),
    }
}

fn unclosed(src: &str, mode: Mode, at: usize, end: usize) -> Fault {
    let one = at..(at + src[at..end].chars().next().map_or(0, char::len_utf8));
    match mode {
        Mode::Quote => {
            Fault::new(one, "Unterminated template string", "No closing marker was found for the string.")
        }
        Mode::Heredoc => Fault::new(
            at..at + src[at..end].find('\n').unwrap_or(end - at),
            "Unterminated template string",
            "No closing marker was found for the string.",
        ),
        Mode::Interpolation => Fault::new(
            one,
            "Unclosed template interpolation sequence",
            "There is no closing brace for this interpolation sequence before the end of the file. This might be caused \
             by incorrect nesting inside the given expression.",
        ),
        Mode::Paren => Fault::new(
            one,
            "Unbalanced parentheses",
            "Expected a closing parenthesis to terminate the expression.",
        ),
        Mode::Bracket => Fault::new(
            one,
            "Unterminated tuple constructor expression",
            "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect \
             bracket nesting elsewhere in this file.",
        ),
        Mode::For => Fault::new(
            one,
            "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace \
             nesting elsewhere in this file.",
        ),
        Mode::Brace => {
            // A brace of a block or of an object?
            let before = src[..at].trim_end();
            if before.ends_with(['=', '(', ',', '[', ':', '?']) {
                Fault::new(
                    one,
                    "Unterminated object constructor expression",
                    "There is no corresponding closing brace before the end of the file. This may be caused by \
                     incorrect brace nesting elsewhere in this file.",
                )
            } else {
                Fault::new(
                    one,
                    "Unclosed configuration block",
                    "There is no closing brace for this block before the end of the file. This may be caused by \
                     incorrect brace nesting elsewhere in this file.",
                )
            }
        }
    }
}
