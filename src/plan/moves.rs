//! `moved` blocks and the moves that `count` implies: the ledger's addresses brought up to date before anything is planned.
//!
//! The rules are Terraform's: a statement moves whole calls and resources, or single instances as soon as one of its ends names a
//! key; statements that go on from others come after them; what is in the way stays.

mod across;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::addr::{InstanceAddr, Key, Mode, ModulePath, ResourceAddr};
use super::options::PlanOptions;
use super::walk::Walk;
use crate::config::{Config, Module, Target};
use crate::lang::diag::Span;
use crate::lang::{Diagnostic, Diagnostics, Value, refs};
use crate::ledger::{Ledger, Sealer};

/// What moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// The old address by the new one.
    done: BTreeMap<InstanceAddr, InstanceAddr>,
    /// What could not move, and where to: something is there already.
    blocked: BTreeSet<(String, String)>,
    /// The provider of what moved to another type.
    providers: BTreeMap<InstanceAddr, String>,
}

/// A key in a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    /// Whatever it is: it stays the same.
    Any,
    /// This one, or none.
    Is(Option<Key>),
}

impl Slot {
    fn fits(&self, key: Option<&Key>) -> bool {
        match self {
            Slot::Any => true,
            Slot::Is(own) => own.as_ref() == key,
        }
    }

    fn may_meet(&self, other: &Slot) -> bool {
        match (self, other) {
            (Slot::Is(a), Slot::Is(b)) => a == b,
            _ => true,
        }
    }

    fn or(&self, key: Option<&Key>) -> Option<Key> {
        match self {
            Slot::Any => key.cloned(),
            Slot::Is(own) => own.clone(),
        }
    }
}

/// Mode, type and name of a resource.
type Named = (Mode, Arc<str>, Arc<str>);

/// One end of a statement: which module instances, which resources or instances in them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// So many steps lead to the module that says it.
    declared: usize,
    modules: Vec<(Arc<str>, Slot)>,
    resource: Option<(Named, Slot)>,
}

/// A `moved` block, or a move that follows from `count`.
struct Statement {
    from: End,
    to: End,
    header: Span,
    implied: bool,
}

impl End {
    fn of(target: &Target, declared: &[Arc<str>], whole: bool) -> End {
        let slot = |key: &Option<Value>| match (whole, key) {
            (true, _) => Slot::Any,
            (false, key) => Slot::Is(key.as_ref().and_then(key_of)),
        };
        let mut modules: Vec<(Arc<str>, Slot)> = declared.iter().map(|n| (n.clone(), Slot::Any)).collect();
        let last = target.modules.len();
        for (at, (name, key)) in target.modules.iter().enumerate() {
            let subject = target.resource.is_none() && at + 1 == last;
            let slot = if subject { slot(key) } else { Slot::Is(key.as_ref().and_then(key_of)) };
            modules.push((name.clone(), slot));
        }
        let resource = target.resource.as_ref().map(|(resource, key)| {
            let mode = if resource.mode == refs::Mode::Data { Mode::Data } else { Mode::Managed };
            ((mode, resource.kind.clone(), resource.name.clone()), slot(key))
        });
        End { declared: declared.len(), modules, resource }
    }

    /// Does a module instance begin as this end's path does?
    fn holds(&self, module: &ModulePath) -> bool {
        module.0.len() >= self.modules.len()
            && self
                .modules
                .iter()
                .zip(&module.0)
                .all(|((n, slot), (m, key))| n == m && slot.fits(key.as_ref()))
    }

    fn selects(&self, resource: &ResourceAddr) -> bool {
        let Some(((mode, ty, name), _)) = &self.resource else { return false };
        self.holds(&resource.module)
            && resource.module.0.len() == self.modules.len()
            && (resource.mode, &resource.ty, &resource.name) == (*mode, ty, name)
    }

    fn matches(&self, addr: &InstanceAddr) -> bool {
        match &self.resource {
            None => self.holds(&addr.resource.module),
            Some((_, slot)) => self.selects(&addr.resource) && slot.fits(addr.key.as_ref()),
        }
    }

    /// The module instance that this end (`to`) makes of one that `from` holds.
    fn module(&self, from: &End, module: &ModulePath) -> ModulePath {
        let mut steps: Vec<_> = module.0[..self.declared].to_vec();
        let last = from.modules.len().checked_sub(1).and_then(|i| module.0.get(i)?.1.as_ref());
        steps.extend(self.modules[self.declared..].iter().map(|(name, slot)| (name.clone(), slot.or(last))));
        steps.extend_from_slice(&module.0[from.modules.len()..]);
        ModulePath(steps)
    }

