//! What conditions came to: which objects are checked, and how each ended.
//!
//! Knows nothing of how conditions are evaluated ([`super::conditions`]) or written into documents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::addr::{InstanceAddr, Key, Mode, ModulePath};
use super::conditions;
use super::instance::Site;
use super::scope::ModuleScope;
use super::walk::{Walk, address};

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Checked {
    /// A resource or data source, with its type and name.
    Resource(Mode, String, String),
    /// An output.
    Output(String),
    /// A `check` block.
    Check(String),
    /// An input variable.
    Variable(String),
}

/// How it ended; of several conditions the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// All conditions hold.
    Pass,
    /// It cannot be said yet.
    Unknown,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
}

/// One object of what is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its address.
    pub address: String,
    /// The address of its module instance; empty in the root module.
    pub module: String,
    /// Its key: a number or a text.
    pub key: Option<Json>,
    /// How it ended.
    pub status: Status,
    /// The messages of what does not hold.
    pub problems: Vec<String>,
}

/// The conditions of one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is checked.
    pub what: Checked,
    /// In which module, without instance keys; empty in the root module.
    pub module: String,
    /// Its instances.
    pub instances: Vec<Instance>,
}

/// Which object of what is checked: its module instance and its key.
type Object = (ModulePath, Option<Key>);

/// The results of a walk so far.
#[derive(Debug, Clone, Default)]
pub struct Results(BTreeMap<(String, Checked), BTreeMap<Object, Found>>);

#[derive(Debug, Clone)]
struct Found {
    status: Status,
    problems: Vec<String>,
}

impl Checked {
    /// The address inside its module: `data.t.n`, `output.o`, `check.c`, `var.v`.
    pub fn local(&self) -> String {
        match self {
            Checked::Resource(Mode::Data, ty, name) => format!("data.{ty}.{name}"),
            Checked::Resource(Mode::Managed, ty, name) => format!("{ty}.{name}"),
            Checked::Output(name) => format!("output.{name}"),
            Checked::Check(name) => format!("check.{name}"),
            Checked::Variable(name) => format!("var.{name}"),
        }
    }
}

impl Results {
    /// Notes what a condition of an object came to; a problem is the message of one that does not hold.
    pub fn note(
        &mut self,
        what: Checked,
        module: &ModulePath,
        key: Option<Key>,
        status: Status,
        problem: Option<String>,
    ) {
        let found = self.objects(what, module).entry((module.clone(), key));
        let found = found.or_insert(Found { status, problems: Vec::new() });
        found.status = found.status.max(status);
        found.problems.extend(problem);
    }

    /// Takes over what was found wrong with resources and data sources.
    pub fn take_failed(&mut self, other: Results) {
        for ((module, what), objects) in other.0 {
            if !matches!(what, Checked::Resource(..)) {
                continue;
            }
            let failed = objects.into_iter().filter(|(_, found)| found.status >= Status::Fail);
            for (object, found) in failed {
                self.0.entry((module.clone(), what.clone())).or_default().insert(object, found);
            }
        }
    }

    /// What is known of an object without a key so far.
    pub fn status(&self, what: Checked, module: &ModulePath) -> Option<Status> {
        let objects = self.0.get(&(written(module), what))?;
        objects.get(&(module.clone(), None)).map(|found| found.status)
    }

    fn objects(&mut self, what: Checked, module: &ModulePath) -> &mut BTreeMap<Object, Found> {
        self.0.entry((written(module), what)).or_default()
    }

    /// Notes an object whose conditions nothing has been said about: that is not known.
    fn expect(&mut self, what: Checked, module: &ModulePath, key: Option<Key>) {
        let unknown = Found { status: Status::Unknown, problems: Vec::new() };
        self.objects(what, module).entry((module.clone(), key)).or_insert(unknown);
    }

    /// The results, sorted by address; messages are sorted too, as Terraform has them.
    pub fn list(self) -> Vec<Check> {
        let one = |((module, what), objects): ((String, Checked), BTreeMap<Object, Found>)| {
            let local = what.local();
            let instances = objects.into_iter().map(|((path, key), mut found)| {
                found.problems.sort();
                let dot = if path.is_root() { "" } else { "." };
                let index = key.as_ref().map(Key::to_string).unwrap_or_default();
                Instance {
                    address: format!("{path}{dot}{local}{index}"),
                    module: path.to_string(),
                    key: key.map(json),
                    status: found.status,
                    problems: found.problems,
                }
            });
            Check { instances: instances.collect(), what, module }
        };
        self.0.into_iter().map(one).collect()
    }
}

