//! Policies as a request meets them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::localcloud::cloud::{LocalCloud, Options};
use crate::localcloud::wire::Response;
use crate::localcloud::{ClockMode, Registered};

const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces";

/// A cloud whose clock stands, with the group `g`.
struct Governed {
    cloud: LocalCloud,
    subscription: String,
    group: String,
}

impl Governed {
    fn new() -> Governed {
        let options =
            Options { clock: ClockMode::Stepped, registered: Registered::All, ..Options::default() };
        let cloud = LocalCloud::open(&options).unwrap();
        let subscription = format!("/subscriptions/{}", cloud.names().subscription_id);
        let group = format!("{subscription}/resourceGroups/g");
        let all = Governed { cloud, subscription, group };
        let body = json!({"location": "westeurope", "tags": {"cost": "42"}});
        assert_eq!(all.put(&all.group.clone(), "2021-04-01", body).status, 201);
        all
    }

    fn put(&self, id: &str, version: &str, body: Value) -> Response {
        self.cloud.request("PUT", &format!("{id}?api-version={version}"), Some(&body))
    }

    /// Assigns a definition at a scope, without waiting until it holds.
    fn assign(&self, scope: &str, name: &str, definition: &str, properties: Value) -> Response {
        let mut body = json!({"properties": properties});
        let id = match definition.starts_with('/') {
            true => definition.to_owned(),
            false => format!("/providers/Microsoft.Authorization/policyDefinitions/{definition}"),
        };
        body["properties"]["policyDefinitionId"] = id.into();
        self.put(
            &format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{name}"),
            "2022-06-01",
            body,
        )
    }

    /// Assigns, and waits until it holds.
    fn govern(&self, scope: &str, name: &str, definition: &str, properties: Value) {
        let made = self.assign(scope, name, definition, properties);
        assert_eq!(made.status, 201, "{:?}", made.body);
        self.cloud.step(Duration::from_secs(1_800));
    }

    fn define(&self, name: &str, rule: Value) -> Response {
        let id = format!("{}/providers/Microsoft.Authorization/policyDefinitions/{name}", self.subscription);
        self.put(
            &id,
            "2021-06-01",
            json!({"properties": {"mode": "All", "displayName": name, "policyRule": rule}}),
        )
    }

    fn identity(&self, name: &str, body: Value) -> Response {
        let id =
            format!("{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{name}", self.group);
        self.put(&id, "2024-11-30", body)
    }

    fn check(&self, content: &Value) -> Vec<Value> {
        let uri = format!(
            "{}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2022-03-01",
            self.group
        );
        let answer =
            self.cloud.request("POST", &uri, Some(&json!({"resourceDetails": {"resourceContent": content}})));
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.value()["contentEvaluationResult"]["policyEvaluations"].as_array().unwrap().clone()
    }
}

