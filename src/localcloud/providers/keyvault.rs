//! Microsoft.KeyVault: vaults, their access policies, keys and secrets through ARM.

use serde_json::{Value, json};

use super::common::{array, bad, default_to, hex, insert, insert_default, same, view_connections};
use super::connections::{CONNECTION, link_resources};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::lag::VAULT_ROLES;
use crate::localcloud::rules::{
    Action, Answer, Call, Location, NameRule, Put, Recover, Route, Seconds, Shape, SoftDelete, TypeRules,
    Unique, Written, at, text,
};
use crate::localcloud::schema;
use crate::localcloud::world::{Document, Gone, World, iso};

const VAULTS: &str = "Microsoft.KeyVault/vaults";

const ITEM_NAME: NameRule = NameRule {
    length: (1, 127),
    pattern: "[a-zA-Z0-9-]+",
    status: 400,
    code: "BadRequest",
    message: "The request URI contains an invalid name: {name}",
};

const ITEM: TypeRules = TypeRules {
    name: Some(ITEM_NAME),
    put: Shape::SYNC_200,
    seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
    taggable: true,
    provisioning_state: false,
    deletable: false,
    ..TypeRules::NESTED
};

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: VAULTS,
        name: Some(NameRule {
            length: (3, 24),
            pattern: "[a-zA-Z]([a-zA-Z0-9]|-[a-zA-Z0-9])*",
            status: 400,
            code: "VaultNameNotValid",
            message: "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742",
        }),
        unique: Unique::Global {
            status: 409,
            code: "VaultAlreadyExists",
            message: "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, see https://aka.ms/keyvault-soft-delete",
        },
        put: Shape::VAULT_PUT,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 30.0, update: 2.0, delete: 5.0 },
        provisioning_state: true,
        system_data: true,
        defaults: &[
            ("properties.softDeleteRetentionInDays", "90"),
            ("properties.enableRbacAuthorization", "false"),
            ("properties.enabledForDeployment", "false"),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.networkAcls?.bypass", "\"AzureServices\""),
            ("properties.networkAcls?.defaultAction", "\"Allow\""),
            ("properties.networkAcls?.ipRules", "[]"),
            ("properties.networkAcls?.virtualNetworkRules", "[]"),
        ],
        write_only: &["properties.createMode"],
        soft_delete: Some(SoftDelete {
            applies: |_| true,
            days: |body| {
                at(body, "properties.softDeleteRetentionInDays")
                    .and_then(Value::as_u64)
                    .map_or(90, |d| d.min(90) as u32)
            },
            purge_protected: |body| at(body, "properties.enablePurgeProtection") == Some(&Value::Bool(true)),
            bypass: None,
            recover: Recover::CreateMode,
            listed_as: Some("deletedVaults"),
            taken: (
                409,
                "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
            ),
        }),
        actions: &[
            Action { name: "accessPolicies/add", method: "PUT", run: add, shape: None, seconds: 0.0 },
            Action { name: "accessPolicies/replace", method: "PUT", run: replace, shape: None, seconds: 0.0 },
            Action { name: "accessPolicies/remove", method: "PUT", run: remove, shape: None, seconds: 0.0 },
        ],
        normalise: Some(vault),
        view: Some(view_vault),
        deleted_view: Some(view_deleted),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.KeyVault/vaults/privateEndpointConnections", ..CONNECTION },
    TypeRules {
        type_name: "Microsoft.KeyVault/vaults/keys",
        location: Location::None,
        normalise: Some(key),
        written: Some(key_written),
        ..ITEM
    },
    TypeRules { type_name: "Microsoft.KeyVault/vaults/keys/versions", normalise: Some(version), ..ITEM },
    TypeRules {
        type_name: "Microsoft.KeyVault/vaults/secrets",
        write_only: &["properties.value"],
        normalise: Some(secret),
        ..ITEM
    },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}/privateLinkResources",
    run: |world, call| link_resources(world, VAULTS, call),
}];

fn truth(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}

