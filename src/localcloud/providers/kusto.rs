//! Microsoft.Kusto: clusters of Azure Data Explorer, and their databases.

use serde_json::Value;

use super::common::{bad, default_to, insert, view_connections};
use super::connections::CONNECTION;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    FinalAnswer, FirstBody, Location, Missing, NameRule, Put, Reference, Seconds, Shape, TypeRules, Update,
    text,
};
use crate::localcloud::world::{Document, World};

/// 201 / 200 with the resource, and an operation to poll.
const PUT: Shape = Shape {
    synchronous: false,
    async_url: Some("{sub}/providers/Microsoft.Kusto/locations/{location}/operationResults/{op}"),
    update_state: "Running",
    ..Shape::SYNC
};
const DELETE: Shape = Shape {
    created: 202,
    body: FirstBody::Empty,
    state: "Deleting",
    update_state: "Deleting",
    result: FinalAnswer::Empty,
    ..PUT
};

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: "Microsoft.Kusto/clusters",
        echo_type: Some("Microsoft.Kusto/Clusters"),
        name: Some(NameRule {
            length: (4, 22),
            pattern: "[a-z][a-z0-9-]*",
            status: 400,
            code: "BadRequest",
            message: "The cluster name '{name}' is invalid: it must be 4 to 22 lower-case letters, digits and hyphens, beginning with a letter.",
        }),
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 600.0, update: 120.0, delete: 120.0 },
        update: Update::Replace,
        system_data: true,
        defaults: &[
            ("properties.trustedExternalTenants", "[{\"value\":\"*\"}]"),
            ("properties.enableDiskEncryption", "false"),
            ("properties.enableStreamingIngest", "false"),
            ("properties.enablePurge", "false"),
            ("properties.enableDoubleEncryption", "false"),
            ("properties.enableAutoStop", "true"),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.restrictOutboundNetworkAccess", "\"Disabled\""),
            ("properties.publicIPType", "\"IPv4\""),
            ("properties.engineType", "\"V3\""),
        ],
        immutable: &[
            "zones",
            "properties.enableDoubleEncryption",
            "properties.virtualNetworkConfiguration.subnetId",
            "properties.virtualNetworkConfiguration.enginePublicIpId",
            "properties.virtualNetworkConfiguration.dataManagementPublicIpId",
        ],
        references: &[
            Reference {
                path: "properties.virtualNetworkConfiguration.subnetId",
                missing: Missing::BadRequest("BadRequest"),
            },
            Reference {
                path: "properties.virtualNetworkConfiguration.enginePublicIpId",
                missing: Missing::BadRequest("BadRequest"),
            },
            Reference {
                path: "properties.virtualNetworkConfiguration.dataManagementPublicIpId",
                missing: Missing::BadRequest("BadRequest"),
            },
        ],
        normalise: Some(cluster),
        view: Some(view_cluster),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Kusto/clusters/databases",
        echo_type: Some("Microsoft.Kusto/Clusters/Databases"),
        location: Location::Regional,
        put: PUT,
        patch: Some(PUT),
        delete: DELETE,
        seconds: Seconds { create: 60.0, update: 20.0, delete: 20.0 },
        immutable: &["kind"],
        view: Some(view_database),
        ..TypeRules::NESTED
    },
    TypeRules { type_name: "Microsoft.Kusto/clusters/privateEndpointConnections", ..CONNECTION },
];

/// A cluster's PUT.
fn cluster(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let count = |put: &Put, path: &str| put.get(path).and_then(Value::as_i64);
    let bounds = ["minimum", "maximum"].map(|b| count(put, &format!("properties.optimizedAutoscale.{b}")));
    let dev = text(&put.body, "sku.name").starts_with("Dev(No SLA)");
    if dev != (text(&put.body, "sku.tier") == "Basic") {
        return Err(bad("BadRequest", "The tier of the SKU does not match its name."));
    }
    let usual = if dev { 1 } else { 2 };
    let [least, most] = bounds;
    default_to(put, "sku.capacity", least.map_or(usual, |least| usual.max(least)));
    if let (Some(least), Some(most), Some(n)) = (least, most, count(put, "sku.capacity"))
        && !(least <= n && n <= most)
    {
        return Err(bad(
            "BadRequest",
            format!("Optimized autoscale between {least} and {most} does not allow {n} instances."),
        ));
    }
    let zones = put.get("zones").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    put.set("properties.zoneStatus", if zones { "Zonal" } else { "NonZonal" });
    Ok(())
}

/// The addresses appear with the cluster.
fn view_cluster(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let there = text(body, "properties.provisioningState") != "Creating";
    let host = format!("{}.{}.kusto.windows.net", document.name(), document.location());
    let Some(properties) = body.get_mut("properties") else { return };
    insert(properties, "state", if there { "Running" } else { "Creating" });
    if there {
        insert(properties, "uri", format!("https://{host}"));
        insert(properties, "dataIngestionUri", format!("https://ingest-{host}"));
    }
}

/// A database is named with its cluster, and measured once it is there.
fn view_database(_: &World, document: &Document, body: &mut Value) {
    let there = text(body, "properties.provisioningState") != "Creating";
    let cluster = document.id.rsplit('/').nth(2).unwrap_or_default();
    insert(body, "name", format!("{cluster}/{}", document.name()));
    if let Some(properties) = body.get_mut("properties")
        && there
    {
        insert(properties, "statistics", serde_json::json!({ "size": 0.0 }));
    }
}
