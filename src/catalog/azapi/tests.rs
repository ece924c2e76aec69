use std::cell::RefCell;
use std::sync::Arc;

use serde_json::json;

use crate::arm::id::ArmId;
use crate::catalog::lens::*;
use crate::catalog::value::text;
use crate::catalog::{data_source, resource};
use crate::lang::{PathStep, Severity, Type, Value};

const SUB: &str = "/subscriptions/22222222-2222-2222-2222-222222222222";

struct World(Vec<(String, serde_json::Value)>, RefCell<Vec<String>>);

impl Reader for World {
    fn document(&self, id: &ArmId, _api_version: &str) -> Fetched<Option<Arc<Value>>> {
        self.1.borrow_mut().push(id.to_string());
        let found = self.0.iter().find(|(k, _)| k.eq_ignore_ascii_case(id.as_str()));
        Fetched::Ready(found.map(|(_, v)| Arc::new(Value::from_json(v))))
    }
    fn list(&self, _path: &str, _api_version: &str, _filter: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        Fetched::Ready(None)
    }
    fn ask(&self, ask: &Ask) -> Fetched<Option<Arc<Value>>> {
        let verb = if ask.post { "POST" } else { "GET" };
        self.1.borrow_mut().push(format!("{verb} {} {}", ask.path, ask.body.as_deref().unwrap_or("")));
        let found = self.0.iter().find(|(k, _)| k.eq_ignore_ascii_case(&ask.path));
        Fetched::Ready(found.map(|(_, v)| Arc::new(Value::from_json(v))))
    }
}

fn provider(config: serde_json::Value) -> ProviderConfig {
    ProviderConfig {
        kind: ProviderKind::Azapi,
        major: 2,
        subscription_id: Some("22222222-2222-2222-2222-222222222222".into()),
        tenant_id: Some("t".into()),
        client_id: None,
        object_id: Some("me".into()),
        suffixes: Suffixes {
            storage: "core.windows.net".into(),
            key_vault: "vault.azure.net".into(),
            container_registry: "azurecr.io".into(),
            cosmos_db: "documents.azure.com".into(),
        },
        config: Value::from_json(&config),
    }
}

fn with<T>(provider: &ProviderConfig, world: &World, run: impl FnOnce(&Context<'_>) -> T) -> T {
    run(&Context { provider, reader: world, wanted: &|_| true, recorded: None })
}

fn lens() -> &'static dyn Lens {
    match resource("azapi_resource") {
        Some(LookUp::Arm(lens)) => lens,
        _ => panic!("azapi_resource is built in"),
    }
}

fn config(json: serde_json::Value) -> Value {
    let schema = lens().schema(2);
    let given = Value::from_json(&json);
    let names = schema.attributes.iter().map(|a| &a.name).chain(schema.blocks.iter().map(|b| &b.name));
    Value::object(
        names.map(|n| (n.as_str(), given.get(n).cloned().unwrap_or_else(|| Value::null(Type::Dynamic)))),
    )
}

fn vault() -> serde_json::Value {
    json!({
        "type": "Microsoft.KeyVault/vaults@2024-11-01", "parent_id": format!("{SUB}/resourceGroups/g"), "name": "kv",
        "location": "eastus", "tags": {"a": "b"},
        "body": {"properties": {"sku": {"name": "premium"}, "tenantId": "t"}},
        "identity": [{"type": "UserAssigned", "identity_ids": ["/subscriptions/s/x"]}],
    })
}

