//! GET, HEAD and lists: a document as answers show it.

use super::Engine;
use super::filter::{self, Filter};
use super::gate::{absent, not_found};
use super::write::{rules_name, rules_of};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::{ResourceId, within};
use crate::localcloud::lag::RESOURCE_LISTS;
use crate::localcloud::registry::rules;
use crate::localcloud::rules::{Etag, Listing, TypeRules, entered, remove, set};
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::{Document, iso};
use serde_json::{Map, Value, json};

impl Engine {
    /// GET or HEAD of a resource.
    pub(super) fn read(&self, request: &Request, id: &ResourceId) -> Result<Response, ArmFailure> {
        let rules = self.gate_type(&id.type_name(), request.api_version())?;
        self.gate_group(id, false)?;
        let found = match self.seen(id) {
            Some(document) => Some((self.view(document), Some(document))),
            None => self.built_in(rules, id).map(|body| (body, None)),
        };
        let found =
            found.or_else(|| self.built_on(rules, id.extended(), Some(id.name())).pop().map(|b| (b, None)));
        let Some((body, document)) = found else {
            if request.method == "HEAD" {
                return Ok(Response::empty(404));
            }
            // A child of a missing parent: the message names the parent (NF-01).
            self.gate_parent(id, false)?;
            return Err(absent(id, rules));
        };
        if request.method == "HEAD" {
            return Ok(Response::empty(204));
        }
        let mut response = Response::json(200, body);
        if let Some(etag) = response.value()["etag"].as_str().map(str::to_owned) {
            if request.header("if-none-match").is_some_and(|wanted| same_etag(wanted, &etag)) {
                return Ok(Response::empty(304).with("ETag", etag));
            }
            response = response.with("ETag", etag);
        }
        if let Some(document) = document
            && document.operation.is_some()
        {
            // Who polls the resource itself learns the pace here; on a real clock Azure says nothing.
            response.headers.extend(self.clock.retry_after(None));
        }
        Ok(response)
    }

    /// The document that a GET sees: not one that is too new (ROL-05, LRO-07), but one that is just gone (DEL-01).
    fn seen(&self, id: &ResourceId) -> Option<&Document> {
        match self.world.get(id.key()) {
            Some(document) => Some(document).filter(|d| !self.too_new(d)),
            None => {
                let ghost = self.world.ghosts.get(id.key())?;
                let lingers = rules_of(&ghost.document).lingers;
                Some(&ghost.document).filter(|_| self.world.unsettled(ghost.gone_ms, lingers))
            }
        }
    }

    fn too_new(&self, document: &Document) -> bool {
        self.world.unsettled(document.created_ms, rules_of(document).unseen)
    }

    /// A document as answers show it.
    pub(super) fn view(&self, document: &Document) -> Value {
        let rules = rules_of(document);
        let mut body = document.body.clone();
        match rules.etag {
            Etag::None => {}
            Etag::Weak => set(&mut body, "etag", format!("W/\"{}\"", document.etag).into()),
            Etag::Guid => set(&mut body, "etag", document.etag.clone().into()),
            Etag::Quoted => set(&mut body, "etag", format!("\"{}\"", document.etag).into()),
        }
        if rules.system_data {
            let by = &self.world.names.client_id;
            set(
                &mut body,
                "systemData",
                json!({
                    "createdBy": by,
                    "createdByType": "Application",
                    "createdAt": iso(document.created_ms),
                    "lastModifiedBy": by,
                    "lastModifiedByType": "Application",
                    "lastModifiedAt": iso(document.changed_ms),
                }),
            );
        }
        self.show_inline(document, &mut body);
        if let Some(hook) = rules.view {
            hook(&self.world, document, &mut body);
        }
        for path in rules.sets {
            order(&mut body, path);
        }
        for path in rules.write_only {
            remove(&mut body, path);
        }
        if let Some(echo) = rules.echo_type {
            set(&mut body, "type", echo.into());
            let id = document.id.replacen(&document.type_name, echo, 1);
            set(&mut body, "id", id.into());
        }
        if rules.echo_lower_groups {
            let id =
                body["id"].as_str().unwrap_or_default().replacen("/resourceGroups/", "/resourcegroups/", 1);
            set(&mut body, "id", id.into());
        }
        body
    }

