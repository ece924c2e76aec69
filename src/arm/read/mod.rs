//! Bulk reading: what a plan needs, in as few requests as ARM's lists allow, all at once.
//!
//! Items that one list covers are read by that list when there are at least two of them; the narrowest list that does it in
//! as few requests wins. What a list cannot tell (refused, lagging behind) is asked again by GET.
//!
//! Must not know: why something is needed, what is done with it.

mod facts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::client::{ArmClient, Live, Write};
use super::error::{ArmError, ErrorKind};
use super::id::{ArmId, RESOURCE_GROUP};
use facts::Level;

/// Requests in flight at once.
const PARALLEL: usize = 32;
/// From this many resource groups on, one list of the whole subscription is cheaper than a list of each.
const MANY_GROUPS: usize = 3;

/// One resource that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Need {
    /// Which.
    pub id: ArmId,
    /// At which API version.
    pub api_version: String,
    /// Whether only its own GET will do.
    pub exact: bool,
}

impl Need {
    /// A need that a list may satisfy.
    pub fn new(id: ArmId, api_version: impl Into<String>) -> Self {
        Self { id, api_version: api_version.into(), exact: false }
    }
}

/// What was found: the resource, that it does not exist, or why it could not be read.
pub type Read<T = Live> = Result<Option<T>, ArmError>;

/// The answers to a list of needs; of each resource what its reader made of it.
#[derive(Debug)]
pub struct Reads<T = Live> {
    found: HashMap<ArmId, Vec<(String, Read<T>)>>,
    /// Requests that were made, without the token's.
    pub requests: usize,
}

impl<T> Default for Reads<T> {
    fn default() -> Self {
        Self { found: HashMap::new(), requests: 0 }
    }
}

/// What a resource that was read is turned into at once, so that long lists are never held as they came.
type Keep<'k, T> = &'k dyn Fn(Live) -> T;

impl<T> Reads<T> {
    /// What was found for a need; `None` if it was not among them.
    pub fn get(&self, id: &ArmId, api_version: &str) -> Option<&Read<T>> {
        self.found.get(id)?.iter().find(|(v, _)| v == api_version).map(|(_, read)| read)
    }

    /// All answers: id, API version, what was found.
    pub fn iter(&self) -> impl Iterator<Item = (&ArmId, &str, &Read<T>)> {
        self.found.iter().flat_map(|(id, list)| list.iter().map(move |(v, read)| (id, v.as_str(), read)))
    }

    /// The resources that could not be read, and why.
    pub fn errors(&self) -> impl Iterator<Item = (&ArmId, &ArmError)> {
        self.iter().filter_map(|(id, _, read)| read.as_ref().err().map(|e| (id, e)))
    }

    fn put(&mut self, need: &Need, read: Read<T>) {
        self.found.entry(need.id.clone()).or_default().push((need.api_version.clone(), read));
    }

    fn absent(&self, id: &ArmId) -> bool {
        self.found.get(id).is_some_and(|list| list.iter().any(|(_, read)| matches!(read, Ok(None))))
    }
}

/// How it is chosen between lists and GETs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// As few requests as will do.
    #[default]
    Fewest,
    /// Lists wherever there is one that holds whole bodies, also for one item.
    Lists,
    /// A GET for each.
    Gets,
}

/// One request of the plan of reading.
#[derive(Debug, PartialEq, Eq)]
enum Request<'a> {
    Get(&'a Need),
    /// A list's path, and the needs that it covers.
    List(String, Vec<&'a Need>),
}

/// Chooses the requests for some needs.
fn choose<'a>(needs: impl Iterator<Item = &'a Need>, prefer: Prefer) -> Vec<Request<'a>> {
    let mut requests = Vec::new();
    // By type, version and subscription; ordered, so that the same needs make the same requests.
    let mut listed: BTreeMap<(String, &str, String), Vec<&Need>> = BTreeMap::new();
    for need in needs {
        let listed_at =
            |_: &&str| !need.exact && prefer != Prefer::Gets && facts::row(need.id.resource_type()).is_some();
        let subscription = need.id.subscription().filter(listed_at);
        match subscription {
            Some(s) => {
                let kind = need.id.resource_type().to_lowercase();
                listed.entry((kind, &need.api_version, s.to_lowercase())).or_default().push(need);
            }
            None => requests.push(Request::Get(need)),
        }
    }
    for ((kind, ..), group) in listed {
        let Some(row) = facts::row(&kind) else { continue };
        let mut collections: BTreeMap<String, Vec<&Need>> = BTreeMap::new();
        for need in &group {
            collections.entry(need.id.collection().to_lowercase()).or_default().push(need);
        }
        let wide = match row.1 {
            Level::Both => collections.len() >= MANY_GROUPS,
            Level::Deep => collections.len() >= 2,
            Level::Group | Level::Parent => false,
        };
        if wide && group.len() >= 2 {
            requests.push(Request::List(subscription_list(&group[0].id), group));
            continue;
        }
        for group in collections.into_values() {
            match group.as_slice() {
                [one] if prefer != Prefer::Lists => requests.push(Request::Get(one)),
                [first, ..] => requests.push(Request::List(first.id.collection().to_owned(), group)),
                [] => {}
            }
        }
    }
    requests
}

