//! Azure Machine Learning workspaces, compute clusters and compute instances.

use std::sync::LazyLock;

use super::read::deep;
use super::table::{
    ANY_IDENTITY, Check, Codec, Going, Hooks, Lit, Mode, Part, Place, Predict, Row, Rule, Table, What, block,
    doc, flag, identity, number, place, tags, text,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, Problem, ProviderConfig, Replace, Stop, Withdraw};
use crate::catalog::value::{argument, error, flag as known_flag, put, text as known};
use crate::lang::{Type, Value};

pub(super) const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
pub(super) const COMPUTES: &str = "Microsoft.MachineLearningServices/workspaces/computes";
const VERSION: &str = "2025-06-01";

/// A deleted workspace stays for 14 days and blocks its name (NAM-06) unless the provider says otherwise.
pub(super) fn leave_or_purge(provider: &ProviderConfig, _id: &ArmId) -> Withdraw {
    let purge = provider.feature("machine_learning", "purge_soft_deleted_workspace_on_destroy");
    let query = purge.then(|| ("forceToPurge".into(), "true".into())).into_iter().collect();
    Withdraw::Delete { query, then: Vec::new() }
}

/// A managed network only becomes tighter (IMP-06).
pub(super) fn tighter(before: &Value, after: &Value) -> Replace {
    let rank = |v: &Value| match v.as_str() {
        Some("AllowInternetOutbound") => 1,
        Some("AllowOnlyApprovedOutbound") => 2,
        _ => 0,
    };
    if rank(after) < rank(before) && !after.is_unknown() {
        return Replace::Refuse(format!(
            "The isolation of a managed network cannot be loosened: it is `{}`. Keep it, or make another workspace.",
            before.as_str().unwrap_or_default()
        ));
    }
    Replace::No
}

/// A feature store is made as one.
fn made_as(before: &Value, after: &Value) -> Replace {
    let named = |v: &Value| v.as_str().map(str::to_lowercase);
    match (named(before), named(after)) {
        (Some(old), Some(new)) if old != new => Replace::Refuse(format!(
            "The kind of a workspace is chosen when it is made: it is `{old}`. Keep it, or make another workspace."
        )),
        _ => Replace::No,
    }
}

/// A customer-managed key, chosen once.
pub(super) fn encryption() -> Row {
    block(
        "encryption",
        vec![
            text("key_vault_id")
                .required()
                .at("keyVaultProperties.keyVaultArmId")
                .arm_id("Microsoft.KeyVault/vaults"),
            text("key_id")
                .required()
                .at("keyVaultProperties.keyIdentifier")
                .matches(r"^https?://", "the URL of a key"),
            text("user_assigned_identity_id")
                .at("identity.userAssignedIdentity")
                .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities")
                .observed(),
        ],
    )
    .new()
    .cleared()
    .at("properties.encryption")
    .with("properties.encryption.status", "Enabled")
}

