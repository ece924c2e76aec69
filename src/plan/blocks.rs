//! Which resource blocks are made of which others: the configuration's references, followed through locals, variables, modules
//! and providers. Nothing is evaluated.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::addr::{Mode, ModulePath, ResourceAddr};
use crate::config::{AssertRule, Config, Module, ModuleCall, ProviderRef, Resource};
use crate::lang::refs::{self, Object, body_references, references, resolve};
use crate::lang::syntax::{Expr, Reference};

/// What each node waits for.
pub type Waits<T, U = T> = BTreeMap<T, BTreeSet<U>>;

/// Every resource block, and the blocks that it is made of directly: what follows from others is left out.
pub fn waits(config: &Config) -> Waits<ResourceAddr> {
    let mut all = BTreeMap::new();
    for module in config.root.walk() {
        let path = place(&module.path.0);
        for resource in module.resources.values() {
            let mut trace = Trace { config, seen: HashSet::new(), found: BTreeSet::new() };
            trace.resource(&path, module, resource);
            let own = addr(&path, resource.key.mode, &resource.key.kind, &resource.key.name);
            trace.found.remove(&own);
            all.insert(own, trace.found);
        }
    }
    reduced(all)
}

/// Every output of the root module, and the blocks that it is made of directly.
pub fn outputs(config: &Config) -> Waits<Arc<str>, ResourceAddr> {
    let of = |name: &Arc<str>| {
        let mut trace = Trace { config, seen: HashSet::new(), found: BTreeSet::new() };
        trace.output(&ModulePath::root(), name);
        (name.clone(), trace.found)
    };
    config.root.outputs.keys().map(of).collect()
}

/// These blocks and all that they are made of, however far away.
pub fn with_all_below(
    waits: &Waits<ResourceAddr>,
    of: impl IntoIterator<Item = ResourceAddr>,
) -> BTreeSet<ResourceAddr> {
    let mut all = BTreeSet::new();
    let mut open: Vec<ResourceAddr> = of.into_iter().collect();
    while let Some(one) = open.pop() {
        if !all.contains(&one) {
            open.extend(waits.get(&one).into_iter().flatten().cloned());
            all.insert(one);
        }
    }
    all
}

/// The blocks with `create_before_destroy` and what they are made of: that cannot go before they are made anew.
pub fn create_first(config: &Config) -> BTreeSet<ResourceAddr> {
    let modules = config.root.walk();
    let of = modules.iter().flat_map(|module| {
        let path = place(&module.path.0);
        let own = module.resources.values().filter(|r| r.lifecycle.create_before_destroy);
        own.map(move |r| addr(&path, r.key.mode, &r.key.kind, &r.key.name))
    });
    let of: Vec<ResourceAddr> = of.collect();
    if of.is_empty() { BTreeSet::new() } else { with_all_below(&waits(config), of) }
}

/// Without the edges that follow from others. Whatever is waited for is a node too.
pub fn reduced<T: Ord + Clone>(mut all: Waits<T>) -> Waits<T> {
    let named: BTreeSet<T> = all.values().flatten().cloned().collect();
    for node in named {
        all.entry(node).or_default();
    }
    let mut out = BTreeMap::new();
    for (node, direct) in &all {
        let mut further = BTreeSet::new();
        let mut open: Vec<&T> = direct.iter().flat_map(|d| &all[d]).collect();
        while let Some(one) = open.pop() {
            if further.insert(one) {
                open.extend(&all[one]);
            }
        }
        let kept = direct.iter().filter(|d| !further.contains(d)).cloned().collect();
        out.insert(node.clone(), kept);
    }
    out
}

fn place(calls: &[Arc<str>]) -> ModulePath {
    ModulePath(calls.iter().map(|name| (name.clone(), None)).collect())
}

fn addr(module: &ModulePath, mode: refs::Mode, ty: &Arc<str>, name: &Arc<str>) -> ResourceAddr {
    let mode = if mode == refs::Mode::Data { Mode::Data } else { Mode::Managed };
    ResourceAddr { module: module.clone(), mode, ty: ty.clone(), name: name.clone() }
}

struct Trace<'c> {
    config: &'c Config,
    seen: HashSet<(ModulePath, String)>,
    found: BTreeSet<ResourceAddr>,
}

