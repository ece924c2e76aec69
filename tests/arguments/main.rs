//! Every argument of every azurerm type: written, applied on the local cloud, planned again without a change, changed,
//! and the plan shows exactly that argument.
//!
//! The files `*.tf` beside this one are the table. `world.tf` is what the others stand on. In all others a line
//! `name = value # -> other` is an argument that is changed to another value in place, `# =>` one whose change makes the
//! resource anew; without another value a bool is turned round and anything else is left out. A line without a mark is
//! written but not visited. `refused.tf` holds what is refused, under a comment that names the argument.
//! `left-out` and `failing` list what is not visited, or does not pass, with reasons; both must stay true.

mod document;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use document::{Document, Mutation};
use ringfence::catalog::{self, LookUp};
use ringfence::config::{Config, Disk, LoadOptions, load};
use ringfence::lang::Severity;
use ringfence::lang::schema::BlockSpec;
use ringfence::localcloud::ClockMode;
use ringfence::plan::model::ChangeAction;
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::Planning;
use ringfence::stack::{Choice, LocalSettings, Opening, Stack};
use ringfence::ui::progress::Silent;
use tokio_util::sync::CancellationToken;

/// The types of the first issue.
const TYPES: [&str; 23] = [
    "azurerm_resource_group",
    "azurerm_virtual_network",
    "azurerm_subnet",
    "azurerm_network_security_group",
    "azurerm_subnet_network_security_group_association",
    "azurerm_private_dns_zone",
    "azurerm_private_dns_zone_virtual_network_link",
    "azurerm_private_endpoint",
    "azurerm_user_assigned_identity",
    "azurerm_role_assignment",
    "azurerm_management_lock",
    "azurerm_key_vault",
    "azurerm_key_vault_key",
    "azurerm_storage_account",
    "azurerm_storage_container",
    "azurerm_container_registry",
    "azurerm_log_analytics_workspace",
    "azurerm_application_insights",
    "azurerm_machine_learning_workspace",
    "azurerm_machine_learning_compute_cluster",
    "azurerm_cosmosdb_account",
    "azurerm_monitor_diagnostic_setting",
    "azurerm_resource_provider_registration",
];

/// The most that may be refused.
const REFUSED: usize = 15;

/// A type and a dotted path in it.
type Argument = (String, String);

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arguments")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(here().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Lines `type path reason` of a table.
fn table(name: &str) -> BTreeMap<Argument, String> {
    let text = read(name);
    let lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    let mut all = BTreeMap::new();
    for line in lines {
        let mut words = line.splitn(3, ' ');
        let (Some(kind), Some(path), Some(reason)) = (words.next(), words.next(), words.next()) else {
            panic!("{name}: `{line}` is not `type path reason`");
        };
        all.insert((kind.to_owned(), path.to_owned()), reason.to_owned());
    }
    all
}

/// Every argument below a block: the leaves, and blocks that hold none.
fn arguments(spec: &BlockSpec, prefix: &str, all: &mut BTreeSet<String>) {
    all.extend(spec.attributes.iter().filter(|a| a.is_argument()).map(|a| format!("{prefix}{}", a.name)));
    for nested in &spec.blocks {
        arguments(&nested.block, &format!("{prefix}{}.", nested.name), all);
    }
}

fn schema(kind: &str) -> Arc<BlockSpec> {
    match catalog::resource(kind) {
        Some(LookUp::Arm(lens)) => lens.schema(4),
        _ => panic!("{kind} is no type in ARM"),
    }
}

/// The facts about azurerm's own schema, where they are.
fn facts() -> Option<serde_json::Value> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(root.join("facts/azurerm/azurerm-arguments.json")).ok();
    if text.is_none() {
        println!("skipped: no shared facts (facts/azurerm/azurerm-arguments.json)");
    }
    text.map(|t| serde_json::from_str(&t).unwrap())
}

/// Whether azurerm's schema says that a change makes the resource anew.
fn force_new(facts: &serde_json::Value, kind: &str, path: &str) -> Option<bool> {
    let mut at = facts.get(kind)?;
    let (blocks, name) = path.rsplit_once('.').map_or(("", path), |(b, n)| (b, n));
    let mut new = false;
    for block in blocks.split('.').filter(|b| !b.is_empty()) {
        at = at.get("blocks")?.get(block)?;
        new |= at.get("force_new").is_some_and(|f| f == true);
    }
    Some(new | at.get("args")?.get(name)?.get("force_new").is_some_and(|f| f == true))
}

struct Bench {
    folder: tempfile::TempDir,
    stack: Stack,
}

