//! Clusters of Azure Data Explorer, and their databases.

use std::sync::LazyLock;

use super::read::deep;
use super::table::{
    ANY_IDENTITY, Check, Hooks, Lit, Part, Place, Row, Rule, Table, block, blocks, doc, flag, group,
    identity, location, number, place, tags, text, texts, zones,
};
use crate::catalog::lens::{Claim, Context, Fetched, Problem, Stop, Target};
use crate::catalog::value::{argument, error, put};
use crate::lang::{Number, Value};

const CLUSTERS: &str = "Microsoft.Kusto/clusters";
const VERSION: &str = "2024-04-13";

const NAME: &str = r"^[a-z][a-z0-9-]{3,21}$";
const NAMES: &str = "4 to 22 small letters, digits and `-`, beginning with a letter";

/// The tier is the beginning of the name.
fn put_sku(name: &Value) -> Vec<Option<Value>> {
    let cheap = name.as_str().is_some_and(|n| n.starts_with("Dev(No SLA)"));
    vec![Some(name.clone()), Some(if cheap { "Basic" } else { "Standard" }.into())]
}

fn take_sku(parts: &[Option<&Value>]) -> Option<Value> {
    parts.first().copied().flatten().cloned()
}

fn sku() -> Row {
    block(
        "sku",
        vec![
            text("name").required().one_of(SKUS).spread(&["name", "tier"], put_sku, take_sku),
            number("capacity").both().at("capacity").range(1, 1000),
        ],
    )
    .required()
    .at("sku")
}

fn extensions(name: &'static str) -> Row {
    blocks(
        name,
        vec![
            text("name").required().at("languageExtensionName").one_of(&["PYTHON", "R"]),
            text("image").required().at("languageExtensionImageName").one_of(&[
                "Python3_10_8",
                "Python3_10_8_DL",
                "Python3_11_7",
                "Python3_11_7_DL",
                "Python3_6_5",
                "PythonCustomImage",
                "R",
            ]),
        ],
    )
}

