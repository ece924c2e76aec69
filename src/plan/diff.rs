//! Document against document: what is claimed against what is live.
//!
//! Only claimed paths are compared; all else in the live document is observed and stays as it is. Equality is of
//! meaning, by the facts of the ARM type: whatever a service adds, re-cases or re-orders is no difference.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{BodyPath, ClaimOptions, Compare, FactNode, is_guid};
use crate::lang::{Entries, Kind, Marks, PathStep, Type, Value};

/// Why a claimed path must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Live has another value, or none.
    Differs,
    /// The claimed value is not known yet.
    Unknown,
    /// The value was made of an object that is made anew: the same text names another thing.
    Reincarnated,
    /// ARM does not return it, and it is not what was sent last.
    Unread,
}

/// One claimed path that must be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where in the document.
    pub path: Vec<PathStep>,
    /// What is claimed.
    pub want: Value,
    /// What is there.
    pub live: Option<Value>,
    /// Why.
    pub why: Why,
    /// The facts say that the path is fixed when the document is created.
    pub create_only: bool,
}

/// The answer of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The document as it will be: live where nothing differs, the claim where it does.
    pub planned: Value,
    /// What must be written; empty: nothing.
    pub differences: Vec<Difference>,
    /// Claimed paths that ARM does not return, with what is claimed: only a digest can tell whether they changed.
    pub unread: Vec<(Vec<PathStep>, Value)>,
}

/// Compares claims with a live document (`None`: it does not exist). `reincarnated` tells whether a value with these
/// marks names an object that is made anew.
pub fn compare(
    claim: &Value,
    live: Option<&Value>,
    facts: &FactNode,
    reincarnated: &dyn Fn(&Marks) -> bool,
) -> Comparison {
    compare_by(claim, live, facts, None, reincarnated)
}

/// The same by what the instance says of comparing.
pub fn compare_by(
    claim: &Value,
    live: Option<&Value>,
    facts: &FactNode,
    options: Option<&ClaimOptions>,
    reincarnated: &dyn Fn(&Marks) -> bool,
) -> Comparison {
    let mut walk = Walk { path: Vec::new(), found: Vec::new(), unread: Vec::new(), options, reincarnated };
    let planned = walk.value(claim, live, facts);
    Comparison { planned, differences: walk.found, unread: walk.unread }
}

struct Walk<'a> {
    path: Vec<PathStep>,
    found: Vec<Difference>,
    unread: Vec<(Vec<PathStep>, Value)>,
    options: Option<&'a ClaimOptions>,
    reincarnated: &'a dyn Fn(&Marks) -> bool,
}

