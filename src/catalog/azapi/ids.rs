//! Ids taken apart: the data source `azapi_resource_id` and the function `parse_resource_id` say the same.

use std::sync::Arc;

use crate::arm::id::ArmId;
use crate::lang::{Type, Value};

/// The attributes of an id.
pub(super) fn parts(id: &ArmId) -> Vec<(&'static str, Value)> {
    let names: Vec<&str> = id.as_str().trim_matches('/').split('/').collect();
    let pairs = names.chunks_exact(2).map(|pair| (Arc::from(pair[0]), Value::from(pair[1])));
    vec![
        ("id", id.as_str().into()),
        ("resource_id", id.as_str().into()),
        ("name", id.name().into()),
        ("parent_id", id.parent().map_or("/".into(), |p| p.to_string()).into()),
        ("parts", Value::map(Type::String, pairs.collect::<Vec<(Arc<str>, Value)>>())),
        ("provider_namespace", id.namespace().into()),
        ("resource_group_name", id.resource_group().unwrap_or_default().into()),
        ("subscription_id", id.subscription().unwrap_or_default().into()),
    ]
}
