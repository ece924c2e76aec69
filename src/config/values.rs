//! Values of the root module's variables: where they are given, which of them wins, and what is wrong with them.
//!
//! Later ones win: environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars[.json]` by name, and
//! `-var` and `-var-file` in the order of the command line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::content::literal;
use super::load::{Files, read_source};
use super::model::{Module, Variable};
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::syntax::{parse_body, parse_expression, parse_json_values};
use crate::lang::{Marks, Type, Value, apply_defaults, convert};

/// A `-var` or `-var-file` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// `-var NAME=VALUE`
    Var(String),
    /// `-var-file PATH`
    File(String),
}

/// Where values may come from.
pub struct ValueOptions<'a> {
    /// Where files come from.
    pub files: &'a dyn Files,
    /// The root module's directory, in which files are found by their names.
    pub dir: &'a Path,
    /// The environment: `TF_VAR_name` and whatever else there is.
    pub environment: &'a [(String, String)],
    /// The command line's, in its order.
    pub arguments: &'a [Argument],
}

/// The values that were given.
#[derive(Debug, Clone, Default)]
pub struct Given(BTreeMap<String, One>);

#[derive(Debug, Clone)]
struct One {
    value: Value,
    from: From,
}

#[derive(Debug, Clone)]
enum From {
    Environment,
    Argument,
    Prompt,
    File(Span),
}

/// Why a value is none of a variable's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputError {
    /// It is not of the type: `a number is required`.
    Unsuitable(String),
    /// It is null, and the variable must not be.
    Null,
}

impl InputError {
    /// The summary of its diagnostic, for a variable of the root module.
    pub fn summary(&self) -> &'static str {
        match self {
            InputError::Unsuitable(_) => "Invalid value for input variable",
            InputError::Null => "Required variable not set",
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Unsuitable(why) => f.write_str(why),
            InputError::Null => f.write_str("required variable may not be set to null"),
        }
    }
}

/// A given value as the variable's: with defaults of optional attributes, of its type, marked as it says. A null that may
/// not be gives the default.
pub fn convert_input(variable: &Variable, raw: Value) -> Result<Value, InputError> {
    let raw = if raw.is_null() { raw } else { apply_defaults(&raw, &variable.defaults) };
    let mut value = convert(&raw, &variable.ty).map_err(|why| InputError::Unsuitable(why.to_string()))?;
    if value.is_null() && !variable.nullable {
        value = variable.default.clone().ok_or(InputError::Null)?;
    }
    Ok(marked(variable, value))
}

fn marked(variable: &Variable, mut value: Value) -> Value {
    if variable.sensitive {
        value = value.marked(&Marks::sensitive());
    }
    if variable.ephemeral {
        value = value.marked(&Marks::ephemeral());
    }
    value
}

impl Given {
    /// Everything that is given for the variables of a root module.
    pub fn collect(root: &Module, options: &ValueOptions) -> (Given, Diagnostics) {
        let mut collector =
            Collector { root, options, given: Given::default(), out: Diagnostics::default(), undeclared: 0 };
        collector.run();
        (collector.given, collector.out)
    }

