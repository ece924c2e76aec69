//! `replace_triggered_by`: whether what an instance names there changes.

use std::rc::Rc;

use super::addr::{InstanceAddr, Key, ResourceAddr};
use super::instance::Site;
use super::model::{Change, ChangeAction, PlanMode};
use super::paths;
use super::repeat::Block;
use crate::lang::refs::{self, Mode, Object};
use crate::lang::syntax::{Expr, ExprKind, Step, StepKind};
use crate::lang::{Diagnostic, Kind, PathStep, Value};

/// Does all that `replace_triggered_by` names exist, or did it? What does not is reported.
pub fn exist(site: &Site<'_, '_, '_>) -> bool {
    if site.walk.inputs.options.mode != PlanMode::Normal {
        return true;
    }
    let mut all = true;
    for named in named(site).filter(|n| !n.exists(site)) {
        named.missing(site);
        all = false;
    }
    all
}

/// Does `replace_triggered_by` ask for a new object?
pub fn replaced_by(site: &Site<'_, '_, '_>) -> bool {
    named(site).any(|n| n.changes(site))
}

fn named(site: &Site<'_, '_, '_>) -> impl Iterator<Item = Named> {
    site.resource.lifecycle.replace_triggered_by.iter().filter_map(|e| Named::of(site, e))
}

/// What one trigger names: a resource with all its instances, one of them, or a part of one.
struct Named {
    resource: ResourceAddr,
    block: Rc<Block>,
    key: Option<Key>,
    path: Vec<PathStep>,
}

impl Named {
    /// Reads a trigger; `count.index` and `each.key` have the values that they have around the instance.
    fn of(site: &Site<'_, '_, '_>, expr: &Expr) -> Option<Named> {
        let mut steps = Vec::new();
        let reference = flatten(site, expr, &mut steps)?;
        let (object, named) = refs::resolve(reference).ok()?;
        let Object::Resource(Mode::Managed, ty, name) = object else { return None };
        let resource = site.scope.module.resource(Mode::Managed, &ty, &name)?;
        // Its instances are planned with it, unless that leads back here.
        let block = site.walk.block(site.scope, resource)?;
        let steps: Vec<PathStep> = reference.steps[named..].iter().map(step).chain(steps).collect();
        let (key, path) = match steps.split_first() {
            Some((PathStep::Index(at), rest)) => (Some(Key::Index(*at as u64)), rest.to_vec()),
            Some((PathStep::Key(name), rest)) => (Some(Key::Name(name.clone())), rest.to_vec()),
            _ => (None, steps),
        };
        let module = site.addr.resource.module.clone();
        let resource = ResourceAddr { module, mode: super::addr::Mode::Managed, ty, name };
        Some(Named { resource, block, key, path })
    }

    /// Is an instance with this key meant?
    fn means(&self, key: &Option<Key>) -> bool {
        self.key.is_none() && self.path.is_empty() || *key == self.key
    }

    fn exists(&self, site: &Site<'_, '_, '_>) -> bool {
        let repetition = &self.block.repetition;
        if repetition.is_unknown() || repetition.keys().iter().any(|key| self.means(key)) {
            return true;
        }
        let mut was = site.walk.inputs.ledger.instances.keys().filter_map(|a| InstanceAddr::parse(a).ok());
        was.any(|a| a.resource == self.resource && self.means(&a.key))
    }

    fn changes(&self, site: &Site<'_, '_, '_>) -> bool {
        let planned = site.walk.planned.borrow();
        let mut all = planned.values().map(|p| &p.change);
        all.any(|c| c.addr.resource == self.resource && self.means(&c.addr.key) && changes_at(c, &self.path))
    }

    fn missing(&self, site: &Site<'_, '_, '_>) {
        let module = &self.resource.module;
        let place = if module.is_root() { "the root module".to_string() } else { module.to_string() };
        let key = self.key.as_ref().map(Key::to_string).unwrap_or_default();
        let text = format!("no change found for {}{key} in {place}", self.resource.local());
        site.walk.report([Diagnostic::error(text, "").near(site.resource.header.clone())]);
    }
}

/// The reference at the root of a trigger; the steps that follow it are added.
fn flatten<'e>(
    site: &Site<'_, '_, '_>,
    expr: &'e Expr,
    steps: &mut Vec<PathStep>,
) -> Option<&'e crate::lang::syntax::Reference> {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Wrap(inner) => flatten(site, inner, steps),
        ExprKind::Reference(reference) => Some(reference),
        ExprKind::Traversal(source, more) => {
            let root = flatten(site, source, steps)?;
            steps.extend(more.iter().map(step));
            Some(root)
        }
        ExprKind::Index(source, key) => {
            let root = flatten(site, source, steps)?;
            steps.push(index(&site.walk.eval(key, site.scope, &site.context())));
            Some(root)
        }
        _ => None,
    }
}

fn step(step: &Step) -> PathStep {
    match &step.kind {
        StepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        StepKind::Index(value) => index(value),
    }
}

fn index(value: &Value) -> PathStep {
    match (&value.kind, value.as_number().and_then(|n| n.as_usize())) {
        (Kind::Number(_), Some(at)) => PathStep::Index(at),
        _ => PathStep::Key(value.as_str().unwrap_or_default().into()),
    }
}

/// Does a planned change change the instance (or the part at a path)? Making and removing it are no changes of it.
fn changes_at(change: &Change, path: &[PathStep]) -> bool {
    if !matches!(change.action, ChangeAction::Update | ChangeAction::Replace { .. }) {
        return false;
    }
    path.is_empty() || part(change.before.as_ref(), path) != part(change.after.as_ref(), path)
}

/// The part at a path; an index does not lead into an object, nor a name into a map.
fn part(value: Option<&Value>, path: &[PathStep]) -> Option<Value> {
    let found = path.iter().try_fold(value?, |value, step| match (step, &value.kind) {
        (PathStep::Key(_), Kind::Object(_)) | (PathStep::Attribute(_), Kind::Map(..)) => None,
        _ => paths::get(value, std::slice::from_ref(step)),
    })?;
    Some(found.unmarked_deep())
}
