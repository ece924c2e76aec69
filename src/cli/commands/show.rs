//! `show`, `output`, `state list`, `state show`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;

use super::super::inputs::{self, Inputs};
use super::super::runtime::{self, Farewell};
use super::super::{Context, Exit, addresses, work};
use super::plan::finish;
use crate::catalog;
use crate::config::ResourceKey;
use crate::lang::codec;
use crate::lang::refs::Mode;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::plan::addr::{InstanceAddr, Partial};
use crate::plan::model::{OutputChange, Plan};
use crate::plan::relevant::relevant;
use crate::plan::run::Planning;
use crate::stack::saved::SavedPlan;
use crate::stack::{Recorded, Stack};
use crate::ui::progress::Silent;
use crate::ui::state_view::{self, StateObject, StateOutput, StateView, recorded_outputs};
use crate::ui::{diagnostics, json};

/// What there was when a plan was made.
pub(super) fn prior(stack: &Stack, planning: &Planning) -> StateView {
    let known = |addr: &InstanceAddr| stack.ledger().instances.get(&addr.to_string());
    let left = planning.deposed.iter().filter_map(|(.., planned)| planned.as_ref());
    let objects = planning.instances.values().chain(left).filter_map(|planned| {
        let change = &planned.change;
        let record = known(&change.addr);
        // What was read from a data source is there, and so is what an import has found.
        let value = change.before.clone().or_else(|| change.told())?;
        Some(StateObject {
            addr: change.addr.clone(),
            provider: change.provider.clone(),
            schema: change.schema.clone(),
            value,
            tainted: change.deposed.is_none() && record.is_some_and(|r| r.tainted),
            deposed: change.deposed.clone(),
            depends_on: stack.ledger().ancestors(&change.addr.to_string()),
        })
    });
    // Terraform records outputs that are known already before it writes this part; so they are here.
    let value = |change: &OutputChange| {
        let known = |v: &&Value| v.is_wholly_known() && !v.is_null();
        change.after.as_ref().filter(known).or(change.before.as_ref().filter(known)).cloned()
    };
    let outputs = planning.plan.outputs.iter().filter_map(|(name, change)| {
        Some((name.clone(), StateOutput { value: value(change)?, sensitive: change.sensitive }))
    });
    // What no target asks for is as it was recorded.
    let mut all = match planning.plan.targeted {
        true => recorded_outputs(stack.outputs()),
        false => BTreeMap::new(),
    };
    all.extend(outputs);
    StateView { objects: objects.collect(), outputs: all, checks: Vec::new() }
}

/// The document of a plan.
pub(super) fn plan_json(plan: &Plan, inputs: &Inputs, prior: &StateView) -> Json {
    // What no file may keep is in no document; defaults are in the configuration anyway.
    let declared = &inputs.config.root.variables;
    let ephemeral = |name: &Arc<str>| declared.get(name).is_some_and(|v| v.ephemeral);
    let kept = inputs.given.iter().filter(|(n, v)| !ephemeral(n) && !v.deep_marks().is_ephemeral());
    let defaults = declared.values().filter(|v| v.ephemeral);
    let defaults = defaults.filter_map(|v| Some((v.name.clone(), v.default.clone()?)));
    let variables = kept.map(|(n, v)| (n.clone(), v.clone())).chain(defaults).collect();
    json::plan::document(&json::plan::PlanView {
        plan,
        config: &inputs.config,
        schemas: &schema,
        variables: &variables,
        prior,
        relevant: &relevant(&inputs.config, plan),
    })
}

/// The schema of a type, for those parts of documents that need its shape alone.
fn schema(key: &ResourceKey) -> Option<Arc<ResourceSchema>> {
    const NEWEST: u32 = 4;
    match key.mode {
        Mode::Data => catalog::data_source(&key.kind).map(|d| d.schema(NEWEST)),
        _ => catalog::resource(&key.kind).map(|found| found.schema(NEWEST)),
    }
}

pub(super) fn show(cx: &Context) -> Exit {
    if let Some(file) = cx.args.rest.first() {
        return finish(cx, show_plan(cx, file));
    }
    with_state(cx, |cx, state| {
        if cx.args.switch("json") {
            cx.ui.line(&json::line(&json::state::document(state)));
        } else {
            cx.ui.print(&state_view::show(state, cx.ui.colour));
        }
        Exit::Success
    })
}

