//! Microsoft.CognitiveServices: accounts of every kind, soft-deleted ones, deployments of models.

use serde_json::{Value, json};

use super::common::{array, bad, default_to, hex, renew, round, token, view_connections};
use super::connections::{CONNECTION, link_resources};
use super::keyvault::vault_of_key;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, FinalAnswer, FirstBody, NameRule, Put, Recover, Route, Seconds, Shape, SoftDelete,
    TypeRules, Unique, Update, at, text,
};
use crate::localcloud::world::{Document, World};

const ACCOUNTS: &str = "Microsoft.CognitiveServices/accounts";

const DELETE: Shape = Shape {
    created: 202,
    body: FirstBody::Empty,
    synchronous: false,
    location_url: Some(
        "{sub}/providers/Microsoft.CognitiveServices/locations/{location}/operationResults/{op}",
    ),
    retry_after: Some(10),
    poll_retry_after: Some(10),
    state: "Deleting",
    update_state: "Deleting",
    result: FinalAnswer::NoContent,
    ..Shape::SYNC
};

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: ACCOUNTS,
        name: Some(NameRule {
            length: (2, 64),
            pattern: "[a-zA-Z0-9][a-zA-Z0-9_.-]*",
            status: 400,
            code: "InvalidAccountName",
            message: "The account name '{name}' is invalid. It must have 2 to 64 letters, digits, '_', '.' and '-', and begin with a letter or digit.",
        }),
        put: Shape { state: "Creating", update_state: "Accepted", ..Shape::STATE_ONLY },
        delete: DELETE,
        seconds: Seconds { create: 20.0, update: 5.0, delete: 10.0 },
        update: Update::Keep,
        system_data: true,
        etag: crate::localcloud::rules::Etag::Quoted,
        defaults: &[
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.networkAcls?.defaultAction", "\"Allow\""),
            ("properties.networkAcls?.ipRules", "[]"),
            ("properties.networkAcls?.virtualNetworkRules", "[]"),
        ],
        write_only: &["properties.apiProperties.qnaAzureSearchEndpointKey", "properties.restore"],
        soft_delete: Some(SoftDelete {
            applies: |_| true,
            days: |_| 2,
            purge_protected: |_| false,
            bypass: None,
            recover: Recover::Flag("restore"),
            listed_as: Some("deletedAccounts"),
            taken: (
                409,
                "FlagMustBeSetForRestore",
                "An existing resource with the name '{name}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.",
            ),
        }),
        unique: Unique::Id,
        actions: &[
            Action { name: "listKeys", method: "POST", run: list_keys, shape: None, seconds: 0.0 },
            Action { name: "regenerateKey", method: "POST", run: regenerate_key, shape: None, seconds: 0.0 },
        ],
        normalise: Some(account),
        view: Some(view_account),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.CognitiveServices/accounts/privateEndpointConnections", ..CONNECTION },
    TypeRules {
        type_name: "Microsoft.CognitiveServices/accounts/deployments",
        put: Shape {
            async_url: Some(
                "{sub}/providers/Microsoft.CognitiveServices/locations/{location}/operationStatuses/{op}",
            ),
            ..Shape::STATE_ONLY
        },
        delete: DELETE,
        seconds: Seconds { create: 15.0, update: 10.0, delete: 5.0 },
        update: Update::Keep,
        system_data: true,
        taggable: true,
        etag: crate::localcloud::rules::Etag::Quoted,
        serial: true,
        normalise: Some(deployment),
        ..TypeRules::NESTED
    },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}/privateLinkResources",
    run: |world, call| link_resources(world, ACCOUNTS, call),
}];

/// What a subdomain of its own is under, by kind.
fn zone(kind: &str) -> &'static str {
    if kind == "OpenAI" { "openai.azure.com" } else { "cognitiveservices.azure.com" }
}

/// An account's PUT or PATCH.
fn account(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if text(&put.body, "kind").is_empty() || text(&put.body, "sku.name").is_empty() {
        return Err(bad("InvalidRequestContent", "An account needs 'kind' and 'sku'."));
    }
    let subdomain = text(&put.body, "properties.customSubDomainName").to_owned();
    if let Some(old) = put.existing {
        let (from, to) = (old.text("kind"), text(&put.body, "kind"));
        let open = |kind: &str| matches!(kind, "OpenAI" | "AIServices");
        if from != to && !(open(from) && open(to)) {
            return Err(bad(
                "InvalidKind",
                format!("The kind of account {} cannot be changed from {from} to {to}.", old.name()),
            ));
        }
        let was = old.text("properties.customSubDomainName");
        if !was.is_empty() && was != subdomain {
            return Err(bad(
                "CustomSubDomainNameChangeNotAllowed",
                format!(
                    "The custom subdomain name of account {} is {was} and cannot be changed.",
                    old.name()
                ),
            ));
        }
    }
    let twin = world.of_type(ACCOUNTS).find(|a| {
        a.key() != put.id.key()
            && !subdomain.is_empty()
            && a.text("properties.customSubDomainName").eq_ignore_ascii_case(&subdomain)
    });
    if let Some(twin) = twin {
        return Err(ArmFailure::new(
            409,
            "CustomDomainInUse",
            format!(
                "Please pick a different name. The subdomain name '{subdomain}' is not available as it's already used by {}.",
                twin.name()
            ),
        ));
    }
    if subdomain.is_empty() && at(put.sent, "properties.networkAcls").is_some_and(|v| !v.is_null()) {
        return Err(bad(
            "BadRequest",
            "Network rules are only supported for accounts with a custom subdomain name.",
        ));
    }
    for rule in array(&put.body, "properties.networkAcls.virtualNetworkRules") {
        let subnet = text(rule, "id");
        if world.get(subnet).is_none() {
            return Err(bad(
                "InvalidResourceReference",
                format!("The subnet {subnet} of a network rule was not found."),
            ));
        }
    }
    encryption(world, put)?;
    let key = put.id.key().to_owned();
    let kind = text(&put.body, "kind").to_owned();
    let region = text(&put.body, "location").to_owned();
    let endpoint = if subdomain.is_empty() {
        format!("https://{region}.api.cognitive.microsoft.com/")
    } else {
        format!("https://{subdomain}.{}/", zone(&kind))
    };
    let (internal, now) = (hex(&world.new_guid(&key, "internal")), world.now());
    put.set("properties.endpoint", endpoint);
    put.keep("properties.internalId", || internal.into());
    put.keep("properties.dateCreated", || now.into());
    put.set("properties.isMigrated", false);
    put.set(
        "properties.capabilities",
        json!([{ "name": "VirtualNetworks" }, { "name": "CustomerManagedKey" }]),
    );
    put.set("properties.callRateLimit", json!({ "rules": [] }));
    Ok(())
}

