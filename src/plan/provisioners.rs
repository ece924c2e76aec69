//! Provisioners as the configuration has them: which an instance runs, what they may say, what a plan tells of them.

use std::sync::{Arc, LazyLock};

use super::addr::{InstanceAddr, Mode};
use super::instance::Site;
use super::model::{Change, ChangeAction, Finding, FindingLevel};
use super::removes;
use super::scope::ModuleScope;
use crate::config::decode::decode;
use crate::config::{Config, Provisioner};
use crate::lang::schema::{AttrSpec, BlockSpec};
use crate::lang::{Diagnostic, Diagnostics, Marks, Type, Value, refs};

/// The arguments of `local-exec`.
pub fn schema() -> Arc<BlockSpec> {
    static SCHEMA: LazyLock<Arc<BlockSpec>> = LazyLock::new(|| {
        let attributes = vec![
            AttrSpec::required("command", Type::String),
            AttrSpec::optional("environment", Type::map(Type::String)),
            AttrSpec::optional("interpreter", Type::list(Type::String)),
            AttrSpec::optional("quiet", Type::Bool),
            AttrSpec::optional("working_dir", Type::String),
        ];
        Arc::new(BlockSpec { attributes, ..BlockSpec::default() })
    });
    SCHEMA.clone()
}

/// What an instance runs when it is made, or before it goes.
pub fn of<'c>(config: &'c Config, addr: &InstanceAddr, on_destroy: bool) -> Vec<&'c Provisioner> {
    if addr.resource.mode != Mode::Managed {
        return Vec::new();
    }
    let module = config.root.descendant(&addr.resource.module.calls());
    let block = module.and_then(|m| m.resource(refs::Mode::Managed, &addr.resource.ty, &addr.resource.name));
    let all = match block {
        Some(block) => &block.provisioners[..],
        None => removes::of(config, addr).map_or(&[][..], |removed| &removed.provisioners[..]),
    };
    all.iter().filter(|p| p.on_destroy == on_destroy).collect()
}

/// What planned changes run: whose, when, and the command as it is written.
pub fn planned<'p>(
    config: &Config,
    changes: impl Iterator<Item = &'p Change>,
) -> Vec<(InstanceAddr, &'static str, String)> {
    let mut all = Vec::new();
    for change in changes.filter(|c| c.deposed.is_none()) {
        let (made, gone) = match change.action {
            ChangeAction::Create => (true, false),
            // What is made anew before the old one goes runs nothing when that goes, as in Terraform.
            ChangeAction::Replace { create_first } => (true, !create_first),
            ChangeAction::Delete => (false, true),
            _ => (false, false),
        };
        for (runs, on_destroy, when) in
            [(gone, true, "before it is destroyed"), (made, false, "when it is made")]
        {
            for one in of(config, &change.addr, on_destroy).into_iter().filter(|_| runs) {
                let command = one.body.attribute("command").map(|a| &a.expr.span);
                let text = command.and_then(|span| span.source.text.get(span.range.clone())).unwrap_or("");
                all.push((change.addr.clone(), when, text.trim().to_string()));
            }
        }
    }
    all
}

/// The same as findings.
pub fn findings<'p>(config: &Config, changes: impl Iterator<Item = &'p Change>) -> Vec<Finding> {
    let one = |(addr, when, command): (InstanceAddr, &str, String)| Finding {
        code: "local-exec",
        level: FindingLevel::Informs,
        summary: format!("{addr} runs a command on this machine {when}"),
        detail: format!("{command}\n-deny-exec, or RINGFENCE_DENY_EXEC=1, forbids it."),
        addr: Some(addr),
        id: None,
    };
    planned(config, changes).into_iter().map(one).collect()
}

/// The marks of what an instance's provisioners use when it is made.
pub fn marks(site: &Site<'_, '_, '_>) -> Marks {
    let mut all = Marks::NONE;
    for one in site.resource.provisioners.iter().filter(|p| !p.on_destroy) {
        let scope = ModuleScope { this: Some(Value::unknown(Type::Dynamic)), ..site.scope.clone() };
        // What is wrong with it is told where it is judged.
        let decoded = decode(&one.body, &schema(), &scope, site.walk.inputs.functions);
        all = all.union(&decoded.value.deep_marks());
    }
    all
}

/// Judges the provisioners of a block; `object` is what `self` is.
pub fn judge(site: &Site<'_, '_, '_>, object: &Value) {
    for one in site.resource.provisioners.iter().filter(|p| &*p.kind == "local-exec") {
        let scope = ModuleScope { this: Some(object.clone()), ..site.scope.clone() };
        let decoded = decode(&one.body, &schema(), &scope, site.walk.inputs.functions);
        site.walk.report(decoded.diagnostics.into_iter().map(|d| d.within(site.context())));
    }
}

/// Judges the kinds of all provisioners of a configuration.
pub fn judge_kinds(config: &Config) -> Diagnostics {
    let mut out = Diagnostics::default();
    for module in config.root.walk() {
        let of_resources = module.resources.values().flat_map(|r| &r.provisioners);
        for one in of_resources.chain(module.removed.iter().flat_map(|r| &r.provisioners)) {
            let kind = &one.kind;
            match &**kind {
                "local-exec" => {}
                "file" | "remote-exec" => out.push(Diagnostic::error(
                    format!("Provisioner \"{kind}\" is not supported"),
                    format!(
                        "Ringfence opens no connection to machines, so the \"{kind}\" provisioner cannot run. Let the \
                         machine fetch what it needs itself (cloud-init, an extension), or use local-exec with a tool of \
                         your own."
                    ),
                )
                .at(one.header.clone())),
                _ => out.push(Diagnostic::error(
                    "Missing required provisioner plugin",
                    format!(
                        "This configuration requires provisioner plugin \"{kind}\", which isn't available. If you're \
                         intending to use an external provisioner plugin, you must install it manually into one of the \
                         plugin search directories before running Terraform."
                    ),
                )),
            }
        }
    }
    out
}
