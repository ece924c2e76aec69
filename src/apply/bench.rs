//! Evaluating during apply: instances are evaluated again with what earlier steps made, data sources are read, attributes
//! that need a POST are fetched when something uses them.
//!
//! A round of evaluation is synchronous (values are not shared between threads); what it lacks is read between rounds.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::Connections;
use super::failure::Failure;
use super::graph::{Deposed, Node};
use crate::arm::Write;
use crate::arm::id::ArmId;
use crate::catalog::{
    self, Ask, Context, DataSource, Fetched, Lens, LocalType, LookUp, Need, Outside, ProviderConfig, Reader,
    Stop, Target,
};
use crate::config::decode::decode;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Diagnostic, Diagnostics, Marks, Severity, Value};
use crate::ledger::Ledger;
use crate::plan::addr::{InstanceAddr, Mode, ModulePath};
use crate::plan::arm::{self as planning, Wanted};
use crate::plan::checks::{self, Check, Results};
use crate::plan::instance::{LocalWork, Planned, Site, Work, ignoring};
use crate::plan::live::{Answer, LiveCache, Needs, OriginOf, ProviderKey};
use crate::plan::names::Kept;
use crate::plan::run::{self, Fetch};
use crate::plan::scope::ModuleScope;
use crate::plan::walk::{Inputs, Resources, Walk};
use crate::plan::{conditions, marks, paths, repeat};

/// The most rounds of one evaluation before something is taken to be wrong with us.
const ROUNDS: usize = 40;

/// What evaluations of a run share.
pub struct Bench<'r> {
    /// What the plan was made from.
    pub inputs: &'r Inputs<'r>,
    /// What was planned.
    pub instances: &'r BTreeMap<InstanceAddr, Rc<Planned>>,
    /// What earlier replacements left.
    pub deposed: &'r [Deposed],
    /// What was read, kept up to date with what is written.
    pub cache: RefCell<LiveCache>,
    /// What the steps made so far.
    pub values: RefCell<HashMap<InstanceAddr, Value>>,
    /// What evaluation made of names and blocks, kept up to date with what the steps make.
    pub kept: Kept,
    /// The ledger as it grows.
    pub ledger: RefCell<Ledger>,
    /// The conditions that did not hold while something was made.
    pub failed: RefCell<Results>,
    /// The data sources of checks that could not be read, with what is said of that.
    pub misread: RefCell<BTreeMap<InstanceAddr, String>>,
    /// Who reads.
    pub fetch: &'r dyn Fetch,
    /// Who posts.
    pub connections: &'r dyn Connections,
}

/// What one round found.
struct Round<T> {
    value: Option<T>,
    needs: Needs,
    diagnostics: Diagnostics,
}

/// An evaluated data source, to be read.
struct Query {
    source: &'static dyn DataSource,
    key: ProviderKey,
    provider: Arc<ProviderConfig>,
    schema: Arc<ResourceSchema>,
    config: Value,
}

