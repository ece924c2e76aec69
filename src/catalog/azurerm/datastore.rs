//! Datastores of a workspace.

use std::sync::LazyLock;

use super::table::{Hooks, Object, Part, Place, Shown, Table, doc, flag, tags, text};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Problem, Stop};
use crate::catalog::value::{argument, error, put};
use crate::lang::Value;

const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
const DATASTORES: &str = "Microsoft.MachineLearningServices/workspaces/datastores";
const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";
const CREDENTIALS: &str = "properties.credentials.credentialsType";
const SECRETS: &str = "properties.credentials.secrets.secretsType";

/// A container's id as the names of its account and of itself.
fn names_of(id: &Value) -> Vec<Option<Value>> {
    let parsed = id.as_str().and_then(|id| ArmId::parse(id).ok());
    let account = parsed.as_ref().and_then(|id| id.ancestors().nth(1).map(|a| a.name().into()));
    vec![account, parsed.map(|id| id.name().into())]
}

pub(super) static MACHINE_LEARNING_DATASTORE_BLOBSTORAGE: LazyLock<Table> = LazyLock::new(|| {
    let secret = |name: &'static str, path: &'static str, kind: &'static str| {
        text(name).sensitive().at(path).with(CREDENTIALS, kind).with(SECRETS, kind).observed()
    };
    Table::new(
        "azurerm_machine_learning_datastore_blobstorage",
        [30, 5, 30, 30],
        vec![
            doc(DATASTORES, "2025-06-01", Place::Under("workspace_id"))
                // As azurerm does it, the service does not try the credentials.
                .asking("skipValidation", "true")
                .fixed("properties.datastoreType", "AzureBlob")
                .fixed(CREDENTIALS, "None"),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$", "1 to 255 letters, digits, `-` and `_`"),
            text("workspace_id").required().new().part(Part::ParentId).arm_id(WORKSPACES),
            // The document does not say the account's group: the id is as it is written, as long as the names agree.
            text("storage_container_id").required().new().arm_id(CONTAINERS).spread(
                &["properties.accountName", "properties.containerName"],
                names_of,
                |_| None,
            ),
            text("description").new().at("properties.description"),
            flag("is_default").default(false).at("properties.isDefault"),
            text("service_data_auth_identity")
                .default("None")
                .at("properties.serviceDataAccessAuthIdentity")
                .one_of(&["None", "WorkspaceSystemAssignedIdentity", "WorkspaceUserAssignedIdentity"]),
            secret("account_key", "properties.credentials.secrets.key", "AccountKey"),
            secret("shared_access_signature", "properties.credentials.secrets.sasToken", "Sas"),
            tags().new().at("properties.tags"),
        ],
    )
    .hooks(Hooks {
        check: Some(check_secrets),
        claims: Some(suffix),
        attributes: Some(same_container),
        ..Hooks::default()
    })
});

fn check_secrets(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    let nobody =
        config.get("service_data_auth_identity").is_none_or(|v| v.is_null() || v.as_str() == Some("None"));
    if nobody && unset("account_key") && unset("shared_access_signature") {
        let detail = "Write `account_key` or `shared_access_signature`, or let an identity of the workspace read it with `service_data_auth_identity`.";
        return vec![error(Vec::new(), "Missing required argument", detail)];
    }
    let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null() && !v.is_unknown());
    if set("account_key") && set("shared_access_signature") {
        let detail = "Write `account_key` or `shared_access_signature`: a datastore has one credential.";
        return vec![error(argument("account_key"), "Conflicting configuration arguments", detail)];
    }
    Vec::new()
}

/// The suffix of the addresses is the cloud's.
fn suffix(_config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, &["properties", "endpoint"], Value::string(&cx.provider.suffixes.storage));
    claim.body = Value::object(body);
    Ok(())
}

/// The container's id: as it is written where the document has its names, else in the group that the document says, or
/// its own.
fn same_container(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let live = (shown.documents)("");
    let there = |name: &str| live.as_deref()?.get("properties")?.get(name)?.as_str();
    let (Some(account), Some(container), Some(id)) = (there("accountName"), there("containerName"), shown.id)
    else {
        return Ok(());
    };
    let written = shown.config.get("storage_container_id").filter(|v| !v.is_null());
    let alike = written.is_some_and(|w| {
        names_of(w).iter().map(|n| n.as_ref().and_then(Value::as_str)).eq([Some(account), Some(container)])
    });
    let value = match written.filter(|_| alike) {
        Some(written) => written.clone(),
        None => {
            let own =
                (id.subscription_id().map(|s| s.name().to_owned()), id.resource_group().map(str::to_owned));
            let subscription = there("subscriptionId").map(str::to_owned).or(own.0).unwrap_or_default();
            let group = there("resourceGroup").map(str::to_owned).or(own.1).unwrap_or_default();
            let account = format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}"
            );
            format!("{account}/blobServices/default/containers/{container}").into()
        }
    };
    all.insert("storage_container_id".into(), value);
    Ok(())
}
