//! The functions of the language: Terraform 1.11.4's 118, each also as `core::name`.
//!
//! A function is a row of a table (its parameters and a body). What all have in common is done once, here, as cty
//! does it: arguments are counted and converted, null is refused, unknown gives unknown, marks of arguments go to the
//! result. A parameter says where it differs. Functions may read files below `CallContext::base_dir`, nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::SystemTime;

use super::codec::quote;
use super::convert::convert;
use super::eval::{CallError, Functions};
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

pub use fs::clean_path;
pub use table::{Function, Param, Ty};

use table::{Call, Fail};

/// Stands where a secret would.
const HIDDEN: &str = "(sensitive value)";

/// The functions, and what they know of the world around them.
#[derive(Debug, Clone)]
pub struct Builtins {
    /// Relative file names start here: the directory that the command runs in.
    pub base_dir: PathBuf,
    /// The time of the plan, for `plantimestamp`; `None`: not known yet (validation).
    pub plan_time: Option<SystemTime>,
    /// The time now, for `timestamp`; `None`: planning, where `timestamp`, `uuid` and `bcrypt` are unknown.
    pub now: Option<SystemTime>,
    /// A template is being rendered: it may not render another.
    in_template: bool,
}

impl Builtins {
    /// For validation and planning: results that differ from call to call are unknown.
    pub fn planning(base_dir: impl Into<PathBuf>, plan_time: Option<SystemTime>) -> Builtins {
        Builtins { base_dir: base_dir.into(), plan_time, now: None, in_template: false }
    }

    /// For applying.
    pub fn applying(
        base_dir: impl Into<PathBuf>,
        plan_time: Option<SystemTime>,
        now: SystemTime,
    ) -> Builtins {
        Builtins { base_dir: base_dir.into(), plan_time, now: Some(now), in_template: false }
    }

    /// The functions that a template may call.
    fn for_template(&self) -> Builtins {
        Builtins { in_template: true, ..self.clone() }
    }
}

impl Functions for Builtins {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        call(name, args, self)
    }

    fn signature(&self, name: &str) -> Option<String> {
        signature(name).map(ToString::to_string)
    }

    fn names(&self) -> Vec<&str> {
        names().collect()
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
pub fn call(name: &str, args: &[Value], world: &Builtins) -> Result<Value, CallError> {
    let Some(function) = signature(name) else { return Err(CallError::Unknown) };
    check_count(function, args.len())?;
    let mut marks = Marks::NONE;
    let mut ready = Vec::with_capacity(args.len());
    let mut has_unknown = false;
    let mut has_untyped = false;
    for (i, (mut value, param)) in converted(function, args)?.into_iter().enumerate() {
        if value.is_null() && !param.nullable {
            let message = "argument must not be null".into();
            return Err(CallError::Argument { index: i, parameter: param.name.into(), message });
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
    let failed = |error: Fail| match withhold(error, args) {
        Fail::Arg(index, message) => {
            let parameter = function.param(index).map_or("args", |p| p.name).into();
            CallError::Argument { index, parameter, message }
        }
        Fail::Call(reason) => CallError::Failed(reason),
    };
    if let (false, Some(check)) = (has_untyped, function.check) {
        check(&ready).map_err(failed)?;
    }
    if has_untyped || has_unknown || function.impure && world.now.is_none() {
        let all = args.iter().fold(Marks::NONE, |m, a| m.union(&a.deep_marks()));
        let ty = if has_untyped { Type::Dynamic } else { function.result.to_type() };
        let unknown = if ty == Type::Dynamic { Value::unknown(ty) } else { Value::unknown_not_null(ty) };
        return Ok(unknown.marked(&all));
    }
    (function.body)(&Call { args: &ready, world }).map(|value| value.marked(&marks)).map_err(failed)
}

/// A reason may quote an argument: not one that is a secret.
fn withhold(error: Fail, args: &[Value]) -> Fail {
    let mut secrets: Vec<String> = Vec::new();
    for arg in args.iter().filter(|a| a.deep_marks().is_sensitive()) {
        let mut note = |v: &Value| secrets.extend(v.as_str().filter(|s| !s.is_empty()).map(str::to_string));
        if let Ok(text) = convert(arg, &Type::String) {
            note(&text);
        }
        arg.each_part(&mut note);
    }
    secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    let hide = |mut text: String| {
        for secret in &secrets {
            text = text.replace(&quote(secret), HIDDEN);
            // Single letters and digits are in every sentence.
            if secret.chars().count() > 2 {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        text
    };
    match error {
        Fail::Arg(index, message) => Fail::Arg(index, hide(message)),
        Fail::Call(reason) => Fail::Call(hide(reason)),
    }
}

/// The arguments as their parameters want them, or all that cannot be converted.
fn converted<'f>(function: &'f Function, args: &[Value]) -> Result<Vec<(Value, &'f Param)>, CallError> {
    let mut ready = Vec::with_capacity(args.len());
    let mut wrong = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        let Some(param) = function.param(index) else { break };
        let value = match param.ty {
            Ty::Any => Ok(arg.clone()),
            ty => convert(arg, &ty.to_type()),
        };
        match value {
            Ok(value) => ready.push((value, param)),
            Err(e) => {
                wrong.push(CallError::Argument { index, parameter: param.name.into(), message: e.message });
            }
        }
    }
    match wrong.len() {
        0 => Ok(ready),
        1 => Err(wrong.remove(0)),
        _ => Err(CallError::Several(wrong)),
    }
}

fn check_count(function: &Function, given: usize) -> Result<(), CallError> {
    let wanted = function.params.len();
    let variadic = function.variadic.is_some();
    if let Some(missing) = function.params.get(given) {
        return Err(CallError::TooFew { least: wanted, variadic, missing: missing.name.into() });
    }
    if given > wanted && !variadic {
        return Err(CallError::TooMany { most: wanted });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
