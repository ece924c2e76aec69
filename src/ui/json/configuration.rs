//! The configuration part of a plan document: what refers to what, without values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::config::{Config, Module, ModuleCall, ModulePath, ProviderRef, Resource, ResourceKey};
use crate::lang::eval::{NoFunctions, evaluate};
use crate::lang::refs::{Mode, Object, references, resolve};
use crate::lang::schema::{BlockSpec, Nesting, ResourceSchema};
use crate::lang::scope::NoScope;
use crate::lang::syntax::{Body, Expr, ExprKind, ObjectKey, Reference, StepKind, TemplatePart};

/// Looks up the schema of a resource type: it tells single blocks from lists of blocks.
pub type Schemas<'a> = dyn Fn(&ResourceKey) -> Option<Arc<ResourceSchema>> + 'a;

/// The configuration as a plan document has it.
pub(super) fn document(config: &Config, schemas: &Schemas<'_>) -> Json {
    let providers = Providers::of(&config.root);
    let mut out = Map::new();
    let all = providers.document(&config.root);
    if !all.is_empty() {
        out.insert("provider_config".into(), Json::Object(all));
    }
    out.insert("root_module".into(), module(&config.root, &providers, schemas));
    Json::Object(out)
}

/// Which entry each module's provider names lead to.
struct Providers(BTreeMap<(ModulePath, ProviderRef), (ModulePath, ProviderRef)>);

impl Providers {
    fn of(root: &Module) -> Providers {
        let mut found = Providers(BTreeMap::new());
        found.enter(root, None, &BTreeMap::new());
        found
    }

    fn enter(
        &mut self,
        module: &Module,
        call: Option<&ModuleCall>,
        parent: &BTreeMap<ProviderRef, (ModulePath, ProviderRef)>,
    ) {
        let mut own = BTreeMap::new();
        for key in names(module) {
            let passed = call.and_then(|c| c.providers.iter().find(|(child, _)| *child == key));
            let from = passed.map_or(&key, |(_, parent)| parent);
            let inherited = parent.get(from).filter(|_| !module.providers.contains_key(&key));
            let target = inherited.cloned().unwrap_or_else(|| (module.path.clone(), key.clone()));
            self.0.insert((module.path.clone(), key.clone()), target.clone());
            own.insert(key, target);
        }
        for (name, child) in &module.children {
            self.enter(child, module.calls.get(name), &own);
        }
    }

    fn document(&self, root: &Module) -> Map<String, Json> {
        let targets: BTreeSet<_> = self.0.values().collect();
        let mut all = BTreeMap::new();
        for (path, key) in targets {
            let Some(module) = root.descendant(&path.0) else { continue };
            let mut out = Map::new();
            out.insert("name".into(), key.name.to_string().into());
            out.insert("full_name".into(), module.provider_address(&key.name).into());
            if let Some(alias) = &key.alias {
                out.insert("alias".into(), alias.to_string().into());
            }
            let required = module.settings.required_providers.get(&key.name);
            let version = required.map(|r| r.version.to_string()).filter(|v| !v.is_empty());
            if let Some(version) = version {
                out.insert("version_constraint".into(), version.into());
            }
            if !path.is_root() {
                out.insert("module_address".into(), path.to_string().into());
            }
            if let Some(block) = module.providers.get(key) {
                let found = expressions(&block.body, None);
                if !found.is_empty() {
                    out.insert("expressions".into(), Json::Object(found));
                }
            }
            all.insert(name_of(path, key), Json::Object(out));
        }
        all.into_iter().collect()
    }

    fn key(&self, module: &Module, provider: &ProviderRef) -> String {
        let own = (module.path.clone(), provider.clone());
        let (path, key) = self.0.get(&own).unwrap_or(&own);
        name_of(path, key)
    }
}

/// `azurerm.other`, `module.m:azurerm`
fn name_of(path: &ModulePath, key: &ProviderRef) -> String {
    if path.is_root() { key.to_string() } else { format!("{path}:{key}") }
}

/// Every provider name that a module knows.
fn names(module: &Module) -> BTreeSet<ProviderRef> {
    let mut all: BTreeSet<ProviderRef> = module.providers.keys().cloned().collect();
    for (name, required) in &module.settings.required_providers {
        // A module that only configures aliases has no default configuration.
        let aliased = module.providers.keys().any(|p| p.name == *name);
        if !aliased && required.configuration_aliases.is_empty() {
            all.insert(ProviderRef { name: name.clone(), alias: None });
        }
        all.extend(required.configuration_aliases.iter().cloned());
    }
    all.extend(module.resources.values().map(|r| r.provider.clone()));
    // What is imported needs its provider although no block says how it is to be.
    let imported = module.imports.iter().filter(|i| i.to.modules.is_empty());
    for import in imported.filter(|i| !module.resources.contains_key(&i.to.resource)) {
        let kind = &import.to.resource.kind;
        let implied = || ProviderRef { name: kind.split('_').next().unwrap_or(kind).into(), alias: None };
        all.insert(import.provider.clone().unwrap_or_else(implied));
    }
    all
}

