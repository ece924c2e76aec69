//! The rows one by one against the official types: where each stands, which words it sends, and whether what is known of
//! the path (`catalog::arm`) agrees with what azurerm knows of the argument.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::bodies::schema_of;
use super::mutants::tables;
use super::shared;
use crate::catalog::azurerm::table::{Check, Codec, Doc, Lit, Mode, Row, Send, Table, What};
use crate::catalog::otherwise::Otherwise;
use crate::catalog::{FactNode, type_facts};
use crate::lang::Type;
use crate::lang::schema::Nesting;
use crate::localcloud::schema::tests::official as cloud_schema;

/// Where a row stands in a document.
pub(super) struct Spot {
    /// `azurerm_subnet.delegation.name`
    pub(super) place: String,
    /// The key of the document.
    pub(super) doc: &'static str,
    pub(super) arm_type: &'static str,
    pub(super) api_version: &'static str,
    /// Property names; `[]` after one stands for the items of its array.
    pub(super) path: Vec<String>,
    pub(super) row: &'static Row,
    /// A change of it makes the resource anew.
    pub(super) anew: bool,
    /// It is only read, or what it stands in is.
    pub(super) computed: bool,
    /// Constants that go with it.
    pub(super) said: Vec<(Vec<String>, &'static str)>,
    pub(super) owns: bool,
}

fn below(base: &[String], path: &[&'static str]) -> Vec<String> {
    base.iter().cloned().chain(path.iter().map(|s| (*s).to_owned())).collect()
}

fn with_items(mut path: Vec<String>) -> Vec<String> {
    if let Some(last) = path.last_mut() {
        last.push_str("[]");
    }
    path
}

/// Every row of a table that stands in a document, at each of its paths.
pub(super) fn spots(name: &str, table: &'static Table) -> Vec<Spot> {
    struct Around<'a> {
        doc: &'static Doc,
        base: &'a [String],
        anew: bool,
        computed: bool,
    }
    fn walk(table: &'static Table, rows: &'static [Row], at: &str, around: &Around<'_>, all: &mut Vec<Spot>) {
        for row in rows.iter().filter(|r| r.is_in(4) && r.refused.is_none() && r.alias.is_none()) {
            if row.demand.is_some() || row.not_in_arm.is_some() {
                continue;
            }
            let place = format!("{at}.{}", row.name);
            let each = || table.docs.iter().find(|d| d.each.is_some_and(|(block, _)| block == row.name));
            let (doc, base) = match each() {
                Some(doc) if at.matches('.').count() == 0 => (doc, &[][..]),
                _ if row.doc.is_empty() => (around.doc, around.base),
                _ => match table.doc(row.doc) {
                    Some(doc) => (doc, &[][..]),
                    None => continue,
                },
            };
            let anew = around.anew || row.new || row.replaces.is_some();
            let computed = around.computed || row.mode == Mode::Computed;
            let item = match (&row.what, row.paths.first()) {
                (What::Block(block), Some(path)) if block.many => with_items(below(base, path)),
                _ => base.to_vec(),
            };
            let said = row.beside.iter().filter_map(|(path, lit)| match lit {
                Lit::Text(word) => Some((below(&item, path), *word)),
                _ => None,
            });
            let said: Vec<_> = said.collect();
            let mut spot = |path: Vec<String>, said| {
                all.push(Spot {
                    place: place.clone(),
                    doc: doc.key,
                    arm_type: doc.arm_type,
                    api_version: doc.api_version,
                    path,
                    row,
                    anew,
                    computed,
                    said,
                    owns: doc.owns && doc.item.is_none(),
                });
            };
            let mut said = Some(said);
            for path in &row.paths {
                let mut full = below(base, path);
                match &row.codec {
                    Codec::Items(inner, _) => full = below(&with_items(full), inner),
                    Codec::Id => full.push("id".into()),
                    _ => {}
                }
                spot(full, said.take().unwrap_or_default());
            }
            if let What::Block(block) = &row.what {
                let empty = [Vec::new()];
                for path in if row.paths.is_empty() { &empty[..] } else { &row.paths[..] } {
                    let full = below(base, path);
                    let full = if block.many && !path.is_empty() { with_items(full) } else { full };
                    walk(table, &block.rows, &place, &Around { doc, base: &full, anew, computed }, all);
                }
            }
        }
    }
    let mut all = Vec::new();
    if let Some(doc) = table.doc("") {
        walk(table, &table.rows, name, &Around { doc, base: &[], anew: false, computed: false }, &mut all);
    }
    all
}

/// What a type says of a path: `None`: there is nothing of that name; empty: anything may be there.
fn nodes<'s>(schema: &'s Json, path: &[String]) -> Option<Vec<&'s Json>> {
    let Some((step, rest)) = path.split_first() else { return Some(vec![schema]) };
    if schema.get("cut").is_some() || schema["type"] == "any" {
        return Some(Vec::new());
    }
    let (name, items) = step.strip_suffix("[]").map_or((step.as_str(), false), |name| (name, true));
    let shapes =
        schema.get("variants").and_then(Json::as_object).into_iter().flatten().map(|(_, shape)| shape);
    let inner = shapes.chain([schema]).flat_map(|shape| {
        ["properties", "baseProperties"].into_iter().filter_map(|part| shape.get(part)?.get(name))
    });
    let mut all: Vec<&Json> = inner.collect();
    if all.is_empty() {
        let free = schema.get("additionalProperties");
        if schema.get("properties").is_none() && schema.get("variants").is_none() && free.is_none() {
            return Some(Vec::new());
        }
        match free {
            Some(free) if free.is_object() => all.push(free),
            Some(_) => return Some(Vec::new()),
            None if schema["discriminator"] == name => return Some(Vec::new()),
            None => return None,
        }
    }
    let mut found: Option<Vec<&Json>> = None;
    for node in all {
        let node = if items { &node["items"] } else { node };
        if items && node.is_null() {
            continue;
        }
        if let Some(more) = nodes(node, rest) {
            found.get_or_insert_default().extend(more);
        }
    }
    found
}

