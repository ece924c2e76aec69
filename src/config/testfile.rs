//! Test files (`.tftest.hcl`, `.tftest.json`): runs with what they assert, and what is made up for them.

use std::path::Path;
use std::sync::Arc;

use super::address;
use super::blocks;
use super::blocks::module_call::address as source_address;
use super::blocks::provider::constraints;
use super::content::{
    Content, Need, Shape, check_name, exact, literal_bool, literal_string, static_list, static_reference,
};
use super::load::{Files, read_source};
use super::model::{AssertRule, Module, ModuleCall, ModulePath, ProviderBlock, ProviderRef, Target};
use super::source::ModuleSource;
use crate::lang::diag::{Diagnostic, Diagnostics, Source, Span};
use crate::lang::syntax::{
    Attribute, Block, Expr, ExprKind, ObjectKey, Reference, parse_body, parse_json_body,
};

use Need::{Optional, Required};

/// A test file.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// Its path as it is shown.
    pub path: String,
    /// Its text.
    pub source: Arc<Source>,
    /// `variables {}`
    pub variables: Vec<Attribute>,
    /// `provider`
    pub providers: Vec<ProviderBlock>,
    /// `mock_provider`
    pub mocks: Vec<MockProvider>,
    /// `override_*` of all runs.
    pub overrides: Vec<Override>,
    /// `run`, in their order.
    pub runs: Vec<Run>,
}

/// `run "name" {}`
#[derive(Debug, Clone)]
pub struct Run {
    /// The name.
    pub name: Arc<str>,
    /// The block's header.
    pub header: Span,
    /// `command = plan`: nothing is applied.
    pub plans: bool,
    /// `plan_options {}`
    pub options: RunOptions,
    /// `variables {}`
    pub variables: Vec<Attribute>,
    /// `module { source }`: another module than the one that is tested.
    pub module: Option<ModuleCall>,
    /// `providers = { child = parent }`
    pub providers: Option<Vec<(ProviderRef, ProviderRef)>>,
    /// `state_key`: runs of one key share their state.
    pub state_key: Option<String>,
    /// `expect_failures`
    pub expect_failures: Vec<Reference>,
    /// `assert {}`
    pub asserts: Vec<AssertRule>,
    /// `override_*` of this run.
    pub overrides: Vec<Override>,
}

/// `plan_options {}`
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// `mode = refresh-only`
    pub refresh_only: bool,
    /// `refresh = false`
    pub no_refresh: bool,
    /// `target`
    pub targets: Vec<Reference>,
    /// `replace`
    pub replace: Vec<Reference>,
}

/// `mock_provider "name" {}`
#[derive(Debug, Clone)]
pub struct MockProvider {
    /// Local name and alias.
    pub key: ProviderRef,
    /// The block's header.
    pub header: Span,
    /// `mock_resource` and `mock_data`: whether it is data, the type, what its attributes are.
    pub types: Vec<MockType>,
    /// `override_*` of what the provider has.
    pub overrides: Vec<Override>,
    /// `source`: the folder of files with more of both.
    source: Option<String>,
    /// `override_during` of all types that do not say otherwise.
    during_plan: bool,
}

/// `mock_resource "type" {}`, `mock_data "type" {}`
#[derive(Debug, Clone)]
pub struct MockType {
    /// `mock_data`
    pub data: bool,
    /// The block's header.
    pub header: Span,
    /// The type.
    pub kind: Arc<str>,
    /// `defaults`
    pub defaults: Option<Expr>,
    /// `override_during = plan`
    pub during_plan: bool,
}

/// `override_resource`, `override_data`, `override_module`
#[derive(Debug, Clone)]
pub struct Override {
    /// What it is about.
    pub target: Target,
    /// `values`, `outputs`
    pub values: Option<Expr>,
    /// `override_during = plan`
    pub during_plan: bool,
}

