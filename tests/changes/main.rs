//! What a plan makes of changes: in the configuration, and behind its back.

mod command;
mod disk;
mod moves;
mod preflight;
mod rotation;
mod secret;
#[path = "../support/stack.rs"]
mod stack;

use std::collections::BTreeMap;

use ringfence::localcloud::ClockMode;
use ringfence::plan::addr::InstanceAddr;
use ringfence::plan::model::{Change, ChangeAction, Finding, FindingLevel, PlanMode, Reason};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::Stack;
use ringfence::ui::progress::Silent;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

/// What is there before anything changes.
pub const STACK: &str = include_str!("stack.tf");

const GROUP: &str = "/resourceGroups/rg-changes";

/// The configuration with one piece of it changed.
pub fn changed(from: &str, to: &str) -> String {
    assert_eq!(STACK.matches(from).count(), 1, "{from}");
    STACK.replace(from, to)
}

struct Site {
    folder: tempfile::TempDir,
    stack: Stack,
}

impl Site {
    /// A world in which the configuration has been applied.
    async fn applied() -> Site {
        Site::with(STACK, ClockMode::Scaled(600.0)).await
    }

    /// A world in which this configuration has been applied.
    async fn with(text: &str, clock: ClockMode) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack::open(folder.path(), clock).await;
        let mut site = Site { folder, stack };
        site.apply(text, &PlanOptions::default()).await;
        site
    }

    async fn run(&mut self, text: &str, options: &PlanOptions, apply: bool) -> Planning {
        let config = stack::right(stack::write(self.folder.path(), text));
        let variables = BTreeMap::new();
        let cancel = CancellationToken::new();
        let planning = self.stack.plan(&config, &variables, options, &Silent, &cancel).await.unwrap();
        assert!(!planning.diagnostics.has_errors(), "{:#?}", planning.diagnostics);
        if apply {
            assert_eq!(blocks(&planning), Vec::<String>::new());
            let applied =
                self.stack.apply(&config, &variables, options, &planning, &Silent, cancel, 10).await;
            assert!(!applied.diagnostics.has_errors(), "{:#?}", applied.diagnostics);
        }
        planning
    }

    async fn plan(&mut self, text: &str) -> Planning {
        self.run(text, &PlanOptions::default(), false).await
    }

    async fn apply(&mut self, text: &str, options: &PlanOptions) -> Planning {
        self.run(text, options, true).await
    }

    /// Changes something without the stack.
    fn meddle(&self, method: &str, path: &str, version: &str, body: Option<&Json>) {
        let uri = format!("{}?api-version={version}", self.id(path));
        let answer = self.stack.local_cloud().unwrap().cloud.request(method, &uri, body);
        assert!((200..300).contains(&answer.status), "{} {uri}: {answer:?}", answer.status);
    }

    /// What is there.
    fn look(&self, path: &str, version: &str) -> Json {
        let uri = format!("{}?api-version={version}", self.id(path));
        let answer = self.stack.local_cloud().unwrap().cloud.request("GET", &uri, None);
        assert_eq!(answer.status, 200, "{uri}: {answer:?}");
        answer.body.unwrap_or_default()
    }

    fn id(&self, path: &str) -> String {
        let group = self.stack.ledger().instances["azurerm_resource_group.main"].documents[0].id.clone();
        assert!(group.ends_with(GROUP), "{group}");
        format!("{group}{path}")
    }
}

fn done(planning: &Planning) -> Vec<String> {
    let changes = planning.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp);
    changes.map(|c| format!("{} {}", word(c), c.addr)).collect()
}

fn word(change: &Change) -> &'static str {
    match change.action {
        ChangeAction::Create => "create",
        ChangeAction::Update => "update",
        ChangeAction::Replace { .. } => "replace",
        ChangeAction::Delete => "delete",
        _ => "other",
    }
}

fn of<'p>(planning: &'p Planning, addr: &str) -> &'p Change {
    planning.plan.changes.iter().find(|c| c.addr.to_string() == addr).unwrap()
}

fn paths(change: &Change) -> Vec<String> {
    change.replace_paths.iter().map(|p| ringfence::plan::paths::text(p)).collect()
}

fn findings(planning: &Planning) -> Vec<&Finding> {
    planning.plan.findings.iter().filter(|f| f.level == FindingLevel::Blocks).collect()
}

