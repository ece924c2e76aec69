//! Microsoft.ContainerService: Kubernetes clusters, their pools of nodes, their windows of maintenance.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Compare::Cidr;
use crate::catalog::facts::Mutex;

/// A pool, in a cluster or as a document of its own.
#[rustfmt::skip]
const POOL: &[Row] = &[
    on(&["osType"], "mutability").cased().fixed().default("\"Linux\""),
    on(&["scaleSetPriority"], "mutability").cased().fixed().default("\"Regular\""),
    on(&["scaleSetEvictionPolicy"], "mutability").cased().fixed().default("\"Delete\""),
    on(&["spotMaxPrice"], "mutability").fixed().default("-1"),
    on(&["type"], "azurerm").cased().fixed().default("\"VirtualMachineScaleSets\""),
    on(&["gpuInstanceProfile", "gpuProfile.driver", "hostGroupID", "nodePublicIPPrefixID", "proximityPlacementGroupID",
         "capacityReservationGroupID", "windowsProfile"], "azurerm").fixed(),
    on(&["vmSize", "gpuInstanceProfile", "gpuProfile.driver", "kubeletDiskType"], "HTTP-02").cased(),
    // Nodes are as they were made: azurerm makes the pool anew while another stands in for it.
    on(&["vmSize", "osDiskSizeGB", "osDiskType", "kubeletDiskType", "maxPods", "vnetSubnetID", "podSubnetID", "enableFIPS",
         "enableEncryptionAtHost", "enableUltraSSD", "enableNodePublicIP", "creationData.sourceResourceId", "availabilityZones",
         "kubeletConfig", "linuxOSConfig"], "azurerm: rotated").fixed(),
    on(&["mode"], "azurerm").cased().default("\"User\""),
    on(&["osDiskType"], "azurerm").cased().default("\"Managed\""),
    on(&["scaleDownMode"], "azurerm").cased().default("\"Delete\""),
    on(&["enableAutoScaling", "enableEncryptionAtHost", "enableFIPS", "enableNodePublicIP", "enableUltraSSD"], "azurerm").default("false"),
    on(&["windowsProfile.disableOutboundNat"], "azurerm").default("false"),
    on(&["kubeletConfig.cpuCfsQuota"], "azurerm").default("true"),
    on(&["kubeletConfig.allowedUnsafeSysctls"], "azurerm").set(&[]).default("[]"),
    on(&["availabilityZones"], "azurerm").set(&[]).default("[]"),
    on(&["nodeTaints", "networkProfile.allowedHostPorts", "networkProfile.applicationSecurityGroups"], "azurerm").default("[]"),
    on(&["networkProfile.nodePublicIPTags"], "azurerm").set(&["ipTagType"]).fixed().default("[]"),
    on(&["eTag", "currentOrchestratorVersion", "nodeImageVersion", "provisioningState", "powerState",
         "status", "localDNSProfile.state", "virtualMachineNodesStatus"], "schema").server(),
];

