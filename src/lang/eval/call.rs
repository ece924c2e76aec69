//! Calls of functions. The functions themselves are elsewhere: the evaluator knows only their trait.

use super::Evaluator;
use super::iterate::elements;
use crate::lang::codec::quote;
use crate::lang::diag::{Diagnostic, Span};
use crate::lang::refs::references;
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::{Expr, ExprKind, Name};
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// The functions that expressions can call.
pub trait Functions {
    /// Calls a function by its plain name (without `core::`). Arguments are as they were written: converting and
    /// checking them is the function's part, and so are unknown and marked ones.
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError>;

    /// The signature as messages show it: `abs(num number) number`; `None` if there is no such function.
    fn signature(&self, name: &str) -> Option<String>;

    /// All names, for suggestions.
    fn names(&self) -> Vec<&str>;
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// There is no such function.
    Unknown,
    /// More arguments than parameters.
    TooMany {
        /// So many are taken.
        most: usize,
    },
    /// Fewer arguments than parameters.
    TooFew {
        /// So many are needed.
        least: usize,
        /// More may be given.
        variadic: bool,
        /// The first parameter without an argument.
        missing: String,
    },
    /// An argument is wrong.
    Argument {
        /// Which, from 0.
        index: usize,
        /// The parameter's name.
        parameter: String,
        /// What is wrong, no full stop.
        message: String,
    },
    /// Several arguments are wrong.
    Several(Vec<CallError>),
    /// The arguments are right, but the result cannot be had.
    Failed(String),
}

/// Functions that are no more, and what is written instead.
const REPLACED: &[(&str, &str)] = &[("list", "tolist([ ... ])"), ("map", "tomap({ ... })")];

