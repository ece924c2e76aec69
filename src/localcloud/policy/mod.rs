//! Azure Policy: which assignments hold for a request, and what they do to it (POL-01, POL-02).
//!
//! Effects that refuse or change a request (`deny`, `denyAction`, `modify`, `append`) are carried out; those that look at
//! what is there and report or mend it later are known, and do nothing. Rules are read by [`condition`], their fields by
//! [`field`], the expressions in them by [`expression`].

pub mod built_in;
mod condition;
mod effect;
mod expression;
mod field;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::failure::ArmFailure;
use super::id::{ResourceId, within};
use super::rules::{at, merge, text};
use super::world::{Document, World};
use condition::{Condition, Inside, Judge};
use expression::Unclear;
use field::Subject;

const ASSIGNMENTS: &str = "Microsoft.Authorization/policyAssignments";
/// The type of a group, as policies call it.
pub const GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups";

/// Seconds until a new assignment holds: minutes by experience, up to half an hour has been stated (POL-02).
pub const LAG: f64 = 300.0;

/// A request that is judged.
pub struct Asked<'a> {
    /// What it is on.
    pub id: &'a ResourceId,
    /// Its type.
    pub type_name: &'a str,
    /// At which version it came.
    pub api_version: &'a str,
    /// Where the resource is, or will be.
    pub location: &'a str,
    /// Does the type have tags and a location? Only such types are judged by definitions of the mode `Indexed`.
    pub indexed: bool,
    /// Milliseconds of the world until a new assignment holds.
    pub lag_ms: u64,
}

/// A definition in force at a scope, with its parameters.
struct InForce {
    assignment: Value,
    definition: Value,
    /// The set that the definition is in, and how it is called there.
    set: Option<(Value, String)>,
    parameters: Map<String, Value>,
    effect: String,
}

/// What a definition came to.
struct Verdict {
    holds: bool,
    trace: Vec<Value>,
}

