//! What a test makes up: providers that are asked for nothing, resources and modules that are not made.
//!
//! A made-up type behaves as a type with no document behind it: its computed attributes are what the test says, else
//! made up from their types when the object is made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::addr::{InstanceAddr, Mode, ModulePath, Partial};
use super::instance::{Planned, Site, Work};
use super::live::{OriginOf, ProviderKey};
use super::model::ChangeAction;
use crate::catalog::{self, LocalPlan, LocalType, LookUp, Problem};
use crate::lang::schema::{BlockSpec, Nesting, ResourceSchema};
use crate::lang::{Kind, Marks, Type, Value, convert};

/// What a test makes up.
#[derive(Default)]
pub struct Mocks {
    /// Providers that are asked for nothing.
    pub providers: BTreeMap<ProviderKey, MockProvider>,
    /// Resources, data sources and modules; the first that fits counts.
    pub overrides: Vec<Override>,
    made: Mutex<Vec<(String, &'static dyn LocalType)>>,
}

/// A provider that is asked for nothing.
#[derive(Debug, Clone, Default)]
pub struct MockProvider {
    /// By mode and type.
    pub types: BTreeMap<(Mode, Arc<str>), Given>,
}

/// What is given for a type or an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Attributes by name: an object.
    pub values: Value,
    /// They are known while planning.
    pub during_plan: bool,
}

impl Default for Given {
    fn default() -> Given {
        Given { values: Value::object::<Arc<str>>([]), during_plan: false }
    }
}

/// An object or a module that is not made.
#[derive(Debug, Clone)]
pub struct Override {
    /// Which.
    pub target: Partial,
    /// What is given for it.
    pub given: Given,
}

impl std::fmt::Debug for Mocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mocks")
            .field("providers", &self.providers)
            .field("overrides", &self.overrides)
            .finish()
    }
}

impl Mocks {
    /// The outputs that are given for a module instance, or for one that it is in (then there are none).
    pub fn module(&self, path: &ModulePath) -> Option<Value> {
        self.overrides.iter().find_map(|o| match &o.target {
            Partial::Module(target) if within(path, target) => Some(match path.0.len() == target.0.len() {
                true => o.given.values.clone(),
                false => Value::object::<Arc<str>>([]),
            }),
            _ => None,
        })
    }

    /// What is given for an instance that is not made.
    fn given(&self, addr: &InstanceAddr, provider: &ProviderKey) -> Option<Given> {
        let own = self.overrides.iter().find(|o| match &o.target {
            Partial::Resource(resource, key) => {
                resource.mode == addr.resource.mode
                    && resource.ty == addr.resource.ty
                    && resource.name == addr.resource.name
                    && resource.module.0.len() == addr.resource.module.0.len()
                    && within(&addr.resource.module, &resource.module)
                    && key.as_ref().is_none_or(|k| addr.key.as_ref() == Some(k))
            }
            Partial::Module(_) => false,
        });
        let own = own.map(|o| o.given.clone());
        own.or_else(|| {
            let mock = self.providers.get(provider)?;
            let key = (addr.resource.mode, addr.resource.ty.clone());
            Some(mock.types.get(&key).cloned().unwrap_or_default())
        })
    }

    /// What a managed instance is: made up, or what the catalog has.
    pub fn resource(&self, addr: &InstanceAddr, provider: &ProviderKey, major: u32) -> Option<LookUp> {
        let known = catalog::resource(&addr.resource.ty)?;
        let Some(given) = self.given(addr, provider) else { return Some(known) };
        let name = format!("{addr} {provider}");
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kind)) = made.iter().find(|(n, _)| *n == name) {
            return Some(LookUp::Local(*kind));
        }
        // Lookups live as long as the program; a test has few of them.
        let kind: &'static MockType = Box::leak(Box::new(MockType { schema: known.schema(major), given }));
        made.push((name, kind));
        Some(LookUp::Local(kind))
    }
}

/// Is a module instance another one, or inside of it? A target without a key stands for all instances.
fn within(path: &ModulePath, target: &ModulePath) -> bool {
    target.0.len() <= path.0.len()
        && target.0.iter().zip(&path.0).all(|((name, key), (n, k))| name == n && (key.is_none() || key == k))
}

/// A made-up type.
struct MockType {
    schema: Arc<ResourceSchema>,
    given: Given,
}

impl LocalType for MockType {
    fn schema(&self) -> Arc<ResourceSchema> {
        self.schema.clone()
    }

    fn check(&self, _: &Value) -> Vec<Problem> {
        Vec::new()
    }

    fn plan(&self, prior: Option<&Value>, config: &Value) -> LocalPlan {
        let planned = match prior {
            Some(prior) => fill(config, &self.schema, &mut |name, ty| {
                prior.get(name).cloned().unwrap_or_else(|| Value::null(ty.clone()))
            }),
            None if self.given.during_plan => self.made(config, &mut |_| {}),
            None => fill(config, &self.schema, &mut |_, ty| Value::unknown(ty.clone())),
        };
        LocalPlan { planned, replace: Vec::new() }
    }

