//! What holds where nothing is written, row by row: what azurerm sends of itself, what absence means to the service, what
//! is sent to take something back.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::mutants::tables;
use super::rows::{Spot, fact, is_looked_at, spots};
use super::shared;
use crate::catalog::azurerm::codec::{decode, encode};
use crate::catalog::azurerm::table::{Codec, Going, Lit, Mode, Place, Send, Table, What};
use crate::catalog::facts::{Compare, alike};
use crate::catalog::lens::Write;
use crate::catalog::otherwise::Otherwise;
use crate::catalog::type_facts;
use crate::catalog::value::{leaves, same};
use crate::lang::{Type, Value};

/// What absence of a property means to the service, by the facts of the ARM type.
fn absence(spot: &Spot, path: &[String]) -> Option<Value> {
    let text = fact(&type_facts(spot.arm_type).body, path)?.default?;
    Some(Value::from_json(&serde_json::from_str(text).expect("facts are JSON")))
}

fn shown(value: &Value) -> String {
    value.to_json().unwrap_or_default().to_string()
}

/// Whether two values of a property are the same: what the facts compare so.
fn is_same(spot: &Spot, path: &[String], a: &Value, b: &Value) -> bool {
    let how = fact(&type_facts(spot.arm_type).body, path).map(|f| f.compare).unwrap_or_default();
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => alike(how, a, b),
        _ => same(a, b),
    }
}

/// The path of the array that a row writes.
fn list_of(spot: &Spot) -> Option<Vec<String>> {
    match (&spot.row.what, &spot.row.codec) {
        (What::Block(block), _) => block.many.then(|| spot.path.clone()),
        (What::Plain(Type::List(_) | Type::Set(_)), Codec::Plain) => Some(spot.path.clone()),
        (What::Plain(Type::List(_) | Type::Set(_)), Codec::Items(inner, _)) => {
            let mut path = spot.path[..spot.path.len() - inner.len()].to_vec();
            if let Some(last) = path.last_mut() {
                *last = last.trim_end_matches("[]").to_owned();
            }
            Some(path)
        }
        _ => None,
    }
}

/// What of the tables is written at a path of a document, and may be left out.
fn written(name: &str, table: &'static Table) -> Vec<Spot> {
    spots(name, table).into_iter().filter(|s| !s.computed && s.row.mode != Mode::Computed).collect()
}

/// What a row sends where nothing is written, if it sends something that absence could mean too.
fn sends(spot: &Spot) -> Option<Value> {
    let row = spot.row;
    let flag = matches!(row.what, What::Plain(Type::Bool)) && row.mode == Mode::Optional && !row.observed;
    // A bool that is not written is false, and is sent.
    let default = row.default_of(4).or_else(|| flag.then_some(Lit::Bool(false)))?;
    let made = matches!(row.codec, Codec::Spread(..) | Codec::Hook(..) | Codec::Json);
    let said = row.paths.len() == 1 && row.send != Send::NonEmpty && !made && row.neutral.is_none();
    said.then(|| encode(&row.codec, &default.value()))
}

/// Whether it is a list that is sent empty where nothing of it is written.
fn is_sent_empty(spot: &Spot) -> bool {
    spot.row.mode != Mode::Required && spot.row.send != Send::NonEmpty && list_of(spot).is_some()
}

/// What azurerm sends in documents of a type where nothing is written, by path.
pub(in crate::catalog) fn sent_of_itself(arm_type: &str) -> Vec<(String, Json)> {
    let over = super::mutants::types_over(arm_type);
    let tables = tables().filter(|(name, _)| over.contains(name));
    let spots = tables.flat_map(|(name, table)| written(name, table));
    let spots = spots.filter(|s| s.arm_type.eq_ignore_ascii_case(arm_type));
    let said = spots.filter_map(|s| match sends(&s) {
        Some(value) => Some((s.path.join("."), value.to_json()?)),
        None if is_sent_empty(&s) => Some((list_of(&s)?.join("."), Json::Array(Vec::new()))),
        None => None,
    });
    said.collect()
}

