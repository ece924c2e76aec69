//! Addresses as `moved`, `removed` and `import` write them.

use super::model::{PathTarget, ResourceKey, Target};
use crate::lang::Value;
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::refs::Mode;
use crate::lang::syntax::{Expr, ExprKind, Reference, Step, StepKind};

/// An address with constant instance keys.
pub fn target(expr: &Expr, out: &mut Diagnostics) -> Option<Target> {
    let path = path_target(expr, true, out)?;
    let constant = |key: Option<Expr>| {
        key.and_then(|e| match e.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        })
    };
    Some(Target {
        modules: path.modules.into_iter().map(|(name, key)| (name, constant(key))).collect(),
        resource: path.resource.map(|resource| (resource, constant(path.key))),
        span: path.span,
    })
}

/// An address of a resource whose instance keys may be expressions.
pub fn import_target(expr: &Expr, out: &mut Diagnostics) -> Option<PathTarget> {
    let path = path_target(expr, false, out)?;
    let managed = path.resource.as_ref().is_some_and(|r| r.mode == Mode::Managed);
    if path.resource.is_none() {
        let detail = "A resource instance address is required here. The module path must be followed by a resource instance \
                      specification.";
        out.push(Diagnostic::error("Invalid address", detail).at(expr.span.clone()));
    }
    if !managed {
        let detail = "Only managed resources can be imported.";
        out.push(Diagnostic::error("Invalid import address", detail).at(expr.span.clone()));
    }
    let resource = path.resource.filter(|_| managed)?;
    Some(PathTarget { modules: path.modules, resource, key: path.key, span: path.span })
}

/// Words that a resource address does not begin with.
pub const RESERVED: [&str; 10] =
    ["count", "each", "local", "path", "self", "terraform", "var", "template", "lazy", "arg"];

/// What is said of an address that begins with such a word.
pub fn reserved(word: &str) -> String {
    format!(
        "The keyword \"{word}\" is reserved and cannot be used to target a resource address. If you are targeting a \
         resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
    )
}

/// What is said of a key that is no whole number.
pub const BAD_KEY: &str = "Invalid resource instance key: value must be a whole number, between -9223372036854775808 and \
                           9223372036854775807.";

struct Parsed {
    modules: Vec<(std::sync::Arc<str>, Option<Expr>)>,
    resource: Option<ResourceKey>,
    key: Option<Expr>,
    span: crate::lang::diag::Span,
}

enum Part {
    Name(std::sync::Arc<str>),
    Key(Expr),
}

fn path_target(expr: &Expr, constant: bool, out: &mut Diagnostics) -> Option<Parsed> {
    let mut parts = Vec::new();
    let read = quoted(expr);
    let traversal = matches!(read.as_ref().unwrap_or(expr).kind, ExprKind::Reference(_));
    if !flatten(expr, &mut parts) || (constant && !traversal) {
        super::content::no_reference(expr, out);
        return None;
    }
    let invalid = |detail: &str, out: &mut Diagnostics| {
        out.push(Diagnostic::error("Invalid address", detail).at(expr.span.clone()));
        None
    };
    let fraction = |part: &Part| {
        let Part::Key(Expr { kind: ExprKind::Literal(key), .. }) = part else { return false };
        key.as_number().is_some_and(|n| n.as_i64().is_none())
    };
    if parts.iter().any(fraction) {
        return invalid(BAD_KEY, out);
    }
    let mut parts = parts.into_iter().peekable();
    let mut modules = Vec::new();
    while matches!(parts.peek(), Some(Part::Name(name)) if &**name == "module") {
        parts.next();
        let Some(Part::Name(name)) = parts.next() else {
            let detail = "Prefix \"module.\" must be followed by a module name.";
            out.push(Diagnostic::error("Invalid address operator", detail).at(expr.span.clone()));
            return None;
        };
        let key = match parts.next_if(|p| matches!(p, Part::Key(_))) {
            Some(Part::Key(key)) => Some(key),
            _ => None,
        };
        modules.push((name, key));
    }
    let mut mode = Mode::Managed;
    if let Some(Part::Name(name)) = parts.peek() {
        match &**name {
            "data" => {
                mode = Mode::Data;
                parts.next();
            }
            "resource" => {
                parts.next();
            }
            word if RESERVED.contains(&word) => return invalid(&reserved(word), out),
            _ => {}
        }
    }
    let Some(first) = parts.next() else {
        return if modules.is_empty() {
            invalid("A resource or module address is required.", out)
        } else {
            Some(Parsed { modules, resource: None, key: None, span: expr.span.clone() })
        };
    };
    let (Part::Name(kind), Some(Part::Name(name))) = (first, parts.next()) else {
        return invalid("Resource specification must include a resource type and name.", out);
    };
    let key = match parts.next() {
        None => None,
        Some(Part::Key(key)) => Some(key),
        Some(Part::Name(_)) => {
            return invalid("Resource instance key must be given in square brackets.", out);
        }
    };
    if parts.next().is_some() {
        return invalid("Unexpected extra operators after address.", out);
    }
    Some(Parsed { modules, resource: Some(ResourceKey { mode, kind, name }), key, span: expr.span.clone() })
}

/// The names and keys of a traversal; false if it is none.
fn flatten(expr: &Expr, parts: &mut Vec<Part>) -> bool {
    match &expr.kind {
        ExprKind::Reference(Reference { root, steps, .. }) => {
            parts.push(Part::Name(root.text.clone()));
            parts.extend(steps.iter().map(step));
            true
        }
        ExprKind::Index(inner, key) => {
            let good = flatten(inner, parts);
            parts.push(Part::Key((**key).clone()));
            good
        }
        ExprKind::Traversal(inner, steps) => {
            let good = flatten(inner, parts);
            parts.extend(steps.iter().map(step));
            good
        }
        _ => match quoted(expr) {
            Some(inner) => flatten(&inner, parts),
            None => false,
        },
    }
}

/// An address in a string, as JSON has it.
fn quoted(expr: &Expr) -> Option<Expr> {
    if !expr.span.source.path.ends_with(".json") {
        return None;
    }
    let source = crate::lang::diag::Source::new(expr.span.source.path.clone(), expr.as_plain_string()?);
    crate::lang::syntax::parse_expression(&source).ok()
}

fn step(step: &Step) -> Part {
    match &step.kind {
        StepKind::Attribute(name) => Part::Name(name.clone()),
        StepKind::Index(value) => Part::Key(literal_key(value.clone(), step)),
    }
}

fn literal_key(value: Value, step: &Step) -> Expr {
    Expr { kind: ExprKind::Literal(value), span: step.span.clone() }
}
