//! Private link scopes of Azure Monitor, and solutions of Log Analytics.

use std::sync::LazyLock;

use super::table::{Hooks, Object, Part, Place, Shown, Table, block, doc, group, location, tags, text};
use super::write::problem;
use crate::arm::id::{ArmId, RESOURCE_GROUP};
use crate::catalog::lens::{Claim, Context, Stop};
use crate::catalog::value::{put, text as known};
use crate::lang::Value;

const SCOPE: &str = r"^[a-zA-Z0-9().,_+*'-]*[a-zA-Z0-9_-]$";
const SCOPES: &str = "letters, digits, `-`, `_`, `.` and brackets, ending with a letter, digit, `-` or `_`";
const MODES: &[&str] = &["Open", "PrivateOnly"];

pub(super) static MONITOR_PRIVATE_LINK_SCOPE: LazyLock<Table> = LazyLock::new(|| {
    let mode = |name: &'static str, at: &'static str| text(name).default("Open").at(at).one_of(MODES);
    Table::new(
        "azurerm_monitor_private_link_scope",
        [30, 5, 30, 30],
        vec![
            doc("Microsoft.Insights/privateLinkScopes", "2021-07-01-preview", Place::Group(&["name"]))
                .fixed("location", "global"),
        ],
        vec![
            text("name").required().new().part(Part::Name).matches(SCOPE, SCOPES).length(1, 255),
            group(),
            mode("ingestion_access_mode", "properties.accessModeSettings.ingestionAccessMode"),
            mode("query_access_mode", "properties.accessModeSettings.queryAccessMode"),
            tags(),
        ],
    )
});

pub(super) static MONITOR_PRIVATE_LINK_SCOPED_SERVICE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_monitor_private_link_scoped_service",
        [30, 5, 0, 30],
        vec![doc(
            "Microsoft.Insights/privateLinkScopes/scopedResources",
            "2019-10-17-preview",
            Place::Group(&["scope_name", "name"]),
        )],
        vec![
            text("name").required().new().part(Part::Name),
            group(),
            text("scope_name").required().new().part(Part::Above(1)).matches(SCOPE, SCOPES),
            text("linked_resource_id").required().new().at("properties.linkedResourceId").arm_id(""),
        ],
    )
});

const SOLUTION: &str = "Microsoft.OperationsManagement/solutions";

/// `Solution(workspace)`.
fn solution_name(config: &Value) -> Option<String> {
    Some(format!("{}({})", known(config, "solution_name")?, known(config, "workspace_name")?))
}

fn solution_id(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let (Some(name), Some(group)) = (solution_name(config), known(config, "resource_group_name")) else {
        return Ok(None);
    };
    let Some(subscription) = cx.provider.subscription_id.as_deref() else {
        return Err(problem("", "the provider has no subscription.".into()));
    };
    ArmId::of_subscription(subscription)
        .and_then(|s| ArmId::build(&s, RESOURCE_GROUP, group))
        .and_then(|g| ArmId::build(&g, SOLUTION, &name))
        .map(Some)
        .map_err(|e| problem("solution_name", format!("{e}.")))
}

pub(super) static LOG_ANALYTICS_SOLUTION: LazyLock<Table> = LazyLock::new(|| {
    let plan = block(
        "plan",
        vec![
            text("publisher").required().new().at("publisher"),
            text("product").required().new().at("product"),
            text("promotion_code").new().at("promotionCode"),
            text("name").computed().at("name"),
        ],
    );
    Table::new(
        "azurerm_log_analytics_solution",
        [30, 5, 30, 30],
        vec![doc(SOLUTION, "2015-11-01-preview", Place::Hook(solution_id))],
        vec![
            text("solution_name").required().new().own(),
            text("workspace_name").required().new().own().matches(
                r"^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$",
                "letters, digits and `-`, not at the ends",
            ),
            group(),
            location(),
            text("workspace_resource_id")
                .required()
                .new()
                .at("properties.workspaceResourceId")
                .arm_id("Microsoft.OperationalInsights/workspaces"),
            plan.required().at("plan"),
            tags(),
        ],
    )
    .hooks(Hooks { claims: Some(name_plan), attributes: Some(names_of), ..Hooks::default() })
});

/// The plan has the name of the solution.
fn name_plan(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    if let (Some(claim), Some(name)) = (claims.first_mut(), solution_name(config)) {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &["plan", "name"], name.into());
        claim.body = Value::object(body);
    }
    Ok(())
}

/// The name tells both its parts; the configuration only spells them.
fn names_of(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let parts = shown.id.and_then(|id| id.name().strip_suffix(')')?.split_once('('));
    if let Some((solution, workspace)) = parts {
        for (name, is) in [("solution_name", solution), ("workspace_name", workspace)] {
            if known(shown.config, name).is_none_or(|said| !said.eq_ignore_ascii_case(is)) {
                all.insert(name.into(), is.into());
            }
        }
    }
    Ok(())
}
