//! The tables against a cloud that is not built from them: what is claimed is accepted, what comes back is no difference,
//! attributes are those that were planned, and a change of one argument is a change of that argument only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::arm::id::ArmId;
use crate::catalog::lens::*;
use crate::catalog::{FactNode, type_facts};
use crate::lang::schema::BlockSpec;
use crate::lang::{PathStep, Severity, Type, Value};
use crate::localcloud::{ClockMode, LocalCloud, Options, Registered};
use crate::plan::diff::{Comparison, compare};

mod beside;

/// The tests of this file.
pub(in crate::catalog) const SCENES: &[fn()] = &[
    a_registry_with_replicas_is_made_and_changed,
    logs_and_insights_are_made_and_changed,
    a_diagnostic_setting_ignores_what_is_off,
    a_secured_workspace_is_made_and_changed,
    a_cosmos_account_is_made_and_changed,
    beside::rules_beside_their_group_are_left_alone,
    beside::routes_beside_their_table_are_left_alone,
    beside::associations_outlive_writes_of_what_they_are_on,
    beside::an_address_of_a_prefix_lies_in_it_and_a_new_label_has_no_name_yet,
    beside::combinations_that_azure_refuses_are_told_before,
    beside::a_new_cluster_of_data_trusts_its_own_tenant_and_another_is_left_alone,
    beside::only_premium_accounts_are_told_of_several_channels,
    beside::data_sources_read_networks_zones_tags_and_places,
];

/// A cloud, and what was made in it.
struct Ground {
    cloud: LocalCloud,
    provider: ProviderConfig,
    made: BTreeMap<&'static str, Made>,
}

struct Made {
    kind: &'static str,
    config: Value,
    attributes: Value,
}

impl Reader for Ground {
    fn document(&self, id: &ArmId, api_version: &str) -> Fetched<Option<Arc<Value>>> {
        Fetched::Ready(self.get(id, api_version).map(|json| Arc::new(Value::from_json(&json))))
    }
    fn list(&self, path: &str, api_version: &str, filter: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        let filter = filter.replace(' ', "%20");
        let joint = if filter.is_empty() { "" } else { "&" };
        let answer =
            self.cloud.request("GET", &format!("{path}?api-version={api_version}{joint}{filter}"), None);
        let items = [&answer.value()["value"], &answer.value()["values"]]
            .into_iter()
            .find_map(Json::as_array)
            .map(|all| all.iter().map(Value::from_json).collect());
        Fetched::Ready(items.map(Arc::new))
    }
}

fn lens(kind: &str) -> &'static dyn Lens {
    super::super::resource(kind).unwrap_or_else(|| panic!("{kind} is built in"))
}

