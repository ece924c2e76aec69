//! Data sources: documents that are only read, by the same tables.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::read::deep;
use super::table::{
    Check, Codec, Object, Part, Place, Rule, Table, blocks, doc, flag, group, text, text_map, text_set, texts,
};
use super::write::{locate, parse, problem};
use super::{data_monitor, data_network};
use crate::arm::id::{ArmId, SUBSCRIPTION};
use crate::catalog::lens::{Ask, Bears, Context, DataSource, Fetched, Stop};
use crate::catalog::value::{secret, text as known};
use crate::lang::schema::ResourceSchema;
use crate::lang::{Type, Value};

/// A data source.
pub(super) struct Source {
    pub(super) table: &'static LazyLock<Table>,
    pub(super) name: &'static str,
    pub(super) read: fn(&Table, &Value, &Context<'_>) -> Result<Value, Stop>,
}

/// Every data source that is built in.
pub(super) static TYPES: &[&Source] = &[
    &Source { name: "azurerm_client_config", table: &CLIENT_CONFIG, read: client_config },
    &Source {
        name: "azurerm_application_insights",
        table: &data_monitor::APPLICATION_INSIGHTS,
        read: document,
    },
    &Source {
        name: "azurerm_log_analytics_workspace",
        table: &data_monitor::LOG_ANALYTICS_WORKSPACE,
        read: document,
    },
    &Source { name: "azurerm_location", table: &data_network::LOCATION, read: data_network::region },
    &Source {
        name: "azurerm_monitor_diagnostic_categories",
        table: &data_network::MONITOR_DIAGNOSTIC_CATEGORIES,
        read: data_network::categories,
    },
    &Source {
        name: "azurerm_network_service_tags",
        table: &data_network::NETWORK_SERVICE_TAGS,
        read: data_network::service_tag,
    },
    &Source {
        name: "azurerm_private_dns_zone",
        table: &data_network::PRIVATE_DNS_ZONE,
        read: data_network::zone,
    },
    &Source { name: "azurerm_virtual_network", table: &data_network::VIRTUAL_NETWORK, read: document },
    &Source { name: "azurerm_key_vault", table: &KEY_VAULT, read: document },
    &Source { name: "azurerm_resource_group", table: &RESOURCE_GROUP, read: document },
    &Source { name: "azurerm_role_definition", table: &ROLE_DEFINITION, read: role_definition },
    &Source { name: "azurerm_subnet", table: &SUBNET, read: document },
    &Source { name: "azurerm_subscription", table: &SUBSCRIPTIONS, read: document },
];

impl Source {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    #[cfg(test)]
    pub(super) fn table(&self) -> &'static Table {
        self.table
    }
}

impl DataSource for Source {
    fn schema(&self, provider_major: u32) -> Arc<ResourceSchema> {
        self.table.schema_of(provider_major)
    }

    fn read(&self, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let problems = self.table.check_config(config, cx);
        if !problems.is_empty() {
            return Err(Stop::Problems(problems));
        }
        let read = (self.read)(self.table, config, cx)?;
        self.ask(read, cx)
    }

    fn not_in_arm(&self, attribute: &str) -> Option<&'static str> {
        self.table.rows.iter().find(|r| r.name == attribute)?.not_in_arm
    }
}

impl Source {
    /// Fetches what only a POST tells, where something uses it.
    fn ask(&self, read: Value, cx: &Context<'_>) -> Result<Value, Stop> {
        let (Some(entries), Some(id)) = (read.as_entries(), known(&read, "id")) else { return Ok(read) };
        let mut all = entries.clone();
        for row in self.table.rows.iter().filter(|r| (cx.wanted)(r.name)) {
            let (Some(demand), Some(doc)) = (row.demand, self.table.docs.first()) else { continue };
            if all.get(row.name).is_some_and(Value::is_wholly_known) {
                continue;
            }
            let path = format!("{id}/{}", demand.action);
            let ask = Ask { bears: Bears::NoRight, ..Ask::new(true, path, doc.api_version) };
            match cx.reader.ask(&ask) {
                Fetched::Pending => return Err(Stop::Pending),
                Fetched::Later => {}
                Fetched::Ready(answer) => {
                    let nothing = Value::null(Type::Dynamic);
                    let part = (demand.take)(answer.as_deref().unwrap_or(&nothing), &read);
                    all.insert(row.name.into(), secret(part, demand.secrets(cx.provider.major)));
                }
            }
        }
        Ok(Value { kind: Value::object(all).kind, marks: read.marks.clone() })
    }
}

/// Nothing is known of it in this plan.
pub(super) fn unknown(table: &Table, cx: &Context<'_>) -> Result<Value, Stop> {
    Ok(Value::unknown(table.schema_of(cx.provider.major).implied_type()))
}

