//! Microsoft.MachineLearningServices: workspaces with what they bring, computes, outbound rules, datastores, connections.

mod compute;
mod implied;
mod network;
mod workspace;

use super::connections::{CONNECTION, link_resources};
use crate::localcloud::rules::{
    Action, Etag, Location, NameRule, Recover, Route, Seconds, Shape, SoftDelete, TypeRules, Update,
};

const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
const COMPUTES: &str = "Microsoft.MachineLearningServices/workspaces/computes";
const RULES: &str = "Microsoft.MachineLearningServices/workspaces/outboundRules";
const DATASTORES: &str = "Microsoft.MachineLearningServices/workspaces/datastores";

const fn name(length: (usize, usize), pattern: &'static str) -> NameRule {
    NameRule {
        length,
        pattern,
        status: 400,
        code: "ValidationError",
        message: "The name '{name}' of a resource of type {type} is invalid.",
    }
}

const CHILD: TypeRules = TypeRules {
    put: Shape::SYNC,
    delete: Shape::DELETE_SYNC,
    seconds: Seconds { create: 1.0, update: 1.0, delete: 1.0 },
    system_data: true,
    provisioning_state: false,
    etag: Etag::None,
    ..TypeRules::NESTED
};

const OPERATION: Shape = Shape::ML_PUT;

/// The rows of the namespace.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: WORKSPACES,
        name: Some(name((3, 33), "[a-zA-Z0-9][a-zA-Z0-9_-]*")),
        put: Shape::ML_PUT,
        patch: Some(Shape::ML_PUT),
        unseen: 3.0,
        delete: Shape::ML_DELETE,
        seconds: Seconds { create: 40.0, update: 15.0, delete: 25.0 },
        update: Update::Keep,
        system_data: true,
        defaults: &[
            ("kind", "\"Default\""),
            ("properties.friendlyName", "\"\""),
            ("properties.description", "\"\""),
            ("properties.hbiWorkspace", "false"),
            ("properties.allowPublicAccessWhenBehindVnet", "false"),
            ("properties.publicNetworkAccess", "\"Enabled\""),
            ("properties.v1LegacyMode", "false"),
            ("properties.enableDataIsolation", "false"),
            ("properties.managedNetwork.isolationMode", "\"Disabled\""),
        ],
        soft_delete: Some(SoftDelete {
            applies: workspace::is_soft_deleted,
            days: |_| 14,
            purge_protected: |_| false,
            bypass: Some("forceToPurge"),
            recover: Recover::Flag("allowRecoverSoftDeletedWorkspace"),
            listed_as: None,
            taken: (
                400,
                "BadRequest",
                "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete",
            ),
        }),
        write_only: &["properties.provisionNetworkNow"],
        actions: &[
            Action { name: "listKeys", method: "POST", run: workspace::list_keys, shape: None, seconds: 0.0 },
            Action {
                name: "listNotebookKeys",
                method: "POST",
                run: workspace::notebook_keys,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "listNotebookAccessToken",
                method: "POST",
                run: workspace::notebook_token,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "listStorageAccountKeys",
                method: "POST",
                run: workspace::storage_keys,
                shape: None,
                seconds: 0.0,
            },
            Action {
                name: "resyncKeys",
                method: "POST",
                run: workspace::resync,
                shape: Some(OPERATION),
                seconds: 3.0,
            },
            Action {
                name: "provisionManagedNetwork",
                method: "POST",
                run: network::provision,
                shape: Some(OPERATION),
                seconds: 120.0,
            },
        ],
        normalise: Some(workspace::workspace),
        written: Some(workspace::written),
        completed: Some(workspace::completed),
        view: Some(workspace::view),
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.MachineLearningServices/workspaces/privateEndpointConnections",
        ..CONNECTION
    },
    TypeRules {
        type_name: COMPUTES,
        name: Some(name((2, 24), "[a-zA-Z0-9][a-zA-Z0-9-]*")),
        location: Location::Optional,
        taggable: true,
        put: Shape::ML_COMPUTE_PUT,
        patch: Some(Shape::ML_COMPUTE_PUT),
        delete: Shape::ML_COMPUTE_DELETE,
        seconds: Seconds { create: 60.0, update: 20.0, delete: 30.0 },
        update: Update::Keep,
        write_only: &[
            "properties.properties.userAccountCredentials.adminUserPassword",
            "properties.properties.userAccountCredentials.adminUserSshPublicKey",
            "properties.properties.administratorAccount",
            "properties.properties.sslConfiguration.cert",
            "properties.properties.sslConfiguration.key",
        ],
        immutable: &[
            "properties.computeType",
            "properties.computeLocation",
            "properties.resourceId",
            "properties.disableLocalAuth",
            "properties.properties.vmSize",
            "properties.properties.vmPriority",
            "properties.properties.subnet.id",
            "properties.properties.enableNodePublicIp",
            "properties.properties.remoteLoginPortPublicAccess",
        ],
        actions: &[
            Action {
                name: "start",
                method: "POST",
                run: compute::start,
                shape: Some(OPERATION),
                seconds: 30.0,
            },
            Action {
                name: "stop",
                method: "POST",
                run: compute::stop,
                shape: Some(OPERATION),
                seconds: 30.0,
            },
            Action {
                name: "restart",
                method: "POST",
                run: compute::start,
                shape: Some(OPERATION),
                seconds: 30.0,
            },
            Action { name: "listNodes", method: "POST", run: compute::list_nodes, shape: None, seconds: 0.0 },
            Action { name: "listKeys", method: "POST", run: compute::list_keys, shape: None, seconds: 0.0 },
        ],
        normalise: Some(compute::compute),
        completed: Some(compute::completed),
        ..TypeRules::NESTED
    },
    TypeRules {
        type_name: RULES,
        name: Some(name((1, 128), "[a-zA-Z0-9_][a-zA-Z0-9_.-]*")),
        put: Shape::ML_PUT,
        delete: Shape::ML_DELETE,
        seconds: Seconds { create: 10.0, update: 10.0, delete: 10.0 },
        normalise: Some(network::rule),
        may_delete: Some(network::may_delete_rule),
        view: Some(network::view_rule),
        ..CHILD
    },
    TypeRules {
        type_name: DATASTORES,
        name: Some(name((1, 255), "[a-zA-Z0-9][a-zA-Z0-9_-]*")),
        defaults: &[
            ("properties.isDefault", "false"),
            ("properties.credentials.credentialsType", "\"None\""),
        ],
        write_only: &["properties.credentials.secrets"],
        ..CHILD
    },
    TypeRules {
        type_name: "Microsoft.MachineLearningServices/workspaces/connections",
        write_only: &["properties.credentials"],
        put: Shape::SYNC_200,
        ..CHILD
    },
];

/// Operations of the namespace that belong to no resource.
pub const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}/privateLinkResources",
    run: |world, call| link_resources(world, WORKSPACES, call),
}];
