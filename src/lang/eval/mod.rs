//! Evaluation: an expression in a scope becomes a value, or says why not.
//!
//! Semantics are Terraform 1.11's; `&&` and `||` decide early as in 1.12. After an error the value is unknown, so that
//! evaluation goes on and several errors are found in one run.

mod access;
mod call;
mod describe;
mod iterate;
mod operators;
mod template;

use std::cell::Cell;
use std::sync::Arc;

pub use access::{attribute, index};
pub use call::{CallError, Functions, NoFunctions};
pub use describe::{About, compact, statement};
pub use iterate::elements;

use super::convert::convert;
use super::diag::{Diagnostic, Diagnostics, Severity, Span};
use super::marks::Marks;
use super::refs::{references, resolve};
use super::scope::Scope;
use super::syntax::{Expr, ExprKind, ObjectItem, ObjectKey, Reference, Step, StepKind};
use super::types::Type;
use super::value::{Kind, Value};

/// So deep may expressions be nested in one another.
const MOST_DEPTH: usize = 400;

/// So much may one evaluation make in `for` expressions and templates: bytes of text, and [`ELEMENT`] for each round. Functions
/// have a limit of their own for what one call makes.
const MOST_MADE: usize = 1 << 28;
/// So many parts may the value of an expression have: what is made of parts that are shared is read part by part later.
const MOST_NODES: usize = 1 << 22;

/// So many collections may be in one another in the value of an expression.
const MOST_LEVELS: usize = 1000;

/// So deep may evaluations be in one another, all in all: of references on the way to what they are made of.
const MOST_DEPTH_IN_ALL: usize = 20_000;

/// What a round of a `for` counts, whatever it makes.
const ELEMENT: usize = 64;

thread_local! {
    /// See [`MOST_DEPTH_IN_ALL`].
    static IN_ALL: Cell<usize> = const { Cell::new(0) };
}

/// Names that are bound around an expression: the iterators of `dynamic` blocks, the variables of a template file.
pub type Variables = Vec<(Arc<str>, Value)>;

/// The value of an expression. With errors it is unknown where they are.
pub fn evaluate(expr: &Expr, scope: &dyn Scope, functions: &dyn Functions) -> (Value, Diagnostics) {
    evaluate_with(expr, scope, functions, Vec::new())
}

/// The value of an expression inside bound names, which hide those of the scope.
pub fn evaluate_with(
    expr: &Expr,
    scope: &dyn Scope,
    functions: &dyn Functions,
    variables: Variables,
) -> (Value, Diagnostics) {
    let mut evaluator = Evaluator {
        scope,
        functions,
        variables,
        items: Vec::new(),
        depth: 0,
        made: 0,
        quiet: false,
        errors: 0,
        diagnostics: Diagnostics::default(),
    };
    let mut value = evaluator.eval(expr);
    let made = !matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Reference(_));
    let mut left = MOST_NODES;
    if made && !fits(&value, &mut left, MOST_LEVELS) {
        let detail = format!(
            "The value has more than {MOST_NODES} parts, or more than {MOST_LEVELS} collections in one another. Make it of \
             fewer parts."
        );
        evaluator.fail(Diagnostic::error("Expression result too large", detail).at(expr.span.clone()));
        value = Value::unknown(Type::Dynamic);
    }
    (value, evaluator.diagnostics)
}

/// Has it no more than so many parts (those that it shares count wherever they are), and so many levels?
fn fits(value: &Value, left: &mut usize, levels: usize) -> bool {
    if *left == 0 || levels == 0 {
        return false;
    }
    *left -= 1;
    match &value.kind {
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
            all.iter().all(|v| fits(v, left, levels - 1))
        }
        Kind::Map(_, all) | Kind::Object(all) => all.values().all(|v| fits(v, left, levels - 1)),
        _ => true,
    }
}

/// The value of an expression as one of a type.
pub fn evaluate_as(
    expr: &Expr,
    ty: &Type,
    scope: &dyn Scope,
    functions: &dyn Functions,
) -> (Value, Diagnostics) {
    let (value, mut diagnostics) = evaluate(expr, scope, functions);
    if diagnostics.has_errors() {
        return (Value::unknown(ty.without_optional()), diagnostics);
    }
    match convert(&value, ty) {
        Ok(value) => (value, diagnostics),
        Err(why) => {
            let detail = format!("Invalid expression value: {why}.");
            let mut d = Diagnostic::error("Incorrect value type", detail).at(expr.span.clone());
            d.values = values_of(expr, About::default(), scope, functions, &[]);
            diagnostics.push(d);
            (Value::unknown(ty.without_optional()), diagnostics)
        }
    }
}

