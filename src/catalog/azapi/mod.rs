//! azapi: the lens that changes nothing. The body of the configuration is the document.

use std::sync::LazyLock;

use super::lens::{DataSource, LookUp};

mod body;
mod data;
pub mod functions;
mod ids;
mod jmespath;
mod output;
mod place;
mod request;
mod resource;
mod resource_action;
mod schema;
mod update_resource;
mod validation;

/// Managed resource types of azapi that are built in.
pub const RESOURCES: &[&str] = &["azapi_resource", "azapi_resource_action", "azapi_update_resource"];
/// Data sources of azapi that are built in.
pub const DATA_SOURCES: &[&str] = &[
    "azapi_client_config",
    "azapi_resource",
    "azapi_resource_action",
    "azapi_resource_id",
    "azapi_resource_list",
];

/// The managed resource type of this name.
pub fn resource(name: &str) -> Option<LookUp> {
    Some(match name {
        "azapi_resource" => LookUp::Arm(&resource::Resource),
        "azapi_resource_action" => LookUp::Local(&resource_action::ResourceAction),
        "azapi_update_resource" => LookUp::Arm(&update_resource::UpdateResource),
        _ => return None,
    })
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