#[test]
fn the_body_is_the_document() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let claim = with(&p, &w, |cx| {
        let config = config(vault());
        assert_eq!(lens().check(&config, cx), []);
        lens().claims(&lens().complete(&config, cx), cx).unwrap().remove(0)
    });
    let id = format!("{SUB}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv");
    assert_eq!(claim.target, Target::Id(ArmId::parse(&id).unwrap()));
    assert_eq!(&*claim.api_version, "2024-11-01");
    assert_eq!(
        claim.body.to_json().unwrap(),
        json!({"location": "eastus", "tags": {"a": "b"}, "properties": {"sku": {"name": "premium"}, "tenantId": "t"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/s/x": {}}}})
    );
}

#[test]
fn unknown_parts_flow_through() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    with(&p, &w, |cx| {
        for name in ["parent_id", "name", "type", "body", "identity", "location", "tags", "sensitive_body"] {
            let mut all = config(vault()).as_entries().unwrap().clone();
            all.insert(name.into(), Value::unknown(Type::Dynamic));
            let config = lens().complete(&Value::object(all), cx);
            assert_eq!(lens().check(&config, cx), [], "{name}");
            let claims = lens().claims(&config, cx).unwrap();
            let document = Arc::new(claims[0].body.clone());
            let shown = lens().attributes(&config, &|_| Some(document.clone()), true, cx).unwrap();
            assert_eq!(
                shown.get("id").unwrap().is_unknown(),
                ["parent_id", "name", "type"].contains(&name),
                "{name}"
            );
        }
    });
}

#[test]
fn secrets_are_sent_and_not_read() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let mut given = vault();
    given["sensitive_body"] = json!({"properties": {"secret": {"value": "x"}}});
    given["sensitive_body_version"] = json!({"properties.secret.value": "1"});
    let claim = with(&p, &w, |cx| lens().claims(&config(given), cx).unwrap().remove(0));
    let secret = claim.body.get("properties").unwrap().get("secret").unwrap().get("value").unwrap();
    assert!(secret.marks.is_sensitive());
    assert_eq!(claim.unread, [vec!["properties".into(), "secret".into(), Arc::from("value")]]);
    assert_eq!(claim.options.unwrap().versions.len(), 1);
}

#[test]
fn a_group_lies_in_the_subscription_and_takes_the_providers_defaults() {
    let p = provider(json!({"default_location": "westeurope", "default_tags": {"x": "y"}}));
    let w = World(vec![], RefCell::default());
    let claim = with(&p, &w, |cx| {
        let config = config(json!({"type": "Microsoft.Resources/resourceGroups@2025-04-01", "name": "g"}));
        assert_eq!(lens().check(&config, cx), []);
        lens().claims(&lens().complete(&config, cx), cx).unwrap().remove(0)
    });
    assert_eq!(claim.target, Target::Id(ArmId::parse(&format!("{SUB}/resourceGroups/g")).unwrap()));
    assert_eq!(claim.body.to_json().unwrap(), json!({"location": "westeurope", "tags": {"x": "y"}}));
}

#[test]
fn wrong_arguments_are_named() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    for (change, path) in [
        (json!({"type": "Microsoft.KeyVault/vaults"}), "type"),
        (json!({"parent_id": "nonsense"}), "parent_id"),
        (json!({"type": "Microsoft.KeyVault/vaults/keys@2024-11-01"}), "parent_id"),
        (json!({"name": null}), "name"),
        (json!({"body": "{"}), "body"),
        (json!({"body": true}), "body"),
        (json!({"type": "Microsoft.KeyVault/vaults@2024"}), "type"),
        (json!({"name": "a".repeat(261)}), "name"),
        (json!({"body": {"propertis": {}}}), "body"),
        (json!({"replace_triggers_refs": ["a["]}), "replace_triggers_refs"),
        (json!({"body": {"location": "eastus"}}), "location"),
        (json!({"identity": [{"type": "Mine"}]}), "identity"),
        (json!({"retry": {"error_message_regex": ["("]}}), "retry"),
        (json!({"response_export_values": {"a": "b["}}), "response_export_values"),
    ] {
        let mut given = vault();
        given.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let problems = with(&p, &w, |cx| lens().check(&config(given), cx));
        assert_eq!(problems.len(), 1, "{change}: {problems:?}");
        assert_eq!(problems[0].path[0], PathStep::Attribute(path.into()), "{change}");
    }
}

