//! Microsoft.ContainerRegistry: registries and their replicas.

use serde_json::{Value, json};

use super::common::{bad, insert, plain_region, same, token, view_connections};
use super::connections::{CONNECTION, link_resources};
use super::keyvault::{may_wrap, vault_of_key};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, Location, NameRule, Put, Route, Seconds, Shape, TypeRules, Unique, Update, Written,
    at, text,
};
use crate::localcloud::world::{Document, World};

const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";
const REPLICAS: &str = "Microsoft.ContainerRegistry/registries/replications";

const NAME: NameRule = NameRule {
    length: (5, 50),
    pattern: "[a-zA-Z0-9]+",
    status: 400,
    code: "InvalidResourceName",
    message: "The registry name {name} is invalid: it must be 5 to 50 alphanumeric characters.",
};

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: REGISTRIES,
        name: Some(NAME),
        unique: Unique::Global {
            status: 409,
            code: "AlreadyInUse",
            message: "The registry DNS name {name}.azurecr.io is already in use. You can check if the name is already claimed using following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability",
        },
        put: Shape::REGISTRY_PUT,
        patch: Some(Shape::REGISTRY_PUT),
        delete: Shape::REGISTRY_DELETE,
        seconds: Seconds { create: 15.0, update: 5.0, delete: 10.0 },
        update: Update::Keep,
        system_data: true,
        defaults: &[
            ("properties.adminUserEnabled", "false"),
            ("properties.anonymousPullEnabled", "false"),
            ("properties.dataEndpointEnabled", "false"),
            ("properties.encryption.status", "\"disabled\""),
            ("properties.networkRuleBypassOptions", "\"AzureServices\""),
            ("properties.policies.azureADAuthenticationAsArmPolicy.status", "\"enabled\""),
            ("properties.policies.exportPolicy.status", "\"enabled\""),
            ("properties.policies.quarantinePolicy.status", "\"disabled\""),
            ("properties.policies.retentionPolicy.days", "7"),
            ("properties.policies.retentionPolicy.status", "\"disabled\""),
            ("properties.policies.trustPolicy.status", "\"disabled\""),
            ("properties.policies.trustPolicy.type", "\"Notary\""),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.zoneRedundancy", "\"Disabled\""),
        ],
        write_only: &["properties.passwordRounds"],
        immutable: &["properties.zoneRedundancy"],
        actions: &[
            Action {
                name: "listCredentials",
                method: "POST",
                run: list_credentials,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "regenerateCredential",
                method: "POST",
                run: regenerate,
                shape: None,
                seconds: 0.0,
            },
        ],
        normalise: Some(registry),
        written: Some(registry_written),
        view: Some(view_registry),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.ContainerRegistry/registries/privateEndpointConnections",
        ..CONNECTION
    },
    TypeRules {
        type_name: REPLICAS,
        name: Some(NAME),
        location: Location::Regional,
        taggable: true,
        put: Shape::REGISTRY_PUT,
        patch: Some(Shape::REGISTRY_PUT),
        delete: Shape::REGISTRY_DELETE,
        seconds: Seconds { create: 30.0, update: 5.0, delete: 15.0 },
        defaults: &[
            ("properties.regionEndpointEnabled", "true"),
            ("properties.zoneRedundancy", "\"Disabled\""),
            ("properties.status.displayStatus", "\"Ready\""),
        ],
        immutable: &["properties.zoneRedundancy"],
        normalise: Some(replica),
        may_delete: Some(may_delete_replica),
        ..TypeRules::NESTED
    },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}/privateLinkResources",
    run: |world, call| link_resources(world, REGISTRIES, call),
}];

/// What needs a Premium registry: a path, the value that asks for it, and what it is called.
const PREMIUM: &[(&str, &str, &str)] = &[
    ("properties.publicNetworkAccess", "Disabled", "disabling public network access"),
    ("properties.dataEndpointEnabled", "true", "data endpoints"),
    ("properties.encryption.status", "enabled", "a customer-managed key"),
    ("properties.policies.exportPolicy.status", "disabled", "disabling exports"),
    ("properties.networkRuleSet.defaultAction", "Deny", "network rules"),
];

