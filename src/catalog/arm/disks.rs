//! Microsoft.Compute: sets of disks that one key encrypts.

use super::row::{Type, arm, on};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Compute/diskEncryptionSets", "2022-03-02", 10, &[
        on(&["properties.encryptionType"], "arm-mapping §13").cased().fixed().default("\"EncryptionAtRestWithCustomerKey\""),
        on(&["properties.rotationToLatestKeyVersionEnabled"], "arm-mapping §13").default("false"),
        on(&["properties.federatedClientId"], "arm-mapping §13: removed by None").cased().default("\"None\""),
        on(&["properties.previousKeys", "properties.lastKeyRotationTimestamp", "properties.autoKeyRotationError"], "schema").server(),
    ]),
];
