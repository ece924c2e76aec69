//! What each Azure namespace is: one file per namespace, with the rows of its types and their hooks.

pub(super) mod authorization;
mod categories;
mod cidr;
mod cognitive;
mod common;
mod compute;
mod connections;
mod containerregistry;
mod cosmos;
mod identity;
mod keyvault;
mod kubernetes;
mod kusto;
mod machines;
mod ml;
mod monitor;
mod network;
mod resources;
pub(super) mod roles;
mod search;
mod security;
mod storage;
#[cfg(test)]
mod tests;

use super::rules::{Route, TypeRules};

/// All rows.
pub const TABLES: &[&[TypeRules]] = &[
    authorization::TYPES,
    cognitive::TYPES,
    compute::TYPES,
    containerregistry::TYPES,
    cosmos::TYPES,
    identity::TYPES,
    keyvault::TYPES,
    kubernetes::TYPES,
    kusto::TYPES,
    machines::TYPES,
    ml::TYPES,
    monitor::TYPES,
    network::TYPES,
    resources::TYPES,
    search::TYPES,
    security::TYPES,
    storage::TYPES,
];

/// Operations of a namespace that are no resource: `POST …/locations/{location}/checkSomething`.
pub const ROUTES: &[&[Route]] = &[
    cognitive::ROUTES,
    containerregistry::ROUTES,
    cosmos::ROUTES,
    keyvault::ROUTES,
    ml::ROUTES,
    monitor::ROUTES,
    network::ROUTES,
    search::ROUTES,
    storage::ROUTES,
];
