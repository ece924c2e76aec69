//! Values of the root module's variables: files, environment, flags, and questions for what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Context, prompt};
use crate::config::values::{Argument, Given, ValueOptions};
use crate::config::{Config, Disk, Variable};
use crate::lang::codec::encode_json;
use crate::lang::{Diagnostic, Diagnostics, Value};
use crate::ui::style::{BOLD, Paint};

/// Values by the names of their variables.
type Values = BTreeMap<Arc<str>, Value>;

/// The variables of the root module.
pub(super) struct Read {
    /// The value of each; one that is refused is unknown.
    pub values: Values,
    /// The same as they were given, before they were converted.
    pub given: Values,
    /// What is wrong with values that were given: none is of its variable's type.
    pub refused: Diagnostics,
}

/// The value of each variable, and the same as it was given. What is wrong with one is an error; warnings go on the list.
pub(super) fn read(
    cx: &Context,
    config: &Config,
    warnings: &mut Diagnostics,
) -> Result<(Values, Values), Diagnostics> {
    let Read { values, given, refused } = read_leniently(cx, config, warnings)?;
    if refused.has_errors() { Err(refused) } else { Ok((values, given)) }
}

/// The variables. A value that is missing, or is none of a variable, is an error; warnings go on the list.
pub(super) fn read_leniently(
    cx: &Context,
    config: &Config,
    warnings: &mut Diagnostics,
) -> Result<Read, Diagnostics> {
    let (mut given, mut found) = collected(cx, config);
    if !found.has_errors() && asks(cx) {
        for variable in given.missing(&config.root) {
            let Some(text) = ask(cx, variable) else { break };
            if let Err(more) = given.answer(variable, &text) {
                found.extend(more);
            }
        }
    }
    let (values, more) = given.resolve(&config.root);
    let whole = !found.has_errors() && given.missing(&config.root).is_empty();
    let (refused, more) = if whole { (more, Diagnostics::default()) } else { (Diagnostics::default(), more) };
    found.extend(more);
    let found = config.with_contexts(found);
    if found.has_errors() {
        return Err(found);
    }
    warnings.extend(found);
    Ok(Read { values, given: given.as_given(&config.root), refused: config.with_contexts(refused) })
}

/// The variables of a saved plan: as they were then, those that are never kept as they are given now. With what is wrong
/// with what is given: another value than then, or none for one of `needed`, the ephemeral ones that had one then.
pub(super) fn again(
    cx: &Context,
    config: &Config,
    planned: &Values,
    needed: &BTreeSet<String>,
) -> (Values, Diagnostics) {
    let (given, mut wrong) = collected(cx, config);
    let (now, _) = given.resolve(&config.root);
    let mut values = planned.clone();
    for variable in config.root.variables.values() {
        let name = &variable.name;
        let is_given = given.names().any(|n| *n == **name);
        if variable.ephemeral {
            values.extend(now.get(name).map(|value| (name.clone(), value.clone())));
            if needed.contains(&**name) && !is_given {
                let detail = format!(
                    "The ephemeral input variable \"{name}\" was set during the plan phase, and so must also be set \
                     during the apply phase."
                );
                wrong.push(Diagnostic::error("No value for required variable", detail));
            }
        } else if is_given
            && let (Some(now), Some(then)) = (now.get(name), planned.get(name))
            && now.unmarked_deep() != then.unmarked_deep()
        {
            let shown = |v: &Value| match v.deep_marks().is_sensitive() {
                true => "(sensitive value)".to_string(),
                false => encode_json(v).unwrap_or_default(),
            };
            let detail = format!(
                "The variable {name} cannot be set using the -var and -var-file options when applying a saved plan file, \
                 because a saved plan includes the variable values that were set when it was created. The saved plan \
                 specifies {} as the value whereas during apply the value {} was set by other means. To declare an \
                 ephemeral variable which is not saved in the plan file, use ephemeral = true.",
                shown(then),
                shown(now),
            );
            wrong.push(Diagnostic::error("Can't change variable when applying a saved plan", detail));
        }
    }
    (values, config.with_contexts(wrong))
}

/// What files, environment and flags give.
fn collected(cx: &Context, config: &Config) -> (Given, Diagnostics) {
    let arguments: Vec<Argument> = cx
        .args
        .variables
        .iter()
        .map(|(flag, text)| match *flag {
            "var" => Argument::Var(text.clone()),
            _ => Argument::File(text.clone()),
        })
        .collect();
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)))
        .collect();
    let files = Disk::here();
    let options =
        ValueOptions { files: &files, dir: Path::new("."), environment: &environment, arguments: &arguments };
    Given::collect(&config.root, &options)
}

/// The value of each variable; one that has none is unknown, and nobody is asked.
pub(super) fn known(cx: &Context, config: &Config) -> Result<Values, Diagnostics> {
    let (given, found) = collected(cx, config);
    let (values, more) = given.resolve(&config.root);
    let mut found = found;
    if given.missing(&config.root).is_empty() {
        found.extend(more);
    }
    let found = config.with_contexts(found);
    if found.has_errors() { Err(found) } else { Ok(values) }
}

/// What is given for variables, as it is given; those that nothing is given for are not there.
pub(super) fn globals(cx: &Context, config: &Config) -> Result<Values, Diagnostics> {
    let (given, found) = collected(cx, config);
    if found.has_errors() {
        return Err(config.with_contexts(found));
    }
    let names: Vec<&str> = given.names().collect();
    let mut all = given.as_given(&config.root);
    all.retain(|name, _| names.contains(&&**name));
    Ok(all)
}

/// May the user be asked?
fn asks(cx: &Context) -> bool {
    let never = cx.env("TF_INPUT").is_some_and(|v| matches!(v.as_str(), "0" | "false"));
    cx.args.switch("input") && !never && !cx.ui.json && !cx.args.switch("json")
}

/// Asks for the value of a variable; none: there is nobody to answer.
fn ask(cx: &Context, variable: &Variable) -> Option<String> {
    let paint = Paint { colour: cx.ui.colour };
    let head = paint.on(BOLD, &format!("var.{}", variable.name));
    let about: String =
        variable.description.iter().flat_map(|d| d.lines()).map(|line| format!("  {line}\n")).collect();
    let blank = if about.is_empty() { "" } else { "\n" };
    cx.ui.print(&format!("{head}\n{about}{blank}  {} ", paint.on(BOLD, "Enter a value:")));
    let answer = prompt::line();
    cx.ui.print("\n");
    answer.ok()
}
