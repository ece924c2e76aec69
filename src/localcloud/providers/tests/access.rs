use super::{GUIDS, READER, Sky, grant_body};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn rol_01_an_assignment_is_filled_in_and_repeated() {
    let sky = Sky::new();
    let (_, principal) = sky.identity("id-one");
    let id = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", sky.group, GUIDS[0]);
    let first = sky.send("PUT", &id, Some(grant_body(READER, &principal)));
    assert_eq!(first.status, 201);
    let made = first.value();
    assert_eq!(made["properties"]["principalType"], "ServicePrincipal");
    assert_eq!(made["properties"]["scope"], sky.group);
    assert!(made["properties"]["roleDefinitionId"].as_str().unwrap().starts_with("/subscriptions/"));
    assert_eq!(sky.send("PUT", &id, Some(grant_body(READER, &principal))).status, 200);
    let deleted = sky.delete(&id);
    assert_eq!((deleted.status, deleted.value()["name"].as_str()), (200, Some(GUIDS[0])));
    assert_eq!(sky.delete(&id).status, 204);
}

#[test]
fn rol_02_the_directory_knows_identities_and_nobody_else() {
    let sky = Sky::new();
    let id = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", sky.group, GUIDS[0]);
    assert_eq!(sky.refused(&id, grant_body(READER, GUIDS[2])), (400, "PrincipalNotFound".to_owned()));
    let (identity, principal) = sky.identity("id-one");
    let mut wrong = grant_body(READER, &principal);
    wrong["properties"]["principalType"] = json!("User");
    assert_eq!(sky.refused(&id, wrong).1, "UnmatchedPrincipalType");
    let mut said = grant_body(READER, GUIDS[2]);
    said["properties"]["principalType"] = json!("Group");
    sky.put(&id, said);
    // An identity that is made again is another principal.
    sky.delete(&identity);
    let (_, second) = sky.identity("id-one");
    assert_ne!(principal, second);
    let old = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", sky.group, GUIDS[1]);
    assert_eq!(sky.refused(&old, grant_body(READER, &principal)).1, "PrincipalNotFound");
}

#[test]
fn rol_03_one_assignment_a_scope_principal_and_role_and_names_of_the_tenant() {
    let sky = Sky::new();
    let (_, principal) = sky.identity("id-one");
    let (_, other) = sky.identity("id-two");
    sky.grant(&sky.group, READER, &principal, GUIDS[0]);
    let at =
        |scope: &str, name: &str| format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
    assert_eq!(
        sky.refused(&at(&sky.group, GUIDS[1]), grant_body(READER, &principal)),
        (409, "RoleAssignmentExists".to_owned())
    );
    assert_eq!(
        sky.refused(&at(&sky.group, GUIDS[0]), grant_body(READER, &other)).1,
        "RoleAssignmentUpdateNotPermitted"
    );
    let vault = sky.vault();
    assert_eq!(
        sky.refused(&at(&vault, GUIDS[0]), grant_body(READER, &principal)).1,
        "RoleAssignmentUpdateNotPermitted"
    );
    assert_eq!(sky.refused(&at(&vault, "not-a-guid"), grant_body(READER, &principal)).0, 400);
    assert_eq!(
        sky.refused(&at(&vault, GUIDS[1]), grant_body(GUIDS[2], &principal)),
        (404, "RoleDefinitionDoesNotExist".to_owned())
    );
    // A list on a resource shows what it inherits; with atScope() nothing from below.
    sky.grant(&vault, READER, &principal, GUIDS[1]);
    let list = |scope: &str, filter: &str| {
        let uri = format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01{filter}"
        );
        sky.cloud.request("GET", &uri, None).value()["value"].as_array().unwrap().len()
    };
    // The client's own role, on the subscription, is among them.
    assert_eq!(list(&vault, ""), 3);
    assert_eq!(list(&sky.group, ""), 3);
    assert_eq!(list(&sky.group, "&$filter=atScope()"), 2);
    assert_eq!(list(&sky.group, &format!("&$filter=principalId%20eq%20'{other}'")), 0);
}

#[test]
fn rol_04_a_role_in_use_stays_and_built_in_roles_are_found_by_name() {
    let sky = Sky::new();
    let uri = format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-05-01-preview&$filter=roleName%20eq%20'Key%20Vault%20Crypto%20Officer'",
        sky.group
    );
    let found = sky.cloud.request("GET", &uri, None);
    let list = found.value()["value"].as_array().unwrap().clone();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["name"], "14b46e9e-c2b7-41b4-b07b-48a6ebf60603");
    let subscription = format!("/subscriptions/{}", sky.cloud.names().subscription_id);
    let custom = format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", GUIDS[0]);
    let body = json!({"properties": {"roleName": "Watcher", "permissions": [{"actions": ["*/read"]}]}});
    let made = sky.put(&custom, body);
    assert_eq!(made["properties"]["assignableScopes"], json!([subscription]));
    let (_, principal) = sky.identity("id-one");
    sky.grant(&sky.group, GUIDS[0], &principal, GUIDS[1]);
    assert_eq!(sky.send("DELETE", &custom, None).value()["error"]["code"], "RoleDefinitionHasAssignments");
    let taken = json!({"properties": {"roleName": "Reader", "permissions": []}});
    assert_eq!(sky.refused(&custom.replace(GUIDS[0], GUIDS[2]), taken).0, 409);
}

#[test]
fn lck_01_a_lock_holds_what_is_in_its_scope() {
    let sky = Sky::new();
    let vault = sky.vault();
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", sky.group);
    assert_eq!(sky.refused(&lock, json!({"properties": {"level": "Soft"}})).0, 400);
    sky.put(&lock, json!({"properties": {"level": "CanNotDelete", "notes": "protected"}}));
    assert_eq!(sky.send("DELETE", &vault, None).value()["error"]["code"], "ScopeLocked");
    sky.delete(&lock);
    sky.step();
    assert_eq!(sky.delete(&vault).status, 200);
}

