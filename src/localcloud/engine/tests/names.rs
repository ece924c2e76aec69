use super::*;

#[test]
fn nam_01_global_names_are_taken_once() {
    let sky = Sky::with_group();
    let other = format!("{}/resourceGroups/other", sky.subscription);
    sky.put(&other, json!({"location": "westeurope"}));
    sky.have(&sky.id("accounts/x01"), plain());
    let response = sky.put(&format!("{other}/providers/Microsoft.Orbital/accounts/X01"), plain());
    assert_eq!((response.status, code(&response)), (400, "AccountNameInvalid"));
    let response = sky.put(&format!("{other}/providers/Microsoft.Orbital/accounts/x01"), plain());
    assert_eq!((response.status, code(&response)), (409, "AccountAlreadyTaken"));
    assert_eq!(message(&response), "The account named x01 is already taken.");
}

#[test]
fn nam_09_names_are_judged_by_the_rule_of_the_type() {
    let sky = Sky::with_group();
    for name in ["ab", "Abc", "a-b-c", "abcdefghijklmnopqrstuvwxy"] {
        let response = sky.put(&sky.id(&format!("accounts/{name}")), plain());
        assert_eq!((response.status, code(&response)), (400, "AccountNameInvalid"), "{name}");
    }
    assert_eq!(
        message(&sky.put(&sky.id("accounts/ab"), plain())),
        "ab is not a valid name of Microsoft.Orbital/accounts."
    );
}

#[test]
fn check_name_availability_knows_the_living_and_the_deleted() {
    let sky = Sky::with_group();
    let ask = |name: &str, kind: &str| {
        sky.post(
            &format!("{}/providers/Microsoft.Orbital/checkNameAvailability", sky.subscription),
            json!({"name": name, "type": kind}),
        )
    };
    assert_eq!(ask("safe1", "Microsoft.Orbital/safes").value()["nameAvailable"], true);
    sky.have(&sky.id("safes/safe1"), plain());
    sky.delete(&sky.id("safes/safe1"));
    assert_eq!(ask("SAFE1", "Microsoft.Orbital/safes").value()["reason"], "AlreadyExists");
    assert_eq!(ask("a", "Microsoft.Orbital/accounts").value()["reason"], "AccountNameInvalid");
    assert_eq!(ask("a", "Microsoft.Orbital/things").status, 400);
}

#[test]
fn nam_02_a_deleted_safe_stands_in_the_way_until_it_is_recovered() {
    let sky = Sky::with_group();
    let id = sky.id("safes/safe1");
    sky.have(&id, json!({"location": "westeurope", "tags": {"old": "yes"}, "properties": {"days": 7}}));
    sky.have(&format!("{id}/keys/k"), json!({"properties": {"kty": "RSA"}}));
    assert_eq!(sky.delete(&id).status, 200);
    assert_eq!(sky.get(&id).status, 404);
    for mode in [json!(null), json!("default")] {
        let response = sky.put(&id, json!({"location": "westeurope", "properties": {"createMode": mode}}));
        assert_eq!((response.status, code(&response)), (409, "ConflictError"));
    }
    let other = format!("{}/resourceGroups/other", sky.subscription);
    sky.put(&other, json!({"location": "westeurope"}));
    let response =
        sky.put(&format!("{other}/providers/Microsoft.Orbital/safes/safe1"), json!({"location": "eastus"}));
    assert_eq!(code(&response), "SafeAlreadyExists", "another region: only the name is known to be taken");
    let response =
        sky.put(&id, json!({"location": "westeurope", "properties": {"createMode": "Recover", "days": 90}}));
    assert_eq!(response.status, 200);
    sky.step(60);
    let back = sky.get(&id).body.unwrap();
    assert_eq!(
        (&back["tags"]["old"], &back["properties"]["days"]),
        (&json!("yes"), &json!(7)),
        "with its old properties"
    );
    assert_eq!(sky.get(&format!("{id}/keys/k")).value()["properties"]["kty"], "RSA", "and what was in it");
    let response = sky.put(
        &sky.id("safes/never"),
        json!({"location": "westeurope", "properties": {"createMode": "recover"}}),
    );
    assert_eq!(response.status, 404);
}

#[test]
fn nam_03_purge_is_an_operation_and_protection_forbids_it() {
    let sky = Sky::with_group();
    let deleted = |name: &str| {
        format!("{}/providers/Microsoft.Orbital/locations/westeurope/deletedSafes/{name}", sky.subscription)
    };
    for (name, protected) in [("open", false), ("shut", true)] {
        let id = sky.id(&format!("safes/{name}"));
        sky.have(&id, json!({"location": "westeurope", "properties": {"protected": protected, "days": 7}}));
        sky.delete(&id);
    }
    let list = sky.get(&format!("{}/providers/Microsoft.Orbital/deletedSafes", sky.subscription));
    assert_eq!(names(&list), ["open", "shut"]);
    assert_eq!(sky.get(&deleted("open")).status, 200);
    let response = sky.post(&format!("{}/purge", deleted("shut")), json!({}));
    assert_eq!((response.status, code(&response)), (405, "MethodNotAllowed"));
    let response = sky.post(&format!("{}/purge", deleted("open")), json!({}));
    assert_eq!(response.status, 202);
    let location = response.header("location").unwrap().to_owned();
    assert_eq!(sky.follow(&location).status, 202);
    sky.step(20);
    assert_eq!(sky.follow(&location).status, 200);
    assert_eq!(sky.get(&deleted("open")).status, 404);
    assert_eq!(sky.put(&sky.id("safes/open"), plain()).status, 200, "the name is free");
    sky.step(8 * 24 * 3600);
    assert_eq!(sky.get(&deleted("shut")).status, 404, "it went by itself at its date");
}

#[test]
fn nam_06_a_deleted_lab_is_purged_by_force_or_recovered_by_flag() {
    let sky = Sky::with_group();
    let id = sky.id("labs/lab");
    sky.have(&id, plain());
    sky.delete(&id);
    sky.step(60);
    let response = sky.put(&id, plain());
    assert_eq!((response.status, code(&response)), (400, "BadRequest"));
    assert_eq!(
        sky.put(&id, json!({"location": "westeurope", "properties": {"isSoftDeleted": true}})).status,
        202
    );
    sky.step(60);
    sky.send("DELETE", &format!("{id}?forceToPurge=true"), None);
    sky.step(60);
    assert_eq!(sky.put(&id, plain()).status, 202, "nothing is left of it");
    sky.step(60);
    sky.delete(&id);
    sky.step(60);
    assert_eq!(sky.send("DELETE", &format!("{id}?forceToPurge=true"), None).status, 200, "also afterwards");
    sky.have(&id, json!({"location": "westeurope", "properties": {"encryption": {}}}));
    sky.delete(&id);
    sky.step(60);
    assert_eq!(sky.put(&id, plain()).status, 202, "with a key of the customer it is deleted for good");
}

#[test]
fn nam_07_the_same_put_brings_a_log_back() {
    let sky = Sky::with_group();
    let id = sky.id("logs/log");
    let first = sky.have(&id, plain())["properties"]["customerId"].clone();
    sky.delete(&id);
    assert_eq!(sky.have(&id, plain())["properties"]["customerId"], first);
    sky.send("DELETE", &format!("{id}?force=true"), None);
    assert_ne!(sky.have(&id, plain())["properties"]["customerId"], first);
}
