//! The documents of the cloud, with an index of what refers to what, and an undo log: a request that is refused half-way
//! leaves nothing behind, and what a request changed is what is written to the store.

use super::id::{ResourceId, within};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// One resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The id as answers spell it.
    pub id: String,
    /// The type in canonical casing.
    pub type_name: String,
    /// The resource as stored: with `id`, `name`, `type`.
    pub body: Value,
    /// Api version of the last write.
    pub api_version: String,
    /// A GUID that changes with every write.
    pub etag: String,
    /// Milliseconds of the world at creation.
    pub created_ms: u64,
    /// Milliseconds of the world at the last write.
    pub changed_ms: u64,
    /// Which life of this id it is: 1 at first, 2 after a delete and a new create, … GUIDs are made of it.
    pub incarnation: u32,
    /// Key of the resource that brought this one, and takes it along when it goes.
    pub owner: Option<String>,
    /// The operation that runs on it.
    pub operation: Option<String>,
}

impl Document {
    /// The id, parsed.
    pub fn resource_id(&self) -> ResourceId {
        ResourceId::parse(&self.id).unwrap_or_else(|| unreachable!("stored ids are well-formed: {}", self.id))
    }

    /// What it is kept under: the id in lower case.
    pub fn key(&self) -> String {
        self.id.to_lowercase()
    }

    /// The last segment of the id.
    pub fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    /// `location`, `""` without.
    pub fn location(&self) -> &str {
        self.body.get("location").and_then(Value::as_str).unwrap_or_default()
    }

    /// A role that the client of the world has from its beginning: nobody sent it.
    pub fn is_founding(&self) -> bool {
        self.created_ms == 0 && self.type_name == "Microsoft.Authorization/roleAssignments"
    }

    /// The value at a path without `[]`.
    pub fn at(&self, path: &str) -> Option<&Value> {
        super::rules::at(&self.body, path)
    }

    /// The text at a path without `[]`, `""` without.
    pub fn text(&self, path: &str) -> &str {
        super::rules::text(&self.body, path)
    }
}

/// A soft-deleted resource, with what lived in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    /// The resource.
    pub document: Document,
    /// Nested documents that come back with it.
    pub nested: Vec<Document>,
    /// Milliseconds of the world when it was deleted.
    pub deleted_ms: u64,
    /// Milliseconds of the world when it goes for good.
    pub purge_ms: u64,
    /// True if it cannot be purged before.
    pub protected: bool,
}

/// A resource that is gone, and may still be seen (RG-06, DEL-01, LCK-03).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ghost {
    /// The resource as it was.
    pub document: Document,
    /// Milliseconds of the world when it went.
    pub gone_ms: u64,
}

/// A long-running operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its name, the last segment of its URLs.
    pub name: String,
    /// The resource it works on.
    pub target: String,
    /// Type of that resource in canonical casing.
    pub type_name: String,
    /// What it does.
    pub kind: OperationKind,
    /// Location for its URLs.
    pub location: String,
    /// Milliseconds of the world when it began.
    pub start_ms: u64,
    /// Milliseconds of the world when it ends.
    pub end_ms: u64,
    /// How it ended; `None`: it runs.
    pub outcome: Option<Outcome>,
    /// How it will end, where that was decided when it began.
    pub fated: Option<Outcome>,
    /// True if the resource was new.
    pub is_new: bool,
    /// True if the resource came back from soft delete.
    pub recovered: bool,
    /// Api version of the request.
    pub api_version: String,
    /// The verb, for an action; a DELETE that skips soft delete: `purge`.
    pub verb: String,
    /// What the operation gives at its end (an action's answer).
    pub result: Option<Value>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationKind {
    /// PUT or PATCH.
    Write,
    /// DELETE.
    Delete,
    /// POST.
    Action,
    /// DELETE of a resource group.
    DeleteGroup,
    /// POST purge of a soft-deleted resource.
    Purge,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It did what it should.
    Succeeded,
    /// It failed.
    Failed {
        /// What a `Location` URL answers.
        status: u16,
        /// `{code, message, …}`.
        error: Value,
    },
    /// It was called off, with this `{code, message}`.
    Canceled(Value),
}

/// Registration of a namespace in the subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// The namespace in canonical casing.
    pub namespace: String,
    /// `Registered`, `Registering`, `Unregistering`, `NotRegistered`: what it is until `until_ms`.
    pub state: String,
    /// What it becomes then.
    pub next: String,
    /// Milliseconds of the world when `next` comes; 0: it is settled.
    pub until_ms: u64,
}