#[test]
fn http_02_an_identity_answers_its_group_in_lower_case() {
    let sky = Sky::new();
    let (id, _) = sky.identity("id-one");
    let body: Value = sky.get(&id);
    assert!(body["id"].as_str().unwrap().contains("/resourcegroups/g/"));
    let credential = format!("{id}/federatedIdentityCredentials/ci-one");
    let federated = json!({"properties": {"issuer": "https://a", "subject": "s", "audiences": ["api://AzureADTokenExchange"]}});
    sky.put(&credential, federated.clone());
    assert_eq!(sky.refused(&format!("{id}/federatedIdentityCredentials/ci-two"), federated).0, 409);
}

#[test]
fn rol_02_a_new_principal_is_known_after_a_while_or_by_its_type() {
    let sky = Sky::new();
    let id = sky.id("Microsoft.ManagedIdentity/userAssignedIdentities/new");
    let made = sky.send("PUT", &id, Some(json!({"location": "westeurope"})));
    let principal = made.value()["properties"]["principalId"].as_str().unwrap().to_owned();
    let role = |name: &str| format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", sky.group);
    let refused = sky.send("PUT", &role(GUIDS[0]), Some(grant_body(READER, &principal)));
    assert_eq!((refused.status, &refused.value()["error"]["code"]), (400, &json!("PrincipalNotFound")));
    assert!(refused.header("retry-after-ms").is_some(), "it passes: a faster clock tells its pace");
    let mut typed = grant_body(READER, &principal);
    typed["properties"]["principalType"] = json!("ServicePrincipal");
    assert_eq!(sky.send("PUT", &role(GUIDS[0]), Some(typed)).status, 201);
    sky.cloud.step(Duration::from_secs(30));
    assert_eq!(
        sky.send("PUT", &role(GUIDS[1]), Some(grant_body(super::ENCRYPTION_USER, &principal))).status,
        201
    );
}

#[test]
fn rol_05_an_assignment_is_made_at_once_and_seen_later() {
    let sky = Sky::new();
    let (_, principal) = sky.identity("reader");
    let id = format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", sky.group, GUIDS[0]);
    let made = sky.send("PUT", &id, Some(grant_body(READER, &principal)));
    assert_eq!((made.status, made.delay), (201, Duration::ZERO));
    let list = format!("{}/providers/Microsoft.Authorization/roleAssignments", sky.group);
    let listed = || {
        let answer = sky.send("GET", &list, None);
        let all = answer.value()["value"].as_array().unwrap().clone();
        all.iter().filter(|one| one["properties"]["principalId"] == *principal).count()
    };
    assert!(sky.gone(&id));
    assert_eq!(listed(), 0);
    sky.cloud.step(Duration::from_secs(11));
    assert!(!sky.gone(&id));
    assert_eq!(listed(), 1);
}

#[test]
fn lck_03_a_lock_that_is_removed_still_holds_for_a_while() {
    let sky = Sky::new();
    let account = sky.storage();
    let lock = format!("{account}/providers/Microsoft.Authorization/locks/l");
    sky.put(&lock, json!({"properties": {"level": "CanNotDelete"}}));
    assert_eq!(sky.send("DELETE", &lock, None).status, 200);
    assert!(sky.gone(&lock));
    let refused = sky.send("DELETE", &account, None);
    assert_eq!((refused.status, &refused.value()["error"]["code"]), (409, &json!("ScopeLocked")));
    assert!(refused.header("retry-after-ms").is_some());
    assert_eq!(sky.send("DELETE", &sky.group, None).value()["error"]["code"], "ScopeLocked");
    sky.cloud.step(Duration::from_secs(31));
    assert_eq!(sky.send("DELETE", &account, None).status, 200);
}

#[test]
fn rg_06_the_list_of_a_group_shows_what_is_gone_for_minutes() {
    let sky = Sky::new();
    let account = sky.storage();
    let list = format!("{}/resources", sky.group);
    let listed = || sky.send("GET", &list, None).value()["value"].as_array().unwrap().len();
    assert_eq!(sky.send("DELETE", &account, None).status, 200);
    assert!(sky.gone(&account));
    assert_eq!(listed(), 1);
    sky.cloud.step(Duration::from_secs(121));
    assert_eq!(listed(), 0);
    // What is there again is there once.
    sky.storage();
    sky.send("DELETE", &account, None);
    sky.storage();
    assert_eq!(listed(), 1);
}

#[test]
fn del_01_what_is_deleted_may_still_be_read() {
    let sky = Sky::new();
    let account = sky.storage();
    let (_, principal) = sky.identity("reader");
    sky.grant(&account, READER, &principal, GUIDS[0]);
    let role = format!("{account}/providers/Microsoft.Authorization/roleAssignments/{}", GUIDS[0]);
    let logs = sky.logs();
    let setting = format!("{account}/providers/Microsoft.Insights/diagnosticSettings/d");
    sky.put(&setting, json!({"properties": {"workspaceId": logs, "metrics": [{"category": "Transaction", "enabled": true}]}}));
    for id in [&role, &setting] {
        assert_eq!(sky.send("DELETE", id, None).status, 200, "{id}");
        assert!(!sky.gone(id), "{id} is still seen");
        assert_eq!(sky.send("DELETE", id, None).status, 204, "{id} is not there all the same");
        sky.cloud.step(Duration::from_secs(11));
        assert!(sky.gone(id), "{id}");
    }
    // The account was never seen again.
    assert_eq!(sky.send("DELETE", &account, None).status, 200);
    assert!(sky.gone(&account));
}