fn show_plan(cx: &Context, file: &str) -> Result<Exit, Diagnostics> {
    let saved = SavedPlan::read(Path::new(file)).map_err(|found| {
        let why = found.0.first().map(|d| d.detail.clone()).unwrap_or_default();
        Diagnostics::from(Diagnostic::error("Failed to read the given file as a plan file", why))
    })?;
    let sealer = crate::stack::plan_sealer(Path::new("."), &|name| cx.env(name));
    if cx.args.switch("json") {
        let mut document = saved.document(&sealer);
        if let Some(all) = document.as_object_mut() {
            all.insert("plan_digest".into(), saved.digest().into());
        }
        cx.ui.line(&json::line(&document));
    } else {
        cx.ui.print(&saved.text(&sealer));
        cx.ui.line(&format!("\nPlan digest: {}", saved.digest()));
    }
    Ok(Exit::Success)
}

/// Reads everything that the ledger knows, live.
fn with_state(cx: &Context, then: impl FnOnce(&Context, &StateView) -> Exit) -> Exit {
    let read = || -> Result<Exit, Diagnostics> {
        // What is there is there, whatever variables lack a value today.
        let inputs = inputs::read(cx, true).or_else(|wrong| inputs::to_look(cx).map_err(|_| wrong))?;
        Ok(runtime::run(cx, Farewell::Patience, |cancel| async move {
            let view = async {
                let mut stack = work::open(cx, None).await?;
                let view = stack.view(&inputs.config, &inputs.variables, &Silent, &cancel).await?;
                let objects = view.instances.into_iter().map(|i| StateObject {
                    addr: i.addr,
                    provider: i.provider,
                    schema: i.schema,
                    value: i.object,
                    tainted: i.tainted,
                    deposed: i.deposed,
                    depends_on: i.depends_on,
                });
                Ok(StateView {
                    objects: objects.collect(),
                    outputs: recorded_outputs(view.outputs),
                    checks: view.checks,
                })
            };
            match view.await {
                Ok(state) => then(cx, &state),
                Err(found) => finish(cx, Err(found)),
            }
        }))
    };
    finish(cx, read())
}

pub(super) fn state_list(cx: &Context) -> Exit {
    let mut wanted = Vec::new();
    for text in &cx.args.rest {
        match Partial::parse(text) {
            Ok(target) => wanted.push((text, target)),
            Err(why) => return finish(cx, Err(addresses::invalid(text, &why).into())),
        }
    }
    with_ledger(cx, |recorded| {
        let all = recorded.instances();
        if let Some((text, target)) = wanted.iter().find(|(_, t)| !all.iter().any(|a| t.covers(a))) {
            return unknown(cx, text, target);
        }
        let asked = cx.args.value("id").filter(|id| !id.is_empty());
        let has = |addr: &InstanceAddr| asked.is_none_or(|id| recorded.id(addr).as_deref() == Some(id));
        let covered = |addr: &InstanceAddr| wanted.is_empty() || wanted.iter().any(|(_, t)| t.covers(addr));
        for addr in all.iter().filter(|a| covered(a) && has(a)) {
            cx.ui.line(&addr.to_string());
        }
        Exit::Success
    })
}

/// Says that an address names nothing that the ledger has.
fn unknown(cx: &Context, text: &str, target: &Partial) -> Exit {
    let (summary, detail) = match target {
        Partial::Module(_) => (
            "Unknown module",
            format!(
                "The current state contains no module at {text}. If you've just added this module to the configuration, \
                 you must run \"ringfence apply\" first to create the module's entry in the state."
            ),
        ),
        Partial::Resource(_, None) => (
            "Unknown resource",
            format!(
                "The current state contains no resource {text}. If you've just added this resource to the configuration, \
                 you must run \"ringfence apply\" first to create the resource's entry in the state."
            ),
        ),
        Partial::Resource(_, Some(_)) => (
            "Unknown resource instance",
            format!(
                "The current state contains no resource instance {text}. If you've just added its resource to the \
                 configuration or have changed the count or for_each arguments, you must run \"ringfence apply\" first \
                 to update the resource's entry in the state."
            ),
        ),
    };
    cx.fail(summary, detail)
}

