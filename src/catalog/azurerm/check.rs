//! What is wrong with arguments, as far as they are known.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use super::table::{Check, Doc, Given, Lit, Row, Rule, Table, What};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Problem};
use crate::catalog::value::{error, location, same, warning};
use crate::lang::{Number, PathStep, Value};

impl Table {
    /// Checks a configuration as it is written.
    pub(super) fn check_config(&self, config: &Value, cx: &Context<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        check_object(&self.rows, &self.rules, config, &[], cx.provider.major, &mut problems);
        for doc in &self.docs {
            twice(doc, config, &mut problems);
        }
        if let Some(hook) = self.hooks.check {
            problems.extend(hook(config, cx));
        }
        problems
    }
}

/// Elements that would be one document.
fn twice(doc: &Doc, config: &Value, problems: &mut Vec<Problem>) {
    let Some((block, name)) = doc.each else { return };
    let mut seen = HashSet::new();
    let elements = config.get(block).and_then(Value::as_sequence).unwrap_or_default();
    for (index, element) in elements.iter().enumerate() {
        let Some(known) = element.get(name).and_then(Value::as_str) else { continue };
        if !seen.insert(location(known)) {
            let path = vec![PathStep::Attribute(block.into()), PathStep::Index(index)];
            let detail = format!("More than one block `{block}` has the {name} `{known}`.");
            problems.push(error(path, "Duplicate block", detail));
        }
    }
}

fn check_object(
    rows: &[Row],
    rules: &[Rule],
    config: &Value,
    path: &[PathStep],
    major: u32,
    problems: &mut Vec<Problem>,
) {
    let below = |name: &str| -> Vec<PathStep> {
        path.iter().cloned().chain([PathStep::Attribute(name.into())]).collect()
    };
    for row in rows.iter().filter(|r| r.is_in(major)) {
        let Some(value) = config.get(row.name).filter(|v| !v.is_null()) else { continue };
        let written = !value.is_unknown() && value.as_sequence().is_none_or(|all| !all.is_empty());
        if let Some(why) = row.refused.filter(|_| written) {
            problems.push(error(below(row.name), format!("`{}` is not supported", row.name), why));
            continue;
        }
        // Deprecated arguments are told when they are decoded.
        if let (Some(instead), What::Block(_), true) = (row.deprecated, &row.what, written) {
            let detail = format!("Use `{instead}` instead.");
            problems.push(warning(below(row.name), "Block is deprecated", detail));
        }
        match &row.what {
            What::Plain(_) => {
                for check in &row.checks {
                    check_value(check, row.name, value, &below(row.name), problems);
                }
            }
            What::Block(block) => {
                for (index, element) in value.as_sequence().unwrap_or_default().iter().enumerate() {
                    let mut path = below(row.name);
                    path.push(PathStep::Index(index));
                    check_object(&block.rows, &block.rules, element, &path, major, problems);
                }
            }
        }
    }
    for rule in rules {
        problems.extend(check_rule(rule, rows, config, path, major));
    }
}

/// Some: whether it is written. None: unknown.
fn is_written(config: &Value, name: &str) -> Option<bool> {
    match config.get(name) {
        Some(v) if v.is_unknown() => None,
        Some(v) => Some(!v.is_null() && v.as_sequence().is_none_or(|all| !all.is_empty())),
        None => Some(false),
    }
}

/// What is written, or what it is by default.
fn given(rows: &[Row], config: &Value, name: &str, major: u32) -> Option<Value> {
    let default = || rows.iter().find(|r| r.name == name)?.default_of(major).map(Lit::value);
    config.get(name).filter(|v| !v.is_null()).cloned().or_else(default)
}

