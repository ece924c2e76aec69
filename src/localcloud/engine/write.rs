//! PUT and PATCH of a resource: from the request to the stored document and its operation.

use super::Engine;
use super::deployments::DEPLOYMENTS;
use super::gate::not_found;
use super::locks::Verb;
use super::operations::{Begun, Kind};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::ResourceId;
use crate::localcloud::registry::{name_fits, rules};
use crate::localcloud::rules::{
    FirstBody, Location, Missing, Place, Put, Reference, Shape, TypeRules, Unique, Update, Written, all, at,
    holders, merge, set, text,
};
use crate::localcloud::schema;
use crate::localcloud::tables::{REGIONS, normalised, region};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Document, OperationKind};
use serde_json::{Map, Value, json};

/// A write of one document, of a request or of an inline child.
pub(super) struct Draft<'a> {
    pub(super) id: ResourceId,
    pub(super) rules: &'static TypeRules,
    pub(super) api_version: &'a str,
    pub(super) sent: Value,
    pub(super) patch: bool,
}

impl Engine {
    /// PUT or PATCH.
    pub(super) fn write(&mut self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        let patch = request.method == "PATCH";
        let version = request.api_version();
        let rules = self.gate_change(id, version)?;
        self.unlocked(id, Verb::Write)?;
        self.gate_parent(id, true)?;
        let mut sent = parse_body(&request.body)?;
        let id = self.canonical(id, rules);
        if patch && self.world.get(id.key()).is_none() {
            return Err(not_found(&id));
        }
        self.precondition(request, &id)?;
        self.comply(&id, Some(rules), version, &mut sent, patch)?;
        check_place(rules, &id)?;
        if self.world.get(id.key()).is_none()
            && let Some(rule) = &rules.name
            && !name_fits(rule, id.name())
        {
            let message = rule.message.replace("{name}", id.name()).replace("{type}", &id.type_name());
            return Err(ArmFailure::new(rule.status, rule.code, message));
        }
        let mut stored = self.world.get(id.key()).map(|document| self.view(document));
        if let Some(stored) = &mut stored {
            schema::answered(version, stored);
            if let Some(unruly) = &self.settings.unruly {
                unruly.answer("GET", version, stored);
            }
        }
        if let Some(stored) = &stored {
            same_state(rules, &sent, stored)?;
        }
        schema::received(&rules_name(rules, &id), version, &mut sent, stored.as_ref());
        schema::validate(&rules_name(rules, &id), version, &sent, stored.as_ref(), patch)?;
        let was_there = self.world.get(id.key()).is_some();
        let recovered = if was_there { None } else { self.awaken(&id, rules, &sent)? };
        if !was_there && recovered.is_none() {
            self.gate_unique(&id, rules)?;
        }
        self.gate_idle(&id, rules)?;
        let template = match rules.type_name == DEPLOYMENTS {
            true => Some(self.template(&id, &sent)?),
            false => None,
        };
        let full = recovered.is_none_or(|whole| !whole);
        let before = self.world.get(id.key()).map(|document| document.body.clone());
        if full {
            let draft = Draft { id: id.clone(), rules, api_version: version, sent, patch };
            self.store(&draft)?;
        }
        let document = self.world.get(id.key()).ok_or_else(|| not_found(&id))?;
        let written = Written {
            id: id.clone(),
            is_new: !was_there,
            recovered: recovered.is_some(),
            location: document.location().to_owned(),
            api_version: version.to_owned(),
            before,
        };
        if let Some(hook) = rules.written {
            hook(&mut self.world, &written)?;
        }
        let shape = match (was_there, patch) {
            (false, _) => rules.put,
            (true, true) => rules.patch.unwrap_or(rules.put),
            (true, false) => rules.put,
        };
        let mut seconds = if was_there { rules.seconds.update } else { rules.seconds.create };
        if let Some(template) = template {
            seconds = self.carry_out_template(request, &id, template).max(seconds);
        }
        let at_once = shape.synchronous
            || (was_there
                && shape.async_url.is_none()
                && (shape.location_url.is_none() || shape.updated == 200)
                && (shape.update_state == "Succeeded" || shape.body == FirstBody::Empty));
        if at_once {
            return self.finish_at_once(request, rules, shape, &written, seconds);
        }
        let begun = Begun {
            kind: Kind { what: OperationKind::Write, verb: if was_there && patch { "patch" } else { "put" } },
            target: id.clone(),
            type_name: rules_name(rules, &id),
            location: written.location.clone(),
            seconds,
            is_new: !was_there,
            recovered: recovered.is_some(),
            api_version: version.to_owned(),
            result: None,
        };
        let state = if was_there { shape.update_state } else { shape.state };
        let operation = self.begin(begun);
        self.set_state(&id, rules, state, Some(&operation));
        let status = if was_there { shape.updated } else { shape.created };
        let mut response = Response::empty(status);
        if shape.body == FirstBody::Resource {
            response.body = self.first_view(&id, rules);
        }
        response.headers = self.operation_headers(&request.origin, &shape, &operation, shape.retry_after);
        Ok(response)
    }

