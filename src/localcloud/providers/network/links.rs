//! What can be reached through a private endpoint: the groups of each target type, their members, the names that resolve
//! to them, and the private zones in which those names live (`private_link.tsv`).

use super::super::common::{array, plain_region, same};
use crate::localcloud::rules::text;
use crate::localcloud::world::{Document, World};

/// A name that resolves to a member of an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::localcloud::providers) struct Host {
    /// The name in the private zone: `kv-x` of `kv-x.privatelink.vaultcore.azure.net`.
    pub record: String,
    /// The public suffix: `vault.azure.net`.
    suffix: &'static str,
    /// The private zone: `privatelink.vaultcore.azure.net`.
    pub zone: &'static str,
}

impl Host {
    /// The public name.
    pub fn fqdn(&self) -> String {
        format!("{}.{}", self.record, self.suffix)
    }
}

/// A member of a group: one address of the endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::localcloud::providers) struct Member {
    pub name: String,
    pub hosts: Vec<Host>,
}

/// A row: target type, group, member, and its names with suffix and zone. `{name}` is the target's name, `{region}` a
/// region of it, `{workspace}` the workspace's GUID; `{short}` its first 15 letters, `{home}` its own region; a row
/// with `{region}` in its member stands for each region.
type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";
const COSMOS: &str = "Microsoft.DocumentDB/databaseAccounts";
const ML: &str = "Microsoft.MachineLearningServices/workspaces";
const MONITOR: &str = "Microsoft.Insights/privateLinkScopes";
const MONITOR_ZONE: &str = "privatelink.monitor.azure.com";

const ROWS: &[Row] = &[
    (
        "Microsoft.KeyVault/vaults",
        "vault",
        "default",
        &[("{name}", "vault.azure.net", "privatelink.vaultcore.azure.net")],
    ),
    (STORAGE, "blob", "blob", &[("{name}", "blob.core.windows.net", "privatelink.blob.core.windows.net")]),
    (
        STORAGE,
        "table",
        "table",
        &[("{name}", "table.core.windows.net", "privatelink.table.core.windows.net")],
    ),
    (
        STORAGE,
        "queue",
        "queue",
        &[("{name}", "queue.core.windows.net", "privatelink.queue.core.windows.net")],
    ),
    (STORAGE, "file", "file", &[("{name}", "file.core.windows.net", "privatelink.file.core.windows.net")]),
    (STORAGE, "web", "web", &[("{name}", "web.core.windows.net", "privatelink.web.core.windows.net")]),
    (STORAGE, "dfs", "dfs", &[("{name}", "dfs.core.windows.net", "privatelink.dfs.core.windows.net")]),
    (REGISTRY, "registry", "registry", &[("{name}", "azurecr.io", "privatelink.azurecr.io")]),
    (
        REGISTRY,
        "registry",
        "registry_data_{region}",
        &[("{name}.{region}.data", "azurecr.io", "privatelink.azurecr.io")],
    ),
    (
        ML,
        "amlworkspace",
        "default",
        &[
            ("{workspace}.workspace.{home}", "api.azureml.ms", "privatelink.api.azureml.ms"),
            ("{workspace}.workspace.{home}.cert", "api.azureml.ms", "privatelink.api.azureml.ms"),
        ],
    ),
    (
        ML,
        "amlworkspace",
        "notebook",
        &[("ml-{short}-{home}-{workspace}.{home}", "notebooks.azure.net", "privatelink.notebooks.azure.net")],
    ),
    (
        ML,
        "amlworkspace",
        "inference",
        &[("*.{workspace}.inference.{home}", "api.azureml.ms", "privatelink.api.azureml.ms")],
    ),
    (MONITOR, "azuremonitor", "api", &[("api", "monitor.azure.com", MONITOR_ZONE)]),
    (MONITOR, "azuremonitor", "global.in.ai", &[("global.in.ai", "monitor.azure.com", MONITOR_ZONE)]),
    (MONITOR, "azuremonitor", "profiler", &[("profiler", "monitor.azure.com", MONITOR_ZONE)]),
    (MONITOR, "azuremonitor", "live", &[("live", "monitor.azure.com", MONITOR_ZONE)]),
    (MONITOR, "azuremonitor", "snapshot", &[("snapshot", "monitor.azure.com", MONITOR_ZONE)]),
    (
        MONITOR,
        "azuremonitor",
        "agentsolutionpackstore",
        &[("scadvisorcontentpl", "blob.core.windows.net", "privatelink.blob.core.windows.net")],
    ),
    (MONITOR, "azuremonitor", "dce-global", &[("global.handler.control", "monitor.azure.com", MONITOR_ZONE)]),
    (COSMOS, "Sql", "{name}", &[("{name}", "documents.azure.com", "privatelink.documents.azure.com")]),
    (
        COSMOS,
        "Sql",
        "{name}-{region}",
        &[("{name}-{region}", "documents.azure.com", "privatelink.documents.azure.com")],
    ),
    (
        COSMOS,
        "MongoDB",
        "{name}",
        &[("{name}", "mongo.cosmos.azure.com", "privatelink.mongo.cosmos.azure.com")],
    ),
    (
        COSMOS,
        "MongoDB",
        "{name}-{region}",
        &[("{name}-{region}", "mongo.cosmos.azure.com", "privatelink.mongo.cosmos.azure.com")],
    ),
    (
        COSMOS,
        "Cassandra",
        "{name}",
        &[("{name}", "cassandra.cosmos.azure.com", "privatelink.cassandra.cosmos.azure.com")],
    ),
    (
        COSMOS,
        "Gremlin",
        "{name}",
        &[("{name}", "gremlin.cosmos.azure.com", "privatelink.gremlin.cosmos.azure.com")],
    ),
    (
        COSMOS,
        "Table",
        "{name}",
        &[("{name}", "table.cosmos.azure.com", "privatelink.table.cosmos.azure.com")],
    ),
    (
        COSMOS,
        "Analytical",
        "{name}",
        &[("{name}", "analytics.cosmos.azure.com", "privatelink.analytics.cosmos.azure.com")],
    ),
    (
        "Microsoft.Search/searchServices",
        "searchService",
        "searchService",
        &[("{name}", "search.windows.net", "privatelink.search.windows.net")],
    ),
    (
        "Microsoft.CognitiveServices/accounts",
        "account",
        "default",
        &[("{name}", "cognitiveservices.azure.com", "privatelink.cognitiveservices.azure.com")],
    ),
    (
        "Microsoft.Databricks/workspaces",
        "databricks_ui_api",
        "databricks_ui_api",
        &[("{name}", "azuredatabricks.net", "privatelink.azuredatabricks.net")],
    ),
    ("Microsoft.Databricks/workspaces", "browser_authentication", "browser_authentication", &[]),
    ("Microsoft.ContainerService/managedClusters", "management", "management", &[]),
];

