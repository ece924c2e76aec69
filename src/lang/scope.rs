//! Where evaluation finds the values of references.

use super::diag::{Diagnostic, Diagnostics};
use super::refs::Object;
use super::syntax::Reference;
use super::value::Value;

/// Answers what the objects are that references name.
///
/// The evaluator traverses the steps after the object itself. For a resource or module call with `count` the answer
/// is a tuple of its instances, with `for_each` an object of them.
pub trait Scope {
    /// The value of an object. `reference` is all of the reference: its place, and what is wanted of the object.
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics>;
}

/// A scope in which nothing may be referred to: backends, literal values of variables.
#[derive(Debug, Clone, Copy)]
pub struct NoScope;

impl Scope for NoScope {
    fn object(&self, _: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        Err(Diagnostic::error("Variables not allowed", "Variables may not be used here.")
            .at(reference.span.clone())
            .into())
    }
}
