//! Conditions: variable validation, preconditions, postconditions, checks, what must not be destroyed.

use super::addr::{InstanceAddr, Key};
use super::checks::{Checked, Status};
use super::instance::Site;
use super::scope::ModuleScope;
use super::walk::{Resources, Walk};
use crate::config::{AssertRule, Check, Output, Resource, Variable};
use crate::lang::diag::Span;
use crate::lang::{Diagnostic, Severity, Type, Value};

/// What a condition belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Validation,
    Precondition,
    Postcondition,
    Output,
    Assertion,
}

impl Rule {
    /// The summary of a condition that does not hold.
    fn failed(self) -> &'static str {
        match self {
            Rule::Validation => "Invalid value for variable",
            Rule::Precondition => "Resource precondition failed",
            Rule::Postcondition => "Resource postcondition failed",
            Rule::Output => "Module output value precondition failed",
            Rule::Assertion => "Check block assertion failed",
        }
    }
}

/// What is said of a condition whose message is not for showing.
const WITHHELD: &str =
    "This check failed, but has an invalid error message as described in the other accompanying messages.";

/// Evaluates a condition. The message is that of one that does not hold, unless there is none to show.
fn judge<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    rule: &AssertRule,
    context: &str,
    kind: Rule,
) -> (Status, Option<String>) {
    let errors = walk.errors();
    let value = walk.eval(&rule.condition, scope, context);
    if walk.errors() > errors {
        // Of a variable whose rule cannot be evaluated Terraform says that nothing is known.
        return (if kind == Rule::Validation { Status::Unknown } else { Status::Error }, None);
    }
    if value.deep_marks().is_broken() {
        return (Status::Unknown, None);
    }
    if value.is_unknown() {
        if kind == Rule::Assertion {
            let detail = "The condition could not be evaluated at this time, a result will be known when this plan is applied.";
            let mut one = Diagnostic::warning("Check block assertion known after apply", detail)
                .at(rule.condition.span.clone())
                .within(context);
            one.values = walk.values_of(&rule.condition, scope);
            // Each instance of a module says it for itself.
            walk.diagnostics.borrow_mut().push(one);
        }
        return (Status::Unknown, None);
    }
    let (summary, what) = match kind {
        Rule::Validation => ("Invalid variable validation result", "validation condition"),
        _ => ("Invalid condition result", "condition"),
    };
    let wrong = |detail: String| {
        let mut one = Diagnostic::error(summary, detail).at(rule.condition.span.clone()).within(context);
        one.values = walk.values_of(&rule.condition, scope);
        walk.report([one]);
        (Status::Error, None)
    };
    if value.is_null() {
        let subject = if kind == Rule::Validation { "Validation condition" } else { "Condition" };
        return wrong(format!("{subject} expression must return either true or false, not null."));
    }
    match crate::lang::convert::convert(&value, &Type::Bool) {
        Err(why) => wrong(format!("Invalid {what} result value: {why}.")),
        Ok(value) if value.as_bool() == Some(true) => (Status::Pass, None),
        // Validation asks of conditions no more than that they can be evaluated; the rules of variables are about values.
        Ok(_) if kind != Rule::Validation && matches!(walk.resources, Resources::Unknown) => {
            (Status::Unknown, None)
        }
        Ok(_) => (Status::Fail, message(walk, scope, rule, context, kind)),
    }
}

/// The message of a condition that does not hold; none where it cannot be shown, which is then said.
fn message<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    rule: &AssertRule,
    context: &str,
    kind: Rule,
) -> Option<String> {
    let errors = walk.errors();
    let message = walk.eval(&rule.error_message, scope, context);
    if walk.errors() > errors {
        return None;
    }
    let say = |one: Diagnostic| -> Option<String> {
        walk.report([one.at(rule.error_message.span.clone()).within(context)]);
        None
    };
    let invalid = |why: &str| {
        let detail = format!("Unsuitable value for error message: {why}.");
        Diagnostic::error("Invalid error message", detail)
    };
    let marks = message.deep_marks();
    let text = match crate::lang::convert::convert(&message, &Type::String) {
        Ok(text) => text,
        Err(why) => return say(invalid(&why.to_string())),
    };
    if text.is_unknown() {
        return say(invalid("expression refers to values that won't be known until the apply phase"));
    }
    if text.is_null() {
        return say(invalid("must not be null"));
    }
    if marks.is_sensitive() {
        return say(Diagnostic::warning(
            "Error message refers to sensitive values",
            "The error expression used to explain this condition refers to sensitive values, so Terraform will not \
             display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by \
             carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
        ));
    }
    if marks.is_ephemeral() && kind == Rule::Validation {
        say(Diagnostic::error(
            "Error message refers to ephemeral values",
            "The error expression used to explain this condition refers to ephemeral values. Terraform will not display \
             the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by carefully \
             using the ephemeralasnull() function if the expression will not reveal the ephemeral data.",
        ));
        return Some("The error message included a sensitive value, so it will not be displayed.".into());
    }
    if marks.is_ephemeral() {
        return say(Diagnostic::warning(
            "Error message refers to ephemeral values",
            "The error expression used to explain this condition refers to ephemeral values, so Terraform will not \
             display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by \
             using the ephemeralasnull() function on the references to not reveal ephemeral data.",
        ));
    }
    text.as_str().map(|text| text.trim().to_string())
}

