//! Values of the root module's variables: files, environment, flags, and questions for what is missing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Context, prompt};
use crate::config::values::{Argument, Given, ValueOptions};
use crate::config::{Config, Disk, Variable};
use crate::lang::{Diagnostics, Value};
use crate::ui::style::{BOLD, Paint};

/// Values by the names of their variables.
type Values = BTreeMap<Arc<str>, Value>;

/// The value of each variable, and the same as it was given. What is wrong with one is an error; warnings go on the list.
pub(super) fn read(
    cx: &Context,
    config: &Config,
    warnings: &mut Diagnostics,
) -> Result<(Values, Values), Diagnostics> {
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
    found.extend(more);
    let found = config.with_contexts(found);
    if found.has_errors() {
        return Err(found);
    }
    warnings.extend(found);
    Ok((values, given.as_given(&config.root)))
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
