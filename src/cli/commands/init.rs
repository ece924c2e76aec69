//! `init`: modules are installed; all providers are built in, so what is asked of them is judged.
//! `get`: modules alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::super::{Cloud, Context, Exit, runtime, work};
use crate::catalog::PROVIDERS;
use crate::config::load::modules_data;
use crate::config::lock::LOCK_FILE;
use crate::config::testfile::{TestFile, read_all};
use crate::config::{Config, Disk, LoadOptions, Module, read, read_root};
use crate::install::{self, Event};
use crate::lang::diag::Span;
use crate::lang::{Diagnostic, Diagnostics};
use crate::plan::providers::{locked, major_in};
use crate::ui::json::stream::{self, Level};
use crate::ui::style::{BOLD, BOLD_GREEN, GREEN, Paint, wrap};
use crate::ui::{diagnostics, output::Ui};

/// What a configuration asks of one provider.
#[derive(Default)]
struct Asked {
    constraints: Vec<String>,
    span: Option<Span>,
}

pub(super) fn run(cx: &Context) -> Exit {
    let say = Say { ui: &cx.ui };
    if cx.ui.json {
        stream::version(&cx.ui);
    }
    if let Some(source) = cx.args.value("from-module").filter(|source| !source.is_empty())
        && let Err(wrong) = begin_from(cx, &say, source)
    {
        diagnostics::show(&cx.ui, &wrong, false);
        return Exit::Failure;
    }
    let (root, mut found) = read_root(Path::new("."), &LoadOptions { files: &Disk::here() });
    let (tests, wrong) = read_all(Path::new("."), &super::test::directory(cx), &Disk::here());
    found.extend(wrong);
    let calls = !root.root.calls.is_empty() || tests.iter().flat_map(|f| &f.runs).any(|r| r.module.is_some());
    // Where modules are called, what is wrong is said with what is wrong with them.
    if found.has_errors() && !calls {
        found.0.insert(
            0,
            Diagnostic::error(
                "Terraform encountered problems during initialisation, including problems with the configuration, \
                 described below.",
                "The Terraform configuration must be valid before initialization so that Terraform can determine \
                 which modules and providers need to be installed.",
            ),
        );
        diagnostics::show(&cx.ui, &found, false);
        return Exit::Failure;
    }
    if root.sources.is_empty() {
        say.line("output_init_empty_message", "Terraform initialized in an empty directory!", BOLD_GREEN);
        say.text(
            "\nThe directory has no Terraform configuration files. You may begin working with Terraform immediately \
             by creating Terraform configuration files.",
        );
        return Exit::Success;
    }
    say.line("initializing_backend_message", "Initializing the backend...", BOLD);
    let backend = super::super::backend::judge(&root);
    if backend.has_errors() {
        diagnostics::show(&cx.ui, &backend, false);
        return Exit::Failure;
    }
    if cx.args.switch("backend") && cx.args.cloud == Cloud::Public {
        match runtime::wait(super::super::backend::prepare(cx, &root)).map_err(work::no_runtime) {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(done))) => say.line("backend_configured_success", &format!("\n{done}\n"), GREEN),
            Ok(Err(wrong)) | Err(wrong) => {
                diagnostics::show(&cx.ui, &wrong, false);
                return Exit::Failure;
            }
        }
    }
    let (config, mut found) = match calls {
        false => {
            install::begin(&modules_data());
            (root, found)
        }
        true if !cx.args.switch("get") => read(Path::new("."), &LoadOptions { files: &Disk::here() }),
        true => {
            let upgrade = cx.args.switch("upgrade");
            let (code, text) = match upgrade {
                true => ("upgrading_modules_message", "Upgrading modules..."),
                false => ("initializing_modules_message", "Initializing modules..."),
            };
            say.line(code, text, BOLD);
            modules(cx, upgrade)
        }
    };
    if found.has_errors() {
        diagnostics::show(&cx.ui, &found, false);
        return Exit::Failure;
    }
    say.line("initializing_provider_plugin_message", "Initializing provider plugins...", BOLD);
    let asked = providers(&config);
    for (address, asked) in &asked {
        match built_in(address) {
            Some(_) => say.plain(&satisfied(&config, address, asked)),
            None => found.push(unknown(address, asked)),
        }
    }
    diagnostics::show(&cx.ui, &found, false);
    if found.has_errors() {
        return Exit::Failure;
    }
    say.line("output_init_success_message", "\nTerraform has been successfully initialized!", BOLD_GREEN);
    if cx.env("TF_IN_AUTOMATION").is_none() {
        say.text(
            "\nYou may now begin working with Terraform. Try running \"ringfence plan\" to see any changes that are \
             required for your infrastructure. All providers are built in: nothing was downloaded, and \
             .terraform.lock.hcl was left alone.",
        );
    }
    Exit::Success
}

/// Fills the working directory with a copy of a module.
fn begin_from(cx: &Context, say: &Say<'_>, source: &str) -> Result<(), Diagnostics> {
    let (root, _) = read_root(Path::new("."), &LoadOptions { files: &Disk::here() });
    if !root.sources.is_empty() {
        return Err(Diagnostic::error(
            "The working directory already contains files. The -from-module option requires an empty directory into which \
             a copy of the referenced module will be placed.",
            "To initialize the configuration already in this working directory, omit the -from-module option.",
        )
        .into());
    }
    say.line("copying_configuration_message", &format!("Copying configuration from {source:?}..."), BOLD);
    install::copy_module(source, Path::new("."), &|name| cx.env(name))
}