#[test]
fn attributes_come_from_the_live_document() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let id = format!("{SUB}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv");
    let live = json!({"id": id, "name": "kv", "type": "Microsoft.KeyVault/vaults", "location": "East US", "etag": "1",
        "tags": {"a": "c"}, "properties": {"sku": {"name": "standard", "family": "A"}, "tenantId": "t",
        "vaultUri": "https://kv.vault.azure.net/", "provisioningState": "Succeeded"},
        "identity": {"type": "userAssigned", "userAssignedIdentities": {"/Subscriptions/s/x": {"clientId": "c"}}}});
    let live = Arc::new(Value::from_json(&live));
    let shown = with(&p, &w, |cx| {
        lens().attributes(&lens().complete(&config(vault()), cx), &|_| Some(live.clone()), false, cx).unwrap()
    });
    let shown = shown.to_json().unwrap();
    assert_eq!(shown["id"], json!(id));
    assert_eq!(shown["location"], "eastus");
    assert_eq!(shown["tags"], json!({"a": "c"}));
    assert_eq!(shown["body"], json!({"properties": {"sku": {"name": "standard"}, "tenantId": "t"}}));
    assert_eq!(shown["identity"][0]["identity_ids"], json!(["/subscriptions/s/x"]));
    assert_eq!(
        shown["output"]["properties"],
        json!({"sku": {"family": "A"}, "vaultUri": "https://kv.vault.azure.net/"})
    );
    let whole: Vec<_> = shown.as_object().unwrap().keys().cloned().collect();
    let ty = lens().schema(2).implied_type();
    let crate::lang::Type::Object(ty) = ty else { panic!() };
    assert_eq!(
        whole.iter().map(String::as_str).collect::<Vec<_>>(),
        ty.attributes.keys().map(|k| &**k).collect::<Vec<_>>()
    );
}

#[test]
fn outputs_are_exported_as_asked() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let live = json!({"id": "/x", "properties": {"loginServer": "a", "list": [{"n": 1}]}});
    let live = Arc::new(Value::from_json(&live));
    for (wanted, existing, new) in [
        (json!(["properties.loginServer"]), json!({"properties": {"loginServer": "a"}}), true),
        (json!(["*"]), json!({"id": "/x", "properties": {"loginServer": "a", "list": [{"n": 1}]}}), true),
        (json!({"n": "properties.list[0].n"}), json!({"n": 1}), true),
        (json!(["name"]), json!({}), true),
    ] {
        let mut given = vault();
        given["response_export_values"] = wanted.clone();
        with(&p, &w, |cx| {
            let config = config(given);
            let shown = lens().attributes(&config, &|_| Some(live.clone()), false, cx).unwrap();
            assert_eq!(shown.get("output").unwrap().to_json().unwrap(), existing, "{wanted}");
            let shown = lens().attributes(&config, &|_| None, true, cx).unwrap();
            assert_eq!(!shown.get("output").unwrap().is_wholly_known(), new, "{wanted}");
        });
    }
}

#[test]
fn only_identity_and_place_replace() {
    let path = |n: &str| vec![PathStep::Attribute(n.into())];
    let replaces = |n: &str, a: &str, b: &str| lens().replaces(&path(n), &a.into(), &b.into());
    assert_eq!(replaces("name", "a", "b"), Replace::Yes);
    assert_eq!(replaces("type", "A/b@1", "A/b@2"), Replace::No);
    assert_eq!(replaces("type", "A/b@1", "A/c@1"), Replace::Yes);
    assert_eq!(replaces("location", "East US", "eastus"), Replace::No);
    assert_eq!(replaces("body", "a", "b"), Replace::No);
}

