//! The arguments of azapi's types (facts/azurerm/azapi-arguments.json).

use std::sync::Arc;

use super::Lazy;
use crate::lang::names::shared;
use crate::lang::schema::{AttrSpec, BlockSpec, NestedSpec, Nesting};
use crate::lang::{Entries, ObjectType, Type, Value};

fn computed_too(name: &str, ty: Type) -> AttrSpec {
    AttrSpec { computed: true, ..AttrSpec::optional(name, ty) }
}

fn write_only(name: &str, ty: Type) -> AttrSpec {
    AttrSpec { write_only: true, ..AttrSpec::optional(name, ty) }
}

fn retry() -> AttrSpec {
    let numbers = ["interval_seconds", "max_interval_seconds", "multiplier", "randomization_factor"];
    let mut object = ObjectType {
        attributes: numbers.iter().map(|n| ((*n).into(), Type::Number)).collect(),
        optional: numbers.iter().map(|n| (*n).into()).collect(),
    };
    object.attributes.insert("error_message_regex".into(), Type::list(Type::String));
    AttrSpec::optional("retry", Type::Object(Arc::new(object)))
}

fn timeouts(names: &[&str]) -> NestedSpec {
    let attributes = names.iter().map(|n| AttrSpec::optional(*n, Type::String)).collect();
    NestedSpec::new("timeouts", Nesting::Single, BlockSpec { attributes, ..BlockSpec::default() })
}

fn texts() -> Type {
    Type::list(Type::String)
}

fn map() -> Type {
    Type::map(Type::String)
}

/// The schema of `azapi_resource` in a major version: 1.x has one argument more, which its last releases ignore.
pub(super) fn resource(major: u32) -> Arc<BlockSpec> {
    static OLD: Lazy = Lazy::new(|| {
        let mut all = (**RESOURCE).clone();
        let why =
            "Since azapi 1.13 it does nothing: write the name without the characters that are to be removed.";
        let gone = AttrSpec::optional("removing_special_chars", Type::Bool);
        all.attributes.push(AttrSpec { deprecated: Some(why.into()), ..gone });
        Arc::new(all)
    });
    if major < 2 { OLD.clone() } else { RESOURCE.clone() }
}

/// The schema of `azapi_update_resource` in a major version: `ignore_body_changes` went with 2.0.
pub(super) fn update(major: u32) -> Arc<BlockSpec> {
    static OLD: Lazy = Lazy::new(|| {
        let mut all = (**UPDATE).clone();
        all.attributes.push(write_only("ignore_body_changes", texts()));
        Arc::new(all)
    });
    if major < 2 { OLD.clone() } else { UPDATE.clone() }
}

/// What a configuration says of a schema's arguments, null where it says nothing: what `attributes` starts from. Write-only
/// arguments are not kept.
pub(super) fn as_written(schema: &BlockSpec, config: &Value) -> Entries {
    let one = |spec: &AttrSpec| {
        let given = config.get(&spec.name).filter(|_| !spec.write_only).cloned();
        (shared(&spec.name), given.unwrap_or_else(|| Value::null(spec.ty.clone())))
    };
    schema.attributes.iter().map(one).collect()
}

pub(super) static RESOURCE: Lazy = Lazy::new(|| {
    let mut attributes = vec![
        AttrSpec::required("type", Type::String),
        computed_too("name", Type::String),
        computed_too("parent_id", Type::String),
        computed_too("location", Type::String),
        computed_too("tags", map()),
        computed_too("body", Type::Dynamic),
        write_only("sensitive_body", Type::Dynamic),
        AttrSpec::optional("sensitive_body_version", map()),
        write_only("ignore_body_changes", texts()),
        computed_too("ignore_casing", Type::Bool),
        computed_too("ignore_missing_property", Type::Bool),
        computed_too("ignore_null_property", Type::Bool),
        AttrSpec::optional("ignore_other_items_in_list", texts()),
        AttrSpec::optional("list_unique_id_property", map()),
        AttrSpec::optional("locks", texts()),
        AttrSpec::optional("replace_triggers_external_values", Type::Dynamic),
        AttrSpec::optional("replace_triggers_refs", texts()),
        AttrSpec::optional("response_export_values", Type::Dynamic),
        retry(),
        computed_too("schema_validation_enabled", Type::Bool),
        AttrSpec::computed("id", Type::String),
        AttrSpec::computed("output", Type::Dynamic),
    ];
    for operation in OPERATIONS {
        attributes.push(AttrSpec::optional(format!("{operation}_headers"), map()));
        attributes.push(AttrSpec::optional(format!("{operation}_query_parameters"), Type::map(texts())));
    }
    let identity = BlockSpec {
        attributes: vec![
            AttrSpec::required("type", Type::String),
            AttrSpec::optional("identity_ids", texts()),
            AttrSpec::computed("principal_id", Type::String),
            AttrSpec::computed("tenant_id", Type::String),
        ],
        ..BlockSpec::default()
    };
    let identity = NestedSpec { max: 1, ..NestedSpec::new("identity", Nesting::List, identity) };
    Arc::new(BlockSpec {
        attributes,
        blocks: vec![identity, timeouts(&["create", "delete", "read", "update"])],
        ..BlockSpec::default()
    })
});