impl Walk<'_> {
    fn value(&mut self, claim: &Value, live: Option<&Value>, facts: &FactNode) -> Value {
        let live = live.filter(|v| !v.is_null() && !self.masked(claim, v));
        if claim.is_unknown() {
            self.note(claim, live, Why::Unknown, facts);
            return claim.clone();
        }
        if facts.compare == Compare::WriteOnly {
            self.unread.push((self.path.clone(), claim.clone()));
            return claim.clone();
        }
        if !claim.marks.is_empty() && (self.reincarnated)(&claim.marks) {
            self.note(claim, live, Why::Reincarnated, facts);
            return claim.clone();
        }
        match &claim.kind {
            Kind::Object(entries) | Kind::Map(_, entries) => self.object(claim, entries, live, facts),
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                self.array(claim, items, live, facts)
            }
            _ => {
                if same(claim, live, facts) || self.same_but_for_case(claim, live) {
                    return live.cloned().unwrap_or_else(|| claim.clone());
                }
                self.note(claim, live, Why::Differs, facts);
                claim.clone()
            }
        }
    }

    fn object(&mut self, claim: &Value, entries: &Entries, live: Option<&Value>, facts: &FactNode) -> Value {
        let none = Entries::new();
        let there = match live {
            None => &none,
            Some(value) => match value.as_entries() {
                Some(there) => there,
                None => {
                    self.note(claim, live, Why::Differs, facts);
                    return claim.clone();
                }
            },
        };
        let server = |name: &str| facts.property(name).is_some_and(|f| f.read_only);
        let more =
            there.iter().any(|(name, v)| !v.is_null() && find_key(entries, name).is_none() && !server(name));
        if facts.whole && live.is_some() && more {
            self.note(claim, live, Why::Differs, facts);
            return claim.clone();
        }
        if live.is_none() && entries.is_empty() && !self.path.is_empty() {
            return claim.clone();
        }
        let whole = matches!(self.path.last(), Some(PathStep::Attribute(name)) if is_whole(name))
            && !self.options.is_some_and(|o| o.merges_items);
        // Where nothing differs, what is there is what is planned: it is kept once.
        let mut planned = Cow::Borrowed(there);
        for (name, wanted) in entries {
            let key = find_key(there, name);
            self.path.push(PathStep::Attribute(name.clone()));
            if whole && key.is_none() && wanted.as_entries().is_some_and(Entries::is_empty) {
                self.note(wanted, None, Why::Differs, &GENERIC);
            }
            let below = facts.property(name).unwrap_or_else(|| facts_below(facts, Some(name)));
            let value = self.value(wanted, key.and_then(|k| there.get(k)), below);
            self.path.pop();
            let name = key.cloned().unwrap_or_else(|| name.clone());
            if wanted.is_null() && planned.get(&name).is_none_or(Value::is_null) {
                continue;
            }
            if planned.get(&name).is_none_or(|known| !known.is_same(&value)) {
                planned.to_mut().insert(name, value);
            }
        }
        if whole {
            for (name, value) in there.iter().filter(|(n, v)| !v.is_null() && find_key(entries, n).is_none())
            {
                self.path.push(PathStep::Attribute(name.clone()));
                self.note(&Value::null(Type::Dynamic), Some(value), Why::Differs, &GENERIC);
                self.path.pop();
                planned.to_mut().remove(name);
            }
        }
        let kind = match (planned, live.map(|v| &v.kind)) {
            (Cow::Borrowed(_), Some(Kind::Object(same))) => Kind::Object(same.clone()),
            (planned, _) => Kind::Object(Arc::new(planned.into_owned())),
        };
        Value { kind, marks: claim.marks.clone() }
    }

    fn array(&mut self, claim: &Value, items: &[Value], live: Option<&Value>, facts: &FactNode) -> Value {
        let there = live.and_then(Value::as_sequence).unwrap_or(&[]);
        if items.is_empty() && there.is_empty() {
            return claim.clone();
        }
        let below = facts.items.as_deref().unwrap_or_else(|| facts_below(facts, None));
        let (own, found) = match self.own_rule(items, there) {
            Some(rule) => (true, rule),
            None => (false, pair(items, there, facts, below)),
        };
        let Some((pairs, idle)) = found else {
            // Not the same items: the whole array is written; matched ones keep what the service added to them.
            self.note(claim, live, Why::Differs, facts);
            return self.with_others(claim, items, there, below);
        };
        let mut planned = Vec::with_capacity(items.len());
        for (at, (wanted, found)) in items.iter().zip(&pairs).enumerate() {
            self.path.push(PathStep::Index(at));
            planned.push(self.value(wanted, Some(found), below));
            self.path.pop();
        }
        if own {
            // Among items of others everything stays where it is.
            let place = |item: &Value| pairs.iter().position(|paired| std::ptr::eq(*paired, item));
            let kept = there.iter().map(|item| place(item).map_or(item, |at| &planned[at]).clone());
            return Value { kind: Kind::Tuple(Arc::new(kept.collect())), marks: claim.marks.clone() };
        }
        planned.extend(idle.into_iter().cloned());
        if let Some(Kind::Tuple(same)) = live.map(|v| &v.kind)
            && planned.len() == same.len()
            && planned.iter().zip(same.iter()).all(|(a, b)| a.is_same(b))
        {
            return Value { kind: Kind::Tuple(same.clone()), marks: claim.marks.clone() };
        }
        Value { kind: Kind::Tuple(Arc::new(planned)), marks: claim.marks.clone() }
    }

    fn at(&self, path: &BodyPath) -> bool {
        let mut names = self.path.iter().filter_map(|step| match step {
            PathStep::Attribute(name) | PathStep::Key(name) => Some(name),
            PathStep::Index(_) => None,
        });
        path.iter().all(|name| names.next().is_some_and(|n| n.eq_ignore_ascii_case(name)))
            && names.next().is_none()
    }

    /// A text that stands where a service hides a secret says nothing of it.
    fn masked(&self, claim: &Value, live: &Value) -> bool {
        let text = live.as_str().filter(|_| self.options.is_some_and(|o| o.keep_missing));
        text.is_some_and(|t| t == "<redacted>" || t.bytes().all(|b| b == b'*')) && claim.as_str() != text
    }

    fn same_but_for_case(&self, claim: &Value, live: Option<&Value>) -> bool {
        let texts = claim.as_str().zip(live.and_then(Value::as_str));
        self.options.is_some_and(|o| o.ignore_case)
            && texts.is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase())
    }

    /// An array to be, where items that are not claimed stay.
    fn with_others(&self, claim: &Value, items: &[Value], there: &[Value], below: &FactNode) -> Value {
        let options =
            self.options.filter(|o| o.merges_items || o.partial_lists.iter().any(|path| self.at(path)));
        let Some(options) = options else {
            // An item that means what is there is no change of its own, whatever its letters.
            let kept = items.iter().map(|item| {
                let mut same = there.iter().map(|found| compare(item, Some(found), below, self.reincarnated));
                same.find(|c| c.differences.is_empty()).map_or_else(|| item.clone(), |c| c.planned)
            });
            let kept = Kind::Tuple(Arc::new(kept.collect()));
            return Value { kind: kept, marks: claim.marks.clone() };
        };
        let by_name = [Arc::from("name")];
        let keys = options.list_keys.iter().find(|(path, _)| self.at(path)).map_or(&by_name[..], |(_, k)| k);
        let wanted: Vec<Option<String>> = items.iter().map(|item| identity(item, keys)).collect();
        let known: Vec<Option<String>> = there.iter().map(|item| identity(item, keys)).collect();
        let place = |name: &Option<String>| wanted.iter().position(|w| w.is_some() && w == name);
        let old = there.iter().zip(&known).map(|(item, name)| place(name).map_or(item, |at| &items[at]));
        let new =
            items.iter().zip(&wanted).filter(|(_, w)| w.is_none() || !known.contains(w)).map(|(i, _)| i);
        let all = old.chain(new).cloned().collect();
        Value { kind: Kind::Tuple(Arc::new(all)), marks: claim.marks.clone() }
    }

    /// How the instance itself says that the items of this array are told apart; `None`: it says nothing.
    fn own_rule<'v>(&self, items: &'v [Value], there: &'v [Value]) -> Option<Option<Pairs<'v>>> {
        let options = self.options?;
        let keys = options.list_keys.iter().find(|(path, _)| self.at(path)).map(|(_, keys)| &keys[..]);
        let partial = options.merges_items || options.partial_lists.iter().any(|path| self.at(path));
        if keys.is_none() && !partial {
            return None;
        }
        let by_name = [Arc::from("name")];
        let name = |item: &Value| identity(item, keys.unwrap_or(&by_name));
        let (wanted, found): (Option<Vec<_>>, Option<Vec<_>>) =
            (items.iter().map(name).collect(), there.iter().map(name).collect());
        let (wanted, found) = wanted.zip(found)?;
        let mut free: Vec<(String, &Value)> = found.into_iter().zip(there).collect();
        let mut pairs = Vec::with_capacity(items.len());
        for name in wanted {
            let at = free.iter().position(|(n, _)| *n == name);
            let Some(at) = at else { return Some(None) };
            pairs.push(free.swap_remove(at).1);
        }
        let free: Vec<&Value> = free.into_iter().map(|(_, item)| item).collect();
        Some((partial || free.is_empty()).then_some((pairs, free)))
    }

    fn note(&mut self, want: &Value, live: Option<&Value>, why: Why, facts: &FactNode) {
        self.found.push(Difference {
            path: self.path.clone(),
            want: want.clone(),
            live: live.cloned(),
            why,
            create_only: facts.create_only,
        });
    }
}