/// A customer's key is one of a vault that keeps what is deleted.
fn encryption(world: &World, put: &Put) -> Result<(), ArmFailure> {
    if text(&put.body, "properties.encryption.keySource") != "Microsoft.KeyVault" {
        return Ok(());
    }
    let part =
        |name: &str| text(&put.body, &format!("properties.encryption.keyVaultProperties.{name}")).to_owned();
    let key = format!("{}/keys/{}", part("keyVaultUri").trim_end_matches('/'), part("keyName"));
    let Some((vault, _)) = vault_of_key(world, &key) else {
        return Err(bad("InvalidKeyVaultProperties", format!("The key vault of {key} was not found.")));
    };
    if vault.at("properties.enablePurgeProtection") != Some(&Value::Bool(true)) {
        return Err(bad(
            "KeyVaultNotSoftDeletable",
            format!("The key vault {} must have soft delete and purge protection enabled.", vault.name()),
        ));
    }
    Ok(())
}

fn view_account(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    // What was never said is not answered.
    if document.text("properties.encryption.keySource") == "Microsoft.CognitiveServices"
        && let Some(Value::Object(encryption)) = body.pointer_mut("/properties/encryption")
    {
        encryption.shift_remove("keyVaultProperties");
    }
}

fn list_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    if call.document.at("properties.disableLocalAuth") == Some(&Value::Bool(true)) {
        return Err(bad("BadRequest", "Failed to list key. disableLocalAuth is set to be true"));
    }
    let key = |which: &str| token(world, &call.document.id, &round(world, &call.document.id, which), 32);
    Ok(Answer::ok(json!({ "key1": key("key1"), "key2": key("key2") })))
}

fn regenerate_key(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let which = text(&call.body, "keyName").to_ascii_lowercase();
    if !["key1", "key2"].contains(&which.as_str()) {
        return Err(bad("BadRequest", "The parameter keyName must be one of Key1, Key2."));
    }
    renew(world, &call.document.id, &which);
    list_keys(world, call)
}

/// A deployment's PUT.
fn deployment(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let Some(account) = put.id.parent_resource().and_then(|a| world.get(a.key())) else { return Ok(()) };
    let kind = account.text("kind");
    if !matches!(kind, "OpenAI" | "AIServices") {
        return Err(bad(
            "InvalidResourceProperties",
            format!("Account {} is of the kind {kind}: it has no deployments.", account.name()),
        ));
    }
    let model = |name: &str| text(&put.body, &format!("properties.model.{name}")).to_owned();
    if model("format").is_empty() || model("name").is_empty() {
        return Err(bad("InvalidResourceProperties", "The deployment's model needs 'format' and 'name'."));
    }
    if let Some(old) = put.existing {
        for path in ["properties.model.format", "properties.model.name", "sku.name"] {
            if old.text(path) != text(&put.body, path) {
                return Err(bad(
                    "InvalidResourceProperties",
                    format!("{path} of deployment {} cannot be changed.", old.name()),
                ));
            }
        }
    }
    default_to(put, "sku.name", "Standard");
    default_to(put, "sku.capacity", 1);
    default_to(put, "properties.model.version", "2024-07-18");
    default_to(put, "properties.versionUpgradeOption", "OnceNewDefaultVersionAvailable");
    default_to(put, "properties.raiPolicyName", "Microsoft.DefaultV2");
    let capacity = at(&put.body, "sku.capacity").cloned().unwrap_or_default();
    put.set("properties.currentCapacity", capacity.clone());
    put.set("properties.capabilities", json!({ "chatCompletion": "true" }));
    let count = capacity.as_i64().unwrap_or(1);
    put.set(
        "properties.rateLimits",
        json!([{ "key": "request", "renewalPeriod": 60, "count": count }, { "key": "token", "renewalPeriod": 60, "count": count * 1000 }]),
    );
    if let Some(Value::Object(properties)) = put.body.get_mut("properties") {
        properties.entry("dynamicThrottlingEnabled").or_insert(Value::Bool(false));
    }
    Ok(())
}
