//! From documents to attributes: what is there, or what will be.

use std::sync::Arc;

use super::codec::{conform, decode, is_sent, json};
use super::schema::type_of;
use super::table::{Block, Codec, Mode, Object, Part, Predict, Row, Shown, Table, What};
use super::write::{each_key, item_of, key_of, turned};
use crate::arm::id::ArmId;
use crate::catalog::arm::type_facts;
use crate::catalog::facts::{Compare, FactNode, alike};
use crate::catalog::item;
use crate::catalog::lens::{Context, ProviderConfig, Reader, Stop};
use crate::catalog::value::{at, property, same};
use crate::lang::schema::Nesting;
use crate::lang::{Marks, Type, Value};

/// Where the rows of a block are read.
#[derive(Clone, Copy)]
struct Scope<'a> {
    /// What is written; `None`: the configuration is gone, or knows nothing of this object.
    config: Option<&'a Value>,
    /// The part of the document.
    base: Option<&'a Value>,
    facts: Option<&'a FactNode>,
    /// The document does not exist yet.
    new: bool,
    /// The key of the document, and where in it the part is.
    doc: &'a str,
    at: &'a [&'static str],
}

struct Reading<'a> {
    table: &'a Table,
    major: u32,
    provider: &'a ProviderConfig,
    id: Option<&'a ArmId>,
    /// The whole configuration.
    config: Option<&'a Value>,
    documents: &'a dyn Fn(&str) -> Option<Arc<Value>>,
    reader: &'a dyn Reader,
    planned: bool,
}

impl Table {
    /// Every attribute. See [`crate::catalog::lens::Lens::attributes`].
    pub(super) fn read_attributes(
        &self,
        config: &Value,
        documents: &dyn Fn(&str) -> Option<Arc<Value>>,
        planned: bool,
        cx: &Context<'_>,
    ) -> Result<Value, Stop> {
        let primary = documents(&self.docs.first().map_or_else(|| "".into(), |doc| key_of(doc, config)));
        let live = primary.as_deref();
        let given = Some(config).filter(|c| c.as_entries().is_some());
        let by_config = match (given, self.docs.first()) {
            (Some(config), Some(doc)) => super::write::locate(doc, config, cx, None)?,
            _ => None,
        };
        let by_document = || ArmId::parse(live?.get("id")?.as_str()?).ok();
        // What is there is where it is; what is planned is where the configuration says. One id, the configuration's
        // spelling.
        let id = match (planned, by_config, by_document()) {
            (false, Some(wanted), Some(found)) if wanted != found => Some(found),
            (_, wanted, found) => wanted.or(found),
        };
        let new = planned && live.is_none_or(|d| d.get("id").is_none_or(Value::is_null));
        let major = cx.provider.major;
        let reading = Reading {
            table: self,
            major,
            provider: cx.provider,
            id: id.as_ref(),
            config: given,
            documents,
            reader: cx.reader,
            planned,
        };
        let facts = self.docs.first().map(|d| &type_facts(d.arm_type).body);
        let mut all =
            reading.rows(&self.rows, Scope { config: given, base: live, facts, new, doc: "", at: &[] });
        let shown =
            id.as_ref().map_or_else(|| Value::unknown_not_null(Type::String), |id| id.as_str().into());
        all.insert("id".into(), self.joined(&all).unwrap_or(shown));
        let timeouts = self.schema_of(major).block("timeouts").map_or(Type::Dynamic, |b| b.implied_type());
        let written = given.and_then(|c| c.get("timeouts")).cloned();
        all.insert("timeouts".into(), written.unwrap_or_else(|| Value::null(timeouts)));
        if let Some(hook) = self.hooks.attributes {
            hook(&mut all, &Shown { config, documents, id: id.as_ref(), new, planned, cx })?;
        }
        Ok(Value::object(all))
    }
}

impl Table {
    /// The id that two arguments make.
    fn joined(&self, all: &Object) -> Option<Value> {
        let (first, second) = self.pair?;
        let (a, b) = (all.get(first)?, all.get(second)?);
        let marks = a.marks.union(&b.marks);
        if a.is_null() || b.is_null() {
            return None;
        }
        let joined = match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => format!("{a}|{b}").into(),
            _ => Value::unknown_not_null(Type::String),
        };
        Some(joined.marked(&marks))
    }
}

