//! Evaluation of a configuration: modules, variables, locals and outputs, on demand and each once.
//!
//! Whatever is referred to is evaluated when it is first needed; a reference to what is being evaluated is a cycle.
//! One walk is one round over what has been read so far ([`LiveCache`]); what it lacks it notes in [`Needs`].

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::addr::{InstanceAddr, Key, Mode, ModulePath, ResourceAddr};
use super::checks::Results;
use super::instance::Planned;
use super::live::{LiveCache, Needs, OriginOf, PlanReader, ProviderKey};
use super::model::DataRead;
use super::moves::Moves;
use super::names::{Kept, Known, Made, Name, Using};
use super::options::PlanOptions;
use super::repeat::{self, Block, Repetition};
use super::scope::ModuleScope;
use crate::arm::id::ArmId;
use crate::catalog::ProviderConfig;
use crate::config::{self, InputError, ModuleCall, ProviderRef, Resource};
use crate::lang::eval::Functions;
use crate::lang::refs;
use crate::lang::syntax::{Expr, Reference};
use crate::lang::{Diagnostic, Diagnostics, Marks, Severity, Type, Value};
use crate::ledger::{Ledger, Sealer};

/// So many references may be followed at once, each on the way to the value of the one before.
const MOST_FOLLOWED: usize = 2000;

/// What a run plans from.
pub struct Inputs<'a> {
    /// The configuration.
    pub config: &'a config::Config,
    /// The root module's variables, converted and judged.
    pub variables: &'a BTreeMap<Arc<str>, Value>,
    /// What we own.
    pub ledger: &'a Ledger,
    /// Opens what the ledger keeps secret.
    pub sealer: &'a Sealer,
    /// What was asked for.
    pub options: &'a PlanOptions,
    /// The functions that expressions can call.
    pub functions: &'a dyn Functions,
    /// RFC 3339: when planning began, the value of `plantimestamp()`.
    pub timestamp: String,
}

/// Which values resources have in this walk.
#[derive(Clone, Copy)]
pub enum Resources<'a> {
    /// Nothing is known of them but their schema (`validate`).
    Unknown,
    /// Each is planned when it is first referred to.
    Planned,
    /// They are what apply has made of them so far, or what was planned.
    Applied(&'a dyn Fn(&InstanceAddr) -> Option<Value>),
}

/// One round.
pub struct Walk<'a> {
    /// What it plans from.
    pub inputs: &'a Inputs<'a>,
    /// What was read.
    pub cache: &'a LiveCache,
    /// What resources are.
    pub resources: Resources<'a>,
    /// What moved to another address.
    pub moves: Option<&'a Moves>,
    /// What is lacking.
    pub needs: RefCell<Needs>,
    /// What is wrong.
    pub diagnostics: RefCell<Diagnostics>,
    /// Where among them those stand that are said once, by their texts.
    said: RefCell<HashMap<(String, Option<String>), Vec<usize>>>,
    /// What conditions came to.
    pub checks: RefCell<Results>,
    /// The data sources that were read, as they came.
    pub reads: RefCell<Vec<DataRead>>,
    /// Planned documents by id: they shadow what was read.
    pub planned_documents: RefCell<HashMap<ArmId, Arc<Value>>>,
    /// Planned instances.
    pub planned: RefCell<BTreeMap<InstanceAddr, Rc<Planned>>>,
    /// What earlier walks of the same run made of names and blocks; whoever keeps it keeps it up to date.
    pub kept: Option<&'a Kept>,
    blocks: RefCell<HashMap<ResourceAddr, Rc<Block>>>,
    known: Known,
    using: Using,
    pub(super) providers: RefCell<HashMap<ProviderKey, Option<Arc<ProviderConfig>>>>,
    pub(super) deferred: Cell<bool>,
    stack: RefCell<Vec<String>>,
    /// How many errors were reported, the same one each time.
    errors: Cell<usize>,
    /// How many references named nothing, in validation: they are said by the judgement of the configuration.
    pub(super) dangling: Cell<usize>,
    /// The reference that is being followed: where a cycle closes.
    pub(super) following: RefCell<Option<crate::lang::diag::Span>>,
    /// The blocks whose objects are replaced by making the new one first; as they are written, without keys.
    first: OnceCell<BTreeSet<ResourceAddr>>,
}

