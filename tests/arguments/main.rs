//! Every argument of every azurerm type: written, applied on the local cloud, planned again without a change, changed,
//! and the plan shows exactly that argument.
//!
//! The files `*.tf` beside this one are the table; a new file needs no code. `world.tf` is what the others stand on:
//! each stands on it alone, in a local cloud of its own. In a resource, every argument and brace has a line of its own:
//!
//! * `name = value # -> other`: changed to another value in place. Without another value a bool is turned round and
//!   anything else is left out, as with `-`.
//! * `name = value # => other`: the same, and the change makes the resource anew.
//! * `@word` at the end of such lines: they change together, because Azure takes them only together.
//! * `name = value # -- reason`: written and kept, but there is no second legal value.
//! * A line without a mark is written but not visited.
//!
//! `# refused: path` above a resource: that argument of it is refused, and so the resource. `# left out: type path
//! reason` between resources: what cannot even be written.
//!
//! Every optional block is taken away, too: what the service fills in stays as it is, all else is reset, or the resource
//! is made anew, as azurerm's schema has it. A mark says it otherwise (`name { # =>`), or why a block cannot be taken
//! away alone (`name { # ! reason`). A resource with `count` is for others to stand on and keeps its blocks.
//! Of a type that the shared facts do not hold, every optional block needs its mark.
//!
//! A resource without marks is only there for others.
//!
//! `RINGFENCE_ARGUMENTS=data,network` visits only those files.

mod bench;
mod document;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bench::{Bench, Fault, faults};
use document::{Document, File, Mutation, Verdict};
use ringfence::catalog::{self, LookUp};
use ringfence::lang::Severity;
use ringfence::lang::schema::BlockSpec;
use ringfence::plan::model::ChangeAction;
use ringfence::plan::run::Planning;

/// The most that may be refused, of a hundred arguments; of a block everything in it counts.
const REFUSED: usize = 5;

/// A type and a dotted path in it.
type Argument = (String, String);

