//! `show -json` through the life of a stack: every document stays inside the schemas (shared facts), and says what its readers
//! rely on.

#[path = "../support/schema.rs"]
mod schema;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;
use support::{program, told};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The one property of a plan that is ours. Readers that are strict about all else let properties of the top level be.
const DIGEST: &str = "plan_digest";

/// A stack on the local cloud, and the schemas of its documents.
struct Stack {
    dir: tempfile::TempDir,
    plan: Option<Json>,
    state: Option<Json>,
}

impl Stack {
    fn new() -> Stack {
        let [plan, state] = ["plan.schema.json", "state.schema.json"].map(schema::shared);
        Stack { dir: tempfile::tempdir().unwrap(), plan, state }
    }

    fn put(&self, from: &Path, to: &str) {
        let to = self.dir.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }

    /// Runs the program in a folder of the stack, and answers its standard output.
    fn run(&self, folder: &str, words: &[&str]) -> String {
        let mut command = program(&self.dir.path().join(folder));
        let output =
            command.args(words).args(["-no-color", "-cloud=local", "-clock=instant"]).output().unwrap();
        assert!(output.status.success(), "{words:?}\n{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The document of a plan, judged.
    fn plan(&self, folder: &str, words: &[&str]) -> Json {
        self.run(folder, &[&["plan", "-out=saved"], words].concat());
        let document = self.shown(folder, &["show", "-json", "saved"], &self.plan);
        readable(&document);
        document
    }

    /// The document of the state, judged.
    fn state(&self, folder: &str) -> Json {
        let document = self.shown(folder, &["show", "-json"], &self.state);
        for resource in resources(&document["values"]["root_module"]) {
            assert!(resource["values"]["id"].is_string(), "{resource:#}");
        }
        document
    }

    fn shown(&self, folder: &str, words: &[&str], schema: &Option<Json>) -> Json {
        let text = self.run(folder, words);
        assert_eq!(text.lines().count(), 1);
        let mut document: Json = serde_json::from_str(&text).unwrap();
        let digest = document.as_object_mut().unwrap().remove(DIGEST);
        assert_eq!(digest.is_some(), words.len() == 3, "a plan has one, a state has none");
        if let Some(schema) = schema {
            assert_eq!(schema::judge(schema, &document), [""; 0]);
        }
        document
    }
}

/// All resources of a values document.
fn resources(module: &Json) -> Vec<&Json> {
    let list = |name: &str| module[name].as_array().into_iter().flatten();
    list("resources").chain(list("child_modules").flat_map(resources)).collect()
}

fn any_true(mask: &Json) -> bool {
    match mask {
        Json::Bool(is) => *is,
        Json::Array(all) => all.iter().any(any_true),
        Json::Object(all) => all.values().any(any_true),
        _ => false,
    }
}

/// What consumers of plans rely on beyond the schema.
fn readable(plan: &Json) {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let mut planned: BTreeSet<&str> = BTreeSet::new();
    for entry in changes.clone() {
        let (address, change) = (entry["address"].as_str().unwrap(), &entry["change"]);
        let unknown = any_true(&change["after_unknown"]);
        match change["actions"][0].as_str().unwrap() {
            "no-op" => {
                assert_eq!(change["before"], change["after"], "{address}");
                assert!(!unknown, "{address}: {}", change["after_unknown"]);
            }
            "create" if change["actions"][1].is_null() => assert!(change["before"].is_null(), "{address}"),
            _ => {}
        }
        // What is known of either side has every attribute of the type: null where it is not set, or was not read.
        let names = |side: &str| change[side].as_object().map(|o| o.keys().collect::<BTreeSet<_>>());
        if let (Some(before), Some(mut after)) = (names("before"), names("after")) {
            after.extend(change["after_unknown"].as_object().unwrap().keys());
            assert_eq!(before, after, "{address}");
        }
        if !change["after"].is_null() {
            planned.insert(address);
        }
    }
    let values: BTreeSet<&str> = resources(&plan["planned_values"]["root_module"])
        .iter()
        .filter(|r| r["values"].is_object())
        .map(|r| r["address"].as_str().unwrap())
        .collect();
    assert!(planned.is_subset(&values), "{planned:?} {values:?}");
    // References are names of what is configured.
    assert!(plan["configuration"]["root_module"].is_object());
}

/// `address action[,action]` of every entry.
fn actions<'j>(plan: &'j Json, list: &str) -> BTreeSet<(&'j str, String)> {
    let one = |entry: &'j Json| {
        let all: Vec<&str> =
            entry["change"]["actions"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        (entry["address"].as_str().unwrap(), all.join(","))
    };
    plan[list].as_array().into_iter().flatten().map(one).collect()
}

fn change<'j>(plan: &'j Json, address: &str) -> &'j Json {
    let mut all = plan["resource_changes"].as_array().unwrap().iter();
    all.find(|r| r["address"] == address).unwrap_or_else(|| panic!("no {address}"))
}

