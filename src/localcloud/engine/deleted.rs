//! Soft delete (NAM-02, NAM-03, NAM-06, NAM-07): the deleted ones in lists, their purge, and how they come back.

use super::Engine;
use super::operations::{Begun, Kind, PURGE};
use super::write::{parse_body, rules_of};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::registry;
use crate::localcloud::rules::{Recover, TypeRules, at};
use crate::localcloud::tables::normalised;
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Gone, OperationKind};
use serde_json::Value;

impl Engine {
    /// A soft-deleted resource of the type with this name, wherever it was.
    pub(super) fn gone_twin(&self, rules: &TypeRules, name: &str) -> Option<&Gone> {
        self.world.gone.iter().map(|(_, gone)| gone).find(|gone| {
            gone.document.type_name == rules.type_name && gone.document.name().eq_ignore_ascii_case(name)
        })
    }

    /// What a PUT makes of a soft-deleted twin. `None`: there is none. `Some(true)`: it is back whole, and nothing of what
    /// was sent counts. `Some(false)`: it is back, and what was sent is written over it.
    pub(super) fn awaken(
        &mut self,
        id: &ResourceId,
        rules: &TypeRules,
        sent: &Value,
    ) -> Result<Option<bool>, ArmFailure> {
        let Some(soft) = rules.soft_delete else { return Ok(None) };
        let asked = at(sent, "properties.createMode").and_then(Value::as_str).unwrap_or_default();
        let asked = soft.recover == Recover::CreateMode && asked.eq_ignore_ascii_case("recover");
        let Some(gone) = self.world.gone.get(id.key()).cloned() else {
            let location = sent["location"].as_str().map(normalised).unwrap_or_default();
            let near = self.gone_twin(rules, id.name()).filter(|twin| {
                let other = twin.document.resource_id();
                other.subscription().map(str::to_lowercase) == id.subscription().map(str::to_lowercase)
                    && twin.document.location() == location
            });
            // Global names: a twin in another group of the same subscription and region stands in the way likewise.
            if near.is_some() && soft.recover == Recover::CreateMode {
                return Err(taken(soft.taken, id));
            }
            if asked {
                return Err(ArmFailure::new(
                    404,
                    "DeletedVaultNotFound",
                    format!(
                        "The deleted resource '{}' was not found; there is nothing to recover.",
                        id.name()
                    ),
                ));
            }
            return Ok(None);
        };
        let whole = match soft.recover {
            Recover::CreateMode if asked => true,
            Recover::CreateMode => return Err(taken(soft.taken, id)),
            Recover::SamePut => {
                let location = sent["location"].as_str().map(normalised).unwrap_or_default();
                if location != gone.document.location() {
                    return Err(taken(soft.taken, id));
                }
                false
            }
            Recover::Flag(flag) => {
                let path = format!("properties.{flag}");
                if at(sent, &path) != Some(&Value::Bool(true)) {
                    return Err(taken(soft.taken, id));
                }
                false
            }
        };
        self.world.gone.remove(id.key());
        self.world.put(gone.document);
        for nested in gone.nested {
            self.world.put(nested);
        }
        Ok(Some(whole))
    }

