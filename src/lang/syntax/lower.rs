//! The parser's tree becomes ours.

use std::ops::Range;
use std::sync::Arc;

use hcl::edit::Span as _;
use hcl::edit::expr::{Expression, ObjectKey as EditKey, Traversal, TraversalOperator, UnaryOperator};
use hcl::edit::structure::{Body as EditBody, Structure};

use super::fault::Fault;
use super::tree::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, For, Name, ObjectItem, ObjectKey, Reference, Step,
    StepKind, Syntax, UnaryOp,
};
use crate::lang::Type;
use crate::lang::diag::{Source, Span};
use crate::lang::number::Number;
use crate::lang::value::{Kind, Value};

/// So many splats and indices that are no constants may follow each other: each is an expression around the one before.
const MOST_NESTED: usize = 64;

/// Where the bytes of the parsed text are in the source.
#[derive(Debug, Clone)]
pub(super) enum Places {
    /// So many bytes further on.
    Shifted(usize),
    /// All at one place: text that was decoded from an escaped form.
    At(Range<usize>),
}

/// Lowers a tree that was parsed from `text[base..]` (with blanked newlines; `text` is the original).
pub(super) struct Lower<'a> {
    pub text: &'a str,
    pub base: usize,
    pub source: &'a Arc<Source>,
    pub places: Places,
    pub faults: Vec<Fault>,
}