#[test]
fn every_kind_of_plan_and_state_fits() {
    let stack = Stack::new();
    let here = root().join("tests/documents");
    stack.put(&here.join("before.tf"), "main.tf");
    stack.put(&here.join("part/main.tf"), "part/main.tf");

    let created = stack.plan("", &[]);
    assert!(
        actions(&created, "resource_changes").contains(&("data.azurerm_resource_group.read", "read".into()))
    );
    let account = &change(&created, "azurerm_storage_account.main")["change"];
    // Defaults are filled in, blocks are lists, computed values are unknown, keys are secret.
    assert_eq!(account["after"]["public_network_access_enabled"], true);
    assert_eq!(account["after"]["network_rules"][0]["bypass"][0], "AzureServices");
    assert_eq!(account["after"]["blob_properties"][0]["delete_retention_policy"][0]["days"], 7);
    assert_eq!(account["after_unknown"]["primary_access_key"], true);
    assert_eq!(account["after_sensitive"]["primary_access_key"], true);
    assert_eq!(created["variables"]["password"]["value"], "correct-horse");
    stack.run("", &["apply", "saved"]);
    let state = stack.state("");
    assert_eq!(state["values"]["outputs"]["secret"]["value"], "correct-horse");
    assert!(state["checks"].is_array());

    let same = stack.plan("", &[]);
    // What a check reads it reads again, whatever the plan.
    let (read, rest): (BTreeSet<_>, BTreeSet<_>) =
        actions(&same, "resource_changes").into_iter().partition(|(_, action)| action == "read");
    assert!(rest.iter().all(|(_, action)| action == "no-op"), "{same:#}");
    assert!(read.iter().all(|(address, _)| *address == "data.azurerm_storage_account.seen"), "{read:?}");
    assert_eq!(same["applyable"], !read.is_empty());

    let destroyed = stack.plan("", &["-destroy"]);
    assert!(actions(&destroyed, "resource_changes").iter().all(|(_, action)| action == "delete"));
    assert_eq!(destroyed["planned_values"], serde_json::json!({"root_module": {}}));

    // A group that somebody made, a tag that somebody wrote, and another configuration.
    let network = same["planned_values"]["outputs"]["network"]["value"].as_str().unwrap();
    let (groups, _) = network.split_at(network.find("/rg-documents").unwrap());
    let send = |method: &str, path: &str, body: &str| {
        stack.run("", &["cloud", "request", method, &format!("{groups}/{path}"), body]);
    };
    send("PUT", "rg-found?api-version=2024-03-01", "{\"location\": \"westeurope\"}");
    let vault = "rg-documents/providers/Microsoft.KeyVault/vaults/kv-documents?api-version=2023-07-01";
    send("PATCH", vault, "{\"tags\": {\"by\": \"hand\"}}");
    stack.put(&here.join("after.tf"), "main.tf");
    let changed = stack.plan("", &[]);
    let entry = |address, action: &str| (address, action.to_string());
    assert_eq!(
        actions(&changed, "resource_changes"),
        BTreeSet::from([
            entry("data.azurerm_storage_account.seen", "read"),
            entry("azapi_resource.identity[\"one\"]", "no-op"),
            entry("azapi_resource.identity[\"three\"]", "create"),
            entry("azapi_resource.identity[\"two\"]", "delete"),
            entry("azurerm_key_vault.main", "update"),
            entry("azurerm_key_vault_secret.main", "no-op"),
            entry("azurerm_resource_group.found", "no-op"),
            entry("azurerm_resource_group.main", "no-op"),
            entry("azurerm_storage_account.main", "update"),
            entry("azurerm_user_assigned_identity.counted[0]", "no-op"),
            entry("azurerm_user_assigned_identity.counted[1]", "delete"),
            entry("module.part[\"a\"].azurerm_virtual_network.this", "no-op"),
            entry("module.part[\"b\"].azurerm_virtual_network.this", "create"),
            entry("terraform_data.left", "forget"),
            entry("terraform_data.new", "no-op"),
            entry("terraform_data.stands", "create,delete"),
        ])
    );
    assert_eq!(
        actions(&changed, "resource_drift"),
        BTreeSet::from([entry("azurerm_key_vault.main", "update")])
    );
    assert_eq!(change(&changed, "terraform_data.new")["previous_address"], "terraform_data.old");
    assert!(change(&changed, "azurerm_resource_group.found")["change"]["importing"]["id"].is_string());
    let network = change(&changed, "module.part[\"b\"].azurerm_virtual_network.this");
    assert_eq!(network["module_address"], "module.part[\"b\"]");
    // Nothing uses the keys: they are not read, and nobody says that they will change.
    let account = &change(&changed, "azurerm_storage_account.main")["change"];
    assert!(!any_true(&account["after_unknown"]), "{account:#}");
    assert_eq!(
        (&account["before"]["primary_access_key"], &account["after"]["primary_access_key"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(account["after_sensitive"]["primary_access_key"], true);

    let refreshed = stack.plan("", &["-refresh-only"]);
    assert!(refreshed.get("resource_changes").is_none() && refreshed["resource_drift"].is_array());
    let targeted =
        ["-target=azurerm_key_vault.main", "-target=terraform_data.new", "-target=terraform_data.old"];
    assert_eq!(stack.plan("", &targeted)["complete"], false);
    stack.plan("", &["-destroy"]);

    stack.plan("", &[]);
    stack.run("", &["apply", "saved"]);
    stack.state("");
    stack.run("", &["destroy", "-auto-approve"]);
    assert_eq!(stack.state(""), serde_json::json!({"format_version": "1.0"}));
}

#[test]
fn the_secured_workspace_fits() {
    let stack = Stack::new();
    for folder in ["examples/secured-workspace", "modules"] {
        let mut folders = vec![root().join(folder)];
        while let Some(next) = folders.pop() {
            for path in std::fs::read_dir(next).unwrap().map(|e| e.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "tf") {
                    stack.put(&path, path.strip_prefix(root()).unwrap().to_str().unwrap());
                }
            }
        }
    }
    let example = "examples/secured-workspace";
    stack.plan(example, &[]);
    stack.run(example, &["apply", "saved"]);
    stack.state(example);
    let same = stack.plan(example, &[]);
    assert!(actions(&same, "resource_changes").iter().all(|(_, action)| action == "no-op"));
}