impl<'c> Trace<'c> {
    fn module(&self, path: &ModulePath) -> Option<&'c Module> {
        self.config.root.descendant(&path.calls())
    }

    /// Is it the first time that one comes here?
    fn first(&mut self, path: &ModulePath, what: impl Into<String>) -> bool {
        self.seen.insert((path.clone(), what.into()))
    }

    fn resource(&mut self, path: &ModulePath, module: &'c Module, resource: &'c Resource) {
        self.expand(path);
        self.all(path, body_references(&resource.body));
        self.exprs(path, resource.count.iter().chain(&resource.for_each));
        self.all(path, resource.depends_on.clone());
        let lifecycle = &resource.lifecycle;
        self.exprs(path, &lifecycle.replace_triggered_by);
        self.rules(path, lifecycle.preconditions.iter().chain(&lifecycle.postconditions));
        let connections = resource.provisioners.iter().filter_map(|p| p.connection.as_ref());
        let bodies = resource.provisioners.iter().map(|p| &p.body);
        for body in bodies.chain(connections.chain(&resource.connection).map(|c| &c.body)) {
            self.all(path, body_references(body));
        }
        self.provider(path, module, &resource.provider);
    }

    /// What the configuration of a provider is made of, wherever it was passed from.
    fn provider(&mut self, path: &ModulePath, module: &'c Module, provider: &ProviderRef) {
        if let Some(block) = module.providers.get(provider) {
            return self.all(path, body_references(&block.body));
        }
        let (Some(parent), Some(call)) = (path.parent(), self.call(path)) else { return };
        let passed = call.providers.iter().find(|(child, _)| child == provider).map(|(_, p)| p);
        if let Some(module) = self.module(&parent) {
            self.provider(&parent, module, passed.unwrap_or(provider));
        }
    }

    fn call(&self, path: &ModulePath) -> Option<&'c ModuleCall> {
        let (name, _) = path.0.last()?;
        self.module(&path.parent()?)?.calls.get(name)
    }

    /// What decides on how often a module is there.
    fn expand(&mut self, path: &ModulePath) {
        let (Some(parent), Some(call)) = (path.parent(), self.call(path)) else { return };
        if self.first(path, "module") {
            self.expand(&parent);
            self.exprs(&parent, call.count.iter().chain(&call.for_each));
            self.all(&parent, call.depends_on.clone());
        }
    }

    fn exprs(&mut self, path: &ModulePath, all: impl IntoIterator<Item = &'c Expr>) {
        for expr in all {
            self.all(path, references(expr));
        }
    }

    fn rules(&mut self, path: &ModulePath, all: impl IntoIterator<Item = &'c AssertRule>) {
        for rule in all {
            self.exprs(path, [&rule.condition, &rule.error_message]);
        }
    }

    fn all(&mut self, path: &ModulePath, all: Vec<Reference>) {
        for reference in all {
            self.follow(path, &reference);
        }
    }

    fn output(&mut self, path: &ModulePath, name: &str) {
        let Some(output) = self.module(path).and_then(|m| m.outputs.get(name)) else { return };
        if self.first(path, format!("output.{name}")) {
            self.exprs(path, [&output.value]);
            self.all(path, output.depends_on.clone());
            self.rules(path, &output.preconditions);
        }
    }

    /// Everything of a module, and of the modules in it.
    fn whole(&mut self, path: &ModulePath) {
        let Some(module) = self.module(path) else { return };
        if self.first(path, "whole") {
            for key in module.resources.keys() {
                self.found.insert(addr(path, key.mode, &key.kind, &key.name));
            }
            module.outputs.keys().for_each(|name| self.output(path, name));
            module.children.keys().for_each(|name| self.whole(&path.child(name, None)));
        }
    }

    fn follow(&mut self, path: &ModulePath, reference: &Reference) {
        let (Ok((object, steps)), Some(module)) = (resolve(reference), self.module(path)) else { return };
        match object {
            Object::Local(name) => {
                if let Some(local) = module.locals.get(&name)
                    && self.first(path, format!("local.{name}"))
                {
                    self.exprs(path, [&local.expr]);
                }
            }
            Object::Variable(name) => {
                let (Some(parent), Some(call)) = (path.parent(), self.call(path)) else { return };
                if self.first(path, format!("var.{name}")) {
                    self.expand(path);
                    self.exprs(&parent, call.arguments.attribute(&name).map(|a| &a.expr));
                }
            }
            Object::Module(name) => {
                let child = path.child(&name, None);
                self.expand(&child);
                let indexed = usize::from(reference.attribute_at(steps).is_none());
                match reference.attribute_at(steps + indexed) {
                    Some(output) => self.output(&child, output),
                    None => self.whole(&child),
                }
            }
            Object::Resource(mode, ty, name) => {
                self.found.insert(addr(path, mode, &ty, &name));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_others_is_left_out() {
        let wait = |all: &[(&'static str, &[&'static str])]| -> Waits<&'static str> {
            all.iter().map(|(n, w)| (*n, w.iter().copied().collect())).collect()
        };
        let all = wait(&[("d", &["a", "b", "c"]), ("c", &["b"]), ("b", &["a"])]);
        let expected = wait(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"])]);
        assert_eq!(reduced(all), expected);
    }
}