pub(super) static MACHINE_LEARNING_WORKSPACE: LazyLock<Table> = LazyLock::new(|| {
    let part =
        |name: &'static str, path: &'static str, kind: &'static str| text(name).new().at(path).arm_id(kind);
    let features = block(
        "feature_store",
        vec![
            text("computer_spark_runtime_version").at("computeRuntime.sparkRuntimeVersion").observed(),
            text("offline_connection_name").at("offlineStoreConnectionName"),
            text("online_connection_name").at("onlineStoreConnectionName"),
        ],
    )
    .cleared()
    .at("properties.featureStoreSettings");
    let network = block(
        "managed_network",
        vec![
            text("isolation_mode")
                .both()
                .at("properties.managedNetwork.isolationMode")
                .one_of(&["Disabled", "AllowOnlyApprovedOutbound", "AllowInternetOutbound"])
                .replaces(tighter),
            flag("provision_on_creation_enabled").default(false).new().at("properties.provisionNetworkNow"),
        ],
    )
    .stays();
    let serverless = block(
        "serverless_compute",
        vec![
            text("subnet_id")
                .at("serverlessComputeCustomSubnet")
                .arm_id("Microsoft.Network/virtualNetworks/subnets"),
            flag("public_ip_enabled").default(false).at("serverlessComputeNoPublicIP").not(),
        ],
    )
    .at("properties.serverlessComputeSettings")
    .cleared();
    let mut rows = place(text("name").matches(
        r"^[a-zA-Z0-9][\w-]{2,32}$",
        "3 to 33 letters, digits, `-` and `_`, the first no `-` or `_`",
    ));
    rows.extend([
        part("application_insights_id", "properties.applicationInsights", "Microsoft.Insights/components")
            .required(),
        part("key_vault_id", "properties.keyVault", "Microsoft.KeyVault/vaults").required(),
        part("storage_account_id", "properties.storageAccount", "Microsoft.Storage/storageAccounts")
            .required(),
        // The service makes one at need where none is given.
        part(
            "container_registry_id",
            "properties.containerRegistry",
            "Microsoft.ContainerRegistry/registries",
        )
        .observed(),
        identity(ANY_IDENTITY, true).required(),
        text("primary_user_assigned_identity")
            .at("properties.primaryUserAssignedIdentity")
            .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities")
            .observed(),
        text("kind").default("Default").at("kind").one_of(&["Default", "FeatureStore"]).replaces(made_as),
        features,
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        flag("public_access_behind_virtual_network_enabled")
            .until(3)
            .at("properties.allowPublicAccessWhenBehindVnet"),
        network,
        encryption(),
        flag("service_side_encryption_enabled")
            .default(false)
            .new()
            .at("properties.enableServiceSideCMKEncryption")
            .unless(false),
        text("storage_account_access_type")
            .default("AccessKey")
            .since(4)
            .at("properties.systemDatastoresAuthMode")
            .one_of(&["AccessKey", "Identity"]),
        flag("high_business_impact").new().at("properties.hbiWorkspace").unless(false),
        flag("v1_legacy_mode_enabled").default(false).at("properties.v1LegacyMode"),
        text("image_build_compute_name").at("properties.imageBuildCompute"),
        text("description").at("properties.description"),
        text("friendly_name").at("properties.friendlyName").observed(),
        text("sku_name").default("Basic").at("sku.name").with("sku.tier", "Basic").one_of(&["Basic"]),
        serverless,
        tags(),
        text("discovery_url").computed().at("properties.discoveryUrl"),
        text("workspace_id").computed().at("properties.workspaceId"),
    ]);
    Table::new(
        "azurerm_machine_learning_workspace",
        [30, 5, 30, 30],
        vec![doc(WORKSPACES, VERSION, Place::Group(&["name"])).going(Going::With(leave_or_purge))],
        rows,
    )
    .hooks(Hooks { check: Some(check_workspace), ..Hooks::default() })
});

fn check_workspace(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let first = |name: &str| config.get(name).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let mut wrong = |name: &str, detail: &str| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let kind = match config.get("kind") {
        Some(v) if !v.is_null() => v.as_str(),
        _ => Some("Default"),
    };
    match kind {
        Some("FeatureStore") if first("feature_store").is_none() => {
            wrong("feature_store", "A workspace of the kind `FeatureStore` needs the block `feature_store`.");
        }
        Some("Default") if first("feature_store").is_some() => {
            wrong("feature_store", "The block `feature_store` is for `kind = \"FeatureStore\"`.");
        }
        _ => {}
    }
    if known_flag(config, "service_side_encryption_enabled") == Some(true) && first("encryption").is_none() {
        wrong(
            "service_side_encryption_enabled",
            "Encryption on the side of the service needs the block `encryption`.",
        );
    }
    let identity = first("identity").and_then(|i| known(i, "type"));
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    if identity == Some("UserAssigned") && unset("primary_user_assigned_identity") {
        wrong(
            "primary_user_assigned_identity",
            "A workspace with only user-assigned identities must be told which one it uses: write `primary_user_assigned_identity`.",
        );
    }
    if let Some(serverless) = first("serverless_compute") {
        let private = known_flag(config, "public_network_access_enabled") == Some(false);
        let no_ip =
            serverless.get("public_ip_enabled").is_none_or(|v| v.is_null() || v.as_bool() == Some(false));
        if private && no_ip && serverless.get("subnet_id").is_none_or(Value::is_null) {
            wrong(
                "serverless_compute",
                "Without public addresses and without public access, serverless compute needs a `subnet_id`.",
            );
        }
    }
    problems
}