fn blocks(planning: &Planning) -> Vec<String> {
    let whose = |f: &Finding| f.addr.as_ref().map(InstanceAddr::to_string).unwrap_or_default();
    findings(planning).into_iter().map(|f| format!("{} {}", f.code, whose(f))).collect()
}

/// The top-level arguments that differ between what is and what will be.
fn differing(before: &ringfence::lang::Value, after: &ringfence::lang::Value) -> Vec<String> {
    let (before, after) = (before.as_entries().unwrap(), after.as_entries().unwrap());
    let differ = before.iter().filter(|(name, was)| {
        after.get(name).is_some_and(|will| was.unmarked_deep() != will.unmarked_deep())
    });
    differ.map(|(name, _)| name.to_string()).collect()
}

fn arguments(change: &Change) -> Vec<String> {
    differing(change.before.as_ref().unwrap(), change.after.as_ref().unwrap())
}

const WORKSPACE: &str = "azurerm_machine_learning_workspace.main";
const STORAGE: &str = "azurerm_storage_account.main";
const ENDPOINT: &str = "azurerm_private_endpoint.vault";
const NOTHING: Vec<String> = Vec::new();

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_argument_is_updated_in_place() {
    let mut site = Site::applied().await;
    assert_eq!(done(&site.plan(STACK).await), NOTHING);
    let cases = [
        (r#"team = "fraud""#, r#"team = "risk""#, STORAGE, "tags"),
        (
            "shared_access_key_enabled       = false",
            "shared_access_key_enabled       = true",
            STORAGE,
            "shared_access_key_enabled",
        ),
        (
            "max_node_count                       = 2",
            "max_node_count                       = 3",
            "azurerm_machine_learning_compute_cluster.cpu",
            "scale_settings",
        ),
    ];
    for (from, to, addr, argument) in cases {
        let text = changed(from, to);
        let planning = site.apply(&text, &PlanOptions::default()).await;
        assert_eq!(done(&planning), [format!("update {addr}")]);
        assert_eq!(arguments(of(&planning, addr)), [argument]);
        assert_eq!(done(&site.plan(&text).await), NOTHING);
        site.apply(STACK, &PlanOptions::default()).await;
    }
    assert_eq!(done(&site.plan(STACK).await), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_in_another_subnet_is_a_new_one_with_all_that_is_on_it() {
    let mut site = Site::applied().await;
    let text = changed(r#"endpoints["first"]"#, r#"endpoints["second"]"#);
    let planning = site.apply(&text, &PlanOptions::default()).await;
    assert_eq!(
        done(&planning),
        ["replace azurerm_management_lock.endpoint".to_string(), format!("replace {ENDPOINT}"),]
    );
    let endpoint = of(&planning, ENDPOINT);
    assert_eq!(endpoint.reason, Some(Reason::CannotUpdate));
    assert_eq!(paths(endpoint), ["subnet_id"]);
    let lock = of(&planning, "azurerm_management_lock.endpoint");
    assert_eq!(lock.reason, Some(Reason::InsideReplaced));
    assert_eq!(lock.reason_detail.as_deref(), Some(ENDPOINT));
    assert_eq!(done(&site.plan(&text).await), NOTHING);
    let cloud = &site.stack.local_cloud().unwrap().cloud;
    let made = cloud.document(&site.id("/providers/Microsoft.Network/privateEndpoints/pe-vault")).unwrap();
    assert!(made.text("properties.subnet.id").ends_with("/subnets/snet-second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_new_workspace_could_take_is_refused() {
    let mut site = Site::applied().await;
    let hbi = changed(
        "  storage_account_id            = azurerm_storage_account.main.id",
        "  storage_account_id            = azurerm_storage_account.main.id\n  high_business_impact = true",
    );
    let encryption = changed(
        "  managed_network {",
        "  encryption {\n    key_vault_id = azurerm_key_vault.main.id\n    key_id       = \"https://kv-changes-7.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef\"\n  }\n\n  managed_network {",
    );
    for (text, argument) in [(&hbi, "high_business_impact"), (&encryption, "encryption")] {
        let planning = site.plan(text).await;
        assert_eq!(blocks(&planning), [format!("data-would-be-lost {WORKSPACE}")]);
        let detail = &findings(&planning)[0].detail;
        assert!(detail.contains(&format!("-replace={WORKSPACE}")), "{detail}");
        let workspace = of(&planning, WORKSPACE);
        assert_eq!((word(workspace), workspace.reason), ("replace", Some(Reason::CannotUpdate)));
        assert!(paths(workspace).iter().all(|p| p.starts_with(argument)), "{:?}", paths(workspace));
        assert!(!paths(workspace).is_empty());
    }
    let isolation = changed("\"AllowOnlyApprovedOutbound\"", "\"Disabled\"");
    let planning = site.plan(&isolation).await;
    assert_eq!(blocks(&planning), [format!("one-way-change {WORKSPACE}")]);
    assert!(findings(&planning)[0].summary.contains("isolation_mode"));

    let kind = changed(
        "  managed_network {",
        "  kind = \"FeatureStore\"\n  feature_store {}\n\n  managed_network {",
    );
    let planning = site.plan(&kind).await;
    assert_eq!(blocks(&planning), [format!("one-way-change {WORKSPACE}")]);
    assert!(findings(&planning)[0].detail.contains("chosen when it is made"));

    // Whoever names the workspace gets a new one, and what lives in it, if the old one does not keep the name.
    let named =
        PlanOptions { replace: vec![InstanceAddr::parse(WORKSPACE).unwrap()], ..PlanOptions::default() };
    for text in [&isolation, &hbi] {
        let planning = site.run(text, &named, false).await;
        assert_eq!(blocks(&planning), [format!("name-would-be-kept {WORKSPACE}")]);
        let purging = text.replace(
            "features {}",
            "features {\n    machine_learning {\n      purge_soft_deleted_workspace_on_destroy = true\n    }\n  }",
        );
        // Without a managed network the cluster would need a subnet: that one is only planned.
        let apply = text == &hbi;
        let planning = site.run(&purging, &named, apply).await;
        assert_eq!(
            done(&planning),
            [
                "replace azurerm_machine_learning_compute_cluster.cpu".to_string(),
                format!("replace {WORKSPACE}"),
            ]
        );
        if apply {
            assert_eq!(blocks(&planning), NOTHING);
            assert_eq!(done(&site.plan(&purging).await), NOTHING);
        }
    }
}

/// azurerm updates it in place, too.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_account_is_upgraded_and_not_made_anew() {
    let account = |kind: &str| {
        format!(
            r#"
provider "azurerm" {{
  features {{}}
}}
resource "azurerm_resource_group" "main" {{
  name     = "rg-changes"
  location = "westeurope"
}}
resource "azurerm_storage_account" "old" {{
  name                     = "stchangesold"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "westeurope"
  account_kind             = "{kind}"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}}
"#
        )
    };
    let (old, new) = (account("BlobStorage"), account("StorageV2"));
    let mut site = Site::with(&old, ClockMode::Instant).await;
    let upgraded = site.apply(&new, &PlanOptions::default()).await;
    assert_eq!(done(&upgraded), ["update azurerm_storage_account.old"]);
    assert_eq!(done(&site.plan(&new).await), NOTHING);
    assert_eq!(done(&site.plan(&old).await), ["replace azurerm_storage_account.old"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_outside_is_shown_and_taken_back() {
    let mut site = Site::applied().await;
    let storage = "/providers/Microsoft.Storage/storageAccounts/stchanges7";
    let vault = "/providers/Microsoft.KeyVault/vaults/kv-changes-7";
    let cases = [
        (storage, "2025-08-01", json!({"tags": {"team": "other"}}), STORAGE, "tags"),
        (
            storage,
            "2025-08-01",
            json!({"properties": {"minimumTlsVersion": "TLS1_0"}}),
            STORAGE,
            "min_tls_version",
        ),
        (
            vault,
            "2026-02-01",
            json!({"properties": {"publicNetworkAccess": "Enabled"}}),
            "azurerm_key_vault.main",
            "public_network_access_enabled",
        ),
    ];
    for (path, version, body, addr, argument) in cases {
        site.meddle("PATCH", path, version, Some(&body));
        let planning = site.plan(STACK).await;
        assert_eq!(done(&planning), [format!("update {addr}")]);
        assert_eq!(arguments(of(&planning, addr)), [argument]);
        let [drift] = &planning.plan.drift[..] else { panic!("{:#?}", planning.plan.drift) };
        assert_eq!(drift.addr.to_string(), addr);
        assert_eq!(differing(&drift.before, drift.after.as_ref().unwrap()), [argument]);
        let blind = PlanOptions { no_refresh: true, ..PlanOptions::default() };
        let unnamed = site.run(STACK, &blind, false).await;
        assert_eq!((done(&unnamed), unnamed.plan.drift.len()), (done(&planning), 0));
        site.apply(STACK, &PlanOptions::default()).await;
        let planning = site.plan(STACK).await;
        assert_eq!((done(&planning), planning.plan.drift.len()), (NOTHING, 0));
    }
    // What nobody claims is nobody's business here.
    site.meddle(
        "PATCH",
        storage,
        "2025-08-01",
        Some(&json!({"properties": {"keyPolicy": {"keyExpirationPeriodInDays": 30}}})),
    );
    let planning = site.plan(STACK).await;
    assert_eq!((done(&planning), planning.plan.drift.len()), (NOTHING, 0));
    // What is gone is made again.
    site.meddle(
        "DELETE",
        "/providers/Microsoft.Network/privateEndpoints/pe-vault/providers/Microsoft.Authorization/locks/keep",
        "2020-05-01",
        None,
    );
    let planning = site.plan(STACK).await;
    assert_eq!(done(&planning), ["create azurerm_management_lock.endpoint"]);
    let [drift] = &planning.plan.drift[..] else { panic!("{:#?}", planning.plan.drift) };
    assert_eq!(
        (drift.addr.to_string().as_str(), drift.after.is_none()),
        ("azurerm_management_lock.endpoint", true)
    );
}

/// A workspace whose making was begun by a run that did not live to note what it had sent: the provisioning of its network
/// can be said once, and Azure does not tell it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_once_and_not_noted_makes_nothing_anew() {
    let site = Site::applied().await;
    site.stack.close().await;
    let path = site.folder.path().join(".ringfence/local.ledger.json");
    let mut ledger: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let record = &mut ledger["instances"]["azurerm_machine_learning_workspace.main"];
    assert!(record["digests"].as_object().is_some_and(|d| !d.is_empty()), "{record}");
    record["unfinished"] = true.into();
    record["digests"] = json!({});
    std::fs::write(&path, ledger.to_string()).unwrap();
    let stack = stack::open(site.folder.path(), ClockMode::Scaled(600.0)).await;
    let planning = Site { stack, ..site }.plan(STACK).await;
    assert!(!done(&planning).iter().any(|d| d.starts_with("replace")), "{:?}", done(&planning));
    assert_eq!(blocks(&planning), NOTHING);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_something_else_in_it_does_not_go() {
    let mut site = Site::applied().await;
    let stranger = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/someone";
    site.meddle("PUT", stranger, "2024-11-30", Some(&json!({"location": "westeurope"})));
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let planning = site.run(STACK, &destroy, false).await;
    assert_eq!(blocks(&planning), ["group-not-empty azurerm_resource_group.main"]);
    let detail = &findings(&planning)[0].detail;
    let named: Vec<&str> = detail.lines().filter_map(|l| l.strip_prefix("  - ")).collect();
    assert_eq!(named.join("\n").to_lowercase(), site.id(stranger).to_lowercase());

    let careless = changed(
        "features {}",
        "features {\n    resource_group {\n      prevent_deletion_if_contains_resources = false\n    }\n  }",
    );
    assert_eq!(blocks(&site.run(&careless, &destroy, false).await), NOTHING);

    site.meddle("DELETE", stranger, "2024-11-30", None);
    // What Azure puts beside Application Insights is nobody's (IMP-08); an action group of somebody is.
    let component = "/providers/Microsoft.Insights/components/appi-changes";
    for (name, blocked) in [
        ("Application Insights Smart Detection", NOTHING),
        ("oncall", vec!["group-not-empty azurerm_resource_group.main".to_owned()]),
    ] {
        let group = format!("/providers/Microsoft.Insights/actionGroups/{name}");
        let body = json!({"location": "Global", "properties": {"groupShortName": "short", "enabled": true}});
        site.meddle("PUT", &group, "2023-01-01", Some(&body));
        let rule = format!(
            "/providers/Microsoft.AlertsManagement/smartDetectorAlertRules/Failure Anomalies - {}",
            component.rsplit('/').next().unwrap()
        );
        site.meddle(
            "PUT",
            &rule,
            "2021-04-01",
            Some(&json!({"location": "global", "properties": {"scope": [site.id(component)]}})),
        );
        assert_eq!(blocks(&site.run(STACK, &destroy, false).await), blocked, "{name}");
        site.meddle("DELETE", &group, "2023-01-01", None);
    }
    site.apply(STACK, &destroy).await;
    assert_eq!(site.stack.local_cloud().unwrap().cloud.ids(), Vec::<String>::new());
}