impl Asked<'_> {
    /// Changes a body by `modify` and `append`, then refuses what is denied.
    ///
    /// # Errors
    /// 403 `RequestDisallowedByPolicy`.
    pub fn comply(&self, world: &World, sent: &mut Value, stored: Option<&Value>) -> Result<(), ArmFailure> {
        let all = self.in_force(world);
        if all.is_empty() {
            return Ok(());
        }
        let wanted = |all: &'_ [InForce], names: &[&str]| -> Vec<usize> {
            (0..all.len()).filter(|at| names.contains(&all[*at].effect.as_str())).collect()
        };
        for at in wanted(&all, &["modify", "append"]) {
            let rule = &all[at];
            let body = seen(sent, stored);
            let context = self.context(world, rule);
            let subject = self.subject(&body);
            let judge = rule.judge(&subject, &context);
            let details = &rule.definition["properties"]["policyRule"]["then"]["details"];
            let changed = rule.verdict(&judge).and_then(|verdict| match verdict.holds {
                true => effect::change(&rule.effect, details, &judge, sent),
                false => Ok(true),
            });
            match changed {
                Ok(true) => {}
                Ok(false) => return Err(self.refusal(&[(rule, judge.trace.into_inner())])),
                Err(why) => return Err(rule.broken(&why)),
            }
        }
        let body = seen(sent, stored);
        self.denied(world, &all, &body, &["deny"])
    }

    /// Refuses a DELETE that `denyAction` forbids.
    ///
    /// # Errors
    /// 403 `RequestDisallowedByPolicy`.
    pub fn may_go(&self, world: &World, document: &Document) -> Result<(), ArmFailure> {
        self.denied(world, &self.in_force(world), &document.body, &["denyaction"])
    }

    /// `policyEvaluations` of `checkPolicyRestrictions`: the definitions that the resource would not comply with.
    pub fn evaluations(&self, world: &World, body: &Value) -> Vec<Value> {
        let broken = |rule: &InForce| self.judged(world, rule, body).ok().filter(|verdict| verdict.holds);
        let all = self.in_force(world).into_iter();
        all.filter_map(|rule| {
            let verdict = broken(&rule)?;
            Some(json!({
                "policyInfo": rule.info(),
                "evaluationResult": "NonCompliant",
                "evaluationDetails": {"evaluatedExpressions": verdict.trace},
                "effectDetails": {"policyEffect": rule.effect},
            }))
        })
        .collect()
    }

    fn denied(
        &self,
        world: &World,
        all: &[InForce],
        body: &Value,
        effects: &[&str],
    ) -> Result<(), ArmFailure> {
        let mut against = Vec::new();
        for rule in all.iter().filter(|rule| effects.contains(&rule.effect.as_str())) {
            match self.judged(world, rule, body) {
                Ok(verdict) if verdict.holds => against.push((rule, verdict.trace)),
                Ok(_) => {}
                Err(why) => return Err(rule.broken(&why)),
            }
        }
        if against.is_empty() { Ok(()) } else { Err(self.refusal(&against)) }
    }

    fn judged(&self, world: &World, rule: &InForce, body: &Value) -> Result<Verdict, Unclear> {
        let context = self.context(world, rule);
        let subject = self.subject(body);
        rule.verdict(&rule.judge(&subject, &context))
    }

    fn subject<'b>(&'b self, body: &'b Value) -> Subject<'b> {
        let id = self.id.as_str();
        let inside = id.to_lowercase().rfind("/providers/").map_or("", |at| &id[at..]);
        let names: Vec<&str> = inside.trim_start_matches('/').split('/').skip(3).step_by(2).collect();
        let full_name = if names.is_empty() { self.id.name().to_owned() } else { names.join("/") };
        Subject { id, type_name: self.type_name, full_name, body }
    }

    fn context(&self, world: &World, rule: &InForce) -> Map<String, Value> {
        let group = self.id.resource_group_id().and_then(|group| world.get(group.key()));
        let subscription = self.id.subscription().unwrap_or_default();
        let mut context = Map::new();
        context.insert("requestcontext".into(), json!({"apiVersion": self.api_version}));
        context.insert("resourcegroup".into(), group.map_or(Value::Null, |group| group.body.clone()));
        context.insert(
            "subscription".into(),
            json!({"id": format!("/subscriptions/{subscription}"), "subscriptionId": subscription, "tenantId": world.tenant()}),
        );
        context.insert(
            "policy".into(),
            json!({"assignmentId": rule.assignment["id"], "definitionId": rule.definition["id"],
                "setDefinitionId": rule.set.as_ref().map(|(set, _)| &set["id"]),
                "definitionReferenceId": rule.set.as_ref().map(|(_, reference)| reference)}),
        );
        context
    }

    /// The definitions that hold for the request.
    fn in_force(&self, world: &World) -> Vec<InForce> {
        let mut all = Vec::new();
        for assignment in world.of_type(ASSIGNMENTS) {
            let body = &assignment.body;
            let scope = assignment.resource_id().extended().to_lowercase();
            // There is one root management group: what is assigned there holds everywhere.
            let covers =
                within(self.id.key(), &scope) || scope.starts_with("/providers/microsoft.management/");
            let excluded = strings(body, "properties.notScopes")
                .any(|scope| within(self.id.key(), &scope.to_lowercase()));
            let enforced = !text(body, "properties.enforcementMode").eq_ignore_ascii_case("DoNotEnforce");
            if !covers || excluded || !enforced || assignment.created_ms + self.lag_ms > world.now_ms {
                continue;
            }
            let members = members(world, body);
            let fits = members.into_iter().filter(|rule| {
                let mode = text(&rule.definition, "properties.mode");
                mode.eq_ignore_ascii_case("All") || (mode.eq_ignore_ascii_case("Indexed") && self.indexed)
            });
            all.extend(fits.filter(|rule| self.selected(rule)));
        }
        all
    }

    /// Do the assignment's `resourceSelectors` take the resource in? One of them is enough, all that one says must fit.
    fn selected(&self, rule: &InForce) -> bool {
        let selectors = at(&rule.assignment, "properties.resourceSelectors").and_then(Value::as_array);
        let Some(selectors) = selectors.filter(|all| !all.is_empty()) else { return true };
        selectors.iter().any(|one| self.fits(&one["selectors"]))
    }

    fn fits(&self, selectors: &Value) -> bool {
        selectors.as_array().into_iter().flatten().all(|selector| {
            let value = match selector["kind"].as_str().unwrap_or_default() {
                "resourceType" => self.type_name,
                "resourceLocation" => self.location,
                _ => return true,
            };
            let among = |name: &str| {
                let all = selector[name].as_array();
                all.map(|all| {
                    all.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(value)))
                })
            };
            among("in").unwrap_or(true) && !among("notIn").unwrap_or(false)
        })
    }

    fn refusal(&self, against: &[(&InForce, Vec<Value>)]) -> ArmFailure {
        let name = self.id.name();
        let reasons: Vec<String> = against.iter().filter_map(|(rule, _)| rule.message()).collect();
        let message = if reasons.is_empty() {
            let named: Vec<Value> = against.iter().map(|(rule, _)| rule.identifiers()).collect();
            format!(
                "Resource '{name}' was disallowed by policy. Policy identifiers: '{}'.",
                Value::from(named)
            )
        } else {
            format!(
                "Resource '{name}' was disallowed by policy. Reasons: '{}'. See error details for policy resource IDs.",
                reasons.join("', '")
            )
        };
        let mut failure = ArmFailure::gateway(403, "RequestDisallowedByPolicy", message).target(name);
        failure.additional = against
            .iter()
            .map(|(rule, trace)| {
                let mut info = rule.info();
                info["evaluationDetails"] = json!({"evaluatedExpressions": trace});
                json!({"type": "PolicyViolation", "info": info})
            })
            .collect();
        failure
    }
}

