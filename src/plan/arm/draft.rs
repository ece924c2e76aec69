//! What is wanted of an instance, laid over what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Instance;
use super::there::{Live, There};
use crate::catalog::{BodyPath, Claim, Recorded, Target, TypeFacts, Write, item, type_facts};
use crate::config::IgnoreChanges;
use crate::lang::{Marks, PathStep, Type, Value};
use crate::plan::diff::{self, Comparison, Difference, Why};
use crate::plan::{own, paths};

/// The documents of an instance, by claim key.
pub(super) type Documents = BTreeMap<Arc<str>, Arc<Value>>;

/// What is wanted, laid over what is there.
pub(super) struct Draft {
    /// The completed configuration.
    pub config: Value,
    /// What it claims.
    pub claims: Vec<Claim>,
    /// How the claims differ from what is there, in their order.
    pub compared: Vec<Comparison>,
    /// The documents that the claims are laid over: none where what is there goes first.
    base: Live,
    documents: Documents,
}

impl Draft {
    /// The document that a claim is laid over.
    pub(super) fn base(&self, key: &str) -> Option<Arc<Value>> {
        self.base.get(key).cloned().flatten()
    }

    /// A document as it will be.
    pub(super) fn document(&self, key: &str) -> Option<Arc<Value>> {
        self.documents.get(key).cloned()
    }

    /// All that differs, with the key of its claim.
    pub(super) fn differences(&self) -> Vec<(Arc<str>, Difference)> {
        let pairs = self.claims.iter().zip(&self.compared);
        pairs.flat_map(|(c, d)| d.differences.iter().map(|x| (c.key.clone(), x.clone()))).collect()
    }

    /// The facts of the primary document.
    pub(super) fn facts(&self) -> &'static TypeFacts {
        self.claims.first().map_or_else(|| type_facts(""), Claim::facts)
    }
}

/// What ARM does not return: its path in the document, and what is claimed.
type Unread = (Vec<PathStep>, Value);

