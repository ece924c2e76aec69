//! An object as a resource block: only what may be written and is not there anyhow.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use crate::catalog::{Detail, FactNode};
use crate::lang::codec::render;
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting};
use crate::lang::{Kind, Value};

/// The head of a generated file, as Terraform writes it.
pub const HEAD: &str = "# __generated__ by Terraform\n\
                        # Please review these resources and move them into your main configuration files.\n";

/// What planning has taught about an object: dotted paths of arguments.
#[derive(Debug, Clone, Default)]
pub struct Lessons {
    /// They must not be written.
    pub leave: BTreeSet<String>,
    /// They must be written although they say what is there anyhow.
    pub write: BTreeSet<String>,
    /// How often each was decided.
    pub turns: BTreeMap<String, u32>,
}

/// A block with the argument that each of its lines is about.
pub struct Written {
    /// The lines.
    pub lines: Vec<String>,
    /// The dotted path of each line's argument; empty for the resource itself.
    pub paths: Vec<String>,
}

impl Written {
    fn line(&mut self, path: &str, text: &str) {
        for line in text.split('\n') {
            self.lines.push(line.to_string());
            self.paths.push(path.to_string());
        }
    }
}

/// The block of an object. `apart`: objects inside it have blocks of their own.
pub fn block(found: &Found, lessons: &Lessons, apart: bool) -> Written {
    let mut out = Written { lines: Vec::new(), paths: Vec::new() };
    let resource = &found.addr.resource;
    out.line("", &format!("resource \"{}\" \"{}\" {{", resource.ty, resource.name));
    if let Some(provider) = &found.provider {
        out.line("", &format!("provider = {provider}"));
    }
    let writer = Writer { found, lessons, apart };
    writer.body(&found.schema, &found.object, &[], &mut out);
    out.line("", "}");
    out
}

struct Writer<'a> {
    found: &'a Found,
    lessons: &'a Lessons,
    apart: bool,
}

impl Writer<'_> {
    fn body(&self, spec: &BlockSpec, object: &Value, at: &[&str], out: &mut Written) {
        let mut attributes: Vec<&AttrSpec> = spec.attributes.iter().filter(|a| a.is_argument()).collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        for attribute in attributes {
            let path = [at, &[attribute.name.as_str()]].concat();
            if let Some(text) = self.argument(attribute, object.get(&attribute.name), &path) {
                out.line(&path.join("."), &format!("{} = {text}", attribute.name));
            }
        }
        let mut blocks: Vec<&NestedSpec> = spec.blocks.iter().collect();
        blocks.sort_by(|a, b| a.name.cmp(&b.name));
        for nested in blocks {
            self.nested(nested, object, at, out);
        }
    }

    fn nested(&self, nested: &NestedSpec, object: &Value, at: &[&str], out: &mut Written) {
        let path = [at, &[nested.name.as_str()]].concat();
        let dotted = path.join(".");
        if at.is_empty() && nested.name == "timeouts" || self.left(&dotted, nested.min > 0) {
            return;
        }
        let old = nested.block.deprecated.is_some() && nested.min == 0;
        if old && !self.lessons.write.contains(&dotted) {
            return;
        }
        if self.found.detail(&path).refused.is_some() || nested.attr_as_block && at.is_empty() && self.apart {
            return;
        }
        let Some(value) = object.get(&nested.name).filter(|v| !v.is_null() && !v.is_unknown()) else {
            return;
        };
        let single = [value.clone()];
        let elements: Vec<(Option<String>, &Value)> = match nested.nesting {
            Nesting::Single | Nesting::Group => vec![(None, &single[0])],
            Nesting::Map => {
                let entries = value.as_entries().into_iter().flatten();
                entries.map(|(key, v)| (Some(key.to_string()), v)).collect()
            }
            Nesting::List | Nesting::Set => {
                value.as_sequence().unwrap_or_default().iter().map(|v| (None, v)).collect()
            }
        };
        for (label, element) in elements {
            let label = label.map(|l| format!(" {}", quoted(&l))).unwrap_or_default();
            let mut inside = Written { lines: Vec::new(), paths: Vec::new() };
            self.body(&nested.block, element, &path, &mut inside);
            let says = !inside.lines.is_empty() || nested.min > 0 || nested.max != 1;
            if !says && !self.lessons.write.contains(&dotted) {
                continue;
            }
            out.line(&dotted, &format!("{}{label} {{", nested.name));
            out.lines.append(&mut inside.lines);
            out.paths.append(&mut inside.paths);
            out.line(&dotted, "}");
        }
    }

    fn left(&self, path: &str, required: bool) -> bool {
        !required && self.lessons.leave.contains(path)
    }

    /// How an argument is written; nothing: it is not.
    fn argument(&self, spec: &AttrSpec, value: Option<&Value>, path: &[&str]) -> Option<String> {
        let dotted = path.join(".");
        let top = path.len() == 1;
        if self.left(&dotted, spec.required) || top && spec.name == "id" || spec.write_only {
            return None;
        }
        let known = value.filter(|v| !v.is_null());
        if spec.sensitive {
            let there = known.is_some_and(|v| v.is_unknown() || !empty(v));
            return (spec.required || there).then(|| "null # sensitive".to_string());
        }
        let Some(value) = known.filter(|v| v.is_wholly_known()) else {
            return spec.required.then(|| "null".to_string());
        };
        if value.deep_marks().is_sensitive() {
            return Some("null # sensitive".to_string());
        }
        if spec.required || self.lessons.write.contains(&dotted) {
            return Some(literal(value));
        }
        let detail: Detail = self.found.detail(path);
        let text = literal(value);
        let anyhow = spec.deprecated.is_some()
            || detail.refused.is_some()
            || empty(value)
            || detail.default.as_deref() == Some(text.as_str());
        (!anyhow).then_some(text)
    }
}