    fn finish_at_once(
        &mut self,
        request: &Request,
        rules: &'static TypeRules,
        shape: Shape,
        written: &Written,
        seconds: f64,
    ) -> Result<Response, ArmFailure> {
        self.set_state(&written.id, rules, "Succeeded", None);
        if let Some(hook) = rules.completed {
            hook(&mut self.world, written)?;
        }
        let status = if written.is_new { shape.created } else { shape.updated };
        let mut response = Response::empty(status);
        response.body = self.first_view(&written.id, rules);
        if shape.synchronous && shape.location_url.is_some() {
            response =
                response.with("Location", format!("{}?api-version={}", written.id, request.api_version()));
        }
        if let Some(etag) = response.value()["etag"].as_str().map(str::to_owned) {
            response = response.with("ETag", etag);
        }
        response.delay = self.takes(seconds);
        Ok(response)
    }

    /// What the answer to a write shows.
    fn first_view(&self, id: &ResourceId, rules: &TypeRules) -> Option<Value> {
        let document = self.world.get(id.key())?;
        let mut body = self.view(document);
        if let Some(hook) = rules.first_view {
            hook(&self.world, document, &mut body);
        }
        Some(body)
    }

    /// Checks, completes and stores a document (not its operation).
    pub(super) fn store(&mut self, draft: &Draft<'_>) -> Result<(), ArmFailure> {
        let Draft { id, rules, sent, .. } = draft;
        let existing = self.world.get(id.key()).cloned();
        let mut body = self.compose(draft, existing.as_ref())?;
        schema::canonical(&rules_name(rules, id), draft.api_version, &mut body);
        let arrays = super::inline::take(rules, &mut body);
        for (path, value) in rules.defaults {
            fill(&mut body, path, value);
        }
        self.check_references(id, rules, &body)?;
        let now_ms = self.world.now_ms;
        let mut put = Put {
            id,
            api_version: draft.api_version,
            existing: existing.as_ref(),
            sent,
            patch: draft.patch,
            body,
            now_ms,
        };
        if let Some(hook) = rules.normalise {
            hook(&self.world, &mut put)?;
        }
        let body = put.body;
        if let Some(old) = &existing {
            for path in rules.immutable {
                if said(&old.body, path) != said(&body, path) {
                    return Err(ArmFailure::new(
                        409,
                        "PropertyChangeNotAllowed",
                        format!("Changing property '{path}' is not allowed."),
                    )
                    .target(*path));
                }
            }
        }
        let incarnation = match &existing {
            Some(old) => old.incarnation,
            None => self.world.next_life(id.key()),
        };
        let etag = self.world.next_guid("etag");
        self.world.put(Document {
            id: existing.as_ref().map_or_else(|| id.as_str().to_owned(), |old| old.id.clone()),
            type_name: rules_name(rules, id),
            body,
            api_version: draft.api_version.to_owned(),
            etag,
            created_ms: existing.as_ref().map_or(now_ms, |old| old.created_ms),
            changed_ms: now_ms,
            incarnation,
            owner: existing.as_ref().and_then(|old| old.owner.clone()),
            operation: existing.as_ref().and_then(|old| old.operation.clone()),
        });
        self.store_inline(draft, arrays, existing.is_none())
    }

