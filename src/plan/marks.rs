//! Marks that a schema puts on values: what it calls sensitive is.

use std::sync::Arc;

use crate::lang::schema::BlockSpec;
use crate::lang::{Kind, Marks, Value};

/// The value with the schema's sensitive attributes marked.
pub fn by_schema(value: &Value, schema: &BlockSpec) -> Value {
    if !has_sensitive(schema) {
        return value.clone();
    }
    let Kind::Object(entries) = &value.kind else { return value.clone() };
    let mut entries = (**entries).clone();
    for attribute in schema.attributes.iter().filter(|a| a.sensitive) {
        if let Some(part) = entries.get_mut(attribute.name.as_str())
            && !part.is_null()
        {
            *part = part.clone().marked(&Marks::sensitive());
        }
    }
    for nested in schema.blocks.iter().filter(|b| has_sensitive(&b.block)) {
        if let Some(part) = entries.get_mut(nested.name.as_str()) {
            *part = items(part, &nested.block);
        }
    }
    value.object_like(entries).marked(&value.marks)
}

fn items(value: &Value, schema: &BlockSpec) -> Value {
    let each = |all: &[Value]| Arc::new(all.iter().map(|v| by_schema(v, schema)).collect::<Vec<_>>());
    let kind = match &value.kind {
        Kind::List(ty, all) => Kind::List(ty.clone(), each(all)),
        Kind::Set(ty, all) => Kind::Set(ty.clone(), each(all)),
        Kind::Tuple(all) => Kind::Tuple(each(all)),
        Kind::Map(ty, all) => Kind::Map(
            ty.clone(),
            Arc::new(all.iter().map(|(n, v)| (n.clone(), by_schema(v, schema))).collect()),
        ),
        Kind::Object(_) => return by_schema(value, schema),
        other => other.clone(),
    };
    Value { kind, marks: value.marks.clone() }
}

fn has_sensitive(schema: &BlockSpec) -> bool {
    schema.attributes.iter().any(|a| a.sensitive) || schema.blocks.iter().any(|b| has_sensitive(&b.block))
}
