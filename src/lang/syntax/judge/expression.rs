//! Expressions.

use std::ops::Range;

use super::{Judge, Token};
use crate::lang::number::Number;
use crate::lang::syntax::token::Kind;

const UNCLOSED_OBJECT: &str = "There is no corresponding closing brace before the end of the file. This may be caused by \
                               incorrect brace nesting elsewhere in this file.";
const INVALID_FOR: &str = "Invalid 'for' expression";

impl Judge<'_> {
    /// An expression; its place.
    pub(super) fn expression(&mut self) -> Range<usize> {
        let start = self.peek();
        self.deeper(Judge::conditional);
        start.start..self.last.end.max(start.start)
    }

    fn conditional(&mut self) {
        let before = self.faults.len();
        self.operands();
        if self.lost(before) || self.peek().kind != Kind::Question {
            return;
        }
        self.read();
        let before = self.faults.len();
        self.expression();
        if self.lost(before) {
            return;
        }
        let next = self.peek();
        if next.kind != Kind::Colon {
            let detail =
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.";
            return self.fault(next.range(), "Missing false expression in conditional", detail);
        }
        self.read();
        self.expression();
    }

    fn operands(&mut self) {
        loop {
            let before = self.faults.len();
            self.operand();
            let operator =
                matches!(self.peek().kind, Kind::Arithmetic | Kind::Minus | Kind::Comparison | Kind::Logic);
            if self.lost(before) || !operator {
                return;
            }
            self.read();
        }
    }

    fn operand(&mut self) {
        self.deeper(Judge::term);
        self.steps();
    }

    fn steps(&mut self) {
        loop {
            match self.peek().kind {
                Kind::Dot => self.dot(),
                Kind::OpenBracket => self.bracket(),
                _ => return,
            }
        }
    }

    fn dot(&mut self) {
        const NAME: (&str, &str) = ("Invalid attribute name", "An attribute name is required after a dot.");
        self.read();
        let name = self.peek();
        match name.kind {
            Kind::Name => {
                self.read();
            }
            Kind::Number => self.legacy_index(),
            _ if self.is_star() => {
                self.read();
                while self.peek().kind == Kind::Dot {
                    self.read();
                    match self.peek() {
                        next if next.kind == Kind::Number => self.legacy_index(),
                        next if next.kind == Kind::Name => {
                            self.read();
                        }
                        next => {
                            if self.is_star() {
                                self.unless_recovering(
                                    next,
                                    "Nested splat expression not allowed",
                                    "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                                );
                            } else {
                                self.unless_recovering(name, NAME.0, NAME.1);
                            }
                            self.recovering = true;
                            return;
                        }
                    }
                }
            }
            _ => {
                self.fault(name.range(), NAME.0, NAME.1);
                self.recovering = true;
            }
        }
    }

    fn legacy_index(&mut self) {
        let number = self.read();
        let Some((first, second)) = self.text(number).split_once('.') else { return };
        let detail = format!(
            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index syntax \
             instead, like [{first}][{second}]."
        );
        self.fault(number.range(), "Invalid legacy index syntax", detail);
    }

    fn bracket(&mut self) {
        self.read();
        if self.is_star() {
            self.read();
            let close = self.read();
            if close.kind != Kind::CloseBracket && !self.recovering {
                let detail = "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").";
                self.fault(close.range(), "Missing close bracket on splat index", detail);
                self.recover(Kind::CloseBracket);
            }
            return;
        }
        self.newlines.push(false);
        let before = self.faults.len();
        self.expression();
        if self.lost(before) {
            self.recover(Kind::CloseBracket);
        } else {
            let close = self.read();
            if close.kind != Kind::CloseBracket && !self.recovering {
                let detail = "The index operator must end with a closing bracket (\"]\").";
                self.fault(close.range(), "Missing close bracket on index", detail);
                self.recover(Kind::CloseBracket);
            }
        }
        self.newlines.pop();
    }

    fn term(&mut self) {
        let start = self.peek();
        match start.kind {
            Kind::OpenParen => {
                self.read();
                self.newlines.push(false);
                let before = self.faults.len();
                self.expression();
                if self.faults.len() > before {
                    self.recover(Kind::CloseParen);
                } else {
                    let close = self.peek();
                    if close.kind != Kind::CloseParen {
                        let detail = "Expected a closing parenthesis to terminate the expression.";
                        self.fault(close.range(), "Unbalanced parentheses", detail);
                        self.recovering = true;
                    }
                    self.read();
                }
                self.newlines.pop();
            }
            Kind::Number => {
                self.read();
                if Number::parse(self.text(start)).is_none() {
                    let detail = "Failed to recognize the value of this number literal.";
                    self.fault(start.range(), "Invalid number literal", detail);
                }
            }
            Kind::Name => {
                self.read();
                if matches!(self.peek().kind, Kind::OpenParen | Kind::DoubleColon) {
                    self.call(start);
                }
            }
            Kind::OpenQuote | Kind::OpenHeredoc => {
                self.read();
                self.template(if start.kind == Kind::OpenQuote {
                    Kind::CloseQuote
                } else {
                    Kind::CloseHeredoc
                });
            }
            Kind::Minus | Kind::Bang => {
                self.read();
                self.operand();
            }
            Kind::OpenBracket => self.tuple(),
            Kind::OpenBrace => self.object(),
            Kind::End => {
                let detail = "Expected the start of an expression, but found the end of the file.";
                self.unless_recovering(start, "Missing expression", detail);
                self.recovering = true;
            }
            _ => {
                let detail = "Expected the start of an expression, but found an invalid expression token.";
                self.unless_recovering(start, "Invalid expression", detail);
                self.recovering = true;
            }
        }
    }

    fn call(&mut self, name: Token) {
        let mut open = self.read();
        while open.kind == Kind::DoubleColon {
            let next = self.read();
            if next.kind != Kind::Name {
                let detail =
                    "Function scope resolution symbol :: must be followed by a function name in this scope.";
                self.fault(next.range(), "Missing function name", detail);
                return self.recover_call();
            }
            open = self.read();
        }
        if open.kind != Kind::OpenParen {
            let detail =
                "Function selector must be followed by an open parenthesis to begin the function call.";
            self.fault(open.range(), "Missing open parenthesis", detail);
            return self.recover_call();
        }
        self.newlines.push(false);
        self.arguments(name, open);
        self.newlines.pop();
    }

    fn arguments(&mut self, name: Token, open: Token) {
        loop {
            if self.peek().kind == Kind::CloseParen {
                self.read();
                return;
            }
            let before = self.faults.len();
            self.expression();
            if self.lost(before) {
                return self.recover(Kind::CloseParen);
            }
            let separator = self.read();
            match separator.kind {
                Kind::Comma => {}
                Kind::CloseParen => return,
                Kind::Ellipsis if self.peek().kind == Kind::CloseParen => {
                    self.read();
                    return;
                }
                kind => {
                    match kind {
                        Kind::Ellipsis => self.unless_recovering(
                            separator,
                            "Missing closing parenthesis",
                            "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
                        ),
                        Kind::End => self.fault(
                            name.to(open),
                            "Unterminated function call",
                            "There is no closing parenthesis for this function call before the end of the file. This may be \
                             caused by incorrect parenthesis nesting elsewhere in this file.",
                        ),
                        _ => self.fault(
                            separator.range(),
                            "Missing argument separator",
                            "A comma is required to separate each function argument from the next.",
                        ),
                    }
                    return self.recover(Kind::CloseParen);
                }
            }
        }
    }

    fn tuple(&mut self) {
        let open = self.read();
        self.newlines.push(false);
        if self.is_word("for") {
            self.for_expression(open);
        } else {
            self.elements(open);
        }
        self.newlines.pop();
    }

    fn elements(&mut self, open: Token) {
        loop {
            if self.peek().kind == Kind::CloseBracket {
                self.read();
                return;
            }
            let before = self.faults.len();
            self.expression();
            if self.lost(before) {
                return self.recover(Kind::CloseBracket);
            }
            let next = self.peek();
            match next.kind {
                Kind::CloseBracket => {}
                Kind::Comma => {
                    self.read();
                }
                kind => {
                    if kind == Kind::End {
                        let detail = "There is no corresponding closing bracket before the end of the file. This may be \
                                      caused by incorrect bracket nesting elsewhere in this file.";
                        self.unless_recovering(open, "Unterminated tuple constructor expression", detail);
                    } else {
                        let detail = "Expected a comma to mark the beginning of the next item.";
                        self.unless_recovering(next, "Missing item separator", detail);
                    }
                    return self.recover(Kind::CloseBracket);
                }
            }
        }
    }

    fn object(&mut self) {
        let open = self.read();
        self.newlines.push(false);
        let repeats = self.is_word("for");
        self.newlines.pop();
        if repeats {
            return self.for_expression(open);
        }
        self.newlines.push(true);
        if !self.entries(open) {
            self.recover(Kind::CloseBrace);
        }
        self.newlines.pop();
    }

    /// The entries of an object, up to and with its brace; not if something is wrong.
    fn entries(&mut self, open: Token) -> bool {
        loop {
            match self.peek().kind {
                Kind::Newline => {
                    self.read();
                    continue;
                }
                Kind::CloseBrace => {
                    self.read();
                    return true;
                }
                _ => {}
            }
            let before = self.faults.len();
            self.expression();
            if self.lost(before) {
                return false;
            }
            let next = self.peek();
            if !matches!(next.kind, Kind::Equal | Kind::Colon) {
                self.no_value(open, next);
                return false;
            }
            self.read();
            let before = self.faults.len();
            self.expression();
            if self.lost(before) {
                return false;
            }
            let next = self.peek();
            match next.kind {
                Kind::CloseBrace => {}
                Kind::Comma | Kind::Newline => {
                    self.read();
                }
                Kind::End => {
                    let summary = "Unterminated object constructor expression";
                    self.unless_recovering(open, summary, UNCLOSED_OBJECT);
                    return false;
                }
                _ => {
                    let detail = "Expected a newline or comma to mark the beginning of the next attribute.";
                    self.unless_recovering(next, "Missing attribute separator", detail);
                    return false;
                }
            }
        }
    }

    fn no_value(&mut self, open: Token, next: Token) {
        match next.kind {
            Kind::Newline | Kind::Comma => self.unless_recovering(
                next,
                "Missing attribute value",
                "Expected an attribute value, introduced by an equals sign (\"=\").",
            ),
            Kind::Name => self.unless_recovering(
                next,
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to given an \
                 attribute name containing periods or spaces, write the name in quotes to create a string literal.",
            ),
            Kind::End => {
                self.unless_recovering(open, "Unterminated object constructor expression", UNCLOSED_OBJECT);
            }
            _ => self.unless_recovering(
                next,
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
            ),
        }
    }

    fn for_expression(&mut self, open: Token) {
        self.newlines.push(false);
        let close = if open.kind == Kind::OpenBrace { Kind::CloseBrace } else { Kind::CloseBracket };
        if !self.for_parts(close) {
            self.recover(close);
        }
        self.newlines.pop();
    }

    /// What stands between the brackets of a `for`, and the closing one; not if something is wrong.
    fn for_parts(&mut self, close: Kind) -> bool {
        self.read();
        let said = |judge: &mut Self, detail: &str| {
            judge.unless_recovering(judge.peek(), INVALID_FOR, detail);
            false
        };
        if self.peek().kind != Kind::Name {
            return said(self, "For expression requires variable name after 'for'.");
        }
        self.read();
        if self.peek().kind == Kind::Comma {
            self.read();
            if self.peek().kind != Kind::Name {
                return said(self, "For expression requires value variable name after comma.");
            }
            self.read();
        }
        if !self.is_word("in") {
            return said(self, "For expression requires the 'in' keyword after its name declarations.");
        }
        self.read();
        let before = self.faults.len();
        self.expression();
        if self.lost(before) {
            return false;
        }
        if self.peek().kind != Kind::Colon {
            return said(self, "For expression requires a colon after the collection expression.");
        }
        self.read();
        let before = self.faults.len();
        let mut value = self.expression();
        let mut key = None;
        if self.peek().kind == Kind::Arrow {
            self.read();
            key = Some(std::mem::replace(&mut value, self.expression()));
        }
        if self.lost(before) {
            return false;
        }
        let ellipsis = (self.peek().kind == Kind::Ellipsis).then(|| self.read());
        if self.is_word("if") {
            self.read();
            let before = self.faults.len();
            self.expression();
            if self.lost(before) {
                return false;
            }
        }
        let closed = self.peek().kind == close;
        if closed {
            self.read();
        } else {
            said(self, "Extra characters after the end of the 'for' expression.");
        }
        match (close, key) {
            (Kind::CloseBrace, None) => {
                self.fault(value, INVALID_FOR, "Key expression is required when building an object.");
            }
            (Kind::CloseBracket, Some(key)) => {
                self.fault(key, INVALID_FOR, "Key expression is not valid when building a tuple.");
            }
            _ => {}
        }
        if let (Kind::CloseBracket, Some(at)) = (close, ellipsis) {
            let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
            self.fault(at.range(), INVALID_FOR, detail);
        }
        closed
    }
}
