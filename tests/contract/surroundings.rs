//! What an example takes for granted: groups, parents, and every resource that its body names, made in a local cloud.

use std::collections::BTreeMap;

use ringfence::localcloud::id::ResourceId;
use ringfence::localcloud::wire::Response;
use ringfence::localcloud::{ClockMode, LocalCloud, Options, Registered};
use serde_json::{Value as Json, json};

use super::official::{Example, texts};

/// A cloud in which things are made as they are needed.
pub struct Surroundings<'e> {
    pub cloud: LocalCloud,
    examples: &'e [Example],
    /// How many networks were made; each has an address space of its own.
    networks: usize,
    /// How many subnets were made in a network.
    subnets: BTreeMap<String, usize>,
    /// What is being made: what names each other is not made for ever.
    open: Vec<String>,
    /// What could not be made, and why.
    pub failed: Vec<String>,
}

const TENANT: &str = "00000000-0000-0000-0000-000000000000";

/// The address spaces of networks: the first two numbers.
const SPACES: &[(&str, &str)] =
    &[("10.0.0.0/8", "10."), ("172.16.0.0/12", "172."), ("100.64.0.0/10", "100."), ("11.0.0.0/8", "11.")];

/// The least body of types that others name; `{l}` is the region, `{g}` the group. A type that is not here is made of a
/// location and no properties.
const LEAST: &[(&str, &str)] = &[
    (
        "Microsoft.Authorization/policyDefinitions",
        r#"{"properties":{"mode":"All","parameters":{"prefix":{"type":"String","defaultValue":""},"suffix":{"type":"String","defaultValue":""}},"policyRule":{"if":{"field":"location","equals":"nowhere"},"then":{"effect":"audit"}}}}"#,
    ),
    (
        "Microsoft.Authorization/policySetDefinitions",
        r#"{"properties":{"policyDefinitions":[{"policyDefinitionId":"/providers/Microsoft.Authorization/policyDefinitions/06a78e20-9358-41c9-923c-fb736d382a4d"}]}}"#,
    ),
    (
        "Microsoft.Authorization/roleDefinitions",
        r#"{"properties":{"roleName":"Least","type":"CustomRole","permissions":[{"actions":["*/read"],"notActions":[]}],"assignableScopes":["{s}"]}}"#,
    ),
    (
        "Microsoft.ContainerRegistry/registries",
        r#"{"location":"{l}","sku":{"name":"Premium"},"properties":{}}"#,
    ),
    (
        "Microsoft.ContainerService/managedClusters",
        r#"{"location":"{l}","identity":{"type":"SystemAssigned"},"properties":{"dnsPrefix":"least","agentPoolProfiles":[{"name":"one","mode":"System","count":1,"vmSize":"Standard_DS2_v2"}]}}"#,
    ),
    (
        "Microsoft.DocumentDB/databaseAccounts",
        r#"{"location":"{l}","properties":{"databaseAccountOfferType":"Standard","locations":[{"locationName":"{l}","failoverPriority":0}]}}"#,
    ),
    (
        "Microsoft.Insights/actionGroups",
        r#"{"location":"Global","properties":{"groupShortName":"least","enabled":true}}"#,
    ),
    (
        "Microsoft.Insights/components",
        r#"{"location":"{l}","kind":"web","properties":{"Application_Type":"web"}}"#,
    ),
    (
        "Microsoft.Insights/privateLinkScopes",
        r#"{"location":"global","properties":{"accessModeSettings":{"ingestionAccessMode":"Open","queryAccessMode":"Open"}}}"#,
    ),
    (
        "Microsoft.KeyVault/vaults",
        r#"{"location":"{l}","properties":{"tenantId":"00000000-0000-0000-0000-000000000000","sku":{"family":"A","name":"standard"},"accessPolicies":[],"enablePurgeProtection":true}}"#,
    ),
    (
        "Microsoft.MachineLearningServices/workspaces",
        r#"{"location":"{l}","identity":{"type":"SystemAssigned"},"properties":{"storageAccount":"{g}/providers/Microsoft.Storage/storageAccounts/leastaccount","keyVault":"{g}/providers/Microsoft.KeyVault/vaults/leastvault","applicationInsights":"{g}/providers/Microsoft.Insights/components/least"}}"#,
    ),
    ("Microsoft.Network/bastionHosts", r#"{"location":"{l}","properties":{}}"#),
    (
        "Microsoft.Network/networkInterfaces",
        r#"{"location":"{l}","properties":{"ipConfigurations":[{"name":"ipconfig1","properties":{"subnet":{"id":"{g}/providers/Microsoft.Network/virtualNetworks/least/subnets/machines"}}}]}}"#,
    ),
    ("Microsoft.Network/privateDnsZones", r#"{"location":"global"}"#),
    (
        "Microsoft.Network/privateEndpoints",
        r#"{"location":"{l}","properties":{"subnet":{"id":"{g}/providers/Microsoft.Network/virtualNetworks/least/subnets/endpoints"},"privateLinkServiceConnections":[{"name":"one","properties":{"privateLinkServiceId":"{g}/providers/Microsoft.Storage/storageAccounts/leastaccount","groupIds":["blob"]}}]}}"#,
    ),
    (
        "Microsoft.Network/publicIPAddresses",
        r#"{"location":"{l}","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}"#,
    ),
    (
        "Microsoft.Network/publicIPPrefixes",
        r#"{"location":"{l}","sku":{"name":"Standard"},"properties":{"prefixLength":30}}"#,
    ),
    (
        "Microsoft.Network/virtualNetworkGateways",
        r#"{"location":"{l}","properties":{"gatewayType":"Vpn","vpnType":"RouteBased","sku":{"name":"VpnGw1AZ","tier":"VpnGw1AZ"},"ipConfigurations":[{"name":"one","properties":{"subnet":{"id":"{g}/providers/Microsoft.Network/virtualNetworks/least/subnets/GatewaySubnet"},"publicIPAddress":{"id":"{g}/providers/Microsoft.Network/publicIPAddresses/leastgateway"}}}]}}"#,
    ),
    ("Microsoft.Search/searchServices", r#"{"location":"{l}","sku":{"name":"standard"},"properties":{}}"#),
    (
        "Microsoft.Storage/storageAccounts",
        r#"{"location":"{l}","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{}}"#,
    ),
    ("Microsoft.Storage/storageAccounts/blobServices", r#"{"properties":{}}"#),
    ("Microsoft.Storage/storageAccounts/fileServices", r#"{"properties":{}}"#),
];

impl<'e> Surroundings<'e> {
    /// An empty cloud with the subscriptions that an example names.
    pub fn of(example: &Example, examples: &'e [Example]) -> Self {
        let mut found = vec![example.id.as_str()];
        texts(&example.body, &mut found);
        let ids = found.into_iter().filter_map(ResourceId::parse);
        let mut subscriptions: Vec<String> =
            ids.filter_map(|id| id.subscription().map(str::to_lowercase)).collect();
        subscriptions.push(super::official::SUBSCRIPTION.to_owned());
        subscriptions.sort();
        subscriptions.dedup();
        let options = Options {
            clock: ClockMode::Stepped,
            registered: Registered::All,
            more_subscriptions: subscriptions,
            ..Options::default()
        };
        Surroundings {
            cloud: LocalCloud::open(&options).unwrap(),
            examples,
            networks: 0,
            subnets: BTreeMap::new(),
            open: Vec::new(),
            failed: Vec::new(),
        }
    }

    /// Makes all that a write takes for granted: what it lives in, and what its body names.
    pub fn prepare(&mut self, id: &str, body: &Json) {
        let region = body["location"].as_str().unwrap_or("westus").to_owned();
        let Some(parsed) = ResourceId::parse(id) else { return };
        if let Some(scope) = parsed.scope() {
            self.need(&scope, &region);
        }
        let mut named = Vec::new();
        texts(body, &mut named);
        for id in named.into_iter().filter_map(ResourceId::parse) {
            self.need(&id, &region);
        }
        self.vaults(&parsed, body, &region);
    }

    /// Makes the vaults that a body names by their addresses, open to the identities that are there.
    fn vaults(&mut self, id: &ResourceId, body: &Json, region: &str) {
        let mut named = Vec::new();
        texts(body, &mut named);
        let identities: Vec<String> = self
            .cloud
            .ids()
            .iter()
            .filter_map(|id| self.cloud.document(id))
            .filter_map(|document| {
                document.at("properties.principalId").and_then(Json::as_str).map(str::to_owned)
            })
            .collect();
        let policies: Vec<Json> = identities
            .iter()
            .map(|principal| json!({"tenantId": TENANT, "objectId": principal, "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]}}))
            .collect();
        let least = json!({"location": region, "properties": {"tenantId": TENANT, "enablePurgeProtection": true,
            "sku": {"family": "A", "name": "standard"}, "accessPolicies": policies}});
        for url in named.into_iter().filter(|t| t.starts_with("https://") && t.contains(".vault")) {
            let name = url.trim_start_matches("https://").split('.').next().unwrap_or_default();
            if let Some(group) = id.resource_group_id() {
                let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/{name}");
                let made = self.put(&vault, "2023-07-01", &least);
                self.failed.extend(made.err().map(|why| format!("{vault}: {why}")));
                if let Some(key) = url.split("/keys/").nth(1).and_then(|rest| rest.split('/').next()) {
                    let made = json!({"properties": {"kty": "RSA", "keySize": 2048}});
                    let made = self.put(&format!("{vault}/keys/{key}"), "2023-07-01", &made);
                    self.failed.extend(made.err().map(|why| format!("{vault}/keys/{key}: {why}")));
                }
            }
        }
    }

    fn need(&mut self, id: &ResourceId, region: &str) {
        let kind = id.type_name();
        let built_in = id.subscription().is_none() || kind == "Microsoft.Resources/subscriptions";
        if built_in || self.cloud.document(id.as_str()).is_some() || self.open.contains(&id.key().to_owned())
        {
            return;
        }
        self.open.push(id.key().to_owned());
        if let Some(scope) = id.scope() {
            self.need(&scope, region);
        }
        let mut refusals = Vec::new();
        for (version, body) in self.bodies(id, &kind, region) {
            self.prepare(id.as_str(), &body);
            match self.put(id.as_str(), &version, &body) {
                Ok(_) => {
                    refusals.clear();
                    break;
                }
                Err(why) => refusals.push(why),
            }
        }
        self.open.pop();
        self.failed.extend(refusals.into_iter().next().map(|why| format!("{id}: {why}")));
    }

    /// Bodies to make a resource of: the least, then those of the examples of its type.
    fn bodies(&mut self, id: &ResourceId, kind: &str, region: &str) -> Vec<(String, Json)> {
        let is = |known: &str| known.eq_ignore_ascii_case(kind);
        let of_type: Vec<&Example> = self.examples.iter().filter(|e| is(&e.arm_type)).collect();
        let version = of_type.first().map_or("2023-07-01", |e| e.api_version.as_str()).to_owned();
        let least = if is("Microsoft.Resources/resourceGroups") {
            json!({ "location": region })
        } else if is("Microsoft.Network/virtualNetworks") {
            self.networks += 1;
            let (space, _) = SPACES[(self.networks - 1) % SPACES.len()];
            self.subnets.insert(id.key().to_owned(), ((self.networks - 1) % SPACES.len()) << 16);
            json!({"location": region, "properties": {"addressSpace": {"addressPrefixes": [space]}}})
        } else if is("Microsoft.Network/virtualNetworks/subnets") {
            json!({"properties": {"addressPrefix": self.prefix(id), "privateLinkServiceNetworkPolicies": "Disabled"}})
        } else if let Some((_, text)) = LEAST.iter().find(|(known, _)| is(known)) {
            let subscription = format!("/subscriptions/{}", id.subscription().unwrap_or_default());
            let group = id.resource_group_id().map(|g| g.to_string()).unwrap_or_default();
            serde_json::from_str(
                &text.replace("{l}", region).replace("{g}", &group).replace("{s}", &subscription),
            )
            .unwrap()
        } else if id.parent_resource().is_some() {
            json!({"properties": {}})
        } else {
            json!({"location": region, "properties": {}})
        };
        // A few: what none of them makes, the others do not make either.
        let shipped = of_type.iter().take(3).map(|e| (e.api_version.clone(), e.body.clone()));
        std::iter::once((version, least)).chain(shipped).collect()
    }

    /// A free range for a subnet: high in the space, where examples write none.
    fn prefix(&mut self, id: &ResourceId) -> String {
        let network = id.parent_resource().map(|p| p.key().to_owned()).unwrap_or_default();
        let count = self.subnets.entry(network).or_default();
        *count += 1;
        let (_, start) = SPACES[*count >> 16];
        let second = match start {
            "172." => 31,
            "100." => 127,
            _ => 255,
        };
        format!("{start}{second}.{}.0/24", 256 - (*count & 0xffff))
    }

    /// A PUT to its end: what GET answers then, or why it was refused or failed.
    pub fn put(&self, id: &str, version: &str, body: &Json) -> Result<Json, String> {
        self.write("PUT", id, version, body)
    }

    /// A PATCH, likewise.
    pub fn patch(&self, id: &str, version: &str, body: &Json) -> Result<Json, String> {
        self.write("PATCH", id, version, body)
    }

    fn write(&self, method: &str, id: &str, version: &str, body: &Json) -> Result<Json, String> {
        let answer = self.send(method, id, version, Some(body));
        let said = |answer: &Response| {
            let error = &answer.value()["error"];
            let error = if error.is_null() { answer.value() } else { error };
            let text = |name: &str| error[name].as_str().unwrap_or_default();
            format!("{} {}: {}", answer.status, text("code"), text("message"))
        };
        if answer.status >= 300 {
            return Err(said(&answer));
        }
        self.cloud.finish_operations();
        if let Some(url) = answer.header("azure-asyncoperation") {
            let ended = self.cloud.request("GET", url, None);
            if ended.value()["status"] != "Succeeded" {
                return Err(said(&ended));
            }
        }
        let read = self.send("GET", id, version, None);
        // An operation rather than a resource: its answer is all there is.
        if read.status == 404 || read.status == 405 {
            return answer.body.ok_or_else(|| said(&read));
        }
        if read.status >= 300 {
            return Err(format!("GET: {}", said(&read)));
        }
        Ok(read.value().clone())
    }

    fn send(&self, method: &str, id: &str, version: &str, body: Option<&Json>) -> Response {
        let path: Vec<String> = id.split('/').map(escaped).collect();
        self.cloud.request(method, &format!("{}?api-version={version}", path.join("/")), body)
    }
}

fn escaped(segment: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~@()".contains(c);
    let mut text = String::new();
    for c in segment.chars() {
        match plain(c) {
            true => text.push(c),
            false => c.to_string().bytes().for_each(|b| text.push_str(&format!("%{b:02X}"))),
        }
    }
    text
}
