//! The tables against the official facts: every argument, with its type and flags.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::TYPES;
use super::table::{Check, Lit, Mode, Row, What};
use crate::lang::Type;
use crate::lang::schema::{Nesting, ResourceSchema};

pub(in crate::catalog) mod beyond;
pub(in crate::catalog) mod bodies;
pub(in crate::catalog) mod cloud;
pub(in crate::catalog) mod fixed;
pub(in crate::catalog) mod mutants;
pub(in crate::catalog) mod rows;
mod samples;
pub(in crate::catalog) mod values;

use mutants::{all_are_looked_at, tables};

/// A file of the shared facts; `None` (and a word about it) where there are none.
pub(super) fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("RINGFENCE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("skipped: no shared facts ({path})");
    }
    text
}

/// `list(string)` and the like.
fn type_of(text: &str) -> Option<Type> {
    if let Some((outer, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        let inner = type_of(inner)?;
        return Some(match outer {
            "list" => Type::list(inner),
            "set" => Type::set(inner),
            "map" => Type::map(inner),
            _ => return None,
        });
    }
    Some(match text {
        "string" => Type::String,
        "bool" => Type::Bool,
        "number" => Type::Number,
        _ => return None,
    })
}

fn literal(lit: Lit) -> Json {
    lit.value().to_json().unwrap()
}

/// Numbers are compared by value: `-1.0` is `-1`.
fn same_default(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

struct Compared<'a> {
    found: Vec<String>,
    arguments: usize,
    attributes: usize,
    refused: Vec<String>,
    name: &'a str,
}

impl Compared<'_> {
    fn object(&mut self, facts: &Json, rows: &[Row], schema: &ResourceSchema, at: &str) {
        let of = |name: &str| rows.iter().find(|r| r.name == name && r.is_in(4));
        let flag = |facts: &Json, name: &str| facts.get(name).is_some_and(|v| v.as_bool() == Some(true));
        let empty = serde_json::Map::new();
        let entries = |name: &str| facts.get(name).and_then(Json::as_object).unwrap_or(&empty).clone();
        for (name, expected) in entries("args") {
            self.arguments += 1;
            let here = format!("{}{at}.{name}", self.name);
            let (Some(row), Some(spec)) = (of(&name), schema.attribute(&name)) else {
                self.found.push(format!("{here}: missing"));
                continue;
            };
            if let Some(why) = row.refused {
                self.refused.push(format!("{here}: {why}"));
            }
            let ty = expected["type"].as_str().and_then(type_of);
            if ty.as_ref() != Some(&spec.ty) {
                self.found.push(format!("{here}: type {} expected, is {}", expected["type"], spec.ty));
            }
            let flags = [
                ("required", spec.required),
                ("optional", spec.optional),
                ("computed", spec.computed),
                ("sensitive", spec.sensitive),
            ];
            for (what, is) in flags {
                if flag(&expected, what) != is {
                    self.found.push(format!("{here}: {what} is {is}"));
                }
            }
            let new = (row.new || row.new_whole) || row.replaces.is_some();
            // In a block the documentation often means the block.
            let documented = at.is_empty() && flag(&expected, "force_new_doc");
            if (flag(&expected, "force_new") || documented) && !new {
                self.found.push(format!("{here}: force_new is not said"));
            }
            if (row.new || row.new_whole)
                && expected.get("force_new").is_none()
                && expected.get("force_new_doc").is_none()
            {
                self.found.push(format!("{here}: force_new is not expected"));
            }
            let default = row.default_of(4).map(literal);
            let wanted = match expected.get("default") {
                None | Some(Json::Null) => None,
                Some(value) => Some(value.clone()),
            };
            match (&default, &wanted) {
                (Some(a), Some(b)) if same_default(a, b) => {}
                (None, None) => {}
                _ => self.found.push(format!("{here}: default {wanted:?} expected, is {default:?}")),
            }
            self.words(row, &expected, &here);
        }
        for (name, expected) in entries("attributes") {
            if name == "id" && at.is_empty() {
                continue;
            }
            self.attributes += 1;
            let here = format!("{}{at}.{name}", self.name);
            let Some(spec) = schema.attribute(&name) else {
                self.found.push(format!("{here}: attribute missing"));
                continue;
            };
            let ty = expected["type"].as_str().and_then(type_of);
            if ty.is_some() && ty.as_ref() != Some(&spec.ty) || !spec.computed || spec.is_argument() {
                self.found.push(format!("{here}: attribute is {} {:?}", spec.ty, expected["type"]));
            }
            if flag(&expected, "sensitive") != spec.sensitive {
                self.found.push(format!("{here}: sensitive is {}", spec.sensitive));
            }
        }
        for (name, expected) in entries("blocks") {
            let here = format!("{}{at}.{name}", self.name);
            let (Some(row), Some(spec)) = (of(&name), schema.block(&name)) else {
                self.found.push(format!("{here}: block missing"));
                continue;
            };
            if let Some(why) = row.refused {
                self.refused.push(format!("{here}: {why}"));
            }
            let nesting = if expected["nesting"] == "set" { Nesting::Set } else { Nesting::List };
            let number = |name: &str| expected.get(name).and_then(Json::as_u64).unwrap_or(0) as usize;
            let required = flag(&expected, "required");
            let min = number("min").max(usize::from(required));
            if spec.nesting != nesting || spec.max != number("max") || (required && spec.min != min) {
                self.found.push(format!(
                    "{here}: {nesting:?} {min}..{} expected, is {:?} {}..{}",
                    number("max"),
                    spec.nesting,
                    spec.min,
                    spec.max
                ));
            }
            if spec.attr_as_block != flag(&expected, "attr_as_block") {
                self.found.push(format!("{here}: attr_as_block is {}", spec.attr_as_block));
            }
            // Terraform is told of it only where the block may be written as an argument; else azurerm's source says it.
            let told = flag(&expected, "computed") && flag(&expected, "optional");
            if (row.mode == Mode::Both) != told && (told || flag(&expected, "attr_as_block")) {
                self.found.push(format!("{here}: computed is {}", row.mode == Mode::Both));
            }
            if flag(&expected, "force_new") != (row.new || row.new_whole) {
                self.found.push(format!("{here}: force_new is {}", row.new));
            }
            let What::Block(block) = &row.what else { continue };
            self.object(&expected, &block.rows, &spec.block, &format!("{at}.{name}"));
        }
        let known =
            |name: &str| ["args", "attributes", "blocks"].iter().any(|kind| facts[*kind].get(name).is_some());
        for row in rows.iter().filter(|r| r.is_in(4) && !known(r.name)) {
            self.found.push(format!("{}{at}.{}: not in the facts", self.name, row.name));
        }
    }

    /// Words and numbers that azurerm's source takes must be those of the table.
    fn words(&mut self, row: &Row, expected: &Json, here: &str) {
        let Some(all) = expected.get("enum").and_then(Json::as_array) else { return };
        let texts: Vec<&str> = all.iter().filter_map(Json::as_str).collect();
        // What is only in documents or newer packages may be more than azurerm takes.
        let exact = expected.get("enum_source").is_none();
        for check in &row.checks {
            let (words, cased): (&[&str], bool) = match check {
                Check::OneOf(words) => (words, true),
                Check::OneOfAnyCase(words) => (words, false),
                Check::OneNumberOf(numbers) => {
                    let numbers: Vec<Json> = numbers.iter().map(|n| Json::from(*n)).collect();
                    if exact && numbers != *all {
                        self.found.push(format!("{here}: numbers {all:?} expected, are {numbers:?}"));
                    }
                    continue;
                }
                _ => continue,
            };
            let same = |a: &str, b: &str| if cased { a == b } else { a.eq_ignore_ascii_case(b) };
            let within = |a: &[&str], b: &[&str]| a.iter().all(|x| b.iter().any(|y| same(x, y)));
            if exact && !(within(&texts, words) && within(words, &texts)) {
                self.found.push(format!("{here}: words {all:?} expected, are {words:?}"));
            }
        }
    }
}

