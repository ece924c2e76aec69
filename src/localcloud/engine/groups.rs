//! Resource groups (RG-01..RG-06).

use super::Engine;
use super::gate::group_not_found;
use super::locks::Verb;
use super::operations::{Begun, DELETE_GROUP, Kind};
use super::write::{parse_body, rules_of};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::{ResourceId, within};
use crate::localcloud::registry::name_fits;
use crate::localcloud::rules::NameRule;
use crate::localcloud::tables::{REGIONS, normalised, region};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Document, OperationKind};
use serde_json::{Value, json};

/// The type of a group.
pub(super) const GROUP: &str = "Microsoft.Resources/resourceGroups";

const NAME: NameRule = NameRule {
    length: (1, 90),
    pattern: r"[-\w._()]*[-\w_()]",
    status: 400,
    code: "InvalidResourceGroup",
    message: "",
};

impl Engine {
    /// Any request on `/subscriptions/{s}/resourceGroups/{g}`.
    pub(super) fn group(&mut self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        self.gate_type(GROUP, request.api_version())?;
        match request.method.as_str() {
            "HEAD" => Ok(Response::empty(if self.world.get(id.key()).is_some() { 204 } else { 404 })),
            "GET" => {
                let document = self.world.get(id.key()).ok_or_else(|| group_not_found(id.name()))?;
                Ok(Response::json(200, document.body.clone()))
            }
            "PUT" | "PATCH" => self.put_group(request, id),
            "DELETE" => self.delete_group(request, id),
            method => Err(super::route::method_not_allowed(method)),
        }
    }

    fn put_group(&mut self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        self.gate_group_idle(id)?;
        self.unlocked(id, Verb::Write)?;
        let mut sent = parse_body(&request.body)?;
        let patch = request.method == "PATCH";
        self.comply(id, None, request.api_version(), &mut sent, patch)?;
        if !name_fits(&NAME, id.name()) {
            return Err(ArmFailure::gateway(
                400,
                "InvalidResourceGroup",
                format!(
                    "The provided resource group name '{}' has these invalid characters or ends with a period: '{}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_', and at most 90 characters long.",
                    id.name(),
                    id.name()
                        .chars()
                        .filter(|c| !c.is_alphanumeric() && !"-._()".contains(*c))
                        .collect::<String>()
                ),
            ));
        }
        if let Some(unknown) = sent.as_object().into_iter().flatten().map(|(name, _)| name).find(|name| {
            !["id", "name", "type", "location", "tags", "managedBy", "properties"].contains(&name.as_str())
        }) {
            return Err(ArmFailure::gateway(
                400,
                "InvalidRequestContent",
                format!(
                    "The request content was invalid and could not be deserialized: 'Could not find member '{unknown}' on object of type 'ResourceGroupDefinition'.'."
                ),
            ));
        }
        let existing = self.world.get(id.key()).cloned();
        let location = sent["location"].as_str().map(normalised);
        if patch && existing.is_none() {
            return Err(group_not_found(id.name()));
        }
        let old = existing.as_ref().map(|group| group.location().to_owned());
        let location = match (location, old) {
            (None, None) => {
                return Err(ArmFailure::gateway(
                    400,
                    "LocationRequired",
                    "The location property is required for this definition.",
                ));
            }
            (None, Some(old)) => old,
            (Some(new), Some(old)) if new != old => {
                return Err(ArmFailure::gateway(
                    409,
                    "InvalidResourceGroupLocation",
                    format!(
                        "Invalid resource group location '{new}'. The Resource group already exists in location '{old}'."
                    ),
                ));
            }
            (Some(new), _) if region(&new).is_none() => {
                let regions: Vec<&str> = REGIONS.iter().map(|(name, _)| *name).collect();
                return Err(ArmFailure::gateway(
                    400,
                    "LocationNotAvailableForResourceGroup",
                    format!(
                        "The provided location '{new}' is not available for resource group. List of available regions is '{}'.",
                        regions.join(",")
                    ),
                ));
            }
            (Some(new), _) => new,
        };
        let text = existing.as_ref().map_or(id.as_str(), |group| &group.id);
        let canonical = ResourceId::parse(text).unwrap_or_else(|| id.clone());
        let name = existing.as_ref().map_or(id.name(), Document::name);
        let mut body = json!({ "id": format!("/subscriptions/{}/resourceGroups/{name}", self.world_subscription(id)), "name": name, "type": GROUP, "location": location });
        let tags = match (&sent["tags"], &existing) {
            (Value::Null, Some(group)) if patch => group.body.get("tags").cloned(),
            (Value::Object(tags), _) => Some(Value::Object(tags.clone())),
            _ => None,
        };
        if let Some(tags) = tags.filter(|tags| tags.as_object().is_some_and(|tags| !tags.is_empty())) {
            body["tags"] = tags;
        }
        // A PATCH keeps what it does not name.
        let kept = existing.as_ref().filter(|_| request.method == "PATCH").map(|group| &group.body);
        let manager = sent.get("managedBy").or_else(|| kept?.get("managedBy"));
        if let Some(manager) = manager.filter(|value| value.is_string()) {
            body["managedBy"] = manager.clone();
        }
        body["properties"] = json!({ "provisioningState": "Succeeded" });
        let owner = existing.as_ref().and_then(|group| group.owner.clone());
        self.world.put_implied(
            &canonical_group(&body).unwrap_or(canonical),
            GROUP,
            body.clone(),
            owner.as_deref(),
        );
        let mut response = Response::json(if existing.is_some() { 200 } else { 201 }, body);
        response.delay = self.takes(1.0);
        Ok(response)
    }

