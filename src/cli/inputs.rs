//! What a run is made of: options, configuration, variables.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Context, work};
use crate::config::Config;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::plan::model::PlanMode;
use crate::plan::options::PlanOptions;
use crate::stack;

/// What a run is made of.
pub(super) struct Inputs {
    /// The options of the planner.
    pub options: PlanOptions,
    /// The configuration.
    pub config: Config,
    /// The root module's variables.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// The same as they were given, before they were converted: plan documents show these.
    pub given: BTreeMap<Arc<str>, Value>,
    /// What is to be said once the plan is there.
    pub warnings: Diagnostics,
    /// Values that are not of their variables' types: nothing can be planned, but the plan's document says so.
    pub refused: Diagnostics,
}

/// Reads everything that the flags and the working directory say, and stops at what is wrong with it.
pub(super) fn read(cx: &Context, destroy: bool) -> Result<Inputs, Diagnostics> {
    let inputs = read_leniently(cx, destroy)?;
    if inputs.refused.has_errors() { Err(inputs.refused) } else { Ok(inputs) }
}

/// What is needed to look at what is there: a variable without a value is unknown, and nothing is judged.
pub(super) fn to_look(cx: &Context) -> Result<Inputs, Diagnostics> {
    let mut warnings = Diagnostics::default();
    let config = work::configuration(&mut warnings, PlanMode::Destroy)?;
    let variables = super::variables::known(cx, &config)?;
    Ok(Inputs {
        options: PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() },
        config,
        given: variables.clone(),
        variables,
        warnings,
        refused: Diagnostics::default(),
    })
}

/// The same, with values that are refused.
pub(super) fn read_leniently(cx: &Context, destroy: bool) -> Result<Inputs, Diagnostics> {
    let options = work::plan_options(cx, destroy)?;
    work::parallelism(cx)?;
    let mut warnings = Diagnostics::default();
    let config = work::files(&mut warnings, options.mode)?;
    let backend = super::backend::usable(cx, &config);
    if backend.has_errors() {
        return Err(backend);
    }
    warnings.extend(backend);
    if !options.targets.is_empty() {
        warnings.push(Diagnostic::warning(
            "Resource targeting is in effect",
            "You are creating a plan with the -target option, which means that the result of this plan may not \
             represent all of the changes requested by the current configuration.\n\nThe -target option is not for \
             routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, \
             or when Terraform specifically suggests to use it as part of an error message.",
        ));
    }
    let read = super::variables::read_leniently(cx, &config, &mut warnings)?;
    let judged = stack::validate(&config, Path::new("."));
    if judged.has_errors() {
        return Err(judged);
    }
    let super::variables::Read { values: variables, given, refused } = read;
    Ok(Inputs { options, config, variables, given, warnings, refused })
}
