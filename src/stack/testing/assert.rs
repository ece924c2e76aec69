//! `assert`: conditions over what a run planned or made.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::evaluate::Bench;
use super::Status;
use super::scope::{Runs, Tested};
use crate::config::AssertRule;
use crate::config::testfile::Run;
use crate::lang::eval::{About, evaluate, values_of};
use crate::lang::{Diagnostic, Diagnostics, Type, Value, convert};

const UNKNOWN: &str = "Condition expression could not be evaluated at this time. This means you have executed a `run` block with \
    `command = plan` and one of the values your condition depended on is not known until after the plan has been applied. Either \
    remove this value from your condition, or execute an `apply` command from this `run` block. Alternatively, if there is an \
    override for this value, you can make it available during the plan phase by setting `override_during = plan` in the \
    `override_` block.";

/// What assertions see beside the module.
pub struct Inside<'i> {
    /// The run.
    pub run: &'i Run,
    /// The outputs that it planned or made.
    pub outputs: &'i BTreeMap<Arc<str>, Value>,
    /// The runs so far, with this one.
    pub runs: Runs<'i>,
}

/// Judges all assertions of a run.
pub fn judge(bench: &Bench<'_, '_>, inside: &Inside<'_>) -> (Status, Diagnostics) {
    let mut status = Status::Pass;
    let mut found = Diagnostics::default();
    for rule in &inside.run.asserts {
        let (worse, more) = one(bench, inside, rule);
        status = status.max(worse);
        let context = format!("run \"{}\"", inside.run.name);
        found.extend(more.into_iter().map(|d| d.within(context.clone())));
    }
    (status, found)
}

fn one(bench: &Bench<'_, '_>, inside: &Inside<'_>, rule: &AssertRule) -> (Status, Diagnostics) {
    let module = bench.scope();
    let scope = Tested { module: &module, outputs: inside.outputs, runs: inside.runs };
    let functions = bench.functions();
    let (message, mut found) = evaluate(&rule.error_message, &scope, functions);
    let (value, more) = evaluate(&rule.condition, &scope, functions);
    found.extend(more);
    found.extend(bench.said());
    if found.has_errors() {
        return (Status::Error, found);
    }
    let about = |summary: &str, detail: String| {
        let mut one = Diagnostic::error(summary, detail).at(rule.condition.span.clone());
        one.values = values_of(&rule.condition, About::default(), &scope, functions, &[]);
        one
    };
    if value.is_unknown() {
        found.push(about("Unknown condition value", UNKNOWN.into()));
        return (Status::Error, found);
    }
    if value.is_null() {
        let detail = "Condition expression must return either true or false, not null.";
        found.push(about("Invalid condition run", detail.into()));
        return (Status::Error, found);
    }
    let holds = match convert(&value, &Type::Bool) {
        Ok(value) => value.as_bool(),
        Err(why) => {
            found.push(about("Invalid condition run", format!("Invalid condition result value: {why}.")));
            return (Status::Error, found);
        }
    };
    if holds == Some(true) {
        return (Status::Pass, found);
    }
    let text = match (message.deep_marks().is_sensitive(), convert(&message, &Type::String)) {
        (true, _) => "The error message included a sensitive value, so it will not be displayed.".to_string(),
        (false, Ok(text)) => text.as_str().unwrap_or("Unable to evaluate the error message.").to_string(),
        (false, Err(_)) => "Unable to evaluate the error message.".to_string(),
    };
    found.push(about("Test assertion failed", text));
    (Status::Fail, found)
}
