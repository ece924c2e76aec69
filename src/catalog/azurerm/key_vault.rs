//! Key vaults and their keys.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::read::deep;
use super::table::{
    Check, Codec, Going, Hooks, Lit, Object, Part, Place, Row, Rule, Shown, Table, block, block_set, blocks,
    doc, flag, number, place, tags, text, text_set, texts,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{
    Action, Claim, Context, Fetched, Problem, ProviderConfig, Replace, Stop, Target, Withdraw, Write,
};
use crate::catalog::value::{argument, error, flag as known_flag, put, text as known};
use crate::lang::{Number, Type, Value};

pub(super) const VAULTS: &str = "Microsoft.KeyVault/vaults";
pub(super) const VERSION: &str = "2026-02-01";

/// A vault that is deleted stays; it is purged unless the provider says otherwise, or purge protection forbids it
/// (NAM-03).
fn purge(provider: &ProviderConfig, id: &ArmId) -> Withdraw {
    let mut then = Vec::new();
    if provider.feature("key_vault", "purge_soft_delete_on_destroy")
        && let Some(subscription) = id.subscription_id()
    {
        // The location is the deleted vault's: `{location}` is filled from the document.
        let path = format!(
            "{subscription}/providers/Microsoft.KeyVault/locations/{{location}}/deletedVaults/{}/purge",
            id.name()
        );
        let unless = Some("properties.enablePurgeProtection");
        then.push(Action {
            path: path.into(),
            api_version: VERSION.into(),
            optional: true,
            delete: false,
            unless,
        });
    }
    Withdraw::Delete { query: Vec::new(), then }
}

pub(super) fn permissions(name: &'static str, path: &'static str, words: &'static [&'static str]) -> Row {
    texts(name).at(path).one_of(words).codec(Codec::Hook(super::codec::plain, titled))
}

/// Azure answers `get` for what was sent as `Get`.
fn titled(live: &Value) -> Option<Value> {
    let words = live.as_sequence()?.iter().map(|word| match word.as_str() {
        Some(text) => {
            let known = KEYS.iter().chain(SECRETS).chain(CERTIFICATES).chain(STORAGE);
            known.copied().find(|w| w.eq_ignore_ascii_case(text)).unwrap_or(text).into()
        }
        None => word.clone(),
    });
    Some(Value::tuple(words.collect()))
}

pub(super) const KEYS: &[&str] = &[
    "Get",
    "List",
    "Update",
    "Create",
    "Import",
    "Delete",
    "Recover",
    "Backup",
    "Restore",
    "Decrypt",
    "Encrypt",
    "UnwrapKey",
    "WrapKey",
    "Verify",
    "Sign",
    "Purge",
    "Release",
    "Rotate",
    "GetRotationPolicy",
    "SetRotationPolicy",
];
pub(super) const SECRETS: &[&str] =
    &["Get", "List", "Set", "Delete", "Recover", "Backup", "Restore", "Purge"];
pub(super) const CERTIFICATES: &[&str] = &[
    "Get",
    "List",
    "Update",
    "Create",
    "Import",
    "Delete",
    "Recover",
    "Backup",
    "Restore",
    "ManageContacts",
    "ManageIssuers",
    "GetIssuers",
    "ListIssuers",
    "SetIssuers",
    "DeleteIssuers",
    "Purge",
];
pub(super) const STORAGE: &[&str] = &[
    "Backup",
    "Delete",
    "DeleteSAS",
    "Get",
    "GetSAS",
    "List",
    "ListSAS",
    "Purge",
    "Recover",
    "RegenerateKey",
    "Restore",
    "Set",
    "SetSAS",
    "Update",
];

/// A change that only works in one direction.
fn only_on(before: &Value, after: &Value) -> Replace {
    if before.as_bool() == Some(true) && after.as_bool() != Some(true) {
        return Replace::Refuse(
            "Purge protection cannot be turned off once it is on (NAM-03). Write `purge_protection_enabled = true`.".into(),
        );
    }
    Replace::No
}

