//! `provider`, and how resources and modules name provider configurations.

use super::super::content::{
    BAD_NAME, Shape, check_name, is_name, literal_string, partial, static_reference,
};
use super::super::model::{Module, ProviderBlock, ProviderRef};
use super::super::version::Constraints;
use super::optional;
use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::syntax::{Block, Expr, Reference};

const PROVIDER: Shape = Shape {
    attributes: &[
        optional("alias"),
        optional("version"),
        optional("count"),
        optional("depends_on"),
        optional("for_each"),
        optional("source"),
    ],
    blocks: &[("lifecycle", &[]), ("locals", &[])],
};

pub(super) fn provider(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    check_name(&label, "provider", out);
    let header = block.header.clone();
    let mut content = partial(block.body, &PROVIDER, out);
    let mut alias = None;
    if let Some(expr) = content.take("alias")
        && let Some(text) = literal_string(&expr, out)
    {
        if !is_name(&text) {
            let detail = format!("An alias must be a valid name. {BAD_NAME}");
            out.push(Diagnostic::error("Invalid provider configuration alias", detail).at(expr.span));
        }
        alias = Some(text.into());
    }
    let version = content.take("version").and_then(|expr| {
        let detail = "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration \
                      block, but that is now deprecated and will be removed in a future version of Terraform. To silence \
                      this warning, move the provider version constraint into the required_providers block.";
        let summary = "Version constraints inside provider configuration blocks are deprecated";
        out.push(Diagnostic::warning(summary, detail).at(expr.span.clone()));
        constraints(&expr, out)
    });
    for (name, attribute) in &content.attributes {
        let detail = format!(
            "The provider argument name \"{name}\" is reserved for use by Terraform in a future version."
        );
        out.push(
            Diagnostic::error("Reserved argument name in provider block", detail)
                .at(attribute.name.span.clone()),
        );
    }
    for block in &content.blocks {
        let detail = format!(
            "The block type name \"{}\" is reserved for use by Terraform in a future version.",
            block.kind.text
        );
        out.push(
            Diagnostic::error("Reserved block type name in provider block", detail)
                .at(block.kind.span.clone()),
        );
    }
    let key = ProviderRef { name: label.text, alias };
    if let Some(first) = module.providers.get(&key) {
        let at = first.header.describe();
        let detail = match &key.alias {
            None => format!(
                "A default (non-aliased) provider configuration for \"{}\" was already given at {at}. If multiple \
                 configurations are required, set the \"alias\" argument for alternative configurations.",
                key.name
            ),
            Some(alias) => format!(
                "A provider configuration for \"{}\" with alias \"{alias}\" was already given at {at}. Each configuration \
                 for the same provider must have a distinct alias.",
                key.name
            ),
        };
        out.push(Diagnostic::error("Duplicate provider configuration", detail).at(header));
        return;
    }
    module.providers.insert(key.clone(), ProviderBlock { key, header, version, body: content.rest });
}

/// A version constraint.
pub(in crate::config) fn constraints(expr: &Expr, out: &mut Diagnostics) -> Option<Constraints> {
    let text = literal_string(expr, out)?;
    match Constraints::parse(&text) {
        Ok(constraints) => Some(constraints),
        Err(_) => {
            let detail = "This string does not use correct version constraint syntax.";
            out.push(Diagnostic::error("Invalid version constraint", detail).at(expr.span.clone()));
            None
        }
    }
}

/// `provider = azurerm.hub`.
pub(super) fn provider_ref(expr: &Expr, what: &str, out: &mut Diagnostics) -> Option<(ProviderRef, Span)> {
    let mut unread = Diagnostics::default();
    let reference = static_reference(expr, &mut unread);
    if reference.is_some() {
        out.extend(unread);
    }
    let found = reference.as_ref().and_then(from_reference);
    if found.is_none() {
        let detail = format!(
            "The {what} argument requires a provider type name, optionally followed by a period and then a configuration \
             alias."
        );
        out.push(Diagnostic::error("Invalid provider configuration reference", detail).at(expr.span.clone()));
    }
    found.map(|key| (key, expr.span.clone()))
}

fn from_reference(reference: &Reference) -> Option<ProviderRef> {
    let alias = match reference.steps.as_slice() {
        [] => None,
        [_] => Some(reference.attribute_at(0)?.into()),
        _ => return None,
    };
    Some(ProviderRef { name: reference.root.text.clone(), alias })
}
