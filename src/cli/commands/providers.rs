//! `providers`, `providers schema`, `providers lock`

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::{Context, Exit, work};
use super::plan::finish;
use crate::catalog;
use crate::config::load::load_called;
use crate::config::testfile::{TestFile, read_all};
use crate::config::{Config, Disk, LoadOptions, Module, load};
use crate::lang::Diagnostics;
use crate::plan::providers::{kind_of, major_in};
use crate::ui::json;
use crate::ui::tree::{Tree, tree};

pub(super) fn run(cx: &Context) -> Exit {
    finish(cx, required(cx))
}

fn configuration() -> Result<Config, Diagnostics> {
    let (config, found) = load(Path::new("."), &LoadOptions { files: &Disk::here() });
    if found.has_errors() { Err(found) } else { Ok(config) }
}

fn required(cx: &Context) -> Result<Exit, Diagnostics> {
    let config = configuration()?;
    let mut all = of_module(&config.root);
    let (files, found) = read_all(Path::new("."), Path::new("tests"), &Disk::here());
    if found.has_errors() {
        return Err(found);
    }
    all.extend(files.iter().map(of_test));
    cx.ui.print(&format!("\nProviders required by configuration:\n.\n{}\n", tree(&all)));
    let recorded = work::recorded(cx)?.providers();
    if !recorded.is_empty() {
        let all: String = recorded.iter().map(|p| format!("    provider[{p}]\n\n")).collect();
        cx.ui.print(&format!("Providers required by state:\n\n{all}"));
    }
    Ok(Exit::Success)
}

/// The source addresses of a module's providers, with what is asked of their versions.
fn asked(module: &Module) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let blocks = module.providers.keys().map(|p| &p.name);
    for name in module.resources.values().map(|r| &r.provider.name).chain(blocks) {
        all.entry(module.provider_address(name)).or_insert_with(String::new);
    }
    for (name, required) in &module.settings.required_providers {
        all.insert(module.provider_address(name), required.version.to_string());
    }
    all
}

fn of_module(module: &Module) -> Vec<Tree> {
    let providers = asked(module).into_iter().map(|(address, version)| Tree {
        label: format!("provider[{address}] {version}").trim_end().to_string(),
        branches: Vec::new(),
    });
    let modules = module
        .children
        .iter()
        .map(|(name, child)| Tree { label: format!("module.{name}"), branches: of_module(child) });
    providers.chain(modules).collect()
}

/// A test file, and the modules that its runs call.
fn of_test(file: &TestFile) -> Tree {
    let name = Path::new(&file.path).with_extension("").with_extension("");
    let name: Vec<_> = name.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    let runs = file.runs.iter().filter_map(|run| {
        let call = run.module.as_ref()?;
        let (config, _) = load_called(&file.module_path(run), call, &LoadOptions { files: &Disk::here() });
        Some(Tree { label: format!("run.{}", run.name), branches: of_module(&config.root) })
    });
    Tree { label: format!("test.{}", name.join(".")), branches: runs.collect() }
}

/// There is nothing to lock. Says so in Terraform's words.
pub(super) fn lock(cx: &Context) -> Exit {
    let judged = configuration().map(|_| {
        cx.ui.line("Success! Terraform has validated the lock file and found no need for changes.");
        Exit::Success
    });
    finish(cx, judged)
}

pub(super) fn schema(cx: &Context) -> Exit {
    finish(cx, schemas(cx))
}

fn schemas(cx: &Context) -> Result<Exit, Diagnostics> {
    if !cx.args.switch("json") {
        let summary = "The `ringfence providers schema` command requires the `-json` flag";
        return Ok(cx.fail(summary, "Usage: ringfence providers schema -json"));
    }
    let config = configuration()?;
    let used: BTreeSet<String> = config.root.walk().into_iter().flat_map(|m| asked(m).into_keys()).collect();
    let mut all = serde_json::Map::new();
    for address in used {
        let Some(kind) = kind_of(&address) else { continue };
        let major = major_in(&config, &address);
        let resources =
            catalog::resource_names().into_iter().filter(|n| catalog::provider_of(n) == Some(kind));
        let data = catalog::data_source_names().into_iter().filter(|n| catalog::provider_of(n) == Some(kind));
        let document = json::schema::provider(
            &catalog::provider_schema(kind, major),
            resources.filter_map(|n| Some((n, catalog::resource(n)?.schema(major)))),
            data.filter_map(|n| Some((n, catalog::data_source(n)?.schema(major)))),
        );
        all.insert(address, document);
    }
    cx.ui.line(&json::line(&serde_json::json!({"format_version": "1.0", "provider_schemas": all})));
    Ok(Exit::Success)
}
