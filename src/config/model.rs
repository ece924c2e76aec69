//! The module tree: what the files declare.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::source::ModuleSource;
use super::version::{Constraints, Version};
use crate::lang::diag::{Diagnostics, Source, Span};
use crate::lang::refs::Mode;
use crate::lang::syntax::{Body, Expr, Reference};
use crate::lang::{Defaults, Type, Value};

/// Names of module calls from the root; empty: the root module.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(pub Vec<Arc<str>>);

/// Everything that was read.
#[derive(Debug, Clone)]
pub struct Config {
    /// The root module; the others are below it.
    pub root: Module,
    /// Every file that was read, in the order of reading.
    pub sources: Vec<Arc<Source>>,
    /// The blocks of each file by its path: for the context of diagnostics.
    pub contexts: BTreeMap<String, Vec<(Range<usize>, String)>>,
    /// The version of each provider that `.terraform.lock.hcl` names, by source address in small letters.
    pub locked: BTreeMap<String, Version>,
}

/// One module, as its files declare it.
#[derive(Debug, Clone)]
pub struct Module {
    /// Where it is in the tree.
    pub path: ModulePath,
    /// Its directory as `path.module` shows it: relative to the working directory, `.` for the root.
    pub dir: PathBuf,
    /// `variable`
    pub variables: BTreeMap<Arc<str>, Variable>,
    /// `locals`
    pub locals: BTreeMap<Arc<str>, Local>,
    /// `output`
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// `resource`, `data`, `ephemeral`
    pub resources: BTreeMap<ResourceKey, Resource>,
    /// `module`
    pub calls: BTreeMap<Arc<str>, ModuleCall>,
    /// The modules that the calls name; a call whose module could not be read has none.
    pub children: BTreeMap<Arc<str>, Module>,
    /// `provider`, by local name and alias.
    pub providers: BTreeMap<ProviderRef, ProviderBlock>,
    /// `terraform`
    pub settings: Settings,
    /// `check`
    pub checks: BTreeMap<Arc<str>, Check>,
    /// `moved`
    pub moved: Vec<Moved>,
    /// `import`
    pub imports: Vec<Import>,
    /// `removed`
    pub removed: Vec<Removed>,
}

/// `variable "name" {}`
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name.
    pub name: Arc<str>,
    /// The block's header.
    pub header: Span,
    /// What it is for.
    pub description: Option<String>,
    /// The type constraint (`Dynamic` without one); objects know which attributes are optional.
    pub ty: Type,
    /// Was a type written?
    pub has_type: bool,
    /// The defaults of optional attributes.
    pub defaults: Defaults,
    /// The default, converted to the type; without one a value is required.
    pub default: Option<Value>,
    /// `sensitive = true`
    pub sensitive: bool,
    /// `ephemeral = true`
    pub ephemeral: bool,
    /// May it be null? True unless `nullable = false`.
    pub nullable: bool,
    /// `validation {}`
    pub validations: Vec<AssertRule>,
}

/// A condition with its message: `validation`, `precondition`, `postcondition`, `assert`.
#[derive(Debug, Clone)]
pub struct AssertRule {
    /// The condition.
    pub condition: Expr,
    /// The message.
    pub error_message: Expr,
    /// The block's header.
    pub header: Span,
}

/// One name of a `locals` block.
#[derive(Debug, Clone)]
pub struct Local {
    /// The name.
    pub name: Arc<str>,
    /// The expression.
    pub expr: Expr,
    /// The place of the whole attribute.
    pub span: Span,
}

/// `output "name" {}`
#[derive(Debug, Clone)]
pub struct Output {
    /// The name.
    pub name: Arc<str>,
    /// The block's header.
    pub header: Span,
    /// The value.
    pub value: Expr,
    /// What it is.
    pub description: Option<String>,
    /// `sensitive = true`
    pub sensitive: bool,
    /// `ephemeral = true`
    pub ephemeral: bool,
    /// What it waits for.
    pub depends_on: Vec<Reference>,
    /// `precondition {}`
    pub preconditions: Vec<AssertRule>,
}

/// Mode, type and name of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// Managed, data or ephemeral.
    pub mode: Mode,
    /// The type: `azurerm_subnet`.
    pub kind: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

/// `resource "type" "name" {}`, `data "type" "name" {}`
#[derive(Debug, Clone)]
pub struct Resource {
    /// Mode, type and name.
    pub key: ResourceKey,
    /// The block's header.
    pub header: Span,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// The provider configuration: as written, or the default one of the type's provider.
    pub provider: ProviderRef,
    /// Where `provider` was written.
    pub provider_span: Option<Span>,
    /// `depends_on`
    pub depends_on: Vec<Reference>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// `connection`
    pub connection: Option<Connection>,
    /// `provisioner`
    pub provisioners: Vec<Provisioner>,
    /// The check that a nested data source belongs to.
    pub check: Option<Arc<str>>,
    /// The arguments and nested blocks (`dynamic` as it was written), without the meta-arguments.
    pub body: Body,
}