impl Reading<'_> {
    fn rows(&self, rows: &[Row], scope: Scope<'_>) -> Object {
        let mut all = Object::new();
        for row in rows.iter().filter(|r| r.is_in(self.major)) {
            all.insert(row.name.into(), self.row(row, scope));
        }
        for row in rows.iter().filter(|r| r.is_in(self.major)) {
            if let Some((target, inverted)) = row.alias
                && let Some(value) = all.get(target)
            {
                let ty = type_of(row, self.major);
                let block = row.as_block().is_some();
                let nothing = match block {
                    true => conform(&Value::tuple(Vec::new()), &ty),
                    false => Value::null(ty.clone()),
                };
                let value = if value.ty() == ty { turned(value, inverted) } else { nothing.clone() };
                let none = |v: &Value| v.is_null() || block && v.as_sequence().is_some_and(<[_]>::is_empty);
                let written = scope.config.and_then(|c| c.get(row.name)).is_some_and(|v| !none(v));
                match (row.own, written) {
                    // One or the other: it is shown under the name that is written.
                    (true, false) => all.insert(row.name.into(), nothing),
                    (true, true) => {
                        all.insert(target.into(), nothing);
                        all.insert(row.name.into(), value)
                    }
                    (false, _) => all.insert(row.name.into(), value),
                };
            }
        }
        all
    }

    fn row(&self, row: &Row, scope: Scope<'_>) -> Value {
        let ty = type_of(row, self.major);
        let null = || match &row.what {
            What::Block(b) if b.nesting == Nesting::Set => conform(&Value::tuple(Vec::new()), &ty),
            What::Block(_) => conform(&Value::tuple(Vec::new()), &ty),
            What::Plain(_) => Value::null(ty.clone()),
        };
        let written = scope.config.and_then(|c| c.get(row.name)).filter(|v| !v.is_null());
        if let Some(demand) = row.demand {
            return demand.unasked(&ty, self.major);
        }
        if row.not_in_arm.is_some() || row.refused.is_some() || row.write_only {
            return null();
        }
        if let Some(part) = row.part {
            let there = self.id.and_then(|id| part_of(id, part));
            // Of an object that is there the id says it; the configuration only spells it (HTTP-02).
            let stale = |w: &Value| {
                let (text, there) = (w.as_str(), there.as_deref());
                !self.planned && text.zip(there).is_some_and(|(w, t)| !w.eq_ignore_ascii_case(t))
            };
            return match written.filter(|w| !stale(w)) {
                Some(written) => written.clone(),
                None => there.map_or_else(null, |t| t.into()),
            };
        }
        if row.own && (self.planned || row.paths.is_empty()) {
            return written.cloned().unwrap_or_else(null);
        }
        let companion;
        let scope = if row.doc.is_empty() {
            scope
        } else {
            companion = (self.documents)(row.doc);
            let facts = self.table.doc(row.doc).map(|d| &type_facts(d.arm_type).body);
            let new = self.planned && companion.as_deref().is_none_or(|d| d.get("id").is_none());
            Scope { base: companion.as_deref(), facts, new, doc: row.doc, ..scope }
        };
        // What the configuration leaves alone is not ours to show: it is observed, never a change.
        let unwritten = written
            .is_none_or(|w| row.as_block().is_some() && w.as_sequence().is_some_and(<[Value]>::is_empty));
        let silent = scope.config.is_some()
            && unwritten
            && row.mode == Mode::Optional
            && row.neutral.is_none()
            && !row.claims_absence()
            && !scope.config.is_some_and(|c| row.is_reset(c, self.reader, scope.doc, scope.at))
            // A document of the instance's own is there as long as it is not taken away.
            && (self.planned || scope.base.is_none() || !self.table.doc(row.doc).is_some_and(|d| !row.doc.is_empty() && d.owns));
        match &row.what {
            What::Plain(_) => {
                if silent {
                    return null();
                }
                self.plain(row, &ty, written, scope)
            }
            What::Block(block) => {
                if self.table.is_each(row) {
                    return self.each(row, block, &ty, written);
                }
                if silent {
                    return null();
                }
                if block.many {
                    self.many(row, block, &ty, written, scope)
                } else {
                    self.one(row, block, &ty, written, scope)
                }
            }
        }
    }

    fn plain(&self, row: &Row, ty: &Type, written: Option<&Value>, scope: Scope<'_>) -> Value {
        let raws: Vec<Option<&Value>> =
            row.paths.iter().map(|p| scope.base.and_then(|b| deep(b, p)).filter(|v| !v.is_null())).collect();
        let node = row.paths.first().and_then(|p| walk(scope.facts, p));
        if self.table.docs.iter().any(|d| d.item == Some(row.name)) {
            // Of an array that others share only the item that is ours is shown.
            let is = |item: &Value, id: &Value| {
                let (a, b) = (property(item, "id").and_then(Value::as_str), id.as_str());
                a.zip(b).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
            };
            let items = raws.first().copied().flatten().and_then(Value::as_sequence).unwrap_or_default();
            let there = |id: &&Value| self.planned || items.iter().any(|item| is(item, id));
            return written.filter(there).cloned().unwrap_or_else(|| Value::null(ty.clone()));
        }
        // What is not written and not there is null, and so is what the service has of itself then.
        let unwritten = scope.config.is_some() && written.is_none() && row.claims_absence();
        let found = match &row.codec {
            Codec::Spread(_, take) => {
                if raws.iter().flatten().any(|v| !v.is_wholly_known()) {
                    Some(written.cloned().unwrap_or_else(|| Value::unknown(ty.clone())))
                } else {
                    take(&raws).map(|v| conform(&v, ty))
                }
            }
            Codec::Json => raws.first().copied().flatten().and_then(|raw| {
                let ours = without_server(raw, node);
                let same = written.and_then(json).is_some_and(|w| same(&w, &ours));
                if same { written.cloned() } else { decode(&row.codec, &ours, ty) }
            }),
            codec if row.by.is_some() => raws.iter().flatten().next().and_then(|raw| decode(codec, raw, ty)),
            codec => raws.first().copied().flatten().and_then(|raw| decode(codec, raw, ty)),
        };
        let is_word = |v: &Value| {
            row.nothing.is_some_and(|word| v.as_str().is_some_and(|t| t.eq_ignore_ascii_case(word)))
        };
        let found = found.filter(|v| !is_word(v));
        if let Some(found) = found.filter(|v| !v.is_null()) {
            if unwritten && says_nothing(&found, node, &row.codec, ty) {
                return Value::null(ty.clone());
            }
            // Texts that stand in objects are compared as the property of the objects is.
            let inner = match &row.codec {
                Codec::Items(path, _) => node.and_then(|n| walk(n.items.as_deref(), path)),
                _ => node.and_then(|n| n.items.as_deref()),
            };
            return match written {
                Some(written) => respell(written, &found, node, inner),
                None => found,
            };
        }
        if let Some(written) = written {
            let unread = node.is_some_and(|n| n.compare == Compare::WriteOnly || n.secret);
            if self.planned
                || unread
                || written.is_unknown()
                || !is_sent(row.send, written)
                || row.paths.is_empty()
            {
                return written.clone();
            }
        }
        if scope.new
            && row.mode != Mode::Required
            && let Some(predicted) = self.predicted(row, scope)
        {
            return conform(&predicted, ty);
        }
        if unwritten {
            return Value::null(ty.clone());
        }
        let default = by_default(node, &row.codec, ty);
        if let Some(value) = default.or_else(|| row.absent.map(|lit| conform(&lit.value(), ty))) {
            return value;
        }
        if scope.new && matches!(row.mode, Mode::Computed | Mode::Both) {
            return Value::unknown(ty.clone());
        }
        Value::null(ty.clone())
    }

    /// `None`: it cannot be known before Azure says.
    fn predicted(&self, row: &Row, scope: Scope<'_>) -> Option<Value> {
        match row.predict? {
            Predict::Lit(lit) => Some(lit.value()),
            Predict::Hook(f) => f(scope.config?, self.provider),
            Predict::Text(template) => {
                let mut out = String::new();
                let mut marks = Marks::NONE;
                let mut rest = template;
                while let Some(open) = rest.find('{') {
                    let close = rest[open..].find('}')? + open;
                    out.push_str(&rest[..open]);
                    let name = &rest[open + 1..close];
                    match name {
                        "id" => out.push_str(self.id?.as_str()),
                        "@storage" => out.push_str(&self.provider.suffixes.storage),
                        "@vault" => out.push_str(&self.provider.suffixes.key_vault),
                        "@registry" => out.push_str(&self.provider.suffixes.container_registry),
                        "@cosmos" => out.push_str(&self.provider.suffixes.cosmos_db),
                        "@tenant" => out.push_str(self.provider.tenant_id.as_deref()?),
                        name => {
                            let value =
                                scope.config.and_then(|c| c.get(name)).or_else(|| self.config?.get(name))?;
                            marks = marks.union(&value.marks);
                            out.push_str(value.as_str()?);
                        }
                    }
                    rest = &rest[close + 1..];
                }
                out.push_str(rest);
                Some(Value::from(out).marked(&marks))
            }
        }
    }

    fn one(&self, row: &Row, block: &Block, ty: &Type, written: Option<&Value>, scope: Scope<'_>) -> Value {
        if written.is_some_and(Value::is_unknown) && self.planned {
            return Value::unknown(ty.clone());
        }
        let element = written.and_then(Value::as_sequence).and_then(<[Value]>::first);
        let path = row.paths.first().map_or(&[][..], Vec::as_slice);
        let base = scope.base.and_then(|b| deep(b, path));
        if base.is_some_and(Value::is_unknown) {
            return Value::unknown(ty.clone());
        }
        let neutral = |base: &Value| row.neutral.or(row.reset).is_some_and(|n| covers(base, &n.value()));
        let there = (self.planned && element.is_some())
            || (is_there(&block.rows, base) || has_constants(row, scope.base))
                && !(element.is_none() && base.is_some_and(neutral));
        if !there {
            return match row.predict {
                _ if row.mode == Mode::Optional || !scope.new => conform(&Value::tuple(Vec::new()), ty),
                Some(_) => {
                    self.predicted(row, scope).map_or_else(|| Value::unknown(ty.clone()), |v| conform(&v, ty))
                }
                None => Value::unknown(ty.clone()),
            };
        }
        let facts = walk(scope.facts, path);
        let config = scope.config.and(element);
        let at = [scope.at, path].concat();
        let all = self.rows(&block.rows, Scope { config, base, facts, at: &at, ..scope });
        let says_nothing = |v: &Value| v.is_null() || v.as_sequence().is_some_and(<[Value]>::is_empty);
        if element.is_none() && all.values().all(says_nothing) {
            return conform(&Value::tuple(Vec::new()), ty);
        }
        let object = Value::object(all);
        conform(&Value::tuple(vec![object.marked(&element.map(|e| e.marks.clone()).unwrap_or_default())]), ty)
    }

    fn many(&self, row: &Row, block: &Block, ty: &Type, written: Option<&Value>, scope: Scope<'_>) -> Value {
        let path = row.paths.first().map_or(&[][..], Vec::as_slice);
        let facts = walk(scope.facts, path);
        let at = |path: &[&'static str]| scope.base.and_then(|b| deep(b, path)).filter(|v| !v.is_null());
        // A block may stand in one of several arrays.
        let filled =
            row.paths.iter().find(|p| at(p).and_then(Value::as_sequence).is_some_and(|all| !all.is_empty()));
        let raw = at(filled.map_or(path, Vec::as_slice));
        if raw.is_some_and(Value::is_unknown) || (written.is_some_and(Value::is_unknown) && self.planned) {
            return Value::unknown(ty.clone());
        }
        let Some(items) = raw.and_then(Value::as_sequence) else {
            if let Some(written) = written.filter(|_| self.planned) {
                return written.clone();
            }
            if scope.new && row.mode != Mode::Optional {
                let default = facts.and_then(|n| n.default).is_some_and(|d| d == "[]");
                return match self.predicted(row, scope) {
                    Some(value) => conform(&value, ty),
                    None if default => conform(&Value::tuple(Vec::new()), ty),
                    None => Value::unknown(ty.clone()),
                };
            }
            return conform(&Value::tuple(Vec::new()), ty);
        };
        let elements = written.and_then(Value::as_sequence).unwrap_or_default();
        let keys = facts.and_then(|n| n.set_key);
        let constants = |item: &&Value| {
            row.beside.iter().all(|(path, lit)| deep(item, path).is_none_or(|v| same(v, &lit.value())))
        };
        let mut left: Vec<&Value> = items.iter().filter(constants).collect();
        let mut out = Vec::new();
        let node = facts.and_then(|n| n.items.as_deref());
        let mut show = |element: Option<&Value>, base: &Value| {
            let scope = Scope { config: element, base: Some(base), facts: node, ..scope };
            let object = Value::object(self.rows(&block.rows, scope));
            out.push(object.marked(&element.map(|e| e.marks.clone()).unwrap_or_default()));
        };
        let mut pairs: Vec<(&Value, Option<&Value>)> = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let wanted = Value::object(item_of(&block.rows, element, self.major));
            let found = match keys {
                None if block.nesting == Nesting::List => (index < items.len()).then_some(&items[index]),
                None | Some([]) => left.iter().copied().find(|item| covers(item, &wanted)),
                Some(keys) => left.iter().copied().find(|item| {
                    keys.iter().all(|key| {
                        let key: Vec<&str> = key.split('.').collect();
                        matches(deep(item, &key), deep(&wanted, &key))
                    })
                }),
            };
            left.retain(|item| !found.is_some_and(|f| std::ptr::eq(*item, f)));
            pairs.push((element, found));
        }
        // What is not there as it is written is what is there in its place.
        let mut left = left.into_iter();
        for (element, found) in pairs {
            if let Some(found) = found.or_else(|| left.next()) {
                show(Some(element), found);
            }
        }
        left.for_each(|item| show(None, item));
        conform(&Value::tuple(out), ty)
    }

    /// A block whose elements are documents.
    fn each(&self, row: &Row, block: &Block, ty: &Type, written: Option<&Value>) -> Value {
        if written.is_some_and(Value::is_unknown) {
            return Value::unknown(ty.clone());
        }
        let Some(doc) = self.table.docs.iter().find(|d| d.each.is_some_and(|(name, _)| name == row.name))
        else {
            return Value::null(ty.clone());
        };
        let name = doc.each.map_or("", |(_, name)| name);
        let facts = Some(&type_facts(doc.arm_type).body);
        let elements = written.and_then(Value::as_sequence).unwrap_or_default();
        let show = |element: Option<&Value>, live: Option<&Value>| {
            let new = self.planned && live.is_none_or(|d| d.get("id").is_none());
            let scope = Scope { config: element, base: live, facts, new, doc: doc.key, at: &[] };
            Value::object(self.rows(&block.rows, scope))
        };
        let find = |element: &Value| (self.documents)(&each_key(doc, element, name));
        let found: Vec<Option<Arc<Value>>> = elements.iter().map(find).collect();
        // Elements that are there under another name, in the place of those that are not there yet.
        let others = if self.planned { None } else { (self.documents)(&format!("{}/*", doc.key)) };
        let others = others.as_deref().and_then(Value::as_sequence).unwrap_or_default();
        let known = |item: &&Value| found.iter().flatten().any(|f| f.get("id") == item.get("id"));
        let mut others = others.iter().filter(|item| !known(item));
        let mut shown = Vec::new();
        for (element, found) in elements.iter().zip(&found) {
            match found.as_deref().or_else(|| others.next()) {
                None if !self.planned => {}
                live => shown.push(show(Some(element), live)),
            }
        }
        shown.extend(others.map(|item| show(None, Some(item))));
        conform(&Value::tuple(shown), ty)
    }
}