fn json(key: Key) -> Json {
    match key {
        Key::Index(i) => i.into(),
        Key::Name(name) => (&*name).into(),
    }
}

/// A module's address as it is written: without instance keys.
fn written(module: &ModulePath) -> String {
    ModulePath(module.0.iter().map(|(name, _)| (name.clone(), None)).collect()).to_string()
}

/// The results of a walk, objects that it did not come to included.
pub fn of(walk: &Walk<'_>) -> Vec<Check> {
    let mut results = walk.checks.take();
    for path in walk.module_instances() {
        let Some(scope) = walk.scope(&path) else { continue };
        let module = scope.module;
        for variable in module.variables.values().filter(|v| !v.validations.is_empty()) {
            results.expect(Checked::Variable(variable.name.to_string()), &path, None);
        }
        for output in module.outputs.values().filter(|o| !o.preconditions.is_empty()) {
            results.expect(Checked::Output(output.name.to_string()), &path, None);
        }
        for name in module.checks.keys() {
            results.expect(Checked::Check(name.to_string()), &path, None);
        }
        for resource in module.resources.values() {
            let lifecycle = &resource.lifecycle;
            if lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty() {
                continue;
            }
            let addr = address(resource, &path);
            let what = Checked::Resource(addr.mode, addr.ty.to_string(), addr.name.to_string());
            results.objects(what.clone(), &path);
            for key in walk.expanded(&addr).into_iter().flatten() {
                results.expect(what.clone(), &path, key);
            }
        }
    }
    results.list()
}

/// The results when all else is done: conditions are judged by the objects that there are. `done` says whether an
/// instance is as it was to be.
pub fn judged(walk: &Walk<'_>, done: &dyn Fn(&InstanceAddr) -> bool) -> Vec<Check> {
    for path in walk.module_instances() {
        let Some(scope) = walk.scope(&path) else { continue };
        for name in scope.module.variables.keys() {
            walk.variable(&scope, name);
        }
        if path.is_root() {
            super::run::judge_variables(walk, &scope);
        }
        for name in scope.module.outputs.keys() {
            walk.output(&path, name);
        }
        for resource in scope.module.resources.values() {
            let lifecycle = &resource.lifecycle;
            if lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty() {
                continue;
            }
            let Some(block) = walk.block(&scope, resource) else { continue };
            let addr = address(resource, &path);
            for key in block.repetition.keys() {
                let inner = ModuleScope { each: block.repetition.each(key.as_ref()), ..scope.clone() };
                let addr = addr.instance(key);
                let object = walk.object(&addr);
                let (true, Some(object)) = (done(&addr), object) else { continue };
                let site = Site { walk, addr: &addr, resource, scope: &inner, repetition: &block.repetition };
                conditions::judge_before(&site);
                conditions::judge_after(&site, &object);
            }
        }
    }
    of(walk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_condition_counts_and_messages_are_sorted() {
        let mut results = Results::default();
        let at = |key| ModulePath::root().child("m", Some(Key::Index(key)));
        let what = || Checked::Check("c".into());
        results.note(what(), &at(0), None, Status::Pass, None);
        results.note(what(), &at(1), None, Status::Fail, Some("2".into()));
        results.note(what(), &at(1), None, Status::Pass, None);
        results.note(what(), &at(1), None, Status::Fail, Some("1".into()));
        results.expect(what(), &at(1), None);
        results.expect(what(), &at(2), None);
        let list = results.list();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].module, "module.m");
        let seen: Vec<_> =
            list[0].instances.iter().map(|i| (&*i.address, i.status, i.problems.join(","))).collect();
        assert_eq!(
            seen,
            [
                ("module.m[0].check.c", Status::Pass, String::new()),
                ("module.m[1].check.c", Status::Fail, "1,2".into()),
                ("module.m[2].check.c", Status::Unknown, String::new()),
            ]
        );
    }
}
