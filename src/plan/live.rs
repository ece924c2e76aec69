//! What has been read so far, and what still must be: planning is repeated over a growing cache until nothing is missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::addr::InstanceAddr;
use super::places::Place;
use crate::arm::id::ArmId;
use crate::catalog::{
    Ask, BodyPath, Fetched, Need, Outside, ProviderConfig, ProviderKind, Reader, Recorded, item,
};
use crate::lang::{Diagnostics, Origin, Value};

/// A configured provider: its source address and alias in the root module.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKey {
    /// `registry.terraform.io/hashicorp/azurerm`
    pub address: Arc<str>,
    /// The alias.
    pub alias: Option<Arc<str>>,
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.address),
            None => f.write_str(&self.address),
        }
    }
}

impl ProviderKey {
    /// Reads the printed form. An address has two slashes, so the alias follows the first dot after the last one.
    pub fn parse(text: &str) -> ProviderKey {
        let name = text.rfind('/').map_or(0, |i| i + 1);
        match text[name..].find('.') {
            Some(dot) => {
                ProviderKey { address: text[..name + dot].into(), alias: Some(text[name + dot + 1..].into()) }
            }
            None => ProviderKey { address: text.into(), alias: None },
        }
    }
}

/// A provider that must be connected before its instances can be planned.
#[derive(Debug, Clone)]
pub struct ProviderNeed {
    /// Which.
    pub key: ProviderKey,
    /// What it is.
    pub kind: ProviderKind,
    /// The major version its constraint asks for.
    pub major: u32,
    /// Its decoded block; null without one.
    pub config: Value,
    /// Its block, else the first block that needs it.
    pub place: Option<Place>,
}

/// What an origin number stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OriginOf {
    /// An instance.
    Instance(InstanceAddr),
    /// One attribute of an instance that is only fetched when something uses it.
    Attribute(InstanceAddr, Arc<str>),
}

impl OriginOf {
    /// The instance in either case.
    pub fn instance(&self) -> &InstanceAddr {
        match self {
            OriginOf::Instance(addr) | OriginOf::Attribute(addr, _) => addr,
        }
    }
}

/// What a need was answered with.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A document (or what else was asked for), or that there is none.
    Document(Option<Value>),
    /// The items of a list, or that ARM answered 404.
    List(Option<Vec<Value>>),
    /// That the credential may not read it, and what it may not do; only to what [bears](Ask::bears) it.
    Refused(Diagnostics),
}

/// Claimed paths by document.
pub type Claimed = BTreeMap<ArmId, BTreeSet<BodyPath>>;

/// The key of a list: path (lower case), version, filter.
type ListKey = (Arc<str>, Arc<str>, Arc<str>);

/// Everything that one run has learned; it only grows.
#[derive(Debug, Default)]
pub struct LiveCache {
    documents: HashMap<ArmId, Option<Arc<Value>>>,
    lists: HashMap<ListKey, Option<Arc<Vec<Value>>>>,
    asked: HashMap<Ask, Option<Arc<Value>>>,
    refused: HashMap<Ask, Arc<str>>,
    outside: HashMap<Outside, Arc<Value>>,
    providers: BTreeMap<ProviderKey, Arc<ProviderConfig>>,
    /// Attributes that something uses, beyond those that every read brings.
    pub wanted: BTreeSet<(InstanceAddr, Arc<str>)>,
    /// Instances that are replaced because of what they live inside: what that is.
    pub forced: BTreeMap<InstanceAddr, String>,
    /// What instances claim of documents of others, where those would give way to it.
    pub claimed: Claimed,
    origins: RefCell<Origins>,
}

#[derive(Debug, Default)]
struct Origins {
    numbers: HashMap<OriginOf, Origin>,
    names: Vec<OriginOf>,
}

impl LiveCache {
    /// The number of an origin.
    pub fn origin(&self, of: OriginOf) -> Origin {
        let mut origins = self.origins.borrow_mut();
        if let Some(known) = origins.numbers.get(&of) {
            return *known;
        }
        let number = Origin(origins.names.len() as u32);
        origins.names.push(of.clone());
        origins.numbers.insert(of, number);
        number
    }

    /// What an origin's number stands for.
    pub fn origin_of(&self, origin: Origin) -> OriginOf {
        self.origins.borrow().names[origin.0 as usize].clone()
    }

    /// Notes a document that was read (`None`: it does not exist).
    pub fn put_document(&mut self, id: ArmId, body: Option<Arc<Value>>) {
        self.documents.insert(id, body);
    }

