//! Which attributes of resources the planned changes come from: references, followed through variables, locals and
//! modules down to resources.

use std::collections::{BTreeSet, HashSet};

use super::addr::{Key, Mode, ModulePath, ResourceAddr};
use super::model::{ChangeAction, Plan};
use crate::config::{Config, Module, ModuleCall, Resource, ResourceKey};
use crate::lang::refs::{self, Object, body_references, references, resolve};
use crate::lang::syntax::{Expr, Reference, StepKind};
use crate::lang::{Kind, PathStep, Value};

/// The address of a resource or instance, and the path of the attribute.
pub type Relevant = (String, Vec<PathStep>);

/// The attributes that changed resources and outputs refer to. Outputs of child modules are not recorded, so they count
/// as changed.
pub fn relevant(config: &Config, plan: &Plan) -> Vec<Relevant> {
    let mut trace = Trace { config, seen: HashSet::new(), found: BTreeSet::new() };
    for change in plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp) {
        let resource = &change.addr.resource;
        let Some(module) = trace.module(&resource.module) else { continue };
        let mode = if resource.mode == Mode::Data { refs::Mode::Data } else { refs::Mode::Managed };
        let key = ResourceKey { mode, kind: resource.ty.clone(), name: resource.name.clone() };
        if let Some(block) = module.resources.get(&key) {
            for reference in body_references(&block.body) {
                trace.follow(&resource.module, Around::Resource(block), &reference);
            }
        }
    }
    let root = ModulePath::root();
    for (name, _) in plan.outputs.iter().filter(|(_, o)| o.changes()) {
        trace.output(&root, name);
    }
    for path in instances(config, plan) {
        let names: Vec<_> = trace.module(&path).into_iter().flat_map(|m| m.outputs.keys().cloned()).collect();
        names.iter().for_each(|name| trace.output(&path, name));
    }
    trace.found.into_iter().collect()
}

/// The instances of child modules that the plan shows, and those that there is only one of.
fn instances(config: &Config, plan: &Plan) -> BTreeSet<ModulePath> {
    let mut all = BTreeSet::new();
    for change in &plan.changes {
        let mut path = change.addr.resource.module.clone();
        while let Some(parent) = path.parent() {
            all.insert(std::mem::replace(&mut path, parent));
        }
    }
    let mut open = vec![(ModulePath::root(), &config.root)];
    while let Some((path, module)) = open.pop() {
        for (name, child) in &module.children {
            let single = module.calls.get(name).is_some_and(|c| c.count.is_none() && c.for_each.is_none());
            if single {
                let path = path.child(name, None);
                open.push((path.clone(), child));
                all.insert(path);
            }
        }
    }
    all
}

/// What `each` and `count` stand for where a reference is.
#[derive(Clone, Copy)]
enum Around<'c> {
    Nothing,
    Resource(&'c Resource),
    Call(&'c ModuleCall),
}

struct Trace<'c> {
    config: &'c Config,
    seen: HashSet<(String, usize, String)>,
    found: BTreeSet<Relevant>,
}

impl<'c> Trace<'c> {
    fn module(&self, path: &ModulePath) -> Option<&'c Module> {
        self.config.root.descendant(&path.calls())
    }

    fn output(&mut self, path: &ModulePath, name: &str) {
        if let Some(output) = self.module(path).and_then(|m| m.outputs.get(name)) {
            self.expr(path, Around::Nothing, &output.value);
        }
    }

    fn expr(&mut self, path: &ModulePath, around: Around<'c>, expr: &'c Expr) {
        for reference in references(expr) {
            self.follow(path, around, &reference);
        }
    }

    fn follow(&mut self, path: &ModulePath, around: Around<'c>, reference: &Reference) {
        let place = (path.to_string(), reference.span.range.start, reference.span.source.path.clone());
        if !self.seen.insert(place) {
            return;
        }
        let (Ok((object, named)), Some(module)) = (resolve(reference), self.module(path)) else { return };
        match object {
            Object::Local(name) => {
                if let Some(local) = module.locals.get(&name) {
                    self.expr(path, Around::Nothing, &local.expr);
                }
            }
            Object::Variable(name) => {
                let Some(parent) = path.parent() else { return };
                let call = path.0.last().and_then(|(call, _)| self.module(&parent)?.calls.get(call));
                let argument = call.and_then(|c| Some((c, c.arguments.attribute(&name)?)));
                if let Some((call, argument)) = argument {
                    self.expr(&parent, Around::Call(call), &argument.expr);
                }
            }
            Object::Each(_) | Object::Count(_) => {
                let (count, for_each) = match around {
                    Around::Nothing => return,
                    Around::Resource(r) => (&r.count, &r.for_each),
                    Around::Call(c) => (&c.count, &c.for_each),
                };
                if let Some(expr) = count.as_ref().or(for_each.as_ref()) {
                    self.expr(path, Around::Nothing, expr);
                }
            }
            Object::Module(name) => {
                let key = key_at(reference, named);
                let output = reference.attribute_at(named + usize::from(key.is_some()));
                let child = path.child(&name, key);
                match output {
                    Some(output) => self.output(&child, output),
                    None => {
                        let names: Vec<_> =
                            self.module(&child).into_iter().flat_map(|m| m.outputs.keys().cloned()).collect();
                        names.iter().for_each(|name| self.output(&child, name));
                    }
                }
            }
            Object::Resource(mode, ty, name) => {
                let mode = if mode == refs::Mode::Data { Mode::Data } else { Mode::Managed };
                let key = key_at(reference, named);
                let rest =
                    &reference.steps[(named + usize::from(key.is_some())).min(reference.steps.len())..];
                let resource = ResourceAddr { module: path.clone(), mode, ty, name };
                let steps = rest.iter().map(|step| match &step.kind {
                    StepKind::Attribute(name) => PathStep::Attribute(name.clone()),
                    StepKind::Index(value) => step_of(value),
                });
                self.found.insert((resource.instance(key).to_string(), steps.collect()));
            }
            Object::Path(_) | Object::Terraform(_) | Object::This => {}
        }
    }
}

