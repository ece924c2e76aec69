//! Whether whoever sends a request may do it: role assignments at the scope and above it (AUTH-03), the rights on what a
//! write links to (AUTH-04), and the time that a change of roles takes (AUTH-05). Judged before anything is looked up.

use super::Engine;
use crate::localcloud::access::action::{Asked, asked};
use crate::localcloud::access::linked::linked;
use crate::localcloud::access::permission::Permission;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::id::{ResourceId, within};
use crate::localcloud::providers::authorization::{ASSIGNMENTS, DEFINITIONS};
use crate::localcloud::providers::roles;
use crate::localcloud::wire::{Request, Response};
use crate::localcloud::world::Document;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Seconds of the world until a new role assignment counts (measured: at most 84).
const GRANTED: f64 = 84.0;
/// Seconds of the world for which a deleted one still counts (measured: at most 21).
const REVOKED: f64 = 21.0;

/// The counter that tells whether the client of a world was ever given its roles.
const FOUNDED: &str = "#roles";

impl Engine {
    /// Refuses what the caller may not do.
    pub(super) fn permitted(&mut self, request: &Request) -> Result<(), ArmFailure> {
        self.own_only = request.path.eq_ignore_ascii_case("/subscriptions");
        let verb = match request.method.as_str() {
            "POST" | "PUT" | "PATCH" => self.find_action(request),
            _ => None,
        };
        let verb = verb.as_ref().map(|(id, action)| (id, action.name));
        let Some(asked) = asked(&request.method, &request.path, verb) else { return Ok(()) };
        *self.counts.by_action.entry(asked.action.clone()).or_default() += 1;
        if !self.allowed(&asked.action, &asked.scope) {
            if !asked.below || !self.has_rights_below(&asked.scope) {
                return Err(self.unauthorized(&asked));
            }
            self.own_only = true;
        }
        if verb.is_some() || !asked.action.ends_with("/write") {
            return Ok(());
        }
        self.permitted_links(&asked, &request.body)
    }

