//! Kubernetes clusters: what of them is in the cluster's own document. The first pool, the network and the windows of
//! maintenance have files of their own.

use std::sync::{Arc, LazyLock};

use super::codec::conform;
use super::kubernetes_config::{KEYS, config_of, raw};
use super::kubernetes_maintenance as maintenance;
use super::kubernetes_network::network_profile;
use super::node_pool::{self, CLUSTERS, POOLS, Pool, VERSION};
use super::table::{
    Check, Codec, Going, Hooks, Lit, Object, Place, Predict, Row, Rule, Shown, Table, When, block, blocks,
    doc, flag, identity, number, objects, place, tags, text, text_set, texts,
};
use crate::arm::id::ArmId;
use crate::catalog::lens::{
    Claim, ClaimOptions, Context, Fetched, Problem, ProviderConfig, Replace, Stop, Target,
};
use crate::catalog::value::{argument, error, flag as known_flag, location, merge, put, text as known};
use crate::lang::{Type, Value};

const LOGS: &str = "Microsoft.OperationalInsights/workspaces";
const VAULTS: &str = "Microsoft.KeyVault/vaults";
const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";

/// What is never switched off again.
fn stays_on(before: &Value, after: &Value) -> Replace {
    if before.as_bool() == Some(true) && after.as_bool() == Some(false) { Replace::Yes } else { Replace::No }
}

/// What may be written later, but never taken away.
fn stays(before: &Value, after: &Value) -> Replace {
    let none = |v: &Value| v.is_null() || v.as_str() == Some("");
    if none(after) && !none(before) { Replace::Yes } else { Replace::No }
}

/// A cluster with an identity gets no service principal.
fn to_principal(before: &Value, _after: &Value) -> Replace {
    if matches!(before.as_str(), None | Some("" | "msi")) { Replace::Yes } else { Replace::No }
}

/// What overrides the checks of an upgrade ends by itself (`effective_until`), and is never taken away.
fn overridden(before: &Value, after: &Value) -> Replace {
    let none = |v: &Value| v.as_sequence().is_some_and(<[Value]>::is_empty);
    if none(after) && !none(before) {
        let why = "`upgrade_override` cannot be unset: leave it, it ends by itself at `effective_until`.";
        return Replace::Refuse(why.into());
    }
    Replace::No
}

/// The drivers that a cluster has of itself.
const DRIVERS: &str = r#"{"blobCSIDriver":{"enabled":false},"diskCSIDriver":{"enabled":true},"fileCSIDriver":{"enabled":true},"snapshotController":{"enabled":true}}"#;

/// A number that the service takes as text.
fn as_text(value: &Value) -> Value {
    value.as_number().map_or_else(|| value.clone(), |n| n.to_string().into())
}

fn worded(name: &'static str, path: &'static str) -> Row {
    number(name).at(path).codec(Codec::Hook(as_text, |v| Some(v.clone())))
}

/// The identity that an add-on got: three texts.
fn addon_identity(name: &'static str, path: &'static str) -> Row {
    block(
        name,
        vec![
            text("client_id").computed().at("clientId"),
            text("object_id").computed().at("objectId"),
            text("user_assigned_identity_id").computed().at("resourceId"),
        ],
    )
    .at(path)
    .computed()
}

