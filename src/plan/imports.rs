//! `import` blocks: existing documents that the configuration takes by name.

use super::addr::{InstanceAddr, Key, Mode, ModulePath, ResourceAddr};
use super::repeat::{self, Each};
use super::scope::ModuleScope;
use super::walk::Walk;
use crate::arm::id::ArmId;
use crate::config::{ForEach, Import};
use crate::lang::convert::convert;
use crate::lang::syntax::Expr;
use crate::lang::{Diagnostic, Type, Value, refs};

/// Reads the id of an `import` block as its type writes it.
pub type Parse<'p> = &'p dyn Fn(&str) -> Option<ArmId>;

/// Does an `import` block take this document for this instance?
pub fn names(walk: &Walk<'_>, addr: &InstanceAddr, id: &ArmId, parse: Parse<'_>) -> bool {
    walk.inputs.config.root.imports.iter().any(|import| takes(walk, import, addr, id, parse))
}

fn takes(walk: &Walk<'_>, import: &Import, addr: &InstanceAddr, id: &ArmId, parse: Parse<'_>) -> bool {
    // What is two ids in one may read as one.
    let means =
        |text: &String| ArmId::parse(text).ok().as_ref() == Some(id) || parse(text).as_ref() == Some(id);
    ids(walk, import, addr).iter().flatten().any(means)
}

/// The id that an `import` block gives to an instance; `Err`: one that cannot be used, which was reported.
pub fn id_of(walk: &Walk<'_>, addr: &InstanceAddr) -> Result<Option<String>, ()> {
    let first = walk.inputs.config.root.imports.iter().find_map(|i| ids(walk, i, addr).into_iter().next());
    first.map(|id| id.ok_or(())).transpose()
}

/// The ids that one block gives to an instance; none in place of those that cannot be used.
fn ids(walk: &Walk<'_>, import: &Import, addr: &InstanceAddr) -> Vec<Option<String>> {
    let resource = &import.to.resource;
    if resource.kind != addr.resource.ty || resource.name != addr.resource.name {
        return Vec::new();
    }
    let all = targets(walk, import).into_iter().filter(|(to, _)| to == addr);
    all.map(|(_, scope)| identifier(walk, import, &scope)).collect()
}

/// The instances that a block imports to, each with the scope of its other arguments.
pub(super) fn targets<'w, 'a>(
    walk: &'w Walk<'a>,
    import: &Import,
) -> Vec<(InstanceAddr, ModuleScope<'w, 'a>)> {
    let Some(scope) = walk.scope(&ModulePath::root()) else { return Vec::new() };
    let repetition = match &import.for_each {
        Some(expr) => repeat::expand(walk, ForEach::ForEach(expr), &scope, "import"),
        None => repeat::Repetition::default(),
    };
    let one = |key: Option<Key>| {
        let each: Each = repetition.each(key.as_ref());
        let scope = ModuleScope { each, ..scope.clone() };
        let key_of =
            |expr: &Option<Expr>| expr.as_ref().and_then(|e| as_key(&walk.eval(e, &scope, "import")));
        let steps = import.to.modules.iter().map(|(name, key)| (name.clone(), key_of(key))).collect();
        let resource = ResourceAddr {
            module: ModulePath(steps),
            mode: Mode::Managed,
            ty: import.to.resource.kind.clone(),
            name: import.to.resource.name.clone(),
        };
        (resource.instance(key_of(&import.to.key)), scope)
    };
    repetition.keys().into_iter().map(one).collect()
}

pub(super) fn identifier<'a>(
    walk: &Walk<'a>,
    import: &Import,
    scope: &ModuleScope<'_, 'a>,
) -> Option<String> {
    let value = walk.eval(&import.id, scope, "import");
    let why = if value.is_unknown() || !value.deep_marks().early_from().is_empty() {
        "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so \
         Terraform cannot plan to import this resource."
    } else if value.is_null() {
        "The import ID cannot be null."
    } else {
        let text = convert(&value, &Type::String).ok();
        match text.as_ref().and_then(Value::as_str) {
            Some("") => "The import ID value evaluates to an empty string, please provide a non-empty value.",
            Some(text) => return Some(text.to_string()),
            None => "The import ID value is unsuitable: a string is required.",
        }
    };
    walk.report([Diagnostic::error("Invalid import id argument", why).at(import.id.span.clone())]);
    None
}

/// Says which blocks import to what is not configured. A block without an instance that is imported is not planned.
pub fn judge(walk: &Walk<'_>) {
    for import in &walk.inputs.config.root.imports {
        let calls: Vec<_> = import.to.modules.iter().map(|(name, _)| name.clone()).collect();
        let module = walk.inputs.config.root.descendant(&calls);
        let known = module.is_some_and(|m| m.resources.contains_key(&import.to.resource));
        for (addr, _) in targets(walk, import) {
            let summary = "Configuration for import target does not exist";
            if !known {
                let detail = format!(
                    "The configuration for the given import target {addr} does not exist. If you wish to automatically \
                     generate config for this resource, use the -generate-config-out option within terraform plan. \
                     Otherwise, make sure the target resource exists within your configuration. For example:\n\n  \
                     terraform plan -generate-config-out=generated.tf"
                );
                walk.report([Diagnostic::error(summary, detail).at(import.to.span.clone())]);
            } else if !there(walk, &addr) {
                let detail = format!(
                    "The configuration for the given import {addr} does not exist. All target instances must have an \
                     associated configuration to be imported."
                );
                walk.report([Diagnostic::error(summary, detail)]);
                walk.planned.borrow_mut().retain(|other, _| other.resource != addr.resource);
            }
        }
    }
}

fn there(walk: &Walk<'_>, addr: &InstanceAddr) -> bool {
    let (module, resource) = (&addr.resource.module, &addr.resource);
    let scope = walk.scope(module).filter(|_| walk.module_instances().contains(module));
    let block = scope.and_then(|scope| {
        let block = scope.module.resource(refs::Mode::Managed, &resource.ty, &resource.name)?;
        walk.block(&scope, block)
    });
    // Why it cannot be expanded was told.
    block.is_none_or(|b| b.repetition.is_unknown() || b.repetition.keys().contains(&addr.key))
}

fn as_key(value: &Value) -> Option<Key> {
    match (value.as_str(), value.as_number()) {
        (Some(name), _) => Some(Key::Name(name.into())),
        (None, Some(n)) => n.as_i64().and_then(|n| u64::try_from(n).ok()).map(Key::Index),
        _ => None,
    }
}
