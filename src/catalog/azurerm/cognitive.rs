//! AI services: accounts of every kind, and the models deployed in them.

use std::sync::LazyLock;

use super::table::{
    ANY_IDENTITY, Block, Check, Going, Hooks, Lit, Part, Place, Row, Rule, Table, What, block, block_set,
    blocks, doc, flag, identity, number, place, tags, text, text_set, texts,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Action, Claim, Context, Problem, ProviderConfig, Replace, Stop, Withdraw};
use crate::catalog::value::{argument, error, flag as known_flag, text as known};
use crate::lang::{Type, Value};

const ACCOUNTS: &str = "Microsoft.CognitiveServices/accounts";
const DEPLOYMENTS: &str = "Microsoft.CognitiveServices/accounts/deployments";
const VERSION: &str = "2026-03-01";

/// A deleted account stays for two days and keeps its name; it is purged unless the provider says otherwise.
fn purge(provider: &ProviderConfig, id: &ArmId) -> Withdraw {
    let mut then = Vec::new();
    if provider.feature("cognitive_account", "purge_soft_delete_on_destroy")
        && let (Some(subscription), Some(group)) = (id.subscription_id(), id.resource_group())
    {
        let path = format!(
            "{subscription}/providers/Microsoft.CognitiveServices/locations/{{location}}/resourceGroups/{group}/deletedAccounts/{}",
            id.name()
        );
        let api_version = VERSION.into();
        then.push(Action { path: path.into(), api_version, optional: false, delete: true, unless: None });
    }
    Withdraw::Delete { query: Vec::new(), then }
}

/// The name of a new subdomain can be given once.
fn other_subdomain(before: &Value, _after: &Value) -> Replace {
    if before.as_str().is_none_or(str::is_empty) { Replace::No } else { Replace::Yes }
}

/// OpenAI accounts become AI services and go back; no other kind changes.
fn other_kind(before: &Value, after: &Value) -> Replace {
    let open = |v: &Value| matches!(v.as_str(), Some("OpenAI" | "AIServices"));
    if open(before) && open(after) { Replace::No } else { Replace::Yes }
}

fn switched_off(before: &Value, after: &Value) -> Replace {
    if before.as_bool() == Some(true) && after.as_bool() != Some(true) { Replace::Yes } else { Replace::No }
}

/// A key's URL as the vault, the name and the version.
fn parts_of(key: &Value) -> Vec<Option<Value>> {
    let parts: Vec<&str> = key.as_str().unwrap_or_default().trim_end_matches('/').split('/').collect();
    let [scheme, _, host, _, name, version @ ..] = parts.as_slice() else { return vec![None, None, None] };
    let version = version.first().copied().unwrap_or_default();
    vec![Some(format!("{scheme}//{host}/").into()), Some((*name).into()), Some(version.into())]
}

fn key_of(parts: &[Option<&Value>]) -> Option<Value> {
    let part = |at: usize| parts.get(at).copied().flatten().and_then(Value::as_str);
    let key = format!("{}/keys/{}", part(0)?.trim_end_matches('/'), part(1)?);
    Some(part(2).filter(|v| !v.is_empty()).map_or_else(|| key.clone(), |v| format!("{key}/{v}")).into())
}

