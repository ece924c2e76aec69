//! DELETE of a resource (NF-04, NF-05), and how a document leaves the world with all that goes with it.

use super::Engine;
use super::gate::not_found;
use super::locks::Verb;
use super::operations::{Begun, Kind, busy};
use super::read::named;
use super::write::rules_of;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::rules::{FirstBody, TypeRules};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Document, Ghost, Gone, OperationKind};

impl Engine {
    /// DELETE.
    pub(super) fn delete(&mut self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        let version = request.api_version();
        let rules = self.gate_type(&id.type_name(), version)?;
        self.gate_group(id, true)?;
        self.unlocked(id, Verb::Delete)?;
        self.gate_parent(id, false)?;
        let (_, type_name) = named(id);
        let skip = rules
            .soft_delete
            .and_then(|soft| soft.bypass)
            .and_then(|name| request.parameter(name))
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let Some(document) = self.world.get(id.key()).cloned() else {
            if skip && self.world.gone.remove(id.key()).is_some() {
                return Ok(Response::empty(200));
            }
            return Ok(Response::empty(204));
        };
        self.precondition(request, id)?;
        self.may_go(id, Some(rules), version)?;
        let id = document.resource_id();
        if !rules.deletable {
            return Err(ArmFailure::new(
                405,
                "MethodNotAllowed",
                "The requested resource does not support http method 'DELETE'.",
            ));
        }
        if let Some(name) = &document.operation {
            let going = self.world.operations.get(name).is_some_and(|op| op.kind == OperationKind::Delete);
            if !going {
                return Err(busy(&id, rules, name));
            }
            // Asked twice: the same operation.
            let mut response = Response::empty(rules.delete.created);
            response.headers =
                self.operation_headers(&request.origin, &rules.delete, name, rules.delete.retry_after);
            return Ok(response);
        }
        if rules.serial {
            self.gate_idle(&id, rules)?;
        }
        self.gate_nested(&document, rules)?;
        if let Some(hook) = rules.may_delete {
            hook(&self.world, &document)?;
        }
        let shape = rules.delete;
        let mut response = Response::empty(shape.created);
        if shape.synchronous || (shape.async_url.is_none() && shape.location_url.is_none()) {
            if shape.body == FirstBody::Resource {
                response.body = Some(self.view(&document));
            }
            self.vanish(id.key(), !skip);
            response.delay = self.takes(rules.seconds.delete);
            return Ok(response);
        }
        let operation = self.begin(Begun {
            kind: Kind { what: OperationKind::Delete, verb: if skip { "purge" } else { "delete" } },
            target: id.clone(),
            type_name,
            location: document.location().to_owned(),
            seconds: rules.seconds.delete,
            is_new: false,
            recovered: false,
            api_version: version.to_owned(),
            result: None,
        });
        self.set_state(&id, rules, shape.state, Some(&operation));
        if shape.body == FirstBody::Resource {
            response.body = self.world.get(id.key()).map(|document| self.view(document));
        }
        response.headers = self.operation_headers(&request.origin, &shape, &operation, shape.retry_after);
        Ok(response)
    }

    /// NF-05: what is nested must go first, where the type asks for it.
    fn gate_nested(&self, document: &Document, rules: &TypeRules) -> Result<(), ArmFailure> {
        if !rules.refuse_nested {
            return Ok(());
        }
        let key = document.key();
        let nested: Vec<String> = self
            .world
            .below(&key)
            .filter(|child| child.owner.is_none())
            .filter(|child| child.resource_id().parent_resource().is_some_and(|parent| parent.key() == key))
            .map(|child| child.id.clone())
            .collect();
        if nested.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = nested
            .iter()
            .take(5)
            .map(|id| {
                let at = id.to_lowercase().rfind("/providers/").map_or(0, |at| at + "/providers/".len());
                format!("'{}'", &id[at..])
            })
            .collect();
        Err(ArmFailure::gateway(
            409,
            "CannotDeleteResource",
            format!(
                "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: {}. Please delete all nested resources before deleting this resource.",
                names.join(", ")
            ),
        ))
    }

    /// Takes a document out of the world with what is below it and what it brought along. `soft`: it is kept aside if its
    /// type has soft delete.
    pub(super) fn vanish(&mut self, key: &str, soft: bool) {
        let Some(document) = self.world.get(key).cloned() else { return };
        let key = document.key();
        let rules = rules_of(&document);
        let mut below: Vec<Document> = self.world.below(&key).cloned().collect();
        if let Some(soft_delete) = rules.soft_delete.filter(|rule| soft && (rule.applies)(&document.body)) {
            let days = u64::from((soft_delete.days)(&document.body));
            let now = self.world.now_ms;
            let mut kept = document.clone();
            kept.operation = None;
            let nested = below
                .iter()
                .filter(|child| {
                    child.resource_id().is_on_resource() == document.resource_id().is_on_resource()
                })
                .filter(|child| child.owner.is_none())
                .cloned()
                .collect();
            let gone = Gone {
                nested,
                deleted_ms: now,
                purge_ms: now + days * 24 * 3600 * 1000,
                protected: (soft_delete.purge_protected)(&document.body),
                document: kept,
            };
            self.world.gone.insert(&key, gone);
        }
        below.sort_by_key(|child| std::cmp::Reverse(child.id.matches('/').count()));
        for child in below {
            self.drop_one(&child);
        }
        self.drop_one(&document);
    }

    /// Takes one document away, and what it owns.
    fn drop_one(&mut self, document: &Document) {
        let key = document.key();
        if self.world.remove(&key).is_none() {
            return;
        }
        let owned: Vec<String> = self
            .world
            .documents()
            .filter(|other| other.owner.as_deref() == Some(key.as_str()))
            .map(Document::key)
            .collect();
        for other in owned {
            self.vanish(&other, false);
        }
        if self.world.lags {
            let ghost = Ghost { document: document.clone(), gone_ms: self.world.now_ms };
            self.world.ghosts.insert(&key, ghost);
        }
        if let Some(hook) = rules_of(document).deleted {
            hook(&mut self.world, document);
        }
    }

    /// 404 for an action on a resource that is not there.
    pub(super) fn existing(&self, id: &ResourceId) -> Result<Document, ArmFailure> {
        self.world.get(id.key()).cloned().ok_or_else(|| not_found(id))
    }
}
