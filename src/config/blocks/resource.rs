//! `resource`, `data`, `ephemeral`, with their meta-arguments.

use std::sync::Arc;

use super::super::content::{
    Content, Shape, check_name, literal_bool, partial, reference_list, static_list, static_reference,
};
use super::super::model::{
    Connection, IgnoreChanges, Lifecycle, Module, ProviderRef, Provisioner, Resource, ResourceKey,
};
use super::provider::provider_ref;
use super::{optional, rule};
use crate::lang::diag::{Diagnostic, Diagnostics, Severity, Source};
use crate::lang::refs::{Mode, Object, body_references, named, references};
use crate::lang::syntax::{Block, Expr, parse_expression};

const RESOURCE: Shape = Shape {
    attributes: &[optional("count"), optional("for_each"), optional("provider"), optional("depends_on")],
    blocks: &[
        ("lifecycle", &[]),
        ("connection", &[]),
        ("provisioner", &["type"]),
        ("locals", &[]),
        ("_", &[]),
    ],
};

pub(super) fn resource(module: &mut Module, block: Block, out: &mut Diagnostics) {
    if let Some(resource) = read(block, None, out) {
        insert(module, resource, out);
    }
}

/// The data source of a `check`.
pub(super) fn nested_data(
    module: &mut Module,
    block: Block,
    check: &Arc<str>,
    out: &mut Diagnostics,
) -> Option<ResourceKey> {
    let before = out.0.len();
    let resource = read(block, Some(check.clone()), out)?;
    if out.0[before..].iter().any(|d| d.severity == Severity::Error) {
        return None;
    }
    let key = resource.key.clone();
    insert(module, resource, out);
    Some(key)
}

fn insert(module: &mut Module, resource: Resource, out: &mut Diagnostics) {
    let ResourceKey { mode, kind, name } = &resource.key;
    if let Some(first) = module.resources.get(&resource.key) {
        let at = first.header.describe();
        let (word, noun) = match mode {
            Mode::Managed => ("resource", "resource"),
            Mode::Data => ("data", "data resource"),
            Mode::Ephemeral => ("ephemeral", "ephemeral resource"),
        };
        let detail = format!(
            "A {kind} {noun} named \"{name}\" was already declared at {at}. Resource names must be unique per type in each \
             module."
        );
        let summary = format!("Duplicate {word} \"{kind}\" configuration");
        out.push(Diagnostic::error(summary, detail).at(resource.header));
        return;
    }
    module.resources.insert(resource.key.clone(), resource);
}

