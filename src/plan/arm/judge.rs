//! What the differences of an instance mean: which arguments they are, and whether it is updated or replaced.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Instance;
use super::draft::{Draft, digest_key};
use super::there::{There, outgrown};
use crate::catalog::{Claim, Replace, Target, Withdraw};
use crate::lang::{PathStep, Type, Value};
use crate::ledger::Record;
use crate::plan::diff::{Difference, Why};
use crate::plan::instance::ClaimPlan;
use crate::plan::model::{ChangeAction, Finding, FindingLevel, Reason};
use crate::plan::{own, paths, triggers};

/// The path of an argument.
type Argument = Vec<PathStep>;

/// What the differences mean.
#[derive(Default)]
pub(super) struct Verdict {
    /// Arguments that change.
    pub changed: Vec<Argument>,
    /// Those that make it another object.
    pub replace: Vec<Argument>,
    /// The claims that are made anew while another document stands in for them.
    pub rotates: BTreeSet<Arc<str>>,
    /// What stands in the way.
    pub findings: Vec<Finding>,
    /// Arguments of which ARM does not tell what they were.
    untold: Vec<Untold>,
}

/// An argument of which ARM does not tell what it was.
struct Untold {
    argument: Argument,
    /// What is said of it.
    past: Value,
    /// It was sent before, so what it stands in was there, whatever ARM tells.
    sent: bool,
}

impl Verdict {
    /// Adds arguments that change.
    pub(super) fn note(&mut self, arguments: impl IntoIterator<Item = Argument>) {
        arguments.into_iter().for_each(|argument| push_new(&mut self.changed, argument));
    }

    fn replaces(&mut self, argument: Argument) {
        push_new(&mut self.replace, argument.clone());
        push_new(&mut self.changed, argument);
    }

    /// What was, with what ARM does not tell. `after`: what will be.
    pub(super) fn told(&self, before: Value, after: &Value) -> Value {
        let tell = |before: Value, untold: &Untold| {
            let before = if untold.sent { self.held(before, after, &untold.argument) } else { before };
            paths::replace(&before, &untold.argument, Some(&untold.past))
        };
        self.untold.iter().fold(before, tell)
    }

    /// What was, with the block that holds an argument: ARM tells nothing of a block that has only what it does not tell.
    fn held(&self, before: Value, after: &Value, argument: &[PathStep]) -> Value {
        let none = |at: &&[PathStep]| {
            paths::get(&before, at)
                .is_none_or(|v| v.is_null() || v.as_sequence().is_some_and(<[Value]>::is_empty))
        };
        let Some(holder) = (1..argument.len()).map(|n| &argument[..n]).find(none) else { return before };
        let Some(will) = paths::get(after, holder) else { return before };
        let mut was = paths::replace(&before, holder, Some(will));
        // What can be read and is not there was not there.
        for changed in self.changed.iter().filter(|c| c.len() > holder.len() && c.starts_with(holder)) {
            if let Some(part) = paths::get(&was, changed) {
                was = paths::replace(&was, changed, Some(&Value::null(part.ty())));
            }
        }
        was
    }
}