/// JSON as a value of a block, with null for what it does not say.
fn shape(json: &Json, spec: &BlockSpec) -> Value {
    let written = |name: &str| json.get(name).filter(|v| !v.is_null());
    if let Some(all) = json.as_object() {
        for name in all.keys() {
            let known = spec.attributes.iter().any(|a| a.name == *name)
                || spec.blocks.iter().any(|b| b.name == *name);
            assert!(known, "no argument `{name}`");
        }
    }
    let attributes = spec.attributes.iter().map(|a| {
        let value =
            written(&a.name).map(|v| crate::lang::convert::convert(&Value::from_json(v), &a.ty).unwrap());
        (a.name.clone(), value.unwrap_or_else(|| Value::null(a.ty.clone())))
    });
    let blocks = spec.blocks.iter().map(|b| {
        let ty = b.implied_type();
        let all = written(&b.name).and_then(Json::as_array);
        let value = match all {
            Some(all) => {
                let elements = all.iter().map(|element| shape(element, &b.block)).collect();
                crate::lang::convert::convert(&Value::tuple(elements), &ty).unwrap()
            }
            None if b.attr_as_block || b.name == "timeouts" => Value::null(ty),
            None => crate::lang::convert::convert(&Value::tuple(Vec::new()), &ty).unwrap(),
        };
        (b.name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

/// A value as JSON, with a word for what is unknown.
fn plain(value: &Value) -> Json {
    value.to_json_with(&|| Some(json!("(unknown)"))).unwrap_or(json!("(unknown)"))
}

fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(all) => {
            let kept = all.iter().filter(|(_, v)| !v.is_null());
            Json::Object(kept.map(|(n, v)| (n.clone(), without_nulls(v))).collect())
        }
        Json::Array(all) => all.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// What may be sent of a document that was read.
fn sendable(json: &Json, facts: Option<&FactNode>) -> Json {
    match json {
        Json::Object(all) => {
            let below = |name: &str| facts.and_then(|f| f.property(name));
            let kept = all.iter().filter(|(n, v)| !v.is_null() && !below(n).is_some_and(|f| f.read_only));
            Json::Object(kept.map(|(n, v)| (n.clone(), sendable(v, below(n)))).collect())
        }
        Json::Array(all) => {
            let items = facts.and_then(|f| f.items.as_deref());
            all.iter().map(|v| sendable(v, items)).collect()
        }
        other => other.clone(),
    }
}

/// Every planned value that is known is the one that came.
fn agrees(planned: &Json, came: &Json, at: &str, wrong: &mut Vec<String>) {
    match (planned, came) {
        (Json::String(word), _) if word == "(unknown)" => {}
        (Json::Object(a), Json::Object(b)) => {
            a.iter()
                .for_each(|(n, v)| agrees(v, b.get(n).unwrap_or(&Json::Null), &format!("{at}.{n}"), wrong));
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (x, y))| agrees(x, y, &format!("{at}[{i}]"), wrong));
        }
        _ if planned == came => {}
        _ => wrong.push(format!("{at}: planned {planned}, came {came}")),
    }
}

fn words(path: &[PathStep]) -> String {
    let step = |s: &PathStep| match s {
        PathStep::Attribute(n) | PathStep::Key(n) => Some(n.to_string()),
        PathStep::Index(_) => None,
    };
    path.iter().filter_map(step).collect::<Vec<_>>().join(".")
}

/// One claimed document: where, as it is, compared.
struct Seen {
    key: Arc<str>,
    id: ArmId,
    api_version: Arc<str>,
    claim: Claim,
    there: bool,
    comparison: Comparison,
}

impl Ground {
    fn new() -> Ground {
        let options = Options {
            clock: ClockMode::Stepped,
            registered: Registered::All,
            seed: "tables".into(),
            ..Options::default()
        };
        let cloud = LocalCloud::open(&options).unwrap();
        let names = cloud.names();
        let provider = ProviderConfig {
            kind: ProviderKind::Azurerm,
            major: 4,
            subscription_id: Some(names.subscription_id.as_str().into()),
            tenant_id: Some(names.tenant_id.as_str().into()),
            client_id: None,
            object_id: None,
            suffixes: Suffixes {
                storage: "core.windows.net".into(),
                key_vault: "vault.azure.net".into(),
                container_registry: "azurecr.io".into(),
                cosmos_db: "documents.azure.com".into(),
            },
            config: Value::null(Type::Dynamic),
        };
        Ground { cloud, provider, made: BTreeMap::new() }
    }

    fn cx<T>(&self, run: impl FnOnce(&Context<'_>) -> T) -> T {
        run(&Context { provider: &self.provider, reader: self, wanted: &|_| true, recorded: None })
    }

    fn get(&self, id: &ArmId, api_version: &str) -> Option<Json> {
        let answer = self.cloud.request("GET", &format!("{id}?api-version={api_version}"), None);
        (answer.status == 200).then(|| answer.value().clone())
    }

    fn config(&self, kind: &str, json: &Json) -> Value {
        let config = shape(json, &lens(kind).schema(4));
        let problems = self.cx(|cx| lens(kind).check(&config, cx));
        assert!(problems.iter().all(|p| p.severity != Severity::Error), "{kind}: {problems:#?}");
        self.cx(|cx| lens(kind).complete(&config, cx))
    }

    /// The claims of a configuration, each compared with what is there.
    fn see(&self, kind: &str, config: &Value) -> Vec<Seen> {
        let claims = self.cx(|cx| lens(kind).claims(config, cx)).unwrap_or_else(|e| panic!("{kind}: {e:?}"));
        let seen = claims.into_iter().map(|claim| {
            let Target::Id(id) = &claim.target else { panic!("{kind}: where is {}?", claim.key) };
            let id = id.clone();
            let live = self.get(&id, &claim.api_version).map(|json| Value::from_json(&json));
            let facts = &type_facts(id.resource_type()).body;
            let comparison = compare(&claim.body, live.as_ref(), facts, &|_| false);
            let (key, api_version, there) = (claim.key.clone(), claim.api_version.clone(), live.is_some());
            Seen { key, id, api_version, claim, there, comparison }
        });
        seen.collect()
    }

    /// Attributes as they are planned, or as they are.
    fn attributes(&self, kind: &str, config: &Value, seen: &[Seen], planned: bool) -> Value {
        let documents = |key: &str| {
            let seen = seen.iter().find(|s| *s.key == *key)?;
            if planned {
                return Some(Arc::new(seen.comparison.planned.clone()));
            }
            self.get(&seen.id, &seen.api_version).map(|json| Arc::new(Value::from_json(&json)))
        };
        self.cx(|cx| lens(kind).attributes(config, &documents, planned, cx)).unwrap()
    }

    /// Writes what differs.
    fn write(&self, kind: &str, seen: &[Seen]) {
        for seen in seen {
            if seen.there && seen.comparison.differences.is_empty() && seen.comparison.unread.is_empty() {
                continue;
            }
            let facts = &type_facts(seen.id.resource_type()).body;
            let (method, at, body) = match seen.claim.write {
                Write::Post(action) => ("POST", format!("{}/{action}", seen.id), json!({})),
                Write::CreateOnly if seen.there => continue,
                _ if seen.there => {
                    ("PUT", seen.id.to_string(), sendable(&plain(&seen.comparison.planned), Some(facts)))
                }
                _ => ("PUT", seen.id.to_string(), without_nulls(&plain(&seen.claim.body))),
            };
            let answer =
                self.cloud.request(method, &format!("{at}?api-version={}", seen.api_version), Some(&body));
            assert!(
                answer.status < 300,
                "{kind} {} {at}: {} {:#}\n{body:#}",
                method,
                answer.status,
                answer.value()
            );
            self.cloud.finish_operations();
            let there =
                self.get(&seen.id, &seen.api_version).unwrap_or_else(|| panic!("{kind}: {at} is gone"));
            let state =
                there.pointer("/properties/provisioningState").and_then(Json::as_str).unwrap_or("Succeeded");
            assert!(state.eq_ignore_ascii_case("Succeeded"), "{kind} {at}: {state}\n{body:#}");
        }
    }

    /// Makes or changes a resource, and checks that nothing is left to do and that the plan was true.
    fn have(&mut self, name: &'static str, kind: &'static str, json: Json) -> Json {
        let config = self.config(kind, &json);
        let before = self.see(kind, &config);
        let planned = self.attributes(kind, &config, &before, true);
        self.write(kind, &before);
        let after = self.see(kind, &config);
        for seen in &after {
            let left: Vec<String> = seen
                .comparison
                .differences
                .iter()
                .map(|d| {
                    format!(
                        "{}: want {}, is {:?}",
                        words(&d.path),
                        plain(&d.want),
                        d.live.as_ref().map(plain)
                    )
                })
                .collect();
            assert!(left.is_empty(), "{name} ({kind}) {}: the second plan is not empty: {left:#?}", seen.key);
        }
        let attributes = self.attributes(kind, &config, &after, false);
        let mut wrong = Vec::new();
        agrees(&plain(&planned), &plain(&attributes), name, &mut wrong);
        assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
        let again = self.attributes(kind, &config, &after, true);
        agrees(&plain(&again), &plain(&attributes), name, &mut wrong);
        assert!(wrong.is_empty(), "{kind}, planned again: {wrong:#?}");
        let made = plain(&attributes);
        self.made.insert(name, Made { kind, config, attributes });
        made
    }

    /// What a configuration would change of a resource that is there: its arguments, and whether it is replaced or
    /// refused.
    fn changes(&self, name: &str, json: &Json) -> (BTreeSet<String>, Replace) {
        let Made { kind, attributes, config: old } = &self.made[name];
        let config = self.config(kind, json);
        let seen = self.see(kind, &config);
        let after = self.attributes(kind, &config, &seen, true);
        let mut verdict = Replace::No;
        let mut written = false;
        let mut unread = BTreeSet::new();
        let mut judge = |argument: &[PathStep], was: &Value, is: &Value, create_only: bool| {
            written = true;
            match lens(kind).replaces(argument, was, is) {
                Replace::No if create_only => verdict = Replace::Yes,
                Replace::No => {}
                other => verdict = other,
            }
        };
        for seen in &seen {
            for difference in &seen.comparison.differences {
                let argument = lens(kind).argument_of(&config, &seen.key, &difference.path);
                assert!(!argument.is_empty(), "{name}: {} is no argument's", words(&difference.path));
                judge(
                    &argument,
                    &walk(attributes, &argument),
                    &walk(&after, &argument),
                    difference.create_only,
                );
            }
            // What ARM does not return changes when what is written does.
            for (path, _) in &seen.comparison.unread {
                let argument = lens(kind).argument_of(&config, &seen.key, path);
                let (was, is) = (walk(old, &argument), walk(&config, &argument));
                if plain(&was) != plain(&is) {
                    judge(&argument, &was, &is, false);
                    unread.extend(argument.first().map(|step| words(std::slice::from_ref(step))));
                }
            }
        }
        // What is there, in the spelling of the new configuration.
        let (was, is) = (plain(&self.attributes(kind, &config, &seen, false)), plain(&after));
        let names = is.as_object().unwrap().iter().filter(|(n, v)| {
            **v != json!("(unknown)") && was.get(*n) != Some(*v) && !(v.is_null() && was.get(*n).is_none())
        });
        let arguments: BTreeSet<String> = names.map(|(n, _)| n.clone()).chain(unread).collect();
        assert_eq!(written, !arguments.is_empty(), "{name}: {json} changes {arguments:?}");
        (arguments, verdict)
    }
}

fn walk(value: &Value, path: &[PathStep]) -> Value {
    let step = |value: &Value, step: &PathStep| match step {
        PathStep::Attribute(n) | PathStep::Key(n) => value.get(n).cloned(),
        PathStep::Index(i) => value.as_sequence().and_then(|all| all.get(*i)).cloned(),
    };
    path.iter().try_fold(value.clone(), |v, s| step(&v, s)).unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// A configuration with some arguments changed.
fn with(json: &Json, changes: Json) -> Json {
    let mut all = json.clone();
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

const LOCATION: &str = "westeurope";

/// Group, identity, vault with a key, storage, logs, insights, registry: what a workspace stands on.
fn ground() -> Ground {
    let mut g = Ground::new();
    g.have(
        "rg",
        "azurerm_resource_group",
        json!({"name": "rg", "location": "West Europe", "tags": {"a": "b"}}),
    );
    let uai = g.have("uai", "azurerm_user_assigned_identity", in_group("id-ml", json!({})));
    let tenant = g.provider.tenant_id.clone();
    let vault = g.have(
        "kv",
        "azurerm_key_vault",
        in_group(
            "kv-tables-1",
            json!({
                "sku_name": "premium", "tenant_id": tenant.as_deref(), "rbac_authorization_enabled": true,
                "purge_protection_enabled": true, "soft_delete_retention_days": 7, "public_network_access_enabled": false,
                "network_acls": [{"bypass": "AzureServices", "default_action": "Deny", "ip_rules": ["20.1.2.3"]}],
            }),
        ),
    );
    g.have(
        "key",
        "azurerm_key_vault_key",
        json!({"name": "cmk", "key_vault_id": vault["id"], "key_type": "RSA", "key_size": 3072, "key_opts": ["wrapKey", "unwrapKey"]}),
    );
    for (name, role) in
        [("role", "Key Vault Crypto Service Encryption User"), ("role2", "Key Vault Crypto User")]
    {
        g.have(
            name,
            "azurerm_role_assignment",
            json!({"scope": vault["id"], "role_definition_name": role, "principal_id": uai["principal_id"], "principal_type": "ServicePrincipal"}),
        );
    }
    g.have(
        "sa",
        "azurerm_storage_account",
        in_group(
            "sttables1",
            json!({"account_tier": "Standard", "account_replication_type": "ZRS", "allow_nested_items_to_be_public": false, "public_network_access_enabled": false}),
        ),
    );
    let logs = g.have("law", "azurerm_log_analytics_workspace", logs());
    g.have("appi", "azurerm_application_insights", insights(&logs["id"]));
    g.have("acr", "azurerm_container_registry", registry());
    g
}

fn in_group(name: &str, more: Json) -> Json {
    with(&json!({"name": name, "resource_group_name": "rg", "location": LOCATION}), more)
}

fn logs() -> Json {
    in_group(
        "log-1",
        json!({"sku": "PerGB2018", "retention_in_days": 90, "local_authentication_enabled": false, "tags": {"a": "b"}}),
    )
}

fn insights(workspace: &Json) -> Json {
    in_group(
        "appi-1",
        json!({"application_type": "web", "workspace_id": workspace, "local_authentication_enabled": false, "internet_query_enabled": false}),
    )
}

fn registry() -> Json {
    in_group(
        "acrtables1",
        json!({
            "sku": "Premium", "public_network_access_enabled": false, "export_policy_enabled": false, "zone_redundancy_enabled": true,
            "retention_policy_in_days": 30, "quarantine_policy_enabled": true,
            "network_rule_set": [{"default_action": "Deny", "ip_rule": [{"action": "Allow", "ip_range": "20.1.2.3/32"}, {"action": "Allow", "ip_range": "20.1.0.0/24"}]}],
            "georeplications": [{"location": "northeurope", "zone_redundancy_enabled": false, "tags": {"r": "n"}}],
        }),
    )
}

fn assert_changes(g: &Ground, name: &str, json: &Json, cases: &[(Json, &str, &str)]) {
    for (change, argument, verdict) in cases {
        let (arguments, replace) = g.changes(name, &with(json, change.clone()));
        // Another name of the same thing changes with it.
        let named: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let expected: Vec<&str> = argument.split(' ').collect();
        assert_eq!(named, expected, "{name}: {change}");
        let said = match &replace {
            Replace::No => "update",
            Replace::Yes => "replace",
            Replace::Refuse(why) | Replace::Rotate(why) => {
                assert!(!why.is_empty());
                "refuse"
            }
        };
        assert_eq!(said, *verdict, "{name}: {change}: {replace:?}");
    }
}

#[test]
fn a_registry_with_replicas_is_made_and_changed() {
    let mut g = Ground::new();
    g.have("rg", "azurerm_resource_group", json!({"name": "rg", "location": LOCATION}));
    let made = g.have("acr", "azurerm_container_registry", registry());
    assert_eq!(made["login_server"], "acrtables1.azurecr.io");
    assert_eq!((&made["admin_username"], &made["admin_password"]), (&json!(""), &json!("(unknown)")));
    assert_eq!(made["georeplications"][0]["location"], "northeurope");
    let replica = format!("{}/replications/northeurope", made["id"].as_str().unwrap());
    assert_eq!(g.get(&ArmId::parse(&replica).unwrap(), "2025-11-01").unwrap()["tags"]["r"], "n");
    assert_changes(
        &g,
        "acr",
        &registry(),
        &[
            (json!({"admin_enabled": true}), "admin_enabled admin_username", "update"),
            (json!({"retention_policy_in_days": 10}), "retention_policy_in_days", "update"),
            (json!({"retention_policy_in_days": null}), "retention_policy_in_days", "update"),
            (json!({"quarantine_policy_enabled": false}), "quarantine_policy_enabled", "update"),
            (json!({"data_endpoint_enabled": true}), "data_endpoint_enabled", "update"),
            (json!({"network_rule_bypass_option": "None"}), "network_rule_bypass_option", "update"),
            (json!({"tags": {"x": "y"}}), "tags", "update"),
            (json!({"zone_redundancy_enabled": false}), "zone_redundancy_enabled", "replace"),
            (
                json!({"georeplications": [{"location": "northeurope", "zone_redundancy_enabled": false, "tags": {"r": "other"}}]}),
                "georeplications",
                "update",
            ),
        ],
    );
    g.have(
        "acr",
        "azurerm_container_registry",
        with(&registry(), json!({"admin_enabled": true, "retention_policy_in_days": 5})),
    );
}

#[test]
fn logs_and_insights_are_made_and_changed() {
    let mut g = Ground::new();
    g.have("rg", "azurerm_resource_group", json!({"name": "rg", "location": LOCATION}));
    let law = g.have("law", "azurerm_log_analytics_workspace", logs());
    assert!(law["workspace_id"].as_str().is_some_and(|id| id.len() == 36), "{}", law["workspace_id"]);
    assert_eq!((&law["local_authentication_disabled"], &law["daily_quota_gb"]), (&json!(true), &json!(-1)));
    assert_changes(
        &g,
        "law",
        &logs(),
        &[
            (json!({"retention_in_days": 30}), "retention_in_days", "update"),
            (json!({"daily_quota_gb": 5}), "daily_quota_gb", "update"),
            (json!({"internet_query_enabled": false}), "internet_query_enabled", "update"),
            (
                json!({"local_authentication_enabled": true}),
                "local_authentication_disabled local_authentication_enabled",
                "update",
            ),
            (json!({"allow_resource_only_permissions": false}), "allow_resource_only_permissions", "update"),
            (json!({"cmk_for_query_forced": true}), "cmk_for_query_forced", "update"),
            (json!({"sku": "Standalone"}), "sku", "replace"),
            (json!({"location": "northeurope"}), "location", "replace"),
        ],
    );
    let json = insights(&law["id"]);
    let made = g.have("appi", "azurerm_application_insights", json.clone());
    assert!(made["connection_string"].as_str().is_some_and(|s| s.contains("InstrumentationKey=")));
    assert_eq!(made["daily_data_cap_in_gb"], 100);
    // The companion with the daily cap is claimed only where it is written.
    let config = g.config("azurerm_application_insights", &json);
    assert_eq!(g.see("azurerm_application_insights", &config).len(), 1);
    assert_changes(
        &g,
        "appi",
        &json,
        &[
            (json!({"retention_in_days": 30}), "retention_in_days", "update"),
            (json!({"sampling_percentage": 50}), "sampling_percentage", "update"),
            (json!({"disable_ip_masking": true}), "disable_ip_masking ip_masking_enabled", "update"),
            (json!({"application_type": "other"}), "application_type", "replace"),
            (json!({"daily_data_cap_in_gb": 5}), "daily_data_cap_in_gb", "update"),
        ],
    );
    let made = g.have(
        "appi",
        "azurerm_application_insights",
        with(&json, json!({"daily_data_cap_in_gb": 5, "daily_data_cap_notifications_disabled": true})),
    );
    assert_eq!(made["daily_data_cap_notifications_enabled"], false);
    // Azure gives a component without a workspace a managed one: no change.
    let own = in_group("appi-2", json!({"application_type": "web"}));
    let made = g.have("managed", "azurerm_application_insights", own);
    assert!(
        made["workspace_id"].as_str().is_some_and(|id| id.to_lowercase().contains("/workspaces/")),
        "{made:#}"
    );
}

#[test]
fn a_diagnostic_setting_ignores_what_is_off() {
    let mut g = ground();
    let (vault, logs) =
        (plain(&g.made["kv"].attributes)["id"].clone(), plain(&g.made["law"].attributes)["id"].clone());
    let json = json!({
        "name": "all", "target_resource_id": vault, "log_analytics_workspace_id": logs,
        "enabled_log": [{"category": "AuditEvent"}],
    });
    let made = g.have("diag", "azurerm_monitor_diagnostic_setting", json.clone());
    assert_eq!(made["id"], format!("{}|all", vault.as_str().unwrap()));
    assert_changes(
        &g,
        "diag",
        &json,
        &[
            (json!({"enabled_log": [{"category_group": "audit"}]}), "enabled_log", "update"),
            (json!({"enabled_metric": [{"category": "AllMetrics"}]}), "enabled_metric", "update"),
            (
                json!({"storage_account_id": plain(&g.made["sa"].attributes)["id"]}),
                "storage_account_id",
                "update",
            ),
            (
                json!({"log_analytics_destination_type": "Dedicated"}),
                "log_analytics_destination_type",
                "update",
            ),
        ],
    );
    g.have(
        "diag",
        "azurerm_monitor_diagnostic_setting",
        with(&json, json!({"enabled_metric": [{"category": "AllMetrics"}]})),
    );
    let id = format!("{}|all", vault.as_str().unwrap());
    let found = g.cx(|cx| lens("azurerm_monitor_diagnostic_setting").import(&id, cx)).unwrap();
    assert!(found[0].id.is_type("Microsoft.Insights/diagnosticSettings"));
}

fn workspace(g: &Ground) -> Json {
    let id = |name: &str| plain(&g.made[name].attributes)["id"].clone();
    in_group(
        "mlw-1",
        json!({
            "application_insights_id": id("appi"), "key_vault_id": id("kv"), "storage_account_id": id("sa"), "container_registry_id": id("acr"),
            "identity": [{"type": "UserAssigned", "identity_ids": [id("uai")]}], "primary_user_assigned_identity": id("uai"),
            "encryption": [{"key_vault_id": id("kv"), "key_id": id("key"), "user_assigned_identity_id": id("uai")}],
            "high_business_impact": true, "public_network_access_enabled": false, "storage_account_access_type": "Identity",
            "managed_network": [{"isolation_mode": "AllowInternetOutbound"}], "description": "d", "tags": {"a": "b"},
        }),
    )
}

#[test]
fn a_secured_workspace_is_made_and_changed() {
    let mut g = ground();
    let json = workspace(&g);
    let made = g.have("mlw", "azurerm_machine_learning_workspace", json.clone());
    assert!(made["workspace_id"].as_str().is_some_and(|id| id.len() == 36));
    let (kv, sa) = (
        json["key_vault_id"].as_str().unwrap().replace("kv-tables-1", "kv-other"),
        json["storage_account_id"].clone(),
    );
    assert_changes(
        &g,
        "mlw",
        &json,
        &[
            (json!({"description": "other"}), "description", "update"),
            (json!({"description": null}), "description", "update"),
            (json!({"friendly_name": "f"}), "friendly_name", "update"),
            (json!({"public_network_access_enabled": true}), "public_network_access_enabled", "update"),
            (json!({"storage_account_access_type": "AccessKey"}), "storage_account_access_type", "update"),
            (json!({"v1_legacy_mode_enabled": true}), "v1_legacy_mode_enabled", "update"),
            (json!({"image_build_compute_name": "build"}), "image_build_compute_name", "update"),
            (json!({"tags": {"a": "c"}}), "tags", "update"),
            (
                json!({"managed_network": [{"isolation_mode": "AllowOnlyApprovedOutbound"}]}),
                "managed_network",
                "update",
            ),
            (json!({"managed_network": [{"isolation_mode": "Disabled"}]}), "managed_network", "refuse"),
            (json!({"high_business_impact": null}), "high_business_impact", "replace"),
            (json!({"key_vault_id": kv}), "key_vault_id", "replace"),
            (json!({"encryption": []}), "encryption", "replace"),
            (json!({"service_side_encryption_enabled": true}), "service_side_encryption_enabled", "replace"),
        ],
    );
    // Ids in another case mean the same.
    let loud = with(
        &json,
        json!({"storage_account_id": sa.as_str().unwrap().replace("resourceGroups", "resourcegroups")}),
    );
    assert_eq!(g.changes("mlw", &loud).0, BTreeSet::new());
    g.have(
        "mlw",
        "azurerm_machine_learning_workspace",
        with(&json, json!({"description": "x", "friendly_name": "f"})),
    );
    compute(&mut g);
}

fn compute(g: &mut Ground) {
    let workspace = plain(&g.made["mlw"].attributes)["id"].clone();
    let json = json!({
        "name": "cpu-cluster", "machine_learning_workspace_id": workspace, "location": LOCATION, "vm_size": "Standard_DS2_v2",
        "vm_priority": "Dedicated", "node_public_ip_enabled": false, "local_auth_enabled": false,
        "scale_settings": [{"min_node_count": 0, "max_node_count": 2, "scale_down_nodes_after_idle_duration": "PT120S"}],
        "identity": [{"type": "SystemAssigned"}],
        "ssh": [{"admin_username": "me", "key_value": "ssh-rsa AAAA"}],
    });
    g.have("cpu", "azurerm_machine_learning_compute_cluster", json.clone());
    let config = g.config("azurerm_machine_learning_compute_cluster", &json);
    let claim = &g.see("azurerm_machine_learning_compute_cluster", &config)[0].claim;
    let body = plain(&claim.body);
    assert_eq!((&body["location"], &body["sku"]["name"]), (&json!(LOCATION), &json!("Basic")));
    let scale = |max: i64, idle: &str| json!({"scale_settings": [{"min_node_count": 0, "max_node_count": max, "scale_down_nodes_after_idle_duration": idle}]});
    assert_changes(
        g,
        "cpu",
        &json,
        &[
            (scale(4, "PT120S"), "scale_settings", "update"),
            (scale(2, "PT5M"), "scale_settings", "update"),
            (json!({"vm_size": "Standard_DS3_v2"}), "vm_size", "replace"),
            (json!({"vm_priority": "LowPriority"}), "vm_priority", "replace"),
            (json!({"local_auth_enabled": true}), "local_auth_enabled", "replace"),
            (json!({"ssh_public_access_enabled": true}), "ssh_public_access_enabled", "replace"),
            (json!({"ssh": [{"admin_username": "me", "key_value": "ssh-rsa BBBB"}]}), "ssh", "replace"),
        ],
    );
    // A duration of the same length is the same.
    assert_eq!(g.changes("cpu", &with(&json, scale(2, "PT2M"))).0, BTreeSet::new());
    g.have("cpu", "azurerm_machine_learning_compute_cluster", with(&json, scale(4, "PT5M")));
}

fn cosmos() -> Json {
    in_group(
        "cosmos-tables-1",
        json!({
            "offer_type": "Standard", "public_network_access_enabled": false, "local_authentication_enabled": false,
            "consistency_policy": [{"consistency_level": "Session"}],
            "geo_location": [{"location": "West Europe", "failover_priority": 0}, {"location": "northeurope", "failover_priority": 1}],
            "automatic_failover_enabled": true, "ip_range_filter": ["20.1.2.3", "20.2.0.0/16"],
            "capabilities": [{"name": "EnableServerless"}], "backup": [{"type": "Periodic", "interval_in_minutes": 120, "retention_in_hours": 16, "storage_redundancy": "Zone"}],
            "cors_rule": [{"allowed_headers": ["a", "b"], "allowed_methods": ["GET"], "allowed_origins": ["https://x"], "exposed_headers": ["c"], "max_age_in_seconds": 60}],
            "identity": [{"type": "SystemAssigned"}],
        }),
    )
}

#[test]
fn a_cosmos_account_is_made_and_changed() {
    let mut g = Ground::new();
    g.have("rg", "azurerm_resource_group", json!({"name": "rg", "location": LOCATION}));
    let made = g.have("db", "azurerm_cosmosdb_account", cosmos());
    assert_eq!(made["endpoint"], "https://cosmos-tables-1.documents.azure.com:443/");
    assert_eq!(made["read_endpoints"].as_array().map(Vec::len), Some(2));
    assert_changes(
        &g,
        "db",
        &cosmos(),
        &[
            (json!({"automatic_failover_enabled": false}), "automatic_failover_enabled", "update"),
            (json!({"ip_range_filter": ["20.1.2.3"]}), "ip_range_filter", "update"),
            (
                json!({"consistency_policy": [{"consistency_level": "Eventual"}]}),
                "consistency_policy",
                "update",
            ),
            (
                json!({"geo_location": [{"location": "westeurope", "failover_priority": 0}]}),
                "geo_location",
                "update",
            ),
            (json!({"minimal_tls_version": "Tls11"}), "minimal_tls_version", "update"),
            (json!({"analytical_storage_enabled": true}), "analytical_storage_enabled", "update"),
            (json!({"capabilities": []}), "capabilities", "replace"),
            (json!({"free_tier_enabled": true}), "free_tier_enabled", "replace"),
            (json!({"kind": "MongoDB"}), "kind", "replace"),
            (json!({"identity": []}), "identity", "update"),
            (json!({"cors_rule": []}), "cors_rule", "update"),
        ],
    );
    g.have(
        "db",
        "azurerm_cosmosdb_account",
        with(&cosmos(), json!({"automatic_failover_enabled": false, "tags": {"a": "b"}})),
    );
}
