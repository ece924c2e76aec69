//! Bad input at the command line: every mistake that a newcomer makes has a diagnostic with a place and a hint, exit code 1,
//! soon, and nothing is changed.
//!
//! The program talks to a local cloud in a process of its own, whose request log is the witness that nothing was changed.

mod cases;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cases::Case;

/// The longest that a run may take.
const SOON: Duration = Duration::from_secs(15);

/// A local cloud that other programs talk to; it ends with this value.
struct Cloud {
    child: Child,
    folder: tempfile::TempDir,
    said: serde_json::Value,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Cloud {
    fn start() -> Cloud {
        let folder = tempfile::tempdir().unwrap();
        let mut child = clean(folder.path())
            .args(["cloud", "serve", "-clock=instant", "-log=log", "-ca-out=ca.pem"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Cloud { child, folder, said: serde_json::from_str(&line).unwrap() }
    }

    fn says(&self, key: &str) -> &str {
        self.said[key].as_str().unwrap()
    }

    /// What makes this cloud the one that a program finds, with a credential that works.
    fn env(&self) -> Vec<(&'static str, String)> {
        let host = self.says("endpoint").trim_start_matches("https://").to_owned();
        vec![
            ("SSL_CERT_FILE", self.folder.path().join("ca.pem").display().to_string()),
            ("ARM_METADATA_HOSTNAME", host),
            ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", self.says("endpoint").into()),
            ("ARM_DISABLE_INSTANCE_DISCOVERY", "true".into()),
            ("ARM_TENANT_ID", self.says("tenantId").into()),
            ("ARM_SUBSCRIPTION_ID", self.says("subscriptionId").into()),
            ("ARM_CLIENT_ID", self.says("clientId").into()),
            ("ARM_CLIENT_SECRET", self.says("clientSecret").into()),
        ]
    }

    /// Every request that was seen, as `METHOD path`.
    fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|r| format!("{} {}", r["method"].as_str().unwrap(), r["uri"].as_str().unwrap()))
            .collect()
    }
}

/// The program, without whatever the tester has in the environment: no `az` is found either.
fn clean(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours =
            ["TF_", "ARM_", "AZURE_", "RINGFENCE_", "NO_COLOR", "CLICOLOR", "SSL_CERT", "HTTP", "http"];
        if ours.iter().any(|p| text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
    command.current_dir(dir).env("PATH", "/nonexistent");
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
    let text = format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // Why a host is not reached is said by the system.
    let cause = regex::Regex::new("cannot be reached: .*").unwrap();
    let text = cause.replace_all(&text, "cannot be reached: <cause>");
    text.replace(cloud.says("subscriptionId"), "<subscription>")
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
    let cloud = Cloud::start();
    for case in cases::all() {
        judge(&case, &cloud);
    }
    let may_be_sent = |request: &String| request.starts_with("GET ") || request.contains("/oauth2/");
    let requests = cloud.requests();
    let changing: Vec<_> = requests.iter().filter(|r| !may_be_sent(r)).collect();
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