impl Lower<'_> {
    /// The range in `text`.
    pub(super) fn range(&self, range: Option<Range<usize>>) -> Range<usize> {
        let range = range.unwrap_or(0..0);
        range.start + self.base..range.end + self.base
    }

    /// A place in the source of a range in `text`.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        match &self.places {
            Places::Shifted(by) => Span::new(self.source, range.start + by..range.end + by),
            Places::At(place) => Span::new(self.source, place.clone()),
        }
    }

    fn name(&self, text: &str, range: Option<Range<usize>>) -> Name {
        Name { text: text.into(), span: self.span(self.range(range)) }
    }

    /// Adds the structures of a body.
    pub(super) fn body(&mut self, body: &EditBody, into: &mut Body) {
        for structure in body.iter() {
            match structure {
                Structure::Attribute(a) => {
                    let range = self.range(a.span());
                    let expr = self.expr(&a.value);
                    into.attributes.push(Attribute {
                        name: self.name(&a.key, a.key.span()),
                        expr,
                        span: self.span(range),
                    });
                }
                Structure::Block(b) => {
                    let block = self.block(b);
                    into.blocks.push(block);
                }
            }
        }
    }

    /// Type, labels and the place of both.
    pub(super) fn header(&mut self, block: &hcl::edit::structure::Block) -> (Name, Vec<Name>, Span) {
        let kind = self.name(&block.ident, block.ident.span());
        let mut header = self.range(block.ident.span());
        let mut labels = Vec::new();
        for label in &block.labels {
            let (text, at) = match label {
                hcl::edit::structure::BlockLabel::Ident(name) => (name.as_str(), name.span()),
                hcl::edit::structure::BlockLabel::String(text) => (text.as_str(), text.span()),
            };
            header.end = self.range(at.clone()).end;
            if text.contains("${") || text.contains("%{") {
                let inner = self.range(at.clone());
                if self.text[inner.clone()].contains("${") && !self.text[inner.clone()].contains("$${") {
                    self.faults.push(Fault::new(
                        inner,
                        "Invalid string literal",
                        "Template sequences are not allowed in this string. To include a literal \"$\", double it (as \
                         \"$$\") to escape it.",
                    ));
                }
            }
            labels.push(self.name(text, at));
        }
        (kind, labels, self.span(header))
    }

    fn block(&mut self, block: &hcl::edit::structure::Block) -> Block {
        let range = self.range(block.span());
        let (kind, labels, header) = self.header(block);
        let header_end = self.header_end(block);
        // The brace follows the header; the body ends with the block.
        let open = self.text[header_end..range.end].find('{').map_or(header_end, |n| header_end + n);
        let close = range.end.saturating_sub(1).max(open);
        let mut body = Body {
            attributes: Vec::new(),
            blocks: Vec::new(),
            span: self.span(open..range.end),
            end: self.span(close..range.end),
            syntax: Syntax::Native,
            incomplete: false,
        };
        self.body(&block.body, &mut body);
        Block { kind, labels, body, header }
    }

    fn header_end(&self, block: &hcl::edit::structure::Block) -> usize {
        let last = block.labels.last().map_or_else(|| block.ident.span(), |label| label.span());
        self.range(last).end
    }

    /// An expression.
    pub(super) fn expr(&mut self, e: &Expression) -> Expr {
        let range = self.range(e.span());
        let kind = match e {
            Expression::Null(_) => ExprKind::Literal(Value::null(Type::Dynamic)),
            Expression::Bool(b) => ExprKind::Literal((*b.value()).into()),
            Expression::Number(_) => self.number(&range),
            Expression::String(_) => self.plain_string(&range),
            Expression::StringTemplate(t) => self.quoted_template(t, &range),
            Expression::HeredocTemplate(h) => self.heredoc(h, &range),
            Expression::Array(items) => ExprKind::Tuple(items.iter().map(|e| self.expr(e)).collect()),
            Expression::Object(items) => ExprKind::Object(
                items
                    .iter()
                    .map(|(key, value)| ObjectItem {
                        key: self.object_key(key),
                        value: self.expr(value.expr()),
                    })
                    .collect(),
            ),
            Expression::Parenthesis(inner) => ExprKind::Paren(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => {
                let span = self.span(range.clone());
                ExprKind::Reference(Reference {
                    root: Name { text: name.as_str().into(), span: span.clone() },
                    steps: Vec::new(),
                    span,
                })
            }
            Expression::Conditional(c) => ExprKind::Conditional(
                Box::new(self.expr(&c.cond_expr)),
                Box::new(self.expr(&c.true_expr)),
                Box::new(self.expr(&c.false_expr)),
            ),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(t) => return self.traversal(t),
            Expression::UnaryOp(u) => {
                let op = match u.operator.value() {
                    UnaryOperator::Neg => UnaryOp::Negate,
                    UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(op, Box::new(self.expr(&u.expr)))
            }
            Expression::BinaryOp(b) => {
                let left = self.expr(&b.lhs_expr);
                let right = self.expr(&b.rhs_expr);
                let span = left.span.to(&right.span);
                let kind = ExprKind::Binary(binary(*b.operator.value()), Box::new(left), Box::new(right));
                return Expr { kind, span };
            }
            Expression::ForExpr(f) => self.for_expr(f, &range),
        };
        // The parser's place of an operation ends where its last operand does, trailing blanks not counted.
        Expr { kind, span: self.span(self.trimmed(range)) }
    }

    fn trimmed(&self, mut range: Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        range.end = range.start + text.trim_end().len();
        range
    }

    fn number(&mut self, range: &Range<usize>) -> ExprKind {
        let text = self.text[range.clone()].trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        if text.starts_with('"') {
            // The scan put a number in the place of a broken string, and has said so.
            return ExprKind::Literal(Value::unknown(Type::Dynamic));
        }
        let Some(number) = Number::parse(digits) else {
            self.faults.push(Fault::new(
                range.clone(),
                "Invalid number literal",
                "Failed to recognize the value of this number literal.",
            ));
            return ExprKind::Literal(Value::unknown(Type::Number));
        };
        let literal = ExprKind::Literal(number.into());
        if negative {
            let start = range.end - digits.len();
            let operand = Expr { kind: literal, span: self.span(start..range.end) };
            ExprKind::Unary(UnaryOp::Negate, Box::new(operand))
        } else {
            literal
        }
    }

    fn object_key(&mut self, key: &EditKey) -> ObjectKey {
        match key {
            EditKey::Ident(name) => {
                // From the text: in the parsed copy a repeated key has another name.
                let written = self.range(name.span());
                ObjectKey::Name(self.name(self.text.get(written).unwrap_or(name), name.span()))
            }
            EditKey::Expression(Expression::Null(n)) => ObjectKey::Name(self.name("null", n.span())),
            EditKey::Expression(Expression::Bool(b)) => {
                ObjectKey::Name(self.name(if *b.value() { "true" } else { "false" }, b.span()))
            }
            EditKey::Expression(e) => ObjectKey::Expr(self.expr(e)),
        }
    }

    fn call(&mut self, call: &hcl::edit::expr::FuncCall) -> ExprKind {
        let mut text = String::new();
        let mut range = self.range(call.name.name.span());
        for (n, part) in call.name.namespace.iter().enumerate() {
            if n == 0 {
                range.start = self.range(part.span()).start;
            }
            text.push_str(part.as_str());
            text.push_str("::");
        }
        text.push_str(call.name.name.as_str());
        ExprKind::Call {
            name: Name { text: text.into(), span: self.span(range) },
            args: call.args.iter().map(|e| self.expr(e)).collect(),
            expand: call.args.expand_final(),
        }
    }

    fn for_expr(&mut self, f: &hcl::edit::expr::ForExpr, range: &Range<usize>) -> ExprKind {
        let object = self.text[range.start..].starts_with('{');
        let key = f.key_expr.as_ref().map(|e| self.expr(e));
        debug_assert_eq!(object, key.is_some());
        ExprKind::For(Box::new(For {
            key_name: f.intro.key_var.as_ref().map(|n| self.name(n.as_str(), n.span())),
            value_name: self.name(f.intro.value_var.as_str(), f.intro.value_var.span()),
            collection: self.expr(&f.intro.collection_expr),
            key,
            value: self.expr(&f.value_expr),
            grouping: f.grouping,
            condition: f.cond.as_ref().map(|c| self.expr(&c.expr)),
        }))
    }

    fn traversal(&mut self, t: &Traversal) -> Expr {
        let base = self.expr(&t.expr);
        let end = self.range(t.expr.span()).end;
        if let (Expression::Number(n), Some(TraversalOperator::LegacyIndex(_))) =
            (&t.expr, t.operators.first().map(|op| op.value()))
        {
            let range = self.range(n.span()).start..self.range(t.span()).end;
            self.faults.push(Fault::new(
                range,
                "Invalid number literal",
                "Failed to recognize the value of this number literal.",
            ));
        }
        let nested = t.operators.iter().filter(|op| match op.value() {
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => true,
            TraversalOperator::Index(key) => !matches!(key, Expression::Number(_) | Expression::String(_)),
            TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_) => false,
        });
        if nested.count() > MOST_NESTED {
            self.faults.push(Fault::new(
                self.range(t.span()),
                "Expression nested too deeply",
                "At most 64 splats and indices may follow each other. Name parts of it with local values.",
            ));
            return base;
        }
        self.operators(base, end, &t.operators)
    }

    /// Applies operators to an expression that ends at `end`.
    fn operators(
        &mut self,
        mut current: Expr,
        mut end: usize,
        operators: &[hcl::edit::Decorated<TraversalOperator>],
    ) -> Expr {
        let mut n = 0;
        while let Some(operator) = operators.get(n) {
            let inner = self.range(operator.span());
            match operator.value() {
                TraversalOperator::GetAttr(name) => {
                    current = self.step(current, StepKind::Attribute(name.as_str().into()), end, inner.end);
                    end = inner.end;
                }
                TraversalOperator::LegacyIndex(index) => {
                    if let Some(TraversalOperator::LegacyIndex(_)) = operators.get(n + 1).map(|op| op.value())
                    {
                        self.faults.push(Fault::new(
                            inner.clone(),
                            "Invalid legacy index syntax",
                            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the \
                             proper index syntax instead.",
                        ));
                    }
                    let key = Number::from_json(&(*index.value()).into());
                    current = self.step(current, StepKind::Index(key.into()), end, inner.end);
                    end = inner.end;
                }
                TraversalOperator::Index(key) => {
                    let key = self.expr(key);
                    let close = self.bracket_end(end);
                    current = match &key.kind {
                        ExprKind::Literal(value)
                            if matches!(value.kind, Kind::String(_) | Kind::Number(_)) =>
                        {
                            self.step(current, StepKind::Index(value.clone()), end, close)
                        }
                        _ => {
                            let span = current.span.to(&self.span(end..close));
                            Expr { kind: ExprKind::Index(Box::new(current), Box::new(key)), span }
                        }
                    };
                    end = close;
                }
                TraversalOperator::AttrSplat(_) => {
                    let taken = operators[n + 1..]
                        .iter()
                        .take_while(|op| {
                            matches!(
                                op.value(),
                                TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_)
                            )
                        })
                        .count();
                    if let Some(next) = operators.get(n + 1 + taken)
                        && matches!(next.value(), TraversalOperator::AttrSplat(_))
                    {
                        let at = self.range(next.span());
                        let at = at.end.saturating_sub(1)..at.end;
                        self.faults.push(Fault::new(
                                at,
                                "Nested splat expression not allowed",
                                "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                            ));
                    }
                    return {
                        let (splat, after) =
                            self.splat(current, end, inner.end, &operators[n + 1..n + 1 + taken]);
                        self.operators(splat, after, &operators[n + 1 + taken..])
                    };
                }
                TraversalOperator::FullSplat(_) => {
                    let close = self.bracket_end(end);
                    return self.splat(current, end, close, &operators[n + 1..]).0;
                }
            }
            n += 1;
        }
        current
    }

    /// A splat of `source`, whose operator is at `open..close`, taking `operators` of each element.
    fn splat(
        &mut self,
        source: Expr,
        open: usize,
        close: usize,
        operators: &[hcl::edit::Decorated<TraversalOperator>],
    ) -> (Expr, usize) {
        let marker = self.span(open..close);
        let item = Expr { kind: ExprKind::Item, span: marker.clone() };
        let each = self.operators(item, close, operators);
        let end = match operators.last() {
            None => close,
            Some(last) => match last.value() {
                TraversalOperator::Index(_) | TraversalOperator::FullSplat(_) => {
                    self.bracket_end(self.range(last.span()).start.saturating_sub(1))
                }
                _ => self.range(last.span()).end,
            },
        };
        let span = source.span.to(&self.span(open..end));
        (Expr { kind: ExprKind::Splat { source: Box::new(source), each: Box::new(each), marker }, span }, end)
    }

    fn step(&self, mut on: Expr, kind: StepKind, start: usize, end: usize) -> Expr {
        // The place begins with the dot or bracket, after blanks.
        let blanks = self.text[start..end].len() - self.text[start..end].trim_start().len();
        let step = Step { kind, span: self.span(start + blanks..end) };
        let span = on.span.to(&step.span);
        match &mut on.kind {
            ExprKind::Reference(reference) => {
                reference.steps.push(step);
                reference.span = span.clone();
                on.span = span;
                on
            }
            ExprKind::Traversal(_, steps) => {
                steps.push(step);
                on.span = span;
                on
            }
            _ => Expr { kind: ExprKind::Traversal(Box::new(on), vec![step]), span },
        }
    }

    /// The end of the bracket pair that opens at or after a byte.
    fn bracket_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut at = from;
        let mut quoted = false;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b'[' if !quoted => depth += 1,
                b']' if !quoted => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

fn binary(op: hcl::edit::expr::BinaryOperator) -> BinaryOp {
    use hcl::edit::expr::BinaryOperator as B;
    match op {
        B::Eq => BinaryOp::Equal,
        B::NotEq => BinaryOp::NotEqual,
        B::LessEq => BinaryOp::LessOrEqual,
        B::GreaterEq => BinaryOp::GreaterOrEqual,
        B::Less => BinaryOp::Less,
        B::Greater => BinaryOp::Greater,
        B::Plus => BinaryOp::Add,
        B::Minus => BinaryOp::Subtract,
        B::Mul => BinaryOp::Multiply,
        B::Div => BinaryOp::Divide,
        B::Mod => BinaryOp::Modulo,
        B::And => BinaryOp::And,
        B::Or => BinaryOp::Or,
    }
}
