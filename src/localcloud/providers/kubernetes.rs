//! Microsoft.ContainerService: clusters with their pools of nodes and the group of their nodes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::common::{array, bad, default_to, hex, insert, insert_default, plain_region, secret};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{
    Action, Answer, Call, FinalAnswer, FirstBody, Missing, NameRule, Put, Reference, Seconds, Shape,
    TypeRules, Update, Written, at, remove, text,
};
use crate::localcloud::world::{Document, World};

const CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
const POOLS: &str = "Microsoft.ContainerService/managedClusters/agentPools";
/// The version that a cluster gets where none is asked for, and the patch that nodes run.
const NEWEST: &str = "1.33";

const PUT: Shape = Shape {
    synchronous: false,
    async_url: Some("{sub}/providers/Microsoft.ContainerService/locations/{location}/operations/{op}"),
    retry_after: Some(10),
    poll_retry_after: Some(10),
    ..Shape::SYNC
};

const DELETE: Shape = Shape {
    created: 202,
    updated: 202,
    body: FirstBody::Empty,
    location_url: Some(
        "{sub}/providers/Microsoft.ContainerService/locations/{location}/operationresults/{op}",
    ),
    state: "Deleting",
    update_state: "Deleting",
    result: FinalAnswer::NoContent,
    ..PUT
};

const fn refers(path: &'static str) -> Reference {
    Reference { path, missing: Missing::LinkedInvalidPropertyId }
}

/// What is never changed of the nodes of a pool.
const NODES: &[&str] = &[
    "properties.vmSize",
    "properties.osType",
    "properties.osDiskSizeGB",
    "properties.osDiskType",
    "properties.kubeletDiskType",
    "properties.maxPods",
    "properties.vnetSubnetID",
    "properties.podSubnetID",
    "properties.type",
    "properties.scaleSetPriority",
    "properties.enableFIPS",
    "properties.enableEncryptionAtHost",
    "properties.enableUltraSSD",
    "properties.hostGroupID",
    "properties.proximityPlacementGroupID",
    "properties.gpuInstanceProfile",
];

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: CLUSTERS,
        name: Some(NameRule {
            length: (1, 63),
            pattern: "[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?",
            status: 400,
            code: "InvalidParameter",
            message: "The value of parameter name is invalid: '{name}' must have 1 to 63 letters, digits, '-' and '_', and begin and end with a letter or digit.",
        }),
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 250.0, update: 100.0, delete: 200.0 },
        update: Update::Keep,
        defaults: &[
            ("sku.name", "\"Base\""),
            ("sku.tier", "\"Free\""),
            ("properties.enableRBAC", "true"),
            ("properties.supportPlan", "\"KubernetesOfficial\""),
            ("properties.disableLocalAccounts", "false"),
            ("properties.oidcIssuerProfile.enabled", "false"),
            ("properties.autoUpgradeProfile.nodeOSUpgradeChannel", "\"NodeImage\""),
            ("properties.securityProfile", "{}"),
            ("properties.storageProfile.diskCSIDriver.enabled", "true"),
            ("properties.storageProfile.fileCSIDriver.enabled", "true"),
            ("properties.storageProfile.snapshotController.enabled", "true"),
            ("properties.networkProfile.networkPlugin", "\"kubenet\""),
            ("properties.networkProfile.networkDataplane", "\"azure\""),
            ("properties.networkProfile.loadBalancerSku", "\"standard\""),
            ("properties.networkProfile.outboundType", "\"loadBalancer\""),
            ("properties.networkProfile.serviceCidr", "\"10.0.0.0/16\""),
            ("properties.networkProfile.dnsServiceIP", "\"10.0.0.10\""),
            ("properties.networkProfile.ipFamilies", "[\"IPv4\"]"),
            ("properties.bootstrapProfile.artifactSource", "\"Direct\""),
            ("properties.nodeProvisioningProfile.mode", "\"Manual\""),
            ("properties.servicePrincipalProfile.clientId", "\"msi\""),
            ("properties.metricsProfile.costAnalysis.enabled", "false"),
        ],
        write_only: &["properties.servicePrincipalProfile.secret", "properties.windowsProfile.adminPassword"],
        immutable: &[
            "properties.dnsPrefix",
            "properties.fqdnSubdomain",
            "properties.nodeResourceGroup",
            "properties.enableRBAC",
            "properties.diskEncryptionSetID",
            "properties.apiServerAccessProfile.enablePrivateCluster",
            "properties.networkProfile.serviceCidr",
            "properties.networkProfile.dnsServiceIP",
            "properties.networkProfile.loadBalancerSku",
            "properties.linuxProfile.adminUsername",
            "properties.windowsProfile.adminUsername",
        ],
        references: &[
            refers("properties.agentPoolProfiles[].vnetSubnetID"),
            refers("properties.agentPoolProfiles[].podSubnetID"),
            refers("properties.diskEncryptionSetID"),
        ],
        actions: &[
            Action {
                name: "listClusterUserCredential",
                method: "POST",
                run: user_file,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "listClusterAdminCredential",
                method: "POST",
                run: admin_file,
                shape: None,
                seconds: 0.0,
            },
        ],
        normalise: Some(cluster),
        written: Some(written),
        view: Some(view_cluster),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: POOLS,
        name: Some(NameRule {
            length: (1, 12),
            pattern: "[a-z][a-z0-9]*",
            status: 400,
            code: "InvalidParameter",
            message: "The value of parameter agentPoolProfile.name is invalid: '{name}' must have 1 to 12 lower-case letters and digits, a letter first.",
        }),
        put: PUT,
        delete: DELETE,
        seconds: Seconds { create: 120.0, update: 60.0, delete: 60.0 },
        update: Update::Keep,
        maps: &["properties.tags", "properties.nodeLabels"],
        immutable: NODES,
        references: &[refers("properties.vnetSubnetID"), refers("properties.podSubnetID")],
        serial: true,
        normalise: Some(pool),
        may_delete: Some(may_delete_pool),
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
        put: Shape::SYNC,
        seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
        system_data: true,
        provisioning_state: false,
        normalise: Some(maintenance),
        ..TypeRules::NESTED
    },
];

