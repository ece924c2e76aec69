//! `metadata functions`

use serde_json::{Map, Value as Json, json};

use super::super::{Context, Exit};
use crate::lang::functions::{Function, Param, Ty, names, signature};
use crate::ui::json::line;

pub(super) fn functions(cx: &Context) -> Exit {
    if !cx.args.switch("json") {
        cx.ui.error(
            "The `ringfence metadata functions` command requires the `-json` flag.\n\nUsage: ringfence [global options] \
             metadata functions -json\n",
        );
        return Exit::Failure;
    }
    cx.ui.line(&line(&document()));
    Exit::Success
}

/// Every function by its name, and once more as `core::name`.
fn document() -> Json {
    let known = || names().filter_map(|name| Some((name, one(signature(name)?))));
    let mut all: Vec<(String, Json)> = known()
        .flat_map(|(name, one)| [(name.to_string(), one.clone()), (format!("core::{name}"), one)])
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    json!({"format_version": "1.0", "function_signatures": Map::from_iter(all)})
}

/// Functions whose result Terraform does not declare, although it is always the same.
const UNDECLARED: [&str; 2] = ["contains", "index"];

/// Functions whose arguments are expressions, of which nobody asks whether they are null.
const OF_EXPRESSIONS: [&str; 2] = ["can", "try"];

fn one(function: &Function) -> Json {
    let mut out = Map::new();
    out.insert("description".into(), function.doc.into());
    let result = if UNDECLARED.contains(&function.name) { Ty::Any } else { function.result };
    out.insert("return_type".into(), result.to_type().to_json());
    let values = !OF_EXPRESSIONS.contains(&function.name);
    if !function.params.is_empty() {
        out.insert("parameters".into(), function.params.iter().map(|p| param(p, values)).collect());
    }
    if let Some(more) = &function.variadic {
        out.insert("variadic_parameter".into(), param(more, values));
    }
    Json::Object(out)
}

fn param(param: &Param, value: bool) -> Json {
    let mut out = Map::new();
    out.insert("name".into(), param.name.into());
    if param.nullable && value {
        out.insert("is_nullable".into(), true.into());
    }
    out.insert("type".into(), param.ty.to_type().to_json());
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform's own document says the same of every function, but for the descriptions.
    #[test]
    fn the_signatures_are_terraforms() {
        let shared = std::env::var_os("RINGFENCE_SHARED").map_or_else(
            || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            std::path::PathBuf::from,
        );
        let Ok(text) = std::fs::read_to_string(shared.join("cases/expr/functions.json")) else {
            println!("skipped: no shared facts");
            return;
        };
        let mut theirs: Json = serde_json::from_str(&text).unwrap();
        let mut ours = document();
        for document in [&mut theirs, &mut ours] {
            bare(document);
        }
        let of = |document: &Json| document["function_signatures"].as_object().unwrap().clone();
        let (ours, theirs) = (of(&ours), of(&theirs));
        let different: Vec<_> =
            theirs.iter().filter(|(name, one)| ours.get(*name) != Some(one)).map(|(name, _)| name).collect();
        assert!(different.is_empty(), "{different:?}");
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    }

    fn bare(value: &mut Json) {
        match value {
            Json::Object(all) => {
                all.remove("description");
                all.values_mut().for_each(bare);
            }
            Json::Array(all) => all.iter_mut().for_each(bare),
            _ => {}
        }
    }
}