/// What messages say of the values that an expression refers to, in order of their names.
pub fn values_of(
    expr: &Expr,
    about: About,
    scope: &dyn Scope,
    functions: &dyn Functions,
    variables: &[(Arc<str>, Value)],
) -> Vec<(String, String)> {
    let mut evaluator = Evaluator {
        scope,
        functions,
        variables: variables.to_vec(),
        items: Vec::new(),
        depth: 0,
        made: 0,
        quiet: true,
        errors: 0,
        diagnostics: Diagnostics::default(),
    };
    evaluator.statements(expr, about)
}

/// The state of one evaluation.
pub(crate) struct Evaluator<'a> {
    scope: &'a dyn Scope,
    functions: &'a dyn Functions,
    /// Bound names, the innermost last.
    variables: Variables,
    /// The elements of the splats around.
    items: Vec<Value>,
    depth: usize,
    /// See [`MOST_MADE`].
    made: usize,
    /// No values are collected for messages: they are for nobody.
    quiet: bool,
    errors: usize,
    diagnostics: Diagnostics,
}

impl Evaluator<'_> {
    fn eval(&mut self, expr: &Expr) -> Value {
        let in_all = IN_ALL.get();
        if self.depth >= MOST_DEPTH || in_all >= MOST_DEPTH_IN_ALL {
            let detail =
                "The expression is nested too deeply to be evaluated. Name parts of it with local values.";
            self.fail(Diagnostic::error("Expression nested too deeply", detail).at(expr.span.clone()));
            return Value::unknown(Type::Dynamic);
        }
        self.depth += 1;
        IN_ALL.set(in_all + 1);
        let value = self.eval_kind(expr);
        IN_ALL.set(in_all);
        self.depth -= 1;
        value
    }

    /// Counts what is about to be made; `false`, with an error the first time, where it is too much.
    fn make(&mut self, size: usize, at: &Span) -> bool {
        let before = self.made;
        self.made = before.saturating_add(size);
        if before <= MOST_MADE && self.made > MOST_MADE {
            let detail = format!(
                "Evaluating the expression makes more than {} MiB of text and elements. Make it of fewer or shorter parts.",
                MOST_MADE >> 20
            );
            self.fail(Diagnostic::error("Expression result too large", detail).at(at.clone()));
        }
        self.made <= MOST_MADE
    }

    fn eval_kind(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::Wrap(inner) | ExprKind::Paren(inner) => self.eval(inner),
            ExprKind::Reference(reference) => self.reference(reference),
            ExprKind::Traversal(source, steps) => {
                let errors = self.errors;
                let value = self.eval(source);
                if self.errors > errors {
                    Value::unknown(Type::Dynamic)
                } else {
                    self.steps(value, steps, expr)
                }
            }
            ExprKind::Index(collection, key) => {
                let errors = self.errors;
                let value = self.eval(collection);
                let key_value = self.eval(key);
                if self.errors > errors {
                    return Value::unknown(Type::Dynamic);
                }
                let at = collection.span.to(&expr.span);
                let at = super::diag::Span::new(&at.source, collection.span.range.end..expr.span.range.end);
                match index(&value, &key_value, &at) {
                    Ok(part) => part,
                    Err(d) => {
                        self.fail_on(expr, d);
                        Value::unknown(Type::Dynamic)
                    }
                }
            }
            ExprKind::Splat { source, each, marker } => self.splat(source, each, marker),
            ExprKind::Item => self.items.last().cloned().unwrap_or_else(|| Value::unknown(Type::Dynamic)),
            ExprKind::For(f) => self.for_expr(f),
            ExprKind::Conditional(condition, yes, no) => self.conditional(condition, yes, no),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, expr),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr),
            ExprKind::Call { name, args, expand } => self.call(name, args, *expand, expr),
            ExprKind::Object(items) => self.object(items),
            ExprKind::Tuple(all) => Value::tuple(all.iter().map(|e| self.eval(e)).collect()),
        }
    }

    fn reference(&mut self, reference: &Reference) -> Value {
        let root = &reference.root.text;
        let bound =
            self.variables.iter().rev().find(|(name, _)| name == root).map(|(_, value)| value.clone());
        let (value, used) = match bound {
            Some(value) => (value, 0),
            None => {
                let found = resolve(reference)
                    .map_err(Diagnostics::from)
                    .and_then(|(object, steps)| Ok((self.scope.object(&object, reference)?, steps)));
                match found {
                    Ok(found) => found,
                    Err(diagnostics) => {
                        self.add(diagnostics);
                        return Value::unknown(Type::Dynamic);
                    }
                }
            }
        };
        let whole = Expr { kind: ExprKind::Item, span: reference.span.clone() };
        match self.try_steps(value, &reference.steps[used.min(reference.steps.len())..]) {
            Ok(value) => value,
            Err(d) => {
                if self.quiet {
                    self.fail(d);
                } else {
                    let expr = Expr { kind: ExprKind::Reference(reference.clone()), span: whole.span };
                    self.fail_on(&expr, d);
                }
                Value::unknown(Type::Dynamic)
            }
        }
    }

    fn steps(&mut self, value: Value, steps: &[Step], whole: &Expr) -> Value {
        match self.try_steps(value, steps) {
            Ok(value) => value,
            Err(d) => {
                self.fail_on(whole, d);
                Value::unknown(Type::Dynamic)
            }
        }
    }

    fn try_steps(&self, mut value: Value, steps: &[Step]) -> Result<Value, Diagnostic> {
        for step in steps {
            value = match &step.kind {
                StepKind::Attribute(name) => attribute(&value, name, &step.span)?,
                StepKind::Index(key) => index(&value, key, &step.span)?,
            };
        }
        Ok(value)
    }

    fn object(&mut self, items: &[ObjectItem]) -> Value {
        let mut known = true;
        let mut marks = Marks::NONE;
        let mut all: std::collections::BTreeMap<Arc<str>, Value> = std::collections::BTreeMap::new();
        for item in items {
            let key = match &item.key {
                ObjectKey::Name(name) => Some(name.text.clone()),
                ObjectKey::Expr(expr) => self.object_key(expr, &item.value, &mut marks),
            };
            let value = self.eval(&item.value);
            match key {
                Some(key) => {
                    all.insert(key, value);
                }
                None => known = false,
            }
        }
        if known {
            return Value::from(Kind::Object(Arc::new(all.into()))).marked(&marks);
        }
        // Which parts there are is not known: as in Terraform that is no secret, though the key may be one.
        Value::unknown(Type::Dynamic).marked(&marks.without_sensitive())
    }

    fn object_key(&mut self, key: &Expr, value: &Expr, marks: &mut Marks) -> Option<Arc<str>> {
        if let ExprKind::Reference(reference) = &key.kind
            && !reference.steps.is_empty()
        {
            let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                              intended as a literal name containing periods, wrap it in quotes to create a string literal.";
            self.fail(Diagnostic::error("Ambiguous attribute key", detail).at(key.span.clone()));
            return None;
        }
        let errors = self.errors;
        let found = self.eval(key);
        if self.errors > errors {
            return None;
        }
        *marks = marks.union(&found.marks);
        if found.is_null() {
            let d = Diagnostic::error("Null value as key", "Can't use a null value as a key.");
            self.fail_on(key, d.at(value.span.clone()));
            return None;
        }
        match convert(&found, &Type::String) {
            Ok(found) => found.as_str().map(Arc::from),
            Err(why) => {
                let detail = format!("Can't use this value as a key: {why}.");
                self.fail_on(key, Diagnostic::error("Incorrect key type", detail).at(key.span.clone()));
                None
            }
        }
    }

    /// Runs a part whose diagnostics the caller decides about.
    fn apart<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Diagnostics) {
        let before = std::mem::take(&mut self.diagnostics);
        let errors = std::mem::take(&mut self.errors);
        let result = run(self);
        let found = std::mem::replace(&mut self.diagnostics, before);
        self.errors = errors;
        (result, found)
    }

    fn add(&mut self, diagnostics: Diagnostics) {
        for d in diagnostics {
            self.fail(d);
        }
    }

    fn add_warnings(&mut self, diagnostics: Diagnostics) {
        self.add(Diagnostics(
            diagnostics.0.into_iter().filter(|d| d.severity == Severity::Warning).collect(),
        ));
    }

    /// Takes a diagnostic; one that is there already only counts.
    fn fail(&mut self, d: Diagnostic) {
        if d.severity == Severity::Error {
            self.errors += 1;
        }
        let same = |other: &Diagnostic| {
            other.summary == d.summary && other.subject == d.subject && other.detail == d.detail
        };
        if !self.diagnostics.0.iter().any(same) {
            self.diagnostics.push(d);
        }
    }

    /// Takes a diagnostic with the values that the expression refers to.
    fn fail_on(&mut self, expr: &Expr, mut d: Diagnostic) {
        if !self.quiet && d.values.is_empty() {
            d.values = self.statements(expr, About::default());
        }
        self.fail(d);
    }

    fn statements(&mut self, expr: &Expr, about: About) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let quiet = std::mem::replace(&mut self.quiet, true);
        for mut reference in references(expr) {
            // The longest part that has a value is what is said.
            while !reference.steps.is_empty() {
                let (value, diagnostics) = self.apart(|e| e.reference(&reference));
                if diagnostics.has_errors() {
                    reference.steps.pop();
                    continue;
                }
                let name = reference.to_string();
                if found.iter().all(|(n, _)| *n != name) {
                    found.extend(statement(&value, about).map(|s| (name, s)));
                }
                break;
            }
        }
        self.quiet = quiet;
        found.sort();
        found
    }
}

#[cfg(test)]
mod tests;
