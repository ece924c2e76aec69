//! Types with no cloud behind them: pure functions from (prior, configuration) to the planned object; the ledger is
//! their store. They behave as the providers `random` 3.7, `null` 3.2, `time` 0.13 and Terraform's own
//! `terraform_data` do.

use std::sync::{Arc, LazyLock};

use super::lens::LocalType;
use crate::lang::schema::{AttrSpec, BlockSpec, ResourceSchema};

mod data;
mod random;
mod text;
mod words;

/// The names of these types, sorted.
pub const NAMES: &[&str] = &[
    "null_resource",
    "random_id",
    "random_integer",
    "random_password",
    "random_pet",
    "random_string",
    "random_uuid",
    "terraform_data",
    "time_sleep",
];

/// The type of this name.
pub fn resource(name: &str) -> Option<&'static dyn LocalType> {
    Some(match name {
        "null_resource" => &data::Null,
        "terraform_data" => &data::Data,
        "time_sleep" => &data::Sleep,
        _ => return random::TYPES.iter().find(|t| t.name == name).map(|t| t as &dyn LocalType),
    })
}

/// A schema that is made once.
type Lazy = LazyLock<Arc<ResourceSchema>>;

fn schema(attributes: Vec<AttrSpec>) -> Arc<ResourceSchema> {
    Arc::new(BlockSpec { attributes, ..BlockSpec::default() })
}

#[cfg(test)]
mod tests;