/// `count` or `for_each` of a resource or module call.
#[derive(Debug, Clone, Copy)]
pub enum ForEach<'a> {
    /// Neither: one instance without a key.
    Single,
    /// `count`
    Count(&'a Expr),
    /// `for_each`
    ForEach(&'a Expr),
}

/// `lifecycle {}`
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`
    pub create_before_destroy: bool,
    /// `prevent_destroy`
    pub prevent_destroy: bool,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition {}`
    pub preconditions: Vec<AssertRule>,
    /// `postcondition {}`
    pub postconditions: Vec<AssertRule>,
}

/// What `ignore_changes` says.
#[derive(Debug, Clone, Default)]
pub enum IgnoreChanges {
    /// Nothing is ignored.
    #[default]
    None,
    /// `all`
    All,
    /// These attributes; the root name is the attribute, the steps go into it.
    Paths(Vec<Reference>),
}

/// `connection {}` of a provisioner or resource.
#[derive(Debug, Clone)]
pub struct Connection {
    /// What is in it.
    pub body: Body,
}

/// `provisioner "kind" {}`
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// `local-exec`, `remote-exec`, `file`
    pub kind: Arc<str>,
    /// `when = destroy`
    pub on_destroy: bool,
    /// `on_failure = continue`
    pub continue_on_failure: bool,
    /// Its own connection.
    pub connection: Option<Connection>,
    /// The arguments.
    pub body: Body,
    /// The block's header.
    pub header: Span,
}

/// `module "name" {}`
#[derive(Debug, Clone)]
pub struct ModuleCall {
    /// The name.
    pub name: Arc<str>,
    /// The block's header.
    pub header: Span,
    /// The source as it was written: `./network`.
    pub source: String,
    /// The source, written out; `None`: it could not be read, which is said.
    pub address: Option<ModuleSource>,
    /// `version`, of modules of a registry.
    pub version: Option<Constraints>,
    /// Where the source was written.
    pub source_span: Span,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Reference>,
    /// `providers = { child = parent }`; without it the child's defaults are the parent's.
    pub providers: Vec<(ProviderRef, ProviderRef)>,
    /// Where each of `providers` is written: the name in the module, and what is passed.
    pub passed_at: Vec<(Span, Span)>,
    /// Was `providers` written?
    pub has_providers: bool,
    /// The values of the child's variables.
    pub arguments: Body,
}

/// A provider configuration by local name and alias: `azurerm`, `azurerm.hub`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderRef {
    /// The local name.
    pub name: Arc<str>,
    /// The alias.
    pub alias: Option<Arc<str>>,
}

/// `provider "name" {}`
#[derive(Debug, Clone)]
pub struct ProviderBlock {
    /// Name and alias.
    pub key: ProviderRef,
    /// The block's header.
    pub header: Span,
    /// The deprecated `version` argument.
    pub version: Option<Constraints>,
    /// The arguments and nested blocks, without `alias` and `version`.
    pub body: Body,
}

/// `terraform {}`
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `required_version`, with its place; each must hold.
    pub required_version: Vec<(Constraints, Span)>,
    /// The header of the block `required_providers`.
    pub required_at: Option<Span>,
    /// `required_providers`
    pub required_providers: BTreeMap<Arc<str>, RequiredProvider>,
    /// `backend "kind" {}` or `cloud {}`
    pub backend: Option<Backend>,
}

/// An entry of `required_providers`.
#[derive(Debug, Clone)]
pub struct RequiredProvider {
    /// The source as it was written: `hashicorp/azurerm`; without one `hashicorp/NAME`.
    pub source: String,
    /// Was a source written?
    pub has_source: bool,
    /// The version constraint.
    pub version: Constraints,
    /// `configuration_aliases`
    pub configuration_aliases: Vec<ProviderRef>,
    /// The place of the entry.
    pub span: Span,
}

/// `backend "kind" {}`
#[derive(Debug, Clone)]
pub struct Backend {
    /// `azurerm`, `local`; `cloud` for a `cloud` block.
    pub kind: Arc<str>,
    /// The arguments.
    pub body: Body,
    /// The block's header.
    pub header: Span,
}

/// `check "name" {}`
#[derive(Debug, Clone)]
pub struct Check {
    /// The name.
    pub name: Arc<str>,
    /// The block's header.
    pub header: Span,
    /// The data source inside; it is in the module's resources too.
    pub data: Option<ResourceKey>,
    /// `assert {}`
    pub asserts: Vec<AssertRule>,
}

/// An address relative to the module that says it: `module.m["a"].type.name[0]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The module steps, each with its instance key.
    pub modules: Vec<(Arc<str>, Option<Value>)>,
    /// The resource; without one it is the module.
    pub resource: Option<(ResourceKey, Option<Value>)>,
    /// Where it was written.
    pub span: Span,
}

/// `moved {}`
#[derive(Debug, Clone)]
pub struct Moved {
    /// `from`
    pub from: Target,
    /// `to`
    pub to: Target,
    /// The block's header.
    pub header: Span,
}

