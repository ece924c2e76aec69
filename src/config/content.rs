//! What a block may hold, by a table, and the block's content sorted by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::{NoFunctions, evaluate};
use crate::lang::refs::references;
use crate::lang::scope::NoScope;
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::{Attribute, Block, Body, Expr, ExprKind, Reference, Syntax, parse_expression};
use crate::lang::{Kind, Type, Value, convert};

/// The arguments and blocks of a block.
pub struct Shape {
    /// Arguments; those that are required.
    pub attributes: &'static [(&'static str, Need)],
    /// Nested blocks with the names of their labels.
    pub blocks: &'static [(&'static str, &'static [&'static str])],
}

/// Must an argument be written?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may.
    Optional,
}

/// A block's content.
pub struct Content {
    /// The arguments of the shape.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// The blocks of the shape, in the order of the source.
    pub blocks: Vec<Block>,
    /// Everything else.
    pub rest: Body,
}

impl Content {
    /// Takes an argument's expression.
    pub fn take(&mut self, name: &str) -> Option<Expr> {
        self.attributes.remove(name).map(|a| a.expr)
    }

    /// Takes the blocks of a type.
    pub fn take_blocks(&mut self, kind: &str) -> Vec<Block> {
        let (taken, kept) = std::mem::take(&mut self.blocks).into_iter().partition(|b| &*b.kind.text == kind);
        self.blocks = kept;
        taken
    }
}

/// The content of a body that may hold nothing else.
pub fn exact(body: Body, shape: &Shape, out: &mut Diagnostics) -> Content {
    let content = partial(body, shape, out);
    let names = || shape.attributes.iter().map(|(n, _)| *n);
    for a in &content.rest.attributes {
        let name = &*a.name.text;
        let hint = match did_you_mean(name, names()) {
            Some(other) => format!(" Did you mean \"{other}\"?"),
            None if shape.blocks.iter().any(|(b, _)| *b == name) => {
                format!(" Did you mean to define a block of type \"{name}\"?")
            }
            None => String::new(),
        };
        let one = if content.rest.syntax == Syntax::Json {
            let detail = format!("No argument or block type is named \"{name}\".{hint}");
            Diagnostic::error("Extraneous JSON object property", detail)
        } else {
            let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
            Diagnostic::error("Unsupported argument", detail)
        };
        out.push(one.at(a.name.span.clone()));
    }
    for b in &content.rest.blocks {
        let name = &*b.kind.text;
        let hint = match did_you_mean(name, shape.blocks.iter().map(|(n, _)| *n)) {
            Some(other) => format!(" Did you mean \"{other}\"?"),
            None if names().any(|n| n == name) => format!(
                " Did you mean to define argument \"{name}\"? If so, use the equals sign to assign it a value."
            ),
            None => String::new(),
        };
        let detail = format!("Blocks of type \"{name}\" are not expected here.{hint}");
        out.push(Diagnostic::error("Unsupported block type", detail).at(b.kind.span.clone()));
    }
    content
}

/// The content of a body that may hold more than the shape.
pub fn partial(mut body: Body, shape: &Shape, out: &mut Diagnostics) -> Content {
    for (kind, labels) in shape.blocks {
        body.adopt_blocks(kind, labels.len());
    }
    let mut content = Content {
        attributes: BTreeMap::new(),
        blocks: Vec::new(),
        rest: Body { attributes: Vec::new(), blocks: Vec::new(), ..body.clone_frame() },
    };
    for a in body.attributes {
        if shape.attributes.iter().any(|(n, _)| **n == *a.name.text) {
            content.attributes.insert(a.name.text.clone(), a);
        } else {
            content.rest.attributes.push(a);
        }
    }
    for b in body.blocks {
        match shape.blocks.iter().find(|(n, _)| **n == *b.kind.text) {
            Some((_, labels)) => {
                if check_labels(&b, labels, out) {
                    content.blocks.push(b);
                }
            }
            None => content.rest.blocks.push(b),
        }
    }
    if !content.rest.incomplete {
        for (name, need) in shape.attributes {
            if *need == Need::Required && !content.attributes.contains_key(*name) {
                let detail = format!("The argument \"{name}\" is required, but no definition was found.");
                out.push(
                    Diagnostic::error("Missing required argument", detail).at(content.rest.missing_item()),
                );
            }
        }
    }
    content
}

fn check_labels(block: &Block, names: &[&str], out: &mut Diagnostics) -> bool {
    let kind = &block.kind.text;
    if let Some(missing) = names.get(block.labels.len()) {
        let plural = if names.len() == 1 { "label" } else { "labels" };
        let detail = format!("All {kind} blocks must have {} {plural} ({}).", names.len(), names.join(", "));
        let open = block.body.span.range.start;
        let at = Span::new(&block.body.span.source, open..open + 1);
        out.push(Diagnostic::error(format!("Missing {missing} for {kind}"), detail).at(at));
        return false;
    }
    if let Some(extra) = block.labels.get(names.len()) {
        let plural = if names.len() == 1 { "label" } else { "labels" };
        let detail = if names.is_empty() {
            format!("No labels are expected for {kind} blocks.")
        } else {
            format!("Only {} {plural} ({}) are expected for {kind} blocks.", names.len(), names.join(", "))
        };
        out.push(Diagnostic::error(format!("Extraneous label for {kind}"), detail).at(extra.span.clone()));
        return false;
    }
    true
}

