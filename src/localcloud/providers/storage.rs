//! Microsoft.Storage: accounts, their services, containers, shares and queues.

use serde_json::{Map, Value, json};

use super::common::{
    array, bad, default_to, insert, insert_default, paired_region, secret, view_connections,
};
use super::connections::{CONNECTION, link_resources};
use super::keyvault::{may_wrap, may_wrap_soon, vault_of_key};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, Etag, Missing, NameRule, Put, Reference, Route, Seconds, Shape, TypeRules, Unique,
    Update, Written, at, text,
};
use crate::localcloud::world::{Document, World};

const ACCOUNTS: &str = "Microsoft.Storage/storageAccounts";

const fn item_name(length: (usize, usize), pattern: &'static str) -> NameRule {
    NameRule {
        length,
        pattern,
        status: 400,
        code: "InvalidResourceName",
        message: "The specifed resource name contains invalid characters: {name}.",
    }
}

const SERVICE: TypeRules = TypeRules {
    name: Some(item_name((7, 7), "default")),
    put: Shape::SYNC_200,
    seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
    update: Update::Keep,
    provisioning_state: false,
    deletable: false,
    ..TypeRules::NESTED
};

const ITEM: TypeRules = TypeRules {
    put: Shape::SYNC,
    delete: Shape::DELETE_SYNC,
    seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
    update: Update::Keep,
    etag: Etag::Quoted,
    provisioning_state: false,
    ..TypeRules::NESTED
};

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: ACCOUNTS,
        name: Some(NameRule {
            length: (3, 24),
            pattern: "[a-z0-9]+",
            status: 400,
            code: "AccountNameInvalid",
            message: "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.",
        }),
        unique: Unique::Global {
            status: 409,
            code: "StorageAccountAlreadyTaken",
            message: "The storage account named {name} is already taken.",
        },
        put: Shape::STORAGE_PUT,
        unseen: 3.0,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 20.0, update: 3.0, delete: 5.0 },
        update: Update::Keep,
        defaults: &[
            ("properties.supportsHttpsTrafficOnly", "true"),
            ("properties.minimumTlsVersion", "\"TLS1_2\""),
            ("properties.allowBlobPublicAccess", "false"),
            ("properties.networkAcls.bypass", "\"AzureServices\""),
            ("properties.networkAcls.virtualNetworkRules", "[]"),
            ("properties.networkAcls.ipRules", "[]"),
            ("properties.networkAcls.defaultAction", "\"Allow\""),
            ("properties.encryption.keySource", "\"Microsoft.Storage\""),
        ],
        immutable: &[
            "properties.isHnsEnabled",
            "properties.isNfsV3Enabled",
            "properties.dnsEndpointType",
            "properties.encryption.requireInfrastructureEncryption",
            "properties.encryption.services.queue.keyType",
            "properties.encryption.services.table.keyType",
        ],
        references: &[Reference {
            path: "properties.networkAcls.virtualNetworkRules[].id",
            missing: Missing::BadRequest("NetworkAclsValidationFailure"),
        }],
        actions: &[
            Action { name: "listKeys", method: "POST", run: list_keys, shape: None, seconds: 0.0 },
            Action { name: "regenerateKey", method: "POST", run: regenerate_key, shape: None, seconds: 0.0 },
            Action { name: "ListAccountSas", method: "POST", run: account_sas, shape: None, seconds: 0.0 },
        ],
        normalise: Some(account),
        written: Some(account_written),
        view: Some(view_connections),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.Storage/storageAccounts/privateEndpointConnections", ..CONNECTION },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/managementPolicies",
        put: Shape::SYNC_200,
        delete: Shape::DELETE_SYNC,
        seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
        provisioning_state: false,
        normalise: Some(policy),
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/blobServices",
        defaults: &[
            ("properties.cors.corsRules", "[]"),
            ("properties.deleteRetentionPolicy.allowPermanentDelete", "false"),
            ("properties.deleteRetentionPolicy.enabled", "false"),
        ],
        normalise: Some(blob_service),
        view: Some(view_service),
        ..SERVICE
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/fileServices",
        defaults: &[
            ("properties.cors.corsRules", "[]"),
            ("properties.shareDeleteRetentionPolicy.enabled", "true"),
            ("properties.shareDeleteRetentionPolicy.days", "7"),
            ("properties.protocolSettings.smb", "{}"),
        ],
        view: Some(view_service),
        ..SERVICE
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/queueServices",
        defaults: &[("properties.cors.corsRules", "[]")],
        ..SERVICE
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/tableServices",
        defaults: &[("properties.cors.corsRules", "[]")],
        ..SERVICE
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/blobServices/containers",
        name: Some(item_name((3, 63), "(\\$(root|web|logs)|[a-z0-9](-?[a-z0-9])*)")),
        defaults: &[
            ("properties.publicAccess", "\"None\""),
            ("properties.defaultEncryptionScope", "\"$account-encryption-key\""),
            ("properties.denyEncryptionScopeOverride", "false"),
            ("properties.leaseStatus", "\"Unlocked\""),
            ("properties.leaseState", "\"Available\""),
            ("properties.hasImmutabilityPolicy", "false"),
            ("properties.hasLegalHold", "false"),
            ("properties.deleted", "false"),
            ("properties.remainingRetentionDays", "0"),
        ],
        immutable: &["properties.defaultEncryptionScope", "properties.denyEncryptionScopeOverride"],
        normalise: Some(container),
        ..ITEM
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/fileServices/shares",
        name: Some(item_name((3, 63), "[a-z0-9](-?[a-z0-9])*")),
        defaults: &[
            ("properties.accessTier", "\"TransactionOptimized\""),
            ("properties.shareQuota", "5120"),
            ("properties.enabledProtocols", "\"SMB\""),
            ("properties.leaseStatus", "\"Unlocked\""),
            ("properties.leaseState", "\"Available\""),
        ],
        immutable: &["properties.enabledProtocols"],
        normalise: Some(stamped),
        ..ITEM
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/queueServices/queues",
        name: Some(item_name((3, 63), "[a-z0-9](-?[a-z0-9])*")),
        ..ITEM
    },
    TypeRules {
        type_name: "Microsoft.Storage/storageAccounts/tableServices/tables",
        name: Some(item_name((3, 63), "[A-Za-z][A-Za-z0-9]*")),
        normalise: Some(table),
        ..ITEM
    },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}/privateLinkResources",
    run: |world, call| link_resources(world, ACCOUNTS, call),
}];

