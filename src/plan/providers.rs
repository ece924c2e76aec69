//! Provider configurations: which one a block uses, its block decoded once, connected by whoever runs the plan.

use std::sync::Arc;

use super::addr::ModulePath;
use super::instance::Site;
use super::live::{ProviderKey, ProviderNeed};
use super::places::Place;
use super::scope::ModuleScope;
use super::walk::Walk;
use crate::catalog::{self, Fetched, ProviderConfig, ProviderKind, Reader, Suffixes};
use crate::config::decode::decode;
use crate::config::version::Version;
use crate::config::{Config, ProviderRef, Resource};
use crate::lang::{Diagnostic, Type, Value};

/// What a provider's source address names, if it is built in.
pub fn kind_of(address: &str) -> Option<ProviderKind> {
    let short = address.strip_prefix("registry.terraform.io/").unwrap_or(address).to_ascii_lowercase();
    catalog::PROVIDERS.iter().find(|(_, source, _)| *source == short).map(|(.., kind)| *kind)
}

/// The major version that a configuration asks of a provider: the one that the lock file names, else the newest that the
/// constraints of all of its modules allow.
pub fn major(walk: &Walk<'_>, address: &str) -> u32 {
    major_in(walk.inputs.config, address)
}

/// The same of a configuration that is not planned yet.
pub fn major_in(config: &Config, address: &str) -> u32 {
    // The default is the last of the first list; majors of the second are taken only by those who ask for nothing else.
    let (majors, newer): (&[u64], &[u64]) = match kind_of(address) {
        Some(ProviderKind::Azurerm) => (&[2, 3, 4], &[5]),
        Some(ProviderKind::Azapi) => (&[1, 2], &[]),
        Some(ProviderKind::Random | ProviderKind::Null) => (&[2, 3], &[]),
        _ => (&[0], &[]),
    };
    if let Some(version) = locked(config, address)
        && let Some(major) = majors.iter().chain(newer).find(|m| **m == version.number(0))
    {
        return *major as u32;
    }
    let modules = config.root.walk();
    let asked = modules.iter().flat_map(|m| {
        m.settings.required_providers.iter().filter_map(|(name, required)| {
            (m.provider_address(name) == address)
                .then(|| required.version.major_of(majors).or_else(|| required.version.major_of(newer)))
                .flatten()
        })
    });
    asked.min().or(majors.last().copied()).unwrap_or(0) as u32
}

/// The version of a provider that the lock file names, where the constraints of all modules allow it.
pub fn locked<'a>(config: &'a Config, address: &str) -> Option<&'a Version> {
    let version = config.locked.get(&address.to_ascii_lowercase())?;
    let allowed = config.root.walk().iter().all(|m| {
        let required = m.settings.required_providers.iter();
        required
            .filter(|(name, _)| m.provider_address(name) == address)
            .all(|(_, r)| r.version.allow(version))
    });
    allowed.then_some(version)
}

/// The configured provider that a block of a module uses.
pub fn of(
    walk: &Walk<'_>,
    path: &ModulePath,
    resource: &Resource,
) -> Option<(ProviderKey, Arc<ProviderConfig>)> {
    let (key, owner, owner_ref) = walk.provider_key(&path.calls(), &resource.provider);
    if let Some(known) = walk.providers.borrow().get(&key) {
        return known.clone().map(|config| (key, config));
    }
    let config = connect(walk, &key, &owner, &owner_ref, Some(Place::of(resource)));
    walk.providers.borrow_mut().insert(key.clone(), config.clone());
    config.map(|config| (key, config))
}

/// A provider that the ledger names.
pub fn by_key(walk: &Walk<'_>, key: &ProviderKey) -> Option<Arc<ProviderConfig>> {
    if let Some(known) = walk.providers.borrow().get(key) {
        return known.clone();
    }
    let root = &walk.inputs.config.root;
    let names = root.settings.required_providers.keys();
    let local = names.into_iter().find(|n| root.provider_address(n) == *key.address).cloned();
    let name = local.unwrap_or_else(|| key.address.rsplit('/').next().unwrap_or_default().into());
    let config = connect(walk, key, &[], &ProviderRef { name, alias: key.alias.clone() }, None);
    walk.providers.borrow_mut().insert(key.clone(), config.clone());
    config
}