#[test]
fn imports_and_withdrawals_name_the_document() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let id = format!("{SUB}/resourceGroups/g/providers/Contoso.Things/things/t");
    with(&p, &w, |cx| {
        assert!(lens().import(&id, cx).is_err());
        let documents = lens().import(&format!("{id}?api-version=2024-01-01"), cx).unwrap();
        assert_eq!((&*documents[0].api_version, documents[0].owns), ("2024-01-01", true));
        let claims = lens().withdrawals(&documents, cx).unwrap();
        assert_eq!(claims[0].withdraw, Withdraw::Delete { query: vec![], then: vec![] });
    });
}

#[test]
fn data_sources_read_documents_and_who_we_are() {
    let id = format!("{SUB}/resourceGroups/g");
    let w = World(
        vec![(id.clone(), json!({"id": id, "location": "eastus", "tags": {"a": "b"}}))],
        RefCell::default(),
    );
    let p = provider(json!({}));
    with(&p, &w, |cx| {
        let null = Value::null(Type::Dynamic);
        let me = data_source("azapi_client_config").unwrap().read(&null, cx).unwrap();
        assert_eq!(me.get("subscription_resource_id").unwrap().as_str(), Some(SUB));
        let group = data_source("azapi_resource").unwrap();
        let ask = |name: &str| {
            Value::from_json(&json!({"type": "Microsoft.Resources/resourceGroups@2025-04-01", "name": name}))
        };
        let found = group.read(&ask("g"), cx).unwrap();
        assert_eq!(found.get("location").unwrap().as_str(), Some("eastus"));
        assert_eq!(found.get("id").unwrap().as_str(), Some(id.as_str()));
        assert!(matches!(group.read(&ask("h"), cx), Err(Stop::Problems(p)) if p.len() == 1));
    });
}

fn source(name: &str) -> &'static dyn DataSource {
    data_source(name).unwrap()
}

/// The arguments of a data source.
fn asked(name: &str, json: serde_json::Value) -> Value {
    let schema = source(name).schema(2);
    let given = Value::from_json(&json);
    let names = schema.attributes.iter().map(|a| &a.name);
    Value::object(
        names.map(|n| (n.as_str(), given.get(n).cloned().unwrap_or_else(|| Value::null(Type::Dynamic)))),
    )
}

