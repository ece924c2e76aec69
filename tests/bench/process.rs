//! The built program against the stub: killed by the system at any request, and without its ledger.

#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use azure_core::http::{Method, Request, Url};
use ringfence::arm::{Http, NetOptions};
use serde_json::Value as Json;

use super::stub::Stub;
use dice::Dice;
use support::{program, told};

/// So often the program is killed.
const KILLS: usize = 20;

/// The stub's own word: asked beside the program, and not counted by it.
struct Witness {
    http: Http,
    port: u16,
}

impl Witness {
    fn new(stub: &Stub) -> Witness {
        let ca = stub.dir.path().join("ca.pem").display().to_string();
        let http = NetOptions::from_env(&move |name| (name == "SSL_CERT_FILE").then(|| ca.clone())).client();
        Witness { http, port: stub.port }
    }

    async fn ask(&self, what: &str) -> Json {
        let url = Url::parse(&format!("https://localhost:{}/_admin/{what}", self.port)).unwrap();
        let answer = self.http.execute_request(&Request::new(url, Method::Post)).await.unwrap();
        serde_json::from_slice(answer.try_into_raw_response().await.unwrap().body()).unwrap_or_default()
    }

    /// How many requests there were since the counters were set to zero.
    async fn requests(&self) -> usize {
        self.ask("stats").await["n"].as_u64().unwrap() as usize
    }

    /// The ids of what is there.
    async fn resources(&self) -> BTreeSet<String> {
        self.ask("state").await.as_object().unwrap().keys().cloned().collect()
    }
}

/// A root module on the disk.
struct Folder {
    dir: tempfile::TempDir,
    ca: PathBuf,
}

impl Folder {
    fn new(stub: &Stub) -> Folder {
        let dir = tempfile::tempdir().unwrap();
        stub.configuration(&["workspace.tf", "provider.tf"], dir.path());
        Folder { dir, ca: stub.dir.path().join("ca.pem") }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = program(self.path());
        command.env("SSL_CERT_FILE", &self.ca).args(words).arg("-input=false");
        command
    }

    /// Runs to the end; the exit code must be this.
    fn run(&self, words: &[&str], code: i32) -> String {
        let output = self.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}\n{}", told(&output));
        told(&output)
    }

    /// Applies until the stub has had so many requests, then kills the process. False: it had ended before.
    async fn killed_at(&self, request: usize, witness: &Witness) -> bool {
        witness.ask("stats_reset").await;
        let mut apply = self.command(&["apply", "-auto-approve"]);
        let mut child = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut ended = false;
        while !ended && witness.requests().await < request {
            ended = child.try_wait().unwrap().is_some();
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        status.code().is_none()
    }

    /// The ids that the ledger owns.
    fn owned(&self) -> BTreeSet<String> {
        let text = std::fs::read(self.path().join("ringfence.ledger.json")).unwrap();
        let ledger: ringfence::ledger::Ledger = serde_json::from_slice(&text).unwrap();
        let documents = ledger.instances.values().flat_map(|r| &r.documents);
        documents.map(|d| d.id.to_ascii_lowercase()).collect()
    }
}

#[tokio::test]
async fn a_program_that_is_killed_is_taken_up_by_the_next() {
    let Some(stub) = Stub::start() else { return };
    let witness = Witness::new(&stub);
    let mut dice = Dice::new();
    let first = Folder::new(&stub);
    witness.ask("stats_reset").await;
    first.run(&["plan"], 0);
    let reads = witness.requests().await;
    witness.ask("stats_reset").await;
    first.run(&["apply", "-auto-approve"], 0);
    let all = witness.requests().await;

    let (mut died, mut half) = (0, 0);
    for kill in 0..KILLS {
        witness.ask("reset").await;
        let folder = Folder::new(&stub);
        let at = dice.within(reads + 1..all);
        let killed = folder.killed_at(at, &witness).await;
        let there = witness.resources().await.len();
        println!("kill {kill}: at request {at} of {all}, {there} resources there, killed: {killed}");
        died += usize::from(killed);
        half += usize::from((1..40).contains(&there));

        folder.run(&["apply", "-auto-approve"], 0);
        let there = witness.resources().await;
        assert_eq!(there.len(), 40);
        assert_eq!(folder.owned(), there, "what is there is owned, and nothing else");
        assert!(!folder.path().join(".ringfence/journal").exists());
        folder.run(&["plan", "-detailed-exitcode"], 0);
    }
    assert!(died * 2 > KILLS && half > 0, "{died} of {KILLS} runs were killed, {half} half-way");
}

#[tokio::test]
async fn without_its_ledger_a_stack_is_adopted_and_nothing_is_sent() {
    let Some(stub) = Stub::start() else { return };
    let witness = Witness::new(&stub);
    let folder = Folder::new(&stub);
    folder.run(&["apply", "-auto-approve"], 0);
    let before = folder.owned();
    std::fs::remove_file(folder.path().join("ringfence.ledger.json")).unwrap();
    witness.ask("stats_reset").await;

    let refused = folder.run(&["plan", "-findings=found.json"], 1);
    let found = std::fs::read(folder.path().join("found.json")).unwrap();
    let found: Json = serde_json::from_slice(&found).unwrap();
    let strangers: BTreeSet<String> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["code"] == "not-in-ledger")
        .map(|f| f["id"].as_str().unwrap().to_ascii_lowercase())
        .collect();
    assert_eq!(strangers, before);
    assert!(refused.contains("-adopt"), "{refused}");
    folder.run(&["apply", "-auto-approve"], 1);

    let planned = folder.run(&["plan", "-adopt"], 0);
    assert!(planned.contains("Plan: 40 to import, 0 to add, 0 to change, 0 to destroy."), "{planned}");
    folder.run(&["apply", "-auto-approve", "-adopt"], 0);
    assert_eq!(folder.owned(), before);
    folder.run(&["plan", "-detailed-exitcode"], 0);

    let by = witness.ask("stats").await["by"].clone();
    let sent: Vec<&String> = by.as_object().unwrap().keys().filter(|m| *m != "GET").collect();
    assert_eq!(sent, ["POST"], "{by}");
    assert_eq!(by["POST"], 5, "a token for each of the five runs: {by}");
}
