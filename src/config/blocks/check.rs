//! `check`.

use super::super::content::{Shape, check_name, exact};
use super::super::model::{Check, Module};
use super::rule;
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::syntax::Block;

const CHECK: Shape =
    Shape { attributes: &[], blocks: &[("assert", &[]), ("data", &["type", "name"]), ("lifecycle", &[])] };

pub(super) fn check(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    let name = label.text.clone();
    let header = block.header.clone();
    check_name(&label, "check block", out);
    let mut content = exact(block.body, &CHECK, out);
    let mut data = None;
    for block in content.take_blocks("data") {
        if data.is_some() {
            let detail = "This check block already has a data source. There may be only one.";
            out.push(Diagnostic::error("Multiple data resource blocks", detail).at(block.header));
            continue;
        }
        data = super::resource::nested_data(module, block, &name, out);
    }
    for reserved in content.take_blocks("lifecycle") {
        let detail =
            "The block type name \"lifecycle\" is reserved for use by Terraform in a future version.";
        let summary = "Reserved block type name in check block";
        out.push(Diagnostic::error(summary, detail).at(reserved.kind.span));
    }
    let blocks = content.take_blocks("assert");
    let asserts: Vec<_> = blocks.into_iter().filter_map(|b| rule(b, out)).collect();
    if asserts.is_empty() && !content.rest.incomplete {
        let detail = "Check blocks must have at least one assert block.";
        out.push(Diagnostic::error("Zero assert blocks", detail).at(header.clone()));
    }
    if let Some(first) = module.checks.get(&name) {
        let summary = format!("Duplicate check \"{name}\" configuration");
        let detail = format!(
            "A check block named \"{name}\" was already declared at {}. Check blocks must be unique within each module.",
            first.header.describe()
        );
        out.push(Diagnostic::error(summary, detail).at(header));
        return;
    }
    module.checks.insert(name.clone(), Check { name, header, data, asserts });
}
