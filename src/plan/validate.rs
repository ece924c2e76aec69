//! Judging a configuration by itself: every block against its schema, nothing read, every variable unknown.

use super::addr::Mode;
use super::instance::Site;
use super::live::LiveCache;
use super::walk::{Inputs, Resources, Walk};
use crate::catalog::{self, LookUp};
use crate::config::IgnoreChanges;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Diagnostic, Diagnostics, Type, Value};
use std::sync::Arc;

/// Everything that is wrong with a configuration whatever its variables are.
pub fn configuration(inputs: &Inputs<'_>) -> Diagnostics {
    let cache = LiveCache::default();
    let walk = Walk::new(inputs, &cache, Resources::Unknown);
    walk.report(super::provisioners::judge_kinds(inputs.config));
    for module in inputs.config.root.walk() {
        let mut path = super::addr::ModulePath::root();
        for name in &module.path.0 {
            path = path.child(name, None);
        }
        let Some(scope) = walk.scope(&path) else { continue };
        super::providers::validate(&walk, &scope);
        for resource in module.resources.values() {
            let each = super::repeat::Each::of_any(resource.repetition());
            walk.block(&scope, resource);
            if each != super::repeat::Each::None {
                let addr = super::walk::address(resource, &path);
                let repetition = super::repeat::Repetition::default();
                let inner = super::scope::ModuleScope { each, ..scope.clone() };
                let addr = addr.instance(None);
                instance(&Site {
                    walk: &walk,
                    addr: &addr,
                    resource,
                    scope: &inner,
                    repetition: &repetition,
                });
            }
        }
        for call in module.calls.values() {
            walk.call(&path, &call.name);
            if let Some(child) = module.children.get(&call.name) {
                let inner = walk.scope(&path.child(&call.name, None));
                for name in inner.iter().flat_map(|_| child.variables.keys()) {
                    inner.as_ref().and_then(|inner| walk.variable(inner, name));
                }
            }
        }
        for name in module.locals.keys() {
            walk.local_of(&scope, name);
        }
        for name in module.outputs.keys() {
            walk.output(&path, name);
        }
    }
    walk.diagnostics.into_inner()
}

/// One instance: its block is judged; references to it see unknown attributes of the schema's types.
pub fn instance(site: &Site<'_, '_, '_>) -> Value {
    let Some(schema) = schema(site) else {
        unknown_type(site);
        return Value::unknown(Type::Dynamic);
    };
    let decoded = site.decode(&schema);
    ignored(site, &schema);
    if !site.resource.provisioners.is_empty() {
        super::provisioners::judge(site, &placeholder(site));
    }
    if !decoded.failed {
        match catalog::resource(&site.resource.key.kind) {
            Some(LookUp::Local(kind)) if site.addr.resource.mode == Mode::Managed => {
                site.problems(kind.check(&decoded.value), &decoded);
            }
            Some(LookUp::Arm(lens)) if site.addr.resource.mode == Mode::Managed => {
                let provider = super::providers::offline(site);
                let reader = super::providers::NoReader;
                let cx = catalog::Context {
                    provider: &provider,
                    reader: &reader,
                    wanted: &|_| false,
                    recorded: None,
                };
                site.problems(lens.check(&decoded.value, &cx), &decoded);
            }
            _ => {}
        }
        if site.addr.resource.mode == Mode::Data
            && let Some(source) = catalog::data_source(&site.resource.key.kind)
        {
            let provider = super::providers::offline(site);
            let reader = super::providers::NoReader;
            let cx =
                catalog::Context { provider: &provider, reader: &reader, wanted: &|_| false, recorded: None };
            site.problems(source.check(&decoded.value, &cx), &decoded);
        }
    }
    placeholder(site)
}

/// Is what `ignore_changes` names there, and written by the configuration?
fn ignored(site: &Site<'_, '_, '_>, schema: &ResourceSchema) {
    let IgnoreChanges::Paths(all) = &site.resource.lifecycle.ignore_changes else { return };
    for reference in all {
        let name = &reference.root.text;
        let attribute = schema.attribute(name);
        if attribute.is_none() && schema.block(name).is_none() {
            let names = schema.attributes.iter().map(|a| a.name.as_str());
            let names = names.chain(schema.blocks.iter().map(|b| b.name.as_str()));
            let near = crate::lang::suggest::did_you_mean(name, names)
                .map(|n| format!(" Did you mean \"{n}\"?"))
                .unwrap_or_default();
            let detail = format!(
                "This object has no argument, nested block, or exported attribute named \"{name}\".{near}"
            );
            let at = reference.root.span.clone();
            site.walk
                .report([Diagnostic::error("Unsupported attribute", detail).at(at).within(site.context())]);
        } else if reference.steps.is_empty() && attribute.is_some_and(|a| a.computed && !a.optional) {
            let detail = format!(
                "Adding an attribute name to ignore_changes tells Terraform to ignore future changes to the argument in \
                 configuration after the object has been created, retaining the value originally configured.\n\nThe \
                 attribute {name} is decided by the provider alone and therefore there can be no configured value to \
                 compare with. Including this attribute in ignore_changes has no effect. Remove the attribute from \
                 ignore_changes to quiet this warning."
            );
            site.walk.report([Diagnostic::warning("Redundant ignore_changes element", detail)
                .at(site.resource.header.clone())
                .within(site.context())]);
        }
    }
}

/// An object of the schema of which nothing is known.
pub fn placeholder(site: &Site<'_, '_, '_>) -> Value {
    let Some(schema) = schema(site) else { return Value::unknown(Type::Dynamic) };
    let attributes = schema.attributes.iter().map(|a| (a.name.as_str(), Value::unknown(a.value_type())));
    let blocks = schema.blocks.iter().map(|b| (b.name.as_str(), Value::unknown(b.implied_type())));
    super::marks::by_schema(&Value::object(attributes.chain(blocks)), &schema)
}

/// The schema of an instance's type.
pub fn schema(site: &Site<'_, '_, '_>) -> Option<Arc<ResourceSchema>> {
    // No ephemeral resource is built in.
    if site.resource.key.mode == crate::lang::refs::Mode::Ephemeral {
        return None;
    }
    let major = super::providers::offline(site).major;
    match site.addr.resource.mode {
        Mode::Data => catalog::data_source(&site.resource.key.kind).map(|d| d.schema(major)),
        Mode::Managed => catalog::resource(&site.resource.key.kind).map(|kind| match kind {
            LookUp::Arm(lens) => lens.schema(major),
            LookUp::Local(local) => local.schema(),
        }),
    }
}

/// Reports a type that is not built in.
pub fn unknown_type(site: &Site<'_, '_, '_>) {
    let kind = &site.resource.key.kind;
    let (what, names) = match site.addr.resource.mode {
        _ if site.resource.key.mode == crate::lang::refs::Mode::Ephemeral => {
            ("ephemeral resource", Vec::new())
        }
        Mode::Data => ("data source", catalog::data_source_names()),
        Mode::Managed => ("resource type", catalog::resource_names()),
    };
    let near = crate::lang::suggest::did_you_mean(kind, names.iter().copied())
        .map(|n| format!(" Did you mean \"{n}\"?"))
        .unwrap_or_default();
    let address = site.provider_address();
    let short = address.strip_prefix("registry.terraform.io/").unwrap_or(&address).to_string();
    let detail = format!("The built-in provider {short} does not support {what} \"{kind}\".{near}");
    let one = Diagnostic::error(format!("Invalid {what}"), detail).at(site.resource.header.clone());
    site.walk.report([one.within(site.context())]);
}
