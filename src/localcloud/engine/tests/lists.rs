use super::*;

#[test]
fn http_09_big_lists_come_in_pages_with_absolute_links() {
    let sky = Sky::with(Options { page_size: 3, ..Options::default() });
    sky.put(&sky.group(), json!({"location": "westeurope"}));
    for at in 0..7 {
        sky.have(&sky.id(&format!("things/t{at}")), json!({"location": "westeurope"}));
    }
    for collection in [sky.id("things"), format!("{}/resources", sky.group())] {
        let mut found = Vec::new();
        let mut pages = 0;
        let mut response = sky.get(&collection);
        loop {
            pages += 1;
            found.extend(names(&response).into_iter().map(str::to_owned));
            let Some(next) = response.value()["nextLink"].as_str().map(str::to_owned) else { break };
            assert!(next.starts_with("https://localhost/subscriptions/"), "{next}");
            response = sky.follow(&next);
        }
        assert_eq!((pages, found.len()), (3, 7), "{collection}");
        found.dedup();
        assert_eq!(found.len(), 7);
    }
    let page = sky.get(&format!("{}?$top=2", sky.id("things")));
    assert_eq!(names(&page), ["t0", "t1"]);
    assert_eq!(sky.get(&format!("{}?$skiptoken=!!", sky.id("things"))).status, 400);
}

#[test]
fn lists_by_type_are_there_for_group_subscription_and_parent() {
    let sky = Sky::with_group();
    let other = format!("{}/resourceGroups/other", sky.subscription);
    sky.put(&other, json!({"location": "westeurope"}));
    sky.have(
        &sky.id("nets/one"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.have(&format!("{other}/providers/Microsoft.Orbital/nets/two"), plain());
    assert_eq!(names(&sky.get(&sky.id("nets"))), ["one"]);
    let all = sky.get(&format!("{}/providers/microsoft.orbital/nets", sky.subscription));
    assert_eq!(names(&all), ["one", "two"]);
    assert_eq!(names(&sky.get(&sky.id("nets/one/subnets"))), ["s"]);
    assert_eq!(sky.get(&sky.id("nets/none/subnets")).status, 404);
    let missing = format!("{}/resourceGroups/none/providers/Microsoft.Orbital/nets", sky.subscription);
    assert_eq!(code(&sky.get(&missing)), "ResourceGroupNotFound");
}

#[test]
fn resources_of_a_group_are_filtered_and_expanded() {
    let sky = Sky::with_group();
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "tags": {"env": "x"}, "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.have(&sky.id("things/t"), json!({"location": "westeurope", "sku": {"name": "S"}}));
    let list = |query: &str| sky.get(&format!("{}/resources?{query}", sky.group()));
    assert_eq!(names(&list("")), ["n", "t"], "subnets are not tracked");
    assert!(list("").value()["value"][1].get("properties").is_none());
    assert_eq!(list("").value()["value"][1]["sku"]["name"], "S");
    assert_eq!(names(&list("$filter=resourceType eq 'microsoft.orbital/NETS'")), ["n"]);
    assert_eq!(names(&list("$filter=tagName eq 'env' and tagValue eq 'x'")), ["n"]);
    assert_eq!(names(&list("$filter=name eq 'zzz'")), Vec::<&str>::new());
    assert_eq!(code(&list("$filter=nonsense")), "InvalidFilterInQueryString");
    let expanded = list("$expand=createdTime,provisioningState");
    assert_eq!(expanded.value()["value"][0]["provisioningState"], "Succeeded");
    assert!(expanded.value()["value"][0]["createdTime"].is_string());
    let whole = sky.get(&format!("{}/resources", sky.subscription));
    assert_eq!(names(&whole), ["n", "t"]);
}

#[test]
fn grants_are_listed_above_and_below_and_at_scope() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    let grants = "providers/Microsoft.Orbital/grants";
    for (scope, name, principal) in [
        (sky.subscription.clone(), "top", "p"),
        (sky.group(), "middle", "q"),
        (sky.id("nets/n"), "bottom", "p"),
    ] {
        sky.have(&format!("{scope}/{grants}/{name}"), json!({"properties": {"principalId": principal}}));
    }
    let list = |scope: &str, filter: &str| -> Vec<String> {
        let mut found: Vec<String> = names(&sky.get(&format!("{scope}/{grants}?$filter={filter}")))
            .into_iter()
            .filter(|name| *name != "built-in")
            .map(str::to_owned)
            .collect();
        found.sort();
        found
    };
    assert_eq!(list(&sky.group(), ""), ["bottom", "middle", "top"]);
    assert_eq!(list(&sky.group(), "atScope()"), ["middle", "top"]);
    assert_eq!(list(&sky.group(), "principalId eq 'P'"), ["bottom", "top"]);
    assert_eq!(list(&sky.id("nets/n"), "atScope() and assignedTo('p')"), ["bottom", "top"]);
}

#[test]
fn built_in_documents_are_found_at_every_scope_without_being_stored() {
    let sky = Sky::with_group();
    let response = sky.get("/providers/Microsoft.Orbital/grants/built-in");
    assert_eq!(response.value()["id"], "/providers/Microsoft.Orbital/grants/built-in");
    let scope = format!("{}/providers/Microsoft.Orbital/grants", sky.group());
    let list = sky.get(&format!("{scope}?$filter=roleName eq 'Owner'"));
    assert_eq!(
        list.value()["value"][0]["id"],
        format!("{}/providers/Microsoft.Orbital/grants/built-in", sky.subscription)
    );
    assert_eq!(sky.cloud.ids().len(), 1);
}

#[test]
fn head_tells_whether_a_resource_is_there() {
    let sky = Sky::with_group();
    let response = sky.send("HEAD", &sky.id("nets/n"), None);
    assert_eq!((response.status, response.body), (404, None));
    sky.have(&sky.id("nets/n"), plain());
    assert_eq!(sky.send("HEAD", &sky.id("nets/n"), None).status, 204);
}
