//! azapi: the lens that changes nothing. The body of the configuration is the document.

use std::sync::LazyLock;

use super::lens::{DataSource, Lens};

mod body;
mod data;
mod ids;
mod jmespath;
mod output;
mod place;
mod request;
mod resource;
mod schema;

/// Managed resource types of azapi that are built in.
pub const RESOURCES: &[&str] = &["azapi_resource"];
/// Data sources of azapi that are built in.
pub const DATA_SOURCES: &[&str] = &[
    "azapi_client_config",
    "azapi_resource",
    "azapi_resource_action",
    "azapi_resource_id",
    "azapi_resource_list",
];

/// The managed resource type of this name.
pub fn resource(name: &str) -> Option<&'static dyn Lens> {
    match name {
        "azapi_resource" => Some(&resource::Resource),
        _ => None,
    }
}

/// The data source of this name.
pub fn data_source(name: &str) -> Option<&'static dyn DataSource> {
    Some(match name {
        "azapi_client_config" => &data::ClientConfig,
        "azapi_resource" => &data::Resource,
        "azapi_resource_action" => &data::Action,
        "azapi_resource_id" => &data::Id,
        "azapi_resource_list" => &data::List,
        _ => return None,
    })
}

/// A schema that is made once.
type Lazy = LazyLock<std::sync::Arc<crate::lang::schema::ResourceSchema>>;

#[cfg(test)]
mod tests;
