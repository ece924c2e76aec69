//! What can be judged of the whole without a schema: references to things that are not declared, objects that are not
//! there in a context, arguments of modules, passed providers.

use std::sync::Arc;

use super::model::{AssertRule, Config, Import, Module, ModuleCall, ProviderRef, Resource, ResourceKey};
use crate::lang::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::refs::{Mode, Object, body_references, references, resolve};
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::{Expr, ExprKind, Reference, StepKind};

/// Judges every module.
pub(super) fn config(config: &Config, out: &mut Diagnostics) {
    for module in config.root.walk() {
        Judge { module, out, check: None }.module();
    }
}

/// Judges the arguments of module calls, up to the first call that has wrong ones.
pub(super) fn calls(config: &Config, out: &mut Diagnostics) {
    for module in config.root.walk() {
        for call in module.calls.values() {
            (Judge { module, check: None, out: &mut *out }).arguments(call);
            if out.has_errors() {
                return;
            }
        }
    }
}

/// Judges whether every module is given the provider configurations that it asks for.
pub(super) fn passed_providers(config: &Config, out: &mut Diagnostics) {
    for module in config.root.walk() {
        required_twice(module, out);
        for call in module.calls.values() {
            if let Some(child) = module.children.get(&call.name) {
                (Judge { module, out: &mut *out, check: None }).passed_providers(call, child);
            }
        }
    }
}

/// Warns of providers that a module requires by two names.
fn required_twice(module: &Module, out: &mut Diagnostics) {
    let mut seen = std::collections::BTreeMap::new();
    let mut all: Vec<_> = module.settings.required_providers.iter().collect();
    all.sort_by_key(|(_, required)| (required.span.source.path.clone(), required.span.range.start));
    for (name, required) in all {
        let address = module.provider_address(name);
        let Some(first) = seen.get(&address) else {
            seen.insert(address, name);
            continue;
        };
        let detail = format!(
            "Provider {} with the local name \"{name}\" was previously required as \"{first}\". A provider can only be \
             required once within required_providers.",
            shown_provider(&address)
        );
        out.push(Diagnostic::warning("Duplicate required provider", detail).at(required.span.clone()));
    }
}

/// What an expression may refer to besides the module's objects.
#[derive(Clone, Copy, Default)]
struct Context {
    count: bool,
    each: bool,
    this: bool,
}

struct Judge<'a> {
    module: &'a Module,
    out: &'a mut Diagnostics,
    /// The check that is judged.
    check: Option<Arc<str>>,
}

