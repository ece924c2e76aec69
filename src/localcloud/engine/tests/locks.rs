use super::*;

fn lock(sky: &Sky, scope: &str, level: &str) -> String {
    let id = format!("{scope}/providers/Microsoft.Authorization/locks/keep");
    let response = sky.cloud.request(
        "PUT",
        &format!("{id}?api-version=2020-05-01"),
        Some(&json!({"properties": {"level": level}})),
    );
    assert_eq!(response.status, 201, "LCK-03: {:?}", response.body);
    id
}

fn unlock(sky: &Sky, id: &str) -> u16 {
    sky.cloud.request("DELETE", &format!("{id}?api-version=2020-05-01"), None).status
}

#[test]
fn lck_01_a_lock_is_inherited_by_children_and_extensions() {
    let sky = Sky::with_group();
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    let grant = format!("{}/providers/Microsoft.Orbital/grants/one", sky.id("nets/n"));
    sky.have(&grant, json!({}));
    let id = lock(&sky, &sky.group(), "CanNotDelete");
    for target in [sky.group(), sky.id("nets/n"), sky.id("nets/n/subnets/s"), grant] {
        let response = sky.delete(&target);
        assert_eq!((response.status, code(&response)), (409, "ScopeLocked"), "{target}");
        assert!(message(&response).contains("cannot perform delete operation"), "{}", message(&response));
        assert!(message(&response).contains(&format!("locked: '{}'", sky.group())), "{}", message(&response));
    }
    assert_eq!(sky.put(&sky.id("nets/n"), plain()).status, 200, "writing is allowed");
    sky.step(60);
    assert_eq!(unlock(&sky, &id), 200);
    sky.step(60);
    assert_eq!(sky.delete(&sky.id("nets/n")).status, 202);
}

#[test]
fn rg_05_a_lock_inside_blocks_the_whole_group_up_front() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    sky.have(&sky.id("nets/m"), plain());
    lock(&sky, &sky.id("nets/n"), "CanNotDelete");
    let response = sky.delete(&sky.group());
    assert_eq!(code(&response), "ScopeLocked");
    assert!(message(&response).contains(&sky.id("nets/n")), "{}", message(&response));
    sky.step(600);
    assert_eq!(sky.get(&sky.id("nets/m")).status, 200);
}

#[test]
fn lck_02_read_only_blocks_writes_and_posts_too() {
    let sky = Sky::with_group();
    let id = sky.id("accounts/x01");
    sky.have(&id, plain());
    lock(&sky, &id, "ReadOnly");
    let grant = format!("{id}/providers/Microsoft.Orbital/grants/one");
    for response in [
        sky.put(&id, plain()),
        sky.patch(&id, json!({"tags": {}})),
        sky.post(&format!("{id}/listKeys"), json!({})),
        sky.put(&grant, json!({})),
    ] {
        assert_eq!((response.status, code(&response)), (409, "ScopeLocked"));
        assert!(message(&response).contains("cannot perform write operation"), "{}", message(&response));
    }
    assert_eq!(sky.get(&id).status, 200);
    assert_eq!(sky.put(&sky.id("accounts/x02"), plain()).status, 202, "the neighbour is free");
}
