//! What applying would meet, looked for while nothing is changed yet: names that are taken, locks, policies, regions and
//! namespaces that are not offered, subnets without room, vaults that a key cannot be taken from, rights that are missing.
//!
//! A look costs requests, so only a plan that changes something looks, once everything else of it is settled; it needs no
//! more than the Reader role. What cannot be looked at is said, and is no reason to stop.
//!
//! Must not know: how findings are shown, HTTP.

mod keys;
mod locks;
mod names;
mod offers;
mod policy;
mod rights;
mod subnets;

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::addr::InstanceAddr;
use super::instance::{ArmWork, ClaimPlan, Planned, Work};
use super::live::ProviderKey;
use super::model::{ChangeAction, Finding, FindingLevel};
use super::walk::Walk;
use crate::arm::id::ArmId;
use crate::catalog::{Ask, Bears, Fetched, Reader, Target};
use crate::lang::{Kind, Value};

/// What the plan does to one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Create,
    Update,
    Delete,
}

/// One document that the plan makes, changes or takes away.
struct Step<'p> {
    addr: &'p InstanceAddr,
    provider: &'p ProviderKey,
    deed: Deed,
    plan: &'p ClaimPlan,
    id: &'p ArmId,
}

/// Everything that the plan does, and where it can be looked up.
struct View<'v, 'a> {
    walk: &'v Walk<'a>,
    steps: Vec<Step<'v>>,
    /// The documents that go.
    going: HashSet<ArmId>,
}

/// What a look brought.
enum Looked {
    /// It is being asked for.
    Pending,
    /// ARM answered.
    Found(Arc<Value>),
    /// There is nothing there.
    Nothing,
    /// It may not be looked at; why.
    Refused(String),
}

/// What the plan would meet.
pub fn judge(instances: &BTreeMap<InstanceAddr, Rc<Planned>>, walk: &Walk<'_>) -> Vec<Finding> {
    let steps: Vec<Step<'_>> = instances.iter().flat_map(|(addr, planned)| steps(addr, planned)).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let going = steps.iter().filter(|s| s.deed == Deed::Delete).map(|s| s.id.clone()).collect();
    let view = View { walk, steps, going };
    let looks = [names::judge, locks::judge, offers::judge, policy::judge, subnets::judge, keys::judge];
    let mut found: Vec<Finding> = looks.iter().flat_map(|look| look(&view)).collect();
    found.extend(rights::judge(instances, &view));
    found
}

fn steps<'p>(addr: &'p InstanceAddr, planned: &'p Planned) -> Vec<Step<'p>> {
    let Work::Arm(work) = &planned.work else { return Vec::new() };
    let of = |deed, plans: &'p [ClaimPlan]| {
        plans.iter().filter(|plan| plan.claim.owns).filter_map(move |plan| match &plan.claim.target {
            Target::Id(id) => Some(Step { addr, provider: &work.provider, deed, plan, id }),
            Target::Unknown => None,
        })
    };
    let gone = || of(Deed::Delete, &work.prior);
    let anew = |w: &'p ArmWork| of(Deed::Create, &w.claims);
    let changed = |step: &Step<'p>| !step.plan.differences.is_empty();
    match planned.change.action {
        ChangeAction::Create => anew(work).filter(|s| s.plan.live.is_none()).collect(),
        ChangeAction::Update => {
            let there = of(Deed::Update, &work.claims).filter(|s| s.plan.live.is_some()).filter(changed);
            there.chain(anew(work).filter(|s| s.plan.live.is_none())).collect()
        }
        ChangeAction::Delete => gone().collect(),
        ChangeAction::Replace { .. } => gone().chain(anew(work)).collect(),
        ChangeAction::NoOp | ChangeAction::Read | ChangeAction::Forget => Vec::new(),
    }
}

