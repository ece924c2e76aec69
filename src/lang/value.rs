//! Values: known, null or unknown, of any type, with marks on each part.
//!
//! Invariants: strings are NFC; map and object keys are sorted; a set holds each element once, in `set_order`;
//! elements of a collection have its element type (or the element type is `Dynamic`).

use std::sync::Arc;

use super::entries::Entries;
use super::marks::Marks;
use super::number::Number;
use super::types::Type;

/// A value with its marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// What it carries; parts have marks of their own.
    pub marks: Marks,
}

/// The content of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Not known yet.
    Unknown(Box<Unknown>),
    /// Absent, of this type.
    Null(Type),
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, NFC.
    String(Arc<str>),
    /// A list with its element type.
    List(Type, Arc<Vec<Value>>),
    /// A set with its element type, each element once, ordered by `set_order`.
    Set(Type, Arc<Vec<Value>>),
    /// A map with its element type.
    Map(Type, Arc<Entries>),
    /// A tuple.
    Tuple(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<Entries>),
}

/// What is known of an unknown value.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Its type; `Dynamic` when that is unknown too.
    pub ty: Type,
    /// It will not be null.
    pub not_null: bool,
    /// A string will begin with this.
    pub prefix: Option<Arc<str>>,
    /// A collection will have at least and at most so many elements; a number will be at least and at most this.
    pub length: Option<(usize, usize)>,
}

/// One step from a value into a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// An attribute of an object.
    Attribute(Arc<str>),
    /// An element of a map.
    Key(Arc<str>),
    /// An element of a list or tuple.
    Index(usize),
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Value {
        Value { kind, marks: Marks::NONE }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Kind::Bool(b).into()
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Kind::Number(Number::from(n)).into()
    }
}

impl From<Number> for Value {
    fn from(n: Number) -> Value {
        Kind::Number(n).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::string(&text)
    }
}

impl Value {
    /// Text, brought into NFC.
    pub fn string(text: &str) -> Value {
        use unicode_normalization::{UnicodeNormalization, is_nfc};
        if text.is_ascii() || is_nfc(text) {
            Kind::String(text.into()).into()
        } else {
            Kind::String(text.nfc().collect::<String>().into()).into()
        }
    }

    /// Null of a type.
    pub fn null(ty: Type) -> Value {
        Kind::Null(ty).into()
    }

    /// Unknown of a type, nothing else known of it.
    pub fn unknown(ty: Type) -> Value {
        Kind::Unknown(Box::new(Unknown { ty, not_null: false, prefix: None, length: None })).into()
    }

    /// Unknown of a type, but not null.
    pub fn unknown_not_null(ty: Type) -> Value {
        Kind::Unknown(Box::new(Unknown { ty, not_null: true, prefix: None, length: None })).into()
    }

    /// A number that is not known, but is not null and lies between two others.
    pub fn unknown_between(low: usize, high: usize) -> Value {
        let length = Some((low, high));
        Kind::Unknown(Box::new(Unknown { ty: Type::Number, not_null: true, prefix: None, length })).into()
    }