    /// Where `from` an address goes.
    fn address(&self, from: &End, addr: &InstanceAddr) -> InstanceAddr {
        let module = self.module(from, &addr.resource.module);
        let (ty, name, mode, key) = match &self.resource {
            Some(((mode, ty, name), slot)) => (ty.clone(), name.clone(), *mode, slot.or(addr.key.as_ref())),
            None => {
                let own = &addr.resource;
                (own.ty.clone(), own.name.clone(), own.mode, addr.key.clone())
            }
        };
        ResourceAddr { module, mode, ty, name }.instance(key)
    }

    fn begins_as(&self, other: &[(Arc<str>, Slot)]) -> bool {
        self.modules.len() >= other.len()
            && self.modules.iter().zip(other).all(|((a, k), (b, l))| a == b && k.may_meet(l))
    }

    /// Can what arrived at `other` leave from here?
    fn chains_from(&self, other: &End) -> bool {
        let same = match (&self.resource, &other.resource) {
            (None, None) => true,
            (Some((a, k)), Some((b, l))) => a == b && k.may_meet(l),
            _ => false,
        };
        same && self.modules.len() == other.modules.len() && self.begins_as(&other.modules)
    }

    fn nested_in(&self, other: &End) -> bool {
        let below = self.resource.is_some() || self.modules.len() > other.modules.len();
        other.resource.is_none() && below && self.begins_as(&other.modules)
    }