/// Who and where: the one tenant, subscription and client of the cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// GUID of the tenant.
    pub tenant_id: String,
    /// GUID of the subscription.
    pub subscription_id: String,
    /// GUID of the client's application.
    pub client_id: String,
    /// GUID of the client's service principal.
    pub object_id: String,
    /// What GUIDs are made of, beside the id.
    pub seed: String,
}

/// A map that can be put back to what it was, and tells what was changed.
#[derive(Debug)]
pub struct Table<T> {
    rows: BTreeMap<String, T>,
    before: BTreeMap<String, Option<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), before: BTreeMap::new() }
    }
}

impl<T> Table<T> {
    /// The row of a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    /// All rows in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    /// Rows whose key is at or after `from`.
    pub fn from(&self, from: String) -> impl Iterator<Item = (&String, &T)> {
        self.rows.range(from..)
    }

    /// Puts a row.
    pub fn insert(&mut self, key: &str, row: T) {
        let old = self.rows.insert(key.to_owned(), row);
        self.before.entry(key.to_owned()).or_insert(old);
    }

    /// Takes a row away.
    pub fn remove(&mut self, key: &str) -> Option<T>
    where
        T: Clone,
    {
        let old = self.rows.remove(key)?;
        self.before.entry(key.to_owned()).or_insert_with(|| Some(old.clone()));
        Some(old)
    }

    /// Keys changed since the last call of [`Table::settle`].
    pub fn changed(&self) -> impl Iterator<Item = &String> {
        self.before.keys()
    }

    fn collect(&self, table: &'static str, changes: &mut Vec<Change>)
    where
        T: Serialize,
    {
        for key in self.before.keys() {
            let value = self.rows.get(key).map(|row| {
                serde_json::to_vec(row).unwrap_or_else(|error| unreachable!("rows are plain data: {error}"))
            });
            changes.push(Change { table, key: key.clone(), value });
        }
    }

    /// Forgets what was before.
    pub fn settle(&mut self) {
        self.before.clear();
    }

    /// Puts everything back to what was before; answers the keys.
    pub fn roll_back(&mut self) -> Vec<String> {
        let mut keys = Vec::new();
        for (key, old) in std::mem::take(&mut self.before) {
            match old {
                Some(old) => self.rows.insert(key.clone(), old),
                None => self.rows.remove(&key),
            };
            keys.push(key);
        }
        keys
    }
}

/// One changed row, for a store.
#[derive(Debug)]
pub struct Change {
    /// `documents`, `gone`, `ghosts`, `operations`, `registrations` or `counters`.
    pub table: &'static str,
    /// Key of the row.
    pub key: String,
    /// The row as JSON; `None`: it has gone.
    pub value: Option<Vec<u8>>,
}

/// All that there is.
#[derive(Debug)]
pub struct World {
    /// Who and where.
    pub names: Names,
    /// Milliseconds since 1970 on the world's clock, as of the request that is being answered.
    pub now_ms: u64,
    docs: Table<Document>,
    /// True: what was done is not seen everywhere at once ([`lag`](super::lag)).
    pub lags: bool,
    /// The soft-deleted, by key of the id they had.
    pub gone: Table<Gone>,
    /// What went lately, by key of the id it had.
    pub ghosts: Table<Ghost>,
    /// Operations by name.
    pub operations: Table<Operation>,
    /// Registrations by namespace in lower case.
    pub registrations: Table<Registration>,
    /// How many lives each id had, and other counters.
    pub counters: Table<u32>,
    /// Role assignments that were deleted, and when: they go on counting for a while (AUTH-05). Not kept.
    pub revoked: Vec<(Document, u64)>,
    by_type: HashMap<String, BTreeSet<String>>,
    referrers: HashMap<String, BTreeSet<String>>,
}

impl World {
    /// An empty world.
    pub fn new(names: Names) -> Self {
        World {
            names,
            now_ms: 0,
            docs: Table::default(),
            lags: false,
            gone: Table::default(),
            ghosts: Table::default(),
            operations: Table::default(),
            registrations: Table::default(),
            counters: Table::default(),
            revoked: Vec::new(),
            by_type: HashMap::new(),
            referrers: HashMap::new(),
        }
    }

