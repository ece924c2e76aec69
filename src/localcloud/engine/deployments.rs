//! Template deployments (DEP-01): resources that are written down as they are, one after the other, what another one names
//! in `dependsOn` first. Expressions are not evaluated, and templates behind URIs are not fetched: both are refused.

use super::Engine;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::text;
use crate::localcloud::wire::Request;
use crate::localcloud::world::World;
use serde_json::{Value, json};

/// The type.
pub(super) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
const OPERATIONS: &str = "Microsoft.Resources/deployments/operations";
/// As many as a scope keeps.
const HISTORY: usize = 800;

/// What a resource says about the deployment rather than about itself.
const OF_THE_TEMPLATE: &[&str] =
    &["type", "apiVersion", "name", "dependsOn", "scope", "condition", "comments", "metadata", "resources"];

/// A resource of a template.
pub(super) struct Planned {
    id: ResourceId,
    version: String,
    body: Value,
    /// `Microsoft.X/a/b/n/m` and the name alone, in lower case: what `dependsOn` may say.
    called: [String; 2],
    needs: Vec<String>,
}

fn invalid(why: impl std::fmt::Display) -> ArmFailure {
    ArmFailure::gateway(400, "InvalidTemplate", format!("Deployment template validation failed: '{why}'."))
}

/// The template of a deployment: in the request, or of a template spec.
fn template_of(world: &World, id: &ResourceId, sent: &Value) -> Result<Value, ArmFailure> {
    let properties = &sent["properties"];
    if let Some(uri) = properties.pointer("/templateLink/uri").and_then(Value::as_str) {
        return Err(ArmFailure::gateway(
            400,
            "InvalidContentLink",
            format!("Unable to download deployment content from '{uri}': the local cloud fetches nothing."),
        ));
    }
    if let Some(spec) = properties.pointer("/templateLink/id").and_then(Value::as_str) {
        let Some(spec) = world.get(spec) else {
            return Err(ArmFailure::gateway(
                404,
                "TemplateSpecVersionNotFound",
                format!("The template spec version '{spec}' of deployment {id} was not found."),
            ));
        };
        return Ok(spec.at("properties.mainTemplate").cloned().unwrap_or_else(|| json!({ "resources": [] })));
    }
    match properties.get("template") {
        Some(template @ Value::Object(_)) => Ok(template.clone()),
        _ => Err(invalid("a deployment has a template, or a templateLink")),
    }
}

/// The resources of a list (or of an object of symbolic names), with those that are nested in them.
fn collect(
    scope: &str,
    list: &Value,
    within: Option<(&str, &str)>,
    found: &mut Vec<Planned>,
) -> Result<(), ArmFailure> {
    let items: Vec<&Value> = match list {
        Value::Array(items) => items.iter().collect(),
        Value::Object(items) => items.values().collect(),
        _ => return Ok(()),
    };
    for item in items {
        if item.get("condition") == Some(&Value::Bool(false)) {
            continue;
        }
        let (mut kind, mut name) = (text(item, "type").to_owned(), text(item, "name").to_owned());
        if let Some((above, called)) = within {
            (kind, name) = (format!("{above}/{kind}"), format!("{called}/{name}"));
        }
        let version = text(item, "apiVersion").to_owned();
        if kind.is_empty() || name.is_empty() || version.is_empty() {
            return Err(invalid("a template resource has a type, an apiVersion and a name"));
        }
        let kinds: Vec<&str> = kind.split('/').collect();
        let names: Vec<&str> = name.split('/').collect();
        if kinds.len() != names.len() + 1 {
            return Err(invalid(format!(
                "The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name"
            )));
        }
        let place = match text(item, "scope") {
            "" => scope.to_owned(),
            over => format!("{scope}/providers/{}", over.trim_start_matches('/')),
        };
        let path: String =
            kinds[1..].iter().zip(&names).map(|(kind, name)| format!("/{kind}/{name}")).collect();
        let id = match kind.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
            true => format!("{place}/resourceGroups/{name}"),
            false => format!("{place}/providers/{}{path}", kinds[0]),
        };
        let Some(id) = ResourceId::parse(&id) else {
            return Err(invalid(format!(
                "The template resource '{name}' for type '{kind}' has no id at {scope}"
            )));
        };
        let mut body = item.clone();
        if let Value::Object(body) = &mut body {
            body.retain(|member, _| !OF_THE_TEMPLATE.contains(&member.as_str()));
        }
        let needs = item["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.push(Planned {
            id,
            version,
            body,
            called: [format!("{kind}/{name}").to_lowercase(), name.to_lowercase()],
            needs: needs.map(str::to_lowercase).collect(),
        });
        collect(&place, &item["resources"], Some((&kind, &name)), found)?;
    }
    Ok(())
}

/// The first text that is an expression of the template language.
fn expression(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') && !text.starts_with("[[") => {
            Some(text)
        }
        Value::Array(items) => items.iter().find_map(expression),
        Value::Object(members) => members.values().find_map(expression),
        _ => None,
    }
}