    /// The end in an instance of the module that says it, in words and as what it is.
    fn absolute(&self, declaring: &ModulePath) -> (String, [&'static str; 2]) {
        let mut steps = declaring.0.clone();
        let own = &self.modules[self.declared..];
        steps.extend(own.iter().map(|(name, slot)| (name.clone(), slot.or(None))));
        let module = ModulePath(steps);
        match &self.resource {
            None => {
                let call = self.modules.last().is_some_and(|(_, slot)| *slot == Slot::Any);
                let words = if call { ["module call", "call"] } else { ["module instance", "instance"] };
                (module.to_string(), words)
            }
            Some(((mode, ty, name), slot)) => {
                let resource = ResourceAddr { module, mode: *mode, ty: ty.clone(), name: name.clone() };
                match slot {
                    Slot::Any => (resource.to_string(), ["resource", "resource"]),
                    Slot::Is(key) => {
                        (resource.instance(key.clone()).to_string(), ["resource instance", "instance"])
                    }
                }
            }
        }
    }

    fn text(&self) -> String {
        let key = |slot: &Slot| match slot {
            Slot::Any => "[*]".to_string(),
            Slot::Is(key) => key.as_ref().map(Key::to_string).unwrap_or_default(),
        };
        let step = |(at, (name, slot)): (usize, &(Arc<str>, Slot))| {
            format!("module.{name}{}", if at < self.declared { String::new() } else { key(slot) })
        };
        let mut parts: Vec<String> = self.modules.iter().enumerate().map(step).collect();
        parts.extend(self.resource.as_ref().map(|((mode, ty, name), slot)| {
            let data = if *mode == Mode::Data { "data." } else { "" };
            format!("{data}{ty}.{name}{}", key(slot))
        }));
        parts.join(".")
    }
}

impl Statement {
    /// Must it come after another?
    fn depends_on(&self, other: &Statement) -> bool {
        if self.from.chains_from(&other.to) {
            return true;
        }
        let nested = self.from.nested_in(&other.to)
            || self.to.nested_in(&other.to)
            || other.from.nested_in(&self.from)
            || other.to.nested_in(&self.from);
        if !nested {
            return false;
        }
        let outer = self.to.declared < other.to.declared;
        let names = |end: &End| end.modules.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        let only_keys = self.from.resource.is_none() && names(&self.from) == names(&self.to);
        !(outer && only_keys)
    }
}

fn key_of(value: &Value) -> Option<Key> {
    match (value.as_str(), value.as_number()) {
        (Some(name), _) => Some(Key::Name(name.into())),
        (None, Some(n)) => n.as_u64().map(Key::Index),
        _ => None,
    }
}

/// The provider of a block, as the ledger names it.
fn provider(config: &Config, addr: &InstanceAddr) -> String {
    let module = config.root.descendant(&addr.resource.module.calls());
    let found = module.and_then(|m| {
        let block = m.resource(refs::Mode::Managed, &addr.resource.ty, &addr.resource.name)?;
        let address = m.provider_address(&block.provider.name);
        Some(match &block.provider.alias {
            Some(alias) => format!("{address}.{alias}"),
            None => address,
        })
    });
    found.unwrap_or_default()
}

/// The `moved` blocks of all modules.
fn explicit(config: &Config) -> Vec<Statement> {
    let mut all = Vec::new();
    for module in config.root.walk() {
        for moved in &module.moved {
            let keyed = |t: &Target| match &t.resource {
                Some((_, key)) => key.is_some(),
                None => t.modules.last().is_some_and(|(_, key)| key.is_some()),
            };
            let whole = !keyed(&moved.from) && !keyed(&moved.to);
            let end = |target| End::of(target, &module.path.0, whole);
            let (from, to) = (end(&moved.from), end(&moved.to));
            all.push(Statement { from, to, header: moved.header.clone(), implied: false });
        }
    }
    all
}

/// Moves between no key and the first index, as `count` was added or taken away.
fn implied(config: &Config, ledger: &Ledger, explicit: &[Statement]) -> Vec<Statement> {
    let mut all = Vec::new();
    for addr in ledger.instances.keys().filter_map(|text| InstanceAddr::parse(text).ok()) {
        let Some(module) = config.root.descendant(&addr.resource.module.calls()) else { continue };
        let Some(block) = module.resource(refs::Mode::Managed, &addr.resource.ty, &addr.resource.name) else {
            continue;
        };
        let to = match (&addr.key, &block.count, &block.for_each) {
            (None, Some(_), _) => Some(Key::Index(0)),
            (Some(Key::Index(0)), None, None) => None,
            _ => continue,
        };
        if explicit.iter().any(|s| s.from.selects(&addr.resource) || s.to.selects(&addr.resource)) {
            continue;
        }
        let end = |key: Option<Key>| End {
            declared: 0,
            modules: addr.resource.module.0.iter().map(|(n, k)| (n.clone(), Slot::Is(k.clone()))).collect(),
            resource: Some((
                (addr.resource.mode, addr.resource.ty.clone(), addr.resource.name.clone()),
                Slot::Is(key),
            )),
        };
        let (from, to) = (end(addr.key.clone()), end(to));
        all.push(Statement { from, to, header: block.header.clone(), implied: true });
    }
    all
}

/// The statements in an order in which each comes after those that it depends on; else those that wait for themselves.
fn ordered(all: &[Statement]) -> Result<Vec<usize>, Vec<usize>> {
    let after: Vec<Vec<usize>> = (0..all.len())
        .map(|a| (0..all.len()).filter(|b| *b != a && all[a].depends_on(&all[*b])).collect())
        .collect();
    let mut done = Vec::new();
    let mut left: Vec<usize> = (0..all.len()).collect();
    while !left.is_empty() {
        let (ready, waiting): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|a| after[**a].iter().all(|b| done.contains(b)));
        if ready.is_empty() {
            // Those that only wait for the circle are not in it.
            let mut circle = waiting;
            loop {
                let needed = |a: &usize| circle.iter().any(|b| after[*b].contains(a));
                let kept: Vec<usize> = circle.iter().copied().filter(needed).collect();
                if kept.len() == circle.len() {
                    return Err(circle);
                }
                circle = kept;
            }
        }
        done.extend(ready);
        left = waiting;
    }
    Ok(done)
}

impl Moves {
    /// What moves of a ledger.
    pub fn of(config: &Config, ledger: &Ledger) -> Moves {
        let mut all = explicit(config);
        let more = implied(config, ledger, &all);
        all.extend(more);
        let mut moves = Moves::default();
        let Ok(order) = ordered(&all) else { return moves };
        let known = ledger.instances.keys().filter_map(|text| InstanceAddr::parse(text).ok());
        let mut now: BTreeMap<InstanceAddr, InstanceAddr> = known.map(|a| (a.clone(), a)).collect();
        for at in order {
            moves.carry_out(&all[at], &mut now);
        }
        moves.done = now.into_iter().filter(|(new, old)| new != old).collect();
        let retyped = moves.done.iter().filter(|(new, old)| new.resource.ty != old.resource.ty);
        moves.providers = retyped.map(|(new, _)| (new.clone(), provider(config, new))).collect();
        moves
    }

