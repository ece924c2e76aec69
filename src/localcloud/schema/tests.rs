use std::path::PathBuf;

use serde_json::{Value, json};

use super::table::{Field, Kind, Shape};
use super::{BodySchema, FaultKind, find, received, types, validate};

/// The shared facts, if this machine has them.
pub(crate) fn facts() -> Option<PathBuf> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let arm = root.join("facts/arm");
    if arm.is_dir() {
        return Some(arm);
    }
    println!("skipped: no shared facts");
    None
}

/// A type of the tables in the form of the official type definitions: for what nobody else describes.
pub(crate) fn official(arm_type: &str) -> Option<Value> {
    fn object(schema: &BodySchema, shape: &Shape, depth: usize) -> Value {
        if depth == 0 {
            return json!({"cut": "depth"});
        }
        let mut all = serde_json::Map::new();
        let (named, free): (Vec<&Field>, Vec<&Field>) =
            shape.fields(schema.version).partition(|f| f.name != "*");
        let of = |f: &Field| node(schema, f, &f.kind, depth - 1);
        all.insert("type".into(), "object".into());
        all.insert("properties".into(), named.iter().map(|f| (f.name.to_owned(), of(f))).collect());
        free.iter().for_each(|f| _ = all.insert("additionalProperties".into(), of(f)));
        if let Some(cases) = shape.cases(schema.version) {
            let inner = cases.shapes.iter().filter_map(|(word, name)| {
                Some(((*word).to_owned(), object(schema, schema.table.shape(name)?, depth - 1)))
            });
            all.insert("discriminator".into(), cases.by.into());
            all.insert("variants".into(), inner.collect());
        }
        all.into()
    }
    fn node(schema: &BodySchema, field: &Field, kind: &Kind, depth: usize) -> Value {
        let mut node = match kind {
            Kind::Any => json!({"type": "any"}),
            Kind::Text => json!({"type": "string"}),
            Kind::Whole => json!({"type": "integer"}),
            Kind::Number => json!({"type": "number"}),
            Kind::Flag => json!({"type": "boolean"}),
            Kind::Object(name) => match schema.table.shape(name) {
                Some(shape) => object(schema, shape, depth),
                None => json!({"type": "any"}),
            },
            Kind::List(of) => json!({"type": "array", "items": node(schema, field, of, depth)}),
            Kind::Map(of) => {
                json!({"type": "object", "additionalProperties": node(schema, field, of, depth)})
            }
        };
        if matches!(kind, Kind::Text) && !field.limits.values.is_empty() {
            node["enum"] = json!(field.limits.values);
        }
        if field.read_only {
            node["readOnly"] = true.into();
        }
        node
    }
    let (_, versions) = types().into_iter().find(|(name, _)| name.eq_ignore_ascii_case(arm_type))?;
    let schema = find(arm_type, versions.last()?)?;
    Some(json!({"type": arm_type, "body": object(&schema, schema.root, 12)}))
}

fn faults(arm_type: &str, version: &str, body: Value) -> Vec<(String, FaultKind)> {
    let schema = find(arm_type, version).expect("a known type");
    schema.check(&body, None).err().unwrap_or_default().into_iter().map(|f| (f.path, f.kind)).collect()
}

const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";

#[test]
fn every_table_is_read_whole() {
    let all = types();
    assert!(all.len() > 60, "{}", all.len());
    for (name, versions) in all {
        for version in versions {
            let schema = find(&name, version).expect("a listed type is found");
            assert!(schema.root.fields(schema.version).count() > 0, "{name}@{version} is empty");
        }
    }
}

#[test]
fn an_unknown_property_is_named_with_its_spelling() {
    let got = faults(SUBNET, "2025-01-01", json!({"properties": {"addressprefix": "10.0.0.0/24"}}));
    assert_eq!(got, [("properties.addressprefix".to_owned(), FaultKind::Unknown(Some("addressPrefix")))]);
}