impl Engine {
    /// What a deployment would write, or why it cannot be.
    pub(super) fn template(&self, id: &ResourceId, sent: &Value) -> Result<Vec<Planned>, ArmFailure> {
        let mode = text(sent, "properties.mode");
        if !["Incremental", "Complete"].iter().any(|known| known.eq_ignore_ascii_case(mode)) {
            return Err(ArmFailure::gateway(
                400,
                "InvalidDeployment",
                format!("The mode '{mode}' of deployment {id} is none: Incremental or Complete."),
            ));
        }
        let template = template_of(&self.world, id, sent)?;
        let scope = id.extended();
        let mut found = Vec::new();
        collect(scope, &template["resources"], None, &mut found)?;
        if let Some(expression) = expression(&template["resources"]) {
            return Err(invalid(format!(
                "the local cloud evaluates no template language expressions: {expression}"
            )));
        }
        if mode.eq_ignore_ascii_case("Complete") {
            let stays = |key: &str| found.iter().any(|planned| key == planned.id.key());
            let goes = self.world.below(scope).find(|d| {
                let id = d.resource_id();
                id.parent_resource().is_none()
                    && !id.is_on_resource()
                    && d.type_name != DEPLOYMENTS
                    && !stays(id.key())
            });
            if let Some(goes) = goes {
                return Err(invalid(format!(
                    "the local cloud deletes nothing by a deployment of mode Complete, and {} is not in the template",
                    goes.id
                )));
            }
        }
        let history = self
            .world
            .of_type(DEPLOYMENTS)
            .filter(|d| d.resource_id().extended().eq_ignore_ascii_case(scope));
        if self.world.get(id.key()).is_none() && history.count() >= HISTORY {
            return Err(ArmFailure::gateway(
                409,
                "DeploymentQuotaExceeded",
                format!("Creating the deployment '{}' would exceed the quota of '{HISTORY}'.", id.name()),
            ));
        }
        // What names nothing of the template depends on what is there.
        let mut order: Vec<Planned> = Vec::with_capacity(found.len());
        while !found.is_empty() {
            let open = |need: &String, all: &[Planned]| {
                all.iter().any(|p| p.called.contains(need) || p.id.key() == need.as_str())
            };
            let Some(next) = found.iter().position(|p| !p.needs.iter().any(|need| open(need, &found))) else {
                return Err(invalid("Circular dependency detected on the resources of the template"));
            };
            order.push(found.remove(next));
        }
        Ok(order)
    }

    /// Writes the resources of a deployment. Answers the seconds until the last of them is there; the first refusal makes
    /// the deployment fail, what was written before stays.
    pub(super) fn carry_out_template(
        &mut self,
        request: &Request,
        id: &ResourceId,
        planned: Vec<Planned>,
    ) -> f64 {
        let doom = self.doom.take();
        let mut seconds: f64 = 0.0;
        for Planned { id: target, version, body, .. } in planned {
            // Each is a request of its own: what another one is refused leaves it as it is.
            if self.keep().is_err() {
                break;
            }
            let mut inner =
                Request::new("PUT", &request.origin, target.as_str(), body.to_string().into_bytes());
            inner.query = vec![("api-version".to_owned(), version)];
            let answered = self.route(&inner);
            if answered.is_err() {
                self.world.roll_back();
            }
            self.note(id, &target, answered.as_ref().err());
            match answered {
                Ok(_) => {
                    let name = self.world.get(target.key()).and_then(|d| d.operation.clone());
                    let end_ms =
                        name.and_then(|name| self.world.operations.get(&name)).map_or(0, |o| o.end_ms);
                    seconds = seconds.max(end_ms.saturating_sub(self.world.now_ms) as f64 / 1000.0);
                }
                Err(failure) => {
                    self.doom = Some(failed(id, &failure));
                    return seconds;
                }
            }
        }
        self.doom = doom;
        seconds
    }

    /// An entry of the deployment's list of operations.
    fn note(&mut self, id: &ResourceId, target: &ResourceId, failure: Option<&ArmFailure>) {
        let name = self.world.next_guid("deployment operation");
        let mut properties = json!({
            "provisioningOperation": "Create",
            "provisioningState": if failure.is_some() { "Failed" } else { "Succeeded" },
            "timestamp": self.world.now(),
            "statusCode": failure.map_or("OK".to_owned(), |f| status_word(f.status).to_owned()),
            "targetResource": { "id": target.as_str(), "resourceType": target.type_name(), "resourceName": target.name() },
        });
        if let Some(failure) = failure {
            properties["statusMessage"] = failure.body();
        }
        let entry = id.child("operations", &name);
        self.world.put_implied(&entry, OPERATIONS, json!({ "properties": properties }), None);
    }
}

fn status_word(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        _ => "InternalServerError",
    }
}

/// What a deployment fails with: the refusal of a provider as JSON in a text (HTTP-04).
fn failed(id: &ResourceId, failure: &ArmFailure) -> ArmFailure {
    let (code, message) = match failure.gateway {
        true => (failure.code.as_str(), failure.message.clone()),
        false => (
            status_word(failure.status),
            serde_json::to_string_pretty(&failure.body()).unwrap_or_default().replace('\n', "\r\n"),
        ),
    };
    ArmFailure::new(
        409,
        "DeploymentFailed",
        "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
    )
    .target(id.as_str())
    .detail(code, "", &message)
}