fn check_rule(rule: &Rule, rows: &[Row], config: &Value, path: &[PathStep], major: u32) -> Option<Problem> {
    let at = |name: &str| -> Vec<PathStep> {
        path.iter().cloned().chain([PathStep::Attribute(name.into())]).collect()
    };
    let there = |name: &&&str| rows.iter().any(|r| r.name == **name && r.is_in(major));
    let list =
        |names: &[&str]| names.iter().filter(there).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let count = |names: &[&str]| {
        let states: Option<Vec<bool>> = names.iter().map(|n| is_written(config, n)).collect();
        Some(states?.into_iter().filter(|w| *w).count())
    };
    match rule {
        Rule::ExactlyOne(names) => {
            let certain = names.iter().filter(|n| is_written(config, n) == Some(true)).count();
            let problem = if certain > 1 {
                format!("Only one of {} may be written.", list(names))
            } else if count(names) == Some(0) {
                format!("One of {} must be written.", list(names))
            } else {
                return None;
            };
            Some(error(path.to_vec(), "Invalid combination of arguments", problem))
        }
        Rule::AtLeastOne(names) if count(names) == Some(0) => Some(error(
            path.to_vec(),
            "Missing required argument",
            format!("At least one of {} must be written.", list(names)),
        )),
        Rule::Conflict(a, b)
            if is_written(config, a) == Some(true) && is_written(config, b) == Some(true) =>
        {
            let detail = format!("`{a}` and `{b}` cannot both be written.");
            Some(error(at(a), "Conflicting configuration arguments", detail))
        }
        Rule::Needs(a, b) if is_written(config, a) == Some(true) && is_written(config, b) == Some(false) => {
            Some(error(
                at(a),
                "Missing required argument",
                format!("`{a}` needs `{b}` to be written as well."),
            ))
        }
        Rule::Only(name, when, other, words) => {
            let value = given(rows, config, name, major).filter(|v| !v.is_unknown())?;
            let said = match when {
                Given::Written if is_written(config, name) == Some(true) => format!("`{name}`"),
                Given::Is(lit) if same(&value, &lit.value()) => shown(name, &value),
                Given::Not(lit) if !same(&value, &lit.value()) => shown(name, &value),
                _ => return None,
            };
            let problem = match given(rows, config, other, major) {
                Some(v) if v.is_unknown() => return None,
                Some(_) if words.is_empty() && is_written(config, other) == Some(true) => return None,
                Some(v) if v.as_str().is_some_and(|t| words.contains(&t)) => return None,
                Some(v) if !words.is_empty() => {
                    let words = words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or ");
                    format!("{said} needs `{other}` to be {words}; it is {}.", plainly(&v))
                }
                _ if words.is_empty() => format!("{said} needs `{other}` to be written as well."),
                _ => format!("{said} needs `{other}` to be `{}`.", words.join("` or `")),
            };
            Some(error(at(name), "Invalid combination of arguments", problem))
        }
        _ => None,
    }
}

/// `name = "value"`.
fn shown(name: &str, value: &Value) -> String {
    format!("`{name} = {}`", plainly(value).trim_matches('`'))
}

fn plainly(value: &Value) -> String {
    match (value.as_str(), value.as_bool(), value.as_number()) {
        _ if value.marks.is_sensitive() => "(sensitive value)".to_owned(),
        (Some(text), ..) => format!("`\"{text}\"`"),
        (_, Some(flag), _) => format!("`{flag}`"),
        (.., Some(number)) => format!("`{number}`"),
        _ => "the value".to_owned(),
    }
}

fn check_value(check: &Check, name: &str, value: &Value, path: &[PathStep], problems: &mut Vec<Problem>) {
    if value.is_unknown() {
        return;
    }
    if let Check::Items(least, most) = check {
        if let Some(all) = value.as_sequence()
            && !(*least..=*most).contains(&all.len())
        {
            let detail = format!("`{name}` takes {least} to {most} elements, not {}.", all.len());
            problems.push(error(path.to_vec(), "Invalid number of elements", detail));
        }
        return;
    }
    // A rule for text holds for each text of a collection.
    if let Some(all) = value.as_sequence() {
        for (index, item) in all.iter().enumerate().filter(|(_, v)| !v.is_null()) {
            let mut path = path.to_vec();
            path.push(PathStep::Index(index));
            check_value(check, name, item, &path, problems);
        }
        return;
    }
    let Some(expected) = broken(check, value) else { return };
    let shown = plainly(value).replace('"', "");
    let detail = format!("{shown} is not a valid `{name}`: {expected}.");
    problems.push(error(path.to_vec(), format!("Invalid value for `{name}`"), detail));
}

