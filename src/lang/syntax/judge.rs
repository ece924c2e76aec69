//! What is wrong with a text that does not parse, and what of it can still be read.
//!
//! The errors are Terraform's, and so is the way on after one: what is no longer understood is passed over, and until the end
//! of the text only faults are said that cannot follow from the first. Nothing here makes a tree: a text without a fault is
//! not judged.

use std::ops::Range;

use super::fault::Fault;
use super::token::Kind;

mod body;
mod expression;
mod lex;
mod template;

/// So deep may expressions, blocks and templates be nested in one another; what is deeper is not judged.
const MOST_DEPTH: usize = 200;

/// A part of a body that could be told apart.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    /// `name = …`; its value can be read if it is `good`.
    Attribute { name: Range<usize>, whole: Range<usize>, good: bool },
    /// `kind "label" { … }`, or as much of it as there is.
    Block {
        kind: Range<usize>,
        labels: Vec<Range<usize>>,
        whole: Range<usize>,
        open: Range<usize>,
        items: Vec<Item>,
    },
}

/// Judges a file: what is wrong, and its items. Nothing wrong means that it is too deep to be judged.
pub(super) fn judge_body(src: &str) -> (Vec<Fault>, Vec<Item>) {
    let mut judge = Judge::new(src);
    let start = judge.peek();
    let items = judge.body(Kind::End, start);
    if judge.too_deep { (Vec::new(), Vec::new()) } else { (judge.faults, items) }
}

/// Judges a text that is one expression.
pub(super) fn judge_expression(src: &str) -> Vec<Fault> {
    let mut judge = Judge::new(src);
    judge.newlines.push(false);
    judge.expression();
    let next = judge.peek();
    if next.kind != Kind::End {
        let detail = "An expression was successfully parsed, but extra characters were found after it.";
        judge.unless_recovering(next, "Extra characters after expression", detail);
    }
    if judge.too_deep { Vec::new() } else { judge.faults }
}

/// From the first token of a text to its last: what comments and blanks stand around.
pub(super) fn extent(src: &str) -> Range<usize> {
    let tokens = lex::lex(src, &mut Vec::new());
    let mut code = tokens.iter().filter(|t| !matches!(t.kind, Kind::Newline | Kind::End));
    let Some(first) = code.next() else { return src.len()..src.len() };
    first.start..code.next_back().unwrap_or(first).end
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

impl Token {
    fn range(self) -> Range<usize> {
        self.start..self.end
    }

    fn to(self, other: Token) -> Range<usize> {
        self.start..other.end
    }
}

struct Judge<'a> {
    src: &'a str,
    tokens: Vec<Token>,
    next: usize,
    last: Token,
    /// Do newlines count? The innermost bracket decides.
    newlines: Vec<bool>,
    /// Was something passed over? Then what follows may be no fault.
    recovering: bool,
    depth: usize,
    too_deep: bool,
    faults: Vec<Fault>,
}

impl<'a> Judge<'a> {
    fn new(src: &'a str) -> Judge<'a> {
        let mut faults = Vec::new();
        let tokens = lex::lex(src, &mut faults);
        let last = tokens[0];
        let newlines = vec![true];
        Judge { src, tokens, next: 0, last, newlines, recovering: false, depth: 0, too_deep: false, faults }
    }

    fn text(&self, token: Token) -> &'a str {
        &self.src[token.range()]
    }

    fn ahead(&self) -> usize {
        let end = self.tokens.len() - 1;
        let counts = self.newlines.last().copied().unwrap_or(true);
        let skipped = |t: &&Token| t.kind == Kind::Newline && !counts;
        (self.next + self.tokens[self.next.min(end)..].iter().take_while(skipped).count()).min(end)
    }

    fn peek(&self) -> Token {
        self.tokens[self.ahead()]
    }

    fn read(&mut self) -> Token {
        let at = self.ahead();
        self.next = at + 1;
        self.last = self.tokens[at];
        self.last
    }

    fn is_word(&self, word: &str) -> bool {
        let next = self.peek();
        next.kind == Kind::Name && self.text(next) == word
    }

    fn is_star(&self) -> bool {
        self.text(self.peek()) == "*"
    }

    fn fault(&mut self, at: Range<usize>, summary: impl Into<String>, detail: impl Into<String>) {
        self.faults.push(Fault::new(at, summary, detail));
    }

    fn unless_recovering(&mut self, at: Token, summary: impl Into<String>, detail: impl Into<String>) {
        if !self.recovering {
            self.fault(at.range(), summary, detail);
        }
    }

    /// Was something found since there were so many faults, and is the place in the text lost?
    fn lost(&self, before: usize) -> bool {
        self.recovering && self.faults.len() > before
    }

    /// Passes over everything up to and with the closer that belongs here.
    fn recover(&mut self, end: Kind) {
        self.recovering = true;
        let start = opener(end);
        let mut nested = 0usize;
        loop {
            let kind = match self.read().kind {
                Kind::Directive if end == Kind::SequenceEnd => Kind::Interpolation,
                kind => kind,
            };
            if Some(kind) == start {
                nested += 1;
            } else if kind == end && nested > 0 {
                nested -= 1;
            } else if kind == end || kind == Kind::End {
                return;
            }
        }
    }

    /// Passes over the next pair of parentheses and all before it.
    fn recover_call(&mut self) {
        while !matches!(self.read().kind, Kind::OpenParen | Kind::End) {}
        self.recover(Kind::CloseParen);
    }

    /// Passes over the rest of an argument or block: to the newline outside of all brackets.
    fn recover_item(&mut self) {
        self.recovering = true;
        let mut open: Vec<Kind> = Vec::new();
        loop {
            let kind = self.read().kind;
            match kind {
                Kind::Newline if open.is_empty() => return,
                Kind::End => return,
                Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen => open.push(kind),
                Kind::OpenQuote | Kind::OpenHeredoc => open.push(kind),
                Kind::Interpolation | Kind::Directive => open.push(Kind::Interpolation),
                _ => {
                    if let Some(opener) = opener(kind) {
                        while open.last().is_some_and(|k| *k != opener) {
                            open.pop();
                        }
                        open.pop();
                    }
                }
            }
        }
    }

    /// Something that may be nested; `None` if it is nested too deeply.
    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MOST_DEPTH {
            self.too_deep = true;
            self.next = self.tokens.len() - 1;
            return None;
        }
        self.depth += 1;
        let found = run(self);
        self.depth -= 1;
        Some(found)
    }
}

/// The bracket that one closes.
fn opener(close: Kind) -> Option<Kind> {
    Some(match close {
        Kind::CloseBrace => Kind::OpenBrace,
        Kind::CloseBracket => Kind::OpenBracket,
        Kind::CloseParen => Kind::OpenParen,
        Kind::CloseQuote => Kind::OpenQuote,
        Kind::CloseHeredoc => Kind::OpenHeredoc,
        Kind::SequenceEnd => Kind::Interpolation,
        _ => return None,
    })
}