/// The block around the key; `more` are other names of it.
fn customer_key(key: Row, more: Vec<Row>) -> Row {
    let key = key.check(Check::KeyId).spread(
        &["keyVaultProperties.keyVaultUri", "keyVaultProperties.keyName", "keyVaultProperties.keyVersion"],
        parts_of,
        key_of,
    );
    let mut rows = vec![key, text("identity_client_id").at("keyVaultProperties.identityClientId").uuid()];
    rows.extend(more);
    block("customer_managed_key", rows)
        .at("properties.encryption")
        .with("properties.encryption.keySource", "Microsoft.KeyVault")
        .neutral(Lit::Json(r#"{"keySource":"Microsoft.CognitiveServices"}"#))
}

fn network_acls(bypass: Row) -> Row {
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    block(
        "network_acls",
        vec![
            bypass.at("bypass").one_of(&["None", "AzureServices"]),
            text("default_action").required().at("defaultAction").one_of(&["Allow", "Deny"]),
            text_set("ip_rules").at("ipRules").items("value").neutral(Lit::Json("[]")),
            block_set(
                "virtual_network_rules",
                vec![
                    text("subnet_id").required().at("id").arm_id("Microsoft.Network/virtualNetworks/subnets"),
                    off("ignore_missing_vnet_service_endpoint", "ignoreMissingVnetServiceEndpoint"),
                ],
            )
            .at("virtualNetworkRules")
            .neutral(Lit::Json("[]")),
        ],
    )
    .at("properties.networkAcls")
    .neutral(Lit::Json(r#"{"defaultAction":"Allow","ipRules":[],"virtualNetworkRules":[]}"#))
}

/// What accounts of every kind have, whatever azurerm calls the type.
fn account(skus: &'static [&'static str]) -> Vec<Row> {
    let mut rows = place(text("name").matches(
        r"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$",
        "2 to 64 letters, digits, `_`, `.` and `-`, beginning with a letter or digit",
    ));
    let key = |name: &'static str, take: fn(&Value, &Value) -> Value| text(name).demand("listKeys", take);
    rows.extend([
        text("sku_name").required().at("sku.name").one_of(skus),
        texts("fqdns").at("properties.allowedFqdnList"),
        flag("outbound_network_access_restricted")
            .default(false)
            .at("properties.restrictOutboundNetworkAccess"),
        blocks(
            "storage",
            vec![
                text("storage_account_id")
                    .required()
                    .at("resourceId")
                    .arm_id("Microsoft.Storage/storageAccounts"),
                text("identity_client_id").at("identityClientId").uuid(),
            ],
        )
        .at("properties.userOwnedStorage")
        .cleared(),
        identity(ANY_IDENTITY, false),
        tags(),
        text("endpoint").computed().at("properties.endpoint"),
        key("primary_access_key", |a, _| of(a, "key1")),
        key("secondary_access_key", |a, _| of(a, "key2")),
    ]);
    rows
}

fn of(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_else(|| Value::null(Type::String))
}

pub(super) static COGNITIVE_ACCOUNT: LazyLock<Table> = LazyLock::new(|| {
    let api = |name: &'static str, path: &'static str| text(name).at(path);
    let mut rows = account(&[
        "C2", "C3", "C4", "D3", "DC0", "E0", "F0", "F1", "P0", "P1", "P2", "S", "S0", "S1", "S2", "S3", "S4",
        "S5", "S6",
    ]);
    rows.extend([
        text("kind").required().at("kind").one_of(KINDS).replaces(other_kind),
        text("custom_subdomain_name").at("properties.customSubDomainName").replaces(other_subdomain),
        flag("project_management_enabled")
            .default(false)
            .at("properties.allowProjectManagement")
            .replaces(switched_off),
        flag("dynamic_throttling_enabled").at("properties.dynamicThrottlingEnabled"),
        flag("local_auth_enabled").default(true).at("properties.disableLocalAuth").not(),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        network_acls(text("bypass")),
        customer_key(text("key_vault_key_id").required(), Vec::new()),
        blocks(
            "network_injection",
            vec![
                text("scenario").required().at("scenario").one_of(&["agent"]),
                text("subnet_id")
                    .required()
                    .at("subnetArmId")
                    .arm_id("Microsoft.Network/virtualNetworks/subnets"),
            ],
        )
        .count(0, 1)
        .at("properties.networkInjections")
        .cleared(),
        api("qna_runtime_endpoint", "properties.apiProperties.qnaRuntimeEndpoint")
            .matches(r"^https?://.+", "a URL with `http` or `https`"),
        api(
            "custom_question_answering_search_service_id",
            "properties.apiProperties.qnaAzureSearchEndpointId",
        )
        .arm_id("Microsoft.Search/searchServices"),
        api(
            "custom_question_answering_search_service_key",
            "properties.apiProperties.qnaAzureSearchEndpointKey",
        )
        .sensitive()
        .observed(),
        api("metrics_advisor_aad_client_id", "properties.apiProperties.aadClientId").new().uuid(),
        api("metrics_advisor_aad_tenant_id", "properties.apiProperties.aadTenantId").new().uuid(),
        api("metrics_advisor_super_user_name", "properties.apiProperties.superUser").new(),
        api("metrics_advisor_website_name", "properties.apiProperties.websiteName").new(),
    ]);
    Table::new(
        "azurerm_cognitive_account",
        [30, 5, 30, 30],
        vec![doc(ACCOUNTS, VERSION, Place::Group(&["name"])).going(Going::With(purge))],
        rows,
    )
    .rule(Rule::Needs("network_acls", "custom_subdomain_name"))
    .hooks(Hooks { check: Some(check_account), claims: Some(with_subdomain), ..Hooks::default() })
});

pub(super) static AI_SERVICES: LazyLock<Table> = LazyLock::new(|| {
    let mut rows =
        account(&["F0", "F1", "S0", "S", "S1", "S2", "S3", "S4", "S5", "S6", "P0", "P1", "P2", "E0", "DC0"]);
    rows.extend([
        text("custom_subdomain_name").new().at("properties.customSubDomainName"),
        flag("local_authentication_enabled").default(true).at("properties.disableLocalAuth").not(),
        text("public_network_access")
            .default("Enabled")
            .at("properties.publicNetworkAccess")
            .one_of(&["Enabled", "Disabled"]),
        network_acls(text("bypass").default("AzureServices")),
        customer_key(
            text("key_vault_key_id").both(),
            vec![
                text("managed_hsm_key_id")
                    .both()
                    .deprecated("key_vault_key_id")
                    .check(Check::KeyId)
                    .alias("key_vault_key_id")
                    .own(),
            ],
        )
        .rule(Rule::ExactlyOne(&["key_vault_key_id", "managed_hsm_key_id"])),
    ]);
    Table::new(
        "azurerm_ai_services",
        [180, 5, 180, 180],
        vec![
            doc(ACCOUNTS, VERSION, Place::Group(&["name"]))
                .fixed("kind", "AIServices")
                .going(Going::With(purge)),
        ],
        rows,
    )
    .rule(Rule::Needs("network_acls", "custom_subdomain_name"))
    .hooks(Hooks { claims: Some(with_subdomain), ..Hooks::default() })
});

/// Network rules are only for accounts with a name of their own in the DNS.
fn with_subdomain(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    if config.get("custom_subdomain_name").is_none_or(Value::is_null)
        && let Some(properties) = claim.body.get("properties").and_then(Value::as_entries)
    {
        let kept = properties.iter().filter(|(name, _)| &***name != "networkAcls");
        let kept = Value::object(kept.map(|(n, v)| (n.clone(), v.clone())));
        let all = claim.body.as_entries().into_iter().flatten();
        claim.body = Value::object(
            all.map(|(n, v)| (n.clone(), if &**n == "properties" { kept.clone() } else { v.clone() })),
        );
    }
    Ok(())
}

/// Arguments that only some kinds take.
const ONLY: &[(&str, &[&str])] = &[
    ("qna_runtime_endpoint", &["QnAMaker"]),
    ("custom_question_answering_search_service_id", &["TextAnalytics"]),
    ("custom_question_answering_search_service_key", &["TextAnalytics"]),
    ("metrics_advisor_aad_client_id", &["MetricsAdvisor"]),
    ("metrics_advisor_aad_tenant_id", &["MetricsAdvisor"]),
    ("metrics_advisor_super_user_name", &["MetricsAdvisor"]),
    ("metrics_advisor_website_name", &["MetricsAdvisor"]),
    ("network_injection", &["AIServices"]),
];

fn check_account(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(kind) = known(config, "kind") else { return problems };
    let mut wrong = |name: &str, detail: String| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let set = |name: &str| {
        config.get(name).is_some_and(|v| {
            !v.is_null() && !v.is_unknown() && v.as_sequence().is_none_or(|all| !all.is_empty())
        })
    };
    let absent = |name: &str| {
        config.get(name).is_none_or(|v| v.is_null() || v.as_sequence().is_some_and(<[Value]>::is_empty))
    };
    for (name, kinds) in ONLY {
        if set(name) && !kinds.contains(&kind) {
            wrong(
                name,
                format!("`{name}` is for accounts of the kind `{}`, this is `{kind}`.", kinds.join("`, `")),
            );
        }
    }
    if kind == "QnAMaker" && absent("qna_runtime_endpoint") {
        wrong("kind", "An account of the kind `QnAMaker` needs `qna_runtime_endpoint`.".into());
    }
    if known_flag(config, "project_management_enabled") == Some(true) {
        if kind != "AIServices" {
            wrong(
                "project_management_enabled",
                format!("Projects are for the kind `AIServices`, this is `{kind}`."),
            );
        } else if absent("identity") {
            wrong("project_management_enabled", "Projects need an `identity` of the account.".into());
        }
    }
    if known_flag(config, "dynamic_throttling_enabled") == Some(true)
        && matches!(kind, "OpenAI" | "AIServices")
    {
        wrong(
            "dynamic_throttling_enabled",
            format!("Accounts of the kind `{kind}` have no dynamic throttling."),
        );
    }
    let acls = config.get("network_acls").and_then(Value::as_sequence).and_then(<[Value]>::first);
    if acls.is_some_and(|a| known(a, "bypass").is_some())
        && !matches!(kind, "OpenAI" | "AIServices" | "TextAnalytics")
    {
        wrong("network_acls", format!("`bypass` cannot be set for the kind `{kind}`."));
    }
    problems
}

pub(super) static COGNITIVE_DEPLOYMENT: LazyLock<Table> = LazyLock::new(|| {
    let new = |name: &'static str, path: &'static str| text(name).new().at(path);
    // What is not written of a SKU the service chooses.
    let size = || {
        vec![
            new("tier", "tier").observed().one_of(&["Free", "Basic", "Standard", "Premium", "Enterprise"]),
            new("size", "size").observed(),
            new("family", "family").observed(),
            number("capacity").default(1).at("capacity").range(1, i64::MAX),
        ]
    };
    let sku = |name: &'static str, kind: Row| {
        let mut row = block(name, size()).required().count(1, 1).at("sku");
        if let What::Block(Block { rows, .. }) = &mut row.what {
            rows.push(kind);
        }
        row
    };
    Table::new(
        "azurerm_cognitive_deployment",
        [30, 5, 30, 30],
        vec![doc(DEPLOYMENTS, VERSION, Place::Under("cognitive_account_id"))],
        vec![
            text("name").required().new().part(Part::Name).length(1, 64),
            text("cognitive_account_id").required().new().part(Part::ParentId).arm_id(ACCOUNTS),
            block(
                "model",
                vec![
                    new("format", "format").required(),
                    new("name", "name").required(),
                    // Without it the service follows its default version.
                    text("version").at("version").observed(),
                ],
            )
            .required()
            .count(1, 1)
            .new_whole()
            .at("properties.model"),
            sku(
                "sku",
                new("name", "name").required().one_of(&[
                    "Standard",
                    "DataZoneBatch",
                    "DataZoneProvisionedManaged",
                    "DataZoneStandard",
                    "GlobalBatch",
                    "GlobalProvisionedManaged",
                    "GlobalStandard",
                    "ProvisionedManaged",
                ]),
            )
            .since(4),
            sku("scale", new("type", "name").required()).until(3),
            text("rai_policy_name").both().at("properties.raiPolicyName"),
            flag("dynamic_throttling_enabled").at("properties.dynamicThrottlingEnabled"),
            text("version_upgrade_option")
                .default("OnceNewDefaultVersionAvailable")
                .at("properties.versionUpgradeOption")
                .one_of(&["OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable", "NoAutoUpgrade"]),
            text("spillover_deployment_name").since(5).at("properties.spilloverDeploymentName"),
        ],
    )
});

#[rustfmt::skip]
const KINDS: &[&str] = &[
    "AIServices", "Academic", "AnomalyDetector", "Bing.Autosuggest", "Bing.Autosuggest.v7", "Bing.CustomSearch",
    "Bing.Search", "Bing.Search.v7", "Bing.Speech", "Bing.SpellCheck", "Bing.SpellCheck.v7", "CognitiveServices",
    "ComputerVision", "ContentModerator", "ConversationalLanguageUnderstanding", "ContentSafety", "CustomSpeech",
    "CustomVision.Prediction", "CustomVision.Training", "Emotion", "Face", "FormRecognizer", "ImmersiveReader", "LUIS",
    "LUIS.Authoring", "MetricsAdvisor", "OpenAI", "Personalizer", "QnAMaker", "Recommendations", "SpeakerRecognition",
    "Speech", "SpeechServices", "SpeechTranslation", "TextAnalytics", "TextTranslation", "WebLM",
];