fn fixed_retention(before: &Value, _after: &Value) -> Replace {
    let days = before.as_number().map_or_else(|| "90".to_owned(), Number::to_string);
    Replace::Refuse(format!(
        "The retention of deleted items is fixed when the vault is made. Write `soft_delete_retention_days = {days}`."
    ))
}

pub(super) static KEY_VAULT: LazyLock<Table> = LazyLock::new(|| {
    let switch = |name: &'static str, path: &'static str| flag(name).at(path).neutral(false);
    let policy = blocks(
        "access_policy",
        vec![
            text("tenant_id").required().at("tenantId").uuid(),
            text("object_id").required().at("objectId").uuid(),
            text("application_id")
                .at("applicationId")
                .nonempty()
                .matches(r"^$|^[-0-9a-fA-F]{36}$", "a UUID or nothing"),
            permissions("certificate_permissions", "permissions.certificates", CERTIFICATES),
            permissions("key_permissions", "permissions.keys", KEYS),
            permissions("secret_permissions", "permissions.secrets", SECRETS),
            permissions("storage_permissions", "permissions.storage", STORAGE),
        ],
    )
    .both()
    .attr_as_block()
    .count(0, 1024)
    .at("properties.accessPolicies");
    let acls = block(
        "network_acls",
        vec![
            text("bypass").required().at("bypass").one_of(&["None", "AzureServices"]),
            text("default_action").required().at("defaultAction").one_of(&["Allow", "Deny"]),
            text_set("ip_rules").at("ipRules").items("value").neutral(Lit::Json("[]")),
            text_set("virtual_network_subnet_ids")
                .at("virtualNetworkRules")
                .items("id")
                .neutral(Lit::Json("[]")),
        ],
    )
    .at("properties.networkAcls")
    .stays();
    let mut rows = place(
        text("name")
            .matches(r"^[a-zA-Z0-9-]{3,24}$", "3 to 24 letters, digits and `-`")
            .matches(r"^[a-zA-Z].*[a-zA-Z0-9]$", "a letter first, a letter or digit last")
            .check(Check::Lacks("--", "no `--`")),
    );
    rows.extend([
        text("sku_name")
            .required()
            .at("properties.sku.name")
            .with("properties.sku.family", "A")
            .one_of(&["standard", "premium"]),
        text("tenant_id").required().at("properties.tenantId").uuid(),
        policy,
        acls,
        switch("enabled_for_deployment", "properties.enabledForDeployment"),
        switch("enabled_for_disk_encryption", "properties.enabledForDiskEncryption"),
        switch("enabled_for_template_deployment", "properties.enabledForTemplateDeployment"),
        flag("rbac_authorization_enabled").both().required_from(5).at("properties.enableRbacAuthorization"),
        flag("enable_rbac_authorization")
            .both()
            .until(4)
            .deprecated("rbac_authorization_enabled")
            .alias("rbac_authorization_enabled"),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        flag("purge_protection_enabled").at("properties.enablePurgeProtection").unless(false).replaces(only_on),
        number("soft_delete_retention_days")
            .default(90)
            .at("properties.softDeleteRetentionInDays")
            .unless(90)
            .range(7, 90)
            .replaces(fixed_retention),
        block_set("contact", vec![text("email").required(), text("name"), text("phone")])
            .until(4)
            .deprecated("azurerm_key_vault_certificate_contacts")
            .refused("Certificate contacts are kept in the vault's data plane, and azurerm 4 refuses them for new vaults. Leave the block out."),
        tags(),
        text("vault_uri").computed().at("properties.vaultUri").will_be("https://{name}.{@vault}/"),
    ]);
    Table::new(
        "azurerm_key_vault",
        [30, 5, 30, 30],
        vec![
            doc(VAULTS, VERSION, Place::Group(&["name"]))
                .write(Write::Patch)
                .fixed("properties.enableSoftDelete", true)
                .going(Going::With(purge)),
        ],
        rows,
    )
    .rule(Rule::Conflict("enable_rbac_authorization", "rbac_authorization_enabled"))
    .hooks(Hooks { claims: Some(policies), ..Hooks::default() })
});