#[test]
fn lists_are_read_from_their_collection() {
    let path = format!("{SUB}/resourceGroups/g/providers/Microsoft.KeyVault/vaults");
    let answer = json!({"value": [{"name": "a", "etag": "1"}, {"name": "b"}]});
    let (p, w) = (provider(json!({})), World(vec![(path.clone(), answer)], RefCell::default()));
    let config = json!({"type": "Microsoft.KeyVault/vaults@2024-11-01", "parent_id": format!("{SUB}/resourceGroups/g"),
        "response_export_values": {"names": "value[].name"}});
    let config = asked("azapi_resource_list", config);
    let read = with(&p, &w, |cx| source("azapi_resource_list").read(&config, cx).unwrap());
    assert_eq!(text(&read, "id"), Some(path.as_str()));
    assert_eq!(read.get("output").unwrap().to_json().unwrap(), json!({"names": ["a", "b"]}));
    let old = ProviderConfig { major: 1, ..p };
    let read = with(&old, &w, |cx| source("azapi_resource_list").read(&config, cx).unwrap());
    assert_eq!(text(&read, "output"), Some(r#"{"names":["a","b"]}"#));
}

#[test]
fn only_actions_that_read_are_called_by_a_plan() {
    let id = format!("{SUB}/resourceGroups/g/providers/Microsoft.Search/searchServices/s");
    let answer = json!({"primaryKey": "p", "secondaryKey": "q"});
    let (p, w) =
        (provider(json!({})), World(vec![(format!("{id}/listAdminKeys"), answer)], RefCell::default()));
    let kind = source("azapi_resource_action");
    let config = |action: &str, method: serde_json::Value| {
        let all = json!({"type": "Microsoft.Search/searchServices@2025-05-01", "resource_id": id, "action": action,
            "method": method, "body": {"a": 1}, "response_export_values": ["secondaryKey"],
            "sensitive_response_export_values": ["primaryKey"]});
        asked("azapi_resource_action", all)
    };
    for (action, method, changes) in [
        ("listAdminKeys", json!(null), false),
        ("regenerateAdminKey/primary", json!("POST"), true),
        ("regenerateAdminKey/primary", json!("GET"), false),
        ("checkNameAvailability", json!("POST"), false),
        ("", json!("POST"), true),
    ] {
        let config = config(action, method);
        assert_eq!(kind.changes(&config), changes, "{action}");
        let problems = with(&p, &w, |cx| kind.check(&config, cx));
        assert_eq!(
            problems.iter().map(|p| p.severity).collect::<Vec<_>>(),
            vec![Severity::Warning; usize::from(changes)]
        );
    }
    let read = with(&p, &w, |cx| kind.read(&config("listAdminKeys", json!(null)), cx).unwrap());
    assert_eq!(w.1.borrow()[..], [format!("POST {id}/listAdminKeys {{\"a\":1}}")]);
    assert_eq!(read.get("output").unwrap().to_json().unwrap(), json!({"secondaryKey": "q"}));
    let secret = read.get("sensitive_output").unwrap();
    assert!(secret.marks.is_sensitive());
    assert_eq!(secret.to_json().unwrap(), json!({"primaryKey": "p"}));
    assert!(with(&p, &w, |cx| kind.read(&config("listQueryKeys", json!(null)), cx)).is_err());
}

#[test]
fn ids_are_made_and_taken_apart() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let kind = source("azapi_resource_id");
    let net = format!("{SUB}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v");
    let ty = "Microsoft.Network/virtualNetworks/subnets@2024-05-01";
    let made = asked("azapi_resource_id", json!({"type": ty, "parent_id": net, "name": "a"}));
    let split = asked("azapi_resource_id", json!({"type": ty, "resource_id": format!("{net}/subnets/a")}));
    with(&p, &w, |cx| {
        for config in [made, split] {
            assert_eq!(kind.check(&config, cx), []);
            let read = kind.read(&config, cx).unwrap().to_json().unwrap();
            assert_eq!(read["id"], format!("{net}/subnets/a"));
            assert_eq!((&read["name"], &read["parent_id"]), (&json!("a"), &json!(net)));
            assert_eq!(read["resource_group_name"], "g");
            assert_eq!(read["provider_namespace"], "Microsoft.Network");
            assert_eq!(read["parts"]["virtualNetworks"], "v");
        }
        for wrong in [
            json!({"type": ty}),
            json!({"type": ty, "resource_id": net}),
            json!({"type": ty, "resource_id": format!("{net}/subnets/a"), "name": "a"}),
        ] {
            assert_eq!(kind.check(&asked("azapi_resource_id", wrong.clone()), cx).len(), 1, "{wrong}");
        }
    });
}

fn update() -> &'static dyn Lens {
    match resource("azapi_update_resource") {
        Some(LookUp::Arm(lens)) => lens,
        _ => panic!("azapi_update_resource is built in"),
    }
}

fn action() -> &'static dyn LocalType {
    match resource("azapi_resource_action") {
        Some(LookUp::Local(kind)) => kind,
        _ => panic!("azapi_resource_action is built in"),
    }
}

/// Arguments by a schema.
fn by(schema: &crate::lang::schema::ResourceSchema, json: serde_json::Value) -> Value {
    let given = Value::from_json(&json);
    let names = schema.attributes.iter().map(|a| &a.name).chain(schema.blocks.iter().map(|b| &b.name));
    Value::object(
        names.map(|n| (n.as_str(), given.get(n).cloned().unwrap_or_else(|| Value::null(Type::Dynamic)))),
    )
}