    /// Requests on `/subscriptions/{s}/providers/{ns}/[locations/{l}/[resourceGroups/{g}/]]{list}[/{name}[/purge]]`;
    /// `None`: it is none.
    pub(super) fn deleted(
        &mut self,
        request: &Request,
        segments: &[&str],
    ) -> Option<Result<Response, ArmFailure>> {
        let [_, subscription, _, space, rest @ ..] = segments else { return None };
        let (location, rest) = match rest {
            ["locations" | "Locations", location, rest @ ..] => (Some(normalised(location)), rest),
            rest => (None, rest),
        };
        let (group, rest) = match rest {
            ["resourceGroups" | "resourcegroups", group, rest @ ..] if location.is_some() => {
                (Some(*group), rest)
            }
            rest => (None, rest),
        };
        let (list, rest) = rest.split_first()?;
        let rules = registry::rows().find(|rules| {
            rules.type_name.split('/').next().is_some_and(|name| name.eq_ignore_ascii_case(space))
                && rules
                    .soft_delete
                    .and_then(|soft| soft.listed_as)
                    .is_some_and(|name| name.eq_ignore_ascii_case(list))
        })?;
        let found: Vec<Gone> = self
            .world
            .gone
            .iter()
            .map(|(_, gone)| gone)
            .filter(|gone| gone.document.type_name == rules.type_name)
            .filter(|gone| {
                gone.document
                    .resource_id()
                    .subscription()
                    .is_some_and(|id| id.eq_ignore_ascii_case(subscription))
            })
            .filter(|gone| location.as_ref().is_none_or(|location| gone.document.location() == location))
            .filter(|gone| {
                let there = gone.document.resource_id();
                group
                    .is_none_or(|group| there.resource_group().is_some_and(|g| g.eq_ignore_ascii_case(group)))
            })
            .cloned()
            .collect();
        let one = |name: &str| {
            found.iter().find(|gone| gone.document.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
                let code = if group.is_some() { "ResourceNotFound" } else { "DeletedVaultNotFound" };
                ArmFailure::new(404, code, format!("The specified deleted resource '{name}' does not exist."))
            })
        };
        Some(match (request.method.as_str(), rest) {
            ("GET", []) => {
                let items = found.iter().map(|gone| self.show_gone(gone)).collect();
                self.page(request, items)
            }
            ("GET", [name]) => one(name).map(|gone| Response::json(200, self.show_gone(gone))),
            // Accounts of AI services are purged by a DELETE of what is deleted.
            ("DELETE", [name]) if group.is_some() => {
                one(name).cloned().and_then(|gone| self.purge(request, &gone))
            }
            ("POST", [name, verb]) if verb.eq_ignore_ascii_case("purge") => {
                one(name).cloned().and_then(|gone| self.purge(request, &gone))
            }
            (method, _) => Err(super::route::method_not_allowed(method)),
        })
    }

    fn purge(&mut self, request: &Request, gone: &Gone) -> Result<Response, ArmFailure> {
        if gone.protected && self.world.now_ms < gone.purge_ms {
            return Err(ArmFailure::new(
                405,
                "MethodNotAllowed",
                "Operation 'DeletedVaultPurge' is not allowed.",
            ));
        }
        let operation = self.begin(Begun {
            kind: Kind { what: OperationKind::Purge, verb: "purge" },
            target: gone.document.resource_id(),
            type_name: gone.document.type_name.clone(),
            location: gone.document.location().to_owned(),
            seconds: 13.0,
            is_new: false,
            recovered: false,
            api_version: request.api_version().to_owned(),
            result: None,
        });
        let mut response = Response::empty(202);
        response.headers = self.operation_headers(&request.origin, &PURGE, &operation, PURGE.retry_after);
        Ok(response)
    }

    fn show_gone(&self, gone: &Gone) -> Value {
        match rules_of(&gone.document).deleted_view {
            Some(view) => view(&self.world, gone),
            None => self.view(&gone.document),
        }
    }

    /// POST `checkNameAvailability` of a namespace: what is globally unique and taken, living or deleted.
    pub(super) fn check_name(&self, request: &Request, space: &str) -> Result<Response, ArmFailure> {
        let body = parse_body(&request.body)?;
        let name = body["name"].as_str().unwrap_or_default();
        let kind = body["type"].as_str().unwrap_or_default();
        let rules = registry::rows().find(|rules| {
            rules.type_name.split('/').next().is_some_and(|known| known.eq_ignore_ascii_case(space))
                && matches!(rules.unique, crate::localcloud::rules::Unique::Global { .. })
                && (kind.is_empty()
                    || rules.type_name.eq_ignore_ascii_case(kind)
                    || rules.type_name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(kind)))
        });
        let Some(rules) = rules else {
            return Err(ArmFailure::new(
                400,
                "InvalidRequestContent",
                format!("The type '{kind}' is not valid for checkNameAvailability of '{space}'."),
            ));
        };
        let answer = |reason: &str, message: String| {
            Response::json(
                200,
                serde_json::json!({ "nameAvailable": false, "reason": reason, "message": message }),
            )
        };
        if let Some(rule) = &rules.name
            && !registry::name_fits(rule, name)
        {
            let message = rule.message.replace("{name}", name).replace("{type}", rules.type_name);
            return Ok(answer("AccountNameInvalid", message));
        }
        let taken = self.world.of_type(rules.type_name).any(|other| other.name().eq_ignore_ascii_case(name))
            || self.gone_twin(rules, name).is_some();
        if taken {
            let crate::localcloud::rules::Unique::Global { message, .. } = rules.unique else {
                return Ok(answer("AlreadyExists", String::new()));
            };
            return Ok(answer("AlreadyExists", message.replace("{name}", name)));
        }
        Ok(Response::json(200, serde_json::json!({ "nameAvailable": true })))
    }
}

fn taken((status, code, message): (u16, &str, &str), id: &ResourceId) -> ArmFailure {
    ArmFailure::new(status, code, message.replace("{name}", id.name()))
}
