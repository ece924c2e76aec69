//! Microsoft.MachineLearningServices: workspaces, computes.

use super::row::{Row, Type, arm, on};
use crate::catalog::facts::Compare::{Duration, Location, TrailingSlash, WriteOnly};
use crate::catalog::facts::{Mutex, SoftDelete};

#[rustfmt::skip]
const WORKSPACE: &[Row] = &[
    on(&["kind"], "arm-mapping §8").cased().default("\"Default\""),
    on(&["sku.name", "sku.tier"], "IMM-01").default("\"Basic\""),
    // CMK-02, behaviour §17.
    on(&["properties.keyVault", "properties.storageAccount"], "behaviour §17").fixed(),
    // Changed in place where azurerm does so (hubs); its workspaces are made anew by their own table.
    on(&["properties.hubResourceId"], "arm-mapping §8").fixed(),
    on(&["properties.hbiWorkspace"], "behaviour §17, mutability").fixed().default("false"),
    on(&["properties.encryption.status"], "HTTP-02").cased(),
    on(&["properties.encryption", "properties.encryption.identity",
         "properties.encryption.keyVaultProperties", "properties.encryption.keyVaultProperties.keyIdentifier",
         "properties.encryption.keyVaultProperties.identityClientId"], "behaviour §17, CMK-02").fixed(),
    on(&["properties.enableServiceSideCMKEncryption"], "azurerm_facts").fixed().default("false"),
    on(&["properties.provisionNetworkNow"], "arm-mapping §8: create only, always sent").compare(WriteOnly).fixed(),
    on(&["properties.allowPublicAccessWhenBehindVnet", "properties.v1LegacyMode"], "mutability").default("false"),
    on(&["properties.publicNetworkAccess"], "arm-mapping §8").cased().default("\"Enabled\""),
    // The service answers `accessKey` for `AccessKey` and `identity` for `Identity`.
    on(&["properties.systemDatastoresAuthMode"], "HTTP-02").cased().default("\"AccessKey\""),
    on(&["properties.managedNetwork.isolationMode"], "IMP-06").cased().default("\"Disabled\""),
    on(&["properties.managedNetwork.firewallSku"], "schema").cased().default("\"Standard\""),
    on(&["properties.discoveryUrl"], "server_populated").compare(TrailingSlash).server(),
    on(&["properties.sharedPrivateLinkResources"], "schema").set(&["name"]).default("[]"),
    on(&["properties.associatedWorkspaces", "properties.workspaceHubConfig.additionalWorkspaceStorageAccounts"], "schema").set(&[]),
    on(&["properties.workspaceId", "properties.serviceProvisionedResourceGroup", "properties.privateLinkCount",
         "properties.privateEndpointConnections", "properties.notebookInfo", "properties.tenantId",
         "properties.storageHnsEnabled", "properties.mlFlowTrackingUri"], "schema; IMP-04").server(),
    // Rules are documents of their own; the required ones are the service's (IMP-06).
    on(&["properties.managedNetwork.networkId", "properties.managedNetwork.changeableIsolationModes",
         "properties.managedNetwork.outboundRules", "properties.managedNetwork.status",
         "properties.managedNetwork.firewallPublicIpAddress"], "schema; IMP-06; HTTP-06").server(),
    // Properties that no schema knows.
    on(&["properties.EnableSoftwareBillOfMaterials", "properties.sdkTelemetryAppInsightsKey", "properties.sasGetterUri",
         "properties.softDeleteEnabled", "properties.allowRoleAssignmentOnRG", "properties.creationTime",
         "properties.containerRegistryIds", "properties.storageAccounts", "properties.softDeletedAt",
         "properties.scheduledPurgeDate"], "HTTP-06").server(),
];