const UUID: &str = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const TIME: &str = r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$";
const DURATION: &str = r"^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$";
const KEY: &str = r"^https://[-a-zA-Z0-9.]+(:\d+)?/keys/[-a-zA-Z0-9]{1,127}(/[0-9a-fA-F]+)?/?$";

/// What is expected, if the value is not like that.
fn broken(check: &Check, value: &Value) -> Option<String> {
    let text = value.as_str();
    let number = value.as_number();
    match check {
        Check::OneOf(words) => {
            let text = text?;
            (!words.contains(&text)).then(|| {
                let near = words.iter().find(|w| w.eq_ignore_ascii_case(text));
                match near {
                    Some(near) => format!("did you mean `{near}`? (letter case matters)"),
                    None => {
                        let list: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                        format!("one of {} is expected", list.join(", "))
                    }
                }
            })
        }
        Check::OneOfAnyCase(words) => {
            let text = text?;
            (!words.iter().any(|w| w.eq_ignore_ascii_case(text))).then(|| {
                let list: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                format!("one of {} is expected", list.join(", "))
            })
        }
        Check::OneNumberOf(all) => {
            let number = number?;
            (!all.iter().any(|n| Number::from(*n) == *number)).then(|| {
                let list: Vec<String> = all.iter().map(i64::to_string).collect();
                format!("one of {} is expected", list.join(", "))
            })
        }
        Check::Range(least, most) => {
            let number = number?;
            (*number < Number::from(*least) || *number > Number::from(*most)).then(|| match *most {
                i64::MAX => format!("a number of at least {least} is expected"),
                most => format!("a number from {least} to {most} is expected"),
            })
        }
        Check::Length(least, most) => {
            let count = text?.chars().count();
            (!(*least..=*most).contains(&count))
                .then(|| format!("{least} to {most} characters are expected, it has {count}"))
        }
        Check::Matches(pattern, expected) => {
            (!regex(pattern).is_match(text?)).then(|| format!("expected: {expected}"))
        }
        Check::Lacks(pattern, expected) => {
            regex(pattern).is_match(text?).then(|| format!("expected: {expected}"))
        }
        Check::Uuid => (!regex(UUID).is_match(text?)).then(|| "a UUID is expected".to_owned()),
        Check::Time => (!regex(TIME).is_match(text?))
            .then(|| "a time like `2027-01-01T00:00:00Z` is expected".to_owned()),
        Check::Duration => {
            let text = text?;
            let good = regex(DURATION).is_match(text) && text.chars().any(|c| c.is_ascii_digit());
            (!good).then(|| "an ISO 8601 duration like `P30D` is expected".to_owned())
        }
        Check::JsonText => serde_json::from_str::<serde_json::Value>(text?)
            .err()
            .map(|e| format!("JSON is expected, but {e}")),
        Check::Base64 => {
            use base64::Engine as _;
            let read = base64::engine::general_purpose::STANDARD.decode(text?);
            read.err().map(|_| "text in base64 is expected, as `base64encode` makes it".to_owned())
        }
        Check::KeyId => (!regex(KEY).is_match(text?)).then(|| {
            "the id of a key is expected, like `https://vault.vault.azure.net/keys/name/version`".to_owned()
        }),
        Check::ArmId(kind) => match ArmId::parse(text?) {
            Err(e) => Some(e.why),
            Ok(id) if !kind.is_empty() && !id.is_type(kind) => {
                Some(format!("the id of a `{kind}` is expected, this is one of a `{}`", id.resource_type()))
            }
            Ok(_) => None,
        },
        Check::Items(..) => None,
    }
}

/// A regular expression of a table; each is compiled once, because one check meets it for every instance.
fn regex(pattern: &'static str) -> Regex {
    static COMPILED: LazyLock<Mutex<HashMap<&'static str, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || Regex::new(pattern).unwrap_or_else(|e| panic!("a table holds a broken pattern: {e}"));
    compiled.entry(pattern).or_insert_with(make).clone()
}