/// For each wanted item the live one that is compared with it, and the live ones that are left alone.
type Pairs<'v> = (Vec<&'v Value>, Vec<&'v Value>);

/// What names an item by these properties; `None`: none of them is there.
fn identity(item: &Value, keys: &[Arc<str>]) -> Option<String> {
    let parts: Vec<&str> =
        keys.iter().map(|key| at_path(item, key).and_then(Value::as_str).unwrap_or_default()).collect();
    parts.iter().any(|part| !part.is_empty()).then(|| parts.join("_").to_lowercase())
}

/// The items of two arrays paired by the facts; `None` when they do not hold the same.
fn pair<'v>(items: &'v [Value], there: &'v [Value], facts: &FactNode, below: &FactNode) -> Option<Pairs<'v>> {
    let none = below.default.and_then(|text| serde_json::from_str(text).ok()).map(|j| Value::from_json(&j));
    let idle = |item: &Value| {
        none.as_ref().and_then(Value::as_entries).is_some_and(|all| {
            all.iter().all(|(name, v)| at_path(item, name).is_some_and(|there| there.kind == v.kind))
        })
    };
    if none.is_none() && items.len() != there.len() {
        return None;
    }
    // What is wanted and not there is as good as there if nothing but its name sets it apart from the default.
    let missed = |item: &Value, keys: &[&str]| {
        none.as_ref().and_then(Value::as_entries).is_some_and(|all| {
            let named = keys.iter().filter_map(|key| Some(((*key).into(), item.get(key)?.clone())));
            let named = Value::object(all.clone().into_iter().chain(named));
            compare(item, Some(&named), below, &|_| false).differences.is_empty()
        })
    };
    // azapi's rule for lists without facts: by name where every item has one, else by order.
    let keys: Option<&[&str]> = facts.set_key.or_else(|| named(items, there).then_some(&["name"]));
    let Some(keys) = keys else {
        return (items.len() == there.len()).then(|| (there.iter().collect(), Vec::new()));
    };
    let mut free: Vec<&Value> = there.iter().collect();
    let mut pairs = Vec::with_capacity(items.len());
    for item in items {
        let at = free.iter().position(|found| {
            if keys.is_empty() {
                compare(item, Some(found), below, &|_| false).differences.is_empty()
            } else {
                keys.iter().all(|key| same_key(at_path(item, key), at_path(found, key), how(below, key)))
            }
        });
        pairs.push(match at {
            Some(at) => free.swap_remove(at),
            None if missed(item, keys) => item,
            None => return None,
        });
    }
    free.iter().all(|item| idle(item)).then_some((pairs, free))
}