    fn carry_out(&mut self, statement: &Statement, now: &mut BTreeMap<InstanceAddr, InstanceAddr>) {
        let Statement { from, to, .. } = statement;
        let taken = now.clone();
        for addr in taken.keys().filter(|a| from.matches(a)) {
            let new = to.address(from, addr);
            if new == *addr {
                continue;
            }
            // What is there already keeps its place: a module, a resource or an instance as a whole.
            let (blocked, words) = match &from.resource {
                None => {
                    let (old, new) = (&addr.resource.module, &new.resource.module);
                    let there = taken.keys().any(|a| a.resource.module == *new);
                    (there, (old.to_string(), new.to_string()))
                }
                Some((_, Slot::Any)) => {
                    let there = taken.keys().any(|a| a.resource == new.resource);
                    (there, (addr.resource.to_string(), new.resource.to_string()))
                }
                Some(_) => (taken.contains_key(&new), (addr.to_string(), new.to_string())),
            };
            if blocked {
                self.blocked.insert(words);
            } else if let Some(origin) = now.remove(addr) {
                now.insert(new, origin);
            }
        }
    }

    /// Has nothing moved?
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// Where an instance was before it moved.
    pub fn previous(&self, addr: &InstanceAddr) -> Option<&InstanceAddr> {
        self.done.get(addr)
    }

    /// The ledger with everything at its new address; what others recorded of it follows.
    pub fn carried<'l>(&self, ledger: &'l Ledger, sealer: &Sealer) -> Cow<'l, Ledger> {
        if self.done.is_empty() {
            return Cow::Borrowed(ledger);
        }
        let names: BTreeMap<String, String> =
            self.done.iter().map(|(new, old)| (old.to_string(), new.to_string())).collect();
        let new_name = |text: &String| names.get(text).unwrap_or(text).clone();
        let mut carried = ledger.clone();
        carried.instances = std::mem::take(&mut carried.instances)
            .into_iter()
            .map(|(addr, mut record)| {
                let depends_on: Vec<String> = record.depends_on.iter().map(new_name).collect();
                if record.depends_on != depends_on {
                    Arc::make_mut(&mut record).depends_on = depends_on;
                }
                (new_name(&addr), record)
            })
            .collect();
        for (new, provider) in &self.providers {
            if let Some(record) = carried.instances.get_mut(&new.to_string()) {
                *record = across::record(record, new, provider, sealer).into();
            }
        }
        Cow::Owned(carried)
    }

    /// Moves to another type that its provider does not know.
    pub fn refused(&self, config: &Config) -> Diagnostics {
        across::judge(self, config)
    }

    /// Moved instances that `-target` leaves out.
    pub fn left_out(&self, options: &PlanOptions) -> Result<(), Diagnostics> {
        if options.targets.is_empty() {
            return Ok(());
        }
        let covered = |addr: &InstanceAddr| options.targets.iter().any(|t| t.covers(addr));
        let all: BTreeSet<String> = self
            .done
            .iter()
            .flat_map(|(new, old)| [new, old])
            .filter(|a| !covered(a))
            .map(ToString::to_string)
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let list: String = all.iter().map(|a| format!("\n  -target={a:?}")).collect();
        Err(Diagnostic::error(
            "Moved resource instances excluded by targeting",
            format!(
                "Resource instances in your current state have moved to new addresses in the latest configuration. \
                 Terraform must include those resource instances while planning in order to ensure a correct result, but \
                 your -target=... options do not fully cover all of those resource instances.\n\nTo create a valid plan, \
                 either remove your -target=... options altogether or add the following additional target \
                 options:{list}\n\nNote that adding these options may include further additional resource instances in \
                 your plan, in order to respect object dependencies."
            ),
        )
        .into())
    }

    /// What stayed where it was because something is in its way.
    pub fn warning(&self) -> Option<Diagnostic> {
        if self.blocked.is_empty() {
            return None;
        }
        let list: String =
            self.blocked.iter().map(|(from, to)| format!("\n  - {from} could not move to {to}")).collect();
        Some(Diagnostic::warning(
            "Unresolved resource instance address changes",
            format!(
                "Terraform tried to adjust resource instance addresses in the prior state based on change information \
                 recorded in the configuration, but some adjustments did not succeed due to existing objects already at \
                 the intended addresses:{list}\n\nTerraform has planned to destroy these objects. If Terraform's proposed \
                 changes aren't appropriate, you must first resolve the conflicts using the \"terraform state\" \
                 subcommands and then create a new plan."
            ),
        ))
    }
}

