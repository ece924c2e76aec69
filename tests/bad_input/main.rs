//! Bad input at the command line: every mistake that a newcomer makes has a diagnostic with a place and a hint, exit code 1,
//! soon, and nothing is changed.
//!
//! The program talks to a local cloud in a process of its own, whose request log is the witness that nothing was changed.

mod cases;
#[path = "../support/cloud.rs"]
mod cloud;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use cases::Case;
use cloud::Cloud;

/// The longest that a run may take.
const SOON: Duration = Duration::from_secs(15);

/// The program where no `az` is found.
fn clean(dir: &Path) -> Command {
    let mut command = support::program(dir);
    command.env("PATH", "/nonexistent");
    command
}

/// Every file below a folder with its content.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.insert(path.clone(), Vec::new());
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    all
}

fn write(dir: &Path, (name, text): &(&str, String)) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What a run said, with everything that differs from run to run replaced.
fn told(output: &Output, cloud: &Cloud) -> String {
    let text = support::told(output);
    // Why a host is not reached is said by the system.
    let cause = regex::Regex::new("cannot be reached: .*").unwrap();
    let text = cause.replace_all(&text, "cannot be reached: <cause>");
    text.replace(cloud.says("subscriptionId"), "<subscription>").replace(cloud.says("endpoint"), "<endpoint>")
}

fn judge(case: &Case, cloud: &Cloud) {
    let dir = tempfile::tempdir().unwrap();
    case.files.iter().for_each(|file| write(dir.path(), file));
    let before = files(dir.path());
    let mut transcript = String::new();
    for words in [&["plan", "-input=false"][..], &["apply", "-auto-approve", "-input=false"]] {
        let mut command = clean(dir.path());
        if case.connected {
            command.envs(cloud.env());
        }
        command.envs(case.env.iter().copied());
        let begun = Instant::now();
        let output = command.args(words).output().unwrap();
        let took = begun.elapsed();
        assert!(took < SOON, "{}: {words:?} took {took:?}", case.name);
        assert_eq!(output.status.code(), Some(1), "{}: {words:?}\n{}", case.name, told(&output, cloud));
        transcript.push_str(&format!("$ ringfence {}\n{}\n", words.join(" "), told(&output, cloud)));
    }
    insta::assert_snapshot!(case.name, transcript);
    let mut after = files(dir.path());
    // Who plans holds the lock, whose file stays.
    after.remove(&dir.path().join("ringfence.ledger.json.lock"));
    let new: Vec<_> = after.iter().filter(|(path, text)| before.get(*path) != Some(text)).collect();
    assert!(new.is_empty() && after.len() == before.len(), "{}: changed {new:?}", case.name);
}

#[test]
fn a_mistake_is_told_with_place_and_hint_and_changes_nothing() {
    let mut log = PathBuf::new();
    let cloud = Cloud::start("-clock=instant", |path| log = path.to_path_buf());
    for case in cases::all() {
        judge(&case, &cloud);
    }
    let log = std::fs::read_to_string(log).unwrap();
    let requests: Vec<String> = log.lines().map(cloud::request).collect();
    let changing: Vec<_> = requests.iter().filter(|r| cloud::changes(r)).collect();
    assert!(changing.is_empty(), "{changing:#?}");
    assert!(requests.iter().any(|r| r.contains("/oauth2/")), "the cloud was not asked at all: {requests:#?}");
}

#[test]
fn what_azure_refuses_during_apply_is_told_at_its_block() {
    let dir = tempfile::tempdir().unwrap();
    cases::refused_by_azure().iter().for_each(|file| write(dir.path(), file));
    let mut apply = clean(dir.path());
    let output = apply
        .args(["apply", "-auto-approve", "-input=false", "-cloud=local", "-clock=instant"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let request = regex::Regex::new("Request id: .*|/subscriptions/[0-9a-f-]{36}").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    insta::assert_snapshot!("refused_during_apply", request.replace_all(&said, "<changing>"));
}