/// Replication without the tier: `LRS` of `Standard_LRS`.
fn replication(sku: &str) -> &str {
    sku.split_once('_').map_or("", |(_, replication)| replication)
}

/// The services that a kind of account has, with the host's suffix.
fn endpoints(name: &str, kind: &str, suffix: &str) -> Map<String, Value> {
    let services: &[&str] = match kind {
        "FileStorage" => &["file"],
        "BlockBlobStorage" => &["dfs", "web", "blob"],
        "BlobStorage" => &["dfs", "blob", "table"],
        "Storage" => &["blob", "queue", "table", "file"],
        _ => &["dfs", "web", "blob", "queue", "table", "file"],
    };
    services
        .iter()
        .map(|service| {
            let zone = if *service == "web" { "z13.web" } else { service };
            ((*service).to_owned(), format!("https://{name}{suffix}.{zone}.core.windows.net/").into())
        })
        .collect()
}

/// A lifecycle policy's PUT: an account has one, and its rules are told apart by their names.
fn policy(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if put.id.name() != "default" {
        return Err(bad("InvalidResourceName", "The management policy of an account is called 'default'."));
    }
    let rules = array(&put.body, "properties.policy.rules");
    if rules.is_empty() {
        return Err(bad("InvalidRequestPropertyValue", "A management policy has at least one rule."));
    }
    for (place, rule) in rules.iter().enumerate() {
        let name = text(rule, "name");
        if rules[..place].iter().any(|other| text(other, "name") == name) {
            return Err(bad("DuplicatedRuleNames", format!("The rule name '{name}' is there twice.")));
        }
        let acts = |action: &str| {
            let parts = at(rule, &format!("definition.actions.{action}")).and_then(Value::as_object);
            parts.is_some_and(|all| all.values().any(|v| v.as_object().is_some_and(|o| !o.is_empty())))
        };
        if !["baseBlob", "snapshot", "version"].iter().any(|action| acts(action)) {
            return Err(bad("ActionsNotSpecified", format!("The rule '{name}' has no action.")));
        }
    }
    put.set("properties.lastModifiedTime", world.now());
    Ok(())
}

