//! References: which object a traversal names, and which references an expression holds.

use std::fmt;
use std::sync::Arc;

use super::diag::Diagnostic;
use super::syntax::{Body, Expr, ExprKind, ObjectKey, Reference, StepKind, TemplatePart};

/// The mode of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// `var.name`
    Variable(Arc<str>),
    /// `local.name`
    Local(Arc<str>),
    /// `each.key`, `each.value`, or a name that does not exist there.
    Each(Arc<str>),
    /// `count.index`
    Count(Arc<str>),
    /// `path.module`, `path.root`, `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace`, `terraform.applying`
    Terraform(Arc<str>),
    /// `self`
    This,
    /// All instances of a resource: `type.name`, `data.type.name`.
    Resource(Mode, Arc<str>, Arc<str>),
    /// All instances of a module call: `module.name`.
    Module(Arc<str>),
}

/// A reference of an expression with the object that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The object.
    pub object: Object,
    /// How many steps of the reference name the object; the others go into it.
    pub steps: usize,
    /// The reference itself.
    pub reference: Reference,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Variable(n) => write!(f, "var.{n}"),
            Object::Local(n) => write!(f, "local.{n}"),
            Object::Each(n) => write!(f, "each.{n}"),
            Object::Count(n) => write!(f, "count.{n}"),
            Object::Path(n) => write!(f, "path.{n}"),
            Object::Terraform(n) => write!(f, "terraform.{n}"),
            Object::This => f.write_str("self"),
            Object::Resource(Mode::Managed, t, n) => write!(f, "{t}.{n}"),
            Object::Resource(Mode::Data, t, n) => write!(f, "data.{t}.{n}"),
            Object::Resource(Mode::Ephemeral, t, n) => write!(f, "ephemeral.{t}.{n}"),
            Object::Module(n) => write!(f, "module.{n}"),
        }
    }
}

/// The object that a reference names, and how many of its steps do so.
pub fn resolve(reference: &Reference) -> Result<(Object, usize), Diagnostic> {
    let root = &*reference.root.text;
    let single = |make: fn(Arc<str>) -> Object| -> Result<(Object, usize), Diagnostic> {
        match reference.steps.first() {
            None => Err(invalid(format!(
                "The \"{root}\" object cannot be accessed directly. Instead, access one of its attributes."
            ))
            .at(reference.root.span.clone())),
            Some(step) => match &step.kind {
                StepKind::Attribute(name) => Ok((make(name.clone()), 1)),
                StepKind::Index(_) => {
                    Err(invalid(format!("The \"{root}\" object does not support this operation."))
                        .at(step.span.clone()))
                }
            },
        }
    };
    match root {
        "count" => single(Object::Count),
        "each" => single(Object::Each),
        "local" => single(Object::Local),
        "path" => single(Object::Path),
        "terraform" => single(Object::Terraform),
        "var" => single(Object::Variable),
        "self" => Ok((Object::This, 0)),
        "module" => module(reference, single(Object::Module)?),
        "data" => prefixed(reference, Mode::Data, "data source type"),
        "ephemeral" => prefixed(reference, Mode::Ephemeral, "ephemeral resource type"),
        "resource" => prefixed(reference, Mode::Managed, "resource type"),
        "template" | "lazy" | "arg" => Err(Diagnostic::error(
            "Reserved symbol name",
            format!(
                "The symbol name \"{root}\" is reserved for use in a future Terraform version. If you are using a \
                 provider that already uses this as a resource type name, add the prefix \"resource.\" to force \
                 interpretation as a resource type name."
            ),
        )
        .at(reference.root.span.clone())),
        _ => match reference.steps.first() {
            None => Err(invalid(
                "A reference to a resource type must be followed by at least one attribute access, specifying the \
                 resource name.",
            )
            .at(reference.span.clone())),
            Some(step) => match &step.kind {
                StepKind::Attribute(name) => {
                    Ok((Object::Resource(Mode::Managed, reference.root.text.clone(), name.clone()), 1))
                }
                StepKind::Index(_) => Err(resource_name_missing("a resource type").at(step.span.clone())),
            },
        },
    }
}

fn invalid(detail: impl Into<String>) -> Diagnostic {
    Diagnostic::error("Invalid reference", detail)
}

fn resource_name_missing(what: &str) -> Diagnostic {
    invalid(format!(
        "A reference to {what} must be followed by at least one attribute access, specifying the resource name."
    ))
}

fn module(reference: &Reference, found: (Object, usize)) -> Result<(Object, usize), Diagnostic> {
    // `module.m[key]` needs an attribute after the key, or nothing.
    let after = match reference.steps.get(1).map(|s| &s.kind) {
        Some(StepKind::Index(_)) => reference.steps.get(2),
        _ => None,
    };
    match after {
        Some(step) if matches!(step.kind, StepKind::Index(_)) => {
            Err(invalid("Module instance objects do not support this operation.").at(step.span.clone()))
        }
        _ => Ok(found),
    }
}

