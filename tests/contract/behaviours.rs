//! Every behaviour of ARM that the facts number has a test named after it, or a reason why not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::official;

/// Behaviours without a test, and why.
const WITHOUT: &[(&str, &str)] = &[];

/// At least so many behaviours have a test.
const TESTED: usize = 98;

#[test]
fn every_behaviour_has_a_test_named_after_it() {
    let Some(facts) = official::facts() else { return };
    let text = std::fs::read_to_string(facts.join("behaviour.md")).unwrap();
    let listed = Regex::new(r"(?m)^- \*\*([A-Z]+-\d\d)\b").unwrap();
    let listed: BTreeSet<String> = listed.captures_iter(&text).map(|c| c[1].to_owned()).collect();
    let (tests, mut wrong) = named_tests();
    let reasons: BTreeMap<&str, &str> = WITHOUT.iter().copied().collect();
    for (id, where_) in &tests {
        if !listed.contains(id) {
            wrong.push(format!("{id} of {} is no behaviour", where_.join(", ")));
        }
        if reasons.contains_key(id.as_str()) {
            wrong.push(format!("{id} has a test and a reason for none"));
        }
    }
    let tested = listed.iter().filter(|id| tests.contains_key(*id)).count();
    println!("behaviours: {tested} of {} have a test named after them", listed.len());
    for id in listed.iter().filter(|id| !tests.contains_key(*id)) {
        match reasons.get(id.as_str()) {
            Some(reason) => println!("behaviours: {id} has none: {reason}"),
            None => wrong.push(format!("{id} has neither a test nor a reason")),
        }
    }
    wrong
        .extend(reasons.keys().filter(|id| !listed.contains(**id)).map(|id| format!("{id} is no behaviour")));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tested >= TESTED, "{tested}");
}

/// The tests of the sources that are named after a behaviour, as `LRO-04` -> places, and what only looks like one.
fn named_tests() -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = Regex::new(r"(?m)^\s*(?:async )?fn ([a-z]{2,4})_(\d\d)_\w+\(").unwrap();
    let (mut tests, mut wrong) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    for file in ["src", "tests"].into_iter().flat_map(|folder| sources(&root.join(folder))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(root).unwrap().display();
        for found in name.captures_iter(&text) {
            let start = found.get(0).map_or(0, |m| m.start());
            let above = text[..start].trim_end().lines().next_back().unwrap_or_default().trim();
            let place = format!("{shown}:{}", text[..start].matches('\n').count() + 1);
            if above.starts_with("#[") && above.contains("test") {
                let id = format!("{}-{}", found[1].to_uppercase(), &found[2]);
                tests.entry(id).or_default().push(place);
            } else {
                wrong.push(format!("{place} is named after a behaviour and is no test"));
            }
        }
    }
    (tests, wrong)
}

/// The source files in a folder and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
