//! From configuration to claims: defaults, ids and bodies.

use std::sync::Arc;

use super::codec::{encode, is_sent};
use super::table::{Codec, Doc, Going, Lit, Object, Path, Place, Row, Table, What, When};
use crate::arm::id::ArmId;
use crate::catalog::lens::{
    BodyPath, Claim, ClaimOptions, Context, Problem, ProviderConfig, Reader, Stop, Target, Withdraw,
};
use crate::catalog::value::{argument, error, flag, leaves, location, put, text};
use crate::lang::{Type, Value};

impl Table {
    /// The configuration with defaults, and with old and new names of one thing both filled in.
    pub(super) fn complete_config(&self, config: &Value, cx: &Context<'_>) -> Value {
        let Some(_) = config.as_entries() else { return config.clone() };
        let mut all = complete_object(&self.rows, config, cx.provider.major);
        if let Some(more) = self.hooks.complete {
            more(&mut all, cx);
        }
        Value::object(all).marked(&config.marks)
    }

    /// The claims of a completed configuration.
    pub(super) fn make_claims(&self, config: &Value, cx: &Context<'_>) -> Result<Vec<Claim>, Stop> {
        let mut claims = Vec::new();
        let mut primary: Option<ArmId> = None;
        for doc in &self.docs {
            let rows = self.rows.iter().filter(|row| row.doc == doc.key && !self.is_each(row));
            let mut resets = Vec::new();
            find_resets(rows, config, doc.key, &[], cx.reader, &mut resets);
            if resets.is_empty() && !self.is_wanted(doc, config) {
                continue;
            }
            if let Some((block, name)) = doc.each {
                let elements = config.get(block).and_then(Value::as_sequence).unwrap_or_default();
                for element in elements {
                    let id = locate(doc, element, cx, primary.as_ref())?;
                    let own = self.rows.iter().find(|r| r.name == block).and_then(Row::as_block);
                    let body =
                        own.map(|b| body_of(&b.rows, element, doc, cx.provider.major)).unwrap_or_default();
                    claims.push(claim(doc, each_key(doc, element, name), id, body, cx.provider));
                }
                continue;
            }
            let id = locate(doc, config, cx, primary.as_ref())?;
            if doc.key.is_empty() {
                primary = id.clone();
            }
            let rows = self.rows.iter().filter(|r| r.doc == doc.key && !self.is_each(r));
            let mut body = Object::new();
            for (path, constant) in &doc.fixed {
                put(&mut body, path, constant.value());
            }
            for row in rows {
                write_row(row, config, &[], cx.provider.major, &mut body);
            }
            resets.into_iter().for_each(|(base, row)| write_reset(row, &base, &mut body));
            let (yields, versions) = (self.yields(doc, config), self.versions(doc, config));
            let mut one = claim(doc, key_of(doc, config), id, body, cx.provider);
            one.yields = yields;
            if !versions.is_empty() {
                one.unread.extend(versions.iter().map(|(path, _)| path.clone()));
                let asked = one.options.as_deref().cloned().unwrap_or_default();
                one.options = Some(Arc::new(ClaimOptions { versions, ..asked }));
            }
            claims.push(one);
        }
        if let Some(hook) = self.hooks.claims {
            hook(config, &mut claims, cx)?;
        }
        Ok(claims)
    }

    /// The versions that stand for write-only arguments.
    fn versions(&self, doc: &Doc, config: &Value) -> Vec<(BodyPath, Value)> {
        let rows = self.rows.iter().filter(|r| r.doc == doc.key);
        let versions = rows.filter_map(|row| {
            let version = config.get(row.name).filter(|v| !v.is_null())?;
            let of = self.rows.iter().find(|r| Some(r.name) == row.version_of)?;
            Some((of.paths.first()?.iter().map(|p| Arc::from(*p)).collect(), version.clone()))
        });
        versions.collect()
    }