/// What is reported of a condition that does not hold.
fn failure<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    rule: &AssertRule,
    kind: Rule,
    message: Option<&str>,
) -> Diagnostic {
    let mut one =
        Diagnostic::error(kind.failed(), message.unwrap_or(WITHHELD)).at(rule.condition.span.clone());
    one.values = walk.values_of(&rule.condition, scope);
    one
}

/// One validation rule of a variable; `at` is where its value was given, none for the root module's.
pub fn judge_variable<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    variable: &Variable,
    rule: &AssertRule,
    value: &Value,
    at: Option<Span>,
) {
    let what = Checked::Variable(variable.name.to_string());
    let context = format!("variable \"{}\"", variable.name);
    let (status, message) = judge(walk, scope, rule, &context, Rule::Validation);
    walk.checks.borrow_mut().note(what, &scope.path, None, status, message.clone());
    if status != Status::Fail {
        return;
    }
    let root = at.is_none();
    let message = message.unwrap_or_else(|| WITHHELD.into());
    let mut one = Diagnostic::error(
        Rule::Validation.failed(),
        format!("{message}\n\nThis was checked by the validation rule at {}.", rule.header.describe()),
    )
    .at(at.unwrap_or_else(|| variable.header.clone()));
    if !root {
        let (name, _) = scope.path.0.last().cloned().unwrap_or_default();
        one = one.within(format!("module \"{name}\""));
    }
    let about = crate::lang::eval::About::default();
    if let (false, Some(text)) = (variable.sensitive, crate::lang::eval::statement(value, about)) {
        one.values.push((format!("var.{}", variable.name), text));
    }
    walk.report([one]);
}

/// The preconditions of an output.
pub fn judge_output<'a>(walk: &Walk<'a>, scope: &ModuleScope<'_, 'a>, output: &Output, context: &str) {
    for rule in &output.preconditions {
        let (status, message) = judge(walk, scope, rule, context, Rule::Output);
        if status == Status::Fail {
            walk.report([failure(walk, scope, rule, Rule::Output, message.as_deref()).within(context)]);
        }
        let what = Checked::Output(output.name.to_string());
        walk.checks.borrow_mut().note(what, &scope.path, None, status, message);
    }
}

/// The assertions of a `check` block. One that does not hold is a warning.
pub fn judge_check<'a>(walk: &Walk<'a>, scope: &ModuleScope<'_, 'a>, check: &Check) {
    let what = || Checked::Check(check.name.to_string());
    let context = format!("check \"{}\"", check.name);
    if let Some(resource) = check.data.as_ref().and_then(|key| scope.module.resources.get(key)) {
        walk.block(scope, resource);
    }
    if walk.checks.borrow().status(what(), &scope.path) >= Some(Status::Fail) {
        // What it is about could not be read: there is nothing to assert.
        return;
    }
    for rule in &check.asserts {
        let (status, message) = judge(walk, scope, rule, &context, Rule::Assertion);
        if status == Status::Fail {
            let mut one =
                failure(walk, scope, rule, Rule::Assertion, message.as_deref()).within(context.clone());
            one.severity = Severity::Warning;
            walk.diagnostics.borrow_mut().push(one);
        }
        walk.checks.borrow_mut().note(what(), &scope.path, None, status, message);
    }
}

/// Notes that the data source of a check could not be read: that fails the check.
pub fn misread(site: &Site<'_, '_, '_>, message: String) {
    let Some(check) = &site.resource.check else { return };
    let what = Checked::Check(check.to_string());
    let mut checks = site.walk.checks.borrow_mut();
    checks.note(what, &site.scope.path, None, Status::Fail, Some(message));
}

/// Errors as one text, as the results of checks have them.
pub fn said<'p>(problems: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let one = |(summary, detail): (&str, &str)| match detail.is_empty() {
        true => summary.to_string(),
        false => format!("{summary}: {detail}"),
    };
    let all: Vec<String> = problems.map(one).collect();
    match &all[..] {
        [one] => one.clone(),
        all => format!("{} problems:\n\n- {}", all.len(), all.join("\n- ")),
    }
}

/// The preconditions of an instance.
pub fn judge_before(site: &Site<'_, '_, '_>) {
    rules(site, &site.resource.lifecycle.preconditions, None, Rule::Precondition);
}

/// The postconditions of an instance, with the object it has (or will have).
pub fn judge_after(site: &Site<'_, '_, '_>, object: &Value) {
    rules(site, &site.resource.lifecycle.postconditions, Some(object), Rule::Postcondition);
}

fn rules(site: &Site<'_, '_, '_>, all: &[AssertRule], this: Option<&Value>, kind: Rule) {
    let scope = ModuleScope { this: this.cloned(), ..site.scope.clone() };
    let resource = &site.addr.resource;
    for rule in all {
        let (status, message) = judge(site.walk, &scope, rule, &site.context(), kind);
        if status == Status::Fail {
            let one = failure(site.walk, &scope, rule, kind, message.as_deref());
            site.walk.report([one.within(site.context())]);
        }
        let what = Checked::Resource(resource.mode, resource.ty.to_string(), resource.name.to_string());
        let key: Option<Key> = site.addr.key.clone();
        site.walk.checks.borrow_mut().note(what, &resource.module, key, status, message);
    }
}

/// A planned destruction that `prevent_destroy` forbids.
pub fn prevented(block: &Resource, addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Instance cannot be destroyed",
        format!(
            "Resource {addr} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To \
             avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the \
             scope of the plan using the -target option."
        ),
    )
    .at(block.header.clone())
    .within(super::walk::resource_context(block))
}
