//! The syntax tree: bodies of attributes and blocks, and expressions. Every node knows its place.

use std::fmt;
use std::sync::Arc;

use crate::lang::diag::Span;
use crate::lang::value::{Kind, Value};

/// What a file or a block holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The attributes, in the order of the source; no name twice.
    pub attributes: Vec<Attribute>,
    /// The blocks, in the order of the source.
    pub blocks: Vec<Block>,
    /// The place, with its braces.
    pub span: Span,
    /// The end of the body.
    pub end: Span,
    /// How it was written. In a JSON body every property is an attribute, and `blocks_of` reads those that are blocks.
    pub syntax: Syntax,
    /// Items were left out because they could not be read: what is missing may have been written.
    pub incomplete: bool,
}

/// The syntax that a body was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// `*.tf`.
    Native,
    /// `*.tf.json`.
    Json,
}

/// `kind "label" { body }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The block's type.
    pub kind: Name,
    /// The labels.
    pub labels: Vec<Label>,
    /// What is in it.
    pub body: Body,
    /// The place of type and labels.
    pub header: Span,
}

/// A word in the source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The word.
    pub text: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A label of a block, without its quotes.
pub type Label = Name;

/// `name = expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The expression.
    pub expr: Expr,
    /// The place of all of it.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number, `true`, `false`, `null`, or a string without template sequences.
    Literal(Value),
    /// A string of parts.
    Template(Vec<TemplatePart>),
    /// `"${expr}"`: the value of the expression as it is, of any type.
    Wrap(Box<Expr>),
    /// `root.a["b"][0]`: only constant steps.
    Reference(Reference),
    /// Constant steps from something that is no name: `f(x).a`.
    Traversal(Box<Expr>, Vec<Step>),
    /// `collection[key]` where the key is not constant.
    Index(Box<Expr>, Box<Expr>),
    /// `source[*]…` or `source.*…`: `each` is evaluated for every element; in it `Item` is the element.
    Splat {
        /// What is iterated.
        source: Box<Expr>,
        /// What is taken of each element.
        each: Box<Expr>,
        /// The place of the operator.
        marker: Span,
    },
    /// The element of the innermost splat.
    Item,
    /// `[for …]`, `{for …}`.
    For(Box<For>),
    /// `condition ? yes : no`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `-x`, `!x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `name(args...)`.
    Call {
        /// The name with its namespace: `core::abs`, `provider::x::y`.
        name: Name,
        /// The arguments.
        args: Vec<Expr>,
        /// The last argument is a sequence of arguments (`...`).
        expand: bool,
    },
    /// `(expr)`.
    Paren(Box<Expr>),
    /// `{ key = value }`.
    Object(Vec<ObjectItem>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
}

/// A part of a template; strip markers have been applied.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Text with its escapes resolved.
    Text(Arc<str>),
    /// `${expr}`.
    Interpolation(Expr),
    /// `%{ if condition }yes%{ else }no%{ endif }`.
    If {
        /// The condition.
        condition: Expr,
        /// The parts when it is true.
        yes: Vec<TemplatePart>,
        /// The parts when it is false.
        no: Vec<TemplatePart>,
    },
    /// `%{ for key, value in collection }body%{ endfor }`.
    For {
        /// The name of the key.
        key: Option<Name>,
        /// The name of the value.
        value: Name,
        /// What is iterated.
        collection: Expr,
        /// The parts for each element.
        body: Vec<TemplatePart>,
    },
}

/// An item of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
}

/// A key of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKey {
    /// A bare word.
    Name(Name),
    /// An expression: quoted or in parentheses.
    Expr(Expr),
}

/// A `for` expression.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// The name of the key, if there are two names.
    pub key_name: Option<Name>,
    /// The name of the value.
    pub value_name: Name,
    /// What is iterated.
    pub collection: Expr,
    /// The key of the result: then it is an object, without it a tuple.
    pub key: Option<Expr>,
    /// The value of the result.
    pub value: Expr,
    /// Values of one key are gathered (`...`).
    pub grouping: bool,
    /// The filter.
    pub condition: Option<Expr>,
}

