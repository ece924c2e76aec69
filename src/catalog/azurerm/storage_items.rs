//! What is in an account beside containers: file shares, and file systems of Data Lake (which are containers in ARM).

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::storage::{ACCOUNTS, CONTAINERS, VERSION, find_item, item_ids, of_account};
use super::table::{
    Check, Codec, Hooks, Lit, Part, Place, Rule, Table, block_set, blocks, doc, number, text, text_map,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Stop};
use crate::lang::{Type, Value};

fn find_share(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    find_item(config, cx, "fileServices/shares")
}

pub(super) static STORAGE_SHARE: LazyLock<Table> = LazyLock::new(|| {
    let policy = blocks(
        "access_policy",
        vec![
            text("permissions").required().at("permission"),
            text("start").at("startTime").check(Check::Time),
            text("expiry").at("expiryTime").check(Check::Time),
        ],
    )
    .first()
    .at("accessPolicy")
    .cleared();
    let rows = [
        text("name")
            .required()
            .new()
            .part(Part::Name)
            .matches(r"^[0-9a-z]([-0-9a-z]{1,61}[0-9a-z])$", "3 to 63 lower-case letters, digits and `-`")
            .check(Check::Lacks("--", "no `--`")),
        number("quota").required().at("properties.shareQuota").range(1, 102_400),
        text("access_tier").both().at("properties.accessTier").one_of(&[
            "Hot",
            "Cool",
            "TransactionOptimized",
            "Premium",
        ]),
        text("enabled_protocol")
            .default("SMB")
            .new()
            .at("properties.enabledProtocols")
            .one_of(&["SMB", "NFS"]),
        text_map("metadata").both().at("properties.metadata"),
        block_set("acl", vec![text("id").required().at("id").length(1, 64), policy])
            .at("properties.signedIdentifiers")
            .neutral(Lit::Json("[]")),
        text("resource_manager_id").computed().until(4).deprecated("id").will_be("{id}").part(Part::Id),
        text("rbac_scope_id").computed().since(4),
        text("url").computed(),
    ];
    Table::new(
        "azurerm_storage_share",
        [30, 5, 30, 30],
        vec![doc("Microsoft.Storage/storageAccounts/fileServices/shares", VERSION, Place::Hook(find_share))],
        of_account().into_iter().chain(rows).collect(),
    )
    .rule(Rule::ExactlyOne(&["storage_account_id", "storage_account_name"]))
    .hooks(Hooks {
        attributes: Some(|all, shown| {
            item_ids(all, shown, "file");
            // Roles for the files are given at another spelling of the id.
            let scope = shown.id.map(|id| id.as_str().replacen("/shares/", "/fileshares/", 1));
            let scope = scope.map_or_else(|| Value::unknown_not_null(Type::String), Value::from);
            if let Some(there) = all.get_mut("rbac_scope_id") {
                *there = scope;
            }
            Ok(())
        }),
        ..Hooks::default()
    })
});

/// Properties of a file system are written in base64; ARM has them as they are.
fn plainly(written: &Value) -> Value {
    let all = written.as_entries().cloned().unwrap_or_default();
    Value::object(all.into_iter().map(|(name, value)| {
        let bytes = value.as_str().and_then(|t| STANDARD.decode(t).ok());
        let plain = bytes.and_then(|b| String::from_utf8(b).ok()).map(Value::from);
        (name, plain.map_or_else(|| value.clone(), |p| p.marked(&value.marks)))
    }))
}

fn encoded(live: &Value) -> Option<Value> {
    let all = live.as_entries()?.iter();
    Some(Value::object(all.map(|(n, v)| {
        let text = v.as_str().map(|t| STANDARD.encode(t).into());
        (n.clone(), text.unwrap_or_else(|| v.clone()))
    })))
}

const ROOT: &str = "Owner, group and rights of the root folder are kept in the account's data plane, which is closed in a secured account and not used here. Leave it out, and give rights by role assignments.";

/// A file system is a container in ARM.
fn find_filesystem(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    find_item(config, cx, "blobServices/containers")
}

pub(super) static STORAGE_DATA_LAKE_GEN2_FILESYSTEM: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_storage_data_lake_gen2_filesystem",
        [30, 5, 30, 30],
        vec![doc(CONTAINERS, VERSION, Place::Hook(find_filesystem))],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(
                    r"^\$root$|^[0-9a-z]([-0-9a-z]{1,61}[0-9a-z])$",
                    "3 to 63 lower-case letters, digits and `-`",
                )
                .check(Check::Lacks("--", "no `--`")),
            text("storage_account_id").required().new().part(Part::Above(2)).arm_id(ACCOUNTS),
            text("default_encryption_scope")
                .both()
                .new()
                .at("properties.defaultEncryptionScope")
                .matches(r"^[$0-9a-zA-Z-]{4,63}$", "4 to 63 letters and digits"),
            text_map("properties").at("properties.metadata").codec(Codec::Hook(plainly, encoded)),
            text("owner").both().refused(ROOT),
            text("group").both().refused(ROOT),
            block_set(
                "ace",
                vec![
                    text("scope").default("access").one_of(&["default", "access"]),
                    text("type").required().one_of(&["user", "group", "mask", "other"]),
                    text("id").uuid(),
                    text("permissions").required(),
                ],
            )
            .refused(ROOT),
        ],
    )
    .hooks(Hooks {
        attributes: Some(|all, shown| {
            item_ids(all, shown, "dfs");
            let storage = &shown.cx.provider.suffixes.storage;
            let id = shown.id.and_then(|id| {
                let account = id.ancestors().nth(1)?;
                Some(format!("https://{}.dfs.{storage}/{}", account.name(), id.name()))
            });
            let id = id.map_or_else(|| Value::unknown_not_null(Type::String), Value::from);
            all.insert("id".into(), id);
            Ok(())
        }),
        import: Some(|id, _| {
            let detail = "Give the ARM id of the container: `/subscriptions/…/blobServices/default/containers/{name}`.";
            let wrong = |_| crate::catalog::value::error(Vec::new(), "Invalid import id", detail);
            ArmId::parse(id).map_err(wrong)
        }),
        check: Some(|config, _| {
            // Values that are no base64 would come back as others.
            let all = config.get("properties").and_then(Value::as_entries);
            let wrong = all.into_iter().flatten().filter(|(_, v)| {
                v.as_str().is_some_and(|t| STANDARD.decode(t).ok().and_then(|b| String::from_utf8(b).ok()).is_none())
            });
            wrong
                .map(|(name, _)| {
                    let detail = format!("The value of `{name}` is not base64: write base64encode(…).");
                    crate::catalog::value::error(
                        crate::catalog::value::argument("properties"),
                        "Invalid value for `properties`",
                        detail,
                    )
                })
                .collect()
        }),
        ..Hooks::default()
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::value::text as known;

    #[test]
    fn properties_of_a_file_system_are_plain_in_arm() {
        let written = Value::map(Type::String, [("a", Value::from("aGVsbG8="))]);
        let plain = plainly(&written);
        assert_eq!(known(&plain, "a"), Some("hello"));
        assert_eq!(
            encoded(&plain).and_then(|v| known(&v, "a").map(str::to_owned)).as_deref(),
            Some("aGVsbG8=")
        );
    }
}