impl<'a> Walk<'a> {
    /// A new round.
    pub fn new(inputs: &'a Inputs<'a>, cache: &'a LiveCache, resources: Resources<'a>) -> Walk<'a> {
        Walk {
            inputs,
            cache,
            resources,
            moves: None,
            needs: RefCell::default(),
            diagnostics: RefCell::default(),
            said: RefCell::default(),
            checks: RefCell::default(),
            reads: RefCell::default(),
            planned_documents: RefCell::default(),
            planned: RefCell::default(),
            kept: None,
            blocks: RefCell::default(),
            known: Known::default(),
            using: Using::default(),
            providers: RefCell::default(),
            deferred: Cell::new(false),
            stack: RefCell::default(),
            errors: Cell::new(0),
            dangling: Cell::new(0),
            following: RefCell::default(),
            first: OnceCell::new(),
        }
    }

    /// The scope of a module instance's own expressions.
    pub fn scope<'w>(&'w self, path: &ModulePath) -> Option<ModuleScope<'w, 'a>> {
        let module = self.inputs.config.root.descendant(&path.calls())?;
        Some(ModuleScope { walk: self, path: path.clone(), module, each: repeat::Each::None, this: None })
    }

    /// Where an instance was before it moved.
    pub fn previous(&self, addr: &InstanceAddr) -> Option<InstanceAddr> {
        self.moves?.previous(addr).cloned()
    }

    /// Is a replacement in this block made before the old object goes? So it is where the block says so, and in everything
    /// that such a block is made of.
    pub fn creates_first(&self, addr: &ResourceAddr) -> bool {
        let first = self.first.get_or_init(|| super::blocks::create_first(self.inputs.config));
        !first.is_empty() && first.contains(&addr.written())
    }

    /// Reads live documents through a provider, the planned ones first.
    pub fn reader<'r>(&'r self, provider: &'r ProviderKey) -> PlanReader<'r> {
        PlanReader {
            cache: self.cache,
            planned: &self.planned_documents,
            needs: &self.needs,
            provider,
            digests: None,
            refused: RefCell::default(),
        }
    }

    /// Adds diagnostics, each once.
    pub fn report(&self, more: impl IntoIterator<Item = Diagnostic>) {
        let (mut all, mut said) = (self.diagnostics.borrow_mut(), self.said.borrow_mut());
        for one in more {
            if one.severity == Severity::Error {
                self.stumble();
            }
            // Many things may be wrong in the same way: only those of the same texts are compared.
            let alike = said.entry((one.detail.clone(), one.address.clone())).or_default();
            if !alike.iter().any(|at| all.0[*at] == one) {
                alike.push(all.0.len());
                all.push(one);
            }
        }
    }

    /// How many errors were reported so far; it rises with each, whether it was said before or not.
    pub fn errors(&self) -> usize {
        self.errors.get()
    }

    /// Counts an error that was reported where it arose.
    pub fn stumble(&self) {
        self.errors.set(self.errors.get() + 1);
    }

    /// A value that nothing is to be made of if errors were reported since there were so many.
    fn since(&self, errors: usize, value: Value) -> Value {
        if self.errors() > errors { value.marked(&Marks::broken()) } else { value }
    }

    /// What messages say of the values that an expression refers to.
    pub fn values_of(&self, expr: &Expr, scope: &ModuleScope<'_, 'a>) -> Vec<(String, String)> {
        let about = crate::lang::eval::About::default();
        crate::lang::eval::values_of(expr, about, scope, self.inputs.functions, &[])
    }

    /// The keys of a resource block's instances, if it has been expanded.
    pub fn expanded(&self, addr: &ResourceAddr) -> Option<Vec<Option<Key>>> {
        Some(self.blocks.borrow().get(addr)?.repetition.keys())
    }

    /// What apply has made of an instance so far, or what was planned of it.
    pub fn object(&self, addr: &InstanceAddr) -> Option<Value> {
        match self.resources {
            Resources::Applied(look) => look(addr),
            _ => self.planned.borrow().get(addr).map(|planned| planned.value.clone()),
        }
    }

    /// Evaluates in a scope; errors are reported, the value is then unknown.
    pub fn eval(&self, expr: &Expr, scope: &ModuleScope<'_, 'a>, context: &str) -> Value {
        let dangling = self.dangling();
        let (value, diagnostics) = crate::lang::eval::evaluate(expr, scope, self.inputs.functions);
        if self.dangling() == dangling {
            self.report(diagnostics.into_iter().map(|d| d.within(context)));
        }
        value
    }

    /// How many references named nothing so far: nothing is said of what was made with one of them.
    pub fn dangling(&self) -> usize {
        self.dangling.get()
    }

    /// Every module instance, parents first.
    pub fn module_instances(&self) -> Vec<ModulePath> {
        let mut all = vec![ModulePath::root()];
        let mut next = 0;
        while next < all.len() {
            let path = all[next].clone();
            next += 1;
            let Some(scope) = self.scope(&path) else { continue };
            for name in scope.module.children.keys() {
                let repetition = self.call(&path, name);
                let made = |path: &ModulePath| self.inputs.options.mocks.module(path).is_none();
                all.extend(repetition.keys().into_iter().map(|key| path.child(name, key)).filter(made));
            }
        }
        all
    }

    /// What is made of a name: once in this walk, and once for all walks that keep it. `judge` may refer to the name.
    fn once<T: Made>(
        &self,
        name: Name,
        make: impl FnOnce() -> Option<T>,
        judge: impl FnOnce(&T),
    ) -> Option<T> {
        if let Some((made, of)) = self.known.get(&name).or_else(|| self.kept?.get(&name)) {
            self.using.all(&of);
            return Some(made);
        }
        self.using.begin();
        let made = make();
        if let Some(made) = &made {
            self.known.note(name.clone(), made.clone(), Rc::default());
            judge(made);
        }
        let of = self.using.end();
        let made = made?;
        // What is lacking now may be there in the next walk, and what is wrong is to be said again.
        if let Some(kept) = self.kept
            && self.errors() == 0
            && self.needs.borrow().is_empty()
        {
            kept.note(name.clone(), made.clone(), of.clone());
        }
        self.known.note(name, made.clone(), of);
        Some(made)
    }

    /// How a module call repeats.
    pub fn call(&self, path: &ModulePath, name: &Arc<str>) -> Rc<Repetition> {
        let expand = || {
            let errors = self.errors();
            let found = self.scope(path).and_then(|scope| {
                let call = scope.module.calls.get(name)?;
                let what = format!("module \"{name}\"");
                self.guarded(&format!("{} (expand)", path.child(name, None)), || {
                    repeat::expand(self, call.repetition(), &scope, &what)
                })
            });
            let mut found = found.unwrap_or_default();
            if self.errors() > errors {
                found.marks = found.marks.union(&Marks::broken());
            }
            Some(Rc::new(found))
        };
        self.once(Name::Call(path.clone(), name.clone()), expand, |_| ()).unwrap_or_default()
    }

    /// Runs an evaluation unless it is running already: then that is a cycle, and nothing is answered.
    fn guarded<T>(&self, name: &str, run: impl FnOnce() -> T) -> Option<T> {
        let at = self.stack.borrow().iter().position(|n| n == name);
        if let Some(at) = at {
            let mut names: Vec<String> = self.stack.borrow()[at..].to_vec();
            names.sort();
            names.dedup();
            if names.len() == 1 && matches!(self.resources, Resources::Unknown) {
                // A local value is judged where it is written; an object may turn out not to need itself.
                self.stumble();
                return None;
            }
            if let [one] = &names[..]
                && !one.ends_with(" (expand)")
            {
                self.report([Diagnostic::error(
                    "Self-referential block",
                    format!("Configuration for {one} may not refer to itself."),
                )
                .at(self.following.borrow().clone())]);
                return None;
            }
            self.report([Diagnostic::error(
                format!("Cycle: {}", names.join(", ")),
                "Each of these needs another one first. Take one of the references away, or write the value that it \
                 brings as a literal.",
            )
            .near(self.following.borrow().clone())]);
            return None;
        }
        if self.stack.borrow().len() >= MOST_FOLLOWED {
            let detail = format!(
                "{name} is needed at the end of a chain of {MOST_FOLLOWED} objects, each of which is made of the next one. \
                 Make the chain shorter."
            );
            let d = Diagnostic::error("References nested too deeply", detail);
            self.report([d.at(self.following.borrow().clone())]);
            return None;
        }
        self.stack.borrow_mut().push(name.to_string());
        let answer = run();
        self.stack.borrow_mut().pop();
        Some(answer)
    }

    /// A variable of a module instance.
    pub(super) fn variable(&self, scope: &ModuleScope<'_, 'a>, name: &Arc<str>) -> Option<Value> {
        let variable = scope.module.variables.get(name)?;
        let evaluate = || {
            let node = if scope.path.is_root() {
                format!("var.{name}")
            } else {
                format!("{}.var.{name} (expand)", scope.path)
            };
            let errors = self.errors();
            let value = self.guarded(&node, || match scope.path.parent() {
                None => match self.inputs.variables.get(name) {
                    Some(value) => value.clone(),
                    None => unknown_of(&variable.ty),
                },
                Some(_) if matches!(self.resources, Resources::Unknown) => {
                    self.argument_of_any(&scope.path, variable)
                }
                Some(parent) => self.argument(&parent, scope, variable),
            });
            let mut value = self.since(errors, value.unwrap_or_else(|| unknown_of(&variable.ty)));
            if variable.sensitive {
                value = value.marked(&Marks::sensitive());
            }
            if variable.ephemeral {
                value = value.marked(&Marks::ephemeral());
            }
            Some(value)
        };
        self.once(Name::Variable(scope.path.clone(), name.clone()), evaluate, |value| {
            if !scope.path.is_root() {
                self.judge_variable(scope, variable, value);
            }
        })
    }

    /// The value that a module call gives to a variable.
    fn argument(
        &self,
        parent: &ModulePath,
        scope: &ModuleScope<'_, 'a>,
        variable: &config::Variable,
    ) -> Value {
        let (name, key) = scope.path.0.last().cloned().unwrap_or_default();
        let Some(mut outer) = self.scope(parent) else { return unknown_of(&variable.ty) };
        let Some(call) = outer.module.calls.get(&name) else { return unknown_of(&variable.ty) };
        let repetition = self.call(parent, &name);
        outer.each = repetition.each(key.as_ref());
        self.call_argument(call, &outer, variable).marked(&repetition.marks)
    }

    /// The value that a module call gives to a variable in each of its instances (validation).
    fn argument_of_any(&self, path: &ModulePath, variable: &config::Variable) -> Value {
        let unknown = || unknown_of(&variable.ty);
        let (Some(parent), Some((name, _))) = (path.parent(), path.0.last()) else { return unknown() };
        let Some(mut outer) = self.scope(&parent) else { return unknown() };
        let Some(call) = outer.module.calls.get(name) else { return unknown() };
        outer.each = repeat::Each::of_any(call.repetition());
        self.call_argument(call, &outer, variable)
    }

    /// Evaluates and converts one argument of a module call.
    pub(super) fn call_argument(
        &self,
        call: &ModuleCall,
        outer: &ModuleScope<'_, 'a>,
        variable: &config::Variable,
    ) -> Value {
        let context = format!("module \"{}\"", call.name);
        let Some(argument) = call.arguments.attribute(&variable.name) else {
            return variable.default.clone().unwrap_or_else(|| {
                self.report([Diagnostic::error(
                    "Missing required argument",
                    format!("The argument \"{}\" is required, but no definition was found.", variable.name),
                )
                .at(call.header.clone())
                .within(context.clone())]);
                unknown_of(&variable.ty)
            });
        };
        let raw = self.eval(&argument.expr, outer, &context);
        if !variable.ephemeral && raw.deep_marks().is_ephemeral() {
            let detail = "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a \
                          result derived from an ephemeral value.";
            self.report([Diagnostic::error("Ephemeral value not allowed", detail)
                .at(argument.expr.span.clone())
                .within(context)]);
            return unknown_of(&variable.ty);
        }
        match config::values::convert_input(variable, raw) {
            Ok(value) => value,
            Err(why) => {
                let at = place(&variable.header);
                let path = outer.path.to_string();
                let dot = if path.is_empty() { "" } else { "." };
                let what = format!("{path}{dot}module.{}.var.{}", call.name, variable.name);
                let defined = if matches!(why, InputError::Null) { "defined" } else { "declared" };
                self.report([Diagnostic::error(
                    why.summary(),
                    format!("The given value is not suitable for {what} {defined} at {at}: {why}."),
                )
                .at(argument.expr.span.clone())
                .within(context)]);
                unknown_of(&variable.ty)
            }
        }
    }

    fn judge_variable(&self, scope: &ModuleScope<'_, 'a>, variable: &config::Variable, value: &Value) {
        if variable.validations.is_empty() {
            return;
        }
        let (name, _) = scope.path.0.last().cloned().unwrap_or_default();
        let at = scope.path.parent().and_then(|p| self.scope(&p)).and_then(|outer| {
            let call = outer.module.calls.get(&name)?;
            Some(
                call.arguments.attribute(&variable.name).map_or(call.header.clone(), |a| a.expr.span.clone()),
            )
        });
        for rule in &variable.validations {
            super::conditions::judge_variable(self, scope, variable, rule, value, at.clone());
        }
    }

    /// Evaluates a local value.
    pub fn local_of(&self, scope: &ModuleScope<'_, 'a>, name: &Arc<str>) -> Option<Value> {
        let local = scope.module.locals.get(name)?;
        let evaluate = || {
            let node = format!("{} (expand)", inside(&scope.path, &format!("local.{name}")));
            let errors = self.errors();
            let value = self.guarded(&node, || {
                let own = ModuleScope { each: repeat::Each::None, this: None, ..scope.clone() };
                self.eval(&local.expr, &own, "locals")
            })?;
            Some(self.since(errors, value))
        };
        self.once(Name::Local(scope.path.clone(), name.clone()), evaluate, |_| ())
    }

    /// An output of a module instance.
    pub fn output(&self, path: &ModulePath, name: &Arc<str>) -> Option<Value> {
        self.once(Name::Output(path.clone(), name.clone()), || self.evaluate_output(path, name), |_| ())
    }

    fn evaluate_output(&self, path: &ModulePath, name: &Arc<str>) -> Option<Value> {
        let scope = self.scope(path)?;
        let output = scope.module.outputs.get(name)?;
        if let Some(given) = self.inputs.options.mocks.module(path) {
            let value = given.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
            return Some(if output.sensitive { value.marked(&Marks::sensitive()) } else { value });
        }
        let node = inside(path, &format!("output.{name}"));
        let context = format!("output \"{name}\"");
        let errors = self.errors();
        let mut value = self.guarded(&format!("{node} (expand)"), || {
            super::conditions::judge_output(self, &scope, output, &context);
            self.eval(&output.value, &scope, &context)
        })?;
        if value.deep_marks().is_broken() {
            self.stumble();
        } else if output.ephemeral && path.is_root() {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            let one = Diagnostic::error("Ephemeral output not allowed", detail).at(output.header.clone());
            self.report([one.within(context.clone())]);
        }
        if output.sensitive {
            value = value.marked(&Marks::sensitive());
        } else if path.is_root() && value.deep_marks().is_sensitive() {
            self.report([Diagnostic::error(
                "Output refers to sensitive values",
                "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, \
                 Terraform requires that any root module output containing sensitive data be explicitly marked as \
                 sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output \
                 value as sensitive by adding the following argument:\n    sensitive = true",
            )
            .at(output.header.clone())
            .within(context.clone())]);
        }
        if output.ephemeral {
            value = value.marked(&Marks::ephemeral());
        } else if value.deep_marks().is_ephemeral() {
            let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a result \
                          derived from an ephemeral value.";
            self.report([Diagnostic::error("Ephemeral value not allowed", detail)
                .at(output.value.span.clone())
                .within(context.clone())]);
        }
        let value = self.since(errors, value);
        self.note_use(&value);
        Some(value)
    }

    /// Notes attributes that are only fetched when something uses them.
    pub fn note_use(&self, value: &Value) {
        for origin in value.deep_marks().origins() {
            if let OriginOf::Attribute(addr, name) = self.cache.origin_of(*origin) {
                let key = (addr, name);
                if !self.cache.wanted.contains(&key) {
                    self.needs.borrow_mut().wanted.insert(key);
                }
            }
        }
    }

    /// The value of a module call: all of its instances with the outputs that the reference wants.
    pub(super) fn module_value(
        &self,
        scope: &ModuleScope<'_, 'a>,
        name: &Arc<str>,
        reference: &Reference,
    ) -> Option<Value> {
        let child = scope.module.children.get(name)?;
        let repetition = self.call(&scope.path, name);
        let wanted = match (reference.attribute_at(1), reference.attribute_at(2)) {
            (Some(output), _) if matches!(*repetition, Repetition { kind: repeat::Kind::Single, .. }) => {
                Some(output)
            }
            (None, Some(output)) if reference.steps.len() > 1 => Some(output),
            _ => None,
        };
        let several = !matches!(scope.module.calls.get(name)?.repetition(), config::ForEach::Single);
        if several && matches!(self.resources, Resources::Unknown) {
            let outputs = child.outputs.keys().map(|n| (n.clone(), Type::Dynamic));
            let one = Arc::new(Type::object(outputs));
            let all = match scope.module.calls.get(name)?.repetition() {
                config::ForEach::Count(_) => Type::List(one),
                _ => Type::Map(one),
            };
            return Some(Value::unknown(all).marked(&repetition.marks));
        }
        if repetition.is_unknown() {
            return Some(Value::unknown(Type::Dynamic).marked(&repetition.marks));
        }
        let judged = matches!(self.resources, Resources::Unknown);
        let instance = |key: Option<Key>| {
            let path = scope.path.child(name, key);
            let names = child.outputs.keys().filter(|n| wanted.is_none_or(|w| w == &***n));
            Value::object(names.map(|n| {
                let value = self.output(&path, n).unwrap_or_else(|| Value::unknown(Type::Dynamic));
                (n.clone(), if judged { unknown_output(&child.outputs[n], &value) } else { value })
            }))
        };
        Some(repetition.collect(instance))
    }

    /// A resource block in a module instance, expanded and planned (or looked up).
    pub fn block(&self, scope: &ModuleScope<'_, 'a>, resource: &'a Resource) -> Option<Rc<Block>> {
        let addr = address(resource, &scope.path);
        self.using.one(&addr);
        let known = self.kept.and_then(|kept| kept.block(&addr));
        if let Some(known) = known.or_else(|| self.blocks.borrow().get(&addr).cloned()) {
            return Some(known);
        }
        let errors = self.errors();
        let block = self.guarded(&addr.to_string(), || {
            let own = ModuleScope { each: repeat::Each::None, this: None, ..scope.clone() };
            let repetition = self.repetition(&own, resource);
            let several = !matches!(resource.repetition(), config::ForEach::Single);
            let judged = several && matches!(self.resources, Resources::Unknown);
            let value = if repetition.is_unknown() || judged {
                Value::unknown(Type::Dynamic).marked(&repetition.marks)
            } else {
                repetition.collect(|key| {
                    let each = repetition.each(key.as_ref());
                    let instance = addr.instance(key);
                    let scope = ModuleScope { each, ..own.clone() };
                    super::instance::value(self, &instance, resource, &scope, &repetition)
                })
            };
            Rc::new(Block { repetition, value: self.since(errors, value) })
        })?;
        let whole = self.errors() == errors && !block.repetition.is_unknown();
        match self.kept.filter(|_| whole) {
            Some(kept) => kept.keep(addr, block.clone()),
            None => _ = self.blocks.borrow_mut().insert(addr, block.clone()),
        }
        Some(block)
    }

    /// How a resource block repeats. The scope is that of the module instance.
    pub fn repetition(&self, scope: &ModuleScope<'_, 'a>, resource: &'a Resource) -> Rc<Repetition> {
        let context = resource_context(resource);
        let expand = || Some(Rc::new(repeat::expand(self, resource.repetition(), scope, &context)));
        self.once(Name::Block(address(resource, &scope.path)), expand, |_| ()).unwrap_or_default()
    }

    /// The root module's name for a provider configuration that a module uses, with its address.
    pub fn provider_key(
        &self,
        path: &[Arc<str>],
        reference: &ProviderRef,
    ) -> (ProviderKey, Vec<Arc<str>>, ProviderRef) {
        let mut path = path.to_vec();
        let mut reference = reference.clone();
        let address = self
            .inputs
            .config
            .root
            .descendant(&path)
            .map(|m| m.provider_address(&reference.name))
            .unwrap_or_default();
        while !path.is_empty() {
            let Some(module) = self.inputs.config.root.descendant(&path) else { break };
            if module.providers.contains_key(&reference) {
                break;
            }
            let Some(name) = path.pop() else { break };
            let Some(parent) = self.inputs.config.root.descendant(&path) else { break };
            let Some(call) = parent.calls.get(&name) else { break };
            if let Some((_, outer)) = call.providers.iter().find(|(child, _)| *child == reference) {
                reference = outer.clone();
            }
        }
        let key = ProviderKey { address: address.into(), alias: reference.alias.clone() };
        (key, path, reference)
    }
}

