//! POST verbs on resources, and the routes of namespaces that belong to no resource.

use super::Engine;
use super::locks::Verb;
use super::operations::{Begun, Kind};
use super::read::named;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::providers::ROUTES;
use crate::localcloud::rules::{Action, Answer, Call, FirstBody, RouteCall};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::OperationKind;
use serde_json::Value;

impl Engine {
    /// The action that a path asks for: `{id}/{verb}` or `{id}/{two}/{verbs}`.
    pub(super) fn find_action(&self, request: &Request) -> Option<(ResourceId, &'static Action)> {
        let (head, last) = request.path.rsplit_once('/')?;
        let (further, before) = head.rsplit_once('/')?;
        let two = format!("{before}/{last}");
        for (path, verb) in [(head, last), (further, two.as_str())] {
            let Some(id) = ResourceId::parse(path) else { continue };
            let action = named(&id).0.actions.iter().find(|action| {
                action.name.eq_ignore_ascii_case(verb) && action.method.eq_ignore_ascii_case(&request.method)
            });
            if let Some(action) = action {
                return Some((id, action));
            }
        }
        None
    }

    /// Does an action.
    pub(super) fn act(
        &mut self,
        request: &Request,
        id: &ResourceId,
        action: &'static Action,
    ) -> Result<Response, ArmFailure> {
        self.gate_type(&id.type_name(), request.api_version())?;
        self.gate_group(id, true)?;
        self.gate_parent(id, false)?;
        let document = self.existing(id)?;
        self.unlocked(id, Verb::Write)?;
        let (_, type_name) = named(id);
        let location = document.location().to_owned();
        let id = document.resource_id();
        let call = Call {
            id: id.clone(),
            document,
            action: action.name,
            body: optional_body(&request.body)?,
            query: request.query.clone(),
            api_version: request.api_version().to_owned(),
        };
        let answer = (action.run)(&mut self.world, &call)?;
        let Some(shape) = action.shape else {
            let mut response = answered(answer);
            response.delay = self.takes(action.seconds);
            return Ok(response);
        };
        let operation = self.begin(Begun {
            kind: Kind { what: OperationKind::Action, verb: action.name },
            target: id,
            type_name,
            location,
            seconds: action.seconds,
            is_new: false,
            recovered: false,
            api_version: request.api_version().to_owned(),
            result: answer.body.clone(),
        });
        let mut response = Response::empty(shape.created);
        if shape.body == FirstBody::Resource {
            response.body = answer.body;
        }
        response.headers = self.operation_headers(&request.origin, &shape, &operation, shape.retry_after);
        Ok(response)
    }

    /// Answers a request to a route of a namespace; `None`: there is none for the path.
    pub(super) fn namespace_route(&mut self, request: &Request) -> Option<Result<Response, ArmFailure>> {
        for route in ROUTES.iter().flat_map(|table| table.iter()) {
            if !route.method.eq_ignore_ascii_case(&request.method) {
                continue;
            }
            let Some(taken) = matches(route.path, &request.path) else { continue };
            let answer = optional_body(&request.body).and_then(|body| {
                let call = RouteCall {
                    taken,
                    body,
                    query: request.query.clone(),
                    api_version: request.api_version().to_owned(),
                };
                (route.run)(&mut self.world, &call)
            });
            return Some(answer.map(answered));
        }
        None
    }
}

fn answered(answer: Answer) -> Response {
    Response { status: answer.status, body: answer.body, ..Response::default() }
}

fn optional_body(bytes: &[u8]) -> Result<Value, ArmFailure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| {
        ArmFailure::gateway(
            400,
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{error}'."),
        )
    })
}

/// Compares a path with a pattern; answers what stood in the braces.
fn matches(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut taken = Vec::new();
    let (mut wanted, mut found) = (pattern.trim_matches('/').split('/'), path.trim_matches('/').split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Some(taken),
            (Some(wanted), Some(found)) if wanted.starts_with('{') => taken.push(found.to_owned()),
            (Some(wanted), Some(found)) if wanted.eq_ignore_ascii_case(found) => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn routes_take_what_stands_in_braces() {
        let pattern = "/subscriptions/{s}/providers/Microsoft.X/locations/{l}/usages";
        let path = "/subscriptions/1/providers/microsoft.x/Locations/eastus/usages";
        assert_eq!(matches(pattern, path), Some(vec!["1".to_owned(), "eastus".to_owned()]));
        assert_eq!(matches(pattern, "/subscriptions/1/providers/microsoft.x/locations/eastus"), None);
    }
}
