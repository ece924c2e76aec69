//! The facts one by one against the official types: that each says something which can be true of its path.

use serde_json::Value as Json;

use super::{is_looked_at, schemas_of, type_facts, types};
use crate::arm::test_support;
use crate::catalog::arm::row::Row;
use crate::catalog::azurerm::tests::rows as azurerm;
use crate::catalog::facts::Compare;
use crate::catalog::otherwise::Otherwise;

/// The nodes of a path in a type, each with whether it or what it stands in is read-only.
fn nodes<'s>(node: &'s Json, steps: &[&str], server: bool, found: &mut Vec<(&'s Json, bool)>) {
    let server = server || node.get("readOnly") == Some(&true.into());
    let Some((step, rest)) = steps.split_first() else { return found.push((node, server)) };
    if node.get("cut").is_some() || node["type"] == "any" {
        return found.push((&Json::Null, server));
    }
    let free = node.get("additionalProperties").filter(|n| n.is_object());
    if *step == "*" {
        return free.into_iter().for_each(|free| nodes(free, rest, server, found));
    }
    let name = step.trim_end_matches("[]");
    let shapes = node.get("variants").and_then(|v| v.as_object()).into_iter().flat_map(|v| v.values());
    let before = found.len();
    for shape in shapes.chain([node]) {
        for below in ["properties", "baseProperties"].iter().filter_map(|part| shape.get(part)?.get(name)) {
            let server = server || below.get("readOnly") == Some(&true.into());
            let below = if step.ends_with("[]") { &below["items"] } else { below };
            if !below.is_null() {
                nodes(below, rest, server, found);
            }
        }
    }
    if found.len() == before
        && let Some(free) = free
    {
        nodes(free, rest, server, found);
    }
}

