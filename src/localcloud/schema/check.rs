//! The checks themselves: one walk over a body and its shape.

use serde_json::{Map, Value};

use super::BodySchema;
use super::table::{Field, Kind, Limits, Shape};

/// What is wrong with one property of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The property, as Azure writes paths: `properties.subnets[0].name`. Empty: the body.
    pub path: String,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// The kinds of [`Fault`].
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// No such property; with the name that differs only in case, if there is one.
    Unknown(Option<&'static str>),
    /// Read-only, and sent with a value that is not the stored one.
    ReadOnly,
    /// Required, and absent or null.
    Missing,
    /// Not of this kind (`a string`, `a whole number` …).
    NotA(&'static str),
    /// Not among these values.
    NotAllowed(Vec<String>),
    /// A bound that the value breaks, in words.
    Bound(String),
    /// Write-only, but answered.
    WriteOnly,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = &self.path;
        match &self.kind {
            FaultKind::Unknown(None) => {
                write!(f, "Could not find member '{}' on object. Path '{path}'.", last(path))
            }
            FaultKind::Unknown(Some(near)) => {
                write!(
                    f,
                    "Could not find member '{}' on object. Path '{path}'. The member is spelled '{near}'.",
                    last(path)
                )
            }
            FaultKind::ReadOnly => write!(f, "The property '{path}' is read-only and cannot be set."),
            FaultKind::Missing => write!(f, "The required property '{path}' is missing or null."),
            FaultKind::NotA(what) => write!(f, "The value of '{path}' is not {what}."),
            FaultKind::NotAllowed(values) => {
                write!(f, "The value of '{path}' is not allowed. Allowed values are: {}.", values.join(", "))
            }
            FaultKind::Bound(what) => write!(f, "The value of '{path}' {what}."),
            FaultKind::WriteOnly => write!(f, "The property '{path}' is write-only but was answered."),
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Read-only properties that clients send and Azure ignores: suffixes of a path. `etag`s and states of an earlier GET, the
/// tier that Azure derives from a SKU's name, and what azurerm sends all the same (arm-mapping §2, §7).
const IGNORED: &[&str] = &[
    "etag",
    "systemData",
    "properties.provisioningState",
    "provisioningState",
    "sku.tier",
    "properties.ApplicationId",
    "properties.isDefault",
    "properties.actions",
    "properties.scope",
    "properties.InstrumentationKey",
];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Put,
    Patch,
    Answer,
}

struct Walk<'a> {
    schema: &'a BodySchema,
    mode: Mode,
    faults: Vec<Fault>,
}

pub(super) fn request(
    schema: &BodySchema,
    body: &Value,
    stored: Option<&Value>,
    whole: bool,
) -> Result<(), Vec<Fault>> {
    run(schema, body, stored, if whole { Mode::Put } else { Mode::Patch })
}

pub(super) fn answer(schema: &BodySchema, body: &Value) -> Result<(), Vec<Fault>> {
    run(schema, body, None, Mode::Answer)
}

fn run(schema: &BodySchema, body: &Value, stored: Option<&Value>, mode: Mode) -> Result<(), Vec<Fault>> {
    let mut walk = Walk { schema, mode, faults: Vec::new() };
    match body {
        Value::Object(map) => walk.object(schema.root, map, stored, ""),
        _ => walk.fault("", FaultKind::NotA("an object")),
    }
    if walk.faults.is_empty() { Ok(()) } else { Err(walk.faults) }
}

/// `id`, `name` and `type` of the resource itself: judged by the server against the address, not by a table.
fn is_envelope(path: &str, name: &str) -> bool {
    path.is_empty() && matches!(name, "id" | "name" | "type")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Walk<'_> {
    fn fault(&mut self, path: &str, kind: FaultKind) {
        self.faults.push(Fault { path: path.to_owned(), kind });
    }

    fn object(&mut self, shape: &Shape, map: &Map<String, Value>, stored: Option<&Value>, path: &str) {
        let version = self.schema.version;
        if let Some(cases) = shape.cases(version) {
            let by = join(path, cases.by);
            let Some(value) = map.get(cases.by).and_then(Value::as_str) else {
                // A PATCH need not name the case; what it changes is judged with the whole document.
                return if self.mode == Mode::Put {
                    self.fault(&by, FaultKind::Missing)
                };
            };
            let case = cases.shapes.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
            return match case.and_then(|(_, name)| self.schema.table.shape(name)) {
                Some(inner) => self.members(inner, map, stored, path),
                None => {
                    let names = cases.shapes.iter().map(|(name, _)| (*name).to_owned()).collect();
                    self.fault(&by, FaultKind::NotAllowed(names));
                }
            };
        }
        self.members(shape, map, stored, path);
    }

    fn members(&mut self, shape: &Shape, map: &Map<String, Value>, stored: Option<&Value>, path: &str) {
        let version = self.schema.version;
        for (name, value) in map {
            if is_envelope(path, name) {
                continue;
            }
            let at = join(path, name);
            let Some(field) = self.schema.field(shape, name) else {
                if self.schema.kept.is_some_and(|kept| kept.contains(&at.as_str())) {
                    continue;
                }
                // Answers hold properties that no schema knows (HTTP-06); sent back as they are, they are accepted.
                let echoed = stored.and_then(|s| s.get(name)) == Some(value);
                if !echoed && (self.mode != Mode::Answer || !value.is_null()) {
                    let near =
                        shape.fields(version).find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.name);
                    self.fault(&at, FaultKind::Unknown(near));
                }
                continue;
            };
            self.member(field, value, stored.and_then(|s| s.get(name)), &at);
        }
        if self.mode == Mode::Put {
            for field in shape.fields(version).filter(|f| f.required && !f.read_only && f.name != "*") {
                if map.get(field.name).is_none_or(Value::is_null) {
                    self.fault(&join(path, field.name), FaultKind::Missing);
                }
            }
        }
    }

    fn member(&mut self, field: &Field, value: &Value, stored: Option<&Value>, path: &str) {
        if value.is_null() {
            return;
        }
        if self.mode == Mode::Answer {
            if field.write_only {
                self.fault(path, FaultKind::WriteOnly);
            }
        } else if field.read_only {
            let ignored = IGNORED.iter().any(|suffix| {
                path == *suffix || path.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
            });
            if !ignored && stored != Some(value) && !is_empty(value) {
                self.fault(path, FaultKind::ReadOnly);
            }
            return;
        }
        self.value(&field.kind, &field.limits, value, stored, path);
    }

    fn value(&mut self, kind: &Kind, limits: &Limits, value: &Value, stored: Option<&Value>, path: &str) {
        match (kind, value) {
            (Kind::Any, _) | (Kind::Flag, Value::Bool(_)) => {}
            (Kind::Text, Value::String(text)) => self.text(limits, text, path),
            (Kind::Whole, Value::Number(number)) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
                self.number(limits, number.as_f64().unwrap_or_default(), path);
            }
            (Kind::Number, Value::Number(number)) => {
                self.number(limits, number.as_f64().unwrap_or_default(), path)
            }
            (Kind::Object(name), Value::Object(map)) => {
                if let Some(shape) = self.schema.table.shape(name) {
                    self.object(shape, map, stored, path);
                }
            }
            (Kind::List(item), Value::Array(values)) => {
                if let Some(most) = limits.items
                    && values.len() > most
                {
                    self.fault(path, FaultKind::Bound(format!("has more than {most} items")));
                }
                for (index, value) in values.iter().enumerate() {
                    let twin = stored.and_then(|s| twin(s, value, index));
                    self.value(item, limits, value, twin, &format!("{path}[{index}]"));
                }
            }
            (Kind::Map(item), Value::Object(map)) => {
                for (name, value) in map {
                    if !value.is_null() {
                        self.value(item, limits, value, stored.and_then(|s| s.get(name)), &join(path, name));
                    }
                }
            }
            _ => self.fault(path, FaultKind::NotA(words(kind))),
        }
    }

    fn text(&mut self, limits: &Limits, text: &str, path: &str) {
        if !limits.values.is_empty() {
            if !limits.open && !limits.values.iter().any(|v| same_value(v, text)) {
                self.fault(path, FaultKind::NotAllowed(limits.values.clone()));
            }
            return;
        }
        if self.mode == Mode::Answer {
            return;
        }
        let length = text.chars().count();
        let (least, most) = limits.length;
        if least.is_some_and(|l| length < l) || most.is_some_and(|m| length > m) {
            let bound = |b: Option<usize>| b.map_or("any".to_owned(), |b| b.to_string());
            self.fault(
                path,
                FaultKind::Bound(format!("must have {} to {} characters", bound(least), bound(most))),
            );
        } else if let Some((pattern, regex)) = limits.pattern()
            && !regex.is_match(text)
        {
            self.fault(path, FaultKind::Bound(format!("does not match '{pattern}'")));
        }
    }

    fn number(&mut self, limits: &Limits, number: f64, path: &str) {
        let (least, most) = limits.range;
        if least.is_some_and(|l| number < l) || most.is_some_and(|m| number > m) {
            let bound = |b: Option<f64>| b.map_or("any".to_owned(), |b| b.to_string());
            self.fault(
                path,
                FaultKind::Bound(format!("must be between {} and {}", bound(least), bound(most))),
            );
        }
    }
}

