//! Storage accounts with their blob and file services, and containers.

use std::sync::LazyLock;

use super::read::deep;
use super::storage_endpoints::endpoints;
use super::table::{
    ANY_IDENTITY, Check, Codec, Going, Hooks, Lit, Object, Part, Place, Predict, Row, Rule, Shown, Table,
    When, block, blocks, doc, edge_zone, flag, identity, number, place, tags, text, text_map, text_set,
    texts,
};
use super::write::{parse, problem};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Claim, Context, Fetched, Problem, ProviderConfig, Replace, Stop};
use crate::catalog::value::{argument, error, flag as known_flag, put, same, text as known, without};
use crate::lang::{Type, Value};

pub(super) const ACCOUNTS: &str = "Microsoft.Storage/storageAccounts";
pub(super) const CONTAINERS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";
pub(super) const VERSION: &str = "2025-08-01";
const REPLICATIONS: &[&str] = &["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"];

/// `StandardV2_ZRS`: tier, version, replication.
pub(super) fn sku_part(live: &Value, part: usize) -> Option<Value> {
    let (head, replication) = live.as_str()?.split_once('_')?;
    let (tier, version) = match head.strip_suffix("V2") {
        Some(tier) => (tier, Some("V2")),
        None => (head, None),
    };
    match part {
        0 => Some(tier.into()),
        1 => version.map(Value::from),
        _ => Some(replication.into()),
    }
}

/// A replication changes in place only among those with zones, or among those without.
fn replication(before: &Value, after: &Value) -> Replace {
    let zoned = |v: &Value| v.as_str().is_some_and(|t| t.contains("ZRS"));
    if zoned(before) != zoned(after) { Replace::Yes } else { Replace::No }
}

/// Older accounts can be upgraded to StorageV2, and to nothing else.
fn account_kind(before: &Value, after: &Value) -> Replace {
    let old = matches!(before.as_str(), Some("Storage" | "BlobStorage"));
    let upgrade = old && after.as_str() == Some("StorageV2");
    if upgrade { Replace::No } else { Replace::Yes }
}

fn turned_off(before: &Value, after: &Value) -> Replace {
    if before.as_bool() == Some(true) && after.as_bool() == Some(false) { Replace::Yes } else { Replace::No }
}

fn locked(before: &Value, after: &Value) -> Replace {
    if before.as_str() == Some("Locked") && after.as_str() != Some("Locked") {
        Replace::Yes
    } else {
        Replace::No
    }
}

/// The name, version and vault of a key's id. Without a version Azure follows the newest.
fn put_key(value: &Value) -> Vec<Option<Value>> {
    let text = value.as_str().unwrap_or_default();
    let (vault, rest) = text.split_once("/keys/").unwrap_or((text, ""));
    let (name, version) = rest.trim_end_matches('/').split_once('/').unwrap_or((rest, ""));
    vec![Some(name.into()), Some(version.into()), Some(format!("{vault}/").into())]
}

fn take_key(parts: &[Option<&Value>]) -> Option<Value> {
    let [Some(name), version, Some(vault)] = parts else { return None };
    let base = format!("{}/keys/{}", vault.as_str()?.trim_end_matches('/'), name.as_str()?);
    let version = version.and_then(Value::as_str).filter(|v| !v.is_empty());
    Some(version.map_or_else(|| base.clone(), |v| format!("{base}/{v}")).into())
}

