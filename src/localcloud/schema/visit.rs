//! A walk over an answer along its schema: what stands where, and what could stand there. What a schema leaves open
//! (anything, maps with free keys) is the user's own and is not entered.

use serde_json::{Map, Value};

use super::check::case_of;
use super::table::{Field, Kind, Shape};
use super::{BodySchema, find};

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// An array.
    List,
    /// An object, or anything.
    Other,
}

/// A property that the schema has at the version.
#[derive(Debug, Clone, Copy)]
pub struct Known<'s> {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// A body must have it.
    pub required: bool,
    /// Only answers have it.
    pub read_only: bool,
    /// No answer has it.
    pub unread: bool,
    /// Its words, if it has some.
    pub words: &'s [String],
}

/// What is done with an answer.
pub trait Visit {
    /// A text that is no free text of the user's, with its path (`properties.subnets[].id`).
    fn text(&mut self, path: &str, text: &mut String);
    /// An object with the properties that it may have.
    fn object(&mut self, path: &str, object: &mut Map<String, Value>, known: &[Known<'_>]);
}

/// Walks over an answer of a type at a version; one that no table describes is not entered.
pub fn visit(type_name: &str, api_version: &str, body: &mut Value, visitor: &mut dyn Visit) {
    if let Some(schema) = find(type_name, api_version) {
        Walk { schema: &schema, visitor }.object(schema.root, body, "");
    }
}

struct Walk<'a> {
    schema: &'a BodySchema,
    visitor: &'a mut dyn Visit,
}

impl Walk<'_> {
    fn object(&mut self, shape: &Shape, value: &mut Value, path: &str) {
        let Some(shape) = case_of(self.schema, shape, value) else { return };
        let Value::Object(map) = value else { return };
        let fields: Vec<&Field> =
            shape.fields(self.schema.version).filter(|field| field.name != "*").collect();
        for (name, member) in map.iter_mut() {
            if let Some(field) = fields.iter().find(|field| field.name == name) {
                let dot = if path.is_empty() { "" } else { "." };
                self.value(&field.kind, member, &format!("{path}{dot}{name}"));
            }
        }
        let known: Vec<Known<'_>> = fields.into_iter().map(known).collect();
        self.visitor.object(path, map, &known);
    }

    fn value(&mut self, kind: &Kind, value: &mut Value, path: &str) {
        match (kind, value) {
            (Kind::Text, Value::String(text)) => self.visitor.text(path, text),
            (Kind::Object(name), value @ Value::Object(_)) => {
                if let Some(shape) = self.schema.table.shape(name) {
                    self.object(shape, value, path);
                }
            }
            (Kind::List(item), Value::Array(values)) => {
                let path = format!("{path}[]");
                values.iter_mut().for_each(|value| self.value(item, value, &path));
            }
            _ => {}
        }
    }
}

fn known(field: &Field) -> Known<'_> {
    Known {
        name: field.name,
        holds: match field.kind {
            Kind::Text => Holds::Text,
            Kind::Whole | Kind::Number => Holds::Number,
            Kind::Flag => Holds::Flag,
            Kind::List(_) => Holds::List,
            Kind::Any | Kind::Object(_) | Kind::Map(_) => Holds::Other,
        },
        required: field.required,
        read_only: field.read_only,
        unread: field.write_only || field.secret,
        words: &field.limits.values,
    }
}
