//! The tables against the official data: what a service adds or rewrites is known, what is fixed at creation is fixed.

use std::cell::Cell;

use serde_json::{Value as Json, json};

use super::durations;
use super::row::Row;
use super::type_facts;
use crate::arm::test_support;
use crate::catalog::facts::{Compare, FactNode};
use crate::lang::Value;
use crate::localcloud::schema::tests::official as cloud_schema;
use crate::plan::diff::compare;

pub(in crate::catalog) mod cloud;
pub(in crate::catalog) mod defaults;
pub(in crate::catalog) mod drift;
pub(in crate::catalog) mod mutants;
pub(in crate::catalog) mod schema;

use mutants::{all_are_looked_at, is_looked_at, types};

/// The rows of a table of the shared facts, without its head.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let Some(facts) = test_support::facts() else {
        println!("skipped: no shared facts");
        return None;
    };
    let text = std::fs::read_to_string(facts.join(name)).unwrap();
    let rows = text.lines().skip(1).map(|l| l.split('\t').map(str::to_owned).collect());
    Some(rows.filter(|row: &Vec<String>| is_looked_at(&row[0])).collect())
}

/// The nodes on the way to a path, the last one first, as far as the tables go. ARM ids within a path stand for `*`.
fn nodes<'a>(root: &'a FactNode, path: &str) -> (Vec<&'a FactNode>, bool) {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if rest.starts_with('/') {
            // `/subscriptions/…/name.clientId`: the id has no dots after its last segment.
            let segment = rest.rfind('/').unwrap_or(0);
            let end = rest[segment..].find('.').map_or(rest.len(), |at| segment + at);
            steps.push("*");
            rest = rest[end..].trim_start_matches('.');
        } else {
            let (step, more) = rest.split_once('.').unwrap_or((rest, ""));
            // `properties<AmlCompute>` is one shape of `properties`.
            steps.push(step);
            rest = more;
        }
    }
    let mut seen = Vec::new();
    let mut node = root;
    for step in &steps {
        let name = step.split('<').next().unwrap_or(step).trim_end_matches("[]");
        let next = if name == "*" { node.items.as_deref() } else { node.property(name) };
        let Some(next) = next else { return (seen, false) };
        seen.insert(0, next);
        node = next;
        if step.ends_with("[]") {
            let Some(items) = node.items.as_deref() else { return (seen, false) };
            seen.insert(0, items);
            node = items;
        }
    }
    (seen, true)
}

/// Rows of `server_populated.tsv` that no fact answers for, and why that is right: they are observed, never compared
/// unless somebody claims them.
const OBSERVED: &[(&str, &str)] = &[
    ("extendedLocation.", "sent in the other examples"),
    ("properties.delegations[].name", "part of what was sent"),
    ("properties.delegations[].properties.serviceName", "part of what was sent"),
    ("properties.subnets[]", "documents of their own"),
    ("properties.privateEndpointNetworkPolicies", "the default of older versions (PL-02)"),
    ("properties.defaultOutboundAccess", "the example sends nothing and answers the other value"),
    ("properties.sharingScope", "only with defaultOutboundAccess false"),
    ("properties.privateLinkServiceConnections[]", "the example is a manual connection"),
    ("properties.subnet.id", "the example sends no subnet"),
    ("properties.networkAcls.ipRules[]", "the example sends none and answers one"),
    ("properties.targetResource", "follows from the scopes"),
    ("properties.virtualNetwork.id", "the example sends none and answers one"),
    ("properties.localSubnetNames[]", "the example sends none and answers one"),
    ("properties.remoteSubnetNames[]", "the example sends none and answers one"),
    ("properties.ipConfigurations[]", "the example sends none and answers one"),
    ("properties.applicationSecurityGroups[]", "the example sends none and answers one"),
    ("location", "the examples send none"),
    ("properties.keySize", "by kind of key"),
    ("properties.keyOps[]", "all operations of the kind of key"),
    ("tags", "a policy of the recorded group adds tags"),
    ("properties.accessTier", "Premium for FileStorage and BlockBlobStorage"),
    ("properties.allowBlobPublicAccess", "by the age of the account"),
    ("properties.principalType", "looked up (ROL-01)"),
    ("properties.minimalTlsVersion", "by version"),
    ("properties.WorkspaceResourceId", "a managed workspace (IMP-08)"),
    ("properties.publicNetworkAccess", "the example closes what it does not name"),
    ("properties.serviceEndpoints[].locations[]", "where the service is"),
    ("properties.assignableScopes[]", "the example sends none"),
    ("properties.description", "the example sends none"),
    ("properties.permissions[].", "the example sends none"),
    ("properties.roleName", "the example sends none"),
    ("properties.type", "the example sends none"),
    ("properties.extensions[].", "by plan"),
    ("properties.agentPoolProfiles[].", "documents of their own"),
    ("properties.aadProfile.tenantID", "the tenant's"),
    ("properties.apiServerAccessProfile.privateDNSZone", "of private clusters"),
    ("properties.diskEncryptionSetID", "the examples send none and answer one"),
    ("properties.networkProfile.", "chosen by the service"),
    ("properties.nodeResourceGroup", "named after the cluster"),
    ("properties.windowsProfile.adminUsername", "the examples send none and answer one"),
    ("properties.serviceMeshProfile.istio.revisions[]", "chosen by the service"),
    ("properties.servicePrincipalProfile.clientId", "the examples send none and answer one"),
    ("properties.osProfile.linuxConfiguration.ssh.", "the examples send none and answer one"),
    ("properties.storageProfile.dataDisks[].", "disks are attached by others"),
    ("properties.storageProfile.osDisk.", "by image"),
];

