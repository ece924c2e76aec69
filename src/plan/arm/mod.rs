//! The plan of an instance that lives in ARM: claims against live documents.

mod alike;
mod findings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alike::{harmonise, same_meaning};

use crate::arm::id::ArmId;
use crate::catalog::value::without;
use crate::catalog::{
    BodyPath, Claim, Context, Fetched, Lens, ProviderConfig, Replace, Stop, Target, TypeFacts, Withdraw,
    Write, item, type_facts,
};
use crate::config::IgnoreChanges;
use crate::config::decode::Decoded;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Marks, PathStep, Type, Value};
use crate::ledger::{DocumentRecord, Record};
use crate::plan::diff::{self, Comparison, Difference, Why};
use crate::plan::instance::{ArmWork, ClaimPlan, Planned, Site, Work, ignoring};
use crate::plan::live::{OriginOf, PlanReader, ProviderKey};
use crate::plan::model::{Change, ChangeAction, DocumentChange, DocumentVerb, Drift, FindingLevel, Reason};
use crate::plan::{own, paths};

/// Plans an instance. `None`: something is lacking or wrong, and was noted or reported.
pub fn plan(site: &Site<'_, '_, '_>, lens: &'static dyn Lens) -> Option<Planned> {
    let (key, provider) = site.provider()?;
    let schema = lens.schema(provider.major);
    let decoded = site.decode(&schema);
    if decoded.failed {
        return None;
    }
    let it = Instance { site, lens, key, provider, schema, decoded };
    it.plan()
}

/// The documents as they will be, by claim key.
fn documents_of(claims: &[Claim], compared: &[Comparison]) -> BTreeMap<Arc<str>, Arc<Value>> {
    claims.iter().zip(compared).map(|(c, d)| (c.key.clone(), Arc::new(d.planned.clone()))).collect()
}

/// What the configuration wants, evaluated anew when values have become known (apply).
pub struct Wanted {
    /// The completed configuration, `ignore_changes` honoured.
    pub config: Value,
    /// Its claims.
    pub claims: Vec<Claim>,
}

struct Instance<'s, 'w, 'a> {
    site: &'s Site<'s, 'w, 'a>,
    lens: &'static dyn Lens,
    key: ProviderKey,
    provider: Arc<ProviderConfig>,
    schema: Arc<ResourceSchema>,
    decoded: Decoded,
}

/// The documents that are there, by claim key.
type Live = BTreeMap<Arc<str>, Option<Arc<Value>>>;

