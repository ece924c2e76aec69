//! Conditions: variable validation, preconditions, postconditions, what must not be destroyed.

use super::instance::Site;
use super::walk::{ModuleScope, Walk, place};
use crate::config::{AssertRule, Variable};
use crate::lang::diag::Span;
use crate::lang::{Diagnostic, Type, Value};

/// What a condition says.
enum Verdict {
    Holds,
    Fails(String),
    Unknown,
}

fn judge<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    rule: &AssertRule,
    context: &str,
    what: &str,
) -> Verdict {
    let value = walk.eval(&rule.condition, scope, context);
    if value.is_unknown() {
        return Verdict::Unknown;
    }
    let verdict = crate::lang::convert::convert(&value, &Type::Bool).ok().and_then(|v| v.as_bool());
    match verdict {
        Some(true) => Verdict::Holds,
        Some(false) => {
            let message = walk.eval(&rule.error_message, scope, context);
            let secret = message.deep_marks().is_sensitive();
            Verdict::Fails(match (secret, message.as_str()) {
                (true, _) => {
                    "The error message included a sensitive value, so it will not be displayed.".into()
                }
                (false, Some(text)) => text.to_string(),
                (false, None) => "Unable to evaluate the error message.".into(),
            })
        }
        None => {
            walk.report([Diagnostic::error(
                format!("Invalid {what} result"),
                "Condition expression must return either true or false, not null.",
            )
            .at(rule.condition.span.clone())
            .within(context)]);
            Verdict::Unknown
        }
    }
}

/// One validation rule of a variable; `at` is where its value was given.
pub fn judge_variable<'a>(
    walk: &Walk<'a>,
    scope: &ModuleScope<'_, 'a>,
    variable: &Variable,
    rule: &AssertRule,
    value: &Value,
    at: Option<Span>,
) {
    if !value.is_wholly_known() && value.is_unknown() {
        return;
    }
    let context = format!("variable \"{}\"", variable.name);
    if let Verdict::Fails(message) = judge(walk, scope, rule, &context, "validation") {
        let root = at.is_none();
        let mut one = Diagnostic::error(
            "Invalid value for variable",
            format!("{message}\n\nThis was checked by the validation rule at {}.", place(&rule.header)),
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
}

/// A precondition of an output.
pub fn judge_output<'a>(walk: &Walk<'a>, scope: &ModuleScope<'_, 'a>, rule: &AssertRule, context: &str) {
    if let Verdict::Fails(message) = judge(walk, scope, rule, context, "precondition") {
        walk.report([Diagnostic::error("Module output value precondition failed", message)
            .at(rule.condition.span.clone())
            .within(context)]);
    }
}

/// The preconditions of an instance.
pub fn judge_before(site: &Site<'_, '_, '_>) {
    rules(site, &site.resource.lifecycle.preconditions, None, "Resource precondition failed", "precondition");
}

/// The postconditions of an instance, with the object it has (or will have).
pub fn judge_after(site: &Site<'_, '_, '_>, object: &Value) {
    let rules_of = &site.resource.lifecycle.postconditions;
    rules(site, rules_of, Some(object), "Resource postcondition failed", "postcondition");
}

fn rules(site: &Site<'_, '_, '_>, all: &[AssertRule], this: Option<&Value>, summary: &str, what: &str) {
    let scope = ModuleScope { this: this.cloned(), ..site.scope.clone() };
    for rule in all {
        if let Verdict::Fails(message) = judge(site.walk, &scope, rule, &site.context(), what) {
            site.walk.report([Diagnostic::error(summary, message)
                .at(rule.condition.span.clone())
                .within(site.context())
                .with_address(site.addr.to_string())]);
        }
    }
}

/// Reports a planned destruction that `prevent_destroy` forbids.
pub fn prevented(site: &Site<'_, '_, '_>) {
    site.error(
        "Instance cannot be destroyed",
        format!(
            "Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To \
             avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the \
             scope of the plan using the -target option.",
            site.addr
        ),
    );
}
