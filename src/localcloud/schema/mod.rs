//! Bodies checked against tables of properties: unknown, read-only, missing and ill-typed ones are told apart.
//!
//! This room knows what a body may hold, by type and API version. It does not know what a resource does, nor whether what
//! a body refers to exists.

mod check;
mod table;
#[cfg(test)]
pub(crate) mod tests;

pub use check::{Fault, FaultKind};

use super::failure::ArmFailure;
use serde_json::Value;

/// The schema of the bodies of one type at one API version.
#[derive(Clone, Copy)]
pub struct BodySchema {
    table: &'static table::Table,
    root: &'static table::Shape,
    version: u64,
}

/// Judges a body as it came. `stored`: what a GET would answer now, if the resource is there. `partial`: the body of a
/// PATCH, from which anything may be missing. A type without a table is not judged.
///
/// # Errors
/// The refusal that Azure would answer: 400, with every fault in `details`.
pub fn validate(
    type_name: &str,
    api_version: &str,
    body: &Value,
    stored: Option<&Value>,
    partial: bool,
) -> Result<(), ArmFailure> {
    let Some(schema) = find(type_name, api_version) else { return Ok(()) };
    let judged = if partial { schema.check_patch(body, stored) } else { schema.check(body, stored) };
    judged.map_err(|faults| refusal(type_name, &faults))
}

/// Gives enumerated values of a body the spelling that the service answers. A type without a table is left as it is.
pub fn canonical(type_name: &str, api_version: &str, body: &mut Value) {
    if let Some(schema) = find(type_name, api_version) {
        schema.canonical(body);
    }
}

/// The code with which a provider refuses a value; a body that cannot be read is `InvalidRequestContent` everywhere.
const REFUSAL_CODES: &[(&str, &str)] = &[
    ("Microsoft.Network", "InvalidRequestFormat"),
    ("Microsoft.KeyVault", "BadRequest"),
    ("Microsoft.Storage", "InvalidValuesForRequestParameters"),
    ("Microsoft.MachineLearningServices", "ValidationError"),
    ("Microsoft.DocumentDB", "BadRequest"),
];

fn refusal(type_name: &str, faults: &[Fault]) -> ArmFailure {
    let namespace = type_name.split('/').next().unwrap_or_default();
    let of_provider = REFUSAL_CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(namespace));
    let code = |fault: &Fault| match (&fault.kind, of_provider) {
        (FaultKind::Unknown(_) | FaultKind::NotA(_), _) | (_, None) => "InvalidRequestContent",
        (_, Some((_, code))) => *code,
    };
    let [first, rest @ ..] = faults else {
        return ArmFailure::new(400, "InvalidRequestContent", "The request content was invalid.");
    };
    let message = match code(first) {
        "InvalidRequestContent" => {
            format!("The request content was invalid and could not be deserialized: '{first}'.")
        }
        _ => first.to_string(),
    };
    let failure = ArmFailure::new(400, code(first), message).target(first.path.clone());
    rest.iter().fold(failure, |failure, fault| failure.detail(code(fault), &fault.path, &fault.to_string()))
}

/// The schema of a type (`Microsoft.KeyVault/vaults`, in any case) at an API version; of the nearest version that the tables
/// describe if that one is not there. `None`: the tables do not have the type.
pub fn find(arm_type: &str, api_version: &str) -> Option<BodySchema> {
    let (namespace, kinds) = arm_type.split_once('/')?;
    table::tables(namespace).find_map(|table| {
        let (root, version) = table.root(kinds, api_version)?;
        Some(BodySchema { table, root, version })
    })
}

/// Every type that the tables have, with the API versions that are described.
pub fn types() -> Vec<(String, Vec<&'static str>)> {
    let mut namespaces: Vec<_> = table::namespaces().collect();
    namespaces.dedup();
    let mut all: Vec<_> = namespaces
        .into_iter()
        .flat_map(|namespace| {
            table::tables(namespace)
                .flat_map(|t| t.types())
                .map(move |(kinds, versions)| (format!("{namespace}/{kinds}"), versions))
        })
        .collect();
    all.sort();
    all
}

impl BodySchema {
    /// Checks the body of a PUT. `stored` is what a GET would answer now, if the resource exists: a read-only property that
    /// comes back with the same value is accepted, as Azure accepts it.
    pub fn check(&self, body: &Value, stored: Option<&Value>) -> Result<(), Vec<Fault>> {
        check::request(self, body, stored, true)
    }

    /// Checks the body of a PATCH: as [`BodySchema::check`], but nothing is missing.
    pub fn check_patch(&self, body: &Value, stored: Option<&Value>) -> Result<(), Vec<Fault>> {
        check::request(self, body, stored, false)
    }

    /// Checks a body that the service answers: all properties known and well typed, read-only ones included, write-only ones
    /// absent.
    pub fn check_answer(&self, body: &Value) -> Result<(), Vec<Fault>> {
        check::answer(self, body)
    }

    /// Gives enumerated values the spelling of the schema (`static` → `Static`).
    pub fn canonical(&self, body: &mut Value) {
        check::canonical(self, body);
    }

    /// Takes out the write-only properties, which no GET answers.
    pub fn drop_write_only(&self, body: &mut Value) {
        check::drop_write_only(self, body);
    }
}