#[test]
pub(in crate::catalog) fn server_populated_what_a_service_adds_is_known() {
    let Some(rows) = table("server_populated.tsv") else { return };
    let (mut known, mut observed, mut unknown) = (0, 0, Vec::new());
    let used: Vec<Cell<usize>> = vec![Cell::new(0); OBSERVED.len()];
    for row in rows.iter().filter(|r| r[2] == "added" && r[6] == "added") {
        let facts = type_facts(&row[0]);
        if facts.arm_type.is_empty() {
            continue;
        }
        let (path, answered) = (row[1].as_str(), row[4].as_str());
        let (seen, whole) = nodes(&facts.body, path);
        let server = seen.iter().any(|n| n.read_only);
        let default = whole.then(|| seen[0].default).flatten().is_some_and(|d| {
            let plain = d.trim_matches('"');
            answered.split(" ; ").any(|a| {
                let value = a.split(" (x").next().unwrap_or(a);
                let number = value.parse::<f64>().is_ok_and(|v| plain.parse() == Ok(v));
                number || value.eq_ignore_ascii_case(plain) || (value.is_empty() && plain.is_empty())
            })
        });
        let empty = ["null", "[]", "{}", ""].iter().any(|e| answered.split(" (x").next() == Some(e));
        if server || default || empty {
            known += 1;
        } else if let Some(at) = OBSERVED.iter().position(|(p, _)| path.starts_with(p)) {
            used[at].set(used[at].get() + 1);
            observed += 1;
        } else {
            unknown.push(format!("{} {path}: {answered}", row[0]));
        }
    }
    println!("{known} known, {observed} observed only:");
    for ((path, why), times) in OBSERVED.iter().zip(&used) {
        println!("  {path}: {why} ({})", times.get());
    }
    let idle: Vec<&str> =
        OBSERVED.iter().zip(&used).filter(|(_, n)| n.get() == 0).map(|((p, _), _)| *p).collect();
    assert!(!all_are_looked_at() || idle.is_empty(), "not needed: {idle:?}");
    assert!(unknown.is_empty(), "{} rows unknown: {unknown:#?}", unknown.len());
    assert!(!all_are_looked_at() || known > 200, "{known}");
}

#[test]
pub(in crate::catalog) fn mutability_what_cannot_be_updated_is_create_only() {
    let Some(rows) = table("mutability.tsv") else { return };
    let (mut fixed, mut hidden, mut wrong) = (0, 0, Vec::new());
    for row in rows {
        let facts = type_facts(&row[0]);
        if facts.arm_type.is_empty() {
            continue;
        }
        let mutability: Vec<&str> = row[7].split(',').filter(|m| !m.is_empty()).collect();
        let (seen, whole) = nodes(&facts.body, &row[2]);
        let node = whole.then(|| seen[0]);
        if !mutability.is_empty() && mutability.contains(&"create") && !mutability.contains(&"update") {
            match node {
                Some(n) if n.create_only => fixed += 1,
                _ => wrong.push(format!("{} {}", row[0], row[2])),
            }
        } else if row[6] == "y" {
            match node {
                Some(n) if n.compare == Compare::WriteOnly => hidden += 1,
                _ => wrong.push(format!("{} {} is write-only", row[0], row[2])),
            }
        }
    }
    println!("{fixed} create-only, {hidden} write-only");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!all_are_looked_at() || fixed >= 10 && hidden >= 1, "{fixed} {hidden}");
}

