//! What is about the ledger and nothing else: `state mv`, `state rm`, `state pull`, `state push`, `taint`, `untaint`, `force-unlock`,
//! `ledger rotate-key`

use std::path::Path;

use super::super::args::{Flag, Takes, flag};
use super::super::{Context, Exit, addresses, backend, prompt, runtime, work};
use super::plan::finish;
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::{Ledger, Patience};
use crate::plan::addr::{InstanceAddr, Partial};
use crate::stack::book::{self, Book};
use crate::ui::diagnostics;
use crate::ui::style::{BOLD_GREEN, GREEN, Paint};

pub(super) const DRY_RUN: &[Flag] =
    &[flag("dry-run", Takes::Switch(false), "Only say what would be done."), LOCK, LOCK_TIMEOUT];

pub(super) const TAINT: &[Flag] = &[
    flag("allow-missing", Takes::Switch(false), "It is no error if there is no such instance."),
    LOCK,
    LOCK_TIMEOUT,
];

pub(super) const UNLOCK: &[Flag] =
    &[flag("force", Takes::Switch(false), "Don't ask for input for unlock confirmation.")];

pub(super) const ROTATE: &[Flag] = &[LOCK, LOCK_TIMEOUT];

/// The variable with the key that is to seal from now on.
const NEW_KEY: &str = "RINGFENCE_NEW_ENCRYPTION_KEY";

pub(super) const PUSH: &[Flag] = &[
    flag(
        "force",
        Takes::Switch(false),
        "Write it even if it is of another stack, or older than the one that is there.",
    ),
    LOCK,
    LOCK_TIMEOUT,
];

/// `-lock`
pub(super) const LOCK: Flag = flag(
    "lock",
    Takes::Switch(true),
    "Do not hold the ledger's lock. Dangerous if others work at the same time.",
);
/// `-lock-timeout`
pub(super) const LOCK_TIMEOUT: Flag =
    flag("lock-timeout", Takes::One("TIME"), "Wait so long for another holder of the lock: 60s.");

async fn open(cx: &Context) -> Result<Book, Diagnostics> {
    backend::guard(cx)?;
    let patience = Patience { most: work::patience(cx)?, waiting: &|| work::say_waiting(cx) };
    let lock = cx.args.switch("lock").then_some(patience);
    Book::open(Path::new("."), &work::choice(cx)?, &|name| cx.env(name), lock).await
}

/// Runs a command's work.
fn run(cx: &Context, work: impl Future<Output = Result<Exit, Diagnostics>>) -> Exit {
    runtime::settle(cx, async { finish(cx, work.await) })
}

fn invalid(text: &str, why: &str) -> Diagnostics {
    addresses::invalid(text, why).into()
}

pub(super) fn state_mv(cx: &Context) -> Exit {
    run(cx, mv(cx))
}

async fn mv(cx: &Context) -> Result<Exit, Diagnostics> {
    let [source, target] = &cx.args.rest[..] else {
        return Ok(cx.usage("Exactly two arguments expected."));
    };
    let parse = |text: &String| Partial::parse(text).map_err(|why| invalid(text, &why));
    let (from, to) = (parse(source)?, parse(target)?);
    let mut book = open(cx).await?;
    let moves = match book.moves(&from, &to, (source, target)) {
        Ok(moves) => moves,
        Err(refusal) => return Ok(cx.fail(refusal.summary, refusal.detail)),
    };
    if cx.args.switch("dry-run") {
        cx.ui.line(&format!("Would move {source:?} to {target:?}"));
        return Ok(Exit::Success);
    }
    book.carry(&moves);
    book.write().await?;
    cx.ui.line(&format!("Move {source:?} to {target:?}\nSuccessfully moved 1 object(s)."));
    Ok(Exit::Success)
}

pub(super) fn state_rm(cx: &Context) -> Exit {
    run(cx, rm(cx))
}

