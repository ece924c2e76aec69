//! `apply` and `destroy`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::super::inputs::{self, Inputs};
use super::super::runtime::{self, Farewell, ticking};
use super::super::work::{self, Kept, blocked};
use super::super::{Context, Exit, prompt, variables};
use super::plan::{destroys, finish, make, present};
use crate::config::{LoadOptions, load};
use crate::lang::{Diagnostic, Diagnostics};
use crate::plan::addr::Mode;
use crate::plan::model::PlanMode;
use crate::plan::run::Planning;
use crate::stack::Stack;
use crate::stack::saved::SavedPlan;
use crate::ui::json::stream;
use crate::ui::progress::{Progress, Silent, view};
use crate::ui::state_view::{self, StateOutput};
use crate::ui::style::{BOLD_GREEN, Paint};
use crate::ui::{diagnostics, plan_text};

/// Which of the two commands it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Apply,
    Destroy,
    Refresh,
}

pub(super) fn refresh(cx: &Context) -> Exit {
    run(cx, Verb::Refresh)
}

pub(super) fn apply(cx: &Context) -> Exit {
    run(cx, Verb::Apply)
}

pub(super) fn destroy(cx: &Context) -> Exit {
    run(cx, Verb::Destroy)
}

fn run(cx: &Context, verb: Verb) -> Exit {
    if cx.ui.json {
        stream::version(&cx.ui);
    }
    finish(cx, work(cx, verb))
}

fn work(cx: &Context, verb: Verb) -> Result<Exit, Diagnostics> {
    let file = cx.args.rest.first();
    work::timeline_can_be(cx)?;
    if file.is_none() && cx.args.value("plan-digest").is_some() {
        return Ok(cx.misused(
            "Plan file required",
            "-plan-digest says which saved plan may be carried out: it needs a plan file.",
        ));
    }
    if verb == Verb::Destroy && cx.args.switch("destroy") {
        return Ok(cx.misused(
            "Invalid mode option",
            "The -destroy option is not valid for \"ringfence destroy\", because this command always runs in destroy mode.",
        ));
    }
    let asks = verb != Verb::Refresh && file.is_none() && !cx.args.switch("auto-approve");
    if cx.ui.json && asks {
        return Err(Diagnostic::error(
            "Plan file or auto-approve required",
            "Terraform cannot ask for interactive approval when -json is set. You can either apply a saved plan \
             file, or enable the -auto-approve option.",
        )
        .into());
    }
    if let Some(file) = file {
        let saved = SavedPlan::read(Path::new(file))?;
        if let Some(digest) = cx.args.value("plan-digest") {
            saved.approved(digest)?;
        }
        if verb == Verb::Destroy {
            return Ok(cx.fail(
                "Destroy can't be called with a plan file",
                format!(
                    "If this plan was created using plan -destroy, apply it using:\n  ringfence apply {file:?}"
                ),
            ));
        }
        return Ok(runtime::run_until(cx, Farewell::Patience, work::deadline(cx)?, |cancel| async move {
            finish(cx, saved_plan(cx, saved, cancel).await)
        }));
    }
    if verb == Verb::Refresh {
        let mut inputs = inputs::read(cx, false)?;
        inputs.options.mode = PlanMode::RefreshOnly;
        inputs.options.replace.clear();
        return Ok(runtime::run(cx, Farewell::Patience, |cancel| async move {
            finish(cx, note(cx, inputs, cancel).await)
        }));
    }
    let inputs = inputs::read(cx, verb == Verb::Destroy)?;
    Ok(runtime::run_until(cx, Farewell::Patience, work::deadline(cx)?, |cancel| async move {
        finish(cx, fresh_plan(cx, verb, inputs, cancel).await)
    }))
}

