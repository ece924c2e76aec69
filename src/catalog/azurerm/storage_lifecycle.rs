//! The rules by which a storage account moves and deletes blobs as they age.

use std::sync::LazyLock;

use super::storage::{ACCOUNTS, VERSION};
use super::table::{
    Given, Hooks, Part, Place, Row, Rule, Table, block, block_set, blocks, doc, flag, number, text, text_set,
};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Problem, Stop};
use crate::catalog::value::{argument, error, text as known};
use crate::lang::{Number, Type, Value};

const POLICIES: &str = "Microsoft.Storage/storageAccounts/managementPolicies";

/// An account has one policy, and it is called so.
fn of_account(config: &Value, _cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(account) = known(config, "storage_account_id") else { return Ok(None) };
    let account = parse(account, "storage_account_id")?;
    ArmId::build(&account, POLICIES, "default")
        .map(Some)
        .map_err(|e| problem("storage_account_id", format!("{e}.")))
}

/// A number of days; -1 is none.
fn days(name: &'static str, path: &'static str) -> Row {
    number(name).default(-1).at(path).unless(-1).absent(-1).range(-1, 99999)
}

/// What happens to blobs by their age since these; only one of them counts.
fn base_blob() -> Row {
    let mut rows = vec![flag("auto_tier_to_hot_from_cool_enabled").at("enableAutoTierToHotFromCool")];
    rows.extend([
        days(
            "tier_to_cool_after_days_since_modification_greater_than",
            "tierToCool.daysAfterModificationGreaterThan",
        ),
        days(
            "tier_to_cool_after_days_since_last_access_time_greater_than",
            "tierToCool.daysAfterLastAccessTimeGreaterThan",
        ),
        days(
            "tier_to_cool_after_days_since_creation_greater_than",
            "tierToCool.daysAfterCreationGreaterThan",
        ),
        days(
            "tier_to_cold_after_days_since_modification_greater_than",
            "tierToCold.daysAfterModificationGreaterThan",
        ),
        days(
            "tier_to_cold_after_days_since_last_access_time_greater_than",
            "tierToCold.daysAfterLastAccessTimeGreaterThan",
        ),
        days(
            "tier_to_cold_after_days_since_creation_greater_than",
            "tierToCold.daysAfterCreationGreaterThan",
        ),
        days(
            "tier_to_archive_after_days_since_modification_greater_than",
            "tierToArchive.daysAfterModificationGreaterThan",
        ),
        days(
            "tier_to_archive_after_days_since_last_access_time_greater_than",
            "tierToArchive.daysAfterLastAccessTimeGreaterThan",
        ),
        days(
            "tier_to_archive_after_days_since_creation_greater_than",
            "tierToArchive.daysAfterCreationGreaterThan",
        ),
        days(
            "tier_to_archive_after_days_since_last_tier_change_greater_than",
            "tierToArchive.daysAfterLastTierChangeGreaterThan",
        ),
        days("delete_after_days_since_modification_greater_than", "delete.daysAfterModificationGreaterThan"),
        days(
            "delete_after_days_since_last_access_time_greater_than",
            "delete.daysAfterLastAccessTimeGreaterThan",
        ),
        days("delete_after_days_since_creation_greater_than", "delete.daysAfterCreationGreaterThan"),
    ]);
    block("base_blob", rows).at("baseBlob").cleared()
}

/// What happens to snapshots and versions; only their creation counts.
fn copies(name: &'static str, delete: &'static str) -> Row {
    block(
        name,
        vec![
            days(
                "change_tier_to_archive_after_days_since_creation",
                "tierToArchive.daysAfterCreationGreaterThan",
            ),
            days(
                "tier_to_archive_after_days_since_last_tier_change_greater_than",
                "tierToArchive.daysAfterLastTierChangeGreaterThan",
            ),
            days("change_tier_to_cool_after_days_since_creation", "tierToCool.daysAfterCreationGreaterThan"),
            days(
                "tier_to_cold_after_days_since_creation_greater_than",
                "tierToCold.daysAfterCreationGreaterThan",
            ),
            days(delete, "delete.daysAfterCreationGreaterThan"),
        ],
    )
    // ARM's schema requires the age beside it.
    .rule(Rule::Only(
        "tier_to_archive_after_days_since_last_tier_change_greater_than",
        Given::not(-1),
        "change_tier_to_archive_after_days_since_creation",
        &[],
    ))
    .at(name)
    .cleared()
}

