//! What a plan finds out about an instance: data that would be lost, names that are kept, twins that were deleted,
//! objects that somebody else made.

use super::Instance;
use super::draft::Draft;
use super::judge::Verdict;
use super::outcome::Recover;
use super::there::There;
use crate::catalog::facts::SoftDelete;
use crate::catalog::{Claim, Target, TypeFacts};
use crate::plan::instance::ClaimPlan;
use crate::plan::model::{ChangeAction, Finding, FindingLevel};
use crate::plan::{conditions, imports, soft_delete};

impl Instance<'_, '_, '_> {
    pub(super) fn finding(
        &self,
        code: &'static str,
        level: FindingLevel,
        summary: String,
        detail: String,
    ) -> Finding {
        Finding { code, level, addr: Some(self.site.addr.clone()), id: None, summary, detail }
    }

    /// A document that is made anew while another stands in for it.
    fn rotation(&self, claim: &Claim) -> Option<Finding> {
        let Target::Id(id) = &claim.target else { return None };
        let stand_in = claim.options.as_ref()?.stand_in.as_ref()?;
        Some(self.finding(
            "rotation",
            FindingLevel::Informs,
            format!("{} is made anew while {} stands in for it", id.name(), stand_in.name()),
            "It cannot be changed in place: what runs on it moves to the other and back.".into(),
        ))
    }

    /// What an action meets: data that would be lost, names that are kept, what comes back from deletion.
    pub(super) fn look_around(
        &self,
        action: ChangeAction,
        draft: &Draft,
        there: &There<'_>,
        prior: &[ClaimPlan],
        verdict: &Verdict,
    ) -> (Vec<Finding>, Recover) {
        let facts = draft.facts();
        let mut findings = Vec::new();
        let mut recover = None;
        match action {
            ChangeAction::Replace { create_first } => {
                self.judge_replacement(&mut findings, draft, there, create_first);
                if self.asked() || facts.holds_data.is_none() {
                    findings.extend(self.kept_name(draft, there, prior));
                }
            }
            ChangeAction::Update => {
                let rotates = draft.claims.iter().filter(|c| verdict.rotates.contains(&c.key));
                findings.extend(rotates.filter_map(|c| self.rotation(c)));
            }
            ChangeAction::Create => recover = self.soft_deleted(&draft.claims, facts, &mut findings),
            _ => {}
        }
        (findings, recover)
    }

    fn judge_replacement(
        &self,
        findings: &mut Vec<Finding>,
        draft: &Draft,
        there: &There<'_>,
        create_first: bool,
    ) {
        let addr = self.site.addr;
        if let (Some(what), false) = (draft.facts().holds_data, self.asked()) {
            findings.push(self.finding(
                "data-would-be-lost",
                FindingLevel::Blocks,
                format!("{addr} must be replaced, and would lose {what}"),
                format!("Ringfence does not replace what holds data on its own. To replace it all the same, run again with -replace={}. To keep it, take the change back.", shell_quoted(&addr.to_string())),
            ));
        }
        if self.site.resource.lifecycle.prevent_destroy {
            self.site.walk.report([conditions::prevented(self.site.resource, self.site.addr)]);
        }
        let same_id = draft.claims.first().is_some_and(|c| {
            c.owns && there.live.get(&c.key).is_some_and(Option::is_some) && !there.id_differs(&draft.claims)
        });
        if create_first && same_id {
            self.site.error(
                "Replacement cannot be created first",
                format!("{addr} has lifecycle.create_before_destroy set, but the new object has the same ARM id as the old one, so both cannot exist. Give the new one another name, or disable create_before_destroy."),
            );
        }
    }

    /// A replacement under the same name that the deleted one would keep from being made.
    fn kept_name(&self, draft: &Draft, there: &There<'_>, prior: &[ClaimPlan]) -> Option<Finding> {
        let old = prior.first().filter(|_| !there.id_differs(&draft.claims))?;
        let why = soft_delete::keeps_name(&old.claim.withdraw, old.live.as_deref()?, draft.facts())?;
        let addr = self.site.addr;
        Some(self.finding(
            "name-would-be-kept",
            FindingLevel::Blocks,
            format!("{addr} cannot be replaced under its name"),
            format!("Azure keeps what is deleted for a while, and its name with it, and {why}."),
        ))
    }

    /// A deleted twin that a create would meet: what it takes to bring it back.
    fn soft_deleted(&self, claims: &[Claim], facts: &TypeFacts, findings: &mut Vec<Finding>) -> Recover {
        let Some(Target::Id(id)) = claims.first().map(|c| &c.target) else { return None };
        // What the ledger knows is there, as a rule: it has a twin only once it was looked for and is gone.
        let known = self.record.is_some_and(|r| !r.unfinished);
        if known && self.site.walk.cache.document(id).is_none() {
            return None;
        }
        let twin = soft_delete::find(&self.reader(), id, &claims[0].body, facts)?;
        let addr = self.site.addr;
        match facts.soft_delete? {
            SoftDelete::Located { recover, .. } => {
                findings.push(self.finding(
                    "soft-deleted-twin",
                    FindingLevel::Informs,
                    format!("{addr} will be recovered: it was deleted and is kept"),
                    format!("{twin} holds what {id} held when it was deleted. It comes back with its content, then the configuration is applied to it."),
                ));
                Some(Some(recover))
            }
            SoftDelete::Silent { .. } => {
                findings.push(self.finding(
                    "soft-deleted-twin",
                    FindingLevel::Informs,
                    format!("{addr} will be recovered: it was deleted and is kept"),
                    format!("Creating {id} brings the deleted one back with its data."),
                ));
                Some(None)
            }
            SoftDelete::Blocks => {
                findings.push(self.finding(
                    "soft-deleted-twin",
                    FindingLevel::Blocks,
                    format!("{addr} cannot be created: a deleted one of the same name is kept"),
                    format!("Purge or recover {twin} first."),
                ));
                None
            }
        }
    }

    pub(super) fn adopt(
        &self,
        claims: &[Claim],
        implied: bool,
        findings: &mut Vec<Finding>,
    ) -> Option<String> {
        let primary = claims.first()?;
        let Target::Id(id) = &primary.target else { return None };
        let walk = self.site.walk;
        let parse = |text: &str| {
            let found = self.with_context(|cx| self.lens.import(text, cx)).ok()?;
            found.into_iter().next().map(|found| found.id)
        };
        let named = imports::names(walk, self.site.addr, id, &parse);
        // What comes and goes with something else needs no import, but may have one.
        if implied && !named {
            return None;
        }
        let asked = walk.inputs.options.adopt || named;
        if !asked {
            findings.push(Finding {
                id: Some(id.to_string()),
                ..self.finding(
                    "not-in-ledger",
                    FindingLevel::Blocks,
                    format!("{} exists already, and is not in the ledger", self.site.addr),
                    format!("{id} was not made by this stack. Run again with -adopt to take it, or write an import block."),
                )
            });
        }
        Some(id.to_string())
    }
}

fn shell_quoted(text: &str) -> String {
    if text.contains(['"', '[', ' ']) { format!("'{text}'") } else { text.to_string() }
}
