//! References of a module: what its expressions name, and whether that is declared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use hcl::expr::{Operation, TemplateExpr, TraversalOperator};
use hcl::template::{Directive, Element, Template};
use hcl::{Block, Body, Expression, ObjectKey};

use crate::{blocks, string};

/// A name as an expression writes it: root and the attribute steps that follow (indexes left out).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub root: String,
    pub steps: Vec<String>,
}

/// `examples/x/../../modules/y` without the dots.
pub fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Everything wrong with a module's references. `called` finds the module that a `source` names.
pub fn check<'a>(body: &Body, called: impl Fn(&str) -> Option<&'a Body>) -> Vec<String> {
    let names = Names::of(body);
    let mut problems = BTreeSet::new();
    let all = of_body(body, &BTreeSet::new());
    for reference in &all {
        problems.extend(names.problem(reference, &called));
    }
    for variable in &names.variables {
        let used = all.iter().any(|r| r.root == "var" && r.steps.first() == Some(variable));
        if !used {
            problems.insert(format!("var.{variable} is never used"));
        }
    }
    for block in blocks(body, "module") {
        problems.extend(check_call(block, &called));
    }
    problems.into_iter().collect()
}

/// (type, attribute) of every resource or data attribute that expressions read; data types begin with `data.`.
pub fn attributes_read(body: &Body) -> BTreeSet<(String, String)> {
    let all = of_body(body, &BTreeSet::new());
    let read = all.into_iter().filter_map(|reference| {
        if reference.root == "data" {
            let [kind, _, attribute, ..] = reference.steps.as_slice() else { return None };
            return Some((format!("data.{kind}"), attribute.clone()));
        }
        let [_, attribute, ..] = reference.steps.as_slice() else { return None };
        reference.root.starts_with("az").then(|| (reference.root.clone(), attribute.clone()))
    });
    read.collect()
}

/// What a module declares.
struct Names {
    variables: BTreeSet<String>,
    locals: BTreeSet<String>,
    resources: BTreeSet<(String, String)>,
    data: BTreeSet<(String, String)>,
    modules: BTreeMap<String, String>,
}

impl Names {
    fn of(body: &Body) -> Self {
        let labelled = |kind: &'static str| {
            blocks(body, kind)
                .map(|block| (block.labels()[0].as_str().to_owned(), block.labels()[1].as_str().to_owned()))
                .collect()
        };
        Names {
            variables: blocks(body, "variable").map(|b| b.labels()[0].as_str().to_owned()).collect(),
            locals: blocks(body, "locals")
                .flat_map(|block| block.body().attributes().map(|a| a.key().to_owned()))
                .collect(),
            resources: labelled("resource"),
            data: labelled("data"),
            modules: blocks(body, "module")
                .map(|block| {
                    let source = string(block, "source").unwrap_or_default();
                    (block.labels()[0].as_str().to_owned(), source.to_owned())
                })
                .collect(),
        }
    }

    fn problem<'a>(
        &self,
        reference: &Reference,
        called: &impl Fn(&str) -> Option<&'a Body>,
    ) -> Option<String> {
        let Reference { root, steps } = reference;
        let first = steps.first().cloned().unwrap_or_default();
        let missing = |known: bool, name: String| (!known).then(|| format!("{name} is not declared"));
        match root.as_str() {
            "var" => missing(self.variables.contains(&first), format!("var.{first}")),
            "local" => missing(self.locals.contains(&first), format!("local.{first}")),
            "each" | "count" | "self" | "path" | "terraform" => None,
            "data" => {
                let name = steps.get(1).cloned().unwrap_or_default();
                let text = format!("data.{first}.{name}");
                missing(self.data.contains(&(first, name)), text)
            }
            "module" => {
                let Some(source) = self.modules.get(&first) else {
                    return Some(format!("module.{first} is not declared"));
                };
                let target = called(source)?;
                let output = steps.get(1)?;
                let known = blocks(target, "output").any(|block| block.labels()[0].as_str() == output);
                (!known).then(|| format!("module.{first} has no output {output}"))
            }
            _ if steps.is_empty() || !root.contains('_') => Some(format!("{root} is not a name here")),
            _ => {
                let text = format!("{root}.{first}");
                missing(self.resources.contains(&(root.clone(), first)), text)
            }
        }
    }
}

/// Problems of one `module` block: its source, and its arguments against the variables there.
fn check_call<'a>(block: &Block, called: &impl Fn(&str) -> Option<&'a Body>) -> Vec<String> {
    const META: [&str; 6] = ["source", "version", "count", "for_each", "depends_on", "providers"];
    let name = block.labels()[0].as_str();
    let Some(target) = string(block, "source").and_then(called) else {
        return vec![format!("module.{name}: its source is no module here")];
    };
    let given: BTreeSet<&str> =
        block.body().attributes().map(|a| a.key()).filter(|key| !META.contains(key)).collect();
    let mut problems = Vec::new();
    let mut known = BTreeSet::new();
    for variable in blocks(target, "variable") {
        let label = variable.labels()[0].as_str();
        known.insert(label);
        let required = !variable.body().attributes().any(|a| a.key() == "default");
        if required && !given.contains(label) {
            problems.push(format!("module.{name}: {label} is required"));
        }
    }
    problems.extend(given.difference(&known).map(|key| format!("module.{name}: no variable {key}")));
    problems
}

