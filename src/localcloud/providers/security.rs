//! Microsoft.Security: the plans of Defender for Cloud. A subscription has one for every kind of resource, always.

use serde_json::{Value, json};

use super::common::bad;
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Place, Put, Seconds, Shape, TypeRules, text};
use crate::localcloud::world::World;

const PRICINGS: &str = "Microsoft.Security/pricings";

/// Kinds of resources, with what their paid plan is called where it has several.
const PLANS: &[(&str, Option<&str>)] = &[
    ("AI", None),
    ("Api", Some("P1")),
    ("AppServices", None),
    ("Arm", Some("PerSubscription")),
    ("CloudPosture", None),
    ("ContainerRegistry", None),
    ("Containers", None),
    ("CosmosDbs", None),
    ("Dns", None),
    ("KeyVaults", Some("PerKeyVault")),
    ("KubernetesService", None),
    ("OpenSourceRelationalDatabases", None),
    ("SqlServerVirtualMachines", None),
    ("SqlServers", None),
    ("StorageAccounts", Some("DefenderForStorageV2")),
    ("VirtualMachines", Some("P2")),
];

/// The row of the namespace.
pub const TYPES: &[TypeRules] = &[TypeRules {
    type_name: PRICINGS,
    place: Place::Subscription,
    location: crate::localcloud::rules::Location::None,
    taggable: false,
    provisioning_state: false,
    put: Shape::SYNC_200,
    seconds: Seconds { create: 0.0, update: 0.0, delete: 0.0 },
    deletable: false,
    normalise: Some(pricing),
    built_in: Some(|_| PLANS.iter().map(|(name, _)| free(name)).collect()),
    ..TypeRules::GENERIC
}];

/// A plan that nobody has paid for.
fn free(name: &str) -> Value {
    json!({ "name": name, "properties": { "pricingTier": "Free", "freeTrialRemainingTime": "P30D" } })
}

/// A plan's PUT.
fn pricing(world: &World, put: &mut Put) -> Result<(), ArmFailure> {
    let name = put.id.name().to_owned();
    let Some((_, plan)) = PLANS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)) else {
        return Err(bad("BadRequest", format!("Pricing bundle {name} does not exist.")));
    };
    let paid = text(&put.body, "properties.pricingTier") == "Standard";
    put.set("properties.freeTrialRemainingTime", if paid { "PT0S" } else { "P30D" });
    if paid {
        if let Some(plan) = plan
            && text(&put.body, "properties.subPlan").is_empty()
        {
            put.set("properties.subPlan", *plan);
        }
        let now = world.now();
        put.keep("properties.enablementTime", || now.into());
    } else if !text(&put.body, "properties.subPlan").is_empty() {
        return Err(bad("BadRequest", "A sub-plan needs the pricing tier Standard."));
    }
    if let Some(Value::Array(extensions)) = put.body.pointer_mut("/properties/extensions") {
        for extension in extensions {
            let on = text(extension, "isEnabled").eq_ignore_ascii_case("true");
            super::common::insert(extension, "isEnabled", if on { "True" } else { "False" });
            if on {
                let status = json!({"code": "Succeeded", "message": ""});
                super::common::insert(extension, "operationStatus", status);
            }
        }
    }
    Ok(())
}
