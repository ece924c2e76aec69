//! A page of a list, taken apart item by item: never more than one of them is held as JSON.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What a page says beside its items.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    /// Whether it is a list at all; without one there were no items.
    pub listed: bool,
    /// Where the next page is.
    pub next: Option<String>,
}

/// Calls `item` for each item of a page. `None`: it is not JSON.
pub(super) fn read(raw: &[u8], item: &mut dyn FnMut(Value)) -> Option<Page> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let page = reader.deserialize_any(Whole(item)).ok()?;
    reader.end().ok()?;
    Some(page)
}

struct Whole<'f>(&'f mut dyn FnMut(Value));

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Page, A::Error> {
        while let Some(one) = all.next_element()? {
            (self.0)(one);
        }
        Ok(Page { listed: true, next: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        while let Some(name) = all.next_key::<String>()? {
            match &*name {
                // Service tags are the one list that calls its items `values`.
                "value" | "values" if !page.listed => {
                    let listed = Cell::new(false);
                    all.next_value_seed(Items { item: self.0, listed: &listed })?;
                    page.listed = listed.get();
                }
                "nextLink" => {
                    page.next =
                        all.next_value::<Value>()?.as_str().filter(|n| !n.is_empty()).map(str::to_owned);
                }
                _ => _ = all.next_value::<IgnoredAny>()?,
            }
        }
        Ok(page)
    }
}

struct Items<'f> {
    item: &'f mut dyn FnMut(Value),
    listed: &'f Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        self.listed.set(true);
        while let Some(one) = all.next_element()? {
            (self.item)(one);
        }
        Ok(())
    }

    // What stands there and is no array is no list.
    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        while all.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn items(raw: &str) -> (Option<Page>, Vec<Value>) {
        let mut all = Vec::new();
        let page = read(raw.as_bytes(), &mut |item| all.push(item));
        (page, all)
    }

    #[test]
    fn items_come_one_by_one_whatever_stands_beside_them() {
        let next = Some("https://x".to_owned());
        let page =
            r#"{"count": {"a": [1]}, "value": [{"id": "1"}, 2], "nextLink": "https://x", "more": null}"#;
        assert_eq!(items(page), (Some(Page { listed: true, next }), vec![json!({"id": "1"}), json!(2)]));
        let plain = Some(Page { listed: true, next: None });
        assert_eq!(items(r#"[1, 2]"#), (plain, vec![json!(1), json!(2)]));
        assert_eq!(items(r#"{"values": [], "nextLink": null}"#).0.map(|p| p.listed), Some(true));
        for other in [r#"{"a": [1]}"#, r#""x""#, "null", "true", "1", "-1", "1.5"] {
            let page = format!(r#"{{"value": {other}}}"#);
            assert_eq!(items(&page), (Some(Page::default()), vec![]), "{page}");
        }
        assert_eq!(items("{}"), (Some(Page::default()), vec![]));
        assert_eq!(items("<html>").0, None);
        assert_eq!(items(r#"{"value": [1"#).0, None);
    }
}
