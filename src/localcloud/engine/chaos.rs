//! What faults by rule do to a request, and the requests that are about the local cloud itself: its rules
//! (`/_cloud/chaos`) and its world (`/_cloud/world`).

use super::Engine;
use super::gate::not_found;
use super::groups::GROUP;
use super::route::collection;
use crate::localcloud::chaos::{Effect, Listed, On, Rules, Traits, When};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::summary::world_json;
use crate::localcloud::wire::{Lost, Request, Response};
use crate::localcloud::world::OperationKind;
use serde_json::{Value, json};

/// Where the rules are kept: no ARM has this path.
const RULES: &str = "/_cloud/chaos";
/// Where the world is read as a whole.
const WORLD: &str = "/_cloud/world";

/// The fault that strikes a request; by default none.
#[derive(Default)]
pub(super) struct Fault {
    effect: Option<Effect>,
    /// The rule.
    pub(super) rule: Option<String>,
    /// How many seconds of the world the answer takes longer.
    pub(super) slow: f64,
}

impl Fault {
    /// How the answer is lost.
    pub(super) fn lost(&self) -> Option<Lost> {
        match self.effect {
            Some(Effect::Drop(_)) => Some(Lost::Cut),
            Some(Effect::Hang(_)) => Some(Lost::Silent),
            _ => None,
        }
    }

    /// Is this the service's stumbling, so that it says when to come back?
    pub(super) fn stumbles(&self, status: u16) -> bool {
        self.rule.is_some() && matches!(status, 408 | 429 | 500..=599)
    }
}

impl Engine {
    /// Answers a request about the local cloud itself; `None` if it is about something else. It needs no token: who can
    /// reach a local cloud may do with it what he likes.
    pub(super) fn own_request(&mut self, request: &Request) -> Option<Response> {
        if request.path.eq_ignore_ascii_case(WORLD) && request.method == "GET" {
            let sent: Vec<&str> = self.world.sent().map(|document| document.id.as_str()).collect();
            return Some(Response::json(200, json!({ "sent": sent, "world": world_json(&self.world) })));
        }
        if !request.path.eq_ignore_ascii_case(RULES) {
            return None;
        }
        let refused = |status, code: &str, message: String| {
            Response::json(status, json!({"error": {"code": code, "message": message}}))
        };
        match request.method.as_str() {
            "GET" => {}
            "DELETE" => self.chaos.clear(),
            "POST" => match Rules::parse(&String::from_utf8_lossy(&request.body)) {
                Ok(rules) => self.chaos.add(rules, self.world.now_ms),
                Err(bad) => return Some(refused(400, "InvalidRules", bad.to_string())),
            },
            method => {
                let message = format!("{RULES} takes GET, POST and DELETE, not {method}.");
                return Some(refused(405, "MethodNotAllowed", message));
            }
        }
        Some(Response::json(200, json!({ "rules": self.chaos.struck() })))
    }

    /// The fault that a rule has for this request.
    pub(super) fn strike(&mut self, request: &Request) -> Option<Fault> {
        if self.chaos.is_empty() {
            return None;
        }
        let traits = self.traits(request);
        let (rule, effect) = self.chaos.strike(&traits)?;
        Some(Fault { effect: Some(effect), rule: Some(rule), ..Fault::default() })
    }

    fn traits(&self, request: &Request) -> Traits {
        let path = request.path.clone();
        let mut traits = Traits {
            on: On::Request,
            method: request.method.clone(),
            type_name: String::new(),
            path,
            action: String::new(),
            written_ago: None,
            now_ms: self.world.now_ms,
        };
        if asks_token(request) {
            traits.on = On::Login;
            return traits;
        }
        let last = request.path.rsplit('/').next().unwrap_or_default().to_lowercase();
        if let Some(operation) = self.world.operations.get(&last).filter(|_| request.method == "GET") {
            traits.on = On::Poll;
            traits.type_name.clone_from(&operation.type_name);
            traits.path.clone_from(&operation.target);
            traits.method = match operation.kind {
                OperationKind::Write if operation.verb == "patch" => "PATCH",
                OperationKind::Write => "PUT",
                OperationKind::Delete | OperationKind::DeleteGroup => "DELETE",
                OperationKind::Action | OperationKind::Purge => "POST",
            }
            .to_owned();
            return traits;
        }
        if let Some((id, action)) = self.find_action(request) {
            traits.type_name = id.type_name();
            action.name.clone_into(&mut traits.action);
        } else if let Some(id) = ResourceId::parse(&request.path) {
            traits.type_name = id.type_name();
            traits.written_ago = self.chaos.written_ago(id.key(), self.world.now_ms);
        } else if let Some((head, verb)) = request.path.rsplit_once('/').filter(|_| request.method == "POST")
        {
            traits.type_name = ResourceId::parse(head).map(|id| id.type_name()).unwrap_or_default();
            verb.clone_into(&mut traits.action);
        } else if let Some((_, type_name)) = collection(&request.path) {
            traits.type_name = type_name;
        }
        if let Some(listed) = listed(request) {
            traits.written_ago = self.chaos.listed_ago(&listed, self.world.now_ms);
        }
        traits
    }

