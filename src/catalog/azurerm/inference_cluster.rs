//! Kubernetes clusters attached to a workspace.

use std::sync::LazyLock;

use super::machine_learning::{COMPUTES, WORKSPACES, fixed_identity, in_region_of};
use super::node_pool::{CLUSTERS, VERSION as CLUSTER_VERSION};
use super::read::deep;
use super::table::{Codec, Going, Hooks, Part, Place, Rule, Table, block, doc, flag, tags, text};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, ProviderConfig, Stop, Withdraw};
use crate::catalog::value::{location, put, text as known};
use crate::lang::{Type, Value};

const VERSION: &str = "2025-06-01";

/// The cluster itself stays.
fn detach(_provider: &ProviderConfig, _id: &ArmId) -> Withdraw {
    Withdraw::Delete { query: vec![("underlyingResourceAction".into(), "Detach".into())], then: Vec::new() }
}

pub(super) static MACHINE_LEARNING_INFERENCE_CLUSTER: LazyLock<Table> = LazyLock::new(|| {
    let part = |name: &'static str, path: &'static str| text(name).default("").new().at(path).nonempty();
    let mut ssl = block(
        "ssl",
        vec![
            part("cert", "cert"),
            part("key", "key"),
            part("cname", "cname"),
            part("leaf_domain_label", "leafDomainLabel"),
            flag("overwrite_existing_domain").new().at("overwriteExistingDomain"),
        ],
    )
    .new()
    .at("properties.properties.sslConfiguration")
    .reset("null");
    for own in ["cert", "key", "cname"] {
        for made in ["leaf_domain_label", "overwrite_existing_domain"] {
            ssl = ssl.rule(Rule::Conflict(own, made));
        }
    }
    Table::new(
        "azurerm_machine_learning_inference_cluster",
        [30, 5, 0, 30],
        vec![
            doc(COMPUTES, VERSION, Place::Under("machine_learning_workspace_id"))
                .fixed("properties.computeType", "AKS")
                .going(Going::With(detach)),
        ],
        vec![
            text("name").required().new().part(Part::Name).length(2, 16),
            text("machine_learning_workspace_id").required().new().part(Part::ParentId).arm_id(WORKSPACES),
            text("location").required().new().at("location").codec(Codec::Location),
            text("kubernetes_cluster_id")
                .required()
                .new()
                .at("properties.resourceId")
                .also("properties.computeLocation")
                .also("properties.properties.clusterFqdn")
                .arm_id(CLUSTERS),
            text("cluster_purpose")
                .default("FastProd")
                .new()
                .at("properties.properties.clusterPurpose")
                .one_of(&["DevTest", "FastProd", "DenseProd"]),
            text("description").new().at("properties.description"),
            ssl,
            fixed_identity(),
            tags().new(),
        ],
    )
    .hooks(Hooks { claims: Some(attached), ..Hooks::default() })
});

/// What the workspace is told of the cluster that is attached to it.
fn attached(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    in_region_of(config, "machine_learning_workspace_id", VERSION, &["name", "tier"], claims, cx)?;
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let cluster = known(config, "kubernetes_cluster_id").and_then(|id| ArmId::parse(id).ok());
    let found = match cluster.map(|id| cx.reader.document(&id, CLUSTER_VERSION)) {
        Some(Fetched::Pending) => return Err(Stop::Pending),
        Some(Fetched::Ready(found)) => found,
        _ => None,
    };
    let says = |path: &[&str]| found.as_deref().and_then(|c| deep(c, path)).filter(|v| !v.is_null()).cloned();
    let unknown = || Value::unknown(Type::String);
    let host = says(&["properties", "privateFQDN"]).or_else(|| says(&["properties", "fqdn"]));
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    // It says itself where it is attached.
    let region = known(config, "location").map(location).map_or_else(unknown, Value::from);
    body.insert("location".into(), region);
    put(&mut body, &["properties", "computeLocation"], says(&["location"]).unwrap_or_else(unknown));
    put(&mut body, &["properties", "properties", "clusterFqdn"], host.unwrap_or_else(unknown));
    if let Some(ssl) = config.get("ssl").and_then(Value::as_sequence).and_then(<[Value]>::first) {
        let set = |name: &str| known(ssl, name).is_some_and(|t| !t.is_empty());
        let status = match () {
            () if set("leaf_domain_label") => "Auto",
            () if set("cert") || set("key") || set("cname") => "Enabled",
            () => "Disabled",
        };
        put(&mut body, &["properties", "properties", "sslConfiguration", "status"], status.into());
    }
    claim.body = Value::object(body);
    Ok(())
}