/// Plans, shows, asks, carries out.
async fn fresh_plan(
    cx: &Context,
    verb: Verb,
    inputs: Inputs,
    cancel: CancellationToken,
) -> Result<Exit, Diagnostics> {
    let mut stack = work::open(cx, Some("OperationTypeApply")).await?;
    let planning = make(cx, &mut stack, &inputs, &cancel).await?;
    let plan = &planning.plan;
    if !plan.errored || !plan.changes.is_empty() || !plan.outputs.is_empty() {
        present(cx, plan);
    }
    let mut found = inputs.warnings.clone();
    // What checks say is said again when all is done; nobody is asked in between.
    let again = |d: &Diagnostic| d.context.as_deref().is_some_and(|c| c.starts_with("check "));
    let early = cx.args.switch("auto-approve") && !planning.diagnostics.has_errors();
    found.extend(planning.diagnostics.clone().into_iter().filter(|d| !(early && again(d))));
    found.extend(blocked(&planning.plan));
    if let Err(problems) = work::write_findings(cx, &planning.plan) {
        found.extend(problems);
    }
    diagnostics::show(&cx.ui, &found, cx.args.switch("compact-warnings"));
    if found.has_errors() {
        return Ok(Exit::Failure);
    }
    if planning.plan.has_changes() && !cx.args.switch("auto-approve") && !approved(cx, &inputs)? {
        let word = if destroys(&inputs) { "Destroy" } else { "Apply" };
        cx.ui.line(&format!("{word} cancelled."));
        return Ok(Exit::Failure);
    }
    carry_out(cx, verb, &mut stack, &inputs, planning, cancel).await
}

/// Notes what was changed outside, and the outputs: `refresh`.
async fn note(cx: &Context, inputs: Inputs, cancel: CancellationToken) -> Result<Exit, Diagnostics> {
    let mut stack = work::open(cx, Some("OperationTypeRefresh")).await?;
    let mut found = inputs.warnings.clone();
    if stack.ledger().instances.is_empty() {
        found.push(Diagnostic::warning(
            "Empty or non-existent state",
            "There are currently no remote objects tracked in the state, so there is nothing to refresh.",
        ));
    }
    let planning = make(cx, &mut stack, &inputs, &cancel).await?;
    let managed = planning.instances.values().map(|p| &p.change);
    let managed = managed.filter(|c| c.addr.resource.mode == Mode::Managed);
    work::tell_refreshed(&*view(&cx.ui), managed);
    found.extend(planning.diagnostics.clone());
    if found.has_errors() {
        diagnostics::show(&cx.ui, &found, false);
        return Ok(Exit::Failure);
    }
    let (config, variables, options) = (&inputs.config, &inputs.variables, &inputs.options);
    let parallelism = work::parallelism(cx)?;
    let applied = stack.apply(config, variables, options, &planning, &Silent, cancel, parallelism).await;
    found.extend(applied.diagnostics);
    diagnostics::show(&cx.ui, &found, cx.args.switch("compact-warnings"));
    if found.has_errors() {
        return Ok(Exit::Failure);
    }
    let outputs = state_view::recorded_outputs(applied.outputs);
    if cx.ui.json {
        stream::outputs(&cx.ui, &outputs);
    } else {
        show_outputs(cx, &outputs);
    }
    Ok(Exit::Success)
}

fn approved(cx: &Context, inputs: &Inputs) -> Result<bool, Diagnostics> {
    let (question, lines): (&str, &[&str]) = match inputs.options.mode {
        PlanMode::Normal => (
            "Do you want to perform these actions?",
            &[
                "Terraform will perform the actions described above.",
                "Only 'yes' will be accepted to approve.",
            ],
        ),
        PlanMode::Destroy => (
            "Do you really want to destroy all resources?",
            &[
                "Terraform will destroy all your managed infrastructure, as shown above.",
                "There is no undo. Only 'yes' will be accepted to confirm.",
            ],
        ),
        PlanMode::RefreshOnly => (
            "Would you like to update the Terraform state to reflect these detected changes?",
            &[
                "Terraform will write these changes to the state without modifying any real infrastructure.",
                "There is no undo. Only 'yes' will be accepted to confirm.",
            ],
        ),
    };
    prompt::approve(cx, question, lines)
        .map_err(|why| Diagnostic::error(format!("error asking for approval: {why}"), "").into())
}

