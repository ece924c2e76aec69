//! Bodies: arguments and blocks.

use std::ops::Range;

use super::{Item, Judge, Token};
use crate::lang::syntax::token::Kind;

const NOTHING_HERE: &str = "An argument or block definition is required here.";
const SET_WITH_EQUALS: &str = "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to introduce the \
     argument value.";
const UNCLOSED_BLOCK: &str = "There is no closing brace for this block before the end of the file. This may be caused by \
                              incorrect brace nesting elsewhere in this file.";
const REQUIRED: &str = "Argument or block definition required";
const ONE_LINE: &str = "Invalid single-argument block definition";

impl Judge<'_> {
    pub(super) fn body(&mut self, end: Kind, start: Token) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            let next = self.peek();
            if next.kind == end {
                self.read();
                return items;
            }
            match next.kind {
                Kind::Newline => {
                    self.read();
                }
                Kind::Name => items.extend(self.item()),
                kind => {
                    self.read();
                    match kind {
                        Kind::OpenQuote => {
                            self.unless_recovering(
                                next,
                                "Invalid argument name",
                                "Argument names must not be quoted.",
                            );
                        }
                        Kind::End => {
                            self.unless_recovering(start, "Unclosed configuration block", UNCLOSED_BLOCK);
                        }
                        _ => self.unless_recovering(next, REQUIRED, NOTHING_HERE),
                    }
                    self.recover(end);
                    return items;
                }
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let name = self.read();
        match self.peek().kind {
            Kind::Equal => Some(self.attribute(name, false)),
            Kind::OpenQuote | Kind::OpenBrace | Kind::Name => Some(self.block(name)),
            _ => {
                self.recover_item();
                self.fault(name.range(), REQUIRED, SET_WITH_EQUALS);
                None
            }
        }
    }

    fn attribute(&mut self, name: Token, one_line: bool) -> Item {
        self.read();
        let before = self.faults.len();
        self.expression();
        let good = self.faults.len() == before;
        let whole = name.to(self.last);
        if self.lost(before) {
            self.recover_item();
        } else if !one_line {
            let next = self.peek();
            match next.kind {
                Kind::Newline | Kind::End => {
                    self.read();
                }
                Kind::Comma => {
                    self.unless_recovering(
                        next,
                        "Unexpected comma after argument",
                        "Argument definitions must be separated by newlines, not commas. An argument definition must end \
                         with a newline.",
                    );
                    self.recover_item();
                }
                _ => {
                    self.unless_recovering(
                        next,
                        "Missing newline after argument",
                        "An argument definition must end with a newline.",
                    );
                    self.recover_item();
                }
            }
        }
        Item::Attribute { name: name.range(), whole, good }
    }

    fn block(&mut self, kind: Token) -> Item {
        let mut labels = Vec::new();
        let open = loop {
            let next = self.peek();
            match next.kind {
                Kind::OpenBrace => break self.read(),
                Kind::OpenQuote => labels.push(self.label()),
                Kind::Name => {
                    self.read();
                    labels.push(next.range());
                }
                other => {
                    let summary = "Invalid block definition";
                    match other {
                        Kind::Equal => self.fault(
                            next.range(),
                            summary,
                            "The equals sign \"=\" indicates an argument definition, and must not be used when defining a \
                             block.",
                        ),
                        Kind::Newline => self.fault(
                            next.range(),
                            summary,
                            "A block definition must have block content delimited by \"{\" and \"}\", starting on the same \
                             line as the block header.",
                        ),
                        _ => self.unless_recovering(
                            next,
                            summary,
                            "Either a quoted string block label or an opening brace (\"{\") is expected here.",
                        ),
                    }
                    self.recover_item();
                    let items = Vec::new();
                    return Item::Block {
                        kind: kind.range(),
                        labels,
                        whole: kind.range(),
                        open: kind.range(),
                        items,
                    };
                }
            }
        };
        let items = match self.peek().kind {
            Kind::Newline | Kind::End | Kind::CloseBrace => {
                self.deeper(|judge| judge.body(Kind::CloseBrace, open)).unwrap_or_default()
            }
            _ => self.one_line(open),
        };
        let whole = kind.to(self.last);
        let next = self.peek();
        if matches!(next.kind, Kind::Newline | Kind::End) {
            self.read();
        } else {
            self.unless_recovering(
                next,
                "Missing newline after block definition",
                "A block definition must end with a newline.",
            );
            self.recover_item();
        }
        Item::Block { kind: kind.range(), labels, whole, open: open.range(), items }
    }

    /// `{ name = value }` on one line.
    fn one_line(&mut self, open: Token) -> Vec<Item> {
        let name = self.read();
        let next = self.peek();
        let mut items = Vec::new();
        match next.kind {
            _ if name.kind != Kind::Name => {
                self.recover_item();
                self.fault(name.range(), REQUIRED, NOTHING_HERE);
            }
            Kind::Equal => items.push(self.attribute(name, true)),
            Kind::OpenQuote | Kind::OpenBrace | Kind::Name => {
                self.recover_item();
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you meant to define argument \
                     {:?}, use an equals sign to assign it a value. To define a nested block, place it on a line of its own \
                     within its parent block.",
                    self.text(name)
                );
                self.fault(name.to(next), "Argument definition required", detail);
            }
            _ => {
                self.recover_item();
                self.fault(name.range(), REQUIRED, SET_WITH_EQUALS);
            }
        }
        let next = self.peek();
        match next.kind {
            Kind::CloseBrace => {
                self.read();
                return items;
            }
            Kind::Comma => self.fault(
                next.range(),
                ONE_LINE,
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use the \
                 multi-line block syntax with one argument definition per line.",
            ),
            Kind::Newline => self.fault(
                next.range(),
                ONE_LINE,
                "An argument definition on the same line as its containing block creates a single-line block definition, \
                 which must also be closed on the same line. Place the block's closing brace immediately after the argument \
                 definition.",
            ),
            Kind::End => self.unless_recovering(open, "Unclosed configuration block", UNCLOSED_BLOCK),
            _ => self.unless_recovering(
                next,
                ONE_LINE,
                "A single-line block definition must end with a closing brace immediately after its single argument \
                 definition.",
            ),
        }
        self.recover(Kind::CloseBrace);
        items
    }

    /// A quoted label: its text.
    fn label(&mut self) -> Range<usize> {
        let summary = "Invalid string literal";
        let quote = self.read();
        loop {
            let next = self.read();
            match next.kind {
                Kind::CloseQuote => return quote.end..next.start,
                Kind::Text => self.escapes(next),
                Kind::Interpolation | Kind::Directive => {
                    let which = &self.text(next)[..1];
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal {which:?}, double it (as \
                         \"{which}{which}\") to escape it."
                    );
                    self.fault(next.range(), summary, detail);
                    self.recover(Kind::SequenceEnd);
                }
                Kind::End => {
                    let detail = "Unable to find the closing quote mark before the end of the file.";
                    self.fault(next.range(), "Unterminated string literal", detail);
                    return quote.end..next.start;
                }
                _ => {
                    self.fault(next.range(), summary, "This item is not valid in a string literal.");
                    self.recover(Kind::CloseQuote);
                    return quote.end..next.start;
                }
            }
        }
    }
}
