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
#[path = "../support/stack.rs"]
mod stack;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use ringfence::catalog;
use ringfence::lang::schema::BlockSpec;
use visit::{Argument, Seen, Wanted, facts, here, lines, schema, visit};

/// The most that may be refused, of a hundred arguments; of a block everything in it counts.
const REFUSED: usize = 5;

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
            let one = runtime.block_on(visit(&name, facts.as_ref(), &Wanted::ALL));
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
