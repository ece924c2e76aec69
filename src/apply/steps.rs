//! The steps: making, changing, reading and removing one instance.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::bench::{arm_work, defect};
use super::digests;
use super::failure::Failure;
use super::files;
use super::graph::Phase;
use super::hand::{Hand, is_failed, is_running};
use super::run::Run;
use super::write::Order;
use crate::arm::ErrorKind;
use crate::arm::id::ArmId;
use crate::catalog::facts::Mutex;
use crate::catalog::{
    self, Claim, Lens, LocalType, LookUp, Occasion, STAND_IN, Target, Withdraw, item, type_facts,
};
use crate::lang::{Diagnostic, Value};
use crate::ledger::{Deposed, DocumentRecord, Record};
use crate::plan::addr::{InstanceAddr, Mode};
use crate::plan::arm::withdraws;
use crate::plan::data::shown_id;
use crate::plan::diff::{self, Why};
use crate::plan::instance::{ArmWork, ClaimPlan, Planned, Work};
use crate::plan::live::ProviderKey;
use crate::plan::model::ChangeAction;
use crate::plan::{own, paths};
use crate::ui::progress::{Doing, Event, Phase as Progressing};

/// Which of a type's timeouts.
const TIMEOUTS: [&str; 4] = ["create", "read", "update", "delete"];
/// Without one.
const DEFAULT_MINUTES: u32 = 30;