impl InForce {
    fn judge<'a>(&'a self, subject: &'a Subject<'a>, context: &'a Map<String, Value>) -> Judge<'a> {
        Judge { subject, parameters: &self.parameters, context, trace: RefCell::default() }
    }

    fn verdict(&self, judge: &Judge<'_>) -> Result<Verdict, Unclear> {
        let condition = Condition::read(&self.definition["properties"]["policyRule"]["if"])?;
        let holds = condition.holds(judge)?;
        Ok(Verdict { holds, trace: judge.trace.borrow().clone() })
    }

    /// What Azure says of a rule that cannot be judged: the request is refused, not let through.
    fn broken(&self, why: &Unclear) -> ArmFailure {
        let message = format!(
            "Policy evaluation failed for definition '{}': {why}",
            self.definition["id"].as_str().unwrap_or_default()
        );
        ArmFailure::gateway(400, "PolicyEvaluationFailed", message)
    }

    /// The message that the assignment has for who does not comply.
    fn message(&self) -> Option<String> {
        let all = at(&self.assignment, "properties.nonComplianceMessages")?.as_array()?;
        let reference = self.set.as_ref().map(|(_, reference)| reference.as_str());
        let of = |message: &&Value| message["policyDefinitionReferenceId"].as_str() == reference;
        let general = |message: &&Value| message["policyDefinitionReferenceId"].is_null();
        let found = all.iter().find(of).or_else(|| all.iter().find(general))?;
        found["message"].as_str().map(str::to_owned)
    }

    fn identifiers(&self) -> Value {
        let named = |body: &Value| {
            let name = body["properties"]["displayName"].as_str().or(body["name"].as_str());
            json!({"name": name, "id": body["id"]})
        };
        let mut definition = named(&self.definition);
        if let Some(version) = at(&self.definition, "properties.metadata.version") {
            definition["version"] = version.clone();
        }
        let mut all = json!({"policyAssignment": named(&self.assignment), "policyDefinition": definition});
        if let Some((set, _)) = &self.set {
            all["policySetDefinition"] = named(set);
        }
        all
    }

    fn info(&self) -> Value {
        let display = |body: &Value| body["properties"]["displayName"].clone();
        let mut info = json!({
            "policyDefinitionId": self.definition["id"],
            "policyDefinitionName": self.definition["name"],
            "policyDefinitionDisplayName": display(&self.definition),
            "policyDefinitionEffect": self.effect,
            "policyAssignmentId": self.assignment["id"],
            "policyAssignmentName": self.assignment["name"],
            "policyAssignmentDisplayName": display(&self.assignment),
            "policyAssignmentScope": self.assignment["properties"]["scope"],
        });
        if let Some((set, reference)) = &self.set {
            info["policySetDefinitionId"] = set["id"].clone();
            info["policySetDefinitionName"] = set["name"].clone();
            info["policyDefinitionReferenceId"] = reference.as_str().into();
        }
        info
    }
}

