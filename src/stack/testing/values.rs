//! Values for a run: of its variables, and of what is made up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::FileRun;
use super::scope::{Outside, Runs, partial};
use crate::catalog::AllFunctions;
use crate::config::testfile::Run;
use crate::config::values::convert_input;
use crate::config::{Config, ProviderRef};
use crate::lang::eval::evaluate;
use crate::lang::functions::Builtins;
use crate::lang::syntax::{Attribute, Expr};
use crate::lang::{Diagnostic, Diagnostics, Marks, Value};
use crate::plan::addr::Mode;
use crate::plan::live::ProviderKey;
use crate::plan::mocks::{Given, MockProvider, Mocks, Override};

/// Values that are given outside of test files, as they were given.
pub type GlobalValues = BTreeMap<Arc<str>, Value>;

/// Values by name, with the expressions that they come from.
type Sourced = BTreeMap<Arc<str>, (Value, Option<Expr>)>;

impl FileRun<'_> {
    /// The value of each variable of a run's module.
    pub(super) fn variables(&self, config: &Config, run: &Run) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
        let mut found = Diagnostics::default();
        let (_, given) = self.known(run, &mut found);
        let mut all = BTreeMap::new();
        for variable in config.root.variables.values() {
            let name = &variable.name;
            let value = match given.get(name) {
                Some((raw, expr)) => convert_input(variable, raw.clone()).map_err(|why| {
                    let at = expr.as_ref().map_or(&variable.header, |e| &e.span);
                    let detail = format!(
                        "The given value is not suitable for var.{name} declared at {}: {why}.",
                        variable.header.describe()
                    );
                    Diagnostic::error(why.summary(), detail).at(at.clone())
                }),
                None => variable.default.clone().ok_or_else(|| {
                    let detail = format!(
                        "The module under test for run block \"{}\" has a required variable \"{name}\" with no set value. Use \
                         a -var or -var-file command line argument or add this variable into a \"variables\" block within the \
                         test file or run block.",
                        run.name
                    );
                    Diagnostic::error("No value for required variable", detail).at(variable.header.clone())
                }),
            };
            match value {
                Ok(mut value) => {
                    if variable.sensitive {
                        value = value.marked(&Marks::sensitive());
                    }
                    if variable.ephemeral {
                        value = value.marked(&Marks::ephemeral());
                    }
                    all.insert(name.clone(), value);
                }
                Err(one) => found.push(one),
            }
        }
        for attribute in &run.variables {
            let name = &attribute.name.text;
            if !config.root.variables.contains_key(name) {
                let detail = format!(
                    "The module under test does not declare a variable named \"{name}\", but it is declared in run block \
                     \"{}\".",
                    run.name
                );
                found.push(
                    Diagnostic::warning("Value for undeclared variable", detail)
                        .at(attribute.name.span.clone())
                        .within(format!("run \"{}\"", run.name)),
                );
            }
        }
        (all, found)
    }

    /// The variables that expressions of the file may name, and all that are given to a run.
    fn known(&self, run: &Run, found: &mut Diagnostics) -> (GlobalValues, Sourced) {
        let mut known = self.suite.globals.clone();
        let mut given: Sourced = known.iter().map(|(n, v)| (n.clone(), (v.clone(), None))).collect();
        let outside = |variables, place, reach| Outside { runs: self.runs(run), variables, place, reach };
        let globals = known.clone();
        let file = outside(&globals, "context", "global variables");
        for (name, value, expr) in evaluated(&self.file.variables, &file, "variables", found) {
            known.insert(name.clone(), value.clone());
            given.insert(name, (value, Some(expr)));
        }
        let context = format!("run \"{}\"", run.name);
        let inner = outside(&known, "run block", "variables defined at the file or global levels");
        let own = evaluated(&run.variables, &inner, &context, found);
        for (name, value, expr) in own {
            given.insert(name, (value, Some(expr)));
        }
        (known, given)
    }

    fn runs<'r>(&'r self, run: &'r Run) -> Runs<'r> {
        Runs { done: &self.outputs, all: &self.names, own: Some(&run.name) }
    }

    /// What the file and the run make up.
    pub(super) fn mocks(&self, config: &Config, run: &Run, found: &mut Diagnostics) -> Mocks {
        let mut mocks = Mocks::default();
        let (known, _) = self.known(run, &mut Diagnostics::default());
        let scope = Outside {
            runs: self.runs(run),
            variables: &known,
            place: "run block",
            reach: "variables defined at the file or global levels",
        };
        let of_mocks = self.file.mocks.iter().flat_map(|m| &m.overrides);
        for o in run.overrides.iter().chain(&self.file.overrides).chain(of_mocks) {
            let given = given(o.values.as_ref(), o.during_plan, &scope, found);
            mocks.overrides.push(Override { target: partial(&o.target), given });
        }
        for mock in &self.file.mocks {
            let types = mock.types.iter().map(|t| {
                let mode = if t.data { Mode::Data } else { Mode::Managed };
                ((mode, t.kind.clone()), given(t.defaults.as_ref(), t.during_plan, &scope, found))
            });
            let made = MockProvider { types: types.collect() };
            let names: Vec<ProviderRef> = match &run.providers {
                None => vec![mock.key.clone()],
                Some(all) => {
                    all.iter().filter(|(_, p)| *p == mock.key).map(|(child, _)| child.clone()).collect()
                }
            };
            for name in names {
                let address = config.root.provider_address(&name.name).into();
                mocks.providers.insert(ProviderKey { address, alias: name.alias }, made.clone());
            }
        }
        mocks
    }
}

/// What an object of values gives.
fn given(values: Option<&Expr>, during_plan: bool, scope: &Outside<'_>, found: &mut Diagnostics) -> Given {
    let Some(expr) = values else { return Given { during_plan, ..Given::default() } };
    let (values, more) = evaluate(expr, scope, &functions());
    let failed = more.has_errors();
    found.extend(more);
    if values.as_entries().is_none() && !failed {
        let detail = "Values must be given as an object: { name = value }.";
        found.push(Diagnostic::error("Invalid mock/override field", detail).at(expr.span.clone()));
    }
    Given { values, during_plan }
}

fn functions() -> AllFunctions {
    AllFunctions(Builtins::applying(".", None, std::time::SystemTime::now()))
}

/// The attributes of a `variables` block that can be evaluated.
fn evaluated(
    all: &[Attribute],
    scope: &Outside<'_>,
    context: &str,
    found: &mut Diagnostics,
) -> Vec<(Arc<str>, Value, Expr)> {
    let mut out = Vec::new();
    for attribute in all {
        let (value, more) = evaluate(&attribute.expr, scope, &functions());
        let failed = more.has_errors();
        found.extend(more.into_iter().map(|d| d.within(context)));
        if !failed {
            out.push((attribute.name.text.clone(), value, attribute.expr.clone()));
        }
    }
    out
}