impl Step<'_> {
    fn finding(&self, code: &'static str, level: FindingLevel, summary: String, detail: String) -> Finding {
        Finding { code, level, addr: Some(self.addr.clone()), id: Some(self.id.to_string()), summary, detail }
    }

    /// A known text of the document as it will be.
    fn text(&self, path: &[&str]) -> Option<&str> {
        at(&self.plan.claim.body, path)?.as_str()
    }
}

impl View<'_, '_> {
    /// What is made for the first time, or anew.
    fn made(&self) -> impl Iterator<Item = &Step<'_>> {
        self.steps.iter().filter(|step| step.deed == Deed::Create)
    }

    /// Looks through a provider's connection. A list has its items in `value`.
    fn look(&self, provider: &ProviderKey, path: &str, api_version: &str, how: How) -> Looked {
        let (post, body) = match how {
            How::List => (false, None),
            How::Post(body) => (true, Some(body.to_string().into())),
        };
        let ask = Ask { pages: !post, body, bears: Bears::Refusal, ..Ask::new(post, path, api_version) };
        let reader = self.walk.reader(provider);
        match reader.ask(&ask) {
            Fetched::Pending => Looked::Pending,
            Fetched::Ready(Some(found)) => Looked::Found(found),
            Fetched::Ready(None) => Looked::Nothing,
            Fetched::Later => match reader.refused.take().first() {
                Some(why) => Looked::Refused(why.to_string()),
                None => Looked::Nothing,
            },
        }
    }

    /// The items of a list of each subscription in which one of these steps is; what may not be listed is told.
    fn listed<'s>(
        &self,
        steps: impl Iterator<Item = &'s Step<'s>>,
        (kind, api_version): (&str, &str),
        what: &str,
        findings: &mut Vec<Finding>,
    ) -> Vec<(String, Arc<Value>)> {
        let mut all = Vec::new();
        for (subscription, provider) in self.subscriptions(steps) {
            let path = format!("/subscriptions/{subscription}/providers/{kind}");
            match self.look(provider, path.trim_end_matches('/'), api_version, How::List) {
                Looked::Found(answer) => all.push((subscription, answer)),
                Looked::Refused(why) => findings.push(blind(what, &why)),
                Looked::Pending | Looked::Nothing => {}
            }
        }
        all
    }

    /// Each subscription in which one of these is, with the connection that leads there.
    fn subscriptions<'s>(
        &self,
        steps: impl Iterator<Item = &'s Step<'s>>,
    ) -> BTreeMap<String, &'s ProviderKey> {
        steps.filter_map(|s| Some((s.id.subscription()?.to_lowercase(), s.provider))).collect()
    }
}

/// How something is looked at.
enum How {
    List,
    /// A POST that changes nothing, with its body.
    Post(Json),
}

/// That something could not be looked at.
fn blind(what: &str, why: &str) -> Finding {
    Finding {
        code: "could-not-look",
        level: FindingLevel::Informs,
        addr: None,
        id: None,
        summary: format!("{what} could not be looked at"),
        detail: format!("The plan is made without it. Azure said: {why}"),
    }
}

/// The items of a list that was looked at.
fn items(answer: &Value) -> &[Value] {
    answer.get("value").and_then(Value::as_sequence).unwrap_or_default()
}

/// A part of a body, whatever its casing.
fn at<'v>(body: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(body, |value, name| {
        let entries = value.as_entries()?;
        entries.get(name).or_else(|| {
            entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    })
}

/// What is known and no secret of a value, as JSON; nulls are left out.
fn plain(value: &Value) -> Option<Json> {
    if value.marks.is_sensitive() {
        return None;
    }
    match &value.kind {
        Kind::Unknown(_) | Kind::Null(_) => None,
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
            Some(Json::Array(all.iter().filter_map(plain).collect()))
        }
        Kind::Map(_, all) | Kind::Object(all) => Some(Json::Object(
            all.iter()
                .filter_map(|(name, value)| Some((name.to_string(), plain(value)?)))
                .collect::<Map<_, _>>(),
        )),
        _ => value.to_json(),
    }
}
