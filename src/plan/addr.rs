//! Addresses: `module.net["a"].azurerm_subnet.pe[0]`, typed, parsed, ordered as Terraform lists them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::address::{RESERVED, reserved};

/// The key of an instance made by `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// `[0]`
    Index(u64),
    /// `["a"]`
    Name(Arc<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Index(i) => write!(f, "[{i}]"),
            Key::Name(n) => {
                write!(f, "[\"")?;
                for c in n.chars() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// The path of a module instance from the root; empty is the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(pub Vec<(Arc<str>, Option<Key>)>);

impl ModulePath {
    /// The root module.
    pub fn root() -> ModulePath {
        ModulePath::default()
    }

    /// A module called in this one.
    pub fn child(&self, name: &str, key: Option<Key>) -> ModulePath {
        let mut path = self.0.clone();
        path.push((name.into(), key));
        ModulePath(path)
    }

    /// Is it the root?
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that calls this one.
    pub fn parent(&self) -> Option<ModulePath> {
        (!self.0.is_empty()).then(|| ModulePath(self.0[..self.0.len() - 1].to_vec()))
    }

    /// The names of the calls without instance keys: the module as it is written.
    pub fn calls(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|(n, _)| n.clone()).collect()
    }

    /// Is it `other`, or called somewhere below it?
    pub fn is_within(&self, other: &ModulePath) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if i == 0 { "" } else { "." })?;
            if let Some(key) = key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

/// Managed resource or data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    /// `data.`
    Data,
    /// A managed resource.
    Managed,
}

/// A resource block in a module instance: all its instances.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceAddr {
    /// Where.
    pub module: ModulePath,
    /// Managed or data.
    pub mode: Mode,
    /// `azurerm_subnet`
    pub ty: Arc<str>,
    /// `pe`
    pub name: Arc<str>,
}

impl ResourceAddr {
    /// One of its instances.
    pub fn instance(&self, key: Option<Key>) -> InstanceAddr {
        InstanceAddr { resource: self.clone(), key }
    }

    /// The block as it is written: without the keys of modules.
    pub fn written(&self) -> ResourceAddr {
        let module = ModulePath(self.module.calls().into_iter().map(|name| (name, None)).collect());
        ResourceAddr { module, ..self.clone() }
    }

    /// The address without the module: `data.azurerm_subnet.pe`.
    pub fn local(&self) -> String {
        let data = if self.mode == Mode::Data { "data." } else { "" };
        format!("{data}{}.{}", self.ty, self.name)
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        f.write_str(&self.local())
    }
}

/// One resource instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstanceAddr {
    /// The block it is made of.
    pub resource: ResourceAddr,
    /// Its key, when the block has `count` or `for_each`.
    pub key: Option<Key>,
}

impl InstanceAddr {
    /// The address without the module: `azurerm_subnet.pe["a"]`.
    pub fn local(&self) -> String {
        let key = self.key.as_ref().map(Key::to_string).unwrap_or_default();
        format!("{}{key}", self.resource.local())
    }

    /// Reads an instance's address. The error says what was expected.
    pub fn parse(text: &str) -> Result<InstanceAddr, String> {
        match Partial::parse(text)? {
            Partial::Resource(resource, key) => Ok(InstanceAddr { resource, key }),
            Partial::Module(_) => Err(format!("{text:?} names a module, not a resource instance")),
        }
    }
}

impl fmt::Display for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        self.key.as_ref().map_or(Ok(()), |k| write!(f, "{k}"))
    }
}

