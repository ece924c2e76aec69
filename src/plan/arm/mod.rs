//! The plan of an instance that lives in ARM: claims against live documents.
//!
//! What is there (`there`), what is wanted laid over it (`draft`), what the differences mean (`judge`), what people and
//! references see of it (`outcome`), and what is found out on the way (`findings`).

mod alike;
mod draft;
mod findings;
mod judge;
mod outcome;
mod there;

use std::sync::Arc;

pub use draft::digest_key;
pub use there::{recorded, withdraws};

use crate::arm::id::ArmId;
use crate::catalog::value::without;
use crate::catalog::{Claim, Context, Fetched, Lens, ProviderConfig, Recorded, Stop, Target};
use crate::config::decode::Decoded;
use crate::lang::schema::ResourceSchema;
use crate::lang::{Marks, Value};
use crate::ledger::Record;
use crate::plan::instance::{ArmWork, Planned, Site, Work, ignoring};
use crate::plan::live::{OriginOf, PlanReader, ProviderKey};
use crate::plan::model::{Change, ChangeAction};

/// Plans an instance. `None`: something is lacking or wrong, and was noted or reported.
pub fn plan(site: &Site<'_, '_, '_>, lens: &'static dyn Lens) -> Option<Planned> {
    Instance::of(site, lens)?.plan()
}

/// What the configuration wants, evaluated anew when values have become known (apply).
pub struct Wanted {
    /// The completed configuration, `ignore_changes` honoured.
    pub config: Value,
    /// Its claims.
    pub claims: Vec<Claim>,
}

/// Evaluates again what an instance wants, now that more is known. `None`: something is wrong (reported) or pending.
pub fn wanted(site: &Site<'_, '_, '_>, lens: &'static dyn Lens, before: Option<&Value>) -> Option<Wanted> {
    let it = Instance::of(site, lens)?;
    let mut config = it.config();
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
    let it = Instance::new(site, lens, site.provider()?, Decoded::default());
    let attributes = it.attributes(config, documents, false)?;
    Some(it.value(&attributes, config, false))
}

struct Instance<'s, 'w, 'a> {
    site: &'s Site<'s, 'w, 'a>,
    lens: &'static dyn Lens,
    key: ProviderKey,
    provider: Arc<ProviderConfig>,
    schema: Arc<ResourceSchema>,
    decoded: Decoded,
    /// What the ledger knows of it.
    record: Option<&'a Arc<Record>>,
    /// The documents of that.
    recorded: Vec<Recorded>,
}

impl<'s, 'w, 'a> Instance<'s, 'w, 'a> {
    fn new(
        site: &'s Site<'s, 'w, 'a>,
        lens: &'static dyn Lens,
        (key, provider): (ProviderKey, Arc<ProviderConfig>),
        decoded: Decoded,
    ) -> Self {
        let record = site.record();
        let recorded = record.map_or_else(Vec::new, |record| recorded(record));
        let schema = lens.schema(provider.major);
        Instance { site, lens, key, provider, schema, decoded, record, recorded }
    }

    fn of(site: &'s Site<'s, 'w, 'a>, lens: &'static dyn Lens) -> Option<Self> {
        let Some((key, provider)) = site.provider() else {
            let known = recorded(site.record()?);
            site.walk.needs.borrow_mut().read_ahead(&site.provider_key(), known);
            return None;
        };
        let decoded = site.decode(&lens.schema(provider.major));
        (!decoded.failed).then(|| Instance::new(site, lens, (key, provider), decoded))
    }
}

