//! What becomes of the arguments of a file: applied, planned again, changed one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bench::Bench;
use super::document::{Document, File, Mutation, Verdict};
use super::judge;
use super::stack::{Fault, faults};
use ringfence::catalog::{self, LookUp};
use ringfence::lang::Severity;
use ringfence::lang::schema::BlockSpec;
use ringfence::plan::model::ChangeAction;
use ringfence::plan::run::Planning;

/// A type and a dotted path in it.
pub type Argument = (String, String);

/// What became of the arguments of a file.
#[derive(Default)]
pub struct Seen {
    pub kinds: BTreeSet<String>,
    pub visited: BTreeSet<Argument>,
    pub failing: BTreeMap<Argument, String>,
    pub refused: BTreeMap<Argument, String>,
    pub left_out: BTreeMap<Argument, String>,
}

pub fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments")
}

pub fn read(name: &str) -> String {
    std::fs::read_to_string(here().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub fn schema(kind: &str) -> Arc<BlockSpec> {
    match catalog::resource(kind) {
        Some(LookUp::Arm(lens)) => lens.schema(4),
        _ => panic!("{kind} is no type in ARM"),
    }
}

/// The facts about azurerm's own schema, where they are.
pub fn facts() -> Option<serde_json::Value> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(root.join("facts/azurerm/azurerm-arguments.json")).ok();
    if text.is_none() {
        println!("skipped: no shared facts (facts/azurerm/azurerm-arguments.json)");
    }
    text.map(|t| serde_json::from_str(&t).unwrap())
}

/// Whether azurerm's schema says that a change makes the resource anew. That a block does says nothing of what is in it:
/// only its coming and going does.
fn force_new(facts: &serde_json::Value, kind: &str, path: &str) -> Option<bool> {
    let mut at = facts.get(kind)?;
    let (blocks, name) = path.rsplit_once('.').map_or(("", path), |(b, n)| (b, n));
    for block in blocks.split('.').filter(|b| !b.is_empty()) {
        at = at.get("blocks")?.get(block)?;
    }
    Some(at.get("args")?.get(name)?.get("force_new").is_some_and(|f| f == true))
}

/// Whether a block must be there where what is around it is.
fn is_required(spec: &BlockSpec, path: &str) -> bool {
    let (name, below) = path.split_once('.').map_or((path, None), |(n, b)| (n, Some(b)));
    let nested = spec.blocks.iter().find(|b| b.name == name);
    nested.is_some_and(|b| below.map_or(b.min > 0, |below| is_required(&b.block, below)))
}

/// What taking an optional block away means by azurerm's schema: what the service fills in stays, what cannot be changed
/// needs another resource, and so does a block that holds it; what must be written, alone or for want of another, stays.
/// That a block is filled in is in no schema that Terraform is told, only in azurerm's source, from which the table has it.
fn taken(facts: &serde_json::Value, kind: &str, path: &str, document: &BTreeSet<String>) -> Option<Verdict> {
    let within = |at, name: &str| block_of(at, name);
    let block = path.split('.').try_fold(facts.get(kind)?, within)?;
    let says = |flag: &str| block.get(flag).is_some_and(|f| f == true);
    let inside = format!("{path}.");
    let fixed = || document.iter().any(|p| p.starts_with(&inside) && force_new(facts, kind, p) == Some(true));
    if says("required") || is_one_of(facts.get(kind)?, path) {
        None
    } else if says("computed") || is_computed(&schema(kind), path) {
        Some(Verdict::Nothing)
    } else if says("force_new") || fixed() {
        Some(Verdict::Replace)
    } else {
        Some(Verdict::Update)
    }
}

fn block_of<'f>(at: &'f serde_json::Value, name: &str) -> Option<&'f serde_json::Value> {
    at.get("blocks")?.get(name)
}

/// Whether one of some arguments must be written, and this is among them.
fn is_one_of(at: &serde_json::Value, path: &str) -> bool {
    let parts = ["args", "blocks"].into_iter().filter_map(|part| at.get(part)?.as_object());
    parts.flat_map(|all| all.values()).any(|one| {
        let among = one.get("exactly_one_of").and_then(|all| all.as_array());
        among.is_some_and(|all| all.iter().any(|name| name == path))
    })
}

