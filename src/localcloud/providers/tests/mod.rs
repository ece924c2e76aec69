//! The providers' behaviour, by the ids of the facts, through the engine.

mod access;
mod bodies;
mod durations;
mod machine_learning;
mod machines;
mod network;
mod services;
mod shapes;

use crate::localcloud::cloud::{LocalCloud, Options};
use crate::localcloud::schema;
use crate::localcloud::wire::Response;
use crate::localcloud::{ClockMode, Registered};
use serde_json::{Value, json};
use std::time::Duration;

/// A cloud whose clock stands until it is stepped, with the group `g` in westeurope.
struct Sky {
    cloud: LocalCloud,
    group: String,
}

/// Versions at which the tests speak: those of azurerm 4.81.
const VERSIONS: &[(&str, &str)] = &[
    ("Microsoft.Authorization/locks", "2020-05-01"),
    ("Microsoft.Authorization/", "2022-04-01"),
    ("Microsoft.CognitiveServices/", "2026-03-01"),
    ("Microsoft.Compute/virtualMachines", "2024-03-01"),
    ("Microsoft.Compute/", "2023-04-02"),
    ("Microsoft.ContainerRegistry/", "2025-11-01"),
    ("Microsoft.ContainerService/", "2025-10-01"),
    ("Microsoft.DevTestLab/", "2018-09-15"),
    ("Microsoft.DocumentDB/", "2024-08-15"),
    ("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"),
    ("Microsoft.Insights/actionGroups", "2023-01-01"),
    ("Microsoft.Insights/", "2020-02-02"),
    ("Microsoft.KeyVault/", "2026-02-01"),
    ("Microsoft.MachineLearningServices/", "2025-06-01"),
    ("Microsoft.ManagedIdentity/", "2024-11-30"),
    ("Microsoft.Network/privateDnsZones", "2024-06-01"),
    ("Microsoft.Network/", "2025-01-01"),
    ("Microsoft.OperationalInsights/", "2023-09-01"),
    ("Microsoft.Search/", "2025-05-01"),
    ("Microsoft.Storage/", "2025-08-01"),
];

fn type_of(id: &str) -> String {
    crate::localcloud::id::ResourceId::parse(id).unwrap().type_name()
}

fn version_of(id: &str) -> &'static str {
    let provider = id.rsplit("/providers/").next().unwrap_or_default();
    let found = VERSIONS.iter().find(|(start, _)| provider.to_lowercase().starts_with(&start.to_lowercase()));
    found.map_or("2023-07-01", |(_, version)| version)
}

/// Properties that the service answers although no schema knows them (HTTP-06).
const BEYOND_SCHEMA: &[&str] = &[
    "allowRoleAssignmentOnRG",
    "softDeleteEnabled",
    "creationTime",
    "EnableSoftwareBillOfMaterials",
    "changeableIsolationModes",
    "isDefault",
    "etag",
    "isPrivateLinkEnabled",
    "resourceGuid",
    "privateDnsZoneConfigs[].id",
    "privateDnsZoneConfigs[].type",
    "privateDnsZoneConfigs[].properties.provisioningState",
    "EnabledApiTypes",
    "configurationOverrides",
    "enablePartitionKeyMonitor",
];

/// `a[0].b` → `a[].b`.
fn without_indexes(path: &str) -> String {
    path.chars().filter(|c| !c.is_ascii_digit()).collect()
}

impl Sky {
    fn new() -> Sky {
        let options =
            Options { clock: ClockMode::Stepped, registered: Registered::All, ..Options::default() };
        let cloud = LocalCloud::open(&options).unwrap();
        let group = format!("/subscriptions/{}/resourceGroups/g", cloud.names().subscription_id);
        let sky = Sky { cloud, group };
        assert_eq!(sky.send("PUT", &sky.group, Some(json!({"location": "westeurope"}))).status, 201);
        sky
    }

    /// Id of a resource in the group: `Microsoft.KeyVault/vaults/v`.
    fn id(&self, tail: &str) -> String {
        format!("{}/providers/{tail}", self.group)
    }

    fn send(&self, method: &str, id: &str, body: Option<Value>) -> Response {
        self.cloud.request(method, &format!("{id}?api-version={}", version_of(id)), body.as_ref())
    }

    fn step(&self) {
        self.cloud.step(Duration::from_secs(4000));
    }

    /// PUT, to its end; what GET answers then, judged by the schema.
    fn put(&self, id: &str, body: Value) -> Value {
        let answer = self.send("PUT", id, Some(body));
        assert!(answer.status < 300, "PUT {id}: {} {:?}", answer.status, answer.body);
        self.step();
        self.get(id)
    }

