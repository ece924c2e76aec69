//! The ledger's content.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::seal::{Sealed, Sealer};
use crate::lang::{Kind, Marks, Type, Value};

/// Everything that is remembered of one stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The format: 1.
    pub version: u32,
    /// Rises by one with every change.
    pub serial: u64,
    /// Tells one stack's ledger from another's.
    pub lineage: String,
    /// The instances by address.
    #[serde(default, with = "shared")]
    pub instances: BTreeMap<String, Arc<Record>>,
    /// The root outputs by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, OutputRecord>,
    /// What the conditions of the configuration came to when it was last applied, as the planner writes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<serde_json::Value>,
    /// Which key seals ([`Sealer::id`]), where that is noted: in a shared ledger, and once the key has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<String>,
    /// The key of the digests, if it is not the one that seals: they stay as they are when that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests_by: Option<Sealed>,
}

/// Records are shared with whoever plans and applies: what they hold of each is read, and rarely changed.
mod shared {
    use super::{Arc, BTreeMap, Record};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(all: &BTreeMap<String, Arc<Record>>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(all.iter().map(|(addr, record)| (addr, &**record)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<String, Arc<Record>>, D::Error> {
        let all = BTreeMap::<String, Record>::deserialize(from)?;
        Ok(all.into_iter().map(|(addr, record)| (addr, Arc::new(record))).collect())
    }
}

/// One instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// `registry.terraform.io/azure/azapi`, with `.alias` when it has one.
    pub provider: String,
    /// The documents behind it, in the order they were written; empty for types with no cloud behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentRecord>,
    /// Keyed digests of the claimed values as last applied, by `KEY PATH`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// The paths of attributes that the configuration made secret, as last applied: names and indices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Vec<serde_json::Value>>,
    /// The addresses of the instances it was made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// It must be made anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    /// Its replacement is made before it goes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_before_destroy: bool,
    /// Being made when the last run ended: it may or may not exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// The object itself, for types with no cloud behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Stored>,
    /// Objects left over from replacements that did not finish, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deposed: BTreeMap<String, Deposed>,
}

impl Record {
    /// The paths of an object's secret parts. A set that holds a secret is one: its items have no place.
    pub fn secrets_of(object: &Value) -> Vec<Vec<serde_json::Value>> {
        let mut all = Vec::new();
        secret_paths(object, &mut Vec::new(), &mut all);
        all
    }

    /// The object with its secret parts marked, which ARM answers like all others.
    pub fn veil(&self, object: Value) -> Value {
        self.secrets.iter().fold(object, |object, path| mark_at(object, path))
    }
}

/// One ARM document of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Which document of the type; empty for the primary one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// Its ARM id.
    pub id: String,
    /// The version it was written at.
    pub api_version: String,
    /// The instance made it and removes it.
    pub owned: bool,
}

/// An object that a replacement left behind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Deposed {
    /// Its documents.
    #[serde(default)]
    pub documents: Vec<DocumentRecord>,
    /// The object, for types with no cloud behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Stored>,
}

/// A root output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// It is declared sensitive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Its value.
    pub value: Stored,
}

/// A value in a file: in clear with its type, or sealed whole when any part of it is sensitive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stored {
    /// In clear.
    Clear {
        /// The type, as plan documents write it.
        r#type: serde_json::Value,
        /// The value.
        value: serde_json::Value,
        /// The paths of its secret parts: names and indices. A secret by itself has the empty path.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<Vec<serde_json::Value>>,
    },
    /// Sealed.
    Sealed {
        /// The sealed form of the clear one.
        sealed: Sealed,
    },
}