/// A vault's PUT (NAM-03, KV-01, KV-02).
fn vault(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if at(put.sent, "properties.enablePurgeProtection") == Some(&Value::Bool(false)) {
        return Err(bad(
            "BadRequest",
            "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.",
        ));
    }
    if let Some(old) = put.existing {
        let asked = at(put.sent, "properties.softDeleteRetentionInDays");
        if asked.is_some() && asked != old.at("properties.softDeleteRetentionInDays") {
            return Err(bad(
                "BadRequest",
                "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.",
            ));
        }
        let days = old.at("properties.softDeleteRetentionInDays").cloned();
        put.set("properties.softDeleteRetentionInDays", days.unwrap_or_else(|| 90.into()));
        if truth(old.at("properties.enablePurgeProtection")) {
            put.set("properties.enablePurgeProtection", true);
        }
    }
    let days = put.get("properties.softDeleteRetentionInDays").and_then(Value::as_i64).unwrap_or(90);
    if !(7..=90).contains(&days) {
        return Err(bad(
            "BadRequest",
            format!("The property \"softDeleteRetentionInDays\" must be between 7 and 90; it is {days}."),
        ));
    }
    // Soft delete is always on, whatever is asked (NAM-03).
    put.set("properties.enableSoftDelete", true);
    let recovers = text(put.sent, "properties.createMode").eq_ignore_ascii_case("recover");
    let rbac = truth(put.get("properties.enableRbacAuthorization"));
    if !put.patch && put.get("properties.accessPolicies").is_none() && !rbac && !recovers {
        return Err(bad(
            "BadRequest",
            "The parameter accessPolicies is not specified: it is required unless enableRbacAuthorization is true.",
        ));
    }
    default_to(put, "properties.accessPolicies", json!([]));
    let tenant = text(&put.body, "properties.tenantId").to_owned();
    judge_policies(array(&put.body, "properties.accessPolicies"), &tenant)?;
    default_to(put, "properties.sku.family", "A");
    normalise_acls(world, put)?;
    put.set("properties.vaultUri", format!("https://{}.vault.azure.net/", put.id.name().to_lowercase()));
    Ok(())
}

fn judge_policies(policies: &[Value], tenant: &str) -> Result<(), ArmFailure> {
    if policies.len() > 1024 {
        return Err(bad(
            "BadRequest",
            format!("A vault has at most 1024 access policies, not {}.", policies.len()),
        ));
    }
    match policies.iter().find(|policy| !same(text(policy, "tenantId"), tenant)) {
        None => Ok(()),
        Some(policy) => Err(bad(
            "BadRequest",
            format!(
                "An invalid value was provided for 'accessPolicies': tenant {} is not the vault's tenant {tenant}.",
                text(policy, "tenantId")
            ),
        )),
    }
}

/// Single addresses get `/32`, ids of subnets are answered in lower case (server_populated).
fn normalise_acls(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(acls) = put.body.pointer_mut("/properties/networkAcls") else { return Ok(()) };
    if let Some(Value::Array(rules)) = acls.get_mut("ipRules") {
        for rule in rules {
            let value = text(rule, "value").to_owned();
            if !value.is_empty() && !value.contains('/') && !value.contains(':') {
                insert(rule, "value", format!("{value}/32"));
            }
        }
    }
    if let Some(Value::Array(rules)) = acls.get_mut("virtualNetworkRules") {
        for rule in rules {
            let id = text(rule, "id").to_lowercase();
            let ignore = truth(rule.get("ignoreMissingVnetServiceEndpoint"));
            let Some(subnet) = world.get(&id) else {
                return Err(bad("BadRequest", format!("Subnet {id} of the network ACLs was not found.")));
            };
            let has = array(&subnet.body, "properties.serviceEndpoints")
                .iter()
                .any(|e| text(e, "service").eq_ignore_ascii_case("Microsoft.KeyVault"));
            if !has && !ignore {
                return Err(ArmFailure::new(
                    400,
                    "VirtualNetworkNotValid",
                    format!(
                        "Subnets {} of virtual network do not have ServiceEndpoints for Microsoft.KeyVault resources configured. Add Microsoft.KeyVault to subnet's ServiceEndpoints collection before trying to ACL Microsoft.KeyVault resources to these subnets.",
                        subnet.name()
                    ),
                ));
            }
            insert(rule, "id", id);
            insert_default(rule, "ignoreMissingVnetServiceEndpoint", false);
        }
    }
    Ok(())
}