/// What a table reads of a document.
pub(super) fn found(table: &Table, config: &Value, live: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let live = Arc::new(live.clone());
    table.read_attributes(config, &|_| Some(live.clone()), false, cx)
}

/// The items of a list, none where there is no such list; `None`: they cannot be read in this plan.
pub(super) fn listed(
    cx: &Context<'_>,
    path: &str,
    api_version: &str,
) -> Result<Option<Arc<Vec<Value>>>, Stop> {
    match cx.reader.list(path, api_version, "") {
        Fetched::Pending => Err(Stop::Pending),
        Fetched::Later => Ok(None),
        Fetched::Ready(all) => Ok(Some(all.unwrap_or_default())),
    }
}

/// The document that the arguments name.
pub(super) fn document(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let Some(doc) = table.docs.first() else { return unknown(table, cx) };
    let Some(id) = locate(doc, config, cx, None)? else { return unknown(table, cx) };
    match cx.reader.document(&id, doc.api_version) {
        Fetched::Pending => Err(Stop::Pending),
        Fetched::Later => unknown(table, cx),
        Fetched::Ready(None) => Err(problem("", format!("There is no `{id}`."))),
        Fetched::Ready(Some(live)) => demanded(table, found(table, config, &live, cx)?, &id, cx),
    }
}

/// The attributes with those that only a POST tells, where an expression uses them.
fn demanded(table: &Table, read: Value, id: &ArmId, cx: &Context<'_>) -> Result<Value, Stop> {
    let mut all = read.as_entries().cloned().unwrap_or_default();
    let api_version = table.docs.first().map_or("", |doc| doc.api_version);
    for row in table.rows.iter().filter(|r| (cx.wanted)(r.name)) {
        let Some(demand) = row.demand else { continue };
        let path = format!("{id}/{}", demand.action);
        let ask = Ask { bears: Bears::NoRight, ..Ask::new(true, path, api_version) };
        match cx.reader.ask(&ask) {
            Fetched::Pending => return Err(Stop::Pending),
            Fetched::Later => {}
            Fetched::Ready(answer) => {
                let answer = answer.unwrap_or_else(|| Arc::new(Value::null(Type::Dynamic)));
                let value = (demand.take)(&answer, &read);
                all.insert(row.name.into(), secret(value, demand.secrets(cx.provider.major)));
            }
        }
    }
    Ok(Value::object(all))
}

pub(super) fn source(
    name: &'static str,
    docs: Vec<super::table::Doc>,
    rows: Vec<super::table::Row>,
) -> Table {
    Table::new(name, [0, 5, 0, 0], docs, rows)
}

static CLIENT_CONFIG: LazyLock<Table> = LazyLock::new(|| {
    let rows = ["client_id", "object_id", "subscription_id", "tenant_id"].map(|name| text(name).computed());
    source("azurerm_client_config", Vec::new(), rows.into())
});

/// Who the provider is.
fn client_config(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let who = cx.provider;
    let known = |v: &Option<Arc<str>>| v.as_deref().unwrap_or_default().to_owned();
    let (client, object) = (known(&who.client_id), known(&who.object_id));
    let (subscription, tenant) = (known(&who.subscription_id), known(&who.tenant_id));
    let id = format!(
        "clientConfigs/clientId={client};objectId={object};subscriptionId={subscription};tenantId={tenant}"
    );
    let mut all: Object = config.as_entries().cloned().unwrap_or_default();
    for (name, value) in [
        ("client_id", client),
        ("object_id", object),
        ("subscription_id", subscription),
        ("tenant_id", tenant),
        ("id", STANDARD.encode(id)),
    ] {
        all.insert(name.into(), value.into());
    }
    timeouts(table, cx, &mut all);
    Ok(Value::object(all))
}

fn timeouts(table: &Table, cx: &Context<'_>, all: &mut Object) {
    let schema = table.schema_of(cx.provider.major);
    let ty = schema.block("timeouts").map_or(Type::Dynamic, |b| b.implied_type());
    all.or_insert("timeouts".into(), || Value::null(ty));
}

/// The subscription that is asked for, or the provider's.
pub(super) fn subscription_id(config: &Value, cx: &Context<'_>) -> Result<Option<ArmId>, Stop> {
    let Some(subscription) = known(config, "subscription_id").or(cx.provider.subscription_id.as_deref())
    else {
        return Err(problem(
            "subscription_id",
            "Neither the data source nor the provider names a subscription.".into(),
        ));
    };
    ArmId::of_subscription(subscription).map(Some).map_err(|e| problem("subscription_id", format!("{e}.")))
}

