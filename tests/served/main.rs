//! The built program and the secured workspace of the examples, against a local cloud in another process: killed by the
//! system at random requests, and without its ledger.
#![cfg(unix)]

#[path = "../support/cloud.rs"]
mod cloud;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use cloud::Cloud;
use dice::Dice;
use support::{program, told};

/// So often the program is killed.
const KILLS: usize = 2;

/// A cloud whose requests are heard as they come: its log is a pipe.
struct Heard {
    cloud: Cloud,
    requests: Receiver<String>,
}

impl Heard {
    fn start() -> Heard {
        let (hear, requests) = channel();
        let cloud = Cloud::start("-clock=x60000", |log| {
            assert!(Command::new("mkfifo").arg(log).status().unwrap().success());
            // Open for both: it waits for no writer, and does not end with one.
            let pipe = OpenOptions::new().read(true).write(true).open(log).unwrap();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines() {
                    if hear.send(cloud::request(&line.unwrap())).is_err() {
                        return;
                    }
                }
            });
        });
        Heard { cloud, requests }
    }

    /// The requests since this was asked last; the program has ended.
    fn requests(&self) -> Vec<String> {
        let mut all = Vec::new();
        while let Ok(request) = self.requests.recv_timeout(Duration::from_millis(200)) {
            all.push(request);
        }
        all
    }
}

/// The example on the disk.
struct Folder<'c> {
    dir: tempfile::TempDir,
    heard: &'c Heard,
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_some_and(|e| e == "tf") {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

impl<'c> Folder<'c> {
    fn new(heard: &'c Heard) -> Folder<'c> {
        let dir = tempfile::tempdir().unwrap();
        let house = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&house.join("modules"), &dir.path().join("modules"));
        copy(&house.join("examples/secured-workspace"), &dir.path().join("examples/secured-workspace"));
        Folder { dir, heard }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("examples/secured-workspace")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = program(&self.path());
        command.envs(self.heard.cloud.env()).args(words).arg("-input=false");
        command
    }

    /// Runs to the end; the exit code must be this.
    fn run(&self, words: &[&str], code: i32) -> String {
        let output = self.command(words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}\n{}", told(&output));
        told(&output)
    }

    /// Applies until so many requests were heard, then kills the process. False: it had ended before. And the
    /// requests that were heard.
    fn killed_at(&self, request: usize) -> (bool, Vec<String>) {
        let mut apply = self.command(&["apply", "-auto-approve"]);
        let mut child = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut heard = Vec::new();
        while heard.len() < request && child.try_wait().unwrap().is_none() {
            heard.extend(self.heard.requests.recv_timeout(Duration::from_millis(100)));
        }
        child.kill().unwrap();
        (child.wait().unwrap().code().is_none(), heard)
    }

    /// The ids that the ledger owns.
    fn owned(&self) -> BTreeSet<String> {
        let text = std::fs::read(self.path().join("ringfence.ledger.json")).unwrap();
        let ledger: ringfence::ledger::Ledger = serde_json::from_slice(&text).unwrap();
        let documents = ledger.instances.values().flat_map(|r| &r.documents);
        documents.map(|d| d.id.to_ascii_lowercase()).collect()
    }
}

#[test]
fn killed_at_random_requests_and_without_its_ledger_a_secured_workspace_is_taken_up() {
    let mut dice = Dice::new();
    let heard = Heard::start();
    let folder = Folder::new(&heard);
    folder.run(&["plan"], 0);
    let reads = heard.requests().len();
    // A late kill leaves little to do, and the run after it ends before the next: what counts is all that was heard.
    let (mut kills, mut requests) = (0, Vec::new());
    for _ in 0..KILLS {
        let at = reads + dice.within(1..200);
        let (killed, before) = folder.killed_at(at);
        println!("at request {at}, killed: {killed}");
        kills += usize::from(killed);
        requests.extend(before);
    }
    assert!(kills > 0);
    folder.run(&["apply", "-auto-approve"], 0);
    folder.run(&["plan", "-detailed-exitcode"], 0);
    let before = folder.owned();
    assert!(before.len() >= 45, "{}", before.len());
    requests.extend(heard.requests());
    assert!(requests.iter().any(|r| cloud::changes(r)));

    // What the runs that died had made was owned, else the plan without a ledger would find more than that.
    std::fs::remove_file(folder.path().join("ringfence.ledger.json")).unwrap();
    let refused = folder.run(&["plan"], 1);
    assert!(refused.contains("[not-in-ledger]"), "{refused}");
    folder.run(&["apply", "-auto-approve"], 1);
    let planned = folder.run(&["plan", "-adopt"], 0);
    assert!(planned.contains(" to import, 0 to add, 0 to change, 0 to destroy."), "{planned}");
    folder.run(&["apply", "-auto-approve", "-adopt"], 0);
    assert_eq!(folder.owned(), before);
    folder.run(&["plan", "-detailed-exitcode"], 0);
    let requests = heard.requests();
    let changing: Vec<_> = requests.iter().filter(|r| cloud::changes(r)).collect();
    assert!(requests.len() > 100 && changing.is_empty(), "{} requests, {changing:#?}", requests.len());
}