#[rustfmt::skip]
const CLUSTER: &[Row] = &[
    on(&["eTag", "properties.maxAgentPools", "properties.powerState", "properties.currentKubernetesVersion", "properties.fqdn",
         "properties.privateFQDN", "properties.azurePortalFQDN", "properties.oidcIssuerProfile.issuerURL",
         "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs",
         "properties.networkProfile.natGatewayProfile.effectiveOutboundIPs",
         "properties.ingressProfile.webAppRouting.identity", "properties.resourceUID", "properties.status",
         "properties.podIdentityProfile.userAssignedIdentities[].provisioningState",
         "properties.podIdentityProfile.userAssignedIdentities[].provisioningInfo",
         "properties.privateLinkResources[].privateLinkServiceID", "properties.enablePodSecurityPolicy"], "schema; server_populated").server(),
    on(&["properties.addonProfiles.*.identity", "properties.addonProfiles.aciConnectorLinux.identity",
         "properties.addonProfiles.azurepolicy.identity", "properties.addonProfiles.ACCSGXDevicePlugin.identity",
         "properties.addonProfiles.httpApplicationRouting.identity", "properties.addonProfiles.ingressApplicationGateway.identity",
         "properties.addonProfiles.azureKeyvaultSecretsProvider.identity", "properties.addonProfiles.omsagent.identity",
         "properties.addonProfiles.openServiceMesh.identity"], "schema").server(),
    on(&["properties.addonProfiles.aciConnectorLinux.enabled", "properties.addonProfiles.azurepolicy.enabled",
         "properties.addonProfiles.ACCSGXDevicePlugin.enabled", "properties.addonProfiles.httpApplicationRouting.enabled",
         "properties.addonProfiles.ingressApplicationGateway.enabled",
         "properties.addonProfiles.azureKeyvaultSecretsProvider.enabled", "properties.addonProfiles.omsagent.enabled",
         "properties.addonProfiles.openServiceMesh.enabled"], "azurerm").default("false"),
    on(&["sku.tier"], "azurerm").cased().default("\"Free\""),
    on(&["sku.name"], "azurerm").cased().default("\"Base\""),
    on(&["properties.supportPlan"], "server_populated").cased().default("\"KubernetesOfficial\""),
    on(&["properties.dnsPrefix", "properties.fqdnSubdomain", "properties.diskEncryptionSetID", "properties.nodeResourceGroup",
         "properties.linuxProfile.adminUsername", "properties.windowsProfile.adminUsername", "properties.identityProfile.kubeletidentity",
         "properties.apiServerAccessProfile.enablePrivateCluster", "properties.apiServerAccessProfile.privateDNSZone"], "azurerm").fixed(),
    on(&["properties.nodeResourceGroup", "properties.apiServerAccessProfile.privateDNSZone"], "HTTP-02").cased(),
    on(&["properties.enableRBAC"], "server_populated").fixed().default("true"),
    // Documents of their own; another first pool makes another cluster.
    on(&["properties.agentPoolProfiles"], "azurerm").fixed(),
    on(&["properties.servicePrincipalProfile.clientId"], "server_populated").default("\"msi\""),
    on(&["properties.servicePrincipalProfile.secret", "properties.windowsProfile.adminPassword",
         "properties.aadProfile.serverAppSecret"], "azurerm: never answered").secret(),
    on(&["properties.disableLocalAccounts", "properties.aiToolchainOperatorProfile.enabled", "properties.metricsProfile.costAnalysis.enabled",
         "properties.oidcIssuerProfile.enabled", "properties.apiServerAccessProfile.enablePrivateCluster",
         "properties.apiServerAccessProfile.enablePrivateClusterPublicFQDN", "properties.apiServerAccessProfile.disableRunCommand",
         "properties.apiServerAccessProfile.enableVnetIntegration", "properties.securityProfile.workloadIdentity.enabled",
         "properties.securityProfile.imageCleaner.enabled", "properties.securityProfile.azureKeyVaultKms.enabled",
         "properties.securityProfile.defender.securityMonitoring.enabled", "properties.azureMonitorProfile.metrics.enabled",
         "properties.ingressProfile.webAppRouting.enabled", "properties.workloadAutoScalerProfile.keda.enabled",
         "properties.workloadAutoScalerProfile.verticalPodAutoscaler.enabled", "properties.storageProfile.blobCSIDriver.enabled",
         "properties.networkProfile.advancedNetworking.enabled", "properties.networkProfile.advancedNetworking.observability.enabled",
         "properties.networkProfile.advancedNetworking.security.enabled", "properties.aadProfile.enableAzureRBAC",
         "properties.upgradeSettings.overrideSettings.forceUpgrade"], "azurerm; mutability").default("false"),
    on(&["properties.storageProfile.diskCSIDriver.enabled", "properties.storageProfile.fileCSIDriver.enabled",
         "properties.storageProfile.snapshotController.enabled"], "azurerm").default("true"),
    on(&["properties.securityProfile.azureKeyVaultKms.keyVaultNetworkAccess"], "mutability").cased().default("\"Public\""),
    on(&["properties.apiServerAccessProfile.authorizedIPRanges"], "azurerm").set(&[]).default("[]"),
    on(&["properties.apiServerAccessProfile.authorizedIPRanges[]"], "HTTP-02").compare(Cidr),
    on(&["properties.aadProfile.adminGroupObjectIDs"], "server_populated").default("[]"),
    on(&["properties.autoUpgradeProfile.upgradeChannel"], "azurerm").cased().default("\"none\""),
    on(&["properties.autoUpgradeProfile.nodeOSUpgradeChannel"], "azurerm").cased(),
    on(&["properties.bootstrapProfile.artifactSource"], "azurerm").cased().default("\"Direct\""),
    on(&["properties.autoScalerProfile.expander"], "schema: says it in words").default("\"random\""),
    on(&["properties.autoScalerProfile.max-node-provision-time"], "schema: says it in words").default("\"15m\""),
    on(&["properties.autoScalerProfile.skip-nodes-with-system-pods",
         "properties.autoScalerProfile.skip-nodes-with-local-storage"], "schema: says it in words").default("\"true\""),
    on(&["properties.nodeProvisioningProfile.mode"], "azurerm").cased().default("\"Manual\""),
    on(&["properties.nodeProvisioningProfile.defaultNodePools"], "azurerm").cased().default("\"Auto\""),
    on(&["properties.serviceMeshProfile.mode"], "azurerm").cased().default("\"Disabled\""),
    on(&["properties.serviceMeshProfile.istio.components.ingressGateways"], "azurerm").set(&["mode"]).default("[]"),
    on(&["properties.serviceMeshProfile.istio.revisions"], "server_populated").default("[]"),
    on(&["properties.ingressProfile.webAppRouting.dnsZoneResourceIds"], "azurerm").default("[]"),
    on(&["properties.ingressProfile.webAppRouting.nginx.defaultIngressControllerType"], "azurerm").cased().default("\"AnnotationControlled\""),
    on(&["properties.windowsProfile.licenseType"], "azurerm").cased().default("\"None\""),
    on(&["properties.httpProxyConfig.noProxy"], "azurerm").set(&[]).default("[]"),
    on(&["properties.securityProfile.customCATrustCertificates"], "azurerm").default("[]"),
    on(&["properties.networkProfile.networkPlugin", "properties.networkProfile.networkPluginMode",
         "properties.networkProfile.networkPolicy", "properties.networkProfile.networkMode"], "HTTP-02").cased(),
    on(&["properties.networkProfile.networkDataplane"], "azurerm").cased().default("\"azure\""),
    on(&["properties.networkProfile.outboundType"], "mutability").cased().default("\"loadBalancer\""),
    on(&["properties.networkProfile.loadBalancerSku"], "HTTP-02: `Standard`, `standard`").cased().fixed().default("\"standard\""),
    on(&["properties.networkProfile.dnsServiceIP", "properties.networkProfile.serviceCidr", "properties.networkProfile.serviceCidrs",
         "properties.networkProfile.ipFamilies", "properties.networkProfile.networkMode"], "azurerm").fixed(),
    on(&["properties.networkProfile.loadBalancerProfile.allocatedOutboundPorts"], "mutability").default("0"),
    on(&["properties.networkProfile.loadBalancerProfile.idleTimeoutInMinutes"], "mutability").default("30"),
    on(&["properties.networkProfile.loadBalancerProfile.backendPoolType"], "mutability").cased().default("\"NodeIPConfiguration\""),
    on(&["properties.networkProfile.loadBalancerProfile.outboundIPs.publicIPs",
         "properties.networkProfile.loadBalancerProfile.outboundIPPrefixes.publicIPPrefixes"], "azurerm").set(&["id"]).default("[]"),
    on(&["properties.networkProfile.natGatewayProfile.idleTimeoutInMinutes"], "mutability").default("4"),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.ContainerService/managedClusters", "2025-10-01", 300, CLUSTER)
        .below(&[("properties.agentPoolProfiles[]", POOL)])
        .holds("what runs in it, with its volumes")
        .mutexes(&[Mutex::Own]),
    // One write of a cluster or of its pools at a time.
    arm("Microsoft.ContainerService/managedClusters/agentPools", "2025-10-01", 180, &[])
        .below(&[("properties", POOL)])
        .mutexes(&[Mutex::Parent]),
    arm("Microsoft.ContainerService/managedClusters/maintenanceConfigurations", "2025-10-01", 5, &[
        on(&["properties.timeInWeek"], "azurerm").set(&["day"]).default("[]"),
        on(&["properties.timeInWeek[].hourSlots"], "azurerm").set(&[]),
        on(&["properties.maintenanceWindow.utcOffset"], "schema").default("\"+00:00\""),
        on(&["properties.notAllowedTime", "properties.maintenanceWindow.notAllowedDates"], "azurerm").set(&["start", "end"]).default("[]"),
    ]).mutexes(&[Mutex::Parent]),
];
