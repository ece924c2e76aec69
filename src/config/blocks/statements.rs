//! `moved`, `import`, `removed`.

use super::super::address::{import_target, target};
use super::super::content::{Need, Shape, exact, literal_bool};
use super::super::model::{Import, Module, Moved, Removed};
use super::optional;
use super::provider::provider_ref;
use super::resource::provisioner;
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::refs::Mode;
use crate::lang::syntax::Block;

const MOVED: Shape = Shape { attributes: &[("from", Need::Required), ("to", Need::Required)], blocks: &[] };

pub(super) fn moved(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let mut content = exact(block.body, &MOVED, out);
    let from = content.take("from").and_then(|e| target(&e, out));
    let to = content.take("to").and_then(|e| target(&e, out));
    let (Some(from), Some(to)) = (from, to) else { return };
    if from.resource.is_some() != to.resource.is_some() {
        let detail =
            "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.";
        out.push(Diagnostic::error("Invalid \"moved\" addresses", detail).at(block.header));
        return;
    }
    module.moved.push(Moved { from, to, header: block.header });
}

const IMPORT: Shape = Shape {
    attributes: &[("to", Need::Required), ("id", Need::Required), optional("provider"), optional("for_each")],
    blocks: &[],
};

pub(super) fn import(module: &mut Module, block: Block, out: &mut Diagnostics) {
    if !module.path.is_root() {
        let detail = "An import block was detected in a child module. Import blocks are only allowed in the root module.";
        out.push(Diagnostic::error("Invalid import configuration", detail).at(block.header));
        return;
    }
    let mut content = exact(block.body, &IMPORT, out);
    let to = content.take("to").and_then(|e| import_target(&e, out));
    let id = content.take("id");
    let for_each = content.take("for_each");
    let provider = content.take("provider").and_then(|e| provider_ref(&e, "provider", out)).map(|(p, _)| p);
    let (Some(to), Some(id)) = (to, id) else { return };
    let same = |i: &&Import| {
        i.to.modules == to.modules && i.to.resource == to.resource && i.to.key.is_none() && to.key.is_none()
    };
    let first = module.imports.iter().find(same);
    if let (None, Some(first)) = (&for_each, first) {
        let summary = format!("Duplicate import configuration for \"{}\"", to.resource);
        let detail = format!(
            "An import block for the resource \"{}\" was already declared at {}. A resource can have only one import \
                 block.",
            to.resource,
            first.header.describe()
        );
        out.push(Diagnostic::error(summary, detail).at(to.span));
        return;
    }
    module.imports.push(Import { to, id, for_each, provider, header: block.header });
}

const REMOVED: Shape = Shape {
    attributes: &[("from", Need::Required)],
    blocks: &[("lifecycle", &[]), ("connection", &[]), ("provisioner", &["type"])],
};
const REMOVED_LIFECYCLE: Shape = Shape { attributes: &[optional("destroy")], blocks: &[] };

pub(super) fn removed(module: &mut Module, block: Block, out: &mut Diagnostics) {
    let mut content = exact(block.body, &REMOVED, out);
    let from = content.take("from").and_then(|e| target(&e, out));
    let mut destroy = true;
    for lifecycle in content.take_blocks("lifecycle") {
        let mut inner = exact(lifecycle.body, &REMOVED_LIFECYCLE, out);
        if let Some(answer) = inner.take("destroy").and_then(|e| literal_bool(&e, out)) {
            destroy = answer;
        }
    }
    let provisioners =
        content.take_blocks("provisioner").into_iter().filter_map(|b| provisioner(b, out)).collect();
    let Some(from) = from else { return };
    let keyed = from.modules.iter().any(|(_, key)| key.is_some());
    if keyed || matches!(&from.resource, Some((_, Some(_)))) {
        let (summary, detail) = if keyed {
            (
                "Module instance keys not allowed",
                "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").",
            )
        } else {
            (
                "Resource instance keys not allowed",
                "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \
                 \"test_instance.foo[1]\").",
            )
        };
        out.push(Diagnostic::error(summary, detail).at(from.span));
        return;
    }
    if matches!(&from.resource, Some((key, _)) if key.mode == Mode::Data) {
        let detail = "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data \
                      source from state, remove the data source block from configuration.";
        out.push(Diagnostic::error("Data source address not allowed", detail).at(from.span));
        return;
    }
    module.removed.push(Removed { from, destroy, provisioners, header: block.header });
}