fn connect(
    walk: &Walk<'_>,
    key: &ProviderKey,
    owner: &[Arc<str>],
    reference: &ProviderRef,
    user: Option<Place>,
) -> Option<Arc<ProviderConfig>> {
    let kind = kind_of(&key.address)?;
    if !kind.connects() {
        return Some(Arc::new(unconnected(kind, major(walk, &key.address))));
    }
    if let Some(connected) = walk.cache.provider(key) {
        return Some(connected.clone());
    }
    let major = major(walk, &key.address);
    let (config, place) = block(walk, owner, reference, kind, major)?;
    let need = ProviderNeed { key: key.clone(), kind, major, config, place: place.or(user) };
    walk.needs.borrow_mut().provider(need);
    walk.deferred.set(true);
    None
}

/// The decoded `provider` block and its place; null when there is none, nothing when it is wrong (reported).
fn block(
    walk: &Walk<'_>,
    owner: &[Arc<str>],
    reference: &ProviderRef,
    kind: ProviderKind,
    major: u32,
) -> Option<(Value, Option<Place>)> {
    let mut path = ModulePath::root();
    for name in owner {
        path = path.child(name, None);
    }
    let scope = walk.scope(&path)?;
    let Some(block) = scope.module.providers.get(reference) else {
        if reference.alias.is_some() {
            walk.report([Diagnostic::error(
                "Provider configuration not present",
                format!(
                    "There is no provider \"{}\" block with the alias that {reference} names.",
                    reference.name
                ),
            )]);
            return None;
        }
        return Some((Value::null(Type::Dynamic), None));
    };
    let schema = catalog::provider_schema(kind, major);
    let decoded = decode(&block.body, &schema, &scope, walk.inputs.functions);
    let context = format!("provider \"{}\"", block.key.name);
    let problems = catalog::provider_problems(kind, &decoded.value).into_iter().map(|p| {
        let mut one = Diagnostic::error(p.summary, p.detail);
        one.severity = p.severity;
        one.at(decoded.span(&p.path).unwrap_or_else(|| block.header.clone())).within(context.clone())
    });
    walk.report(problems);
    walk.report(decoded.diagnostics.into_iter().map(|d| d.within(context.clone())));
    let place = Place { span: block.header.clone(), context };
    (!decoded.failed).then_some((decoded.value, Some(place)))
}

/// Judges the provider blocks and required providers of a module by themselves.
pub fn validate(walk: &Walk<'_>, scope: &ModuleScope<'_, '_>) {
    let calls = scope.path.calls();
    for key in scope.module.providers.keys() {
        let address = scope.module.provider_address(&key.name);
        if let Some(kind) = kind_of(&address) {
            block(walk, &calls, key, kind, major(walk, &address));
        }
    }
}

/// The provider of a block as far as the configuration alone tells.
pub fn offline(site: &Site<'_, '_, '_>) -> ProviderConfig {
    let address = site.provider_address();
    unconnected(kind_of(&address).unwrap_or(ProviderKind::Terraform), major(site.walk, &address))
}

/// A provider without a connection.
fn unconnected(kind: ProviderKind, major: u32) -> ProviderConfig {
    ProviderConfig {
        kind,
        major,
        subscription_id: None,
        tenant_id: None,
        client_id: None,
        object_id: None,
        suffixes: Suffixes {
            storage: "core.windows.net".into(),
            key_vault: "vault.azure.net".into(),
            container_registry: "azurecr.io".into(),
            cosmos_db: "documents.azure.com".into(),
        },
        config: Value::null(Type::Dynamic),
    }
}

/// A reader that has nothing and notes nothing.
pub struct NoReader;

impl Reader for NoReader {
    fn document(&self, _: &crate::arm::id::ArmId, _: &str) -> Fetched<Option<Arc<Value>>> {
        Fetched::Later
    }

    fn list(&self, _: &str, _: &str, _: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        Fetched::Later
    }
}
