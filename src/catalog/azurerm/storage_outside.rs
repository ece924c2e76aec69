//! Parts of a storage account that resources of their own say: its firewall, its key.

use std::sync::LazyLock;

use super::key_vault::VAULTS;
use super::read::deep;
use super::storage::{ACCOUNTS, VERSION, firewall, key_vault_key_id, own_tenant};
use super::table::{
    Check, Codec, Going, Hooks, Lit, Object, Part, Place, Row, Rule, Shown, Table, doc, text,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Problem, Stop};
use crate::catalog::value::{argument, error, text as known};
use crate::lang::{Marks, Type, Value};

fn account() -> Row {
    text("storage_account_id").required().new().part(Part::Id).arm_id(ACCOUNTS)
}

/// What an account lets in where nobody says anything.
const OPEN: &str = r#"{"properties":{"networkAcls":{"defaultAction":"Allow","bypass":"AzureServices","ipRules":[],"virtualNetworkRules":[],"resourceAccessRules":[]}}}"#;

pub(super) static STORAGE_ACCOUNT_NETWORK_RULES: LazyLock<Table> = LazyLock::new(|| {
    let rules = firewall(|row| row.neutral(Lit::Json("[]")));
    // 2.x named the account by its group and its name.
    let older = |name: &'static str| text(name).both().until(2).new().own();
    let rows = [
        account().since(3),
        account().both().until(2),
        older("resource_group_name"),
        older("storage_account_name"),
    ];
    Table::new(
        "azurerm_storage_account_network_rules",
        [60, 5, 60, 60],
        vec![doc(ACCOUNTS, VERSION, Place::Is("storage_account_id")).foreign().going(Going::Neutral(OPEN))],
        rows.into_iter().chain(rules.into_iter().map(|r| r.below("properties.networkAcls"))).collect(),
    )
    .hooks(Hooks {
        check: Some(names_account),
        complete: Some(account_of_names),
        claims: Some(own_tenant),
        ..Hooks::default()
    })
});

/// The account's id of the names that 2.x had for it.
fn account_of_names(all: &mut Object, cx: &Context<'_>) {
    let part = |name: &str| all.get(name).filter(|v| !v.is_null());
    let (Some(group), Some(name), None) =
        (part("resource_group_name"), part("storage_account_name"), part("storage_account_id"))
    else {
        return;
    };
    let marks = group.marks.union(&name.marks);
    let id = match (cx.provider.subscription_id.as_deref(), group.as_str(), name.as_str()) {
        (Some(subscription), Some(group), Some(name)) => {
            format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{ACCOUNTS}/{name}").into()
        }
        _ => Value::unknown_not_null(Type::String),
    };
    all.insert("storage_account_id".into(), id.marked(&marks));
}

/// 2.x takes the id or both names.
fn names_account(config: &Value, cx: &Context<'_>) -> Vec<Problem> {
    let written = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
    let named = written("resource_group_name") && written("storage_account_name");
    if cx.provider.major > 2 || written("storage_account_id") || named {
        return Vec::new();
    }
    let detail = "Write `storage_account_id`, or `resource_group_name` and `storage_account_name`.";
    vec![error(argument("storage_account_id"), "Missing required argument", detail)]
}

const OF_MICROSOFT: &str = r#"{"properties":{"encryption":{"keySource":"Microsoft.Storage","keyvaultproperties":null,"identity":null}}}"#;

/// The key's id from its parts, which older configurations say.
fn join_key(all: &mut Object, cx: &Context<'_>) {
    let part = |name: &str| all.get(name).filter(|v| !v.is_null());
    if part("key_vault_key_id").is_some() {
        return;
    }
    let Some(vault) = part("key_vault_uri").or_else(|| part("key_vault_id")) else { return };
    let (name, version) = (part("key_name"), part("key_version"));
    let parts = [Some(vault), name, version];
    let marks = parts.iter().flatten().fold(Marks::NONE, |m, v| m.union(&v.marks));
    let whole = match (vault.as_str(), name.map(Value::as_str), version.map(Value::as_str)) {
        (Some(vault), Some(Some(name)), version @ (None | Some(Some(_)))) => {
            let uri = match ArmId::parse(vault) {
                Ok(id) => format!("https://{}.{}", id.name(), cx.provider.suffixes.key_vault),
                Err(_) => vault.trim_end_matches('/').to_owned(),
            };
            let version = version.flatten().map(|v| format!("/{v}")).unwrap_or_default();
            Value::from(format!("{uri}/keys/{name}{version}"))
        }
        _ => Value::unknown_not_null(Type::String),
    };
    all.insert("key_vault_key_id".into(), whole.marked(&marks));
}

/// The account tells the vault of its key by name only: another one is not known to be in the same group.
fn key_vault(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let document = (shown.documents)("");
    let path = ["properties", "encryption", "keyvaultproperties", "keyvaulturi"];
    let address = document.as_deref().and_then(|d| deep(d, &path)).and_then(Value::as_str);
    let written = known(shown.config, "key_vault_id");
    let vault = written.and_then(|id| ArmId::parse(id).ok());
    let same = vault.zip(address).is_none_or(|(vault, address)| {
        address.to_lowercase().starts_with(&format!("https://{}.", vault.name().to_lowercase()))
    });
    if let Some(there) = all.get_mut("key_vault_id") {
        *there = written.filter(|_| same).map_or_else(|| Value::null(Type::String), Value::from);
    }
    Ok(())
}

/// A part of the key that older configurations say; `key_vault_key_id` writes it.
fn part(name: &'static str, path: &'static str) -> Row {
    fn told(live: &Value) -> Option<Value> {
        live.as_str().filter(|t| !t.is_empty()).map(Value::from)
    }
    text(name)
        .both()
        .until(4)
        .deprecated("key_vault_key_id")
        .own()
        .at(path)
        .codec(Codec::Hook(Value::clone, told))
        .below("properties.encryption.keyvaultproperties")
}

pub(super) static STORAGE_ACCOUNT_CUSTOMER_MANAGED_KEY: LazyLock<Table> = LazyLock::new(|| {
    let newer = "key_vault_key_id";
    let hsm = text("managed_hsm_key_id").both().until(4).deprecated(newer).own().alias(newer);
    Table::new(
        "azurerm_storage_account_customer_managed_key",
        [30, 5, 30, 30],
        vec![
            doc(ACCOUNTS, VERSION, Place::Is("storage_account_id"))
                .foreign()
                .going(Going::Neutral(OF_MICROSOFT)),
        ],
        vec![
            account(),
            key_vault_key_id().below("properties.encryption"),
            hsm.check(Check::KeyId),
            part("key_vault_id", "keyvaulturi").arm_id(VAULTS),
            part("key_vault_uri", "keyvaulturi").matches(r"^https://", "a URL with https"),
            part("key_name", "keyname"),
            part("key_version", "keyversion"),
            text("user_assigned_identity_id")
                .at("properties.encryption.identity.userAssignedIdentity")
                .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities"),
            text("federated_identity_client_id")
                .at("properties.encryption.identity.federatedIdentityClientId")
                .uuid(),
        ],
    )
    .rule(Rule::ExactlyOne(&["managed_hsm_key_id", "key_vault_id", "key_vault_uri", "key_vault_key_id"]))
    .rule(Rule::Needs("key_vault_id", "key_name"))
    .rule(Rule::Needs("key_vault_uri", "key_name"))
    .rule(Rule::Needs("federated_identity_client_id", "user_assigned_identity_id"))
    .hooks(Hooks { complete: Some(join_key), attributes: Some(key_vault), ..Hooks::default() })
});
