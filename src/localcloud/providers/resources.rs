//! Microsoft.Resources: deployments. What they write is the engine's business.

use serde_json::{Value, json};

use super::common::{bad, default_to, hex};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{
    Action, Answer, Call, FinalAnswer, FirstBody, Location, NameRule, Put, Seconds, Shape, TypeRules,
};
use crate::localcloud::world::{Outcome, World};

const RUNS: Shape = Shape {
    synchronous: false,
    async_url: Some("{id}/operationStatuses/{op}"),
    state: "Accepted",
    update_state: "Accepted",
    words: &["Accepted", "Running"],
    ..Shape::SYNC
};

/// The row of the namespace.
pub const TYPES: &[TypeRules] = &[TypeRules {
    type_name: "Microsoft.Resources/deployments",
    name: Some(NameRule {
        length: (1, 64),
        pattern: r"[-\w._()]+",
        status: 400,
        code: "InvalidDeploymentName",
        message: "The deployment name '{name}' is invalid.",
    }),
    location: Location::Optional,
    put: RUNS,
    delete: Shape {
        created: 202,
        body: FirstBody::Empty,
        async_url: None,
        location_url: Some("{sub}/operationresults/{op}"),
        state: "Deleting",
        update_state: "Deleting",
        result: FinalAnswer::NoContent,
        retry_after: Some(15),
        poll_retry_after: Some(15),
        ..RUNS
    },
    seconds: Seconds { create: 31.0, update: 31.0, delete: 10.0 },
    actions: &[Action { name: "cancel", method: "POST", run: cancel, shape: None, seconds: 0.0 }],
    normalise: Some(deployment),
    ..TypeRules::GENERIC
}];

/// A deployment's PUT: the template is not answered.
fn deployment(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    if put.id.resource_group().is_none() && put.get("location").is_none() {
        return Err(bad("LocationRequired", "The location property is required for this deployment."));
    }
    let correlation = world.new_guid(put.id.key(), &format!("correlation {}", put.now_ms));
    let template = put.sent.pointer("/properties/template").map(Value::to_string).unwrap_or_default();
    let digits: u64 = template.bytes().fold(17, |sum: u64, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    if let Some(Value::Object(properties)) = put.body.get_mut("properties") {
        properties.shift_remove("template");
    }
    default_to(put, "properties.parameters", json!({}));
    put.set("properties.templateHash", digits.to_string());
    put.set("properties.correlationId", correlation);
    put.set("properties.timestamp", world.now());
    put.set("properties.duration", "PT0S");
    for list in ["providers", "dependencies"] {
        put.set(&format!("properties.{list}"), json!([]));
    }
    Ok(())
}

/// POST cancel: what has ended cannot be.
fn cancel(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let running = call.document.operation.as_deref().and_then(|name| world.operations.get(name)).cloned();
    let Some(mut operation) = running.filter(|operation| operation.outcome.is_none()) else {
        return Err(ArmFailure::gateway(
            409,
            "DeploymentCannotBeCancelled",
            format!("The deployment '{}' cannot be cancelled: it has ended.", call.id.name()),
        ));
    };
    let name = operation.name.clone();
    operation.outcome = Some(Outcome::Canceled(json!({
        "code": "DeploymentCanceled", "message": format!("The deployment {} was cancelled.", hex(call.id.name())),
    })));
    world.operations.insert(&name, operation);
    let mut document = call.document.clone();
    document.operation = None;
    crate::localcloud::rules::set(&mut document.body, "properties.provisioningState", "Canceled".into());
    world.put(document);
    Ok(Answer::empty(204))
}