#[test]
fn a_read_only_property_is_refused_unless_it_is_the_stored_one() {
    let schema = find("Microsoft.Network/virtualNetworks", "2025-01-01").unwrap();
    let body = json!({"location": "eastus", "properties": {"resourceGuid": "a"}});
    assert_eq!(schema.check(&body, None).unwrap_err()[0].kind, FaultKind::ReadOnly);
    let stored =
        json!({"location": "eastus", "properties": {"resourceGuid": "a", "provisioningState": "Succeeded"}});
    assert!(schema.check(&body, Some(&stored)).is_ok());
    let other = json!({"properties": {"resourceGuid": "b"}});
    assert!(schema.check(&body, Some(&other)).is_err());
}

#[test]
fn a_read_only_property_of_a_list_item_is_compared_with_the_item_of_the_same_name() {
    let schema = find("Microsoft.Network/virtualNetworks", "2025-01-01").unwrap();
    let subnet = |name: &str, endpoint: &str| json!({"name": name, "properties": {"addressPrefix": "10.0.0.0/24", "privateEndpoints": [{"id": endpoint}]}});
    let stored = json!({"properties": {"subnets": [subnet("a", "/1"), subnet("b", "/2")]}});
    let swapped = json!({"properties": {"subnets": [subnet("b", "/2"), subnet("a", "/1")]}});
    assert!(schema.check(&swapped, Some(&stored)).is_ok());
    let changed = json!({"properties": {"subnets": [subnet("b", "/1")]}});
    assert!(schema.check(&changed, Some(&stored)).is_err());
}

#[test]
fn a_missing_property_is_refused_in_a_put_and_not_in_a_patch() {
    let schema = find("Microsoft.KeyVault/vaults", "2026-02-01").unwrap();
    let body = json!({"location": "eastus", "properties": {"sku": {"family": "A", "name": "standard"}}});
    let got = schema.check(&body, None).unwrap_err();
    assert_eq!((got[0].path.as_str(), &got[0].kind), ("properties.tenantId", &FaultKind::Missing));
    assert!(schema.check_patch(&json!({"properties": {"enablePurgeProtection": true}}), None).is_ok());
}

#[test]
fn kinds_and_closed_values_are_judged() {
    let got = faults(SUBNET, "2025-01-01", json!({"properties": {"addressPrefix": 4}}));
    assert_eq!(got[0].1, FaultKind::NotA("a string"));
    let vault = json!({"location": "l", "properties": {"tenantId": "00000000-0000-0000-0000-000000000000",
        "sku": {"family": "A", "name": "gold"}, "accessPolicies": []}});
    let got = faults("Microsoft.KeyVault/vaults", "2026-02-01", vault);
    assert_eq!(got[0].0, "properties.sku.name");
    assert!(matches!(&got[0].1, FaultKind::NotAllowed(values) if values == &["standard", "premium"]));
}

#[test]
fn a_case_of_a_body_is_chosen_by_its_discriminator() {
    let rule = "Microsoft.MachineLearningServices/workspaces/outboundRules";
    let fqdn = json!({"properties": {"type": "FQDN", "category": "UserDefined", "destination": "pypi.org"}});
    assert_eq!(faults(rule, "2025-06-01", fqdn), []);
    let wrong = json!({"properties": {"type": "FQDN", "destination": {"serviceTag": "Storage"}}});
    assert_eq!(faults(rule, "2025-06-01", wrong)[0].1, FaultKind::NotA("a string"));
    let unknown = json!({"properties": {"type": "Magic", "destination": "x"}});
    assert!(matches!(faults(rule, "2025-06-01", unknown)[0].1, FaultKind::NotAllowed(_)));
}

