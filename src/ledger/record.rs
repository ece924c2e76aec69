//! The ledger's content.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::seal::{Sealed, Sealer};
use crate::lang::{Marks, Type, Value};

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
    #[serde(default)]
    pub instances: BTreeMap<String, Record>,
    /// The root outputs by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, OutputRecord>,
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
        let clear = Stored::Clear { r#type: value.ty().to_json(), value: json };
        if secret || value.deep_marks().is_sensitive() {
            let text = serde_json::to_vec(&clear).unwrap_or_default();
            return Stored::Sealed { sealed: sealer.seal(&text) };
        }
        clear
    }

    /// Takes it out again. Sealed values come back sensitive. `None`: it cannot be opened with this key, or is torn.
    pub fn take(&self, sealer: &Sealer) -> Option<Value> {
        match self {
            Stored::Clear { r#type, value } => {
                let ty = Type::from_json(r#type)?;
                crate::lang::convert::convert(&Value::from_json(value), &ty).ok()
            }
            Stored::Sealed { sealed } => {
                let clear: Stored = serde_json::from_slice(&sealer.open(sealed)?).ok()?;
                if matches!(clear, Stored::Sealed { .. }) {
                    return None;
                }
                Some(clear.take(sealer)?.marked(&Marks::sensitive()))
            }
        }
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
        }
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