/// `import {}`
#[derive(Debug, Clone)]
pub struct Import {
    /// `to`, whose instance key may be an expression.
    pub to: PathTarget,
    /// `id`
    pub id: Expr,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// The block's header.
    pub header: Span,
}

/// An address whose instance keys may be expressions (`each.key`).
#[derive(Debug, Clone, PartialEq)]
pub struct PathTarget {
    /// The module steps, each with its instance key.
    pub modules: Vec<(Arc<str>, Option<Expr>)>,
    /// The resource.
    pub resource: ResourceKey,
    /// The resource's instance key.
    pub key: Option<Expr>,
    /// Where it was written.
    pub span: Span,
}

/// `removed {}`
#[derive(Debug, Clone)]
pub struct Removed {
    /// `from`
    pub from: Target,
    /// `lifecycle { destroy }`: true unless it says false.
    pub destroy: bool,
    /// `provisioner {}` (only `when = destroy`).
    pub provisioners: Vec<Provisioner>,
    /// The block's header.
    pub header: Span,
}

impl Config {
    /// Names the block that each diagnostic is in, where it is in one and does not say so yet.
    pub fn with_contexts(&self, mut diagnostics: Diagnostics) -> Diagnostics {
        for d in &mut diagnostics.0 {
            let (None, Some(span)) = (&d.context, d.shown_place()) else { continue };
            let Some(blocks) = self.contexts.get(&span.source.path) else { continue };
            // The header itself is in no block: the byte before it decides.
            let Some(before) = span.range.start.checked_sub(1) else { continue };
            d.context =
                blocks.iter().find(|(range, _)| range.contains(&before)).map(|(_, name)| name.clone());
        }
        diagnostics
    }
}

impl Module {
    /// A module with nothing in it.
    pub fn empty(path: ModulePath, dir: PathBuf) -> Module {
        Module {
            path,
            dir,
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            outputs: BTreeMap::new(),
            resources: BTreeMap::new(),
            calls: BTreeMap::new(),
            children: BTreeMap::new(),
            providers: BTreeMap::new(),
            settings: Settings::default(),
            checks: BTreeMap::new(),
            moved: Vec::new(),
            imports: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// The module and all below it, parents first.
    pub fn walk(&self) -> Vec<&Module> {
        let mut all = vec![self];
        let mut next = 0;
        while next < all.len() {
            all.extend(all[next].children.values());
            next += 1;
        }
        all
    }

    /// The module at a path below this one.
    pub fn descendant(&self, path: &[Arc<str>]) -> Option<&Module> {
        path.iter().try_fold(self, |module, name| module.children.get(name))
    }

    /// A resource by mode, type and name.
    pub fn resource(&self, mode: Mode, kind: &str, name: &str) -> Option<&Resource> {
        self.resources.get(&ResourceKey { mode, kind: kind.into(), name: name.into() })
    }

    /// The source address of a provider's local name: `registry.terraform.io/hashicorp/azurerm`.
    pub fn provider_address(&self, local_name: &str) -> String {
        let source = match self.settings.required_providers.get(local_name) {
            Some(required) => required.source.clone(),
            None if local_name == "terraform" => return "terraform.io/builtin/terraform".to_string(),
            None => format!("hashicorp/{local_name}"),
        };
        match source.matches('/').count() {
            0 => format!("registry.terraform.io/hashicorp/{source}"),
            1 => format!("registry.terraform.io/{source}"),
            _ => source,
        }
    }
}

impl Resource {
    /// `count` or `for_each`.
    pub fn repetition(&self) -> ForEach<'_> {
        repetition(self.count.as_ref(), self.for_each.as_ref())
    }
}

impl ModuleCall {
    /// `count` or `for_each`.
    pub fn repetition(&self) -> ForEach<'_> {
        repetition(self.count.as_ref(), self.for_each.as_ref())
    }
}

fn repetition<'a>(count: Option<&'a Expr>, for_each: Option<&'a Expr>) -> ForEach<'a> {
    match (count, for_each) {
        (Some(count), _) => ForEach::Count(count),
        (None, Some(for_each)) => ForEach::ForEach(for_each),
        (None, None) => ForEach::Single,
    }
}

impl ModulePath {
    /// Is it the root module?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of a module that this one calls.
    pub fn child(&self, name: &str) -> ModulePath {
        let mut path = self.0.clone();
        path.push(name.into());
        ModulePath(path)
    }

    /// As messages name it: `the root module`, `module.a`.
    pub fn describe(&self) -> String {
        if self.is_root() { "the root module".to_string() } else { self.to_string() }
    }
}

impl fmt::Display for ModulePath {
    /// `module.a.module.b`; nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if n == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Managed => write!(f, "{}.{}", self.kind, self.name),
            Mode::Data => write!(f, "data.{}.{}", self.kind, self.name),
            Mode::Ephemeral => write!(f, "ephemeral.{}.{}", self.kind, self.name),
        }
    }
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