fn refuse(parameter: &str, why: impl std::fmt::Display) -> ArmFailure {
    bad("InvalidParameter", format!("The value of parameter {parameter} is invalid: {why}"))
        .target(parameter.to_owned())
}

/// A cluster's PUT.
fn cluster(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let (key, name) = (put.id.key().to_owned(), put.id.name().to_owned());
    let pools = array(&put.body, "properties.agentPoolProfiles").to_vec();
    if pools.is_empty() {
        return Err(refuse("agentPoolProfiles", "At least one agent pool profile must be specified."));
    }
    if put.is_new() && !pools.iter().any(|p| text(p, "mode") == "System") {
        return Err(refuse("agentPoolProfile.mode", "The cluster must have at least one system agent pool."));
    }
    if text(&put.body, "properties.dnsPrefix").is_empty()
        && text(&put.body, "properties.fqdnSubdomain").is_empty()
    {
        return Err(refuse("dnsPrefix", "Neither dnsPrefix nor fqdnSubdomain is specified."));
    }
    let principal = text(&put.body, "properties.servicePrincipalProfile.clientId");
    let identity = text(&put.body, "identity.type");
    if principal == "msi" && matches!(identity, "" | "None") {
        return Err(bad(
            "InvalidServicePrincipalProfile",
            "A service principal, or an identity of the cluster, must be specified.",
        ));
    }
    if let Some(old) = put.existing {
        if at(&old.body, "properties.oidcIssuerProfile.enabled") == Some(&Value::Bool(true))
            && at(&put.body, "properties.oidcIssuerProfile.enabled") == Some(&Value::Bool(false))
        {
            return Err(bad(
                "OIDCIssuerFeatureCannotBeDisabled",
                "The OIDC issuer feature cannot be disabled.",
            ));
        }
        for pool in world.children(&old.id, POOLS) {
            if !pools.iter().any(|p| text(p, "name").eq_ignore_ascii_case(pool.name())) {
                return Err(refuse(
                    "agentPoolProfiles",
                    format!(
                        "Agent pool {} cannot be removed with the cluster; delete it by itself.",
                        pool.name()
                    ),
                ));
            }
        }
    }
    let version = text(&put.body, "properties.kubernetesVersion").to_owned();
    let version = if version.is_empty() { NEWEST.to_owned() } else { version };
    put.set("properties.kubernetesVersion", version.clone());
    put.set("properties.currentKubernetesVersion", patch_of(&version));
    let mut filled = Vec::new();
    for profile in pools {
        let Value::Object(mut profile) = profile else { continue };
        fill_pool(&mut profile, &version, text(&put.body, "properties.networkProfile.networkPlugin"));
        filled.push(Value::Object(profile));
    }
    put.set("properties.agentPoolProfiles", filled);
    fill(world, put, &key, &name);
    Ok(())
}