/// Whether the service fills in a block that is not written.
fn is_computed(spec: &BlockSpec, path: &str) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let nested = spec.blocks.iter().find(|b| b.name == name);
    nested.is_some_and(|n| rest.map_or(n.computed, |rest| is_computed(&n.block, rest)))
}

/// What is visited of a file.
pub struct Wanted<'w> {
    /// Of these types.
    pub of: &'w dyn Fn(&str) -> bool,
    /// Only changes of this argument, of what is in it and of what it is in.
    pub near: Option<&'w str>,
    /// No further than to the first that fails.
    pub stop: bool,
    /// The manners, by their seeds, in which the cloud answers once more where nothing may be planned.
    pub unruly: &'w [u64],
}

impl Wanted<'_> {
    /// Everything there is.
    pub const ALL: Wanted<'static> = Wanted { of: &|_| true, near: None, stop: false, unruly: &[] };

    fn is_near(&self, mutation: &Mutation) -> bool {
        let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        let near = |near: &str| mutation.paths.iter().any(|p| within(p, near) || within(near, p));
        self.near.is_none_or(near)
    }
}

/// Visits the arguments of one file.
pub async fn visit(name: &str, facts: Option<&serde_json::Value>, wanted: &Wanted<'_>) -> Seen {
    let of = wanted.of;
    let start = std::time::Instant::now();
    let (world, mut file) = (read("world.tf"), File::parse(name, &read(name)));
    file.documents.iter_mut().filter(|d| !of(&d.kind)).for_each(|d| d.mutations.clear());
    let mut silent = BTreeMap::new();
    for document in &mut file.documents {
        // Of a type beyond the facts nobody else says what taking a block away means.
        if facts.is_some_and(|f| f.get(&document.kind).is_none()) {
            let spec = schema(&document.kind);
            let optional = document.unmarked().filter(|path| !is_required(&spec, path));
            let why = "the facts do not hold the type: a mark must say what taking the block away does";
            silent.extend(optional.map(|path| ((document.kind.clone(), path.to_owned()), why.to_owned())));
        }
        let written = document.written.clone();
        document.judge_taken(|kind, path| facts.and_then(|f| taken(f, kind, path, &written)));
        document.mutations.retain(|m| wanted.is_near(m));
    }
    let documents: Vec<&Document> =
        file.documents.iter().filter(|d| d.refused.is_none() && of(&d.kind)).collect();
    let mut seen = Seen {
        kinds: file.documents.iter().map(|d| d.kind.clone()).collect(),
        failing: silent,
        left_out: file.left_out.iter().map(|(k, p, r)| ((k.clone(), p.clone()), r.clone())).collect(),
        ..Seen::default()
    };
    let mut bench = Bench::new().await;
    let text = format!("{world}{}", file.text(None));
    let addresses: Vec<&str> = documents.iter().map(|d| d.addr.as_str()).collect();
    if !addresses.is_empty() {
        let failed = bench.apply(&text, &addresses).await;
        let failed = lines(failed.iter().map(|(a, d)| format!("{a} {d}")));
        assert!(failed.is_empty(), "{name} is not applied:\n{failed}");
        let again = bench.plan(&text, &addresses).await;
        seen.failing.extend(unsettled(&again));
        for seed in wanted.unruly {
            bench.behave(Some(*seed));
            let again = bench.plan(&text, &addresses).await;
            seen.failing.extend(unsettled(&again));
        }
        if !wanted.unruly.is_empty() {
            bench.behave(None);
        }
    }
    let applied = start.elapsed();
    let rounds = documents.iter().map(|d| d.mutations.len()).max().unwrap_or_default();
    for round in 0..rounds {
        if wanted.stop && !seen.failing.is_empty() {
            return seen;
        }
        let changed: Vec<&Document> =
            documents.iter().copied().filter(|d| round < d.mutations.len()).collect();
        let addresses: Vec<&str> = changed.iter().map(|d| d.addr.as_str()).collect();
        let planning = bench.plan(&format!("{world}{}", file.text(Some(round))), &addresses).await;
        let found = faults(&planning.diagnostics);
        for document in changed {
            let mutation = &document.mutations[round];
            let result = outcome(document, mutation, &planning, &found);
            for path in &mutation.paths {
                let argument = (document.kind.clone(), path.clone());
                match &result {
                    Ok(()) => _ = seen.visited.insert(argument.clone()),
                    Err(why) => {
                        seen.failing.insert(argument.clone(), format!("{}: {why}", document.addr));
                    }
                }
                if let Some(true) = facts.and_then(|f| force_new(f, &document.kind, path))
                    && mutation.verdict == Verdict::Update
                    && !mutation.taken
                {
                    seen.failing.insert(argument, "azurerm makes it anew, the table does not".into());
                }
            }
        }
    }
    seen.visited.retain(|a| !seen.failing.contains_key(a));
    seen.refused = refusals(&mut bench, &world, &file, of).await;
    println!(
        "{name}: {} resources applied in {:.1} s, {rounds} rounds in {:.1} s",
        documents.len(),
        applied.as_secs_f64(),
        (start.elapsed() - applied).as_secs_f64()
    );
    seen
}