/// An account's PUT.
fn account(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let id = put.id.as_str().to_owned();
    let name = put.id.name().to_lowercase();
    let sku = text(&put.body, "sku.name").to_owned();
    let kind = text(&put.body, "kind").to_owned();
    let tier = if sku.starts_with("Premium") { "Premium" } else { "Standard" };
    put.set("sku.tier", tier);
    if let Some(old) = put.existing {
        judge_change(old, &sku, &kind)?;
    }
    if at(&put.body, "properties.isNfsV3Enabled") == Some(&Value::Bool(true))
        && at(&put.body, "properties.isHnsEnabled") != Some(&Value::Bool(true))
    {
        return Err(bad(
            "InvalidRequestPropertyValue",
            "The value 'True' is not allowed for property isNfsV3Enabled: it needs isHnsEnabled.",
        ));
    }
    if matches!(kind.as_str(), "StorageV2" | "BlobStorage" | "FileStorage") {
        default_to(put, "properties.accessTier", "Hot");
    }
    let now = world.now();
    for path in
        ["properties.creationTime", "properties.keyCreationTime.key1", "properties.keyCreationTime.key2"]
    {
        put.keep(path, || now.clone().into());
    }
    let location = text(&put.body, "location").to_owned();
    put.set("properties.primaryLocation", location.clone());
    put.set("properties.statusOfPrimary", "available");
    let mut primary = endpoints(&name, &kind, "");
    for (choice, member, suffix) in [
        ("publishMicrosoftEndpoints", "microsoftEndpoints", "-microsoftrouting"),
        ("publishInternetEndpoints", "internetEndpoints", "-internetrouting"),
    ] {
        if at(&put.body, &format!("properties.routingPreference.{choice}")) == Some(&Value::Bool(true)) {
            primary.insert(member.to_owned(), endpoints(&name, &kind, suffix).into());
        }
    }
    put.set("properties.primaryEndpoints", primary);
    let replicated = replication(&sku);
    if let (true, Some(pair)) =
        (matches!(replicated, "GRS" | "RAGRS" | "GZRS" | "RAGZRS"), paired_region(&location))
    {
        put.set("properties.secondaryLocation", pair);
        put.set("properties.statusOfSecondary", "available");
        if replicated.starts_with("RA") {
            put.set("properties.secondaryEndpoints", endpoints(&name, &kind, "-secondary"));
        }
    }
    encryption(world, put, &id, &now)?;
    network_acls(world, put)
}

fn judge_change(old: &Document, sku: &str, kind: &str) -> Result<(), ArmFailure> {
    let (from, before) = (old.text("sku.name"), old.text("kind"));
    if before != kind && (kind != "StorageV2" || !["Storage", "BlobStorage"].contains(&before)) {
        return Err(ArmFailure::new(
            409,
            "PropertyChangeNotAllowed",
            format!(
                "Changing property 'kind' is not allowed for storage account {}: it is {before}.",
                old.name()
            ),
        ));
    }
    let zonal = |sku: &str| replication(sku).contains("ZRS");
    let tier = |sku: &str| sku.split('_').next().unwrap_or_default().to_owned();
    if tier(from) != tier(sku) || zonal(from) != zonal(sku) {
        return Err(bad(
            "StorageAccountTypeConversionNotAllowed",
            format!("Storage account {} cannot be converted from {from} to {sku}.", old.name()),
        ));
    }
    Ok(())
}

