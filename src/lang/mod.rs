//! Terraform's language: values and types, syntax with spans, diagnostics, evaluation, functions.
//!
//! Knows nothing of Azure, of configuration blocks, or of files beyond what functions read.

pub mod codec;
pub mod convert;
pub mod defaults;
pub mod diag;
pub mod entries;
pub mod equal;
pub mod eval;
pub mod functions;
pub mod marks;
pub mod names;
pub mod number;
pub mod refs;
pub mod schema;
pub mod scope;
pub mod set;
pub mod suggest;
pub mod syntax;
pub mod types;
mod unify;
pub mod value;

pub use convert::{ConvertError, convert, unify};
pub use defaults::{Defaults, apply_defaults};
pub use diag::{Diagnostic, Diagnostics, Severity};
pub use entries::Entries;
pub use equal::equals;
pub use marks::{Marks, Origin};
pub use number::{ArithmeticError, Number};
pub use types::{ObjectType, Type};
pub use value::{Kind, PathStep, Unknown, Value};