    /// The body as it will be stored, without defaults: sent over existing where the type keeps what is left out.
    fn compose(&self, draft: &Draft<'_>, existing: Option<&Document>) -> Result<Value, ArmFailure> {
        let Draft { id, rules, sent, patch, .. } = draft;
        let mut merged = match existing {
            Some(old) if *patch || rules.update == Update::Keep => {
                let mut merged = old.body.clone();
                merge(&mut merged, sent);
                for whole in ["tags", "identity"].iter().chain(rules.maps) {
                    if let Some(said) = at(sent, whole) {
                        set(&mut merged, whole, said.clone());
                    }
                }
                merged
            }
            _ => sent.clone(),
        };
        strip_nulls(&mut merged);
        let Value::Object(mut rest) = merged else {
            return Err(ArmFailure::gateway(
                400,
                "InvalidRequestContent",
                "The request content was invalid.",
            ));
        };
        let mut body = Map::new();
        body.insert("id".into(), existing.map_or(id.as_str(), |old| &old.id).into());
        body.insert("name".into(), existing.map_or(id.name(), |old| old.name()).into());
        body.insert("type".into(), rules_name(rules, id).into());
        if let Some(location) =
            self.location(id, rules, sent.get("location").and_then(Value::as_str), existing)?
        {
            body.insert("location".into(), location.into());
        }
        for name in ["id", "name", "type", "location", "etag", "systemData"] {
            rest.shift_remove(name);
        }
        let tags = rest.shift_remove("tags");
        if let Some(tags) =
            tags.filter(|_| rules.taggable).filter(|tags| tags.as_object().is_some_and(|t| !t.is_empty()))
        {
            body.insert("tags".into(), tags);
        }
        let identity = rest.shift_remove("identity");
        if let Some(identity) = identity {
            body.insert("identity".into(), self.identity(id, &identity, existing)?);
        }
        body.extend(rest);
        Ok(Value::Object(body))
    }

    fn location(
        &self,
        id: &ResourceId,
        rules: &TypeRules,
        sent: Option<&str>,
        existing: Option<&Document>,
    ) -> Result<Option<String>, ArmFailure> {
        let type_name = rules_name(rules, id);
        let short = type_name.split_once('/').map_or(type_name.as_str(), |(_, rest)| rest);
        let unavailable = |location: &str, regions: &str| {
            ArmFailure::gateway(
                400,
                "LocationNotAvailableForResourceType",
                format!(
                    "The provided location '{location}' is not available for resource type '{type_name}'. List of available regions for the resource type is '{regions}'."
                ),
            )
        };
        let old = existing.map(|old| old.location().to_owned()).filter(|location| !location.is_empty());
        let Some(sent) = sent.filter(|sent| !sent.trim().is_empty()) else {
            let required = matches!(rules.location, Location::Regional | Location::Global);
            if required && old.is_none() {
                return Err(ArmFailure::gateway(
                    400,
                    "LocationRequired",
                    "The location property is required for this definition.",
                ));
            }
            return Ok(old);
        };
        let location = normalised(sent);
        match rules.location {
            Location::None => return Ok(None),
            Location::Global if location != "global" => return Err(unavailable(sent, "global")),
            Location::Regional if region(&location).is_none() => {
                let regions: Vec<&str> = REGIONS.iter().map(|(name, _)| *name).collect();
                return Err(unavailable(sent, &regions.join(",")));
            }
            _ => {}
        }
        if let Some(old) = old
            && normalised(&old) != location
        {
            return Err(ArmFailure::gateway(
                409,
                "InvalidResourceLocation",
                format!(
                    "The resource '{}' already exists in location '{old}' in resource group '{}'. A resource with the same name cannot be created in location '{location}'. Please select a new resource name.",
                    id.name(),
                    id.resource_group().unwrap_or_default()
                ),
            )
            .target(short));
        }
        Ok(Some(location))
    }