    /// An object.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Value {
        Kind::Object(Arc::new(attributes.into_iter().map(|(n, v)| (n.into(), v)).collect())).into()
    }

    /// A tuple.
    pub fn tuple(elements: Vec<Value>) -> Value {
        Kind::Tuple(Arc::new(elements)).into()
    }

    /// A list; the elements have the type already.
    pub fn list(element: Type, elements: Vec<Value>) -> Value {
        Kind::List(element, Arc::new(elements)).into()
    }

    /// A map; the elements have the type already.
    pub fn map<N: Into<Arc<str>>>(element: Type, elements: impl IntoIterator<Item = (N, Value)>) -> Value {
        Kind::Map(element, Arc::new(elements.into_iter().map(|(n, v)| (n.into(), v)).collect())).into()
    }

    /// The same value with more marks on it.
    pub fn marked(mut self, marks: &Marks) -> Value {
        if !marks.is_empty() {
            self.marks = self.marks.union(marks);
        }
        self
    }

    /// The type of the value (`Dynamic` for a null or unknown whose type is not known).
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Unknown(u) => u.ty.clone(),
            Kind::Null(t) => t.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(t, _) => Type::list(t.clone()),
            Kind::Set(t, _) => Type::set(t.clone()),
            Kind::Map(t, _) => Type::map(t.clone()),
            Kind::Tuple(all) => Type::tuple(all.iter().map(Value::ty).collect::<Vec<_>>()),
            Kind::Object(all) => Type::object(all.iter().map(|(n, v)| (n.clone(), v.ty()))),
        }
    }

    /// Is it the very same value, seen without looking into it? Of two that are equal it may say no.
    pub fn is_same(&self, other: &Value) -> bool {
        self.marks == other.marks
            && match (&self.kind, &other.kind) {
                (Kind::Null(a), Kind::Null(b)) => a == b,
                (Kind::Bool(a), Kind::Bool(b)) => a == b,
                (Kind::Number(a), Kind::Number(b)) => a == b,
                (Kind::String(a), Kind::String(b)) => Arc::ptr_eq(a, b),
                (Kind::List(t, a), Kind::List(u, b)) | (Kind::Set(t, a), Kind::Set(u, b)) => {
                    Arc::ptr_eq(a, b) && t == u
                }
                (Kind::Map(t, a), Kind::Map(u, b)) => Arc::ptr_eq(a, b) && t == u,
                (Kind::Tuple(a), Kind::Tuple(b)) => Arc::ptr_eq(a, b),
                (Kind::Object(a), Kind::Object(b)) => Arc::ptr_eq(a, b),
                _ => false,
            }
    }

    /// The object of these entries; this one, kept once, if they are the very same.
    pub fn object_like(&self, entries: Entries) -> Value {
        let same = |all: &Entries| {
            all.len() == entries.len()
                && all
                    .iter()
                    .zip(&entries)
                    .all(|((m, a), (n, b))| (Arc::ptr_eq(m, n) || m == n) && a.is_same(b))
        };
        let kind = match &self.kind {
            Kind::Object(all) if same(all) => Kind::Object(all.clone()),
            _ => Kind::Object(Arc::new(entries)),
        };
        kind.into()
    }

    /// Is it null?
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Is it itself unknown (its parts may be, all the same)?
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Are it and all its parts known?
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => false,
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
                all.iter().all(Value::is_wholly_known)
            }
            Kind::Map(_, all) | Kind::Object(all) => all.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// A known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A known number.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => Some(all),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.kind {
            Kind::Map(_, all) | Kind::Object(all) => Some(all),
            _ => None,
        }
    }

    /// An attribute or map element by name, without the marks of the whole.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries()?.get(name)
    }

    /// The marks of the value and of everything in it.
    pub fn deep_marks(&self) -> Marks {
        let mut marks = self.marks.clone();
        self.each_part(&mut |part| marks = marks.union(&part.marks));
        marks
    }

    /// Calls `visit` for every part below the value, parents first.
    pub fn each_part(&self, visit: &mut dyn FnMut(&Value)) {
        match &self.kind {
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
                for part in all.iter() {
                    visit(part);
                    part.each_part(visit);
                }
            }
            Kind::Map(_, all) | Kind::Object(all) => {
                for part in all.values() {
                    visit(part);
                    part.each_part(visit);
                }
            }
            _ => {}
        }
    }

    /// The same content with no marks anywhere.
    pub fn unmarked_deep(&self) -> Value {
        self.map_marks(&mut |_| Marks::NONE)
    }

    /// The same content, the marks of each part replaced.
    pub fn map_marks(&self, change: &mut dyn FnMut(&Marks) -> Marks) -> Value {
        self.map_parts(&mut |part| change(&part.marks), &Kind::clone)
    }

    /// The same content, each unknown part with these marks too.
    pub fn with_unknown_marked(&self, marks: &Marks) -> Value {
        let change = &mut |part: &Value| match part.is_unknown() {
            true => part.marks.union(marks),
            false => part.marks.clone(),
        };
        self.map_parts(change, &Kind::clone)
    }

    /// The same content, null where it is unknown: as a state has it.
    pub fn with_unknown_null(&self) -> Value {
        self.map_parts(&mut |part| part.marks.clone(), &|kind| match kind {
            Kind::Unknown(unknown) => Value::null(unknown.ty.clone()).kind,
            other => other.clone(),
        })
    }

    fn map_parts(&self, change: &mut dyn FnMut(&Value) -> Marks, leaf: &dyn Fn(&Kind) -> Kind) -> Value {
        let marks = change(self);
        let kind = match &self.kind {
            Kind::List(t, all) => {
                Kind::List(t.clone(), Arc::new(all.iter().map(|v| v.map_parts(change, leaf)).collect()))
            }
            Kind::Set(t, all) => {
                Kind::Set(t.clone(), Arc::new(all.iter().map(|v| v.map_parts(change, leaf)).collect()))
            }
            Kind::Tuple(all) => {
                Kind::Tuple(Arc::new(all.iter().map(|v| v.map_parts(change, leaf)).collect()))
            }
            Kind::Map(t, all) => Kind::Map(
                t.clone(),
                Arc::new(all.iter().map(|(n, v)| (n.clone(), v.map_parts(change, leaf))).collect()),
            ),
            Kind::Object(all) => Kind::Object(Arc::new(
                all.iter().map(|(n, v)| (n.clone(), v.map_parts(change, leaf))).collect(),
            )),
            other => leaf(other),
        };
        Value { kind, marks }
    }

    /// JSON as a value: objects and tuples, `null` of dynamic type.
    pub fn from_json(json: &serde_json::Value) -> Value {
        use serde_json::Value as J;
        match json {
            J::Null => Value::null(Type::Dynamic),
            J::Bool(b) => (*b).into(),
            J::Number(n) => Number::from_json(n).into(),
            J::String(s) => Value::string(s),
            J::Array(all) => Value::tuple(all.iter().map(Value::from_json).collect()),
            J::Object(all) => {
                Value::object(all.iter().map(|(n, v)| (super::names::shared(n), Value::from_json(v))))
            }
        }
    }

    /// The value as JSON; an unknown part becomes `unknown`'s answer (`None` leaves it out of objects, and is
    /// `null` in arrays). Marks are dropped: the caller knows who reads it.
    pub fn to_json_with(&self, unknown: &dyn Fn() -> Option<serde_json::Value>) -> Option<serde_json::Value> {
        use serde_json::Value as J;
        Some(match &self.kind {
            Kind::Unknown(_) => return unknown(),
            Kind::Null(_) => J::Null,
            Kind::Bool(b) => J::Bool(*b),
            Kind::Number(n) => n.to_json(),
            Kind::String(s) => J::String(s.to_string()),
            Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
                J::Array(all.iter().map(|v| v.to_json_with(unknown).unwrap_or(J::Null)).collect())
            }
            Kind::Map(_, all) | Kind::Object(all) => J::Object(
                all.iter().filter_map(|(n, v)| Some((n.to_string(), v.to_json_with(unknown)?))).collect(),
            ),
        })
    }

    /// The value as JSON, if it is wholly known.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        self.is_wholly_known().then(|| self.to_json_with(&|| None)).flatten()
    }
}