    fn apply(
        &self,
        prior: Option<&Value>,
        planned: &Value,
        random: &mut dyn FnMut(&mut [u8]),
        _: &str,
    ) -> Value {
        if prior.is_some() {
            return planned.clone();
        }
        self.made(planned, random)
    }
}

impl MockType {
    /// The object with what is given, else made up, in the place of computed attributes that nobody has written.
    fn made(&self, planned: &Value, random: &mut dyn FnMut(&mut [u8])) -> Value {
        fill(planned, &self.schema, &mut |name, ty| value_for(&self.given, name, ty, random))
    }
}

fn value_for(given: &Given, name: &str, ty: &Type, random: &mut dyn FnMut(&mut [u8])) -> Value {
    let given = given.values.get(name).and_then(|v| convert(v, ty).ok());
    given.unwrap_or_else(|| made_up(ty, random))
}

/// An object with something in the place of computed attributes that are null or unknown.
fn fill(object: &Value, schema: &BlockSpec, with: &mut dyn FnMut(&str, &Type) -> Value) -> Value {
    let Some(entries) = object.as_entries() else { return object.clone() };
    let mut all = entries.clone();
    for attribute in schema.attributes.iter().filter(|a| a.computed) {
        let name: Arc<str> = attribute.name.as_str().into();
        if all.get(&name).is_none_or(|v| v.is_null() || v.is_unknown()) {
            all.insert(name, with(&attribute.name, &attribute.value_type()));
        }
    }
    for nested in &schema.blocks {
        let Some(part) = all.get(nested.name.as_str()) else { continue };
        let Value { kind, marks } = part.clone();
        let mut each = |v: &Value| fill(v, &nested.block, with);
        let kind = match (kind, nested.nesting) {
            (Kind::List(ty, items), _) => Kind::List(ty, Arc::new(items.iter().map(each).collect())),
            (kind @ Kind::Object(_), Nesting::Single | Nesting::Group) => {
                each(&Value { kind, marks: Marks::NONE }).kind
            }
            (kind, _) => kind,
        };
        all.insert(nested.name.as_str().into(), Value { kind, marks });
    }
    Value { kind: Value::object(all).kind, marks: object.marks.clone() }
}

/// As Terraform makes values up: eight letters and digits, zero, false, nothing.
fn made_up(ty: &Type, random: &mut dyn FnMut(&mut [u8])) -> Value {
    match ty {
        Type::String => {
            const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
            let mut bytes = [0; 8];
            random(&mut bytes);
            let text: String = bytes.iter().map(|b| char::from(LETTERS[usize::from(*b) % 36])).collect();
            Value::string(&text)
        }
        Type::Number => 0.into(),
        Type::Bool => false.into(),
        Type::List(element) => Value::list((**element).clone(), Vec::new()),
        Type::Map(element) => Value::map::<Arc<str>>((**element).clone(), []),
        Type::Set(_) => convert(&Value::tuple(Vec::new()), ty).unwrap_or_else(|_| Value::null(ty.clone())),
        Type::Object(object) => {
            Value::object(object.attributes.iter().map(|(name, ty)| (name.clone(), made_up(ty, random))))
        }
        _ => Value::null(ty.clone()),
    }
}

/// Plans a data source that is not read; `None`: it is no such one.
pub fn data(site: &Site<'_, '_, '_>) -> Option<Option<Planned>> {
    let mocks = &site.walk.inputs.options.mocks;
    let calls = site.addr.resource.module.calls();
    let key = site.walk.provider_key(&calls, &site.resource.provider).0;
    let given = mocks.given(site.addr, &key)?;
    let source = catalog::data_source(&site.resource.key.kind)?;
    let schema = source.schema(super::providers::major(site.walk, &key.address));
    let decoded = site.decode(&schema);
    if decoded.failed {
        return Some(None);
    }
    let mut bytes = |buffer: &mut [u8]| {
        // What is made up may be the same in every round of planning: it is.
        for (i, (byte, letter)) in buffer.iter_mut().zip(site.addr.to_string().bytes().cycle()).enumerate() {
            *byte = letter.wrapping_add(i as u8);
        }
    };
    let after = fill(&decoded.value, &schema, &mut |name, ty| value_for(&given, name, ty, &mut bytes));
    let after = super::marks::by_schema(&after, &schema);
    let origin = site.walk.cache.origin(OriginOf::Instance(site.addr.clone()));
    Some(Some(Planned {
        value: after.clone().marked(&Marks::origin(origin)),
        depends: site.depends(&decoded.value),
        drift: None,
        findings: Vec::new(),
        work: Work::Data,
        change: super::data::answer(site, key.address, schema, ChangeAction::NoOp, after),
    }))
}