    /// The identity block with what the directory gives: principals of the system's and of assigned identities.
    fn identity(
        &self,
        id: &ResourceId,
        sent: &Value,
        existing: Option<&Document>,
    ) -> Result<Value, ArmFailure> {
        let invalid = |message: String| ArmFailure::gateway(400, "InvalidIdentityType", message);
        let kind = sent["type"].as_str().unwrap_or_else(|| {
            existing.and_then(|old| old.at("identity.type")).and_then(Value::as_str).unwrap_or("None")
        });
        let mut canonical = kind.to_owned();
        let (mut system, mut assigned) = (false, false);
        for word in kind.split(',').map(str::trim) {
            let known =
                ["SystemAssigned", "UserAssigned", "None"].into_iter().find(|k| k.eq_ignore_ascii_case(word));
            let Some(known) = known else {
                return Err(invalid(format!(
                    "The identity type '{kind}' of resource '{id}' is not supported."
                )));
            };
            canonical = canonical.replace(word, known);
            system |= known == "SystemAssigned";
            assigned |= known == "UserAssigned";
        }
        let mut identity = Map::new();
        identity.insert("type".into(), canonical.into());
        if system {
            identity.insert("principalId".into(), self.world.new_guid(id.key(), "principalId").into());
            identity.insert("tenantId".into(), self.world.tenant().into());
        }
        let ids = sent["userAssignedIdentities"].as_object();
        if assigned {
            let mut found = Map::new();
            for key in ids.into_iter().flat_map(Map::keys) {
                let Some(document) = self.world.get(key) else {
                    return Err(ArmFailure::gateway(
                        400,
                        "FailedIdentityOperation",
                        format!(
                            "Identity operation for resource '{id}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '{{\"error\":{{\"code\":\"BadRequest\",\"message\":\"Resource '{key}' was not found.\"}}}}'.'"
                        ),
                    ));
                };
                let principal = document.text("properties.principalId");
                let client = document.text("properties.clientId");
                found.insert(key.clone(), json!({ "principalId": principal, "clientId": client }));
            }
            if found.is_empty() {
                return Err(invalid(format!(
                    "The identity ids must not be null or empty for '{kind}' identity type of resource '{id}'."
                )));
            }
            identity.insert("userAssignedIdentities".into(), Value::Object(found));
        }
        Ok(Value::Object(identity))
    }

    fn check_references(&self, id: &ResourceId, rules: &TypeRules, body: &Value) -> Result<(), ArmFailure> {
        for Reference { path, missing } in rules.references {
            for value in all(body, path) {
                let Some(target) = value.as_str().filter(|text| !text.is_empty()) else { continue };
                let Some(parsed) = ResourceId::parse(target) else {
                    return Err(ArmFailure::gateway(
                        400,
                        "LinkedInvalidPropertyId",
                        format!(
                            "Property id '{target}' at path '{path}' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
                        ),
                    ));
                };
                if self.world.get(parsed.key()).is_none() {
                    return Err(self.missing_reference(id, path, &parsed, *missing));
                }
            }
        }
        Ok(())
    }

    fn missing_reference(
        &self,
        id: &ResourceId,
        path: &str,
        target: &ResourceId,
        how: Missing,
    ) -> ArmFailure {
        match how {
            Missing::InvalidResourceReference => ArmFailure::new(
                400,
                "InvalidResourceReference",
                format!(
                    "Resource {target} referenced by resource {id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
                ),
            ),
            Missing::LinkedInvalidPropertyId => ArmFailure::gateway(
                400,
                "LinkedInvalidPropertyId",
                format!("Property id '{target}' at path '{path}' is invalid: the resource was not found."),
            ),
            Missing::LinkedAuthorizationFailed(action) => {
                let names = &self.world.names;
                ArmFailure::gateway(
                    403,
                    "LinkedAuthorizationFailed",
                    format!(
                        "The client '{}' with object id '{}' has permission to perform action '{}/write' on scope '{id}'; however, it does not have permission to perform action(s) '{action}' on the linked scope(s) '{target}' (respectively) or the linked scope(s) are invalid.",
                        names.client_id,
                        names.object_id,
                        id.type_name()
                    ),
                )
            }
            Missing::NotFound => not_found(target),
            Missing::BadRequest(code) => ArmFailure::new(
                400,
                code,
                format!("The resource '{target}' given at '{path}' was not found."),
            ),
        }
    }

    fn gate_unique(&self, id: &ResourceId, rules: &TypeRules) -> Result<(), ArmFailure> {
        let Unique::Global { status, code, message } = rules.unique else { return Ok(()) };
        let name = id.name();
        let taken = self.world.of_type(rules.type_name).any(|other| other.name().eq_ignore_ascii_case(name))
            || self.gone_twin(rules, name).is_some();
        if taken {
            return Err(ArmFailure::new(status, code, message.replace("{name}", name)));
        }
        Ok(())
    }