async fn rm(cx: &Context) -> Result<Exit, Diagnostics> {
    if cx.args.rest.is_empty() {
        return Ok(cx.usage("At least one address is required."));
    }
    let mut wanted = Vec::new();
    for text in &cx.args.rest {
        wanted.push(Partial::parse(text).map_err(|why| invalid(text, &why))?);
    }
    let mut book = open(cx).await?;
    let found: Vec<InstanceAddr> =
        book.instances().into_iter().filter(|a| wanted.iter().any(|w| w.covers(a))).collect();
    let dry = cx.args.switch("dry-run");
    if dry && found.is_empty() {
        cx.ui.line("Would have removed nothing.");
        return Ok(Exit::Success);
    }
    if found.is_empty() {
        return Ok(cx.fail(
            "Invalid target address",
            "No matching objects found. To view the available instances, use \"ringfence state list\". Please modify the \
             address to reference a specific instance.",
        ));
    }
    for addr in &found {
        cx.ui.line(&format!("{} {addr}", if dry { "Would remove" } else { "Removed" }));
        book.forget(addr);
    }
    if !dry {
        book.write().await?;
        cx.ui.line(&format!("Successfully removed {} resource instance(s).", found.len()));
    }
    Ok(Exit::Success)
}

pub(super) fn pull(cx: &Context) -> Exit {
    finish(
        cx,
        work::recorded(cx).map(|recorded| {
            if !recorded.ledger().is_empty() || recorded.ledger().serial > 0 {
                cx.ui.print(&recorded.ledger().text());
            }
            Exit::Success
        }),
    )
}

pub(super) fn push(cx: &Context) -> Exit {
    run(cx, replace(cx))
}

async fn replace(cx: &Context) -> Result<Exit, Diagnostics> {
    let refused = |text: String| {
        cx.ui.error(&format!("{text}\n"));
        Ok(Exit::Failure)
    };
    let [path] = &cx.args.rest[..] else {
        return refused(
            "Exactly one argument expected.\n\nUsage: ringfence state push [options] PATH".into(),
        );
    };
    let bytes = match path.as_str() {
        "-" => prompt::all(),
        path => std::fs::read(path),
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(why) => return refused(format!("{path:?} could not be read: {why}.")),
    };
    let new = match Ledger::parse(&bytes) {
        Ok(new) => new,
        Err(why) => return refused(format!("Error reading source state {path:?}: it is no ledger: {why}.")),
    };
    match open(cx).await?.replace(new, cx.args.switch("force")).await? {
        Ok(()) => Ok(Exit::Success),
        Err(why) => refused(format!("Failed to write state: {why}")),
    }
}

pub(super) fn taint(cx: &Context) -> Exit {
    run(cx, mark(cx, true))
}

pub(super) fn untaint(cx: &Context) -> Exit {
    run(cx, mark(cx, false))
}

async fn mark(cx: &Context, tainted: bool) -> Result<Exit, Diagnostics> {
    let name = cx.args.command.path.join(" ");
    let [text] = &cx.args.rest[..] else {
        return Ok(cx.fail(
            format!("The {name} command expects exactly one argument"),
            format!("Usage: ringfence {name} [options] ADDRESS"),
        ));
    };
    let addr = InstanceAddr::parse(text).map_err(|why| invalid(text, &why))?;
    if !book::can_be_tainted(&addr) {
        cx.ui.error(&format!("Resource instance {addr} cannot be tainted\n"));
        return Ok(Exit::Failure);
    }
    let mut book = open(cx).await?;
    let Some(record) = book.record(&addr) else {
        let summary = "No such resource instance";
        if cx.args.switch("allow-missing") {
            let detail = format!(
                "Resource instance {addr} was not found, but this is not an error because -allow-missing was set."
            );
            diagnostics::show(&cx.ui, &Diagnostic::warning(summary, detail).into(), false);
            return Ok(Exit::Success);
        }
        return Ok(cx.fail(
            summary,
            format!(
                "There is no resource instance in the state with the address {addr}. If the resource configuration has \
                 just been added, you must run \"ringfence apply\" once to create the corresponding instance(s) before \
                 they can be tainted."
            ),
        ));
    };
    if !tainted && !record.tainted {
        return Ok(cx.fail(
            "Resource instance is not tainted",
            format!("Resource instance {addr} is not currently tainted, and so it cannot be untainted."),
        ));
    }
    record.tainted = tainted;
    book.write().await?;
    let done = if tainted { "marked as tainted" } else { "successfully untainted" };
    cx.ui.line(&format!("Resource instance {addr} has been {done}."));
    Ok(Exit::Success)
}

