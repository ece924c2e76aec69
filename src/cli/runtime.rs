//! The asynchronous runtime, for commands that touch the network: interrupts, and the seconds that progress is told of.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Context, Exit};
use crate::ui::output::Ui;
use crate::ui::{json, progress::Progress};

/// What the first interrupt says.
const FIRST: &str = "\nInterrupt received.\nPlease wait for Terraform to exit or data loss may occur.\nGracefully \
                     shutting down...\n";

/// What the second one says.
const SECOND: &str = "Two interrupts received. Exiting immediately. Note that data loss may have occurred.";

/// What an interrupt says, beside cancelling the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    /// What runs is being waited for.
    Patience,
    /// Nothing: to be interrupted is how the command ends.
    Silence,
}

/// Runs a command's work to its end. The first SIGINT or SIGTERM cancels the token; the second ends the process.
pub(super) fn run<F: Future<Output = Exit>>(
    cx: &Context,
    farewell: Farewell,
    work: impl FnOnce(CancellationToken) -> F,
) -> Exit {
    run_until(cx, farewell, None, work)
}

/// The same; a deadline that passes is a first interrupt, and what did not end well for it ends [`Exit::Late`].
pub(super) fn run_until<F: Future<Output = Exit>>(
    cx: &Context,
    farewell: Farewell,
    deadline: Option<Duration>,
    work: impl FnOnce(CancellationToken) -> F,
) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            return cx.fail("No runtime", format!("The system gave no threads to work with: {problem}."));
        }
    };
    let exit = runtime.block_on(async {
        let cancel = CancellationToken::new();
        let watcher = tokio::spawn(watch(cx.ui.clone(), farewell, cancel.clone()));
        let passing = deadline.map(|time| tokio::spawn(pass(cx.ui.clone(), time, cancel.clone())));
        let exit = work(cancel).await;
        watcher.abort();
        let late = passing.is_some_and(|passing| passing.is_finished());
        if late && exit == Exit::Failure { Exit::Late } else { exit }
    });
    // What still reads or waits must not keep the process.
    runtime.shutdown_background();
    exit
}

/// Runs the work of a command that keeps nothing half done: an interrupt ends it where it waits.
pub(super) fn settle(cx: &Context, work: impl Future<Output = Exit>) -> Exit {
    run(cx, Farewell::Silence, |cancel| async move {
        tokio::select! {
            exit = work => exit,
            () = cancel.cancelled() => Exit::Failure,
        }
    })
}

/// Waits for one answer where no runtime is.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(answer)
}

/// Runs work while the view is told every second that time passes.
pub(super) async fn ticking<T>(progress: &Arc<dyn Progress>, work: impl Future<Output = T>) -> T {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = seconds.tick() => progress.tick(),
        }
    }
}

/// Lets a deadline pass. (What waits for it beyond the end of the work goes with the runtime.)
async fn pass(ui: Arc<Ui>, time: Duration, cancel: CancellationToken) {
    tokio::time::sleep(time).await;
    say(&ui, &format!("\nThe deadline of {time:?} has passed.\nGracefully shutting down...\n"));
    say(&ui, "Stopping operation...");
    cancel.cancel();
}

async fn watch(ui: Arc<Ui>, farewell: Farewell, cancel: CancellationToken) {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    while signal().await {
        if SEEN.fetch_add(1, Ordering::SeqCst) == 0 {
            if farewell == Farewell::Patience {
                say(&ui, FIRST);
                say(&ui, "Stopping operation...");
            }
            cancel.cancel();
        } else {
            say(&ui, SECOND);
            std::process::exit(1);
        }
    }
}

fn say(ui: &Ui, text: &str) {
    if ui.json {
        json::stream::log(ui, text.trim_matches('\n'));
    } else {
        ui.line(text);
    }
}

/// Waits for a signal to stop; false: signals cannot be watched.
#[cfg(unix)]
async fn signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return false;
    };
    tokio::select! {
        seen = interrupt.recv() => seen.is_some(),
        seen = terminate.recv() => seen.is_some(),
    }
}

/// Waits for a signal to stop; false: signals cannot be watched.
#[cfg(not(unix))]
async fn signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