    /// AUTH-04: what a write links to must let the caller do that.
    fn permitted_links(&self, asked: &Asked, body: &[u8]) -> Result<(), ArmFailure> {
        // A body that is none is refused later, with better words.
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
        let type_name = asked.action.trim_end_matches("/write");
        let mut missing = linked(type_name, &body);
        missing.retain(|(action, scope)| !self.allowed(action, scope));
        if missing.is_empty() {
            return Ok(());
        }
        let (actions, scopes): (Vec<String>, Vec<String>) = missing.into_iter().unzip();
        Err(ArmFailure::gateway(
            403,
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; however, it does not have permission to perform action(s) '{}' on the linked scope(s) '{}' (respectively) or the linked scope(s) are invalid.",
                self.caller.client_id,
                self.caller.object_id,
                asked.action,
                asked.scope,
                actions.join(","),
                scopes.join(",")
            ),
        ))
    }

    fn unauthorized(&self, asked: &Asked) -> ArmFailure {
        ArmFailure::gateway(
            403,
            "AuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' does not have authorization to perform action '{}' over scope '{}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
                self.caller.client_id, self.caller.object_id, asked.action, asked.scope
            ),
        )
    }

    /// GET `{scope}/providers/Microsoft.Authorization/permissions`: what the caller may do there, a set for each role.
    pub(super) fn own_permissions(&self, request: &Request, scope: &str) -> Result<Response, ArmFailure> {
        if let Some(id) = ResourceId::parse(scope) {
            self.gate_group(&id, false)?;
        }
        let sets = self.sets(&scope.to_lowercase());
        self.page(request, sets.iter().map(|set| set.json()).collect())
    }

    /// Whether the caller may read what a list found.
    pub(super) fn may_read(&self, item: &Value) -> bool {
        let Some(id) = item["id"].as_str() else { return true };
        asked("GET", id, None).is_none_or(|asked| {
            self.allowed(&asked.action, &asked.scope) || (asked.below && self.has_rights_below(&asked.scope))
        })
    }

    fn allowed(&self, action: &str, scope: &str) -> bool {
        self.sets(&scope.to_lowercase()).iter().any(|set| set.allows(action))
    }

    fn has_rights_below(&self, scope: &str) -> bool {
        let scope = scope.to_lowercase();
        self.assignments().any(|assignment| within(&home(assignment), &scope))
    }

    /// The permissions of the caller at a scope (in lower case).
    fn sets(&self, scope: &str) -> Vec<Cow<'static, Permission>> {
        let covering = self.assignments().filter(|assignment| {
            let home = home(assignment);
            home.is_empty() || within(scope, &home)
        });
        covering.flat_map(|assignment| self.sets_of(assignment)).collect()
    }

    /// The permissions that an assignment gives.
    fn sets_of(&self, assignment: &Document) -> Vec<Cow<'static, Permission>> {
        let guid = role_of(assignment);
        if let Some(role) = roles::by_guid(guid) {
            return vec![Cow::Borrowed(&role.permission)];
        }
        let custom = self.world.of_type(DEFINITIONS).find(|d| d.name().eq_ignore_ascii_case(guid));
        custom.map(|d| Permission::of(&d.body)).unwrap_or_default().into_iter().map(Cow::Owned).collect()
    }

    /// The assignments of the caller that count now (AUTH-05).
    fn assignments(&self) -> impl Iterator<Item = &Document> {
        let now = self.world.now_ms;
        let (granted, revoked) = (self.clock.duration_ms(GRANTED), self.clock.duration_ms(REVOKED));
        let alive = self.world.of_type(ASSIGNMENTS);
        let alive = alive.filter(move |a| a.is_founding() || a.created_ms + granted <= now);
        let going = self.world.revoked.iter().filter(move |(_, at)| at + revoked > now).map(|(a, _)| a);
        let who = self.caller.object_id.as_str();
        alive.chain(going).filter(move |a| a.text("properties.principalId").eq_ignore_ascii_case(who))
    }

    /// Gives the client the roles that were asked for; the one of a new world is an owner if nothing was.
    pub(in crate::localcloud) fn found_roles(&mut self) -> Result<(), String> {
        self.settle_present();
        match self.settings.roles.clone() {
            Some(roles) => self.set_roles(&roles),
            None if self.world.count(FOUNDED) == 0 => self.set_roles(&["Owner".to_owned()]),
            None => Ok(()),
        }
    }

    /// Gives the client these roles instead of the founding ones; nothing is changed if one of them is none.
    pub(in crate::localcloud) fn set_roles(&mut self, roles: &[String]) -> Result<(), String> {
        let mut wanted = Vec::new();
        for role in roles {
            let (name, scope) = role.split_once('@').map_or((role.as_str(), None), |(n, s)| (n, Some(s)));
            let guid = self.role_named(name.trim())?;
            match scope {
                Some(scope) => wanted.push((guid, self.scope_of(scope.trim())?)),
                None => {
                    let own = std::iter::once(&self.world.names.subscription_id);
                    let all = own.chain(&self.settings.subscriptions);
                    wanted.extend(all.map(|id| (guid.clone(), format!("/subscriptions/{id}"))));
                }
            }
        }
        let old: Vec<String> = self
            .world
            .of_type(ASSIGNMENTS)
            .filter(|assignment| assignment.is_founding())
            .map(|assignment| assignment.id.clone())
            .collect();
        for id in old {
            self.world.remove(&id);
        }
        for (guid, scope) in wanted {
            let assignment = self.founding(&guid, &scope);
            self.world.put(assignment);
        }
        self.world.next_life(FOUNDED);
        Ok(())
    }

    fn role_named(&self, name: &str) -> Result<String, String> {
        if let Some(role) = roles::by_name(name).or_else(|| roles::by_guid(name)) {
            return Ok(role.guid.to_owned());
        }
        let custom = self.world.of_type(DEFINITIONS).find(|d| {
            d.name().eq_ignore_ascii_case(name) || d.text("properties.roleName").eq_ignore_ascii_case(name)
        });
        custom.map(|d| d.name().to_owned()).ok_or_else(|| {
            format!("`{name}` is no role of this world: write the name or the GUID of a built-in role, or of one that was made here")
        })
    }

    fn scope_of(&self, scope: &str) -> Result<String, String> {
        let known = scope == "/" || ResourceId::parse(scope).is_some();
        known.then(|| scope.trim_end_matches('/').to_owned()).ok_or_else(|| {
            format!(
                "`{scope}` is no scope: write an id, such as /subscriptions/{}",
                self.world.names.subscription_id
            )
        })
    }

    /// A role assignment that the client has from the beginning.
    fn founding(&self, guid: &str, scope: &str) -> Document {
        let name = self.world.guid(&format!("founding|{guid}|{scope}").to_lowercase());
        let id = format!("{scope}/providers/{ASSIGNMENTS}/{name}");
        let subscription = ResourceId::parse(scope)
            .and_then(|id| id.subscription().map(|s| format!("/subscriptions/{s}")))
            .unwrap_or_default();
        let (now, by) = (self.world.now(), self.world.principal().to_owned());
        Document {
            body: json!({
                "id": id, "name": name, "type": ASSIGNMENTS,
                "properties": {
                    "roleDefinitionId": format!("{subscription}/providers/{DEFINITIONS}/{guid}"),
                    "principalId": by, "principalType": "ServicePrincipal",
                    "scope": if scope.is_empty() { "/" } else { scope },
                    "createdOn": now, "createdBy": by, "updatedOn": now, "updatedBy": by,
                },
            }),
            etag: self.world.guid(&id),
            id,
            type_name: ASSIGNMENTS.to_owned(),
            api_version: String::new(),
            created_ms: 0,
            changed_ms: 0,
            incarnation: 1,
            owner: None,
            operation: None,
        }
    }

    /// The roles of the client, by name and scope.
    pub(in crate::localcloud) fn roles(&self) -> Vec<(String, String)> {
        let who = self.world.principal();
        let own = self
            .world
            .of_type(ASSIGNMENTS)
            .filter(|a| a.text("properties.principalId").eq_ignore_ascii_case(who));
        own.map(|assignment| {
            let guid = role_of(assignment);
            let custom = || {
                let found = self.world.of_type(DEFINITIONS).find(|d| d.name().eq_ignore_ascii_case(guid));
                found.map_or(guid, |d| d.text("properties.roleName")).to_owned()
            };
            let name = roles::by_guid(guid).map_or_else(custom, |role| role.name.to_owned());
            (name, assignment.text("properties.scope").to_owned())
        })
        .collect()
    }
}

/// The scope of an assignment in lower case; `""` for the tenant.
fn home(assignment: &Document) -> String {
    assignment.resource_id().extended().to_lowercase()
}

fn role_of(assignment: &Document) -> &str {
    let id = assignment.text("properties.roleDefinitionId");
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