impl Instance<'_, '_, '_> {
    pub(super) fn draft(&self, config: Value, claims: Vec<Claim>, there: &There<'_>) -> Draft {
        let base = |at, claim| self.base(claim, at, &claims, there);
        let base: Live =
            claims.iter().enumerate().map(|(at, claim)| (claim.key.clone(), base(at, claim))).collect();
        let live = |claim: &Claim| base.get(&claim.key).and_then(Option::as_deref);
        let compared: Vec<Comparison> =
            claims.iter().map(|claim| self.compare(claim, live(claim), there)).collect();
        let documents =
            claims.iter().zip(&compared).map(|(c, d)| (c.key.clone(), Arc::new(d.planned.clone()))).collect();
        Draft { config, claims, compared, base, documents }
    }

    /// The document that a claim is laid over: none where what is there goes first.
    fn base(&self, claim: &Claim, at: usize, claims: &[Claim], there: &There<'_>) -> Option<Arc<Value>> {
        let known = there.live.get(&claim.key).cloned().flatten();
        let Target::Id(id) = &claim.target else { return known };
        if there.moved(claim, at) {
            return self.live(id, &claim.api_version);
        }
        let kept = |d: &Recorded| claims.iter().any(|c| c.key == d.key && c.target == claim.target);
        let goes = there.recorded.iter().any(|d| d.owns && d.key != claim.key && d.id == *id && !kept(d));
        known.filter(|_| !goes)
    }

    pub(super) fn compare_one(&self, claim: &Claim, live: Option<&Value>) -> Comparison {
        let early = |marks: &Marks| live.is_some() && !marks.early_from().is_empty();
        diff::compare_by(&claim.body, live, &claim.facts().body, claim.options.as_deref(), &early)
    }

    fn compare(&self, claim: &Claim, live: Option<&Value>, there: &There<'_>) -> Comparison {
        let mut comparison = self.compare_one(claim, live);
        if claim.write == Write::CreateOnly && live.is_some() {
            comparison.differences.retain(|d| d.why != Why::Unknown);
        }
        let secrets = std::mem::take(&mut comparison.unread);
        let hidden: Vec<Unread> = claim
            .unread
            .iter()
            .filter_map(|names| {
                let path: Vec<PathStep> = names.iter().cloned().map(PathStep::Attribute).collect();
                let want = paths::get(&claim.body, &path)?.clone();
                Some((path, want))
            })
            .collect();
        comparison.differences.retain(|d| !hidden.iter().any(|(p, _)| d.path.starts_with(p)));
        let by_facts = secrets.into_iter().filter(|(path, _)| !hidden.iter().any(|(p, _)| path == p));
        let resent: Vec<Difference> =
            by_facts.filter(|unread| self.sent_again(claim, unread, false, there)).map(unseen).collect();
        let hidden =
            hidden.into_iter().filter(|unread| self.sent_again(claim, unread, true, there)).map(unseen);
        comparison.differences.extend(hidden.chain(resent));
        if let (Some(options), Some(record), Some(live), true) =
            (claim.options.as_deref(), there.record, live, there.exists)
        {
            own::judge(&mut comparison, claim, options, record, live, self.site.walk.inputs.sealer);
        }
        if let (Target::Id(_), Some(_)) = (&claim.target, live) {
            renew(&mut comparison, claim.facts());
        }
        comparison
    }

    /// Must what ARM does not return be sent again? Only the ledger's digest can tell whether it changed. `said`: the
    /// instance says itself that it is not returned, and may have a version to judge it by.
    fn sent_again(&self, claim: &Claim, (path, want): &Unread, said: bool, there: &There<'_>) -> bool {
        let options = claim.options.as_deref();
        // A secret that has a version is judged by that.
        let versions = options.filter(|o| said && !o.versions.is_empty());
        let version = versions.and_then(|o| own::version(o, path));
        if !there.exists || versions.is_some() && version.is_none() {
            return false;
        }
        let (key, told) = match &version {
            Some((key, version)) => (key.to_string(), *version),
            None => (digest_key(&claim.key, path), want),
        };
        let Some(json) = told.to_json() else { return false };
        match there.record.and_then(|r| r.digests.get(&key)) {
            Some(known) => *known != self.site.walk.inputs.sealer.digest(json.to_string().as_bytes()),
            None => {
                let new = options.is_some() && there.record.is_some_and(|r| !r.unfinished);
                // A secret that was never sent is not there. Only of what is adopted, or was made by a run that did not
                // live to note it, nobody knows, and what can only be said once is taken to be as it is wanted.
                let noted = there.record.is_some_and(|r| !r.unfinished);
                new || !said && (noted || !said_once(claim, path))
            }
        }
    }

    /// Leaves what others add to an array of items alone where its argument is under `ignore_changes`.
    pub(super) fn share_arrays(&self, config: &Value, claims: &mut [Claim]) {
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
}

/// Whether it can be changed only the lens says: azapi sends it and hears what ARM says.
fn unseen((path, want): Unread) -> Difference {
    Difference { path, want, live: None, why: Why::Unread, create_only: false }
}

/// Can a path of a document only be written when the document is made?
fn said_once(claim: &Claim, path: &[PathStep]) -> bool {
    // What no table knows is as what it stands in.
    let known = path.iter().try_fold(&claim.facts().body, |node, step| {
        let below = match step {
            PathStep::Attribute(name) => node.property(name),
            _ => node.items.as_deref(),
        };
        below.ok_or(node)
    });
    let (Ok(node) | Err(node)) = known;
    node.create_only
}

/// What is another value after something else was written is not known.
fn renew(comparison: &mut Comparison, facts: &TypeFacts) {
    let steps = |dotted: &str| -> Vec<PathStep> {
        dotted.split('.').map(|name| PathStep::Attribute(name.into())).collect()
    };
    for (path, by) in facts.renewed {
        let by = steps(by);
        if comparison.differences.iter().any(|d| d.path.starts_with(&by)) {
            let unknown = Value::unknown_not_null(Type::String);
            comparison.planned = paths::replace(&comparison.planned, &steps(path), Some(&unknown));
        }
    }
}

/// The name under which the ledger keeps the digest of a claimed path.
pub fn digest_key(key: &str, path: &[PathStep]) -> String {
    format!("{key} {}", paths::text(path))
}