/// What became of the arguments of a file.
#[derive(Default)]
struct Seen {
    kinds: BTreeSet<String>,
    visited: BTreeSet<Argument>,
    failing: BTreeMap<Argument, String>,
    refused: BTreeMap<Argument, String>,
    left_out: BTreeMap<Argument, String>,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(here().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The names of the files that are asked for, the largest first, and whether that is all.
fn files() -> (Vec<String>, bool) {
    let asked = std::env::var("RINGFENCE_ARGUMENTS").ok();
    let asked: Option<Vec<&str>> = asked.as_deref().map(|a| a.split(',').collect());
    let all = std::fs::read_dir(here()).unwrap().map(|e| e.unwrap());
    let mut all: Vec<(u64, String)> = all
        .map(|e| (e.metadata().unwrap().len(), e.file_name().into_string().unwrap()))
        .filter(|(_, n)| n.ends_with(".tf") && n != "world.tf")
        .filter(|(_, n)| asked.as_ref().is_none_or(|a| a.contains(&n.trim_end_matches(".tf"))))
        .collect();
    all.sort();
    (all.into_iter().rev().map(|(_, n)| n).collect(), asked.is_none())
}

/// Every argument below a block: the leaves, and blocks that hold none.
fn arguments(spec: &BlockSpec, prefix: &str, all: &mut BTreeSet<String>) {
    all.extend(spec.attributes.iter().filter(|a| a.is_argument()).map(|a| format!("{prefix}{}", a.name)));
    for nested in spec.blocks.iter().filter(|b| !prefix.is_empty() || b.name != "timeouts") {
        arguments(&nested.block, &format!("{prefix}{}.", nested.name), all);
    }
}

fn schema(kind: &str) -> Arc<BlockSpec> {
    match catalog::resource(kind) {
        Some(LookUp::Arm(lens)) => lens.schema(4),
        _ => panic!("{kind} is no type in ARM"),
    }
}

/// The facts about azurerm's own schema, where they are.
fn facts() -> Option<serde_json::Value> {
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

#[test]
fn every_argument_is_written_kept_and_changed() {
    let (names, whole) = files();
    let facts = facts();
    let todo = Mutex::new(names.into_iter().rev().collect::<Vec<_>>());
    let seen = Mutex::new(Seen::default());
    let work = || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        loop {
            let Some(name) = todo.lock().unwrap().pop() else { return };
            let one = runtime.block_on(visit(&name, facts.as_ref()));
            let mut all = seen.lock().unwrap();
            all.kinds.extend(one.kinds);
            all.visited.extend(one.visited);
            all.failing.extend(one.failing);
            all.refused.extend(one.refused);
            all.left_out.extend(one.left_out);
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    report(seen.into_inner().unwrap(), whole);
}

/// Visits the arguments of one file.
async fn visit(name: &str, facts: Option<&serde_json::Value>) -> Seen {
    let start = std::time::Instant::now();
    let (world, mut file) = (read("world.tf"), File::parse(name, &read(name)));
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
    }
    let documents: Vec<&Document> = file.documents.iter().filter(|d| d.refused.is_none()).collect();
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
    }
    let applied = start.elapsed();
    let rounds = documents.iter().map(|d| d.mutations.len()).max().unwrap_or_default();
    for round in 0..rounds {
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
    seen.refused = refusals(&mut bench, &world, &file).await;
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
async fn refusals(bench: &mut Bench, world: &str, file: &File) -> BTreeMap<Argument, String> {
    let mut all = BTreeMap::new();
    let documents = || file.documents.iter().filter_map(|d| Some((d, d.refused.clone()?)));
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

fn lines(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().collect::<Vec<_>>().join("\n")
}

/// Whether an argument is one of a table's, or in a block that is.
fn covers(all: &BTreeMap<Argument, String>, (kind, path): &Argument) -> bool {
    all.keys().any(|(k, p)| k == kind && (p == path || path.starts_with(&format!("{p}."))))
}

fn report(seen: Seen, whole: bool) {
    let Seen { kinds, visited, failing, refused, left_out } = seen;
    let mut wrong = Vec::new();
    let mut totals = [0; 5];
    println!(
        "{:60} {:>9} {:>7} {:>7} {:>7} {:>8}",
        "type", "arguments", "visited", "refused", "failing", "left out"
    );
    let mut names = catalog::resource_names();
    // Of one file, a type that it only needs is visited elsewhere.
    let all = || visited.iter().chain(failing.keys()).chain(refused.keys()).chain(left_out.keys());
    let looked_at: BTreeSet<&str> = all().map(|(kind, _)| kind.as_str()).collect();
    names.retain(|n| n.starts_with("azurerm_") && (whole || looked_at.contains(n)));
    names.sort_unstable();
    for kind in names {
        if !kinds.contains(kind) {
            wrong.push(format!("{kind} is in no file of tests/arguments"));
            continue;
        }
        let mut all = BTreeSet::new();
        arguments(&schema(kind), "", &mut all);
        let mut counts = [all.len(), 0, 0, 0, 0];
        for path in all {
            let argument = (kind.to_owned(), path);
            let slot = if failing.contains_key(&argument) {
                3
            } else if visited.contains(&argument) {
                1
            } else if covers(&refused, &argument) {
                2
            } else if left_out.contains_key(&argument) {
                4
            } else {
                wrong
                    .push(format!("{} {}: neither visited nor refused nor left out", argument.0, argument.1));
                continue;
            };
            counts[slot] += 1;
            if slot != 4 && left_out.contains_key(&argument) {
                wrong.push(format!("{} {}: left out, and visited", argument.0, argument.1));
            }
        }
        let [all, seen, no, bad, out] = counts;
        println!("{kind:60} {all:>9} {seen:>7} {no:>7} {bad:>7} {out:>8}");
        totals.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
    }
    let [all, seen, no, bad, out] = totals;
    println!("{:60} {all:>9} {seen:>7} {no:>7} {bad:>7} {out:>8}", "total");
    for (argument, why) in &failing {
        wrong.push(format!("{} {} fails: {why}", argument.0, argument.1));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), lines(wrong));
    if !whole {
        return;
    }
    println!(
        "{} types, {all} arguments: {seen} visited, {no} refused ({} names), {out} left out:",
        kinds.len(),
        refused.len()
    );
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    left_out.values().for_each(|reason| *reasons.entry(reason.as_str()).or_default() += 1);
    reasons.iter().for_each(|(reason, count)| println!("{count:>5} {reason}"));
    assert!(no * 100 <= REFUSED * all, "{no} of {all} arguments are refused");
    let page = page(&refused);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/refused-arguments.md");
    if std::env::var_os("RINGFENCE_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, page, "docs/refused-arguments.md is not up to date: RINGFENCE_WRITE_DOCS=1 writes it");
}

/// The page about what is refused.
fn page(refused: &BTreeMap<Argument, String>) -> String {
    let mut page = String::from(
        "# Arguments that are refused\n\nAll other arguments of the built-in `azurerm_*` types, as of azurerm 4.81, are mapped. These are refused by name,\nwith the reason, before anything is changed. A block is refused with all that is in it. The test `arguments` writes\nthis page from what the program says.\n\n| type | argument | reason |\n| --- | --- | --- |\n",
    );
    for ((kind, path), why) in refused {
        page.push_str(&format!("| `{kind}` | `{path}` | {why} |\n"));
    }
    page
}