/// A path of names in a document whose casing may differ.
pub(super) fn deep<'a, S: AsRef<str>>(value: &'a Value, path: &[S]) -> Option<&'a Value> {
    match at(value, path) {
        Some(found) => Some(found),
        None => path
            .iter()
            .try_fold(value, |v, step| if v.is_unknown() { Some(v) } else { property(v, step.as_ref()) }),
    }
}

/// The facts below a node.
fn walk<'a, S: AsRef<str>>(node: Option<&'a FactNode>, path: &[S]) -> Option<&'a FactNode> {
    path.iter().try_fold(node?, |n, step| n.property(step.as_ref()))
}

/// Whether a document's object tells of a block: its required arguments are there, or any of them if none is required.
/// Secrets may never be answered.
fn is_there(rows: &[Row], base: Option<&Value>) -> bool {
    let Some(base) = base.filter(|b| !b.is_null()) else { return false };
    let tells = |row: &Row| match &row.what {
        What::Block(b) if !b.many => {
            let inner = row.paths.first().map_or(Some(base), |p| deep(base, p));
            is_there(&b.rows, inner)
        }
        _ => row.paths.iter().any(|p| deep(base, p).is_some_and(|v| !v.is_null())),
    };
    let required = || rows.iter().filter(|r| r.mode == Mode::Required && !r.sensitive && !r.paths.is_empty());
    if required().next().is_some() { required().all(tells) } else { rows.iter().any(tells) }
}

