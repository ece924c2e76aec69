//! Every argument, set and changed: the body is one that ARM knows, the argument is read back from it, and a change is
//! traced to its argument.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::mutants::tables;
use super::samples::Maker;
use super::shared;
use crate::arm::id::ArmId;
use crate::catalog::azurerm::TYPES;
use crate::catalog::azurerm::table::{Mode, Object, Row, Table, What};
use crate::catalog::lens::*;
use crate::lang::{PathStep, Type, Value};

pub(super) const SUB: &str = "22222222-2222-2222-2222-222222222222";

/// A reader of a world that holds what the tables look up.
pub(super) struct World;

impl Reader for World {
    fn document(&self, id: &ArmId, _api_version: &str) -> Fetched<Option<Arc<Value>>> {
        let workspace = id.is_type("Microsoft.MachineLearningServices/workspaces");
        let json = serde_json::json!({"id": id.as_str(), "location": "westeurope", "sku": {"name": "Basic", "tier": "Basic"}});
        Fetched::Ready(workspace.then(|| Arc::new(Value::from_json(&json))))
    }
    fn list(&self, path: &str, _api_version: &str, _filter: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        let item = if path.ends_with("roleDefinitions") {
            serde_json::json!({"id": format!("{path}/b24988ac-6180-42a0-ab88-20f7382dd24c"), "properties": {"roleName": "Contributor"}})
        } else if path.ends_with("storageAccounts") {
            serde_json::json!({"id": id_of("Microsoft.Storage/storageAccounts", 0), "name": "name0"})
        } else {
            return Fetched::Ready(None);
        };
        Fetched::Ready(Some(Arc::new(vec![Value::from_json(&item)])))
    }
}

pub(super) fn provider(major: u32) -> ProviderConfig {
    ProviderConfig {
        kind: ProviderKind::Azurerm,
        major,
        subscription_id: Some(SUB.into()),
        tenant_id: Some("11111111-1111-1111-1111-111111111111".into()),
        client_id: None,
        object_id: None,
        suffixes: Suffixes {
            storage: "core.windows.net".into(),
            key_vault: "vault.azure.net".into(),
            container_registry: "azurecr.io".into(),
            cosmos_db: "documents.azure.com".into(),
        },
        config: Value::null(Type::Dynamic),
    }
}

pub(super) fn with<T>(run: impl FnOnce(&Context<'_>) -> T) -> T {
    run(&Context { provider: &provider(4), reader: &World, wanted: &|_| false, recorded: None })
}

/// The id of a resource of a type.
pub(super) fn id_of(kind: &str, variant: usize) -> String {
    let group = format!("/subscriptions/{SUB}/resourceGroups/rg");
    if kind.is_empty() {
        return format!("{group}/providers/Microsoft.KeyVault/vaults/name{variant}");
    }
    let depth = kind.matches('/').count();
    let names = vec![format!("name{variant}"); depth].join("/");
    ArmId::build(&ArmId::parse(&group).unwrap(), kind, &names).unwrap().to_string()
}

/// The path of every argument of a type, with its rows.
fn arguments(table: &Table) -> Vec<String> {
    fn walk(rows: &[Row], at: &str, out: &mut Vec<String>) {
        for row in rows
            .iter()
            .filter(|r| r.is_in(4) && r.mode != Mode::Computed && r.refused.is_none() && !r.write_only)
        {
            let here = format!("{at}.{}", row.name);
            match &row.what {
                What::Plain(_) => out.push(here),
                What::Block(b) => walk(&b.rows, &here, out),
            }
        }
    }
    let mut out = Vec::new();
    walk(&table.rows, "", &mut out);
    out
}

/// The documents that the claims make: what ARM would hold, with ids.
fn documents(claims: &[Claim]) -> BTreeMap<String, Arc<Value>> {
    claims
        .iter()
        .map(|claim| {
            let mut body: Object = claim.body.as_entries().cloned().unwrap_or_default();
            if let Target::Id(id) = &claim.target {
                body.insert("id".into(), id.as_str().into());
            }
            (claim.key.to_string(), Arc::new(Value::object(body)))
        })
        .collect()
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|s| !s.is_empty()).try_fold(value, |v, name| {
        let v = v.as_sequence().map_or(Some(v), <[Value]>::first)?;
        v.get(name)
    })
}

