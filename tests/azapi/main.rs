//! azapi's types and arguments, in one stack on the local cloud: applied, planned empty, changed, destroyed; and no secret of
//! it anywhere.

mod canary;
#[path = "../support/stack.rs"]
mod stack;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ringfence::config::Config;
use ringfence::lang::{Diagnostics, Marks, Value};
use ringfence::localcloud::ClockMode;
use ringfence::plan::model::{Change, ChangeAction, PlanMode};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::{Event, Progress};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

const STACK: &str = include_str!("stack.tf");
const STORAGE: &str = "/resourceGroups/rg-azapi/providers/Microsoft.Storage/storageAccounts/stazapistack";
const RULES: &str = "/resourceGroups/rg-azapi/providers/Microsoft.Network/networkSecurityGroups/nsg-azapi";

/// Reads what the journal holds whenever something happens.
struct Reading<'p> {
    journal: &'p Path,
    seen: Mutex<String>,
}

impl Progress for Reading<'_> {
    fn event(&self, _event: Event<'_>) {
        if let Ok(text) = std::fs::read_to_string(self.journal) {
            *self.seen.lock().unwrap() = text;
        }
    }

    fn message(&self, _text: &str) {}
}

struct Site {
    folder: tempfile::TempDir,
    stack: Stack,
    variables: BTreeMap<Arc<str>, Value>,
    journal: String,
}

impl Site {
    async fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack::open(folder.path(), ClockMode::Scaled(2_000.0)).await;
        let secret = Value::from(canary::SECRET).marked(&Marks::sensitive());
        let variables = [("secret".into(), secret), ("stage".into(), "one".into())].into();
        Site { folder, stack, variables, journal: String::new() }
    }

    fn config(&self, text: &str) -> Config {
        stack::right(stack::write(self.folder.path(), text))
    }

    async fn run(&mut self, text: &str, mode: PlanMode, apply: bool) -> Planning {
        let config = self.config(text);
        let options = PlanOptions { mode, ..PlanOptions::default() };
        let cancel = CancellationToken::new();
        let journal = self.folder.path().join(".ringfence/local.journal");
        let told = Reading { journal: &journal, seen: Mutex::default() };
        let planning = self.stack.plan(&config, &self.variables, &options, &told, &cancel).await.unwrap();
        none_wrong(&planning.diagnostics);
        if apply {
            assert_eq!(planning.plan.findings, []);
            let applied =
                self.stack.apply(&config, &self.variables, &options, &planning, &told, cancel, 10).await;
            none_wrong(&applied.diagnostics);
            self.journal.push_str(&told.seen.into_inner().unwrap());
        }
        planning
    }

    async fn apply(&mut self, text: &str) -> Vec<String> {
        done(&self.run(text, PlanMode::Normal, true).await)
    }

    /// What a plan changes, and what it leaves to be read.
    async fn plan(&mut self, text: &str) -> Vec<String> {
        done(&self.run(text, PlanMode::Normal, false).await)
    }

    /// What a plan changes.
    async fn changes(&mut self, text: &str) -> Vec<String> {
        let all = self.plan(text).await.into_iter();
        all.filter(|one| !one.starts_with("read ")).collect()
    }

    fn send(&self, method: &str, path: &str, version: &str, body: Option<&Json>) -> Json {
        let group = &self.stack.ledger().instances["azapi_resource.group"].documents[0].id;
        let subscription = group.split("/resourceGroups/").next().unwrap();
        let uri = format!("{subscription}{path}?api-version={version}");
        let answer = self.stack.local_cloud().unwrap().cloud.request(method, &uri, body);
        assert!((200..300).contains(&answer.status), "{method} {uri}: {answer:?}");
        answer.body.unwrap_or(Json::Null)
    }

    fn keys(&self) -> [String; 2] {
        let all = self.send("POST", &format!("{STORAGE}/listKeys"), "2024-01-01", None);
        [0, 1].map(|i| all["keys"][i]["value"].as_str().unwrap().to_string())
    }

    fn output(&self, name: &str) -> Json {
        let record = &self.stack.ledger().outputs[name];
        record.value.take(self.stack.sealer()).unwrap().to_json().unwrap()
    }
}