/// KV-01: the first answer has the vault's address without its slash.
fn view_vault(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let Some(properties) = body.get_mut("properties") else { return };
    for connection in
        properties.get_mut("privateEndpointConnections").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if let Value::Object(map) = connection {
            map.retain(|name, _| name == "id" || name == "properties");
        }
    }
    if let Value::Object(map) = properties
        && map.get("privateEndpointConnections").and_then(Value::as_array).is_some_and(Vec::is_empty)
    {
        map.shift_remove("privateEndpointConnections");
    }
    if document.operation.is_some() {
        let uri = text(properties, "vaultUri").trim_end_matches('/').to_owned();
        insert(properties, "vaultUri", uri);
    }
}

/// A soft-deleted vault as it is listed.
fn view_deleted(world: &World, gone: &Gone) -> Value {
    let vault = &gone.document;
    let id = format!(
        "/subscriptions/{}/providers/Microsoft.KeyVault/locations/{}/deletedVaults/{}",
        world.subscription(),
        vault.location(),
        vault.name()
    );
    let mut properties = json!({
        "vaultId": vault.id,
        "location": vault.location(),
        "deletionDate": iso(gone.deleted_ms),
        "scheduledPurgeDate": iso(gone.purge_ms),
        "tags": vault.at("tags").cloned().unwrap_or_else(|| json!({})),
    });
    if gone.protected {
        insert(&mut properties, "purgeProtectionEnabled", true);
    }
    json!({ "id": id, "name": vault.name(), "type": "Microsoft.KeyVault/deletedVaults", "properties": properties })
}

/// The list of permissions of an entry, by kind.
const PERMISSION_KINDS: [&str; 4] = ["keys", "secrets", "certificates", "storage"];

fn same_principal(a: &Value, b: &Value) -> bool {
    ["tenantId", "objectId", "applicationId"].iter().all(|name| same(text(a, name), text(b, name)))
}

fn permissions<'v>(entry: &'v Value, kind: &str) -> Vec<&'v str> {
    array(entry, &format!("permissions.{kind}")).iter().filter_map(Value::as_str).collect()
}

/// The entry with the union of its own permissions and those of another.
fn joined(entry: &Value, more: &Value) -> Value {
    let mut joined = entry.clone();
    for kind in PERMISSION_KINDS {
        let mut all = permissions(entry, kind);
        let new: Vec<&str> =
            permissions(more, kind).into_iter().filter(|p| !all.iter().any(|q| same(p, q))).collect();
        all.extend(new);
        if let Some(map) = joined.get_mut("permissions")
            && !all.is_empty()
        {
            insert(map, kind, all);
        }
    }
    joined
}

/// The entry without the permissions of another; `None`: nothing is left.
fn without(entry: &Value, less: &Value) -> Option<Value> {
    let mut left = entry.clone();
    let mut count = 0;
    for kind in PERMISSION_KINDS {
        let gone = permissions(less, kind);
        let keep: Vec<&str> =
            permissions(entry, kind).into_iter().filter(|p| !gone.iter().any(|q| same(p, q))).collect();
        count += keep.len();
        if let Some(map) = left.get_mut("permissions")
            && map.get(kind).is_some()
        {
            insert(map, kind, keep);
        }
    }
    (count > 0).then_some(left)
}

/// Adds entries to a vault: an entry of the same principal takes the union.
pub(super) fn add_policies(policies: &mut Vec<Value>, entries: &[Value]) {
    for entry in entries {
        match policies.iter_mut().find(|p| same_principal(p, entry)) {
            Some(old) => *old = joined(old, entry),
            None => policies.push(entry.clone()),
        }
    }
}

