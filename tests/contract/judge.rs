//! An answer against the published schema of its type.

use serde_json::Value as Json;

/// What is wrong with an answer: `path: why`, without the indexes of arrays.
pub fn answer(schema: &Json, body: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    judge(schema, body, "", &mut wrong);
    wrong.sort();
    wrong.dedup();
    wrong
}

fn judge(schema: &Json, value: &Json, path: &str, wrong: &mut Vec<String>) {
    if value.is_null() || schema.get("cut").is_some() {
        return;
    }
    if schema["writeOnly"] == true {
        wrong.push(format!("{path}: is answered, and write-only"));
    }
    let fits = match schema["type"].as_str().unwrap_or("any") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        // The types call every number an integer.
        "integer" | "number" => value.is_number(),
        _ => true,
    };
    if !fits {
        return wrong.push(format!("{path}: {value} is no {}", schema["type"]));
    }
    let allowed = schema["enum"].as_array().filter(|_| schema.get("openEnum").is_none());
    if allowed.is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{path}: {value} is none of {}", schema["enum"]));
    }
    // A type's name and the version differ in case and in kind of answer; the world judges them.
    if path != ".type" && schema.get("const").is_some_and(|only| only != value) {
        wrong.push(format!("{path}: {value} is not {}", schema["const"]));
    }
    match value {
        Json::Array(items) => {
            items.iter().for_each(|item| judge(&schema["items"], item, &format!("{path}[]"), wrong));
        }
        Json::Object(members) => {
            let case = schema["discriminator"].as_str().and_then(|by| members.get(by)?.as_str());
            let variant = case.and_then(|case| schema["variants"].get(case));
            if schema.get("variants").is_some() && variant.is_none() {
                return wrong.push(format!("{path}: {case:?} is no case of {}", schema["discriminator"]));
            }
            let shapes = [
                Some(&schema["properties"]),
                Some(&schema["baseProperties"]),
                variant.map(|v| &v["properties"]),
            ];
            let shapes = || shapes.iter().flatten().filter_map(|s| s.as_object());
            let free =
                [Some(schema), variant].into_iter().flatten().find_map(|s| s.get("additionalProperties"));
            for (name, value) in members {
                let at = format!("{path}.{name}");
                match (shapes().find_map(|shape| shape.get(name)), free) {
                    (Some(known), _) => judge(known, value, &at, wrong),
                    (None, Some(rest)) => judge(rest, value, &at, wrong),
                    (None, None) if shapes().next().is_none() || value.is_null() => {}
                    (None, None) => wrong.push(format!("{at}: is not in the schema")),
                }
            }
            for (name, known) in shapes().flatten() {
                if known["required"] == true
                    && known["writeOnly"] != true
                    && members.get(name).is_none_or(Json::is_null)
                {
                    wrong.push(format!("{path}.{name}: is missing"));
                }
            }
        }
        _ => {}
    }
}