    /// What is there on a resource without being stored: all of it, or what has this name.
    fn built_on(&self, rules: &TypeRules, scope: &str, name: Option<&str>) -> Vec<Value> {
        let (Some(make), Some(on)) = (rules.built_on, self.world.get(&scope.to_lowercase())) else {
            return Vec::new();
        };
        let mut all = make(&self.world, on);
        all.retain(|body| {
            name.is_none_or(|n| body["name"].as_str().is_some_and(|b| b.eq_ignore_ascii_case(n)))
        });
        for body in &mut all {
            let id = format!(
                "{}/providers/{}/{}",
                on.id,
                rules.type_name,
                body["name"].as_str().unwrap_or_default()
            );
            set(body, "id", id.into());
            set(body, "type", rules.type_name.into());
        }
        all
    }

    fn built_in(&self, rules: &TypeRules, id: &ResourceId) -> Option<Value> {
        let list = rules.built_in?(&self.world);
        let body = list
            .into_iter()
            .filter(|body| body["id"].as_str().is_none_or(|own| own.eq_ignore_ascii_case(id.as_str())))
            .find(|body| body["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id.name())))?;
        Some(with_id(body, rules, id.subscription()))
    }

    /// GET on a collection: `{scope}/providers/{namespace}/{type}` or `{parent}/{type}`.
    pub(super) fn list(
        &self,
        request: &Request,
        scope: &str,
        type_name: &str,
    ) -> Result<Response, ArmFailure> {
        let rules = self.gate_type(type_name, request.api_version())?;
        if !rules.list {
            return Err(ArmFailure::gateway(
                405,
                "MethodNotAllowed",
                format!("The requested resource does not support http method '{}'.", request.method),
            ));
        }
        let scope_id = ResourceId::parse(scope);
        if let Some(id) = &scope_id {
            self.gate_group(id, false)?;
            let kind = id.type_name();
            let held = kind != "Microsoft.Resources/subscriptions"
                && !kind.to_lowercase().starts_with("microsoft.management/");
            if held && self.world.get(id.key()).is_none() {
                return Err(not_found(id));
            }
        }
        let filter =
            request.parameter("$filter").filter(|text| !text.is_empty()).map(Filter::parse).transpose()?;
        let at_scope = filter.as_ref().is_some_and(|filter| filter.calls("atScope"));
        let key = scope.to_lowercase();
        let nested = type_name.matches('/').count() > 1;
        let on_subscription =
            scope_id.as_ref().is_some_and(|id| id.type_name() == "Microsoft.Resources/subscriptions");
        let mut items: Vec<Value> = Vec::new();
        for document in self.world.of_type(type_name) {
            let id = document.resource_id();
            let home = if nested {
                id.parent_resource().map(|parent| parent.key().to_owned()).unwrap_or_default()
            } else {
                id.extended().to_lowercase()
            };
            let shown = match rules.listing {
                _ if nested => home == key,
                Listing::Here => {
                    home == key || (on_subscription && within(&home, &key) && !id.is_on_resource())
                }
                Listing::Below => home == key || (!at_scope && within(&home, &key)),
                Listing::AboveAndBelow => {
                    home == key
                        || within(&key, &home)
                        || home.is_empty()
                        || (!at_scope && within(&home, &key))
                }
            };
            if shown && !self.too_new(document) {
                items.push(self.view(document));
            }
        }
        if let Some(built_in) = rules.built_in {
            let subscription = scope_id.as_ref().and_then(ResourceId::subscription);
            items.extend(built_in(&self.world).into_iter().map(|body| with_id(body, rules, subscription)));
        }
        items.extend(self.built_on(rules, scope, None));
        if let Some(filter) = filter {
            items.retain(|item| filter.fits(item));
        }
        self.page(request, items)
    }

    /// `…/resources`: what is tracked in a group or the subscription, in short form.
    pub(super) fn list_resources(&self, request: &Request, scope: &str) -> Result<Response, ArmFailure> {
        if let Some(id) = ResourceId::parse(scope) {
            self.gate_group(&id, false)?;
        }
        let text = request.parameter("$filter").unwrap_or_default();
        let tag = filter::tag(text);
        let filter = match (&tag, text) {
            (Some(_), _) | (None, "") => None,
            (None, text) => Some(Filter::parse(text)?),
        };
        let expand = request.parameter("$expand").unwrap_or_default().to_lowercase();
        let mut items = Vec::new();
        // What is gone stays in this list for a while (RG-06).
        let lately =
            self.world.ghosts_of(RESOURCE_LISTS).filter(|ghost| within(&ghost.key(), &scope.to_lowercase()));
        for document in self.world.below(scope).chain(lately) {
            let id = document.resource_id();
            let group = id.type_name() == "Microsoft.Resources/resourceGroups";
            if group || id.is_on_resource() || document.location().is_empty() {
                continue;
            }
            let whole = self.view(document);
            let mut item = Map::new();
            for name in [
                "id",
                "name",
                "type",
                "sku",
                "kind",
                "managedBy",
                "location",
                "identity",
                "tags",
                "zones",
                "plan",
            ] {
                if let Some(value) = whole.get(name) {
                    item.insert(name.into(), value.clone());
                }
            }
            if expand.contains("createdtime") {
                item.insert("createdTime".into(), iso(document.created_ms).into());
            }
            if expand.contains("changedtime") {
                item.insert("changedTime".into(), iso(document.changed_ms).into());
            }
            if expand.contains("provisioningstate") {
                let state = document.text("properties.provisioningState");
                item.insert(
                    "provisioningState".into(),
                    if state.is_empty() { "Succeeded" } else { state }.into(),
                );
            }
            let item = Value::Object(item);
            let tagged = tag.as_ref().is_none_or(|(name, value)| {
                let tags = item["tags"].as_object();
                let found =
                    tags.and_then(|tags| tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
                found.is_some_and(|(_, found)| {
                    value.as_ref().is_none_or(|value| found.as_str() == Some(value))
                })
            });
            if tagged && filter.as_ref().is_none_or(|filter| filter.fits(&item)) {
                items.push(item);
            }
        }
        self.page(request, items)
    }

    /// `If-Match` and `If-None-Match` of a write (HTTP-10).
    pub(super) fn precondition(&self, request: &Request, id: &ResourceId) -> Result<(), ArmFailure> {
        let document = self.world.get(id.key());
        let refused = || {
            ArmFailure::new(
                412,
                "PreconditionFailed",
                format!("The condition '{{0}}' in the HTTP conditional header(s) of the request on '{id}' is not satisfied.")
                    .replace("{0}", request.header("if-match").or(request.header("if-none-match")).unwrap_or_default()),
            )
        };
        if let Some(wanted) = request.header("if-match") {
            match document {
                Some(document) if wanted == "*" || same_etag(wanted, &document.etag) => {}
                _ => return Err(refused()),
            }
        }
        if request.header("if-none-match") == Some("*") && document.is_some() {
            return Err(refused());
        }
        Ok(())
    }
}

/// Compares etags without `W/` and quotes.
fn same_etag(a: &str, b: &str) -> bool {
    fn bare(text: &str) -> &str {
        text.trim().trim_start_matches("W/").trim_matches('"')
    }
    bare(a) == bare(b)
}

fn with_id(body: Value, rules: &TypeRules, subscription: Option<&str>) -> Value {
    let prefix = subscription.map(|id| format!("/subscriptions/{id}")).unwrap_or_default();
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let mut whole = json!({ "id": format!("{prefix}/providers/{}/{name}", rules.type_name), "type": rules.type_name, "name": name });
    if let (Value::Object(whole), Value::Object(body)) = (&mut whole, body) {
        whole.extend(body);
    }
    whole
}

/// Puts a set in the server's order: by text, without case.
fn order(body: &mut Value, path: &str) {
    entered(body, path.trim_end_matches("[]"), &mut |object, name| {
        if let Some(Value::Array(items)) = object.get_mut(name) {
            items.sort_by_key(|item| {
                item.as_str().map_or_else(|| item.to_string(), str::to_owned).to_lowercase()
            });
        }
    });
}

/// Rules and canonical name of a type in a path.
pub(super) fn named(id: &ResourceId) -> (&'static TypeRules, String) {
    let rules = rules(&id.type_name());
    (rules, rules_name(rules, id))
}
