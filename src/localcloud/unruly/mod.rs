//! Answers as services give them, where the cloud otherwise answers what it was told: ids, locations and some words in
//! another case (HTTP-02), arrays and members in another order, nulls, empty lists and read-only properties that nobody asked
//! for (HTTP-06, IMP-11). A GET, a list and the answer of a PUT may each say it differently; what is read-only has the same
//! value everywhere. One seed, one manner.
//!
//! Nothing of this changes what is stored. What a user wrote freely (tags, settings, commands) comes back as it was written.

mod tables;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::rules::{entered, holders};
use super::schema::{self, Holds, Known, Visit};
use super::tables::region;
use tables::{LOCATIONS, NUMBERS, UNORDERED, UNPUBLISHED, WORDS, Word};

/// How an unruly cloud answers.
#[derive(Debug, Clone, Copy)]
pub struct Unruly {
    seed: u64,
}

impl Unruly {
    /// The manner of a seed.
    pub fn new(seed: u64) -> Unruly {
        Unruly { seed }
    }

    /// Changes the answer to a request (`method`: of the request): a resource, or a list of them. All else is left.
    pub fn answer(&self, method: &str, api_version: &str, body: &mut Value) {
        match body.get_mut("value") {
            Some(Value::Array(items)) => {
                items.iter_mut().for_each(|item| self.resource("LIST", api_version, item));
            }
            _ => self.resource(method, api_version, body),
        }
    }

    fn resource(&self, method: &str, api_version: &str, body: &mut Value) {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, type_name) = (text("id"), text("type"));
        if !is_id(&id) || !type_name.contains('/') {
            return;
        }
        let key = id.to_lowercase();
        let mut manner = Manner { seed: self.seed, of: &key, by: method };
        for (at, paths) in UNORDERED.iter().filter(|(at, _)| at.eq_ignore_ascii_case(&type_name)) {
            paths.iter().for_each(|path| manner.reorder(body, at, path));
        }
        for (_, path) in NUMBERS.iter().filter(|(at, _)| at.eq_ignore_ascii_case(&type_name)) {
            entered(body, path, &mut |object, name| {
                if let Some(whole) = object.get(name).and_then(Value::as_i64) {
                    object[name] = json!(whole as f64);
                }
            });
        }
        for (_, names) in UNPUBLISHED.iter().filter(|(at, _)| at.eq_ignore_ascii_case(&type_name)) {
            holders(body, "properties?.x", &mut |object, _| {
                names.iter().filter(|name| manner.chance(name, 2)).for_each(|name| {
                    object.insert((*name).to_owned(), Value::Null);
                });
            });
        }
        schema::visit(
            &type_name,
            api_version,
            body,
            &mut Resource { manner: &manner, type_name: &type_name },
        );
        if let Some(Value::String(id)) = body.get_mut("id") {
            *id = manner.own_id(id);
        }
        if let Some(Value::String(location)) = body.get_mut("location") {
            *location = manner.location("location", location);
        }
        if let Some(Value::Object(users)) = body.pointer_mut("/identity/userAssignedIdentities") {
            let all = std::mem::take(users);
            users.extend(all.into_iter().map(|(id, user)| (manner.id("identity", &id), user)));
        }
    }
}

/// What is random about one answer.
struct Manner<'a> {
    seed: u64,
    /// The resource, in lower case.
    of: &'a str,
    /// How it was asked for.
    by: &'a str,
}

impl Manner<'_> {
    /// A number of a place, the same however the resource is asked for.
    fn number(&self, what: &str) -> u64 {
        mixed(self.seed, &[self.of, what])
    }

    /// A number of a place, for this way of asking.
    fn whim(&self, what: &str) -> u64 {
        mixed(self.seed, &[self.of, self.by, what])
    }

    /// One time of so many.
    fn chance(&self, what: &str, of: u64) -> bool {
        self.whim(what).is_multiple_of(of)
    }

    fn reorder(&mut self, body: &mut Value, type_name: &str, path: &str) {
        let whim = self.whim(&format!("{type_name} {path}"));
        entered(body, path, &mut |object, name| {
            if let Some(Value::Array(items)) = object.get_mut(name) {
                items.sort_by_cached_key(|item| mixed(whim, &[&item.to_string()]));
            }
        });
    }

    /// The id of the resource itself: its name as it was written, what stands before it as services write it (HTTP-02).
    fn own_id(&self, id: &str) -> String {
        let (above, name) = id.rsplit_once('/').unwrap_or(("", id));
        match self.whim("id") % 4 {
            0 => id.to_owned(),
            1 => format!("{}/{name}", lower_provider(above)),
            2 => format!("{}/{name}", upper_group(above)),
            _ => format!("{}/{name}", above.replacen("/resourceGroups/", "/resourcegroups/", 1)),
        }
    }

    /// An id that names another resource: also all in lower case, as vaults have those of subnets (server_populated).
    fn id(&self, place: &str, id: &str) -> String {
        match self.whim(&format!("{place} {id}")) % 5 {
            0 => id.to_owned(),
            1 => lower_provider(id),
            2 => upper_group(id),
            3 => id.to_lowercase(),
            _ => id.replacen("/resourceGroups/", "/resourcegroups/", 1),
        }
    }

    /// `westeurope`, `West Europe` or `WestEurope` (server_populated).
    fn location(&self, place: &str, location: &str) -> String {
        let Some(display) = region(&super::tables::normalised(location)) else { return location.to_owned() };
        match self.whim(place) % 3 {
            0 => location.to_owned(),
            1 => display.to_owned(),
            _ => display.replace(' ', ""),
        }
    }
}

