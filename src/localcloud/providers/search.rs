//! Microsoft.Search: search services.

use serde_json::{Value, json};

use super::common::{bad, insert, region_title, renew, round, same, token, view_connections};
use super::connections::{CONNECTION, link_resources};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, NameRule, Put, Route, Seconds, Shape, TypeRules, Unique, Update, at, text,
};
use crate::localcloud::world::{Document, World};

const SERVICES: &str = "Microsoft.Search/searchServices";

/// SKUs in the order in which a service can be raised; others never change.
const LADDER: [&str; 4] = ["basic", "standard", "standard2", "standard3"];

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: SERVICES,
        name: Some(NameRule {
            length: (2, 60),
            pattern: "[a-z0-9](-?[a-z0-9])*",
            status: 400,
            code: "Unknown",
            message: "Service name '{name}' must only contain lowercase letters, digits or dashes, cannot start or end with or contain consecutive dashes and is limited to 60 characters.",
        }),
        unique: Unique::Global {
            status: 409,
            code: "ServiceNameUnavailable",
            message: "The service name '{name}' is not available.",
        },
        put: Shape::STATE_ONLY,
        patch: Some(Shape::SYNC_200),
        seconds: Seconds { create: 20.0, update: 5.0, delete: 5.0 },
        update: Update::Keep,
        defaults: &[
            ("sku.name", "\"standard\""),
            ("properties.replicaCount", "1"),
            ("properties.partitionCount", "1"),
            ("properties.hostingMode", "\"Default\""),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.networkRuleSet.ipRules", "[]"),
            ("properties.networkRuleSet.bypass", "\"None\""),
            ("properties.encryptionWithCmk.enforcement", "\"Unspecified\""),
            ("properties.disableLocalAuth", "false"),
            ("properties.semanticSearch", "\"disabled\""),
            ("properties.sharedPrivateLinkResources", "[]"),
            ("properties.status", "\"running\""),
            ("properties.statusDetails", "\"\""),
        ],
        immutable: &["properties.hostingMode"],
        actions: &[
            Action { name: "listAdminKeys", method: "POST", run: admin_keys, shape: None, seconds: 0.0 },
            Action { name: "listQueryKeys", method: "POST", run: query_keys, shape: None, seconds: 0.0 },
            Action {
                name: "regenerateAdminKey/primary",
                method: "POST",
                run: new_admin_key,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "regenerateAdminKey/secondary",
                method: "POST",
                run: new_admin_key,
                shape: None,
                seconds: 0.0,
            },
        ],
        normalise: Some(service),
        view: Some(view_service),
        ..TypeRules::REGIONAL
    },
    TypeRules { type_name: "Microsoft.Search/searchServices/privateEndpointConnections", ..CONNECTION },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Search/searchServices/{name}/privateLinkResources",
    run: |world, call| link_resources(world, SERVICES, call),
}];

/// A service's PUT.
fn service(_: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let sku = text(&put.body, "sku.name").to_owned();
    if let Some(old) = put.existing {
        let rank = |sku: &str| LADDER.iter().position(|s| s.eq_ignore_ascii_case(sku));
        let from = old.text("sku.name");
        let up = matches!((rank(from), rank(&sku)), (Some(a), Some(b)) if b >= a);
        if !same(from, &sku) && !up {
            return Err(bad(
                "InvalidRequestParameter",
                format!("The SKU of search service {} cannot be changed from {from} to {sku}.", old.name()),
            ));
        }
    }
    let local = at(&put.body, "properties.disableLocalAuth") != Some(&Value::Bool(true));
    if local && put.get("properties.authOptions").is_none() {
        put.set("properties.authOptions", json!({ "apiKeyOnly": {} }));
    }
    if !local
        && put.get("properties.authOptions").is_some()
        && at(put.sent, "properties.authOptions").is_some()
    {
        return Err(bad(
            "InvalidRequestParameter",
            "authOptions cannot be set when disableLocalAuth is true.",
        ));
    }
    if !local && let Some(Value::Object(properties)) = put.body.get_mut("properties") {
        properties.shift_remove("authOptions");
    }
    Ok(())
}

/// Search writes its states in lower case and its location as a title.
fn view_service(world: &World, document: &Document, body: &mut Value) {
    view_connections(world, document, body);
    let title = region_title(document.location());
    insert(body, "location", title);
    if let Some(properties) = body.get_mut("properties") {
        let state = match text(properties, "provisioningState") {
            "Succeeded" => "succeeded",
            "Failed" => "failed",
            _ => "provisioning",
        };
        insert(properties, "provisioningState", state);
    }
}

fn admin_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let key = |which: &str| token(world, &call.document.id, &round(world, &call.document.id, which), 52);
    Ok(Answer::ok(json!({ "primaryKey": key("primary"), "secondaryKey": key("secondary") })))
}

/// `regenerateAdminKey/{primary|secondary}`.
fn new_admin_key(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let which = call.action.rsplit('/').next().unwrap_or_default();
    renew(world, &call.document.id, which);
    admin_keys(world, call)
}

fn query_keys(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let key = token(world, &call.document.id, "query", 52);
    Ok(Answer::ok(json!({ "value": [{ "name": null, "key": key }], "nextLink": null })))
}
