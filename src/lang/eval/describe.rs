//! What a message says of the values that mattered.

use crate::lang::codec::quote;
use crate::lang::types::Type;
use crate::lang::value::{Kind, Value};

/// Which values a message is about, beside those that anyone may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    /// The cause is that something is not known.
    pub unknown: bool,
    /// The cause is that something is a secret.
    pub sensitive: bool,
    /// The cause is that something is ephemeral.
    pub ephemeral: bool,
}

/// `is "x"`, `is object with 1 attribute "a"`, `has a sensitive value`; `None` for what the message is not about.
pub fn statement(value: &Value, about: About) -> Option<String> {
    if value.marks.is_sensitive() {
        return about.sensitive.then(|| "has a sensitive value".to_string());
    }
    if value.marks.is_ephemeral() {
        return about.ephemeral.then(|| "has an ephemeral value".to_string());
    }
    match &value.kind {
        Kind::Unknown(u) if u.ty == Type::Dynamic => {
            about.unknown.then(|| "will be known only after apply".to_string())
        }
        Kind::Unknown(u) if about.unknown => {
            Some(format!("is a {}, known only after apply", u.ty.friendly_name()))
        }
        Kind::Unknown(u) => Some(format!("is a {}", u.ty.friendly_name())),
        _ => Some(format!("is {}", compact(value))),
    }
}

/// A value in a few words.
pub fn compact(value: &Value) -> String {
    if value.marks.is_sensitive() {
        return "(sensitive value)".into();
    }
    if value.marks.is_ephemeral() {
        return "(ephemeral value)".into();
    }
    let counted = |n: usize| {
        let name = value.ty().friendly_name();
        match n {
            0 => format!("empty {name}"),
            1 => format!("{name} with 1 element"),
            _ => format!("{name} with {n} elements"),
        }
    };
    match &value.kind {
        Kind::Null(_) => "null".into(),
        Kind::Unknown(_) => "(not yet known)".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.text('g', Some(10)),
        Kind::String(s) => quote(s),
        Kind::List(_, all) | Kind::Set(_, all) => counted(all.len()),
        Kind::Tuple(all) => counted(all.len()),
        Kind::Map(_, all) => counted(all.len()),
        Kind::Object(all) => match all.keys().next() {
            None => "object with no attributes".into(),
            Some(name) if all.len() == 1 => format!("object with 1 attribute {}", quote(name)),
            Some(_) => format!("object with {} attributes", all.len()),
        },
    }
}
