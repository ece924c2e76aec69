//! JSON Schema (2020-12), as far as the schemas of the documents use it.

use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value as Json;

/// A schema of the shared facts by its file's name; `None` (and says so) where they are not.
pub fn shared(name: &str) -> Option<Json> {
    let folder = std::env::var_os("RINGFENCE_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = folder.join("contract").join(name);
    if !path.exists() {
        println!("skipped: no shared facts (looked for {})", path.display());
        return None;
    }
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

/// What is wrong with a document: `/pointer: why`, none if it fits. Panics at a keyword that it does not know.
pub fn judge(schema: &Json, document: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let mut judge = Judge { root: schema, found: &mut found };
    judge.one(schema, document, "");
    found
}

struct Judge<'a> {
    root: &'a Json,
    found: &'a mut Vec<String>,
}

impl Judge<'_> {
    fn wrong(&mut self, at: &str, why: impl std::fmt::Display) {
        self.found.push(format!("{at}: {why}"));
    }

    fn fits(&self, schema: &Json, document: &Json) -> bool {
        let mut found = Vec::new();
        Judge { root: self.root, found: &mut found }.one(schema, document, "");
        found.is_empty()
    }

    fn one(&mut self, schema: &Json, document: &Json, at: &str) {
        let Some(words) = schema.as_object() else { return };
        for (word, says) in words {
            match word.as_str() {
                "$schema" | "$id" | "$comment" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let pointer = says.as_str().unwrap().trim_start_matches('#');
                    let target = self.root.pointer(pointer).unwrap_or_else(|| panic!("no {says}"));
                    self.one(target, document, at);
                }
                "type" => {
                    let is = match says.as_str().unwrap() {
                        "object" => document.is_object(),
                        "array" => document.is_array(),
                        "string" => document.is_string(),
                        "boolean" => document.is_boolean(),
                        "integer" => document.is_i64() || document.is_u64(),
                        "number" => document.is_number(),
                        "null" => document.is_null(),
                        other => panic!("no type {other}"),
                    };
                    if !is {
                        self.wrong(at, format!("{document} is no {says}"));
                    }
                }
                "enum" => {
                    if !says.as_array().unwrap().contains(document) {
                        self.wrong(at, format!("{document} is none of {says}"));
                    }
                }
                "const" => {
                    if says != document {
                        self.wrong(at, format!("{document} is not {says}"));
                    }
                }
                "pattern" => {
                    if document
                        .as_str()
                        .is_some_and(|d| !Regex::new(says.as_str().unwrap()).unwrap().is_match(d))
                    {
                        self.wrong(at, format!("{document} is not like {says}"));
                    }
                }
                "minimum" => {
                    if document.as_f64().is_some_and(|d| d < says.as_f64().unwrap()) {
                        self.wrong(at, format!("{document} is less than {says}"));
                    }
                }
                "minItems" => {
                    if document.as_array().is_some_and(|d| (d.len() as u64) < says.as_u64().unwrap()) {
                        self.wrong(at, format!("fewer than {says} items"));
                    }
                }
                "maxItems" => {
                    if document.as_array().is_some_and(|d| d.len() as u64 > says.as_u64().unwrap()) {
                        self.wrong(at, format!("more than {says} items"));
                    }
                }
                "anyOf" => {
                    if !says.as_array().unwrap().iter().any(|one| self.fits(one, document)) {
                        self.wrong(at, format!("{document} fits none of {says}"));
                    }
                }
                "allOf" => {
                    for one in says.as_array().unwrap() {
                        self.one(one, document, at);
                    }
                }
                "required" => {
                    for name in says.as_array().unwrap().iter().filter_map(Json::as_str) {
                        if document.as_object().is_some_and(|d| !d.contains_key(name)) {
                            self.wrong(at, format!("{name} is missing"));
                        }
                    }
                }
                "properties" | "additionalProperties" => {}
                "prefixItems" => {
                    for (i, (one, part)) in says
                        .as_array()
                        .unwrap()
                        .iter()
                        .zip(document.as_array().into_iter().flatten())
                        .enumerate()
                    {
                        self.one(one, part, &format!("{at}/{i}"));
                    }
                }
                "items" => {
                    for (i, part) in document.as_array().into_iter().flatten().enumerate() {
                        self.one(says, part, &format!("{at}/{i}"));
                    }
                }
                other => panic!("the keyword {other:?} is not known here"),
            }
        }
        self.members(schema, document, at);
    }

    fn members(&mut self, schema: &Json, document: &Json, at: &str) {
        for (name, part) in document.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(one), _) => self.one(one, part, &at),
                (None, Some(Json::Bool(false))) => self.wrong(&at, "is not foreseen"),
                (None, Some(rest)) => self.one(rest, part, &at),
                (None, None) => {}
            }
        }
    }
}
