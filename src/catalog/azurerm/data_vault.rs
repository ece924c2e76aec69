//! Data sources around vaults, accounts and identities.

use std::sync::{Arc, LazyLock};

use super::data::{Source, document, group_of_source, source};
use super::key_vault::{NO_MATERIAL, VAULTS, VERSION as VAULT_VERSION, item_ids, time};
use super::policy::{DEFINITION_VERSION, DEFINITIONS, needed_roles};
use super::read::deep;
use super::registry::{KIND as REGISTRIES, VERSION as REGISTRY_VERSION, administrator};
use super::storage::{ACCOUNTS, VERSION as STORAGE_VERSION, sku_part};
use super::storage_endpoints::endpoints;
use super::table::{
    Codec, Hooks, Object, Part, Place, Row, Rule, Shown, Table, blocks, doc, flag, number, text, text_map,
    text_set, texts,
};
use super::write::problem;
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Fetched, Stop};
use crate::catalog::value::text as known;
use crate::lang::{Type, Value};

/// Those of this file.
pub(super) static TYPES: &[&Source] = &[
    &Source { name: "azurerm_container_registry", table: &CONTAINER_REGISTRY, read: document },
    &Source { name: "azurerm_key_vault_key", table: &KEY_VAULT_KEY, read: document },
    &Source { name: "azurerm_key_vault_secret", table: &KEY_VAULT_SECRET, read: document },
    &Source {
        name: "azurerm_machine_learning_workspace",
        table: &MACHINE_LEARNING_WORKSPACE,
        read: document,
    },
    &Source { name: "azurerm_policy_definition", table: &POLICY_DEFINITION, read: policy_definition },
    &Source { name: "azurerm_storage_account", table: &STORAGE_ACCOUNT, read: document },
    &Source { name: "azurerm_user_assigned_identity", table: &USER_ASSIGNED_IDENTITY, read: document },
];

fn told(name: &'static str, path: &'static str) -> Row {
    text(name).computed().at(path)
}

fn on(name: &'static str, path: &'static str) -> Row {
    flag(name).computed().at(path).absent(false)
}

/// `name`, `resource_group_name`, and what every resource in a group tells.
fn placed() -> [Row; 4] {
    [
        text("name").required().part(Part::Name),
        group_of_source(),
        text("location").computed().at("location").codec(Codec::Location),
        text_map("tags").computed().at("tags"),
    ]
}

/// `SystemAssigned,UserAssigned` with a blank between the two.
fn spaced(live: &Value) -> Option<Value> {
    let words: Vec<&str> = live.as_str()?.split(',').map(str::trim).collect();
    Some(words.join(", ").into())
}

fn identity() -> Row {
    let rows = vec![
        told("type", "type").codec(Codec::Hook(Value::clone, spaced)),
        texts("identity_ids").computed().at("userAssignedIdentities").codec(Codec::Keys),
        told("principal_id", "principalId"),
        told("tenant_id", "tenantId"),
    ];
    blocks("identity", rows).computed().first().at("identity")
}

fn with<const N: usize>(rows: [Row; N]) -> Vec<Row> {
    placed().into_iter().chain(rows).collect()
}

static CONTAINER_REGISTRY: LazyLock<Table> = LazyLock::new(|| {
    let rows = with([
        on("admin_enabled", "properties.adminUserEnabled"),
        text("admin_username").computed(),
        text("admin_password").demand("listCredentials", |answer, _| {
            let first = answer.get("passwords").and_then(Value::as_sequence).and_then(<[Value]>::first);
            first.and_then(|p| p.get("value")).cloned().unwrap_or_else(|| Value::null(Type::String))
        }),
        on("data_endpoint_enabled", "properties.dataEndpointEnabled"),
        text_set("data_endpoint_host_names").computed().at("properties.dataEndpointHostNames"),
        told("login_server", "properties.loginServer"),
        told("sku", "sku.name"),
    ]);
    let docs = vec![doc(REGISTRIES, REGISTRY_VERSION, Place::Group(&["name"]))];
    source("azurerm_container_registry", docs, rows).hooks(Hooks {
        attributes: Some(|all: &mut Object, shown: &Shown<'_>| {
            // Without an administrator there is no password to ask for.
            if all.get("admin_enabled").and_then(Value::as_bool) == Some(false) {
                all.insert("admin_password".into(), "".into());
            }
            administrator(all, shown)
        }),
        ..Hooks::default()
    })
});

static USER_ASSIGNED_IDENTITY: LazyLock<Table> = LazyLock::new(|| {
    let rows = with([
        told("client_id", "properties.clientId"),
        told("principal_id", "properties.principalId"),
        told("tenant_id", "properties.tenantId"),
        told("isolation_scope", "properties.isolationScope").nothing("None"),
    ]);
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let docs = vec![doc(kind, "2024-11-30", Place::Group(&["name"]))];
    source("azurerm_user_assigned_identity", docs, rows)
});