/// A vault that judges by policies must be made with some, if only none (KV-02). They are not compared: Azure ML adds
/// its own (IMP-03), and policy resources theirs.
fn policies(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    // Those of a vault that is there stay.
    let there = match &claim.target {
        Target::Id(id) => match cx.reader.document(id, VERSION) {
            Fetched::Pending => return Err(Stop::Pending),
            found => matches!(found, Fetched::Ready(Some(_))),
        },
        Target::Unknown => false,
    };
    let written = config.get("access_policy").is_some_and(|v| {
        !v.is_null() && (v.is_unknown() || v.as_sequence().is_some_and(|all| !all.is_empty()))
    });
    let path = ["properties", "accessPolicies"];
    if !written
        && !there
        && deep(&claim.body, &path).is_none()
        && known_flag(config, "rbac_authorization_enabled") != Some(true)
    {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &path, Value::tuple(Vec::new()));
        claim.body = Value::object(body);
        claim.unread.push(path.iter().map(|p| (*p).into()).collect());
    }
    // Subnets that the vault lets in are written to by nobody else meanwhile (CON-03).
    if let Some(rules) = deep(&claim.body, &["properties", "networkAcls", "virtualNetworkRules"]) {
        let networks = rules.as_sequence().unwrap_or_default().iter().filter_map(|rule| known(rule, "id"));
        let ids = networks.filter_map(|id| ArmId::parse(id).ok()?.parent());
        claim.locks = ids.map(|id| id.key().into()).collect();
    }
    Ok(())
}

/// A time as seconds of the epoch.
fn put_time(value: &Value) -> Value {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    let parsed = value.as_str().and_then(|t| OffsetDateTime::parse(t, &Rfc3339).ok());
    parsed.map_or_else(|| value.clone(), |t| t.unix_timestamp().into())
}

/// A time that is kept as seconds of the epoch.
pub(super) fn time(name: &'static str, path: &'static str) -> Row {
    text(name).at(path).codec(Codec::Hook(put_time, take_time)).check(Check::Time)
}

fn take_time(live: &Value) -> Option<Value> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    let seconds = live.as_number()?.as_i64()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok().map(Value::from)
}

fn put_policy(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |t| URL_SAFE_NO_PAD.encode(t).into())
}

fn take_policy(live: &Value) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(live.as_str()?.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok().map(Value::from)
}

fn not_updated(_before: &Value, _after: &Value) -> Replace {
    Replace::Refuse(
        "ARM makes a key once and never changes it, and the vault's data plane is not used. Make a key with another name, or take the change back.".into(),
    )
}

/// Without an end of life that it had, a key is another key.
fn end_of_life(before: &Value, after: &Value) -> Replace {
    if !before.is_null() && after.is_null() { Replace::Yes } else { not_updated(before, after) }
}

pub(super) const NO_MATERIAL: &str = "the material of a key is only told by the vault's data plane, which is not used; take what is needed from `id` or `version`";

