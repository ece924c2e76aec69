//! The plan of an instance with no document behind it: (prior, configuration) -> planned.

use std::path::Path;

use super::instance::{LocalWork, Planned, Site, Work, ignoring};
use super::live::OriginOf;
use super::model::{Change, ChangeAction, Reason};
use crate::arm::id::ArmId;
use crate::catalog::{Expiry, LocalFile, LocalType, Occasion};
use crate::lang::schema::BlockSpec;
use crate::lang::{Marks, PathStep, Value};
use crate::ledger::{Record, Sealer};

/// Arguments whose change always means a new object, by the meaning of these types.
const TRIGGERS: [&str; 4] = ["keepers", "resource_id", "triggers", "triggers_replace"];

/// Plans an instance. `None`: something is wrong, and was reported.
pub fn plan(site: &Site<'_, '_, '_>, kind: &'static dyn LocalType) -> Option<Planned> {
    let walk = site.walk;
    let schema = kind.schema();
    let provider = match kind.in_cloud() {
        true => Some(site.provider()?.0),
        false => None,
    };
    let decoded = site.decode(&schema);
    if decoded.failed {
        return None;
    }
    site.problems(kind.check(&decoded.value), &decoded);
    walk.note_use(&decoded.value);
    let record = site.record();
    let stored = record.and_then(|r| r.object.as_ref());
    let prior = stored.and_then(|o| o.take(walk.inputs.sealer)).map(|v| conform(&v, &schema));
    let expiry = prior.as_ref().and_then(|p| kind.expired(p, &walk.inputs.timestamp));
    let gone = |p: &Value| {
        expiry == Some(Expiry::Gone)
            || kind.file(p).is_some_and(|file| !intact(&file, &walk.inputs.options.working_dir))
    };
    let importing = match (&prior, record) {
        (None, None) => super::imports::id_of(walk, site.addr).ok()?,
        _ => None,
    };
    let prior = match &importing {
        Some(id) => match kind.import(id, &walk.inputs.timestamp) {
            Ok(object) => Some(conform(&object, &schema)),
            Err(why) => {
                site.error(&why.summary, why.detail);
                return None;
            }
        },
        None => prior.filter(|p| !gone(p)),
    };
    let lifecycle = &site.resource.lifecycle;
    let config = match &prior {
        Some(prior) => ignoring(&decoded.value, prior, &lifecycle.ignore_changes, &schema),
        None => decoded.value.clone(),
    };
    let seen =
        prior.as_ref().map(|p| remembered(p, &config, record.map(|r| &**r), &schema, walk.inputs.sealer));
    let mut made = kind.plan(seen.as_ref(), &config);
    if kind.in_cloud() {
        made.planned = conform(&made.planned, &schema);
    }
    if prior.is_some() {
        if let Some(Expiry::Renew(attribute)) = expiry {
            made.replace.push(vec![PathStep::Attribute(attribute.into())]);
        }
        for name in TRIGGERS {
            let path = vec![PathStep::Attribute(name.into())];
            let anew = config.get(name).is_some_and(|v| !v.deep_marks().early_from().is_empty());
            if anew && !made.replace.contains(&path) {
                made.replace.push(path);
            }
        }
    }
    let reason = match (&prior, record.is_some_and(|r| r.tainted)) {
        (None, _) => None,
        (_, true) => Some(Reason::Tainted),
        _ if walk.inputs.options.replace.contains(site.addr) => Some(Reason::Requested),
        _ if super::triggers::replaced_by(site) => Some(Reason::ReplaceTriggeredBy),
        _ if !made.replace.is_empty() => Some(Reason::CannotUpdate),
        _ => None,
    };
    let action = match (&prior, reason) {
        (None, _) => ChangeAction::Create,
        (Some(_), Some(_)) => ChangeAction::Replace { create_first: walk.creates_first(&site.addr.resource) },
        (Some(prior), None)
            if prior.unmarked_deep() == made.planned.unmarked_deep()
                && secrets(prior, &schema) == secrets(&made.planned, &schema) =>
        {
            ChangeAction::NoOp
        }
        _ => ChangeAction::Update,
    };
    if matches!(action, ChangeAction::Replace { .. }) {
        // A new object has nothing to ignore changes of.
        made.planned = conform(&kind.plan(None, &decoded.value).planned, &schema);
        if lifecycle.prevent_destroy {
            walk.report([super::conditions::prevented(site.resource, site.addr)]);
        }
    }
    let origin = walk.cache.origin(OriginOf::Instance(site.addr.clone()));
    let after = super::marks::by_schema(&made.planned, &schema);
    let fresh = matches!(action, ChangeAction::Create | ChangeAction::Replace { .. });
    let mut value = after.clone().marked(&Marks::origin(origin));
    if fresh {
        value = early(&value, &Marks::early(origin));
    }
    let before = prior.as_ref().map(|p| super::marks::by_schema(p, &schema));
    Some(Planned {
        value,
        depends: site.depends(&decoded.value),
        drift: None,
        findings: Vec::new(),
        work: Work::Local(LocalWork {
            provider,
            on: place(kind, &made.planned),
            prior: if action == ChangeAction::Update { seen } else { prior },
            planned: Some(made.planned.clone()),
            record: record.cloned(),
        }),
        change: Change {
            addr: site.addr.clone(),
            previous_addr: walk.previous(site.addr),
            provider: site.provider_address(),
            schema,
            action,
            reason,
            reason_detail: None,
            before,
            after: Some(after),
            replace_paths: made.replace,
            importing,
            generated: None,
            deposed: None,
            documents: Vec::new(),
        },
    })
}