#[test]
fn a_version_that_is_not_described_is_read_at_the_nearest_one() {
    assert!(find("microsoft.keyvault/VAULTS", "2025-05-01").is_some());
    assert!(find("Microsoft.KeyVault/vaults", "2019-09-01").is_some());
    assert!(find("Microsoft.KeyVault/nothing", "2026-02-01").is_none());
    // A property of a later version is unknown at an earlier one.
    let body =
        json!({"location": "l", "sku": {"name": "Premium"}, "properties": {"anonymousPullEnabled": false}});
    assert_eq!(faults("Microsoft.ContainerRegistry/registries", "2025-11-01", body.clone()), []);
    assert_eq!(faults("Microsoft.ContainerRegistry/registries", "2023-07-01", body).len(), 1);
}

/// A preview that is not described has the properties of the next version that is; a stable one has not.
#[test]
fn a_preview_knows_what_the_next_version_made_stable() {
    let search = "Microsoft.Search/searchServices";
    let body = json!({"location": "l", "sku": {"name": "standard"},
        "properties": {"networkRuleSet": {"bypass": "AzureServices", "ipRules": []}}});
    assert_eq!(faults(search, "2024-03-01-preview", body.clone()), []);
    assert_eq!(faults(search, "2025-05-01", body.clone()), []);
    let unknown = [("properties.networkRuleSet.bypass".to_owned(), FaultKind::Unknown(None))];
    assert_eq!(faults(search, "2023-11-01", body.clone()), unknown);
    assert_eq!(faults(search, "2024-03-01", body), unknown);
}

#[test]
fn what_a_service_ignores_is_gone_before_it_is_judged() {
    let workspace = "microsoft.machinelearningservices/workspaces";
    let mut body = json!({"location": "l", "properties": {"managedNetworkKind": "V1", "Description": "d",
        "allowRoleAssignmentOnRg": false, "answered": 1, "changed": 2,
        "managedNetwork": {"isolationMode": "Disabled", "nothing": [],
            "outboundRules": {"r": {"type": "FQDN", "destination": "pypi.org", "nothing": 1}}}}});
    let stored = json!({"properties": {"answered": 1, "changed": 1}});
    received(workspace, "2025-06-01", &mut body, Some(&stored));
    let kept = json!({"location": "l", "properties": {"description": "d",
        "allowRoleAssignmentOnRG": false, "answered": 1,
        "managedNetwork": {"isolationMode": "Disabled",
            "outboundRules": {"r": {"type": "FQDN", "destination": "pypi.org"}}}}});
    assert_eq!(body, kept);
    assert!(validate(workspace, "2025-06-01", &body, Some(&stored), false).is_ok());
    // A value is judged as everywhere, also of a member that came in another case.
    let mut wrong = json!({"location": "l", "properties": {"Description": 1}});
    received(workspace, "2025-06-01", &mut wrong, None);
    assert!(validate(workspace, "2025-06-01", &wrong, None, false).is_err());
    // A service that refuses gets the body as it came.
    let vault = json!({"properties": {"enablePurgeProtecion": true}});
    let mut same = vault.clone();
    received("Microsoft.KeyVault/vaults", "2026-02-01", &mut same, None);
    assert_eq!(same, vault);
}

#[test]
fn an_answer_has_what_its_version_knows() {
    let registry = json!({"type": "Microsoft.ContainerRegistry/registries", "sku": {"name": "Premium"},
        "properties": {"anonymousPullEnabled": false, "adminUserEnabled": false, "neverDescribed": 1}});
    let mut new = registry.clone();
    super::answered("2025-11-01", &mut new);
    assert_eq!(new, registry);
    let mut list = json!({"value": [registry]});
    super::answered("2023-07-01", &mut list);
    assert_eq!(list["value"][0]["properties"], json!({"adminUserEnabled": false, "neverDescribed": 1}));
}

#[test]
fn enumerated_values_get_the_schemas_spelling() {
    let schema = find("Microsoft.Network/publicIPAddresses", "2025-01-01").unwrap();
    let mut body = json!({"properties": {"publicIPAllocationMethod": "static"}});
    schema.canonical(&mut body);
    assert_eq!(body["properties"]["publicIPAllocationMethod"], "Static");
}

