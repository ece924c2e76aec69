//! One resource instance: its block decoded, its kind looked up, its change planned.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::addr::{InstanceAddr, Mode};
use super::diff::Difference;
use super::live::{OriginOf, ProviderKey};
use super::model::{Change, Drift, Finding, PlanMode};
use super::paths;
use super::repeat::Repetition;
use super::scope::ModuleScope;
use super::walk::{Resources, Walk, resource_context};
use crate::arm::id::ArmId;
use crate::catalog::{Claim, LookUp, Problem, ProviderConfig};
use crate::config::decode::{Decoded, decode};
use crate::config::{IgnoreChanges, Resource};
use crate::lang::refs::Object;
use crate::lang::schema::ResourceSchema;
use crate::lang::syntax::{Reference, StepKind};
use crate::lang::{Diagnostic, Diagnostics, Kind, Marks, PathStep, Severity, Value};
use crate::ledger::Record;

/// An instance with its planned change and what apply needs to carry it out.
#[derive(Debug)]
pub struct Planned {
    /// What people see.
    pub change: Change,
    /// What references to it see.
    pub value: Value,
    /// What apply does.
    pub work: Work,
    /// The instances it was made of.
    pub depends: BTreeSet<InstanceAddr>,
    /// What changed outside.
    pub drift: Option<Drift>,
    /// What the plan found out about it.
    pub findings: Vec<Finding>,
}

/// What apply does with an instance.
#[derive(Debug)]
pub enum Work {
    /// ARM documents.
    Arm(ArmWork),
    /// An object of the ledger alone.
    Local(LocalWork),
    /// A data source.
    Data,
}

/// The documents of an instance.
#[derive(Debug)]
pub struct ArmWork {
    /// Through which provider.
    pub provider: ProviderKey,
    /// What is wanted, in the order it is written; empty when the instance goes.
    pub claims: Vec<ClaimPlan>,
    /// What there was: documents that are withdrawn when the instance goes or is replaced, in the order written.
    pub prior: Vec<ClaimPlan>,
    /// What the ledger knows.
    pub record: Option<Arc<Record>>,
}

/// A claim with what was found.
#[derive(Debug, Clone)]
pub struct ClaimPlan {
    /// The claim.
    pub claim: Claim,
    /// The live document.
    pub live: Option<Arc<Value>>,
    /// What must be written.
    pub differences: Vec<Difference>,
    /// It comes back from deletion: a property says so (Key Vault), or it happens by itself.
    pub recover: Option<Option<(&'static str, &'static str)>>,
    /// It is made anew while another document stands in for it.
    pub rotates: bool,
}

impl ClaimPlan {
    /// Of what was, and is only withdrawn.
    pub fn going(live: Option<Arc<Value>>, claim: Claim) -> ClaimPlan {
        ClaimPlan { claim, live, differences: Vec::new(), recover: None, rotates: false }
    }
}

/// An object with no document behind it.
#[derive(Debug)]
pub struct LocalWork {
    /// Through which provider, if requests are sent for it.
    pub provider: Option<ProviderKey>,
    /// The resource of another that its requests are about.
    pub on: Option<ArmId>,
    /// As it is; of what is written and not kept, what is known to be as it was sent.
    pub prior: Option<Value>,
    /// As it was planned, parts unknown.
    pub planned: Option<Value>,
    /// What the ledger knows.
    pub record: Option<Arc<Record>>,
}

/// An instance being planned: what all kinds have in common.
pub struct Site<'s, 'w, 'a> {
    /// The walk.
    pub walk: &'w Walk<'a>,
    /// Its address.
    pub addr: &'s InstanceAddr,
    /// Its block.
    pub resource: &'a Resource,
    /// Where its expressions are evaluated.
    pub scope: &'s ModuleScope<'w, 'a>,
    /// How its block repeats.
    pub repetition: &'s Repetition,
}

impl<'a> Site<'_, '_, 'a> {
    /// The diagnostics' context: `resource "t" "n"`.
    pub fn context(&self) -> String {
        resource_context(self.resource)
    }