fn read(block: Block, check: Option<Arc<str>>, out: &mut Diagnostics) -> Option<Resource> {
    let (kind, name) = (block.labels[0].clone(), block.labels[1].clone());
    let mode = match &*block.kind.text {
        "data" => Mode::Data,
        "ephemeral" => Mode::Ephemeral,
        _ => Mode::Managed,
    };
    let noun = match mode {
        Mode::Managed => "resource",
        Mode::Data => "data source",
        Mode::Ephemeral => "ephemeral resource",
    };
    check_name(&kind, &format!("{noun} type"), out);
    check_name(&name, if mode == Mode::Data { "data source" } else { noun }, out);
    let header = block.header.clone();
    let mut content = partial(block.body, &RESOURCE, out);
    let (count, for_each) =
        repetition(&mut content, if mode == Mode::Data { "data" } else { "resource" }, out);
    let depends_on = content.take("depends_on").map(|e| reference_list(&e, out)).unwrap_or_default();
    let written = content.take("provider").and_then(|e| provider_ref(&e, "provider", out));
    if check.is_some() {
        alone(&mut content, out);
    }
    let lifecycle = lifecycle(content.take_blocks("lifecycle"), mode, out);
    // Elsewhere these are blocks of the type itself, if it has any.
    let mut others = Vec::new();
    let mut connections = content.take_blocks("connection");
    let mut made_by = content.take_blocks("provisioner");
    if mode != Mode::Managed {
        others.append(&mut connections);
        others.append(&mut made_by);
    }
    let connection = one_connection(connections, out);
    let provisioners = made_by.into_iter().filter_map(|b| provisioner(b, out)).collect();
    for block in content.take_blocks("locals") {
        let detail = "The block type name \"locals\" is reserved for use by Terraform in a future version.";
        let summary = format!("Reserved block type name in {} block", block_word(mode));
        out.push(Diagnostic::error(summary, detail).at(block.kind.span));
    }
    let mut body = content.rest;
    body.blocks.extend(others);
    // `_ {}` holds arguments of the type itself whose names are those of meta-arguments.
    for block in content.blocks {
        body.attributes.extend(block.body.attributes);
        body.blocks.extend(block.body.blocks);
    }
    let own = ResourceKey { mode, kind: kind.text.clone(), name: name.text.clone() };
    for (word, rules) in
        [("precondition", &lifecycle.preconditions), ("postcondition", &lifecycle.postconditions)]
    {
        for expr in rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]) {
            let itself = |object: &Object| {
                matches!(object, Object::Resource(mode, kind, name)
                    if (*mode, kind, name) == (own.mode, &own.kind, &own.name))
            };
            if references(expr).into_iter().filter_map(named).any(|n| itself(&n.object)) {
                let detail = format!("Configuration for {own} may not refer to itself.");
                let summary = format!("Invalid reference in {word}");
                out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
            }
        }
    }
    let (provider, provider_span) = match written {
        Some((provider, span)) => (provider, Some(span)),
        None => (ProviderRef { name: default_provider(&kind.text), alias: None }, None),
    };
    Some(Resource {
        key: ResourceKey { mode, kind: kind.text, name: name.text },
        header,
        count,
        for_each,
        provider,
        provider_span,
        depends_on,
        lifecycle,
        connection,
        provisioners,
        check,
        body,
    })
}

/// What a data source in a check cannot have.
fn alone(content: &mut Content, out: &mut Diagnostics) {
    for name in ["count", "for_each"] {
        if let Some(attribute) = content.attributes.get(name) {
            let detail =
                "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.";
            let summary = format!("Invalid \"{name}\" attribute");
            out.push(Diagnostic::error(summary, detail).at(attribute.name.span.clone()));
        }
    }
    for block in content.take_blocks("lifecycle") {
        let detail = "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the \
                      containing block.";
        out.push(Diagnostic::error("Invalid lifecycle block", detail).at(block.header));
    }
}

fn block_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    }
}

/// The local name of the provider that a type belongs to when none is written: the word before the first underscore.
fn default_provider(kind: &str) -> Arc<str> {
    kind.split('_').next().unwrap_or(kind).into()
}

/// `count` and `for_each`, of which there may be one.
pub(super) fn repetition(
    content: &mut Content,
    what: &str,
    out: &mut Diagnostics,
) -> (Option<Expr>, Option<Expr>) {
    if let (Some(_), Some(second)) = (content.attributes.get("count"), content.attributes.get("for_each")) {
        let things = if what == "module" { "modules" } else { "resources" };
        let detail = format!(
            "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit \
             about the number of {things} to be created."
        );
        out.push(
            Diagnostic::error("Invalid combination of \"count\" and \"for_each\"", detail)
                .at(second.name.span.clone()),
        );
    }
    (content.take("count"), content.take("for_each"))
}

const LIFECYCLE: Shape = Shape {
    attributes: &[
        optional("create_before_destroy"),
        optional("prevent_destroy"),
        optional("ignore_changes"),
        optional("replace_triggered_by"),
    ],
    blocks: &[("precondition", &[]), ("postcondition", &[])],
};