    /// What of a document is only claimed because its block is not written.
    fn yields(&self, doc: &Doc, config: &Value) -> Vec<BodyPath> {
        let unset = |row: &&Row| {
            let value = config.get(row.name);
            value.is_none_or(|v| v.is_null() || v.as_sequence().is_some_and(<[Value]>::is_empty))
        };
        let blocks = self.rows.iter().filter(|r| r.doc == doc.key && r.as_block().is_some() && unset(r));
        let neutral = blocks.filter_map(|row| Some((row.paths.first()?, row.neutral?)));
        let below = neutral.flat_map(|(path, neutral)| {
            let base = path.iter().map(|p| Arc::from(*p));
            leaves(&neutral.value()).into_iter().map(move |leaf| base.clone().chain(leaf).collect())
        });
        below.collect()
    }

    /// Whether the elements of this block are documents of their own.
    pub(super) fn is_each(&self, row: &Row) -> bool {
        self.docs.iter().any(|d| d.each.is_some_and(|(block, _)| block == row.name))
    }

    fn is_wanted(&self, doc: &Doc, config: &Value) -> bool {
        match &doc.when {
            When::Always => true,
            When::Hook(judge) => judge(config),
            When::Written(names) => names.iter().any(|name| {
                config.get(name).is_some_and(|v| {
                    !v.is_null() && (v.is_unknown() || v.as_sequence().is_none_or(|all| !all.is_empty()))
                })
            }),
        }
    }
}

/// The key of a document: an item of a shared array is told apart by its id.
pub(super) fn key_of(doc: &Doc, config: &Value) -> Arc<str> {
    let item = doc.item.and_then(|argument| text(config, argument)).map(str::to_lowercase);
    item.map_or_else(|| doc.key.into(), Arc::from)
}

/// The key of an element's document: stays the same as long as its name does.
pub(super) fn each_key(doc: &Doc, element: &Value, name: &str) -> Arc<str> {
    let name = text(element, name).map(location).unwrap_or_default();
    match doc.other.filter(|other| flag(element, other) == Some(true)) {
        Some(other) => format!("{}/{name}/{other}", doc.key).into(),
        None => format!("{}/{name}", doc.key).into(),
    }
}

fn complete_object(rows: &[Row], config: &Value, major: u32) -> Object {
    let mut all: Object = config.as_entries().cloned().unwrap_or_default();
    // A block that is not written is an empty list.
    let block = |name: &str| rows.iter().any(|r| r.name == name && r.as_block().is_some());
    let none = |v: &Value| v.as_sequence().is_some_and(<[Value]>::is_empty);
    let unset =
        |all: &Object, name: &str| all.get(name).is_none_or(|v| v.is_null() || none(v) && block(name));
    for row in rows.iter().filter(|r| r.is_in(major)) {
        if let Some((target, inverted)) = row.alias
            && let Some(value) = all.get(row.name).filter(|v| !v.is_null()).cloned()
            && unset(&all, target)
        {
            all.insert(target.into(), turned(&value, inverted));
        }
    }
    for row in rows.iter().filter(|r| r.is_in(major)) {
        match &row.what {
            What::Plain(_) => {
                if unset(&all, row.name)
                    && let Some(default) = row.default_of(major)
                {
                    all.insert(row.name.into(), default.value());
                }
            }
            What::Block(block) => {
                let Some(value) = all.get(row.name) else { continue };
                let complete = |element: &Value| match element.as_entries() {
                    Some(_) => {
                        Value::object(complete_object(&block.rows, element, major)).marked(&element.marks)
                    }
                    None => element.clone(),
                };
                let filled = match &value.kind {
                    crate::lang::Kind::List(ty, items) => {
                        Value::list(ty.clone(), items.iter().map(complete).collect()).marked(&value.marks)
                    }
                    crate::lang::Kind::Set(ty, items) => {
                        Value::set(ty.clone(), items.iter().map(complete).collect()).marked(&value.marks)
                    }
                    crate::lang::Kind::Tuple(items) => {
                        Value::tuple(items.iter().map(complete).collect()).marked(&value.marks)
                    }
                    _ => continue,
                };
                all.insert(row.name.into(), filled);
            }
        }
    }
    for row in rows.iter().filter(|r| r.is_in(major)) {
        if let Some((target, inverted)) = row.alias
            && !row.own
            && unset(&all, row.name)
            && let Some(value) = all.get(target).filter(|v| !v.is_null()).cloned()
        {
            all.insert(row.name.into(), turned(&value, inverted));
        }
    }
    all
}