impl Instance<'_, '_, '_> {
    fn reader(&self) -> PlanReader<'_> {
        let walk = self.site.walk;
        PlanReader {
            cache: walk.cache,
            planned: &walk.planned_documents,
            needs: &walk.needs,
            provider: &self.key,
            digests: walk.inputs.ledger.instances.get(&self.site.addr.to_string()).map(|r| &r.digests),
        }
    }

    fn with_context<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        let reader = self.reader();
        let wanted =
            |name: &str| self.site.walk.cache.wanted.contains(&(self.site.addr.clone(), Arc::from(name)));
        let record = self.site.walk.inputs.ledger.instances.get(&self.site.addr.to_string());
        let recorded = record.and_then(|r| ArmId::parse(&r.documents.first()?.id).ok());
        run(&Context {
            provider: &self.provider,
            reader: &reader,
            wanted: &wanted,
            recorded: recorded.as_ref(),
        })
    }

    fn answer<T>(&self, result: Result<T, Stop>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Stop::Pending) => {
                self.site.walk.deferred.set(true);
                None
            }
            Err(Stop::Problems(problems)) => {
                self.site.problems(problems, &self.decoded);
                None
            }
        }
    }

    fn live(&self, id: &ArmId, api_version: &str) -> Option<Arc<Value>> {
        match self.reader().live(id, api_version) {
            Fetched::Ready(found) => found,
            Fetched::Pending | Fetched::Later => {
                self.site.walk.deferred.set(true);
                None
            }
        }
    }

    fn claims(&self, config: &Value) -> Option<Vec<Claim>> {
        let mut claims = self.answer(self.with_context(|cx| self.lens.claims(config, cx)))?;
        // What is only claimed because nothing is written is left to those who want something there.
        for claim in claims.iter_mut().filter(|c| c.owns) {
            let Target::Id(id) = &claim.target else { continue };
            for path in self.site.walk.cache.claimed.get(id).into_iter().flatten() {
                if claim.yields.contains(path) {
                    claim.body = without(&claim.body, path);
                }
            }
        }
        Some(claims)
    }

    /// The arrays of items whose argument is under `ignore_changes`: others may add to them.
    fn shared_arrays(&self, config: &Value, claims: &mut [Claim]) {
        if matches!(self.site.resource.lifecycle.ignore_changes, IgnoreChanges::None) {
            return;
        }
        let ignored = |path: &[PathStep]| match &self.site.resource.lifecycle.ignore_changes {
            IgnoreChanges::None => false,
            IgnoreChanges::All => true,
            IgnoreChanges::Paths(all) => all
                .iter()
                .any(|reference| path.first() == Some(&PathStep::Attribute(reference.root.text.clone()))),
        };
        for claim in claims {
            let Target::Id(id) = &claim.target else { continue };
            for names in item::arrays(id.resource_type()) {
                let path: BodyPath = names.iter().map(|n| Arc::from(*n)).collect();
                let steps: Vec<PathStep> = path.iter().cloned().map(PathStep::Attribute).collect();
                if ignored(&self.lens.argument_of(config, &claim.key, &steps)) {
                    claim.yields.push(path);
                }
            }
        }
    }

    fn attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
    ) -> Option<Value> {
        self.answer(self.with_context(|cx| self.lens.attributes(config, documents, planned, cx)))
    }

    fn plan(&self) -> Option<Planned> {
        let walk = self.site.walk;
        let problems = self.with_context(|cx| self.lens.check(&self.decoded.value, cx));
        self.site.problems(problems, &self.decoded);
        let record = walk.inputs.ledger.instances.get(&self.site.addr.to_string());
        let mut config = self.with_context(|cx| self.lens.complete(&self.decoded.value, cx));
        let depends = self.site.depends(&self.decoded.value);
        walk.note_use(&self.decoded.value);
        let mut claims = self.claims(&config)?;

        // What is there: by the ledger where it knows, else by what is claimed.
        let recorded = record.map(|r| &r.documents[..]).unwrap_or(&[]);
        let mut live: Live = BTreeMap::new();
        for document in recorded {
            if let Ok(id) = ArmId::parse(&document.id) {
                live.insert(document.key.as_str().into(), self.live(&id, &document.api_version));
            }
        }
        for claim in &claims {
            if let (Target::Id(id), false) = (&claim.target, live.contains_key(&claim.key)) {
                live.insert(claim.key.clone(), self.live(id, &claim.api_version));
            }
        }
        let primary = claims.first()?.key.clone();
        let exists = self.exists(&claims, record, &live);
        let find = |key: &str| match key.strip_suffix('*') {
            Some(prefix) => Some(Arc::new(all_below(&live, prefix))),
            None => live.get(key).cloned().flatten(),
        };

        let mut before = None;
        let whole = config.clone();
        if exists {
            let prior = self.attributes(&config, &find, false)?;
            let ignored =
                ignoring(&config, &prior, &self.site.resource.lifecycle.ignore_changes, &self.schema);
            if ignored != config {
                config = ignored;
                claims = self.claims(&config)?;
            }
            before = Some(prior);
        }
        self.shared_arrays(&config, &mut claims);
        let mut base = self.bases(&claims, recorded, &live);
        let base_of = |key: &str| base.get(key).cloned().flatten();
        let mut compared = self.compare(&claims, record, &base, exists);
        let moved_id = record.is_some_and(|r| id_changed(r, claims.first(), &primary));
        let mut planned_documents = documents_of(&claims, &compared);
        let as_planned = |key: &str| planned_documents.get(key).cloned();
        let mut after = self.attributes(&config, &as_planned, true)?;

        // Which arguments differ, and what that means.
        let differences: Vec<(Arc<str>, Difference)> = claims
            .iter()
            .zip(&compared)
            .flat_map(|(c, d)| d.differences.iter().map(|x| (c.key.clone(), x.clone())))
            .collect();
        let mut findings = Vec::new();
        let mut replace_paths: Vec<Vec<PathStep>> = Vec::new();
        let mut changed: Vec<Vec<PathStep>> = Vec::new();
        let mut untold: Vec<(Vec<PathStep>, Value)> = Vec::new();
        let asked = walk.inputs.options.replace.contains(self.site.addr);
        // What is made anew while another document stands in for it.
        let mut rotates: BTreeSet<Arc<str>> = BTreeSet::new();
        let stands_in = |key: &str| {
            let claim = claims.iter().enumerate().find(|(_, c)| *c.key == *key);
            let stand_in = |c: &Claim| c.options.as_ref().is_some_and(|o| o.stand_in.is_some());
            claim.is_some_and(|(at, c)| stand_in(c) && !moved(c, at, recorded))
        };
        if let Some(prior) = &before {
            for (key, difference) in &differences {
                let arguments = self.lens.arguments_of(&self.decoded.value, key, &difference.path);
                // An earlier run got as far as taking it away: it is made now.
                if stands_in(key) && base_of(key).is_none() {
                    rotates.insert(key.clone());
                    arguments.into_iter().for_each(|a| push_new(&mut changed, a));
                    continue;
                }
                let none = Value::null(Type::Dynamic);
                let part = |of| move |argument: &[PathStep]| paths::get(of, argument);
                let (was, will) = (part(prior), part(&after));
                let differs = |a: &&Vec<PathStep>| was(a).map(plain) != will(a).map(plain);
                let mut judged: Vec<&Vec<PathStep>> = arguments.iter().filter(differs).collect();
                if judged.is_empty() {
                    judged.extend(arguments.first());
                }
                for argument in judged {
                    let (was, will) = (was(argument).unwrap_or(&none), will(argument).unwrap_or(&none));
                    let fixed = difference.create_only && base_of(key).is_some();
                    match self.lens.replaces(argument, was, will) {
                        Replace::No if fixed => push_new(&mut replace_paths, argument.clone()),
                        Replace::No => {}
                        Replace::Yes => push_new(&mut replace_paths, argument.clone()),
                        // A new object may be what the old one could not become.
                        Replace::Rotate(_) if stands_in(key) => _ = rotates.insert(key.clone()),
                        Replace::Refuse(_) | Replace::Rotate(_) if asked => {
                            push_new(&mut replace_paths, argument.clone());
                        }
                        Replace::Refuse(why) | Replace::Rotate(why) => findings.push(self.finding(
                            "one-way-change",
                            FindingLevel::Blocks,
                            format!("{} cannot be changed as planned", paths::text(argument)),
                            why,
                        )),
                    }
                    // ARM does not tell what it was: a bool was the other one.
                    if difference.why == Why::Unread {
                        let past = match will.as_bool() {
                            Some(b) => Value::from(!b),
                            None => Value::null(will.ty()),
                        };
                        untold.push((argument.clone(), past.marked(&will.marks)));
                    }
                }
                arguments.into_iter().for_each(|a| push_new(&mut changed, a));
            }
            for (at, claim) in claims.iter().enumerate().skip(1) {
                if moved(claim, at, recorded) {
                    let name = [PathStep::Attribute("name".into())];
                    push_new(&mut changed, self.lens.argument_of(&self.decoded.value, &claim.key, &name));
                }
            }
            let own = own::changed(claims.first(), record, walk.inputs.sealer).into_iter();
            let own = own.filter(|path| self.lens.replaces(path, prior, &after) == Replace::Yes);
            for path in own.chain(self.lens.replaced_by(&config, prior, &after)) {
                push_new(&mut changed, path.clone());
                push_new(&mut replace_paths, path);
            }
            if moved_id || record.is_none() && id_differs(&claims, &live) {
                for name in self.arguments() {
                    let path = vec![PathStep::Attribute(name)];
                    let (Some(was), Some(will)) = (paths::get(prior, &path), paths::get(&after, &path))
                    else {
                        continue;
                    };
                    if !will.is_null()
                        && was.unmarked_deep() != will.unmarked_deep()
                        && self.lens.replaces(&path, was, will) == Replace::Yes
                    {
                        push_new(&mut changed, path.clone());
                        push_new(&mut replace_paths, path);
                    }
                }
            }
        }

        for (argument, past) in untold {
            before = before.map(|b| paths::replace(&b, &argument, Some(&past)));
        }
        if let Some(prior) = &before
            && !differences.is_empty()
        {
            self.note_renewed(&claims, prior, &after, &mut changed);
        }
        let prior = self.prior(record, &live, exists)?;
        for old in prior.iter().filter(|p| p.claim.key != primary && outgrown(p, &claims)) {
            let name = [PathStep::Attribute("name".into())];
            push_new(&mut changed, self.lens.argument_of(&self.decoded.value, &old.claim.key, &name));
        }
        let (mut action, mut reason, mut reason_detail) = (ChangeAction::NoOp, None, None);
        let create_first = walk.creates_first(&self.site.addr.resource);
        if before.is_none() {
            action = ChangeAction::Create;
        } else {
            let why = if record.is_some_and(|r| r.tainted) {
                Some(Reason::Tainted)
            } else if asked {
                Some(Reason::Requested)
            } else if triggered(self.site) {
                Some(Reason::ReplaceTriggeredBy)
            } else if !replace_paths.is_empty() || moved_id {
                Some(Reason::CannotUpdate)
            } else if let Some(inside) = walk.cache.forced.get(self.site.addr) {
                reason_detail = Some(inside.clone());
                Some(Reason::InsideReplaced)
            } else {
                None
            };
            if why.is_some() {
                action = ChangeAction::Replace { create_first };
                reason = why;
            } else if !differences.is_empty()
                || claims.iter().any(|c| c.owns && unsettled(base_of(&c.key).as_deref(), record))
                || prior.iter().any(|p| outgrown(p, &claims))
            {
                action = ChangeAction::Update;
            }
        }

        let replacing = matches!(action, ChangeAction::Replace { .. });
        // A new object has nothing to ignore changes of.
        if replacing && config != whole {
            config = whole;
            claims = self.claims(&config)?;
            base = self.bases(&claims, recorded, &live);
            compared = self.compare(&claims, record, &base, exists);
            planned_documents = documents_of(&claims, &compared);
        }
        let base_of = |key: &str| base.get(key).cloned().flatten();
        let facts = match claims.first().map(|c| &c.target) {
            Some(Target::Id(id)) => type_facts(id.resource_type()),
            _ => type_facts(""),
        };
        if replacing {
            self.judge_replacement(&mut findings, &claims, &live, asked, create_first, facts);
            if asked || facts.holds_data.is_none() {
                findings.extend(self.kept_name(&claims, &live, &prior, facts));
            }
        }
        if action == ChangeAction::Update {
            findings
                .extend(claims.iter().filter(|c| rotates.contains(&c.key)).filter_map(|c| self.rotation(c)));
        }
        let mut recover = None;
        if action == ChangeAction::Create {
            recover = self.soft_deleted(&claims, facts, &mut findings);
        }

        // A new object has nothing of the old one.
        let mut plans = Vec::with_capacity(claims.len());
        for (at, (claim, comparison)) in claims.iter().zip(compared).enumerate() {
            let fresh = replacing || action == ChangeAction::Create && claim.owns;
            let live = if fresh { None } else { base_of(&claim.key) };
            let differences =
                if fresh { self.compare_one(claim, None).differences } else { comparison.differences };
            plans.push(ClaimPlan {
                claim: claim.clone(),
                live,
                differences,
                recover: if at == 0 { recover } else { None },
                rotates: rotates.contains(&claim.key) && !fresh,
            });
        }
        if replacing {
            let fresh: BTreeMap<Arc<str>, Arc<Value>> = claims
                .iter()
                .map(|c| {
                    let live = if c.owns { None } else { base_of(&c.key) };
                    (c.key.clone(), Arc::new(self.compare_one(c, live.as_deref()).planned))
                })
                .collect();
            after = self.attributes(&config, &|key| fresh.get(key).cloned(), true)?;
        }
        for (key, document) in planned_documents {
            let Some(claim) = claims.iter().find(|c| c.key == key) else { continue };
            let Target::Id(id) = &claim.target else { continue };
            let mut planned = walk.planned_documents.borrow_mut();
            let document = match planned.get(id) {
                Some(there) => crate::plan::union::overlay(
                    Some(there),
                    &claim.body,
                    &type_facts(id.resource_type()).body,
                ),
                None => document,
            };
            planned.insert(id.clone(), document);
        }
        if action == ChangeAction::Update {
            after = self.unseen(before.as_ref(), after, &differences);
        }
        let drift = self.drift(record, &differences, before.as_ref(), &after, exists);
        if let Some(prior) = &mut before {
            if action == ChangeAction::NoOp {
                after = harmonise(prior, &after, &[]);
                *prior = after.clone();
            } else {
                let kept = harmonise(prior, &after, if replacing { &[] } else { &changed });
                if !replacing {
                    after = kept;
                }
                *prior = same_meaning(prior, &after, &changed);
            }
        }
        let mut importing = None;
        if let (true, None) = (exists, record) {
            importing = self.adopt(&claims, facts.implied, &mut findings);
        }
        let origin = walk.cache.origin(OriginOf::Instance(self.site.addr.clone()));
        let fresh = replacing || action == ChangeAction::Create;
        let value = self.value(&after, &config, fresh).marked(&Marks::origin(origin));
        Some(Planned {
            value,
            depends,
            drift,
            findings,
            work: Work::Arm(ArmWork {
                provider: self.key.clone(),
                claims: plans.clone(),
                prior,
                record: record.cloned(),
                seconds: facts.seconds,
            }),
            change: Change {
                addr: self.site.addr.clone(),
                previous_addr: walk.previous(self.site.addr),
                provider: self.key.address.clone(),
                schema: self.schema.clone(),
                action,
                reason,
                reason_detail,
                // What was secret stays so, even if the configuration no longer says it is.
                before: match record {
                    Some(record) if action != ChangeAction::NoOp => before.map(|b| record.veil(b)),
                    _ => before,
                },
                after: Some(self.with_schema_marks(after)),
                replace_paths,
                importing,
                deposed: None,
                documents: plans.iter().map(|p| document_change(p, action)).collect(),
            },
        })
    }

    /// Attributes that the change renews are changed, too.
    fn note_renewed(&self, claims: &[Claim], prior: &Value, after: &Value, changed: &mut Vec<Vec<PathStep>>) {
        let renews = |c: &Claim| match &c.target {
            Target::Id(id) => !type_facts(id.resource_type()).renewed.is_empty(),
            Target::Unknown => false,
        };
        if !claims.iter().any(renews) {
            return;
        }
        for attribute in self.schema.attributes.iter().filter(|a| a.computed) {
            let of = |v: &Value| v.get(&attribute.name).is_some_and(Value::is_unknown);
            if of(after) && !of(prior) {
                push_new(changed, vec![PathStep::Attribute(attribute.name.as_str().into())]);
            }
        }
    }

    /// Is the object there? A document of its own: when it is live. A claim on a document of another: when something
    /// of what is claimed is there.
    fn exists(&self, claims: &[Claim], record: Option<&Record>, live: &Live) -> bool {
        let Some(primary) = claims.first() else { return false };
        let Some(found) = live.get(&primary.key).and_then(Option::as_deref) else { return false };
        if primary.owns {
            return true;
        }
        if primary.withdraw == Withdraw::Leave {
            // It leaves nothing behind, so only what was done by us is there.
            return record.is_some_and(|r| !r.unfinished);
        }
        let differences = self.compare_one(primary, Some(found)).differences;
        if record.is_some() {
            return differences.iter().any(|d| d.live.is_some()) || differences.is_empty();
        }
        differences.is_empty()
    }

    /// The document that a claim is laid over: none where what is there goes first.
    fn base(
        &self,
        claim: &Claim,
        at: usize,
        claims: &[Claim],
        recorded: &[DocumentRecord],
        live: &Live,
    ) -> Option<Arc<Value>> {
        let known = live.get(&claim.key).cloned().flatten();
        let Target::Id(id) = &claim.target else { return known };
        if moved(claim, at, recorded) {
            return self.live(id, &claim.api_version);
        }
        let kept = |d: &DocumentRecord| claims.iter().any(|c| *c.key == d.key && c.target == claim.target);
        let here = |d: &DocumentRecord| ArmId::parse(&d.id).is_ok_and(|d| d == *id);
        let goes = recorded.iter().any(|d| d.owned && *d.key != *claim.key && here(d) && !kept(d));
        known.filter(|_| !goes)
    }

    fn bases(&self, claims: &[Claim], recorded: &[DocumentRecord], live: &Live) -> Live {
        let base = |at, claim| self.base(claim, at, claims, recorded, live);
        claims.iter().enumerate().map(|(at, claim)| (claim.key.clone(), base(at, claim))).collect()
    }

    fn compare_one(&self, claim: &Claim, live: Option<&Value>) -> Comparison {
        let facts = match &claim.target {
            Target::Id(id) => type_facts(id.resource_type()),
            Target::Unknown => type_facts(""),
        };
        let early = |marks: &Marks| live.is_some() && !marks.early_from().is_empty();
        diff::compare_by(&claim.body, live, &facts.body, claim.options.as_deref(), &early)
    }

    fn compare(
        &self,
        claims: &[Claim],
        record: Option<&Record>,
        live: &Live,
        exists: bool,
    ) -> Vec<Comparison> {
        let sealer = self.site.walk.inputs.sealer;
        claims
            .iter()
            .map(|claim| {
                let found = live.get(&claim.key).and_then(Option::as_deref);
                let mut comparison = self.compare_one(claim, found);
                if claim.write == Write::CreateOnly && found.is_some() {
                    comparison.differences.retain(|d| d.why != Why::Unknown);
                }
                let unread = claim.unread.iter().filter_map(|names| {
                    let path: Vec<PathStep> = names.iter().cloned().map(PathStep::Attribute).collect();
                    let want = paths::get(&claim.body, &path)?.clone();
                    Some((path, want))
                });
                let hidden: Vec<(Vec<PathStep>, Value)> = unread.collect();
                let secrets = std::mem::take(&mut comparison.unread);
                comparison.differences.retain(|d| !hidden.iter().any(|(p, _)| d.path.starts_with(p)));
                let options = claim.options.as_deref();
                let said = hidden.len();
                let by_facts: Vec<_> =
                    secrets.into_iter().filter(|(path, _)| !hidden.iter().any(|(p, _)| path == p)).collect();
                let all = hidden.into_iter().chain(by_facts).enumerate();
                for (at, (path, want)) in all {
                    // A secret that has a version is judged by that.
                    let versions = options.filter(|o| at < said && !o.versions.is_empty());
                    let version = versions.and_then(|o| own::version(o, &path));
                    if versions.is_some() && version.is_none() {
                        continue;
                    }
                    let known = record.and_then(|r| match &version {
                        Some((key, _)) => r.digests.get(key),
                        None => r.digests.get(&digest_key(&claim.key, &path)),
                    });
                    let told = version.as_ref().map_or(&want, |(_, version)| version);
                    let Some(json) = told.to_json() else { continue };
                    let digest = sealer.digest(json.to_string().as_bytes());
                    let new = known.is_none() && options.is_some() && record.is_some_and(|r| !r.unfinished);
                    // A secret that was never sent is not there. Only of what is adopted nobody knows, and what can only
                    // be said once is taken to be as it is wanted.
                    let never_sent = at >= said && (record.is_some() || !said_once(claim, &path));
                    if exists && (new || known.map_or(never_sent, |k| *k != digest)) {
                        // Whether it can be changed only the lens says: azapi sends it and hears what ARM says.
                        let why = Why::Unread;
                        comparison.differences.push(Difference {
                            path,
                            want,
                            live: None,
                            why,
                            create_only: false,
                        });
                    }
                }
                if let (Some(options), Some(record), Some(found), true) = (options, record, found, exists) {
                    own::judge(&mut comparison, claim, options, record, found, sealer);
                }
                if let (Target::Id(id), Some(_)) = (&claim.target, found) {
                    renew(&mut comparison, type_facts(id.resource_type()));
                }
                comparison
            })
            .collect()
    }

    /// What is sent and not returned is shown nowhere: that something is sent is seen at what the answer brings.
    fn unseen(&self, before: Option<&Value>, after: Value, differences: &[(Arc<str>, Difference)]) -> Value {
        let hidden = !differences.is_empty() && differences.iter().all(|(_, d)| d.why == Why::Unread);
        let output = self.schema.attribute("output").filter(|a| a.computed && !a.optional);
        let shown = before.is_some_and(|b| b.unmarked_deep() != after.unmarked_deep());
        match output.filter(|_| hidden && !shown) {
            Some(spec) => {
                let unknown = Value::unknown(spec.value_type());
                paths::replace(&after, &[PathStep::Attribute("output".into())], Some(&unknown))
            }
            None => after,
        }
    }

    fn arguments(&self) -> Vec<Arc<str>> {
        self.schema.attributes.iter().filter(|a| a.is_argument()).map(|a| a.name.as_str().into()).collect()
    }

    /// What was there, as withdrawals: documents of the ledger, or of what is adopted.
    fn prior(&self, record: Option<&Record>, live: &Live, exists: bool) -> Option<Vec<ClaimPlan>> {
        let Some(record) = record.filter(|_| exists) else { return Some(Vec::new()) };
        withdrawals(self.lens, &record.documents, &|run| self.answer(self.with_context(|cx| run(cx)))).map(
            |claims| {
                claims
                    .into_iter()
                    .map(|claim| ClaimPlan {
                        live: live.get(&claim.key).cloned().flatten(),
                        claim,
                        differences: Vec::new(),
                        recover: None,
                        rotates: false,
                    })
                    .collect()
            },
        )
    }

    fn drift(
        &self,
        record: Option<&Record>,
        differences: &[(Arc<str>, Difference)],
        before: Option<&Value>,
        after: &Value,
        exists: bool,
    ) -> Option<Drift> {
        let record = record.filter(|r| !r.unfinished)?;
        let drift = |before: Value, after: Option<Value>| Drift {
            addr: self.site.addr.clone(),
            provider: self.key.address.clone(),
            schema: self.schema.clone(),
            before,
            after,
            relevant: false,
        };
        if !exists {
            return Some(drift(after.clone(), None));
        }
        let sealer = self.site.walk.inputs.sealer;
        let mut was = before?.clone();
        let mut any = false;
        for (key, difference) in differences {
            let Some(want) = difference.want.to_json() else { continue };
            let digest = sealer.digest(want.to_string().as_bytes());
            let claimed = record.digests.get(&digest_key(key, &difference.path));
            // An entry of a map that nobody ever claimed was put there by somebody else.
            let added = difference.want.is_null() && claimed.is_none() && in_whole(&difference.path);
            if claimed == Some(&digest) || added {
                let argument = self.lens.argument_of(after, key, &difference.path);
                was = paths::replace(&was, &argument, paths::get(after, &argument));
                any = true;
            }
        }
        any.then(|| drift(was, before.cloned()))
    }

    /// The value that references see: secrets marked, what is known before it exists marked early, what is only
    /// fetched on use marked with an origin of its own.
    fn value(&self, after: &Value, config: &Value, fresh: bool) -> Value {
        let cache = self.site.walk.cache;
        let origin = cache.origin(OriginOf::Instance(self.site.addr.clone()));
        let Some(entries) = after.as_entries() else { return after.clone() };
        let marked = entries.iter().map(|(name, value)| {
            let spec = self.schema.attribute(name);
            let mut value = value.clone();
            let unset = config.get(name).is_none_or(Value::is_null);
            if spec.is_some_and(|a| a.computed) && unset {
                if fresh {
                    value = value.marked(&Marks::early(origin));
                }
                let told = || self.lens.on_demand(name, u32::MAX).is_some();
                if value.is_unknown() && !fresh || !value.is_wholly_known() && told() {
                    let own = cache.origin(OriginOf::Attribute(self.site.addr.clone(), name.clone()));
                    value = value.marked(&Marks::origin(own));
                }
            }
            // So are attributes in a block.
            if spec.is_none() && !fresh && !value.is_wholly_known() {
                let own = cache.origin(OriginOf::Attribute(self.site.addr.clone(), name.clone()));
                value = value.with_unknown_marked(&Marks::origin(own));
            }
            (name.clone(), value)
        });
        let value = Value { kind: Value::object(marked).kind, marks: after.marks.clone() };
        self.with_schema_marks(value)
    }

    fn with_schema_marks(&self, value: Value) -> Value {
        crate::plan::marks::by_schema(&value, &self.schema)
    }
}

