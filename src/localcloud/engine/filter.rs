//! `$filter`: comparisons joined by `and` and `or` (which binds weaker), and the functions that ARM's lists know.

use crate::localcloud::failure::ArmFailure;
use serde_json::Value;

/// A parsed filter.
#[derive(Debug, PartialEq)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// One of them.
    Or(Vec<Filter>),
    /// `name eq 'value'` (true) or `name ne 'value'` (false); without case.
    Is(String, String, bool),
    /// `startswith(name, 'value')`, `substringof('value', name)`, `contains(name, 'value')`; true: at the start only.
    Contains(String, String, bool),
    /// A function without a field: `atScope()`, `atScopeAndBelow()`, `assignedTo('…')`.
    Call(String, String),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// 400 `InvalidFilterInQueryString` if it is none.
    pub fn parse(text: &str) -> Result<Filter, ArmFailure> {
        let refused = || {
            ArmFailure::gateway(
                400,
                "InvalidFilterInQueryString",
                format!("Invalid $filter '{text}' specified in the query string."),
            )
        };
        let parts: Option<Vec<Filter>> = split(text, " or ")
            .into_iter()
            .map(|part| {
                let terms: Option<Vec<Filter>> = split(part, " and ").into_iter().map(term).collect();
                terms.map(|mut terms| if terms.len() == 1 { terms.remove(0) } else { Filter::And(terms) })
            })
            .collect();
        let mut parts = parts.ok_or_else(refused)?;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    /// True if an item fits; calls without a field fit always.
    pub fn fits(&self, item: &Value) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.fits(item)),
            Filter::Or(parts) => parts.iter().any(|part| part.fits(item)),
            Filter::Is(name, value, wanted) => {
                field(item, name).is_some_and(|found| found.eq_ignore_ascii_case(value)) == *wanted
            }
            Filter::Contains(name, value, start) => field(item, name).is_some_and(|found| {
                let (found, value) = (found.to_lowercase(), value.to_lowercase());
                if *start { found.starts_with(&value) } else { found.contains(&value) }
            }),
            Filter::Call(name, value) if name.eq_ignore_ascii_case("assignedTo") => {
                field(item, "principalId").is_some_and(|found| found.eq_ignore_ascii_case(value))
            }
            Filter::Call(..) => true,
        }
    }

    /// True if the filter calls the function.
    pub fn calls(&self, function: &str) -> bool {
        match self {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| part.calls(function)),
            Filter::Call(name, _) => name.eq_ignore_ascii_case(function),
            _ => false,
        }
    }
}

/// Splits at a word outside quotes and parentheses.
fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut quoted, mut depth) = (Vec::new(), 0, false, 0_i32);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if at >= start
            && !quoted
            && depth == 0
            && text.get(at..at + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word))
        {
            parts.push(&text[start..at]);
            start = at + word.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

fn term(text: &str) -> Option<Filter> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return Filter::parse(inner).ok();
    }
    if let Some((name, arguments)) = text.split_once('(')
        && name.chars().all(char::is_alphanumeric)
    {
        let arguments = arguments.strip_suffix(')')?;
        let arguments: Vec<&str> = split(arguments, ",").into_iter().map(str::trim).collect();
        return Some(match (name.to_lowercase().as_str(), arguments.as_slice()) {
            ("startswith", [field, value]) => Filter::Contains((*field).to_owned(), quoted(value)?, true),
            ("contains", [field, value]) => Filter::Contains((*field).to_owned(), quoted(value)?, false),
            ("substringof", [value, field]) => Filter::Contains((*field).to_owned(), quoted(value)?, false),
            (_, [""]) => Filter::Call(name.to_owned(), String::new()),
            (_, [value]) => Filter::Call(name.to_owned(), quoted(value)?),
            _ => return None,
        });
    }
    let mut words = text.splitn(3, ' ');
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?.trim());
    let value = quoted(value).unwrap_or_else(|| value.to_owned());
    match operator.to_lowercase().as_str() {
        "eq" => Some(Filter::Is(name.to_owned(), value, true)),
        "ne" => Some(Filter::Is(name.to_owned(), value, false)),
        _ => None,
    }
}

fn quoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// The text of a field: of the resource, or of its properties. `resourceType`, `resourceGroup`, `tagName`, `tagValue` are
/// the names that ARM has given to what is not called so.
fn field(item: &Value, name: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let name = name.strip_prefix("properties/").unwrap_or(name);
    match name.to_lowercase().as_str() {
        "resourcetype" => return item.get("type").and_then(text),
        "resourcegroup" => return item["id"].as_str()?.split('/').nth(4).map(str::to_owned),
        _ => {}
    }
    let find = |object: &Value| {
        object
            .as_object()?
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| text(value))
    };
    // Role definitions: `type eq 'BuiltInRole'` means the property.
    find(&item["properties"]).or_else(|| find(item))
}

/// Splits `tagName eq 'a' and tagValue eq 'b'` off a filter: they are judged together.
pub fn tag(text: &str) -> Option<(String, Option<String>)> {
    let mut name = None;
    let mut value = None;
    for part in split(text, " and ") {
        match term(part)? {
            Filter::Is(field, wanted, true) if field.eq_ignore_ascii_case("tagName") => name = Some(wanted),
            Filter::Is(field, wanted, true) if field.eq_ignore_ascii_case("tagValue") => value = Some(wanted),
            _ => return None,
        }
    }
    Some((name?, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_are_read_and_judged() {
        let item = json!({"id": "/subscriptions/s/resourceGroups/G/x", "type": "A/b", "name": "n",
            "properties": {"principalId": "p", "roleName": "it's and so", "type": "BuiltInRole"}});
        for (text, fits) in [
            ("principalId eq 'P'", true),
            ("principalId eq 'q' or name eq 'n'", true),
            ("resourceType eq 'a/B' and resourceGroup eq 'g'", true),
            ("roleName eq 'it''s and so'", true),
            ("type eq 'BuiltInRole'", true),
            ("substringof('and', roleName)", true),
            ("startswith(name, 'x')", false),
            ("atScope() and assignedTo('q')", false),
            ("name ne 'n'", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().fits(&item), fits, "{text}");
        }
        assert!(Filter::parse("atScope()").unwrap().calls("atscope"));
        assert!(Filter::parse("nonsense").is_err());
        assert_eq!(tag("tagName eq 'a' and tagValue eq 'b'"), Some(("a".into(), Some("b".into()))));
    }
}