    /// Notes what a need was answered with.
    pub fn note(&mut self, need: Need, answer: Answer) {
        match (need, answer) {
            (Need::Document { id, .. }, Answer::Document(body)) => self.put_document(id, body.map(Arc::new)),
            (Need::List { path, api_version, filter }, Answer::List(items)) => {
                let key = (path.to_ascii_lowercase().into(), api_version, filter);
                self.lists.insert(key, items.map(Arc::new));
            }
            (Need::Ask(ask), Answer::Document(body)) => _ = self.asked.insert(ask, body.map(Arc::new)),
            (Need::Ask(ask), Answer::Refused(why)) => {
                let said: Vec<&str> = why.0.iter().map(|one| &*one.detail).collect();
                self.refused.insert(ask, said.join("\n").into());
            }
            (Need::Outside(what), Answer::Document(Some(body))) => {
                self.outside.insert(what, Arc::new(body));
            }
            _ => {}
        }
    }

    /// Notes a provider that was connected.
    pub fn put_provider(&mut self, key: ProviderKey, config: ProviderConfig) {
        self.providers.insert(key, Arc::new(config));
    }

    /// A connected provider.
    pub fn provider(&self, key: &ProviderKey) -> Option<&Arc<ProviderConfig>> {
        self.providers.get(key)
    }

    /// A document that was read; the outer `None`: it was not read yet. What is an item of another document is taken from
    /// that.
    pub fn document(&self, id: &ArmId) -> Option<Option<Arc<Value>>> {
        let known = self.documents.get(id).cloned();
        known.or_else(|| {
            let holder = self.documents.get(&item::holder(id)?)?;
            Some(holder.as_deref().and_then(|h| item::find(id, h)).map(Arc::new))
        })
    }

    fn list(&self, path: &str, api_version: &str, filter: &str) -> Option<&Option<Arc<Vec<Value>>>> {
        self.lists.get(&(path.to_ascii_lowercase().into(), api_version.into(), filter.into()))
    }
}

/// What one round of planning still lacks.
#[derive(Debug, Default)]
pub struct Needs {
    /// Providers to connect.
    pub providers: Vec<ProviderNeed>,
    /// Reads, each through a provider's connection.
    pub reads: Vec<(ProviderKey, Need)>,
    seen: HashSet<Need>,
    ahead: Vec<(ProviderKey, Need)>,
    /// Attributes that turned out to be used.
    pub wanted: BTreeSet<(InstanceAddr, Arc<str>)>,
    /// Instances that turned out to live inside something that is replaced.
    pub forced: BTreeMap<InstanceAddr, String>,
    /// What turned out to be claimed of documents of others.
    pub claimed: Option<Claimed>,
}

impl Needs {
    /// Notes a read, once.
    pub fn read(&mut self, provider: &ProviderKey, need: Need) {
        if self.seen.insert(need.clone()) {
            self.reads.push((provider.clone(), need));
        }
    }

    /// Notes a provider, once.
    pub fn provider(&mut self, need: ProviderNeed) {
        if !self.providers.iter().any(|p| p.key == need.key) {
            self.providers.push(need);
        }
    }

    /// Notes what the ledger says is there of an instance whose provider is yet to be connected: it is read as soon as that
    /// is, and the next round has it.
    pub fn read_ahead(&mut self, provider: &ProviderKey, documents: Vec<Recorded>) {
        for Recorded { id, api_version, .. } in documents {
            let id = item::holder(&id).unwrap_or(id);
            self.ahead.push((provider.clone(), Need::Document { id, api_version }));
        }
    }

    /// Takes what is read ahead among the reads, as far as its provider is connected by now.
    pub fn admit(&mut self, connected: impl Fn(&ProviderKey) -> bool) {
        for (provider, need) in std::mem::take(&mut self.ahead) {
            if connected(&provider) {
                self.read(&provider, need);
            }
        }
    }

    /// Is nothing missing?
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
            && self.reads.is_empty()
            && self.wanted.is_empty()
            && self.forced.is_empty()
            && self.claimed.is_none()
    }
}

/// Reads for one lens call: planned documents first, then the cache; what is missing is noted.
pub struct PlanReader<'a> {
    /// What was read.
    pub cache: &'a LiveCache,
    /// Documents as this plan will make them.
    pub planned: &'a RefCell<HashMap<ArmId, Arc<Value>>>,
    /// Where missing reads go.
    pub needs: &'a RefCell<Needs>,
    /// Through which connection.
    pub provider: &'a ProviderKey,
    /// What the last apply claimed of the instance.
    pub digests: Option<&'a BTreeMap<String, String>>,
    /// What could not be looked up, as the credential may not: what was said.
    pub refused: RefCell<Vec<Arc<str>>>,
}