static SUBSCRIPTIONS: LazyLock<Table> = LazyLock::new(|| {
    let told = |name: &'static str, path: &'static str| text(name).computed().at(path);
    source(
        "azurerm_subscription",
        vec![doc(SUBSCRIPTION, "2022-12-01", Place::Hook(subscription_id))],
        vec![
            text("subscription_id").both().part(Part::Name),
            told("display_name", "displayName"),
            told("tenant_id", "tenantId"),
            told("state", "state"),
            told("location_placement_id", "subscriptionPolicies.locationPlacementId"),
            told("quota_id", "subscriptionPolicies.quotaId"),
            told("spending_limit", "subscriptionPolicies.spendingLimit"),
            text_map("tags").computed().at("tags"),
        ],
    )
});

static RESOURCE_GROUP: LazyLock<Table> = LazyLock::new(|| {
    source(
        "azurerm_resource_group",
        vec![doc("Microsoft.Resources/resourceGroups", "2023-07-01", Place::Subscription)],
        vec![
            text("name").required().part(Part::Name),
            text("location").computed().at("location").codec(Codec::Location),
            text("managed_by").computed().at("managedBy"),
            text_map("tags").computed().at("tags"),
        ],
    )
});

pub(super) fn group_of_source() -> super::table::Row {
    let mut row = group();
    row.new = false;
    row
}

static SUBNET: LazyLock<Table> = LazyLock::new(|| {
    let kind = "Microsoft.Network/virtualNetworks/subnets";
    source(
        "azurerm_subnet",
        vec![doc(kind, "2025-01-01", Place::Group(&["virtual_network_name", "name"]))],
        vec![
            text("name").required().part(Part::Name),
            group_of_source(),
            text("virtual_network_name").required().part(Part::Above(1)),
            text("address_prefix").computed().spread(
                &["properties.addressPrefix", "properties.addressPrefixes"],
                |_| Vec::new(),
                |parts| match parts {
                    [Some(one), _] => Some((*one).clone()),
                    [None, Some(many)] => many.as_sequence()?.first().cloned(),
                    _ => None,
                },
            ),
            texts("address_prefixes").computed().spread(
                &["properties.addressPrefix", "properties.addressPrefixes"],
                |_| Vec::new(),
                super::network::take_prefixes,
            ),
            flag("default_outbound_access_enabled")
                .computed()
                .at("properties.defaultOutboundAccess")
                .absent(true),
            text("network_security_group_id")
                .computed()
                .at("properties.networkSecurityGroup")
                .id()
                .absent(""),
            text("route_table_id").computed().at("properties.routeTable").id().absent(""),
            text("private_endpoint_network_policies")
                .computed()
                .at("properties.privateEndpointNetworkPolicies"),
            flag("private_link_service_network_policies_enabled")
                .computed()
                .at("properties.privateLinkServiceNetworkPolicies")
                .switch(),
            texts("service_endpoints").computed().until(4).at("properties.serviceEndpoints").items("service"),
            blocks(
                "service_endpoint",
                vec![
                    text("service").computed().at("service"),
                    text_set("locations").computed().at("locations"),
                ],
            )
            .computed()
            .since(5)
            .at("properties.serviceEndpoints"),
        ],
    )
});

static KEY_VAULT: LazyLock<Table> = LazyLock::new(|| {
    let told = |name: &'static str, path: &'static str| text(name).computed().at(path);
    let flagged = |name: &'static str, path: &'static str| flag(name).computed().at(path).absent(false);
    let policy = blocks(
        "access_policy",
        vec![
            told("tenant_id", "tenantId"),
            told("object_id", "objectId"),
            told("application_id", "applicationId"),
            texts("certificate_permissions").computed().at("permissions.certificates"),
            texts("key_permissions").computed().at("permissions.keys"),
            texts("secret_permissions").computed().at("permissions.secrets"),
            texts("storage_permissions").computed().at("permissions.storage"),
        ],
    );
    let acls = blocks(
        "network_acls",
        vec![
            told("bypass", "bypass"),
            told("default_action", "defaultAction"),
            texts("ip_rules").computed().at("ipRules").items("value"),
            texts("virtual_network_subnet_ids").computed().at("virtualNetworkRules").items("id"),
        ],
    );
    let mut acls = acls.computed().at("properties.networkAcls");
    if let super::table::What::Block(b) = &mut acls.what {
        b.many = false;
    }
    source(
        "azurerm_key_vault",
        vec![doc("Microsoft.KeyVault/vaults", "2026-02-01", Place::Group(&["name"]))],
        vec![
            text("name")
                .required()
                .part(Part::Name)
                .matches(r"^[a-zA-Z0-9-]{3,24}$", "3 to 24 letters, digits and `-`"),
            group_of_source(),
            text("location").computed().at("location").codec(Codec::Location),
            told("sku_name", "properties.sku.name"),
            told("tenant_id", "properties.tenantId"),
            policy.computed().at("properties.accessPolicies"),
            acls,
            flagged("enabled_for_deployment", "properties.enabledForDeployment"),
            flagged("enabled_for_disk_encryption", "properties.enabledForDiskEncryption"),
            flagged("enabled_for_template_deployment", "properties.enabledForTemplateDeployment"),
            flagged("purge_protection_enabled", "properties.enablePurgeProtection"),
            flagged("rbac_authorization_enabled", "properties.enableRbacAuthorization"),
            flagged("enable_rbac_authorization", "properties.enableRbacAuthorization")
                .until(4)
                .deprecated("rbac_authorization_enabled"),
            flag("public_network_access_enabled")
                .computed()
                .at("properties.publicNetworkAccess")
                .switch()
                .absent(true),
            text_map("tags").computed().at("tags"),
            told("vault_uri", "properties.vaultUri"),
        ],
    )
});