fn code(response: &Response) -> String {
    response.value()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn pol_01_a_denied_write_is_refused_with_its_policies() {
    let all = Governed::new();
    let europe = json!({"displayName": "Only Europe", "parameters": {"listOfAllowedLocations": {"value": ["westeurope"]}}});
    all.govern(&all.subscription, "europe", "e56962a6-4747-49cd-b67b-bf8b01975c4c", europe);
    assert_eq!(all.identity("near", json!({"location": "West Europe"})).status, 201);
    assert_eq!(all.identity("near", json!({"location": "westeurope"})).status, 200);
    let refused = all.identity("far", json!({"location": "eastus"}));
    assert_eq!((refused.status, code(&refused)), (403, "RequestDisallowedByPolicy".to_owned()));
    let error = &refused.value()["error"];
    assert_eq!(error["target"], "id-far");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("Resource 'id-far' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":{\"name\":\"Only Europe\",\"id\":"), "{message}");
    assert!(message.contains("\"policyDefinition\":{\"name\":\"Allowed locations\""), "{message}");
    let info = &error["additionalInfo"][0];
    assert_eq!(info["type"], "PolicyViolation");
    let tested = info["info"]["evaluationDetails"]["evaluatedExpressions"].as_array().unwrap();
    assert!(
        tested.iter().any(|one| one["expression"] == "location" && one["expressionValue"] == "eastus"),
        "{tested:?}"
    );
    // What it governs is not there, and nothing was changed.
    let id = format!("{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-far", all.group);
    assert!(all.cloud.document(&id).is_none());
}

#[test]
fn pol_01_reasons_are_given_where_the_assignment_has_some() {
    let all = Governed::new();
    let properties = json!({"parameters": {"tagName": {"value": "owner"}},
        "nonComplianceMessages": [{"message": "Say who owns it."}]});
    all.govern(&all.group, "owner", "871b6d14-10aa-478d-b590-94f262ecfa99", properties);
    let refused = all.identity("a", json!({"location": "westeurope"}));
    let message = refused.value()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message,
        "Resource 'id-a' was disallowed by policy. Reasons: 'Say who owns it.'. See error details for policy resource IDs."
    );
    assert_eq!(all.identity("a", json!({"location": "westeurope", "tags": {"Owner": "me"}})).status, 201);
    // Types without tags are none of its business, and neither is another group.
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", all.group);
    assert_eq!(all.put(&lock, "2020-05-01", json!({"properties": {"level": "CanNotDelete"}})).status, 201);
    assert_eq!(
        all.put(
            &format!("{}/resourceGroups/h", all.subscription),
            "2021-04-01",
            json!({"location": "westeurope"})
        )
        .status,
        201
    );
}

#[test]
fn pol_01_modify_and_append_change_what_was_sent() {
    let all = Governed::new();
    all.govern(
        &all.group,
        "inherit",
        "cd3aa116-8754-49c9-a813-ad46512ece54",
        json!({"parameters": {"tagName": {"value": "cost"}}}),
    );
    let stamp = json!({"parameters": {"tagName": {"value": "by"}, "tagValue": {"value": "policy"}}});
    all.govern(&all.group, "stamp", "2a0e14a6-b0a6-4fab-991a-187a4f81c498", stamp);
    let made = all.identity("a", json!({"location": "westeurope", "tags": {"cost": "7", "own": "x"}}));
    assert_eq!(made.value()["tags"], json!({"cost": "42", "own": "x", "by": "policy"}));
    let kept = all.identity("b", json!({"location": "westeurope", "tags": {"by": "me"}}));
    assert_eq!(kept.value()["tags"], json!({"by": "me", "cost": "42"}));
    // An append that would write over another value refuses.
    let rule = json!({"if": {"field": "type", "equals": "Microsoft.ManagedIdentity/userAssignedIdentities"},
        "then": {"effect": "append", "details": [{"field": "tags['zone']", "value": "z1"}]}});
    assert_eq!(all.define("zone", rule).status, 201);
    let zone = format!("{}/providers/Microsoft.Authorization/policyDefinitions/zone", all.subscription);
    all.govern(&all.group, "zone", &zone, json!({}));
    assert_eq!(all.identity("c", json!({"location": "westeurope", "tags": {"zone": "z1"}})).status, 201);
    assert_eq!(
        code(&all.identity("d", json!({"location": "westeurope", "tags": {"zone": "z2"}}))),
        "RequestDisallowedByPolicy"
    );
}

