//! Types that are kept as they are sent: machines, disks, clusters, other services around a workspace. Their operations have
//! the shape of their provider; what they do is not modelled.

use crate::localcloud::rules::{Seconds, Shape, TypeRules};

const STATEFUL: TypeRules = TypeRules { put: Shape::STATE_ONLY, ..TypeRules::REGIONAL };

const fn takes(create: f64, update: f64, delete: f64) -> Seconds {
    Seconds { create, update, delete }
}

/// The rows.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: "Microsoft.Compute/virtualMachines",
        seconds: takes(60.0, 20.0, 30.0),
        write_only: &[
            "properties.osProfile.adminPassword",
            "properties.osProfile.customData",
            "properties.userData",
        ],
        ..STATEFUL
    },
    TypeRules { type_name: "Microsoft.Compute/disks", seconds: takes(5.0, 5.0, 5.0), ..STATEFUL },
    TypeRules {
        type_name: "Microsoft.Compute/diskEncryptionSets",
        seconds: takes(10.0, 5.0, 10.0),
        ..STATEFUL
    },
    TypeRules {
        type_name: "Microsoft.ContainerService/managedClusters",
        seconds: takes(250.0, 100.0, 200.0),
        ..STATEFUL
    },
    TypeRules {
        type_name: "Microsoft.ContainerInstance/containerGroups",
        delete: Shape::DELETE_BODY,
        seconds: takes(40.0, 20.0, 5.0),
        ..STATEFUL
    },
    TypeRules {
        type_name: "Microsoft.Databricks/workspaces",
        seconds: takes(175.0, 60.0, 324.0),
        ..STATEFUL
    },
];
