//! A finding that blocks, as the program tells it.

#[path = "../support/mod.rs"]
mod support;

use std::process::Output;

fn ringfence(dir: &std::path::Path, args: &[&str]) -> Output {
    support::program(dir).args(args).output().unwrap()
}

#[test]
fn a_blocking_finding_fails_plan_and_apply_and_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let main = dir.path().join("main.tf");
    std::fs::write(&main, super::STACK).unwrap();
    let common = ["-cloud=local", "-clock=x600", "-no-color", "-input=false"];
    let run = |words: &[&str]| ringfence(dir.path(), &[words, &common].concat());
    let applied = run(&["apply", "-auto-approve"]);
    assert_eq!(applied.status.code(), Some(0), "{}", support::told(&applied));

    std::fs::write(&main, super::changed("\"AllowOnlyApprovedOutbound\"", "\"Disabled\"")).unwrap();
    let ledger = || std::fs::read(dir.path().join(".ringfence/local.ledger.json")).unwrap();
    let before = ledger();
    for words in [
        &["plan", "-findings=found.json"][..],
        &["plan", "-detailed-exitcode"],
        &["apply", "-auto-approve", "-findings=found.json"],
    ] {
        let _ = std::fs::remove_file(dir.path().join("found.json"));
        let output = run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let told = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("The plan cannot be applied as it is"), "{told}");
        assert!(told.contains("isolation of a managed network cannot be loosened"), "{told}");
        if words.contains(&"-findings=found.json") {
            let text = std::fs::read_to_string(dir.path().join("found.json")).unwrap();
            let found: serde_json::Value = serde_json::from_str(&text).unwrap();
            let codes: Vec<_> = found["findings"].as_array().unwrap().iter().map(|f| &f["code"]).collect();
            assert!(codes.contains(&&serde_json::json!("one-way-change")), "{text}");
        }
    }
    let output = run(&["plan", "-json"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let found: Vec<_> = messages.iter().filter(|m| m["type"] == "finding").collect();
    assert_eq!(found.len(), 1, "{lines}");
    assert!(found[0].to_string().contains("one-way-change"));
    assert_eq!(ledger(), before);
}
