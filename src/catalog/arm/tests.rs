//! The tables against the official data: what a service adds or rewrites is known, what is fixed at creation is fixed.

use super::row::{Row, Type};
use super::{TABLES, type_facts};
use crate::arm::test_support;
use crate::catalog::facts::{Compare, FactNode};

fn types() -> impl Iterator<Item = &'static Type> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The rows of a table of the shared facts, without its head.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let Some(facts) = test_support::facts() else {
        println!("skipped: no shared facts");
        return None;
    };
    let text = std::fs::read_to_string(facts.join(name)).unwrap();
    Some(text.lines().skip(1).map(|l| l.split('\t').map(str::to_owned).collect()).collect())
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
    ("properties.subnets[].properties.delegations[].name", "part of what was sent"),
    ("properties.delegations[].name", "part of what was sent"),
    ("properties.delegations[].properties.serviceName", "part of what was sent"),
    ("properties.delegations[]", "a list that was not sent"),
    ("properties.subnets[].properties.delegations[]", "a list that was not sent"),
    ("properties.subnets[]", "documents of their own"),
    ("properties.securityRules[]", "documents of their own"),
    (
        "properties.subnets[].properties.privateEndpointNetworkPolicies",
        "the default of older versions (PL-02)",
    ),
    ("properties.privateEndpointNetworkPolicies", "the default of older versions (PL-02)"),
    ("properties.defaultOutboundAccess", "the example sends nothing and answers the other value"),
    ("properties.sharingScope", "only with defaultOutboundAccess false"),
    ("properties.privateLinkServiceConnections[]", "the example is a manual connection"),
    ("properties.subnet.id", "the example sends no subnet"),
    ("properties.customNetworkInterfaceName", "the example sends no name and answers one"),
    ("properties.ipConfigurations[]", "the example sends none and answers one"),
    ("properties.applicationSecurityGroups[]", "the example sends none and answers one"),
    ("location", "the examples send none"),
    ("properties.keySize", "by kind of key"),
    ("properties.keyOps[]", "all operations of the kind of key"),
    ("tags", "a policy of the recorded group adds tags"),
    ("properties.accessTier", "Premium for FileStorage and BlockBlobStorage"),
    ("properties.principalType", "looked up (ROL-01)"),
    ("properties.minimalTlsVersion", "by version"),
    ("properties.backupPolicy.periodicModeProperties.backupRetentionIntervalInHours", "by the interval"),
    ("properties.WorkspaceResourceId", "a managed workspace (IMP-08)"),
    ("properties.publicNetworkAccess", "the example closes what it does not name"),
    ("properties.serviceEndpoints[].locations[]", "where the service is"),
    ("properties.subnets[].properties.serviceEndpoints[].locations[]", "where the service is"),
];

#[test]
fn server_populated_what_a_service_adds_is_known() {
    let Some(rows) = table("server_populated.tsv") else { return };
    let (mut known, mut observed, mut unknown) = (0, 0, Vec::new());
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
        } else if OBSERVED.iter().any(|(p, _)| path.starts_with(p)) {
            observed += 1;
        } else {
            unknown.push(format!("{} {path}: {answered}", row[0]));
        }
    }
    println!("{known} known, {observed} observed only: {:?}", OBSERVED);
    assert!(unknown.is_empty(), "{} rows unknown: {unknown:#?}", unknown.len());
    assert!(known > 200, "{known}");
}

#[test]
fn mutability_what_cannot_be_updated_is_create_only() {
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
    assert!(fixed >= 10 && hidden >= 1, "{fixed} {hidden}");
}

#[test]
fn mutability_defaults_are_those_of_the_specification() {
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
fn every_row_says_where_it_is_known_from_and_its_json_is_json() {
    fn check(node: &FactNode, at: &str) {
        for json in [node.default, node.neutral].into_iter().flatten() {
            assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{at}: {json}");
        }
        node.properties.iter().for_each(|(name, below)| check(below, &format!("{at}.{name}")));
        node.items.iter().for_each(|below| check(below, &format!("{at}[]")));
    }
    for t in types() {
        let facts = type_facts(&t.arm_type.to_uppercase());
        assert_eq!(facts.arm_type, t.arm_type);
        assert!(!facts.api_version.is_empty() && facts.seconds > 0, "{}", t.arm_type);
        check(&facts.body, t.arm_type);
        let bad: Vec<&Row> = t.rows.iter().filter(|r| r.source.is_empty() || r.paths.is_empty()).collect();
        assert!(bad.is_empty(), "{}", t.arm_type);
    }
    assert!(type_facts("Microsoft.Nothing/here").arm_type.is_empty());
}

#[test]
fn every_path_is_in_a_schema() {
    let Some(facts) = test_support::facts() else { return println!("skipped: no shared facts") };
    let mut strange = Vec::new();
    for t in types() {
        let plain = t.arm_type.replace('/', ".");
        let schemas: Vec<serde_json::Value> = ["types", "types/azurerm", "types/bench"]
            .iter()
            .flat_map(|dir| std::fs::read_dir(facts.join(dir)).unwrap().flatten())
            .filter(|e| {
                let name = e.file_name().to_string_lossy().trim_end_matches(".json").to_owned();
                name.split('@').next() == Some(plain.as_str())
            })
            .map(|e| serde_json::from_slice(&std::fs::read(e.path()).unwrap()).unwrap())
            .collect();
        let bodies: Vec<&serde_json::Value> = schemas.iter().filter_map(|s| s.get("body")).collect();
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

fn in_schema(node: &serde_json::Value, steps: &[&str]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    // A read-only subtree may be cut short, and a discriminated type has the properties of all its shapes.
    if node.get("cut").is_some() || node["type"] == "any" {
        return true;
    }
    if *step == "*" {
        return node.get("additionalProperties").is_some_and(|n| in_schema(n, rest));
    }
    let name = step.trim_end_matches("[]");
    let shapes = node.get("variants").and_then(|v| v.as_object()).into_iter().flat_map(|v| v.values());
    shapes.chain([node]).any(|shape| {
        ["properties", "baseProperties"].iter().filter_map(|p| shape.get(p)?.get(name)).any(|below| {
            let below = if step.ends_with("[]") { &below["items"] } else { below };
            !below.is_null() && in_schema(below, rest)
        })
    })
}

#[test]
fn names_are_found_whatever_their_case_and_below_fixed_is_fixed() {
    let endpoint = &type_facts("microsoft.network/privateendpoints").body;
    let (seen, whole) = nodes(endpoint, "Properties.PrivateLinkServiceConnections[].PROPERTIES.groupids[]");
    assert!(whole && seen[0].create_only && seen[0].compare == Compare::IgnoreCase);
    let network = &type_facts("Microsoft.Network/virtualNetworks").body;
    let (seen, whole) = nodes(network, "properties.subnets[].properties.serviceEndpoints");
    assert!(whole && seen[0].set_key == Some(&["service"]));
}
