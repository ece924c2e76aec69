use super::*;

/// LRO-04, row by row: what a PUT of a new resource answers.
#[test]
fn lro_04_create_answers_have_the_shape_of_their_type() {
    // type, location, status, state in the body, Azure-AsyncOperation, Location, Retry-After
    type Row = (
        &'static str,
        &'static str,
        u16,
        Option<&'static str>,
        Option<&'static str>,
        Option<&'static str>,
        Option<&'static str>,
    );
    let rows: &[Row] = &[
        (
            "nets/x01",
            "westeurope",
            201,
            Some("Updating"),
            Some("/locations/westeurope/operations/"),
            None,
            Some("10"),
        ),
        (
            "zones/x01",
            "global",
            202,
            None,
            Some("/privateDnsOperationStatuses/"),
            Some("/privateDnsOperationResults/"),
            Some("10"),
        ),
        ("accounts/x01", "westeurope", 202, None, None, Some("/asyncoperations/"), Some("17")),
        ("safes/x01", "westeurope", 200, Some("RegisteringDns"), None, None, None),
        ("logs/x01", "westeurope", 201, Some("Creating"), None, None, None),
        (
            "labs/x01",
            "westeurope",
            202,
            None,
            Some("/workspaceOperationsStatus/"),
            Some("/workspaceOperationsStatus/"),
            None,
        ),
        (
            "databases/x01",
            "westeurope",
            200,
            Some("Creating"),
            Some("/operationsStatus/"),
            Some("/operationResults/"),
            Some("10"),
        ),
        ("registries/x01", "westeurope", 201, Some("Creating"), Some("/operationStatuses/"), None, None),
        ("identities/x01", "westeurope", 201, None, None, Some("x01"), None),
    ];
    for (tail, location, status, state, status_url, location_url, retry_after) in rows {
        let sky = Sky::with(Options::default());
        sky.put(&sky.group(), json!({"location": "westeurope"}));
        let response = sky.put(&sky.id(tail), json!({"location": location, "properties": {}}));
        assert_eq!(response.status, *status, "{tail}: {:?}", response.body);
        match state {
            Some(state) => assert_eq!(response.value()["properties"]["provisioningState"], *state, "{tail}"),
            None if *status == 202 => assert_eq!(response.body, None, "{tail}"),
            None => {}
        }
        let header = |name: &str| response.header(name).unwrap_or_default().to_owned();
        for (name, wanted) in [("azure-asyncoperation", status_url), ("location", location_url)] {
            match wanted {
                Some(part) => assert!(header(name).contains(part), "{tail} {name}: {}", header(name)),
                None => assert_eq!(header(name), "", "{tail} {name}"),
            }
        }
        // A stepped clock does not make a client wait; that the header is there at all is the shape.
        assert_eq!(response.header("retry-after").is_some(), retry_after.is_some(), "{tail}");
        sky.step(3600);
        let body = sky.get(&sky.id(tail)).body.unwrap();
        if *tail != "identities/x01" {
            assert_eq!(body["properties"]["provisioningState"], "Succeeded", "{tail}");
        }
    }
}

#[test]
fn lro_04_the_location_header_of_an_identity_is_relative_and_no_operation() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.id("identities/i"), plain());
    assert!(response.header("location").unwrap().starts_with("/subscriptions/"));
    assert_eq!(sky.get(response.header("location").unwrap().split('?').next().unwrap()).status, 200);
}

#[test]
fn lro_02_status_urls_answer_200_while_running_and_location_urls_202() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.id("labs/lab"), plain());
    let (status, location) = (
        response.header("azure-asyncoperation").unwrap().to_owned(),
        response.header("location").unwrap().to_owned(),
    );
    assert_eq!(
        (sky.follow(&status).status, sky.follow(&status).value()["status"].as_str()),
        (200, Some("InProgress"))
    );
    assert_eq!(sky.follow(&location).status, 202);
    sky.step(60);
    assert_eq!(sky.follow(&status).value()["status"], "Succeeded");
    let done = sky.follow(&location);
    assert_eq!((done.status, done.value()["name"].as_str()), (200, Some("lab")));
}