/// Whether a document has the constants that go with a block.
fn has_constants(row: &Row, base: Option<&Value>) -> bool {
    let there = |path: &[&'static str]| base.and_then(|b| deep(b, path));
    !row.beside.is_empty()
        && row
            .beside
            .iter()
            .all(|(path, lit)| there(path).is_some_and(|v| matches(Some(v), Some(&lit.value()))))
}

fn part_of(id: &ArmId, part: Part) -> Option<String> {
    Some(match part {
        Part::Id => id.to_string(),
        Part::Name => id.name().to_owned(),
        Part::Group => id.resource_group()?.to_owned(),
        Part::Above(n) => id.ancestors().nth(n - 1)?.name().to_owned(),
        Part::ParentId => item::holder(id).or_else(|| id.parent())?.to_string(),
        Part::Scope => id.scope().to_string(),
    })
}

/// An object without what the service added to it; nothing, if that is all.
fn without_server(raw: &Value, node: Option<&FactNode>) -> Value {
    let Some(all) = raw.as_entries() else { return raw.clone() };
    let server = |name: &str| node.and_then(|n| n.property(name)).is_some_and(|f| f.read_only);
    let kept: Vec<_> = all.iter().filter(|(n, _)| !server(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
    if kept.is_empty() && !all.is_empty() {
        return Value::null(Type::Dynamic);
    }
    Value { kind: Value::object(kept).kind, marks: raw.marks.clone() }
}

/// What the facts say is there when nothing was sent.
fn by_default(node: Option<&FactNode>, codec: &Codec, ty: &Type) -> Option<Value> {
    let json: serde_json::Value = serde_json::from_str(node?.default?).ok()?;
    decode(codec, &Value::from_json(&json), ty)
}

/// Whether a value is empty, or what is there when nothing was sent.
fn says_nothing(value: &Value, node: Option<&FactNode>, codec: &Codec, ty: &Type) -> bool {
    let empty = value.as_str() == Some("")
        || value.as_sequence().is_some_and(<[Value]>::is_empty)
        || value.as_entries().is_some_and(|all| all.is_empty());
    empty || by_default(node, codec, ty).is_some_and(|default| same(&default, value))
}

/// The document's value in the spelling of the configuration, where the two mean the same by the facts of the value and
/// of its items.
fn respell(written: &Value, live: &Value, node: Option<&FactNode>, inner: Option<&FactNode>) -> Value {
    let compare = node.map_or(Compare::Exact, |n| n.compare);
    if live.is_unknown() {
        return live.clone();
    }
    if written.is_unknown() || same(written, live) {
        return live.clone().marked(&written.marks);
    }
    if let (Some(a), Some(b)) = (written.as_str(), live.as_str()) {
        let kept = if alike(compare, a, b) { written.clone() } else { live.clone() };
        return kept.marked(&written.marks);
    }
    let (Some(a), Some(b)) = (written.as_sequence(), live.as_sequence()) else {
        return live.clone().marked(&written.marks);
    };
    let compare = inner.map_or(compare, |n| n.compare);
    let agree = |x: &Value, y: &Value| match (x.as_str(), y.as_str()) {
        (Some(x), Some(y)) => alike(compare, x, y),
        _ => same(x, y),
    };
    let free = matches!(live.kind, crate::lang::Kind::Set(..)) || node.is_some_and(|n| n.set_key.is_some());
    let mut left: Vec<&Value> = b.iter().collect();
    let mut items = Vec::new();
    if free {
        for x in a {
            if let Some(index) = left.iter().position(|y| agree(x, y)) {
                left.remove(index);
                items.push(x.clone());
            }
        }
        items.extend(left.into_iter().cloned());
    } else {
        items.extend(b.iter().enumerate().map(|(i, y)| match a.get(i) {
            Some(x) if agree(x, y) => x.clone(),
            _ => y.clone(),
        }));
    }
    conform(&Value::tuple(items), &live.ty()).marked(&written.marks)
}

/// Whether an item of a document has all that an item of ours has.
fn covers(item: &Value, wanted: &Value) -> bool {
    match (wanted.as_entries(), wanted.as_sequence()) {
        (Some(entries), _) => entries.iter().all(|(name, value)| match property(item, name) {
            Some(there) => covers(there, value),
            None => value.is_null(),
        }),
        (_, Some(all)) => item.as_sequence().is_some_and(|there| {
            all.len() == there.len() && all.iter().zip(there).all(|(w, i)| covers(i, w))
        }),
        _ => wanted.is_unknown() || matches(Some(item), Some(wanted)),
    }
}

fn matches(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) || alike(Compare::Location, a, b),
            _ => same(a, b),
        },
        (None, None) => true,
        (Some(v), None) | (None, Some(v)) => v.is_null(),
    }
}