/// Makes the plan of a file once more, and carries it out if it is still the same.
async fn saved_plan(cx: &Context, saved: SavedPlan, cancel: CancellationToken) -> Result<Exit, Diagnostics> {
    let mut stack = work::open(cx, Some("OperationTypeApply")).await?;
    saved.outdated(Path::new("."), stack.ledger(), stack.sealer())?;
    let sources = saved.sources(stack.sealer())?;
    let (config, found) = load(Path::new("."), &LoadOptions { files: &Kept(&sources) });
    if found.has_errors() {
        return Err(found);
    }
    let planned = saved.variables(stack.sealer())?;
    let (variables, refused) = variables::again(cx, &config, &planned, &saved.ephemeral);
    if refused.has_errors() {
        return Err(refused);
    }
    let mut options = saved.options(&work::working_dir());
    options.deny_exec = work::deny_exec(cx);
    let inputs = Inputs {
        options,
        config,
        given: variables.clone(),
        variables,
        warnings: Diagnostics::default(),
        refused: Diagnostics::default(),
    };
    let planning = stack.plan(&inputs.config, &inputs.variables, &inputs.options, &Silent, &cancel).await?;
    // What an interrupted run left was taken up while planning.
    saved.outdated(Path::new("."), stack.ledger(), stack.sealer())?;
    saved.judge(&planning)?;
    if planning.diagnostics.has_errors() {
        return Err(planning.diagnostics);
    }
    if let Some(problem) = blocked(&planning.plan) {
        return Err(problem.into());
    }
    if cx.ui.json {
        stream::saved(&cx.ui, &planning.plan);
    }
    carry_out(cx, Verb::Apply, &mut stack, &inputs, planning, cancel).await
}

async fn carry_out(
    cx: &Context,
    verb: Verb,
    stack: &mut Stack,
    inputs: &Inputs,
    planning: Planning,
    cancel: CancellationToken,
) -> Result<Exit, Diagnostics> {
    let parallelism = work::parallelism(cx)?;
    let progress: Arc<dyn Progress> = view(&cx.ui);
    let [_, add, change, destroy] = planning.plan.counts();
    progress.expect(add + change + destroy);
    let applied = ticking(
        &progress,
        stack.apply(
            &inputs.config,
            &inputs.variables,
            &inputs.options,
            &planning,
            &*progress,
            cancel,
            parallelism,
        ),
    )
    .await;
    drop(progress);
    let mut found = applied.diagnostics.clone();
    found.extend(work::write_timeline(cx, &applied.timeline));
    if !inputs.options.targets.is_empty() {
        found.push(Diagnostic::warning(
            "Applied changes may be incomplete",
            "The plan was created with the -target option in effect, so some changes requested in the configuration \
             may have been ignored and the output values may not be fully updated. Run the following command to verify \
             that no other changes are pending:\n    ringfence plan\n\nNote that the -target option is not suitable \
             for routine use, and is provided only for exceptional situations such as recovering from errors or \
             mistakes, or when Terraform specifically suggests to use it as part of an error message.",
        ));
    }
    diagnostics::show(&cx.ui, &found, cx.args.switch("compact-warnings"));
    if applied.diagnostics.has_errors() {
        return Ok(Exit::Failure);
    }
    if let Some(slowest) = applied.timeline.summary().filter(|_| !cx.ui.json) {
        cx.ui.line(&format!("\n{slowest}"));
    }
    end(cx, verb, applied.counts, &state_view::recorded_outputs(applied.outputs));
    Ok(Exit::Success)
}

/// What was done, and the outputs.
fn end(cx: &Context, verb: Verb, counts: [usize; 4], outputs: &BTreeMap<Arc<str>, StateOutput>) {
    let destroyed = verb == Verb::Destroy;
    if cx.ui.json {
        stream::applied(&cx.ui, counts, destroyed, outputs);
        return;
    }
    let line = plan_text::applied_line(counts, destroyed);
    let paint = Paint { colour: cx.ui.colour };
    cx.ui.line(&format!("\n{}", paint.on(BOLD_GREEN, &line)));
    if !destroyed {
        show_outputs(cx, outputs);
    }
}

fn show_outputs(cx: &Context, outputs: &BTreeMap<Arc<str>, StateOutput>) {
    if !outputs.is_empty() {
        let head = Paint { colour: cx.ui.colour }.on(BOLD_GREEN, "Outputs:");
        cx.ui.print(&format!("\n{head}\n\n{}", state_view::outputs(outputs)));
    }
}