fn empty(value: &Value) -> bool {
    value.as_str() == Some("")
        || value.as_sequence().is_some_and(<[Value]>::is_empty)
        || value.as_entries().is_some_and(|all| all.is_empty())
}

/// A value as an expression that says the same.
pub fn literal(value: &Value) -> String {
    match &value.kind {
        Kind::Null(_) | Kind::Unknown(_) => "null".into(),
        Kind::String(text) => quoted(text),
        Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all) => {
            let plain = |v: &Value| v.as_sequence().is_none() && v.as_entries().is_none();
            let parts: Vec<String> = all.iter().map(literal).collect();
            match all.iter().all(plain) {
                true => format!("[{}]", parts.join(", ")),
                false => format!("[\n{},\n]", parts.join(",\n")),
            }
        }
        Kind::Map(_, all) | Kind::Object(all) if all.is_empty() => "{}".into(),
        Kind::Map(_, all) | Kind::Object(all) => {
            let entries = all.iter().map(|(name, v)| format!("{} = {}", key(name), literal(v)));
            format!("{{\n{}\n}}", entries.collect::<Vec<_>>().join("\n"))
        }
        Kind::Bool(_) | Kind::Number(_) => render(&value.unmarked_deep()),
    }
}

fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain && !matches!(name, "null" | "true" | "false" | "for") { name.to_string() } else { quoted(name) }
}

/// Text in quotes: no part of it is a template.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What of a live body could have been written: nothing that is only read, secret or null.
pub fn writable(value: &Value, facts: &FactNode) -> Option<Value> {
    if facts.read_only || facts.secret || value.is_null() {
        return None;
    }
    if let Some(entries) = value.as_entries() {
        let none = FactNode::default();
        let kept =
            entries.iter().filter(|(name, _)| &***name != "provisioningState").filter_map(|(name, v)| {
                Some((name.clone(), writable(v, facts.property(name).unwrap_or(&none))?))
            });
        let kept: Vec<_> = kept.collect();
        return (!kept.is_empty() || entries.is_empty()).then(|| Value::object(kept));
    }
    if let Some(items) = value.as_sequence() {
        let none = FactNode::default();
        let node = facts.items.as_deref().unwrap_or(&none);
        return Some(Value::tuple(items.iter().filter_map(|item| writable(item, node)).collect()));
    }
    Some(value.clone())
}

/// The whole file: each block with its place in it, sorted by address.
pub fn file(blocks: &[(&Found, Written)]) -> (String, Vec<(usize, String)>) {
    let mut lines: Vec<String> = HEAD.lines().map(str::to_string).collect();
    let mut places: Vec<(usize, String)> = vec![(usize::MAX, String::new()); lines.len()];
    for (at, (found, written)) in blocks.iter().enumerate() {
        lines.push(String::new());
        lines.push(format!("# __generated__ by Terraform from {}", quoted(&found.id)));
        places.extend([(usize::MAX, String::new()), (usize::MAX, String::new())]);
        lines.extend(written.lines.iter().cloned());
        places.extend(written.paths.iter().map(|path| (at, path.clone())));
    }
    let text = lines.join("\n") + "\n";
    (crate::lang::syntax::format(&text), places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_say_what_they_are_of() {
        let value = Value::from_json(&serde_json::json!({
            "a b": "x\n${y} %{z} \"q\" \\ \u{1}", "n": [1, 2.5, true, null], "o": [{"k": {}}], "for": "$5",
        }));
        let text = literal(&value);
        let source = crate::lang::diag::Source::new("t", &text);
        let expr = crate::lang::syntax::parse_expression(&source).unwrap_or_else(|d| panic!("{text}: {d:?}"));
        let functions = crate::lang::functions::Builtins::planning(std::path::Path::new("."), None);
        let scope = crate::lang::scope::NoScope;
        let (back, wrong) = crate::lang::eval::evaluate(&expr, &scope, &functions);
        assert!(!wrong.has_errors(), "{wrong:?}");
        assert_eq!(back.to_json(), value.to_json());
    }
}
