//! Long-running operations (LRO-01..LRO-09): they begin with a request, end on the world's clock, and are asked for by URL.

use super::Engine;
use super::write::rules_of;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::lag::RESOURCE_LISTS;
use crate::localcloud::registry::{self, rules as rules_for};
use crate::localcloud::rules::{FinalAnswer, FirstBody, Shape, TypeRules, Written};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Document, Operation, OperationKind, Outcome, iso};
use serde_json::{Map, Value, json};

/// Operations that ended are forgotten after a day.
const KEPT_MS: u64 = 24 * 3600 * 1000;

/// DELETE of a resource group (RG-04).
pub(super) const DELETE_GROUP: Shape = Shape {
    created: 202,
    updated: 202,
    body: FirstBody::Empty,
    synchronous: false,
    location_url: Some("{sub}/operationresults/{op}"),
    retry_after: Some(15),
    poll_retry_after: Some(15),
    result: FinalAnswer::Empty,
    ..Shape::SYNC
};

/// POST purge of a soft-deleted resource.
pub(super) const PURGE: Shape = Shape {
    location_url: Some("{sub}/providers/{namespace}/locations/{location}/operationResults/{op}"),
    retry_after: Some(10),
    poll_retry_after: Some(10),
    ..DELETE_GROUP
};

/// What an operation does: which kind, and which shape of the row.
pub(super) struct Kind {
    pub(super) what: OperationKind,
    pub(super) verb: &'static str,
}

/// What is known of an operation when it begins.
pub(super) struct Begun {
    pub(super) kind: Kind,
    pub(super) target: ResourceId,
    pub(super) type_name: String,
    pub(super) location: String,
    pub(super) seconds: f64,
    pub(super) is_new: bool,
    pub(super) recovered: bool,
    pub(super) api_version: String,
    pub(super) result: Option<Value>,
}

impl Engine {
    /// Begins an operation; answers its name.
    pub(super) fn begin(&mut self, begun: Begun) -> String {
        let name = self.world.next_guid("operation");
        let start_ms = self.world.now_ms;
        let fated = self.doom.take();
        let fated = fated.map(|doom| Outcome::Failed { status: doom.status, error: doom.error() });
        self.world.operations.insert(
            &name,
            Operation {
                name: name.clone(),
                target: begun.target.as_str().to_owned(),
                type_name: begun.type_name,
                kind: begun.kind.what,
                location: if begun.location.is_empty() { "global".to_owned() } else { begun.location },
                start_ms,
                end_ms: start_ms + self.clock.duration_ms(begun.seconds),
                outcome: None,
                fated,
                is_new: begun.is_new,
                recovered: begun.recovered,
                api_version: begun.api_version,
                verb: begun.kind.verb.to_owned(),
                result: begun.result,
            },
        );
        name
    }