/// Types that the facts do not hold: their rows were read from azurerm's source.
const BEYOND: &[&str] = &[
    "azurerm_dev_test_global_vm_shutdown_schedule",
    "azurerm_kusto_cluster",
    "azurerm_kusto_database",
    "azurerm_virtual_machine",
];

#[test]
pub(in crate::catalog) fn every_argument_of_the_facts_is_in_the_tables() {
    let Some(text) = shared("facts/azurerm/azurerm-arguments.json") else { return };
    let facts: Json = serde_json::from_str(&text).unwrap();
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    let (mut arguments, mut attributes) = (0, 0);
    let resources = tables().map(|(name, table)| (name.to_owned(), table));
    let sources = super::sources().filter(|_| all_are_looked_at());
    let sources = sources.map(|s| (format!("data.{}", s.name()), s.table()));
    for (name, table) in resources.chain(sources) {
        let entry = &facts[&name];
        if BEYOND.contains(&name.as_str()) && entry.is_null() {
            continue;
        }
        assert!(entry.is_object(), "{name} is not in the facts");
        let mut compared =
            Compared { found: Vec::new(), arguments: 0, attributes: 0, refused: Vec::new(), name: &name };
        let schema = table.schema_of(4);
        compared.object(entry, &table.rows, &schema, "");
        let minutes = |what: &str| entry["timeouts_min"].get(what).and_then(Json::as_u64).unwrap_or(0) as u32;
        if table.timeouts != ["create", "read", "update", "delete"].map(minutes) {
            compared.found.push(format!("{name}: timeouts are {:?}", table.timeouts));
        }
        if let Some(doc) = table.docs.first()
            && !entry["arm_type"].as_str().is_some_and(|t| t.starts_with("data-plane"))
            && let Some(version) = entry["api_version"].as_str()
            && doc.api_version != version
        {
            compared.found.push(format!("{name}: version is {}", doc.api_version));
        }
        found.append(&mut compared.found);
        refused.append(&mut compared.refused);
        arguments += compared.arguments;
        attributes += compared.attributes;
    }
    println!(
        "{} types, {arguments} arguments, {attributes} attributes, {} refused:",
        TYPES.len(),
        refused.len()
    );
    refused.iter().for_each(|r| println!("  {r}"));
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    assert!(
        !all_are_looked_at() || refused.len() * 20 <= arguments,
        "at most 5% of the arguments may be refused"
    );
}

