//! A secret in every sensitive place must be nowhere but in Azure.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;

/// What no file and no terminal may show.
pub const SECRET: &str = "c4nary-0f-the+stack/hush";

/// Fails if a text holds the secret, plain or encoded.
pub fn not_in(what: &str, text: &str) {
    let base64 = base64::engine::general_purpose::STANDARD.encode(SECRET);
    let url = SECRET.replace('+', "%2B").replace('/', "%2F");
    for form in [SECRET, &base64, &url] {
        assert!(!text.contains(form), "{what} shows the secret");
    }
}

fn ringfence(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["TF_", "ARM_", "RINGFENCE_"].iter().any(|p| text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
    command.env("TF_VAR_secret", SECRET);
    command.current_dir(dir).args(args).args(["-cloud=local", "-no-color"]).output().unwrap()
}

#[test]
fn secrets_are_in_no_file_and_on_no_terminal() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.tf"), super::STACK).unwrap();
    let mut shown = String::new();
    for words in [
        &["plan", "-clock=x600", "-input=false", "-out=saved.plan"][..],
        &["apply", "-clock=x600", "-input=false", "saved.plan"],
        &["plan", "-clock=x600", "-input=false", "-json"],
        &["show"],
        &["show", "-json"],
        &["state", "show", "azapi_resource.secret"],
        &["state", "show", "azapi_resource_action.rotate"],
        &["output"],
    ] {
        let output = ringfence(dir.path(), words);
        let texts = [&output.stdout, &output.stderr].map(|t| String::from_utf8_lossy(t).into_owned());
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", texts[1]);
        not_in(&words.join(" "), &texts.concat());
        shown.push_str(&texts.concat());
    }
    // The first key of the storage account, which an output holds, is as secret.
    let key = ringfence(dir.path(), &["output", "-raw", "first_key"]).stdout;
    let key = String::from_utf8(key).unwrap();
    assert!(key.len() > 40);
    assert!(shown.contains("azapi_resource_action.rotate"));
    let ledger = std::fs::read_to_string(dir.path().join(".ringfence/local.ledger.json")).unwrap();
    let saved = String::from_utf8_lossy(&std::fs::read(dir.path().join("saved.plan")).unwrap()).into_owned();
    for (what, text) in [("the ledger", &ledger), ("the saved plan", &saved)] {
        not_in(what, text);
        assert!(!text.contains(&key), "{what} shows a key");
    }
}
