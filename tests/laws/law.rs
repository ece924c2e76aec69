//! One case: what is written, applied, planned again, changed.

use std::collections::BTreeSet;

use ringfence::arm::Prefer;
use ringfence::lang::Value;
use ringfence::plan::addr::InstanceAddr;
use ringfence::plan::instance::Work;
use ringfence::plan::model::{ChangeAction, FindingLevel};
use ringfence::plan::paths;
use ringfence::plan::run::Planning;

use super::bench::{Applied, Bench, World};
use super::dice::Dice;
use super::draft::{Deviation, Draft, deviations};
use super::judge;
use super::stack::{Fault, faults};
use super::table::{Document, File, Verdict, blocks};

/// The most attempts at finding something that is legal.
const ATTEMPTS: usize = 12;

/// The most attempts at writing a case that breaks a law with less.
const SHRINKS: usize = 40;

/// What a case is made of: everything follows from it.
#[derive(Clone)]
pub struct Case<'t> {
    pub file: &'t File,
    /// The first is the one that is changed.
    pub drafts: Vec<Draft<'t>>,
    pub change: Option<Deviation>,
    /// How the cloud answers.
    pub manner: u64,
}

/// What was seen in a case that held.
#[derive(Default)]
pub struct Seen {
    /// (type, argument)
    pub written: BTreeSet<(String, String)>,
    pub changed: BTreeSet<(String, String)>,
    /// What the cloud refused of what the catalog took: type and words.
    pub refused: Vec<(String, String)>,
    /// It was not found out what is legal.
    pub given_up: bool,
    /// A change was planned, and judged.
    pub judged: bool,
}

/// A law that does not hold.
#[derive(Debug)]
pub struct Broken {
    /// Which.
    pub law: &'static str,
    pub how: String,
}

fn broken(law: &'static str, how: impl Into<String>) -> Broken {
    Broken { law, how: how.into() }
}