/// A name in a module instance, as cycles name it.
fn inside(path: &ModulePath, name: &str) -> String {
    if path.is_root() { name.to_string() } else { format!("{path}.{name}") }
}

/// A resource block's address in a module instance.
pub(super) fn address(resource: &Resource, module: &ModulePath) -> ResourceAddr {
    let key = &resource.key;
    let mode = if key.mode == refs::Mode::Data { Mode::Data } else { Mode::Managed };
    ResourceAddr { module: module.clone(), mode, ty: key.kind.clone(), name: key.name.clone() }
}

/// `resource "t" "n"`, `data "t" "n"`; of a data source in a check, the check.
pub(super) fn resource_context(resource: &Resource) -> String {
    if let Some(check) = &resource.check {
        return format!("check \"{check}\"");
    }
    let word = if resource.key.mode == refs::Mode::Data { "data" } else { "resource" };
    format!("{word} \"{}\" \"{}\"", resource.key.kind, resource.key.name)
}

/// `main.tf:3,1-20`, as messages name a place.
fn place(span: &crate::lang::diag::Span) -> String {
    let before = &span.source.text[..span.range.start.min(span.source.text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |i| i + 1) + 1;
    format!("{}:{line},{column}-{}", span.source.path, column + span.range.len())
}

/// What validation knows of an output of a module: what is declared of it, and whether it could be evaluated.
fn unknown_output(output: &config::Output, value: &Value) -> Value {
    let mut marks = Marks::NONE;
    if output.sensitive {
        marks = marks.union(&Marks::sensitive());
    }
    if output.ephemeral {
        marks = marks.union(&Marks::ephemeral());
    }
    if value.deep_marks().is_broken() {
        marks = marks.union(&Marks::broken());
    }
    Value::unknown(Type::Dynamic).marked(&marks)
}

fn unknown_of(ty: &Type) -> Value {
    Value::unknown(crate::lang::schema::without_optional(ty))
}
