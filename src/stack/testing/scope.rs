//! What expressions of test files see: outputs of runs, variables, and (in assertions) the module that is tested.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Target;
use crate::lang::refs::{Mode as RefMode, Object};
use crate::lang::scope::Scope;
use crate::lang::suggest::did_you_mean;
use crate::lang::syntax::Reference;
use crate::lang::{Diagnostic, Diagnostics, Kind, Value};
use crate::plan::addr::{InstanceAddr, Key, Mode, ModulePath, Partial, ResourceAddr};

/// The runs of a file.
#[derive(Clone, Copy)]
pub struct Runs<'r> {
    /// The outputs of those that have been.
    pub done: &'r BTreeMap<Arc<str>, Value>,
    /// The names of all.
    pub all: &'r [Arc<str>],
    /// The one that is under way.
    pub own: Option<&'r str>,
}

/// Where the values of variables are written: nothing of the module is there yet.
pub struct Outside<'o> {
    /// The runs so far.
    pub runs: Runs<'o>,
    /// The variables that have values by then.
    pub variables: &'o BTreeMap<Arc<str>, Value>,
    /// Where it is, as messages say it.
    pub place: &'static str,
    /// Which variables may be named there.
    pub reach: &'static str,
}

fn at(reference: &Reference, summary: &str, detail: String) -> Diagnostics {
    Diagnostic::error(summary, detail).at(reference.span.clone()).into()
}

impl Runs<'_> {
    /// The outputs of a run.
    pub fn outputs(&self, name: &Arc<str>, reference: &Reference) -> Result<Value, Diagnostics> {
        if let Some(outputs) = self.done.get(name) {
            return Ok(outputs.clone());
        }
        if self.all.contains(name) {
            let detail = match self.own == Some(name) {
                true => {
                    format!("The run block \"{name}\" cannot refer to itself in the values of its variables.")
                }
                false => format!(
                    "The run \"{name}\" block has not yet been evaluated, so its results are not available here."
                ),
            };
            return Err(at(reference, "Reference to unevaluated run block", detail));
        }
        let near = did_you_mean(name, self.all.iter().map(|n| &**n));
        let near = near.map(|n| format!(" Did you mean \"{n}\"?")).unwrap_or_default();
        let detail = format!("The run block \"{name}\" does not exist within this test file.{near}");
        Err(at(reference, "Reference to unknown run block", detail))
    }
}

impl Scope for Outside<'_> {
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        match object {
            Object::Variable(name) => self.variables.get(name).cloned().ok_or_else(|| {
                let (place, reach) = (self.place, self.reach);
                let detail =
                    format!("The input variable \"{name}\" is not available to the current {place}. You can only reference {reach}.");
                at(reference, "Reference to unavailable variable", detail)
            }),
            Object::Resource(RefMode::Managed, kind, name) if &**kind == "run" => {
                self.runs.outputs(name, reference)
            }
            _ => {
                let detail = "You can only reference variables and the outputs of earlier run blocks here.";
                Err(at(reference, "Invalid reference", detail.into()))
            }
        }
    }
}

/// The module that is tested, with its outputs and the runs.
pub struct Tested<'t> {
    /// The root module.
    pub module: &'t dyn Scope,
    /// Its outputs.
    pub outputs: &'t BTreeMap<Arc<str>, Value>,
    /// The runs so far.
    pub runs: Runs<'t>,
}

impl Scope for Tested<'_> {
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        match object {
            Object::Resource(RefMode::Managed, kind, name) if &**kind == "run" => {
                self.runs.outputs(name, reference)
            }
            Object::Resource(RefMode::Managed, kind, name) if &**kind == "output" => {
                self.outputs.get(name).cloned().ok_or_else(|| {
                    let near = did_you_mean(name, self.outputs.keys().map(|n| &**n));
                    let near = near.map(|n| format!(" Did you mean \"{n}\"?")).unwrap_or_default();
                    let detail =
                        format!("An output value with the name \"{name}\" has not been declared.{near}");
                    at(reference, "Reference to undeclared output value", detail)
                })
            }
            _ => self.module.object(object, reference),
        }
    }
}

/// An output as tests see it: what is unknown inside of it reads as null.
pub fn told(value: Value) -> Value {
    if value.is_unknown() {
        return value;
    }
    let inner = |v: &Value| match v.is_unknown() {
        true => Value { kind: Kind::Null(v.ty()), marks: v.marks.clone() },
        false => told(v.clone()),
    };
    let Value { kind, marks } = value;
    let kind = match kind {
        Kind::List(ty, all) => Kind::List(ty, Arc::new(all.iter().map(inner).collect())),
        Kind::Tuple(all) => Kind::Tuple(Arc::new(all.iter().map(inner).collect())),
        Kind::Map(ty, all) => {
            Kind::Map(ty, Arc::new(all.iter().map(|(n, v)| (n.clone(), inner(v))).collect()))
        }
        Kind::Object(all) => Kind::Object(Arc::new(all.iter().map(|(n, v)| (n.clone(), inner(v))).collect())),
        other => other,
    };
    Value { kind, marks }
}

/// A target of the configuration as an address of the plan.
pub fn partial(target: &Target) -> Partial {
    let key = |value: &Value| match (value.as_str(), value.as_number().and_then(|n| n.as_i64())) {
        (Some(name), _) => Key::Name(name.into()),
        (None, index) => Key::Index(index.and_then(|i| u64::try_from(i).ok()).unwrap_or_default()),
    };
    let modules = target.modules.iter().map(|(name, k)| (name.clone(), k.as_ref().map(key)));
    let module = ModulePath(modules.collect());
    match &target.resource {
        None => Partial::Module(module),
        Some((resource, k)) => {
            let mode = if resource.mode == RefMode::Data { Mode::Data } else { Mode::Managed };
            let addr = ResourceAddr { module, mode, ty: resource.kind.clone(), name: resource.name.clone() };
            Partial::Resource(addr, k.as_ref().map(key))
        }
    }
}

/// The addresses that references name.
pub fn addresses(all: &[Reference]) -> Result<Vec<Partial>, Diagnostics> {
    let one = |reference: &Reference| {
        Partial::parse(&reference.to_string())
            .map_err(|why| at(reference, "Invalid address", format!("It is none: {why}.")))
    };
    all.iter().map(one).collect()
}

/// The same of instances.
pub fn instances(all: &[Reference]) -> Result<Vec<InstanceAddr>, Diagnostics> {
    let one = |reference: &Reference| {
        InstanceAddr::parse(&reference.to_string())
            .map_err(|why| at(reference, "Invalid address", format!("It is none of an instance: {why}.")))
    };
    all.iter().map(one).collect()
}
