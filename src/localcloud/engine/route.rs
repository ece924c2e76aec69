//! Which request is for whom.

use super::Engine;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::registry;
use crate::localcloud::rules::Unique;
use crate::localcloud::wire::{Request, Response};

impl Engine {
    /// Answers a request to ARM whose token is good.
    pub(super) fn route(&mut self, request: &Request) -> Result<Response, ArmFailure> {
        if request.api_version().is_empty() {
            return Err(ArmFailure::gateway(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            ));
        }
        let path = request.path.clone();
        let segments: Vec<&str> = path[1..].split('/').collect();
        let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        if lower.first() == Some(&"subscriptions")
            && let Some(id) = segments.get(1)
        {
            self.gate_subscription(id)?;
        }
        if request.method == "GET"
            && let Some(operation) =
                segments.last().and_then(|name| self.world.operations.get(&name.to_lowercase()))
        {
            return Ok(self.poll(request, operation));
        }
        self.permitted(request)?;
        if let Some(scope) = permissions_of(&path).filter(|_| request.method == "GET") {
            return self.own_permissions(request, scope);
        }
        if let Some(answer) = self.namespace_route(request) {
            return answer;
        }
        match (request.method.as_str(), lower.as_slice()) {
            ("GET", ["tenants"]) => return self.tenants(request),
            ("GET", ["subscriptions"]) => return self.subscriptions(request),
            ("GET", ["subscriptions", _]) => {
                return Ok(Response::json(200, self.subscription_body(segments[1])));
            }
            ("GET", ["subscriptions", _, "locations"]) => return self.locations(request, segments[1]),
            ("GET", ["subscriptions", _, "resources"]) => {
                return self.list_resources(request, &format!("/subscriptions/{}", segments[1]));
            }
            ("GET", ["subscriptions", _, "resourcegroups"]) => return self.list_groups(request, segments[1]),
            ("GET", ["subscriptions", _, "resourcegroups", _, "resources"]) => {
                return self.list_resources(request, path.rsplit_once('/').map_or("", |(head, _)| head));
            }
            (_, ["subscriptions", _, "resourcegroups", _]) => {
                let id = ResourceId::parse(&path).ok_or_else(|| no_such_path(request))?;
                return self.group(request, &id);
            }
            ("GET", ["providers"]) => return self.providers(request, None),
            (_, ["providers", _]) => return self.provider(request, None, segments[1], None),
            ("GET", ["subscriptions", _, "providers"]) => return self.providers(request, Some(segments[1])),
            (_, ["subscriptions", _, "providers", _]) => {
                return self.provider(request, Some(segments[1]), segments[3], None);
            }
            ("POST", ["subscriptions", _, "providers", _, "register" | "unregister"]) => {
                return self.provider(request, Some(segments[1]), segments[3], Some(segments[4]));
            }
            (
                "POST",
                ["subscriptions", _, "providers", _, "checknameavailability"]
                | ["subscriptions", _, "providers", _, "locations", _, "checknameavailability"],
            ) => return self.check_name(request, segments[3]),
            (
                "POST",
                ["subscriptions", _, "providers", "microsoft.policyinsights", "checkpolicyrestrictions"]
                | [
                    "subscriptions",
                    _,
                    "resourcegroups",
                    _,
                    "providers",
                    "microsoft.policyinsights",
                    "checkpolicyrestrictions",
                ],
            ) => return self.check_restrictions(request),
            ("HEAD", ["providers", space, names, name]) if names.ends_with("names") => {
                return self.head_name(request, space, names, name);
            }
            (_, ["subscriptions", _, "providers", ..]) => {
                if let Some(answer) = self.deleted(request, &segments) {
                    return answer;
                }
            }
            _ => {}
        }
        if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH")
            && let Some((id, action)) = self.find_action(request)
        {
            return self.act(request, &id, action);
        }
        if let Some(id) = ResourceId::parse(&path) {
            return match request.method.as_str() {
                "GET" | "HEAD" => self.read(request, &id),
                "PUT" | "PATCH" => self.write(request, &id),
                "DELETE" => self.delete(request, &id),
                method => Err(method_not_allowed(method)),
            };
        }
        if request.method == "GET"
            && let Some((scope, type_name)) = collection(&path)
        {
            return self.list(request, &scope, &type_name);
        }
        Err(no_such_path(request))
    }

    /// NAM-05: HEAD `/providers/Microsoft.DocumentDB/databaseAccountNames/{name}`.
    fn head_name(
        &self,
        request: &Request,
        space: &str,
        names: &str,
        name: &str,
    ) -> Result<Response, ArmFailure> {
        let wanted = names.trim_end_matches("names");
        let rules = registry::rows().find(|rules| {
            let (known, rest) = rules.type_name.split_once('/').unwrap_or_default();
            matches!(rules.unique, Unique::Global { .. })
                && known.eq_ignore_ascii_case(space)
                && rest.trim_end_matches('s').eq_ignore_ascii_case(wanted)
        });
        let rules = rules.ok_or_else(|| no_such_path(request))?;
        let taken = self.world.of_type(rules.type_name).any(|other| other.name().eq_ignore_ascii_case(name));
        Ok(Response::empty(if taken { 200 } else { 404 }))
    }
}

/// Scope (or parent) and type of a collection's path.
pub(super) fn collection(path: &str) -> Option<(String, String)> {
    let segments: Vec<&str> = path[1..].split('/').collect();
    let at = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"))?;
    let rest = &segments[at + 1..];
    if rest.len() < 2 || !rest.len().is_multiple_of(2) {
        return None;
    }
    let mut type_name = rest[0].to_owned();
    for part in rest[1..].iter().step_by(2) {
        type_name.push('/');
        type_name.push_str(part);
    }
    let end = if rest.len() == 2 { at } else { segments.len() - 1 };
    let scope = segments[..end].join("/");
    Some((if scope.is_empty() { scope } else { format!("/{scope}") }, type_name))
}

/// The scope whose permissions a path asks for.
fn permissions_of(path: &str) -> Option<&str> {
    const TAIL: &str = "/providers/microsoft.authorization/permissions";
    let at = path.len().checked_sub(TAIL.len())?;
    let (scope, tail) = path.split_at_checked(at)?;
    tail.eq_ignore_ascii_case(TAIL).then_some(scope)
}

fn no_such_path(request: &Request) -> ArmFailure {
    ArmFailure::gateway(
        404,
        "InvalidResourceType",
        format!("The resource type could not be found for '{} {}'.", request.method, request.path),
    )
}

/// 405.
pub(super) fn method_not_allowed(method: &str) -> ArmFailure {
    ArmFailure::gateway(
        405,
        "MethodNotAllowed",
        format!("The requested resource does not support http method '{method}'."),
    )
}