pub(super) static ACTION: Lazy = Lazy::new(|| {
    Arc::new(BlockSpec {
        attributes: vec![
            AttrSpec::required("type", Type::String),
            AttrSpec::required("resource_id", Type::String),
            AttrSpec::optional("action", Type::String),
            computed_too("method", Type::String),
            computed_too("when", Type::String),
            AttrSpec::optional("body", Type::Dynamic),
            write_only("sensitive_body", Type::Dynamic),
            AttrSpec::optional("sensitive_body_version", map()),
            AttrSpec::optional("locks", texts()),
            AttrSpec::optional("ignore_not_found", Type::Bool),
            AttrSpec::optional("response_export_values", Type::Dynamic),
            AttrSpec::optional("sensitive_response_export_values", Type::Dynamic),
            AttrSpec::optional("headers", map()),
            AttrSpec::optional("query_parameters", Type::map(texts())),
            retry(),
            AttrSpec::computed("id", Type::String),
            AttrSpec::computed("exist", Type::Bool),
            AttrSpec::computed("output", Type::Dynamic),
            AttrSpec { sensitive: true, ..AttrSpec::computed("sensitive_output", Type::Dynamic) },
        ],
        blocks: vec![timeouts(&["create", "delete", "read", "update"])],
        ..BlockSpec::default()
    })
});

pub(super) static UPDATE: Lazy = Lazy::new(|| {
    let mut attributes = vec![
        AttrSpec::required("type", Type::String),
        computed_too("name", Type::String),
        computed_too("parent_id", Type::String),
        computed_too("resource_id", Type::String),
        AttrSpec::optional("body", Type::Dynamic),
        write_only("sensitive_body", Type::Dynamic),
        AttrSpec::optional("sensitive_body_version", map()),
        computed_too("ignore_casing", Type::Bool),
        computed_too("ignore_missing_property", Type::Bool),
        AttrSpec::optional("ignore_other_items_in_list", texts()),
        AttrSpec::optional("list_unique_id_property", map()),
        AttrSpec::optional("locks", texts()),
        AttrSpec::optional("replace_triggers_external_values", Type::Dynamic),
        AttrSpec::optional("response_export_values", Type::Dynamic),
        retry(),
        AttrSpec::computed("id", Type::String),
        AttrSpec::computed("output", Type::Dynamic),
    ];
    for operation in ["read", "update"] {
        attributes.push(AttrSpec::optional(format!("{operation}_headers"), map()));
        attributes.push(AttrSpec::optional(format!("{operation}_query_parameters"), Type::map(texts())));
    }
    Arc::new(BlockSpec {
        attributes,
        blocks: vec![timeouts(&["create", "delete", "read", "update"])],
        ..BlockSpec::default()
    })
});

/// The operations that take headers and query parameters of their own.
pub(super) const OPERATIONS: [&str; 4] = ["create", "read", "update", "delete"];

/// A data source: what it is asked by, and the arguments that every one has.
fn source(own: Vec<AttrSpec>) -> Arc<BlockSpec> {
    let mut attributes = vec![AttrSpec::computed("id", Type::String)];
    attributes.extend(own);
    Arc::new(BlockSpec { attributes, blocks: vec![timeouts(&["read"])], ..BlockSpec::default() })
}

/// A data source that sends a request: how it is sent, and what of the answer is kept.
fn request(own: Vec<AttrSpec>) -> Arc<BlockSpec> {
    let mut all = vec![
        AttrSpec::required("type", Type::String),
        AttrSpec::optional("response_export_values", Type::Dynamic),
        AttrSpec::optional("headers", map()),
        AttrSpec::optional("query_parameters", Type::map(texts())),
        retry(),
        AttrSpec::computed("output", Type::Dynamic),
    ];
    all.extend(own);
    source(all)
}

pub(super) static DATA_RESOURCE: Lazy = Lazy::new(|| {
    let identity = Type::object([
        ("identity_ids", texts()),
        ("principal_id", Type::String),
        ("tenant_id", Type::String),
        ("type", Type::String),
    ]);
    request(vec![
        computed_too("name", Type::String),
        computed_too("parent_id", Type::String),
        computed_too("resource_id", Type::String),
        AttrSpec::optional("ignore_not_found", Type::Bool),
        AttrSpec::computed("exists", Type::Bool),
        AttrSpec::computed("location", Type::String),
        AttrSpec::computed("tags", map()),
        AttrSpec::computed("identity", Type::list(identity)),
    ])
});

pub(super) static CLIENT_CONFIG: Lazy = Lazy::new(|| {
    let names = ["object_id", "subscription_id", "subscription_resource_id", "tenant_id"];
    source(names.iter().map(|n| AttrSpec::computed(*n, Type::String)).collect())
});

pub(super) static DATA_LIST: Lazy =
    Lazy::new(|| request(vec![AttrSpec::required("parent_id", Type::String)]));

pub(super) static DATA_ACTION: Lazy = Lazy::new(|| {
    request(vec![
        AttrSpec::optional("resource_id", Type::String),
        AttrSpec::optional("action", Type::String),
        computed_too("method", Type::String),
        AttrSpec::optional("body", Type::Dynamic),
        AttrSpec::optional("sensitive_response_export_values", Type::Dynamic),
        AttrSpec { sensitive: true, ..AttrSpec::computed("sensitive_output", Type::Dynamic) },
    ])
});

pub(super) static DATA_ID: Lazy = Lazy::new(|| {
    source(vec![
        AttrSpec::required("type", Type::String),
        computed_too("name", Type::String),
        computed_too("parent_id", Type::String),
        computed_too("resource_id", Type::String),
        AttrSpec::computed("parts", map()),
        AttrSpec::computed("provider_namespace", Type::String),
        AttrSpec::computed("resource_group_name", Type::String),
        AttrSpec::computed("subscription_id", Type::String),
    ])
});
