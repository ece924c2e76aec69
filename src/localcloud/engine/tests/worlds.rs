use super::*;
use crate::localcloud::CloudError;
use crate::localcloud::cloud::WorldFile;
use crate::localcloud::store::StoreError;

fn on_file(path: &std::path::Path) -> Sky {
    Sky::with(Options { world: WorldFile::File(path.to_owned()), ..Options::default() })
}

#[test]
fn a_world_survives_restarts_with_its_operations() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/world.redb");
    let sky = on_file(&path);
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    sky.have(&sky.id("nets/n"), plain());
    sky.have(&sky.id("safes/safe1"), plain());
    sky.delete(&sky.id("safes/safe1"));
    let url = sky.put(&sky.id("labs/lab"), plain()).header("location").unwrap().to_owned();
    let (before, names, ca) = (sky.cloud.world_json(), sky.cloud.names(), sky.cloud.ca_pem().to_owned());
    drop(sky);
    let sky = on_file(&path);
    assert_eq!(sky.cloud.world_json(), before);
    assert_eq!((sky.cloud.names(), sky.cloud.ca_pem()), (names, ca.as_str()));
    assert_eq!(sky.follow(&url).status, 202);
    sky.step(60);
    assert_eq!(sky.follow(&url).value()["name"], "lab");
    assert_eq!(sky.cloud.show().soft_deleted[0].name, "safe1");
}

#[test]
fn a_world_belongs_to_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.redb");
    let _sky = on_file(&path);
    let second = LocalCloud::open(&Options { world: WorldFile::File(path), ..Options::default() });
    assert!(matches!(second, Err(CloudError::Store(StoreError::InUse { .. }))));
}

#[test]
fn a_copy_of_the_file_taken_at_any_moment_is_a_consistent_world() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.redb");
    let sky = on_file(&path);
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    for at in 0..5 {
        sky.have(&sky.id(&format!("nets/n{at}")), plain());
        // What a killed process leaves behind is what the system has: the file as it can be read now.
        let copy = folder.path().join(format!("copy{at}.redb"));
        std::fs::copy(&path, &copy).unwrap();
        let left = on_file(&copy);
        assert_eq!(left.cloud.world_json(), sky.cloud.world_json(), "every answered write is in the file");
    }
}

#[test]
fn two_runs_of_one_story_make_one_world() {
    let story = || {
        let sky = Sky::with_group();
        sky.have(&sky.id("identities/i"), plain());
        sky.have(&sky.id("labs/lab"), plain());
        sky
    };
    let (one, two) = (story(), story());
    assert_eq!(one.cloud.world_json(), two.cloud.world_json());
    let id = one.id("identities/i");
    assert_eq!(one.get(&id).body, two.get(&id).body, "GUIDs too, with one seed");
    two.patch(&id, json!({"tags": {"a": "b"}}));
    assert_ne!(one.cloud.world_json(), two.cloud.world_json());
}

#[test]
fn show_counts_what_is_there_and_reset_empties_it() {
    let sky = Sky::with_group();
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.put(&sky.id("labs/lab"), plain());
    let summary = sky.cloud.show();
    assert_eq!(summary.resources, 4);
    assert_eq!(summary.by_type["Microsoft.Orbital/nets/subnets"], 1);
    assert_eq!(summary.resource_groups, ["g"]);
    assert_eq!(summary.running[0].verb, "put");
    sky.cloud.reset().unwrap();
    assert_eq!(sky.cloud.show().resources, 0);
    assert_eq!(sky.put(&sky.group(), json!({"location": "westeurope"})).status, 201);
    assert_eq!(sky.put(&sky.id("nets/n"), plain()).status, 201, "namespaces are registered as before");
}

#[test]
fn requests_are_counted_by_method() {
    let sky = Sky::with_group();
    sky.cloud.reset_counts();
    sky.get("/subscriptions");
    sky.put(&sky.id("nets/n"), plain());
    let counts = sky.cloud.counts();
    assert_eq!((counts.total, counts.of("GET"), counts.changing()), (2, 1, 1));
}

#[test]
fn the_log_has_a_line_per_request_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let sky = Sky::with(Options { log: Some(path.clone()), ..Options::default() });
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    sky.put(
        &sky.id("accounts/x01"),
        json!({"location": "westeurope", "properties": {"password": "hunter2"}}),
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["method"], &lines[1]["status"]), (&json!("PUT"), &json!(202)));
    assert!(lines[1]["uri"].as_str().unwrap().ends_with("accounts/x01?api-version=2024-01-01"));
    assert!(!text.contains("hunter2"));
}
