use super::*;

#[test]
fn http_01_the_api_version_must_be_there_and_known() {
    let sky = Sky::with_group();
    let response = sky.cloud.request("GET", &sky.group(), None);
    assert_eq!((response.status, code(&response)), (400, "MissingApiVersionParameter"));
    assert_eq!(
        message(&response),
        "The api-version query parameter (?api-version=) is required for all requests."
    );
    let id = sky.id("nets/n");
    let response = sky.cloud.request("PUT", &format!("{id}?api-version=2020-01-01"), Some(&plain()));
    assert_eq!((response.status, code(&response)), (400, "NoRegisteredProviderFound"));
    assert!(
        message(&response).contains("The supported api-versions are '2024-01-01, 2023-01-01'."),
        "{}",
        message(&response)
    );
    let response = sky.cloud.request("GET", &format!("{}?api-version=soon", sky.id("things/t")), None);
    assert_eq!(code(&response), "InvalidApiVersionParameter");
    let response = sky.get(&format!("{}/providers/Contoso.Nothing/things/x", sky.group()));
    assert_eq!(code(&response), "InvalidResourceNamespace");
}

#[test]
fn http_01_a_region_that_is_none_is_refused_with_the_list() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.id("nets/n"), json!({"location": "atlantis"}));
    assert_eq!((response.status, code(&response)), (400, "LocationNotAvailableForResourceType"));
    assert!(message(&response).contains("westeurope"), "{}", message(&response));
    assert_eq!(code(&sky.put(&sky.id("nets/n"), json!({}))), "LocationRequired");
}

#[test]
fn http_08_every_answer_carries_its_ids() {
    let sky = Sky::new();
    for response in [sky.get("/subscriptions"), sky.get(&sky.id("nets/n"))] {
        for header in ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"] {
            assert!(response.header(header).is_some(), "{header}");
        }
    }
    assert_eq!(sky.get(&sky.id("nets/n")).header("x-ms-failure-cause"), Some("gateway"));
}

#[test]
fn sub_01_an_unregistered_namespace_is_409_with_details() {
    let sky = Sky::with(Options { registered: Registered::Fresh, ..Options::default() });
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    let response = sky.put(&sky.id("nets/n"), plain());
    assert_eq!((response.status, code(&response)), (409, "MissingSubscriptionRegistration"));
    assert_eq!(response.value()["error"]["details"][0]["target"], "Microsoft.Orbital");
}

#[test]
fn sub_03_reading_of_an_unregistered_namespace_finds_nothing() {
    let sky = Sky::with(Options { registered: Registered::Fresh, ..Options::default() });
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    let response = sky.get(&sky.id("nets/n"));
    assert_eq!((response.status, code(&response)), (404, "ResourceNotFound"));
    assert_eq!(sky.get(&sky.id("nets")).value()["value"], json!([]));
    let everywhere = sky.get(&format!("{}/providers/Microsoft.Orbital/nets", sky.subscription));
    assert_eq!((everywhere.status, &everywhere.value()["value"]), (200, &json!([])));
    assert_eq!(code(&sky.put(&sky.id("nets/n"), plain())), "MissingSubscriptionRegistration");
}

