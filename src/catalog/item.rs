//! Documents that ARM keeps as items of an array on another document: an access policy of a vault. Such an item has an id
//! (the holder's with what names the item behind it) and facts of its own; it is read by reading its holder.

use super::arm::{items, type_facts};
use super::facts::ItemOf;
use super::value::property;
use crate::arm::id::ArmId;
use crate::lang::Value;

fn of(id: &ArmId) -> Option<&'static ItemOf> {
    type_facts(id.resource_type()).item_of.as_ref()
}

/// The document that holds the item; `None`: the id is that of a document of its own.
pub fn holder(id: &ArmId) -> Option<ArmId> {
    let holder = of(id)?.holder;
    id.ancestors().find(|above| above.is_type(holder))
}

/// The array on the holder that the item is in.
pub fn path(id: &ArmId) -> &'static [&'static str] {
    of(id).map_or(&[], |item| item.path)
}

/// The arrays of a type that hold items.
pub fn arrays(arm_type: &str) -> impl Iterator<Item = &'static [&'static str]> {
    let mut all: Vec<&[&str]> =
        items().filter(|i| i.holder.eq_ignore_ascii_case(arm_type)).map(|i| i.path).collect();
    all.dedup();
    all.into_iter()
}

/// The item as a document of its own, with its id, taken from its holder.
pub fn find(id: &ArmId, holder: &Value) -> Option<Value> {
    let item = of(id)?;
    let named = item.path.iter().try_fold(holder, |value, name| property(value, name))?;
    let found = named.as_sequence()?.iter().find(|entry| is(id, item, entry))?;
    let mut entries = found.as_entries()?.clone();
    entries.insert("id".into(), id.as_str().into());
    Some(Value::object(entries))
}

/// Whether an item of the array is the one with this id: what the id says is there, and what else names an item is not.
fn is(id: &ArmId, item: &ItemOf, entry: &Value) -> bool {
    item.keys.iter().all(|key| {
        let there = property(entry, key).and_then(Value::as_str).filter(|t| !t.is_empty());
        let said = [id.clone()].into_iter().chain(id.ancestors()).find_map(|part| {
            let last = part.resource_type().rsplit('/').next()?.eq_ignore_ascii_case(key);
            last.then(|| part.name().to_owned())
        });
        match (there, said) {
            (Some(there), Some(said)) => there.eq_ignore_ascii_case(&said),
            (there, said) => there.is_none() && said.is_none(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_is_found_by_all_that_names_it() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";
        let holds = Value::from_json(&json!({"properties": {"accessPolicies": [
            {"objectId": "A", "applicationId": "p", "permissions": {"keys": ["get"]}},
            {"objectId": "a", "permissions": {"keys": ["list"]}},
        ]}}));
        let of = |rest: &str| ArmId::parse(&format!("{vault}/{rest}")).unwrap();
        let keys = |id: &ArmId| {
            let found = find(id, &holds)?;
            assert_eq!(found.get("id").and_then(Value::as_str), Some(id.as_str()));
            Some(found.get("permissions")?.get("keys")?.as_sequence()?[0].clone())
        };
        assert_eq!(keys(&of("objectId/a")), Some("list".into()));
        assert_eq!(keys(&of("objectId/a/applicationId/P")), Some("get".into()));
        assert_eq!(keys(&of("objectId/b")), None);
        assert_eq!(keys(&of("objectId/a/applicationId/q")), None);
        assert_eq!(holder(&of("objectId/a/applicationId/p")), Some(ArmId::parse(vault).unwrap()));
        assert_eq!(holder(&ArmId::parse(vault).unwrap()), None);
    }
}