/// `1.33` runs as `1.33.2`.
fn patch_of(version: &str) -> String {
    if version.matches('.').count() >= 2 { version.to_owned() } else { format!("{version}.2") }
}

fn fill(world: &World, put: &mut Put, key: &str, name: &str) {
    let region = plain_region(text(&put.body, "location"));
    let group = put.id.resource_group().unwrap_or_default().to_owned();
    let tag: String = hex(&world.new_guid(key, "dns")).chars().take(8).collect();
    let prefix = [text(&put.body, "properties.dnsPrefix"), text(&put.body, "properties.fqdnSubdomain")]
        .into_iter()
        .find(|p| !p.is_empty())
        .unwrap_or(name)
        .to_owned();
    default_to(put, "properties.nodeResourceGroup", format!("MC_{group}_{name}_{region}"));
    let private =
        at(&put.body, "properties.apiServerAccessProfile.enablePrivateCluster") == Some(&Value::Bool(true));
    if private {
        default_to(put, "properties.apiServerAccessProfile.privateDNSZone", "system");
        let zone = hex(&world.new_guid(key, "zone"));
        put.set("properties.privateFQDN", format!("{prefix}-{tag}.{zone}.privatelink.{region}.azmk8s.io"));
    } else {
        put.set("properties.fqdn", format!("{prefix}-{tag}.hcp.{region}.azmk8s.io"));
    }
    put.set("properties.azurePortalFQDN", format!("{prefix}-{tag}.portal.hcp.{region}.azmk8s.io"));
    put.set("properties.maxAgentPools", 100);
    put.set("properties.powerState", json!({ "code": "Running" }));
    let uid = hex(&world.new_guid(key, "uid"));
    put.keep("properties.resourceUID", || uid.into());
    if at(&put.body, "properties.oidcIssuerProfile.enabled") == Some(&Value::Bool(true)) {
        let issuer = world.new_guid(key, "issuer");
        let tenant = world.tenant().to_owned();
        put.set(
            "properties.oidcIssuerProfile.issuerURL",
            format!("https://{region}.oic.prod-aks.azure.com/{tenant}/{issuer}/"),
        );
    }
    let plugin = text(&put.body, "properties.networkProfile.networkPlugin").to_owned();
    let overlay = text(&put.body, "properties.networkProfile.networkPluginMode") == "overlay";
    if plugin == "kubenet" || overlay {
        default_to(put, "properties.networkProfile.podCidr", "10.244.0.0/16");
    }
    for (many, one) in [("podCidrs", "podCidr"), ("serviceCidrs", "serviceCidr")] {
        let one = text(&put.body, &format!("properties.networkProfile.{one}")).to_owned();
        if !one.is_empty() {
            default_to(put, &format!("properties.networkProfile.{many}"), json!([one]));
        }
    }
    if text(&put.body, "properties.networkProfile.outboundType") == "loadBalancer" {
        let own = ["outboundIPs", "outboundIPPrefixes"]
            .iter()
            .any(|n| put.get(&format!("properties.networkProfile.loadBalancerProfile.{n}")).is_some());
        if !own {
            default_to(put, "properties.networkProfile.loadBalancerProfile.managedOutboundIPs.count", 1);
        }
        default_to(
            put,
            "properties.networkProfile.loadBalancerProfile.backendPoolType",
            "NodeIPConfiguration",
        );
        let nodes = text(&put.body, "properties.nodeResourceGroup").to_owned();
        let address = format!(
            "/subscriptions/{}/resourceGroups/{nodes}/providers/Microsoft.Network/publicIPAddresses/{}",
            world.subscription(),
            world.new_guid(key, "outbound")
        );
        put.set(
            "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs",
            json!([{ "id": address }]),
        );
    }
    if put.get("properties.identityProfile.kubeletidentity").is_none() {
        let nodes = text(&put.body, "properties.nodeResourceGroup").to_owned();
        let identity = json!({
            "resourceId": format!("/subscriptions/{}/resourceGroups/{nodes}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}-agentpool", world.subscription()),
            "clientId": world.new_guid(key, "kubeletClient"), "objectId": world.new_guid(key, "kubeletObject"),
        });
        put.set("properties.identityProfile.kubeletidentity", identity);
    }
    addons(world, put, key);
}

