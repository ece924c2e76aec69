//! Azure Policy: definitions of one's own, and assignments at a scope. Rules, parameters and metadata are JSON text in
//! configurations and objects in ARM.

use std::sync::LazyLock;

use super::read::deep;
use super::table::{
    Check, Codec, Going, Hooks, Lit, Object, Part, Place, Row, Shown, Table, block_set, blocks, doc, flag,
    identity, text, text_map, texts,
};
use super::write::{parse, problem};
use crate::arm::id::{ArmId, RESOURCE_GROUP, SUBSCRIPTION};
use crate::catalog::lens::{Claim, Context, Fetched, Replace, Stop, Target};
use crate::catalog::value::{put, text as known};
use crate::lang::{Type, Value};

pub(super) const DEFINITIONS: &str = "Microsoft.Authorization/policyDefinitions";
pub(super) const DEFINITION_VERSION: &str = "2021-06-01-preview";

/// JSON text that is an object in ARM.
fn json(name: &'static str, path: &'static str) -> Row {
    text(name).at(path).codec(Codec::Json).check(Check::JsonText)
}

/// The management group, or the provider's subscription.
fn find_definition(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(name) = known(config, "name") else { return Ok(None) };
    let scope = match config.get("management_group_id") {
        Some(group) if !group.is_null() => match group.as_str() {
            Some(group) => parse(group, "management_group_id")?,
            None => return Ok(None),
        },
        _ => match cx.provider.subscription_id.as_deref() {
            Some(subscription) => {
                ArmId::of_subscription(subscription).map_err(|e| problem("", format!("{e}.")))?
            }
            None => return Err(problem("name", "The provider names no subscription.".into())),
        },
    };
    ArmId::build(&scope, DEFINITIONS, name).map(Some).map_err(|e| problem("name", format!("{e}.")))
}

/// Parameters that assignments may use cannot be taken away.
fn fewer_parameters(before: &Value, after: &Value) -> Replace {
    let names = |v: &Value| -> Vec<String> {
        let parsed = v.as_str().and_then(|t| serde_json::from_str::<serde_json::Value>(t).ok());
        parsed.and_then(|p| Some(p.as_object()?.keys().cloned().collect())).unwrap_or_default()
    };
    let after = names(after);
    if names(before).iter().all(|name| after.contains(name)) { Replace::No } else { Replace::Yes }
}

/// The roles that the policy's identity needs, from its rule.
pub(super) fn needed_roles(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let document = (shown.documents)("");
    let path = ["properties", "policyRule", "then", "details", "roleDefinitionIds"];
    let ty = Type::list(Type::String);
    let roles = match document.as_deref() {
        Some(document) => {
            let found = deep(document, &path).and_then(Value::as_sequence).unwrap_or_default();
            Value::list(Type::String, found.to_vec())
        }
        None => Value::unknown(ty),
    };
    all.insert("role_definition_ids".into(), roles);
    Ok(())
}

pub(super) static POLICY_DEFINITION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_policy_definition",
        [30, 5, 30, 30],
        vec![doc(DEFINITIONS, DEFINITION_VERSION, Place::Hook(find_definition))],
        vec![
            text("name").required().new().part(Part::Name).length(1, 64),
            text("policy_type").required().new().at("properties.policyType").one_of(&[
                "BuiltIn",
                "Custom",
                "NotSpecified",
                "Static",
            ]),
            text("mode").required().at("properties.mode").one_of(&[
                "All",
                "Indexed",
                "Microsoft.ContainerService.Data",
                "Microsoft.CustomerLockbox.Data",
                "Microsoft.DataCatalog.Data",
                "Microsoft.KeyVault.Data",
                "Microsoft.Kubernetes.Data",
                "Microsoft.MachineLearningServices.Data",
                "Microsoft.Network.Data",
                "Microsoft.Synapse.Data",
            ]),
            text("management_group_id").new().own().arm_id(""),
            text("display_name").required().at("properties.displayName"),
            text("description").at("properties.description"),
            json("policy_rule", "properties.policyRule"),
            json("parameters", "properties.parameters").replaces(fewer_parameters),
            json("metadata", "properties.metadata").both(),
            texts("role_definition_ids").computed(),
        ],
    )
    .hooks(Hooks { attributes: Some(needed_roles), ..Hooks::default() })
});

/// Where something holds, by kind.
fn selectors(kind: Row) -> Row {
    blocks("selectors", vec![kind.at("kind"), texts("in").at("in"), texts("not_in").at("notIn")])
        .at("selectors")
        .cleared()
}

