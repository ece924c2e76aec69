//! Sets of disks that one key encrypts.

use std::sync::LazyLock;

use super::key_vault::{VAULTS, VERSION as VAULT_VERSION};
use super::read::deep;
use super::table::{
    ANY_IDENTITY, Check, Codec, Hooks, Object, Place, Shown, Table, doc, flag, identity, place, tags, text,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, Problem, Stop, Target};
use crate::catalog::value::{argument, error, flag as known_flag, put, text as known};
use crate::lang::{Type, Value};

/// `None` is no application at all.
fn told(live: &Value) -> Option<Value> {
    live.as_str().filter(|t| !t.is_empty() && !t.eq_ignore_ascii_case("None")).map(Value::from)
}

/// A key's id without a version: its vault and its name.
fn versionless(key: &str) -> Option<(&str, &str)> {
    let (host, rest) = key.strip_prefix("https://")?.split_once("/keys/")?;
    let name = rest.trim_end_matches('/');
    (!name.contains('/')).then(|| (host.split('.').next().unwrap_or(host), name))
}

/// ARM takes a key with its version only; which is the newest one the vault tells (through ARM, too).
fn newest(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let path = ["properties", "activeKey", "keyUrl"];
    let Some(written) = deep(&claim.body, &path) else { return Ok(()) };
    let Some((vault, name)) = written.as_str().and_then(versionless) else { return Ok(()) };
    let Some(subscription) = cx.provider.subscription_id.as_deref() else { return Ok(()) };
    let list = format!("/subscriptions/{subscription}/providers/{VAULTS}");
    let all = match cx.reader.list(&list, VAULT_VERSION, "") {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later | Fetched::Ready(None) => Vec::new(),
        Fetched::Ready(Some(all)) => all.to_vec(),
    };
    let called = |v: &&Value| known(v, "name").is_some_and(|n| n.eq_ignore_ascii_case(vault));
    let found = all.iter().find(called).and_then(|v| ArmId::parse(known(v, "id")?).ok());
    // One that this plan makes is in no list yet: it is looked for beside the set.
    let beside = || match &claim.target {
        Target::Id(id) => ArmId::build(&id.resource_group_id()?, VAULTS, vault).ok(),
        Target::Unknown => None,
    };
    let key = found.or_else(beside).and_then(|v| v.child("keys", name).ok());
    let version = match key.map(|key| cx.reader.document(&key, VAULT_VERSION)) {
        Some(Fetched::Pending) => return Err(Stop::Pending),
        Some(Fetched::Ready(Some(key))) => deep(&key, &["properties", "keyUriWithVersion"]).cloned(),
        _ => None,
    };
    let marks = config.get("key_vault_key_id").map(|v| v.marks.clone()).unwrap_or_default();
    let whole = version.unwrap_or_else(|| Value::unknown_not_null(Type::String)).marked(&marks);
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, &path, whole);
    claim.body = Value::object(body);
    Ok(())
}

fn check(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let automatic = config.get("auto_key_rotation_enabled").is_some_and(Value::is_unknown)
        || known_flag(config, "auto_key_rotation_enabled") == Some(true);
    let name = ["key_vault_key_id", "managed_hsm_key_id"]
        .into_iter()
        .find(|n| known(config, n).and_then(versionless).is_some());
    let wrong = |name| {
        let detail = "A key without a version needs `auto_key_rotation_enabled = true`.";
        error(argument(name), "Invalid combination of arguments", detail)
    };
    name.filter(|_| !automatic).map(wrong).into_iter().collect()
}

/// A key that is written without its version is shown so, whatever version is used.
fn as_written(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    for name in ["key_vault_key_id", "managed_hsm_key_id"] {
        let Some(written) = known(shown.config, name).filter(|w| versionless(w).is_some()) else { continue };
        let used = all.get("key_vault_key_url").and_then(Value::as_str);
        if used.is_none_or(|u| u.starts_with(&format!("{}/", written.trim_end_matches('/')))) {
            all.insert(name.into(), written.into());
        }
    }
    Ok(())
}

pub(super) static DISK_ENCRYPTION_SET: LazyLock<Table> = LazyLock::new(|| {
    let newer = "key_vault_key_id";
    let mut rows = place(text("name").matches(
        r"^[^_\W][-\w.]{0,78}\w$",
        "2 to 80 letters, digits, `.`, `_` and `-`, beginning with a letter or digit",
    ));
    rows.extend([
        text(newer).both().required_from(5).at("properties.activeKey.keyUrl").check(Check::KeyId),
        text("managed_hsm_key_id").both().until(4).deprecated(newer).alias(newer).own().check(Check::KeyId),
        flag("auto_key_rotation_enabled").default(false).at("properties.rotationToLatestKeyVersionEnabled"),
        text("encryption_type")
            .default("EncryptionAtRestWithCustomerKey")
            .new()
            .at("properties.encryptionType")
            .one_of(&[
                "EncryptionAtRestWithCustomerKey",
                "EncryptionAtRestWithPlatformAndCustomerKeys",
                "ConfidentialVmEncryptedWithCustomerKey",
            ]),
        text("federated_client_id")
            .at("properties.federatedClientId")
            .uuid()
            .codec(Codec::Hook(Value::clone, told))
            .neutral("None"),
        identity(ANY_IDENTITY, false).required(),
        tags(),
        text("key_vault_key_url").computed().at("properties.activeKey.keyUrl"),
    ]);
    Table::new(
        "azurerm_disk_encryption_set",
        [60, 5, 60, 60],
        vec![doc("Microsoft.Compute/diskEncryptionSets", "2022-03-02", Place::Group(&["name"]))],
        rows,
    )
    .rule(super::table::Rule::ExactlyOne(&["managed_hsm_key_id", "key_vault_key_id"]))
    .hooks(Hooks {
        check: Some(check),
        claims: Some(newest),
        attributes: Some(as_written),
        ..Hooks::default()
    })
});