fn lifecycle(blocks: Vec<Block>, mode: Mode, out: &mut Diagnostics) -> Lifecycle {
    let mut lifecycle = Lifecycle::default();
    let mut blocks = blocks.into_iter();
    let Some(block) = blocks.next() else { return lifecycle };
    for again in blocks {
        let detail =
            format!("This resource already has a lifecycle block at {}.", block.kind.span.describe());
        out.push(Diagnostic::error("Duplicate lifecycle block", detail).at(again.kind.span));
    }
    let mut content = super::exact(block.body, &LIFECYCLE, out);
    if mode != Mode::Managed {
        for (name, attribute) in &content.attributes {
            let (noun, plural) = if mode == Mode::Data {
                ("data", "data resources")
            } else {
                ("ephemeral", "ephemeral resources")
            };
            let detail = format!(
                "The lifecycle argument \"{name}\" is defined only for managed resources (\"resource\" blocks), and is not \
                 valid for {plural}."
            );
            let summary = format!("Invalid {noun} resource lifecycle argument");
            out.push(Diagnostic::error(summary, detail).at(attribute.name.span.clone()));
        }
        content.attributes.clear();
    }
    let mut flag = |name: &str, out: &mut Diagnostics| {
        content.take(name).and_then(|e| literal_bool(&e, out)).unwrap_or(false)
    };
    lifecycle.create_before_destroy = flag("create_before_destroy", out);
    lifecycle.prevent_destroy = flag("prevent_destroy", out);
    if let Some(expr) = content.take("ignore_changes") {
        lifecycle.ignore_changes = ignore_changes(&expr, out);
    }
    if let Some(expr) = content.take("replace_triggered_by") {
        lifecycle.replace_triggered_by =
            static_list(&expr, out).iter().map(unquoted).filter(|e| trigger(e, out)).collect();
    }
    for block in content.take_blocks("precondition") {
        lifecycle.preconditions.extend(rule(block, out));
    }
    for block in content.take_blocks("postcondition") {
        lifecycle.postconditions.extend(rule(block, out));
    }
    lifecycle
}

fn ignore_changes(expr: &Expr, out: &mut Diagnostics) -> IgnoreChanges {
    if expr.as_keyword() == Some("all") || expr.as_plain_string() == Some("all") {
        return IgnoreChanges::All;
    }
    let mut paths = Vec::new();
    for item in static_list(expr, out) {
        if item.as_plain_string() == Some("*") {
            let detail = "The [\"*\"] form of ignore_changes wildcard was deprecated and is now invalid. Use \
                          \"ignore_changes = all\" to ignore changes to all attributes.";
            out.push(Diagnostic::error("Invalid ignore_changes wildcard", detail).at(item.span.clone()));
            return IgnoreChanges::All;
        }
        paths.extend(static_reference(item, out));
    }
    IgnoreChanges::Paths(paths)
}

/// In JSON an expression that must be written literally is in a string.
fn unquoted(expr: &Expr) -> Expr {
    let (true, Some(text)) = (expr.span.source.path.ends_with(".json"), expr.as_plain_string()) else {
        return expr.clone();
    };
    let source = Source::new(expr.span.source.path.clone(), text);
    match parse_expression(&source) {
        Ok(inner) => Expr { kind: inner.kind, span: expr.span.clone() },
        Err(_) => expr.clone(),
    }
}

/// Is it a trigger: one resource, and what names its instance?
fn trigger(expr: &Expr, out: &mut Diagnostics) -> bool {
    let mut resources = 0;
    let mut good = true;
    for reference in references(expr) {
        let at = reference.span.clone();
        let allowed = match named(reference).map(|n| n.object) {
            Some(Object::Resource(Mode::Managed, ..)) => {
                resources += 1;
                true
            }
            Some(Object::Count(name)) => &*name == "index",
            Some(Object::Each(name)) => &*name == "key",
            _ => false,
        };
        if !allowed {
            good = false;
            let summary = "Invalid reference in replace_triggered_by expression";
            let detail = "Only resources, count.index, and each.key may be used in replace_triggered_by.";
            out.push(Diagnostic::error(summary, detail).at(at));
        }
    }
    if resources != 1 {
        let many = if resources == 0 { "Missing resource reference" } else { "Multiple resource references" };
        let detail = format!("{many} in replace_triggered_by expression.");
        let summary = "Invalid replace_triggered_by expression";
        out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
        return false;
    }
    good
}