/// A name and constant steps from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The first name: `var`, `local`, `azurerm_subnet`, a `for` variable.
    pub root: Name,
    /// The steps.
    pub steps: Vec<Step>,
    /// The place of all of it.
    pub span: Span,
}

/// One constant step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// Its place, with its dot or brackets.
    pub span: Span,
}

/// The forms of steps.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`.
    Attribute(Arc<str>),
    /// `[0]`, `["key"]`, `.0`: a string or a number.
    Index(Value),
}

/// An operator before its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator between its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

impl Body {
    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| &*a.name.text == name)
    }

    /// Where messages point for what is missing: just before the opening brace.
    pub fn missing_item(&self) -> Span {
        Span::new(&self.span.source, self.span.range.start..self.span.range.start)
    }

    /// The blocks of a type.
    pub fn blocks_named<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| &*b.kind.text == kind)
    }
}

impl Block {
    /// The header as diagnostics name it: `resource "t" "n"`, `terraform`.
    pub fn context(&self) -> String {
        let mut text = self.kind.text.to_string();
        for label in &self.labels {
            text.push_str(&format!(" \"{}\"", label.text));
        }
        text
    }

    /// The text of a label; empty if it is missing.
    pub fn label(&self, n: usize) -> &str {
        self.labels.get(n).map_or("", |l| &l.text)
    }
}

impl Expr {
    /// The expression inside parentheses.
    pub fn without_parens(&self) -> &Expr {
        match &self.kind {
            ExprKind::Paren(inner) => inner.without_parens(),
            _ => self,
        }
    }

    /// The text of a plain string without template sequences.
    pub fn as_plain_string(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Literal(value) => value.as_str(),
            _ => None,
        }
    }

    /// A bare word: `string`, `create`, `all`.
    pub fn as_keyword(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Reference(r) if r.steps.is_empty() => Some(&r.root.text),
            _ => None,
        }
    }

    /// The text as it was written.
    pub fn source_text(&self) -> &str {
        self.span.text()
    }
}

impl Reference {
    /// The name of the attribute at a step, if it is one.
    pub fn attribute_at(&self, step: usize) -> Option<&str> {
        match &self.steps.get(step)?.kind {
            StepKind::Attribute(name) => Some(name),
            StepKind::Index(_) => None,
        }
    }

    /// The place from the root through the first `steps` steps.
    pub fn span_through(&self, steps: usize) -> Span {
        let mut span = self.root.span.clone();
        if let Some(last) = steps.checked_sub(1).and_then(|n| self.steps.get(n)) {
            span.range.end = last.span.range.end;
        }
        span
    }
}

impl fmt::Display for Reference {
    /// As messages write it: `var.x["a"][0].b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root.text)?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            StepKind::Attribute(name) => write!(f, ".{name}"),
            StepKind::Index(value) => match &value.kind {
                Kind::String(text) => write!(f, "[{text:?}]"),
                _ => write!(f, "[{}]", value.to_json().unwrap_or_default()),
            },
        }
    }
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Modulo => "%",
        }
    }
}

impl Body {
    /// The body without what is in it.
    pub fn clone_frame(&self) -> Body {
        Body {
            attributes: Vec::new(),
            blocks: Vec::new(),
            span: self.span.clone(),
            end: self.end.clone(),
            syntax: self.syntax,
            incomplete: self.incomplete,
        }
    }

    /// In a JSON body: makes blocks of a property that stands for them, `labels` levels of names deep. In a native body
    /// blocks are blocks already.
    pub fn adopt_blocks(&mut self, kind: &str, labels: usize) {
        if self.syntax != Syntax::Json {
            return;
        }
        let Some(n) = self.attributes.iter().position(|a| &*a.name.text == kind) else { return };
        let attribute = self.attributes.remove(n);
        super::json::blocks(&attribute.name, &attribute.expr, labels, &mut Vec::new(), &mut self.blocks);
    }
}