impl Judge<'_> {
    fn module(&mut self) {
        let nothing = Context::default();
        let module = self.module;
        for variable in module.variables.values() {
            for rule in &variable.validations {
                self.exprs([&rule.condition, &rule.error_message], nothing);
            }
        }
        for local in module.locals.values() {
            self.expr(&local.expr, nothing);
            let own = |r: &&Reference| &*r.root.text == "local" && r.attribute_at(0) == Some(&*local.name);
            for reference in references(&local.expr).iter().filter(own) {
                let detail = format!(
                    "Local value local.{} cannot use its own result as part of its expression.",
                    local.name
                );
                self.say(
                    Diagnostic::error("Self-referencing local value", detail).at(reference.span_through(1)),
                );
            }
        }
        for output in module.outputs.values() {
            self.expr(&output.value, nothing);
            self.depends_on(&output.depends_on);
            for rule in &output.preconditions {
                self.rule(rule, nothing);
            }
        }
        for resource in module.resources.values() {
            self.check = resource.check.clone();
            self.resource(resource);
        }
        self.check = None;
        for call in module.calls.values() {
            self.call(call);
        }
        for provider in module.providers.values() {
            self.references(&body_references(&provider.body), nothing);
        }
        for check in module.checks.values() {
            self.check = Some(check.name.clone());
            for rule in &check.asserts {
                self.exprs([&rule.condition, &rule.error_message], nothing);
            }
        }
        self.check = None;
        for import in &module.imports {
            let context = Context { each: import.for_each.is_some(), ..nothing };
            self.expr(&import.id, context);
            let literal = match &import.id.kind {
                ExprKind::Literal(value) if value.is_null() => Some("The import ID cannot be null."),
                _ if import.id.as_plain_string() == Some("") => Some(
                    "The import ID value evaluates to an empty string, please provide a non-empty value.",
                ),
                _ => None,
            };
            if let Some(detail) = literal {
                self.say(Diagnostic::error("Invalid import id argument", detail).at(import.id.span.clone()));
            }
            self.exprs(&import.for_each, nothing);
            self.exprs(&import.to.key, context);
            let path: Vec<_> = import.to.modules.iter().map(|(name, _)| name.clone()).collect();
            let inside = module.descendant(&path);
            if let Some(resource) = inside.and_then(|m| m.resources.get(&import.to.resource)) {
                self.import_key(import, resource);
            }
            if !path.is_empty() && !inside.is_some_and(|m| m.resources.contains_key(&import.to.resource)) {
                let path: String = path.iter().map(|name| format!("module.{name}.")).collect();
                let detail = format!(
                    "The configuration for the given import target {path}{} does not exist. All target instances must \
                     have an associated configuration to be imported.",
                    import.to.resource
                );
                let summary = "Configuration for import target does not exist";
                self.say(Diagnostic::error(summary, detail).at(import.to.span.clone()));
            }
        }
    }

    /// Does the target of an import have a key where the resource has keys, and only there?
    fn import_key(&mut self, import: &Import, resource: &Resource) {
        let name = import.to.key.as_ref().and_then(Expr::as_plain_string).is_some();
        let number = import
            .to
            .key
            .as_ref()
            .is_some_and(|k| matches!(&k.kind, ExprKind::Literal(key) if key.as_number().is_some()));
        let detail = match (&resource.count, &resource.for_each, &import.to.key) {
            (Some(_), _, None) => "The target resource is using count.",
            (Some(_), _, Some(_)) if name => "The target resource is using count.",
            (_, Some(_), None) => "The target resource is using for_each.",
            (_, Some(_), Some(_)) if number => "The target resource is using for_each.",
            (None, None, Some(_)) if name => "The target resource does not use for_each.",
            (None, None, Some(_)) if number => "The target resource does not use count.",
            _ => return,
        };
        let summary = "Invalid import 'to' expression";
        self.say(Diagnostic::error(summary, detail).at(import.to.span.clone()));
    }

    fn resource(&mut self, resource: &Resource) {
        let nothing = Context::default();
        let inside =
            Context { count: resource.count.is_some(), each: resource.for_each.is_some(), this: false };
        let with_self = Context { this: true, ..inside };
        self.exprs(&resource.count, nothing);
        self.exprs(&resource.for_each, nothing);
        self.depends_on(&resource.depends_on);
        if resource.provider.alias.is_some() {
            let at = resource.provider_span.clone().unwrap_or_else(|| resource.header.clone());
            self.provider_exists(&resource.provider, &at);
        }
        self.references(&body_references(&resource.body), inside);
        let lifecycle = &resource.lifecycle;
        for reference in lifecycle.replace_triggered_by.iter().flat_map(references) {
            // Which instance it is, the plan finds out.
            let declared = matches!(resolve(&reference), Ok((Object::Resource(mode, kind, name), _))
                if self.module.resource(mode, &kind, &name).is_some());
            if !declared {
                self.references(std::slice::from_ref(&reference), inside);
            }
        }
        for rule in &lifecycle.preconditions {
            self.rule(rule, inside);
        }
        for rule in &lifecycle.postconditions {
            self.rule(rule, with_self);
        }
        if let Some(connection) = &resource.connection {
            self.references(&body_references(&connection.body), with_self);
        }
        for provisioner in &resource.provisioners {
            self.references(&body_references(&provisioner.body), with_self);
            if let Some(connection) = &provisioner.connection {
                self.references(&body_references(&connection.body), with_self);
            }
        }
    }

    /// A condition with its message. Where there is no `self` that is said, and once more when it is evaluated.
    fn rule(&mut self, rule: &AssertRule, context: Context) {
        for expr in [&rule.condition, &rule.error_message] {
            self.expr(expr, context);
            for reference in references(expr).iter().filter(|r| &*r.root.text == "self" && !context.this) {
                let detail = "There is no variable named \"self\".";
                self.say(Diagnostic::error("Unknown variable", detail).at(reference.root.span.clone()));
            }
        }
    }

    fn call(&mut self, call: &ModuleCall) {
        let nothing = Context::default();
        let inside = Context { count: call.count.is_some(), each: call.for_each.is_some(), this: false };
        self.exprs(&call.count, nothing);
        self.exprs(&call.for_each, nothing);
        self.depends_on(&call.depends_on);
        self.references(&body_references(&call.arguments), inside);
    }

    fn arguments(&mut self, call: &ModuleCall) {
        for nested in &call.arguments.blocks {
            let detail = format!("Blocks of type \"{}\" are not expected here.", nested.kind.text);
            self.say(Diagnostic::error("Unsupported block type", detail).at(nested.kind.span.clone()));
        }
        let Some(child) = self.module.children.get(&call.name) else { return };
        for argument in &call.arguments.attributes {
            let name = &*argument.name.text;
            if !child.variables.contains_key(name) {
                let hint = did_you_mean(name, child.variables.keys().map(|n| &**n))
                    .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
                let detail = format!("An argument named \"{name}\" is not expected here.{hint}");
                self.out
                    .push(Diagnostic::error("Unsupported argument", detail).at(argument.name.span.clone()));
            }
        }
        for variable in child.variables.values().filter(|v| v.default.is_none()) {
            if call.arguments.attribute(&variable.name).is_none() && !call.arguments.incomplete {
                let detail =
                    format!("The argument \"{}\" is required, but no definition was found.", variable.name);
                self.out.push(Diagnostic::error("Missing required argument", detail).at(call.header.clone()));
            }
        }
    }

    fn passed_providers(&mut self, call: &ModuleCall, child: &Module) {
        for (key, provider) in &child.providers {
            if !provider.body.attributes.is_empty() || !provider.body.blocks.is_empty() {
                continue;
            }
            let name = &key.name;
            let detail = format!(
                "Earlier versions of Terraform used empty provider blocks (\"proxy provider configurations\") for child \
                 modules to declare their need to be passed a provider configuration by their callers. That approach was \
                 ambiguous and is now deprecated.\n\nIf you control this module, you can migrate to the new declaration \
                 syntax by removing all of the empty provider \"{key}\" blocks and then adding or updating an entry like \
                 the following to the required_providers block of {}:\n    {name} = {{\n      source = \"{}\"\n    }}",
                child.path,
                shown_provider(&child.provider_address(name))
            );
            let one = Diagnostic::warning("Redundant empty provider block", detail);
            self.out.push(one.at(provider.header.clone()));
        }
        for (name, required) in &child.settings.required_providers {
            for wanted in &required.configuration_aliases {
                if call.providers.iter().any(|(given, _)| given == wanted) {
                    continue;
                }
                let detail = format!(
                    "The child module requires an additional configuration for provider {}, with the local name \
                     \"{wanted}\".\n\nRefer to the module's documentation to understand the intended purpose of this \
                     additional provider configuration, and then add an entry for {wanted} in the \"providers\" \
                     meta-argument in the module block to choose which provider configuration the module should use for \
                     that purpose.",
                    shown_provider(&child.provider_address(name))
                );
                let summary = "Missing required provider configuration";
                self.out.push(Diagnostic::error(summary, detail).at(call.header.clone()));
            }
        }
        if self.out.has_errors() {
            return;
        }
        for ((inner, outer), (inner_at, outer_at)) in call.providers.iter().zip(&call.passed_at) {
            self.passed(child, (inner, inner_at), (outer, outer_at));
        }
        if self.out.has_errors() {
            return;
        }
        for (_, parent) in call.providers.iter().filter(|(_, parent)| parent.alias.is_some()) {
            self.provider_exists(parent, &call.header);
        }
    }

    /// Is what a module is passed of the type that it has there, and does either side say what it means?
    fn passed(&mut self, child: &Module, inner: (&ProviderRef, &Span), outer: (&ProviderRef, &Span)) {
        let ((inner, inner_at), (outer, outer_at)) = (inner, outer);
        let (parent_place, child_place) = (self.module.path.describe(), child.path.describe());
        let wanted = explicit_provider(child, &inner.name);
        let given = explicit_provider(self.module, &outer.name);
        let (wanted, given) = (shown_provider(&wanted), shown_provider(&given));
        let summary = "Reference to undefined provider";
        let declares =
            |module: &Module, key: &ProviderRef| match module.settings.required_providers.get(&key.name) {
                Some(required) => key.alias.is_none() || required.configuration_aliases.contains(key),
                None => false,
            };
        if outer.alias.is_none() && !declares(self.module, outer) {
            let detail = format!(
                "There is no explicit declaration for local provider name \"{outer}\" in {parent_place}, so Terraform is \
                 assuming you mean to pass a configuration for provider \"{given}\".\n\nTo clarify your intent and \
                 silence this warning, add to {parent_place} a required_providers entry named \"{outer}\" with source \
                 = \"{given}\", or a different source address if appropriate."
            );
            self.out.push(Diagnostic::warning(summary, detail).at(outer_at.clone()));
        }
        if !declares(child, inner) && !child.providers.contains_key(inner) {
            let one = match &inner.alias {
                None => Diagnostic::warning(
                    summary,
                    format!(
                        "There is no explicit declaration for local provider name \"{inner}\" in {child_place}, so \
                         Terraform is assuming you mean to pass a configuration for \"{wanted}\".\n\nIf you also \
                         control the child module, add a required_providers entry named \"{inner}\" with the source \
                         address \"{wanted}\"."
                    ),
                ),
                Some(_) => Diagnostic::error(
                    summary,
                    format!(
                        "The child module does not declare any provider requirement with the local name \
                         \"{inner}\".\n\nIf you also control the child module, you can add a required_providers entry \
                         for \"{inner}\" with the source address \"{wanted}\" to accept this provider configuration."
                    ),
                ),
            };
            self.out.push(one.at(inner_at.clone()));
        }
        if wanted != given {
            let detail = format!(
                "The local name \"{outer}\" in {parent_place} represents provider \"{given}\", but \"{inner}\" in \
                 {child_place} represents \"{wanted}\".\n\nEach provider has its own distinct configuration schema and \
                 provider types, so this module's \"{inner}\" can be assigned only a configuration for {wanted}, which \
                 is not required by {child_place}."
            );
            self.out.push(Diagnostic::error("Provider type mismatch", detail).at(outer_at.clone()));
        }
    }

    fn provider_exists(&mut self, key: &ProviderRef, at: &crate::lang::diag::Span) {
        let declared = self.module.providers.contains_key(key)
            || self
                .module
                .settings
                .required_providers
                .get(&key.name)
                .is_some_and(|r| r.configuration_aliases.contains(key));
        if !declared {
            let detail = format!(
                "There is no provider configuration {key} in {}. Add a provider \"{}\" block with that alias, or pass one \
                 with the \"providers\" argument of the module block.",
                self.module.path.describe(),
                key.name
            );
            self.out.push(Diagnostic::error("Provider configuration not present", detail).near(at.clone()));
        }
    }

    fn exprs<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>, context: Context) {
        all.into_iter().for_each(|e| self.expr(e, context));
    }

    fn expr(&mut self, expr: &Expr, context: Context) {
        self.references(&references(expr), context);
    }

    fn references(&mut self, all: &[Reference], context: Context) {
        for reference in all {
            match resolve(reference) {
                Err(d) => self.say(d),
                Ok((object, steps)) => self.object(&object, steps, reference, context),
            }
        }
    }

    /// `depends_on` names whole objects.
    fn depends_on(&mut self, all: &[Reference]) {
        for reference in all {
            let before = self.out.0.len();
            self.references(std::slice::from_ref(reference), Context::default());
            if self.out.0.len() > before {
                // As Terraform, which goes no further in a list with an error.
                break;
            }
        }
        for reference in all {
            let Ok((object, steps)) = resolve(reference) else { continue };
            let keyed = matches!(reference.steps.get(steps).map(|s| &s.kind), Some(StepKind::Index(_)));
            let whole = match object {
                Object::Module(_) => steps + usize::from(keyed) + 1,
                Object::Resource(..) => steps + usize::from(keyed),
                _ => steps,
            };
            if reference.steps.len() > whole {
                let detail = "References in depends_on must be to a whole object (resource, etc), not to an attribute of an \
                              object.";
                self.say(
                    Diagnostic::error("Invalid depends_on reference", detail).at(reference.span.clone()),
                );
            }
        }
    }

    fn say(&mut self, d: Diagnostic) {
        if !self.out.0.contains(&d) {
            self.out.push(d);
        }
    }

    fn object(&mut self, object: &Object, steps: usize, reference: &Reference, context: Context) {
        let module = self.module;
        let place = || module.path.describe();
        let d = match object {
            Object::Variable(name) if !module.variables.contains_key(name) => {
                let hint = match did_you_mean(name, module.variables.keys().map(|n| &**n)) {
                    Some(other) => format!(" Did you mean \"{other}\"?"),
                    None => {
                        format!(" This variable can be declared with a variable \"{name}\" {{}} block.")
                    }
                };
                Diagnostic::error(
                    "Reference to undeclared input variable",
                    format!("An input variable with the name \"{name}\" has not been declared.{hint}"),
                )
            }
            Object::Local(name) if !module.locals.contains_key(name) => {
                let hint = did_you_mean(name, module.locals.keys().map(|n| &**n))
                    .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
                Diagnostic::error(
                    "Reference to undeclared local value",
                    format!("A local value with the name \"{name}\" has not been declared.{hint}"),
                )
            }
            Object::Resource(mode, kind, name) => {
                let key = ResourceKey { mode: *mode, kind: kind.clone(), name: name.clone() };
                if let Some(resource) = module.resources.get(&key) {
                    self.instance_key(resource, steps, reference);
                    return;
                }
                let noun = match mode {
                    Mode::Managed => "managed",
                    Mode::Data => "data",
                    Mode::Ephemeral => "ephemeral",
                };
                let mut hint = String::new();
                let other =
                    ResourceKey { mode: if *mode == Mode::Data { Mode::Managed } else { Mode::Data }, ..key };
                if module.resources.contains_key(&other) {
                    hint = format!("\n\nDid you mean {other}?");
                } else if let Some(similar) = self.similar_resource(*mode, kind, name) {
                    hint = format!("\n\nDid you mean {similar}?");
                }
                Diagnostic::error(
                    "Reference to undeclared resource",
                    format!(
                        "A {noun} resource \"{kind}\" \"{name}\" has not been declared in {}.{hint}",
                        place()
                    ),
                )
            }
            Object::Module(name) => match module.calls.get(name) {
                None => {
                    let hint = did_you_mean(name, module.calls.keys().map(|n| &**n))
                        .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
                    Diagnostic::error(
                        "Reference to undeclared module",
                        format!("No module call named \"{name}\" is declared in {}.{hint}", place()),
                    )
                }
                Some(call) => {
                    self.module_output(call, steps, reference);
                    return;
                }
            },
            Object::Each(name) => {
                if !context.each && &**name == "value" {
                    Diagnostic::error(
                        "each.value cannot be used in this context",
                        "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when \
                         the configuration no longer contains the value in its \"for_each\" expression. Remove this \
                         reference to each.value in your configuration to work around this error.",
                    )
                } else if !context.each {
                    Diagnostic::error(
                        "Reference to \"each\" in context without for_each",
                        "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                         \"for_each\" argument is set.",
                    )
                } else if matches!(&**name, "key" | "value") {
                    return;
                } else {
                    Diagnostic::error(
                        "Invalid \"each\" attribute",
                        format!(
                            "The \"each\" object does not have an attribute named \"{name}\". The supported attributes are \
                             each.key and each.value, the current key and value pair of the \"for_each\" attribute set."
                        ),
                    )
                }
            }
            Object::Count(name) => {
                if !context.count {
                    Diagnostic::error(
                        "Reference to \"count\" in non-counted context",
                        "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only \
                         when the \"count\" argument is set.",
                    )
                } else if &**name == "index" {
                    return;
                } else {
                    Diagnostic::error(
                        "Invalid \"count\" attribute",
                        format!(
                            "The \"count\" object does not have an attribute named \"{name}\". The only supported attribute \
                             is count.index, which is the index of each instance of a resource block that has the \
                             \"count\" argument set."
                        ),
                    )
                }
            }
            Object::This if !context.this => Diagnostic::error(
                "Invalid \"self\" reference",
                "The \"self\" object is not available in this context. This object can be used only in resource \
                 provisioner, connection, and postcondition blocks.",
            ),
            Object::Path(name) if !matches!(&**name, "module" | "root" | "cwd") => {
                let hint = did_you_mean(name, ["module", "root", "cwd"])
                    .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
                Diagnostic::error(
                    "Invalid \"path\" attribute",
                    format!("The \"path\" object does not have an attribute named \"{name}\".{hint}"),
                )
            }
            Object::Terraform(name) if !matches!(&**name, "workspace" | "applying") => {
                let detail = if &**name == "env" {
                    "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state environment\" \
                     concept was renamed to \"workspace\" in v0.12, and so the workspace name can now be accessed using \
                     the terraform.workspace attribute."
                        .to_string()
                } else {
                    format!(
                        "The \"terraform\" object does not have an attribute named \"{name}\". The only supported attribute \
                         is terraform.workspace, the name of the currently-selected workspace."
                    )
                };
                Diagnostic::error("Invalid \"terraform\" attribute", detail)
            }
            _ => return,
        };
        self.say(d.at(reference.span_through(steps)));
    }

    /// Is the reference one that the resource allows: from where it stands, with a key or without?
    fn instance_key(&mut self, resource: &Resource, steps: usize, reference: &Reference) {
        let key = &resource.key;
        let at = reference.span_through(steps);
        if resource.check.is_some() && resource.check != self.check {
            let (mode, kind, name) = ("data", &key.kind, &key.name);
            let detail = format!(
                "The referenced {mode} resource \"{kind}\" \"{name}\" is not available from this context."
            );
            return self.say(Diagnostic::error("Reference to scoped resource", detail).at(at));
        }
        let Some(step) = reference.steps.get(steps) else { return };
        let keyed = matches!(step.kind, StepKind::Index(_));
        let many = match (&resource.count, &resource.for_each) {
            (Some(_), _) => Some(("count", "count.index")),
            (None, Some(_)) => Some(("for_each", "each.key")),
            (None, None) => None,
        };
        match (many, keyed) {
            (Some((argument, index)), false) => {
                let detail = format!(
                    "Because {key} has \"{argument}\" set, its attributes must be accessed on specific instances.\n\nFor \
                     example, to correlate with indices of a referring resource, use:\n    {key}[{index}]"
                );
                self.say(Diagnostic::error("Missing resource instance key", detail).at(at));
            }
            (None, true) => {
                let detail = format!(
                    "Because {key} does not have \"count\" or \"for_each\" set, references to it must not include an \
                     index key. Remove the bracketed index to refer to the single instance of this resource."
                );
                let at = reference.span_through(steps + 1);
                self.say(Diagnostic::error("Unexpected resource instance key", detail).at(at));
            }
            _ => {}
        }
    }

    fn similar_resource(&self, mode: Mode, kind: &str, name: &str) -> Option<String> {
        let all = self.module.resources.keys().filter(|k| k.mode == mode);
        let same_kind: Vec<Arc<str>> = all.filter(|k| &*k.kind == kind).map(|k| k.name.clone()).collect();
        let other = did_you_mean(name, same_kind.iter().map(|n| &**n))?;
        Some(ResourceKey { mode, kind: kind.into(), name: other.into() }.to_string())
    }

    /// `module.m.output`, behind its instance key.
    fn module_output(&mut self, call: &ModuleCall, steps: usize, reference: &Reference) {
        let Some(child) = self.module.children.get(&call.name) else { return };
        let repeated = call.count.is_some() || call.for_each.is_some();
        let mut at = steps;
        let keyed = matches!(reference.steps.get(at).map(|s| &s.kind), Some(StepKind::Index(_)));
        if repeated && !keyed {
            return;
        }
        if keyed {
            at += 1;
        }
        let Some(name) = reference.attribute_at(at) else { return };
        if child.outputs.contains_key(name) {
            return;
        }
        let hint = did_you_mean(name, child.outputs.keys().map(|n| &**n))
            .map_or(String::new(), |n| format!(" Did you mean \"{n}\"?"));
        let detail = format!("This object does not have an attribute named \"{name}\".{hint}");
        let at = reference.steps[at].span.clone();
        self.say(Diagnostic::error("Unsupported attribute", detail).at(at));
    }
}

/// The source address of a local name as Terraform takes it where providers are passed: what nobody requires is
/// HashiCorp's, "terraform" too.
fn explicit_provider(module: &Module, name: &str) -> String {
    match module.settings.required_providers.contains_key(name) {
        true => module.provider_address(name),
        false => format!("registry.terraform.io/hashicorp/{name}"),
    }
}

/// A provider's address without the default host and namespace.
fn shown_provider(address: &str) -> &str {
    address.strip_prefix("registry.terraform.io/").unwrap_or(address)
}
