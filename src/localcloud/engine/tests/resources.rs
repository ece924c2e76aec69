use super::*;

#[test]
fn a_type_without_a_row_is_kept_as_it_is_sent() {
    let sky = Sky::with_group();
    let body = json!({"location": "West Europe", "tags": {"a": "b"}, "sku": {"name": "S"}, "properties": {"x": {"y": [1]}}});
    let response = sky.put(&sky.id("THINGS/Thing"), body);
    assert_eq!(response.status, 201);
    let body = response.value();
    assert_eq!(body["id"], sky.id("THINGS/Thing"));
    assert_eq!(body["type"], "Microsoft.Orbital/THINGS");
    assert_eq!(body["location"], "westeurope");
    assert_eq!(body["properties"], json!({"x": {"y": [1]}, "provisioningState": "Succeeded"}));
    assert_eq!(sky.put(&sky.id("things/thing"), json!({"properties": {}})).status, 200);
    let response = sky.get(&sky.id("things/THING"));
    assert_eq!(
        (response.value()["name"].as_str(), response.value()["location"].as_str()),
        (Some("Thing"), Some("westeurope"))
    );
    assert_eq!(sky.put(&sky.id("things/thing/parts/p"), json!({})).status, 201);
    assert_eq!(code(&sky.put(&sky.id("things/other/parts/p"), json!({}))), "ParentResourceNotFound");
    assert_eq!(sky.delete(&sky.id("things/thing")).status, 200);
    assert_eq!(sky.get(&sky.id("things/thing/parts/p")).status, 404, "children go with their parent");
}

#[test]
fn http_02_ids_are_answered_in_canonical_casing() {
    let sky = Sky::with_group();
    let shouted = sky
        .id("NETS/Net")
        .replace("Microsoft.Orbital", "microsoft.ORBITAL")
        .replace("resourceGroups/g", "RESOURCEGROUPS/G");
    sky.put(&shouted, plain());
    assert_eq!(sky.get(&sky.id("nets/net")).value()["id"], sky.id("nets/Net"));
    let identity = sky.have(&sky.id("identities/i"), plain());
    assert!(identity["id"].as_str().unwrap().contains("/resourcegroups/g/"));
    let insights = sky.have(&sky.id("insights/i"), plain());
    assert_eq!(insights["type"], "microsoft.orbital/insights");
    assert!(insights["id"].as_str().unwrap().contains("/microsoft.orbital/insights/"));
}

#[test]
fn http_03_bodies_that_are_no_json_are_refused() {
    let sky = Sky::with_group();
    for body in ["", "{", "[]", "7"] {
        let mut request = Request::new(
            "PUT",
            "https://localhost",
            &format!("{}?api-version=2024-01-01", sky.id("nets/n")),
            body.as_bytes().to_vec(),
        );
        request.headers.push(("authorization".into(), format!("Bearer {}", sky.cloud.engine_token())));
        let response = sky.cloud.handle(&request);
        assert_eq!((response.status, code(&response)), (400, "InvalidRequestContent"), "{body}");
    }
}

#[test]
fn http_06_null_is_absent() {
    let sky = Sky::with_group();
    let body = sky.have(&sky.id("things/t"), json!({"properties": {"a": null, "b": {"c": null, "d": 1}}}));
    assert_eq!(body["properties"], json!({"b": {"d": 1}, "provisioningState": "Succeeded"}));
}

#[test]
fn http_10_etags_change_with_every_write_and_guard_it() {
    let sky = Sky::with_group();
    let id = sky.id("nets/n");
    let first = sky.have(&id, plain())["etag"].as_str().unwrap().to_owned();
    assert!(first.starts_with("W/\""), "{first}");
    let response = sky.send_with("PUT", &id, plain(), ("if-match", &first));
    assert_eq!(response.status, 200);
    sky.step(60);
    let response = sky.send_with("PUT", &id, plain(), ("if-match", &first));
    assert_eq!((response.status, code(&response)), (412, "PreconditionFailed"));
    let response = sky.send_with("PUT", &id, plain(), ("if-none-match", "*"));
    assert_eq!(response.status, 412);
    assert_eq!(sky.send_with("DELETE", &id, json!({}), ("if-match", &first)).status, 412);
    let etag = sky.get(&id).header("etag").unwrap().to_owned();
    assert_eq!(sky.send_with("GET", &id, json!({}), ("if-none-match", &etag)).status, 304);
    let zone = sky.have(&sky.id("zones/z"), json!({"location": "global"}));
    assert_eq!(zone["etag"].as_str().unwrap().len(), 36);
}

