//! Strings and templates: escapes, strip markers, the dedenting of heredocs. Derived anew from the source, by the places
//! of the sequences alone.

use std::ops::Range;

use hcl::edit::Span as _;
use hcl::edit::template::{Directive, Element, HeredocTemplate, Strip, Template};

use super::lower::Lower;
use super::tree::{Expr, ExprKind, Name, TemplatePart};
use crate::lang::value::Value;

/// The flat form of a template, in which markers and heredocs are resolved.
enum Token {
    Text(String),
    Interpolation(Expr),
    If(Expr),
    Else,
    EndIf,
    For(Option<Name>, Name, Expr),
    EndFor,
}

/// How text is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// Between quotes: backslash escapes.
    Quoted,
    /// In a heredoc or a file: none but `$${` and `%%{`; each line is a piece of its own.
    Lines,
}

impl Lower<'_> {
    /// A string without sequences.
    pub(super) fn plain_string(&mut self, range: &Range<usize>) -> ExprKind {
        let inner = self.text.get(range.start + 1..range.end.saturating_sub(1)).unwrap_or("");
        ExprKind::Literal(Value::string(&unescape(inner, Form::Quoted)))
    }

    pub(super) fn quoted_template(&mut self, template: &Template, range: &Range<usize>) -> ExprKind {
        let inner = range.start + 1..range.end.saturating_sub(1);
        self.template(template, inner, Form::Quoted, false)
    }

    /// A template that is a whole text.
    pub(super) fn bare_template(&mut self, template: &Template) -> ExprKind {
        self.template(template, 0..self.text.len(), Form::Lines, false)
    }

    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate, range: &Range<usize>) -> ExprKind {
        let text = &self.text[range.clone()];
        let start = range.start + text.find('\n').map_or(text.len(), |n| n + 1);
        // The closing marker's line is not part of it.
        let end = range.start + text.trim_end().rfind('\n').map_or(text.len(), |n| n + 1);
        let flush = text.starts_with("<<-");
        let kind = self.template(&heredoc.template, start..end.max(start), Form::Lines, flush);
        // A heredoc is text, even around one interpolation.
        match kind {
            ExprKind::Wrap(inner) => ExprKind::Template(vec![TemplatePart::Interpolation(*inner)]),
            other => other,
        }
    }

    fn template(&mut self, template: &Template, range: Range<usize>, form: Form, flush: bool) -> ExprKind {
        let mut tokens = Tokens { all: Vec::new(), trim_next: false, form };
        self.tokens(template, range, &mut tokens);
        let mut tokens = tokens.all;
        if flush {
            dedent(&mut tokens);
        }
        let mut tokens = tokens.into_iter().peekable();
        let mut parts = build(&mut tokens);
        match parts.as_mut_slice() {
            [] => ExprKind::Literal(Value::string("")),
            [TemplatePart::Text(text)] => ExprKind::Literal(Value::string(text)),
            [TemplatePart::Interpolation(_)] => match parts.pop() {
                Some(TemplatePart::Interpolation(expr)) => ExprKind::Wrap(Box::new(expr)),
                _ => ExprKind::Literal(Value::string("")),
            },
            _ => ExprKind::Template(parts),
        }
    }

    fn tokens(&mut self, template: &Template, range: Range<usize>, out: &mut Tokens) {
        let mut at = range.start;
        for element in template.iter() {
            let place = match element {
                Element::Literal(_) => continue,
                Element::Interpolation(i) => self.range(i.span()),
                Element::Directive(d) => self.range(d.span()),
            };
            out.text(self.text.get(at..place.start).unwrap_or(""));
            at = place.end;
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(i) => {
                    out.before(i.strip);
                    let expr = self.expr(&i.expr);
                    out.all.push(Token::Interpolation(expr));
                    out.after(i.strip);
                }
                Element::Directive(d) => self.directive(d, out),
            }
        }
        out.text(self.text.get(at..range.end).unwrap_or(""));
    }

    fn directive(&mut self, directive: &Directive, out: &mut Tokens) {
        match directive {
            Directive::If(d) => {
                out.before(d.if_expr.strip);
                let condition = self.expr(&d.if_expr.cond_expr);
                out.all.push(Token::If(condition));
                out.after(d.if_expr.strip);
                let range = self.range(d.if_expr.template.span());
                self.tokens(&d.if_expr.template, range, out);
                if let Some(e) = &d.else_expr {
                    out.before(e.strip);
                    out.all.push(Token::Else);
                    out.after(e.strip);
                    let range = self.range(e.template.span());
                    self.tokens(&e.template, range, out);
                }
                out.before(d.endif_expr.strip);
                out.all.push(Token::EndIf);
                out.after(d.endif_expr.strip);
            }
            Directive::For(d) => {
                let f = &d.for_expr;
                out.before(f.strip);
                let name = |n: &hcl::edit::Decorated<hcl::edit::Ident>| Name {
                    text: n.as_str().into(),
                    span: self.span(self.range(n.span())),
                };
                let (key, value) = (f.key_var.as_ref().map(name), name(&f.value_var));
                let collection = self.expr(&f.collection_expr);
                out.all.push(Token::For(key, value, collection));
                out.after(f.strip);
                let range = self.range(f.template.span());
                self.tokens(&f.template, range, out);
                out.before(d.endfor_expr.strip);
                out.all.push(Token::EndFor);
                out.after(d.endfor_expr.strip);
            }
        }
    }
}