impl Bench {
    async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening {
            root: folder.path(),
            cloud: Choice::Local(LocalSettings { clock: ClockMode::Instant, world: None }),
            env: Arc::new(|_| None),
            lock: None,
            patience: Duration::ZERO,
        };
        let stack = Stack::open(opening).await.unwrap();
        Bench { folder, stack }
    }

    fn load(&self, text: &str) -> Config {
        std::fs::write(self.folder.path().join("main.tf"), text).unwrap();
        let disk = Disk { working_dir: self.folder.path().to_path_buf() };
        let (config, diagnostics) = load(Path::new("."), &LoadOptions { files: &disk });
        assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
        config
    }

    async fn plan(&mut self, text: &str) -> (Config, Planning) {
        let config = self.load(text);
        let (variables, options) = (BTreeMap::new(), PlanOptions::default());
        let planning =
            self.stack.plan(&config, &variables, &options, &Silent, &CancellationToken::new()).await.unwrap();
        (config, planning)
    }
}

/// Errors, each with its address.
fn errors(planning: &Planning) -> Vec<(String, String)> {
    let all = planning.diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    all.map(|d| (d.address.clone().unwrap_or_default(), format!("{}: {}", d.summary, d.detail))).collect()
}

fn all_text(documents: &[Document], change: Option<usize>) -> String {
    let mut text = read("world.tf");
    for document in documents {
        text.push_str(&document.text(change));
    }
    text
}

/// Applies the whole table; what fails is listed by address.
async fn apply(bench: &mut Bench, text: &str) -> Vec<(String, String)> {
    let (config, planning) = bench.plan(text).await;
    let found = errors(&planning);
    if !found.is_empty() {
        return found;
    }
    let (variables, options) = (BTreeMap::new(), PlanOptions::default());
    let cancel = CancellationToken::new();
    let applied = bench.stack.apply(&config, &variables, &options, &planning, &Silent, cancel, 10).await;
    let all = applied.diagnostics.0.iter().filter(|d| d.severity == Severity::Error);
    all.map(|d| (d.address.clone().unwrap_or_default(), format!("{}: {}", d.summary, d.detail))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_argument_is_written_kept_and_changed() {
    let mut names: Vec<String> = std::fs::read_dir(here())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".tf") && n != "world.tf" && n != "refused.tf")
        .collect();
    names.sort();
    let documents: Vec<Document> = names.iter().flat_map(|n| Document::parse(n, &read(n))).collect();
    let mut bench = Bench::new().await;
    let text = all_text(&documents, None);
    let failed = apply(&mut bench, &text).await;
    assert!(failed.is_empty(), "not applied:\n{}", lines(failed.iter().map(|(a, d)| format!("{a} {d}"))));

    // What does not settle is found once, for the whole of an instance.
    let mut failing: BTreeMap<Argument, String> = BTreeMap::new();
    let (_, again) = bench.plan(&text).await;
    let mut unsettled = BTreeSet::new();
    for change in again.plan.changes.iter().filter(|c| c.action != ChangeAction::NoOp) {
        let addr = change.addr.to_string();
        let kind = addr.split('.').next().unwrap_or_default().to_owned();
        let mut paths = judge::changed(change, &BTreeSet::new());
        if paths.is_empty() {
            paths.insert("-".into());
        }
        for path in paths {
            failing.insert(
                (kind.clone(), path),
                format!("{addr}: the second plan is not empty ({:?})", change.action),
            );
        }
        unsettled.insert(addr);
    }
    println!("unsettled: {unsettled:?}");

    let facts = facts();
    let mut visited: BTreeSet<Argument> = BTreeSet::new();
    let rounds = documents.iter().map(|d| d.mutations.len()).max().unwrap_or_default();
    for round in 0..rounds {
        let (_, planning) = bench.plan(&all_text(&documents, Some(round))).await;
        let errors = errors(&planning);
        for document in &documents {
            let Some(mutation) = document.mutations.get(round) else { continue };
            let argument = (document.kind.clone(), mutation.path.clone());
            match outcome(document, mutation, &planning, &errors) {
                Ok(()) => _ = visited.insert(argument.clone()),
                Err(why) => _ = failing.insert(argument.clone(), format!("{}: {why}", document.addr)),
            }
            if let Some(true) = facts.as_ref().and_then(|f| force_new(f, &document.kind, &mutation.path))
                && !mutation.replace
            {
                failing.insert(argument, "azurerm makes it anew, the table does not".into());
            }
        }
    }
    visited.retain(|a| !failing.contains_key(a));
    report(&visited, &failing, &refusals(&mut bench, &documents).await);
}

/// What the change of one argument must look like.
fn outcome(
    document: &Document,
    mutation: &Mutation,
    planning: &Planning,
    errors: &[(String, String)],
) -> Result<(), String> {
    if let Some((_, detail)) = errors.iter().find(|(addr, _)| *addr == document.addr) {
        return Err(detail.replace('\n', " "));
    }
    let change = planning.plan.changes.iter().find(|c| c.addr.to_string() == document.addr);
    let change = change.ok_or_else(|| "no such change".to_owned())?;
    let replaced = matches!(change.action, ChangeAction::Replace { .. });
    if replaced != mutation.replace || !replaced && change.action != ChangeAction::Update {
        return Err(format!(
            "{:?} instead of {}",
            change.action,
            if mutation.replace { "Replace" } else { "Update" }
        ));
    }
    let changed = judge::changed(change, &document.written);
    if changed != BTreeSet::from([mutation.path.clone()]) {
        return Err(format!("the plan shows {changed:?}"));
    }
    Ok(())
}