#[test]
fn defaults_sets_and_write_only_properties_are_the_servers() {
    let sky = Sky::with_group();
    let id = sky.id("accounts/x01");
    let body = sky.have(
        &id,
        json!({"location": "westeurope", "properties": {"ranges": ["b", "A", "c"], "password": "p", "acls": {}}}),
    );
    let properties = &body["properties"];
    assert_eq!(properties["tls"], "TLS1_2");
    assert_eq!(properties["acls"]["bypass"], "AzureServices");
    assert_eq!(properties["ranges"], json!(["A", "b", "c"]));
    assert!(properties.get("password").is_none());
    assert_eq!(sky.cloud.document(&id).unwrap().text("properties.password"), "p");
    let bare = sky.have(&sky.id("accounts/x02"), plain());
    assert!(bare["properties"].get("acls").is_none(), "a default does not make its holder");
}

#[test]
fn a_put_keeps_or_replaces_as_the_type_does_and_a_patch_merges() {
    let sky = Sky::with_group();
    let (keeps, replaces) = (sky.id("accounts/x01"), sky.id("nets/n"));
    for id in [&keeps, &replaces] {
        sky.have(
            id,
            json!({"location": "westeurope", "tags": {"a": "b"}, "properties": {"one": {"x": 1}, "two": 2}}),
        );
        sky.put(id, json!({"location": "westeurope", "properties": {"one": {"y": 1}}}));
        sky.step(60);
    }
    assert_eq!(sky.get(&keeps).value()["properties"]["one"], json!({"x": 1, "y": 1}));
    assert_eq!(sky.get(&keeps).value()["properties"]["two"], 2);
    assert_eq!(sky.get(&replaces).value()["properties"]["one"], json!({"y": 1}));
    assert!(sky.get(&replaces).value()["properties"].get("two").is_none());
    sky.patch(&replaces, json!({"tags": {"c": "d"}, "properties": {"one": {"z": 1}}}));
    let body = sky.get(&replaces).body.unwrap();
    assert_eq!((&body["tags"], &body["properties"]["one"]), (&json!({"c": "d"}), &json!({"y": 1, "z": 1})));
    assert_eq!(sky.patch(&sky.id("nets/none"), json!({})).status, 404);
}

#[test]
fn imm_01_what_cannot_change_is_refused() {
    let sky = Sky::with_group();
    let body = |kind: &str| json!({"location": "westeurope", "kind": kind, "properties": {}});
    sky.have(&sky.id("accounts/x01"), body("V2"));
    let response = sky.put(&sky.id("accounts/x01"), body("V1"));
    assert_eq!((response.status, code(&response)), (409, "PropertyChangeNotAllowed"));
    assert_eq!(sky.get(&sky.id("accounts/x01")).value()["kind"], "V2");
}

#[test]
fn nam_08_a_resource_does_not_move() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    let response = sky.put(&sky.id("nets/n"), json!({"location": "eastus"}));
    assert_eq!((response.status, code(&response)), (409, "InvalidResourceLocation"));
}