static MACHINE_LEARNING_WORKSPACE: LazyLock<Table> = LazyLock::new(|| {
    let rows = with([identity(), told("storage_account_access_type", "properties.systemDatastoresAuthMode")]);
    let kind = "Microsoft.MachineLearningServices/workspaces";
    let docs = vec![doc(kind, "2025-06-01", Place::Group(&["name"]))];
    source("azurerm_machine_learning_workspace", docs, rows)
});

/// What is in a vault: found by the vault's id.
fn in_vault(kind: &'static str) -> (Vec<super::table::Doc>, Vec<Row>) {
    let docs = vec![doc(kind, VAULT_VERSION, Place::Under("key_vault_id"))];
    let rows = vec![
        text("name").required().part(Part::Name),
        text("key_vault_id").required().part(Part::ParentId).arm_id(VAULTS),
        text_map("tags").computed().at("tags"),
        text("versionless_id").computed(),
        text("resource_id").computed(),
        text("resource_versionless_id").computed(),
    ];
    (docs, rows)
}

static KEY_VAULT_KEY: LazyLock<Table> = LazyLock::new(|| {
    let (docs, mut rows) = in_vault("Microsoft.KeyVault/vaults/keys");
    let hidden = |name: &'static str| text(name).not_in_arm(NO_MATERIAL);
    rows.extend([
        told("key_type", "properties.kty"),
        number("key_size").computed().at("properties.keySize"),
        told("curve", "properties.curveName"),
        texts("key_opts").computed().at("properties.keyOps"),
        text("version").computed(),
        hidden("n"),
        hidden("e"),
        hidden("x"),
        hidden("y"),
        hidden("public_key_pem"),
        hidden("public_key_openssh"),
    ]);
    let mut table = source("azurerm_key_vault_key", docs, rows);
    table.timeouts[1] = 30;
    table.hooks(Hooks {
        attributes: Some(|all, shown| {
            item_ids(all, shown, "keys", "keyUriWithVersion");
            Ok(())
        }),
        ..Hooks::default()
    })
});

const NO_VALUE: &str = "ARM never tells the value of a secret, and the vault's data plane (closed in a secured vault) is not used. Give those who need the value the secret's `versionless_id` and let them read it with their own identity, or pass the value to this configuration as a sensitive variable";

static KEY_VAULT_SECRET: LazyLock<Table> = LazyLock::new(|| {
    let (docs, mut rows) = in_vault("Microsoft.KeyVault/vaults/secrets");
    rows.extend([
        text("version").own(),
        told("content_type", "properties.contentType").absent(""),
        time("not_before_date", "properties.attributes.nbf").computed(),
        time("expiration_date", "properties.attributes.exp").computed(),
        text("value").not_in_arm(NO_VALUE).sensitive(),
    ]);
    let mut table = source("azurerm_key_vault_secret", docs, rows);
    table.timeouts[1] = 30;
    table.hooks(Hooks { attributes: Some(secret), ..Hooks::default() })
});

/// ARM tells of the newest version only: of another one that is asked for, only its address is known.
fn secret(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    item_ids(all, shown, "secrets", "secretUriWithVersion");
    let newest = all.get("version").cloned();
    let asked = shown.config.get("version").filter(|v| !v.is_null()).cloned();
    if let Some(asked) = asked.as_ref().and_then(Value::as_str)
        && newest.as_ref().and_then(Value::as_str) != Some(asked)
    {
        let at = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        let (address, id) = (at("versionless_id"), at("resource_versionless_id"));
        let version = |base: Option<String>, infix: &str| {
            base.map_or_else(|| Value::unknown(Type::String), |b| format!("{b}{infix}/{asked}").into())
        };
        all.insert("id".into(), version(address, ""));
        all.insert("resource_id".into(), version(id, "/versions"));
        for name in ["content_type", "not_before_date", "expiration_date"] {
            all.insert(name.into(), Value::null(Type::String));
        }
    }
    all.insert("version".into(), asked.unwrap_or_else(|| Value::null(Type::String)));
    Ok(())
}

