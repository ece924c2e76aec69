//! `import`

use std::path::Path;

use super::super::args::{Flag, Takes, flag};
use super::super::runtime::{self, Farewell};
use super::super::work::Beside;
use super::super::{Context, Exit, backend, variables, work};
use super::ledger::{LOCK, LOCK_TIMEOUT};
use super::plan::finish;
use crate::config::{Disk, LoadOptions, load};
use crate::lang::refs::Mode;
use crate::lang::{Diagnostic, Diagnostics};
use crate::plan::addr::{self, InstanceAddr};
use crate::stack;
use crate::ui::progress::Silent;
use crate::ui::style::{BOLD_GREEN, Paint};

pub(super) const FLAGS: &[Flag] = &[
    flag("input", Takes::Switch(true), "Do not ask for the values of variables."),
    LOCK,
    LOCK_TIMEOUT,
    flag("var", Takes::Many("NAME=VALUE"), "Set a variable of the root module."),
    flag("var-file", Takes::Many("FILE"), "Set variables from a file."),
];

/// The name under which the command line stands among the files.
const FILE: &str = "command line.tf";

pub(super) fn run(cx: &Context) -> Exit {
    finish(cx, import(cx))
}

fn import(cx: &Context) -> Result<Exit, Diagnostics> {
    let [text, id] = &cx.args.rest[..] else {
        return Ok(cx.usage("The import command expects two arguments."));
    };
    let addr = InstanceAddr::parse(text).map_err(|why| {
        // Of this slip people are told as of one in a configuration.
        if text.contains("..") || text.ends_with('.') {
            return Diagnostic::error("Attribute name required", "Dot must be followed by attribute name.");
        }
        Diagnostic::error(format!("Invalid address {text:?}"), work::sentence(&why))
    })?;
    let block =
        format!("import {{\n  to = {addr}\n  id = {}\n}}\n", crate::lang::codec::render(&id.as_str().into()));
    let disk = Disk::here();
    let resource = &addr.resource;
    let (plain, found) = load(Path::new("."), &LoadOptions { files: &disk });
    if found.has_errors() {
        return Err(found);
    }
    let module = plain.root.descendant(&resource.module.calls());
    let known = module.is_some_and(|m| m.resource(Mode::Managed, &resource.ty, &resource.name).is_some());
    if !known || resource.mode == addr::Mode::Data {
        cx.ui.error(&format!(
            "Error: resource address \"{addr}\" does not exist in the configuration.\n\nBefore importing this resource, \
             please create its configuration in {}. For example:\n\nresource \"{}\" \"{}\" {{\n  # (resource \
             arguments)\n}}\n",
            if resource.module.is_root() { "the root module".to_string() } else { resource.module.to_string() },
            resource.ty,
            resource.name
        ));
        return Ok(Exit::Failure);
    }
    let files = Beside { disk: &disk, name: FILE, text: &block };
    let (config, mut found) = load(Path::new("."), &LoadOptions { files: &files });
    found.extend(super::missing_providers(&config));
    found.extend(backend::usable(cx, &config));
    if found.has_errors() {
        return Err(found);
    }
    let (values, _) = variables::read(cx, &config, &mut found)?;
    let judged = stack::validate(&config, Path::new("."));
    if judged.has_errors() {
        return Err(judged);
    }
    Ok(runtime::run(cx, Farewell::Patience, |cancel| async move {
        let taken = async {
            let mut stack = work::open(cx, Some("OperationTypeInvalid")).await?;
            cx.ui.line(&format!("{addr}: Importing from ID {id:?}..."));
            stack.take(&config, &values, &addr, id, &Silent, &cancel).await?;
            let ty = &addr.resource.ty;
            cx.ui.line(&format!(
                "{addr}: Import prepared!\n  Prepared {ty} for import\n{addr}: Refreshing state... [id={id}]\n"
            ));
            let success = Paint { colour: cx.ui.colour }.on(BOLD_GREEN, "Import successful!");
            cx.ui.line(&format!(
                "{success}\n\nThe resources that were imported are shown above. These resources are now in\nyour Terraform \
                 state and will henceforth be managed by Terraform.\n"
            ));
            Ok(Exit::Success)
        };
        finish(cx, taken.await)
    }))
}
