//! Changes that must be noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::judges::verdict;
use super::{Change, Kind, Site, restore, sites};

#[path = "../../../tests/support/dice.rs"]
mod dice;

/// A change of a place, with who must notice it.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "azurerm_public_ip.allocation_method",
        "`properties.publicIPAllocationMethod` is `properties.publicIPAllocationMethods`",
        "official types",
    ),
    ("azurerm_public_ip.ip_version", "without `IPv6`", "azurerm's arguments"),
    ("azurerm_public_ip.idle_timeout_in_minutes", "default 4 is 5", "azurerm's arguments"),
    ("azurerm_public_ip.sku_tier", "force-new is false", "azurerm's arguments"),
    ("azurerm_key_vault.purge_protection_enabled", "sent inverted", "azurerm against ARM"),
    ("azurerm_key_vault.purge_protection_enabled", "sent also when Unless(Bool(false))", "local cloud"),
];

#[test]
fn a_change_is_noticed_by_whom_it_concerns() {
    if crate::arm::test_support::facts().is_none() {
        return println!("skipped: no shared facts");
    }
    let all = sites();
    for (place, says, judge) in KNOWN {
        let of = || all.iter().filter(|s| s.place == *place).flat_map(|s| &s.changes);
        let change = of().find(|c| c.says == *says).unwrap_or_else(|| {
            panic!("{place}: {:?}", of().map(|c| c.says.as_str()).collect::<Vec<_>>());
        });
        (change.install)();
        let found = verdict();
        restore();
        let (who, said) = found.unwrap_or_else(|| panic!("{place}: {says}: nobody notices"));
        assert_eq!(who, *judge, "{place}: {says}: {said}");
    }
    assert!(super::super::azurerm::tests::mutants::all_are_looked_at());
}

#[test]
fn nothing_changed_is_noticed_by_nobody() {
    super::super::azurerm::tests::mutants::look_at(vec!["azurerm_public_ip"]);
    let found = verdict();
    restore();
    assert_eq!(found, None);
}

/// A number of the environment.
fn given(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|e| panic!("{name}: {e}")))
}

/// One change of the sample, and what became of it.
struct Drawn<'s> {
    site: &'s Site,
    change: &'s Change,
    verdict: Option<(&'static str, String)>,
}

/// As many of each kind, each at another place, every place of the kind as likely as any other.
fn draw(all: &[Site], count: usize) -> Vec<(&Site, &Change)> {
    let mut dice = dice::Dice::new();
    eprintln!("RINGFENCE_TEST_SEED={}", dice.0);
    let mut drawn = Vec::new();
    for (i, kind) in Kind::ALL.into_iter().enumerate() {
        let mut left: Vec<&Site> = all.iter().filter(|s| s.kind == kind).collect();
        let share = (count * (i + 1)) / Kind::ALL.len() - (count * i) / Kind::ALL.len();
        for _ in 0..share.min(left.len()) {
            let site = left.swap_remove(dice.within(0..left.len()));
            drawn.push((site, &site.changes[dice.within(0..site.changes.len())]));
        }
    }
    drawn
}

/// `scripts/mutation` runs it: what it finds goes to standard error.
#[test]
#[ignore = "takes minutes: scripts/mutation"]
fn seeded_changes_are_noticed() {
    assert!(crate::arm::test_support::facts().is_some(), "without the shared facts there is no judge");
    // What judges say when they notice is kept, not shown.
    std::panic::set_hook(Box::new(|_| {}));
    let all = sites();
    for kind in Kind::ALL {
        let places = all.iter().filter(|s| s.kind == kind);
        let changes: usize = places.clone().map(|s| s.changes.len()).sum();
        eprintln!("{:>15}: {} places, {changes} possible changes", kind.name(), places.count());
    }
    let sample = draw(&all, given("RINGFENCE_MUTANTS").unwrap_or(200));
    let only: Option<Vec<usize>> = std::env::var("RINGFENCE_MUTANT")
        .ok()
        .map(|text| text.split(',').map(|n| n.parse().unwrap_or_else(|e| panic!("{n}: {e}"))).collect());
    let next = AtomicUsize::new(0);
    let judged: Mutex<BTreeMap<usize, Drawn<'_>>> = Mutex::default();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((site, change)) = sample.get(at).copied() else { return };
            if only.as_ref().is_some_and(|only| !only.contains(&(at + 1))) {
                continue;
            }
            (change.install)();
            let same = super::super::arm::tests::mutants::is_the_same();
            restore();
            let why = same.then_some("another row says the same of the path, or of what it stands in");
            if let Some(why) = change.nothing.or(why) {
                eprintln!(
                    "{:>3} {} {}: {}: changes nothing: {why}",
                    at + 1,
                    site.kind.name(),
                    site.place,
                    change.says
                );
                continue;
            }
            let start = std::time::Instant::now();
            (change.install)();
            let verdict = verdict();
            restore();
            let (who, said) = verdict.clone().unwrap_or(("NOBODY", String::new()));
            let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let said: String = said.chars().take(if only.is_some() { 2_000 } else { 160 }).collect();
            eprintln!(
                "{:>3} {} {}: {}: {who} ({:.1} s) {said}",
                at + 1,
                site.kind.name(),
                site.place,
                change.says,
                start.elapsed().as_secs_f64()
            );
            judged.lock().unwrap().insert(at + 1, Drawn { site, change, verdict });
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // The walk of a plan goes deep.
            std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap();
        }
    });
    let judged = judged.into_inner().unwrap();
    report(&judged);
    let caught = judged.values().filter(|d| d.verdict.is_some()).count();
    assert!(caught * 100 >= judged.len() * 95, "{caught} of {} are noticed", judged.len());
}

fn report(judged: &BTreeMap<usize, Drawn<'_>>) {
    let who = |d: &Drawn<'_>| d.verdict.as_ref().map_or("nobody", |(who, _)| who);
    let judges: BTreeSet<&str> = judged.values().map(who).collect();
    eprint!("\n{:28}", "noticed by");
    Kind::ALL.iter().for_each(|kind| eprint!("{:>16}", kind.name()));
    eprintln!("{:>8}", "all");
    for judge in judges {
        eprint!("{judge:28}");
        let of = || judged.values().filter(|d| who(d) == judge);
        for kind in Kind::ALL {
            eprint!("{:>16}", of().filter(|d| d.site.kind == kind).count());
        }
        eprintln!("{:>8}", of().count());
    }
    let survivors = judged.iter().filter(|(_, d)| d.verdict.is_none());
    eprintln!("\n{} of {} survive:", survivors.clone().count(), judged.len());
    for (number, d) in survivors {
        eprintln!("{number:>3} {} {}: {}", d.site.kind.name(), d.site.place, d.change.says);
    }
}
