//! `plan`

use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

use super::super::inputs::{self, Inputs};
use super::super::runtime::{self, Farewell, ticking};
use super::super::work::{self, blocked};
use super::super::{Context, Exit};
use super::generate;
use super::show::{plan_json, prior};
use crate::config::Variable;
use crate::lang::{Diagnostics, Value};
use crate::plan::model::{Plan, PlanMode};
use crate::plan::run::Planning;
use crate::stack::Stack;
use crate::stack::saved::{SavedPlan, Saving};
use crate::ui::json::{stream, withhold};
use crate::ui::progress::{Progress, view};
use crate::ui::{diagnostics, plan_text};

pub(super) fn run(cx: &Context) -> Exit {
    if cx.ui.json {
        stream::version(&cx.ui);
    }
    finish(cx, work(cx))
}

/// Shows what stopped a command, if something did.
pub(super) fn finish(cx: &Context, result: Result<Exit, Diagnostics>) -> Exit {
    result.unwrap_or_else(|found| {
        diagnostics::show(&cx.ui, &found, false);
        Exit::Failure
    })
}

fn work(cx: &Context) -> Result<Exit, Diagnostics> {
    generate::judge(cx)?;
    let inputs = inputs::read_leniently(cx, false)?;
    Ok(runtime::run(
        cx,
        Farewell::Patience,
        |cancel| async move { finish(cx, plan(cx, inputs, cancel).await) },
    ))
}

async fn plan(cx: &Context, mut inputs: Inputs, cancel: CancellationToken) -> Result<Exit, Diagnostics> {
    let mut stack = work::open(cx, Some("OperationTypePlan")).await?;
    let written = match inputs.refused.has_errors() {
        true => None,
        false => generate::write(cx, &mut stack, &mut inputs, &cancel).await?,
    };
    let file = written.as_ref().map(|w| w.path.clone());
    let planning = match (written, inputs.refused.has_errors()) {
        (Some(written), _) => tell(cx, &inputs, Ok(written.planning))?,
        (None, true) => refused(cx, &inputs),
        (None, false) => make(cx, &mut stack, &inputs, &cancel).await?,
    };
    present(cx, &planning.plan);
    let mut found = inputs.warnings.clone();
    found.extend(planning.diagnostics.clone());
    found.extend(blocked(&planning.plan));
    if let Err(problems) = work::write_findings(cx, &planning.plan) {
        found.extend(problems);
    }
    let saved = cx.args.value("out");
    let digest = match saved.map(|path| save(&stack, &inputs, &planning, path)) {
        None => None,
        Some(Ok(digest)) => Some(digest),
        Some(Err(problems)) => {
            found.extend(problems);
            None
        }
    };
    diagnostics::show(&cx.ui, &found, cx.args.switch("compact-warnings"));
    let plan = &planning.plan;
    if found.has_errors() {
        return Ok(Exit::Failure);
    }
    let hints = cx.env("TF_IN_AUTOMATION").is_none();
    if !cx.ui.json && plan.has_changes() && hints {
        cx.ui.print(&plan_text::epilogue(saved, file.as_deref(), cx.ui.layout()));
    }
    if let Some(digest) = digest {
        let text = format!("Plan digest: {digest}");
        if cx.ui.json { stream::log(&cx.ui, &text) } else { cx.ui.line(&format!("\n{text}")) }
    }
    Ok(match cx.args.switch("detailed-exitcode") && plan.has_changes() {
        true => Exit::Changes,
        false => Exit::Success,
    })
}

/// Plans, and tells what was read. When planning cannot even begin, it says so.
pub(super) async fn make(
    cx: &Context,
    stack: &mut Stack,
    inputs: &Inputs,
    cancel: &CancellationToken,
) -> Result<Planning, Diagnostics> {
    let progress: Arc<dyn Progress> = view(&cx.ui);
    let planned = {
        let work = stack.plan(&inputs.config, &inputs.variables, &inputs.options, &*progress, cancel);
        ticking(&progress, work).await
    };
    tell(cx, inputs, planned)
}

/// Tells what was read, or that planning failed.
fn tell(
    cx: &Context,
    inputs: &Inputs,
    planned: Result<Planning, Diagnostics>,
) -> Result<Planning, Diagnostics> {
    let progress: Arc<dyn Progress> = view(&cx.ui);
    if let Ok(planning) = &planned {
        work::tell_reads(&*progress, &planning.plan, !inputs.options.no_refresh);
    }
    let nothing = match &planned {
        Ok(planning) => planning.plan.errored && planning.plan.changes.is_empty(),
        Err(_) => true,
    };
    if nothing {
        failed(cx);
    }
    planned
}

/// The plan of values that are not of their variables' types: none, but its document shows them.
fn refused(cx: &Context, inputs: &Inputs) -> Planning {
    failed(cx);
    let timestamp = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    let plan = Plan { mode: inputs.options.mode, errored: true, timestamp, ..Plan::default() };
    Planning { plan, diagnostics: inputs.refused.clone(), ..Planning::default() }
}

fn failed(cx: &Context) {
    if !cx.ui.json {
        cx.ui.print("\nPlanning failed. Terraform encountered an error while generating this plan.\n\n");
    }
}

/// Prints the plan.
pub(super) fn present(cx: &Context, plan: &Plan) {
    if cx.ui.json {
        stream::plan(&cx.ui, plan);
    } else if !(plan.errored && plan.changes.is_empty()) {
        cx.ui.print(&plan_text::plan(plan, cx.ui.layout()));
    }
}

/// A line of a secret that is shorter says nothing.
const LINE: usize = 8;

fn save(stack: &Stack, inputs: &Inputs, planning: &Planning, path: &str) -> Result<String, Diagnostics> {
    let plan = &planning.plan;
    let layout = plan_text::Layout { colour: false, width: crate::ui::output::WIDTH };
    let sources = inputs.config.sources.iter().map(|s| (s.path.clone(), s.text.clone())).collect();
    let mut json = plan_json(plan, inputs, &prior(stack, planning));
    let secret = |v: &Value| v.deep_marks().is_sensitive();
    let names = inputs.variables.iter().filter(|(_, v)| secret(v)).map(|(n, _)| n.to_string()).collect();
    // One that has its default needs no value again.
    let given = |v: &&Variable| inputs.given.get(&v.name).map(Value::unmarked_deep);
    let own = |v: &&Variable| v.ephemeral && given(v).is_some() && given(v) != v.default;
    let ephemeral = inputs.config.root.variables.values().filter(own).map(|v| v.name.to_string()).collect();
    // Two texts are a fraction of two trees.
    let clear = json.to_string();
    let mut secrets = withhold(&mut json, &names, planning.secrets());
    // A text of many lines is shown line by line.
    let lines = secrets.iter().filter(|s| s.contains('\n')).flat_map(|s| s.lines()).map(str::trim);
    secrets.extend(lines.filter(|l| l.len() >= LINE).map(str::to_string).collect::<Vec<_>>());
    let open = json.to_string();
    let saving = Saving {
        ledger: stack.ledger(),
        options: &inputs.options,
        sources,
        secrets,
        variables: &inputs.variables,
        ephemeral,
        sealer: stack.sealer(),
        text: plan_text::plan(plan, layout),
        clear: (clear != open).then_some(clear),
        json,
    };
    SavedPlan::new(planning, saving).write(Path::new(path))
}

/// Is it a plan to remove everything?
pub(super) fn destroys(inputs: &Inputs) -> bool {
    inputs.options.mode == PlanMode::Destroy
}