struct Tokens {
    all: Vec<Token>,
    /// The next text loses its leading white space.
    trim_next: bool,
    form: Form,
}

impl Tokens {
    fn text(&mut self, raw: &str) {
        if raw.is_empty() {
            return;
        }
        match self.form {
            Form::Quoted => self.piece(raw),
            Form::Lines => raw.split_inclusive('\n').for_each(|line| self.piece(line)),
        }
    }

    fn piece(&mut self, raw: &str) {
        let mut text = unescape(raw, self.form);
        if std::mem::take(&mut self.trim_next) {
            text = text.trim_start().to_string();
        }
        self.all.push(Token::Text(text));
    }

    fn before(&mut self, strip: Strip) {
        self.trim_next = false;
        if let (true, Some(Token::Text(text))) = (strip.strip_start(), self.all.last_mut()) {
            text.truncate(text.trim_end().len());
        }
    }

    fn after(&mut self, strip: Strip) {
        self.trim_next = strip.strip_end();
    }
}

/// Takes the indentation that all lines share off a `<<-` heredoc. Only a text at the start of a line counts, and a line
/// whose end was stripped does not start another.
fn dedent(tokens: &mut [Token]) {
    let mut least = usize::MAX;
    let mut newline = true;
    let mut adjust = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        let text = match token {
            Token::Text(text) => Some(text),
            _ => None,
        };
        if std::mem::take(&mut newline) {
            match text {
                Some(text) => {
                    let trimmed = text.trim_start();
                    if !(trimmed.is_empty() && text.ends_with('\n')) {
                        least = least.min(text[..text.len() - trimmed.len()].chars().count());
                        adjust.push(n);
                    }
                }
                None => least = 0,
            }
        }
        newline = text.is_some_and(|t| t.ends_with('\n'));
    }
    for n in adjust {
        if let Token::Text(text) = &mut tokens[n] {
            *text = text.chars().skip(least).collect();
        }
    }
}

fn build(tokens: &mut std::iter::Peekable<std::vec::IntoIter<Token>>) -> Vec<TemplatePart> {
    let mut parts: Vec<TemplatePart> = Vec::new();
    let mut text = String::new();
    let flush = |text: &mut String, parts: &mut Vec<TemplatePart>| {
        if !text.is_empty() {
            parts.push(TemplatePart::Text(Value::string(text).as_str().unwrap_or("").into()));
            text.clear();
        }
    };
    while let Some(token) = tokens.peek() {
        if matches!(token, Token::Else | Token::EndIf | Token::EndFor) {
            break;
        }
        match tokens.next() {
            Some(Token::Text(more)) => text.push_str(&more),
            Some(Token::Interpolation(expr)) => {
                flush(&mut text, &mut parts);
                parts.push(TemplatePart::Interpolation(expr));
            }
            Some(Token::If(condition)) => {
                flush(&mut text, &mut parts);
                let yes = build(tokens);
                let mut no = Vec::new();
                if matches!(tokens.next(), Some(Token::Else)) {
                    no = build(tokens);
                    tokens.next();
                }
                parts.push(TemplatePart::If { condition, yes, no });
            }
            Some(Token::For(key, value, collection)) => {
                flush(&mut text, &mut parts);
                let body = build(tokens);
                tokens.next();
                parts.push(TemplatePart::For { key, value, collection, body });
            }
            _ => break,
        }
    }
    flush(&mut text, &mut parts);
    parts
}

/// Text with its escapes resolved; the parser has found the wrong ones.
fn unescape(raw: &str, form: Form) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            out.push_str(&rest[1..3]);
            rest = &rest[3..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c != '\\' || form != Form::Quoted {
            out.push(c);
            continue;
        }
        let Some(selector) = rest.chars().next() else {
            out.push(c);
            break;
        };
        rest = &rest[selector.len_utf8()..];
        match selector {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' | 'U' => {
                let length = if selector == 'u' { 4 } else { 8 };
                let digits = rest.get(..length).unwrap_or("");
                match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                    Some(decoded) => out.push(decoded),
                    None => out.push_str(digits),
                }
                rest = rest.get(length..).unwrap_or("");
            }
            other => out.push(other),
        }
    }
    out
}
