//! A small configuration, or an expression, from text to values.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use ringfence::catalog::{AllFunctions, Need, ProviderConfig};
use ringfence::config::{Files, Given, LoadOptions, ValueOptions, load, source};
use ringfence::lang::codec::render;
use ringfence::lang::eval::{CallError, Functions, compact, evaluate};
use ringfence::lang::functions::Builtins;
use ringfence::lang::scope::NoScope;
use ringfence::lang::syntax::parse_expression;
use ringfence::lang::{Diagnostic, Diagnostics, Value};
use ringfence::ledger::{Ledger, Sealer};
use ringfence::plan::live::{Answer, LiveCache, ProviderKey, ProviderNeed};
use ringfence::plan::options::PlanOptions;
use ringfence::plan::run::{Fetch, plan};
use ringfence::plan::walk::Inputs;

use super::show;

/// What a line that begins a further file begins with; its name follows.
const FILE: &str = "==== ";

/// Files in memory.
pub struct Folder(pub BTreeMap<PathBuf, String>);

impl Folder {
    /// The files of a text; what is before the first that has a name is `main.tf`.
    fn new(text: &str) -> Folder {
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        let mut name = PathBuf::from("main.tf");
        for line in text.split_inclusive('\n') {
            match line.strip_prefix(FILE) {
                Some(next) => name = next.trim().into(),
                None => files.entry(name.clone()).or_default().push_str(line),
            }
        }
        Folder(files)
    }
}

impl Files for Folder {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let inside = self.0.keys().filter(|p| p.parent() == Some(dir));
        Ok(inside.filter_map(|p| Some(p.file_name()?.to_str()?.to_string())).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).map(|t| t.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The functions but those that read files: what is on this machine is nothing to a target.
struct Closed(AllFunctions);

impl Functions for Closed {
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        if name.starts_with("file") || matches!(name, "templatefile" | "pathexpand" | "abspath") {
            return Err(CallError::Failed("no files here".into()));
        }
        self.0.call(name, args)
    }

    fn signature(&self, name: &str) -> Option<String> {
        self.0.signature(name)
    }

    fn names(&self) -> Vec<&str> {
        self.0.names()
    }
}

/// Nobody is connected, and nothing read.
struct Nowhere;

fn nowhere<T>() -> Result<T, Diagnostics> {
    Err(Diagnostic::error("No connection", "Nothing is read here.").into())
}

#[async_trait(?Send)]
impl Fetch for Nowhere {
    async fn connect(&self, _: &ProviderNeed) -> Result<ProviderConfig, Diagnostics> {
        nowhere()
    }

    async fn read(&self, _: &[(ProviderKey, Need)]) -> Result<Vec<Answer>, Diagnostics> {
        nowhere()
    }
}

/// Evaluates the text as an expression, and plans it as a configuration.
pub fn evaluator(bytes: &[u8]) {
    let Ok(source) = source("fuzz.tf", bytes.to_vec()) else { return };
    let functions = Closed(AllFunctions(Builtins::planning("/nonexistent", None)));
    if let Ok(expr) = parse_expression(&source) {
        let (value, found) = evaluate(&expr, &NoScope, &functions);
        show(&found);
        assert!(!value.is_wholly_known() || value.to_json().is_some(), "{value:?}");
        let _ = (render(&value), compact(&value));
    }
    configuration(&Folder::new(&source.text), &functions);
}

fn configuration(folder: &Folder, functions: &Closed) {
    let (config, found) = load(Path::new(""), &LoadOptions { files: folder });
    show(&found);
    if found.has_errors() {
        return;
    }
    let options = ValueOptions { files: folder, dir: Path::new(""), environment: &[], arguments: &[] };
    let (given, found) = Given::collect(&config.root, &options);
    show(&found);
    let (variables, wrong) = given.resolve(&config.root);
    show(&wrong);
    if found.has_errors() || wrong.has_errors() {
        return;
    }
    let inputs = Inputs {
        config: &config,
        variables: &variables,
        ledger: &Ledger::new(),
        sealer: &Sealer::new(Some("fuzz".into()), Path::new("/nonexistent/key")),
        options: &PlanOptions::default(),
        functions,
        timestamp: "2025-01-01T00:00:00Z".into(),
    };
    match futures::executor::block_on(plan(&inputs, &mut LiveCache::default(), &Nowhere)) {
        Ok(planning) => {
            show(&planning.diagnostics);
            ringfence::stack::saved::fingerprints(&planning.plan);
        }
        Err(found) => show(&found),
    }
}