/// What the second plan would change.
fn unsettled(again: &Planning) -> BTreeMap<Argument, String> {
    let mut all = BTreeMap::new();
    for change in again.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp) {
        let addr = change.addr.to_string();
        let kind = change.addr.resource.ty.to_string();
        let mut paths = judge::changed(change, &BTreeSet::new());
        if paths.is_empty() {
            paths.insert("-".into());
        }
        for path in paths {
            let why = format!("{addr}: the second plan is not empty ({:?})", change.action);
            all.insert((kind.clone(), path), why);
        }
    }
    all
}

/// What the change of an argument must look like.
fn outcome(
    document: &Document,
    mutation: &Mutation,
    planning: &Planning,
    found: &[Fault],
) -> Result<(), String> {
    if let Some((_, detail)) = found.iter().find(|(addr, _)| *addr == document.addr) {
        return Err(detail.replace('\n', " "));
    }
    let change = planning.plan.changes.iter().find(|c| c.addr.to_string() == document.addr);
    let change = change.ok_or_else(|| "no such change".to_owned())?;
    let right = match mutation.verdict {
        Verdict::Nothing => change.action == ChangeAction::NoOp,
        Verdict::Update => change.action == ChangeAction::Update,
        Verdict::Replace => matches!(change.action, ChangeAction::Replace { .. }),
    };
    if !right {
        return Err(format!("{:?} instead of {:?}", change.action, mutation.verdict));
    }
    let changed = judge::changed(change, &document.written);
    if changed != mutation.paths && mutation.verdict != Verdict::Nothing {
        return Err(format!("the plan shows {changed:?}"));
    }
    Ok(())
}

/// (argument, reason) of what is refused.
async fn refusals(
    bench: &mut Bench,
    world: &str,
    file: &File,
    of: &dyn Fn(&str) -> bool,
) -> BTreeMap<Argument, String> {
    let mut all = BTreeMap::new();
    let documents =
        || file.documents.iter().filter(|d| of(&d.kind)).filter_map(|d| Some((d, d.refused.clone()?)));
    if documents().next().is_none() {
        return all;
    }
    let text: String = documents().map(|(d, _)| d.text(None)).collect();
    let addresses: Vec<&str> = documents().map(|(d, _)| d.addr.as_str()).collect();
    let planning = bench.plan(&format!("{world}{}{text}", file.text(None)), &addresses).await;
    for (document, path) in documents() {
        let name = path.rsplit('.').next().unwrap_or_default();
        let said = format!("`{name}` is not supported");
        let found = planning.diagnostics.0.iter().find(|d| {
            d.severity == Severity::Error
                && d.summary == said
                && d.address.as_deref() == Some(document.addr.as_str())
        });
        let found = found.unwrap_or_else(|| panic!("{} {path} is not refused", document.addr));
        assert!(found.detail.len() > 20, "{path} is refused without a reason");
        all.insert((document.kind.clone(), path), found.detail.replace('\n', " "));
    }
    all
}

pub fn lines(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().collect::<Vec<_>>().join("\n")
}
