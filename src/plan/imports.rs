//! `import` blocks: existing documents that the configuration takes by name.

use super::addr::{InstanceAddr, Key};
use super::repeat::{self, Each};
use super::walk::{ModuleScope, Walk};
use crate::arm::id::ArmId;
use crate::config::{ForEach, Import};
use crate::lang::Value;
use crate::lang::syntax::Expr;

/// Reads the id of an `import` block as its type writes it.
pub type Parse<'p> = &'p dyn Fn(&str) -> Option<ArmId>;

/// Does an `import` block take this document for this instance?
pub fn names(walk: &Walk<'_>, addr: &InstanceAddr, id: &ArmId, parse: Parse<'_>) -> bool {
    walk.inputs.config.root.imports.iter().any(|import| takes(walk, import, addr, id, parse))
}

fn takes(walk: &Walk<'_>, import: &Import, addr: &InstanceAddr, id: &ArmId, parse: Parse<'_>) -> bool {
    let resource = &import.to.resource;
    if resource.kind != addr.resource.ty || resource.name != addr.resource.name {
        return false;
    }
    let Some(scope) = walk.scope(&super::addr::ModulePath::root()) else { return false };
    let repetition = match &import.for_each {
        Some(expr) => repeat::expand(walk, ForEach::ForEach(expr), &scope, "import"),
        None => repeat::Repetition::default(),
    };
    repetition.keys().into_iter().any(|key| {
        let each: Each = repetition.each(key.as_ref());
        let scope = ModuleScope { each, ..scope.clone() };
        let key_of =
            |expr: &Option<Expr>| expr.as_ref().and_then(|e| as_key(&walk.eval(e, &scope, "import")));
        let modules = &addr.resource.module.0;
        import.to.modules.len() == modules.len()
            && import.to.modules.iter().zip(modules).all(|((n, k), (m, l))| n == m && key_of(k) == *l)
            && key_of(&import.to.key) == addr.key
            && walk
                .eval(&import.id, &scope, "import")
                .as_str()
                .and_then(|text| ArmId::parse(text).ok().or_else(|| parse(text)))
                .as_ref()
                == Some(id)
    })
}

fn as_key(value: &Value) -> Option<Key> {
    match (value.as_str(), value.as_number()) {
        (Some(name), _) => Some(Key::Name(name.into())),
        (None, Some(n)) => n.as_i64().and_then(|n| u64::try_from(n).ok()).map(Key::Index),
        _ => None,
    }
}