/// A block that switches something on by being there, and off by going.
fn switched(row: Row, at: &'static str, enabled: &'static str) -> Row {
    row.at(at).with(enabled, true).neutral(Lit::Json(r#"{"enabled":false}"#))
}

/// An add-on that is a block.
macro_rules! addon {
    ($name:literal, $key:literal, $rows:expr) => {
        switched(
            block($name, $rows),
            concat!("properties.addonProfiles.", $key),
            concat!("properties.addonProfiles.", $key, ".enabled"),
        )
    };
}

/// Policies are of the second version.
fn put_policy(on: &Value) -> Vec<Option<Value>> {
    vec![Some(on.clone()), (on.as_bool() == Some(true)).then(|| "v2".into())]
}

fn addons() -> Vec<Row> {
    let said =
        |name: &'static str, path: &'static str| flag(name).at(path).codec(Codec::Switch("true", "false"));
    vec![
        addon!(
            "aci_connector_linux",
            "aciConnectorLinux",
            vec![
                text("subnet_name").required().at("config.SubnetName"),
                addon_identity("connector_identity", "identity"),
            ]
        ),
        flag("azure_policy_enabled")
            .spread(
                &[
                    "properties.addonProfiles.azurepolicy.enabled",
                    "properties.addonProfiles.azurepolicy.config.version",
                ],
                put_policy,
                |parts| parts.first().copied().flatten().cloned(),
            )
            .neutral(false),
        addon!(
            "confidential_computing",
            "ACCSGXDevicePlugin",
            vec![said("sgx_quote_helper_enabled", "config.ACCSGXQuoteHelperEnabled").required()]
        ),
        flag("http_application_routing_enabled")
            .at("properties.addonProfiles.httpApplicationRouting.enabled")
            .neutral(false),
        text("http_application_routing_zone_name")
            .computed()
            .at("properties.addonProfiles.httpApplicationRouting.config.HTTPApplicationRoutingZoneName"),
        addon!(
            "ingress_application_gateway",
            "ingressApplicationGateway",
            vec![
                text("gateway_id")
                    .at("config.applicationGatewayId")
                    .arm_id("Microsoft.Network/applicationGateways"),
                text("gateway_name").at("config.applicationGatewayName"),
                text("subnet_cidr").at("config.subnetCIDR"),
                text("subnet_id").at("config.subnetId").arm_id(SUBNETS),
                text("effective_gateway_id").computed().at("config.effectiveApplicationGatewayId"),
                addon_identity("ingress_application_gateway_identity", "identity"),
            ]
        )
        .rule(Rule::AtLeastOne(&["gateway_id", "subnet_cidr", "subnet_id"]))
        .rule(Rule::Conflict("gateway_id", "subnet_cidr"))
        .rule(Rule::Conflict("gateway_id", "subnet_id"))
        .rule(Rule::Conflict("subnet_cidr", "subnet_id")),
        addon!(
            "key_vault_secrets_provider",
            "azureKeyvaultSecretsProvider",
            vec![
                said("secret_rotation_enabled", "config.enableSecretRotation").default(false),
                text("secret_rotation_interval").default("2m").at("config.rotationPollInterval"),
                addon_identity("secret_identity", "identity"),
            ]
        ),
        addon!(
            "oms_agent",
            "omsagent",
            vec![
                text("log_analytics_workspace_id")
                    .required()
                    .at("config.logAnalyticsWorkspaceResourceID")
                    .arm_id(LOGS),
                said("msi_auth_for_monitoring_enabled", "config.useAADAuth"),
                said("retina_flow_logs_enabled", "config.enableRetinaNetworkFlags").since(5),
                addon_identity("oms_agent_identity", "identity"),
            ]
        ),
        flag("open_service_mesh_enabled")
            .at("properties.addonProfiles.openServiceMesh.enabled")
            .neutral(false),
    ]
}

/// How the control plane is reached.
fn server() -> Vec<Row> {
    vec![
        block(
            "api_server_access_profile",
            vec![
                text_set("authorized_ip_ranges").at("authorizedIPRanges"),
                flag("virtual_network_integration_enabled")
                    .default(false)
                    .since(4)
                    .at("enableVnetIntegration"),
                flag("vnet_integration_enabled").default(false).until(3).at("enableVnetIntegration"),
                text("subnet_id").at("subnetId").arm_id(SUBNETS).replaces(stays),
            ],
        )
        .at("properties.apiServerAccessProfile")
        .neutral(Lit::Json(r#"{"authorizedIPRanges":null,"enableVnetIntegration":false}"#)),
        flag("private_cluster_enabled")
            .default(false)
            .new()
            .at("properties.apiServerAccessProfile.enablePrivateCluster"),
        flag("private_cluster_public_fqdn_enabled")
            .default(false)
            .at("properties.apiServerAccessProfile.enablePrivateClusterPublicFQDN"),
        text("private_dns_zone_id")
            .both()
            .new()
            .at("properties.apiServerAccessProfile.privateDNSZone")
            .matches(
                r"^(System|None|/subscriptions/.+/privateDnsZones/[^/]+)$",
                "`System`, `None` or the id of a private DNS zone",
            ),
        flag("run_command_enabled")
            .default(true)
            .at("properties.apiServerAccessProfile.disableRunCommand")
            .not(),
        text("dns_prefix").new().at("properties.dnsPrefix").matches(
            r"^[a-zA-Z\d]([-a-zA-Z\d]{0,52}[a-zA-Z\d])?$",
            "1 to 54 letters, digits and `-`, no `-` first or last",
        ),
        text("dns_prefix_private_cluster").new().at("properties.fqdnSubdomain"),
    ]
}

fn scaler() -> Row {
    let path = |name: &'static str, property: &'static str| text(name).both().at(property);
    let said = |name: &'static str, property: &'static str| {
        flag(name).at(property).codec(Codec::Switch("true", "false"))
    };
    block(
        "auto_scaler_profile",
        vec![
            said("balance_similar_node_groups", "balance-similar-node-groups").default(false),
            flag("daemonset_eviction_for_empty_nodes_enabled")
                .default(false)
                .at("daemonset-eviction-for-empty-nodes"),
            flag("daemonset_eviction_for_occupied_nodes_enabled")
                .default(true)
                .at("daemonset-eviction-for-occupied-nodes"),
            text("expander").default("random").at("expander").one_of(&[
                "least-waste",
                "most-pods",
                "priority",
                "random",
            ]),
            flag("ignore_daemonsets_utilization_enabled").default(false).at("ignore-daemonsets-utilization"),
            path("max_graceful_termination_sec", "max-graceful-termination-sec"),
            text("max_node_provisioning_time").default("15m").at("max-node-provision-time"),
            worded("max_unready_nodes", "ok-total-unready-count").default(3).range(0, i64::MAX),
            worded("max_unready_percentage", "max-total-unready-percentage").default(45).range(0, 100),
            path("new_pod_scale_up_delay", "new-pod-scale-up-delay"),
            path("scale_down_delay_after_add", "scale-down-delay-after-add"),
            path("scale_down_delay_after_delete", "scale-down-delay-after-delete"),
            path("scale_down_delay_after_failure", "scale-down-delay-after-failure"),
            path("scale_down_unneeded", "scale-down-unneeded-time"),
            path("scale_down_unready", "scale-down-unready-time"),
            path("scale_down_utilization_threshold", "scale-down-utilization-threshold"),
            path("empty_bulk_delete_max", "max-empty-bulk-delete"),
            path("scan_interval", "scan-interval"),
            said("skip_nodes_with_local_storage", "skip-nodes-with-local-storage"),
            said("skip_nodes_with_system_pods", "skip-nodes-with-system-pods").default(true),
        ],
    )
    .both()
    .at("properties.autoScalerProfile")
}

/// Who the cluster is, and who may use it.
fn access() -> Vec<Row> {
    let new = |name: &'static str, path: &'static str| text(name).both().new().at(path);
    vec![
        identity(&["SystemAssigned", "UserAssigned"], false)
            .with("properties.servicePrincipalProfile.clientId", "msi"),
        block(
            "service_principal",
            vec![
                text("client_id").required().at("clientId").replaces(to_principal),
                text("client_secret").required().sensitive().at("secret"),
            ],
        )
        .at("properties.servicePrincipalProfile"),
        block(
            "kubelet_identity",
            vec![
                new("client_id", "clientId"),
                new("object_id", "objectId"),
                new("user_assigned_identity_id", "resourceId")
                    .arm_id("Microsoft.ManagedIdentity/userAssignedIdentities"),
            ],
        )
        .both()
        .at("properties.identityProfile.kubeletidentity"),
        flag("local_account_disabled").at("properties.disableLocalAccounts"),
        flag("role_based_access_control_enabled").default(true).new().at("properties.enableRBAC"),
        block(
            "azure_active_directory_role_based_access_control",
            vec![
                texts("admin_group_object_ids").at("adminGroupObjectIDs").uuid(),
                flag("azure_rbac_enabled").at("enableAzureRBAC"),
                text("tenant_id").both().at("tenantID").uuid(),
                flag("managed").until(3).own(),
                text("client_app_id").until(3).at("clientAppID"),
                text("server_app_id").until(3).at("serverAppID"),
                text("server_app_secret").until(3).sensitive().at("serverAppSecret"),
            ],
        )
        .at("properties.aadProfile")
        .with("properties.aadProfile.managed", true)
        .cleared(),
    ]
}

/// What keeps a cluster safe.
fn security() -> Vec<Row> {
    vec![
        switched(
            block(
                "key_management_service",
                vec![
                    text("key_vault_key_id").required().at("keyId").matches(r"^https://", "the URL of a key"),
                    text("key_vault_network_access")
                        .default("Public")
                        .at("keyVaultNetworkAccess")
                        .one_of(&["Private", "Public"]),
                ],
            ),
            "properties.securityProfile.azureKeyVaultKms",
            "properties.securityProfile.azureKeyVaultKms.enabled",
        ),
        block(
            "microsoft_defender",
            vec![
                text("log_analytics_workspace_id")
                    .required()
                    .at("logAnalyticsWorkspaceResourceId")
                    .arm_id(LOGS),
            ],
        )
        .at("properties.securityProfile.defender")
        .with("properties.securityProfile.defender.securityMonitoring.enabled", true)
        .neutral(Lit::Json(r#"{"securityMonitoring":{"enabled":false}}"#)),
        flag("image_cleaner_enabled").at("properties.securityProfile.imageCleaner.enabled"),
        number("image_cleaner_interval_hours")
            .at("properties.securityProfile.imageCleaner.intervalHours")
            .range(24, 2160),
        flag("workload_identity_enabled")
            .default(false)
            .at("properties.securityProfile.workloadIdentity.enabled"),
        texts("custom_ca_trust_certificates_base64")
            .at("properties.securityProfile.customCATrustCertificates")
            .check(Check::Base64)
            .check(Check::Items(0, 10)),
        flag("oidc_issuer_enabled").both().at("properties.oidcIssuerProfile.enabled").replaces(stays_on),
        text("disk_encryption_set_id")
            .new()
            .at("properties.diskEncryptionSetID")
            .arm_id("Microsoft.Compute/diskEncryptionSets"),
    ]
}

/// The systems of the nodes, and what they go out by.
fn systems() -> Vec<Row> {
    vec![
        block(
            "linux_profile",
            vec![
                text("admin_username").required().new().at("adminUsername"),
                blocks("ssh_key", vec![text("key_data").required().new().at("keyData")])
                    .required()
                    .count(1, 1)
                    .at("ssh.publicKeys"),
            ],
        )
        .at("properties.linuxProfile")
        .reset("null"),
        block(
            "windows_profile",
            vec![
                text("admin_username").required().new().at("adminUsername"),
                text("admin_password").required().sensitive().at("adminPassword").length(8, 123),
                text("license").at("licenseType").one_of(&["Windows_Server"]).nothing("None"),
                block(
                    "gmsa",
                    vec![
                        text("dns_server").required().at("dnsServer").replaces(stays),
                        text("root_domain").required().at("rootDomainName").replaces(stays),
                    ],
                )
                .at("gmsaProfile")
                .with("gmsaProfile.enabled", true)
                .cleared(),
            ],
        )
        .both()
        .at("properties.windowsProfile"),
        block(
            "http_proxy_config",
            vec![
                text("http_proxy").at("httpProxy"),
                text("https_proxy").at("httpsProxy"),
                text_set("no_proxy").at("noProxy"),
                text("trusted_ca").sensitive().at("trustedCa"),
            ],
        )
        .at("properties.httpProxyConfig")
        .cleared(),
    ]
}

/// What a cluster does by itself.
fn services() -> Vec<Row> {
    let off = |name: &'static str, path: &'static str| flag(name).default(false).at(path);
    let on = |name: &'static str, path: &'static str| flag(name).default(true).at(path);
    let gateway = |name: &'static str, take: fn(&Value) -> Option<Value>| {
        flag(name).at("istio.components.ingressGateways").codec(Codec::Hook(Value::clone, take))
    };
    let channels: &[&str] = &["patch", "rapid", "node-image", "stable"];
    let systems: &[&str] = &["NodeImage", "None", "SecurityPatch", "Unmanaged"];
    let (channel, system) = (
        "properties.autoUpgradeProfile.upgradeChannel",
        "properties.autoUpgradeProfile.nodeOSUpgradeChannel",
    );
    vec![
        text("kubernetes_version").both().at("properties.kubernetesVersion"),
        text("sku_tier")
            .default("Free")
            .at("sku.tier")
            .with("sku.name", "Base")
            .one_of(&["Free", "Standard", "Premium"]),
        text("support_plan")
            .default("KubernetesOfficial")
            .at("properties.supportPlan")
            .one_of(&["KubernetesOfficial", "AKSLongTermSupport"]),
        text("node_resource_group")
            .both()
            .new()
            .at("properties.nodeResourceGroup")
            .predict(Predict::Hook(group_of_nodes)),
        text("automatic_upgrade_channel").since(4).at(channel).one_of(channels).nothing("none"),
        text("automatic_channel_upgrade").until(3).at(channel).one_of(channels).nothing("none"),
        text("node_os_upgrade_channel").since(4).default("NodeImage").at(system).one_of(systems),
        text("node_os_channel_upgrade").until(3).at(system).one_of(systems).observed(),
        off("ai_toolchain_operator_enabled", "properties.aiToolchainOperatorProfile.enabled"),
        flag("cost_analysis_enabled").at("properties.metricsProfile.costAnalysis.enabled"),
        block(
            "bootstrap_profile",
            vec![
                text("artifact_source").default("Direct").at("artifactSource").one_of(&["Cache", "Direct"]),
                text("container_registry_id")
                    .at("containerRegistryId")
                    .arm_id("Microsoft.ContainerRegistry/registries"),
            ],
        )
        .both()
        .at("properties.bootstrapProfile"),
        block(
            "monitor_metrics",
            vec![
                text("annotations_allowed").at("kubeStateMetrics.metricAnnotationsAllowList"),
                text("labels_allowed").at("kubeStateMetrics.metricLabelsAllowlist"),
            ],
        )
        .at("properties.azureMonitorProfile.metrics")
        .with("properties.azureMonitorProfile.metrics.enabled", true)
        .neutral(Lit::Json(r#"{"enabled":false}"#)),
        block(
            "node_provisioning_profile",
            vec![
                text("mode").default("Manual").at("mode").one_of(&["Auto", "Manual"]),
                text("default_node_pools").default("Auto").at("defaultNodePools").one_of(&["Auto", "None"]),
            ],
        )
        .at("properties.nodeProvisioningProfile")
        .neutral(Lit::Json(r#"{"mode":"Manual"}"#)),
        block(
            "service_mesh_profile",
            vec![
                text("mode").required().at("mode").one_of(&["Istio"]),
                texts("revisions").required().at("istio.revisions").check(Check::Items(1, 2)),
                gateway("internal_ingress_gateway_enabled", |live| gateway_of(live, "Internal")),
                gateway("external_ingress_gateway_enabled", |live| gateway_of(live, "External")),
                block(
                    "certificate_authority",
                    vec![
                        text("key_vault_id").required().at("keyVaultId").arm_id(VAULTS),
                        text("root_cert_object_name").required().at("rootCertObjectName"),
                        text("cert_chain_object_name").required().at("certChainObjectName"),
                        text("cert_object_name").required().at("certObjectName"),
                        text("key_object_name").required().at("keyObjectName"),
                    ],
                )
                .at("istio.certificateAuthority.plugin")
                .cleared(),
            ],
        )
        .at("properties.serviceMeshProfile")
        .neutral(Lit::Json(r#"{"mode":"Disabled"}"#)),
        block(
            "storage_profile",
            vec![
                off("blob_driver_enabled", "blobCSIDriver.enabled"),
                on("disk_driver_enabled", "diskCSIDriver.enabled"),
                on("file_driver_enabled", "fileCSIDriver.enabled"),
                on("snapshot_controller_enabled", "snapshotController.enabled"),
            ],
        )
        .at("properties.storageProfile")
        .reset(DRIVERS),
        block(
            "upgrade_override",
            vec![
                flag("force_upgrade_enabled").required().at("forceUpgrade"),
                text("effective_until").at("until").check(Check::Time),
            ],
        )
        .at("properties.upgradeSettings.overrideSettings")
        .reset("null")
        .replaces(overridden),
        switched(
            block(
                "web_app_routing",
                vec![
                    texts("dns_zone_ids").required().at("dnsZoneResourceIds").arm_id(""),
                    text("default_nginx_controller")
                        .default("AnnotationControlled")
                        .at("nginx.defaultIngressControllerType")
                        .one_of(&["AnnotationControlled", "Internal", "External", "None"]),
                    addon_identity("web_app_routing_identity", "identity"),
                ],
            ),
            "properties.ingressProfile.webAppRouting",
            "properties.ingressProfile.webAppRouting.enabled",
        ),
        block(
            "workload_autoscaler_profile",
            vec![
                off("keda_enabled", "keda.enabled"),
                off("vertical_pod_autoscaler_enabled", "verticalPodAutoscaler.enabled"),
            ],
        )
        .at("properties.workloadAutoScalerProfile")
        .neutral(Lit::Json(r#"{"keda":{"enabled":false},"verticalPodAutoscaler":{"enabled":false}}"#)),
    ]
}

fn gateway_of(live: &Value, mode: &str) -> Option<Value> {
    live.as_sequence()?.iter().find(|g| known(g, "mode") == Some(mode))?.get("enabled").cloned()
}

/// The group that Azure makes for the nodes where none is named.
fn group_of_nodes(config: &Value, _provider: &ProviderConfig) -> Option<Value> {
    let part = |name: &str| known(config, name);
    let region = location(part("location")?);
    Some(format!("MC_{}_{}_{region}", part("resource_group_name")?, part("name")?).into())
}

pub(super) static KUBERNETES_CLUSTER: LazyLock<Table> = LazyLock::new(|| {
    let open = |name: &'static str, action: &'static str| {
        let mut row = objects(name, &KEYS)
            .demand(action, |a, _| config_of(a))
            .secret_before(3, &["client_key", "password"]);
        // Its parts are secrets; azurerm says so of each, and before 3.0 Terraform did not hear of it.
        row.sensitive = false;
        row
    };
    let mut rows = place(text("name").matches(
        r"^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$",
        "1 to 63 letters, digits, `-` and `_`, a letter or digit first and last",
    ));
    rows.extend(server());
    rows.extend(access());
    rows.extend(security());
    rows.extend(systems());
    rows.extend(services());
    rows.extend(addons());
    rows.extend(maintenance::rows());
    rows.extend([
        block("default_node_pool", node_pool::rows(Pool::First))
            .required()
            .count(1, 1)
            .of("pool")
            .at("properties")
            .rule(Rule::Needs("node_public_ip_prefix_id", "node_public_ip_enabled")),
        network_profile(),
        scaler(),
        text("edge_zone").new().at("extendedLocation.name").with("extendedLocation.type", "EdgeZone"),
        tags(),
        text("current_kubernetes_version").computed().at("properties.currentKubernetesVersion"),
        text("fqdn").computed().at("properties.fqdn"),
        text("private_fqdn").computed().at("properties.privateFQDN"),
        text("portal_fqdn").computed().at("properties.azurePortalFQDN"),
        text("oidc_issuer_url").computed().at("properties.oidcIssuerProfile.issuerURL"),
        text("node_resource_group_id").computed(),
        open("kube_config", "listClusterUserCredential"),
        text("kube_config_raw").demand("listClusterUserCredential", |a, _| raw(a)),
        open("kube_admin_config", "listClusterAdminCredential"),
        text("kube_admin_config_raw").demand("listClusterAdminCredential", |a, _| raw(a)),
    ]);
    let mut docs = vec![
        doc(CLUSTERS, VERSION, Place::Group(&["name"])),
        doc(POOLS, VERSION, Place::ChildNamed("agentPools", "default_node_pool", "name"))
            .key("pool")
            .foreign()
            .going(Going::Leave)
            .fixed("properties.mode", "System")
            .fixed("properties.osType", "Linux"),
    ];
    docs.extend(maintenance::WINDOWS.iter().map(|(name, block)| {
        doc(maintenance::CONFIGURATIONS, VERSION, Place::Child("maintenanceConfigurations", name))
            .key(block[0])
            .when(When::Written(block))
    }));
    Table::new("azurerm_kubernetes_cluster", [90, 5, 90, 90], docs, rows)
        .rule(Rule::ExactlyOne(&["identity", "service_principal"]))
        .rule(Rule::ExactlyOne(&["dns_prefix", "dns_prefix_private_cluster"]))
        .hooks(Hooks {
            check: Some(check_cluster),
            claims: Some(complete),
            attributes: Some(complete_shown),
            ..Hooks::default()
        })
});

/// The parts of a body that depend on several arguments.
fn complete(config: &Value, claims: &mut Vec<Claim>, cx: &Context<'_>) -> Result<(), Stop> {
    let first = |name: &str| config.get(name).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let pool = first("default_node_pool");
    if let (Some(pool), Some(claim)) = (pool, claims.iter_mut().find(|c| &*c.key == "pool")) {
        node_pool::ports(pool, claim);
        node_pool::stand_in(pool, claim);
    }
    maintenance::complete(config, claims);
    let profile = claims.iter().find(|c| &*c.key == "pool").and_then(|c| c.body.get("properties")).cloned();
    let Some(claim) = claims.first_mut() else { return Ok(()) };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    if let Some(mesh) = first("service_mesh_profile") {
        let path = ["properties", "serviceMeshProfile", "istio", "components", "ingressGateways"];
        let gateways = [
            ("internal_ingress_gateway_enabled", "Internal"),
            ("external_ingress_gateway_enabled", "External"),
        ];
        let written = gateways.iter().filter_map(|(name, mode)| {
            let enabled = mesh.get(name).filter(|v| !v.is_null())?;
            Some(Value::object([("enabled", enabled.clone()), ("mode", (*mode).into())]))
        });
        put(&mut body, &path, Value::tuple(written.collect()));
    }
    if let Some(service) = first("key_management_service") {
        let group = match &claim.target {
            Target::Id(id) => id.resource_group_id(),
            Target::Unknown => None,
        };
        // It is empty for the public network.
        let vault = match known(service, "key_vault_network_access") {
            Some("Private") => vault_of(known(service, "key_vault_key_id"), group.as_ref(), cx)?,
            _ => Value::null(Type::String),
        };
        put(&mut body, &["properties", "securityProfile", "azureKeyVaultKms", "keyVaultResourceId"], vault);
    }
    // The first pool is made with the cluster, and has a document of its own from then on.
    let name = pool.and_then(|p| p.get("name")).cloned().unwrap_or_else(|| Value::unknown(Type::String));
    let profile =
        merge(&profile.unwrap_or_else(|| Value::object::<Arc<str>>([])), &Value::object([("name", name)]));
    let profiles = Value::tuple(vec![profile]);
    let initial = vec![(vec!["properties".into(), "agentPoolProfiles".into()], profiles)];
    claim.options = Some(Arc::new(ClaimOptions { initial, ..ClaimOptions::default() }));
    claim.body = Value::object(body);
    Ok(())
}

/// The vault of a key's URL: a cluster that reaches it privately must be told its id. One that is not there yet is taken
/// to come into the cluster's group.
fn vault_of(key: Option<&str>, group: Option<&ArmId>, cx: &Context<'_>) -> Result<Value, Stop> {
    let unknown = || Value::unknown(Type::String);
    let name = key.and_then(|k| k.strip_prefix("https://")?.split(['.', '/']).next());
    let (Some(name), Some(group)) = (name, group) else { return Ok(unknown()) };
    let Some(subscription) = group.subscription_id() else { return Ok(unknown()) };
    let path = format!("{subscription}/providers/{VAULTS}");
    let all = match cx.reader.list(&path, "2026-02-01", "") {
        Fetched::Pending => return Err(Stop::Pending),
        Fetched::Later => None,
        Fetched::Ready(all) => all,
    };
    let mut all = all.iter().flat_map(|a| a.iter());
    let found = all.find(|v| known(v, "name").is_some_and(|n| n.eq_ignore_ascii_case(name)));
    let beside = || ArmId::build(group, VAULTS, name).map_or_else(|_| unknown(), |id| id.as_str().into());
    Ok(found.and_then(|v| v.get("id")).cloned().unwrap_or_else(beside))
}

/// The group of the nodes is in the cluster's subscription; the first pool has the name of its document; `msi` stands for
/// no service principal.
fn complete_shown(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let group = all.get("node_resource_group").and_then(Value::as_str);
    let subscription = shown.id.and_then(ArmId::subscription_id);
    let id = match (group, subscription) {
        (Some(group), Some(subscription)) => format!("{subscription}/resourceGroups/{group}").into(),
        _ => Value::unknown(Type::String),
    };
    all.insert("node_resource_group_id".into(), id);
    let first = |name: &str| all.get(name).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let pool = (shown.documents)("pool").filter(|_| !shown.planned);
    if let Some(name) = pool.as_ref().and_then(|p| p.get("name")).filter(|n| n.as_str().is_some())
        && let Some(block) = first("default_node_pool").filter(|b| b.get("name") != Some(name))
    {
        let block = merge(block, &Value::object([("name", name.clone())]));
        let ty = all.get("default_node_pool").map(Value::ty).unwrap_or(Type::Dynamic);
        all.insert("default_node_pool".into(), conform(&Value::tuple(vec![block]), &ty));
    }
    let first = |name: &str| all.get(name).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let written = shown.config.get("service_principal").and_then(Value::as_sequence);
    let unwritten = written.is_none_or(<[Value]>::is_empty);
    if unwritten && first("service_principal").is_some_and(|p| known(p, "client_id") == Some("msi")) {
        let ty = all.get("service_principal").map(Value::ty).unwrap_or(Type::Dynamic);
        all.insert("service_principal".into(), conform(&Value::tuple(Vec::new()), &ty));
    }
    Ok(())
}

fn check_cluster(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: &str| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    let first = |name: &str| config.get(name).and_then(Value::as_sequence).and_then(<[Value]>::first);
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    let off = |name: &str| known_flag(config, name) == Some(false) || unset(name);
    if let Some(pool) = first("default_node_pool") {
        node_pool::judge(pool, &mut |_, detail| wrong("default_node_pool", detail));
    }
    if known_flag(config, "workload_identity_enabled") == Some(true) && off("oidc_issuer_enabled") {
        wrong("workload_identity_enabled", "Workload identities need `oidc_issuer_enabled = true`.");
    }
    if known(config, "automatic_upgrade_channel") == Some("node-image")
        && known(config, "node_os_upgrade_channel").is_some_and(|c| c != "NodeImage")
    {
        wrong(
            "node_os_upgrade_channel",
            "With `automatic_upgrade_channel = \"node-image\"` it can only be `NodeImage`.",
        );
    }
    if known_flag(config, "cost_analysis_enabled") == Some(true)
        && config.get("sku_tier").is_none_or(|v| v.is_null() || v.as_str() == Some("Free"))
    {
        wrong(
            "cost_analysis_enabled",
            "The analysis of costs needs `sku_tier = \"Standard\"` or `\"Premium\"`.",
        );
    }
    let zone = known(config, "private_dns_zone_id");
    if known(config, "dns_prefix_private_cluster").is_some()
        && (off("private_cluster_enabled")
            || unset("private_dns_zone_id")
            || matches!(zone, Some("System" | "None")))
    {
        wrong(
            "dns_prefix_private_cluster",
            "It is for private clusters with a `private_dns_zone_id` of your own; use `dns_prefix`.",
        );
    }
    let own_zone = zone.is_some_and(|z| !matches!(z, "System" | "None"));
    if own_zone && first("identity").is_some_and(|i| known(i, "type") == Some("SystemAssigned")) {
        wrong(
            "private_dns_zone_id",
            "A zone of your own needs a user-assigned identity, or a service principal.",
        );
    }
    if let Some(access) = first("azure_active_directory_role_based_access_control") {
        let empty = |name: &str| access.get(name).is_none_or(Value::is_null);
        if empty("tenant_id") && empty("admin_group_object_ids") {
            wrong(
                "azure_active_directory_role_based_access_control",
                "At least one of `tenant_id`, `admin_group_object_ids` must be written.",
            );
        }
    }
    if let Some(network) = first("network_profile") {
        let is = |name: &str, word: &str| known(network, name) == Some(word);
        let cached = first("bootstrap_profile").is_some_and(|b| {
            known(b, "artifact_source") == Some("Cache")
                || b.get("artifact_source").is_some_and(Value::is_unknown)
        });
        if is("outbound_type", "none") && !cached {
            wrong(
                "network_profile",
                "`outbound_type = \"none\"` needs `bootstrap_profile` with `artifact_source = \"Cache\"`.",
            );
        }
    }
    problems
}