/// (argument, reason) of what is refused, and of what was to be refused and was not.
async fn refusals(bench: &mut Bench, documents: &[Document]) -> BTreeMap<Argument, String> {
    let text = read("refused.tf");
    let (_, planning) = bench.plan(&format!("{}{text}", all_text(documents, None))).await;
    let mut all = BTreeMap::new();
    for document in Document::parse("refused.tf", &text) {
        let path = document.comment.clone();
        let name = path.rsplit('.').next().unwrap_or_default();
        let said = format!("`{name}` is not supported");
        let found = planning.diagnostics.0.iter().find(|d| {
            d.severity == Severity::Error
                && d.summary == said
                && d.address.as_deref() == Some(document.addr.as_str())
        });
        let found = found.unwrap_or_else(|| panic!("{} {path} is not refused", document.addr));
        assert!(found.detail.len() > 20, "{path} is refused without a reason");
        all.insert((document.kind.clone(), path), found.detail.replace('\n', " "));
    }
    all
}

fn lines(all: impl IntoIterator<Item = String>) -> String {
    all.into_iter().collect::<Vec<_>>().join("\n")
}

/// Whether an argument is one of a table's, or in a block that is.
fn covers(all: &BTreeMap<Argument, String>, (kind, path): &Argument) -> bool {
    all.keys().any(|(k, p)| k == kind && (p == path || path.starts_with(&format!("{p}."))))
}

fn report(
    visited: &BTreeSet<Argument>,
    failing: &BTreeMap<Argument, String>,
    refused: &BTreeMap<Argument, String>,
) {
    let (left_out, known) = (table("left-out"), table("failing"));
    let mut wrong = Vec::new();
    let mut totals = [0; 5];
    println!(
        "{:55} {:>9} {:>7} {:>7} {:>7} {:>8}",
        "type", "arguments", "visited", "refused", "failing", "left out"
    );
    for kind in TYPES {
        let mut all = BTreeSet::new();
        let mut schema = (*schema(kind)).clone();
        schema.blocks.retain(|b| b.name != "timeouts");
        arguments(&schema, "", &mut all);
        let mut counts = [all.len(), 0, 0, 0, 0];
        for path in all {
            let argument = (kind.to_owned(), path);
            let slot = if failing.contains_key(&argument) {
                3
            } else if visited.contains(&argument) {
                1
            } else if covers(refused, &argument) {
                2
            } else if left_out.contains_key(&argument) {
                4
            } else {
                wrong
                    .push(format!("{} {}: neither visited nor refused nor left out", argument.0, argument.1));
                continue;
            };
            counts[slot] += 1;
            if slot != 4 && left_out.contains_key(&argument) {
                wrong.push(format!("{} {}: listed in left-out, and visited", argument.0, argument.1));
            }
        }
        let [all, seen, no, bad, out] = counts;
        println!("{kind:55} {all:>9} {seen:>7} {no:>7} {bad:>7} {out:>8}");
        totals.iter_mut().zip(counts).for_each(|(t, c)| *t += c);
    }
    let [all, seen, no, bad, out] = totals;
    println!("{:55} {all:>9} {seen:>7} {no:>7} {bad:>7} {out:>8}", "total");
    for (argument, why) in failing {
        println!("failing: {} {} {why}", argument.0, argument.1);
        if !known.contains_key(argument) {
            wrong.push(format!("{} {} fails: {why}", argument.0, argument.1));
        }
    }
    for argument in known.keys().filter(|a| !failing.contains_key(*a)) {
        wrong.push(format!("{} {}: listed as failing, and does not", argument.0, argument.1));
    }
    assert!(refused.len() <= REFUSED, "{} arguments are refused", refused.len());
    let page = page(refused);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/refused-arguments.md");
    if std::env::var_os("RINGFENCE_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), lines(wrong.clone()));
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, page, "docs/refused-arguments.md is not up to date: RINGFENCE_WRITE_DOCS=1 writes it");
}

/// The page about what is refused.
fn page(refused: &BTreeMap<Argument, String>) -> String {
    let mut page = String::from(
        "# Arguments that are refused\n\nAll other arguments of the built-in `azurerm_*` types, as of azurerm 4.81, are mapped. These are refused by name,\nwith the reason, before anything is changed. A block is refused with all that is in it. The test `arguments` writes\nthis page from what the program says.\n\n| type | argument | reason |\n| --- | --- | --- |\n",
    );
    for ((kind, path), why) in refused {
        page.push_str(&format!("| `{kind}` | `{path}` | {why} |\n"));
    }
    page
}
