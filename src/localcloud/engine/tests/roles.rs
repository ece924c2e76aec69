//! Who may do what (AUTH-03, AUTH-04, AUTH-05).

use super::*;

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

fn sky(roles: &[&str]) -> Sky {
    let sky = Sky::with_group();
    set(&sky, roles);
    sky
}

fn set(sky: &Sky, roles: &[&str]) {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    sky.cloud.set_roles(&roles).unwrap();
}

fn assignment(role: &str, principal: &str) -> Value {
    json!({"properties": {
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal,
    }})
}

fn grant_at(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

#[test]
fn auth_03_what_no_role_allows_is_refused_by_name_whether_it_exists_or_not() {
    let sky = sky(&["Owner"]);
    sky.have(&sky.id("nets/there"), plain());
    set(&sky, &["Reader"]);
    let names = sky.cloud.names();
    assert_eq!(sky.get(&sky.id("nets/there")).status, 200);
    assert_eq!(sky.get(&sky.id("nets/none")).status, 404);
    let refused = sky.put(&sky.id("nets/none"), plain());
    assert_eq!((refused.status, code(&refused)), (403, "AuthorizationFailed"));
    assert_eq!(
        message(&refused),
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action 'Microsoft.Orbital/nets/write' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            names.client_id,
            names.object_id,
            sky.id("nets/none")
        )
    );
    assert_eq!(refused.header("x-ms-failure-cause"), Some("gateway"));
    for (method, id, action) in [
        ("DELETE", sky.id("nets/none"), "Microsoft.Orbital/nets/delete"),
        ("PATCH", sky.group(), "Microsoft.Resources/subscriptions/resourceGroups/write"),
        (
            "POST",
            format!("{}/providers/Microsoft.Kusto/register", sky.subscription),
            "Microsoft.Kusto/register/action",
        ),
        ("POST", sky.id("nets/none/anything"), "Microsoft.Orbital/nets/anything/action"),
    ] {
        let refused = sky.send(method, &id, Some(json!({})));
        assert_eq!((refused.status, code(&refused)), (403, "AuthorizationFailed"), "{method} {id}");
        assert!(message(&refused).contains(&format!("'{action}' over scope")), "{}", message(&refused));
    }
    // Without any right, what is not there is 403 as well.
    set(&sky, &[]);
    for id in [sky.id("nets/there"), sky.id("nets/none"), sky.group(), sky.subscription.clone()] {
        assert_eq!(code(&sky.get(&id)), "AuthorizationFailed", "{id}");
    }
    assert_eq!(names_of(&sky.get("/subscriptions")), 0);
}

fn names_of(response: &Response) -> usize {
    response.value()["value"].as_array().unwrap().len()
}

#[test]
fn auth_03_roles_hold_at_their_scope_and_below() {
    let sky = sky(&["Owner"]);
    let other = format!("{}/resourceGroups/other", sky.subscription);
    sky.put(&other, json!({"location": "westeurope"}));
    sky.have(&sky.id("nets/n"), plain());
    sky.have(&format!("{other}/providers/Microsoft.Orbital/nets/m"), plain());
    set(&sky, &[&format!("Contributor@{}", sky.group())]);
    assert!(sky.put(&sky.id("nets/n"), plain()).status < 300);
    assert_eq!(code(&sky.get(&format!("{other}/providers/Microsoft.Orbital/nets/m"))), "AuthorizationFailed");
    assert_eq!(sky.get(&sky.subscription).status, 200);
    // A subscription's lists show what may be read.
    assert_eq!(names(&sky.get(&format!("{}/providers/Microsoft.Orbital/nets", sky.subscription))), ["n"]);
    assert_eq!(names(&sky.get(&format!("{}/resourceGroups", sky.subscription))), ["g"]);
    assert_eq!(names(&sky.get(&format!("{}/resources", sky.subscription))), ["n"]);
    let grants = sky.get(&grant_at(&sky.subscription, "")[..grant_at(&sky.subscription, "").len() - 1]);
    assert_eq!(code(&grants), "AuthorizationFailed");
}

#[test]
fn auth_03_roles_are_real_ones_and_those_of_the_world() {
    let sky = sky(&["Contributor"]);
    let me = sky.cloud.names().object_id;
    let grant = grant_at(&sky.group(), READER);
    let refused = sky.put(&grant, assignment(READER, &me));
    assert!(
        message(&refused).contains("'Microsoft.Authorization/roleAssignments/write'"),
        "{}",
        message(&refused)
    );
    let lock = format!("{}/providers/Microsoft.Authorization/locks/l", sky.group());
    let body = json!({"properties": {"level": "CanNotDelete"}});
    assert_eq!(code(&sky.put(&lock, body.clone())), "AuthorizationFailed");
    set(&sky, &["role based access control administrator"]);
    assert!(sky.put(&grant, assignment(READER, &me)).status < 300);
    assert_eq!(code(&sky.put(&lock, body.clone())), "AuthorizationFailed");
    set(&sky, &["User Access Administrator"]);
    assert!(sky.put(&lock, body).status < 300);
    // A custom role.
    let custom = "33333333-3333-3333-3333-333333333333";
    let definition =
        format!("{}/providers/Microsoft.Authorization/roleDefinitions/{custom}", sky.subscription);
    let body = json!({"properties": {"roleName": "Net Keeper", "permissions": [
        {"actions": ["Microsoft.Orbital/nets/*"], "notActions": ["*/delete"]},
    ]}});
    assert!(sky.put(&definition, body).status < 300);
    set(&sky, &["Net Keeper"]);
    assert!(sky.put(&sky.id("nets/n"), plain()).status < 300);
    assert_eq!(code(&sky.delete(&sky.id("nets/n"))), "AuthorizationFailed");
    let wrong = sky.cloud.set_roles(&["Emperor".to_owned()]).unwrap_err();
    assert!(wrong.to_string().contains("`Emperor` is no role"), "{wrong}");
    assert_eq!(sky.cloud.roles()[0], ("Net Keeper".to_owned(), sky.subscription.clone()), "as before");
}