fn with_ledger(cx: &Context, then: impl FnOnce(&Recorded) -> Exit) -> Exit {
    finish(cx, work::recorded(cx).map(|recorded| then(&recorded)))
}

const ONE_INSTANCE: &str = "This command requires that the address references one specific instance.\nTo view the available \
                            instances, use \"ringfence state list\". Please modify \nthe address to reference a specific \
                            instance.";

pub(super) fn state_show(cx: &Context) -> Exit {
    let Some(text) = cx.args.rest.first() else {
        return cx.usage("Exactly one argument expected.");
    };
    let Ok(addr) = InstanceAddr::parse(text) else {
        cx.ui.error(&format!("Error parsing instance address: {text}\n\n{ONE_INSTANCE}\n"));
        return Exit::Failure;
    };
    with_state(cx, |cx, state| match state.objects.iter().find(|o| o.addr == addr && o.deposed.is_none()) {
        Some(object) => {
            cx.ui.print(&state_view::object(object, cx.ui.colour));
            Exit::Success
        }
        None => {
            cx.ui.error(&format!("No instance found for the given address!\n\n{ONE_INSTANCE}\n"));
            Exit::Failure
        }
    })
}

pub(super) fn output(cx: &Context) -> Exit {
    if cx.args.switch("json") && cx.args.switch("raw") {
        let detail = "The -raw and -json options are mutually-exclusive.";
        return cx.misused("Invalid output format", detail);
    }
    if cx.args.rest.len() > 1 {
        return cx.misused(
            "Unexpected argument",
            "The output command expects exactly one argument with the name of an output variable or no arguments to show \
             all outputs.",
        );
    }
    with_ledger(cx, |recorded| {
        let all = recorded_outputs(recorded.outputs());
        let name = cx.args.rest.first().map(String::as_str);
        let (as_json, raw) = (cx.args.switch("json"), cx.args.switch("raw"));
        let Some(name) = name else {
            if raw {
                return cx.fail(
                    "Output name required",
                    "You must give the name of a single output value when using the -raw option.",
                );
            }
            return all_outputs(cx, all, as_json);
        };
        let Some(output) = all.get(name) else {
            return cx.fail(
                format!("Output {name:?} not found"),
                "The output variable requested could not be found in the state file. If you recently added this to \
                 your configuration, be sure to run `terraform apply`, since the state won't be updated with new \
                 output variables until that command is run.",
            );
        };
        let clear = output.value.unmarked_deep();
        if as_json {
            cx.ui.line(&json::line(&clear.to_json().unwrap_or_default()));
        } else if raw {
            match state_view::raw(&clear) {
                Some(text) => cx.ui.print(&text),
                None => {
                    return cx.fail(
                        "Unsupported value for raw output",
                        format!(
                            "The -raw option only supports strings, numbers, and boolean values, but output value \
                             {name:?} is {}.\n\nUse the -json option for machine-readable representations of output \
                             values that have complex types.",
                            clear.ty().friendly_name()
                        ),
                    );
                }
            }
        } else {
            cx.ui.line(&codec::render(&clear));
        }
        Exit::Success
    })
}

fn all_outputs(cx: &Context, all: BTreeMap<Arc<str>, StateOutput>, as_json: bool) -> Exit {
    let state = StateView { outputs: all, ..StateView::default() };
    if as_json {
        cx.ui.line(&json::pretty(&json::state::outputs(&state)));
    } else if state.outputs.is_empty() {
        let warning = Diagnostic::warning(
            "No outputs found",
            "The state file either has no outputs defined, or all the defined outputs are empty. Please define an \
             output in your configuration with the `output` keyword and run `terraform refresh` for it to become \
             available. If you are using interpolation, please verify the interpolated value is not empty. You can \
             use the `terraform console` command to assist.",
        );
        diagnostics::show(&cx.ui, &warning.into(), false);
    } else {
        cx.ui.print(&state_view::outputs(&state.outputs));
    }
    Exit::Success
}