impl PlanReader<'_> {
    /// The live document, without looking at planned ones.
    pub fn live(&self, id: &ArmId, api_version: &str) -> Fetched<Option<Arc<Value>>> {
        match self.cache.document(id) {
            Some(found) => Fetched::Ready(found),
            None => {
                let id = item::holder(id).unwrap_or_else(|| id.clone());
                let need = Need::Document { id, api_version: api_version.into() };
                self.needs.borrow_mut().read(self.provider, need);
                Fetched::Pending
            }
        }
    }
}

impl Reader for PlanReader<'_> {
    fn document(&self, id: &ArmId, api_version: &str) -> Fetched<Option<Arc<Value>>> {
        if let Some(planned) = self.planned.borrow().get(id) {
            return Fetched::Ready(Some(planned.clone()));
        }
        self.live(id, api_version)
    }

    fn list(&self, path: &str, api_version: &str, filter: &str) -> Fetched<Option<Arc<Vec<Value>>>> {
        match self.cache.list(path, api_version, filter) {
            Some(found) => Fetched::Ready(found.clone()),
            None => {
                let need =
                    Need::List { path: path.into(), api_version: api_version.into(), filter: filter.into() };
                self.needs.borrow_mut().read(self.provider, need);
                Fetched::Pending
            }
        }
    }

    fn claimed(&self, key: &str, path: &str) -> bool {
        let start = format!("{key} {path}");
        let below = |name: &str| name[start.len()..].chars().next().is_none_or(|c| c == '.' || c == '[');
        self.digests.is_some_and(|all| {
            let mut from =
                all.range(start.clone()..).map(|(name, _)| name).take_while(|n| n.starts_with(&start));
            from.any(|name| path.is_empty() || below(name))
        })
    }

    fn named(&self, arm_type: &str, name: &str) -> Option<ArmId> {
        let fits = |id: &&ArmId| id.is_type(arm_type) && id.name().eq_ignore_ascii_case(name);
        let planned = self.planned.borrow();
        let there = self.cache.documents.iter().filter(|(_, found)| found.is_some()).map(|(id, _)| id);
        planned.keys().find(fits).cloned().or_else(|| there.into_iter().find(fits).cloned())
    }

    fn ask(&self, ask: &Ask) -> Fetched<Option<Arc<Value>>> {
        if let Some(why) = self.cache.refused.get(ask) {
            let mut refused = self.refused.borrow_mut();
            if !refused.contains(why) {
                refused.push(why.clone());
            }
            return Fetched::Later;
        }
        match self.cache.asked.get(ask) {
            Some(found) => Fetched::Ready(found.clone()),
            None => {
                self.needs.borrow_mut().read(self.provider, Need::Ask(ask.clone()));
                Fetched::Pending
            }
        }
    }

    fn outside(&self, what: &Outside) -> Fetched<Arc<Value>> {
        match self.cache.outside.get(what) {
            Some(found) => Fetched::Ready(found.clone()),
            None => {
                self.needs.borrow_mut().read(self.provider, Need::Outside(what.clone()));
                Fetched::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_keys_print_and_parse() {
        for text in ["registry.terraform.io/hashicorp/azurerm", "registry.terraform.io/azure/azapi.hub"] {
            assert_eq!(ProviderKey::parse(text).to_string(), text);
        }
        assert_eq!(ProviderKey::parse("a.b/c/d.e").alias.as_deref(), Some("e"));
    }

    #[test]
    fn a_read_is_asked_for_once() {
        let (cache, planned, needs) = (LiveCache::default(), RefCell::default(), RefCell::default());
        let provider = ProviderKey::parse("x/y/z");
        let reader = PlanReader {
            cache: &cache,
            planned: &planned,
            needs: &needs,
            provider: &provider,
            digests: None,
            refused: RefCell::default(),
        };
        let id = ArmId::parse("/subscriptions/s/resourceGroups/RG").unwrap();
        let same = ArmId::parse("/subscriptions/s/resourcegroups/rg").unwrap();
        assert_eq!(reader.document(&id, "1"), Fetched::Pending);
        assert_eq!(reader.document(&same, "1"), Fetched::Pending);
        assert_eq!(needs.borrow().reads.len(), 1);
    }
}