/// The value of an expression in which nothing may be referred to or called.
pub fn literal(expr: &Expr, ty: &Type, out: &mut Diagnostics) -> Option<Value> {
    let named = references(expr);
    if !named.is_empty() {
        for reference in named {
            let detail = "Variables may not be used here.";
            out.push(Diagnostic::error("Variables not allowed", detail).at(reference.span));
        }
        return None;
    }
    let (value, diagnostics) = evaluate(expr, &NoScope, &NoFunctions);
    let failed = diagnostics.has_errors();
    let functions = |d: &Diagnostic| d.summary == "Call to unknown function";
    out.extend(diagnostics.0.into_iter().map(|d| {
        if functions(&d) {
            Diagnostic::error("Function calls not allowed", "Functions may not be called here.").at(d.subject)
        } else {
            d
        }
    }));
    if failed {
        return None;
    }
    match convert(&value, ty) {
        Ok(value) => Some(value),
        Err(why) => {
            let detail = format!("Unsuitable value: {why}");
            out.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span.clone()));
            None
        }
    }
}

/// A literal string.
pub fn literal_string(expr: &Expr, out: &mut Diagnostics) -> Option<String> {
    let value = literal(expr, &Type::String, out)?;
    if value.is_null() {
        let detail = "Unsuitable value: a string is required";
        out.push(Diagnostic::error("Unsuitable value type", detail).at(expr.span.clone()));
    }
    value.as_str().map(str::to_string)
}

/// A literal bool.
pub fn literal_bool(expr: &Expr, out: &mut Diagnostics) -> Option<bool> {
    let unsuitable = |why: &str| {
        Diagnostic::error("Unsuitable value type", format!("Unsuitable value: {why}")).at(expr.span.clone())
    };
    let named = !references(expr).is_empty();
    match literal(expr, &Type::Bool, out).map(|v| v.kind) {
        Some(Kind::Bool(b)) => return Some(b),
        Some(_) => out.push(unsuitable("null value is not allowed")),
        None if named => out.push(unsuitable("value must be known")),
        None => {}
    }
    None
}

/// The elements of a list that is written as one.
pub fn static_list<'a>(expr: &'a Expr, out: &mut Diagnostics) -> &'a [Expr] {
    match &expr.without_parens().kind {
        ExprKind::Tuple(all) => all,
        _ => {
            let detail = "A static list expression is required.";
            out.push(Diagnostic::error("Invalid expression", detail).at(expr.span.clone()));
            &[]
        }
    }
}

/// A reference that is written as one; in quotes too, as in old configurations and JSON.
pub fn static_reference(expr: &Expr, out: &mut Diagnostics) -> Option<Reference> {
    if let ExprKind::Reference(reference) = &expr.kind {
        return Some(reference.clone());
    }
    if let Some(text) = expr.as_plain_string() {
        let quoted = crate::lang::diag::Source::new(expr.span.source.path.clone(), text);
        if let Ok(Expr { kind: ExprKind::Reference(mut reference), .. }) = parse_expression(&quoted) {
            relocate(&mut reference, &expr.span);
            if !expr.span.source.path.ends_with(".json") {
                out.push(
                    Diagnostic::warning(
                        "Quoted references are deprecated",
                        "In this context, references are expected literally rather than in quotes. Terraform 0.11 and \
                         earlier required quotes, but quoted references are now deprecated and will be removed in a \
                         future version of Terraform. Remove the quotes surrounding this reference to silence this \
                         warning.",
                    )
                    .at(expr.span.clone()),
                );
            }
            return Some(reference);
        }
    }
    no_reference(expr, out);
    None
}

/// Says that an expression is no reference.
pub fn no_reference(expr: &Expr, out: &mut Diagnostics) {
    let detail = "A single static variable reference is required: only attribute access and indexing with constant keys. \
                  No calculations, function calls, template expressions, etc are allowed here.";
    out.push(Diagnostic::error("Invalid expression", detail).at(expr.span.clone()));
}

/// Puts a reference that was read from a string at the string's place.
fn relocate(reference: &mut Reference, at: &Span) {
    reference.span = at.clone();
    reference.root.span = at.clone();
    for step in &mut reference.steps {
        step.span = at.clone();
    }
}

/// References in a list: `depends_on`.
pub fn reference_list(expr: &Expr, out: &mut Diagnostics) -> Vec<Reference> {
    static_list(expr, out).iter().filter_map(|e| static_reference(e, out)).collect()
}

/// What a name must look like.
pub const BAD_NAME: &str = "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";

/// Is it a name of the language?
pub fn is_name(text: &str) -> bool {
    hcl::edit::Ident::try_new(text).is_ok()
}

/// Says that a name is none; `what`: `variable`, `resource`.
pub fn check_name(name: &crate::lang::syntax::Name, what: &str, out: &mut Diagnostics) {
    if !is_name(&name.text) {
        out.push(Diagnostic::error(format!("Invalid {what} name"), BAD_NAME).at(name.span.clone()));
    }
}
