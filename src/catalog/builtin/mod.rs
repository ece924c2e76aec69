//! Types with no cloud behind them: pure functions from (prior, configuration) to the planned object; the ledger is
//! their store. They behave as the providers `random` 3.7, `null` 3.2, `time` 0.13, `tls` 4, `local` 2.5 and Terraform's
//! own `terraform_data` do.

use std::sync::{Arc, LazyLock};

use super::lens::{DataSource, LocalType};
use crate::lang::schema::{AttrSpec, BlockSpec, ResourceSchema};

mod data;
mod file;
mod import;
mod random;
mod remote_state;
mod sources;
mod table;
mod text;
mod time;
mod tls;
mod words;

/// The names of these types, sorted.
pub const NAMES: &[&str] = &[
    "local_file",
    "local_sensitive_file",
    "null_resource",
    "random_bytes",
    "random_id",
    "random_integer",
    "random_password",
    "random_pet",
    "random_shuffle",
    "random_string",
    "random_uuid",
    "terraform_data",
    "time_offset",
    "time_rotating",
    "time_sleep",
    "time_static",
    "tls_private_key",
    "tls_self_signed_cert",
];

/// The type of this name.
pub fn resource(name: &str) -> Option<&'static dyn LocalType> {
    let tables = || time::TYPES.iter().chain(tls::TYPES).chain(file::TYPES).find(|t| t.name == name);
    Some(match name {
        "null_resource" => &data::Null,
        "terraform_data" => &data::Data,
        "time_sleep" => &data::Sleep,
        _ => match random::TYPES.iter().find(|t| t.name == name) {
            Some(found) => found,
            None => tables()?,
        },
    })
}

/// The data source of this name.
pub fn data_source(name: &str) -> Option<&'static dyn DataSource> {
    if name == remote_state::NAME {
        return Some(&remote_state::RemoteState);
    }
    sources::SOURCES.iter().find(|s| s.name == name).map(|s| s as &dyn DataSource)
}

/// The names of the data sources.
pub fn data_sources() -> impl Iterator<Item = &'static str> {
    sources::SOURCES.iter().map(|s| s.name).chain([remote_state::NAME])
}

pub(super) use import::unsupported;

/// A schema that is made once.
type Lazy = LazyLock<Arc<ResourceSchema>>;

fn schema(attributes: Vec<AttrSpec>) -> Arc<ResourceSchema> {
    Arc::new(BlockSpec { attributes, ..BlockSpec::default() })
}

#[cfg(test)]
mod tests;