impl Instance<'_, '_, '_> {
    /// Which arguments differ, and what that means. Nothing where there is no object yet.
    pub(super) fn judge(
        &self,
        draft: &Draft,
        differences: &[(Arc<str>, Difference)],
        there: &There<'_>,
        before: Option<&Value>,
        after: &Value,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(prior) = before else { return verdict };
        for (key, difference) in differences {
            self.judge_difference(&mut verdict, draft, there, (prior, after), key, difference);
        }
        let name = [PathStep::Attribute("name".into())];
        for (at, claim) in draft.claims.iter().enumerate() {
            if there.moved(claim, at) {
                verdict.note([self.lens.argument_of(&self.decoded.value, &claim.key, &name)]);
            }
        }
        let sealer = self.site.walk.inputs.sealer;
        let own = own::changed(draft.claims.first(), there.record, sealer).into_iter();
        let own = own.filter(|path| self.lens.replaces(path, prior, after) == Replace::Yes);
        for path in own.chain(self.lens.replaced_by(&draft.config, prior, after)) {
            verdict.replaces(path);
        }
        if there.elsewhere(&draft.claims) || there.record.is_none() && there.id_differs(&draft.claims) {
            self.judge_name(&mut verdict, prior, after);
        }
        if !differences.is_empty() {
            self.note_renewed(&draft.claims, prior, after, &mut verdict);
        }
        self.judge_staying(&mut verdict, draft, there);
        verdict
    }

    /// What nothing takes away cannot be made anew under its name: what is there would be found as it is.
    fn judge_staying(&self, verdict: &mut Verdict, draft: &Draft, there: &There<'_>) {
        // Of a claim whose id is not known yet it is not known either how it goes; its object is another one.
        let stays = |c: &&Claim| {
            let known = matches!(c.target, Target::Id(_));
            known && c.owns && c.withdraw == Withdraw::Leave && !there.moved(c, 0)
        };
        let (Some(argument), Some(_)) = (verdict.replace.first(), draft.claims.first().filter(stays)) else {
            return;
        };
        let finding = self.finding(
            "one-way-change",
            FindingLevel::Blocks,
            format!("{} cannot be changed as planned", paths::text(argument)),
            "ARM has no way to take this object away, so a new one of the same name would be found as the old one is. Give it another name, or take the change back.".to_string(),
        );
        verdict.findings.push(finding);
    }

    fn judge_difference(
        &self,
        verdict: &mut Verdict,
        draft: &Draft,
        there: &There<'_>,
        (prior, after): (&Value, &Value),
        key: &str,
        difference: &Difference,
    ) {
        let arguments = self.lens.arguments_of(&self.decoded.value, key, &difference.path);
        let stands_in = draft.claims.iter().enumerate().any(|(at, c)| {
            *c.key == *key && c.options.as_ref().is_some_and(|o| o.stand_in.is_some()) && !there.moved(c, at)
        });
        let gone = draft.base(key).is_none();
        // An earlier run got as far as taking it away: it is made now.
        if stands_in && gone {
            verdict.rotates.insert(key.into());
            verdict.note(arguments);
            return;
        }
        let none = Value::null(Type::Dynamic);
        let part = |of| move |argument: &[PathStep]| paths::get(of, argument);
        let (was, will) = (part(prior), part(after));
        let differs = |a: &&Argument| was(a).map(Value::unmarked_deep) != will(a).map(Value::unmarked_deep);
        let mut judged: Vec<&Argument> = arguments.iter().filter(differs).collect();
        if judged.is_empty() {
            judged.extend(arguments.first());
        }
        for argument in judged {
            let (was, will) = (was(argument).unwrap_or(&none), will(argument).unwrap_or(&none));
            match self.lens.replaces(argument, was, will) {
                Replace::No if difference.create_only && !gone => {
                    push_new(&mut verdict.replace, argument.clone());
                }
                Replace::No => {}
                Replace::Yes => push_new(&mut verdict.replace, argument.clone()),
                // A new object may be what the old one could not become.
                Replace::Rotate(_) if stands_in => _ = verdict.rotates.insert(key.into()),
                // Of an object of another name nothing is to be changed.
                Replace::Refuse(_) if gone => {}
                Replace::Refuse(_) | Replace::Rotate(_) if self.asked() => {
                    push_new(&mut verdict.replace, argument.clone());
                }
                Replace::Refuse(why) | Replace::Rotate(why) => verdict.findings.push(self.finding(
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
                let digest = |r: &Record| r.digests.contains_key(&digest_key(key, &difference.path));
                verdict.untold.push(Untold {
                    argument: argument.clone(),
                    past: past.marked(&will.marks),
                    sent: there.record.is_some_and(digest),
                });
            }
        }
        verdict.note(arguments);
    }

    /// The arguments that make it another id.
    fn judge_name(&self, verdict: &mut Verdict, prior: &Value, after: &Value) {
        for spec in self.schema.attributes.iter().filter(|a| a.is_argument()) {
            let path = vec![PathStep::Attribute(spec.name.as_str().into())];
            let (Some(was), Some(will)) = (paths::get(prior, &path), paths::get(after, &path)) else {
                continue;
            };
            if !will.is_null()
                && was.unmarked_deep() != will.unmarked_deep()
                && self.lens.replaces(&path, was, will) == Replace::Yes
            {
                verdict.replaces(path);
            }
        }
    }

    /// Attributes that the change renews are changed, too.
    fn note_renewed(&self, claims: &[Claim], prior: &Value, after: &Value, verdict: &mut Verdict) {
        if claims.iter().all(|c| c.facts().renewed.is_empty()) {
            return;
        }
        for attribute in self.schema.attributes.iter().filter(|a| a.computed) {
            let of = |v: &Value| v.get(&attribute.name).is_some_and(Value::is_unknown);
            if of(after) && !of(prior) {
                verdict.note([vec![PathStep::Attribute(attribute.name.as_str().into())]]);
            }
        }
    }

    /// The names of documents that go while the object stays.
    pub(super) fn outgrown_names(&self, prior: &[ClaimPlan], claims: &[Claim]) -> Vec<Argument> {
        let name = [PathStep::Attribute("name".into())];
        let primary = claims.first().map(|c| &c.key);
        let old = prior.iter().filter(|p| Some(&p.claim.key) != primary && outgrown(p, claims));
        old.map(|old| self.lens.argument_of(&self.decoded.value, &old.claim.key, &name)).collect()
    }

    /// Was a replacement asked for?
    pub(super) fn asked(&self) -> bool {
        self.site.walk.inputs.options.replace.contains(self.site.addr)
    }

    /// What is done with it, and why it is replaced.
    pub(super) fn action(
        &self,
        draft: &Draft,
        there: &There<'_>,
        prior: &[ClaimPlan],
        verdict: &Verdict,
    ) -> (ChangeAction, Option<(Reason, Option<String>)>) {
        if !there.exists {
            return (ChangeAction::Create, None);
        }
        let walk = self.site.walk;
        let why = if there.record.is_some_and(|r| r.tainted) {
            Some((Reason::Tainted, None))
        } else if self.asked() {
            Some((Reason::Requested, None))
        } else if triggers::replaced_by(self.site) {
            Some((Reason::ReplaceTriggeredBy, None))
        } else if !verdict.replace.is_empty() || there.elsewhere(&draft.claims) {
            Some((Reason::CannotUpdate, None))
        } else {
            walk.cache.forced.get(self.site.addr).map(|inside| (Reason::InsideReplaced, Some(inside.clone())))
        };
        if why.is_some() {
            let create_first = walk.creates_first(&self.site.addr.resource);
            return (ChangeAction::Replace { create_first }, why);
        }
        let differs = draft.compared.iter().any(|c| !c.differences.is_empty());
        let unsettled = |c: &Claim| c.owns && unsettled(draft.base(&c.key).as_deref(), there.record);
        let goes = prior.iter().any(|p| outgrown(p, &draft.claims));
        let changes = differs || goes || draft.claims.iter().any(unsettled);
        (if changes { ChangeAction::Update } else { ChangeAction::NoOp }, None)
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

fn push_new(paths: &mut Vec<Vec<PathStep>>, path: Vec<PathStep>) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}
