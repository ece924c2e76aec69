//! The planner: rounds of evaluation over what has been read, until nothing is lacking.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;

use super::addr::{InstanceAddr, Mode, ModulePath};
use super::blocks;
use super::instance::{Planned, Work};
use super::live::{Answer, LiveCache, Needs, ProviderKey, ProviderNeed};
use super::model::{Change, ChangeAction, Drift, OutputChange, Plan, PlanMode};
use super::moves::{self, Moves};
use super::orphans::{self, Orphan};
use super::preflight;
use super::provisioners;
use super::removes;
use super::scope::ModuleScope;
use super::strangers;
use super::union;
use super::walk::{Inputs, Resources, Walk};
use crate::arm::id::ArmId;
use crate::catalog::{Need, ProviderConfig};
use crate::lang::{Diagnostic, Diagnostics, Kind, Marks, Value};

/// Who connects providers and reads.
#[async_trait(?Send)]
pub trait Fetch {
    /// Connects a provider: credential, cloud, principal.
    async fn connect(&self, need: &ProviderNeed) -> Result<ProviderConfig, Diagnostics>;
    /// Reads all at once, in whatever way is cheapest. Answers are in the order of the needs.
    async fn read(&self, reads: &[(ProviderKey, Need)]) -> Result<Vec<Answer>, Diagnostics>;
}