    /// The variables that need a value and have none, by name.
    pub fn missing<'m>(&self, root: &'m Module) -> Vec<&'m Variable> {
        root.variables.values().filter(|v| v.default.is_none() && !self.0.contains_key(&*v.name)).collect()
    }

    /// Takes what somebody typed for a variable.
    pub fn answer(&mut self, variable: &Variable, text: &str) -> Result<(), Diagnostics> {
        let mut out = Diagnostics::default();
        match read_text(variable, text, &mut out) {
            Some(value) => {
                self.0.insert(variable.name.to_string(), One { value, from: From::Prompt });
                Ok(())
            }
            None => Err(out),
        }
    }

    /// Takes values that were kept, as a saved plan has them.
    pub fn restore(&mut self, values: impl IntoIterator<Item = (String, Value)>) {
        self.0.extend(values.into_iter().map(|(n, value)| (n, One { value, from: From::Argument })));
    }

    /// The names for which a value was given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value of each variable: given or default. With an error for each that has none, or a wrong one; such a one is
    /// unknown.
    pub fn resolve(&self, root: &Module) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let mut out = Diagnostics::default();
        let mut missing = Diagnostics::default();
        let mut values = BTreeMap::new();
        for variable in root.variables.values() {
            let name = variable.name.clone();
            let unknown = || marked(variable, Value::unknown(variable.ty.without_optional()));
            let value = match (self.0.get(&*name), &variable.default) {
                (Some(one), _) => match convert_input(variable, one.value.clone()) {
                    Ok(value) => value,
                    Err(why) => {
                        out.push(unsuitable(variable, one, &why));
                        unknown()
                    }
                },
                (None, Some(default)) => marked(variable, default.clone()),
                (None, None) => {
                    let detail = format!(
                        "The root module input variable \"{name}\" is not set, and has no default value. Use a -var or \
                         -var-file command line argument to provide a value for this variable."
                    );
                    let summary = "No value for required variable";
                    missing.push(Diagnostic::error(summary, detail).at(variable.header.clone()));
                    unknown()
                }
            };
            values.insert(name, value);
        }
        // As long as values are missing, those that are there are not judged.
        (values, if missing.has_errors() { missing } else { out })
    }

    /// The value of each variable as it was given, before it was converted; the default where none was. Plan documents
    /// show these.
    pub fn as_given(&self, root: &Module) -> BTreeMap<Arc<str>, Value> {
        let value =
            |v: &Variable| self.0.get(&*v.name).map(|one| one.value.clone()).or_else(|| v.default.clone());
        root.variables.values().filter_map(|v| Some((v.name.clone(), marked(v, value(v)?)))).collect()
    }
}

fn unsuitable(variable: &Variable, one: &One, why: &InputError) -> Diagnostic {
    let name = &variable.name;
    let by =
        |how: String| (format!("Unsuitable value for var.{name} {how}: {why}."), variable.header.clone());
    let (detail, at) = match &one.from {
        From::Argument => by(format!("set using -var=\"{name}=...\"")),
        From::Environment => by(format!("set using the TF_VAR_{name} environment variable")),
        From::Prompt => by("set using an interactive prompt".to_string()),
        From::File(span) => {
            let word = if *why == InputError::Null { "defined" } else { "declared" };
            let detail = format!(
                "The given value is not suitable for var.{name} {word} at {}: {why}.",
                variable.header.describe()
            );
            (detail, if variable.sensitive { variable.header.clone() } else { span.clone() })
        }
    };
    Diagnostic::error(why.summary(), detail).at(at)
}

/// Text from outside of files: raw for primitive types and for variables without one, else an expression.
fn read_text(variable: &Variable, text: &str, out: &mut Diagnostics) -> Option<Value> {
    if variable.ty.is_primitive() || !variable.has_type {
        return Some(Value::string(text));
    }
    let source = Source::new(format!("<value for var.{}>", variable.name), text);
    match parse_expression(&source) {
        Ok(expr) => literal(&expr, &Type::Dynamic, out),
        Err(diagnostics) => {
            out.extend(diagnostics);
            None
        }
    }
}

struct Collector<'a> {
    root: &'a Module,
    options: &'a ValueOptions<'a>,
    given: Given,
    out: Diagnostics,
    undeclared: usize,
}

