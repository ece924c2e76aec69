//! The functions of the language: Terraform 1.11.4's 118, each also as `core::name`.
//!
//! A function is a row of a table (its parameters and a body). What all have in common is done once, here, as cty
//! does it: arguments are counted and converted, null is refused, unknown gives unknown, marks of arguments go to the
//! result. A parameter says where it differs. Functions may read files below `CallContext::base_dir`, nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use super::codec::quote;
use super::convert::convert;
use super::marks::Marks;
use super::types::Type;
use super::value::Value;

mod collections;
mod crypto;
mod csv;
mod encoding;
mod format;
mod fs;
mod glob;
mod maps;
mod net;
mod numbers;
mod regexes;
mod rsa;
mod sets;
mod strings;
mod table;
mod time;
mod types;
mod yaml_decode;
mod yaml_encode;

pub use table::{Function, Param, Ty};

use table::{Call, Fail};

/// What functions know of the world around them.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// Relative file names start here: the directory that Terraform runs in.
    pub base_dir: &'a Path,
    /// The time of the plan, for `plantimestamp`; `None`: not known yet (validation).
    pub plan_time: Option<SystemTime>,
    /// The time now, for `timestamp`; `None`: planning, where `timestamp`, `uuid` and `bcrypt` are unknown.
    pub now: Option<SystemTime>,
    /// Renders templates, for `templatefile` and `templatestring`; `None`: within such a template.
    pub render: Option<&'a dyn Fn(&Template<'_>) -> Result<Value, FunctionError>>,
}

/// A template to render.
pub struct Template<'a> {
    /// Where it comes from: the path as written in the call, or `<template-string>`.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The names it may use. It may use functions too, but not `templatefile` or `templatestring` again.
    pub vars: &'a BTreeMap<Arc<str>, Value>,
}

/// Where in the call an error belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The function's name.
    Name,
    /// An argument, counted from 0.
    Argument(usize),
    /// The closing parenthesis.
    Closing,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// Where it belongs.
    pub place: Place,
    /// The summary of the diagnostic.
    pub summary: String,
    /// Its detail: sentences.
    pub message: String,
}

impl FunctionError {
    /// The argument that it is about, counted from 0.
    pub fn argument(&self) -> Option<usize> {
        match self.place {
            Place::Argument(i) => Some(i),
            _ => None,
        }
    }

    /// An error of the call as a whole, for the render hook: the reason without a full stop.
    pub fn failed(name: &str, reason: &str) -> FunctionError {
        FunctionError {
            place: Place::Name,
            summary: "Error in function call".into(),
            message: format!("Call to function {} failed: {reason}.", quote(name)),
        }
    }

    /// An error of an argument, for the render hook: its place, its parameter's name, the reason without a full stop.
    pub fn in_argument(argument: usize, parameter: &str, reason: &str) -> FunctionError {
        FunctionError {
            place: Place::Argument(argument),
            summary: "Invalid function argument".into(),
            message: format!("Invalid value for {} parameter: {reason}.", quote(parameter)),
        }
    }
}

static TABLE: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    [
        strings::ROWS,
        format::ROWS,
        regexes::ROWS,
        numbers::ROWS,
        collections::ROWS,
        maps::ROWS,
        sets::ROWS,
        types::ROWS,
        encoding::ROWS,
        csv::ROWS,
        yaml_decode::ROWS,
        yaml_encode::ROWS,
        time::ROWS,
        crypto::ROWS,
        net::ROWS,
        fs::ROWS,
    ]
    .into_iter()
    .flatten()
    .map(|row| (row.name, row))
    .collect()
});

/// The names of all functions, sorted, without their `core::` twins.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// The function of this name, `core::name` included. Its `Display` is the signature that messages show.
pub fn signature(name: &str) -> Option<&'static Function> {
    TABLE.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// Calls a function with values that are already evaluated. `try` and `can` are the evaluator's affair: here they see