#[test]
fn sub_02_registration_takes_its_time_and_is_idempotent() {
    let sky = Sky::with(Options { registered: Registered::Fresh, ..Options::default() });
    let provider = format!("{}/providers/microsoft.orbital", sky.subscription);
    assert_eq!(sky.get(&provider).value()["registrationState"], "NotRegistered");
    let response = sky.post(&format!("{provider}/register"), json!({}));
    assert_eq!((response.status, &response.value()["registrationState"]), (200, &json!("Registering")));
    assert_eq!(response.value()["namespace"], "Microsoft.Orbital");
    sky.step(300);
    assert_eq!(sky.get(&provider).value()["registrationState"], "Registered");
    assert_eq!(
        sky.post(&format!("{provider}/register"), json!({})).value()["registrationState"],
        "Registered"
    );
    assert!(
        sky.get(&provider).value()["resourceTypes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| t["resourceType"] == "nets")
    );
    sky.post(&format!("{provider}/unregister"), json!({}));
    sky.step(300);
    assert_eq!(sky.get(&provider).value()["registrationState"], "NotRegistered");
}

#[test]
fn sub_04_subscriptions_that_are_none() {
    let sky = Sky::new();
    assert_eq!(code(&sky.get("/subscriptions/abc")), "InvalidSubscriptionId");
    let response = sky.get("/subscriptions/00000000-0000-0000-0000-000000000000");
    assert_eq!((response.status, code(&response)), (404, "SubscriptionNotFound"));
    let response = sky.get(&sky.subscription);
    assert_eq!(response.value()["tenantId"], sky.cloud.names().tenant_id);
    assert_eq!(sky.get("/subscriptions").value()["value"].as_array().unwrap().len(), 1);
}

#[test]
fn rg_01_a_group_is_201_then_200_and_done_at_once() {
    let sky = Sky::new();
    let response = sky.put(&sky.group(), json!({"location": "West Europe", "tags": {"a": "b"}}));
    assert_eq!(response.status, 201);
    assert_eq!(response.value()["location"], "westeurope");
    assert_eq!(response.value()["properties"]["provisioningState"], "Succeeded");
    assert_eq!(sky.put(&sky.group(), json!({"location": "westeurope"})).status, 200);
    assert!(sky.get(&sky.group()).value().get("tags").is_none(), "PUT replaces tags");
    let response = sky.patch(&sky.group(), json!({"tags": {"c": "d"}}));
    assert_eq!(response.value()["tags"], json!({"c": "d"}));
    let list = sky.get(&format!("{}/resourcegroups", sky.subscription));
    assert_eq!(names(&list), ["g"]);
}

#[test]
fn rg_02_a_group_does_not_move() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.group(), json!({"location": "eastus"}));
    assert_eq!((response.status, code(&response)), (409, "InvalidResourceGroupLocation"));
}

#[test]
fn a_patch_of_a_group_keeps_what_it_does_not_name() {
    let sky = Sky::new();
    let of = |name: &str| format!("{}/providers/Microsoft.Solutions/applications/{name}", sky.id("labs/lab"));
    sky.put(&sky.group(), json!({"location": "westeurope", "managedBy": of("a"), "tags": {"a": "1"}}));
    let patched = sky.patch(&sky.group(), json!({"tags": {"a": "2"}}));
    assert_eq!(
        (patched.value()["managedBy"].as_str(), &patched.value()["tags"]["a"]),
        (Some(&*of("a")), &json!("2"))
    );
    let put = sky.put(&sky.group(), json!({"location": "westeurope"}));
    assert!(put.value().get("managedBy").is_none() && put.value().get("tags").is_none());
}

#[test]
fn rg_03_a_missing_group_is_404_for_everything_in_it() {
    let sky = Sky::new();
    assert_eq!(sky.send("HEAD", &sky.group(), None).status, 404);
    for method in ["GET", "PUT", "DELETE"] {
        let response = sky.send(method, &sky.id("nets/n"), Some(plain()));
        assert_eq!((response.status, code(&response)), (404, "ResourceGroupNotFound"), "{method}");
        assert_eq!(message(&response), "Resource group 'g' could not be found.");
        assert_eq!(response.header("x-ms-failure-cause"), Some("gateway"));
    }
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    assert_eq!(sky.send("HEAD", &sky.group(), None).status, 204);
}

#[test]
fn rg_04_deleting_a_group_is_polled_by_location_until_an_empty_200() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    let response = sky.delete(&sky.group());
    assert_eq!((response.status, response.body.as_ref()), (202, None));
    assert!(response.header("azure-asyncoperation").is_none());
    let location = response.header("location").unwrap().to_owned();
    assert!(location.contains("/operationresults/"), "{location}");
    let blocked = sky.put(&sky.id("nets/m"), plain());
    assert_eq!((blocked.status, code(&blocked)), (409, "ResourceGroupBeingDeleted"));
    assert_eq!(sky.get(&sky.group()).value()["properties"]["provisioningState"], "Deleting");
    let running = sky.follow(&location);
    assert_eq!((running.status, running.header("location")), (202, Some(location.as_str())));
    sky.step(120);
    let done = sky.follow(&location);
    assert_eq!((done.status, done.body), (200, None));
    assert_eq!(sky.get(&sky.group()).status, 404);
    assert!(sky.cloud.ids().is_empty());
}