/// What is judged: of a PUT what is sent, of a PATCH what it makes of what is there.
fn seen(sent: &Value, stored: Option<&Value>) -> Value {
    let mut body = stored.cloned().unwrap_or_else(|| Value::Object(Map::new()));
    merge(&mut body, sent);
    body
}

fn strings<'a>(body: &'a Value, path: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    at(body, path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A definition or a set of them by its id: of the world, or built in.
pub fn definition(world: &World, id: &str) -> Option<Value> {
    if let Some(parsed) = ResourceId::parse(id)
        && let Some(document) = world.get(parsed.key())
    {
        return Some(document.body.clone());
    }
    let is = |known: &&Value| known["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id));
    built_in::definitions().iter().find(is).cloned()
}

/// The definitions that an assignment puts in force.
fn members(world: &World, assignment: &Value) -> Vec<InForce> {
    let Some(assigned) = definition(world, text(assignment, "properties.policyDefinitionId")) else {
        return Vec::new();
    };
    let given = values(&assignment["properties"]["parameters"]);
    let outer = with_defaults(&assigned, given);
    let Some(references) = at(&assigned, "properties.policyDefinitions").and_then(Value::as_array) else {
        return in_force(assignment, assigned, None, outer).into_iter().collect();
    };
    let member = |reference: &Value| {
        let found = definition(world, text(reference, "policyDefinitionId"))?;
        let given = values(&reference["parameters"]).into_iter();
        let given = given.filter_map(|(name, value)| Some((name, of_parameters(&value, &outer)?)));
        let parameters = with_defaults(&found, given.collect());
        let called = text(reference, "policyDefinitionReferenceId").to_owned();
        in_force(assignment, found, Some((assigned.clone(), called)), parameters)
    };
    references.iter().filter_map(member).collect()
}

/// What is made of parameters alone: the effect of a rule, what a set hands to its members.
fn of_parameters(value: &Value, parameters: &Map<String, Value>) -> Option<Value> {
    let (body, context) = (Value::Null, Map::new());
    let subject = Subject { id: "", type_name: "", full_name: String::new(), body: &body };
    let judge = Judge { subject: &subject, parameters, context: &context, trace: RefCell::default() };
    condition::evaluated(value, &Inside { judge: &judge, bound: &[] }).ok()
}

fn in_force(
    assignment: &Value,
    definition: Value,
    set: Option<(Value, String)>,
    parameters: Map<String, Value>,
) -> Option<InForce> {
    let mut rule =
        InForce { assignment: assignment.clone(), definition, set, parameters, effect: String::new() };
    let effect = rule.overridden().unwrap_or_else(|| {
        let written = &rule.definition["properties"]["policyRule"]["then"]["effect"];
        of_parameters(written, &rule.parameters).map(|effect| expression::text(&effect)).unwrap_or_default()
    });
    rule.effect = effect.to_lowercase();
    (rule.effect != "disabled").then_some(rule)
}

impl InForce {
    /// The effect that `overrides` of the assignment say instead of the definition's.
    fn overridden(&self) -> Option<String> {
        let all = at(&self.assignment, "properties.overrides")?.as_array()?;
        let called = self.set.as_ref().map_or("", |(_, reference)| reference);
        let concerns = |one: &&Value| {
            let mut selectors = one["selectors"].as_array().into_iter().flatten();
            let among = |all: &Value| {
                all.as_array().is_some_and(|all| {
                    all.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(called)))
                })
            };
            selectors.all(|s| match s["kind"].as_str() {
                Some("policyDefinitionReferenceId") => {
                    (s["in"].is_null() || among(&s["in"])) && !among(&s["notIn"])
                }
                _ => true,
            })
        };
        let found = all.iter().filter(|one| one["kind"] == "policyEffect").find(concerns)?;
        found["value"].as_str().map(str::to_owned)
    }
}

/// `{name: {value: x}}` as `{name: x}`.
fn values(parameters: &Value) -> Map<String, Value> {
    let all = parameters.as_object().into_iter().flatten();
    all.map(|(name, parameter)| (name.clone(), parameter["value"].clone())).collect()
}

