//! The law of the second plan: whatever is written is planned once. Random configurations of every azurerm type (arguments
//! left out, other legal values, any order, other letters) are applied to a local cloud that answers unlike what it was told
//! (`Options::unruly`); then
//!
//! * the plan is empty, whether it is read by GETs or by lists;
//! * after one random change the plan is exactly that argument of that resource, made anew where the table says so;
//! * and the plan after that is empty again.
//!
//! `RINGFENCE_LAW_CASES=2000` takes so many cases, `RINGFENCE_TEST_SEED=…` other ones; `RINGFENCE_LAW_CASE=17` takes one of
//! them, `RINGFENCE_LAW_TYPES=azurerm_subnet,…` only cases of these types. A case that fails says how it is repeated, and is
//! written with as little as it needs to fail.

mod bench;
#[path = "../support/dice.rs"]
mod dice;
mod draft;
#[path = "../arguments/judge.rs"]
mod judge;
mod law;
mod refused;
#[path = "../support/stack.rs"]
mod stack;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use bench::World;
use dice::Dice;
use law::{Broken, Case, Seen};
use ringfence::catalog;
use table::{Document, File};

/// Cases of a run that says nothing of how many.
const CASES: u64 = 100;

fn env<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|n| n.ends_with(".tf") && n != "world.tf" && n != "refused.tf");
    names.sort();
    names.iter().map(|n| File::parse(n, &std::fs::read_to_string(folder.join(n)).unwrap())).collect()
}

/// What a run found.
#[derive(Default)]
struct Found {
    written: BTreeSet<(String, String)>,
    changed: BTreeSet<(String, String)>,
    refused: BTreeMap<(String, String), usize>,
    given_up: usize,
    /// Cases in which no change of one argument was legal.
    unchanged: usize,
    broken: Vec<String>,
    /// How often each type had its turn.
    turns: BTreeMap<String, usize>,
}

impl Found {
    fn add(&mut self, seen: Seen) {
        self.written.extend(seen.written);
        self.changed.extend(seen.changed);
        self.given_up += usize::from(seen.given_up);
        self.unchanged += usize::from(!seen.given_up && !seen.judged);
        for one in seen.refused {
            *self.refused.entry(one).or_default() += 1;
        }
    }
}

#[test]
fn the_second_plan_is_empty() {
    let seed: u64 = env("RINGFENCE_TEST_SEED").unwrap_or(1);
    let cases: u64 = env("RINGFENCE_LAW_CASES").unwrap_or(CASES);
    let one: Option<u64> = env("RINGFENCE_LAW_CASE");
    let kinds: Option<String> = env("RINGFENCE_LAW_TYPES");
    let files = files();
    let documents: Vec<(&File, &Document)> = files
        .iter()
        .flat_map(|f| f.documents.iter().filter(|d| d.marked).map(move |d| (f, d)))
        .filter(|(_, d)| kinds.as_ref().is_none_or(|k| k.split(',').any(|k| k == d.kind)))
        .collect();
    println!("RINGFENCE_TEST_SEED={seed}, {} resources to choose from", documents.len());
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments/world.tf"))
            .unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let base = runtime().block_on(World::new(&text));
    let all: Vec<u64> = one.map_or_else(|| (0..cases).collect(), |case| vec![case]);
    let begun = Instant::now();
    let (next, found) = (Mutex::new(all.into_iter()), Mutex::new(Found::default()));
    let work = || {
        let runtime = runtime();
        loop {
            let Some(number) = next.lock().unwrap().next() else { return };
            if number > 0 && number.is_multiple_of(100) {
                println!("{number} cases after {} s", begun.elapsed().as_secs());
            }
            let mut dice = Dice::of(seed, number);
            // Every resource has its turn.
            let mut turn: Vec<usize> = (0..documents.len()).collect();
            Dice::of(seed, u64::MAX - number / documents.len() as u64).shuffle(&mut turn);
            let (file, document) = documents[turn[number as usize % documents.len()]];
            *found.lock().unwrap().turns.entry(document.kind.clone()).or_default() += 1;
            let mut case = Case::roll(file, document, &mut dice);
            match runtime.block_on(case.judge(&base, &text, &mut dice)) {
                Ok(seen) => found.lock().unwrap().add(seen),
                Err(wrong) => {
                    let small = runtime.block_on(case.shrink(wrong.law, &base, &text));
                    let said = failure(seed, number, &wrong, &small);
                    println!("{said}");
                    found.lock().unwrap().broken.push(said);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    report(found.into_inner().unwrap(), one.is_none() && kinds.is_none());
}

fn failure(seed: u64, number: u64, wrong: &Broken, small: &Case<'_>) -> String {
    format!(
        "case {number} breaks the law `{}`:\n{}\nRINGFENCE_TEST_SEED={seed} RINGFENCE_LAW_CASE={number} cargo test --test laws\n{}",
        wrong.law,
        wrong.how,
        small.told()
    )
}

fn report(found: Found, whole: bool) {
    let kinds: BTreeSet<&str> = found.written.iter().map(|(kind, _)| kind.as_str()).collect();
    let all: Vec<&str> =
        catalog::resource_names().into_iter().filter(|n| n.starts_with("azurerm_")).collect();
    let (right, wrong): (Vec<_>, Vec<_>) =
        found.refused.iter().partition(|((kind, why), _)| refused::is_right(kind, why));
    for ((kind, why), times) in &wrong {
        println!("refused {times} times: {kind}: {}", why.replace('\n', " "));
    }
    println!(
        "visited: {} of {} types, {} arguments written, {} changed; {} configurations rightly refused, {} cases given up, {} without a change, {} broken",
        kinds.len(),
        all.len(),
        found.written.len(),
        found.changed.len(),
        right.iter().map(|(_, times)| **times).sum::<usize>(),
        found.given_up,
        found.unchanged,
        found.broken.len()
    );
    let missing = all.into_iter().filter(|n| whole && !kinds.contains(n));
    let (silent, waiting): (Vec<&str>, Vec<&str>) = missing.partition(|n| found.turns.contains_key(*n));
    if !waiting.is_empty() {
        println!("not visited, their turn comes in a longer run: {}", waiting.join(" "));
    }
    for kind in &silent {
        println!("not visited: {kind}: none of its {} cases was applied", found.turns[*kind]);
    }
    assert!(
        found.broken.is_empty(),
        "{} cases break a law:\n{}",
        found.broken.len(),
        found.broken.join("\n\n")
    );
    // Once may be bad luck.
    let never: Vec<&&str> = silent.iter().filter(|kind| found.turns[**kind] > 3).collect();
    assert!(never.is_empty(), "of {never:?} nothing is ever legal");
    assert!(wrong.is_empty(), "{} refusals that no row of `refused.rs` says to be right", wrong.len());
}