/// A finished plan with what apply needs.
#[derive(Debug, Default)]
pub struct Planning {
    /// What people see.
    pub plan: Plan,
    /// Every planned instance, unchanged ones and data sources too.
    pub instances: BTreeMap<InstanceAddr, Rc<Planned>>,
    /// Instances of the ledger that do not exist any more: they are forgotten when the plan is applied.
    pub gone: Vec<InstanceAddr>,
    /// Objects that unfinished replacements left, by address and key; none: gone already.
    pub deposed: Vec<(InstanceAddr, String, Option<Rc<Planned>>)>,
    /// What moved to another address.
    pub moves: Moves,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Planning {
    /// The secret texts of what is there, and of what would be sent: what is written and never kept is in no attribute.
    pub fn secrets(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for change in &self.plan.changes {
            for value in change.before.iter().chain(&change.after) {
                secret_texts(value, false, &mut all);
            }
        }
        for planned in self.instances.values() {
            match &planned.work {
                Work::Arm(work) => {
                    work.claims.iter().for_each(|c| secret_texts(&c.claim.body, false, &mut all))
                }
                Work::Local(work) => work.planned.iter().for_each(|v| secret_texts(v, false, &mut all)),
                Work::Data => {}
            }
        }
        all
    }
}

fn secret_texts(value: &Value, inside: bool, all: &mut BTreeSet<String>) {
    let secret = inside || value.marks.is_sensitive();
    match &value.kind {
        Kind::String(text) if secret && !text.is_empty() => _ = all.insert(text.to_string()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            items.iter().for_each(|v| secret_texts(v, secret, all));
        }
        Kind::Map(_, items) | Kind::Object(items) => {
            items.values().for_each(|v| secret_texts(v, secret, all));
        }
        _ => {}
    }
}

/// The most rounds before something is taken to be wrong with us: each round reads what the one before asked for.
const ROUNDS: usize = 40;

/// Plans. Errors are in the answer; `Err` is for what stops planning itself (no credential, no connection).
pub async fn plan(
    inputs: &Inputs<'_>,
    cache: &mut LiveCache,
    fetch: &dyn Fetch,
) -> Result<Planning, Diagnostics> {
    let mut wrong = removes::judge(inputs.config);
    wrong.extend(provisioners::judge_kinds(inputs.config));
    if wrong.has_errors() {
        return Err(wrong);
    }
    let moves = Moves::of(inputs.config, inputs.ledger);
    moves.left_out(inputs.options)?;
    let refused = moves.refused(inputs.config);
    if refused.has_errors() {
        return Err(refused);
    }
    let ledger = moves.carried(inputs.ledger, inputs.sealer);
    let inputs = &Inputs { ledger: &ledger, timestamp: inputs.timestamp.clone(), ..*inputs };
    for _ in 0..ROUNDS {
        let (mut planning, needs) = round(inputs, cache, &moves)?;
        if needs.is_empty() {
            if !planning.diagnostics.has_errors() {
                let forgotten = planning
                    .plan
                    .changes
                    .iter()
                    .filter(|c| c.action == ChangeAction::Forget)
                    .map(|c| &c.addr);
                planning.diagnostics.extend(removes::warning(forgotten));
                planning.diagnostics.extend(moves.warning());
                planning.diagnostics.extend(keyless_replacements(inputs, &planning));
            }
            planning.moves = moves;
            return Ok(planning);
        }
        // What was planned without knowing all goes before more is read.
        drop(planning);
        satisfy(needs, cache, fetch).await?;
    }
    Err(Diagnostic::error(
        "Planning does not come to an end",
        "Every round of reading asked for more to be read. This is a defect of Ringfence: please report it with the configuration.",
    )
    .into())
}

/// What `-replace` asks of a repeated block without saying of which instance.
fn keyless_replacements(inputs: &Inputs<'_>, planning: &Planning) -> Vec<Diagnostic> {
    let asked = inputs.options.replace.iter().filter(|a| a.key.is_none());
    let warnings = asked.filter_map(|asked| {
        let all = planning.instances.keys();
        let keyed = all.filter(|a| a.resource == asked.resource && a.key.is_some());
        let flags: Vec<String> = keyed.map(|a| format!("  -replace={:?}", a.to_string())).collect();
        let how = match flags.len() {
            0 => return None,
            1 => "To force replacement of the single declared instance, use the following option instead:",
            _ => "To force replacement of particular instances, use one or more of the following options instead:",
        };
        let detail = format!(
            "Your force-replace request for {asked} doesn't match any resource instances because it lacks an instance \
             key.\n\n{how}\n{}",
            flags.join("\n")
        );
        Some(Diagnostic::warning("Incompletely-matched force-replace resource instance", detail))
    });
    warnings.collect()
}

/// Connects the providers that a round lacked. The errors are of all that could not be.
pub async fn connect(
    needs: &Needs,
    fetch: &dyn Fetch,
) -> Result<Vec<(ProviderKey, ProviderConfig)>, Diagnostics> {
    let mut wrong = Diagnostics::default();
    let mut all = Vec::new();
    for need in &needs.providers {
        if let Some(config) = wrong.take(fetch.connect(need).await) {
            all.push((need.key.clone(), config));
        }
    }
    if wrong.has_errors() { Err(wrong) } else { Ok(all) }
}

/// Reads what a round lacked.
pub async fn satisfy(mut needs: Needs, cache: &mut LiveCache, fetch: &dyn Fetch) -> Result<(), Diagnostics> {
    for (key, config) in connect(&needs, fetch).await? {
        cache.put_provider(key, config);
    }
    needs.admit(|key| cache.provider(key).is_some());
    let answers = if needs.reads.is_empty() { Vec::new() } else { fetch.read(&needs.reads).await? };
    for ((_, need), answer) in needs.reads.into_iter().zip(answers) {
        cache.note(need, answer);
    }
    cache.wanted.extend(needs.wanted);
    cache.forced.extend(needs.forced);
    if let Some(claimed) = needs.claimed {
        cache.claimed = claimed;
    }
    Ok(())
}

/// One round: everything is evaluated over what has been read so far.
fn round(inputs: &Inputs<'_>, cache: &LiveCache, moves: &Moves) -> Result<(Planning, Needs), Diagnostics> {
    let mut walk = Walk::new(inputs, cache, Resources::Planned);
    walk.moves = Some(moves);
    let walk = walk;
    let options = inputs.options;
    if let Some(scope) = walk.scope(&ModulePath::root()) {
        judge_variables(&walk, &scope);
    }
    if options.mode != PlanMode::Destroy {
        for path in walk.module_instances() {
            let Some(scope) = walk.scope(&path) else { continue };
            drive(&walk, &scope);
        }
    }
    if options.mode == PlanMode::Normal && options.targets.is_empty() {
        super::imports::judge(&walk);
    }
    let orphans = orphans::plan(&walk);
    let mut planning = Planning::default();
    let mut drift = Vec::new();
    for (addr, orphan) in orphans {
        match orphan {
            Orphan::Goes(planned) => {
                planning.instances.insert(addr, planned);
            }
            Orphan::Gone(gone) => {
                drift.extend(gone.map(|d| *d));
                planning.gone.push(addr);
            }
        }
    }
    planning.deposed = orphans::deposed(&walk);
    leave_out(&walk);
    let outputs = outputs(&walk);
    let mut reads = walk.reads.take();
    reads.retain(|r| r.failed || walk.planned.borrow().contains_key(&r.addr));
    planning.instances.append(&mut walk.planned.borrow_mut());
    let claimed = union::claimed(&planning.instances);
    if claimed != cache.claimed {
        walk.needs.borrow_mut().claimed = Some(claimed);
    }
    // What is replaced only as long as something is lacking forces nothing: that would be kept.
    let whole = walk.needs.borrow().is_empty();
    if whole {
        force_inside(&planning.instances, &walk);
    }
    let strangers = strangers::judge(&planning.instances, &walk);
    let mut plan = Plan {
        mode: options.mode,
        outputs,
        reads,
        targeted: !options.targets.is_empty(),
        timestamp: inputs.timestamp.clone(),
        ..Plan::default()
    };
    for planned in planning.instances.values() {
        plan.findings.extend(planned.findings.iter().cloned());
        drift.extend(planned.drift.iter().cloned());
        let data = planned.change.addr.resource.mode == Mode::Data;
        if !data || planned.change.action == ChangeAction::Read {
            plan.changes.push(planned.change.clone());
        }
    }
    plan.findings.extend(strangers);
    let changes = planning.instances.values().map(|p| &p.change);
    plan.findings.extend(provisioners::findings(inputs.config, changes));
    plan.changes.extend(planning.deposed.iter().filter_map(|(.., p)| Some(p.as_ref()?.change.clone())));
    plan.changes.sort_by(|a, b| a.addr.cmp(&b.addr));
    if options.mode == PlanMode::RefreshOnly {
        let seen: HashSet<&InstanceAddr> = drift.iter().map(|d: &Drift| &d.addr).collect();
        let unseen = plan.changes.iter().filter(|c| !seen.contains(&c.addr));
        let moved: Vec<Drift> = unseen.filter_map(moved).collect();
        drift.extend(moved);
        plan.changes.clear();
    }
    if options.no_refresh {
        drift.clear();
    }
    drift.sort_by(|a, b| a.addr.cmp(&b.addr));
    plan.drift = drift;
    walk.report(union::conflicts(&planning.instances));
    plan.checks = super::checks::of(&walk);
    if walk.needs.borrow().is_empty() && walk.errors() == 0 && options.mode != PlanMode::RefreshOnly {
        plan.findings.extend(preflight::judge(&planning.instances, &walk));
    }
    let needs = walk.needs.take();
    if needs.is_empty() {
        // A wrong move may well be why other things are wrong: it is told alone.
        let wrong = moves::judge(&walk);
        if wrong.has_errors() {
            return Err(wrong);
        }
    }
    planning.diagnostics = std::mem::take(&mut *walk.diagnostics.borrow_mut());
    plan.errored = planning.diagnostics.has_errors();
    planning.plan = plan;
    Ok((planning, needs))
}

/// An object at its new address, as it is.
fn moved(change: &Change) -> Option<Drift> {
    Some(Drift {
        addr: change.addr.clone(),
        previous_addr: Some(change.previous_addr.clone()?),
        provider: change.provider.clone(),
        schema: change.schema.clone(),
        before: change.before.clone()?,
        after: change.before.clone(),
        relevant: false,
    })
}

/// Plans the blocks of a module instance that are asked for; what they refer to is planned with them.
fn drive<'a>(walk: &Walk<'a>, scope: &ModuleScope<'_, 'a>) {
    let targets = &walk.inputs.options.targets;
    if targets.is_empty() {
        for name in scope.module.variables.keys() {
            walk.variable(scope, name);
        }
        for name in scope.module.locals.keys() {
            walk.local_of(scope, name);
        }
    }
    for resource in scope.module.resources.values() {
        let addr = super::walk::address(resource, &scope.path);
        if !targets.is_empty() && !targets.iter().any(|t| t.touches(&addr)) {
            continue;
        }
        walk.block(scope, resource);
    }
    if targets.is_empty() {
        for name in scope.module.outputs.keys().filter(|_| !scope.path.is_root()) {
            walk.output(&scope.path, name);
        }
        for check in scope.module.checks.values() {
            super::conditions::judge_check(walk, scope, check);
        }
    }
}

