//! Syntax: bytes of `.tf`, `.tfvars` and their JSON forms become one tree with spans.
//!
//! The parser behind it (hcl-rs) is not seen outside: a scan of our own finds the faults that it words badly, and its tree is lowered to ours.

mod directive;
mod fault;
mod format;
mod json;
mod judge;
mod lower;
mod parse;
mod scan;
mod template;
mod token;
pub mod tree;

pub use format::format;
pub use json::{duplicate, parse_json_body, parse_json_form, parse_json_values};
pub use parse::{parse_body, parse_expression, parse_template};

pub use tree::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, For, Label, Name, ObjectItem, ObjectKey, Reference,
    Step, StepKind, Syntax, TemplatePart, UnaryOp,
};

#[cfg(test)]
mod tests;