fn encryption(world: &World, put: &mut Put, id: &str, now: &str) -> Result<(), ArmFailure> {
    for service in ["blob", "file"] {
        default_to(put, &format!("properties.encryption.services.{service}.enabled"), true);
        default_to(put, &format!("properties.encryption.services.{service}.keyType"), "Account");
    }
    for service in ["blob", "file", "queue", "table"] {
        let path = format!("properties.encryption.services.{service}");
        if put.get(&path).is_some() {
            default_to(put, &format!("{path}.enabled"), true);
            put.keep(&format!("{path}.lastEnabledTime"), || now.into());
        }
    }
    if !text(&put.body, "properties.encryption.keySource").eq_ignore_ascii_case("Microsoft.Keyvault") {
        return Ok(());
    }
    let uri = text(&put.body, "properties.encryption.keyvaultproperties.keyvaulturi")
        .trim_end_matches('/')
        .to_owned();
    let key = text(&put.body, "properties.encryption.keyvaultproperties.keyname").to_owned();
    let address = format!("{uri}/keys/{key}");
    let Some((vault, _)) = vault_of_key(world, &address) else {
        return Err(bad(
            "KeyVaultNotFound",
            format!("The key vault {uri} could not be found to unwrap the encryption key of {id}."),
        ));
    };
    if vault.at("properties.enablePurgeProtection") != Some(&Value::Bool(true)) {
        return Err(bad(
            "KeyVaultPolicyError",
            format!(
                "Keyvault policy recoverable is not set: {} needs soft delete and purge protection.",
                vault.name()
            ),
        ));
    }
    let identity = text(&put.body, "properties.encryption.identity.userAssignedIdentity").to_owned();
    let principal = match world.get(&identity) {
        Some(identity) => identity.text("properties.principalId").to_owned(),
        None => text(&put.body, "identity.principalId").to_owned(),
    };
    let soon = may_wrap_soon(world, vault, &principal);
    if soon || !may_wrap(world, vault, &principal) {
        return Err(bad(
            "KeyVaultAuthenticationFailure",
            "The operation failed because of authentication issue on the keyvault. For more information, see - https://aka.ms/storagekeyvaultaccesspolicy",
        )
        .passing(soon));
    }
    let found = world.get(&format!("{}/keys/{key}", vault.id));
    let current = found.map_or(address, |key| key.text("properties.keyUriWithVersion").to_owned());
    put.set("properties.encryption.keyvaultproperties.currentVersionedKeyIdentifier", current);
    put.keep("properties.encryption.keyvaultproperties.lastKeyRotationTimestamp", || now.into());
    Ok(())
}

fn network_acls(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let bypass = flags(text(&put.body, "properties.networkAcls.bypass"));
    put.set("properties.networkAcls.bypass", bypass);
    let tenant = world.tenant().to_owned();
    let Some(acls) = put.body.pointer_mut("/properties/networkAcls") else { return Ok(()) };
    for list in ["ipRules", "virtualNetworkRules"] {
        for rule in acls.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            insert_default(rule, "action", "Allow");
            if list == "virtualNetworkRules" {
                insert_default(rule, "state", "Succeeded");
            }
        }
    }
    for rule in acls.get_mut("resourceAccessRules").and_then(Value::as_array_mut).into_iter().flatten() {
        insert_default(rule, "tenantId", tenant.clone());
    }
    let rules = array(acls, "ipRules");
    if let Some(rule) =
        rules.iter().find(|r| text(r, "value").ends_with("/31") || text(r, "value").ends_with("/32"))
    {
        return Err(bad(
            "InvalidValuesForRequestParameters",
            format!(
                "Values for request parameters are invalid: networkAcls.ipRule[*].value({}). For more information, see - https://aka.ms/storagenetworkruleset",
                text(rule, "value")
            ),
        ));
    }
    Ok(())
}

/// A list of flags in the order in which the service writes them.
fn flags(sent: &str) -> String {
    let sent: Vec<&str> = sent.split(',').map(str::trim).collect();
    let known: Vec<&str> = ["Logging", "Metrics", "AzureServices"]
        .into_iter()
        .filter(|flag| sent.iter().any(|s| s.eq_ignore_ascii_case(flag)))
        .collect();
    if known.is_empty() { "None".to_owned() } else { known.join(", ") }
}

/// IMP-07: the services of an account are there from its creation.
fn account_written(world: &mut World, written: &Written) -> Result<(), ArmFailure> {
    let Some(account) = world.get(written.id.key()).cloned() else { return Ok(()) };
    let has = |service: &str| account.at(&format!("properties.primaryEndpoints.{service}")).is_some();
    let cors = json!({ "corsRules": [] });
    for (segment, service, properties) in [
        (
            "blobServices",
            "blob",
            json!({"cors": cors, "deleteRetentionPolicy": {"allowPermanentDelete": false, "enabled": false}}),
        ),
        (
            "fileServices",
            "file",
            json!({"protocolSettings": {"smb": {}}, "cors": cors, "shareDeleteRetentionPolicy": {"enabled": true, "days": 7}}),
        ),
        ("queueServices", "queue", json!({ "cors": cors })),
        ("tableServices", "table", json!({ "cors": cors })),
    ] {
        let id = written.id.child(segment, "default");
        if has(service) && world.get(id.key()).is_none() {
            world.put_implied(
                &id,
                &format!("{ACCOUNTS}/{segment}"),
                json!({ "properties": properties }),
                None,
            );
        }
    }
    Ok(())
}