#[test]
fn auth_03_everybody_may_ask_what_he_may_do() {
    let sky = sky(&["Reader", "User Access Administrator"]);
    let ask = |scope: &str| {
        let response = sky.get(&format!("{scope}/providers/Microsoft.Authorization/permissions"));
        let sets = response.value()["value"].as_array().unwrap().clone();
        sets.iter().map(|set| set["actions"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ask(&sky.group()), ["*/read", "*/read"]);
    set(&sky, &[&format!("Owner@{}", sky.group())]);
    assert_eq!(ask(&sky.id("nets/none")), ["*"]);
    assert_eq!(ask(&sky.subscription), Vec::<String>::new());
}

#[test]
fn auth_04_what_a_resource_is_joined_to_must_allow_it() {
    let sky = sky(&["Owner"]);
    let hub = format!("{}/resourceGroups/hub", sky.subscription);
    sky.put(&hub, json!({"location": "westeurope"}));
    let network = format!("{hub}/providers/Microsoft.Network/virtualNetworks/vnet");
    let subnet = format!("{network}/subnets/s");
    let prefix = json!({"location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/24"}}],
    }});
    sky.have(&network, prefix);
    let interface = format!("{}/providers/Microsoft.Network/networkInterfaces/nic", sky.group());
    let body = json!({"location": "westeurope", "properties": {"ipConfigurations": [
        {"name": "c", "properties": {"subnet": {"id": subnet}, "privateIPAllocationMethod": "Dynamic"}},
    ]}});
    let own = format!("Contributor@{}", sky.group());
    set(&sky, &[&own, &format!("Reader@{hub}")]);
    let refused = sky.put(&interface, body.clone());
    assert_eq!((refused.status, code(&refused)), (403, "LinkedAuthorizationFailed"));
    let names = sky.cloud.names();
    assert_eq!(
        message(&refused),
        format!(
            "The client '{}' with object id '{}' has permission to perform action 'Microsoft.Network/networkInterfaces/write' on scope '{interface}'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '{subnet}' (respectively) or the linked scope(s) are invalid.",
            names.client_id, names.object_id
        )
    );
    set(&sky, &[&own, &format!("Network Contributor@{hub}")]);
    assert!(sky.put(&interface, body).status < 300);
}

#[test]
fn auth_05_a_change_of_roles_takes_its_time() {
    let sky = sky(&["User Access Administrator"]);
    let me = sky.cloud.names().object_id;
    let grant = grant_at(&sky.subscription, CONTRIBUTOR);
    assert_eq!(sky.put(&grant, assignment(CONTRIBUTOR, &me)).status, 201);
    assert_eq!(code(&sky.put(&sky.id("nets/n"), plain())), "AuthorizationFailed");
    sky.step(84);
    assert!(sky.put(&sky.id("nets/n"), plain()).status < 300);
    assert_eq!(sky.delete(&grant).status, 200);
    assert!(sky.put(&sky.id("nets/n"), plain()).status < 300);
    sky.step(21);
    assert_eq!(code(&sky.put(&sky.id("nets/n"), plain())), "AuthorizationFailed");
}

#[test]
fn a_new_world_has_an_owner_as_lists_show_it_and_a_kept_one_its_roles() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::localcloud::WorldFile::File(folder.path().join("world.redb"));
    let open = || Sky::with(Options { world: file.clone(), ..Options::default() });
    let sky = open();
    let list = format!("{}/providers/Microsoft.Authorization/roleAssignments", sky.subscription);
    let found = sky.get(&list).value()["value"][0]["properties"].clone();
    let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    assert!(found["roleDefinitionId"].as_str().unwrap().ends_with(owner), "{found}");
    assert_eq!(found["principalId"], sky.cloud.names().object_id.as_str());
    assert_eq!(sky.cloud.show().resources, 0, "nobody sent it");
    set(&sky, &["Reader"]);
    drop(sky);
    let sky = open();
    assert_eq!(sky.cloud.roles(), [("Reader".to_owned(), sky.subscription.clone())]);
    sky.cloud.reset().unwrap();
    assert_eq!(sky.cloud.roles()[0].0, "Owner");
}