#[test]
pub(in crate::catalog) fn mutability_defaults_are_those_of_the_specification() {
    let Some(rows) = table("mutability.tsv") else { return };
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let facts = type_facts(&row[0]);
            let (seen, whole) = nodes(&facts.body, &row[2]);
            let ours = whole.then(|| seen[0].default).flatten()?;
            let theirs = row.get(8).filter(|d| !d.is_empty() && *d != "null")?;
            (ours.trim_matches('"') != theirs.trim_matches('"'))
                .then(|| format!("{} {}: {ours}, not {theirs}", row[0], row[2]))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
pub(in crate::catalog) fn every_row_says_where_it_is_known_from_and_its_json_is_json() {
    fn check(node: &FactNode, at: &str) {
        for json in [node.default, node.neutral].into_iter().flatten() {
            assert!(serde_json::from_str::<Json>(json).is_ok(), "{at}: {json}");
        }
        node.properties.iter().for_each(|(name, below)| check(below, &format!("{at}.{name}")));
        node.items.iter().for_each(|below| check(below, &format!("{at}[]")));
    }
    for t in types() {
        let facts = type_facts(&t.arm_type.to_uppercase());
        assert_eq!(facts.arm_type, t.arm_type);
        assert!(!facts.api_version.is_empty() && facts.durations.create > 0, "{}", t.arm_type);
        check(&facts.body, t.arm_type);
        let bad: Vec<&Row> = t.rows.iter().filter(|r| r.source.is_empty() || r.paths.is_empty()).collect();
        assert!(bad.is_empty(), "{}", t.arm_type);
    }
    assert!(type_facts("Microsoft.Nothing/here").arm_type.is_empty());
}

#[test]
fn durations_are_those_that_were_measured() {
    for row in durations::ROWS {
        let of = types().find(|t| t.arm_type == row.0).unwrap_or_else(|| panic!("{} is no type", row.0));
        assert_eq!(type_facts(row.0).durations.create, row.1);
        assert!(of.facts().durations.delete > 0 && !row.4.is_empty(), "{}", row.0);
    }
    let Some(facts) = test_support::facts() else { return println!("skipped: no shared facts") };
    let measured = std::fs::read_to_string(facts.join("recordings/durations.tsv")).unwrap();
    let mut checked = 0;
    for line in measured.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let Some(row) = durations::ROWS.iter().find(|r| r.0 == columns[0]) else { continue };
        let ours = match columns[1] {
            "PUT" => row.1,
            "DELETE" => row.3,
            _ => continue,
        };
        // What lags after the answer is in ours, and not in the recordings.
        let lags = row.4.contains("LCK-03") || row.4.contains("DEL-01");
        let bounds: Vec<u32> = columns[3..6].iter().map(|c| c.parse().unwrap()).collect();
        let within = ours + 1 >= bounds[0] && ours <= bounds[2] + 1;
        assert!(within || lags, "{}: {ours}, measured {bounds:?}", columns[0]);
        checked += 1;
    }
    assert!(checked > 30, "{checked}");
}

/// The official types of this name, at each version there is; where there is none, what the local cloud checks bodies by.
fn schemas_of(arm_type: &str) -> Vec<Json> {
    let Some(facts) = test_support::facts() else { return Vec::new() };
    let plain = arm_type.replace('/', ".");
    let official: Vec<Json> = ["types", "types/azurerm", "types/bench"]
        .iter()
        .flat_map(|dir| std::fs::read_dir(facts.join(dir)).unwrap().flatten())
        .filter(|e| {
            let name = e.file_name().to_string_lossy().trim_end_matches(".json").to_owned();
            name.split('@').next() == Some(plain.as_str())
        })
        .map(|e| serde_json::from_slice(&std::fs::read(e.path()).unwrap()).unwrap())
        .collect();
    if official.is_empty() { cloud_schema(arm_type).into_iter().collect() } else { official }
}

