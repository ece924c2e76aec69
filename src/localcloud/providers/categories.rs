//! Categories of logs and metrics that diagnostic settings may name, by type of the target. A type that is not here takes
//! any.

/// Log categories by target type; an empty list: the type has metrics only.
pub(super) const CATEGORIES: &[(&str, &[&str])] = &[
    ("Microsoft.KeyVault/vaults", &["AuditEvent", "AzurePolicyEvaluationDetails"]),
    ("Microsoft.Storage/storageAccounts", &[]),
    ("Microsoft.Storage/storageAccounts/blobServices", STORAGE),
    ("Microsoft.Storage/storageAccounts/fileServices", STORAGE),
    ("Microsoft.Storage/storageAccounts/queueServices", STORAGE),
    ("Microsoft.Storage/storageAccounts/tableServices", STORAGE),
    (
        "Microsoft.ContainerRegistry/registries",
        &["ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"],
    ),
    (
        "Microsoft.MachineLearningServices/workspaces",
        &[
            "AmlComputeClusterEvent",
            "AmlComputeClusterNodeEvent",
            "AmlComputeCpuGpuUtilization",
            "AmlComputeJobEvent",
            "AmlRunStatusChangedEvent",
            "ComputeInstanceEvent",
            "DataLabelChangeEvent",
            "DataLabelReadEvent",
            "DataSetChangeEvent",
            "DataSetReadEvent",
            "DataStoreChangeEvent",
            "DataStoreReadEvent",
            "DeploymentEventACI",
            "DeploymentEventAKS",
            "DeploymentReadEvent",
            "EnvironmentChangeEvent",
            "EnvironmentReadEvent",
            "InferencingOperationACI",
            "InferencingOperationAKS",
            "ModelsActionEvent",
            "ModelsChangeEvent",
            "ModelsReadEvent",
            "PipelineChangeEvent",
            "PipelineReadEvent",
            "RunEvent",
            "RunReadEvent",
        ],
    ),
    (
        "Microsoft.DocumentDB/databaseAccounts",
        &[
            "CassandraRequests",
            "ControlPlaneRequests",
            "DataPlaneRequests",
            "DataPlaneRequests15M",
            "DataPlaneRequests5M",
            "GremlinRequests",
            "MongoRequests",
            "PartitionKeyRUConsumption",
            "PartitionKeyStatistics",
            "QueryRuntimeStatistics",
            "TableApiRequests",
        ],
    ),
    ("Microsoft.Search/searchServices", &["OperationLogs"]),
    (
        "Microsoft.Network/networkSecurityGroups",
        &["NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"],
    ),
    ("Microsoft.Network/virtualNetworks", &["VMProtectionAlerts"]),
    (
        "Microsoft.Network/publicIPAddresses",
        &["DDoSProtectionNotifications", "DDoSMitigationFlowLogs", "DDoSMitigationReports"],
    ),
    ("Microsoft.Network/bastionHosts", &["BastionAuditLogs"]),
    ("Microsoft.OperationalInsights/workspaces", &["Audit", "Jobs", "SummaryLogs"]),
    (
        "Microsoft.Insights/components",
        &[
            "AppAvailabilityResults",
            "AppBrowserTimings",
            "AppDependencies",
            "AppEvents",
            "AppExceptions",
            "AppMetrics",
            "AppPageViews",
            "AppPerformanceCounters",
            "AppRequests",
            "AppSystemEvents",
            "AppTraces",
        ],
    ),
];

const STORAGE: &[&str] = &["StorageRead", "StorageWrite", "StorageDelete"];

const STORAGE_METRICS: &[&str] = &["Transaction", "Capacity"];

/// Metric categories by target type; `AllMetrics` where a type is not here.
pub(super) const METRICS: &[(&str, &[&str])] = &[
    ("Microsoft.Storage/storageAccounts", STORAGE_METRICS),
    ("Microsoft.Storage/storageAccounts/blobServices", STORAGE_METRICS),
    ("Microsoft.Storage/storageAccounts/fileServices", STORAGE_METRICS),
    ("Microsoft.Storage/storageAccounts/queueServices", STORAGE_METRICS),
    ("Microsoft.Storage/storageAccounts/tableServices", STORAGE_METRICS),
    ("Microsoft.DocumentDB/databaseAccounts", &["Requests", "SLI"]),
    ("Microsoft.Network/networkSecurityGroups", &[]),
    ("Microsoft.Network/bastionHosts", &["AllMetrics"]),
];
