//! Objects without a document: made of their configuration, some of them by a request, and kept in the ledger.

use std::sync::Arc;
use std::time::Duration;

use ring::rand::SecureRandom as _;
use serde_json::Value as Json;

use super::bench::{defect, provider_text};
use super::failure::Failure;
use super::files;
use super::hand::{Any, Request};
use super::run::{Run, now};
use super::steps::{depends_on, limit, object_key};
use crate::catalog::{Call, LocalType, Occasion};
use crate::lang::Value;
use crate::ledger::{Deposed, DocumentRecord, Record, Stored};
use crate::plan::addr::InstanceAddr;
use crate::plan::instance::{LocalWork, Planned};
use crate::plan::model::ChangeAction;
use crate::ui::progress::{Doing, Phase as Progressing};

impl Run<'_> {
    /// Makes or changes an object of the ledger alone. It is in the journal before anything can use it.
    pub(super) async fn local(
        &self,
        step: usize,
        addr: &InstanceAddr,
        planned: &Planned,
        work: &LocalWork,
        kind: &'static dyn LocalType,
    ) -> Result<(), Failure> {
        let update = planned.change.action == ChangeAction::Update;
        let doing = if update { Doing::Update } else { Doing::Create };
        let prior = work.prior.as_ref().filter(|_| update);
        let id = prior.and_then(|p| p.get("id")).and_then(Value::as_str);
        let random = |buffer: &mut [u8]| {
            // The system's source of randomness does not fail once it has been seeded.
            let _ = ring::rand::SystemRandom::new().fill(buffer);
        };
        // What a precondition forbids, or cannot be evaluated, does not begin.
        let (mut value, config) = self.bench.made(addr, kind, prior, &random, &now()).await?;
        self.tell(addr, doing, Progressing::Start, id);
        let made = async {
            if let Some(call) = kind.call(prior, &config, Occasion::Made) {
                let limit = limit(&config, kind.timeouts(), if update { 2 } else { 0 });
                let answer = self.call(step, addr, work, &call, doing, limit).await?;
                value = kind.answered(&value, answer.as_ref());
            }
            let schema = kind.schema();
            let value = self.bench.of_instance(addr, &value, &schema);
            self.sleep(if update { 0.0 } else { kind.wait(&value, true) }).await?;
            if let Some(file) = kind.file(&value) {
                files::write(&file, &self.bench.inputs.options.working_dir)?;
            }
            let sealer = self.bench.inputs.sealer;
            let unkept = schema.attributes.iter().filter(|a| a.write_only).filter_map(|a| {
                Some((a.name.clone(), crate::plan::local::digest(config.get(&a.name)?, sealer)?))
            });
            let object = Some(Stored::put(&value, false, self.bench.inputs.sealer));
            let create_first = matches!(planned.change.action, ChangeAction::Replace { create_first: true });
            let runs = !update && self.provisions(addr);
            // What it takes the place of is owned until it has gone.
            let known = self.record_of(addr).filter(|_| create_first);
            let mut deposed = known.as_ref().map(|r| r.deposed.clone()).unwrap_or_default();
            if let Some(old) = known.and_then(|r| r.object) {
                deposed.insert(object_key(&old), Deposed { documents: Vec::new(), object: Some(old) });
            }
            let record = Record {
                provider: provider_text(&self.bench, addr),
                digests: unkept.collect(),
                depends_on: depends_on(planned, self.bench.instances),
                create_before_destroy: create_first
                    || work.record.as_ref().is_some_and(|r| r.create_before_destroy),
                object,
                tainted: runs,
                deposed,
                ..Record::default()
            };
            self.note(addr, Some(record.clone()))?;
            if runs {
                self.provision(addr, &value, false).await?;
                self.note(addr, Some(Record { tainted: false, ..record }))?;
            }
            Ok(value)
        };
        match made.await {
            Ok(value) => {
                let id = value.get("id").and_then(Value::as_str).map(str::to_string);
                self.bench.put(addr, value.clone());
                self.tell(addr, doing, Progressing::Complete, id.as_deref());
                if planned.change.importing.is_some() {
                    self.count(0);
                }
                self.count(if update { 2 } else { 1 });
                self.bench.judge(addr, &value).await
            }
            Err(failure) => {
                self.tell(addr, doing, Progressing::Errored, None);
                Err(failure)
            }
        }
    }

    /// Notes an object that is imported as it is.
    pub(super) fn take(
        &self,
        addr: &InstanceAddr,
        planned: &Planned,
        work: &LocalWork,
    ) -> Result<(), Failure> {
        let (Some(id), Some(object)) = (&planned.change.importing, &work.prior) else { return Ok(()) };
        self.tell(addr, Doing::Import, Progressing::Start, Some(id));
        let record = Record {
            provider: provider_text(&self.bench, addr),
            depends_on: depends_on(planned, self.bench.instances),
            object: Some(Stored::put(object, false, self.bench.inputs.sealer)),
            ..Record::default()
        };
        self.note(addr, Some(record))?;
        self.tell(addr, Doing::Import, Progressing::Complete, Some(id));
        self.count(0);
        Ok(())
    }

    /// Sends the request of an object without a document. Answers the body; `None`: 404, which it allows.
    pub(super) async fn call(
        &self,
        step: usize,
        addr: &InstanceAddr,
        work: &LocalWork,
        call: &Call,
        doing: Doing,
        limit: Duration,
    ) -> Result<Option<Value>, Failure> {
        let Some(provider) = &work.provider else {
            return Err(defect(addr, "its provider is not known").into());
        };
        let mut locked: Vec<Arc<str>> = call.locks.iter().map(|k| k.to_ascii_lowercase().into()).collect();
        locked.push(call.on.key().into());
        self.lock(step, locked).await?;
        let hand = self.hand(step, addr, provider, doing, limit)?;
        // Whoever sends it has told the start.
        hand.begun.set(true);
        let body = match call.body.as_ref().map(|b| (b, b.to_json())) {
            None => None,
            Some((_, Some(body))) => Some(body),
            Some((body, None)) => return Err(self.bench.still_unknown(addr, body, "the body").into()),
        };
        let document = DocumentRecord {
            key: String::new(),
            id: call.on.to_string(),
            api_version: call.api_version.to_string(),
            owned: false,
        };
        let request = Request::Any(Box::new(Any {
            method: call.method.to_string(),
            path: call.path.to_string(),
            api_version: call.api_version.to_string(),
            body,
            sending: super::write::with(&call.extras),
            may_miss: call.may_miss,
        }));
        let sent = hand.drive(&document, call.retry.as_ref(), async || Ok(Some(request.clone()))).await?;
        Ok((!sent.missing).then(|| Value::from_json(&sent.body.unwrap_or(Json::Null))))
    }
}
