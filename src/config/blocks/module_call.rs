//! `module`.

use super::super::content::{
    Need, Shape, check_name, is_name, literal_string, partial, reference_list, static_reference,
};
use super::super::model::{Module, ModuleCall, ProviderRef};
use super::super::source::{ModuleSource, SourceError};
use super::optional;
use super::provider::{constraints, provider_ref};
use super::resource::repetition;
use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::refs::references;
use crate::lang::syntax::{Block, Expr, ExprKind, ObjectKey};

const MODULE: Shape = Shape {
    attributes: &[
        ("source", Need::Required),
        optional("version"),
        optional("count"),
        optional("for_each"),
        optional("depends_on"),
        optional("providers"),
    ],
    blocks: &[("lifecycle", &[]), ("locals", &[]), ("provider", &["type"]), ("_", &[])],
};

pub(super) fn call(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    let name = label.text.clone();
    check_name(&label, "module instance", out);
    let header = block.header.clone();
    let mut content = partial(block.body, &MODULE, out);
    for block in content.blocks.iter().filter(|b| &*b.kind.text != "_") {
        let detail = format!(
            "The block type name \"{}\" is reserved for use by Terraform in a future version.",
            block.kind.text
        );
        out.push(
            Diagnostic::error("Reserved block type name in module block", detail).at(block.kind.span.clone()),
        );
    }
    let (count, for_each) = repetition(&mut content, "module", out);
    let depends_on = content.take("depends_on").map(|e| reference_list(&e, out)).unwrap_or_default();
    let has_providers = content.attributes.contains_key("providers");
    let passed = content.take("providers").map(|e| providers(&e, out)).unwrap_or_default();
    let (providers, passed_at) = passed.into_iter().unzip();
    let version = content.take("version");
    let versioned = version.is_some();
    let version = version.and_then(|e| constraints(&e, out));
    let source = content.take("source").and_then(|e| {
        let Some(text) = literal_string(&e, out) else {
            if !references(&e).is_empty() {
                let detail = "Unsuitable value: value must be known";
                out.push(Diagnostic::error("Unsuitable value type", detail).at(e.span.clone()));
            }
            return None;
        };
        // A call whose source cannot be read is a call all the same: what refers to it is not wrong too.
        let address = address(&text, &e.span, versioned, out);
        Some((text, address, e.span))
    });
    if let Some(first) = module.calls.get(&name) {
        let detail = format!(
            "A module call named \"{name}\" was already defined at {}. Module calls must have unique names within a \
             module.",
            first.header.describe()
        );
        out.push(Diagnostic::error("Duplicate module call", detail).at(header));
        return;
    }
    let Some((source, address, source_span)) = source else { return };
    let call = ModuleCall {
        name: name.clone(),
        header,
        source,
        address,
        version,
        source_span,
        count,
        for_each,
        depends_on,
        providers,
        passed_at,
        has_providers,
        arguments: content.rest,
    };
    module.calls.insert(name, call);
}

/// The source, written out.
/// Reads the address of a source; what is wrong with it is said. `versioned`: a version is asked for.
pub(in crate::config) fn address(
    source: &str,
    at: &Span,
    versioned: bool,
    out: &mut Diagnostics,
) -> Option<ModuleSource> {
    let (summary, detail) = match ModuleSource::parse(source, versioned) {
        Ok(address) => return Some(address),
        Err(SourceError::MaybePath(path)) => (
            "Invalid module source address",
            format!(
                "Terraform failed to determine your intended installation method for remote module package \"{path}\".\n\n\
                 If you intended this as a path relative to the current module, use \"./{path}\" instead. The \"./\" \
                 prefix indicates that the address is a relative filesystem path."
            ),
        ),
        Err(SourceError::Invalid(why)) if versioned => (
            "Invalid registry module source address",
            format!(
                "Failed to parse module registry address: {why}.\n\nTerraform assumed that you intended a module registry \
                 source address because you also set the argument \"version\", which applies only to registry modules."
            ),
        ),
        Err(SourceError::Invalid(why)) => {
            ("Invalid module source address", format!("Failed to parse module source address: {why}."))
        }
    };
    out.push(Diagnostic::error(summary, detail).at(at.clone()));
    None
}

/// A name in the module and what is passed for it, with the places of both.
type Passed = ((ProviderRef, ProviderRef), (Span, Span));

fn providers(expr: &Expr, out: &mut Diagnostics) -> Vec<Passed> {
    let ExprKind::Object(items) = &expr.kind else {
        let detail = "A static map expression is required.";
        out.push(Diagnostic::error("Invalid expression", detail).at(expr.span.clone()));
        return Vec::new();
    };
    let mut all: Vec<Passed> = Vec::new();
    for item in items {
        let (child, at) = match &item.key {
            ObjectKey::Name(name) => {
                (Some(ProviderRef { name: name.text.clone(), alias: None }), name.span.clone())
            }
            ObjectKey::Expr(e) => (key_ref(e, out), e.span.clone()),
        };
        let parent = provider_ref(&item.value, "providers", out);
        let (Some(child), Some((parent, parent_at))) = (child, parent) else { continue };
        if all.iter().any(|((c, _), _)| *c == child) {
            let detail = format!("A provider configuration was already passed to {child} in this block.");
            out.push(Diagnostic::error("Duplicate provider address", detail).at(item.value.span.clone()));
            continue;
        }
        all.push(((child, parent), (at, parent_at)));
    }
    all
}

fn key_ref(expr: &Expr, out: &mut Diagnostics) -> Option<ProviderRef> {
    if let Some(text) = expr.as_plain_string() {
        let (name, alias) = match text.split_once('.') {
            Some((name, alias)) => (name, Some(alias)),
            None => (text, None),
        };
        if is_name(name) && alias.is_none_or(is_name) {
            return Some(ProviderRef { name: name.into(), alias: alias.map(Into::into) });
        }
    }
    let reference = static_reference(expr, out)?;
    let alias = reference.attribute_at(0).map(Into::into);
    Some(ProviderRef { name: reference.root.text, alias })
}