#[test]
fn rg_05_contents_go_in_dependency_order() {
    let sky = Sky::with_group();
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.have(
        &sky.id("plugs/p"),
        json!({"location": "westeurope", "properties": {"subnet": {"id": sky.id("nets/n/subnets/s")}}}),
    );
    sky.have(&sky.id("zones/z"), json!({"location": "global"}));
    sky.have(&sky.id("zones/z/links/l"), json!({}));
    assert_eq!(sky.delete(&sky.group()).status, 202);
    sky.step(120);
    assert_eq!(sky.cloud.ids(), Vec::<String>::new());
}

#[test]
fn rg_05_what_another_group_uses_keeps_the_group() {
    let sky = Sky::with_group();
    let other = format!("{}/resourceGroups/other", sky.subscription);
    sky.put(&other, json!({"location": "westeurope"}));
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.have(&sky.id("nets/free"), plain());
    let plug = format!("{other}/providers/Microsoft.Orbital/plugs/p");
    sky.have(
        &plug,
        json!({"location": "westeurope", "properties": {"subnet": {"id": sky.id("nets/n/subnets/s")}}}),
    );
    let location = sky.delete(&sky.group()).header("location").unwrap().to_owned();
    sky.step(120);
    let failed = sky.follow(&location);
    assert_eq!((failed.status, code(&failed)), (409, "ResourceGroupDeletionBlocked"));
    assert_eq!(sky.get(&sky.group()).value()["properties"]["provisioningState"], "Succeeded");
    assert_eq!(sky.get(&sky.id("nets/n")).status, 200);
    assert_eq!(sky.get(&sky.id("nets/free")).status, 404, "what could go has gone");
}

#[test]
fn imp_05_a_managed_group_cannot_be_touched_and_goes_with_its_owner() {
    let sky = Sky::with_group();
    sky.have(&sky.id("labs/lab"), plain());
    let managed = format!("{}/resourceGroups/managed-lab", sky.subscription);
    assert_eq!(sky.get(&managed).value()["managedBy"], sky.id("labs/lab"));
    let inner = format!("{managed}/providers/Microsoft.Orbital/accounts/inner1");
    for response in [sky.delete(&inner), sky.delete(&managed), sky.put(&inner, plain())] {
        assert_eq!((response.status, code(&response)), (403, "DenyAssignmentAuthorizationFailed"));
    }
    sky.delete(&sky.id("labs/lab"));
    sky.step(60);
    assert_eq!((sky.get(&managed).status, sky.get(&inner).status), (404, 404));
}

#[test]
fn sub_02_a_namespace_names_the_versions_of_its_types_newest_first() {
    let sky = Sky::new();
    let provider = sky.get(&format!("{}/providers/Microsoft.KeyVault", sky.subscription)).body.unwrap();
    let types = provider["resourceTypes"].as_array().unwrap();
    let vaults = types.iter().find(|kind| kind["resourceType"] == "vaults").unwrap();
    let versions: Vec<&str> =
        vaults["apiVersions"].as_array().unwrap().iter().filter_map(serde_json::Value::as_str).collect();
    assert!(versions.contains(&"2024-11-01"), "{versions:?}");
    assert!(versions.is_sorted_by(|a, b| a > b), "{versions:?}");
    assert_eq!(vaults["defaultApiVersion"], versions[0]);
    let bare = |kind: &&serde_json::Value| kind["apiVersions"].as_array().is_none_or(Vec::is_empty);
    assert_eq!(types.iter().find(bare), None);
}