/// only arguments that succeeded.
pub fn call(name: &str, args: &[Value], ctx: &CallContext<'_>) -> Result<Value, FunctionError> {
    let Some(function) = signature(name) else { return Err(unknown_function(name)) };
    check_count(name, function, args.len())?;
    let mut marks = Marks::NONE;
    let mut ready = Vec::with_capacity(args.len());
    let mut has_unknown = false;
    let mut has_untyped = false;
    for (i, arg) in args.iter().enumerate() {
        let Some(param) = function.param(i) else { break };
        let bad = |reason: &str| FunctionError::in_argument(i, param.name, reason);
        let mut value = match param.ty {
            Ty::Any => arg.clone(),
            ty => convert(arg, &ty.to_type()).map_err(|e| bad(&e.message))?,
        };
        if value.is_null() && !param.nullable {
            return Err(bad("argument must not be null"));
        }
        if !param.dynamic && value.ty() == Type::Dynamic {
            has_untyped = true;
            break;
        }
        has_unknown |= value.is_unknown() && !param.unknown;
        if !param.marked {
            let own = value.deep_marks();
            if !own.is_empty() {
                marks = marks.union(&own);
                value = value.unmarked_deep();
            }
        }
        ready.push(value);
    }
    if has_untyped || has_unknown || function.impure && ctx.now.is_none() {
        let all = args.iter().fold(Marks::NONE, |m, a| m.union(&a.deep_marks()));
        let ty = if has_untyped { Type::Dynamic } else { function.result.to_type() };
        let unknown = if ty == Type::Dynamic { Value::unknown(ty) } else { Value::unknown_not_null(ty) };
        return Ok(unknown.marked(&all));
    }
    match (function.body)(&Call { args: &ready, ctx }) {
        Ok(value) => Ok(value.marked(&marks)),
        Err(Fail::Arg(i, reason)) => {
            let parameter = function.param(i).map_or("args", |p| p.name);
            Err(FunctionError::in_argument(i, parameter, &reason))
        }
        Err(Fail::Call(reason)) => Err(FunctionError::failed(name, &reason)),
        Err(Fail::Template(error)) => Err(error),
    }
}

fn check_count(name: &str, function: &Function, given: usize) -> Result<(), FunctionError> {
    let wanted = function.params.len();
    let variadic = function.variadic.is_some();
    if given < wanted {
        let missing = function.params.get(given).map_or("", |p| p.name);
        let least = if variadic { "at least " } else { "" };
        return Err(FunctionError {
            place: Place::Closing,
            summary: "Not enough function arguments".into(),
            message: format!(
                "Function {} expects {least}{wanted} argument(s). Missing value for {}.",
                quote(name),
                quote(missing)
            ),
        });
    }
    if given > wanted && !variadic {
        return Err(FunctionError {
            place: Place::Argument(wanted),
            summary: "Too many function arguments".into(),
            message: format!("Function {} expects only {wanted} argument(s).", quote(name)),
        });
    }
    Ok(())
}

fn unknown_function(name: &str) -> FunctionError {
    let unknown = |summary: &str, message: String| FunctionError {
        place: Place::Name,
        summary: summary.into(),
        message,
    };
    let Some((namespace, rest)) = name.split_once("::") else {
        let nearest = names().map(|n| (distance(name, n), n)).min().filter(|(d, _)| *d <= 2);
        let hint = nearest.map_or(String::new(), |(_, n)| format!(" Did you mean {}?", quote(n)));
        return unknown(
            "Call to unknown function",
            format!("There is no function named {}.{hint}", quote(name)),
        );
    };
    if namespace != "provider" {
        return unknown(
            "Unknown provider function",
            format!(
                "The function namespace {} is not valid. Provider function calls must use the \"provider::\" namespace \
                 prefix.",
                quote(namespace)
            ),
        );
    }
    let (provider, function) = rest.split_once("::").unwrap_or((rest, ""));
    unknown(
        "Unknown provider function",
        format!(
            "There is no function named {}. Ensure that provider name {} is declared in this module's \
             required_providers block, and that this provider offers a function named {}.",
            quote(name),
            quote(provider),
            quote(function)
        ),
    )
}

/// How many letters must be changed, added or taken away to come from one name to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