/// The key that an account is encrypted with.
pub(super) fn key_vault_key_id() -> Row {
    let on = Lit::Json(r#"{"enabled":true,"keyType":"Account"}"#);
    text("key_vault_key_id")
        .both()
        .required_from(5)
        .spread(
            &[
                "keyvaultproperties.keyname",
                "keyvaultproperties.keyversion",
                "keyvaultproperties.keyvaulturi",
            ],
            put_key,
            take_key,
        )
        .with("keySource", "Microsoft.Keyvault")
        .with("services.blob", on)
        .with("services.file", on)
        .check(Check::KeyId)
}

fn cors(max: usize, methods: &'static [&'static str]) -> Row {
    let list =
        |name: &'static str, path: &'static str| texts(name).required().at(path).check(Check::Items(1, 64));
    blocks(
        "cors_rule",
        vec![
            list("allowed_headers", "allowedHeaders"),
            list("allowed_methods", "allowedMethods").one_of(methods),
            list("allowed_origins", "allowedOrigins"),
            list("exposed_headers", "exposedHeaders"),
            number("max_age_in_seconds").required().at("maxAgeInSeconds").range(0, 2_000_000_000),
        ],
    )
    .count(0, max)
    .at("properties.cors.corsRules")
    .neutral(Lit::Json("[]"))
}

const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "MERGE", "POST", "OPTIONS", "PUT", "PATCH"];