    /// The document of an id (any casing).
    pub fn get(&self, id: &str) -> Option<&Document> {
        let id = id.trim_end_matches('/');
        self.docs.get(id).or_else(|| self.docs.get(&id.to_lowercase()))
    }

    /// True for so many seconds after `since_ms`, if anything lags.
    pub fn unsettled(&self, since_ms: u64, seconds: f64) -> bool {
        self.lags && self.now_ms < since_ms.saturating_add((seconds * 1000.0) as u64)
    }

    /// What went at most so many seconds ago, and has not come back.
    pub fn ghosts_of(&self, seconds: f64) -> impl Iterator<Item = &Document> {
        let lately = self.ghosts.iter().filter(move |(key, ghost)| {
            self.unsettled(ghost.gone_ms, seconds) && self.docs.get(key).is_none()
        });
        lately.map(|(_, ghost)| &ghost.document)
    }

    /// All documents, in the order of their ids.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.docs.iter().map(|(_, document)| document)
    }

    /// Documents without the roles that the client has from the beginning.
    pub fn alive(&self) -> impl Iterator<Item = &Document> {
        self.documents().filter(|document| !document.is_founding())
    }

    /// What is alive, without what nobody sent: the watchers of a subscription's regions (IMP-09), the detection of failures
    /// (IMP-08).
    pub fn sent(&self) -> impl Iterator<Item = &Document> {
        const BY_ITSELF: [&str; 3] = [
            "/resourcegroups/networkwatcherrg",
            "/failure anomalies - ",
            "/application insights smart detection",
        ];
        self.docs
            .iter()
            .filter(|(key, document)| {
                !document.is_founding() && !BY_ITSELF.iter().any(|part| key.contains(part))
            })
            .map(|(_, document)| document)
    }