#[test]
fn pol_01_machine_learning_definitions_judge_workspaces() {
    let all = Governed::new();
    let deny = json!({"parameters": {"effect": {"value": "Deny"}}});
    let open = json!({"type": WORKSPACE, "name": "w", "location": "westeurope", "properties": {"publicNetworkAccess": "Enabled"}});
    let closed = json!({"type": WORKSPACE, "name": "w", "location": "westeurope", "properties": {"publicNetworkAccess": "Disabled",
        "encryption": {"status": "Enabled"}, "primaryUserAssignedIdentity": "/x", "v1LegacyMode": true,
        "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}});
    for (at, (guid, parameters)) in [
        ("438c38d2-3772-465a-a9cc-7a6666a275ce", deny.clone()),
        ("ba769a63-b8cc-4b2d-abf6-ac33c7204be8", deny.clone()),
        ("5f0c7d88-c7de-45b8-ac49-db49e72eaa78", deny.clone()),
        ("e413671a-dd10-4cc1-a943-45b598596cb7", deny),
        (
            "6ddb1705-c8cf-450e-aa4b-19ad6703c440",
            json!({"parameters": {"effect": {"value": "Deny"}, "isolationMode": {"value": "AllowOnlyApprovedOutbound"}}}),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        all.govern(&all.group, &format!("ml-{at}"), guid, parameters);
        assert_eq!(all.check(&open).len(), at + 1, "{guid}");
        assert_eq!(all.check(&closed), [] as [Value; 0], "{guid}");
    }
    let told = &all.check(&open)[0];
    assert_eq!(
        (&told["evaluationResult"], &told["effectDetails"]["policyEffect"]),
        (&json!("NonCompliant"), &json!("deny"))
    );
    // The same definition as it is without parameters only looks.
    let other = Governed::new();
    other.govern(&other.group, "audit", "438c38d2-3772-465a-a9cc-7a6666a275ce", json!({}));
    assert_eq!(other.check(&open), [] as [Value; 0]);
}

#[test]
fn pol_01_sets_overrides_and_exclusions() {
    let all = Governed::new();
    let set = format!("{}/providers/Microsoft.Authorization/policySetDefinitions/base", all.subscription);
    let member = |name: &str, guid: &str, parameters: Value| {
        json!({"policyDefinitionReferenceId": name, "parameters": parameters,
            "policyDefinitionId": format!("/providers/Microsoft.Authorization/policyDefinitions/{guid}")})
    };
    let body = json!({"properties": {
        "displayName": "Base line",
        "parameters": {"regions": {"type": "Array"}},
        "policyDefinitions": [
            member("where", "e56962a6-4747-49cd-b67b-bf8b01975c4c", json!({"listOfAllowedLocations": {"value": "[parameters('regions')]"}})),
            member("who", "871b6d14-10aa-478d-b590-94f262ecfa99", json!({"tagName": {"value": "owner"}})),
        ],
    }});
    assert_eq!(all.put(&set, "2021-06-01", body).status, 201);
    let regions = json!({"regions": {"value": ["westeurope"]}});
    assert_eq!(code(&all.assign(&all.group, "base", &set, json!({}))), "MissingPolicyParameter");
    let overrides = json!([{"kind": "policyEffect", "value": "disabled", "selectors": [{"kind": "policyDefinitionReferenceId", "in": ["who"]}]}]);
    all.govern(&all.group, "base", &set, json!({"parameters": regions, "overrides": overrides}));
    assert_eq!(all.identity("a", json!({"location": "westeurope"})).status, 201, "the tag is not asked for");
    let refused = all.identity("b", json!({"location": "eastus"}));
    assert!(
        refused.value()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("\"policySetDefinition\":{\"name\":\"Base line\"")
    );
}

#[test]
fn pol_01_assignments_that_do_not_concern_a_resource() {
    let all = Governed::new();
    let wanted = |more: Value| {
        let mut properties = json!({"parameters": {"tagName": {"value": "owner"}}});
        properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        properties
    };
    let tag = "871b6d14-10aa-478d-b590-94f262ecfa99";
    all.govern(&all.subscription, "excluded", tag, wanted(json!({"notScopes": [all.group.to_uppercase()]})));
    all.govern(&all.subscription, "loose", tag, wanted(json!({"enforcementMode": "DoNotEnforce"})));
    let selectors = json!([{"name": "us", "selectors": [{"kind": "resourceLocation", "in": ["eastus"]}]}]);
    all.govern(&all.subscription, "elsewhere", tag, wanted(json!({"resourceSelectors": selectors})));
    assert_eq!(all.identity("a", json!({"location": "westeurope"})).status, 201);
    assert_eq!(code(&all.identity("b", json!({"location": "eastus"}))), "RequestDisallowedByPolicy");
}

#[test]
fn pol_01_deletes_that_a_policy_forbids() {
    let all = Governed::new();
    let made = all.identity("a", json!({"location": "westeurope"}));
    let id = made.value()["id"].as_str().unwrap().to_owned();
    let rule = json!({"if": {"field": "type", "equals": "Microsoft.ManagedIdentity/userAssignedIdentities"},
        "then": {"effect": "denyAction", "details": {"actionNames": ["delete"]}}});
    assert_eq!(all.define("keep", rule).status, 201);
    let keep = format!("{}/providers/Microsoft.Authorization/policyDefinitions/keep", all.subscription);
    all.govern(&all.group, "keep", &keep, json!({}));
    let refused = all.cloud.request("DELETE", &format!("{id}?api-version=2024-11-30"), None);
    assert_eq!((refused.status, code(&refused)), (403, "RequestDisallowedByPolicy".to_owned()));
    assert_eq!(all.identity("a", json!({"location": "westeurope", "tags": {"x": "y"}})).status, 200);
}

#[test]
fn pol_01_groups_are_judged_as_well() {
    let all = Governed::new();
    let properties = json!({"parameters": {"listOfAllowedLocations": {"value": ["westeurope"]}}});
    all.govern(&all.subscription, "groups", "e765b5de-1225-4ba3-bd56-1ac6695af988", properties);
    let group = format!("{}/resourceGroups/far", all.subscription);
    assert_eq!(
        code(&all.put(&group, "2021-04-01", json!({"location": "eastus"}))),
        "RequestDisallowedByPolicy"
    );
    assert_eq!(all.identity("far", json!({"location": "eastus"})).status, 201);
}

#[test]
fn pol_02_a_new_assignment_holds_after_minutes_and_only_for_what_is_sent_then() {
    let all = Governed::new();
    assert_eq!(all.identity("before", json!({"location": "westeurope"})).status, 201);
    let properties = json!({"parameters": {"tagName": {"value": "owner"}}});
    assert_eq!(
        all.assign(&all.group, "owner", "871b6d14-10aa-478d-b590-94f262ecfa99", properties).status,
        201
    );
    assert_eq!(all.identity("soon", json!({"location": "westeurope"})).status, 201);
    all.cloud.step(Duration::from_secs(1_800));
    assert_eq!(all.identity("late", json!({"location": "westeurope"})).status, 403);
    // What is there stays; what is sent is judged, whatever is stored.
    let id = format!("{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-before", all.group);
    assert_eq!(all.cloud.request("GET", &format!("{id}?api-version=2024-11-30"), None).status, 200);
    assert_eq!(all.identity("before", json!({"location": "westeurope"})).status, 403);
    assert_eq!(
        all.identity("before", json!({"location": "westeurope", "tags": {"owner": "me"}})).status,
        200
    );
    assert_eq!(
        all.identity("before", json!({"location": "westeurope"})).status,
        403,
        "a PUT says it all again"
    );
}

#[test]
fn definitions_and_assignments_are_judged_when_they_are_written() {
    let all = Governed::new();
    let rule = |condition: Value| json!({"if": condition, "then": {"effect": "deny"}});
    assert_eq!(code(&all.define("a", rule(json!({"field": "type", "is": "x"})))), "InvalidPolicyRule");
    assert_eq!(
        code(&all.define("a", json!({"if": {"field": "type", "equals": "x"}, "then": {"effect": "forbid"}}))),
        "InvalidPolicyRule"
    );
    assert_eq!(
        code(&all.assign(&all.group, "a", "00000000-0000-0000-0000-000000000000", json!({}))),
        "PolicyDefinitionNotFound"
    );
    let deny = "438c38d2-3772-465a-a9cc-7a6666a275ce";
    let with = |name: &str, value: &str| json!({"parameters": {name: {"value": value}}});
    assert_eq!(code(&all.assign(&all.group, "a", deny, with("effects", "Deny"))), "UndefinedPolicyParameter");
    let wrong = all.assign(&all.group, "a", deny, with("effect", "Refuse"));
    assert_eq!(code(&wrong), "PolicyParameterValueNotAllowed");
    let message = wrong.value()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message,
        "The value 'Refuse' is not allowed for policy parameter 'effect' in policy definition '438c38d2-3772-465a-a9cc-7a6666a275ce'. The allowed values are 'Audit, Deny, Disabled'."
    );
}