/// A blob service's PUT: what depends on what.
fn blob_service(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let on = |path: &str| at(&put.body, path) == Some(&Value::Bool(true));
    let account = put.id.parent_resource().and_then(|a| world.get(a.key()));
    let hns = account.is_some_and(|a| a.at("properties.isHnsEnabled") == Some(&Value::Bool(true)));
    if hns && on("properties.isVersioningEnabled") {
        return Err(ArmFailure::new(
            409,
            "FeatureNotSupportedForAccount",
            "Versioning is not supported for the account: hierarchical namespace is enabled.",
        ));
    }
    if on("properties.restorePolicy.enabled")
        && !(on("properties.isVersioningEnabled")
            && on("properties.changeFeed.enabled")
            && on("properties.deleteRetentionPolicy.enabled"))
    {
        return Err(bad(
            "InvalidRequestPropertyValue",
            "The value 'True' is not allowed for property restorePolicy.enabled: it needs versioning, change feed and blob soft delete.",
        ));
    }
    Ok(())
}

/// A service shows the SKU of its account.
fn view_service(world: &World, document: &Document, body: &mut Value) {
    let account = document.resource_id().parent_resource();
    if let Some(sku) = account.and_then(|a| world.get(a.key())?.at("sku").cloned()) {
        insert(body, "sku", sku);
    }
}

fn owner<'w>(world: &'w World, put: &Put) -> Option<&'w Document> {
    world.get(put.id.parent_resource()?.parent_resource()?.key())
}

/// A container's PUT.
fn container(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let public = text(&put.body, "properties.publicAccess") != "None";
    let allowed = owner(world, put)
        .is_some_and(|a| a.at("properties.allowBlobPublicAccess") == Some(&Value::Bool(true)));
    if public && !allowed {
        return Err(ArmFailure::new(
            409,
            "PublicAccessNotPermitted",
            "Public access is not permitted on this storage account.",
        ));
    }
    stamped(world, put)
}

/// Sets the time of the last change.
fn stamped(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let now = world.now();
    put.set("properties.lastModifiedTime", now);
    Ok(())
}

/// A table's PUT.
fn table(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name().to_owned();
    put.set("properties.tableName", name);
    Ok(())
}

/// How often a key was regenerated: part of what it is made of.
fn keys(world: &World, account: &Document) -> Vec<Value> {
    ["key1", "key2"]
        .iter()
        .map(|name| {
            let created = account.text(&format!("properties.keyCreationTime.{name}"));
            json!({
                "creationTime": created,
                "keyName": name,
                "value": secret(world, &account.id, &format!("{name}|{created}"), 64),
                "permissions": "FULL",
            })
        })
        .collect()
}

fn list_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    Ok(Answer::ok(json!({ "keys": keys(world, &call.document) })))
}

fn regenerate_key(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let name = text(&call.body, "keyName").to_owned();
    if !["key1", "key2"].contains(&name.as_str()) {
        return Err(bad(
            "InvalidRequestPropertyValue",
            format!(
                "The value '{name}' is not allowed for property keyName. Allowed values are: key1, key2."
            ),
        ));
    }
    let now = world.now();
    world.change(call.id.key(), |body| {
        if let Some(times) = body.pointer_mut("/properties/keyCreationTime") {
            insert(times, &name, now);
        }
    });
    let account = world.get(call.id.key()).cloned().unwrap_or_else(|| call.document.clone());
    Ok(Answer::ok(json!({ "keys": keys(world, &account) })))
}

fn account_sas(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let signature = secret(world, &call.document.id, &format!("sas|{}", call.body), 32);
    Ok(Answer::ok(json!({ "accountSasToken": format!("sv=2024-11-04&sig={signature}") })))
}