fn settings() -> Row {
    let count = |name: &'static str, path: &'static str| number(name).required().at(path).range(0, i64::MAX);
    block(
        "scale_settings",
        vec![
            count("max_node_count", "maxNodeCount"),
            count("min_node_count", "minNodeCount"),
            text("scale_down_nodes_after_idle_duration")
                .required()
                .at("nodeIdleTimeBeforeScaleDown")
                .check(Check::Duration),
        ],
    )
    .required()
    .count(1, 1)
    .at("properties.properties.scaleSettings")
}

pub(super) static MACHINE_LEARNING_COMPUTE_CLUSTER: LazyLock<Table> = LazyLock::new(|| {
    let new = |name: &'static str, path: &'static str| text(name).new().at(path);
    let shell = block(
        "ssh",
        vec![
            new("admin_username", "adminUserName").required(),
            new("admin_password", "adminUserPassword").sensitive(),
            new("key_value", "adminUserSshPublicKey"),
        ],
    )
    .new()
    .at("properties.properties.userAccountCredentials")
    .reset("null")
    .rule(Rule::AtLeastOne(&["admin_password", "key_value"]));
    Table::new(
        "azurerm_machine_learning_compute_cluster",
        [30, 5, 30, 30],
        vec![
            doc(COMPUTES, VERSION, Place::Under("machine_learning_workspace_id"))
                .fixed("properties.computeType", "AmlCompute")
                .going(Going::With(with_nodes)),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(
                r"^[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]$",
                "3 to 32 letters, digits and `-`, a letter first, no `-` last",
            ),
            text("machine_learning_workspace_id").required().new().part(Part::ParentId).arm_id(WORKSPACES),
            text("location").required().new().at("properties.computeLocation").codec(Codec::Location),
            new("vm_size", "properties.properties.vmSize").required(),
            new("vm_priority", "properties.properties.vmPriority")
                .required()
                .one_of(&["Dedicated", "LowPriority"]),
            settings(),
            new("subnet_resource_id", "properties.properties.subnet")
                .both()
                .id()
                .arm_id("Microsoft.Network/virtualNetworks/subnets")
                .predict(Predict::Lit(Lit::Json("null"))),
            flag("node_public_ip_enabled").default(true).new().at("properties.properties.enableNodePublicIp"),
            flag("ssh_public_access_enabled")
                .default(false)
                .new()
                .at("properties.properties.remoteLoginPortPublicAccess")
                .switch(),
            shell,
            flag("local_auth_enabled").default(true).new().at("properties.disableLocalAuth").not(),
            new("description", "properties.description"),
            identity(ANY_IDENTITY, true),
            tags(),
        ],
    )
    .hooks(Hooks { claims: Some(like_workspace), ..Hooks::default() })
});

/// The identity of a compute of which nothing is changed in place.
pub(super) fn fixed_identity() -> Row {
    let mut identity = identity(ANY_IDENTITY, true).new();
    if let What::Block(parts) = &mut identity.what {
        parts
            .rows
            .iter_mut()
            .filter(|r| r.mode == Mode::Required || r.mode == Mode::Optional)
            .for_each(|r| r.new = true);
    }
    identity
}

