//! Schemas as `providers schema -json` writes them.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::lang::schema::{AttrSpec, BlockSpec, Nesting, ResourceSchema};

/// The schemas of one provider: its block, its resource types, its data sources.
pub fn provider<'n>(
    block: &BlockSpec,
    resources: impl Iterator<Item = (&'n str, Arc<ResourceSchema>)>,
    data: impl Iterator<Item = (&'n str, Arc<ResourceSchema>)>,
) -> Json {
    let whole = |spec: &BlockSpec| json!({"version": 0, "block": self::block(spec)});
    let mut out = Map::from_iter([("provider".to_string(), whole(block))]);
    let list = |all: Vec<(&str, Arc<ResourceSchema>)>| -> Map<String, Json> {
        let mut all: Vec<_> = all.into_iter().map(|(n, s)| (n.to_string(), whole(&s))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.into_iter().collect()
    };
    for (name, all) in
        [("resource_schemas", list(resources.collect())), ("data_source_schemas", list(data.collect()))]
    {
        if !all.is_empty() {
            out.insert(name.into(), Json::Object(all));
        }
    }
    Json::Object(out)
}

fn describe(out: &mut Map<String, Json>, text: &str) {
    if !text.is_empty() {
        out.insert("description".into(), text.into());
    }
    out.insert("description_kind".into(), "plain".into());
}

fn block(spec: &BlockSpec) -> Json {
    let mut out = Map::new();
    if !spec.attributes.is_empty() {
        let mut all: Vec<_> = spec.attributes.iter().map(|a| (a.name.clone(), attribute(a))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        out.insert("attributes".into(), Json::Object(all.into_iter().collect()));
    }
    if !spec.blocks.is_empty() {
        let mut all: Vec<(String, Json)> = Vec::new();
        for nested in &spec.blocks {
            let nesting = match nested.nesting {
                Nesting::Single => "single",
                Nesting::Group => "group",
                Nesting::List => "list",
                Nesting::Set => "set",
                Nesting::Map => "map",
            };
            let mut one = Map::from_iter([
                ("nesting_mode".to_string(), Json::from(nesting)),
                ("block".to_string(), block(&nested.block)),
            ]);
            for (name, n) in [("min_items", nested.min), ("max_items", nested.max)] {
                if n > 0 {
                    one.insert(name.into(), n.into());
                }
            }
            all.push((nested.name.clone(), Json::Object(one)));
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        out.insert("block_types".into(), Json::Object(all.into_iter().collect()));
    }
    describe(&mut out, &spec.description);
    if spec.deprecated.is_some() {
        out.insert("deprecated".into(), true.into());
    }
    Json::Object(out)
}

fn attribute(spec: &AttrSpec) -> Json {
    let mut out = Map::from_iter([("type".to_string(), spec.ty.to_json())]);
    describe(&mut out, &spec.description);
    for (name, on) in [
        ("deprecated", spec.deprecated.is_some()),
        ("required", spec.required),
        ("optional", spec.optional),
        ("computed", spec.computed),
        ("sensitive", spec.sensitive),
        ("write_only", spec.write_only),
    ] {
        if on {
            out.insert(name.into(), true.into());
        }
    }
    Json::Object(out)
}
