//! `workspace list|show|new|select|delete`

use std::path::Path;

use super::super::args::{Flag, Takes, flag};
use super::super::{Context, Exit, backend, runtime, work};
use super::ledger::{LOCK, LOCK_TIMEOUT};
use super::plan::finish;
use crate::lang::Diagnostics;
use crate::ledger::LedgerFile;
use crate::stack::workspace::{Refused, Workspaces};
use crate::ui::style::{BOLD_GREEN, GREEN, Paint, YELLOW};

pub(super) const NEW: &[Flag] =
    &[flag("state", Takes::One("FILE"), "A ledger that the workspace begins with."), LOCK, LOCK_TIMEOUT];

pub(super) const SELECT: &[Flag] =
    &[flag("or-create", Takes::Switch(false), "Make the workspace if it is not there.")];

pub(super) const DELETE: &[Flag] = &[
    flag("force", Takes::Switch(false), "Remove it even if it owns something, which is then forgotten."),
    LOCK,
    LOCK_TIMEOUT,
];

const OVERRIDDEN_LIST: &str =
    "\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n";

const OVERRIDDEN_SELECT: &str = "The selected workspace is currently overridden using the TF_WORKSPACE\nenvironment \
    variable.\n\nTo select a new workspace, either update this environment variable or unset\nit and then run this command \
    again.\n";

const OVERRIDDEN_NEW: &str = "The workspace is currently overridden using the TF_WORKSPACE environment\nvariable. You cannot \
    create a new workspace when using this setting.\n\nTo create a new workspace, either unset this environment variable or \
    update it\nto match the workspace name you are trying to create, and then run this command\nagain.\n";