#[test]
pub(in crate::catalog) fn every_path_is_in_a_schema() {
    if test_support::facts().is_none() {
        return println!("skipped: no shared facts");
    }
    let mut strange = Vec::new();
    for t in types() {
        let schemas = schemas_of(t.arm_type);
        let bodies: Vec<&Json> = schemas.iter().filter_map(|s| s.get("body")).collect();
        if bodies.is_empty() {
            println!("no schema of {}", t.arm_type);
            continue;
        }
        for row in
            t.rows.iter().filter(|r| !r.source.contains("HTTP-06") && !r.source.contains("server_populated"))
        {
            for path in row.paths {
                if !bodies.iter().any(|b| in_schema(b, &path.split('.').collect::<Vec<_>>())) {
                    strange.push(format!("{} {path} ({})", t.arm_type, row.source));
                }
            }
        }
    }
    assert!(strange.is_empty(), "{strange:#?}");
}

fn in_schema(node: &Json, steps: &[&str]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    // A read-only subtree may be cut short, and a discriminated type has the properties of all its shapes.
    if node.get("cut").is_some() || node["type"] == "any" {
        return true;
    }
    if *step == "*" {
        return node.get("additionalProperties").is_some_and(|n| in_schema(n, rest));
    }
    let name = step.trim_end_matches("[]");
    // A name of a map with free keys.
    if let Some(free) = node.get("additionalProperties").filter(|n| n.is_object())
        && node.get("properties").is_none_or(|p| p.get(name).is_none())
    {
        return in_schema(free, rest);
    }
    let shapes = node.get("variants").and_then(|v| v.as_object()).into_iter().flat_map(|v| v.values());
    shapes.chain([node]).any(|shape| {
        ["properties", "baseProperties"].iter().filter_map(|p| shape.get(p)?.get(name)).any(|below| {
            let below = if step.ends_with("[]") { &below["items"] } else { below };
            !below.is_null() && in_schema(below, rest)
        })
    })
}

#[test]
pub(in crate::catalog) fn names_are_found_whatever_their_case_and_below_fixed_is_fixed() {
    let endpoint = &type_facts("microsoft.network/privateendpoints").body;
    let (seen, whole) = nodes(endpoint, "Properties.PrivateLinkServiceConnections[].PROPERTIES.groupids[]");
    assert!(whole && seen[0].create_only && seen[0].compare == Compare::IgnoreCase);
    let network = &type_facts("Microsoft.Network/virtualNetworks").body;
    let (seen, whole) = nodes(network, "properties.subnets[].properties.serviceEndpoints");
    assert!(whole && seen[0].set_key == Some(&["service"]));
}

/// A body with a value at a path.
fn body(path: &str, value: Json) -> Json {
    match path.rsplit_once('.') {
        Some((above, name)) => body(above, item(name, value)),
        None => item(path, value),
    }
}

fn item(name: &str, value: Json) -> Json {
    match name.strip_suffix("[]") {
        Some(name) => json!({ name: [value] }),
        None => json!({ name: value }),
    }
}

fn differences(arm_type: &str, claim: &Json, live: &Json) -> usize {
    let facts = &type_facts(arm_type).body;
    compare(&Value::from_json(claim), Some(&Value::from_json(live)), facts, &|_| false).differences.len()
}

/// Rows that are no equality, and why.
const REWRITTEN: &[(&str, &str)] = &[
    ("properties.sku.name", "a retired SKU is replaced by another one: what is written is not what is there"),
    ("properties.scopes[]", "one example leaves out the first slash of an id"),
    ("properties.kubernetesVersion", "nothing is sent, and the newest is answered"),
];