/// A registry's PUT.
fn registry(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name().to_lowercase();
    let sku = text(&put.body, "sku.name").to_owned();
    put.set("sku.tier", sku.clone());
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let needs =
        PREMIUM.iter().find(|(path, value, _)| at(&put.body, path).is_some_and(|v| plain(v) == *value));
    if let (true, Some((path, _, what))) = (sku != "Premium", needs) {
        return Err(bad(
            "FeatureNotSupportedForSku",
            format!("Registry {name} of SKU {sku} does not support {what} ({path}): it needs SKU Premium."),
        )
        .target(*path));
    }
    if text(&put.body, "properties.policies.exportPolicy.status") == "disabled"
        && text(&put.body, "properties.publicNetworkAccess") != "Disabled"
    {
        return Err(bad(
            "ExportPolicyNotSupported",
            format!("Exports of registry {name} can be disabled only with public network access disabled."),
        ));
    }
    let now = world.now();
    put.keep("properties.creationDate", || now.clone().into());
    put.keep("properties.policies.retentionPolicy.lastUpdatedTime", || now.clone().into());
    put.set("properties.loginServer", format!("{name}.azurecr.io"));
    if sku == "Premium" && put.get("properties.networkRuleSet").is_none() {
        let action =
            if text(&put.body, "properties.publicNetworkAccess") == "Disabled" { "Deny" } else { "Allow" };
        put.set("properties.networkRuleSet", json!({ "defaultAction": action, "ipRules": [] }));
    }
    if put.get("properties.networkRuleSet").is_some() {
        super::common::default_to(put, "properties.networkRuleSet.ipRules", json!([]));
        if let Some(Value::Array(rules)) = put.body.pointer_mut("/properties/networkRuleSet/ipRules") {
            for rule in rules {
                super::common::insert_default(rule, "action", "Allow");
            }
        }
    }
    key(world, put)
}

fn key(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if text(&put.body, "properties.encryption.status") != "enabled" {
        return Ok(());
    }
    let address = text(&put.body, "properties.encryption.keyVaultProperties.keyIdentifier").to_owned();
    let client = text(&put.body, "properties.encryption.keyVaultProperties.identity").to_owned();
    let Some((vault, name)) = vault_of_key(world, &address) else {
        return Err(bad("KeyVaultKeyNotFound", format!("The key {address} was not found.")));
    };
    if vault.at("properties.enablePurgeProtection") != Some(&Value::Bool(true)) {
        return Err(bad(
            "KeyVaultPurgeProtectionDisabled",
            format!("The key vault {} must have soft delete and purge protection enabled.", vault.name()),
        ));
    }
    let identity = world
        .of_type("Microsoft.ManagedIdentity/userAssignedIdentities")
        .find(|i| same(i.text("properties.clientId"), &client));
    let principal = identity.map_or("", |i| i.text("properties.principalId"));
    if !may_wrap(world, vault, principal) {
        return Err(ArmFailure::new(
            403,
            "CannotAccessKeyVault",
            format!("The identity {client} may not get, wrap and unwrap with the key {address}."),
        ));
    }
    let versioned = world
        .get(&format!("{}/keys/{name}", vault.id))
        .map_or(address.clone(), |key| key.text("properties.keyUriWithVersion").to_owned());
    put.set("properties.encryption.keyVaultProperties.versionedKeyIdentifier", versioned);
    put.set("properties.encryption.keyVaultProperties.keyRotationEnabled", address.split('/').count() < 6);
    let now = world.now();
    put.keep("properties.encryption.keyVaultProperties.lastKeyRotationTimestamp", || now.into());
    Ok(())
}

