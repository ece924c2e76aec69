//! Bodies checked against tables of properties: unknown, read-only, missing and ill-typed ones are told apart.
//!
//! This room knows what a body may hold, by type and API version. It does not know what a resource does, nor whether what
//! a body refers to exists.

mod check;
mod manners;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod visit;

pub use check::{Fault, FaultKind};
pub use visit::{Holds, Known, Visit, visit};

use super::failure::ArmFailure;
use serde_json::Value;

/// The schema of the bodies of one type at one API version.
#[derive(Clone, Copy)]
pub struct BodySchema {
    table: &'static table::Table,
    root: &'static table::Shape,
    version: u64,
    also: u64,
    /// Where unknown members are ignored: those that are kept.
    kept: Option<&'static [&'static str]>,
    /// Whether members are known by their names in any case.
    any_case: bool,
}

/// What the service makes of members that its version does not know, before anything is judged: a service that ignores
/// them (`manners`) never sees them, and one that reads names in any case sees them as they are spelled. What `stored`
/// answers already is left. A type without a table is left as it is.
pub fn received(type_name: &str, api_version: &str, body: &mut Value, stored: Option<&Value>) {
    if let Some(schema) = find(type_name, api_version)
        && schema.any_case
    {
        check::drop_unknown(&schema, schema.root, body, stored, "");
    }
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

/// What an answer at a version shows: members that the tables know at other versions only are left out, of a resource and of
/// a list of them. What no table knows is shown (HTTP-06).
pub fn answered(api_version: &str, body: &mut Value) {
    let resources = match body.get_mut("value") {
        Some(Value::Array(items)) => items.as_mut_slice(),
        _ => std::slice::from_mut(body),
    };
    for resource in resources {
        let schema = resource.get("type").and_then(Value::as_str).and_then(|name| find(name, api_version));
        if let Some(schema) = schema {
            check::drop_of_other_versions(&schema, schema.root, resource, "");
        }
    }
}

fn refusal(type_name: &str, faults: &[Fault]) -> ArmFailure {
    let namespace = type_name.split('/').next().unwrap_or_default();
    let code = |fault: &Fault| match fault.kind {
        // A body that cannot be read is the same everywhere.
        FaultKind::Unknown(_) | FaultKind::NotA(_) => "InvalidRequestContent",
        _ => manners::refusal(namespace),
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
        let (root, version, also) = table.root(kinds, api_version)?;
        Some(BodySchema {
            table,
            root,
            version,
            also,
            kept: manners::ignores(namespace),
            any_case: manners::any_case(namespace),
        })
    })
}

/// The types of a namespace that the tables have, without the namespace (`vaults/keys`), with the API versions that are
/// described.
pub fn described(namespace: &str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table::tables(namespace).flat_map(|table| table.types())
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
    /// The member that the service takes one of that name for, where its spelling is not the schema's.
    fn meant(&self, shape: &table::Shape, path: &str, name: &str) -> Option<&'static str> {
        let kept = self.kept.unwrap_or_default().iter().find(|kept| kept.eq_ignore_ascii_case(path));
        let known =
            || shape.fields(self.version).map(|f| f.name).find(|known| known.eq_ignore_ascii_case(name));
        kept.and_then(|path| path.rsplit('.').next()).or_else(known)
    }

    /// The property of a shape at the schema's version.
    fn field<'s>(&self, shape: &'s table::Shape, name: &str) -> Option<&'s table::Field> {
        shape.field(name, self.version).or_else(|| shape.field(name, self.also))
    }

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