    fn get(&self, id: &str) -> Value {
        let answer = self.send("GET", id, None);
        assert_eq!(answer.status, 200, "GET {id}: {:?}", answer.body);
        let body = answer.body.unwrap_or_default();
        if let Some(schema) = schema::find(&type_of(id), version_of(id))
            && let Err(faults) = schema.check_answer(&body)
        {
            let odd: Vec<String> = faults
                .iter()
                .filter(|f| !BEYOND_SCHEMA.iter().any(|known| without_indexes(&f.path).ends_with(known)))
                .map(ToString::to_string)
                .collect();
            assert!(odd.is_empty(), "GET {id}: {odd:#?}");
        }
        let state = body["properties"]["provisioningState"].as_str().unwrap_or("Succeeded");
        assert!(state.eq_ignore_ascii_case("Succeeded"), "{id} is {state}: {body:#}");
        body
    }

    /// The code with which a PUT is refused, at once or by its operation.
    fn refused(&self, id: &str, body: Value) -> (u16, String) {
        let answer = self.send("PUT", id, Some(body));
        if answer.status >= 400 {
            let error = answer.value();
            let code = error["error"]["code"].as_str().or_else(|| error["code"].as_str()).unwrap_or_default();
            return (answer.status, code.to_owned());
        }
        let poll = answer.header("azure-asyncoperation").or_else(|| answer.header("location"));
        let poll = poll.unwrap_or_else(|| panic!("PUT {id} is accepted: {:?}", answer.body)).to_owned();
        self.step();
        let ended = self.cloud.request("GET", &poll, None);
        let body = ended.value();
        assert_eq!(body["status"], "Failed", "PUT {id} succeeds: {body}");
        (0, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The message with which a PUT is refused.
    fn message(&self, id: &str, body: Value) -> String {
        let answer = self.send("PUT", id, Some(body));
        assert!(answer.status >= 400, "PUT {id} is accepted");
        let error = answer.value();
        error["error"]["message"]
            .as_str()
            .or_else(|| error["message"].as_str())
            .unwrap_or_default()
            .to_owned()
    }

    fn delete(&self, id: &str) -> Response {
        let answer = self.send("DELETE", id, None);
        self.step();
        answer
    }

    fn gone(&self, id: &str) -> bool {
        self.send("GET", id, None).status == 404
    }

    // What the tests build on.

    /// A network `10.0.0.0/16` with the subnet `s` `10.0.1.0/24`; its id.
    fn network(&self) -> String {
        let id = self.id("Microsoft.Network/virtualNetworks/vnet");
        let body = json!({"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}});
        self.put(&id, body);
        let subnet = format!("{id}/subnets/s");
        self.put(&subnet, json!({"properties": {"addressPrefix": "10.0.1.0/24"}}));
        id
    }

    /// A vault with roles and purge protection; its id.
    fn vault(&self) -> String {
        let id = self.id("Microsoft.KeyVault/vaults/kv-one");
        self.put(
            &id,
            self.vault_body(json!({"enableRbacAuthorization": true, "enablePurgeProtection": true})),
        );
        id
    }

    fn vault_body(&self, more: Value) -> Value {
        let mut body = json!({"location": "westeurope", "properties": {
            "tenantId": self.cloud.names().tenant_id, "sku": {"family": "A", "name": "premium"},
        }});
        body["properties"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    }

    fn storage(&self) -> String {
        let id = self.id("Microsoft.Storage/storageAccounts/stone");
        let body = json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}});
        self.put(&id, body);
        id
    }

    fn insights(&self) -> String {
        let id = self.id("Microsoft.Insights/components/appi");
        let workspace = self.logs();
        let body = json!({"location": "westeurope", "kind": "web",
            "properties": {"Application_Type": "web", "WorkspaceResourceId": workspace}});
        self.put(&id, body);
        id
    }

    fn logs(&self) -> String {
        let id = self.id("Microsoft.OperationalInsights/workspaces/logs");
        self.put(&id, json!({"location": "westeurope", "properties": {"sku": {"name": "PerGB2018"}}}));
        id
    }

    /// An identity; its id and its principal.
    fn identity(&self, name: &str) -> (String, String) {
        let id = self.id(&format!("Microsoft.ManagedIdentity/userAssignedIdentities/{name}"));
        let body = self.put(&id, json!({"location": "westeurope"}));
        (id, body["properties"]["principalId"].as_str().unwrap().to_owned())
    }

    fn grant(&self, scope: &str, role: &str, principal: &str, name: &str) -> Value {
        let id = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}");
        self.put(&id, grant_body(role, principal))
    }
}

fn grant_body(role: &str, principal: &str) -> Value {
    json!({"properties": {
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal,
    }})
}

/// GUIDs for names of role assignments.
const GUIDS: [&str; 3] = [
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
];

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const ENCRYPTION_USER: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