impl Run<'_> {
    /// Does one step.
    pub async fn step(&self, step: usize) -> Result<(), Failure> {
        let node = &self.nodes[step];
        let Some(planned) = self.bench.planned(node) else { return Ok(()) };
        let action = planned.change.action;
        if node.phase == Phase::Delete {
            let key = planned.change.deposed.clone();
            return self.delete(step, &node.addr, planned, key).await;
        }
        match (action, &planned.work) {
            (ChangeAction::Forget, _) => self.note(&node.addr, None),
            (ChangeAction::Read, _) => self.read_data(&node.addr).await,
            (ChangeAction::NoOp, Work::Arm(work)) => self.keep(&node.addr, planned, work).await,
            (ChangeAction::NoOp, Work::Local(work)) => self.take(&node.addr, planned, work),
            (ChangeAction::NoOp | ChangeAction::Delete, _) => Ok(()),
            (_, Work::Arm(work)) => match catalog::resource(&node.addr.resource.ty) {
                Some(LookUp::Arm(lens)) => self.arm(step, &node.addr, planned, work, lens).await,
                _ => Err(defect(&node.addr, "its type is not built in").into()),
            },
            (_, Work::Local(work)) => match self.local_type(&node.addr, planned) {
                Some(kind) => self.local(step, &node.addr, planned, work, kind).await,
                _ => Err(defect(&node.addr, "its type is not built in").into()),
            },
            (_, Work::Data) => Ok(()),
        }
    }

    /// What an instance without a document is: made up by a test, or what the catalog has.
    fn local_type(&self, addr: &InstanceAddr, planned: &Planned) -> Option<&'static dyn LocalType> {
        let record = match &planned.work {
            Work::Local(work) => work.record.as_ref(),
            _ => None,
        };
        let key = match record {
            Some(record) => ProviderKey::parse(&record.provider),
            None => self.bench.provider_key(addr),
        };
        let inputs = self.bench.inputs;
        let major = crate::plan::providers::major_in(inputs.config, &key.address);
        match inputs.options.mocks.resource(addr, &key, major) {
            Some(LookUp::Local(kind)) => Some(kind),
            _ => None,
        }
    }

    pub(super) fn tell(&self, addr: &InstanceAddr, doing: Doing, phase: Progressing, id: Option<&str>) {
        self.shared.progress.event(Event::new(addr, doing, phase).with_id(id));
    }

    async fn read_data(&self, addr: &InstanceAddr) -> Result<(), Failure> {
        self.tell(addr, Doing::Read, Progressing::Start, None);
        match self.bench.data(addr).await {
            Ok(value) => {
                let id = shown_id(&value);
                self.bench.put(addr, value.clone());
                self.tell(addr, Doing::Read, Progressing::Complete, id.as_deref());
                self.bench.judge(addr, &value).await
            }
            Err(failure) => {
                self.tell(addr, Doing::Read, Progressing::Errored, None);
                match failure {
                    Failure::Said(_) | Failure::Arm(_) if self.bench.is_of_check(addr) => {
                        self.warn(self.bench.misread(addr, failure.report(addr, Doing::Read)));
                        Ok(())
                    }
                    failure => Err(failure),
                }
            }
        }
    }

    /// An instance that stays as it is: adopted, or its entry brought up to date.
    async fn keep(&self, addr: &InstanceAddr, planned: &Planned, work: &ArmWork) -> Result<(), Failure> {
        let known = self.record_of(addr);
        let depends_on = depends_on(planned, self.bench.instances);
        if planned.change.importing.is_none()
            && let Some(record) = &known
            && !record.unfinished
        {
            let (provider, secrets) = (work.provider.to_string(), secrets(planned));
            if record.depends_on != depends_on || record.provider != provider || record.secrets != secrets {
                return self.note(addr, Some(Record { depends_on, provider, secrets, ..record.clone() }));
            }
            return Ok(());
        }
        let Some(LookUp::Arm(lens)) = catalog::resource(&addr.resource.ty) else { return Ok(()) };
        let importing = planned.change.importing.as_deref();
        if importing.is_some() {
            self.tell(addr, Doing::Import, Progressing::Start, importing);
        }
        let wanted = self.bench.wanted(addr, lens, planned.change.before.as_ref()).await?;
        let documents = wanted.claims.iter().filter_map(document).collect();
        let record = self.finished_record(planned, work, &wanted.claims, documents, known);
        self.note(addr, Some(record))?;
        if importing.is_some() {
            self.tell(addr, Doing::Import, Progressing::Complete, importing);
            self.count(0);
        }
        Ok(())
    }

    fn finished_record(
        &self,
        planned: &Planned,
        work: &ArmWork,
        claims: &[Claim],
        documents: Vec<DocumentRecord>,
        known: Option<Record>,
    ) -> Record {
        let create_first = matches!(planned.change.action, ChangeAction::Replace { create_first: true })
            || known.as_ref().is_some_and(|r| r.create_before_destroy);
        Record {
            provider: work.provider.to_string(),
            documents,
            digests: digests::of(claims, self.bench.inputs.sealer),
            secrets: secrets(planned),
            depends_on: depends_on(planned, self.bench.instances),
            tainted: false,
            create_before_destroy: create_first,
            unfinished: false,
            object: None,
            deposed: known.map(|r| r.deposed).unwrap_or_default(),
        }
    }

    pub(super) fn hand<'h>(
        &'h self,
        step: usize,
        addr: &'h InstanceAddr,
        provider: &ProviderKey,
        doing: Doing,
        limit: Duration,
    ) -> Result<Hand<'h>, Failure> {
        let Some(client) = self.bench.connections.connection(provider) else {
            let detail = format!("Provider {provider} is not connected.");
            return Err(Diagnostic::error(format!("{addr} cannot be applied"), detail).into());
        };
        Ok(Hand {
            shared: &self.shared,
            client: client.with_cancel(self.shared.cancel.clone()),
            addr,
            deposed: None,
            provider: provider.clone(),
            config: self.bench.cache.borrow().provider(provider).cloned(),
            doing,
            id: None,
            urgency: self.schedule.borrow().urgency(step),
            limit,
            spent: Cell::new(Duration::ZERO),
            begun: Cell::new(false),
            polls: Cell::new(None),
        })
    }

    fn live(&self, id: &ArmId) -> Option<Arc<Value>> {
        self.bench.cache.borrow().document(id).flatten()
    }

    /// Makes or changes an instance that lives in ARM.
    async fn arm(
        &self,
        step: usize,
        addr: &InstanceAddr,
        planned: &Planned,
        work: &ArmWork,
        lens: &'static dyn Lens,
    ) -> Result<(), Failure> {
        let update = planned.change.action == ChangeAction::Update;
        let before = planned.change.before.as_ref().filter(|_| update);
        let wanted = self.bench.wanted(addr, lens, before).await?;
        self.as_planned(addr, planned, work, &wanted.claims)?;
        let orders = self.orders(addr, planned, work, &wanted.claims)?;
        let stale: Vec<(&ClaimPlan, ArmId)> = match update {
            true => work.prior.iter().filter_map(|p| stale(p, &orders)).collect(),
            false => Vec::new(),
        };
        let doing = if update { Doing::Update } else { Doing::Create };
        let which = if update { 2 } else { 0 };
        let mut hand =
            self.hand(step, addr, &work.provider, doing, limit(&wanted.config, lens.timeouts(), which))?;
        hand.id = before.and_then(|b| b.get("id")).and_then(Value::as_str).map(str::to_string);
        let locked = orders.iter().filter(|o| o.1).map(|(o, _)| keys(o.claim, &o.id, &o.body));
        let mut held: Vec<Arc<str>> = locked.flatten().collect();
        held.extend(stale.iter().flat_map(|(p, id)| keys(&p.claim, id, &Json::Null)));
        self.lock(step, held).await?;
        if orders.iter().any(|o| o.1)
            && let Some(config) = hand.config.clone()
            && config.kind == catalog::ProviderKind::Azurerm
            && let Some(needed) = self.namespaces.get(&work.provider)
        {
            self.shared.registrar.prepare(&hand.client, &config, needed).await?;
        }
        let known = self.record_of(addr);
        self.note(addr, Some(self.begun_record(planned, work, &orders, known.clone())))?;
        let result = self.carry_out(&hand, &orders, &stale).await;
        let documents = match result {
            Ok(documents) => documents,
            Err((failure, any)) => {
                if hand.begun.get() {
                    hand.tell(Progressing::Errored, None);
                }
                if !any && self.refused(&hand, &orders, &failure).await {
                    self.note(addr, known)?;
                }
                return Err(failure);
            }
        };
        let find = |key: &str| documents.get(key).cloned();
        let value = self.bench.finished(addr, lens, &wanted.config, &find).await?;
        let id = value.get("id").and_then(Value::as_str).map(str::to_string);
        let records = orders.iter().map(|(o, _)| o.record()).collect();
        let record = self.finished_record(planned, work, &wanted.claims, records, self.record_of(addr));
        let runs = !update && self.provisions(addr);
        self.note(addr, Some(Record { tainted: runs, ..record.clone() }))?;
        hand.begin();
        hand.id = id;
        if runs {
            if let Err(failure) = self.provision(addr, &value, false).await {
                hand.tell(Progressing::Errored, None);
                return Err(failure);
            }
            self.note(addr, Some(record))?;
        }
        self.bench.put(addr, value.clone());
        hand.tell(Progressing::Complete, None);
        if planned.change.importing.is_some() {
            self.count(0);
        }
        self.count(if update { 2 } else { 1 });
        // What is there is there, whatever is wrong with it.
        self.bench.judge(addr, &value).await
    }

    /// A value that was known in the plan must be what it was (idea 4 d).
    fn as_planned(
        &self,
        addr: &InstanceAddr,
        planned: &Planned,
        work: &ArmWork,
        claims: &[Claim],
    ) -> Result<(), Failure> {
        for claim in claims {
            let Some(plan) = work.claims.iter().find(|p| p.claim.key == claim.key) else { continue };
            let moved = match (&plan.claim.target, &claim.target) {
                (Target::Id(was), Target::Id(is)) => was != is,
                _ => false,
            };
            let found = digests::contradiction(&plan.claim.body, &claim.body, &claim.facts().body);
            if !moved && found.is_none() {
                continue;
            }
            let made_of: Vec<String> = planned.depends.iter().map(ToString::to_string).collect();
            let what = match &found {
                Some(found) => {
                    let shown = |v: &Value| match v.deep_marks().is_sensitive() {
                        true => "a secret".to_string(),
                        false => v.to_json_with(&|| None).unwrap_or(Json::Null).to_string(),
                    };
                    let now = found.now.as_ref().map_or("nothing".to_string(), shown);
                    format!(
                        "{} was planned as {} and is now {now}",
                        paths::text(&found.path),
                        shown(&found.planned)
                    )
                }
                None => "its id is another one than planned".to_string(),
            };
            return Err(Diagnostic::error(
                format!("{addr} is not what was planned"),
                format!(
                    "{what}. A value that Ringfence predicted was answered differently by Azure, so nothing that is made of it is changed. It is made of {}. This is a defect of Ringfence: please report it. Applying again plans with what Azure answered.",
                    made_of.join(", ")
                ),
            )
            .with_address(addr.to_string())
            .into());
        }
        Ok(())
    }

    /// The claims as orders, each with whether it must be carried out.
    fn orders<'c>(
        &self,
        addr: &InstanceAddr,
        planned: &Planned,
        work: &ArmWork,
        claims: &'c [Claim],
    ) -> Result<Vec<(Order<'c>, bool)>, Failure> {
        let fresh = planned.change.action != ChangeAction::Update;
        let mut orders = Vec::with_capacity(claims.len());
        for claim in claims {
            let place = if claim.key.is_empty() {
                "the document".to_string()
            } else {
                format!("the document {}", claim.key)
            };
            let Target::Id(id) = &claim.target else {
                let detail = "The id of its document is still unknown although everything it refers to is done. This is a defect of Ringfence: please report it with the configuration.";
                let summary = format!("{addr} cannot be applied: its id is not known");
                return Err(Diagnostic::error(summary, detail).with_address(addr.to_string()).into());
            };
            let Some(mut body) = claim.body.to_json() else {
                return Err(self.bench.still_unknown(addr, &claim.body, &place).into());
            };
            if let (Some(record), false) = (work.record.as_ref(), fresh) {
                own::keep_back(&mut body, claim, record, self.bench.inputs.sealer);
            }
            let plan = work.claims.iter().find(|p| p.claim.key == claim.key);
            let live = self.live(id);
            let facts = type_facts(id.resource_type());
            let differs = || {
                let options = claim.options.as_deref();
                let found = diff::compare_by(&claim.body, live.as_deref(), &facts.body, options, &|_| false);
                live.is_none() || !found.differences.is_empty()
            };
            let whys =
                |wanted: &[Why]| plan.is_some_and(|p| p.differences.iter().any(|d| wanted.contains(&d.why)));
            let force = !(fresh && claim.owns) && whys(&[Why::Unread, Why::Reincarnated]);
            // What is made with its parent was compared with nothing: how it begins is seen when it is there.
            let unseen = fresh && facts.implied && plan.is_some_and(|p| p.live.is_none());
            let needed = fresh && claim.owns
                || force
                || unseen
                || whys(&[Why::Differs])
                || (plan.is_none() || whys(&[Why::Unknown])) && differs();
            let order = Order {
                claim,
                id: id.clone(),
                body,
                existed: live.is_some() && !(fresh && claim.owns) && !goes_first(work, claim, id, claims),
                force,
                recover: plan.and_then(|p| p.recover).flatten(),
                stand_in: plan.filter(|p| p.rotates).and_then(|_| claim.options.as_ref()?.stand_in.clone()),
            };
            orders.push((order, needed));
        }
        // A document that a failed or interrupted operation left behind is written again although nothing differs
        // (LRO-08).
        let unfinished = work.record.as_ref().is_some_and(|r| r.unfinished);
        for (order, needed) in orders.iter_mut().filter(|(o, _)| !fresh && o.claim.owns) {
            let live = self.live(&order.id).and_then(|v| v.to_json());
            let left = live.is_some_and(|live| is_failed(&live) || unfinished && is_running(&live));
            order.force |= left;
            *needed |= left;
        }
        Ok(orders)
    }

    /// The entry of an instance while it is being made: whatever is made from now on is owned.
    fn begun_record(
        &self,
        planned: &Planned,
        work: &ArmWork,
        orders: &[(Order<'_>, bool)],
        known: Option<Record>,
    ) -> Record {
        let mut record = known.unwrap_or_default();
        match planned.change.action {
            ChangeAction::Replace { create_first: true } if !record.documents.is_empty() => {
                let documents = std::mem::take(&mut record.documents);
                record.deposed.insert(deposed_key(&documents), Deposed { documents, object: None });
                record.create_before_destroy = true;
            }
            ChangeAction::Update => {}
            _ => record.documents.clear(),
        }
        record.provider = work.provider.to_string();
        record.unfinished = true;
        record.depends_on = depends_on(planned, self.bench.instances);
        record.secrets = secrets(planned);
        let written = orders.iter().map(|(order, _)| order.record());
        for one in written.chain(orders.iter().filter_map(|(order, _)| order.beside())) {
            let same = |d: &DocumentRecord| d.key == one.key && d.id.eq_ignore_ascii_case(&one.id);
            if !record.documents.iter().any(same) {
                record.documents.push(one);
            }
        }
        record
    }

    /// Carries out the orders one after the other. Answers the documents by key; with a failure, whether anything was sent
    /// and done before.
    async fn carry_out(
        &self,
        hand: &Hand<'_>,
        orders: &[(Order<'_>, bool)],
        stale: &[(&ClaimPlan, ArmId)],
    ) -> Result<BTreeMap<String, Arc<Value>>, (Failure, bool)> {
        let mut any = false;
        let theirs = |id: &ArmId| self.bench.owned_beside(hand.addr, id);
        // What an interrupted run let stand in for a document goes when that is there again.
        let (late, early): (Vec<_>, Vec<_>) =
            stale.iter().partition(|(plan, _)| plan.claim.key.ends_with(STAND_IN));
        for (plan, id) in early {
            let warnings = hand.withdraw(&plan.claim, id, false, &theirs).await.map_err(|f| (f, any))?;
            self.warn(warnings);
            any = true;
            let gone = plan.claim.owns && matches!(plan.claim.withdraw, Withdraw::Delete { .. });
            let now = if gone {
                None
            } else {
                hand.read(id, &plan.claim.api_version, &[], false).await.map_err(|f| (f, any))?
            };
            self.bench
                .cache
                .borrow_mut()
                .put_document(id.clone(), now.map(|b| Arc::new(Value::from_json(&b))));
        }
        let mut documents = BTreeMap::new();
        let mut written: BTreeMap<ArmId, Option<Json>> = BTreeMap::new();
        for (order, needed) in orders {
            if *needed {
                let done = hand.write(order).await.map_err(|f| (f, any))?;
                any |= done.sent;
                // Of a document that is written twice only the last state counts.
                let again = written.contains_key(&order.id);
                written.insert(order.id.clone(), done.document.filter(|_| !again));
            }
        }
        for (plan, id) in late {
            hand.withdraw(&plan.claim, id, false, &theirs).await.map_err(|f| (f, any))?;
            self.bench.cache.borrow_mut().put_document(id.clone(), None);
        }
        for (order, _) in orders {
            let key = order.claim.key.to_string();
            let read = match written.get(&order.id) {
                Some(Some(body)) => Some(body.clone()),
                Some(None) => {
                    let query = order.reading();
                    hand.read(&order.id, &order.claim.api_version, &query, true)
                        .await
                        .map_err(|f| (f, any))?
                }
                None => match self.live(&order.id) {
                    Some(value) => {
                        documents.insert(key, value);
                        continue;
                    }
                    None => hand
                        .read(&order.id, &order.claim.api_version, &order.reading(), false)
                        .await
                        .map_err(|f| (f, any))?,
                },
            };
            let value = read.map(|body| Arc::new(Value::from_json(&body)));
            self.bench.cache.borrow_mut().put_document(order.id.clone(), value.clone());
            if let Some(value) = value {
                documents.insert(key, value);
            }
        }
        Ok(documents)
    }

    /// Was the first request refused, so that nothing of ours is there?
    async fn refused(&self, hand: &Hand<'_>, orders: &[(Order<'_>, bool)], failure: &Failure) -> bool {
        let clean = match failure {
            Failure::Arm(error) => match error.kind {
                ErrorKind::Refused => !error.outcome_unknown(),
                ErrorKind::OperationFailed | ErrorKind::UnknownOutcome => false,
                _ => true,
            },
            Failure::Interrupted | Failure::TimedOut { .. } => !hand.begun.get(),
            Failure::Said(_) => !hand.begun.get(),
            Failure::Journal(_) => false,
        };
        let Some((first, _)) = orders.first() else { return clean };
        if !clean || !hand.begun.get() {
            return clean;
        }
        matches!(hand.get(&first.id, &first.claim.api_version, &[]).await, Ok(None))
    }

    /// Removes an instance, or what its replacement left of it.
    async fn delete(
        &self,
        step: usize,
        addr: &InstanceAddr,
        planned: &Planned,
        deposed: Option<String>,
    ) -> Result<(), Failure> {
        let create_first = matches!(planned.change.action, ChangeAction::Replace { create_first: true });
        let replaced = matches!(planned.change.action, ChangeAction::Replace { .. });
        let known = self.record_of(addr);
        // As in Terraform: what a new object replaced first goes without.
        let silent = deposed.is_some() || create_first;
        match arm_work(planned) {
            Some(work) => {
                let Some(LookUp::Arm(lens)) = catalog::resource(&addr.resource.ty) else {
                    return Err(defect(addr, "its type is not built in").into());
                };
                let null = Value::null(crate::lang::Type::Dynamic);
                let config = planned.change.before.as_ref().unwrap_or(&null);
                let mut hand =
                    self.hand(step, addr, &work.provider, Doing::Delete, limit(config, lens.timeouts(), 3))?;
                hand.id = config.get("id").and_then(Value::as_str).map(str::to_string);
                hand.deposed = deposed.or_else(|| create_first.then(|| deposed_key(&recorded(work))));
                // What stands in for a part of it goes with it.
                let part = |p: &&ClaimPlan| p.claim.key.strip_suffix(STAND_IN).is_some_and(|k| !k.is_empty());
                let prior = work.prior.iter().rev().filter(|p| !part(p));
                let claims: Vec<(&ClaimPlan, ArmId)> = prior.filter_map(placed).collect();
                let held = claims.iter().flat_map(|(p, id)| keys(&p.claim, id, &Json::Null)).collect();
                self.lock(step, held).await?;
                hand.begin();
                let theirs = |id: &ArmId| self.bench.owned_beside(addr, id);
                if let Err(failure) = self.farewell(addr, config, known.as_ref(), silent).await {
                    hand.tell(Progressing::Errored, None);
                    return Err(failure);
                }
                for (plan, id) in &claims {
                    let gone = replaced && !create_first && plan.claim.owns;
                    match hand.withdraw(&plan.claim, id, gone, &theirs).await {
                        Ok(warnings) => self.warn(warnings),
                        Err(failure) => {
                            hand.tell(Progressing::Errored, None);
                            return Err(failure);
                        }
                    }
                    if withdraws(&plan.claim) {
                        self.after_withdrawal(&hand, plan, id).await?;
                    }
                }
                let left = known.and_then(|record| without(record, hand.deposed.as_deref()));
                self.note(addr, left)?;
                hand.tell(Progressing::Complete, None);
            }
            None => {
                let Some(kind) = self.local_type(addr, planned) else {
                    return Err(defect(addr, "its type is not built in").into());
                };
                let prior = match &planned.work {
                    Work::Local(work) => work.prior.clone(),
                    Work::Arm(_) | Work::Data => None,
                };
                let id = prior.as_ref().and_then(|p| p.get("id")).and_then(Value::as_str).map(str::to_string);
                self.tell(addr, Doing::Delete, Progressing::Start, id.as_deref());
                if let Some(prior) = &prior {
                    if let Err(failure) = self.farewell(addr, prior, known.as_ref(), silent).await {
                        self.tell(addr, Doing::Delete, Progressing::Errored, None);
                        return Err(failure);
                    }
                    self.sleep(kind.wait(prior, false)).await?;
                    if let Some(file) = kind.file(prior) {
                        files::remove(&file, &self.bench.inputs.options.working_dir)?;
                    }
                }
                if let (Some(prior), Work::Local(work)) = (&prior, &planned.work)
                    && let Some(call) = kind.call(None, prior, Occasion::Removed)
                {
                    let limit = limit(prior, kind.timeouts(), 3);
                    if let Err(failure) = self.call(step, addr, work, &call, Doing::Delete, limit).await {
                        self.tell(addr, Doing::Delete, Progressing::Errored, None);
                        return Err(failure);
                    }
                }
                // A new object that was made first has taken the entry over.
                let left = match &deposed {
                    Some(key) => known.and_then(|record| without(record, Some(key))),
                    None if create_first => {
                        let old = match &planned.work {
                            Work::Local(work) => work.record.as_ref().and_then(|r| r.object.as_ref()),
                            Work::Arm(_) | Work::Data => None,
                        };
                        known.and_then(|record| match old.map(object_key) {
                            Some(key) => without(record, Some(&key)),
                            None => Some(record),
                        })
                    }
                    None => None,
                };
                self.note(addr, left)?;
                self.tell(addr, Doing::Delete, Progressing::Complete, None);
            }
        }
        self.count(3);
        Ok(())
    }

    /// Runs what an instance asks for before it goes. What was never whole, or what a replacement left, goes without.
    async fn farewell(
        &self,
        addr: &InstanceAddr,
        object: &Value,
        known: Option<&Record>,
        silent: bool,
    ) -> Result<(), Failure> {
        match silent || known.is_some_and(|r| r.tainted) {
            true => Ok(()),
            false => self.provision(addr, object, true).await,
        }
    }

    /// Keeps what is known of a document in step with its withdrawal.
    async fn after_withdrawal(&self, hand: &Hand<'_>, plan: &ClaimPlan, id: &ArmId) -> Result<(), Failure> {
        let now = match plan.claim.withdraw {
            Withdraw::Delete { .. } => None,
            // Others may still claim parts of it in this run.
            _ => hand.read(id, &plan.claim.api_version, &[], false).await?,
        };
        self.bench.cache.borrow_mut().put_document(id.clone(), now.map(|b| Arc::new(Value::from_json(&b))));
        Ok(())
    }

    pub(super) async fn sleep(&self, seconds: f64) -> Result<(), Failure> {
        if seconds <= 0.0 {
            return Ok(());
        }
        let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        tokio::select! {
            biased;
            () = self.shared.cancel.cancelled() => Err(Failure::Interrupted),
            () = self.clock.sleep(duration) => Ok(()),
        }
    }
}

/// The addresses that an instance was made of, those behind data sources too.
pub(super) fn depends_on(planned: &Planned, all: &BTreeMap<InstanceAddr, Rc<Planned>>) -> Vec<String> {
    let mut found = planned.depends.clone();
    let mut open: Vec<&InstanceAddr> = planned.depends.iter().collect();
    while let Some(one) = open.pop() {
        if one.resource.mode == Mode::Data
            && let Some(data) = all.get(one)
        {
            open.extend(data.depends.iter().filter(|d| found.insert((*d).clone())));
        }
    }
    found.iter().map(ToString::to_string).collect()
}

fn document(claim: &Claim) -> Option<DocumentRecord> {
    let Target::Id(id) = &claim.target else { return None };
    Some(DocumentRecord {
        key: claim.key.to_string(),
        id: id.to_string(),
        api_version: claim.api_version.to_string(),
        owned: claim.owns,
    })
}

fn placed(plan: &ClaimPlan) -> Option<(&ClaimPlan, ArmId)> {
    match &plan.claim.target {
        Target::Id(id) => Some((plan, id.clone())),
        Target::Unknown => None,
    }
}

/// Does the document that is there go, because it was made for another claim of the instance?
fn goes_first(work: &ArmWork, claim: &Claim, id: &ArmId, claims: &[Claim]) -> bool {
    let mut others = work.prior.iter().filter(|p| p.claim.owns && p.claim.key != claim.key);
    others.any(|p| {
        matches!(&p.claim.target, Target::Id(old) if old == id)
            && !claims.iter().any(|c| c.key == p.claim.key && c.target == claim.target)
    })
}

/// A recorded document that is not wanted any more, or is wanted elsewhere.
fn stale<'p>(plan: &'p ClaimPlan, orders: &[(Order<'_>, bool)]) -> Option<(&'p ClaimPlan, ArmId)> {
    let (plan, id) = placed(plan)?;
    let kept = orders.iter().any(|(o, _)| o.claim.key == plan.claim.key && o.id == id);
    (!kept && withdraws(&plan.claim)).then_some((plan, id))
}

/// The keys that nothing else may hold while a claim is written or withdrawn (CON-01, CON-03).
pub(super) fn keys(claim: &Claim, id: &ArmId, body: &Json) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = claim.locks.iter().map(|k| k.to_ascii_lowercase().into()).collect();
    all.push(id.key().into());
    all.extend(item::holder(id).map(|h| Arc::from(h.key())));
    for mutex in type_facts(id.resource_type()).mutexes {
        match mutex {
            Mutex::Own => {}
            Mutex::Parent => all.extend(id.parent().map(|p| Arc::from(p.key()))),
            Mutex::Named(path) => {
                all.extend(texts_at(body, path).into_iter().map(|t| t.to_ascii_lowercase().into()));
            }
            Mutex::NamedOf(path, kind) => {
                let named = texts_at(body, path).into_iter().filter_map(|t| ArmId::parse(t).ok());
                all.extend(named.filter(|i| i.is_type(kind)).map(|i| Arc::from(i.key())));
            }
            Mutex::PerSubscription => {
                let of = format!("{}/{}", id.subscription().unwrap_or_default(), id.resource_type());
                all.push(of.to_ascii_lowercase().into());
            }
        }
    }
    all
}

/// The texts at a path of a table; `[]` after a name stands for every item.
fn texts_at<'j>(body: &'j Json, path: &str) -> Vec<&'j str> {
    let mut found = vec![body];
    for name in path.split('.') {
        let (name, each) = name.strip_suffix("[]").map_or((name, false), |n| (n, true));
        let below = found.into_iter().filter_map(|v| v.get(name));
        found = match each {
            true => below.filter_map(Json::as_array).flatten().collect(),
            false => below.collect(),
        };
    }
    found.into_iter().filter_map(Json::as_str).collect()
}