#[test]
pub(in crate::catalog) fn schemas_of_every_major_version_are_made_once_and_hold_together() {
    for (name, table) in tables() {
        for major in [2, 3, 4, 5] {
            let schema = table.schema_of(major);
            let mut names: Vec<&str> = schema.attributes.iter().map(|a| a.name.as_str()).collect();
            names.extend(schema.blocks.iter().map(|b| b.name.as_str()));
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(count, names.len(), "{name} {major}: a name is there twice");
            assert!(std::sync::Arc::ptr_eq(&schema, &table.schema_of(major)));
        }
    }
}

#[test]
fn older_major_versions_have_names_and_defaults_of_their_own() {
    let table = |name: &str| TYPES.iter().find(|(n, _)| *n == name).map(|(_, t)| t).expect(name);
    let sku = |major| {
        let row = table("azurerm_public_ip").rows.iter().find(|r| r.name == "sku").expect("sku");
        row.default_of(major).map(literal)
    };
    assert_eq!([2, 3, 4].map(sku), ["Basic", "Basic", "Standard"].map(|s| Some(Json::from(s))));
    let bridge = |major| {
        let schema = table("azurerm_kubernetes_cluster").schema_of(major);
        let profile = schema.blocks.iter().find(|b| b.name == "network_profile").expect("network_profile");
        profile.block.attributes.iter().any(|a| a.name == "docker_bridge_cidr")
    };
    assert_eq!([2, 3, 4].map(bridge), [true, true, false]);
    let account = |major| {
        let schema = table("azurerm_storage_account_network_rules").schema_of(major);
        let id = schema.attributes.iter().find(|a| a.name == "storage_account_id").expect("id");
        (id.required, schema.attributes.iter().any(|a| a.name == "storage_account_name"))
    };
    assert_eq!([2, 3, 4].map(account), [(false, true), (true, false), (true, false)]);
}