/// A read-only value that says nothing: clients send empty lists and texts that a GET answered.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// The stored item that a sent item stands for: of the same `id`, else of the same `name`, else at the same place.
fn twin<'v>(stored: &'v Value, item: &Value, index: usize) -> Option<&'v Value> {
    let items = stored.as_array()?;
    for key in ["id", "name"] {
        if let Some(wanted) = item.get(key).and_then(Value::as_str) {
            let same = |v: &&Value| {
                v.get(key).and_then(Value::as_str).is_some_and(|t| t.eq_ignore_ascii_case(wanted))
            };
            if let Some(found) = items.iter().find(same) {
                return Some(found);
            }
        }
    }
    items.get(index)
}

/// Azure's own comparison of enumerated values: case does not count, nor blanks (`SystemAssigned, UserAssigned`).
fn same_value(known: &str, sent: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect::<String>();
    plain(known) == plain(sent)
}

fn words(kind: &Kind) -> &'static str {
    match kind {
        Kind::Any => "a value",
        Kind::Text => "a string",
        Kind::Whole => "a whole number",
        Kind::Number => "a number",
        Kind::Flag => "a boolean",
        Kind::Object(_) | Kind::Map(_) => "an object",
        Kind::List(_) => "an array",
    }
}

pub(super) fn canonical(schema: &BodySchema, body: &mut Value) {
    change(schema, Some(schema.root), body, &|limits, text| {
        if let Some(known) = limits.values.iter().find(|v| same_value(v, text)) {
            known.clone_into(text);
        }
    });
}