/// An add-on that is on has an identity; one that is off has no settings.
fn addons(world: &World, put: &mut Put, key: &str) {
    let Some(Value::Object(profiles)) = put.body.pointer_mut("/properties/addonProfiles") else { return };
    for (name, profile) in profiles.iter_mut() {
        if profile.get("enabled") == Some(&Value::Bool(true)) {
            let made = |what: &str| world.new_guid(key, &format!("{name}/{what}"));
            let identity = json!({
                "resourceId": format!("/subscriptions/{}/resourcegroups/nodes/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}", world.subscription()),
                "clientId": made("client"), "objectId": made("object"),
            });
            insert(profile, "identity", identity);
        } else if let Value::Object(profile) = profile {
            profile.insert("config".into(), Value::Null);
            profile.shift_remove("identity");
        }
    }
}

/// What a pool has that nobody says.
fn fill_pool(pool: &mut Map<String, Value>, version: &str, plugin: &str) {
    let windows = pool.get("osType").and_then(Value::as_str) == Some("Windows");
    let mut value = Value::Object(std::mem::take(pool));
    for (name, default) in [
        ("count", json!(3)),
        ("vmSize", json!("Standard_D4ds_v5")),
        ("osDiskSizeGB", json!(128)),
        ("osDiskType", json!("Managed")),
        ("kubeletDiskType", json!("OS")),
        ("maxPods", json!(if plugin == "azure" { 30 } else { 110 })),
        ("type", json!("VirtualMachineScaleSets")),
        ("enableAutoScaling", json!(false)),
        ("scaleDownMode", json!("Delete")),
        ("orchestratorVersion", json!(version)),
        ("osType", json!("Linux")),
        ("osSKU", json!(if windows { "Windows2022" } else { "Ubuntu" })),
        ("mode", json!("User")),
        ("enableNodePublicIP", json!(false)),
        ("enableFIPS", json!(false)),
        ("upgradeSettings", json!({ "maxSurge": "10%" })),
    ] {
        insert_default(&mut value, name, default);
    }
    let wanted = text(&value, "orchestratorVersion").to_owned();
    insert(&mut value, "currentOrchestratorVersion", patch_of(&wanted));
    insert(&mut value, "nodeImageVersion", "AKSUbuntu-2204gen2containerd-202501.12.0");
    insert(&mut value, "powerState", json!({ "code": "Running" }));
    if let Value::Object(filled) = value {
        *pool = filled;
    }
}

/// The pools of a cluster's PUT are documents of their own, and so is the group of its nodes.
fn written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(cluster) = world.get(written.id.key()).cloned() else { return Ok(()) };
    for profile in array(&cluster.body, "properties.agentPoolProfiles") {
        let Value::Object(profile) = profile else { continue };
        let Some(name) = profile.get("name").and_then(Value::as_str) else { continue };
        let id = written.id.child("agentPools", name);
        let old = world.get(id.key()).map(|p| p.body.clone()).unwrap_or_default();
        let mut properties = old.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        properties.extend(profile.iter().filter(|(n, _)| *n != "name").map(|(n, v)| (n.clone(), v.clone())));
        properties.insert("provisioningState".into(), "Succeeded".into());
        if Some(&Value::Object(properties.clone())) != old.get("properties") {
            world.put_implied(&id, POOLS, json!({ "properties": properties }), None);
        }
    }
    world.change(written.id.key(), |body| remove(body, "properties.agentPoolProfiles"));
    let group = format!(
        "/subscriptions/{}/resourceGroups/{}",
        written.id.subscription().unwrap_or_default(),
        cluster.text("properties.nodeResourceGroup")
    );
    if let Some(group) = ResourceId::parse(&group)
        && world.get(group.key()).is_none()
    {
        let body = json!({ "location": cluster.location(), "managedBy": cluster.id, "properties": { "provisioningState": "Succeeded" } });
        world.put_implied(&group, "Microsoft.Resources/resourceGroups", body, Some(written.id.key()));
    }
    Ok(())
}

