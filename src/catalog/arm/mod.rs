//! Facts about ARM types, in tables: what azapi and azurerm share. One file a namespace, one row for what is known of a
//! path, with where it is known from; the tests hold the tables against the official data.

mod address;
mod alerts;
mod cognitive;
mod compute;
mod cosmos;
mod disks;
mod durations;
mod identity;
mod keyvault;
mod kubernetes;
mod kusto;
mod ml;
mod monitor;
mod network;
mod policy;
mod registry;
mod resources;
mod row;
mod search;
mod storage;
#[cfg(test)]
pub(super) mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::facts::{ItemOf, TypeFacts};

const TABLES: &[&[row::Type]] = &[
    resources::TYPES,
    network::TYPES,
    address::TYPES,
    disks::TYPES,
    identity::TYPES,
    keyvault::TYPES,
    storage::TYPES,
    policy::TYPES,
    registry::TYPES,
    monitor::TYPES,
    alerts::TYPES,
    ml::TYPES,
    cosmos::TYPES,
    search::TYPES,
    cognitive::TYPES,
    compute::TYPES,
    kubernetes::TYPES,
    kusto::TYPES,
];

static FACTS: LazyLock<HashMap<String, TypeFacts>> = LazyLock::new(|| {
    let types = TABLES.iter().flat_map(|table| table.iter());
    types.map(|t| (t.arm_type.to_ascii_lowercase(), t.facts())).collect()
});

/// Where all the types are that are items of other documents.
pub(super) fn items() -> impl Iterator<Item = &'static ItemOf> {
    FACTS.values().filter_map(|f| f.item_of.as_ref())
}

/// The facts of an ARM type (its letter case does not matter); of a type that no table names, what holds for every
/// type.
pub fn type_facts(arm_type: &str) -> &'static TypeFacts {
    #[cfg(test)]
    if let Some(changed) = tests::mutants::changed(arm_type) {
        return changed;
    }
    static NOTHING: LazyLock<TypeFacts> = LazyLock::new(|| row::Type::UNKNOWN.facts());
    FACTS.get(&arm_type.to_ascii_lowercase()).unwrap_or(&NOTHING)
}