pub(super) static KUSTO_CLUSTER: LazyLock<Table> = LazyLock::new(|| {
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    let none = |row: Row, path: &'static str| row.at(path).neutral(Lit::Json("[]"));
    let once = |name: &'static str, path: &'static str| text(name).required().new().at(path);
    let mut rows = place(text("name").matches(NAME, NAMES));
    rows.extend([
        sku(),
        identity(ANY_IDENTITY, false),
        none(texts("allowed_fqdns"), "properties.allowedFqdnList").check(Check::Length(1, 255)),
        none(texts("allowed_ip_ranges"), "properties.allowedIpRangeList").check(Check::Length(1, 255)),
        texts("trusted_external_tenants")
            .both()
            .at("properties.trustedExternalTenants")
            .items("value")
            .matches(
                r"^(\*|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$",
                "the GUIDs of tenants, or `*` for all",
            ),
        block(
            "optimized_auto_scale",
            vec![
                number("minimum_instances").required().at("minimum").range(0, 1000),
                number("maximum_instances").required().at("maximum").range(0, 1000),
            ],
        )
        .at("properties.optimizedAutoscale")
        .with("properties.optimizedAutoscale.version", 1)
        .with("properties.optimizedAutoscale.isEnabled", true)
        .cleared(),
        none(extensions("language_extension"), "properties.languageExtensions.value"),
        extensions("language_extensions")
            .both()
            .until(4)
            .deprecated("language_extension")
            .alias("language_extension")
            .own(),
        text("public_ip_type").default("IPv4").at("properties.publicIPType").one_of(&["DualStack", "IPv4"]),
        flag("public_network_access_enabled").default(true).at("properties.publicNetworkAccess").switch(),
        off("outbound_network_access_restricted", "properties.restrictOutboundNetworkAccess").switch(),
        flag("double_encryption_enabled").new().at("properties.enableDoubleEncryption"),
        flag("auto_stop_enabled").default(true).at("properties.enableAutoStop"),
        off("disk_encryption_enabled", "properties.enableDiskEncryption"),
        off("streaming_ingestion_enabled", "properties.enableStreamingIngest"),
        off("purge_enabled", "properties.enablePurge"),
        block(
            "virtual_network_configuration",
            vec![
                once("subnet_id", "subnetId").arm_id("Microsoft.Network/virtualNetworks/subnets"),
                once("engine_public_ip_id", "enginePublicIpId").arm_id("Microsoft.Network/publicIPAddresses"),
                once("data_management_public_ip_id", "dataManagementPublicIpId")
                    .arm_id("Microsoft.Network/publicIPAddresses"),
            ],
        )
        .until(4)
        .deprecated("azurerm_private_endpoint")
        .at("properties.virtualNetworkConfiguration")
        .with("properties.virtualNetworkConfiguration.state", "Enabled")
        .reset(r#"{"state":"Disabled"}"#),
        zones(),
        tags(),
        text("uri").computed().at("properties.uri"),
        text("data_ingestion_uri").computed().at("properties.dataIngestionUri"),
    ]);
    Table::new(
        "azurerm_kusto_cluster",
        [60, 5, 60, 60],
        vec![doc(CLUSTERS, VERSION, Place::Group(&["name"]))],
        rows,
    )
    .rule(Rule::Conflict("language_extension", "language_extensions"))
    .hooks(Hooks { check: Some(bounds), claims: Some(own_tenant), ..Hooks::default() })
});

/// A new cluster of azurerm trusts its own tenant only, unless it is told otherwise. Whom one that is there trusts stays.
fn own_tenant(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let path = ["properties", "trustedExternalTenants"];
    let there = match &claim.target {
        Target::Id(id) => match cx.reader.document(id, VERSION) {
            Fetched::Pending => return Err(Stop::Pending),
            found => matches!(found, Fetched::Ready(Some(_))),
        },
        Target::Unknown => false,
    };
    if !there && config.as_entries().is_some() && deep(&claim.body, &path).is_none() {
        let mut body = claim.body.as_entries().cloned().unwrap_or_default();
        put(&mut body, &path, Value::tuple(Vec::new()));
        claim.body = Value::object(body);
    }
    Ok(())
}

/// Instances stay within the bounds of scaling.
fn bounds(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let first = |block: &str| config.get(block).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let count = |block: &str, name: &str| first(block)?.get(name)?.as_number().and_then(Number::as_i64);
    let bound = |name: &str| count("optimized_auto_scale", name);
    let (Some(least), Some(most)) = (bound("minimum_instances"), bound("maximum_instances")) else {
        return Vec::new();
    };
    let wrong =
        |name: &str, detail: String| vec![error(argument(name), "Invalid combination of arguments", detail)];
    match count("sku", "capacity") {
        _ if least > most => wrong(
            "optimized_auto_scale",
            format!("`maximum_instances` ({most}) must be at least `minimum_instances` ({least})."),
        ),
        Some(n) if n < least || n > most => wrong(
            "sku",
            format!(
                "Azure scales the cluster between {least} and {most} instances (`optimized_auto_scale`); a `capacity` of {n} \
                 would never settle. Take one between them, or leave it out."
            ),
        ),
        _ => Vec::new(),
    }
}

pub(super) static KUSTO_DATABASE: LazyLock<Table> = LazyLock::new(|| {
    let period = |name: &'static str, path: &'static str| text(name).at(path).check(Check::Duration);
    Table::new(
        "azurerm_kusto_database",
        [60, 5, 60, 60],
        vec![
            doc("Microsoft.Kusto/clusters/databases", VERSION, Place::Group(&["cluster_name", "name"]))
                .fixed("kind", "ReadWrite"),
        ],
        vec![
            text("name")
                .required()
                .new()
                .part(Part::Name)
                .matches(r"^[a-zA-Z0-9\s._-]{1,260}$", "1 to 260 letters, digits, blanks, `.`, `_` and `-`")
                .check(Check::Lacks(r"^\s+$", "more than blanks")),
            group(),
            location(),
            text("cluster_name").required().new().part(Part::Above(1)).matches(NAME, NAMES),
            period("soft_delete_period", "properties.softDeletePeriod"),
            period("hot_cache_period", "properties.hotCachePeriod"),
            number("size").computed().at("properties.statistics.size"),
        ],
    )
});

const SKUS: &[&str] = &[
    "Dev(No SLA)_Standard_D11_v2",
    "Dev(No SLA)_Standard_E2a_v4",
    "Standard_D11_v2",
    "Standard_D12_v2",
    "Standard_D13_v2",
    "Standard_D14_v2",
    "Standard_D16d_v5",
    "Standard_D32d_v4",
    "Standard_D32d_v5",
    "Standard_DS13_v2+1TB_PS",
    "Standard_DS13_v2+2TB_PS",
    "Standard_DS14_v2+3TB_PS",
    "Standard_DS14_v2+4TB_PS",
    "Standard_E16a_v4",
    "Standard_E16ads_v5",
    "Standard_E16as_v4+3TB_PS",
    "Standard_E16as_v4+4TB_PS",
    "Standard_E16as_v5+3TB_PS",
    "Standard_E16as_v5+4TB_PS",
    "Standard_E16d_v4",
    "Standard_E16d_v5",
    "Standard_E16s_v4+3TB_PS",
    "Standard_E16s_v4+4TB_PS",
    "Standard_E16s_v5+3TB_PS",
    "Standard_E16s_v5+4TB_PS",
    "Standard_E2a_v4",
    "Standard_E2ads_v5",
    "Standard_E2d_v4",
    "Standard_E2d_v5",
    "Standard_E4a_v4",
    "Standard_E4ads_v5",
    "Standard_E4d_v4",
    "Standard_E4d_v5",
    "Standard_E64i_v3",
    "Standard_E80ids_v4",
    "Standard_E8a_v4",
    "Standard_E8ads_v5",
    "Standard_E8as_v4+1TB_PS",
    "Standard_E8as_v4+2TB_PS",
    "Standard_E8as_v5+1TB_PS",
    "Standard_E8as_v5+2TB_PS",
    "Standard_E8d_v4",
    "Standard_E8d_v5",
    "Standard_E8s_v4+1TB_PS",
    "Standard_E8s_v4+2TB_PS",
    "Standard_E8s_v5+1TB_PS",
    "Standard_E8s_v5+2TB_PS",
    "Standard_EC16ads_v5",
    "Standard_EC16as_v5+3TB_PS",
    "Standard_EC16as_v5+4TB_PS",
    "Standard_EC8ads_v5",
    "Standard_EC8as_v5+1TB_PS",
    "Standard_EC8as_v5+2TB_PS",
    "Standard_L16as_v3",
    "Standard_L16s",
    "Standard_L16s_v2",
    "Standard_L16s_v3",
    "Standard_L32as_v3",
    "Standard_L32s_v3",
    "Standard_L4s",
    "Standard_L8as_v3",
    "Standard_L8s",
    "Standard_L8s_v2",
    "Standard_L8s_v3",
];