/// Where an object is secret: what becomes a secret, or stops being one, is an update.
fn secrets(object: &Value, schema: &BlockSpec) -> Vec<Vec<serde_json::Value>> {
    Record::secrets_of(&super::marks::by_schema(object, schema))
}

/// The resource that an object's requests are about, where it sends any.
pub fn place(kind: &dyn LocalType, object: &Value) -> Option<ArmId> {
    let of = |occasion| kind.call(None, object, occasion).map(|call| call.on);
    of(Occasion::Made).or_else(|| of(Occasion::Removed))
}

/// A stored object as the next plan compares it: of what is written and not kept, what has the digest that was noted when
/// it was sent; without what was made of an object that is made anew, which is sent again.
fn remembered(
    prior: &Value,
    config: &Value,
    record: Option<&Record>,
    schema: &BlockSpec,
    sealer: &Sealer,
) -> Value {
    let mut all = prior.as_entries().cloned().unwrap_or_default();
    for spec in schema.attributes.iter().filter(|a| a.is_argument()) {
        let Some(written) = config.get(&spec.name) else { continue };
        let part = if spec.write_only {
            let known = record.and_then(|r| r.digests.get(&spec.name));
            match (known, digest(written, sealer)) {
                (Some(known), Some(digest)) if *known == digest => written.clone(),
                (None, None) => Value::null(spec.ty.clone()),
                _ => Value::unknown(spec.ty.clone()),
            }
        } else if !written.deep_marks().early_from().is_empty() {
            Value::unknown(spec.ty.clone())
        } else {
            continue;
        };
        all.insert(spec.name.as_str().into(), part);
    }
    Value::object(all)
}

/// The keyed digest of a value that is not kept; none of null.
pub fn digest(value: &Value, sealer: &Sealer) -> Option<String> {
    let json = value.to_json().filter(|json| !json.is_null())?;
    Some(sealer.digest(json.to_string().as_bytes()))
}

/// Is the file there, as it was written?
pub fn intact(file: &LocalFile, working_dir: &Path) -> bool {
    std::fs::read(working_dir.join(&file.path)).is_ok_and(|bytes| bytes == file.content)
}

/// A stored object in today's schema: attributes that are new are null, those that are gone are dropped.
pub fn conform(value: &Value, schema: &BlockSpec) -> Value {
    crate::lang::convert::convert(value, &schema.implied_type()).unwrap_or_else(|_| {
        let names = schema.attributes.iter().map(|a| {
            let part = value.get(&a.name).cloned();
            (a.name.as_str(), part.unwrap_or_else(|| Value::null(a.value_type())))
        });
        Value::object(names)
    })
}

/// Whatever is unknown of a new object is so because it does not exist yet.
fn early(value: &Value, marks: &Marks) -> Value {
    let Some(entries) = value.as_entries() else { return value.clone() };
    let entries = entries.iter().map(|(name, part)| {
        let part = if part.is_unknown() { part.clone().marked(marks) } else { part.clone() };
        (name.clone(), part)
    });
    Value { kind: Value::object(entries.collect::<Vec<_>>()).kind, marks: value.marks.clone() }
}