    /// Documents below an id (any casing): nested, and extending it; not the document itself.
    pub fn below<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Document> + use<'a> {
        let mut prefix = id.trim_end_matches('/').to_lowercase();
        prefix.push('/');
        self.docs
            .from(prefix.clone())
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(_, document)| document)
    }

    /// Children of one type: `children(vnet_id, "Microsoft.Network/virtualNetworks/subnets")`; also the extension
    /// resources of a type that sit right on the id. In the order of their creation.
    pub fn children(&self, id: &str, type_name: &str) -> Vec<&Document> {
        let key = id.trim_end_matches('/').to_lowercase();
        let mut found: Vec<&Document> = self
            .below(&key)
            .filter(|document| document.type_name.eq_ignore_ascii_case(type_name))
            .filter(|document| document.resource_id().scope().is_some_and(|scope| scope.key() == key))
            .collect();
        found.sort_by_key(|document| document.created_ms);
        found
    }

    /// All documents of one type (any casing).
    pub fn of_type<'a>(&'a self, type_name: &str) -> impl Iterator<Item = &'a Document> + use<'a> {
        self.by_type.get(&type_name.to_lowercase()).into_iter().flatten().filter_map(|key| self.docs.get(key))
    }

    /// Documents whose body names this id (any casing) anywhere, other than itself.
    pub fn referrers<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Document> + use<'a> {
        self.referrers
            .get(&id.trim_end_matches('/').to_lowercase())
            .into_iter()
            .flatten()
            .filter_map(|key| self.docs.get(key))
    }

    /// Documents whose body names something below this id or the id itself (any casing), other than what is below it.
    pub fn referrers_within(&self, id: &str) -> Vec<&Document> {
        let scope = id.trim_end_matches('/').to_lowercase();
        let keys: BTreeSet<&String> = self
            .referrers
            .iter()
            .filter(|(target, _)| within(target, &scope))
            .flat_map(|(_, keys)| keys)
            .filter(|key| !within(key, &scope))
            .collect();
        keys.into_iter().filter_map(|key| self.docs.get(key)).collect()
    }

    /// Stores a document as it is.
    pub fn put(&mut self, document: Document) {
        let key = document.key();
        self.unindex(&key);
        self.docs.insert(&key, document);
        self.index(&key);
    }

    /// Changes the body of a document, if it is there; gives it a new etag. Answers whether it was there.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        let Some(mut document) = self.get(id).cloned() else { return false };
        change(&mut document.body);
        document.etag = self.next_guid("etag");
        document.changed_ms = self.now_ms;
        self.put(document);
        true
    }

    /// Makes (or replaces) a document that another resource brings along: `body` is what PUT would have sent, complete
    /// with what the server fills in; `id`, `name` and `type` are put in. With an owner it cannot be deleted alone and goes
    /// with the owner.
    pub fn put_implied(&mut self, id: &ResourceId, type_name: &str, body: Value, owner: Option<&str>) {
        let old = self.get(id.key()).map(|old| (old.created_ms, old.incarnation));
        let (created_ms, incarnation) = old.unwrap_or_else(|| (self.now_ms, self.next_life(id.key())));
        let mut whole = json!({ "id": id.as_str(), "name": id.name(), "type": type_name });
        if let (Value::Object(whole), Value::Object(body)) = (&mut whole, body) {
            whole.extend(
                body.into_iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "name" | "type")),
            );
        }
        let etag = self.next_guid("etag");
        self.put(Document {
            id: id.as_str().to_owned(),
            type_name: type_name.to_owned(),
            body: whole,
            api_version: String::new(),
            etag,
            created_ms,
            changed_ms: self.now_ms,
            incarnation,
            owner: owner.map(str::to_lowercase),
            operation: None,
        });
    }

    /// Notes a role assignment that was deleted.
    pub fn revoke(&mut self, assignment: Document) {
        self.revoked.push((assignment, self.now_ms));
    }

    /// Takes one document away (not what is below it).
    pub fn remove(&mut self, id: &str) -> Option<Document> {
        let key = id.trim_end_matches('/').to_lowercase();
        self.unindex(&key);
        self.docs.remove(&key)
    }

    /// The time as Azure writes it: `2026-01-01T00:00:00.0000000Z` with seven digits.
    pub fn now(&self) -> String {
        iso(self.now_ms)
    }

    /// A GUID that depends on the seed, the id (any casing), which life of the id it is, and the purpose: the same in every
    /// run of the same story, another one after delete and re-create.
    pub fn new_guid(&self, id: &str, purpose: &str) -> String {
        let key = id.trim_end_matches('/').to_lowercase();
        let life = self
            .get(&key)
            .map_or_else(|| self.counters.get(&key).copied().unwrap_or(0) + 1, |d| d.incarnation);
        self.guid(&format!("{key}|{life}|{purpose}"))
    }

    /// A GUID that depends on the seed and the text only.
    pub fn guid(&self, text: &str) -> String {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}|{text}", self.names.seed).as_bytes()).to_string()
    }

    /// A GUID of a counter: another one at every call.
    pub fn next_guid(&mut self, purpose: &str) -> String {
        let key = format!("#{purpose}");
        let count = self.counters.get(&key).copied().unwrap_or(0) + 1;
        self.counters.insert(&key, count);
        self.guid(&format!("{key}|{count}"))
    }

    /// How far a counter has come.
    pub fn count(&self, key: &str) -> u32 {
        self.counters.get(key).copied().unwrap_or(0)
    }

    /// Counts a life of an id, and tells which.
    pub fn next_life(&mut self, key: &str) -> u32 {
        let life = self.counters.get(key).copied().unwrap_or(0) + 1;
        self.counters.insert(key, life);
        life
    }

    /// GUID of the tenant.
    pub fn tenant(&self) -> &str {
        &self.names.tenant_id
    }

    /// GUID of the subscription.
    pub fn subscription(&self) -> &str {
        &self.names.subscription_id
    }

    /// Object id of the caller's service principal.
    pub fn principal(&self) -> &str {
        &self.names.object_id
    }

    /// Application id of the caller.
    pub fn client(&self) -> &str {
        &self.names.client_id
    }

    /// Keeps what was done since the last call; the keys of changed documents are forgotten.
    pub fn settle(&mut self) {
        self.docs.settle();
        self.gone.settle();
        self.ghosts.settle();
        self.operations.settle();
        self.registrations.settle();
        self.counters.settle();
    }

    /// Undoes what was done since the last [`World::settle`].
    pub fn roll_back(&mut self) {
        let changed: Vec<String> = self.docs.changed().cloned().collect();
        for key in &changed {
            self.unindex(key);
        }
        self.docs.roll_back();
        for key in &changed {
            self.index(key);
        }
        self.gone.roll_back();
        self.ghosts.roll_back();
        self.operations.roll_back();
        self.registrations.roll_back();
        self.counters.roll_back();
    }

    /// What was changed since the last [`World::settle`], as rows for a store.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.docs.collect("documents", &mut changes);
        self.gone.collect("gone", &mut changes);
        self.ghosts.collect("ghosts", &mut changes);
        self.operations.collect("operations", &mut changes);
        self.registrations.collect("registrations", &mut changes);
        self.counters.collect("counters", &mut changes);
        changes
    }

    /// Takes one row of a store.
    ///
    /// # Errors
    /// If the row is not what it should be.
    pub fn load(&mut self, table: &str, key: &str, value: &[u8]) -> Result<(), serde_json::Error> {
        match table {
            "documents" => {
                self.docs.insert(key, serde_json::from_slice(value)?);
                self.index(key);
            }
            "gone" => self.gone.insert(key, serde_json::from_slice(value)?),
            "ghosts" => self.ghosts.insert(key, serde_json::from_slice(value)?),
            "operations" => self.operations.insert(key, serde_json::from_slice(value)?),
            "registrations" => self.registrations.insert(key, serde_json::from_slice(value)?),
            _ => self.counters.insert(key, serde_json::from_slice(value)?),
        }
        Ok(())
    }

    fn index(&mut self, key: &str) {
        let Some(document) = self.docs.get(key) else { return };
        self.by_type.entry(document.type_name.to_lowercase()).or_default().insert(key.to_owned());
        for target in mentioned(&document.body) {
            if target != key {
                self.referrers.entry(target).or_default().insert(key.to_owned());
            }
        }
    }

    fn unindex(&mut self, key: &str) {
        let Some(document) = self.docs.get(key) else { return };
        if let Some(keys) = self.by_type.get_mut(&document.type_name.to_lowercase()) {
            keys.remove(key);
        }
        for target in mentioned(&document.body) {
            if let Some(keys) = self.referrers.get_mut(&target) {
                keys.remove(key);
                if keys.is_empty() {
                    self.referrers.remove(&target);
                }
            }
        }
    }
}