impl<'t> Case<'t> {
    /// A case with this document, and maybe others of its file.
    pub fn roll(file: &'t File, document: &'t Document, dice: &mut Dice) -> Case<'t> {
        let mut documents = vec![document];
        let others: Vec<&Document> =
            file.documents.iter().filter(|d| d.marked && d.addr != document.addr).collect();
        for _ in 0..dice.below(3) {
            documents
                .extend(dice.one(&others).filter(|d| !documents.iter().any(|k| k.addr == d.addr)).copied());
        }
        let drafts: Vec<Draft<'t>> = documents.into_iter().map(|d| roll(d, dice)).collect();
        let mut case = Case { file, drafts, change: None, manner: dice.next() };
        case.change = change(&case.drafts[0], dice);
        case
    }

    /// The text of these drafts with all that they are made of, and the addresses of theirs.
    fn text(&self, world: &str) -> (String, Vec<&'t str>) {
        let mut kept: String = self.drafts.iter().map(|d| d.text().0).collect();
        let mut open = blocks(world);
        open.extend(blocks(&self.file.other));
        let others =
            self.file.documents.iter().filter(|o| self.drafts.iter().all(|d| d.document.addr != o.addr));
        open.extend(others.map(|document| {
            let plain = Draft { document, deviations: Vec::new(), order: None };
            (Some(document.addr.clone()), plain.text().0)
        }));
        loop {
            let named = |addr: &Option<String>| addr.as_ref().is_none_or(|a| kept.contains(a.as_str()));
            let (used, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|(addr, _)| named(addr));
            open = rest;
            if used.is_empty() {
                break;
            }
            used.into_iter().for_each(|(_, text)| kept.push_str(&text));
        }
        (kept, self.drafts.iter().map(|d| d.document.addr.as_str()).collect())
    }

    /// What is written otherwise, for people.
    pub fn told(&self) -> String {
        let mut text: String = self.drafts.iter().map(|d| d.text().0).collect();
        if let Some(change) = &self.change {
            let edits: Vec<&str> =
                change.edits.iter().map(|(_, t)| t.as_deref().unwrap_or("(gone)")).collect();
            text.push_str(&format!(
                "\nchanged: {} of {} to {}\n",
                list(&change.paths),
                self.drafts[0].document.addr,
                edits.join(" | ")
            ));
        }
        text
    }

    /// Takes half of what deviates away from the documents at fault.
    fn soften(&mut self, found: &[Fault], dice: &mut Dice) -> bool {
        let at_fault = |d: &Draft<'_>| {
            found.iter().any(|(addr, _)| *addr == d.document.addr) && !d.deviations.is_empty()
        };
        let any = self.drafts.iter().any(at_fault);
        let mut softer = false;
        for draft in self.drafts.iter_mut().filter(|d| !any || at_fault(d)) {
            let keep = draft.deviations.len() / 2;
            softer |= !draft.deviations.is_empty();
            dice.shuffle(&mut draft.deviations);
            draft.deviations.truncate(keep);
        }
        softer
    }

    /// Whether the laws hold. What is not legal is made legal first: `self` is what was judged.
    pub async fn judge(&mut self, base: &World, world: &str, dice: &mut Dice) -> Result<Seen, Broken> {
        let mut seen = Seen::default();
        let mut bench = Bench::over(base, self.manner).await;
        let mut settled = false;
        for _ in 0..ATTEMPTS {
            let (text, addresses) = self.text(world);
            let found = match bench.apply(&text, &addresses).await {
                Applied::Done => {
                    settled = true;
                    break;
                }
                Applied::NotPlanned(found) => found,
                Applied::Refused(found) => {
                    seen.refused.extend(found.iter().map(|(addr, why)| (kind(addr), why.clone())));
                    bench = Bench::over(base, self.manner).await;
                    found
                }
            };
            if !self.soften(&found, dice) {
                return Err(broken("what the table says is legal", format!("{found:#?}")));
            }
        }
        if !settled {
            return Ok(Seen { given_up: true, ..seen });
        }
        let (text, addresses) = self.text(world);
        for prefer in [Prefer::Gets, Prefer::Lists] {
            let law = match prefer {
                Prefer::Lists => "the second plan is empty, read by lists",
                _ => "the second plan is empty",
            };
            empty(law, &bench.plan(&text, &addresses, prefer).await)?;
        }
        for draft in &self.drafts {
            seen.written.extend(draft.text().1.into_iter().map(|path| (draft.document.kind.clone(), path)));
        }
        // Of the change, too, it must be found out whether it is legal.
        for _ in 0..ATTEMPTS {
            self.change = self.change.take().or_else(|| change(&self.drafts[0], dice));
            let Some(change) = &self.change else { break };
            let same = change.same || self.drafts[0].says_the_same(change);
            let wanted = &Deviation { same, ..change.clone() };
            let mut after = self.clone();
            after.write(wanted);
            let (text, addresses) = after.text(world);
            let Ok(planning) = bench.planned(&text, &addresses).await else {
                self.change = None;
                continue;
            };
            let written = after.drafts[0].text().1.union(&self.drafts[0].text().1).cloned().collect();
            exact(&after, wanted, &planning, &written)?;
            seen.judged = true;
            // What is planned and known to be refused is not tried.
            if planning.plan.findings.iter().any(|f| f.level == FindingLevel::Blocks) {
                break;
            }
            match bench.carry_out(&text, &addresses, &planning).await {
                Applied::Done => {}
                Applied::NotPlanned(found) | Applied::Refused(found) => {
                    seen.refused.extend(
                        found.iter().map(|(addr, why)| {
                            (kind(addr), format!("changed {}: {why}", list(&wanted.paths)))
                        }),
                    );
                    break;
                }
            }
            empty("the plan after a change is empty", &bench.plan(&text, &addresses, Prefer::Fewest).await)?;
            let kind = &self.drafts[0].document.kind;
            seen.changed.extend(wanted.paths.iter().map(|path| (kind.clone(), path.clone())));
            break;
        }
        Ok(seen)
    }

    /// Writes the first document otherwise.
    fn write(&mut self, wanted: &Deviation) {
        let first = &mut self.drafts[0];
        first.deviations.retain(|d| !d.edits.iter().any(|(at, _)| wanted.edits.iter().any(|(w, _)| w == at)));
        first.deviations.push(wanted.clone());
    }

    /// Leaves away whatever does not matter for a law being broken.
    pub async fn shrink(mut self, law: &str, base: &World, world: &str) -> Case<'t> {
        let (mut smaller, mut left) = (true, SHRINKS);
        while smaller && left > 0 {
            smaller = false;
            let mut tries: Vec<Case<'t>> = Vec::new();
            for at in 1..self.drafts.len() {
                let mut one = self.clone();
                one.drafts.remove(at);
                tries.push(one);
            }
            for (at, draft) in self.drafts.iter().enumerate() {
                for gone in 0..draft.deviations.len() {
                    let mut one = self.clone();
                    one.drafts[at].deviations.remove(gone);
                    tries.push(one);
                }
                if draft.order.is_some() {
                    let mut one = self.clone();
                    one.drafts[at].order = None;
                    tries.push(one);
                }
            }
            for one in tries.into_iter().take(left) {
                left -= 1;
                let mut judged = one.clone();
                let result = judged.judge(base, world, &mut Dice::of(1, 1)).await;
                if result.is_err_and(|b| b.law == law) {
                    self = judged;
                    smaller = true;
                    break;
                }
            }
        }
        self
    }
}

fn kind(addr: &str) -> String {
    addr.split('.').next().unwrap_or_default().to_owned()
}

fn list(paths: &BTreeSet<String>) -> String {
    paths.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn roll<'t>(document: &'t Document, dice: &mut Dice) -> Draft<'t> {
    let mut draft = Draft { document, deviations: Vec::new(), order: dice.percent(80).then(|| dice.next()) };
    let much = [5, 15, 35][dice.below(3)];
    let mut all = deviations(document, dice);
    dice.shuffle(&mut all);
    for one in all {
        if dice.percent(much) && draft.free(&one) {
            draft.deviations.push(one);
        }
    }
    draft
}

