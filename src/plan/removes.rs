//! `removed` blocks: what becomes of objects that are in no block any more.

use std::sync::Arc;

use super::addr::{InstanceAddr, Mode};
use crate::config::{Config, Module, Removed};
use crate::lang::{Diagnostic, Diagnostics, refs};

/// The `removed` block that speaks of an instance.
pub fn of<'c>(config: &'c Config, addr: &InstanceAddr) -> Option<&'c Removed> {
    let calls = addr.resource.module.calls();
    let mode = if addr.resource.mode == Mode::Data { refs::Mode::Data } else { refs::Mode::Managed };
    let speaks = |module: &Module, removed: &Removed| {
        let path = path(module, removed);
        match &removed.from.resource {
            None => calls.starts_with(&path),
            Some((key, _)) => {
                calls == path
                    && (key.mode, &key.kind, &key.name) == (mode, &addr.resource.ty, &addr.resource.name)
            }
        }
    };
    let all = config.root.walk();
    all.into_iter().find_map(|module| module.removed.iter().find(|r| speaks(module, r)))
}

/// The module that a block is about, or that its resource is in.
fn path(module: &Module, removed: &Removed) -> Vec<Arc<str>> {
    let own = removed.from.modules.iter().map(|(name, _)| name.clone());
    module.path.0.iter().cloned().chain(own).collect()
}

/// What is declared cannot be removed.
pub fn judge(config: &Config) -> Diagnostics {
    let mut out = Diagnostics::default();
    for module in config.root.walk() {
        for removed in &module.removed {
            let path = path(module, removed);
            let (word, found) = match &removed.from.resource {
                Some((key, _)) => {
                    let block = config.root.descendant(&path).and_then(|m| m.resources.get(key));
                    ("resource", block.map(|b| (b.header.clone(), key.to_string())))
                }
                None => {
                    let call = path
                        .split_last()
                        .and_then(|(name, above)| config.root.descendant(above)?.calls.get(name));
                    ("module", call.map(|c| (c.header.clone(), String::new())))
                }
            };
            let Some((at, name)) = found else { continue };
            let steps = path.iter().map(|name| format!("module.{name}"));
            let whole: Vec<String> = steps.chain((!name.is_empty()).then_some(name)).collect();
            out.push(
                Diagnostic::error(
                    format!("Removed {word} still exists"),
                    format!(
                        "This statement declares that {} was removed, but it is still declared in configuration.",
                        whole.join(".")
                    ),
                )
                .at(at),
            );
        }
    }
    out
}

/// What is told of objects that are forgotten.
pub fn warning<'a>(forgotten: impl Iterator<Item = &'a InstanceAddr>) -> Option<Diagnostic> {
    let list: String = forgotten.map(|addr| format!("\n - {addr}")).collect();
    (!list.is_empty()).then(|| {
        Diagnostic::warning(
            "Some objects will no longer be managed by Terraform",
            format!(
                "If you apply this plan, Terraform will discard its tracking information for the following objects, but it \
                 will not delete them:{list}\n\nAfter applying this plan, Terraform will no longer manage these objects. \
                 You will need to import them into Terraform to manage them again."
            ),
        )
    })
}