pub(super) static STORAGE_MANAGEMENT_POLICY: LazyLock<Table> = LazyLock::new(|| {
    let filters = block(
        "filters",
        vec![
            text_set("blob_types").required().at("blobTypes").one_of(&["blockBlob", "appendBlob"]),
            text_set("prefix_match").at("prefixMatch").nonempty(),
            block_set(
                "match_blob_index_tag",
                vec![
                    text("name").required().at("name").length(1, 128),
                    text("operation").default("==").at("op").one_of(&["=="]),
                    text("value").required().at("value").length(0, 256),
                ],
            )
            .at("blobIndexMatch")
            .cleared(),
        ],
    );
    let actions = block(
        "actions",
        vec![
            base_blob(),
            copies("snapshot", "delete_after_days_since_creation_greater_than"),
            copies("version", "delete_after_days_since_creation"),
        ],
    );
    Table::new(
        "azurerm_storage_management_policy",
        [30, 5, 30, 30],
        vec![doc(POLICIES, VERSION, Place::Hook(of_account))],
        vec![
            text("storage_account_id").required().new().part(Part::ParentId).arm_id(ACCOUNTS),
            blocks(
                "rule",
                vec![
                    text("name").required().at("name").length(1, 256),
                    flag("enabled").required().at("enabled"),
                    filters.required().count(1, 1).at("definition.filters"),
                    actions.required().count(1, 1).at("definition.actions"),
                ],
            )
            .at("properties.policy.rules")
            .with("type", "Lifecycle"),
        ],
    )
    .hooks(Hooks { check: Some(check), claims: Some(whole_actions), ..Hooks::default() })
});

/// An action without a number of days is none: ARM takes no empty ones.
fn whole_actions(_config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    for claim in claims {
        claim.body =
            pruned(&claim.body, &["properties", "policy", "rules", "", "definition", "actions", "*", "*"]);
    }
    Ok(())
}

/// The value at a path (`*`: every property, "": every item) as null where it is an object of nulls.
fn pruned(value: &Value, path: &[&str]) -> Value {
    let Some((first, rest)) = path.split_first() else {
        let nothing = value.as_entries().is_some_and(|all| all.values().all(Value::is_null));
        return if nothing { Value::null(Type::Dynamic) } else { value.clone() };
    };
    let out = match (value.as_sequence(), value.as_entries()) {
        (Some(items), _) if first.is_empty() => Value::tuple(items.iter().map(|i| pruned(i, rest)).collect()),
        (_, Some(all)) if !first.is_empty() => Value::object(all.iter().map(|(name, inner)| {
            let named = *first == "*" || *first == &**name;
            (name.clone(), if named { pruned(inner, rest) } else { inner.clone() })
        })),
        _ => return value.clone(),
    };
    out.marked(&value.marks)
}

fn check(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let all = |of: &Value, name: &str| of.get(name).and_then(Value::as_sequence).unwrap_or_default().to_vec();
    for rule in all(config, "rule") {
        let mut wrong = |detail: String| {
            problems.push(error(argument("rule"), "Invalid combination of arguments", detail));
        };
        for action in all(&rule, "actions") {
            let copies = ["snapshot", "version"].iter().any(|name| !all(&action, name).is_empty());
            if copies && all(&rule, "filters").iter().any(|f| !all(f, "match_blob_index_tag").is_empty()) {
                wrong("`match_blob_index_tag` does not go with actions on snapshots and versions.".into());
            }
            for base in all(&action, "base_blob") {
                let counts = |name: &str| {
                    base.get(name).and_then(Value::as_number).is_some_and(|n| *n != Number::from(-1))
                };
                for verb in ["tier_to_cool", "tier_to_cold", "tier_to_archive", "delete"] {
                    let since = ["modification", "last_access_time", "creation"];
                    let names = since.map(|s| format!("{verb}_after_days_since_{s}_greater_than"));
                    let written: Vec<&String> = names.iter().filter(|n| counts(n)).collect();
                    if written.len() > 1 {
                        wrong(format!("Only one of `{}` and `{}` can be written.", written[0], written[1]));
                    }
                }
                let hot =
                    base.get("auto_tier_to_hot_from_cool_enabled").and_then(Value::as_bool) == Some(true);
                let access = "tier_to_cool_after_days_since_last_access_time_greater_than";
                if hot && !counts(access) && base.get(access).is_none_or(|v| !v.is_unknown()) {
                    wrong(format!("`auto_tier_to_hot_from_cool_enabled` needs `{access}`."));
                }
            }
        }
    }
    problems
}