/// A policy that keeps what was deleted for some days: on where it is written, off where it is not.
fn kept(name: &'static str, base: &'static str, more: Vec<Row>) -> Row {
    let mut rows = vec![number("days").default(7).at("days").with("enabled", true).range(1, 365)];
    rows.extend(more);
    block(name, rows).at(base).neutral(Lit::Json(r#"{"enabled":false}"#))
}

fn blob_properties() -> Row {
    let permanent = flag("permanent_delete_enabled").default(false).at("allowPermanentDelete");
    block(
        "blob_properties",
        vec![
            flag("versioning_enabled").default(false).at("properties.isVersioningEnabled"),
            flag("change_feed_enabled").default(false).at("properties.changeFeed.enabled"),
            number("change_feed_retention_in_days")
                .at("properties.changeFeed.retentionInDays")
                .range(1, 146_000),
            flag("last_access_time_enabled")
                .default(false)
                .at("properties.lastAccessTimeTrackingPolicy.enable"),
            text("default_service_version").both().at("properties.defaultServiceVersion"),
            kept("delete_retention_policy", "properties.deleteRetentionPolicy", vec![permanent]),
            kept(
                "container_delete_retention_policy",
                "properties.containerDeleteRetentionPolicy",
                Vec::new(),
            ),
            block(
                "restore_policy",
                vec![number("days").required().at("days").with("enabled", true).range(1, 365)],
            )
            .at("properties.restorePolicy")
            .neutral(Lit::Json(r#"{"enabled":false}"#)),
            cors(5, METHODS),
        ],
    )
    .rule(Rule::Needs("restore_policy", "delete_retention_policy"))
    .of("blob")
    .stays()
}

fn put_joined(value: &Value) -> Value {
    let all = value.as_sequence().unwrap_or_default();
    let words: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
    words.map_or_else(
        || Value::unknown(Type::String),
        |words| words.iter().map(|w| format!("{w};")).collect::<String>().into(),
    )
}

fn take_joined(live: &Value) -> Option<Value> {
    let words = live.as_str()?.split(';').map(str::trim).filter(|w| !w.is_empty());
    Some(Value::tuple(words.map(Value::from).collect()))
}

fn share_properties() -> Row {
    let joined = |name: &'static str, path: &'static str, words: &'static [&'static str]| {
        text_set(name).at(path).one_of(words).codec(Codec::Hook(put_joined, take_joined))
    };
    block(
        "share_properties",
        vec![
            kept("retention_policy", "properties.shareDeleteRetentionPolicy", Vec::new()),
            block(
                "smb",
                vec![
                    joined("versions", "versions", &["SMB2.1", "SMB3.0", "SMB3.1.1"]),
                    joined("authentication_types", "authenticationMethods", &["Kerberos", "NTLMv2"]),
                    joined(
                        "kerberos_ticket_encryption_type",
                        "kerberosTicketEncryption",
                        &["AES-256", "RC4-HMAC"],
                    ),
                    joined(
                        "channel_encryption_type",
                        "channelEncryption",
                        &["AES-128-CCM", "AES-128-GCM", "AES-256-GCM"],
                    ),
                    flag("multichannel_enabled").default(false).at("multichannel.enabled"),
                ],
            )
            .at("properties.protocolSettings.smb")
            .reset("null"),
            cors(5, METHODS),
        ],
    )
    .of("file")
    .stays()
}

/// The arguments of a firewall. `unsaid`: what a list is that is not written.
pub(super) fn firewall(unsaid: fn(Row) -> Row) -> Vec<Row> {
    vec![
        text("default_action").required().at("defaultAction").one_of(&["Deny", "Allow"]),
        text_set("bypass").both().at("bypass").codec(Codec::Join(", ")).one_of(&[
            "None",
            "Logging",
            "Metrics",
            "AzureServices",
        ]),
        unsaid(
            text_set("ip_rules")
                .at("ipRules")
                .codec(Codec::Items(vec!["value"], vec![("action", Lit::Text("Allow"))]))
                .check(Check::Lacks(
                    r"^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|/3[12]$",
                    "a public address, or a range larger than `/31`",
                )),
        ),
        unsaid(text_set("virtual_network_subnet_ids").at("virtualNetworkRules").items("id")),
        blocks(
            "private_link_access",
            vec![
                text("endpoint_resource_id").required().at("resourceId").arm_id(""),
                text("endpoint_tenant_id").both().at("tenantId").uuid(),
            ],
        )
        .at("resourceAccessRules")
        .neutral(Lit::Json("[]")),
    ]
}

fn network_rules() -> Row {
    block("network_rules", firewall(Row::both)).at("properties.networkAcls").stays()
}

/// Metrics and logs of queues: kept in the data plane.
fn queue_metrics(name: &'static str) -> Row {
    block(
        name,
        vec![
            flag("enabled").required(),
            flag("include_apis"),
            number("retention_policy_days"),
            text("version").required(),
        ],
    )
}

fn queue_properties() -> Row {
    let list = |name: &'static str| texts(name).required();
    block(
        "queue_properties",
        vec![
            blocks(
                "cors_rule",
                vec![
                    list("allowed_headers"),
                    list("allowed_methods"),
                    list("allowed_origins"),
                    list("exposed_headers"),
                    number("max_age_in_seconds").required(),
                ],
            )
            .count(0, 5),
            queue_metrics("hour_metrics"),
            queue_metrics("minute_metrics"),
            block(
                "logging",
                vec![
                    flag("delete").required(),
                    flag("read").required(),
                    flag("write").required(),
                    number("retention_policy_days"),
                    text("version").required(),
                ],
            ),
        ],
    )
    .until(4)
    .deprecated("azurerm_storage_account_queue_properties")
    .refused("Queue properties are kept in the account's data plane, which is closed in a secured account and not used here.")
}

pub(super) static STORAGE_ACCOUNT: LazyLock<Table> = LazyLock::new(|| {
    let key_type = |name: &'static str, path: &'static str| {
        text(name).new().default("Service").at(path).one_of(&["Service", "Account"])
    };
    let own_key = block(
        "customer_managed_key",
        vec![
            key_vault_key_id(),
            text("managed_hsm_key_id")
                .check(Check::KeyId)
                .both()
                .until(4)
                .deprecated("key_vault_key_id")
                .alias("key_vault_key_id")
                .own(),
            text("user_assigned_identity_id")
                .required()
                .at("identity.userAssignedIdentity")
                .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities"),
        ],
    )
    .at("properties.encryption")
    .neutral(Lit::Json(r#"{"keySource":"Microsoft.Storage"}"#))
    .rule(Rule::ExactlyOne(&["managed_hsm_key_id", "key_vault_key_id"]));
    let immutability = block(
        "immutability_policy",
        vec![
            flag("allow_protected_append_writes")
                .required()
                .at("immutabilityPolicy.allowProtectedAppendWrites"),
            text("state")
                .required()
                .at("immutabilityPolicy.state")
                .one_of(&["Unlocked", "Locked", "Disabled"])
                .replaces(locked),
            number("period_since_creation_in_days")
                .required()
                .at("immutabilityPolicy.immutabilityPeriodSinceCreationInDays"),
        ],
    )
    .new_whole()
    .at("properties.immutableStorageWithVersioning")
    .reset("null")
    .with("properties.immutableStorageWithVersioning.enabled", true);
    let directory = block(
        "active_directory",
        vec![
            text("domain_guid").required().at("domainGuid").uuid(),
            text("domain_name").required().at("domainName"),
            text("domain_sid").at("domainSid"),
            text("forest_name").at("forestName"),
            text("netbios_domain_name").at("netBiosDomainName"),
            text("storage_sid").at("azureStorageSid"),
        ],
    );
    let files = block(
        "azure_files_authentication",
        vec![
            text("directory_type")
                .required()
                .at("directoryServiceOptions")
                .one_of(&["AADDS", "AADKERB", "AD"]),
            directory.at("activeDirectoryProperties").cleared(),
            text("default_share_level_permission").default("None").at("defaultSharePermission").one_of(&[
                "StorageFileDataSmbShareReader",
                "StorageFileDataSmbShareContributor",
                "StorageFileDataSmbShareElevatedContributor",
                "None",
            ]),
        ],
    )
    .at("properties.azureFilesIdentityBasedAuthentication")
    .neutral(Lit::Json(r#"{"directoryServiceOptions":"None"}"#));
    let routing = block(
        "routing",
        vec![
            text("choice")
                .default("MicrosoftRouting")
                .at("routingChoice")
                .one_of(&["InternetRouting", "MicrosoftRouting"]),
            flag("publish_internet_endpoints").default(false).at("publishInternetEndpoints"),
            flag("publish_microsoft_endpoints").default(false).at("publishMicrosoftEndpoints"),
        ],
    )
    .at("properties.routingPreference")
    .stays();
    let mut rows =
        place(text("name").matches(r"\A([a-z0-9]{3,24})\z", "3 to 24 lower-case letters and digits"));
    rows.extend([
        // The three parts of `sku.name`; a hook joins them. Replication comes first: it is what changes in place.
        text("account_replication_type")
            .required()
            .at("sku.name")
            .codec(Codec::Hook(Value::clone, |v| sku_part(v, 2)))
            .one_of(REPLICATIONS)
            .replaces(replication),
        text("account_tier")
            .required()
            .new()
            .at("sku.name")
            .codec(Codec::Hook(Value::clone, |v| sku_part(v, 0)))
            .one_of(&["Standard", "Premium"]),
        text("provisioned_billing_model_version")
            .new()
            .at("sku.name")
            .codec(Codec::Hook(Value::clone, |v| sku_part(v, 1)))
            .one_of(&["V2"]),
        text("account_kind")
            .default("StorageV2")
            .at("kind")
            .one_of(&["BlobStorage", "BlockBlobStorage", "FileStorage", "Storage", "StorageV2"])
            .replaces(account_kind),
        text("access_tier")
            .both()
            .at("properties.accessTier")
            .one_of(&["Hot", "Cool", "Cold", "Smart", "Premium"])
            .predict(Predict::Hook(tier)),
        flag("https_traffic_only_enabled").default(true).at("properties.supportsHttpsTrafficOnly"),
        flag("enable_https_traffic_only").both().until(3).alias("https_traffic_only_enabled"),
        text("min_tls_version")
            .default("TLS1_2")
            .at("properties.minimumTlsVersion")
            .one_of(&["TLS1_0", "TLS1_1", "TLS1_2"]),
        flag("allow_nested_items_to_be_public")
            .default(true)
            .default_in(5, false)
            .at("properties.allowBlobPublicAccess"),
        flag("shared_access_key_enabled").default(true).at("properties.allowSharedKeyAccess"),
        flag("default_to_oauth_authentication").default(false).at("properties.defaultToOAuthAuthentication"),
        flag("cross_tenant_replication_enabled")
            .default(false)
            .default_in(3, true)
            .at("properties.allowCrossTenantReplication"),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        flag("is_hns_enabled").new().default(false).at("properties.isHnsEnabled"),
        flag("nfsv3_enabled").new().default(false).at("properties.isNfsV3Enabled"),
        flag("sftp_enabled").default(false).at("properties.isSftpEnabled"),
        flag("local_user_enabled").default(true).at("properties.isLocalUserEnabled"),
        flag("large_file_share_enabled")
            .both()
            .at("properties.largeFileSharesState")
            .switch()
            .unless(false)
            .replaces(turned_off),
        text("dns_endpoint_type")
            .new()
            .default("Standard")
            .at("properties.dnsEndpointType")
            .one_of(&["Standard", "AzureDnsZone"]),
        text("allowed_copy_scope").at("properties.allowedCopyScope").one_of(&["AAD", "PrivateLink", "All"]),
        flag("infrastructure_encryption_enabled")
            .new()
            .default(false)
            .at("properties.encryption.requireInfrastructureEncryption")
            .unless(false),
        key_type("queue_encryption_key_type", "properties.encryption.services.queue.keyType"),
        key_type("table_encryption_key_type", "properties.encryption.services.table.keyType"),
        own_key,
        identity(ANY_IDENTITY, true),
        network_rules(),
        block(
            "sas_policy",
            vec![
                text("expiration_period")
                    .required()
                    .at("sasExpirationPeriod")
                    .matches(r"^\d+\.\d\d:\d\d:\d\d$", "days, hours, minutes and seconds as in `1.12:05:06`"),
                text("expiration_action").default("Log").at("expirationAction").one_of(&["Log", "Block"]),
            ],
        )
        .count(1, 1)
        .at("properties.sasPolicy")
        .cleared(),
        immutability,
        files,
        routing,
        block(
            "custom_domain",
            vec![text("name").required().at("name"), flag("use_subdomain").default(false).at("useSubDomainName")],
        )
        .at("properties.customDomain")
        .cleared(),
        edge_zone(),
        blob_properties(),
        share_properties(),
        queue_properties(),
        block("static_website", vec![text("index_document"), text("error_404_document")])
            .until(4)
            .deprecated("azurerm_storage_account_static_website")
            .refused("A static website is switched on in the account's data plane, which is closed in a secured account and not used here."),
        tags(),
    ]);
    rows.extend(endpoints());
    Table::new(
        "azurerm_storage_account",
        [60, 5, 60, 60],
        vec![
            doc(ACCOUNTS, VERSION, Place::Group(&["name"])),
            doc(
                "Microsoft.Storage/storageAccounts/blobServices",
                VERSION,
                Place::Child("blobServices", "default"),
            )
            .key("blob")
            .foreign()
            .when(When::Written(&["blob_properties"]))
            .going(Going::Leave),
            doc(
                "Microsoft.Storage/storageAccounts/fileServices",
                VERSION,
                Place::Child("fileServices", "default"),
            )
            .key("file")
            .foreign()
            .when(When::Written(&["share_properties"]))
            .going(Going::Leave),
        ],
        rows,
    )
    .hooks(Hooks { check: Some(check_account), claims: Some(join_sku), ..Hooks::default() })
});

/// What Azure chooses where no access tier is written.
fn tier(config: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let premium = known(config, "account_tier")? == "Premium";
    match known(config, "account_kind")? {
        "BlobStorage" | "StorageV2" if !premium => Some("Hot".into()),
        "FileStorage" => None,
        _ => None,
    }
}

fn join_sku(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let part = |name: &str| config.get(name).filter(|v| !v.is_null());
    let sku = match (part("account_tier"), part("account_replication_type")) {
        (Some(tier), Some(replication)) => {
            let version = part("provisioned_billing_model_version");
            let all = [Some(tier), version, Some(replication)];
            let marks = all.iter().flatten().fold(crate::lang::Marks::NONE, |m, v| m.union(&v.marks));
            let text = match (tier.as_str(), version.map(Value::as_str), replication.as_str()) {
                (Some(t), None, Some(r)) => Value::from(format!("{t}_{r}")),
                (Some(t), Some(Some(v)), Some(r)) => Value::from(format!("{t}{v}_{r}")),
                _ => Value::unknown_not_null(Type::String),
            };
            text.marked(&marks)
        }
        _ => Value::unknown_not_null(Type::String),
    };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, &["sku", "name"], sku);
    claim.body = Value::object(body);
    // Only premium accounts know of several channels: to others the service bears no word of them, not even that they are off.
    if known(config, "account_tier").is_some_and(|tier| tier != "Premium") {
        let path = ["properties", "protocolSettings", "smb", "multichannel"].map(Into::into);
        for files in claims.iter_mut().filter(|c| &*c.key == "file") {
            files.body = without(&files.body, &path);
        }
    }
    own_tenant(config, claims, cx)
}

/// A rule for a private link without a tenant is of the own one.
pub(super) fn own_tenant(_config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let path = ["properties", "networkAcls", "resourceAccessRules"];
    if let (Some(rules), Some(tenant)) =
        (deep(&claim.body, &path).and_then(Value::as_sequence), cx.provider.tenant_id.as_deref())
    {
        let rules = rules.iter().map(|rule| {
            let mut rule = rule.as_entries().cloned().unwrap_or_default();
            if rule.get("tenantId").is_none_or(Value::is_null) {
                rule.insert("tenantId".into(), tenant.into());
            }
            Value::object(rule)
        });
        let rules = Value::tuple(rules.collect());
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &path, rules);
        claim.body = Value::object(body);
    }
    Ok(())
}

fn check_account(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: &str| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let on = |name: &str| known_flag(config, name) == Some(true);
    let filled =
        |name: &str| config.get(name).is_some_and(|v| v.as_sequence().is_some_and(|all| !all.is_empty()));
    let kind = match config.get("account_kind") {
        Some(v) if v.is_unknown() => None,
        Some(v) if !v.is_null() => v.as_str(),
        _ => Some("StorageV2"),
    };
    let hns = config.get("is_hns_enabled").is_none_or(|v| !v.is_unknown()) && !on("is_hns_enabled");
    if on("nfsv3_enabled") && hns {
        wrong("nfsv3_enabled", "NFS 3 needs `is_hns_enabled = true`.");
    }
    if on("sftp_enabled") && hns {
        wrong("sftp_enabled", "SFTP needs `is_hns_enabled = true`.");
    }
    let tier = known(config, "account_tier");
    let first = |value: &Value, name: &str| value.get(name)?.as_sequence()?.first().cloned();
    let smb = first(config, "share_properties").and_then(|shares| first(&shares, "smb"));
    if tier == Some("Standard") && smb.is_some_and(|s| known_flag(&s, "multichannel_enabled") == Some(true)) {
        wrong(
            "share_properties",
            "`multichannel_enabled` is for accounts with `account_tier = \"Premium\"`.",
        );
    }
    if let Some(kind) = kind {
        if matches!(kind, "BlockBlobStorage" | "FileStorage")
            && tier == Some("Standard")
            && config.get("provisioned_billing_model_version").is_none_or(Value::is_null)
        {
            wrong("account_tier", "Accounts of this kind need `account_tier = \"Premium\"`.");
        }
        if config.get("access_tier").is_some_and(|v| !v.is_null())
            && matches!(kind, "Storage" | "BlockBlobStorage")
        {
            wrong("access_tier", "Accounts of this kind have no access tier.");
        }
        if filled("customer_managed_key") && kind != "StorageV2" && tier == Some("Standard") {
            wrong(
                "customer_managed_key",
                "A key of one's own needs `account_kind = \"StorageV2\"` or `account_tier = \"Premium\"`.",
            );
        }
        if filled("blob_properties") && kind == "FileStorage" {
            wrong("blob_properties", "A file account has no blob service.");
        }
    }
    let identity = config.get("identity").and_then(Value::as_sequence);
    let of_user = identity
        .is_none_or(|all| all.iter().any(|i| known(i, "type").is_none_or(|t| t.contains("UserAssigned"))));
    if filled("customer_managed_key") && !of_user {
        wrong("customer_managed_key", "A key of one's own needs an `identity` of the type `UserAssigned`.");
    }
    problems
}

fn find_container(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    find_item(config, cx, "blobServices/containers")
}

/// Something in a service of an account, which is known by its id, or by its name within the subscription.
pub(super) fn find_item(config: &Value, cx: &Context<'_>, kind: &str) -> Result<Option<ArmId>, Stop> {
    let Some(name) = known(config, "name") else { return Ok(None) };
    let account = match (known(config, "storage_account_id"), known(config, "storage_account_name")) {
        (Some(id), _) => parse(id, "storage_account_id")?,
        (None, Some(account)) => match find_account(account, cx)? {
            Some(id) => id,
            None => return Ok(None),
        },
        (None, None) => return Ok(None),
    };
    account.child(kind, &format!("default/{name}")).map(Some).map_err(|e| problem("name", format!("{e}.")))
}

/// Names of accounts are global: an account of ours has it, or one look at the subscription's accounts finds it.
fn find_account(name: &str, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    if let Some(id) = cx.reader.named(ACCOUNTS, name) {
        return Ok(Some(id));
    }
    let Some(subscription) = cx.provider.subscription_id.as_deref() else { return Ok(None) };
    let path = format!("/subscriptions/{subscription}/providers/{ACCOUNTS}");
    let all = match cx.reader.list(&path, VERSION, "") {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later | Fetched::Ready(None) => return Ok(None),
        Fetched::Ready(Some(all)) => all,
    };
    let found = all.iter().find(|a| known(a, "name").is_some_and(|n| n.eq_ignore_ascii_case(name)));
    Ok(found.and_then(|a| known(a, "id")).and_then(|id| ArmId::parse(id).ok()))
}

/// Only another account makes another container.
fn other_account(before: &Value, after: &Value) -> Replace {
    if before.is_null() || after.is_null() || same(before, after) { Replace::No } else { Replace::Yes }
}

pub(super) static STORAGE_CONTAINER: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "azurerm_storage_container",
        [30, 5, 30, 30],
        vec![doc(CONTAINERS, VERSION, Place::Hook(find_container))],
        of_account()
            .into_iter()
            .chain([
                text("name")
                    .required()
                    .new()
                    .part(Part::Name)
                    .matches(
                        r"^\$root$|^\$web$|^[0-9a-z]([-0-9a-z]{1,61}[0-9a-z])$",
                        "3 to 63 lower-case letters, digits and `-`",
                    )
                    .check(Check::Lacks("--", "no `--`")),
                text("container_access_type")
                    .default("private")
                    .at("properties.publicAccess")
                    .one_of(&["blob", "container", "private"])
                    .words(&[("private", "None"), ("blob", "Blob"), ("container", "Container")]),
                text_map("metadata").both().at("properties.metadata"),
                text("default_encryption_scope")
                    .both()
                    .new()
                    .at("properties.defaultEncryptionScope")
                    .matches(r"^[$0-9a-zA-Z-]{3,63}$", "3 to 63 letters and digits"),
                flag("encryption_scope_override_enabled")
                    .new()
                    .default(true)
                    .at("properties.denyEncryptionScopeOverride")
                    .not(),
                flag("has_immutability_policy").computed().at("properties.hasImmutabilityPolicy"),
                flag("has_legal_hold").computed().at("properties.hasLegalHold"),
                text("resource_manager_id")
                    .computed()
                    .until(4)
                    .deprecated("id")
                    .will_be("{id}")
                    .part(Part::Id),
                text("url").computed().since(4),
            ])
            .collect(),
    )
    .rule(Rule::ExactlyOne(&["storage_account_id", "storage_account_name"]))
    .hooks(Hooks { claims: Some(scope_override), attributes: Some(container_ids), ..Hooks::default() })
});

/// Whether a scope may be overridden is only said with a scope.
fn scope_override(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    if config.get("default_encryption_scope").is_none_or(Value::is_null) {
        let mut body: Object = claim.body.as_entries().cloned().unwrap_or_default();
        if let Some(properties) = body.get("properties").and_then(Value::as_entries) {
            let mut properties = properties.clone();
            properties.remove("denyEncryptionScopeOverride");
            body.insert("properties".into(), Value::object(properties));
        }
        claim.body = Value::object(body);
    }
    Ok(())
}

fn container_ids(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    item_ids(all, shown, "blob");
    Ok(())
}

/// What is in a service of an account has an address, too; it is the id where the account is known by its name.
pub(super) fn item_ids(all: &mut Object, shown: &Shown<'_>, service: &str) {
    let storage = &shown.cx.provider.suffixes.storage;
    let account = shown.id.and_then(|id| id.ancestors().nth(1)).map(|a| a.name().to_owned());
    let account = account.or_else(|| known(shown.config, "storage_account_name").map(str::to_owned));
    if let (false, Some(name), Some(account)) =
        (shown.planned, known(shown.config, "storage_account_name"), account.as_deref())
        && !name.eq_ignore_ascii_case(account)
    {
        all.insert("storage_account_name".into(), account.into());
    }
    let name = known(shown.config, "name").map(str::to_owned).or_else(|| Some(shown.id?.name().to_owned()));
    let url = match (account, name) {
        (Some(account), Some(name)) => format!("https://{account}.{service}.{storage}/{name}").into(),
        _ => Value::unknown_not_null(Type::String),
    };
    if known(shown.config, "storage_account_name").is_some() {
        all.insert("id".into(), url.clone());
    }
    if shown.id.is_none() {
        all.insert("resource_manager_id".into(), Value::unknown_not_null(Type::String));
    }
    if all.contains_key("url") {
        all.insert("url".into(), url);
    }
    if shown.config.as_entries().is_none() {
        let account = shown.id.and_then(|id| id.ancestors().nth(1));
        let account = account.map_or_else(|| Value::null(Type::String), |a| a.as_str().into());
        all.insert("storage_account_id".into(), account);
    } else {
        let written = shown.config.get("storage_account_id").cloned();
        let written = written.unwrap_or_else(|| Value::null(Type::String));
        // Of a container that is there its own id says it.
        let there = shown.id.and_then(|id| id.ancestors().nth(1)).filter(|_| !shown.planned);
        let other = |w: &str| there.as_ref().filter(|id| ArmId::parse(w).is_ok_and(|w| w != **id));
        let shown = written.as_str().and_then(other).map(|id| id.as_str().into());
        all.insert("storage_account_id".into(), shown.unwrap_or(written));
    }
}

/// `storage_account_id`, and the name that older configurations say instead.
pub(super) fn of_account() -> [Row; 2] {
    [
        text("storage_account_id")
            .required_from(5)
            .part(Part::Above(2))
            .arm_id(ACCOUNTS)
            .replaces(other_account),
        text("storage_account_name")
            .until(4)
            .deprecated("storage_account_id")
            .own()
            .matches(r"\A([a-z0-9]{3,24})\z", "3 to 24 lower-case letters and digits")
            .replaces(other_account),
    ]
}