/// A random change of one argument, with what the plan must say.
fn change(draft: &Draft<'_>, dice: &mut Dice) -> Option<Deviation> {
    let now = draft.text().0;
    let mut all = deviations(draft.document, dice);
    // In other letters is what is written now, not what was written before.
    all.retain(|one| draft.touches(one) && if one.same { draft.free(one) } else { one.verdict.is_some() });
    dice.shuffle(&mut all);
    let gone = |one: &Deviation| {
        draft
            .deviations
            .iter()
            .flat_map(|d| &d.edits)
            .any(|(at, text)| text.is_none() && one.edits.iter().any(|(w, _)| w == at))
    };
    all.into_iter().filter(|one| !gone(one)).find(|one| {
        let mut after = draft.clone();
        after.deviations.retain(|d| !d.edits.iter().any(|(at, _)| one.edits.iter().any(|(w, _)| w == at)));
        after.deviations.push(one.clone());
        // What was written otherwise must not come back by this.
        let same = draft.deviations.iter().all(|d| {
            d.edits.iter().all(|(at, _)| one.edits.iter().any(|(w, _)| w == at))
                || d.edits.iter().all(|(at, _)| one.edits.iter().all(|(w, _)| w != at))
        });
        same && after.text().0 != now
    })
}

/// Nothing is planned, and nothing was changed outside.
fn empty(law: &'static str, planning: &Planning) -> Result<(), Broken> {
    let found = faults(&planning.diagnostics);
    if !found.is_empty() {
        return Err(broken(law, format!("{found:#?}")));
    }
    let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    let told: Vec<String> = changes
        .map(|c| {
            let paths = list(&judge::changed(c, &BTreeSet::new()));
            format!("{}: {:?} of {paths} ({})", c.addr, c.action, differences(planning, &c.addr))
        })
        .collect();
    if !told.is_empty() {
        return Err(broken(law, told.join("\n")));
    }
    let drift: Vec<String> = planning.plan.drift.iter().map(|d| d.addr.to_string()).collect();
    match drift.is_empty() {
        true => Ok(()),
        false => Err(broken(law, format!("changed outside: {}", drift.join(", ")))),
    }
}

/// Where the documents of an instance differ from what is wanted.
fn differences(planning: &Planning, addr: &InstanceAddr) -> String {
    let Some(Work::Arm(work)) = planning.instances.get(addr).map(|p| &p.work) else { return String::new() };
    let all = work.claims.iter().flat_map(|c| c.differences.iter().map(|d| (&c.claim.key, d)));
    let told = all.map(|(key, d)| {
        let plain = |v: &Value| v.unmarked_deep().to_json().unwrap_or_default();
        let live = d.live.as_ref().map(plain).unwrap_or_default();
        format!("{key} {}: {live} is not {}", paths::text(&d.path), plain(&d.want))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// The plan says that this argument of the first document changes, and nothing else does but what is made of it.
fn exact(
    after: &Case<'_>,
    wanted: &Deviation,
    planning: &Planning,
    written: &BTreeSet<String>,
) -> Result<(), Broken> {
    let law = "one change is planned as it is";
    let own = &after.drafts[0].document.addr;
    let Some(change) = planning.plan.changes.iter().find(|c| c.addr.to_string() == *own) else {
        return Err(broken(law, format!("{own} is not in the plan")));
    };
    let replaced = matches!(change.action, ChangeAction::Replace { .. });
    let right = match wanted.verdict.filter(|_| !wanted.same) {
        None => change.action == ChangeAction::NoOp,
        Some(_) if wanted.by_value && replaced => true,
        Some(Verdict::Update) => change.action == ChangeAction::Update,
        Some(Verdict::Replace) => replaced,
    };
    let changed = judge::changed(change, written);
    let (told, why) = (list(&changed), differences(planning, &change.addr));
    if !right {
        let should = if wanted.same { "nothing".to_owned() } else { format!("{:?}", wanted.verdict) };
        return Err(broken(law, format!("{own}: {:?} of {told} instead of {should} ({why})", change.action)));
    }
    if changed != wanted.paths && !wanted.same {
        return Err(broken(law, format!("{own}: {told} instead of {} ({why})", list(&wanted.paths))));
    }
    // What it names now may have to be made first.
    let named = |addr: &str| wanted.edits.iter().any(|(_, t)| t.as_ref().is_some_and(|t| t.contains(addr)));
    for other in
        planning.plan.changes.iter().filter(|c| c.addr.to_string() != *own && c.action != ChangeAction::NoOp)
    {
        let made = other.action == ChangeAction::Create && named(&other.addr.resource.to_string());
        if !replaced && !made {
            let paths = list(&judge::changed(other, &BTreeSet::new()));
            return Err(broken(law, format!("{}: {:?} of {paths}, too", other.addr, other.action)));
        }
    }
    Ok(())
}
