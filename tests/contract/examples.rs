//! Every published PUT is accepted by the local cloud as it is shipped, and what can be read afterwards is what the
//! published schema of the type says.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::judge;
use super::official::{self, Example};
use super::surroundings::Surroundings;

/// Examples that are not accepted, by the start of `type name`, and why that is right.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "Microsoft.ContainerService/managedClusters ManagedClusters_CreateOrUpdate__Create-Managed-Cluster-with-Dedicated-Host-Group",
        "no pool of the cluster has the mode System",
    ),
    (
        "Microsoft.ContainerService/managedClusters ManagedClusters_CreateOrUpdate__Create-Managed-Cluster-with-Security-Profile",
        "the cluster has neither an identity nor a service principal",
    ),
    (
        "Microsoft.ContainerService/managedClusters ManagedClusters_CreateOrUpdate__Create-Managed-Cluster-with-Web-App",
        "the cluster has neither an identity nor a service principal",
    ),
    (
        "Microsoft.Authorization/roleDefinitions ",
        "the body is wrapped twice, and the name is no GUID (example_mismatches.tsv)",
    ),
    (
        "Microsoft.DocumentDB/databaseAccounts DatabaseAccounts_CreateOrUpdate__CosmosDBDatabaseAccountCreateMax",
        "keyVaultKeyUri names a vault and no key of it",
    ),
    (
        "Microsoft.DocumentDB/databaseAccounts DatabaseAccounts_CreateOrUpdate__CosmosDBRestore",
        "keyVaultKeyUri names a vault and no key of it",
    ),
    (
        "Microsoft.KeyVault/vaults Vaults_CreateOrUpdate__Create-or-update-a-vault-with-network-acls",
        "accessPolicies are missing; the schema says that they are needed unless createMode is recover",
    ),
    (
        "Microsoft.Network/bastionHosts ",
        "location is missing: ARM's gateway asks for it of every tracked resource",
    ),
    (
        "Microsoft.Resources/deployments Deployments_CreateOrUpdate__Create-a-deployment-that-will-deploy-a-template-with-a-uri",
        "nothing is at https://example.com/exampleTemplate.json: Azure could not fetch it either",
    ),
    (
        "Microsoft.Resources/deployments Deployments_CreateOrUpdate__Create-a-deployment-that-will-redeploy-",
        "nothing is at https://example.com/exampleTemplate.json: Azure could not fetch it either",
    ),
];

/// What answers hold although the schema of the version does not know it, and where that is seen.
const BEYOND: &[(&str, &str)] = &[
    ("Microsoft.MachineLearningServices/workspaces.properties.EnableSoftwareBillOfMaterials", "HTTP-06"),
    ("Microsoft.MachineLearningServices/workspaces.properties.allowRoleAssignmentOnRG", "HTTP-06"),
    ("Microsoft.MachineLearningServices/workspaces.properties.creationTime", "HTTP-06"),
    (
        "Microsoft.MachineLearningServices/workspaces.properties.managedNetwork.changeableIsolationModes",
        "HTTP-06",
    ),
    ("Microsoft.MachineLearningServices/workspaces.properties.softDeleteEnabled", "HTTP-06"),
    ("Microsoft.Network/privateEndpoints.properties.resourceGuid", "HTTP-06"),
    (
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups.properties.privateDnsZoneConfigs[].etag",
        "HTTP-06",
    ),
    (
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups.properties.privateDnsZoneConfigs[].id",
        "HTTP-06",
    ),
    (
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups.properties.privateDnsZoneConfigs[].properties.provisioningState",
        "HTTP-06",
    ),
    (
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups.properties.privateDnsZoneConfigs[].type",
        "HTTP-06",
    ),
    ("Microsoft.DocumentDB/databaseAccounts.properties.EnabledApiTypes", "HTTP-06"),
    ("Microsoft.DocumentDB/databaseAccounts.properties.configurationOverrides", "HTTP-06"),
    ("Microsoft.DocumentDB/databaseAccounts.properties.enablePartitionKeyMonitor", "HTTP-06"),
    (
        "Microsoft.KeyVault/vaults/accessPolicies.name: is missing",
        "the operation answers none in its example either",
    ),
    (
        "Microsoft.Search/searchServices.properties.publicNetworkAccess",
        "later versions write it with a capital",
    ),
];