/// Nothing of an instance can be changed (arm-mapping §8).
pub(super) static MACHINE_LEARNING_COMPUTE_INSTANCE: LazyLock<Table> = LazyLock::new(|| {
    let new = |name: &'static str, path: &'static str| text(name).new().at(path);
    let user = block(
        "assign_to_user",
        vec![text("object_id").at("objectId"), text("tenant_id").at("tenantId").uuid()],
    )
    .new()
    .at("properties.properties.personalComputeInstanceSettings.assignedUser")
    .reset("null")
    .rule(Rule::Needs("object_id", "tenant_id"))
    .rule(Rule::Needs("tenant_id", "object_id"));
    let shell = block(
        "ssh",
        vec![
            text("public_key").required().at("adminPublicKey"),
            number("port").computed().at("sshPort"),
            text("username").computed().at("adminUserName"),
        ],
    )
    .new()
    .at("properties.properties.sshSettings")
    .reset("null")
    .with("properties.properties.sshSettings.sshPublicAccess", "Enabled");
    Table::new(
        "azurerm_machine_learning_compute_instance",
        [30, 5, 0, 30],
        vec![
            doc(COMPUTES, VERSION, Place::Under("machine_learning_workspace_id"))
                .fixed("properties.computeType", "ComputeInstance")
                .going(Going::With(with_nodes)),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[a-zA-Z][a-zA-Z0-9-]{3,24}$", "4 to 25 letters, digits and `-`, a letter first"),
            text("machine_learning_workspace_id").required().new().part(Part::ParentId).arm_id(WORKSPACES),
            // It has had no effect since 3.x: the location is the workspace's.
            text("location").both().until(3).at("location").codec(Codec::Location),
            new("virtual_machine_size", "properties.properties.vmSize").required(),
            new("authorization_type", "properties.properties.computeInstanceAuthorizationType")
                .observed()
                .one_of(&["personal"]),
            user,
            shell,
            new("subnet_resource_id", "properties.properties.subnet")
                .id()
                .arm_id("Microsoft.Network/virtualNetworks/subnets"),
            flag("node_public_ip_enabled").default(true).new().at("properties.properties.enableNodePublicIp"),
            flag("local_auth_enabled").default(true).new().at("properties.disableLocalAuth").not(),
            new("description", "properties.description"),
            fixed_identity(),
            tags().new(),
        ],
    )
    .hooks(Hooks { claims: Some(like_workspace), ..Hooks::default() })
});

/// A cluster goes with its machines.
fn with_nodes(_provider: &ProviderConfig, _id: &ArmId) -> Withdraw {
    Withdraw::Delete { query: vec![("underlyingResourceAction".into(), "Delete".into())], then: Vec::new() }
}

/// A compute's own location and SKU are those of its workspace.
pub(super) fn like_workspace(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    in_region_of(config, "machine_learning_workspace_id", VERSION, &["name", "tier"], claims, cx)
}

/// The location of the first claim is that of the resource whose id is an argument, and so is what is named of its SKU.
pub(super) fn in_region_of(
    config: &Value,
    argument: &str,
    api_version: &str,
    sku: &[&str],
    claims: &mut [Claim],
    cx: &Context<'_>,
) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let id = known(config, argument).and_then(|id| ArmId::parse(id).ok());
    let found = match id.map(|id| cx.reader.document(&id, api_version)) {
        Some(Fetched::Pending) => return Err(Stop::Pending),
        Some(Fetched::Ready(found)) => found,
        _ => None,
    };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    let location = found.as_deref().and_then(|w| w.get("location")).filter(|v| !v.is_null()).cloned();
    body.insert("location".into(), location.unwrap_or_else(|| Value::unknown(Type::String)));
    for name in sku {
        if let Some(found) = found.as_deref().and_then(|w| deep(w, &["sku", name])).filter(|v| !v.is_null()) {
            put(&mut body, &["sku", name], found.clone());
        }
    }
    claim.body = Value::object(body);
    Ok(())
}