#[test]
fn net_01_inline_children_are_resources_of_their_own() {
    let sky = Sky::with_group();
    let id = sky.id("nets/n");
    let body = |subnets: Value| json!({"location": "westeurope", "properties": {"subnets": subnets}});
    let net = sky.have(&id, body(json!([{"name": "a", "properties": {"prefix": "1"}}, {"name": "b"}])));
    assert_eq!(net["properties"]["subnets"][0]["properties"]["policy"], "Disabled");
    assert_eq!(sky.get(&sky.id("nets/n/subnets/b")).value()["name"], "b");
    sky.have(&sky.id("nets/n/subnets/c"), json!({"properties": {}}));
    let shown = |id: &str| -> Vec<String> {
        let body = sky.get(id).body.unwrap();
        let subnets = body["properties"]["subnets"].as_array().unwrap().clone();
        subnets.iter().map(|subnet| subnet["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(&id), ["a", "b", "c"]);
    sky.have(&id, plain());
    assert_eq!(shown(&id), ["a", "b", "c"], "left out: they stay");
    sky.have(
        &sky.id("plugs/p"),
        json!({"location": "westeurope", "properties": {"subnet": {"id": sky.id("nets/n/subnets/b")}}}),
    );
    let response = sky.put(&id, body(json!([{"name": "a"}])));
    assert_eq!((response.status, code(&response)), (400, "InUseSubnetCannotBeDeleted"));
    assert_eq!(shown(&id), ["a", "b", "c"], "a refused write changes nothing");
    sky.delete(&sky.id("plugs/p"));
    sky.step(60);
    sky.have(&id, body(json!([{"name": "a"}])));
    assert_eq!(shown(&id), ["a"]);
    sky.have(&id, body(json!(null)));
    assert_eq!(shown(&id), Vec::<String>::new());
}

#[test]
fn identities_get_principals_that_do_not_outlive_them() {
    let sky = Sky::with_group();
    let id = sky.id("things/t");
    let system = json!({"identity": {"type": "systemassigned"}});
    let body = sky.have(&id, system.clone());
    assert_eq!(body["identity"]["type"], "SystemAssigned");
    assert_eq!(body["identity"]["tenantId"], sky.cloud.names().tenant_id);
    let first = body["identity"]["principalId"].as_str().unwrap().to_owned();
    assert_eq!(sky.have(&id, system.clone())["identity"]["principalId"], first);
    sky.delete(&id);
    assert_ne!(sky.have(&id, system)["identity"]["principalId"], first);
}

#[test]
fn assigned_identities_must_be_there_and_show_their_ids() {
    let sky = Sky::with_group();
    let identity = sky.id("identities/i");
    let body =
        json!({"identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.clone(): {}}}});
    let response = sky.put(&sky.id("things/t"), body.clone());
    assert_eq!((response.status, code(&response)), (400, "FailedIdentityOperation"));
    let made = sky.have(&identity, plain());
    let body = sky.have(&sky.id("things/t"), body);
    let shown = &body["identity"]["userAssignedIdentities"][&identity];
    assert_eq!(shown["principalId"], made["properties"]["principalId"]);
    assert_eq!(shown["clientId"], made["properties"]["clientId"]);
}

#[test]
fn nf_06_references_must_lead_somewhere() {
    let sky = Sky::with_group();
    let to = |id: &str| json!({"location": "westeurope", "properties": {"subnet": {"id": id}}});
    let response = sky.put(&sky.id("plugs/p"), to(&sky.id("nets/n/subnets/s")));
    assert_eq!((response.status, code(&response)), (400, "InvalidResourceReference"));
    let response = sky.put(&sky.id("plugs/p"), to("subnet"));
    assert_eq!(code(&response), "LinkedInvalidPropertyId");
}

#[test]
fn actions_answer_and_change() {
    let sky = Sky::with_group();
    let id = sky.id("accounts/x01");
    assert_eq!(sky.post(&format!("{id}/listKeys"), json!({})).status, 404);
    sky.have(&id, plain());
    assert_eq!(sky.send("POST", &format!("{id}/LISTKEYS"), None).value()["keys"], json!(["x01"]));
    assert_eq!(sky.put(&format!("{id}/rules/add"), json!({"rules": [1]})).status, 200);
    assert_eq!(sky.get(&id).value()["properties"]["rules"], json!([1]));
    assert_eq!(sky.post(&format!("{id}/explode"), json!({})).status, 404);
}

#[test]
fn system_data_tells_who_and_when() {
    let sky = Sky::with_group();
    let first = sky.have(&sky.id("labs/lab"), plain());
    assert_eq!(first["systemData"]["createdBy"], sky.cloud.names().client_id);
    let second = sky.have(&sky.id("labs/lab"), plain());
    assert_eq!(first["systemData"]["createdAt"], second["systemData"]["createdAt"]);
    assert_ne!(first["systemData"]["lastModifiedAt"], second["systemData"]["lastModifiedAt"]);
}