impl Stored {
    /// Puts a known value away; unknown parts become null.
    pub fn put(value: &Value, secret: bool, sealer: &Sealer) -> Stored {
        let json = value.to_json_with(&|| None).unwrap_or(serde_json::Value::Null);
        let mut secrets = Vec::new();
        secret_paths(value, &mut Vec::new(), &mut secrets);
        if secret && secrets.is_empty() {
            secrets.push(Vec::new());
        }
        let hidden = !secrets.is_empty();
        let clear = Stored::Clear { r#type: value.ty().to_json(), value: json, secrets };
        if hidden {
            let text = serde_json::to_vec(&clear).unwrap_or_default();
            return Stored::Sealed { sealed: sealer.seal(&text) };
        }
        clear
    }

    /// Takes it out again, its secret parts marked. `None`: it cannot be opened with this key, or is torn.
    pub fn take(&self, sealer: &Sealer) -> Option<Value> {
        match self {
            Stored::Clear { r#type, value, secrets } => {
                let ty = Type::from_json(r#type)?;
                let value = crate::lang::convert::convert(&Value::from_json(value), &ty).ok()?;
                Some(secrets.iter().fold(value, |value, path| mark_at(value, path)))
            }
            Stored::Sealed { sealed } => {
                let clear: Stored = serde_json::from_slice(&sealer.open(sealed)?).ok()?;
                if matches!(clear, Stored::Sealed { .. }) {
                    return None;
                }
                clear.take(sealer)
            }
        }
    }
}

/// The paths at which a value is marked as a secret.
fn secret_paths(value: &Value, path: &mut Vec<serde_json::Value>, found: &mut Vec<Vec<serde_json::Value>>) {
    if value.marks.is_sensitive() {
        return found.push(path.clone());
    }
    let parts: Vec<(serde_json::Value, &Value)> = match &value.kind {
        Kind::List(_, all) | Kind::Tuple(all) => all.iter().enumerate().map(|(i, v)| (i.into(), v)).collect(),
        Kind::Set(_, all) => {
            if all.iter().any(|v| v.deep_marks().is_sensitive()) {
                found.push(path.clone());
            }
            return;
        }
        Kind::Map(_, all) | Kind::Object(all) => all.iter().map(|(n, v)| (n.to_string().into(), v)).collect(),
        _ => return,
    };
    for (step, part) in parts {
        path.push(step);
        secret_paths(part, path, found);
        path.pop();
    }
}

/// The value with the part at the path marked as a secret; where the path leads nowhere, all of what it leads into.
fn mark_at(value: Value, path: &[serde_json::Value]) -> Value {
    let Some((step, rest)) = path.split_first() else { return value.marked(&Marks::sensitive()) };
    let Value { mut kind, marks } = value;
    let part = match (&mut kind, step.as_u64(), step.as_str()) {
        (Kind::List(_, all) | Kind::Tuple(all), Some(i), _) => {
            usize::try_from(i).ok().and_then(|i| Arc::make_mut(all).get_mut(i))
        }
        (Kind::Map(_, all) | Kind::Object(all), _, Some(name)) => Arc::make_mut(all).get_mut(name),
        _ => None,
    };
    match part {
        Some(part) => {
            *part = mark_at(std::mem::replace(part, Value::null(Type::Dynamic)), rest);
            Value { kind, marks }
        }
        None => Value { kind, marks }.marked(&Marks::sensitive()),
    }
}

impl Ledger {
    /// A new one for a new stack.
    pub fn new() -> Ledger {
        Ledger {
            version: 1,
            serial: 0,
            lineage: uuid::Uuid::new_v4().to_string(),
            instances: BTreeMap::new(),
            outputs: BTreeMap::new(),
            checks: Vec::new(),
            sealed_by: None,
            digests_by: None,
        }
    }

    /// Seals everything with another key. The digests stay as they are: their key is sealed too.
    ///
    /// Errors: what cannot be opened with the old one; nothing is changed then.
    pub fn reseal(&self, old: &Sealer, new: &Sealer) -> Result<Ledger, Vec<String>> {
        let mut ledger = self.clone();
        let mut torn = Vec::new();
        let mut again = |name: &dyn Fn() -> String, stored: &mut Stored| {
            let Stored::Sealed { sealed } = stored else { return };
            match old.open(sealed) {
                Some(clear) => *sealed = new.seal(&zeroize::Zeroizing::new(clear)),
                None => torn.push(name()),
            }
        };
        for (addr, record) in &mut ledger.instances {
            let record = Arc::make_mut(record);
            record.object.iter_mut().for_each(|o| again(&|| addr.clone(), o));
            for (key, deposed) in &mut record.deposed {
                deposed.object.iter_mut().for_each(|o| again(&|| format!("{addr} (deposed {key})"), o));
            }
        }
        for (name, output) in &mut ledger.outputs {
            again(&|| format!("output.{name}"), &mut output.value);
        }
        match old.digest_key() {
            Some(key) => ledger.digests_by = Some(new.seal(&key[..])),
            None => torn.push("the key of the digests".into()),
        }
        ledger.sealed_by = Some(new.id());
        if torn.is_empty() { Ok(ledger) } else { Err(torn) }
    }

    /// The blocks of everything that an instance was made of, directly or through others, sorted; without its own.
    pub fn ancestors(&self, addr: &str) -> Vec<String> {
        let block = |instance: &str| {
            // A key at the end: what stands in quotes may hold brackets itself.
            let named = instance.strip_suffix(']').and_then(|rest| match rest.strip_suffix('"') {
                Some(text) => text.rfind("[\"").map(|at| &text[..at]),
                None => rest.rfind('[').map(|at| &rest[..at]),
            });
            named.unwrap_or(instance).to_string()
        };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![addr];
        while let Some(one) = next.pop() {
            let record = self.instances.get(one);
            next.extend(
                record.iter().flat_map(|r| &r.depends_on).map(String::as_str).filter(|d| seen.insert(d)),
            );
        }
        let own = block(addr);
        let blocks: BTreeSet<String> = seen.into_iter().map(block).filter(|b| *b != own).collect();
        blocks.into_iter().collect()
    }

    /// Reads the text of one.
    ///
    /// Errors: it is none, or of a format that this version does not know.
    pub fn parse(text: &[u8]) -> Result<Ledger, String> {
        let ledger: Ledger = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        match ledger.version {
            1 => Ok(ledger),
            other => Err(format!("its format is {other}, this version reads 1")),
        }
    }

    /// The text of it, as its file has it.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Is nothing remembered?
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.outputs.is_empty()
    }
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_are_blocks_near_and_far() {
        let mut ledger = Ledger::new();
        let made_of = |all: &[&str]| Record {
            depends_on: all.iter().map(|d| d.to_string()).collect(),
            ..Record::default()
        };
        let rows: [(&str, &[&str]); 4] = [
            ("t.c", &["t.b[\"x[0]\"]", "t.gone"]),
            ("t.b[\"x[0]\"]", &["t.b[\"y\"]"]),
            ("t.b[\"y\"]", &["module.m[1].t.a[0]", "t.c"]),
            ("module.m[1].t.a[0]", &[]),
        ];
        for (addr, all) in rows {
            ledger.instances.insert(addr.into(), made_of(all).into());
        }
        assert_eq!(ledger.ancestors("t.c"), ["module.m[1].t.a", "t.b", "t.gone"]);
        assert_eq!(ledger.ancestors("t.b[\"y\"]"), ["module.m[1].t.a", "t.c", "t.gone"]);
        assert!(ledger.ancestors("t.other").is_empty());
    }

    #[test]
    fn another_key_seals_all_and_knows_the_digests() {
        let key = |text: &str| Sealer::new(Some(text.into()), std::path::Path::new("unused"));
        let (old, new) = (key("old"), key("new"));
        let secret = Value::string("hunter2").marked(&Marks::sensitive());
        let stored = || Stored::put(&secret, false, &old);
        let deposed =
            BTreeMap::from([("k".to_string(), Deposed { object: Some(stored()), ..Deposed::default() })]);
        let mut ledger = Ledger::new();
        let record = Record { object: Some(stored()), deposed, ..Record::default() };
        ledger.instances.insert("a.b".into(), record.into());
        ledger.outputs.insert("o".into(), OutputRecord { sensitive: true, value: stored() });
        let other = ledger.reseal(&old, &new).unwrap();
        assert_eq!(other.sealed_by, Some(new.id()));
        let record = &other.instances["a.b"];
        let all = [&record.object, &record.deposed["k"].object, &Some(other.outputs["o"].value.clone())];
        for one in all {
            assert_eq!(one.as_ref().unwrap().take(&new), Some(secret.clone()));
            assert_eq!(one.as_ref().unwrap().take(&old), None);
        }
        let digest = old.digest(b"x");
        let new = key("new").with_digests(other.digests_by.as_ref());
        assert_eq!(new.digest(b"x"), digest, "what was applied is known again");
        // Once more, and back: the digests still are the first key's.
        let third = other.reseal(&new, &key("third")).unwrap();
        assert_eq!(key("third").with_digests(third.digests_by.as_ref()).digest(b"x"), digest);
        assert_eq!(ledger.reseal(&new, &key("third")).unwrap_err(), ["a.b", "a.b (deposed k)", "output.o"]);
    }

    #[test]
    fn secrets_come_back_where_they_were_and_are_not_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let sealer = Sealer::new(None, &folder.path().join("key"));
        let secret = || Value::string("hunter2").marked(&Marks::sensitive());
        let list = Value::tuple(vec![1.into(), secret()]);
        let value = Value::object([("id", Value::string("i")), ("list", list), ("pin", secret())]);
        let stored = Stored::put(&value, false, &sealer);
        assert!(!serde_json::to_string(&stored).unwrap().contains("hunter2"));
        assert_eq!(stored.take(&sealer), Some(value));
        // A declared secret is one as a whole; a plain value stays readable.
        let whole = Stored::put(&1.into(), true, &sealer).take(&sealer).unwrap();
        assert!(whole.marks.is_sensitive());
        assert!(matches!(Stored::put(&1.into(), false, &sealer), Stored::Clear { .. }));
    }
}