/// Without any function.
#[derive(Debug, Clone, Copy)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn call(&self, _: &str, _: &[Value]) -> Result<Value, CallError> {
        Err(CallError::Unknown)
    }

    fn signature(&self, _: &str) -> Option<String> {
        None
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, name: &Name, args: &[Expr], expand: bool, whole: &Expr) -> Value {
        let dynamic = Value::unknown(Type::Dynamic);
        let called = &*name.text;
        let plain = called.strip_prefix("core::").unwrap_or(called);
        match plain {
            "try" if !expand && !args.is_empty() => return self.try_each(args, whole),
            "can" if !expand && args.len() == 1 => return self.can(&args[0]),
            _ => {}
        }
        let functions = self.functions;
        if functions.signature(plain).is_none() {
            self.unknown_function(name, plain);
            return dynamic;
        }
        if plain == "templatestring"
            && let Some(template) = args.first()
            && !matches!(template.kind, ExprKind::Reference(_) | ExprKind::Traversal(..))
        {
            let inner = template.without_parens();
            let enclosed = !std::ptr::eq(inner, template)
                && matches!(inner.kind, ExprKind::Reference(_) | ExprKind::Traversal(..));
            let message = if enclosed {
                "invalid template expression: must be a direct reference to a single string from elsewhere, containing \
                 valid Terraform template syntax"
            } else {
                "invalid template expression: templatestring is only for rendering templates retrieved \
                           dynamically from elsewhere, and so does not support providing a literal template; consider \
                           using a template string expression instead"
            };
            let error =
                CallError::Argument { index: 0, parameter: "template".into(), message: message.into() };
            self.call_error(name, plain, error, &args.iter().collect::<Vec<_>>(), whole);
            return dynamic;
        }
        let errors = self.errors;
        let mut values = Vec::with_capacity(args.len());
        let mut places: Vec<&Expr> = Vec::with_capacity(args.len());
        let fixed = if expand { &args[..args.len().saturating_sub(1)] } else { args };
        for arg in fixed {
            values.push(self.eval(arg));
            places.push(arg);
        }
        if let (true, Some(last)) = (expand, args.last()) {
            let before = self.errors;
            let value = self.eval(last);
            if self.errors > before {
                return dynamic;
            }
            match self.expanded(last, &value) {
                Some(Some(all)) => {
                    places.extend(all.iter().map(|_| last));
                    values.extend(all);
                }
                Some(None) => return dynamic.marked(&value.deep_marks()),
                None => return dynamic,
            }
        }
        if self.errors > errors {
            return dynamic;
        }
        if let ("templatestring", Some(Type::Bool | Type::Number)) = (plain, values.first().map(Value::ty)) {
            let message = "invalid template value: a string is required".into();
            let error = CallError::Argument { index: 0, parameter: "template".into(), message };
            self.call_error(name, plain, error, &places, whole);
            return dynamic;
        }
        match functions.call(plain, &values) {
            Ok(value) => value,
            Err(error) => {
                self.call_error(name, plain, error, &places, whole);
                dynamic
            }
        }
    }

    /// The arguments of `...`: `None` after an error, `Some(None)` if they are not known.
    fn expanded(&mut self, last: &Expr, value: &Value) -> Option<Option<Vec<Value>>> {
        let mut fail = |detail: &str| {
            let d = Diagnostic::error("Invalid expanding argument value", detail).at(last.span.clone());
            self.fail_on(last, d);
            None
        };
        match value.ty() {
            Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_) if value.is_null() => {
                fail("The expanding argument (indicated by ...) must not be null.")
            }
            Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_) => Some(match &value.kind {
                Kind::Unknown(_) => None,
                _ => {
                    elements(value).map(|all| all.into_iter().map(|(_, v)| v.marked(&value.marks)).collect())
                }
            }),
            _ => fail("The expanding argument (indicated by ...) must be of a tuple, list, or set type."),
        }
    }

    fn unknown_function(&mut self, name: &Name, plain: &str) {
        let called = &*name.text;
        let at = name.span.clone();
        let d = if let Some(rest) = called.strip_prefix("provider::") {
            let (provider, function) = rest.split_once("::").unwrap_or((rest, ""));
            Diagnostic::error(
                "Unknown provider function",
                format!(
                    "There is no function named {}. Ensure that provider name {} is declared in this module's \
                     required_providers block, and that this provider offers a function named {}.",
                    quote(called),
                    quote(provider),
                    quote(function)
                ),
            )
        } else if let Some((namespace, _)) = called.split_once("::") {
            Diagnostic::error(
                "Unknown provider function",
                format!(
                    "The function namespace {} is not valid. Provider function calls must use the \"provider::\" namespace \
                     prefix.",
                    quote(namespace)
                ),
            )
        } else if let Some((old, now)) = REPLACED.iter().find(|(old, _)| *old == plain) {
            Diagnostic::error(
                "Error in function call",
                format!(
                    "Call to function {} failed: the {} function was deprecated in Terraform v0.12 and is no longer \
                     available; use {now} syntax to write a literal {old}.",
                    quote(called),
                    quote(old),
                ),
            )
        } else {
            let suggestion = did_you_mean(plain, self.functions.names())
                .map_or(String::new(), |n| format!(" Did you mean {}?", quote(n)));
            Diagnostic::error(
                "Call to unknown function",
                format!("There is no function named {}.{suggestion}", quote(called)),
            )
        };
        self.fail(d.at(at));
    }

    fn call_error(&mut self, name: &Name, plain: &str, error: CallError, places: &[&Expr], whole: &Expr) {
        let called = quote(&name.text);
        let close = {
            let end = whole.span.range.end;
            Span::new(&whole.span.source, end.saturating_sub(1)..end)
        };
        let open = call_start(name);
        let (d, about) = match error {
            CallError::Unknown => return self.unknown_function(name, plain),
            CallError::Several(all) => {
                for error in all {
                    self.call_error(name, plain, error, places, whole);
                }
                return;
            }
            CallError::TooMany { most } => {
                let at = places.get(most).map_or(close, |e| e.span.clone());
                let detail = format!("Function {called} expects only {most} argument(s).");
                (Diagnostic::error("Too many function arguments", detail).at(at), whole)
            }
            CallError::TooFew { least, variadic, missing } => {
                let at_least = if variadic { " at least" } else { "" };
                let detail = format!(
                    "Function {called} expects{at_least} {least} argument(s). Missing value for {}.",
                    quote(&missing)
                );
                (Diagnostic::error("Not enough function arguments", detail).at(close), whole)
            }
            CallError::Argument { index, parameter, message } => {
                let argument = places.get(index).copied().unwrap_or(whole);
                let detail = format!("Invalid value for {} parameter: {message}.", quote(&parameter));
                (Diagnostic::error("Invalid function argument", detail).at(start(argument)), argument)
            }
            CallError::Failed(message) => {
                let detail = format!("Call to function {called} failed: {message}.");
                (Diagnostic::error("Error in function call", detail).at(open), whole)
            }
        };
        let mut d = d;
        d.function_call = self.functions.signature(plain).map(|s| (name.text.to_string(), s));
        self.fail_on(about, d);
    }

    /// The first expression that has a value. Where that is not known yet, what follows may still be it.
    fn try_each(&mut self, args: &[Expr], whole: &Expr) -> Value {
        let mut failures = Vec::new();
        for arg in args {
            let (value, diagnostics) = self.apart(|e| e.eval(arg));
            if diagnostics.has_errors() {
                failures.extend(diagnostics.0.into_iter().next());
                continue;
            }
            if !value.is_wholly_known() {
                // What becomes of it may be an error, or of another type.
                return Value::unknown(Type::Dynamic).marked(&value.deep_marks().without_sensitive());
            }
            return value;
        }
        let mut detail = "no expression succeeded:\n".to_string();
        for failure in &failures {
            let place = failure.subject.as_ref().map_or(String::new(), |s| {
                let (line, column) = s.source.position(s.range.start);
                format!(" (at {}:{line},{column}-{})", s.source.path, end_of(s))
            });
            detail.push_str(&format!("- {}{place}\n  {}\n", failure.summary, failure.detail));
        }
        detail.push_str("\nAt least one expression must produce a successful result");
        let detail = format!("Call to function \"try\" failed: {detail}.");
        let mut d = Diagnostic::error("Error in function call", detail).at(start(whole));
        d.function_call = self.functions.signature("try").map(|s| ("try".to_string(), s));
        self.fail_on(whole, d);
        Value::unknown(Type::Dynamic)
    }

    fn can(&mut self, arg: &Expr) -> Value {
        // What is not known yet may turn out to be wrong.
        let mut unknown = false;
        for reference in references(arg) {
            let (value, _) = self.apart(|e| e.reference(&reference));
            unknown |= !value.is_wholly_known();
        }
        let (value, diagnostics) = self.apart(|e| e.eval(arg));
        if (unknown || !value.is_wholly_known()) && !diagnostics.has_errors() {
            return Value::unknown_not_null(Type::Bool).marked(&value.deep_marks().without_sensitive());
        }
        if diagnostics.has_errors() {
            return false.into();
        }
        Value::from(true).marked(&value.deep_marks().without_sensitive())
    }
}