#[test]
pub(in crate::catalog) fn server_populated_what_a_service_rewrites_is_the_same() {
    let Some(rows) = table("server_populated.tsv") else { return };
    let (mut same, mut left_out, mut wrong) = (0, 0, Vec::new());
    for row in rows.iter().filter(|r| r[6] == "normalised" || r[6] == "doubtful") {
        let path = row[1].as_str();
        if type_facts(&row[0]).arm_type.is_empty() {
            continue;
        }
        if let Some((_, why)) = REWRITTEN.iter().find(|(p, _)| *p == path) {
            println!("left out: {} {path}: {why}", row[0]);
            left_out += 1;
            continue;
        }
        // `West US (x6) ; East US (x1)`: the first is the answer to what was sent; regions are those of other examples.
        let answer = row[4].split(" ; ").next().unwrap().split(" (x").next().unwrap();
        // Samples may be cut.
        let sent = &row[3];
        if answer.len() > sent.len() + 40
            || differences(&row[0], &body(path, json!(sent)), &body(path, json!(answer))) > 0
        {
            let squeeze = |t: &str| t.to_lowercase().replace(' ', "");
            let cut = row[2] == "case-changed" && squeeze(answer).starts_with(&squeeze(sent))
                || squeeze(sent).starts_with(&squeeze(answer));
            if !cut {
                wrong.push(format!("{} {path}: {sent} -> {answer}", row[0]));
                continue;
            }
        }
        same += 1;
    }
    println!("{same} rewritten values mean the same, {left_out} left out");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!all_are_looked_at() || same >= 8, "{same}");
}

#[test]
pub(in crate::catalog) fn order_case_and_form_are_no_difference_and_values_are() {
    let cases = [
        (
            "Microsoft.KeyVault/vaults",
            "properties.networkAcls.ipRules",
            json!([{"value": "1.2.3.4"}, {"value": "5.6.0.0/16"}]),
            json!([{"value": "5.6.0.0/16"}, {"value": "1.2.3.4/32"}]),
        ),
        (
            "Microsoft.KeyVault/vaults",
            "properties.accessPolicies",
            json!([{"tenantId": "0000000A-0000-0000-0000-00000000000B", "objectId": "0000000C-0000-0000-0000-00000000000D", "permissions": {"keys": ["Get", "List"]}}]),
            json!([{"tenantId": "0000000a-0000-0000-0000-00000000000b", "objectId": "0000000c-0000-0000-0000-00000000000d", "permissions": {"keys": ["list", "get"], "secrets": []}}]),
        ),
        (
            "Microsoft.DocumentDB/databaseAccounts",
            "properties.locations",
            json!([{"locationName": "westus", "failoverPriority": 1}, {"locationName": "eastus", "failoverPriority": 0}]),
            json!([{"id": "a-eastus", "locationName": "East US", "isZoneRedundant": false, "failoverPriority": 0},
                {"locationName": "West US", "failoverPriority": 1}]),
        ),
        (
            "Microsoft.Insights/diagnosticSettings",
            "properties.metrics",
            json!([{"category": "AllMetrics", "enabled": true}]),
            json!([{"category": "Requests", "enabled": false}, {"category": "AllMetrics", "enabled": true,
                "retentionPolicy": {"enabled": false, "days": 0}}]),
        ),
        (
            "Microsoft.Insights/diagnosticSettings",
            "properties.logs",
            json!([{"categoryGroup": "audit", "category": null, "enabled": true}, {"category": "Off", "enabled": false}]),
            json!([{"categoryGroup": "audit", "enabled": true}]),
        ),
        (
            "Microsoft.Storage/storageAccounts",
            "properties.networkAcls.bypass",
            json!("Logging, Metrics"),
            json!("Metrics,Logging"),
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/computes",
            "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown",
            json!("PT120S"),
            json!("PT2M"),
        ),
        (
            "Microsoft.Network/networkSecurityGroups",
            "properties.securityRules",
            json!([{"name": "b", "properties": {"protocol": "Tcp", "sourcePortRange": ""}}, {"name": "a", "properties": {}}]),
            json!([{"name": "a", "etag": "1", "properties": {"sourcePortRanges": []}}, {"name": "b", "properties": {"protocol": "TCP"}}]),
        ),
        (
            "Microsoft.Authorization/roleAssignments",
            "properties.roleDefinitionId",
            json!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/G"),
            json!("/providers/Microsoft.Authorization/roleDefinitions/g"),
        ),
    ];
    for (kind, path, claim, live) in cases {
        assert_eq!(differences(kind, &body(path, claim.clone()), &body(path, live)), 0, "{kind} {path}");
        assert!(differences(kind, &body(path, claim), &body(path, json!("other"))) > 0, "{kind} {path}");
    }
    let on = json!([{"category": "AllMetrics", "enabled": true}]);
    let both = json!([{"category": "AllMetrics", "enabled": true}, {"category": "More", "enabled": true}]);
    let metrics = |v: &Json| body("properties.metrics", v.clone());
    assert_eq!(differences("Microsoft.Insights/diagnosticSettings", &metrics(&on), &metrics(&both)), 1);
    assert_eq!(differences("Microsoft.Insights/diagnosticSettings", &metrics(&both), &metrics(&on)), 1);
}

