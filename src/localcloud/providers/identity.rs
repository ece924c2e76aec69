//! Microsoft.ManagedIdentity: user-assigned identities, whose service principals the tenant's directory knows.

use serde_json::Value;

use super::common::{array, bad, same};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{NameRule, Put, Seconds, Shape, TypeRules, text};
use crate::localcloud::world::World;

const CREDENTIALS: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";

const fn name(length: (usize, usize), pattern: &'static str) -> NameRule {
    NameRule {
        length,
        pattern,
        status: 400,
        code: "InvalidResourceName",
        message: "The name '{name}' of a resource of type {type} is invalid.",
    }
}

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: "Microsoft.ManagedIdentity/userAssignedIdentities",
        name: Some(name((3, 128), "[0-9a-zA-Z][0-9a-zA-Z_-]*")),
        put: Shape::SYNC,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
        provisioning_state: false,
        echo_lower_groups: true,
        normalise: Some(identity),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: CREDENTIALS,
        name: Some(name((3, 120), "[a-zA-Z0-9][a-zA-Z0-9_-]*")),
        put: Shape::SYNC,
        seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
        provisioning_state: false,
        normalise: Some(credential),
        ..TypeRules::NESTED
    },
];

/// An identity's PUT.
fn identity(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let key = put.id.key().to_owned();
    put.set("properties.tenantId", world.tenant());
    put.set("properties.principalId", world.new_guid(&key, "principalId"));
    put.set("properties.clientId", world.new_guid(&key, "clientId"));
    super::common::default_to(put, "properties.isolationScope", "None");
    Ok(())
}

/// A credential's PUT: issuer and subject are unique on an identity.
fn credential(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if array(&put.body, "properties.audiences").iter().filter_map(Value::as_str).count() != 1 {
        return Err(bad("BadRequest", "A federated identity credential has exactly one audience."));
    }
    let Some(parent) = put.id.parent_resource() else { return Ok(()) };
    let of = |body: &Value| {
        (text(body, "properties.issuer").to_owned(), text(body, "properties.subject").to_owned())
    };
    let mine = of(&put.body);
    let twin = world
        .children(parent.as_str(), CREDENTIALS)
        .into_iter()
        .find(|c| c.key() != put.id.key() && of(&c.body) == mine);
    match twin {
        Some(twin) if !same(twin.name(), put.id.name()) => Err(ArmFailure::new(
            409,
            "Conflict",
            format!(
                "Issuer and subject combination already exists for this Managed Identity: {}.",
                twin.name()
            ),
        )),
        _ => Ok(()),
    }
}