    fn world_subscription(&self, id: &ResourceId) -> String {
        let asked = id.subscription().unwrap_or_default();
        if asked.eq_ignore_ascii_case(&self.world.names.subscription_id) {
            return self.world.names.subscription_id.clone();
        }
        asked.to_lowercase()
    }

    fn gate_group_idle(&self, id: &ResourceId) -> Result<(), ArmFailure> {
        if self.world.get(id.key()).is_some() { self.gate_group(id, true) } else { Ok(()) }
    }

    fn delete_group(&mut self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        let group = self.world.get(id.key()).cloned().ok_or_else(|| group_not_found(id.name()))?;
        if let Some(name) = &group.operation {
            let mut response = Response::empty(202);
            response.headers =
                self.operation_headers(&request.origin, &DELETE_GROUP, name, DELETE_GROUP.retry_after);
            return Ok(response);
        }
        self.gate_group(id, true)?;
        self.unlocked(id, Verb::Delete)?;
        self.may_go(id, None, request.api_version())?;
        let longest = self
            .world
            .below(id.key())
            .map(|document| rules_of(document).seconds.delete)
            .fold(0.0_f64, f64::max);
        let id = group.resource_id();
        let operation = self.begin(Begun {
            kind: Kind { what: OperationKind::DeleteGroup, verb: "delete" },
            target: id.clone(),
            type_name: GROUP.to_owned(),
            location: group.location().to_owned(),
            seconds: 45.0 + longest,
            is_new: false,
            recovered: false,
            api_version: request.api_version().to_owned(),
            result: None,
        });
        let mut going = group;
        going.body["properties"]["provisioningState"] = "Deleting".into();
        going.operation = Some(operation.clone());
        self.world.put(going);
        let mut response = Response::empty(202);
        response.headers =
            self.operation_headers(&request.origin, &DELETE_GROUP, &operation, DELETE_GROUP.retry_after);
        Ok(response)
    }

    /// RG-05: takes the contents away in dependency order; what others outside still use stays, and the group with it.
    pub(super) fn end_group(&mut self, id: &ResourceId) -> Result<(), ArmFailure> {
        loop {
            let mut inside: Vec<Document> = self.world.below(id.key()).cloned().collect();
            // What nothing nests in and nothing names goes first.
            inside.sort_by_key(|document| {
                (
                    self.world.referrers(&document.key()).count(),
                    std::cmp::Reverse(document.id.matches('/').count()),
                )
            });
            let mut moved = false;
            for document in inside {
                let Some(document) = self.world.get(&document.key()).cloned() else { continue };
                let id = document.resource_id();
                let nested = id.parent_resource().is_some();
                let refused = !nested
                    && rules_of(&document)
                        .may_delete
                        .is_some_and(|hook| hook(&self.world, &document).is_err());
                if !refused && (!nested || self.free(&document)) {
                    self.vanish(&document.key(), true);
                    moved = true;
                }
            }
            if self.world.below(id.key()).next().is_none() {
                break;
            }
            if !moved {
                let left: Vec<String> =
                    self.world.below(id.key()).map(|document| document.id.clone()).collect();
                return Err(ArmFailure::gateway(
                    409,
                    "ResourceGroupDeletionBlocked",
                    format!(
                        "Deletion of resource group '{}' failed as resources with identifiers '{}' could not be deleted. The provisioning state of the resource group will be rolled back. Please check audit logs for more details.",
                        id.name(),
                        left.join(", ")
                    ),
                ));
            }
        }
        self.vanish(id.key(), false);
        // A group goes so slowly that nothing of it is seen any more.
        let inside: Vec<String> = self
            .world
            .ghosts
            .iter()
            .map(|(key, _)| key)
            .filter(|key| within(key, id.key()))
            .cloned()
            .collect();
        for key in inside {
            self.world.ghosts.remove(&key);
        }
        Ok(())
    }

    /// True if a nested resource may go before its parent does: not what the parent must keep, nor what would be missed in
    /// a soft-deleted parent.
    fn free(&self, document: &Document) -> bool {
        let rules = rules_of(document);
        let mut above = document.resource_id().parent_resource();
        while let Some(parent) = above {
            if let Some(parent) = self.world.get(parent.key())
                && rules_of(parent).soft_delete.is_some()
            {
                return false;
            }
            above = parent.parent_resource();
        }
        rules.deletable && rules.may_delete.is_none_or(|hook| hook(&self.world, document).is_ok())
    }

    /// GET `/subscriptions/{s}/resourceGroups`.
    pub(super) fn list_groups(&self, request: &Request, subscription: &str) -> Result<Response, ArmFailure> {
        self.gate_type(GROUP, request.api_version())?;
        let text = request.parameter("$filter").unwrap_or_default();
        let tag = super::filter::tag(text);
        let groups = self
            .world
            .of_type(GROUP)
            .filter(|group| {
                group.resource_id().subscription().is_some_and(|s| s.eq_ignore_ascii_case(subscription))
            })
            .filter(|group| {
                tag.as_ref().is_none_or(|(name, value)| {
                    let found = group.body["tags"].as_object().and_then(|tags| tags.get(name));
                    found
                        .is_some_and(|found| value.as_ref().is_none_or(|value| found.as_str() == Some(value)))
                })
            })
            .map(|group| group.body.clone())
            .collect();
        self.page(request, groups)
    }
}

fn canonical_group(body: &Value) -> Option<ResourceId> {
    ResourceId::parse(body["id"].as_str()?)
}