/// One resource on its way out.
struct Resource<'a> {
    manner: &'a Manner<'a>,
    type_name: &'a str,
}

impl Resource<'_> {
    fn is_one_of<'t>(&self, rows: &'t [(&str, &str, Word)], path: &str) -> Option<&'t Word> {
        let row = rows.iter().find(|(at, p, _)| at.eq_ignore_ascii_case(self.type_name) && *p == path)?;
        Some(&row.2)
    }

    /// What a read-only property holds that the cloud knows nothing of.
    fn made_up(&self, path: &str, known: &Known<'_>) -> Option<Value> {
        let number = self.manner.number(path);
        let word = || known.words.get(number as usize % known.words.len().max(1)).cloned();
        Some(match known.holds {
            Holds::Text => word().unwrap_or_else(|| format!("{number:016x}")).into(),
            Holds::Number => (number % 100).into(),
            Holds::Flag => number.is_multiple_of(2).into(),
            Holds::List => json!([]),
            Holds::Other => return None,
        })
    }
}

impl Visit for Resource<'_> {
    fn text(&mut self, path: &str, text: &mut String) {
        if matches!(path, "id" | "name" | "type" | "location") {
            return;
        }
        if is_id(text) {
            *text = self.manner.id(path, text);
        } else if LOCATIONS.iter().any(|(at, p)| at.eq_ignore_ascii_case(self.type_name) && *p == path) {
            *text = self.manner.location(path, text);
        } else if let Some(word) = self.is_one_of(WORDS, path) {
            match word {
                Word::Lower => *text = text.to_lowercase(),
                Word::Capital => {
                    let mut letters = text.chars();
                    *text =
                        letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
                }
            }
        }
    }

    fn object(&mut self, path: &str, object: &mut Map<String, Value>, known: &[Known<'_>]) {
        for one in known {
            let at = format!("{path}.{}", one.name);
            let lower = one.name.to_lowercase();
            // What tells how things stand means something; the envelope is ARM's.
            let means = ["state", "status", "kind", "version"].iter().any(|word| lower.contains(word));
            if one.required
                || one.unread
                || means
                || matches!(one.name, "id" | "name" | "type" | "location" | "etag")
            {
                continue;
            }
            match object.get(one.name) {
                Some(Value::Array(items)) if items.is_empty() && self.manner.chance(&at, 2) => {
                    object.shift_remove(one.name);
                }
                Some(_) => {}
                None if one.read_only && self.manner.number(&format!("{at}?")).is_multiple_of(2) => {
                    if let Some(value) = self.made_up(&at, one) {
                        object.insert(one.name.to_owned(), value);
                    }
                }
                None => {
                    let value = match self.manner.whim(&at) % 6 {
                        0 => Value::Null,
                        1 if one.holds == Holds::List => json!([]),
                        _ => continue,
                    };
                    object.insert(one.name.to_owned(), value);
                }
            }
        }
        let mut members: Vec<(String, Value)> = std::mem::take(object).into_iter().collect();
        members.sort_by_cached_key(|(name, _)| self.manner.whim(&format!("{path} {name}")));
        object.extend(members);
    }
}

fn is_id(text: &str) -> bool {
    ["/subscriptions/", "/providers/"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start)))
}

/// `…/providers/microsoft.network/…`
fn lower_provider(id: &str) -> String {
    let mut provider = false;
    let segments = id.split('/').map(|segment| {
        let lower = std::mem::replace(&mut provider, segment.eq_ignore_ascii_case("providers"));
        if lower { segment.to_lowercase() } else { segment.to_owned() }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// `…/resourceGroups/RG-NAME/…`
fn upper_group(id: &str) -> String {
    let mut group = false;
    let segments = id.split('/').map(|segment| {
        let upper = std::mem::replace(&mut group, segment.eq_ignore_ascii_case("resourceGroups"));
        if upper { segment.to_uppercase() } else { segment.to_owned() }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A number of some words (FNV-1a, finished as in splitmix64).
fn mixed(seed: u64, words: &[&str]) -> u64 {
    let mut hash = seed ^ 0xCBF2_9CE4_8422_2325;
    for word in words {
        for byte in word.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}
