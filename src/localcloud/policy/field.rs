//! Fields of policy rules: `type`, `tags['name']`, and aliases such as
//! `Microsoft.MachineLearningServices/workspaces/encryption.status`.
//!
//! Azure keeps a table that leads each alias to a path. Here the path follows from the alias: what stands after the type
//! is looked for in the resource itself, in its `properties`, and in their `properties` (computes have them twice).

use serde_json::{Map, Value};

use super::expression::member;
use crate::localcloud::tables::normalised;

/// Properties of a resource that are not in `properties`.
const ENVELOPE: &[&str] = &["extendedLocation", "identity", "kind", "managedBy", "plan", "sku", "zones"];

/// One resource as it would be.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its type.
    pub type_name: &'a str,
    /// Its name with those of its parents: `workspace/compute`.
    pub full_name: String,
    /// The document.
    pub body: &'a Value,
}

/// What an array alias stands for, within a `count`.
#[derive(Debug, Clone)]
pub struct Bound {
    /// `Microsoft.X/y/items[*]`, or the name of a `count` over a value.
    pub name: String,
    /// The item.
    pub item: Value,
}

/// What a field is.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// One value; null: not there.
    One(Value),
    /// Those of the items of an array (`[*]`).
    Each(Vec<Value>),
}

impl Found {
    /// As `field()` answers it.
    pub fn into_value(self) -> Value {
        match self {
            Found::One(value) => value,
            Found::Each(values) => Value::Array(values),
        }
    }
}

/// Finds a field.
pub fn find(subject: &Subject<'_>, bound: &[Bound], name: &str) -> Found {
    let text = |text: &str| Found::One(text.into());
    let of = |path: &[&str]| {
        let found = path.iter().try_fold(subject.body, |value, segment| member(value, segment));
        Found::One(found.cloned().unwrap_or(Value::Null))
    };
    match name.to_lowercase().as_str() {
        "name" => return text(subject.id.rsplit('/').next().unwrap_or_default()),
        "fullname" => return text(&subject.full_name),
        "id" => return text(subject.id),
        "type" => return text(subject.type_name),
        "location" => {
            let found = subject.body.get("location").and_then(Value::as_str);
            return Found::One(found.map_or(Value::Null, |location| normalised(location).into()));
        }
        "kind" | "tags" => return of(&[name]),
        "identity.type" => return of(&["identity", "type"]),
        _ => {}
    }
    if let Some(tag) = tag(name) {
        return of(&["tags", tag]);
    }
    let inner = bound.iter().rev().find_map(|bound| {
        let (head, rest) = (name.get(..bound.name.len())?, name.get(bound.name.len()..)?);
        (head.eq_ignore_ascii_case(&bound.name) && (rest.is_empty() || rest.starts_with('.')))
            .then(|| (&bound.item, rest.trim_start_matches('.')))
    });
    if let Some((item, rest)) = inner {
        return walk(item, rest);
    }
    match path_of(subject, name) {
        Some(path) => walk(base(subject.body, path), path),
        None => Found::One(Value::Null),
    }
}

/// Writes a field into a body: what the effects `modify` and `append` do.
pub fn put(subject: &Subject<'_>, name: &str, value: Value, body: &mut Value) {
    let Some(segments) = place(subject, name, body) else { return };
    let mut at = body;
    for segment in &segments[..segments.len() - 1] {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let Some(object) = at.as_object_mut() else { return };
        let key = spelled(object, segment);
        at = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    let Some(last) = segments.last() else { return };
    if let Some(array) = last.strip_suffix("[*]") {
        let Some(object) = at.as_object_mut() else { return };
        let key = spelled(object, array);
        let items = object.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(items) = items.as_array_mut()
            && !items.contains(&value)
        {
            items.push(value);
        }
    } else if let Some(object) = at.as_object_mut() {
        let key = spelled(object, last);
        object.insert(key, value);
    }
}

/// Takes a field out of a body.
pub fn take(subject: &Subject<'_>, name: &str, body: &mut Value) {
    let Some(segments) = place(subject, name, body) else { return };
    let mut at = body;
    for segment in &segments[..segments.len() - 1] {
        let Some(object) = at.as_object_mut() else { return };
        let key = spelled(object, segment);
        let Some(next) = object.get_mut(&key) else { return };
        at = next;
    }
    if let (Some(object), Some(last)) = (at.as_object_mut(), segments.last()) {
        let key = spelled(object, last);
        object.shift_remove(&key);
    }
}

/// Where a field is written.
fn place(subject: &Subject<'_>, name: &str, body: &Value) -> Option<Vec<String>> {
    if let Some(tag) = tag(name) {
        return Some(vec!["tags".to_owned(), tag.to_owned()]);
    }
    if ["location", "kind", "tags"].iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Some(vec![name.to_lowercase()]);
    }
    let path = if name.eq_ignore_ascii_case("identity.type") { name } else { path_of(subject, name)? };
    let first = first(path);
    let envelope = ENVELOPE.iter().any(|known| known.eq_ignore_ascii_case(first))
        && body.get("properties").and_then(|properties| member(properties, first)).is_none();
    let inside = (!envelope).then(|| "properties".to_owned());
    Some(inside.into_iter().chain(path.split('.').map(str::to_owned)).collect())
}