    /// Answers a request under the fault that strikes it.
    pub(super) fn under(&mut self, fault: &mut Fault, request: &Request) -> Result<Response, ArmFailure> {
        let rule = fault.rule.clone().unwrap_or_default();
        match &fault.effect {
            None => self.remembered(request),
            Some(Effect::Refuse(refuse)) => Err(refuse.failure(&rule)),
            Some(Effect::Throttle(throttle)) => Err(ArmFailure::gateway(
                429,
                "SubscriptionRequestsThrottled",
                format!(
                    "Number of requests exceeded. Please try again after '{}' seconds.",
                    throttle.retry_after
                ),
            )
            .retry_after(throttle.retry_after)),
            Some(Effect::Expire) => Err(self.login.expire(request, self.clock.calendar())),
            Some(Effect::Fail(fail)) => {
                self.doom = Some(fail.failure(&rule));
                let answered = self.remembered(request);
                match (answered, self.doom.take()) {
                    // Nothing was begun that could fail later.
                    (Ok(_), Some(doom)) => Err(doom),
                    (answered, _) => answered,
                }
            }
            Some(Effect::Drop(When::Before) | Effect::Hang(When::Before)) => Ok(Response::default()),
            Some(Effect::Drop(When::After) | Effect::Hang(When::After)) => self.remembered(request),
            Some(Effect::Slow(slow)) => {
                fault.slow = slow.seconds;
                self.remembered(request)
            }
            Some(Effect::Stale(stale)) => {
                if let Some(listed) = listed(request) {
                    let since = self.world.now_ms.saturating_sub((stale.seconds * 1000.0) as u64);
                    let now = self.route(request)?;
                    return Ok(self.before(&listed, since, now));
                }
                let Some(id) = ResourceId::parse(&request.path) else { return self.remembered(request) };
                let former = self.chaos.former(id.key()).cloned().ok_or_else(|| not_found(&id))?;
                let etag = former["etag"].as_str().map(str::to_owned);
                let response = Response::json(200, former);
                Ok(match etag {
                    Some(etag) => response.with("ETag", etag),
                    None => response,
                })
            }
        }
    }

    /// Answers a request; what a resource was before it is remembered where a rule wants to know it.
    fn remembered(&mut self, request: &Request) -> Result<Response, ArmFailure> {
        let writes = matches!(request.method.as_str(), "PUT" | "PATCH" | "DELETE");
        let id = ResourceId::parse(&request.path).filter(|_| writes && self.chaos.remembers());
        let Some(id) = id else { return self.route(request) };
        let before: Option<Value> =
            self.world.get(id.key()).map(|document| match document.type_name.as_str() {
                GROUP => document.body.clone(),
                _ => self.view(document),
            });
        let response = self.route(request)?;
        self.chaos.wrote(id.key(), id.type_name(), self.world.now_ms, before);
        Ok(response)
    }

    /// A list as it was: what was made since is not in it, what is gone since is, on its last page.
    fn before(&self, listed: &Listed, since_ms: u64, mut response: Response) -> Response {
        let Some(body) = &mut response.body else { return response };
        let last = body.get("nextLink").is_none();
        let Some(items) = body.get_mut("value").and_then(Value::as_array_mut) else { return response };
        for (key, former) in self.chaos.formerly(listed, since_ms) {
            let at = items.iter().position(|i| i["id"].as_str().is_some_and(|i| i.eq_ignore_ascii_case(key)));
            match (at, former) {
                (Some(at), Some(former)) => items[at] = former.clone(),
                (Some(at), None) => drop(items.remove(at)),
                (None, Some(former)) if last && self.world.get(key).is_none() => items.push(former.clone()),
                (None, _) => {}
            }
        }
        response
    }

    /// Answers a request for a token under the fault that strikes it; `None`: it is about something else.
    pub(super) fn login_request(&mut self, request: &Request) -> Option<Response> {
        let seconds = self.clock.calendar();
        let fault = asks_token(request).then(|| self.strike(request)).flatten().unwrap_or_default();
        let failed = |status, error: &str, text: String| {
            Response::json(status, json!({"error": error, "error_description": text}))
        };
        let mut response = match &fault.effect {
            Some(Effect::Refuse(refuse)) => {
                let failure = refuse.failure(fault.rule.as_deref().unwrap_or_default());
                let mut response = failed(failure.status, &failure.code, failure.message);
                response.headers.extend(self.clock.retry_after(refuse.retry_after));
                response
            }
            Some(Effect::Throttle(throttle)) => {
                let text = "AADSTS90055: The tenant is throttled. Please try again.".to_owned();
                let mut response = failed(429, "temporarily_unavailable", text);
                response.headers.extend(self.clock.retry_after(Some(throttle.retry_after)));
                response
            }
            Some(Effect::Drop(When::Before) | Effect::Hang(When::Before)) => Response::default(),
            _ => self.login.answer(request, &self.world, seconds)?,
        };
        response.lost = fault.lost();
        if let Some(Effect::Slow(slow)) = &fault.effect {
            response.delay += self.takes(slow.seconds);
        }
        response.struck = fault.rule;
        Some(response)
    }
}

/// Is it a request for a token?
fn asks_token(request: &Request) -> bool {
    let path = request.path.to_lowercase();
    request.method == "POST" && (path.ends_with("/oauth2/token") || path.ends_with("/oauth2/v2.0/token"))
}

/// What is listed, if it is a GET of a list.
fn listed(request: &Request) -> Option<Listed> {
    if request.method != "GET" {
        return None;
    }
    if let Some((scope, type_name)) = collection(&request.path) {
        return Some(Listed { scope: scope.to_lowercase(), type_name: Some(type_name) });
    }
    let path = request.path.to_lowercase();
    let (scope, last) = path.rsplit_once('/')?;
    match (scope.split('/').count(), last) {
        (3, "resourcegroups") => Some(Listed { scope: scope.to_owned(), type_name: Some(GROUP.to_owned()) }),
        (3 | 5, "resources") => Some(Listed { scope: scope.to_owned(), type_name: None }),
        _ => None,
    }
}
