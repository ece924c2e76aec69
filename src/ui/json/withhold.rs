//! A plan document without its secrets, for files that others may read.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// Puts null in the place of everything that a document says is sensitive, and of the named variables; also where the
/// configuration has written such a value, or one of `more`, as a constant. Returns the texts that were withheld.
pub fn withhold(
    document: &mut Json,
    variables: &BTreeSet<String>,
    more: BTreeSet<String>,
) -> BTreeSet<String> {
    let mut secrets = Secrets(more);
    secrets.cover_all(document, variables);
    if let Some(configuration) = document.get_mut("configuration") {
        secrets.cover_constants(configuration);
    }
    secrets.cover_copies(document);
    secrets.0
}

/// A name as a step of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A shorter secret is only seen where it stands alone.
const PART: usize = 4;

/// The texts that were withheld.
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn cover_all(&mut self, document: &mut Json, variables: &BTreeSet<String>) {
        for name in variables {
            if let Some(value) = document.pointer_mut(&format!("/variables/{}/value", escape(name))) {
                self.hide(value);
            }
        }
        for list in ["resource_changes", "resource_drift"] {
            for entry in document.get_mut(list).and_then(Json::as_array_mut).into_iter().flatten() {
                self.change(&mut entry["change"]);
            }
        }
        for (_, output) in
            document.get_mut("output_changes").and_then(Json::as_object_mut).into_iter().flatten()
        {
            self.change(output);
        }
        for values in ["/planned_values", "/prior_state/values"] {
            let Some(values) = document.pointer_mut(values) else { continue };
            for (_, output) in values.get_mut("outputs").and_then(Json::as_object_mut).into_iter().flatten() {
                if output["sensitive"] == true && output.get("value").is_some() {
                    self.hide(&mut output["value"]);
                }
            }
            if let Some(root) = values.get_mut("root_module") {
                self.module(root);
            }
        }
    }

    /// What was copied from a secret to where nothing says that it is one.
    fn cover_copies(&self, document: &mut Json) {
        for entry in ["resource_changes", "resource_drift"] {
            for entry in document.get_mut(entry).and_then(Json::as_array_mut).into_iter().flatten() {
                for side in ["before", "after"] {
                    if let Some(value) = entry.get_mut("change").and_then(|change| change.get_mut(side)) {
                        self.copies(value);
                    }
                }
            }
        }
        for place in ["/output_changes", "/planned_values", "/prior_state/values"] {
            if let Some(values) = document.pointer_mut(place) {
                self.copies_in_values(values);
            }
        }
    }

    /// Addresses, types and names are no values.
    fn copies_in_values(&self, part: &mut Json) {
        match part {
            Json::Object(all) => {
                for (name, below) in all {
                    match name.as_str() {
                        "values" | "value" | "before" | "after" => self.copies(below),
                        _ => self.copies_in_values(below),
                    }
                }
            }
            Json::Array(all) => all.iter_mut().for_each(|below| self.copies_in_values(below)),
            _ => {}
        }
    }

    fn copies(&self, value: &mut Json) {
        match value {
            Json::String(text)
                if self.0.iter().any(|s| text == s || s.len() >= PART && text.contains(s.as_str())) =>
            {
                *value = Json::Null;
            }
            Json::Object(all) => all.values_mut().for_each(|below| self.copies(below)),
            Json::Array(all) => all.iter_mut().for_each(|below| self.copies(below)),
            _ => {}
        }
    }

    fn change(&mut self, change: &mut Json) {
        for side in ["before", "after"] {
            let mask = change.get(format!("{side}_sensitive")).cloned().unwrap_or_default();
            if let Some(value) = change.get_mut(side) {
                self.cover(value, &mask);
            }
        }
    }

    fn module(&mut self, module: &mut Json) {
        for resource in module.get_mut("resources").and_then(Json::as_array_mut).into_iter().flatten() {
            let mask = resource.get("sensitive_values").cloned().unwrap_or_default();
            if let Some(values) = resource.get_mut("values") {
                // The values of a resource are an object, whatever happens.
                match (&mask, values.as_object_mut()) {
                    (Json::Bool(true), Some(all)) => all.values_mut().for_each(|v| self.hide(v)),
                    _ => self.cover(values, &mask),
                }
            }
        }
        for child in module.get_mut("child_modules").and_then(Json::as_array_mut).into_iter().flatten() {
            self.module(child);
        }
    }

    /// Puts null where the mask is true.
    fn cover(&mut self, value: &mut Json, mask: &Json) {
        match (value, mask) {
            (value, Json::Bool(true)) => self.hide(value),
            (Json::Array(all), Json::Array(masks)) => {
                all.iter_mut().zip(masks).for_each(|(v, m)| self.cover(v, m))
            }
            (Json::Object(all), Json::Object(masks)) => {
                for (name, mask) in masks {
                    if let Some(value) = all.get_mut(name) {
                        self.cover(value, mask);
                    }
                }
            }
            _ => {}
        }
    }

    /// Puts null in the place of a value and remembers its texts.
    fn hide(&mut self, value: &mut Json) {
        self.learn(value);
        *value = Json::Null;
    }

    fn learn(&mut self, value: &Json) {
        match value {
            Json::String(text) if !text.is_empty() => _ = self.0.insert(text.clone()),
            Json::Array(all) => all.iter().for_each(|v| self.learn(v)),
            Json::Object(all) => all.values().for_each(|v| self.learn(v)),
            _ => {}
        }
    }

    /// Puts null where a constant of the configuration is, or holds, what was withheld.
    fn cover_constants(&self, value: &mut Json) {
        match value {
            Json::Array(all) => all.iter_mut().for_each(|v| self.cover_constants(v)),
            Json::Object(all) => {
                for (name, value) in all {
                    match name.as_str() {
                        "constant_value" | "default" => self.cover_texts(value),
                        _ => self.cover_constants(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// A short secret is only taken for one where it is the whole text.
    fn is_in(&self, text: &str) -> bool {
        self.0.contains(text) || self.0.iter().any(|s| s.len() >= 4 && text.contains(s.as_str()))
    }

    fn cover_texts(&self, value: &mut Json) {
        match value {
            Json::String(text) if self.is_in(text) => *value = Json::Null,
            Json::Array(all) => all.iter_mut().for_each(|v| self.cover_texts(v)),
            Json::Object(all) => all.values_mut().for_each(|v| self.cover_texts(v)),
            _ => {}
        }
    }
}