/// How the property at a dotted path below a node is compared.
fn how(node: &FactNode, dotted: &str) -> Compare {
    let below = dotted.split('.').try_fold(node, |n, name| n.property(name));
    below.map_or(Compare::Exact, |n| n.compare)
}

fn named(items: &[Value], there: &[Value]) -> bool {
    !items.is_empty()
        && items.iter().chain(there).all(|v| v.get("name").is_some_and(|n| n.as_str().is_some()))
}

fn at_path<'v>(value: &'v Value, dotted: &str) -> Option<&'v Value> {
    dotted.split('.').try_fold(value, |v, name| {
        let entries = v.as_entries()?;
        entries.get(find_key(entries, name)?).filter(|part| !part.is_null())
    })
}

fn same_key(a: Option<&Value>, b: Option<&Value>, how: Compare) -> bool {
    let said = |v: Option<&Value>| v.is_some_and(|v| !v.is_null());
    match (a, b) {
        _ if !said(a) && !said(b) => true,
        (Some(a), Some(b)) => match (a.as_str(), b.as_str()) {
            (Some(x), Some(y)) => squeeze(x) == squeeze(y) || scalar(a, b, how),
            _ => a.kind == b.kind,
        },
        _ => false,
    }
}

/// The key of an object whatever its casing; the exact one first.
fn find_key<'m>(entries: &'m Entries, name: &str) -> Option<&'m Arc<str>> {
    match entries.get_key_value(name) {
        Some((key, _)) => Some(key),
        None => entries.keys().find(|k| k.eq_ignore_ascii_case(name)),
    }
}

