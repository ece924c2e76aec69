//! What is in a vault beside its keys: access policies, and secrets as far as ARM knows them.

use std::sync::LazyLock;

use super::key_vault::{
    CERTIFICATES, KEYS, SECRETS, STORAGE, VAULTS, VERSION, import_item, item_ids, permissions, time,
};
use super::table::{Going, Hooks, Part, Place, Rule, Table, doc, number, tags, text};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Stop, Write};
use crate::catalog::value::text as known;
use crate::lang::Value;

/// An entry of a vault's list, by whom it is for.
fn find_policy(config: &Value, _cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let (Some(vault), Some(object)) = (known(config, "key_vault_id"), known(config, "object_id")) else {
        return Ok(None);
    };
    let child = |of: &ArmId, kind: &str, name: &str| {
        of.child(kind, name).map_err(|e| problem("object_id", format!("{e}.")))
    };
    let whom = child(&parse(vault, "key_vault_id")?, "objectId", object)?;
    match config.get("application_id") {
        Some(v) if v.is_unknown() => Ok(None),
        Some(v) if !v.is_null() => child(&whom, "applicationId", v.as_str().unwrap_or_default()).map(Some),
        _ => Ok(Some(whom)),
    }
}

pub(super) static KEY_VAULT_ACCESS_POLICY: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_key_vault_access_policy",
        [30, 5, 30, 30],
        vec![
            doc("Microsoft.KeyVault/vaults/objectId", VERSION, Place::Hook(find_policy))
                .write(Write::Entry("accessPolicies"))
                .fixed("permissions", super::table::Lit::Json("{}")),
        ],
        vec![
            text("key_vault_id").required().new().part(Part::ParentId).arm_id(VAULTS),
            text("tenant_id").required().new().at("tenantId").uuid(),
            text("object_id").required().new().at("objectId").uuid(),
            text("application_id").new().at("applicationId").uuid(),
            permissions("certificate_permissions", "permissions.certificates", CERTIFICATES),
            permissions("key_permissions", "permissions.keys", KEYS),
            permissions("secret_permissions", "permissions.secrets", SECRETS),
            permissions("storage_permissions", "permissions.storage", STORAGE),
        ],
    )
});

/// ARM makes secrets and never deletes them: what is not wanted any more is disabled, so that nobody can read it.
const DISABLED: &str = r#"{"properties":{"attributes":{"enabled":false}}}"#;

pub(super) static KEY_VAULT_SECRET: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_key_vault_secret",
        [30, 30, 30, 30],
        vec![
            doc("Microsoft.KeyVault/vaults/secrets", VERSION, Place::Under("key_vault_id"))
                .write(Write::Patch)
                .fixed("properties.attributes.enabled", true)
                .going(Going::Neutral(DISABLED)),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[-0-9a-zA-Z]{1,127}$", "1 to 127 letters, digits and `-`"),
            text("key_vault_id").required().new().part(Part::ParentId).arm_id(VAULTS),
            text("value").sensitive().at("properties.value").observed(),
            text("value_wo").write_only().at("properties.value").since(4),
            number("value_wo_version").version_of("value_wo").range(1, i64::MAX).since(4),
            text("content_type").at("properties.contentType"),
            time("not_before_date", "properties.attributes.nbf"),
            time("expiration_date", "properties.attributes.exp"),
            tags(),
            text("version").computed(),
            text("versionless_id").computed(),
            text("resource_id").computed(),
            text("resource_versionless_id").computed(),
        ],
    )
    .rule(Rule::ExactlyOne(&["value", "value_wo"]))
    .rule(Rule::Needs("value_wo", "value_wo_version"))
    .rule(Rule::Needs("value_wo_version", "value_wo"))
    .hooks(Hooks {
        attributes: Some(|all, shown| {
            item_ids(all, shown, "secrets", "secretUriWithVersion");
            Ok(())
        }),
        import: Some(import_item),
        ..Hooks::default()
    })
});
