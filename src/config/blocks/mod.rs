//! Top-level blocks become parts of a module.

mod check;
pub(super) mod module_call;
mod named;
pub(super) mod provider;
mod resource;
mod settings;
mod statements;

use super::content::{Need, Shape, exact};
use super::model::{AssertRule, Module};
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::refs::references;
use crate::lang::syntax::{Block, Body};

use Need::{Optional, Required};

/// What a file may hold.
const FILE: Shape = Shape {
    attributes: &[],
    blocks: &[
        ("terraform", &[]),
        ("required_providers", &[]),
        ("provider", &["name"]),
        ("variable", &["name"]),
        ("locals", &[]),
        ("output", &["name"]),
        ("module", &["name"]),
        ("resource", &["type", "name"]),
        ("data", &["type", "name"]),
        ("ephemeral", &["type", "name"]),
        ("moved", &[]),
        ("import", &[]),
        ("removed", &[]),
        ("check", &["name"]),
    ],
};

/// The top-level blocks of a file.
pub(super) fn top_level(body: Body, out: &mut Diagnostics) -> Vec<Block> {
    let mut content = exact(body, &FILE, out);
    let mut blocks = std::mem::take(&mut content.blocks);
    blocks.retain(|block| {
        if &*block.kind.text == "required_providers" {
            let detail = "A \"required_providers\" block must be nested inside a \"terraform\" block.";
            out.push(
                Diagnostic::error("Invalid required_providers block", detail).at(block.kind.span.clone()),
            );
            return false;
        }
        true
    });
    blocks
}

/// Adds a top-level block to its module.
pub(super) fn add(module: &mut Module, block: Block, out: &mut Diagnostics) {
    match &*block.kind.text {
        "terraform" => settings::terraform(module, block, out),
        "provider" => provider::provider(module, block, out),
        "variable" => named::variable(module, block, out),
        "locals" => named::locals(module, block, out),
        "output" => named::output(module, block, out),
        "module" => module_call::call(module, block, out),
        "resource" | "data" | "ephemeral" => resource::resource(module, block, out),
        "moved" => statements::moved(module, block, out),
        "import" => statements::import(module, block, out),
        "removed" => statements::removed(module, block, out),
        "check" => check::check(module, block, out),
        _ => {}
    }
}

const RULE: Shape =
    Shape { attributes: &[("condition", Required), ("error_message", Required)], blocks: &[] };

/// Attributes that may be left out.
const fn optional(name: &'static str) -> (&'static str, Need) {
    (name, Optional)
}

/// A block with a condition. It must refer to something, or it would not be checking anything.
pub(super) fn rule(block: Block, out: &mut Diagnostics) -> Option<AssertRule> {
    let kind = block.kind.text.clone();
    let header = block.header.clone();
    let mut content = exact(block.body, &RULE, out);
    let (condition, error_message) = (content.take("condition"), content.take("error_message"));
    let condition = condition?;
    if references(&condition).is_empty() && &*kind != "validation" {
        let detail = "The condition expression must refer to at least one object from elsewhere in the configuration, or \
                      else its result would not be checking anything.";
        let summary = format!("Invalid {kind} expression");
        out.push(Diagnostic::error(summary, detail).at(condition.span.clone()));
        return None;
    }
    Some(AssertRule { condition, error_message: error_message?, header })
}