fn step_of(value: &Value) -> PathStep {
    match value.as_number().and_then(|n| n.as_usize()) {
        Some(index) => PathStep::Index(index),
        None => PathStep::Key(value.as_str().unwrap_or_default().into()),
    }
}

/// The instance key that a reference names at a step, if it is constant.
fn key_at(reference: &Reference, at: usize) -> Option<Key> {
    let StepKind::Index(value) = &reference.steps.get(at)?.kind else { return None };
    match &value.kind {
        Kind::String(name) => Some(Key::Name(name.clone())),
        Kind::Number(n) => n.as_u64().map(Key::Index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;
    use crate::config::{Files, LoadOptions, load};
    use crate::plan::model::OutputChange;

    struct Tree(&'static [(&'static str, &'static str)]);

    impl Files for Tree {
        fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
            let own = |p: &Path| p.parent() == Some(dir.strip_prefix(".").unwrap_or(dir));
            let names = self.0.iter().map(|(p, _)| Path::new(p)).filter(|p| own(p));
            Ok(names.filter_map(|p| p.file_name()?.to_str().map(str::to_string)).collect())
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            let path = path.strip_prefix(".").unwrap_or(path);
            let found = self.0.iter().find(|(p, _)| Path::new(p) == path);
            found.map(|(_, t)| t.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    /// Terraform 1.11.4 names the same attributes for the same configuration.
    #[test]
    fn references_are_followed_to_resources_and_no_further() {
        let tree = Tree(&[
            (
                "main.tf",
                "resource \"terraform_data\" \"x\" {\n  input = 1\n}\n\
                 resource \"terraform_data\" \"a\" {\n  input = terraform_data.x.id\n}\n\
                 module \"m\" {\n  source   = \"./m\"\n  v        = { a = [terraform_data.x.output] }\n  \
                 for_each = toset([\"k\"])\n}\n\
                 locals {\n  l = terraform_data.z[0].output.b[\"c\"]\n}\n\
                 output \"o\" {\n  value = [terraform_data.a.output, local.l, module.m[\"k\"].o]\n}\n\
                 output \"splat\" {\n  value = terraform_data.z[*].output\n}\n\
                 resource \"terraform_data\" \"z\" {\n  count = 1\n}\n",
            ),
            (
                "m/main.tf",
                "variable \"v\" {}\nresource \"terraform_data\" \"r\" {\n  input = var.v.a[0]\n}\n\
                 output \"o\" {\n  value = [terraform_data.r.output, var.v]\n}\n",
            ),
        ]);
        let (config, found) = load(Path::new("."), &LoadOptions { files: &tree });
        assert!(!found.has_errors(), "{found:?}");
        let change = || OutputChange { before: None, after: Some(1.into()), sensitive: false, flips: false };
        let outputs = [("o".into(), change()), ("splat".into(), change())].into();
        let all = relevant(&config, &Plan { outputs, ..Plan::default() });
        let text: Vec<String> = all
            .iter()
            .map(|(addr, path)| {
                let path: Vec<_> = path
                    .iter()
                    .map(|s| match s {
                        PathStep::Attribute(n) | PathStep::Key(n) => n.to_string(),
                        PathStep::Index(i) => i.to_string(),
                    })
                    .collect();
                format!("{addr} {}", path.join("/"))
            })
            .collect();
        assert_eq!(
            text,
            [
                "module.m[\"k\"].terraform_data.r output",
                "terraform_data.a output",
                "terraform_data.x output",
                "terraform_data.z ",
                "terraform_data.z[0] output/b/c",
            ]
        );
    }
}