/// Installs what the configuration calls, and tells what happens.
fn modules(cx: &Context, upgrade: bool) -> (Config, Diagnostics) {
    let say = Say { ui: &cx.ui };
    let mut tell = |event: Event<'_>| {
        say.plain(&match event {
            Event::Download { key, package, version: None } => format!("Downloading {package} for {key}..."),
            Event::Download { key, package, version: Some(version) } => {
                format!("Downloading {package} {version} for {key}...")
            }
            Event::Installed { key, dir } => format!("- {key} in {}", dir.display()),
        });
    };
    let (data, env) = (modules_data(), |name: &str| cx.env(name));
    let (tests, wrong): (Vec<TestFile>, _) =
        read_all(Path::new("."), &super::test::directory(cx), &Disk::here());
    let options = install::Options { data: &data, upgrade, tests: &tests, env: &env, tell: &mut tell };
    let (config, mut found) = install::install(Path::new("."), &Disk::here(), options);
    found.extend(wrong);
    (config, found)
}

/// `get`
pub(super) fn get(cx: &Context) -> Exit {
    let (_, found) = modules(cx, cx.args.switch("update"));
    let failed = found.has_errors();
    diagnostics::show(&cx.ui, &found, false);
    if failed { Exit::Failure } else { Exit::Success }
}

struct Say<'a> {
    ui: &'a Ui,
}

impl Say<'_> {
    fn line(&self, code: &str, text: &str, look: crate::ui::style::Sgr) {
        if self.ui.json {
            let payload = Map::from_iter([("message_code".to_string(), Json::from(code))]);
            stream::message(self.ui, Level::Info, text.trim(), "init_output", payload);
        } else {
            self.ui.line(&Paint { colour: self.ui.colour }.on(look, text));
        }
    }

    fn plain(&self, text: &str) {
        if self.ui.json { stream::log(self.ui, text) } else { self.ui.line(text) }
    }

    fn text(&self, text: &str) {
        if !self.ui.json {
            self.ui.line(&wrap(text, self.ui.width));
        }
    }
}

/// Every provider that the configuration needs, by source address.
fn providers(config: &Config) -> BTreeMap<String, Asked> {
    let mut all: BTreeMap<String, Asked> = BTreeMap::new();
    for module in config.root.walk() {
        for (name, required) in &module.settings.required_providers {
            let asked = all.entry(module.provider_address(name)).or_default();
            let text = required.version.to_string();
            if !text.is_empty() && !asked.constraints.contains(&text) {
                asked.constraints.push(text);
            }
            asked.span.get_or_insert_with(|| required.span.clone());
        }
        for (name, span) in used(module) {
            let asked = all.entry(module.provider_address(&name)).or_default();
            asked.span.get_or_insert(span);
        }
    }
    all
}

/// The provider names that a module uses without requiring them.
fn used(module: &Module) -> Vec<(String, Span)> {
    let blocks = module.providers.values().map(|p| (p.key.name.to_string(), p.header.clone()));
    let resources = module.resources.values().map(|r| (r.provider.name.to_string(), r.header.clone()));
    blocks.chain(resources).collect()
}

fn short(address: &str) -> &str {
    address.strip_prefix("registry.terraform.io/").unwrap_or(address)
}

fn built_in(address: &str) -> Option<&'static str> {
    PROVIDERS.iter().map(|(_, source, _)| *source).find(|source| source.eq_ignore_ascii_case(short(address)))
}

/// What stands for a provider: built in, and with the names and defaults of which major version.
fn satisfied(config: &Config, address: &str, asked: &Asked) -> String {
    let name = short(address);
    let like = match major_in(config, address) {
        0 => String::new(),
        major => {
            let why = locked(config, address).map(|_| format!(", as {LOCK_FILE} says")).unwrap_or_default();
            format!(", with the names and defaults of version {major}{why}")
        }
    };
    match asked.constraints.as_slice() {
        [] => format!("- {name} is built in to Ringfence{like}"),
        all => format!("- {name} is built in to Ringfence and satisfies \"{}\"{like}", all.join(", ")),
    }
}

fn unknown(address: &str, asked: &Asked) -> Diagnostic {
    let list: String = PROVIDERS.iter().map(|(_, source, _)| format!("\n  - {source}")).collect();
    let name = address.rsplit('/').next().unwrap_or_default();
    let meant = PROVIDERS.iter().map(|(_, source, _)| *source).find(|s| s.rsplit('/').next() == Some(name));
    let hint = match meant {
        Some(source) => format!(
            "Did you mean {source}? Say so in every module that uses it:\n\nterraform {{\n  required_providers {{\n    \
             {name} = {{\n      source = \"{source}\"\n    }}\n  }}\n}}"
        ),
        None => "Remove what needs the provider, or manage it with a tool of its own.".into(),
    };
    Diagnostic::error(
        "Failed to query available provider packages",
        format!(
            "Provider {address} is not built in, and Ringfence runs no provider plugins. Built in are:\n{list}\n\n\
             {hint}"
        ),
    )
    .at(asked.span.clone())
}

/// The problems that keep a configuration from being worked on: providers that are not there.
pub(in super::super) fn missing_providers(config: &Config) -> Diagnostics {
    let asked = providers(config);
    Diagnostics(
        asked.iter().filter(|(a, _)| built_in(a).is_none()).map(|(a, asked)| unknown(a, asked)).collect(),
    )
}