const FILE: Shape = Shape {
    attributes: &[],
    blocks: &[
        ("run", &["name"]),
        ("variables", &[]),
        ("provider", &["name"]),
        ("mock_provider", &["name"]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
    ],
};

const RUN: Shape = Shape {
    attributes: &[
        ("command", Optional),
        ("providers", Optional),
        ("expect_failures", Optional),
        ("state_key", Optional),
        ("parallel", Optional),
    ],
    blocks: &[
        ("plan_options", &[]),
        ("variables", &[]),
        ("module", &[]),
        ("assert", &[]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
    ],
};

const PLAN_OPTIONS: Shape = Shape {
    attributes: &[("mode", Optional), ("refresh", Optional), ("replace", Optional), ("target", Optional)],
    blocks: &[],
};

const MODULE: Shape = Shape { attributes: &[("source", Required), ("version", Optional)], blocks: &[] };

const MOCK: Shape = Shape {
    attributes: &[("alias", Optional), ("override_during", Optional), ("source", Optional)],
    blocks: &[
        ("mock_resource", &["type"]),
        ("mock_data", &["type"]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
    ],
};

/// A file of mocks.
const MOCK_FILE: Shape = Shape {
    attributes: &[],
    blocks: &[
        ("mock_resource", &["type"]),
        ("mock_data", &["type"]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
    ],
};

const MOCK_TYPE: Shape =
    Shape { attributes: &[("defaults", Optional), ("override_during", Optional)], blocks: &[] };

/// Is it the name of a test file?
pub fn is_test_file(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(".tftest.hcl") || name.ends_with(".tftest.json"))
}

/// The test files of a root module and of its folder of tests, by their paths.
pub fn read_all(dir: &Path, tests: &Path, files: &dyn Files) -> (Vec<TestFile>, Diagnostics) {
    let mut out = Diagnostics::default();
    let mut paths = Vec::new();
    let below = dir.join(tests);
    let mut dirs = vec![dir];
    if below != dir {
        dirs.push(&below);
    }
    for dir in dirs {
        let names = files.list(dir).unwrap_or_default();
        paths.extend(names.into_iter().filter(|n| is_test_file(n)).map(|n| dir.join(n)));
    }
    let mut all = Vec::new();
    for path in paths {
        let path = path.strip_prefix(".").unwrap_or(&path);
        let shown = path.display().to_string();
        let Some(source) = read_source(files, path, &shown, &mut out) else { continue };
        let (mut file, found) = read(&source);
        out.extend(found);
        for mock in &mut file.mocks {
            mock.read_source(files, &mut out);
        }
        all.push(file);
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    (all, out)
}

impl TestFile {
    /// The path of a run's module in the manifest: `test.tests.main.setup`.
    pub fn module_path(&self, run: &Run) -> ModulePath {
        let path = Path::new(&self.path);
        let stem = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let stem =
            stem.strip_suffix(".tftest.hcl").or_else(|| stem.strip_suffix(".tftest.json")).unwrap_or(stem);
        let dirs = path.parent().into_iter().flat_map(Path::components);
        let names = std::iter::once("test".to_string())
            .chain(dirs.map(|c| c.as_os_str().to_string_lossy().into_owned()))
            .chain([stem.to_string(), run.name.to_string()]);
        ModulePath(names.map(Arc::from).collect())
    }
}

impl MockProvider {
    /// Adds what the files of the folder `source` make up. What the block itself says comes first.
    fn read_source(&mut self, files: &dyn Files, out: &mut Diagnostics) {
        let Some(folder) = self.source.take() else { return };
        let Ok(names) = files.list(Path::new(&folder)) else {
            let detail = format!("Mock data directory {folder} does not exist or cannot be read.");
            let wrong = Diagnostic::error("Failed to read mock data directory", detail);
            return out.push(wrong.at(self.header.clone()));
        };
        let (mut types, mut overrides) = (Vec::new(), Vec::new());
        for name in names.iter().filter(|n| is_mock_file(n)) {
            let path = Path::new(&folder).join(name);
            let path = path.strip_prefix(".").unwrap_or(&path);
            let shown = path.display().to_string();
            let Some(source) = read_source(files, path, &shown, out) else { continue };
            let (body, found) =
                if name.ends_with(".json") { parse_json_body(&source) } else { parse_body(&source) };
            out.extend(found);
            let mut content = exact(body, &MOCK_FILE, out);
            for block in std::mem::take(&mut content.blocks) {
                let context = block.context();
                let mut found = Diagnostics::default();
                mocked(block, self.during_plan, &mut types, &mut overrides, &mut found);
                out.extend(found.into_iter().map(|d| d.within(context.clone())));
            }
        }
        let own = self.types.len();
        let known =
            |all: &[MockType], new: &MockType| all.iter().any(|t| t.data == new.data && t.kind == new.kind);
        types.retain(|new| !known(&self.types[..own], new));
        self.types.extend(types);
        self.overrides.extend(overrides);
    }
}

/// Is it the name of a file of mocks?
fn is_mock_file(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(".tfmock.hcl") || name.ends_with(".tfmock.json"))
}

/// Reads one.
pub fn read(source: &Arc<Source>) -> (TestFile, Diagnostics) {
    let mut out = Diagnostics::default();
    let (body, found) =
        if source.path.ends_with(".json") { parse_json_body(source) } else { parse_body(source) };
    out.extend(found);
    let mut file = TestFile {
        path: source.path.clone(),
        source: source.clone(),
        variables: Vec::new(),
        providers: Vec::new(),
        mocks: Vec::new(),
        overrides: Vec::new(),
        runs: Vec::new(),
    };
    let mut scratch = Module::empty(ModulePath::default(), ".".into());
    let mut content = exact(body, &FILE, &mut out);
    let mut first_variables: Option<Span> = None;
    for block in std::mem::take(&mut content.blocks) {
        let context = block.context();
        let mut found = Diagnostics::default();
        match &*block.kind.text {
            "run" => run(block, &mut file.runs, &mut found),
            "variables" => {
                if let Some(first) = &first_variables {
                    let detail = format!(
                        "This test file already has a variables block defined at {}.",
                        first.describe()
                    );
                    found.push(Diagnostic::error("Multiple \"variables\" blocks", detail).at(block.header));
                } else {
                    first_variables = Some(block.header.clone());
                    file.variables = variables(block, &mut found);
                }
            }
            "provider" => blocks::add(&mut scratch, block, &mut found),
            "mock_provider" => {
                if let Some(mock) = mock_provider(block, &mut found) {
                    match file.mocks.iter().find(|m| m.key == mock.key) {
                        Some(first) => {
                            let detail = format!(
                                "A provider for {} is already defined at {}.",
                                mock.key.name,
                                first.header.describe()
                            );
                            found.push(Diagnostic::error("Duplicate provider block", detail).at(mock.header));
                        }
                        None => file.mocks.push(mock),
                    }
                }
            }
            _ => file.overrides.extend(override_of(block, &mut found)),
        }
        out.extend(found.into_iter().map(|d| d.within(context.clone())));
    }
    file.providers = scratch.providers.into_values().collect();
    (file, out)
}

fn variables(block: Block, out: &mut Diagnostics) -> Vec<Attribute> {
    for nested in &block.body.blocks {
        let detail = "Blocks are not allowed here.";
        out.push(Diagnostic::error("Unexpected block", detail).at(nested.kind.span.clone()));
    }
    block.body.attributes
}

fn run(block: Block, runs: &mut Vec<Run>, out: &mut Diagnostics) {
    let label = block.labels[0].clone();
    check_name(&label, "run block", out);
    let header = block.header.clone();
    if let Some(first) = runs.iter().find(|r| r.name == label.text) {
        let detail = format!(
            "This test file already has a run named {} block defined at {}.",
            label.text,
            first.header.describe()
        );
        out.push(Diagnostic::error("Duplicate \"run\" block names", detail).at(header));
        return;
    }
    let mut content = exact(block.body, &RUN, out);
    let plans = match content.take("command") {
        None => false,
        Some(expr) => match expr.as_keyword() {
            Some("plan") => true,
            Some("apply") => false,
            _ => {
                let detail = "The \"command\" argument requires one of the following keywords without quotes: apply or plan.";
                out.push(Diagnostic::error("Invalid \"command\" keyword", detail).at(expr.span.clone()));
                false
            }
        },
    };
    let expect_failures = content.take("expect_failures").map(|e| references(&e, out)).unwrap_or_default();
    let providers = content.take("providers").map(|e| passed(&e, out));
    let state_key = content.take("state_key").and_then(|e| literal_string(&e, out));
    let _ = content.take("parallel").map(|e| literal_bool(&e, out));
    let mut run = Run {
        name: label.text,
        header,
        plans,
        options: RunOptions::default(),
        variables: Vec::new(),
        module: None,
        providers,
        state_key,
        expect_failures,
        asserts: Vec::new(),
        overrides: Vec::new(),
    };
    for block in std::mem::take(&mut content.blocks) {
        match &*block.kind.text {
            "plan_options" => run.options = plan_options(block, out),
            "variables" => run.variables.extend(variables(block, out)),
            "module" => run.module = module(&run.name, block, out),
            "assert" => run.asserts.extend(blocks::rule(block, out)),
            _ => run.overrides.extend(override_of(block, out)),
        }
    }
    runs.push(run);
}

fn references(expr: &Expr, out: &mut Diagnostics) -> Vec<Reference> {
    static_list(expr, out).iter().filter_map(|e| static_reference(e, out)).collect()
}

fn plan_options(block: Block, out: &mut Diagnostics) -> RunOptions {
    let mut content = exact(block.body, &PLAN_OPTIONS, out);
    let mut options = RunOptions::default();
    if let Some(expr) = content.take("mode") {
        match expr.as_keyword() {
            Some("normal") => {}
            Some("refresh-only") => options.refresh_only = true,
            _ => {
                let detail = "The \"mode\" argument requires one of the following keywords without quotes: normal or refresh-only";
                out.push(Diagnostic::error("Invalid \"mode\" keyword", detail).at(expr.span.clone()));
            }
        }
    }
    if let Some(expr) = content.take("refresh") {
        options.no_refresh = literal_bool(&expr, out) == Some(false);
        if options.no_refresh && options.refresh_only {
            let detail =
                "The \"refresh\" option cannot be set to false when running a test in \"refresh-only\" mode.";
            out.push(Diagnostic::error("Incompatible plan options", detail).at(expr.span.clone()));
        }
    }
    options.targets = content.take("target").map(|e| references(&e, out)).unwrap_or_default();
    options.replace = content.take("replace").map(|e| references(&e, out)).unwrap_or_default();
    options
}

fn module(name: &Arc<str>, block: Block, out: &mut Diagnostics) -> Option<ModuleCall> {
    let header = block.header.clone();
    let mut content = exact(block.body, &MODULE, out);
    let version = content.take("version");
    let versioned = version.is_some();
    let version = version.and_then(|e| constraints(&e, out));
    let expr = content.take("source")?;
    let source = literal_string(&expr, out)?;
    let mut address = source_address(&source, &expr.span, versioned, out);
    if let Some(ModuleSource::Remote(_)) = address {
        let detail =
            "Only local or registry module sources are currently supported from within test run blocks.";
        out.push(Diagnostic::error("Invalid module source address", detail).at(expr.span.clone()));
        address = None;
    }
    Some(ModuleCall {
        name: name.clone(),
        header,
        source,
        address,
        version,
        source_span: expr.span,
        count: None,
        for_each: None,
        depends_on: Vec::new(),
        providers: Vec::new(),
        passed_at: Vec::new(),
        has_providers: false,
        arguments: content.rest,
    })
}

/// `{ child = parent }`
fn passed(expr: &Expr, out: &mut Diagnostics) -> Vec<(ProviderRef, ProviderRef)> {
    let ExprKind::Object(items) = &expr.without_parens().kind else {
        let detail = "The \"providers\" argument requires a map of provider configurations.";
        out.push(Diagnostic::error("Invalid provider configuration mapping", detail).at(expr.span.clone()));
        return Vec::new();
    };
    let of = |reference: &Reference| ProviderRef {
        name: reference.root.text.clone(),
        alias: reference.attribute_at(0).map(Into::into),
    };
    let mut all = Vec::new();
    for item in items {
        let child = match &item.key {
            ObjectKey::Name(name) => Some(ProviderRef { name: name.text.clone(), alias: None }),
            ObjectKey::Expr(key) => static_reference(key, out).map(|r| of(&r)),
        };
        let parent = static_reference(&item.value, out).map(|r| of(&r));
        all.extend(child.zip(parent));
    }
    all
}

fn mock_provider(block: Block, out: &mut Diagnostics) -> Option<MockProvider> {
    let name = block.labels[0].text.clone();
    let header = block.header.clone();
    let mut content = exact(block.body, &MOCK, out);
    let alias = content.take("alias").and_then(|e| literal_string(&e, out)).map(Into::into);
    let during = during_plan(&mut content, out);
    let source = content.take("source").and_then(|e| literal_string(&e, out));
    let during_plan = during.unwrap_or(false);
    let (mut types, mut overrides) = (Vec::new(), Vec::new());
    for block in std::mem::take(&mut content.blocks) {
        mocked(block, during_plan, &mut types, &mut overrides, out);
    }
    Some(MockProvider { key: ProviderRef { name, alias }, header, types, overrides, source, during_plan })
}

/// A block of a mock: a type, or an override.
fn mocked(
    block: Block,
    during: bool,
    types: &mut Vec<MockType>,
    overrides: &mut Vec<Override>,
    out: &mut Diagnostics,
) {
    let word = block.kind.text.clone();
    let data = match &*word {
        "mock_data" => true,
        "mock_resource" => false,
        _ => return overrides.extend(override_of(block, out)),
    };
    let (header, kind) = (block.header.clone(), block.labels[0].text.clone());
    if let Some(first) = types.iter().find(|t| t.data == data && t.kind == kind) {
        let at = first.header.describe();
        let detail = format!("A {word} block for {kind} has already been defined at {at}.");
        return out.push(Diagnostic::error(format!("Duplicate {word} block"), detail).at(header));
    }
    let mut content = exact(block.body, &MOCK_TYPE, out);
    let own = during_plan(&mut content, out);
    let defaults = content.take("defaults");
    types.push(MockType { data, header, kind, defaults, during_plan: own.unwrap_or(during) });
}

/// `override_during`
fn during_plan(content: &mut Content, out: &mut Diagnostics) -> Option<bool> {
    let expr = content.take("override_during")?;
    match expr.as_keyword().or_else(|| expr.as_plain_string()) {
        Some("plan") => Some(true),
        Some("apply") => Some(false),
        _ => {
            let detail = "The override_during attribute must be a value of plan or apply.";
            out.push(Diagnostic::error("Invalid override_during value", detail).at(expr.span));
            None
        }
    }
}

fn override_of(block: Block, out: &mut Diagnostics) -> Option<Override> {
    const RESOURCE: Shape = Shape {
        attributes: &[("target", Optional), ("values", Optional), ("override_during", Optional)],
        blocks: &[],
    };
    const OF_MODULE: Shape = Shape {
        attributes: &[("target", Optional), ("outputs", Optional), ("override_during", Optional)],
        blocks: &[],
    };
    let kind = block.kind.text.clone();
    let of_module = &*kind == "override_module";
    let mut content = exact(block.body, if of_module { &OF_MODULE } else { &RESOURCE }, out);
    let during_plan = during_plan(&mut content, out).unwrap_or(false);
    let values = content.take(if of_module { "outputs" } else { "values" });
    let Some(expr) = content.take("target") else {
        let detail = format!("{kind} blocks must specify a target address.");
        out.push(Diagnostic::error("Missing target attribute", detail).at(block.header));
        return None;
    };
    let target = address::target(&expr, out)?;
    use crate::lang::refs::Mode;
    let wanted = match (&*kind, target.resource.as_ref().map(|(r, _)| r.mode)) {
        ("override_module", None) => None,
        ("override_module", Some(_)) => Some("modules"),
        ("override_resource", Some(Mode::Managed)) => None,
        ("override_resource", _) => Some("resources"),
        (_, Some(Mode::Data)) => None,
        _ => Some("data sources"),
    };
    if let Some(wanted) = wanted {
        let named = expr.span.text();
        let detail = format!("You can only target {wanted} from {kind} blocks, not {named}.");
        out.push(Diagnostic::error("Invalid override target", detail).at(expr.span));
        return None;
    }
    Some(Override { target, values, during_plan })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let (_, found) = read(&Source::new("a.tftest.hcl", text));
        found.0.into_iter().map(|d| d.summary).collect()
    }

    #[test]
    fn runs_are_read_with_everything_in_them() {
        let text = "variables {\n  n = 2\n}\nmock_provider \"azurerm\" {\n  alias = \"m\"\n  mock_resource \"azurerm_subnet\" {\n    defaults = { \
                    id = \"i\" }\n  }\n}\noverride_module {\n  target = module.m\n  outputs = {}\n}\nrun \"a\" {\n  command = plan\n  plan_options \
                    {\n    mode   = refresh-only\n    target = [terraform_data.a[0]]\n  }\n  module {\n    source = \"./s\"\n  }\n  \
                    providers = { azurerm = azurerm.m }\n  expect_failures = [var.n, check.c]\n  assert {\n    condition = var.n == \
                    1\n    error_message = \"x\"\n  }\n}\n";
        let (file, found) = read(&Source::new("a.tftest.hcl", text));
        assert!(found.0.is_empty(), "{found:?}");
        let run = &file.runs[0];
        assert!(run.plans && run.options.refresh_only);
        assert_eq!((run.asserts.len(), run.expect_failures.len(), run.options.targets.len()), (1, 2, 1));
        assert_eq!(run.module.as_ref().unwrap().source, "./s");
        assert_eq!(file.module_path(run).0.join("."), "test.a.a");
        assert_eq!(run.providers.as_ref().unwrap()[0].1.alias.as_deref(), Some("m"));
        assert_eq!(file.mocks[0].types[0].kind.as_ref(), "azurerm_subnet");
        assert_eq!(file.overrides.len(), 1);
    }

    /// As Terraform 1.11.4 says it.
    #[test]
    fn what_is_wrong_is_said() {
        let rows = [
            ("foo \"x\" {}\n", "Unsupported block type"),
            ("run \"a\" {\n  command = planx\n}\n", "Invalid \"command\" keyword"),
            ("run \"a\" {\n}\nrun \"a\" {\n}\n", "Duplicate \"run\" block names"),
            ("override_resource {\n  target = module.m\n}\n", "Invalid override target"),
            ("override_data {\n  values = {}\n}\n", "Missing target attribute"),
            ("override_module {\n  target = module.m\n  values = {}\n}\n", "Unsupported argument"),
            (
                "run \"a\" {\n  assert {\n    condition     = true\n    error_message = \"x\"\n  }\n}\n",
                "Invalid assert expression",
            ),
            (
                "run \"a\" {\n  plan_options {\n    mode    = refresh-only\n    refresh = false\n  }\n}\n",
                "Incompatible plan options",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(told(text), [expected], "{text}");
        }
    }
}