#[test]
pub(in crate::catalog) fn what_azurerm_sends_of_itself_is_the_services_default() {
    let mut otherwise = Otherwise::of("default");
    for (name, table) in tables() {
        for spot in &written(name, table) {
            let Some(sent) = sends(spot) else { continue };
            let place = format!("{} {}", spot.place, spot.path.join("."));
            match absence(spot, &spot.path) {
                Some(known) if is_same(spot, &spot.path, &known, &sent) => {}
                Some(known) => otherwise.differs(
                    &place,
                    format!("sends {} of itself, absence is {}", shown(&sent), shown(&known)),
                ),
                // What is not sent says nothing of absence.
                None if spot.row.send != Send::Always => {}
                None => {
                    otherwise.differs(&place, format!("sends {} of itself, absence is unknown", shown(&sent)))
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn a_place_is_sent_as_arm_writes_places() {
    let mut otherwise = Otherwise::of("place");
    for (name, table) in tables() {
        for spot in written(name, table) {
            let how = fact(&type_facts(spot.arm_type).body, &spot.path).map(|f| f.compare);
            if how == Some(Compare::Location) && matches!(spot.row.what, What::Plain(Type::String)) {
                let sent = encode(&spot.row.codec, &"West Europe".into());
                if sent.as_str() != Some("westeurope") {
                    let place = format!("{} {}", spot.place, spot.path.join("."));
                    otherwise.differs(&place, format!("`West Europe` is sent as {}", shown(&sent)));
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn the_word_for_nothing_is_sent_for_nothing() {
    for (name, table) in tables() {
        for spot in written(name, table) {
            let Some(word) = spot.row.nothing else { continue };
            assert_eq!(spot.row.neutral, Some(Lit::Text(word)), "{}", spot.place);
        }
    }
}

#[test]
pub(in crate::catalog) fn what_is_sent_for_nothing_is_the_services_default() {
    let mut otherwise = Otherwise::of("neutral");
    for (name, table) in tables() {
        for spot in written(name, table) {
            let row = spot.row;
            let at = list_of(&spot).unwrap_or_else(|| spot.path.clone());
            // Who may come in is said always, also when it is nobody.
            let rules = ["ipRules", "virtualNetworkRules"];
            let is_rules = at.last().is_some_and(|name| rules.contains(&name.as_str()));
            if is_rules && row.mode == Mode::Optional && row.neutral.is_none() {
                otherwise
                    .differs(&format!("{} {}", spot.place, at.join(".")), "is not said where there is none");
            }
            let Some(neutral) = row.neutral.map(Lit::value) else { continue };
            let known = fact(&type_facts(spot.arm_type).body, &at);
            let json = |text: &str| serde_json::from_str::<Json>(text).ok();
            if known.and_then(|f| json(f.neutral?)) == neutral.to_json() {
                continue;
            }
            let whole = absence(&spot, &at).is_some_and(|known| is_same(&spot, &at, &known, &neutral));
            let leaf_is_absence = |leaf: &Vec<Arc<str>>| {
                let path: Vec<String> =
                    at.iter().cloned().chain(leaf.iter().map(|s| s.to_string())).collect();
                let sent = leaf.iter().try_fold(&neutral, |v, name| v.get(name));
                let sent = sent.filter(|v| !v.is_null());
                sent.is_none_or(|sent| absence(&spot, &path).is_some_and(|k| is_same(&spot, &path, &k, sent)))
            };
            let leaves = leaves(&neutral);
            let parts =
                neutral.as_entries().is_some_and(|all| !all.is_empty()) && leaves.iter().all(leaf_is_absence);
            if !whole && !parts {
                let place = format!("{} {}", spot.place, at.join("."));
                otherwise.differs(
                    &place,
                    format!("{} is sent for nothing, and is not what absence means", shown(&neutral)),
                );
            }
        }
    }
    otherwise.end(is_looked_at);
}

/// Whether it is the first path of its row: by the others a change is known.
fn is_first(spot: &Spot) -> bool {
    spot.row.paths.first().is_some_and(|first| {
        let plain: Vec<&str> = spot.path.iter().map(String::as_str).collect();
        plain.ends_with(first) || !matches!(spot.row.codec, Codec::Plain | Codec::Not | Codec::Switch(..))
    })
}

#[test]
pub(in crate::catalog) fn what_is_not_sent_is_what_absence_means() {
    let mut otherwise = Otherwise::of("absent");
    for (name, table) in tables() {
        for spot in written(name, table).iter().filter(|s| is_first(s)) {
            let row = spot.row;
            let What::Plain(ty) = &row.what else { continue };
            let read =
                row.absent.map(Lit::value).or_else(|| decode(&row.codec, &absence(spot, &spot.path)?, ty));
            let kept = match row.send {
                Send::Unless(lit) => Some(lit),
                Send::Always | Send::NonEmpty => row.absent.and(row.default_of(4)),
            };
            if row.absent.is_some() && row.send == Send::Always {
                otherwise.differs(&spot.place, "is always sent, and read where it is not there");
            }
            if let Some(kept) = kept
                && !read.as_ref().is_some_and(|read| same(read, &kept.value()))
            {
                otherwise.differs(
                    &spot.place,
                    format!("{kept:?} is not sent, absence is {:?}", read.as_ref().map(shown)),
                );
            }
            if let (Some(default), Send::Unless(lit)) = (row.default_of(4), row.send)
                && default != lit
            {
                otherwise.differs(&spot.place, format!("{default:?} is sent of itself, {lit:?} is not sent"));
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn a_list_that_is_empty_is_none() {
    let mut otherwise = Otherwise::of("empty");
    for (name, table) in tables() {
        for spot in written(name, table).iter().filter(|s| is_sent_empty(s)) {
            let Some(path) = list_of(spot) else { continue };
            let known = fact(&type_facts(spot.arm_type).body, &path);
            if known.is_none_or(|f| f.default != Some("[]") && !f.read_only) {
                let place = format!("{} {}", spot.place, path.join("."));
                otherwise
                    .differs(&place, format!("is a list, absence is {:?}", known.and_then(|f| f.default)));
            }
        }
    }
    otherwise.end(is_looked_at);
}

/// The operations of the types in the official specifications: whether there is one that deletes.
fn deletable() -> Option<BTreeMap<String, bool>> {
    let text = shared("facts/arm/operations.tsv")?;
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        *all.entry(cells[0].to_lowercase()).or_default() |= cells[2] == "delete";
    }
    Some(all)
}

#[test]
pub(in crate::catalog) fn what_is_owned_is_deleted_where_it_can_be() {
    let Some(deletable) = deletable() else { return };
    let (mut otherwise, mut patched) = (Otherwise::of("going"), Otherwise::of("patch"));
    for (name, table) in tables() {
        for doc in &table.docs {
            let place = format!("{name} document `{}`", doc.key);
            let goes = matches!(doc.going, Going::Delete | Going::With(_));
            let can = deletable.get(&doc.arm_type.to_lowercase()).is_none_or(|can| *can);
            if goes != (doc.owns && can) {
                otherwise.differs(&place, format!("is deleted: {goes}, owned: {}, can be: {can}", doc.owns));
            }
            let implied = type_facts(doc.arm_type).implied;
            let own = !matches!(doc.place, Place::Is(_)) && doc.item.is_none() && !implied;
            if doc.owns != own {
                otherwise.differs(&place, format!("is owned: {}, has an id of its own: {own}", doc.owns));
            }
            if matches!(doc.going, Going::Leave) {
                otherwise.differs(&format!("{place} is left"), "");
            }
            if doc.write == Write::Patch {
                patched.differs(&place, "is changed by PATCH");
            }
        }
    }
    otherwise.end(is_looked_at);
    patched.end(is_looked_at);
}