/// The leaves of a body that differ.
fn differences(a: &Json, b: &Json, path: &mut Vec<PathStep>, out: &mut Vec<Vec<PathStep>>) {
    match (a, b) {
        (Json::Object(x), Json::Object(y)) => {
            let names: std::collections::BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            for name in names {
                path.push(PathStep::Attribute(name.as_str().into()));
                differences(
                    x.get(name).unwrap_or(&Json::Null),
                    y.get(name).unwrap_or(&Json::Null),
                    path,
                    out,
                );
                path.pop();
            }
        }
        (Json::Array(x), Json::Array(y)) if x.len() == y.len() => {
            for (i, (x, y)) in x.iter().zip(y).enumerate() {
                path.push(PathStep::Index(i));
                differences(x, y, path, out);
                path.pop();
            }
        }
        _ if a != b => out.push(path.clone()),
        _ => {}
    }
}

/// Arguments that are not in the body of the document they belong to.
fn is_elsewhere(table: &Table, path: &str) -> bool {
    fn find<'a>(rows: &'a [Row], path: &[&str]) -> Option<&'a Row> {
        let (first, rest) = path.split_first()?;
        let row = rows.iter().find(|r| r.name == *first && r.is_in(4))?;
        if rest.is_empty() { Some(row) } else { find(&row.as_block()?.rows, rest) }
    }
    let steps: Vec<&str> = path.split('.').filter(|s| !s.is_empty()).collect();
    find(&table.rows, &steps).is_some_and(|r| r.own || r.write_only || r.alias.is_some() || r.part.is_some())
}

#[test]
pub(in crate::catalog) fn every_argument_is_written_and_read_back() {
    let mut wrong = Vec::new();
    let mut visited = 0;
    for (name, table) in tables() {
        let schema = table.schema_of(4);
        for path in arguments(table) {
            visited += 1;
            let config = Maker { name, ask: &[(&path, 0)] }.object(&table.rows, &schema, "");
            with(|cx| {
                let problems: Vec<_> = table
                    .check(&config, cx)
                    .into_iter()
                    .filter(|p| p.severity == crate::lang::Severity::Error)
                    .collect();
                if !problems.is_empty() {
                    wrong.push(format!("{name}{path}: {problems:?}"));
                    return;
                }
                let complete = table.complete(&config, cx);
                let claims = match table.claims(&complete, cx) {
                    Ok(claims) => claims,
                    Err(stop) => return wrong.push(format!("{name}{path}: {stop:?}")),
                };
                let made = documents(&claims);
                let shown = table.attributes(&complete, &|key| made.get(key).cloned(), true, cx).unwrap();
                let expected: Vec<String> = names(&schema.implied_type());
                let found: Vec<String> = shown.as_entries().unwrap().keys().map(|k| k.to_string()).collect();
                if expected != found {
                    wrong.push(format!("{name}{path}: attributes {found:?} are not {expected:?}"));
                }
                for live in [false, true] {
                    let shown =
                        table.attributes(&complete, &|key| made.get(key).cloned(), !live, cx).unwrap();
                    let (was, is) = (at(&complete, &path), at(&shown, &path));
                    let same = match (was, is) {
                        (Some(a), Some(b)) => crate::catalog::value::same(a, b),
                        _ => false,
                    };
                    if !same {
                        wrong.push(format!("{name}{path}: {was:?} is read back as {is:?} (live: {live})"));
                    }
                }
            });
        }
    }
    println!("{visited} arguments of {} types", TYPES.len());
    assert!(wrong.is_empty(), "{} of {visited}:\n{}", wrong.len(), wrong.join("\n"));
}

fn names(ty: &Type) -> Vec<String> {
    match ty {
        Type::Object(o) => o.attributes.keys().map(|k| k.to_string()).collect(),
        _ => Vec::new(),
    }
}