const DEFINITIONS: &str = "2022-05-01-preview";

static ROLE_DEFINITION: LazyLock<Table> = LazyLock::new(|| {
    let permission = blocks(
        "permissions",
        vec![
            texts("actions").computed().at("actions"),
            texts("not_actions").computed().at("notActions"),
            text_set("data_actions").computed().at("dataActions"),
            text_set("not_data_actions").computed().at("notDataActions"),
            text("condition").computed().at("condition"),
            text("condition_version").computed().at("conditionVersion"),
        ],
    );
    source(
        "azurerm_role_definition",
        Vec::new(),
        vec![
            text("name").both().at("properties.roleName"),
            text("role_definition_id").both().at("name").check(Check::Uuid),
            text("scope").own(),
            texts("assignable_scopes").computed().at("properties.assignableScopes"),
            text("description").computed().at("properties.description"),
            text("type").computed().at("properties.type"),
            permission.computed().at("properties.permissions"),
            text("role_definition_resource_id").computed().since(5),
        ],
    )
    .rule(Rule::ExactlyOne(&["name", "role_definition_id"]))
});

/// By its id, or by its name among those that can be assigned at a scope.
fn role_definition(table: &Table, config: &Value, cx: &Context<'_>) -> Result<Value, Stop> {
    let unknown = || Ok(Value::unknown(table.schema_of(cx.provider.major).implied_type()));
    let scope = match known(config, "scope") {
        Some(scope) if scope != "/" => Some(parse(scope, "scope")?),
        _ => None,
    };
    let base = scope.as_ref().map_or("", ArmId::as_str);
    let path = format!("{base}/providers/Microsoft.Authorization/roleDefinitions");
    let found = match (known(config, "role_definition_id"), known(config, "name")) {
        (Some(guid), _) => {
            let id = parse(&format!("{path}/{guid}"), "role_definition_id")?;
            match cx.reader.document(&id, DEFINITIONS) {
                Fetched::Pending => return Err(Stop::Pending),
                Fetched::Later => return unknown(),
                Fetched::Ready(None) => {
                    return Err(problem("role_definition_id", format!("There is no role `{guid}`.")));
                }
                Fetched::Ready(Some(found)) => found,
            }
        }
        (None, Some(name)) => {
            let filter = format!("roleName eq '{}'", name.replace('\'', "''"));
            let all = match cx.reader.list(&path, DEFINITIONS, &filter) {
                Fetched::Pending => return Err(Stop::Pending),
                Fetched::Later => return unknown(),
                Fetched::Ready(all) => all,
            };
            let called = |role: &&Value| {
                let there = deep(role, &["properties", "roleName"]).and_then(Value::as_str);
                there.is_some_and(|n| n.eq_ignore_ascii_case(name))
            };
            let named: Vec<&Value> = all.iter().flat_map(|a| a.iter()).filter(called).collect();
            match named.as_slice() {
                [one] => Arc::new((*one).clone()),
                others => {
                    let detail =
                        format!("{} roles are called `{name}`; exactly one is expected.", others.len());
                    return Err(problem("name", detail));
                }
            }
        }
        (None, None) => return unknown(),
    };
    let read = table.read_attributes(config, &|_| Some(found.clone()), false, cx)?;
    let mut all = read.as_entries().cloned().unwrap_or_default();
    let id = found.get("id").cloned().unwrap_or_else(|| Value::null(Type::String));
    if all.contains_key("role_definition_resource_id") {
        all.insert("role_definition_resource_id".into(), id.clone());
    }
    all.insert("id".into(), id);
    Ok(Value::object(all))
}