/// Is this a map with free keys, of which a claim says all entries?
pub fn is_whole(name: &str) -> bool {
    ["tags", "userAssignedIdentities"].iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Facts of paths that no table knows, below what is known: a property, or an item. What is in something that is fixed is
/// fixed, and `location` is a location wherever it stands.
fn facts_below(above: &FactNode, name: Option<&str>) -> &'static FactNode {
    match name {
        _ if above.whole => &WHOLE,
        _ if above.create_only => &FIXED,
        Some("location") => &LOCATION,
        _ => &GENERIC,
    }
}

static GENERIC: FactNode = plain(Compare::Exact, false, false);
/// Below an object that a claim says all of.
static WHOLE: FactNode = plain(Compare::Exact, true, false);
static LOCATION: FactNode = plain(Compare::Location, false, false);
static FIXED: FactNode = plain(Compare::Exact, false, true);

const fn plain(compare: Compare, whole: bool, create_only: bool) -> FactNode {
    FactNode {
        compare,
        create_only,
        read_only: false,
        default: None,
        set_key: None,
        secret: false,
        whole,
        neutral: None,
        properties: BTreeMap::new(),
        items: None,
    }
}

/// Do a claimed scalar (or null) and a live value mean the same?
fn same(claim: &Value, live: Option<&Value>, facts: &FactNode) -> bool {
    let default =
        || facts.default.and_then(|text| serde_json::from_str(text).ok()).map(|j| Value::from_json(&j));
    let Some(live) = live else {
        return claim.is_null() || default().is_some_and(|d| scalar(claim, &d, facts.compare));
    };
    if claim.is_null() {
        let empty = live.as_sequence().is_some_and(<[Value]>::is_empty)
            || live.as_entries().is_some_and(Entries::is_empty)
            || live.as_str() == Some("");
        return empty || default().is_some_and(|d| scalar(&d, live, facts.compare));
    }
    scalar(claim, live, facts.compare)
}

fn scalar(a: &Value, b: &Value, how: Compare) -> bool {
    let (Some(x), Some(y)) = (a.as_str(), b.as_str()) else { return a.kind == b.kind };
    if x == y {
        return true;
    }
    match how {
        // ARM ids and GUIDs differ in case from answer to answer (HTTP-02), whether a table knows the path or not.
        Compare::Exact => (is_id(x) && is_id(y) || is_guid(x)) && x.eq_ignore_ascii_case(y),
        Compare::IgnoreCase => x.eq_ignore_ascii_case(y),
        Compare::Location => squeeze(x) == squeeze(y),
        Compare::Cidr => x.trim_end_matches("/32") == y.trim_end_matches("/32"),
        Compare::Words => words(x) == words(y),
        Compare::TrailingSlash => x.trim_end_matches('/').eq_ignore_ascii_case(y.trim_end_matches('/')),
        Compare::LastSegment => last(x).eq_ignore_ascii_case(last(y)),
        Compare::Duration => seconds(x).is_some_and(|s| seconds(y) == Some(s)),
        Compare::WriteOnly => true,
    }
}

fn is_id(text: &str) -> bool {
    let head = |p: &str| text.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p));
    head("/subscriptions/") || head("/providers/")
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text.split(',').map(squeeze).filter(|w| !w.is_empty()).collect();
    all.sort();
    all
}

