//! Policies that would deny a document (POL-01): Azure itself is asked, where something is assigned at all.

use serde_json::{Map, Value as Json, json};

use super::{Deed, How, Looked, Step, View, blind, items, plain};
use crate::arm::id::{ArmId, RESOURCE_GROUP};
use crate::lang::Value;
use crate::plan::model::{Finding, FindingLevel};

const ASSIGNMENTS: &str = "Microsoft.Authorization/policyAssignments";
const ASSIGNMENTS_VERSION: &str = "2022-06-01";
const CHECK_VERSION: &str = "2022-03-01";
/// How policies call a resource group.
const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";

pub(super) fn judge(view: &View<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let written = || view.steps.iter().filter(|step| step.deed != Deed::Delete);
    let lists = view.listed(written(), (ASSIGNMENTS, ASSIGNMENTS_VERSION), "Policies", &mut findings);
    for (subscription, answer) in &lists {
        let items = items(answer);
        let scopes: Vec<Option<ArmId>> = items.iter().filter(|item| enforced(item)).map(scope).collect();
        let governed = |step: &&Step<'_>| {
            let covers = |scope: &Option<ArmId>| {
                scope.as_ref().is_none_or(|scope| step.id == scope || step.id.is_within(scope))
            };
            step.id.subscription().is_some_and(|s| s.eq_ignore_ascii_case(subscription))
                && scopes.iter().any(covers)
        };
        for step in written().filter(governed) {
            match check(view, step) {
                Looked::Found(answer) => findings.extend(denials(step, &answer)),
                Looked::Refused(why) => {
                    findings.push(blind("What policies say", &why));
                    break;
                }
                Looked::Pending | Looked::Nothing => {}
            }
        }
    }
    findings
}

fn enforced(assignment: &Value) -> bool {
    let mode = assignment.get("properties").and_then(|p| p.get("enforcementMode")).and_then(Value::as_str);
    !mode.is_some_and(|mode| mode.eq_ignore_ascii_case("DoNotEnforce"))
}

/// Where an assignment holds; none: above the subscription.
fn scope(assignment: &Value) -> Option<ArmId> {
    let id = ArmId::parse(assignment.get("id")?.as_str()?).ok()?;
    Some(id.scope()).filter(|scope| scope.subscription().is_some())
}

/// Asks how a document would be judged.
fn check(view: &View<'_, '_>, step: &Step<'_>) -> Looked {
    let is_group = step.id.is_type(RESOURCE_GROUP);
    let group =
        step.id.resource_group_id().filter(|group| !is_group && !view.made().any(|made| made.id == group));
    let Some(at) = group.or_else(|| step.id.subscription_id()) else { return Looked::Nothing };
    let mut content = step.plan.live.as_deref().filter(|_| step.deed == Deed::Update).and_then(plain);
    overlay(content.get_or_insert_with(|| Json::Object(Map::new())), plain(&step.plan.claim.body));
    let mut content = content.unwrap_or_default();
    content["type"] = if is_group { GROUP } else { step.id.resource_type() }.into();
    content["name"] = step.id.name().into();
    let parent = step.id.parent().map(|parent| parent.to_string());
    let details =
        json!({"resourceContent": content, "apiVersion": &*step.plan.claim.api_version, "scope": parent});
    let path = format!("{at}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions");
    view.look(step.provider, &path, CHECK_VERSION, How::Post(json!({"resourceDetails": details})))
}

fn overlay(into: &mut Json, from: Option<Json>) {
    match (into, from) {
        (Json::Object(into), Some(Json::Object(from))) => {
            for (name, value) in from {
                overlay(into.entry(name).or_insert(Json::Null), Some(value));
            }
        }
        (into, Some(from)) => *into = from,
        (_, None) => {}
    }
}

/// The policies that would deny it. What is not known yet was not judged: then it is no more than a warning.
fn denials(step: &Step<'_>, answer: &Value) -> Vec<Finding> {
    let result = answer.get("contentEvaluationResult").and_then(|r| r.get("policyEvaluations"));
    let all = result.and_then(Value::as_sequence).unwrap_or_default();
    let level = match step.plan.claim.body.is_wholly_known() {
        true => FindingLevel::Blocks,
        false => FindingLevel::Warns,
    };
    let denial = |evaluation: &Value| {
        let text =
            |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let effect = evaluation.get("effectDetails").map(|e| text(e, "policyEffect"))?;
        if !effect.eq_ignore_ascii_case("deny") {
            return None;
        }
        let info = evaluation.get("policyInfo")?;
        let named = |name: &str, id: &str| {
            Some(text(info, name)).filter(|n| !n.is_empty()).unwrap_or_else(|| text(info, id))
        };
        let policy = named("policyDefinitionDisplayName", "policyDefinitionId");
        Some(step.finding(
            "policy-would-deny",
            level,
            format!("{} would be refused by policy: {policy}", step.addr),
            format!(
                "{}Assigned by {}.\nChange what it asks for, or have an exemption made: az policy exemption create --policy-assignment {} --exemption-category Waiver --name NAME",
                evidence(evaluation),
                named("policyAssignmentDisplayName", "policyAssignmentId"),
                text(info, "policyAssignmentId"),
            ),
        ))
    };
    all.iter().filter_map(denial).collect()
}

/// What was tested and led to the refusal.
fn evidence(evaluation: &Value) -> String {
    let tested = evaluation.get("evaluationDetails").and_then(|d| d.get("evaluatedExpressions"));
    let line = |test: &Value| {
        let text = |name: &str| test.get(name).map(shown).filter(|t| !t.is_empty());
        let held = text("result").is_some_and(|result| result.eq_ignore_ascii_case("true"));
        let expression = text("expression").filter(|e| held && !e.eq_ignore_ascii_case("type"))?;
        let value = text("expressionValue").unwrap_or_else(|| "nothing".into());
        Some(format!(
            "  {expression} is {value} ({} {})\n",
            text("operator")?,
            text("targetValue").unwrap_or_default()
        ))
    };
    tested.and_then(Value::as_sequence).unwrap_or_default().iter().filter_map(line).collect()
}

fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => plain(value).map(|json| json.to_string()).unwrap_or_default(),
    }
}