static STORAGE_ACCOUNT: LazyLock<Table> = LazyLock::new(|| {
    let of_sku = |name: &'static str, part: fn(&Value) -> Option<Value>| {
        told(name, "sku.name").codec(Codec::Hook(Value::clone, part))
    };
    let key_type = |name: &'static str, path: &'static str| told(name, path).absent("Service");
    let directory = "activeDirectoryProperties";
    let directory = blocks(
        "active_directory",
        vec![
            told("domain_guid", "domainGuid"),
            told("domain_name", "domainName"),
            told("domain_sid", "domainSid"),
            told("forest_name", "forestName"),
            told("netbios_domain_name", "netBiosDomainName"),
            told("storage_sid", "azureStorageSid"),
        ],
    )
    .computed()
    .first()
    .at(directory);
    let files = blocks(
        "azure_files_authentication",
        vec![
            told("directory_type", "directoryServiceOptions"),
            directory,
            told("default_share_level_permission", "defaultSharePermission"),
        ],
    );
    let domain = blocks("custom_domain", vec![told("name", "name")]);
    let mut rows = with([
        text("min_tls_version").at("properties.minimumTlsVersion"),
        told("account_kind", "kind"),
        of_sku("account_tier", |v| sku_part(v, 0)),
        of_sku("account_replication_type", |v| sku_part(v, 2)),
        told("access_tier", "properties.accessTier"),
        on("https_traffic_only_enabled", "properties.supportsHttpsTrafficOnly").absent(true),
        on("allow_nested_items_to_be_public", "properties.allowBlobPublicAccess").absent(true),
        on("is_hns_enabled", "properties.isHnsEnabled"),
        on("nfsv3_enabled", "properties.isNfsV3Enabled"),
        on("infrastructure_encryption_enabled", "properties.encryption.requireInfrastructureEncryption"),
        told("dns_endpoint_type", "properties.dnsEndpointType").absent("Standard"),
        key_type("queue_encryption_key_type", "properties.encryption.services.queue.keyType"),
        key_type("table_encryption_key_type", "properties.encryption.services.table.keyType"),
        told("public_network_access", "properties.publicNetworkAccess").since(5).absent("Enabled"),
        identity(),
        files.computed().first().at("properties.azureFilesIdentityBasedAuthentication"),
        domain.computed().first().at("properties.customDomain"),
    ]);
    rows.extend(endpoints());
    source("azurerm_storage_account", vec![doc(ACCOUNTS, STORAGE_VERSION, Place::Group(&["name"]))], rows)
});

static POLICY_DEFINITION: LazyLock<Table> = LazyLock::new(|| {
    let json = |name: &'static str, path: &'static str| told(name, path).codec(Codec::Json);
    source(
        "azurerm_policy_definition",
        Vec::new(),
        vec![
            text("name").both().at("name"),
            text("display_name").both().at("properties.displayName"),
            text("management_group_name").own(),
            told("description", "properties.description"),
            told("mode", "properties.mode"),
            told("type", "type"),
            told("policy_type", "properties.policyType"),
            json("policy_rule", "properties.policyRule"),
            json("parameters", "properties.parameters"),
            json("metadata", "properties.metadata"),
            texts("role_definition_ids").computed(),
        ],
    )
    .rule(Rule::ExactlyOne(&["name", "display_name"]))
    .hooks(Hooks { attributes: Some(needed_roles), ..Hooks::default() })
});

/// By its name in the subscription (or management group), else among those of Azure; or by its display name.
fn policy_definition(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let unknown = || Ok(Value::unknown(table.schema_of(cx.provider.major).implied_type()));
    let scope = match (known(config, "management_group_name"), cx.provider.subscription_id.as_deref()) {
        (Some(group), _) => format!("/providers/Microsoft.Management/managementGroups/{group}"),
        (None, Some(subscription)) => format!("/subscriptions/{subscription}"),
        (None, None) => String::new(),
    };
    let path = format!("{scope}/providers/{DEFINITIONS}");
    let found = match (known(config, "name"), known(config, "display_name")) {
        (Some(name), _) => {
            let mut found = None;
            for path in [path.as_str(), "/providers/Microsoft.Authorization/policyDefinitions"] {
                let id = super::write::parse(&format!("{path}/{name}"), "name")?;
                match cx.reader.document(&id, DEFINITION_VERSION) {
                    Fetched::Pending => return Err(Stop::Pending),
                    Fetched::Later => return unknown(),
                    Fetched::Ready(there) => found = there,
                }
                if found.is_some() {
                    break;
                }
            }
            found.ok_or_else(|| problem("name", format!("There is no policy definition `{name}`.")))?
        }
        (None, Some(display)) => {
            let all = match cx.reader.list(&path, DEFINITION_VERSION, "") {
                Fetched::Pending => return Err(Stop::Pending),
                Fetched::Later => return unknown(),
                Fetched::Ready(all) => all,
            };
            let called = |one: &&Value| {
                deep(one, &["properties", "displayName"]).and_then(Value::as_str) == Some(display)
            };
            let named: Vec<&Value> = all.iter().flat_map(|a| a.iter()).filter(called).collect();
            match named.as_slice() {
                [one] => Arc::new((*one).clone()),
                others => {
                    let count = others.len();
                    let detail = format!(
                        "{count} policy definitions are called `{display}`; exactly one is expected."
                    );
                    return Err(problem("display_name", detail));
                }
            }
        }
        (None, None) => return unknown(),
    };
    let read = table.read_attributes(config, &|_| Some(found.clone()), false, cx)?;
    let mut all = read.as_entries().cloned().unwrap_or_default();
    let id = found.get("id").and_then(Value::as_str).and_then(|id| ArmId::parse(id).ok());
    all.insert("id".into(), id.map_or_else(|| Value::null(Type::String), |id| id.as_str().into()));
    Ok(Value::object(all))
}