    /// Headers of the answer that begins an operation, or of a poll.
    pub(super) fn operation_headers(
        &self,
        origin: &str,
        shape: &Shape,
        name: &str,
        retry_after: Option<u32>,
    ) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let Some(operation) = self.world.operations.get(name) else { return headers };
        if let Some(url) = shape.async_url {
            headers.push(("Azure-AsyncOperation".to_owned(), absolute(origin, url, operation)));
        }
        if let Some(url) = shape.location_url {
            headers.push(("Location".to_owned(), absolute(origin, url, operation)));
        }
        headers.extend(self.clock.retry_after(retry_after));
        headers
    }

    /// Ends what has ended by `now`, in the order in which it did.
    pub(super) fn settle_due(&mut self, now: u64) {
        loop {
            let due = self
                .world
                .operations
                .iter()
                .filter(|(_, operation)| operation.outcome.is_none() && operation.end_ms <= now)
                .min_by(|(_, a), (_, b)| (a.end_ms, a.start_ms).cmp(&(b.end_ms, b.start_ms)))
                .map(|(name, operation)| (name.clone(), operation.end_ms));
            let Some((name, end_ms)) = due else { break };
            self.world.now_ms = self.world.now_ms.max(end_ms);
            self.end(&name);
        }
        let old: Vec<String> = self
            .world
            .operations
            .iter()
            .filter(|(_, operation)| operation.outcome.is_some() && operation.end_ms + KEPT_MS < now)
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            self.world.operations.remove(&name);
        }
        let faded: Vec<String> = self
            .world
            .ghosts
            .iter()
            .filter(|(_, ghost)| !self.world.unsettled(ghost.gone_ms, RESOURCE_LISTS))
            .map(|(key, _)| key.clone())
            .collect();
        for key in faded {
            self.world.ghosts.remove(&key);
        }
        let expired: Vec<String> = self
            .world
            .gone
            .iter()
            .filter(|(_, gone)| gone.purge_ms <= now)
            .map(|(key, _)| key.clone())
            .collect();
        for key in expired {
            self.world.gone.remove(&key);
        }
        self.settle_registrations(now);
        self.settle_later(now);
    }

    /// What services do by themselves by now.
    fn settle_later(&mut self, now: u64) {
        if !self.world.lags {
            return;
        }
        for (rules, later) in registry::rows().filter_map(|rules| Some((rules, rules.later?))) {
            let by = now.saturating_sub((later.seconds * 1000.0) as u64);
            let due: Vec<Document> =
                self.world.of_type(rules.type_name).filter(|d| d.created_ms <= by).cloned().collect();
            for document in due {
                (later.run)(&mut self.world, &document);
            }
        }
    }

    fn end(&mut self, name: &str) {
        let Some(mut operation) = self.world.operations.get(name).cloned() else { return };
        let outcome = match operation.fated.take() {
            Some(outcome) => outcome,
            None => match self.carry_out(&operation) {
                Ok(()) => Outcome::Succeeded,
                Err(failure) => Outcome::Failed { status: failure.status, error: failure.error() },
            },
        };
        if let Some(id) = ResourceId::parse(&operation.target)
            && let Some(document) = self.world.get(id.key())
            && document.operation.as_deref() == Some(name)
        {
            let rules = rules_of(document);
            let failed_write = operation.kind == OperationKind::Write && outcome != Outcome::Succeeded;
            // A failed create or update leaves the resource `Failed` (LRO-08); a failed delete leaves it as it was.
            self.set_state(&id, rules, if failed_write { "Failed" } else { "Succeeded" }, None);
        }
        operation.outcome = Some(outcome);
        self.world.operations.insert(name, operation);
    }

    fn carry_out(&mut self, operation: &Operation) -> Result<(), ArmFailure> {
        let Some(id) = ResourceId::parse(&operation.target) else { return Ok(()) };
        match operation.kind {
            OperationKind::Write => {
                let Some(document) = self.world.get(id.key()) else { return Ok(()) };
                let rules = rules_of(document);
                let written = Written {
                    id: document.resource_id(),
                    is_new: operation.is_new,
                    recovered: operation.recovered,
                    location: document.location().to_owned(),
                    api_version: operation.api_version.clone(),
                    before: None,
                };
                rules.completed.map_or(Ok(()), |hook| hook(&mut self.world, &written))
            }
            OperationKind::Delete => {
                self.vanish(id.key(), operation.verb != "purge");
                Ok(())
            }
            OperationKind::DeleteGroup => self.end_group(&id),
            OperationKind::Purge => {
                self.world.gone.remove(id.key());
                Ok(())
            }
            OperationKind::Action => Ok(()),
        }
    }

    /// When the last of the running operations ends.
    pub(in crate::localcloud) fn last_end(&self) -> Option<u64> {
        let running = self.world.operations.iter().filter(|(_, operation)| operation.outcome.is_none());
        running.map(|(_, operation)| operation.end_ms).max()
    }

    /// Refuses a write on a resource that something else is being done to; in Network a later write calls the earlier one
    /// off (LRO-09). A nested type may allow one write at a time in its parent (CON-01).
    pub(super) fn gate_idle(&mut self, id: &ResourceId, rules: &TypeRules) -> Result<(), ArmFailure> {
        if rules.serial
            && let Some(parent) = id.parent_resource()
        {
            let busy =
                self.world.get(parent.key()).filter(|parent| parent.operation.is_some()).or_else(|| {
                    self.world
                        .children(parent.key(), rules.type_name)
                        .into_iter()
                        .find(|child| child.operation.is_some() && child.key() != id.key())
                });
            if let Some(busy) = busy {
                return Err(another_operation(busy.operation.as_deref().unwrap_or_default()));
            }
        }
        for inline in rules.inline.iter().filter(|inline| rules_for(inline.child).serial) {
            let children = self.world.children(id.key(), inline.child);
            if let Some(name) = children.into_iter().find_map(|child| child.operation.as_deref()) {
                return Err(another_operation(name));
            }
        }
        let Some(name) = self.world.get(id.key()).and_then(|document| document.operation.clone()) else {
            return Ok(());
        };
        let Some(mut operation) = self.world.operations.get(&name).cloned() else { return Ok(()) };
        if operation.kind == OperationKind::Write && rules.put.terse {
            let verb = rules.type_name.rsplit('/').next().unwrap_or_default();
            operation.outcome = Some(Outcome::Canceled(json!({
                "code": "CanceledAndSupersededDueToAnotherOperation",
                "message": format!(
                    "Operation was canceled.\nOperation Put{verb}Operation ({name}) was canceled and superseded by another Put{verb}Operation."
                ),
            })));
            self.world.operations.insert(&name, operation);
            return Ok(());
        }
        Err(busy(id, rules, &name))
    }

    /// Answers a poll. The URL tells by its path (and `type=`) whether it is that of `Azure-AsyncOperation` or `Location`.
    pub(super) fn poll(&self, request: &Request, operation: &Operation) -> Response {
        let shape = shape_of(operation);
        let rendered = shape.location_url.map(|url| render(url, operation));
        let (path, query) =
            rendered.as_deref().map_or(("", ""), |url| url.split_once('?').unwrap_or((url, "")));
        let kind = query.strip_prefix("type=").unwrap_or_default();
        let location = request.path.eq_ignore_ascii_case(path)
            && (kind.is_empty() || request.parameter("type").is_some_and(|asked| asked == kind));
        if location {
            self.poll_location(request, operation, &shape)
        } else {
            self.poll_status(operation, &shape)
        }
    }

    fn poll_status(&self, operation: &Operation, shape: &Shape) -> Response {
        let word = match &operation.outcome {
            Some(Outcome::Succeeded) => "Succeeded",
            Some(Outcome::Failed { .. }) => "Failed",
            Some(Outcome::Canceled(_)) => "Canceled",
            None => {
                let span = operation.end_ms.saturating_sub(operation.start_ms).max(1);
                let passed = self.world.now_ms.saturating_sub(operation.start_ms);
                let at = (passed as usize * shape.words.len() / span as usize).min(shape.words.len() - 1);
                shape.words[at]
            }
        };
        let mut body = Map::new();
        if !shape.terse {
            let path = shape.async_url.map(|url| render(url, operation)).unwrap_or_default();
            body.insert("id".into(), path.split('?').next().unwrap_or_default().into());
            body.insert("name".into(), operation.name.clone().into());
        }
        body.insert("status".into(), word.into());
        if !shape.terse {
            body.insert("startTime".into(), iso(operation.start_ms).into());
            if operation.outcome.is_some() {
                body.insert("endTime".into(), iso(operation.end_ms).into());
                body.insert("percentComplete".into(), 100.0.into());
            }
        }
        match &operation.outcome {
            Some(Outcome::Failed { error, .. } | Outcome::Canceled(error)) => {
                body.insert("error".into(), error.clone());
            }
            Some(Outcome::Succeeded) => {
                if let Some(result) = &operation.result {
                    body.insert("properties".into(), result.clone());
                }
            }
            None => {}
        }
        let status = if operation.outcome.is_none() { shape.poll_status } else { 200 };
        let mut response = Response::json(status, Value::Object(body));
        if operation.outcome.is_none() {
            response.headers = self.clock.retry_after(shape.poll_retry_after);
        }
        response
    }

    fn poll_location(&self, request: &Request, operation: &Operation, shape: &Shape) -> Response {
        match &operation.outcome {
            None => {
                let mut response = Response::empty(202);
                let only = Shape { async_url: None, ..*shape };
                response.headers =
                    self.operation_headers(&request.origin, &only, &operation.name, shape.poll_retry_after);
                response
            }
            Some(Outcome::Failed { status, error }) => Response::json(*status, json!({ "error": error })),
            Some(Outcome::Canceled(error)) => Response::json(409, json!({ "error": error })),
            Some(Outcome::Succeeded) => match shape.result {
                FinalAnswer::Empty => Response::empty(200),
                FinalAnswer::NoContent => Response::empty(204),
                FinalAnswer::Resource => match (&operation.result, self.world.get(&operation.target)) {
                    (Some(result), _) => Response::json(200, result.clone()),
                    (None, Some(document)) => Response::json(200, self.view(document)),
                    (None, None) => Response::empty(204),
                },
            },
        }
    }
}