    /// Decodes the block by its schema; what is wrong is reported.
    pub fn decode(&self, schema: &ResourceSchema) -> Decoded {
        let dangling = self.walk.dangling();
        let mut decoded = decode(&self.resource.body, schema, self.scope, self.walk.inputs.functions);
        if self.walk.dangling() > dangling {
            decoded.diagnostics = Diagnostics::default();
        }
        if decoded.value.deep_marks().is_broken() {
            decoded.failed = true;
            self.walk.stumble();
        }
        let diagnostics = std::mem::take(&mut decoded.diagnostics);
        let ephemeral = decoded.kept_ephemerals(schema);
        let (context, address) = (self.context(), self.addr.to_string());
        self.walk
            .report(ephemeral.into_iter().map(|d| d.within(context.clone()).with_address(address.clone())));
        // Errors of the block's form are the configuration's; warnings are about the object.
        self.walk.report(diagnostics.into_iter().map(|d| {
            let d = d.within(context.clone());
            if d.severity == Severity::Warning { d.with_address(address.clone()) } else { d }
        }));
        decoded
    }

    /// Reports problems at the arguments they are about.
    pub fn problems(&self, problems: impl IntoIterator<Item = Problem>, decoded: &Decoded) {
        let (context, address) = (self.context(), self.addr.to_string());
        self.walk.report(problems.into_iter().map(|p| {
            let at = decoded.span(&p.path).unwrap_or_else(|| self.resource.header.clone());
            let mut one = Diagnostic::error(p.summary, p.detail).at(at);
            one.severity = p.severity;
            one.within(context.clone()).with_address(address.clone())
        }));
    }

    /// Reports an error about the whole block.
    pub fn error(&self, summary: &str, detail: impl Into<String>) {
        self.walk.report([Diagnostic::error(summary, detail)
            .at(self.resource.header.clone())
            .within(self.context())
            .with_address(self.addr.to_string())]);
    }

    /// The instances that the configuration was made of, with `depends_on` of the block and of the modules around it.
    pub fn depends(&self, config: &Value) -> BTreeSet<InstanceAddr> {
        let mut marks = config.deep_marks().union(&self.repetition.marks);
        marks = marks.union(&super::provisioners::marks(self));
        for each in [self.scope.each.each("value"), self.scope.each.each("key")].into_iter().flatten() {
            marks = marks.union(&each.marks);
        }
        let mut all: BTreeSet<InstanceAddr> =
            marks.origins().iter().map(|o| self.walk.cache.origin_of(*o).instance().clone()).collect();
        let made = self.resource.provisioners.iter().filter(|p| !p.on_destroy);
        for reference in made.flat_map(|p| crate::lang::refs::body_references(&p.body)) {
            self.add_block(self.scope, &reference, &mut all);
        }
        for reference in &self.resource.depends_on {
            self.add_block(self.scope, reference, &mut all);
        }
        let lifecycle = &self.resource.lifecycle;
        let rules = lifecycle.preconditions.iter().chain(&lifecycle.postconditions);
        let exprs = rules.flat_map(|r| [&r.condition, &r.error_message]);
        for reference in exprs.chain(&lifecycle.replace_triggered_by).flat_map(crate::lang::refs::references)
        {
            self.add_block(self.scope, &reference, &mut all);
        }
        let mut path = self.addr.resource.module.clone();
        while let Some(parent) = path.parent() {
            if let (Some(outer), Some((name, _))) = (self.walk.scope(&parent), path.0.last())
                && let Some(call) = outer.module.calls.get(name)
            {
                for reference in &call.depends_on {
                    self.add_block(&outer, reference, &mut all);
                }
            }
            path = parent;
        }
        all.remove(self.addr);
        all
    }

    fn add_block(
        &self,
        scope: &ModuleScope<'_, 'a>,
        reference: &crate::lang::syntax::Reference,
        all: &mut BTreeSet<InstanceAddr>,
    ) {
        let Ok((object, _)) = crate::lang::refs::resolve(reference) else { return };
        match object {
            Object::Resource(mode, kind, name) => {
                let Some(resource) = scope.module.resource(mode, &kind, &name) else { return };
                let Some(block) = self.walk.block(scope, resource) else { return };
                let mode = if mode == crate::lang::refs::Mode::Data { Mode::Data } else { Mode::Managed };
                let addr = super::addr::ResourceAddr { module: scope.path.clone(), mode, ty: kind, name };
                all.extend(block.repetition.keys().into_iter().map(|k| addr.instance(k)));
            }
            Object::Module(name) => {
                let within = scope.path.child(&name, None);
                for path in self.walk.module_instances() {
                    let calls = path.calls();
                    if !calls.starts_with(&within.calls()) {
                        continue;
                    }
                    let Some(inner) = self.walk.scope(&path) else { continue };
                    for resource in inner.module.resources.values() {
                        let Some(block) = self.walk.block(&inner, resource) else { continue };
                        let addr = super::walk::address(resource, &path);
                        all.extend(block.repetition.keys().into_iter().map(|k| addr.instance(k)));
                    }
                }
            }
            other => {
                let value = crate::lang::scope::Scope::object(scope, &other, reference);
                let marks = value.map(|v| v.deep_marks()).unwrap_or(Marks::NONE);
                all.extend(marks.origins().iter().map(|o| self.walk.cache.origin_of(*o).instance().clone()));
            }
        }
    }