fn none_wrong(all: &Diagnostics) {
    assert!(!all.has_errors(), "{all:#?}");
}

fn done(planning: &Planning) -> Vec<String> {
    let word = |c: &Change| match c.action {
        ChangeAction::Create => "create",
        ChangeAction::Update => "update",
        ChangeAction::Replace { .. } => "replace",
        ChangeAction::Delete => "delete",
        ChangeAction::Read => "read",
        _ => "other",
    };
    let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    changes.map(|c| format!("{} {}", word(c), c.addr)).collect()
}

#[tokio::test]
async fn a_stack_of_every_type_is_applied_once_changed_and_destroyed() {
    let mut site = Site::new().await;
    assert_eq!(site.apply(STACK).await.len(), 13);
    assert_eq!(site.plan(STACK).await, Vec::<String>::new());
    let names = site.output("names");
    assert_eq!(names["vaults"], json!(["kvazapistack"]));
    assert_eq!(names["vault"], "kvazapistack");
    assert_eq!(names["sku"], "Standard_LRS");
    assert_eq!(names["there"], false);
    assert_eq!(names["rules"], json!(["first", "second"]));
    let keys = site.keys();
    assert_eq!(site.output("first_key"), keys[0].as_str());
    assert_eq!(site.output("same_key"), true);

    // What others own of a document stays theirs; what is ignored is not looked at.
    site.send("PATCH", STORAGE, "2024-01-01", Some(&json!({"properties": {"allowSharedKeyAccess": false}})));
    assert_eq!(site.plan(STACK).await, Vec::<String>::new());

    // A new stage: tags, the header of an action, the version of a secret.
    site.variables.insert("stage".into(), "two".into());
    let expected =
        ["azapi_resource.secret", "azapi_resource_action.rotate", "azapi_update_resource.more_rules"];
    assert_eq!(site.changes(STACK).await, expected.map(|a| format!("update {a}")));
    site.apply(STACK).await;
    assert_eq!(site.plan(STACK).await, Vec::<String>::new());
    assert_ne!(site.keys()[0], keys[0], "the action was called again");
    let rules = &site.send("GET", RULES, "2024-05-01", None)["properties"]["securityRules"];
    assert_eq!((&rules[0]["name"], &rules[1]["properties"]["description"]), (&json!("first"), &json!("two")));
    let account = site.send("GET", STORAGE, "2024-01-01", None);
    assert_eq!(account["properties"]["allowSharedKeyAccess"], false);

    // What is not written any more goes; what is replaced by a trigger takes the action on it with it.
    let less = STACK.replace("      enableRbacAuthorization = true\n", "");
    assert_eq!(site.changes(&less).await, ["update azapi_resource.vault"]);
    let anew = STACK.replace("generation = 1", "generation = 2");
    let planned = site.changes(&anew).await;
    assert!(planned.contains(&"replace azapi_resource.storage".to_string()), "{planned:?}");
    assert!(planned.contains(&"replace azapi_resource_action.rotate".to_string()), "{planned:?}");
    let other = STACK.replace("kind = \"StorageV2\"", "kind = \"BlockBlobStorage\"");
    assert!(site.changes(&other).await.contains(&"replace azapi_resource.storage".to_string()));

    // The action that is called when it goes.
    let begin = STACK.find("resource \"azapi_resource_action\" \"farewell\"").unwrap();
    let end = begin + STACK[begin..].find("\n}\n").unwrap() + 3;
    let without = format!("{}{}", &STACK[..begin], &STACK[end..]);
    let second = site.keys()[1].clone();
    assert_eq!(site.apply(&without).await, ["delete azapi_resource_action.farewell"]);
    assert_ne!(site.keys()[1], second);

    // Destroying leaves what an update resource wrote to whoever owns it, here nobody.
    let gone = done(&site.run(STACK, PlanMode::Destroy, true).await);
    assert_eq!(gone.len(), 8, "{gone:?}");
    assert!(site.stack.ledger().instances.is_empty());
    canary::not_in("the journal", &site.journal);
    assert!(site.journal.contains("azapi_resource.secret"));
}