/// 409 for a write on a resource that something is being done to.
pub(super) fn busy(id: &ResourceId, rules: &TypeRules, operation: &str) -> ArmFailure {
    match id.namespace().to_lowercase().as_str() {
        _ if rules.put.terse => another_operation(operation),
        "microsoft.storage" => ArmFailure::new(
            409,
            "StorageAccountOperationInProgress",
            "An operation is currently performing on this storage account that requires exclusive access.",
        ),
        "microsoft.resources" => ArmFailure::gateway(
            409,
            "DeploymentActive",
            format!(
                "The deployment with resource id '{id}' cannot be saved, because this would overwrite an existing deployment which is still active."
            ),
        ),
        _ => ArmFailure::new(
            409,
            "Conflict",
            format!(
                "Another operation is in progress on the resource '{id}' (operation '{operation}'). Please retry after it has ended."
            ),
        ),
    }
}

fn another_operation(operation: &str) -> ArmFailure {
    ArmFailure::new(
        409,
        "AnotherOperationInProgress",
        format!(
            "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://local.network.azure.com/operations/{operation}."
        ),
    )
}

fn shape_of(operation: &Operation) -> Shape {
    let rules = rules_for(&operation.type_name);
    match operation.kind {
        OperationKind::DeleteGroup => DELETE_GROUP,
        OperationKind::Purge => PURGE,
        OperationKind::Delete => rules.delete,
        OperationKind::Write if operation.verb == "patch" => rules.patch.unwrap_or(rules.put),
        OperationKind::Write => rules.put,
        OperationKind::Action => rules
            .actions
            .iter()
            .find(|action| action.name == operation.verb)
            .and_then(|action| action.shape)
            .unwrap_or(Shape::SYNC),
    }
}

/// Path (and query) of an operation's URL.
fn render(template: &str, operation: &Operation) -> String {
    let id = ResourceId::parse(&operation.target);
    let subscription = id.as_ref().and_then(ResourceId::subscription).unwrap_or_default();
    let group =
        id.as_ref().and_then(ResourceId::resource_group_id).map(|id| id.to_string()).unwrap_or_default();
    let space = operation.type_name.split('/').next().unwrap_or_default();
    template
        .replace("{sub}", &format!("/subscriptions/{subscription}"))
        .replace("{group}", &group)
        .replace("{id}", &operation.target)
        .replace("{namespace}", space)
        .replace("{location}", &operation.location)
        .replace("{op}", &operation.name)
}

fn absolute(origin: &str, template: &str, operation: &Operation) -> String {
    let url = render(template, operation);
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{origin}{url}{joint}api-version={}", operation.api_version)
}