#[test]
fn an_update_claims_parts_of_a_document_and_leaves_it() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let id = format!("{SUB}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv");
    let given = json!({"type": "Microsoft.KeyVault/vaults@2024-11-01", "resource_id": id,
        "body": {"tags": {"a": "b"}}, "sensitive_body": {"properties": {"secret": "s"}}, "locks": ["x"]});
    let config = by(&update().schema(2), given.clone());
    with(&p, &w, |cx| {
        assert_eq!(update().check(&config, cx), []);
        let complete = update().complete(&config, cx);
        assert_eq!(
            (text(&complete, "name"), text(&complete, "resource_id")),
            (Some("kv"), Some(id.as_str()))
        );
        let claim = update().claims(&complete, cx).unwrap().remove(0);
        assert!(!claim.owns && claim.write == Write::Merge && claim.withdraw == Withdraw::Leave);
        assert!(claim.options.is_some_and(|o| o.merges_items));
        assert_eq!(claim.body.to_json().unwrap(), json!({"tags": {"a": "b"}, "properties": {"secret": "s"}}));
        assert_eq!(claim.unread, [vec!["properties".into(), Arc::from("secret")]]);
        // What of it others say is not known before it is read.
        let planned =
            update().attributes(&complete, &|_| Some(Arc::new(claim.body.clone())), true, cx).unwrap();
        assert!(planned.get("output").unwrap().is_unknown());
        assert_eq!(text(&planned, "id"), Some(id.as_str()));
        let mut wrong = given.clone();
        wrong["name"] = json!("kv");
        assert_eq!(update().check(&by(&update().schema(2), wrong), cx).len(), 1);
        assert!(update().import(&id, cx).is_err());
    });
    assert!(update().schema(1).attribute("ignore_body_changes").is_some());
    assert!(update().schema(2).attribute("ignore_body_changes").is_none());
}

#[test]
fn an_action_is_sent_once_and_again_when_what_it_sends_changes() {
    let id = format!("{SUB}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st");
    let config = |change: serde_json::Value| {
        let mut all = json!({"type": "Microsoft.Storage/storageAccounts@2024-01-01", "resource_id": id,
            "action": "regenerateKey", "body": {"keyName": "key1"}, "sensitive_body": {"pin": "1"},
            "response_export_values": ["keys"], "sensitive_response_export_values": {"one": "keys[0]"}});
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        by(&action().schema(), all)
    };
    let first = config(json!({}));
    assert_eq!(action().check(&first), []);
    let planned = action().plan(None, &first).planned;
    assert!(planned.get("output").unwrap().is_unknown());
    assert!(planned.get("sensitive_body").unwrap().is_null(), "secrets are not kept");
    let call = action().call(None, &first, Occasion::Made).unwrap();
    assert_eq!((&*call.method, &*call.path), ("POST", format!("{id}/regenerateKey").as_str()));
    assert_eq!(call.body.unwrap().to_json().unwrap(), json!({"keyName": "key1", "pin": "1"}));
    assert_eq!(action().call(None, &first, Occasion::Removed), None);
    let made = action().apply(None, &planned, &mut |_| {}, "");
    let made = action().answered(&made, Some(&Value::from_json(&json!({"keys": ["k"]}))));
    assert_eq!(made.get("output").unwrap().to_json().unwrap(), json!({"keys": ["k"]}));
    assert!(made.get("sensitive_output").unwrap().marks.is_sensitive());
    // The planner fills in what it remembers of the secret.
    let remembered = |secret: serde_json::Value| {
        let mut all = made.as_entries().unwrap().clone();
        all.insert("sensitive_body".into(), Value::from_json(&secret));
        Value::object(all)
    };
    let prior = remembered(json!({"pin": "1"}));
    for (change, again, anew) in [
        (json!({}), false, false),
        (json!({"locks": ["x"], "retry": {"error_message_regex": ["y"]}}), false, false),
        (json!({"body": {"keyName": "key2"}}), true, false),
        (json!({"headers": {"a": "b"}}), true, false),
        (json!({"sensitive_body": {"pin": "2"}}), true, false),
        (json!({"sensitive_body": {"pin": "2"}, "sensitive_body_version": {"pin": "1"}}), true, false),
        (json!({"action": "listKeys"}), true, true),
        (json!({"type": "Microsoft.Storage/storageAccounts@2023-01-01"}), true, false),
    ] {
        let config = config(change.clone());
        let plan = action().plan(Some(&prior), &config);
        assert_eq!(plan.planned.get("output").unwrap().is_unknown(), again, "{change}");
        assert_eq!(!plan.replace.is_empty(), anew, "{change}");
        assert_eq!(action().call(Some(&prior), &config, Occasion::Made).is_some(), again, "{change}");
    }
    assert!(action().call(Some(&remembered(json!(null))), &first, Occasion::Made).is_some());

    let farewell = config(json!({"when": "destroy", "sensitive_body": null, "ignore_not_found": true}));
    assert_eq!(action().call(None, &farewell, Occasion::Made), None);
    assert!(action().call(None, &farewell, Occasion::Removed).unwrap().may_miss);
    assert_eq!(action().check(&config(json!({"when": "destroy"}))).len(), 1);
    assert_eq!(action().check(&config(json!({"method": "LOOK"}))).len(), 1);
}