    /// Does one of these instances have a change to come?
    pub fn pending(&self, of: &BTreeSet<InstanceAddr>) -> bool {
        let planned = self.walk.planned.borrow();
        of.iter().any(|addr| {
            planned.get(addr).is_some_and(|p| {
                addr.resource.mode == Mode::Managed && p.change.action != super::model::ChangeAction::NoOp
                    || p.change.action == super::model::ChangeAction::Read
            })
        })
    }

    /// The configured provider of the block. `None`: it is not connected yet, or is unusable (reported).
    pub fn provider(&self) -> Option<(ProviderKey, Arc<ProviderConfig>)> {
        super::providers::of(self.walk, &self.addr.resource.module, self.resource)
    }

    /// What the ledger knows of it.
    pub fn record(&self) -> Option<&'a Arc<Record>> {
        self.walk.inputs.ledger.instances.get(&self.addr.to_string())
    }

    /// What the instance's type is: made up by a test, or what the catalog has.
    pub fn look_up(&self) -> Option<LookUp> {
        let key = self.provider_key();
        let major = super::providers::major(self.walk, &key.address);
        self.walk.inputs.options.mocks.resource(self.addr, &key, major)
    }

    /// The address of the block's provider.
    pub fn provider_address(&self) -> Arc<str> {
        self.provider_key().address
    }

    /// Which of the root module's provider configurations the block uses.
    pub fn provider_key(&self) -> ProviderKey {
        let calls = self.addr.resource.module.calls();
        self.walk.provider_key(&calls, &self.resource.provider).0
    }
}

/// The value that references to an instance have, planning it if this walk plans.
pub fn value<'a>(
    walk: &Walk<'a>,
    addr: &InstanceAddr,
    resource: &'a Resource,
    scope: &ModuleScope<'_, 'a>,
    repetition: &Repetition,
) -> Value {
    let site = Site { walk, addr, resource, scope, repetition };
    match walk.resources {
        Resources::Applied(look) => {
            let origin = walk.cache.origin(OriginOf::Instance(addr.clone()));
            match look(addr) {
                Some(value) => value.marked(&Marks::origin(origin)),
                None => Value::unknown(crate::lang::Type::Dynamic),
            }
        }
        Resources::Unknown => super::validate::instance(&site),
        Resources::Planned => {
            let errors = walk.errors();
            super::conditions::judge_before(&site);
            if walk.errors() > errors || !super::triggers::exist(&site) {
                return super::validate::placeholder(&site);
            }
            let planned = match addr.resource.mode {
                Mode::Data => super::mocks::data(&site).unwrap_or_else(|| super::data::plan(&site)),
                Mode::Managed => match site.look_up() {
                    Some(LookUp::Arm(lens)) => super::arm::plan(&site, lens),
                    Some(LookUp::Local(kind)) => super::local::plan(&site, kind),
                    None => {
                        super::validate::unknown_type(&site);
                        None
                    }
                },
            };
            let Some(mut planned) = planned else {
                return super::validate::placeholder(&site);
            };
            if let (PlanMode::RefreshOnly, Work::Local(_), Some(before)) =
                (walk.inputs.options.mode, &planned.work, &planned.change.before)
            {
                // Nothing becomes of it: it is what it is.
                let origin = walk.cache.origin(OriginOf::Instance(addr.clone()));
                planned.value = before.clone().marked(&Marks::origin(origin));
            }
            let value = planned.value.clone();
            super::conditions::judge_after(&site, &value);
            walk.planned.borrow_mut().insert(addr.clone(), Rc::new(planned));
            value
        }
    }
}

