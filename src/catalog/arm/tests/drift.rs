//! What a service adds or rewrites is no drift, and another value in the same place, set by hand, is.

use serde_json::{Value as Json, json};

use super::{all_are_looked_at, body, differences, nodes, table, type_facts};
use crate::catalog::facts::{Compare, FactNode};

/// An answer of the table: the first of its values, read as JSON where it is some.
fn answered(cell: &str) -> Json {
    let text = cell.split(" ; ").next().unwrap_or_default();
    let text = text.rsplit_once(" (x").map_or(text, |(value, _)| value);
    match serde_json::from_str(text) {
        Ok(value @ (Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) | Json::Null)) => {
            value
        }
        _ => json!(text),
    }
}

/// Another value of the same kind.
fn other(value: &Json) -> Json {
    match value {
        Json::Bool(on) => json!(!on),
        Json::Number(n) => json!(n.as_f64().unwrap_or_default() + 1.0),
        Json::Array(items) if items.is_empty() => json!(["another"]),
        Json::Array(_) => json!([]),
        _ => json!("another"),
    }
}

/// `properties<AmlCompute>.x` is a path of `properties`.
fn plain(path: &str) -> String {
    let steps = path.split('.').map(|step| match (step.find('<'), step.find('>')) {
        (Some(from), Some(to)) => format!("{}{}", &step[..from], &step[to + 1..]),
        _ => step.to_owned(),
    });
    steps.collect::<Vec<_>>().join(".")
}

/// What a claim always says, beside the names of items and what is claimed as a whole by the facts.
const SAID: &[(&str, &str)] = &[
    ("properties.osProfile.linuxConfiguration.ssh.publicKeys[].", "a key is its text and its place"),
    ("properties.applicationSecurityGroups[].id", "an item is its id"),
    ("tags.", "who writes tags means these and no others, as in Terraform: one that a policy adds is drift"),
];

#[test]
pub(in crate::catalog) fn server_populated_what_a_service_adds_is_no_drift_and_another_value_is() {
    let Some(rows) = table("server_populated.tsv") else { return };
    let (mut quiet, mut said, mut real, mut servers, mut nothing, mut wrong) = (0, 0, 0, 0, 0, Vec::new());
    let rows = rows.iter().filter(|r| ["added", "normalised"].contains(&r[6].as_str()));
    for row in rows.filter(|r| !type_facts(&r[0]).arm_type.is_empty()) {
        let (kind, path) = (row[0].as_str(), plain(&row[1]));
        let (seen, _) = nodes(&type_facts(kind).body, &row[1]);
        let hidden = seen.iter().any(|n| n.read_only || n.compare == Compare::WriteOnly);
        // Principals of identities: their ids are names of members.
        if path.contains("./") {
            match hidden {
                true => servers += 1,
                false => wrong.push(format!("{kind} {path} is the service's alone")),
            }
            continue;
        }
        let value = answered(&row[4]);
        let live = body(&path, value.clone());
        // A claim of an item says what names it; one of a whole object says all of it.
        let claimed = row[1].rsplit_once('.').is_some_and(|(above, last)| {
            let (seen, known) = nodes(&type_facts(kind).body, above);
            let names =
                |list: &&FactNode| list.set_key.is_some_and(|key| key.is_empty() || key.contains(&last));
            let said = SAID.iter().any(|(start, _)| row[1].starts_with(start));
            said || known && (seen[0].whole || above.ends_with("[]") && seen.get(1).is_some_and(names))
        });
        if row[2] == "added" && claimed {
            said += 1;
        } else if row[2] == "added" {
            let claim = path.rsplit_once('.').map_or_else(|| json!({}), |(above, _)| body(above, json!({})));
            quiet += 1;
            if differences(kind, &claim, &live) > 0 {
                wrong.push(format!("{kind} {path}: {value} is added, and drift"));
            }
        }
        if hidden {
            servers += 1;
            continue;
        }
        if value.is_null() || value == json!({}) || value.is_object() {
            nothing += 1;
            continue;
        }
        real += 1;
        if differences(kind, &live, &live) > 0 {
            wrong.push(format!("{kind} {path}: {value} is not itself"));
        }
        if differences(kind, &live, &body(&path, other(&value))) == 0 {
            wrong.push(format!("{kind} {path}: {} for {value} is no drift", other(&value)));
        }
    }
    println!(
        "{quiet} added paths are no drift, {said} are always said; {real} show a change by hand; {servers} are the service's alone; of {nothing} the example answers nothing"
    );
    SAID.iter().for_each(|(path, why)| println!("  always said: {path}: {why}"));
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
    assert!(!all_are_looked_at() || quiet > 500 && real > 150, "{quiet} {real}");
}