fn last(text: &str) -> &str {
    text.trim_end_matches('/').rsplit('/').next().unwrap_or(text)
}

/// Seconds of an ISO 8601 duration with days, hours, minutes and seconds; months and years are not compared so.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix('P')?;
    let (mut total, mut in_time, mut any) = (0.0, false, false);
    while !rest.is_empty() {
        if let Some(more) = rest.strip_prefix('T') {
            (in_time, rest) = (true, more);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit = match (rest.as_bytes()[end], in_time) {
            (b'W', false) => 604_800.0,
            (b'D', false) => 86_400.0,
            (b'H', true) => 3_600.0,
            (b'M', true) => 60.0,
            (b'S', true) => 1.0,
            _ => return None,
        };
        total += number * unit;
        any = true;
        rest = &rest[end + 1..];
    }
    any.then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(claim: serde_json::Value, live: serde_json::Value, facts: &FactNode) -> Vec<String> {
        let found = compare(&Value::from_json(&claim), Some(&Value::from_json(&live)), facts, &|_| false);
        found.differences.iter().map(|d| path_text(&d.path)).collect()
    }

    fn path_text(path: &[PathStep]) -> String {
        path.iter()
            .map(|s| match s {
                PathStep::Attribute(n) | PathStep::Key(n) => format!(".{n}"),
                PathStep::Index(i) => format!("[{i}]"),
            })
            .collect()
    }

    fn node(compare: Compare) -> FactNode {
        FactNode { compare, ..FactNode::default() }
    }

    #[test]
    fn only_claimed_paths_are_compared() {
        let live = json!({"location": "eastus", "etag": "1", "properties": {"a": 1, "added": true}});
        assert!(
            check(json!({"location": "East US", "properties": {"a": 1}}), live.clone(), &GENERIC).is_empty()
        );
        assert_eq!(
            check(json!({"properties": {"a": 2, "b": "x"}}), live, &GENERIC),
            [".properties.a", ".properties.b"]
        );
    }

    #[test]
    fn http_02_ids_and_names_differ_in_case() {
        let live = json!({"Id": "/subscriptions/s/resourcegroups/rg"});
        assert!(check(json!({"id": "/subscriptions/s/resourceGroups/rg"}), live, &GENERIC).is_empty());
        assert_eq!(check(json!({"id": "Rg"}), json!({"id": "rg"}), &GENERIC), [".id"]);
    }

    #[test]
    fn lists_of_named_items_match_by_name_and_are_exclusive() {
        let live = json!([{"name": "b", "p": 2, "etag": "e"}, {"name": "a", "p": 1}]);
        let want = json!({"rules": [{"name": "a", "p": 1}, {"name": "b", "p": 2}]});
        assert!(check(want.clone(), json!({"rules": live}), &GENERIC).is_empty());
        assert_eq!(check(want, json!({"rules": [{"name": "a", "p": 1}]}), &GENERIC), [".rules"]);
        assert_eq!(
            check(json!({"r": [{"name": "a", "p": 9}]}), json!({"r": [{"name": "a", "p": 1}]}), &GENERIC),
            [".r[0].p"]
        );
    }

    #[test]
    fn sets_without_a_key_match_by_their_items() {
        let mut facts = FactNode::default();
        let set = FactNode {
            set_key: Some(&[]),
            items: Some(Box::new(node(Compare::Cidr))),
            ..FactNode::default()
        };
        facts.properties.insert("ips", set);
        assert!(
            check(
                json!({"ips": ["1.1.1.1", "2.2.2.2"]}),
                json!({"ips": ["2.2.2.2/32", "1.1.1.1/32"]}),
                &facts
            )
            .is_empty()
        );
        assert_eq!(check(json!({"ips": ["1.1.1.1"]}), json!({"ips": ["9.9.9.9"]}), &facts), [".ips"]);
    }

    #[test]
    fn of_an_array_that_changes_what_stays_is_written_as_it_is_there() {
        let id = |group: &str| format!("/subscriptions/s/resourceGroups/{group}");
        let claim = json!({"all": [{"id": id("a"), "x": [id("b")]}, {"id": id("new")}]});
        let live = json!({"all": [{"id": id("A"), "x": [id("B")], "added": 1}]});
        let (claim, live) = (Value::from_json(&claim), Value::from_json(&live));
        let found = compare(&claim, Some(&live), &GENERIC, &|_| false);
        assert_eq!(found.differences.len(), 1);
        assert_eq!(
            found.planned.to_json().unwrap(),
            json!({"all": [{"id": id("A"), "x": [id("B")], "added": 1}, {"id": id("new")}]})
        );
    }

    #[test]
    fn values_compare_by_meaning() {
        for (how, a, b) in [
            (Compare::IgnoreCase, "Sql", "SQL"),
            (Compare::Words, "Logging, AzureServices", "AzureServices,Logging"),
            (Compare::TrailingSlash, "https://v/", "https://v"),
            (
                Compare::LastSegment,
                "/subscriptions/s/providers/x/roleDefinitions/G",
                "/providers/x/roleDefinitions/g",
            ),
            (Compare::Duration, "PT120S", "PT2M"),
            (Compare::Duration, "P1D", "PT24H"),
            (Compare::WriteOnly, "secret", "other"),
        ] {
            let mut facts = FactNode::default();
            facts.properties.insert("x", node(how));
            assert!(check(json!({ "x": a }), json!({ "x": b }), &facts).is_empty(), "{a} {b}");
            let plain = check(json!({ "x": a }), json!({ "x": b }), &GENERIC);
            assert_eq!(plain, [".x"], "{a} {b}");
        }
    }

    #[test]
    fn an_absent_value_equals_null_and_the_default() {
        let mut facts = FactNode::default();
        facts.properties.insert("x", FactNode { default: Some("\"Hot\""), ..FactNode::default() });
        assert!(check(json!({"x": "Hot", "y": null}), json!({}), &facts).is_empty());
        assert!(check(json!({"x": null}), json!({"x": "Hot"}), &facts).is_empty());
        assert_eq!(check(json!({"x": "Cool", "y": null}), json!({"y": 1}), &facts), [".x", ".y"]);
    }

    #[test]
    fn an_item_that_is_off_is_as_good_as_there_if_it_says_no_more() {
        let off = FactNode { default: Some(r#"{"on":false}"#), ..FactNode::default() };
        let mut facts = FactNode::default();
        let all = FactNode { set_key: Some(&["is"]), items: Some(Box::new(off)), ..FactNode::default() };
        facts.properties.insert("x", all);
        let live = || json!({"x": [{"is": "a", "on": false}]});
        assert!(check(json!({"x": [{"is": "b", "on": false}]}), live(), &facts).is_empty());
        assert_eq!(check(json!({"x": [{"is": "b", "on": false, "days": 5}]}), live(), &facts), [".x"]);
        assert_eq!(check(json!({"x": [{"is": "b", "on": true}]}), live(), &facts), [".x"]);
        // What is there and off is left alone, whatever it says.
        let more = json!({"x": [{"is": "a", "on": false, "days": 5}]});
        assert!(check(json!({"x": []}), more, &facts).is_empty());
    }

    #[test]
    fn the_planned_document_keeps_what_is_observed() {
        let claim = Value::from_json(&json!({"properties": {"a": 2, "same": "EAST"}}));
        let live = Value::from_json(&json!({"properties": {"a": 1, "same": "east", "added": 3}}));
        let mut facts = FactNode::default();
        let mut below = FactNode::default();
        below.properties.insert("same", node(Compare::IgnoreCase));
        facts.properties.insert("properties", below);
        let found = compare(&claim, Some(&live), &facts, &|_| false);
        assert_eq!(
            found.planned.to_json().unwrap(),
            json!({"properties": {"a": 2, "added": 3, "same": "east"}})
        );
    }
}