/// A body that is read, changed and put back may not hold what only the service writes.
#[test]
pub(in crate::catalog) fn read_only_paths_of_the_schemas_are_known() {
    let Some(facts) = test_support::facts() else { return println!("skipped: no shared facts") };
    let (mut missing, mut seen, mut paths) = (Vec::new(), 0, 0);
    let described: Vec<Json> = ["types/azurerm", "types/bench"]
        .iter()
        .flat_map(|dir| std::fs::read_dir(facts.join(dir)).unwrap().flatten())
        .map(|file| serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap())
        .collect();
    let is_described = |name: &str| described.iter().any(|s| s["type"] == name);
    let others = types().map(|t| t.arm_type).filter(|name| !is_described(name)).filter_map(cloud_schema);
    for schema in described.iter().cloned().chain(others) {
        let name = schema["type"].as_str().unwrap_or_default();
        if type_facts(name).arm_type.is_empty() || !is_looked_at(name) {
            continue;
        }
        seen += 1;
        let mut found = Vec::new();
        read_only(&schema["body"], Some(&type_facts(name).body), "", &mut found, &mut paths);
        // References to other resources carry a whole resource in the schema, and only an id on the wire.
        let references = [
            "networkSecurityGroup",
            "routeTable",
            "natGateway",
            "subnet",
            "ApplicationSecurityGroups",
            "applicationSecurityGroups",
            "serviceEndpointPolicies",
            "applicationGatewayIPConfigurations",
            "publicIPAddress",
            "virtualNetworkTaps",
            "loadBalancer",
            "loadBalancerBackendAddressPools",
            "loadBalancerInboundNatRules",
            "applicationGatewayBackendAddressPools",
            "privateLinkService",
        ];
        found.retain(|p| {
            !references.iter().any(|r| p.contains(&format!("{r}.")) || p.contains(&format!("{r}[")))
                && ![".apiVersion", ".name"].contains(&p.as_str())
        });
        missing.extend(found.into_iter().map(|p| format!("{name} {p}")));
    }
    println!("{seen} schemas, {paths} read-only paths");
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(!all_are_looked_at() || seen > 30 && paths > 300, "{seen} {paths}");
}

fn read_only(schema: &Json, node: Option<&FactNode>, at: &str, missing: &mut Vec<String>, paths: &mut usize) {
    for (name, below) in
        ["properties", "baseProperties"].iter().filter_map(|k| schema.get(*k)?.as_object()).flatten()
    {
        let inner = node.and_then(|n| n.property(name));
        let at = format!("{at}.{name}");
        let here = below.get("readOnly") == Some(&true.into());
        *paths += usize::from(here);
        if inner.is_some_and(|n| n.read_only) {
            continue;
        }
        if here {
            missing.push(at);
        } else {
            read_only(below, inner, &at, missing, paths);
        }
    }
    // Of the computes only clusters are ours.
    for (_, shape) in schema
        .get("variants")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter(|(kind, _)| ["AmlCompute", "Periodic", "Continuous"].contains(&kind.as_str()))
    {
        read_only(shape, node, at, missing, paths);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = schema.get(key).filter(|v| v.is_object()) {
            let inner = node.and_then(|n| n.items.as_deref());
            read_only(below, inner, &format!("{at}[]"), missing, paths);
        }
    }
}

#[test]
fn a_type_without_a_row_has_what_holds_for_all() {
    let body = &type_facts("Contoso.Things/things").body;
    assert_eq!(body.property("location").unwrap().compare, Compare::Location);
    assert!(body.property("properties").unwrap().property("provisioningState").unwrap().read_only);
    assert!(type_facts("Contoso.Things/things").api_version.is_empty());
}