/// Judges the `moved` blocks by the instances that there are.
pub fn judge(walk: &Walk<'_>) -> Diagnostics {
    let all = explicit(walk.inputs.config);
    let mut out = Diagnostics::default();
    if all.is_empty() {
        return out;
    }
    let instances = walk.module_instances();
    let mut sources: BTreeMap<(&str, String), (String, &Span)> = BTreeMap::new();
    let mut places: BTreeMap<(&str, String), (String, &Span)> = BTreeMap::new();
    for statement in all.iter().filter(|s| !s.implied) {
        let Statement { from, to, header, .. } = statement;
        let names: Vec<Arc<str>> = from.modules[..from.declared].iter().map(|(n, _)| n.clone()).collect();
        let said = |summary: &str, detail: String| Diagnostic::error(summary, detail).at(header.clone());
        for declaring in instances.iter().filter(|i| i.calls() == names) {
            let (old, [noun, short]) = from.absolute(declaring);
            let (new, _) = to.absolute(declaring);
            if from == to {
                out.push(said(
                    "Redundant move statement",
                    format!(
                        "This statement declares a move from {old} to the same address, which is the same as not \
                         declaring this move at all."
                    ),
                ));
                continue;
            }
            if let Some(at) = declared(walk, from, declaring, &instances) {
                let at = start(&at);
                out.push(said(
                    "Moved object still exists",
                    format!(
                        "This statement declares a move from {old}, but that {noun} is still declared at {at}.\n\nChange \
                         your configuration so that this {short} will be declared as {new} instead."
                    ),
                ));
            }
            match sources.get(&(noun, old.clone())) {
                Some((other, _)) if *other == new => {}
                Some((other, at)) => out.push(said(
                    "Ambiguous move statements",
                    format!(
                        "A statement at {} declared that {old} moved to {other}, but this statement instead declares that \
                         it moved to {new}.\n\nEach {noun} can move to only one destination {short}.",
                        start(at)
                    ),
                )),
                None => _ = sources.insert((noun, old.clone()), (new.clone(), header)),
            }
            match places.get(&(noun, new.clone())) {
                Some((other, _)) if *other == old => {}
                Some((other, at)) => out.push(said(
                    "Ambiguous move statements",
                    format!(
                        "A statement at {} declared that {other} moved to {new}, but this statement instead declares that \
                         {old} moved there.\n\nEach {noun} can have moved from only one source {short}.",
                        start(at)
                    ),
                )),
                None => _ = places.insert((noun, new), (old, header)),
            }
        }
    }
    if let (false, Err(circle)) = (out.has_errors(), ordered(&all)) {
        let mut lines: Vec<String> = circle
            .iter()
            .map(|at| {
                let Statement { from, to, header, .. } = &all[*at];
                format!("\n  - {}: {} → {}", start(header), from.text(), to.text())
            })
            .collect();
        lines.sort();
        out.push(Diagnostic::error(
            "Cyclic dependency in move statements",
            format!(
                "The following chained move statements form a cycle, and so there is no final location to move objects \
                 to:{}\n\nA chain of move statements must end with an address that doesn't appear in any other statements, \
                 and which typically also refers to an object still declared in the configuration.",
                lines.concat()
            ),
        ));
    }
    out
}

/// `main.tf:3,1`
fn start(span: &Span) -> String {
    let (line, column) = span.source.position(span.range.start);
    format!("{}:{line},{column}", span.source.path)
}

/// Where what an end names is declared, if it still is.
fn declared(walk: &Walk<'_>, end: &End, declaring: &ModulePath, instances: &[ModulePath]) -> Option<Span> {
    let mut steps = declaring.0.clone();
    steps.extend(end.modules[end.declared..].iter().map(|(name, slot)| (name.clone(), slot.or(None))));
    let module = ModulePath(steps);
    let repeated =
        |count: &Option<crate::lang::syntax::Expr>, each: &Option<crate::lang::syntax::Expr>, or: &Span| {
            each.as_ref().or(count.as_ref()).map_or(or.clone(), |e| e.span.clone())
        };
    let Some(((mode, ty, name), slot)) = &end.resource else {
        let parent = module.parent()?;
        let (call, _) = module.0.last()?;
        let at = walk.inputs.config.root.descendant(&parent.calls())?.calls.get(call)?;
        let whole = end.modules.last().is_some_and(|(_, slot)| *slot == Slot::Any);
        return match whole {
            true => instances.contains(&parent).then(|| at.header.clone()),
            false => instances.contains(&module).then(|| repeated(&at.count, &at.for_each, &at.header)),
        };
    };
    if !instances.contains(&module) {
        return None;
    }
    let scope = walk.scope(&module)?;
    let of = if *mode == Mode::Data { refs::Mode::Data } else { refs::Mode::Managed };
    let block = Module::resource(scope.module, of, ty, name)?;
    match slot {
        Slot::Any => Some(block.header.clone()),
        Slot::Is(key) => {
            let there = walk.block(&scope, block)?.repetition.keys().contains(key);
            there.then(|| repeated(&block.count, &block.for_each, &block.header))
        }
    }
}

#[cfg(test)]
mod tests;
