//! The providers' own schemas (shared facts): which types, arguments, blocks and attributes exist.

use std::path::Path;

use hcl::{Block, Body, Expression};
use serde_json::{Map, Value};

/// `azurerm-arguments.json` and `azapi-arguments.json`: type name -> `{args, blocks, attributes}`.
pub struct Facts {
    types: Map<String, Value>,
}

impl Facts {
    /// Looks in `$RINGFENCE_SHARED`, else in `../shared` beside the crate. `None` when there is neither.
    pub fn load(root: &Path) -> Option<Self> {
        let shared = match std::env::var_os("RINGFENCE_SHARED") {
            Some(folder) => folder.into(),
            None => root.parent()?.join("shared"),
        };
        let folder = shared.join("facts/azurerm");
        let mut types = Map::new();
        for file in ["azurerm-arguments.json", "azapi-arguments.json"] {
            let text = std::fs::read_to_string(folder.join(file)).ok()?;
            let value: Value = serde_json::from_str(&text).expect("facts are JSON");
            types.extend(value.as_object().expect("facts are an object").clone());
        }
        Some(Facts { types })
    }

    /// Everything wrong with a `resource` or `data` block.
    pub fn check_block(&self, block: &Block) -> Vec<String> {
        let kind = block.labels()[0].as_str();
        let (name, key) = match block.identifier() {
            "data" => (format!("data.{kind}"), format!("data.{kind}")),
            _ => (kind.to_owned(), kind.to_owned()),
        };
        let Some(schema) = self.types.get(&key) else {
            return vec![format!("{name}: no such type")];
        };
        let mut problems = Vec::new();
        check_body(block.body(), schema, &name, true, &mut problems);
        problems
    }

    /// What is wrong with reading an attribute of a type; `None` when it exists.
    pub fn check_read(&self, (kind, attribute): &(String, String)) -> Option<String> {
        let schema = self.types.get(kind)?;
        let known = ["args", "attributes", "blocks"].iter().any(|part| schema[part].get(attribute).is_some());
        (!known && attribute != "id").then(|| format!("{kind}.{attribute}: no such attribute"))
    }
}

fn check_body(body: &Body, schema: &Value, path: &str, top: bool, problems: &mut Vec<String>) {
    const META: [&str; 4] = ["count", "for_each", "depends_on", "provider"];
    let mut given = Vec::new();
    for attribute in body.attributes() {
        let key = attribute.key();
        given.push(key);
        if top && META.contains(&key) {
            continue;
        }
        let Some(argument) = schema["args"].get(key) else {
            if schema["blocks"].get(key).is_none_or(|block| block["attr_as_block"] != true) {
                problems.push(format!("{path}: no argument {key}"));
            }
            continue;
        };
        if let Some(message) = argument.get("deprecated") {
            problems.push(format!("{path}: {key} is deprecated: {message}"));
        }
        if let (Expression::String(text), Some(allowed)) = (attribute.expr(), argument["enum"].as_array())
            && !allowed.iter().any(|value| value == text.as_str())
        {
            problems.push(format!("{path}: {key} does not take {text:?}"));
        }
    }
    for block in body.blocks() {
        let (name, inner) = match block.identifier() {
            "lifecycle" | "timeouts" if top => continue,
            "dynamic" => {
                let content = block.body().blocks().find(|inner| inner.identifier() == "content");
                let Some(content) = content else {
                    problems.push(format!("{path}: a dynamic block without content"));
                    continue;
                };
                (block.labels()[0].as_str(), content.body())
            }
            name => (name, block.body()),
        };
        given.push(name);
        match schema["blocks"].get(name) {
            Some(schema) => check_body(inner, schema, &format!("{path}.{name}"), false, problems),
            None => problems.push(format!("{path}: no block {name}")),
        }
    }
    for part in ["args", "blocks"] {
        let Some(known) = schema[part].as_object() else { continue };
        let required = known.iter().filter(|(_, argument)| argument["required"] == true);
        let missing = required.filter(|(name, _)| !given.contains(&name.as_str()));
        problems.extend(missing.map(|(name, _)| format!("{path}: {name} is required")));
    }
}