/// The key as it is spelled already.
fn spelled(object: &Map<String, Value>, name: &str) -> String {
    object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}

/// The tag of `tags['x']`, `tags[x]`, `tags.x`.
fn tag(name: &str) -> Option<&str> {
    let rest = name.get(..4).filter(|head| head.eq_ignore_ascii_case("tags")).map(|_| &name[4..])?;
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let unquoted = |text: &'_ str| text.trim_matches('\'').len();
    match inside {
        Some(inside) if unquoted(inside) > 0 => Some(inside.trim_matches('\'')),
        Some(_) => None,
        None => rest.strip_prefix('.'),
    }
}

/// What stands after the type in an alias of the subject's type.
fn path_of<'n>(subject: &Subject<'_>, alias: &'n str) -> Option<&'n str> {
    let head = alias.get(..subject.type_name.len())?;
    head.eq_ignore_ascii_case(subject.type_name).then(|| alias[head.len()..].strip_prefix('/')).flatten()
}

/// The first segment of a path.
fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or_default().trim_end_matches("[*]")
}

/// What holds the first segment of a path: the resource, its properties, or theirs.
fn base<'a>(body: &'a Value, path: &str) -> &'a Value {
    let first = first(path);
    let properties = body.get("properties");
    let levels = [properties, properties.and_then(|p| p.get("properties")), Some(body)];
    levels.into_iter().flatten().find(|level| member(level, first).is_some()).unwrap_or(&Value::Null)
}

fn walk(from: &Value, path: &str) -> Found {
    let mut values = vec![from.clone()];
    let mut each = false;
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let (name, items) = match segment.strip_suffix("[*]") {
            Some(name) => (name, true),
            None => (segment, false),
        };
        values = values.iter().map(|value| member(value, name).cloned().unwrap_or(Value::Null)).collect();
        if items {
            each = true;
            let arrays = values.into_iter();
            values = arrays
                .filter_map(|v| if let Value::Array(items) = v { Some(items) } else { None })
                .flatten()
                .collect();
        }
    }
    match each {
        true => Found::Each(values),
        false => Found::One(values.pop().unwrap_or(Value::Null)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn subject(body: &Value) -> Subject<'_> {
        Subject { id: "/s/a/b", type_name: "Microsoft.X/ys", full_name: "a/b".into(), body }
    }

    #[test]
    fn aliases_lead_to_properties_wherever_they_are() {
        let body = json!({"location": "westeurope", "sku": {"name": "S"}, "tags": {"Owner": "me"},
            "properties": {"open": true, "rules": [{"ip": "a"}, {"ip": "b"}], "properties": {"subnet": {"id": "/n"}}}});
        let subject = subject(&body);
        let value = |name: &str| find(&subject, &[], name).into_value();
        for (name, wanted) in [
            ("Microsoft.X/ys/open", json!(true)),
            ("microsoft.x/YS/Open", json!(true)),
            ("Microsoft.X/ys/subnet.id", json!("/n")),
            ("Microsoft.X/ys/sku.name", json!("S")),
            ("Microsoft.X/ys/rules[*].ip", json!(["a", "b"])),
            ("Microsoft.X/ys/rules[*]", json!([{"ip": "a"}, {"ip": "b"}])),
            ("Microsoft.X/ys/none[*].ip", json!([])),
            ("Microsoft.X/zs/open", Value::Null),
            ("tags['owner']", json!("me")),
            ("tags[Owner]", json!("me")),
            ("tags.Owner", json!("me")),
            ("tags[other]", Value::Null),
            ("name", json!("b")),
            ("fullName", json!("a/b")),
            ("TYPE", json!("Microsoft.X/ys")),
            ("location", json!("westeurope")),
        ] {
            assert_eq!(value(name), wanted, "{name}");
        }
        let bound = [Bound { name: "Microsoft.X/ys/rules[*]".into(), item: json!({"ip": "b"}) }];
        assert_eq!(find(&subject, &bound, "Microsoft.X/ys/rules[*].ip"), Found::One(json!("b")));
    }

    #[test]
    fn fields_are_written_where_they_belong() {
        let mut body = json!({"properties": {"Open": true}});
        let before = body.clone();
        let subject = subject(&before);
        put(&subject, "Microsoft.X/ys/open", false.into(), &mut body);
        put(&subject, "Microsoft.X/ys/acl.default", "Deny".into(), &mut body);
        put(&subject, "Microsoft.X/ys/ips[*]", "1".into(), &mut body);
        put(&subject, "Microsoft.X/ys/sku.name", "S".into(), &mut body);
        put(&subject, "tags['x']", "1".into(), &mut body);
        let wanted = json!({"properties": {"Open": false, "acl": {"default": "Deny"}, "ips": ["1"]},
            "sku": {"name": "S"}, "tags": {"x": "1"}});
        assert_eq!(body, wanted);
        take(&subject, "Microsoft.X/ys/acl.default", &mut body);
        take(&subject, "tags[x]", &mut body);
        take(&subject, "Microsoft.X/ys/not.there", &mut body);
        assert_eq!(body["properties"]["acl"], json!({}));
        assert_eq!(body["tags"], json!({}));
    }
}