pub(super) static KEY_VAULT_KEY: LazyLock<Table> = LazyLock::new(|| {
    let release = block(
        "release_policy",
        vec![
            text("json")
                .required()
                .at("properties.release_policy.data")
                .with("properties.release_policy.contentType", "application/json; charset=utf-8")
                .with("properties.attributes.exportable", true)
                .codec(Codec::Hook(put_policy, take_policy))
                .check(Check::JsonText),
            flag("immutable").default(false).refused(
                "ARM's key resource cannot make a release policy immutable; only the vault's data plane can, which is not used. Leave it out.",
            ),
        ],
    )
    .new()
    .reset("null");
    // A hook writes them: see `lifetime`.
    let step = |name: &'static str, take: fn(&Value) -> Option<Value>| {
        text(name).own().at("lifetimeActions").codec(Codec::Hook(Value::clone, take)).check(Check::Duration)
    };
    let automatic = block(
        "automatic",
        vec![
            step("time_after_creation", |all| take_step(all, "rotate", "timeAfterCreate")),
            step("time_before_expiry", |all| take_step(all, "rotate", "timeBeforeExpiry")),
        ],
    )
    .own()
    .cleared()
    .at("")
    .rule(Rule::AtLeastOne(&["time_after_creation", "time_before_expiry"]));
    let rotation = block(
        "rotation_policy",
        vec![
            text("expire_after").at("attributes.expiryTime").check(Check::Duration),
            step("notify_before_expiry", |all| take_step(all, "notify", "timeBeforeExpiry")),
            automatic,
        ],
    )
    .at("properties.rotationPolicy")
    .rule(Rule::AtLeastOne(&["expire_after", "automatic"]))
    .rule(Rule::Needs("expire_after", "notify_before_expiry"))
    .rule(Rule::Needs("notify_before_expiry", "expire_after"))
    .replaces(not_updated)
    .reset("null");
    let hidden = |name: &'static str| text(name).not_in_arm(NO_MATERIAL);
    Table::new(
        "azurerm_key_vault_key",
        [30, 30, 30, 30],
        vec![
            doc("Microsoft.KeyVault/vaults/keys", VERSION, Place::Under("key_vault_id"))
                .write(Write::CreateOnly)
                .fixed("properties.attributes.enabled", true)
                .going(Going::Leave),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[-0-9a-zA-Z]{1,127}$", "1 to 127 letters, digits and `-`"),
            text("key_vault_id").required().new().part(Part::ParentId).arm_id(VAULTS),
            text("key_type")
                .required()
                .new()
                .at("properties.kty")
                .one_of(&["EC", "EC-HSM", "RSA", "RSA-HSM"]),
            number("key_size").new().at("properties.keySize").observed(),
            text("curve")
                .both()
                .new()
                .at("properties.curveName")
                .one_of(&["P-256", "P-256K", "P-384", "P-521"]),
            texts("key_opts")
                .required()
                .at("properties.keyOps")
                .one_of(&["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"])
                .replaces(not_updated),
            time("not_before_date", "properties.attributes.nbf").replaces(not_updated),
            time("expiration_date", "properties.attributes.exp").replaces(end_of_life),
            release,
            rotation,
            tags().replaces(not_updated),
            text("version").computed(),
            text("versionless_id").computed().at("properties.keyUri"),
            text("resource_id").computed(),
            text("resource_versionless_id").computed(),
            hidden("n"),
            hidden("e"),
            hidden("x"),
            hidden("y"),
            hidden("public_key_pem"),
            hidden("public_key_openssh"),
        ],
    )
    .rule(Rule::Conflict("curve", "key_size"))
    .hooks(Hooks {
        check: Some(check_key),
        claims: Some(lifetime),
        attributes: Some(key_ids),
        import: Some(import_item),
        ..Hooks::default()
    })
});

fn check_key(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    match known(config, "key_type") {
        Some(kind) if kind.starts_with("RSA") && unset("key_size") => problems.push(error(
            argument("key_size"),
            "Missing required argument",
            format!("A key of the type `{kind}` needs `key_size`: 2048, 3072 or 4096."),
        )),
        Some(kind) if kind.starts_with("RSA") && known(config, "curve").is_some() => problems.push(error(
            argument("curve"),
            "Invalid combination of arguments",
            format!("A key of the type `{kind}` has no `curve`."),
        )),
        _ => {}
    }
    problems
}

