//! `expect_failures`: which conditions are to fail, and whether they did.

use std::sync::Arc;

use crate::config::Config;
use crate::config::testfile::Run;
use crate::lang::refs::{Mode as RefMode, Object, resolve};
use crate::lang::syntax::{Reference, StepKind};
use crate::lang::{Diagnostic, Diagnostics, Severity};
use crate::plan::addr::{InstanceAddr, Key, Mode};

/// Something with conditions.
#[derive(Debug, Clone, PartialEq)]
enum Checkable {
    Variable(Arc<str>),
    Output(Arc<str>),
    Check(Arc<str>),
    Resource(Mode, Arc<str>, Arc<str>, Option<Key>),
}

/// What is to fail.
pub struct Expected<'r> {
    all: Vec<(Checkable, &'r Reference)>,
}

/// Reads what a run expects.
pub fn expected(run: &Run) -> Result<Expected<'_>, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut all = Vec::new();
    for reference in &run.expect_failures {
        match resolve(reference) {
            Err(wrong) => found.push(wrong),
            Ok((object, steps)) => match checkable(object, reference, steps) {
                Some(one) => all.push((one, reference)),
                None => {
                    let detail = format!(
                        "You cannot expect failures from {reference}. You can only expect failures from checkable objects \
                         such as input variables, output values, check blocks, managed resources and data sources."
                    );
                    found.push(
                        Diagnostic::error("Invalid `expect_failures` reference", detail)
                            .at(reference.span.clone())
                            .within(format!("run \"{}\"", run.name)),
                    );
                }
            },
        }
    }
    if found.has_errors() { Err(found) } else { Ok(Expected { all }) }
}

fn checkable(object: Object, reference: &Reference, steps: usize) -> Option<Checkable> {
    Some(match object {
        Object::Variable(name) => Checkable::Variable(name),
        Object::Resource(RefMode::Managed, kind, name) if &*kind == "output" => Checkable::Output(name),
        Object::Resource(RefMode::Managed, kind, name) if &*kind == "check" => Checkable::Check(name),
        Object::Resource(mode, kind, name) => {
            let key = reference.steps.get(steps).and_then(|step| match &step.kind {
                StepKind::Index(key) => match (key.as_str(), key.as_number()) {
                    (Some(name), _) => Some(Key::Name(name.into())),
                    (None, n) => {
                        n.and_then(|n| n.as_i64()).and_then(|i| u64::try_from(i).ok()).map(Key::Index)
                    }
                },
                StepKind::Attribute(_) => None,
            });
            let mode = if mode == RefMode::Data { Mode::Data } else { Mode::Managed };
            Checkable::Resource(mode, kind, name, key)
        }
        _ => return None,
    })
}

impl Expected<'_> {
    /// What is left to say: without what was expected, and with what was expected in vain. A check that fails is an error
    /// here.
    pub fn judge(&self, config: &Config, said: Diagnostics) -> Diagnostics {
        let mut met = vec![false; self.all.len()];
        let mut left = Diagnostics::default();
        for mut one in said {
            let failed = failed(config, &one);
            match failed.as_ref().and_then(|f| self.all.iter().position(|(e, _)| fits(e, f))) {
                Some(at) => met[at] = true,
                None => {
                    if matches!(failed, Some(Checkable::Check(_))) {
                        one.severity = Severity::Error;
                    }
                    left.push(one);
                }
            }
        }
        for ((_, reference), _) in self.all.iter().zip(met).filter(|(_, met)| !met) {
            let detail =
                format!("The checkable object, {reference}, was expected to report an error but did not.");
            left.push(Diagnostic::error("Missing expected failure", detail).at(reference.span.clone()));
        }
        left
    }

    /// The same where a run was to be applied and planning failed: that it was expected does not help.
    pub fn while_planning(&self, config: &Config, said: Diagnostics) -> Diagnostics {
        let mut left = Diagnostics::default();
        for one in said {
            let found = failed(config, &one);
            if let Some((_, reference)) = found.and_then(|f| self.all.iter().find(|(e, _)| fits(e, &f)))
                && one.severity == Severity::Error
            {
                let detail = format!(
                    "A custom condition within {reference} failed during the planning stage and prevented the requested apply \
                     operation. While this was an expected failure, the apply operation could not be executed and so the \
                     overall test case will be marked as a failure and the original diagnostic included in the test report."
                );
                left.push(Diagnostic::warning("Expected failure while planning", detail));
            }
            left.push(one);
        }
        left
    }
}

fn fits(expected: &Checkable, failed: &Checkable) -> bool {
    match (expected, failed) {
        (Checkable::Resource(mode, kind, name, key), Checkable::Resource(m, k, n, found)) => {
            // Where it is not said which instance it was, it may be any.
            (mode, kind, name) == (m, k, n) && (key.is_none() || found.is_none() || key == found)
        }
        _ => expected == failed,
    }
}

/// The object of the root module whose condition a diagnostic is about.
fn failed(config: &Config, one: &Diagnostic) -> Option<Checkable> {
    let root = &config.root;
    let at = one.subject.as_ref();
    match one.summary.as_str() {
        "Invalid value for variable" => {
            let variable = root.variables.values().find(|v| Some(&v.header) == at)?;
            Some(Checkable::Variable(variable.name.clone()))
        }
        "Module output value precondition failed" => {
            let mut all = root.outputs.values();
            let output = all.find(|o| o.preconditions.iter().any(|r| Some(&r.condition.span) == at))?;
            Some(Checkable::Output(output.name.clone()))
        }
        "Check block assertion failed" => {
            let mut all = root.checks.values();
            let check = all.find(|c| c.asserts.iter().any(|r| Some(&r.condition.span) == at))?;
            Some(Checkable::Check(check.name.clone()))
        }
        "Resource precondition failed" | "Resource postcondition failed" => {
            let mut all = root.resources.values();
            let resource = all.find(|r| {
                let mut rules = r.lifecycle.preconditions.iter().chain(&r.lifecycle.postconditions);
                rules.any(|rule| Some(&rule.condition.span) == at)
            })?;
            let key = one.address.as_ref().and_then(|a| InstanceAddr::parse(a).ok()).and_then(|a| a.key);
            let mode = if resource.key.mode == RefMode::Data { Mode::Data } else { Mode::Managed };
            Some(Checkable::Resource(mode, resource.key.kind.clone(), resource.key.name.clone(), key))
        }
        _ => None,
    }
}
