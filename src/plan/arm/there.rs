//! What is there of an instance: by the ledger where it knows, else by what is claimed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Instance;
use crate::arm::id::ArmId;
use crate::catalog::{Claim, Recorded, Target, Withdraw};
use crate::lang::Value;
use crate::ledger::{DocumentRecord, Record};
use crate::plan::instance::ClaimPlan;

/// The documents that are there, by claim key.
pub(super) type Live = BTreeMap<Arc<str>, Option<Arc<Value>>>;

/// What is there of an instance.
pub(super) struct There<'r> {
    /// What the ledger knows.
    pub record: Option<&'r Record>,
    /// The documents that it knows.
    pub recorded: &'r [Recorded],
    /// Those that are there.
    pub live: Live,
    /// Whether the object itself is there.
    pub exists: bool,
}

impl There<'_> {
    /// A document by its claim key; with `*` at its end, a list of those whose keys begin so.
    pub(super) fn document(&self, key: &str) -> Option<Arc<Value>> {
        let Some(prefix) = key.strip_suffix('*') else { return self.live.get(key).cloned().flatten() };
        let below = self.live.iter().filter(|(key, _)| key.starts_with(prefix));
        Some(Arc::new(Value::tuple(below.filter_map(|(_, d)| d.as_deref().cloned()).collect())))
    }

    /// Is a document besides the primary one wanted elsewhere than it was made?
    pub(super) fn moved(&self, claim: &Claim, at: usize) -> bool {
        let Target::Id(id) = &claim.target else { return false };
        let old = self.recorded.iter().find(|d| d.key == claim.key);
        at > 0 && old.is_some_and(|old| old.id != *id)
    }

    /// Is the primary document wanted elsewhere than the ledger says?
    pub(super) fn elsewhere(&self, claims: &[Claim]) -> bool {
        let Some(primary) = claims.first() else { return false };
        match (self.recorded.iter().find(|d| d.key == primary.key), &primary.target) {
            (Some(old), Target::Id(new)) => old.id != *new,
            (Some(_), Target::Unknown) => true,
            (None, _) => false,
        }
    }

    /// Is the claimed primary document another one than the live one?
    pub(super) fn id_differs(&self, claims: &[Claim]) -> bool {
        let Some(primary) = claims.first() else { return false };
        let Some(found) = self.live.get(&primary.key).and_then(Option::as_deref) else { return false };
        let live_id = found.get("id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
        match (&primary.target, live_id) {
            (Target::Id(id), Some(live_id)) => *id != live_id,
            _ => false,
        }
    }
}

impl Instance<'_, '_, '_> {
    pub(super) fn there(&self, claims: &[Claim]) -> There<'_> {
        let record = self.record.map(|record| &**record);
        let mut there = There { record, recorded: &self.recorded, live: Live::new(), exists: false };
        for Recorded { key, id, api_version, .. } in &self.recorded {
            there.live.insert(key.clone(), self.live(id, api_version));
        }
        for claim in claims {
            if let (Target::Id(id), false) = (&claim.target, there.live.contains_key(&claim.key)) {
                there.live.insert(claim.key.clone(), self.live(id, &claim.api_version));
            }
        }
        there.exists = self.exists(claims, &there);
        there
    }

    /// Is the object there? A document of its own: when it is live. A claim on a document of another: when something
    /// of what is claimed is there.
    fn exists(&self, claims: &[Claim], there: &There<'_>) -> bool {
        let Some(primary) = claims.first() else { return false };
        let Some(found) = there.live.get(&primary.key).and_then(Option::as_deref) else { return false };
        if primary.owns {
            return true;
        }
        if primary.withdraw == Withdraw::Leave {
            // It leaves nothing behind, so only what was done by us is there.
            return there.record.is_some_and(|r| !r.unfinished);
        }
        let differences = self.compare_one(primary, Some(found)).differences;
        if there.record.is_some() {
            return differences.iter().any(|d| d.live.is_some()) || differences.is_empty();
        }
        differences.is_empty()
    }

    /// What was there, as withdrawals: documents of the ledger, or of what is adopted.
    pub(super) fn prior(&self, there: &There<'_>) -> Option<Vec<ClaimPlan>> {
        if there.record.is_none() || !there.exists {
            return Some(Vec::new());
        }
        let claims = self.answer(self.with_context(|cx| self.lens.withdrawals(&self.recorded, cx)))?;
        let live = |claim: &Claim| there.live.get(&claim.key).cloned().flatten();
        Some(claims.into_iter().map(|claim| ClaimPlan::going(live(&claim), claim)).collect())
    }
}

/// The documents that the ledger keeps of an instance. What has no ARM id cannot be asked for.
pub fn recorded(record: &Record) -> Vec<Recorded> {
    let one = |d: &DocumentRecord| {
        let id = ArmId::parse(&d.id).ok()?;
        Some(Recorded {
            key: d.key.as_str().into(),
            id,
            api_version: d.api_version.as_str().into(),
            owns: d.owned,
        })
    };
    record.documents.iter().filter_map(one).collect()
}

/// Whether withdrawing a claim changes anything in Azure.
pub fn withdraws(claim: &Claim) -> bool {
    claim.withdraw != Withdraw::Leave
}

/// A recorded document that is still there and that the configuration does not want any more, or wants elsewhere.
pub(super) fn outgrown(prior: &ClaimPlan, claims: &[Claim]) -> bool {
    let kept = claims.iter().any(|c| c.key == prior.claim.key && c.target == prior.claim.target);
    prior.claim.owns && prior.live.is_some() && withdraws(&prior.claim) && !kept
}