fn prefixed(reference: &Reference, mode: Mode, kind: &str) -> Result<(Object, usize), Diagnostic> {
    let root = &reference.root.text;
    if reference.steps.len() < 2 {
        return Err(invalid(format!(
            "The \"{root}\" object must be followed by two attribute names: the {kind} and the resource name."
        ))
        .at(reference.span.clone()));
    }
    let Some(kind) = reference.attribute_at(0) else {
        return Err(invalid(format!("The \"{root}\" object does not support this operation."))
            .at(reference.steps[0].span.clone()));
    };
    let Some(name) = reference.attribute_at(1) else {
        let what = match mode {
            Mode::Managed => "a resource type",
            Mode::Data => "a data source",
            Mode::Ephemeral => "an ephemeral resource type",
        };
        return Err(resource_name_missing(what).at(reference.steps[1].span.clone()));
    };
    Ok((Object::Resource(mode, kind.into(), name.into()), 2))
}

/// The references of an expression, in the order of the source; the variables of `for` and templates are none.
pub fn references(expr: &Expr) -> Vec<Reference> {
    references_without(expr, &[])
}

/// The same where some names are defined around the expression (the iterators of `dynamic` blocks).
pub fn references_without(expr: &Expr, bound: &[&str]) -> Vec<Reference> {
    let mut walk = Walk { bound: bound.iter().map(|n| Arc::from(*n)).collect(), found: Vec::new() };
    walk.expr(expr);
    walk.found
}

/// The objects that an expression refers to; references that name nothing are left out (evaluation reports them).
pub fn objects(expr: &Expr) -> Vec<Named> {
    references(expr).into_iter().filter_map(named).collect()
}

/// All references of a body, with its nested and `dynamic` blocks (whose iterators are no references).
pub fn body_references(body: &Body) -> Vec<Reference> {
    let mut walk = Walk { bound: Vec::new(), found: Vec::new() };
    walk.body(body);
    walk.found
}

/// The object of a reference, if it names one.
pub fn named(reference: Reference) -> Option<Named> {
    let (object, steps) = resolve(&reference).ok()?;
    Some(Named { object, steps, reference })
}

struct Walk {
    bound: Vec<Arc<str>>,
    found: Vec<Reference>,
}

impl Walk {
    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.expr(&attribute.expr);
        }
        for block in &body.blocks {
            if &*block.kind.text == "dynamic" {
                self.dynamic(block.label(0), &block.body);
            } else {
                self.body(&block.body);
            }
        }
    }

    fn dynamic(&mut self, label: &str, body: &Body) {
        let mut iterator: Arc<str> = label.into();
        for attribute in &body.attributes {
            match &*attribute.name.text {
                "iterator" => {
                    if let Some(name) = attribute.expr.as_keyword() {
                        iterator = name.into();
                    }
                }
                "for_each" => self.expr(&attribute.expr),
                _ => {}
            }
        }
        self.bound.push(iterator);
        if let Some(labels) = body.attribute("labels") {
            self.expr(&labels.expr);
        }
        for content in body.blocks_named("content") {
            self.body(&content.body);
        }
        self.bound.pop();
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Item => {}
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Wrap(e) | ExprKind::Traversal(e, _) | ExprKind::Paren(e) | ExprKind::Unary(_, e) => {
                self.expr(e);
            }
            ExprKind::Reference(reference) => {
                if !self.bound.contains(&reference.root.text) {
                    self.found.push(reference.clone());
                }
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Splat { source, each, .. } => {
                self.expr(source);
                self.expr(each);
            }
            ExprKind::For(f) => {
                self.expr(&f.collection);
                let depth = self.bound.len();
                self.bound.extend(f.key_name.iter().map(|n| n.text.clone()));
                self.bound.push(f.value_name.text.clone());
                for part in f.key.iter().chain([&f.value]).chain(f.condition.iter()) {
                    self.expr(part);
                }
                self.bound.truncate(depth);
            }
            ExprKind::Conditional(a, b, c) => {
                for e in [a, b, c] {
                    self.expr(e);
                }
            }
            ExprKind::Call { args, .. } | ExprKind::Tuple(args) => args.iter().for_each(|e| self.expr(e)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
        }
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Interpolation(e) => self.expr(e),
                TemplatePart::If { condition, yes, no } => {
                    self.expr(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                TemplatePart::For { key, value, collection, body } => {
                    self.expr(collection);
                    let depth = self.bound.len();
                    self.bound.extend(key.iter().map(|n| n.text.clone()));
                    self.bound.push(value.text.clone());
                    self.parts(body);
                    self.bound.truncate(depth);
                }
            }
        }
    }
}