impl Instance<'_, '_, '_> {
    fn reader(&self) -> PlanReader<'_> {
        PlanReader { digests: self.record.map(|r| &r.digests), ..self.site.walk.reader(&self.key) }
    }

    fn with_context<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        let reader = self.reader();
        let wanted =
            |name: &str| self.site.walk.cache.wanted.contains(&(self.site.addr.clone(), Arc::from(name)));
        run(&Context {
            provider: &self.provider,
            reader: &reader,
            wanted: &wanted,
            recorded: self.recorded.first().map(|primary| &primary.id),
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

    /// What the configuration says, checked and completed.
    fn config(&self) -> Value {
        self.site.walk.note_use(&self.decoded.value);
        let problems = self.with_context(|cx| self.lens.check(&self.decoded.value, cx));
        self.site.problems(problems, &self.decoded);
        self.with_context(|cx| self.lens.complete(&self.decoded.value, cx))
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
        let whole = self.config();
        let depends = self.site.depends(&self.decoded.value);
        let mut claims = self.claims(&whole)?;
        claims.first()?;
        let there = self.there(&claims);
        let mut config = whole.clone();
        let mut before = None;
        if there.exists {
            let prior = self.attributes(&whole, &|key| there.document(key), false)?;
            config = ignoring(&whole, &prior, &self.site.resource.lifecycle.ignore_changes, &self.schema);
            if config != whole {
                claims = self.claims(&config)?;
            }
            before = Some(prior);
        }
        self.share_arrays(&config, &mut claims);
        let mut draft = self.draft(config, claims, &there);
        let mut after = self.attributes(&draft.config, &|key| draft.document(key), true)?;
        let differences = draft.differences();

        let prior = self.prior(&there)?;
        let mut verdict = self.judge(&draft, &differences, &there, before.as_ref(), &after);
        verdict.note(self.outgrown_names(&prior, &draft.claims));
        before = before.map(|b| verdict.told(b, &after));
        let (action, reason) = self.action(&draft, &there, &prior, &verdict);
        let replacing = matches!(action, ChangeAction::Replace { .. });
        // A new object has nothing to ignore changes of.
        if replacing && draft.config != whole {
            let claims = self.claims(&whole)?;
            draft = self.draft(whole, claims, &there);
        }
        let facts = draft.facts();
        let (found, recover) = self.look_around(action, &draft, &there, &prior, &verdict);
        let mut findings = std::mem::take(&mut verdict.findings);
        findings.extend(found);
        if replacing {
            let fresh = self.made_anew(&draft);
            after = self.attributes(&draft.config, &|key| fresh.get(key).cloned(), true)?;
        }
        self.note_documents(&draft);
        if action == ChangeAction::Update {
            after = self.unseen(before.as_ref(), after, &differences);
        }
        let drift = self.drift(&there, &differences, before.as_ref(), &after);
        before = before.map(|b| outcome::settle(action, b, &mut after, &verdict.changed));
        let mut importing = None;
        if there.exists && there.record.is_none() {
            importing = self.adopt(&draft.claims, facts.implied, &mut findings);
        }
        let origin = walk.cache.origin(OriginOf::Instance(self.site.addr.clone()));
        let fresh = replacing || action == ChangeAction::Create;
        let value = self.value(&after, &draft.config, fresh).marked(&Marks::origin(origin));
        let plans = self.plans(draft, action, recover, &verdict.rotates);
        Some(Planned {
            value,
            depends,
            drift,
            findings,
            change: Change {
                addr: self.site.addr.clone(),
                previous_addr: walk.previous(self.site.addr),
                provider: self.key.address.clone(),
                schema: self.schema.clone(),
                action,
                reason: reason.as_ref().map(|(reason, _)| *reason),
                reason_detail: reason.and_then(|(_, detail)| detail),
                // What was secret stays so, even if the configuration no longer says it is.
                before: match there.record {
                    Some(record) if action != ChangeAction::NoOp => before.map(|b| record.veil(b)),
                    _ => before,
                },
                after: Some(self.with_schema_marks(after)),
                replace_paths: verdict.replace,
                importing,
                generated: None,
                deposed: None,
                documents: plans.iter().map(|p| outcome::document_change(p, action)).collect(),
            },
            work: Work::Arm(ArmWork {
                provider: self.key.clone(),
                claims: plans,
                prior,
                record: self.record.cloned(),
            }),
        })
    }
}