impl Bench<'_> {
    /// What is planned of a step's object.
    pub fn planned(&self, node: &Node) -> Option<&Rc<Planned>> {
        match node.deposed {
            Some(at) => self.deposed.get(at)?.2.as_ref(),
            None => self.instances.get(&node.addr),
        }
    }

    /// The provider configuration that an instance's block uses.
    pub fn provider_key(&self, addr: &InstanceAddr) -> ProviderKey {
        let round = self.walk(|walk| {
            let scope = walk.scope(&addr.resource.module)?;
            let mode = crate::lang::refs::Mode::Managed;
            let resource = scope.module.resource(mode, &addr.resource.ty, &addr.resource.name)?;
            Some(walk.provider_key(&addr.resource.module.calls(), &resource.provider).0)
        });
        round.value.unwrap_or_else(|| ProviderKey { address: "".into(), alias: None })
    }

    /// Does another instance than this one own a document, by the ledger or by the plan?
    pub fn owned_beside(&self, addr: &InstanceAddr, id: &ArmId) -> bool {
        let own = addr.to_string();
        let ledger = self.ledger.borrow();
        let recorded = ledger.instances.iter().filter(|(other, _)| **other != own);
        let mut documents = recorded.flat_map(|(_, record)| &record.documents).filter(|d| d.owned);
        if documents.any(|d| ArmId::parse(&d.id).is_ok_and(|known| known == *id)) {
            return true;
        }
        let planned = self.instances.iter().filter(|(other, _)| *other != addr);
        let mut claims = planned.filter_map(|(_, p)| arm_work(p)).flat_map(|work| &work.claims);
        claims.any(|p| p.claim.owns && p.claim.target == Target::Id(id.clone()))
    }

    /// What references to an instance see now: what was made of it, else what was planned.
    pub fn look(&self, addr: &InstanceAddr) -> Option<Value> {
        if let Some(value) = self.values.borrow().get(addr) {
            return Some(value.clone());
        }
        self.instances.get(addr).map(|planned| planned.value.clone())
    }

    /// Notes what was made of an instance: references see it from now on.
    pub fn put(&self, addr: &InstanceAddr, value: Value) {
        let origin = self.cache.borrow().origin(OriginOf::Instance(addr.clone()));
        self.kept.put(addr, value.clone().marked(&Marks::origin(origin)));
        self.values.borrow_mut().insert(addr.clone(), value);
    }

    fn walk<T>(&self, run: impl FnOnce(&Walk<'_>) -> Option<T>) -> Round<T> {
        self.walk_with(Some(&self.kept), run)
    }

    /// Without what is kept everything is evaluated, and judged, again.
    fn walk_with<T>(&self, kept: Option<&Kept>, run: impl FnOnce(&Walk<'_>) -> Option<T>) -> Round<T> {
        let cache = self.cache.borrow();
        let look = |addr: &InstanceAddr| self.look(addr);
        let mut walk = Walk::new(self.inputs, &cache, Resources::Applied(&look));
        walk.kept = kept;
        let walk = walk;
        let value = run(&walk);
        self.failed.borrow_mut().take_failed(walk.checks.take());
        let needs = walk.needs.take();
        let diagnostics = std::mem::take(&mut *walk.diagnostics.borrow_mut());
        Round { value, needs, diagnostics }
    }

    fn at_site<T>(
        walk: &Walk<'_>,
        addr: &InstanceAddr,
        evaluates: bool,
        run: &dyn Fn(&Site<'_, '_, '_>) -> Option<T>,
    ) -> Option<T> {
        let scope = walk.scope(&addr.resource.module)?;
        let mode = match addr.resource.mode {
            Mode::Data => crate::lang::refs::Mode::Data,
            Mode::Managed => crate::lang::refs::Mode::Managed,
        };
        let resource = scope.module.resource(mode, &addr.resource.ty, &addr.resource.name)?;
        let repetition = match evaluates {
            true => walk.repetition(&scope, resource),
            false => Rc::default(),
        };
        let each = repetition.each(addr.key.as_ref());
        let inner = ModuleScope { each, ..scope.clone() };
        run(&Site { walk, addr, resource, scope: &inner, repetition: &repetition })
    }

    /// Evaluates at an instance until nothing is lacking. `run` answers with the marks of what it used.
    async fn settle<T>(
        &self,
        addr: &InstanceAddr,
        run: &dyn Fn(&Site<'_, '_, '_>) -> Option<(T, Marks)>,
    ) -> Result<T, Failure> {
        self.settle_at(addr, true, run).await
    }

    /// The same; without `evaluates`, no expression of the block is, and how it repeats does not matter.
    async fn settle_at<T>(
        &self,
        addr: &InstanceAddr,
        evaluates: bool,
        run: &dyn Fn(&Site<'_, '_, '_>) -> Option<(T, Marks)>,
    ) -> Result<T, Failure> {
        for _ in 0..ROUNDS {
            let round = self.walk(|walk| Self::at_site(walk, addr, evaluates, run));
            if round.diagnostics.has_errors() {
                return Err(errors(round.diagnostics).into());
            }
            if !round.needs.is_empty() {
                self.satisfy(round.needs).await?;
                continue;
            }
            let Some((value, used)) = round.value else {
                return Err(defect(
                    addr,
                    "it cannot be evaluated any more, although it could when it was planned",
                )
                .into());
            };
            if !self.fetch_used(&used).await? {
                return Ok(value);
            }
        }
        Err(defect(addr, "its evaluation does not come to an end").into())
    }

    /// Reads what a round lacked.
    async fn satisfy(&self, needs: Needs) -> Result<(), Failure> {
        for (key, config) in run::connect(&needs, self.fetch).await? {
            self.cache.borrow_mut().put_provider(key, config);
        }
        let answers = if needs.reads.is_empty() { Vec::new() } else { self.fetch.read(&needs.reads).await? };
        {
            let mut cache = self.cache.borrow_mut();
            for ((_, need), answer) in needs.reads.into_iter().zip(answers) {
                if let Answer::Refused(why) = answer {
                    return Err(why.into());
                }
                cache.note(need, answer);
            }
            cache.wanted.extend(needs.wanted.iter().cloned());
        }
        for (addr, name) in needs.wanted {
            self.bring(&addr, &name).await?;
        }
        Ok(())
    }

    /// Fetches those attributes of others that are used and only come when asked for. Answers whether any was fetched.
    async fn fetch_used(&self, used: &Marks) -> Result<bool, Failure> {
        let mut lacking = Vec::new();
        for origin in used.origins() {
            if let OriginOf::Attribute(addr, name) = self.cache.borrow().origin_of(*origin) {
                let lacks = |v: Value| v.get(&name).is_some_and(|part| !part.is_wholly_known());
                if self.look(&addr).is_some_and(lacks) && self.is_settled(&addr) {
                    lacking.push((addr, name));
                }
            }
        }
        let mut any = false;
        for (addr, name) in lacking {
            any |= self.bring(&addr, &name).await?;
        }
        Ok(any)
    }

    /// Is the instance there, as it will be?
    fn is_settled(&self, addr: &InstanceAddr) -> bool {
        use crate::plan::model::ChangeAction;
        self.values.borrow().contains_key(addr)
            || self.instances.get(addr).is_some_and(|p| p.change.action == ChangeAction::NoOp)
    }

    /// The major version of the provider that an instance was made with.
    fn major_of(&self, addr: &InstanceAddr) -> u32 {
        let ledger = self.ledger.borrow();
        let key = ledger.instances.get(&addr.to_string()).map(|r| ProviderKey::parse(&r.provider));
        key.and_then(|key| Some(self.cache.borrow().provider(&key)?.major)).unwrap_or(u32::MAX)
    }

    /// Brings one attribute of an instance that is there: by its POST, or by reading what its read did not bring.
    async fn bring(&self, addr: &InstanceAddr, name: &Arc<str>) -> Result<bool, Failure> {
        let Some(LookUp::Arm(lens)) = catalog::resource(&addr.resource.ty) else { return Ok(false) };
        let Some(whole) = self.look(addr) else { return Ok(false) };
        let Some(on_demand) = lens.on_demand(name, self.major_of(addr)) else {
            if !self.is_settled(addr) {
                return Ok(false);
            }
            let value = Box::pin(self.refreshed(addr, lens)).await?;
            let known = value.get(name).is_some_and(Value::is_wholly_known);
            self.put(addr, value);
            return Ok(known);
        };
        let (provider, primary) = {
            let ledger = self.ledger.borrow();
            let Some(record) = ledger.instances.get(&addr.to_string()) else { return Ok(false) };
            let primary = record.documents.first().and_then(|d| ArmId::parse(&d.id).ok());
            (ProviderKey::parse(&record.provider), primary)
        };
        let (Some(client), Some(primary)) = (self.connections.connection(&provider), primary) else {
            return Ok(false);
        };
        let path = format!("{primary}/{}", on_demand.action);
        let answer = client.enquire(&path, on_demand.api_version, None, &Write::default()).await?;
        let answer = answer.body.map_or(Value::null(crate::lang::Type::Dynamic), |b| Value::from_json(&b));
        let part = on_demand.part(&answer, &whole);
        let step = [crate::lang::PathStep::Attribute(name.clone())];
        let kept = whole.get(name).map(|old| old.marks.clone()).unwrap_or_default();
        let value = paths::replace(&whole, &step, Some(&part.marked(&kept)));
        self.put(addr, value);
        Ok(true)
    }

    /// The object of an instance whose documents are all read.
    async fn refreshed(&self, addr: &InstanceAddr, lens: &'static dyn Lens) -> Result<Value, Failure> {
        let before = self.instances.get(addr).and_then(|p| p.change.after.clone());
        let wanted = self.wanted(addr, lens, before.as_ref()).await?;
        let documents: BTreeMap<String, ArmId> = {
            let ledger = self.ledger.borrow();
            let record = ledger.instances.get(&addr.to_string());
            let all = record.into_iter().flat_map(|r| &r.documents);
            all.filter_map(|d| Some((d.key.clone(), ArmId::parse(&d.id).ok()?))).collect()
        };
        let find = |key: &str| {
            let id = documents.get(key)?;
            self.cache.borrow().document(id).flatten()
        };
        self.finished(addr, lens, &wanted.config, &find).await
    }

    /// What an instance wants now. With `before`, `ignore_changes` keeps what that has.
    pub async fn wanted(
        &self,
        addr: &InstanceAddr,
        lens: &'static dyn Lens,
        before: Option<&Value>,
    ) -> Result<Wanted, Failure> {
        self.settle(addr, &|site| {
            conditions::judge_before(site);
            let wanted = planning::wanted(site, lens, before)?;
            let used = wanted.config.deep_marks();
            Some((wanted, used))
        })
        .await
    }

    /// The finished object of an instance.
    pub async fn finished(
        &self,
        addr: &InstanceAddr,
        lens: &'static dyn Lens,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
    ) -> Result<Value, Failure> {
        self.settle_at(addr, false, &|site| {
            let value = planning::finished(site, lens, config, documents)?;
            let origin = site.walk.cache.origin(OriginOf::Instance(addr.clone()));
            Some((value.marked(&Marks::origin(origin)), Marks::NONE))
        })
        .await
    }

    /// The object that a type without a document makes now of its configuration, and that configuration; nothing is
    /// marked yet ([`Bench::of_instance`]). `random` fills a buffer.
    pub async fn made(
        &self,
        addr: &InstanceAddr,
        kind: &'static dyn LocalType,
        prior: Option<&Value>,
        random: &dyn Fn(&mut [u8]),
        now: &str,
    ) -> Result<(Value, Value), Failure> {
        let schema = kind.schema();
        let config = self
            .settle(addr, &|site| {
                conditions::judge_before(site);
                let decoded = site.decode(&schema);
                if decoded.failed {
                    return None;
                }
                site.problems(kind.check(&decoded.value), &decoded);
                let ignore = &site.resource.lifecycle.ignore_changes;
                let config = match prior {
                    Some(prior) => ignoring(&decoded.value, prior, ignore, &schema),
                    None => decoded.value.clone(),
                };
                let used = config.deep_marks();
                Some((config, used))
            })
            .await?;
        if !config.is_wholly_known() {
            return Err(self.still_unknown(addr, &config, "").into());
        }
        let planned = kind.plan(prior, &config).planned;
        Ok((kind.apply(prior, &planned, &mut |buffer| random(buffer), now), config))
    }

    /// An object as others see it: its secrets and where it comes from marked.
    pub fn of_instance(&self, addr: &InstanceAddr, object: &Value, schema: &ResourceSchema) -> Value {
        let origin = self.cache.borrow().origin(OriginOf::Instance(addr.clone()));
        marks::by_schema(object, schema).marked(&Marks::origin(origin))
    }

    /// The arguments of a provisioner; `object` is what `self` is.
    pub async fn provisioner(
        &self,
        addr: &InstanceAddr,
        one: &crate::config::Provisioner,
        object: &Value,
    ) -> Result<Value, Failure> {
        for _ in 0..ROUNDS {
            let round = self.walk(|walk| {
                let module = &addr.resource.module;
                let scope = walk.scope(module).or_else(|| walk.scope(&ModulePath::root()))?;
                let managed = crate::lang::refs::Mode::Managed;
                let block = scope.module.resource(managed, &addr.resource.ty, &addr.resource.name);
                let each = match block.filter(|_| !one.on_destroy) {
                    Some(block) => walk.repetition(&scope, block).each(addr.key.as_ref()),
                    // What goes may have no place in its block any more.
                    None => repeat::Each::of(addr.key.as_ref()),
                };
                let inner = ModuleScope { each, this: Some(object.clone()), ..scope };
                let schema = crate::plan::provisioners::schema();
                let decoded = decode(&one.body, &schema, &inner, self.inputs.functions);
                walk.report(decoded.diagnostics);
                Some(decoded.value)
            });
            if round.diagnostics.has_errors() {
                return Err(errors(round.diagnostics).into());
            }
            if !round.needs.is_empty() {
                self.satisfy(round.needs).await?;
                continue;
            }
            if let Some(value) = round.value
                && !self.fetch_used(&value.deep_marks()).await?
            {
                return Ok(value);
            }
        }
        Err(defect(addr, "the evaluation of its provisioners does not come to an end").into())
    }

    /// Judges the postconditions of an instance by the object that it has.
    pub async fn judge(&self, addr: &InstanceAddr, value: &Value) -> Result<(), Failure> {
        let block = self.inputs.config.root.descendant(&addr.resource.module.calls());
        let mode = match addr.resource.mode {
            Mode::Data => crate::lang::refs::Mode::Data,
            Mode::Managed => crate::lang::refs::Mode::Managed,
        };
        let block = block.and_then(|m| m.resource(mode, &addr.resource.ty, &addr.resource.name));
        if block.is_none_or(|b| b.lifecycle.postconditions.is_empty()) {
            return Ok(());
        }
        self.settle(addr, &|site| {
            conditions::judge_after(site, value);
            Some(((), Marks::NONE))
        })
        .await
    }

    /// Reads a data source that the plan left for now.
    pub async fn data(&self, addr: &InstanceAddr) -> Result<Value, Failure> {
        let query = self
            .settle(addr, &|site| {
                let source = catalog::data_source(&site.resource.key.kind)?;
                let (key, provider) = site.provider()?;
                let schema = source.schema(provider.major);
                let decoded = site.decode(&schema);
                if decoded.failed {
                    return None;
                }
                site.walk.note_use(&decoded.value);
                let used = decoded.value.deep_marks();
                Some((Query { source, key, provider, schema, config: decoded.value }, used))
            })
            .await?;
        if !query.config.is_wholly_known() {
            return Err(self.still_unknown(addr, &query.config, "").into());
        }
        let fresh = Fresh::default();
        for _ in 0..ROUNDS {
            let cx = Context { provider: &query.provider, reader: &fresh, wanted: &|_| true, recorded: None };
            let read = query.source.read(&query.config, &cx);
            match read {
                Ok(value) => {
                    let value = marks::by_schema(&value, &query.schema);
                    let cache = self.cache.borrow();
                    let origin = cache.origin(OriginOf::Instance(addr.clone()));
                    return Ok(value.marked(&Marks::origin(origin)));
                }
                Err(Stop::Problems(problems)) => {
                    let all = problems.into_iter().map(|p| {
                        let mut one = Diagnostic::error(p.summary, p.detail);
                        one.severity = p.severity;
                        one.with_address(addr.to_string())
                    });
                    return Err(Diagnostics(all.collect()).into());
                }
                Err(Stop::Pending) => {
                    let needs: Vec<(ProviderKey, Need)> =
                        fresh.needs.take().into_iter().map(|need| (query.key.clone(), need)).collect();
                    if needs.is_empty() {
                        break;
                    }
                    let answers = self.fetch.read(&needs).await?;
                    if let Some(Answer::Refused(why)) =
                        answers.iter().find(|a| matches!(a, Answer::Refused(_)))
                    {
                        return Err(why.clone().into());
                    }
                    let mut got = fresh.got.borrow_mut();
                    got.extend(needs.into_iter().map(|(_, need)| need).zip(answers));
                }
            }
        }
        Err(defect(addr, "its reading does not come to an end").into())
    }

    /// Does a data source stand in a check? Then nothing else waits for it.
    pub fn is_of_check(&self, addr: &InstanceAddr) -> bool {
        let round =
            self.walk(|walk| Self::at_site(walk, addr, false, &|site| Some(site.resource.check.is_some())));
        round.value == Some(true)
    }

    /// Notes that a data source of a check could not be read. That fails the check, and what went wrong is a warning.
    pub fn misread(&self, addr: &InstanceAddr, wrong: Diagnostics) -> Diagnostics {
        let message = conditions::said(wrong.0.iter().map(|d| (&*d.summary, &*d.detail)));
        self.misread.borrow_mut().insert(addr.clone(), message);
        let warning = |d: Diagnostic| Diagnostic { severity: Severity::Warning, ..d };
        Diagnostics(wrong.into_iter().map(warning).collect())
    }

    /// The root outputs, each with what it was made of being done; those that cannot be known (something failed) are left
    /// out. `wanted` says which, and `done` whether an instance is as it was to be.
    pub async fn outputs(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        done: &dyn Fn(&InstanceAddr) -> bool,
    ) -> (BTreeMap<Arc<str>, (Value, bool)>, Diagnostics) {
        let mut all = BTreeMap::new();
        let mut wrong = Diagnostics::default();
        for (name, output) in self.inputs.config.root.outputs.iter().filter(|(name, _)| wanted(name)) {
            match self.output(name, done).await {
                Ok(Some(value)) => {
                    all.insert(name.clone(), (value, output.sensitive));
                }
                Ok(None) => {}
                Err(Failure::Said(more)) => wrong.extend(more),
                Err(Failure::Arm(error)) => wrong.push(
                    Diagnostic::error("An output cannot be known", error.explained())
                        .at(output.header.clone())
                        .within(format!("output \"{name}\"")),
                ),
                Err(_) => {}
            }
        }
        (all, wrong)
    }

    /// What the conditions of the configuration come to now. Of what they say only the `check` blocks' part is answered:
    /// the rest was said where its object was made.
    pub async fn checks(&self, done: &dyn Fn(&InstanceAddr) -> bool) -> (Vec<Check>, Diagnostics) {
        if self.inputs.options.mode == crate::plan::model::PlanMode::Destroy {
            return Default::default();
        }
        for _ in 0..ROUNDS {
            let failed = self.failed.borrow().clone();
            let round = self.walk_with(None, |walk| {
                walk.checks.borrow_mut().take_failed(failed);
                for (addr, message) in self.misread.borrow().iter() {
                    Self::at_site(walk, addr, false, &|site| {
                        conditions::misread(site, message.clone());
                        Some(())
                    });
                }
                for path in walk.module_instances() {
                    let Some(scope) = walk.scope(&path) else { continue };
                    for check in scope.module.checks.values() {
                        conditions::judge_check(walk, &scope, check);
                    }
                }
                let said = std::mem::take(&mut *walk.diagnostics.borrow_mut());
                Some((checks::judged(walk, done), said))
            });
            match round.value {
                Some(found) if round.needs.is_empty() => return found,
                _ => {}
            }
            if let Err(failure) = self.satisfy(round.needs).await {
                let said = match failure {
                    Failure::Said(all) => all,
                    Failure::Arm(error) => {
                        Diagnostic::warning("Checks could not be made", error.explained()).into()
                    }
                    _ => Diagnostics::default(),
                };
                return (Vec::new(), said);
            }
        }
        Default::default()
    }

    async fn output(
        &self,
        name: &Arc<str>,
        done: &dyn Fn(&InstanceAddr) -> bool,
    ) -> Result<Option<Value>, Failure> {
        for _ in 0..ROUNDS {
            let round = self.walk(|walk| walk.output(&ModulePath::root(), name));
            let Some(value) = round.value else {
                return if round.diagnostics.has_errors() {
                    Err(errors(round.diagnostics).into())
                } else {
                    Ok(None)
                };
            };
            let used = value.deep_marks();
            let of = |o: &crate::lang::Origin| self.cache.borrow().origin_of(*o).instance().clone();
            if !used.origins().iter().all(|o| done(&of(o))) {
                return Ok(None);
            }
            if round.diagnostics.has_errors() {
                return Err(errors(round.diagnostics).into());
            }
            if !round.needs.is_empty() {
                self.satisfy(round.needs).await?;
            } else if !self.fetch_used(&used).await? {
                return Ok(value.is_wholly_known().then_some(value));
            }
        }
        Ok(None)
    }

    /// The error of a value that should be known by now: which, and what it waits for.
    pub fn still_unknown(&self, addr: &InstanceAddr, value: &Value, document: &str) -> Diagnostic {
        let (mut at, mut marks) = (Vec::new(), Marks::NONE);
        first_unknown(value, &mut Vec::new(), &mut at, &mut marks);
        let cache = self.cache.borrow();
        let of: Vec<String> =
            marks.origins().iter().map(|o| cache.origin_of(*o).instance().to_string()).collect();
        let from = if of.is_empty() { String::new() } else { format!(" It is made of {}.", of.join(", ")) };
        let place = if document.is_empty() { String::new() } else { format!(" of {document}") };
        Diagnostic::error(
            format!("{addr} cannot be applied: a value is not known"),
            format!(
                "The value at {}{place} is still unknown although everything it refers to is done.{from} This is a defect of Ringfence: please report it with the configuration.",
                paths::text(&at)
            ),
        )
        .with_address(addr.to_string())
    }
}

/// Reads of a data source: nothing that was read before counts.
#[derive(Default)]
struct Fresh {
    got: RefCell<HashMap<Need, Answer>>,
    needs: RefCell<Vec<Need>>,
}

impl Fresh {
    fn answer(&self, need: Need) -> Option<Answer> {
        let known = self.got.borrow().get(&need).cloned();
        if known.is_none() && !self.needs.borrow().contains(&need) {
            self.needs.borrow_mut().push(need);
        }
        known
    }
}

impl Reader for Fresh {
    fn document(&self, id: &ArmId, api_version: &str) -> Fetched<Option<Arc<Value>>> {
        match self.answer(Need::Document { id: id.clone(), api_version: api_version.into() }) {
            Some(Answer::Document(body)) => Fetched::Ready(body.map(Arc::new)),
            Some(Answer::List(_) | Answer::Refused(_)) | None => Fetched::Pending,
        }
    }

    fn list(&self, path: &str, api_version: &str, filter: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        let need = Need::List { path: path.into(), api_version: api_version.into(), filter: filter.into() };
        match self.answer(need) {
            Some(Answer::List(items)) => Fetched::Ready(items.map(Arc::new)),
            Some(Answer::Document(_) | Answer::Refused(_)) => Fetched::Ready(None),
            None => Fetched::Pending,
        }
    }

    fn ask(&self, ask: &Ask) -> Fetched<Option<Arc<Value>>> {
        match self.answer(Need::Ask(ask.clone())) {
            Some(Answer::Document(body)) => Fetched::Ready(body.map(Arc::new)),
            Some(Answer::List(_) | Answer::Refused(_)) | None => Fetched::Pending,
        }
    }

    fn outside(&self, what: &Outside) -> Fetched<Arc<Value>> {
        match self.answer(Need::Outside(what.clone())) {
            Some(Answer::Document(Some(body))) => Fetched::Ready(Arc::new(body)),
            _ => Fetched::Pending,
        }
    }
}

/// The errors alone: warnings were said when it was planned.
fn errors(all: Diagnostics) -> Diagnostics {
    Diagnostics(all.into_iter().filter(|d| d.severity == Severity::Error).collect())
}

/// Something that must not be.
pub fn defect(addr: &InstanceAddr, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("{addr} cannot be applied"),
        format!(
            "What went wrong: {why}. This is a defect of Ringfence: please report it with the configuration."
        ),
    )
    .with_address(addr.to_string())
}

fn first_unknown(
    value: &Value,
    path: &mut Vec<crate::lang::PathStep>,
    at: &mut Vec<crate::lang::PathStep>,
    marks: &mut Marks,
) -> bool {
    use crate::lang::PathStep;
    if value.is_unknown() {
        at.clone_from(path);
        *marks = value.marks.clone();
        return true;
    }
    if let Some(entries) = value.as_entries() {
        return entries.iter().any(|(name, part)| {
            path.push(PathStep::Attribute(name.clone()));
            let found = first_unknown(part, path, at, marks);
            path.pop();
            found
        });
    }
    value.as_sequence().unwrap_or(&[]).iter().enumerate().any(|(i, part)| {
        path.push(PathStep::Index(i));
        let found = first_unknown(part, path, at, marks);
        path.pop();
        found
    })
}

/// What is planned of an instance's documents; nothing for other kinds.
pub fn arm_work(planned: &Planned) -> Option<&crate::plan::instance::ArmWork> {
    match &planned.work {
        Work::Arm(work) => Some(work),
        Work::Local(_) | Work::Data => None,
    }
}

/// The provider that a record names.
pub fn provider_text(bench: &Bench<'_>, addr: &InstanceAddr) -> String {
    match bench.instances.get(addr).map(|p| &p.work) {
        Some(Work::Arm(work)) => work.provider.to_string(),
        Some(Work::Local(LocalWork { provider: Some(provider), .. })) => provider.to_string(),
        _ => bench.instances.get(addr).map(|p| p.change.provider.to_string()).unwrap_or_default(),
    }
}
