//! Outbound rules of a workspace's managed network: one table for each kind of destination.

use std::sync::LazyLock;

use super::table::{Hooks, Part, Place, Row, Table, doc, flag, text};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Problem};
use crate::catalog::value::{argument, error, text as known};
use crate::lang::Value;

const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
const RULES: &str = "Microsoft.MachineLearningServices/workspaces/outboundRules";
const VERSION: &str = "2025-06-01";

/// A rule of one kind; `update` are the minutes a change may take, 0 if nothing can be changed.
fn rule(name: &'static str, kind: &'static str, update: u32, rows: Vec<Row>) -> Table {
    let mut all = vec![
        text("name").required().new().part(Part::Name).length(1, 255),
        text("workspace_id").required().new().part(Part::ParentId).arm_id(WORKSPACES),
    ];
    all.extend(rows);
    let document = doc(RULES, VERSION, Place::Under("workspace_id"))
        .fixed("properties.type", kind)
        .fixed("properties.category", "UserDefined");
    Table::new(name, [30, 5, update, 30], vec![document], all)
}

pub(super) static OUTBOUND_RULE_FQDN: LazyLock<Table> = LazyLock::new(|| {
    rule(
        "azurerm_machine_learning_workspace_network_outbound_rule_fqdn",
        "FQDN",
        30,
        vec![text("destination_fqdn").required().at("properties.destination").length(1, 255)],
    )
});

pub(super) static OUTBOUND_RULE_PRIVATE_ENDPOINT: LazyLock<Table> = LazyLock::new(|| {
    rule(
        "azurerm_machine_learning_workspace_network_outbound_rule_private_endpoint",
        "PrivateEndpoint",
        0,
        vec![
            text("service_resource_id")
                .required()
                .new()
                .at("properties.destination.serviceResourceId")
                .arm_id(""),
            text("sub_resource_target")
                .required()
                .new()
                .at("properties.destination.subresourceTarget")
                .one_of(&[
                    "vault",
                    "amlworkspace",
                    "blob",
                    "table",
                    "queue",
                    "file",
                    "web",
                    "dfs",
                    "redisCache",
                ]),
            flag("spark_enabled").default(false).new().at("properties.destination.sparkEnabled"),
        ],
    )
    .hooks(Hooks { check: Some(check_target), ..Hooks::default() })
});

/// What can be reached in a resource of a namespace (arm-mapping §8).
const TARGETS: &[(&str, &[&str])] = &[
    ("Microsoft.KeyVault", &["vault"]),
    ("Microsoft.Cache", &["redisCache"]),
    ("Microsoft.MachineLearningServices", &["amlworkspace"]),
    ("Microsoft.Storage", &["blob", "table", "queue", "file", "web", "dfs"]),
];

fn check_target(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let id = known(config, "service_resource_id").and_then(|id| ArmId::parse(id).ok());
    let (Some(id), Some(target)) = (id, known(config, "sub_resource_target")) else { return Vec::new() };
    let kind = id.resource_type();
    let namespace = kind.split('/').next().unwrap_or_default();
    let Some((_, targets)) = TARGETS.iter().find(|(n, _)| n.eq_ignore_ascii_case(namespace)) else {
        let detail = format!(
            "azurerm makes rules to vaults, caches, workspaces and storage accounts; this is a `{kind}`. Use `azapi_resource` with `{RULES}`."
        );
        return vec![error(argument("service_resource_id"), "Invalid target of an outbound rule", detail)];
    };
    if targets.contains(&target) {
        return Vec::new();
    }
    let detail = format!("A `{kind}` has no `{target}`: {} is expected.", targets.join(", "));
    vec![error(argument("sub_resource_target"), "Invalid target of an outbound rule", detail)]
}

pub(super) static OUTBOUND_RULE_SERVICE_TAG: LazyLock<Table> = LazyLock::new(|| {
    rule(
        "azurerm_machine_learning_workspace_network_outbound_rule_service_tag",
        "ServiceTag",
        30,
        vec![
            text("service_tag").required().at("properties.destination.serviceTag").one_of(TAGS),
            text("protocol")
                .required()
                .at("properties.destination.protocol")
                .one_of(&["*", "TCP", "UDP", "ICMP"]),
            text("port_ranges").required().at("properties.destination.portRanges").length(1, 1024),
        ],
    )
});

#[rustfmt::skip]
const TAGS: &[&str] = &[
    "AppConfiguration", "AppService", "AzureActiveDirectory", "AzureAdvancedThreatProtection",
    "AzureArcInfrastructure", "AzureAttestation", "AzureBackup", "AzureBotService",
    "AzureContainerRegistry", "AzureCosmosDB", "AzureDataLake", "AzureDevSpaces",
    "AzureInformationProtection", "AzureIoTHub", "AzureKeyVault", "AzureManagedGrafana", "AzureMonitor",
    "AzureOpenDatasets", "AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM",
    "AzureResourceManager", "AzureSignalR", "AzureSiteRecovery", "AzureSpringCloud", "AzureStack",
    "AzureUpdateDelivery", "DataFactoryManagement", "EventHub", "GuestAndHybridManagement",
    "M365ManagementActivityApi", "MicrosoftAzureFluidRelay", "MicrosoftCloudAppSecurity",
    "MicrosoftContainerRegistry", "PowerPlatformInfra", "ServiceBus", "Sql", "Storage",
    "WindowsAdminCenter", "AppServiceManagement", "AutonomousDevelopmentPlatform",
    "AzureActiveDirectoryDomainServices", "AzureCloud", "AzureConnectors", "AzureContainerAppsService",
    "AzureDatabricks", "AzureDeviceUpdate", "AzureEventGrid", "AzureFrontDoor.Frontend",
    "AzureFrontDoor.Backend", "AzureFrontDoor.FirstParty", "AzureHealthcareAPIs", "AzureLoadBalancer",
    "AzureMachineLearning", "AzureSphere", "AzureWebPubSub", "BatchNodeManagement", "ChaosStudio",
    "CognitiveServicesFrontend", "CognitiveServicesManagement", "DataFactory",
    "Dynamics365ForMarketingEmail", "Dynamics365BusinessCentral", "EOPExternalPublishedIPs", "Internet",
    "LogicApps", "Marketplace", "MicrosoftDefenderForEndpoint", "PowerBI", "PowerQueryOnline",
    "ServiceFabric", "SqlManagement", "StorageSyncService", "WindowsVirtualDesktop", "VirtualNetwork",
];
