//! A plan document without its secrets, for files that others may read.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// Puts null in the place of everything that a document says is sensitive, and of the named variables.
pub fn withhold(document: &mut Json, variables: &BTreeSet<String>) {
    for name in variables {
        if let Some(value) = document.pointer_mut(&format!("/variables/{}/value", escape(name))) {
            *value = Json::Null;
        }
    }
    for list in ["resource_changes", "resource_drift"] {
        for entry in document.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
            change(&mut entry["change"]);
        }
    }
    for (_, output) in document.get_mut("output_changes").and_then(Json::as_object_mut).into_iter().flatten()
    {
        change(output);
    }
    for values in ["/planned_values", "/prior_state/values"] {
        let Some(values) = document.pointer_mut(values) else { continue };
        for (_, output) in values.get_mut("outputs").and_then(Json::as_object_mut).into_iter().flatten() {
            if output["sensitive"] == true && output.get("value").is_some() {
                output["value"] = Json::Null;
            }
        }
        if let Some(root) = values.get_mut("root_module") {
            module(root);
        }
    }
}

/// A name as a step of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn change(change: &mut Json) {
    for side in ["before", "after"] {
        let mask = change.get(format!("{side}_sensitive")).cloned().unwrap_or_default();
        if let Some(value) = change.get_mut(side) {
            cover(value, &mask);
        }
    }
}

fn module(module: &mut Json) {
    for resource in module.get_mut("resources").and_then(Json::as_array_mut).into_iter().flatten() {
        let mask = resource.get("sensitive_values").cloned().unwrap_or_default();
        if let Some(values) = resource.get_mut("values") {
            // The values of a resource are an object, whatever happens.
            match (&mask, values.as_object_mut()) {
                (Json::Bool(true), Some(all)) => all.values_mut().for_each(|v| *v = Json::Null),
                _ => cover(values, &mask),
            }
        }
    }
    for child in module.get_mut("child_modules").and_then(Json::as_array_mut).into_iter().flatten() {
        self::module(child);
    }
}

/// Puts null where the mask is true.
fn cover(value: &mut Json, mask: &Json) {
    match (value, mask) {
        (value, Json::Bool(true)) => *value = Json::Null,
        (Json::Array(all), Json::Array(masks)) => all.iter_mut().zip(masks).for_each(|(v, m)| cover(v, m)),
        (Json::Object(all), Json::Object(masks)) => {
            for (name, mask) in masks {
                if let Some(value) = all.get_mut(name) {
                    cover(value, mask);
                }
            }
        }
        _ => {}
    }
}
