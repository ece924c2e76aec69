//! Microsoft.Authorization: role assignments and definitions, locks, policies.

use serde_json::{Value, json};

use super::common::{array, bad, default_to, hex, principal_type, same};
use super::roles;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::lag::DIRECTORY;
use crate::localcloud::policy;
use crate::localcloud::rules::{Listing, Location, NameRule, Put, Seconds, Shape, TypeRules, at, set, text};
use crate::localcloud::world::{Document, World};

pub(in crate::localcloud) const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
pub(in crate::localcloud) const DEFINITIONS: &str = "Microsoft.Authorization/roleDefinitions";

const GUID: &str = "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}";

const fn guid(code: &'static str, message: &'static str) -> NameRule {
    NameRule { length: (36, 36), pattern: GUID, status: 400, code, message }
}

const AT_ONCE: Seconds = Seconds { create: 0.0, update: 0.0, delete: 0.0 };

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: ASSIGNMENTS,
        name: Some(guid(
            "InvalidRoleAssignmentId",
            "The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.",
        )),
        put: Shape::SYNC,
        delete: Shape::DELETE_BODY,
        seconds: AT_ONCE,
        normalise: Some(assignment),
        deleted: Some(|world, assignment| world.revoke(assignment.clone())),
        listing: Listing::AboveAndBelow,
        unseen: 10.0,
        lingers: 10.0,
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: DEFINITIONS,
        name: Some(guid(
            "InvalidRoleDefinitionId",
            "The role definition ID '{name}' is not valid. The role definition ID must be a GUID.",
        )),
        put: Shape::SYNC,
        delete: Shape::DELETE_BODY,
        seconds: AT_ONCE,
        normalise: Some(definition),
        may_delete: Some(may_delete_definition),
        built_in: Some(|_| roles::definitions()),
        listing: Listing::AboveAndBelow,
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.Authorization/locks",
        name: Some(NameRule {
            length: (1, 260),
            pattern: "[^<>%&:?/\\\\]*[^<>%&:?/\\\\. ]",
            status: 400,
            code: "InvalidLockName",
            message: "The lock name '{name}' is invalid.",
        }),
        put: Shape::SYNC,
        seconds: AT_ONCE,
        normalise: Some(lock),
        listing: Listing::Below,
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.Authorization/policyAssignments",
        put: Shape::SYNC,
        delete: Shape::DELETE_BODY,
        seconds: AT_ONCE,
        defaults: &[("properties.enforcementMode", "\"Default\""), ("properties.notScopes", "[]")],
        location: Location::Optional,
        normalise: Some(policy_assignment),
        listing: Listing::AboveAndBelow,
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.Authorization/policyDefinitions",
        put: Shape::SYNC,
        seconds: AT_ONCE,
        defaults: &[("properties.policyType", "\"Custom\""), ("properties.mode", "\"Indexed\"")],
        normalise: Some(policy_definition),
        built_in: Some(|_| policy::built_in::definitions().to_vec()),
        listing: Listing::AboveAndBelow,
        ..TypeRules::EXTENSION
    },
    TypeRules {
        type_name: "Microsoft.Authorization/policySetDefinitions",
        put: Shape::SYNC,
        seconds: AT_ONCE,
        defaults: &[("properties.policyType", "\"Custom\"")],
        normalise: Some(policy_set),
        listing: Listing::AboveAndBelow,
        ..TypeRules::EXTENSION
    },
];