#[test]
fn lro_03_words_while_running_are_those_of_the_provider() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.id("databases/db1"), plain());
    let status = response.header("azure-asyncoperation").unwrap().to_owned();
    assert_eq!(sky.follow(&status).value()["status"], "Dequeued");
    sky.step(60);
    assert_eq!(sky.follow(&status).value()["status"], "Enqueued");
    sky.step(60);
    assert_eq!(sky.follow(&status).value()["status"], "Succeeded");
    // Private DNS answers 202 on its status URL; Network says nothing but the status.
    let zone = sky.put(&sky.id("zones/z"), json!({"location": "global"}));
    assert_eq!(sky.follow(zone.header("azure-asyncoperation").unwrap()).status, 202);
    let net = sky.put(&sky.id("nets/n"), plain());
    let poll = sky.follow(net.header("azure-asyncoperation").unwrap());
    assert_eq!(poll.value(), &json!({"status": "InProgress"}));
}

#[test]
fn lro_04_deletes_have_the_shape_of_their_type() {
    let sky = Sky::with_group();
    // type, status, Azure-AsyncOperation, Location, what Location answers at the end
    let rows: &[(&str, &str, u16, bool, Option<u16>)] = &[
        ("nets/x01", "westeurope", 202, true, Some(204)),
        ("zones/x01", "global", 202, true, Some(200)),
        ("accounts/x01", "westeurope", 200, false, None),
        ("safes/x01", "westeurope", 200, false, None),
        ("labs/x01", "westeurope", 202, true, Some(200)),
        ("databases/x01", "westeurope", 202, true, Some(204)),
        ("registries/x01", "westeurope", 202, false, Some(200)),
    ];
    for (tail, location, status, asynchronous, last) in rows {
        let id = sky.id(tail);
        sky.have(&id, json!({"location": location}));
        let response = sky.delete(&id);
        assert_eq!(response.status, *status, "{tail}");
        assert_eq!(response.header("azure-asyncoperation").is_some(), *asynchronous, "{tail}");
        if *status == 202 {
            assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Deleting", "{tail}");
        }
        let url = response.header("location").map(str::to_owned);
        assert_eq!(url.is_some(), last.is_some(), "{tail}");
        sky.step(3600);
        if let Some(url) = url {
            assert_eq!(Some(sky.follow(&url).status), *last, "{tail}");
        }
        assert_eq!(sky.get(&id).status, 404, "{tail}");
        assert_eq!(sky.delete(&id).status, 204, "NF-04: {tail}");
    }
}

#[test]
fn lro_04_a_compute_is_deleted_without_a_location_header() {
    let sky = Sky::with_group();
    sky.have(&sky.id("labs/lab"), plain());
    sky.have(&sky.id("labs/lab/machines/m1"), plain());
    let response = sky.delete(&sky.id("labs/lab/machines/m1"));
    assert_eq!(response.status, 202);
    assert!(response.header("azure-asyncoperation").is_some() && response.header("location").is_none());
}

#[test]
fn lro_04_updates_answer_200_and_storage_accounts_at_once() {
    let sky = Sky::with_group();
    sky.have(&sky.id("accounts/x01"), plain());
    let response = sky.put(&sky.id("accounts/x01"), plain());
    assert_eq!((response.status, response.value()["name"].as_str()), (200, Some("x01")));
    sky.have(&sky.id("nets/n"), plain());
    let response = sky.put(&sky.id("nets/n"), plain());
    assert_eq!(
        (response.status, response.value()["properties"]["provisioningState"].as_str()),
        (200, Some("Updating"))
    );
    sky.step(3600);
    let response = sky.patch(&sky.id("nets/n"), json!({"tags": {"a": "b"}}));
    assert_eq!(
        (response.status, response.value()["properties"]["provisioningState"].as_str()),
        (200, Some("Succeeded"))
    );
    sky.have(&sky.id("safes/x01"), plain());
    let response = sky.put(&sky.id("safes/x01"), plain());
    assert_eq!(
        (response.status, response.value()["properties"]["provisioningState"].as_str()),
        (200, Some("Succeeded"))
    );
}

