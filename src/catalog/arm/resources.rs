//! Microsoft.Resources: groups and provider registrations.

use super::row::{Type, arm, on};

#[rustfmt::skip]
pub(super) const TYPES: &[Type] = &[
    arm("Microsoft.Resources/resourceGroups", "2023-07-01", 1, &[
    ]),
    // SUB-02: the provider is there in every subscription, registered or not.
    arm("Microsoft.Resources/providers", "2022-09-01", 5, &[
        on(&["registrationState", "resourceTypes", "namespace", "registrationPolicy", "authorizations"], "schema").server(),
    ]).anywhere().implied(),
];
