//! Data sources: read while planning, or left for apply when what they refer to has changes to come.

use std::sync::Arc;

use super::instance::{Planned, Site, Work};
use super::live::OriginOf;
use super::model::{Change, ChangeAction, DataRead, Finding, FindingLevel, Reason};
use crate::catalog::{self, Context, DataSource, Problem, Stop};
use crate::lang::schema::BlockSpec;
use crate::lang::{Marks, Severity, Value};

/// Plans a data source. `None`: something is lacking or wrong, and was noted or reported.
pub fn plan(site: &Site<'_, '_, '_>) -> Option<Planned> {
    let walk = site.walk;
    let Some(source) = catalog::data_source(&site.resource.key.kind) else {
        super::validate::unknown_type(site);
        return None;
    };
    let (key, provider) = site.provider()?;
    let schema = source.schema(provider.major);
    let decoded = site.decode(&schema);
    if decoded.failed {
        return None;
    }
    let reader = walk.reader(&key);
    let wanted = |name: &str| walk.cache.wanted.contains(&(site.addr.clone(), name.into()));
    let cx = Context { provider: &provider, reader: &reader, wanted: &wanted, recorded: None };
    let problems = source.check(&decoded.value, &cx);
    let failed = problems.iter().any(|p| p.severity == Severity::Error);
    site.problems(problems, &decoded);
    if failed {
        return None;
    }
    walk.note_use(&decoded.value);
    let depends = site.depends(&decoded.value);
    let early = decoded.value.deep_marks();
    let reason = if !decoded.value.is_wholly_known() {
        Some(Reason::ReadConfigUnknown)
    } else if !early.early_from().is_empty() || site.pending(&depends) {
        Some(Reason::ReadDependencyPending)
    } else {
        None
    };
    let mut later = reason.is_some() || source.changes(&decoded.value);
    let nested = site.resource.check.is_some();
    let reason = if nested && !later { Some(Reason::ReadCheckNested) } else { reason };
    let origin = walk.cache.origin(OriginOf::Instance(site.addr.clone()));
    let note = |id, failed| {
        walk.reads.borrow_mut().push(DataRead { addr: site.addr.clone(), id, failed });
    };
    let (action, after) = match later {
        true => (ChangeAction::Read, unknown_attributes(&decoded.value, &schema)),
        false => match source.read(&decoded.value, &cx) {
            Ok(value) => {
                note(shown_id(&super::marks::by_schema(&value, &schema)), false);
                (if nested { ChangeAction::Read } else { ChangeAction::NoOp }, value)
            }
            Err(Stop::Pending) => {
                walk.deferred.set(true);
                return None;
            }
            Err(Stop::Problems(problems)) => {
                note(None, true);
                if !nested {
                    site.problems(problems, &decoded);
                    return None;
                }
                // What a check cannot read fails the check, and stops nothing.
                let wrong = problems.iter().filter(|p| p.severity == Severity::Error);
                let message = super::conditions::said(wrong.map(|p| (&*p.summary, &*p.detail)));
                super::conditions::misread(site, message);
                let warning = |p| Problem { severity: Severity::Warning, ..p };
                site.problems(problems.into_iter().map(warning), &decoded);
                later = true;
                (ChangeAction::Read, unknown_attributes(&decoded.value, &schema))
            }
        },
    };
    // What the credential may not ask for is known after apply, by one that may.
    let refused = reader.refused.take();
    let action = if refused.is_empty() { action } else { ChangeAction::Read };
    let findings = refused.iter().map(|why| could_not_look(site, why)).collect();
    let after = super::marks::by_schema(&after, &schema);
    let mark = if later { Marks::early(origin) } else { Marks::origin(origin) };
    let value = told_on_use(site, source, &schema, &after, later);
    let change = Change { reason, ..answer(site, key.address, schema, action, after) };
    Some(Planned { value: value.marked(&mark), depends, drift: None, findings, work: Work::Data, change })
}

/// The note of a read that the credential may not do.
fn could_not_look(site: &Site<'_, '_, '_>, why: &str) -> Finding {
    Finding {
        code: "could-not-look",
        level: FindingLevel::Informs,
        addr: Some(site.addr.clone()),
        id: None,
        summary: format!("{} is read in part during apply: the credential of this plan may not", site.addr),
        detail: why.to_owned(),
    }
}

/// The id of an object as progress tells it: none where it has none, or it is a secret.
pub fn shown_id(object: &Value) -> Option<String> {
    let id = object.get("id").filter(|id| !id.deep_marks().is_sensitive())?;
    id.as_str().filter(|id| !id.is_empty()).map(str::to_string)
}

/// The change that stands for what a data source answers.
pub(super) fn answer(
    site: &Site<'_, '_, '_>,
    provider: Arc<str>,
    schema: Arc<BlockSpec>,
    action: ChangeAction,
    after: Value,
) -> Change {
    Change {
        addr: site.addr.clone(),
        previous_addr: None,
        provider,
        schema,
        action,
        reason: None,
        reason_detail: None,
        before: None,
        after: Some(after),
        replace_paths: Vec::new(),
        importing: None,
        generated: None,
        deposed: None,
        documents: Vec::new(),
    }
}

/// What only a request of its own tells, or nothing does, with an origin of its own: by it the plan learns whether it is
/// used.
fn told_on_use(
    site: &Site<'_, '_, '_>,
    source: &dyn DataSource,
    schema: &BlockSpec,
    after: &Value,
    later: bool,
) -> Value {
    let cache = site.walk.cache;
    let Some(entries) = after.as_entries() else { return after.clone() };
    let marked = entries.iter().map(|(name, value)| {
        let why = source.not_in_arm(name);
        let computed = schema.attribute(name).is_some_and(|a| a.computed);
        if why.is_none() && (later || !computed || !value.is_unknown()) {
            return (name.clone(), value.clone());
        }
        if let (Some(why), true) = (why, cache.wanted.contains(&(site.addr.clone(), name.clone()))) {
            let detail = format!("{}.{name} is used, but {why}.", site.addr);
            site.error("Attribute is not in Azure Resource Manager", detail);
        }
        let own = cache.origin(OriginOf::Attribute(site.addr.clone(), name.clone()));
        let value = if why.is_some() { Value::unknown(value.ty()) } else { value.clone() };
        (name.clone(), value.marked(&Marks::origin(own)))
    });
    let value = Value { kind: Value::object(marked).kind, marks: after.marks.clone() };
    super::marks::by_schema(&value, schema)
}

/// The configuration with everything that only reading tells unknown.
fn unknown_attributes(config: &Value, schema: &BlockSpec) -> Value {
    let attributes = schema.attributes.iter().map(|a| {
        let set = config.get(&a.name).filter(|v| !v.is_null());
        let value = match set {
            Some(value) => value.clone(),
            None if a.computed => Value::unknown(a.value_type()),
            None => Value::null(a.value_type()),
        };
        (a.name.as_str(), value)
    });
    let blocks = schema.blocks.iter().map(|b| {
        let set =
            config.get(&b.name).filter(|v| v.as_sequence().is_none_or(|s| !s.is_empty()) && !v.is_null());
        let value = set.cloned().unwrap_or_else(|| Value::unknown(b.implied_type()));
        (b.name.as_str(), value)
    });
    Value::object(attributes.chain(blocks))
}