/// Takes back what was planned although no target asks for it: other instances of a targeted block.
fn leave_out(walk: &Walk<'_>) {
    let targets = &walk.inputs.options.targets;
    if targets.is_empty() {
        return;
    }
    let mut planned = walk.planned.borrow_mut();
    let covered = |addr: &InstanceAddr| targets.iter().any(|t| t.covers(addr));
    let waits = blocks::waits(walk.inputs.config);
    let asked: BTreeSet<_> = planned.keys().filter(|a| covered(a)).map(|a| a.resource.written()).collect();
    let below = asked.iter().flat_map(|block| waits.get(block).cloned().unwrap_or_default());
    let needed = blocks::with_all_below(&waits, below);
    planned.retain(|addr, _| covered(addr) || needed.contains(&addr.resource.written()));
}

/// Judges the rules of the root module's variables.
pub(super) fn judge_variables<'a>(walk: &Walk<'a>, scope: &ModuleScope<'_, 'a>) {
    for variable in scope.module.variables.values() {
        let Some(value) = walk.inputs.variables.get(&variable.name) else { continue };
        for rule in &variable.validations {
            super::conditions::judge_variable(walk, scope, variable, rule, value, None);
        }
    }
}

/// The outputs that are made of nothing but what is planned, where targets leave out the rest.
fn planned_outputs(walk: &Walk<'_>) -> BTreeSet<Arc<str>> {
    let planned: BTreeSet<_> = walk.planned.borrow().keys().map(|a| a.resource.written()).collect();
    let all = blocks::outputs(walk.inputs.config).into_iter();
    all.filter(|(_, of)| !of.is_empty() && of.is_subset(&planned)).map(|(name, _)| name).collect()
}