fn one_connection(blocks: Vec<Block>, out: &mut Diagnostics) -> Option<Connection> {
    let mut blocks = blocks.into_iter();
    let first = blocks.next()?;
    for again in blocks {
        let detail =
            format!("This resource already has a connection block at {}.", first.kind.span.describe());
        out.push(Diagnostic::error("Duplicate connection block", detail).at(again.kind.span));
    }
    Some(Connection { body: first.body })
}

const PROVISIONER: Shape = Shape {
    attributes: &[optional("when"), optional("on_failure")],
    blocks: &[("connection", &[]), ("lifecycle", &[])],
};

/// `provisioner`.
pub(super) fn provisioner(block: Block, out: &mut Diagnostics) -> Option<Provisioner> {
    let kind = block.labels[0].text.clone();
    let header = block.header.clone();
    if matches!(&*kind, "chef" | "habitat" | "puppet" | "salt-masterless") {
        let detail = format!(
            "The \"{kind}\" provisioner was deprecated in Terraform 0.13.4 has been removed from Terraform. Visit \
             https://learn.hashicorp.com/collections/terraform/provision for alternatives to using provisioners that are \
             a better fit for the Terraform workflow."
        );
        let summary = format!("The \"{kind}\" provisioner has been removed");
        out.push(Diagnostic::error(summary, detail).at(block.labels[0].span.clone()));
        return None;
    }
    let mut content = partial(block.body, &PROVISIONER, out);
    let mut keyword = |name: &str, words: [&str; 2], default: usize, out: &mut Diagnostics| -> usize {
        let Some(expr) = content.take(name) else { return default };
        let word = expr.as_keyword().or_else(|| expr.as_plain_string()).unwrap_or("");
        if expr.as_keyword().is_none() && !expr.span.source.path.ends_with(".json") && !word.is_empty() {
            let detail = "In this context, keywords are expected literally rather than in quotes. Terraform 0.11 and \
                          earlier required quotes, but quoted keywords are now deprecated and will be removed in a future \
                          version of Terraform. Remove the quotes surrounding this keyword to silence this warning.";
            out.push(Diagnostic::warning("Quoted keywords are deprecated", detail).at(expr.span.clone()));
        }
        words.iter().position(|w| *w == word).unwrap_or_else(|| {
            let detail = format!(
                "The \"{name}\" argument requires one of the following keywords: {} or {}.",
                words[0], words[1]
            );
            let summary = format!("Invalid \"{name}\" keyword");
            out.push(Diagnostic::error(summary, detail).at(expr.span.clone()));
            default
        })
    };
    let on_destroy = keyword("when", ["create", "destroy"], 0, out) == 1;
    let continue_on_failure = keyword("on_failure", ["fail", "continue"], 0, out) == 1;
    let connection = one_connection(content.take_blocks("connection"), out);
    for block in content.take_blocks("lifecycle") {
        let detail =
            "The block type name \"lifecycle\" is reserved for use by Terraform in a future version.";
        let summary = "Reserved block type name in provisioner block";
        out.push(Diagnostic::error(summary, detail).at(block.kind.span));
    }
    if on_destroy {
        let mut all = body_references(&content.rest);
        all.extend(connection.iter().flat_map(|c| body_references(&c.body)));
        for reference in all {
            destroy_reference(&reference, out);
        }
    }
    Some(Provisioner { kind, on_destroy, continue_on_failure, connection, body: content.rest, header })
}

fn destroy_reference(reference: &crate::lang::syntax::Reference, out: &mut Diagnostics) {
    let allowed = match named(reference.clone()).map(|n| n.object) {
        Some(Object::This | Object::Path(_) | Object::Terraform(_)) => true,
        Some(Object::Count(name)) => &*name == "index",
        Some(Object::Each(name)) => &*name == "key",
        None => true,
        _ => false,
    };
    if !allowed {
        let detail = "Destroy-time provisioners and their connection configurations may only reference attributes of the \
                      related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other resources during \
                      the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.";
        let summary = "Invalid reference from destroy provisioner";
        out.push(Diagnostic::error(summary, detail).at(reference.span.clone()));
    }
}