/// The list of a type in the whole subscription of an id.
fn subscription_list(id: &ArmId) -> String {
    let subscription = id.subscription().unwrap_or_default();
    match id.is_type(RESOURCE_GROUP) {
        true => format!("/subscriptions/{subscription}/resourceGroups"),
        false => format!("/subscriptions/{subscription}/providers/{}", id.resource_type()),
    }
}

impl ArmClient {
    /// Reads everything that is needed. One answer for each need; a failure of one is no failure of the others.
    pub async fn read(&self, needs: &[Need]) -> Reads {
        self.read_by(needs, Prefer::Fewest, &|live| live).await
    }

    /// The same with another choice between lists and GETs, keeping of each resource what `keep` makes of it.
    pub async fn read_by<T>(&self, needs: &[Need], prefer: Prefer, keep: Keep<'_, T>) -> Reads<T> {
        let mut seen = HashSet::new();
        let needs: Vec<&Need> = needs.iter().filter(|n| seen.insert((&n.id, &n.api_version))).collect();
        let mut reads = Reads::default();
        let again = self.round(choose(needs.iter().copied(), prefer), keep, &mut reads).await;
        // What lies in something that is not there is not there either.
        let (inside, again): (Vec<&Need>, Vec<&Need>) =
            again.into_iter().partition(|n| n.id.ancestors().any(|a| reads.absent(&a)));
        for need in inside {
            reads.put(need, Ok(None));
        }
        self.round(again.into_iter().map(Request::Get).collect(), keep, &mut reads).await;
        reads
    }

    /// Makes the requests; gives back the needs that want a GET of their own.
    async fn round<'a, T>(
        &self,
        requests: Vec<Request<'a>>,
        keep: Keep<'_, T>,
        reads: &mut Reads<T>,
    ) -> Vec<&'a Need> {
        let mut again = Vec::new();
        reads.requests += requests.len();
        let mut answers =
            stream::iter(requests.into_iter().map(|r| self.answer(r, keep))).buffer_unordered(PARALLEL);
        while let Some((found, open)) = answers.next().await {
            for (need, read) in found {
                reads.put(need, read);
            }
            again.extend(open);
        }
        again
    }

    /// One request: what it tells about which needs, and which it leaves open.
    async fn answer<'a, T>(
        &self,
        request: Request<'a>,
        keep: Keep<'_, T>,
    ) -> (Vec<(&'a Need, Read<T>)>, Vec<&'a Need>) {
        let (path, needs) = match request {
            Request::Get(need) => {
                let found = self.get(&need.id, &need.api_version, &[]).await;
                return (vec![(need, found.map(|live| live.map(keep)))], Vec::new());
            }
            Request::List(path, needs) => (path, needs),
        };
        let version = needs.first().map_or("", |n| n.api_version.as_str());
        let wanted: HashSet<&ArmId> = needs.iter().map(|n| &n.id).collect();
        let mut by_id: HashMap<ArmId, T> = HashMap::with_capacity(needs.len());
        let mut take = |body: Value| {
            let id = body.get("id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
            if let Some(id) = id.filter(|id| wanted.contains(id)) {
                let etag = body.get("etag").and_then(Value::as_str).map(str::to_owned);
                by_id.insert(id, keep(Live { body, etag }));
            }
        };
        match self.list_each(&path, version, &Write::default(), &mut take).await {
            Ok(()) => {}
            // The service answered: what it refuses as a list it may give one by one (no right to list, no such list).
            Err(error)
                if error.kind == ErrorKind::Refused
                    && error.status.is_some_and(|s| s < 500 && s != 401 && s != 429) =>
            {
                return (Vec::new(), needs);
            }
            Err(error) => return (needs.into_iter().map(|n| (n, Err(error.clone()))).collect(), Vec::new()),
        };
        let (mut found, mut open) = (Vec::new(), Vec::new());
        for need in needs {
            match by_id.remove(&need.id) {
                Some(kept) => found.push((need, Ok(Some(kept)))),
                None if facts::row(need.id.resource_type()).is_some_and(|r| r.2) => open.push(need),
                None => found.push((need, Ok(None))),
            }
        }
        (found, open)
    }
}