pub(super) fn force_unlock(cx: &Context) -> Exit {
    run(cx, unlock(cx))
}

/// The lock of a local ledger belongs to a process and goes with it; that of a shared one can be taken away.
async fn unlock(cx: &Context) -> Result<Exit, Diagnostics> {
    let [id] = &cx.args.rest[..] else {
        return Ok(cx.usage("Expected a single argument: LOCK_ID"));
    };
    backend::guard(cx)?;
    let store = book::store(Path::new("."), &work::choice(cx)?, &|name| cx.env(name)).await?;
    let holder = match book::holder(&*store).await? {
        None => return Ok(cx.fail("Failed to unlock state: the ledger is not locked", "")),
        Some(holder) => holder,
    };
    if holder.id != *id {
        return Ok(cx.fail(
            "Failed to unlock state: this is not the ID of the lock",
            format!("The lock {} is held by {} since {}.", holder.id, holder.who, holder.created),
        ));
    }
    if !store.is_shared() {
        return Ok(cx.fail(
            "Local state cannot be unlocked by another process",
            format!(
                "The lock is held by a process of {} that runs since {}. It goes with that process: wait for it, or end \
                 it; what it leaves is taken up by the next run.",
                holder.who, holder.created
            ),
        ));
    }
    if !cx.args.switch("force") {
        let lines = [
            "Terraform will remove the lock on the remote state.",
            "This will allow local Terraform commands to modify this state, even though it",
            "may still be in use. Only 'yes' will be accepted to confirm.",
        ];
        match prompt::approve(cx, "Do you really want to force-unlock?", &lines) {
            Ok(true) => {}
            Ok(false) => {
                cx.ui.line("force-unlock cancelled.");
                return Ok(Exit::Failure);
            }
            Err(why) => {
                cx.ui.error(&format!("Error asking for confirmation: {why}\n"));
                return Ok(Exit::Failure);
            }
        }
    }
    if let Err(why) = store.unlock(id).await {
        return Ok(cx.fail(format!("Failed to unlock state: {why}"), ""));
    }
    let paint = Paint { colour: cx.ui.colour };
    cx.ui.line(&format!(
        "{}\n\n{}",
        paint.on(BOLD_GREEN, "Terraform state has been successfully unlocked!"),
        paint.on(
            GREEN,
            "The state has been unlocked, and Terraform commands should now be able to\nobtain a new lock on the remote state."
        )
    ));
    Ok(Exit::Success)
}

pub(super) fn rotate_key(cx: &Context) -> Exit {
    run(cx, rotate(cx))
}

async fn rotate(cx: &Context) -> Result<Exit, Diagnostics> {
    if !cx.args.rest.is_empty() {
        return Ok(cx.usage("This command expects no arguments."));
    }
    let Some(new) = cx.env(NEW_KEY) else {
        return Ok(cx.fail(
            "No new key",
            format!(
                "Set {NEW_KEY} to the key that the secrets of the ledger are to be sealed with from now on, and \
                 {} to the one that they are sealed with; without that one the key file of this machine is it. A new key: \
                 openssl rand -base64 32",
                crate::stack::KEY
            ),
        ));
    };
    let book = open(cx).await?;
    let place = book.reseal(Path::new("."), &|name| cx.env(name), new).await?;
    cx.ui.line(&format!(
        "The secrets of {place} are sealed with the new key.\nFrom now on every run needs it as {}. Plans that were saved before \
         cannot be applied any more.",
        crate::stack::KEY
    ));
    Ok(Exit::Success)
}