/// The configuration with what `ignore_changes` names taken from the object as it is.
pub fn ignoring(config: &Value, prior: &Value, ignore: &IgnoreChanges, schema: &ResourceSchema) -> Value {
    match ignore {
        IgnoreChanges::None => config.clone(),
        IgnoreChanges::All => {
            let Some(entries) = config.as_entries() else { return config.clone() };
            let kept = entries.iter().map(|(name, value)| {
                let argument =
                    schema.block(name).is_some() || schema.attribute(name).is_some_and(|a| a.is_argument());
                let value = if argument { prior.get(name).unwrap_or(value) } else { value };
                (name.clone(), value.clone())
            });
            Value { kind: Value::object(kept).kind, marks: config.marks.clone() }
        }
        IgnoreChanges::Paths(paths) => paths.iter().fold(config.clone(), |config, reference| {
            let path = ignored_path(reference, &config);
            let (Some(was), Some(_)) = (paths::get(prior, &path), paths::get(&config, &path)) else {
                // An entry of a map may be on one side only.
                let within = path.split_last().map(|(_, above)| above).unwrap_or_default();
                let entry = matches!(path.last(), Some(PathStep::Key(_)))
                    && paths::get(&config, within).is_some_and(|m| !m.is_null() && m.as_entries().is_some());
                return match entry {
                    true => paths::replace(&config, &path, paths::get(prior, &path)),
                    false => config,
                };
            };
            paths::replace(&config, &path, Some(was))
        }),
    }
}

/// What an element of `ignore_changes` is about. The entries of an object cannot be told apart by an index: it is ignored
/// as a whole.
fn ignored_path(reference: &Reference, config: &Value) -> Vec<PathStep> {
    let mut path = vec![PathStep::Attribute(reference.root.text.clone())];
    path.extend(reference.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Attribute(name) => Some(PathStep::Attribute(name.clone())),
        StepKind::Index(index) => match (index.as_str(), index.as_number()) {
            (Some(name), _) => Some(PathStep::Key(name.into())),
            (None, Some(n)) => n.as_i64().map(|n| PathStep::Index(n.max(0) as usize)),
            _ => None,
        },
    }));
    if let Some((PathStep::Key(_), above)) = path.split_last()
        && paths::get(config, above).is_some_and(|v| matches!(v.kind, Kind::Object(_)))
    {
        path.pop();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Type;
    use crate::lang::diag::Source;
    use crate::lang::schema::{AttrSpec, BlockSpec};
    use crate::lang::syntax::{ExprKind, parse_expression};
    use serde_json::{Value as Json, json};

    fn ignored(path: &str, prior: Value, config: Value) -> Json {
        let expr = parse_expression(&Source::new("t", path)).unwrap();
        let ExprKind::Reference(reference) = expr.kind else { panic!("{path}") };
        let schema =
            BlockSpec { attributes: vec![AttrSpec::optional("a", Type::Dynamic)], ..BlockSpec::default() };
        ignoring(&config, &prior, &IgnoreChanges::Paths(vec![reference]), &schema).to_json().unwrap()
    }

    #[test]
    fn entries_of_maps_are_ignored_and_objects_as_a_whole() {
        let object = |v: Json| Value::from_json(&json!({"a": v}));
        let map = |v: Json| {
            let ty = Type::map(Type::String);
            Value::object([("a", crate::lang::convert::convert(&Value::from_json(&v), &ty).unwrap())])
        };
        let (was, is) = (json!({"k": "1", "z": "1"}), json!({"k": "2", "z": "2"}));
        let mixed = json!({"a": {"k": "1", "z": "2"}});
        assert_eq!(ignored("a[\"k\"]", map(was.clone()), map(is.clone())), mixed);
        assert_eq!(ignored("a.k", object(was.clone()), object(is.clone())), mixed);
        // Terraform 1.11.4 keeps the object as it was.
        assert_eq!(ignored("a[\"k\"]", object(was.clone()), object(is.clone())), json!({"a": was}));
        assert_eq!(
            ignored("a[\"q\"]", map(json!({"q": "1"})), map(json!({"z": "1"}))),
            json!({"a": {"q": "1", "z": "1"}})
        );
        assert_eq!(ignored("a[\"q\"]", map(json!({})), map(json!({"q": "1"}))), json!({"a": {}}));
        assert_eq!(ignored("a.q", object(json!({"q": 1})), object(json!(2))), json!({"a": 2}));
    }
}