#[test]
fn lro_08_a_failed_create_leaves_the_resource_failed_and_a_put_mends_it() {
    let sky = Sky::with_group();
    let id = sky.id("labs/lab");
    let response = sky.put(&id, json!({"location": "westeurope", "properties": {"doomed": true}}));
    let (status, location) = (
        response.header("azure-asyncoperation").unwrap().to_owned(),
        response.header("location").unwrap().to_owned(),
    );
    sky.step(60);
    let poll = sky.follow(&status);
    assert_eq!((poll.status, poll.value()["status"].as_str()), (200, Some("Failed")));
    assert_eq!(poll.value()["error"]["message"], "The lab is doomed.");
    assert_eq!(sky.follow(&location).status, 400);
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Failed");
    sky.have(&id, plain());
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn lro_09_a_later_network_write_supersedes_the_earlier_one() {
    let sky = Sky::with_group();
    let first = sky.put(&sky.id("nets/n"), plain()).header("azure-asyncoperation").unwrap().to_owned();
    let second = sky.put(&sky.id("nets/n"), plain()).header("azure-asyncoperation").unwrap().to_owned();
    let poll = sky.follow(&first);
    assert_eq!(poll.value()["status"], "Canceled");
    assert_eq!(poll.value()["error"]["code"], "CanceledAndSupersededDueToAnotherOperation");
    sky.step(60);
    assert_eq!(sky.follow(&second).value()["status"], "Succeeded");
    assert_eq!(sky.get(&sky.id("nets/n")).value()["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn con_01_one_write_at_a_time_in_a_network() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    assert_eq!(sky.put(&sky.id("nets/n/subnets/a"), json!({})).status, 201);
    let response = sky.put(&sky.id("nets/n/subnets/b"), json!({}));
    assert_eq!((response.status, code(&response)), (409, "AnotherOperationInProgress"));
    sky.step(5);
    assert_eq!(sky.put(&sky.id("nets/n/subnets/b"), json!({})).status, 201);
    assert_eq!(
        code(&sky.put(&sky.id("nets/n"), plain())),
        "AnotherOperationInProgress",
        "nor of the network itself"
    );
    // A delete while something is being done is refused as well.
    let response = sky.delete(&sky.id("nets/n/subnets/b"));
    assert_eq!(code(&response), "AnotherOperationInProgress");
}

#[test]
fn con_02_a_storage_account_takes_one_write_at_a_time() {
    let sky = Sky::with_group();
    sky.put(&sky.id("accounts/x01"), plain());
    let response = sky.put(&sky.id("accounts/x01"), plain());
    assert_eq!((response.status, code(&response)), (409, "Conflict"));
}

#[test]
fn operations_can_be_waited_for_without_waiting() {
    let sky = Sky::with_group();
    sky.put(&sky.id("nets/n"), plain());
    sky.put(&sky.id("databases/db1"), plain());
    sky.cloud.finish_operations();
    assert!(sky.cloud.show().running.is_empty());
    assert_eq!(sky.get(&sky.id("databases/db1")).value()["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn lro_10_a_state_is_sent_as_the_server_has_it_or_not_at_all() {
    let sky = Sky::with_group();
    let id = sky.id("nets/n");
    let with = |state: &str| json!({"location": "westeurope", "properties": {"provisioningState": state}});
    assert_eq!(sky.put(&id, with("Anything")).status, 201, "there is none to differ from");
    sky.step(60);
    assert_eq!(sky.put(&id, with("succeeded")).status, 200, "what was read comes back");
    sky.step(60);
    let response = sky.put(&id, with("Failed"));
    assert_eq!((response.status, code(&response)), (400, "InvalidRequestContent"));
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Succeeded");
    assert_eq!(sky.patch(&id, with("Creating")).status, 400);
}

#[test]
fn lro_07_what_is_accepted_is_not_seen_at_once() {
    let sky = Sky::with_group();
    let id = sky.id("accounts/x01");
    assert_eq!(sky.put(&id, plain()).status, 202);
    let response = sky.get(&id);
    assert_eq!((response.status, code(&response)), (404, "ResourceNotFound"));
    sky.step(4);
    assert_eq!(sky.get(&id).value()["properties"]["provisioningState"], "Creating");
}