/// Walks all texts that have a rule.
fn change(schema: &BodySchema, shape: Option<&Shape>, value: &mut Value, act: &dyn Fn(&Limits, &mut String)) {
    let (Some(shape), Value::Object(map)) = (shape.map(|s| case_of(schema, s, value)), &mut *value) else {
        return;
    };
    for (name, member) in map {
        if let Some(field) = shape.and_then(|s| schema.field(s, name)) {
            change_value(schema, &field.kind, &field.limits, member, act);
        }
    }
}

fn change_value(
    schema: &BodySchema,
    kind: &Kind,
    limits: &Limits,
    value: &mut Value,
    act: &dyn Fn(&Limits, &mut String),
) {
    match (kind, value) {
        (Kind::Text, Value::String(text)) => act(limits, text),
        (Kind::Object(name), value @ Value::Object(_)) => {
            change(schema, schema.table.shape(name), value, act)
        }
        (Kind::List(item), Value::Array(values)) => {
            values.iter_mut().for_each(|v| change_value(schema, item, limits, v, act));
        }
        (Kind::Map(item), Value::Object(map)) => {
            map.iter_mut().for_each(|(_, v)| change_value(schema, item, limits, v, act));
        }
        _ => {}
    }
}

/// The shape that a value has: the case that it names, if the shape has cases.
pub(super) fn case_of<'s>(schema: &'s BodySchema, shape: &'s Shape, value: &Value) -> Option<&'s Shape> {
    let Some(cases) = shape.cases(schema.version) else { return Some(shape) };
    let named = value.get(cases.by).and_then(Value::as_str)?;
    let (_, name) = cases.shapes.iter().find(|(case, _)| case.eq_ignore_ascii_case(named))?;
    schema.table.shape(name)
}

pub(super) fn drop_write_only(schema: &BodySchema, body: &mut Value) {
    drop_in(schema, schema.root, body);
}

