//! What a run is made of: options, configuration, variables.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Context, work};
use crate::config::Config;
use crate::lang::{Diagnostics, Value};
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
    /// What is to be said once the plan is there.
    pub warnings: Diagnostics,
}

/// Reads everything that the flags and the working directory say.
pub(super) fn read(cx: &Context, destroy: bool) -> Result<Inputs, Diagnostics> {
    let options = work::plan_options(cx, destroy)?;
    work::parallelism(cx)?;
    let mut warnings = Diagnostics::default();
    let config = work::configuration(&mut warnings, options.mode)?;
    let variables = super::variables::read(cx, &config, &mut warnings)?;
    let judged = stack::validate(&config, Path::new("."));
    if judged.has_errors() {
        return Err(judged);
    }
    Ok(Inputs { options, config, variables, warnings })
}
