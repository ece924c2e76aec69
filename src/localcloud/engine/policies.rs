//! Policies in front of the resource providers: every write and delete is judged (POL-01), and `checkPolicyRestrictions`
//! says beforehand how a write would be judged.

use serde_json::{Value, json};

use super::Engine;
use super::groups::GROUP;
use super::write::{parse_body, rules_name};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::policy::{self, Asked};
use crate::localcloud::registry;
use crate::localcloud::rules::{Location, TypeRules};
use crate::localcloud::wire::{Request, Response};

impl Engine {
    /// Lets policies change a body that was sent, or refuse it.
    pub(super) fn comply(
        &self,
        id: &ResourceId,
        rules: Option<&TypeRules>,
        version: &str,
        sent: &mut Value,
        patch: bool,
    ) -> Result<(), ArmFailure> {
        let stored = self.world.get(id.key());
        let located = sent["location"].as_str().map(str::to_owned);
        let located = located.or_else(|| Some(stored?.location().to_owned())).unwrap_or_default();
        let type_name = policy_type(id, rules);
        let before = stored.map(|document| document.body.clone()).filter(|_| patch);
        self.asked(id, rules, version, &type_name, &located).comply(&self.world, sent, before.as_ref())
    }

    /// Refuses a delete that a policy forbids.
    pub(super) fn may_go(
        &self,
        id: &ResourceId,
        rules: Option<&TypeRules>,
        version: &str,
    ) -> Result<(), ArmFailure> {
        let Some(document) = self.world.get(id.key()) else { return Ok(()) };
        let type_name = policy_type(id, rules);
        self.asked(id, rules, version, &type_name, document.location()).may_go(&self.world, document)
    }

    /// `POST {scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions`
    pub(super) fn check_restrictions(&self, request: &Request) -> Result<Response, ArmFailure> {
        let invalid = |why: &str| ArmFailure::gateway(400, "InvalidCheckRestrictionsRequest", why);
        let body = parse_body(&request.body)?;
        if body["pendingFields"].as_array().is_some_and(|fields| !fields.is_empty()) {
            return Err(ArmFailure::gateway(
                501,
                "NotImplemented",
                "The local cloud judges content, not fields whose values are pending.",
            ));
        }
        let details = &body["resourceDetails"];
        let content = &details["resourceContent"];
        let Some(type_name) = content["type"].as_str() else {
            return Err(invalid("The type of the resource is missing in 'resourceDetails.resourceContent'."));
        };
        let above = request.path.to_lowercase().rfind("/providers/").map_or("", |at| &request.path[..at]);
        let scope = details["scope"].as_str().unwrap_or(above).trim_end_matches('/');
        let name = content["name"].as_str().unwrap_or("resource");
        let (space, rest) = type_name.split_once('/').unwrap_or((type_name, ""));
        let group = type_name.eq_ignore_ascii_case(policy::GROUP) || type_name.eq_ignore_ascii_case(GROUP);
        let path = match rest.rsplit_once('/') {
            _ if group => format!("{scope}/resourceGroups/{name}"),
            Some((_, last)) => format!("{scope}/{last}/{name}"),
            None => format!("{scope}/providers/{space}/{rest}/{name}"),
        };
        let id = ResourceId::parse(&path).ok_or_else(|| invalid("The scope of the resource is none."))?;
        let rules = (!group).then(|| registry::rules(&id.type_name()));
        let version = details["apiVersion"].as_str().unwrap_or_default();
        let kind = policy_type(&id, rules);
        let asked = self.asked(&id, rules, version, &kind, content["location"].as_str().unwrap_or_default());
        let audits = body["includeAuditEffect"].as_bool() == Some(true);
        let told = |evaluation: &Value| {
            let effect = evaluation["effectDetails"]["policyEffect"].as_str().unwrap_or_default();
            effect == "deny" || audits && effect == "audit"
        };
        let evaluations: Vec<Value> =
            asked.evaluations(&self.world, content).into_iter().filter(told).collect();
        Ok(Response::json(
            200,
            json!({"fieldRestrictions": [], "contentEvaluationResult": {"policyEvaluations": evaluations}}),
        ))
    }

    fn asked<'a>(
        &self,
        id: &'a ResourceId,
        rules: Option<&TypeRules>,
        api_version: &'a str,
        type_name: &'a str,
        location: &'a str,
    ) -> Asked<'a> {
        let indexed = rules.is_some_and(|rules| rules.taggable && rules.location != Location::None);
        Asked { id, type_name, api_version, location, indexed, lag_ms: self.clock.duration_ms(policy::LAG) }
    }
}

/// The type as policies call it.
fn policy_type(id: &ResourceId, rules: Option<&TypeRules>) -> String {
    rules.map_or_else(|| policy::GROUP.to_owned(), |rules| rules_name(rules, id))
}
