use std::io;
use std::path::Path;

use super::*;
use crate::config::{Files, LoadOptions, load};
use crate::ledger::Record;

struct Text(&'static [(&'static str, String)]);

impl Files for Text {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let own = |p: &&Path| p.parent() == Some(dir.strip_prefix(".").unwrap_or(dir));
        let names = self.0.iter().map(|(p, _)| Path::new(*p)).filter(own);
        Ok(names.filter_map(|p| p.file_name()?.to_str().map(str::to_string)).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = path.strip_prefix(".").unwrap_or(path);
        let found = self.0.iter().find(|(p, _)| Path::new(p) == path);
        found.map(|(_, t)| t.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn moved(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(from, to)| format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")).collect()
}

fn config(root: String, child: &str) -> Config {
    let files: &'static [(&'static str, String)] =
        Box::leak(Box::new([("main.tf", root), ("m/main.tf", child.to_string())]));
    let (config, found) = load(Path::new("."), &LoadOptions { files: &Text(files) });
    assert!(!found.has_errors(), "{found:?}");
    config
}

fn ledger(addresses: &[&str]) -> Ledger {
    let mut ledger = Ledger::new();
    for addr in addresses {
        ledger.instances.insert((*addr).into(), Record::default().into());
    }
    ledger
}

/// The addresses of the ledger after the moves.
fn after(config: &Config, known: &[&str]) -> Vec<String> {
    let ledger = ledger(known);
    Moves::of(config, &ledger)
        .carried(&ledger, &Sealer::new(None, std::path::Path::new("")))
        .instances
        .keys()
        .cloned()
        .collect()
}

#[test]
fn resources_move_with_their_keys_and_instances_alone() {
    let whole = config(moved(&[("a_b.x", "a_b.y")]), "");
    assert_eq!(after(&whole, &["a_b.x[0]", "a_b.x[1]", "a_b.z"]), ["a_b.y[0]", "a_b.y[1]", "a_b.z"]);
    let keyed = config(moved(&[("a_b.x", "a_b.x[\"k\"]")]), "");
    assert_eq!(after(&keyed, &["a_b.x"]), ["a_b.x[\"k\"]"]);
    assert_eq!(after(&keyed, &["a_b.x[1]"]), ["a_b.x[1]"]);
}

#[test]
fn chains_are_followed_whatever_their_order_and_circles_move_nothing() {
    let chain = config(moved(&[("a_b.y", "a_b.z"), ("a_b.x", "a_b.y")]), "");
    assert_eq!(after(&chain, &["a_b.x"]), ["a_b.z"]);
    let ledger = ledger(&["a_b.x"]);
    let previous = |to: &str| {
        let moves = Moves::of(&chain, &ledger);
        moves.previous(&InstanceAddr::parse(to).unwrap()).map(ToString::to_string)
    };
    assert_eq!(previous("a_b.z").as_deref(), Some("a_b.x"));
    assert_eq!(previous("a_b.y"), None);
    let circle = config(moved(&[("a_b.x", "a_b.y"), ("a_b.y", "a_b.x")]), "");
    assert_eq!(after(&circle, &["a_b.x"]), ["a_b.x"]);
}

#[test]
fn modules_move_with_everything_in_them() {
    let call = "module \"m\" {\n  source = \"./m\"\n}\n".to_string();
    let index = config(call.clone() + &moved(&[("module.m", "module.m[0]")]), "");
    let below = ["module.m.a_b.x[2]", "module.m.module.n[\"k\"].a_b.y"];
    assert_eq!(after(&index, &below), ["module.m[0].a_b.x[2]", "module.m[0].module.n[\"k\"].a_b.y"]);
    let renamed = config(call.clone() + &moved(&[("module.o", "module.m")]), "");
    assert_eq!(after(&renamed, &["module.o[\"k\"].a_b.x"]), ["module.m[\"k\"].a_b.x"]);
    // What a module says moves in each of its instances, after the module itself.
    let inside = config(call + &moved(&[("module.o", "module.m")]), &moved(&[("a_b.x", "a_b.y")]));
    assert_eq!(after(&inside, &["module.o[\"k\"].a_b.x"]), ["module.m[\"k\"].a_b.y"]);
    let out = config(moved(&[("module.q[\"k\"].a_b.x", "a_b.x")]), "");
    assert_eq!(after(&out, &["module.q[\"k\"].a_b.x", "module.q.a_b.x"]), ["a_b.x", "module.q.a_b.x"]);
}

#[test]
fn count_comes_and_goes_without_a_block() {
    let counted = config("resource \"a_b\" \"x\" {\n  count = 2\n}\n".into(), "");
    assert_eq!(after(&counted, &["a_b.x"]), ["a_b.x[0]"]);
    let single = config("resource \"a_b\" \"x\" {\n}\n".into(), "");
    assert_eq!(after(&single, &["a_b.x[0]", "a_b.x[1]"]), ["a_b.x", "a_b.x[1]"]);
    let other = "resource \"a_b\" \"x\" {\n}\n".to_string() + &moved(&[("a_b.x[1]", "a_b.x")]);
    assert_eq!(after(&config(other, ""), &["a_b.x[0]", "a_b.x[1]"]), ["a_b.x", "a_b.x[0]"]);
}

#[test]
fn what_is_in_the_way_stays_and_is_told() {
    let config = config(moved(&[("a_b.x", "a_b.y")]), "");
    let ledger = ledger(&["a_b.x", "a_b.y"]);
    let moves = Moves::of(&config, &ledger);
    assert!(moves.is_empty());
    assert!(moves.warning().unwrap().detail.contains("- a_b.x could not move to a_b.y\n"));
}

#[test]
fn what_others_recorded_follows() {
    let config = config(moved(&[("a_b.x", "a_b.y")]), "");
    let mut ledger = ledger(&["a_b.x", "a_b.z"]);
    if let Some(record) = ledger.instances.get_mut("a_b.z") {
        Arc::make_mut(record).depends_on = vec!["a_b.x".into()];
    }
    let carried = Moves::of(&config, &ledger)
        .carried(&ledger, &Sealer::new(None, std::path::Path::new("")))
        .into_owned();
    assert_eq!(carried.instances["a_b.z"].depends_on, ["a_b.y"]);
}

#[test]
fn a_target_must_cover_both_ends() {
    let config = config(moved(&[("a_b.x", "a_b.y")]), "");
    let moves = Moves::of(&config, &ledger(&["a_b.x"]));
    let options = |all: &[&str]| PlanOptions {
        targets: all.iter().map(|t| crate::plan::addr::Partial::parse(t).unwrap()).collect(),
        ..PlanOptions::default()
    };
    assert!(moves.left_out(&options(&[])).is_ok());
    assert!(moves.left_out(&options(&["a_b.x", "a_b.y"])).is_ok());
    let said = moves.left_out(&options(&["a_b.y"])).unwrap_err();
    assert!(said.0[0].detail.contains("options:\n  -target=\"a_b.x\"\n\n"), "{said:?}");
}
