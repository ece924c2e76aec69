//! A local cloud whose process is killed: every answered write is in the world that the next process opens.

use ringfence::localcloud::{ClockMode, LocalCloud, Options, WorldFile};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const WORLD: &str = "RINGFENCE_TEST_KILLED_WORLD";

fn open(path: &Path) -> LocalCloud {
    let world = WorldFile::File(path.to_owned());
    LocalCloud::open(&Options { world, clock: ClockMode::Instant, ..Options::default() }).unwrap()
}

fn group(cloud: &LocalCloud, at: u32) -> String {
    format!("/subscriptions/{}/resourceGroups/g{at}?api-version=2023-07-01", cloud.names().subscription_id)
}

/// The process that will be killed: writes, and says what was answered.
fn write_until_killed(path: &Path) {
    let cloud = open(path);
    for at in 0.. {
        let response = cloud.request("PUT", &group(&cloud, at), Some(&json!({"location": "westeurope"})));
        println!("answered {at} {}", response.status);
    }
}

#[test]
fn a_killed_process_loses_no_answered_write() {
    if let Some(path) = std::env::var_os(WORLD) {
        write_until_killed(Path::new(&path));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.redb");
    let mut next = 0;
    for kill_after in [1, 17, 60] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_killed_process_loses_no_answered_write", "--nocapture"])
            .env(WORLD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answered = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            // The test harness writes the test's name before the first answer.
            let Some((_, line)) = line.split_once("answered ") else { continue };
            answered = line.split(' ').next().unwrap().parse::<u32>().unwrap();
            if answered >= next + kill_after {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let cloud = open(&path);
        for at in 0..=answered {
            let response = cloud.request("GET", &group(&cloud, at), None);
            assert_eq!(response.status, 200, "g{at} of {answered} was answered before the kill");
        }
        next = answered;
    }
}
