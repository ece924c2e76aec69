//! Moves from one type to another: those that the providers of the new types know.

use super::{Moves, explicit};
use crate::config::Config;
use crate::lang::{Diagnostic, Diagnostics, Type, Value, refs};
use crate::ledger::{Record, Sealer, Stored};
use crate::plan::addr::InstanceAddr;

/// Judges the moves that change the type.
pub(super) fn judge(moves: &Moves, config: &Config) -> Diagnostics {
    let mut out = Diagnostics::default();
    for (new, old) in moves.done.iter().filter(|(new, old)| new.resource.ty != old.resource.ty) {
        let Some((summary, detail)) = refusal(old, new, config) else { continue };
        let statements = explicit(config);
        let by = statements.iter().find(|s| s.to.selects(&new.resource) || s.from.selects(&old.resource));
        let one = Diagnostic::error(summary, detail);
        out.push(match by {
            Some(statement) => one.at(statement.header.clone()),
            None => one,
        });
    }
    out
}

/// Why a move is not possible: summary and detail.
fn refusal(old: &InstanceAddr, new: &InstanceAddr, config: &Config) -> Option<(&'static str, String)> {
    let (from, to) = (&*old.resource.ty, &*new.resource.ty);
    match to {
        "terraform_data" if from == "null_resource" => None,
        "terraform_data" => Some((
            "Unsupported source resource type for move operation",
            "Only moving from the null_resource managed resource to terraform_data is supported.".into(),
        )),
        "azapi_resource" if from.starts_with("azurerm_") => None,
        "azapi_resource" => Some((
            "Invalid source type",
            "The `azapi_resource` resource only supports moving from the `azurerm` resources.".into(),
        )),
        _ => {
            let module = config.root.descendant(&new.resource.module.calls());
            let block = module.and_then(|m| {
                let block = m.resource(refs::Mode::Managed, to, &new.resource.name)?;
                Some(m.provider_address(&block.provider.name))
            });
            let provider = block.unwrap_or_else(|| to.split('_').next().unwrap_or_default().to_string());
            Some((
                "Unsupported `moved` across resource types",
                format!(
                    "The provider {provider:?} does not support moved operations across resource types and providers."
                ),
            ))
        }
    }
}

/// The record of an object as one of its new type. `provider`: that of the new block.
pub(super) fn record(old: &Record, new: &InstanceAddr, provider: &str, sealer: &Sealer) -> Record {
    let mut record = Record { provider: provider.to_string(), ..old.clone() };
    match &*new.resource.ty {
        "terraform_data" => {
            let object = old.object.as_ref().and_then(|o| o.take(sealer));
            record.object = object.map(|object| Stored::put(&data_of(&object), false, sealer));
        }
        _ => {
            // What one document says of the object; those beside it are no part of it any more.
            record.documents.truncate(1);
            if let Some(document) = record.documents.first_mut() {
                (document.key, document.owned) = (String::new(), true);
            }
            record.digests.clear();
            record.secrets.clear();
        }
    }
    record
}

/// A `terraform_data` that replaces nothing: the triggers are an object, as they are mostly written.
fn data_of(object: &Value) -> Value {
    let null = || Value::null(Type::Dynamic);
    let part = |name: &str| object.get(name).cloned().filter(|v| !v.is_null());
    let triggers = part("triggers").and_then(|t| {
        let entries = t.as_entries()?.clone();
        Some(Value::object(entries).marked(&t.marks))
    });
    Value::object([
        ("id", part("id").unwrap_or_else(null)),
        ("input", null()),
        ("output", null()),
        ("triggers_replace", triggers.unwrap_or_else(null)),
    ])
}