fn fits(json: &Json, node: &Json) -> bool {
    match node["type"].as_str() {
        _ if json.is_null() => true,
        Some("string") => json.as_str().is_some_and(|word| {
            let words: Vec<&str> =
                node["enum"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            words.is_empty() || words.contains(&word) || word.is_empty()
        }),
        Some("boolean") => json.is_boolean(),
        Some("integer" | "number") => json.is_number(),
        Some("array") => json.is_array(),
        Some("object") => json.is_object(),
        _ => true,
    }
}

/// What a row says that cannot be true of a node.
fn wrong(row: &Row, node: &Json) -> Option<String> {
    let is = node["type"].as_str()?;
    let json = |text: &str| serde_json::from_str::<Json>(text).unwrap_or_default();
    if row.set_key.is_some() && is != "array" {
        return Some(format!("a set is {is}"));
    }
    if let Some(key) = row.set_key.into_iter().flatten().find(|key| {
        let mut found = Vec::new();
        nodes(&node["items"], &key.split('.').collect::<Vec<_>>(), false, &mut found);
        found.is_empty() && node["items"]["type"] == "object"
    }) {
        return Some(format!("items have no {key}"));
    }
    let texts = !matches!(row.compare, Compare::Exact | Compare::WriteOnly);
    if texts && is != "string" {
        return Some(format!("compared {:?} is {is}", row.compare));
    }
    // Of the items of a list it says what is as good as none.
    if row.whole && is != "object" && is != "array" {
        return Some(format!("said as a whole is {is}"));
    }
    for (what, text) in [("default", row.default), ("neutral", row.neutral)] {
        if let Some(text) = text.filter(|text| !fits(&json(text), node)) {
            return Some(format!("{what} {text} is no {is} {}", node["enum"]));
        }
    }
    None
}

#[test]
pub(in crate::catalog) fn every_fact_can_be_true_of_its_path() {
    if test_support::facts().is_none() {
        return println!("skipped: no shared facts");
    }
    let mut otherwise = Otherwise::of("types");
    for t in types() {
        let bodies = schemas_of(t.arm_type);
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        let all: Vec<(&str, &Row)> = t.rows.iter().map(|r| ("", r)).chain(below).collect();
        for (prefix, row) in all {
            for path in row.paths {
                let full = format!("{prefix}.{path}");
                let steps: Vec<&str> = full.split('.').filter(|s| !s.is_empty()).collect();
                let mut found = Vec::new();
                bodies.iter().for_each(|body| nodes(&body["body"], &steps, false, &mut found));
                let place = format!("{} {}", t.arm_type, steps.join("."));
                let mut differs = |says: &str| otherwise.differs(&format!("{place}: {says}"), "");
                if bodies.is_empty() {
                    continue;
                }
                if found.is_empty() {
                    differs("in no type");
                    continue;
                }
                let says: Vec<String> = found.iter().filter_map(|(node, _)| wrong(row, node)).collect();
                if says.len() == found.len() {
                    differs(&says[0]);
                }
                if row.read_only && !found.iter().any(|(_, server)| *server) {
                    differs("written, by every type");
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn the_case_of_a_word_means_nothing() {
    if test_support::facts().is_none() {
        return println!("skipped: no shared facts");
    }
    let mut otherwise = Otherwise::of("case");
    for t in types() {
        let bodies = schemas_of(t.arm_type);
        let facts = type_facts(t.arm_type);
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        for (prefix, row) in t.rows.iter().map(|r| ("", r)).chain(below).filter(|(_, r)| !r.read_only) {
            for path in row.paths {
                let full = [prefix, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
                let mut found = Vec::new();
                let steps: Vec<&str> = full.split('.').collect();
                bodies.iter().for_each(|body| nodes(&body["body"], &steps, false, &mut found));
                let (seen, whole) = super::nodes(&facts.body, &full);
                // Where there is no type, a default tells a word.
                let word = |json: &str| json.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
                let told = row.default.is_some_and(|json| json.starts_with('"') && word(json));
                if !whole || found.is_empty() && !told {
                    continue;
                }
                let place = format!("{} {full}", t.arm_type);
                let words = found.is_empty()
                    || found.iter().any(|(node, _)| {
                        node["type"] == "string"
                            && (node.get("enum").is_some() || node.get("const").is_some())
                    });
                match seen[0].compare {
                    Compare::Exact if words && !seen[0].read_only => {
                        otherwise.differs(&place, "has words, and a case")
                    }
                    Compare::IgnoreCase if !words => otherwise.differs(&place, "has no words, and no case"),
                    Compare::TrailingSlash
                    | Compare::Cidr
                    | Compare::Duration
                    | Compare::LastSegment
                    | Compare::Location
                    | Compare::Words => {
                        otherwise.differs(&place, format!("{:?}", seen[0].compare));
                    }
                    _ => {}
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn what_is_empty_is_none() {
    if test_support::facts().is_none() {
        return println!("skipped: no shared facts");
    }
    let mut otherwise = Otherwise::of("nothing");
    for t in types() {
        let bodies = schemas_of(t.arm_type);
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        for (prefix, row) in t.rows.iter().map(|r| ("", r)).chain(below) {
            for path in row.paths {
                let full = [prefix, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
                let place = format!("{} {full}", t.arm_type);
                let (seen, whole) = super::nodes(&type_facts(t.arm_type).body, &full);
                if !whole || seen.iter().any(|n| n.read_only) {
                    continue;
                }
                if seen[0].set_key.is_some() && seen[0].default != Some("[]") {
                    let place = format!("{place} set");
                    otherwise.differs(&place, format!("is a set, absence is {:?}", seen[0].default));
                }
                let mut found = Vec::new();
                let steps: Vec<&str> = full.split('.').collect();
                bodies.iter().for_each(|body| nodes(&body["body"], &steps, false, &mut found));
                let free = found.iter().all(|(node, _)| {
                    node["type"] == "string" && node.get("enum").is_none() && node.get("const").is_none()
                });
                if free && row.default.is_some_and(|json| json.starts_with('"') && json != "\"\"") {
                    otherwise.differs(&place, format!("is a free text, absence is {:?}", row.default));
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn what_is_fixed_is_known_to_be() {
    let Some(rows) = super::table("mutability.tsv") else { return };
    let mut otherwise = Otherwise::of("fixed");
    for t in types() {
        let mut known = azurerm::made_anew(t.arm_type);
        let official = rows.iter().filter(|r| r[0].eq_ignore_ascii_case(t.arm_type));
        let official = official.filter(|r| r[7].contains("create") && !r[7].contains("update"));
        known.extend(official.map(|r| r[2].clone()));
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        let all = t.rows.iter().map(|r| ("", r)).chain(below).filter(|(_, r)| r.create_only && !r.read_only);
        for (prefix, path) in all.flat_map(|(prefix, row)| row.paths.iter().map(move |path| (prefix, path))) {
            let full = [prefix, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
            let within = |a: &str, b: &str| {
                a.strip_prefix(b).is_some_and(|r| r.is_empty() || r.starts_with('.') || r.starts_with("[]"))
            };
            let (seen, _) = super::nodes(&type_facts(t.arm_type).body, &full);
            let around = seen.iter().skip(1).any(|n| n.create_only);
            if !around && !known.iter().any(|one| within(&full, one) || within(one, &full)) {
                otherwise.differs(&format!("{} {full}", t.arm_type), "is fixed, and nobody says so");
            }
        }
    }
    otherwise.end(is_looked_at);
}

#[test]
pub(in crate::catalog) fn an_array_without_an_order_says_so() {
    let mut otherwise = Otherwise::of("order");
    for t in types() {
        let below = t.below.iter().flat_map(|(prefix, rows)| rows.iter().map(move |r| (*prefix, r)));
        for (prefix, row) in t.rows.iter().map(|r| ("", r)).chain(below) {
            for path in row.paths {
                let full = [prefix, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
                let (seen, whole) = super::nodes(&type_facts(t.arm_type).body, &full);
                let list = seen.first().is_some_and(|n| n.default == Some("[]"));
                if whole && list && seen[0].set_key.is_none() && !seen.iter().any(|n| n.read_only) {
                    otherwise.differs(&format!("{} {full}", t.arm_type), "is a list");
                }
            }
        }
    }
    otherwise.end(is_looked_at);
}