#[test]
pub(in crate::catalog) fn every_change_is_traced_to_its_argument() {
    let mut wrong = Vec::new();
    let mut visited = 0;
    for (name, table) in tables() {
        let schema = table.schema_of(4);
        for path in arguments(table) {
            if is_elsewhere(table, &path) {
                continue;
            }
            let config = Maker { name, ask: &[(&path, 1)] }.object(&table.rows, &schema, "");
            let claims = |variant| {
                let config = Maker { name, ask: &[(&path, variant)] }.object(&table.rows, &schema, "");
                with(|cx| table.claims(&table.complete(&config, cx), cx)).unwrap()
            };
            let (before, after) = (claims(0), claims(1));
            let mut found = Vec::new();
            for (a, b) in before.iter().zip(&after) {
                let json = |v: &Value| v.to_json_with(&|| Some("unknown".into())).unwrap();
                let mut out = Vec::new();
                differences(&json(&a.body), &json(&b.body), &mut Vec::new(), &mut out);
                let unread = |p: &Vec<PathStep>| {
                    a.unread.iter().chain(&b.unread).any(|u| {
                        p.len() == u.len()
                            && u.last().is_some_and(|n| p.last() == Some(&PathStep::Attribute(n.clone())))
                    })
                };
                found.extend(
                    out.into_iter().filter(|p| !unread(p)).map(|p| table.argument_of(&config, &a.key, &p)),
                );
            }
            visited += 1;
            let top = path.split('.').nth(1).unwrap();
            let whole =
                found.iter().all(|argument| argument.first() == Some(&PathStep::Attribute(top.into())));
            // Values of one word only cannot differ; what names a document of its own moves it.
            let moved = before.iter().zip(&after).any(|(a, b)| a.target != b.target || a.key != b.key);
            if found.is_empty() && !moved && !SAME.contains(&format!("{name}{path}").as_str())
                || !whole && !SKU.contains(&top)
            {
                wrong.push(format!("{name}{path}: {found:?}"));
            }
        }
    }
    println!("{visited} arguments");
    assert!(wrong.is_empty(), "{} of {visited}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Arguments that have one value only.
const SAME: &[&str] = &[
    "azurerm_subnet.sharing_scope",
    "azurerm_user_assigned_identity.isolation_scope",
    "azurerm_machine_learning_workspace.sku_name",
    "azurerm_cosmosdb_account.offer_type",
    "azurerm_machine_learning_compute_instance.authorization_type",
    "azurerm_cognitive_account.network_injection.scenario",
    "azurerm_kubernetes_cluster.windows_profile.license",
    "azurerm_kubernetes_cluster.service_mesh_profile.mode",
    "azurerm_kubernetes_cluster.default_node_pool.type",
    "azurerm_kubernetes_cluster.network_profile.network_plugin_mode",
    "azurerm_linux_virtual_machine.os_disk.diff_disk_settings.option",
    "azurerm_linux_virtual_machine.os_image_notification.timeout",
    "azurerm_windows_virtual_machine.os_disk.diff_disk_settings.option",
    "azurerm_windows_virtual_machine.os_image_notification.timeout",
    "azurerm_storage_account.provisioned_billing_model_version",
    "azurerm_storage_management_policy.rule.filters.match_blob_index_tag.operation",
    "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.pass",
    "azurerm_virtual_machine.os_profile_windows_config.additional_unattend_config.component",
    "azurerm_container_registry.network_rule_set.ip_rule.action",
];
/// Parts of one property.
const SKU: &[&str] = &["account_tier", "provisioned_billing_model_version"];

/// A schema of the official types.
pub(super) fn schema_of(arm_type: &str, api_version: &str) -> Option<Json> {
    let name = format!("facts/arm/types/azurerm/{}@{api_version}.json", arm_type.replace('/', "."));
    if let Some(schema) = shared(&name).and_then(|text| serde_json::from_str(&text).ok()) {
        return Some(schema);
    }
    // A preview has the shape of the version of its day.
    let plain = shared(&format!("facts/arm/types/{}.json", arm_type.replace('/', ".")))?;
    let plain: Json = serde_json::from_str(&plain).ok()?;
    let day = plain["apiVersion"].as_str()?;
    (api_version.strip_suffix("-preview") == Some(day)).then_some(plain)
}

/// What writes a part of a document that another resource made.
const PARTS: &[&str] =
    &["azurerm_storage_account_customer_managed_key", "azurerm_storage_account_network_rules"];

/// What is wrong with a body by its schema.
fn judge(schema: &Json, body: &Json, path: &str, out: &mut Vec<String>) {
    if body.is_null() {
        return;
    }
    if schema.get("readOnly") == Some(&true.into()) {
        out.push(format!("{path} is read-only"));
        return;
    }
    match schema["type"].as_str().unwrap_or("any") {
        "object" => {
            let Some(object) = body.as_object() else {
                return out.push(format!("{path} is no object: {body}"));
            };
            let shape = schema
                .get("discriminator")
                .and_then(Json::as_str)
                .and_then(|by| schema["variants"].get(object.get(by)?.as_str()?));
            for (name, value) in object {
                let path = format!("{path}.{name}");
                // azurerm sends places in lower case and without spaces.
                if name.to_lowercase().contains("location") && value.as_str().is_some_and(|v| v.contains(' '))
                {
                    out.push(format!("{path}: {value} is no place as it is sent"));
                }
                let of = |s: Option<&Json>| s.and_then(|s| s.get(name)).cloned();
                let inner = of(schema.get("properties"))
                    .or_else(|| of(schema.get("baseProperties")))
                    .or_else(|| of(shape.and_then(|s| s.get("properties"))));
                match (inner, schema.get("additionalProperties")) {
                    (Some(inner), _) => judge(&inner, value, &path, out),
                    (None, Some(any)) if any.is_object() => judge(any, value, &path, out),
                    (None, Some(_)) => {}
                    (None, None) if schema.get("properties").is_none() && shape.is_none() => {}
                    (None, None) if Some(name.as_str()) == schema["discriminator"].as_str() => {}
                    _ => out.push(format!("{path} is not in the schema")),
                }
            }
            let shapes = [
                schema.get("properties"),
                schema.get("baseProperties"),
                shape.and_then(|s| s.get("properties")),
            ];
            for (name, inner) in shapes.into_iter().flatten().filter_map(Json::as_object).flatten() {
                // The name is in the address.
                let asked =
                    inner.get("required") == Some(&true.into()) && !(path.is_empty() && name == "name");
                if asked && object.get(name).is_none_or(Json::is_null) {
                    out.push(format!("{path}.{name} is missing"));
                }
            }
        }
        "array" => match body.as_array() {
            Some(all) => all.iter().for_each(|v| judge(&schema["items"], v, &format!("{path}[]"), out)),
            None => out.push(format!("{path} is no array: {body}")),
        },
        "string" => match body.as_str() {
            Some(text) => {
                let words: Vec<&str> =
                    schema["enum"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
                if !words.is_empty() && schema.get("openEnum").is_none() && !words.contains(&text) {
                    out.push(format!("{path}: `{text}` is none of {words:?}"));
                }
            }
            None => out.push(format!("{path} is no string: {body}")),
        },
        "integer" | "number" if !body.is_number() => out.push(format!("{path} is no number: {body}")),
        "boolean" if !body.is_boolean() => out.push(format!("{path} is no bool: {body}")),
        _ => {}
    }
}

/// What official types say too narrowly.
const TOLERATED: &[&str] = &[
    // A null: what the other shape of criteria has must go.
    ".properties.criteria.allOf is not in the schema",
    ".properties.criteria.componentId is not in the schema",
    ".properties.criteria.failedLocationCount is not in the schema",
    ".properties.criteria.webTestId is not in the schema",
    // azurerm sends it, Azure fills it from the service.
    ".properties.delegations[].properties.actions is read-only",
    // JSON that the user writes; here a sample.
    ".properties.parameters.version is no object: \"0\"",
    ".properties.parameters.version is no object: \"1\"",
    // azurerm sends it; the service takes it of a datastore that is there.
    ".properties.isDefault is read-only",
    ".properties.subnets[].properties.delegations[].properties.actions is read-only",
];

#[test]
pub(in crate::catalog) fn every_body_is_one_that_arm_knows() {
    if shared("facts/arm/README.md").is_none() {
        return;
    }
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let (mut bodies, mut without) = (0, std::collections::BTreeSet::new());
    let mut schemas: BTreeMap<String, Option<Json>> = BTreeMap::new();
    for (name, table) in tables() {
        let schema = table.schema_of(4);
        for path in arguments(table) {
            for variant in [0, 1] {
                let config = Maker { name, ask: &[(&path, variant)] }.object(&table.rows, &schema, "");
                let claims = with(|cx| table.claims(&table.complete(&config, cx), cx)).unwrap();
                for claim in claims {
                    let Target::Id(id) = &claim.target else { continue };
                    if matches!(claim.write, Write::Post(_)) {
                        continue;
                    }
                    let key = format!("{}@{}", id.resource_type(), claim.api_version);
                    let known = schemas
                        .entry(key.clone())
                        .or_insert_with(|| schema_of(id.resource_type(), &claim.api_version));
                    let Some(known) = known else {
                        without.insert(key);
                        continue;
                    };
                    bodies += 1;
                    let mut out = Vec::new();
                    judge(&known["body"], &claim.body.to_json_with(&|| None).unwrap(), "", &mut out);
                    let there = |o: &String| PARTS.contains(&name) && o.ends_with(" is missing");
                    for one in out.into_iter().filter(|o| !TOLERATED.contains(&o.as_str()) && !there(o)) {
                        wrong.entry(format!("{name}: {one}")).or_insert_with(|| path.clone());
                    }
                }
            }
        }
    }
    println!(
        "{bodies} bodies of {} types judged at the version sent; no schema of {}: {without:?}",
        schemas.len() - without.len(),
        without.len()
    );
    let list: Vec<String> = wrong.iter().map(|(w, p)| format!("{w} (with {p})")).collect();
    assert!(wrong.is_empty(), "{}:\n{}", list.len(), list.join("\n"));
}

#[test]
pub(in crate::catalog) fn unknown_arguments_never_panic_and_flow_into_claims() {
    for (name, table) in tables() {
        let schema = table.schema_of(4);
        let base = Maker { name, ask: &[] }.object(&table.rows, &schema, "");
        for argument in base.as_entries().unwrap().keys() {
            let mut all = base.as_entries().unwrap().clone();
            let ty = all[argument].ty();
            all.insert(argument.clone(), Value::unknown(ty));
            let config = Value::object(all);
            with(|cx| {
                let errors: Vec<_> = table
                    .check(&config, cx)
                    .into_iter()
                    .filter(|p| p.severity == crate::lang::Severity::Error)
                    .collect();
                assert!(errors.is_empty(), "{name}.{argument}: {errors:?}");
                let complete = table.complete(&config, cx);
                let claims = table.claims(&complete, cx).unwrap();
                let made = documents(&claims);
                table.attributes(&complete, &|key| made.get(key).cloned(), true, cx).unwrap();
            });
        }
        let nothing = Value::object(
            base.as_entries().unwrap().iter().map(|(n, v)| (n.clone(), Value::unknown(v.ty()))),
        );
        with(|cx| {
            let complete = table.complete(&nothing, cx);
            let claims = table.claims(&complete, cx).unwrap();
            assert!(claims.iter().all(|c| c.target == Target::Unknown), "{name}");
            table.attributes(&complete, &|_| None, true, cx).unwrap();
            // The configuration is gone.
            let document = Value::from_json(&serde_json::json!({"id": id_of("", 0)}));
            let _ = table.attributes(
                &Value::null(Type::Dynamic),
                &|_| Some(Arc::new(document.clone())),
                false,
                cx,
            );
        });
    }
}

/// The constants of each item of a list are in the items: a list of unknown items has none beside it.
#[test]
fn of_unknown_items_nobody_claims_the_constants() {
    let table: &Table = TYPES.iter().find(|(n, _)| *n == "azurerm_storage_management_policy").unwrap().1;
    let config = Maker { name: "azurerm_storage_management_policy", ask: &[(".rule", 0)] }.object(
        &table.rows,
        &table.schema_of(4),
        "",
    );
    let body = |config: &Value| {
        with(|cx| {
            let claims = table.claims(&table.complete(config, cx), cx).unwrap();
            claims[0].body.to_json_with(&|| Some("unknown".into())).unwrap()
        })
    };
    let known = body(&config);
    assert_eq!(known["properties"]["policy"]["rules"][0]["type"], "Lifecycle", "{known}");
    let mut all = config.as_entries().unwrap().clone();
    let ty = all["rule"].ty();
    all.insert("rule".into(), Value::unknown(ty));
    let unknown = body(&Value::object(all));
    assert_eq!(unknown, serde_json::json!({"properties": {"policy": {"rules": "unknown"}}}));
}