    /// The id in the casing that the cloud keeps: the group's and the parents' as they are stored, type names as in the rows.
    pub(super) fn canonical(&self, id: &ResourceId, rules: &TypeRules) -> ResourceId {
        if let Some(document) = self.world.get(id.key()) {
            return document.resource_id();
        }
        let type_name = rules_name(rules, id);
        let (space, types) = type_name.split_once('/').unwrap_or((&type_name, ""));
        let scope = id.scope();
        let prefix = match &scope {
            Some(scope) => {
                self.world.get(scope.key()).map_or_else(|| scope.as_str().to_owned(), |d| d.id.clone())
            }
            None => String::new(),
        };
        let last = types.rsplit('/').next().unwrap_or_default();
        let text = if id.parent_resource().is_some() {
            format!("{prefix}/{last}/{}", id.name())
        } else {
            format!("{prefix}/providers/{space}/{last}/{}", id.name())
        };
        ResourceId::parse(&text).filter(|parsed| parsed == id).unwrap_or_else(|| id.clone())
    }
}

/// The type in canonical casing: of the row, else as it is written with the namespace in its known casing.
pub(super) fn rules_name(rules: &TypeRules, id: &ResourceId) -> String {
    if !rules.type_name.is_empty() {
        return rules.type_name.to_owned();
    }
    let written = id.type_name();
    match written.split_once('/') {
        Some((space, rest)) => match crate::localcloud::tables::namespace(space) {
            Some((space, _)) => format!("{space}/{rest}"),
            None => written,
        },
        None => written,
    }
}

fn check_place(rules: &TypeRules, id: &ResourceId) -> Result<(), ArmFailure> {
    let fits = match rules.place {
        Place::Any | Place::Extension => true,
        Place::ResourceGroup => id.resource_group().is_some() && !id.is_on_resource(),
        Place::Subscription => id.subscription().is_some() && id.resource_group().is_none(),
    };
    if fits {
        return Ok(());
    }
    Err(ArmFailure::gateway(
        400,
        "InvalidRequestUri",
        format!("The resource type '{}' cannot be created at the scope of '{id}'.", rules.type_name),
    ))
}

/// LRO-10: a state is sent as the server has it, or not at all.
fn same_state(rules: &TypeRules, sent: &Value, stored: &Value) -> Result<(), ArmFailure> {
    let path = format!("properties.{}", rules.state_property);
    let (said, is) = (text(sent, &path), text(stored, &path));
    if said.is_empty() || is.is_empty() || said.eq_ignore_ascii_case(is) {
        return Ok(());
    }
    Err(ArmFailure::new(
        400,
        "InvalidRequestContent",
        format!(
            "The value '{said}' of '{path}' is not that of the resource, which is '{is}': it cannot be set."
        ),
    )
    .target(path))
}

/// The body of a request as JSON object.
pub(super) fn parse_body(bytes: &[u8]) -> Result<Value, ArmFailure> {
    let refused = |why: String| {
        ArmFailure::gateway(
            400,
            "InvalidRequestContent",
            format!("The request content was invalid and could not be deserialized: '{why}'."),
        )
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice::<Value>(bytes) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => Err(refused("an object is expected".to_owned())),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// `null` is absent (HTTP-06). Entries of `userAssignedIdentities` may be `null` to be taken away; they are kept as `{}`
/// only if sent as `{}`.
fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}

/// Fills in a default where the body says nothing.
fn fill(body: &mut Value, path: &str, value: &str) {
    holders(body, path, &mut |object, name| {
        if object.get(name).is_none_or(Value::is_null) {
            object
                .insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)));
        }
    });
}

/// The rules of a document's type.
pub(super) fn rules_of(document: &Document) -> &'static TypeRules {
    rules(&document.type_name)
}

impl Engine {
    /// Sets the state and the running operation of a document.
    pub(super) fn set_state(
        &mut self,
        id: &ResourceId,
        rules: &TypeRules,
        state: &str,
        operation: Option<&str>,
    ) {
        let Some(mut document) = self.world.get(id.key()).cloned() else { return };
        document.operation = operation.map(str::to_owned);
        if rules.provisioning_state {
            let path = format!("properties.{}", rules.state_property);
            if text(&document.body, &path) != state {
                set(&mut document.body, &path, state.into());
                document.etag = self.world.next_guid("etag");
            }
        } else if at(&document.body, "properties.provisioningState").is_some() {
            crate::localcloud::rules::remove(&mut document.body, "properties.provisioningState");
        }
        self.world.put(document);
    }
}

/// What stands at a path. A list with nothing in it is none.
fn said<'v>(body: &'v Value, path: &str) -> Vec<&'v Value> {
    let empty = |v: &&Value| v.as_array().is_some_and(Vec::is_empty);
    all(body, path).into_iter().filter(|v| !empty(v)).collect()
}
