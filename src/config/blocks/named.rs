//! `variable`, `locals`, `output`.

use std::sync::Arc;

use super::super::content::{
    Need, Shape, check_name, exact, is_name, literal, literal_bool, literal_string, reference_list,
};
use super::super::model::{Local, Module, Output, Variable};
use super::super::typeexpr::variable_type;
use super::{optional, rule};
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::refs::references;
use crate::lang::syntax::{Attribute, Block, Syntax, duplicate};
use crate::lang::{Defaults, Type, apply_defaults, convert};

const VARIABLE: Shape = Shape {
    attributes: &[
        optional("description"),
        optional("default"),
        optional("type"),
        optional("sensitive"),
        optional("ephemeral"),
        optional("nullable"),
    ],
    blocks: &[("validation", &[])],
};

/// Names that a module block needs for itself.
const RESERVED: &[&str] =
    &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

pub(super) fn variable(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    let name: Arc<str> = label.text.clone();
    let header = block.header.clone();
    check_name(&label, "variable", out);
    if RESERVED.contains(&&*name) {
        let detail = format!(
            "The variable name \"{name}\" is reserved due to its special meaning inside module blocks."
        );
        out.push(Diagnostic::error("Invalid variable name", detail).at(label.span));
    }
    let mut content = exact(block.body, &VARIABLE, out);
    let description = content.take("description").and_then(|e| literal_string(&e, out));
    let written_type = content.take("type");
    let has_type = written_type.is_some();
    let (ty, defaults) =
        written_type.and_then(|e| variable_type(&e, out)).unwrap_or((Type::Dynamic, Defaults::default()));
    let mut flag = |name: &str, out: &mut Diagnostics| content.take(name).and_then(|e| literal_bool(&e, out));
    let sensitive = flag("sensitive", out).unwrap_or(false);
    let ephemeral = flag("ephemeral", out).unwrap_or(false);
    let nullable = flag("nullable", out).unwrap_or(true);
    let default = content.take("default").and_then(|expr| {
        let summary = "Invalid default value for variable";
        let value = literal(&expr, &Type::Dynamic, out)?;
        let value = if value.is_null() { value } else { apply_defaults(&value, &defaults) };
        match convert(&value, &ty) {
            Ok(value) if value.is_null() && !nullable => {
                let detail = "A null default value is not valid when nullable=false.";
                out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
                None
            }
            Ok(value) => Some(value),
            Err(why) => {
                let detail = format!(
                    "This default value is not compatible with the variable's type constraint: {why}."
                );
                out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
                // A value all the same, so that nobody asks for one.
                Some(crate::lang::Value::unknown(ty.without_optional()))
            }
        }
    });
    let mut validations = Vec::new();
    for block in content.take_blocks("validation") {
        let Some(rule) = rule(block, out) else { continue };
        let own =
            |r: &crate::lang::syntax::Reference| &*r.root.text == "var" && r.attribute_at(0) == Some(&*name);
        if !references(&rule.condition).iter().any(own) {
            let detail = format!(
                "The condition for variable \"{name}\" must refer to var.{name} in order to test incoming values."
            );
            let at = rule.condition.span.clone();
            if references(&rule.condition).is_empty() {
                let detail = "The condition expression must refer to at least one object from elsewhere in the \
                              configuration, or else its result would not be checking anything.";
                out.push(Diagnostic::error("Invalid validation expression", detail).at(at.clone()));
            }
            out.push(Diagnostic::error("Invalid variable validation condition", detail).at(at));
            continue;
        }
        validations.push(rule);
    }
    if let Some(first) = module.variables.get(&name) {
        let detail = format!(
            "A variable named \"{name}\" was already declared at {}. Variable names must be unique within a module.",
            first.header.describe()
        );
        out.push(Diagnostic::error("Duplicate variable declaration", detail).at(header));
        return;
    }
    let variable = Variable {
        name: name.clone(),
        header,
        description,
        ty,
        has_type,
        defaults,
        default,
        sensitive,
        ephemeral,
        nullable,
        validations,
    };
    module.variables.insert(name, variable);
}

pub(super) fn locals(module: &mut Module, block: Block, out: &mut Diagnostics) {
    for nested in &block.body.blocks {
        let summary = format!("Unexpected \"{}\" block", nested.kind.text);
        out.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(nested.kind.span.clone()));
    }
    let json = block.body.syntax == Syntax::Json;
    let mut set: Vec<&Attribute> = Vec::new();
    for attribute in &block.body.attributes {
        match set.iter().find(|first| json && first.name.text == attribute.name.text) {
            Some(first) => out.push(duplicate(first, attribute)),
            None => set.push(attribute),
        }
    }
    if set.len() < block.body.attributes.len() {
        return;
    }
    for attribute in block.body.attributes {
        let name = attribute.name.text.clone();
        if !is_name(&name) {
            check_name(&attribute.name, "local value", out);
            continue;
        }
        if let Some(first) = module.locals.get(&name) {
            let detail = format!(
                "A local value named \"{name}\" was already defined at {}. Local value names must be unique within a \
                 module.",
                first.span.describe()
            );
            out.push(Diagnostic::error("Duplicate local value definition", detail).at(attribute.span));
            continue;
        }
        let local = Local { name: name.clone(), expr: attribute.expr, span: attribute.span };
        module.locals.insert(name, local);
    }
}

const OUTPUT: Shape = Shape {
    attributes: &[
        optional("description"),
        ("value", Need::Required),
        optional("depends_on"),
        optional("sensitive"),
        optional("ephemeral"),
    ],
    blocks: &[("precondition", &[]), ("postcondition", &[])],
};

pub(super) fn output(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    let name = label.text.clone();
    let header = block.header.clone();
    check_name(&label, "output", out);
    let mut content = exact(block.body, &OUTPUT, out);
    let description = content.take("description").and_then(|e| literal_string(&e, out));
    let sensitive = content.take("sensitive").and_then(|e| literal_bool(&e, out)).unwrap_or(false);
    let ephemeral = content.take("ephemeral").and_then(|e| literal_bool(&e, out)).unwrap_or(false);
    let depends_on = content.take("depends_on").map(|e| reference_list(&e, out)).unwrap_or_default();
    for post in content.take_blocks("postcondition") {
        let detail = "Postconditions are not allowed for output values: they would be checked when it is too late. Use a \
                      precondition.";
        out.push(Diagnostic::error("Postconditions are not allowed", detail).at(post.header));
    }
    let preconditions =
        content.take_blocks("precondition").into_iter().filter_map(|b| rule(b, out)).collect();
    if let Some(first) = module.outputs.get(&name) {
        let detail = format!(
            "An output named \"{name}\" was already defined at {}. Output names must be unique within a module.",
            first.header.describe()
        );
        out.push(Diagnostic::error("Duplicate output definition", detail).at(header));
        return;
    }
    let Some(value) = content.take("value") else { return };
    let output = Output {
        name: name.clone(),
        header,
        value,
        description,
        sensitive,
        ephemeral,
        depends_on,
        preconditions,
    };
    module.outputs.insert(name, output);
}
