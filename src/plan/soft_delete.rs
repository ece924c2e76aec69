//! Deleted twins: documents of the same name that Azure keeps (NAM-02, NAM-06, NAM-07).

use super::live::PlanReader;
use crate::arm::id::ArmId;
use crate::catalog::facts::SoftDelete;
use crate::catalog::{Fetched, Reader, TypeFacts, Withdraw};
use crate::lang::Value;

/// The deleted twin of a document that is to be made, by its own path; none, or not known yet.
pub fn find(reader: &PlanReader<'_>, id: &ArmId, body: &Value, facts: &TypeFacts) -> Option<String> {
    match facts.soft_delete? {
        SoftDelete::Located { collection, api_version, .. } => {
            let location: String =
                body.get("location")?.as_str()?.to_lowercase().split_whitespace().collect();
            let path = format!(
                "/subscriptions/{}/providers/{}/locations/{location}/{collection}/{}",
                id.subscription()?,
                id.namespace(),
                id.name()
            );
            let twin = ArmId::parse(&path).ok()?;
            match reader.live(&twin, api_version) {
                Fetched::Ready(Some(_)) => Some(path),
                _ => None,
            }
        }
        SoftDelete::Silent { collection, api_version } => {
            let group = id.resource_group_id()?;
            let path = format!("{group}/providers/{}/{collection}", id.namespace());
            let Fetched::Ready(Some(items)) = reader.list(&path, api_version, "") else { return None };
            let named = |item: &Value| {
                item.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(id.name()))
            };
            items.iter().any(named).then(|| format!("{path}/{}", id.name()))
        }
        // Azure ML has no list of deleted workspaces that says so by name; a create then tells (NAM-06).
        SoftDelete::Blocks => None,
    }
}

/// Why a document that is deleted keeps its name from the one that is to follow it; none where it does not.
pub fn keeps_name(withdraw: &Withdraw, live: &Value, facts: &TypeFacts) -> Option<&'static str> {
    if matches!(facts.soft_delete?, SoftDelete::Silent { .. }) {
        return None;
    }
    let Withdraw::Delete { query, then } = withdraw else { return None };
    let protected = live.get("properties").and_then(|p| p.get("enablePurgeProtection"));
    if protected.and_then(Value::as_bool) == Some(true) {
        return Some("this one is protected from purge. Give the new one another name");
    }
    (query.is_empty() && then.is_empty()).then_some(
        "the provider does not purge it. Let it (the features block of the provider), or give the new one another name",
    )
}