impl PartialOrd for InstanceAddr {
    fn partial_cmp(&self, other: &InstanceAddr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InstanceAddr {
    /// Root before modules, data first within a module, then by type, name and key (numbers numerically).
    fn cmp(&self, other: &InstanceAddr) -> Ordering {
        self.resource.cmp(&other.resource).then_with(|| self.key.cmp(&other.key))
    }
}

/// What `-target` and `-replace` name: a module, a resource, or an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partial {
    /// `module.a`, `module.a["k"].module.b`
    Module(ModulePath),
    /// A resource with or without a key.
    Resource(ResourceAddr, Option<Key>),
}

impl Partial {
    /// Reads an address. The error says what was expected and where.
    pub fn parse(text: &str) -> Result<Partial, String> {
        let mut rest = text;
        let mut module = ModulePath::root();
        let mut words: Vec<(String, Option<Key>)> = Vec::new();
        loop {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let word = &rest[..end];
            let fits = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            if word.is_empty() || !word.chars().all(fits) {
                return Err(format!("expected a name at {rest:?} in {text:?}"));
            }
            rest = &rest[end..];
            let mut key = None;
            if let Some(inner) = rest.strip_prefix('[') {
                let (found, after) = parse_key(inner)
                    .ok_or_else(|| format!("expected an index or a quoted key at {rest:?} in {text:?}"))?;
                key = Some(found);
                rest = after;
            }
            words.push((word.to_string(), key));
            match rest.strip_prefix('.') {
                Some(more) => rest = more,
                None if rest.is_empty() => break,
                None => return Err(format!("expected a dot at {rest:?} in {text:?}")),
            }
        }
        let mut words = words.into_iter().peekable();
        while words.peek().is_some_and(|(w, k)| w == "module" && k.is_none()) {
            words.next();
            let (name, key) =
                words.next().ok_or_else(|| format!("expected a module's name at the end of {text:?}"))?;
            module = module.child(&name, key);
        }
        let mut mode = Mode::Managed;
        match words.peek() {
            Some((word, None)) if word == "data" => {
                mode = Mode::Data;
                words.next();
            }
            Some((word, None)) if word == "resource" => {
                words.next();
            }
            Some((word, _)) if RESERVED.contains(&word.as_str()) => return Err(reserved(word)),
            _ => {}
        }
        let Some((ty, None)) = words.next() else {
            return if mode == Mode::Managed && !module.is_root() {
                Ok(Partial::Module(module))
            } else {
                Err(format!("expected a resource type in {text:?}"))
            };
        };
        let (name, key) =
            words.next().ok_or_else(|| format!("expected a resource name after {ty:?} in {text:?}"))?;
        if words.next().is_some() {
            return Err(format!("nothing may follow the resource in {text:?}"));
        }
        Ok(Partial::Resource(
            ResourceAddr { module, mode, ty: ty.as_str().into(), name: name.as_str().into() },
            key,
        ))
    }

    /// Does it name this resource, or some of its instances?
    pub fn touches(&self, resource: &ResourceAddr) -> bool {
        match self {
            Partial::Module(_) => self.covers(&resource.instance(None)),
            Partial::Resource(own, _) => own == resource,
        }
    }

    /// Does it name this instance?
    pub fn covers(&self, instance: &InstanceAddr) -> bool {
        match self {
            Partial::Module(module) => {
                let own = &instance.resource.module.0;
                own.len() >= module.0.len()
                    && module.0.iter().zip(own).all(|((n, k), (m, l))| n == m && (k.is_none() || k == l))
            }
            Partial::Resource(resource, key) => {
                resource == &instance.resource && (key.is_none() || key == &instance.key)
            }
        }
    }
}

fn parse_key(inner: &str) -> Option<(Key, &str)> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let mut name = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Some((Key::Name(name.as_str().into()), quoted[at + 1..].strip_prefix(']')?)),
                '\\' => name.push(match chars.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                }),
                c => name.push(c),
            }
        }
        return None;
    }
    let end = inner.find(']')?;
    Some((Key::Index(inner[..end].parse().ok()?), &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_parse_and_print() {
        for text in ["a_b.c", "data.x.y[0]", "module.m.module.n[\"k.\\\"1\"].azurerm_subnet.pe[\"a\"]"] {
            assert_eq!(InstanceAddr::parse(text).unwrap().to_string(), text);
        }
        assert!(matches!(Partial::parse("module.a[1]"), Ok(Partial::Module(_))));
        for bad in ["", "a", "a..b", "a.b.c", "a.b[", "a.b[x]", "module", "data.a"] {
            assert!(Partial::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn order_is_data_first_then_numbers_numerically() {
        let parse = |t: &str| InstanceAddr::parse(t).unwrap();
        let mut all = ["b.a", "module.m.a.a", "a.a[10]", "a.a[9]", "data.z.z"].map(parse);
        all.sort();
        assert_eq!(all.map(|a| a.to_string()), ["data.z.z", "a.a[9]", "a.a[10]", "b.a", "module.m.a.a"]);
    }

    #[test]
    fn a_target_covers_what_is_below_it() {
        let one = InstanceAddr::parse("module.m[\"k\"].a.b[0]").unwrap();
        assert!(Partial::parse("module.m").unwrap().covers(&one));
        assert!(Partial::parse("module.m[\"k\"].a.b").unwrap().covers(&one));
        assert!(!Partial::parse("module.m[\"j\"]").unwrap().covers(&one));
    }
}