fn outputs(walk: &Walk<'_>) -> BTreeMap<Arc<str>, OutputChange> {
    let inputs = walk.inputs;
    let mut all = BTreeMap::new();
    for (name, record) in &inputs.ledger.outputs {
        let before = record.value.take(inputs.sealer);
        let sensitive = record.sensitive;
        all.insert(Arc::from(name.as_str()), OutputChange { before, after: None, sensitive, flips: false });
    }
    let targeted = !inputs.options.targets.is_empty();
    if inputs.options.mode == PlanMode::Destroy {
        return if targeted { BTreeMap::new() } else { all };
    }
    let known = targeted.then(|| planned_outputs(walk));
    if let Some(known) = &known {
        all.retain(|name, _| known.contains(name));
    }
    for (name, output) in &inputs.config.root.outputs {
        if known.as_ref().is_some_and(|known| !known.contains(name)) {
            continue;
        }
        let value = walk.output(&ModulePath::root(), name);
        let Some(value) = value.filter(|v| !v.deep_marks().is_broken()) else {
            // Nobody knows what becomes of it.
            all.remove(name);
            continue;
        };
        let new = || OutputChange { before: None, after: None, sensitive: output.sensitive, flips: false };
        let entry = all.entry(name.clone()).or_insert_with(new);
        entry.flips = entry.sensitive != output.sensitive;
        entry.sensitive |= output.sensitive;
        entry.after = Some(value);
        if entry.sensitive {
            entry.before = entry.before.take().map(|b| b.marked(&Marks::sensitive()));
        }
    }
    all
}

/// Notes existing instances that live inside something that is replaced: they are replaced with it.
fn force_inside(instances: &BTreeMap<InstanceAddr, Rc<Planned>>, walk: &Walk<'_>) {
    let primary = |p: &Planned| -> Option<ArmId> {
        let Work::Arm(work) = &p.work else { return None };
        let document = work.record.as_ref()?.documents.first()?;
        ArmId::parse(&document.id).ok()
    };
    let replaced: HashMap<ArmId, &InstanceAddr> = instances
        .iter()
        .filter(|(_, p)| matches!(p.change.action, ChangeAction::Replace { .. }))
        .filter(|(_, p)| matches!(&p.work, Work::Arm(w) if w.prior.first().is_some_and(|c| c.claim.owns)))
        .filter_map(|(addr, p)| Some((primary(p)?, addr)))
        .collect();
    if replaced.is_empty() {
        return;
    }
    for (addr, planned) in instances {
        if !matches!(planned.change.action, ChangeAction::NoOp | ChangeAction::Update) {
            continue;
        }
        let Some(id) = primary(planned) else { continue };
        // What only claims a part of the replaced object claims it anew.
        let part = matches!(&planned.work, Work::Arm(w) if w.prior.first().is_some_and(|c| !c.claim.owns));
        let mut above = part.then(|| id.clone()).into_iter().chain(id.ancestors());
        let outer = above.find_map(|id| replaced.get(&id));
        if let Some(outer) = outer.filter(|_| !walk.cache.forced.contains_key(addr)) {
            walk.needs.borrow_mut().forced.insert(addr.clone(), outer.to_string());
        }
    }
}