fn recorded(work: &ArmWork) -> Vec<DocumentRecord> {
    work.record.as_ref().map(|r| r.documents.clone()).unwrap_or_default()
}

/// The key of a deposed object: eight letters that follow from its documents.
fn deposed_key(documents: &[DocumentRecord]) -> String {
    let ids: Vec<String> = documents.iter().map(|d| d.id.to_lowercase()).collect();
    eight_letters(&ids.join("\n"))
}

/// The same of an object without documents.
pub(super) fn object_key(object: &crate::ledger::Stored) -> String {
    eight_letters(&serde_json::to_string(object).unwrap_or_default())
}

fn eight_letters(of: &str) -> String {
    let sum = ring::digest::digest(&ring::digest::SHA256, of.as_bytes());
    sum.as_ref()[..4].iter().map(|b| format!("{b:02x}")).collect()
}

/// A record without the object that went; nothing when nothing is left.
pub(super) fn without(mut record: Record, deposed: Option<&str>) -> Option<Record> {
    match deposed {
        Some(key) => {
            record.deposed.remove(key);
        }
        None => {
            record = Record { deposed: record.deposed, provider: record.provider, ..Record::default() };
        }
    }
    let empty = record.documents.is_empty() && record.object.is_none() && record.deposed.is_empty();
    (!empty).then_some(record)
}

/// How long an object may take: its `timeouts` block, else the type's default.
pub(super) fn limit(config: &Value, defaults: [u32; 4], which: usize) -> Duration {
    let block = config.get("timeouts").map(|t| match t.as_sequence() {
        Some(items) => items.first().cloned(),
        None => Some(t.clone()),
    });
    let text = block.flatten().and_then(|b| b.get(TIMEOUTS[which])?.as_str().map(str::to_string));
    text.and_then(|t| parse_duration(&t)).unwrap_or_else(|| {
        let minutes = defaults[which];
        Duration::from_secs(60 * u64::from(if minutes == 0 { DEFAULT_MINUTES } else { minutes }))
    })
}

/// Go's durations: `1h30m`, `45s`, `1.5h`.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let (unit, length) = match &rest[end..] {
            r if r.starts_with("ms") => (0.001, 2),
            r if r.starts_with('h') => (3600.0, 1),
            r if r.starts_with('m') => (60.0, 1),
            r if r.starts_with('s') => (1.0, 1),
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[end + length..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// The secret parts of what an instance will be.
fn secrets(planned: &Planned) -> Vec<Vec<serde_json::Value>> {
    planned.change.after.as_ref().map(Record::secrets_of).unwrap_or_default()
}