/// When a list of actions with their triggers does something.
fn take_step(all: &Value, action: &str, trigger: &str) -> Option<Value> {
    let does = |item: &&Value| {
        deep(item, &["action", "type"])
            .and_then(Value::as_str)
            .is_some_and(|t| t.eq_ignore_ascii_case(action))
    };
    let mut when =
        all.as_sequence()?.iter().filter(does).filter_map(|item| deep(item, &["trigger", trigger]));
    when.find(|v| !v.is_null()).cloned()
}

/// What happens to a key before it ends: a list of actions with their triggers.
fn lifetime(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let policy = config.get("rotation_policy").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let Some(policy) = policy else { return Ok(()) };
    let automatic = policy.get("automatic").and_then(Value::as_sequence).and_then(<[Value]>::first);
    let steps = [
        (policy.get("notify_before_expiry"), "timeBeforeExpiry", "notify"),
        (automatic.and_then(|a| a.get("time_after_creation")), "timeAfterCreate", "rotate"),
        (automatic.and_then(|a| a.get("time_before_expiry")), "timeBeforeExpiry", "rotate"),
    ];
    let actions: Vec<Value> = steps
        .into_iter()
        .filter_map(|(when, trigger, action)| {
            let when = when.filter(|v| !v.is_null())?;
            Some(Value::object([
                ("trigger", Value::object([(trigger, when.clone())])),
                ("action", Value::object([("type", action.into())])),
            ]))
        })
        .collect();
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, &["properties", "rotationPolicy", "lifetimeActions"], Value::tuple(actions));
    claim.body = Value::object(body);
    Ok(())
}

/// The ids of a key are those of the data plane, known but for the version before the key exists.
fn key_ids(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    item_ids(all, shown, "keys", "keyUriWithVersion");
    Ok(())
}

/// The ids of what is in a vault: its collection, and the property that tells the whole address.
pub(super) fn item_ids(all: &mut Object, shown: &Shown<'_>, collection: &str, address: &str) {
    let unknown = || Value::unknown_not_null(Type::String);
    let Some(id) = shown.id else {
        for name in ["version", "versionless_id", "resource_id", "resource_versionless_id"] {
            all.insert(name.into(), unknown());
        }
        return;
    };
    let vault = id.parent().map(|v| v.name().to_owned()).unwrap_or_default();
    let base = format!("https://{vault}.{}/{collection}/{}", shown.cx.provider.suffixes.key_vault, id.name());
    all.insert("versionless_id".into(), base.as_str().into());
    all.insert("resource_versionless_id".into(), id.as_str().into());
    let primary = (shown.documents)("");
    let uri = primary.as_deref().and_then(|d| deep(d, &["properties", address])).and_then(Value::as_str);
    let version = uri.and_then(|u| u.trim_end_matches('/').rsplit('/').next()).filter(|v| !v.is_empty());
    let of = |text: Option<String>| text.map_or_else(unknown, Value::from);
    all.insert("version".into(), of(version.map(str::to_owned)));
    all.insert("id".into(), of(version.map(|v| format!("{base}/{v}"))));
    all.insert("resource_id".into(), of(version.map(|v| format!("{id}/versions/{v}"))));
}

/// `https://{vault}.vault.azure.net/keys/{name}/{version}` does not say in which group the vault is.
pub(super) fn import_item(id: &str, _cx: &Context<'_>) -> Result<ArmId, Problem> {
    let detail = if let Some(address) = id.strip_prefix("https://") {
        let collection = address.split('/').nth(1).unwrap_or("keys");
        format!(
            "Give the ARM id, which says where its vault is: `/subscriptions/…/vaults/{{vault}}/{collection}/{{name}}`."
        )
    } else {
        match ArmId::parse(id) {
            Ok(parsed) => return Ok(parsed),
            Err(e) => format!("{e}."),
        }
    };
    Err(error(Vec::new(), "Invalid import id", detail))
}
