//! Types of the tests: one per shape and rule of the engine.

use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::*;
use serde_json::{Value, json};

const NAME: NameRule = NameRule {
    length: (3, 24),
    pattern: "[a-z0-9]+",
    status: 400,
    code: "AccountNameInvalid",
    message: "{name} is not a valid name of {type}.",
};

const VAULT_SOFT: SoftDelete = SoftDelete {
    applies: |_| true,
    days: |body| at(body, "properties.days").and_then(Value::as_u64).unwrap_or(90) as u32,
    purge_protected: |body| at(body, "properties.protected") == Some(&Value::Bool(true)),
    bypass: None,
    recover: Recover::CreateMode,
    listed_as: Some("deletedSafes"),
    taken: (409, "ConflictError", "A safe with the same name already exists in deleted state."),
};

fn network_of(
    world: &crate::localcloud::world::World,
    document: &crate::localcloud::world::Document,
) -> Result<(), ArmFailure> {
    match world.referrers_within(&document.id).first() {
        Some(user) => Err(ArmFailure::new(
            400,
            "InUseSubnetCannotBeDeleted",
            format!("Subnet {} is in use by {} and cannot be deleted.", document.name(), user.id),
        )),
        None => Ok(()),
    }
}

pub(in crate::localcloud) const TABLES: &[&[TypeRules]] = &[&[
    TypeRules {
        type_name: "Microsoft.Orbital/nets",
        versions: &["2024-01-01", "2023-01-01"],
        inline: &[Inline {
            path: "properties.subnets",
            child: "Microsoft.Orbital/nets/subnets",
            absent: Absent::Keep,
        }],
        seconds: Seconds { create: 4.0, update: 3.0, delete: 10.0 },
        may_delete: Some(network_of),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Orbital/nets/subnets",
        location: Location::None,
        taggable: false,
        serial: true,
        defaults: &[("properties.policy", "\"Disabled\"")],
        seconds: Seconds { create: 4.0, update: 3.0, delete: 10.0 },
        may_delete: Some(network_of),
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Orbital/plugs",
        references: &[Reference { path: "properties.subnet.id", missing: Missing::InvalidResourceReference }],
        seconds: Seconds { create: 30.0, update: 30.0, delete: 10.0 },
        ..TypeRules::NETWORK
    },
    TypeRules {
        type_name: "Microsoft.Orbital/zones",
        location: Location::Global,
        put: Shape::PRIVATE_DNS_PUT,
        delete: Shape::PRIVATE_DNS_DELETE,
        patch: None,
        seconds: Seconds { create: 30.0, update: 30.0, delete: 30.0 },
        refuse_nested: true,
        etag: Etag::Guid,
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/zones/links",
        location: Location::Optional,
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: "Microsoft.Orbital/accounts",
        put: Shape::STORAGE_PUT,
        unseen: 3.0,
        delete: Shape::DELETE_SYNC,
        seconds: Seconds { create: 20.0, update: 1.0, delete: 1.0 },
        name: Some(NAME),
        unique: Unique::Global {
            status: 409,
            code: "AccountAlreadyTaken",
            message: "The account named {name} is already taken.",
        },
        update: Update::Keep,
        defaults: &[("properties.tls", "\"TLS1_2\""), ("properties.acls?.bypass", "\"AzureServices\"")],
        sets: &["properties.ranges"],
        write_only: &["properties.password"],
        immutable: &["kind"],
        actions: &[
            Action {
                name: "listKeys",
                method: "POST",
                run: |_, call| Ok(Answer::ok(json!({"keys": [call.document.name()]}))),
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "rules/add",
                method: "PUT",
                run: |world, call| {
                    let rules = call.body["rules"].clone();
                    world.change(call.id.as_str(), |body| set(body, "properties.rules", rules));
                    Ok(Answer::empty(200))
                },
                shape: None,
                seconds: 0.0,
            },
        ],
        written: Some(|world, written| {
            if written.is_new {
                let child = written.id.child("services", "default");
                world.put_implied(
                    &child,
                    "Microsoft.Orbital/accounts/services",
                    json!({"properties": {}}),
                    Some(written.id.key()),
                );
            }
            Ok(())
        }),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.Orbital/accounts/services", deletable: false, ..TypeRules::NESTED },
    TypeRules {
        type_name: "Microsoft.Orbital/safes",
        put: Shape::VAULT_PUT,
        delete: Shape::DELETE_SYNC,
        seconds: Seconds { create: 30.0, update: 1.0, delete: 1.0 },
        unique: Unique::Global {
            status: 409,
            code: "SafeAlreadyExists",
            message: "The safe name '{name}' is already in use.",
        },
        soft_delete: Some(VAULT_SOFT),
        normalise: Some(|_, put| {
            put.keep("properties.safeUri", || "https://safe".into());
            remove(&mut put.body, "properties.createMode");
            Ok(())
        }),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.Orbital/safes/keys", ..TypeRules::NESTED },
    TypeRules {
        type_name: "Microsoft.Orbital/logs",
        put: Shape::STATE_ONLY,
        seconds: Seconds { create: 30.0, update: 5.0, delete: 1.0 },
        soft_delete: Some(SoftDelete {
            recover: Recover::SamePut,
            days: |_| 14,
            bypass: Some("force"),
            listed_as: None,
            ..VAULT_SOFT
        }),
        normalise: Some(|world, put| {
            let guid = world.new_guid(put.id.key(), "customer");
            put.keep("properties.customerId", || guid.into());
            Ok(())
        }),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/labs",
        put: Shape::ML_PUT,
        delete: Shape::ML_DELETE,
        seconds: Seconds { create: 60.0, update: 20.0, delete: 30.0 },
        system_data: true,
        soft_delete: Some(SoftDelete {
            recover: Recover::Flag("isSoftDeleted"),
            days: |_| 14,
            bypass: Some("forceToPurge"),
            listed_as: None,
            applies: |body| at(body, "properties.encryption").is_none(),
            taken: (400, "BadRequest", "Soft-deleted workspace exists. Please purge or recover it."),
            ..VAULT_SOFT
        }),
        completed: Some(|world, written| {
            // Brings a managed group with one resource; refuses what is marked.
            let lab = world.get(written.id.as_str()).cloned();
            if lab.is_some_and(|lab| at(&lab.body, "properties.doomed").is_some()) {
                return Err(ArmFailure::new(400, "BadRequest", "The lab is doomed."));
            }
            let owner = written.id.key().to_owned();
            let group = crate::localcloud::id::ResourceId::parse(&format!(
                "/subscriptions/{}/resourceGroups/managed-{}",
                world.subscription(),
                written.id.name()
            ));
            if let Some(group) = group {
                world.put_implied(
                    &group,
                    "Microsoft.Resources/resourceGroups",
                    json!({"location": written.location, "managedBy": written.id.as_str(), "properties": {"provisioningState": "Succeeded"}}),
                    Some(&owner),
                );
                let inner = group.extension("Microsoft.Orbital/accounts", "inner1");
                world.put_implied(
                    &inner,
                    "Microsoft.Orbital/accounts",
                    json!({"location": written.location, "properties": {}}),
                    Some(&owner),
                );
            }
            Ok(())
        }),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/labs/machines",
        location: Location::Optional,
        put: Shape::ML_COMPUTE_PUT,
        delete: Shape::ML_COMPUTE_DELETE,
        seconds: Seconds { create: 60.0, update: 20.0, delete: 30.0 },
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: "Microsoft.Orbital/databases",
        put: Shape::COSMOS_PUT,
        delete: Shape::COSMOS_DELETE,
        seconds: Seconds { create: 100.0, update: 50.0, delete: 100.0 },
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/registries",
        put: Shape::REGISTRY_PUT,
        delete: Shape::REGISTRY_DELETE,
        seconds: Seconds { create: 10.0, update: 5.0, delete: 10.0 },
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/identities",
        put: Shape::IDENTITY_PUT,
        provisioning_state: false,
        echo_lower_groups: true,
        normalise: Some(|world, put| {
            let principal = world.new_guid(put.id.key(), "principal");
            put.keep("properties.principalId", || principal.into());
            put.keep("properties.clientId", || world.new_guid(put.id.key(), "client").into());
            Ok(())
        }),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/insights",
        echo_type: Some("microsoft.orbital/insights"),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Orbital/grants",
        delete: Shape::DELETE_BODY,
        listing: Listing::AboveAndBelow,
        built_in: Some(|_| {
            vec![json!({"name": "built-in", "properties": {"roleName": "Owner", "type": "BuiltInRole"}})]
        }),
        ..TypeRules::EXTENSION
    },
]];
