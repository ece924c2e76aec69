//! Types of values, as Terraform (cty) has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A type, or a type constraint (then `Dynamic` means `any` and objects may have optional attributes).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Any type; of an unknown value: not known yet.
    Dynamic,
    /// `true` or `false`.
    Bool,
    /// A 512-bit binary floating point number.
    Number,
    /// Text in Unicode NFC.
    String,
    /// `list(T)`.
    List(Arc<Type>),
    /// `set(T)`.
    Set(Arc<Type>),
    /// `map(T)`.
    Map(Arc<Type>),
    /// `tuple([T, ...])`.
    Tuple(Arc<[Type]>),
    /// `object({name = T, ...})`.
    Object(Arc<ObjectType>),
}

/// The attributes of an object type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectType {
    /// Every attribute by name.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// The names that a value may leave out (`optional(T)` in a type constraint); empty for types of values.
    pub optional: BTreeSet<Arc<str>>,
}

impl Type {
    /// `list(element)`.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// `set(element)`.
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// `map(element)`.
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// An object type without optional attributes.
    pub fn object<N: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::Object(Arc::new(ObjectType {
            attributes: attributes.into_iter().map(|(n, t)| (n.into(), t)).collect(),
            optional: BTreeSet::new(),
        }))
    }

    /// A tuple type.
    pub fn tuple(elements: impl Into<Arc<[Type]>>) -> Type {
        Type::Tuple(elements.into())
    }

    /// Bool, number or string?
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// List, set or map?
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// Is `Dynamic` anywhere in it?
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
            Type::Object(o) => o.attributes.values().any(Type::has_dynamic),
        }
    }

    /// The element type of a collection.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(t) | Type::Set(t) | Type::Map(t) => Some(t),
            _ => None,
        }
    }

    /// The name that messages use: `string`, `list of string`, `object`, `tuple`, `dynamic`.
    pub fn friendly_name(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(t) => format!("list of {}", t.friendly_name()),
            Type::Set(t) => format!("set of {}", t.friendly_name()),
            Type::Map(t) => format!("map of {}", t.friendly_name()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }

    /// The name that messages use for a constraint: `any type`, `list of any single type`, otherwise as `friendly_name`.
    pub fn constraint_name(&self) -> String {
        let element = |t: &Type| match t {
            Type::Dynamic => "any single type".to_string(),
            t => t.constraint_name(),
        };
        match self {
            Type::Dynamic => "any type".into(),
            Type::List(t) => format!("list of {}", element(t)),
            Type::Set(t) => format!("set of {}", element(t)),
            Type::Map(t) => format!("map of {}", element(t)),
            other => other.friendly_name(),
        }
    }

    /// The type that a value has which was converted to this constraint: no attribute is optional any more.
    pub fn without_optional(&self) -> Type {
        if !self.has_optional() {
            return self.clone();
        }
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => self.clone(),
            Type::List(t) => Type::list(t.without_optional()),
            Type::Set(t) => Type::set(t.without_optional()),
            Type::Map(t) => Type::map(t.without_optional()),
            Type::Tuple(ts) => Type::tuple(ts.iter().map(Type::without_optional).collect::<Vec<_>>()),
            Type::Object(o) => {
                Type::object(o.attributes.iter().map(|(n, t)| (n.clone(), t.without_optional())))
            }
        }
    }

    /// Does an object in it have an optional attribute?
    fn has_optional(&self) -> bool {
        match self {
            Type::Dynamic | Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_optional(),
            Type::Tuple(ts) => ts.iter().any(Type::has_optional),
            Type::Object(o) => !o.optional.is_empty() || o.attributes.values().any(Type::has_optional),
        }
    }

    /// The JSON form of plan and state documents: `"string"`, `["list","string"]`, `["object",{"a":"number"}]`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Value as J, json};
        match self {
            Type::Dynamic => json!("dynamic"),
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::List(t) => json!(["list", t.to_json()]),
            Type::Set(t) => json!(["set", t.to_json()]),
            Type::Map(t) => json!(["map", t.to_json()]),
            Type::Tuple(ts) => json!(["tuple", ts.iter().map(Type::to_json).collect::<Vec<_>>()]),
            Type::Object(o) => {
                let all: serde_json::Map<String, J> =
                    o.attributes.iter().map(|(n, t)| (n.to_string(), t.to_json())).collect();
                if o.optional.is_empty() {
                    json!(["object", all])
                } else {
                    json!(["object", all, o.optional.iter().map(|n| n.to_string()).collect::<Vec<_>>()])
                }
            }
        }
    }

    /// Reads `to_json`'s form.
    pub fn from_json(json: &serde_json::Value) -> Option<Type> {
        if let Some(name) = json.as_str() {
            return Some(match name {
                "dynamic" => Type::Dynamic,
                "bool" => Type::Bool,
                "number" => Type::Number,
                "string" => Type::String,
                _ => return None,
            });
        }
        let parts = json.as_array()?;
        let inner = parts.get(1)?;
        Some(match parts.first()?.as_str()? {
            "list" => Type::list(Type::from_json(inner)?),
            "set" => Type::set(Type::from_json(inner)?),
            "map" => Type::map(Type::from_json(inner)?),
            "tuple" => {
                let all: Option<Vec<Type>> = inner.as_array()?.iter().map(Type::from_json).collect();
                Type::tuple(all?)
            }
            "object" => {
                let mut object = ObjectType::default();
                for (name, t) in inner.as_object()? {
                    object.attributes.insert(name.as_str().into(), Type::from_json(t)?);
                }
                for name in parts.get(2).and_then(|o| o.as_array()).into_iter().flatten() {
                    object.optional.insert(name.as_str()?.into());
                }
                Type::Object(Arc::new(object))
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    /// The form of the language: `list(string)`, `object({a = number})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, (n, t)) in o.attributes.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    if o.optional.contains(n) {
                        write!(f, "{comma}{n} = optional({t})")?;
                    } else {
                        write!(f, "{comma}{n} = {t}")?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