fn module(module: &Module, providers: &Providers, schemas: &Schemas<'_>) -> Json {
    let mut out = Map::new();
    let outputs: Map<String, Json> = module
        .outputs
        .values()
        .map(|output| {
            let mut one = Map::new();
            if output.sensitive {
                one.insert("sensitive".into(), true.into());
            }
            one.insert("expression".into(), expression(&output.value));
            depends_on(&mut one, &output.depends_on);
            if let Some(text) = &output.description {
                one.insert("description".into(), text.as_str().into());
            }
            (output.name.to_string(), Json::Object(one))
        })
        .collect();
    if !outputs.is_empty() {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    let of = |mode: Mode| module.resources.values().filter(move |r| r.key.mode == mode);
    let resources: Vec<Json> = of(Mode::Managed)
        .chain(of(Mode::Data))
        .map(|r| resource(r, providers.key(module, &r.provider), schemas))
        .collect();
    if !resources.is_empty() {
        out.insert("resources".into(), resources.into());
    }
    let calls: Map<String, Json> = module
        .calls
        .iter()
        .map(|(name, call)| {
            (name.to_string(), module_call(call, module.children.get(name), providers, schemas))
        })
        .collect();
    if !calls.is_empty() {
        out.insert("module_calls".into(), Json::Object(calls));
    }
    let variables: Map<String, Json> = module
        .variables
        .values()
        .map(|variable| {
            let mut one = Map::new();
            if let Some(default) = &variable.default {
                one.insert("default".into(), default.to_json().unwrap_or_default());
            }
            if let Some(text) = &variable.description {
                one.insert("description".into(), text.as_str().into());
            }
            if variable.sensitive {
                one.insert("sensitive".into(), true.into());
            }
            (variable.name.to_string(), Json::Object(one))
        })
        .collect();
    if !variables.is_empty() {
        out.insert("variables".into(), Json::Object(variables));
    }
    Json::Object(out)
}

fn module_call(
    call: &ModuleCall,
    child: Option<&Module>,
    providers: &Providers,
    schemas: &Schemas<'_>,
) -> Json {
    let mut out = Map::new();
    out.insert("source".into(), call.source.as_str().into());
    let version = call.version.as_ref().map(ToString::to_string).filter(|v| !v.is_empty());
    if let Some(version) = version {
        out.insert("version_constraint".into(), version.into());
    }
    let arguments = expressions(&call.arguments, None);
    if !arguments.is_empty() {
        out.insert("expressions".into(), Json::Object(arguments));
    }
    repetition(&mut out, call.count.as_ref(), call.for_each.as_ref());
    let module = child.map_or_else(|| json!({}), |m| self::module(m, providers, schemas));
    out.insert("module".into(), module);
    depends_on(&mut out, &call.depends_on);
    Json::Object(out)
}

fn resource(resource: &Resource, provider: String, schemas: &Schemas<'_>) -> Json {
    let key = &resource.key;
    let mut out = Map::new();
    out.insert("address".into(), key.to_string().into());
    out.insert("mode".into(), if key.mode == Mode::Data { "data" } else { "managed" }.into());
    out.insert("type".into(), key.kind.to_string().into());
    out.insert("name".into(), key.name.to_string().into());
    out.insert("provider_config_key".into(), provider.into());
    let provisioners: Vec<Json> = resource
        .provisioners
        .iter()
        .map(|p| json!({"type": &*p.kind, "expressions": expressions(&p.body, None)}))
        .collect();
    if !provisioners.is_empty() {
        out.insert("provisioners".into(), provisioners.into());
    }
    let arguments = expressions(&resource.body, schemas(key).as_deref());
    if !arguments.is_empty() {
        out.insert("expressions".into(), Json::Object(arguments));
    }
    out.insert("schema_version".into(), 0.into());
    repetition(&mut out, resource.count.as_ref(), resource.for_each.as_ref());
    depends_on(&mut out, &resource.depends_on);
    Json::Object(out)
}

fn repetition(out: &mut Map<String, Json>, count: Option<&Expr>, for_each: Option<&Expr>) {
    for (name, expr) in [("count_expression", count), ("for_each_expression", for_each)] {
        let found = expr.map(expression).filter(|e| e.as_object().is_some_and(|o| !o.is_empty()));
        if let Some(found) = found {
            out.insert(name.into(), found);
        }
    }
}

fn depends_on(out: &mut Map<String, Json>, all: &[Reference]) {
    if !all.is_empty() {
        out.insert("depends_on".into(), all.iter().map(ToString::to_string).collect());
    }
}

/// The expressions of a body by name; `dynamic` blocks are left out.
fn expressions(body: &Body, spec: Option<&BlockSpec>) -> Map<String, Json> {
    let mut found: BTreeMap<&str, Json> = BTreeMap::new();
    for attribute in &body.attributes {
        found.insert(&attribute.name.text, expression(&attribute.expr));
    }
    for block in body.blocks.iter().filter(|b| &*b.kind.text != "dynamic") {
        let nested = spec.and_then(|s| s.block(&block.kind.text));
        let inner = Json::Object(expressions(&block.body, nested.map(|n| &n.block)));
        match nested.map(|n| n.nesting) {
            Some(Nesting::Single | Nesting::Group) => {
                found.insert(&block.kind.text, inner);
            }
            Some(Nesting::Map) => {
                let all = found.entry(&block.kind.text).or_insert_with(|| json!({}));
                all[block.label(0)] = inner;
            }
            _ => {
                let all = found.entry(&block.kind.text).or_insert_with(|| json!([]));
                if let Some(all) = all.as_array_mut() {
                    all.push(inner);
                }
            }
        }
    }
    found.into_iter().map(|(name, json)| (name.to_string(), json)).collect()
}

/// A constant, the names that it refers to, or nothing of a constant that calls a function.
fn expression(expr: &Expr) -> Json {
    let mut found = described(expr);
    // In JSON syntax the text of a template stands beside what it refers to.
    if expr.span.source.path.ends_with(".json")
        && let Some(found) = found.as_object_mut()
        && let Ok(raw) = serde_json::from_str::<Json>(expr.source_text())
    {
        found.insert("constant_value".into(), raw);
    }
    found
}

fn described(expr: &Expr) -> Json {
    let all = references(expr);
    if !all.is_empty() {
        let names: Vec<String> = all.iter().flat_map(prefixes).collect();
        return if names.is_empty() { json!({}) } else { json!({"references": names}) };
    }
    // Other functions do not evaluate here; these would take that for an answer.
    if calls(expr, &["can", "try"]) {
        return json!({});
    }
    let (value, problems) = evaluate(expr, &NoScope, &NoFunctions);
    match value.to_json().filter(|_| !problems.has_errors()) {
        Some(json) => json!({"constant_value": json}),
        None => json!({}),
    }
}

/// Is one of these functions called anywhere in it?
fn calls(expr: &Expr, names: &[&str]) -> bool {
    let calls = |e: &Expr| calls(e, names);
    let parts = |parts: &[TemplatePart]| parts.iter().any(|p| part_calls(p, names));
    match &expr.kind {
        ExprKind::Call { name, args, .. } => names.contains(&&*name.text) || args.iter().any(calls),
        ExprKind::Literal(_) | ExprKind::Reference(_) | ExprKind::Item => false,
        ExprKind::Template(all) => parts(all),
        ExprKind::Wrap(e) | ExprKind::Traversal(e, _) | ExprKind::Unary(_, e) | ExprKind::Paren(e) => {
            calls(e)
        }
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => calls(a) || calls(b),
        ExprKind::Splat { source, each, .. } => calls(source) || calls(each),
        ExprKind::For(each) => {
            let more = [each.key.as_ref(), each.condition.as_ref()];
            calls(&each.collection) || calls(&each.value) || more.into_iter().flatten().any(calls)
        }
        ExprKind::Conditional(a, b, c) => calls(a) || calls(b) || calls(c),
        ExprKind::Tuple(all) => all.iter().any(calls),
        ExprKind::Object(all) => all
            .iter()
            .any(|item| calls(&item.value) || matches!(&item.key, ObjectKey::Expr(key) if calls(key))),
    }
}

fn part_calls(part: &TemplatePart, names: &[&str]) -> bool {
    let calls = |e: &Expr| calls(e, names);
    let within = |all: &[TemplatePart]| all.iter().any(|p| part_calls(p, names));
    match part {
        TemplatePart::Text(_) => false,
        TemplatePart::Interpolation(e) => calls(e),
        TemplatePart::If { condition, yes, no } => calls(condition) || within(yes) || within(no),
        TemplatePart::For { collection, body, .. } => calls(collection) || within(body),
    }
}

/// A reference and what it goes through, down to the object that it names.
fn prefixes(reference: &Reference) -> Vec<String> {
    let Ok((object, named)) = resolve(reference) else { return Vec::new() };
    let index = |at: usize| matches!(reference.steps.get(at).map(|s| &s.kind), Some(StepKind::Index(_)));
    // How many steps name the instance, and how many its object: an output of a module call is one of its own.
    let instance =
        named + usize::from(matches!(object, Object::Resource(..) | Object::Module(_)) && index(named));
    let output = matches!(object, Object::Module(_)) && reference.attribute_at(instance).is_some();
    let subject = instance + usize::from(output);
    let text = |steps: usize| {
        let rest: String = reference.steps[named..steps].iter().map(ToString::to_string).collect();
        format!("{object}{rest}")
    };
    let mut all: Vec<String> = (subject..=reference.steps.len()).rev().map(text).collect();
    if output {
        all.push(text(instance));
    } else if instance > named {
        all.push(text(named));
    }
    all
}
