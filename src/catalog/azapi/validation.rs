//! `schema_validation_enabled`: what a body is judged by before anything is sent. azapi carries the definition of every ARM
//! type; what is known here is the form of the type's version and of the name, and what may stand in the outermost object
//! of a document. The rest ARM judges.

use super::body;
use super::place::split_type;
use crate::catalog::arm::type_facts;
use crate::catalog::lens::Problem;
use crate::catalog::value::{argument, error, flag, property, text};
use crate::lang::suggest::did_you_mean;
use crate::lang::{PathStep, Value};

/// What ARM's types have in their outermost object (azapi's generated types of 34002 types and versions: what more than one
/// in five hundred has, and what virtual machines and disks have). A few old types write their properties there without the
/// object around them: types that no facts are known of are not judged.
const ENVELOPE: [&str; 18] = [
    "id",
    "name",
    "type",
    "apiVersion",
    "location",
    "tags",
    "properties",
    "identity",
    "sku",
    "kind",
    "plan",
    "zones",
    "managedBy",
    "managedByExtended",
    "extendedLocation",
    "placement",
    "etag",
    "systemData",
];

/// The most characters of a name.
const LONGEST: usize = 260;

/// What is wrong by the type's form.
pub(super) fn check(config: &Value) -> Vec<Problem> {
    if flag(config, "schema_validation_enabled") == Some(false) {
        return Vec::new();
    }
    let off = "With `schema_validation_enabled = false` it is sent as it is.";
    let mut problems = Vec::new();
    let Some((kind, version)) = text(config, "type").and_then(split_type) else { return problems };
    if !is_version(version) {
        let detail = format!(
            "`{version}` is not a version of `{kind}`: versions are dates, `2024-11-01` or `2024-11-01-preview`. {off}"
        );
        problems.push(error(argument("type"), "Invalid api version", detail));
    }
    if let Some(name) = text(config, "name").filter(|name| name.chars().count() > LONGEST) {
        let length = name.chars().count();
        let detail = format!(
            "The name of the `{kind}` has {length} characters, and no name in ARM more than {LONGEST}. {off}"
        );
        problems.push(error(argument("name"), "Invalid name", detail));
    }
    let written = body::written(config).filter(|_| !type_facts(kind).arm_type.is_empty());
    for name in written.iter().filter_map(Value::as_entries).flat_map(|all| all.keys()) {
        if ENVELOPE.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let near = did_you_mean(name, ENVELOPE.iter().copied());
        let hint = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "Most of what a resource says of itself stands in `properties`.".into(),
        };
        let detail = format!("A `{kind}` has no `{name}` in its outermost object. {hint} {off}");
        let mut path = argument("body");
        if config.get("body").is_some_and(|b| property(b, name).is_some()) {
            path.push(PathStep::Attribute(name.clone()));
        }
        problems.push(error(path, "Unknown property in the body", detail));
    }
    problems
}

/// `2024-11-01`, maybe with a word behind it (`-preview`, `-privatepreview`, `.3.0` of the batch services).
fn is_version(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mut parts = date.split('-');
    let good = [4, 2, 2].iter().all(|n| parts.next().is_some_and(|p| p.len() == *n && digits(p)));
    good && parts.next().is_none() && (rest.is_empty() || rest.starts_with(['-', '.']) && rest.len() > 1)
}