/// At least so many of the examples are accepted.
const ACCEPTED: usize = 252;

#[test]
fn published_examples_are_accepted_and_come_back_as_the_schema_says() {
    let Some(facts) = official::facts() else { return };
    let examples = official::puts(&facts);
    let (mut accepted, mut left_out, mut wrong) = (0, Vec::new(), Vec::new());
    let mut beyond: BTreeMap<&str, usize> = BTreeMap::new();
    let mut judged = 0;
    for example in &examples {
        let called = format!("{} {}", example.arm_type, example.name);
        let reason = LEFT_OUT.iter().find(|(start, _)| called.starts_with(start));
        let mut world = Surroundings::of(example, &examples);
        let answer = played(&mut world, example);
        match (answer, reason) {
            (Ok(_), Some(_)) => wrong.push(format!("{called}: accepted, and left out")),
            (Err(why), Some((_, reason))) => left_out.push(format!("{called}: {reason} ({why})")),
            (Err(why), None) => {
                wrong.push(format!(
                    "{called}: {why}{}",
                    world.failed.iter().take(6).map(|f| format!("\n    {f}")).collect::<String>()
                ));
            }
            (Ok(body), None) => {
                accepted += 1;
                let Some(schema) = official::schema(&facts, &example.arm_type) else { continue };
                judged += 1;
                for fault in judge::answer(&schema, &body) {
                    let fault = format!("{}{fault}", example.arm_type);
                    match BEYOND.iter().find(|(path, _)| fault.starts_with(path)) {
                        Some((path, _)) => *beyond.entry(path).or_default() += 1,
                        None => wrong.push(format!("{} answers {fault}", example.name)),
                    }
                }
            }
        }
    }
    println!("accepted {accepted} of {}, {judged} answers judged by a schema", examples.len());
    println!("left out {}:\n{}", left_out.len(), left_out.join("\n"));
    println!("answered beyond the schema: {beyond:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let idle: Vec<&str> =
        BEYOND.iter().map(|(path, _)| *path).filter(|path| !beyond.contains_key(path)).collect();
    assert!(idle.is_empty(), "not needed: {idle:?}");
    assert!(accepted >= ACCEPTED, "{accepted}");
}

/// Plays an example in a world that has what it needs.
fn played(world: &mut Surroundings<'_>, example: &Example) -> Result<Json, String> {
    let Example { arm_type, api_version, id, body, .. } = example;
    world.prepare(id, body);
    if arm_type.ends_with("/privateEndpointConnections") {
        let id = connection(world, id)?;
        return world.put(&id, api_version, body);
    }
    let mut body = body.clone();
    // The users of the examples are of no directory: the role is the client's.
    if body.pointer("/properties/principalId").is_some() {
        body["properties"]["principalId"] = json!(world.cloud.names().object_id);
        body["properties"]["principalType"] = json!("ServicePrincipal");
    }
    if arm_type.ends_with("/outboundRules") {
        let workspace = id.rsplitn(3, '/').last().unwrap_or_default();
        let isolated =
            json!({"properties": {"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}});
        world.patch(workspace, api_version, &isolated)?;
    }
    world.put(id, api_version, &body)
}

/// A connection is made by a private endpoint, and named by the service: the example is sent to one that is there.
fn connection(world: &mut Surroundings<'_>, id: &str) -> Result<String, String> {
    let target = id.rsplitn(3, '/').last().unwrap_or_default();
    let group = target.split("/providers/").next().unwrap_or_default();
    let body = json!({"location": "westus", "properties": {
    "subnet": {"id": format!("{group}/providers/Microsoft.Network/virtualNetworks/least/subnets/endpoints")},
    "privateLinkServiceConnections": [{"name": "one", "properties": {"privateLinkServiceId": target, "groupIds": [match target {
        t if t.contains("/vaults/") => "vault",
        t if t.contains("/workspaces/") => "amlworkspace",
        _ => "blob",
    }]}}]}});
    let endpoint = format!("{group}/providers/Microsoft.Network/privateEndpoints/least");
    world.prepare(&endpoint, &body);
    world.put(&endpoint, "2024-01-01", &body)?;
    let start = format!("{target}/privateEndpointConnections/").to_lowercase();
    let found = world.cloud.ids().into_iter().find(|id| id.to_lowercase().starts_with(&start));
    found.ok_or_else(|| format!("{target} has no connection"))
}