/// The name of a called function and the parenthesis after it.
fn call_start(name: &Name) -> Span {
    let text = &name.span.source.text;
    let end = text
        .get(name.span.range.end..)
        .and_then(|rest| rest.find('('))
        .map_or(name.span.range.end, |n| name.span.range.end + n + 1);
    Span::new(&name.span.source, name.span.range.start..end)
}

/// Where an expression begins, as far as messages about an argument mark it: a bracket, the inside of a string.
fn start(expr: &Expr) -> Span {
    let Span { source, range } = &expr.span;
    match &expr.kind {
        ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_) | ExprKind::Unary(..) => {
            Span::new(source, range.start..range.start + 1)
        }
        ExprKind::Literal(_) if expr.source_text().starts_with('"') && range.len() > 1 => {
            // Of an empty string, the quote that ends it.
            let end = (range.end - 1).max(range.start + 2);
            Span::new(source, range.start + 1..end)
        }
        ExprKind::Call { name, .. } => call_start(name),
        ExprKind::Binary(_, first, _)
        | ExprKind::Conditional(first, ..)
        | ExprKind::Index(first, _)
        | ExprKind::Traversal(first, _) => start(first),
        _ => expr.span.clone(),
    }
}

fn end_of(span: &Span) -> String {
    let (line, column) = span.source.position(span.range.end);
    let (first, _) = span.source.position(span.range.start);
    if line == first { column.to_string() } else { format!("{line},{column}") }
}