#[rustfmt::skip]
const COMPUTE: &[Row] = &[
    // Behaviour §17: nearly everything but scale and identity.
    on(&["properties.computeType"], "HTTP-02").cased(),
    on(&["properties.computeType", "properties.resourceId", "properties.description"], "behaviour §17").fixed(),
    on(&["properties.properties.computeInstanceAuthorizationType", "properties.properties.personalComputeInstanceSettings",
         "properties.properties.sshSettings", "properties.properties.userAccountCredentials"], "behaviour §17").fixed(),
    on(&["properties.computeLocation"], "mutability").compare(Location).fixed(),
    on(&["properties.disableLocalAuth"], "mutability").fixed().default("false"),
    on(&["properties.properties.vmSize"], "behaviour §17: answered in upper case").cased().fixed(),
    on(&["properties.properties.vmPriority"], "behaviour §17").cased().fixed().default("\"Dedicated\""),
    on(&["properties.properties.osType"], "mutability").cased().fixed().default("\"Linux\""),
    on(&["properties.properties.isolatedNetwork"], "behaviour §17").fixed().default("false"),
    on(&["properties.properties.enableNodePublicIp"], "mutability").fixed().default("true"),
    on(&["properties.properties.subnet", "properties.properties.subnet.id"], "behaviour §17").fixed(),
    on(&["properties.properties.remoteLoginPortPublicAccess"], "mutability").cased().fixed().default("\"NotSpecified\""),
    on(&["properties.properties.scaleSettings.minNodeCount"], "mutability").default("0"),
    on(&["properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown"], "arm-mapping §8").compare(Duration),
    on(&["properties.properties.userAccountCredentials.adminUserName"], "behaviour §17").fixed(),
    on(&["properties.properties.userAccountCredentials.adminUserPassword",
         "properties.properties.userAccountCredentials.adminUserSshPublicKey"], "mutability: secret").secret().fixed(),
    on(&["properties.createdOn", "properties.modifiedOn", "properties.provisioningErrors", "properties.isAttachedCompute",
         "properties.properties.allocationState", "properties.properties.allocationStateTransitionTime",
         "properties.properties.errors", "properties.properties.currentNodeCount",
         "properties.properties.targetNodeCount", "properties.properties.nodeStateCounts"], "schema").server(),
    // Attached Kubernetes and instances.
    on(&["properties.properties.extensionInstanceReleaseTrain", "properties.properties.extensionPrincipalId",
         "properties.properties.relayConnectionString", "properties.properties.serviceBusConnectionString",
         "properties.properties.vcName", "properties.properties.state", "properties.properties.createdBy",
         "properties.properties.connectivityEndpoints", "properties.properties.applications",
         "properties.properties.lastOperation"], "server_populated, schema").server(),
    on(&["properties.properties.clusterPurpose"], "arm-mapping §8").cased().fixed().default("\"FastProd\""),
    on(&["properties.properties.clusterFqdn", "properties.properties.sslConfiguration"], "arm-mapping §8").fixed(),
    on(&["properties.properties.sslConfiguration.cert", "properties.properties.sslConfiguration.key"], "azurerm: never answered").secret().fixed(),
    on(&["properties.properties.sslConfiguration.overwriteExistingDomain"], "azurerm").fixed().default("false"),
    on(&["properties.properties.systemServices"], "schema").server(),
    on(&["properties.properties.applicationSharingPolicy"], "mutability").default("\"Shared\""),
    on(&["properties.properties.computeInstanceAuthorizationType"], "mutability").default("\"personal\""),
    on(&["properties.properties.sshSettings.sshPublicAccess"], "mutability").cased().default("\"Disabled\""),
    on(&["properties.properties.sshSettings.adminUserName", "properties.properties.sshSettings.sshPort"], "schema").server(),
];

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.MachineLearningServices/workspaces", "2025-06-01", 40, WORKSPACE)
        .holds("experiments, models, jobs and endpoints")
        .soft_delete(SoftDelete::Blocks)
        .mutexes(&[Mutex::Own]),
    arm("Microsoft.MachineLearningServices/workspaces/computes", "2025-06-01", 60, COMPUTE),
    // arm-mapping §8: one at a time per workspace.
    arm("Microsoft.MachineLearningServices/workspaces/outboundRules", "2025-06-01", 60, &[
        on(&["properties.status", "properties.parentRuleNames", "properties.errorInformation",
             "properties.destination.sparkStatus"], "schema").server(),
        on(&["properties.type", "properties.category"], "HTTP-02").cased(),
        on(&["properties.destination.protocol"], "HTTP-02").cased(),
        on(&["properties.destination.serviceResourceId", "properties.destination.subresourceTarget",
             "properties.destination.sparkEnabled"], "arm-mapping §8").fixed(),
    ]).mutexes(&[Mutex::Parent]),
    arm("Microsoft.MachineLearningServices/workspaces/datastores", "2025-06-01", 5, &[
        on(&["properties.accountName", "properties.containerName", "properties.endpoint", "properties.protocol",
             "properties.filesystem", "properties.storeName", "properties.fileShareName", "properties.artifact",
             "properties.artifact.artifactName", "properties.oneLakeWorkspaceName"], "mutability").fixed(),
        on(&["properties.serviceDataAccessAuthIdentity"], "mutability").fixed().default("\"None\""),
        on(&["properties.description", "properties.tags"], "azurerm").fixed(),
        on(&["properties.tags"], "azurerm").default("{}"),
        on(&["properties.datastoreType"], "schema").cased().fixed(),
        on(&["properties.credentials.credentialsType"], "schema").cased(),
        on(&["properties.credentials.secrets"], "mutability: write-only").secret(),
        // Read-only by the schema; a change of it is taken all the same (arm-mapping §8).
        on(&["properties.isDefault"], "schema; server_populated").server().default("false"),
    ]).mutexes(&[Mutex::Parent]),
];