fn change_policies(
    world: &mut World,
    call: &Call,
    change: impl FnOnce(&mut Vec<Value>, &[Value]),
) -> Result<Answer, ArmFailure> {
    schema::validate("Microsoft.KeyVault/vaults/accessPolicies", &call.api_version, &call.body, None, false)?;
    let mut entries = call.body.clone();
    schema::canonical("Microsoft.KeyVault/vaults/accessPolicies", &call.api_version, &mut entries);
    let entries = array(&entries, "properties.accessPolicies").to_vec();
    judge_policies(&entries, call.document.text("properties.tenantId"))?;
    let mut policies = array(&call.document.body, "properties.accessPolicies").to_vec();
    change(&mut policies, &entries);
    world.change(call.id.key(), |body| {
        if let Some(properties) = body.get_mut("properties") {
            insert(properties, "accessPolicies", policies.clone());
        }
    });
    let answered: Vec<Value> =
        policies.into_iter().filter(|p| entries.iter().any(|e| same_principal(p, e))).collect();
    Ok(Answer::ok(json!({
        "id": format!("{}/accessPolicies/", call.document.id),
        "type": "Microsoft.KeyVault/vaults/accessPolicies",
        "location": call.document.location(),
        "properties": { "accessPolicies": answered },
    })))
}

fn add(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    change_policies(world, call, add_policies)
}

fn replace(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    change_policies(world, call, |policies, entries| {
        for entry in entries {
            policies.retain(|p| !same_principal(p, entry));
            policies.push(entry.clone());
        }
    })
}

fn remove(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    change_policies(world, call, |policies, entries| {
        let all = std::mem::take(policies);
        policies.extend(all.into_iter().filter_map(|policy| {
            match entries.iter().find(|e| same_principal(e, &policy)) {
                Some(entry) => without(&policy, entry),
                None => Some(policy),
            }
        }));
    })
}

fn seconds_of(put: &Put) -> u64 {
    put.now_ms / 1000
}

fn host(vault: &str) -> String {
    format!("https://{}.vault.azure.net", vault.to_lowercase())
}