fn with(cx: &Context, run: impl FnOnce(&Workspaces<'_>) -> Result<Exit, Diagnostics>) -> Exit {
    if let Err(found) = backend::guard(cx) {
        return finish(cx, Err(found));
    }
    let env = |name: &str| cx.env(name);
    finish(cx, run(&Workspaces::of(Path::new("."), &env)))
}

/// Waits for the answer.
fn settled<T>(work: impl Future<Output = T>) -> Result<T, Diagnostics> {
    runtime::wait(work).map_err(work::no_runtime)
}

/// The one argument; where there is none, how the command is called.
fn named(cx: &Context) -> Option<&str> {
    let name = cx.args.rest.first().map(String::as_str);
    if name.is_none() {
        cx.usage("Expected a single argument: NAME.\n");
    }
    name
}

pub(super) fn list(cx: &Context) -> Exit {
    with(cx, |all| {
        let current = all.current()?;
        for name in settled(all.all())?? {
            let mark = if *name == *current { "*" } else { " " };
            cx.ui.line(&format!("{mark} {name}"));
        }
        cx.ui.line("");
        if all.overridden() {
            cx.ui.line(OVERRIDDEN_LIST);
        }
        Ok(Exit::Success)
    })
}

pub(super) fn show(cx: &Context) -> Exit {
    with(cx, |all| {
        cx.ui.line(&all.current()?);
        Ok(Exit::Success)
    })
}

pub(super) fn new(cx: &Context) -> Exit {
    let Some(name) = named(cx) else { return Exit::Failure };
    with(cx, |all| make(cx, all, name))
}

fn make(cx: &Context, all: &Workspaces<'_>, name: &str) -> Result<Exit, Diagnostics> {
    let content = match cx.args.value("state") {
        None => None,
        Some(path) => match LedgerFile::new(path).read() {
            Ok(Some(ledger)) => Some(ledger),
            Ok(None) => return Ok(cx.fail("There is no such ledger", format!("{path} does not exist."))),
            Err(why) => return Ok(cx.fail("The ledger cannot be read", format!("{why}."))),
        },
    };
    match runtime::wait(all.make(name, &work::choice(cx)?, content.as_ref())).map_err(work::no_runtime)? {
        Ok(()) => {
            let paint = Paint { colour: cx.ui.colour };
            let made = format!("Created and switched to workspace {name:?}!");
            cx.ui.line(&format!(
                "{}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"terraform plan\" \
                 Terraform will not see any existing state\nfor this configuration.",
                paint.on(BOLD_GREEN, &made),
            ));
            Ok(Exit::Success)
        }
        Err(Refused::Overridden) => said(cx, OVERRIDDEN_NEW),
        Err(refused) => refuse(cx, name, refused),
    }
}

pub(super) fn select(cx: &Context) -> Exit {
    let Some(name) = named(cx) else { return Exit::Failure };
    with(cx, |all| match settled(all.select(name))? {
        Ok(changed) => {
            if changed {
                let paint = Paint { colour: cx.ui.colour };
                cx.ui.line(&paint.on(GREEN, &format!("Switched to workspace {name:?}.")));
            }
            Ok(Exit::Success)
        }
        Err(Refused::Missing) if cx.args.switch("or-create") => make(cx, all, name),
        Err(refused) => refuse(cx, name, refused),
    })
}

pub(super) fn delete(cx: &Context) -> Exit {
    let Some(name) = named(cx) else { return Exit::Failure };
    with(cx, |all| match settled(all.delete(name, cx.args.switch("force")))? {
        Ok(owned) => {
            let paint = Paint { colour: cx.ui.colour };
            cx.ui.line(&paint.on(GREEN, &format!("Deleted workspace {name:?}!")));
            if owned {
                cx.ui.line(&paint.on(
                    YELLOW,
                    &format!(
                        "WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still \
                         exist,\nbut are no longer manageable by Terraform since the state has\nbeen deleted.\n"
                    ),
                ));
            }
            Ok(Exit::Success)
        }
        Err(refused) => refuse(cx, name, refused),
    })
}

fn said(cx: &Context, text: &str) -> Result<Exit, Diagnostics> {
    cx.ui.error(&format!("\n{text}\n"));
    Ok(Exit::Failure)
}

/// Says why not, in Terraform's words.
fn refuse(cx: &Context, name: &str, refused: Refused) -> Result<Exit, Diagnostics> {
    match refused {
        Refused::Name => said(
            cx,
            &format!(
                "The workspace name {name:?} is not allowed. The name must contain only URL safe\ncharacters, and no path \
                 separators.\n"
            ),
        ),
        Refused::Exists => {
            cx.ui.error(&format!("Workspace {name:?} already exists\n"));
            Ok(Exit::Failure)
        }
        Refused::Missing => said(
            cx,
            &format!(
                "Workspace {name:?} doesn't exist.\n\nYou can create this workspace with the \"new\" subcommand\nor include \
                 the \"-or-create\" flag with the \"select\" subcommand."
            ),
        ),
        Refused::Overridden => said(cx, OVERRIDDEN_SELECT),
        Refused::Active => {
            cx.ui.error(&format!(
                "Workspace {name:?} is your active workspace.\n\nYou cannot delete the currently active workspace. Please \
                 switch\nto another workspace and try again.\n"
            ));
            Ok(Exit::Failure)
        }
        Refused::Default => {
            cx.ui.error("cannot delete default state\n");
            Ok(Exit::Failure)
        }
        Refused::NotEmpty(owned) => {
            let list: String = owned.iter().map(|a| format!("\n  - {a}")).collect();
            Ok(cx.fail(
                "Workspace is not empty",
                format!(
                    "Workspace {name:?} is currently tracking the following resource instances:{list}\n\nDeleting this \
                     workspace would cause Terraform to lose track of any associated remote objects, which would then \
                     require you to delete them manually outside of Terraform. You should destroy these objects with \
                     Terraform before deleting the workspace.\n\nIf you want to delete this workspace anyway, and have \
                     Terraform forget about these managed objects, use the -force option to disable this safety check."
                ),
            ))
        }
        Refused::Other(found) => Err(found),
    }
}