/// A Premium registry replicates to its own region.
fn registry_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(registry) = world.get(written.id.key()).cloned() else { return Ok(()) };
    if registry.text("sku.name") != "Premium" {
        return Ok(());
    }
    let id = written.id.child("replications", &plain_region(&written.location));
    if world.get(id.key()).is_none() {
        let body = json!({
            "location": written.location,
            "properties": {
                "provisioningState": "Succeeded",
                "status": { "displayStatus": "Ready", "timestamp": world.now() },
                "regionEndpointEnabled": true,
                "zoneRedundancy": registry.text("properties.zoneRedundancy"),
            },
        });
        world.put_implied(&id, REPLICAS, body, None);
    }
    Ok(())
}

/// The hosts of the data endpoints: one a region.
fn view_registry(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let name = document.name().to_lowercase();
    let hosts: Vec<String> = if at(body, "properties.dataEndpointEnabled") == Some(&Value::Bool(true)) {
        let replicas = world.children(&document.id, REPLICAS);
        replicas.iter().map(|r| format!("{name}.{}.data.azurecr.io", plain_region(r.location()))).collect()
    } else {
        Vec::new()
    };
    if let Some(properties) = body.get_mut("properties") {
        insert(properties, "dataEndpointHostNames", hosts);
    }
}

/// A replica's PUT.
fn replica(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let registry = put.id.parent_resource().and_then(|r| world.get(r.key()));
    match registry {
        Some(registry) if registry.text("sku.name") != "Premium" => Err(bad(
            "ReplicationNotAllowed",
            format!("Registry {} must have SKU Premium to be replicated.", registry.name()),
        )),
        _ => Ok(()),
    }
}

/// The replica of the home region goes with the registry only.
fn may_delete_replica(world: &World, replica: &Document) -> Result<(), ArmFailure> {
    let registry = replica.resource_id().parent_resource().and_then(|r| world.get(r.key()));
    match registry {
        Some(home) if plain_region(home.location()) == plain_region(replica.location()) => {
            Err(ArmFailure::new(
                409,
                "CannotDeleteHomeReplication",
                format!(
                    "The replication {} is in the home region of its registry and cannot be deleted.",
                    replica.name()
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn credentials(world: &World, call: &Call) -> Result<Answer, ArmFailure> {
    let registry = world.get(call.id.key()).unwrap_or(&call.document);
    if registry.at("properties.adminUserEnabled") != Some(&Value::Bool(true)) {
        return Err(bad(
            "UnAuthorizedForCredentialOperations",
            format!(
                "Cannot perform credential operations for {} as admin user is disabled. Kindly enable admin user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account",
                registry.id
            ),
        ));
    }
    let passwords: Vec<Value> = ["password", "password2"]
        .iter()
        .map(|name| {
            let round =
                registry.at(&format!("properties.{ROUNDS}.{name}")).and_then(Value::as_u64).unwrap_or(0);
            json!({ "name": name, "value": token(world, &registry.id, &format!("{name}|{round}"), 52) })
        })
        .collect();
    Ok(Answer::ok(json!({ "username": registry.name(), "passwords": passwords })))
}

fn list_credentials(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    credentials(world, call)
}

/// Where the rounds of regeneration are counted; the row keeps it out of answers.
const ROUNDS: &str = "passwordRounds";

fn regenerate(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let name = text(&call.body, "name").to_owned();
    if !["password", "password2"].contains(&name.as_str()) {
        return Err(bad(
            "InvalidRequestContent",
            format!("'{name}' is no password of a registry: password, password2."),
        ));
    }
    credentials(world, call)?;
    world.change(call.id.key(), |body| {
        let round = at(body, &format!("properties.{ROUNDS}.{name}")).and_then(Value::as_u64).unwrap_or(0) + 1;
        crate::localcloud::rules::set(body, &format!("properties.{ROUNDS}.{name}"), round.into());
    });
    credentials(world, call)
}