#[test]
fn write_only_and_secret_properties_are_taken_out_of_answers() {
    let schema = find("Microsoft.KeyVault/vaults", "2026-02-01").unwrap();
    let mut body = json!({"properties": {"createMode": "default", "enableRbacAuthorization": true}});
    schema.drop_write_only(&mut body);
    assert_eq!(body, json!({"properties": {"enableRbacAuthorization": true}}));
}

#[test]
fn a_refusal_names_every_fault() {
    let body = json!({"location": "l", "properties": {"enablePurgeProtecion": true}});
    let refused = validate("Microsoft.KeyVault/vaults", "2026-02-01", &body, None, false).unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (400, "InvalidRequestContent"));
    assert!(refused.message.contains("Could not find member 'enablePurgeProtecion'"), "{}", refused.message);
    assert_eq!(refused.details.len(), 2, "{:?}", refused.details);
    assert!(validate("Unknown.Space/things", "2026-02-01", &body, None, false).is_ok());
}

/// The bodies of the official examples are accepted at their version: PUT as a whole, PATCH in part. Printed: what is left
/// out, and why.
#[test]
fn official_examples_are_accepted() {
    let Some(facts) = facts() else { return };
    for (method, least) in [("PUT", 260), ("PATCH", 50)] {
        let (accepted, left_out, refused) = judge_examples(&facts, method);
        println!("{method}: accepted {accepted}, left out {}:\n{}", left_out.len(), left_out.join("\n"));
        assert!(refused.is_empty(), "{method}: {} refused:\n{}", refused.len(), refused.join("\n"));
        assert!(accepted >= least, "{method}: {accepted}");
    }
}

/// Accepted, left out and refused examples of a method.
fn judge_examples(facts: &std::path::Path, method: &str) -> (usize, Vec<String>, Vec<String>) {
    let index = std::fs::read_to_string(facts.join("examples/index.tsv")).unwrap();
    let (mut accepted, mut left_out, mut refused) = (0, Vec::new(), Vec::new());
    for row in index.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [arm_type, version, _, _, of, _, _, has_body, _, file, ..] = cells[..] else { continue };
        if of != method || has_body != "yes" {
            continue;
        }
        let Some(schema) = find(arm_type, version) else {
            left_out.push(format!("{file}: no schema of {arm_type}"));
            continue;
        };
        let example: Value =
            serde_json::from_str(&std::fs::read_to_string(facts.join(file)).unwrap()).unwrap();
        let parameters = example["parameters"].as_object().unwrap();
        let bodies: Vec<&Value> = parameters.values().filter(|v| v.is_object()).collect();
        let Some(body) = bodies.iter().find(|b| b.get("properties").is_some()).or(bodies.first()) else {
            continue;
        };
        // What the example shows as stored: a read-only property that is also in the answer may be sent back.
        let answer = ["200", "201"].iter().find_map(|s| example["responses"][s].get("body"));
        let judged =
            if method == "PATCH" { schema.check_patch(body, answer) } else { schema.check(body, answer) };
        match judged {
            Ok(()) => accepted += 1,
            Err(faults) => {
                let text = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                refused.push(format!("{file}: {text}"));
            }
        }
    }
    (accepted, left_out, refused)
}

#[test]
fn cosmos_db_knows_names_in_any_case_and_refuses_others() {
    let account = "Microsoft.DocumentDB/databaseAccounts";
    let mut body = json!({"properties": {"apiProperties": {"ServerVersion": "4.0"}, "unheard": 1}});
    received(account, "2025-04-15", &mut body, None);
    let known = json!({"properties": {"apiProperties": {"serverVersion": "4.0"}, "unheard": 1}});
    assert_eq!(body, known);
    let refused = validate(account, "2025-04-15", &body, None, true).unwrap_err();
    assert!(
        refused.message.contains("unheard") && !refused.message.contains("erverVersion"),
        "{}",
        refused.message
    );
}
