//! What a reference names in a module instance, and what is said when it names nothing.

use std::path::PathBuf;
use std::sync::Arc;

use super::addr::ModulePath;
use super::repeat;
use super::walk::{Resources, Walk};
use crate::config::{self, Module};
use crate::lang::refs::{self, Object};
use crate::lang::scope::Scope;
use crate::lang::syntax::Reference;
use crate::lang::{Diagnostic, Diagnostics, Marks, Type, Value};

/// Where an expression is evaluated: a module instance, maybe inside a repeated block.
#[derive(Clone)]
pub struct ModuleScope<'w, 'a> {
    /// The walk.
    pub walk: &'w Walk<'a>,
    /// The module instance.
    pub path: ModulePath,
    /// Its configuration.
    pub module: &'a Module,
    /// `each` and `count` there.
    pub each: repeat::Each,
    /// `self` there.
    pub this: Option<Value>,
}

impl Scope for ModuleScope<'_, '_> {
    fn object(&self, object: &Object, reference: &Reference) -> Result<Value, Diagnostics> {
        *self.walk.following.borrow_mut() = Some(reference.span.clone());
        let missing = |summary: &str, detail: String| -> Result<Value, Diagnostics> {
            if matches!(self.walk.resources, Resources::Unknown) {
                self.walk.dangling.set(self.walk.dangling() + 1);
                self.walk.stumble();
                return Ok(Value::unknown(Type::Dynamic).marked(&Marks::broken()));
            }
            Err(Diagnostic::error(summary, detail).at(reference.span.clone()).into())
        };
        let undeclared = |what: &str| format!("{what} has not been declared in {}.", module_name(&self.path));
        match object {
            Object::Variable(name) => match self.walk.variable(self, name) {
                Some(value) => Ok(value),
                None => {
                    let detail = format!(
                        "An input variable with the name \"{name}\" has not been declared.{}",
                        match nearest(name, self.module.variables.keys()) {
                            Some(near) => format!(" Did you mean \"{near}\"?"),
                            None => format!(
                                " This variable can be declared with a variable \"{name}\" {{}} block."
                            ),
                        }
                    );
                    missing("Reference to undeclared input variable", detail)
                }
            },
            Object::Local(name) => {
                if !self.module.locals.contains_key(name) {
                    let near = nearest(name, self.module.locals.keys())
                        .map(|n| format!(" Did you mean \"{n}\"?"))
                        .unwrap_or_default();
                    return missing(
                        "Reference to undeclared local value",
                        format!("A local value with the name \"{name}\" has not been declared.{near}"),
                    );
                }
                Ok(self.walk.local_of(self, name).unwrap_or_else(|| Value::unknown(Type::Dynamic)))
            }
            Object::Each(name) => match self.each.each(name) {
                Some(value) => Ok(value),
                None => missing(
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                     \"for_each\" argument is set."
                        .into(),
                ),
            },
            Object::Count(name) => match self.each.count(name) {
                Some(value) => Ok(value),
                None => missing(
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only \
                     when the \"count\" argument is set."
                        .into(),
                ),
            },
            Object::Path(name) => {
                let folder = |p: PathBuf| Ok(Value::string(&p.display().to_string()));
                match &**name {
                    "module" => folder(self.module.dir.clone()),
                    "root" => folder(self.walk.inputs.config.root.dir.clone()),
                    "cwd" => folder(self.walk.inputs.options.working_dir.clone()),
                    _ => missing(
                        "Invalid \"path\" attribute",
                        "The \"path\" object does not have an attribute with this name. The supported attributes are \
                         cwd, module, and root."
                            .into(),
                    ),
                }
            }
            Object::Terraform(name) => match &**name {
                "workspace" => Ok(Value::string(self.walk.inputs.options.workspace.as_deref().unwrap_or("default"))),
                "applying" => {
                    let applying = matches!(self.walk.resources, Resources::Applied(_));
                    Ok(Value::from(applying).marked(&Marks::ephemeral()))
                }
                _ => missing(
                    "Invalid \"terraform\" attribute",
                    format!("The \"terraform\" object does not have an attribute named \"{name}\"."),
                ),
            },
            Object::This => match &self.this {
                Some(value) => Ok(value.clone()),
                None => missing(
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. This object can be used only in resource \
                     provisioner, connection, and postcondition blocks."
                        .into(),
                ),
            },
            Object::Resource(mode, kind, name) => {
                let Some(resource) = self.module.resource(*mode, kind, name) else {
                    let what = match mode {
                        refs::Mode::Managed => format!("A managed resource \"{kind}\" \"{name}\""),
                        refs::Mode::Data => format!("A data resource \"{kind}\" \"{name}\""),
                        refs::Mode::Ephemeral => format!("An ephemeral resource \"{kind}\" \"{name}\""),
                    };
                    return missing("Reference to undeclared resource", undeclared(&what));
                };
                let keyed = reference.attribute_at(usize::from(*mode != refs::Mode::Managed) + 1).is_none();
                let further = reference.steps.len() > usize::from(*mode != refs::Mode::Managed) + 1;
                let several = !matches!(resource.repetition(), config::ForEach::Single);
                let judged = matches!(self.walk.resources, Resources::Unknown);
                if judged && further && &*reference.root.text != "resource" && keyed != several {
                    return missing("Instance key", String::new());
                }
                let block = self.walk.block(self, resource);
                Ok(block.map_or_else(|| Value::unknown(Type::Dynamic), |b| b.value.clone()))
            }
            Object::Module(name) => {
                if !self.module.calls.contains_key(name) {
                    return missing(
                        "Reference to undeclared module",
                        format!("No module call named \"{name}\" is declared in {}.", module_name(&self.path)),
                    );
                }
                let value = self.walk.module_value(self, name, reference);
                Ok(value.unwrap_or_else(|| Value::unknown(Type::Dynamic)))
            }
        }
    }
}

fn module_name(path: &ModulePath) -> String {
    if path.is_root() { "the root module".into() } else { path.to_string() }
}

/// The name that is most like a misspelt one, if any is near.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n Arc<str>>) -> Option<&'n str> {
    crate::lang::suggest::did_you_mean(name, known.map(|n| &**n))
}
