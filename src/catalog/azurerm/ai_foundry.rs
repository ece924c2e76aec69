//! Hubs and projects of Azure AI: workspaces of two more kinds.

use std::sync::LazyLock;

use super::machine_learning::{WORKSPACES, encryption, leave_or_purge, tighter};
use super::table::Part;
use super::table::{
    ANY_IDENTITY, Going, Place, Row, Rule, Table, block, doc, flag, identity, location, place, tags, text,
};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Stop, Write};
use crate::catalog::value::text as known;
use crate::lang::Value;

const VERSION: &str = "2025-06-01";
const NAME: (&str, &str) =
    (r"^[a-zA-Z0-9][\w-]{2,32}$", "3 to 33 letters, digits, `-` and `_`, the first no `-` or `_`");

/// What hubs and projects share.
fn common(project: bool) -> Vec<Row> {
    let identity = identity(ANY_IDENTITY, true);
    vec![
        if project { identity } else { identity.required() },
        text("primary_user_assigned_identity")
            .at("properties.primaryUserAssignedIdentity")
            .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities")
            .observed(),
        flag("high_business_impact_enabled").both().new().at("properties.hbiWorkspace"),
        text("description").at("properties.description"),
        text("friendly_name").at("properties.friendlyName").observed(),
        tags(),
    ]
}

pub(super) static AI_FOUNDRY: LazyLock<Table> = LazyLock::new(|| {
    let part = |name: &'static str, path: &'static str, kind: &'static str| text(name).at(path).arm_id(kind);
    let mut rows = place(text("name").matches(NAME.0, NAME.1));
    rows.extend(common(false));
    rows.extend([
        part("key_vault_id", "properties.keyVault", "Microsoft.KeyVault/vaults").required().new(),
        part("storage_account_id", "properties.storageAccount", "Microsoft.Storage/storageAccounts")
            .required()
            .new(),
        part("application_insights_id", "properties.applicationInsights", "Microsoft.Insights/components"),
        // The service makes one at need where none is given.
        part(
            "container_registry_id",
            "properties.containerRegistry",
            "Microsoft.ContainerRegistry/registries",
        )
        .observed(),
        text("public_network_access")
            .default("Enabled")
            .at("properties.publicNetworkAccess")
            .one_of(&["Enabled", "Disabled"]),
        encryption(),
        block(
            "managed_network",
            vec![
                text("isolation_mode")
                    .both()
                    .at("properties.managedNetwork.isolationMode")
                    .one_of(&["Disabled", "AllowOnlyApprovedOutbound", "AllowInternetOutbound"])
                    .replaces(tighter),
            ],
        )
        .stays(),
        text("discovery_url").computed().at("properties.discoveryUrl"),
        text("workspace_id").computed().at("properties.workspaceId"),
    ]);
    Table::new(
        "azurerm_ai_foundry",
        [60, 5, 30, 30],
        vec![
            doc(WORKSPACES, VERSION, Place::Group(&["name"]))
                .fixed("kind", "Hub")
                .going(Going::With(leave_or_purge)),
        ],
        rows,
    )
});

/// A project is in the group of its hub.
fn beside_hub(config: &Value, _cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let (Some(hub), Some(name)) = (known(config, "ai_services_hub_id"), known(config, "name")) else {
        return Ok(None);
    };
    let hub = parse(hub, "ai_services_hub_id")?;
    let Some(group) = hub.resource_group_id() else { return Ok(None) };
    ArmId::build(&group, WORKSPACES, name).map(Some).map_err(|e| problem("name", format!("{e}.")))
}

pub(super) static AI_FOUNDRY_PROJECT: LazyLock<Table> = LazyLock::new(|| {
    let mut rows = vec![
        text("name").required().new().part(Part::Name).matches(NAME.0, NAME.1),
        location(),
        text("ai_services_hub_id").required().new().at("properties.hubResourceId").arm_id(WORKSPACES),
        text("project_id").computed().at("properties.workspaceId"),
    ];
    rows.extend(common(true));
    Table::new(
        "azurerm_ai_foundry_project",
        [30, 5, 30, 30],
        // A project answers with what it has of its hub, and refuses to be sent that: only what changes is sent.
        vec![doc(WORKSPACES, VERSION, Place::Hook(beside_hub)).fixed("kind", "Project").write(Write::Patch)],
        rows,
    )
    .rule(Rule::Needs("primary_user_assigned_identity", "identity"))
});