/// A key's PUT: made if it is not there, never changed.
fn key(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if let Some(old) = put.existing {
        put.body = old.body.clone();
        return Ok(());
    }
    let Some(vault) = put.id.parent_resource().and_then(|v| world.get(v.key())) else { return Ok(()) };
    default_to(put, "properties.kty", "RSA");
    let kind = text(&put.body, "properties.kty").to_owned();
    if kind.ends_with("-HSM") && !vault.text("properties.sku.name").eq_ignore_ascii_case("premium") {
        return Err(bad(
            "BadParameter",
            format!(
                "Key type {kind} needs a vault of SKU premium; {} is {}.",
                vault.name(),
                vault.text("properties.sku.name")
            ),
        ));
    }
    if kind.starts_with("RSA") {
        default_to(put, "properties.keySize", 2048);
        let size = put.get("properties.keySize").and_then(Value::as_i64).unwrap_or_default();
        if ![2048, 3072, 4096].contains(&size) {
            return Err(bad(
                "BadParameter",
                format!("Key size {size} is not supported for {kind}: 2048, 3072 or 4096."),
            ));
        }
        default_to(
            put,
            "properties.keyOps",
            json!(["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]),
        );
    } else {
        default_to(put, "properties.curveName", "P-256");
        default_to(put, "properties.keyOps", json!(["sign", "verify"]));
    }
    let protected = truth(vault.at("properties.enablePurgeProtection"));
    let now = seconds_of(put);
    default_to(put, "properties.attributes.enabled", true);
    default_to(put, "properties.attributes.exportable", false);
    put.set("properties.attributes.created", now);
    put.set("properties.attributes.updated", now);
    put.set(
        "properties.attributes.recoveryLevel",
        if protected { "Recoverable" } else { "Recoverable+Purgeable" },
    );
    let version = hex(&world.new_guid(put.id.key(), "version"));
    let uri = format!("{}/keys/{}", host(vault.name()), put.id.name());
    put.set("properties.keyUriWithVersion", format!("{uri}/{version}"));
    put.set("properties.keyUri", uri);
    put.set("location", vault.location());
    Ok(())
}

/// A version is made with its key and by rotation, never by PUT.
fn version(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let message = format!("The requested resource {} does not support http method 'PUT'.", put.id);
    Err(ArmFailure::new(405, "MethodNotAllowed", message))
}

/// The version of a new key.
fn key_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(key) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let version = key.text("properties.keyUriWithVersion").rsplit('/').next().unwrap_or_default().to_owned();
    let id = written.id.child("versions", &version);
    if written.is_new && world.get(id.key()).is_none() {
        let body = json!({ "location": key.location(), "properties": key.at("properties") });
        world.put_implied(&id, "Microsoft.KeyVault/vaults/keys/versions", body, None);
    }
    Ok(())
}

/// A secret's PUT: another version each time.
fn secret(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(vault) = put.id.parent_resource().and_then(|v| world.get(v.key())) else { return Ok(()) };
    let now = seconds_of(put);
    let created = put.existing.and_then(|old| old.at("properties.attributes.created")).cloned();
    default_to(put, "properties.attributes.enabled", true);
    put.set("properties.attributes.created", created.unwrap_or_else(|| now.into()));
    put.set("properties.attributes.updated", now);
    let uri = format!("{}/secrets/{}", host(vault.name()), put.id.name());
    let version = if at(put.sent, "properties.value").is_some() || put.is_new() {
        hex(&world.new_guid(put.id.key(), &format!("version|{}", put.now_ms)))
    } else {
        let old = put.existing.map(|old| old.text("properties.secretUriWithVersion")).unwrap_or_default();
        old.rsplit('/').next().unwrap_or_default().to_owned()
    };
    put.set("properties.secretUriWithVersion", format!("{uri}/{version}"));
    put.set("properties.secretUri", uri);
    put.set("location", vault.location());
    Ok(())
}

/// The vault that a key's address names, with the key's name.
pub(super) fn vault_of_key<'w, 'k>(world: &'w World, key: &'k str) -> Option<(&'w Document, &'k str)> {
    let (host, rest) = key.strip_prefix("https://")?.split_once('/')?;
    let name = host.split('.').next()?;
    let key = rest.strip_prefix("keys/")?.split('/').next()?;
    Some((world.of_type(VAULTS).find(|vault| same(vault.name(), name))?, key))
}

/// Roles that may wrap and unwrap with a key (CMK-01): Crypto Service Encryption User, Administrator, Crypto Officer,
/// Crypto User.
const KEY_ROLES: [&str; 4] = [
    "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    "12338af0-0e69-4776-bea7-57ae8d297424",
];

/// True if what lets a principal wrap has not reached the vault yet: roles take their time, access policies none (CMK-04).
pub(super) fn may_wrap_soon(world: &World, vault: &Document, principal: &str) -> bool {
    truth(vault.at("properties.enableRbacAuthorization"))
        && may_wrap(world, vault, principal)
        && !granting(world, vault, principal).any(|a| !world.unsettled(a.created_ms, VAULT_ROLES))
}

/// True if a principal may wrap with the keys of a vault, by role or by access policy, as soon as that is known there.
pub(super) fn may_wrap(world: &World, vault: &Document, principal: &str) -> bool {
    if !truth(vault.at("properties.enableRbacAuthorization")) {
        let needed = ["get", "wrapKey", "unwrapKey"];
        return array(&vault.body, "properties.accessPolicies")
            .iter()
            .filter(|p| same(text(p, "objectId"), principal))
            .any(|policy| {
                let has = permissions(policy, "keys");
                has.iter().any(|p| same(p, "all")) || needed.iter().all(|n| has.iter().any(|p| same(p, n)))
            });
    }
    granting(world, vault, principal).next().is_some()
}

/// The role assignments that let a principal wrap with the keys of a vault.
fn granting<'w>(world: &'w World, vault: &Document, principal: &str) -> impl Iterator<Item = &'w Document> {
    let vault = vault.resource_id();
    world
        .of_type("Microsoft.Authorization/roleAssignments")
        .filter(move |a| same(a.text("properties.principalId"), principal))
        .filter(move |a| vault.is_within(a.resource_id().extended()))
        .filter(|a| {
            let role = a.text("properties.roleDefinitionId").rsplit('/').next().unwrap_or_default();
            let custom = world
                .of_type("Microsoft.Authorization/roleDefinitions")
                .any(|d| same(d.name(), role) && d.text("properties.type") == "CustomRole");
            KEY_ROLES.iter().any(|known| same(known, role)) || custom
        })
}
