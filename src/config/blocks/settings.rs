//! `terraform`.

use super::super::content::{Shape, exact, is_name, literal_string, static_list};
use super::super::model::{Backend, Module, ProviderRef, RequiredProvider};
use super::super::version::{Constraints, Version};
use super::optional;
use super::provider::{constraints, provider_ref};
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::syntax::{Attribute, Block, ExprKind, ObjectKey};

/// The version of the language that is spoken here.
pub const LANGUAGE_VERSION: &str = "1.11.4";

const TERRAFORM: Shape = Shape {
    attributes: &[optional("required_version"), optional("experiments"), optional("language")],
    blocks: &[
        ("backend", &["type"]),
        ("cloud", &[]),
        ("required_providers", &[]),
        ("provider_meta", &["provider"]),
    ],
};

pub(super) fn terraform(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let mut content = exact(block.body, &TERRAFORM, out);
    if let Some(attribute) = content.attributes.remove("required_version")
        && let Some(required) = constraints(&attribute.expr, out)
    {
        judge(module, &required, &attribute, out);
        module.settings.required_version.push((required, attribute.span));
    }
    if let Some(attribute) = content.attributes.remove("experiments") {
        let detail = "Experimental features are intended only for gathering early feedback on new language designs, and so are \
                      available only in alpha releases of Terraform.";
        out.push(Diagnostic::error("Module uses experimental features", detail).at(attribute.name.span));
    }
    let mut metas: Vec<&Block> = Vec::new();
    for block in content.blocks.iter().filter(|b| &*b.kind.text == "provider_meta") {
        match metas.iter().find(|first| first.label(0) == block.label(0)) {
            None => metas.push(block),
            Some(first) => {
                let detail = format!(
                    "A provider_meta block for provider \"{}\" was already declared at {}. Providers may only have one \
                     provider_meta block per module.",
                    block.label(0),
                    first.header.describe()
                );
                let at = block.header.clone();
                out.push(Diagnostic::error("Duplicate provider_meta block", detail).at(at));
            }
        }
    }
    for block in content.blocks {
        match &*block.kind.text {
            "required_providers" => required_providers(module, block, out),
            "backend" | "cloud" => backend(module, block, out),
            _ => {}
        }
    }
}

/// Does the constraint take the version that is spoken here?
fn judge(module: &Module, required: &Constraints, attribute: &Attribute, out: &mut Diagnostics) {
    let Some(version) = Version::parse(LANGUAGE_VERSION) else { return };
    if required.allow(&version) {
        return;
    }
    let who = if module.path.is_root() {
        "This configuration".to_string()
    } else {
        format!("Module {}", module.path)
    };
    let detail = format!(
        "{who} does not support Terraform version {LANGUAGE_VERSION}. To proceed, either choose another supported Terraform \
         version or update this version constraint. Version constraints are normally set for good reason, so updating the \
         constraint may lead to other unexpected behavior."
    );
    out.push(Diagnostic::error("Unsupported Terraform Core version", detail).at(attribute.span.clone()));
}

fn backend(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let kind = if &*block.kind.text == "cloud" { "cloud".into() } else { block.labels[0].text.clone() };
    let new = Backend { kind, header: block.header.clone(), body: block.body };
    let Some(first) = &module.settings.backend else {
        module.settings.backend = Some(new);
        return;
    };
    let at = first.header.describe();
    let both = |kind: &str| &*first.kind == kind && &*new.kind == kind;
    let (summary, detail) = if both("cloud") {
        (
            "Duplicate HCP Terraform configurations",
            format!(
                "A module may have only one 'cloud' block configuring HCP Terraform. The 'cloud' block was previously \
                 configured at {at}."
            ),
        )
    } else if &*first.kind == "cloud" || &*new.kind == "cloud" {
        (
            "Both a backend and cloud configuration are present",
            format!(
                "A module may declare either one 'cloud' block configuring HCP Terraform OR one 'backend' block configuring a state backend. The other one is configured at {at}."
            ),
        )
    } else {
        (
            "Duplicate backend configuration",
            format!(
                "A module may have only one backend configuration. The backend was previously configured at {at}."
            ),
        )
    };
    let at = if &*first.kind == "cloud" { block.header } else { first.header.clone() };
    let at = if both("cloud") || !summary.starts_with("Both") { new.header } else { at };
    out.push(Diagnostic::error(summary, detail).at(at));
}

fn required_providers(module: &mut Module, block: Block, out: &mut Diagnostics) {
    if let Some(first) = &module.settings.required_at {
        let detail = format!(
            "A module may have only one required providers configuration. The required providers were previously \
             configured at {}.",
            first.describe()
        );
        let summary = "Duplicate required providers configuration";
        out.push(Diagnostic::error(summary, detail).at(block.header));
        return;
    }
    module.settings.required_at = Some(block.header.clone());
    for nested in &block.body.blocks {
        let detail = format!("Blocks of type \"{}\" are not expected here.", nested.kind.text);
        out.push(Diagnostic::error("Unsupported block type", detail).at(nested.kind.span.clone()));
    }
    for attribute in block.body.attributes {
        let name = attribute.name.text.clone();
        if let Some(required) = entry(&attribute, out) {
            module.settings.required_providers.insert(name, required);
        }
    }
}

fn entry(attribute: &Attribute, out: &mut Diagnostics) -> Option<RequiredProvider> {
    let name = &attribute.name.text;
    let mut required = RequiredProvider {
        source: format!("hashicorp/{name}"),
        has_source: false,
        version: Constraints::default(),
        configuration_aliases: Vec::new(),
        span: attribute.span.clone(),
    };
    if **name == *"terraform" {
        required.source = "terraform.io/builtin/terraform".to_string();
    }
    let ExprKind::Object(items) = &attribute.expr.kind else {
        required.version = constraints(&attribute.expr, out)?;
        return Some(required);
    };
    for item in items {
        let (key, at) = match &item.key {
            ObjectKey::Name(name) => (name.text.to_string(), name.span.clone()),
            ObjectKey::Expr(e) => (e.as_plain_string().unwrap_or_default().to_string(), e.span.clone()),
        };
        match key.as_str() {
            "version" => required.version = constraints(&item.value, out)?,
            "source" => {
                let source = literal_string(&item.value, out)?;
                let parts: Vec<&str> = source.split('/').collect();
                let good = (1..=3).contains(&parts.len())
                    && parts
                        .iter()
                        .rev()
                        .take(2)
                        .all(|p| is_name(p) || p.starts_with(|c: char| c.is_ascii_digit()));
                if !good {
                    let detail = format!(
                        "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"; \"{source}\" is not."
                    );
                    out.push(
                        Diagnostic::error("Invalid provider source string", detail)
                            .at(item.value.span.clone()),
                    );
                    return None;
                }
                required.source = source;
                required.has_source = true;
            }
            "configuration_aliases" => {
                for alias in static_list(&item.value, out) {
                    let found: Option<(ProviderRef, _)> = provider_ref(alias, "configuration_aliases", out);
                    required.configuration_aliases.extend(found.map(|(key, _)| key));
                }
            }
            _ => {
                let detail = "required_providers objects can only contain \"version\", \"source\" and \
                              \"configuration_aliases\" attributes. To configure a provider, use a \"provider\" block.";
                out.push(Diagnostic::error("Invalid required_providers object", detail).at(at));
            }
        }
    }
    Some(required)
}