/// All references in a body; `scope` holds the names that `for` and `dynamic` bind.
fn of_body(body: &Body, scope: &BTreeSet<String>) -> Vec<Reference> {
    let mut found = Vec::new();
    for attribute in body.attributes() {
        // Types of variables and the names in `ignore_changes` are not expressions.
        if !matches!(attribute.key(), "type" | "ignore_changes" | "providers")
            || is_template(attribute.expr())
        {
            visit(attribute.expr(), scope, &mut found);
        }
    }
    for block in body.blocks() {
        let mut inner = scope.clone();
        if block.identifier() == "dynamic" {
            inner.insert(block.labels()[0].as_str().to_owned());
        }
        found.extend(of_body(block.body(), &inner));
    }
    found
}

fn is_template(expression: &Expression) -> bool {
    matches!(expression, Expression::TemplateExpr(_) | Expression::Conditional(_))
}

fn visit(expression: &Expression, scope: &BTreeSet<String>, found: &mut Vec<Reference>) {
    match expression {
        Expression::Array(items) => items.iter().for_each(|item| visit(item, scope, found)),
        Expression::Object(object) => {
            for (key, value) in object.iter() {
                // A bare name or `(name)`: only the second is a reference, and the parser tells them apart.
                if let ObjectKey::Expression(key) = key {
                    visit(key, scope, found);
                }
                visit(value, scope, found);
            }
        }
        Expression::TemplateExpr(template) => visit_template_expr(template, scope, found),
        Expression::Variable(variable) => {
            add(variable.as_str(), Vec::new(), scope, found);
        }
        Expression::Traversal(traversal) => {
            let mut steps = Vec::new();
            for operator in &traversal.operators {
                match operator {
                    TraversalOperator::GetAttr(name) => steps.push(name.as_str().to_owned()),
                    TraversalOperator::Index(index) => visit(index, scope, found),
                    _ => {}
                }
            }
            match &traversal.expr {
                Expression::Variable(variable) => add(variable.as_str(), steps, scope, found),
                other => visit(other, scope, found),
            }
        }
        Expression::FuncCall(call) => call.args.iter().for_each(|argument| visit(argument, scope, found)),
        Expression::Parenthesis(inner) => visit(inner, scope, found),
        Expression::Conditional(conditional) => {
            for part in [&conditional.cond_expr, &conditional.true_expr, &conditional.false_expr] {
                visit(part, scope, found);
            }
        }
        Expression::Operation(operation) => match operation.as_ref() {
            Operation::Unary(unary) => visit(&unary.expr, scope, found),
            Operation::Binary(binary) => {
                visit(&binary.lhs_expr, scope, found);
                visit(&binary.rhs_expr, scope, found);
            }
        },
        Expression::ForExpr(each) => {
            visit(&each.collection_expr, scope, found);
            let mut inner = scope.clone();
            inner.extend(each.key_var.as_ref().map(|name| name.as_str().to_owned()));
            inner.insert(each.value_var.as_str().to_owned());
            let parts = [each.key_expr.as_ref(), Some(&each.value_expr), each.cond_expr.as_ref()];
            parts.into_iter().flatten().for_each(|part| visit(part, &inner, found));
        }
        _ => {}
    }
}

fn add(root: &str, steps: Vec<String>, scope: &BTreeSet<String>, found: &mut Vec<Reference>) {
    if !scope.contains(root) {
        found.push(Reference { root: root.to_owned(), steps });
    }
}

fn visit_template_expr(template: &TemplateExpr, scope: &BTreeSet<String>, found: &mut Vec<Reference>) {
    match Template::from_expr(template) {
        Ok(template) => visit_template(&template, scope, found),
        Err(error) => panic!("{template}: {error}"),
    }
}

fn visit_template(template: &Template, scope: &BTreeSet<String>, found: &mut Vec<Reference>) {
    for element in template.elements() {
        match element {
            Element::Literal(_) => {}
            Element::Interpolation(interpolation) => visit(&interpolation.expr, scope, found),
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(directive) => {
                    visit(&directive.cond_expr, scope, found);
                    visit_template(&directive.true_template, scope, found);
                    if let Some(template) = &directive.false_template {
                        visit_template(template, scope, found);
                    }
                }
                Directive::For(directive) => {
                    visit(&directive.collection_expr, scope, found);
                    let mut inner = scope.clone();
                    inner.extend(directive.key_var.as_ref().map(|name| name.as_str().to_owned()));
                    inner.insert(directive.value_var.as_str().to_owned());
                    visit_template(&directive.template, &inner, found);
                }
            },
        }
    }
}