/// A cluster shows its pools.
fn view_cluster(world: &World, document: &Document, body: &mut Value) {
    let pools: Vec<Value> = world
        .children(&document.id, POOLS)
        .into_iter()
        .map(|pool| {
            let mut shown = Map::from_iter([("name".to_owned(), Value::from(pool.name()))]);
            shown.extend(pool.body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
            Value::Object(shown)
        })
        .collect();
    if let Some(properties) = body.get_mut("properties")
        && !pools.is_empty()
    {
        insert(properties, "agentPoolProfiles", pools);
    }
}

/// A pool's PUT.
fn pool(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(cluster) = put.id.parent_resource().and_then(|c| world.get(c.key())) else { return Ok(()) };
    let scaled = at(&put.body, "properties.enableAutoScaling") == Some(&Value::Bool(true));
    let (least, most) = (at(&put.body, "properties.minCount"), at(&put.body, "properties.maxCount"));
    if scaled && (least.is_none() || most.is_none()) {
        return Err(refuse("agentPoolProfile.minCount", "A pool that scales needs minCount and maxCount."));
    }
    let version = cluster.text("properties.kubernetesVersion").to_owned();
    let plugin = cluster.text("properties.networkProfile.networkPlugin").to_owned();
    if let Some(Value::Object(properties)) = put.body.get_mut("properties") {
        fill_pool(properties, &version, &plugin);
    }
    Ok(())
}

/// A cluster keeps a system pool.
fn may_delete_pool(world: &World, pool: &Document) -> Result<(), ArmFailure> {
    let cluster = pool.resource_id().parent_resource();
    let others = cluster.map(|c| world.children(c.as_str(), POOLS)).unwrap_or_default();
    let last = pool.text("properties.mode") == "System"
        && !others.iter().any(|p| p.id != pool.id && p.text("properties.mode") == "System");
    if last {
        return Err(bad(
            "SystemPoolCannotBeDeleted",
            format!("There has to be at least one system agent pool: {} cannot be deleted.", pool.name()),
        ));
    }
    Ok(())
}

/// A window's PUT: its name says what it is for.
fn maintenance(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let default = put.id.name().eq_ignore_ascii_case("default");
    let window = put.get("properties.maintenanceWindow").is_some();
    if default && window {
        return Err(refuse(
            "maintenanceWindow",
            "The configuration 'default' takes timeInWeek and notAllowedTime.",
        ));
    }
    if !default && !window {
        return Err(refuse("maintenanceWindow", "It must be specified."));
    }
    if window {
        let all = ["daily", "weekly", "absoluteMonthly", "relativeMonthly"];
        let schedules =
            all.iter().filter(|n| put.get(&format!("properties.maintenanceWindow.schedule.{n}")).is_some());
        if schedules.count() != 1 {
            return Err(refuse("maintenanceWindow.schedule", "Exactly one schedule must be specified."));
        }
        default_to(put, "properties.maintenanceWindow.utcOffset", "+00:00");
        default_to(put, "properties.maintenanceWindow.startDate", "2024-01-01");
    }
    Ok(())
}

fn user_file(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(file(world, call, "clusterUser"))
}

fn admin_file(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    if call.document.at("properties.disableLocalAccounts") == Some(&Value::Bool(true)) {
        return Err(bad(
            "BadRequest",
            "Getting static credential is not allowed because this cluster is set to disable local accounts.",
        ));
    }
    Ok(file(world, call, "clusterAdmin"))
}

/// The file for kubectl.
fn file(world: &World, call: &Call, user: &str) -> Answer {
    let cluster = &call.document;
    let name = cluster.name();
    let host = [cluster.text("properties.fqdn"), cluster.text("properties.privateFQDN")]
        .into_iter()
        .find(|h| !h.is_empty())
        .unwrap_or_default()
        .to_owned();
    let group = call.id.resource_group().unwrap_or_default();
    let part = |what: &str| secret(world, &cluster.id, &format!("{user}/{what}"), 48);
    let yaml = format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://{host}:443\n  name: {name}\ncontexts:\n- context:\n    cluster: {name}\n    user: {user}_{group}_{name}\n  name: {name}\ncurrent-context: {name}\nkind: Config\npreferences: {{}}\nusers:\n- name: {user}_{group}_{name}\n  user:\n    client-certificate-data: {}\n    client-key-data: {}\n    token: {}\n",
        secret(world, &cluster.id, "ca", 48),
        part("certificate"),
        part("key"),
        part("token"),
    );
    Answer::ok(json!({ "kubeconfigs": [{ "name": user, "value": STANDARD.encode(yaml) }] }))
}