fn drop_in(schema: &BodySchema, shape: &Shape, value: &mut Value) {
    let Some(shape) = case_of(schema, shape, value) else { return };
    let Value::Object(map) = value else { return };
    map.retain(|name, _| schema.field(shape, name).is_none_or(|f| !(f.write_only || f.secret)));
    for (name, member) in map {
        let Some(field) = schema.field(shape, name) else { continue };
        match (&field.kind, member) {
            (Kind::Object(inner), member @ Value::Object(_)) => {
                if let Some(inner) = schema.table.shape(inner) {
                    drop_in(schema, inner, member);
                }
            }
            (Kind::List(item), Value::Array(values)) => {
                if let Kind::Object(inner) = item.as_ref()
                    && let Some(inner) = schema.table.shape(inner)
                {
                    values.iter_mut().for_each(|v| drop_in(schema, inner, v));
                }
            }
            _ => {}
        }
    }
}

/// Takes out what the schema does not have, except what is kept or was answered (a service that refuses such members gets
/// them as they are); names in another case get their spelling.
pub(super) fn drop_unknown(
    schema: &BodySchema,
    shape: &Shape,
    value: &mut Value,
    stored: Option<&Value>,
    path: &str,
) {
    let Some(shape) = case_of(schema, shape, value) else { return };
    let Value::Object(map) = value else { return };
    let unknown = |name: &String| !is_envelope(path, name) && schema.field(shape, name).is_none();
    let names: Vec<String> = map.keys().filter(|name| unknown(name)).cloned().collect();
    for name in names {
        let meant = schema.meant(shape, &join(path, &name), &name);
        let echoed = stored.and_then(|s| s.get(&name)).is_some_and(|s| Some(s) == map.get(&name));
        if meant == Some(&name) || (meant.is_none() && (echoed || schema.kept.is_none())) {
            continue;
        }
        if let (Some(member), Some(meant)) = (map.shift_remove(&name), meant) {
            map.entry(meant).or_insert(member);
        }
    }
    for (name, member) in map {
        if let Some(field) = schema.field(shape, name) {
            drop_unknown_in(schema, &field.kind, member, stored.and_then(|s| s.get(name)), &join(path, name));
        }
    }
}

fn drop_unknown_in(schema: &BodySchema, kind: &Kind, value: &mut Value, stored: Option<&Value>, path: &str) {
    match (kind, value) {
        (Kind::Object(inner), value) => {
            if let Some(inner) = schema.table.shape(inner) {
                drop_unknown(schema, inner, value, stored, path);
            }
        }
        (Kind::List(item), Value::Array(values)) => {
            for (index, value) in values.iter_mut().enumerate() {
                let twin = stored.and_then(|s| twin(s, value, index));
                drop_unknown_in(schema, item, value, twin, &format!("{path}[{index}]"));
            }
        }
        (Kind::Map(item), Value::Object(map)) => {
            for (name, value) in map {
                drop_unknown_in(schema, item, value, stored.and_then(|s| s.get(name)), &join(path, name));
            }
        }
        _ => {}
    }
}

/// Takes out what the schema has at other versions only.
pub(super) fn drop_of_other_versions(schema: &BodySchema, shape: &Shape, value: &mut Value, path: &str) {
    let Some(shape) = case_of(schema, shape, value) else { return };
    let Value::Object(map) = value else { return };
    map.retain(|name, _| {
        let at = join(path, name);
        let kept = || is_envelope(path, name) || schema.kept.is_some_and(|kept| kept.contains(&at.as_str()));
        schema.field(shape, name).is_some() || !shape.ever(name) || kept()
    });
    for (name, member) in map {
        if let Some(field) = schema.field(shape, name) {
            drop_of_other_versions_in(schema, &field.kind, member, &join(path, name));
        }
    }
}

fn drop_of_other_versions_in(schema: &BodySchema, kind: &Kind, value: &mut Value, path: &str) {
    match (kind, value) {
        (Kind::Object(inner), value) => {
            if let Some(inner) = schema.table.shape(inner) {
                drop_of_other_versions(schema, inner, value, path);
            }
        }
        (Kind::List(item), Value::Array(values)) => {
            values.iter_mut().for_each(|v| drop_of_other_versions_in(schema, item, v, path));
        }
        (Kind::Map(item), Value::Object(map)) => {
            map.iter_mut().for_each(|(_, v)| drop_of_other_versions_in(schema, item, v, path));
        }
        _ => {}
    }
}