impl Collector<'_> {
    fn run(&mut self) {
        for (key, text) in self.options.environment {
            let Some(name) = key.strip_prefix("TF_VAR_") else { continue };
            let Some(variable) = self.root.variables.get(name) else { continue };
            if let Some(value) = read_text(variable, text, &mut self.out) {
                self.given.0.insert(name.to_string(), One { value, from: From::Environment });
            }
        }
        for name in self.automatic_files() {
            let shown = self.options.dir.join(&name).display().to_string();
            let shown = shown.strip_prefix("./").unwrap_or(&shown).to_string();
            self.file(&shown);
        }
        for argument in self.options.arguments {
            match argument {
                Argument::Var(text) => self.argument(text),
                Argument::File(path) => self.file(path),
            }
        }
        if self.undeclared > 2 {
            let detail = format!(
                "In addition to the other similar warnings shown, {} other variable(s) defined without being declared.",
                self.undeclared - 2
            );
            self.out.push(Diagnostic::warning("Values for undeclared variables", detail));
        }
    }

    fn automatic_files(&self) -> Vec<String> {
        let names = self.options.files.list(self.options.dir).unwrap_or_default();
        let mut found: Vec<String> = ["terraform.tfvars", "terraform.tfvars.json"]
            .into_iter()
            .filter(|n| names.iter().any(|name| name == n))
            .map(str::to_string)
            .collect();
        let automatic = |n: &&String| n.ends_with(".auto.tfvars") || n.ends_with(".auto.tfvars.json");
        found.extend(names.iter().filter(automatic).cloned());
        found
    }

    fn argument(&mut self, text: &str) {
        let summary = "Invalid -var option";
        let Some((name, value)) = text.split_once('=') else {
            let detail = format!(
                "The given -var option \"{text}\" is not correctly specified. Must be a variable name and value separated by \
                 an equals sign, like -var=\"key=value\"."
            );
            self.out.push(Diagnostic::error(summary, detail));
            return;
        };
        if name.ends_with(' ') {
            let detail = format!(
                "Variable name \"{name}\" is invalid due to trailing space. Did you mean -var=\"{}={}\"?",
                name.trim_end(),
                value.trim_start()
            );
            self.out.push(Diagnostic::error(summary, detail));
            return;
        }
        let Some(variable) = self.root.variables.get(name) else {
            let detail = format!(
                "A variable named \"{name}\" was assigned on the command line, but the root module does not declare a \
                 variable of that name. To use this value, add a \"variable\" block to the configuration."
            );
            self.out.push(Diagnostic::error("Value for undeclared variable", detail));
            return;
        };
        if let Some(value) = read_text(variable, value, &mut self.out) {
            self.given.0.insert(name.to_string(), One { value, from: From::Argument });
        }
    }

    fn file(&mut self, shown: &str) {
        let path = Path::new(shown);
        if let Err(why) = self.options.files.read(path) {
            let detail = if why.kind() == std::io::ErrorKind::NotFound {
                format!("Given variables file {shown} does not exist.")
            } else {
                format!("Error while reading {shown}: {why}.")
            };
            self.out.push(Diagnostic::error("Failed to read variables file", detail));
            return;
        }
        let Some(source) = read_source(self.options.files, path, shown, &mut self.out) else { return };
        let (body, diagnostics) =
            if shown.ends_with(".json") { parse_json_values(&source) } else { parse_body(&source) };
        self.out.extend(diagnostics);
        for block in &body.blocks {
            let d = if &*block.kind.text == "variable" && block.labels.len() == 1 {
                let name = block.label(0);
                let detail = format!(
                    "A .tfvars file is used to assign values to variables that have already been declared in .tf files, not \
                     to declare new variables. To declare variable \"{name}\", place this block in one of your .tf files, \
                     such as variables.tf.\n\nTo set a value for this variable in {shown}, use the definition syntax \
                     instead:\n    {name} = <value>"
                );
                Diagnostic::error("Variable declaration in .tfvars file", detail)
            } else {
                let summary = format!("Unexpected \"{}\" block", block.kind.text);
                Diagnostic::error(summary, "Blocks are not allowed here.")
            };
            self.out.push(d.at(block.kind.span.clone()));
        }
        if !body.blocks.is_empty() {
            return;
        }
        for attribute in body.attributes {
            let Some(value) = literal(&attribute.expr, &Type::Dynamic, &mut self.out) else { continue };
            let name = attribute.name.text.to_string();
            if !self.root.variables.contains_key(&*name) {
                self.undeclared_in_file(&name, shown);
                continue;
            }
            self.given.0.insert(name, One { value, from: From::File(attribute.expr.span) });
        }
    }

    fn undeclared_in_file(&mut self, name: &str, shown: &str) {
        self.undeclared += 1;
        if self.undeclared > 2 {
            return;
        }
        let detail = format!(
            "The root module does not declare a variable named \"{name}\" but a value was found in file \"{shown}\". If you \
             meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use \
             TF_VAR_... environment variables to provide certain \"global\" settings to all configurations in your \
             organization. To reduce the verbosity of these warnings, use the -compact-warnings option."
        );
        self.out.push(Diagnostic::warning("Value for undeclared variable", detail));
    }
}

#[cfg(test)]
mod tests;
