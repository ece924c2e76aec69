//! What comes out of the plan of an instance: what people see of it, what references see, what apply writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Instance;
use super::alike::{harmonise, same_meaning};
use super::draft::{Documents, Draft, digest_key};
use super::there::There;
use crate::catalog::{Claim, Target};
use crate::lang::{Marks, PathStep, Value};
use crate::plan::diff::{self, Difference, Why};
use crate::plan::instance::ClaimPlan;
use crate::plan::live::OriginOf;
use crate::plan::model::{ChangeAction, DocumentChange, DocumentVerb, Drift};
use crate::plan::{paths, union};

/// How an object comes back from deletion: a property says so, or it happens by itself.
pub(super) type Recover = Option<Option<(&'static str, &'static str)>>;

impl Instance<'_, '_, '_> {
    /// What apply writes. A new object has nothing of the old one.
    pub(super) fn plans(
        &self,
        draft: Draft,
        action: ChangeAction,
        recover: Recover,
        rotates: &BTreeSet<Arc<str>>,
    ) -> Vec<ClaimPlan> {
        let replacing = matches!(action, ChangeAction::Replace { .. });
        let plan = |(at, claim): (usize, &Claim)| {
            let fresh = replacing || action == ChangeAction::Create && claim.owns;
            ClaimPlan {
                claim: claim.clone(),
                live: if fresh { None } else { draft.base(&claim.key) },
                differences: match fresh {
                    true => self.compare_one(claim, None).differences,
                    false => draft.compared[at].differences.clone(),
                },
                recover: if at == 0 { recover } else { None },
                rotates: rotates.contains(&claim.key) && !fresh,
            }
        };
        draft.claims.iter().enumerate().map(plan).collect()
    }

    /// The documents of a new object in the place of the old one.
    pub(super) fn made_anew(&self, draft: &Draft) -> Documents {
        let anew = |c: &Claim| {
            let live = if c.owns { None } else { draft.base(&c.key) };
            (c.key.clone(), Arc::new(self.compare_one(c, live.as_deref()).planned))
        };
        draft.claims.iter().map(anew).collect()
    }

    /// Notes the documents as they will be for those who read them.
    pub(super) fn note_documents(&self, draft: &Draft) {
        let mut planned = self.site.walk.planned_documents.borrow_mut();
        for claim in &draft.claims {
            let (Target::Id(id), Some(document)) = (&claim.target, draft.document(&claim.key)) else {
                continue;
            };
            let document = match planned.get(id) {
                Some(there) => union::overlay(Some(there), &claim.body, &claim.facts().body),
                None => document,
            };
            planned.insert(id.clone(), document);
        }
    }

    /// What is sent and not returned is shown nowhere: that something is sent is seen at what the answer brings.
    pub(super) fn unseen(
        &self,
        before: Option<&Value>,
        after: Value,
        differences: &[(Arc<str>, Difference)],
    ) -> Value {
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

    pub(super) fn drift(
        &self,
        there: &There<'_>,
        differences: &[(Arc<str>, Difference)],
        before: Option<&Value>,
        after: &Value,
    ) -> Option<Drift> {
        let record = there.record.filter(|r| !r.unfinished)?;
        let drift = |before: Value, after: Option<Value>| Drift {
            addr: self.site.addr.clone(),
            previous_addr: None,
            provider: self.key.address.clone(),
            schema: self.schema.clone(),
            before,
            after,
            relevant: false,
        };
        if !there.exists {
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
    pub(super) fn value(&self, after: &Value, config: &Value, fresh: bool) -> Value {
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
        let value = after.object_like(marked.collect()).marked(&after.marks);
        self.with_schema_marks(value)
    }

    pub(super) fn with_schema_marks(&self, value: Value) -> Value {
        crate::plan::marks::by_schema(&value, &self.schema)
    }
}

/// What was and what will be, spelled alike; returns what was.
pub(super) fn settle(
    action: ChangeAction,
    before: Value,
    after: &mut Value,
    changed: &[Vec<PathStep>],
) -> Value {
    match action {
        ChangeAction::NoOp => {
            *after = harmonise(&before, after, &[]);
            after.clone()
        }
        // What is made anew keeps nothing.
        ChangeAction::Replace { .. } => same_meaning(&before, after, changed),
        _ => {
            *after = harmonise(&before, after, changed);
            same_meaning(&before, after, changed)
        }
    }
}

/// Is a path one of the entries of a map that is claimed as a whole?
fn in_whole(path: &[PathStep]) -> bool {
    matches!(path, [.., PathStep::Attribute(map), PathStep::Attribute(_)] if diff::is_whole(map))
}

pub(super) fn document_change(plan: &ClaimPlan, action: ChangeAction) -> DocumentChange {
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