#[test]
fn a_body_may_be_text_and_is_shown_as_it_was_written() {
    let (p, w) = (provider(json!({})), World(vec![], RefCell::default()));
    let old = ProviderConfig { major: 1, ..provider(json!({})) };
    let written = r#"{"properties": {"sku": {"name": "premium"}, "tenantId": "t"}}"#;
    let mut given = vault();
    given["body"] = json!(written);
    given["response_export_values"] = json!(["properties.vaultUri"]);
    let live = |sku: &str| {
        let body =
            json!({"id": "/x", "properties": {"sku": {"name": sku}, "tenantId": "t", "vaultUri": "u"}});
        Some(Arc::new(Value::from_json(&body)))
    };
    let config = config(given);
    let severities = |p: &ProviderConfig| with(p, &w, |cx| lens().check(&config, cx).len());
    assert_eq!((severities(&old), severities(&p)), (0, 1));
    with(&old, &w, |cx| {
        let config = lens().complete(&config, cx);
        let claim = lens().claims(&config, cx).unwrap().remove(0);
        assert_eq!(claim.body.get("properties").unwrap().get("tenantId").unwrap().as_str(), Some("t"));
        let shown = lens().attributes(&config, &|_| live("premium"), false, cx).unwrap();
        assert_eq!(
            (text(&shown, "body"), text(&shown, "output")),
            (Some(written), Some(r#"{"properties":{"vaultUri":"u"}}"#))
        );
        let shown = lens().attributes(&config, &|_| live("standard"), false, cx).unwrap();
        assert!(text(&shown, "body").unwrap().contains("standard"));
        let path = ["properties", "sku"].map(|n| PathStep::Attribute(n.into()));
        assert_eq!(lens().argument_of(&config, "", &path), [PathStep::Attribute("body".into())]);
    });
}

#[test]
fn a_query_of_the_body_asks_for_a_new_object() {
    let config = |kind: &str| {
        let body = json!({"kind": kind, "properties": {"x": 1}});
        let all = json!({"body": body, "replace_triggers_refs": ["kind", "properties.y"]});
        by(&lens().schema(2), all)
    };
    let (one, other) = (config("A"), config("B"));
    assert_eq!(lens().replaced_by(&one, &one, &other), [vec![PathStep::Attribute("body".into())]]);
    assert_eq!(lens().replaced_by(&one, &one, &one), Vec::<Vec<PathStep>>::new());
}
