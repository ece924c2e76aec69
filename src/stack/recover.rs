//! What an interrupted run left behind is taken up before anything else: its records, and what it left running.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::Stack;
use crate::apply;
use crate::catalog::AllFunctions;
use crate::config::Config;
use crate::lang::functions::Builtins;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::plan::live::LiveCache;
use crate::plan::options::PlanOptions;
use crate::plan::places::placed;
use crate::plan::run;
use crate::ui::progress::Progress;

/// Takes up what an interrupted run left. Afterwards the ledger is whole, and nothing of that run goes on. Answered are
/// warnings about operations of it that failed.
pub(super) async fn run(
    stack: &mut Stack,
    config: &Config,
    variables: &BTreeMap<Arc<str>, Value>,
    options: &PlanOptions,
    progress: &dyn Progress,
    cancel: &CancellationToken,
) -> Result<Diagnostics, Diagnostics> {
    let error = |summary: &str, why: String| Diagnostics::from(Diagnostic::error(summary, why));
    let recovered = match apply::left(&*stack.store).await {
        Ok(None) => return Ok(Diagnostics::default()),
        Ok(Some(recovered)) => recovered,
        Err(why) => return Err(error("The journal of the last run cannot be used", format!("{why}."))),
    };
    let mut recovered = recovered;
    // A first run that died left no ledger that says which key seals.
    recovered.ledger.sealed_by = recovered.ledger.sealed_by.or_else(|| stack.ledger.sealed_by.take());
    stack.ledger = recovered.ledger.clone();
    let mut warnings = Diagnostics::default();
    if !recovered.complete {
        progress.message("The last run was interrupted: what it had done is taken up.");
    }
    if !recovered.unfinished.is_empty() {
        // A plan connects the providers that the configuration and the ledger name.
        let now = SystemTime::now();
        let functions = AllFunctions(Builtins::planning(&stack.root, Some(now)));
        let inputs = stack.inputs(config, variables, options, &functions, now);
        run::plan(&inputs, &mut LiveCache::default(), &stack.session).await?;
        let left = apply::take_up(&recovered, &stack.session, progress, cancel).await;
        warnings = placed(config, left);
        if cancel.is_cancelled() {
            return Err(super::halted());
        }
    }
    apply::close(&*stack.store, &stack.ledger).await?;
    Ok(warnings)
}