/// What a row sends has this type.
fn kinds(row: &Row) -> Option<&'static [&'static str]> {
    Some(match (&row.what, &row.codec) {
        (What::Block(block), _) if block.many => &["array"],
        (What::Block(_), _) => &["object"],
        (_, Codec::Hook(..) | Codec::Spread(..) | Codec::Json) => return None,
        (_, Codec::Keys) => &["object"],
        (_, Codec::Switch(..) | Codec::Words(_) | Codec::Join(_) | Codec::Location) => &["string"],
        (_, Codec::Not) => &["boolean"],
        (_, Codec::Items(..)) => &["string"],
        (What::Plain(ty), Codec::Plain | Codec::Id) => match ty {
            Type::Bool => &["boolean"],
            Type::Number => &["integer", "number"],
            Type::String => &["string"],
            Type::List(_) | Type::Set(_) => &["array"],
            Type::Map(_) | Type::Object(_) => &["object"],
            _ => return None,
        },
    })
}

/// The words that a row sends.
fn words(row: &'static Row) -> Vec<&'static str> {
    match row.codec {
        Codec::Switch(on, off) => return vec![on, off],
        Codec::Plain | Codec::Words(_) => {}
        _ => return Vec::new(),
    }
    let taken = row.checks.iter().filter_map(|check| match check {
        Check::OneOf(words) | Check::OneOfAnyCase(words) => Some(words.iter().copied()),
        _ => None,
    });
    let sent = |word: &'static str| match row.codec {
        Codec::Words(pairs) => {
            pairs.iter().find(|(ours, _)| *ours == word).map_or(word, |(_, theirs)| theirs)
        }
        _ => word,
    };
    taken.flatten().chain(row.nothing).map(sent).collect()
}

/// The words of a type, whether or not the service may learn more of them.
fn foreseen<'s>(nodes: &[&'s Json]) -> BTreeSet<&'s str> {
    let of = |node: &'s Json| {
        let items = node.get("items");
        let all = [Some(node), items].into_iter().flatten();
        all.flat_map(|n| n["enum"].as_array().into_iter().flatten().chain(n.get("const")))
    };
    nodes.iter().copied().flat_map(of).filter_map(Json::as_str).collect()
}

/// Schemas of the official types, read once; where there is none, what the local cloud checks bodies by.
#[derive(Default)]
struct Schemas(BTreeMap<(&'static str, &'static str), Option<Json>>);

impl Schemas {
    fn of(&mut self, arm_type: &'static str, api_version: &'static str) -> Option<&Json> {
        let known = self.0.entry((arm_type, api_version));
        let of = || schema_of(arm_type, api_version).or_else(|| cloud_schema(arm_type));
        known.or_insert_with(of).as_ref().map(|s| &s["body"])
    }
}

/// Whether the tests look at a type.
pub(super) fn is_looked_at(name: &str) -> bool {
    tables().any(|(known, _)| known == name)
}