/// An assignment at a scope that an argument says.
fn assignment(name: &'static str, scope: &'static str, kind: &'static str) -> Table {
    let list = |row: Row, path: &'static str| row.at(path).neutral(Lit::Json("[]"));
    let by_reference = text("kind")
        .default("policyDefinitionReferenceId")
        .one_of(&["policyDefinitionReferenceId", "resourceLocation"]);
    let by_resource =
        text("kind").required().one_of(&["resourceLocation", "resourceType", "resourceWithoutLocation"]);
    Table::new(
        name,
        [30, 5, 30, 30],
        vec![doc("Microsoft.Authorization/policyAssignments", "2022-06-01", Place::Under(scope))],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .length(1, 64)
                .matches(r"[^ .]$", "no blank or full stop at the end"),
            text(scope).required().new().part(Part::Scope).arm_id(kind),
            text("policy_definition_id").required().new().at("properties.policyDefinitionId").arm_id(""),
            text("display_name").at("properties.displayName"),
            text("description").at("properties.description"),
            flag("enforce")
                .default(true)
                .at("properties.enforcementMode")
                .codec(Codec::Switch("Default", "DoNotEnforce")),
            text("location").new().at("location").codec(Codec::Location),
            identity(&["SystemAssigned", "UserAssigned"], false),
            json("parameters", "properties.parameters"),
            json("metadata", "properties.metadata").both(),
            texts("not_scopes").at("properties.notScopes"),
            list(
                blocks(
                    "non_compliance_message",
                    vec![
                        text("content").required().at("message"),
                        text("policy_definition_reference_id").at("policyDefinitionReferenceId"),
                    ],
                ),
                "properties.nonComplianceMessages",
            ),
            list(
                blocks("overrides", vec![text("value").required().at("value"), selectors(by_reference)]),
                "properties.overrides",
            )
            .with("kind", "policyEffect"),
            list(
                blocks(
                    "resource_selectors",
                    vec![text("name").at("name"), selectors(by_resource).required()],
                ),
                "properties.resourceSelectors",
            ),
        ],
    )
}

pub(super) static RESOURCE_GROUP_POLICY_ASSIGNMENT: LazyLock<Table> = LazyLock::new(|| {
    assignment("azurerm_resource_group_policy_assignment", "resource_group_id", RESOURCE_GROUP)
});

pub(super) static SUBSCRIPTION_POLICY_ASSIGNMENT: LazyLock<Table> =
    LazyLock::new(|| assignment("azurerm_subscription_policy_assignment", "subscription_id", SUBSCRIPTION));

pub(super) static RESOURCE_POLICY_ASSIGNMENT: LazyLock<Table> =
    LazyLock::new(|| assignment("azurerm_resource_policy_assignment", "resource_id", ""));

/// One plan is one object: another type is another one.
fn other_plan(before: &Value, after: &Value) -> Replace {
    if before.as_str() == after.as_str() { Replace::No } else { Replace::Yes }
}

/// The plan of a kind of resource, in the provider's subscription.
fn find_plan(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let (Some(plan), Some(subscription)) =
        (known(config, "resource_type"), cx.provider.subscription_id.as_deref())
    else {
        return Ok(None);
    };
    let wrong = |e: crate::arm::id::IdError| problem("resource_type", format!("{e}."));
    let subscription = ArmId::of_subscription(subscription).map_err(wrong)?;
    ArmId::build(&subscription, PRICINGS, plan).map(Some).map_err(wrong)
}

const PRICINGS: &str = "Microsoft.Security/pricings";
/// There is always a plan: it goes back to the one that costs nothing.
const FREE: &str = r#"{"properties":{"pricingTier":"Free","subPlan":null,"extensions":null}}"#;

pub(super) static SECURITY_CENTER_SUBSCRIPTION_PRICING: LazyLock<Table> = LazyLock::new(|| {
    let extension = block_set(
        "extension",
        vec![
            text("name").required().at("name"),
            text_map("additional_extension_properties").at("additionalExtensionProperties"),
        ],
    );
    Table::new(
        "azurerm_security_center_subscription_pricing",
        [60, 5, 60, 60],
        vec![doc(PRICINGS, "2023-01-01", Place::Hook(find_plan)).going(Going::Neutral(FREE))],
        vec![
            text("tier").required().at("properties.pricingTier").one_of(&["Free", "Standard"]),
            text("resource_type").default("VirtualMachines").part(Part::Name).replaces(other_plan).one_of(&[
                "AI",
                "Api",
                "AppServices",
                "ContainerRegistry",
                "KeyVaults",
                "KubernetesService",
                "SqlServers",
                "SqlServerVirtualMachines",
                "StorageAccounts",
                "VirtualMachines",
                "Arm",
                "Dns",
                "OpenSourceRelationalDatabases",
                "Containers",
                "CosmosDbs",
                "CloudPosture",
            ]),
            text("subplan").new().at("properties.subPlan").observed(),
            extension.at("properties.extensions").with("isEnabled", "True").reset("[]"),
        ],
    )
    .hooks(Hooks { claims: Some(others_off), ..Hooks::default() })
});

/// Where extensions are written, those that are on and not written are turned off (arm-mapping §13).
fn others_off(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let path = ["properties", "extensions"];
    let Some(wanted) = deep(&claim.body, &path).and_then(Value::as_sequence) else { return Ok(()) };
    let Target::Id(id) = &claim.target else { return Ok(()) };
    if config.get("extension").is_none_or(|v| !v.is_wholly_known()) {
        return Ok(());
    }
    let live = match cx.reader.document(id, &claim.api_version) {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later | Fetched::Ready(None) => return Ok(()),
        Fetched::Ready(Some(live)) => live,
    };
    let named = |all: &[Value], name: &str| all.iter().any(|e| known(e, "name") == Some(name));
    let there = deep(&live, &path).and_then(Value::as_sequence).unwrap_or_default();
    let on = there.iter().filter(|e| known(e, "isEnabled").is_some_and(|v| v.eq_ignore_ascii_case("true")));
    let off = on.filter_map(|e| known(e, "name")).filter(|name| !named(wanted, name));
    let off: Vec<Value> =
        off.map(|name| Value::object([("name", name.into()), ("isEnabled", "False".into())])).collect();
    if !off.is_empty() {
        let all = Value::tuple(wanted.iter().cloned().chain(off).collect());
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &path, all);
        claim.body = Value::object(body);
    }
    Ok(())
}