/// The value under its other name.
pub(super) fn turned(value: &Value, inverted: bool) -> Value {
    match value.as_bool() {
        Some(b) if inverted => Value::from(!b).marked(&value.marks),
        _ => value.clone(),
    }
}

/// The body that the rows of a block make of one element.
fn body_of(rows: &[Row], element: &Value, doc: &Doc, major: u32) -> Object {
    let mut body = Object::new();
    for (path, constant) in &doc.fixed {
        put(&mut body, path, constant.value());
    }
    for row in rows {
        write_row(row, element, &[], major, &mut body);
    }
    body
}

/// The object of an array that the rows make of one element.
pub(super) fn item_of(rows: &[Row], element: &Value, major: u32) -> Object {
    let mut item = Object::new();
    for row in rows {
        write_row(row, element, &[], major, &mut item);
    }
    item
}

/// Puts what one row says into a body.
fn write_row(row: &Row, config: &Value, base: &[&'static str], major: u32, body: &mut Object) {
    if !row.is_in(major) || row.alias.is_some() || row.refused.is_some() || row.demand.is_some() || row.own {
        return;
    }
    let full = |path: &[&'static str]| -> Vec<&'static str> { [base, path].concat() };
    let value = config.get(row.name);
    let written = value.filter(|v| !v.is_null());
    if let Some((name, words)) = &row.by {
        let word = config.get(name);
        let chosen = words.iter().position(|w| word.and_then(Value::as_str) == Some(*w));
        let value = written.map_or_else(|| Value::null(Type::Dynamic), |v| encode(&row.codec, v));
        if let Some(chosen) = chosen {
            put(body, &full(&row.paths[chosen]), value);
        } else if word.is_some_and(Value::is_unknown) {
            row.paths.iter().for_each(|p| put(body, &full(p), Value::unknown(Type::Dynamic)));
        }
        return;
    }
    match &row.what {
        What::Plain(_) => {
            let Some(value) = written else {
                let spread = matches!(row.codec, Codec::Spread(..)) && row.neutral.is_none();
                for path in row.paths.iter().take(if spread { usize::MAX } else { 1 }) {
                    match row.neutral {
                        Some(neutral) => put(body, &full(path), neutral.value()),
                        None if row.claims_absence() => put(body, &full(path), Value::null(Type::Dynamic)),
                        None => {}
                    }
                }
                return;
            };
            if row.paths.is_empty() {
                return;
            }
            if value.is_unknown() {
                for path in &row.paths {
                    put(body, &full(path), Value::unknown(Type::Dynamic).marked(&value.marks));
                }
                return beside(row, base, body);
            }
            if !is_sent(row.send, value) {
                // It must not be there: a null claims absence.
                put(body, &full(&row.paths[0]), Value::null(Type::Dynamic));
                return;
            }
            if let Codec::Spread(parts, _) = row.codec {
                for (path, part) in row.paths.iter().zip(parts(value)) {
                    if let Some(part) = part {
                        put(body, &full(path), part.marked(&value.marks));
                    }
                }
            } else {
                put(body, &full(&row.paths[0]), encode(&row.codec, value));
            }
            beside(row, base, body);
        }
        What::Block(block) => {
            let path = row.paths.first().map_or(&[][..], Vec::as_slice);
            let neutral = |body: &mut Object| match row.neutral {
                Some(neutral) => put(body, &full(path), neutral.value()),
                None if row.claims_absence() && !path.is_empty() => {
                    put(body, &full(path), Value::null(Type::Dynamic));
                }
                // It stands among others: each of its properties goes.
                None if row.claims_absence() => {
                    let paths =
                        block.rows.iter().flat_map(|r| &r.paths).chain(row.beside.iter().map(|(p, _)| p));
                    paths.for_each(|p| put(body, &full(p), Value::null(Type::Dynamic)));
                }
                None => {}
            };
            let Some(value) = written else { return neutral(body) };
            if value.is_unknown() {
                if path.is_empty() {
                    let nothing = unknown_of(&block.rows).marked(&value.marks);
                    block.rows.iter().for_each(|inner| write_row(inner, &nothing, base, major, body));
                } else {
                    put(body, &full(path), Value::unknown(Type::Dynamic).marked(&value.marks));
                }
                // Of several, each has its constants inside.
                if !block.many {
                    beside(row, base, body);
                }
                return;
            }
            let elements = value.as_sequence().unwrap_or_default();
            if block.many {
                if elements.is_empty() && !block.attr_as_block {
                    return neutral(body);
                }
                let items = elements.iter().map(|element| {
                    if element.is_unknown() {
                        return element.clone();
                    }
                    let mut item = item_of(&block.rows, element, major);
                    beside(row, &[], &mut item);
                    Value::object(item).marked(&element.marks)
                });
                put(body, &full(path), Value::tuple(items.collect()).marked(&value.marks));
                return;
            } else {
                let Some(element) = elements.first() else { return neutral(body) };
                if !path.is_empty() {
                    put(body, &full(path), Value::object::<Arc<str>>([]).marked(&value.marks));
                }
                let unknown;
                let element = if element.is_unknown() {
                    unknown = unknown_of(&block.rows).marked(&element.marks);
                    &unknown
                } else {
                    element
                };
                block.rows.iter().for_each(|inner| write_row(inner, element, &full(path), major, body));
            }
            beside(row, base, body);
        }
    }
}

/// The blocks that were written once and are not any more, each with where the block around it stands.
fn find_resets<'r>(
    rows: impl IntoIterator<Item = &'r Row>,
    config: &Value,
    doc: &str,
    base: &[&'static str],
    reader: &dyn Reader,
    found: &mut Vec<(Path, &'r Row)>,
) {
    for row in rows {
        let Some(block) = row.as_block() else { continue };
        if row.is_reset(config, reader, doc, base) {
            found.push((base.to_vec(), row));
        } else if !block.many
            && let Some(element) =
                config.get(row.name).and_then(Value::as_sequence).and_then(<[Value]>::first)
        {
            let path = row.paths.first().map_or(&[][..], Vec::as_slice);
            find_resets(&block.rows, element, doc, &[base, path].concat(), reader, found);
        }
    }
}

/// Puts what resets a block into a body.
fn write_reset(row: &Row, base: &[&'static str], body: &mut Object) {
    let value = row.reset.map_or_else(|| Value::null(Type::Dynamic), Lit::value);
    let mut put = |path: &[&str], value: Value| put(body, &[base, path].concat(), value);
    match (row.paths.first(), value.as_entries()) {
        (Some(path), _) => put(path, value),
        (None, Some(entries)) => entries.iter().for_each(|(name, v)| put(&[name], v.clone())),
        (None, None) => {
            let inside = row.as_block().into_iter().flat_map(|b| &b.rows).flat_map(|r| &r.paths);
            inside.for_each(|path| put(path, Value::null(Type::Dynamic)));
        }
    }
}

fn beside(row: &Row, base: &[&'static str], body: &mut Object) {
    for (path, constant) in &row.beside {
        put(body, &[base, path.as_slice()].concat(), constant.value());
    }
}

/// An element of which nothing is known.
fn unknown_of(rows: &[Row]) -> Value {
    Value::object(rows.iter().map(|r| (r.name, Value::unknown(Type::Dynamic))))
}

fn claim(doc: &Doc, key: Arc<str>, id: Option<ArmId>, body: Object, provider: &ProviderConfig) -> Claim {
    let going = id.as_ref().map_or(Withdraw::Leave, |id| withdraw(doc, &key, id, provider));
    Claim {
        key,
        withdraw: going,
        target: id.map_or(Target::Unknown, Target::Id),
        api_version: doc.api_version.into(),
        owns: doc.owns,
        write: doc.write,
        body: Value::object(body),
        unread: Vec::new(),
        yields: Vec::new(),
        locks: Vec::new(),
        options: match &doc.going {
            Going::Without(path) => Some(sharing(path)),
            _ => doc.query.map(asking),
        },
    }
}

/// Options that add a query parameter to the requests that write a document.
fn asking((name, value): (&'static str, &'static str)) -> Arc<ClaimOptions> {
    let mut options = ClaimOptions::default();
    for at in [0, 2] {
        options.requests[at].query = vec![(name.into(), vec![value.into()])];
    }
    Arc::new(options)
}

/// Options by which items of an array are told apart by their ids, and those of others are left alone.
fn sharing(path: &str) -> Arc<ClaimOptions> {
    let list_keys = vec![(path.split('.').map(Arc::from).collect(), vec!["id".into()])];
    Arc::new(ClaimOptions { list_keys, merges_items: true, ..ClaimOptions::default() })
}

/// How a document goes when it is no longer claimed.
pub(super) fn withdraw(doc: &Doc, key: &Arc<str>, id: &ArmId, provider: &ProviderConfig) -> Withdraw {
    match &doc.going {
        Going::Delete => Withdraw::Delete { query: Vec::new(), then: Vec::new() },
        Going::With(decide) => decide(provider, id),
        Going::Neutral(json) => Withdraw::Neutral(super::table::Lit::Json(json).value()),
        Going::Without(path) => Withdraw::Without(path.split('.').map(Arc::from).collect(), key.clone()),
        Going::Leave => Withdraw::Leave,
    }
}

/// The id of a document; `None` while it depends on something unknown.
pub(super) fn locate(
    doc: &Doc,
    config: &Value,
    cx: &Context<'_>,
    primary: Option<&ArmId>,
) -> Result<Option<ArmId>, Stop> {
    let known = |name: &str| -> Option<String> { text(config, name).map(str::to_owned) };
    let build = |scope: &ArmId, name: &str, at: &str| {
        ArmId::build(scope, doc.arm_type, name).map(Some).map_err(|e| problem(at, format!("{e}.")))
    };
    let subscription = || match cx.provider.subscription_id.as_deref() {
        Some(s) => ArmId::of_subscription(s).map_err(|e| problem("", format!("{e}."))),
        None => Err(Stop::Problems(vec![error(
            Vec::new(),
            "Missing subscription",
            "Set `subscription_id` in the provider block, or `ARM_SUBSCRIPTION_ID` in the environment.",
        )])),
    };
    match &doc.place {
        Place::Subscription => match known("name") {
            Some(name) => build(&subscription()?, &name, "name"),
            None => Ok(None),
        },
        Place::Group(names) => {
            let Some(group) = known("resource_group_name") else { return Ok(None) };
            let Some(names) = names.iter().map(|n| known(n)).collect::<Option<Vec<_>>>() else {
                return Ok(None);
            };
            let group = ArmId::build(&subscription()?, crate::arm::id::RESOURCE_GROUP, &group)
                .map_err(|e| problem("resource_group_name", format!("{e}.")))?;
            build(&group, &names.join("/"), "name")
        }
        Place::Under(scope_argument) => {
            let (Some(scope), Some(name)) = (known(scope_argument), known("name")) else { return Ok(None) };
            let scope = parse(&scope, scope_argument)?;
            build(&scope, &name, "name")
        }
        Place::Is(name) => match known(name) {
            Some(id) => parse(&id, name).map(Some),
            None => Ok(None),
        },
        Place::Child(kind, name) => child(primary, kind, name),
        Place::ChildNamed(kind, block, name) => {
            let element = config.get(block).and_then(Value::as_sequence).and_then(<[Value]>::first);
            let element = if block.is_empty() { Some(config) } else { element };
            match element.and_then(|e| text(e, name)) {
                Some(name) => child(primary, kind, name),
                None => Ok(None),
            }
        }
        Place::Hook(find) => find(config, cx),
    }
}

fn child(primary: Option<&ArmId>, kind: &str, name: &str) -> Result<Option<ArmId>, Stop> {
    let Some(primary) = primary else { return Ok(None) };
    primary.child(kind, name).map(Some).map_err(|e| problem("", format!("{e}.")))
}

/// Parses an id that an argument holds.
pub(super) fn parse(id: &str, name: &str) -> Result<ArmId, Stop> {
    ArmId::parse(id).map_err(|e| problem(name, format!("{e}.")))
}

/// An error about an argument that ends a lens.
pub(super) fn problem(name: &str, detail: String) -> Stop {
    let path = if name.is_empty() { Vec::new() } else { argument(name) };
    Stop::Problems(vec![Problem { ..error(path, "Invalid resource id", detail) }])
}