/// Does `replace_triggered_by` ask for a new object?
pub fn triggered(site: &Site<'_, '_, '_>) -> bool {
    let walk = site.walk;
    site.resource.lifecycle.replace_triggered_by.iter().any(|expr| {
        crate::lang::refs::objects(expr).into_iter().any(|named| {
            let crate::lang::refs::Object::Resource(mode, kind, name) = &named.object else { return false };
            let Some(resource) = site.scope.module.resource(*mode, kind, name) else { return false };
            if walk.block(site.scope, resource).is_none() {
                return false;
            }
            let attribute = named.reference.attribute_at(named.steps);
            walk.planned.borrow().values().any(|p| {
                let addr = &p.change.addr.resource;
                addr.module == site.addr.resource.module
                    && addr.ty == *kind
                    && addr.name == *name
                    && crate::plan::local::triggers(&p.change, attribute)
            })
        })
    })
}

/// The withdrawals of recorded documents.
pub fn withdrawals(
    lens: &dyn Lens,
    documents: &[DocumentRecord],
    ask: &dyn Fn(&dyn Fn(&Context<'_>) -> Result<Vec<Claim>, Stop>) -> Option<Vec<Claim>>,
) -> Option<Vec<Claim>> {
    let recorded: Vec<(Arc<str>, ArmId, Arc<str>, bool)> = documents
        .iter()
        .filter_map(|d| {
            let id = ArmId::parse(&d.id).ok()?;
            Some((d.key.as_str().into(), id, d.api_version.as_str().into(), d.owned))
        })
        .collect();
    ask(&|cx| lens.withdrawals(&recorded, cx))
}

/// Can a path of a document only be written when the document is made?
fn said_once(claim: &Claim, path: &[PathStep]) -> bool {
    let Target::Id(id) = &claim.target else { return false };
    let whole = &type_facts(id.resource_type()).body;
    let node = path.iter().try_fold(whole, |node, step| match step {
        PathStep::Attribute(name) => node.property(name),
        _ => node.items.as_deref(),
    });
    node.is_some_and(|node| node.create_only)
}

/// What is another value after something else was written is not known.
fn renew(comparison: &mut Comparison, facts: &TypeFacts) {
    let steps = |dotted: &str| -> Vec<PathStep> {
        dotted.split('.').map(|name| PathStep::Attribute(name.into())).collect()
    };
    for (path, by) in facts.renewed {
        let by = steps(by);
        if comparison.differences.iter().any(|d| d.path.starts_with(&by)) {
            let unknown = Value::unknown_not_null(crate::lang::Type::String);
            comparison.planned = paths::replace(&comparison.planned, &steps(path), Some(&unknown));
        }
    }
}

/// The name under which the ledger keeps the digest of a claimed path.
pub fn digest_key(key: &str, path: &[PathStep]) -> String {
    format!("{key} {}", paths::text(path))
}

/// The documents that are there whose keys begin so.
fn all_below(live: &Live, prefix: &str) -> Value {
    let all =
        live.iter().filter(|(key, _)| key.starts_with(prefix)).filter_map(|(_, d)| d.as_deref().cloned());
    Value::tuple(all.collect())
}

fn plain(value: &Value) -> Value {
    value.unmarked_deep()
}

/// Is a document besides the primary one wanted elsewhere than it was made?
fn moved(claim: &Claim, at: usize, recorded: &[DocumentRecord]) -> bool {
    let Target::Id(id) = &claim.target else { return false };
    let old = recorded.iter().find(|d| *d.key == *claim.key).and_then(|d| ArmId::parse(&d.id).ok());
    at > 0 && old.is_some_and(|old| old != *id)
}

/// Is a path one of the entries of a map that is claimed as a whole?
fn in_whole(path: &[PathStep]) -> bool {
    matches!(path, [.., PathStep::Attribute(map), PathStep::Attribute(_)] if diff::is_whole(map))
}

fn id_changed(record: &Record, primary: Option<&Claim>, key: &str) -> bool {
    let recorded = record.documents.iter().find(|d| d.key == key).and_then(|d| ArmId::parse(&d.id).ok());
    match (recorded, primary.map(|c| &c.target)) {
        (Some(old), Some(Target::Id(new))) => old != *new,
        (Some(_), Some(Target::Unknown)) => true,
        _ => false,
    }
}

/// Is the claimed primary document another one than the live one?
fn id_differs(claims: &[Claim], live: &Live) -> bool {
    let Some(primary) = claims.first() else { return false };
    let Some(found) = live.get(&primary.key).and_then(Option::as_deref) else { return false };
    let live_id = found.get("id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
    match (&primary.target, live_id) {
        (Target::Id(id), Some(live_id)) => *id != live_id,
        _ => false,
    }
}

/// A document that a failed operation left behind must be written again (LRO-08), and so must one that an interrupted
/// run of ours was writing and that is not ready: nobody knows what its last request was.
fn unsettled(document: Option<&Value>, record: Option<&Record>) -> bool {
    let state = document.and_then(|d| d.get("properties")).and_then(|p| p.get("provisioningState"));
    let Some(state) = state.and_then(Value::as_str).filter(|s| !s.is_empty()) else { return false };
    state.eq_ignore_ascii_case("failed")
        || record.is_some_and(|r| r.unfinished) && !state.eq_ignore_ascii_case("succeeded")
}

/// A recorded document that is still there and that the configuration does not want any more, or wants elsewhere.
fn outgrown(prior: &ClaimPlan, claims: &[Claim]) -> bool {
    let kept = claims.iter().any(|c| c.key == prior.claim.key && c.target == prior.claim.target);
    prior.claim.owns && prior.live.is_some() && withdraws(&prior.claim) && !kept
}

fn push_new(paths: &mut Vec<Vec<PathStep>>, path: Vec<PathStep>) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}

fn document_change(plan: &ClaimPlan, action: ChangeAction) -> DocumentChange {
    let id = match &plan.claim.target {
        Target::Id(id) => Some(id.clone()),
        Target::Unknown => None,
    };
    let verb = match (plan.live.is_some(), plan.differences.is_empty(), plan.recover) {
        (false, _, Some(_)) => DocumentVerb::Recover,
        (false, _, None) if action != ChangeAction::NoOp => DocumentVerb::Create,
        (true, false, _) => DocumentVerb::Update,
        _ => DocumentVerb::None,
    };
    DocumentChange { id, verb }
}

/// Evaluates again what an instance wants, now that more is known. `None`: something is wrong (reported) or pending.
pub fn wanted(site: &Site<'_, '_, '_>, lens: &'static dyn Lens, before: Option<&Value>) -> Option<Wanted> {
    let (key, provider) = site.provider()?;
    let schema = lens.schema(provider.major);
    let decoded = site.decode(&schema);
    if decoded.failed {
        return None;
    }
    let it = Instance { site, lens, key, provider, schema, decoded };
    site.walk.note_use(&it.decoded.value);
    let problems = it.with_context(|cx| it.lens.check(&it.decoded.value, cx));
    site.problems(problems, &it.decoded);
    let mut config = it.with_context(|cx| it.lens.complete(&it.decoded.value, cx));
    if let Some(before) = before {
        config = ignoring(&config, before, &site.resource.lifecycle.ignore_changes, &it.schema);
    }
    let claims = it.claims(&config)?;
    Some(Wanted { config, claims })
}

/// The finished object of an instance: its attributes from its live documents, marked for those who refer to it.
pub fn finished(
    site: &Site<'_, '_, '_>,
    lens: &'static dyn Lens,
    config: &Value,
    documents: &dyn Fn(&str) -> Option<Arc<Value>>,
) -> Option<Value> {
    let (key, provider) = site.provider()?;
    let schema = lens.schema(provider.major);
    let it = Instance { site, lens, key, provider, schema, decoded: Decoded::default() };
    let attributes = it.attributes(config, documents, false)?;
    Some(it.value(&attributes, config, false))
}

/// Whether withdrawing a claim changes anything in Azure.
pub fn withdraws(claim: &Claim) -> bool {
    claim.withdraw != Withdraw::Leave
}
