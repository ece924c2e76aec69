use super::*;

#[test]
fn nf_01_a_missing_resource_is_named_and_a_missing_parent_instead_of_its_child() {
    let sky = Sky::with_group();
    let response = sky.get(&sky.id("nets/n"));
    assert_eq!((response.status, code(&response)), (404, "ResourceNotFound"));
    assert_eq!(
        message(&response),
        "The Resource 'Microsoft.Orbital/nets/n' under resource group 'g' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    for response in [sky.delete(&sky.id("nets/n/subnets/s")), sky.get(&sky.id("nets/n/subnets/s"))] {
        assert_eq!(response.status, 404);
        assert!(message(&response).contains("'Microsoft.Orbital/nets/n'"), "{}", message(&response));
    }
}

#[test]
fn nf_02_a_child_needs_its_parent() {
    let sky = Sky::with_group();
    let response = sky.put(&sky.id("nets/n/subnets/s"), json!({}));
    assert_eq!((response.status, code(&response)), (404, "ParentResourceNotFound"));
    assert!(message(&response).contains(&sky.id("nets/n")), "{}", message(&response));
}

#[test]
fn nf_04_what_is_not_there_is_204_and_404_only_without_its_group_or_parent() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    sky.have(&sky.id("accounts/x01"), plain());
    assert_eq!(sky.delete(&sky.id("accounts/x01")).status, 200, "at once");
    assert_eq!(sky.delete(&sky.id("accounts/x01")).status, 204);
    assert_eq!(sky.delete(&sky.id("nets/n/subnets/s")).status, 204, "the parent is there");
    assert_eq!(sky.delete(&sky.id("nets/n")).status, 202, "by an operation");
    sky.step(60);
    assert_eq!(sky.delete(&sky.id("nets/n")).status, 204);
    let orphan = sky.delete(&sky.id("nets/n/subnets/s"));
    assert_eq!((orphan.status, code(&orphan)), (404, "ResourceNotFound"));
    let lost = sky.delete(&sky.id("nets/n").replace("/g/", "/nowhere/"));
    assert_eq!((lost.status, code(&lost)), (404, "ResourceGroupNotFound"));
}

#[test]
fn nf_05_nested_resources_go_first_where_the_type_asks_for_it() {
    let sky = Sky::with_group();
    sky.have(&sky.id("zones/z"), json!({"location": "global"}));
    sky.have(&sky.id("zones/z/links/l"), json!({}));
    let response = sky.delete(&sky.id("zones/z"));
    assert_eq!((response.status, code(&response)), (409, "CannotDeleteResource"));
    assert!(message(&response).contains("'Microsoft.Orbital/zones/z/links/l'"), "{}", message(&response));
    assert_eq!(sky.delete(&sky.id("zones/z/links/l")).status, 200);
    assert_eq!(sky.delete(&sky.id("zones/z")).status, 202);
}

#[test]
fn net_02_what_is_in_use_stays() {
    let sky = Sky::with_group();
    sky.have(
        &sky.id("nets/n"),
        json!({"location": "westeurope", "properties": {"subnets": [{"name": "s"}]}}),
    );
    sky.have(
        &sky.id("plugs/p"),
        json!({"location": "westeurope", "properties": {"subnet": {"id": sky.id("nets/n/subnets/s")}}}),
    );
    for id in ["nets/n/subnets/s", "nets/n"] {
        let response = sky.delete(&sky.id(id));
        assert_eq!((response.status, code(&response)), (400, "InUseSubnetCannotBeDeleted"), "{id}");
    }
}

#[test]
fn imp_07_an_implied_service_cannot_be_deleted_and_goes_with_its_account() {
    let sky = Sky::with_group();
    let id = sky.id("accounts/x01");
    sky.have(&id, plain());
    let service = format!("{id}/services/default");
    assert_eq!(sky.put(&service, json!({"properties": {"a": 1}})).status, 200, "it is there from the start");
    assert_eq!(sky.delete(&service).status, 405);
    sky.delete(&id);
    assert_eq!(sky.cloud.ids().len(), 1);
}

#[test]
fn lro_04_a_deleted_role_assignment_is_answered() {
    let sky = Sky::with_group();
    let id = format!("{}/providers/Microsoft.Orbital/grants/one", sky.group());
    sky.have(&id, json!({"properties": {"principalId": "p"}}));
    let response = sky.delete(&id);
    assert_eq!((response.status, response.value()["name"].as_str()), (200, Some("one")));
    assert_eq!(sky.delete(&id).status, 204);
}

#[test]
fn a_second_delete_meets_the_first_one() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    let first = sky.delete(&sky.id("nets/n"));
    let second = sky.delete(&sky.id("nets/n"));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(second.status, 202);
    assert_eq!(sky.put(&sky.id("nets/n"), plain()).status, 409);
}

#[test]
fn what_extends_a_resource_goes_with_it() {
    let sky = Sky::with_group();
    sky.have(&sky.id("nets/n"), plain());
    let grant = format!("{}/providers/Microsoft.Orbital/grants/one", sky.id("nets/n"));
    sky.have(&grant, json!({}));
    sky.delete(&sky.id("nets/n"));
    sky.step(60);
    assert_eq!(sky.cloud.ids().len(), 1);
    assert_eq!(sky.put(&grant, json!({})).status, 404, "and needs it");
}