#[test]
pub(in crate::catalog) fn every_row_stands_where_the_official_types_have_it() {
    if shared("facts/arm/README.md").is_none() {
        return;
    }
    let (mut schemas, mut otherwise, mut seen) = (Schemas::default(), Otherwise::of("paths"), 0);
    for (name, table) in tables() {
        for spot in spots(name, table) {
            let Some(schema) = schemas.of(spot.arm_type, spot.api_version) else { continue };
            seen += 1;
            let path = spot.path.join(".");
            match nodes(schema, &spot.path) {
                None => otherwise.differs(&spot.place, format!("{path} is in no type")),
                Some(all) => {
                    fn is<'s>(node: &&'s Json) -> &'s str {
                        node["type"].as_str().unwrap_or("any")
                    }
                    let fits = |node: &&Json| {
                        kinds(spot.row).is_none_or(|k| k.contains(&is(node)) || is(node) == "any")
                    };
                    let texts = matches!(&spot.row.what, What::Plain(Type::List(of) | Type::Set(of)) if **of == Type::String)
                        && matches!(spot.row.codec, Codec::Plain);
                    let items = |node: &&Json| node["items"]["type"].as_str() == Some("object");
                    if texts && all.iter().any(items) {
                        otherwise.differs(&spot.place, format!("{path} is an array of objects"));
                    }
                    if !all.is_empty() && !all.iter().any(fits) {
                        let of: BTreeSet<&str> = all.iter().map(is).collect();
                        otherwise
                            .differs(&spot.place, format!("{path} is {of:?}, not {:?}", kinds(spot.row)));
                    }
                }
            }
            for (path, _) in &spot.said {
                if nodes(schema, path).is_none() {
                    otherwise.differs(&spot.place, format!("{} is in no type", path.join(".")));
                }
            }
        }
        for doc in &table.docs {
            let Some(schema) = schemas.of(doc.arm_type, doc.api_version) else { continue };
            for (path, _) in &doc.fixed {
                if nodes(schema, &below(&[], path)).is_none() {
                    otherwise.differs(name, format!("{} is in no type", path.join(".")));
                }
            }
        }
    }
    println!("{seen} places of rows");
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn no_two_rows_stand_at_one_place() {
    let mut otherwise = Otherwise::of("shared");
    for (name, table) in tables() {
        let mut places: BTreeMap<(&str, Vec<String>), String> = BTreeMap::new();
        for spot in spots(name, table).into_iter().filter(|s| matches!(s.row.what, What::Plain(_))) {
            let lower = spot.path.iter().map(|s| s.to_lowercase()).collect();
            // A part of a value is at the place of the whole.
            if matches!(spot.row.codec, Codec::Hook(..) | Codec::Spread(..)) {
                continue;
            }
            let doc = spot.doc;
            if let Some(other) = places.get(&(doc, lower)).filter(|other| **other != spot.place) {
                otherwise.differs(&spot.place, format!("stands where {other} stands"));
            }
            let lower = spot.path.iter().map(|s| s.to_lowercase()).collect();
            places.insert((doc, lower), spot.place);
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn every_word_that_is_sent_is_one_of_the_official_types() {
    if shared("facts/arm/README.md").is_none() {
        return;
    }
    let (mut schemas, mut otherwise, mut seen) = (Schemas::default(), Otherwise::of("words"), 0);
    for (name, table) in tables() {
        let mut judge = |schema: &Json, place: &str, path: &[String], words: &[&str]| {
            let all = nodes(schema, path).unwrap_or_default();
            let known = foreseen(&all);
            seen += usize::from(!known.is_empty() && !words.is_empty());
            for word in words.iter().filter(|w| !known.is_empty() && !known.contains(*w)) {
                otherwise.differs(&format!("{place} {word}"), format!("is none of {known:?}"));
            }
        };
        for spot in spots(name, table) {
            let Some(schema) = schemas.of(spot.arm_type, spot.api_version) else { continue };
            if !spot.computed && spot.path == ["zones"] {
                for check in &spot.row.checks {
                    let other = matches!(check, Check::OneOf(words) if *words != ["1", "2", "3"]);
                    assert!(!other, "{}: a region has the zones 1, 2 and 3", spot.place);
                }
            }
            if !spot.computed {
                judge(schema, &spot.place, &spot.path, &words(spot.row));
            }
            for (path, word) in &spot.said {
                judge(schema, &spot.place, path, &[word]);
            }
        }
        for doc in &table.docs {
            let Some(schema) = schemas.of(doc.arm_type, doc.api_version) else { continue };
            for (path, lit) in &doc.fixed {
                if let Lit::Text(word) = lit {
                    judge(schema, name, &below(&[], path), &[word]);
                }
            }
        }
    }
    println!("{seen} rows with words");
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn a_constant_is_a_word_of_its_type_or_what_absence_means() {
    if shared("facts/arm/README.md").is_none() {
        return;
    }
    let (mut schemas, mut otherwise) = (Schemas::default(), Otherwise::of("constants"));
    for (name, table) in tables() {
        let mut judge = |(arm_type, api_version), path: &[String], word: &str| {
            let is = format!("\"{word}\"");
            let known = schemas.of(arm_type, api_version).and_then(|s| nodes(s, path)).unwrap_or_default();
            let default = fact(&type_facts(arm_type).body, path).and_then(|f| f.default);
            if foreseen(&known).is_empty() && default != Some(is.as_str()) {
                otherwise.differs(&format!("{name} {} {is}", path.join(".")), "is a word of nobody");
            }
        };
        for spot in spots(name, table) {
            spot.said.iter().for_each(|(path, word)| judge((spot.arm_type, spot.api_version), path, word));
        }
        for doc in &table.docs {
            for (path, lit) in &doc.fixed {
                if let Lit::Text(word) = lit {
                    judge((doc.arm_type, doc.api_version), &below(&[], path), word);
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

/// What is known of a path of a document.
pub(super) fn fact<'f>(body: &'f FactNode, path: &[String]) -> Option<&'f FactNode> {
    path.iter().try_fold(body, |node, step| match step.strip_suffix("[]") {
        Some(name) => node.property(name)?.items.as_deref(),
        None => node.property(step),
    })
}

#[test]
pub(in crate::catalog) fn endpoints_of_accounts_stand_where_their_names_say() {
    for (name, table) in tables().filter(|(name, _)| *name == "azurerm_storage_account") {
        let all = spots(name, table);
        let named = all.iter().filter_map(|spot| {
            let words: Vec<&str> = spot.row.name.split('_').collect();
            let (host, words) = words.split_last()?;
            let (region, words) = words.split_first()?;
            let of = ["host", "endpoint"].contains(host) && ["primary", "secondary"].contains(region);
            let (service, routing) = words.split_first().filter(|_| of)?;
            let routing: String = routing.iter().map(|r| format!(".{r}Endpoints")).collect();
            Some((spot, format!("properties.{region}Endpoints{routing}.{service}")))
        });
        let mut seen = 0;
        for (spot, expected) in named {
            assert_eq!(spot.path.join("."), expected, "{}", spot.place);
            seen += 1;
        }
        assert!(seen >= 48, "{seen} endpoints");
    }
}

/// Where azurerm makes documents of a type anew.
pub(in crate::catalog) fn made_anew(arm_type: &str) -> BTreeSet<String> {
    let over = super::mutants::types_over(arm_type);
    let all = crate::catalog::azurerm::TYPES.iter().filter(|(name, _)| over.contains(name));
    let spots = all.flat_map(|(name, table)| spots(name, table));
    let anew = spots.filter(|s| s.anew && !s.computed && s.arm_type.eq_ignore_ascii_case(arm_type));
    anew.map(|s| s.path.join(".")).collect()
}

/// Whether a path of a document is fixed when it is made, or what it stands in is.
fn is_fixed(body: &FactNode, path: &[String]) -> bool {
    let mut node = body;
    for step in path {
        let Some(below) = node.property(step.trim_end_matches("[]")) else { return node.create_only };
        node = below;
        if step.ends_with("[]") {
            let Some(items) = node.items.as_deref() else { return node.create_only };
            node = items;
        }
    }
    node.create_only
}

#[test]
pub(in crate::catalog) fn what_azurerm_makes_anew_is_create_only_and_the_other_way_round() {
    let mut otherwise = Otherwise::of("anew");
    for (name, table) in tables() {
        for spot in spots(name, table).iter().filter(|s| !s.computed && s.owns) {
            let fixed = is_fixed(&type_facts(spot.arm_type).body, &spot.path);
            let place = format!("{} {}", spot.place, spot.path.join("."));
            match (spot.anew, fixed) {
                (true, false) => otherwise.differs(&place, "is made anew and not create-only"),
                (false, true) => otherwise.differs(&place, "is create-only and not made anew"),
                _ => {}
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn what_azurerm_has_in_a_set_has_no_order() {
    let mut otherwise = Otherwise::of("sets");
    for (name, table) in tables() {
        for spot in spots(name, table).iter().filter(|s| !s.computed) {
            let list = matches!(spot.row.codec, Codec::Plain | Codec::Items(..));
            let set = match &spot.row.what {
                What::Plain(Type::Set(_)) => list,
                What::Block(block) => block.many && block.nesting == Nesting::Set,
                What::Plain(_) => false,
            };
            let ordered = match &spot.row.what {
                What::Plain(Type::List(_)) => list,
                What::Block(block) => block.many && block.nesting == Nesting::List,
                What::Plain(_) => false,
            };
            let path: Vec<String> = match &spot.row.codec {
                Codec::Items(inner, _) => {
                    let mut path = spot.path[..spot.path.len() - inner.len()].to_vec();
                    if let Some(last) = path.last_mut() {
                        *last = last.trim_end_matches("[]").to_owned();
                    }
                    path
                }
                _ => spot.path.clone(),
            };
            let free = fact(&type_facts(spot.arm_type).body, &path).is_some_and(|f| f.set_key.is_some());
            let place = format!("{} {}", spot.place, path.join("."));
            if matches!(spot.row.codec, Codec::Keys) && spot.row.send != Send::NonEmpty {
                otherwise.differs(&place, "is a set of keys, and sent when it is empty");
            }
            match (set, ordered, free) {
                (true, _, false) => otherwise.differs(&place, "is a set, and has an order"),
                (_, true, true) => otherwise.differs(&place, "is a list, and has no order"),
                _ => {}
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn what_is_only_read_is_the_services() {
    let mut otherwise = Otherwise::of("read");
    for (name, table) in tables() {
        let all = spots(name, table);
        let claimed = |path: &[String]| all.iter().any(|s| !s.computed && s.path == path);
        for spot in all.iter().filter(|s| matches!(s.row.what, What::Plain(_)) && s.owns) {
            let mut above = spot.path.len();
            let server = loop {
                let known = fact(&type_facts(spot.arm_type).body, &spot.path[..above]);
                if known.is_some_and(|f| f.read_only) {
                    break true;
                }
                above -= 1;
                if above == 0 {
                    break false;
                }
            };
            let place = format!("{} {}", spot.place, spot.path.join("."));
            match (spot.computed, server) {
                (true, false) if !claimed(&spot.path) => {
                    otherwise.differs(&place, "is only read, and not the service's")
                }
                (false, true) => otherwise.differs(&place, "is written, and the service's"),
                _ => {}
            }
        }
    }
    otherwise.end(is_looked_at);
}

/// Whether a name says that something is not so.
fn denies(name: &str) -> bool {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        match c {
            '_' | '-' => words.push(String::new()),
            c if c.is_uppercase() && words.last().is_some_and(|w| w.chars().any(char::is_lowercase)) => {
                words.push(c.to_lowercase().collect());
            }
            c => words.last_mut().expect("there is one").extend(c.to_lowercase()),
        }
    }
    let no = [
        "no", "not", "disable", "disabled", "disables", "deny", "denied", "prevent", "without", "block",
        "blocked",
    ];
    words.iter().filter(|w| no.contains(&w.as_str())).count() % 2 == 1
}

/// Words that mean yes.
const YES: &[&str] = &["enabled", "enable", "true", "on", "yes", "allow", "allowed"];

#[test]
pub(in crate::catalog) fn a_bool_is_inverted_where_its_property_says_the_opposite() {
    let mut otherwise = Otherwise::of("sense");
    for (name, table) in tables() {
        for spot in spots(name, table) {
            if !matches!(spot.row.what, What::Plain(Type::Bool)) {
                continue;
            }
            let inverted = match spot.row.codec {
                Codec::Plain => false,
                Codec::Not => true,
                Codec::Switch(on, _) => !YES.contains(&on.to_lowercase().as_str()),
                _ => continue,
            };
            let property = spot.path.last().map_or("", String::as_str);
            if inverted != (denies(spot.row.name) != denies(property)) {
                otherwise.differs(&spot.place, format!("is {property}, inverted: {inverted}"));
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn what_is_not_written_is_absent() {
    let mut otherwise = Otherwise::of("left");
    for (name, table) in tables() {
        for spot in spots(name, table).iter().filter(|s| !s.computed) {
            let row = spot.row;
            let asked = row.mode == Mode::Optional && matches!(row.what, What::Plain(_)) && !row.own;
            if asked && row.observed && !row.write_only && row.default_of(4).is_none() {
                otherwise.differs(&spot.place, "is left as it is when it is not written");
            }
            let block = row.mode == Mode::Optional && row.as_block().is_some() && !row.own;
            let taken = row.cleared || row.neutral.is_some() || row.reset.is_some();
            if block && !row.paths.is_empty() && !taken && row.send != Send::NonEmpty {
                otherwise.differs(&spot.place, "is a block that is left when it is not written");
            }
        }
    }
    otherwise.end(is_looked_at);
}