/// Every id that a body names, as value or as key of an object, in lower case.
fn mentioned(body: &Value) -> BTreeSet<String> {
    fn note(text: &str, found: &mut BTreeSet<String>) {
        let known = text.as_bytes().first() == Some(&b'/')
            && text.get(..15).is_some_and(|head| head.eq_ignore_ascii_case("/subscriptions/"));
        if known {
            found.insert(text.trim_end_matches('/').to_lowercase());
        }
    }
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => note(text, found),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(object) => object.iter().for_each(|(key, value)| {
                note(key, found);
                walk(value, found);
            }),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(body, &mut found);
    found
}

/// Milliseconds since 1970 as Azure writes them: `2026-01-01T00:00:00.0000000Z`.
pub fn iso(ms: u64) -> String {
    let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
    let at = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}0000Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::new(Names {
            tenant_id: "t".into(),
            subscription_id: "s".into(),
            client_id: "c".into(),
            object_id: "o".into(),
            seed: "x".into(),
        })
    }

    #[test]
    fn a_rolled_back_world_is_what_it_was_with_its_indexes() {
        let mut world = world();
        let a = ResourceId::parse("/subscriptions/s/resourceGroups/g/providers/A.B/c/a").unwrap();
        let b = a.sibling("b");
        world.put_implied(&a, "A.B/c", json!({}), None);
        world.settle();
        world.put_implied(
            &b,
            "A.B/c",
            json!({"properties": {"to": {"id": a.as_str().to_uppercase()}}}),
            None,
        );
        world.remove(a.as_str());
        assert_eq!(world.referrers(a.as_str()).count(), 1);
        world.roll_back();
        assert_eq!(world.referrers(a.as_str()).count(), 0);
        assert_eq!(world.of_type("a.b/C").map(Document::name).collect::<Vec<_>>(), ["a"]);
        assert_eq!(world.changes().len(), 0);
    }

    #[test]
    fn guids_change_with_the_life_of_an_id_and_with_nothing_else() {
        let mut world = world();
        let a = ResourceId::parse("/subscriptions/s/resourceGroups/g/providers/A.B/c/a").unwrap();
        let before = world.new_guid(a.as_str(), "principal");
        world.put_implied(&a, "A.B/c", json!({}), None);
        assert_eq!(world.new_guid(&a.as_str().to_uppercase(), "principal"), before);
        world.remove(a.as_str());
        assert_ne!(world.new_guid(a.as_str(), "principal"), before);
    }

    #[test]
    fn times_are_written_with_seven_digits() {
        assert_eq!(iso(1_767_225_600_123), "2026-01-01T00:00:00.1230000Z");
    }
}
