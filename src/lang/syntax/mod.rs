//! Syntax: bytes of `.tf`, `.tfvars` and their JSON forms become one tree with spans.
//!
//! The parser behind it (hcl-rs) is not seen outside: a scan of our own finds the faults that it words badly, and its tree is lowered to ours.

pub mod tree;

pub use tree::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, For, Label, Name, ObjectItem, ObjectKey, Reference,
    Step, StepKind, Syntax, TemplatePart, UnaryOp,
};