/// The groups of a target type; empty: the type is not in the table.
pub(in crate::localcloud::providers) fn groups(type_name: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = ROWS.iter().filter(|row| same(row.0, type_name)).map(|row| row.1).collect();
    found.dedup();
    found
}

/// The members of a group of a target, with their names. A type without a row has one member, named like the group.
pub(in crate::localcloud::providers) fn members(
    world: &World,
    target: &Document,
    group: &str,
) -> Vec<Member> {
    let secondary = group.strip_suffix("_secondary");
    let wanted = secondary.unwrap_or(group);
    let rows: Vec<&Row> =
        ROWS.iter().filter(|row| same(row.0, &target.type_name) && row.1 == wanted).collect();
    if rows.is_empty() {
        return vec![Member { name: group.to_owned(), hosts: Vec::new() }];
    }
    let home = plain_region(target.location());
    let mut found = Vec::new();
    for (_, _, member, hosts) in rows {
        let places = if member.contains("{region}") { regions(world, target) } else { vec![String::new()] };
        for region in places {
            let fill = |pattern: &str| {
                let name = match secondary {
                    Some(_) => format!("{}-secondary", target.name()),
                    None => target.name().to_lowercase(),
                };
                pattern
                    .replace("{name}", &name)
                    .replace("{short}", &name.chars().take(15).collect::<String>())
                    .replace("{home}", &home)
                    .replace("{region}", &region)
                    .replace("{workspace}", target.text("properties.workspaceId"))
            };
            let hosts = hosts
                .iter()
                .map(|(record, suffix, zone)| Host { record: fill(record), suffix, zone })
                .collect();
            let name = if secondary.is_some() { group.to_owned() } else { fill(member) };
            found.push(Member { name, hosts });
        }
    }
    found
}

/// The regions in which a target answers: its own, and those of its replicas.
fn regions(world: &World, target: &Document) -> Vec<String> {
    let mut found = vec![plain_region(target.location())];
    let replicas = world
        .children(&target.id, "Microsoft.ContainerRegistry/registries/replications")
        .into_iter()
        .map(|replica| plain_region(replica.location()));
    let locations =
        array(&target.body, "properties.locations").iter().map(|l| plain_region(text(l, "locationName")));
    for region in replicas.chain(locations) {
        if !region.is_empty() && !found.contains(&region) {
            found.push(region);
        }
    }
    found
}