/// The last segment of a definition's id: what is compared (ROL-04).
fn role_of(body: &Value) -> &str {
    text(body, "properties.roleDefinitionId").trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// A role assignment's PUT (ROL-01..04).
fn assignment(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let scope = put.id.extended().to_owned();
    let principal = text(&put.body, "properties.principalId").to_owned();
    let role = role_of(&put.body).to_owned();
    if principal.is_empty() || role.is_empty() {
        return Err(bad(
            "InvalidRequestContent",
            "The request content was invalid: roleDefinitionId and principalId are required.",
        ));
    }
    let not_permitted = || {
        bad(
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
    };
    if let Some(old) = put.existing {
        if !same(old.text("properties.principalId"), &principal) || !same(role_of(&old.body), &role) {
            return Err(not_permitted());
        }
    } else if world.of_type(ASSIGNMENTS).any(|other| same(other.name(), put.id.name())) {
        // Names are unique in the tenant, not in a scope (ROL-03).
        return Err(not_permitted());
    }
    let custom = world.of_type(DEFINITIONS).any(|d| same(d.name(), &role));
    if roles::by_guid(&role).is_none() && !custom {
        return Err(ArmFailure::new(
            404,
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{}' does not exist.", hex(&role)),
        ));
    }
    let twin = world.of_type(ASSIGNMENTS).find(|other| {
        other.key() != put.id.key()
            && same(other.resource_id().extended(), &scope)
            && same(other.text("properties.principalId"), &principal)
            && same(role_of(&other.body), &role)
    });
    if let Some(twin) = twin {
        return Err(ArmFailure::new(
            409,
            "RoleAssignmentExists",
            format!(
                "The role assignment already exists. The ID of the existing role assignment is {}.",
                hex(twin.name())
            ),
        ));
    }
    principal_kind(world, put, &principal)?;
    let subscription = put.id.subscription().map(|s| format!("/subscriptions/{s}")).unwrap_or_default();
    put.set("properties.roleDefinitionId", format!("{subscription}/providers/{DEFINITIONS}/{role}"));
    put.set("properties.scope", if scope.is_empty() { "/".to_owned() } else { scope });
    let now = world.now();
    let by = world.principal().to_owned();
    put.keep("properties.createdOn", || now.clone().into());
    put.keep("properties.createdBy", || by.clone().into());
    put.set("properties.updatedOn", now);
    put.set("properties.updatedBy", by);
    if !text(&put.body, "properties.condition").is_empty() {
        default_to(put, "properties.conditionVersion", "2.0");
    }
    Ok(())
}

/// ROL-02: a principal that the directory does not know is accepted only if its type is said.
fn principal_kind(world: &World, put: &mut Put, principal: &str) -> Result<(), ArmFailure> {
    let said = text(&put.body, "properties.principalType").to_owned();
    let (known, since_ms) = principal_type(world, principal).unzip();
    let passing = since_ms.is_some_and(|since_ms| world.unsettled(since_ms, DIRECTORY));
    match known.filter(|_| !passing) {
        Some(known) if said.is_empty() => put.set("properties.principalType", known),
        Some(known) if !same(known, &said) => {
            return Err(bad(
                "UnmatchedPrincipalType",
                format!(
                    "The PrincipalId '{}' has type '{known}' , which is different from specified PrinciaplType '{said}'.",
                    hex(principal)
                ),
            ));
        }
        None if said.is_empty() => {
            return Err(bad(
                "PrincipalNotFound",
                format!(
                    "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
                    hex(principal),
                    world.tenant()
                ),
            )
            .passing(passing));
        }
        _ => {}
    }
    Ok(())
}

/// A custom role's PUT.
fn definition(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.name().to_owned();
    if roles::by_guid(&id).is_some() {
        return Err(ArmFailure::new(
            403,
            "RoleDefinitionNotEditable",
            format!("The role definition {id} is built in and cannot be changed."),
        ));
    }
    let name = text(&put.body, "properties.roleName").to_owned();
    let taken = roles::by_name(&name).is_some()
        || world
            .of_type(DEFINITIONS)
            .any(|d| !same(d.name(), &id) && same(d.text("properties.roleName"), &name));
    if taken || name.is_empty() {
        return Err(ArmFailure::new(
            409,
            "RoleDefinitionWithSameNameExists",
            format!(
                "A custom role with the same name '{name}' already exists in this directory. Use a different name."
            ),
        ));
    }
    let scope = match put.id.extended() {
        "" => "/".to_owned(),
        scope => scope.to_owned(),
    };
    if array(&put.body, "properties.assignableScopes").is_empty() {
        put.set("properties.assignableScopes", json!([scope]));
    }
    put.set("properties.type", "CustomRole");
    default_to(put, "properties.description", "");
    if let Some(Value::Array(permissions)) = put.body.pointer_mut("/properties/permissions") {
        for permission in permissions {
            for list in ["actions", "notActions", "dataActions", "notDataActions"] {
                super::common::insert_default(permission, list, json!([]));
            }
        }
    }
    let now = world.now();
    let by = world.principal().to_owned();
    put.keep("properties.createdOn", || now.clone().into());
    put.keep("properties.createdBy", || by.clone().into());
    put.set("properties.updatedOn", now);
    put.set("properties.updatedBy", by);
    Ok(())
}

/// ROL-04: a role that is assigned stays.
fn may_delete_definition(world: &World, definition: &Document) -> Result<(), ArmFailure> {
    if world.of_type(ASSIGNMENTS).any(|a| same(role_of(&a.body), definition.name())) {
        return Err(bad(
            "RoleDefinitionHasAssignments",
            "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
        ));
    }
    Ok(())
}

/// A lock's PUT.
fn lock(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let level = text(&put.body, "properties.level");
    if !["CanNotDelete", "ReadOnly"].contains(&level) {
        return Err(bad(
            "InvalidLockLevel",
            format!("The lock level '{level}' is invalid: CanNotDelete or ReadOnly."),
        ));
    }
    if text(&put.body, "properties.notes").chars().count() > 512 {
        return Err(bad("InvalidLockNotes", "The notes of a lock have at most 512 characters."));
    }
    Ok(())
}

/// A policy definition's PUT: the service says who made and changed it.
fn policy_definition(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    policy::judge_definition(put.id.name(), &put.body["properties"])?;
    let asked = text(&put.body, "properties.policyType");
    if asked != "Custom" {
        return Err(bad("InvalidPolicyDefinition", format!("The policy type '{asked}' cannot be written.")));
    }
    stamp(world, put);
    Ok(())
}

/// A set definition's PUT: its members must be there, and get a name each.
fn policy_set(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let members = array(&put.body, "properties.policyDefinitions").to_vec();
    if members.is_empty() {
        return Err(bad("InvalidRequestContent", "The policy set definition names no policy definition."));
    }
    let mut named = Vec::new();
    for (at, mut member) in members.into_iter().enumerate() {
        let id = text(&member, "policyDefinitionId");
        if policy::definition(world, id).is_none() {
            let message = format!(
                "The policy definition '{id}' of policy set definition '{}' could not be found.",
                put.id.name()
            );
            return Err(ArmFailure::new(404, "PolicyDefinitionNotFound", message));
        }
        if text(&member, "policyDefinitionReferenceId").is_empty() {
            set(&mut member, "policyDefinitionReferenceId", (at + 1).to_string().into());
        }
        named.push(member);
    }
    put.set("properties.policyDefinitions", named);
    stamp(world, put);
    Ok(())
}

/// Who made and changed a policy stands among what its author says of it.
fn stamp(world: &World, put: &mut Put) {
    let (now, by) = (world.now(), world.principal().to_owned());
    let old = !put.is_new();
    put.keep("properties.metadata.createdBy", || by.clone().into());
    put.keep("properties.metadata.createdOn", || now.clone().into());
    put.set("properties.metadata.updatedBy", if old { Value::from(by) } else { Value::Null });
    put.set("properties.metadata.updatedOn", if old { Value::from(now) } else { Value::Null });
}

/// A policy assignment's PUT.
fn policy_assignment(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let scope = put.id.extended().to_owned();
    put.set("properties.scope", scope);
    stamp(world, put);
    if at(&put.body, "properties.policyDefinitionId").is_none() {
        return Err(bad("InvalidRequestContent", "The policy assignment names no policy definition."));
    }
    policy::judge_assignment(world, put.id.name(), &put.body["properties"])
}
