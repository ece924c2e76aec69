//! What an interrupted run left: its journal is read into the ledger, its operations are waited for.
//!
//! In this order, under the ledger's lock, before anything is planned: [`left`] reads; the providers are connected;
//! [`take_up`] waits; [`close`] writes the ledger and removes the journal. What does not get that far is found again by
//! the next run.

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::Connections;
use super::hand::{UNHEARD, by_itself, is_running};
use super::journal::{self, JournalError, Recovered, Unfinished, Verb};
use crate::arm::id::ArmId;
use crate::arm::{ArmError, ErrorKind, Operation};
use crate::lang::{Diagnostic, Diagnostics};
use crate::ledger::{Ledger, Store};
use crate::plan::addr::InstanceAddr;
use crate::plan::live::ProviderKey;
use crate::ui::progress::{Doing, Event, Phase, Progress};

/// What an earlier run left, if it did not come to its end: over the ledger as it is in the store.
///
/// Errors: journal or ledger cannot be read, the journal is damaged, or belongs to another stack.
pub async fn left(store: &dyn Store) -> Result<Option<Recovered>, JournalError> {
    match journal::read(store).await? {
        Some(contents) => {
            let ledger = store.read().await.map_err(JournalError::Ledger)?;
            journal::recover(&contents, ledger).map(Some)
        }
        None => Ok(None),
    }
}

/// Waits for what the earlier run left running. Answered are warnings: operations that failed (the plan shows what they
/// left), and what could not be looked at.
pub async fn take_up(
    recovered: &Recovered,
    connections: &dyn Connections,
    progress: &dyn Progress,
    cancel: &CancellationToken,
) -> Diagnostics {
    let waits = recovered.unfinished.iter().map(|one| wait(one, connections, progress, cancel));
    Diagnostics(join_all(waits).await.into_iter().flatten().collect())
}

/// Writes the recovered ledger and removes the journal.
pub async fn close(store: &dyn Store, ledger: &Ledger) -> Result<(), Diagnostics> {
    let failed =
        |why: String| Diagnostics::from(Diagnostic::error("The interrupted run cannot be taken up", why));
    store.write(ledger).await.map_err(|e| failed(e.to_string()))?;
    store.clear_journal().await.map_err(|e| failed(e.to_string()))
}

async fn wait(
    one: &Unfinished,
    connections: &dyn Connections,
    progress: &dyn Progress,
    cancel: &CancellationToken,
) -> Option<Diagnostic> {
    let id = ArmId::parse(&one.document.id).ok()?;
    let client = connections.connection(&ProviderKey::parse(&one.provider))?.with_cancel(cancel.clone());
    let found = match &one.operation {
        Some(operation) => Ok(Some(operation.clone())),
        None => client.get(&id, &one.document.api_version, &[]).await.map(|live| {
            let running = live.is_some_and(|live| is_running(&live.body));
            running.then(|| by_itself(&client, &id, &one.document, one.verb))
        }),
    };
    let operation: Operation = match found {
        Ok(Some(operation)) => operation,
        Ok(None) => return None,
        Err(error) => return Some(not_seen(one, &error)),
    };
    let addr = InstanceAddr::parse(&one.addr).ok()?;
    let doing = match one.verb {
        Verb::Delete => Doing::Delete,
        Verb::Put | Verb::Patch | Verb::Post => Doing::Update,
    };
    progress.message(&format!("{addr}: waiting for what an interrupted run began [id={id}]"));
    // Of a request whose answer was not heard only the document tells, which may not end by itself: the plan then
    // writes it again.
    let token = cancel.child_token();
    let client = client.with_cancel(token.clone());
    let heard = one.operation.is_some();
    let mut hear = |polled: &crate::arm::Progress| {
        if !heard && polled.elapsed > UNHEARD {
            token.cancel();
        }
        let event = Event::new(&addr, doing, Phase::Waiting).with_id(id.as_str());
        progress.event(event.with_note(polled.status.as_str()).of_deposed(one.deposed.as_deref()));
    };
    match client.take_up(&operation, &mut hear).await {
        Ok(_) => None,
        Err(error) if error.kind == ErrorKind::Cancelled && !cancel.is_cancelled() => None,
        Err(error) if error.kind == ErrorKind::OperationFailed => Some(
            Diagnostic::warning(
                "An operation of the interrupted run failed",
                format!("{}\n\nThe plan shows what it left and what is done about it.", error.explained()),
            )
            .with_address(one.addr.clone()),
        ),
        Err(error) => Some(not_seen(one, &error)),
    }
}

fn not_seen(one: &Unfinished, error: &ArmError) -> Diagnostic {
    let detail = format!("It is not known whether it has ended: {}", error.explained());
    Diagnostic::warning("An operation of the interrupted run cannot be looked at", detail)
        .with_address(one.addr.clone())
}