/// The parameters of a definition: as given, else its defaults.
fn with_defaults(definition: &Value, given: Map<String, Value>) -> Map<String, Value> {
    let declared = definition["properties"]["parameters"].as_object().into_iter().flatten();
    let defaults = declared.filter_map(|(name, of)| Some((name.clone(), of.get("defaultValue")?.clone())));
    let mut all: Map<String, Value> = defaults.collect();
    for (name, value) in given {
        let known = all.keys().find(|key| key.eq_ignore_ascii_case(&name)).cloned().unwrap_or(name);
        all.insert(known, value);
    }
    all
}

/// Judges the rule of a definition that is written.
///
/// # Errors
/// 400 `InvalidPolicyRule`, `InvalidPolicyRuleEffect`.
pub fn judge_definition(name: &str, properties: &Value) -> Result<(), ArmFailure> {
    let rule = &properties["policyRule"];
    let invalid = |code: &str, why: String| {
        ArmFailure::gateway(400, code, format!("Failed to parse policy rule of '{name}': '{why}'."))
    };
    Condition::read(&rule["if"]).map_err(|why| invalid("InvalidPolicyRule", why.to_string()))?;
    let Some(effect) = rule["then"]["effect"].as_str() else {
        return Err(invalid("InvalidPolicyRule", "'then.effect' is missing".into()));
    };
    if !effect.starts_with('[') && !effect::KNOWN.contains(&effect.to_lowercase().as_str()) {
        return Err(invalid("InvalidPolicyRule", format!("The policy effect '{effect}' is not known")));
    }
    Ok(())
}

/// Judges the parameters that an assignment gives.
///
/// # Errors
/// 404 `PolicyDefinitionNotFound`; 400 `UndefinedPolicyParameter`, `MissingPolicyParameter`,
/// `PolicyParameterValueNotAllowed`.
pub fn judge_assignment(world: &World, name: &str, properties: &Value) -> Result<(), ArmFailure> {
    let id = properties["policyDefinitionId"].as_str().unwrap_or_default();
    let Some(definition) = definition(world, id) else {
        let message = format!(
            "The policy definition specified in policy assignment '{name}' is out of scope or was not found: '{id}'."
        );
        return Err(ArmFailure::gateway(404, "PolicyDefinitionNotFound", message));
    };
    let called = definition["name"].as_str().unwrap_or_default();
    let refuse = |code: &str, message: String| Err(ArmFailure::gateway(400, code, message));
    let none = Map::new();
    let declared = definition["properties"]["parameters"].as_object().unwrap_or(&none);
    let given = values(&properties["parameters"]);
    let has = |all: &Map<String, Value>, name: &str| all.keys().any(|key| key.eq_ignore_ascii_case(name));
    let listed = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let unknown: Vec<&String> = given.keys().filter(|name| !has(declared, name)).collect();
    if !unknown.is_empty() {
        return refuse(
            "UndefinedPolicyParameter",
            format!(
                "The policy assignment '{name}' is attempting to assign the parameter(s) '{}' which are not defined in the policy definition '{called}'.",
                listed(unknown)
            ),
        );
    }
    let needed = declared.iter().filter(|(name, of)| of.get("defaultValue").is_none() && !has(&given, name));
    let missing: Vec<&String> = needed.map(|(name, _)| name).collect();
    if !missing.is_empty() {
        return refuse(
            "MissingPolicyParameter",
            format!(
                "The policy assignment '{name}' is missing the parameter(s) '{}' as defined in the policy definition '{called}'.",
                listed(missing)
            ),
        );
    }
    for (parameter, value) in &given {
        let of = declared.iter().find(|(key, _)| key.eq_ignore_ascii_case(parameter)).map(|(_, of)| of);
        let Some(allowed) = of.and_then(|of| of["allowedValues"].as_array()) else { continue };
        let fits = |one: &Value| allowed.iter().any(|allowed| expression::same(allowed, one));
        if !value.as_array().map_or_else(|| fits(value), |all| all.iter().all(fits)) {
            let allowed: Vec<String> = allowed.iter().map(expression::text).collect();
            return refuse(
                "PolicyParameterValueNotAllowed",
                format!(
                    "The value '{}' is not allowed for policy parameter '{parameter}' in policy definition '{called}'. The allowed values are '{}'.",
                    expression::text(value),
                    allowed.join(", ")
                ),
            );
        }
    }
    Ok(())
}
